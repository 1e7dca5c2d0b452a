#include "image/leave_out.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>

#include "base/content.h"
#include "base/file.h"
#include "base/marker.h"
#include "base/path.h"
#include "base/presence.h"
#include "image/directory.h"

/* Directories that caches, version control and processors of factors keep beside sources. Returns
 * why the directory is no source, or NULL. */
static const char *why_ignored(struct slice name)
{
	static const struct {
		const char *name;
		const char *reason;
	} ignored[] = {
	    {"__pycache__", "bytecode, which the build compiles itself"},
	    {"__f-int__", "built files beside sources"},
	    {".f-int", "built files beside sources"},
	    {".kiln-capture", "captures of kiln run"},
	    {".git", "version control"},
	    {".svn", "version control"},
	    {".hg", "version control"},
	    {".darcs", "version control"},
	    {".pijul", "version control"},
	};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (slice_is(name, ignored[i].name))
			return ignored[i].reason;
	return NULL;
}

/* Names of what holds secrets, or belongs to the development of what is shipped. */
static const struct {
	const char *glob;
	const char *reason;
	bool of_files;	 /* a directory may have the name */
	bool by_content; /* only files with a private key */
} private_names[] = {
    {".env*", "settings, which may hold secrets", false, false},
    {".venv", "a virtual environment", false, false},
    {".netrc", "passwords", true, false},
    {".dockerignore", "rules for another builder of images", true, false},
    {"*.key", "a key", true, false},
    {"*.pem", "a private key", true, true},
};

static const char private_key[] = "PRIVATE KEY";

/* Whether a file has the words of a private key; certificates have not. */
static int has_private_key(const char *origin, bool *ret, struct error **err)
{
	enum { OVERLAP = sizeof(private_key) - 2 };
	char buffer[1 << 14];
	size_t kept = 0;
	ssize_t count;
	struct stat stat;
	autoclose int fd = content_open(place_at(origin), &stat, err);

	*ret = false;
	if (fd < 0)
		return -1;
	while ((count = content_read(fd, buffer + kept, sizeof(buffer) - kept)) > 0) {
		size_t len = kept + (size_t)count;

		if (memmem(buffer, len, private_key, sizeof(private_key) - 1)) {
			*ret = true;
			return 0;
		}
		kept = len < OVERLAP ? len : OVERLAP;
		memmove(buffer, buffer + len - kept, kept);
	}
	return count < 0 ? fail_input(err, errno, origin, "cannot read") : 0;
}

/* Why an entry is not for shipping by its name, and by what it holds. */
static int why_private(const struct leave_out_entry *entry, const char **ret, struct error **err)
{
	const struct stat *stat = &entry->entry->stat;
	for (size_t i = 0; i < sizeof(private_names) / sizeof(*private_names); i++) {
		bool is = !private_names[i].by_content;

		if ((private_names[i].of_files && S_ISDIR(stat->st_mode)) ||
		    fnmatch(private_names[i].glob, path_name(entry->below).data, 0) != 0)
			continue;
		if (!is && S_ISREG(stat->st_mode) && has_private_key(entry->origin, &is, err) < 0)
			return -1;
		if (is)
			*ret = private_names[i].reason;
		return 0;
	}
	if (slice_is(entry->entry->name, "venv") && S_ISDIR(stat->st_mode)) {
		autofree char *configuration = xasprintf("%s/pyvenv.cfg", entry->origin);
		int there = presence_of_file(configuration, err);

		if (there > 0)
			*ret = "a virtual environment";
		return there < 0 ? -1 : 0;
	}
	return 0;
}

/* Whether a X.pyc will be made of the X.py beside it: 1, 0, or -1 if the system does not tell. */
static int is_replaced(
    const struct leave_out *leave_out, const struct leave_out_entry *entry, struct error **err)
{
	autofree char *source = NULL, *path = NULL;

	if (!leave_out->options->makes_legacy ||
	    !slice_ends(entry->entry->name, SLICE_LITERAL(".pyc")))
		return 0;
	source = xmemdup0(entry->origin, strlen(entry->origin) - 1);
	path = xmemdup0(entry->path.data, entry->path.len - 1);
	return globs_match(&leave_out->excludes, slice_c(path)) ? 0 : presence_of_file(source, err);
}

static bool is_at(const struct stat *result, const struct stat *stat)
{
	return result->st_ino && stat->st_ino == result->st_ino && stat->st_dev == result->st_dev;
}

/* Whether an entry is the marker of an image, which now serves as a source. */
static int is_marker(struct slice name, const char *origin, bool *ret, struct error **err)
{
	*ret = marker_is_name(name);
	return *ret ? marker_is(AT_FDCWD, origin, ret, err) : 0;
}

/* A file .git, as work trees and submodules of git have it: "gitdir: PATH". */
static int leads_to_git(struct slice name, const char *origin, bool *ret, struct error **err)
{
	static const char beginning[] = "gitdir: ";
	char bytes[sizeof(beginning) - 1];
	autoclose int fd = -1;
	struct stat stat;
	ssize_t count;

	*ret = false;
	if (!slice_is(name, ".git"))
		return 0;
	fd = content_open(place_at(origin), &stat, err);
	if (fd < 0)
		return -1;
	count = content_read(fd, bytes, sizeof(bytes));
	if (count < 0)
		return fail_input(err, errno, origin, "cannot read");
	*ret = slice_is(slice_of(bytes, (size_t)count), beginning);
	return 0;
}

static int why_file_is_left_out(const struct leave_out *leave_out,
    const struct leave_out_entry *entry, const char **ret, struct error **err)
{
	struct slice name = entry->entry->name;
	int replaced = is_replaced(leave_out, entry, err);
	bool is;

	if (replaced < 0)
		return -1;
	*ret = replaced ? "the bytecode of the source beside it takes its place" : NULL;
	if (is_marker(name, entry->origin, &is, err) < 0)
		return -1;
	if (is)
		*ret = "the marker file of an image";
	if (leads_to_git(name, entry->origin, &is, err) < 0)
		return -1;
	if (is)
		*ret = why_ignored(name);
	return 0;
}

/* Why a list leaves the entry out. */
static const char *why_listed(
    const struct leave_out *leave_out, const struct leave_out_entry *entry, bool *ret_descends)
{
	for (size_t i = 0; i < leave_out->list_count; i++) {
		const struct ignore_list *list = &leave_out->lists[i];

		if (ignore_matches(list, list->is_of_image ? entry->path : entry->below,
			S_ISDIR(entry->entry->stat.st_mode), ret_descends))
			return list->reason;
	}
	return NULL;
}

/* Why a directory is left out that is an image, as an earlier build made it beside the sources. */
static int why_image(const struct leave_out_entry *entry, const char **ret, struct error **err)
{
	autoerror struct error *problem = NULL;
	bool is_image;

	/* A directory that cannot be read is a problem when the walk enters it. */
	if (marker_is_in(AT_FDCWD, entry->origin, &is_image, &problem) < 0)
		return error_is_local(problem) ? 0 : fail_with(err, steal(&problem));
	if (is_image)
		*ret = "an image made by kiln";
	return 0;
}

/* Why an entry that is not included is left out by default. */
static int why_by_default(struct leave_out *leave_out, const struct leave_out_entry *entry,
    const char **ret, bool *ret_descends, struct error **err)
{
	mode_t mode = entry->entry->stat.st_mode;

	if (leave_out->partial.len > 0 &&
	    path_below(entry->path, str_slice(&leave_out->partial), NULL))
		*ret = leave_out->partial_reason;
	else if (S_ISDIR(mode) || S_ISLNK(mode))
		*ret = why_ignored(entry->entry->name);
	if (!*ret && S_ISDIR(mode) && why_image(entry, ret, err) < 0)
		return -1;
	if (!*ret && leave_out->options->is_shipped && why_private(entry, ret, err) < 0)
		return -1;
	if (!*ret)
		*ret = why_listed(leave_out, entry, ret_descends);
	return 0;
}

/* Whether something below a directory that is left out by default may be included. */
static bool may_include_below(const struct leave_out *leave_out, struct slice path)
{
	for (size_t i = 0; i < leave_out->includes.count; i++)
		if (glob_may_match_below(&leave_out->includes.list[i], path))
			return true;
	return false;
}

static void enter_partially(
    struct leave_out *leave_out, const struct leave_out_entry *entry, const char *reason)
{
	if (leave_out->partial.len > 0 &&
	    path_below(entry->path, str_slice(&leave_out->partial), NULL))
		return;
	str_truncate(&leave_out->partial, 0);
	str_add_slice(&leave_out->partial, entry->path);
	leave_out->partial_reason = reason;
}

/* Whether a result will replace the entry. */
static bool is_result(const struct leave_out *leave_out, const struct stat *stat)
{
	for (size_t i = 0; i < PLAN_BESIDE; i++) {
		if (is_at(&leave_out->beside[i], stat))
			return true;
	}
	return is_at(&leave_out->bundle, stat);
}

int leave_out_why(struct leave_out *leave_out, const struct leave_out_entry *entry,
    const char **ret, bool *ret_descends, struct error **err)
{
	const struct plan_recognizer *results = leave_out->options->results;
	const struct stat *stat = &entry->entry->stat;

	*ret = NULL;
	*ret_descends = false;
	if (is_result(leave_out, stat))
		*ret = "written by this build";
	else if (globs_match(&leave_out->excludes, entry->path))
		*ret = "excluded";
	else if (S_ISREG(stat->st_mode) && why_file_is_left_out(leave_out, entry, ret, err) < 0)
		return -1;
	if (*ret)
		return 0;
	if (!globs_match(&leave_out->includes, entry->path)) {
		if (why_by_default(leave_out, entry, ret, ret_descends, err) < 0)
			return -1;
		if (*ret && S_ISDIR(stat->st_mode) && may_include_below(leave_out, entry->path)) {
			enter_partially(leave_out, entry, *ret);
			*ret_descends = true;
		}
		if (*ret)
			return 0;
	}
	return results ? results->why_not(results->context, entry->origin, stat, ret, err) : 0;
}

bool leave_out_source(const struct leave_out *leave_out, struct slice place)
{
	return place.len > 0 && globs_match(&leave_out->excludes, place);
}

/* Examine the place of a result; st_ino is 0 if there is nothing. */
static int look_at_result(const char *path, struct stat *ret, struct error **err)
{
	int there = path ? presence_at(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, ret, NULL, err) : 0;

	if (!there)
		ret->st_ino = 0;
	return there < 0 ? -1 : 0;
}

/* Add a list of rules that the SOURCE has, if there is one. */
static int add_own_list(struct leave_out *leave_out, struct arena *arena, const char *root,
    const char *name, enum ignore_syntax syntax, struct error **err)
{
	autofree char *path = xasprintf("%s/%s", root, name);
	autostr struct str text = STR_INIT;
	int there = presence_of_file(path, err);

	if (there <= 0)
		return there;
	if (file_read(path, IGNORE_LIMIT, &text, NULL, err) < 0)
		return -1;
	ignore_parse(&leave_out->lists[leave_out->list_count++], arena, str_slice(&text), syntax,
	    arena_printf(arena, "%s names it", name));
	return 0;
}

/* Add a list that an option names. */
static int add_given_list(
    struct leave_out *leave_out, struct arena *arena, const char *path, struct error **err)
{
	struct ignore_list *list = &leave_out->lists[leave_out->list_count];
	autostr struct str text = STR_INIT;

	if (file_read(path, IGNORE_LIMIT, &text, NULL, err) < 0)
		return fail_as(err, ERROR_USAGE);
	ignore_parse(list, arena, str_slice(&text), IGNORE_GIT,
	    arena_printf(arena, "excluded by '%s'", path));
	list->is_of_image = true;
	leave_out->list_count++;
	return 0;
}

int leave_out_init(struct leave_out *leave_out, struct arena *arena,
    const struct plan_options *options, const char *root, bool is_directory, struct error **err)
{
	size_t count = 0;

	leave_out->options = options;
	while (options->exclude_files && options->exclude_files[count])
		count++;
	leave_out->lists = arena_zalloc(arena, count + 2, sizeof(*leave_out->lists));
	globs_init(&leave_out->excludes, arena, options->excludes);
	globs_init(&leave_out->includes, arena, options->includes);
	for (size_t i = 0; i < count; i++)
		if (add_given_list(leave_out, arena, options->exclude_files[i], err) < 0)
			return -1;
	if (options->is_shipped && !options->is_chosen && is_directory &&
	    (add_own_list(leave_out, arena, root, ".gitignore", IGNORE_GIT, err) < 0 ||
		add_own_list(leave_out, arena, root, ".dockerignore", IGNORE_DOCKER, err) < 0))
		return -1;
	for (size_t i = 0; i < PLAN_BESIDE; i++) {
		if (look_at_result(options->beside[i], &leave_out->beside[i], err) < 0)
			return -1;
	}
	return look_at_result(options->bundle, &leave_out->bundle, err);
}

void leave_out_release(struct leave_out *leave_out)
{
	str_release(&leave_out->partial);
}
