#include "fixture.h"

#include "factor/declare.h"
#include "factor/lines.h"

/* An array's worth of texts that are wrong, and what is said of them. */
struct wrong {
	const char *text;
	long line;
	const char *message;
};

static void ck_declaration(int failed, struct error *const *err, const struct wrong *wrong)
{
	const struct error *error = *err;

	ck_assert_msg(failed < 0, "'%s' did not fail", wrong->text);
	ck_assert_msg(
	    strstr(error->message, wrong->message), "'%s': '%s'", wrong->text, error->message);
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	ck_assert_str_eq(error->path, "name");
	ck_assert_int_eq(error->line, wrong->line);
}

START_TEST(an_identity_has_a_name_and_may_have_an_authority)
{
	static const struct {
		const char *text, *authority, *contact;
	} cases[] = {
	    {"n http://x/n factors/polynomial-1", "", ""},
	    {"n http://x/n factors/polynomial-1\r\n\r\n", "", ""},
	    {" n \t http://x/n  factors/polynomial-1\nSome One\n", "Some One", ""},
	    {"n http://x/n factors/polynomial-1\nSome One <a@b>\nmore", "Some One", "a@b"},
	    {"n http://x/n factors/polynomial-1\n- <a@b>", "", "a@b"},
	    {"n http://x/n factors/polynomial-1\nSome One <->", "Some One", ""},
	    {"n http://x/n factors/polynomial-1\n<a@b>", "", "a@b"},
	    {"n http://x/n factors/polynomial-1\n- <->", "", ""},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoarena struct arena arena = {0};
		autoerror struct error *error = NULL;
		struct project project = {0};

		ck_ok(identity_parse(slice_c(cases[i].text), "name", &arena, &project, &error),
		    error);
		ck_assert_str_eq(project.name.data, "n");
		ck_assert_str_eq(project.identifier.data, "http://x/n");
		ck_assert_str_eq(project.authority.data, cases[i].authority);
		ck_assert_str_eq(project.contact.data, cases[i].contact);
	}
}
END_TEST

START_TEST(a_wrong_identity_is_refused)
{
	static const struct wrong cases[] = {
	    {"", 1, "expected NAME IDENTIFIER PROTOCOL"},
	    {"\nn http://x/n factors/polynomial-1", 1, "expected NAME IDENTIFIER PROTOCOL"},
	    {"n http://x/n", 1, "expected NAME IDENTIFIER PROTOCOL"},
	    {"n http://x/n factors/polynomial-1 more", 1, "expected NAME IDENTIFIER PROTOCOL"},
	    {"n http://x/n factors/other", 1, "unknown protocol 'factors/other'"},
	    {"../n http://x/n factors/polynomial-1", 1, "is not a valid name"},
	    {".n http://x/n factors/polynomial-1", 1, "is not a valid name"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoarena struct arena arena = {0};
		autoerror struct error *error = NULL;
		struct project project = {0};

		ck_declaration(
		    identity_parse(slice_c(cases[i].text), "name", &arena, &project, &error),
		    &error, &cases[i]);
	}
}
END_TEST

START_TEST(formats_have_fields_with_one_space_between)
{
	static const char text[] =
	    "# comment\n \t \nhttp://x/vector\n\tset.v  fault-vc\n"
	    "  # indented comment\n"
	    "\tset.w only\r\nhttp://x/python\n\tmodule.py a\n\tmodule.py b c\n"
	    "\tmodule.tar.gz a\n";
	autoarena struct arena arena = {0};
	automap struct map formats = {0};
	autoerror struct error *error = NULL;
	const struct format *format;

	ck_ok(formats_parse(slice_c(text), "name", &arena, &formats, &error), error);
	ck_assert_uint_eq(formats.count, 4);
	format = map_get(&formats, SLICE_LITERAL("v"));
	ck_assert_str_eq(format->type.data, "http://x/vector.set");
	ck_assert_str_eq(format->dialect.data, "");
	ck_assert_str_eq(format->language.data, "fault-vc");
	format = map_get(&formats, SLICE_LITERAL("w"));
	ck_assert_str_eq(format->dialect.data, "only");
	ck_assert_str_eq(format->language.data, "vector");
	format = map_get(&formats, SLICE_LITERAL("py"));
	ck_assert_str_eq(format->dialect.data, "b");
	ck_assert_str_eq(format->language.data, "c");
	ck_assert_ptr_nonnull(map_get(&formats, SLICE_LITERAL("tar.gz")));
}
END_TEST

START_TEST(wrong_formats_are_refused)
{
	static const struct wrong cases[] = {
	    {"python\n", 1, "expected a type context"},
	    {"http://x/\n", 1, "expected a type context"},
	    {"\n\tmodule.py a\n", 2, "needs a type context"},
	    {"http://x/p\n\tmodule.py\n", 2, "expected TYPE.EXTENSION DIALECT"},
	    {"http://x/p\n\tmodule.py \n", 2, "expected TYPE.EXTENSION DIALECT"},
	    {"http://x/p\n\tmodule.py a b c\n", 2, "expected TYPE.EXTENSION DIALECT"},
	    {"http://x/p\n\tmodule a\n", 2, "not of the form TYPE.EXTENSION"},
	    {"http://x/p\n\t.py a\n", 2, "not of the form TYPE.EXTENSION"},
	    {"http://x/p\n\tmodule. a\n", 2, "not of the form TYPE.EXTENSION"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoarena struct arena arena = {0};
		automap struct map formats = {0};
		autoerror struct error *error = NULL;

		ck_declaration(
		    formats_parse(slice_c(cases[i].text), "name", &arena, &formats, &error), &error,
		    &cases[i]);
	}
}
END_TEST

START_TEST(a_path_in_the_index_may_have_spaces)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct index_entry *entries;
	size_t count;

	ck_ok(index_parse(SLICE_LITERAL("\nhttp://x/a  a b.c d p/1\n  i x q \n"), "name", &arena,
		  &entries, &count, &error),
	    error);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(entries[0].identifier.data, "http://x/a");
	ck_assert_str_eq(entries[0].path.data, "a b.c d");
	ck_assert_str_eq(entries[0].protocol.data, "p/1");
	ck_assert_int_eq(entries[0].line, 2);
	ck_assert_str_eq(entries[1].path.data, "x");
}
END_TEST

START_TEST(a_wrong_index_is_refused)
{
	static const struct wrong cases[] = {
	    {"one\n", 1, "expected IDENTIFIER"},
	    {"one two\n", 1, "expected IDENTIFIER"},
	    {"\ni ..x p\n", 2, "not a factor path"},
	    {"i a/b p\n", 1, "not a factor path"},
	    {"i a..b p\n", 1, "not a factor path"},
	    {"i a\tb p\n", 1, "not a factor path"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoarena struct arena arena = {0};
		autoerror struct error *error = NULL;
		struct index_entry *entries;
		size_t count;

		ck_declaration(
		    index_parse(slice_c(cases[i].text), "name", &arena, &entries, &count, &error),
		    &error, &cases[i]);
	}
}
END_TEST

START_TEST(declarations_are_text)
{
	static const struct wrong cases[] = {
	    {"a\n\xff\n", 2, "not UTF-8"},
	    {"a\x1b[0m", 1, "has a control character"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;

		ck_declaration(
		    declaration_check(slice_c(cases[i].text), "name", &error), &error, &cases[i]);
	}
}
END_TEST

START_TEST(what_is_no_file_is_no_declaration)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct slice text;
	bool exists;

	ck_ok(declaration_read("absent", &arena, &text, &exists, &error), error);
	ck_assert(!exists);
	ck_assert_uint_eq(text.len, 0);
	ck_fails(declaration_read("absent", &arena, &text, NULL, &error), error, "No such file");
	ck_assert_int_eq(error->kind, ERROR_USAGE);
	suite_make("d");
	ck_fails(declaration_read("d", &arena, &text, &exists, &error), error, "is a directory");
}
END_TEST

SUITE("factor/declare", an_identity_has_a_name_and_may_have_an_authority,
    a_wrong_identity_is_refused, formats_have_fields_with_one_space_between,
    wrong_formats_are_refused, a_path_in_the_index_may_have_spaces, a_wrong_index_is_refused,
    declarations_are_text, what_is_no_file_is_no_declaration)
