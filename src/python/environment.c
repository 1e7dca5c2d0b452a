#include "python/environment.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "base/tree.h"
#include "base/walk.h"
#include "python/installed.h"
#include "python/interpreter.h"

#define CONFIG_LIMIT ((size_t)1 << 20)

static void say(struct environment *ret, struct slice version, const char *where)
{
	if (ret->version.len)
		return;
	str_add_slice(&ret->version, version);
	str_addf(&ret->reason, "'%s' is for CPython %.*s", where, (int)version.len, version.data);
}

/* The first two numbers of a version, "3.13" of "3.13.1". */
static struct slice shorten(struct slice text)
{
	size_t len = 0;
	bool has_dot = false;

	for (; len < text.len; len++) {
		if (text.data[len] == '.' && !has_dot)
			has_dot = true;
		else if (!isdigit((unsigned char)text.data[len]))
			break;
	}
	return slice_of(text.data, len);
}

/* The keys that venv (`version`) and virtualenv (`version_info`) write. */
static int read_config(const char *directory, struct environment *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/pyvenv.cfg", directory);
	autostr struct str text = STR_INIT;
	autoerror struct error *error = NULL;
	struct slice rest, line, key;

	if (file_read(path, CONFIG_LIMIT, &text, NULL, &error) < 0)
		/* What cannot be read says nothing. */
		return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
	rest = str_slice(&text);
	while (slice_next(&rest, '\n', &line)) {
		(void)slice_next(&line, '=', &key); /* always a first part */
		key = slice_trim(key);
		if (!line.data || !(slice_is(key, "version") || slice_is(key, "version_info")))
			continue;
		line = shorten(slice_trim(line));
		if (installed_is_version(line))
			say(ret, line, path);
	}
	return 0;
}

/* The version in a name "python3.13"; empty for any other name. */
static struct slice version_of_name(struct slice name)
{
	struct slice version;

	if (!slice_starts(name, SLICE_LITERAL("python")))
		return slice_of("", 0);
	version = slice_from(name, strlen("python"));
	return installed_is_version(version) ? version : slice_of("", 0);
}

/* Whether a directory is there and has an entry. */
static bool is_filled(int parent, const char *name)
{
	autoclose int fd = TEMP_FAILURE_RETRY(openat(parent, name, DESCENT_FLAGS));
	autostr struct str names = STR_INIT;

	return fd >= 0 && directory_names(fd, &names) == 0 && names.len;
}

/* The version of the only directory python3.X in `lib` or `lib64`. */
static int read_library(
    const char *directory, const char *library, struct environment *ret, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory, library);
	autoclose int fd = TEMP_FAILURE_RETRY(open(path, DESCENT_FLAGS));
	autostr struct str names = STR_INIT;
	struct slice found = {NULL, 0};

	if (fd < 0 && errno_kind(errno) == ERROR_INPUT)
		return 0;
	if (fd < 0 || directory_names(fd, &names) < 0)
		return fail_input(err, errno, path, "cannot read");
	for (size_t i = 0; i < names.len; i += 1 + strlen(names.data + i + 1) + 1) {
		const char *name = names.data + i + 1;
		struct slice version = version_of_name(slice_c(name));

		if (!version.len || !is_filled(fd, name))
			continue;
		if (found.data)
			return 0; /* not the only one */
		found = version;
	}
	if (found.data) {
		autofree char *where = xasprintf("%s/python%.*s", path, (int)found.len, found.data);

		say(ret, found, where);
	}
	return 0;
}

/* "3.13" of "a.cpython-313-x86_64-linux-gnu.so"; false for any other name. */
static bool version_of_module(struct slice name, struct str *ret)
{
	static const char tag[] = ".cpython-3";
	const char *at = memmem(name.data, name.len, tag, sizeof(tag) - 1);
	size_t len = 0;

	if (!at || !slice_ends(name, SLICE_LITERAL(".so")))
		return false;
	at += sizeof(tag) - 1;
	while (isdigit((unsigned char)at[len]))
		len++;
	if (!len || at[len] != '-')
		return false;
	str_truncate(ret, 0);
	str_addf(ret, "3.%.*s", (int)len, at);
	return true;
}

/* Extension modules that were found. */
struct modules {
	const char *root;
	struct str version, where; /* of the first one */
	struct str other;	   /* the first one of another version than that */
	struct str own;		   /* the first one of this program's version */
};

static void modules_release(struct modules *modules)
{
	str_release(&modules->version);
	str_release(&modules->where);
	str_release(&modules->other);
	str_release(&modules->own);
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	struct modules *modules = context;
	autostr struct str version = STR_INIT;
	autostr struct str where = STR_INIT;

	if (!S_ISREG(entry->stat.st_mode) || !version_of_module(entry->name, &version))
		return WALK_GO;
	(void)err; /* nothing to fail */
	path_join(&where, slice_c(modules->root), entry->path);
	if (!modules->version.len) {
		str_add_slice(&modules->version, str_slice(&version));
		str_add_slice(&modules->where, str_slice(&where));
	} else if (!modules->other.len &&
		   !slice_equal(str_slice(&version), str_slice(&modules->version))) {
		str_add_slice(&modules->other, str_slice(&where));
	}
	if (!modules->own.len && slice_is(str_slice(&version), interpreter_short_version()))
		str_add_slice(&modules->own, str_slice(&where));
	return WALK_GO;
}

static int read_modules(const char *directory, struct environment *ret, struct error **err)
{
	CLEANUP(modules_release) struct modules modules = {.root = directory};
	const struct walk_visitor visitor = {visit, walk_pass_over, &modules};

	if (tree_walk(place_at(directory), &visitor, err) < 0)
		return -1;
	if (modules.own.len)
		say(ret, slice_c(interpreter_short_version()), str_c(&modules.own));
	else if (modules.other.len)
		return fail(err, ERROR_USAGE,
		    "'%s' and '%s' are for different versions of CPython: choose with --python",
		    str_c(&modules.where), str_c(&modules.other));
	else if (modules.version.len)
		say(ret, str_slice(&modules.version), str_c(&modules.where));
	ret->is_guess = true;
	return 0;
}

/* A directory such as /usr/lib/python3.13/dist-packages says it by its path. */
static void read_path(const char *path, struct environment *ret)
{
	char real[PATH_MAX];
	struct slice rest, part, before = {"", 0};

	if (!realpath(path, real))
		return; /* the caller will say that it is not there */
	rest = slice_c(real);
	while (slice_next(&rest, '/', &part)) {
		struct slice version = version_of_name(part);

		if (version.len && (slice_is(before, "lib") || slice_is(before, "lib64"))) {
			autofree char *where = xmemdup0(
			    real, (size_t)(part.data + part.len - real));

			say(ret, version, where);
			return;
		}
		before = part;
	}
}

int environment_of(const char *path, bool is_deep, struct environment *ret, struct error **err)
{
	struct stat found;

	/* A directory that must not be searched says nothing. */
	if (stat(path, &found) == 0 && S_ISDIR(found.st_mode) && access(path, X_OK) == 0) {
		if (read_config(path, ret, err) < 0)
			return -1;
		if (!ret->version.len && (read_library(path, "lib", ret, err) < 0 ||
					     read_library(path, "lib64", ret, err) < 0))
			return -1;
		if (!ret->version.len && is_deep && read_modules(path, ret, err) < 0)
			return -1;
	}
	if (!ret->version.len)
		read_path(path, ret);
	return 0;
}

void environment_release(struct environment *environment)
{
	str_release(&environment->version);
	str_release(&environment->reason);
}
