/*
 * Reading tar archives: POSIX.1-2001 pax, ustar, and GNU's long names. libarchive would give a name
 * in another Unicode normalization than it has in the archive.
 */
#include <errno.h>
#include <unistd.h>

#include "base/content.h"
#include "image/reading.h"
#include "image/tar_header.h"

#define BLOCK TAR_BLOCK

/* The largest extended header that is read. */
#define EXTENDED_LIMIT ((uint64_t)1 << 20)

/* What extended headers say of the next entry. */
struct extended {
	struct str path, target;
	bool has_path, has_target, has_size, has_time, is_sparse;
	uint64_t size;
	int64_t time;
};

struct tar {
	struct reading *reading;
	struct decompressor *source;
	struct slice rest;  /* of the source's current bytes */
	uint64_t at;	    /* the number of bytes before these */
	struct slice place; /* of faults of the archive itself */
	struct extended extended;
	struct str text; /* of an extended header */
};

/* What reading a part of the archive gives, besides -1 with *err. */
enum { GO = 0, STOP = 1 };

static void tar_release(struct tar *tar)
{
	decompressor_free(tar->source);
	str_release(&tar->extended.path);
	str_release(&tar->extended.target);
	str_release(&tar->text);
}

static int stop(struct tar *tar, const char *reason)
{
	const char *fault = decompressor_fault(tar->source);

	reading_fault(tar->reading, tar->place, "%s", fault ? fault : reason);
	return STOP;
}

static int cut_off(struct tar *tar)
{
	return stop(tar, "is cut off: the end of the tar archive is missing");
}

/* Up to `most` next bytes; none at the end, and where the bytes are damaged. */
static int take(struct tar *tar, uint64_t most, struct slice *ret, struct error **err)
{
	if (!tar->rest.len) {
		const char *bytes;
		ssize_t count = decompressor_next(tar->source, &bytes, err);

		if (count == -1 ||
		    (count > 0 && reading_count(tar->reading, (uint64_t)count, err) < 0))
			return -1;
		tar->rest = slice_of(bytes, count > 0 ? (size_t)count : 0);
	}
	*ret = slice_of(tar->rest.data, tar->rest.len < most ? tar->rest.len : (size_t)most);
	tar->rest = slice_from(tar->rest, ret->len);
	tar->at += ret->len;
	return 0;
}

/* Read a block. *ret_count is less than BLOCK at the end. */
static int take_block(
    struct tar *tar, struct tar_header *ret, size_t *ret_count, struct error **err)
{
	*ret_count = 0;
	while (*ret_count < BLOCK) {
		struct slice part;

		if (take(tar, BLOCK - *ret_count, &part, err) < 0)
			return -1;
		if (!part.len)
			return 0;
		(void)slice_copy((char *)ret + *ret_count, part);
		*ret_count += part.len;
	}
	return 0;
}

/* Read bytes into `ret`, or past them if it is NULL. */
static int take_bytes(struct tar *tar, uint64_t left, struct str *ret, struct error **err)
{
	while (left > 0) {
		struct slice part;

		if (take(tar, left, &part, err) < 0)
			return -1;
		if (!part.len)
			return cut_off(tar);
		if (ret)
			str_add_slice(ret, part);
		left -= part.len;
	}
	return GO;
}

/* Read past what fills the last block of a content. */
static int take_padding(struct tar *tar, uint64_t size, struct error **err)
{
	return take_bytes(tar, (BLOCK - size % BLOCK) % BLOCK, NULL, err);
}

/* Read a content and what fills its last block. */
static int take_content(struct tar *tar, uint64_t size, struct str *ret, struct error **err)
{
	int result = take_bytes(tar, size, ret, err);

	return result ? result : take_padding(tar, size, err);
}

static bool is_zero(const struct tar_header *header)
{
	static const struct tar_header zero;

	return memcmp(header, &zero, sizeof(zero)) == 0;
}

static void extended_reset(struct extended *extended)
{
	struct str path = extended->path, target = extended->target;

	str_truncate(&path, 0);
	str_truncate(&target, 0);
	*extended = (struct extended){.path = path, .target = target};
}

/* Seconds, of which only the whole ones count. */
static bool parse_time(struct slice text, int64_t *ret)
{
	struct slice rest = text, whole;
	bool negative = slice_starts(text, SLICE_LITERAL("-"));
	uint64_t number;

	if (negative)
		rest = slice_from(text, 1);
	if (!slice_next(&rest, '.', &whole) || !slice_number(whole, &number) || number > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)number : (int64_t)number;
	return true;
}

static bool set_record(struct extended *extended, struct slice key, struct slice value)
{
	if (slice_is(key, "path")) {
		str_truncate(&extended->path, 0);
		str_add_slice(&extended->path, value);
		extended->has_path = true;
	} else if (slice_is(key, "linkpath")) {
		str_truncate(&extended->target, 0);
		str_add_slice(&extended->target, value);
		extended->has_target = true;
	} else if (slice_is(key, "size")) {
		extended->has_size = true;
		return slice_number(value, &extended->size);
	} else if (slice_is(key, "mtime")) {
		extended->has_time = true;
		return parse_time(value, &extended->time);
	} else if (slice_starts(key, SLICE_LITERAL("GNU.sparse."))) {
		extended->is_sparse = true;
	}
	return true;
}

/* Parse the records of an extended header: "LENGTH KEY=VALUE\n" each. */
static bool parse_records(struct slice text, struct extended *extended)
{
	while (text.len) {
		struct slice rest = text, number, key;
		uint64_t len;

		if (!slice_next(&rest, ' ', &number) || !slice_number(number, &len) ||
		    len > text.len || len < number.len + 2 || text.data[len - 1] != '\n')
			return false;
		rest = slice_of(text.data + number.len + 1, (size_t)len - number.len - 2);
		if (!slice_next(&rest, '=', &key) || !rest.data || !set_record(extended, key, rest))
			return false;
		text = slice_of(text.data + len, text.len - (size_t)len);
	}
	return true;
}

/* An extended header, which is of the next entry. */
static int take_extended(struct tar *tar, char type, uint64_t size, struct error **err)
{
	struct extended *extended = &tar->extended;
	struct str *ret = type == 'L'	? &extended->path
			  : type == 'K' ? &extended->target
					: &tar->text;
	int result;

	if (size > EXTENDED_LIMIT)
		return stop(tar, "has an extended header of more than 1 MiB");
	str_truncate(ret, 0);
	result = take_content(tar, size, ret, err);
	if (result)
		return result;
	if (type == 'x')
		return parse_records(str_slice(ret), extended)
			   ? GO
			   : stop(tar, "is damaged: an extended header is not one");
	str_truncate(ret, strnlen(str_c(ret), ret->len));
	*(type == 'L' ? &extended->has_path : &extended->has_target) = true;
	return GO;
}

/* Append the name in a header. */
static void add_name(struct str *ret, const struct tar_header *header)
{
	if (memcmp(header->magic, "ustar", 6) == 0 && *header->prefix) {
		str_add(ret, header->prefix, strnlen(header->prefix, sizeof(header->prefix)));
		str_addc(ret, '/');
	}
	str_add(ret, header->name, strnlen(header->name, sizeof(header->name)));
}

/* The content of a file. */
static int take_file(struct tar *tar, struct image_entry *entry, struct error **err)
{
	uint64_t left = entry->size;
	int result = reading_begin(tar->reading, entry, err);

	if (result < 0)
		return -1;
	if (!result)
		return take_content(tar, left, NULL, err);
	while (left > 0) {
		struct slice part;

		if (take(tar, left, &part, err) < 0)
			return -1;
		if (!part.len) {
			reading_drop(tar->reading, entry);
			return cut_off(tar);
		}
		if (reading_data(tar->reading, entry, part, err) < 0)
			return -1;
		left -= part.len;
	}
	if (reading_end(tar->reading, entry, err) < 0)
		return -1;
	return take_padding(tar, entry->size, err);
}

/* An entry that shares its content with one before it. */
static int enter_hard_link(
    struct tar *tar, struct slice path, struct slice target, struct error **err)
{
	struct reading *reading = tar->reading;
	const struct image_entry *first = reading_find(reading, target);
	struct image_entry *entry;

	if (!first || first->kind == IMAGE_DIRECTORY) {
		reading_fault(reading, path, "is a hard link to '%.*s', which is not in the image",
		    (int)target.len, target.data);
		return 0;
	}
	if (reading_enter(reading, first->kind, path, first->mode, &entry, err) < 0)
		return -1;
	if (!entry)
		return 0;
	entry->size = first->size;
	entry->time = first->time;
	entry->offset = first->offset;
	entry->target = first->target;
	entry->sha256 = first->sha256;
	entry->sha1 = first->sha1;
	entry->data = first->data;
	return 0;
}

static int enter_link(struct tar *tar, struct slice path, struct slice target, struct error **err)
{
	struct image_entry *entry;

	if (!target.len || memchr(target.data, '\0', target.len)) {
		reading_fault(tar->reading, path, "is a link without a target");
		return 0;
	}
	if (reading_enter(tar->reading, IMAGE_LINK, path, 0777, &entry, err) < 0)
		return -1;
	if (entry)
		entry->target = arena_copy(&tar->reading->contents->arena, target);
	return 0;
}

/* What the headers say of an entry. */
struct facts {
	char type;
	struct slice path, target;
	unsigned mode;
	uint64_t size;
	int64_t time;
};

static int enter_file(struct tar *tar, const struct facts *facts, struct error **err)
{
	struct image_entry *entry;

	if (reading_enter(tar->reading, IMAGE_FILE, facts->path, facts->mode, &entry, err) < 0)
		return -1;
	if (!entry)
		return take_content(tar, facts->size, NULL, err);
	entry->size = facts->size;
	entry->time = facts->time;
	entry->offset = tar->at;
	return take_file(tar, entry, err);
}

static int enter(struct tar *tar, const struct facts *facts, struct error **err)
{
	struct reading *reading = tar->reading;
	struct image_entry *entry;
	int result = 0;

	if (tar->extended.is_sparse) {
		reading_fault(reading, facts->path, "is a sparse file: kiln does not read those");
		return take_content(tar, facts->size, NULL, err);
	}
	switch (facts->type) {
	case '0':
	case '7':
		return enter_file(tar, facts, err);
	case '1':
		result = enter_hard_link(tar, facts->path, facts->target, err);
		break;
	case '2':
		result = enter_link(tar, facts->path, facts->target, err);
		break;
	case '5':
		result = reading_enter(
		    reading, IMAGE_DIRECTORY, facts->path, facts->mode, &entry, err);
		break;
	case '3':
	case '4':
	case '6':
		reading_fault(reading, facts->path, "is neither a file nor a directory nor a link");
		break;
	default:
		reading_fault(reading, facts->path, "is of a type that kiln does not read");
	}
	return result < 0 ? -1 : take_content(tar, facts->size, NULL, err);
}

/* The entry of a header, with what extended headers before it say. */
static int take_entry(
    struct tar *tar, const struct tar_header *header, uint64_t size, struct error **err)
{
	struct extended *extended = &tar->extended;
	struct facts facts = {.type = header->type, .size = size};
	uint64_t mode;
	int64_t time;
	int result;

	if (!tar_number(header->mode, sizeof(header->mode), &mode) ||
	    !tar_seconds(header->time, sizeof(header->time), &time))
		return stop(tar, "is damaged: a header has a wrong number");
	if (!extended->has_path)
		add_name(&extended->path, header);
	if (!extended->has_target)
		str_add(&extended->target, header->target,
		    strnlen(header->target, sizeof(header->target)));
	facts.path = str_slice(&extended->path);
	facts.target = str_slice(&extended->target);
	facts.mode = mode & 07777;
	facts.time = extended->has_time ? extended->time : time;
	if (extended->has_size)
		facts.size = extended->size;
	if (facts.size > INT64_MAX)
		return stop(tar, "has an entry of an impossible size");
	if (!facts.type) /* as tar programs before POSIX wrote it */
		facts.type = slice_ends(facts.path, SLICE_LITERAL("/")) ? '5' : '0';
	result = enter(tar, &facts, err);
	extended_reset(extended);
	return result;
}

static int take_header(struct tar *tar, const struct tar_header *header, struct error **err)
{
	uint64_t size;

	if (!tar_has_checksum(header))
		return stop(tar, "is damaged: a header has a wrong checksum");
	if (!tar_number(header->size, sizeof(header->size), &size))
		return stop(tar, "is damaged: a header has a wrong number");
	switch (header->type) {
	case 'x':
	case 'L':
	case 'K':
		return take_extended(tar, header->type, size, err);
	case 'g': /* for all entries: nothing that would matter */
		return take_content(tar, size, NULL, err);
	case 'S':
		return stop(tar, "has a sparse file: kiln does not read those");
	default:
		return take_entry(tar, header, size, err);
	}
}

/* What is after the end: zeros, up to the size of a record. */
static int take_rest(struct tar *tar, struct error **err)
{
	bool is_clean = true;
	struct slice part;

	do {
		if (take(tar, UINT64_MAX, &part, err) < 0)
			return -1;
		for (size_t i = 0; i < part.len; i++)
			is_clean = is_clean && !part.data[i];
	} while (part.len);
	if (decompressor_fault(tar->source) || !is_clean)
		return stop(tar, "has other bytes after the end of the tar archive");
	return STOP;
}

/* The next part of the archive: STOP at its end. */
static int take_part(struct tar *tar, struct error **err)
{
	struct tar_header header;
	size_t count;

	if (take_block(tar, &header, &count, err) < 0)
		return -1;
	if (count < BLOCK)
		return cut_off(tar);
	if (!is_zero(&header))
		return take_header(tar, &header, err);
	if (take_block(tar, &header, &count, err) < 0)
		return -1;
	if (count < BLOCK)
		return cut_off(tar);
	if (!is_zero(&header))
		return stop(tar, "is damaged: a header is missing");
	return take_rest(tar, err);
}

/* Look at the first block. STOP if this is no tar archive. One whose compression is damaged before
 * the first block ends cannot be told, and counts as one. */
static int begin(struct tar *tar, bool *ret_is_tar, struct error **err)
{
	struct tar_header header;
	size_t count;

	if (take_block(tar, &header, &count, err) < 0)
		return -1;
	*ret_is_tar = count == BLOCK && (is_zero(&header) || tar_has_checksum(&header));
	if (!*ret_is_tar) {
		*ret_is_tar = decompressor_fault(tar->source) != NULL;
		return *ret_is_tar ? cut_off(tar) : STOP;
	}
	if (!is_zero(&header))
		return take_header(tar, &header, err);
	return take_rest(tar, err);
}

int reading_tar(struct reading *reading, const struct decompress_source *source, struct slice name,
    struct hash *ret_diff, bool *ret_is_tar, struct error **err)
{
	CLEANUP(tar_release) struct tar tar = {.reading = reading, .place = name};
	bool is_tar;
	int result;

	tar.source = decompressor_new(source, err);
	if (!tar.source)
		return -1;
	result = begin(&tar, &is_tar, err);
	while (result == GO)
		result = take_part(&tar, err);
	if (result < 0)
		return -1;
	if (ret_is_tar)
		*ret_is_tar = is_tar;
	else if (!is_tar)
		(void)stop(&tar, "is not a tar archive"); /* nothing more to read */
	for (struct slice part = {"", 1}; ret_diff && part.len;) {
		if (take(&tar, UINT64_MAX, &part, err) < 0)
			return -1;
	}
	return ret_diff ? decompressor_hash(tar.source, ret_diff, err) : 0;
}

/* A file as source. */
struct file_source {
	int fd;
	const char *path;
	char block[READING_BLOCK];
};

static ssize_t read_fd(void *context, const char **ret, struct error **err)
{
	struct file_source *file = context;
	ssize_t count = content_read(file->fd, file->block, READING_BLOCK);

	*ret = file->block;
	if (count < 0)
		return fail_input(err, errno, file->path, "cannot read");
	return count;
}

int reading_tar_file(struct reading *reading, int fd, struct error **err)
{
	autofree struct file_source *file = xmalloc(sizeof(*file));
	const struct decompress_source source = {read_fd, file};
	bool is_tar;

	file->fd = fd;
	file->path = reading->contents->path;
	if (reading_tar(reading, &source, slice_of("", 0), NULL, &is_tar, err) < 0)
		return -1;
	if (!is_tar)
		return fail_at(err, reading->contents->path, 0, 0, NULL,
		    "is not an image: neither a directory nor a tar, zip or squashfs archive");
	return 0;
}
