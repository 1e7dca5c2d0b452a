#include "suite.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>

#include "base/tree.h"
#include "cache/entry.h"

static const struct hash key = {{1, 2, 3}};

/* Append a record: its kind, path and content. */
static void record(struct str *tree, char kind, struct slice path, struct slice content)
{
	uint32_t path_len = htole32((uint32_t)path.len);
	uint64_t size = htole64(content.len);

	str_addc(tree, kind);
	str_add(tree, &path_len, sizeof(path_len));
	str_add(tree, &size, sizeof(size));
	str_add_slice(tree, path);
	str_add_slice(tree, content);
}

/* A file with an entry whose digest is right. */
static int make_entry(enum entry_kind kind, struct slice content)
{
	CLEANUP(entry_writer_release) struct entry_writer writer = {0};
	autoerror struct error *error = NULL;
	struct hash digest;
	int fd = memfd_create("entry", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_ok(entry_begin(&writer, fd, &error), error);
	ck_ok(entry_add(&writer, content, &error), error);
	ck_ok(entry_end(&writer, kind, &key, &digest, &error), error);
	ck_assert_int_eq(writer.failure, 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static uint64_t size_of(int fd)
{
	struct stat stat;

	ck_assert_int_eq(fstat(fd, &stat), 0);
	return (uint64_t)stat.st_size;
}

/* Unpack a tree into the new directory "root". */
static int unpack(struct slice tree, struct error **err)
{
	CLEANUP(entry_reader_release) struct entry_reader reader = {0};
	autoclose int fd = make_entry(ENTRY_DIRECTORY, tree);
	autoclose int root = -1;

	suite_make("root");
	root = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(root, 0);
	if (entry_read(&reader, fd, size_of(fd), &key, err) < 0)
		return -1;
	ck_assert_int_eq(reader.kind, ENTRY_DIRECTORY);
	return entry_extract_directory(&reader, root, "root", err);
}

/* Records as text: of each its kind, a path, and for a link or file "=" and its content, ended by a
 * newline. */
static void add_records(struct str *tree, const char *text)
{
	struct slice rest = slice_c(text), line, path;

	while (slice_next(&rest, '\n', &line)) {
		char kind = *line.data;

		line = slice_of(line.data + 1, line.len - 1);
		(void)slice_next(&line, '=', &path);
		record(tree, kind, path, line.data ? line : slice_of("", 0));
	}
}

START_TEST(trees_in_the_order_of_a_walk_are_unpacked)
{
	autostr struct str tree = STR_INIT;
	autoerror struct error *error = NULL;

	add_records(&tree, "da\nda/b\nfa/b/f=deep\nfa/f=in a\nla.b=a/f\ndab\nfab/f=in ab\nxz=run");
	ck_ok(unpack(str_slice(&tree), &error), error);
	suite_expect("root/a/b/f", "deep");
	suite_expect("root/a.b", "in a");
	suite_expect("root/z", "run");
	ck_assert_uint_eq(suite_count("root"), 4);
}
END_TEST

START_TEST(nothing_is_an_empty_directory)
{
	autoerror struct error *error = NULL;

	ck_ok(unpack(SLICE_LITERAL(""), &error), error);
	ck_assert_uint_eq(suite_count("root"), 0);
}
END_TEST

START_TEST(hostile_trees_are_refused)
{
	static const struct {
		const char *records;
		const char *message;
	} cases[] = {
	    {"f../f=x", "a path in it is invalid"},
	    {"f/tmp/kiln-hostile=x", "a path in it is invalid"},
	    {"f=x", "a path in it is invalid"},
	    {"f.=x", "a path in it is invalid"},
	    {"d..", "a path in it is invalid"},
	    {"da\nfa/../b=x", "a path in it is invalid"},
	    {"da/", "a path in it is invalid"},
	    {"da\nfa//b=x", "a path in it is invalid"},
	    /* In no directory, or in what is none. */
	    {"fa/b=x", "a path in it is invalid"},
	    {"fa=x\nfa/b=x", "a path in it is invalid"},
	    {"la=.\nfa/b=x", "a path in it is invalid"},
	    {"da\nla/l=..\nfa/l/b=x", "a path in it is invalid"},
	    {"da\ndb\nfa/c=x", "a path in it is invalid"},
	    {"da\nfa.b=x\nfa/c=x", "a path in it is invalid"},
	    {"dab\nfa/c=x", "a path in it is invalid"},
	    /* Twice, or in another order. */
	    {"fa=x\nfa=y", "a path in it is invalid"},
	    {"da\nda", "a path in it is invalid"},
	    {"fa=x\nda", "a path in it is invalid"},
	    {"fb=x\nfa=x", "a path in it is invalid"},
	    {"f\xff=x\nfa=x", "a path in it is invalid"},
	    {"la=/etc/passwd", "a link in it leads out of the entry"},
	    {"la=../x", "a link in it leads out of the entry"},
	    {"da\nla/b=../../x", "a link in it leads out of the entry"},
	    {"la=", "a link in it leads out of the entry"},
	    {"da=x", "a directory in it has content"},
	    {"pa", "an item of an unknown kind"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str tree = STR_INIT;
		autoerror struct error *error = NULL;

		add_records(&tree, cases[i].records);
		ck_fails(unpack(str_slice(&tree), &error), error, cases[i].message);
		ck_assert_int_eq(error->kind, ERROR_INPUT);
		ck_ok(tree_remove(place_at("root"), NULL), error);
	}
	ck_assert_uint_eq(suite_count("."), 0);
}
END_TEST

static void check_refused(const struct str *tree, const char *message)
{
	autoerror struct error *error = NULL;

	ck_fails(unpack(str_slice(tree), &error), error, message);
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}

START_TEST(names_that_cannot_be_are_refused)
{
	static char long_name[2 * PATH_MAX];
	autostr struct str nul = STR_INIT, name = STR_INIT, path = STR_INIT, target = STR_INIT;

	memset(long_name, 'x', sizeof(long_name));
	record(&nul, 'f', slice_of("a\0b", 3), SLICE_LITERAL("x"));
	check_refused(&nul, "a path in it is invalid");
	record(&name, 'f', slice_of(long_name, NAME_MAX + 1), SLICE_LITERAL("x"));
	check_refused(&name, "a path in it is invalid");
	record(&path, 'f', slice_of(long_name, PATH_MAX), SLICE_LITERAL("x"));
	check_refused(&path, "a path in it is too long");
	record(&target, 'l', SLICE_LITERAL("a"), slice_of(long_name, PATH_MAX));
	check_refused(&target, "the target of a link in it is too long");
	str_truncate(&target, 0);
	record(&target, 'l', SLICE_LITERAL("a"), slice_of("b\0c", 3));
	check_refused(&target, "a link in it leads out of the entry");
}
END_TEST

START_TEST(sizes_beyond_the_end_are_refused)
{
	autostr struct str tree = STR_INIT;
	autoerror struct error *error = NULL;

	add_records(&tree, "fa=some text");
	memset(tree.data + 5, 0xff, 8);
	ck_fails(unpack(str_slice(&tree), &error), error, "it is truncated");
	ck_assert(!suite_exists("root/a")); /* seen before anything is made of it */
	ck_ok(tree_remove(place_at("root"), NULL), error);
	check_refused(&tree, "it is truncated");
	str_truncate(&tree, 12);
	check_refused(&tree, "it is truncated");
	str_truncate(&tree, 0);
	add_records(&tree, "fa");
	tree.data[1] = 2;
	check_refused(&tree, "it is truncated");
}
END_TEST

START_TEST(what_cannot_be_made_is_an_error_of_the_system)
{
	autostr struct str tree = STR_INIT;
	autoerror struct error *error = NULL;

	add_records(&tree, "fa=x");
	suite_make("root");
	suite_put("root/a", "in the way");
	ck_fails(unpack(str_slice(&tree), &error), error, "cannot create 'root/a': File exists");
	ck_assert_int_eq(error->kind, ERROR_SYSTEM);
}
END_TEST

START_TEST(an_entry_is_verified_to_its_end)
{
	CLEANUP(entry_reader_release) struct entry_reader reader = {0};
	autostr struct str bytes = STR_INIT;
	autoerror struct error *error = NULL;
	static char large[300000];
	autoclose int fd = make_entry(ENTRY_FILE, slice_of(large, sizeof(large)));

	ck_assert_int_eq(pwrite(fd, "x", 1, 200000), 1);
	ck_ok(entry_read(&reader, fd, size_of(fd), &key, &error), error);
	ck_fails(entry_extract_file(&reader, &bytes, -1, NULL, &error), error,
	    "its content does not match its digest");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(what_is_no_entry_is_refused)
{
	static const char *const texts[] = {
	    "", "kilnfil1", "kilnxyz1........................................................."};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		CLEANUP(entry_reader_release) struct entry_reader reader = {0};
		autoerror struct error *error = NULL;
		autoclose int fd = memfd_create("entry", MFD_CLOEXEC);

		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(write(fd, texts[i], strlen(texts[i])), (ssize_t)strlen(texts[i]));
		ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
		ck_fails(entry_read(&reader, fd, size_of(fd), &key, &error), error, "it ");
		ck_assert_int_eq(error->kind, ERROR_INPUT);
	}
}
END_TEST

START_TEST(a_file_that_cannot_be_written_does_not_keep_from_the_digest)
{
	CLEANUP(entry_writer_release) struct entry_writer writer = {0};
	static char large[100000];
	autoerror struct error *error = NULL;
	struct hash whole, digest;
	autoclose int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_ok(hash_compute(HASH_BLAKE2B, slice_of(large, sizeof(large)), &whole, &error), error);
	for (size_t step = 10000; step <= sizeof(large); step *= 10) {
		ck_ok(entry_begin(&writer, fd, &error), error);
		for (size_t at = 0; at < sizeof(large); at += step)
			ck_ok(entry_add(&writer, slice_of(large + at, step), &error), error);
		ck_ok(entry_end(&writer, ENTRY_FILE, &key, &digest, &error), error);
		ck_assert_int_eq(writer.failure, ENOSPC);
		ck_assert_mem_eq(digest.bytes, whole.bytes, HASH_SIZE);
	}
}
END_TEST

SUITE("cache/entry", trees_in_the_order_of_a_walk_are_unpacked, nothing_is_an_empty_directory,
    hostile_trees_are_refused, names_that_cannot_be_are_refused, sizes_beyond_the_end_are_refused,
    what_cannot_be_made_is_an_error_of_the_system, an_entry_is_verified_to_its_end,
    what_is_no_entry_is_refused, a_file_that_cannot_be_written_does_not_keep_from_the_digest)
