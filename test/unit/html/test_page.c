#include "html/page.h"

#include "suite.h"

START_TEST(a_page_has_its_title_its_style_and_its_body)
{
	autostr struct str page = STR_INIT;

	html_page(&page, SLICE_LITERAL("a < b @BODY@"), "i { color: red }\n",
	    SLICE_LITERAL("<p>text @ here</p>\n"));
	ck_assert(strstr(str_c(&page), "<title>a &lt; b @BODY@</title>\n"));
	ck_assert(strstr(str_c(&page), "<html lang=\"en\">\n"));
	ck_assert(strstr(str_c(&page), "prefers-color-scheme: dark"));
	ck_assert(strstr(str_c(&page), "\ni { color: red }\n</style>\n"));
	ck_assert(strstr(str_c(&page), "<main>\n<p>text @ here</p>\n</main>\n"));
	ck_assert(slice_starts(str_slice(&page), SLICE_LITERAL("<!DOCTYPE html>\n")));
	ck_assert(slice_ends(str_slice(&page), SLICE_LITERAL("</html>\n")));
}
END_TEST

START_TEST(form_feeds_stay_and_other_controls_are_replaced)
{
	autostr struct str text = STR_INIT;

	html_text(&text, SLICE_LITERAL("\fa<\f\f\x01"));
	html_text(&text, SLICE_LITERAL(""));
	ck_assert_str_eq(str_c(&text), "\fa&lt;\f\f\xef\xbf\xbd");
}
END_TEST

START_TEST(targets_of_links_are_escaped_as_urls)
{
	autostr struct str text = STR_INIT;

	html_link(&text, SLICE_LITERAL("a b/\"ä?.html"), "L1", SLICE_LITERAL("<x>"));
	ck_assert_str_eq(str_c(&text), "<a href=\"a%20b/%22%C3%A4%3F.html#L1\">&lt;x&gt;</a>");
	str_truncate(&text, 0);
	html_link(&text, SLICE_LITERAL("javascript:x"), NULL, SLICE_LITERAL(""));
	ck_assert_str_eq(str_c(&text), "<a href=\"javascript%3Ax\"></a>");
}
END_TEST

SUITE("html/page", a_page_has_its_title_its_style_and_its_body,
    form_feeds_stay_and_other_controls_are_replaced, targets_of_links_are_escaped_as_urls)
