#include <stdlib.h>

#include "base/path.h"
#include "record/site.h"

#define INIT SLICE_LITERAL("__init__")

/* Whether the project's directory is a package itself. */
static bool is_package(const struct project *project)
{
	return !project->implicit || project_factor(project, INIT);
}

/* The dotted name that programs import a factor by. A plain directory is not a part of it unless it
 * is a package. */
static struct slice name_of(struct arena *arena, const struct factor *factor)
{
	const struct project *project = factor->project;
	struct slice path = factor->path;
	autostr struct str name = STR_INIT;

	if (slice_equal(path, INIT))
		path.len = 0;
	else if (slice_ends(path, SLICE_LITERAL(".__init__")))
		path.len -= strlen(".__init__");
	if (is_package(project) || !path.len)
		str_add_slice(&name, project->path);
	if (name.len && path.len)
		str_addc(&name, '.');
	str_add_slice(&name, path);
	return slice_of(arena_copy(arena, str_slice(&name)), name.len);
}

/* The source of Python that a factor's page is about: of a module and its interface the module. */
static const struct source *source_of(struct factor *factor, struct factor **ret)
{
	const struct source *found = NULL;

	for (; factor; factor = factor->twin) {
		const struct source *source = factor->source_count ? &factor->sources[0] : NULL;

		if (factor->source_count != 1 || !source->format ||
		    !slice_is(source->format->language, "python"))
			continue;
		if (!found || slice_is(source->format->extension, "py")) {
			found = source;
			*ret = factor;
		}
	}
	return found;
}

static void add_source(
    struct site_sources *sources, struct factor *factor, const struct source *source)
{
	struct arena *arena = &sources->arena;
	struct project *project = factor->project;
	autostr struct str origin = STR_INIT, shown = STR_INIT;

	if (sources->count == sources->capacity) {
		sources->capacity = 2 * sources->capacity + 64;
		sources->items = xreallocarray(
		    sources->items, sources->capacity, sizeof(*sources->items));
	}
	source_path(factor, source, &origin);
	path_join(&shown, project->directory, source->path);
	sources->items[sources->count++] = (struct site_source){
	    .project = project,
	    .path = factor->path,
	    .name = name_of(arena, factor),
	    .prefix = is_package(project) ? project->path : slice_of("", 0),
	    .shown = slice_of(arena_copy(arena, str_slice(&shown)), shown.len),
	    .origin = arena_copy(arena, str_slice(&origin)),
	    .is_package = slice_equal(factor->path, INIT) ||
			  slice_ends(factor->path, SLICE_LITERAL(".__init__")),
	};
}

static int compare_sources(const void *a, const void *b)
{
	const struct site_source *first = a, *second = b;
	int order = slice_compare(first->project->path, second->project->path);

	return order ? order : slice_compare(first->name, second->name);
}

void site_sources_add(struct site_sources *sources, struct project *project)
{
	for (size_t i = 0; i < project->factor_count; i++) {
		struct factor *factor = project->factors[i];
		struct factor *chosen = NULL;
		const struct source *source;

		if (project_factor(project, factor->path) != factor)
			continue; /* a twin */
		source = source_of(factor, &chosen);
		if (source)
			add_source(sources, chosen, source);
	}
	if (sources->count)
		qsort(sources->items, sources->count, sizeof(*sources->items), compare_sources);
}

void site_sources_release(struct site_sources *sources)
{
	free(sources->items);
	arena_release(&sources->arena);
	*sources = (struct site_sources){.count = 0};
}
