#include "run/sources.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/packing.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/plan.h"
#include "jobs/worker_pool.h"
#include "python/bytecode.h"
#include "python/identity.h"
#include "python/instrument.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "run/described.h"

/* The version of keys and entries of the cache. */
#define KEY_VERSION "kiln run 1"

/* What is made of a source. */
struct made {
	struct str code;
	struct str regions; /* if they are described */
};

struct compiling {
	const struct sources *sources;
	const struct sources_options *options;
	int root;
	struct str identity; /* of this program; empty: nothing is cached */
	struct str index;
};

static void warn(void *context, struct error *problem)
{
	reporter_warning(context, problem);
	error_free(problem);
}

/* Whether a path is in a directory of the interpreter that the root is not in itself. */
static bool is_others_own(const struct target *target, struct slice path, struct slice root)
{
	for (size_t i = 0; i < target->others_own.count; i++) {
		struct slice directory = fields_at(&target->others_own, i);

		if (path_below(path, directory, NULL) && !path_below(root, directory, NULL))
			return true;
	}
	return false;
}

/* Find the virtual environments of a plan. */
static void find_environments(const struct plan *plan, struct fields *ret)
{
	for (size_t i = 0; i < plan->count; i++) {
		struct slice path = plan->items[i]->path;

		if (slice_ends(path, SLICE_LITERAL("/pyvenv.cfg")))
			fields_add(ret, path_parent(path));
	}
}

static bool is_in_any(struct slice path, const struct fields *directories)
{
	for (size_t i = 0; i < directories->count; i++) {
		if (path_below(path, fields_at(directories, i), NULL))
			return true;
	}
	return false;
}

static void add_sources(const struct plan *plan, const struct sources_options *options,
    struct slice root, struct map *known, struct sources *ret)
{
	autofields struct fields environments = FIELDS_INIT;

	find_environments(plan, &environments);
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		struct slice path;

		if (item->kind != ITEM_PYTHON || strchr(item->path.data, '\n') ||
		    is_in_any(item->path, &environments))
			continue;
		path = slice_c(item->origin);
		if (path_below(path, slice_c(options->capture), NULL) ||
		    is_others_own(options->target, path, root) || map_get(known, path))
			continue;
		*map_at(known, path) = ret;
		fields_add(&ret->paths, path);
	}
}

/* Find the sources below one directory. The map borrows its keys from the plan. */
static int find_below(const char *directory, const struct sources_options *options,
    struct reporter *reporter, struct plan *plan, struct map *known, struct sources *ret,
    struct error **err)
{
	const struct plan_options scan = {.is_shipped = true, .external_links = true};
	const struct plan_listener listener = {warn, NULL, reporter, NULL};
	autostr struct str root = STR_INIT;
	struct stat stat_of;

	if (stat(directory, &stat_of) < 0)
		return fail_errno(err, errno, "cannot read '%s'", directory),
		       fail_as(err, ERROR_USAGE);
	if (!S_ISDIR(stat_of.st_mode))
		return fail(err, ERROR_USAGE, "'%s' is not a directory", directory);
	if (tree_resolve(directory, &root, err) < 0)
		return -1;
	if (strchr(str_c(&root), '\n'))
		return fail(err, ERROR_USAGE, "'%s' has a newline in its path", directory);
	if (plan_add_source(plan, str_c(&root), &scan, &listener, err) < 0)
		return -1;
	plan_finish(plan);
	fields_add(&ret->roots, str_slice(&root));
	add_sources(plan, options, str_slice(&root), known, ret);
	return 0;
}

int sources_find(const struct sources_options *options, struct reporter *reporter,
    struct sources *ret, struct error **err)
{
	automap struct map known = {0};
	autofree struct plan *plans = NULL;
	size_t count = 0;
	int result = 0;

	while (options->directories[count])
		count++;
	plans = xcalloc(count, sizeof(*plans));
	for (size_t i = 0; i < count && result == 0; i++)
		result = find_below(
		    options->directories[i], options, reporter, &plans[i], &known, ret, err);
	for (size_t i = 0; i < count; i++)
		plan_release(&plans[i]);
	return result;
}

static void made_release(struct made *made)
{
	str_release(&made->code);
	str_release(&made->regions);
}

/* Compile a source. ERROR_INPUT if it is none. */
static int compile_source(const char *path, struct slice bytes,
    const struct sources_options *options, struct made *ret, struct error **err)
{
	const struct tree_source source = {
	    .bytes = bytes,
	    .shown = path,
	    .recorded = path,
	    .is_laid_out = options->describes || options->features,
	};
	autonotes struct notes notes = {NULL, 0}; /* Python shows warnings when it compiles */
	autotree struct tree *tree = NULL;
	autocode struct code *code = NULL;
	struct hash hash;

	if (source_hash(bytes, NULL, path, &hash, err) < 0 ||
	    tree_parse(&source, &notes, &tree, err) < 0)
		return -1;
	if (options->describes && described_add(tree, path, &hash, &ret->regions, err) < 0)
		return -1;
	if (tree_instrument(tree, options->features, NULL, &hash, err) < 0 ||
	    tree_compile(tree, 0, &notes, &code, err) < 0)
		return -1;
	return code_marshal(code, &ret->code, err);
}

static int compute_key(const struct compiling *compiling, const char *path, struct slice bytes,
    struct hash *ret, struct error **err)
{
	autostr struct str text = STR_INIT;

	str_add_part(&text, SLICE_LITERAL(KEY_VERSION));
	str_add_part(&text, str_slice(&compiling->identity));
	str_add_part(&text, slice_c(path));
	str_addf(&text, "%u;%d;", compiling->options->features, compiling->options->describes);
	str_add_part(&text, bytes);
	return hash_compute(HASH_BLAKE2B, str_slice(&text), ret, err);
}

/* Read an entry of the cache. False if it is none. */
static bool unpack(struct slice bytes, struct made *ret)
{
	struct unpacker entry = unpacker_of(bytes);
	struct slice code = unpack_string(&entry), regions = unpack_string(&entry);

	if (entry.is_bad || entry.at != entry.end)
		return false;
	str_add_slice(&ret->code, code);
	str_add_slice(&ret->regions, regions);
	return true;
}

/* Compile a source, or take what is made of it from the cache. */
static int make(const struct compiling *compiling, const char *path, struct slice bytes,
    struct made *ret, struct error **err)
{
	struct cache *cache = compiling->options->cache;
	autostr struct str entry = STR_INIT;
	struct hash key, content;
	bool is_found = false;

	if (!cache->is_open || !compiling->identity.len)
		return compile_source(path, bytes, compiling->options, ret, err);
	if (compute_key(compiling, path, bytes, &key, err) < 0 ||
	    cache_get_bytes(cache, &key, &entry, &is_found, NULL, NULL, err) < 0)
		return -1;
	if (is_found && unpack(str_slice(&entry), ret))
		return 0;
	if (compile_source(path, bytes, compiling->options, ret, err) < 0)
		return -1;
	str_truncate(&entry, 0);
	pack_string(&entry, str_slice(&ret->code));
	pack_string(&entry, str_slice(&ret->regions));
	/* An entry that could not be read is replaced. */
	return cache_put_bytes(cache, &key, str_slice(&entry), false, true, &content, err);
}

static int put(const struct compiling *compiling, const char *directory, size_t number,
    const struct str *text, struct error **err)
{
	autofree char *name = xasprintf("%s/%zu", directory, number);

	return file_replace(
	    place_below(compiling->root, name, name), str_slice(text), 0644, FILE_OVER, err);
}

/* In a worker: write what is made of a source, and report its line of the index. */
static int work(void *context, size_t task, struct str *report, struct error **err)
{
	const struct compiling *compiling = context;
	const char *path = fields_at(&compiling->sources->paths, task).data;
	CLEANUP(made_release) struct made made = {STR_INIT, STR_INIT};
	autostr struct str bytes = STR_INIT;
	autoerror struct error *error = NULL;
	struct stat stat;

	if (file_read(path, FILE_READ_LIMIT, &bytes, &stat, &error) < 0 ||
	    make(compiling, path, str_slice(&bytes), &made, &error) < 0) {
		/* The interpreter says it of a source that it needs. */
		return error->kind == ERROR_INPUT ? 0 : fail_with(err, steal(&error));
	}
	if (put(compiling, "code", task, &made.code, err) < 0 ||
	    (compiling->options->describes &&
		put(compiling, "regions", task, &made.regions, err) < 0))
		return -1;
	str_addf(report, "%zu %jd %jd%09ld %s\n", task, (intmax_t)stat.st_size,
	    (intmax_t)stat.st_mtim.tv_sec, stat.st_mtim.tv_nsec, path);
	return 0;
}

static void finish(void *context)
{
	(void)cache_update_total(
	    ((struct compiling *)context)->options->cache); /* prunes nothing */
}

static void receive(void *context, size_t task, struct slice report)
{
	(void)task;
	str_add_slice(&((struct compiling *)context)->index, report);
}

static void lose(void *context, size_t task, int status)
{
	/* Its source has no code, as one that cannot be compiled. */
	(void)context;
	(void)task;
	(void)status;
}

static int compile_all(struct compiling *compiling, struct reporter *reporter, struct error **err)
{
	const struct worker_pool pool = {
	    .tasks = compiling->sources->paths.count,
	    .workers = compiling->options->workers,
	    .context = compiling,
	    .work = work,
	    .finish = finish,
	    .report = receive,
	    .lost = lose,
	    .reporter = reporter,
	};
	struct worker_pool_usage usage;

	if (compiling->sources->paths.count &&
	    (interpreter_need(err) < 0 || worker_pool_run(&pool, &usage, err) < 0))
		return -1;
	return file_replace(place_below(compiling->root, "index", "index"),
	    str_slice(&compiling->index), 0644, FILE_OVER, err);
}

/* Identify this program. What has no build id cannot be told from another program. */
static void identify(struct str *ret)
{
	if (identity_add(ret, NULL) < 0)
		str_truncate(ret, 0);
}

int sources_compile(const struct sources *sources, const struct sources_options *options, int root,
    struct reporter *reporter, struct error **err)
{
	struct compiling compiling = {.sources = sources, .options = options, .root = root};
	int result;

	identify(&compiling.identity);
	result = compile_all(&compiling, reporter, err);
	str_release(&compiling.identity);
	str_release(&compiling.index);
	return result;
}

int sources_compile_own(const struct sources_options *options, const char *name, const char *text,
    struct place target, struct error **err)
{
	const struct sources_options plain = {.cache = options->cache};
	const struct pyc_source source = {.siphash = source_siphash(slice_c(text))};
	struct compiling compiling = {.options = &plain};
	CLEANUP(made_release) struct made made = {STR_INIT, STR_INIT};
	autofree char *path = xasprintf("<kiln>/%s.py", name);
	autostr struct str result = STR_INIT;
	int failed;

	if (interpreter_need(err) < 0)
		return -1;
	identify(&compiling.identity);
	failed = make(&compiling, path, slice_c(text), &made, err);
	str_release(&compiling.identity);
	if (failed < 0)
		return -1;
	pyc_add_header(&result, CHECK_UNCHECKED_HASH, &source);
	str_add_slice(&result, str_slice(&made.code));
	return file_replace(target, str_slice(&result), 0644, FILE_OVER, err);
}

void sources_release(struct sources *sources)
{
	fields_release(&sources->roots);
	fields_release(&sources->paths);
}
