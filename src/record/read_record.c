#include "record/factor_record.h"

#include <limits.h>

#include "delineation/words.h"
#include "record/clean.h"
#include "record/documents.h"

/* The files of a description, in the order of record.json. */
enum { ELEMENTS, DOCUMENTED, DOCUMENTATION, DATA };

struct reader {
	struct factor_record *record;
	const char *name; /* of the description, for messages */
	struct error **err;
};

static int malformed(const struct reader *reader, const char *what)
{
	return fail_at(
	    reader->err, reader->name, 0, 0, NULL, "the description is malformed: %s", what);
}

static struct slice read_text(
    const struct reader *reader, const struct json *attributes, const char *key)
{
	const char *text = json_text(attributes, key, NULL);

	return text ? clean_text(&reader->record->arena, text) : slice_of(NULL, 0);
}

static bool read_truth(const struct json *attributes, const char *key)
{
	return json_is(json_get(attributes, key), JSON_TRUE);
}

static struct texts read_texts(const struct reader *reader, const struct json *list)
{
	struct texts texts = {NULL, NULL};

	for (const struct json *item = json_first(list); item; item = item->next) {
		if (item->kind == JSON_STRING)
			texts_add(&texts, &reader->record->arena,
			    clean_text(&reader->record->arena, item->string));
	}
	return texts;
}

static struct texts read_keywords(const struct reader *reader, const struct json *keywords)
{
	struct arena *arena = &reader->record->arena;
	struct texts texts = {NULL, NULL};

	for (const struct json *item = json_first(keywords); item; item = item->next) {
		if (item->kind != JSON_STRING || !item->key)
			continue;
		texts_add(&texts, arena, clean_text(arena, item->key));
		texts_add(&texts, arena, clean_text(arena, item->string));
	}
	return texts;
}

/* A whole number of a position; -1 for anything else. */
static int read_count(const struct json *value)
{
	if (!json_is(value, JSON_NUMBER) || !(value->number >= 0 && value->number < INT_MAX))
		return -1;
	return (int)value->number;
}

static bool read_point(const struct json *value, struct point *ret)
{
	ret->line = read_count(json_first(value));
	ret->column = read_count(json_first(value) ? json_first(value)->next : NULL);
	return ret->line >= 1 && ret->column >= 0;
}

static int read_area(const struct reader *reader, const struct json *attributes, struct area *ret)
{
	const struct json *area = json_get(attributes, "area"), *first = json_first(area);

	if (first && read_point(first, &ret->first) && read_point(first->next, &ret->last))
		return 0;
	return malformed(reader, "an element has no area");
}

/* Identifiers are parts of paths, anchors and selectors, so they have none of the marks of those.
 */
static bool is_identifier(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (c < 0x80 && c != '_' && c != '*' && !(c >= '0' && c <= '9') &&
		    !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return false;
	}
	return name.len > 0;
}

static struct slice join_path(const struct reader *reader, const struct record_element *parent,
    struct slice identifier, bool parameter)
{
	struct str path = STR_INIT;
	char *copy;

	if (!parent->path.len && !parameter)
		return identifier;
	str_add_slice(&path, parent->path);
	if (parent->path.len)
		str_addc(&path, '.');
	str_adds(&path, parameter ? "Parameters." : "");
	str_add_slice(&path, identifier);
	copy = arena_copy(&reader->record->arena, str_slice(&path));
	identifier = slice_of(copy, path.len);
	str_release(&path);
	return identifier;
}

static void set_path(const struct reader *reader, struct record_element *element)
{
	struct factor_record *record = reader->record;
	bool parameter = element->type == ELEMENT_PARAMETER;
	struct record_element *first;
	void **place;

	element->path = join_path(reader, element->parent, element->identifier, parameter);
	element->anchor = element->path;
	place = map_at(&record->paths, element->path);
	if (!*place)
		*place = element;
	first = *place;
	if (++first->namesakes > 1)
		element->anchor = slice_c(arena_printf(&record->arena, "%.*s-%zu",
		    (int)element->path.len, element->path.data, first->namesakes));
}

static void prepend(struct record_element **list, struct record_element *element)
{
	element->next = *list;
	*list = element;
}

static void reverse(struct record_element **list)
{
	struct record_element *rest = *list;

	*list = NULL;
	while (rest) {
		struct record_element *element = rest;

		rest = element->next;
		prepend(list, element);
	}
}

/* Parameters and type parameters are in lists of their own, backwards until all are read. */
static void append_child(struct record_element *parent, struct record_element *child)
{
	if (child->type == ELEMENT_PARAMETER) {
		prepend(&parent->parameters, child);
	} else if (child->type == ELEMENT_TYPE_PARAMETER) {
		prepend(&parent->type_parameters, child);
	} else {
		if (parent->last)
			parent->last->next = child;
		else
			parent->first = child;
		parent->last = child;
	}
}

static int read_kind(
    const struct reader *reader, const struct json *attributes, struct record_element *element)
{
	if (element->type != ELEMENT_PARAMETER && element->type != ELEMENT_TYPE_PARAMETER)
		return 0;
	if (!parameter_kind_of(json_text(attributes, "kind", ""), &element->kind))
		return malformed(reader, "a parameter has no kind");
	return 0;
}

/* `async` is the last of the qualifiers. */
static void read_qualifiers(
    const struct reader *reader, const struct json *attributes, struct record_element *element)
{
	struct texts all = read_texts(reader, json_get(attributes, "qualifiers"));

	for (const struct text *text = all.first; text; text = text->next) {
		if (!text->next && slice_is(text->slice, "async"))
			element->async = true;
		else
			texts_add(&element->qualifiers, &reader->record->arena, text->slice);
	}
}

static int read_attributes(
    const struct reader *reader, const struct json *attributes, struct record_element *element)
{
	const struct json *relative = json_get(attributes, "relative");

	element->identifier = read_text(reader, attributes, "identifier");
	if (element->parent && !is_identifier(element->identifier))
		return malformed(reader, "an element has no identifier");
	if (read_area(reader, attributes, &element->area) < 0 ||
	    read_kind(reader, attributes, element) < 0)
		return -1;
	read_qualifiers(reader, attributes, element);
	element->decorators = read_texts(reader, json_get(attributes, "decorators"));
	element->keywords = read_keywords(reader, json_get(attributes, "keywords"));
	element->raises = read_texts(reader, json_get(attributes, "raises"));
	element->import_path = read_texts(reader, json_get(attributes, "path"));
	element->relative = relative ? read_count(relative) : -1;
	element->conditional = read_truth(attributes, "conditional");
	element->yields = read_truth(attributes, "yields");
	element->documented = json_get(attributes, "documented") != NULL;
	element->deprecated = read_text(reader, attributes, "deprecated");
	element->accessor = read_text(reader, attributes, "accessor");
	element->method = read_text(reader, attributes, "method");
	element->syntax = read_text(reader, attributes, "syntax");
	element->default_syntax = read_text(reader, attributes, "default");
	return 0;
}

static int read_type(
    const struct reader *reader, const struct json *value, struct record_type **ret)
{
	const struct json *word = json_first(value), *children = word ? word->next : NULL;
	const struct json *attributes = children ? children->next : NULL;

	*ret = arena_zalloc(&reader->record->arena, 1, sizeof(**ret));
	if (!json_is(word, JSON_STRING) || strcmp(word->string, "type") != 0)
		return malformed(reader, "expected a type in a list of bases");
	(*ret)->syntax = read_text(reader, attributes, "syntax");
	(*ret)->reference = read_text(reader, attributes, "reference");
	return read_area(reader, attributes, &(*ret)->area);
}

static int read_bases(
    const struct reader *reader, const struct json *children, struct record_element *parent)
{
	struct record_type **last = &parent->bases;

	for (const struct json *child = json_first(children); child; child = child->next) {
		if (read_type(reader, child, last) < 0)
			return -1;
		last = &(*last)->next;
	}
	return 0;
}

static int read_element(
    const struct reader *reader, const struct json *value, struct record_element *parent);

static int read_children(
    const struct reader *reader, const struct json *children, struct record_element *parent)
{
	for (const struct json *child = json_first(children); child; child = child->next) {
		if (read_element(reader, child, parent) < 0)
			return -1;
	}
	reverse(&parent->parameters);
	reverse(&parent->type_parameters);
	return 0;
}

/* The depth of the tree is bounded by that of JSON. */
static int read_element(
    const struct reader *reader, const struct json *value, struct record_element *parent)
{
	const struct json *word = json_first(value), *children = word ? word->next : NULL;
	const struct json *attributes = children ? children->next : NULL;
	struct factor_record *record = reader->record;
	struct record_element *element;
	enum element_type type;

	if (!attributes || word->kind != JSON_STRING || !element_type_of(word->string, &type) ||
	    (type == ELEMENT_MODULE) != !parent)
		return malformed(reader, "not an element");
	if (type == ELEMENT_INHERITANCE)
		return read_bases(reader, children, parent);
	if (type == ELEMENT_TYPE)
		return read_type(reader, value, &parent->annotation);
	if (++record->elements > RECORD_ELEMENT_LIMIT)
		return malformed(reader, "too many elements");
	element = arena_zalloc(&record->arena, 1, sizeof(*element));
	element->type = type;
	element->parent = parent;
	if (read_attributes(reader, attributes, element) < 0)
		return -1;
	if (parent) {
		set_path(reader, element);
		append_child(parent, element);
	} else {
		record->module = element;
		record->has_exported = json_is(json_get(attributes, "exported"), JSON_ARRAY);
		record->exported_open = read_truth(attributes, "exported-open");
		record->exported = read_texts(reader, json_get(attributes, "exported"));
		record->name = element->identifier;
	}
	return read_children(reader, children, element);
}

/* Tell which of the elements below another one are public. */
static void publish(
    const struct factor_record *record, const struct map *exported, struct record_element *parent)
{
	for (struct record_element *child = parent->first; child; child = child->next) {
		if (parent->parent || !record->has_exported)
			child->is_public = parent->is_public &&
					   !record_is_private(child->identifier) &&
					   child->type != ELEMENT_IMPORT;
		else
			child->is_public = map_find(exported, child->identifier) != NULL;
		publish(record, exported, child);
	}
}

static void publish_all(struct factor_record *record)
{
	automap struct map exported = {NULL};

	for (const struct text *text = record->exported.first; text; text = text->next)
		*map_at(&exported, text->slice) = record;
	record->module->is_public = true;
	publish(record, &exported, record->module);
}

static int read_json(
    const struct record_parts *parts, struct factor_record *ret, struct error **err)
{
	const struct slice texts[] = {
	    [ELEMENTS] = parts->elements,
	    [DOCUMENTED] = parts->documented,
	    [DOCUMENTATION] = parts->documentation,
	    [DATA] = parts->data,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		ret->json[i] = json_parse(texts[i], parts->name, RECORD_SIZE_LIMIT, err);
		if (!ret->json[i])
			return -1;
	}
	return 0;
}

int factor_record_read(const struct record_parts *parts, enum docstring_style style,
    struct notes *notes, struct factor_record *ret, struct error **err)
{
	struct reader reader = {ret, parts->name, err};

	if (read_json(parts, ret, err) < 0 || read_element(&reader, ret->json[ELEMENTS], NULL) < 0)
		return -1;
	ret->source = parts->source;
	factor_record_split_lines(ret);
	documents_join(
	    ret, ret->json[DOCUMENTED], ret->json[DOCUMENTATION], style, parts->name, notes);
	documents_join_values(ret, ret->json[DATA]);
	publish_all(ret);
	return 0;
}
