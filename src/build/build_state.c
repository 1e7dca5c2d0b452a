#include "build/build_state.h"

#include <errno.h>

#include "base/array.h"
#include "base/file.h"

/* The number is the version of the format. */
static const char magic[] = "kiln state 2\n";

#define MAGIC_SIZE (sizeof(magic) - 1)
#define HEADER_SIZE (MAGIC_SIZE + HASH_SIZE)

#define STATE_LIMIT ((size_t)1 << 30)

/* The fewest bytes of a packed input and need. Counts are checked against them before allocation.
 */
#define INPUT_MIN_SIZE (1 + 1 + 7 + HASH_SIZE + 1)
#define NEED_MIN_SIZE (1 + HASH_SIZE)

static void unpack_input(const struct build_state *state, struct unpacker *unpacker,
    struct arena *arena, struct record_input *ret)
{
	uint64_t flags;

	ret->path = unpack_string(unpacker);
	flags = unpack_number(unpacker);
	if (flags > 3)
		unpacker->is_bad = true;
	ret->is_reliable = flags & 1;
	ret->has_unit = flags & 2;
	unpack_stamp(unpacker, &ret->stamp);
	unpack_hash(unpacker, &ret->content);
	if (!ret->has_unit)
		return;
	unpack_hash(unpacker, &ret->unit);
	unpack_stamp(unpacker, &ret->unit_stamp);
	dependencies_unpack(
	    unpacker, state->dependencies, state->dependency_count, arena, &ret->dependencies);
}

static void unpack_record(const struct build_state *state, struct unpacker *unpacker,
    struct arena *arena, struct record *ret)
{
	ret->image = unpack_string(unpacker);
	ret->project = unpack_string(unpacker);
	ret->factor = unpack_string(unpacker);
	ret->form = unpack_string(unpacker);
	ret->declaration = unpack_string(unpacker);
	unpack_hash(unpacker, &ret->config);
	unpack_hash(unpacker, &ret->key);
	unpack_hash(unpacker, &ret->content);
	unpack_stamp(unpacker, &ret->stamp);
	ret->input_count = unpack_count(unpacker, INPUT_MIN_SIZE);
	ret->inputs = arena_zalloc(arena, ret->input_count, sizeof(*ret->inputs));
	for (size_t i = 0; i < ret->input_count; i++)
		unpack_input(state, unpacker, arena, &ret->inputs[i]);
	ret->need_count = unpack_count(unpacker, NEED_MIN_SIZE);
	ret->needs = arena_zalloc(arena, ret->need_count, sizeof(*ret->needs));
	for (size_t i = 0; i < ret->need_count; i++) {
		ret->needs[i].image = unpack_string(unpacker);
		unpack_hash(unpacker, &ret->needs[i].content);
	}
}

static void unpack_dependencies(struct build_state *state, struct unpacker *unpacker)
{
	size_t count = unpack_count(unpacker, DEPENDENCY_MIN_SIZE);

	state->dependencies = xcalloc(count + 1, sizeof(*state->dependencies));
	for (; state->dependency_count < count && !unpacker->is_bad; state->dependency_count++)
		dependency_unpack(unpacker, &state->dependencies[state->dependency_count]);
	if (!dependencies_are_sorted(state->dependencies, state->dependency_count))
		unpacker->is_bad = true;
}

/* Enter each record, which its length precedes, into the map. */
static void index_records(struct build_state *state, struct unpacker *unpacker)
{
	while (unpacker->at < unpacker->end && !unpacker->is_bad) {
		const unsigned char *place = unpacker->at;
		uint64_t len = unpack_number(unpacker);
		struct unpacker inside = {unpacker->at, unpacker->end, false};
		struct slice image;
		void **value;

		if (unpacker->is_bad || len > (size_t)(unpacker->end - unpacker->at)) {
			unpacker->is_bad = true;
			return;
		}
		inside.end = unpacker->at + len;
		image = unpack_string(&inside);
		value = map_at(&state->by_image, image);
		unpacker->is_bad = inside.is_bad || *value;
		*value = (void *)place; /* only read */
		unpacker->at += len;
	}
}

/* The bytes of a packed record, with its length. */
static struct slice raw_record(const struct build_state *state, const struct map_entry *entry)
{
	const unsigned char *place = entry->value;
	struct unpacker unpacker = {
	    place, (const unsigned char *)state->text.data + state->text.len, false};
	uint64_t len = unpack_number(&unpacker);

	return slice_of((const char *)place, (size_t)(unpacker.at - place) + (size_t)len);
}

struct record *build_state_entry(
    const struct build_state *state, const struct map_entry *entry, struct arena *arena)
{
	struct unpacker unpacker = unpacker_of(raw_record(state, entry));
	struct record *record = arena_zalloc(arena, 1, sizeof(*record));

	(void)unpack_number(&unpacker); /* the length */
	unpack_record(state, &unpacker, arena, record);
	return unpacker.is_bad || unpacker.at != unpacker.end ? NULL : record;
}

struct record *build_state_find(
    const struct build_state *state, struct slice image, struct arena *arena)
{
	const struct map_entry entry = {.key = image, .value = map_get(&state->by_image, image)};

	return entry.value ? build_state_entry(state, &entry, arena) : NULL;
}

const struct record_input *record_source(
    const struct record *record, struct slice path, size_t place)
{
	if (!record)
		return NULL;
	if (place < record->input_count && slice_equal(record->inputs[place].path, path))
		return &record->inputs[place];
	for (size_t i = 0; i < record->input_count; i++) {
		if (slice_equal(record->inputs[i].path, path))
			return &record->inputs[i];
	}
	return NULL;
}

static bool is_intact(struct slice text)
{
	struct hash hash;

	return text.len >= HEADER_SIZE && memcmp(text.data, magic, MAGIC_SIZE) == 0 &&
	       hash_compute(HASH_BLAKE2B, slice_from(text, HEADER_SIZE), &hash, NULL) == 0 &&
	       memcmp(text.data + MAGIC_SIZE, hash.bytes, HASH_SIZE) == 0;
}

/* Take the text over, and return true, if it is intact. */
static bool adopt_text(struct build_state *state, struct slice text, bool is_mapped)
{
	struct unpacker unpacker;

	if (!is_intact(text))
		return false;
	state->text = text;
	state->is_mapped = is_mapped;
	unpacker = unpacker_of(slice_from(text, HEADER_SIZE));
	unpack_dependencies(state, &unpacker);
	index_records(state, &unpacker);
	if (!unpacker.is_bad)
		return true;
	map_release(&state->by_image);
	free(state->dependencies);
	*state = (struct build_state){0};
	return false;
}

bool build_state_parse(struct build_state *state, struct str *text)
{
	if (!adopt_text(state, str_slice(text), false))
		return false;
	*text = STR_INIT;
	return true;
}

/* Whether an error is about what stands at the path, not about the system. Such an error has no
 * number, or one of these. */
static bool is_damage(const struct error *error)
{
	return !error->number || error->number == ELOOP || error->number == ENOTDIR;
}

int build_state_read(
    struct build_state *state, struct place place, bool *ret_damaged, struct error **err)
{
	autoerror struct error *error = NULL;
	struct slice text;

	*ret_damaged = false;
	if (file_map(place, STATE_LIMIT, &text, &error) < 0) {
		*ret_damaged = is_damage(error);
		if (*ret_damaged || error->number == ENOENT)
			return 0;
		error->kind = ERROR_SYSTEM;
		return fail_with(err, steal(&error));
	}
	*ret_damaged = !adopt_text(state, text, true);
	if (*ret_damaged)
		file_unmap(text);
	return 0;
}

static void pack_input(
    const struct dependency_table *table, const struct record_input *input, struct str *ret)
{
	pack_string(ret, input->path);
	pack_number(ret, (input->is_reliable ? 1u : 0) | (input->has_unit ? 2u : 0));
	pack_stamp(ret, &input->stamp);
	pack_hash(ret, &input->content);
	if (!input->has_unit)
		return;
	pack_hash(ret, &input->unit);
	pack_stamp(ret, &input->unit_stamp);
	dependencies_pack(table, &input->dependencies, ret);
}

static void pack_record(
    const struct dependency_table *table, const struct record *record, struct str *ret)
{
	pack_string(ret, record->image);
	pack_string(ret, record->project);
	pack_string(ret, record->factor);
	pack_string(ret, record->form);
	pack_string(ret, record->declaration);
	pack_hash(ret, &record->config);
	pack_hash(ret, &record->key);
	pack_hash(ret, &record->content);
	pack_stamp(ret, &record->stamp);
	pack_number(ret, record->input_count);
	for (size_t i = 0; i < record->input_count; i++)
		pack_input(table, &record->inputs[i], ret);
	pack_number(ret, record->need_count);
	for (size_t i = 0; i < record->need_count; i++) {
		pack_string(ret, record->needs[i].image);
		pack_hash(ret, &record->needs[i].content);
	}
}

/* The writing of one file. */
struct writing {
	const struct build_state *old;
	struct dependency_table table;
	struct arena arena; /* of records that have to be unpacked */
	struct str buffer;  /* in which each record is packed */
};

static void writing_release(struct writing *writing)
{
	dependency_table_release(&writing->table);
	arena_release(&writing->arena);
	str_release(&writing->buffer);
}

/* Add the dependencies of all records to the new table. An old record is copied as bytes if the old
 * state has no dependencies; else it is unpacked, as indices in the new table differ. Damaged ones
 * are left out. Returns the number of items kept. */
static size_t collect_dependencies(
    struct writing *writing, struct build_state_item *items, size_t count)
{
	bool has_table = writing->old && writing->old->dependency_count;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct build_state_item *item = &items[kept];

		*item = items[i];
		if (!item->record && has_table) {
			item->record = build_state_entry(
			    writing->old, item->entry, &writing->arena);
			if (!item->record)
				continue;
		}
		kept++;
		for (size_t k = 0; item->record && k < item->record->input_count; k++)
			dependency_table_add(
			    &writing->table, &item->record->inputs[k].dependencies);
	}
	dependency_table_close(&writing->table);
	return kept;
}

static void pack_item(struct writing *writing, const struct build_state_item *item, struct str *ret)
{
	struct str *buffer = &writing->buffer;

	if (!item->record) {
		str_add_slice(ret, raw_record(writing->old, item->entry));
		return;
	}
	str_truncate(buffer, 0);
	pack_record(&writing->table, item->record, buffer);
	pack_number(ret, buffer->len);
	str_add_slice(ret, str_slice(buffer));
}

static int compare_items(const void *a, const void *b)
{
	return slice_compare(((const struct build_state_item *)a)->image,
	    ((const struct build_state_item *)b)->image);
}

int build_state_write(const struct build_state *old, struct build_state_item *items, size_t count,
    struct str *ret, struct error **err)
{
	CLEANUP(writing_release) struct writing writing = {.old = old};
	size_t begin = ret->len;
	struct hash hash;

	count = collect_dependencies(&writing, items, count);
	array_sort(items, count, sizeof(*items), compare_items);
	str_add(ret, magic, MAGIC_SIZE);
	str_reserve(ret, HASH_SIZE);
	memset(ret->data + ret->len, 0, HASH_SIZE);
	ret->len += HASH_SIZE;
	pack_number(ret, writing.table.count);
	for (size_t i = 0; i < writing.table.count; i++)
		dependency_pack(writing.table.items[i], ret);
	for (size_t i = 0; i < count; i++)
		pack_item(&writing, &items[i], ret);
	if (hash_compute(HASH_BLAKE2B,
		slice_of(ret->data + begin + HEADER_SIZE, ret->len - begin - HEADER_SIZE), &hash,
		err) < 0)
		return -1;
	memcpy(ret->data + begin + MAGIC_SIZE, hash.bytes, HASH_SIZE);
	return 0;
}

void build_state_release(struct build_state *state)
{
	map_release(&state->by_image);
	free(state->dependencies);
	if (state->is_mapped)
		file_unmap(state->text);
	else
		free((char *)state->text.data);
	*state = (struct build_state){0};
}
