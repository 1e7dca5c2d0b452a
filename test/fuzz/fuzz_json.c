/*
 * Any bytes as JSON: refused with an error, or a tree, which is the same when it is written and
 * read again.
 */
#include <math.h>

#include "base/json.h"
#include "fuzz.h"

#define SIZE_LIMIT ((size_t)1 << 20)

static void write_value(struct json_writer *writer, const struct json *value);

static void write_items(struct json_writer *writer, const struct json *value)
{
	for (const struct json *item = json_first(value); item; item = item->next) {
		fuzz_assert(!item->key == (value->kind == JSON_ARRAY));
		if (item->key)
			json_key(writer, item->key);
		write_value(writer, item);
	}
}

static void write_value(struct json_writer *writer, const struct json *value)
{
	if (value->kind == JSON_NULL) {
		json_null(writer);
	} else if (value->kind == JSON_TRUE || value->kind == JSON_FALSE) {
		json_bool(writer, value->kind == JSON_TRUE);
	} else if (value->kind == JSON_NUMBER) {
		json_number(writer, isfinite(value->number) ? value->number : 0);
	} else if (value->kind == JSON_STRING) {
		json_string(writer, slice_c(value->string));
	} else if (value->kind == JSON_ARRAY) {
		json_array(writer);
		write_items(writer, value);
		json_array_end(writer);
	} else {
		json_object(writer);
		write_items(writer, value);
		json_object_end(writer);
	}
}

static void write_json(const struct json *json, struct str *ret)
{
	struct json_writer writer;

	json_begin(&writer, ret);
	write_value(&writer, json);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autostr struct str once = STR_INIT, again = STR_INIT;
	autoerror struct error *error = NULL;
	autojson struct json *json = json_parse(
	    slice_of((const char *)data, size), "input", SIZE_LIMIT, &error);
	autojson struct json *second = NULL;

	fuzz_assert(!json == !!error);
	if (!json)
		return 0;
	write_json(json, &once);
	second = json_parse(str_slice(&once), "written", SIZE_MAX, NULL);
	fuzz_assert(second);
	write_json(second, &again);
	fuzz_assert(slice_equal(str_slice(&once), str_slice(&again)));
	return 0;
}
