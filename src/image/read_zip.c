#include <errno.h>
#include <unistd.h>

#include "image/reading.h"
#include "image/zip_links.h"

/* The size of the record at the end of an archive, and of what tells, before it, of the end of
 * zip64; the longest comment behind it. */
#define END_SIZE 22
#define LOCATOR_SIZE 20
#define COMMENT_LIMIT 0xffff

/* A zip archive that libarchive reads. */
struct zip {
	struct reading *reading;
	const struct libarchive *library;
	struct archive *archive;
	int fd;
	int64_t at, size;    /* where the next bytes are, and how many there are */
	struct error *error; /* why the file cannot be read; checked after each call */
	struct zip_links links;
	bool has_links; /* they were looked for */
	char block[READING_BLOCK];
};

static void zip_free(struct zip **pointer)
{
	struct zip *zip = *pointer;

	if (zip->archive)
		zip->library->archive_read_free(zip->archive);
	error_free(zip->error);
	zip_links_release(&zip->links);
	free(zip);
}

/* libarchive's callback. */
static la_ssize_t read_block(struct archive *archive, void *context, const void **ret)
{
	struct zip *zip = context;
	ssize_t count = TEMP_FAILURE_RETRY(pread(zip->fd, zip->block, READING_BLOCK, zip->at));

	*ret = zip->block;
	if (count < 0) {
		if (!zip->error)
			(void)fail_input(&zip->error, errno, zip->reading->contents->path,
			    "cannot read"); /* always -1 */
		zip->library->archive_set_error(archive, EIO, "cannot read");
		return ARCHIVE_FATAL;
	}
	zip->at += count;
	return count;
}

/* libarchive's callback. */
static la_int64_t seek(struct archive *archive, void *context, la_int64_t offset, int whence)
{
	struct zip *zip = context;
	int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? zip->at : zip->size;

	if (offset < -from || offset > INT64_MAX - from) {
		zip->library->archive_set_error(archive, EINVAL, "an offset is wrong");
		return ARCHIVE_FATAL;
	}
	zip->at = from + offset;
	return zip->at;
}

/* Whether the file could not be read, or the system refused what a `result` of libarchive was to
 * be; then *err is set. */
static bool has_failed(struct zip *zip, la_ssize_t result, struct error **err)
{
	if (!zip->error)
		return result < ARCHIVE_WARN && libarchive_is_refused(zip->library, zip->archive,
						    zip->reading->contents->path, err);
	(void)fail_with(err, steal(&zip->error)); /* always -1 */
	return true;
}

static int zip_new(struct zip *zip, struct error **err)
{
	zip->library = libarchive_load(err);
	if (!zip->library)
		return -1;
	zip->archive = zip->library->archive_read_new();
	return zip->archive ? 0 : fail_errno(err, ENOMEM, "cannot read an archive");
}

static const char *reason_of(const struct zip *zip)
{
	return libarchive_reason(zip->library, zip->archive);
}

/* The content of the file that the archive is at. A fault of it drops the entry. Returns 1 if the
 * archive cannot be read any further, which was reported. */
static int read_content(struct zip *zip, struct image_entry *entry, struct error **err)
{
	struct reading *reading = zip->reading;
	la_ssize_t count;

	do {
		count = zip->library->archive_read_data(
		    zip->archive, reading->block, READING_BLOCK);
		if (has_failed(zip, count, err))
			return -1;
		if (count < 0) {
			reading_fault(reading, entry->path, "%s", reason_of(zip));
			reading_drop(reading, entry);
			return count == ARCHIVE_FATAL;
		}
		if (reading_count(reading, (uint64_t)count, err) < 0 ||
		    reading_data(reading, entry, slice_of(reading->block, (size_t)count), err) < 0)
			return -1;
	} while (count > 0);
	return reading_end(reading, entry, err);
}

static int enter_file(struct zip *zip, struct archive_entry *found, struct slice path,
    unsigned mode, struct error **err)
{
	la_int64_t size = zip->library->archive_entry_size(found);
	struct image_entry *entry;
	int result;

	if (size < 0) {
		reading_fault(zip->reading, path, "has a negative size");
		return 0;
	}
	if (reading_enter(zip->reading, IMAGE_FILE, path, mode, &entry, err) < 0)
		return -1;
	if (!entry)
		return 0;
	entry->size = (uint64_t)size;
	entry->time = zip->library->archive_entry_mtime(found);
	result = reading_begin(zip->reading, entry, err);
	return result > 0 ? read_content(zip, entry, err) : result;
}

/* Enter a link, which libarchive has just read. */
static int enter_link(
    struct zip *zip, struct archive_entry *found, struct slice path, struct error **err)
{
	struct reading *reading = zip->reading;
	const char *target = zip->library->archive_entry_symlink(found);
	la_int64_t end = zip->library->archive_filter_bytes(zip->archive, 0);
	const struct zip_link *link;
	struct image_entry *entry;

	if (!zip->has_links && zip_links_read(&zip->links, zip->fd, (uint64_t)zip->size,
				   reading->contents->path, err) < 0)
		return -1;
	zip->has_links = true;
	link = zip_links_next(&zip->links, (uint64_t)end);
	if (!target || !*target || !link || link->size != strlen(target)) {
		reading_fault(
		    reading, path, "is a link without a target, or with a NUL byte in it");
		return 0;
	}
	if (reading_enter(reading, IMAGE_LINK, path, 0777, &entry, err) < 0)
		return -1;
	if (entry)
		entry->target = arena_strdup(&reading->contents->arena, target);
	return 0;
}

/* 0, 1 to go no further, or -1. */
static int enter(struct zip *zip, struct archive_entry *found, struct error **err)
{
	const struct libarchive *library = zip->library;
	const char *name = library->archive_entry_pathname(found);
	unsigned mode = library->archive_entry_perm(found);
	struct image_entry *entry;
	struct slice path;

	if (!name || !*name) {
		reading_fault(zip->reading, slice_of("", 0), "an entry has no name");
		return 0;
	}
	path = slice_c(name);
	switch (library->archive_entry_filetype(found)) {
	case AE_IFREG:
		return enter_file(zip, found, path, mode, err);
	case AE_IFDIR:
		return reading_enter(zip->reading, IMAGE_DIRECTORY, path, mode, &entry, err);
	case AE_IFLNK:
		return enter_link(zip, found, path, err);
	default:
		reading_fault(zip->reading, path, "is neither a file nor a directory nor a link");
		return 0;
	}
}

/* Enter all entries of an opened archive. *ret_fault is why no more could be read; NULL at its end.
 * The string is the archive's. */
static int enter_all(struct zip *zip, const char **ret_fault, struct error **err)
{
	*ret_fault = NULL;
	for (;;) {
		struct archive_entry *found;
		int result = zip->library->archive_read_next_header(zip->archive, &found);

		if (has_failed(zip, result, err))
			return -1;
		if (result == ARCHIVE_EOF)
			return 0;
		if (result == ARCHIVE_RETRY)
			continue;
		if (result < ARCHIVE_WARN) {
			*ret_fault = reason_of(zip);
			return 0;
		}
		result = enter(zip, found, err);
		if (result)
			return result < 0 ? -1 : 0;
	}
}

static int open_archive(struct zip *zip, struct error **err)
{
	const struct libarchive *library = zip->library;
	int result;

	library->archive_read_support_format_zip_seekable(zip->archive);
	library->archive_read_set_callback_data(zip->archive, zip);
	library->archive_read_set_read_callback(zip->archive, read_block);
	library->archive_read_set_seek_callback(zip->archive, seek);
	result = library->archive_read_open1(zip->archive);
	if (has_failed(zip, result, err))
		return -1;
	if (result == ARCHIVE_OK)
		return 0;
	return fail_at(err, zip->reading->contents->path, 0, 0, NULL,
	    "is not a whole zip archive: %s", reason_of(zip));
}

/* Whether a file is an end record and nothing else, as it is of an archive without entries:
 * libarchive takes that for damage. */
static int is_empty(const struct zip *zip, bool *ret, struct error **err)
{
	unsigned char record[END_SIZE]; /* without a comment */
	ssize_t count = TEMP_FAILURE_RETRY(pread(zip->fd, record, sizeof(record), 0));
	static const unsigned char start[20] = {'P', 'K', 5, 6};

	if (count < 0)
		return fail_input(err, errno, zip->reading->contents->path, "cannot read");
	*ret = count == sizeof(record) && memcmp(record, start, sizeof(start)) == 0 &&
	       (int64_t)sizeof(record) + (record[20] | record[21] << 8) == zip->size;
	return 0;
}

/* Whether zip64 has an end of its own in the archive: before the last record that is an end. */
static int has_zip64_end(const struct zip *zip, bool *ret, struct error **err)
{
	const int64_t most = LOCATOR_SIZE + END_SIZE + COMMENT_LIMIT;
	size_t size = (size_t)(zip->size < most ? zip->size : most);
	autofree char *bytes = xmalloc(size + 1);
	ssize_t count = TEMP_FAILURE_RETRY(pread(zip->fd, bytes, size, zip->size - (int64_t)size));

	*ret = false;
	if (count < 0)
		return fail_input(err, errno, zip->reading->contents->path, "cannot read");
	for (ssize_t at = count - END_SIZE; at >= LOCATOR_SIZE; at--) {
		if (memcmp(bytes + at, "PK\5\6", 4) != 0)
			continue;
		*ret = memcmp(bytes + at - LOCATOR_SIZE, "PK\6\7", 4) == 0;
		break;
	}
	return 0;
}

int reading_zip(struct reading *reading, int fd, uint64_t size, struct error **err)
{
	CLEANUP(zip_free) struct zip *zip = xcalloc(1, sizeof(*zip));
	const char *fault = NULL;
	bool empty = false;

	zip->reading = reading;
	zip->fd = fd;
	zip->size = (int64_t)size;
	if (is_empty(zip, &empty, err) < 0 ||
	    has_zip64_end(zip, &reading->contents->has_zip64_end, err) < 0)
		return -1;
	if (empty)
		return 0;
	if (zip_new(zip, err) < 0 || open_archive(zip, err) < 0 || enter_all(zip, &fault, err) < 0)
		return -1;
	if (fault)
		reading_fault(reading, slice_of("", 0), "%s", fault);
	return 0;
}
