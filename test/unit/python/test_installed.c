#include "python/installed.h"

#include "base/path.h"
#include "python/environment.h"
#include "python/requires.h"
#include "suite.h"

START_TEST(versions_have_two_numbers)
{
	static const char *const good[] = {"3.11", "3.9", "10.0", "3.1234"};
	static const char *const bad[] = {
	    "", "3", "3.", ".3", "3.11.2", "3.x", "v3.11", "3 .1", "3.12345", "-3.1"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert(installed_is_version(slice_c(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert(!installed_is_version(slice_c(bad[i])));
}
END_TEST

START_TEST(names_of_versions_are_made_and_read)
{
	autofree char *tag = installed_cache_tag(SLICE_LITERAL("3.13"));
	autofree char *variant = installed_variant(SLICE_LITERAL("3.13"));
	autostr struct str version = STR_INIT;

	ck_assert_str_eq(tag, "cpython-313");
	ck_assert_str_eq(variant, "cpython313");
	ck_assert(installed_version_of(slice_c(variant), &version));
	ck_assert_str_eq(str_c(&version), "3.13");
	str_truncate(&version, 0);
	ck_assert(!installed_version_of(SLICE_LITERAL("x86_64"), &version));
	ck_assert(!installed_version_of(SLICE_LITERAL("cpython"), &version));
	ck_assert(!installed_version_of(SLICE_LITERAL("cpython3"), &version));
}
END_TEST

/* A file with its parents. */
static void put(const char *path, const char *text)
{
	struct slice parent = path_parent(slice_c(path));
	autofree char *directory = xmemdup0(parent.data, parent.len);

	suite_make(directory);
	suite_put(path, text);
}

/* What a directory `d` says; empty for nothing. */
static void ck_says(bool is_deep, const char *expected)
{
	autoenvironment struct environment environment = ENVIRONMENT_INIT;
	autoerror struct error *error = NULL;

	ck_ok(environment_of("d", is_deep, &environment, &error), error);
	ck_assert_str_eq(str_c(&environment.version), expected);
}

START_TEST(a_directory_says_its_version)
{
	put("d/m.py", "");
	ck_says(true, "");
	put("d/deep/er/a.cpython-312-x86_64-linux-gnu.so", "");
	ck_says(true, "3.12");
	ck_says(false, "");
	put("d/lib/python3.13/m.py", "");
	ck_says(true, "3.13");
	suite_make("d/lib/python3.14"); /* empty: left by a package */
	ck_says(false, "3.13");
	put("d/pyvenv.cfg", "home = /usr\nVERSION = 3.9\nversion = 3.14.0rc1\n");
	ck_says(true, "3.14");
	put("d/pyvenv.cfg", "version\nversion = x\n=\n");
	ck_says(true, "3.13");
	put("d/lib/python3.14/m.py", "");
	ck_says(false, "");
}
END_TEST

START_TEST(names_that_say_nothing)
{
	put("d/a.cpython-312.pyc", "");
	put("d/a.cpython-3x-linux.so", "");
	put("d/a.abi3.so", "");
	put("d/a.cpython-312.so", "");
	put("d/lib/python3/m.py", "");
	put("d/lib/pythonic/m.py", "");
	ck_says(true, "");
}
END_TEST

START_TEST(specifiers_allow_versions)
{
	static const struct {
		const char *specifiers, *version;
		bool allows;
	} cases[] = {
	    {"", "3.11", true},
	    {">=3.8", "3.11", true},
	    {">= 3.12", "3.11", false},
	    {">=3.11.4", "3.11", true},
	    {">3.11", "3.11", true},
	    {">3.12", "3.11", false},
	    {">=3.8,<4", "3.11", true},
	    {">=3.8, <3.11", "3.11", false},
	    {"<3.11.5", "3.11", true},
	    {"<3.11.0", "3.11", false},
	    {"<=3.11", "3.11", true},
	    {"<=3.10", "3.11", false},
	    {"==3.11.*", "3.11", true},
	    {"==3.*", "3.11", true},
	    {"==3.12.*", "3.11", false},
	    {"!=3.11.*", "3.11", false},
	    {"!=3.11.2", "3.11", true},
	    {"~=3.9", "3.11", true},
	    {"~=3.12", "3.11", false},
	    {"~=3.11.2", "3.11", true},
	    {"~=3.10.2", "3.11", false},
	    {"~=4.0", "3.11", false},
	    {">=3", "3.11", true},
	    {">=99999999999999999999", "3.11", false},
	    {"nonsense", "3.11", true},
	    {",,", "3.11", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(requires_allows(slice_c(cases[i].specifiers),
				  slice_c(cases[i].version)) == cases[i].allows,
		    "%s", cases[i].specifiers);
}
END_TEST

/* What the pyproject.toml of `d` requires. */
static void ck_requires(const char *text, const char *expected)
{
	autostr struct str specifiers = STR_INIT;
	autoerror struct error *error = NULL;

	put("d/pyproject.toml", text);
	ck_ok(requires_python("d", &specifiers, &error), error);
	ck_assert_str_eq(str_c(&specifiers), expected);
}

START_TEST(a_project_says_what_it_requires)
{
	ck_requires("[project]\nname = 'a'\nrequires-python = \">=3.9\" # comment\n", ">=3.9");
	ck_requires("[project]\r\nrequires-python='<4'\r\n[tool.x]\nrequires-python='>9'\n", "<4");
	ck_requires("[build-system]\nrequires-python = '>=9'\n", "");
	ck_requires("[project]\nrequires-python = >=3\n", "");
	ck_requires("[project]\nrequires-python = \"\n", "");
	ck_requires("[project]\nrequires-python\n=\n", "");
	ck_requires("", "");
}
END_TEST

SUITE("python/installed", versions_have_two_numbers, names_of_versions_are_made_and_read,
    a_directory_says_its_version, names_that_say_nothing, specifiers_allow_versions,
    a_project_says_what_it_requires)
