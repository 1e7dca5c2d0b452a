#include "fixture.h"

#define IDENTITY(name) name " http://x.net/" name " factors/polynomial-1\n"

static const char *path_here(const char *name, struct str *ret)
{
	autoerror struct error *error = NULL;

	str_truncate(ret, 0);
	ck_ok(tree_resolve(name, ret, &error), error);
	return str_c(ret);
}

START_TEST(the_search_goes_into_directories_that_are_no_projects)
{
	autostr struct str index = STR_INIT;
	WITH_WORLD;
	struct product *product;

	put_project("p/b/two", "two");
	put_project("p/a/deep/one", "one");
	put_project("p/a/deep/one/inner", "inner");
	put_project("p/v1.0/three", "three");
	put_project("p/.hidden/four", "four");
	put_project("p/__pycache__/five", "five");
	suite_make("p/six/.project"); /* without f-identity */
	put_project("p/six/seven", "seven");
	product = open_product(&world, "p");
	product_index(product, &index);
	ck_assert_str_eq(str_c(&index), "http://x.net/one a.deep.one factors/polynomial-1\n"
					"http://x.net/seven six.seven factors/polynomial-1\n"
					"http://x.net/two b.two factors/polynomial-1\n");
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(the_index_is_written_only_if_it_differs)
{
	WITH_WORLD;
	struct product *product;
	bool written;

	put_project("p/one", "one");
	product = open_product(&world, "p");
	ck_ok(product_write_index(product, &written, &world.error), world.error);
	ck_assert(written);
	suite_expect("p/.product/PROJECTS", "http://x.net/one one factors/polynomial-1\n");
	ck_ok(product_write_index(product, &written, &world.error), world.error);
	ck_assert(!written);
}
END_TEST

static void write_index(const char *path)
{
	WITH_WORLD;

	ck_ok(product_write_index(open_product(&world, path), NULL, &world.error), world.error);
}

/* The projects that are found in "p", each with a space behind. */
static char *list_projects(bool keeps_indexes)
{
	struct str text = STR_INIT;
	WITH_WORLD;
	const struct product *product;

	world.products.keeps_indexes = keeps_indexes;
	product = open_product(&world, "p");
	for (size_t i = 0; i < product->project_count; i++)
		str_addf(&text, "%s ", product->projects[i]->path.data);
	return str_take(&text);
}

static void check_projects(bool keeps_indexes, const char *expected)
{
	autofree char *found = list_projects(keeps_indexes);

	ck_assert_str_eq(found, expected);
}

START_TEST(a_generated_index_is_followed_by_what_is_there)
{
	put_project("p/one", "one");
	write_index("p");
	put_project("p/two", "two");
	check_projects(false, "one two ");
	check_projects(true, "one ");
	write_index("p");
	ck_assert_int_eq(rename("p/two", "p/three"), 0);
	check_projects(false, "one three ");
	ck_assert_int_eq(rename("p/three", "p/v3.0"), 0);
	check_projects(false, "one ");
}
END_TEST

START_TEST(a_generated_index_that_is_edited_is_a_persons)
{
	put_project("p/one", "one");
	put_project("p/two", "two");
	write_index("p");
	put("p/.product/PROJECTS", "http://x.net/two two factors/polynomial-1\n");
	check_projects(false, "two ");
	write_index("p"); /* of the one project */
	check_projects(false, "one two ");
}
END_TEST

/* A writer that is killed has written the mark, but not the index. */
START_TEST(a_mark_that_is_ahead_of_its_index_still_knows_it)
{
	static const char old[] = "http://x.net/one one factors/polynomial-1\n";

	put_project("p/one", "one");
	write_index("p");
	suite_expect("p/.product/PROJECTS", old);
	put_project("p/two", "two");
	write_index("p");
	put("p/.product/PROJECTS", old);
	check_projects(false, "one two ");
}
END_TEST

START_TEST(a_mark_that_is_none_says_nothing)
{
	static const char *const marks[] = {"", "\x01\xff", "PROJECTS\n", "00  PROJECTS\n"};

	put_project("p/one", "one");
	write_index("p");
	put_project("p/two", "two");
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		put("p/.product/PROJECTS.generated", marks[i]);
		check_projects(false, "one ");
	}
	ck_assert_int_eq(unlink("p/.product/PROJECTS.generated"), 0);
	suite_make("p/.product/PROJECTS.generated");
	check_projects(false, "one ");
}
END_TEST

START_TEST(what_a_persons_index_does_not_list_is_told)
{
	autofields struct fields unlisted = FIELDS_INIT;
	WITH_WORLD;
	const struct product *product;

	put_project("p/a/one", "one");
	put_project("p/a/two", "two");
	put_project("p/three", "three");
	suite_make("p/broken/.project");
	put("p/.product/PROJECTS", "http://x.net/two a.two factors/polynomial-1\n"
				   "http://x.net/broken broken factors/polynomial-1\n");
	product = open_product(&world, "p");
	ck_ok(product_unlisted(product, &unlisted, &world.error), world.error);
	ck_assert_uint_eq(unlisted.count, 2);
	ck_assert_str_eq(fields_at(&unlisted, 0).data, "three");
	ck_assert_str_eq(fields_at(&unlisted, 1).data, "a/one");
}
END_TEST

START_TEST(a_search_that_could_not_look_everywhere_is_not_complete)
{
	WITH_WORLD;

	put_project("p/one", "one");
	suite_make("p/dir");
	ck_assert_int_eq(symlink("..", "p/dir/loop"), 0); /* the product, below itself */
	ck_assert(!open_product(&world, "p")->is_complete);
	ck_problem(&world, "link cycle");
}
END_TEST

START_TEST(the_index_stands_until_it_is_made_anew)
{
	WITH_WORLD;
	struct product *product;

	put_project("p/one", "one");
	put_project("p/two", "two");
	put("p/.product/PROJECTS", "http://x.net/two two factors/polynomial-1\n");
	product = open_product(&world, "p");
	ck_assert(product->indexed);
	ck_assert_uint_eq(product->project_count, 1);
	ck_assert_ptr_eq(open_product(&world, "p/."), product);
	ck_assert_ptr_eq(product_open(&world.products, "p", true, &world.error), product);
	ck_assert(!product->indexed);
	ck_assert_uint_eq(product->project_count, 2);
	ck_assert_str_eq(
	    product_project(product, SLICE_LITERAL("http://x.net/one"))->path.data, "one");
	ck_assert_ptr_null(product_project(product, SLICE_LITERAL("http://x.net/on")));
}
END_TEST

START_TEST(a_project_that_is_wrong_is_reported_and_absent)
{
	WITH_WORLD;
	struct product *product;

	put_project("p/one", "one");
	put_project("p/two", "two");
	put("p/two/.project/polynomial-1", "http://x.net/t\n\twrong\n");
	product = open_product(&world, "p");
	ck_assert_uint_eq(product->project_count, 1);
	ck_problem(&world, "p/two/.project/polynomial-1:2: expected TYPE.EXTENSION DIALECT");
}
END_TEST

START_TEST(an_index_that_is_out_of_date_is_reported)
{
	WITH_WORLD;
	struct product *product;

	put_project("p/one", "one");
	put("p/.product/PROJECTS", "http://x.net/old one factors/polynomial-1\n");
	product = open_product(&world, "p");
	ck_assert_uint_eq(product->project_count, 0);
	ck_problem(
	    &world, "/p/.product/PROJECTS:1: the identifier of 'one' is now 'http://x.net/one'");
}
END_TEST

START_TEST(a_project_of_the_index_that_is_gone_is_reported)
{
	WITH_WORLD;
	struct product *product;

	put("p/.product/PROJECTS", "http://x.net/gone gone factors/polynomial-1\n");
	product = open_product(&world, "p");
	ck_assert_uint_eq(product->project_count, 0);
	ck_problem(&world, "/p/gone/.project/f-identity:0: cannot open");
}
END_TEST

START_TEST(two_projects_of_one_identifier_are_an_error)
{
	WITH_WORLD;

	put("p/a/.project/f-identity", IDENTITY("same"));
	put("p/b/.project/f-identity", IDENTITY("same"));
	ck_assert_ptr_null(product_open(&world.products, "p", false, &world.error));
	ck_assert_int_eq(world.error->kind, ERROR_USAGE);
	ck_assert_ptr_nonnull(strstr(world.error->message, "the projects 'a' and 'b'"));
	ck_assert_ptr_nonnull(strstr(world.error->message, "'http://x.net/same'"));
}
END_TEST

START_TEST(two_lines_of_one_path_are_an_error)
{
	WITH_WORLD;

	put_project("p/a", "a");
	put("p/.product/PROJECTS", "http://x.net/a a f/1\n\nhttp://x.net/b a f/1\n");
	ck_assert_ptr_null(product_open(&world.products, "p", false, &world.error));
	ck_assert_int_eq(world.error->line, 3);
	ck_assert_ptr_nonnull(strstr(world.error->message, "'a' is already listed in line 1"));
}
END_TEST

START_TEST(what_is_no_directory_is_no_product)
{
	WITH_WORLD;

	put("f", "");
	ck_assert_ptr_null(product_open(&world.products, "f", false, &world.error));
	ck_assert_int_eq(world.error->kind, ERROR_USAGE);
	ck_assert_ptr_null(product_open(&world.products, "absent", false, &world.error));
	ck_assert_str_eq(world.error->message, "'absent' does not exist");
	ck_assert_ptr_null(product_of(&world.products, "absent/x", &world.error));
	ck_assert_int_eq(world.error->kind, ERROR_USAGE);
}
END_TEST

START_TEST(connected_products_are_searched_in_order)
{
	WITH_WORLD;
	struct product *product, *second;
	struct project *found;

	put_project("first/own", "own");
	put("first/.product/CONNECTIONS", "absent\n\n  second \nthird\n");
	put_project("second/other", "other");
	put("second/.product/CONNECTIONS", "first\n");
	put_project("third/other", "other");
	put_project("third/last", "last");
	product = open_product(&world, "first");
	ck_assert_uint_eq(product->connection_count, 3);
	ck_ok(product_find_project(
		  product, SLICE_LITERAL("http://x.net/other"), &found, &world.error),
	    world.error);
	ck_assert_ptr_nonnull(found);
	second = open_product(&world, "second");
	ck_assert_ptr_eq(found->product, second);
	ck_ok(
	    product_find_project(product, SLICE_LITERAL("http://x.net/last"), &found, &world.error),
	    world.error);
	ck_assert_ptr_nonnull(found);
	ck_ok(product_find_project(second, SLICE_LITERAL("http://x.net/own"), &found, &world.error),
	    world.error);
	ck_assert_ptr_eq(found, product->projects[0]);
	ck_ok(
	    product_find_project(product, SLICE_LITERAL("http://x.net/none"), &found, &world.error),
	    world.error);
	ck_assert_ptr_null(found);
}
END_TEST

START_TEST(the_product_of_the_context_is_searched_last)
{
	static const struct {
		const char *identifier, *product;
	} examples[] = {{"http://x.net/own", "first"}, {"http://x.net/other", "second"},
	    {"http://x.net/last", "context"}};
	WITH_WORLD;
	struct product *product;
	struct project *found;

	put_project("first/own", "own");
	put("first/.product/CONNECTIONS", "second\n");
	put_project("second/other", "other");
	put_project("context/machines/own", "own");
	put_project("context/machines/other", "other");
	put_project("context/machines/last", "last");
	product = open_product(&world, "first");
	ck_ok(
	    product_find_project(product, SLICE_LITERAL("http://x.net/last"), &found, &world.error),
	    world.error);
	ck_assert_ptr_null(found);
	world.products.context = "context";
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		ck_ok(product_find_project(
			  product, slice_c(examples[i].identifier), &found, &world.error),
		    world.error);
		ck_assert_ptr_eq(found->product, open_product(&world, examples[i].product));
	}
}
END_TEST

START_TEST(a_wrong_connected_product_is_an_error)
{
	WITH_WORLD;
	struct product *product;
	struct project *found;

	put_project("first/own", "own");
	put("first/.product/CONNECTIONS", "second\n");
	put("second/.product/PROJECTS", "wrong\n");
	product = open_product(&world, "first");
	ck_fails(product_find_project(
		     product, SLICE_LITERAL("http://x.net/other"), &found, &world.error),
	    world.error, "connected to");
	ck_assert_int_eq(world.error->kind, ERROR_USAGE);
}
END_TEST

START_TEST(a_path_in_a_project_belongs_to_its_product)
{
	autostr struct str here = STR_INIT;
	WITH_WORLD;
	struct product *product;

	suite_make("p/.product");
	put_project("p/a/one", "one");
	put("p/a/one/deep/m.py", "");
	product = product_at(&world, "p/a/one/deep/m.py");
	ck_assert_str_eq(product->path.data, path_here("p", &here));
	ck_assert(!product->implicit);
	ck_assert_ptr_eq(product_at(&world, "p"), product);
	ck_assert_ptr_eq(product_at(&world, "p/a"), product);
	ck_assert_ptr_eq(product_at(&world, "p/a/one"), product);
	ck_assert_ptr_eq(product_at(&world, "p/a/one/deep/../.."), product);
}
END_TEST

START_TEST(a_project_alone_is_an_implicit_product)
{
	autostr struct str here = STR_INIT;
	WITH_WORLD;
	struct product *product;
	struct factor *factor;

	put_project("a/one", "one");
	put("a/one/deep/m.py", "");
	product = product_at(&world, "a/one/deep");
	ck_assert(product->implicit);
	ck_assert_str_eq(product->path.data, path_here("a/one", &here));
	ck_assert_uint_eq(product->project_count, 1);
	ck_assert(!product->projects[0]->implicit);
	ck_assert_str_eq(product->projects[0]->path.data, "one");
	ck_assert_str_eq(product->projects[0]->directory.data, "");
	factor = factor_in(product->projects[0], SLICE_LITERAL("deep.m"));
	ck_assert_ptr_nonnull(factor);
	ck_assert_str_eq(factor->sources[0].path.data, "deep/m.py");
	ck_assert_ptr_eq(open_product(&world, "a/one"), product);
	ck_assert_ptr_eq(product_at(&world, "a/one/deep/m.py"), product);
}
END_TEST

START_TEST(a_plain_directory_is_an_implicit_project)
{
	autostr struct str here = STR_INIT;
	WITH_WORLD;
	struct product *product;
	const struct project *project;

	suite_make(".product"); /* which knows nothing of what is below */
	put("lib/python3.11/m.py", "");
	product = product_at(&world, "lib/python3.11/m.py");
	ck_assert(product->implicit);
	ck_assert_str_eq(product->path.data, path_here("lib/python3.11", &here));
	project = product->projects[0];
	ck_assert(project->implicit);
	ck_assert_str_eq(project->path.data, "python3_11");
	ck_assert_str_eq(project->identifier.data, "python3_11");
	ck_assert_ptr_eq(product_at(&world, "lib/python3.11"), product);
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(a_plain_directory_of_any_name_has_an_identifier)
{
	WITH_WORLD;
	const struct project *project;

	put("a.b\n\xff\xc3\xa9/m.py", "");
	project = product_at(&world, "a.b\n\xff\xc3\xa9")->projects[0];
	ck_assert_str_eq(project->path.data, "a_b__\xc3\xa9");
	ck_assert(factor_path_is_valid(project->path));
	ck_factors((struct project *)project, "m m.py\n");
	project = product_at(&world, "/")->projects[0];
	ck_assert_str_eq(project->path.data, "_");
}
END_TEST

START_TEST(a_project_that_the_product_does_not_have_stands_alone)
{
	WITH_WORLD;
	struct product *product;

	put("p/.product/PROJECTS", "");
	put_project("p/one", "one");
	product = product_at(&world, "p/one");
	ck_assert(product->implicit);
	ck_assert_str_eq(product->projects[0]->name.data, "one");
}
END_TEST

START_TEST(a_project_below_a_project_belongs_to_the_one_the_product_has)
{
	WITH_WORLD;
	struct project *project;
	struct product *product;
	struct slice path;

	suite_make("p/.product");
	put_project("p/one", "one");
	put_project("p/one/vendor", "vendor");
	put("p/one/vendor/m.py", "");
	product = product_at(&world, "p/one/vendor/m.py");
	ck_assert(!product->implicit);
	ck_ok(product_locate(product, "p/one/vendor/m.py", &project, &path, &world.error),
	    world.error);
	ck_assert_str_eq(project->name.data, "one");
	ck_assert_str_eq(path.data, "vendor.m");
}
END_TEST

START_TEST(paths_are_located)
{
	static const struct {
		const char *path, *project, *factor;
	} cases[] = {
	    {"p", NULL, ""},
	    {"p/a", NULL, ""},
	    {"p/a/one", "one", ""},
	    {"p/a/one/", "one", ""},
	    {"p/a/one/deep", "one", "deep"},
	    {"p/a/one/deep/m.py", "one", "deep.m"},
	    {"p/a/one/deep/new.tar.gz", "one", "deep.new"},
	    {"p/a/one/linked/x.py", "one", "linked.x"},
	    {"to-p/a/one/linked/x.py", "one", "linked.x"},
	    {"p/a/one/../one/deep", "one", "deep"},
	    {"p/a/oneself/x.py", NULL, ""},
	};
	WITH_WORLD;
	struct product *product;
	struct project *project;
	struct slice path;

	suite_make("p/.product");
	put_project("p/a/one", "one");
	put("p/a/one/deep/m.py", "");
	put("elsewhere/x.py", "");
	put_link("p/a/one/linked", "../../../elsewhere");
	put_link("to-p", "p");
	product = open_product(&world, "p");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_ok(product_locate(product, cases[i].path, &project, &path, &world.error),
		    world.error);
		ck_assert_msg(!project == !cases[i].project, "%s", cases[i].path);
		if (project)
			ck_assert_str_eq(project->name.data, cases[i].project);
		ck_assert_str_eq(path.data, cases[i].factor);
	}
	ck_fails(product_locate(product, "elsewhere/x.py", &project, &path, &world.error),
	    world.error, "is not in the product");
	ck_assert_ptr_eq(product_at(&world, "to-p/a/one/linked/x.py"), product);
}
END_TEST

START_TEST(a_search_that_goes_in_circles_is_reported)
{
	WITH_WORLD;
	struct product *product;

	put_project("p/one", "one");
	suite_make("p/a");
	put_link("p/a/up", "..");
	product = open_product(&world, "p");
	ck_assert_uint_eq(product->project_count, 1);
	ck_problem(&world, "link cycle");
}
END_TEST

START_TEST(a_project_in_a_strange_directory_is_reported)
{
	WITH_WORLD;
	struct product *product;

	put_project("p/o\xffn", "one");
	put_project("p/two words", "two");
	product = open_product(&world, "p");
	ck_assert_uint_eq(product->project_count, 1);
	ck_assert_str_eq(product->projects[0]->path.data, "two words");
	ck_problem(&world, "is not a valid factor path");
	ck_ok(product_write_index(product, NULL, &world.error), world.error);
	ck_assert_ptr_eq(product_open(&world.products, "p", false, &world.error), product);
}
END_TEST

SUITE("factor/product", the_search_goes_into_directories_that_are_no_projects,
    the_index_is_written_only_if_it_differs, a_generated_index_is_followed_by_what_is_there,
    a_generated_index_that_is_edited_is_a_persons, a_mark_that_is_ahead_of_its_index_still_knows_it,
    a_mark_that_is_none_says_nothing, what_a_persons_index_does_not_list_is_told,
    a_search_that_could_not_look_everywhere_is_not_complete, the_index_stands_until_it_is_made_anew,
    a_project_that_is_wrong_is_reported_and_absent, an_index_that_is_out_of_date_is_reported,
    a_project_of_the_index_that_is_gone_is_reported, two_projects_of_one_identifier_are_an_error,
    two_lines_of_one_path_are_an_error, what_is_no_directory_is_no_product,
    connected_products_are_searched_in_order, the_product_of_the_context_is_searched_last,
    a_wrong_connected_product_is_an_error, a_path_in_a_project_belongs_to_its_product,
    a_project_alone_is_an_implicit_product, a_plain_directory_is_an_implicit_project,
    a_plain_directory_of_any_name_has_an_identifier,
    a_project_that_the_product_does_not_have_stands_alone,
    a_project_below_a_project_belongs_to_the_one_the_product_has, paths_are_located,
    a_search_that_goes_in_circles_is_reported, a_project_in_a_strange_directory_is_reported)
