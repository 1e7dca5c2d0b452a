#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/breadth.h"

#include "suite.h"

/* The entries below a directory in order, a line each; directories end in "/". */
static char *list(const char *root, struct str *problems)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	struct str text = STR_INIT;
	struct error *problem = NULL;
	int step;

	ck_ok(breadth_begin(&breadth, root, &problem), problem);
	while ((step = breadth_next(&breadth, &problem)) != 0) {
		if (step < 0) {
			str_addf(problems, "%s: %s\n", problem->path, problem->message);
			ck_assert_int_eq(problem->kind, ERROR_INPUT);
			error_free(steal(&problem));
			continue;
		}
		for (size_t i = 0; i < breadth.count; i++) {
			enum breadth_kind kind = breadth_kind(&breadth, i);

			breadth_path(&breadth, i, &text);
			str_adds(&text, kind == BREADTH_DIRECTORY ? "/\n"
					: kind == BREADTH_GONE	  ? " gone\n"
					: kind == BREADTH_OTHER	  ? " other\n"
					: kind == BREADTH_UNSEEN  ? " unseen\n"
								  : "\n");
			if (kind == BREADTH_DIRECTORY)
				breadth_enter(&breadth, i, NULL);
		}
	}
	return str_take(&text);
}

static void ck_list(const char *root, const char *expected, const char *problem)
{
	autostr struct str problems = STR_INIT;
	autofree char *text = list(root, &problems);

	ck_assert_str_eq(text, expected);
	if (problem)
		ck_assert_msg(strstr(str_c(&problems), problem), "'%s' lacks '%s'",
		    str_c(&problems), problem);
	else
		ck_assert_str_eq(str_c(&problems), "");
}

START_TEST(directories_come_after_all_of_the_level_above)
{
	suite_make("r/b/y");
	suite_make("r/a/x");
	suite_put("r/c", "");
	suite_put("r/b/f", "");
	suite_put("r/a/x/deep", "");
	suite_put("r/B", "");
	ck_list("r", "B\na/\nb/\nc\na/x/\nb/f\nb/y/\na/x/deep\n", NULL);
}
END_TEST

START_TEST(links_are_followed)
{
	suite_make("r/real/sub");
	suite_put("r/real/sub/f", "");
	ck_assert_int_eq(symlink("real", "r/again"), 0);
	ck_assert_int_eq(symlink("real/sub/f", "r/file"), 0);
	ck_assert_int_eq(symlink("nowhere", "r/gone"), 0);
	ck_assert_int_eq(symlink("self", "r/self"), 0);
	ck_assert_int_eq(mkfifo("r/pipe", 0600), 0);
	ck_list("r",
	    "again/\nfile\ngone gone\npipe other\nreal/\nself unseen\nagain/sub/\nreal/sub/\n"
	    "again/sub/f\nreal/sub/f\n",
	    NULL);
}
END_TEST

START_TEST(a_cycle_names_both_ends)
{
	suite_make("r/a/b");
	ck_assert_int_eq(symlink("../..", "r/a/b/up"), 0);
	ck_list(
	    "r", "a/\na/b/\na/b/up/\n", "r/a/b/up: link cycle: this is the same directory as 'r'");
}
END_TEST

START_TEST(a_cycle_beside_the_tree_ends)
{
	suite_make("outside/d");
	suite_make("r");
	ck_assert_int_eq(symlink("../outside/d", "r/a"), 0);
	ck_assert_int_eq(symlink("../../outside", "outside/d/up"), 0);
	ck_list("r", "a/\na/up/\na/up/d/\n",
	    "r/a/up/d: link cycle: this is the same directory as 'r/a'");
}
END_TEST

START_TEST(links_between_many_directories_come_to_an_end)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;
	int step;

	suite_put("f", "");
	for (int i = 0; i < 10; i++) {
		autofree char *directory = xasprintf("r/%d", i);

		suite_make(directory);
		for (int k = 0; k < 1000; k++) {
			autofree char *link = xasprintf("r/%d/%d", i, k);
			autofree char *target = xasprintf("../%d", k);

			if (k < 10)
				ck_assert_int_eq(symlink(target, link), 0);
			else
				ck_assert_int_eq(linkat(AT_FDCWD, "f", AT_FDCWD, link, 0), 0);
		}
	}
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	while ((step = breadth_next(&breadth, &error)) != 0) {
		if (step < 0 && strstr(error->message, "link cycle"))
			continue;
		if (step < 0)
			break;
		for (size_t i = 0; i < breadth.count; i++)
			if (breadth_kind(&breadth, i) == BREADTH_DIRECTORY)
				breadth_enter(&breadth, i, NULL);
	}
	ck_fails(step, error, "more than 1000000 directory entries are reached through links");
	ck_assert_int_eq(breadth_next(&breadth, &error), 0);
}
END_TEST

START_TEST(a_chain_that_is_too_deep_is_a_problem)
{
	autostr struct str problems = STR_INIT;
	autofree char *text = NULL;
	int fd;

	suite_make("r");
	fd = suite_chain("r", 3000, NULL);
	text = list("r", &problems);
	ck_assert_msg(strstr(str_c(&problems), "cannot read the directory: File name too long"),
	    "'%s'", str_c(&problems));
	(void)close(fd);
}
END_TEST

START_TEST(an_unreadable_directory_is_a_problem)
{
	suite_drop_privileges();
	suite_make("r/closed");
	suite_make("r/open");
	suite_put("r/open/f", "");
	ck_assert_int_eq(chmod("r/closed", 0), 0);
	ck_list("r", "closed/\nopen/\nopen/f\n",
	    "r/closed: cannot read the directory: Permission denied");
	ck_assert_int_eq(chmod("r/closed", 0700), 0);
}
END_TEST

START_TEST(the_state_of_an_entry_is_that_of_what_it_leads_to)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;
	struct stat stat;

	suite_make("r");
	suite_put("f", "three");
	ck_assert_int_eq(symlink("../f", "r/link"), 0);
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	ck_assert_uint_eq(breadth.count, 1);
	ck_assert_int_eq(breadth_stat(&breadth, 0, &stat), BREADTH_FILE);
	ck_assert_int_eq(stat.st_size, 5);
}
END_TEST

START_TEST(what_a_link_leads_to_may_be_forbidden)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;

	suite_make("r");
	suite_make("d");
	suite_put("d/f", "");
	ck_assert_int_eq(symlink("../d/f", "r/link"), 0);
	ck_assert_int_eq(chmod("d", 0), 0);
	suite_drop_privileges();
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	ck_assert_int_eq(breadth_kind(&breadth, 0), BREADTH_UNSEEN);
	ck_fails(breadth_fail(&breadth, 0, errno, &error), error, "Permission denied");
	ck_assert_str_eq(error->path, "r/link");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(without_descriptors_a_directory_is_the_systems_problem)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;

	suite_make("r/d");
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	breadth_enter(&breadth, 0, NULL);
	suite_limit_descriptors(3);
	ck_fails(breadth_next(&breadth, &error), error, "cannot read the directory");
	ck_assert_str_eq(error->path, "r/d");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_str_eq(breadth.directory->path.data, "d");
}
END_TEST

START_TEST(marks_and_paths_go_with_directories)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;
	int mark;

	suite_make("r/a");
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	ck_assert_ptr_null(breadth.directory->above);
	breadth_enter(&breadth, 0, &mark);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	ck_assert_ptr_eq(breadth.directory->mark, &mark);
	ck_assert_str_eq(breadth.directory->path.data, "a");
	ck_assert_int_eq(breadth_next(&breadth, &error), 0);
	ck_assert_int_eq(breadth_next(&breadth, &error), 0);
}
END_TEST

START_TEST(what_vanishes_is_passed_over)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;

	suite_make("r/a");
	ck_ok(breadth_begin(&breadth, "r", &error), error);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	breadth_enter(&breadth, 0, NULL);
	ck_assert_int_eq(rmdir("r/a"), 0);
	ck_assert_int_eq(breadth_next(&breadth, &error), 1);
	ck_assert_uint_eq(breadth.count, 0);
	ck_assert_int_eq(breadth_next(&breadth, &error), 0);
}
END_TEST

START_TEST(a_root_that_is_no_directory_is_refused)
{
	CLEANUP(breadth_release) struct breadth breadth = {0};
	autoerror struct error *error = NULL;

	suite_put("f", "");
	ck_fails(breadth_begin(&breadth, "f", &error), error, "cannot read directory 'f'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

SUITE("base/breadth", directories_come_after_all_of_the_level_above, links_are_followed,
    a_cycle_names_both_ends, a_cycle_beside_the_tree_ends,
    links_between_many_directories_come_to_an_end, a_chain_that_is_too_deep_is_a_problem,
    an_unreadable_directory_is_a_problem, the_state_of_an_entry_is_that_of_what_it_leads_to,
    what_a_link_leads_to_may_be_forbidden, without_descriptors_a_directory_is_the_systems_problem,
    marks_and_paths_go_with_directories, what_vanishes_is_passed_over,
    a_root_that_is_no_directory_is_refused)
