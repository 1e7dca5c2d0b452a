#include "run/session.h"

#include <stdlib.h>

#include "suite.h"

static char run_path[] = "/run";
static const struct session in_run = {run_path, -1};

START_TEST(a_script_that_python_would_compile_is_run_by_another)
{
	static const struct {
		const char *module, *file, *expected;
	} cases[] = {
	    {NULL, "tool.py", "python /run/" PYTHON_TAG "/run.pyc tool.py x"},
	    {NULL, "tool", "python tool x"},
	    {NULL, "app.pyz", "python app.pyz x"},
	    {NULL, "-", "python - x"},
	    {"tool", "tool.py", "python -m tool tool.py x"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *const arguments[] = {cases[i].file, "x", NULL};
		autofree char *script = NULL;
		autofree const char **found = session_arguments(
		    &in_run, "python", cases[i].module, arguments, &script);
		autostr struct str text = STR_INIT;

		for (size_t k = 0; found[k]; k++)
			str_addf(&text, "%s%s", k ? " " : "", found[k]);
		ck_assert_str_eq(str_c(&text), cases[i].expected);
	}
}
END_TEST

START_TEST(the_environment_is_kept_but_for_two_variables)
{
	static const char *const before[] = {NULL, "", "/lib:/other"};
	static const char *const expected[] = {"/run", "/run", "/run:/lib:/other"};

	ck_assert_int_eq(setenv("METRICS_CAPTURE", "old", 1), 0);
	ck_assert_int_eq(setenv("KILN_TEST", "a=b", 1), 0);
	for (size_t i = 0; i < sizeof(before) / sizeof(*before); i++) {
		autofields struct fields variables = FIELDS_INIT;
		autofree char *path = xasprintf("PYTHONPATH=%s", expected[i]);
		int found = 0;

		if (before[i])
			ck_assert_int_eq(setenv("PYTHONPATH", before[i], 1), 0);
		else
			ck_assert_int_eq(unsetenv("PYTHONPATH"), 0);
		session_environment(&in_run, "/capture", &variables);
		for (size_t k = 0; k < variables.count; k++) {
			struct slice variable = fields_at(&variables, k);

			found += slice_starts(variable, SLICE_LITERAL("PYTHONPATH=")) ? 1 : 0;
			found += slice_starts(variable, SLICE_LITERAL("METRICS_CAPTURE=")) ? 1 : 0;
			found += slice_is(variable, path) ? 10 : 0;
			found += slice_is(variable, "METRICS_CAPTURE=/capture") ? 10 : 0;
			found += slice_is(variable, "KILN_TEST=a=b") ? 10 : 0;
		}
		ck_assert_int_eq(found, 32);
	}
}
END_TEST

START_TEST(sources_that_programs_note_at_the_same_time_are_listed_once)
{
	autofields struct fields others = FIELDS_INIT;
	autosession struct session session = SESSION_INIT;

	session.fd = open(".", O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	session_others(&session, &others);
	ck_assert_uint_eq(others.count, 0);
	suite_put("others", "/b.py\n/a b.py\n/b.py\n\n/c.py");
	session_others(&session, &others);
	ck_assert_uint_eq(others.count, 3);
	ck_assert(slice_is(fields_at(&others, 0), "/a b.py"));
	ck_assert(slice_is(fields_at(&others, 1), "/b.py"));
	ck_assert(slice_is(fields_at(&others, 2), "/c.py"));
}
END_TEST

SUITE("run/session", a_script_that_python_would_compile_is_run_by_another,
    the_environment_is_kept_but_for_two_variables,
    sources_that_programs_note_at_the_same_time_are_listed_once)
