#include "bazel/work_request.h"

#include "suite.h"

/* How many objects are found when the bytes arrive in pieces of `step`, -1 if they are none. */
static int count_objects(const char *text, size_t step)
{
	struct request_scanner scanner = {0};
	struct slice rest = slice_c(text);
	size_t seen = 0;
	int count = 0;

	while (seen < rest.len) {
		size_t len;

		seen = seen + step < rest.len ? seen + step : rest.len;
		do {
			if (request_scan(&scanner, slice_of(rest.data, seen), &len, NULL) < 0)
				return -1;
			count += len > 0;
			rest = slice_of(rest.data + len, rest.len - len);
			seen -= len;
		} while (len);
	}
	return count;
}

START_TEST(objects_are_found_however_they_arrive)
{
	static const struct {
		const char *text;
		int count;
	} cases[] = {
	    {"", 0},
	    {" \n", 0},
	    {"{}", 1},
	    {"{}{}", 2},
	    {"{}\n{}\r\n \t{}\n", 3},
	    {"{\"a\": [{}, {\"b\": {}}]}{}", 2},
	    {"{\"}\": \"{[\"}{\"\\\"}\": \"\\\\\"}", 2},
	    {"{\"open", 0},
	    {"{}{", 1},
	    {"[]", -1},
	    {"{} x", -1},
	    {"1{}", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (size_t step = 1; step < 9; step++)
			ck_assert_int_eq(count_objects(cases[i].text, step), cases[i].count);
	}
}
END_TEST

START_TEST(an_endless_object_is_refused)
{
	struct request_scanner scanner = {0};
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	size_t len;

	str_reserve(&text, REQUEST_LIMIT + 1);
	str_addc(&text, '{');
	memset(text.data + 1, ' ', REQUEST_LIMIT);
	text.len = REQUEST_LIMIT + 1;
	ck_fails(request_scan(&scanner, str_slice(&text), &len, &error), error, "larger than");
}
END_TEST

START_TEST(a_request_is_read)
{
	static const char *const texts[] = {
	    "{\"arguments\": [\"a\", \"\\u3042\"], \"requestId\": 7, \"verbosity\": 10, "
	    "\"sandboxDir\": \"box\", \"inputs\": [{\"path\": \"a\"}], \"new\": {}}",
	    "{\"arguments\": [\"a\", \"\xe3\x81\x82\"], \"request_id\": \"7\", \"verbosity\": "
	    "\"10\", "
	    "\"sandbox_dir\": \"box\", \"cancel\": false, \"inputs\": null}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(request_release) struct request request = {0};
		autoerror struct error *error = NULL;

		ck_ok(request_parse(slice_c(texts[i]), &request, &error), error);
		ck_assert_int_eq(request.work.argument_count, 2);
		ck_assert_str_eq(request.work.arguments[1], "\xe3\x81\x82");
		ck_assert_ptr_null(request.work.arguments[2]);
		ck_assert_int_eq(request.head.id, 7);
		ck_assert_int_eq(request.work.verbosity, 10);
		ck_assert_str_eq(request.work.directory, "box");
		ck_assert(!request.head.cancel);
	}
}
END_TEST

START_TEST(what_is_not_there_has_its_default)
{
	CLEANUP(request_release) struct request request = {0};
	autoerror struct error *error = NULL;

	ck_ok(request_parse(SLICE_LITERAL("{\"sandboxDir\": \"\"}"), &request, &error), error);
	ck_assert_int_eq(request.work.argument_count, 0);
	ck_assert_int_eq(request.head.id, 0);
	ck_assert_int_eq(request.work.verbosity, 0);
	ck_assert_ptr_null(request.work.directory);
}
END_TEST

START_TEST(what_is_no_request_is_refused_with_its_id)
{
	static const char *const texts[] = {
	    "{\"requestId\": 3, \"arguments\": 1}",
	    "{\"requestId\": 3, \"arguments\": [1]}",
	    "{\"requestId\": 3, \"cancel\": 1}",
	    "{\"requestId\": 3, \"verbosity\": 1.5}",
	    "{\"requestId\": 3, \"verbosity\": \"\"}",
	    "{\"requestId\": 3, \"sandboxDir\": []}",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(request_release) struct request request = {0};
		autoerror struct error *error = NULL;

		ck_fails(request_parse(slice_c(texts[i]), &request, &error), error, "' to be a ");
		ck_assert_int_eq(request.head.id, 3);
	}
}
END_TEST

START_TEST(an_id_is_a_32_bit_number)
{
	static const char *const texts[] = {"{\"requestId\": 1e99}", "{\"requestId\": 2147483648}",
	    "{\"requestId\": \"x\"}", "{\"requestId\": true}", "{\"requestId\": \"nan\"}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(request_release) struct request request = {0};
		autoerror struct error *error = NULL;

		ck_fails(request_parse(slice_c(texts[i]), &request, &error), error, "requestId");
	}
}
END_TEST

SUITE("bazel/work_request", objects_are_found_however_they_arrive, an_endless_object_is_refused,
    a_request_is_read, what_is_not_there_has_its_default, what_is_no_request_is_refused_with_its_id,
    an_id_is_a_32_bit_number)
