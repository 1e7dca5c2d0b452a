/*
 * How what a build remembers is written: numbers, strings, digests and stats, one behind the other
 * (docs/formats.rst, "State").
 */
#ifndef KILN_BUILD_PACKING_H
#define KILN_BUILD_PACKING_H

#include "base/hash.h"
#include "factor/project.h"

void pack_number(struct str *ret, uint64_t value);
void pack_string(struct str *ret, struct slice string);
void pack_hash(struct str *ret, const struct hash *hash);
void pack_stamp(struct str *ret, const struct file_stamp *stamp);

/* Any bytes, which are borrowed; read here, as a build that has nothing to do does little else.
 * Once something is wrong with them `is_bad` is set, and what is asked for is 0 or empty. */
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

/* Seven bits a byte, the lowest first, the eighth bit set in all but the last. */
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

/* A string where it is: with a NUL behind it. */
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

/* A string that is a path: not empty, and without a NUL in it. */
struct slice unpack_path(struct unpacker *unpacker);

/* A count of what takes `least` bytes each at least, so that it may be allocated. */
size_t unpack_count(struct unpacker *unpacker, size_t min_size);

#endif
