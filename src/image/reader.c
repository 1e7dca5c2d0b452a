#include "image/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/content.h"
#include "base/locale.h"
#include "image/oci_base.h"
#include "image/reading.h"
#include "image/tar_header.h"

/* Read the first bytes of a file; *ret is filled up with zeros. */
static int read_head(int fd, const char *path, struct tar_header *ret, struct error **err)
{
	ssize_t count = content_read(fd, ret, TAR_BLOCK);

	if (count < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return fail_input(err, errno, path, "cannot read");
	memset((char *)ret + count, 0, TAR_BLOCK - (size_t)count);
	return 0;
}

/* Whether a file is a zip archive, by its first bytes: those of an entry, of the end of an empty
 * archive, of a part of an archive; or of a script, which an archive follows. */
static bool is_zip_head(struct slice head)
{
	static const char *const magics[] = {"PK\3\4", "PK\5\6", "PK\7\10", "#!"};

	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		if (slice_starts(head, slice_c(magics[i])))
			return true;
	}
	return false;
}

/* The form of a file, by its first bytes. A tar archive begins with the name of an entry, which may
 * be like the beginning of any other form. */
static int read_file(struct reading *reading, const char *path, struct error **err)
{
	struct image_contents *contents = reading->contents;
	struct stat stat;
	autoclose int fd = content_open(place_at(path), &stat, err);
	struct tar_header header;
	struct slice head = slice_of((const char *)&header, sizeof(header));
	bool is_tar, is_oci = false;

	if (fd < 0 || read_head(fd, path, &header, err) < 0)
		return -1;
	is_tar = tar_has_checksum(&header);
	if (!is_tar && is_zip_head(head)) {
		contents->form = "zip";
		return reading_zip(reading, fd, (uint64_t)stat.st_size, err);
	}
	if (!is_tar && slice_starts(head, SLICE_LITERAL("hsqs"))) {
		contents->form = "squashfs";
		return reading_squashfs(reading, path, err);
	}
	if (is_tar && oci_archive_is(fd, &is_oci, path, err) < 0)
		return -1;
	contents->form = is_oci ? "OCI" : "tar";
	return is_oci ? reading_oci_tar(reading, fd, err) : reading_tar_file(reading, fd, err);
}

/* Whether a directory has the files that an image layout must have. */
static bool is_layout(const char *directory)
{
	static const char *const names[] = {"oci-layout", "index.json"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *path = xasprintf("%s/%s", directory, names[i]);
		struct stat stat;

		if (place_look(place_at(path), &stat) < 0 || !S_ISREG(stat.st_mode))
			return false;
	}
	return true;
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
	if (is_layout(path)) {
		autofree char *reference = xasprintf("oci:%s", path);

		reading->contents->form = "OCI";
		return reading_oci(reading, reference, err);
	}
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
	return reading_finish(&reading, err);
}

bool image_is_zip(const struct image_contents *contents)
{
	return strcmp(contents->form, "zip") == 0 &&
	       !slice_ends(slice_c(contents->path), SLICE_LITERAL(".whl"));
}
