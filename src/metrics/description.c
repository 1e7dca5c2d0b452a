#include "metrics/description.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "metrics/areas.h"

static int fail_file(const char *name, const char *file, struct error **err)
{
	return fail_at(err, name, 0, 0, NULL, "wrong '%s' of counted regions", file);
}

/* What is left of the files of a description. */
struct reader {
	struct description_tree *tree;
	const struct paths *paths;
	struct slice base;
	struct description_text rest;
	const char *name;
};

static struct described_source *new_source(struct description_tree *tree)
{
	if (tree->count == tree->capacity) {
		tree->capacity = tree->capacity ? 2 * tree->capacity : 16;
		tree->sources = xreallocarray(
		    tree->sources, tree->capacity, sizeof(*tree->sources));
	}
	return &tree->sources[tree->count];
}

static int read_areas(
    struct reader *reader, struct described_source *source, uint64_t count, struct error **err)
{
	struct arena *arena = &reader->tree->arena;

	/* An area has 8 bytes at least. */
	if (count > reader->rest.areas.len / 8)
		return fail_file(reader->name, "areas", err);
	if (count > reader->rest.types.len)
		return fail_file(reader->name, "types", err);
	source->count = (size_t)count;
	source->areas = arena_alloc(arena, source->count * sizeof(*source->areas));
	for (size_t i = 0; i < source->count; i++) {
		if (!area_take(&reader->rest.areas, &source->areas[i]))
			return fail_file(reader->name, "areas", err);
		if (!memchr("+/~ ", reader->rest.types.data[i], 4))
			return fail_file(reader->name, "types", err);
	}
	source->types = arena_copy(arena, slice_of(reader->rest.types.data, source->count));
	reader->rest.types.data += source->count;
	reader->rest.types.len -= source->count;
	return 0;
}

/* Take the path of a line `COUNT PATH` of `sources`, and the number. */
static bool take_path(struct slice *line, uint64_t *ret)
{
	struct slice number;

	return slice_next(line, ' ', &number) && slice_number(number, ret) && line->len &&
	       !memchr(line->data, '\0', line->len);
}

/* Read what is of one line of `sources`. */
static int read_source(
    struct reader *reader, struct slice line, struct slice factor, struct error **err)
{
	struct described_source *source = new_source(reader->tree);
	struct arena *arena = &reader->tree->arena;
	autostr struct str joined = STR_INIT;
	autostr struct str path = STR_INIT;
	struct slice hash = SLICE_LITERAL("");
	uint64_t count;

	if (!take_path(&line, &count))
		return fail_file(reader->name, "sources", err);
	if (reader->rest.hashes.len)
		(void)slice_next(&reader->rest.hashes, '\n', &hash);
	path_join(&joined, reader->base, line);
	paths_resolve(reader->paths, str_slice(&joined), &path);
	*source = (struct described_source){
	    .factor = arena_slice(arena, factor),
	    .path = arena_slice(arena, str_slice(&path)),
	    .hash = arena_slice(arena, hash),
	};
	if (read_areas(reader, source, count, err) < 0)
		return -1;
	/* Interfaces do not run. */
	reader->tree->count += !slice_ends(line, SLICE_LITERAL(".pyi"));
	return 0;
}

int description_parse(struct description_tree *tree, const struct paths *paths, struct slice base,
    const struct description_text *text, struct slice factor, const char *name, struct error **err)
{
	struct reader reader = {tree, paths, base, *text, name};
	struct slice line;

	while (reader.rest.sources.len) {
		(void)slice_next(&reader.rest.sources, '\n', &line);
		if (read_source(&reader, line, factor, err) < 0)
			return -1;
	}
	return 0;
}

struct walker {
	struct description_tree *tree;
	const struct paths *paths;
	const char *root;
	bool has_factors; /* paths below the root are names of sources */
	struct str base;  /* empty, if that is the current directory */
	bool has_base;
};

/* Whether there is a source. What the system refuses to tell of a directory above is none. */
static bool has_source(struct slice directory, struct slice path)
{
	autostr struct str joined = STR_INIT;
	autoerror struct error *error = NULL;

	path_join(&joined, directory, path);
	return presence_of_file(str_c(&joined), &error) > 0;
}

/* Find out below which directory sources are whose paths are relative: the nearest one above the
 * descriptions that has the first source; the current one, if none has. */
static void find_base(struct walker *walker, struct slice sources)
{
	autostr struct str joined = STR_INIT;
	autostr struct str root = STR_INIT;
	struct slice line, directory;
	uint64_t count;

	(void)slice_next(&sources, '\n', &line);
	if (walker->has_base || !take_path(&line, &count) || line.data[0] == '/')
		return;
	walker->has_base = true;
	path_join(&joined, str_slice(&walker->paths->directory), slice_c(walker->root));
	path_normalize(&root, str_slice(&joined));
	for (directory = str_slice(&root); directory.len > 1;) {
		directory = path_parent(directory);
		if (has_source(directory, line)) {
			str_add_slice(&walker->base, directory);
			return;
		}
	}
}

/* Read a file of the directory that has an entry; `optional` if it may be missing. */
static int read_file(const struct walk_entry *entry, const char *name, const char *shown,
    bool is_optional, struct str *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", shown, name);
	struct error *error = NULL;

	if (file_read_place(
		place_below(entry->directory, name, path), FILE_READ_LIMIT, ret, NULL, &error) == 0)
		return 0;
	if (!is_optional || error->number != ENOENT)
		return fail_with(err, error);
	error_free(error);
	return 0;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct walker *walker = context;
	autostr struct str sources = STR_INIT;
	autostr struct str areas = STR_INIT;
	autostr struct str types = STR_INIT;
	autostr struct str hashes = STR_INIT;
	autofree char *shown = NULL;
	struct description_text text;
	struct slice factor = SLICE_LITERAL("");

	if (!S_ISREG(entry->stat.st_mode) || !slice_is(entry->name, "areas"))
		return WALK_GO;
	if (entry->path.len > entry->name.len)
		factor = slice_of(entry->path.data, entry->path.len - entry->name.len - 1);
	shown = factor.len ? xasprintf("%s/%.*s", walker->root, (int)factor.len, factor.data)
			   : xstrdup(walker->root);
	if (read_file(entry, "sources", shown, false, &sources, err) < 0 ||
	    read_file(entry, "areas", shown, false, &areas, err) < 0 ||
	    read_file(entry, "types", shown, false, &types, err) < 0 ||
	    read_file(entry, "hashes", shown, true, &hashes, err) < 0)
		return WALK_STOP;
	find_base(walker, str_slice(&sources));
	text = (struct description_text){
	    str_slice(&sources), str_slice(&areas), str_slice(&types), str_slice(&hashes)};
	if (!walker->has_factors)
		factor = SLICE_LITERAL("");
	return description_parse(walker->tree, walker->paths, str_slice(&walker->base), &text,
		   factor, shown, err) < 0
		   ? WALK_STOP
		   : WALK_GO;
}

static int read_all(struct description_tree *tree, const struct paths *paths, const char *directory,
    bool has_factors, struct error **err)
{
	struct walker walker = {tree, paths, directory, has_factors, STR_INIT, false};
	struct walk_visitor visitor = {visit, walk_fail, &walker};
	int result = tree_walk(place_at(directory), &visitor, err);

	str_release(&walker.base);
	return result < 0 ? fail_as(err, ERROR_INPUT) : 0;
}

int description_read_captured(struct description_tree *tree, const struct paths *paths,
    const char *directory, struct error **err)
{
	return read_all(tree, paths, directory, false, err);
}

int description_read(struct description_tree *tree, const struct paths *paths,
    const char *directory, struct error **err)
{
	size_t before = tree->count;

	if (read_all(tree, paths, directory, true, err) < 0)
		return -1;
	if (tree->count == before)
		return fail_input(err, 0, directory,
		    "no counted regions: 'kiln delineate' writes descriptions that have them");
	return 0;
}

void description_tree_release(struct description_tree *tree)
{
	free(tree->sources);
	arena_release(&tree->arena);
}
