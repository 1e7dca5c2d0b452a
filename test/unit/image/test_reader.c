#include "image/reader.h"

#include <errno.h>

#include "fixture.h"
#include "image/libarchive.h"

/* Tar archives are made by hand. */

static void finish_header(char header[512])
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	(void)snprintf(header + 148, 8, "%06o", sum);
}

/* Add an entry; `size` is the text of the field, NULL for that of the content. */
static void add(struct str *tar, const char *name, char type, const char *content, const char *size,
    const char *target)
{
	char header[512] = "";
	size_t len = strlen(content);

	(void)snprintf(header, 100, "%s", name);
	(void)snprintf(header + 100, 8, "%07o", 0644);
	(void)snprintf(header + 136, 12, "%011o", 0);
	if (size)
		memcpy(header + 124, size, 12);
	else
		(void)snprintf(header + 124, 12, "%011o", (unsigned)len);
	header[156] = type;
	(void)snprintf(header + 157, 100, "%s", target ? target : "");
	memcpy(header + 257, "ustar\00000", 8);
	finish_header(header);
	str_add(tar, header, sizeof(header));
	str_adds(tar, content);
	while (tar->len % 512)
		str_addc(tar, '\0');
}

static void add_end(struct str *tar)
{
	for (int i = 0; i < 1024; i++)
		str_addc(tar, '\0');
}

/* What is in an image, a line for each entry; faults and the error follow. */
static char *describe(const char *path, const struct image_reading_options *options)
{
	static const struct image_reading_options none;
	autocontents struct image_contents contents = {0};
	autoerror struct error *error = NULL;
	autostr struct str text = STR_INIT;
	WITH_PROBLEMS;
	const struct image_visitor visitor = {.fault = problems_add, .context = &problems};

	if (image_read(&contents, path, options ? options : &none, &visitor, &error) < 0) {
		str_addf(&text, "error: %s", error->message);
		return str_take(&text);
	}
	for (size_t i = 0; i < contents.count; i++) {
		const struct image_entry *entry = contents.entries[i];

		str_addf(&text, "%c %s", "dfl"[entry->kind], entry -> path.data);
		if (entry->kind == IMAGE_FILE)
			str_addf(&text, " %llu", (unsigned long long)entry->size);
		if (entry->target)
			str_addf(&text, " -> %s", entry->target);
		str_addc(&text, '\n');
	}
	ck_assert_uint_eq(contents.faults, problems.count);
	str_adds(&text, str_c(&problems.text));
	return str_take(&text);
}

static void check(struct str *tar, const char *expected)
{
	autofree char *found = NULL;

	put_slice("a.tar", str_slice(tar));
	found = describe("a.tar", NULL);
	ck_assert_str_eq(found, expected);
	str_truncate(tar, 0);
}

START_TEST(entries_are_sorted_below_their_directories)
{
	autostr struct str tar = STR_INIT;

	add(&tar, "z/y/x", '0', "1", NULL, NULL);
	add(&tar, "./b", '0', "22", NULL, NULL);
	add(&tar, "a/", '\0', "", NULL, NULL);
	add(&tar, "./", '5', "", NULL, NULL);
	add(&tar, "l", '2', "", NULL, "b");
	add(&tar, "h", '1', "", NULL, "./b");
	add_end(&tar);
	check(&tar, "d a\nf b 2\nf h 2\nl l -> b\nd z\nd z/y\nf z/y/x 1\n");
}
END_TEST

START_TEST(extended_headers_are_of_the_next_entry)
{
	autostr struct str tar = STR_INIT;

	add(&tar, "x", 'x', "19 path=other name\n11 size=03\n", NULL, NULL);
	add(&tar, "short", '0', "abc", "00000000000", NULL);
	add(&tar, "x", 'L', "long name", NULL, NULL);
	add(&tar, "x", 'K', "long target", NULL, NULL);
	add(&tar, "short", '2', "", NULL, "no");
	add(&tar, "x", 'g', "12 path=all\n", NULL, NULL);
	add(&tar, "last", '0', "", NULL, NULL);
	add_end(&tar);
	check(&tar, "f last 0\nl long name -> long target\nf other name 3\n");
}
END_TEST

START_TEST(damage_ends_the_reading_and_is_told)
{
	static const struct {
		const char *name, *content, *size;
		char type;
		const char *expected;
	} cases[] = {
	    {"x", "19 path=other name", NULL, 'x', "an extended header is not one"},
	    {"x", "99 path=a\n", NULL, 'x', "an extended header is not one"},
	    {"x", "7 path\n", NULL, 'x', "an extended header is not one"},
	    {"x", "11 size=-1\n", NULL, 'x', "an extended header is not one"},
	    {"x", "", "9999999999\0", '0', "a header has a wrong number"},
	    {"x", "", "\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", '0',
		"a header has a wrong number"},
	    {"x", "", "\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", '0',
		"a header has a wrong number"},
	    {"x", "", "\x80\0\0\0\0\0\0\0\0\xff\xff\xff", 'x', "more than 1 MiB"},
	    {"x", "", NULL, 'S', "has a sparse file"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str tar = STR_INIT;
		autofree char *found = NULL;

		add(&tar, "first", '0', "1", NULL, NULL);
		add(&tar, cases[i].name, cases[i].type, cases[i].content, cases[i].size, NULL);
		add(&tar, "last", '0', "1", NULL, NULL);
		add_end(&tar);
		put_slice("a.tar", str_slice(&tar));
		found = describe("a.tar", NULL);
		ck_assert_msg(strstr(found, cases[i].expected), "%zu: %s", i, found);
		ck_assert_ptr_nonnull(strstr(found, "f first 1\n"));
		ck_assert_ptr_null(strstr(found, "f last"));
	}
}
END_TEST

START_TEST(every_part_of_an_archive_is_cut_off)
{
	autostr struct str tar = STR_INIT;

	add(&tar, "a", '0', "1", NULL, NULL);
	add(&tar, "b", '0', "2", NULL, NULL);
	add_end(&tar);
	for (size_t len = 513; len < tar.len; len += 100) {
		autofree char *found = NULL;

		put_slice("a.tar", slice_of(tar.data, len));
		found = describe("a.tar", NULL);
		ck_assert_msg(
		    strstr(found, "a.tar: is cut off: the end of the tar archive is missing"),
		    "%zu: %s", len, found);
	}
	tar.data[600] ^= 1; /* in the padding */
	check(&tar, "f a 1\nf b 1\n");
}
END_TEST

START_TEST(a_wrong_checksum_is_damage_and_first_no_archive)
{
	autostr struct str tar = STR_INIT;
	autofree char *found = NULL;

	add(&tar, "a", '0', "1", NULL, NULL);
	add(&tar, "b", '0', "2", NULL, NULL);
	add_end(&tar);
	tar.data[1024] = 'c';
	put_slice("a.tar", str_slice(&tar));
	found = describe("a.tar", NULL);
	ck_assert_str_eq(found, "f a 1\na.tar: is damaged: a header has a wrong checksum\n");
	free(steal(&found));
	tar.data[0] = 'c';
	put_slice("a.tar", str_slice(&tar));
	found = describe("a.tar", NULL);
	ck_assert_ptr_nonnull(strstr(found, "error: is not an image"));
}
END_TEST

START_TEST(a_tar_archive_may_begin_as_another_form)
{
	static const char *const names[] = {"PKG-INFO", "PK\3\4", "#!name", "hsqs"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *expected = xasprintf("f %s 1\n", names[i]);
		autostr struct str tar = STR_INIT;

		add(&tar, names[i], '0', "1", NULL, NULL);
		add_end(&tar);
		check(&tar, expected);
	}
}
END_TEST

START_TEST(times_before_1970_are_read)
{
	static const struct {
		const char *field;
		int64_t expected;
	} cases[] = {
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", -1},
	    {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xae\x80", -86400},
	    {"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", INT64_MIN},
	    {"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", INT64_MAX},
	    {"\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff", -2},
	    {"\x80\0\0\0\0\0\0\0\0\0\x01\0", 256},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		static const struct image_reading_options none;
		autocontents struct image_contents contents = {0};
		autoerror struct error *error = NULL;
		autostr struct str tar = STR_INIT;
		WITH_PROBLEMS;
		const struct image_visitor visitor = {.fault = problems_add, .context = &problems};

		add(&tar, "a", '0', "", NULL, NULL);
		memcpy(tar.data + 136, cases[i].field, 12);
		finish_header(tar.data);
		add_end(&tar);
		put_slice("a.tar", str_slice(&tar));
		ck_ok(image_read(&contents, "a.tar", &none, &visitor, &error), error);
		if (cases[i].expected == -2) {
			ck_assert_uint_eq(contents.faults, 1);
			continue;
		}
		ck_assert_str_eq(str_c(&problems.text), "");
		ck_assert_int_eq(contents.entries[0]->time, cases[i].expected);
	}
}
END_TEST

/* The digests of "abc" and of a link to it. */
START_TEST(sha_1_is_computed_only_if_it_is_asked_for)
{
	autostr struct str tar = STR_INIT;

	add(&tar, "a", '0', "abc", NULL, NULL);
	add(&tar, "b", '1', "", NULL, "a");
	add_end(&tar);
	put_slice("a.tar", str_slice(&tar));
	for (int asked = 0; asked < 2; asked++) {
		const struct image_reading_options options = {.has_sha1 = asked};
		autocontents struct image_contents contents = {0};
		autoerror struct error *error = NULL;
		WITH_PROBLEMS;
		const struct image_visitor visitor = {.fault = problems_add, .context = &problems};

		ck_ok(image_read(&contents, "a.tar", &options, &visitor, &error), error);
		ck_assert_uint_eq(contents.count, 2);
		for (size_t i = 0; i < contents.count; i++) {
			char sha1[2 * HASH_SHA1_SIZE + 1], sha256[2 * HASH_SIZE + 1];

			hash_hex_sha1(&contents.entries[i]->sha1, sha1);
			hash_hex(&contents.entries[i]->sha256, sha256);
			ck_assert_str_eq(sha1, asked ? "a9993e364706816aba3e25717850c26c9cd0d89d"
						     : "0000000000000000000000000000000000000000");
			ck_assert_str_eq(sha256,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
		}
	}
}
END_TEST

START_TEST(bytes_after_the_end_are_told)
{
	autostr struct str tar = STR_INIT;

	add(&tar, "a", '0', "1", NULL, NULL);
	add_end(&tar);
	str_adds(&tar, "more");
	check(&tar, "f a 1\na.tar: has other bytes after the end of the tar archive\n");
}
END_TEST

START_TEST(limits_hold_for_an_entry_and_for_all)
{
	const struct image_reading_options entry = {.entry_limit = 3},
					   total = {.total_limit = 4000};
	autostr struct str tar = STR_INIT;
	autofree char *found = NULL;

	add(&tar, "a", '0', "1234", NULL, NULL);
	add(&tar, "b", '0', "123", NULL, NULL);
	add_end(&tar);
	put_slice("a.tar", str_slice(&tar));
	found = describe("a.tar", &entry);
	ck_assert_str_eq(
	    found, "f b 3\na.tar/a: has 4 bytes, more than the limit of 3 for one entry\n");
	free(steal(&found));
	found = describe("a.tar", &total);
	ck_assert_str_eq(found, "f a 4\nf b 3\n");
	for (int i = 0; i < 10; i++)
		add_end(&tar);
	put_slice("a.tar", str_slice(&tar));
	free(steal(&found));
	found = describe("a.tar", &total);
	ck_assert_ptr_nonnull(strstr(found, "error: unpacks to more than 4000 bytes"));
}
END_TEST

START_TEST(a_directory_is_read_without_following_links)
{
	autofree char *found = NULL;

	put("in/a", "1");
	put_link("in/l", "/etc");
	put_directory("in/empty");
	found = describe("in", NULL);
	ck_assert_str_eq(found, "f a 1\nd empty\nl l -> /etc\n");
}
END_TEST

START_TEST(what_the_system_refuses_libarchive_is_no_fault_of_the_archive)
{
	static const struct {
		int number;
		bool is_refused;
	} cases[] = {{ENOMEM, true}, {EIO, true}, {EMFILE, true}, {EINVAL, false}, {EILSEQ, false},
	    {-1, false}};
	const struct libarchive *library = libarchive_load(NULL);

	ck_assert_ptr_nonnull(library);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct archive *archive = library->archive_read_new();
		autoerror struct error *error = NULL;

		library->archive_set_error(archive, cases[i].number, "a reason");
		ck_assert_int_eq(
		    libarchive_is_refused(library, archive, "a.zip", &error), cases[i].is_refused);
		ck_assert_int_eq(error != NULL, cases[i].is_refused);
		if (error) {
			ck_assert_int_eq(error->kind, ERROR_SYSTEM);
			ck_assert_int_eq(error->number, cases[i].number);
		}
		ck_assert_str_eq(libarchive_reason(library, archive), "a reason");
		library->archive_read_free(archive);
	}
}
END_TEST

SUITE("image/reader", entries_are_sorted_below_their_directories,
    extended_headers_are_of_the_next_entry, damage_ends_the_reading_and_is_told,
    every_part_of_an_archive_is_cut_off, a_wrong_checksum_is_damage_and_first_no_archive,
    a_tar_archive_may_begin_as_another_form, times_before_1970_are_read,
    sha_1_is_computed_only_if_it_is_asked_for, bytes_after_the_end_are_told,
    limits_hold_for_an_entry_and_for_all, a_directory_is_read_without_following_links,
    what_the_system_refuses_libarchive_is_no_fault_of_the_archive)
