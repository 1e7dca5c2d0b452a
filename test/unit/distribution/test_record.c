#include "distribution/record.h"

#include "suite.h"

START_TEST(rows_have_path_digest_and_size)
{
	static const char text[] = "a/b.py,sha256=AbC-_,12\r\n\"x,\"\"y\"\".py\",,\n\n"
				   "d-1.dist-info/RECORD\rz,md5=1=2,0,more,\"fields\"";
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct record record;

	ck_ok(record_parse(slice_c(text), "R", &arena, &record, &error), error);
	ck_assert_uint_eq(record.count, 4);
	ck_assert(slice_is(record.rows[0].path, "a/b.py"));
	ck_assert(slice_is(record.rows[0].algorithm, "sha256"));
	ck_assert(slice_is(record.rows[0].digest, "AbC-_"));
	ck_assert(record.rows[0].has_size);
	ck_assert_uint_eq(record.rows[0].size, 12);
	ck_assert(slice_is(record.rows[1].path, "x,\"y\".py"));
	ck_assert(!record.rows[1].has_size);
	ck_assert(slice_is(record.rows[2].path, "d-1.dist-info/RECORD"));
	ck_assert(slice_is(record.rows[3].digest, "1=2"));
}
END_TEST

static void ck_refused(const char *text, long line, const char *message)
{
	autoarena struct arena arena = {NULL};
	autoerror struct error *error = NULL;
	struct record record;

	ck_fails(record_parse(slice_c(text), "R", &arena, &record, &error), error, message);
	ck_assert_int_eq(error->line, line);
}

START_TEST(broken_rows_are_refused_with_their_line)
{
	ck_refused("a,,\n\"b,,\n", 2, "a quote does not end");
	ck_refused("a,,\n,,\n", 2, "a row without a path");
	ck_refused("a,,x\n", 1, "the size is not a number");
	ck_refused("a,,-1\n", 1, "the size is not a number");
	ck_refused("a,,99999999999999999999999\n", 1, "the size is not a number");
}
END_TEST

START_TEST(written_rows_are_read_back)
{
	static const char *const paths[] = {"z", "a,b", "a\"b", "a\nb", "\xff"};
	autoarena struct arena arena = {NULL};
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct record record = {0}, again;

	for (size_t i = 0; i < 5; i++)
		record_add(&record, &arena,
		    &(struct record_row){
			slice_c(paths[i]), SLICE_LITERAL("sha256"), SLICE_LITERAL("d"), i, i != 2});
	record_sort(&record);
	for (size_t i = 0; i < 5; i++)
		record_write_row(&text, &record.rows[i]);
	ck_assert_str_eq(str_c(&text), "\"a\nb\",sha256=d,3\n\"a\"\"b\",sha256=d,\n"
				       "\"a,b\",sha256=d,1\nz,sha256=d,0\n\xff,sha256=d,4\n");
	ck_ok(record_parse(str_slice(&text), "R", &arena, &again, &error), error);
	ck_assert_uint_eq(again.count, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert(slice_equal(again.rows[i].path, record.rows[i].path));
		ck_assert_uint_eq(again.rows[i].has_size, record.rows[i].has_size);
	}
}
END_TEST

START_TEST(a_digest_is_base64url_without_padding)
{
	char digest[RECORD_DIGEST_SIZE + 1];
	autoerror struct error *error = NULL;
	struct hash hash;

	/* The empty file's, as every RECORD with an empty __init__.py has it. */
	ck_ok(hash_compute(HASH_SHA256, slice_c(""), &hash, &error), error);
	record_digest(&hash, digest);
	ck_assert_str_eq(digest, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}
END_TEST

SUITE("distribution/record", rows_have_path_digest_and_size,
    broken_rows_are_refused_with_their_line, written_rows_are_read_back,
    a_digest_is_base64url_without_padding)
