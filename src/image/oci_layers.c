#include "image/oci_layers.h"

#include "base/path.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "image/glob.h"
#include "image/item_content.h"

struct distribution {
	const char *name; /* normalized */
	uint64_t size;
	size_t layer; /* an index plus 1, 0 if it has none of its own */
};

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
	struct distribution **list; /* in order of their paths */
	size_t count;
	struct map owners; /* path of a file, or of a dist-info -> its struct distribution */
	struct map filled; /* directories that are not empty */
	struct rule *rules;
	size_t rule_count;
	size_t rest, own; /* indices plus 1 of the last two layers */
};

static void splitter_release(struct splitter *splitter)
{
	free(splitter->list);
	map_release(&splitter->owners);
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

/* The files of a distribution are its own, by their names in RECORD: relative to the directory of
 * the dist-info. What a RECORD names outside of the image, or another has named, is passed over. */
static void claim_file(
    struct splitter *splitter, struct slice site, struct slice name, struct distribution *owner)
{
	autostr struct str joined = STR_INIT, path = STR_INIT;
	const char *key;
	void **value;

	if (name.data[0] == '/')
		return;
	path_join(&joined, site, name);
	path_normalize(&path, str_slice(&joined));
	if (!path_is_confined(str_slice(&path)))
		return;
	key = arena_copy(&splitter->arena, str_slice(&path));
	value = map_at(&splitter->owners, slice_of(key, path.len));
	if (!*value)
		*value = owner;
}

static int read_record(struct splitter *splitter, const struct item *item,
    struct distribution *owner, struct error **err)
{
	struct slice site = path_parent(path_parent(item->path));
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct record record = {0};
	struct place place;
	struct stat stat;
	int there = item_reader_look(&splitter->reader, item, &place, &stat, err);

	if (there <= 0)
		return there;
	if (file_read_place(place, RECORD_LIMIT, &text, NULL, err) < 0 ||
	    record_parse(str_slice(&text), place.shown, &arena, &record, err) < 0)
		return -1;
	for (size_t i = 0; i < record.count; i++)
		claim_file(splitter, slice_is(site, ".") ? slice_of("", 0) : site,
		    record.rows[i].path, owner);
	return 0;
}

/* Take the files of a distribution. One whose RECORD cannot be read has none but its dist-info. */
static int add_distribution(struct splitter *splitter, const struct item *item, struct error **err)
{
	struct distribution *found = arena_zalloc(&splitter->arena, 1, sizeof(*found));
	struct slice above = path_parent(item->path), name;
	autostr struct str normalized = STR_INIT;
	struct error *error = NULL;

	(void)distribution_is_dist_info(path_name(above), &name, NULL); /* it is */
	distribution_add_normalized(&normalized, name);
	found->name = arena_copy(&splitter->arena, str_slice(&normalized));
	splitter->list = xreallocarray(
	    splitter->list, splitter->count + 1, sizeof(*splitter->list));
	splitter->list[splitter->count++] = found;
	*map_at(&splitter->owners, above) = found;
	if (read_record(splitter, item, found, &error) == 0)
		return 0;
	if (error->kind != ERROR_INPUT)
		return fail_with(err, error);
	error_free(error);
	return 0;
}

/* Find the distributions: directories NAME-VERSION.dist-info with a RECORD. */
static int find_distributions(struct splitter *splitter, struct error **err)
{
	const struct plan *plan = splitter->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		struct slice above = path_parent(item->path);

		*map_at(&splitter->filled, above) = splitter;
		if (item->kind == ITEM_FILE && distribution_is_file(item->path, "RECORD") &&
		    add_distribution(splitter, item, err) < 0)
			return -1;
	}
	return 0;
}

/* The distribution that a file belongs to, or NULL. */
static struct distribution *owner_of(const struct splitter *splitter, struct slice path)
{
	struct distribution *owner = map_get(&splitter->owners, path);
	autostr struct str source = STR_INIT;

	if (!owner)
		owner = map_get(&splitter->owners, distribution_directory(path));
	if (!owner && path_add_source(&source, path, NULL))
		owner = map_get(&splitter->owners, str_slice(&source));
	return owner;
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
		struct distribution *owner = owner_of(splitter, item->path);
		uint64_t size;

		if (!owner || rule_for(splitter, item->path))
			continue;
		if (measure(splitter, item, &size, err) < 0)
			return -1;
		owner->size += size;
	}
	return 0;
}

static int compare_sizes(const void *a, const void *b)
{
	const struct distribution *const *first = a, *const *second = b;

	if ((*first)->size != (*second)->size)
		return (*first)->size < (*second)->size ? 1 : -1;
	return strcmp((*first)->name, (*second)->name);
}

/* Decide which distributions are large: the largest, as many as there may be. */
static int choose_large(struct splitter *splitter, struct error **err)
{
	size_t limit = splitter->split->limit, others = splitter->layers->count + 2;
	autofree struct distribution **sorted = xcalloc(splitter->count + 1, sizeof(*sorted));

	if (limit < others)
		return fail(err, ERROR_USAGE,
		    "an OCI image may have %d layers: its base and --layer leave no room for the "
		    "other files",
		    OCI_LAYERS_LIMIT);
	if (splitter->count)
		memcpy(sorted, splitter->list, splitter->count * sizeof(*sorted));
	qsort(sorted, splitter->count, sizeof(*sorted), compare_sizes);
	for (size_t i = 0; i < splitter->count && i < limit - others; i++)
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
	const struct distribution *owner = owner_of(splitter, item->path);
	uint64_t size;

	if (!layer && owner)
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

	add_rules(splitter);
	if (find_distributions(splitter, err) < 0 || measure_distributions(splitter, err) < 0 ||
	    choose_large(splitter, err) < 0)
		return -1;
	for (size_t i = 0; i < splitter->count; i++) {
		if (splitter->list[i]->layer) {
			(void)add_layer(splitter, splitter->list[i]->name);
			splitter->list[i]->layer = splitter->layers->count;
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
