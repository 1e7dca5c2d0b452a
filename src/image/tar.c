#include "image/tar.h"

#include <errno.h>

#include "base/locale.h"
#include "image/libarchive.h"

/* A tar file's length is a multiple of this (POSIX: blocking factor 20), unless it is compressed.
 */
#define RECORD_SIZE 10240

/* How many bytes are handed on at once. */
#define OUTPUT_SIZE (16 * RECORD_SIZE)

struct tar {
	const struct archive_options *options;
	struct sink sink;
	const struct libarchive *library;
	struct archive *archive;
	struct archive_entry *entry;
	bool opened; /* the archive is begun and not complete */
	struct item_content content;
	struct error *error; /* why writing failed; checked after each call */
};

static void tar_release(struct tar *tar)
{
	const struct libarchive *library = tar->library;

	/* Give up without completing the entry, which might be gigabytes of zeros. */
	if (tar->opened) {
		if (!tar->error)
			(void)fail(&tar->error, ERROR_SYSTEM, "given up"); /* always -1 */
		library->archive_write_fail(tar->archive);
		(void)library->archive_write_close(tar->archive); /* nobody reads it */
	}
	if (library) {
		library->archive_write_free(tar->archive);
		library->archive_entry_free(tar->entry);
	}
	item_content_release(&tar->content);
	error_free(tar->error);
}

static int fail_tar(struct tar *tar, struct error **err)
{
	const char *reason = tar->library->archive_error_string(tar->archive);

	if (tar->error)
		return fail_with(err, steal(&tar->error));
	return fail(err, ERROR_SYSTEM, "cannot write '%s': %s", tar->options->reader.output,
	    reason ? reason : "libarchive failed");
}

/* libarchive's callback. Keeps the first error, and from then on accepts and drops all data.
 * Callers of libarchive check for the error afterwards. */
static la_ssize_t write_block(struct archive *archive, void *context, const void *block, size_t len)
{
	struct tar *tar = context;

	(void)archive;
	if (!tar->error)
		(void)sink_write(tar->sink, slice_of(block, len), &tar->error);
	return (la_ssize_t)len;
}

/* Whether a name contains an encoded surrogate. */
static bool has_surrogate(struct slice name)
{
	const unsigned char *bytes = (const unsigned char *)name.data;

	for (size_t i = 0; i + 1 < name.len; i++)
		if (bytes[i] == 0xed && bytes[i + 1] >= 0xa0)
			return true;
	return false;
}

/* Names in pax headers are UTF-8, or any bytes if a header says so. libarchive notices names that
 * are not UTF-8, writes such a header for the entry, and warns. But libarchive takes a pair of
 * encoded surrogates for CESU-8 and silently writes another name. For such names libarchive must be
 * told to write bytes in all headers. */
static bool needs_binary_headers(struct item *const *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct item *item = items[i];

		if (has_surrogate(item->path) ||
		    (item->target && has_surrogate(slice_c(item->target))))
			return true;
	}
	return false;
}

static bool is_utf8(const struct item *item)
{
	return slice_is_utf8(item->path) && (!item->target || slice_is_utf8(slice_c(item->target)));
}

/* Write only those pax headers that are needed. */
static bool set_format(const struct tar *tar, struct item *const *items, size_t count)
{
	const struct libarchive *library = tar->library;
	int last = tar->options->form == FORM_TAR ? RECORD_SIZE : 1;

	if (library->archive_write_set_format_pax_restricted(tar->archive) != ARCHIVE_OK ||
	    library->archive_write_add_filter_none(tar->archive) != ARCHIVE_OK ||
	    library->archive_write_set_bytes_per_block(tar->archive, OUTPUT_SIZE) != ARCHIVE_OK ||
	    library->archive_write_set_bytes_in_last_block(tar->archive, last) != ARCHIVE_OK)
		return false;
	return !needs_binary_headers(items, count) ||
	       library->archive_write_set_format_option(
		   tar->archive, NULL, "hdrcharset", "BINARY") == ARCHIVE_OK;
}

static int tar_open(struct tar *tar, struct item *const *items, size_t count, struct error **err)
{
	const struct libarchive *library = tar->library = libarchive_load(err);

	if (!library)
		return -1;
	tar->archive = library->archive_write_new();
	tar->entry = library->archive_entry_new();
	if (!tar->archive || !tar->entry)
		return fail_errno(err, ENOMEM, "cannot write '%s'", tar->options->reader.output);
	if (!set_format(tar, items, count) || library->archive_write_open2(tar->archive, tar, NULL,
						  write_block, NULL, NULL) != ARCHIVE_OK)
		return fail_tar(tar, err);
	tar->opened = true;
	return 0;
}

static void describe(const struct tar *tar, const struct item *item, uint64_t size)
{
	const struct libarchive *library = tar->library;
	struct archive_entry *entry = library->archive_entry_clear(tar->entry);

	library->archive_entry_copy_pathname(entry, item->path.data);
	library->archive_entry_set_uid(entry, 0);
	library->archive_entry_set_gid(entry, 0);
	library->archive_entry_set_mtime(entry, tar->options->time, 0);
	library->archive_entry_set_size(entry, (la_int64_t)size);
	if (item->target) {
		library->archive_entry_set_filetype(entry, AE_IFLNK);
		library->archive_entry_copy_symlink(entry, item->target);
		library->archive_entry_set_perm(entry, 0777);
	} else if (item->kind == ITEM_DIRECTORY) {
		library->archive_entry_set_filetype(entry, AE_IFDIR);
		library->archive_entry_set_perm(entry, 0755);
	} else {
		library->archive_entry_set_filetype(entry, AE_IFREG);
		library->archive_entry_set_perm(entry, item->executable ? 0755 : 0644);
	}
}

/* Returns 1 if content may follow; 0 if the format cannot hold this entry, which concerns no other
 * entry; -1 for an error. A warning counts as an error, except the warning that a name is not
 * UTF-8. */
static int write_header(struct tar *tar, const struct item *item, uint64_t size, struct error **err)
{
	int result;

	describe(tar, item, size);
	result = tar->library->archive_write_header(tar->archive, tar->entry);
	if (result == ARCHIVE_FAILED) {
		item_reader_refuse(
		    &tar->options->reader, item, tar->library->archive_error_string(tar->archive));
		return 0;
	}
	if (tar->error || (result != ARCHIVE_OK && (result != ARCHIVE_WARN || is_utf8(item))))
		return fail_tar(tar, err);
	return 1;
}

/* The write function of a sink whose context is the tar. */
static int write_data(void *context, struct slice data, struct error **err)
{
	struct tar *tar = context;

	while (data.len > 0) {
		la_ssize_t done = tar->library->archive_write_data(
		    tar->archive, data.data, data.len);

		if (done <= 0 || tar->error)
			return fail_tar(tar, err);
		data = slice_of(data.data + done, data.len - (size_t)done);
	}
	return 0;
}

static int write_file(struct tar *tar, const struct item *item, struct error **err)
{
	const struct sink sink = {write_data, tar};
	int result = item_content_read(&tar->options->reader, item, &tar->content, err);

	if (result > 0)
		result = write_header(tar, item, tar->content.size, err);
	if (result > 0)
		result = item_content_write(&tar->options->reader, &tar->content, sink, err);
	return result;
}

static int write_item(struct tar *tar, const struct item *item, struct error **err)
{
	if (item_reader_check(&tar->options->reader, err) < 0)
		return -1;
	if (item->kind == ITEM_DIRECTORY || item->target)
		return write_header(tar, item, 0, err);
	return write_file(tar, item, err);
}

int tar_write(const struct archive_options *options, struct item *const *items, size_t count,
    struct sink sink, struct error **err)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	CLEANUP(tar_release)
	struct tar tar = {.options = options, .sink = sink, .content = ITEM_CONTENT_INIT};

	if (locale_enter(&locale, err) < 0 || tar_open(&tar, items, count, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (write_item(&tar, items[i], err) < 0)
			return -1;
	if (tar.library->archive_write_close(tar.archive) != ARCHIVE_OK || tar.error)
		return fail_tar(&tar, err);
	tar.opened = false;
	return item_reader_check(&options->reader, err);
}
