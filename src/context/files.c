#include "context/files.h"

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"

#define FILE_LIMIT ((size_t)1 << 20)
#define COUNT_LIMIT 10000

struct collection {
	const char *directory;
	struct arena *arena;
	struct str *files;
	struct slice project; /* the directory, below the product, that is walked */
};

/* Report a configuration that cannot be read as a fault of the configuration, unless the system is
 * at fault. */
static int as_usage(struct error **err)
{
	return fail_as(err, ERROR_USAGE);
}

/* 1, 0, or -1 if the system does not tell. */
static int has_identity(const char *directory, struct error **err)
{
	autostr struct str path = STR_INIT;

	path_join(&path, slice_c(directory), SLICE_LITERAL(".project/f-identity"));
	return presence_of(str_c(&path), NULL, err);
}

static char *path_in(struct collection *collection, struct slice path)
{
	autostr struct str whole = STR_INIT;

	path_join(&whole, slice_c(collection->directory), path);
	return arena_copy(collection->arena, str_slice(&whole));
}

static int add_file(struct collection *collection, struct slice path, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct context_file file = {.shown = path_in(collection, path)};

	if (collection->files->len >= COUNT_LIMIT * sizeof(file))
		return fail(err, ERROR_USAGE, "the context '%s' has more than %d files",
		    collection->directory, COUNT_LIMIT);
	if (path.data[path.len - 1] != '/' &&
	    file_read(file.shown, FILE_LIMIT, &text, NULL, err) < 0)
		return as_usage(err);
	file.path = arena_slice(collection->arena, path);
	file.text = arena_slice(collection->arena, str_slice(&text));
	str_add(collection->files, &file, sizeof(file));
	return 0;
}

/* Whether a name is that of a factor of vectors or of a plan. */
static bool is_wanted(struct slice name)
{
	struct slice rest = name, stem;

	(void)slice_next(&rest, '.', &stem); /* a name is never NULL */
	return stem.len > 0 && rest.data && (slice_is(rest, "v") || slice_is(rest, "sys"));
}

static enum walk_answer visit_file(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct collection *collection = context;
	autostr struct str path = STR_INIT;
	int is_directory = 0;

	if (S_ISDIR(entry->stat.st_mode))
		return memchr(entry->name.data, '.', entry->name.len) ? WALK_SKIP : WALK_GO;
	if (!is_wanted(entry->name))
		return WALK_SKIP;
	path_join(&path, collection->project, entry->path);
	if (entry->target)
		is_directory = presence_of_directory(path_in(collection, str_slice(&path)), err);
	if (is_directory)
		return is_directory < 0 ? WALK_STOP : WALK_SKIP;
	return add_file(collection, str_slice(&path), err) < 0 ? WALK_STOP : WALK_GO;
}

static int add_project(struct collection *collection, struct slice directory, struct error **err)
{
	const struct walk_visitor visitor = {visit_file, walk_fail, collection};
	autostr struct str path = STR_INIT;

	str_add_slice(&path, directory);
	str_addc(&path, '/');
	if (add_file(collection, str_slice(&path), err) < 0)
		return -1;
	collection->project = directory;
	if (tree_walk(place_at(path_in(collection, directory)), &visitor, err) < 0)
		return as_usage(err);
	return 0;
}

static enum walk_answer visit_directory(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct collection *collection = context;
	autostr struct str path = STR_INIT;
	int is_project;

	if (memchr(entry->name.data, '.', entry->name.len))
		return WALK_SKIP;
	path_join(&path, SLICE_LITERAL(MACHINES), entry->path);
	is_project = has_identity(path_in(collection, str_slice(&path)), err);
	if (is_project <= 0)
		return is_project < 0 ? WALK_STOP : WALK_GO;
	return add_project(collection, str_slice(&path), err) < 0 ? WALK_STOP : WALK_SKIP;
}

static int find_projects(struct collection *collection, struct error **err)
{
	const struct walk_visitor visitor = {visit_directory, walk_fail, collection};
	char *machines = path_in(collection, SLICE_LITERAL(MACHINES));

	if (tree_walk(place_at(machines), &visitor, err) < 0)
		return as_usage(err);
	return 0;
}

/* A line of the index: IDENTIFIER FACTOR-PATH PROTOCOL. */
static int add_indexed(struct collection *collection, struct slice line, const char *index,
    long number, struct error **err)
{
	struct slice identifier, path;
	char *directory;

	if (!slice_next(&line, ' ', &identifier) || !slice_next(&line, ' ', &path) || !line.data) {
		fail_at(err, index, number, 0, NULL,
		    "expected the identifier, factor path and protocol of a project");
		return as_usage(err);
	}
	if (!slice_starts(path, SLICE_LITERAL(MACHINES ".")))
		return 0;
	directory = arena_copy(collection->arena, path);
	for (size_t i = 0; i < path.len; i++)
		if (directory[i] == '.')
			directory[i] = '/';
	if (!path_is_confined(slice_of(directory, path.len))) {
		fail_at(err, index, number, 0, NULL, "'%.*s' is not a factor path", (int)path.len,
		    path.data);
		return as_usage(err);
	}
	return add_project(collection, slice_of(directory, path.len), err);
}

static int read_index(
    struct collection *collection, struct slice text, const char *index, struct error **err)
{
	struct slice line;
	long number = 0;

	while (slice_next(&text, '\n', &line)) {
		number++;
		if (line.len > 0 && add_indexed(collection, line, index, number, err) < 0)
			return -1;
	}
	return 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct context_file *file = a, *other = b;

	return slice_compare(file->path, other->path);
}

int files_collect(const char *directory, struct arena *arena, struct str *files, struct error **err)
{
	struct collection collection = {directory, arena, files, {NULL, 0}};
	const char *index = path_in(&collection, SLICE_LITERAL(".product/PROJECTS"));
	autostr struct str text = STR_INIT;
	struct error *problem = NULL;
	int failed;

	if (file_read(index, FILE_LIMIT, &text, NULL, &problem) == 0) {
		failed = read_index(&collection, str_slice(&text), index, err);
	} else if (errno_is_absence(problem->number)) {
		error_free(problem);
		failed = find_projects(&collection, err);
	} else {
		fail_with(err, problem);
		failed = as_usage(err);
	}
	if (failed < 0)
		return -1;
	if (files->len > 0)
		array_sort(files->data, files->len / sizeof(struct context_file),
		    sizeof(struct context_file), compare_files);
	return 0;
}
