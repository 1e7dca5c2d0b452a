#include "process/stale.h"

#include <errno.h>
#include <fcntl.h>

#include "base/path.h"
#include "base/tree.h"

static struct project *find_project(const struct site *site, struct slice path)
{
	for (size_t i = 0; i < site->product->project_count; i++) {
		if (slice_equal(site->product->projects[i]->path, path))
			return site->product->projects[i];
	}
	return NULL;
}

static bool is_node(
    const struct integration *integration, const struct site *site, const struct record *record)
{
	autostr struct str path = STR_INIT;

	str_add_slice(&path, site->product->path);
	str_addc(&path, '/');
	str_add_slice(&path, record->image);
	return map_get(&integration->graph.by_image, str_slice(&path)) != NULL;
}

/* Whether images of this form are made by this build. */
static bool is_form_made(const struct integration *integration, struct slice form)
{
	for (size_t i = 0; i < integration->graph.node_count; i++) {
		if (slice_equal(integration->graph.nodes[i]->variant->form, form))
			return true;
	}
	return false;
}

bool record_is_stale(
    const struct integration *integration, const struct site *site, const struct record *record)
{
	struct project *project = find_project(site, record->project);

	if (!project)
		return site->is_whole;
	if (!map_get(&site->selected, record->project) || is_node(integration, site, record))
		return false;
	return !project_factor(project, record->factor) || is_form_made(integration, record->form);
}

/* Remove directories from `path` upwards as long as they are empty, below the product. */
static int remove_empty(const struct site *site, struct slice path, struct error **err)
{
	autofree char *directory = xmemdup0(path.data, path.len);
	size_t len = path.len;

	for (;;) {
		while (len && directory[len - 1] != '/')
			len--;
		if (!len)
			return 0;
		directory[--len] = '\0';
		if (unlinkat(site->fd, directory, AT_REMOVEDIR) == 0)
			continue;
		if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT)
			return 0;
		return fail_errno(err, errno, "cannot remove '%s'", directory);
	}
}

int stale_remove(const struct site *site, const struct record *record, struct error **err)
{
	struct slice product = site->product->path;
	autostr struct str image = STR_INIT;
	autostr struct str work = STR_INIT;

	/* The state is ours, but it is a file that anybody may have written. */
	if (!path_is_confined(record->image) || !path_is_confined(record->form) ||
	    !path_is_confined(record->factor) ||
	    memchr(record->project.data, '/', record->project.len))
		return fail(err, ERROR_INPUT, "the state names '%s'", record->image.data);
	path_join(&image, product, record->image);
	if (tree_remove(str_c(&image), err) < 0 || remove_empty(site, record->image, err) < 0)
		return -1;
	str_addf(&work, "%s/work/%s/%s/%s", site->directory, record->form.data,
	    record->project.data, record->factor.data);
	return tree_remove(str_c(&work), err);
}
