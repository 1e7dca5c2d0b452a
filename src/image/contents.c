#include "image/reader.h"

void image_fault(struct image_contents *contents, const struct image_visitor *visitor,
    struct slice path, const char *format, va_list arguments)
{
	autofree char *place = path.len
				   ? xasprintf("%s/%.*s", contents->path, (int)path.len, path.data)
				   : xstrdup(contents->path);
	autostr struct str message = STR_INIT;
	struct error *fault = NULL;

	str_addv(&message, format, arguments);
	contents->faults++;
	(void)fail_at(&fault, place, 0, 0, NULL, "%s", str_c(&message)); /* always -1 */
	visitor->fault(visitor->context, fault);
}

const struct image_entry *image_find(const struct image_contents *contents, struct slice path)
{
	return map_get(&contents->by_path, path);
}

void image_contents_release(struct image_contents *contents)
{
	free(contents->entries);
	free(contents->blobs);
	map_release(&contents->by_path);
	arena_release(&contents->arena);
	*contents = (struct image_contents){0};
}
