#include "metrics/config.h"

#include "suite.h"

START_TEST(coveragerc_has_sections_and_values_of_several_lines)
{
	autocoverage_config struct coverage_config config = {.precision = 0};
	autoerror struct error *error = NULL;

	ck_ok(coverage_config_parse(&config,
		  SLICE_LITERAL(
		      "# comment\n[run]\nbranch = True\nsource = a, b\n  c\nomit:\n\t*/x.py\n"
		      "\n[coverage:report]\nprecision = 2\nfail_under = 99.5\n"
		      "exclude_also =\n    raise A, B\n    ; comment\n    def x\n"
		      "partial_also = if X\nexclude_lines =\n    pragma\n"
		      "[paths]\nsource =\n    src\n    */site-packages\n    /y\n[other]\n"
		      "source = no\n"),
		  "rc", &error),
	    error);
	ck_assert_uint_eq(config.source.count, 3);
	ck_assert(slice_is(fields_at(&config.source, 2), "c"));
	ck_assert_uint_eq(config.omit.count, 1);
	ck_assert(slice_is(fields_at(&config.omit, 0), "*/x.py"));
	ck_assert_uint_eq(config.exclude_also.count, 2);
	ck_assert(slice_is(fields_at(&config.exclude_also, 0), "raise A, B"));
	ck_assert(slice_is(fields_at(&config.partial_also, 0), "if X"));
	ck_assert(config.has_exclude);
	ck_assert(slice_is(fields_at(&config.exclude, 0), "pragma"));
	ck_assert_uint_eq(config.from.count, 2);
	ck_assert(slice_is(fields_at(&config.from, 1), "/y"));
	ck_assert(slice_is(fields_at(&config.to, 1), "src"));
	ck_assert_uint_eq(config.precision, 2);
	ck_assert_str_eq(config.fail_under, "99.5");
}
END_TEST

START_TEST(wrong_lines_of_coveragerc_are_told_with_their_place)
{
	static const char *const wrong[] = {
	    "[run\n", "[run]\nsource\n", "[report]\nprecision = x\n"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		autocoverage_config struct coverage_config config = {.precision = 0};
		autoerror struct error *error = NULL;

		ck_assert_int_lt(
		    coverage_config_parse(&config, slice_c(wrong[i]), "rc", &error), 0);
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

START_TEST(pyproject_has_the_same_as_tables)
{
	autocoverage_config struct coverage_config config = {.precision = 0};
	autoerror struct error *error = NULL;

	ck_ok(coverage_config_parse_project(&config,
		  SLICE_LITERAL(
		      "[tool.coverage.run]\nsource = ['a', 'b']\nomit = 'x, y'\n"
		      "[tool.coverage.report]\nfail_under = 87.25\nprecision = 3\n"
		      "exclude_also = ['a,b']\n[tool.coverage.paths]\np = ['src', '*/lib']\n"),
		  "pyproject.toml", &error),
	    error);
	ck_assert_uint_eq(config.source.count, 2);
	ck_assert_uint_eq(config.omit.count, 2);
	ck_assert(slice_is(fields_at(&config.exclude_also, 0), "a,b"));
	ck_assert(slice_is(fields_at(&config.from, 0), "*/lib"));
	ck_assert_str_eq(config.fail_under, "87.25");
	ck_assert_uint_eq(config.precision, 3);
	ck_fails(coverage_config_parse_project(&config,
		     SLICE_LITERAL("[tool.coverage.run]\nsource = 1\n"), "pyproject.toml", &error),
	    error, "tool.coverage.run.source: expected strings");
}
END_TEST

SUITE("metrics/config", coveragerc_has_sections_and_values_of_several_lines,
    wrong_lines_of_coveragerc_are_told_with_their_place, pyproject_has_the_same_as_tables)
