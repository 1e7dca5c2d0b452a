#include "build/packing.h"

struct slice unpack_path(struct unpacker *unpacker)
{
	struct slice path = unpack_string(unpacker);

	if (!path.len || memchr(path.data, '\0', path.len))
		unpacker->is_bad = true;
	return path;
}

size_t unpack_count(struct unpacker *unpacker, size_t min_size)
{
	uint64_t count = unpack_number(unpacker);

	if (count > (size_t)(unpacker->end - unpacker->at) / min_size) {
		unpacker->is_bad = true;
		return 0;
	}
	return (size_t)count;
}

void pack_number(struct str *ret, uint64_t value)
{
	char bytes[10];
	size_t len = 0;

	while (value >= 0x80) {
		bytes[len++] = (char)(value | 0x80);
		value >>= 7;
	}
	bytes[len++] = (char)value;
	str_add(ret, bytes, len);
}

void pack_string(struct str *ret, struct slice string)
{
	pack_number(ret, string.len);
	str_add_slice(ret, string);
	str_addc(ret, '\0');
}

void pack_hash(struct str *ret, const struct hash *hash)
{
	str_add(ret, hash->bytes, HASH_SIZE);
}

static void pack_time(struct str *ret, const struct timespec *time)
{
	uint64_t seconds = (uint64_t)time->tv_sec;

	pack_number(ret, (seconds << 1) ^ (0 - (seconds >> 63)));
	pack_number(ret, (uint64_t)time->tv_nsec);
}

void pack_stamp(struct str *ret, const struct file_stamp *stamp)
{
	pack_number(ret, stamp->size);
	pack_number(ret, stamp->inode);
	pack_number(ret, stamp->device);
	pack_time(ret, &stamp->modified);
	pack_time(ret, &stamp->changed);
}
