#include "suite.h"

#include <fcntl.h>

#include "build/record_input.h"

/* A state whose times lie back from now by this; negative ones lie in the future. */
static struct file_stamp aged(double modified, double changed)
{
	struct file_stamp stamp = {.size = 1, .inode = 2, .device = 3};
	double ages[] = {modified, changed};
	struct timespec *times[] = {&stamp.modified, &stamp.changed};

	for (int i = 0; i < 2; i++) {
		long long back = (long long)(ages[i] * 1e9);
		struct timespec now;
		long long all;

		ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
		all = now.tv_sec * 1000000000LL + now.tv_nsec - back;
		times[i]->tv_sec = all / 1000000000LL;
		times[i]->tv_nsec = all % 1000000000LL | 1; /* not that of a coarse clock */
	}
	return stamp;
}

START_TEST(a_stamp_is_reliable_when_its_times_lie_back_by_more_than_a_tick)
{
	struct file_stamp old = aged(5, 5), new = aged(0, 0), modified = aged(0, 5),
			  changed = aged(5, 0);

	ck_assert(file_stamp_is_reliable(&old));
	ck_assert(!file_stamp_is_reliable(&new));
	ck_assert(!file_stamp_is_reliable(&modified));
	ck_assert(!file_stamp_is_reliable(&changed));
}
END_TEST

START_TEST(times_in_the_future_are_never_settled)
{
	struct file_stamp soon = aged(-10, 5), late = aged(5, -1e6);

	ck_assert(!file_stamp_is_reliable(&soon));
	ck_assert(!file_stamp_is_reliable(&late));
}
END_TEST

START_TEST(times_of_whole_seconds_have_a_tick_of_two)
{
	struct file_stamp stamp = aged(1, 1), old = aged(10, 10), fine = aged(1, 1);

	stamp.modified.tv_nsec = stamp.changed.tv_nsec = 0;
	old.modified.tv_nsec = old.changed.tv_nsec = 0;
	ck_assert(file_stamp_is_reliable(&fine));
	ck_assert(!file_stamp_is_reliable(&stamp));
	ck_assert(file_stamp_is_reliable(&old));
}
END_TEST

START_TEST(states_are_equal_if_all_of_them_is)
{
	const struct file_stamp stamp = aged(5, 5);
	struct file_stamp other[7];

	ck_assert(file_stamp_equal(&stamp, &stamp));
	for (size_t i = 0; i < 7; i++)
		other[i] = stamp;
	other[0].size++;
	other[1].inode++;
	other[2].device++;
	other[3].modified.tv_sec++;
	other[4].modified.tv_nsec++;
	other[5].changed.tv_sec++;
	other[6].changed.tv_nsec++;
	for (size_t i = 0; i < 7; i++)
		ck_assert_msg(!file_stamp_equal(&stamp, &other[i]), "%zu", i);
}
END_TEST

START_TEST(a_state_is_what_stat_says)
{
	struct file_stamp stamp, taken;
	struct stat found;

	suite_put("file", "four");
	ck_assert_int_eq(stat("file", &found), 0);
	file_stamp_of(&found, &stamp);
	ck_assert_uint_eq(stamp.size, 4);
	ck_assert_uint_eq(stamp.inode, found.st_ino);
	ck_assert_uint_eq(stamp.device, found.st_dev);
	ck_assert_int_eq(stamp.modified.tv_nsec, found.st_mtim.tv_nsec);
	ck_assert_int_eq(stamp.changed.tv_nsec, found.st_ctim.tv_nsec);
	ck_assert(file_stamp_take(place_at("file"), &taken));
	ck_assert(file_stamp_equal(&stamp, &taken));
}
END_TEST

START_TEST(a_link_is_taken_as_it_is)
{
	struct file_stamp file, link;

	suite_put("file", "four");
	ck_assert_int_eq(symlink("file", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert(file_stamp_take(place_at("file"), &file));
	ck_assert(file_stamp_take(place_at("link"), &link));
	ck_assert(!file_stamp_equal(&file, &link));
	ck_assert(file_stamp_take(place_at("dangling"), &link));
	ck_assert(!file_stamp_take(place_at("nothing"), &link));
}
END_TEST

/* Give a file times that lie back. Its change stays that of now. */
static void set_back(const char *path)
{
	const struct timespec times[] = {{1000000000, 5}, {1000000000, 5}};

	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct record_input read_input(const char *path)
{
	autoerror struct error *error = NULL;
	struct record_input input = {.path = SLICE_LITERAL("kept")};

	ck_ok(record_input_read(path, &input, &error), error);
	ck_assert(slice_is(input.path, "kept"));
	return input;
}

START_TEST(a_source_that_was_just_written_is_not_settled)
{
	struct record_input input;

	suite_put("source", "x = 1\n");
	input = read_input("source");
	ck_assert(!input.is_reliable);
	set_back("source"); /* a restored backup: the change tells */
	input = read_input("source");
	ck_assert(!input.is_reliable);
	ck_assert_int_eq(usleep(60000), 0);
	input = read_input("source");
	ck_assert(input.is_reliable);
}
END_TEST

START_TEST(a_source_has_the_digest_of_its_content)
{
	struct record_input input;
	struct hash expected;

	suite_put("source", "x = 1\n");
	ck_assert_int_eq(hash_compute(HASH_BLAKE2B, SLICE_LITERAL("x = 1\n"), &expected, NULL), 0);
	input = read_input("source");
	ck_assert_mem_eq(input.content.bytes, expected.bytes, HASH_SIZE);
	ck_assert_uint_eq(input.stamp.size, 6);
}
END_TEST

START_TEST(what_cannot_be_read_is_an_error_of_the_input)
{
	autoerror struct error *error = NULL;
	struct record_input input = {0};

	ck_fails(record_input_read("nothing", &input, &error), error, "No such file");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
	ck_assert_str_eq(error->path, "nothing");
}
END_TEST

START_TEST(a_settled_source_is_the_same_by_its_state_alone)
{
	struct record_input input;

	suite_put("source", "x = 1\n");
	ck_assert_int_eq(usleep(60000), 0);
	input = read_input("source");
	ck_assert(input.is_reliable);
	memset(input.content.bytes, 0, HASH_SIZE); /* which is not looked at */
	ck_assert(record_input_is_same("source", &input));
	suite_put("source", "x = 1\n");
	ck_assert(!record_input_is_same("source", &input));
	ck_assert_int_eq(unlink("source"), 0);
	ck_assert(!record_input_is_same("source", &input));
}
END_TEST

START_TEST(another_source_is_the_same_by_its_content)
{
	struct record_input input;

	suite_put("source", "x = 1\n");
	input = read_input("source");
	input.is_reliable = false;
	ck_assert(record_input_is_same("source", &input));
	set_back("source");
	ck_assert(record_input_is_same("source", &input));
	suite_put("source", "x = 2\n");
	ck_assert(!record_input_is_same("source", &input));
	ck_assert_int_eq(unlink("source"), 0);
	ck_assert(!record_input_is_same("source", &input));
}
END_TEST

SUITE("build/record_input", a_stamp_is_reliable_when_its_times_lie_back_by_more_than_a_tick,
    times_in_the_future_are_never_settled, times_of_whole_seconds_have_a_tick_of_two,
    states_are_equal_if_all_of_them_is, a_state_is_what_stat_says, a_link_is_taken_as_it_is,
    a_source_that_was_just_written_is_not_settled, a_source_has_the_digest_of_its_content,
    what_cannot_be_read_is_an_error_of_the_input, a_settled_source_is_the_same_by_its_state_alone,
    another_source_is_the_same_by_its_content)
