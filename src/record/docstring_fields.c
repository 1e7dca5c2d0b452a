#include "record/docstring_parts.h"

/* A kind of field: what it is about, and the section that it becomes a part of. */
struct field_kind {
	const char *words;
	const char *title;   /* NULL: it is dropped, or tells a type */
	bool named;	     /* it has an argument: a name, maybe after a type */
	bool refers;	     /* that is what is referred to */
	const char *type_of; /* it is the type of the fields of this section */
};

static const struct field_kind kinds[] = {
    {"param|parameter|arg|argument|key|keyword|kwarg|kwparam|", "Parameters", true, false, NULL},
    {"type|paramtype|kwtype|", NULL, true, false, "Parameters"},
    {"return|returns|", "Returns", false, false, NULL},
    {"rtype|returntype|", NULL, false, false, "Returns"},
    {"yield|yields|", "Yields", false, false, NULL},
    {"ytype|yieldtype|", NULL, false, false, "Yields"},
    {"raise|raises|except|exception|", "Exceptions", true, true, NULL},
    {"var|ivar|cvar|", "Properties", true, false, NULL},
    {"vartype|", NULL, true, false, "Properties"},
    {"meta|", NULL, true, false, NULL},
};

static const struct field_kind *find_kind(struct slice name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct slice rest = slice_c(kinds[i].words), word;

		while (slice_next(&rest, '|', &word)) {
			if (word.len && slice_equal(word, name))
				return &kinds[i];
		}
	}
	return NULL;
}

/* The argument of a field: the last word is the name, the others are its type. */
static void split_argument(struct doc_field *field, struct slice argument)
{
	size_t at = argument.len;

	while (at && !char_is_space(argument.data[at - 1]))
		at--;
	field->name = slice_from(argument, at);
	while (slice_starts(field->name, SLICE_LITERAL("\\")))
		field->name = slice_from(field->name, 1);
	argument = text_strip(slice_of(argument.data, at));
	if (argument.len)
		field->type = argument;
}

size_t doc_take_field(struct docstring *doc, size_t line, size_t to, int depth)
{
	struct slice text = doc->lines[line].text, argument, word;
	size_t len = field_mark(text, &argument);
	const struct field_kind *kind;
	struct doc_field *field;

	(void)slice_next(&argument, ' ', &word); /* there is one */
	kind = find_kind(word);
	argument = argument.data ? text_strip(argument) : SLICE_LITERAL("");
	if (!kind || (kind->named && !argument.len))
		return 0;
	field = arena_zalloc(doc->arena, 1, sizeof(*field));
	field->kind = kind;
	field->depth = depth;
	if (kind->refers)
		field->name = argument;
	else
		split_argument(field, argument);
	field->body = deeper_lines(doc, line + 1, to, doc->lines[line].indent);
	field->body.from = line;
	hang(doc, field->body, text_strip(slice_from(text, len)));
	*doc->end_of_fields = field;
	doc->end_of_fields = &field->next;
	return field->body.to;
}

/* What a field that tells a type is the type of, and a field of the section. */
static struct slice key_of(struct docstring *doc, const char *title, struct slice name)
{
	while (slice_starts(name, SLICE_LITERAL("*")))
		name = slice_from(name, 1);
	return slice_c(
	    arena_printf(doc->arena, "%s %.*s", title, (int)name.len, name.data ? name.data : ""));
}

static struct slice text_of(struct docstring *doc, struct span span)
{
	autostr struct str text = STR_INIT;

	for (size_t i = span.from; i < span.to; i++) {
		str_adds(&text, text.len ? " " : "");
		str_add_slice(&text, doc->lines[i].text);
	}
	return arena_slice(doc->arena, str_slice(&text));
}

static void find_types(struct docstring *doc, struct map *types)
{
	for (struct doc_field *field = doc->fields; field; field = field->next) {
		if (field->kind->type_of)
			*map_at(types, key_of(doc, field->kind->type_of, field->name)) = field;
	}
}

static void add_field(struct docstring *doc, const char *title, const struct doc_field *field,
    struct slice type, bool described)
{
	struct text_node *section = doc_section(doc, doc->sections, slice_c(title)), *key;

	if (!field->name.len) {
		doc_type(doc, section, type);
		if (described)
			doc->blocks(doc, section, field->body, field->depth + 1);
		return;
	}
	key = strcmp(title, "Exceptions") == 0 ? doc_reference_key(doc, field->name)
					       : doc_name_key(doc, field->name);
	section = doc_member(doc, section, key, type);
	if (described)
		doc->blocks(doc, section, field->body, field->depth + 3);
}

/* A type without a field for it is a field itself. */
void doc_add_fields(struct docstring *doc)
{
	automap struct map types = {NULL};

	find_types(doc, &types);
	for (const struct doc_field *field = doc->fields; field; field = field->next) {
		const struct field_kind *kind = field->kind;
		const struct doc_field *found;
		void **place;

		if (!kind->title)
			continue;
		place = map_at(&types, key_of(doc, kind->title, field->name));
		found = *place;
		*place = NULL;
		add_field(doc, kind->title, field,
		    found && !field->type.data ? text_of(doc, found->body) : field->type, true);
	}
	for (size_t i = 0; i < types.count; i++) {
		const struct doc_field *field = types.entries[i].value;

		if (field)
			add_field(
			    doc, field->kind->type_of, field, text_of(doc, field->body), false);
	}
}
