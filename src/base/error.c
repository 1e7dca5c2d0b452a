#include "base/error.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>

#include "base/str.h"

static struct error *error_new(
    enum error_kind kind, int number, const char *format, va_list arguments)
{
	struct error *error = xcalloc(1, sizeof(*error));
	autostr struct str text = STR_INIT;
	autostr struct str message = STR_INIT;

	str_addv(&text, format, arguments);
	str_add_printable(&message, str_slice(&text));
	if (number) {
		const char *reason = strerrordesc_np(number);

		if (reason)
			str_addf(&message, ": %s", reason);
		else
			str_addf(&message, ": error %d", number);
	}
	error->kind = kind;
	error->number = number;
	error->message = str_take(&message);
	return error;
}

int fail(struct error **err, enum error_kind kind, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -1;
	va_start(arguments, format);
	fail_with(err, error_new(kind, 0, format, arguments));
	va_end(arguments);
	return -1;
}

int fail_errno(struct error **err, int number, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -1;
	va_start(arguments, format);
	fail_with(err, error_new(ERROR_SYSTEM, number, format, arguments));
	va_end(arguments);
	return -1;
}

enum error_kind errno_kind(int number)
{
	switch (number) {
	case 0: /* no system call failed */
	case EACCES:
	case EPERM:
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EEXIST:
	case EINVAL: /* a file that cannot be read or mapped, like some files in /proc */
	case ENODEV:
	case ENXIO:
	case ESPIPE:
	case EFBIG:
	case EOVERFLOW:
	case ETXTBSY:
	case ENOEXEC:
	case EILSEQ:
		return ERROR_INPUT;
	default:
		return ERROR_SYSTEM;
	}
}

bool errno_is_absence(int number)
{
	return number == ENOENT || number == ENOTDIR;
}

int fail_as(struct error **err, enum error_kind kind)
{
	assert(kind != ERROR_INTERNAL);
	if (err &&
	    ((*err)->number ? errno_kind((*err)->number) == ERROR_INPUT : error_is_local(*err)))
		(*err)->kind = kind;
	return -1;
}

bool error_is_local(const struct error *error)
{
	return error->kind == ERROR_INPUT || error->kind == ERROR_USAGE;
}

int fail_input(struct error **err, int number, const char *path, const char *format, ...)
{
	struct error *error;
	va_list arguments;

	if (!err)
		return -1;
	va_start(arguments, format);
	error = error_new(errno_kind(number), number, format, arguments);
	va_end(arguments);
	error->path = path ? xstrdup(path) : NULL;
	return fail_with(err, error);
}

int fail_at(struct error **err, const char *path, long line, long column, const char *text,
    const char *format, ...)
{
	struct error *error;
	va_list arguments;

	if (!err)
		return -1;
	va_start(arguments, format);
	error = error_new(ERROR_INPUT, 0, format, arguments);
	va_end(arguments);
	error->path = path ? xstrdup(path) : NULL;
	error->line = line;
	error->column = column;
	error->text = text ? xstrdup(text) : NULL;
	return fail_with(err, error);
}

int fail_bad_value(const char *name, const char *value, const char *possible, struct error **err)
{
	return fail(
	    err, ERROR_USAGE, "invalid value '%s' for %s: expected %s", value, name, possible);
}

int fail_prefix(struct error **err, const char *format, ...)
{
	autostr struct str prefix = STR_INIT;
	autostr struct str message = STR_INIT;
	va_list arguments;

	if (!err)
		return -1;
	assert(*err);
	va_start(arguments, format);
	str_addv(&prefix, format, arguments);
	va_end(arguments);
	str_add_printable(&message, str_slice(&prefix));
	str_addf(&message, ": %s", (*err)->message);
	free((*err)->message);
	(*err)->message = str_take(&message);
	return -1;
}

int fail_with(struct error **err, struct error *error)
{
	if (!err) {
		error_free(error);
		return -1;
	}
	if (*err != error)
		error_free(*err);
	*err = error;
	return -1;
}

void error_free(struct error *error)
{
	if (!error)
		return;
	free(error->message);
	free(error->path);
	free(error->text);
	free(error);
}

void notes_add(struct notes *notes, struct error *note)
{
	notes->items = xreallocarray(notes->items, notes->count + 1, sizeof(*notes->items));
	notes->items[notes->count++] = note;
}

void notes_release(struct notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		error_free(notes->items[i]);
	free(notes->items);
	*notes = (struct notes){NULL, 0};
}
