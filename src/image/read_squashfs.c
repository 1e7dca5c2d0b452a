/*
 * Reading squashfs by unsquashfs of squashfs-tools, 4.5 and later, which writes a list of all
 * entries (a "pseudo file") and then the contents of the files:
 *
 *	NAME TYPE TIME MODE UID GID [SIZE OFFSET | TARGET]
 *
 * with a backslash before what is special in a name, but not before a newline: such a name is an
 * error here. The list ends with three lines of comments.
 *
 * When unsquashfs fails, it removes the pseudo file by its path. It must not have one that anybody
 * can remove, as root can /dev/stdout; what is in /proc nobody can.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/spawn.h"
#include "image/reading.h"

/* The longest line. */
#define LINE_LIMIT ((size_t)1 << 16)

/* What separates the list from the contents. */
#define LAST_LINE "# START OF DATA - DO NOT MODIFY"

struct pseudo {
	struct reading *reading;
	pid_t pid; /* of unsquashfs; 0 when it was waited for */
	int fd;	   /* what it writes */
	char block[READING_BLOCK];
	struct slice rest; /* of the block */
	uint64_t at;	   /* bytes of contents that were read */
	struct str line;
	struct str name;
	struct image_entry **files; /* in the order of the list */
	size_t count, capacity;
	bool has_root; /* the first line came */
};

static void pseudo_free(struct pseudo **pointer)
{
	struct pseudo *pseudo = *pointer;

	cleanup_close(&pseudo->fd);
	if (pseudo->pid) {
		struct spawn_result result;

		(void)kill(pseudo->pid, SIGKILL); /* nobody needs it any more */
		(void)spawn_wait(pseudo->pid, &result, NULL);
	}
	str_release(&pseudo->line);
	str_release(&pseudo->name);
	free(pseudo->files);
	free(pseudo);
}

static int start(struct pseudo *pseudo, const char *path, struct error **err)
{
	autofree char *image = xasprintf("%s%s", *path == '-' ? "./" : "", path);
	const char *const arguments[] = {
	    "unsquashfs", "-no-progress", "-pf", "/proc/self/fd/1", image, NULL};
	autoclose int output = -1;
	struct spawn spawn = {
	    .program = "unsquashfs", .arguments = arguments, .input = -1, .error = -1};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, errno, "cannot read '%s'", path);
	pseudo->fd = ends[0];
	spawn.output = output = ends[1];
	if (spawn_start(&spawn, &pseudo->pid, err) == 0)
		return 0;
	pseudo->pid = 0;
	return fail_prefix(err, "squashfs is read by unsquashfs of squashfs-tools");
}

/* Up to `most` next bytes; none at the end. */
static int take(struct pseudo *pseudo, uint64_t most, struct slice *ret, struct error **err)
{
	if (!pseudo->rest.len) {
		ssize_t count = TEMP_FAILURE_RETRY(read(pseudo->fd, pseudo->block, READING_BLOCK));

		if (count < 0)
			return fail_errno(err, errno, "cannot read from unsquashfs");
		if (reading_count(pseudo->reading, (uint64_t)count, err) < 0)
			return -1;
		pseudo->rest = slice_of(pseudo->block, (size_t)count);
	}
	*ret = slice_of(
	    pseudo->rest.data, pseudo->rest.len < most ? pseudo->rest.len : (size_t)most);
	pseudo->rest = slice_from(pseudo->rest, ret->len);
	return 0;
}

static int fail_list(const struct pseudo *pseudo, struct error **err)
{
	return fail_at(err, pseudo->reading->contents->path, 0, 0, NULL,
	    "is damaged, or has a name with a newline: unsquashfs does not list it as expected");
}

/* Read a line. 0 at the end. */
static int take_line(struct pseudo *pseudo, struct error **err)
{
	str_truncate(&pseudo->line, 0);
	for (;;) {
		struct slice c;

		if (take(pseudo, 1, &c, err) < 0)
			return -1;
		if (!c.len)
			return 0;
		if (*c.data == '\n')
			return 1;
		if (pseudo->line.len == LINE_LIMIT)
			return fail_list(pseudo, err);
		str_add_slice(&pseudo->line, c);
	}
}

/* Take the name at the beginning of a line. */
static bool take_name(struct slice *line, struct str *ret)
{
	size_t i = 0;

	str_truncate(ret, 0);
	for (; i < line->len && line->data[i] != ' '; i++) {
		if (line->data[i] == '\\' && i + 1 < line->len)
			i++;
		str_addc(ret, line->data[i]);
	}
	if (i == line->len)
		return false;
	*line = slice_of(line->data + i + 1, line->len - i - 1);
	return true;
}

/* Octal digits. */
static bool parse_mode(struct slice text, unsigned *ret)
{
	*ret = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '7' || i > 5)
			return false;
		*ret = *ret << 3 | (unsigned)(text.data[i] - '0');
	}
	return text.len;
}

/* The columns between a name and what depends on the type. */
struct columns {
	char type;
	uint64_t time;
	unsigned mode;
	struct slice rest;
};

static bool take_columns(struct slice line, struct columns *ret)
{
	struct slice part;

	if (!slice_next(&line, ' ', &part) || part.len != 1)
		return false;
	ret->type = *part.data;
	if (ret->type == 'L') { /* a hard link: only its target follows */
		ret->rest = line;
		return line.data;
	}
	if (!slice_next(&line, ' ', &part) || !slice_number(part, &ret->time) ||
	    !slice_next(&line, ' ', &part) || !parse_mode(part, &ret->mode) ||
	    !slice_next(&line, ' ', &part) || !slice_next(&line, ' ', &part))
		return false;
	ret->rest = line;
	return true;
}

static void keep_file(struct pseudo *pseudo, struct image_entry *entry)
{
	if (pseudo->count == pseudo->capacity) {
		pseudo->capacity = pseudo->capacity ? 2 * pseudo->capacity : 64;
		pseudo->files = xreallocarray(
		    pseudo->files, pseudo->capacity, sizeof(*pseudo->files));
	}
	pseudo->files[pseudo->count++] = entry;
}

static int enter_file(struct pseudo *pseudo, const struct columns *columns, struct error **err)
{
	struct slice rest = columns->rest, size, offset;
	struct image_entry *entry;
	uint64_t bytes, at;

	if (!slice_next(&rest, ' ', &size) || !slice_number(size, &bytes) ||
	    !slice_next(&rest, ' ', &offset) || !slice_number(offset, &at))
		return fail_list(pseudo, err);
	if (reading_enter(pseudo->reading, IMAGE_FILE, str_slice(&pseudo->name), columns->mode,
		&entry, err) < 0)
		return -1;
	if (!entry)
		return fail_list(pseudo, err);
	entry->size = bytes;
	entry->time = (int64_t)columns->time;
	entry->offset = at;
	keep_file(pseudo, entry);
	return 0;
}

static int enter_link(struct pseudo *pseudo, struct slice target, struct error **err)
{
	struct image_entry *entry;

	if (reading_enter(
		pseudo->reading, IMAGE_LINK, str_slice(&pseudo->name), 0777, &entry, err) < 0)
		return -1;
	if (entry)
		entry->target = arena_copy(&pseudo->reading->contents->arena, target);
	return 0;
}

/* The entry of the line. */
static int enter(struct pseudo *pseudo, struct error **err)
{
	struct slice line = str_slice(&pseudo->line);
	struct columns columns = {0};
	struct image_entry *entry;

	if (!take_name(&line, &pseudo->name) || !take_columns(line, &columns))
		return fail_list(pseudo, err);
	if (slice_is(str_slice(&pseudo->name), "/")) {
		pseudo->has_root = true;
		return 0;
	}
	switch (columns.type) {
	case 'D':
		return reading_enter(pseudo->reading, IMAGE_DIRECTORY, str_slice(&pseudo->name),
		    columns.mode, &entry, err);
	case 'R':
		return enter_file(pseudo, &columns, err);
	case 'S':
		return enter_link(pseudo, columns.rest, err);
	case 'L':
		reading_fault(pseudo->reading, str_slice(&pseudo->name),
		    "is a hard link: kiln does not read those of squashfs");
		return 0;
	default:
		reading_fault(pseudo->reading, str_slice(&pseudo->name),
		    "is neither a file nor a directory nor a link");
		return 0;
	}
}

static int take_list(struct pseudo *pseudo, struct error **err)
{
	int result;

	while ((result = take_line(pseudo, err)) > 0) {
		if (slice_is(str_slice(&pseudo->line), LAST_LINE))
			return take_line(pseudo, err) < 0 ? -1 : 0;
		if (!slice_is(str_slice(&pseudo->line), "#") && enter(pseudo, err) < 0)
			return -1;
	}
	if (result < 0)
		return -1;
	return pseudo->count ? fail_list(pseudo, err) : 0;
}

/* The content of a file. A file that is too large, or whose content is missing, is dropped. */
static int take_content(struct pseudo *pseudo, struct image_entry *entry, struct error **err)
{
	uint64_t left = entry->size;
	int result;

	if (entry->offset != pseudo->at)
		return fail_list(pseudo, err);
	result = reading_begin(pseudo->reading, entry, err);
	while (result >= 0 && left > 0) {
		struct slice part;

		if (take(pseudo, left, &part, err) < 0)
			return -1;
		if (!part.len)
			break;
		if (result > 0 && reading_data(pseudo->reading, entry, part, err) < 0)
			return -1;
		left -= part.len;
		pseudo->at += part.len;
	}
	return result > 0 ? reading_end(pseudo->reading, entry, err) : result;
}

static int finish(struct pseudo *pseudo, struct error **err)
{
	autostr struct str how = STR_INIT;
	struct spawn_result result;
	pid_t pid = pseudo->pid;

	pseudo->pid = 0;
	if (spawn_wait(pid, &result, err) < 0)
		return -1;
	if (!result.status)
		return pseudo->has_root ? 0 : fail_list(pseudo, err);
	spawn_describe(result.status, &how);
	reading_fault(
	    pseudo->reading, slice_of("", 0), "is damaged: unsquashfs ended with %s", str_c(&how));
	return 0;
}

int reading_squashfs(struct reading *reading, const char *path, struct error **err)
{
	CLEANUP(pseudo_free) struct pseudo *pseudo = xcalloc(1, sizeof(*pseudo));

	pseudo->reading = reading;
	pseudo->fd = -1;
	if (start(pseudo, path, err) < 0 || take_list(pseudo, err) < 0)
		return -1;
	for (size_t i = 0; i < pseudo->count; i++) {
		if (take_content(pseudo, pseudo->files[i], err) < 0)
			return -1;
	}
	return finish(pseudo, err);
}
