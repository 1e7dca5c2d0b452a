#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define LOCK_MODE (S_IRUSR | S_IWUSR)

/* As root: give a file that this process made to the owner of the file's directory. */
static int give(int fd, struct place place)
{
	const char *name;
	autoclose int parent = place_open_parent(place, &name);
	struct stat above;

	if (parent < 0 || fstat(parent, &above) < 0)
		return -1;
	return above.st_uid ? fchown(fd, above.st_uid, above.st_gid) : 0;
}

int lock_open(struct place place, struct error **err)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	autoclose int fd = place_open(place, flags, LOCK_MODE);
	const char *shown = place.shown;
	struct stat stat;
	bool is_own;

	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail_errno(err, errno, "cannot open '%s'", shown);
	if (!S_ISREG(stat.st_mode))
		return fail(err, ERROR_SYSTEM, "cannot lock '%s': not a regular file", shown);
	is_own = stat.st_uid == geteuid() || geteuid() == 0;
	if (is_own && (stat.st_mode & 07777) != LOCK_MODE && fchmod(fd, LOCK_MODE) < 0)
		return fail_errno(err, errno, "cannot restrict the mode of '%s'", shown);
	if (geteuid() == 0 && stat.st_uid == 0 && give(fd, place) < 0)
		return fail_errno(
		    err, errno, "cannot give '%s' to the owner of its directory", shown);
	return steal_fd(&fd);
}
