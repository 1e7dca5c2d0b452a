#include "image/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/locale.h"
#include "image/oci_base.h"
#include "image/reading.h"

/* The form of a file, by its first bytes. */
static int read_file(struct reading *reading, const char *path, struct error **err)
{
	struct image_contents *contents = reading->contents;
	struct stat stat;
	autoclose int fd = content_open(place_at(path), &stat, err);
	struct slice head;
	ssize_t count;
	bool is_oci;

	if (fd < 0)
		return -1;
	count = TEMP_FAILURE_RETRY(pread(fd, reading->block, 4, 0));
	if (count < 0)
		return fail_input(err, errno, path, "cannot read");
	head = slice_of(reading->block, (size_t)count);
	if (slice_starts(head, SLICE_LITERAL("PK")) || slice_starts(head, SLICE_LITERAL("#!"))) {
		contents->form = "zip";
		return reading_zip(reading, fd, (uint64_t)stat.st_size, err);
	}
	if (slice_is(head, "hsqs")) {
		contents->form = "squashfs";
		return reading_squashfs(reading, path, err);
	}
	if (reading_is_oci_tar(fd, &is_oci, path, err) < 0)
		return -1;
	contents->form = is_oci ? "OCI" : "tar";
	return is_oci ? reading_oci_tar(reading, fd, err) : reading_tar_file(reading, fd, err);
}

static int read_form(struct reading *reading, const char *path, struct error **err)
{
	struct stat stat;

	if (oci_is_reference(path)) {
		reading->contents->form = "OCI";
		return reading_oci(reading, path, err);
	}
	if (place_look(place_at(path), &stat) < 0)
		return fail_input(err, errno, path, "cannot open");
	if (!S_ISDIR(stat.st_mode))
		return read_file(reading, path, err);
	reading->contents->form = "directory";
	return reading_directory(reading, path, err);
}

int image_read(struct image_contents *ret, const char *path,
    const struct image_reading_options *options, const struct image_visitor *visitor,
    struct error **err)
{
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	CLEANUP(reading_release)
	struct reading reading = {.contents = ret, .options = *options, .visitor = visitor};

	ret->path = path;
	reading.block = xmalloc(READING_BLOCK);
	if (!reading.options.entry_limit)
		reading.options.entry_limit = IMAGE_ENTRY_LIMIT;
	if (!reading.options.total_limit)
		reading.options.total_limit = IMAGE_TOTAL_LIMIT;
	if (locale_enter(&locale, err) < 0 || read_form(&reading, path, err) < 0)
		return -1;
	reading_finish(&reading);
	return 0;
}
