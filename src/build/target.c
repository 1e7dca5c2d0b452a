#include "build/target.h"

#include <fcntl.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "base/trust.h"
#include "build/graph.h"

static void drop_problem(void *context, struct error *problem)
{
	(void)context;
	error_free(problem);
}

/* Whether this user or root has built in place here: 1, 0, or -1 on an error. */
static int is_built(const char *directory, struct error **err)
{
	autofree char *path = xasprintf("%s/" BUILD_DIRECTORY, directory);
	struct stat stat_of;

	int there = presence_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, &stat_of, NULL, err);

	return there > 0 ? stat_of.st_uid == geteuid() || stat_of.st_uid == 0 : there;
}

/* Find the nearest directory above `path` that was built in place; `path` is then a part of that
 * product. *ret is empty if there is none. */
static int find_built(
    struct slice path, const struct fields *trusted, struct str *ret, struct error **err)
{
	while ((path = path_parent(path)).len > 1) {
		int is_there;

		str_truncate(ret, 0);
		str_add_slice(ret, path);
		is_there = is_built(str_c(ret), err);
		if (is_there < 0)
			return -1;
		if (is_there)
			return trust_check_above(str_c(ret), BUILD_DIRECTORY, trusted, err);
	}
	str_truncate(ret, 0);
	return 0;
}

/* Open the product that a path belongs to. Trials use sets of products of their own, because a
 * set remembers what a directory was taken for. A directory that nothing declares but that has
 * projects is a product whose index is missing. */
static struct product *open_product(
    const struct target_search *search, const char *path, struct error **err)
{
	const struct factor_listener listener = {drop_problem, drop_problem, NULL};
	bool rescans = search->index == INDEX_ALWAYS;
	CLEANUP(products_release) struct products around = {0};
	CLEANUP(products_release) struct products below = {0};
	const struct product *product, *found;
	autostr struct str built = STR_INIT;
	autoerror struct error *problem = NULL;

	products_init(&around, &listener);
	products_init(&below, &listener);
	around.keeps_indexes = below.keeps_indexes = search->products->keeps_indexes;
	around.trusted = below.trusted = search->products->trusted;
	product = product_of(&around, path, NULL);
	if (product && !product->implicit && rescans)
		return product_open(search->products, product->path.data, true, err);
	if (!product || !product->implicit || !product->projects[0]->implicit)
		return product_of(search->products, path, err);
	found = product_open(&below, path, false, &problem);
	if (!found) {
		/* product_of() below reports errors of the input; errors of the system end here. */
		(void)fail_as(&problem, ERROR_INPUT);
		if (!error_is_local(problem))
			return fail_null(fail_with(err, steal(&problem)));
	}
	if (found && found->project_count)
		return product_open(search->products, path, rescans, err);
	if (find_built(product->path, search->products->trusted, &built, err) < 0)
		return NULL;
	return product_of(search->products, built.len ? str_c(&built) : path, err);
}

/* Find a directory that has projects below it. */
static int find_directory(
    const struct target_search *search, const char *path, struct target *target, struct error **err)
{
	autostr struct str resolved = STR_INIT;
	struct slice below;

	if (tree_resolve(path, &resolved, err) < 0)
		return -1;
	if (path_below(str_slice(&resolved), target->product->path, &below))
		target->directory = arena_slice(&search->products->arena, below);
	return 0;
}

static int find_path(
    const struct target_search *search, const char *path, struct target *ret, struct error **err)
{
	ret->product = open_product(search, path, err);
	if (!ret->product ||
	    product_locate(ret->product, path, &ret->project, &ret->factor, err) < 0)
		return -1;
	return ret->project ? 0 : find_directory(search, path, ret, err);
}

static int find_factor_path(
    const struct target_search *search, const char *text, struct target *ret, struct error **err)
{
	ret->product = open_product(search, ".", err);
	if (!ret->product)
		return -1;
	ret->project = product_split(ret->product, slice_c(text), &ret->factor);
	if (ret->project)
		return 0;
	return fail(err, ERROR_USAGE,
	    "'%s' does not exist, and is not a factor path in the product of the current directory",
	    text);
}

int target_find(
    const struct target_search *search, const char *text, struct target *ret, struct error **err)
{
	int there;

	*ret = (struct target){NULL, NULL, SLICE_LITERAL(""), SLICE_LITERAL("")};
	/* Most likely an unset variable of a script, so not the current directory. */
	if (!*text)
		return fail(
		    err, ERROR_USAGE, "invalid target '': expected a path or a factor path");
	there = presence_of(text, NULL, err);
	if (there < 0)
		return -1;
	if (!there && path_is_factor(slice_c(text)))
		return find_factor_path(search, text, ret, err);
	return find_path(search, text, ret, err);
}

int target_find_all(const struct target_search *search, const char *const *texts,
    struct target **ret, size_t *ret_count, struct error **err)
{
	static const char *const here[] = {".", NULL};

	if (!texts || !*texts)
		texts = here;
	*ret_count = 0;
	while (texts[*ret_count])
		(*ret_count)++;
	*ret = xcalloc(*ret_count, sizeof(**ret));
	for (size_t i = 0; i < *ret_count; i++) {
		if (target_find(search, texts[i], &(*ret)[i], err) < 0)
			return -1;
	}
	return 0;
}

bool target_is_product(const struct target *target)
{
	/* An implicit product has one project, which is the whole product. */
	return !target->directory.len && !target->factor.len &&
	       (!target->project || target->product->implicit);
}

bool target_has(const struct target *target, const struct project *project)
{
	/* Compare paths: when the index is rebuilt, there are new project objects. */
	if (target->project)
		return slice_equal(target->project->path, project->path);
	return path_below(project->directory, target->directory, NULL);
}
