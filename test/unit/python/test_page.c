#include "python/page.h"

#include "suite.h"

static struct page text_page(struct layout *layout, const char *text)
{
	*layout = (struct layout){.text = slice_c(text)};
	layout_find(layout);
	return page_of(layout);
}

START_TEST(lines_are_newlines_and_what_follows_the_last_one)
{
	static const struct {
		const char *text;
		int count;
	} cases[] = {{"", 1}, {"\n", 1}, {"a", 1}, {"a\n", 1}, {"a\nb", 2}, {"\n\n", 2}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autolayout struct layout layout = {.text = {NULL, 0}};

		struct page page = text_page(&layout, cases[i].text);

		ck_assert_int_eq(page_lines(&page), cases[i].count);
	}
}
END_TEST

START_TEST(lines_are_given_without_their_ends)
{
	autolayout struct layout layout = {.text = {NULL, 0}};
	struct page page = text_page(&layout, "one\n\nthree");

	ck_assert(slice_is(page_line(&page, 1), "one"));
	ck_assert(slice_is(page_line(&page, 2), ""));
	ck_assert(slice_is(page_line(&page, 3), "three"));
}
END_TEST

START_TEST(positions_beyond_the_text_are_its_end)
{
	autolayout struct layout layout = {.text = {NULL, 0}};
	struct page page = text_page(&layout, "ab\ncd");

	ck_assert_uint_eq(page_offset(&page, 9, 9), 5);
	ck_assert_uint_eq(page_offset(&page, 2, 100), 5);
	ck_assert_uint_eq(page_offset(&page, 0, 0), 0);
	ck_assert_uint_eq(page_line(&page, 9).len, 0);
	ck_assert_uint_eq(page_text(&page, (struct stretch){2, 1, 1, 0}).len, 0);
}
END_TEST

START_TEST(columns_count_characters)
{
	autolayout struct layout layout = {.text = {NULL, 0}};
	/* Two, one, four and three bytes; a combining one has two. */
	struct page page = text_page(&layout, "äx𝒳€e\xcc\x81 = 1\n");
	struct area area = page_area(&page, (struct stretch){1, 2, 1, 3});

	ck_assert_int_eq(area.first.column, 2);
	ck_assert_int_eq(area.last.column, 2);
	area = page_area(&page, (struct stretch){1, 7, 1, 13});
	ck_assert_int_eq(area.first.column, 4);
	ck_assert_int_eq(area.last.column, 6);
	area = page_area(&page, (struct stretch){1, 0, 1, 17});
	ck_assert_int_eq(area.first.column, 1);
	ck_assert_int_eq(area.last.column, 10);
}
END_TEST

START_TEST(columns_are_the_same_in_any_order)
{
	static const char text[] = "é1é2é3é4\nñañb\n";
	autolayout struct layout layout = {.text = {NULL, 0}};
	struct page forward = text_page(&layout, text), back = page_of(&layout);
	static const int bytes[] = {0, 2, 3, 5, 6, 8, 9, 11, 12};
	int columns[2][9];

	for (int i = 0; i < 9; i++) {
		struct stretch stretch = {1, bytes[i], 2, i % 3 * 3};

		columns[0][i] = page_area(&forward, stretch).first.column;
	}
	for (int i = 8; i >= 0; i--)
		columns[1][i] = page_area(&back, (struct stretch){1, bytes[i], 1, 12}).first.column;
	for (int i = 0; i < 9; i++) {
		ck_assert_int_eq(columns[0][i], i + 1);
		ck_assert_int_eq(columns[1][i], i + 1);
	}
}
END_TEST

SUITE("python/page", lines_are_newlines_and_what_follows_the_last_one,
    lines_are_given_without_their_ends, positions_beyond_the_text_are_its_end,
    columns_count_characters, columns_are_the_same_in_any_order)
