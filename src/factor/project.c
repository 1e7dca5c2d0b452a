#include "factor/project.h"

#include <assert.h>
#include <errno.h>

#include "base/breadth.h"
#include "base/path.h"
#include "factor/declare.h"
#include "factor/internal.h"
#include "factor/lines.h"

/* The sources of an explicitly typed factor while they are collected. */
struct gathering {
	struct gathering *next;
	struct factor *factor;
	size_t capacity;
};

struct listing {
	struct project *project;
	struct arena *arena; /* key of a set */
	struct breadth breadth;
	struct arena scratch;
	struct gathering *gatherings;
	size_t capacity; /* index in project->factors */
};

static void listing_release(struct listing *listing)
{
	breadth_release(&listing->breadth);
	arena_release(&listing->scratch);
}

static int report(struct listing *listing, struct error *problem, struct error **err)
{
	return products_report(listing->project->product->set, problem, err);
}

/* Report that the name of an entry in the current directory cannot be part of a project. */
static int report_name(struct listing *listing, size_t index, struct error **err)
{
	autostr struct str path = STR_INIT;
	autostr struct str place = STR_INIT;
	struct error *problem = NULL;

	breadth_path(&listing->breadth, index, &path);
	path_join(&place, slice_c(listing->breadth.root), str_slice(&path));
	fail_at(&problem, str_c(&place), 0, 0, NULL, "cannot be part of a factor path: the name %s",
	    slice_is_utf8(slice_c(listing->breadth.order[index])) ? "has a control character"
								  : "is not UTF-8");
	return report(listing, problem, err);
}

/* Report that an entry of the current directory, or the rest of it, could not be read. It may be a
 * source of a factor, or contain factors whose paths begin with that of `name`. */
static int miss(
    struct listing *listing, struct slice name, struct error *problem, struct error **err)
{
	const struct breadth_directory *directory = listing->breadth.directory;
	struct gathering *gathering = directory->mark;
	autostr struct str whole = STR_INIT;
	autostr struct str path = STR_INIT;

	if (gathering) {
		gathering->factor->is_incomplete = true;
		return report(listing, problem, err);
	}
	path_join(&whole, directory->path, name);
	add_replaced(&path, str_slice(&whole), '/', '.');
	unseen_add(&listing->project->unseen, listing->arena, str_slice(&path));
	return report(listing, problem, err);
}

/* Report the same of an entry, when no factor of it is known yet. `number` is the errno. */
static int miss_entry(struct listing *listing, size_t index, int number, struct error **err)
{
	struct slice rest = slice_c(listing->breadth.order[index]), name;
	struct error *problem = NULL;

	breadth_fail(&listing->breadth, index, number, &problem);
	(void)slice_next(&rest, '.', &name); /* an entry's name is never empty */
	return miss(listing, name, problem, err);
}

static const struct format *format_of(const struct project *project, struct slice extension)
{
	return map_get(&project->formats, extension);
}

/* The path, below the project, of `name` in the current directory. */
static struct slice path_of(struct listing *listing, struct slice name, char separator)
{
	struct slice directory = listing->breadth.directory->path;
	size_t gap = directory.len && name.len;
	char *path = arena_alloc(listing->arena, directory.len + gap + name.len + 1), *end;

	end = slice_copy(path, directory);
	for (size_t i = 0; i < directory.len; i++)
		if (path[i] == '/')
			path[i] = separator;
	if (gap)
		*end++ = separator;
	end = slice_copy(end, name);
	*end = '\0';
	return slice_of(path, (size_t)(end - path));
}

static struct source make_source(
    struct listing *listing, size_t index, const struct format *format, const struct stat *stat)
{
	struct slice name = slice_c(listing->breadth.order[index]);

	struct source source = {path_of(listing, name, '/'), format, {0}};

	file_stamp_of(stat, &source.stamp);
	return source;
}

static void add_factor(struct listing *listing, struct factor *factor)
{
	struct project *project = listing->project;
	struct factor *first;
	void **place;

	factor->project = project;
	if (project->factor_count == listing->capacity) {
		listing->capacity = listing->capacity ? 2 * listing->capacity : 64;
		project->factors = xreallocarray(
		    project->factors, listing->capacity, sizeof(*project->factors));
	}
	project->factors[project->factor_count++] = factor;
	place = map_at(&project->by_path, factor->path);
	first = *place;
	if (first)
		first->last_twin->twin = factor;
	else
		*place = first = factor;
	first->last_twin = factor;
}

/* The type of a file by its extension; false if a file like this cannot be a factor. */
static bool find_format(const struct listing *listing, struct slice name, const struct format **ret)
{
	struct slice extension = name, first;

	(void)slice_next(&extension, '.', &first);
	*ret = NULL;
	if (!extension.data || extension.len == 0)
		return false;
	*ret = format_of(listing->project, extension);
	return *ret || !listing->project->implicit;
}

/* A file with an extension. */
static int add_indirect(struct listing *listing, size_t index, struct error **err)
{
	struct slice rest = slice_c(listing->breadth.order[index]), name;
	const struct format *format;
	enum breadth_kind kind;
	struct factor *factor;
	struct stat stat;

	if (!find_format(listing, rest, &format))
		return 0;
	kind = breadth_stat(&listing->breadth, index, &stat);
	if (kind == BREADTH_UNSEEN)
		return miss_entry(listing, index, errno, err);
	if (kind != BREADTH_FILE)
		return 0;
	if (!slice_is_plain(rest))
		return report_name(listing, index, err);
	(void)slice_next(&rest, '.', &name);
	factor = arena_zalloc(listing->arena, 1, sizeof(*factor));
	factor->path = path_of(listing, name, '.');
	factor->type = format ? format->type : SLICE_LITERAL(FACTOR_UNKNOWN);
	factor->isolation = slice_of("", 0);
	factor->sources = arena_alloc(listing->arena, sizeof(*factor->sources));
	factor->sources[0] = make_source(listing, index, format, &stat);
	factor->source_count = 1;
	add_factor(listing, factor);
	return 0;
}

/* Report that a source of a factor, or a directory with sources, could not be read. `number` is the
 * errno. */
static int miss_source(struct listing *listing, struct gathering *gathering, size_t index,
    int number, struct error **err)
{
	struct error *problem = NULL;

	gathering->factor->is_incomplete = true;
	breadth_fail(&listing->breadth, index, number, &problem);
	return report(listing, problem, err);
}

/* Read the .factor of the current directory. */
static struct factor *read_factor(struct listing *listing, struct error **err)
{
	struct slice directory = listing->breadth.directory->path;
	struct factor *factor = arena_zalloc(listing->arena, 1, sizeof(*factor));
	autostr struct str path = STR_INIT;
	struct slice text;

	path_join(&path, slice_c(listing->breadth.root), directory);
	str_adds(&path, "/.factor");
	if (directory.len == 0)
		return fail_null(fail_at(err, str_c(&path), 0, 0, NULL,
		    "a project's own directory cannot be a factor: it has no factor path"));
	if (declaration_read(str_c(&path), &listing->scratch, &text, NULL, err) < 0 ||
	    factor_parse(text, str_c(&path), listing->arena, factor, err) < 0)
		return fail_null(fail_as(err, ERROR_INPUT)); /* only this factor is affected */
	factor->path = path_of(listing, slice_of("", 0), '.');
	factor->is_explicit = true;
	return factor;
}

static int gather_source(
    struct listing *listing, struct gathering *gathering, size_t index, struct error **err)
{
	struct factor *factor = gathering->factor;
	struct slice name = slice_c(listing->breadth.order[index]);
	const char *dot = memrchr(name.data, '.', name.len);
	const struct format *format = NULL;
	struct source *sources = factor->sources;
	enum breadth_kind kind;
	struct stat stat;

	kind = breadth_stat(&listing->breadth, index, &stat);
	if (kind == BREADTH_UNSEEN)
		return miss_source(listing, gathering, index, errno, err);
	if (kind != BREADTH_FILE)
		return 0;
	if (dot)
		format = format_of(listing->project, slice_c(dot + 1));
	if (factor->source_count == gathering->capacity) {
		gathering->capacity = gathering->capacity ? 2 * gathering->capacity : 4;
		factor->sources = arena_alloc(
		    &listing->scratch, gathering->capacity * sizeof(*factor->sources));
		if (factor->source_count)
			memcpy(factor->sources, sources, factor->source_count * sizeof(*sources));
	}
	factor->sources[factor->source_count++] = make_source(listing, index, format, &stat);
	return 0;
}

/* An entry of a directory of an explicitly typed factor. */
static int gather_entry(
    struct listing *listing, struct gathering *gathering, size_t index, struct error **err)
{
	struct breadth *breadth = &listing->breadth;
	enum breadth_kind kind = breadth_kind(breadth, index);

	if (kind == BREADTH_UNSEEN)
		return miss_source(listing, gathering, index, errno, err);
	if (kind != BREADTH_FILE && kind != BREADTH_DIRECTORY)
		return 0;
	if (!slice_is_plain(slice_c(breadth->order[index])))
		return report_name(listing, index, err);
	if (kind == BREADTH_FILE)
		return gather_source(listing, gathering, index, err);
	breadth_enter(breadth, index, gathering);
	return 0;
}

/* A directory of an explicitly typed factor. */
static int gather(struct listing *listing, struct gathering *gathering, struct error **err)
{
	struct breadth *breadth = &listing->breadth;

	for (size_t i = 0; i < breadth->count; i++) {
		if (!is_ignored(breadth->order[i]) && gather_entry(listing, gathering, i, err) < 0)
			return -1;
	}
	return 0;
}

/* An entry of a directory of factors. */
static int visit_entry(struct listing *listing, size_t index, struct error **err)
{
	struct breadth *breadth = &listing->breadth;
	const char *name = breadth->order[index];
	enum breadth_kind kind = breadth_kind(breadth, index);
	const struct format *format;

	switch (kind) {
	case BREADTH_FILE:
		return add_indirect(listing, index, err);
	case BREADTH_DIRECTORY:
		if (strchr(name, '.'))
			return 0;
		if (!slice_is_plain(slice_c(name)))
			return report_name(listing, index, err);
		breadth_enter(breadth, index, NULL);
		return 0;
	case BREADTH_UNSEEN:
		/* A directory with a dot in its name has no factors. */
		if (strchr(name, '.') && !find_format(listing, slice_c(name), &format))
			return 0;
		return miss_entry(listing, index, errno, err);
	default:
		return 0;
	}
}

/* A directory of factors. */
static int visit_index(struct listing *listing, struct error **err)
{
	for (size_t i = 0; i < listing->breadth.count; i++) {
		if (!is_ignored(listing->breadth.order[i]) && visit_entry(listing, i, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether the current directory has a file .factor. */
static bool has_factor(const struct breadth *breadth)
{
	static const char name[] = ".factor";

	for (size_t i = 0; i < breadth->count && strcmp(breadth->order[i], name) <= 0; i++)
		if (strcmp(breadth->order[i], name) == 0)
			return breadth_kind(breadth, i) != BREADTH_DIRECTORY;
	return false;
}

/* Begin an explicitly typed factor at the current directory. */
static int begin_explicit(struct listing *listing, struct error **err)
{
	struct error *problem = NULL;
	struct factor *factor = read_factor(listing, &problem);
	struct gathering *gathering;

	if (!factor)
		return miss(listing, slice_of("", 0), problem, err);
	add_factor(listing, factor);
	gathering = arena_zalloc(&listing->scratch, 1, sizeof(*gathering));
	gathering->factor = factor;
	gathering->next = listing->gatherings;
	listing->gatherings = gathering;
	return gather(listing, gathering, err);
}

/* The walk ended before it had seen everything: any factor may have more sources, and there may be
 * more factors. */
static void miss_rest(struct listing *listing)
{
	for (struct gathering *at = listing->gatherings; at; at = at->next)
		at->factor->is_incomplete = true;
	unseen_add(&listing->project->unseen, listing->arena, slice_of("", 0));
}

/* Copy what was collected to memory that outlives the walk. */
static void finish(struct listing *listing)
{
	for (struct gathering *at = listing->gatherings; at; at = at->next) {
		size_t size = at->factor->source_count * sizeof(*at->factor->sources);
		struct source *sources = arena_alloc(listing->arena, size);

		if (size)
			memcpy(sources, at->factor->sources, size);
		at->factor->sources = sources;
	}
}

/* A directory of the walk. */
static int visit_directory(struct listing *listing, struct error **err)
{
	struct error *problem = NULL;
	bool is;

	if (is_image(&listing->breadth, &is, &problem) < 0)
		return miss(listing, slice_of("", 0), problem, err);
	if (is)
		return 0;
	if (listing->breadth.directory->mark)
		return gather(listing, listing->breadth.directory->mark, err);
	return has_factor(&listing->breadth) ? begin_explicit(listing, err)
					     : visit_index(listing, err);
}

int project_walk(struct project *project, struct error **err)
{
	CLEANUP(listing_release)
	struct listing listing = {.project = project, .arena = &project->product->set->arena};
	autostr struct str root = STR_INIT;
	struct error *problem = NULL;
	int step;

	if (project->walked)
		return 0;
	project->walked = true;
	path_join(&root, project->product->path, project->directory);
	if (breadth_begin(&listing.breadth, str_c(&root), &problem) < 0) {
		(void)fail_as(&problem, ERROR_INPUT); /* only this project is affected */
		if (!errno_is_absence(problem->number))
			unseen_add(&project->unseen, listing.arena, slice_of("", 0));
		return report(&listing, problem, err);
	}
	while ((step = breadth_next(&listing.breadth, &problem)) != 0) {
		if (step > 0 ? visit_directory(&listing, err) < 0
			     : miss(&listing, slice_of("", 0), steal(&problem), err) < 0)
			return -1;
		if (listing.breadth.is_cut)
			miss_rest(&listing);
	}
	finish(&listing);
	return 0;
}

struct factor *project_factor(const struct project *project, struct slice path)
{
	assert(project->walked);
	return map_get(&project->by_path, path);
}

bool factor_is_below(const struct factor *factor, struct slice path)
{
	if (path.len == 0 || slice_equal(factor->path, path))
		return true;
	return slice_starts(factor->path, path) && factor->path.data[path.len] == '.';
}

void source_path(const struct factor *factor, const struct source *source, struct str *ret)
{
	const struct project *project = factor->project;

	path_join(ret, project->product->path, project->directory);
	str_addc(ret, '/');
	str_add_slice(ret, source->path);
}
