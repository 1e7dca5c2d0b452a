/*
 * The default context: what it says, and that the host's tools understand it.
 */
#include "context/context.h"

#include <unistd.h>

#include "base/file.h"
#include "base/spawn.h"
#include "suite.h"
#include "support.h"

#define PYTHON "http://if.fault.io/factors/python."
#define SYSTEM "http://if.fault.io/factors/system."
#define META "http://if.fault.io/factors/meta."

/* What a factor is asked: names and their fields, ended by NULL. */
struct answers {
	const char *name, *fields;
};

static int answer(
    void *context, struct slice name, struct fields *ret, bool *known, struct error **err)
{
	(void)err;
	for (const struct answers *item = context; item->name; item++) {
		if (!slice_is(name, item->name))
			continue;
		support_add_line(ret, item->fields);
		*known = true;
	}
	return 0;
}

/* A question to the default context. */
struct question {
	const char *mode, *features, *type, *format;
	enum context_phase phase;
	const struct answers *answers;
};

static struct context *load(void)
{
	struct context *context = NULL;
	autoerror struct error *error = NULL;

	ck_ok(context_load(NULL, &context, &error), error);
	return context;
}

/* Whether there is a command; it is appended with its operation before it. */
static bool ask(const struct question *question, struct fields *ret)
{
	autocontext struct context *context = load();
	autofields struct fields features = FIELDS_INIT;
	autocommand struct context_command command = {0};
	autoerror struct error *error = NULL;
	const struct context_request request = {
	    question->mode, &features, "linux", "x86_64", "cpython311", NULL, NULL};
	struct slice dialect = slice_c(question->format ? question->format : ""), language;
	struct context_subject subject = {
	    .type.iri = slice_c(question->type),
	    .query = answer,
	    .query_context = (void *)question->answers,
	};
	const struct variants *variants;
	bool present;

	(void)slice_next(&dialect, '.', &language);
	subject.language = language;
	subject.dialect = dialect;
	support_add_line(&features, question->features);
	ck_ok(context_variants(context, &request, &subject.type, &variants, &error), error);
	if (variants->count == 0 || !variants->items[0].integrates)
		return false;
	ck_ok(context_command(context, &request, &variants->items[0], question->phase, &subject,
		  &command, &present, &error),
	    error);
	if (!present)
		return false;
	ck_assert(!command.input && !command.output);
	fields_add(ret, str_slice(&command.operation));
	fields_add_all(ret, &command.plan_arguments);
	fields_add_all(ret, &command.arguments);
	return true;
}

static void expect(const struct question *question, const char *expected)
{
	autofields struct fields fields = FIELDS_INIT, wanted = FIELDS_INIT;

	ck_assert_msg(ask(question, &fields), "no command: %s", expected);
	support_add_line(&wanted, expected);
	support_compare(&fields, &wanted, expected);
}

static void expect_none(const struct question *question)
{
	autofields struct fields fields = FIELDS_INIT;

	ck_assert_msg(!ask(question, &fields), "%s", question->type);
}

static const struct answers module[] = {
    {"unit", "/w/u"},
    {"source", "/p/a/b.py"},
    {"factor-path", "a.b"},
    {"source-relative-path", "a/b.py"},
    {"telemetry-directory", "/t"},
    {"factor-image", "/p/i"},
    {"unit-directory", "/w"},
    {"context-path", "a"},
    {"project-path", "a.b"},
    {NULL, NULL},
};

START_TEST(it_is_that_of_the_directory)
{
	autocontext struct context *context = load(), *other = NULL;
	autoerror struct error *error = NULL;

	ck_ok(context_load(KILN_FACTORS, &other, &error), error);
	ck_assert_mem_eq(context_digest(context), context_digest(other), sizeof(struct hash));
	ck_assert_str_eq(context_path(context), "");
}
END_TEST

START_TEST(a_module_is_interpreted_and_reduced)
{
	static const struct {
		const char *features, *tail;
	} levels[] = {
	    {"optimal", "2"},
	    {"debug", "0"},
	    {"", "1"},
	    {"portable", "1"},
	    {"metrics", "1 metrics-trap /t instrumentation coverage:profile"},
	    {"metrics coverage", "1 metrics-trap /t instrumentation coverage:profile"},
	    {"coverage", "1 instrumentation coverage"},
	    {"profile", "1 instrumentation profile"},
	    {"profile coverage", "1 instrumentation coverage:profile"},
	};

	for (size_t i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
		const struct question question = {"executable", levels[i].features, PYTHON "module",
		    "python.psf-v3", PHASE_TRANSLATE, module};
		autofree char *expected = xasprintf(
		    "interpret kiln cc /w/u /p/a/b.py factor a.b format python.psf-v3 "
		    "origin a/b.py cpython-optimize %s",
		    levels[i].tail);

		expect(&question, expected);
	}
	expect(&(struct question){"executable", "optimal", PYTHON "module", NULL, PHASE_RENDER,
		   module},
	    "reduce kiln cc /p/i /w/u format python.ast");
}
END_TEST

START_TEST(modules_and_interfaces_are_delineated)
{
	static const char *const types[] = {PYTHON "module", PYTHON "interface"};

	for (size_t i = 0; i < 2; i++) {
		expect(&(struct question){"delineation", "", types[i], "python.psf-v3",
			   PHASE_TRANSLATE, module},
		    "delineate kiln cc /w/u /p/a/b.py delineated json factor a.b "
		    "format python.psf-v3 origin a/b.py");
		expect(&(struct question){"delineation", "", types[i], NULL, PHASE_RENDER, module},
		    "archive kiln cc /p/i /w delineated archive");
	}
	expect_none(&(struct question){
	    "executable", "", PYTHON "interface", "python.psf-v3", PHASE_TRANSLATE, module});
	expect_none(&(struct question){
	    "delineation", "", PYTHON "module", "text.kleptic", PHASE_TRANSLATE, module});
}
END_TEST

START_TEST(chapters_are_delineated)
{
	expect(&(struct question){"delineation", "", META "chapter", "text.kleptic",
		   PHASE_TRANSLATE, module},
	    "delineate kiln cc /w/u /p/a/b.py factor a.b format text.kleptic origin a/b.py "
	    "context a project a.b");
	expect(&(struct question){"delineation", "", META "chapter", "kleptic.fault-1",
		   PHASE_TRANSLATE, module},
	    "delineate kiln cc /w/u /p/a/b.py factor a.b format kleptic.fault-1 origin a/b.py "
	    "context a project a.b");
	expect(&(struct question){"delineation", "", META "chapter", NULL, PHASE_RENDER, module},
	    "archive kiln cc /p/i /w delineated archive");
	expect_none(&(struct question){
	    "executable", "", META "chapter", "text.kleptic", PHASE_TRANSLATE, module});
	expect_none(
	    &(struct question){"delineation", "", META "unknown", NULL, PHASE_RENDER, module});
}
END_TEST

START_TEST(units_are_named_by_the_mode)
{
	autocontext struct context *context = load();
	const struct context_type type = {slice_c(PYTHON "module"), {NULL, 0}};
	struct context_request request = {.mode = "executable",
	    .host_system = "linux",
	    .host_architecture = "x86_64",
	    .host_python = "cpython311"};
	const struct variants *variants;

	ck_assert_int_eq(context_variants(context, &request, &type, &variants, NULL), 0);
	ck_assert_uint_eq(variants->count, 1);
	ck_assert_str_eq(variants->items[0].system.data, "linux");
	ck_assert_str_eq(variants->items[0].architecture.data, "cpython311");
	ck_assert_str_eq(variants->items[0].form.data, "executable");
	ck_assert_str_eq(variants->items[0].unit_suffix.data, ".ast");
	request.mode = "delineation";
	ck_assert_int_eq(context_variants(context, &request, &type, &variants, NULL), 0);
	ck_assert_str_eq(variants->items[0].form.data, "delineated");
	ck_assert_str_eq(variants->items[0].unit_suffix.data, "");
}
END_TEST

static const struct answers library[] = {
    {"unit", "/w/u.o"},
    {"units", "/w/u.o /w/v.o"},
    {"dependency-file", "/w/u.o.d"},
    {"partial-dependency-file", "/w/u.o.partial.d"},
    {"source", "/p/a/b.c"},
    {"source-relative-path", "a/b.c"},
    {"product-path", "/p"},
    {"factor-name", "b"},
    {"project-path", "q.a"},
    {"context-path", "q"},
    {"construction-context-path", "''"},
    {"factor-image", "/p/i"},
    {"python-include-directory", "/usr/include/python"},
    {META "sources#source-paths", "/inc /more"},
    {SYSTEM "archive#factor-image", "/p/s.i"},
    {SYSTEM "library#factor-image", "/p/l/l.i"},
    {SYSTEM "library#relative-image-directory", "../l"},
    {SYSTEM "directory#factor-image", "/lib"},
    {SYSTEM "library-name#factor-image", "m z"},
    {NULL, NULL},
};

START_TEST(c_is_compiled_for_its_kind_of_factor)
{
#define TOLD                                                                      \
	"-D_DEFAULT_SOURCE -DF_FACTOR_NAME=b -DF_PROJECT_PATH=q.a -DF_CONTEXT=q " \
	"-DFV_SYSTEM=linux -DFV_ARCHITECTURE=x86_64 -DFV_FORM=executable -DCC_PATH=\"\" "
#define SAME "-ffile-prefix-map=/p=. -ffile-prefix-map=/p/=./ -frandom-seed=a/b.c -I /inc -I /more"
#define READS " -MD -MF /w/u.o.d"
	expect(&(struct question){"executable", "optimal", SYSTEM "executable", "c.2011",
		   PHASE_TRANSLATE, library},
	    "compile cc -c -x c -std=iso9899:2011 -O3 -fPIE " TOLD "-DIF_optimal " SAME READS
	    " -o /w/u.o /p/a/b.c");
	expect(&(struct question){"executable", "debug optimal", SYSTEM "extension", "c.gnu11",
		   PHASE_TRANSLATE, library},
	    "compile cc -c -x c -std=gnu11 -Og -g -fPIC " TOLD "-DIF_debug -DIF_optimal " SAME
	    " -I /usr/include/python" READS " -o /w/u.o /p/a/b.c");
	expect(&(struct question){"executable", "", SYSTEM "library", "c++.2017", PHASE_TRANSLATE,
		   library},
	    "compile cc -c -x c++ -std=c++17 -O2 -fPIC " TOLD SAME READS " -o /w/u.o /p/a/b.c");
	expect(
	    &(struct question){"executable", "", SYSTEM "archive", "c", PHASE_TRANSLATE, library},
	    "compile cc -c -x c -O2 -fPIC " TOLD SAME READS " -o /w/u.o /p/a/b.c");
	expect(&(struct question){"executable", "debug", SYSTEM "archive", "asm.gnu",
		   PHASE_TRANSLATE, library},
	    "assemble cc -c -x assembler-with-cpp -g -fPIC " TOLD "-DIF_debug " SAME
	    " -MD -MF /w/u.o.partial.d -o /w/u.o /p/a/b.c");
}
END_TEST

START_TEST(what_is_no_unit_of_a_compiler_has_no_command)
{
	expect_none(&(struct question){
	    "executable", "", SYSTEM "library", "c.header", PHASE_TRANSLATE, library});
	expect_none(&(struct question){
	    "executable", "", SYSTEM "library", "text.kleptic", PHASE_TRANSLATE, library});
	expect_none(&(struct question){
	    "delineation", "", SYSTEM "library", "c.2011", PHASE_TRANSLATE, library});
	expect_none(
	    &(struct question){"executable", "", SYSTEM "directory", NULL, PHASE_RENDER, library});
}
END_TEST

START_TEST(units_are_linked_or_packed)
{
#define LIBRARIES                                                  \
	"-o /p/i /w/u.o /w/v.o -Xlinker /p/s.i -Xlinker /p/l/l.i " \
	"-Xlinker -rpath=$ORIGIN/../l -L /lib -lm -lz"
	expect(
	    &(struct question){"executable", "", SYSTEM "executable", NULL, PHASE_RENDER, library},
	    "link cc -pie " LIBRARIES);
	expect(&(struct question){"executable", "", SYSTEM "library", NULL, PHASE_RENDER, library},
	    "link cc -shared -Xlinker -soname=b.i " LIBRARIES);
	expect(
	    &(struct question){"executable", "", SYSTEM "extension", NULL, PHASE_RENDER, library},
	    "link cc -shared -Xlinker -soname=b.i " LIBRARIES);
	expect(&(struct question){"executable", "", SYSTEM "archive", NULL, PHASE_RENDER, library},
	    "archive ar rcsD /p/i /w/u.o /w/v.o");
}
END_TEST

/* Compose a command and run it in the product; its program is the first argument. */
static void perform(const char *product, const char *features, const char *type,
    enum context_phase phase, const struct answers *answers)
{
	const struct question question = {"executable", features, type,
	    phase == PHASE_TRANSLATE ? "c.gnu11" : NULL, phase, answers};
	autofields struct fields fields = FIELDS_INIT;
	autofree const char **arguments = NULL;
	autostr struct str output = STR_INIT, errors = STR_INIT;
	autoerror struct error *error = NULL;
	struct spawn spawn = {.directory = product};
	struct spawn_result result;

	ck_assert(ask(&question, &fields));
	arguments = fields_arguments(&fields);
	spawn.program = arguments[1];
	spawn.arguments = arguments + 1;
	ck_ok(
	    spawn_run(&spawn, slice_of("", 0), (size_t)1 << 20, &output, &errors, &result, &error),
	    error);
	ck_assert_msg(result.status == 0, "%s", str_c(&errors));
}

/* Make a factor with one source, NAME/NAME.c, which may use the factors s (an archive) and l. */
static void make_factor(
    const char *product, const char *features, const char *type, const char *name)
{
	autofree char *stem = xasprintf("%s/%s/%s", product, name, name);
	autofree char *source = xasprintf("%s.c", stem), *unit = xasprintf("%s.o", stem);
	autofree char *image = xasprintf("%s.i", stem);
	autofree char *archive = xasprintf("%s/s/s.i", product);
	autofree char *shared = xasprintf("%s/l/l.i", product);
	autofree char *include = xasprintf("%s/inc", product);
	autofree char *relative = xasprintf("%s/%s.c", name, name);
	bool is_program = strcmp(name, "e") == 0;
	const struct answers answers[] = {
	    {"unit", unit},
	    {"units", unit},
	    {"source", source},
	    {"source-relative-path", relative},
	    {"product-path", product},
	    {"factor-name", name},
	    {"factor-image", image},
	    {META "sources#source-paths", include},
	    {SYSTEM "archive#factor-image", is_program ? archive : ""},
	    {SYSTEM "library#factor-image", is_program ? shared : ""},
	    {SYSTEM "library#relative-image-directory", is_program ? "../l" : ""},
	    {SYSTEM "library-name#factor-image", "m"},
	    {NULL, NULL},
	};

	perform(product, features, type, PHASE_TRANSLATE, answers);
	perform(product, features, type, PHASE_RENDER, answers);
}

static char *put_product(const char *path)
{
	autofree char *directory = getcwd(NULL, 0);
	char *product = xasprintf("%s/%s", directory, path);
	static const struct {
		const char *path, *text;
	} files[] = {
	    {"inc/two.h", "#define TWO 2\n"},
	    {"l/l.c", "#include <two.h>\nint l(int x) { return x + TWO; }\n"},
	    {"s/s.c", "const char *s(void) { return __FILE__; }\n"},
	    {"e/e.c", "#include <two.h>\nint l(int x);\nconst char *s(void);\n"
		      "int main(void) { return l(-TWO) != 0 || *s() != '.'; }\n"},
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		autofree char *file = xasprintf("%s/%s", product, files[i].path);

		*strrchr(file, '/') = '\0';
		suite_make(file);
		file[strlen(file)] = '/';
		suite_put(file, files[i].text);
	}
	return product;
}

static void make_product(const char *product, const char *features)
{
	autofree char *program = xasprintf("%s/e/e.i", product);
	const char *const arguments[] = {"e", NULL};
	const struct spawn spawn = {program, arguments, NULL, NULL, NULL, -1, -1, -1};
	autoerror struct error *error = NULL;
	struct spawn_result result;

	make_factor(product, features, SYSTEM "library", "l");
	make_factor(product, features, SYSTEM "archive", "s");
	make_factor(product, features, SYSTEM "executable", "e");
	make_factor(product, features, SYSTEM "extension", "l");
	ck_ok(spawn_run(&spawn, slice_of("", 0), 0, NULL, NULL, &result, &error), error);
	ck_assert_int_eq(result.status, 0);
}

static void compare_products(const char *product, const char *other)
{
	static const char *const names[] = {"l/l.o", "l/l.i", "s/s.o", "s/s.i", "e/e.o", "e/e.i"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *path = xasprintf("%s/%s", product, names[i]);
		autofree char *other_path = xasprintf("%s/%s", other, names[i]);
		autostr struct str bytes = STR_INIT, other_bytes = STR_INIT;
		autoerror struct error *error = NULL;

		ck_ok(file_read(path, FILE_READ_LIMIT, &bytes, NULL, &error), error);
		ck_ok(file_read(other_path, FILE_READ_LIMIT, &other_bytes, NULL, &error), error);
		ck_assert_msg(slice_equal(str_slice(&bytes), str_slice(&other_bytes)),
		    "%s depends on where it is", names[i]);
	}
}

START_TEST(the_host_makes_programs_that_run_and_are_the_same_anywhere)
{
	autofree char *product = put_product("one"), *other = put_product("two/deeper");
	static const char *const features[] = {"optimal", "debug"};

	for (size_t i = 0; i < 2; i++) {
		autofree char *archive = xasprintf("%s/s/s.i", product);
		autofree char *other_archive = xasprintf("%s/s/s.i", other);

		make_product(product, features[i]);
		make_product(other, features[i]);
		compare_products(product, other);
		(void)unlink(archive);	     /* ar would add to it */
		(void)unlink(other_archive); /* the same */
	}
}
END_TEST

SUITE("context/builtin", it_is_that_of_the_directory, a_module_is_interpreted_and_reduced,
    modules_and_interfaces_are_delineated, chapters_are_delineated, units_are_named_by_the_mode,
    c_is_compiled_for_its_kind_of_factor, what_is_no_unit_of_a_compiler_has_no_command,
    units_are_linked_or_packed, the_host_makes_programs_that_run_and_are_the_same_anywhere)
