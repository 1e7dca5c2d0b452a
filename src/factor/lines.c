#include "factor/lines.h"

#include "base/file.h"

static bool is_control(char c)
{
	return (c >= 0 && c < ' ') || c == '\x7f';
}

int fail_declaration(struct error **err, const char *name, long line, const char *format, ...)
{
	autostr struct str message = STR_INIT;
	va_list arguments;

	va_start(arguments, format);
	str_addv(&message, format, arguments);
	va_end(arguments);
	fail_at(err, name, line, 0, NULL, "%s", str_c(&message));
	return fail_as(err, ERROR_USAGE);
}

int declaration_check(struct slice text, const char *name, struct error **err)
{
	struct slice line;

	for (long number = 1; slice_next(&text, '\n', &line); number++) {
		if (!slice_is_utf8(line))
			return fail_declaration(err, name, number, "not UTF-8");
		for (size_t i = 0; i < line.len; i++)
			if (is_control(line.data[i]) && !char_is_space(line.data[i]))
				return fail_declaration(
				    err, name, number, "has a control character");
	}
	return 0;
}

int declaration_read(
    const char *path, struct arena *arena, struct slice *ret, bool *ret_exists, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct error *error = NULL;

	if (ret_exists)
		*ret_exists = true;
	*ret = slice_of("", 0);
	if (file_read(path, DECLARATION_LIMIT, &text, NULL, &error) < 0) {
		if (ret_exists && errno_is_absence(error->number)) {
			error_free(error);
			*ret_exists = false;
			return 0;
		}
		fail_with(err, error);
		return fail_as(err, ERROR_USAGE);
	}
	if (declaration_check(str_slice(&text), path, err) < 0)
		return -1;
	*ret = arena_slice(arena, str_slice(&text));
	return 0;
}

struct slice slice_field(struct slice *rest)
{
	struct slice field = slice_of(rest->data, 0);

	while (field.len < rest->len && !char_is_space(rest->data[field.len]))
		field.len++;
	*rest = slice_trim(slice_from(*rest, field.len));
	return field;
}

bool slice_is_plain(struct slice slice)
{
	for (size_t i = 0; i < slice.len; i++)
		if (is_control(slice.data[i]))
			return false;
	return slice_is_utf8(slice);
}

bool lines_next(struct lines *lines, struct slice *ret)
{
	struct slice line;

	while (slice_next(&lines->rest, '\n', &line)) {
		lines->number++;
		*ret = slice_trim(line);
		lines->is_indented = line.len && char_is_space(line.data[0]);
		if (ret->len)
			return true;
	}
	return false;
}
