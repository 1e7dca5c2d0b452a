#include "base/error.h"
#include "image/plan.h"

#include "fixture.h"

static const char *origin_of(const struct plan *plan, const char *path)
{
	const struct item *item = map_get(&plan->by_path, slice_c(path));

	ck_assert_ptr_nonnull(item);
	return item->origin;
}

START_TEST(a_directory_gives_its_content_to_the_root)
{
	put("src/b.py", "");
	put("src/a/x.py", "");
	put("src/a/data", "");
	put("src/a-b", "");
	put_directory("src/empty");
	put("src/tool", "#!");
	ck_assert_int_eq(chmod("src/tool", 0700), 0);
	ck_source("src", NULL, "d a\nf a-b\nf a/data\np a/x.py\np b.py\nd empty\nx tool\n");
	ck_source("./src//", NULL, "d a\nf a-b\nf a/data\np a/x.py\np b.py\nd empty\nx tool\n");
}
END_TEST

START_TEST(a_package_stands_under_its_own_name)
{
	put("lib/pkg/__init__.py", "");
	put("lib/pkg/sub/m.py", "");
	ck_source("lib/pkg/", NULL, "d pkg\np pkg/__init__.py\nd pkg/sub\np pkg/sub/m.py\n");
	ck_source("lib/pkg/.", NULL, "d pkg\np pkg/__init__.py\nd pkg/sub\np pkg/sub/m.py\n");
	ck_source("lib/pkg/sub/..", NULL, "d pkg\np pkg/__init__.py\nd pkg/sub\np pkg/sub/m.py\n");
	ck_assert_int_eq(chdir("lib/pkg"), 0);
	ck_source(".", NULL, "d pkg\np pkg/__init__.py\nd pkg/sub\np pkg/sub/m.py\n");
	ck_source("./", NULL, "d pkg\np pkg/__init__.py\nd pkg/sub\np pkg/sub/m.py\n");
}
END_TEST

START_TEST(a_directory_whose_init_is_no_file_is_no_package)
{
	put_directory("src/__init__.py");
	ck_source("src", NULL, "d __init__.py\n");
}
END_TEST

START_TEST(a_single_file_stands_under_its_own_name)
{
	put("dir/m.py", "");
	put("dir/data.txt", "");
	ck_source("dir/m.py", NULL, "p m.py\n");
	ck_source("dir/data.txt", NULL, "f data.txt\n");
}
END_TEST

START_TEST(a_place_is_where_a_source_stands)
{
	put("dir/m.py", "");
	put("pkg/__init__.py", "");
	ck_source("dir=a/b", NULL, "d a\nd a/b\np a/b/m.py\n");
	ck_source("dir=a/b/", NULL, "d a\nd a/b\np a/b/m.py\n");
	ck_source("dir=.", NULL, "p m.py\n");
	ck_source("pkg=.", NULL, "p __init__.py\n");
	ck_source("pkg=other", NULL, "d other\np other/__init__.py\n");
	ck_source("dir/m.py=bin/tool", NULL, "d bin\nf bin/tool\n");
	ck_source("dir/m.py=x.py", NULL, "p x.py\n");
}
END_TEST

START_TEST(only_the_last_equals_sign_of_a_path_that_is_not_there_counts)
{
	put("a=b/m.py", "");
	ck_source("a=b", NULL, "p m.py\n");
	ck_source("a=b=c", NULL, "d c\np c/m.py\n");
	ck_source("a=b/m.py=y", NULL, "f y\n");
	ck_no_source("a=b/m.py=x=y", ERROR_USAGE, "'a=b/m.py=x' does not exist");
}
END_TEST

START_TEST(an_origin_is_the_path_as_given_and_below_it)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put("lib/pkg/__init__.py", "");
	put("one.py", "");
	add_source(&plan, "lib/../lib/pkg=a/b", NULL, &problems);
	add_source(&plan, "./one.py", NULL, &problems);
	ck_assert_str_eq(origin_of(&plan, "a/b/__init__.py"), "lib/../lib/pkg/__init__.py");
	ck_assert_str_eq(origin_of(&plan, "one.py"), "./one.py");
}
END_TEST

START_TEST(an_empty_directory_with_a_place_is_in_the_image)
{
	put_directory("empty");
	ck_source("empty=a/b", NULL, "d a\nd a/b\n");
	ck_source("empty", NULL, "");
}
END_TEST

START_TEST(a_place_outside_of_the_image_is_refused)
{
	static const char *const places[] = {"..", "/a", "a/../b", "a//b", "./a", "/"};

	put("m.py", "");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		autofree char *source = xasprintf("m.py=%s", places[i]);

		ck_no_source(source, ERROR_USAGE, "outside of the image");
	}
	ck_no_source("m.py=", ERROR_USAGE, "names no place");
	ck_no_source("m.py=.", ERROR_USAGE, "at the root of the image");
}
END_TEST

START_TEST(a_source_that_is_not_there_is_a_usage_error)
{
	put("m.py", "");
	put_link("dangling", "nowhere");
	ck_no_source("missing", ERROR_USAGE, "'missing' does not exist");
	ck_no_source("missing=a", ERROR_USAGE, "'missing' does not exist");
	ck_no_source("m.py/x", ERROR_USAGE, "does not exist");
	ck_no_source("dangling", ERROR_USAGE, "does not exist");
	ck_no_source("", ERROR_USAGE, "does not exist");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_no_source("fifo", ERROR_USAGE, "neither a directory nor a file");
}
END_TEST

START_TEST(a_source_that_cannot_be_read_is_a_system_error)
{
	put("locked/in/m.py", "");
	put_link("loop", "loop");
	ck_no_source("loop", ERROR_SYSTEM, "cannot examine 'loop'");
	ck_assert_int_eq(chmod("locked", 0600), 0);
	suite_drop_privileges();
	ck_no_source("locked/in", ERROR_SYSTEM, "Permission denied");
	ck_no_source("locked", ERROR_SYSTEM, "Permission denied");
}
END_TEST

START_TEST(a_source_that_is_a_link_is_followed)
{
	put("real/m.py", "");
	put("real/pkg/__init__.py", "");
	put_link("linked", "real");
	put_link("linkedpkg", "real/pkg");
	put_link("linked.py", "real/m.py");
	ck_source("linked", NULL, "p m.py\nd pkg\np pkg/__init__.py\n");
	ck_source("linkedpkg", NULL, "d linkedpkg\np linkedpkg/__init__.py\n");
	ck_source("linked.py", NULL, "p linked.py\n");
}
END_TEST

/* Two sources, one problem at most (NULL for none). */
static void ck_two(const char *first, const char *second, const char *problem, const char *expected)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	add_source(&plan, first, NULL, &problems);
	add_source(&plan, second, NULL, &problems);
	if (problem)
		ck_problem(&problems, problem);
	else
		ck_assert_str_eq(str_c(&problems.text), "");
	plan_finish(&plan);
	ck_plan(&plan, expected);
}

START_TEST(two_different_files_for_one_path_are_a_problem_that_names_both)
{
	put("a/d/m.py", "1");
	put("b/d/m.py", "2");
	put("b/d/n.py", "");
	ck_two("a", "b",
	    "b/d/m.py: 'd/m.py' in the image is already taken by 'a/d/m.py', which is different",
	    "d d\np d/m.py\np d/n.py\n");
}
END_TEST

START_TEST(equal_files_are_no_conflict)
{
	char content[100000];

	memset(content, 'x', sizeof(content));
	put_slice("a/m", slice_of(content, sizeof(content)));
	put_slice("b/m", slice_of(content, sizeof(content)));
	ck_two("a", "b", NULL, "f m\n");
	/* Anywhere. */
	content[sizeof(content) - 1] = 'y';
	put_slice("b/m", slice_of(content, sizeof(content)));
	ck_two("a", "b", "'m' in the image is already taken by 'a/m'", "f m\n");
	put_slice("b/m", slice_of(content, sizeof(content) - 1));
	ck_two("a", "b", "'m' in the image is already taken by 'a/m'", "f m\n");
}
END_TEST

START_TEST(equal_files_of_which_one_is_executable_are_different)
{
	put("a/m", "x");
	put("b/m", "x");
	ck_assert_int_eq(chmod("b/m", 0755), 0);
	ck_two("a", "b", "which is different", "f m\n");
	ck_two("b", "a", "which is different", "x m\n");
}
END_TEST

START_TEST(links_are_equal_by_their_text)
{
	put("a/x", "");
	put("b/x", "");
	put_link("a/l", "x");
	put_link("b/l", "x");
	ck_two("a", "b", NULL, "l l -> x\nf x\n");
	put_link("c/l", "./x");
	ck_two("a", "c", "'l' in the image is already taken by 'a/l'", "l l -> x\nf x\n");
	put("d/l", "");
	ck_two("a", "d", "'l' in the image is already taken by 'a/l'", "l l -> x\nf x\n");
	ck_two("d", "a", "'l' in the image is already taken by 'd/l'", "f l\nf x\n");
}
END_TEST

START_TEST(of_equal_links_the_one_that_leads_to_a_source_counts)
{
	put("a/m.py", "");
	put_link("a/l.py", "m.py");
	put_link("b/l.py", "m.py");
	ck_two("a", "b", NULL, "p l.py -> m.py\np m.py\n");
	ck_two("b", "a", NULL, "p l.py -> m.py\np m.py\n");
}
END_TEST

START_TEST(a_directory_and_a_file_for_one_path_are_a_problem)
{
	put("a/x/below", "");
	put("b/x", "");
	put("b/y", "");
	ck_two(
	    "a", "b", "b/x: 'x' in the image is already taken by 'a/x'", "d x\nf x/below\nf y\n");
	/* What is below the refused directory is not reported again. */
	ck_two("b", "a", "a/x: 'x' in the image is already taken by 'b/x'", "f x\nf y\n");
}
END_TEST

START_TEST(a_place_below_a_file_is_a_problem_that_names_both)
{
	put("f", "");
	put("d/m.py", "");
	ck_two("f=x", "d=x/y", "d: 'x' in the image is already taken by 'f'", "f x\n");
	ck_two("d=x/y", "f=x", "f: 'x' in the image is already taken by 'd'",
	    "d x\nd x/y\np x/y/m.py\n");
	ck_two("f=x", "d/m.py=x/m.py", "d/m.py: 'x' in the image is already taken by 'f'", "f x\n");
}
END_TEST

START_TEST(a_conflict_with_a_file_that_cannot_be_read_is_a_problem)
{
	put("a/m", "1");
	put("b/m", "2");
	ck_assert_int_eq(chmod("b/m", 0), 0);
	suite_drop_privileges();
	ck_two("a", "b", "b/m: cannot open: Permission denied", "f m\n");
}
END_TEST

START_TEST(the_same_source_twice_is_no_conflict)
{
	put("a/m.py", "1");
	put_link("a/l.py", "m.py");
	put_directory("a/d");
	ck_two("a", "./a", NULL, "d d\np l.py -> m.py\np m.py\n");
}
END_TEST

/* A file for each bit of a number, made in the order of `steps`. */
static void put_shuffled(const char *root, unsigned step)
{
	for (unsigned i = 0; i < 64; i++) {
		unsigned n = i * step % 64;
		autofree char *path = xasprintf("%s/%u/%u/m%u.py", root, n % 3, n % 5, n);

		put(path, "");
	}
}

START_TEST(a_plan_depends_on_the_order_of_nothing)
{
	autoplan struct plan first = {0};
	autoplan struct plan second = {0};
	WITH_PROBLEMS;

	put_shuffled("a", 1);
	put_shuffled("b", 37);
	put("extra/z", "");
	add_source(&first, "a", NULL, &problems);
	add_source(&first, "extra", NULL, &problems);
	add_source(&second, "extra", NULL, &problems);
	add_source(&second, "b", NULL, &problems);
	plan_finish(&first);
	plan_finish(&second);
	ck_assert_uint_eq(first.count, second.count);
	for (size_t i = 0; i < first.count; i++) {
		ck_assert_str_eq(first.items[i]->path.data, second.items[i]->path.data);
		if (i > 0)
			ck_assert_int_lt(
			    slice_compare(first.items[i - 1]->path, first.items[i]->path), 0);
	}
}
END_TEST

START_TEST(an_added_item_has_its_parents)
{
	autoplan struct plan plan = {0};
	char path[] = "a/b/c";
	const struct item *item = plan_add(&plan, ITEM_FILE, slice_c(path));

	memset(path, 'x', sizeof(path) - 1);
	ck_assert_str_eq(item->path.data, "a/b/c");
	ck_assert_ptr_null(item->origin);
	ck_assert_ptr_nonnull(plan_add(&plan, ITEM_FILE, SLICE_LITERAL("a/b/d")));
	ck_assert_ptr_nonnull(plan_add(&plan, ITEM_DIRECTORY, SLICE_LITERAL("a/b")));
	plan_finish(&plan);
	ck_plan(&plan, "d a\nd a/b\nf a/b/c\nf a/b/d\n");
}
END_TEST

START_TEST(an_added_item_replaces_what_is_no_directory)
{
	autoplan struct plan plan = {0};
	struct item *item;
	WITH_PROBLEMS;

	put("src/m.pyc", "");
	ck_assert_int_eq(chmod("src/m.pyc", 0755), 0);
	put("src/d/x", "");
	add_source(&plan, "src", NULL, &problems);
	item = plan_add(&plan, ITEM_FILE, SLICE_LITERAL("m.pyc"));
	ck_assert_ptr_null(item->origin);
	ck_assert(!item->executable);
	ck_assert_ptr_null(plan_add(&plan, ITEM_FILE, SLICE_LITERAL("d")));
	ck_assert_ptr_null(plan_add(&plan, ITEM_FILE, SLICE_LITERAL("m.pyc/x/y")));
	plan_finish(&plan);
	ck_plan(&plan, "d d\nf d/x\nf m.pyc\n");
}
END_TEST

START_TEST(an_empty_plan_can_be_finished_and_released)
{
	autoplan struct plan plan = {0};

	plan_finish(&plan);
	ck_plan(&plan, "");
	plan_release(&plan);
}
END_TEST

SUITE("image/plan", a_directory_gives_its_content_to_the_root, a_package_stands_under_its_own_name,
    a_directory_whose_init_is_no_file_is_no_package, a_single_file_stands_under_its_own_name,
    a_place_is_where_a_source_stands, only_the_last_equals_sign_of_a_path_that_is_not_there_counts,
    an_origin_is_the_path_as_given_and_below_it, an_empty_directory_with_a_place_is_in_the_image,
    a_place_outside_of_the_image_is_refused, a_source_that_is_not_there_is_a_usage_error,
    a_source_that_cannot_be_read_is_a_system_error, a_source_that_is_a_link_is_followed,
    two_different_files_for_one_path_are_a_problem_that_names_both, equal_files_are_no_conflict,
    equal_files_of_which_one_is_executable_are_different, links_are_equal_by_their_text,
    of_equal_links_the_one_that_leads_to_a_source_counts,
    a_directory_and_a_file_for_one_path_are_a_problem,
    a_place_below_a_file_is_a_problem_that_names_both,
    a_conflict_with_a_file_that_cannot_be_read_is_a_problem, the_same_source_twice_is_no_conflict,
    a_plan_depends_on_the_order_of_nothing, an_added_item_has_its_parents,
    an_added_item_replaces_what_is_no_directory, an_empty_plan_can_be_finished_and_released)
