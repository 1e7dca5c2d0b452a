#include "process/state.h"

#include <errno.h>

#include "base/file.h"

/* The number is the version of the format. */
static const char magic[] = "kiln state 1\n";

#define MAGIC_SIZE (sizeof(magic) - 1)
#define HEADER_SIZE (MAGIC_SIZE + HASH_SIZE)

#define STATE_LIMIT ((size_t)1 << 30)

/* The least that an input and a need take, for checking counts before allocating. */
#define INPUT_LEAST (1 + 1 + 7 + HASH_SIZE + 1)
#define NEED_LEAST (1 + HASH_SIZE)

struct reader {
	const unsigned char *at;
	const unsigned char *end;
	bool is_bad;
};

/* Integers: seven bits a byte, the lowest first, the eighth bit set in all but the last. */
static uint64_t get_number(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (reader->at == reader->end)
			break;
		byte = *reader->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	reader->is_bad = true;
	return 0;
}

static struct slice get_bytes(struct reader *reader, size_t len)
{
	struct slice bytes = slice_of((const char *)reader->at, len);

	if ((size_t)(reader->end - reader->at) < len) {
		reader->is_bad = true;
		return slice_of("", 0);
	}
	reader->at += len;
	return bytes;
}

/* A string: its length, its bytes, and a NUL, so that it can be used where it is. */
static struct slice get_string(struct reader *reader)
{
	uint64_t len = get_number(reader);
	struct slice string;

	if (len >= (size_t)(reader->end - reader->at)) {
		reader->is_bad = true;
		return slice_of("", 0);
	}
	string = get_bytes(reader, (size_t)len);
	if (*reader->at++)
		reader->is_bad = true;
	return string;
}

static void get_hash(struct reader *reader, struct hash *ret)
{
	struct slice bytes = get_bytes(reader, HASH_SIZE);

	if (bytes.len == HASH_SIZE)
		memcpy(ret->bytes, bytes.data, HASH_SIZE);
}

static void get_time(struct reader *reader, struct timespec *ret)
{
	/* Zigzag: times before 1970 are negative. */
	uint64_t seconds = get_number(reader);

	ret->tv_sec = (time_t)((seconds >> 1) ^ (0 - (seconds & 1)));
	ret->tv_nsec = (long)get_number(reader);
}

static void get_state(struct reader *reader, struct source_state *ret)
{
	ret->size = get_number(reader);
	ret->inode = get_number(reader);
	ret->device = get_number(reader);
	get_time(reader, &ret->modified);
	get_time(reader, &ret->changed);
}

static void get_input(struct reader *reader, struct record_input *ret)
{
	uint64_t flags;

	ret->path = get_string(reader);
	flags = get_number(reader);
	if (flags > 3)
		reader->is_bad = true;
	ret->is_settled = flags & 1;
	ret->has_unit = flags & 2;
	get_state(reader, &ret->state);
	get_hash(reader, &ret->content);
	if (!ret->has_unit)
		return;
	get_hash(reader, &ret->unit);
	get_state(reader, &ret->unit_state);
}

/* A count of what takes `least` bytes each at least. */
static size_t get_count(struct reader *reader, size_t least)
{
	uint64_t count = get_number(reader);

	if (count > (size_t)(reader->end - reader->at) / least) {
		reader->is_bad = true;
		return 0;
	}
	return (size_t)count;
}

static void get_record(struct reader *reader, struct arena *arena, struct record *ret)
{
	ret->image = get_string(reader);
	ret->project = get_string(reader);
	ret->factor = get_string(reader);
	ret->form = get_string(reader);
	ret->declaration = get_string(reader);
	get_hash(reader, &ret->settings);
	get_hash(reader, &ret->key);
	get_hash(reader, &ret->content);
	get_state(reader, &ret->state);
	ret->input_count = get_count(reader, INPUT_LEAST);
	ret->inputs = arena_zalloc(arena, ret->input_count, sizeof(*ret->inputs));
	for (size_t i = 0; i < ret->input_count; i++)
		get_input(reader, &ret->inputs[i]);
	ret->need_count = get_count(reader, NEED_LEAST);
	ret->needs = arena_zalloc(arena, ret->need_count, sizeof(*ret->needs));
	for (size_t i = 0; i < ret->need_count; i++) {
		ret->needs[i].image = get_string(reader);
		get_hash(reader, &ret->needs[i].content);
	}
}

/* Each record has its length before it. */
static void index_records(struct state *state, struct reader *reader)
{
	while (reader->at < reader->end && !reader->is_bad) {
		const unsigned char *place = reader->at;
		uint64_t len = get_number(reader);
		struct reader inside = {reader->at, reader->end, false};
		struct slice image;
		void **value;

		if (reader->is_bad || len > (size_t)(reader->end - reader->at)) {
			reader->is_bad = true;
			return;
		}
		inside.end = reader->at + len;
		image = get_string(&inside);
		value = map_at(&state->by_image, image);
		reader->is_bad = inside.is_bad || *value;
		*value = (void *)place; /* nothing is written there */
		reader->at += len;
	}
}

/* The bytes of a record, with its length. */
static struct slice raw_record(const struct state *state, const struct map_entry *entry)
{
	const unsigned char *place = entry->value;
	struct reader reader = {
	    place, (const unsigned char *)state->text.data + state->text.len, false};
	uint64_t len = get_number(&reader);

	return slice_of((const char *)place, (size_t)(reader.at - place) + (size_t)len);
}

struct record *state_entry(
    const struct state *state, const struct map_entry *entry, struct arena *arena)
{
	struct slice raw = raw_record(state, entry);
	struct reader reader = {
	    (const unsigned char *)raw.data, (const unsigned char *)raw.data + raw.len, false};
	struct record *record = arena_zalloc(arena, 1, sizeof(*record));

	(void)get_number(&reader); /* the length */
	get_record(&reader, arena, record);
	return reader.is_bad || reader.at != reader.end ? NULL : record;
}

struct record *state_find(const struct state *state, struct slice image, struct arena *arena)
{
	const struct map_entry entry = {.key = image, .value = map_get(&state->by_image, image)};

	return entry.value ? state_entry(state, &entry, arena) : NULL;
}

static bool is_intact(struct slice text)
{
	struct hash hash;

	return text.len >= HEADER_SIZE && memcmp(text.data, magic, MAGIC_SIZE) == 0 &&
	       hash_compute(HASH_BLAKE2B, slice_of(text.data + HEADER_SIZE, text.len - HEADER_SIZE),
		   &hash, NULL) == 0 &&
	       memcmp(text.data + MAGIC_SIZE, hash.bytes, HASH_SIZE) == 0;
}

/* Take a text over, if it is good. */
static bool take_text(struct state *state, struct slice text, bool is_mapped)
{
	struct reader reader = {NULL, NULL, false};

	if (!is_intact(text))
		return false;
	state->text = text;
	state->is_mapped = is_mapped;
	reader.at = (const unsigned char *)text.data + HEADER_SIZE;
	reader.end = (const unsigned char *)text.data + text.len;
	index_records(state, &reader);
	if (!reader.is_bad)
		return true;
	map_release(&state->by_image);
	*state = (struct state){0};
	return false;
}

bool state_parse(struct state *state, struct str *text)
{
	if (!take_text(state, str_slice(text), false))
		return false;
	*text = STR_INIT;
	return true;
}

int state_read(struct state *state, const char *path, bool *ret_damaged, struct error **err)
{
	autoerror struct error *error = NULL;
	struct slice text;

	*ret_damaged = false;
	if (file_map(path, STATE_LIMIT, &text, &error) < 0) {
		if (error->number == ENOENT)
			return 0;
		error->kind = ERROR_SYSTEM;
		return fail_with(err, steal(&error));
	}
	*ret_damaged = !take_text(state, text, true);
	if (*ret_damaged)
		file_unmap(text);
	return 0;
}

static void put_number(struct str *ret, uint64_t value)
{
	char bytes[10];
	size_t len = 0;

	while (value >= 0x80) {
		bytes[len++] = (char)(value | 0x80);
		value >>= 7;
	}
	bytes[len++] = (char)value;
	str_add(ret, bytes, len);
}

static void put_string(struct str *ret, struct slice string)
{
	put_number(ret, string.len);
	str_add_slice(ret, string);
	str_addc(ret, '\0');
}

static void put_hash(struct str *ret, const struct hash *hash)
{
	str_add(ret, hash->bytes, HASH_SIZE);
}

static void put_time(struct str *ret, const struct timespec *time)
{
	uint64_t seconds = (uint64_t)time->tv_sec;

	put_number(ret, (seconds << 1) ^ (0 - (seconds >> 63)));
	put_number(ret, (uint64_t)time->tv_nsec);
}

static void put_state(struct str *ret, const struct source_state *state)
{
	put_number(ret, state->size);
	put_number(ret, state->inode);
	put_number(ret, state->device);
	put_time(ret, &state->modified);
	put_time(ret, &state->changed);
}

static void put_input(struct str *ret, const struct record_input *input)
{
	put_string(ret, input->path);
	put_number(ret, (input->is_settled ? 1u : 0) | (input->has_unit ? 2u : 0));
	put_state(ret, &input->state);
	put_hash(ret, &input->content);
	if (!input->has_unit)
		return;
	put_hash(ret, &input->unit);
	put_state(ret, &input->unit_state);
}

static void put_record(struct str *ret, const struct record *record)
{
	put_string(ret, record->image);
	put_string(ret, record->project);
	put_string(ret, record->factor);
	put_string(ret, record->form);
	put_string(ret, record->declaration);
	put_hash(ret, &record->settings);
	put_hash(ret, &record->key);
	put_hash(ret, &record->content);
	put_state(ret, &record->state);
	put_number(ret, record->input_count);
	for (size_t i = 0; i < record->input_count; i++)
		put_input(ret, &record->inputs[i]);
	put_number(ret, record->need_count);
	for (size_t i = 0; i < record->need_count; i++) {
		put_string(ret, record->needs[i].image);
		put_hash(ret, &record->needs[i].content);
	}
}

/* `buffer` is what each record is made in. */
static void put_item(
    const struct state *old, const struct state_item *item, struct str *buffer, struct str *ret)
{
	if (!item->record) {
		str_add_slice(ret, raw_record(old, item->entry));
		return;
	}
	str_truncate(buffer, 0);
	put_record(buffer, item->record);
	put_number(ret, buffer->len);
	str_add_slice(ret, str_slice(buffer));
}

static int compare_items(const void *a, const void *b)
{
	return slice_compare(
	    ((const struct state_item *)a)->image, ((const struct state_item *)b)->image);
}

int state_write(const struct state *old, struct state_item *items, size_t count, struct str *ret,
    struct error **err)
{
	autostr struct str buffer = STR_INIT;
	size_t begin = ret->len;
	struct hash hash;

	if (count)
		qsort(items, count, sizeof(*items), compare_items);
	str_add(ret, magic, MAGIC_SIZE);
	str_reserve(ret, HASH_SIZE);
	memset(ret->data + ret->len, 0, HASH_SIZE);
	ret->len += HASH_SIZE;
	for (size_t i = 0; i < count; i++)
		put_item(old, &items[i], &buffer, ret);
	if (hash_compute(HASH_BLAKE2B,
		slice_of(ret->data + begin + HEADER_SIZE, ret->len - begin - HEADER_SIZE), &hash,
		err) < 0)
		return -1;
	memcpy(ret->data + begin + MAGIC_SIZE, hash.bytes, HASH_SIZE);
	return 0;
}

void state_release(struct state *state)
{
	map_release(&state->by_image);
	if (state->is_mapped)
		file_unmap(state->text);
	else
		free((char *)state->text.data);
	*state = (struct state){0};
}
