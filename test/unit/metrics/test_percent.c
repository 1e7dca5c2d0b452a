#include "metrics/percent.h"

#include "suite.h"

START_TEST(percentages_are_rounded_down)
{
	static const struct {
		uint64_t part, whole;
		unsigned decimals;
		const char *expected;
	} cases[] = {{0, 0, 1, "100.0"}, {2499, 2500, 1, "99.9"}, {1, 3, 0, "33"},
	    {2, 3, 2, "66.66"}, {3, 3, 1, "100.0"}, {0, 7, 1, "0.0"},
	    {UINT64_MAX - 1, UINT64_MAX, 9, "99.999999999"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str text = STR_INIT;

		percent_add(cases[i].part, cases[i].whole, cases[i].decimals, &text);
		ck_assert_str_eq(str_c(&text), cases[i].expected);
	}
}
END_TEST

START_TEST(thresholds_are_compared_exactly)
{
	struct percent limit;

	ck_assert(percent_parse(SLICE_LITERAL("99.96"), &limit));
	ck_assert(!percent_is_less(2499, 2500, limit));
	ck_assert(percent_is_less(24989, 25000, limit));
	ck_assert(percent_parse(SLICE_LITERAL("100"), &limit));
	ck_assert(percent_is_less(UINT64_MAX - 1, UINT64_MAX, limit));
	ck_assert(!percent_is_less(0, 0, limit));
	ck_assert(percent_parse(SLICE_LITERAL("0"), &limit));
	ck_assert(!percent_is_less(0, 5, limit));
}
END_TEST

START_TEST(only_numbers_from_0_to_100_are_percentages)
{
	static const char *const wrong[] = {
	    "", "-1", "101", "100.1", "1.", ".5", "1.1234567890", "1e1", "nan", "50%"};
	struct percent limit;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		ck_assert_msg(!percent_parse(slice_c(wrong[i]), &limit), "%s", wrong[i]);
}
END_TEST

SUITE("metrics/percent", percentages_are_rounded_down, thresholds_are_compared_exactly,
    only_numbers_from_0_to_100_are_percentages)
