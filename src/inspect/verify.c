#include "inspect/verify.h"

#include "base/path.h"
#include "distribution/name.h"
#include "distribution/record.h"

/* The RECORD that is being looked at. */
struct record_check {
	struct inspection *inspection;
	const struct image_entry *record;
	struct slice base; /* the directory that its paths are relative to */
	struct map named;  /* paths in the image that it names */
	struct arena arena;
	size_t unchecked;
};

static void check_release(struct record_check *check)
{
	map_release(&check->named);
	arena_release(&check->arena);
}

/* Find the entry of a row. NULL if there is none, which was told, unless the row is of this RECORD
 * itself. */
static const struct image_entry *find_row(struct record_check *check, const struct record_row *row)
{
	autostr struct str joined = STR_INIT;
	autostr struct str path = STR_INIT;
	const struct image_entry *entry;
	struct slice kept;

	path_join(&joined, check->base, row->path);
	path_normalize(&path, str_slice(&joined));
	kept = arena_slice(&check->arena, str_slice(&path));
	*map_at(&check->named, kept) = check;
	if (slice_equal(kept, check->record->path))
		return NULL;
	if (!path_is_confined(kept)) {
		inspect_fault(check->inspection, check->record->path,
		    "names '%.*s', which is outside of the image", (int)row->path.len,
		    row->path.data);
		return NULL;
	}
	entry = image_find(&check->inspection->contents, kept);
	if (!entry || entry->kind == IMAGE_DIRECTORY) {
		inspect_fault(check->inspection, check->record->path,
		    "names '%s', which is not in the image", kept.data);
		return NULL;
	}
	return entry;
}

static void check_row(struct record_check *check, const struct record_row *row)
{
	const struct image_entry *entry = find_row(check, row);
	char digest[RECORD_DIGEST_SIZE + 1], hex[2 * HASH_SIZE + 1];

	if (!entry || entry->kind != IMAGE_FILE)
		return;
	if (row->has_size && row->size != entry->size) {
		inspect_fault(check->inspection, entry->path, "has %llu bytes, but %llu by '%s'",
		    (unsigned long long)entry->size, (unsigned long long)row->size,
		    check->record->path.data);
		return;
	}
	if (!row->algorithm.len)
		return;
	if (!slice_is(row->algorithm, "sha256")) {
		check->unchecked++;
		return;
	}
	record_digest(&entry->sha256, digest);
	hash_hex(&entry->sha256, hex); /* as some programs write it */
	if (!slice_is(row->digest, digest) && !slice_is(row->digest, hex))
		inspect_fault(check->inspection, entry->path,
		    "is not the file that '%s' has the digest of", check->record->path.data);
}

/* What a RECORD does not name: itself, its signatures, by the specification of wheels. */
static bool may_be_unnamed(const struct record_check *check, struct slice path)
{
	struct slice rest;

	if (!slice_starts(path, check->record->path))
		return false;
	rest = slice_from(path, check->record->path.len);
	return !rest.len || slice_is(rest, ".jws") || slice_is(rest, ".p7s");
}

static void check_unnamed(struct record_check *check)
{
	const struct image_contents *contents = &check->inspection->contents;

	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		if (entry->kind != IMAGE_DIRECTORY && !map_get(&check->named, entry->path) &&
		    !may_be_unnamed(check, entry->path))
			inspect_fault(check->inspection, entry->path,
			    "is in the wheel, but not in its RECORD");
	}
}

/* Returns the number of digests that were not checked. */
static size_t check_record(struct inspection *inspection, const struct image_entry *entry)
{
	CLEANUP(check_release)
	struct record_check check = {.inspection = inspection, .record = entry};
	struct slice text = inspect_text(inspection, entry->path);
	autoerror struct error *problem = NULL;
	struct record record = {0};

	check.base = path_parent(path_parent(entry->path));
	if (record_parse(text, entry->path.data, &check.arena, &record, &problem) < 0) {
		inspect_fault(inspection, entry->path, "%s", problem->message);
		return 0;
	}
	for (size_t i = 0; i < record.count; i++)
		check_row(&check, &record.rows[i]);
	if (slice_ends(slice_c(inspection->contents.path), SLICE_LITERAL(".whl")))
		check_unnamed(&check);
	return check.unchecked;
}

void verify_records(struct inspection *inspection, size_t *ret_unchecked)
{
	const struct image_contents *contents = &inspection->contents;
	bool is_system = strcmp(contents->form, "OCI") == 0;

	*ret_unchecked = 0;
	for (size_t i = 0; i < contents->count; i++) {
		const struct image_entry *entry = contents->entries[i];

		if (entry->kind == IMAGE_FILE && distribution_is_file(entry->path, "RECORD"))
			*ret_unchecked += check_record(inspection, entry);
		if (entry->kind == IMAGE_LINK && !is_system &&
		    !path_link_is_confined(entry->path, slice_c(entry->target)))
			inspect_fault(inspection, entry->path, "leads out of the image: to '%s'",
			    entry->target);
	}
}
