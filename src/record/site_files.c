#include "record/site_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"

#define LIST ".kiln-site"
#define LIST_LIMIT ((size_t)64 << 20)

static struct place place_of(
    const struct site_files *files, struct slice path, struct str *own, struct str *shown)
{
	str_add_slice(own, path);
	str_addf(shown, "%s/", files->shown);
	str_add_slice(shown, path);
	return place_below(files->root, str_c(own), str_c(shown));
}

/* Whether the directory has any file; -1 on an error. */
static int has_files(const struct site_files *files, struct error **err)
{
	int fd = openat(files->root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int found = 0;

	if (!directory) {
		int number = errno;

		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		return fail_errno(err, number, "cannot read '%s'", files->shown);
	}
	while (!found && (entry = readdir(directory)))
		found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	(void)closedir(directory); /* nothing was written */
	return found;
}

static int read_list(struct site_files *files, struct error **err)
{
	struct place place = place_below(files->root, LIST, files->shown);
	struct slice rest, line;
	struct stat stat;
	int found;

	if (place_stat(place, &stat) < 0) {
		if (errno != ENOENT)
			return place_fail(place, errno, "read", err);
		found = has_files(files, err);
		return found <= 0 ? found
				  : fail(err, ERROR_USAGE,
					"'%s' has files that are of no site: name an empty "
					"directory",
					files->shown);
	}
	if (file_read_place(place, LIST_LIMIT, &files->list, NULL, err) < 0)
		return -1;
	rest = str_slice(&files->list);
	while (slice_next(&rest, '\n', &line)) {
		if (path_is_confined(line))
			*map_at(&files->known, line) = files;
	}
	return 0;
}

int site_files_open(struct site_files *files, const char *path, struct error **err)
{
	files->shown = path;
	if (tree_make(place_at(path), err) < 0)
		return -1;
	files->root = place_open(place_at(path), O_RDONLY | O_DIRECTORY, 0);
	if (files->root < 0)
		return place_fail(place_at(path), errno, "open", err);
	return read_list(files, err);
}

/* Whether a file is there with this content. What cannot be read is replaced. */
static bool is_there(struct place place, struct slice content)
{
	autostr struct str old = STR_INIT;
	autoerror struct error *error = NULL;
	struct stat stat;

	return place_stat(place, &stat) == 0 && S_ISREG(stat.st_mode) &&
	       (uint64_t)stat.st_size == content.len &&
	       file_read_place(place, content.len + 1, &old, NULL, &error) == 0 &&
	       slice_equal(str_slice(&old), content);
}

int site_files_put(const struct site_files *files, struct slice path, struct slice content,
    bool *ret_written, struct error **err)
{
	autostr struct str own = STR_INIT, shown = STR_INIT;
	struct place place = place_of(files, path, &own, &shown);
	bool same = is_there(place, content);

	if (ret_written)
		*ret_written = !same;
	if (same)
		return 0;
	if (memchr(path.data, '/', path.len) && tree_make_parents(place, err) < 0)
		return -1;
	return file_replace(place, content, file_default_mode(), 0, err);
}

/* Remove the directories above a path that are empty now. */
static void remove_parents(const struct site_files *files, struct slice path)
{
	while (memchr(path.data, '/', path.len)) {
		autofree char *name = NULL;

		path = path_parent(path);
		name = xmemdup0(path.data, path.len);
		if (unlinkat(files->root, name, AT_REMOVEDIR) < 0)
			return; /* it has other files */
	}
}

/* Write the paths of a map as the list. */
static int put_list(const struct site_files *files, const struct map *paths, struct error **err)
{
	autostr struct str list = STR_INIT;

	for (size_t i = 0; i < paths->count; i++) {
		str_add_slice(&list, paths->entries[i].key);
		str_addc(&list, '\n');
	}
	return site_files_put(files, SLICE_LITERAL(LIST), str_slice(&list), NULL, err);
}

int site_files_begin(const struct site_files *files, const struct map *paths, struct error **err)
{
	automap struct map all = {NULL};

	for (size_t i = 0; i < files->known.count; i++)
		*map_at(&all, files->known.entries[i].key) = &all;
	for (size_t i = 0; i < paths->count; i++)
		*map_at(&all, paths->entries[i].key) = &all;
	return all.count == files->known.count ? 0 : put_list(files, &all, err);
}

int site_files_finish(const struct site_files *files, const struct map *paths, size_t *ret_removed,
    struct error **err)
{
	*ret_removed = 0;
	for (size_t i = 0; i < files->known.count; i++) {
		struct slice path = files->known.entries[i].key;
		autostr struct str own = STR_INIT, shown = STR_INIT;

		if (map_get(paths, path))
			continue;
		if (tree_remove(place_of(files, path, &own, &shown), err) < 0)
			return -1;
		remove_parents(files, path);
		++*ret_removed;
	}
	return put_list(files, paths, err);
}

void site_files_release(struct site_files *files)
{
	if (files->root >= 0)
		(void)close(files->root); /* nothing was written to it */
	map_release(&files->known);
	str_release(&files->list);
	*files = SITE_FILES_INIT;
}
