#include "base/presence.h"

#include <errno.h>
#include <fcntl.h>

int presence_at(int directory, const char *path, int flags, struct stat *ret, const char *shown,
    struct error **err)
{
	struct stat own;

	if (fstatat(directory, path, ret ? ret : &own, flags) == 0)
		return 1;
	if (errno_is_absence(errno))
		return 0;
	return fail_input(err, errno, shown ? shown : path, "cannot examine");
}

int presence_of(const char *path, struct stat *ret, struct error **err)
{
	return presence_at(AT_FDCWD, path, 0, ret, NULL, err);
}

int presence_of_directory(const char *path, struct error **err)
{
	struct stat found;
	int there = presence_of(path, &found, err);

	return there > 0 ? S_ISDIR(found.st_mode) : there;
}

int presence_of_file(const char *path, struct error **err)
{
	struct stat found;
	int there = presence_of(path, &found, err);

	return there > 0 ? S_ISREG(found.st_mode) : there;
}
