#include <stdlib.h>

#include "record/site_parts.h"

/* Whether a page has no other element of a name: what imports it is the element itself. */
static bool has_room(const struct site_index *index, const struct site_name *name,
    const struct site_element *element)
{
	const struct site_element *other = site_element_find(name->factor, name->name);

	for (; other; other = other->namesake) {
		if (other->type != ELEMENT_IMPORT)
			return false;
	}
	return site_lookup_in(index, name->factor, name->name) == element;
}

static void add_guest(struct site_factor *factor, struct site_factor *guest)
{
	if (factor->guest_count && factor->guests[factor->guest_count - 1] == guest)
		return;
	if (factor->guest_count == factor->guest_capacity) {
		factor->guest_capacity = 2 * factor->guest_capacity + 4;
		factor->guests = xreallocarray(
		    factor->guests, factor->guest_capacity, sizeof(struct site_factor *));
	}
	factor->guests[factor->guest_count++] = guest;
}

void site_home_move(
    struct site_index *index, struct site_element *element, const struct site_name *name)
{
	struct site_home home = {name->factor, name->name, name->name};
	size_t count = 0;

	if (!has_room(index, name, element))
		return;
	add_guest(name->factor, element->factor);
	for (struct site_element *other = site_element_find(name->factor, name->name); other;
	     other = other->namesake) {
		other->exported = element;
		other->home = home;
	}
	for (struct site_element *other = element; other; other = other->namesake) {
		if (other->type == ELEMENT_IMPORT)
			continue;
		if (++count > 1)
			home.anchor = slice_c(arena_printf(
			    &index->arena, "%.*s-%zu", (int)home.path.len, home.path.data, count));
		other->home = home;
		other->is_public = true;
	}
}

/* A path or anchor of an element with the path of its parent replaced by that of its home. */
static struct slice move(
    struct site_index *index, const struct site_element *element, struct slice path)
{
	const struct site_element *parent = element->parent;
	size_t skip = parent->path.len;

	return slice_c(arena_printf(&index->arena, "%.*s%.*s", (int)parent->home.path.len,
	    parent->home.path.data, (int)(path.len - skip), path.data + skip));
}

void site_home_settle(struct site_index *index, struct site_element *element)
{
	const struct site_element *parent = element->parent;

	if (element->home.factor)
		return;
	if (!parent || parent->home.factor == element->factor) {
		element->home = (struct site_home){element->factor, element->path, element->anchor};
		return;
	}
	element->home = (struct site_home){parent->home.factor, move(index, element, element->path),
	    move(index, element, element->anchor)};
	element->is_public = element->public.len && element->type != ELEMENT_IMPORT;
}

bool site_is_first(const struct site_element *element)
{
	return slice_equal(element->home.path, element->home.anchor);
}

bool site_is_elsewhere(const struct site_element *element)
{
	return element->home.factor != element->factor && !element->exported;
}

static struct slice moved_anchor(
    struct factor_record *record, const struct record_element *function, struct slice anchor)
{
	struct slice path = function->known->home.path;
	size_t skip = function->path.len;

	return slice_c(arena_printf(&record->arena, "%.*s%.*s", (int)path.len, path.data,
	    (int)(anchor.len - skip), anchor.data + skip));
}

static void adopt_parameters(struct factor_record *record, const struct record_element *function,
    struct record_element *parameter)
{
	for (; parameter; parameter = parameter->next)
		parameter->anchor = moved_anchor(record, function, parameter->anchor);
}

struct adopting {
	struct factor_record *record;
	const struct site_factor *factor;
	size_t number; /* of the next element */
	bool at_home;
};

/* Elements stand in the index in the order of the record, each after the one that it is in. False
 * if the index has not as many. */
static bool adopt(struct adopting *adopting, struct record_element *element)
{
	if (adopting->number == adopting->factor->count)
		return false;
	element->known = &adopting->factor->elements[adopting->number++];
	if (adopting->at_home && site_is_elsewhere(element->known)) {
		element->anchor = element->known->home.anchor;
		adopt_parameters(adopting->record, element, element->parameters);
		adopt_parameters(adopting->record, element, element->type_parameters);
	}
	for (struct record_element *child = element->first; child; child = child->next) {
		if (!adopt(adopting, child))
			return false;
	}
	return true;
}

int site_adopt(const struct site_factor *factor, struct factor_record *record, bool at_home,
    struct error **err)
{
	struct adopting adopting = {record, factor, 0, at_home};

	if (!adopt(&adopting, record->module) || adopting.number != factor->count)
		return fail(err, ERROR_INPUT, "its description changed while it was recorded");
	return 0;
}
