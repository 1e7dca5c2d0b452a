#include "archives.h"

START_TEST(only_what_needs_a_pax_header_has_one)
{
	char name[150];

	memset(name, 'n', sizeof(name));
	memcpy(name, "src/", 4);
	name[sizeof(name) - 1] = '\0';
	put("src/m.py", "");
	put("src/tool", "");
	put_directory("src/d");
	put_link("src/link", "m.py");
	put("src/new\nline", "");
	archive_source("out.tar", "src");
	ck_assert_uint_eq(count_in_file("out.tar", "PaxHeader"), 0);
	put("src/caf\xc3\xa9", "");
	archive_source("out.tar", "src");
	ck_assert_uint_eq(count_in_file("out.tar", "PaxHeader"), 1);
	ck_assert_uint_eq(count_in_file("out.tar", " path=caf\xc3\xa9\n"), 1);
	ck_assert_uint_eq(count_in_file("out.tar", "hdrcharset"), 0);
	put(name, "");
	archive_source("out.tar", "src");
	ck_assert_uint_eq(count_in_file("out.tar", "PaxHeader"), 2);
	/* Nothing about who made it. */
	ck_assert_uint_eq(count_in_file("out.tar", "SCHILY"), 0);
	ck_assert_uint_eq(count_in_file("out.tar", "LIBARCHIVE"), 0);
	ck_assert_uint_eq(count_in_file("out.tar", "root"), 0);
}
END_TEST

START_TEST(long_names_come_out_of_gnu_tar_as_they_went_in)
{
	autostr struct str path = STR_INIT;

	str_adds(&path, "src");
	for (int i = 0; i < 10; i++) {
		str_addc(&path, '/');
		for (int j = 0; j < 255; j++)
			str_addc(&path, (char)('a' + (i + j) % 26));
		if (i < 9)
			put_directory(str_c(&path));
	}
	put(str_c(&path), "deep");
	/* A target that does not fit a ustar header either. */
	str_truncate(&path, strlen("src/") + 255);
	put_link("src/link", str_c(&path) + strlen("src/"));
	ck_round_trip("C");
}
END_TEST

START_TEST(names_in_utf8_come_out_of_gnu_tar_as_they_went_in)
{
	/* Composed, decomposed, Hangul, beyond the basic plane, a noncharacter. */
	put("src/\xc3\xa9", "");
	put("src/e\xcc\x81", "");
	put("src/\xe1\x84\x80\xe1\x85\xa1/\xea\xb0\x80", "");
	put("src/\xf0\x9f\x98\x80/\xf4\x8f\xbf\xbf", "");
	put_link("src/\xef\xbf\xbe", "e\xcc\x81");
	ck_round_trip("C.UTF-8");
	ck_round_trip("C");
}
END_TEST

START_TEST(names_of_any_bytes_come_out_of_gnu_tar_as_they_went_in)
{
	put("src/caf\xe9/\xff\xfe", "latin");
	put("src/\xed\xa0\x80", "a surrogate");
	/* A pair that a lenient reader takes for U+1F600. */
	put("src/\xed\xa0\xbd\xed\xb8\x80", "two surrogates");
	put("src/\xf0\x9f\x98\x80", "U+1F600");
	put("src/\xc0\xaf", "overlong");
	put("src/new\nline\n", "");
	put("src/\x01\x1b[31m\x7f", "");
	put("src/ ", "");
	put("src/-rf", "");
	put("src/x=y\n10 path=z", "");
	put("src/back\\slash", "");
	put_link("src/link", "caf\xe9/\xff\xfe");
	put_link("src/\xe9link", "\xed\xa0\xbd\xed\xb8\x80");
	ck_round_trip("C.UTF-8");
	ck_round_trip("C");
	ck_assert_uint_gt(count_in_file("out.tar", "hdrcharset=BINARY\n"), 0);
}
END_TEST

/* Up to `count` files with pseudo-random names of bytes from `alphabet`. */
static void put_random_names(unsigned *seed, struct slice alphabet, size_t count)
{
	put_directory("src");
	for (size_t i = 0; i < count; i++) {
		char path[256] = "src/";
		size_t len = 4 + 1 + (size_t)rand_r(seed) % (i % 10 == 0 ? 250 : 12);

		for (size_t at = 4; at < len; at++)
			path[at] = alphabet.data[(size_t)rand_r(seed) % alphabet.len];
		path[len] = '\0';
		if (strcmp(path + 4, ".") != 0 && strcmp(path + 4, "..") != 0)
			put(path, path);
	}
}

START_TEST(random_names_come_out_of_gnu_tar_as_they_went_in)
{
	/* All bytes; what looks like UTF-8; that without the surrogates. */
	static const char like_utf8[] =
	    "\xed\xed\xa0\xbd\xb8\x80\xbf\xc0\xc3\xe0\xe2\xf0\xf4\x9f\x90"
	    "a";
	char all[256];
	size_t count = 0;
	unsigned seed = 20240229;

	for (int c = 1; c < 256; c++)
		if (c != '/')
			all[count++] = (char)c;
	put_random_names(&seed, slice_of(all, count), 300);
	ck_round_trip("C.UTF-8");
	ck_output("rm -r src", "");
	put_random_names(&seed, slice_of(like_utf8, sizeof(like_utf8) - 1), 300);
	ck_round_trip("C.UTF-8");
	ck_output("rm -r src", "");
	put_random_names(&seed, slice_of(like_utf8 + 2, sizeof(like_utf8) - 3), 300);
	ck_round_trip("C.UTF-8");
}
END_TEST

SUITE("image/archive_names", only_what_needs_a_pax_header_has_one,
    long_names_come_out_of_gnu_tar_as_they_went_in,
    names_in_utf8_come_out_of_gnu_tar_as_they_went_in,
    names_of_any_bytes_come_out_of_gnu_tar_as_they_went_in,
    random_names_come_out_of_gnu_tar_as_they_went_in)
