#include "image/oci_layers.h"

#include "base/array.h"
#include "base/path.h"
#include "image/glob.h"
#include "image/item_content.h"
#include "image/oci_owners.h"

struct rule {
	size_t layer; /* an index */
	struct globs globs;
};

struct splitter {
	struct oci_layers *layers;
	const struct plan *plan;
	const struct oci_split *split;
	struct item_reader reader;
	struct arena arena;
	/* The layer of each is an index plus 1, 0 if it has none of its own. */
	struct oci_owners owners;
	struct map filled; /* directories that are not empty */
	struct rule *rules;
	size_t rule_count;
	size_t rest, own; /* indices plus 1 of the last two layers */
};

static void splitter_release(struct splitter *splitter)
{
	oci_owners_release(&splitter->owners);
	map_release(&splitter->filled);
	arena_release(&splitter->arena);
}

int oci_rule_check(const char *rule, struct error **err)
{
	const char *equals = strchr(rule, '=');

	if (equals && equals > rule && equals[1])
		return 0;
	return fail_bad_value("--layer", rule, "NAME=GLOB", err);
}

static struct oci_layer *add_layer(struct splitter *splitter, const char *name)
{
	struct oci_layers *layers = splitter->layers;
	struct oci_layer *layer;

	layers->list = xreallocarray(layers->list, layers->count + 1, sizeof(*layers->list));
	layer = &layers->list[layers->count++];
	*layer = (struct oci_layer){.name = arena_strdup(&layers->arena, name)};
	return layer;
}

/* A layer for each name of rules, in the order of the names. */
static void add_rules(struct splitter *splitter)
{
	const char *const *rules = splitter->split->rules;
	size_t count = 0;

	while (rules && rules[count])
		count++;
	splitter->rules = arena_zalloc(&splitter->arena, count + 1, sizeof(*splitter->rules));
	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(rules[i], '=');
		const char *name = arena_copy(
		    &splitter->arena, slice_of(rules[i], (size_t)(equals - rules[i])));
		struct rule *rule = &splitter->rules[splitter->rule_count++];
		const char *const patterns[] = {equals + 1, NULL};

		globs_init(&rule->globs, &splitter->arena, patterns);
		while (rule->layer < splitter->layers->count &&
		       strcmp(splitter->layers->list[rule->layer].name, name) != 0)
			rule->layer++;
		if (rule->layer == splitter->layers->count)
			(void)add_layer(splitter, name);
	}
}

/* Whether the item is an entry of a layer by itself, not only as what is above another. */
static bool is_entry(const struct splitter *splitter, const struct item *item)
{
	return item->kind != ITEM_DIRECTORY || !map_get(&splitter->filled, item->path);
}

/* The layer of the first rule that matches the path or a directory above it; an index plus 1. */
static size_t rule_for(const struct splitter *splitter, struct slice path)
{
	autofree char *copy = xmemdup0(path.data, path.len);

	for (size_t i = 0; i < splitter->rule_count; i++) {
		for (size_t len = 1; len <= path.len; len++) {
			char after = copy[len];
			bool matches;

			if (after && after != '/')
				continue;
			copy[len] = '\0';
			matches = globs_match(&splitter->rules[i].globs, slice_of(copy, len));
			copy[len] = after;
			if (matches)
				return splitter->rules[i].layer + 1;
		}
	}
	return 0;
}

static int measure(
    const struct splitter *splitter, const struct item *item, uint64_t *ret, struct error **err)
{
	struct place place;
	struct stat stat;
	int there;

	*ret = item->size;
	if (item->origin || item->target || item->kind == ITEM_DIRECTORY)
		return 0;
	there = item_reader_look(&splitter->reader, item, &place, &stat, err);
	if (there > 0)
		*ret = (uint64_t)stat.st_size;
	return there < 0 ? -1 : 0;
}

static int measure_distributions(struct splitter *splitter, struct error **err)
{
	for (size_t i = 0; i < splitter->plan->count; i++) {
		const struct item *item = splitter->plan->items[i];
		struct oci_owner *owner = oci_owner_of(&splitter->owners, item);
		uint64_t size;

		if (!owner || owner->is_own || rule_for(splitter, item->path))
			continue;
		if (measure(splitter, item, &size, err) < 0)
			return -1;
		owner->size += size;
	}
	return 0;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct oci_owner *const *first = a, *const *second = b;

	if ((*first)->size != (*second)->size)
		return (*first)->size < (*second)->size ? 1 : -1;
	return strcmp((*first)->name, (*second)->name);
}

/* Decide which distributions are large: the largest, as many as there may be. */
static int choose_large(struct splitter *splitter, struct error **err)
{
	size_t limit = splitter->split->limit, others = splitter->layers->count + 2;
	const struct oci_owners *owners = &splitter->owners;
	autofree struct oci_owner **sorted = xcalloc(owners->count + 1, sizeof(*sorted));

	if (limit < others)
		return fail(err, ERROR_USAGE,
		    "an OCI image may have %d layers: its base and --layer leave no room for the "
		    "other files",
		    OCI_LAYERS_LIMIT);
	if (owners->count)
		memcpy(sorted, owners->list, owners->count * sizeof(*sorted));
	array_sort(sorted, owners->count, sizeof(*sorted), compare_sizes);
	for (size_t i = 0; i < owners->count && i < limit - others; i++)
		sorted[i]->layer = sorted[i]->size >= OCI_LARGE;
	return 0;
}

static void add_item(struct splitter *splitter, struct oci_layer *layer, const struct item *item)
{
	autostr struct str path = STR_INIT;
	struct item *added;
	struct slice place;

	path_join(&path, splitter->split->prefix, item->path);
	added = plan_add(&layer->plan, item->kind, str_slice(&path));
	if (!added)
		return; /* a directory that is there as what is above another */
	place = added->path;
	*added = *item;
	added->path = place;
}

static int place_item(struct splitter *splitter, const struct item *item, struct error **err)
{
	size_t layer = rule_for(splitter, item->path);
	const struct oci_owner *owner = oci_owner_of(&splitter->owners, item);
	uint64_t size;

	if (!layer && owner && !owner->is_own)
		layer = owner->layer ? owner->layer : splitter->rest;
	if (!layer)
		layer = splitter->own;
	if (measure(splitter, item, &size, err) < 0)
		return -1;
	add_item(splitter, &splitter->layers->list[layer - 1], item);
	splitter->layers->list[layer - 1].size += size;
	return 0;
}

/* Remove the directories above the prefix: in a base they may be links. */
static void drop_above(struct plan *plan, struct slice prefix)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct slice rest;

		if (!path_below(prefix, plan->items[i]->path, &rest) || !rest.len)
			plan->items[kept++] = plan->items[i];
	}
	plan->count = kept;
}

/* Sort the entries, and remove layers without any. */
static void finish(struct splitter *splitter)
{
	struct oci_layers *layers = splitter->layers;
	const struct oci_split *split = splitter->split;
	size_t kept = 0;

	for (size_t i = 0; i < layers->count; i++) {
		struct oci_layer *layer = &layers->list[i];
		bool is_last = i + 1 == layers->count && !kept;

		if (is_last && !layer->plan.count && split->prefix.len)
			(void)plan_add(&layer->plan, ITEM_DIRECTORY, split->prefix);
		if (!layers->is_ordered)
			plan_finish(&layer->plan);
		if (split->has_base)
			drop_above(&layer->plan, split->prefix);
		if (layer->plan.count || is_last)
			layers->list[kept++] = *layer;
		else
			plan_release(&layer->plan);
	}
	layers->count = kept;
}

static bool is_sorted(const struct plan *plan)
{
	for (size_t i = 1; i < plan->count; i++)
		if (slice_compare(plan->items[i - 1]->path, plan->items[i]->path) > 0)
			return false;
	return true;
}

static int split_all(struct splitter *splitter, struct error **err)
{
	const struct plan *plan = splitter->plan;
	struct oci_owners *owners = &splitter->owners;

	add_rules(splitter);
	for (size_t i = 0; i < plan->count; i++)
		*map_at(&splitter->filled, path_parent(plan->items[i]->path)) = splitter;
	if (oci_owners_find(owners, plan, &splitter->reader, err) < 0 ||
	    measure_distributions(splitter, err) < 0 || choose_large(splitter, err) < 0)
		return -1;
	for (size_t i = 0; i < owners->count; i++) {
		if (owners->list[i]->layer) {
			(void)add_layer(splitter, owners->list[i]->name);
			owners->list[i]->layer = splitter->layers->count;
		}
	}
	(void)add_layer(splitter, "distributions");
	splitter->rest = splitter->layers->count;
	(void)add_layer(splitter, "application");
	splitter->own = splitter->layers->count;
	for (size_t i = 0; i < plan->count; i++)
		if (is_entry(splitter, plan->items[i]) &&
		    place_item(splitter, plan->items[i], err) < 0)
			return -1;
	finish(splitter);
	return 0;
}

int oci_layers_split(struct oci_layers *layers, const struct plan *plan, int stage,
    const struct oci_split *split, struct error **err)
{
	CLEANUP(splitter_release)
	struct splitter splitter = {
	    .layers = layers, .plan = plan, .split = split, .reader = {.stage = stage}};

	*layers = (struct oci_layers){.is_ordered = !is_sorted(plan)};
	return split_all(&splitter, err);
}

void oci_layers_release(struct oci_layers *layers)
{
	for (size_t i = 0; i < layers->count; i++)
		plan_release(&layers->list[i].plan);
	free(layers->list);
	arena_release(&layers->arena);
	*layers = (struct oci_layers){0};
}
