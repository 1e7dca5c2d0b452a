/*
 * What the tests of factors share: trees to read, and the problems that were reported.
 */
#ifndef KILN_TEST_FIXTURE_H
#define KILN_TEST_FIXTURE_H

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "factor/answer.h"
#include "factor/reference.h"

#include "suite.h"

/* A file, with the directories above it. */
static inline void put(const char *path, const char *content)
{
	autoerror struct error *error = NULL;

	ck_ok(tree_make_parents(place_at(path), &error), error);
	ck_ok(file_replace(place_at(path), slice_c(content), 0644, 0, &error), error);
}

static inline void put_link(const char *path, const char *target)
{
	autoerror struct error *error = NULL;

	ck_ok(tree_make_parents(place_at(path), &error), error);
	ck_assert_int_eq(symlink(target, path), 0);
}

/* A project `name` in a directory, with formats for .py, .c, .fr and .sr. */
static inline void put_project(const char *directory, const char *name)
{
	autofree char *identity = xasprintf("%s/.project/f-identity", directory);
	autofree char *formats = xasprintf("%s/.project/polynomial-1", directory);
	autofree char *text = xasprintf("%s http://x.net/%s factors/polynomial-1\n", name, name);

	put(identity, text);
	put(formats, "http://if.fault.io/factors/python\n\tmodule.py psf-v3\n"
		     "http://if.fault.io/factors/system\n\ttype.c 2018 c\n"
		     "\treferences.sr plain text\n"
		     "http://if.fault.io/factors/meta\n\treferences.fr plain text\n");
}

/* A set of products and what it reported, a line each: "PATH:LINE: MESSAGE". */
struct world {
	struct products products;
	struct str problems;
	struct error *error;
};

static inline void world_problem(void *context, struct error *problem)
{
	struct world *world = context;

	ck_assert_ptr_nonnull(problem);
	str_addf(&world->problems, "%s:%ld: %s\n", problem->path ? problem->path : "",
	    problem->line, problem->message);
	error_free(problem);
}

static inline void world_release(struct world *world)
{
	products_release(&world->products);
	str_release(&world->problems);
	error_free(world->error);
}

/* Declare the variable `world`. */
#define WITH_WORLD                                                          \
	CLEANUP(world_release) struct world world = {.problems = STR_INIT}; \
	products_init(                                                      \
	    &world.products, &(struct factor_listener){world_problem, world_problem, &world})

static inline struct product *open_product(struct world *world, const char *path)
{
	struct product *product = product_open(&world->products, path, false, &world->error);

	ck_assert_msg(product, "%s", world->error ? world->error->message : "no error");
	return product;
}

static inline struct product *product_at(struct world *world, const char *path)
{
	struct product *product = product_of(&world->products, path, &world->error);

	ck_assert_msg(product, "%s", world->error ? world->error->message : "no error");
	return product;
}

static inline void walk_project(struct project *project)
{
	struct error *error = NULL;

	ck_ok(project_walk(project, &error), error);
}

/* The factor of a path, NULL if there is none. */
static inline struct factor *factor_in(struct project *project, struct slice path)
{
	walk_project(project);
	return project_factor(project, path);
}

/* The factors of a project in order, "PATH SOURCE[+SOURCE]..." in a line each. */
static inline char *list_factors(struct project *project)
{
	struct str text = STR_INIT;

	walk_project(project);
	for (size_t i = 0; i < project->factor_count; i++) {
		const struct factor *factor = project->factors[i];

		str_add_slice(&text, factor->path);
		for (size_t k = 0; k < factor->source_count; k++)
			str_addf(&text, "%c%s", k ? '+' : ' ', factor->sources[k].path.data);
		str_addc(&text, '\n');
	}
	return str_take(&text);
}

#define ck_factors(project, expected)                         \
	do {                                                  \
		autofree char *list_ = list_factors(project); \
		ck_assert_str_eq(list_, expected);            \
	} while (0)

/* Fails the test unless exactly `text` was reported once, or nothing if it is NULL. */
static inline void ck_problem(const struct world *world, const char *text)
{
	const char *reported = str_c(&world->problems);

	if (!text)
		ck_assert_str_eq(reported, "");
	else
		ck_assert_msg(world->products.problems == 1 && strstr(reported, text),
		    "'%s' is not one problem with '%s'", reported, text);
}

#endif
