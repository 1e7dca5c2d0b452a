#include "image/zip.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/content.h"
#include "base/file.h"
#include "image/compress.h"

/* What a header of 16 or 32 bits has instead of a number that zip64 has. */
#define LIMIT_16 0xffffU
#define LIMIT_32 0xffffffffU

#define VERSION 20    /* of the format: 2.0 has directories and deflate */
#define VERSION_64 45 /* 4.5 has zip64 */
#define MADE_ON_UNIX (3 << 8)

#define FLAG_UTF8 (1 << 11)

enum method { METHOD_STORED = 0, METHOD_DEFLATED = 8 };

/* RFC 1952: the header without a name, and what follows the deflated data, checksum and size. */
#define GZIP_HEADER 10
#define GZIP_TRAILER 8

struct zip {
	const struct archive_options *options;
	struct sink sink;
	uint64_t offset; /* bytes that were written */
	size_t count;	 /* of entries */
	struct str directory;
	uint32_t time;		      /* as headers have it */
	struct item_content content;  /* of the file being written */
	struct item_content deflated; /* the same as gzip has it; then without header and trailer */
	struct str buffer;	      /* of a header */
};

/* What headers say of an entry. */
struct zip_entry {
	struct slice name;
	enum method method;
	uint32_t checksum;
	uint64_t size, stored_size, offset;
	mode_t mode;
};

static void zip_release(struct zip *zip)
{
	str_release(&zip->directory);
	str_release(&zip->buffer);
	item_content_release(&zip->content);
	item_content_release(&zip->deflated);
}

static void add_number(struct str *ret, uint64_t number, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		str_addc(ret, (char)(number >> 8 * i));
}

static uint32_t get_number(const char *bytes)
{
	const unsigned char *digits = (const unsigned char *)bytes;

	return digits[0] | (uint32_t)digits[1] << 8 | (uint32_t)digits[2] << 16 |
	       (uint32_t)digits[3] << 24;
}

static uint64_t at_most(uint64_t number, uint64_t limit)
{
	return number < limit ? number : limit;
}

/* The time of MS-DOS: date and time of 16 bits each. */
static uint32_t make_time(int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm tm;

	if (!gmtime_r(&time, &tm) || tm.tm_year < 80)
		return 1 << 21 | 1 << 16; /* 1980-01-01 */
	if (tm.tm_year > 80 + 127)
		return 127U << 25 | 12 << 21 | 31 << 16 | 23 << 11 | 59 << 5 | 29;
	return (uint32_t)(tm.tm_year - 80) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 |
	       (uint32_t)tm.tm_mday << 16 | (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 |
	       (uint32_t)tm.tm_sec / 2;
}

static int put(struct zip *zip, struct slice data, struct error **err)
{
	zip->offset += data.len;
	return sink_write(zip->sink, data, err);
}

/* The write function of a sink whose context is the zip. */
static int put_content(void *zip, struct slice data, struct error **err)
{
	return put(zip, data, err);
}

/* The write functions of sinks whose contexts are a str and a file. */
static int write_memory(void *bytes, struct slice data, struct error **err)
{
	(void)err; /* nothing to fail */
	str_add_slice(bytes, data);
	return 0;
}

static int write_file(void *context, struct slice data, struct error **err)
{
	const struct item_content *deflated = context;

	return file_write_fd(deflated->fd, "a temporary file", data, err);
}

/* Compress the content as gzip does, into memory or into a file of its own. */
static int compress(struct zip *zip, struct error **err)
{
	const struct item_reader *reader = &zip->options->reader;
	struct item_content *deflated = &zip->deflated;
	bool in_memory = zip->content.fd < 0;
	const struct sink sink = {in_memory ? write_memory : write_file,
	    in_memory ? (void *)&deflated->bytes : (void *)deflated};
	CLEANUP(compressor_cleanup) struct compressor *compressor = NULL;
	struct sink inner;

	cleanup_close(&deflated->fd);
	deflated->fd = -1;
	str_truncate(&deflated->bytes, 0);
	if (!in_memory) {
		deflated->fd = item_reader_unnamed(reader, err);
		if (deflated->fd < 0)
			return -1;
	}
	compressor = compressor_new(FORM_TAR_GZ, 1, reader->output, sink, err);
	inner = (struct sink){compressor_write, compressor};
	if (!compressor || item_content_write(reader, &zip->content, inner, err) < 0)
		return -1;
	return compressor_finish(compressor, err);
}

/* Leave of what gzip has the deflated data, and read the checksum behind them. */
static int strip(struct zip *zip, uint32_t *ret_checksum, struct error **err)
{
	struct item_content *deflated = &zip->deflated;
	char trailer[GZIP_TRAILER];
	uint64_t size = deflated->bytes.len;
	const char *at = trailer;

	if (deflated->fd >= 0) {
		off_t end = lseek(deflated->fd, 0, SEEK_END);
		ssize_t count = -1;

		if (end >= 0 && lseek(deflated->fd, end - GZIP_TRAILER, SEEK_SET) >= 0)
			count = content_read(deflated->fd, trailer, sizeof(trailer));
		if (count != sizeof(trailer) || end < GZIP_HEADER + GZIP_TRAILER)
			return fail_errno(err, count < 0 ? errno : EIO,
			    "cannot read back the content for '%s'", zip->options->reader.output);
		size = (uint64_t)end;
	} else {
		at = deflated->bytes.data + size - GZIP_TRAILER;
	}
	*ret_checksum = get_number(at);
	deflated->start = GZIP_HEADER;
	deflated->size = size - GZIP_HEADER - GZIP_TRAILER;
	return 0;
}

/* Deflate the content, or leave it as it is if that is as small. */
static int deflate(struct zip *zip, struct zip_entry *entry, struct error **err)
{
	entry->size = entry->stored_size = zip->content.size;
	entry->method = METHOD_STORED;
	entry->checksum = 0;
	if (!entry->size)
		return 0;
	if (compress(zip, err) < 0 || strip(zip, &entry->checksum, err) < 0)
		return -1;
	if (zip->deflated.size >= entry->size)
		return 0;
	entry->method = METHOD_DEFLATED;
	entry->stored_size = zip->deflated.size;
	return 0;
}

static bool is_large(const struct zip_entry *entry)
{
	return entry->size >= LIMIT_32 || entry->stored_size >= LIMIT_32;
}

/* What both headers of an entry have, from the version to the lengths. */
static void add_common(
    struct str *ret, const struct zip *zip, const struct zip_entry *entry, size_t extra)
{
	add_number(ret, extra ? VERSION_64 : VERSION, 2);
	add_number(ret, FLAG_UTF8, 2);
	add_number(ret, entry->method, 2);
	add_number(ret, zip->time, 4);
	add_number(ret, entry->checksum, 4);
	add_number(ret, is_large(entry) ? LIMIT_32 : entry->stored_size, 4);
	add_number(ret, is_large(entry) ? LIMIT_32 : entry->size, 4);
	add_number(ret, entry->name.len, 2);
	add_number(ret, extra, 2);
}

static void add_local(struct str *ret, const struct zip *zip, const struct zip_entry *entry)
{
	str_add(ret, "PK\3\4", 4);
	add_common(ret, zip, entry, is_large(entry) ? 20 : 0);
	str_add_slice(ret, entry->name);
	if (!is_large(entry))
		return;
	add_number(ret, 1, 2);
	add_number(ret, 16, 2);
	add_number(ret, entry->size, 8);
	add_number(ret, entry->stored_size, 8);
}

static void add_central(struct str *ret, const struct zip *zip, const struct zip_entry *entry)
{
	bool is_far = entry->offset >= LIMIT_32;
	size_t data = (is_large(entry) ? 16 : 0) + (is_far ? 8 : 0);
	uint64_t attributes = (uint64_t)entry->mode << 16 | (S_ISDIR(entry->mode) ? 0x10 : 0);

	str_adds(ret, "PK\1\2");
	add_number(ret, MADE_ON_UNIX | (data ? VERSION_64 : VERSION), 2);
	add_common(ret, zip, entry, data ? 4 + data : 0);
	add_number(ret, 0, 2 + 2 + 2); /* comment, disk, internal attributes */
	add_number(ret, attributes, 4);
	add_number(ret, at_most(entry->offset, LIMIT_32), 4);
	str_add_slice(ret, entry->name);
	if (!data)
		return;
	add_number(ret, 1, 2);
	add_number(ret, data, 2);
	if (is_large(entry)) {
		add_number(ret, entry->size, 8);
		add_number(ret, entry->stored_size, 8);
	}
	if (is_far)
		add_number(ret, entry->offset, 8);
}

/* The zip64 end of the central directory, and where it is. */
static void add_end_64(struct str *ret, const struct zip *zip, uint64_t start, uint64_t size)
{
	str_adds(ret, "PK\6\6");
	add_number(ret, 44, 8);
	add_number(ret, MADE_ON_UNIX | VERSION_64, 2);
	add_number(ret, VERSION_64, 2);
	add_number(ret, 0, 4 + 4);
	add_number(ret, zip->count, 8);
	add_number(ret, zip->count, 8);
	add_number(ret, size, 8);
	add_number(ret, start, 8);
	str_adds(ret, "PK\6\7");
	add_number(ret, 0, 4);
	add_number(ret, start + size, 8);
	add_number(ret, 1, 4);
}

/* Warn of zip64, or fail for it. */
static int meet_zip64(const struct zip *zip, uint64_t size, struct error **err)
{
	const struct archive_options *options = zip->options;
	const struct plan_listener *listener = options->reader.listener;
	struct error *note = NULL;

	if (!options->warns_of_zip64)
		return fail(err, ERROR_USAGE, "'%s' would have %zu entries and %llu bytes: %s",
		    options->reader.output, zip->count, (unsigned long long)size,
		    options->no_zip64);
	(void)fail_at(&note, options->reader.output, 0, 0, NULL,
	    "has %zu entries and %llu bytes: %s", zip->count, (unsigned long long)size,
	    options->no_zip64); /* always -1 */
	listener->warning(listener->context, note);
	return 0;
}

static int put_end(struct zip *zip, struct error **err)
{
	uint64_t start = zip->offset;
	uint64_t size = zip->directory.len;
	struct str *end = &zip->directory;

	if (zip->count > LIMIT_16 || start >= LIMIT_32 || size >= LIMIT_32) {
		if (zip->options->no_zip64 && meet_zip64(zip, start + size, err) < 0)
			return -1;
		add_end_64(end, zip, start, size);
	}
	str_adds(end, "PK\5\6");
	add_number(end, 0, 2 + 2);
	add_number(end, at_most(zip->count, LIMIT_16), 2);
	add_number(end, at_most(zip->count, LIMIT_16), 2);
	add_number(end, at_most(size, LIMIT_32), 4);
	add_number(end, at_most(start, LIMIT_32), 4);
	add_number(end, 0, 2);
	return put(zip, str_slice(end), err);
}

/* Write the entry, whose content was read. */
static int write_entry(struct zip *zip, struct zip_entry *entry, struct error **err)
{
	const struct sink sink = {put_content, zip};
	const struct item_content *content = &zip->content;

	/* Deflating makes nothing larger. */
	if (zip->options->no_zip64 && !zip->options->warns_of_zip64 && content->size >= LIMIT_32)
		return fail(err, ERROR_USAGE, "'%.*s' in '%s' would have %llu bytes: %s",
		    (int)entry->name.len, entry->name.data, zip->options->reader.output,
		    (unsigned long long)content->size, zip->options->no_zip64);
	if (deflate(zip, entry, err) < 0)
		return -1;
	if (entry->method == METHOD_DEFLATED)
		content = &zip->deflated;
	entry->offset = zip->offset;
	zip->count++;
	str_truncate(&zip->buffer, 0);
	add_local(&zip->buffer, zip, entry);
	add_central(&zip->directory, zip, entry);
	if (put(zip, str_slice(&zip->buffer), err) < 0)
		return -1;
	return item_content_write(&zip->options->reader, content, sink, err);
}

/* Make a text the content of the next entry. */
static void set_content(struct zip *zip, const char *text)
{
	cleanup_close(&zip->content.fd);
	zip->content.fd = -1;
	str_truncate(&zip->content.bytes, 0);
	str_adds(&zip->content.bytes, text);
	zip->content.size = zip->content.bytes.len;
}

static int write_item(struct zip *zip, const struct item *item, struct error **err)
{
	const struct item_reader *reader = &zip->options->reader;
	autofree char *directory = NULL;
	struct zip_entry entry = {.name = item->path};

	if (item_reader_check(reader, err) < 0)
		return -1;
	if (!slice_is_utf8(item->path)) {
		item_reader_refuse(reader, item, "its name is not UTF-8, as names in a zip are");
		return 0;
	}
	entry.mode = S_IFREG | (item->executable ? 0755 : 0644);
	if (item->kind == ITEM_DIRECTORY) {
		directory = xasprintf("%s/", item->path.data);
		entry.name = slice_c(directory);
		entry.mode = S_IFDIR | 0755;
		set_content(zip, "");
	} else if (item->target) {
		entry.mode = S_IFLNK | 0777;
		set_content(zip, item->target);
	} else {
		int result = item_content_read(reader, item, &zip->content, err);

		if (result <= 0)
			return result;
	}
	return write_entry(zip, &entry, err);
}

int zip_write(const struct archive_options *options, struct item *const *items, size_t count,
    struct sink sink, struct error **err)
{
	CLEANUP(zip_release)
	struct zip zip = {
	    .options = options,
	    .sink = sink,
	    .time = make_time(options->time),
	    .content = ITEM_CONTENT_INIT,
	    .deflated = ITEM_CONTENT_INIT,
	};

	if (put(&zip, options->prefix, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (write_item(&zip, items[i], err) < 0)
			return -1;
	return put_end(&zip, err);
}
