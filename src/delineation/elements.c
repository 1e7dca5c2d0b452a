#include "delineation/elements.h"

#include "base/hash.h"
#include "base/json.h"
#include "delineation/words.h"

static void write_place(struct json_writer *json, struct point place)
{
	json_array(json);
	json_integer(json, place.line);
	json_integer(json, place.column);
	json_array_end(json);
}

static void write_area(struct json_writer *json, const char *key, const struct area *area)
{
	json_key(json, key);
	json_array(json);
	write_place(json, area->first);
	write_place(json, area->last);
	json_array_end(json);
}

static void write_texts(struct json_writer *json, const struct texts *texts)
{
	json_array(json);
	for (const struct text *text = texts->first; text; text = text->next)
		json_string(json, text->slice);
	json_array_end(json);
}

static void write_list(struct json_writer *json, const char *key, const struct texts *texts)
{
	if (!texts->first)
		return;
	json_key(json, key);
	write_texts(json, texts);
}

static void write_true(struct json_writer *json, const char *key, bool value)
{
	if (!value)
		return;
	json_key(json, key);
	json_bool(json, true);
}

static void write_text(struct json_writer *json, const char *key, struct slice text)
{
	if (text.len)
		json_member_slice(json, key, text);
}

static void write_import(struct json_writer *json, const struct element *element)
{
	if (element->type != ELEMENT_IMPORT)
		return;
	json_key(json, "path");
	write_texts(json, &element->path);
	if (element->from)
		json_member_integer(json, "relative", element->relative);
	write_true(json, "factor", true);
}

/* The decorators of a definition, or the word before a statement. */
static void write_qualifiers(struct json_writer *json, const struct element *element)
{
	struct text word = {SLICE_LITERAL("type"), NULL};
	struct texts words = {&word, &word};

	if (element->definition)
		words = element->definition->qualifiers;
	else if (element->lazy)
		word.slice = SLICE_LITERAL("lazy");
	else if (!element->alias)
		return;
	write_list(json, "qualifiers", &words);
}

static void write_type_parameters(struct json_writer *json, const struct element *element)
{
	bool any = false;

	for (const struct element *child = element->first; child; child = child->next) {
		if (child->type != ELEMENT_TYPE_PARAMETER)
			continue;
		if (!any) {
			json_key(json, "type-parameters");
			json_array(json);
		}
		any = true;
		json_string(json, child->identifier);
	}
	if (any)
		json_array_end(json);
}

/* Of a parameter of either type. */
static void write_parameter(struct json_writer *json, const struct element *element)
{
	if (element->type != ELEMENT_PARAMETER && element->type != ELEMENT_TYPE_PARAMETER)
		return;
	json_member(json, "kind", parameter_kind_word(element->kind));
	if (!element->default_syntax.data)
		return;
	json_member_slice(json, "default", element->default_syntax);
	write_true(json, "optional", true);
}

static void write_keywords(struct json_writer *json, const struct texts *keywords)
{
	if (!keywords->first)
		return;
	json_key(json, "keywords");
	json_object(json);
	for (const struct text *name = keywords->first; name; name = name->next->next) {
		json_key_slice(json, name->slice);
		json_string(json, name->next->slice);
	}
	json_object_end(json);
}

static void write_definition(struct json_writer *json, const struct definition *definition)
{
	write_keywords(json, &definition->keywords);
	write_list(json, "raises", &definition->raises);
	write_true(json, "yields", definition->yields);
	if (definition->deprecated.data)
		json_member_slice(json, "deprecated", definition->deprecated);
	write_text(json, "accessor", definition->accessor);
}

/* Attributes have this order for every type; those that do not apply are empty. */
static void write_attributes(struct json_writer *json, const struct element *element)
{
	const struct definition *definition = element->definition;

	if (element->type != ELEMENT_TYPE)
		json_member_slice(json, "identifier", element->identifier);
	write_area(json, "area", &element->area);
	if (element->documentation.present)
		write_area(json, "documented", &element->documentation.area);
	write_qualifiers(json, element);
	if (definition)
		write_list(json, "decorators", &definition->decorators);
	write_import(json, element);
	write_parameter(json, element);
	write_text(json, "syntax", element->syntax);
	write_text(json, "reference", element->reference);
	if (element->has_exported) {
		json_key(json, "exported");
		write_texts(json, &element->exported);
	}
	write_true(json, "exported-open", element->exported_open);
	write_type_parameters(json, element);
	if (definition)
		write_definition(json, definition);
	write_text(json, "method", element->method);
	write_true(json, "conditional", element->conditional);
	write_text(json, "source-encoding", element->encoding);
}

/* The parser's limit of indentation bounds how deep classes are nested. */
static void write_element(struct json_writer *json, const struct element *element)
{
	json_array(json);
	json_string(json, slice_c(element_type_word(element->type)));
	json_array(json);
	for (const struct element *child = element->first; child; child = child->next)
		write_element(json, child);
	json_array_end(json);
	json_object(json);
	if (element->type != ELEMENT_INHERITANCE)
		write_attributes(json, element);
	json_object_end(json);
	json_array_end(json);
}

/* The lists that name elements by their paths. */
struct listing {
	struct json_writer documented;
	struct json_writer documentation;
	struct json_writer paths; /* lists of data elements */
	struct json_writer values;
	struct texts path; /* path from the module, which is left out, to the element */
	size_t size;	   /* length of the output at the last check */
};

static void list_element(struct listing *listing, const struct element *element)
{
	if (element->documentation.present) {
		write_texts(&listing->documented, &listing->path);
		write_texts(&listing->documentation, &element->documentation.lines);
	}
	if (element->type == ELEMENT_DATA && element->value.json.len) {
		write_texts(&listing->paths, &listing->path);
		json_raw(&listing->values, element->value.json);
	}
	listing->size = listing->documented.out->len + listing->documentation.out->len +
			listing->paths.out->len + listing->values.out->len;
}

static void list_children(struct listing *listing, const struct element *parent)
{
	struct text *last = listing->path.last;
	struct text own = {{NULL, 0}, NULL};

	for (const struct element *child = parent->first; child; child = child->next) {
		/* Only these elements have documentation, values, or children that have them. */
		if (!child->identifier.len || child->type == ELEMENT_PARAMETER ||
		    child->type == ELEMENT_TYPE_PARAMETER || listing->size > DELINEATION_LIMIT)
			continue;
		own.slice = child->identifier;
		if (last)
			last->next = &own;
		else
			listing->path.first = &own;
		listing->path.last = &own;
		list_element(listing, child);
		list_children(listing, child);
		if (last)
			last->next = NULL;
		else
			listing->path.first = NULL;
		listing->path.last = last;
	}
}

static void begin_list(struct json_writer *json, struct str *out)
{
	json_begin(json, out);
	json_array(json);
}

static int write_regions(
    const struct delineation *delineation, struct description *ret, struct error **err)
{
	char hex[2 * HASH_SIZE + 1];
	struct hash hash;
	const struct region *region;
	size_t at = 0;
	char type;

	while ((region = regions_next(&delineation->regions, &at, &type))) {
		region_add_area(&region->area, &ret->areas);
		str_addc(&ret->areas, '\n');
		str_addc(&ret->types, type);
		ret->region_count++;
	}
	if (hash_compute(HASH_SHA3_256, delineation->text, &hash, err) < 0)
		return -1;
	hash_hex(&hash, hex);
	str_addf(&ret->hashes, "%s\n", hex);
	return 0;
}

int description_write(const struct delineation *delineation, const char *shown,
    struct description *ret, struct error **err)
{
	const struct element *module = &delineation->module;
	autostr struct str values = STR_INIT;
	struct listing listing = {.size = 0};
	struct json_writer json;

	json_begin(&json, &ret->elements);
	write_element(&json, module);
	begin_list(&listing.documented, &ret->documented);
	begin_list(&listing.documentation, &ret->documentation);
	begin_list(&listing.paths, &ret->data);
	json_array(&listing.paths);
	begin_list(&listing.values, &values);
	list_element(&listing, module);
	list_children(&listing, module);
	json_array_end(&listing.documented);
	json_array_end(&listing.documentation);
	json_array_end(&listing.paths);
	json_array_end(&listing.values);
	json_raw(&listing.paths, str_slice(&values));
	json_array_end(&listing.paths);
	if (listing.size > DELINEATION_LIMIT)
		return delineation_too_large(shown, err);
	if (delineation->has_regions && write_regions(delineation, ret, err) < 0)
		return -1;
	str_addc(&ret->elements, '\n');
	str_addc(&ret->documented, '\n');
	str_addc(&ret->documentation, '\n');
	str_addc(&ret->data, '\n');
	return 0;
}

static struct slice without_newline(const struct str *text)
{
	return slice_of(str_c(text), text->len - 1);
}

void description_document(
    const struct description *description, struct slice recorded, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member_integer(&json, "format", DESCRIPTION_FORMAT);
	json_member_slice(&json, "path", recorded);
	json_key(&json, "elements");
	json_raw(&json, without_newline(&description->elements));
	json_key(&json, "documented");
	json_raw(&json, without_newline(&description->documented));
	json_key(&json, "documentation");
	json_raw(&json, without_newline(&description->documentation));
	json_key(&json, "data");
	json_raw(&json, without_newline(&description->data));
	json_object_end(&json);
}

void description_release(struct description *description)
{
	str_release(&description->elements);
	str_release(&description->documented);
	str_release(&description->documentation);
	str_release(&description->data);
	str_release(&description->areas);
	str_release(&description->types);
	str_release(&description->hashes);
}
