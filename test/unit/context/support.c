#include "support.h"

#include <stdio.h>

#include "base/file.h"
#include "suite.h"

char *support_path(const char *path)
{
	return xasprintf("%s/%s", KILN_CONFORMANCE, path);
}

struct json *support_document(const char *path)
{
	autofree char *whole = support_path(path);
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct json *document;

	ck_ok(file_read(whole, FILE_READ_LIMIT, &text, NULL, &error), error);
	document = json_parse(str_slice(&text), whole, FILE_READ_LIMIT, &error);
	ck_assert_msg(document, "%s", error ? error->message : "");
	return document;
}

void support_add(struct fields *fields, const struct json *strings)
{
	const struct json *string;

	if (json_is(strings, JSON_STRING))
		fields_adds(fields, strings->string);
	else
		for (string = json_first(strings); string; string = string->next)
			fields_adds(fields, string->string);
}

void support_add_line(struct fields *fields, const char *line)
{
	struct slice rest = slice_c(line), field;

	if (rest.len == 0)
		return;
	while (slice_next(&rest, ' ', &field))
		fields_add(fields, slice_is(field, "''") ? slice_of("", 0) : field);
}

static void show(const struct fields *fields, struct str *ret)
{
	for (size_t i = 0; i < fields->count; i++) {
		str_adds(ret, i ? ", '" : "'");
		str_add_printable(ret, fields_at(fields, i));
		str_addc(ret, '\'');
	}
}

void support_compare(const struct fields *fields, const struct fields *expected, const char *about)
{
	autostr struct str got = STR_INIT, wanted = STR_INIT;
	bool equal = fields->count == expected->count;

	for (size_t i = 0; equal && i < fields->count; i++)
		equal = slice_equal(fields_at(fields, i), fields_at(expected, i));
	show(fields, &got);
	show(expected, &wanted);
	ck_assert_msg(equal, "%s: [%s], not [%s]", about, str_c(&got), str_c(&wanted));
}
