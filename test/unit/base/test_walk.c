#include "suite.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/tree.h"

/* What a visitor has seen, a line each, and how it is to answer. */
struct record {
	struct str lines;
	const char *skip;	 /* path of a directory that is not entered */
	const char *stop;	 /* path at which the walk ends */
	const char *vanish;	 /* path whose visit removes ... */
	const char *vanishing;	 /* ... this */
	const char *become_link; /* path of a directory that is replaced by a link when visited */
	bool stop_at_trouble;
	size_t troubles;
	size_t deepest;
};

static void record_release(struct record *record)
{
	str_release(&record->lines);
}

static enum walk_answer record_visit(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct record *record = context;

	ck_assert_int_eq(entry->path.data[entry->path.len], '\0');
	ck_assert(slice_equal(entry->name, path_name(entry->path)));
	ck_assert_int_eq(entry->target != NULL, S_ISLNK(entry->stat.st_mode));
	if (entry->depth > record->deepest)
		record->deepest = entry->depth;
	if (entry->path.len < 1000)
		str_addf(&record->lines, "%zu %s%s%s%s\n", entry->depth, entry->path.data,
		    S_ISDIR(entry->stat.st_mode) ? "/" : "", entry->target ? " -> " : "",
		    entry->target ? entry->target : "");
	if (record->vanish && slice_is(entry->path, record->vanish))
		ck_assert_int_eq(tree_remove(place_at(record->vanishing), err), 0);
	if (record->become_link && slice_is(entry->path, record->become_link)) {
		ck_assert_int_eq(rename("t/a", "moved"), 0);
		ck_assert_int_eq(symlink("../other", "t/a"), 0);
	}
	if (record->stop && slice_is(entry->path, record->stop)) {
		fail(err, ERROR_INTERNAL, "stopped");
		return WALK_STOP;
	}
	return record->skip && slice_is(entry->path, record->skip) ? WALK_SKIP : WALK_GO;
}

static enum walk_answer record_trouble(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	struct record *record = context;

	record->troubles++;
	ck_assert_int_eq(problem->kind, ERROR_INPUT);
	ck_assert(slice_ends(slice_c(problem->path), path));
	if (path.len < 1000)
		str_addf(&record->lines, "! %s: %s\n", problem->path, problem->message);
	if (record->stop_at_trouble) {
		fail_with(err, problem);
		return WALK_STOP;
	}
	error_free(problem);
	return WALK_GO;
}

static int walk(const char *root, struct record *record, struct error **err)
{
	struct walk_visitor visitor = {record_visit, record_trouble, record};

	return tree_walk(place_at(root), &visitor, err);
}

static void check_walk(const char *root, struct record *record, const char *expected)
{
	autoerror struct error *error = NULL;

	ck_ok(walk(root, record, &error), error);
	ck_assert_str_eq(str_c(&record->lines), expected);
}

START_TEST(an_empty_directory_has_no_entries)
{
	CLEANUP(record_release) struct record record = {0};

	check_walk(".", &record, "");
}
END_TEST

START_TEST(entries_come_sorted_by_bytes_and_directories_before_their_content)
{
	CLEANUP(record_release) struct record record = {0};

	suite_make("t/a/y");
	suite_make("t/a.d");
	suite_make("t/b");
	suite_put("t/a/z", "");
	suite_put("t/a/y/x", "");
	suite_put("t/a-", "");
	suite_put("t/B", "");
	suite_put("t/\xff", "");
	suite_put("t/.hidden", "");
	suite_put("t/a.d/q", "");
	check_walk("t", &record,
	    "0 .hidden\n0 B\n0 a/\n1 a/y/\n2 a/y/x\n1 a/z\n0 a-\n0 a.d/\n1 a.d/q\n0 b/\n"
	    "0 \xff\n");
}
END_TEST

START_TEST(many_names_are_sorted)
{
	CLEANUP(record_release) struct record record = {0};
	autostr struct str expected = STR_INIT;

	/* More than one read of the directory gives. */
	for (int i = 0; i < 1200; i++) {
		autofree char *name = xasprintf("%04d", i * 7 % 1200);

		suite_put(name, "");
		str_addf(&expected, "0 %04d\n", i);
	}
	check_walk(".", &record, str_c(&expected));
}
END_TEST

START_TEST(links_are_seen_and_not_followed)
{
	CLEANUP(record_release) struct record record = {0};

	suite_make("t/d");
	suite_put("t/d/f", "");
	ck_assert_int_eq(symlink("d", "t/link"), 0);
	ck_assert_int_eq(symlink("..", "t/d/up"), 0);
	ck_assert_int_eq(symlink("nowhere", "t/dangling"), 0);
	ck_assert_int_eq(symlink("loop", "t/loop"), 0);
	check_walk("t", &record,
	    "0 d/\n1 d/f\n1 d/up -> ..\n0 dangling -> nowhere\n0 link -> d\n0 loop -> loop\n");
}
END_TEST

START_TEST(the_longest_link_is_read_whole)
{
	CLEANUP(record_release) struct record record = {0};
	autostr struct str expected = STR_INIT;
	char target[4096];

	memset(target, 'x', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	ck_assert_int_eq(symlink(target, "link"), 0);
	str_addf(&expected, "0 link -> %s\n", target);
	check_walk(".", &record, str_c(&expected));
}
END_TEST

START_TEST(the_root_may_be_a_link_or_end_in_slashes)
{
	CLEANUP(record_release) struct record one = {0}, two = {0};

	suite_make("t");
	suite_put("t/f", "");
	ck_assert_int_eq(symlink("t", "link"), 0);
	check_walk("link", &one, "0 f\n");
	check_walk("t//", &two, "0 f\n");
}
END_TEST

START_TEST(special_files_are_entries_like_others)
{
	CLEANUP(record_release) struct record record = {0};

	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	check_walk(".", &record, "0 fifo\n");
}
END_TEST

START_TEST(a_skipped_directory_is_not_entered)
{
	CLEANUP(record_release) struct record record = {.skip = "a"};

	suite_make("a/b");
	suite_make("c/d");
	check_walk(".", &record, "0 a/\n0 c/\n1 c/d/\n");
}
END_TEST

START_TEST(the_visitor_can_end_the_walk)
{
	CLEANUP(record_release) struct record record = {.stop = "a/b"};
	autoerror struct error *error = NULL;

	suite_make("a/b/c");
	suite_make("d");
	ck_fails(walk(".", &record, &error), error, "stopped");
	ck_assert_str_eq(str_c(&record.lines), "0 a/\n1 a/b/\n");
}
END_TEST

START_TEST(a_root_that_is_no_directory_is_an_error)
{
	CLEANUP(record_release) struct record record = {0};
	autoerror struct error *error = NULL;

	suite_put("file", "");
	ck_fails(walk("missing", &record, &error), error,
	    "cannot read directory 'missing': No such file or directory");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_fails(
	    walk("file", &record, &error), error, "cannot read directory 'file': Not a directory");
	ck_assert_uint_eq(record.troubles, 0);
}
END_TEST

START_TEST(what_cannot_be_read_is_given_to_trouble)
{
	CLEANUP(record_release) struct record record = {0}, stopping = {.stop_at_trouble = true};
	autoerror struct error *error = NULL;

	suite_drop_privileges();
	suite_make("t/closed");
	suite_make("t/listed");
	suite_put("t/listed/f", "");
	suite_put("t/z", "");
	ck_assert_int_eq(chmod("t/closed", 0), 0);
	ck_assert_int_eq(chmod("t/listed", 0444), 0);
	check_walk("t", &record,
	    "0 closed/\n! t/closed: cannot read the directory: Permission denied\n"
	    "0 listed/\n! t/listed/f: cannot read: Permission denied\n0 z\n");
	ck_fails(walk("t", &stopping, &error), error, "Permission denied");
	ck_assert_uint_eq(stopping.troubles, 1);
	ck_assert_str_eq(error->path, "t/closed");
}
END_TEST

START_TEST(what_vanishes_during_the_walk_is_passed_over)
{
	CLEANUP(record_release) struct record file = {.vanish = "a", .vanishing = "b"};
	CLEANUP(record_release) struct record itself = {.vanish = "a", .vanishing = "a"};

	suite_make("a/x");
	suite_put("b", "");
	suite_put("c", "");
	check_walk(".", &file, "0 a/\n1 a/x/\n0 c\n");
	check_walk(".", &itself, "0 a/\n0 c\n");
}
END_TEST

START_TEST(a_directory_that_becomes_a_link_is_not_entered)
{
	CLEANUP(record_release) struct record record = {.become_link = "a"};

	suite_make("t/a/in");
	suite_make("other/out");
	check_walk("t", &record, "0 a/\n! t/a: cannot read the directory: Not a directory\n");
}
END_TEST

/* A deep tree with a file in the last directory. */
static void make_chain(const char *root, size_t depth)
{
	autoclose int fd = suite_chain(root, depth, NULL);

	ck_assert_int_eq(symlinkat("x", fd, "end"), 0);
}

START_TEST(deep_trees_need_few_descriptors)
{
	CLEANUP(record_release) struct record record = {0};
	autoerror struct error *error = NULL;

	suite_limit_descriptors(16);
	make_chain("t", 5000);
	make_chain("t/d/e", 100);
	suite_make("t/f");
	ck_ok(walk("t", &record, &error), error);
	ck_assert_uint_eq(record.troubles, 0);
	ck_assert_uint_eq(record.deepest, 5000);
	/* The way back up was found. */
	ck_assert(slice_ends(str_slice(&record.lines), SLICE_LITERAL("\n0 f/\n")));
}
END_TEST

/* Leaves the walk one descriptor more than that of the root. */
static enum walk_answer starve_visit(
    void *context, const struct walk_entry *entry, struct error **err)
{
	if (entry->depth == 0 && slice_is(entry->name, "d")) {
		int next = dup(STDIN_FILENO);

		(void)close(next); /* it was only made to learn its number */
		suite_limit_descriptors((unsigned)next + 1);
	}
	return record_visit(context, entry, err);
}

START_TEST(where_descriptors_run_out_less_are_used)
{
	CLEANUP(record_release) struct record record = {0};
	const struct walk_visitor visitor = {starve_visit, record_trouble, &record};
	autoerror struct error *error = NULL;

	make_chain("t", 30);
	suite_make("t/f");
	ck_ok(tree_walk(place_at("t"), &visitor, &error), error);
	ck_assert_uint_eq(record.troubles, 0);
	ck_assert_uint_eq(record.deepest, 30);
	ck_assert(slice_ends(str_slice(&record.lines), SLICE_LITERAL("\n0 f/\n")));
}
END_TEST

/* Moves the tree apart when its deepest entry is visited. */
static enum walk_answer move_visit(
    void *context, const struct walk_entry *entry, struct error **err)
{
	(void)context;
	(void)err;
	if (slice_is(entry->name, "end"))
		ck_assert_int_eq(rename("t/d/d", "elsewhere"), 0);
	return WALK_GO;
}

START_TEST(a_tree_that_is_moved_apart_does_not_lead_elsewhere)
{
	autoerror struct error *error = NULL;
	struct walk_visitor visitor = {move_visit, record_trouble, NULL};

	make_chain("t", 100);
	ck_fails(tree_walk(place_at("t"), &visitor, &error), error,
	    "cannot return from 't/d/d': Stale file handle");
}
END_TEST

SUITE("base/walk", an_empty_directory_has_no_entries,
    entries_come_sorted_by_bytes_and_directories_before_their_content, many_names_are_sorted,
    links_are_seen_and_not_followed, the_longest_link_is_read_whole,
    the_root_may_be_a_link_or_end_in_slashes, special_files_are_entries_like_others,
    a_skipped_directory_is_not_entered, the_visitor_can_end_the_walk,
    a_root_that_is_no_directory_is_an_error, what_cannot_be_read_is_given_to_trouble,
    what_vanishes_during_the_walk_is_passed_over, a_directory_that_becomes_a_link_is_not_entered,
    deep_trees_need_few_descriptors, where_descriptors_run_out_less_are_used,
    a_tree_that_is_moved_apart_does_not_lead_elsewhere)
