#include "metrics/areas.h"

#include <limits.h>

/* A number of decimal digits, and the byte after it. */
static bool take_number(struct slice *rest, char end, int *ret)
{
	size_t at = 0;
	int value = 0;

	for (; at < rest->len && rest->data[at] >= '0' && rest->data[at] <= '9'; at++) {
		if (value > (INT_MAX - 9) / 10)
			return false;
		value = 10 * value + (rest->data[at] - '0');
	}
	if (at == 0 || at == rest->len || rest->data[at] != end)
		return false;
	*rest = slice_of(rest->data + at + 1, rest->len - at - 1);
	*ret = value;
	return true;
}

bool area_take(struct slice *rest, struct area *ret)
{
	struct point *first = &ret->first, *last = &ret->last;

	return take_number(rest, ' ', &first->line) && take_number(rest, ' ', &first->column) &&
	       take_number(rest, ' ', &last->line) && take_number(rest, '\n', &last->column) &&
	       first->line > 0 && point_compare(*first, *last) <= 0;
}

int point_compare(struct point a, struct point b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return (a.column > b.column) - (a.column < b.column);
}

int area_compare(const struct area *a, const struct area *b)
{
	int order = point_compare(a->first, b->first);

	return order ? order : point_compare(a->last, b->last);
}
