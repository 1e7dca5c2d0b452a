#include "process/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define TRIES 100

static int open_below(int directory, const char *name)
{
	return openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Go from an open directory, which is closed, to one in it; -1 with errno. */
static int enter(int *directory, struct slice name, bool make)
{
	autofree char *copy = xmemdup0(name.data, name.len);
	int next = open_below(*directory, copy);

	/* Another process may make it meanwhile, or remove it. */
	for (int tries = 0; next < 0 && errno == ENOENT && make && tries < TRIES; tries++) {
		if (mkdirat(*directory, copy, 0777) < 0 && errno != EEXIST)
			return -1;
		next = open_below(*directory, copy);
	}
	if (next < 0)
		return -1;
	cleanup_close(directory);
	*directory = next;
	return 0;
}

int place_make(int root, struct slice root_path, struct slice path, struct error **err)
{
	autoclose int directory = place_open(root, root_path, path, err);

	return directory < 0 ? -1 : 0;
}

int place_open(int root, struct slice root_path, struct slice path, struct error **err)
{
	autoclose int directory = open_below(root, ".");
	struct slice rest = path, part;

	if (directory < 0)
		return fail_errno(err, errno, "cannot use '%s'", root_path.data);
	while (rest.data && rest.len && slice_next(&rest, '/', &part)) {
		if (enter(&directory, part, true) == 0)
			continue;
		if (errno == ELOOP || errno == ENOTDIR)
			return fail_at(err, root_path.data, 0, 0, NULL,
			    "cannot make '%.*s' in it: '%.*s' is no directory", (int)path.len,
			    path.data, (int)(part.data + part.len - path.data), path.data);
		return fail_errno(
		    err, errno, "cannot make '%s/%.*s'", root_path.data, (int)path.len, path.data);
	}
	return steal_fd(&directory);
}

bool place_is_ours(int root, struct slice path)
{
	autoclose int directory = open_below(root, ".");
	struct slice rest = path, part;

	if (directory < 0)
		return false;
	while (rest.data && rest.len && slice_next(&rest, '/', &part)) {
		if (enter(&directory, part, false) < 0)
			return false;
	}
	return true;
}
