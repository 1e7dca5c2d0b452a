#include "factor/index.h"

#include <errno.h>

#include "base/file.h"
#include "base/hash.h"
#include "factor/lines.h"

#define MARK_LIMIT 4096

/* Append a mark's line for a text, in the format of sha256sum. */
static int add_digest(struct str *ret, struct slice text, struct error **err)
{
	char hex[2 * HASH_SIZE + 1];
	struct hash digest;

	if (hash_compute(HASH_SHA256, text, &digest, err) < 0)
		return -1;
	hash_hex(&digest, hex);
	str_addf(ret, "%s  " INDEX_NAME "\n", hex);
	return 0;
}

static bool has_line(struct slice text, struct slice wanted)
{
	struct lines lines = {.rest = text};
	struct slice line;

	while (lines_next(&lines, &line))
		if (slice_equal(line, wanted))
			return true;
	return false;
}

static int read_mark(const char *directory, struct index *index, struct error **err)
{
	autofree char *path = xasprintf("%s/" INDEX_MARK, directory);
	autostr struct str mark = STR_INIT;
	autostr struct str line = STR_INIT;
	struct error *error = NULL;

	if (file_read(path, MARK_LIMIT, &mark, NULL, &error) < 0) {
		/* A name without a number is not a mark's. */
		if (error->number && !errno_is_absence(error->number))
			return fail_with(err, error);
		error_free(error);
		return 0;
	}
	if (add_digest(&line, index->text, err) < 0)
		return -1;
	index->is_generated = has_line(str_slice(&mark), slice_trim(str_slice(&line)));
	return 0;
}

int index_read(const char *directory, struct arena *arena, struct index *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/" INDEX_NAME, directory);

	*ret = (struct index){.is_generated = false};
	if (declaration_read(path, arena, &ret->text, &ret->exists, err) < 0)
		return -1;
	return ret->exists ? read_mark(directory, ret, err) : 0;
}

/* The mark keeps the old text until the next mark is written: wherever the writer is interrupted,
 * the state left behind is one that the mark names. */
static int write_mark(
    struct place directory, const struct index *old, struct slice text, struct error **err)
{
	autofree char *shown = xasprintf("%s/" INDEX_MARK, directory.shown);
	autostr struct str mark = STR_INIT;

	if (add_digest(&mark, text, err) < 0)
		return -1;
	if (old->is_generated && add_digest(&mark, old->text, err) < 0)
		return -1;
	return file_replace(place_below(directory.root, INDEX_MARK, shown), str_slice(&mark),
	    file_default_mode(), 0, err);
}

/* Open the directory, made if it is missing, without following links below the product's directory.
 */
static int open_directory(const char *path, struct error **err)
{
	const char *name;
	autoclose int product = place_open_parent(place_at(path), &name);
	struct place place = place_below(product, name, path);
	int fd;

	if (product < 0)
		return fail_errno(err, errno, "cannot open the directory of '%s'", path);
	fd = place_make(place);
	return fd < 0 ? place_fail(place, errno, "create", err) : fd;
}

int index_write(const char *directory, struct slice text, bool *ret_written, struct error **err)
{
	autofree char *shown = xasprintf("%s/" INDEX_NAME, directory);
	autoarena struct arena arena = {0};
	struct index old = {.exists = false};
	autoclose int fd = -1;
	bool same;

	/* An index that cannot be read is replaced. */
	if (index_read(directory, &arena, &old, NULL) < 0)
		old = (struct index){.exists = false};
	same = old.exists && slice_equal(old.text, text);
	if (ret_written)
		*ret_written = !same;
	if (same && old.is_generated)
		return 0;
	fd = open_directory(directory, err);
	if (fd < 0 || write_mark(place_below(fd, "", directory), &old, text, err) < 0)
		return -1;
	if (same)
		return 0;
	return file_replace(place_below(fd, INDEX_NAME, shown), text, file_default_mode(), 0, err);
}
