#include "record/names.h"

#include "delineation/words.h"

/* A reference while it is resolved. */
struct query {
	struct factor_record *record;
	const struct record_names *names;
	const struct record_element *around;
	struct slice name;    /* without leading dots and @ */
	size_t dots;	      /* in front of it */
	struct slice written; /* with dots, as titles have it */
	bool imported;	      /* an import says that it exists */
	bool is_type;	      /* in an annotation or base: a part of a name does not count */
	bool is_end;	      /* the end of a name is enough */
};

static struct slice copy(const struct query *query, const struct str *text)
{
	return arena_slice(&query->record->arena, str_slice(text));
}

static void add_joined(struct str *ret, struct slice part, const char *separator)
{
	if (!part.len)
		return;
	if (ret->len)
		str_adds(ret, separator);
	str_add_slice(ret, part);
}

/* Elements of the factor */

/* An element directly below another one. */
static const struct record_element *find_child(
    const struct query *query, const struct record_element *parent, struct slice identifier)
{
	const struct record_element *found;
	autostr struct str path = STR_INIT;

	if (parent->parameters)
		return factor_record_parameter(query->record, parent, identifier);
	str_add_slice(&path, parent->path);
	add_joined(&path, identifier, ".");
	found = factor_record_find(query->record, str_slice(&path));
	return found && found != parent && found->parent ? found : NULL;
}

/* What of a factor has the longest beginning of a path. */
struct match {
	const struct record_element *element;
	size_t depth;	   /* names that it has */
	struct slice rest; /* the other names; for an import all after its own */
};

static void match_below(
    const struct query *query, const struct record_element *scope, struct match *best)
{
	const struct record_element *at = scope;
	struct slice rest = query->name, name;
	size_t depth = 0;

	while (at->type != ELEMENT_IMPORT && slice_next(&rest, '.', &name)) {
		const struct record_element *child = find_child(query, at, name);

		if (!child)
			break;
		at = child;
		depth++;
		if (query->is_type && rest.len && at->type != ELEMENT_IMPORT)
			continue;
		if (depth > best->depth)
			*best = (struct match){at, depth, rest};
	}
}

static struct match match_around(const struct query *query)
{
	struct match best = {NULL, 0, {NULL, 0}};

	for (const struct record_element *scope = query->around; scope; scope = scope->parent)
		match_below(query, scope, &best);
	return best;
}

static struct record_target *local(const struct query *query, const struct record_element *element)
{
	struct record_target *target = arena_zalloc(&query->record->arena, 1, sizeof(*target));

	target->place = TARGET_FACTOR_LOCAL;
	target->kind = slice_c(element_type_word(element->type));
	target->element = element;
	target->path = element->path;
	target->title = query->written;
	target->link = slice_c(arena_printf(
	    &query->record->arena, "#%.*s", (int)element->path.len, element->path.data));
	return target;
}

/* Other factors */

/* Whether it is known that a factor has what the first of some names means. */
static bool has_element(const struct query *query, const struct factor *factor, struct slice names)
{
	const struct site_factor *known;
	struct slice first;

	if (!query->names->index || !slice_next(&names, '.', &first))
		return false;
	known = site_factor_find(query->names->index, factor->project->path, factor->path);
	return known && site_element_find(known, first);
}

/* The factor of a path, or of the package that the path names. Of a package it must be known that
 * it has the element `rest`, which may be the name of a module that does not exist. */
static const struct factor *find_factor(
    const struct query *query, const struct project *project, struct slice path, struct slice rest)
{
	const struct factor *factor = project_factor(project, path);
	autostr struct str package = STR_INIT;

	if (factor)
		return factor;
	str_add_slice(&package, path);
	add_joined(&package, SLICE_LITERAL("__init__"), ".");
	factor = project_factor(project, str_slice(&package));
	if (!factor || !rest.len || query->imported || has_element(query, factor, rest))
		return factor;
	return NULL;
}

/* The longest beginning of a path that is a factor, at last the package that the project itself is;
 * *ret_rest are the other names. NULL if there is none. */
static const struct factor *split_factor(const struct query *query, const struct project *project,
    struct slice path, struct slice *ret_named, struct slice *ret_rest)
{
	struct slice named = path;

	while (path.len) {
		size_t skipped = named.len && named.len < path.len ? named.len + 1 : named.len;
		const struct factor *factor;

		*ret_named = named;
		*ret_rest = slice_from(path, skipped);
		factor = find_factor(query, project, named, *ret_rest);
		if (factor || !named.len)
			return factor;
		named = factor_path_parent(named);
	}
	return NULL;
}

static enum target_place place_of(const struct query *query, const struct project *project)
{
	const struct project *own = query->names->project;

	if (!own || project->product != own->product)
		return TARGET_REMOTE;
	if (project == own)
		return TARGET_PROJECT_LOCAL;
	return slice_equal(factor_path_parent(project->path), factor_path_parent(own->path))
		   ? TARGET_CONTEXT_LOCAL
		   : TARGET_REMOTE;
}

/* FACTOR#ELEMENT, with the project in front unless it is the own one. */
static struct slice link_to(const struct query *query, const struct record_target *target)
{
	autostr struct str link = STR_INIT;

	if (target->place == TARGET_REMOTE)
		str_add_slice(&link, target->identifier);
	else if (target->place == TARGET_CONTEXT_LOCAL || !target->factor.len)
		str_add_slice(&link, target->project);
	add_joined(&link, target->factor, "/");
	if (target->path.len)
		str_addc(&link, '#');
	str_add_slice(&link, target->path);
	return copy(query, &link);
}

/* What the absolute names of a project's factors begin with. The name of an implicit project is
 * that of a directory, which need not be a part of them. */
static struct slice prefix_of(const struct query *query, const struct project *project)
{
	if (!project->implicit)
		return project->path;
	return project == query->names->project ? query->names->prefix : slice_of("", 0);
}

/* A name without the "__init__" that a package's source adds. */
static struct slice without_init(struct slice name)
{
	const struct slice init = SLICE_LITERAL("__init__");

	if (slice_equal(name, init))
		return slice_of("", 0);
	if (!slice_ends(name, SLICE_LITERAL(".__init__")))
		return name;
	return slice_of(name.data, name.len - init.len - 1);
}

/* A reference with one dot has its project left out of the title, and a factor has none then. Where
 * packages are imported, not factors, a package is named as imports name it. */
static struct slice title_of(
    const struct query *query, const struct project *project, struct slice named, struct slice path)
{
	autostr struct str title = STR_INIT;

	if ((!named.len || query->dots == 1) && !path.len)
		return slice_of(NULL, 0);
	if (query->dots != 1)
		str_add_slice(&title, prefix_of(query, project));
	add_joined(&title, project->implicit && title.len ? without_init(named) : named, ".");
	add_joined(&title, path, ".");
	return copy(query, &title);
}

/* A project, or what `path` is in it. NULL if that is nothing. */
static struct record_target *in_project(
    const struct query *query, const struct project *project, struct slice path)
{
	struct slice named = {NULL, 0}, rest = {NULL, 0};
	const struct factor *factor = split_factor(query, project, path, &named, &rest);
	struct record_target *target;

	if (path.len && !factor)
		return NULL;
	target = arena_zalloc(&query->record->arena, 1, sizeof(*target));
	target->place = place_of(query, project);
	target->kind = SLICE_LITERAL("project-name");
	target->project = project->path;
	target->identifier = project->identifier;
	if (factor) {
		target->factor = factor->path;
		target->path = rest;
		target->kind = rest.len ? SLICE_LITERAL("factor-element")
					: SLICE_LITERAL("project-factor");
	}
	target->title = title_of(query, project, named, rest);
	target->link = link_to(query, target);
	return target;
}

/* The project that holds an absolute path, of a product or one connected to it. */
static int split_path(struct product *product, struct slice path, struct project **ret,
    struct slice *ret_rest, struct error **err)
{
	*ret = product_split(product, path, ret_rest);
	for (size_t i = 0; !*ret && i < product->connection_count; i++) {
		struct product *connected;

		if (product_connected(product, i, &connected, err) < 0)
			return -1;
		if (connected)
			*ret = product_split(connected, path, ret_rest);
	}
	return *ret ? project_walk(*ret, err) : 0;
}

/* Whether a path is that of a project's names, or below it; *ret_rest is what follows. */
static bool is_below(struct slice path, struct slice prefix, struct slice *ret_rest)
{
	if (!slice_starts(path, prefix))
		return false;
	*ret_rest = slice_from(path, prefix.len);
	if (!prefix.len || !ret_rest->len)
		return true;
	*ret_rest = slice_from(*ret_rest, 1);
	return path.data[prefix.len] == '.';
}

/* What an absolute path leads to: *ret is NULL if no project has it, and *ret_held tells whether
 * one should. */
static int resolve_absolute(const struct query *query, struct slice path, bool *ret_held,
    const struct record_target **ret, struct error **err)
{
	const struct record_names *names = query->names;
	struct project *project = names->project;
	struct slice rest;

	*ret = NULL;
	*ret_held = false;
	if (project && project->implicit && is_below(path, names->prefix, &rest)) {
		*ret = rest.len ? in_project(query, project, rest)
				: in_project(query, project, SLICE_LITERAL("__init__"));
		*ret_held = *ret || names->prefix.len;
	}
	if (*ret || !names->product)
		return 0;
	if (split_path(names->product, path, &project, &rest, err) < 0)
		return -1;
	if (!project || project->implicit)
		return 0;
	*ret_held = true;
	*ret = in_project(query, project, rest);
	return 0;
}

static const struct record_target *outside(const struct query *query, struct slice name)
{
	const struct record_names *names = query->names;
	struct record_target *target;
	struct record_outside found;

	if (!names->lookup || !names->lookup(names->context, name, &found))
		return NULL;
	target = arena_zalloc(&query->record->arena, 1, sizeof(*target));
	target->place = TARGET_REMOTE;
	target->kind = found.kind;
	target->title = name;
	target->link = found.url;
	return target;
}

/* The only public element of the project whose name ends so. */
static const struct record_target *by_end(const struct query *query)
{
	const struct record_names *names = query->names;
	const struct site_element *element = NULL;
	struct record_target *target;

	if (names->index && names->project)
		element = site_find_end(names->index, names->project->path, query->name);
	if (!element)
		return NULL;
	target = arena_zalloc(&query->record->arena, 1, sizeof(*target));
	target->place = TARGET_PROJECT_LOCAL;
	target->kind = SLICE_LITERAL("factor-element");
	target->project = names->project->path;
	target->identifier = names->project->identifier;
	target->factor = element->factor->path;
	target->path = element->path;
	target->title = query->written;
	target->link = link_to(query, target);
	return target;
}

static const struct record_target *unknown(const struct query *query)
{
	struct record_target *target = arena_zalloc(&query->record->arena, 1, sizeof(*target));

	target->place = TARGET_INVALID;
	target->kind = SLICE_LITERAL("unknown");
	target->link = slice_c(
	    arena_printf(&query->record->arena, "#%.*s", (int)query->name.len, query->name.data));
	return target;
}

/* Imports */

/* The path from which the relative imports of the factor go: its package. */
static struct slice own_package(const struct query *query, struct str *space)
{
	if (query->names->project)
		str_add_slice(space, prefix_of(query, query->names->project));
	add_joined(space, query->record->factor, ".");
	return factor_path_parent(str_slice(space));
}

/* Append the absolute path of an import, as far as the factor's own path reaches. */
static bool add_import(
    const struct query *query, const struct record_element *import, struct str *ret)
{
	autostr struct str space = STR_INIT;
	struct slice package = own_package(query, &space);

	for (int i = 1; i < import->relative; i++) {
		if (!package.len)
			return false;
		package = factor_path_parent(package);
	}
	if (import->relative > 0)
		str_add_slice(ret, package);
	for (const struct text *name = import->import_path.first; name; name = name->next)
		add_joined(ret, name->slice, ".");
	return true;
}

/* `import a.b.c` binds a: what begins with it is absolute as it is written. */
static bool binds_first_name(const struct record_element *import)
{
	return import->relative < 0 && import->import_path.first &&
	       slice_equal(import->identifier, import->import_path.first->slice);
}

/* An import of what no project and no inventory has stands for itself. */
static int resolve_import(struct query *query, const struct match *match,
    const struct record_target **ret, struct error **err)
{
	autostr struct str path = STR_INIT;
	struct slice whole = query->name;
	bool held = false;

	query->imported = true;
	*ret = NULL;
	if (!binds_first_name(match->element)) {
		if (!add_import(query, match->element, &path))
			return 0;
		add_joined(&path, match->rest, ".");
		whole = copy(query, &path);
	}
	if (resolve_absolute(query, whole, &held, ret, err) < 0)
		return -1;
	if (!*ret)
		*ret = outside(query, whole);
	if (!*ret && !held && match->element->relative <= 0)
		*ret = local(query, match->element);
	return 0;
}

static int resolve_around(struct query *query, const struct record_target **ret, struct error **err)
{
	struct match match = match_around(query);
	bool held;

	if (match.element && match.element->type == ELEMENT_IMPORT)
		return resolve_import(query, &match, ret, err);
	if (match.element) {
		*ret = local(query, match.element);
		return 0;
	}
	if (resolve_absolute(query, query->name, &held, ret, err) < 0)
		return -1;
	if (!*ret)
		*ret = outside(query, query->name);
	return 0;
}

/* In the project, or with two dots in the directory of projects that it is in. */
static int resolve_relative(
    const struct query *query, const struct record_target **ret, struct error **err)
{
	const struct project *project = query->names->project;
	autostr struct str path = STR_INIT;
	bool held;

	*ret = NULL;
	if (!project)
		return 0;
	if (query->dots == 1) {
		*ret = in_project(query, project, query->name);
		return 0;
	}
	str_add_slice(&path, factor_path_parent(project->path));
	add_joined(&path, query->name, ".");
	return resolve_absolute(query, copy(query, &path), &held, ret, err);
}

static int resolve(struct query *query, const struct record_target **ret, struct error **err)
{
	struct slice reference = query->written;
	bool absolute = reference.len && *reference.data == '@', held;
	int result;

	*ret = NULL;
	while (query->dots < reference.len && reference.data[query->dots] == '.')
		query->dots++;
	if (query->dots > 2)
		return 0;
	query->name = slice_of(
	    reference.data + query->dots + absolute, reference.len - query->dots - absolute);
	if (absolute)
		result = resolve_absolute(query, query->name, &held, ret, err);
	else if (query->dots)
		result = resolve_relative(query, ret, err);
	else
		result = resolve_around(query, ret, err);
	if (result < 0)
		return -1;
	if (!*ret && query->is_end && !query->dots)
		*ret = by_end(query);
	if (!*ret)
		*ret = unknown(query);
	return 0;
}

int resolve_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err)
{
	return resolve(
	    &(struct query){
		.record = record, .names = names, .around = around, .written = reference},
	    ret, err);
}

int resolve_type_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err)
{
	return resolve(&(struct query){.record = record,
			   .names = names,
			   .around = around,
			   .written = reference,
			   .is_type = true},
	    ret, err);
}

int resolve_end_name(struct factor_record *record, const struct record_names *names,
    const struct record_element *around, struct slice reference, const struct record_target **ret,
    struct error **err)
{
	return resolve(&(struct query){.record = record,
			   .names = names,
			   .around = around,
			   .written = reference,
			   .is_end = true},
	    ret, err);
}
