#include "base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/place.h"
#include "base/walk.h"

#define INFIX ".kiln-"
#define CHECK 6 /* characters */
#define SHARED ".d"
#define TRIES 1000

/* Write characters for the lowest digits of a number. */
static void add_characters(uint64_t number, int count, char *ret)
{
	static const char characters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

	for (int i = 0; i < count; i++) {
		ret[i] = characters[number % (sizeof(characters) - 1)];
		number /= sizeof(characters) - 1;
	}
}

/* FNV-1a, 64 bits. */
static void check_of(struct slice text, char ret[CHECK])
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
	add_characters(hash ^ hash >> 32, CHECK, ret);
}

void temporary_path(struct str *ret, struct slice path, const char *tail)
{
	autofree char *whole = xasprintf(INFIX "%*s%s", CHECK, "", tail);
	size_t start, check;

	path_sibling(ret, path, whole);
	check = ret->len - strlen(tail) - CHECK;
	start = check;
	while (start && ret->data[start - 1] != '/')
		start--;
	check_of(slice_of(ret->data + start, check - start), ret->data + check);
}

static bool is_random(struct slice text)
{
	if (text.len != 1 + TEMPORARY_RANDOM || text.data[0] != '-')
		return false;
	for (size_t i = 1; i < text.len; i++) {
		char c = text.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return true;
}

bool temporary_is(struct slice name)
{
	const size_t infix = sizeof(INFIX) - 1;

	if (!name.len || name.data[0] != '.')
		return false;
	for (size_t i = 1; i + infix + CHECK <= name.len; i++) {
		size_t end = i + infix;
		struct slice rest = slice_of(name.data + end + CHECK, name.len - end - CHECK);
		char check[CHECK];

		if (memcmp(name.data + i, INFIX, infix) != 0)
			continue;
		check_of(slice_of(name.data, end), check);
		if (memcmp(name.data + end, check, CHECK) != 0)
			continue;
		if (slice_ends(rest, SLICE_LITERAL("~")))
			rest.len--;
		if (!rest.len || slice_is(rest, SHARED) || is_random(rest))
			return true;
	}
	return false;
}

/* Lock a file that was just created. Returns false if another process has removed the file as left
 * over. */
static bool lock_new(int fd)
{
	struct stat stat;

	/* In a file system without locks nothing is ever taken for left over. */
	if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | LOCK_NB)) < 0 && errno == EWOULDBLOCK)
		return false;
	return fstat(fd, &stat) == 0 && stat.st_nlink > 0;
}

static int open_new(int directory, const char *name)
{
	return place_open(place_below(directory, name, name), O_RDWR | O_CREAT | O_EXCL, 0600);
}

/* Remove a left-over file. Returns false if the file is in use, or may be. While this process holds
 * the lock, no other process removes the file or gives its name to another file. */
static bool remove_left(int directory, const char *name)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
	struct stat open, named;
	autoclose int fd = -1;

	if (fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	if (!S_ISREG(named.st_mode) || named.st_uid != geteuid())
		return false;
	fd = TEMP_FAILURE_RETRY(openat(directory, name, flags));
	if (fd < 0)
		return errno == ENOENT;
	if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX | LOCK_NB)) < 0)
		return false;
	if (fstat(fd, &open) < 0 || fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	/* The process that wrote the file has renamed it to its final name meanwhile. */
	if (open.st_dev != named.st_dev || open.st_ino != named.st_ino)
		return true;
	return unlinkat(directory, name, 0) == 0;
}

/* Remove files left over where several processes wrote the same file at once. A file that cannot be
 * removed is in use, or obstructs nobody. */
static void clean_shared(int directory, const char *shared)
{
	autoclose int fd = TEMP_FAILURE_RETRY(
	    openat(directory, shared, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	autostr struct str names = STR_INIT;
	struct stat stat;

	if (fd < 0 || fstat(fd, &stat) < 0 || stat.st_uid != geteuid() ||
	    directory_names(fd, &names) < 0)
		return;
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1)
		(void)remove_left(fd, names.data + i + 1); /* the name follows the type */
	(void)unlinkat(directory, shared, AT_REMOVEDIR);
}

int temporary_random(char *name)
{
	uint64_t random;

	if (TEMP_FAILURE_RETRY(getrandom(&random, sizeof(random), 0)) < 0)
		return -1;
	add_characters(random, TEMPORARY_RANDOM, name + strlen(name) - TEMPORARY_RANDOM);
	return 0;
}

/* Create a file with a new name. The last characters of `name` are replaced by random ones. */
static int open_random(int directory, char *name)
{
	for (int tries = 0; tries < TRIES; tries++) {
		int fd;

		if (temporary_random(name) < 0)
			return -1;
		fd = open_new(directory, name);
		if (fd >= 0 && lock_new(fd))
			return fd;
		if (fd < 0 && errno != EEXIST)
			return -1;
		if (fd >= 0)
			(void)close(fd); /* another process removed the file */
	}
	errno = EEXIST;
	return -1;
}

/* While another process writes the same file, create the file in a directory that all such
 * processes share, so that a later process finds what they leave over. */
static int open_shared(int directory, struct slice path, const char *shared, char **ret_name)
{
	autostr struct str beside = STR_INIT;
	struct stat stat;
	int fd = -1;

	*ret_name = xasprintf("%s/%*s", shared, TEMPORARY_RANDOM, "");
	for (int tries = 0; fd < 0 && tries < TRIES; tries++) {
		if (mkdirat(directory, shared, 0700) < 0 && errno != EEXIST)
			break;
		if (fstatat(directory, shared, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (!S_ISDIR(stat.st_mode) || stat.st_uid != geteuid()))
			break;
		fd = open_random(directory, *ret_name);
		if (fd < 0 && errno != ENOENT)
			break;
	}
	if (fd >= 0)
		return fd;
	/* The directory's name is taken, by another user or by something that is not a directory.
	 */
	free(*ret_name);
	temporary_path(&beside, path, "-XXXXXX");
	*ret_name = str_take(&beside);
	return open_random(directory, *ret_name);
}

int temporary_open(int directory, struct slice path, char **ret_name)
{
	autostr struct str name = STR_INIT;
	autofree char *shared = NULL;
	int fd;

	temporary_path(&name, path, "");
	shared = xasprintf("%s" SHARED, str_c(&name));
	for (int tries = 0; tries < TRIES; tries++) {
		fd = open_new(directory, str_c(&name));
		if (fd >= 0 && lock_new(fd)) {
			if (faccessat(directory, shared, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
				clean_shared(directory, shared);
			*ret_name = str_take(&name);
			return fd;
		}
		if (fd >= 0)
			(void)close(fd); /* another process removed the file */
		else if (errno != EEXIST)
			return -1;
		else if (!remove_left(directory, str_c(&name)))
			break;
	}
	fd = open_shared(directory, path, shared, ret_name);
	if (fd < 0) {
		int number = errno;

		free(*ret_name);
		*ret_name = NULL;
		errno = number;
	}
	return fd;
}

void temporary_end(int directory, const char *name)
{
	struct slice parent = path_parent(slice_c(name));
	autofree char *shared = NULL;

	if (!slice_ends(parent, SLICE_LITERAL(SHARED)) || !temporary_is(path_name(parent)))
		return;
	shared = xmemdup0(parent.data, parent.len);
	(void)unlinkat(directory, shared, AT_REMOVEDIR); /* fails if others write */
}
