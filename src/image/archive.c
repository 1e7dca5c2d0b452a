#include "image/archive.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/file.h"
#include "base/locale.h"
#include "base/path.h"
#include "base/presence.h"
#include "image/libarchive.h"

/* Files up to this size are read into memory before they are written. */
#define MEMORY_SIZE ((size_t)16 * 1024 * 1024)

/* The size of the blocks in which files are read and compressed. */
#define BLOCK_SIZE ((size_t)64 * 1024)

/* A tar file's length is a multiple of this (POSIX: blocking factor 20). */
#define RECORD_SIZE 10240

/* How many bytes are written at once. */
#define OUTPUT_SIZE (16 * RECORD_SIZE)

static const struct {
	enum archive_form form;
	const char *suffix;
	const char *options; /* of the filter; libarchive's default for what is not set */
} forms[] = {
    {ARCHIVE_TAR, ".tar", NULL},
    {ARCHIVE_TAR_GZ, ".tar.gz", "gzip:compression-level=6,gzip:!timestamp"},
    {ARCHIVE_TAR_GZ, ".tgz", "gzip:compression-level=6,gzip:!timestamp"},
    {ARCHIVE_TAR_ZST, ".tar.zst", "zstd:compression-level=10"},
};

#define FORM_COUNT (sizeof(forms) / sizeof(*forms))

struct output {
	const char *path;
	struct file_writer file;
	uint64_t size;
	const struct libarchive *library;
	struct archive *archive;
	struct archive_entry *entry;
	bool opened; /* the archive is begun and not complete */
	int64_t time;
	int stage;
	const struct plan_listener *listener;
	bool (*interrupted)(void);
	struct str content;  /* of the file being written, if the file is small */
	struct error *error; /* why writing failed; checked after each call */
};

/* The content of one file, read before its header is written. */
struct content {
	uint64_t size;
	int fd; /* a private copy, positioned at its start; -1 if the content is in memory */
};

static void output_release(struct output *output)
{
	const struct libarchive *library = output->library;

	/* Give up without completing the entry, which might be gigabytes of zeros. Closing the
	 * archive releases the filters. */
	if (output->opened) {
		library->archive_write_fail(output->archive);
		(void)library->archive_write_close(output->archive); /* the output is discarded */
	}
	if (library) {
		library->archive_write_free(output->archive);
		library->archive_entry_free(output->entry);
	}
	file_writer_discard(&output->file);
	str_release(&output->content);
	error_free(output->error);
}

static int fail_output(struct output *output, struct error **err)
{
	const char *reason = output->library->archive_error_string(output->archive);

	if (output->error)
		return fail_with(err, steal(&output->error));
	return fail(err, ERROR_SYSTEM, "cannot write '%s': %s", output->path,
	    reason ? reason : "libarchive failed");
}

static int check_interrupted(const struct output *output, struct error **err)
{
	if (output->interrupted && output->interrupted())
		return fail(err, ERROR_SYSTEM, "cannot write '%s': interrupted", output->path);
	return 0;
}

/* libarchive's callback. Keeps the first error, and from then on accepts and drops all data: a
 * filter that sees an error does not release its memory. Callers of libarchive check for the error
 * afterwards. */
static la_ssize_t write_block(struct archive *archive, void *context, const void *block, size_t len)
{
	struct output *output = context;
	bool given_up = output->error || output->file.fd < 0;

	(void)archive;
	if (!given_up &&
	    file_write_fd(output->file.fd, output->path, slice_of(block, len), &output->error) == 0)
		output->size += len;
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
static bool needs_binary_headers(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];

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
static bool set_format(const struct output *output, const struct plan *plan)
{
	const struct libarchive *library = output->library;

	if (library->archive_write_set_format_pax_restricted(output->archive) != ARCHIVE_OK)
		return false;
	return !needs_binary_headers(plan) ||
	       library->archive_write_set_format_option(
		   output->archive, NULL, "hdrcharset", "BINARY") == ARCHIVE_OK;
}

static int add_filter(const struct output *output, enum archive_form form)
{
	switch (form) {
	case ARCHIVE_TAR_GZ:
		return output->library->archive_write_add_filter_gzip(output->archive);
	case ARCHIVE_TAR_ZST:
		return output->library->archive_write_add_filter_zstd(output->archive);
	default:
		return output->library->archive_write_add_filter_none(output->archive);
	}
}

/* Refuse a filter for which libarchive would start a program (ARCHIVE_WARN). */
static bool set_filter(const struct output *output, enum archive_form form)
{
	const struct libarchive *library = output->library;
	const char *options = NULL;

	for (size_t i = 0; i < FORM_COUNT; i++)
		if (forms[i].form == form)
			options = forms[i].options;
	if (add_filter(output, form) != ARCHIVE_OK)
		return false;
	return !options ||
	       library->archive_write_set_options(output->archive, options) == ARCHIVE_OK;
}

static bool set_blocks(const struct output *output, enum archive_form form)
{
	const struct libarchive *library = output->library;
	int last = form == ARCHIVE_TAR ? RECORD_SIZE : 1;

	return library->archive_write_set_bytes_per_block(output->archive, OUTPUT_SIZE) ==
		   ARCHIVE_OK &&
	       library->archive_write_set_bytes_in_last_block(output->archive, last) == ARCHIVE_OK;
}

static int output_open(
    struct output *output, enum archive_form form, const struct plan *plan, struct error **err)
{
	const struct libarchive *library = output->library = libarchive_load(err);

	if (!library)
		return -1;
	output->archive = library->archive_write_new();
	output->entry = library->archive_entry_new();
	if (!output->archive || !output->entry)
		return fail_errno(err, ENOMEM, "cannot write '%s'", output->path);
	if (file_writer_open(&output->file, place_at(output->path), 0644, err) < 0)
		return -1;
	if (!set_format(output, plan) || !set_filter(output, form) || !set_blocks(output, form) ||
	    library->archive_write_open2(output->archive, output, NULL, write_block, NULL, NULL) !=
		ARCHIVE_OK)
		return fail_output(output, err);
	output->opened = true;
	return 0;
}

static void describe(const struct output *output, const struct item *item, uint64_t size)
{
	const struct libarchive *library = output->library;
	struct archive_entry *entry = library->archive_entry_clear(output->entry);

	library->archive_entry_copy_pathname(entry, item->path.data);
	library->archive_entry_set_uid(entry, 0);
	library->archive_entry_set_gid(entry, 0);
	library->archive_entry_set_mtime(entry, output->time, 0);
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

static void report(const struct output *output, struct error *problem)
{
	output->listener->problem(output->listener->context, problem);
}

/* Returns 1 if content may follow; 0 if the format cannot hold this entry, which concerns no other
 * entry; -1 for an error. A warning counts as an error, except the warning that a name is not
 * UTF-8. */
static int write_header(
    struct output *output, const struct item *item, uint64_t size, struct error **err)
{
	struct error *problem = NULL;
	int result;

	describe(output, item, size);
	result = output->library->archive_write_header(output->archive, output->entry);
	if (result == ARCHIVE_FAILED) {
		fail_at(&problem, item->origin ? item->origin : item->path.data, 0, 0, NULL,
		    "cannot be stored in this archive: %s",
		    output->library->archive_error_string(output->archive));
		report(output, problem);
		return 0;
	}
	if (output->error || (result != ARCHIVE_OK && (result != ARCHIVE_WARN || is_utf8(item))))
		return fail_output(output, err);
	return 1;
}

static int write_data(struct output *output, struct slice data, struct error **err)
{
	while (data.len > 0) {
		size_t len = data.len < BLOCK_SIZE ? data.len : BLOCK_SIZE;
		la_ssize_t done;

		if (check_interrupted(output, err) < 0)
			return -1;
		done = output->library->archive_write_data(output->archive, data.data, len);
		if (done <= 0 || output->error)
			return fail_output(output, err);
		data = slice_of(data.data + done, data.len - (size_t)done);
	}
	return 0;
}

static int write_copy(struct output *output, const struct content *content, struct error **err)
{
	autofree char *block = xmalloc(BLOCK_SIZE);
	uint64_t left = content->size;

	while (left > 0) {
		size_t len = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		ssize_t count = content_read(content->fd, block, len);

		if (count != (ssize_t)len)
			return fail_errno(err, count < 0 ? errno : EIO,
			    "cannot read back the content for '%s'", output->path);
		if (write_data(output, slice_of(block, len), err) < 0)
			return -1;
		left -= len;
	}
	return 0;
}

/* Create a file beside the archive, without a name or with a name that is removed at once. */
static int open_unnamed(const char *path, struct error **err)
{
	struct slice parent = path_parent(slice_c(path));
	autofree char *directory = xmemdup0(parent.data, parent.len);
	autostr struct str name = STR_INIT;
	int fd = TEMP_FAILURE_RETRY(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));

	if (fd >= 0)
		return fd;
	/* Not every file system supports O_TMPFILE. */
	path_sibling(&name, slice_c(path), ".XXXXXX");
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, errno, "cannot write '%s'", path);
	(void)unlink(name.data); /* if the name stays, nobody takes it for a result */
	return fd;
}

/* Copy a large file's content to a file without a name, so that its size and its data are of one
 * reading. */
static int copy_content(const struct output *output, int in, const struct stat *stat,
    const char *name, struct content *ret, struct error **err)
{
	autoclose int fd = open_unnamed(output->path, err);

	if (fd < 0 || content_copy(in, stat, name, fd, output->path, output->interrupted, err) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return fail_errno(err, errno, "cannot write '%s'", output->path);
	ret->fd = steal_fd(&fd);
	return 0;
}

/* Open the source of an item's content. *ret_name is its name for messages. */
static int open_item(const struct output *output, const struct item *item, const char **ret_name,
    struct stat *ret_stat, struct error **err)
{
	int is_staged = output->stage >= 0;

	*ret_name = item->path.data;
	if (is_staged && item->origin)
		is_staged = presence_at(
		    output->stage, item->path.data, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
	if (is_staged < 0)
		return -1;
	if (is_staged)
		return content_open(
		    place_below(output->stage, item->path.data, item->path.data), ret_stat, err);
	if (!item->origin)
		return fail(err, ERROR_INTERNAL, "no content for '%s'", item->path.data);
	*ret_name = item->origin;
	return content_open(place_at(item->origin), ret_stat, err);
}

/* The error's kind is ERROR_SYSTEM if the archive cannot be written; any other kind concerns the
 * item. */
static int read_item(
    struct output *output, const struct item *item, struct content *ret, struct error **err)
{
	const char *name;
	struct stat stat;
	autoclose int fd = open_item(output, item, &name, &stat, err);

	*ret = (struct content){.fd = -1};
	if (fd < 0)
		return -1;
	ret->size = (uint64_t)stat.st_size;
	if (ret->size > MEMORY_SIZE)
		return copy_content(output, fd, &stat, name, ret, err);
	str_truncate(&output->content, 0);
	if (file_read_fd(fd, name, MEMORY_SIZE, &output->content, err) < 0)
		return -1;
	return content_unchanged(fd, &stat, output->content.len, name, err);
}

static int write_content(struct output *output, const struct item *item, struct error **err)
{
	struct error *problem = NULL;
	struct content content;
	int result;

	if (read_item(output, item, &content, &problem) < 0) {
		if (problem->kind == ERROR_SYSTEM)
			return fail_with(err, problem);
		report(output, problem);
		return 0;
	}
	result = write_header(output, item, content.size, err);
	if (result > 0 && content.fd >= 0)
		result = write_copy(output, &content, err);
	else if (result > 0)
		result = write_data(output, str_slice(&output->content), err);
	cleanup_close(&content.fd);
	return result;
}

static int write_item(struct output *output, const struct item *item, struct error **err)
{
	if (check_interrupted(output, err) < 0)
		return -1;
	if (item->kind == ITEM_DIRECTORY || item->target)
		return write_header(output, item, 0, err);
	return write_content(output, item, err);
}

static enum archive_form find_form(struct slice text, bool whole)
{
	for (size_t i = 0; i < FORM_COUNT; i++) {
		const char *suffix = forms[i].suffix;

		if (whole ? slice_is(text, suffix + 1) : slice_ends(text, slice_c(suffix)))
			return forms[i].form;
	}
	return ARCHIVE_NONE;
}

enum archive_form archive_form_of_name(struct slice name)
{
	return find_form(name, false);
}

enum archive_form archive_form_of_word(struct slice word)
{
	return find_form(word, true);
}

const char *archive_library(void)
{
	const struct libarchive *library = libarchive_load(NULL);

	return library ? library->archive_version_string() : "libarchive is not installed";
}

int archive_write(const char *path, enum archive_form form, const struct plan *plan, int stage,
    int64_t time, const struct plan_listener *listener, bool (*interrupted)(void),
    uint64_t *ret_size, struct error **err)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	CLEANUP(output_release)
	struct output output = {.path = path,
	    .file = FILE_WRITER_INIT,
	    .time = time,
	    .stage = stage,
	    .listener = listener,
	    .interrupted = interrupted};

	assert(form != ARCHIVE_NONE);
	if (locale_enter(&locale, err) < 0 || output_open(&output, form, plan, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->count; i++)
		if (write_item(&output, plan->items[i], err) < 0)
			return -1;
	if (output.library->archive_write_close(output.archive) != ARCHIVE_OK || output.error)
		return fail_output(&output, err);
	output.opened = false;
	if (check_interrupted(&output, err) < 0 || file_writer_commit(&output.file, 0, err) < 0)
		return -1;
	*ret_size = output.size;
	return 0;
}
