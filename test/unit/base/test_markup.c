#include "base/markup.h"

#include "suite.h"

START_TEST(what_is_markup_is_escaped)
{
	static const struct {
		const char *text, *expected;
		bool in_attribute;
	} cases[] = {
	    {"<a b='c'>&\"", "&lt;a b='c'&gt;&amp;\"", false},
	    {"a\tb\nc\rd", "a\tb\nc&#13;d", false},
	    {"a\tb\nc\rd", "a&#9;b&#10;c&#13;d", true},
	    {"\x01\x7f\xff", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", false},
	    {"\xef\xbf\xbe\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", false},
	    {"ä𝒳€", "ä𝒳€", true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;

		markup_add(&text, slice_c(cases[i].text), cases[i].in_attribute);
		ck_assert_str_eq(str_c(&text), cases[i].expected);
	}
}
END_TEST

START_TEST(attributes_are_quoted)
{
	autostr struct str text = STR_INIT;

	markup_attribute(&text, "name", SLICE_LITERAL("a \"b\""));
	ck_assert_str_eq(str_c(&text), " name=\"a &quot;b&quot;\"");
}
END_TEST

SUITE("base/markup", what_is_markup_is_escaped, attributes_are_quoted)
