#include "html/search.h"

#include "suite.h"

START_TEST(an_index_has_pages_and_entries)
{
	autosearch struct search_index index = {0};
	autofields struct fields files = FIELDS_INIT;
	size_t page = search_add_page(&index, SLICE_LITERAL("json/encoder.html"),
	    SLICE_LITERAL("json.encoder"), (struct slice){0});

	search_add(&index, &(struct search_entry){
			       .page = page, .kind = "class", .name = SLICE_LITERAL("Encoder")});
	search_add(&index, &(struct search_entry){.page = page,
			       .kind = "method",
			       .parent = SLICE_LITERAL("Encoder"),
			       .name = SLICE_LITERAL("encode"),
			       .text = SLICE_LITERAL(" A\ttext\n in \"lines\"."),
			       .type = SLICE_LITERAL("str"),
			       .is_deprecated = true});
	search_add(&index, &(struct search_entry){.page = page,
			       .kind = "unheard of",
			       .parent = SLICE_LITERAL("Encoder"),
			       .name = SLICE_LITERAL("_x"),
			       .public = SLICE_LITERAL("json.x"),
			       .is_internal = true});
	search_add(&index, &(struct search_entry){.page = page,
			       .kind = "data",
			       .parent = SLICE_LITERAL("Encoder"),
			       .origin = SLICE_LITERAL("json._c.Coder"),
			       .name = SLICE_LITERAL("y")});
	search_finish(&index, &files);
	ck_assert_int_eq(files.count, 2);
	ck_assert_str_eq(fields_at(&files, 0).data, "search.js");
	ck_assert_str_eq(fields_at(&files, 1).data,
	    "kilnIndex({\"pages\":\"json/encoder.html\\tjson.encoder\\t\\n\",\"parts\":\"\","
	    "\"entries\":\"@0\\ncEncoder\\n@0 Encoder\\n"
	    "m!encode\\tA text in \\\"lines\\\".\\tstr\\no~_x\\t\\t\\tjson.x\\n"
	    "@0 Encoder\\tjson._c.Coder\\ndy\\n\"});\n");
}
END_TEST

START_TEST(long_texts_are_cut_between_words)
{
	autosearch struct search_index index = {0};
	autofields struct fields files = FIELDS_INIT;

	(void)search_add_page(&index, SLICE_LITERAL("a.html"), SLICE_LITERAL("a"),
	    SLICE_LITERAL("aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg "
			  "hhhhhhhhhh iiii"));
	search_finish(&index, &files);
	ck_assert(strstr(fields_at(&files, 1).data, " ggggggggg hhhhhhhhhh\xe2\x80\xa6\\n"));
}
END_TEST

START_TEST(a_large_index_is_split_by_first_letters)
{
	autosearch struct search_index index = {0};
	autofields struct fields files = FIELDS_INIT;
	static const char *const names[] = {"__Alpha", "beta", "\xc3\xa4", "adder"};
	size_t page = search_add_page(
	    &index, SLICE_LITERAL("a.html"), SLICE_LITERAL("a"), (struct slice){0});

	for (size_t i = 0; i < SEARCH_LIMIT / 6; i++) {
		search_add(
		    &index, &(struct search_entry){
				.page = page, .kind = "data", .name = slice_c(names[i % 4])});
	}
	search_finish(&index, &files);
	ck_assert_int_eq(files.count, 8);
	ck_assert_str_eq(fields_at(&files, 1).data,
	    "kilnIndex({\"pages\":\"a.html\\ta\\t\\n\",\"parts\":\"0ab\",\"entries\":\"\"});\n");
	ck_assert_str_eq(fields_at(&files, 2).data, "search-0.js");
	ck_assert_str_eq(fields_at(&files, 4).data, "search-a.js");
	ck_assert(slice_starts(fields_at(&files, 5),
	    SLICE_LITERAL("kilnIndex({\"part\":\"a\",\"entries\":\"@0\\nd__Alpha\\ndadder\\n")));
	ck_assert_str_eq(fields_at(&files, 6).data, "search-b.js");
}
END_TEST

SUITE("html/search", an_index_has_pages_and_entries, long_texts_are_cut_between_words,
    a_large_index_is_split_by_first_letters)
