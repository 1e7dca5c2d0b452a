#include "record/docstring_parts.h"

void doc_literal(
    struct docstring *doc, struct text_node *parent, struct slice type, struct span span)
{
	struct text_node *node;
	size_t base = least_indent(doc, span);

	while (span.from < span.to && is_blank(doc, span.from))
		span.from++;
	while (span.from < span.to && is_blank(doc, span.to - 1))
		span.to--;
	if (span.from == span.to)
		return;
	node = text_add(doc->arena, parent, TEXT_SYNTAX, type);
	for (size_t i = span.from; i < span.to; i++) {
		struct slice text = doc->lines[i].text;
		size_t more = text.len ? doc->lines[i].indent - base : 0;
		char *line = arena_alloc(doc->arena, more + text.len + 1);

		memset(line, ' ', more);
		(void)slice_copy(line + more, text);
		text_add(doc->arena, node, TEXT_LINE, slice_of(line, more + text.len));
	}
}

/* Without the characters that mean something in the selector of a section. */
static struct slice clean_title(struct docstring *doc, struct slice title)
{
	char *text;
	size_t len = 0;

	title = doc_plain(doc, title);
	text = arena_copy(doc->arena, title);
	for (size_t i = 0; i < title.len; i++) {
		if (!memchr("[]>", title.data[i], 3))
			text[len++] = title.data[i];
	}
	return text_strip(slice_of(text, len));
}

static struct slice key_of(struct docstring *doc, struct text_node *section)
{
	autostr struct str key = STR_INIT;
	const struct slice *path = section->section->path;

	for (size_t i = 0; i < section->section->count; i++) {
		str_add_slice(&key, path[i]);
		str_addc(&key, '\0');
	}
	return arena_slice(doc->arena, str_slice(&key));
}

struct text_node *doc_section(struct docstring *doc, struct text_node *parent, struct slice title)
{
	size_t count = parent->type == TEXT_SECTION ? parent->section->count : 0;
	struct text_node *node;
	struct slice *path;
	void **place;

	title = clean_title(doc, title);
	if (!title.len)
		return NULL;
	path = arena_zalloc(doc->arena, count + 1, sizeof(*path));
	if (count)
		memcpy(path, parent->section->path, count * sizeof(*path));
	path[count] = title;
	node = text_new(doc->arena, TEXT_SECTION, title);
	node->section = arena_alloc(doc->arena, sizeof(*node->section));
	*node->section = (struct text_section){path, count + 1, count + 1, -1, -1};
	place = map_at(&doc->titles, key_of(doc, node));
	if (!*place) {
		struct text_section *section = node->section;

		node = text_add(doc->arena, parent, TEXT_SECTION, title);
		node->section = section;
		*place = node;
	}
	return *place;
}

static void add_property(struct docstring *doc, struct text_node *set, struct slice text)
{
	struct text_node *item = text_add(doc->arena, set, TEXT_ITEM, SLICE_LITERAL(""));
	struct text_node *paragraph = text_add(doc->arena, item, TEXT_PARAGRAPH, SLICE_LITERAL(""));

	paragraph->number = -1;
	text_parse_inline(doc->arena, paragraph, text);
}

void doc_type(struct docstring *doc, struct text_node *parent, struct slice type)
{
	static const char optional[] = "optional";
	struct text_node *set;

	type = doc_plain(doc, type);
	if (slice_ends(type, slice_c(optional)))
		type = text_strip(slice_of(type.data, type.len - strlen(optional)));
	if (slice_ends(type, SLICE_LITERAL(",")))
		type = text_strip(slice_of(type.data, type.len - 1));
	if (!type.len)
		return;
	set = text_add(doc->arena, parent, TEXT_SET, SLICE_LITERAL(""));
	add_property(doc, set, SLICE_LITERAL("(control)`property-set`"));
	add_property(doc, set,
	    slice_c(arena_printf(doc->arena, "(type/syntax)`%.*s`", (int)type.len, type.data)));
}

void docstring_drop_type(struct text_node *value)
{
	const struct text_node *set = value->first;
	const struct text_node *item = set && set->type == TEXT_SET ? set->first : NULL;
	const struct text_node *type = item ? item->next : NULL;

	if (!type || type->next || !item->first || !type->first || !type->first->last)
		return;
	item = item->first->first;
	type = type->first->first;
	while (item && item->type != TEXT_LITERAL)
		item = item->next;
	while (type && type->type != TEXT_LITERAL)
		type = type->next;
	if (!item || !type || !slice_is(item->text, "property-set") ||
	    !slice_is(type->extra, "type/syntax"))
		return;
	value->first = set->next;
	if (!set->next)
		value->last = NULL;
}

struct text_node *doc_name_key(struct docstring *doc, struct slice name)
{
	struct text_node *key = text_new(doc->arena, TEXT_KEY, SLICE_LITERAL(""));

	text_parse_inline(doc->arena, key, name);
	return key;
}

struct text_node *doc_reference_key(struct docstring *doc, struct slice text)
{
	struct text_node *key = text_new(doc->arena, TEXT_KEY, SLICE_LITERAL(""));
	autostr struct str line = STR_INIT;
	struct slice rest = text, part;

	while (slice_next(&rest, ',', &part)) {
		part = text_strip(part);
		if (!is_dotted_name(part)) {
			doc_inline(doc, key, text);
			return key;
		}
		str_addf(&line, "%s&%.*s", line.len ? ", " : "", (int)part.len, part.data);
	}
	text_parse_inline(doc->arena, key, arena_slice(doc->arena, str_slice(&line)));
	return key;
}

static struct text_node *add_item(
    struct docstring *doc, struct text_node *directory, struct text_node *key, struct slice type)
{
	struct text_node *item, *value;

	item = text_add(doc->arena, directory, TEXT_ITEM, text_identifier(doc->arena, key));
	key->parent = item;
	item->first = key;
	item->last = key;
	value = text_add(doc->arena, item, TEXT_VALUE, SLICE_LITERAL(""));
	if (type.data)
		doc_type(doc, value, type);
	return value;
}

struct text_node *doc_entry(struct docstring *doc, struct text_node *parent, struct text_node *key)
{
	struct text_node *directory = parent->last;

	if (!directory || directory->type != TEXT_DIRECTORY)
		directory = text_add(doc->arena, parent, TEXT_DIRECTORY, SLICE_LITERAL(""));
	return add_item(doc, directory, key, slice_of(NULL, 0));
}

struct text_node *doc_member(
    struct docstring *doc, struct text_node *section, struct text_node *key, struct slice type)
{
	struct text_node *directory = section->first;

	while (directory && directory->type != TEXT_DIRECTORY)
		directory = directory->next;
	if (!directory)
		directory = text_add(doc->arena, section, TEXT_DIRECTORY, SLICE_LITERAL(""));
	return add_item(doc, directory, key, type);
}

void doc_copy_children(struct docstring *doc, const struct text_node *from, struct text_node *to)
{
	for (const struct text_node *child = from->first; child; child = child->next) {
		struct text_node *copy = text_add(
		    doc->arena, to, (enum text_type)child->type, child->text);

		copy->open = child->open;
		copy->level = child->level;
		copy->number = child->number;
		if (child->type == TEXT_REFERENCE) {
			copy->reference = arena_alloc(doc->arena, sizeof(*copy->reference));
			*copy->reference = *child->reference;
		} else {
			copy->extra = child->extra;
		}
		doc_copy_children(doc, child, copy);
	}
}
