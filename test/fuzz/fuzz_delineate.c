/*
 * Any bytes as a source: refused with an error, or described in every form. The JSON is JSON, and
 * the stub is a source again. What CPython compiles, it compiles when it is instrumented, too.
 */
#include "base/json.h"
#include "delineation/ctags.h"
#include "delineation/elements.h"
#include "delineation/stub.h"
#include "fuzz.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "python/outline.h"

/* Larger inputs find nothing new and take long. */
#define SIZE_LIMIT 4096

static const struct delineate_options plain = {.recorded = "dir/source.py", .regions = true};

static const struct delineate_options interface = {.recorded = "dir/source.py", .interface = true};

static bool parse(const struct str *text, struct tree **ret)
{
	struct tree_source source = {str_slice(text), "shown", "recorded", NULL, true};
	autoerror struct error *error = NULL;

	if (tree_parse(&source, NULL, ret, &error) == 0)
		return true;
	fuzz_assert(error && error->kind == ERROR_INPUT);
	return false;
}

/* What is nested more deeply than JSON is read is not read back. */
static void check_json(const struct str *text)
{
	autoerror struct error *error = NULL;
	autojson struct json *json = json_parse(str_slice(text), "json", text->len, &error);

	fuzz_assert(json || strstr(error->message, "nesting"));
}

static void check_description(const struct delineation *delineation)
{
	autodescription struct description description = {.elements = STR_INIT};

	fuzz_assert(description_write(delineation, "shown", &description, NULL) == 0);
	check_json(&description.elements);
	check_json(&description.documented);
	check_json(&description.documentation);
	check_json(&description.data);
}

/* The tree stays as it is while it is delineated, so that this can be done again. */
static void check_stub(struct tree *source)
{
	static const struct stub_options options = {true, true};
	autodelineation struct delineation delineation = {.text = {"", 0}};
	struct stub_source stubbed = {.delineation = &delineation, .shown = "shown"};
	autoerror struct error *error = NULL;
	autostr struct str stub = STR_INIT;
	autotree struct tree *tree = NULL;

	fuzz_assert(delineate_tree(source, &interface, &delineation, NULL) == 0);
	if (stub_add(&stubbed, &options, &stub, &error) < 0) {
		fuzz_assert(error->kind == ERROR_INPUT);
		return;
	}
	str_reserve(&stub, 1);
	fuzz_assert(parse(&stub, &tree));
}

/* The tree stays as it is while it is delineated, so that this can be done again. */
static void check_tags(struct tree *tree)
{
	static const struct delineate_options options = {
	    .recorded = "dir/source.py", .locals = true};
	autodelineation struct delineation delineation = {.text = {"", 0}};
	autostr struct str tags = STR_INIT;

	fuzz_assert(delineate_tree(tree, &options, &delineation, NULL) == 0);
	fuzz_assert(ctags_add(&delineation, SLICE_LITERAL("source.py"), &tags, NULL) == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return interpreter_start(NULL);
}

/* Heads end in their statements and clauses, and what is evaluated lies in the text. */
static void check_outline(struct tree *tree, struct slice text)
{
	autooutline struct outline outline = {.items = NULL};
	int lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	fuzz_assert(outline_tree(tree, NULL, &outline, NULL) == 0);
	for (size_t i = 0; i < outline.count; i++) {
		const struct outline_item *item = &outline.items[i];

		fuzz_assert(item->line >= 1 && item->line <= lines && item->at.line <= lines);
		fuzz_assert(
		    item->kind != OUTLINE_EXTENT ||
		    (item->line <= item->head && item->head <= item->last && item->last <= lines));
	}
}

/* Areas are sorted, each is there once, and exactly those that are reached have counters. */
static void check_regions(const struct regions *regions)
{
	struct area before = {{0, 0}, {0, 0}};
	const struct region *region;
	size_t at = 0;
	char type;

	while ((region = regions_next(regions, &at, &type))) {
		const struct area area = region->area;

		fuzz_assert(memcmp(&area, &before, sizeof(area)) != 0);
		fuzz_assert(area.first.line >= before.first.line);
		fuzz_assert(
		    (type == REGION_NEVER) == (regions->items[at - 1].counter == REGION_UNREACHED));
		fuzz_assert(region->counter < regions->counters);
		before = area;
	}
}

/* Compile a text that parses, instrumented or not. */
static bool compiles(const struct str *text, unsigned features, struct error **err)
{
	static const struct hash hash;
	autotree struct tree *tree = NULL;
	autocode struct code *code = NULL;

	fuzz_assert(parse(text, &tree));
	fuzz_assert(tree_instrument(tree, features, NULL, &hash, NULL) == 0);
	return tree_compile(tree, 0, NULL, &code, err) == 0;
}

/* Only nesting may be too deep for CPython then. */
static void check_instrumented(const struct str *text)
{
	for (unsigned features = 1; features <= INSTRUMENT_ALL; features++) {
		autoerror struct error *plainly = NULL;
		autoerror struct error *error = NULL;

		if (compiles(text, 0, &plainly))
			fuzz_assert(compiles(text, features, &error) ||
				    strstr(error->message, "recursion"));
		else
			fuzz_assert(!compiles(text, features, &error));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodelineation struct delineation delineation = {.text = {"", 0}};
	autotree struct tree *tree = NULL;
	autostr struct str text = STR_INIT;

	if (size > SIZE_LIMIT)
		return 0;
	str_add(&text, data, size);
	str_reserve(&text, 1);
	if (!parse(&text, &tree))
		return 0;
	fuzz_assert(delineate_tree(tree, &plain, &delineation, NULL) == 0);
	check_description(&delineation);
	check_regions(&delineation.regions);
	check_outline(tree, delineation.text);
	check_stub(tree);
	check_tags(tree);
	check_instrumented(&text);
	return 0;
}
