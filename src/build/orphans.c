#include "build/orphans.h"

#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"
#include "build/config_hash.h"
#include "build/mark.h"
#include "build/workspace.h"

static struct project *find_project(const struct workspace *workspace, struct slice path)
{
	for (size_t i = 0; i < workspace->product->project_count; i++) {
		if (slice_equal(workspace->product->projects[i]->path, path))
			return workspace->product->projects[i];
	}
	return NULL;
}

/* Whether a factor has an image in a variant of its type. */
static bool is_made(const struct graph *graph, const struct build_mode *mode,
    const struct variant *variant, const struct factor *factor)
{
	bool made = variant->integrates && !factor->source_count;

	for (size_t i = 0; variant->integrates && !made && i < factor->source_count; i++)
		made = config_hash_translate(
		    graph->context, mode, variant, factor, &factor->sources[i]);
	return made;
}

/* Whether this build knows a form for a factor or its twins, but none of them has an image in it
 * any more. Images of forms that this build does not know stay. */
static bool is_form_lost(
    const struct build_session *session, const struct factor *factor, struct slice form)
{
	const struct graph *graph = &session->graph;
	bool has_form = false;

	for (; factor; factor = factor->twin) {
		const struct context_type type = {factor->type, factor->isolation};

		for (size_t i = 0; i < graph->mode_count; i++) {
			const struct variants *variants;

			if (context_variants(graph->context, &graph->modes[i].request, &type,
				&variants, NULL) < 0)
				return false;
			for (size_t k = 0; k < variants->count; k++) {
				if (!slice_equal(variants->items[k].form, form))
					continue;
				if (is_made(graph, &graph->modes[i], &variants->items[k], factor))
					return false;
				has_form = true;
			}
		}
	}
	return has_form;
}

/* Whether a project may still be declared: it has a declaration, maybe a wrong one, or that cannot
 * be found out. */
static bool is_declared(const struct workspace *workspace, struct slice project)
{
	autostr struct str path = STR_INIT;
	struct slice part;

	if (product_is_unseen(workspace->product, project))
		return true;
	while (slice_next(&project, '.', &part)) {
		str_add_slice(&path, part);
		str_addc(&path, '/');
	}
	str_adds(&path, ".project/f-identity");
	return presence_at(workspace->fd, str_c(&path), 0, NULL, NULL, NULL) != 0;
}

bool record_is_orphan(const struct build_session *session, const struct workspace *workspace,
    const struct record *record)
{
	struct project *project = find_project(workspace, record->project);
	const struct factor *factor;

	if (!project)
		return workspace->is_whole && !is_declared(workspace, record->project);
	if (!map_get(&workspace->selected, record->project) ||
	    graph_node(&session->graph, workspace, record->image))
		return false;
	factor = project_factor(project, record->factor);
	if (!factor)
		return !project_is_unseen(project, record->factor);
	return is_form_lost(session, factor, record->form);
}

/* Remove directories from `path` upwards as long as they are empty, below the product. */
static int remove_empty(const struct workspace *workspace, struct slice path, struct error **err)
{
	autofree char *directory = xmemdup0(path.data, path.len);
	size_t len = path.len;
	int removed;

	do {
		while (len && directory[len - 1] != '/')
			len--;
		if (!len)
			return 0;
		directory[--len] = '\0';
		removed = mark_remove_directory(workspace->fd, directory, err);
	} while (removed > 0);
	return removed;
}

bool record_is_confined(const struct record *record)
{
	return path_is_confined(record->image) && slice_ends(record->image, SLICE_LITERAL(".i")) &&
	       (!record->form.len || path_is_confined(record->form)) &&
	       (!record->project.len || path_is_confined(record->project)) &&
	       !memchr(record->project.data, '/', record->project.len) &&
	       path_is_confined(record->factor);
}

/* A search for images without a record. */
struct search {
	const struct build_session *session;
	const struct workspace *workspace;
	struct slice form; /* directory of all images of a form */
	struct fields *found;
};

/* Whether an image may have a factor. "linux-cpython311/acme/ink/tray.i" is the image of
 * `acme.ink.tray`; which part of that is the project follows from the product's projects. */
static bool has_factor(const struct search *search, struct slice path)
{
	autostr struct str name = STR_INIT;
	struct slice variant, factor;
	struct project *project;

	(void)slice_next(&path, '/', &variant); /* path keeps the rest */
	str_add(&name, path.data, path.len - strlen(".i"));
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] == '/')
			name.data[i] = '.';
	}
	if (product_is_unseen(search->workspace->product, str_slice(&name)))
		return true;
	project = product_split(search->workspace->product, str_slice(&name), &factor);
	/* An image in no project is not ours. */
	return !project || !map_get(&search->workspace->selected, project->path) ||
	       project_factor(project, factor) || project_is_unseen(project, factor);
}

static enum walk_answer find_image(
    void *context, const struct walk_entry *entry, struct error **err)
{
	const struct search *search = context;
	autostr struct str path = STR_INIT;

	(void)err; /* cannot fail */
	if (!slice_ends(entry->name, SLICE_LITERAL(".i")) || entry->depth < 1)
		return WALK_GO;
	path_join(&path, search->form, entry->path);
	if (!graph_node(&search->session->graph, search->workspace, str_slice(&path)) &&
	    !has_factor(search, entry->path))
		fields_add(search->found, str_slice(&path));
	return WALK_SKIP;
}

static int find_all(const struct build_session *session, const struct workspace *workspace,
    struct fields *ret, struct error **err)
{
	const struct graph *graph = &session->graph;
	autofields struct fields forms = FIELDS_INIT;

	if (!workspace->is_whole || graph->layout != LAYOUT_PRODUCT)
		return 0;
	fields_adds(&forms, "executable");
	fields_adds(&forms, "delineated");
	for (size_t i = 0; i < graph->node_count; i++) {
		if (!fields_have(&forms, graph->nodes[i]->variant->form))
			fields_add(&forms, graph->nodes[i]->variant->form);
	}
	for (size_t i = 0; i < forms.count; i++) {
		autostr struct str form = STR_INIT;
		autostr struct str path = STR_INIT;
		autoerror struct error *problem = NULL;
		struct search search = {session, workspace, {NULL, 0}, ret};
		const struct walk_visitor visitor = {find_image, walk_pass_over, &search};

		image_form_directory(&form, fields_at(&forms, i));
		search.form = str_slice(&form);
		str_addf(&path, "%s/%s", workspace->product->path.data, str_c(&form));
		if (tree_walk(workspace_place(workspace, str_c(&path)), &visitor, &problem) == 0)
			continue;
		/* A tree that is missing or cannot be read has no images. */
		(void)fail_as(&problem, ERROR_INPUT); /* always -1 */
		if (!error_is_local(problem))
			return fail_with(err, steal(&problem));
	}
	return 0;
}

int orphans_find_killed(const struct build_session *session, struct fields *ret, struct error **err)
{
	const struct graph *graph = &session->graph;
	int failed = 0;

	for (size_t i = 0; !failed && i < graph->workspace_count; i++) {
		if (graph->workspaces[i]->was_killed)
			failed = find_all(session, graph->workspaces[i], &ret[i], err);
	}
	return failed;
}

static int remove_image(const struct workspace *workspace, struct slice image, struct error **err)
{
	autostr struct str path = STR_INIT;

	str_addf(&path, "%s/%s", workspace->product->path.data, image.data);
	if (tree_remove(workspace_place(workspace, str_c(&path)), err) < 0)
		return -1;
	return remove_empty(workspace, image, err);
}

int orphan_remove(
    const struct workspace *workspace, const struct record *record, struct error **err)
{
	autostr struct str image = STR_INIT;
	autostr struct str work = STR_INIT;

	if (!record_is_confined(record))
		return fail(err, ERROR_INPUT, "the build state has an invalid path '%s'",
		    record->image.data);
	str_addf(&image, "%s/%s", workspace->product->path.data, record->image.data);
	if (tree_remove(workspace_place(workspace, str_c(&image)), err) < 0 ||
	    remove_empty(workspace, record->image, err) < 0)
		return -1;
	workspace_work(workspace, record->form, record->project, record->factor, &work);
	return tree_remove(workspace_place(workspace, str_c(&work)), err);
}

static int remove_found(struct orphan_removal *removal, struct workspace *workspace,
    const struct fields *images, struct error **err)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct slice image = fields_at(images, i), none = SLICE_LITERAL("");

		if (workspace_mark_busy(workspace, err) < 0 ||
		    remove_image(workspace, image, err) < 0)
			return -1;
		removal->removed(removal->context, &(struct record){image, none, none});
	}
	return 0;
}

static int remove_recorded(
    struct orphan_removal *removal, struct workspace *workspace, struct error **err)
{
	const struct map *records = &workspace->state.by_image;

	/* Most often all records belong to nodes, and none has to be looked at. */
	for (size_t i = 0; workspace->wanted < records->count && i < records->count; i++) {
		struct map_entry *entry = &records->entries[i];
		autoarena struct arena arena = {0};
		const struct record *record;
		bool is_ours; /* of a record with paths outside the product only the record is
				 removed */

		if (!entry->value || graph_node(&removal->session->graph, workspace, entry->key))
			continue;
		record = build_state_entry(&workspace->state, entry, &arena);
		is_ours = record && record_is_confined(record);
		if (is_ours && !record_is_orphan(removal->session, workspace, record))
			continue;
		if (is_ours && (workspace_mark_busy(workspace, err) < 0 ||
				   orphan_remove(workspace, record, err) < 0))
			return -1;
		if (is_ours)
			removal->removed(removal->context, record);
		entry->value = NULL;
		removal->is_changed = true;
	}
	return 0;
}

int orphans_remove(struct orphan_removal *removal, struct error **err)
{
	const struct graph *graph = &removal->session->graph;

	for (size_t i = 0; i < graph->workspace_count; i++) {
		if (remove_recorded(removal, graph->workspaces[i], err) < 0 ||
		    remove_found(removal, graph->workspaces[i], &removal->found[i], err) < 0)
			return -1;
	}
	return 0;
}
