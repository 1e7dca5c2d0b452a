#include "run/capture.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/tree.h"

/* Proves that a directory is one that a run may replace. */
#define MARK CAPTURE_DEFAULT "/.kiln"
#define MARK_TEXT "Captures of kiln run, which replaces them.\n"

/* Remove the captures of the run before. */
static int clear(struct error **err)
{
	struct stat stat;
	bool is_ours;

	if (lstat(CAPTURE_DEFAULT, &stat) < 0 && errno == ENOENT)
		return 0;
	if (file_is(AT_FDCWD, MARK, SLICE_LITERAL(MARK_TEXT), &is_ours, err) < 0)
		return -1;
	if (!is_ours)
		return fail(err, ERROR_USAGE,
		    "'" CAPTURE_DEFAULT "' is not of kiln run: name another directory with -o");
	return tree_remove(place_at(CAPTURE_DEFAULT), err);
}

int capture_make(const char *given, struct str *ret, struct error **err)
{
	const char *path = given ? given : CAPTURE_DEFAULT;

	if (!given && clear(err) < 0)
		return -1;
	if (tree_make(place_at(path), err) < 0 || tree_resolve(path, ret, err) < 0)
		return -1;
	return given ? 0 : file_replace(place_at(MARK), SLICE_LITERAL(MARK_TEXT), 0644, 0, err);
}
