#include "image/decompress.h"

#include <errno.h>

#define BLOCK_SIZE ((size_t)64 * 1024)

/*
 * The trailer of a gzip file (RFC 1952): CRC-32 and length of the content, which libarchive does
 * not compare. A file of several members has one for each, and only the last is at the end.
 */
struct gzip_check {
	uint32_t table[256];
	uint32_t crc;
	unsigned char tail[8]; /* the last bytes of the compressed file */
	uint32_t window;       /* the last four */
	unsigned headers;      /* bytes that look like the beginning of a member */
};

static void gzip_begin(struct gzip_check *check)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t value = i;

		for (unsigned bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
		check->table[i] = value;
	}
	check->crc = UINT32_MAX;
}

static void gzip_add_content(struct gzip_check *check, const char *bytes, size_t len)
{
	uint32_t crc = check->crc;

	for (size_t i = 0; i < len; i++)
		crc = crc >> 8 ^ check->table[(crc ^ (unsigned char)bytes[i]) & 0xff];
	check->crc = crc;
}

static void gzip_add_compressed(struct gzip_check *check, const char *bytes, size_t len)
{
	size_t kept = len < sizeof(check->tail) ? sizeof(check->tail) - len : 0;

	memmove(check->tail, check->tail + sizeof(check->tail) - kept, kept);
	memcpy(check->tail + kept, bytes + len - (sizeof(check->tail) - kept),
	    sizeof(check->tail) - kept);
	for (size_t i = 0; i < len; i++) {
		check->window = check->window << 8 | (unsigned char)bytes[i];
		check->headers += (check->window & 0xffffff) == 0x1f8b08;
	}
}

static uint32_t gzip_number(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* Whether the trailer agrees with the content, as far as it is known to be of all of it. */
static bool gzip_agrees(const struct gzip_check *check, uint64_t size)
{
	if (gzip_number(check->tail + 4) != (uint32_t)size)
		return check->headers > 1;
	return gzip_number(check->tail) == (check->crc ^ UINT32_MAX) || check->headers > 1;
}

/* libarchive's filters with its format "raw", which is the bytes themselves. */
struct decompressor {
	const struct decompress_source *source;
	const struct libarchive *library;
	struct archive *archive;
	struct gzip_check gzip;
	struct hasher hasher; /* of the decompressed bytes */
	uint64_t size;	      /* of them */
	uint64_t compressed;  /* the bytes that the source gave */
	bool is_at_end;
	struct error *error; /* why the source cannot be read */
	char *fault;
	char block[BLOCK_SIZE];
};

const char *decompressor_fault(const struct decompressor *decompressor)
{
	return decompressor->fault;
}

void decompressor_free(struct decompressor *decompressor)
{
	if (!decompressor)
		return;
	if (decompressor->archive)
		decompressor->library->archive_read_free(decompressor->archive);
	hasher_release(&decompressor->hasher);
	error_free(decompressor->error);
	free(decompressor->fault);
	free(decompressor);
}

/* libarchive's callback: compressed bytes. */
static la_ssize_t read_source(struct archive *archive, void *context, const void **ret)
{
	struct decompressor *decompressor = context;
	const char *bytes = "";
	ssize_t count = decompressor->source->read(
	    decompressor->source->context, &bytes, &decompressor->error);

	*ret = bytes;
	if (count < 0)
		decompressor->library->archive_set_error(archive, EIO, "cannot read");
	else
		gzip_add_compressed(&decompressor->gzip, bytes, (size_t)count);
	decompressor->compressed += count > 0 ? (uint64_t)count : 0;
	return count;
}

/* libarchive has failed: -1 with *err if the system refused something, else there is a fault. */
static int take_fault(struct decompressor *decompressor, struct error **err)
{
	if (libarchive_is_refused(decompressor->library, decompressor->archive, NULL, err))
		return -1;
	if (!decompressor->fault)
		decompressor->fault = xasprintf("is damaged: %s",
		    libarchive_reason(decompressor->library, decompressor->archive));
	return 0;
}

static int open_archive(struct decompressor *decompressor, struct error **err)
{
	const struct libarchive *library = decompressor->library;
	struct archive *archive = decompressor->archive = library->archive_read_new();
	struct archive_entry *entry;
	int result;

	if (!archive)
		return fail_errno(err, ENOMEM, "cannot read an archive");
	library->archive_read_support_filter_gzip(archive);
	library->archive_read_support_filter_bzip2(archive);
	library->archive_read_support_filter_xz(archive);
	library->archive_read_support_filter_zstd(archive);
	library->archive_read_support_format_raw(archive);
	library->archive_read_support_format_empty(archive);
	result = library->archive_read_open(archive, decompressor, NULL, read_source, NULL);
	if (result == ARCHIVE_OK)
		result = library->archive_read_next_header(archive, &entry);
	decompressor->is_at_end = result == ARCHIVE_EOF;
	if (decompressor->error)
		return fail_with(err, steal(&decompressor->error));
	if (result != ARCHIVE_OK && result != ARCHIVE_EOF)
		return take_fault(decompressor, err);
	return 0;
}

struct decompressor *decompressor_new(const struct decompress_source *source, struct error **err)
{
	autodecompressor struct decompressor *decompressor = xcalloc(1, sizeof(*decompressor));

	decompressor->source = source;
	decompressor->library = libarchive_load(err);
	if (!decompressor->library)
		return NULL;
	gzip_begin(&decompressor->gzip);
	if (hasher_begin(&decompressor->hasher, HASH_SHA256, err) < 0 ||
	    open_archive(decompressor, err) < 0)
		return NULL;
	return steal(&decompressor);
}

static bool is_gzip(const struct decompressor *decompressor)
{
	return decompressor->library->archive_filter_code(decompressor->archive, 0) ==
	       ARCHIVE_FILTER_GZIP;
}

/* The end, which gzip's checksum is looked at for. libarchive ends at what is not another member.
 */
static ssize_t end(struct decompressor *decompressor)
{
	la_int64_t taken = decompressor->library->archive_filter_bytes(decompressor->archive, 1);

	decompressor->is_at_end = true;
	if (!is_gzip(decompressor))
		return 0;
	if (taken >= 0 && (uint64_t)taken < decompressor->compressed)
		decompressor->fault = xstrdup("has other bytes after the end of the gzip data");
	else if (!gzip_agrees(&decompressor->gzip, decompressor->size))
		decompressor->fault = xstrdup("is damaged: its gzip checksum is another");
	else
		return 0;
	return DECOMPRESS_DAMAGED;
}

ssize_t decompressor_next(struct decompressor *decompressor, const char **ret, struct error **err)
{
	la_ssize_t count;

	*ret = decompressor->block;
	if (decompressor->fault)
		return DECOMPRESS_DAMAGED;
	if (decompressor->is_at_end)
		return 0;
	count = decompressor->library->archive_read_data(
	    decompressor->archive, decompressor->block, BLOCK_SIZE);
	if (decompressor->error)
		return fail_with(err, steal(&decompressor->error));
	if (count < 0)
		return take_fault(decompressor, err) < 0 ? -1 : DECOMPRESS_DAMAGED;
	if (count == 0)
		return end(decompressor);
	decompressor->size += (uint64_t)count;
	if (is_gzip(decompressor))
		gzip_add_content(&decompressor->gzip, decompressor->block, (size_t)count);
	if (hasher_add(&decompressor->hasher, slice_of(decompressor->block, (size_t)count), err) <
	    0)
		return -1;
	return (ssize_t)count;
}

int decompressor_hash(struct decompressor *decompressor, struct hash *ret, struct error **err)
{
	return hasher_end(&decompressor->hasher, ret, err);
}
