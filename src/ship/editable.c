#include "ship/editable.h"

#include "base/file.h"
#include "base/path.h"
#include "base/fields.h"
#include "base/presence.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "distribution/record.h"
#include "image/glob.h"

/* The largest .pth that is read. */
#define PTH_LIMIT ((size_t)1 << 20)

static const struct slice pth_suffix = {".pth", 4};
static const struct slice link_suffix = {".egg-link", 9};

/* A distribution that is installed as editable. */
struct installation {
	const char *info; /* the name of its dist-info */
	const char *url;
	bool is_resolved;
};

struct finding {
	struct inputs *inputs;
	const char *root;
	const char *shown; /* what messages call it, if it is a temporary copy; or NULL */
	enum editable_rule rule;
	struct slice place; /* of the root in the image */
	struct editable *editable;
	struct map owners;	/* name of a .pth -> struct installation */
	struct fields pths;	/* names of the .pth files, in order */
	struct fields links;	/* names of the .egg-link files */
	struct fields excluded; /* names of what the options exclude */
	struct installation **list;
	size_t count;
};

static void finding_release(struct finding *finding)
{
	map_release(&finding->owners);
	fields_release(&finding->pths);
	fields_release(&finding->links);
	fields_release(&finding->excluded);
	free(finding->list);
}

static const char *in_root(const struct finding *finding, const char *name)
{
	return arena_printf(&finding->inputs->arena, "%s/%s", finding->root, name);
}

/* The same for messages. */
static const char *shown_in_root(const struct finding *finding, const char *name)
{
	if (!finding->shown)
		return in_root(finding, name);
	return arena_printf(&finding->inputs->arena, "%s: %s", finding->shown, name);
}

/* Report a problem with a file in the root. */
static void report(const struct finding *finding, struct error *problem)
{
	const struct plan_listener *listener = finding->inputs->listener;

	finding->inputs->plan->problems++;
	listener->problem(listener->context, problem);
}

static void exclude(struct finding *finding, const char *name)
{
	struct editable *editable = finding->editable;

	editable->excludes = xreallocarray(
	    editable->excludes, editable->exclude_count + 2, sizeof(*editable->excludes));
	editable->excludes[editable->exclude_count++] = arena_printf(
	    &finding->inputs->arena, "/%s", glob_escape(&finding->inputs->arena, name));
	editable->excludes[editable->exclude_count] = NULL;
}

/* The .pth files that a RECORD has belong to its distribution. */
static int claim_pths(
    struct finding *finding, struct installation *installation, struct error **err)
{
	struct arena *arena = &finding->inputs->arena;
	const char *path = in_root(finding, arena_printf(arena, "%s/RECORD", installation->info));
	autostr struct str text = STR_INIT;
	struct record record;
	int there = presence_of_file(path, err);

	if (there <= 0)
		return there;
	if (file_read(path, RECORD_LIMIT, &text, NULL, err) < 0 ||
	    record_parse(arena_slice(arena, str_slice(&text)), path, arena, &record, err) < 0)
		return -1;
	for (size_t i = 0; i < record.count; i++)
		if (slice_ends(record.rows[i].path, pth_suffix))
			*map_at(&finding->owners, record.rows[i].path) = installation;
	return 0;
}

/* See whether a dist-info is that of an editable installation. */
static int see_info(struct finding *finding, const char *info, struct error **err)
{
	struct arena *arena = &finding->inputs->arena;
	const char *path = in_root(finding, arena_printf(arena, "%s/direct_url.json", info));
	struct installation *installation;
	autostr struct str text = STR_INIT;
	bool is_editable;
	const char *url;
	int there = presence_of_file(path, err);

	if (there <= 0)
		return there;
	if (file_read(path, DIRECT_URL_LIMIT, &text, NULL, err) < 0 ||
	    direct_url_parse(str_slice(&text), path, arena, &is_editable, &url, err) < 0)
		return -1;
	if (!is_editable)
		return 0;
	installation = arena_alloc(arena, sizeof(*installation));
	*installation = (struct installation){info, url, false};
	finding->list = xreallocarray(finding->list, finding->count + 1, sizeof(*finding->list));
	finding->list[finding->count++] = installation;
	exclude(finding, arena_printf(arena, "%s/direct_url.json", info));
	return claim_pths(finding, installation, err);
}

/* Whether an exclude of the options names an entry of the root. */
static bool is_excluded(const struct finding *finding, const char *name)
{
	autoarena struct arena arena = {NULL};
	autostr struct str path = STR_INIT;
	struct globs globs;

	path_join(&path, finding->place, slice_c(name));
	globs_init(&globs, &arena, finding->inputs->options->excludes);
	return globs_match(&globs, str_slice(&path));
}

static enum walk_answer see_entry(void *context, const struct walk_entry *entry, struct error **err)
{
	struct finding *finding = context;
	const char *name = arena_copy(&finding->inputs->arena, entry->name);
	struct error *problem = NULL;

	if (is_excluded(finding, name)) {
		fields_add(&finding->excluded, entry->name);
		return WALK_SKIP;
	}
	if (S_ISREG(entry->stat.st_mode) && slice_ends(entry->name, pth_suffix))
		fields_add(&finding->pths, entry->name);
	if (S_ISREG(entry->stat.st_mode) && slice_ends(entry->name, link_suffix) &&
	    finding->rule != EDITABLE_NONE)
		fields_add(&finding->links, entry->name);
	if (finding->rule != EDITABLE_NONE && S_ISDIR(entry->stat.st_mode) &&
	    distribution_is_dist_info(entry->name, NULL, NULL) &&
	    see_info(finding, name, &problem) < 0) {
		if (!error_is_local(problem)) {
			(void)fail_with(err, problem); /* always -1 */
			return WALK_STOP;
		}
		report(finding, problem);
	}
	return WALK_SKIP;
}

/* What the lines of a .pth are. */
struct lines {
	struct fields paths; /* as they stand there: those that are relative are so to the root */
	bool has_code;
	bool is_finder; /* of an editable installation: the code leads to the packages */
};

static void read_lines(struct slice text, struct lines *ret)
{
	struct slice line;

	while (slice_next(&text, '\n', &line)) {
		line = slice_trim(line);
		if (line.len == 0 || line.data[0] == '#')
			continue;
		if (slice_starts(line, SLICE_LITERAL("import ")) ||
		    slice_starts(line, SLICE_LITERAL("import\t"))) {
			ret->has_code = true;
			ret->is_finder = ret->is_finder ||
					 memmem(line.data, line.len, "editable", 8);
		} else if (!memchr(line.data, 0, line.len)) { /* which no path has */
			fields_add(&ret->paths, line);
		}
	}
}

/* The path that a line means: as site.py finds it, by its text. */
static const char *path_of_line(const struct finding *finding, struct slice line)
{
	struct arena *arena = &finding->inputs->arena;
	const char *path = line.data[0] == '/' ? arena_copy(arena, line)
					       : in_root(finding, arena_copy(arena, line));
	autostr struct str normal = STR_INIT;

	path_normalize(&normal, slice_c(path));
	return arena_copy(arena, str_slice(&normal));
}

/* Take the directories that a .pth names. */
static int take_paths(struct finding *finding, const char *name, const struct lines *lines,
    const struct installation *owner, struct error **err)
{
	struct editable *editable = finding->editable;

	for (size_t i = 0; i < lines->paths.count; i++) {
		const char *path = path_of_line(finding, fields_at(&lines->paths, i));
		int there = presence_of_directory(path, err);
		struct error *problem = NULL;

		if (there < 0)
			return -1;
		if (!there) {
			(void)fail_at(&problem, in_root(finding, name), 0, 0, NULL,
			    "names '%s', which is not a directory", path); /* always -1 */
			report(finding, problem);
			continue;
		}
		editable->paths = xreallocarray(
		    editable->paths, editable->count + 1, sizeof(*editable->paths));
		editable->paths[editable->count++] = (struct editable_path){
		    in_root(finding, name), path, owner ? owner->info : NULL};
	}
	return 0;
}

/* Tell of a .pth with code; `is_editable` says that the code leads to what is installed. */
static void say_code(struct finding *finding, const char *name, bool is_editable)
{
	const struct plan_listener *listener = finding->inputs->listener;
	struct error *note = NULL;

	if (is_editable) {
		(void)fail_at(&note, shown_in_root(finding, name), 0, 0, NULL,
		    "an editable installation whose packages only its code finds: install it "
		    "without -e, or exclude this file and its dist-info, and name the project as "
		    "SOURCE"); /* -1 */
		report(finding, note);
		return;
	}
	(void)fail_at(&note, shown_in_root(finding, name), 0, 0, NULL,
	    "has code that Python runs at its start where this is a site directory, but not in an "
	    "image on the path"); /* always -1 */
	listener->warning(listener->context, note);
}

/* Tell of a .pth that is not resolved and names a directory beside it, which is in the image, but
 * on nobody's path. */
static int say_paths(
    struct finding *finding, const char *name, const struct lines *lines, struct error **err)
{
	const struct plan_listener *listener = finding->inputs->listener;

	for (size_t i = 0; i < lines->paths.count; i++) {
		struct slice line = fields_at(&lines->paths, i);
		struct error *note = NULL;
		int there;

		if (line.data[0] == '/')
			continue;
		there = presence_of_directory(path_of_line(finding, line), err);
		if (there < 0)
			return -1;
		if (!there)
			continue;
		(void)fail_at(&note, shown_in_root(finding, name), 0, 0, NULL,
		    "names '%s', which Python adds to its path where this is a site directory, but "
		    "not in an image on the path: name that as SOURCE, too, or set PYTHONPATH",
		    line.data); /* always -1 */
		listener->warning(listener->context, note);
	}
	return 0;
}

static int see_pth(struct finding *finding, const char *name, struct error **err)
{
	struct installation *owner = map_get(&finding->owners, slice_c(name));
	struct lines lines = {.has_code = false};
	autostr struct str text = STR_INIT;
	struct error *problem = NULL;
	bool follows = finding->rule == EDITABLE_ALL || owner;
	int result = 0;

	if (file_read(in_root(finding, name), PTH_LIMIT, &text, NULL, &problem) < 0) {
		if (!error_is_local(problem))
			return fail_with(err, problem);
		if (follows)
			report(finding, problem);
		else
			error_free(problem); /* of a file like others */
		return 0;
	}
	read_lines(str_slice(&text), &lines);
	if (owner)
		owner->is_resolved = true; /* or named as a problem of this file */
	if (lines.has_code) {
		say_code(finding, name,
		    owner || (follows && (lines.is_finder || lines.paths.count > 0)));
	} else if (follows && lines.paths.count > 0) {
		exclude(finding, name);
		result = take_paths(finding, name, &lines, owner, err);
	} else {
		result = say_paths(finding, name, &lines, err);
	}
	fields_release(&lines.paths);
	return result;
}

/* Whether a .pth leads to the path. */
static bool is_resolved(const struct finding *finding, struct slice path)
{
	for (size_t i = 0; i < finding->editable->count; i++)
		if (slice_is(path, finding->editable->paths[i].path))
			return true;
	return false;
}

/* An .egg-link, which `setup.py develop` leaves: its first line is where the project is, and
 * easy-install.pth leads there, too. */
static int see_link(struct finding *finding, const char *name, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct error *problem = NULL;
	struct slice rest, path;

	if (file_read(in_root(finding, name), PTH_LIMIT, &text, NULL, &problem) < 0) {
		if (!error_is_local(problem))
			return fail_with(err, problem);
		report(finding, problem);
		return 0;
	}
	rest = str_slice(&text);
	if (!slice_next(&rest, '\n', &path))
		path = slice_of("", 0);
	path = slice_trim(path);
	if (is_resolved(finding, path)) {
		exclude(finding, name);
		return 0;
	}
	(void)fail_at(&problem, in_root(finding, name), 0, 0, NULL,
	    "an editable installation of '%.*s', to which no .pth leads that is resolved: install "
	    "it without -e, or exclude this file and name the project as SOURCE",
	    (int)path.len, path.data); /* always -1 */
	report(finding, problem);
	return 0;
}

static void report_unresolved(struct finding *finding)
{
	for (size_t i = 0; i < finding->count; i++) {
		const struct installation *installation = finding->list[i];
		struct error *problem = NULL;

		if (installation->is_resolved)
			continue;
		(void)fail_at(&problem, in_root(finding, installation->info), 0, 0, NULL,
		    "an editable installation of '%s' without a .pth: install it without -e",
		    installation->url); /* always -1 */
		report(finding, problem);
	}
}

int editable_find(struct inputs *inputs, const struct plan_source *source, enum editable_rule rule,
    struct editable *ret, struct error **err)
{
	CLEANUP(finding_release)
	struct finding finding = {.inputs = inputs,
	    .root = source->path,
	    .shown = source->shown,
	    .rule = rule,
	    .place = source->place,
	    .editable = ret};
	const struct walk_visitor visitor = {see_entry, walk_pass_over, &finding};

	if (tree_walk(place_at(source->path), &visitor, err) < 0)
		return -1;
	for (size_t i = 0; i < finding.pths.count; i++) {
		const char *name = fields_at(&finding.pths, i).data;

		if (see_pth(&finding, name, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < finding.links.count; i++)
		if (see_link(&finding, fields_at(&finding.links, i).data, err) < 0)
			return -1;
	for (size_t i = 0; i < finding.excluded.count; i++) {
		struct installation *owner = map_get(
		    &finding.owners, fields_at(&finding.excluded, i));

		if (owner)
			owner->is_resolved = true; /* by the user */
	}
	report_unresolved(&finding);
	return 0;
}

void editable_release(struct editable *editable)
{
	free(editable->paths);
	free(editable->excludes);
	*editable = (struct editable){0};
}
