#include "ship/compiled.h"

#include "cache/caches.h"
#include "ship/compiling.h"

#define TAG "cpython-311"
#define LEVEL_0 "out/__pycache__/m." TAG ".pyc"
#define LEVEL_1 "out/__pycache__/m." TAG ".opt-1.pyc"

/* A source with its bytecode in the bundle `out`, and a cache. */
struct fixture {
	struct item item;
	struct compile_options options;
	struct compiled compiled;
	struct cache cache;
	struct warnings warnings;
};

/* Look for the entry; whether it was found. `notes` may be NULL. */
static bool get(struct fixture *fixture, struct notes *notes)
{
	autoerror struct error *error = NULL;
	autonotes struct notes none = {NULL, 0};
	bool found = true;

	ck_ok(compiled_get(&fixture->compiled, notes ? notes : &none, &found, &error), error);
	ck_assert_uint_eq(none.count, 0);
	return found;
}

static void set_up(struct fixture *fixture)
{
	*fixture = (struct fixture){.item = make_item("m.py", "x = 1\n"), .options = usual};
	fixture->options.levels[1] = true;
	open_cache(&fixture->cache, &fixture->warnings);
	fixture->options.cache = &fixture->cache;
	put_directory("out/__pycache__");
	fixture->compiled = (struct compiled){
	    .root = open("out", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	    .item = &fixture->item,
	    .options = &fixture->options,
	    .recorded = "m.py",
	    .bytes = SLICE_LITERAL("x = 1\n"),
	    .tag = TAG,
	    .identity = SLICE_LITERAL("an executable"),
	};
	ck_assert_int_ge(fixture->compiled.root, 0);
	ck_assert(!get(fixture, NULL)); /* sets the key */
}

static void fixture_release(struct fixture *fixture)
{
	cleanup_close(&fixture->compiled.root);
	cache_close(&fixture->cache);
	warnings_release(&fixture->warnings);
	release_item(&fixture->item);
}
#define WITH_FIXTURE                                     \
	CLEANUP(fixture_release) struct fixture fixture; \
	set_up(&fixture)

/* Store what is in the bundle, and remove it there. */
static void store_all(struct fixture *fixture, const struct notes *notes)
{
	static const struct notes none = {NULL, 0};
	autoerror struct error *error = NULL;

	put(LEVEL_0, "level 0");
	put(LEVEL_1, "level 1");
	ck_ok(compiled_put(&fixture->compiled, notes ? notes : &none, &error), error);
	ck_assert_int_eq(unlink(LEVEL_0), 0);
	ck_assert_int_eq(unlink(LEVEL_1), 0);
}

/* Replace the entry by other bytes. */
static void damage(struct fixture *fixture, struct slice bytes)
{
	autoerror struct error *error = NULL;
	struct hash content;

	ck_ok(cache_put_bytes(
		  &fixture->cache, &fixture->compiled.key, bytes, false, true, &content, &error),
	    error);
}

/* The bytes of the entry. */
static void read_entry(struct fixture *fixture, struct str *ret)
{
	autoerror struct error *error = NULL;
	bool found;

	ck_ok(cache_get_bytes(
		  &fixture->cache, &fixture->compiled.key, ret, &found, NULL, NULL, &error),
	    error);
	ck_assert(found);
}

static void ck_nothing_in_bundle(void)
{
	ck_assert(!suite_exists(LEVEL_0));
	ck_assert(!suite_exists(LEVEL_1));
}

START_TEST(what_was_stored_comes_back_with_its_warnings)
{
	autonotes struct notes notes = {NULL, 0}, found = {NULL, 0};
	struct error *note = NULL;
	WITH_FIXTURE;

	(void)fail_at(&note, "elsewhere/m.py", 7, 3, NULL, "odd"); /* always -1 */
	notes_add(&notes, note);
	store_all(&fixture, &notes);
	ck_assert(get(&fixture, &found));
	suite_expect(LEVEL_0, "level 0");
	suite_expect(LEVEL_1, "level 1");
	ck_assert_uint_eq(found.count, 1);
	ck_assert_str_eq(found.items[0]->path, fixture.item.origin);
	ck_assert_str_eq(found.items[0]->message, "odd");
	ck_assert_int_eq(found.items[0]->line, 7);
	ck_no_warning(fixture.warnings);
}
END_TEST

START_TEST(anything_else_of_the_key_finds_nothing)
{
	WITH_FIXTURE;
	struct compiled other;

	store_all(&fixture, NULL);
	other = fixture.compiled;
	fixture.compiled.bytes = SLICE_LITERAL("x = 2\n");
	ck_assert(!get(&fixture, NULL));
	fixture.compiled = other;
	fixture.compiled.recorded = "n.py";
	ck_assert(!get(&fixture, NULL));
	fixture.compiled = other;
	fixture.compiled.identity = SLICE_LITERAL("another executable");
	ck_assert(!get(&fixture, NULL));
	fixture.compiled = other;
	fixture.options.levels[2] = true;
	ck_assert(!get(&fixture, NULL));
	fixture.options.levels[2] = false;
	fixture.options.check = CHECK_TIME;
	ck_assert(!get(&fixture, NULL));
	ck_nothing_in_bundle();
	fixture.options.check = CHECK_UNCHECKED_HASH;
	ck_assert(get(&fixture, NULL));
}
END_TEST

START_TEST(a_truncated_or_longer_entry_is_missing)
{
	autostr struct str entry = STR_INIT;
	WITH_FIXTURE;

	store_all(&fixture, NULL);
	read_entry(&fixture, &entry);
	for (size_t len = 0; len < entry.len; len++) {
		damage(&fixture, slice_of(entry.data, len));
		ck_assert_msg(!get(&fixture, NULL), "%zu bytes", len);
		ck_nothing_in_bundle();
	}
	str_addc(&entry, 'x');
	damage(&fixture, str_slice(&entry));
	ck_assert(!get(&fixture, NULL));
	ck_nothing_in_bundle();
}
END_TEST

START_TEST(an_entry_of_something_else_is_missing)
{
	static const struct slice entries[] = {{"", 0}, {"\0", 1}, {"\377\377\377\377", 4},
	    {"\377\377\377\377\377\377\377\377\377\377\377\377", 12}, {"#!/bin/sh\nexit\n", 15}};
	WITH_FIXTURE;

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		autonotes struct notes notes = {NULL, 0};

		damage(&fixture, entries[i]);
		ck_assert(!get(&fixture, &notes));
		ck_assert_uint_eq(notes.count, 0);
		ck_nothing_in_bundle();
	}
	store_all(&fixture, NULL); /* it replaces what cannot be read */
	ck_assert(get(&fixture, NULL));
}
END_TEST

START_TEST(every_changed_byte_gives_an_entry_or_none)
{
	autonotes struct notes notes = {NULL, 0};
	autostr struct str entry = STR_INIT;
	struct error *note = NULL;
	WITH_FIXTURE;

	(void)fail_at(&note, "m.py", 1, 0, NULL, "odd"); /* always -1 */
	notes_add(&notes, note);
	store_all(&fixture, &notes);
	read_entry(&fixture, &entry);
	for (size_t i = 0; i < entry.len; i++) {
		autonotes struct notes found = {NULL, 0};
		autofree char *bytes = xmemdup0(entry.data, entry.len);

		bytes[i] = (char)~bytes[i];
		damage(&fixture, slice_of(bytes, entry.len));
		if (!get(&fixture, &found)) {
			ck_assert_uint_eq(found.count, 0);
			ck_nothing_in_bundle();
			continue;
		}
		ck_assert_int_eq(unlink(LEVEL_0), 0);
		ck_assert_int_eq(unlink(LEVEL_1), 0);
	}
}
END_TEST

START_TEST(without_all_bytecode_nothing_is_stored)
{
	static const struct notes none = {NULL, 0};
	autoerror struct error *error = NULL;
	WITH_FIXTURE;

	put(LEVEL_0, "level 0");
	ck_ok(compiled_put(&fixture.compiled, &none, &error), error);
	ck_assert(!get(&fixture, NULL));
}
END_TEST

START_TEST(without_an_executable_s_identity_nothing_is_stored)
{
	WITH_FIXTURE;

	fixture.compiled.identity.len = 0;
	store_all(&fixture, NULL);
	ck_assert(!get(&fixture, NULL));
	fixture.compiled.identity = SLICE_LITERAL("an executable");
	ck_assert(!get(&fixture, NULL));
}
END_TEST

SUITE("ship/compiled", what_was_stored_comes_back_with_its_warnings,
    anything_else_of_the_key_finds_nothing, a_truncated_or_longer_entry_is_missing,
    an_entry_of_something_else_is_missing, every_changed_byte_gives_an_entry_or_none,
    without_all_bytecode_nothing_is_stored, without_an_executable_s_identity_nothing_is_stored)
