#include "fixture.h"

/* The requirements of the factor "x" of the project "one" in "p", a line each. */
static char *resolve_x(struct world *world)
{
	struct str text = STR_INIT;
	struct project *project;
	struct factor *factor;

	put_project("p/one", "one");
	project = product_project(open_product(world, "p"), SLICE_LITERAL("http://x.net/one"));
	factor = factor_in(project, SLICE_LITERAL("x"));
	ck_assert_ptr_nonnull(factor);
	if (factor_requirements(factor, &world->error) < 0)
		return str_take(&text);
	for (size_t i = 0; i < factor->resolved_count; i++) {
		const struct requirement *item = &factor->resolved[i];
		const char *type = path_name(item->type).data;

		if (item->factor)
			str_addf(&text, "%s %s/%s", type, item->factor->project->name.data,
			    item->factor->path.data);
		else
			str_addf(&text, "%s = %s", type, item->value.data);
		str_addf(&text, "%s%s\n", item->isolation.len ? "#" : "",
		    item->isolation.len ? item->isolation.data : "");
	}
	return str_take(&text);
}

#define ck_resolved(world, expected)                                                       \
	do {                                                                               \
		autofree char *list_ = resolve_x(world);                                   \
		ck_assert_msg(                                                             \
		    !(world)->error, "%s", (world)->error ? (world)->error->message : ""); \
		ck_assert_str_eq(list_, expected);                                         \
		ck_problem(world, NULL);                                                   \
	} while (0)

/* Fails the test unless resolving fails with this place and message. */
static void ck_unresolved(struct world *world, const char *place, long line, const char *message)
{
	autofree char *list = resolve_x(world);

	ck_assert_ptr_nonnull(world->error);
	ck_assert_int_eq(world->error->kind, ERROR_INPUT);
	ck_assert_msg(strstr(world->error->message, message), "'%s' lacks '%s'",
	    world->error->message, message);
	ck_assert_msg(strstr(world->error->path, place), "'%s'", world->error->path);
	ck_assert_int_eq(world->error->line, line);
	ck_assert_str_eq(list, "");
}

START_TEST(one_dot_is_the_directory_that_holds_the_factor)
{
	WITH_WORLD;

	put_project("p/two", "two");
	put("p/two/q/y.py", "");
	put("p/one/x/.factor", "http://x.net/t\n.near\n..two.q.y\nfar.z\n");
	put("p/one/near.py", "");
	put("p/one/far/z.c", "");
	ck_resolved(
	    &world, "python.module one/near\npython.module two/q.y\nsystem.type one/far.z\n");
}
END_TEST

START_TEST(a_requirement_is_listed_once_for_each_isolation)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.m\n.m#a\nm\n.m#a\n.m#b\n");
	put("p/one/m.py", "");
	ck_resolved(&world, "python.module one/m\npython.module one/m#a\npython.module one/m#b\n");
}
END_TEST

START_TEST(an_index_is_all_factors_below_it_but_the_one_that_asks)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\nd\n..one\n");
	put("p/one/d/a.py", "");
	put("p/one/d/deep/b.py", "");
	put("p/one/dd.py", "");
	ck_resolved(
	    &world, "python.module one/d.a\npython.module one/d.deep.b\npython.module one/dd\n");
}
END_TEST

START_TEST(what_nothing_holds_is_an_error)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.nothing\n");
	ck_unresolved(&world, "/p/one/x/.factor", 0, "required factor does not exist: '.nothing'");
}
END_TEST

START_TEST(what_no_project_holds_is_an_error)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n..two.m\n");
	ck_unresolved(&world, "/p/one/x/.factor", 0,
	    "required factor is in no project of the product: '..two.m'");
}
END_TEST

START_TEST(what_is_beyond_the_product_is_an_error)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.....m\n");
	ck_unresolved(&world, "/p/one/x/.factor", 0, "no project of the product");
}
END_TEST

START_TEST(references_are_followed_once)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.a\n.b\n");
	put("p/one/a.fr", "http://x.net/one/c\nhttp://x.net/one/m#iso\n");
	put("p/one/b.fr", "\n http://x.net/one/c \n");
	put("p/one/c.fr", "http://x.net/one/m\nhttp://x.net/one/s\n");
	put("p/one/m.py", "");
	put("p/one/s.sr", "/lib//\nz\n");
	ck_resolved(&world, "python.module one/m\nsystem.directory = /lib\n"
			    "system.library-name = z\npython.module one/m#iso\n");
}
END_TEST

START_TEST(references_to_themselves_name_the_chain)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.first\n");
	put("p/one/first.fr", "http://x.net/one/a\n");
	put("p/one/a.fr", "http://x.net/one/b\n");
	put("p/one/b.fr", "http://x.net/one/a\n");
	ck_unresolved(&world, "/p/one/a.fr", 0,
	    "http://x.net/one/a -> http://x.net/one/b -> http://x.net/one/a");
}
END_TEST

START_TEST(a_long_chain_of_references_is_an_error)
{
	autofree char *list = NULL;
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.r0\n");
	for (int i = 0; i < 200; i++) {
		autofree char *path = xasprintf("p/one/r%d.fr", i);
		autofree char *text = xasprintf("http://x.net/one/r%d\n", i + 1);

		put(path, text);
	}
	put("p/one/r200.py", "");
	list = resolve_x(&world);
	ck_assert_ptr_nonnull(strstr(world.error->message, "chain of more than 100 references"));
}
END_TEST

START_TEST(references_go_to_connected_products)
{
	WITH_WORLD;

	put("p/.product/CONNECTIONS", "q\n");
	put_project("q/two", "two");
	put("q/two/r.fr", "http://x.net/two/m\n");
	put("q/two/m.py", "");
	put("p/one/x/.factor", "http://x.net/t\n.far\n");
	put("p/one/far.fr", "http://x.net/two/r\n");
	ck_resolved(&world, "python.module two/m\n");
}
END_TEST

START_TEST(wrong_references_name_their_line)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"\nhttp://x.net/three/m\n", "no project 'http://x.net/three' in"},
	    {"\nhttp://x.net/one/m\n", "no factor 'm' in the project 'http://x.net/one'"},
	    {"\nm\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	    {"\n/m\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	    {"\nhttp://x.net/one/\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	    {"\nhttp://x.net/one/.m\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	    {"\nhttp://x.net/one/m#\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	    {"\nhttp://x net/one/m\n", "expected PROJECT-IRI/FACTOR.PATH#ISOLATION"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		WITH_WORLD;

		put("p/one/x/.factor", "http://x.net/t\n.r\n");
		put("p/one/r.fr", cases[i].text);
		ck_unresolved(&world, "/p/one/r.fr", 2, cases[i].message);
	}
}
END_TEST

START_TEST(sets_of_the_system_have_kinds)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.s\n");
	put("p/one/s.sr", "ignored\n/a//framework\nF\n/b\nG\n//\nm\n///library\nn\n"
			  "/c//d//interfaces\nx/y.h\n//interfaces\nz.h\n");
	ck_resolved(&world,
	    "system.framework-directory = /a\nsystem.framework-name = F\n"
	    "system.framework-directory = /b\nsystem.framework-name = G\n"
	    "system.library-name = m\nsystem.directory = /\nsystem.library-name = n\n"
	    "meta.sources = /c//d\nmeta.sources = /c//d/x/y.h\nmeta.sources = z.h\n");
}
END_TEST

START_TEST(an_unknown_kind_names_its_line)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\n.s\n");
	put("p/one/s.sr", "/a//library\nm\n/b//libraries\n");
	ck_unresolved(&world, "/p/one/s.sr", 3, "with KIND library, interfaces or framework");
}
END_TEST

START_TEST(resolving_again_gives_the_same)
{
	autofree char *list = NULL;
	const struct requirement *resolved;
	struct factor *factor;
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t\nm\n");
	put("p/one/m.py", "");
	list = resolve_x(&world);
	factor = factor_in(open_product(&world, "p")->projects[0], SLICE_LITERAL("x"));
	resolved = factor->resolved;
	ck_assert_ptr_nonnull(resolved);
	ck_ok(factor_requirements(factor, &world.error), world.error);
	ck_assert_ptr_eq(factor->resolved, resolved);
	factor = factor_in(factor->project, SLICE_LITERAL("m"));
	ck_ok(factor_requirements(factor, &world.error), world.error);
	ck_assert_uint_eq(factor->resolved_count, 0);
}
END_TEST

SUITE("factor/reference", one_dot_is_the_directory_that_holds_the_factor,
    a_requirement_is_listed_once_for_each_isolation,
    an_index_is_all_factors_below_it_but_the_one_that_asks, what_nothing_holds_is_an_error,
    what_no_project_holds_is_an_error, what_is_beyond_the_product_is_an_error,
    references_are_followed_once, references_to_themselves_name_the_chain,
    a_long_chain_of_references_is_an_error, references_go_to_connected_products,
    wrong_references_name_their_line, sets_of_the_system_have_kinds, an_unknown_kind_names_its_line,
    resolving_again_gives_the_same)
