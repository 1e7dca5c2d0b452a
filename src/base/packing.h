/*
 * Reading and writing a binary form of numbers, strings, digests, stamps and errors, without
 * padding (docs/formats.rst, "State"): for what a build remembers, and for messages between
 * processes.
 */
#ifndef KILN_BASE_PACKING_H
#define KILN_BASE_PACKING_H

#include "base/error.h"
#include "base/file_stamp.h"
#include "base/hash.h"

void pack_number(struct str *ret, uint64_t value);
void pack_string(struct str *ret, struct slice string);
void pack_hash(struct str *ret, const struct hash *hash);
void pack_stamp(struct str *ret, const struct file_stamp *stamp);
void pack_error(struct str *ret, const struct error *error);

/* Reads borrowed bytes, which may be anything. The first wrong byte sets `is_bad`; a value that is
 * wrong reads as 0 or empty. The functions are inline because a build with nothing to do spends
 * most of its time in them. */
struct unpacker {
	const unsigned char *at;
	const unsigned char *end;
	bool is_bad;
};

static inline struct unpacker unpacker_of(struct slice bytes)
{
	const unsigned char *begin = (const unsigned char *)bytes.data;

	return (struct unpacker){begin, begin + bytes.len, false};
}

/* Seven bits in each byte, the lowest first; the eighth bit is set in all bytes but the last. */
static inline uint64_t unpack_number(struct unpacker *unpacker)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned char byte;

		if (unpacker->at == unpacker->end)
			break;
		byte = *unpacker->at++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	unpacker->is_bad = true;
	return 0;
}

static inline struct slice unpack_bytes(struct unpacker *unpacker, size_t len)
{
	struct slice bytes = slice_of((const char *)unpacker->at, len);

	if ((size_t)(unpacker->end - unpacker->at) < len) {
		unpacker->is_bad = true;
		return slice_of("", 0);
	}
	unpacker->at += len;
	return bytes;
}

/* A slice of the bytes, which have a NUL after the string. */
static inline struct slice unpack_string(struct unpacker *unpacker)
{
	uint64_t len = unpack_number(unpacker);
	struct slice string;

	if (len >= (size_t)(unpacker->end - unpacker->at)) {
		unpacker->is_bad = true;
		return slice_of("", 0);
	}
	string = unpack_bytes(unpacker, (size_t)len);
	if (*unpacker->at++)
		unpacker->is_bad = true;
	return string;
}

static inline void unpack_hash(struct unpacker *unpacker, struct hash *ret)
{
	struct slice bytes = unpack_bytes(unpacker, HASH_SIZE);

	if (bytes.len == HASH_SIZE)
		memcpy(ret->bytes, bytes.data, HASH_SIZE);
}

static inline void unpack_time(struct unpacker *unpacker, struct timespec *ret)
{
	/* Zigzag: times before 1970 are negative. */
	uint64_t seconds = unpack_number(unpacker);

	ret->tv_sec = (time_t)((seconds >> 1) ^ (0 - (seconds & 1)));
	ret->tv_nsec = (long)unpack_number(unpacker);
}

static inline void unpack_stamp(struct unpacker *unpacker, struct file_stamp *ret)
{
	ret->size = unpack_number(unpacker);
	ret->inode = unpack_number(unpacker);
	ret->device = unpack_number(unpacker);
	unpack_time(unpacker, &ret->modified);
	unpack_time(unpacker, &ret->changed);
}

/* A string that can be a path: not empty, and without a NUL inside. */
struct slice unpack_path(struct unpacker *unpacker);

/* A count of items that take at least `min_size` bytes each. A count that the remaining bytes
 * cannot hold is bad, so that the caller may allocate for the count. */
size_t unpack_count(struct unpacker *unpacker, size_t min_size);

/* A new error, for error_free(); NULL if the bytes are bad. */
struct error *unpack_error(struct unpacker *unpacker);

#endif
