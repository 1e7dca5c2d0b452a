#include "ship/known.h"

/* Names that modules have from modules, and classes that inherit from classes of other modules. */
#define DEPTH 30

static int find_class(struct exports_reader *reader, struct slice module, struct slice name,
    int depth, const struct stub_ancestor **ret, struct error **err);

/* Take what a base gives before what the bases behind it give. */
static void take_base(
    struct exports_reader *reader, const struct stub_ancestor *base, struct stub_ancestor *ret)
{
	struct texts left = {NULL, NULL};

	ret->is_abstract = ret->is_abstract || base->is_abstract;
	for (const struct text *name = ret->left.first; name; name = name->next) {
		if (!map_get(&base->names, name->slice))
			texts_add(&left, &reader->arena, name->slice);
	}
	for (const struct text *name = base->left.first; name; name = name->next)
		texts_add(&left, &reader->arena, name->slice);
	ret->left = left;
	for (size_t i = 0; i < base->names.count; i++)
		*map_at(&ret->names, base->names.entries[i].key) = ret;
}

/* What the class itself states. */
static void take_stated(
    struct exports_reader *reader, const struct stub_class *stated, struct stub_ancestor *ret)
{
	struct stub_ancestor own = {.is_abstract = stated->is_abstract, .left = stated->abstract};

	for (const struct text *name = stated->names.first; name; name = name->next)
		*map_at(&own.names, name->slice) = ret;
	take_base(reader, &own, ret);
	map_release(&own.names);
}

static int find_sibling(struct exports_reader *reader, const struct stub_origin *origin,
    struct slice rest, int depth, const struct stub_ancestor **ret, struct error **err)
{
	autostr struct str module = STR_INIT;

	if (!rest.len)
		return find_class(reader, origin->module, origin->name, depth, ret, err);
	if (memchr(rest.data, '.', rest.len))
		return 0;
	str_add_slice(&module, origin->module);
	if (origin->name.len) {
		str_addc(&module, '.');
		str_add_slice(&module, origin->name);
	}
	return find_class(reader, str_slice(&module), rest, depth, ret, err);
}

/* A class that a module knows by a dotted name. */
static int find_known(struct exports_reader *reader, const struct known *known,
    struct slice reference, int depth, const struct stub_ancestor **ret, struct error **err);

static int find_bases(struct exports_reader *reader, const struct known *known,
    struct known_class *class, int depth, struct error **err)
{
	const struct stub_ancestor *bases[16];
	size_t count = 0;

	for (const struct text *base = class->stated.bases.first; base; base = base->next) {
		const struct stub_ancestor *found = NULL;
		int result = find_known(reader, known, base->slice, depth, &found, err);

		if (result < 0)
			return -1;
		if (result > 0 && count < sizeof(bases) / sizeof(*bases))
			bases[count++] = found;
	}
	while (count-- > 0)
		take_base(reader, bases[count], &class->ancestor);
	return 0;
}

static int find_known(struct exports_reader *reader, const struct known *known,
    struct slice reference, int depth, const struct stub_ancestor **ret, struct error **err)
{
	struct slice rest = reference, first;
	const struct stub_origin *origin;
	struct known_class *class;
	int found = 0;

	if (depth == 0 || !slice_next(&rest, '.', &first))
		return 0;
	class = map_get(&known->classes, first);
	if (class && rest.len)
		return 0;
	if (class && class->state == CLASS_STATED) {
		class->state = CLASS_ASKED;
		if (find_bases(reader, known, class, depth - 1, err) < 0)
			return -1;
		take_stated(reader, &class->stated, &class->ancestor);
		class->state = CLASS_FOUND;
	}
	if (class) {
		*ret = &class->ancestor;
		return class->state == CLASS_FOUND;
	}
	origin = map_get(&known->siblings, first);
	if (origin)
		return find_sibling(reader, origin, rest, depth - 1, ret, err);
	for (const struct text *star = known->stars.first; star && !found && !rest.len;
	     star = star->next)
		found = find_class(reader, star->slice, first, depth - 1, ret, err);
	return found;
}

static int find_class(struct exports_reader *reader, struct slice module, struct slice name,
    int depth, const struct stub_ancestor **ret, struct error **err)
{
	const struct known *known;

	if (known_by_name(reader, module, &known, err) < 0)
		return -1;
	return known ? find_known(reader, known, name, depth, ret, err) : 0;
}

int ancestor_of(void *context, struct slice module, struct slice name,
    const struct stub_ancestor **ret, struct error **err)
{
	return find_class(context, module, name, DEPTH, ret, err);
}
