/* Find the directories of a product that are projects. */
#include <errno.h>

#include "base/breadth.h"
#include "base/path.h"
#include "base/presence.h"
#include "factor/internal.h"

struct scan {
	struct products *set;
	struct map *unseen; /* NULL: problems are not reported */
	struct breadth search;
	struct fields *directories;
};

static void scan_release(struct scan *scan)
{
	breadth_release(&scan->search);
}

/* Report that a path, or something below it, could not be read. */
static int miss(struct scan *scan, struct slice path, struct error *problem, struct error **err)
{
	autostr struct str factor_path = STR_INIT;

	if (!scan->unseen && error_is_local(problem)) {
		error_free(problem);
		return 0;
	}
	add_replaced(&factor_path, path, '/', '.');
	if (scan->unseen)
		unseen_add(scan->unseen, &scan->set->arena, str_slice(&factor_path));
	return products_report(scan->set, problem, err);
}

/* Whether an entry of the current directory is a project: 1, 0, or -1 if the system does not tell.
 * Asked before entering it, because a project's directory, which may be large, is not read here. */
static int is_project_in(const struct scan *scan, size_t index, struct error **err)
{
	const struct breadth *search = &scan->search;
	autofree char *identity = xasprintf("%s/.project/f-identity", search->order[index]);
	autostr struct str below = STR_INIT;
	autostr struct str path = STR_INIT;
	struct error *problem = NULL;
	struct stat found;
	int there = presence_at(search->fd, identity, 0, &found, NULL, &problem);

	if (there >= 0)
		return there && S_ISREG(found.st_mode);
	breadth_path(search, index, &below);
	path_join(&path, slice_c(search->root), str_slice(&below));
	(void)fail_input(err, problem->number, str_c(&path),
	    "cannot determine whether this is a project"); /* always -1 */
	error_free(problem);
	return -1;
}

static int look_at(struct scan *scan, size_t index, struct error **err)
{
	struct breadth *search = &scan->search;
	autostr struct str path = STR_INIT;
	struct error *problem = NULL;
	enum breadth_kind kind;
	int is_project;

	if (strchr(search->order[index], '.') || is_ignored(search->order[index]))
		return 0;
	kind = breadth_kind(search, index);
	if (kind != BREADTH_DIRECTORY && kind != BREADTH_UNSEEN)
		return 0;
	is_project = kind == BREADTH_UNSEEN ? breadth_fail(search, index, errno, &problem)
					    : is_project_in(scan, index, &problem);
	breadth_path(search, index, &path);
	if (is_project < 0)
		return miss(scan, str_slice(&path), problem, err);
	if (is_project)
		fields_add(scan->directories, str_slice(&path));
	else
		breadth_enter(search, index, NULL);
	return 0;
}

int product_scan(
    const struct product *product, struct map *unseen, struct fields *ret, struct error **err)
{
	CLEANUP(scan_release)
	struct scan scan = {.set = product->set, .unseen = unseen, .directories = ret};
	struct error *problem = NULL;
	bool is = false;
	int step;

	if (breadth_begin(&scan.search, product->path.data, err) < 0)
		return -1;
	while ((step = breadth_next(&scan.search, &problem)) != 0) {
		/* A search that was cut may have missed projects anywhere. */
		struct slice path = scan.search.is_cut ? slice_of("", 0)
						       : scan.search.directory->path;

		if (step > 0 && is_image(&scan.search, &is, &problem) < 0)
			step = -1;
		if (step < 0 && miss(&scan, path, steal(&problem), err) < 0)
			return -1;
		for (size_t i = 0; step > 0 && !is && i < scan.search.count; i++) {
			if (look_at(&scan, i, err) < 0)
				return -1;
		}
	}
	return 0;
}
