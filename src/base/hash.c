#include "base/hash.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <pthread.h>

static const char *const algorithm_names[] = {
    [HASH_SHA256] = "SHA2-256", [HASH_SHA3_256] = "SHA3-256", [HASH_BLAKE2B] = "BLAKE2B-512"};

#define HASH_KINDS (sizeof(algorithm_names) / sizeof(*algorithm_names))

/* Looking an algorithm up costs as much as hashing some kilobytes: it is done once, and the results
 * are constants from then on. NULL for one that libcrypto does not give. */
static EVP_MD *algorithms[HASH_KINDS];
static pthread_once_t algorithms_fetched = PTHREAD_ONCE_INIT;

static void fetch_algorithms(void)
{
	for (size_t i = 0; i < HASH_KINDS; i++)
		algorithms[i] = EVP_MD_fetch(NULL, algorithm_names[i], NULL);
}

static int fail_crypto(struct error **err, enum hash_kind kind)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return fail(err, ERROR_SYSTEM, "cannot compute %s: %s", algorithm_names[kind],
	    reason ? reason : "libcrypto does not have it");
}

int hash_compute(enum hash_kind kind, struct slice data, struct hash *ret, struct error **err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	const EVP_MD *algorithm;

	if (pthread_once(&algorithms_fetched, fetch_algorithms) != 0)
		return fail(err, ERROR_INTERNAL, "cannot initialize digests");
	algorithm = algorithms[kind];
	if (!algorithm || !EVP_Digest(data.data, data.len, digest, NULL, algorithm, NULL))
		return fail_crypto(err, kind);
	memcpy(ret->bytes, digest, HASH_SIZE);
	return 0;
}

void hash_hex(const struct hash *hash, char ret[2 * HASH_SIZE + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_SIZE; i++) {
		ret[2 * i] = digits[hash->bytes[i] >> 4];
		ret[2 * i + 1] = digits[hash->bytes[i] & 15];
	}
	ret[2 * HASH_SIZE] = '\0';
}
