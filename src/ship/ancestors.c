#include "ship/known.h"

/* Classes that inherit from classes, and so on. */
#define DEPTH 100

/* Imports of what another module imports; of star imports, of which each may be tried, fewer. */
#define HOPS 30
#define STAR 14

/* A class that a module knows by a dotted name: 1 and the class, or 0, or -1. */
static int find_known(struct exports_reader *reader, const struct known *known,
    struct slice reference, int hops, const struct known_class **ret, struct error **err);

static int find_class(struct exports_reader *reader, struct slice module, struct slice name,
    int hops, const struct known_class **ret, struct error **err)
{
	const struct known *known;

	if (known_by_name(reader, module, &known, err) < 0)
		return -1;
	return known ? find_known(reader, known, name, hops, ret, err) : 0;
}

/* The same of what is imported from the package; `rest` is what follows the import's name. */
static int find_sibling(struct exports_reader *reader, const struct stub_origin *origin,
    struct slice rest, int hops, const struct known_class **ret, struct error **err)
{
	autostr struct str module = STR_INIT;

	if (!rest.len)
		return find_class(reader, origin->module, origin->name, hops, ret, err);
	if (memchr(rest.data, '.', rest.len))
		return 0;
	str_add_slice(&module, origin->module);
	if (origin->name.len) {
		str_addc(&module, '.');
		str_add_slice(&module, origin->name);
	}
	return find_class(reader, str_slice(&module), rest, hops, ret, err);
}

/* The classes that one inherits from, while they are found. */
struct lineage {
	const struct stub_class *classes[STUB_LINEAGE];
	int count;
};

static void add(struct lineage *lineage, const struct stub_class *class)
{
	for (int i = 0; i < lineage->count; i++) {
		if (lineage->classes[i] == class)
			return;
	}
	if (lineage->count < STUB_LINEAGE)
		lineage->classes[lineage->count++] = class;
}

static int find_lineage(struct exports_reader *reader, const struct known *known,
    struct known_class *class, struct error **err)
{
	const struct known_class *bases[STUB_LINEAGE];
	struct lineage lineage;
	int count = 0;

	lineage.count = 0;
	for (const struct text *base = class->stated.bases.first; base && count < STUB_LINEAGE;
	     base = base->next) {
		int found = find_known(reader, known, base->slice, HOPS, &bases[count], err);

		if (found < 0)
			return -1;
		count += found;
	}
	while (count-- > 0) {
		for (int i = 0; i < bases[count]->count; i++)
			add(&lineage, bases[count]->lineage[i]);
	}
	add(&lineage, &class->stated);
	class->count = lineage.count;
	class->lineage = arena_alloc(
	    &reader->arena, (size_t)lineage.count * sizeof(const struct stub_class *));
	memcpy(class->lineage, lineage.classes,
	    (size_t)lineage.count * sizeof(const struct stub_class *));
	return 0;
}

static int find_known(struct exports_reader *reader, const struct known *known,
    struct slice reference, int hops, const struct known_class **ret, struct error **err)
{
	struct slice rest = reference, first;
	const struct stub_origin *origin;
	struct known_class *class;
	int found = 0;

	if (hops <= 0 || !slice_next(&rest, '.', &first))
		return 0;
	class = map_get(&known->classes, first);
	if (class && class->state == CLASS_STATED && reader->classes < DEPTH) {
		class->state = CLASS_ASKED;
		reader->classes++;
		if (find_lineage(reader, known, class, err) < 0)
			return -1;
		reader->classes--;
		class->state = CLASS_FOUND;
	}
	if (class) {
		*ret = class;
		return class->state == CLASS_FOUND && !rest.len;
	}
	origin = map_get(&known->siblings, first);
	if (origin)
		return find_sibling(reader, origin, rest, hops - 1, ret, err);
	if (rest.len || hops <= STAR)
		return 0;
	for (const struct text *star = known->stars.first; star && !found; star = star->next)
		found = find_class(reader, star->slice, first, hops - STAR, ret, err);
	return found;
}

int known_lineage(void *context, struct slice module, struct slice name,
    const struct stub_class *const **ret, struct error **err)
{
	const struct known_class *class = NULL;
	int found = find_class(context, module, name, HOPS, &class, err);

	if (found <= 0)
		return found;
	*ret = class->lineage;
	return class->count;
}
