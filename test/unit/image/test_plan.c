#include <limits.h>
#include <locale.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "image/directory.h"
#include "image/plan.h"

#include "fixture.h"

/* The finished plan of one SOURCE without problems. */
static void ck_source(
    const char *source, const struct plan_options *options, const char *expected)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	add_source(&plan, source, options, &problems);
	ck_assert_str_eq(str_c(&problems.text), "");
	plan_finish(&plan);
	ck_plan(&plan, expected);
}

/* The plan of one SOURCE with one problem. */
static void ck_source_problem(const char *source, const char *problem, const char *expected)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	add_source(&plan, source, NULL, &problems);
	ck_problem(&problems, problem);
	ck_assert_uint_eq(plan.problems, 1);
	plan_finish(&plan);
	ck_plan(&plan, expected);
}

/* A SOURCE that cannot be added at all. */
static void ck_no_source(const char *source, enum error_kind kind, const char *message)
{
	const struct plan_options options = {0};
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	WITH_PROBLEMS;

	ck_fails(plan_add_source(&plan, source, &options, &problems.listener, &error), error,
	    message);
	ck_assert_int_eq(error->kind, kind);
	ck_assert_uint_eq(problems.count, 0);
}

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
	ck_source("src", NULL,
	    "d a\nf a-b\nf a/data\np a/x.py\np b.py\nd empty\nx tool\n");
	ck_source("./src//", NULL,
	    "d a\nf a-b\nf a/data\np a/x.py\np b.py\nd empty\nx tool\n");
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
	ck_no_source("m.py=.", ERROR_USAGE, "at the image's root");
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

START_TEST(caches_and_version_control_are_left_out_at_every_depth)
{
	static const char *const ignored[] = {"__pycache__", "__f-int__", ".f-int", ".git", ".svn",
	    ".hg", ".darcs", ".pijul"};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++) {
		autofree char *shallow = xasprintf("src/%s/x.py", ignored[i]);
		autofree char *deep = xasprintf("src/a/b/%s/x.py", ignored[i]);

		put(shallow, "");
		put(deep, "");
	}
	put("src/a/.gitignore", "");
	put("src/linked/x", "");
	put("src/c/.git", "gitdir: elsewhere");
	ck_source("src", NULL,
	    "d a\nf a/.gitignore\nd a/b\nd c\nd linked\nf linked/x\n");
}
END_TEST

START_TEST(bytecode_is_left_out_beside_its_source_only)
{
	static const char *const excludes[] = {"b.py", NULL};
	const struct plan_options options = {.excludes = excludes};

	put("src/a.py", "");
	put("src/a.py-x", "");
	put("src/a.pyc", "");
	put("src/b.py", "");
	put("src/b.pyc", "");
	put("src/alone.pyc", "");
	put_directory("src/dir.py");
	put("src/dir.pyc", "");
	put_link("src/linked.py", "a.py");
	put("src/linked.pyc", "");
	ck_source("src", &options,
	    "p a.py\nf a.py-x\nf alone.pyc\nd dir.py\nf dir.pyc\np linked.py -> a.py\n");
	ck_source("src/a.pyc", NULL, "f a.pyc\n");
}
END_TEST

START_TEST(excluded_entries_are_left_out_with_all_below_them)
{
	static const char *const excludes[] = {"*.txt", "a/sub", "/c/**/x", "only?", NULL};
	const struct plan_options options = {.excludes = excludes};

	put("src/a/sub/m.py", "");
	put("src/b/a/sub/m.py", "");
	put("src/c/d/e/x/m.py", "");
	put("src/c/d/y.txt", "");
	put("src/notes.txt/m.py", "");
	put("src/only\xc3\xa9", "");
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C"));
	ck_source("src", &options, "d a\nd b\nd b/a\nd b/a/sub\np b/a/sub/m.py\nd c\nd c/d\nd c/d/e\n");
	/* By the path in the image, not by that of the source. */
	ck_source("src/a=z", &options, "d z\nd z/sub\np z/sub/m.py\n");
	ck_source("src/b/a=a", &options, "d a\n");
}
END_TEST

START_TEST(an_excluded_source_gives_nothing)
{
	static const char *const excludes[] = {"test_*", "x/y", NULL};
	const struct plan_options options = {.excludes = excludes};

	put("test_a.py", "");
	put("test_pkg/__init__.py", "");
	put("m.py", "");
	ck_source("test_a.py", &options, "");
	ck_source("test_pkg", &options, "");
	ck_source("m.py=x/y", &options, "");
	ck_source("m.py=x/z", &options, "d x\nf x/z\n");
}
END_TEST

START_TEST(special_files_are_problems)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "src/socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	put("src/m.py", "");
	ck_assert_int_eq(mkfifo("src/fifo.py", 0600), 0);
	ck_source_problem("src", "src/fifo.py: is no file, directory or link", "p m.py\n");
	ck_assert_int_eq(unlink("src/fifo.py"), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_source_problem("src", "src/socket: is no file, directory or link", "p m.py\n");
	close(fd);
}
END_TEST

START_TEST(what_cannot_be_read_is_a_problem_and_the_rest_goes_on)
{
	put("src/a/m.py", "");
	put("src/b/m.py", "");
	ck_assert_int_eq(chmod("src/a", 0), 0);
	suite_drop_privileges();
	ck_source_problem("src", "src/a: ", "d a\nd b\np b/m.py\n");
}
END_TEST

START_TEST(links_within_the_tree_stay_links)
{
	put("src/a/data", "");
	put_link("src/a/up", "../a/./data");
	put_link("src/a/self", "self");
	put_link("src/all", ".");
	put_link("src/dangling", "no/where");
	ck_source("src", NULL,
	    "d a\nf a/data\nl a/self -> self\nl a/up -> ../a/./data\n"
	    "l all -> .\nl dangling -> no/where\n");
}
END_TEST

START_TEST(links_out_of_the_tree_are_problems)
{
	static const char *const targets[] = {"/etc/passwd", "/", "..", "../src/m", "a/../../x",
	    "a/b/../../../x"};

	put("src/a/b/m", "");
	put("m", "");
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		put_link("src/link", targets[i]);
		ck_source_problem(
		    "src", "src/link: is a link that leads out of 'src'", "d a\nd a/b\nf a/b/m\n");
		ck_assert_int_eq(unlink("src/link"), 0);
	}
}
END_TEST

START_TEST(links_that_lead_out_of_the_tree_together_are_problems)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put("src/s/x", "");
	put_link("src/p/q/up", "../../s");
	/* By its text in p, by way of the other one beside src. */
	put_link("src/out", "p/q/up/../../x");
	put_link("src/out.py", "missing/../p/q/up/../../x.py");
	add_source(&plan, "src", NULL, &problems);
	ck_problem(&problems, "src/out: is a link that leads out of 'src': 'p/q/up/../../x'");
	plan_finish(&plan);
	ck_plan(&plan,
	    "l out.py -> missing/../p/q/up/../../x.py\nd p\nd p/q\nl p/q/up -> ../../s\nd s\nf s/x\n");
}
END_TEST

START_TEST(external_links_are_kept_as_links_when_allowed)
{
	const struct plan_options options = {.external_links = true};

	put("m.py", "");
	put_link("src/a.py", "../m.py");
	put_link("src/b", "/etc/passwd");
	ck_source("src", &options, "l a.py -> ../m.py\nl b -> /etc/passwd\n");
}
END_TEST

START_TEST(a_link_to_a_python_file_in_the_tree_is_a_python_source)
{
	autoplan struct plan plan = {0};
	const struct item *item;
	WITH_PROBLEMS;

	put("src/a/b/m.py", "pass\n");
	ck_assert_int_eq(chmod("src/a/b/m.py", 0755), 0);
	put_link("src/ab", "a/b");
	put_link("src/1.py", "ab/../b/./m.py");
	put_link("src/2.py", "1.py");
	put_link("src/a/3.py", "..//2.py");
	add_source(&plan, "src", NULL, &problems);
	ck_assert_str_eq(str_c(&problems.text), "");
	plan_finish(&plan);
	ck_plan(&plan,
	    "p 1.py -> ab/../b/./m.py\np 2.py -> 1.py\nd a\np a/3.py -> ..//2.py\nd a/b\n"
	    "p a/b/m.py\nl ab -> a/b\n");
	item = map_get(&plan.by_path, SLICE_LITERAL("a/3.py"));
	ck_assert_str_eq(item->origin, "src/a/3.py");
	ck_assert(item->executable);
	ck_assert_uint_eq(item->size, 5);
}
END_TEST

START_TEST(a_link_named_py_to_anything_else_is_only_a_link)
{
	put("src/data", "");
	put("src/m.py", "");
	put_directory("src/dir.py");
	put_link("src/1.py", "data");
	put_link("src/2.py", "dir.py");
	put_link("src/3.py", "missing.py");
	put_link("src/4.py", "m.py/");
	put_link("src/5.py", "m.py/.");
	put_link("src/6.py", "m.py/../m.py");
	put_link("src/7.py", "missing/../m.py");
	put_link("src/8", "m.py");
	ck_source("src", NULL,
	    "l 1.py -> data\nl 2.py -> dir.py\nl 3.py -> missing.py\nl 4.py -> m.py/\n"
	    "l 5.py -> m.py/.\nl 6.py -> m.py/../m.py\nl 7.py -> missing/../m.py\nl 8 -> m.py\n"
	    "f data\nd dir.py\np m.py\n");
}
END_TEST

START_TEST(a_cycle_of_python_links_is_a_problem_and_stays_links)
{
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	put_link("src/a.py", "b.py");
	put_link("src/b.py", "a.py");
	add_source(&plan, "src", NULL, &problems);
	ck_assert_uint_eq(problems.count, 2);
	ck_assert_ptr_nonnull(strstr(str_c(&problems.text), "src/a.py: cannot follow the link"));
	plan_finish(&plan);
	ck_plan(&plan, "l a.py -> b.py\nl b.py -> a.py\n");
}
END_TEST

START_TEST(as_many_links_are_followed_as_the_system_does)
{
	autoplan struct plan plan = {0};
	char path[32], target[32];
	WITH_PROBLEMS;

	put("src/00.py", "");
	for (int i = 1; i <= 41; i++) {
		snprintf(path, sizeof(path), "src/%02d.py", i);
		snprintf(target, sizeof(target), "%02d.py", i - 1);
		put_link(path, target);
		/* Otherwise the content could not be read later. */
		ck_assert_int_eq(access(path, F_OK), i <= 40 ? 0 : -1);
	}
	add_source(&plan, "src", NULL, &problems);
	ck_problem(&problems, "src/41.py: ");
	for (size_t i = 0; i < plan.count; i++)
		ck_assert_int_eq(plan.items[i]->kind, i <= 40 ? ITEM_PYTHON : ITEM_LINK);
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
	ck_two("a", "b", "b/d/m.py: 'd/m.py' in the image is already 'a/d/m.py', which is different",
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
	ck_two("a", "b", "'m' in the image is already 'a/m'", "f m\n");
	put_slice("b/m", slice_of(content, sizeof(content) - 1));
	ck_two("a", "b", "'m' in the image is already 'a/m'", "f m\n");
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
	ck_two("a", "c", "'l' in the image is already 'a/l'", "l l -> x\nf x\n");
	put("d/l", "");
	ck_two("a", "d", "'l' in the image is already 'a/l'", "l l -> x\nf x\n");
	ck_two("d", "a", "'l' in the image is already 'd/l'", "f l\nf x\n");
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
	ck_two("a", "b", "b/x: 'x' in the image is already 'a/x'", "d x\nf x/below\nf y\n");
	/* What is below the refused directory is not reported again. */
	ck_two("b", "a", "a/x: 'x' in the image is already 'b/x'", "f x\nf y\n");
}
END_TEST

START_TEST(a_place_below_a_file_is_a_problem_that_names_both)
{
	put("f", "");
	put("d/m.py", "");
	ck_two("f=x", "d=x/y", "d: 'x' in the image is already 'f'", "f x\n");
	ck_two("d=x/y", "f=x", "f: 'x' in the image is already 'd'", "d x\nd x/y\np x/y/m.py\n");
	ck_two("f=x", "d/m.py=x/m.py", "d/m.py: 'x' in the image is already 'f'", "f x\n");
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

START_TEST(the_marker_of_an_image_is_left_out_of_the_next)
{
	put("img/" IMAGE_MARKER, "");
	put("img/a/" IMAGE_MARKER, "");
	put("img/m.py", "");
	ck_source("img", NULL, "d a\nf a/.kiln\np m.py\n");
	ck_source("img=x", NULL, "d x\nf x/.kiln\nd x/a\nf x/a/.kiln\np x/m.py\n");
	ck_no_source("img/m.py=" IMAGE_MARKER, ERROR_USAGE, IMAGE_MARKER);
	ck_no_source("img=" IMAGE_MARKER "/x", ERROR_USAGE, IMAGE_MARKER);
	ck_no_source("img/" IMAGE_MARKER, ERROR_USAGE, IMAGE_MARKER);
	put("dir/.kiln/x", "");
	ck_source_problem("dir", "dir/.kiln: the name '.kiln'", "");
}
END_TEST

START_TEST(an_image_is_no_part_of_itself)
{
	const struct plan_options directory = {.image = "src/out"};
	const struct plan_options archive = {.image = "src/out.tar"};
	const struct plan_options missing = {.image = "src/none"};

	put("src/m.py", "");
	put("src/out/x", "");
	put("src/out.tar", "");
	put("src/a/out/x", "");
	ck_source("src", &directory, "d a\nd a/out\nf a/out/x\np m.py\nf out.tar\n");
	ck_source("src", &archive, "d a\nd a/out\nf a/out/x\np m.py\nd out\nf out/x\n");
	ck_source("src", &missing,
	    "d a\nd a/out\nf a/out/x\np m.py\nd out\nf out.tar\nf out/x\n");
	ck_source("src/out", &directory, "f x\n");
}
END_TEST

START_TEST(names_may_have_any_bytes)
{
	put("src/new\nline.py", "");
	put("src/caf\xe9/\x01\x7f", "");
	put("src/\xed\xa0\x80.py", "");
	ck_source("src", NULL, "d caf\xe9\nf caf\xe9/\x01\x7f\np new\nline.py\np \xed\xa0\x80.py\n");
}
END_TEST

START_TEST(paths_that_are_too_long_to_be_read_are_problems)
{
	char name[201];
	autoplan struct plan plan = {0};
	WITH_PROBLEMS;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	put_directory("src");
	ck_assert_int_eq(chdir("src"), 0);
	for (size_t i = 0; i < PATH_MAX / sizeof(name) + 2; i++)
		ck_assert(mkdir(name, 0700) == 0 && chdir(name) == 0);
	while (access("../src", F_OK) < 0)
		ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(chdir(".."), 0);
	add_source(&plan, "src", NULL, &problems);
	ck_problem(&problems, "File name too long");
	plan_finish(&plan);
	ck_assert_uint_eq(plan.count, (PATH_MAX - 4) / sizeof(name));
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
    caches_and_version_control_are_left_out_at_every_depth,
    bytecode_is_left_out_beside_its_source_only,
    excluded_entries_are_left_out_with_all_below_them, an_excluded_source_gives_nothing,
    special_files_are_problems, what_cannot_be_read_is_a_problem_and_the_rest_goes_on,
    links_within_the_tree_stay_links, links_out_of_the_tree_are_problems,
    links_that_lead_out_of_the_tree_together_are_problems,
    external_links_are_kept_as_links_when_allowed,
    a_link_to_a_python_file_in_the_tree_is_a_python_source,
    a_link_named_py_to_anything_else_is_only_a_link,
    a_cycle_of_python_links_is_a_problem_and_stays_links,
    as_many_links_are_followed_as_the_system_does,
    two_different_files_for_one_path_are_a_problem_that_names_both, equal_files_are_no_conflict,
    equal_files_of_which_one_is_executable_are_different, links_are_equal_by_their_text,
    of_equal_links_the_one_that_leads_to_a_source_counts,
    a_directory_and_a_file_for_one_path_are_a_problem,
    a_place_below_a_file_is_a_problem_that_names_both,
    a_conflict_with_a_file_that_cannot_be_read_is_a_problem,
    the_same_source_twice_is_no_conflict, the_marker_of_an_image_is_left_out_of_the_next,
    an_image_is_no_part_of_itself, names_may_have_any_bytes,
    paths_that_are_too_long_to_be_read_are_problems, a_plan_depends_on_the_order_of_nothing,
    an_added_item_has_its_parents, an_added_item_replaces_what_is_no_directory,
    an_empty_plan_can_be_finished_and_released)
