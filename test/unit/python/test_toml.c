#include "python/toml.h"
#include "suite.h"

/* The JSON of a text. */
static struct json *parse(const char *text)
{
	autoerror struct error *error = NULL;
	struct json *json = NULL;

	ck_ok(toml_parse(slice_c(text), "a.toml", &json, &error), error);
	return json;
}

static void expect_string(const struct json *table, const char *key, const char *value)
{
	const struct json *found = json_get(table, key);

	ck_assert_msg(json_is(found, JSON_STRING), "'%s' is no string", key);
	ck_assert_str_eq(found->string, value);
}

START_TEST(values_are_those_of_json)
{
	autojson struct json *json = parse(
	    "title = \"a\\u00e9\\n\"\r\nempty = {}\n[tool.kiln]\nwords = ['x', \"\"\"y\"\"\"]\n"
	    "yes = true\nno = false\nnumber = -12\nhex = 0xff\nhalf = 0.5\n");
	const struct json *kiln = json_get(json_get(json, "tool"), "kiln");

	expect_string(json, "title", "aé\n");
	ck_assert(json_is(json_get(json, "empty"), JSON_OBJECT));
	ck_assert_uint_eq(json_count(kiln), 6);
	ck_assert_str_eq(json_first(kiln)->key, "words");
	ck_assert_str_eq(json_first(json_get(kiln, "words"))->string, "x");
	ck_assert_uint_eq(json_count(json_get(kiln, "words")), 2);
	ck_assert(json_is(json_get(kiln, "yes"), JSON_TRUE));
	ck_assert(json_is(json_get(kiln, "no"), JSON_FALSE));
	ck_assert(json_get(kiln, "number")->number == -12);
	ck_assert(json_get(kiln, "hex")->number == 255);
	ck_assert(json_get(kiln, "half")->number == 0.5);
}
END_TEST

START_TEST(tables_and_arrays_of_tables_nest)
{
	autojson struct json *json = parse("[[a.b]]\nc.d = 1\n[[a.b]]\n'c d' = 2\n\"\" = 3\n");
	const struct json *first = json_first(json_get(json_get(json, "a"), "b"));

	ck_assert(json_get(json_get(first, "c"), "d")->number == 1);
	ck_assert(json_get(first->next, "c d")->number == 2);
	ck_assert(json_get(first->next, "")->number == 3);
}
END_TEST

START_TEST(what_json_cannot_hold_is_a_string)
{
	autojson struct json *json = parse(
	    "day = 2024-02-29\nmoment = 2024-02-29 07:32:00.5Z\ntime = 07:32:00\n"
	    "inf = -inf\nnan = nan\nlarge = 9007199254740993\nexact = 9007199254740992\n"
	    "larger = 123456789012345678901234567890\n");

	expect_string(json, "day", "2024-02-29");
	expect_string(json, "moment", "2024-02-29 07:32:00.5Z");
	expect_string(json, "time", "07:32:00");
	expect_string(json, "inf", "-inf");
	expect_string(json, "nan", "nan");
	expect_string(json, "large", "9007199254740993");
	expect_string(json, "larger", "123456789012345678901234567890");
	ck_assert(json_get(json, "exact")->number == 9007199254740992.0);
}
END_TEST

START_TEST(what_is_no_toml_is_refused_at_its_place)
{
	static const struct {
		const char *text;
		const char *message;
		long line, column;
	} cases[] = {
	    {"a = 1\nb = = 2\n", "not TOML: Invalid value", 2, 5},
	    {"a = 1\né = 2\n", "not TOML: Invalid statement", 2, 1},
	    {"a = 'é' x\n", "not TOML: Expected newline", 1, 9},
	    {"a = \"b\\u0000c\"", "a string with a NUL, after 'b'", 0, 0},
	    {"\"k\\u0000c\" = 1", "a string with a NUL, after 'k'", 0, 0},
	    {"a = 1\na = 2\n", "not TOML: Cannot overwrite a value", 2, 6},
	    {"a = \"", "not TOML: Unterminated string (at end of document)", 0, 0},
	    {"# é\n'\xff' = 1\n", "not TOML: a byte that is not UTF-8", 2, 2},
	    {"a = 1\n\xed\xa0\x80", "not TOML: a byte that is not UTF-8", 2, 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		struct json *json;

		ck_fails(toml_parse(slice_c(cases[i].text), "a.toml", &json, &error), error,
		    cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, "a.toml");
		ck_assert_msg(error->line == cases[i].line && error->column == cases[i].column,
		    "case %zu: %ld:%ld", i, error->line, error->column);
	}
}
END_TEST

/* A text with `count` times `word` between two others. */
static char *repeat(const char *before, const char *word, size_t count, const char *after)
{
	autostr struct str text = STR_INIT;

	str_adds(&text, before);
	for (size_t i = 0; i < count; i++)
		str_adds(&text, word);
	str_adds(&text, after);
	return str_take(&text);
}

START_TEST(depth_is_bounded)
{
	static const struct {
		const char *before, *word, *after;
	} cases[] = {
	    {"a = ", "[", ""},
	    {"a = ", "{a=", ""},
	    {"", "a.", "a = 1"},
	    {"[", "a . ", "a]"},
	    {"a = { b = '[', c = [\n", "{a.b = [ # ]\n", ""},
	    {"a = \"\"\"x\"\"\"\"\nb = ", "[", ""},
	    {"a = [\"\"\"x\"\"\"\", ", "[", ""},
	    {"a = ['''x''''', ", "[", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autofree char *text = repeat(cases[i].before, cases[i].word, 50000, cases[i].after);
		autoerror struct error *error = NULL;
		struct json *json;

		ck_fails(toml_parse(slice_c(text), "a.toml", &json, &error), error,
		    "not TOML: nested too deep");
		ck_assert_int_ge(error->line, 1);
	}
}
END_TEST

START_TEST(what_headers_and_keys_nest_together_is_bounded)
{
	autofree char *header = repeat("[", "a.", TOML_DEPTH_LIMIT - 1, "a]\n");
	autofree char *deepest = repeat(header, "", 0, "");
	autofree char *deeper = repeat(header, "b.", TOML_DEPTH_LIMIT - 1, "b = 1\n");
	autoerror struct error *error = NULL;
	autojson struct json *json = parse(deepest);
	struct json *none;

	ck_assert(json_is(json, JSON_OBJECT));
	ck_fails(toml_parse(slice_c(deeper), "a.toml", &none, &error), error, "nested too deep");
}
END_TEST

START_TEST(strings_and_comments_may_hold_anything)
{
	autofree char *dots = repeat("a = \"", ".a[{", 1000, "\\\"[\" # [[[\n");
	autofree char *all = repeat(dots, "# a.[{'\"\n", 200, "b = '''\n[[.'\n'''\nc = 'x'\n");
	autojson struct json *json = parse(all);

	expect_string(json, "b", "[[.'\n");
	expect_string(json, "c", "x");
}
END_TEST

START_TEST(size_is_bounded)
{
	autofree char *large = repeat("", "#", TOML_LIMIT + 1, "");
	autofree char *digits = repeat("a = ", "1", 5000, "\n");
	autoerror struct error *error = NULL, *second = NULL;
	struct json *json;

	ck_fails(toml_parse(slice_c(large), "a.toml", &json, &error), error, "larger than");
	ck_fails(toml_parse(slice_c(digits), "a.toml", &json, &second), second, "not TOML");
}
END_TEST

SUITE("python/toml", values_are_those_of_json, tables_and_arrays_of_tables_nest,
    what_json_cannot_hold_is_a_string, what_is_no_toml_is_refused_at_its_place, depth_is_bounded,
    what_headers_and_keys_nest_together_is_bounded, strings_and_comments_may_hold_anything,
    size_is_bounded)
