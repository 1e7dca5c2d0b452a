/*
 * Any text: a tree, whose rendering is a text of the same tree, but for what is malformed.
 */
#include "../unit/record/same.h"
#include "fuzz.h"
#include "record/chapter.h"

#define SIZE_LIMIT 4096

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void parse_documentation(struct slice text)
{
	autoarena struct arena arena = {NULL};
	autostr struct str out = STR_INIT;
	struct text_node *chapter;

	if (text_parse(&arena, text, TEXT_DOCUMENTATION, "fuzz", NULL, &chapter, NULL) == 0)
		fuzz_assert(text_render(chapter, &out, NULL) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};
	autostr struct str elements = STR_INIT;
	autostr struct str rendered = STR_INIT;
	struct slice text = {(const char *)data, size};
	struct text_node *chapter, *again;

	if (size > SIZE_LIMIT)
		return 0;
	parse_documentation(text);
	if (text_parse(&arena, text, TEXT_FILE, "fuzz", &notes, &chapter, NULL) < 0)
		return 0;
	fuzz_assert(chapter_write_elements(chapter, &elements, NULL) == 0);
	(void)chapter_write_context(chapter, &elements); /* either is right */
	fuzz_assert(text_render(chapter, &rendered, NULL) == 0);
	if (text_parse(&arena, str_slice(&rendered), TEXT_FILE, "rendered", NULL, &again, NULL) < 0)
		abort();
	fuzz_assert(notes.count || same_text(chapter, again));
	return 0;
}
