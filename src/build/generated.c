#include "build/generated.h"

#include <errno.h>
#include <fcntl.h>

#include "base/file.h"
#include "base/path.h"
#include "base/temporary.h"
#include "base/tree.h"
#include "base/walk.h"
#include "build/build_state.h"
#include "build/graph.h"
#include "build/mark.h"
#include "factor/index.h"

#define INDEX_DIRECTORY ".product"

/* The parent of a path, for free(). */
static char *parent_of(const char *path)
{
	struct slice parent = path_parent(slice_c(path));

	return xmemdup0(parent.data, parent.len);
}

/* List a directory, in the form of directory_names(). */
static int list(const char *path, struct str *ret, struct error **err)
{
	autoclose int fd = TEMP_FAILURE_RETRY(
	    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	if (fd < 0 || directory_names(fd, ret) < 0)
		return fail_input(err, errno, path, "cannot read the directory");
	return 0;
}

/* Whether a directory called .kiln-build is a build's: it has a lock or is empty. A build makes the
 * lock first, and a removal removes the lock last. */
static int is_build_directory(const char *path, bool *ret, struct error **err)
{
	autofree char *lock = xasprintf("%s/lock", path);
	autostr struct str names = STR_INIT;
	struct stat stat;

	if (lstat(lock, &stat) == 0) {
		*ret = S_ISREG(stat.st_mode);
		return 0;
	}
	if (errno != ENOENT)
		return fail_input(err, errno, lock, "cannot examine");
	if (list(path, &names, err) < 0)
		return -1;
	*ret = !names.len;
	return 0;
}

/* Whether the index in `directory` is one that kiln generated. */
static int is_generated(const char *directory, bool *ret, struct error **err)
{
	autoarena struct arena arena = {0};
	autoerror struct error *error = NULL;
	struct index index;

	*ret = false;
	if (index_read(directory, &arena, &index, &error) == 0)
		*ret = index.is_generated;
	else if (error->kind != ERROR_USAGE)
		return fail_with(err, steal(&error));
	return 0;
}

/* Whether a directory holds nothing but a generated index and what belongs to it. */
static int is_index_directory(const char *path, bool *ret, struct error **err)
{
	autostr struct str names = STR_INIT;
	bool has_index = false;

	*ret = false;
	if (list(path, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1) {
		struct slice name = slice_c(names.data + i + 1); /* after the type */

		has_index = has_index || slice_is(name, INDEX_NAME);
		if (!slice_is(name, INDEX_NAME) && !slice_is(name, INDEX_MARK) &&
		    !temporary_is(name))
			return 0;
	}
	*ret = true;
	return has_index ? is_generated(path, ret, err) : 0;
}

/* Whether a file is a generated index, or the mark of one. */
static int is_index_file(const char *path, bool *ret, struct error **err)
{
	struct slice name = path_name(slice_c(path));
	bool is_mark = slice_is(name, INDEX_MARK);
	autofree char *directory = NULL;

	*ret = false;
	if (!is_mark && !slice_is(name, INDEX_NAME))
		return 0;
	directory = parent_of(path);
	if (!slice_is(path_name(slice_c(directory)), INDEX_DIRECTORY))
		return 0;
	*ret = is_mark;
	return is_mark ? 0 : is_generated(directory, ret, err);
}

/* A search for images in a directory without a mark. */
struct search {
	struct generated *generated;
	const char *root;
	struct slice name; /* of the directory */
	const struct build_state *state;
	struct map kept;	   /* directories below it that hold something else */
	struct fields directories; /* all directories below it */
	bool is_found;
};

static void add_known(const struct search *search, struct slice path)
{
	autostr struct str whole = STR_INIT;

	path_join(&whole, slice_c(search->root), path);
	*map_at(&search->generated->known,
	    arena_slice(&search->generated->arena, str_slice(&whole))) = search->generated;
}

static void keep_above(struct search *search, struct slice path)
{
	while (!slice_is(path = path_parent(path), ".") && !map_find(&search->kept, path)) {
		const char *copy = arena_copy(&search->generated->arena, path);

		*map_at(&search->kept, slice_of(copy, path.len)) = search;
	}
	*map_at(&search->kept, slice_c("")) = search;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct search *search = context;
	autostr struct str image = STR_INIT;

	(void)err; /* cannot fail */
	path_join(&image, search->name, entry->path);
	if (map_find(&search->state->by_image, str_slice(&image))) {
		search->is_found = true;
		add_known(search, entry->path);
		return WALK_SKIP;
	}
	if (S_ISDIR(entry->stat.st_mode))
		fields_add(&search->directories, entry->path);
	else
		keep_above(search, entry->path);
	return WALK_GO;
}

/* Find the images that the build state has in a directory, and directories that hold nothing else.
 */
static int find_images(struct generated *generated, const char *path, struct error **err)
{
	autofree char *product = parent_of(path);
	autofree char *file = xasprintf("%s/" BUILD_DIRECTORY "/state", product);
	autobuild_state struct build_state state = {0};
	struct search search = {.generated = generated,
	    .root = path,
	    .name = path_name(slice_c(path)),
	    .state = &state};
	const struct walk_visitor visitor = {visit, walk_fail, &search};
	bool is_damaged;
	int failed;

	if (build_state_read(&state, place_at(file), &is_damaged, err) < 0)
		return -1;
	if (!state.by_image.count)
		return 0;
	failed = tree_walk(place_at(path), &visitor, err);
	for (size_t i = 0; !failed && search.is_found && i < search.directories.count; i++) {
		if (!map_find(&search.kept, fields_at(&search.directories, i)))
			add_known(&search, fields_at(&search.directories, i));
	}
	if (!failed && search.is_found && !search.kept.count)
		add_known(&search, slice_of("", 0));
	map_release(&search.kept);
	fields_release(&search.directories);
	return failed;
}

static int is_directory_made(
    struct generated *generated, const char *path, bool *ret, struct error **err)
{
	struct slice name = path_name(slice_c(path));

	if (slice_is(name, BUILD_DIRECTORY))
		return is_build_directory(path, ret, err);
	if (slice_is(name, INDEX_DIRECTORY))
		return is_index_directory(path, ret, err);
	if (mark_is_in(AT_FDCWD, path, ret, err) < 0)
		return -1;
	if (*ret || *name.data != '.')
		return 0;
	if (find_images(generated, path, err) < 0)
		return -1;
	*ret = map_find(&generated->known, slice_c(path));
	return 0;
}

int generated_why_not(void *context, const char *path, const struct stat *stat,
    const char **ret_reason, struct error **err)
{
	struct generated *generated = context;
	bool is = map_find(&generated->known, slice_c(path)) ||
		  temporary_is(path_name(slice_c(path)));
	int failed = 0;

	*ret_reason = NULL;
	if (!is && S_ISDIR(stat->st_mode))
		failed = is_directory_made(generated, path, &is, err);
	else if (!is && S_ISREG(stat->st_mode))
		failed = is_index_file(path, &is, err);
	if (is)
		*ret_reason = "made by kiln";
	return failed;
}

void generated_release(struct generated *generated)
{
	map_release(&generated->known);
	arena_release(&generated->arena);
}
