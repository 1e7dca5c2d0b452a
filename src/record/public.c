#include "record/public.h"

#include "record/site_parts.h"

/* Note that a module exports an element of another one by a name. */
static void add_name(struct site_index *index, struct site_element *element,
    struct site_factor *factor, struct slice name)
{
	struct site_name *new;

	if (!element || element->factor == factor || element->type == ELEMENT_IMPORT ||
	    element->type == ELEMENT_MODULE)
		return;
	for (const struct site_name *known = element->names; known; known = known->next) {
		if (known->factor == factor && slice_equal(known->name, name))
			return;
	}
	new = arena_alloc(&index->arena, sizeof(*new));
	*new = (struct site_name){factor, name, element->names};
	element->names = new;
}

static bool lists(const struct site_factor *factor, struct slice name)
{
	for (size_t i = 0; i < factor->exported_count; i++) {
		if (slice_equal(factor->exported[i], name))
			return true;
	}
	return false;
}

/* Whether a module's list of names has more than is known. */
static bool is_open(const struct site_factor *factor)
{
	return factor->exported_open ||
	       (!factor->has_exported && map_get(&factor->by_path, SLICE_LITERAL("__all__")));
}

/* Note what `from X import *` exports. A list of which parts are not known is taken to have all
 * that is imported so. */
static void add_starred(
    struct site_index *index, struct site_factor *factor, const struct site_element *import)
{
	struct slice name = slice_of(import->import.data, import->import.len - 2);
	const struct site_element *module = site_lookup(index, name);
	const struct site_factor *other = module ? module->factor : NULL;

	if (!other || module->type != ELEMENT_MODULE || other == factor)
		return;
	for (size_t i = 0; i < other->count; i++) {
		struct site_element *element = &other->elements[i];

		if (element->parent != module || !element->is_public)
			continue;
		if (is_open(factor) || lists(factor, element->path))
			add_name(index,
			    element->import.len ? site_lookup(index, element->import) : element,
			    factor, element->path);
	}
}

static void find_exports(struct site_index *index, struct site_factor *factor)
{
	for (size_t i = 0; i < factor->count; i++) {
		struct site_element *element = &factor->elements[i];

		if (element->type != ELEMENT_IMPORT)
			continue;
		if (slice_ends(element->import, SLICE_LITERAL(".*")))
			add_starred(index, factor, element);
		else if (element->is_public)
			add_name(index, site_lookup(index, element->import), factor, element->path);
	}
}

static size_t components(struct slice name)
{
	size_t count = 1;

	for (size_t i = 0; i < name.len; i++)
		count += name.data[i] == '.';
	return count;
}

static bool is_shorter(struct slice name, struct slice other)
{
	size_t count = components(name), other_count = components(other);

	if (count != other_count)
		return count < other_count;
	return name.len != other.len ? name.len < other.len : slice_compare(name, other) < 0;
}

static struct slice join(struct site_index *index, struct slice parent, struct slice name)
{
	return slice_c(arena_printf(
	    &index->arena, "%.*s.%.*s", (int)parent.len, parent.data, (int)name.len, name.data));
}

/* The name of an element within the one around it. */
static struct slice identifier_of(const struct site_element *element)
{
	size_t skip = element->parent->path.len ? element->parent->path.len + 1 : 0;

	return slice_from(element->path, skip);
}

/* Choose the public name of an element of a module. Returns where it is exported under that name;
 * NULL if that is its own module, or nowhere. */
static const struct site_name *choose_name(struct site_index *index, struct site_element *element)
{
	const struct site_factor *factor = element->factor;
	const struct site_name *best = NULL;

	if (factor->is_public && element->is_public)
		element->public = join(index, factor->name, element->path);
	for (const struct site_name *name = element->names; name; name = name->next) {
		struct slice other = join(index, name->factor->name, name->name);

		if (!name->factor->is_public ||
		    (element->public.len && !is_shorter(other, element->public)))
			continue;
		element->public = other;
		best = name;
	}
	return best;
}

/* Definitions of one path have one public name and one home. */
static void choose_definition(struct site_index *index, struct site_element *element)
{
	const struct site_name *name = choose_name(index, element);

	for (struct site_element *other = element->namesake; other; other = other->namesake) {
		if (other->type == ELEMENT_IMPORT)
			continue;
		other->is_alternative = true;
		other->public = element->public;
	}
	if (name)
		site_home_move(index, element, name);
}

static void choose(struct site_index *index, struct site_element *element)
{
	struct site_factor *factor = element->factor;
	struct site_element *parent = element->parent;

	if (!parent) {
		element->public = factor->is_public ? factor->name : slice_of("", 0);
	} else if (element->type != ELEMENT_IMPORT && !element->is_alternative) {
		if (!parent->parent)
			choose_definition(index, element);
		else if (parent->public.len && !record_is_private(identifier_of(element)))
			element->public = join(index, parent->public, identifier_of(element));
	}
	site_home_settle(index, element);
}

/* Note a name by whose end an element is found. */
static void add_end(struct site_index *index, struct site_element *element)
{
	struct slice name = element->home.path;
	void **at;

	if (!element->parent || element->parent->parent || !element->public.len ||
	    element->is_alternative || element->type == ELEMENT_IMPORT)
		return;
	at = map_at(&index->by_end,
	    slice_c(arena_printf(&index->arena, "%.*s/%.*s", (int)element->factor->project.len,
		element->factor->project.data, (int)name.len, name.data)));
	*at = *at ? (void *)index : element;
}

void public_find(struct site_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		find_exports(index, index->factors[i]);
	for (size_t i = 0; i < index->count; i++) {
		for (size_t j = 0; j < index->factors[i]->count; j++)
			choose(index, &index->factors[i]->elements[j]);
	}
	for (size_t i = 0; i < index->count; i++) {
		for (size_t j = 0; j < index->factors[i]->count; j++)
			add_end(index, &index->factors[i]->elements[j]);
	}
}
