#include "image/zip_links.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

/* Sizes of records without what varies. */
#define END_SIZE 22
#define END_64_SIZE 56
#define LOCATOR_SIZE 20
#define CENTRAL_SIZE 46
#define LOCAL_SIZE 30

/* The longest comment after the end record. */
#define COMMENT_LIMIT 65535

#define LIMIT_32 0xffffffffU

/* The system in "version made by" whose modes an entry has. */
#define MADE_ON_UNIX 3

/* What extra fields have for zip64. */
#define EXTRA_64 1

struct zip_file {
	int fd;
	uint64_t size;
	const char *path;
};

/* The central directory. */
struct directory {
	uint64_t at, size;
	uint64_t shift; /* of what the archive stands behind, which its offsets do not count */
};

static uint64_t number(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | bytes[size];
	return value;
}

/* Read bytes that are all in the file. 1; 0 if they are not; -1. */
static int read_at(
    const struct zip_file *file, uint64_t at, void *ret, size_t size, struct error **err)
{
	ssize_t count;

	if (at > file->size || size > file->size - at)
		return 0;
	count = TEMP_FAILURE_RETRY(pread(file->fd, ret, size, (off_t)at));
	if (count < 0)
		return fail_input(err, errno, file->path, "cannot read");
	return (size_t)count == size;
}

/* Find the end record, the last one. 1; 0 if there is none; -1. */
static int find_end(const struct zip_file *file, uint64_t *ret, struct error **err)
{
	size_t size = END_SIZE + COMMENT_LIMIT;
	autofree char *tail = xmalloc(size);
	int found;

	if (size > file->size)
		size = (size_t)file->size;
	found = read_at(file, file->size - size, tail, size, err);
	if (found <= 0 || size < END_SIZE)
		return found < 0 ? -1 : 0;
	for (size_t i = size - END_SIZE + 1; i-- > 0;) {
		if (memcmp(tail + i, "PK\5\6", 4) != 0)
			continue;
		*ret = file->size - size + i;
		return 1;
	}
	return 0;
}

/* Find the central directory. 1; 0 if it cannot be there; -1. */
static int find_directory(const struct zip_file *file, struct directory *ret, struct error **err)
{
	unsigned char end[END_SIZE], locator[LOCATOR_SIZE], end_64[END_64_SIZE];
	uint64_t at, offset;
	int found = find_end(file, &at, err);

	if (found > 0)
		found = read_at(file, at, end, sizeof(end), err);
	if (found <= 0)
		return found;
	ret->size = number(end + 12, 4);
	offset = number(end + 16, 4);
	found = at < sizeof(locator)
		    ? 0
		    : read_at(file, at - sizeof(locator), locator, sizeof(locator), err);
	if (found < 0)
		return -1;
	if (found && memcmp(locator, "PK\6\7", 4) == 0) {
		at = number(locator + 8, 8);
		found = read_at(file, at, end_64, sizeof(end_64), err);
		if (found <= 0)
			return found;
		ret->size = number(end_64 + 40, 8);
		offset = number(end_64 + 48, 8);
	}
	if (ret->size > at || offset > at - ret->size)
		return 0;
	ret->at = at - ret->size;
	ret->shift = ret->at - offset;
	return 1;
}

/* Replace numbers that do not fit 32 bits by those of an extra field. */
static void take_64(const unsigned char *extra, size_t len, uint64_t *const numbers[3])
{
	while (len >= 4) {
		size_t size = (size_t)number(extra + 2, 2), at = 0;

		if (size > len - 4)
			return;
		for (size_t i = 0; number(extra, 2) == EXTRA_64 && i < 3; i++) {
			if (*numbers[i] != LIMIT_32 || at + 8 > size)
				continue;
			*numbers[i] = number(extra + 4 + at, 8);
			at += 8;
		}
		extra += 4 + size;
		len -= 4 + size;
	}
}

static void add(struct zip_links *links, struct zip_link link)
{
	if (links->count == links->capacity) {
		links->capacity = links->capacity ? 2 * links->capacity : 16;
		links->list = xreallocarray(links->list, links->capacity, sizeof(*links->list));
	}
	links->list[links->count++] = link;
}

/* Whether a record of the central directory is of a link, as libarchive decides it. */
static bool is_link(const unsigned char *record)
{
	return record[5] == MADE_ON_UNIX && S_ISLNK((mode_t)(number(record + 38, 4) >> 16));
}

/* Take a record of the central directory if it is of a link. 1, 0 to end the search, -1. */
static int take_record(const struct zip_file *file, const struct directory *directory, uint64_t at,
    const unsigned char *record, struct zip_links *links, struct error **err)
{
	struct zip_link link = {.offset = number(record + 42, 4),
	    .packed = number(record + 20, 4),
	    .size = number(record + 24, 4)};
	size_t extra_len = (size_t)number(record + 30, 2);
	autofree unsigned char *extra = xmalloc(extra_len + 1);
	unsigned char local[LOCAL_SIZE] = {0};
	int found;

	if (!is_link(record))
		return 1;
	found = read_at(file, at + CENTRAL_SIZE + number(record + 28, 2), extra, extra_len, err);
	if (found <= 0)
		return found;
	take_64(extra, extra_len, (uint64_t *const[]){&link.size, &link.packed, &link.offset});
	if (link.offset > file->size || link.packed > file->size)
		return 0;
	link.offset += directory->shift;
	found = read_at(file, link.offset, local, sizeof(local), err);
	link.end = link.offset + LOCAL_SIZE + number(local + 26, 2) + number(local + 28, 2) +
		   link.packed;
	if (found > 0)
		add(links, link);
	return found;
}

static int compare(const void *a, const void *b)
{
	const struct zip_link *first = a, *second = b;

	return (first->offset > second->offset) - (first->offset < second->offset);
}

int zip_links_read(
    struct zip_links *links, int fd, uint64_t size, const char *path, struct error **err)
{
	const struct zip_file file = {fd, size, path};
	struct directory directory;
	unsigned char record[CENTRAL_SIZE];
	int found = find_directory(&file, &directory, err);
	uint64_t at = found > 0 ? directory.at : 0;

	while (found > 0 && at < directory.at + directory.size) {
		found = read_at(&file, at, record, sizeof(record), err);
		if (found > 0 && memcmp(record, "PK\1\2", 4) != 0)
			break;
		if (found > 0)
			found = take_record(&file, &directory, at, record, links, err);
		at += CENTRAL_SIZE + number(record + 28, 2) + number(record + 30, 2) +
		      number(record + 32, 2);
	}
	array_sort(links->list, links->count, sizeof(*links->list), compare);
	return found < 0 ? -1 : 0;
}

const struct zip_link *zip_links_next(struct zip_links *links, uint64_t at)
{
	const struct zip_link *link = links->next < links->count ? &links->list[links->next] : NULL;

	links->next++;
	/* libarchive 3.6 counts the bytes of a deflated target twice. */
	return link && (at == link->end || at == link->end + link->packed) ? link : NULL;
}

void zip_links_release(struct zip_links *links)
{
	free(links->list);
	*links = (struct zip_links){0};
}
