#include "ship/compiling.h"

START_TEST(a_syntax_error_has_its_place_and_leaves_the_source)
{
	autoitem struct item item = make_item("m.py", "x = 1\ny = (1 +\n");
	autoerror struct error *error = NULL;

	start();
	error = compile_wrong(&item, &usual);
	ck_assert_str_eq(error->message, "'(' was never closed");
	ck_assert_int_eq(error->line, 2);
	ck_assert_int_eq(error->column, 5);
	ck_assert_str_eq(error->text, "y = (1 +");
	suite_expect("out/m.py", "x = 1\ny = (1 +\n");
	ck_entry("out/m.py", 0644);
	ck_names("out", "m.py\n");
}
END_TEST

START_TEST(an_error_of_the_compiler_has_its_place)
{
	autoitem struct item item = make_item("m.py", "x = 1\n\nreturn x\n");
	autoerror struct error *error = NULL;

	start();
	error = compile_wrong(&item, &usual);
	ck_assert_str_eq(error->message, "'return' outside function");
	ck_assert_int_eq(error->line, 3);
	ck_assert_int_eq(error->column, 1);
}
END_TEST

START_TEST(a_source_that_is_none_is_an_error_of_it)
{
	static const struct {
		const char *content, *message;
	} cases[] = {{"# coding: no-such\n", "no-such"}, {"x = '\xff'\n", "xff"},
	    {"if x:\ny\n", "indented block"}};

	start();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoitem struct item item = make_item("m.py", cases[i].content);
		autoerror struct error *error = compile_wrong(&item, &usual);

		ck_assert_ptr_nonnull(strstr(error->message, cases[i].message));
		suite_expect("out/m.py", cases[i].content);
		ck_output("rm -r out", "");
	}
}
END_TEST

START_TEST(a_source_with_a_nul_is_an_error_of_it)
{
	autoitem struct item item = make_item("m.py", NULL);
	autoerror struct error *error = NULL;

	start();
	put_slice("in/m.py", SLICE_LITERAL("x = 1\n\0"));
	error = compile_wrong(&item, &usual);
	ck_assert_ptr_nonnull(strstr(error->message, "null bytes"));
	ck_assert(same_content("in/m.py", "out/m.py"));
}
END_TEST

START_TEST(a_wrong_source_leaves_nothing_in_the_layout_bytecode)
{
	autoitem struct item item = make_item("m.py", "x = = 1\n");
	struct compile_options options = usual;
	autoerror struct error *error = NULL;

	start();
	options.layout = LAYOUT_BYTECODE;
	error = compile_wrong(&item, &options);
	ck_names("out", "");
}
END_TEST

START_TEST(a_source_that_vanished_is_an_error_of_it)
{
	autoitem struct item item = make_item("m.py", NULL);
	autoerror struct error *error = NULL;

	start();
	error = compile_wrong(&item, &usual);
	ck_assert_int_eq(error->number, ENOENT);
	ck_assert_int_eq(error->line, 0);
	ck_names("out", "");
}
END_TEST

START_TEST(what_took_the_place_of_a_source_is_not_waited_for)
{
	autoitem struct item item = make_item("m.py", NULL);

	start();
	for (int i = 0; i < 2; i++) {
		autoerror struct error *error = NULL;

		put_directory("in");
		ck_assert_int_eq(i ? mkfifo("in/m.py", 0600) : mkdir("in/m.py", 0700), 0);
		error = compile_wrong(&item, &usual);
		ck_names("out", "");
		ck_output("rm -r in", "");
	}
}
END_TEST

/* A name of that many bytes which ends in .py. */
static char *long_name(size_t len)
{
	char *name = xcalloc(len + 1, 1);

	memset(name, 'n', len - strlen(".py"));
	memcpy(name + len - strlen(".py"), ".py", strlen(".py"));
	return name;
}

START_TEST(a_name_that_leaves_no_room_for_that_of_its_bytecode_is_an_error_of_the_source)
{
	autofree char *name = long_name(NAME_MAX);
	autoitem struct item item = make_item(name, "x = 1\n");
	struct compile_options options = usual;

	start();
	for (int layout = LAYOUT_SOURCE; layout <= LAYOUT_BYTECODE; layout++) {
		autoerror struct error *error = NULL;
		autofree char *source = xasprintf("out/%s", name);

		options.layout = (enum layout)layout;
		error = compile_wrong(&item, &options);
		ck_assert_ptr_nonnull(strstr(error->message, "File name too long"));
		ck_assert(suite_exists(source) == (layout == LAYOUT_SOURCE));
		ck_output("rm -r out", "");
	}
}
END_TEST

START_TEST(a_longest_name_with_bytecode_is_compiled)
{
	autofree char *name = long_name(
	    NAME_MAX - strlen("." PYTHON_TAG ".opt-1.pyc") + strlen(".py"));
	struct compile_options options = usual;

	start();
	options.levels[1] = true;
	compile_source(name, "x = 1\n", &options);
	ck_output("ls out/__pycache__ | wc -l", "2\n");
}
END_TEST

START_TEST(a_path_that_leaves_no_room_for_that_of_its_bytecode_is_an_error_of_the_source)
{
	autostr struct str path = STR_INIT;
	autoerror struct error *error = NULL;
	autoclose int above = AT_FDCWD;
	struct item item = {.kind = ITEM_PYTHON, .origin = "in.py"};

	start();
	put("in.py", "x = 1\n");
	while (path.len < PATH_MAX - 210) {
		autofree char *name = long_name(200);
		int below;

		ck_assert_int_eq(mkdirat(above, path.len ? name : "out", 0700), 0);
		below = openat(above, path.len ? name : "out", O_RDONLY | O_DIRECTORY);
		ck_assert_int_ge(below, 0);
		if (above >= 0)
			(void)close(above);
		above = below;
		str_addf(&path, "%s/", path.len ? name : ".");
	}
	while (path.len < PATH_MAX - 5)
		str_addc(&path, 'm');
	str_adds(&path, ".py");
	item.path = slice_of(path.data + 2, path.len - 2);
	error = compile_wrong(&item, &usual);
	ck_assert_ptr_nonnull(strstr(error->message, "File name too long"));
	ck_assert_int_eq(faccessat(above, path_name(item.path).data, R_OK, 0), 0);
}
END_TEST

START_TEST(an_image_that_cannot_be_written_is_an_error_of_the_system)
{
	autoitem struct item item = make_item("m.py", "x = 1\n");
	autoerror struct error *full = NULL;
	autoerror struct error *missing = NULL;

	start();
	item.path = SLICE_LITERAL("no/such/m.py");
	ck_assert_int_eq(compile_into(&item, &usual, NULL, &missing), -1);
	ck_assert_int_eq(missing->kind, ERROR_SYSTEM);
	item.path = SLICE_LITERAL("m.py");
	limit_file_size(3);
	ck_assert_int_eq(compile_into(&item, &usual, NULL, &full), -1);
	ck_assert_int_eq(full->kind, ERROR_SYSTEM);
	ck_assert_int_eq(full->number, EFBIG);
	ck_names("out", "");
}
END_TEST

START_TEST(bytecode_that_cannot_be_written_whole_is_not_there)
{
	autoitem struct item item = make_item("m.py", "x = 1\n");
	autoerror struct error *error = NULL;

	start();
	limit_file_size(20);
	ck_assert_int_eq(compile_into(&item, &usual, NULL, &error), -1);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names("out/__pycache__", "");
}
END_TEST

SUITE("ship/compile_item_errors", a_syntax_error_has_its_place_and_leaves_the_source,
    an_error_of_the_compiler_has_its_place, a_source_that_is_none_is_an_error_of_it,
    a_source_with_a_nul_is_an_error_of_it, a_wrong_source_leaves_nothing_in_the_layout_bytecode,
    a_source_that_vanished_is_an_error_of_it, what_took_the_place_of_a_source_is_not_waited_for,
    a_name_that_leaves_no_room_for_that_of_its_bytecode_is_an_error_of_the_source,
    a_longest_name_with_bytecode_is_compiled,
    a_path_that_leaves_no_room_for_that_of_its_bytecode_is_an_error_of_the_source,
    an_image_that_cannot_be_written_is_an_error_of_the_system,
    bytecode_that_cannot_be_written_whole_is_not_there)
