/*
 * Any bytes as a wheel: it is refused, or what is unpacked has a RECORD that names each file with
 * its digest, as pip would check it, and a METADATA.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/content.h"
#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "fuzz.h"
#include "image/unpack_wheel.h"

#define SIZE_LIMIT 65536

/* A private directory with the wheel, and one that it is unpacked into. */
static char *directory;

static void remove_directory(void)
{
	(void)tree_remove(place_at(directory), NULL); /* the system's temporary directory */
	free(directory);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *parent = getenv("TMPDIR");

	(void)argc;
	(void)argv;
	directory = xasprintf("%s/kiln-fuzz-XXXXXX", parent ? parent : "/tmp");
	fuzz_assert(mkdtemp(directory));
	return atexit(remove_directory);
}

/* What the tree has. */
struct seen {
	struct record record;
	struct arena arena;
	size_t files;
	const char *info; /* the only dist-info */
};

/* Whether RECORD has the file. */
static bool is_recorded(const struct seen *seen, struct slice path)
{
	for (size_t i = 0; i < seen->record.count; i++)
		if (slice_equal(seen->record.rows[i].path, path))
			return true;
	return false;
}

static enum walk_answer find_info(void *context, const struct walk_entry *entry, struct error **err)
{
	struct seen *seen = context;

	(void)err;
	if (distribution_is_dist_info(entry->name, NULL, NULL) && S_ISDIR(entry->stat.st_mode)) {
		fuzz_assert(!seen->info);
		seen->info = arena_copy(&seen->arena, entry->name);
	}
	return WALK_SKIP;
}

static enum walk_answer check_entry(
    void *context, const struct walk_entry *entry, struct error **err)
{
	struct seen *seen = context;

	(void)err;
	fuzz_assert(S_ISDIR(entry->stat.st_mode) || S_ISREG(entry->stat.st_mode));
	fuzz_assert(S_ISDIR(entry->stat.st_mode) || is_recorded(seen, entry->path));
	seen->files += S_ISREG(entry->stat.st_mode);
	return WALK_GO;
}

static void read_file(
    struct seen *seen, const char *root, const char *name, size_t limit, struct slice *ret)
{
	autofree char *path = xasprintf("%s/%s/%s", root, seen->info, name);
	autostr struct str text = STR_INIT;

	fuzz_assert(file_read(path, limit, &text, NULL, NULL) == 0);
	*ret = slice_of(arena_copy(&seen->arena, str_slice(&text)), text.len);
}

static void check_tree(const char *root)
{
	struct seen seen = {.files = 0};
	const struct walk_visitor finds = {find_info, walk_fail, &seen},
				  checks = {check_entry, walk_fail, &seen};
	struct metadata metadata;
	struct slice text;

	fuzz_assert(tree_walk(place_at(root), &finds, NULL) == 0 && seen.info);
	read_file(&seen, root, "RECORD", RECORD_LIMIT, &text);
	fuzz_assert(record_parse(text, "RECORD", &seen.arena, &seen.record, NULL) == 0);
	fuzz_assert(tree_walk(place_at(root), &checks, NULL) == 0);
	fuzz_assert(seen.files == seen.record.count);
	read_file(&seen, root, "METADATA", METADATA_LIMIT, &text);
	fuzz_assert(metadata_parse(text, "METADATA", &seen.arena, &metadata, NULL) == 0);
	arena_release(&seen.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *path = xasprintf("%s/demo-1.0-py3-none-any.whl", directory);
	autofree char *root = xasprintf("%s/root", directory);
	autoerror struct error *error = NULL;
	autoclose int fd = -1;

	if (size > SIZE_LIMIT)
		return 0;
	fuzz_assert(
	    file_replace(place_at(path), slice_of((const char *)data, size), 0600, 0, NULL) == 0);
	fuzz_assert(tree_remove(place_at(root), NULL) == 0 && tree_make(place_at(root), NULL) == 0);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_assert(fd >= 0);
	if (wheel_unpack(path, fd, &error) == 0)
		check_tree(root);
	else
		fuzz_assert(error->kind == ERROR_INPUT && error->path);
	return 0;
}
