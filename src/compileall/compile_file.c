#include "compileall/compile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"
#include "base/path.h"
#include "compileall/recorded_path.h"
#include "python/bytecode.h"
#include "python/library.h"
#include "python/source.h"
#include "python/text.h"

/* The bytes of a bytecode file that compileall compares: magic, flags, time. */
#define CPYTHON_HEADER 12

/* How often to try linking to a file that others keep replacing. */
#define LINK_ATTEMPTS 1000

/* The kernel follows no more links than this. */
#define LINKS_FOLLOWED 41

/* The bytes that --strict compares: all of the header, with the size, or the hash instead of time
 * and size. */
#define STRICT_HEADER 16

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

/* Append the path of a link with its directory resolved, or if that fails the path itself. */
static void add_resolved_parent(struct str *ret, const char *path)
{
	struct slice parent = path_parent(slice_c(path));
	autofree char *directory = xmemdup0(parent.data, parent.len);
	char resolved[PATH_MAX];

	if (realpath(directory, resolved))
		path_join(ret, slice_c(resolved), path_name(slice_c(path)));
	else
		str_adds(ret, path);
}

/* Append the path that a link leads to. */
static bool add_target(struct str *ret, const char *path)
{
	autostr struct str joined = STR_INIT;
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target));

	if (len <= 0)
		return false;
	if (target[0] != '/')
		path_join(&joined, path_parent(slice_c(path)), slice_of(target, (size_t)len));
	else
		str_add(&joined, target, (size_t)len);
	add_resolved_parent(ret, str_c(&joined));
	return true;
}

/* Append the link at which a loop of links closes: CPython names that one. */
static void add_loop(struct str *ret, const char *path)
{
	struct str seen[LINKS_FOLLOWED] = {0};
	size_t count = 1, again = 0;

	add_resolved_parent(&seen[0], path);
	while (
	    count < LINKS_FOLLOWED && !again && add_target(&seen[count], str_c(&seen[count - 1]))) {
		for (size_t i = 0; i < count; i++) {
			if (slice_equal(str_slice(&seen[i]), str_slice(&seen[count])))
				again = i + 1;
		}
		count++;
	}
	str_add_slice(ret, str_slice(&seen[again ? again - 1 : 0]));
	for (size_t i = 0; i < LINKS_FOLLOWED; i++)
		str_release(&seen[i]);
}

static int fail_loop(const char *path, struct error **err)
{
	autostr struct str loop = STR_INIT;
	autostr struct str name = STR_INIT;

	add_loop(&loop, path);
	if (python_repr(str_slice(&loop), &name, err) < 0)
		return -1;
	return fail(err, ERROR_INPUT, "RuntimeError: Symlink loop from %s", str_c(&name));
}

/* -e: whether a link leads out of the directory. On a loop of links older versions of compileall
 * fail; for the others it leads nowhere. */
static int check_link(
    const struct compileall *all, const char *path, bool *ret_outside, struct error **err)
{
	char directory[PATH_MAX], target[PATH_MAX];
	struct stat found;

	*ret_outside = false;
	if (lstat(path, &found) < 0 || !S_ISLNK(found.st_mode))
		return 0;
	*ret_outside = true;
	if (!realpath(path, target)) {
		if (errno_kind(errno) != ERROR_INPUT)
			return fail_errno(err, errno, "cannot resolve '%s'", path);
		return errno == ELOOP && !all->strict && library.fails_on_loops
			   ? fail_loop(path, err)
			   : 0;
	}
	if (realpath(all->limit, directory))
		*ret_outside = strcmp(directory, target) == 0 ||
			       !path_below(slice_c(target), slice_c(directory), NULL);
	else if (errno_kind(errno) != ERROR_INPUT)
		return fail_errno(err, errno, "cannot resolve '%s'", all->limit);
	return 0;
}

static bool has_header(const char *path, struct slice header)
{
	autoclose int fd = TEMP_FAILURE_RETRY(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	char found[STRICT_HEADER];
	size_t done = 0;
	ssize_t len;

	if (fd < 0)
		return false;
	do {
		len = TEMP_FAILURE_RETRY(read(fd, found + done, header.len - done));
		done += len > 0 ? (size_t)len : 0;
	} while (len > 0 && done < header.len);
	return done == header.len && memcmp(found, header.data, header.len) == 0;
}

/* --strict: whether a bytecode file has this header and complete code. */
static bool has_header_and_code(const char *path, struct slice header)
{
	autostr struct str bytes = STR_INIT;

	if (file_read(path, FILE_READ_LIMIT, &bytes, NULL, NULL) < 0 ||
	    !slice_starts(str_slice(&bytes), header))
		return false;
	return code_is_complete(slice_from(str_slice(&bytes), header.len));
}

/* --strict: append the header that the file would get. */
static int add_strict_header(struct str *ret, const struct compileall *all,
    const struct compile_file *file, const struct stat *stat, struct error **err)
{
	static const enum check checks[] = {
	    [PYC_TIMESTAMP] = CHECK_TIME,
	    [PYC_CHECKED_HASH] = CHECK_HASH,
	    [PYC_UNCHECKED_HASH] = CHECK_UNCHECKED_HASH,
	};
	enum pyc_invalidation mode = pyc_invalidation_resolve(all->mode);
	struct pyc_source source = {pyc_mtime(stat), (uint64_t)stat->st_size, 0};
	autostr struct str bytes = STR_INIT;

	if (mode != PYC_TIMESTAMP) {
		if (file_read(file->path, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
			return -1;
		source.siphash = source_siphash(str_slice(&bytes));
	}
	pyc_add_header(ret, checks[mode], &source);
	return 0;
}

static bool is_current(
    const struct compileall *all, const struct compile_file *file, const struct stat *stat)
{
	struct pyc_source source = {pyc_mtime(stat), 0, 0};
	autostr struct str header = STR_INIT;
	autostr struct str path = STR_INIT;
	struct slice expected;

	if (!all->strict)
		pyc_add_header(&header, CHECK_TIME, &source);
	else if (add_strict_header(&header, all, file, stat, NULL) < 0)
		return false; /* compiling reports why */
	expected = slice_of(header.data, all->strict ? STRICT_HEADER : CPYTHON_HEADER);
	for (size_t i = 0; i < all->level_count; i++) {
		str_truncate(&path, 0);
		add_bytecode_path(&path, all, file, all->levels[i]);
		if (all->strict ? !has_header_and_code(str_c(&path), expected)
				: !has_header(str_c(&path), expected))
			return false;
	}
	return true;
}

int compile_file_is_wanted(
    const struct compileall *all, const struct compile_file *file, bool *ret, struct error **err)
{
	bool python = slice_ends(slice_c(file->path), SLICE_LITERAL(".py"));
	bool skipped = false, outside = false;

	*ret = false;
	if (all->hardlink && all->level_count < 2)
		return fail(err, ERROR_INPUT,
		    "ValueError: Hardlinking of duplicated bytecode makes sense only for more "
		    "than one optimization level");
	if (file->stripdir) {
		autostr struct str unused = STR_INIT;

		if (recorded_path_add(&unused, file, err) < 0)
			return -1;
	}
	if (all->skip_broken && !all->strict)
		return fail(
		    err, ERROR_INPUT, "AttributeError: 'str' object has no attribute 'search'");
	if (!python && !all->limit)
		return 0;
	if (all->skip && regex_search(all->skip, slice_c(file->path), &skipped, err) < 0)
		return -1;
	if (!skipped && all->limit && check_link(all, file->path, &outside, err) < 0)
		return -1;
	*ret = python && !skipped && !outside;
	return 0;
}

/* Whether errno is one for which CPython takes a file as missing. */
static bool is_unreachable(const struct compileall *all, int number)
{
	return errno_is_absence(number) || number == ELOOP ||
	       (!all->strict && errno_kind(number) == ERROR_INPUT);
}

bool compile_file_is_due(
    const struct compileall *all, const struct compile_file *file, off_t *ret_size)
{
	struct stat found;

	*ret_size = 0;
	if (stat(file->path, &found) < 0)
		return !is_unreachable(all, errno);
	*ret_size = found.st_size;
	return S_ISREG(found.st_mode) && (all->force || !is_current(all, file, &found));
}

/* Read a file; false if that fails, which is raised in `outcome`. */
static bool read_bytecode(const char *path, struct str *ret, struct py_outcome *outcome)
{
	autoerror struct error *error = NULL;

	if (file_read(path, FILE_READ_LIMIT, ret, NULL, &error) == 0)
		return true;
	py_outcome_oserror(outcome, error->number ? error->number : EINVAL, path, NULL);
	return false;
}

/* link(2), repeated while other processes replace the file: then link(2) may fail with ENOENT
 * although the file always exists. */
static int link_existing(const char *from, const char *to)
{
	for (int i = 0; i < LINK_ATTEMPTS; i++) {
		if (link(from, to) == 0)
			return 0;
		if (errno != ENOENT || access(from, F_OK) < 0)
			return -1;
	}
	return -1;
}

/* Replace `to` by a link to `from`, unless another process has changed the content meanwhile. */
static void replace_by_link(
    const char *from, const char *to, struct slice content, struct py_outcome *outcome)
{
	autostr struct str temporary = STR_INIT;
	autostr struct str linked = STR_INIT;
	char tail[32];

	(void)snprintf(tail, sizeof(tail), ".%ld", (long)getpid());
	path_sibling(&temporary, slice_c(to), tail);
	(void)unlink(str_c(&temporary)); /* left by a killed process with the same number */
	if (link_existing(from, str_c(&temporary)) < 0) {
		py_outcome_oserror(outcome, errno, from, to);
		return;
	}
	if (read_bytecode(str_c(&temporary), &linked, outcome) &&
	    slice_equal(str_slice(&linked), content) && rename(str_c(&temporary), to) < 0)
		py_outcome_oserror(outcome, errno, from, to);
	/* rename(2) does nothing if both were links to one file already. */
	(void)unlink(str_c(&temporary));
}

/* --hardlink-dupes: make two equal files links to one. */
static void link_duplicates(const struct compileall *all, const char *previous, const char *path,
    struct py_outcome *outcome)
{
	autostr struct str first = STR_INIT;
	autostr struct str second = STR_INIT;

	if (strcmp(previous, path) == 0) {
		if (all->strict)
			return;
		/* compileall removes the file and then cannot link to it. */
		(void)unlink(path); /* if this fails, it is missing already */
		py_outcome_oserror(outcome, ENOENT, path, path);
		return;
	}
	if (read_bytecode(path, &second, outcome) && read_bytecode(previous, &first, outcome) &&
	    slice_equal(str_slice(&first), str_slice(&second)))
		replace_by_link(previous, path, str_slice(&first), outcome);
}

/* Append what precedes the message of a failure. */
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
		return fail(err, ERROR_SYSTEM, "%s: %s", outcome->type, str_c(&outcome->text));
	if (all->quiet >= 2)
		return 0;
	if (add_failure(all, path, ret, err) < 0)
		return -1;
	if (outcome->raised != PY_RAISED_COMPILE)
		str_addf(ret, "%s: ", outcome->type);
	str_add_slice(ret, str_slice(&outcome->text));
	str_addc(ret, '\n');
	return 0;
}

/* Compile one level. False if that failed and was reported, or with *err. */
static bool compile_level(const struct compileall *all, const struct compile_file *file,
    struct py_source *source, size_t at, struct str *previous, struct compile_output *output,
    struct error **err)
{
	CLEANUP(py_outcome_release) struct py_outcome outcome = {0};
	autostr struct str path = STR_INIT;

	add_bytecode_path(&path, all, file, all->levels[at]);
	py_source_compile(source, str_c(&path), true, all->levels[at], all->mode, 0,
	    at + 1 == all->level_count, &outcome);
	if (outcome.raised == PY_RAISED_NOTHING && at && all->hardlink)
		link_duplicates(all, str_c(previous), str_c(&path), &outcome);
	str_add_slice(&output->error, str_slice(&outcome.printed));
	if (outcome.raised != PY_RAISED_NOTHING) {
		(void)report_raised(all, file->path, &outcome, &output->out, err); /* false, too */
		return false;
	}
	str_release(previous);
	*previous = path;
	path = STR_INIT;
	return true;
}

/* Compile all levels from one parse. */
static bool compile_levels(const struct compileall *all, const struct compile_file *file,
    const char *recorded, struct compile_output *output, struct error **err)
{
	autopysource struct py_source *source = py_source_new(file->path, recorded);
	autostr struct str previous = STR_INIT;

	if (all->cache)
		py_source_use(source, &all->cache->store);
	for (size_t i = 0; i < all->level_count; i++) {
		if (!compile_level(all, file, source, i, &previous, output, err))
			return false;
	}
	return true;
}

bool compile_file(const struct compileall *all, const struct compile_file *file,
    struct compile_output *output, struct error **err)
{
	autostr struct str recorded = STR_INIT;
	autostr struct str name = STR_INIT;

	if (recorded_path_add(&recorded, file, err) < 0)
		return false;
	if (!all->quiet) {
		if (python_repr(slice_c(file->path), &name, err) < 0)
			return false;
		str_addf(&output->out, _("Compiling %s...\n"), str_c(&name));
	}
	return compile_levels(all, file, recorded.len ? str_c(&recorded) : NULL, output, err);
}
