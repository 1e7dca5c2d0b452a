#include "factor/project.h"

#include "base/breadth.h"
#include "base/path.h"
#include "factor/declare.h"
#include "factor/internal.h"
#include "factor/lines.h"

/* The sources of an explicitly typed factor while they are found. */
struct gathering {
	struct gathering *next;
	struct factor *factor;
	size_t capacity;
};

struct listing {
	struct project *project;
	struct arena *arena; /* of the set */
	struct breadth breadth;
	struct arena scratch;
	struct gathering *gatherings;
	size_t capacity; /* of project->factors */
};

static void listing_release(struct listing *listing)
{
	breadth_release(&listing->breadth);
	arena_release(&listing->scratch);
}

static void report(struct listing *listing, struct error *problem)
{
	products_report(listing->project->product->set, problem);
}

/* Report that an entry of the current directory cannot be part of a project by its name. */
static void report_name(struct listing *listing, size_t index)
{
	autostr struct str path = STR_INIT;
	autostr struct str place = STR_INIT;
	struct error *problem = NULL;

	breadth_path(&listing->breadth, index, &path);
	path_join(&place, slice_c(listing->breadth.root), str_slice(&path));
	fail_at(&problem, str_c(&place), 0, 0, NULL, "cannot be part of a factor path: its name %s",
	    slice_is_utf8(slice_c(listing->breadth.order[index])) ? "has a control character"
								  : "is not UTF-8");
	report(listing, problem);
}

static const struct format *format_of(const struct project *project, struct slice extension)
{
	return map_get(&project->formats, extension);
}

static struct source_state state_of(const struct stat *stat)
{
	return (struct source_state){.size = (uint64_t)stat->st_size,
	    .inode = stat->st_ino,
	    .device = stat->st_dev,
	    .modified = stat->st_mtim,
	    .changed = stat->st_ctim};
}

/* The path, below the project, of what has a name in the current directory. */
static struct slice path_of(struct listing *listing, struct slice name, char separator)
{
	struct slice directory = listing->breadth.directory->path;
	size_t gap = directory.len && name.len;
	char *path = arena_alloc(listing->arena, directory.len + gap + name.len + 1);

	memcpy(path, directory.data, directory.len);
	for (size_t i = 0; i < directory.len; i++)
		if (path[i] == '/')
			path[i] = separator;
	if (gap)
		path[directory.len] = separator;
	if (name.len)
		memcpy(path + directory.len + gap, name.data, name.len);
	path[directory.len + gap + name.len] = '\0';
	return slice_of(path, directory.len + gap + name.len);
}

static struct source make_source(
    struct listing *listing, size_t index, const struct format *format, const struct stat *stat)
{
	struct slice name = slice_c(listing->breadth.order[index]);

	return (struct source){path_of(listing, name, '/'), format, state_of(stat)};
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

/* A file with an extension. */
static void add_indirect(struct listing *listing, size_t index)
{
	struct project *project = listing->project;
	struct slice extension = slice_c(listing->breadth.order[index]), name;
	const struct format *format;
	struct factor *factor;
	struct stat stat;

	(void)slice_next(&extension, '.', &name);
	if (!extension.data || extension.len == 0)
		return;
	format = format_of(project, extension);
	if (!format && project->implicit)
		return;
	if (breadth_stat(&listing->breadth, index, &stat) != BREADTH_FILE)
		return;
	if (!slice_is_plain(slice_c(listing->breadth.order[index]))) {
		report_name(listing, index);
		return;
	}
	factor = arena_zalloc(listing->arena, 1, sizeof(*factor));
	factor->path = path_of(listing, name, '.');
	factor->type = format ? format->type : SLICE_LITERAL(FACTOR_UNKNOWN);
	factor->isolation = slice_of("", 0);
	factor->sources = arena_alloc(listing->arena, sizeof(*factor->sources));
	factor->sources[0] = make_source(listing, index, format, &stat);
	factor->source_count = 1;
	add_factor(listing, factor);
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
		    "the directory of a project has no factor path, and cannot be a factor"));
	if (declaration_read(str_c(&path), &listing->scratch, &text, NULL, err) < 0 ||
	    factor_parse(text, str_c(&path), listing->arena, factor, err) < 0) {
		if (err && *err)
			(*err)->kind = ERROR_INPUT; /* it concerns this factor alone */
		return NULL;
	}
	factor->path = path_of(listing, slice_of("", 0), '.');
	factor->is_explicit = true;
	return factor;
}

static void gather_source(struct listing *listing, struct gathering *gathering, size_t index)
{
	struct factor *factor = gathering->factor;
	struct slice name = slice_c(listing->breadth.order[index]);
	const char *dot = memrchr(name.data, '.', name.len);
	const struct format *format = NULL;
	struct source *sources = factor->sources;
	struct stat stat;

	if (breadth_stat(&listing->breadth, index, &stat) != BREADTH_FILE)
		return;
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
}

/* A directory of an explicitly typed factor. */
static void gather(struct listing *listing, struct gathering *gathering)
{
	struct breadth *breadth = &listing->breadth;

	for (size_t i = 0; i < breadth->count; i++) {
		enum breadth_kind kind;

		if (is_ignored(breadth->order[i]))
			continue;
		kind = breadth_kind(breadth, i);
		if (kind != BREADTH_FILE && kind != BREADTH_DIRECTORY)
			continue;
		if (!slice_is_plain(slice_c(breadth->order[i])))
			report_name(listing, i);
		else if (kind == BREADTH_FILE)
			gather_source(listing, gathering, i);
		else
			breadth_enter(breadth, i, gathering);
	}
}

/* A directory of factors. */
static void visit_index(struct listing *listing)
{
	struct breadth *breadth = &listing->breadth;

	for (size_t i = 0; i < breadth->count; i++) {
		const char *name = breadth->order[i];
		enum breadth_kind kind;

		if (is_ignored(name))
			continue;
		kind = breadth_kind(breadth, i);
		if (kind == BREADTH_FILE)
			add_indirect(listing, i);
		else if (kind == BREADTH_DIRECTORY && !strchr(name, '.')) {
			if (slice_is_plain(slice_c(name)))
				breadth_enter(breadth, i, NULL);
			else
				report_name(listing, i);
		}
	}
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

/* An explicitly typed factor begins at the current directory. */
static void begin_explicit(struct listing *listing)
{
	struct error *problem = NULL;
	struct factor *factor = read_factor(listing, &problem);
	struct gathering *gathering;

	if (!factor) {
		report(listing, problem);
		return;
	}
	add_factor(listing, factor);
	gathering = arena_zalloc(&listing->scratch, 1, sizeof(*gathering));
	gathering->factor = factor;
	gathering->next = listing->gatherings;
	listing->gatherings = gathering;
	gather(listing, gathering);
}

/* Move what was gathered to the memory that stays. */
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

void project_walk(struct project *project)
{
	CLEANUP(listing_release)
	struct listing listing = {.project = project, .arena = &project->product->set->arena};
	autostr struct str root = STR_INIT;
	struct error *problem = NULL;
	int step;

	if (project->walked)
		return;
	project->walked = true;
	path_join(&root, project->product->path, project->directory);
	if (breadth_begin(&listing.breadth, str_c(&root), &problem) < 0) {
		problem->kind = ERROR_INPUT; /* it concerns this project alone */
		report(&listing, problem);
		return;
	}
	while ((step = breadth_next(&listing.breadth, &problem)) != 0) {
		if (step < 0)
			report(&listing, steal(&problem));
		else if (listing.breadth.directory->mark)
			gather(&listing, listing.breadth.directory->mark);
		else if (has_factor(&listing.breadth))
			begin_explicit(&listing);
		else
			visit_index(&listing);
	}
	finish(&listing);
}

struct factor *project_factor(struct project *project, struct slice path)
{
	project_walk(project);
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
