#include "distribution/tag.h"

#include "suite.h"

static const struct tag_target target = {3, 11, {"x86_64", 6}};

START_TEST(a_target_is_a_version_and_a_machine)
{
	struct tag_target found;

	ck_assert(tag_target_of(SLICE_LITERAL("3.11"), SLICE_LITERAL("aarch64"), &found));
	ck_assert_uint_eq(found.major, 3);
	ck_assert_uint_eq(found.minor, 11);
	ck_assert(!tag_target_of(SLICE_LITERAL("3"), SLICE_LITERAL("x"), &found));
	ck_assert(!tag_target_of(SLICE_LITERAL("a.b"), SLICE_LITERAL("x"), &found));
}
END_TEST

START_TEST(the_name_of_a_wheel_has_parts)
{
	static const char *const others[] = {"", ".whl", "a.whl", "a-1.whl", "a-1-py3-none.whl",
	    "-1-py3-none-any.whl", "a--py3-none-any.whl", "a-1-py3-none-any.zip",
	    "a-1-py3--any.whl"};
	struct wheel_name name;

	ck_assert(wheel_name_parse(SLICE_LITERAL("a_b-1.0-py2.py3-none-any.whl"), &name));
	ck_assert(slice_is(name.name, "a_b"));
	ck_assert(slice_is(name.version, "1.0"));
	ck_assert(slice_is(name.tag, "py2.py3-none-any"));
	ck_assert(wheel_name_parse(SLICE_LITERAL("a-1-2build-cp311-abi3-linux_x86_64.whl"), &name));
	ck_assert(slice_is(name.version, "1"));
	ck_assert(slice_is(name.tag, "cp311-abi3-linux_x86_64"));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!wheel_name_parse(slice_c(others[i]), &name), "%s", others[i]);
}
END_TEST

START_TEST(wheels_fit_by_version_abi_and_platform)
{
	static const struct {
		const char *tag;
		bool fits;
	} cases[] = {
	    {"py3-none-any", true},
	    {"py2.py3-none-any", true},
	    {"py2-none-any", false},
	    {"py311-none-any", true},
	    {"py312-none-any", false},
	    {"cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", true},
	    {"cp311-cp311-linux_x86_64", true},
	    {"cp311-cp311-musllinux_1_1_x86_64", true},
	    {"cp311-cp311-manylinux_2_17_aarch64", false},
	    {"cp311-cp311-macosx_10_9_x86_64", false},
	    {"cp311-cp311-win_amd64", false},
	    {"cp310-cp310-linux_x86_64", false},
	    {"cp39-abi3-linux_x86_64", true},
	    {"cp312-abi3-linux_x86_64", false},
	    {"cp310.cp311-cp310.cp311-linux_x86_64", true},
	    {"py3-none-linux_x86_64", true},
	    {"py3-none", false},
	    {"pp39-pypy39_pp73-linux_x86_64", false},
	    {"cp311-cp311-linux_ax86_64", false},
	    {"", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(wheel_tag_fits(slice_c(cases[i].tag), &target) == cases[i].fits, "%s",
		    cases[i].tag);
}
END_TEST

START_TEST(extension_modules_of_others_are_foreign)
{
	static const char *const foreign[] = {"m.cpython-310-x86_64-linux-gnu.so",
	    "m.cpython-311-aarch64-linux-gnu.so", "m.cpython-311d-x86_64-linux-gnu.so",
	    "m.cp311-win_amd64.pyd", "m.pypy39-pp73-x86_64-linux-gnu.so"};
	static const char *const own[] = {"m.cpython-311-x86_64-linux-gnu.so", "m.abi3.so", "m.so",
	    "libm.so.6", "m.cpython-310.pyc", "so", "m.1.so"};

	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
		ck_assert_msg(extension_is_foreign(slice_c(foreign[i]), &target), "%s", foreign[i]);
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		ck_assert_msg(!extension_is_foreign(slice_c(own[i]), &target), "%s", own[i]);
}
END_TEST

SUITE("distribution/tag", a_target_is_a_version_and_a_machine, the_name_of_a_wheel_has_parts,
    wheels_fit_by_version_abi_and_platform, extension_modules_of_others_are_foreign)
