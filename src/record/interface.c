#include "record/interface.h"

#include "record/documents.h"

struct applying {
	struct factor_record *record;
	struct factor_record *interface;
	struct map exported; /* the names that the module lists */
};

static bool has_signature(const struct record_element *element)
{
	return record_is_callable(element) || element->type == ELEMENT_PROPERTY ||
	       element->type == ELEMENT_ABSTRACTPROPERTY;
}

/* Whether two elements of one name are the same thing. */
static bool corresponds(const struct record_element *a, const struct record_element *b)
{
	if (!slice_equal(a->identifier, b->identifier))
		return false;
	return (has_signature(a) && has_signature(b)) || (record_is_data(a) && record_is_data(b)) ||
	       (a->type == ELEMENT_CLASS && b->type == ELEMENT_CLASS);
}

/* The next element, of those of one name, that corresponds to `element`; *left is how many more of
 * the name there are. */
static struct record_element *find_next(
    struct record_element *after, const struct record_element *element, size_t *left)
{
	while (after && *left && (after = after->next)) {
		if (!slice_equal(after->identifier, element->identifier))
			continue;
		--*left;
		if (corresponds(after, element))
			return after;
	}
	return NULL;
}

static void take_annotation(
    const struct applying *applying, struct record_element *to, const struct record_element *from)
{
	if (!from->annotation)
		return;
	to->annotation = from->annotation;
	to->annotation->interface = applying->interface;
}

static void take_signature(
    const struct applying *applying, struct record_element *to, struct record_element *from)
{
	take_annotation(applying, to, from);
	for (const struct record_element *former = to->parameters; former; former = former->next) {
		if (map_get(&applying->record->paths, former->path) == former)
			*map_at(&applying->record->paths, former->path) = NULL;
	}
	to->parameters = from->parameters;
	to->type_parameters = from->type_parameters;
	to->decorators = from->decorators;
	to->qualifiers = from->qualifiers;
	if (from->deprecated.data)
		to->deprecated = from->deprecated;
	for (struct record_element *parameter = to->parameters; parameter;
	     parameter = parameter->next) {
		parameter->parent = to;
		parameter->documented = false;
		parameter->documentation = NULL;
		take_annotation(applying, parameter, parameter);
		if (!map_get(&applying->record->paths, parameter->path))
			*map_at(&applying->record->paths, parameter->path) = parameter;
	}
	documents_join_parameters(applying->record, to);
}

/* Another overload, behind the one before it. */
static struct record_element *add_overload(
    const struct applying *applying, struct record_element *before, struct record_element *from)
{
	struct arena *arena = &applying->record->arena;
	struct record_element *element = arena_zalloc(arena, 1, sizeof(*element));
	struct record_element *first = map_get(&applying->record->paths, before->path);

	*element = (struct record_element){
	    .type = before->type,
	    .identifier = before->identifier,
	    .path = before->path,
	    .area = before->area,
	    .parent = before->parent,
	    .next = before->next,
	    .conditional = before->conditional,
	    .async = before->async,
	    .is_public = before->is_public,
	};
	element->anchor = slice_c(arena_printf(
	    arena, "%.*s-%zu", (int)element->path.len, element->path.data, ++first->namesakes));
	if (before->parent->last == before)
		before->parent->last = element;
	before->next = element;
	take_signature(applying, element, from);
	return element;
}

static void apply_below(
    const struct applying *applying, struct record_element *to, struct record_element *from);

/* Elements of one name correspond in order; overloads that only the interface has follow. */
static void apply_signatures(const struct applying *applying, struct record_element *first,
    struct record_element *from, size_t from_left)
{
	struct record_element *element = first, *last = first;
	size_t left = first->namesakes - 1;

	for (; from; from = find_next(from, first, &from_left)) {
		if (element) {
			take_signature(applying, element, from);
			last = element;
			element = find_next(element, first, &left);
		} else {
			last = add_overload(applying, last, from);
		}
	}
}

static void apply_to(const struct applying *applying, struct record_element *element,
    struct record_element *from, size_t from_left)
{
	if (element->type == ELEMENT_CLASS)
		apply_below(applying, element, from);
	else if (record_is_data(element))
		take_annotation(applying, element, from);
	else
		apply_signatures(applying, element, from, from_left);
}

/* The lines of an element in the interface. */
static struct slice lines_of(const struct factor_record *interface, const struct area *area)
{
	size_t first = (size_t)area->first.line - 1, last = (size_t)area->last.line - 1;
	const char *begin;

	if (area->first.line < 1 || last < first || last >= interface->line_count)
		return slice_of("", 0);
	begin = interface->lines[first].data;
	return slice_of(
	    begin, (size_t)(interface->lines[last].data - begin) + interface->lines[last].len);
}

/* Append an element that only the interface has. */
static struct record_element *add_declared(
    const struct applying *applying, struct record_element *parent, struct record_element *from)
{
	struct factor_record *record = applying->record;
	struct record_element *element = arena_alloc(&record->arena, sizeof(*element));
	void **place = map_at(&record->paths, from->path);
	struct record_element *first;

	*element = *from;
	element->is_declared = true;
	element->declared = lines_of(applying->interface, &from->area);
	element->area = parent->area;
	element->parent = parent;
	element->next = element->first = element->last = NULL;
	element->namesakes = 0;
	element->parameters = NULL;
	if (!parent->parent && record->has_exported)
		element->is_public = map_find(&applying->exported, from->identifier) != NULL;
	first = *place ? *place : element;
	*place = first;
	if (++first->namesakes > 1)
		element->anchor = slice_c(arena_printf(&record->arena, "%.*s-%zu",
		    (int)element->path.len, element->path.data, first->namesakes));
	else
		element->anchor = element->path;
	if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	parent->last = element;
	for (struct record_type *base = element->bases; base; base = base->next)
		base->interface = applying->interface;
	take_signature(applying, element, from);
	return element;
}

/* An import of the module may be for what the interface declares. */
static void declare_below(
    const struct applying *applying, struct record_element *to, struct record_element *from)
{
	for (struct record_element *child = from->first; child; child = child->next) {
		const struct record_element *known = map_get(&applying->record->paths, child->path);

		if (child->type == ELEMENT_IMPORT ||
		    (known && known->type != ELEMENT_IMPORT && !known->is_declared))
			continue;
		declare_below(applying, add_declared(applying, to, child), child);
	}
}

static void apply_below(
    const struct applying *applying, struct record_element *to, struct record_element *from)
{
	for (struct record_element *child = to->first; child; child = child->next) {
		struct record_element *found = map_get(&applying->interface->paths, child->path);
		size_t left;

		/* The others of a name are looked for with the first one. */
		if (!found || !child->namesakes || found->parent != from)
			continue;
		left = found->namesakes - 1;
		if (!corresponds(found, child))
			found = find_next(found, child, &left);
		if (found)
			apply_to(applying, child, found, left);
	}
	declare_below(applying, to, from);
}

void interface_apply(struct factor_record *record, struct factor_record *interface)
{
	struct applying applying = {record, interface, {.count = 0}};

	for (const struct text *text = record->exported.first; text; text = text->next)
		*map_at(&applying.exported, text->slice) = record;
	apply_below(&applying, record->module, interface->module);
	map_release(&applying.exported);
}
