/* Resolve a factor's requirements to the factors and files that they mean. */
#include "base/path.h"
#include "factor/internal.h"
#include "factor/lines.h"
#include "factor/reference.h"

/* How many reference files may form a chain. */
#define CHAIN_LIMIT 100

/* A factor on the chain of references that is being followed. */
struct chain {
	const struct chain *above;
	const struct factor *factor;
	size_t depth;
};

struct resolution {
	struct factor *factor;
	struct arena *arena; /* key of a set */
	struct arena scratch;
	struct map seen;     /* "TYPE VALUE#ISOLATION" of each requirement found */
	struct map indexes;  /* "PROJECT PATH#ISOLATION" of each required index */
	struct map followed; /* the reference factors that were expanded */
	struct requirement *items;
	size_t count;
	size_t capacity;
};

static void resolution_release(struct resolution *resolution)
{
	free(resolution->items);
	map_release(&resolution->seen);
	map_release(&resolution->indexes);
	map_release(&resolution->followed);
	arena_release(&resolution->scratch);
}

/* Whether a text is new to a set, which borrows it. Repetitions are skipped, so they cost nothing.
 */
static bool is_first(struct map *map, struct slice text)
{
	void **place = map_at(map, text);
	bool first = !*place;

	*place = map;
	return first;
}

/* Add a requirement unless it was added before; `key` identifies it. */
static void add(struct resolution *resolution, const char *key, const struct requirement *item)
{
	struct slice name = slice_c(arena_strdup(&resolution->scratch, key));
	struct requirement *added;

	if (!is_first(&resolution->seen, name))
		return;
	if (resolution->count == resolution->capacity) {
		resolution->capacity = resolution->capacity ? 2 * resolution->capacity : 8;
		resolution->items = xreallocarray(
		    resolution->items, resolution->capacity, sizeof(*resolution->items));
	}
	added = &resolution->items[resolution->count++];
	*added = *item;
	added->isolation = arena_slice(resolution->arena, item->isolation);
}

static void add_item(struct resolution *resolution, const char *type, struct slice value)
{
	struct requirement item = {.type = slice_c(type), .isolation = {"", 0}};
	autostr struct str key = STR_INIT;

	str_addf(&key, "%s ", type);
	str_add_slice(&key, value);
	item.value = arena_slice(resolution->arena, value);
	add(resolution, str_c(&key), &item);
}

/* Add the requirements of a set of an `.sr` file. */
static void add_set(struct resolution *resolution, const struct system_set *set)
{
	static const struct {
		const char *directory, *name;
		bool is_path; /* the names are paths relative to the directory */
	} types[] = {
	    [SYSTEM_LIBRARY] = {FACTOR_TYPE_CONTEXT "system.directory",
		FACTOR_TYPE_CONTEXT "system.library-name", false},
	    [SYSTEM_INTERFACES] = {FACTOR_TYPE_CONTEXT "meta.sources",
		FACTOR_TYPE_CONTEXT "meta.sources", true},
	    [SYSTEM_FRAMEWORK] = {FACTOR_TYPE_CONTEXT "system.framework-directory",
		FACTOR_TYPE_CONTEXT "system.framework-name", false},
	};

	if (set->directory.len)
		add_item(resolution, types[set->kind].directory, set->directory);
	for (size_t i = 0; i < set->count; i++) {
		autostr struct str value = STR_INIT;

		if (types[set->kind].is_path)
			path_join(&value, set->directory, set->names[i]);
		else
			str_add_slice(&value, set->names[i]);
		add_item(resolution, types[set->kind].name, str_slice(&value));
	}
}

static int add_required(struct resolution *resolution, struct factor *factor,
    struct slice isolation, const struct chain *above, struct error **err);

/* Add all factors below an index; *ret_found tells whether the index has any. */
static int add_index(struct resolution *resolution, struct project *project, struct slice path,
    struct slice isolation, const struct chain *above, bool *ret_found, struct error **err)
{
	const char *key = arena_printf(&resolution->scratch, "%p %.*s#%.*s", (void *)project,
	    (int)path.len, path.data, (int)isolation.len, isolation.data);

	*ret_found = !is_first(&resolution->indexes, slice_c(key));
	if (*ret_found)
		return 0;
	for (size_t i = 0; i < project->factor_count; i++) {
		struct factor *factor = project->factors[i];

		if (!factor_is_below(factor, path))
			continue;
		*ret_found = true;
		/* An index that contains the requiring factor stands for the other factors in it.
		 */
		if (factor != resolution->factor &&
		    add_required(resolution, factor, isolation, above, err) < 0)
			return -1;
	}
	if (unseen_has_below(&project->unseen, path))
		return fail(err, ERROR_INPUT,
		    "cannot resolve the requirement '%.*s': a part of the project '%s' cannot be "
		    "read",
		    (int)path.len, path.data, project->identifier.data);
	return 0;
}

/* Add all factors of a path, or, if the path is an index, all factors below it. */
static int add_path(struct resolution *resolution, struct project *project, struct slice path,
    struct slice isolation, const struct chain *above, bool *ret_found, struct error **err)
{
	struct factor *factor;

	if (project_walk(project, err) < 0)
		return -1;
	factor = project_factor(project, path);
	*ret_found = factor != NULL;
	if (!factor)
		return add_index(resolution, project, path, isolation, above, ret_found, err);
	for (; factor; factor = factor->twin)
		if (add_required(resolution, factor, isolation, above, err) < 0)
			return -1;
	return 0;
}

static int follow_reference(struct resolution *resolution, const struct reference *reference,
    const char *name, const struct chain *chain, struct error **err)
{
	struct product *product = chain->factor->project->product;
	struct project *project;
	bool found;

	if (product_find_project(product, reference->project, &project, err) < 0)
		return -1;
	if (!project)
		return fail_at(err, name, reference->line, 0, NULL,
		    "no project '%.*s' in '%s' or in the products connected to it",
		    (int)reference->project.len, reference->project.data, product->path.data);
	if (add_path(resolution, project, reference->factor, reference->isolation, chain, &found,
		err) < 0)
		return -1;
	if (!found)
		return fail_at(err, name, reference->line, 0, NULL,
		    "no factor '%.*s' in the project '%s'", (int)reference->factor.len,
		    reference->factor.data, project->identifier.data);
	return 0;
}

/* The rest of the text after a reference. */
static struct slice text_of(const struct reference *reference)
{
	struct slice last = reference->isolation.len ? reference->isolation : reference->factor;

	return slice_of(
	    reference->project.data, (size_t)(last.data + last.len - reference->project.data));
}

static int follow_references(struct resolution *resolution, struct slice text, const char *name,
    const struct chain *chain, struct error **err)
{
	struct reference *references;
	automap struct map lines = {0};
	size_t count;

	if (references_parse(text, name, &resolution->scratch, &references, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (is_first(&lines, text_of(&references[i])) &&
		    follow_reference(resolution, &references[i], name, chain, err) < 0)
			return -1;
	return 0;
}

static int add_sets(
    struct resolution *resolution, struct slice text, const char *name, struct error **err)
{
	struct system_set *sets;
	size_t count;

	if (system_sets_parse(text, name, &resolution->scratch, &sets, &count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		add_set(resolution, &sets[i]);
	return 0;
}

/* Expand one source of a reference factor. */
static int follow_source(struct resolution *resolution, const struct source *source,
    const struct chain *chain, bool is_system, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct slice text;

	source_path(chain->factor, source, &path);
	if (declaration_read(str_c(&path), &resolution->scratch, &text, NULL, err) < 0)
		return fail_as(err, ERROR_INPUT); /* only its users fail */
	if (is_system)
		return add_sets(resolution, text, str_c(&path), err);
	return follow_references(resolution, text, str_c(&path), chain, err);
}

static void add_full_path(struct str *ret, const struct factor *factor)
{
	str_addf(ret, "%s/%s", factor->project->identifier.data, factor->path.data);
}

/* A chain must not be a circle, nor too long. */
static int check_chain(const struct chain *chain, struct error **err)
{
	const struct chain *found = chain->above;
	autostr struct str text = STR_INIT;
	autostr struct str place = STR_INIT;

	if (chain->depth > CHAIN_LIMIT)
		return fail(err, ERROR_INPUT, "chain of more than %d references to '%s'",
		    CHAIN_LIMIT, chain->factor->path.data);
	while (found && found->factor != chain->factor)
		found = found->above;
	if (!found)
		return 0;
	for (const struct chain *at = chain;; at = at->above) {
		autostr struct str rest = STR_INIT;

		str_add_slice(&rest, str_slice(&text));
		str_truncate(&text, 0);
		add_full_path(&text, at->factor);
		if (rest.len)
			str_adds(&text, " -> ");
		str_add_slice(&text, str_slice(&rest));
		if (at == found)
			break;
	}
	source_path(chain->factor, &chain->factor->sources[0], &place);
	return fail_at(err, str_c(&place), 0, 0, NULL, "references form a cycle: %s", str_c(&text));
}

static int follow(struct resolution *resolution, struct factor *factor, const struct chain *above,
    bool is_system, struct error **err)
{
	const struct chain chain = {above, factor, above ? above->depth + 1 : 1};
	if (check_chain(&chain, err) < 0)
		return -1;
	if (!is_first(&resolution->followed,
		slice_c(arena_printf(&resolution->scratch, "%p", (void *)factor))))
		return 0;
	for (size_t i = 0; i < factor->source_count; i++)
		if (follow_source(resolution, &factor->sources[i], &chain, is_system, err) < 0)
			return -1;
	return 0;
}

static int add_required(struct resolution *resolution, struct factor *factor,
    struct slice isolation, const struct chain *above, struct error **err)
{
	struct requirement item = {factor, factor->type, {"", 0}, isolation};
	autostr struct str key = STR_INIT;

	if (factor->is_incomplete)
		return fail(err, ERROR_INPUT,
		    "cannot use the required factor '%s' of the project '%s': a part of it cannot "
		    "be read",
		    factor->path.data, factor->project->identifier.data);
	if (slice_is(factor->type, FACTOR_REFERENCES))
		return follow(resolution, factor, above, false, err);
	if (slice_is(factor->type, FACTOR_SYSTEM_REFERENCES))
		return follow(resolution, factor, above, true, err);
	str_addf(&key, "%p#", (void *)factor);
	str_add_slice(&key, isolation);
	add(resolution, str_c(&key), &item);
	return 0;
}

/* Resolve a relative factor path; false if it leads out of the product. */
static bool make_full(const struct factor *factor, struct slice path, struct str *ret)
{
	struct slice full;

	str_addf(ret, "%s.%s", factor->project->path.data, factor->path.data);
	full = str_slice(ret);
	while (path.data[0] == '.') {
		if (full.len == 0)
			return false;
		full = factor_path_parent(full);
		path = slice_from(path, 1);
	}
	str_truncate(ret, full.len);
	if (full.len)
		str_addc(ret, '.');
	str_add_slice(ret, path);
	return true;
}

static int fail_line(
    const struct factor *factor, size_t index, const char *problem, struct error **err)
{
	const struct project *project = factor->project;
	autostr struct str place = STR_INIT;

	path_join(&place, project->product->path, project->directory);
	str_addc(&place, '/');
	add_replaced(&place, factor->path, '.', '/');
	str_adds(&place, "/.factor");
	return fail_at(
	    err, str_c(&place), 0, 0, NULL, "%s: '%s'", problem, factor->requirements[index].data);
}

/* Parse a requirement line of .factor: the project, and the reference. Strings are the arena's. */
static struct project *read_line(
    const struct factor *factor, size_t index, struct reference *ret, struct error **err)
{
	struct slice isolation = factor->requirements[index], path;
	struct project *project = factor->project;
	autostr struct str full = STR_INIT;

	(void)slice_next(&isolation, '#', &path);
	if (path.data[0] == '.')
		project = make_full(factor, path, &full)
			      ? product_split(project->product, str_slice(&full), &path)
			      : NULL;
	if (!project)
		return fail_null(fail_line(
		    factor, index, "required factor is in no project of the product", err));
	ret->project = project->identifier;
	ret->factor = arena_slice(&project->product->set->arena, path);
	ret->isolation = isolation.data ? isolation : slice_of("", 0);
	ret->line = 0;
	return project;
}

int factor_reference(
    const struct factor *factor, size_t index, struct reference *ret, struct error **err)
{
	return read_line(factor, index, ret, err) ? 0 : -1;
}

static int add_line(struct resolution *resolution, size_t index, struct error **err)
{
	struct reference reference;
	struct project *project = read_line(resolution->factor, index, &reference, err);
	bool found;

	if (!project)
		return -1;
	if (add_path(
		resolution, project, reference.factor, reference.isolation, NULL, &found, err) < 0)
		return -1;
	if (!found)
		return fail_line(resolution->factor, index, "required factor does not exist", err);
	return 0;
}

int factor_requirements(struct factor *factor, struct error **err)
{
	CLEANUP(resolution_release) struct resolution resolution = {.factor = factor};
	automap struct map lines = {0};

	if (factor->resolved)
		return 0;
	resolution.arena = &factor->project->product->set->arena;
	for (size_t i = 0; i < factor->requirement_count; i++)
		if (is_first(&lines, factor->requirements[i]) && add_line(&resolution, i, err) < 0)
			return -1;
	factor->resolved = arena_zalloc(
	    resolution.arena, resolution.count, sizeof(*factor->resolved));
	if (resolution.count)
		memcpy(factor->resolved, resolution.items,
		    resolution.count * sizeof(*factor->resolved));
	factor->resolved_count = resolution.count;
	return 0;
}
