#include "context/execution.h"
#include "suite.h"
#include "support.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

START_TEST(spaces_separate_one_by_one)
{
	static const struct {
		const char *text, *expected;
	} examples[] = {
	    {"/x\n\t:a  b\n", "a '' b"},
	    {"/x\n\t:\n", "''"},
	    {"/x\n\t:   \n", "''"},
	    {"/x\n\t: a \n", "a"},
	    {"/x\n\t:a   b\n", "a '' '' b"},
	    {"/x\n\t|\n\t\\nn\n", "\n\n"},
	    {"/x\n\t|a\n\t\\\n\t\\ \n", "a"},
	    {"/x\n\t|a\r\n", "a\r"},
	    {"#!/bin/run\n/x=y\n", ""},
	    {"/x", ""},
	};

	for (size_t i = 0; i < COUNT(examples); i++) {
		autoexecution struct execution plan = {0};
		autofields struct fields expected = FIELDS_INIT;
		autoerror struct error *error = NULL;

		ck_ok(execution_parse(slice_c(examples[i].text), "x.sys", &plan, &error), error);
		support_add_line(&expected, examples[i].expected);
		support_compare(&plan.arguments, &expected, examples[i].text);
	}
}
END_TEST

START_TEST(white_space_at_the_end_is_kept)
{
	autoexecution struct execution plan = {0};

	ck_assert_int_eq(
	    execution_parse(SLICE_LITERAL("A=1 \nB\nC=\n/x \n\t|a b \n"), "x.sys", &plan, NULL), 0);
	ck_assert_str_eq(str_c(&plan.executable), "/x ");
	ck_assert(slice_is(fields_at(&plan.arguments, 0), "a b "));
	ck_assert_uint_eq(plan.environment.count, 3);
	ck_assert(slice_is(fields_at(&plan.environment, 0), "A=1 "));
	ck_assert(slice_is(fields_at(&plan.environment, 1), "B"));
	ck_assert(slice_is(fields_at(&plan.environment, 2), "C="));
}
END_TEST

START_TEST(a_plan_can_be_used_again)
{
	autoexecution struct execution plan = {0};

	ck_assert_int_eq(execution_parse(SLICE_LITERAL("A\n/x\n\t-\n"), "x.sys", &plan, NULL), 0);
	ck_assert_int_eq(execution_parse(SLICE_LITERAL("/y\n\t-\n"), "y.sys", &plan, NULL), 0);
	ck_assert_uint_eq(plan.environment.count, 0);
	ck_assert_uint_eq(plan.arguments.count, 1);
	ck_assert(slice_is(fields_at(&plan.arguments, 0), "/y"));
}
END_TEST

START_TEST(what_is_no_plan_is_refused_with_its_line)
{
	static const struct {
		const char *text;
		size_t len;
		const char *message;
		long line;
	} refusals[] = {
	    {"", 0, "without an executable", 0},
	    {"\n", 1, "without an executable", 0},
	    {"#!/bin/run\n", 11, "without an executable", 1},
	    {"/x\n\n", 4, "empty line", 2},
	    {"/x\n\t|a\n\n\t|b\n", 12, "expected an argument", 3},
	    {"A=1\n\n/x\n", 8, "empty line", 2},
	    {"/x\n\t\n", 5, "empty line", 2},
	    {"\t|a\n", 4, "before the executable", 1},
	    {"/x\n\t\\n\n", 7, "none precedes it", 2},
	    {"/x\n\t|a\n\t\\nx\n", 12, "expected a space and text", 3},
	    {"/x\n\t|a\n\t\\x\n", 11, "expected a space and text", 3},
	    {"/x\n\tfoo\n", 8, "begins with", 2},
	    {"/x\n\t\t|a\n", 8, "begins with", 2},
	    {"/x\n\t-x\n", 7, "unexpected text after '-'", 2},
	    {"/x\n\t|a\nB=1\n", 11, "expected an argument", 3},
	    {"=1\n/x\n", 6, "without a name", 1},
	    {"/x\n\t|a\0b\n", 9, "NUL byte", 2},
	};

	for (size_t i = 0; i < COUNT(refusals); i++) {
		autoexecution struct execution plan = {0};
		autoerror struct error *error = NULL;

		ck_fails(execution_parse(
			     slice_of(refusals[i].text, refusals[i].len), "x.sys", &plan, &error),
		    error, refusals[i].message);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
		ck_assert_str_eq(error->path, "x.sys");
		ck_assert_int_eq(error->line, refusals[i].line);
	}
}
END_TEST

SUITE("context/execution", spaces_separate_one_by_one, white_space_at_the_end_is_kept,
    a_plan_can_be_used_again, what_is_no_plan_is_refused_with_its_line)
