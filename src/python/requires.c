#include "python/requires.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define PROJECT_LIMIT ((size_t)4 << 20)

/* The text of a TOML string on one line; empty for anything else. */
static struct slice string_of(struct slice value)
{
	const char *end;

	if (value.len < 2 || (*value.data != '"' && *value.data != '\''))
		return slice_of("", 0);
	end = memchr(value.data + 1, *value.data, value.len - 1);
	return end ? slice_of(value.data + 1, (size_t)(end - value.data - 1)) : slice_of("", 0);
}

void requires_parse(struct slice text, struct str *ret)
{
	bool is_project = false;
	struct slice line, key;

	while (slice_next(&text, '\n', &line)) {
		line = slice_trim(line);
		if (line.len && *line.data == '[')
			is_project = slice_starts(line, SLICE_LITERAL("[project]"));
		(void)slice_next(&line, '=', &key); /* always a first part */
		if (is_project && slice_is(slice_trim(key), "requires-python"))
			str_add_slice(ret, string_of(slice_trim(line)));
	}
}

int requires_python(const char *directory, struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/pyproject.toml", directory);
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;

	if (access(directory, X_OK) < 0)
		return 0; /* a directory that must not be searched says nothing */
	if (file_read(path, PROJECT_LIMIT, &text, NULL, &error) < 0)
		/* What cannot be read says nothing. */
		return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
	requires_parse(str_slice(&text), ret);
	return 0;
}

/* The release of a specifier: its numbers, at most three, and what follows them. */
struct release {
	long numbers[3];
	int count;
	struct slice rest;
};

static struct release parse_release(struct slice text)
{
	struct release release = {.rest = text};

	while (
	    release.count < 3 && release.rest.len && isdigit((unsigned char)*release.rest.data)) {
		long number = 0;

		while (release.rest.len && isdigit((unsigned char)*release.rest.data)) {
			number = number < 10000 ? number * 10 + (*release.rest.data - '0') : number;
			release.rest = slice_from(release.rest, 1);
		}
		release.numbers[release.count++] = number;
		if (release.rest.len < 2 || *release.rest.data != '.' ||
		    !isdigit((unsigned char)release.rest.data[1]))
			break;
		release.rest = slice_from(release.rest, 1);
	}
	return release;
}

/* Compare the first two numbers. */
static int compare(const struct release *a, const struct release *b)
{
	for (int i = 0; i < 2; i++) {
		if (a->numbers[i] != b->numbers[i])
			return a->numbers[i] < b->numbers[i] ? -1 : 1;
	}
	return 0;
}

static bool is_equal(const struct release *version, const struct release *wanted)
{
	return version->numbers[0] == wanted->numbers[0] &&
	       (wanted->count < 2 || version->numbers[1] == wanted->numbers[1]);
}

static bool allows_one(struct slice specifier, const struct release *version)
{
	size_t len = strspn(specifier.data, "<>=!~");
	struct slice operator= slice_of(specifier.data, len < specifier.len ? len : specifier.len);
	struct release wanted = parse_release(slice_trim(slice_from(specifier, operator.len)));
	int order = compare(version, &wanted);

	if (!wanted.count)
		return true;
	if (slice_is(operator, ">=") || slice_is(operator, ">"))
		return order >= 0; /* a later release of the same version is above it */
	if (slice_is(operator, "<="))
		return order <= 0;
	if (slice_is(operator, "<"))
		return order < 0 || (order == 0 && wanted.count > 2 && wanted.numbers[2] > 0);
	if (slice_is(operator, "=="))
		return is_equal(version, &wanted);
	if (slice_is(operator, "!="))
		return !slice_is(wanted.rest, ".*") || !is_equal(version, &wanted);
	if (slice_is(operator, "~="))
		return wanted.count > 2 ? order == 0
					: order >= 0 && version->numbers[0] == wanted.numbers[0];
	return true;
}

bool requires_allows(struct slice specifiers, struct slice version)
{
	autofree char *copy = xmemdup0(specifiers.data, specifiers.len);
	struct slice rest = slice_c(copy), specifier;
	struct release given = parse_release(version);

	while (slice_next(&rest, ',', &specifier)) {
		if (!allows_one(slice_trim(specifier), &given))
			return false;
	}
	return true;
}
