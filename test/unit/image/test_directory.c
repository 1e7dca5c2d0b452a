#include <errno.h>

#include "base/error.h"
#include "image/directory.h"

#include "fixture.h"

/* A descriptor of the new directory `path`. */
static int open_root(const char *path)
{
	int fd;

	put_directory(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Fails the test unless `path`, not what it links to, has this mode and time. */
static void ck_entry(const char *path, mode_t mode, time_t time)
{
	struct stat stat;

	ck_assert_int_eq(lstat(path, &stat), 0);
	ck_assert_msg((stat.st_mode & 07777) == mode, "%s has mode %o", path, stat.st_mode);
	ck_assert_msg(stat.st_mtim.tv_sec == time && stat.st_mtim.tv_nsec == 0, "%s has time %lld",
	    path, (long long)stat.st_mtim.tv_sec);
}

static void ck_content(const char *path, const char *expected)
{
	autostr struct str content = STR_INIT;
	autoerror struct error *error = NULL;

	ck_ok(file_read(path, FILE_READ_LIMIT, &content, NULL, &error), error);
	ck_assert_str_eq(str_c(&content), expected);
}

START_TEST(the_time_of_an_image_is_the_epoch_of_the_environment)
{
	static const struct {
		const char *text;
		int64_t expected;
	} cases[] = {{NULL, BUNDLE_EPOCH}, {"", BUNDLE_EPOCH}, {"0", 0}, {"1700000000", 1700000000},
	    {"000017", 17}, {"8589934592", 8589934592}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		int64_t time;

		unsetenv("SOURCE_DATE_EPOCH");
		if (cases[i].text)
			setenv("SOURCE_DATE_EPOCH", cases[i].text, 1);
		ck_ok(bundle_time(&time, &error), error);
		ck_assert_int_eq(time, cases[i].expected);
	}
}
END_TEST

START_TEST(an_epoch_that_is_no_time_is_a_usage_error)
{
	static const char *const cases[] = {"-1", "+1", " 1", "1 ", "1.5", "0x10", "now",
	    "8589934593", "18446744073709551617", "99999999999999999999999999999999999999"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		int64_t time;

		setenv("SOURCE_DATE_EPOCH", cases[i], 1);
		ck_fails(bundle_time(&time, &error), error, "SOURCE_DATE_EPOCH");
		ck_assert_ptr_nonnull(strstr(error->message, cases[i]));
		ck_assert_int_eq(error->kind, ERROR_USAGE);
	}
}
END_TEST

START_TEST(modes_and_times_depend_on_nothing_around)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	put("origin", "data");
	plan_add(&plan, ITEM_FILE, SLICE_LITERAL("a/b/f"));
	plan_finish(&plan);
	umask(0277);
	ck_ok(bundle_make_directories(root, &plan, NULL, &error), error);
	ck_ok(bundle_put(root, "a/b/put", SLICE_LITERAL("x"), false, 7, &error), error);
	ck_ok(bundle_put(root, "a/b/tool", SLICE_LITERAL(""), true, 7, &error), error);
	ck_ok(bundle_copy(root, "a/b/copy", place_at("origin"), true, 7, &error), error);
	ck_ok(bundle_copy(root, "a/copy", place_at("origin"), false, 7, &error), error);
	ck_ok(bundle_link(root, "a/link", "b/copy", 7, &error), error);
	ck_ok(bundle_finish(root, &plan, 7, NULL, &error), error);
	ck_entry("img", 0755, 7);
	ck_entry("img/a", 0755, 7);
	ck_entry("img/a/b", 0755, 7);
	ck_entry("img/a/b/put", 0644, 7);
	ck_entry("img/a/b/tool", 0755, 7);
	ck_entry("img/a/b/copy", 0755, 7);
	ck_entry("img/a/copy", 0644, 7);
	ck_entry("img/a/link", 0777, 7);
	ck_entry("img/.kiln", 0644, 7);
	ck_content("img/a/b/put", "x");
	ck_content("img/a/link", "data");
}
END_TEST

/* Adds directories that are near each other and far from each other; the longest is deep. */
static void add_directories(struct plan *plan)
{
	static const char *const names[] = {
	    "a", "a-b/c", "a/b/c/d", "a/b.c/d/e", "a/b/d", "ab/c", "b", "b/a/b/a", "c/c/c"};
	autostr struct str deep = STR_INIT;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		(void)plan_add(plan, ITEM_DIRECTORY, slice_c(names[i]));
	for (size_t i = 0; i < 1000; i++) {
		str_adds(&deep, i ? "/d" : "d");
		if (i % 7 == 0) {
			autofree char *beside = xasprintf("%s-%zu/x", deep.data, i);

			(void)plan_add(plan, ITEM_DIRECTORY, slice_c(beside));
		}
	}
	(void)plan_add(plan, ITEM_DIRECTORY, str_slice(&deep));
	plan_finish(plan);
}

START_TEST(directories_of_any_depth_have_their_places)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	add_directories(&plan);
	ck_ok(bundle_make_directories(root, &plan, NULL, &error), error);
	ck_ok(bundle_set_times(root, &plan, 7, NULL, &error), error);
	ck_entry("img", 0755, 7);
	for (size_t i = 0; i < plan.count; i++) {
		autofree char *path = xasprintf("img/%s", plan.items[i]->path.data);

		ck_assert_int_eq(plan.items[i]->kind, ITEM_DIRECTORY);
		ck_entry(path, 0755, 7);
	}
	ck_names("img", "a\na-b\nab\nb\nc\nd\nd-0\n");
	ck_names("img/a", "b\nb.c\n");
	ck_names("img/a/b", "c\nd\n");
	ck_names("img/b/a", "b\n");
}
END_TEST

static unsigned left; /* how often answer() says false */

static bool answer(void)
{
	return left-- == 0;
}

START_TEST(an_interrupt_ends_the_work_on_directories)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL, *second = NULL;
	autoclose int root = open_root("img");

	add_directories(&plan);
	left = 5;
	ck_fails(bundle_make_directories(root, &plan, answer, &error), error, "interrupted");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names("img", "a\na-b\n");
	left = 0;
	ck_fails(bundle_set_times(root, &plan, 7, answer, &second), second, "interrupted");
}
END_TEST

START_TEST(times_before_and_after_32_bits_are_kept)
{
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	ck_ok(bundle_put(root, "old", SLICE_LITERAL(""), false, 0, &error), error);
	ck_ok(bundle_put(root, "new", SLICE_LITERAL(""), false, (int64_t)1 << 33, &error), error);
	ck_entry("img/old", 0644, 0);
	ck_entry("img/new", 0644, (time_t)1 << 33);
}
END_TEST

START_TEST(what_is_there_already_is_not_overwritten)
{
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	put("img/f", "old");
	put("outside", "old");
	put_link("img/l", "../outside");
	ck_fails(bundle_put(root, "f", SLICE_LITERAL("new"), false, 0, &error), error, "'f'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_fails(bundle_put(root, "l", SLICE_LITERAL("new"), false, 0, &error), error, "'l'");
	ck_fails(bundle_copy(root, "l", place_at("img/f"), false, 0, &error), error, "'l'");
	ck_fails(bundle_link(root, "f", "x", 0, &error), error, "'f'");
	ck_content("img/f", "old");
	ck_content("outside", "old");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_an_input_error_and_leaves_nothing)
{
	static const char *const origins[] = {"missing", "directory", "fifo", "locked"};
	autoclose int root = open_root("img");

	put_directory("directory");
	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	put("locked", "");
	ck_assert_int_eq(chmod("locked", 0), 0);
	ck_assert_int_eq(chmod("img", 0777), 0);
	suite_drop_privileges();
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		autoerror struct error *error = NULL;

		ck_assert_int_eq(
		    bundle_copy(root, "f", place_at(origins[i]), false, 0, &error), -1);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_assert_str_eq(error->path, origins[i]);
	}
	ck_names("img", "");
}
END_TEST

START_TEST(a_copy_has_every_byte_of_any_size)
{
	static const size_t sizes[] = {0, 1, 32767, 32768, 32769, 300000};
	autoclose int root = open_root("img");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		autoerror struct error *error = NULL;
		autofree char *content = xmalloc(sizes[i]);
		autofree char *name = xasprintf("%zu", sizes[i]);

		for (size_t byte = 0; byte < sizes[i]; byte++)
			content[byte] = (char)(byte * 7 + byte / 251);
		put_slice(name, slice_of(content, sizes[i]));
		ck_ok(bundle_copy(root, name, place_at(name), false, 0, &error), error);
	}
	ck_output("for f in *[0-9]; do cmp $f img/$f; done", "");
}
END_TEST

START_TEST(a_file_of_another_size_than_it_had_is_an_input_error)
{
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	/* It has size 0 until it is read. */
	ck_assert_int_eq(
	    bundle_copy(root, "f", place_at("/proc/self/limits"), false, 0, &error), -1);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->message, "changed while being read");
	ck_names("img", "");
}
END_TEST

START_TEST(a_file_from_another_file_system_is_copied)
{
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	if (!mount_small("other", "1m"))
		return;
	put("other/f", "content");
	ck_ok(bundle_copy(root, "f", place_at("other/f"), false, 0, &error), error);
	ck_content("img/f", "content");
}
END_TEST

START_TEST(a_file_that_cannot_be_written_is_a_system_error_and_leaves_nothing)
{
	autofree char *content = xcalloc(1, 100000);
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");

	put_sparse("origin", 100000);
	limit_file_size(50000);
	ck_fails(bundle_put(root, "f", slice_of(content, 100000), false, 0, &error), error, "'f'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, EFBIG);
	ck_fails(bundle_copy(root, "f", place_at("origin"), false, 0, &error), error, "'f'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names("img", "");
}
END_TEST

START_TEST(a_full_disk_is_a_system_error_and_leaves_nothing)
{
	autofree char *content = xcalloc(1, 300000);
	autoerror struct error *error = NULL;
	autoclose int root = -1;

	if (!mount_small("small", "200k"))
		return;
	root = open_root("small/img");
	put_sparse("origin", 300000);
	ck_fails(bundle_put(root, "f", slice_of(content, 300000), false, 0, &error), error, "'f'");
	ck_assert_int_eq(error->number, ENOSPC);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_fails(bundle_copy(root, "f", place_at("origin"), false, 0, &error), error, "'f'");
	ck_assert_int_eq(error->number, ENOSPC);
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names("small/img", "");
}
END_TEST

#define MARKER "An image made by kiln, which may replace it.\n"

START_TEST(only_what_is_empty_marked_or_missing_may_be_replaced)
{
	static const struct {
		const char *path;
		bool expected;
	} cases[] = {{"missing", true}, {"empty", true}, {"marked", true}, {"marked/", true},
	    {"marked-otherwise", true}, {"alike", false}, {"alike-in-size", false}, {"full", false},
	    {"hidden", false}, {"marked-by-a-directory", false}, {"marked-by-a-link", false},
	    {"file", false}, {"link", false}, {"link/", false}, {"link//", false},
	    {"dangling", false}};

	put_directory("empty");
	put("marked/.kiln", MARKER);
	put("marked/x", "");
	put("marked-otherwise/.kiln", "mine\n");
	put("marked-otherwise/.kiln-image", MARKER);
	put("alike/.kiln", "mine\n");
	put("alike-in-size/.kiln", "an image made by kiln, which may replace it.\n");
	put("full/x", "");
	put("hidden/.x", "");
	put("marked-by-a-directory/.kiln/x", "");
	put_link("marked-by-a-link/.kiln", "../file");
	put("file", "");
	put_link("link", "marked");
	put_link("dangling", "missing");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autoerror struct error *error = NULL;
		bool answer;

		ck_ok(bundle_may_replace(cases[i].path, &answer, &error), error);
		ck_assert_msg(answer == cases[i].expected, "%s", cases[i].path);
	}
}
END_TEST

START_TEST(what_cannot_be_examined_is_an_error_not_an_answer)
{
	autoerror struct error *error = NULL;
	bool answer;

	put("file", "");
	put("locked/x", "");
	ck_fails(bundle_may_replace("file/x", &answer, &error), error, "'file/x'");
	ck_assert_int_eq(chmod("locked", 0), 0);
	suite_drop_privileges();
	ck_fails(bundle_may_replace("locked", &answer, &error), error, "'locked'");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(a_finished_image_may_be_replaced)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");
	bool answer;

	put("img/x", "");
	ck_ok(bundle_finish(root, &plan, 0, NULL, &error), error);
	ck_ok(bundle_may_replace("img", &answer, &error), error);
	ck_assert(answer);
}
END_TEST

START_TEST(a_source_may_have_the_name_of_the_marker)
{
	autoplan struct plan plan = {0};
	autoerror struct error *error = NULL;
	autoclose int root = open_root("img");
	bool answer;

	put("img/.kiln", "mine");
	(void)plan_add(&plan, ITEM_FILE, SLICE_LITERAL(".kiln"));
	ck_ok(bundle_finish(root, &plan, 0, NULL, &error), error);
	ck_ok(bundle_may_replace("img", &answer, &error), error);
	ck_assert(answer);
	(void)plan_add(&plan, ITEM_DIRECTORY, SLICE_LITERAL(".kiln-image"));
	ck_fails(bundle_finish(root, &plan, 0, NULL, &error), error, "exclude one");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(replicating_a_tree_copies_all_that_is_in_it)
{
	autoerror struct error *error = NULL;

	put("from/a/b/m.py", "pass");
	put("from/a/tool", "#!");
	ck_assert_int_eq(chmod("from/a/tool", 0711), 0);
	put("from/__pycache__/m.pyc", "");
	put("from/.kiln", "");
	put("from/caf\xe9\n", "");
	put_directory("from/empty");
	ck_assert_int_eq(chmod("from/empty", 0700), 0);
	put_link("from/a/link", "../a/tool");
	put_link("from/dangling", "nowhere");
	umask(077);
	ck_ok(replicate(place_at("to/new"), place_at("from"), &error), error);
	ck_output("diff -r --no-dereference from to/new", "");
	ck_names("to", "new\n");
	ck_entry("to/new", 0755, BUNDLE_EPOCH);
	ck_entry("to/new/a", 0755, BUNDLE_EPOCH);
	ck_entry("to/new/empty", 0755, BUNDLE_EPOCH);
	ck_entry("to/new/a/tool", 0755, BUNDLE_EPOCH);
	ck_entry("to/new/a/b/m.py", 0644, BUNDLE_EPOCH);
	ck_entry("to/new/a/link", 0777, BUNDLE_EPOCH);
}
END_TEST

START_TEST(replicating_replaces_the_target_whole)
{
	autoerror struct error *error = NULL;

	put("from/x", "new");
	put("tree/x", "old");
	put("tree/y", "");
	put("file", "");
	put("elsewhere/x", "kept");
	put_link("link", "elsewhere");
	ck_ok(replicate(place_at("tree"), place_at("from"), &error), error);
	ck_names("tree", "x\n");
	ck_content("tree/x", "new");
	ck_ok(replicate(place_at("file"), place_at("from"), &error), error);
	ck_content("file/x", "new");
	ck_ok(replicate(place_at("link"), place_at("from"), &error), error);
	ck_content("elsewhere/x", "kept");
	ck_names(".", "elsewhere\nfile\nfrom\nlink\ntree\n");
}
END_TEST

START_TEST(replicating_a_file_copies_it)
{
	autoerror struct error *error = NULL;

	setenv("SOURCE_DATE_EPOCH", "99", 1);
	put("from", "#!");
	put_link("link", "from");
	ck_assert_int_eq(chmod("from", 0700), 0);
	ck_ok(replicate(place_at("to/a/file"), place_at("from"), &error), error);
	ck_content("to/a/file", "#!");
	ck_entry("to/a/file", 0755, 99);
	ck_assert_int_eq(chmod("from", 0600), 0);
	put("from", "other");
	ck_ok(replicate(place_at("to/a/file"), place_at("link"), &error), error);
	ck_content("to/a/file", "other");
	ck_entry("to/a/file", 0644, 99);
	ck_names("to/a", "file\n");
}
END_TEST

START_TEST(replicating_within_and_around_the_origin_works)
{
	autoerror struct error *error = NULL;

	put("a/x", "");
	put("a/b/y", "");
	ck_ok(replicate(place_at("a/copy"), place_at("a"), &error), error);
	ck_output("cd a && find . | LC_ALL=C sort",
	    ".\n./b\n./b/y\n./copy\n./copy/b\n./copy/b/y\n./copy/x\n./x\n");
	ck_ok(replicate(place_at("a"), place_at("a/copy"), &error), error);
	ck_output("cd a && find . | LC_ALL=C sort", ".\n./b\n./b/y\n./x\n");
	ck_ok(replicate(place_at("a"), place_at("a"), &error), error);
	ck_output("cd a && find . | LC_ALL=C sort", ".\n./b\n./b/y\n./x\n");
}
END_TEST

/* Replicating fails because of `place`, and what was there stays. */
static void ck_refused(const char *place, const char *message)
{
	autoerror struct error *error = NULL;

	ck_fails(replicate(place_at("out/to"), place_at("from"), &error), error, message);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, place);
	ck_names("out", "to\n");
	ck_content("out/to/x", "old");
}

START_TEST(what_must_not_be_replicated_leaves_the_target_alone)
{
	put("out/to/x", "old");
	put("from/a/x", "new");
	put_link("from/a/zz", "../../out");
	ck_refused("from/a/zz", "leads out of 'from': '../../out'");
	ck_assert_int_eq(unlink("from/a/zz"), 0);
	put_link("from/zz", "/etc");
	ck_refused("from/zz", "leads out of 'from': '/etc'");
	ck_assert_int_eq(unlink("from/zz"), 0);
	ck_assert_int_eq(mkfifo("from/zz", 0600), 0);
	ck_refused("from/zz", "cannot copy");
	ck_assert_int_eq(unlink("from/zz"), 0);
	put("from/zz", "");
	ck_assert_int_eq(chmod("from/zz", 0), 0);
	ck_assert_int_eq(chmod("out", 0777), 0);
	suite_drop_privileges();
	ck_refused("from/zz", "cannot open");
}
END_TEST

START_TEST(replicating_what_is_not_there_is_an_input_error)
{
	autoerror struct error *error = NULL;

	ck_fails(replicate(place_at("to"), place_at("from"), &error), error, "cannot copy");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "from");
	ck_assert_int_eq(mkfifo("from", 0600), 0);
	ck_fails(replicate(place_at("to"), place_at("from"), &error), error, "not a regular file");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_names(".", "from\n");
}
END_TEST

START_TEST(replicating_onto_a_full_disk_leaves_the_target_alone)
{
	autoerror struct error *error = NULL;

	if (!mount_small("small", "200k"))
		return;
	put("small/to/x", "old");
	put("from/a", "");
	put_sparse("from/b", 300000);
	ck_fails(replicate(place_at("small/to"), place_at("from"), &error), error, "No space left");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_names("small", "to\n");
	ck_content("small/to/x", "old");
	ck_fails(
	    replicate(place_at("small/file"), place_at("from/b"), &error), error, "No space left");
	ck_names("small", "to\n");
}
END_TEST

SUITE("image/directory", the_time_of_an_image_is_the_epoch_of_the_environment,
    an_epoch_that_is_no_time_is_a_usage_error, modes_and_times_depend_on_nothing_around,
    directories_of_any_depth_have_their_places, an_interrupt_ends_the_work_on_directories,
    times_before_and_after_32_bits_are_kept, what_is_there_already_is_not_overwritten,
    a_file_that_cannot_be_read_is_an_input_error_and_leaves_nothing,
    a_copy_has_every_byte_of_any_size, a_file_of_another_size_than_it_had_is_an_input_error,
    a_file_from_another_file_system_is_copied,
    a_file_that_cannot_be_written_is_a_system_error_and_leaves_nothing,
    a_full_disk_is_a_system_error_and_leaves_nothing,
    only_what_is_empty_marked_or_missing_may_be_replaced,
    what_cannot_be_examined_is_an_error_not_an_answer, a_finished_image_may_be_replaced,
    a_source_may_have_the_name_of_the_marker, replicating_a_tree_copies_all_that_is_in_it,
    replicating_replaces_the_target_whole, replicating_a_file_copies_it,
    replicating_within_and_around_the_origin_works,
    what_must_not_be_replicated_leaves_the_target_alone,
    replicating_what_is_not_there_is_an_input_error,
    replicating_onto_a_full_disk_leaves_the_target_alone)
