#include "record/text.h"

/* In JSON, strings and breaks are strings. */
static const char *const type_names[] = {
    [TEXT_CHAPTER] = "chapter",
    [TEXT_SECTION] = "section",
    [TEXT_PARAGRAPH] = "paragraph",
    [TEXT_SET] = "set",
    [TEXT_SEQUENCE] = "sequence",
    [TEXT_DIRECTORY] = "directory",
    [TEXT_ITEM] = "item",
    [TEXT_KEY] = "key",
    [TEXT_VALUE] = "value",
    [TEXT_SYNTAX] = "syntax",
    [TEXT_LINE] = "line",
    [TEXT_ADMONITION] = "admonition",
    [TEXT_EXCEPTION] = "exception",
    [TEXT_LITERAL] = "literal",
    [TEXT_EMPHASIS] = "emphasis",
    [TEXT_REFERENCE] = "reference",
};

struct text_node *text_new(struct arena *arena, enum text_type type, struct slice text)
{
	struct text_node *node = arena_zalloc(arena, 1, sizeof(*node));

	node->type = (unsigned char)type;
	node->text = text;
	return node;
}

/* Make a node, which is in no tree, the last child of another. Returns the node. */
static struct text_node *append(struct text_node *parent, struct text_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	child->parent = parent;
	return child;
}

struct text_node *text_add(
    struct arena *arena, struct text_node *parent, enum text_type type, struct slice text)
{
	return append(parent, text_new(arena, type, text));
}

void text_add_plain(const struct text_node *parent, struct str *ret)
{
	for (const struct text_node *node = parent->first; node; node = node->next)
		str_add_slice(ret, node->type == TEXT_BREAK ? SLICE_LITERAL(" ") : node->text);
}

struct slice text_shown(const struct text_node *reference)
{
	struct slice title = reference->reference->title, url = reference->reference->url;

	if (title.len)
		return title;
	if (!url.len)
		return reference->text;
	/* That of a name that means nothing. */
	return *url.data == '#' ? slice_from(url, 1) : url;
}

void text_add_shown(const struct text_node *parent, struct str *ret)
{
	for (const struct text_node *node = parent->first; node; node = node->next) {
		if (node->type == TEXT_REFERENCE)
			str_add_slice(ret, text_shown(node));
		else
			str_add_slice(
			    ret, node->type == TEXT_BREAK ? SLICE_LITERAL(" ") : node->text);
	}
}

static void write_optional(struct json_writer *json, const char *key, struct slice value)
{
	json_key(json, key);
	if (value.data)
		json_string(json, value);
	else
		json_null(json);
}

static void write_number(struct json_writer *json, const char *key, long value)
{
	json_key(json, key);
	if (value < 0)
		json_null(json);
	else
		json_integer(json, value);
}

/* The titles from the chapter on: first the ancestors', outermost first. */
static void write_absolute(const struct text_node *section, struct json_writer *json)
{
	const struct text_node *path[TEXT_DEPTH_LIMIT];
	size_t count = 0;

	for (; section && section->type == TEXT_SECTION && count < TEXT_DEPTH_LIMIT;
	     section = section->parent)
		path[count++] = section;
	json_key(json, "absolute");
	json_array(json);
	while (count)
		json_string(json, path[--count]->text);
	json_array_end(json);
}

static void write_section(const struct text_node *node, struct json_writer *json)
{
	const struct text_section *section = node->section;

	json_member_slice(json, "identifier", node->text);
	write_absolute(node, json);
	json_key(json, "selector-path");
	json_array(json);
	for (size_t i = 0; i < section->count; i++)
		json_string(json, section->path[i]);
	json_array_end(json);
	write_number(json, "selector-level", section->level);
	write_number(json, "selector-multiple", section->multiple);
}

static void write_reference(const struct text_node *node, struct json_writer *json)
{
	static const char *const kinds[] = {"normal", "hyperlink", "section"};
	const struct text_reference *reference = node->reference;

	json_member_slice(json, "source", node->text);
	json_member(json, "type", kinds[reference->kind]);
	json_key(json, "action");
	if (reference->include)
		json_string(json, SLICE_LITERAL("include"));
	else
		json_null(json);
	write_optional(json, "cast", reference->cast);
	write_optional(json, "url", reference->url);
}

static void write_weight(struct json_writer *json, int weight)
{
	char digits[16];

	(void)snprintf(digits, sizeof(digits), "%d", weight);
	json_member(json, "weight", digits);
}

static void write_attributes(const struct text_node *node, struct json_writer *json)
{
	json_object(json);
	if (node->type == TEXT_SECTION) {
		write_section(node, json);
	} else if (node->type == TEXT_PARAGRAPH) {
		write_number(json, "indentation", node->number);
	} else if (node->type == TEXT_ITEM && node->parent &&
		   node->parent->type == TEXT_DIRECTORY) {
		json_member_slice(json, "identifier", node->text);
	} else if (node->type == TEXT_SYNTAX) {
		json_member_slice(json, "type", node->text);
		write_optional(json, "qualifier", node->extra);
	} else if (node->type == TEXT_ADMONITION) {
		json_member_slice(json, "type", node->text);
		write_optional(json, "title", node->extra);
	} else if (node->type == TEXT_EXCEPTION) {
		json_member_slice(json, "event", node->text);
		json_member_slice(json, "message", node->extra);
		json_member_integer(json, "line", node->number);
		json_member_integer(json, "indentation-level", node->level);
	} else if (node->type == TEXT_LITERAL) {
		write_optional(json, "cast", node->extra);
	} else if (node->type == TEXT_EMPHASIS) {
		write_weight(json, node->number);
	} else if (node->type == TEXT_REFERENCE) {
		write_reference(node, json);
	}
	json_object_end(json);
}

static void write_node(const struct text_node *node, struct json_writer *json);

static void write_content(const struct text_node *node, struct json_writer *json)
{
	if (node->type == TEXT_REFERENCE && !node->reference->title.data) {
		json_null(json);
		return;
	}
	json_array(json);
	if (node->type == TEXT_REFERENCE)
		json_string(json, node->reference->title);
	else if (node->type == TEXT_LINE || node->type >= TEXT_STRING)
		json_string(json, node->text);
	for (const struct text_node *child = node->first; child; child = child->next)
		write_node(child, json);
	json_array_end(json);
}

static void write_node(const struct text_node *node, struct json_writer *json)
{
	if (json->out->len > TEXT_OUTPUT_LIMIT)
		return; /* text_write() fails later */
	if (node->type == TEXT_STRING || node->type == TEXT_BREAK) {
		json_string(json, node->type == TEXT_STRING ? node->text : SLICE_LITERAL(" "));
		return;
	}
	json_array(json);
	json_string(json, slice_c(type_names[node->type]));
	write_content(node, json);
	write_attributes(node, json);
	json_array_end(json);
}

int text_write(const struct text_node *node, struct json_writer *json, struct error **err)
{
	write_node(node, json);
	if (json->out->len > TEXT_OUTPUT_LIMIT)
		return fail(
		    err, ERROR_INPUT, "elements take more than %zu MiB", TEXT_OUTPUT_LIMIT >> 20);
	return 0;
}
