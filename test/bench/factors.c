/*
 * The walk of a project alone: what the first project of the product that a path belongs to costs.
 *
 *	factors PATH
 *
 * prints the number of factors, and the bytes of memory for each.
 */
#include <malloc.h>

#include "factor/project.h"

static void ignore(void *context, struct error *problem)
{
	(void)context;
	error_free(problem);
}

int main(int argc, char **argv)
{
	const struct factor_listener listener = {ignore, ignore, NULL};
	CLEANUP(products_release) struct products products;
	const struct product *product;
	const struct project *project;
	struct mallinfo2 memory;

	products_init(&products, &listener);
	product = product_of(&products, argc > 1 ? argv[1] : ".", NULL);
	if (!product || product->project_count == 0)
		return 1;
	if (project_walk(product->projects[0], NULL) < 0)
		return 1;
	project = product->projects[0];
	memory = mallinfo2();
	(void)printf("%zu %zu\n", project->factor_count,
	    (memory.uordblks + memory.hblkhd) /
		(project->factor_count ? project->factor_count : 1));
	return 0;
}
