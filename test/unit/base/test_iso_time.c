#include "base/iso_time.h"

#include "suite.h"

START_TEST(times_are_texts_in_utc)
{
	static const struct {
		int64_t time;
		const char *text;
	} cases[] = {
	    {0, "1970-01-01T00:00:00Z"},
	    {315532800, "1980-01-01T00:00:00Z"},
	    {1709251199, "2024-02-29T23:59:59Z"},
	    {253402300799, "9999-12-31T23:59:59Z"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[ISO_TIME_SIZE];

		iso_time(cases[i].time, text);
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

SUITE("base/iso_time", times_are_texts_in_utc)
