#include "context/formulation.h"

struct slice trim(struct slice slice)
{
	while (slice.len > 0 && is_white(slice.data[0]))
		slice = slice_from(slice, 1);
	while (slice.len > 0 && is_white(slice.data[slice.len - 1]))
		slice.len--;
	return slice;
}

void *parser_keep(struct parser *parser, struct str *buffer)
{
	void *copy = arena_alloc(parser->arena, buffer->len);

	(void)slice_copy(copy, str_slice(buffer));
	str_truncate(buffer, 0);
	return copy;
}

/* column in code points, from 1 */
static long column_of(const struct parser *parser, const char *at)
{
	long column = 1;

	for (const char *c = parser->text.data; c < at; c++)
		column += ((unsigned char)*c & 0xc0) != 0x80;
	return column;
}

int parser_fail(struct parser *parser, const char *at, struct error **err, const char *format, ...)
{
	autostr struct str message = STR_INIT;
	va_list arguments;

	if (!err)
		return -1;
	va_start(arguments, format);
	str_addv(&message, format, arguments);
	va_end(arguments);
	fail_at(
	    err, parser->file, parser->line, column_of(parser, at), NULL, "%s", str_c(&message));
	(*err)->kind = ERROR_USAGE;
	return -1;
}
