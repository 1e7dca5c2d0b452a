#include "html/source.h"

#include "suite.h"

static void expect_page(struct html_source source, const char *expected)
{
	autotokens struct tokens tokens = {.items = NULL};
	autostr struct str page = STR_INIT;

	tokens_find(source.text, &tokens);
	source.tokens = &tokens;
	html_source(&page, &source);
	ck_assert_str_eq(str_c(&page), expected);
}

START_TEST(lines_have_numbers_and_anchors)
{
	expect_page((struct html_source){.text = SLICE_LITERAL("x < 1\n\n'''a\nb'''")},
	    "<pre class=\"source\">\n"
	    "<a id=L1 href=#L1>1</a>x &lt; <span class=n>1</span>\n"
	    "<a id=L2 href=#L2>2</a>\n"
	    "<a id=L3 href=#L3>3</a><span class=s>'''a</span>\n"
	    "<a id=L4 href=#L4>4</a><span class=s>b'''</span>\n"
	    "</pre>\n");
}
END_TEST

START_TEST(marks_are_around_tokens_and_links_in_their_place)
{
	static const struct html_stretch marks[] = {{0, 5, "<mark>", "</mark>"}};
	static const struct html_stretch links[] = {{4, 7, "<a href=\"f\">", "</a>"}};
	static const struct html_line lines[] = {{"missed", true, 0}};

	expect_page((struct html_source){SLICE_LITERAL("def one(): 2\n#"), NULL, marks, links, 1, 1,
			lines, 1},
	    "<pre class=\"source counted\">\n"
	    "<a id=L1 href=#L1 class=\"missed\">1</a><small>0</small>"
	    "<mark><b>def</b> <a href=\"f\">o</a></mark><a href=\"f\">ne</a>(): "
	    "<span class=n>2</span>\n"
	    "<a id=L2 href=#L2>2</a><small></small><i>#</i>\n"
	    "</pre>\n");
}
END_TEST

SUITE(
    "html/source", lines_have_numbers_and_anchors, marks_are_around_tokens_and_links_in_their_place)
