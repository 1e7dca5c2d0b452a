#include "python/installed.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/spawn.h"
#include "base/walk.h"
#include "python/interpreter.h"

#define PREFIX "cpython-"
#define VARIANT "cpython"
#define DIRECTORY "libexec/kiln"

/* The longest number in a version: none needs more, and it fits. */
#define NUMBER_DIGITS 4

/* Cut off a number; -1 if there is none. */
static long take_number(struct slice *rest)
{
	long number = 0;
	size_t len = 0;

	while (len < rest->len && isdigit((unsigned char)rest->data[len])) {
		number = number * 10 + (rest->data[len++] - '0');
		if (len > NUMBER_DIGITS)
			return -1;
	}
	*rest = slice_of(rest->data + len, rest->len - len);
	return len ? number : -1;
}

/* Parse a version; false if it is none. */
static bool parse(struct slice word, long *ret_major, long *ret_minor)
{
	*ret_major = take_number(&word);
	if (*ret_major < 0 || !word.len || *word.data != '.')
		return false;
	word = slice_of(word.data + 1, word.len - 1);
	*ret_minor = take_number(&word);
	return *ret_minor >= 0 && !word.len;
}

bool installed_is_version(struct slice word)
{
	long major, minor;

	return parse(word, &major, &minor);
}

/* Compare two versions by their numbers, as strcmp(). */
static int compare(struct slice a, struct slice b)
{
	long numbers[2][2] = {{0}};

	(void)parse(a, &numbers[0][0], &numbers[0][1]); /* what is no version comes first */
	(void)parse(b, &numbers[1][0], &numbers[1][1]);
	for (int i = 0; i < 2; i++) {
		if (numbers[0][i] != numbers[1][i])
			return numbers[0][i] < numbers[1][i] ? -1 : 1;
	}
	return 0;
}

/* What all that is used must fulfil. */
static bool is_trusted(const struct stat *stat, uid_t owner)
{
	return (stat->st_uid == 0 || stat->st_uid == geteuid() || stat->st_uid == owner) &&
	       !(stat->st_mode & (S_IWGRP | S_IWOTH));
}

/* Insert a version in order, unless it is there. */
static void insert(struct installed *installed, struct slice version, const char *program)
{
	struct installed all = {FIELDS_INIT, FIELDS_INIT};
	bool is_in = false;

	for (size_t i = 0; i < installed->versions.count; i++) {
		struct slice other = fields_at(&installed->versions, i);
		int order = compare(version, other);

		if (order < 0 && !is_in) {
			fields_add(&all.versions, version);
			fields_adds(&all.programs, program);
		}
		is_in = is_in || order <= 0;
		fields_add(&all.versions, other);
		fields_add(&all.programs, fields_at(&installed->programs, i));
	}
	if (!is_in) {
		fields_add(&all.versions, version);
		fields_adds(&all.programs, program);
	}
	installed_release(installed);
	*installed = all;
}

/* Add the executable `name` of a directory, if it is one. */
static void add_program(
    struct installed *installed, int fd, const char *directory, const char *name, uid_t owner)
{
	struct slice version = slice_c(name);
	autofree char *program = NULL;
	struct stat stat;

	if (!slice_starts(version, SLICE_LITERAL(PREFIX)))
		return;
	version = slice_of(name + strlen(PREFIX), version.len - strlen(PREFIX));
	if (!installed_is_version(version) || fstatat(fd, name, &stat, 0) < 0 ||
	    !S_ISREG(stat.st_mode) || !is_trusted(&stat, owner))
		return;
	program = xasprintf("%s/%s", directory, name);
	insert(installed, version, program);
}

/* Add the executables of a directory. It may be missing. */
static int add_directory(
    struct installed *installed, const char *directory, uid_t owner, struct error **err)
{
	autoclose int fd = TEMP_FAILURE_RETRY(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	autostr struct str names = STR_INIT;
	struct stat stat;

	if (fd < 0 && (errno_is_absence(errno) || errno == EACCES))
		return 0;
	if (fd < 0 || fstat(fd, &stat) < 0)
		return fail_errno(err, errno, "cannot read '%s'", directory);
	if (!is_trusted(&stat, owner))
		return 0;
	if (directory_names(fd, &names) < 0)
		return fail_errno(err, errno, "cannot read '%s'", directory);
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1)
		add_program(installed, fd, directory, names.data + i + 1, owner);
	return 0;
}

int installed_read(struct installed *ret, struct error **err)
{
	char self[PATH_MAX];
	struct stat stat_of;
	struct slice parent;

	*ret = (struct installed){FIELDS_INIT, FIELDS_INIT};
	insert(ret, slice_c(interpreter_short_version()), "");
	if (!realpath(spawn_self(), self) || stat(self, &stat_of) < 0)
		return fail_errno(err, errno, "cannot find the executable of kiln");
	parent = path_parent(slice_c(self));
	if (slice_starts(path_name(slice_c(self)), SLICE_LITERAL(PREFIX))) {
		autofree char *own = xmemdup0(parent.data, parent.len);

		return add_directory(ret, own, stat_of.st_uid, err);
	}
	for (int above = 0; above < 2; above++) {
		autofree char *directory = xasprintf(
		    "%.*s%s" DIRECTORY, (int)parent.len, parent.data, parent.len > 1 ? "/" : "");

		if (add_directory(ret, directory, stat_of.st_uid, err) < 0)
			return -1;
		parent = path_parent(parent);
	}
	return 0;
}

void installed_release(struct installed *installed)
{
	fields_release(&installed->versions);
	fields_release(&installed->programs);
}

const char *installed_program(const struct installed *installed, struct slice version)
{
	for (size_t i = 0; i < installed->versions.count; i++) {
		if (slice_equal(fields_at(&installed->versions, i), version))
			return fields_at(&installed->programs, i).data;
	}
	return NULL;
}

/* A prefix and the two numbers of a version. */
static char *join(const char *prefix, struct slice version)
{
	struct slice minor = version, major;

	(void)slice_next(&minor, '.', &major); /* a version has both */
	return xasprintf(
	    "%s%.*s%.*s", prefix, (int)major.len, major.data, (int)minor.len, minor.data);
}

char *installed_cache_tag(struct slice version)
{
	return join(PREFIX, version);
}

char *installed_variant(struct slice version)
{
	return join(VARIANT, version);
}

bool installed_version_of(struct slice architecture, struct str *ret)
{
	struct slice prefix = SLICE_LITERAL(VARIANT);

	if (!slice_starts(architecture, prefix) || architecture.len < prefix.len + 2)
		return false;
	str_addf(ret, "%c.%.*s", architecture.data[prefix.len],
	    (int)(architecture.len - prefix.len - 1), architecture.data + prefix.len + 1);
	return installed_is_version(str_slice(ret));
}

int installed_fail(
    const struct installed *installed, struct slice version, const char *reason, struct error **err)
{
	autostr struct str list = STR_INIT;

	for (size_t i = 0; i < installed->versions.count; i++)
		str_addf(&list, "%s%s", i ? ", " : "", fields_at(&installed->versions, i).data);
	return fail(err, ERROR_USAGE, "%s: CPython %.*s is not installed for kiln: there is %s",
	    reason, (int)version.len, version.data, str_c(&list));
}
