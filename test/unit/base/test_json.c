#include "suite.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/wait.h>

#include "base/json.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define LIMIT ((size_t)1 << 20)

START_TEST(commas_and_nesting_are_kept)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_object(&json);
	json_key(&json, "a");
	json_array(&json);
	json_integer(&json, 1);
	json_array(&json);
	json_array_end(&json);
	json_object(&json);
	json_object_end(&json);
	json_bool(&json, true);
	json_bool(&json, false);
	json_null(&json);
	json_array_end(&json);
	json_member(&json, "b", "c");
	json_member_slice(&json, "d", slice_of(NULL, 0));
	json_member_integer(&json, "e", -5);
	json_key(&json, "f");
	json_number(&json, 0.5);
	json_object_end(&json);
	ck_assert_str_eq(str_c(&out),
	    "{\"a\":[1,[],{},true,false,null],\"b\":\"c\",\"d\":\"\",\"e\":-5,\"f\":0.5}");
	ck_assert_uint_eq(json.depth, 0);
}
END_TEST

static void check_string(struct slice value, const char *expected)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_string(&json, value);
	ck_assert_str_eq(str_c(&out), expected);
}

START_TEST(strings_are_escaped_where_they_must)
{
	check_string(SLICE_LITERAL("plain /<>&'~\x7f"), "\"plain /<>&'~\x7f\"");
	check_string(SLICE_LITERAL("\"\\"), "\"\\\"\\\\\"");
	check_string(SLICE_LITERAL("\b\t\n\f\r\v"), "\"\\b\\t\\n\\f\\r\\u000B\"");
	check_string(SLICE_LITERAL("\0\x01\x1f"), "\"\\u0000\\u0001\\u001F\"");
	check_string(SLICE_LITERAL("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
	    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}
END_TEST

START_TEST(bytes_that_are_not_utf8_become_lone_surrogates)
{
	check_string(SLICE_LITERAL("\x80\xff"), "\"\\uDC80\\uDCFF\"");
	check_string(SLICE_LITERAL("a\xc3"), "\"a\\uDCC3\"");
	check_string(SLICE_LITERAL("\xc0\x80"), "\"\\uDCC0\\uDC80\"");
	check_string(SLICE_LITERAL("\xf4\x90\x80\x80"), "\"\\uDCF4\\uDC90\\uDC80\\uDC80\"");
	check_string(SLICE_LITERAL("\xe2\x82x"), "\"\\uDCE2\\uDC82x\"");
}
END_TEST

START_TEST(encoded_surrogates_are_written_as_their_code)
{
	check_string(SLICE_LITERAL("\xed\xa0\x80"), "\"\\uD800\"");
	check_string(SLICE_LITERAL("\xed\xbf\xbf"), "\"\\uDFFF\"");
	check_string(SLICE_LITERAL("\xed\xb2\x80."), "\"\\uDC80.\"");
	check_string(SLICE_LITERAL("\xed\x9f\xbf"), "\"\xed\x9f\xbf\"");
	check_string(SLICE_LITERAL("\xed\xa0"), "\"\\uDCED\\uDCA0\"");
	check_string(SLICE_LITERAL("\xed\xa0\x80\xed\xa0\x81."), "\"\\uD800\\uD801.\"");
	check_string(SLICE_LITERAL("\xed\xa0\x80\xc0"), "\"\\uDCED\\uDCA0\\uDC80\\uDCC0\"");
	check_string(SLICE_LITERAL("\xed\xbf\xbf\xc0"), "\"\\uDFFF\\uDCC0\"");
}
END_TEST

START_TEST(integers_are_exact)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_array(&json);
	json_integer(&json, 0);
	json_integer(&json, INT64_MAX);
	json_integer(&json, INT64_MIN);
	json_array_end(&json);
	ck_assert_str_eq(str_c(&out), "[0,9223372036854775807,-9223372036854775808]");
}
END_TEST

static void check_number(double value, const char *expected)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_number(&json, value);
	if (expected)
		ck_assert_str_eq(str_c(&out), expected);
	ck_assert_double_eq(strtod(str_c(&out), NULL), value);
}

START_TEST(numbers_have_few_digits_and_read_back)
{
	unsigned seed = 1;

	check_number(0.1, "0.1");
	check_number(1, "1");
	check_number(-2.5, "-2.5");
	check_number(1e300, "1e+300");
	check_number(0.1 + 0.2, "0.30000000000000004");
	check_number(9007199254740993.0, "9007199254740992");
	check_number(DBL_MAX, NULL);
	check_number(DBL_MIN, NULL);
	check_number(DBL_TRUE_MIN, NULL);
	for (int i = 0; i < 20000; i++) {
		union {
			uint64_t bits;
			double value;
		} any = {0};

		for (int k = 0; k < 5; k++)
			any.bits = any.bits << 15 ^ (uint64_t)rand_r(&seed);
		if (isfinite(any.value))
			check_number(any.value, NULL);
	}
}
END_TEST

static void write_not_a_number(void)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_number(&json, NAN);
}

static void write_second_document(void)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_null(&json);
	json_null(&json);
}

static void end_what_did_not_begin(void)
{
	autostr struct str out = STR_INIT;
	struct json_writer json;

	json_begin(&json, &out);
	json_array_end(&json);
}

START_TEST(misuse_of_the_writer_aborts)
{
	void (*const misuses[])(void) = {
	    write_not_a_number, write_second_document, end_what_did_not_begin};

	for (size_t i = 0; i < COUNT(misuses); i++) {
		int status;
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
			misuses[i]();
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}
END_TEST

static struct json *parsed(const char *text)
{
	autoerror struct error *error = NULL;
	struct json *json = json_parse(slice_c(text), "x.json", LIMIT, &error);

	ck_assert_msg(json, "%s: %s", text, error ? error->message : "no error");
	return json;
}

static const struct json *item_of(const struct json *array, int index)
{
	const struct json *item = json_first(array);

	while (index-- > 0 && item)
		item = item->next;
	ck_assert_ptr_nonnull(item);
	return item;
}

START_TEST(documents_are_read)
{
	autojson struct json *json = parsed(
	    " {\"a\": [1, -2.5e1, true, false, null, \"\\u00e9\\n\\/\"]}\r\n\t ");
	const struct json *array = json_get(json, "a");

	ck_assert_int_eq(json_count(array), 6);
	ck_assert_double_eq(item_of(array, 0)->number, 1);
	ck_assert_double_eq(item_of(array, 1)->number, -25);
	ck_assert(json_is(item_of(array, 2), JSON_TRUE));
	ck_assert(json_is(item_of(array, 3), JSON_FALSE));
	ck_assert(json_is(item_of(array, 4), JSON_NULL));
	ck_assert_str_eq(item_of(array, 5)->string, "\xc3\xa9\n/");
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
	static const char *const malformed[] = {"", " ", "[", "]", "[1", "[1,]", "[,1]", "[1 2]",
	    "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "[1]]", "[1] x", "1 2", "nul",
	    "nulll", "True", "NaN", "Infinity", "-Infinity", "-", "+1", "01", "-01", "1.", ".5",
	    "-.5", "1e", "1e+", "0x10", "1-2", "1.5.2", "[1-2]", "\"", "\"a", "\"\\\"", "\"\\x\"",
	    "\"\\u12\"", "\"\\u12g4\"", "\"\\u-123\"", "\"a\nb\"", "\"\x01\"", "\"\x80\"",
	    "\"\xed\xa0\x80\"", "\xef\xbb\xbf[]", "[]\v", "\f[]", "/**/[]", "[}", "{]"};

	for (size_t i = 0; i < COUNT(malformed); i++) {
		autoerror struct error *error = NULL;
		autojson struct json *json = json_parse(
		    slice_c(malformed[i]), "x.json", LIMIT, &error);

		ck_assert_msg(!json, "%s", malformed[i]);
		ck_assert_msg(error, "%s", malformed[i]);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, "x.json");
		ck_assert_ptr_nonnull(strstr(error->message, "not JSON: "));
	}
	ck_assert_ptr_null(json_parse(slice_of(NULL, 0), "x", LIMIT, NULL));
	ck_assert_ptr_null(json_parse(SLICE_LITERAL("[]\0"), "x", LIMIT, NULL));
	ck_assert_ptr_null(json_parse(SLICE_LITERAL("\"\0\""), "x", LIMIT, NULL));
}
END_TEST

START_TEST(a_part_of_a_document_is_none)
{
	static const char whole[] = "{\"a\":[1.5e+3,true,\"\\uD834\\uDD1E\\u0000\"],\"b\":null}";

	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		/* A copy of its own, so that reading beyond it is seen. */
		autofree char *part = xmalloc(len);

		memcpy(part, whole, len);
		ck_assert_ptr_null(json_parse(slice_of(part, len), "x", LIMIT, NULL));
	}
	json_free(parsed(whole));
}
END_TEST

START_TEST(errors_name_line_and_column)
{
	static const struct {
		const char *text;
		long line, column;
	} cases[] = {
	    {"[1,\n2,\n x]", 3, 2},
	    {"[\"\xc3\xa9\xc3\xa9\",\x01]", 1, 7},
	    {"[01]", 1, 2},
	    {"[1,\n]", 2, 1},
	    {"[\"\\uD800\",\n]", 2, 1},
	    {"[\"\\uD834\\uDD1E\" 1]", 1, 17},
	    {"{\"a\":1,\n\"b\" 2}", 2, 5},
	    {"[1", 1, 3},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		autoerror struct error *error = NULL;

		ck_assert_ptr_null(json_parse(slice_c(cases[i].text), "x", LIMIT, &error));
		ck_assert_int_eq(error->line, cases[i].line);
		ck_assert_int_eq(error->column, cases[i].column);
	}
}
END_TEST

START_TEST(depth_is_bounded)
{
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	autojson struct json *json = NULL;

	for (int i = 0; i < JSON_DEPTH_LIMIT; i++)
		str_addc(&text, '[');
	for (int i = 0; i < JSON_DEPTH_LIMIT; i++)
		str_addc(&text, ']');
	json = parsed(str_c(&text));
	str_truncate(&text, 0);
	for (int i = 0; i < 100000; i++)
		str_addc(&text, '[');
	ck_assert_ptr_null(json_parse(str_slice(&text), "x", LIMIT, &error));
	ck_assert_str_eq(error->message, "not JSON: too deep nesting");
	ck_assert_int_eq(error->column, JSON_DEPTH_LIMIT + 1);
}
END_TEST

START_TEST(size_is_bounded)
{
	autoerror struct error *error = NULL;
	autojson struct json *json = json_parse(SLICE_LITERAL("[1]"), "x", 3, NULL);

	ck_assert_ptr_nonnull(json);
	ck_assert_ptr_null(json_parse(SLICE_LITERAL("[12]"), "x", 3, &error));
	ck_assert_str_eq(error->message, "larger than 3 bytes");
}
END_TEST

START_TEST(escapes_that_a_string_cannot_hold_are_read_as_bytes)
{
	autojson struct json *json = parsed(
	    "[\"a\\u0000b\",\"\\uD800\",\"\\uDC80x\",\"\\uD834\\uDD1E\","
	    "\"\\uDD1E\\uD834\",\"\\uD800\\u0041\",{\"\\udcff\":1}]");

	ck_assert_str_eq(item_of(json, 0)->string, "a\xc0\x80"
						   "b");
	ck_assert_str_eq(item_of(json, 1)->string, "\xed\xa0\x80");
	ck_assert_str_eq(item_of(json, 2)->string, "\xed\xb2\x80x");
	ck_assert_str_eq(item_of(json, 3)->string, "\xf0\x9d\x84\x9e");
	ck_assert_str_eq(item_of(json, 4)->string, "\xed\xb4\x9e\xed\xa0\xb4");
	ck_assert_str_eq(item_of(json, 5)->string, "\xed\xa0\x80"
						   "A");
	ck_assert_str_eq(item_of(json, 6)->first->key, "\xed\xb3\xbf");
}
END_TEST

/* Not the same text: two bytes written as a pair of surrogates are a character when read. */
START_TEST(what_was_written_and_read_means_the_same_when_written_again)
{
	unsigned seed = 1;

	for (int round = 0; round < 3000; round++) {
		autostr struct str once = STR_INIT, again = STR_INIT;
		autojson struct json *first = NULL, *second = NULL;
		struct json_writer writer;
		char bytes[24];

		for (size_t i = 0; i < sizeof(bytes); i++)
			do
				bytes[i] = (char)(rand_r(&seed) >> 7);
			while (!bytes[i]);
		json_begin(&writer, &once);
		json_string(&writer, slice_of(bytes, sizeof(bytes)));
		first = parsed(str_c(&once));
		json_begin(&writer, &again);
		json_string(&writer, slice_c(first->string));
		second = parsed(str_c(&again));
		ck_assert_str_eq(second->string, first->string);
	}
}
END_TEST

START_TEST(long_numbers_are_read_as_the_nearest)
{
	autostr struct str text = STR_INIT;
	autojson struct json *json = NULL;

	str_adds(&text, "[1");
	for (int i = 0; i < 200; i++)
		str_addc(&text, '0');
	str_adds(&text, ",0.1");
	for (int i = 0; i < 200; i++)
		str_addc(&text, '0');
	str_adds(&text, "1,-9");
	for (int i = 0; i < 400; i++)
		str_addc(&text, '9');
	str_adds(&text, "]");
	json = parsed(str_c(&text));
	ck_assert_double_eq(item_of(json, 0)->number, 1e200);
	ck_assert_double_eq(item_of(json, 1)->number, 0.1);
	ck_assert_double_eq(item_of(json, 2)->number, -INFINITY);
}
END_TEST

/* Gives its argument back if all documents were read, or refused, as they should. */
static void *parse_much(void *argument)
{
	for (int i = 0; i < 1000; i++) {
		autojson struct json *json = json_parse(SLICE_LITERAL("[1,2,3]"), "x", LIMIT, NULL);

		if (!json || json_parse(SLICE_LITERAL("[1,2,3"), "x", LIMIT, NULL))
			return NULL;
	}
	return argument;
}

START_TEST(threads_can_parse_at_the_same_time)
{
	pthread_t threads[4];
	int good;

	for (size_t i = 0; i < COUNT(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, parse_much, &good), 0);
	for (size_t i = 0; i < COUNT(threads); i++) {
		void *result;

		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, &good);
	}
}
END_TEST

SUITE("base/json", commas_and_nesting_are_kept, strings_are_escaped_where_they_must,
    bytes_that_are_not_utf8_become_lone_surrogates, encoded_surrogates_are_written_as_their_code,
    integers_are_exact, numbers_have_few_digits_and_read_back, misuse_of_the_writer_aborts,
    documents_are_read, what_is_no_json_is_refused, a_part_of_a_document_is_none,
    errors_name_line_and_column, depth_is_bounded, size_is_bounded,
    escapes_that_a_string_cannot_hold_are_read_as_bytes,
    what_was_written_and_read_means_the_same_when_written_again,
    long_numbers_are_read_as_the_nearest, threads_can_parse_at_the_same_time)
