#include "ship/compile_bytecode.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/spawn.h"
#include "image/directory.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "python/make.h"
#include "python/source.h"

int compile_lowest_level(const struct compile_options *options)
{
	int level = 0;

	while (level + 1 < COMPILE_LEVELS && !options->levels[level])
		level++;
	return options->levels[level] ? level : 0;
}

void compile_add_path(
    struct str *ret, enum layout layout, struct slice source, const char *tag, int level)
{
	if (layout == LAYOUT_SOURCE) {
		pyc_add_path(ret, source, tag, level);
		return;
	}
	str_add_slice(ret, source);
	str_addc(ret, 'c');
}

bool compile_add_factor(struct str *ret, struct slice source)
{
	size_t begin = ret->len;
	struct slice part;

	if (slice_ends(source, SLICE_LITERAL(".py")))
		source.len -= 3;
	while (slice_next(&source, '/', &part)) {
		if (!source_is_identifier(part)) {
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
	const char *recorded;
	struct str result; /* bytecode of one level */
};

static void job_release(struct job *job)
{
	str_release(&job->result);
}

/* Append the bytecode that CPython itself writes. A new process of this program runs CPython for
 * that. */
static int add_reference(struct job *job, int level, struct error **err)
{
	autofree char *number = xasprintf("%d", level);
	autofree char *digits = xasprintf("%d", interpreter_digits());
	const char *arguments[] = {
	    "kiln", "cpython-bytecode", number, job->recorded, job->options->scratch, digits, NULL};
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

int compile_fail_put(const struct item *item, struct error *problem, struct error **err)
{
	autoerror struct error *error = problem;

	switch (error->number) {
	case ENAMETOOLONG:
	case EEXIST:
	case EISDIR:
	case ENOTDIR:
		return fail_at(err, item->origin, 0, 0, NULL, "%s", error->message);
	default:
		return fail_with(err, steal(&error));
	}
}

/* Make the directory of a file, unless another worker has made it. */
static int make_parent(int root, struct slice path, struct error **err)
{
	struct slice parent = path_parent(path);
	autofree char *directory = xmemdup0(parent.data, parent.len);
	mode_t mask = umask(
	    0); /* so that the directory has its mode at once: other workers may use it */
	int failed = mkdirat(root, directory, 0755), number = errno;

	(void)umask(mask);
	if (failed && number != EEXIST)
		return fail_errno(err, number, "cannot create '%s' in the image", directory);
	/* The directory may have inherited a set-group-ID bit. */
	if (!failed && fchmodat(root, directory, 0755, 0) < 0)
		return fail_errno(err, errno, "cannot set the mode of '%s'", directory);
	return 0;
}

int compile_put(int root, const struct item *item, const struct compile_options *options,
    const char *tag, int level, struct slice bytes, struct error **err)
{
	autoerror struct error *error = NULL;
	autostr struct str path = STR_INIT;

	compile_add_path(&path, options->layout, item->path, tag, level);
	if (bundle_put(root, str_c(&path), bytes, false, options->time, &error) == 0)
		return 0;
	/* The first file in its __pycache__: make the directory. */
	if (error->number == ENOENT && make_parent(root, str_slice(&path), &error) == 0 &&
	    bundle_put(root, str_c(&path), bytes, false, options->time, &error) == 0)
		return 0;
	return compile_fail_put(item, steal(&error), err);
}

/* Make the bytecode of a level. */
static int make_level(
    struct job *job, struct tree *tree, int level, struct notes *notes, struct error **err)
{
	autocode struct code *code = NULL;

	if (tree_compile(tree, level, notes, &code, err) < 0)
		return -1;
	str_truncate(&job->result, 0);
	pyc_add_header(&job->result, job->options->check, &job->source);
	return job->options->cpython ? add_reference(job, level, err)
				     : code_marshal(code, &job->result, err);
}

static int make_levels(struct job *job, struct tree *tree, struct notes *notes, struct error **err)
{
	const struct compile_options *options = job->options;
	int made = -1, last = COMPILE_LEVELS - 1;

	while (last > 0 && !options->levels[last])
		last--;
	if (compile_lowest_level(options) < last && tree_keep(tree, err) < 0)
		return -1;
	for (int level = compile_lowest_level(options); level <= last; level++) {
		if (!options->levels[level] && level < last)
			continue;
		/* CPython's own bytes depend on more than the source. */
		if ((made < 0 || options->cpython || !tree_is_alike(tree, made, level)) &&
		    make_level(job, tree, level, notes, err) < 0)
			return -1;
		if (compile_put(job->root, job->item, options, interpreter_cache_tag(), level,
			str_slice(&job->result), err) < 0)
			return -1;
		made = level;
	}
	return 0;
}

/* Instrument the tree, and define constants, as asked for. */
static int complete(struct job *job, struct tree *tree, struct error **err)
{
	const struct compile_options *options = job->options;
	autostr struct str factor = STR_INIT;
	bool has_factor = compile_add_factor(&factor, job->item->path);
	struct hash hash;

	if (!options->constants && !options->instrumentation)
		return 0;
	if (source_hash(job->bytes, NULL, job->item->origin, &hash, err) < 0 ||
	    tree_instrument(tree, options->instrumentation, NULL, &hash, err) < 0)
		return -1;
	if (!options->constants)
		return 0;
	return tree_inject_identity(tree, has_factor ? str_c(&factor) : NULL, &hash, err);
}

/* Describe the tree as it was parsed, before anything is injected. */
static int put_description(const struct job *job, struct tree *tree, struct error **err)
{
	const struct delineate_options options = {.recorded = job->item->origin, .regions = true};
	autodelineation struct delineation delineation = {.text = {"", 0}};

	if (!job->options->descriptions)
		return 0;
	if (delineate_tree(tree, &options, &delineation, err) < 0)
		return -1;
	return descriptions_put(job->options->descriptions, job->item->path.data, job->item->origin,
	    job->recorded, &delineation, err);
}

static int make_bytecode(struct job *job, struct notes *notes, struct error **err)
{
	struct tree_source source = {
	    .bytes = job->bytes,
	    .shown = item_shown(job->item),
	    .recorded = job->recorded,
	    .is_laid_out = job->options->descriptions || job->options->instrumentation,
	};
	autotree struct tree *tree = NULL;

	if (tree_parse(&source, notes, &tree, err) < 0 || put_description(job, tree, err) < 0)
		return -1;
	if (complete(job, tree, err) < 0)
		return -1;
	return make_levels(job, tree, notes, err);
}

int compile_bytecode(int root, const struct item *item, const char *recorded, struct slice bytes,
    const struct compile_options *options, struct notes *notes, struct error **err)
{
	CLEANUP(job_release)
	struct job job = {
	    .root = root,
	    .item = item,
	    .options = options,
	    .bytes = bytes,
	    .recorded = recorded,
	    .source =
		{
		    .mtime = options->time,
		    .size = bytes.len,
		    .siphash = options->check == CHECK_TIME ? 0 : source_siphash(bytes),
		},
	};

	return interpreter_need(err) < 0 ? -1 : make_bytecode(&job, notes, err);
}
