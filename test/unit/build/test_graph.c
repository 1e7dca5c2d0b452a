#include "../factor/fixture.h"

#include "build/graph.h"

static const char formats[] = "http://if.fault.io/factors/python\n"
			      "\tmodule.py psf-v3\n\tinterface.pyi psf-v3\n"
			      "http://if.fault.io/factors/system\n\tlibrary.c 2018 c\n"
			      "\treferences.sr plain text\n"
			      "http://if.fault.io/factors/meta\n\tchapter.txt kleptic text\n"
			      "\treferences.fr plain text\n";

/* A project "NAME" in the directory PRODUCT/NAME. */
static void put_formats(const char *product, const char *name)
{
	autofree char *directory = xasprintf("%s/%s", product, name);
	autofree char *path = xasprintf("%s/.project/polynomial-1", directory);

	put_project(directory, name);
	put(path, formats);
}

/* An explicit factor with a source, of a type below http://if.fault.io/factors/. */
static void put_factor(const char *directory, const char *type, const char *requirements)
{
	autofree char *declaration = xasprintf("%s/.factor", directory);
	autofree char *source = xasprintf("%s/main.c", directory);
	autofree char *text = xasprintf("http://if.fault.io/factors/%s\n%s", type, requirements);

	put(declaration, text);
	put(source, "int x;\n");
}

/* A graph, and what it reported. */
struct bench {
	struct graph graph;
	struct str problems;
	size_t problem_count;
	struct fields features;
	struct error *error;
};

static void take_problem(void *context, struct error *problem)
{
	struct bench *bench = context;

	str_addf(
	    &bench->problems, "%s: %s\n", problem->path ? problem->path : "", problem->message);
	bench->problem_count++;
	error_free(problem);
}

static void bench_release(struct bench *bench)
{
	graph_release(&bench->graph);
	str_release(&bench->problems);
	fields_release(&bench->features);
	error_free(bench->error);
}

/* With the context that is built in, and these modes. */
static void bench_init(struct bench *bench, const char *const *modes, size_t count)
{
	struct graph *graph = &bench->graph;

	graph->listener = (struct factor_listener){take_problem, take_problem, bench};
	products_init(&graph->products, &graph->listener);
	ck_ok(context_load(NULL, &graph->context, &bench->error), bench->error);
	graph->mode_count = count;
	graph->modes = xcalloc(count, sizeof(*graph->modes));
	for (size_t i = 0; i < count; i++) {
		graph->modes[i].request = (struct context_request){
		    .mode = modes[i],
		    .features = &bench->features,
		    .host_system = "linux",
		    .host_architecture = "x86_64",
		    .host_python = PYTHON_ARCHITECTURE,
		};
	}
}

/* Declare the variable `bench`. */
#define WITH_BENCH(...)                                                     \
	CLEANUP(bench_release) struct bench bench = {.problems = STR_INIT}; \
	const char *const modes[] = {__VA_ARGS__};                          \
	bench_init(&bench, modes, sizeof(modes) / sizeof(*modes))

static struct product *open_at(struct bench *bench, const char *path)
{
	struct product *product = product_open(&bench->graph.products, path, false, &bench->error);

	ck_assert_msg(product, "%s", bench->error ? bench->error->message : "no error");
	return product;
}

static struct factor *factor_at(const struct product *product, const char *path)
{
	struct slice rest;
	struct project *project = product_split(product, slice_c(path), &rest);

	ck_assert_ptr_nonnull(project);
	ck_ok(project_walk(project, NULL), (struct error *)NULL);
	ck_assert_ptr_nonnull(project_factor(project, rest));
	return project_factor(project, rest);
}

static void select_factor(struct bench *bench, struct factor *factor)
{
	ck_ok(graph_select(&bench->graph, factor, &bench->error), bench->error);
}

/* All factors of a product, and what they require. */
static void complete(struct bench *bench, const struct product *product)
{
	for (size_t i = 0; i < product->project_count; i++) {
		ck_ok(project_walk(product->projects[i], &bench->error), bench->error);
		for (size_t k = 0; k < product->projects[i]->factor_count; k++)
			select_factor(bench, product->projects[i]->factors[k]);
	}
	ck_ok(graph_complete(&bench->graph, &bench->error), bench->error);
}

/* The node of an image, by its path below the product at "p". */
static struct node *node_at(const struct bench *bench, const char *image)
{
	autostr struct str path = STR_INIT;
	struct node *node;

	ck_assert_int_eq(tree_resolve("p", &path, NULL), 0);
	str_addf(&path, "/%s", image);
	node = map_get(&bench->graph.by_image, str_slice(&path));
	ck_assert_msg(node, "no image '%s'", image);
	ck_assert(slice_is(node->image, image));
	ck_assert(slice_equal(node->absolute, str_slice(&path)));
	return node;
}

#define PYTHON ".images/linux-" PYTHON_ARCHITECTURE "/"
#define HOST ".images/linux-x86_64/"
#define DELINEATED ".delineated/linux-" PYTHON_ARCHITECTURE "/"

/* The nodes in order, a line each: the name, "(" what it needs ")" . */
static char *list_nodes(const struct graph *graph)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < graph->node_count; i++) {
		const struct node *node = graph->nodes[i];

		ck_assert_uint_eq(node->index, i);
		node_name(node, &text);
		for (size_t k = 0; k < node->need_count; k++) {
			str_addc(&text, ' ');
			node_name(node->needs[k], &text);
		}
		str_addc(&text, '\n');
	}
	return str_take(&text);
}

#define ck_nodes(bench, expected)                                  \
	do {                                                       \
		autofree char *list_ = list_nodes(&(bench).graph); \
		ck_assert_str_eq(list_, expected);                 \
	} while (0)

START_TEST(there_is_a_node_for_each_mode_in_which_a_factor_is_made)
{
	WITH_BENCH("executable", "delineation");
	const struct node *node;

	put_formats("p", "a");
	suite_make("p/.product");
	put("p/a/m.py", "");
	put("p/a/text.txt", "");
	put("p/a/unknown.zip", "");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.graph.node_count, 3);
	node = node_at(&bench, PYTHON "a/m.i");
	ck_assert(node->is_selected && !node->is_broken);
	ck_assert_ptr_eq(node->mode, &bench.graph.modes[0]);
	ck_assert_uint_eq(node->input_count, 1);
	ck_assert_uint_eq(node->own_count, 1);
	ck_assert(slice_is(node->inputs[0].path, "a/m.py"));
	ck_assert_ptr_eq(node_at(&bench, DELINEATED "a/m.i")->mode, &bench.graph.modes[1]);
	(void)node_at(&bench, ".delineated/void-json/a/text.i");
}
END_TEST

START_TEST(a_node_knows_its_name_work_directory_and_units)
{
	WITH_BENCH("executable");
	autostr struct str name = STR_INIT, unit = STR_INIT, work = STR_INIT, whole = STR_INIT;
	const struct node *node;

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/sub/lib", "system.library", "");
	put("p/a/sub/lib/deep/other.c", "");
	put("p/a/m.py", "");
	complete(&bench, open_at(&bench, "p"));
	node = node_at(&bench, HOST "a/sub/lib.i");
	node_name(node, &name);
	ck_assert_str_eq(str_c(&name), "a.sub.lib");
	node_unit(node, 1, &unit);
	str_add_slice(&whole, node->workspace->product->path);
	str_adds(&whole, "/.kiln-build/work/executable/a/sub.lib/linux-x86_64");
	node_work(node, &work);
	ck_assert_str_eq(str_c(&work), str_c(&whole));
	str_adds(&whole, "/units/deep/other.c.o");
	ck_assert_str_eq(str_c(&unit), str_c(&whole));
	node = node_at(&bench, PYTHON "a/m.i");
	str_truncate(&unit, 0);
	node_unit(node, 0, &unit);
	ck_assert(slice_ends(str_slice(&unit), SLICE_LITERAL("/units/m.py.ast")));
}
END_TEST

/* P8: the executable image is made of the module alone, the delineated one of both sources. */
static void check_twins(bool reversed)
{
	WITH_BENCH("executable", "delineation");
	struct product *product;
	struct factor *first;
	const struct node *node;

	put_formats("p", "a");
	suite_make("p/.product");
	put("p/a/roller.py", "");
	put("p/a/roller.pyi", "");
	product = open_at(&bench, "p");
	first = factor_at(product, "a.roller");
	ck_assert_ptr_nonnull(first->twin);
	select_factor(&bench, reversed ? first->twin : first);
	select_factor(&bench, reversed ? first : first->twin);
	ck_ok(graph_complete(&bench.graph, &bench.error), bench.error);
	ck_assert_str_eq(str_c(&bench.problems), "");
	ck_assert_uint_eq(bench.graph.node_count, 2);
	node = node_at(&bench, PYTHON "a/roller.i");
	ck_assert_ptr_null(node->interface);
	ck_assert_uint_eq(node->own_count, 1);
	ck_assert(slice_is(node->inputs[0].path, "a/roller.py"));
	node = node_at(&bench, DELINEATED "a/roller.i");
	ck_assert_ptr_nonnull(node->interface);
	ck_assert_uint_eq(node->own_count, 2);
	ck_assert(slice_is(node->inputs[0].path, "a/roller.py"));
	ck_assert(slice_is(node->inputs[1].path, "a/roller.pyi"));
	ck_assert(node->inputs[0].is_own && node->inputs[1].is_own);
}

START_TEST(a_module_and_its_interface_share_their_images)
{
	check_twins(false);
}
END_TEST

START_TEST(whichever_of_the_two_comes_first)
{
	check_twins(true);
}
END_TEST

START_TEST(an_interface_alone_is_only_described)
{
	WITH_BENCH("executable", "delineation");

	put_formats("p", "a");
	suite_make("p/.product");
	put("p/a/alone.pyi", "");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.graph.node_count, 1);
	ck_assert_uint_eq(node_at(&bench, DELINEATED "a/alone.i")->own_count, 1);
}
END_TEST

START_TEST(any_other_two_factors_for_one_image_are_an_error_that_names_both_sources)
{
	WITH_BENCH("executable");
	static const char text[] = "http://if.fault.io/factors/python\n"
				   "\tmodule.py psf-v3\n\tmodule.pyw psf-v3\n";

	put_formats("p", "a");
	put("p/a/.project/polynomial-1", text);
	suite_make("p/.product");
	put("p/a/two.py", "");
	put("p/a/two.pyw", "");
	put("p/a/one.py", "");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.problem_count, 1);
	ck_assert_ptr_nonnull(strstr(str_c(&bench.problems), "/p/a/two.py'"));
	ck_assert_ptr_nonnull(strstr(str_c(&bench.problems), "/p/a/two.pyw: "));
	ck_assert(node_at(&bench, PYTHON "a/two.i")->is_broken);
	ck_assert(!node_at(&bench, PYTHON "a/one.i")->is_broken);
}
END_TEST

START_TEST(each_node_stands_behind_what_it_needs)
{
	WITH_BENCH("executable");
	const struct node *node;

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/app", "system.executable", ".left\n.right\n");
	put_factor("p/a/base", "system.library", "");
	put_factor("p/a/left", "system.library", ".base\n");
	put_factor("p/a/right", "system.library", ".base\n");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_str_eq(str_c(&bench.problems), "");
	ck_nodes(bench, "a.base\na.left a.base\na.right a.base\na.app a.left a.right\n");
	node = node_at(&bench, HOST "a/base.i");
	ck_assert_uint_eq(node->dependent_count, 2);
	ck_assert_ptr_eq(node->dependents[0], node_at(&bench, HOST "a/left.i"));
	ck_assert_ptr_eq(node->dependents[1], node_at(&bench, HOST "a/right.i"));
}
END_TEST

START_TEST(what_is_required_is_made_but_was_not_named)
{
	WITH_BENCH("executable");
	struct product *product;

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/app", "system.executable", ".lib\n");
	put_factor("p/a/lib", "system.library", "");
	put_factor("p/a/other", "system.library", "");
	product = open_at(&bench, "p");
	select_factor(&bench, factor_at(product, "a.app"));
	ck_ok(graph_complete(&bench.graph, &bench.error), bench.error);
	ck_nodes(bench, "a.lib\na.app a.lib\n");
	ck_assert(node_at(&bench, HOST "a/app.i")->is_selected);
	ck_assert(!node_at(&bench, HOST "a/lib.i")->is_selected);
}
END_TEST

START_TEST(of_a_requirement_without_image_the_sources_are_inputs)
{
	WITH_BENCH("executable");
	const struct node *node;

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/app", "system.executable", ".include\n");
	put_factor("p/a/include", "meta.sources", "");
	put("p/a/include/x.h", "");
	complete(&bench, open_at(&bench, "p"));
	node = node_at(&bench, HOST "a/app.i");
	ck_assert_uint_eq(node->need_count, 0);
	ck_assert_uint_eq(node->own_count, 1);
	ck_assert_uint_eq(node->input_count, 3);
	ck_assert(slice_is(node->inputs[0].path, "a/app/main.c"));
	ck_assert(node->inputs[0].is_own);
	ck_assert(slice_is(node->inputs[1].path, "a/include/main.c"));
	ck_assert(slice_is(node->inputs[2].path, "a/include/x.h"));
	ck_assert(!node->inputs[1].is_own && !node->inputs[2].is_own);
}
END_TEST

START_TEST(a_cycle_is_printed_and_its_nodes_are_broken)
{
	WITH_BENCH("executable");

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/one", "system.library", ".two\n");
	put_factor("p/a/two", "system.library", ".three\n.free\n");
	put_factor("p/a/three", "system.library", ".one\n");
	put_factor("p/a/free", "system.library", "");
	put_factor("p/a/user", "system.executable", ".one\n");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.problem_count, 1);
	ck_assert_ptr_nonnull(strstr(str_c(&bench.problems),
	    "requirements form a cycle: a.one requires a.two requires a.three requires a.one"));
	ck_assert(node_at(&bench, HOST "a/one.i")->is_broken);
	ck_assert(node_at(&bench, HOST "a/two.i")->is_broken);
	ck_assert(node_at(&bench, HOST "a/three.i")->is_broken);
	ck_assert(!node_at(&bench, HOST "a/free.i")->is_broken);
	ck_assert(!node_at(&bench, HOST "a/user.i")->is_broken);
	ck_assert_uint_eq(bench.graph.node_count, 5);
}
END_TEST

START_TEST(each_cycle_is_reported_once)
{
	WITH_BENCH("executable");

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/itself", "system.library", ".itself\n");
	put_factor("p/a/one", "system.library", ".two\n.itself\n");
	put_factor("p/a/two", "system.library", ".one\n");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.problem_count, 2);
	ck_assert_ptr_nonnull(
	    strstr(str_c(&bench.problems), "cycle: a.itself requires a.itself\n"));
	ck_assert_uint_eq(bench.graph.node_count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert(bench.graph.nodes[i]->is_broken);
}
END_TEST

START_TEST(a_wrong_requirement_breaks_its_factor_alone)
{
	WITH_BENCH("executable");

	put_formats("p", "a");
	suite_make("p/.product");
	put_factor("p/a/bad", "system.library", ".nothing\n");
	put_factor("p/a/user", "system.library", ".bad\n");
	put_factor("p/a/good", "system.library", "");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.problem_count, 1);
	ck_assert_ptr_nonnull(strstr(str_c(&bench.problems), "nothing"));
	ck_assert_ptr_nonnull(strstr(str_c(&bench.problems), "a/bad/.factor"));
	ck_assert(node_at(&bench, HOST "a/bad.i")->is_broken);
	ck_assert_uint_eq(node_at(&bench, HOST "a/bad.i")->input_count, 0);
	ck_assert(!node_at(&bench, HOST "a/user.i")->is_broken);
	ck_assert(!node_at(&bench, HOST "a/good.i")->is_broken);
}
END_TEST

START_TEST(another_product_has_a_site_of_its_own)
{
	WITH_BENCH("executable");
	const struct node *app, *lib;
	struct product *product;

	put_formats("p", "a");
	put_formats("q", "b");
	put("p/.product/CONNECTIONS", "q\n");
	suite_make("q/.product");
	put_factor("p/a/app", "system.executable", ".set\n");
	put("p/a/set.fr", "http://x.net/b/lib\n");
	put_factor("q/b/lib", "system.library", "");
	product = open_at(&bench, "p");
	complete(&bench, product);
	ck_assert_str_eq(str_c(&bench.problems), "");
	ck_assert_uint_eq(bench.graph.workspace_count, 2);
	app = node_at(&bench, HOST "a/app.i");
	ck_assert_uint_eq(app->need_count, 1);
	lib = app->needs[0];
	ck_assert(app->workspace != lib->workspace);
	ck_assert(slice_is(path_name(lib->workspace->product->path), "q"));
	ck_assert(slice_is(lib->image, HOST "b/lib.i"));
	ck_assert_ptr_eq(graph_workspace(&bench.graph, product, NULL), app->workspace);
	ck_assert_uint_eq(bench.graph.workspace_count, 2);
	ck_assert_int_eq(app->workspace->lock, -1);
}
END_TEST

/* The settings and declaration of the image of p/a/m.py in a graph with this feature, or none. */
static void describe(const char *feature, struct hash *ret_settings, struct str *ret_declaration)
{
	WITH_BENCH("executable");
	const struct node *node;

	if (feature)
		fields_adds(&bench.features, feature);
	complete(&bench, open_at(&bench, "p"));
	node = node_at(&bench, PYTHON "a/m.i");
	*ret_settings = node->config;
	node_declaration(node, ret_declaration);
	ck_assert_mem_eq(
	    node->config.bytes, node_at(&bench, PYTHON "a/n.i")->config.bytes, HASH_SIZE);
}

START_TEST(settings_are_what_was_asked_for_and_declarations_what_was_declared)
{
	autostr struct str first = STR_INIT, second = STR_INIT, third = STR_INIT;
	struct hash plain, again, optimal;

	put_formats("p", "a");
	suite_make("p/.product");
	put("p/a/m.py", "");
	put("p/a/n.py", "");
	describe(NULL, &plain, &first);
	describe(NULL, &again, &second);
	ck_assert_mem_eq(plain.bytes, again.bytes, HASH_SIZE);
	ck_assert_str_eq(str_c(&first), str_c(&second));
	describe("optimal", &optimal, &third);
	ck_assert_mem_ne(plain.bytes, optimal.bytes, HASH_SIZE);
	ck_assert_str_eq(str_c(&first), str_c(&third));
	put("p/a/.project/polynomial-1", "http://if.fault.io/factors/python\n\tmodule.py psf-v4\n");
	str_truncate(&third, 0);
	describe(NULL, &again, &third);
	ck_assert_mem_eq(plain.bytes, again.bytes, HASH_SIZE);
	ck_assert_str_ne(str_c(&first), str_c(&third));
}
END_TEST

START_TEST(a_graph_without_nodes_is_complete)
{
	WITH_BENCH("executable");

	suite_make("p/.product");
	complete(&bench, open_at(&bench, "p"));
	ck_assert_uint_eq(bench.graph.node_count, 0);
}
END_TEST

SUITE("build/graph", there_is_a_node_for_each_mode_in_which_a_factor_is_made,
    a_node_knows_its_name_work_directory_and_units, a_module_and_its_interface_share_their_images,
    whichever_of_the_two_comes_first, an_interface_alone_is_only_described,
    any_other_two_factors_for_one_image_are_an_error_that_names_both_sources,
    each_node_stands_behind_what_it_needs, what_is_required_is_made_but_was_not_named,
    of_a_requirement_without_image_the_sources_are_inputs,
    a_cycle_is_printed_and_its_nodes_are_broken, each_cycle_is_reported_once,
    a_wrong_requirement_breaks_its_factor_alone, another_product_has_a_site_of_its_own,
    settings_are_what_was_asked_for_and_declarations_what_was_declared,
    a_graph_without_nodes_is_complete)
