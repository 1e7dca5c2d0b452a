#include "image/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/content.h"
#include "base/locale.h"
#include "base/path.h"
#include "base/tree.h"
#include "image/glob.h"
#include "image/leave_out.h"
#include "image/link.h"

/* The scan of one SOURCE. */
struct scan {
	struct plan *plan;
	const struct plan_options *options;
	const struct plan_listener *listener;
	struct leave_out rules;
	const char *root;	  /* the SOURCE's path */
	const char *shown;	  /* what messages call it, if that is not its path; or NULL */
	const char *owner;	  /* of the items; or NULL */
	const char *in_lists;	  /* the path of the root, for .gitignore; or NULL */
	const struct map *chosen; /* see struct plan_source */
	struct slice place;	  /* empty: the root */
	struct str path;	  /* path, in the image, of the entry that is visited */
	struct error *refusal;	  /* ends the scan */
};

static bool is_python(const struct scan *scan, struct slice path)
{
	return !scan->options->is_chosen && slice_ends(path, SLICE_LITERAL(".py"));
}

/* What messages call the path of an entry; NULL for the path itself. */
static char *show(const struct scan *scan, const char *origin)
{
	struct slice rest;

	if (scan->shown && strcmp(origin, scan->root) == 0)
		return arena_strdup(&scan->plan->arena, scan->shown);
	if (!scan->shown || !path_below(slice_c(origin), slice_c(scan->root), &rest))
		return NULL;
	return arena_printf(&scan->plan->arena, "%s: %.*s", scan->shown, (int)rest.len, rest.data);
}

/* Report a problem of one entry; the scan goes on. */
static void report(struct scan *scan, struct error *problem)
{
	const char *shown = problem->path ? show(scan, problem->path) : NULL;

	if (shown) {
		free(problem->path);
		problem->path = xstrdup(shown);
	}
	if (!error_is_local(problem)) {
		(void)fail_with(&scan->refusal, problem); /* always -1 */
		return;
	}
	scan->plan->problems++;
	scan->listener->problem(scan->listener->context, problem);
}

static void leave_out(const struct scan *scan, const char *origin, const char *reason)
{
	const char *shown = show(scan, origin);

	if (scan->listener->left_out)
		scan->listener->left_out(scan->listener->context, shown ? shown : origin, reason);
}

/* The name of an item's origin, for a message about another item. */
static const char *origin_of(const struct item *item)
{
	return item->origin ? item_shown(item) : "an entry of the image itself";
}

/* Whether two entries for one path are equal. */
static int compare(const struct item *a, const struct item *b, bool *ret, struct error **err)
{
	*ret = false;
	if (a->kind == ITEM_DIRECTORY || b->kind == ITEM_DIRECTORY) {
		*ret = a->kind == b->kind;
		return 0;
	}
	if (a->target || b->target) {
		*ret = a->target && b->target && strcmp(a->target, b->target) == 0;
		return 0;
	}
	if (!a->origin || !b->origin || a->executable != b->executable || a->size != b->size)
		return 0;
	return content_equal(a->origin, b->origin, ret, err);
}

/* Handle an entry for a path that has an item. False if the new entry is dropped. */
static bool meet(struct scan *scan, struct item *item, const struct item *new)
{
	struct error *problem = NULL;
	bool same;

	if (compare(item, new, &same, &problem) < 0) {
		report(scan, problem);
		return false;
	}
	if (!same) {
		fail_at(&problem, new->origin, 0, 0, NULL,
		    "'%.*s' in the image is already taken by '%s', which is different",
		    (int)new->path.len, new->path.data, origin_of(item));
		report(scan, problem);
		return false;
	}
	/* The links are equal, but only the later one's leads to an existing source. */
	if (item->kind == ITEM_LINK && new->kind == ITEM_PYTHON) {
		struct slice path = item->path;

		*item = *new;
		item->path = path;
	}
	return true;
}

/* Make an entry an item. The item takes over the entry's strings, except the path. False if the
 * entry was refused. */
static bool enter(struct scan *scan, const struct item *new)
{
	struct item *item = map_get(&scan->plan->by_path, new->path);
	struct slice path;

	if (item)
		return meet(scan, item, new);
	item = plan_add(scan->plan, new->kind, new->path);
	path = item->path;
	*item = *new;
	item->path = path;
	return true;
}

/* A link stays a link. A link to a source is a source as well. */
static int describe_link(
    struct scan *scan, const struct walk_entry *entry, struct item *item, struct error **err)
{
	autostr struct str end_path = STR_INIT;
	struct stat end_stat;
	enum link_end end;

	item->kind = ITEM_LINK;
	item->target = arena_strdup(&scan->plan->arena, entry->target);
	end = link_resolve(scan->root, entry->path, slice_c(entry->target), &end_path, &end_stat);
	if (end == LINK_UNSEEN)
		return fail_input(
		    err, errno, item->origin, "cannot examine the target of the link");
	if (end == LINK_OUTSIDE && !scan->options->external_links)
		return fail_at(err, item->origin, 0, 0, NULL,
		    "link leads out of '%s': '%s'; leave it out by --exclude '/%s'",
		    scan->shown ? scan->shown : scan->root, entry->target,
		    glob_escape(&scan->plan->arena, item->path.data));
	if (!is_python(scan, entry->name))
		return 0;
	if (end == LINK_ENDLESS) {
		struct error *problem = NULL;

		fail_input(&problem, ELOOP, item->origin, "cannot follow the link");
		report(scan, problem);
	}
	if (end == LINK_REGULAR && is_python(scan, str_slice(&end_path))) {
		item->kind = ITEM_PYTHON;
		item->executable = end_stat.st_mode & S_IXUSR;
		item->size = (uint64_t)end_stat.st_size;
	}
	return 0;
}

static void describe_file(const struct scan *scan, const struct stat *stat, struct item *item)
{
	item->kind = is_python(scan, item->path) ? ITEM_PYTHON : ITEM_FILE;
	item->executable = stat->st_mode & S_IXUSR;
	item->size = (uint64_t)stat->st_size;
}

/* The item that an entry becomes. */
static int describe(
    struct scan *scan, const struct walk_entry *entry, struct item *item, struct error **err)
{
	if (item->path.len >= PATH_MAX || strlen(item->origin) >= PATH_MAX)
		return fail_input(err, ENAMETOOLONG, item->origin, "cannot be part of an image");
	if (S_ISLNK(entry->stat.st_mode))
		return describe_link(scan, entry, item, err);
	if (S_ISREG(entry->stat.st_mode))
		describe_file(scan, &entry->stat, item);
	else if (S_ISDIR(entry->stat.st_mode))
		item->kind = ITEM_DIRECTORY;
	else
		return fail_at(err, item->origin, 0, 0, NULL,
		    "cannot be part of an image: not a file, directory or link");
	return 0;
}

/* The entry's path for .gitignore. */
static struct slice find_below(
    const struct scan *scan, const struct walk_entry *entry, struct str *buffer)
{
	path_join(buffer, slice_c(scan->in_lists ? scan->in_lists : ""), entry->path);
	return str_slice(buffer);
}

/* Whether the entry is taken: WALK_GO, or else what the walk does about it. */
static enum walk_answer pass_rules(
    struct scan *scan, const struct walk_entry *entry, const char *origin, bool *ret_taken)
{
	autostr struct str below = STR_INIT;
	const struct leave_out_entry asked = {
	    entry, origin, str_slice(&scan->path), find_below(scan, entry, &below)};
	struct error *problem = NULL;
	const char *reason;
	bool descends;

	*ret_taken = false;
	if (scan->chosen && !map_find(scan->chosen, str_slice(&below)))
		return WALK_SKIP;
	if (leave_out_why(&scan->rules, &asked, &reason, &descends, &problem) < 0) {
		report(scan, problem);
		return WALK_SKIP;
	}
	*ret_taken = !reason;
	if (!reason || descends)
		return WALK_GO;
	leave_out(scan, origin, reason);
	return WALK_SKIP;
}

static enum walk_answer visit_entry(struct scan *scan, const struct walk_entry *entry)
{
	autostr struct str origin = STR_INIT;
	struct error *problem = NULL;
	struct item item = {0};
	enum walk_answer answer;
	bool is_taken;

	str_truncate(&scan->path, 0);
	path_join(&scan->path, scan->place, entry->path);
	path_join(&origin, slice_c(scan->root), entry->path);
	answer = pass_rules(scan, entry, str_c(&origin), &is_taken);
	if (!is_taken)
		return answer;
	item.path = str_slice(&scan->path);
	item.origin = arena_copy(&scan->plan->arena, str_slice(&origin));
	item.shown = show(scan, item.origin);
	item.owner = scan->owner;
	if (describe(scan, entry, &item, &problem) < 0) {
		report(scan, problem);
		return WALK_SKIP;
	}
	return enter(scan, &item) ? WALK_GO : WALK_SKIP;
}

/* Go on, unless the system has refused something. */
static enum walk_answer go_on(struct scan *scan, enum walk_answer answer, struct error **err)
{
	if (!scan->refusal)
		return answer;
	(void)fail_with(err, steal(&scan->refusal)); /* always -1 */
	return WALK_STOP;
}

static enum walk_answer visit(void *context, const struct walk_entry *entry, struct error **err)
{
	return go_on(context, visit_entry(context, entry), err);
}

static enum walk_answer trouble(
    void *context, struct slice path, struct error *problem, struct error **err)
{
	(void)path; /* the problem names it */
	report(context, problem);
	return go_on(context, WALK_GO, err);
}

/* Add `path` and the paths above it as directories, on behalf of the SOURCE. False if one is
 * refused. */
static bool enter_directories(struct scan *scan, struct slice path)
{
	for (size_t len = 1; len <= path.len; len++) {
		struct item item = {.kind = ITEM_DIRECTORY, .path = slice_of(path.data, len)};

		if (len < path.len && path.data[len] != '/')
			continue;
		item.origin = arena_strdup(&scan->plan->arena, scan->root);
		item.shown = show(scan, scan->root);
		if (!enter(scan, &item))
			return false;
	}
	return true;
}

/* Whether a file that is a part of a directory with lists is taken. */
static bool passes_lists(struct scan *scan, const struct stat *stat)
{
	const struct walk_entry entry = {
	    .path = scan->place, .name = path_name(scan->place), .stat = *stat, .directory = -1};
	const struct leave_out_entry asked = {
	    &entry, scan->root, scan->place, slice_c(scan->in_lists)};
	struct error *problem = NULL;
	const char *reason;
	bool descends;

	if (leave_out_why(&scan->rules, &asked, &reason, &descends, &problem) < 0) {
		report(scan, problem);
		return false;
	}
	if (reason)
		leave_out(scan, scan->root, reason);
	return !reason;
}

static int scan_file(struct scan *scan, const struct stat *stat)
{
	struct item item = {.path = scan->place};
	struct slice parent = path_parent(scan->place);

	if (leave_out_source(&scan->rules, scan->place)) {
		leave_out(scan, scan->root, "excluded");
		return 0;
	}
	if (scan->in_lists && !passes_lists(scan, stat))
		return 0;
	if (!slice_is(parent, ".") && !enter_directories(scan, parent))
		return 0;
	item.origin = arena_strdup(&scan->plan->arena, scan->root);
	item.shown = show(scan, scan->root);
	item.owner = scan->owner;
	describe_file(scan, stat, &item);
	(void)enter(scan, &item); /* the refusal was reported */
	return 0;
}

static int scan_directory(struct scan *scan, struct error **err)
{
	const struct walk_visitor visitor = {visit, trouble, scan};

	if (leave_out_source(&scan->rules, scan->place)) {
		leave_out(scan, scan->root, "excluded");
		return 0;
	}
	if (!enter_directories(scan, scan->place))
		return 0;
	return tree_walk(place_at(scan->root), &visitor, err);
}

/* Fail if the image is inside the SOURCE: the next one would contain it. */
static int check_outside(const struct plan_source *source, const char *output, struct error **err)
{
	const char *directory = source->within ? source->within : source->path;
	autostr struct str from = STR_INIT;
	autostr struct str to = STR_INIT;

	if (!output || (!source->within && !S_ISDIR(source->stat.st_mode)))
		return 0;
	if (tree_resolve(directory, &from, err) < 0 || tree_resolve(output, &to, err) < 0)
		return -1;
	if (path_below(str_slice(&to), str_slice(&from), NULL))
		return fail(err, ERROR_USAGE,
		    "'%s' is inside the source '%s', which would contain it in the next build: "
		    "name an output outside",
		    output, source->shown ? source->shown : directory);
	return 0;
}

int plan_add_read(struct plan *plan, const struct plan_source *source,
    const struct plan_options *options, const struct plan_listener *listener, struct error **err)
{
	struct scan scan = {.plan = plan,
	    .options = options,
	    .listener = listener,
	    .root = source->path,
	    .shown = source->shown,
	    .owner = source->owner,
	    .in_lists = source->in_lists,
	    .chosen = source->chosen,
	    .place = source->place};
	autolocale struct locale_scope locale = LOCALE_SCOPE_INIT;
	autoarena struct arena arena = {0};
	bool is_directory = S_ISDIR(source->stat.st_mode);
	int result;

	if (options->is_shipped && check_outside(source, options->bundle, err) < 0)
		return -1;
	if (locale_enter(&locale, err) < 0 ||
	    leave_out_init(&scan.rules, &arena, options, source->lists ? source->lists : scan.root,
		is_directory || source->lists, err) < 0)
		return -1;
	result = is_directory ? scan_directory(&scan, err) : scan_file(&scan, &source->stat);
	if (scan.refusal)
		result = fail_with(err, steal(&scan.refusal));
	str_release(&scan.path);
	leave_out_release(&scan.rules);
	return result;
}

int plan_add_source(struct plan *plan, const char *source, const struct plan_options *options,
    const struct plan_listener *listener, struct error **err)
{
	autoarena struct arena arena = {0};
	struct plan_source read;

	if (plan_read_source(&arena, source, &read, err) < 0 ||
	    plan_find_place(&arena, &read, err) < 0)
		return -1;
	return plan_add_read(plan, &read, options, listener, err);
}
