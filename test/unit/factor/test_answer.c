#include "fixture.h"

/* A view of the factor "drive" of a product in "p", which has two sources and requires a factor. */
static struct factor_view make_view(struct world *world)
{
	struct factor_view view = {.variant = {SLICE_LITERAL("linux"), SLICE_LITERAL("x86_64"),
				       SLICE_LITERAL("executable")}};
	struct project *project;

	put_project("p/acme/one", "one");
	put("p/acme/one/drive/.factor", "http://x.net/system.executable\n.gear\n.host\n");
	put("p/acme/one/drive/main.c", "");
	put("p/acme/one/drive/sub/more", "");
	put("p/acme/one/gear/.factor", "http://x.net/system.library");
	put("p/acme/one/gear/a.c", "");
	put("p/acme/one/gear/b.c", "");
	put("p/acme/one/host.sr", "/lib//\nm\n");
	project = open_product(world, "p")->projects[0];
	view.factor = factor_in(project, SLICE_LITERAL("drive"));
	return view;
}

/* Fails the test unless the answer is `expected`, a "|" behind each; "@" is the product's path;
 * NULL if the name is not known. */
static void ck_answer(
    struct world *world, struct factor_view *view, const char *name, const char *expected)
{
	autofields struct fields fields = FIELDS_INIT;
	const char *product = view->factor->project->product->path.data;
	autostr struct str text = STR_INIT;
	bool known;

	ck_ok(factor_answer(view, slice_c(name), &fields, &known, &world->error), world->error);
	ck_assert_msg(known == (expected != NULL), "%s", name);
	for (size_t i = 0; i < fields.count; i++) {
		struct slice field = fields_at(&fields, i), rest;

		if (path_below(field, slice_c(product), &rest) && field.data[0] == '/')
			str_addf(&text, "@%s%s|", rest.len ? "/" : "", rest.len ? rest.data : "");
		else
			str_addf(&text, "%s|", field.data);
	}
	ck_assert_msg(strcmp(str_c(&text), expected ? expected : "") == 0, "%s: '%s' is not '%s'",
	    name, str_c(&text), expected ? expected : "");
}

START_TEST(images_have_one_path_for_each_form)
{
	static const char directory[] = "linux-x86_64/acme/one";
	autofree char *executable = xasprintf("@/.images/%s/drive.i|", directory);
	autofree char *delineated = xasprintf("@/.delineated/%s/drive.i|", directory);
	autofree char *other = xasprintf("@/.other/%s/drive.i|", directory);
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "factor-image", executable);
	ck_answer(&world, &view, "factor-image-name", "drive.i|");
	ck_answer(&world, &view, "image-directory", "@/.images/linux-x86_64/acme/one|");
	ck_answer(&world, &view, "factor-image:delineated", delineated);
	ck_answer(&world, &view, "factor-image:other", other);
	ck_answer(&world, &view, "factor-image:", NULL);
	view.variant.form = SLICE_LITERAL("other");
	ck_answer(&world, &view, "factor-image", other);
	ck_answer(&world, &view, "executable-image", executable);
	ck_answer(&world, &view, "delineated-image", delineated);
	ck_answer(&world, &view, "retained-image", "@/.retained/linux-x86_64/acme/one/drive.i|");
	view.variant.form = SLICE_LITERAL("");
	ck_answer(&world, &view, "factor-image", executable);
	view.layout = LAYOUT_FINT;
	ck_answer(
	    &world, &view, "factor-image", "@/acme/one/__f-int__/linux-x86_64/executable/drive.i|");
}
END_TEST

START_TEST(a_source_is_known_while_it_is_translated)
{
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "source", "");
	ck_answer(&world, &view, "source-relative-path", "");
	ck_answer(&world, &view, "language", "");
	view.source = &view.factor->sources[0];
	ck_answer(&world, &view, "source", "@/acme/one/drive/main.c|");
	ck_answer(&world, &view, "source-relative-path", "acme/one/drive/main.c|");
	ck_answer(&world, &view, "language", "c|");
	ck_answer(&world, &view, "dialect", "2018|");
	view.source = &view.factor->sources[1];
	ck_answer(&world, &view, "language", "");
	ck_answer(&world, &view, "sources", "@/acme/one/drive/main.c|@/acme/one/drive/sub/more|");
	ck_answer(&world, &view, "source-paths", "@/acme/one/drive|");
}
END_TEST

START_TEST(a_unit_is_an_answer_only_if_it_is_the_only_one)
{
	autofields struct fields units = FIELDS_INIT;
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "units", "");
	view.units = &units;
	fields_adds(&units, "/u/1");
	ck_answer(&world, &view, "unit", "/u/1|");
	fields_adds(&units, "/u/2");
	ck_answer(&world, &view, "unit", "");
	ck_answer(&world, &view, "units", "/u/1|/u/2|");
}
END_TEST

START_TEST(a_program_tells_what_it_read_beside_the_unit_that_it_translates_to)
{
	autofields struct fields units = FIELDS_INIT;
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	view.units = &units;
	fields_adds(&units, "/u/1");
	ck_answer(&world, &view, "dependency-file", "");
	view.source = &view.factor->sources[0];
	ck_answer(&world, &view, "dependency-file", "/u/1.d|");
	ck_answer(&world, &view, "partial-dependency-file", "/u/1.partial.d|");
	ck_answer(&world, &view, "unit", "/u/1|");
	view.units = NULL;
	ck_answer(&world, &view, "dependency-file", "");
}
END_TEST

START_TEST(directories_are_those_of_the_view)
{
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "work-directory", "");
	ck_answer(&world, &view, "log-directory", "");
	ck_answer(&world, &view, "construction-context-path", "");
	ck_answer(
	    &world, &view, "telemetry-directory", "@/.metrics/linux-x86_64/acme/one/drive.i|");
	view.work = SLICE_LITERAL("/work/drive");
	view.context = SLICE_LITERAL("/context");
	view.telemetry = SLICE_LITERAL("/captures");
	ck_answer(&world, &view, "work-directory", "/work/drive|");
	ck_answer(&world, &view, "log-directory", "/work/drive/log|");
	ck_answer(&world, &view, "unit-directory", "/work/drive/units|");
	ck_answer(&world, &view, "telemetry-directory", "/captures|");
	ck_answer(&world, &view, "construction-context-path", "/context|");
}
END_TEST

START_TEST(names_that_are_no_queries_are_not_known)
{
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "", NULL);
	ck_answer(&world, &view, "system-includes", NULL);
	ck_answer(&world, &view, "http://x.net/t#units", NULL);
	ck_answer(&world, &view, "http://x.net/t#", NULL);
}
END_TEST

START_TEST(fields_of_requirements_are_answered)
{
	WITH_WORLD;
	struct factor_view view = make_view(&world);

	ck_answer(&world, &view, "http://x.net/system.library#sources",
	    "@/acme/one/gear/a.c|@/acme/one/gear/b.c|");
	ck_answer(&world, &view, "http://x.net/system.library#factor-path", "acme.one.gear|");
	ck_answer(&world, &view, FACTOR_TYPE_CONTEXT "system.library-name#factor-image", "m|");
	ck_answer(&world, &view, FACTOR_TYPE_CONTEXT "system.library-name#factor-path", "");
	ck_answer(&world, &view, "http://x.net/other#factor-image", "");
}
END_TEST

START_TEST(requirements_that_nothing_holds_fail_the_query)
{
	autofields struct fields fields = FIELDS_INIT;
	WITH_WORLD;
	struct factor_view view = make_view(&world);
	bool known;

	put("p/acme/one/late/.factor", "http://x.net/t\n.none\n");
	view.factor->project->walked = false;
	view.factor->project->factor_count = 0;
	view.factor = factor_in(view.factor->project, SLICE_LITERAL("late"));
	ck_fails(factor_answer(&view, SLICE_LITERAL("http://x.net/t#factor-image"), &fields, &known,
		     &world.error),
	    world.error, "required factor does not exist");
}
END_TEST

START_TEST(an_implicit_project_has_answers_too)
{
	WITH_WORLD;
	struct factor_view view = {.variant = {SLICE_LITERAL("linux"), SLICE_LITERAL("cpython311"),
				       SLICE_LITERAL("executable")}};

	put("plain/pkg/m.py", "");
	put("plain/top.py", "");
	view.factor = factor_in(product_at(&world, "plain")->projects[0], SLICE_LITERAL("pkg.m"));
	view.source = &view.factor->sources[0];
	ck_answer(&world, &view, "factor-image", "@/.images/linux-cpython311/plain/pkg/m.i|");
	ck_answer(&world, &view, "factor-path", "plain.pkg.m|");
	ck_answer(&world, &view, "factor-id", "plain/pkg.m|");
	ck_answer(&world, &view, "corpus", "|");
	ck_answer(&world, &view, "context-path", "|");
	ck_answer(&world, &view, "context-name", "|");
	ck_answer(&world, &view, "source", "@/pkg/m.py|");
	ck_answer(&world, &view, "source-relative-path", "pkg/m.py|");
	ck_answer(&world, &view, "source-paths", "@/pkg|");
	view.layout = LAYOUT_FINT;
	ck_answer(
	    &world, &view, "factor-image", "@/pkg/__f-int__/linux-cpython311/executable/m.i|");
	view.factor = factor_in(view.factor->project, SLICE_LITERAL("top"));
	ck_answer(&world, &view, "factor-image", "@/__f-int__/linux-cpython311/executable/top.i|");
	ck_answer(&world, &view, "source-paths", "@|");
}
END_TEST

SUITE("factor/answer", images_have_one_path_for_each_form, a_source_is_known_while_it_is_translated,
    a_unit_is_an_answer_only_if_it_is_the_only_one,
    a_program_tells_what_it_read_beside_the_unit_that_it_translates_to,
    directories_are_those_of_the_view, names_that_are_no_queries_are_not_known,
    fields_of_requirements_are_answered, requirements_that_nothing_holds_fail_the_query,
    an_implicit_project_has_answers_too)
