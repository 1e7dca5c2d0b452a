/*
 * Eight bytes of a text at once, as a number.
 */
#ifndef KILN_BASE_EIGHT_H
#define KILN_BASE_EIGHT_H

#include <stdint.h>
#include <string.h>

/* The same byte eight times. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

static inline uint64_t eight_at(const char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

/* The high bits of bytes that are less than `limit`, at most 128; bits above such a byte, and those
 * of bytes outside ASCII, mean nothing. */
static inline uint64_t eight_below(uint64_t word, unsigned char limit)
{
	return (word - EIGHT(limit)) & ~word & EIGHT(0x80);
}

/* The same for bytes that are `byte`. */
static inline uint64_t eight_equal(uint64_t word, char byte)
{
	return eight_below(word ^ EIGHT(byte), 1);
}

#endif
