#include "process/compile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "python/bytecode.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "python/text.h"

/* What compileall reads of a bytecode file: magic, flags, time. */
#define LOOSE_HEADER 12

/* All of it: with the size, or the hash in place of time and size. */
#define WHOLE_HEADER 16

void compile_output_release(struct compile_output *output)
{
	str_release(&output->out);
	str_release(&output->error);
}

static void add_bytecode_path(
    struct str *ret, const struct compileall *all, const struct compile_file *file, int level)
{
	if (!all->legacy) {
		py_cache_path(ret, slice_c(file->path), level, all->pyo);
		return;
	}
	str_adds(ret, file->path);
	str_addc(ret, all->pyo && (level < 0 ? py_default_level() : level) > 0 ? 'o' : 'c');
}

/* As os.path.join() does for parts without slashes. */
static void add_joined(struct str *ret, struct slice part)
{
	if (ret->len && ret->data[ret->len - 1] != '/')
		str_addc(ret, '/');
	str_add_slice(ret, part);
}

static size_t split(struct slice path, struct slice *ret)
{
	size_t count = 0;

	while (slice_next(&path, '/', &ret[count]))
		count++;
	return count;
}

/* Drop the first of the parts that is still there and equal. */
static void drop_part(struct slice *parts, bool *dropped, size_t count, struct slice part)
{
	for (size_t i = 0; i < count; i++) {
		if (!dropped[i] && slice_equal(parts[i], part)) {
			dropped[i] = true;
			return;
		}
	}
}

/* -s as compileall understands it: wherever both paths have an equal component at the same place,
 * the first component of that name goes. */
static int add_stripped(struct str *ret, const char *path, const char *stripdir, struct error **err)
{
	size_t most = strlen(path) + strlen(stripdir) + 2;
	autofree struct slice *parts = xreallocarray(NULL, most, sizeof(*parts));
	autofree bool *dropped = xcalloc(most, sizeof(*dropped));
	size_t count = split(slice_c(path), parts);
	struct slice *strip = parts + count;
	size_t strip_count = split(slice_c(stripdir), strip);
	bool first = true;

	for (size_t i = 0; i < count && i < strip_count; i++) {
		if (slice_equal(strip[i], parts[i]))
			drop_part(parts, dropped, count, strip[i]);
	}
	for (size_t i = 0; i < count; i++) {
		if (dropped[i])
			continue;
		if (first)
			str_add_slice(ret, parts[i]);
		else
			add_joined(ret, parts[i]);
		first = false;
	}
	if (!first)
		return 0;
	return fail(
	    err, ERROR_INPUT, "TypeError: join() missing 1 required positional argument: 'a'");
}

static void add_below(struct str *ret, const char *directory, struct slice path)
{
	if (!(path.len && path.data[0] == '/'))
		path_join(ret, slice_c(directory), path);
	else
		str_add_slice(ret, path);
}

/* Append the path to record; nothing if it is that of the file. */
static int add_recorded(struct str *ret, const struct compile_file *file, struct error **err)
{
	autostr struct str stripped = STR_INIT;
	struct slice path = slice_c(file->path);

	if (file->ddir) {
		add_below(ret, file->ddir, path_name(path));
		return 0;
	}
	if (file->stripdir) {
		if (add_stripped(&stripped, file->path, file->stripdir, err) < 0)
			return -1;
		path = str_slice(&stripped);
	}
	if (file->prependdir)
		add_below(ret, file->prependdir, path);
	else if (file->stripdir)
		str_add_slice(ret, path);
	return 0;
}

/* -e: whether a link leads out of the directory. */
static bool is_outside(const char *limit, const char *path)
{
	char directory[PATH_MAX], target[PATH_MAX];
	struct stat found;

	if (lstat(path, &found) < 0 || !S_ISLNK(found.st_mode))
		return false;
	if (!realpath(limit, directory) || !realpath(path, target))
		return true;
	return strcmp(directory, target) == 0 ||
	       !path_below(slice_c(target), slice_c(directory), NULL);
}

static bool has_header(const char *path, struct slice header)
{
	autoclose int fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	char found[WHOLE_HEADER];
	ssize_t len;

	if (fd < 0)
		return false;
	len = TEMP_FAILURE_RETRY(read(fd, found, header.len));
	return len == (ssize_t)header.len && memcmp(found, header.data, header.len) == 0;
}

/* --strict: the header that the file would get. */
static int add_strict_header(struct str *ret, const struct compileall *all,
    const struct compile_file *file, struct error **err)
{
	static const enum check checks[] = {
	    [PYC_TIMESTAMP] = CHECK_TIME,
	    [PYC_CHECKED_HASH] = CHECK_HASH,
	    [PYC_UNCHECKED_HASH] = CHECK_UNCHECKED_HASH,
	};
	enum pyc_invalidation mode = pyc_invalidation_resolve(all->mode);
	struct pyc_source source = {pyc_mtime(file->stat), (uint64_t)file->stat->st_size, 0};
	autostr struct str bytes = STR_INIT;

	if (mode != PYC_TIMESTAMP) {
		if (file_read(file->path, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
			return -1;
		source.siphash = source_siphash(str_slice(&bytes));
	}
	pyc_add_header(ret, checks[mode], &source);
	return 0;
}

static bool is_current(const struct compileall *all, const struct compile_file *file)
{
	struct pyc_source source = {pyc_mtime(file->stat), 0, 0};
	autostr struct str header = STR_INIT;
	autostr struct str path = STR_INIT;
	struct slice expected;

	if (!all->strict)
		pyc_add_header(&header, CHECK_TIME, &source);
	else if (add_strict_header(&header, all, file, NULL) < 0)
		return false; /* compiling it will say why */
	expected = slice_of(header.data, all->strict ? WHOLE_HEADER : LOOSE_HEADER);
	for (size_t i = 0; i < all->level_count; i++) {
		str_truncate(&path, 0);
		add_bytecode_path(&path, all, file, all->levels[i]);
		if (!has_header(str_c(&path), expected))
			return false;
	}
	return true;
}

int compile_file_is_wanted(
    const struct compileall *all, const struct compile_file *file, bool *ret, struct error **err)
{
	bool skipped = false;

	*ret = false;
	if (all->hardlink && all->level_count < 2)
		return fail(err, ERROR_INPUT,
		    "ValueError: Hardlinking of duplicated bytecode makes sense only for more "
		    "than one optimization level");
	if (file->stripdir) {
		autostr struct str unused = STR_INIT;

		if (add_recorded(&unused, file, err) < 0)
			return -1;
	}
	if (!slice_ends(slice_c(file->path), SLICE_LITERAL(".py")))
		return 0;
	if (all->skip && regex_search(all->skip, slice_c(file->path), &skipped, err) < 0)
		return -1;
	*ret = !skipped && !(all->limit && is_outside(all->limit, file->path));
	return 0;
}

bool compile_file_is_due(const struct compileall *all, const struct compile_file *file)
{
	return S_ISREG(file->stat->st_mode) && (all->force || !is_current(all, file));
}

/* Put a link to `from` in place of `to`, which has the same content. */
static int replace_by_link(const char *from, const char *to, struct error **err)
{
	autostr struct str temporary = STR_INIT;
	char tail[32];
	int failed;

	(void)snprintf(tail, sizeof(tail), ".%ld", (long)getpid());
	path_sibling(&temporary, slice_c(to), tail);
	(void)unlink(str_c(&temporary)); /* from a process of this number that was killed */
	if (link(from, str_c(&temporary)) < 0)
		return fail_errno(err, errno, "cannot link '%s'", to);
	failed = rename(str_c(&temporary), to);
	if (failed)
		(void)fail_errno(err, errno, "cannot link '%s'", to); /* always -1 */
	/* It is still there when both were links to one file already. */
	(void)unlink(str_c(&temporary));
	return failed;
}

/* --hardlink-dupes: *ret is whether the two became one. */
static int link_duplicates(const struct compileall *all, const char *before, const char *path,
    struct compile_output *output, struct error **err)
{
	autostr struct str first = STR_INIT;
	autostr struct str second = STR_INIT;

	if (strcmp(before, path) == 0) {
		autostr struct str name = STR_INIT;

		if (all->strict)
			return 0;
		/* compileall removes the file and then cannot link to it. */
		if (unlink(path) < 0)
			return fail_errno(err, errno, "cannot remove '%s'", path);
		if (python_repr(slice_c(path), &name, err) < 0)
			return -1;
		str_addf(&output->out,
		    "FileNotFoundError: [Errno 2] No such file or directory: %s -> %s\n",
		    str_c(&name), str_c(&name));
		return 1;
	}
	if (file_read(before, FILE_READ_LIMIT, &first, NULL, err) < 0 ||
	    file_read(path, FILE_READ_LIMIT, &second, NULL, err) < 0)
		return -1;
	if (!slice_equal(str_slice(&first), str_slice(&second)))
		return 0;
	return replace_by_link(before, path, err);
}

/* What stands before the message of a failure. */
static int add_failure(
    const struct compileall *all, const char *path, struct str *ret, struct error **err)
{
	autostr struct str name = STR_INIT;

	if (!all->quiet) {
		str_adds(ret, _("*** "));
		return 0;
	}
	if (python_repr(slice_c(path), &name, err) < 0)
		return -1;
	str_addf(ret, _("*** Error compiling %s...\n"), str_c(&name));
	return 0;
}

static int report_raised(const struct compileall *all, const char *path,
    const struct py_outcome *outcome, struct str *ret, struct error **err)
{
	if (outcome->raised == PY_RAISED_OTHER)
		return fail(err, ERROR_INPUT, "%s: %s", outcome->type, str_c(&outcome->text));
	if (all->quiet >= 2)
		return 0;
	if (add_failure(all, path, ret, err) < 0)
		return -1;
	if (outcome->raised == PY_RAISED_OS)
		str_addf(ret, "%s: ", outcome->type);
	str_add_slice(ret, str_slice(&outcome->text));
	str_addc(ret, '\n');
	return 0;
}

/* Link what two levels have in common. 1 if that failed and was reported. */
static int join_levels(const struct compileall *all, const struct compile_file *file,
    const char *before, const char *path, struct compile_output *output, struct error **err)
{
	struct compile_output failure = {STR_INIT, STR_INIT};
	int result;

	result = link_duplicates(all, before, path, &failure, err);
	if (result > 0 && all->quiet < 2) {
		if (add_failure(all, file->path, &output->out, err) < 0)
			result = -1;
		else
			str_add_slice(&output->out, str_slice(&failure.out));
	}
	compile_output_release(&failure);
	return result;
}

/* All levels, from one parse. 1 if a level failed and was reported. */
static int compile_levels(const struct compileall *all, const struct compile_file *file,
    const char *recorded, struct compile_output *output, struct error **err)
{
	autopysource struct py_source *source = py_source_new(file->path, recorded);
	autostr struct str before = STR_INIT;

	for (size_t i = 0; i < all->level_count; i++) {
		CLEANUP(py_outcome_release) struct py_outcome outcome = {0};
		autostr struct str path = STR_INIT;
		int failed;

		add_bytecode_path(&path, all, file, all->levels[i]);
		py_source_compile(source, str_c(&path), true, all->levels[i], all->mode, 0,
		    i + 1 == all->level_count, &outcome);
		str_add_slice(&output->error, str_slice(&outcome.printed));
		if (outcome.raised != PY_RAISED_NOTHING) {
			if (report_raised(all, file->path, &outcome, &output->out, err) < 0)
				return -1;
			return 1;
		}
		failed = i && all->hardlink
			     ? join_levels(all, file, str_c(&before), str_c(&path), output, err)
			     : 0;
		if (failed)
			return failed;
		str_release(&before);
		before = path;
		path = STR_INIT;
	}
	return 0;
}

bool compile_file(const struct compileall *all, const struct compile_file *file,
    struct compile_output *output, struct error **err)
{
	autostr struct str recorded = STR_INIT;
	autostr struct str name = STR_INIT;

	if (add_recorded(&recorded, file, err) < 0)
		return false;
	if (!all->quiet) {
		if (python_repr(slice_c(file->path), &name, err) < 0)
			return false;
		str_addf(&output->out, _("Compiling %s...\n"), str_c(&name));
	}
	return compile_levels(all, file, recorded.len ? str_c(&recorded) : NULL, output, err) == 0;
}
