#include "record/cached.h"

#include "../cache/caches.h"

/* A source of a project, in a directory. */
struct made {
	struct project project;
	struct record_source source;
	struct hash key;
};

static void make(struct made *ret, const char *origin, const char *interface)
{
	const struct record_settings settings = {.style = DOCSTRING_AUTO};
	autoerror struct error *error = NULL;

	ret->project = (struct project){.path = SLICE_LITERAL("p")};
	ret->source = (struct record_source){.project = &ret->project,
	    .factor = SLICE_LITERAL("a"),
	    .origin = origin,
	    .interface = interface};
	ck_ok(cached_key(&ret->source, &settings, "digest", &ret->key, &error), error);
}

static void add_note(struct notes *notes, const char *path, const char *message)
{
	struct error *note = NULL;

	(void)fail_at(&note, path, 1, 2, NULL, "%s", message); /* always -1 */
	notes_add(notes, note);
}

static bool get(struct cache *cache, const struct made *made, struct loaded *loaded,
    struct str *ret, struct notes *notes)
{
	autoerror struct error *error = NULL;
	bool is_found = true;

	ck_ok(cached_get(cache, &made->key, &made->source, loaded, ret, notes, &is_found, &error),
	    error);
	return is_found;
}

START_TEST(what_was_made_of_a_source_is_found_where_it_is_now)
{
	autocache struct cache cache = {0};
	autoloaded struct loaded loaded = {.bytes = STR_INIT}, found = {.bytes = STR_INIT};
	autonotes struct notes notes = {NULL, 0}, found_notes = {NULL, 0};
	autostr struct str summary = STR_INIT;
	autoerror struct error *error = NULL;
	struct made made;

	open_cache(&cache, NULL);
	make(&made, "old/a.py", "old/a.pyi");
	str_adds(&loaded.files.texts[0], "[]");
	str_adds(&loaded.interface_files.texts[DESCRIPTION_FILES - 1], "{}");
	add_note(&notes, "old/a.py", "first");
	add_note(&notes, "old/a.pyi", "second");
	ck_assert(!get(&cache, &made, &found, &summary, &found_notes));
	ck_ok(cached_put(&cache, &made.key, &made.source, &loaded, SLICE_LITERAL("summary"), &notes,
		  &error),
	    error);
	make(&made, "new/a.py", "new/a.pyi");
	ck_assert(get(&cache, &made, &found, &summary, &found_notes));
	ck_assert_str_eq(str_c(&summary), "summary");
	ck_assert_str_eq(str_c(&found.files.texts[0]), "[]");
	ck_assert_str_eq(str_c(&found.interface_files.texts[DESCRIPTION_FILES - 1]), "{}");
	ck_assert_uint_eq(found_notes.count, 2);
	ck_assert_str_eq(found_notes.items[0]->path, "new/a.py");
	ck_assert_str_eq(found_notes.items[1]->path, "new/a.pyi");
	ck_assert_str_eq(found_notes.items[1]->message, "second");
}
END_TEST

START_TEST(an_entry_of_anything_else_counts_as_missing)
{
	static const char *const entries[] = {"", "\x01", "\x01\x01", "\xff\xff\xff", "xyz"};
	autocache struct cache cache = {0};
	autoloaded struct loaded found = {.bytes = STR_INIT};
	autonotes struct notes notes = {NULL, 0};
	autostr struct str summary = STR_INIT;
	autoerror struct error *error = NULL;
	struct made made;
	struct hash content;

	open_cache(&cache, NULL);
	make(&made, "a.py", NULL);
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		ck_ok(cache_put_bytes(
			  &cache, &made.key, slice_c(entries[i]), false, true, &content, &error),
		    error);
		ck_assert(!get(&cache, &made, &found, &summary, &notes));
		ck_assert(!notes.count && !summary.len && !found.files.texts[0].data);
	}
}
END_TEST

SUITE("record/cached", what_was_made_of_a_source_is_found_where_it_is_now,
    an_entry_of_anything_else_counts_as_missing)
