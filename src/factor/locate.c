/* Which product, project and factor a path belongs to. */
#include <errno.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "base/trust.h"
#include "factor/declare.h"
#include "factor/internal.h"

static bool has_parent_component(struct slice path)
{
	struct slice name;

	while (slice_next(&path, '/', &name))
		if (slice_is(name, ".."))
			return true;
	return false;
}

/* Make a path absolute such that its text can be followed upwards. Links stay, since what a link in
 * a project leads to is a part of the project; ".." is resolved as the file system resolves it. */
static int make_absolute(const char *path, struct str *ret, struct error **err)
{
	autostr struct str whole = STR_INIT;
	autofree char *here = NULL;

	if (has_parent_component(slice_c(path)))
		return tree_resolve(path, ret, err);
	if (*path != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return fail_errno(err, errno, "cannot determine the working directory");
	}
	path_join(&whole, here ? slice_c(here) : slice_of("", 0), slice_c(path));
	path_normalize(ret, str_slice(&whole));
	return 0;
}

/* Replace an absolute path by its parent; false at the root. */
static bool go_up(struct str *path)
{
	if (path->len <= 1)
		return false;
	str_truncate(path, path_parent(str_slice(path)).len);
	return true;
}

static int holds_product(const char *directory, struct error **err)
{
	autofree char *path = xasprintf("%s/.product", directory);

	return presence_of_directory(path, err);
}

/* The marks looked for at the named path and above it. */
struct mark {
	const char *name;
	int (*holds)(const char *directory, struct error **err); /* -1: the system does not tell */
};

static const struct mark project_mark = {".project", is_project};
static const struct mark product_mark = {".product", holds_product};

/* Go up from `path`, the named directory or one above it, to the first directory that has the mark.
 * *ret_found is false if no directory has it. */
static int find_above(const struct products *products, struct slice named, const struct mark *mark,
    struct str *path, bool *ret_found, struct error **err)
{
	do {
		int found = mark->holds(str_c(path), err);

		*ret_found = found > 0;
		if (found < 0)
			return -1;
		if (found)
			return path->len < named.len ? trust_check_above(str_c(path), mark->name,
							   products->trusted, err)
						     : 0;
	} while (go_up(path));
	return 0;
}

/* 1, 0, or -1 if the system does not tell. */
static int is_same_file(const char *path, const struct stat *file, struct error **err)
{
	struct stat found;
	int there = presence_of(path, &found, err);

	return there <= 0 ? there : found.st_ino == file->st_ino && found.st_dev == file->st_dev;
}

/* The part of an absolute path below a product's directory. Returns 1; 0 if the path is not below
 * it; -1 if the system does not tell. */
static int path_in_product(
    const struct product *product, struct slice path, struct slice *ret, struct error **err)
{
	autostr struct str above = STR_INIT;
	struct stat root;
	int there;

	if (path_below(path, product->path, ret))
		return 1;
	there = presence_of(product->path.data, &root, err);
	if (there <= 0)
		return there;
	str_add_slice(&above, path);
	while ((there = is_same_file(str_c(&above), &root, err)) == 0)
		if (!go_up(&above))
			return 0;
	return there < 0 ? -1 : path_below(path, str_slice(&above), ret);
}

struct project *product_split(
    const struct product *product, struct slice path, struct slice *ret_factor)
{
	for (size_t len = path.len;; len--) {
		bool at_end = len == path.len;
		struct project *project;

		if (at_end || path.data[len] == '.') {
			project = map_get(&product->by_path, slice_of(path.data, len));
			if (project) {
				*ret_factor = at_end ? slice_of("", 0)
						     : slice_of(
							   path.data + len + 1, path.len - len - 1);
				return project;
			}
		}
		if (len == 0)
			return NULL;
	}
}

/* The project whose directory contains a path below the product; the deepest one if there are
 * several. */
static struct project *project_of(
    const struct product *product, struct slice path, struct slice *ret_rest)
{
	struct project *found = NULL;

	for (size_t i = 0; i < product->project_count; i++) {
		struct project *project = product->projects[i];

		if ((!found || project->directory.len > found->directory.len) &&
		    path_below(path, project->directory, ret_rest))
			found = project;
	}
	if (found)
		(void)path_below(path, found->directory, ret_rest); /* within the project */
	return found;
}

/* The factor path of a path below a project. */
static int factor_path_of(struct products *set, const char *whole, struct slice path,
    struct slice *ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct slice name = path_name(path);
	const char *dot = name.len ? memchr(name.data, '.', name.len) : NULL;
	int is_directory = dot ? presence_of_directory(whole, err) : 0;

	if (is_directory < 0)
		return -1;
	if (dot && !is_directory)
		path.len = (size_t)(dot - path.data);
	add_replaced(&text, path, '/', '.');
	*ret = arena_slice(&set->arena, str_slice(&text));
	return 0;
}

int product_locate(struct product *product, const char *path, struct project **ret_project,
    struct slice *ret_factor, struct error **err)
{
	autostr struct str whole = STR_INIT;
	struct slice below, rest;
	int is_in;

	*ret_factor = slice_of("", 0);
	if (make_absolute(path, &whole, err) < 0)
		return -1;
	is_in = path_in_product(product, str_slice(&whole), &below, err);
	if (is_in <= 0)
		return is_in < 0 ? -1
				 : fail(err, ERROR_USAGE, "'%s' is not in the product '%s'", path,
				       product->path.data);
	*ret_project = project_of(product, below, &rest);
	if (!*ret_project)
		return 0;
	return factor_path_of(product->set, str_c(&whole), rest, ret_factor, err);
}

/* Whether a project contains a path below a product. */
static bool is_in_project(const struct product *product, struct slice path)
{
	struct slice rest;

	return project_of(product, path, &rest) != NULL;
}

/* Whether a path below a product is the product itself, or a directory above projects. */
static bool is_above_projects(const struct product *product, struct slice path)
{
	for (size_t i = 0; i < product->project_count; i++)
		if (path_below(product->projects[i]->directory, path, NULL))
			return true;
	return !path.len;
}

static struct product *open_implicit(
    struct products *products, const char *directory, bool plain, struct error **err)
{
	autostr struct str resolved = STR_INIT;

	if (tree_resolve(directory, &resolved, err) < 0)
		return NULL;
	return product_implicit(products, str_slice(&resolved), plain, err);
}

/* The nearest product at or above a directory for which `belongs` accepts the part of the path
 * below the product; *ret is NULL if there is none. `named` is the path that the caller gave. */
static int open_above(struct products *products, struct slice named, struct slice directory,
    struct slice path, bool (*belongs)(const struct product *product, struct slice below),
    struct product **ret, struct error **err)
{
	autostr struct str above = STR_INIT;
	struct product *product;
	struct slice below;
	bool found;
	int is_in;

	*ret = NULL;
	str_add_slice(&above, directory);
	if (find_above(products, named, &product_mark, &above, &found, err) < 0)
		return -1;
	if (!found)
		return 0;
	product = product_open(products, str_c(&above), false, err);
	is_in = product ? path_in_product(product, path, &below, err) : -1;
	if (is_in < 0)
		return -1;
	if (is_in && belongs(product, below))
		*ret = product;
	return 0;
}

/* Append the directory of a path: the path itself if it is a directory, else its parent. */
static int find_directory(const struct str *path, struct str *ret, struct error **err)
{
	struct stat found;
	int there = presence_of(str_c(path), &found, err);

	if (there <= 0)
		return there < 0 ? -1 : fail(err, ERROR_USAGE, "'%s' does not exist", str_c(path));
	str_add_slice(ret, str_slice(path));
	if (!S_ISDIR(found.st_mode))
		(void)go_up(ret); /* a file's path is never the root */
	return 0;
}

struct product *product_of(struct products *products, const char *path, struct error **err)
{
	autostr struct str named = STR_INIT;
	autostr struct str directory = STR_INIT;
	autostr struct str above = STR_INIT;
	const struct str *project; /* the name of its directory */
	struct product *product;
	bool found;

	if (make_absolute(path, &named, err) < 0 || find_directory(&named, &directory, err) < 0)
		return NULL;
	str_add_slice(&above, str_slice(&directory));
	if (find_above(products, str_slice(&named), &project_mark, &above, &found, err) < 0)
		return NULL;
	project = found ? &above : &directory;
	if (open_above(products, str_slice(&named), str_slice(project), str_slice(&directory),
		found ? is_in_project : is_above_projects, &product, err) < 0)
		return NULL;
	return product ? product : open_implicit(products, str_c(project), !found, err);
}
