#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"
#include "image/directory.h"
#include "image/plan.h"

#include "fixture.h"

START_TEST(caches_and_version_control_are_left_out_at_every_depth)
{
	static const char *const ignored[] = {
	    "__pycache__", "__f-int__", ".f-int", ".git", ".svn", ".hg", ".darcs", ".pijul"};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++) {
		autofree char *shallow = xasprintf("src/%s/x.py", ignored[i]);
		autofree char *deep = xasprintf("src/a/b/%s/x.py", ignored[i]);

		put(shallow, "");
		put(deep, "");
	}
	put("src/a/.gitignore", "");
	put("src/linked/x", "");
	put("src/c/.git", "gitdir: elsewhere");
	ck_source("src", NULL, "d a\nf a/.gitignore\nd a/b\nd c\nd linked\nf linked/x\n");
}
END_TEST

START_TEST(files_that_are_called_like_caches_are_kept)
{
	static const char *const kept[] = {
	    "__pycache__", "__f-int__", ".f-int", ".git", ".svn", ".hg", ".darcs", ".pijul"};

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		autofree char *path = xasprintf("src/%s", kept[i]);

		put(path, "gitdir");
	}
	put_link("links/.hg", "..");
	put_link("links/__pycache__", "/elsewhere");
	ck_source("src", NULL,
	    "f .darcs\nf .f-int\nf .git\nf .hg\nf .pijul\nf .svn\nf __f-int__\nf __pycache__\n");
	ck_source("links", NULL, "");
}
END_TEST

static void add_left_out(void *context, const char *origin, const char *reason)
{
	str_addf(context, "%s: %s\n", origin, reason);
}

START_TEST(what_is_left_out_is_told)
{
	static const char *const excludes[] = {"*.txt", NULL};
	const struct plan_options options = {.excludes = excludes, .bundle = "src/out"};
	autostr struct str told = STR_INIT;
	const struct plan_listener listener = {NULL, add_left_out, &told};
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;

	put("src/a/.git/x", "");
	put("src/a/x.txt", "");
	put("src/out/x", "");
	put("one.txt", "");
	ck_ok(plan_add_source(&plan, "src", &options, &listener, &error), error);
	ck_ok(plan_add_source(&plan, "one.txt", &options, &listener, &error), error);
	ck_ok(plan_add_source(&plan, "src=x.txt", &options, &listener, &error), error);
	ck_assert_str_eq(str_c(&told),
	    "src/a/.git: version control\nsrc/a/x.txt: excluded\nsrc/out: written by this build\n"
	    "one.txt: excluded\nsrc: excluded\n");
}
END_TEST

static int why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err)
{
	(void)stat;
	*ret_reason = strcmp(path, "src/made") == 0 ? context : NULL;
	if (strcmp(path, "src/odd") == 0)
		return fail_at(err, path, 0, 0, NULL, "is odd");
	return strcmp(path, "src/x/full") == 0 ? fail_errno(err, EMFILE, "cannot look") : 0;
}

START_TEST(what_is_recognized_as_a_result_is_left_out)
{
	static char reason[] = "made";
	const struct plan_recognizer results = {why_not, reason};
	const struct plan_options options = {.results = &results};
	autoerror struct error *error = NULL;
	autoplan struct plan plan = {0};
	autoplan struct plan other = {0};
	WITH_PROBLEMS;

	put("src/made/x", "");
	put("src/odd/x", "");
	put("src/y", "");
	add_source(&plan, "src", &options, &problems);
	ck_problem(&problems, "src/odd: is odd");
	plan_finish(&plan);
	ck_plan(&plan, "f y\n");
	/* What the system refuses is no answer. */
	put("src/x/full", "");
	ck_fails(plan_add_source(&other, "src", &options, &problems.listener, &error), error,
	    "cannot look");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(bytecode_is_left_out_where_it_is_replaced_only)
{
	static const char *const excludes[] = {"b.py", NULL};
	const struct plan_options kept = {.excludes = excludes};
	const struct plan_options replaced = {.excludes = excludes, .makes_legacy = true};

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
	put_link("src/lost.py", "nowhere");
	put("src/lost.pyc", "");
	ck_source("src", &kept,
	    "p a.py\nf a.py-x\nf a.pyc\nf alone.pyc\nf b.pyc\nd dir.py\nf dir.pyc\n"
	    "p linked.py -> a.py\nf linked.pyc\nl lost.py -> nowhere\nf lost.pyc\n");
	ck_source("src", &replaced,
	    "p a.py\nf a.py-x\nf alone.pyc\nf b.pyc\nd dir.py\nf dir.pyc\np linked.py -> a.py\n"
	    "l lost.py -> nowhere\nf lost.pyc\n");
	ck_source("src/a.pyc", &replaced, "f a.pyc\n");
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
	ck_source(
	    "src", &options, "d a\nd b\nd b/a\nd b/a/sub\np b/a/sub/m.py\nd c\nd c/d\nd c/d/e\n");
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
	ck_source_problem("src",
	    "src/fifo.py: cannot be part of an image: not a file, directory or link", "p m.py\n");
	ck_assert_int_eq(unlink("src/fifo.py"), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_source_problem("src",
	    "src/socket: cannot be part of an image: not a file, directory or link", "p m.py\n");
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
	static const char *const targets[] = {
	    "/etc/passwd", "/", "..", "../src/m", "a/../../x", "a/b/../../../x"};

	put("src/a/b/m", "");
	put("m", "");
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		put_link("src/link", targets[i]);
		ck_source_problem(
		    "src", "src/link: link leads out of 'src'", "d a\nd a/b\nf a/b/m\n");
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
	ck_problem(&problems, "src/out: link leads out of 'src': 'p/q/up/../../x'; leave it out "
			      "by --exclude '/out'");
	plan_finish(&plan);
	ck_plan(&plan, "l out.py -> missing/../p/q/up/../../x.py\nd p\nd p/q\nl p/q/up -> "
		       "../../s\nd s\nf s/x\n");
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

START_TEST(the_marker_of_an_image_is_left_out_of_the_next)
{
	static const char marker[] = "An image made by kiln, which may replace it.\n";

	put("img/.kiln", marker);
	put("img/a/.kiln", "mine");
	put("img/b/.kiln-image", marker);
	put("img/c/.kiln/x", "");
	put("img/m.py", "");
	ck_source("img", NULL, "d a\nf a/.kiln\nd c\nd c/.kiln\nf c/.kiln/x\np m.py\n");
	ck_source("img/m.py=.kiln", NULL, "f .kiln\n");
	ck_source("img/a", NULL, "f .kiln\n");
	ck_source("img/c", NULL, "d .kiln\nf .kiln/x\n");
}
END_TEST

START_TEST(an_image_is_no_part_of_itself)
{
	const struct plan_options directory = {.bundle = "src/out"};
	const struct plan_options archive = {.bundle = "src/out.tar"};
	const struct plan_options missing = {.bundle = "src/none"};

	put("src/m.py", "");
	put("src/out/x", "");
	put("src/out.tar", "");
	put("src/a/out/x", "");
	ck_source("src", &directory, "d a\nd a/out\nf a/out/x\np m.py\nf out.tar\n");
	ck_source("src", &archive, "d a\nd a/out\nf a/out/x\np m.py\nd out\nf out/x\n");
	ck_source("src", &missing, "d a\nd a/out\nf a/out/x\np m.py\nd out\nf out.tar\nf out/x\n");
	ck_source("src/out", &directory, "f x\n");
}
END_TEST

START_TEST(names_may_have_any_bytes)
{
	put("src/new\nline.py", "");
	put("src/caf\xe9/\x01\x7f", "");
	put("src/\xed\xa0\x80.py", "");
	ck_source(
	    "src", NULL, "d caf\xe9\nf caf\xe9/\x01\x7f\np new\nline.py\np \xed\xa0\x80.py\n");
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

SUITE("image/scan", caches_and_version_control_are_left_out_at_every_depth,
    files_that_are_called_like_caches_are_kept, what_is_left_out_is_told,
    what_is_recognized_as_a_result_is_left_out, bytecode_is_left_out_where_it_is_replaced_only,
    excluded_entries_are_left_out_with_all_below_them, an_excluded_source_gives_nothing,
    special_files_are_problems, what_cannot_be_read_is_a_problem_and_the_rest_goes_on,
    links_within_the_tree_stay_links, links_out_of_the_tree_are_problems,
    links_that_lead_out_of_the_tree_together_are_problems,
    external_links_are_kept_as_links_when_allowed,
    a_link_to_a_python_file_in_the_tree_is_a_python_source,
    a_link_named_py_to_anything_else_is_only_a_link,
    a_cycle_of_python_links_is_a_problem_and_stays_links,
    as_many_links_are_followed_as_the_system_does, the_marker_of_an_image_is_left_out_of_the_next,
    an_image_is_no_part_of_itself, names_may_have_any_bytes,
    paths_that_are_too_long_to_be_read_are_problems)
