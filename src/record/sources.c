#include "record/sources.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"

static const char module_type[] = FACTOR_TYPE_CONTEXT "python.module";
static const char chapter_type[] = FACTOR_TYPE_CONTEXT "meta.chapter";
static const char interface_type[] = FACTOR_TYPE_CONTEXT "python.interface";

struct finding {
	struct record_sources *sources;
	struct map by_directory; /* directory -> index in the sources, plus 1 */
	struct slice prefix;
};

static struct slice keep(struct record_sources *sources, const struct str *text)
{
	return arena_slice(&sources->arena, str_slice(text));
}

static void add_dotted(struct str *ret, struct slice part)
{
	if (ret->len && part.len)
		str_addc(ret, '.');
	str_add_slice(ret, part);
}

/* The factor path of a source: the factor's, of a factor of several sources with the source's. */
static void add_factor_path(
    const struct factor *factor, const struct source *source, struct str *ret)
{
	struct slice name = path_name(source->path);
	const char *dot = memchr(name.data, '.', name.len);

	str_add_slice(ret, factor->path);
	if (factor->is_explicit)
		add_dotted(ret, slice_of(name.data, dot ? (size_t)(dot - name.data) : name.len));
}

static void fill_names(const struct finding *finding, const struct factor *factor,
    const struct source *source, struct record_source *ret)
{
	struct record_sources *sources = finding->sources;
	autostr struct str text = STR_INIT;

	add_factor_path(factor, source, &text);
	ret->factor = keep(sources, &text);
	ret->is_package = slice_is(factor_path_name(ret->factor), "__init__");
	str_truncate(&text, 0);
	str_add_slice(&text, finding->prefix);
	add_dotted(&text, ret->is_package ? factor_path_parent(ret->factor) : ret->factor);
	/* The package that no directory names. */
	if (!text.len)
		add_dotted(&text, ret->factor);
	ret->name = keep(sources, &text);
	str_truncate(&text, 0);
	path_join(&text, factor->project->path, ret->factor);
	ret->directory = keep(sources, &text);
}

static struct record_source *add_source(
    struct finding *finding, const struct factor *factor, const struct source *source)
{
	struct record_sources *sources = finding->sources;
	struct record_source *ret;

	if (sources->count == sources->capacity) {
		sources->capacity = sources->capacity ? 2 * sources->capacity : 64;
		sources->items = xreallocarray(
		    sources->items, sources->capacity, sizeof(*sources->items));
	}
	ret = &sources->items[sources->count++];
	*ret = (struct record_source){.project = factor->project, .prefix = finding->prefix};
	fill_names(finding, factor, source, ret);
	ret->shown = source->path;
	return ret;
}

static char *path_of(
    struct record_sources *sources, const struct factor *factor, const struct source *source)
{
	autostr struct str path = STR_INIT;

	source_path(factor, source, &path);
	return arena_copy(&sources->arena, str_slice(&path));
}

/* A module and its interface are one record. */
static int take_source(struct finding *finding, const struct factor *factor,
    const struct source *source, struct error **err)
{
	struct record_sources *sources = finding->sources;
	bool is_interface = slice_is(factor->type, interface_type);
	struct record_source *added = add_source(finding, factor, source), *found;
	char *origin = path_of(sources, factor, source);
	void **place = map_at(&finding->by_directory, added->directory);

	added->origin = origin;
	added->is_chapter = slice_is(factor->type, chapter_type);
	if (!*place) {
		*place = (void *)(uintptr_t)sources->count;
		return 0;
	}
	found = &sources->items[(uintptr_t)*place - 1];
	sources->count--;
	if (found->project != factor->project)
		return fail(err, ERROR_USAGE,
		    "'%s' and '%s' have the same place in the output: record them separately",
		    found->origin, origin);
	if (strcmp(found->origin, origin) == 0 || found->interface || added->is_chapter)
		return 0;
	if (found->is_chapter) {
		*found = *added;
		return 0;
	}
	if (is_interface) {
		found->interface = origin;
	} else if (slice_ends(found->shown, SLICE_LITERAL(".pyi"))) {
		found->interface = found->origin;
		found->origin = origin;
		found->shown = source->path;
	}
	return 0;
}

/* The texts in a directory that declares nothing may be anything. */
static bool is_recorded(const struct factor *factor)
{
	return slice_is(factor->type, module_type) || slice_is(factor->type, interface_type) ||
	       (slice_is(factor->type, chapter_type) && !factor->project->implicit);
}

static int take_factor(
    struct finding *finding, const struct factor *factor, struct slice selected, struct error **err)
{
	if (!factor_is_below(factor, selected) || !is_recorded(factor))
		return 0;
	for (size_t i = 0; i < factor->source_count; i++) {
		if (take_source(finding, factor, &factor->sources[i], err) < 0)
			return -1;
	}
	return 0;
}

/* What names of an implicit project's modules begin with: what is known, the packages that its
 * directory is in, or nothing; of other projects the project's path. */
static int find_prefix(const struct record_selection *selection, struct arena *arena,
    struct slice *ret, struct error **err)
{
	const struct project *project = selection->project;
	struct slice directory = project->product->path;
	autostr struct str prefix = STR_INIT;
	int there = 1;

	if (!project->implicit || selection->prefix.len) {
		*ret = project->implicit ? selection->prefix : project->path;
		return 0;
	}
	while (directory.len > 1) {
		autofree char *init = xasprintf(
		    "%.*s/__init__.py", (int)directory.len, directory.data);
		autostr struct str whole = STR_INIT;

		there = presence_of_file(init, err);
		if (there <= 0)
			break;
		str_add_slice(&whole, path_name(directory));
		add_dotted(&whole, str_slice(&prefix));
		str_truncate(&prefix, 0);
		str_add_slice(&prefix, str_slice(&whole));
		directory = path_parent(directory);
	}
	if (there < 0)
		return -1;
	*ret = arena_slice(arena, str_slice(&prefix));
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct record_source *first = a, *second = b;

	return slice_compare(first->directory, second->directory);
}

int record_sources_find(const struct record_selection *selections, size_t count,
    struct record_sources *ret, struct error **err)
{
	struct finding finding = {.sources = ret};
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		struct project *project = selections[i].project;

		result = project_walk(project, err);
		if (result == 0)
			result = find_prefix(&selections[i], &ret->arena, &finding.prefix, err);
		for (size_t j = 0; result == 0 && j < project->factor_count; j++)
			result = take_factor(
			    &finding, project->factors[j], selections[i].factor, err);
	}
	map_release(&finding.by_directory);
	array_sort(ret->items, ret->count, sizeof(*ret->items), compare);
	return result;
}

/* Fail if a resolved path is in what is selected. */
static int check_selection(const struct record_selection *selection, struct slice resolved,
    const char *output, struct error **err)
{
	const struct project *project = selection->project;
	autostr struct str directory = STR_INIT;

	path_join(&directory, project->product->path, project->directory);
	if (selection->factor.len)
		str_addc(&directory, '/');
	add_replaced(&directory, selection->factor, '.', '/');
	if (path_below(resolved, str_slice(&directory), NULL))
		return fail(err, ERROR_USAGE,
		    "'%s' is inside '%s', which would have it in the next record: name an output "
		    "outside",
		    output, str_c(&directory));
	return 0;
}

int record_sources_check(const struct record_sources *sources,
    const struct record_selection *selections, size_t count, const char *output, struct error **err)
{
	autostr struct str resolved = STR_INIT;

	if (tree_resolve(output, &resolved, err) < 0)
		return -1;
	for (size_t i = 0; i < sources->count; i++) {
		const char *origin = sources->items[i].origin;

		if (path_below(slice_c(origin), str_slice(&resolved), NULL))
			return fail(err, ERROR_USAGE,
			    "'%s' has the source '%s': name another directory", output, origin);
	}
	for (size_t i = 0; i < count; i++) {
		if (check_selection(&selections[i], str_slice(&resolved), output, err) < 0)
			return -1;
	}
	return 0;
}

void record_sources_release(struct record_sources *sources)
{
	free(sources->items);
	arena_release(&sources->arena);
}
