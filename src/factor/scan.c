/* Which directories of a product are projects. */
#include <errno.h>

#include "base/breadth.h"
#include "base/path.h"
#include "factor/internal.h"

struct scan {
	const struct product *product;
	struct breadth search;
	struct fields *directories;
	bool reports, is_complete;
};

static void scan_release(struct scan *scan)
{
	breadth_release(&scan->search);
}

static void take_problem(struct scan *scan, struct error *problem)
{
	scan->is_complete = false;
	if (scan->reports)
		products_report(scan->product->set, problem);
	else
		error_free(problem);
}

/* Whether a directory of the current one is a project. That is asked before it is entered, since a project's is
 * not read here: it may be large. */
static bool is_project_in(struct scan *scan, size_t index)
{
	const struct breadth *search = &scan->search;
	autofree char *identity = xasprintf("%s/.project/f-identity", search->order[index]);
	autostr struct str path = STR_INIT;
	struct error *problem = NULL;
	struct stat found;
	int number;

	if (fstatat(search->fd, identity, &found, 0) == 0)
		return S_ISREG(found.st_mode);
	if (errno == ENOENT || errno == ENOTDIR)
		return false;
	number = errno;
	str_addf(&path, "%s/", search->root);
	breadth_path(search, index, &path); /* below the root */
	(void)fail_input(&problem, number, str_c(&path),
	    "cannot tell whether this is a project"); /* always -1 */
	take_problem(scan, problem);
	return false;
}

static void look_at(struct scan *scan, size_t index)
{
	struct breadth *search = &scan->search;
	autostr struct str path = STR_INIT;

	if (strchr(search->order[index], '.') || is_ignored(search->order[index]) ||
	    breadth_kind(search, index) != BREADTH_DIRECTORY)
		return;
	if (!is_project_in(scan, index)) {
		breadth_enter(search, index, NULL);
		return;
	}
	breadth_path(search, index, &path);
	fields_add(scan->directories, str_slice(&path));
}

int product_scan(const struct product *product, bool reports, struct fields *ret,
    bool *ret_complete, struct error **err)
{
	CLEANUP(scan_release)
	struct scan scan = {
	    .product = product, .directories = ret, .reports = reports, .is_complete = true};
	struct error *problem = NULL;
	int step;

	if (breadth_begin(&scan.search, product->path.data, err) < 0)
		return -1;
	while ((step = breadth_next(&scan.search, &problem)) != 0) {
		if (step < 0)
			take_problem(&scan, steal(&problem));
		for (size_t i = 0; step > 0 && i < scan.search.count; i++)
			look_at(&scan, i);
	}
	*ret_complete = scan.is_complete;
	return 0;
}
