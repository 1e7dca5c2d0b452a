/*
 * Any documentation: HTML with the elements that are made here only, each closed, and with links
 * that lead nowhere bad. All else is text.
 */
#include <string.h>

#include "fuzz.h"
#include "record/docstring.h"
#include "record/html.h"

#define SIZE_LIMIT 4096
#define DEPTH_LIMIT 2048

static const char *const elements[] = {"a", "b", "code", "dd", "div", "dl", "dt", "em", "h2", "h3",
    "h4", "h5", "h6", "i", "li", "ol", "p", "pre", "samp", "span", "strong", "u", "ul", NULL};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The attributes of an element, up to what closes it. */
static const char *check_attributes(const char *text)
{
	static const char *const names[] = {
	    " class=\"", " id=\"", " href=\"", " role=\"note", NULL};

	while (*text != '>') {
		size_t i = 0;

		if (starts(text, " class=") && text[7] >= 'a' && text[7] <= 'z') { /* a token's */
			text += 8;
			continue;
		}
		while (names[i] && !starts(text, names[i]))
			i++;
		fuzz_assert(names[i]);
		text += strlen(names[i]);
		if (starts(names[i], " href"))
			fuzz_assert(memchr("#/.", *text, 3) ||
				    !memchr(text, ':', strcspn(text, "\"/?#")) ||
				    strncasecmp(text, "http:", 5) == 0 ||
				    strncasecmp(text, "https:", 6) == 0 ||
				    strncasecmp(text, "mailto:", 7) == 0);
		text += strcspn(text, "\"<");
		fuzz_assert(*text == '"');
		text++;
	}
	return text;
}

static void check(const char *text)
{
	const char *open[DEPTH_LIMIT];
	size_t depth = 0;

	for (text = strchr(text, '<'); text; text = strchr(text, '<')) {
		bool closes = text[1] == '/';
		size_t len = strcspn(text += 1 + closes, " >"), i = 0;

		while (elements[i] && (strlen(elements[i]) != len || !starts(text, elements[i])))
			i++;
		fuzz_assert(elements[i]);
		if (closes) {
			fuzz_assert(depth && open[depth - 1] == elements[i] && text[len] == '>');
			depth--;
		} else {
			fuzz_assert(depth < DEPTH_LIMIT);
			open[depth++] = elements[i];
			text = check_attributes(text + len);
		}
	}
	fuzz_assert(depth == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoarena struct arena arena = {NULL};
	autostr struct str html = STR_INIT;
	struct slice text = {(const char *)data, size};
	struct text_node *chapter;

	if (!size || size > SIZE_LIMIT)
		return 0;
	if (text_parse(&arena, text, TEXT_DOCUMENTATION, "fuzz", NULL, &chapter, NULL) < 0)
		return 0;
	record_html_text(NULL, SLICE_LITERAL("index.html"), chapter, 2, &html);
	if (slice_is_utf8(text) && !memchr(data, '\0', size)) {
		chapter = docstring_parse(&arena, text, DOCSTRING_AUTO);
		record_html_text(NULL, SLICE_LITERAL("index.html"), chapter, 2, &html);
	}
	fuzz_assert(!memchr(str_c(&html), '\0', html.len));
	check(str_c(&html));
	return 0;
}
