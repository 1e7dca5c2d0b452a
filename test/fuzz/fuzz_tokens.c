/*
 * Sources of any kind as HTML: their tokens follow each other, and lie in the text.
 */
#include "fuzz.h"
#include "html/source.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	autotokens struct tokens tokens = {.items = NULL};
	autostr struct str page = STR_INIT;
	size_t end = 0;

	tokens_find(text, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		fuzz_assert(token->first >= end && token->end > token->first);
		fuzz_assert(token->end <= size);
		end = token->end;
	}
	html_source(&page, &(struct html_source){.text = text, .tokens = &tokens});
	return 0;
}
