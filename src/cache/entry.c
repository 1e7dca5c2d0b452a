#include "cache/entry.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "base/content.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "jobs/signals.h"

#define BLOCK_SIZE ((size_t)64 << 10)
#define MAGIC_SIZE 8

/* Any two differ in several bytes, so that one damaged byte cannot turn a kind into another. */
static const char magics[][MAGIC_SIZE + 1] = {
    [ENTRY_FILE] = "kilnfil1",
    [ENTRY_EXECUTABLE] = "kilnexe1",
    [ENTRY_DIRECTORY] = "kilntre1",
};

/* The head of each record of a packed directory: the kind, the length of the path, the size of the
 * content, which follow. */
#define RECORD_SIZE (1 + 4 + 8)

enum record_kind {
	RECORD_DIRECTORY = 'd',
	RECORD_FILE = 'f',
	RECORD_EXECUTABLE = 'x',
	RECORD_LINK = 'l',
};

static int fail_interrupted(struct error **err)
{
	return fail(err, ERROR_SYSTEM, "interrupted");
}

int entry_begin(struct entry_writer *writer, int fd, struct error **err)
{
	static const char room[ENTRY_HEADER_SIZE];

	writer->fd = fd;
	writer->failure = 0;
	writer->size = 0;
	writer->is_begun = false;
	str_truncate(&writer->buffer, 0);
	if (fd >= 0)
		str_add(&writer->buffer, room, sizeof(room));
	return hasher_begin(&writer->hasher, HASH_BLAKE2B, err);
}

static void write_out(struct entry_writer *writer, struct slice bytes)
{
	autoerror struct error *error = NULL;

	if (writer->failure)
		return;
	if (file_write_fd(writer->fd, "entry", bytes, &error) < 0)
		writer->failure = error->number;
	writer->is_begun = true;
}

static void flush(struct entry_writer *writer)
{
	write_out(writer, str_slice(&writer->buffer));
	str_truncate(&writer->buffer, 0);
}

int entry_add(struct entry_writer *writer, struct slice bytes, struct error **err)
{
	writer->size += bytes.len;
	if (writer->fd >= 0 && !writer->failure) {
		if (writer->buffer.len + bytes.len > BLOCK_SIZE)
			flush(writer);
		if (bytes.len > BLOCK_SIZE)
			write_out(writer, bytes);
		else
			str_add_slice(&writer->buffer, bytes);
	}
	return hasher_add(&writer->hasher, bytes, err);
}

/* Add the content of a file, which must not have changed since `before`. */
static int add_content(struct entry_writer *writer, int fd, const struct stat *before,
    const char *path, struct error **err)
{
	char block[BLOCK_SIZE];
	uint64_t size = 0;
	ssize_t count;

	do {
		if (size > 0 && interrupted())
			return fail_interrupted(err);
		count = content_read(fd, block, sizeof(block));
		if (count < 0)
			return fail_input(err, errno, path, "cannot read");
		size += (uint64_t)count;
		if (entry_add(writer, slice_of(block, (size_t)count), err) < 0)
			return -1;
	} while ((size_t)count == sizeof(block) && size <= (uint64_t)before->st_size);
	return content_unchanged(fd, before, size, path, err);
}

/* Add the head of a record, whose `size` bytes of content follow. */
static int add_record(struct entry_writer *writer, enum record_kind kind, struct slice path,
    uint64_t size, struct error **err)
{
	uint32_t path_len = htole32((uint32_t)path.len);
	char record[RECORD_SIZE] = {(char)kind};

	/* A reader could not make such a path. */
	if (path.len >= PATH_MAX)
		writer->failure = ENAMETOOLONG;
	size = htole64(size);
	memcpy(record + 1, &path_len, sizeof(path_len));
	memcpy(record + 5, &size, sizeof(size));
	if (entry_add(writer, slice_of(record, sizeof(record)), err) < 0)
		return -1;
	return entry_add(writer, path, err);
}

struct packing {
	struct entry_writer *writer;
	const char *root;
};

static int pack_file(struct entry_writer *writer, const struct walk_entry *entry, const char *path,
    struct error **err)
{
	struct stat stat;
	const struct place place = place_below(entry->directory, entry->name.data, path);
	autoclose int fd = content_open(place, &stat, err);

	if (fd < 0 || add_record(writer, stat.st_mode & S_IXUSR ? RECORD_EXECUTABLE : RECORD_FILE,
			  entry->path, (uint64_t)stat.st_size, err) < 0)
		return -1;
	return add_content(writer, fd, &stat, path, err);
}

static int pack_link(
    struct entry_writer *writer, const struct walk_entry *entry, struct error **err)
{
	struct slice target = slice_c(entry->target);

	/* A reader would refuse such a link. */
	if (!path_link_is_confined(entry->path, target))
		writer->failure = EXDEV;
	if (add_record(writer, RECORD_LINK, entry->path, target.len, err) < 0)
		return -1;
	return entry_add(writer, target, err);
}

static enum walk_answer pack(void *context, const struct walk_entry *entry, struct error **err)
{
	const struct packing *packing = context;
	autostr struct str path = STR_INIT;
	mode_t mode = entry->stat.st_mode;
	int failed;

	path_join(&path, slice_c(packing->root), entry->path);
	if (S_ISDIR(mode))
		failed = add_record(packing->writer, RECORD_DIRECTORY, entry->path, 0, err);
	else if (S_ISLNK(mode))
		failed = pack_link(packing->writer, entry, err);
	else
		failed = pack_file(packing->writer, entry, str_c(&path), err);
	return failed ? WALK_STOP : WALK_GO;
}

int entry_add_result(
    struct entry_writer *writer, struct place place, enum entry_kind *ret, struct error **err)
{
	struct packing packing = {writer, place.shown};
	const struct walk_visitor visitor = {pack, walk_fail, &packing};
	struct stat stat_of_result;
	autoclose int fd = -1;

	if (place_look(place, &stat_of_result) < 0)
		return fail_input(err, errno, place.shown, "cannot open");
	if (S_ISDIR(stat_of_result.st_mode)) {
		*ret = ENTRY_DIRECTORY;
		return tree_walk(place, &visitor, err);
	}
	fd = content_open(place, &stat_of_result, err);
	if (fd < 0)
		return -1;
	*ret = stat_of_result.st_mode & S_IXUSR ? ENTRY_EXECUTABLE : ENTRY_FILE;
	return add_content(writer, fd, &stat_of_result, place.shown, err);
}

int entry_end(struct entry_writer *writer, enum entry_kind kind, const struct hash *key,
    struct hash *ret_content, struct error **err)
{
	char header[ENTRY_HEADER_SIZE];

	if (hasher_end(&writer->hasher, ret_content, err) < 0)
		return -1;
	if (writer->fd < 0 || writer->failure)
		return 0;
	memcpy(header, magics[kind], MAGIC_SIZE);
	memcpy(header + MAGIC_SIZE, key->bytes, HASH_SIZE);
	memcpy(header + MAGIC_SIZE + HASH_SIZE, ret_content->bytes, HASH_SIZE);
	if (!writer->is_begun) {
		memcpy(writer->buffer.data, header, sizeof(header));
		flush(writer);
		return 0;
	}
	flush(writer);
	if (!writer->failure && lseek(writer->fd, 0, SEEK_SET) < 0)
		writer->failure = errno;
	write_out(writer, slice_of(header, sizeof(header)));
	return 0;
}

void entry_writer_release(struct entry_writer *writer)
{
	str_release(&writer->buffer);
	hasher_release(&writer->hasher);
}

static int fail_truncated(struct error **err)
{
	return fail(err, ERROR_INPUT, "it is truncated");
}

/* The most bytes of the entry that are not used yet. */
static uint64_t entry_left(const struct entry_reader *reader)
{
	return reader->left + (reader->buffer.len - reader->at);
}

/* Read the next block. */
static int read_block(struct entry_reader *reader, struct error **err)
{
	size_t size = reader->left < BLOCK_SIZE ? (size_t)reader->left : BLOCK_SIZE;
	ssize_t count;

	str_truncate(&reader->buffer, 0);
	reader->at = 0;
	str_reserve(&reader->buffer, BLOCK_SIZE);
	count = content_read(reader->fd, reader->buffer.data, size);
	if (count < 0)
		return fail_input(err, errno, NULL, "it cannot be read");
	reader->left -= (uint64_t)count;
	reader->buffer.len = (size_t)count;
	return 0;
}

int entry_read(
    struct entry_reader *reader, int fd, uint64_t size, const struct hash *key, struct error **err)
{
	const char *header;
	struct slice rest;

	reader->fd = fd;
	reader->left = size;
	if (read_block(reader, err) < 0)
		return -1;
	if (reader->buffer.len < ENTRY_HEADER_SIZE)
		return fail_truncated(err);
	header = reader->buffer.data;
	for (reader->kind = ENTRY_FILE; memcmp(header, magics[reader->kind], MAGIC_SIZE) != 0;
	     reader->kind++)
		if (reader->kind == ENTRY_DIRECTORY)
			return fail(err, ERROR_INPUT, "it does not begin like a cache entry");
	if (memcmp(header + MAGIC_SIZE, key->bytes, HASH_SIZE) != 0)
		return fail(err, ERROR_INPUT, "it has the key of another entry");
	memcpy(reader->content.bytes, header + MAGIC_SIZE + HASH_SIZE, HASH_SIZE);
	reader->at = ENTRY_HEADER_SIZE;
	rest = slice_of(header + reader->at, reader->buffer.len - reader->at);
	if (hasher_begin(&reader->hasher, HASH_BLAKE2B, err) < 0)
		return -1;
	return hasher_add(&reader->hasher, rest, err);
}

/* The unused bytes of the current block, or if there are none the next block; empty at the end. */
static int peek(struct entry_reader *reader, struct slice *ret, struct error **err)
{
	*ret = slice_of(NULL, 0);
	if (reader->at == reader->buffer.len && reader->at == BLOCK_SIZE) {
		if (interrupted())
			return fail_interrupted(err);
		if (read_block(reader, err) < 0 ||
		    hasher_add(&reader->hasher, str_slice(&reader->buffer), err) < 0)
			return -1;
	}
	*ret = slice_from(str_slice(&reader->buffer), reader->at);
	return 0;
}

/* Check the digest of the content, which was read to its end. */
static int verify(struct entry_reader *reader, struct error **err)
{
	struct hash content;

	if (hasher_end(&reader->hasher, &content, err) < 0)
		return -1;
	if (memcmp(content.bytes, reader->content.bytes, HASH_SIZE) != 0)
		return fail(err, ERROR_INPUT, "its content does not match its digest");
	return 0;
}

int entry_extract_file(
    struct entry_reader *reader, struct str *ret, int out, const char *name, struct error **err)
{
	size_t start = ret ? ret->len : 0;
	struct slice block;

	for (;;) {
		if (peek(reader, &block, err) < 0)
			return -1;
		if (block.len == 0)
			return verify(reader, err);
		if (ret && ret->len - start + block.len > FILE_READ_LIMIT)
			return fail(err, ERROR_INPUT, "it is too large");
		if (ret)
			str_add_slice(ret, block);
		else if (file_write_fd(out, name, block, err) < 0)
			return -1;
		reader->at += block.len;
	}
}

/* Copy the next `size` bytes into `ret`. */
static int read_exactly(struct entry_reader *reader, void *ret, size_t size, struct error **err)
{
	size_t done = 0;

	while (done < size) {
		struct slice block;

		if (peek(reader, &block, err) < 0)
			return -1;
		if (block.len == 0)
			return fail_truncated(err);
		if (block.len > size - done)
			block.len = size - done;
		(void)slice_copy((char *)ret + done, block);
		reader->at += block.len;
		done += block.len;
	}
	return 0;
}

/* The extraction of a packed directory. */
struct unpacking {
	struct entry_reader *reader;
	int root;
	const char *name;
	enum record_kind kind; /* of the current record */
	uint64_t size;	       /* of its content */
	char path[PATH_MAX];
	char last[PATH_MAX]; /* the path of the record before; "" for none */
	enum record_kind last_kind;
};

/* Compare in the order in which a tree is walked: each directory, then its content. */
static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '/' || *b == '/')
		return *a == '/' ? (*b ? -1 : 1) : (*a ? 1 : -1);
	return (unsigned char)*a - (unsigned char)*b;
}

/* Whether the current path may follow the last one in a tree walk. So no path comes twice, and
 * files are made only in directories that were made here. */
static bool is_in_order(const struct unpacking *unpacking)
{
	struct slice parent = path_parent(slice_c(unpacking->path));
	struct slice last = slice_c(unpacking->last);
	struct slice rest;

	if (compare_paths(unpacking->last, unpacking->path) >= 0)
		return false;
	if (slice_is(parent, "."))
		return true;
	return path_below(last, parent, &rest) &&
	       (rest.len > 0 || unpacking->last_kind == RECORD_DIRECTORY);
}

/* Whether each component is short enough for a name. */
static bool has_names(struct slice path)
{
	struct slice name;

	while (slice_next(&path, '/', &name))
		if (name.len > NAME_MAX)
			return false;
	return true;
}

static int read_record(struct unpacking *unpacking, struct error **err)
{
	unsigned char record[RECORD_SIZE];
	uint32_t path_len;
	struct slice path;

	if (read_exactly(unpacking->reader, record, sizeof(record), err) < 0)
		return -1;
	memcpy(&path_len, record + 1, sizeof(path_len));
	memcpy(&unpacking->size, record + 5, sizeof(unpacking->size));
	path_len = le32toh(path_len);
	unpacking->size = le64toh(unpacking->size);
	memcpy(unpacking->last, unpacking->path, sizeof(unpacking->path));
	unpacking->last_kind = unpacking->kind;
	unpacking->kind = record[0];
	if (path_len >= PATH_MAX)
		return fail(err, ERROR_INPUT, "a path in it is too long");
	if (read_exactly(unpacking->reader, unpacking->path, path_len, err) < 0)
		return -1;
	unpacking->path[path_len] = '\0';
	if (unpacking->size > entry_left(unpacking->reader))
		return fail_truncated(err);
	path = slice_of(unpacking->path, path_len);
	if (!path_is_confined(path) || !has_names(path) || !is_in_order(unpacking))
		return fail(err, ERROR_INPUT, "a path in it is invalid");
	return 0;
}

static int fail_making(const struct unpacking *unpacking, int number, struct error **err)
{
	return fail_errno(err, number, "cannot create '%s/%s'", unpacking->name, unpacking->path);
}

static int make_file(struct unpacking *unpacking, struct error **err)
{
	mode_t mode = unpacking->kind == RECORD_EXECUTABLE ? 0777 : 0666;
	autoclose int fd = TEMP_FAILURE_RETRY(openat(unpacking->root, unpacking->path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));

	if (fd < 0)
		return fail_making(unpacking, errno, err);
	while (unpacking->size > 0) {
		struct slice block;

		if (peek(unpacking->reader, &block, err) < 0)
			return -1;
		if (block.len == 0)
			return fail_truncated(err);
		if (block.len > unpacking->size)
			block.len = unpacking->size;
		if (file_write_fd(fd, unpacking->path, block, err) < 0)
			return -1;
		unpacking->reader->at += block.len;
		unpacking->size -= block.len;
	}
	/* Linux has closed it even when it reports EINTR. */
	if (close(steal_fd(&fd)) < 0 && errno != EINTR)
		return fail_making(unpacking, errno, err);
	return 0;
}

static int make_link(struct unpacking *unpacking, struct error **err)
{
	char target[PATH_MAX];

	if (unpacking->size >= sizeof(target))
		return fail(err, ERROR_INPUT, "the target of a link in it is too long");
	if (read_exactly(unpacking->reader, target, unpacking->size, err) < 0)
		return -1;
	target[unpacking->size] = '\0';
	if (memchr(target, '\0', unpacking->size) ||
	    !path_link_is_confined(slice_c(unpacking->path), slice_c(target)))
		return fail(err, ERROR_INPUT, "a link in it leads out of the entry");
	if (symlinkat(target, unpacking->root, unpacking->path) < 0)
		return fail_making(unpacking, errno, err);
	return 0;
}

static int make_directory(struct unpacking *unpacking, struct error **err)
{
	if (unpacking->size > 0)
		return fail(err, ERROR_INPUT, "a directory in it has content");
	if (mkdirat(unpacking->root, unpacking->path, 0777) < 0)
		return fail_making(unpacking, errno, err);
	return 0;
}

static int unpack(struct unpacking *unpacking, struct error **err)
{
	for (;;) {
		struct slice block;

		if (peek(unpacking->reader, &block, err) < 0)
			return -1;
		if (block.len == 0)
			return 0;
		if (read_record(unpacking, err) < 0)
			return -1;
		switch (unpacking->kind) {
		case RECORD_DIRECTORY:
			if (make_directory(unpacking, err) < 0)
				return -1;
			break;
		case RECORD_FILE:
		case RECORD_EXECUTABLE:
			if (make_file(unpacking, err) < 0)
				return -1;
			break;
		case RECORD_LINK:
			if (make_link(unpacking, err) < 0)
				return -1;
			break;
		default:
			return fail(err, ERROR_INPUT, "it has an item of an unknown kind");
		}
	}
}

int entry_extract_directory(
    struct entry_reader *reader, int root, const char *name, struct error **err)
{
	struct unpacking unpacking = {reader, root, name, RECORD_DIRECTORY};
	autoerror struct error *error = NULL;
	int failed = unpack(&unpacking, &error);
	struct slice block;

	/* If something could not be made, a damaged name may be the reason: read on to check the
	 * digest. */
	while (peek(reader, &block, err) == 0) {
		if (block.len > 0) {
			reader->at += block.len;
			continue;
		}
		if (verify(reader, err) < 0)
			return -1;
		return failed ? fail_with(err, steal(&error)) : 0;
	}
	return -1;
}

void entry_reader_release(struct entry_reader *reader)
{
	str_release(&reader->buffer);
	hasher_release(&reader->hasher);
}
