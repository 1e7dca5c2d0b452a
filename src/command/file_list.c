#include "command/file_list.h"

#include "python/character.h"

void names_release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct names){NULL, 0};
}

void names_add(struct names *names, struct slice name)
{
	/* Grow at each power of two. */
	if ((names->count & (names->count - 1)) == 0)
		names->items = xreallocarray(
		    names->items, names->count ? names->count * 2 : 1, sizeof(*names->items));
	names->items[names->count++] = xmemdup0(name.data, name.len);
}

static size_t name_length(struct slice text, enum names_form form)
{
	size_t len = 0;

	if (form == NAMES_NUL)
		return strnlen(text.data, text.len);
	while (len < text.len && text.data[len] != '\n' &&
	       (form != NAMES_UNIVERSAL || text.data[len] != '\r'))
		len++;
	return len;
}

static void skip(struct slice *text, size_t len)
{
	*text = slice_from(*text, len);
}

static int add_line(
    struct names *names, struct slice line, enum names_form form, struct error **err)
{
	if (form != NAMES_LINES)
		line = python_strip(line);
	if (memchr(line.data, '\0', line.len))
		return fail(err, ERROR_INPUT, "ValueError: embedded null byte");
	names_add(names, line);
	return 0;
}

int names_split(struct names *names, struct slice text, enum names_form form, struct error **err)
{
	while (text.len) {
		size_t len = name_length(text, form);
		struct slice name = slice_of(text.data, len);

		skip(&text, len);
		if (form == NAMES_NUL)
			names_add(names, name);
		else if (add_line(names, name, form, err) < 0)
			return -1;
		if (slice_starts(text, SLICE_LITERAL("\r\n")))
			skip(&text, 2);
		else if (text.len)
			skip(&text, 1);
	}
	return 0;
}
