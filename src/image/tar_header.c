#include "image/tar_header.h"

bool tar_number(const char *field, size_t size, uint64_t *ret)
{
	struct slice text = slice_of(field, strnlen(field, size));

	*ret = 0;
	if ((unsigned char)*field == 0x80) {
		for (size_t i = 1; i < size; i++) {
			if (*ret >> 55)
				return false;
			*ret = *ret << 8 | (unsigned char)field[i];
		}
		return true;
	}
	text = slice_trim(text);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '7' || *ret >> 60)
			return false;
		*ret = *ret << 3 | (unsigned)(text.data[i] - '0');
	}
	return true;
}

bool tar_seconds(const char *field, size_t size, int64_t *ret)
{
	uint64_t number;

	if ((unsigned char)*field != 0xff) {
		if (!tar_number(field, size, &number) || number > INT64_MAX)
			return false;
		*ret = (int64_t)number;
		return true;
	}
	*ret = -1;
	for (size_t i = 1; i < size; i++) {
		if (*ret < INT64_MIN / 256)
			return false;
		*ret = *ret * 256 + (unsigned char)field[i];
	}
	return true;
}

bool tar_has_checksum(const struct tar_header *header)
{
	struct tar_header copy = *header;
	int64_t with_sign = 0;
	uint64_t sum = 0, expected;

	memset(copy.checksum, ' ', sizeof(copy.checksum));
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		sum += ((const unsigned char *)&copy)[i];
		with_sign += ((const signed char *)&copy)[i];
	}
	return tar_number(header->checksum, sizeof(header->checksum), &expected) &&
	       (expected == sum || (int64_t)expected == with_sign);
}
