#include "python/source.h"

#include "ship/compiling.h"

/* A source for which every level gives other bytecode. */
#define LEVELLED "'doc'\nassert x\nif __debug__: y = 1\n"

START_TEST(a_factor_path_is_the_path_with_dots)
{
	static const struct {
		const char *source, *expected;
	} cases[] = {{"m.py", "m"}, {"a/b.py", "a.b"}, {"a/b/__init__.py", "a.b.__init__"},
	    {"_/_1.py", "_._1"}, {"ä/日本.py", "ä.日本"}, {"A9/class.py", "A9.class"},
	    {"a/b", "a.b"}};

	start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str factor = STR_INIT;

		str_adds(&factor, "before ");
		ck_assert(compile_add_factor(&factor, slice_c(cases[i].source)));
		ck_assert_str_eq(factor.data + strlen("before "), cases[i].expected);
	}
}
END_TEST

START_TEST(what_is_no_identifier_has_no_factor_path)
{
	static const char *const sources[] = {"", ".py", "a/.py", "1.py", "a/1/b.py", "a-b.py",
	    "a b.py", "a.b.py", "a/b.c/d.py", "a..py", "a\xff.py", "\xed\xa0\x80.py", "a\n.py",
	    "a/", "a//b.py", "€.py", "²/m.py", "\xcc\x81.py"};

	start();
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		autostr struct str factor = STR_INIT;

		str_adds(&factor, "before");
		ck_assert_msg(!compile_add_factor(&factor, slice_c(sources[i])), "%s", sources[i]);
		ck_assert_str_eq(factor.data, "before");
	}
}
END_TEST

/* Maps as they are written: "OLD=NEW" each, ended by NULL. */
static size_t make_maps(const char *const *texts, struct prefix_map *ret)
{
	size_t count = 0;

	for (; texts[count]; count++) {
		const char *equals = strchr(texts[count], '=');

		ret[count].from = slice_of(texts[count], (size_t)(equals - texts[count]));
		ret[count].to = slice_c(equals + 1);
	}
	return count;
}

START_TEST(the_last_prefix_map_that_applies_decides_what_is_recorded)
{
	static const struct {
		const char *maps[4];
		const char *expected;
	} cases[] = {
	    {{NULL}, "pkg/m.py"},
	    {{"in=/app"}, "/app/pkg/m.py"},
	    {{"in/=/app/"}, "/app/pkg/m.py"},
	    {{"in/pkg=x"}, "x/m.py"},
	    {{"in/pkg/m.py=one.py"}, "one.py"},
	    {{"in="}, "pkg/m.py"},
	    {{"in/pkg="}, "m.py"},
	    {{"in=/"}, "/pkg/m.py"},
	    /* By components, of the path as it was given. */
	    {{"i=x"}, "pkg/m.py"},
	    {{"in/p=x"}, "pkg/m.py"},
	    {{"./in=x"}, "pkg/m.py"},
	    {{"/in=x"}, "pkg/m.py"},
	    {{"pkg=x"}, "pkg/m.py"},
	    {{"in/pkg/m.py/more=x"}, "pkg/m.py"},
	    /* An empty OLD goes before the path in the image. */
	    {{"=/srv"}, "/srv/pkg/m.py"},
	    {{"=/srv/"}, "/srv/pkg/m.py"},
	    {{"="}, "pkg/m.py"},
	    {{"in=/a", "in=/b"}, "/b/pkg/m.py"},
	    {{"in=/a", "other=/b"}, "/a/pkg/m.py"},
	    {{"in/pkg=/a", "in=/b"}, "/b/pkg/m.py"},
	    {{"in=/a", "=/b"}, "/b/pkg/m.py"},
	    {{"=/a", "in=/b"}, "/b/pkg/m.py"},
	    {{"=/a", "in=/b", "none=/c"}, "/b/pkg/m.py"},
	};
	const struct item item = {.path = SLICE_LITERAL("pkg/m.py"), .origin = "in/pkg/m.py"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct prefix_map maps[4];
		struct compile_options options = {
		    .maps = maps, .map_count = make_maps(cases[i].maps, maps)};
		autostr struct str recorded = STR_INIT;

		compile_add_recorded(&recorded, &options, &item);
		ck_assert_str_eq(str_c(&recorded), cases[i].expected);
	}
}
END_TEST

START_TEST(an_absolute_path_is_mapped_by_an_absolute_prefix)
{
	static const char *const texts[] = {"/=/a", "/srv/in=/b", "srv=/c", NULL};
	const struct item item = {.path = SLICE_LITERAL("m.py"), .origin = "/srv/in/m.py"};
	struct prefix_map maps[4];
	struct compile_options options = {.maps = maps, .map_count = make_maps(texts, maps)};
	autostr struct str recorded = STR_INIT;

	compile_add_recorded(&recorded, &options, &item);
	ck_assert_str_eq(str_c(&recorded), "/b/m.py");
	str_truncate(&recorded, 0);
	options.map_count = 1;
	compile_add_recorded(&recorded, &options, &item);
	ck_assert_str_eq(str_c(&recorded), "/a/srv/in/m.py");
}
END_TEST

START_TEST(bytecode_has_a_path_for_each_layout_and_level)
{
	static const struct {
		enum layout layout;
		int level;
		const char *source, *expected;
	} cases[] = {
	    {LAYOUT_SOURCE, 0, "m.py", "__pycache__/m." PYTHON_TAG ".pyc"},
	    {LAYOUT_SOURCE, 1, "m.py", "__pycache__/m." PYTHON_TAG ".opt-1.pyc"},
	    {LAYOUT_SOURCE, 2, "m.py", "__pycache__/m." PYTHON_TAG ".opt-2.pyc"},
	    {LAYOUT_SOURCE, 0, "a/b.c/m.n.py", "a/b.c/__pycache__/m.n." PYTHON_TAG ".pyc"},
	    {LAYOUT_BYTECODE, 0, "m.py", "m.pyc"},
	    {LAYOUT_BYTECODE, 2, "a/m.py", "a/m.pyc"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str path = STR_INIT;

		compile_add_path(&path, cases[i].layout, slice_c(cases[i].source),
		    interpreter_cache_tag(), cases[i].level);
		ck_assert_str_eq(str_c(&path), cases[i].expected);
	}
}
END_TEST

START_TEST(a_source_and_its_bytecode_have_fixed_modes_and_times)
{
	static const mode_t masks[] = {0, 022, 077, 0777};

	start();
	for (size_t i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		autoitem struct item item = make_item("pkg/m.py", "x = 1\n");
		autoerror struct error *error = NULL;
		mode_t mask = umask(masks[i]);
		int result;

		item.executable = i % 2;
		result = compile_into(&item, &usual, NULL, &error);
		(void)umask(mask);
		ck_ok(result, error);
		ck_entry("out/pkg/m.py", i % 2 ? 0755 : 0644);
		ck_entry("out/pkg/__pycache__", 0755);
		ck_entry("out/pkg/__pycache__/m." PYTHON_TAG ".pyc", 0644);
		ck_output("cd out && find . -type f | sort",
		    "./pkg/__pycache__/m." PYTHON_TAG ".pyc\n./pkg/m.py\n");
		ck_output("rm -r out", "");
	}
}
END_TEST

START_TEST(a_source_is_put_byte_for_byte)
{
	static const char content[] = "# coding: latin-1\r\nx = '\xe4'\r\n# no line end";

	start();
	compile_source("m.py", content, &usual);
	suite_expect("out/m.py", content);
}
END_TEST

START_TEST(in_the_layout_bytecode_only_bytecode_is_put)
{
	struct compile_options options = usual;

	start();
	options.layout = LAYOUT_BYTECODE;
	compile_source("pkg/m.py", "x = 1\n", &options);
	ck_output("cd out && find . -type f", "./pkg/m.pyc\n");
	ck_entry("out/pkg/m.pyc", 0644);
}
END_TEST

/* The little-endian number in a file's bytes. */
static uint64_t number_at(const struct str *bytes, size_t at, size_t size)
{
	uint64_t number = 0;

	ck_assert_uint_ge(bytes->len, at + size);
	for (size_t i = size; i > 0; i--)
		number = number << 8 | (unsigned char)bytes->data[at + i - 1];
	return number;
}

START_TEST(every_check_has_its_header)
{
	static const struct {
		enum check check;
		uint64_t flags;
	} cases[] = {{CHECK_TIME, 0}, {CHECK_UNCHECKED_HASH, 1}, {CHECK_HASH, 3}};
	static const char content[] = "x = 1\n";

	start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct compile_options options = usual;
		autostr struct str bytes = STR_INIT;

		options.check = cases[i].check;
		compile_source("m.py", content, &options);
		bytes = content_of("out/__pycache__/m." PYTHON_TAG ".pyc");
		ck_assert_uint_eq(number_at(&bytes, 0, 4), interpreter_magic());
		ck_assert_uint_eq(number_at(&bytes, 4, 4), cases[i].flags);
		if (cases[i].check == CHECK_TIME) {
			ck_assert_uint_eq(number_at(&bytes, 8, 4), (uint64_t)usual.time);
			ck_assert_uint_eq(number_at(&bytes, 12, 4), strlen(content));
		} else {
			ck_assert_uint_eq(
			    number_at(&bytes, 8, 8), source_siphash(SLICE_LITERAL(content)));
		}
		ck_assert_uint_gt(bytes.len, 16);
		ck_output("rm -r out", "");
	}
}
END_TEST

START_TEST(all_levels_of_one_parse_equal_those_of_their_own)
{
	static const char *const names[] = {"__pycache__/m." PYTHON_TAG ".pyc",
	    "__pycache__/m." PYTHON_TAG ".opt-1.pyc", "__pycache__/m." PYTHON_TAG ".opt-2.pyc"};
	struct compile_options options = usual;

	start();
	options.constants = true;
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		for (int other = 0; other < COMPILE_LEVELS; other++)
			options.levels[other] = other == level;
		compile_source("m.py", LEVELLED, &options);
		ck_names("out/__pycache__", level == 0	 ? "m." PYTHON_TAG ".pyc\n"
					    : level == 1 ? "m." PYTHON_TAG ".opt-1.pyc\n"
							 : "m." PYTHON_TAG ".opt-2.pyc\n");
		put_directory("single/__pycache__");
		ck_output("mv out/__pycache__/* single/__pycache__ && rm -r out", "");
	}
	memset(options.levels, true, sizeof(options.levels));
	compile_source("m.py", LEVELLED, &options);
	for (int level = 0; level < COMPILE_LEVELS; level++) {
		autofree char *alone = xasprintf("single/%s", names[level]);
		autofree char *together = xasprintf("out/%s", names[level]);

		ck_assert(same_content(alone, together));
	}
	ck_assert(!same_content("single/__pycache__/m." PYTHON_TAG ".pyc",
	    "single/__pycache__/m." PYTHON_TAG ".opt-1.pyc"));
	ck_assert(!same_content("single/__pycache__/m." PYTHON_TAG ".opt-1.pyc",
	    "single/__pycache__/m." PYTHON_TAG ".opt-2.pyc"));
	suite_expect("out/m.py", LEVELLED);
}
END_TEST

START_TEST(constants_are_injected_if_asked_for)
{
	struct compile_options options = usual;

	start();
	options.layout = LAYOUT_BYTECODE;
	compile_source("a/plain.py", "x = 1\n", &options);
	options.constants = true;
	compile_source("a/m.py", "x = 1\n", &options);
	compile_source("a-b/m.py", "x = 1\n", &options);
	ck_assert(!file_contains("out/a/plain.pyc", "__source_hash__"));
	ck_assert(!file_contains("out/a/plain.pyc", "__factor__"));
	ck_assert(file_contains("out/a/m.pyc", "__source_hash__"));
	ck_assert(file_contains("out/a/m.pyc", "__factor__"));
	ck_assert(file_contains("out/a/m.pyc", "a.m"));
	ck_assert(file_contains("out/a-b/m.pyc", "__source_hash__"));
	ck_assert(!file_contains("out/a-b/m.pyc", "__factor__"));
}
END_TEST

START_TEST(the_recorded_path_is_in_the_bytecode)
{
	struct prefix_map map = {SLICE_LITERAL("in"), SLICE_LITERAL("/recorded/here")};
	struct compile_options options = usual;

	start();
	options.layout = LAYOUT_BYTECODE;
	options.maps = &map;
	options.map_count = 1;
	compile_source("a/m.py", "x = 1\n", &options);
	ck_assert(file_contains("out/a/m.pyc", "/recorded/here/a/m.py"));
	ck_assert(!file_contains("out/a/m.pyc", "in/a/m.py"));
}
END_TEST

START_TEST(what_was_compiled_before_changes_nothing)
{
	start();
	compile_source("m.py", "x = 'ä', 'a', 1.0\ndef f(a): return a\n", &usual);
	compile_source("n.py", "ä = a = 1\nclass C:\n\tx = 'ä', 2.0\n", &usual);
	ck_output("mv out first", "");
	compile_source("n.py", NULL, &usual);
	compile_source("m.py", NULL, &usual);
	ck_output("diff -r first out", "");
}
END_TEST

START_TEST(a_link_to_a_source_stays_a_link_and_is_compiled)
{
	autoitem struct item item = make_item("m.py", NULL);
	autoerror struct error *error = NULL;

	start();
	put("in/target.py", "x = 'text of the target'\n");
	put_link("in/m.py", "target.py");
	item.target = "target.py";
	ck_ok(compile_into(&item, &usual, NULL, &error), error);
	ck_output("readlink out/m.py", "target.py\n");
	ck_entry("out/m.py", 0777);
	ck_assert(file_contains("out/__pycache__/m." PYTHON_TAG ".pyc", "text of the target"));
}
END_TEST

START_TEST(a_warning_is_rendered_once_for_all_levels)
{
	autoitem struct item item = make_item("m.py", "x = 1\ny = x is 1\n");
	struct compile_options options = usual;
	autostr struct str report = STR_INIT;
	autoerror struct error *error = NULL;

	start();
	memset(options.levels, true, sizeof(options.levels));
	str_adds(&report, "before\n");
	ck_ok(compile_into(&item, &options, &report, &error), error);
	ck_assert_str_eq(str_c(&report), "before\n"
					 "in/m.py:2: warning: " PYTHON_WARNING_OF_IS "\n");
}
END_TEST

START_TEST(warnings_are_rendered_in_the_form_of_the_reporter)
{
	autoitem struct item item = make_item("m.py", "x is 1\n");
	struct compile_options options = usual;
	const struct reporter json = {.json = true};
	autostr struct str report = STR_INIT;
	autoerror struct error *error = NULL;

	start();
	options.reporter = &json;
	ck_ok(compile_into(&item, &options, &report, &error), error);
	ck_assert_str_eq(str_c(&report), "{\"event\":\"warning\",\"path\":\"in/m.py\",\"line\":1,"
					 "\"message\":" PYTHON_WARNING_OF_IS_AS_JSON "}\n");
}
END_TEST

START_TEST(warnings_of_a_source_that_fails_are_rendered)
{
	autoitem struct item item = make_item("m.py", "x is 1\nreturn\n");
	autostr struct str report = STR_INIT;
	autoerror struct error *error = NULL;

	start();
	ck_assert_int_eq(compile_into(&item, &usual, &report, &error), -1);
	ck_assert_int_eq(error->line, 2);
	ck_assert_ptr_nonnull(strstr(str_c(&report), "in/m.py:1: warning: "));
}
END_TEST

SUITE("ship/compile_item", a_factor_path_is_the_path_with_dots,
    what_is_no_identifier_has_no_factor_path,
    the_last_prefix_map_that_applies_decides_what_is_recorded,
    an_absolute_path_is_mapped_by_an_absolute_prefix, bytecode_has_a_path_for_each_layout_and_level,
    a_source_and_its_bytecode_have_fixed_modes_and_times, a_source_is_put_byte_for_byte,
    in_the_layout_bytecode_only_bytecode_is_put, every_check_has_its_header,
    all_levels_of_one_parse_equal_those_of_their_own, constants_are_injected_if_asked_for,
    the_recorded_path_is_in_the_bytecode, what_was_compiled_before_changes_nothing,
    a_link_to_a_source_stays_a_link_and_is_compiled, a_warning_is_rendered_once_for_all_levels,
    warnings_are_rendered_in_the_form_of_the_reporter, warnings_of_a_source_that_fails_are_rendered)
