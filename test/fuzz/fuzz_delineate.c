/*
 * Any bytes as a source: refused with an error, or described in every form. The JSON is JSON, and
 * the stub is a source again.
 */
#include "base/json.h"
#include "delineation/ctags.h"
#include "delineation/elements.h"
#include "delineation/stub.h"
#include "fuzz.h"
#include "python/interpreter.h"
#include "python/outline.h"

/* Larger inputs find nothing new and take long. */
#define SIZE_LIMIT 4096

static const struct delineate_options plain = {NULL, "dir/source.py", NULL};

static bool parse(const struct str *text, struct tree **ret)
{
	struct tree_source source = {str_slice(text), "shown", "recorded", NULL};
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

static void check_stub(const struct delineation *delineation)
{
	static const struct stub_options options = {true, true};
	autostr struct str stub = STR_INIT;
	autotree struct tree *tree = NULL;

	stub_add(delineation, &options, &stub);
	str_reserve(&stub, 1);
	fuzz_assert(parse(&stub, &tree));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return interpreter_start(NULL);
}

/* Heads end in their statements and clauses, and what is evaluated lies in the text. */
static void check_outline(const struct tree *tree, struct slice text)
{
	autooutline struct outline outline = {.items = NULL};
	int lines = 1;

	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	outline_tree(tree, text, &outline);
	for (size_t i = 0; i < outline.count; i++) {
		const struct outline_item *item = &outline.items[i];

		fuzz_assert(item->line >= 1 && item->line <= lines && item->at.line <= lines);
		fuzz_assert(
		    item->kind != OUTLINE_EXTENT ||
		    (item->line <= item->head && item->head <= item->last && item->last <= lines));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autodelineation struct delineation delineation = {.text = {"", 0}};
	autotree struct tree *tree = NULL;
	autostr struct str text = STR_INIT;
	autostr struct str tags = STR_INIT;

	if (size > SIZE_LIMIT)
		return 0;
	str_add(&text, data, size);
	str_reserve(&text, 1);
	if (!parse(&text, &tree))
		return 0;
	fuzz_assert(delineate_tree(tree, &plain, &delineation, NULL) == 0);
	check_description(&delineation);
	check_outline(tree, delineation.text);
	check_stub(&delineation);
	fuzz_assert(ctags_add(&delineation, SLICE_LITERAL("source.py"), &tags, NULL) == 0);
	return 0;
}
