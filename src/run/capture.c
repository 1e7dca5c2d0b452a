#include "run/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/presence.h"
#include "base/tree.h"
#include "base/walk.h"

/* Proves that a directory is one that a run may replace. */
#define MARK ".kiln"
#define MARK_TEXT "Captures of kiln run, which replaces them.\n"

/* Where captures are set aside: src/metrics does not look there. */
#define BEFORE ".kiln-before"

bool capture_has(const struct capture *capture, const char *kind)
{
	if (!kind)
		return capture_has(capture, "coverage") || capture_has(capture, "profile");
	return faccessat(capture->fd, kind, F_OK, 0) == 0;
}

static int fail_capture(const struct capture *capture, struct error **err)
{
	return fail_errno(err, errno, "cannot use '%s'", str_c(&capture->path));
}

/* Move all that is in a directory, but not what is for this module. */
static int move_all(int from, int to)
{
	autostr struct str names = STR_INIT;
	autoclose int directory = TEMP_FAILURE_RETRY(openat(from, ".", DESCENT_FLAGS));

	if (directory < 0 || directory_names(directory, &names) < 0)
		return -1;
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1) {
		const char *name = names.data + at + 1; /* after its type */

		if (strcmp(name, MARK) != 0 && strcmp(name, BEFORE) != 0 &&
		    renameat(from, name, to, name) < 0)
			return -1;
	}
	return 0;
}

static int remove_before(const struct capture *capture, struct error **err)
{
	autofree char *shown = xasprintf("%s/" BEFORE, str_c(&capture->path));

	return tree_remove(place_below(capture->fd, BEFORE, shown), err);
}

/* Set the captures of the run before aside. */
static int set_aside(struct capture *capture, struct error **err)
{
	autoclose int before = -1;

	/* One that is there is of a run that was killed. */
	if (remove_before(capture, err) < 0)
		return -1;
	if (mkdirat(capture->fd, BEFORE, 0777) < 0)
		return fail_capture(capture, err);
	capture->has_before = true;
	before = TEMP_FAILURE_RETRY(openat(capture->fd, BEFORE, DESCENT_FLAGS));
	if (before < 0 || move_all(capture->fd, before) < 0)
		return fail_capture(capture, err);
	return 0;
}

/* Whether something is there that is no directory of kiln run. */
static int check_default(struct error **err)
{
	int found = presence_at(AT_FDCWD, CAPTURE_DEFAULT, AT_SYMLINK_NOFOLLOW, NULL, NULL, err);
	bool is_ours;

	if (found <= 0)
		return found;
	if (file_is(AT_FDCWD, CAPTURE_DEFAULT "/" MARK, SLICE_LITERAL(MARK_TEXT), &is_ours, err) <
	    0)
		return -1;
	if (!is_ours)
		return fail(err, ERROR_USAGE,
		    "'" CAPTURE_DEFAULT "' is not of kiln run: name another directory with -o");
	return 0;
}

/* Refuse a directory that has something else than captures, such as one of sources. Hidden files
 * may be there. */
static int check_given(const struct capture *capture, const char *given, struct error **err)
{
	autostr struct str names = STR_INIT;
	autoclose int directory = TEMP_FAILURE_RETRY(openat(capture->fd, ".", DESCENT_FLAGS));

	if (capture_has(capture, NULL))
		return 0;
	if (directory < 0 || directory_names(directory, &names) < 0)
		return fail_capture(capture, err);
	for (size_t at = 0; at < names.len; at += strlen(names.data + at) + 1) {
		if (names.data[at + 1] != '.')
			return fail(err, ERROR_USAGE,
			    "'%s' has files but no captures: name another directory with -o",
			    given);
	}
	return 0;
}

int capture_open(struct capture *capture, const char *given, struct error **err)
{
	const char *path = given ? given : CAPTURE_DEFAULT;

	if (!given && check_default(err) < 0)
		return -1;
	if (tree_make(place_at(path), err) < 0 || tree_resolve(path, &capture->path, err) < 0)
		return -1;
	capture->fd = TEMP_FAILURE_RETRY(open(str_c(&capture->path), DESCENT_FLAGS));
	if (capture->fd < 0)
		return fail_capture(capture, err);
	if (given)
		return check_given(capture, given, err);
	if (file_replace(place_below(capture->fd, MARK, CAPTURE_DEFAULT "/" MARK),
		SLICE_LITERAL(MARK_TEXT), 0644, 0, err) < 0)
		return -1;
	return set_aside(capture, err);
}

int capture_replace(struct capture *capture, struct error **err)
{
	if (!capture->has_before)
		return 0;
	capture->has_before = false;
	return remove_before(capture, err);
}

bool capture_restore(struct capture *capture)
{
	autoclose int before = -1;

	if (!capture->has_before)
		return false;
	capture->has_before = false;
	before = TEMP_FAILURE_RETRY(openat(capture->fd, BEFORE, DESCENT_FLAGS));
	/* What cannot be moved stays where it is. */
	if (before >= 0)
		(void)move_all(before, capture->fd);
	(void)unlinkat(capture->fd, BEFORE, AT_REMOVEDIR);
	return capture_has(capture, NULL);
}

void capture_close(struct capture *capture)
{
	(void)capture_restore(capture);
	cleanup_close(&capture->fd);
	str_release(&capture->path);
}
