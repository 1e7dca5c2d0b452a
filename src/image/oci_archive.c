#include "image/oci_archive.h"

#include <errno.h>
#include <unistd.h>

#include "base/content.h"
#include "image/libarchive.h"

/* The most files of a layout: blobs of thousands of images. */
#define MEMBERS_LIMIT ((size_t)1 << 17)

#define BLOCK_SIZE ((size_t)64 * 1024)

/* Without "./" at the beginning. */
static const char *plain(const char *name)
{
	while (name && name[0] == '.' && name[1] == '/')
		name += 2;
	return name ? name : "";
}

static bool is_of_layout(const char *name)
{
	return strcmp(name, "oci-layout") == 0 || strcmp(name, "index.json") == 0 ||
	       strcmp(name, "manifest.json") == 0 ||
	       slice_starts(slice_c(name), SLICE_LITERAL("blobs/"));
}

static int add_member(struct oci_archive *archive, const struct libarchive *library,
    struct archive *reader, struct archive_entry *entry, struct error **err)
{
	const char *name = plain(library->archive_entry_pathname(entry));
	/* What was taken of the bytes when the header is read. */
	la_int64_t offset = library->archive_filter_bytes(reader, 0);
	la_int64_t size = library->archive_entry_size(entry);
	struct oci_member *member;
	void **value;

	if (library->archive_entry_filetype(entry) != AE_IFREG || !is_of_layout(name))
		return 0;
	if (offset < 0 || size < 0)
		return fail_at(err, archive->path, 0, 0, NULL, "'%s' has no size", name);
	if (archive->members.count >= MEMBERS_LIMIT)
		return fail_at(err, archive->path, 0, 0, NULL,
		    "has more than %zu files of an image layout", MEMBERS_LIMIT);
	value = map_at(&archive->members, slice_c(arena_strdup(&archive->arena, name)));
	if (*value)
		return fail_at(err, archive->path, 0, 0, NULL, "'%s' occurs more than once", name);
	member = arena_alloc(&archive->arena, sizeof(*member));
	*member = (struct oci_member){(uint64_t)offset, (uint64_t)size};
	*value = member;
	return 0;
}

static int list(struct oci_archive *archive, const struct libarchive *library,
    struct archive *reader, struct error **err)
{
	struct archive_entry *entry;
	int result = library->archive_read_support_format_tar(reader);

	if (result == ARCHIVE_OK)
		result = library->archive_read_open_fd(reader, archive->fd, BLOCK_SIZE);
	while (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
		result = library->archive_read_next_header(reader, &entry);
		if ((result == ARCHIVE_OK || result == ARCHIVE_WARN) &&
		    add_member(archive, library, reader, entry, err) < 0)
			return -1;
	}
	if (result == ARCHIVE_EOF)
		return 0;
	if (libarchive_is_refused(library, reader, archive->path, err))
		return -1;
	return fail_at(err, archive->path, 0, 0, NULL,
	    "is not a tar archive without compression: %s", libarchive_reason(library, reader));
}

int oci_archive_open(struct oci_archive *archive, const char *path, struct error **err)
{
	const struct libarchive *library = libarchive_load(err);
	struct archive *reader;
	struct stat stat;
	int result;

	*archive = OCI_ARCHIVE_INIT;
	archive->path = path;
	if (!library)
		return -1;
	archive->fd = content_open(place_at(path), &stat, err);
	if (archive->fd < 0)
		return -1;
	reader = library->archive_read_new();
	if (!reader)
		return fail_errno(err, ENOMEM, "cannot read an archive");
	result = list(archive, library, reader, err);
	(void)library->archive_read_free(reader); /* nothing was written */
	return result;
}

int oci_archive_is(int fd, bool *ret, const char *path, struct error **err)
{
	const struct libarchive *library = libarchive_load(err);
	struct archive *archive = library ? library->archive_read_new() : NULL;
	bool has_version = false, has_index = false;
	struct archive_entry *entry;
	int result;

	*ret = false;
	if (!library)
		return -1;
	if (!archive)
		return fail_errno(err, ENOMEM, "cannot read an archive");
	if (library->archive_read_support_format_tar(archive) == ARCHIVE_OK)
		result = library->archive_read_open_fd(archive, fd, BLOCK_SIZE);
	else
		result = ARCHIVE_FATAL;
	while (result == ARCHIVE_OK && !(has_version && has_index)) {
		const char *name;

		result = library->archive_read_next_header(archive, &entry);
		if (result == ARCHIVE_WARN)
			result = ARCHIVE_OK;
		if (result != ARCHIVE_OK)
			break;
		name = plain(library->archive_entry_pathname(entry));
		has_version = has_version || strcmp(name, "oci-layout") == 0;
		has_index = has_index || strcmp(name, "index.json") == 0;
	}
	(void)library->archive_read_free(archive); /* nothing was written */
	*ret = has_version && has_index;
	return lseek(fd, 0, SEEK_SET) < 0 ? fail_input(err, errno, path, "cannot read") : 0;
}

const struct oci_member *oci_archive_find(const struct oci_archive *archive, const char *name)
{
	return map_get(&archive->members, slice_c(name));
}

ssize_t oci_archive_read(const struct oci_archive *archive, const struct oci_member *member,
    uint64_t at, char *buffer, size_t size, struct error **err)
{
	uint64_t left = member->size - at;
	ssize_t count = TEMP_FAILURE_RETRY(pread(
	    archive->fd, buffer, left < size ? (size_t)left : size, (off_t)(member->offset + at)));

	if (count < 0)
		return fail_input(err, errno, archive->path, "cannot read");
	if (count == 0)
		return fail_at(err, archive->path, 0, 0, NULL, "is cut off");
	return count;
}

void oci_archive_release(struct oci_archive *archive)
{
	cleanup_close(&archive->fd);
	map_release(&archive->members);
	arena_release(&archive->arena);
	*archive = OCI_ARCHIVE_INIT;
}
