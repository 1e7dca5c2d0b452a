#include "suite.h"

#include <pthread.h>

#include "base/hash.h"

#define THREADS 4

static void check(enum hash_kind kind, struct slice data, const char *expected)
{
	autoerror struct error *error = NULL;
	struct hash hash;
	char text[2 * HASH_SIZE + 1];

	ck_ok(hash_compute(kind, data, &hash, &error), error);
	hash_hex(&hash, text);
	ck_assert_str_eq(text, expected);
}

/* The examples of FIPS 180-4 and FIPS 202, and RFC 7693, appendix A. */

START_TEST(digests_of_abc_are_those_of_the_standards)
{
	struct slice abc = SLICE_LITERAL("abc");

	check(HASH_SHA256, abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	check(
	    HASH_SHA3_256, abc, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
	check(
	    HASH_BLAKE2B, abc, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1");
}
END_TEST

START_TEST(sha_1_of_abc_is_that_of_the_standard)
{
	autoerror struct error *error = NULL;
	static const unsigned char rest[HASH_SIZE - HASH_SHA1_SIZE];
	struct hash hash;
	char text[2 * HASH_SHA1_SIZE + 1];

	memset(&hash, 0xff, sizeof(hash));
	ck_ok(hash_compute(HASH_SHA1, SLICE_LITERAL("abc"), &hash, &error), error);
	hash_hex_sha1(&hash, text);
	ck_assert_str_eq(text, "a9993e364706816aba3e25717850c26c9cd0d89d");
	ck_assert_mem_eq(hash.bytes + HASH_SHA1_SIZE, rest, sizeof(rest));
}
END_TEST

START_TEST(nothing_has_a_digest)
{
	struct slice nothing = {NULL, 0};

	check(HASH_SHA256, nothing,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	check(HASH_SHA3_256, nothing,
	    "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
	check(HASH_BLAKE2B, nothing,
	    "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419");
}
END_TEST

START_TEST(a_million_bytes_have_the_digest_of_the_standard)
{
	static char data[1000000];

	memset(data, 'a', sizeof(data));
	check(HASH_SHA256, slice_of(data, sizeof(data)),
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

/* The digest of `data` in parts of `step` bytes is that of the whole. */
static void check_parts(struct hasher *hasher, enum hash_kind kind, struct slice data, size_t step)
{
	autoerror struct error *error = NULL;
	struct hash whole, parts;

	ck_ok(hash_compute(kind, data, &whole, &error), error);
	ck_ok(hasher_begin(hasher, kind, &error), error);
	for (size_t at = 0; at < data.len; at += step) {
		size_t len = data.len - at < step ? data.len - at : step;

		ck_ok(hasher_add(hasher, slice_of(data.data + at, len), &error), error);
	}
	ck_ok(hasher_end(hasher, &parts, &error), error);
	ck_assert_mem_eq(whole.bytes, parts.bytes, HASH_SIZE);
}

START_TEST(parts_have_the_digest_of_the_whole)
{
	static const enum hash_kind kinds[] = {HASH_SHA256, HASH_SHA3_256, HASH_BLAKE2B};
	static char data[1000];
	autohasher struct hasher hasher = {0};

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	for (size_t i = 0; i < 3; i++) {
		for (size_t step = 1; step <= sizeof(data); step = 3 * step + 1)
			check_parts(&hasher, kinds[i], slice_of(data, sizeof(data)), step);
		check_parts(&hasher, kinds[i], slice_of(NULL, 0), 1);
	}
}
END_TEST

START_TEST(a_digest_can_be_begun_anew)
{
	autoerror struct error *error = NULL;
	autohasher struct hasher hasher = {0};

	ck_ok(hasher_begin(&hasher, HASH_SHA256, &error), error);
	ck_ok(hasher_add(&hasher, SLICE_LITERAL("forgotten"), &error), error);
	check_parts(&hasher, HASH_BLAKE2B, SLICE_LITERAL("abc"), 2);
	hasher_release(&hasher);
	check_parts(&hasher, HASH_BLAKE2B, SLICE_LITERAL("abc"), 2);
}
END_TEST

/* Many small digests; gives its argument back if all were right. */
static void *hash_much(void *argument)
{
	for (int i = 0; i < 1000; i++) {
		struct hash hash;
		char text[2 * HASH_SIZE + 1];

		if (hash_compute(HASH_SHA256, SLICE_LITERAL("abc"), &hash, NULL) < 0)
			return NULL;
		hash_hex(&hash, text);
		if (strncmp(text, "ba7816bf", 8) != 0)
			return NULL;
	}
	return argument;
}

START_TEST(threads_can_hash_from_the_first_moment)
{
	pthread_t threads[THREADS];
	int good;

	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hash_much, &good), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *result;

		ck_assert_int_eq(pthread_join(threads[i], &result), 0);
		ck_assert_ptr_eq(result, &good);
	}
}
END_TEST

SUITE("base/hash", digests_of_abc_are_those_of_the_standards, sha_1_of_abc_is_that_of_the_standard,
    nothing_has_a_digest, a_million_bytes_have_the_digest_of_the_standard,
    parts_have_the_digest_of_the_whole, a_digest_can_be_begun_anew,
    threads_can_hash_from_the_first_moment)
