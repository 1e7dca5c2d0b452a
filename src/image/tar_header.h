/*
 * Headers of tar archives, which are outside data: the numbers in them, and their checksum.
 */
#ifndef KILN_IMAGE_TAR_HEADER_H
#define KILN_IMAGE_TAR_HEADER_H

#include "base/str.h"

#define TAR_BLOCK 512

/* A header (POSIX.1-2001, "ustar Interchange Format"). */
struct tar_header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char time[12];
	char checksum[8];
	char type;
	char target[100];
	char magic[6]; /* "ustar\0"; GNU: "ustar " */
	char version[2];
	char owner[32];
	char group[32];
	char device[16];
	char prefix[155];
	char unused[12];
};

_Static_assert(sizeof(struct tar_header) == TAR_BLOCK, "a header is a block");

/* Parse a number: octal digits, or GNU's base 256 after a byte 0x80. */
bool tar_number(const char *field, size_t size, uint64_t *ret);

/* Parse a time: as tar_number(), or GNU's base 256 in two's complement, for files before 1970. */
bool tar_seconds(const char *field, size_t size, int64_t *ret);

/* Whether the checksum is right. Some old programs added signed bytes. */
bool tar_has_checksum(const struct tar_header *header);

#endif
