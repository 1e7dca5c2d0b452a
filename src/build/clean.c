#include "build/clean.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "build/json_event.h"
#include "build/mark.h"
#include "build/orphans.h"
#include "build/target.h"
#include "build/workspace.h"
#include "jobs/signals.h"

/* Forms that every context has. */
static const char *const standard_forms[] = {"executable", "delineated", "metrics"};

struct cleaning {
	const struct clean_options *options;
	struct reporter *reporter;
	struct str *plan;
	struct clean_result *result;
	struct graph graph; /* products and workspaces, no nodes */
	struct target *targets;
	size_t target_count;
};

static void cleaning_release(struct cleaning *cleaning)
{
	free(cleaning->targets);
	graph_release(&cleaning->graph);
}

static void report_problem(void *context, struct error *problem)
{
	const struct cleaning *cleaning = context;

	reporter_error(cleaning->reporter, problem);
	error_free(problem);
}

static void report_warning(void *context, struct error *warning)
{
	const struct cleaning *cleaning = context;

	reporter_warning(cleaning->reporter, warning);
	error_free(warning);
}

/* Add a path to the output of a dry run. */
static void plan_path(struct cleaning *cleaning, struct slice path)
{
	str_add_printable(cleaning->plan, path);
	str_addc(cleaning->plan, '\n');
}

static void report_removed(struct cleaning *cleaning, const struct workspace *workspace,
    struct slice project, struct slice factor, struct slice image)
{
	autostr struct str text = STR_INIT;
	struct json_writer json;

	cleaning->result->removed++;
	if (cleaning->reporter->json) {
		json_event_begin(&json, &text, "removed", project, factor, image);
		json_event_end(&json, &text);
		reporter_print(cleaning->reporter, str_slice(&text));
	} else if (cleaning->options->is_dry) {
		path_join(&text, workspace->product->path, image);
		plan_path(cleaning, str_slice(&text));
	}
}

/* Whether a factor path equals `above` or is below that. All paths are below the empty one. */
static bool is_below(struct slice path, struct slice above)
{
	return !above.len || (slice_starts(path, above) &&
				 (path.len == above.len || path.data[above.len] == '.'));
}

/* Compare paths, as the factor of a record may be gone. */
static bool target_covers(const struct target *target, const struct record *record)
{
	autostr struct str above = STR_INIT;

	if (target->project)
		return slice_equal(record->project, target->project->path) &&
		       is_below(record->factor, target->factor);
	str_add_slice(&above, target->directory);
	for (size_t i = 0; i < above.len; i++) {
		if (above.data[i] == '/')
			above.data[i] = '.';
	}
	return is_below(record->project, str_slice(&above));
}

static bool is_named(
    const struct cleaning *cleaning, const struct workspace *workspace, const struct record *record)
{
	for (size_t i = 0; i < cleaning->target_count; i++) {
		if (cleaning->targets[i].product == workspace->product &&
		    target_covers(&cleaning->targets[i], record))
			return true;
	}
	return false;
}

/* 1 if a place exists, 0 if not, -1 on an error. A place behind a link counts as missing, as it is
 * not ours. *ret_directory (may be NULL) is whether the place is a directory. */
static int exists(struct place place, bool *ret_directory, struct error **err)
{
	struct stat found;

	if (place_stat(place, &found) == 0) {
		if (ret_directory)
			*ret_directory = S_ISDIR(found.st_mode);
		return 1;
	}
	if (errno_is_absence(errno) || errno == ELOOP)
		return 0;
	return place_fail(place, errno, "examine", err);
}

static int remove_image(struct cleaning *cleaning, const struct workspace *workspace,
    const struct record *record, struct error **err)
{
	int is_there = exists(
	    place_below(workspace->fd, record->image.data, record->image.data), NULL, err);

	if (is_there < 0)
		return -1;
	if (interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	if (!cleaning->options->is_dry && orphan_remove(workspace, record, err) < 0)
		return -1;
	if (is_there)
		report_removed(cleaning, workspace, record->project, record->factor, record->image);
	return 0;
}

/* Remove the images that targets name; `ret_left` gets the entries of the others. */
static int remove_images(struct cleaning *cleaning, const struct workspace *workspace,
    struct build_state_item *ret_left, size_t *ret_count, struct error **err)
{
	const struct map *records = &workspace->state.by_image;

	*ret_count = 0;
	for (size_t i = 0; i < records->count; i++) {
		const struct map_entry *entry = &records->entries[i];
		autoarena struct arena arena = {0};
		const struct record *record = build_state_entry(&workspace->state, entry, &arena);

		if (!is_named(cleaning, workspace, record))
			ret_left[(*ret_count)++] = (struct build_state_item){
			    entry->key, NULL, entry};
		else if (remove_image(cleaning, workspace, record, err) < 0)
			return -1;
	}
	return 0;
}

/* Whether a directory looks like a form's tree of images: it holds only directories called
 * SYSTEM-ARCHITECTURE, and a mark. */
static enum walk_answer check_variant(
    void *context, const struct walk_entry *entry, struct error **err)
{
	bool *is_other = context;

	(void)err; /* cannot fail */
	if (!slice_is(entry->name, MARK_NAME) &&
	    (!S_ISDIR(entry->stat.st_mode) || !memchr(entry->name.data, '-', entry->name.len)))
		*is_other = true;
	return WALK_SKIP;
}

static enum walk_answer note_other(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	bool *is_other = context;

	(void)path;
	(void)err; /* the answer is then that it is no tree of images */
	error_free(problem);
	*is_other = true;
	return WALK_GO;
}

static int remove_tree(struct cleaning *cleaning, const struct workspace *workspace,
    struct slice form, bool is_checked, struct error **err)
{
	autostr struct str name = STR_INIT;
	autostr struct str path = STR_INIT;
	bool is_other = false;
	const struct walk_visitor visitor = {check_variant, note_other, &is_other};
	struct place place;
	int is_there;

	image_form_directory(&name, form);
	str_addf(&path, "%s/%s", workspace->product->path.data, str_c(&name));
	place = workspace_place(workspace, str_c(&path));
	is_there = exists(place, NULL, err);
	if (is_there <= 0)
		return is_there;
	if (is_checked && (tree_walk(place, &visitor, NULL) < 0 || is_other))
		return 0;
	if (!cleaning->options->is_dry && tree_remove(place, err) < 0)
		return -1;
	report_removed(cleaning, workspace, slice_of("", 0), slice_of("", 0), str_slice(&name));
	return 0;
}

static enum walk_answer collect_form(
    void *context, const struct walk_entry *entry, struct error **err)
{
	(void)err; /* cannot fail */
	fields_add(context, entry->name);
	return WALK_SKIP;
}

static enum walk_answer collect_directory(
    void *context, const struct walk_entry *entry, struct error **err)
{
	(void)err; /* cannot fail */
	if (S_ISDIR(entry->stat.st_mode))
		fields_add(context, entry->path);
	return WALK_GO;
}

/* Remove empty directories of a form, and those that become empty. Failed builds leave some, and so
 * do failed removals. */
static int remove_empty(const struct workspace *workspace, struct slice form, struct error **err)
{
	autofields struct fields directories = FIELDS_INIT;
	const struct walk_visitor visitor = {collect_directory, walk_pass_over, &directories};
	autostr struct str name = STR_INIT;
	autostr struct str path = STR_INIT;
	size_t len;
	bool is_directory = false;
	int is_there;

	image_form_directory(&name, form);
	if (workspace->was_killed)
		workspace_sweep(workspace, str_slice(&name));
	str_addf(&path, "%s/%s", workspace->product->path.data, str_c(&name));
	is_there = exists(workspace_place(workspace, str_c(&path)), &is_directory, err);
	if (is_there <= 0 || !is_directory)
		return is_there < 0 ? -1 : 0;
	if (tree_walk(workspace_place(workspace, str_c(&path)), &visitor, err) < 0)
		return -1;
	len = name.len;
	for (size_t i = directories.count; i-- > 0;) {
		str_truncate(&name, len);
		str_addf(&name, "/%s", fields_at(&directories, i).data);
		if (mark_remove_directory(workspace->fd, str_c(&name), err) < 0)
			return -1;
	}
	str_truncate(&name, len);
	return mark_remove_directory(workspace->fd, str_c(&name), err) < 0 ? -1 : 0;
}

/* Remove all images of a product. Other forms than the standard ones are known only from the names
 * of work directories, which anybody may have made: their trees are checked first. */
static int remove_trees(
    struct cleaning *cleaning, const struct workspace *workspace, struct error **err)
{
	autofree char *work = xasprintf("%s/work", workspace->directory);
	autofields struct fields forms = FIELDS_INIT;
	autoerror struct error *problem = NULL;
	const struct walk_visitor visitor = {collect_form, walk_pass_over, &forms};

	for (size_t i = 0; i < sizeof(standard_forms) / sizeof(*standard_forms); i++) {
		if (remove_tree(cleaning, workspace, slice_c(standard_forms[i]), false, err) < 0)
			return -1;
	}
	if (tree_walk(workspace_place(workspace, work), &visitor, &problem) < 0) {
		if (!errno_is_absence(problem->number))
			return fail_with(err, steal(&problem));
		return 0; /* no factor was built */
	}
	for (size_t i = 0; i < forms.count; i++) {
		if (remove_tree(cleaning, workspace, fields_at(&forms, i), true, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_whole(const struct cleaning *cleaning, const struct workspace *workspace)
{
	for (size_t i = 0; i < cleaning->target_count; i++) {
		if (cleaning->targets[i].product == workspace->product &&
		    target_is_product(&cleaning->targets[i]))
			return true;
	}
	return false;
}

/* Whether the build state can be used. One with paths out of the product is not ours. */
static bool is_state_usable(const struct workspace *workspace)
{
	for (size_t i = 0; i < workspace->state.by_image.count; i++) {
		autoarena struct arena arena = {0};
		const struct record *record = build_state_entry(
		    &workspace->state, &workspace->state.by_image.entries[i], &arena);

		if (!record || !record_is_confined(record))
			return false;
	}
	return !workspace->is_state_damaged;
}

static void warn_damaged(const struct cleaning *cleaning, const struct workspace *workspace)
{
	autofree char *path = xasprintf("%s/state", workspace->directory);
	autoerror struct error *warning = NULL;

	(void)fail_at(&warning, path, 0, 0, NULL,
	    "build state is damaged or from another version: %s",
	    cleaning->options->is_forced
		? "removing all built files"
		: "built files are kept; remove them with --force"); /* always -1 */
	reporter_warning(cleaning->reporter, warning);
}

static int remove_build_directory(
    struct cleaning *cleaning, const struct workspace *workspace, struct error **err)
{
	if (!cleaning->options->is_dry)
		return workspace_remove(workspace, err);
	if (!cleaning->reporter->json)
		plan_path(cleaning, slice_c(workspace->directory));
	return 0;
}

static int clean_whole(struct cleaning *cleaning, struct workspace *workspace, bool is_usable,
    struct build_state_item *items, struct error **err)
{
	size_t left;

	if (is_usable && remove_images(cleaning, workspace, items, &left, err) < 0)
		return -1;
	for (size_t i = 0;
	     !cleaning->options->is_dry && i < sizeof(standard_forms) / sizeof(*standard_forms);
	     i++) {
		if (remove_empty(workspace, slice_c(standard_forms[i]), err) < 0)
			return -1;
	}
	if (cleaning->options->is_forced && remove_trees(cleaning, workspace, err) < 0)
		return -1;
	return remove_build_directory(cleaning, workspace, err);
}

static int clean_part(struct cleaning *cleaning, struct workspace *workspace, bool is_usable,
    struct build_state_item *items, struct error **err)
{
	size_t left;

	if (!is_usable)
		return remove_build_directory(cleaning, workspace, err);
	if (remove_images(cleaning, workspace, items, &left, err) < 0)
		return -1;
	if (!cleaning->options->is_dry && left < workspace->state.by_image.count &&
	    workspace_write_state(workspace, items, left, err) < 0)
		return -1;
	/* The note of a killed build stays. */
	if (!cleaning->options->is_dry && !workspace->was_killed)
		workspace_clear_busy(workspace);
	return 0;
}

static int clean_workspace(
    struct cleaning *cleaning, struct workspace *workspace, struct error **err)
{
	autofree struct build_state_item *items = NULL;
	bool is_usable;
	int is_there;

	/* If nothing was built here, nothing is removed, also with --force. */
	is_there = exists(workspace_place(workspace, workspace->directory), NULL, err);
	if (is_there <= 0)
		return is_there;
	if (!cleaning->options->is_dry && workspace_lock(workspace, cleaning->reporter, err) < 0)
		return -1;
	if (workspace_read_state(workspace, cleaning->reporter, false, err) < 0)
		return -1;
	is_usable = is_state_usable(workspace);
	if (!is_usable)
		warn_damaged(cleaning, workspace);
	if (!cleaning->options->is_dry && workspace_mark_busy(workspace, err) < 0)
		return -1;
	items = xcalloc(workspace->state.by_image.count + 1, sizeof(*items));
	return (is_whole(cleaning, workspace) ? clean_whole : clean_part)(
	    cleaning, workspace, is_usable, items, err);
}

static int clean_products(struct cleaning *cleaning, struct error **err)
{
	const struct clean_options *options = cleaning->options;
	const struct target_search search = {&cleaning->graph.products, INDEX_MISSING};

	if (target_find_all(
		&search, options->targets, &cleaning->targets, &cleaning->target_count, err) < 0)
		return -1;
	for (size_t i = 0; i < cleaning->target_count; i++) {
		if (!graph_workspace(&cleaning->graph, cleaning->targets[i].product, err))
			return -1;
	}
	for (size_t i = 0; options->is_forced && i < cleaning->graph.workspace_count; i++) {
		if (!is_whole(cleaning, cleaning->graph.workspaces[i]))
			return fail(err, ERROR_USAGE,
			    "--force removes all built files of a product, but only a part of '%s' "
			    "is given: give the whole product",
			    cleaning->graph.workspaces[i]->product->path.data);
	}
	for (size_t i = 0; i < cleaning->graph.workspace_count; i++) {
		if (clean_workspace(cleaning, cleaning->graph.workspaces[i], err) < 0)
			return -1;
	}
	return 0;
}

static int find_cache(const struct clean_options *options, struct str *ret, struct error **err)
{
	autostr struct str warnings = STR_INIT;

	if (options->cache)
		str_adds(ret, options->cache);
	else if (!cache_default_directory(ret, &warnings))
		return fail(err, ERROR_USAGE, "no cache directory: set KILN_CACHE or HOME");
	return 0;
}

static int prune_cache(struct cleaning *cleaning, struct error **err)
{
	const struct clean_options *options = cleaning->options;
	autocache struct cache cache = {0};
	autostr struct str directory = STR_INIT;

	int is_there;

	if (find_cache(options, &directory, err) < 0)
		return -1;
	is_there = presence_of(str_c(&directory), NULL, err);
	if (is_there <= 0)
		return is_there;
	if (options->is_dry) {
		if (!cleaning->reporter->json)
			plan_path(cleaning, str_slice(&directory));
		return 0;
	}
	if (cache_open(&cache, str_c(&directory), options->cache_limit, err) < 0)
		return -1;
	return cache_prune(&cache, options->cache_limit, &cleaning->result->cache, err);
}

int clean(const struct clean_options *options, struct reporter *reporter, struct str *ret_plan,
    struct clean_result *ret, struct error **err)
{
	CLEANUP(cleaning_release)
	struct cleaning cleaning = {
	    .options = options, .reporter = reporter, .plan = ret_plan, .result = ret};
	const struct factor_listener listener = {report_problem, report_warning, &cleaning};

	*ret = (struct clean_result){0};
	products_init(&cleaning.graph.products, &listener);
	cleaning.graph.products.trusted = options->trusted;
	if (clean_products(&cleaning, err) < 0)
		return -1;
	return options->prunes_cache ? prune_cache(&cleaning, err) : 0;
}
