#include "suite.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "base/file.h"
#include "build/build_state.h"

/* Behind the magic is the checksum, behind that the dependencies, and where there are none their
 * number, a byte; behind those the records. */
#define HEADER_SIZE (sizeof("kiln state 2\n") - 1 + HASH_SIZE)
#define RECORDS (HEADER_SIZE + 1)

#define SAMPLE_STAMP                                                     \
	{                                                                \
		UINT64_MAX, 12345678901, 64770, {1700000000, 999999999}, \
		{                                                        \
			-1, 1                                            \
		}                                                        \
	}

static const struct file_stamp sample_stamp = SAMPLE_STAMP;

static struct hash hash_of(unsigned char byte)
{
	struct hash hash;

	memset(hash.bytes, byte, HASH_SIZE);
	return hash;
}

/* A record with all that one can have, of the arena. */
static struct record *make_record(struct arena *arena, const char *image)
{
	struct record *record = arena_zalloc(arena, 1, sizeof(*record));

	record->image = slice_c(image);
	record->project = SLICE_LITERAL("acme.press");
	record->factor = SLICE_LITERAL("feed.tray");
	record->form = SLICE_LITERAL("delineated");
	record->declaration = SLICE_LITERAL("a type\nand more\n");
	record->config = hash_of(1);
	record->key = hash_of(2);
	record->content = hash_of(3);
	record->stamp = sample_stamp;
	record->input_count = 2;
	record->inputs = arena_zalloc(arena, 2, sizeof(*record->inputs));
	record->inputs[0] = (struct record_input){
	    .path = SLICE_LITERAL("acme/press/tray.py"),
	    .is_reliable = true,
	    .stamp = sample_stamp,
	    .content = hash_of(4),
	    .has_unit = true,
	    .unit = hash_of(5),
	    .unit_stamp = sample_stamp,
	};
	record->inputs[1] = (struct record_input){
	    .path = SLICE_LITERAL("/elsewhere/\xff\n"), .content = hash_of(6)};
	record->need_count = 1;
	record->needs = arena_zalloc(arena, 1, sizeof(*record->needs));
	record->needs[0] = (struct record_need){SLICE_LITERAL("/p/.images/x.i"), hash_of(7)};
	return record;
}

static void write_records(struct record **records, size_t count, struct str *ret)
{
	autofree struct build_state_item *items = xcalloc(count + 1, sizeof(*items));
	autoerror struct error *error = NULL;
	size_t there = 0;

	for (size_t i = 0; i < count; i++) {
		if (records[i])
			items[there++] = (struct build_state_item){
			    records[i]->image, records[i], NULL};
	}
	ck_ok(build_state_write(NULL, items, there, ret, &error), error);
}

/* Whether a copy of the bytes is taken, with all its records. */
static bool is_taken(const struct str *text)
{
	autobuild_state struct build_state state = {0};
	autostr struct str copy = STR_INIT;
	bool taken;

	str_add_slice(&copy, str_slice(text));
	taken = build_state_parse(&state, &copy);
	ck_assert(taken || state.by_image.count == 0);
	for (size_t i = 0; taken && i < state.by_image.count; i++) {
		autoarena struct arena arena = {0};

		if (!build_state_entry(&state, &state.by_image.entries[i], &arena))
			return false;
	}
	return taken;
}

/* Make the checksum right again. */
static void sign(struct str *text)
{
	struct hash hash;

	ck_assert_int_eq(
	    hash_compute(HASH_BLAKE2B, slice_of(text->data + HEADER_SIZE, text->len - HEADER_SIZE),
		&hash, NULL),
	    0);
	memcpy(text->data + HEADER_SIZE - HASH_SIZE, hash.bytes, HASH_SIZE);
}

static void ck_stamp(const struct file_stamp *found, const struct file_stamp *expected)
{
	ck_assert_uint_eq(found->size, expected->size);
	ck_assert_uint_eq(found->inode, expected->inode);
	ck_assert_uint_eq(found->device, expected->device);
	ck_assert_int_eq(found->modified.tv_sec, expected->modified.tv_sec);
	ck_assert_int_eq(found->modified.tv_nsec, expected->modified.tv_nsec);
	ck_assert_int_eq(found->changed.tv_sec, expected->changed.tv_sec);
	ck_assert_int_eq(found->changed.tv_nsec, expected->changed.tv_nsec);
}

#define ck_slice(found, expected) ck_assert(slice_equal(found, expected))
#define ck_hash(found, expected) ck_assert_mem_eq((found).bytes, (expected).bytes, HASH_SIZE)

START_TEST(everything_of_a_record_is_read_again)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state state = {0};
	autostr struct str text = STR_INIT;
	struct record *written = make_record(&arena, ".images/a.i");
	const struct record *read;

	write_records(&written, 1, &text);
	ck_assert(build_state_parse(&state, &text));
	ck_assert_msg(!text.data, "the bytes are not taken over");
	read = build_state_find(&state, SLICE_LITERAL(".images/a.i"), &arena);
	ck_assert_ptr_nonnull(read);
	ck_slice(read->image, written->image);
	ck_slice(read->project, written->project);
	ck_slice(read->factor, written->factor);
	ck_slice(read->form, written->form);
	ck_slice(read->declaration, written->declaration);
	ck_hash(read->config, written->config);
	ck_hash(read->key, written->key);
	ck_hash(read->content, written->content);
	ck_stamp(&read->stamp, &written->stamp);
	ck_assert_uint_eq(read->input_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_slice(read->inputs[i].path, written->inputs[i].path);
		ck_assert(read->inputs[i].is_reliable == written->inputs[i].is_reliable);
		ck_assert(read->inputs[i].has_unit == written->inputs[i].has_unit);
		ck_stamp(&read->inputs[i].stamp, &written->inputs[i].stamp);
		ck_stamp(&read->inputs[i].unit_stamp, &written->inputs[i].unit_stamp);
		ck_hash(read->inputs[i].content, written->inputs[i].content);
		ck_hash(read->inputs[i].unit, written->inputs[i].unit);
	}
	ck_assert_uint_eq(read->need_count, 1);
	ck_slice(read->needs[0].image, written->needs[0].image);
	ck_hash(read->needs[0].content, written->needs[0].content);
	ck_assert_str_eq(read->image.data, ".images/a.i"); /* with a NUL */
}
END_TEST

START_TEST(records_are_sorted)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state state = {0};
	autostr struct str text = STR_INIT, other = STR_INIT;
	struct record *a = make_record(&arena, "a.i"), *b = make_record(&arena, "b.i"),
		      *ab = make_record(&arena, "a.i/b.i");
	struct record *first[] = {NULL, b, ab, NULL, a};
	struct record *second[] = {a, b, ab};

	write_records(first, 5, &text);
	write_records(second, 3, &other);
	ck_assert(slice_equal(str_slice(&text), str_slice(&other)));
	ck_assert(build_state_parse(&state, &text));
	ck_assert_uint_eq(state.by_image.count, 3);
	ck_assert(slice_is(state.by_image.entries[0].key, "a.i"));
	ck_assert(slice_is(state.by_image.entries[1].key, "a.i/b.i"));
	ck_assert(slice_is(state.by_image.entries[2].key, "b.i"));
}
END_TEST

START_TEST(entries_are_written_as_they_were)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state state = {0};
	autostr struct str text = STR_INIT, copy = STR_INIT, again = STR_INIT;
	struct record *records[] = {make_record(&arena, "a.i"), make_record(&arena, "b.i")};
	struct build_state_item items[2];

	write_records(records, 2, &text);
	str_add_slice(&copy, str_slice(&text));
	ck_assert(build_state_parse(&state, &copy));
	items[0] = (struct build_state_item){records[1]->image, records[1], NULL};
	items[1] = (struct build_state_item){
	    records[0]->image, NULL, map_find(&state.by_image, records[0]->image)};
	ck_assert_int_eq(build_state_write(&state, items, 2, &again, NULL), 0);
	ck_assert(slice_equal(str_slice(&text), str_slice(&again)));
	ck_assert_ptr_null(build_state_find(&state, SLICE_LITERAL("c.i"), &arena));
}
END_TEST

START_TEST(a_state_is_appended)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT, alone = STR_INIT;
	struct record *record = make_record(&arena, "a.i");

	str_adds(&text, "before");
	write_records(&record, 1, &text);
	write_records(&record, 1, &alone);
	ck_assert_mem_eq(text.data, "before", 6);
	ck_assert(slice_equal(slice_of(text.data + 6, text.len - 6), str_slice(&alone)));
}
END_TEST

START_TEST(any_changed_byte_and_any_length_is_damage)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record *record = make_record(&arena, "a.i");
	size_t len;

	write_records(&record, 1, &text);
	ck_assert(is_taken(&text));
	for (size_t i = 0; i < text.len; i++) {
		text.data[i] = (char)(text.data[i] ^ 4);
		ck_assert_msg(!is_taken(&text), "byte %zu", i);
		text.data[i] = (char)(text.data[i] ^ 4);
	}
	len = text.len;
	str_addc(&text, '\0');
	ck_assert(!is_taken(&text));
	for (; len > 0; len--) {
		str_truncate(&text, len - 1);
		ck_assert_msg(!is_taken(&text), "length %zu", len - 1);
	}
}
END_TEST

START_TEST(behind_a_right_checksum_only_whole_records_are_taken)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record *record = make_record(&arena, "a.i");
	size_t whole;

	write_records(&record, 1, &text);
	for (whole = text.len; text.len > RECORDS + 1;) {
		str_truncate(&text, text.len - 1);
		sign(&text);
		ck_assert_msg(!is_taken(&text), "length %zu of %zu", text.len, whole);
	}
	str_truncate(&text, RECORDS);
	sign(&text);
	ck_assert(is_taken(&text)); /* no records at all */
}
END_TEST

/* The length of a record, which is before it, has two bytes. */
#define LENGTH_SIZE 2

/* Set a byte of a record with a right checksum. */
static bool is_taken_with(size_t offset, unsigned char byte)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record *record = make_record(&arena, "a.i");

	write_records(&record, 1, &text);
	text.data[RECORDS + LENGTH_SIZE + offset] = (char)byte;
	sign(&text);
	return is_taken(&text);
}

START_TEST(strings_end_with_a_nul_and_numbers_with_their_last_byte)
{
	ck_assert(is_taken_with(1, 'b'));
	ck_assert(!is_taken_with(4, 'x')); /* the NUL behind "a.i" */
	ck_assert(!is_taken_with(0, 4));   /* a length that is another */
	ck_assert(!is_taken_with(0, 0xff));
}
END_TEST

START_TEST(an_image_stands_in_it_once)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT, twice = STR_INIT;
	struct record *record = make_record(&arena, "a.i");

	write_records(&record, 1, &text);
	str_add_slice(&twice, str_slice(&text));
	str_add(&twice, text.data + RECORDS, text.len - RECORDS);
	sign(&twice);
	ck_assert(!is_taken(&twice));
}
END_TEST

/* A record up to its counts of inputs and needs, which are these bytes. */
static bool is_count_taken(struct slice counts)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record *record = make_record(&arena, "a.i");
	size_t len;

	record->input_count = record->need_count = 0;
	write_records(&record, 1, &text);
	str_truncate(&text, text.len - 2);
	str_add_slice(&text, counts);
	len = text.len - RECORDS - LENGTH_SIZE;
	text.data[RECORDS] = (char)(len | 0x80);
	text.data[RECORDS + 1] = (char)(len >> 7);
	sign(&text);
	return is_taken(&text);
}

START_TEST(counts_beyond_the_file_are_refused_without_memory_for_them)
{
	ck_assert(is_count_taken(SLICE_LITERAL("\0\0")));
	ck_assert(!is_count_taken(SLICE_LITERAL("\1\0")));
	ck_assert(!is_count_taken(SLICE_LITERAL("\0\1")));
	ck_assert(!is_count_taken(SLICE_LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff\x7f")));
	ck_assert(!is_count_taken(SLICE_LITERAL("\0\xff\xff\xff\xff\xff\xff\xff\xff\x7f")));
	ck_assert(
	    !is_count_taken(SLICE_LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0")));
}
END_TEST

#define HEADER(path, is_reliable, byte)                              \
	{                                                            \
		{path, sizeof(path) - 1}, is_reliable, SAMPLE_STAMP, \
		{                                                    \
			{                                            \
				byte                                 \
			}                                            \
		}                                                    \
	}

/* What some units read; the last one is what became of the one before. */
static const struct dependency headers[] = {
    HEADER("/usr/include/a.h", true, 1),
    HEADER("/usr/include/b.h", true, 2),
    HEADER("/usr/include/c.h", false, 3),
    HEADER("press/tray.h", true, 4),
    HEADER("press/tray.h", true, 5),
};

/* Let the first input of a record have those whose digits are in `chosen`. */
static void set_dependencies(struct arena *arena, struct record *record, const char *chosen)
{
	struct dependencies *list = &record->inputs[0].dependencies;

	list->count = 0;
	list->items = arena_zalloc(arena, strlen(chosen), sizeof(*list->items));
	for (; *chosen; chosen++)
		list->items[list->count++] = &headers[*chosen - '0'];
}

static void ck_dependencies(const struct build_state *state, const char *image, const char *chosen)
{
	autoarena struct arena arena = {0};
	const struct record *record = build_state_find(state, slice_c(image), &arena);
	const struct dependencies *list;

	ck_assert_ptr_nonnull(record);
	list = &record->inputs[0].dependencies;
	ck_assert_uint_eq(list->count, strlen(chosen));
	for (size_t i = 0; i < list->count; i++)
		ck_assert(dependency_compare(list->items[i], &headers[chosen[i] - '0']) == 0);
	ck_assert_uint_eq(record->inputs[1].dependencies.count, 0);
}

START_TEST(a_dependency_of_many_units_stands_in_it_once)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state state = {0};
	autostr struct str text = STR_INIT;
	struct record *records[] = {
	    make_record(&arena, "a.i"), make_record(&arena, "b.i"), make_record(&arena, "c.i")};
	struct dependency copy = headers[1];

	set_dependencies(&arena, records[0], "0123");
	set_dependencies(&arena, records[1], "014");
	set_dependencies(&arena, records[2], "2");
	records[1]->inputs[0].dependencies.items[1] = &copy; /* the same, known twice */
	write_records(records, 3, &text);
	ck_assert_ptr_nonnull(memmem(text.data, text.len, "b.h", 3));
	ck_assert(build_state_parse(&state, &text));
	ck_assert_uint_eq(state.dependency_count, 5);
	ck_dependencies(&state, "a.i", "0123");
	ck_dependencies(&state, "b.i", "014");
	ck_dependencies(&state, "c.i", "2");
	ck_assert_str_eq(state.dependencies[0].path.data, "/usr/include/a.h"); /* with a NUL */
}
END_TEST

START_TEST(entries_keep_their_dependencies_in_another_table)
{
	autoarena struct arena arena = {0};
	autobuild_state struct build_state old = {0}, state = {0};
	autostr struct str text = STR_INIT, again = STR_INIT;
	struct record *records[] = {make_record(&arena, "a.i"), make_record(&arena, "b.i")};
	struct build_state_item items[2];

	set_dependencies(&arena, records[0], "02");
	set_dependencies(&arena, records[1], "23");
	write_records(records, 2, &text);
	ck_assert(build_state_parse(&old, &text));
	set_dependencies(&arena, records[0], "1");
	items[0] = (struct build_state_item){
	    records[1]->image, NULL, map_find(&old.by_image, records[1]->image)};
	items[1] = (struct build_state_item){records[0]->image, records[0], NULL};
	ck_assert_int_eq(build_state_write(&old, items, 2, &again, NULL), 0);
	ck_assert(build_state_parse(&state, &again));
	ck_assert_uint_eq(state.dependency_count, 3);
	ck_dependencies(&state, "a.i", "1");
	ck_dependencies(&state, "b.i", "23");
}
END_TEST

/* A list of dependencies, of five that there are. */
static bool is_list_taken(struct slice bytes)
{
	autoarena struct arena arena = {0};
	struct unpacker unpacker = unpacker_of(bytes);
	struct dependencies list;

	dependencies_unpack(&unpacker, headers, 5, &arena, &list);
	ck_assert(list.count <= 5);
	return !unpacker.is_bad && unpacker.at == unpacker.end;
}

START_TEST(places_beyond_the_dependencies_are_refused)
{
	ck_assert(is_list_taken(SLICE_LITERAL("\0")));
	ck_assert(is_list_taken(SLICE_LITERAL("\1\0\5")));
	ck_assert(is_list_taken(SLICE_LITERAL("\2\0\1\3\1")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\1\0\6")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\1\5\1")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\1\0\0")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\2\0\1\3\2")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\2\0\1")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\1\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1")));
	ck_assert(!is_list_taken(SLICE_LITERAL("\xff\xff\xff\xff\xff\xff\xff\x7f\0\1")));
}
END_TEST

static bool read_damaged(struct build_state *state, const char *path)
{
	autoerror struct error *error = NULL;
	bool damaged;

	ck_ok(build_state_read(state, place_at(path), &damaged, &error), error);
	return damaged;
}

START_TEST(a_file_that_does_not_exist_has_no_records)
{
	autobuild_state struct build_state state = {0};

	ck_assert(!read_damaged(&state, "nothing"));
	ck_assert_uint_eq(state.by_image.count, 0);
}
END_TEST

START_TEST(a_damaged_file_has_none_and_says_so)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	autobuild_state struct build_state empty = {0}, old = {0}, good = {0};
	struct record *record = make_record(&arena, "a.i");

	suite_put("empty", "");
	ck_assert(read_damaged(&empty, "empty"));
	suite_put("old", "kiln state 0\nwith something in it that is longer than a checksum");
	ck_assert(read_damaged(&old, "old"));
	ck_assert_uint_eq(old.by_image.count, 0);
	write_records(&record, 1, &text);
	ck_assert_int_eq(file_replace(place_at("good"), str_slice(&text), 0644, 0, NULL), 0);
	ck_assert(!read_damaged(&good, "good"));
	ck_assert_uint_eq(good.by_image.count, 1);
}
END_TEST

static void put_named(const char *path)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record *record = make_record(&arena, "a.i");

	write_records(&record, 1, &text);
	ck_assert_int_eq(file_replace(place_at(path), str_slice(&text), 0644, 0, NULL), 0);
}

START_TEST(what_cannot_be_a_state_is_a_damaged_one)
{
	static const char *const names[] = {
	    "directory", "fifo", "null", "large", "link", "file/state", "behind/state"};
	autoclose int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	suite_make("directory");
	suite_put("file", "x");
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	ck_assert_int_eq(mknod("null", S_IFCHR | 0644, makedev(1, 3)) == 0 || errno == EPERM, true);
	suite_put("large", "");
	ck_assert_int_eq(truncate("large", ((off_t)1 << 30) + 1), 0);
	put_named("good");
	suite_make("real");
	put_named("real/state");
	ck_assert_int_eq(symlink("good", "link"), 0);
	ck_assert_int_eq(symlink("real", "behind"), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autobuild_state struct build_state state = {0};
		autoerror struct error *error = NULL;
		bool damaged;

		if (!suite_exists(names[i]) && strcmp(names[i], "file/state") != 0)
			continue;
		ck_ok(build_state_read(
			  &state, place_below(here, names[i], names[i]), &damaged, &error),
		    error);
		ck_assert_msg(damaged, "'%s' is not damaged", names[i]);
		ck_assert_uint_eq(state.by_image.count, 0);
	}
}
END_TEST

START_TEST(what_the_system_cannot_read_is_an_error)
{
	autobuild_state struct build_state state = {0};
	autoerror struct error *error = NULL;
	bool damaged;

	put_named("state");
	suite_limit_descriptors(0);
	ck_fails(
	    build_state_read(&state, place_at("state"), &damaged, &error), error, "cannot open");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
	ck_assert_int_eq(error->number, EMFILE);
	ck_assert(!damaged);
}
END_TEST

SUITE("build/build_state", everything_of_a_record_is_read_again, records_are_sorted,
    entries_are_written_as_they_were, a_state_is_appended,
    any_changed_byte_and_any_length_is_damage, behind_a_right_checksum_only_whole_records_are_taken,
    strings_end_with_a_nul_and_numbers_with_their_last_byte, an_image_stands_in_it_once,
    counts_beyond_the_file_are_refused_without_memory_for_them,
    a_dependency_of_many_units_stands_in_it_once, entries_keep_their_dependencies_in_another_table,
    places_beyond_the_dependencies_are_refused, a_file_that_does_not_exist_has_no_records,
    a_damaged_file_has_none_and_says_so, what_cannot_be_a_state_is_a_damaged_one,
    what_the_system_cannot_read_is_an_error)
