#include "build/dependency.h"

#include "base/array.h"
#include "build/depfile.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_times(const struct timespec *a, const struct timespec *b)
{
	int by_seconds = compare_numbers((uint64_t)a->tv_sec, (uint64_t)b->tv_sec);

	return by_seconds ? by_seconds
			  : compare_numbers((uint64_t)a->tv_nsec, (uint64_t)b->tv_nsec);
}

static int compare_stamps(const struct file_stamp *a, const struct file_stamp *b)
{
	int result = compare_numbers(a->size, b->size);

	if (!result)
		result = compare_numbers(a->inode, b->inode);
	if (!result)
		result = compare_numbers(a->device, b->device);
	if (!result)
		result = compare_times(&a->modified, &b->modified);
	return result ? result : compare_times(&a->changed, &b->changed);
}

int dependency_compare(const struct dependency *a, const struct dependency *b)
{
	int result = slice_compare(a->path, b->path);

	if (!result)
		result = memcmp(a->content.bytes, b->content.bytes, HASH_SIZE);
	if (!result)
		result = compare_stamps(&a->stamp, &b->stamp);
	return result ? result : a->is_reliable - b->is_reliable;
}

/* The key of a dependency in the map: the bytes of its address. */
static struct slice pointer_bytes(const struct dependency *const *pointer)
{
	return slice_of((const char *)pointer, sizeof(*pointer));
}

void dependency_table_add(struct dependency_table *table, const struct dependencies *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct slice key = pointer_bytes(&list->items[i]);

		if (map_find(&table->indices, key))
			continue;
		key.data = arena_copy(&table->arena, key);
		(void)map_at(&table->indices, key);
		if (table->count == table->capacity) {
			table->capacity = table->capacity ? 2 * table->capacity : 64;
			table->items = xreallocarray(
			    table->items, table->capacity, sizeof(*table->items));
		}
		table->items[table->count++] = list->items[i];
	}
}

static int compare_items(const void *a, const void *b)
{
	return dependency_compare(
	    *(const struct dependency *const *)a, *(const struct dependency *const *)b);
}

void dependency_table_close(struct dependency_table *table)
{
	size_t kept = 0;

	array_sort(table->items, table->count, sizeof(*table->items), compare_items);
	for (size_t i = 0; i < table->count; i++) {
		const struct dependency *item = table->items[i];

		/* Equal dependencies get the same index. */
		if (!kept || dependency_compare(table->items[kept - 1], item) != 0)
			table->items[kept++] = item;
		*map_at(&table->indices, pointer_bytes(&item)) = (void *)(uintptr_t)kept;
	}
	table->count = kept;
}

/* The index of an item of the closed table. */
static size_t index_of(const struct dependency_table *table, const struct dependency *item)
{
	return (size_t)(uintptr_t)map_get(&table->indices, pointer_bytes(&item)) - 1;
}

/* The end of the run that begins with the item `begin` of the list; *ret_first is its first index.
 */
static size_t find_run(const struct dependency_table *table, const struct dependencies *list,
    size_t begin, size_t *ret_first)
{
	size_t end = begin + 1;

	*ret_first = index_of(table, list->items[begin]);
	while (end < list->count && index_of(table, list->items[end]) == *ret_first + end - begin)
		end++;
	return end;
}

void dependencies_pack(
    const struct dependency_table *table, const struct dependencies *list, struct str *ret)
{
	size_t runs = 0, last_end = 0, first, end;

	for (size_t i = 0; i < list->count; i = find_run(table, list, i, &first))
		runs++;
	pack_number(ret, runs);
	for (size_t i = 0; i < list->count; i = end) {
		end = find_run(table, list, i, &first);
		pack_number(ret, first - last_end);
		pack_number(ret, end - i);
		last_end = first + end - i;
	}
}

bool dependencies_are_sorted(const struct dependency *items, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (dependency_compare(&items[i - 1], &items[i]) >= 0)
			return false;
	}
	return true;
}

/* Check runs before memory for them is allocated; *ret_total is the number of their dependencies.
 */
static bool are_runs_good(struct unpacker unpacker, size_t runs, size_t count, size_t *ret_total)
{
	size_t last_end = 0;

	*ret_total = 0;
	for (size_t i = 0; i < runs; i++) {
		uint64_t gap = unpack_number(&unpacker), len = unpack_number(&unpacker);

		if (unpacker.is_bad || gap > count - last_end || !len ||
		    len > count - last_end - gap)
			return false;
		last_end += (size_t)(gap + len);
		*ret_total += (size_t)len;
	}
	return *ret_total <= DEPFILE_NAMES;
}

void dependencies_unpack(struct unpacker *unpacker, const struct dependency *items, size_t count,
    struct arena *arena, struct dependencies *ret)
{
	size_t runs = unpack_count(unpacker, 2), total, index = 0;

	*ret = (struct dependencies){NULL, 0};
	if (!are_runs_good(*unpacker, runs, count, &total))
		unpacker->is_bad = true;
	if (unpacker->is_bad || !runs)
		return;
	ret->items = arena_zalloc(arena, total, sizeof(*ret->items));
	for (size_t i = 0; i < runs; i++) {
		index += (size_t)unpack_number(unpacker);
		for (uint64_t len = unpack_number(unpacker); len; len--)
			ret->items[ret->count++] = &items[index++];
	}
}

void dependency_table_release(struct dependency_table *table)
{
	map_release(&table->indices);
	free(table->items);
	arena_release(&table->arena);
}

void dependency_pack(const struct dependency *dependency, struct str *ret)
{
	pack_string(ret, dependency->path);
	pack_number(ret, dependency->is_reliable);
	pack_stamp(ret, &dependency->stamp);
	pack_hash(ret, &dependency->content);
}

void dependency_unpack(struct unpacker *unpacker, struct dependency *ret)
{
	uint64_t is_reliable;

	ret->path = unpack_path(unpacker);
	is_reliable = unpack_number(unpacker);
	if (is_reliable > 1)
		unpacker->is_bad = true;
	ret->is_reliable = is_reliable;
	unpack_stamp(unpacker, &ret->stamp);
	unpack_hash(unpacker, &ret->content);
}

int dependencies_key(const struct hash *command, const struct dependencies *list, struct hash *ret,
    struct error **err)
{
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL("kiln dependencies"));
	pack_hash(&text, command);
	pack_number(&text, list->count);
	for (size_t i = 0; i < list->count; i++) {
		str_add_part(&text, list->items[i]->path);
		pack_hash(&text, &list->items[i]->content);
	}
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}
