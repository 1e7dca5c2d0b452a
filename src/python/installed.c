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
#include "base/trust.h"
#include "base/walk.h"
#include "python/interpreter.h"

#define PREFIX "cpython-"
#define VARIANT "cpython"
#define DIRECTORY "libexec/kiln"
#define EXTENSION "_fi_counters"

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
	*rest = slice_from(*rest, len);
	return len ? number : -1;
}

/* Parse a version; false if it is none. */
static bool parse(struct slice word, long *ret_major, long *ret_minor)
{
	*ret_major = take_number(&word);
	if (*ret_major < 0 || !word.len || *word.data != '.')
		return false;
	word = slice_from(word, 1);
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

/* Insert a version in order, unless it is there. */
static void insert(struct installed *installed, struct slice version, const char *program)
{
	struct installed all = INSTALLED_INIT;
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
	all.refused = installed->refused;
	installed->refused = STR_INIT;
	installed_release(installed);
	*installed = all;
}

/* Note why something is left out, for an error about a version that is missing. */
static void note_refused(struct installed *installed, const char *path, const char *fault)
{
	if (!installed->refused.len)
		str_addf(&installed->refused, "'%s' %s", path, fault);
}

/* Add the executable `name` of a directory, if it is one. */
static void add_program(
    struct installed *installed, int fd, const char *directory, const char *name, uid_t owner)
{
	struct slice version = slice_c(name);
	autofree char *program = xasprintf("%s/%s", directory, name);
	struct stat stat;

	if (!slice_starts(version, SLICE_LITERAL(PREFIX)))
		return;
	version = slice_of(name + strlen(PREFIX), version.len - strlen(PREFIX));
	if (!installed_is_version(version) || fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (!S_ISREG(stat.st_mode))
		note_refused(installed, program, "is not a regular file");
	else if (trust_program_fault(&stat, owner))
		note_refused(installed, program, trust_program_fault(&stat, owner));
	else
		insert(installed, version, program);
}

/* Add the executables of a directory. It may be missing. */
static int add_directory(
    struct installed *installed, const char *directory, uid_t owner, struct error **err)
{
	autoerror struct error *error = NULL;
	autoclose int way = trust_open_programs(directory, owner, &error), fd = -1;
	autostr struct str names = STR_INIT;

	if (way < 0 && error->kind == ERROR_USAGE) {
		str_adds(&installed->refused, error->message);
		return 0;
	}
	/* What is not there, or may not be seen, has no executables to run. */
	if (way < 0)
		return errno_kind(error->number) == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
	fd = TEMP_FAILURE_RETRY(openat(way, ".", DESCENT_FLAGS));
	if (fd < 0 && errno == EACCES)
		return 0;
	if (fd < 0 || directory_names(fd, &names) < 0)
		return fail_errno(err, errno, "cannot read '%s'", directory);
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1)
		add_program(installed, fd, directory, names.data + i + 1, owner);
	return 0;
}

/* The directory of the others, seen from the executable that runs. */
static char *directory_of(struct slice self)
{
	struct slice parent = path_parent(self), above = path_parent(parent);

	if (slice_starts(path_name(self), SLICE_LITERAL(PREFIX)))
		return xmemdup0(parent.data, parent.len);
	if (!slice_is(path_name(parent), "bin"))
		above = parent;
	return xasprintf("%.*s%s" DIRECTORY, (int)above.len, above.data, above.len > 1 ? "/" : "");
}

char *installed_extension(const char *suffix)
{
	autofree char *directory = NULL, *name = xasprintf(EXTENSION "%s", suffix);
	autoclose int way = -1;
	char self[PATH_MAX];
	struct stat stat_of;
	uid_t owner;

	if (!realpath(spawn_self(), self) || stat(self, &stat_of) < 0)
		return NULL;
	owner = stat_of.st_uid;
	directory = directory_of(slice_c(self));
	way = trust_open_programs(directory, owner, NULL);
	if (way < 0 || fstatat(way, name, &stat_of, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISREG(stat_of.st_mode) || trust_program_fault(&stat_of, owner))
		return NULL;
	return xasprintf("%s/%s", directory, name);
}

int installed_read(struct installed *ret, struct error **err)
{
	autofree char *directory = NULL;
	char self[PATH_MAX];
	struct stat stat_of;

	*ret = INSTALLED_INIT;
	insert(ret, slice_c(interpreter_short_version()), "");
	if (!realpath(spawn_self(), self) || stat(self, &stat_of) < 0) {
		/* An executable that was replaced while it runs has no others beside it. */
		return errno_kind(errno) == ERROR_INPUT
			   ? 0
			   : fail_errno(err, errno, "cannot find the executable of kiln");
	}
	directory = directory_of(slice_c(self));
	return add_directory(ret, directory, stat_of.st_uid, err);
}

void installed_release(struct installed *installed)
{
	fields_release(&installed->versions);
	fields_release(&installed->programs);
	str_release(&installed->refused);
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

int installed_fail(const struct installed *installed, struct slice version, const char *reason,
    bool is_told, struct error **err)
{
	autostr struct str list = STR_INIT;

	for (size_t i = 0; i < installed->versions.count; i++)
		str_addf(&list, "%s%s", i ? ", " : "", fields_at(&installed->versions, i).data);
	if (is_told)
		str_addf(&list, ", which --python %s chooses",
		    fields_at(&installed->versions, installed->versions.count - 1).data);
	if (installed->refused.len)
		str_addf(&list, "; not used: %s", str_c(&installed->refused));
	return fail(err, ERROR_USAGE, "%s: CPython %.*s is not installed for kiln: there is %s",
	    reason, (int)version.len, version.data, str_c(&list));
}
