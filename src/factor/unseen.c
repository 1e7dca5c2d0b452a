/* Paths that the search for projects and factors could not read. */
#include "factor/internal.h"

void unseen_add(struct map *unseen, struct arena *arena, struct slice path)
{
	path = arena_slice(arena, path);
	*map_at(unseen, path) = (void *)path.data;
}

static bool unseen_has(const struct map *unseen, struct slice path)
{
	for (; unseen->count; path = factor_path_parent(path)) {
		if (map_find(unseen, path))
			return true;
		if (!path.len)
			break;
	}
	return false;
}

bool unseen_has_below(const struct map *unseen, struct slice path)
{
	for (size_t i = 0; i < unseen->count; i++) {
		struct slice other = unseen->entries[i].key;

		if (!path.len || (slice_starts(other, path) &&
				     (other.len == path.len || other.data[path.len] == '.')))
			return true;
	}
	return unseen_has(unseen, path);
}

bool product_is_unseen(const struct product *product, struct slice path)
{
	return unseen_has(&product->unseen, path);
}

bool project_is_unseen(const struct project *project, struct slice path)
{
	return unseen_has(&project->unseen, path);
}
