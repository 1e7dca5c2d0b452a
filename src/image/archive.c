#include "image/archive.h"

#include <assert.h>

#include "base/file.h"
#include "image/compress.h"
#include "image/libarchive.h"
#include "image/tar.h"
#include "image/zip.h"

const char *archive_library(void)
{
	const struct libarchive *library = libarchive_load(NULL);

	return library ? library->archive_version_string() : "libarchive is not installed";
}

const char *archive_libraries(void)
{
	static const char *details; /* each call of libarchive's function leaks the result before */
	const struct libarchive *library = details ? NULL : libarchive_load(NULL);

	if (library)
		details = library->archive_version_details();
	return details ? details : "libarchive is not installed";
}

static int stream_compressed(const struct archive_options *options, struct item *const *items,
    size_t count, struct sink sink, struct error **err)
{
	CLEANUP(compressor_cleanup)
	struct compressor *compressor = compressor_new(
	    options->form, options->threads, options->reader.output, sink, err);
	const struct sink inner = {compressor_write, compressor};

	if (!compressor || tar_write(options, items, count, inner, err) < 0)
		return -1;
	return compressor_finish(compressor, err);
}

static int stream(const struct archive_options *options, struct item *const *items, size_t count,
    struct sink sink, struct error **err)
{
	assert(image_form_is_tar(options->form) || image_form_is_zip(options->form));
	if (image_form_is_zip(options->form))
		return zip_write(options, items, count, sink, err);
	if (compressor_is_for(options->form))
		return stream_compressed(options, items, count, sink, err);
	return tar_write(options, items, count, sink, err);
}

/* The write function of a sink whose context is a file that is written. */
static int write_file(void *context, struct slice data, struct error **err)
{
	const struct file_writer *file = context;

	return file_write_fd(file->fd, file->shown, data, err);
}

int archive_write_items(const struct archive_options *options, struct item *const *items,
    size_t count, struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer file = FILE_WRITER_INIT;
	const struct sink sink = {write_file, &file};
	mode_t mode = options->is_executable ? 0755 : 0644;

	if (file_writer_open(&file, place_at(options->reader.output), mode, err) < 0 ||
	    stream(options, items, count, sink, err) < 0 ||
	    item_reader_check(&options->reader, err) < 0)
		return -1;
	return file_writer_commit(&file, 0, err);
}

int archive_write(
    const struct archive_options *options, const struct plan *plan, struct error **err)
{
	return archive_write_items(options, plan->items, plan->count, err);
}
