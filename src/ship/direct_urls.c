#include "ship/direct_urls.h"

#include <strings.h>

#include "base/file.h"
#include "distribution/metadata.h"
#include "distribution/name.h"
#include "image/glob.h"

/* Whether an item is a direct_url.json with a file: URL. */
static int names_a_place(const struct item *item, bool *ret, struct error **err)
{
	autoarena struct arena arena = {0};
	autostr struct str text = STR_INIT;
	struct error *problem = NULL;
	bool is_editable;
	const char *url;

	*ret = false;
	if (item->kind != ITEM_FILE || !item->origin ||
	    !distribution_is_file(item->path, "direct_url.json"))
		return 0;
	if (file_read(item->origin, DIRECT_URL_LIMIT, &text, NULL, &problem) < 0 ||
	    direct_url_parse(str_slice(&text), item->origin, &arena, &is_editable, &url, &problem) <
		0) {
		if (!error_is_local(problem))
			return fail_with(err, problem);
		error_free(problem);
		return 0;
	}
	*ret = strncasecmp(url, "file:", 5) == 0;
	return 0;
}

static bool is_found(void *context, const struct item *item)
{
	const struct map *found = context;

	return map_get(found, item->path);
}

static int find(const struct plan *plan, const struct globs *includes,
    const struct plan_listener *listener, struct map *found, struct error **err)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct item *item = plan->items[i];
		bool is;

		if (names_a_place(item, &is, err) < 0)
			return -1;
		if (!is || globs_match(includes, item->path))
			continue;
		*map_at(found, item->path) = found;
		listener->left_out(listener->context, item_shown(item),
		    "names a file of the machine that it was installed on");
	}
	return 0;
}

int direct_urls_leave_out(struct plan *plan, const char *const *includes,
    const struct plan_listener *listener, struct error **err)
{
	autoarena struct arena arena = {0};
	struct map found = {0};
	struct globs globs;
	int result;

	globs_init(&globs, &arena, includes);
	result = find(plan, &globs, listener, &found, err);
	if (found.count)
		plan_remove(plan, is_found, &found);
	map_release(&found);
	return result;
}
