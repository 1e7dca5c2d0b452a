#include "image/plan.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"

static int fail_place(struct error **err, const char *source, const char *reason)
{
	return fail(err, ERROR_USAGE, "'%s' %s", source, reason);
}

/* Split PATH=PLACE; *ret_place is NULL if there is no place. */
static int split_source(struct arena *arena, const char *source, const char **ret_path,
    const char **ret_place, struct error **err)
{
	const char *equals = strrchr(source, '=');
	int there = equals ? presence_at(AT_FDCWD, source, AT_SYMLINK_NOFOLLOW, NULL, NULL, err)
			   : 1;

	*ret_path = source;
	*ret_place = NULL;
	if (there)
		return there < 0 ? -1 : 0;
	*ret_path = arena_copy(arena, slice_of(source, (size_t)(equals - source)));
	*ret_place = equals + 1;
	return 0;
}

/* The given path in the image; "." is the image's root. */
static int parse_place(const char *text, const char *source, struct slice *ret, struct error **err)
{
	struct slice place = slice_c(text);

	while (place.len > 1 && place.data[place.len - 1] == '/')
		place.len--;
	*ret = slice_is(place, ".") ? slice_of("", 0) : place;
	if (ret->len > 0 && !path_is_confined(*ret))
		return fail_place(err, source,
		    "places a source outside of the image: give a relative path without '..'");
	return place.len > 0 ? 0
			     : fail_place(err, source, "names no place: give one after the '='");
}

/* The name of a package or file: the given path's name, or, if that is "." or "..", the name in the
 * file system. */
static int name_of(struct arena *arena, const char *path, struct slice *ret, struct error **err)
{
	autofree char *real = NULL;
	struct slice rest = slice_c(path);

	while (slice_is(path_name(rest), ".") && rest.len > 1)
		rest = path_parent(rest);
	*ret = path_name(rest);
	if (path_is_confined(*ret))
		return 0;
	real = realpath(path, NULL);
	if (!real)
		return fail_errno(err, errno, "cannot find the name of '%s'", path);
	*ret = path_name(slice_c(real));
	if (ret->len == 0)
		return fail_place(err, path, "has no name of its own: give it a place, PATH=PLACE");
	*ret = arena_slice(arena, *ret);
	return 0;
}

static int examine(const char *path, struct stat *ret, struct error **err)
{
	if (stat(path, ret) < 0) {
		if (errno_is_absence(errno))
			return fail(err, ERROR_USAGE, "'%s' does not exist", path);
		return fail_errno(err, errno, "cannot examine '%s'", path);
	}
	if (!S_ISREG(ret->st_mode) && !S_ISDIR(ret->st_mode))
		return fail(err, ERROR_USAGE, "'%s' is neither a directory nor a file", path);
	return 0;
}

int plan_read_source(
    struct arena *arena, const char *argument, struct plan_source *ret, struct error **err)
{
	const char *given;

	*ret = (struct plan_source){.place = {"", 0}};
	if (split_source(arena, argument, &ret->path, &given, err) < 0 ||
	    examine(ret->path, &ret->stat, err) < 0)
		return -1;
	ret->has_place = given;
	if (given && parse_place(given, argument, &ret->place, err) < 0)
		return -1;
	/* A copy with a NUL at its end, where the text may have had a slash. */
	ret->place.data = arena_copy(arena, ret->place);
	return 0;
}

int plan_find_place(struct arena *arena, struct plan_source *source, struct error **err)
{
	bool is_directory = S_ISDIR(source->stat.st_mode);
	autoerror struct error *problem = NULL;
	int has_name = 1;

	if (!source->has_place && is_directory) /* a package keeps its name */
		has_name = presence_of_file(
		    arena_printf(arena, "%s/__init__.py", source->path), &problem);
	if (has_name < 0)
		return fail_errno(err, problem->number, "cannot examine '%s'", source->path);
	if (!source->has_place && has_name && name_of(arena, source->path, &source->place, err) < 0)
		return -1;
	source->place.data = arena_copy(arena, source->place);
	if (!is_directory && source->place.len == 0)
		return fail_place(err, source->path,
		    "places a file at the root of the image: give the file a name, PATH=PLACE");
	return 0;
}

/* Read the argument; `from` and `to` become the real paths of what is there and of the output. */
static int resolve(struct arena *arena, const char *source, const char *output,
    struct plan_source *ret, struct str *from, struct str *to, struct error **err)
{
	return plan_read_source(arena, source, ret, err) < 0 ||
		       tree_resolve(ret->path, from, err) < 0 || tree_resolve(output, to, err) < 0
		   ? -1
		   : 0;
}

int plan_check_output(const char *source, const char *output, struct error **err)
{
	autoarena struct arena arena = {0};
	autostr struct str from = STR_INIT;
	autostr struct str to = STR_INIT;
	struct plan_source read;

	if (resolve(&arena, source, output, &read, &from, &to, err) < 0)
		return -1;
	if (path_below(str_slice(&from), str_slice(&to), NULL))
		return fail(err, ERROR_USAGE,
		    "'%s' is the source '%s' or contains it: name another output", output,
		    read.path);
	return 0;
}

int plan_has_inside(const char *source, const char *output, bool *ret, struct error **err)
{
	autoarena struct arena arena = {0};
	autostr struct str from = STR_INIT;
	autostr struct str to = STR_INIT;
	struct plan_source read;

	if (resolve(&arena, source, output, &read, &from, &to, err) < 0)
		return -1;
	*ret = S_ISDIR(read.stat.st_mode) && path_below(str_slice(&to), str_slice(&from), NULL);
	return 0;
}
