#include <sys/stat.h>

#include "fixture.h"

/* The one project, in the directory "p/one", of a product "p". */
static struct project *walk_one(struct world *world)
{
	struct project *project;

	put_project("p/one", "one");
	project = open_product(world, "p")->projects[0];
	walk_project(project);
	return project;
}

START_TEST(names_end_at_their_first_dot)
{
	WITH_WORLD;
	struct project *project;

	put("p/one/a.b.py", "");
	put("p/one/m.py", "");
	put("p/one/end.", "");
	put("p/one/README", "");
	project = walk_one(&world);
	ck_factors(project, "a a.b.py\nm m.py\n");
	ck_assert_str_eq(project->factors[0]->type.data, FACTOR_UNKNOWN);
	ck_assert_ptr_null(project->factors[0]->sources[0].format);
	ck_assert_str_eq(project->factors[1]->type.data, FACTOR_TYPE_CONTEXT "python.module");
	ck_assert(!project->factors[1]->is_explicit);
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(files_precede_directories_and_these_go_breadth_first)
{
	WITH_WORLD;

	put("p/one/z.py", "");
	put("p/one/a/z.py", "");
	put("p/one/a/b/c.py", "");
	put("p/one/b/Z.py", "");
	put("p/one/b/a.py", "");
	ck_factors(
	    walk_one(&world), "z z.py\na.z a/z.py\nb.Z b/Z.py\nb.a b/a.py\na.b.c a/b/c.py\n");
}
END_TEST

START_TEST(hidden_and_generated_entries_and_dotted_directories_are_no_factors)
{
	static const char *const names[] = {"__pycache__", "__f-int__", ".f-int", ".git", ".svn",
	    ".hg", ".darcs", ".pijul", ".x", "v1.2"};
	WITH_WORLD;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *path = xasprintf("p/one/d/%s/m.py", names[i]);

		put(path, "");
	}
	put("p/one/.m.py", "");
	ck_factors(walk_one(&world), "");
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(an_explicit_factor_has_all_files_below_it)
{
	WITH_WORLD;
	struct project *project;
	const struct factor *factor;

	put("p/one/x/.factor", "\n http://x.net/system.library#iso \r\n\n.b\n  c.d\n");
	put("p/one/x/main.c", "");
	put("p/one/x/a.b.c", "");
	put("p/one/x/plain", "");
	put("p/one/x/.hidden", "");
	put("p/one/x/__pycache__/g.c", "");
	put("p/one/x/__f-int__/g.c", "");
	put("p/one/x/.git/objects/g.c", "");
	put("p/one/x/.h/sub/g.c", "");
	put("p/one/x/v1.2/old.c", "");
	put("p/one/x/sub/.factor", "http://x.net/ignored");
	put("p/one/x/sub/more.c", "");
	project = walk_one(&world);
	ck_factors(project, "x x/a.b.c+x/main.c+x/plain+x/sub/more.c+x/v1.2/old.c\n");
	factor = project->factors[0];
	ck_assert(factor->is_explicit);
	ck_assert_str_eq(factor->type.data, "http://x.net/system.library");
	ck_assert_str_eq(factor->isolation.data, "iso");
	ck_assert_uint_eq(factor->requirement_count, 2);
	ck_assert_str_eq(factor->requirements[0].data, ".b");
	ck_assert_str_eq(factor->requirements[1].data, "c.d");
	ck_assert_str_eq(factor->sources[0].format->extension.data, "c");
	ck_assert_ptr_null(factor->sources[2].format);
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(factors_in_turns_keep_their_sources)
{
	WITH_WORLD;

	put("p/one/a/.factor", "http://x.net/t");
	put("p/one/a/1/x.c", "");
	put("p/one/a/1/2/x.c", "");
	put("p/one/b/.factor", "http://x.net/t");
	put("p/one/b/1/y.c", "");
	put("p/one/c/.factor", "http://x.net/t");
	ck_factors(walk_one(&world), "a a/1/x.c+a/1/2/x.c\nb b/1/y.c\nc\n");
}
END_TEST

START_TEST(a_wrong_factor_is_reported_and_absent)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"", "p/one/x/.factor:0: empty file"},
	    {" \n\n", "p/one/x/.factor:0: empty file"},
	    {"\nlibrary\n", "p/one/x/.factor:2: expected the type of the factor"},
	    {"http://x.net/\n", "p/one/x/.factor:1: expected the type"},
	    {"http://x.net/a..b\n", "p/one/x/.factor:1: expected the type"},
	    {"#iso\n", "p/one/x/.factor:1: expected the type"},
	    {"http://x.net/a#\n", "p/one/x/.factor:1: expected the type"},
	    {"http://x.net/a b\n", "p/one/x/.factor:1: expected the type"},
	    {"http://x.net/a\n...\n", "p/one/x/.factor:2: not a factor path: '...'"},
	    {"http://x.net/a\na..b\n", "p/one/x/.factor:2: not a factor path"},
	    {"http://x.net/a\n\na/b\n", "p/one/x/.factor:3: not a factor path"},
	    {"http://x.net/a\na\x01\n", "p/one/x/.factor:2: has a control character"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		WITH_WORLD;

		put("p/one/x/.factor", cases[i].text);
		put("p/one/x/m.py", "");
		put("p/one/y/m.py", "");
		ck_factors(walk_one(&world), "y.m y/m.py\n");
		ck_problem(&world, cases[i].message);
	}
}
END_TEST

START_TEST(a_project_directory_is_no_factor)
{
	WITH_WORLD;

	put("p/one/.factor", "http://x.net/t");
	put("p/one/m.py", "");
	ck_factors(walk_one(&world), "");
	ck_problem(&world, "p/one/.factor:0: a project's own directory cannot be");
}
END_TEST

START_TEST(links_to_one_directory_are_listed_each)
{
	WITH_WORLD;

	put("p/one/real/m.py", "");
	put_link("p/one/again", "real");
	put_link("p/one/third", "../one/real");
	put_link("p/one/n.py", "real/m.py");
	put_link("p/one/lost.py", "nowhere.py");
	ck_factors(
	    walk_one(&world), "n n.py\nagain.m again/m.py\nreal.m real/m.py\nthird.m third/m.py\n");
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(a_cycle_names_both_ends)
{
	WITH_WORLD;

	put("p/one/a/m.py", "");
	put_link("p/one/a/up", "..");
	ck_factors(walk_one(&world), "a.m a/m.py\n");
	ck_problem(&world, "p/one/a/up:0: link cycle: this is the same directory as '");
	ck_assert_ptr_nonnull(strstr(str_c(&world.problems), "p/one' above"));
}
END_TEST

START_TEST(a_cycle_in_an_explicit_factor_names_both_ends)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t");
	put("p/one/x/d/main.c", "");
	put_link("p/one/x/d/up", "..");
	ck_factors(walk_one(&world), "x x/d/main.c\n");
	ck_problem(&world, "p/one/x/d/up:0: link cycle: this is the same directory as '");
}
END_TEST

START_TEST(strange_names_are_reported_and_left_out)
{
	WITH_WORLD;

	put("p/one/a\nb.py", "");
	put("p/one/a\nb", "");
	ck_factors(walk_one(&world), "");
	ck_problem(&world, "the name has a control character");
}
END_TEST

START_TEST(strange_directories_are_reported_and_left_out)
{
	WITH_WORLD;

	put("p/one/d\xff/m.py", "");
	put("p/one/x/.factor", "http://x.net/t");
	put("p/one/x/ok.c", "");
	ck_factors(walk_one(&world), "x x/ok.c\n");
	ck_problem(&world, "the name is not UTF-8");
}
END_TEST

START_TEST(strange_sources_are_reported_and_left_out)
{
	WITH_WORLD;

	put("p/one/x/.factor", "http://x.net/t");
	put("p/one/x/\xff", "");
	put("p/one/x/ok.c", "");
	ck_factors(walk_one(&world), "x x/ok.c\n");
	ck_problem(&world, "the name is not UTF-8");
}
END_TEST

START_TEST(an_unreadable_directory_is_reported)
{
	WITH_WORLD;

	suite_drop_privileges();
	put("p/one/a/m.py", "");
	put("p/one/b/m.py", "");
	ck_assert_int_eq(chmod("p/one/a", 0), 0);
	ck_factors(walk_one(&world), "b.m b/m.py\n");
	ck_problem(&world, "p/one/a:0: cannot read the directory");
	ck_assert_int_eq(chmod("p/one/a", 0700), 0);
}
END_TEST

START_TEST(a_module_and_its_interface_are_twins)
{
	WITH_WORLD;
	struct project *project;
	const struct factor *factor;

	put("p/one/m.c", "");
	put("p/one/m.py", "");
	put("p/one/m.x", "");
	project = walk_one(&world);
	factor = factor_in(project, SLICE_LITERAL("m"));
	ck_assert_ptr_eq(factor, project->factors[0]);
	ck_assert_ptr_eq(factor->twin, project->factors[1]);
	ck_assert_ptr_eq(factor->twin->twin, project->factors[2]);
	ck_assert_ptr_null(factor->twin->twin->twin);
	ck_assert_ptr_null(factor_in(project, SLICE_LITERAL("n")));
}
END_TEST

START_TEST(an_implicit_project_has_python_and_text_alone)
{
	WITH_WORLD;
	const struct project *project;

	put("site/pkg/__init__.py", "");
	put("site/pkg/m.pyi", "");
	put("site/pkg/manual.txt", "");
	put("site/pkg/native.c", "");
	put("site/pkg/native.h", "");
	put("site/pkg/data.json", "");
	put("site/pkg/strange\n.json", "");
	put("site/pkg-1.0.dist-info/top_level.txt", "");
	put("site/pkg-1.0.dist-info/RECORD", "");
	put("site/top.py", "");
	project = product_at(&world, "site")->projects[0];
	ck_factors((struct project *)project, "top top.py\npkg.__init__ pkg/__init__.py\npkg.m "
					      "pkg/m.pyi\npkg.manual pkg/manual.txt\n");
	ck_assert_str_eq(project->factors[2]->type.data, FACTOR_TYPE_CONTEXT "python.interface");
	ck_assert_str_eq(project->factors[2]->sources[0].format->language.data, "python");
	ck_assert_str_eq(project->factors[2]->sources[0].format->dialect.data, "psf-v3");
	ck_assert_str_eq(project->factors[3]->type.data, FACTOR_TYPE_CONTEXT "meta.chapter");
	ck_assert_str_eq(project->factors[3]->sources[0].format->language.data, "text");
	ck_assert_str_eq(project->factors[3]->sources[0].format->dialect.data, "kleptic");
	ck_problem(&world, NULL);
}
END_TEST

START_TEST(states_are_those_of_the_files)
{
	WITH_WORLD;
	const struct source *source;
	struct stat stat_of_file;

	put("p/one/real.py", "12345");
	put_link("p/one/a.py", "real.py");
	source = &walk_one(&world)->factors[0]->sources[0];
	ck_assert_int_eq(stat("p/one/real.py", &stat_of_file), 0);
	ck_assert_str_eq(source->path.data, "a.py");
	ck_assert_uint_eq(source->stamp.size, 5);
	ck_assert_uint_eq(source->stamp.inode, stat_of_file.st_ino);
	ck_assert_uint_eq(source->stamp.device, stat_of_file.st_dev);
	ck_assert_int_eq(source->stamp.modified.tv_nsec, stat_of_file.st_mtim.tv_nsec);
	ck_assert_int_eq(source->stamp.changed.tv_sec, stat_of_file.st_ctim.tv_sec);
}
END_TEST

START_TEST(a_project_that_vanished_is_reported)
{
	WITH_WORLD;
	struct project *project;
	autoerror struct error *error = NULL;

	put_project("p/one", "one");
	project = open_product(&world, "p")->projects[0];
	ck_ok(tree_remove(place_at("p/one"), &error), error);
	ck_factors(project, "");
	ck_problem(&world, "cannot read directory");
}
END_TEST

START_TEST(factor_paths_are_taken_apart)
{
	ck_assert(slice_is(factor_path_name(SLICE_LITERAL("a.b.c")), "c"));
	ck_assert(slice_is(factor_path_name(SLICE_LITERAL("a")), "a"));
	ck_assert(slice_is(factor_path_name(SLICE_LITERAL("")), ""));
	ck_assert(slice_is(factor_path_parent(SLICE_LITERAL("a.b.c")), "a.b"));
	ck_assert(slice_is(factor_path_parent(SLICE_LITERAL("a")), ""));
	ck_assert(factor_path_is_valid(SLICE_LITERAL("a.b c.\xc3\xa9")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("a.")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL(".a")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("a/b")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("a\0b")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("a\x7f")));
	ck_assert(!factor_path_is_valid(SLICE_LITERAL("a\xff")));
}
END_TEST

SUITE("factor/project", names_end_at_their_first_dot,
    files_precede_directories_and_these_go_breadth_first,
    hidden_and_generated_entries_and_dotted_directories_are_no_factors,
    an_explicit_factor_has_all_files_below_it, factors_in_turns_keep_their_sources,
    a_wrong_factor_is_reported_and_absent, a_project_directory_is_no_factor,
    links_to_one_directory_are_listed_each, a_cycle_names_both_ends,
    a_cycle_in_an_explicit_factor_names_both_ends, strange_names_are_reported_and_left_out,
    strange_directories_are_reported_and_left_out, strange_sources_are_reported_and_left_out,
    an_unreadable_directory_is_reported, a_module_and_its_interface_are_twins,
    an_implicit_project_has_python_and_text_alone, states_are_those_of_the_files,
    a_project_that_vanished_is_reported, factor_paths_are_taken_apart)
