#include "html/site.h"

#include "suite.h"

static const struct html_site site = {.title = {"A & B", 5},
    .version = {"1.0", 3},
    .has_versions = true,
    .base_url = {"https://example.com/", 20}};

START_TEST(urls_are_relative_to_the_page)
{
	static const struct {
		const char *from, *place, *fragment, *url;
	} cases[] = {
	    {"json/decoder.html", "json/encoder.html", "", "encoder.html"},
	    {"json/decoder.html", "json/decoder.html", "a.b", "#a.b"},
	    {"json/decoder.html", "json/decoder.html", "", "decoder.html"},
	    {"json/decoder.html", "index.html", "", "../index.html"},
	    {"a/b/c.html", "a/d/e.html", "x", "../d/e.html#x"},
	    {"ab/c.html", "a/c.html", "", "../a/c.html"},
	    {"index.html", "a b/\xc3\xa4.html", "<\">", "a%20b/%C3%A4.html#%3C%22%3E"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str url = STR_INIT, expected = STR_INIT;

		html_site_href(&url, slice_c(cases[i].from), slice_c(cases[i].place),
		    slice_c(cases[i].fragment));
		str_addf(&expected, " href=\"%s\"", cases[i].url);
		ck_assert_str_eq(str_c(&url), str_c(&expected));
	}
}
END_TEST

START_TEST(a_page_leads_to_the_files_of_its_site)
{
	autostr struct str text = STR_INIT;
	struct html_crumb crumbs[] = {
	    {SLICE_LITERAL("json"), SLICE_LITERAL("json/index.html")}, {SLICE_LITERAL("<x>"), {0}}};

	html_site_page(&text,
	    &(struct html_site_page){.site = &site,
		.type = "factor",
		.place = SLICE_LITERAL("json/decoder.html"),
		.title = SLICE_LITERAL("<x>"),
		.description = SLICE_LITERAL("\"quoted\""),
		.crumbs = crumbs,
		.crumb_count = 2},
	    SLICE_LITERAL("<h1>@BODY@</h1>\n"));
	ck_assert(strstr(str_c(&text), "<html lang=\"en\" data-root=\"../\" data-version=\"1.0\""
				       " data-versions>"));
	ck_assert(strstr(str_c(&text), "<title>&lt;x&gt; \xc2\xb7 A &amp; B</title>"));
	ck_assert(strstr(str_c(&text), "content=\"&quot;quoted&quot;\""));
	ck_assert(strstr(str_c(&text), "href=\"https://example.com/json/decoder.html\""));
	ck_assert(strstr(str_c(&text), "href=\"../site.css\""));
	ck_assert(strstr(str_c(&text), "<li><a href=\"../index.html\">A &amp; B</a>"));
	ck_assert(strstr(str_c(&text), "<li><a href=\"index.html\">json</a>"));
	ck_assert(strstr(str_c(&text), "<b>&lt;x&gt;</b>"));
	ck_assert(strstr(str_c(&text), "<h1>@BODY@</h1>\n</main>"));
}
END_TEST

SUITE("html/site", urls_are_relative_to_the_page, a_page_leads_to_the_files_of_its_site)
