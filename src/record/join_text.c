#include "record/join_text.h"

#include "record/documents.h"

struct copying {
	const struct factor_record *record;
	struct arena *arena;
	const struct record_element *element;
	size_t depth; /* of the element: titles of its section */
};

static struct text_node *copy_node(
    struct copying *copying, struct text_node *parent, const struct text_node *from);

static void copy_children(
    struct copying *copying, struct text_node *to, const struct text_node *from)
{
	for (const struct text_node *child = from->first; child; child = child->next)
		(void)copy_node(copying, to, child);
}

/* Sections of the documentation are selected below the titles of the element. */
static struct text_section *copy_section(
    const struct copying *copying, const struct text_section *from)
{
	struct text_section *section = arena_alloc(copying->arena, sizeof(*section));

	*section = *from;
	if (!copying->depth)
		return section;
	section->level = (int)(copying->depth + from->titles - from->count);
	section->multiple = -1;
	section->titles += copying->depth;
	return section;
}

static struct text_node *copy_node(
    struct copying *copying, struct text_node *parent, const struct text_node *from)
{
	struct text_node *node = text_add(copying->arena, parent, from->type, from->text);

	node->open = from->open;
	node->level = from->level;
	node->number = from->number;
	node->extra = from->extra; /* the whole union */
	if (from->type == TEXT_SECTION)
		node->section = copy_section(copying, from->section);
	copy_children(copying, node, from);
	return node;
}

/* Types */

static struct text_node *add_line(struct arena *arena, struct text_node *set)
{
	return text_add(arena, text_add(arena, set, TEXT_ITEM, SLICE_LITERAL("")), TEXT_PARAGRAPH,
	    SLICE_LITERAL(""));
}

/* A type on one line; a literal has no backquote. */
static struct slice one_line(struct arena *arena, struct slice syntax)
{
	autostr struct str text = STR_INIT;
	bool space = false;

	for (size_t i = 0; i < syntax.len; i++) {
		char c = syntax.data[i];

		if (char_is_space(c)) {
			space = true;
			continue;
		}
		if (space && text.len)
			str_addc(&text, ' ');
		space = false;
		str_addc(&text, c == '`' ? '\'' : c);
	}
	return arena_slice(arena, str_slice(&text));
}

void join_type(struct arena *arena, struct text_node *set, const struct record_type *type)
{
	struct text_node *node;

	if (!type)
		return;
	node = text_add(arena, add_line(arena, set), TEXT_LITERAL, one_line(arena, type->syntax));
	node->extra = SLICE_LITERAL("type/syntax");
	if (!type->target)
		return;
	node = text_add(arena, add_line(arena, set), TEXT_REFERENCE, SLICE_LITERAL(""));
	node->reference = arena_zalloc(arena, 1, sizeof(*node->reference));
	target_reference(arena, type->target, "type/", node->reference, &node->text);
}

/* Parameters */

static bool is_property_set(const struct text_node *set)
{
	const struct text_node *item = set && set->type == TEXT_SET ? set->first : NULL;
	const struct text_node *node = item && item->first ? item->first->first : NULL;

	while (node && node->type == TEXT_STRING && !node->text.len)
		node = node->next;
	return node && node->type == TEXT_LITERAL && slice_is(node->text, "property-set") &&
	       node->extra.data && slice_is(node->extra, "control");
}

/* What a parameter is documented by; the types go into a set of properties that begins it. */
static void add_value(
    struct copying *copying, struct text_node *value, const struct record_element *parameter)
{
	struct arena *arena = copying->arena;
	const struct text_node *text = parameter->documentation;
	struct text_node *set = text_add(arena, value, TEXT_SET, SLICE_LITERAL("")), *node;

	if (text && is_property_set(text->first)) {
		copy_children(copying, set, text->first);
		join_type(arena, set, parameter->annotation);
		for (const struct text_node *child = text->first->next; child; child = child->next)
			(void)copy_node(copying, value, child);
		return;
	}
	join_type(arena, set, parameter->annotation);
	if (text && text->first) {
		copy_children(copying, value, text);
		return;
	}
	value = text_add(arena, value, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	node = text_add(arena, value, TEXT_LITERAL, SLICE_LITERAL("Undocumented"));
	node->extra = SLICE_LITERAL("control/absent");
	(void)text_add(arena, value, TEXT_STRING, SLICE_LITERAL("."));
}

static void add_parameter(
    struct copying *copying, struct text_node *directory, const struct record_element *parameter)
{
	struct arena *arena = copying->arena;
	struct text_node *item = text_add(arena, directory, TEXT_ITEM, parameter->identifier);
	struct text_node *key = text_add(arena, item, TEXT_KEY, SLICE_LITERAL("")), *name;

	name = text_add(arena, key, TEXT_LITERAL, parameter->identifier);
	name->extra = SLICE_LITERAL("parameter");
	add_value(copying, text_add(arena, item, TEXT_VALUE, SLICE_LITERAL("")), parameter);
}

/* Keys that are no parameter are shown where any name may be given. */
static void add_others(
    struct copying *copying, struct text_node *directory, const struct text_node *from)
{
	const struct record_element *last = copying->element->parameters;

	while (last && last->kind != PARAMETER_KWARG)
		last = last->next;
	for (const struct text_node *item = last ? from->first : NULL; item; item = item->next) {
		if (!documents_parameter(copying->record, copying->element, item))
			(void)copy_node(copying, directory, item);
	}
}

static void add_parameters(
    struct copying *copying, struct text_node *section, const struct text_node *from)
{
	struct text_node *directory;

	if (!copying->element->parameters)
		return;
	directory = text_add(copying->arena, section, TEXT_DIRECTORY, SLICE_LITERAL(""));
	for (const struct record_element *parameter = copying->element->parameters; parameter;
	     parameter = parameter->next)
		add_parameter(copying, directory, parameter);
	add_others(copying, directory, from);
}

/* Of the section's directories the first one is that of the parameters. */
static void copy_parameters(
    struct copying *copying, struct text_node *parent, const struct text_node *from)
{
	struct text_node *section = text_add(copying->arena, parent, TEXT_SECTION, from->text);
	bool replaced = false;

	section->section = copy_section(copying, from->section);
	for (const struct text_node *child = from->first; child; child = child->next) {
		if (child->type != TEXT_DIRECTORY || replaced) {
			(void)copy_node(copying, section, child);
			continue;
		}
		add_parameters(copying, section, child);
		replaced = true;
	}
}

/* The sections that lead to an element, without content. */
static struct text_node *element_section(
    struct arena *arena, const struct record_element *element, size_t *ret_depth)
{
	struct text_node *node = text_new(
	    arena, element->parent ? TEXT_SECTION : TEXT_CHAPTER, element->identifier);

	if (!element->parent) {
		*ret_depth = 0;
		return node;
	}
	node->parent = element_section(arena, element->parent, ret_depth);
	node->section = arena_zalloc(arena, 1, sizeof(*node->section));
	node->section->titles = ++*ret_depth;
	return node;
}

struct text_node *join_text(struct factor_record *record, const struct record_element *element)
{
	struct copying copying = {record, &record->arena, element, 0};
	struct text_node *section = element_section(&record->arena, element, &copying.depth);
	const struct text_node *documentation = element->documentation, *parameters = NULL;

	if (record_is_callable(element))
		parameters = documents_section(documentation, "Parameters");
	for (const struct text_node *child = documentation ? documentation->first : NULL; child;
	     child = child->next) {
		if (child == parameters)
			copy_parameters(&copying, section, child);
		else
			(void)copy_node(&copying, section, child);
	}
	return section;
}
