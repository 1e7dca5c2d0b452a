#include "record/documents.h"

#include "record/clean.h"
#include "record/docstring.h"

/* The entries for one path, in order. */
struct entries {
	const struct json *value;
	struct entries *next, *last;
	size_t count, wanted; /* of the first one: entries, and elements that may have one */
};

struct joining {
	struct factor_record *record;
	enum docstring_style style;
	struct notes *notes;
	const char *name;   /* of the description, for notes */
	struct map entries; /* path -> the first struct entries that is left */
};

/* The identifiers of a path with dots between them. */
static struct slice join_names(struct arena *arena, const struct json *names)
{
	autostr struct str path = STR_INIT;

	for (const struct json *name = json_first(names); name; name = name->next) {
		if (name != names->first)
			str_addc(&path, '.');
		str_adds(&path, name->kind == JSON_STRING ? name->string : "?");
	}
	return arena_slice(arena, str_slice(&path));
}

static void add_entry(struct joining *joining, const struct json *names, const struct json *value)
{
	struct arena *arena = &joining->record->arena;
	struct entries *entry = arena_zalloc(arena, 1, sizeof(*entry)), *first;
	void **place = map_at(&joining->entries, join_names(arena, names));

	entry->value = value;
	first = *place;
	if (first)
		first->last->next = entry;
	else
		*place = first = entry;
	first->last = entry;
	first->count++;
}

static void add_entries(
    struct joining *joining, const struct json *paths, const struct json *values)
{
	const struct json *path = json_first(paths), *value = json_first(values);

	for (; path && value; path = path->next, value = value->next)
		add_entry(joining, path, value);
}

/* Count, for each path with entries, the elements that may have one. */
static void count_wanted(const struct joining *joining, const struct record_element *element,
    bool (*wants)(const struct record_element *element))
{
	struct entries *entry = map_get(&joining->entries, element->path);

	if (entry && wants(element))
		entry->wanted++;
	for (const struct record_element *child = element->first; child; child = child->next)
		count_wanted(joining, child, wants);
}

static const struct json *take_entry(struct joining *joining, struct slice path)
{
	void **place = map_find(&joining->entries, path) ? map_at(&joining->entries, path) : NULL;
	struct entries *entry = place ? *place : NULL;

	if (!entry)
		return NULL;
	if (entry->next) {
		entry->next->last = entry->last;
		entry->next->count = entry->count;
		entry->next->wanted = entry->wanted;
	}
	*place = entry->next;
	return entry->value;
}

static struct slice join_lines(struct arena *arena, const struct json *lines)
{
	autostr struct str text = STR_INIT;

	for (const struct json *line = json_first(lines); line; line = line->next) {
		if (line->kind == JSON_STRING)
			str_add_slice(&text, clean_text(arena, line->string));
		str_addc(&text, '\n');
	}
	return arena_slice(arena, str_slice(&text));
}

struct text_node *documents_section(const struct text_node *documentation, const char *title)
{
	struct text_node *child = documentation ? documentation->first : NULL;

	while (child && !(child->type == TEXT_SECTION && slice_is(child->text, title)))
		child = child->next;
	return child;
}

static const struct text_node *directory_of(const struct text_node *section)
{
	const struct text_node *child = section ? section->first : NULL;

	while (child && child->type != TEXT_DIRECTORY)
		child = child->next;
	return child;
}

/* The key of an item without marks. */
static void add_key(const struct text_node *item, struct str *ret)
{
	text_add_plain(item->first, ret);
}

struct record_element *documents_parameter(const struct factor_record *record,
    const struct record_element *function, const struct text_node *item)
{
	autostr struct str key = STR_INIT;
	struct slice name;

	add_key(item, &key);
	name = text_strip(str_slice(&key));
	while (name.len && *name.data == '*')
		name = slice_from(name, 1);
	return factor_record_parameter(record, function, name);
}

/* What documents no parameter may be meant for a parameter that was renamed. */
static void note_unknown(const struct joining *joining, const struct record_element *function,
    const struct text_node *item)
{
	struct error *note = NULL;
	autostr struct str key = STR_INIT;

	if (!joining->notes)
		return;
	add_key(item, &key);
	(void)fail_at(&note, joining->name, function->area.first.line, 0, NULL,
	    "'%.*s' has no parameter '%s', which is documented", (int)function->path.len,
	    function->path.data, str_c(&key));
	notes_add(joining->notes, note);
}

static bool takes_any_name(const struct record_element *function)
{
	const struct record_element *parameter = function->parameters;

	while (parameter && parameter->kind != PARAMETER_KWARG)
		parameter = parameter->next;
	return parameter != NULL;
}

/* The first item for a parameter. */
static const struct text_node *first_parameter(const struct record_element *function)
{
	const struct text_node *directory = directory_of(
	    documents_section(function->documentation, "Parameters"));

	return directory ? directory->first : NULL;
}

void documents_join_parameters(const struct factor_record *record, struct record_element *function)
{
	for (const struct text_node *item = first_parameter(function); item; item = item->next) {
		struct record_element *parameter = documents_parameter(record, function, item);

		if (!parameter)
			continue;
		parameter->documented = true;
		parameter->documentation = item->last;
		if (parameter->annotation)
			docstring_drop_type(item->last);
	}
}

static void document_parameters(struct joining *joining, struct record_element *element)
{
	documents_join_parameters(joining->record, element);
	if (takes_any_name(element))
		return;
	for (const struct text_node *item = first_parameter(element); item; item = item->next) {
		if (!documents_parameter(joining->record, element, item))
			note_unknown(joining, element, item);
	}
}

/* The first element of a path below another one. */
static struct record_element *find_below(
    const struct factor_record *record, const struct record_element *parent, struct slice key)
{
	autostr struct str path = STR_INIT;

	str_add_slice(&path, parent->path);
	if (path.len)
		str_addc(&path, '.');
	str_add_slice(&path, key);
	return (struct record_element *)factor_record_find(record, str_slice(&path));
}

static void remove_child(struct text_node *parent, struct text_node *child)
{
	struct text_node **place = &parent->first, *before = NULL;

	for (; *place != child; place = &before->next)
		before = *place;
	*place = child->next;
	if (parent->last == child)
		parent->last = before;
}

/* An element's own documentation comes before that in a section of its module or class. */
static void document_elements(struct factor_record *record, struct record_element *element)
{
	struct text_node *section = documents_section(element->documentation, "Elements");
	const struct text_node *directory = directory_of(section);
	autostr struct str key = STR_INIT;

	if (!section)
		return;
	for (const struct text_node *item = directory ? directory->first : NULL; item;
	     item = item->next) {
		struct record_element *found;

		str_truncate(&key, 0);
		add_key(item, &key);
		found = find_below(record, element, str_slice(&key));
		if (!found || found->documented || found == element)
			continue;
		found->documented = true;
		found->documentation = item->last;
	}
	remove_child(element->documentation, section);
}

static bool is_marked(const struct record_element *element)
{
	return element->documented;
}

static void document(struct joining *joining, struct record_element *element)
{
	struct arena *arena = &joining->record->arena;
	const struct entries *entry = map_get(&joining->entries, element->path);
	bool marked = element->documented && !element->documentation;

	/* A description may not tell which elements of a path are documented: the first ones. */
	if (entry && (marked || !entry->wanted)) {
		element->text = join_lines(arena, take_entry(joining, element->path));
		element->documentation = docstring_parse(arena, element->text, joining->style);
	}
	element->documented = element->documentation != NULL;
	if (element->type == ELEMENT_MODULE || element->type == ELEMENT_CLASS)
		document_elements(joining->record, element);
	else if (record_is_callable(element))
		document_parameters(joining, element);
	for (struct record_element *child = element->first; child; child = child->next)
		document(joining, child);
}

void documents_join(struct factor_record *record, const struct json *documented,
    const struct json *documentation, enum docstring_style style, const char *name,
    struct notes *notes)
{
	struct joining joining = {.record = record, .style = style, .notes = notes, .name = name};

	add_entries(&joining, documented, documentation);
	count_wanted(&joining, record->module, is_marked);
	document(&joining, record->module);
	map_release(&joining.entries);
}

static void set_values(struct joining *joining, struct record_element *element)
{
	for (struct record_element *child = element->first; child; child = child->next) {
		const struct entries *entry = map_get(&joining->entries, child->path);

		if (entry && child->type == ELEMENT_DATA && entry->wanted == entry->count)
			child->value = take_entry(joining, child->path);
		set_values(joining, child);
	}
}

static bool is_data(const struct record_element *element)
{
	return element->type == ELEMENT_DATA;
}

void documents_join_values(struct factor_record *record, const struct json *data)
{
	const struct json *paths = json_first(data);
	struct joining joining = {.record = record};

	add_entries(&joining, paths, paths ? paths->next : NULL);
	count_wanted(&joining, record->module, is_data);
	set_values(&joining, record->module);
	map_release(&joining.entries);
}
