#include "image/item_content.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"

/* Files up to this size are read into memory before they are written. */
#define MEMORY_SIZE ((size_t)16 * 1024 * 1024)

/* The size of the blocks in which contents are handed over. */
#define BLOCK_SIZE ((size_t)64 * 1024)

int item_reader_check(const struct item_reader *reader, struct error **err)
{
	if (reader->interrupted && reader->interrupted())
		return fail(err, ERROR_SYSTEM, "cannot write '%s': interrupted", reader->output);
	return 0;
}

int item_reader_unnamed(const struct item_reader *reader, struct error **err)
{
	struct slice parent = path_parent(slice_c(reader->output));
	autofree char *directory = xmemdup0(parent.data, parent.len);
	autostr struct str name = STR_INIT;
	int fd = TEMP_FAILURE_RETRY(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));

	if (fd >= 0)
		return fd;
	/* Not every file system supports O_TMPFILE. */
	path_sibling(&name, slice_c(reader->output), ".XXXXXX");
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, errno, "cannot write '%s'", reader->output);
	(void)unlink(name.data); /* if the name stays, nobody takes it for a result */
	return fd;
}

/* Copy a large file's content to a file without a name, so that its size and its data are of one
 * reading. */
static int copy_content(const struct item_reader *reader, int in, const struct stat *stat,
    const char *name, struct item_content *ret, struct error **err)
{
	autoclose int fd = item_reader_unnamed(reader, err);

	if (fd < 0 ||
	    content_copy(in, stat, name, fd, reader->output, reader->interrupted, err) < 0)
		return -1;
	ret->fd = steal_fd(&fd);
	return 0;
}

static struct place staged_place(const struct item_reader *reader, const struct item *item)
{
	const char *path = item->path.data + reader->skip;

	return place_below(reader->stage, path, path);
}

int item_reader_look(const struct item_reader *reader, const struct item *item, struct place *ret,
    struct stat *ret_stat, struct error **err)
{
	int there = 0;

	*ret = staged_place(reader, item);
	if (reader->stage >= 0)
		there = presence_at(
		    reader->stage, ret->path, AT_SYMLINK_NOFOLLOW, ret_stat, NULL, err);
	if (there || !item->origin)
		return there;
	*ret = place_at(item->origin);
	return presence_of(item->origin, ret_stat, err);
}

/* Open the source of an item's content. *ret_name is its name for messages. */
static int open_item(const struct item_reader *reader, const struct item *item,
    const char **ret_name, struct stat *ret_stat, struct error **err)
{
	int is_staged = reader->stage >= 0;
	struct place place;

	if (item->content_of)
		item = item->content_of;
	place = staged_place(reader, item);
	*ret_name = item->path.data;
	if (is_staged && item->origin)
		is_staged = presence_at(
		    reader->stage, place.path, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
	if (is_staged < 0)
		return -1;
	if (is_staged)
		return content_open(place, ret_stat, err);
	if (!item->origin)
		return fail(err, ERROR_INTERNAL, "no content for '%s'", item->path.data);
	*ret_name = item->origin;
	return content_open(place_at(item->origin), ret_stat, err);
}

/* The error's kind is ERROR_SYSTEM if the output cannot be written; any other kind concerns the
 * item. */
static int read_content(const struct item_reader *reader, const struct item *item,
    struct item_content *ret, struct error **err)
{
	const char *name;
	struct stat stat;
	autoclose int fd = -1;

	ret->size = 0;
	if (item->is_empty)
		return 0;
	fd = open_item(reader, item, &name, &stat, err);
	if (fd < 0)
		return -1;
	ret->size = (uint64_t)stat.st_size;
	if (ret->size > MEMORY_SIZE)
		return copy_content(reader, fd, &stat, name, ret, err);
	if (file_read_fd(fd, name, MEMORY_SIZE, &ret->bytes, err) < 0)
		return -1;
	return content_unchanged(fd, &stat, ret->bytes.len, name, err);
}

int item_content_read(const struct item_reader *reader, const struct item *item,
    struct item_content *ret, struct error **err)
{
	struct error *problem = NULL;

	cleanup_close(&ret->fd);
	ret->fd = -1;
	str_truncate(&ret->bytes, 0);
	if (read_content(reader, item, ret, &problem) == 0)
		return 1;
	if (problem->kind == ERROR_SYSTEM)
		return fail_with(err, problem);
	reader->listener->problem(reader->listener->context, problem);
	return 0;
}

void item_reader_refuse(
    const struct item_reader *reader, const struct item *item, const char *reason)
{
	struct error *problem = NULL;

	(void)fail_at(&problem, item->origin ? item->origin : item->path.data, 0, 0, NULL,
	    "cannot be stored in this archive: %s", reason); /* always -1 */
	reader->listener->problem(reader->listener->context, problem);
}

static int write_blocks(
    const struct item_reader *reader, struct slice data, struct sink sink, struct error **err)
{
	while (data.len > 0) {
		size_t len = data.len < BLOCK_SIZE ? data.len : BLOCK_SIZE;

		if (item_reader_check(reader, err) < 0 ||
		    sink_write(sink, slice_of(data.data, len), err) < 0)
			return -1;
		data = slice_from(data, len);
	}
	return 0;
}

int item_content_write(const struct item_reader *reader, const struct item_content *content,
    struct sink sink, struct error **err)
{
	autofree char *block = NULL;
	uint64_t left = content->size;

	if (content->fd < 0)
		return write_blocks(reader,
		    slice_of(slice_from(str_slice(&content->bytes), content->start).data,
			(size_t)content->size),
		    sink, err);
	block = xmalloc(BLOCK_SIZE);
	if (lseek(content->fd, (off_t)content->start, SEEK_SET) < 0)
		return fail_errno(err, errno, "cannot write '%s'", reader->output);
	while (left > 0) {
		size_t len = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
		ssize_t count = content_read(content->fd, block, len);

		if (count != (ssize_t)len)
			return fail_errno(err, count < 0 ? errno : EIO,
			    "cannot read back the content for '%s'", reader->output);
		if (write_blocks(reader, slice_of(block, len), sink, err) < 0)
			return -1;
		left -= len;
	}
	return 0;
}

void item_content_release(struct item_content *content)
{
	cleanup_close(&content->fd);
	str_release(&content->bytes);
	*content = ITEM_CONTENT_INIT;
}
