#include "metrics/changes.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"

/* The lines of one file, in the order of the text. */
struct changed {
	int *lines;
	size_t count;
	size_t capacity;
};

struct reader {
	struct changes *changes;
	const struct paths *paths;
	struct slice top;
	struct changed *file; /* NULL: deleted, or none yet */
};

static void add_line(struct changed *file, int line)
{
	if (file->count == file->capacity) {
		file->capacity = file->capacity ? 2 * file->capacity : 16;
		file->lines = xreallocarray(file->lines, file->capacity, sizeof(*file->lines));
	}
	file->lines[file->count++] = line;
}

/* Undo git's quoting of a path: \NNN, \t, \n, \", \\. */
static void add_unquoted(struct slice quoted, struct str *ret)
{
	static const char letters[] = "abfnrtv", bytes[] = "\a\b\f\n\r\t\v";

	for (size_t i = 0; i < quoted.len; i++) {
		char c = quoted.data[i];
		const char *letter;

		if (c != '\\' || i + 1 == quoted.len) {
			str_addc(ret, c);
			continue;
		}
		c = quoted.data[++i];
		letter = memchr(letters, c, sizeof(letters) - 1);
		if (letter) {
			str_addc(ret, bytes[letter - letters]);
		} else if (c >= '0' && c <= '3' && i + 2 < quoted.len) {
			str_addc(ret, (char)((c - '0') << 6 | (quoted.data[i + 1] & 7) << 3 |
					     (quoted.data[i + 2] & 7)));
			i += 2;
		} else {
			str_addc(ret, c);
		}
	}
}

/* Begin with the file of a line `+++ PATH`. */
static void begin_file(struct reader *reader, struct slice path)
{
	struct changes *changes = reader->changes;
	autostr struct str unquoted = STR_INIT;
	autostr struct str joined = STR_INIT;
	autostr struct str known = STR_INIT;
	const char *tab = path.len ? memchr(path.data, '\t', path.len) : NULL;
	struct slice name;
	void **place;

	reader->file = NULL;
	if (tab) /* diff(1) writes a time behind it, git nothing */
		path.len = (size_t)(tab - path.data);
	if (path.len > 1 && path.data[0] == '"' && path.data[path.len - 1] == '"')
		path = slice_of(path.data + 1, path.len - 2);
	add_unquoted(path, &unquoted);
	name = str_slice(&unquoted);
	if (slice_is(name, "/dev/null") || !name.len || memchr(name.data, '\0', name.len))
		return;
	if (slice_starts(name, SLICE_LITERAL("b/")) || slice_starts(name, SLICE_LITERAL("w/")))
		name = slice_from(name, 2);
	path_join(&joined, reader->top, name);
	paths_resolve(reader->paths, str_slice(&joined), &known);
	name = str_slice(&known);
	if (!map_find(&changes->files, name))
		name = arena_slice(&changes->arena, name);
	place = map_at(&changes->files, name);
	if (!*place)
		*place = arena_zalloc(&changes->arena, 1, sizeof(*reader->file));
	reader->file = *place;
}

/* Take `MARK BEGIN[,COUNT]` of a hunk's head. */
static bool take_range(struct slice *rest, char mark, uint64_t *ret_begin, uint64_t *ret_count)
{
	struct slice word, begin;

	if (!slice_next(rest, ' ', &word) || !word.len || word.data[0] != mark)
		return false;
	word = slice_from(word, 1);
	(void)slice_next(&word, ',', &begin);
	*ret_count = 1;
	return slice_number(begin, ret_begin) && *ret_begin < INT_MAX &&
	       (!word.data || slice_number(word, ret_count));
}

/* Read the lines of a hunk. False if the text ends before, or they are none. */
static bool read_hunk(struct reader *reader, struct slice *text, struct slice head, long *line)
{
	uint64_t begin, before, now, after;
	struct slice rest = head, one;

	if (!slice_next(&rest, ' ', &one) || !take_range(&rest, '-', &begin, &before) ||
	    !take_range(&rest, '+', &now, &after))
		return false;
	while (before || after) {
		char mark;

		if (!text->len || !slice_next(text, '\n', &one))
			return false;
		++*line;
		mark = one.len ? one.data[0] : ' ';
		if (mark == '\\') /* "No newline at end of file" */
			continue;
		if ((mark != '+' && mark != '-' && mark != ' ') || (mark != '+' && !before) ||
		    (mark != '-' && !after) || now >= INT_MAX)
			return false;
		if (mark == '+' && reader->file)
			add_line(reader->file, (int)now);
		before -= mark != '+';
		after -= mark != '-';
		now += mark != '-';
	}
	return true;
}

static int compare_lines(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;

	return (first > second) - (first < second);
}

int changes_parse(struct slice text, const struct paths *paths, struct slice top, const char *name,
    struct changes *ret, struct error **err)
{
	struct reader reader = {ret, paths, top, NULL};
	struct slice line;

	for (long number = 1; text.len; number++) {
		long begin = number;

		(void)slice_next(&text, '\n', &line);
		if (slice_starts(line, SLICE_LITERAL("+++ ")))
			begin_file(&reader, slice_from(line, 4));
		else if (slice_starts(line, SLICE_LITERAL("@@ ")) &&
			 !read_hunk(&reader, &text, line, &number))
			return fail_at(err, name, begin, 0, NULL,
			    "no hunk of a unified diff, as 'git diff' writes it");
	}
	for (size_t i = 0; i < ret->files.count; i++) {
		struct changed *file = ret->files.entries[i].value;

		array_sort(file->lines, file->count, sizeof(*file->lines), compare_lines);
	}
	return 0;
}

/* Append the top directory of the repository of the current directory, which paths in a diff are
 * below; the current one where there is none. */
static int find_top(const struct paths *paths, struct str *ret, struct error **err)
{
	struct slice directory = str_slice(&paths->directory);

	for (;;) {
		autostr struct str git = STR_INIT;
		int found;

		path_join(&git, directory, SLICE_LITERAL(".git"));
		found = presence_of(str_c(&git), NULL, err);
		if (found < 0)
			return -1;
		if (found)
			break;
		if (directory.len <= 1) {
			directory = str_slice(&paths->directory);
			break;
		}
		directory = path_parent(directory);
	}
	str_add_slice(ret, directory);
	return 0;
}

int changes_read(
    const char *path, const struct paths *paths, struct changes *ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	autostr struct str top = STR_INIT;
	bool is_input = strcmp(path, "-") == 0;
	const char *name = is_input ? "standard input" : path;

	if ((is_input ? file_read_fd(STDIN_FILENO, name, FILE_READ_LIMIT, &text, err)
		      : file_read(path, FILE_READ_LIMIT, &text, NULL, err)) < 0 ||
	    find_top(paths, &top, err) < 0)
		return -1;
	return changes_parse(str_slice(&text), paths, str_slice(&top), name, ret, err);
}

bool changes_have(const struct changes *changes, struct slice path, int first, int last)
{
	const struct changed *file = map_get(&changes->files, path);
	size_t low = 0, high = file ? file->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (file->lines[middle] < first)
			low = middle + 1;
		else
			high = middle;
	}
	return file && low < file->count && file->lines[low] <= last;
}

void changes_release(struct changes *changes)
{
	for (size_t i = 0; i < changes->files.count; i++)
		free(((struct changed *)changes->files.entries[i].value)->lines);
	map_release(&changes->files);
	arena_release(&changes->arena);
}
