#include "delineation/describe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/directory.h"

int described_parse(const char *origin, const struct delineate_options *options,
    struct notes *notes, struct described *ret, struct error **err)
{
	struct delineate_options own = *options;
	struct tree_source source = {
	    .shown = origin, .encoding = options->encoding, .is_laid_out = true};

	if (!own.recorded)
		own.recorded = origin;
	source.bytes = str_slice(&ret->bytes);
	source.recorded = own.recorded;
	if (tree_parse(&source, notes, &ret->tree, err) < 0)
		return -1;
	return delineate_tree(ret->tree, &own, &ret->delineation, err);
}

int described_read(const char *origin, const struct delineate_options *options, struct notes *notes,
    struct described *ret, struct error **err)
{
	if (file_read(origin, FILE_READ_LIMIT, &ret->bytes, NULL, err) < 0)
		return -1;
	return described_parse(origin, options, notes, ret, err);
}

void described_release(struct described *described)
{
	delineation_release(&described->delineation);
	tree_free(described->tree);
	str_release(&described->bytes);
}

/* The files of a description; those from REGIONS_FIRST on are its counted regions. */
static const char *const names[] = {
    "elements.json",
    "documented.json",
    "documentation.json",
    "data.json",
    "system-path",
    "sources",
    "areas",
    "types",
    "hashes",
};

#define REGIONS_FIRST 5

static int make_directory(int root, const char *path, struct error **err)
{
	if (*path && mkdirat(root, path, 0755) < 0 && errno != EEXIST)
		return fail_errno(err, errno, "cannot create '%s'", path);
	if (*path && fchmodat(root, path, 0755, 0) < 0)
		return fail_errno(err, errno, "cannot set the mode of '%s'", path);
	return 0;
}

/* The line of `sources`. */
static struct str sources_of(const struct description *description, struct slice recorded)
{
	struct str result = STR_INIT;

	str_addf(&result, "%zu ", description->region_count);
	str_add_slice(&result, recorded);
	str_addc(&result, '\n');
	return result;
}

int description_put(int root, const char *path, const struct description *description,
    struct slice recorded, int64_t time, struct error **err)
{
	autostr struct str sources = sources_of(description, recorded);
	const struct slice contents[] = {
	    str_slice(&description->elements),
	    str_slice(&description->documented),
	    str_slice(&description->documentation),
	    str_slice(&description->data),
	    recorded,
	    str_slice(&sources),
	    str_slice(&description->areas),
	    str_slice(&description->types),
	    str_slice(&description->hashes),
	};
	autostr struct str file = STR_INIT;
	/* Lists of regions have a line for each path. */
	bool has_regions = !recorded.len || !memchr(recorded.data, '\n', recorded.len);
	size_t count = has_regions ? sizeof(contents) / sizeof(*contents) : REGIONS_FIRST;

	if (make_directory(root, path, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		str_truncate(&file, 0);
		path_join(&file, slice_c(path), slice_c(names[i]));
		if (bundle_put(root, str_c(&file), contents[i], false, time, err) < 0)
			return -1;
	}
	return bundle_set_time(root, *path ? path : ".", time, err);
}

static bool is_part(int directory, const char *name)
{
	struct stat stat;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0)
			return fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
			       S_ISREG(stat.st_mode);
	}
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool description_is_at(const char *path)
{
	autoclosedir DIR *dir = opendir(path);
	bool elements = false;

	for (;;) {
		const struct dirent *entry;

		errno = 0;
		entry = dir ? readdir(dir) : NULL;
		/* A directory that could not be read whole may have more files. */
		if (!entry)
			return elements && !errno;
		if (!is_part(dirfd(dir), entry->d_name))
			return false;
		elements = elements || strcmp(entry->d_name, names[0]) == 0;
	}
}

int delineate(struct place output, const char *origin, const struct delineate_options *options,
    struct notes *notes, struct error **err)
{
	autodescribed struct described described = {.tree = NULL};
	autodescription struct description description = {.elements = STR_INIT};
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	const char *recorded = options->recorded ? options->recorded : origin;
	struct delineate_options own = *options;

	own.regions = true;
	if (described_read(origin, &own, notes, &described, err) < 0 ||
	    description_write(&described.delineation, origin, &description, err) < 0)
		return -1;
	if (tree_stage_open(&stage, output, err) < 0 ||
	    description_put(stage.fd, "", &description, slice_c(recorded), BUNDLE_UNTIMED, err) < 0)
		return -1;
	return tree_stage_commit(&stage, 0755, err);
}
