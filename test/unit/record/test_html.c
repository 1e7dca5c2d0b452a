#include "record/html.h"

#include "../delineation/support.h"
#include "delineation/elements.h"
#include "record/public.h"

static void render(const char *text, struct str *ret)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct text_node *chapter;

	ck_ok(text_parse(&arena, slice_c(text), TEXT_DOCUMENTATION, "t", NULL, &chapter, &error),
	    error);
	record_html_text(NULL, SLICE_LITERAL("index.html"), chapter, 2, ret);
}

START_TEST(blocks_are_elements)
{
	static const struct {
		const char *text, *html;
	} cases[] = {
	    {"One\ntwo.\n\nThree.", "<p>One\ntwo.</p>\n<p>Three.</p>\n"},
	    {"*a* **b** ***c*** `d` &e", "<p><em>a</em> <strong>b</strong> "
					 "<strong><em>c</em></strong> <code>d</code> "
					 "<code>e</code></p>\n"},
	    {"- a\n- b\n\t- c", "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n"},
	    {"# a", "<ol>\n<li>a</li>\n</ol>\n"},
	    {"/k/\n\tv", "<dl>\n<dt>k</dt>\n<dd><p>v</p>\n</dd>\n</dl>\n"},
	    {"/k/\n\t- (control)`property-set`\n\t- (type/syntax)`<t>`\n\n\tv",
		"<dl>\n<dt>k: <code>&lt;t&gt;</code></dt>\n<dd><p>v</p>\n</dd>\n</dl>\n"},
	    {"- (control)`property-set`\n- (type/syntax)`t`",
		"<p class=\"type\"><code>t</code></p>\n"},
	    {"! NOTE: title\n\ttext",
		"<div class=\"note\" role=\"note\"><p class=\"label\">Note: title</p>\n"
		"<p>text</p>\n</div>\n"},
	    {"! VERSIONADDED:1.2", "<div class=\"note\" role=\"note\"><p class=\"label\">Added in "
				   "1.2</p>\n</div>\n"},
	    {"! DANGER:",
		"<div class=\"note warning\" role=\"note\"><p class=\"label\">Danger</p>\n"
		"</div>\n"},
	    {"[ A ]\n[ > B C ]\n", "<h2 id=\"--A\">A</h2>\n<h3 id=\"--A-B-C\">B C</h3>\n"},
	    {"[ A ]\nsee &[A]", "<h2 id=\"--A\">A</h2>\n<p>see <a href=\"#--A\">A</a></p>\n"},
	    {"#!text\n\t<b>", "<pre class=\"code\">&lt;b&gt;</pre>\n"},
	    {"#!python\n\tif x: 1",
		"<pre class=\"code\"><b>if</b> x: <span class=n>1</span></pre>\n"},
	    {"#!python\n\t>>> 1\n\t<1>", "<pre class=\"session\"><u>&gt;&gt;&gt;</u> "
					 "<span class=n>1</span>\n<samp>&lt;1&gt;</samp>\n"
					 "</pre>\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str html = STR_INIT;

		render(cases[i].text, &html);
		ck_assert_str_eq(str_c(&html), cases[i].html);
	}
}
END_TEST

START_TEST(headings_end_at_the_sixth_level)
{
	autostr struct str html = STR_INIT;

	render("[ A >> B >> C >> D >> E >> F >> G ]\n", &html);
	ck_assert(strstr(str_c(&html), "<h6 id=\"--A-B-C-D-E\">E</h6>"));
	ck_assert(strstr(str_c(&html), "<h6 id=\"--A-B-C-D-E-F-G\">G</h6>"));
}
END_TEST

START_TEST(what_documentation_says_is_text)
{
	static const char *const texts[] = {"<script>x</script>", "`<b>`", "*<b>*", "[ <b> ]\nx",
	    "- <b>", "/<b>/\n\t<b>", "! <b>: <b>\n\t<b>", "#!<b> <b>\n\t<b>", "&<b>", "(<b>)`<b>`",
	    "(<b>)&<<b>>", "[ <b>\nx", "<!-- --> <![CDATA[ &lt;b&gt; </pre> </p>"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autostr struct str html = STR_INIT;

		render(texts[i], &html);
		ck_assert_ptr_null(strstr(str_c(&html), "<b>"));
		ck_assert_ptr_null(strstr(str_c(&html), "<script"));
		ck_assert_ptr_null(strstr(str_c(&html), "<!"));
		ck_assert(strstr(str_c(&html), "&lt;") || strstr(str_c(&html), "b"));
	}
}
END_TEST

START_TEST(links_have_schemes_that_do_nothing)
{
	static const struct {
		const char *url;
		bool allowed;
	} cases[] = {{"https://a/?b&c", true}, {"HTTP://a", true}, {"mailto:a@b", true},
	    {"a/b.html#c", true}, {"#a", true}, {"/a", true}, {"a?b:c", true},
	    {"javascript:alert(1)", false}, {"JavaScript:alert(1)", false},
	    {"data:text/html,x", false}, {"vbscript:x", false}, {"file:///etc", false},
	    {"//a/b", false}, {"\\\\a", false}, {"java\tscript:x", false},
	    {"\x01javascript:x", false}, {":x", false}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str html = STR_INIT, text = STR_INIT;

		str_addf(&text, "&<[t]%s>", cases[i].url);
		render(str_c(&text), &html);
		ck_assert_msg(!strstr(str_c(&html), "<a href=") == !cases[i].allowed, "%s: %s",
		    cases[i].url, str_c(&html));
	}
}
END_TEST

/* The page of a module `a.m`, of whose first element that much was measured. */
static void make_measured_page(const char *text, struct record_measures *measures, struct str *ret)
{
	autoerror struct error *error = NULL;
	autodescribed struct described described = {.tree = NULL};
	autodescription struct description description = {.elements = STR_INIT};
	autofactor_record struct factor_record record = {
	    .project = SLICE_LITERAL("p"), .factor = SLICE_LITERAL("a.m")};
	autosite_index struct site_index index = {.count = 0};
	autostr struct str summary = STR_INIT;
	struct record_parts parts = {.source = slice_c(text), .name = "a.m"};
	const struct record_names names = {.product = NULL};
	const struct html_site site = {.title = SLICE_LITERAL("Site")};

	describe_text(&described, "a.m", text);
	ck_ok(description_write(&described.delineation, "a.m", &description, &error), error);
	parts.elements = str_slice(&description.elements);
	parts.documented = str_slice(&description.documented);
	parts.documentation = str_slice(&description.documentation);
	parts.data = str_slice(&description.data);
	ck_ok(factor_record_read(&parts, DOCSTRING_FAULT, NULL, &record, &error), error);
	record.module->first->measures = measures;
	ck_ok(resolve_all(&record, &names, &error), error);
	site_summarize(&record, SLICE_LITERAL("a.m"), false, SLICE_LITERAL("a/m.py"), &summary);
	ck_ok(site_index_add(&index, str_slice(&summary), &error), error);
	site_index_finish(&index);
	public_find(&index);
	ck_ok(site_adopt(index.factors[0], &record, true, &error), error);
	ck_ok(record_html_factor(&(struct record_html){.site = &site,
				     .index = &index,
				     .factor = index.factors[0],
				     .record = &record,
				     .names = &names},
		  ret, &error),
	    error);
}

static void make_page(const char *text, struct str *ret)
{
	make_measured_page(text, NULL, ret);
}

static void expect(const char *source, const char *const parts[])
{
	autostr struct str page = STR_INIT;

	make_page(source, &page);
	for (size_t i = 0; parts[i]; i++)
		ck_assert_msg(strstr(str_c(&page), parts[i]), "%s is not in the page", parts[i]);
}

START_TEST(signatures_have_pieces_and_links)
{
	expect("from typing import Literal\nclass K: pass\n"
	       "def f(a, b: 'list[K]' = 1, /, *c, d: Literal['K']='<', **e) -> K: pass\n",
	    (const char *const[]){
		"<span id=\"f.Parameters.a\">a,</span> <span id=\"f.Parameters.b\">b: 'list[<a "
		"href=\"#K\">K</a>]' = <i>1</i>,</span> <span>/,</span> "
		"<span id=\"f.Parameters.c\">*c,</span> ",
		": Literal['K'] = <i>'&lt;'</i>,</span> <span id=\"f.Parameters.e\">**e)</span>",
		" <span>-&gt; <a href=\"#K\">K</a></span>", NULL});
}
END_TEST

START_TEST(overloads_stand_together)
{
	expect("from typing import overload\n@overload\ndef f(a: int): ...\n@overload\n"
	       "def f(a: str): ...\ndef f(a):\n '''Both.'''\n",
	    (const char *const[]){"<section class=\"element\" id=\"f\">",
		"a: int)</span></code></div>\n"
		"<div class=\"sig\" id=\"f-2\">",
		"<div class=\"implementation\" id=\"f-3\">", "<p>Both.</p>", NULL});
	expect("from typing import overload\nclass A:\n @overload\n def f(self, a: int): ...\n"
	       " def f(self, a):\n  '''All.'''\nclass B(A):\n def f(self, a): pass\n",
	    (const char *const[]){"Inherited from <a href=\"#A.f-2\"><code>a.m.A.f</code></a></p>\n"
				  "<p>All.</p>",
		NULL});
}
END_TEST

START_TEST(classes_name_their_relatives)
{
	expect("class A:\n def f(self):\n  '''Text.'''\n def g(self): pass\n"
	       "class B(A):\n def f(self): pass\n",
	    (const char *const[]){"<dt>Subclasses</dt>\n<dd><a href=\"#B\">a.m.B</a>",
		"<b>class</b> <span class=d>B</span>(<span><a href=\"#A\">A</a></span>)",
		"<dt>Inherited from <a href=\"#A\">a.m.A</a></dt>\n"
		"<dd><a href=\"#A.g\">g</a></dd>",
		"<p class=\"label\">Inherited from <a href=\"#A.f\"><code>a.m.A.f</code></a></p>\n"
		"<p>Text.</p>",
		NULL});
}
END_TEST

START_TEST(members_of_a_base_that_is_not_public_are_inherited)
{
	expect("class _A:\n def f(self): pass\n def _g(self): pass\nclass B(_A): pass\n",
	    (const char *const[]){"<dd><a href=\"#_A.f\">f</a></dd>", NULL});
}
END_TEST

START_TEST(at_most_200_names_are_listed_of_a_base)
{
	autostr struct str source = STR_INIT, page = STR_INIT;

	str_adds(&source, "class A:\n");
	for (int i = 1; i <= 202; i++)
		str_addf(&source, " def f%d(self): pass\n", i);
	str_adds(&source, "class B(A): pass\n");
	make_page(str_c(&source), &page);
	ck_assert(
	    strstr(str_c(&page), ">f199</a>, <a href=\"#A.f200\">f200</a>, \xe2\x80\xa6</dd>"));
}
END_TEST

START_TEST(bases_in_a_circle_end)
{
	autostr struct str page = STR_INIT;

	make_page("class A(B, C): pass\nclass B(A, C): pass\nclass C(A, B):\n def f(self): pass\n",
	    &page);
	ck_assert(strstr(str_c(&page), "<a href=\"#C.f\">"));
}
END_TEST

START_TEST(properties_data_and_imports_have_anchors)
{
	expect("import os\nclass A:\n @property\n def p(self) -> int:\n  '''Get.'''\n"
	       " @p.setter\n def p(self, v): pass\n def __init__(self):\n  self.x: int = 1\n"
	       "#: A limit.\nLIMIT: A = 1\n",
	    (const char *const[]){"<li id=\"os\"><code>os</code>",
		"<span class=\"kind\">property</span> <a href=\"#A.p\">",
		"<p class=\"flags\" id=\"A.p-2\">setter<span", "<li id=\"A.x\">",
		"<pre class=\"source code\">LIMIT: <a href=\"#A\">A</a> = <span "
		"class=n>1</span></pre>",
		NULL});
}
END_TEST

START_TEST(parameters_stand_with_their_types)
{
	expect("class K: pass\ndef f(a, b: K, **c):\n\t'''\n\tT.\n\n\t[ Parameters ]\n\t/b/\n"
	       "\t\tSecond.\n\t/a/\n\t\tFirst.\n\t/other/\n\t\tThird.\n\t'''\n",
	    (const char *const[]){
		"<dl class=\"parameters\">\n<dt><var>a</var></dt>\n<dd><p>First.</p>\n"
		"</dd>\n<dt><var>b</var>: <code><a href=\"#K\">K</a></code></dt>\n<dd>"
		"<p>Second.</p>\n</dd>\n<dt>other</dt>\n",
		NULL});
}
END_TEST

START_TEST(excerpts_have_no_docstring)
{
	autostr struct str page = STR_INIT;

	make_page(
	    "def f(a=\"x\"):\n    # why\n    \"\"\"Doc\n    umentation.\"\"\"\n    return a\n",
	    &page);
	ck_assert(
	    strstr(str_c(&page), "<pre class=\"source beside\"><b>def</b> <span class=d>f</span>"
				 "(a=<span class=s>\"x\"</span>):\n    <i># why</i>\n"
				 "    <b>return</b> a\n</pre>"));
}
END_TEST

START_TEST(what_was_measured_is_told)
{
	struct record_measures measures = {
	    .counters = 12, .zeros = 3, .calls = 2, .duration = 1530000};
	autostr struct str page = STR_INIT;

	make_measured_page("def f(): pass\n", &measures, &page);
	ck_assert(
	    strstr(str_c(&page), "<p class=\"flags\">9 of 12 regions covered \xc2\xb7 2 calls, "
				 "on average 1.53 ms</p>"));
}
END_TEST

SUITE("record/html", what_was_measured_is_told, blocks_are_elements,
    headings_end_at_the_sixth_level, what_documentation_says_is_text,
    links_have_schemes_that_do_nothing, signatures_have_pieces_and_links, overloads_stand_together,
    classes_name_their_relatives, members_of_a_base_that_is_not_public_are_inherited,
    at_most_200_names_are_listed_of_a_base, bases_in_a_circle_end,
    properties_data_and_imports_have_anchors, parameters_stand_with_their_types,
    excerpts_have_no_docstring)
