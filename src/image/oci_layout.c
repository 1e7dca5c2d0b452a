#include "image/oci_layout.h"

#include <errno.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/content.h"
#include "base/lock.h"
#include "base/presence.h"
#include "base/temporary.h"

#define BLOBS "blobs/sha256"
#define LOCK_NAME ".kiln-lock"
#define VERSION_FILE "oci-layout"
#define VERSION_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"

/* How long to wait between two looks at a lock. */
#define WAIT_NANOSECONDS 20000000L

/* How much is copied at once from an archive. */
#define COPY_BLOCK ((size_t)256 * 1024)

#define ALGORITHM "sha256:"
#define ALGORITHM_LENGTH (sizeof(ALGORITHM) - 1)

void oci_digest_set(struct oci_digest *digest, const struct hash *hash)
{
	memcpy(digest->text, ALGORITHM, ALGORITHM_LENGTH);
	hash_hex(hash, digest->text + ALGORITHM_LENGTH);
}

bool oci_digest_read(const char *text, struct oci_digest *ret)
{
	struct slice hex = slice_c(text);

	if (!slice_starts(hex, SLICE_LITERAL(ALGORITHM)) || hex.len + 1 != sizeof(ret->text) ||
	    strspn(text + ALGORITHM_LENGTH, "0123456789abcdef") != (size_t)2 * HASH_SIZE)
		return false;
	memcpy(ret->text, text, sizeof(ret->text));
	return true;
}

int oci_descriptor_read(
    const struct json *json, const char *name, struct oci_descriptor *ret, struct error **err)
{
	const struct json *size = json_get(json, "size");
	const char *digest = json_text(json, "digest", NULL);
	const char *type = json_text(json, "mediaType", NULL);

	if (!digest || !oci_digest_read(digest, &ret->digest))
		return fail_at(err, name, 0, 0, NULL,
		    "has a descriptor without a digest 'sha256:' and 64 digits%s%s%s",
		    digest ? ": '" : "", digest ? digest : "", digest ? "'" : "");
	if (!json_is(size, JSON_NUMBER) || size->number < 0 || size->number > (double)(1LL << 53) ||
	    size->number != (double)(uint64_t)size->number)
		return fail_at(
		    err, name, 0, 0, NULL, "has no valid size for the blob '%s'", ret->digest.text);
	ret->size = (uint64_t)size->number;
	ret->media_type = type ? type : "";
	ret->json = json;
	return 0;
}

void oci_descriptor_write(struct json_writer *json, const struct oci_descriptor *descriptor)
{
	json_member(json, "mediaType", descriptor->media_type);
	json_member(json, "digest", descriptor->digest.text);
	json_member_integer(json, "size", (int64_t)descriptor->size);
}

const char *oci_annotation(const struct json *descriptor, const char *key)
{
	return json_text(json_get(descriptor, "annotations"), key, NULL);
}

/* The path of a blob below the layout. */
static void blob_path(const struct oci_digest *digest, struct str *ret)
{
	str_addf(ret, BLOBS "/%s", digest->text + ALGORITHM_LENGTH);
}

static struct place place_in(const struct oci_layout *layout, const char *path, struct str *shown)
{
	str_addf(shown, "%s/%s", layout->path, path);
	return place_below(layout->fd, path, shown->data);
}

/* Append a file of an archive. */
static int read_member(
    const struct oci_layout *layout, const char *name, struct str *ret, struct error **err)
{
	const struct oci_member *member = oci_archive_find(&layout->archive, name);

	if (!member)
		return fail_at(err, layout->path, 0, 0, NULL, "has no '%s'", name);
	if (member->size > OCI_DOCUMENT_LIMIT)
		return fail_at(err, layout->path, 0, 0, NULL, "'%s' is larger than %zu bytes", name,
		    OCI_DOCUMENT_LIMIT);
	for (uint64_t at = 0; at < member->size;) {
		char block[4096];
		ssize_t count = oci_archive_read(
		    &layout->archive, member, at, block, sizeof(block), err);

		if (count < 0)
			return -1;
		str_add(ret, block, (size_t)count);
		at += (uint64_t)count;
	}
	return 0;
}

/* Append a file of at most OCI_DOCUMENT_LIMIT bytes; *shown becomes its path for messages. */
static int read_file(const struct oci_layout *layout, const char *name, struct str *ret,
    struct str *shown, struct error **err)
{
	struct place place = place_in(layout, name, shown);

	if (layout->archive.fd >= 0)
		return read_member(layout, name, ret, err);
	return file_read_place(place, OCI_DOCUMENT_LIMIT, ret, NULL, err);
}

static int check_version(const struct oci_layout *layout, struct error **err)
{
	autostr struct str text = STR_INIT, shown = STR_INIT;
	autojson struct json *json = NULL;
	const char *version;

	if (read_file(layout, VERSION_FILE, &text, &shown, err) < 0)
		return fail_prefix(err, "no OCI image layout");
	json = json_parse(str_slice(&text), shown.data, OCI_DOCUMENT_LIMIT, err);
	if (!json)
		return -1;
	version = json_text(json, "imageLayoutVersion", NULL);
	if (!version || strcmp(version, "1.0.0") != 0)
		return fail_at(err, shown.data, 0, 0, NULL,
		    "is of an image layout of another version than 1.0.0");
	return 0;
}

static int read_index(struct oci_layout *layout, struct error **err)
{
	autostr struct str text = STR_INIT, shown = STR_INIT;

	if (read_file(layout, "index.json", &text, &shown, err) < 0)
		return -1;
	layout->index = json_parse(str_slice(&text), shown.data, OCI_DOCUMENT_LIMIT, err);
	if (!layout->index)
		return -1;
	if (!json_is(json_get(layout->index, "manifests"), JSON_ARRAY))
		return fail_at(err, shown.data, 0, 0, NULL, "has no list of manifests");
	return 0;
}

static int open_directory(struct oci_layout *layout, struct error **err)
{
	layout->fd = place_open(place_at(layout->path), O_RDONLY | O_DIRECTORY, 0);
	return layout->fd < 0 ? fail_input(err, errno, layout->path, "cannot open") : 0;
}

int oci_layout_open(struct oci_layout *layout, const char *path, struct error **err)
{
	*layout = OCI_LAYOUT_INIT;
	layout->path = xstrdup(path);
	if (open_directory(layout, err) < 0 || check_version(layout, err) < 0)
		return -1;
	return read_index(layout, err);
}

int oci_layout_open_archive(struct oci_layout *layout, const char *path, struct error **err)
{
	*layout = OCI_LAYOUT_INIT;
	layout->path = xstrdup(path);
	if (oci_archive_open(&layout->archive, layout->path, err) < 0)
		return -1;
	if (!oci_archive_find(&layout->archive, VERSION_FILE) &&
	    oci_archive_find(&layout->archive, "manifest.json"))
		return fail_at(err, path, 0, 0, NULL,
		    "is an archive of docker, not an image layout: convert it with 'skopeo copy "
		    "docker-archive:%s oci:DIR'",
		    path);
	return check_version(layout, err) < 0 ? -1 : read_index(layout, err);
}

/* Whether a directory has entries that are not of a layout which is only begun. */
static int check_unused(const struct oci_layout *layout, struct error **err)
{
	int fd = TEMP_FAILURE_RETRY(openat(layout->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	autoclosedir DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		cleanup_close(&fd);
		return fail_errno(err, errno, "cannot read '%s'", layout->path);
	}
	errno = 0;
	while ((entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, LOCK_NAME) != 0 && !temporary_is(slice_c(entry->d_name)))
			return fail(err, ERROR_USAGE,
			    "cannot write an OCI image to '%s': the directory has other files, and "
			    "is not an image layout",
			    layout->path);
	}
	return errno ? fail_errno(err, errno, "cannot read '%s'", layout->path) : 0;
}

static int look_for(const struct oci_layout *layout, const char *name, struct error **err)
{
	return presence_at(layout->fd, name, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
}

/* Poll for the lock. A blocking call could miss a signal that arrives right before it. */
static int wait_lock(struct oci_layout *layout, bool (*interrupted)(void), struct error **err)
{
	const struct timespec pause = {0, WAIT_NANOSECONDS};

	while (flock(layout->lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EINTR && errno != EWOULDBLOCK)
			return fail_errno(err, errno, "cannot lock '%s'", layout->path);
		if (interrupted && interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		(void)nanosleep(&pause, NULL);
	}
	return 0;
}

/* Whether the lock still has its name: its holder may have removed the directory. */
static bool has_name(const struct oci_layout *layout)
{
	autofree char *path = xasprintf("%s/" LOCK_NAME, layout->path);
	struct stat locked, named;

	return fstat(layout->lock, &locked) == 0 && stat(path, &named) == 0 &&
	       locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

static void close_both(struct oci_layout *layout)
{
	cleanup_close(&layout->lock);
	cleanup_close(&layout->fd);
	layout->lock = layout->fd = -1;
}

/* Fail if the open directory is neither a layout nor unused. */
static int check_usable(const struct oci_layout *layout, struct error **err)
{
	int is_layout = look_for(layout, VERSION_FILE, err);

	if (is_layout < 0)
		return -1;
	return is_layout ? check_version(layout, err) : check_unused(layout, err);
}

/* The same without the lock: another process may just begin the layout, whose lock is there. */
static int check_unlocked(const struct oci_layout *layout, struct error **err)
{
	struct error *error = NULL;
	int is_locked;

	if (check_usable(layout, &error) == 0)
		return 0;
	is_locked = look_for(layout, LOCK_NAME, err);
	if (is_locked == 0)
		return fail_with(err, error);
	error_free(error);
	return is_locked < 0 ? -1 : 0;
}

static int make_root(struct oci_layout *layout, struct error **err)
{
	layout->is_new = mkdir(layout->path, 0755) == 0;
	if (!layout->is_new && errno == EEXIST)
		return 0;
	if (!layout->is_new) {
		layout->is_new = errno == ENOENT;
		if (tree_make(place_at(layout->path), err) < 0)
			return -1;
	}
	if (layout->is_new && chmod(layout->path, 0755) < 0) /* whatever the umask is */
		return fail_errno(err, errno, "cannot create '%s'", layout->path);
	return 0;
}

/* Open the directory, and lock it. */
static int open_locked(struct oci_layout *layout, bool (*interrupted)(void), struct error **err)
{
	autostr struct str shown = STR_INIT;

	str_addf(&shown, "%s/" LOCK_NAME, layout->path);
	for (;;) {
		autoerror struct error *error = NULL;

		if (make_root(layout, err) < 0 || open_directory(layout, err) < 0 ||
		    check_unlocked(layout, err) < 0)
			return -1;
		layout->lock = lock_open(place_below(layout->fd, LOCK_NAME, shown.data), &error);
		if (layout->lock < 0 && error->number != ENOENT)
			return fail_with(err, steal(&error));
		if (layout->lock >= 0) {
			if (wait_lock(layout, interrupted, err) < 0)
				return -1;
			if (has_name(layout))
				return check_usable(layout, err);
		}
		close_both(layout); /* its holder removed it just now */
	}
}

static int make_directory(const struct oci_layout *layout, const char *name, struct error **err)
{
	if (mkdirat(layout->fd, name, 0755) == 0)
		return fchmodat(layout->fd, name, 0755, 0) == 0
			   ? 0
			   : fail_errno(err, errno, "cannot create '%s/%s'", layout->path, name);
	if (errno == EEXIST)
		return 0;
	return fail_errno(err, errno, "cannot create '%s/%s'", layout->path, name);
}

static int put_file(
    const struct oci_layout *layout, const char *name, struct slice text, struct error **err)
{
	autostr struct str shown = STR_INIT;
	struct error *error = NULL;

	if (file_replace(place_in(layout, name, &shown), text, 0644, FILE_OVER, &error) == 0)
		return 0;
	error->kind = ERROR_SYSTEM;
	return fail_with(err, error);
}

int oci_layout_begin(
    struct oci_layout *layout, const char *path, bool (*interrupted)(void), struct error **err)
{
	int is_layout;

	*layout = OCI_LAYOUT_INIT;
	layout->path = xstrdup(path);
	if (open_locked(layout, interrupted, err) < 0)
		return -1;
	is_layout = look_for(layout, VERSION_FILE, err);
	if (is_layout < 0)
		return -1;
	if (is_layout) {
		int has_index = look_for(layout, "index.json", err);

		if (has_index < 0 || check_version(layout, err) < 0)
			return -1;
		if (has_index)
			layout->is_new = false;
		return has_index ? read_index(layout, err) : 0;
	}
	if (put_file(layout, VERSION_FILE, SLICE_LITERAL(VERSION_TEXT), err) < 0 ||
	    make_directory(layout, "blobs", err) < 0)
		return -1;
	return make_directory(layout, BLOBS, err);
}

int oci_layout_check(const char *path, struct error **err)
{
	autolayout struct oci_layout layout = OCI_LAYOUT_INIT;
	int there = presence_of(path, NULL, err);

	if (there <= 0)
		return there;
	layout.path = xstrdup(path);
	if (open_directory(&layout, err) < 0)
		return fail_as(err, ERROR_USAGE);
	return check_unlocked(&layout, err);
}

int oci_layout_has(const struct oci_layout *layout, const struct oci_descriptor *blob, bool *ret,
    struct error **err)
{
	autostr struct str path = STR_INIT, shown = STR_INIT;
	const struct oci_member *member;
	struct stat stat;
	int there;

	blob_path(&blob->digest, &path);
	if (layout->archive.fd >= 0) {
		member = oci_archive_find(&layout->archive, path.data);
		*ret = member && member->size == blob->size;
		return 0;
	}
	(void)place_in(layout, path.data, &shown); /* the path for an error */
	there = presence_at(layout->fd, path.data, AT_SYMLINK_NOFOLLOW, &stat, shown.data, err);
	*ret = there > 0 && S_ISREG(stat.st_mode) && (uint64_t)stat.st_size == blob->size;
	return there < 0 ? -1 : 0;
}

int oci_layout_read(const struct oci_layout *layout, const struct oci_descriptor *blob,
    struct str *ret, struct error **err)
{
	autostr struct str path = STR_INIT, shown = STR_INIT, text = STR_INIT;
	struct oci_digest digest;
	struct hash hash;

	blob_path(&blob->digest, &path);
	if (blob->size > OCI_DOCUMENT_LIMIT)
		return fail_at(err, layout->path, 0, 0, NULL,
		    "blob '%s' is larger than %zu bytes, too large for a document",
		    blob->digest.text, OCI_DOCUMENT_LIMIT);
	if (read_file(layout, path.data, &text, &shown, err) < 0)
		return -1;
	if (text.len != blob->size)
		return fail_at(err, shown.data, 0, 0, NULL, "has %zu bytes instead of %llu",
		    text.len, (unsigned long long)blob->size);
	if (hash_compute(HASH_SHA256, str_slice(&text), &hash, err) < 0)
		return -1;
	oci_digest_set(&digest, &hash);
	if (strcmp(digest.text, blob->digest.text) != 0)
		return fail_at(err, shown.data, 0, 0, NULL,
		    "has another content: its digest is '%s'", digest.text);
	str_add_slice(ret, str_slice(&text));
	return 0;
}

struct json *oci_layout_parse(
    const struct oci_layout *layout, const struct oci_descriptor *blob, struct error **err)
{
	autostr struct str text = STR_INIT, path = STR_INIT, shown = STR_INIT;

	if (oci_layout_read(layout, blob, &text, err) < 0)
		return NULL;
	blob_path(&blob->digest, &path);
	(void)place_in(layout, path.data, &shown); /* the name for messages */
	return json_parse(str_slice(&text), shown.data, OCI_DOCUMENT_LIMIT, err);
}

int oci_layout_put(
    struct oci_layout *layout, struct slice data, struct oci_descriptor *ret, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct hash hash;
	bool there;

	if (hash_compute(HASH_SHA256, data, &hash, err) < 0)
		return -1;
	oci_digest_set(&ret->digest, &hash);
	ret->size = data.len;
	if (oci_layout_has(layout, ret, &there, err) < 0)
		return -1;
	blob_path(&ret->digest, &path);
	return there ? 0 : put_file(layout, path.data, data, err);
}

int oci_layout_create(struct oci_layout *layout, struct file_writer *writer, struct error **err)
{
	autostr struct str shown = STR_INIT;
	struct error *error = NULL;

	if (file_writer_open_over(writer, place_in(layout, BLOBS "/layer", &shown), 0644, &error) ==
	    0)
		return 0;
	error->kind = ERROR_SYSTEM;
	return fail_with(err, error);
}

int oci_layout_name(struct file_writer *writer, const struct oci_digest *digest, struct error **err)
{
	struct error *error = NULL;

	file_writer_rename(writer, digest->text + ALGORITHM_LENGTH);
	if (file_writer_commit(writer, 0, &error) == 0)
		return 0;
	error->kind = ERROR_SYSTEM;
	return fail_with(err, error);
}

/* Copy a blob from a file to a writer. */
static int copy_file(const struct oci_layout *from, const struct oci_descriptor *blob,
    struct file_writer *writer, const char *name, bool (*interrupted)(void), struct error **err)
{
	autostr struct str path = STR_INIT, shown = STR_INIT;
	autoclose int fd = -1;
	struct stat stat;

	blob_path(&blob->digest, &path);
	fd = content_open(place_in(from, path.data, &shown), &stat, err);
	if (fd < 0)
		return -1;
	if ((uint64_t)stat.st_size != blob->size)
		return fail_at(err, shown.data, 0, 0, NULL, "has %llu bytes instead of %llu",
		    (unsigned long long)stat.st_size, (unsigned long long)blob->size);
	return content_copy(fd, &stat, shown.data, writer->fd, name, interrupted, err);
}

/* The same from an archive. */
static int copy_member(const struct oci_layout *from, const struct oci_descriptor *blob,
    struct file_writer *writer, const char *name, bool (*interrupted)(void), struct error **err)
{
	CLEANUP(hasher_release) struct hasher hasher = {0};
	autostr struct str path = STR_INIT;
	autofree char *block = xmalloc(COPY_BLOCK);
	const struct oci_member *member;
	struct oci_digest digest;
	struct hash hash;

	blob_path(&blob->digest, &path);
	member = oci_archive_find(&from->archive, path.data);
	if (!member || member->size != blob->size)
		return fail_at(err, from->path, 0, 0, NULL, "has no blob '%s' of %llu bytes",
		    blob->digest.text, (unsigned long long)blob->size);
	if (hasher_begin(&hasher, HASH_SHA256, err) < 0)
		return -1;
	for (uint64_t at = 0; at < member->size;) {
		ssize_t count = oci_archive_read(
		    &from->archive, member, at, block, COPY_BLOCK, err);

		if (interrupted && interrupted())
			return fail(err, ERROR_SYSTEM, "interrupted");
		if (count < 0 || hasher_add(&hasher, slice_of(block, (size_t)count), err) < 0 ||
		    file_write_fd(writer->fd, name, slice_of(block, (size_t)count), err) < 0)
			return -1;
		at += (uint64_t)count;
	}
	if (hasher_end(&hasher, &hash, err) < 0)
		return -1;
	oci_digest_set(&digest, &hash);
	if (strcmp(digest.text, blob->digest.text) != 0)
		return fail_at(err, from->path, 0, 0, NULL,
		    "the blob '%s' has another content: its digest is '%s'", blob->digest.text,
		    digest.text);
	return 0;
}

int oci_layout_copy(struct oci_layout *layout, const struct oci_layout *from,
    const struct oci_descriptor *blob, bool (*interrupted)(void), struct error **err)
{
	CLEANUP(file_writer_discard) struct file_writer writer = FILE_WRITER_INIT;
	bool there;

	if (oci_layout_has(layout, blob, &there, err) < 0)
		return -1;
	if (there)
		return 0;
	if (oci_layout_create(layout, &writer, err) < 0 ||
	    (from->archive.fd >= 0 ? copy_member : copy_file)(
		from, blob, &writer, layout->path, interrupted, err) < 0)
		return -1;
	return oci_layout_name(&writer, &blob->digest, err);
}

int oci_layout_commit(struct oci_layout *layout, struct slice index, struct error **err)
{
	if (put_file(layout, "index.json", index, err) < 0)
		return -1;
	layout->is_new = false;
	return 0;
}

void oci_layout_release(struct oci_layout *layout)
{
	/* Under the lock, so that a writer that waits for it begins anew. */
	if (layout->is_new && layout->lock >= 0)
		(void)tree_remove(
		    place_at(layout->path), NULL); /* the failure is reported already */
	close_both(layout);
	json_free(layout->index);
	oci_archive_release(&layout->archive);
	free(layout->path);
	*layout = OCI_LAYOUT_INIT;
}
