#include "ship/compile_item.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/spawn.h"
#include "delineation/describe.h"
#include "image/directory.h"
#include "python/interpreter.h"
#include "python/make.h"
#include "python/source.h"

void compile_add_path(struct str *ret, enum layout layout, struct slice source, int level)
{
	if (layout == LAYOUT_SOURCE) {
		pyc_add_path(ret, source, level);
		return;
	}
	str_add_slice(ret, source);
	str_addc(ret, 'c');
}

static bool map_path(struct str *ret, const struct prefix_map *map, const struct item *item)
{
	struct slice rest = item->path;

	if (map->from.len && !path_below(slice_c(item->origin), map->from, &rest))
		return false;
	if (rest.len)
		path_join(ret, map->to, rest);
	else
		str_add_slice(ret, map->to);
	return true;
}

void compile_add_recorded(
    struct str *ret, const struct compile_options *options, const struct item *item)
{
	for (size_t i = options->map_count; i > 0; i--) {
		if (map_path(ret, &options->maps[i - 1], item))
			return;
	}
	str_add_slice(ret, item->path);
}

/* Whether a word is a Python identifier. The interpreter is asked only for words beyond ASCII. */
static bool is_identifier(struct slice word)
{
	if (!word.len || isdigit((unsigned char)word.data[0]))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		unsigned char c = (unsigned char)word.data[i];

		if (c >= 0x80)
			return source_is_identifier(word);
		if (!isalnum(c) && c != '_')
			return false;
	}
	return true;
}

bool compile_add_factor(struct str *ret, struct slice source)
{
	size_t begin = ret->len;
	struct slice part;

	if (slice_ends(source, SLICE_LITERAL(".py")))
		source.len -= 3;
	while (slice_next(&source, '/', &part)) {
		if (!is_identifier(part)) {
			str_truncate(ret, begin);
			return false;
		}
		if (ret->len > begin)
			str_addc(ret, '.');
		str_add_slice(ret, part);
	}
	return true;
}

/* The work on one source. */
struct job {
	int root;
	const struct item *item;
	const struct compile_options *options;
	struct slice bytes;
	struct pyc_source source;
	struct str recorded;
	struct str result; /* bytecode of one level */
};

static void job_release(struct job *job)
{
	str_release(&job->recorded);
	str_release(&job->result);
}

/* Append the bytecode that CPython itself writes. A new process of this program runs CPython for
 * that. */
static int add_reference(struct job *job, int level, struct error **err)
{
	autofree char *number = xasprintf("%d", level);
	autofree char *digits = xasprintf("%d", interpreter_digits());
	const char *arguments[] = {"kiln", "cpython-bytecode", number, str_c(&job->recorded),
	    job->options->scratch, digits, NULL};
	struct spawn spawn = {.program = spawn_self(), .arguments = arguments};
	autostr struct str output = STR_INIT;
	autostr struct str messages = STR_INIT;
	struct spawn_result result;

	if (spawn_run(&spawn, job->bytes, FILE_READ_LIMIT, &output, &messages, &result, err) < 0)
		return -1;
	if (result.status != 0) {
		autostr struct str how = STR_INIT;
		struct slice rest = str_slice(&messages), first;

		spawn_describe(result.status, &how);
		(void)slice_next(
		    &rest, '\n', &first); /* there is always a first line, maybe empty */
		return fail_at(err, job->item->origin, 0, 0, NULL,
		    "py_compile of CPython failed (%s): %.*s", str_c(&how), (int)first.len,
		    first.data);
	}
	str_add_slice(&job->result, str_slice(&output));
	return 0;
}

/* Fail because a file could not be put into the bundle; takes the error over. A problem with the
 * name is the source's fault (ERROR_INPUT): the name is too long, or exists already where the file
 * system of the output distinguishes fewer names than that of the source. */
static int fail_put(const struct job *job, struct error *problem, struct error **err)
{
	autoerror struct error *error = problem;

	switch (error->number) {
	case ENAMETOOLONG:
	case EEXIST:
	case EISDIR:
	case ENOTDIR:
		return fail_at(err, job->item->origin, 0, 0, NULL, "%s", error->message);
	default:
		return fail_with(err, steal(&error));
	}
}

/* Make the directory of a file, unless another worker has made it. */
static int make_parent(const struct job *job, struct slice path, struct error **err)
{
	struct slice parent = path_parent(path);
	autofree char *directory = xmemdup0(parent.data, parent.len);
	mode_t mask = umask(
	    0); /* so that the directory has its mode at once: other workers may use it */
	int failed = mkdirat(job->root, directory, 0755), number = errno;

	(void)umask(mask);
	if (failed && number != EEXIST)
		return fail_errno(err, number, "cannot create '%s' in the image", directory);
	/* The directory may have inherited a set-group-ID bit. */
	if (!failed && fchmodat(job->root, directory, 0755, 0) < 0)
		return fail_errno(err, errno, "cannot set the mode of '%s'", directory);
	return 0;
}

static int put_result(const struct job *job, const char *path, struct error **err)
{
	return bundle_put(job->root, path, str_slice(&job->result), false, job->options->time, err);
}

static int put_level(const struct job *job, int level, struct error **err)
{
	autoerror struct error *error = NULL;
	autostr struct str path = STR_INIT;

	compile_add_path(&path, job->options->layout, job->item->path, level);
	if (put_result(job, str_c(&path), &error) == 0)
		return 0;
	/* The first file in its __pycache__: make the directory. */
	if (error->number == ENOENT && make_parent(job, str_slice(&path), &error) == 0 &&
	    put_result(job, str_c(&path), &error) == 0)
		return 0;
	return fail_put(job, steal(&error), err);
}

static int make_level(
    struct job *job, struct tree *tree, int level, struct notes *notes, struct error **err)
{
	autocode struct code *code = NULL;

	if (tree_compile(tree, level, notes, &code, err) < 0)
		return -1;
	str_truncate(&job->result, 0);
	pyc_add_header(&job->result, job->options->check, &job->source);
	if (job->options->cpython) {
		if (add_reference(job, level, err) < 0)
			return -1;
	} else if (code_marshal(code, &job->result, err) < 0) {
		return -1;
	}
	return put_level(job, level, err);
}

/* Compiling consumes the tree, so each level but the last is compiled from a copy. */
static int make_levels(struct job *job, struct tree *tree, struct notes *notes, struct error **err)
{
	int last = COMPILE_LEVELS - 1;

	while (last > 0 && !job->options->levels[last])
		last--;
	for (int level = 0; level < last; level++) {
		autotree struct tree *copy = NULL;

		if (!job->options->levels[level])
			continue;
		if (tree_copy(tree, &copy, err) < 0 || make_level(job, copy, level, notes, err) < 0)
			return -1;
	}
	return make_level(job, tree, last, notes, err);
}

static int inject(struct job *job, struct tree *tree, struct error **err)
{
	autostr struct str factor = STR_INIT;
	bool has_factor = compile_add_factor(&factor, job->item->path);
	struct hash hash;

	if (source_hash(job->bytes, NULL, job->item->origin, &hash, err) < 0)
		return -1;
	return tree_inject_identity(tree, has_factor ? str_c(&factor) : NULL, &hash, err);
}

/* Describe the tree as it was parsed, before anything is injected. */
static int put_description(const struct job *job, const struct tree *tree, struct error **err)
{
	const struct delineate_options options = {.recorded = job->item->origin};
	autodelineation struct delineation delineation = {.text = {"", 0}};

	if (!job->options->descriptions)
		return 0;
	if (delineate_tree(tree, &options, &delineation, err) < 0)
		return -1;
	return descriptions_put(job->options->descriptions, job->item->path.data, job->item->origin,
	    str_c(&job->recorded), &delineation, err);
}

static int make_bytecode(struct job *job, struct notes *notes, struct error **err)
{
	struct tree_source source = {
	    .bytes = job->bytes,
	    .shown = job->item->origin,
	    .recorded = str_c(&job->recorded),
	};
	autotree struct tree *tree = NULL;

	if (tree_parse(&source, notes, &tree, err) < 0 || put_description(job, tree, err) < 0)
		return -1;
	if (job->options->constants && inject(job, tree, err) < 0)
		return -1;
	return make_levels(job, tree, notes, err);
}

static int put_source(const struct job *job, struct error **err)
{
	const struct item *item = job->item;
	int64_t time = job->options->time;
	struct error *error = NULL;
	int result;

	if (job->options->layout != LAYOUT_SOURCE)
		return 0;
	if (item->target)
		result = bundle_link(job->root, item->path.data, item->target, time, &error);
	else
		result = bundle_put(
		    job->root, item->path.data, job->bytes, item->executable, time, &error);
	return result < 0 ? fail_put(job, error, err) : 0;
}

int compile_describe(const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	autostr struct str recorded = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	autodescribed struct described described = {.tree = NULL};
	int result;

	compile_add_recorded(&recorded, options, item);
	result = described_read(item->origin, &(struct delineate_options){NULL, item->origin, NULL},
	    &notes, &described, err);
	if (result == 0)
		result = descriptions_put(options->descriptions, item->path.data, item->origin,
		    str_c(&recorded), &described.delineation, err);
	reporter_render_notes(options->reporter, &notes, report);
	return result;
}

int compile_item(int root, const struct item *item, const struct compile_options *options,
    struct str *report, struct error **err)
{
	CLEANUP(job_release) struct job job = {.root = root, .item = item, .options = options};
	autostr struct str bytes = STR_INIT;
	autonotes struct notes notes = {NULL, 0};
	int result;

	if (file_read(item->origin, FILE_READ_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	job.bytes = str_slice(&bytes);
	job.source = (struct pyc_source){
	    .mtime = options->time,
	    .size = job.bytes.len,
	    .siphash = options->check == CHECK_TIME ? 0 : source_siphash(job.bytes),
	};
	compile_add_recorded(&job.recorded, options, item);
	if (put_source(&job, err) < 0)
		return -1;
	result = make_bytecode(&job, &notes, err);
	reporter_render_notes(options->reporter, &notes, report);
	return result;
}
