#include "base/map.h"
#include "python/bytecode.h"
#include "python/interpreter.h"

/* The releases' magic numbers: CPython's Lib/importlib/_bootstrap_external.py, and since 3.14
 * Include/internal/pycore_magic_number.h. */
static const struct {
	unsigned magic;
	const char *tag;
} releases[] = {
    {3413, "cpython-38"},
    {3425, "cpython-39"},
    {3439, "cpython-310"},
    {3495, "cpython-311"},
    {3531, "cpython-312"},
    {3571, "cpython-313"},
    {3627, "cpython-314"},
};

/* The upper half of the four bytes: "\r\n". */
#define MAGIC_END 0x0a0d0000u

/* That of 3.11, the first with today's code objects, and with SipHash-1-3. */
#define MAGIC_3_11 3495

/* The flags of PEP 552. */
static const enum check checks[] = {CHECK_TIME, CHECK_UNCHECKED_HASH, CHECK_TIME, CHECK_HASH};

static uint32_t read_u32(const char *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes;

	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static const char *tag_of(uint32_t magic)
{
	if (magic == interpreter_magic())
		return interpreter_cache_tag();
	for (size_t i = 0; i < sizeof(releases) / sizeof(*releases); i++) {
		if (magic == (releases[i].magic | MAGIC_END))
			return releases[i].tag;
	}
	return NULL;
}

const char *pyc_read_header(struct slice bytes, struct pyc_header *ret)
{
	uint32_t magic, flags;

	if (bytes.len < PYC_HEADER_SIZE)
		return "is too short for bytecode";
	magic = read_u32(bytes.data);
	flags = read_u32(bytes.data + 4);
	*ret = (struct pyc_header){.magic = magic & 0xffff, .tag = tag_of(magic)};
	if (!ret->tag)
		return "has the magic number of no known CPython";
	if (flags > 3 || flags == 2)
		return "has flags in its header that mean nothing";
	ret->check = checks[flags];
	if (ret->check == CHECK_TIME) {
		ret->source.mtime = read_u32(bytes.data + 8);
		ret->source.size = read_u32(bytes.data + 12);
	} else {
		ret->source.siphash = read_u32(bytes.data + 8) | (uint64_t)read_u32(bytes.data + 12)
								     << 32;
	}
	return NULL;
}

/* The magic number that is the key of a hash; 0 if there is no such release. The last one is that
 * of the embedded CPython, which may be of no release. */
static uint32_t key_of(size_t index)
{
	size_t first = sizeof(releases) / sizeof(*releases) - (PYC_HASHES - 1);

	if (index == PYC_HASHES - 1)
		return interpreter_magic();
	return releases[first + index].magic | MAGIC_END;
}

void pyc_hash_source(struct slice source, struct pyc_hashes *ret)
{
	for (size_t i = 0; i < PYC_HASHES; i++) {
		const uint64_t seed[2] = {key_of(i), 0};

		ret->items[i] = map_hash(seed, source);
	}
}

bool pyc_is_of_source(const struct pyc_header *header, const struct pyc_hashes *hashes)
{
	for (size_t i = 0; i < PYC_HASHES; i++) {
		if (key_of(i) == (header->magic | MAGIC_END))
			return hashes->items[i] == header->source.siphash;
	}
	return true;
}

bool pyc_is_walked(unsigned magic)
{
	return magic >= MAGIC_3_11;
}
