#include "build/manifest.h"

static const char magic[] = "kiln manifest 1\n";

#define MAGIC_SIZE (sizeof(magic) - 1)

/* The fewest bytes of a packed path with its content. */
#define ITEM_MIN_SIZE (3 + HASH_SIZE)

/* The key of the manifest's entry in the cache, which must differ from that of the result. */
static int entry_key(const struct hash *command, struct hash *ret, struct error **err)
{
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL("kiln manifest"));
	pack_hash(&text, command);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}

static void parse(struct manifest *manifest, struct unpacker *unpacker)
{
	size_t count = unpack_count(unpacker, ITEM_MIN_SIZE);
	uint64_t lists;

	manifest->items = arena_zalloc(&manifest->arena, count, sizeof(*manifest->items));
	for (; manifest->count < count; manifest->count++) {
		struct dependency *item = &manifest->items[manifest->count];

		item->path = unpack_path(unpacker);
		unpack_hash(unpacker, &item->content);
	}
	lists = unpack_number(unpacker);
	if (lists > MANIFEST_LISTS || !dependencies_are_sorted(manifest->items, manifest->count))
		unpacker->is_bad = true;
	for (; manifest->list_count < lists && !unpacker->is_bad; manifest->list_count++)
		dependencies_unpack(unpacker, manifest->items, manifest->count, &manifest->arena,
		    &manifest->lists[manifest->list_count]);
	if (unpacker->at != unpacker->end)
		unpacker->is_bad = true;
}

bool manifest_parse(struct manifest *manifest, struct str *bytes)
{
	struct unpacker unpacker = unpacker_of(str_slice(bytes));

	*manifest = (struct manifest){.bytes = *bytes};
	*bytes = STR_INIT;
	unpacker.is_bad = manifest->bytes.len < MAGIC_SIZE ||
			  memcmp(manifest->bytes.data, magic, MAGIC_SIZE) != 0;
	if (!unpacker.is_bad) {
		unpacker.at += MAGIC_SIZE;
		parse(manifest, &unpacker);
	}
	if (unpacker.is_bad)
		manifest_release(manifest);
	return !unpacker.is_bad;
}

int manifest_read(
    struct cache *cache, const struct hash *command, struct manifest *ret, struct error **err)
{
	autostr struct str bytes = STR_INIT;
	struct hash key;
	bool found;

	*ret = (struct manifest){0};
	if (!cache->is_open)
		return 0;
	if (entry_key(command, &key, err) < 0 ||
	    cache_get_bytes(cache, &key, &bytes, &found, NULL, NULL, err) < 0)
		return -1;
	if (found)
		(void)manifest_parse(ret, &bytes); /* a damaged one counts as missing */
	return 0;
}

static bool is_same(const struct dependencies *a, const struct dependencies *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!slice_equal(a->items[i]->path, b->items[i]->path) ||
		    memcmp(a->items[i]->content.bytes, b->items[i]->content.bytes, HASH_SIZE) != 0)
			return false;
	}
	return true;
}

/* Copy a list without stamps, which differ between machines. */
static struct dependencies strip(const struct dependencies *list, struct arena *arena)
{
	struct dependencies ret = {
	    arena_zalloc(arena, list->count, sizeof(*ret.items)), list->count};

	for (size_t i = 0; i < list->count; i++) {
		struct dependency *item = arena_zalloc(arena, 1, sizeof(*item));

		item->path = list->items[i]->path;
		item->content = list->items[i]->content;
		ret.items[i] = item;
	}
	return ret;
}

static void write_lists(const struct dependencies *lists, size_t count, struct str *ret)
{
	CLEANUP(dependency_table_release) struct dependency_table table = {0};

	for (size_t i = 0; i < count; i++)
		dependency_table_add(&table, &lists[i]);
	dependency_table_close(&table);
	str_add(ret, magic, MAGIC_SIZE);
	pack_number(ret, table.count);
	for (size_t i = 0; i < table.count; i++) {
		pack_string(ret, table.items[i]->path);
		pack_hash(ret, &table.items[i]->content);
	}
	pack_number(ret, count);
	for (size_t i = 0; i < count; i++)
		dependencies_pack(&table, &lists[i], ret);
}

int manifest_add(struct cache *cache, const struct hash *command, const struct dependencies *list,
    bool replaces, struct error **err)
{
	automanifest struct manifest before = {0};
	struct dependencies lists[MANIFEST_LISTS];
	autoarena struct arena arena = {0};
	autostr struct str bytes = STR_INIT;
	struct hash key, content;
	size_t count = 1;

	if (!cache->is_open)
		return 0;
	if (!replaces && manifest_read(cache, command, &before, err) < 0)
		return -1;
	lists[0] = strip(list, &arena);
	for (size_t i = 0; i < before.list_count && count < MANIFEST_LISTS; i++) {
		if (!is_same(&before.lists[i], list))
			lists[count++] = before.lists[i];
	}
	write_lists(lists, count, &bytes);
	if (entry_key(command, &key, err) < 0)
		return -1;
	return cache_put_bytes(cache, &key, str_slice(&bytes), false, true, &content, err);
}

void manifest_release(struct manifest *manifest)
{
	arena_release(&manifest->arena);
	str_release(&manifest->bytes);
	*manifest = (struct manifest){0};
}
