#include "base/packing.h"

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

/* A string that may be NULL: 0, or 1 and the string. */
static void pack_optional(struct str *ret, const char *string)
{
	pack_number(ret, string != NULL);
	if (string)
		pack_string(ret, slice_c(string));
}

static char *unpack_optional(struct unpacker *unpacker)
{
	struct slice string;

	if (!unpack_number(unpacker))
		return NULL;
	string = unpack_string(unpacker);
	return xmemdup0(string.data, string.len);
}

void pack_error(struct str *ret, const struct error *error)
{
	pack_number(ret, (uint64_t)error->kind);
	pack_number(ret, (uint64_t)error->number);
	pack_number(ret, (uint64_t)error->line);
	pack_number(ret, (uint64_t)error->column);
	pack_number(ret, (uint64_t)error->end_line);
	pack_number(ret, (uint64_t)error->end_column);
	pack_string(ret, slice_c(error->message));
	pack_optional(ret, error->path);
	pack_optional(ret, error->text);
}

struct error *unpack_error(struct unpacker *unpacker)
{
	struct error *error = xcalloc(1, sizeof(*error));
	struct slice message;

	error->kind = (enum error_kind)unpack_number(unpacker);
	error->number = (int)unpack_number(unpacker);
	error->line = (long)unpack_number(unpacker);
	error->column = (long)unpack_number(unpacker);
	error->end_line = (long)unpack_number(unpacker);
	error->end_column = (long)unpack_number(unpacker);
	message = unpack_string(unpacker);
	error->message = xmemdup0(message.data, message.len);
	error->path = unpack_optional(unpacker);
	error->text = unpack_optional(unpacker);
	if (error->kind < ERROR_INPUT || error->kind > ERROR_INTERNAL)
		unpacker->is_bad = true;
	if (!unpacker->is_bad)
		return error;
	error_free(error);
	return NULL;
}
