/*
 * Any docstring: a tree, whose rendering shows the same. The first byte is the style.
 */
#include "../unit/record/shown.h"
#include "fuzz.h"
#include "record/docstring.h"

#define SIZE_LIMIT 4096

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	autostr struct str wanted = STR_INIT;
	autostr struct str found = STR_INIT;
	struct slice text = {(const char *)data + 1, size - 1};
	enum docstring_style style;
	struct text_node *tree;

	if (!size || size > SIZE_LIMIT)
		return 0;
	style = (enum docstring_style)(data[0] % (DOCSTRING_PLAIN + 1));
	if (!slice_is_utf8(text))
		return 0;
	tree = docstring_parse(&arena, text, style);
	fuzz_assert(tree);
	if (style == DOCSTRING_AUTO)
		style = docstring_style_of(text);
	fuzz_assert(style == DOCSTRING_FAULT || is_shown_again(&arena, tree, &wanted, &found));
	return 0;
}
