#include "record/docstring_parts.h"

/* The most names that share one description, as in `x, y : int`. */
#define NAMES_LIMIT 16

/* The longest text before a colon that is the type of what is returned. */
#define TYPE_LIMIT 80

/* Items: lines of the least indentation, each with the deeper lines below it. */

struct item {
	struct slice head;
	struct span body;
};

static struct item next_item(const struct docstring *doc, struct span *rest, size_t indent)
{
	struct item item;

	while (rest->from < rest->to && is_blank(doc, rest->from))
		rest->from++;
	item.head = rest->from < rest->to ? doc->lines[rest->from].text : slice_of(NULL, 0);
	if (item.head.data) {
		item.body = deeper_lines(doc, rest->from + 1, rest->to, indent);
		rest->from = item.body.to > rest->from ? item.body.to : rest->from + 1;
	}
	return item;
}

/* The first colon of a head outside of brackets, quotes and marks, with white space or nothing
 * after it. */
static const char *find_colon(struct slice head)
{
	long depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < head.len; i++) {
		char c = head.data[i];

		if (c == '`')
			quoted = !quoted;
		if (quoted)
			continue;
		depth += (strchr("([{", c) && c) - (strchr(")]}", c) && c);
		if (c == ':' && depth <= 0 &&
		    (i + 1 == head.len || char_is_space(head.data[i + 1])))
			return head.data + i;
	}
	return NULL;
}

/* A name of a parameter: maybe with asterisks, backslashes before them, quotes or backquotes. */
static struct slice bare_name(struct docstring *doc, struct slice name)
{
	autostr struct str bare = STR_INIT;
	struct slice rest;

	for (size_t i = 0; i < name.len; i++) {
		if (!memchr("\\`'\"", name.data[i], 4))
			str_addc(&bare, name.data[i]);
	}
	rest = str_slice(&bare);
	while (slice_starts(rest, SLICE_LITERAL("*")))
		rest = slice_from(rest, 1);
	if (!is_dotted_name(rest))
		return slice_of(NULL, 0);
	return arena_slice(doc->arena, str_slice(&bare));
}

/* Names with commas between them. Returns their number; 0 if any is no name. */
static size_t split_names(struct docstring *doc, struct slice text, struct slice names[NAMES_LIMIT])
{
	struct slice part;
	size_t count = 0;

	while (slice_next(&text, ',', &part)) {
		part = text_strip(part);
		if (slice_is(part, "..."))
			continue;
		if (count == NAMES_LIMIT)
			return 0;
		names[count] = bare_name(doc, part);
		if (!names[count++].data)
			return 0;
	}
	return count;
}

/* Cut `(TYPE)` off the end of a head. */
static struct slice take_type(struct slice *head)
{
	struct slice type = {NULL, 0};
	long depth = 0;

	if (!slice_ends(*head, SLICE_LITERAL(")")))
		return type;
	for (size_t i = head->len; i--;) {
		depth += (head->data[i] == ')') - (head->data[i] == '(');
		if (depth)
			continue;
		if (i && char_is_space(head->data[i - 1])) {
			type = slice_of(head->data + i + 1, head->len - i - 2);
			*head = text_strip(slice_of(head->data, i));
		}
		break;
	}
	return type;
}

/* Divide a head into what is named and its type: `name (type): text` of Google's style, where the
 * text is left in the first line of the item, `name : type` of numpydoc. */
static struct item split_head(
    struct docstring *doc, struct item item, struct slice *ret_name, struct slice *ret_type)
{
	const char *colon = find_colon(item.head);
	struct slice name = item.head, rest = {NULL, 0};

	if (colon) {
		name = text_strip(slice_of(item.head.data, (size_t)(colon - item.head.data)));
		rest = text_strip(slice_from(item.head, (size_t)(colon + 1 - item.head.data)));
	}
	if (doc->style == DOCSTRING_NUMPY) {
		*ret_type = rest;
		*ret_name = name;
		return item;
	}
	*ret_type = take_type(&name);
	*ret_name = name;
	if (rest.len) {
		struct span body = {item.body.from - 1, item.body.to};

		if (body.to <= body.from)
			body.to = body.from + 1;
		hang(doc, body, rest);
		item.body = body;
	}
	return item;
}

static void add_entry(struct docstring *doc, struct text_node *section, struct text_node *key,
    struct slice type, struct span body, int depth)
{
	doc->blocks(doc, doc_member(doc, section, key, type), body, depth + 3);
}

/* Lines that name nothing are content of the section, but for what begins with "..": that is about
 * the name before it. */
static void add_lines(struct docstring *doc, struct text_node *section, size_t line,
    const struct item *item, int depth)
{
	size_t end = item->body.to > line ? item->body.to : line + 1;

	doc->blocks(doc, section, (struct span){line, end}, depth + 1);
}

static size_t line_of(const struct item *item)
{
	return item->body.from - 1;
}

static size_t find_names(struct docstring *doc, struct slice name, struct slice *names)
{
	const char *open = memchr(name.data, '(', name.len);

	if (open)
		name.len = (size_t)(open - name.data);
	return split_names(doc, text_strip(name), names);
}

static void add_names(struct docstring *doc, struct text_node *section, struct span span, int depth)
{
	size_t indent = least_indent(doc, span);
	struct slice names[NAMES_LIMIT], name, type;
	struct text_node *value = NULL;
	struct item item, rest;

	while ((item = next_item(doc, &span, indent)).head.data) {
		size_t line = line_of(&item), count;

		rest = split_head(doc, item, &name, &type);
		count = find_names(doc, name, names);
		if (!count || (doc->style == DOCSTRING_GOOGLE && rest.body.from == rest.body.to &&
				  !type.data && !find_colon(item.head))) {
			doc->lines[line] = (struct doc_line){item.head, indent};
			add_lines(doc,
			    value && slice_starts(item.head, SLICE_LITERAL("..")) ? value : section,
			    line, &item, depth);
			continue;
		}
		value = doc_member(doc, section, doc_name_key(doc, names[0]), type);
		doc->blocks(doc, value, rest.body, depth + 3);
		for (size_t i = 1; i < count; i++)
			doc_copy_children(doc, value,
			    doc_member(
				doc, section, doc_name_key(doc, names[i]), slice_of(NULL, 0)));
	}
}

/* Whether a text names types or objects: dotted names with commas between them. */
static bool are_dotted_names(struct slice text)
{
	struct slice part;
	bool any = false;

	while (slice_next(&text, ',', &part)) {
		if (!is_dotted_name(text_strip(part)))
			return false;
		any = true;
	}
	return any;
}

static void add_errors(
    struct docstring *doc, struct text_node *section, struct span span, int depth)
{
	size_t indent = least_indent(doc, span);
	struct item item;

	while ((item = next_item(doc, &span, indent)).head.data) {
		const char *colon = find_colon(item.head);
		struct slice name = item.head, rest = {NULL, 0};
		struct span body = item.body;

		if (colon) {
			name.len = (size_t)(colon - name.data);
			rest = text_strip(slice_from(item.head, name.len + 1));
			name = text_strip(name);
		}
		if (!are_dotted_names(name) && !slice_starts(name, SLICE_LITERAL(":")) &&
		    !slice_starts(name, SLICE_LITERAL("`"))) {
			add_lines(doc, section, line_of(&item), &item, depth);
			continue;
		}
		if (rest.len) {
			body.from--;
			body.to = body.to > body.from + 1 ? body.to : body.from + 1;
			hang(doc, body, rest);
		}
		doc->blocks(doc,
		    doc_member(doc, section, doc_reference_key(doc, name), slice_of(NULL, 0)), body,
		    depth + 3);
	}
}

/* Whether a text before a colon is a type, and no sentence: one word outside of brackets, or words
 * that "or" or "of" joins. */
static bool is_type(struct slice text)
{
	struct slice word;
	long depth = 0;
	size_t words = 0, joints = 0;

	if (!text.len || text.len > TYPE_LIMIT)
		return false;
	while (slice_next(&text, ' ', &word)) {
		bool joint = slice_is(word, "or") || slice_is(word, "of") || slice_is(word, "|");

		if (depth <= 0 && word.len) {
			words++;
			joints += joint;
		}
		for (size_t i = 0; i < word.len; i++)
			depth += (word.data[i] == '[' || word.data[i] == '(') -
				 (word.data[i] == ']' || word.data[i] == ')');
		if (word.len && word.data[word.len - 1] == ',')
			words--;
	}
	return words <= 2 * joints + 1;
}

/* `type: text`, all of it one result. */
static void add_google_result(
    struct docstring *doc, struct text_node *section, struct span span, int depth)
{
	struct slice text = doc->lines[span.from].text, type = text;
	const char *colon = find_colon(text);

	type.len = colon ? (size_t)(colon - text.data) : 0;
	if (colon && is_type(type)) {
		size_t indent = doc->lines[span.from].indent;

		doc_type(doc, section, type);
		doc->lines[span.from].text = text_strip(slice_from(text, type.len + 1));
		doc->lines[span.from].indent = indent;
		if (span.from + 1 < span.to)
			hang(doc, span, doc->lines[span.from].text);
	}
	doc->blocks(doc, section, span, depth + 1);
}

static size_t count_items(const struct docstring *doc, struct span span, size_t indent)
{
	size_t count = 0;

	while (next_item(doc, &span, indent).head.data)
		count++;
	return count;
}

/* One type, types, or names with types. */
static void add_numpy_result(
    struct docstring *doc, struct text_node *section, struct span span, int depth)
{
	size_t indent = least_indent(doc, span), count = count_items(doc, span, indent);
	struct item item;

	while ((item = next_item(doc, &span, indent)).head.data) {
		struct slice name, type;
		struct text_node *key;

		item = split_head(doc, item, &name, &type);
		if (type.data) {
			key = text_new(doc->arena, TEXT_KEY, SLICE_LITERAL(""));
			doc_inline(doc, key, name);
			add_entry(doc, section, key, type, item.body, depth);
		} else if (item.body.from == item.body.to && !are_dotted_names(name)) {
			add_lines(doc, section, line_of(&item), &item, depth);
		} else if (count == 1) {
			doc_type(doc, section, name);
			doc->blocks(doc, section, item.body, depth + 1);
		} else {
			key = text_new(doc->arena, TEXT_KEY, SLICE_LITERAL(""));
			doc_inline(doc, key, name);
			add_entry(doc, section, key, slice_of(NULL, 0), item.body, depth);
		}
	}
}

static void add_content(struct docstring *doc, struct text_node *section, enum section_form form,
    struct span span, int depth)
{
	while (span.from < span.to && is_blank(doc, span.from))
		span.from++;
	if (span.from == span.to)
		return;
	if (form == SECTION_NAMES)
		add_names(doc, section, span, depth);
	else if (form == SECTION_ERRORS)
		add_errors(doc, section, span, depth);
	else if (form == SECTION_RESULT && doc->style == DOCSTRING_NUMPY)
		add_numpy_result(doc, section, span, depth);
	else if (form == SECTION_RESULT)
		add_google_result(doc, section, span, depth);
	else
		doc->blocks(doc, section, span, depth + 1);
}

static struct slice heading_of(struct slice line)
{
	return slice_ends(line, SLICE_LITERAL(":")) ? slice_of(line.data, line.len - 1)
						    : slice_of(NULL, 0);
}

bool is_google_heading(const struct docstring *doc, size_t line, size_t to)
{
	struct span body;

	if (doc->style != DOCSTRING_GOOGLE || !doc_section_kind(heading_of(doc->lines[line].text)))
		return false;
	body = deeper_lines(doc, line + 1, to, doc->lines[line].indent);
	return body.from < body.to;
}

size_t doc_google_section(struct docstring *doc, size_t line, size_t to, int depth)
{
	const struct section_kind *kind = doc_section_kind(heading_of(doc->lines[line].text));
	struct span body = deeper_lines(doc, line + 1, to, doc->lines[line].indent);
	struct text_node *parent;

	if (kind->form == SECTION_ADMONITION)
		parent = text_add(doc->arena, doc->body, TEXT_ADMONITION, slice_c(kind->title));
	else
		parent = doc_section(doc, doc->sections, slice_c(kind->title));
	add_content(doc, parent, kind->form, body, depth);
	return body.to;
}

void doc_numpy_section(struct docstring *doc, struct slice title, struct span span, int depth)
{
	const struct section_kind *kind = doc_section_kind(title);
	bool named = kind->form == SECTION_ADMONITION;

	add_content(doc, doc_section(doc, doc->sections, named ? title : slice_c(kind->title)),
	    kind->form, span, depth);
}
