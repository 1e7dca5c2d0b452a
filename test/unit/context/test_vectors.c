#include "context/vectors.h"
#include "suite.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The lists that the tests' vectors ask for; "b" has a bracket in its value. */
static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	static const struct {
		const char *name, *fields;
	} answers[] = {
	    {"x", "1 2"},
	    {"y", "a b c"},
	    {"none", ""},
	    {"e", "''"},
	    {"one", "1"},
	    {"b", "x["},
	    {"c", "z"},
	    {"path", "a.d/unit .hidden d/.hid unit.tar.gz end. d/a.c"},
	    {"lib", "libx y"},
	};

	(void)context;
	if (slice_is(name, "broken"))
		return fail(err, ERROR_SYSTEM, "the query is broken");
	for (size_t i = 0; i < COUNT(answers); i++) {
		if (!slice_is(name, answers[i].name))
			continue;
		*known = true;
		support_add_line(ret, answers[i].fields);
	}
	return 0;
}

static const char *variable(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "SET") == 0)
		return "set";
	return strcmp(name, "A.B") == 0 ? "dotted" : NULL;
}

static int compose(
    const char *text, const char *conclusions, struct fields *ret, struct error **err)
{
	autofields struct fields words = FIELDS_INIT, constants = FIELDS_INIT;
	autofields struct fields value = FIELDS_INIT;
	autovectors struct vectors *vectors = vectors_new();
	struct composition composition = {&words, &constants, &value, answer, variable, NULL};

	support_add_line(&words, conclusions);
	support_add_line(&constants, "constant");
	support_add_line(&value, "k l");
	if (vectors_add(vectors, slice_c(text), "test.v", err) < 0)
		return -1;
	return vectors_compose(vectors, SLICE_LITERAL("v"), &composition, ret, err);
}

struct example {
	const char *text, *conclusions, *expected;
};

static void expect(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		autofields struct fields fields = FIELDS_INIT, expected = FIELDS_INIT;
		autoerror struct error *error = NULL;

		support_add_line(&expected, examples[i].expected);
		ck_ok(compose(examples[i].text, examples[i].conclusions, &fields, &error), error);
		support_compare(&fields, &expected, examples[i].text);
	}
}

START_TEST(expressions_are_produced_once_for_each_element)
{
	static const struct example examples[] = {
	    {"v:\n\t: \"q\" [x]\n", "", "q 1 q 2"},
	    {"v:\n\t: [none] [x]\n\t: [-absent] [x]\n", "", ""},
	    {"v:\n\t: [*x] [y]\n", "", "1 a 2 b 1 c"},
	    {"v:\n\t: [*none] [x]\n", "", ""},
	    {"v:\n\t: x [*y]\n", "", ""},
	    {"v:\n\t: [constant]\n", "", "k l"},
	    {"v:\n\t: [unknown] [x]\n", "", ""},
	    {"v:\n\t: [x] [*x] [x]\n", "", "1 1 1 2 2 2"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(empty_fields_are_fields)
{
	static const struct example examples[] = {
	    {"v:\n\t: [e] x\n", "", "'' x"},
	    {"v:\n\t: a [e] b\n", "", "a '' b"},
	    {"v:\n\t: [e] [e]\n", "", "'' ''"},
	    {"v:\n\t: x [e]\n", "", "x ''"},
	    {"v:\n\t: \"\"[e] x\n", "", "'' x"},
	    {"v:\n\t: a[e]b\n", "", "ab"},
	    {"v:\n\t: a\"\"\n", "", "a"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(the_ampersand_is_the_names_of_substitutions)
{
	static const struct example examples[] = {
	    {"v:\n\t&: text\n\t!: trap\n", "text", "trap"},
	    {"v:\n\t&: \"q\"[x]\n\t!: trap\n", "", "trap"},
	    {"v:\n\t&: [*x] [y]\n", "x", "1 a 2 b 1 c"},
	    {"v:\n\t&: [*x] [y]\n", "*x", ""},
	    {"v:\n\t&: [-w]\n-w:\n\t: yes\n", "-w", "yes"},
	    {"v:\n\t&: [-w]\n-w:\n\t: yes\n", "w", ""},
	    {"v:\n\t&|other: [x]\n", "other", "1 2"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(conditions_match_as_clarified)
{
	static const struct example examples[] = {
	    {"v:\n\t: x\n\t!: y\n", "", "x y"},
	    {"v:\n\t!: x\n\t!: y\n", "", "x y"},
	    {"v:\n\ta: 1\n\t: 2\n\t.: 3\n\t.|a: 4\n", "a", "1 2 4"},
	    {"v:\n\ta|: 1\n\t!: 2\n", "", "2"},
	    {"v:\n\ta|: 1\n\t|: 2\n", "a", "1 2"},
	    {"v:\n\t!|a: 1\n\t!: 2\n", "", "1"},
	    {"v:\n\ta: 0\n\t!|b: 1\n\t.: 2\n", "a", "0 1 2"},
	    {"v:\n\t a | b : 1\n\t! c: 2\n", "b", "1 2"},
	    {"v:\n\ta: 1\n\t.|b: 2\n\t.: 3\n", "b", "2 3"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(levels_may_be_skipped)
{
	static const struct example examples[] = {
	    {"v:\n\t\t: deep\n\t: x\n", "", "x"},
	    {"v:\n\ta: 1\n\t\t\t: 3\n\t\t: 2\n\t!: no\n", "a", "1 3 2"},
	    {"v:\n\ta: 1\n\t\t: 2\n\t\t\t\t: 3\n\t\t!: no\n\tb: 4\n", "a", "1 2 3"},
	    {"v:\n\ta: 1\n\t\t: deep\n\t!: trap\n", "", "trap"},
	    {"v:\n\ta: 1\n\t\t.: repeated\n", "a", "1 repeated"},
	    {"v:\n\t!:\n\t\tb: 1\n\t\t!: 2\n\t!: 3\n", "", "2"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(operations_change_elements)
{
	static const struct example examples[] = {
	    {"v:\n\t: [path resuffix.o]\n", "",
		"a.d/unit.o .hidden.o d/.hid.o unit.tar.o end.o d/a.o"},
	    {"v:\n\t: [c suffix.tar.gz]\n", "", "z.tar.gz"},
	    {"v:\n\t: [c env.A.B] [c env.SET] [c env.UNSET]\n", "", "dotted set z"},
	    {"v:\n\t: [unknown env.SET]\n", "", ""},
	    {"v:\n\t: [lib prefix.lib]\n", "", "libx liby"},
	    {"v:\n\t: [x File] [x FILE] [x FileName] [x Io.y quoted]\n", "",
		"1 1 1 \"1\" 2 2 2 \"2\""},
	    {"v:\n\t: [b quoted bracketed]\n", "", "[\"x[\"]"},
	};

	expect(examples, COUNT(examples));
}
END_TEST

START_TEST(files_are_read_as_clarified)
{
	static const struct example examples[] = {
	    {"v:\n\t: 1\nv: ignored\n\t: 2\n", "", "2"},
	    {"v:\r\n\ta: 1\r\n\t: [x] \"2\"\r\n", "a", "1 1 2 2 2"},
	    {"v:\n\t: a\vb\fc\td\n", "", "a b c d"},
	    {"v:\n\t: a\xc2\xa0z [one]\xe3\x80\x80\n", "", "a\xc2\xa0z 1\xe3\x80\x80"},
	    {"  # comment\n\n \t\nv:\n  \t\n\t# comment\n\t: 1", "", "1"},
	    {"v:\n\t: [b][c]\n", "", "x[z"},
	    {"v:\n\t: a] ]\n", "", "a] ]"},
	    {"v :\n\t: 1\n", "", "1"},
	    {"", "", ""},
	};

	expect(examples, COUNT(examples));
}
END_TEST

struct refusal {
	const char *text, *message;
	long line, column;
};

static void refuse(const struct refusal *refusals, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		autofields struct fields fields = FIELDS_INIT;
		autoerror struct error *error = NULL;

		ck_fails(
		    compose(refusals[i].text, "", &fields, &error), error, refusals[i].message);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
		ck_assert_str_eq(error->path, "test.v");
		ck_assert_msg(
		    error->line == refusals[i].line, "%s: line %ld", refusals[i].text, error->line);
		ck_assert_msg(error->column == refusals[i].column, "%s: column %ld",
		    refusals[i].text, error->column);
	}
}

START_TEST(what_is_no_vectors_file_is_refused_with_its_place)
{
	static const struct refusal refusals[] = {
	    {"v:\n\tno colon\n", "an expression", 2, 2},
	    {"v\n", "expected ':' after", 1, 1},
	    {"\t: x\n", "before any vector", 1, 2},
	    {"v:\n    : x\n", "indented by tabs", 2, 1},
	    {":\n\t: x\n", "without a name", 1, 1},
	    {"v:\n\t: a \"b c\n", "closing quotation mark", 2, 6},
	    {"v:\n\t: \"\"\"\n", "closing quotation mark", 2, 4},
	    {"v:\n\t: \xc3\xa4[\n", "'[' without ']'", 2, 5},
	    {"v:\n\t: a[x\"]\"\n", "'[' without ']'", 2, 5},
	    {"v:\n\t: []\n", "without a name", 2, 4},
	    {"v:\n\t: [ ]\n", "without a name", 2, 4},
	    {"v:\n\t: [*]\n", "without a name", 2, 4},
	    {"v:\n\t: [x suffix]\n", "needs an argument", 2, 7},
	    {"v:\n\t: [x env.]\n", "needs an argument", 2, 7},
	    {"v:\n\t: [x quoted.y]\n", "takes no argument", 2, 7},
	    {"v:\n\t: [none nope]\n", "unknown operation 'nope'", 2, 10},
	    {"v:\n\t: [x 12]\n", "unknown operation '12'", 2, 7},
	};

	refuse(refusals, COUNT(refusals));
}
END_TEST

START_TEST(a_vector_that_reaches_itself_is_told_with_the_chain)
{
	static const struct refusal refusals[] = {
	    {"v:\n\t: x\n\t: [-a]\n-a:\n\n\t: [-b]\n-b:\n\t: [-a]\n",
		"vector '-a' refers to itself: -a, -b, -a", 8, 0},
	};

	refuse(refusals, COUNT(refusals));
}
END_TEST

START_TEST(a_nul_is_refused)
{
	autovectors struct vectors *vectors = vectors_new();
	autoerror struct error *error = NULL;

	ck_fails(vectors_add(vectors, SLICE_LITERAL("v:\n\t: a\0b\n"), "test.v", &error), error,
	    "NUL byte");
}
END_TEST

START_TEST(a_file_that_is_refused_adds_nothing)
{
	autovectors struct vectors *vectors = vectors_new();
	autoerror struct error *error = NULL;

	ck_fails(vectors_add(vectors, SLICE_LITERAL("v:\n\t: a\nw:\n\tb\n"), "test.v", &error),
	    error, "an expression");
	ck_assert(!vectors_have(vectors, SLICE_LITERAL("v")));
}
END_TEST

START_TEST(later_files_replace_vectors)
{
	autovectors struct vectors *vectors = vectors_new(), *merged = vectors_new();
	autofields struct fields names = FIELDS_INIT, wanted = FIELDS_INIT, fields = FIELDS_INIT,
				 expected = FIELDS_INIT;
	const struct composition composition = {0};

	ck_assert_int_eq(
	    vectors_add(vectors, SLICE_LITERAL("v:\n\t: [-w]\n-w:\n\t: 1\n"), "a.v", NULL), 0);
	ck_assert_int_eq(vectors_add(merged, SLICE_LITERAL("-w:\n\t: 2\nx:\n"), "b.v", NULL), 0);
	vectors_add_all(vectors, merged);
	ck_assert_int_eq(
	    vectors_compose(vectors, SLICE_LITERAL("v"), &composition, &fields, NULL), 0);
	support_add_line(&expected, "2");
	support_compare(&fields, &expected, "merged");
	vectors_names(vectors, &names);
	support_add_line(&wanted, "v -w x");
	support_compare(&names, &wanted, "names");
	/* What was borrowed from it ends first. */
	vectors_free(steal(&vectors));
}
END_TEST

START_TEST(the_error_of_a_query_is_handed_on)
{
	autofields struct fields fields = FIELDS_INIT;
	autoerror struct error *error = NULL;

	ck_fails(compose("v:\n\t: [x] [broken]\n", "", &fields, &error), error, "is broken");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(vectors_that_multiply_are_refused_in_time)
{
	autostr struct str text = STR_INIT;
	autofields struct fields fields = FIELDS_INIT;
	autoerror struct error *error = NULL;

	str_adds(&text, "v:\n\t: [-0]\n");
	for (int i = 0; i < 60; i++)
		str_addf(&text, "-%d:\n\t: [-%d]\n\t: [-%d]\n", i, i + 1, i + 1);
	ck_fails(compose(str_c(&text), "", &fields, &error), error,
	    "composes too many or too long fields");
}
END_TEST

START_TEST(fields_that_double_are_refused_in_time)
{
	autostr struct str text = STR_INIT;
	autofields struct fields fields = FIELDS_INIT;
	autoerror struct error *error = NULL;

	str_adds(&text, "v:\n\t: [-0]\n");
	for (int i = 0; i < 60; i++)
		str_addf(&text, "-%d:\n\t: [-%d][-%d]\n", i, i + 1, i + 1);
	str_adds(&text, "-60:\n\t: x\n");
	ck_fails(compose(str_c(&text), "", &fields, &error), error,
	    "composes too many or too long fields");
}
END_TEST

START_TEST(references_are_followed_to_a_depth)
{
	autostr struct str text = STR_INIT;
	autofields struct fields fields = FIELDS_INIT;
	autoerror struct error *error = NULL;

	str_adds(&text, "v:\n\t: [-0]\n");
	for (int i = 0; i < 1000; i++)
		str_addf(&text, "-%d:\n\t: [-%d]\n", i, i + 1);
	ck_fails(compose(str_c(&text), "", &fields, &error), error, "too deeply");
}
END_TEST

START_TEST(an_instruction_has_so_many_substitutions)
{
	autostr struct str text = STR_INIT;
	autofields struct fields fields = FIELDS_INIT;
	autoerror struct error *error = NULL;

	str_adds(&text, "v:\n\t:");
	for (int i = 0; i < 100000; i++)
		str_addf(&text, " [%d]", i);
	ck_fails(compose(str_c(&text), "", &fields, &error), error, "substitutions");
}
END_TEST

SUITE("context/vectors", expressions_are_produced_once_for_each_element, empty_fields_are_fields,
    the_ampersand_is_the_names_of_substitutions, conditions_match_as_clarified,
    levels_may_be_skipped, operations_change_elements, files_are_read_as_clarified,
    what_is_no_vectors_file_is_refused_with_its_place,
    a_vector_that_reaches_itself_is_told_with_the_chain, a_nul_is_refused,
    a_file_that_is_refused_adds_nothing, later_files_replace_vectors,
    the_error_of_a_query_is_handed_on, vectors_that_multiply_are_refused_in_time,
    fields_that_double_are_refused_in_time, references_are_followed_to_a_depth,
    an_instruction_has_so_many_substitutions)
