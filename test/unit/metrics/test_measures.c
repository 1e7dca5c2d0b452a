#include "metrics/measures.h"

#include "metrics/capture.h"
#include "suite.h"

#define AREAS "1 1 1 5\n2 1 2 5\n3 1 3 5\n"

struct fixture {
	struct paths paths;
	struct measures measures;
};

static void fixture_release(struct fixture *fixture)
{
	measures_release(&fixture->measures);
	paths_release(&fixture->paths);
}

static void fixture_init(struct fixture *fixture)
{
	autoerror struct error *error = NULL;

	*fixture = (struct fixture){.measures = {.has_shares = true}};
	ck_ok(paths_init(&fixture->paths, &error), error);
	fixture->measures.paths = &fixture->paths;
}

#define FIXTURE(name)                                 \
	CLEANUP(fixture_release) struct fixture name; \
	fixture_init(&name)

static void add(struct fixture *fixture, const char *sources, const char *areas, const char *counts,
    const char *hashes, const char *identity, bool expected_cut)
{
	struct capture_text text = {
	    slice_c(sources), slice_c(areas), slice_c(counts), slice_c(hashes)};
	autoerror struct error *error = NULL;
	bool cut = false;

	ck_ok(capture_counts(&fixture->measures, &text, slice_c(identity), "capture", &cut, &error),
	    error);
	ck_assert_int_eq(cut, expected_cut);
}

static uint64_t count_of(
    const struct fixture *fixture, const char *path, const char *hash, int line)
{
	for (size_t i = 0; i < fixture->measures.sources.count; i++) {
		const struct measured *measured = fixture->measures.sources.entries[i].value;
		struct area area = {{line, 1}, {line, 5}};
		size_t found = measured_find(measured, &area);

		if (slice_is(measured->path, path) && slice_is(measured->hash, hash) &&
		    found < measured->count_capacity)
			return measured->counts[found];
	}
	return UINT64_MAX;
}

START_TEST(counts_of_equal_areas_of_equal_sources_are_added)
{
	FIXTURE(fixture);

	add(&fixture, "here 3 /a.py\n", AREAS, "1\n2\n0\n", "aa\n", "t1", false);
	add(&fixture, "here 3 /a.py\n", AREAS, "10\n20\n0\n", "aa\n", "t2", false);
	/* In another order, and with one that was not there. */
	add(&fixture, "here 3 /a.py\n", "3 1 3 5\n4 1 4 5\n1 1 1 5\n", "100\n200\n300\n", "aa\n",
	    "t1", false);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 1), 311);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 2), 22);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 3), 100);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 4), 200);
}
END_TEST

START_TEST(sources_with_different_hashes_are_kept_apart)
{
	FIXTURE(fixture);

	add(&fixture, "h 1 /a.py\nh 1 /a.py\nh 1 /b.py\n", AREAS, "1\n2\n3\n", "aa\nbb\naa\n", "t",
	    false);
	ck_assert_uint_eq(fixture.measures.sources.count, 3);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 1), 1);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "bb", 2), 2);
}
END_TEST

START_TEST(sums_stay_at_the_largest_number)
{
	FIXTURE(fixture);

	add(&fixture, "h 1 /a.py\n", "1 1 1 5\n", "18446744073709551610\n", "", "t", false);
	add(&fixture, "h 1 /a.py\n", "1 1 1 5\n", "9\n", "", "t", false);
	add(&fixture, "h 1 /b.py\n", "1 1 1 5\n", "99999999999999999999999\n", "", "t", false);
	ck_assert(count_of(&fixture, "/a.py", "", 1) == UINT64_MAX);
	ck_assert(count_of(&fixture, "/b.py", "", 1) == UINT64_MAX);
}
END_TEST

START_TEST(files_that_end_early_give_what_is_whole)
{
	FIXTURE(fixture);

	add(&fixture, "h 3 /a.py\nh 3 /b", AREAS, "7\n8\n9", "aa\nb", "t", true);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 1), 7);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 2), 8);
	ck_assert_uint_eq(count_of(&fixture, "/a.py", "aa", 3), 0);
	add(&fixture, "h 3 /c.py\n", "1 1 1 5\n2 1 2 5\n3 1 3", "1\n2\n", "", "t", true);
	ck_assert_uint_eq(count_of(&fixture, "/c.py", "", 2), 2);
}
END_TEST

START_TEST(lines_that_are_none_are_refused)
{
	static const struct {
		const char *sources, *areas, *counts, *message;
	} cases[] = {{"h x /a.py\n", "1 1 1 1\n", "1\n", "wrong line in 'sources'"},
	    {"h 1\n", "1 1 1 1\n", "1\n", "wrong line in 'sources'"},
	    {"h 1 /a.py\n", "1 1 1\n", "1\n", "lines and columns"},
	    {"h 1 /a.py\n", "2 1 1 1\n", "1\n", "lines and columns"},
	    {"h 1 /a.py\n", "1 1 99999999999 1\n", "1\n", "lines and columns"},
	    {"h 1 /a.py\n", "1 1 1 1\n", "-1\n", "expected a number"},
	    {"h 1 /a.py\n", "1 1 1 1\n", "\n", "expected a number"}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		FIXTURE(fixture);
		struct capture_text text = {slice_c(cases[i].sources), slice_c(cases[i].areas),
		    slice_c(cases[i].counts), SLICE_LITERAL("")};
		autoerror struct error *error = NULL;
		bool cut;

		ck_fails(capture_counts(
			     &fixture.measures, &text, SLICE_LITERAL("t"), "capture", &cut, &error),
		    error, cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
}
END_TEST

START_TEST(intersecting_keeps_the_smaller_count_and_subtracting_what_others_did_not_reach)
{
	FIXTURE(own);
	FIXTURE(other);

	add(&own, "h 3 /a.py\n", AREAS, "5\n6\n7\n", "aa\n", "t", false);
	add(&other, "h 3 /a.py\n", AREAS, "9\n2\n0\n", "aa\n", "t", false);
	measures_intersect(&own.measures, &other.measures);
	ck_assert_uint_eq(count_of(&own, "/a.py", "aa", 1), 5);
	ck_assert_uint_eq(count_of(&own, "/a.py", "aa", 2), 2);
	ck_assert_uint_eq(count_of(&own, "/a.py", "aa", 3), 0);
	add(&own, "h 3 /a.py\n", AREAS, "0\n0\n4\n", "aa\n", "t", false);
	measures_subtract(&own.measures, &other.measures);
	ck_assert_uint_eq(count_of(&own, "/a.py", "aa", 1), 0);
	ck_assert_uint_eq(count_of(&own, "/a.py", "aa", 3), 4);
}
END_TEST

static const struct timing *timing_of(const struct fixture *fixture, const char *element)
{
	for (size_t i = 0; i < fixture->measures.timings.count; i++) {
		const struct timing *timing = fixture->measures.timings.entries[i].value;

		if (slice_is(timing->element, element))
			return timing;
	}
	ck_abort_msg("no times of %s", element);
	return NULL;
}

START_TEST(times_are_added_and_belong_to_the_module_with_the_longest_name)
{
	FIXTURE(fixture);
	autoerror struct error *error = NULL;
	const struct timing *timing;
	bool cut;

	ck_ok(capture_times(&fixture.measures,
		  SLICE_LITERAL("a.b.f: a.g\n\t10-4\n\t20-0\na.b: \n\t5-0\na.b.f: a.g\n\t1-0\n\t3"),
		  SLICE_LITERAL("a aa /a/__init__.py\na.b bb /a/b.py\n"), "capture", &cut, &error),
	    error);
	ck_assert(cut);
	timing = timing_of(&fixture, "a.b.f");
	ck_assert(slice_is(timing->path, "/a/b.py"));
	ck_assert(slice_is(timing->caller, "a.g"));
	ck_assert_uint_eq(timing->calls, 3);
	ck_assert_uint_eq(timing->elapsed, 31);
	ck_assert_uint_eq(timing->residency, 4);
	ck_assert_uint_eq(timing->minimum, 1);
	ck_assert_uint_eq(timing->maximum, 20);
	ck_assert_uint_eq(timing_of(&fixture, "a.b")->calls, 1);
	ck_fails(capture_times(&fixture.measures, SLICE_LITERAL("\t1-1\n"), SLICE_LITERAL(""),
		     "capture", &cut, &error),
	    error, "wrong line in 'timings'");
}
END_TEST

SUITE("metrics/measures", counts_of_equal_areas_of_equal_sources_are_added,
    sources_with_different_hashes_are_kept_apart, sums_stay_at_the_largest_number,
    files_that_end_early_give_what_is_whole, lines_that_are_none_are_refused,
    intersecting_keeps_the_smaller_count_and_subtracting_what_others_did_not_reach,
    times_are_added_and_belong_to_the_module_with_the_longest_name)
