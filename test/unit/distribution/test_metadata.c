#include "distribution/metadata.h"

#include "suite.h"

START_TEST(headers_are_read_up_to_the_body)
{
	static const char text[] = "Metadata-Version: 2.1\r\nName: Demo.App\r\nversion:1.0\r\n"
				   "License: MIT\r\n  and\r\n\tmore\r\n"
				   "Classifier: A :: B\r\nClassifier: C\r\n"
				   "Requires-Dist: click (>=8.0)\r\nUnknown: x\r\nno header\r\n"
				   "Name: second\r\n\r\nVersion: 2\r\nSummary: body\r\n";
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct metadata metadata;

	ck_ok(metadata_parse(slice_c(text), "METADATA", &arena, &metadata, &error), error);
	ck_assert(slice_is(metadata.name, "Demo.App"));
	ck_assert(slice_is(metadata.version, "1.0"));
	ck_assert(slice_is(metadata.license, "MIT\r\n  and\r\n\tmore"));
	ck_assert_uint_eq(metadata.classifiers.count, 2);
	ck_assert(slice_is(metadata.classifiers.items[0], "A :: B"));
	ck_assert(slice_is(metadata.classifiers.items[1], "C"));
	ck_assert_uint_eq(metadata.requires.count, 1);
	ck_assert(slice_is(metadata.requires.items[0], "click (>=8.0)"));
	ck_assert_uint_eq(metadata.summary.len, 0);
}
END_TEST

START_TEST(an_empty_line_ends_the_headers_also_before_an_indented_one)
{
	autoarena struct arena arena = {NULL};
	struct metadata metadata;

	ck_assert_int_eq(
	    metadata_parse(slice_c("Name: a\nVersion: 1\n\n  Summary: x\nSummary: y\n"), "M",
		&arena, &metadata, NULL),
	    0);
	ck_assert_uint_eq(metadata.summary.len, 0);
}
END_TEST

START_TEST(many_values_are_kept_in_their_order)
{
	autostr struct str text = STR_INIT;
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct metadata metadata;

	str_adds(&text, "Name: a\nVersion: 1\n");
	for (int i = 0; i < 100; i++)
		str_addf(&text, "Provides-Extra: x%d\n", i);
	ck_ok(metadata_parse(str_slice(&text), "METADATA", &arena, &metadata, &error), error);
	ck_assert_uint_eq(metadata.extras.count, 100);
	ck_assert(slice_is(metadata.extras.items[0], "x0"));
	ck_assert(slice_is(metadata.extras.items[99], "x99"));
}
END_TEST

START_TEST(a_text_without_name_or_version_is_refused)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct metadata metadata;

	ck_fails(metadata_parse(slice_c("Version: 1\n"), "M", &arena, &metadata, &error), error,
	    "no header Name");
	ck_fails(
	    metadata_parse(slice_c("Name: ../a\nVersion: 1\n"), "M", &arena, &metadata, &error),
	    error, "no header Name");
	ck_fails(metadata_parse(slice_c("Name: a\n"), "M", &arena, &metadata, &error), error,
	    "no header Version");
	ck_fails(
	    metadata_parse(slice_c(""), "M", &arena, &metadata, &error), error, "no header Name");
	ck_assert_str_eq(error->path, "M");
}
END_TEST

START_TEST(a_wheel_says_its_version_and_tags)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct wheel_info info;

	ck_ok(wheel_info_parse(slice_c("Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: TRUE\n"
				       "Tag: py2-none-any\nTag: py3-none-any\n"),
		  "W", &arena, &info, &error),
	    error);
	ck_assert(info.is_pure);
	ck_assert_uint_eq(info.tags.count, 2);
	ck_assert(slice_is(info.tags.items[1], "py3-none-any"));
	ck_fails(wheel_info_parse(slice_c("Wheel-Version: 2.0\n"), "W", &arena, &info, &error),
	    error, "only versions 1.x");
	ck_fails(wheel_info_parse(slice_c("Tag: a\n"), "W", &arena, &info, &error), error,
	    "Wheel-Version is ''");
}
END_TEST

START_TEST(a_direct_url_says_whether_it_is_editable)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	bool is_editable;
	const char *url;

	ck_ok(direct_url_parse(
		  slice_c("{\"url\": \"file:///a\", \"dir_info\": {\"editable\": true}}"), "D",
		  &arena, &is_editable, &url, &error),
	    error);
	ck_assert(is_editable);
	ck_assert_str_eq(url, "file:///a");
	ck_ok(direct_url_parse(slice_c("{\"url\": \"file:///a\", \"dir_info\": {}}"), "D", &arena,
		  &is_editable, &url, &error),
	    error);
	ck_assert(!is_editable);
	ck_fails(direct_url_parse(slice_c("{\"url\": 1}"), "D", &arena, &is_editable, &url, &error),
	    error, "no member 'url'");
}
END_TEST

SUITE("distribution/metadata", headers_are_read_up_to_the_body,
    an_empty_line_ends_the_headers_also_before_an_indented_one, many_values_are_kept_in_their_order,
    a_text_without_name_or_version_is_refused, a_wheel_says_its_version_and_tags,
    a_direct_url_says_whether_it_is_editable)
