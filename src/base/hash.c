#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdatomic.h>

/* libcrypto's name of the algorithm, and the usual name. */
static const struct {
	const char *id, *name;
	size_t size; /* in a struct hash */
} kinds[] = {
    [HASH_SHA256] = {"SHA2-256", "SHA-256", HASH_SIZE},
    [HASH_SHA3_256] = {"SHA3-256", "SHA3-256", HASH_SIZE},
    [HASH_BLAKE2B] = {"BLAKE2B-512", "BLAKE2b", HASH_SIZE},
    [HASH_SHA1] = {"SHA1", "SHA-1", HASH_SHA1_SIZE},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* Algorithms are looked up once and kept until the process ends: a lookup costs as much as hashing
 * some hundred bytes. */
static _Atomic(EVP_MD *) algorithms[KINDS];

/* NULL: libcrypto does not have the algorithm. OPENSSL_CONF and the system's configuration are not
 * read: they must not change a digest, and reading them takes time. So does the list of all that
 * older versions of libcrypto had, which no lookup here needs. */
static const EVP_MD *algorithm_of(enum hash_kind kind)
{
	const uint64_t options = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
				 OPENSSL_INIT_NO_ADD_ALL_DIGESTS;
	EVP_MD *known = atomic_load(&algorithms[kind]), *found;

	if (known || OPENSSL_init_crypto(options, NULL) != 1)
		return known;
	found = EVP_MD_fetch(NULL, kinds[kind].id, NULL);
	if (atomic_compare_exchange_strong(&algorithms[kind], &known, found))
		return found;
	/* Another thread looked the algorithm up first. */
	EVP_MD_free(found);
	return known;
}

static int fail_kind(struct error **err, enum hash_kind kind)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return fail(err, ERROR_SYSTEM, "cannot compute %s: %s", kinds[kind].name,
	    reason ? reason : "unknown error");
}

/* Keep the first bytes of what libcrypto computed. */
static void keep(enum hash_kind kind, const unsigned char *digest, struct hash *ret)
{
	*ret = (struct hash){{0}};
	memcpy(ret->bytes, digest, kinds[kind].size);
}

int hash_compute(enum hash_kind kind, struct slice data, struct hash *ret, struct error **err)
{
	const EVP_MD *algorithm = algorithm_of(kind);
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!algorithm || !EVP_Digest(data.data, data.len, digest, NULL, algorithm, NULL))
		return fail_kind(err, kind);
	keep(kind, digest, ret);
	return 0;
}

int hasher_begin(struct hasher *hasher, enum hash_kind kind, struct error **err)
{
	const EVP_MD *algorithm = algorithm_of(kind);

	hasher->kind = kind;
	if (!algorithm || (!hasher->context && !(hasher->context = EVP_MD_CTX_new())) ||
	    !EVP_DigestInit_ex(hasher->context, algorithm, NULL))
		return fail_kind(err, kind);
	return 0;
}

int hasher_add(struct hasher *hasher, struct slice data, struct error **err)
{
	if (!EVP_DigestUpdate(hasher->context, data.data, data.len))
		return fail_kind(err, hasher->kind);
	return 0;
}

int hasher_end(struct hasher *hasher, struct hash *ret, struct error **err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!EVP_DigestFinal_ex(hasher->context, digest, NULL))
		return fail_kind(err, hasher->kind);
	keep(hasher->kind, digest, ret);
	return 0;
}

void hasher_release(struct hasher *hasher)
{
	EVP_MD_CTX_free(hasher->context);
	*hasher = (struct hasher){0};
}

static void add_hex(const struct hash *hash, size_t size, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		ret[2 * i] = digits[hash->bytes[i] >> 4];
		ret[2 * i + 1] = digits[hash->bytes[i] & 15];
	}
	ret[2 * size] = '\0';
}

void hash_hex(const struct hash *hash, char ret[2 * HASH_SIZE + 1])
{
	add_hex(hash, HASH_SIZE, ret);
}

void hash_hex_sha1(const struct hash *hash, char ret[2 * HASH_SHA1_SIZE + 1])
{
	add_hex(hash, HASH_SHA1_SIZE, ret);
}
