#include "metrics/capture.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/hash.h"
#include "metrics/instrumented.h"

/* The head of a block; the numbers are in the byte order of the machine that counted. */
struct head {
	char magic[8];
	uint32_t version;
	uint32_t kind;
	uint64_t size;
	uint64_t number;
	uint64_t text_size;
	uint64_t counters;
	uint64_t count;
	uint64_t rate;
	unsigned char digest[HASH_SIZE];
};

enum { KIND_COVERAGE = 1, KIND_PROFILE = 2 };

/* The numbers of a counter of `profile`. */
#define CALL_NUMBERS 8
#define CALL_TIMES 4 /* the first of those that are times, up to the last */

/* A block whose counters are in the bytes of a map. */
struct capture_block {
	uint32_t kind;
	uint64_t number;
	struct slice module, isolation, identity;
	const struct instrumented *instrumented;
	const char *counters;
	size_t counter_count;
	uint64_t rate; /* of the clock's ticks in a second; 0: these are nanoseconds */
	bool is_swapped;
};

static uint64_t number_at(const struct capture_block *block, size_t index)
{
	uint64_t number;

	memcpy(&number, block->counters + index * sizeof(number), sizeof(number));
	return block->is_swapped ? __builtin_bswap64(number) : number;
}

static void swap_head(struct head *head)
{
	head->kind = __builtin_bswap32(head->kind);
	for (uint64_t *number = &head->size; number <= &head->rate; number++)
		*number = __builtin_bswap64(*number);
}

/* Take a line `WORD VALUE`. False, and nothing taken, if it has another word. */
static bool take_member(struct slice *rest, const char *word, struct slice *ret)
{
	struct slice after = *rest, line;
	size_t len = strlen(word);

	if (!rest->len || !slice_next(&after, '\n', &line) || !after.data ||
	    !slice_starts(line, slice_c(word)) || line.len <= len || line.data[len] != ' ')
		return false;
	*ret = slice_of(line.data + len + 1, line.len - len - 1);
	*rest = after;
	return true;
}

/* Read the text of a block. */
static int read_text(struct measures *measures, struct capture_block *block, struct slice rest,
    const struct head *head, const char *name, struct error **err)
{
	struct slice after = rest, line;

	if (!rest.len || !slice_next(&after, '\n', &line) || !slice_is(line, "kiln-counters 1") ||
	    !take_member(&after, "module", &block->module) ||
	    !take_member(&after, "isolation", &block->isolation) ||
	    !take_member(&after, "identity", &block->identity))
		return fail_at(err, name, 0, 0, NULL, "not the text of a map of counters");
	block->instrumented = instrumented_read(
	    measures, slice_of((const char *)head->digest, sizeof(head->digest)), after, name, err);
	return block->instrumented ? 0 : -1;
}

/* Whether the parts of a block lie in it. */
static bool is_sound(const struct head *head)
{
	return head->version == 1 && (head->kind == KIND_COVERAGE || head->kind == KIND_PROFILE) &&
	       head->size >= sizeof(*head) && head->text_size <= head->size - sizeof(*head) &&
	       head->counters % 8 == 0 && head->counters >= sizeof(*head) + head->text_size &&
	       head->counters <= head->size &&
	       head->count <= (head->size - head->counters) /
				  (head->kind == KIND_PROFILE ? 8 * CALL_NUMBERS : 8);
}

static void add_block(struct capture_maps *maps, const struct capture_block *block)
{
	if (maps->count == maps->capacity) {
		maps->capacity = maps->capacity ? 2 * maps->capacity : 16;
		maps->blocks = xreallocarray(maps->blocks, maps->capacity, sizeof(*maps->blocks));
	}
	maps->blocks[maps->count++] = *block;
}

/* Whether a map goes on with a block. A process that is killed before leaves zeros. */
static int has_block(struct slice map, const char *name, bool *ret, struct error **err)
{
	static const char magic[] = "kilnmap", none[sizeof(magic)] = "";
	size_t len = map.len < sizeof(magic) ? map.len : sizeof(magic);

	*ret = len && memcmp(map.data, none, len) != 0;
	if (*ret && memcmp(map.data, magic, len) != 0)
		return fail_at(err, name, 0, 0, NULL, "not a map of counters");
	return 0;
}

int capture_map(struct measures *measures, struct capture_maps *maps, struct slice map,
    const char *name, bool *ret_cut, struct error **err)
{
	bool has;

	*ret_cut = false;
	while (has_block(map, name, &has, err) == 0) {
		struct capture_block block = {.kind = 0};
		struct head head;

		if (!has)
			return 0;
		*ret_cut = map.len < sizeof(head);
		if (*ret_cut)
			return 0;
		memcpy(&head, map.data, sizeof(head));
		block.is_swapped = head.version == 1U << 24;
		if (block.is_swapped) {
			head.version = 1;
			swap_head(&head);
		}
		if (!is_sound(&head))
			return fail_at(err, name, 0, 0, NULL, "not a map of counters");
		*ret_cut = head.size > map.len;
		if (*ret_cut)
			return 0;
		block.kind = head.kind;
		block.number = head.number;
		block.counters = map.data + head.counters;
		block.counter_count = (size_t)head.count;
		block.rate = head.rate;
		if (read_text(measures, &block,
			slice_of(map.data + sizeof(head), (size_t)head.text_size), &head, name,
			err) < 0)
			return -1;
		add_block(maps, &block);
		map = slice_of(map.data + head.size, map.len - (size_t)head.size);
	}
	return -1;
}

static const struct capture_block *block_of(const struct capture_maps *maps, uint64_t number)
{
	size_t low = 0, high = maps->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (maps->blocks[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < maps->count && maps->blocks[low].number == number ? &maps->blocks[low] : NULL;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct capture_block *first = a, *second = b;

	return (first->number > second->number) - (first->number < second->number);
}

/* Append the name of an element with its module. */
static void add_element(const struct capture_block *block, uint64_t element, struct str *ret)
{
	if (!block || element >= block->instrumented->element_count)
		return;
	str_add_slice(ret, block->module);
	if (block->instrumented->elements[element].len) {
		str_addc(ret, '.');
		str_add_slice(ret, block->instrumented->elements[element]);
	}
}

/* Add calls: the numbers are those of a line `calls`. */
static void add_calls(
    struct measures *measures, const struct capture_maps *maps, const uint64_t numbers[9])
{
	const struct capture_block *block = block_of(maps, numbers[0]);
	autostr struct str element = STR_INIT;
	autostr struct str caller = STR_INIT;
	struct timing timing = {.calls = numbers[4],
	    .elapsed = numbers[5],
	    .residency = numbers[6],
	    .minimum = numbers[7],
	    .maximum = numbers[8]};

	add_element(block, numbers[1], &element);
	if (!element.len || !timing.calls)
		return;
	add_element(numbers[2] ? block_of(maps, numbers[2]) : NULL, numbers[3], &caller);
	timing.path = block->instrumented->measured->path;
	timing.element = str_slice(&element);
	timing.caller = str_slice(&caller);
	measures_time(measures, &timing);
}

/* Ticks as nanoseconds, at most the largest number. */
static uint64_t nanoseconds_of(const struct capture_block *block, uint64_t ticks)
{
	double result = block->rate ? (double)ticks / (double)block->rate * 1e9 : 0;

	if (!block->rate)
		return ticks;
	return result < (double)UINT64_MAX ? (uint64_t)result : UINT64_MAX;
}

static void add_profile(
    struct measures *measures, const struct capture_maps *maps, const struct capture_block *block)
{
	for (size_t i = 0; i < block->counter_count; i++) {
		uint64_t numbers[1 + CALL_NUMBERS] = {block->number};

		for (size_t j = 0; j < CALL_NUMBERS; j++)
			numbers[1 + j] = number_at(block, i * CALL_NUMBERS + j);
		for (size_t j = CALL_TIMES; j < CALL_NUMBERS; j++)
			numbers[1 + j] = nanoseconds_of(block, numbers[1 + j]);
		if (numbers[1]-- != 0)
			add_calls(measures, maps, numbers);
	}
}

static struct origin origin_of(const struct capture_block *block, struct slice identity)
{
	return (struct origin){identity.data ? identity : block->identity, block->isolation};
}

/* Add the count of a counter to the areas that it counts. */
static void add_count(const struct sums *sums, const struct instrumented *instrumented,
    uint64_t counter, uint64_t count)
{
	if (counter >= instrumented->counter_count || !count)
		return;
	for (uint32_t i = instrumented->firsts[counter]; i < instrumented->firsts[counter + 1]; i++)
		sums_add(sums, instrumented->areas[i], count);
}

/* Add what the counters of a block have. */
static void add_counters(struct measures *measures, const struct capture_maps *maps,
    const struct capture_block *block, struct slice identity)
{
	struct origin origin = origin_of(block, identity);
	struct sums sums;

	if (block->kind == KIND_PROFILE) {
		add_profile(measures, maps, block);
		return;
	}
	sums = measured_sums(measures, block->instrumented->measured, &origin);
	for (size_t i = 0; i < block->counter_count; i++)
		add_count(&sums, block->instrumented, i, number_at(block, i));
}

/* Take a number, and the space after it if there is one. */
static bool take_number(struct slice *rest, uint64_t *ret)
{
	struct slice word;

	return slice_next(rest, ' ', &word) && slice_number(word, ret);
}

/* Read BLOCK COUNTER COUNT COUNTER COUNT ... False if that is something else. */
static bool read_counts(struct measures *measures, const struct capture_maps *maps,
    struct slice rest, struct slice identity)
{
	const struct capture_block *block;
	uint64_t number, counter;
	struct origin origin;
	struct sums sums;

	if (!take_number(&rest, &number))
		return false;
	block = block_of(maps, number);
	if (!block || block->kind != KIND_COVERAGE) /* its file was cut off, or never written */
		return true;
	origin = origin_of(block, identity);
	sums = measured_sums(measures, block->instrumented->measured, &origin);
	while (rest.data) {
		if (!take_number(&rest, &counter) || !rest.data || !take_number(&rest, &number))
			return false;
		add_count(&sums, block->instrumented, counter, number);
	}
	return true;
}

static bool read_calls(
    struct measures *measures, const struct capture_maps *maps, struct slice rest)
{
	uint64_t numbers[9];

	for (size_t i = 0; i < 9; i++) {
		if (!take_number(&rest, &numbers[i]))
			return false;
	}
	add_calls(measures, maps, numbers);
	return true;
}

static int read_identities(struct measures *measures, const struct capture_maps *maps,
    struct slice text, const char *name, struct slice *ret_identity, struct error **err)
{
	struct slice value;
	bool is_right = true;

	for (long line = 1; text.len; line++) {
		if (take_member(&text, "identity", &value))
			*ret_identity = value;
		else if (take_member(&text, "counts", &value))
			is_right = read_counts(measures, maps, value, *ret_identity);
		else if (take_member(&text, "calls", &value))
			is_right = read_calls(measures, maps, value);
		else
			is_right = false;
		if (!is_right)
			return fail_at(err, name, line, 0, NULL, "wrong line");
	}
	return 0;
}

int capture_identities(struct measures *measures, struct capture_maps *maps,
    struct slice identities, const char *name, bool *ret_cut, struct error **err)
{
	/* Zeros follow where the process had room for more. */
	size_t whole = identities.len ? strnlen(identities.data, identities.len) : 0;
	const char *end = whole ? memrchr(identities.data, '\n', whole) : NULL;
	size_t len = end ? (size_t)(end - identities.data) + 1 : 0;
	struct slice identity = {NULL, 0};
	int result;

	*ret_cut = len < whole;
	array_sort(maps->blocks, maps->count, sizeof(*maps->blocks), compare_blocks);
	result = read_identities(
	    measures, maps, slice_of(identities.data, len), name, &identity, err);
	/* What is in the maps counts also where the other file is wrong. */
	for (size_t i = 0; i < maps->count; i++)
		add_counters(measures, maps, &maps->blocks[i], identity);
	return result;
}

void capture_maps_release(struct capture_maps *maps)
{
	free(maps->blocks);
	*maps = (struct capture_maps){NULL, 0, 0};
}
