#include "../factor/fixture.h"

#include "build/target.h"

/* The product "p" with the projects "ctx/a", "ctx/b" and "c", each with m.py and sub/n.py. */
static void put_product(void)
{
	static const char *const projects[] = {"p/ctx/a", "p/ctx/b", "p/c"};

	suite_make("p/.product");
	for (size_t i = 0; i < 3; i++) {
		autofree char *module = xasprintf("%s/m.py", projects[i]);
		autofree char *below = xasprintf("%s/sub/n.py", projects[i]);

		put_project(projects[i], path_name(slice_c(projects[i])).data);
		put(module, "");
		put(below, "");
	}
}

static struct target find(struct world *world, enum index_update index, const char *text)
{
	const struct target_search search = {&world->products, index};
	struct target target;

	ck_ok(target_find(&search, text, &target, &world->error), world->error);
	return target;
}

/* The projects that a target names, each with a space behind. */
static char *list_projects(const struct target *target)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < target->product->project_count; i++) {
		if (target_has(target, target->product->projects[i]))
			str_addf(&text, "%s ", target->product->projects[i]->path.data);
	}
	return str_take(&text);
}

/* Fails the test unless a text names these projects, and this path in one of them. */
static void check_target(const char *text, const char *projects, const char *factor)
{
	WITH_WORLD;
	struct target target = find(&world, INDEX_NEVER, text);
	autofree char *found = list_projects(&target);

	ck_assert_str_eq(found, projects);
	ck_assert(slice_is(target.factor, factor));
	ck_assert(slice_is(path_name(target.product->path), "p"));
	ck_assert(target_is_product(&target) == (strcmp(projects, "ctx.a ctx.b c ") == 0));
}

START_TEST(paths_name_products_projects_parts_and_directories_above)
{
	put_product();
	check_target("p", "ctx.a ctx.b c ", "");
	check_target("p/", "ctx.a ctx.b c ", "");
	check_target("p/ctx", "ctx.a ctx.b ", "");
	check_target("p/ctx/a", "ctx.a ", "");
	check_target("p/ctx/a/sub", "ctx.a ", "sub");
	check_target("p/c/sub/n.py", "c ", "sub.n");
	check_target("./p/ctx/../c", "c ", "");
}
END_TEST

START_TEST(factor_paths_are_those_of_the_product_of_the_current_directory)
{
	put_product();
	ck_assert_int_eq(chdir("p/ctx/a"), 0);
	check_target("ctx.a", "ctx.a ", "");
	check_target("ctx.b.sub.n", "ctx.b ", "sub.n");
	check_target("c.nothing", "c ", "nothing"); /* which is not looked at */
	check_target("sub", "ctx.a ", "sub");	    /* a path */
}
END_TEST

START_TEST(what_names_nothing_is_refused_by_name)
{
	static const char *const wrong[] = {"none", "none.such", "p/none", "d.e", ""};
	WITH_WORLD;
	const struct target_search search = {&world.products, INDEX_NEVER};
	struct target target;

	put_product();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_fails(
		    target_find(&search, wrong[i], &target, &world.error), world.error, wrong[i]);
		ck_assert_int_eq(world.error->kind, ERROR_USAGE);
	}
	ck_fails(target_find(&search, "./d.e", &target, &world.error), world.error, "d.e");
}
END_TEST

START_TEST(of_a_list_all_are_found_and_of_none_the_current_directory)
{
	static const char *const texts[] = {"p/c", "p/ctx", NULL};
	static const char *const none[] = {NULL};
	WITH_WORLD;
	const struct target_search search = {&world.products, INDEX_NEVER};
	autofree struct target *targets = NULL, *here = NULL, *there = NULL;
	size_t count;

	put_product();
	ck_ok(target_find_all(&search, texts, &targets, &count, &world.error), world.error);
	ck_assert_uint_eq(count, 2);
	ck_assert(slice_is(targets[0].project->path, "c"));
	ck_assert_ptr_eq(targets[0].product, targets[1].product);
	ck_assert_int_eq(chdir("p/c"), 0);
	ck_ok(target_find_all(&search, NULL, &here, &count, &world.error), world.error);
	ck_assert_uint_eq(count, 1);
	ck_assert(slice_is(here->project->path, "c"));
	ck_ok(target_find_all(&search, none, &there, &count, &world.error), world.error);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(looking_for_targets_writes_nothing)
{
	static const enum index_update all[] = {INDEX_MISSING, INDEX_NEVER, INDEX_ALWAYS};

	put_product();
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		WITH_WORLD;

		(void)find(&world, all[i], "p/c");
		ck_assert(!suite_exists("p/.product/PROJECTS"));
	}
}
END_TEST

START_TEST(text_with_a_slash_is_never_a_factor_path)
{
	static const char *const wrong[] = {"a/m", "c/m", "ctx.a/sub.n", "c.m/"};
	WITH_WORLD;
	const struct target_search search = {&world.products, INDEX_MISSING};
	struct target target;

	put_product();
	ck_assert_int_eq(chdir("p"), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_fails(target_find(&search, wrong[i], &target, &world.error), world.error,
		    "does not exist");
		ck_assert_ptr_null(strstr(world.error->message, "factor"));
	}
}
END_TEST

START_TEST(an_index_that_is_there_is_only_made_anew_on_demand)
{
	static const char text[] = "http://x.net/c c factors/polynomial-1\n";
	autofree char *old = NULL, *new = NULL;
	struct target target;

	put_product();
	put("p/.product/PROJECTS", text);
	{
		WITH_WORLD;

		target = find(&world, INDEX_MISSING, "p");
		old = list_projects(&target);
	}
	ck_assert_str_eq(old, "c ");
	suite_expect("p/.product/PROJECTS", text);
	{
		WITH_WORLD;

		target = find(&world, INDEX_ALWAYS, "p");
		new = list_projects(&target);
	}
	ck_assert_str_eq(new, "ctx.a ctx.b c ");
}
END_TEST

START_TEST(a_target_stays_the_same_project_when_the_index_is_made_anew)
{
	WITH_WORLD;
	struct target first, second;
	autofree char *found = NULL;

	put_product();
	put("p/.product/PROJECTS", "http://x.net/c c factors/polynomial-1\n");
	first = find(&world, INDEX_ALWAYS, "p/c");
	second = find(&world, INDEX_ALWAYS, "p/ctx/a");
	ck_assert_ptr_eq(first.product, second.product);
	found = list_projects(&first);
	ck_assert_str_eq(found, "c ");
}
END_TEST

SUITE("build/target", paths_name_products_projects_parts_and_directories_above,
    factor_paths_are_those_of_the_product_of_the_current_directory,
    what_names_nothing_is_refused_by_name,
    of_a_list_all_are_found_and_of_none_the_current_directory, looking_for_targets_writes_nothing,
    text_with_a_slash_is_never_a_factor_path, an_index_that_is_there_is_only_made_anew_on_demand,
    a_target_stays_the_same_project_when_the_index_is_made_anew)
