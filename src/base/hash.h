/*
 * Digests, computed by OpenSSL's libcrypto. SHA-256 and SHA-1: FIPS 180-4. SHA3-256: FIPS 202.
 * BLAKE2b: RFC 7693, cut from 64 to 32 bytes. SHA-1 is for formats that demand it, never for what
 * kiln relies on.
 */
#ifndef KILN_BASE_HASH_H
#define KILN_BASE_HASH_H

#include "base/str.h"

enum hash_kind { HASH_SHA256, HASH_SHA3_256, HASH_BLAKE2B, HASH_SHA1 };

#define HASH_SIZE 32
#define HASH_SHA1_SIZE 20 /* the first bytes of a struct hash; the rest is zero */

struct hash {
	unsigned char bytes[HASH_SIZE];
};

/* The digest of `data`. Fails only when libcrypto does. */
int hash_compute(enum hash_kind kind, struct slice data, struct hash *ret, struct error **err);

/*
 * A digest over several parts: begin, add, end. Valid when all zero, and reusable. Each call fails
 * only when libcrypto does.
 */
struct hasher {
	enum hash_kind kind;
	void *context;
};

int hasher_begin(struct hasher *hasher, enum hash_kind kind, struct error **err);
int hasher_add(struct hasher *hasher, struct slice data, struct error **err);
int hasher_end(struct hasher *hasher, struct hash *ret, struct error **err);
void hasher_release(struct hasher *hasher);
#define autohasher CLEANUP(hasher_release)

/* Lower-case hexadecimal with a final NUL. */
void hash_hex(const struct hash *hash, char ret[2 * HASH_SIZE + 1]);

/* The same of SHA-1. */
void hash_hex_sha1(const struct hash *hash, char ret[2 * HASH_SHA1_SIZE + 1]);

#endif
