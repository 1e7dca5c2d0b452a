#include "record/selector.h"

#include "record/space.h"

/* Cut off the marks and the number before the path. False if they are malformed. */
static bool read_marks(struct slice *text, int *ret_level, long *ret_multiple)
{
	size_t marks = 0, at, digits;
	long multiple = 0;

	while (marks < text->len && text->data[marks] == '>')
		marks++;
	for (at = marks; at < text->len && text->data[at] >= '0' && text->data[at] <= '9'; at++) {
		if (multiple < UINT32_MAX)
			multiple = multiple * 10 + (text->data[at] - '0');
	}
	digits = marks ? at - marks : 0;
	*ret_level = marks ? (int)marks : -1;
	*ret_multiple = digits ? multiple : -1;
	if (!marks)
		return true;
	*text = slice_from(*text, at);
	return digits < 10 && (!text->len || space_at(*text));
}

/* The titles of a path. Returns their number, and stores at most `limit` of them. */
static size_t split_path(struct slice text, struct slice *titles, size_t limit)
{
	size_t count = 0;

	if (!text_strip(text).len)
		return 0;
	for (;;) {
		const char *mark = memmem(text.data, text.len, ">>", 2);
		size_t len = mark ? (size_t)(mark - text.data) : text.len;

		if (count < limit)
			titles[count] = text_strip(slice_of(text.data, len));
		count++;
		if (!mark)
			return count;
		text = slice_of(mark + 2, text.len - len - 2);
	}
}

bool selector_read(struct slice text, struct slice *titles, size_t limit, struct text_section *ret)
{
	*ret = (struct text_section){.path = titles};
	if (!read_marks(&text, &ret->level, &ret->multiple))
		return false;
	ret->count = split_path(text, titles, limit);
	return true;
}

size_t selector_keeps(const struct text_section *selector, size_t titles)
{
	size_t marks;

	if (selector->level < 0)
		return 0;
	marks = (size_t)selector->level * (selector->multiple < 0 ? 1 : (size_t)selector->multiple);
	return marks < titles ? marks : titles;
}
