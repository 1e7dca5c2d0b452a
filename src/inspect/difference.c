#include "inspect/difference.h"

#include "base/array.h"
#include "distribution/name.h"

/* One of the two images. */
struct side {
	const struct image_contents *contents;
	const struct packages *packages;
	size_t at; /* the index of the next entry */
};

struct comparison {
	struct differences *differences;
	struct side before, after;
	struct map groups; /* name -> index + 1 */
	size_t capacity, group_capacity;
};

/* The name under which two versions of a package are one. */
static void add_group_name(struct str *ret, const struct package *package)
{
	if (!package) {
		str_adds(ret, "/"); /* no package has this name */
	} else if (package->is_distribution) {
		distribution_add_normalized(ret, package->name);
		str_addc(ret, '/');
	} else {
		str_add_slice(ret, package->label);
	}
}

static size_t find_group(struct comparison *comparison, const struct package *package)
{
	struct differences *differences = comparison->differences;
	autostr struct str name = STR_INIT;
	void **place;
	char *key;

	add_group_name(&name, package);
	place = map_get(&comparison->groups, str_slice(&name));
	if (place)
		return (uintptr_t)place - 1;
	if (differences->group_count == comparison->group_capacity) {
		comparison->group_capacity = comparison->group_capacity
						 ? 2 * comparison->group_capacity
						 : 32;
		differences->groups = xreallocarray(
		    differences->groups, comparison->group_capacity, sizeof(*differences->groups));
	}
	differences->groups[differences->group_count] = (struct difference_group){
	    .label = package ? package->label : SLICE_LITERAL("empty directories")};
	key = arena_copy(&differences->arena, str_slice(&name));
	*map_at(&comparison->groups,
	    slice_of(key, name.len)) = (void *)(uintptr_t)++differences->group_count;
	return differences->group_count - 1;
}

/* The entry that a side is at, past those that do not count; NULL at the end. */
static const struct image_entry *current(struct side *side)
{
	while (side->at < side->contents->count) {
		const struct image_entry *entry = side->contents->entries[side->at];

		if (entry->kind != IMAGE_DIRECTORY || entry->is_empty)
			return entry;
		side->at++;
	}
	return NULL;
}

/* The package of the current entry; NULL for a directory. */
static const struct package *current_package(const struct side *side)
{
	size_t owner = side->packages->owners[side->at];

	return owner == PACKAGE_NONE ? NULL : &side->packages->items[owner];
}

static bool is_equal(const struct image_entry *a, const struct image_entry *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == IMAGE_LINK)
		return strcmp(a->target, b->target) == 0;
	if (a->kind == IMAGE_DIRECTORY)
		return true;
	return a->mode == b->mode && a->size == b->size &&
	       memcmp(a->sha256.bytes, b->sha256.bytes, HASH_SIZE) == 0;
}

static void add(struct comparison *comparison, const struct image_entry *before,
    const struct image_entry *after)
{
	struct differences *differences = comparison->differences;
	const struct side *side = after ? &comparison->after : &comparison->before;
	size_t group = find_group(comparison, current_package(side));

	if (differences->count == comparison->capacity) {
		comparison->capacity = comparison->capacity ? 2 * comparison->capacity : 64;
		differences->items = xreallocarray(
		    differences->items, comparison->capacity, sizeof(*differences->items));
	}
	differences->items[differences->count++] = (struct difference){before, after, group};
	*(!before    ? &differences->added
	    : !after ? &differences->removed
		     : &differences->changed) += 1;
}

static void compare_entries(struct comparison *comparison)
{
	for (;;) {
		const struct image_entry *before = current(&comparison->before);
		const struct image_entry *after = current(&comparison->after);
		int order;

		if (!before && !after)
			return;
		order = !before ? 1 : !after ? -1 : slice_compare(before->path, after->path);
		if (order || !is_equal(before, after))
			add(comparison, order <= 0 ? before : NULL, order >= 0 ? after : NULL);
		comparison->before.at += order <= 0;
		comparison->after.at += order >= 0;
	}
}

/* Note which packages the groups are of, on both sides. */
static void name_groups(struct comparison *comparison)
{
	const struct packages *sides[] = {comparison->before.packages, comparison->after.packages};

	for (size_t side = 0; side < 2; side++) {
		for (size_t i = 0; i < sides[side]->count; i++) {
			const struct package *package = &sides[side]->items[i];
			struct difference_group *groups = comparison->differences->groups;
			autostr struct str name = STR_INIT;
			uintptr_t index;

			add_group_name(&name, package);
			index = (uintptr_t)map_get(&comparison->groups, str_slice(&name));
			if (!index)
				continue;
			*(side ? &groups[index - 1].after : &groups[index - 1].before) = package;
		}
	}
}

static int compare_differences(const void *a, const void *b)
{
	const struct difference *first = a, *second = b;
	const struct image_entry *one = first->after ? first->after : first->before;
	const struct image_entry *other = second->after ? second->after : second->before;

	if (first->group != second->group)
		return first->group < second->group ? -1 : 1;
	return slice_compare(one->path, other->path);
}

struct order {
	struct difference_group group;
	size_t before; /* its index before sorting */
};

static int compare_groups(const void *a, const void *b)
{
	const struct order *first = a, *second = b;
	int order = slice_compare(first->group.label, second->group.label);

	return order ? order : (first->before > second->before) - (first->before < second->before);
}

static void sort(struct differences *differences)
{
	autofree struct order *order = xcalloc(differences->group_count + 1, sizeof(*order));
	autofree size_t *after = xcalloc(differences->group_count + 1, sizeof(*after));

	for (size_t i = 0; i < differences->group_count; i++)
		order[i] = (struct order){differences->groups[i], i};
	array_sort(order, differences->group_count, sizeof(*order), compare_groups);
	for (size_t i = 0; i < differences->group_count; i++) {
		differences->groups[i] = order[i].group;
		after[order[i].before] = i;
	}
	for (size_t i = 0; i < differences->count; i++)
		differences->items[i].group = after[differences->items[i].group];
	array_sort(differences->items, differences->count, sizeof(*differences->items),
	    compare_differences);
}

static void compare_blobs(struct comparison *comparison)
{
	const struct image_contents *before = comparison->before.contents;
	const struct image_contents *after = comparison->after.contents;
	automap struct map there = {0};

	for (size_t i = 0; i < before->blob_count; i++)
		*map_at(&there, slice_c(before->blobs[i].digest)) = comparison;
	for (size_t i = 0; i < after->blob_count; i++) {
		if (map_get(&there, slice_c(after->blobs[i].digest)))
			continue;
		*map_at(&there, slice_c(after->blobs[i].digest)) = comparison;
		comparison->differences->new_blobs++;
		comparison->differences->new_bytes += after->blobs[i].size;
	}
}

void differences_find(const struct inspection *before, const struct packages *before_packages,
    const struct inspection *after, const struct packages *after_packages, struct differences *ret)
{
	struct comparison comparison = {
	    .differences = ret,
	    .before = {&before->contents, before_packages, 0},
	    .after = {&after->contents, after_packages, 0},
	};

	compare_entries(&comparison);
	name_groups(&comparison);
	map_release(&comparison.groups);
	sort(ret);
	compare_blobs(&comparison);
}

void differences_release(struct differences *differences)
{
	free(differences->items);
	free(differences->groups);
	arena_release(&differences->arena);
}
