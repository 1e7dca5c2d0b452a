#include "ship/known.h"

static int find_import(struct exports_reader *reader, struct slice module, struct slice name,
    int depth, struct stub_origin *ret, struct error **err)
{
	const struct known *known = NULL;
	const struct stub_origin *origin;
	int found = 0;

	if (depth > 0 && known_by_name(reader, module, &known, err) < 0)
		return -1;
	if (!known)
		return 0;
	origin = map_get(&known->imports, name);
	if (origin) {
		*ret = *origin;
		if (origin->name.len) /* it may not be passed on from there, too */
			found = find_import(
			    reader, origin->module, origin->name, depth - 1, ret, err);
		return found < 0 ? -1 : 1;
	}
	for (const struct text *star = known->stars.first; star && !found; star = star->next)
		found = find_import(reader, star->slice, name, depth - 1, ret, err);
	return found;
}

/* Star imports of star imports. */
#define STARS 3

static int imported_by(void *context, struct slice module, struct slice name,
    struct stub_origin *ret, struct error **err)
{
	return find_import(context, module, name, STARS, ret, err);
}

static int has_class(void *context, struct slice module, struct slice name, struct error **err)
{
	const struct known *known;
	const struct known_class *class;

	if (known_by_name(context, module, &known, err) < 0)
		return -1;
	class = known ? map_get(&known->classes, name) : NULL;
	return class && class->is_plain;
}

struct stub_source exports_source(
    struct exports_reader *reader, const struct item *item, const struct delineation *delineation)
{
	return (struct stub_source){
	    .delineation = delineation,
	    .shown = item->origin,
	    .package = known_package(&reader->arena, item->path),
	    .exported = known_exported,
	    .imported = imported_by,
	    .has_class = has_class,
	    .lineage = known_lineage,
	    .has_module = known_has_module,
	    .context = reader,
	};
}

void exports_reader_release(struct exports_reader *reader)
{
	for (struct known *known = reader->all; known; known = known->next) {
		for (size_t i = 0; i < known->classes.count; i++) {
			struct known_class *class = known->classes.entries[i].value;

			map_release(&class->stated.names);
		}
		map_release(&known->imports);
		map_release(&known->siblings);
		map_release(&known->classes);
	}
	map_release(&reader->known);
	arena_release(&reader->arena);
}
