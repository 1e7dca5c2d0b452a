#include "record/html_writer.h"

#include "html/source.h"

/* Inline */

static bool is_inline(const struct text_node *node)
{
	return node->type >= TEXT_STRING;
}

static void add_tagged(struct html_writer *writer, const char *tag, struct slice text)
{
	str_addf(writer->out, "<%s>", tag);
	html_text(writer->out, text);
	str_addf(writer->out, "</%s>", tag);
}

static const struct text_node *root_of(const struct text_node *node)
{
	while (node->parent)
		node = node->parent;
	return node;
}

/* The section that a path of titles leads to, such as `Design >> Goals`; NULL if none does. */
static const struct text_node *find_section(const struct text_node *root, struct slice path)
{
	const struct text_node *section = root;

	while (section && path.len) {
		const char *mark = memmem(path.data, path.len, ">>", 2);
		size_t len = mark ? (size_t)(mark - path.data) : path.len;
		struct slice title = slice_trim(slice_of(path.data, len));

		len += mark ? 2 : 0;
		path = slice_from(path, len);
		section = section->first;
		while (section &&
		       !(section->type == TEXT_SECTION && slice_equal(section->text, title)))
			section = section->next;
	}
	return section == root ? NULL : section;
}

void html_section_id(
    const struct record_element *around, const struct text_node *section, struct str *ret)
{
	const struct text_node *path[TEXT_DEPTH_LIMIT];
	size_t count = 0;

	for (; section && section->type == TEXT_SECTION && count < TEXT_DEPTH_LIMIT;
	     section = section->parent)
		path[count++] = section;
	str_addc(ret, '-');
	if (around)
		str_add_slice(ret, around->anchor);
	while (count--) {
		str_addc(ret, '-');
		for (size_t i = 0; i < path[count]->text.len; i++) {
			char c = path[count]->text.data[i];

			str_addc(ret, (unsigned char)c <= ' ' ? '-' : c);
		}
	}
}

static void add_section_reference(
    struct html_writer *writer, const struct text_node *node, const struct record_element *around)
{
	struct slice path = node->text;
	const struct text_node *section;
	autostr struct str id = STR_INIT;

	if (slice_starts(path, SLICE_LITERAL("[")) && slice_ends(path, SLICE_LITERAL("]")))
		path = slice_of(path.data + 1, path.len - 2);
	section = find_section(root_of(node), path);
	if (section) {
		html_section_id(around, section, &id);
		str_adds(writer->out, "<a");
		html_site_href(writer->out, writer->place, writer->place, str_slice(&id));
		str_addc(writer->out, '>');
	}
	html_text(writer->out, slice_trim(path));
	str_adds(writer->out, section ? "</a>" : "");
}

static void add_name(struct html_writer *writer, const struct text_node *node)
{
	bool is_open = html_open_target(writer, node->reference->target);

	add_tagged(writer, "code", text_shown(node));
	str_adds(writer->out, is_open ? "</a>" : "");
}

static void add_hyperlink(struct html_writer *writer, const struct text_node *node)
{
	const struct text_reference *reference = node->reference;
	struct slice url = reference->url;

	if (!url.data || !html_allows(url)) {
		str_adds(writer->out, "&amp;");
		html_text(writer->out, node->text);
		return;
	}
	str_adds(writer->out, "<a");
	markup_attribute(writer->out, "href", url);
	str_addc(writer->out, '>');
	html_text(writer->out, text_shown(node));
	str_adds(writer->out, "</a>");
}

static void add_emphasis(struct html_writer *writer, const struct text_node *node)
{
	if (node->number > 2) {
		str_adds(writer->out, "<strong>");
		add_tagged(writer, "em", node->text);
		str_adds(writer->out, "</strong>");
	} else {
		add_tagged(writer, node->number == 2 ? "strong" : "em", node->text);
	}
}

static void add_inline(
    struct html_writer *writer, const struct text_node *node, const struct record_element *around)
{
	switch (node->type) {
	case TEXT_STRING:
		html_text(writer->out, node->text);
		break;
	case TEXT_BREAK:
		str_addc(writer->out, '\n');
		break;
	case TEXT_LITERAL:
		add_tagged(writer, "code", node->text);
		break;
	case TEXT_EMPHASIS:
		add_emphasis(writer, node);
		break;
	default:
		if (node->reference->kind == REFERENCE_SECTION)
			add_section_reference(writer, node, around);
		else if (node->reference->kind == REFERENCE_HYPERLINK && !node->reference->target)
			add_hyperlink(writer, node);
		else
			add_name(writer, node);
	}
}

static void add_inlines(
    struct html_writer *writer, const struct text_node *first, const struct record_element *around)
{
	for (; first; first = first->next)
		add_inline(writer, first, around);
}

/* Code */

static bool is_prompt(struct slice line)
{
	return slice_starts(line, SLICE_LITERAL(">>>")) || slice_starts(line, SLICE_LITERAL("..."));
}

/* A session: what follows prompts is code, the rest is what it printed. */
static void add_session(struct html_writer *writer, struct slice text)
{
	struct slice line;

	str_adds(writer->out, "<pre class=\"session\">");
	while (slice_next(&text, '\n', &line)) {
		size_t prompt = is_prompt(line) ? 3 : 0;

		if (prompt) {
			add_tagged(writer, "u", slice_of(line.data, prompt));
			html_source_piece(writer->out, slice_from(line, prompt));
		} else {
			add_tagged(writer, "samp", line);
		}
		str_addc(writer->out, '\n');
	}
	str_adds(writer->out, "</pre>\n");
}

static void add_code(struct html_writer *writer, struct slice text, bool is_python)
{
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	if (slice_starts(text, SLICE_LITERAL(">>>"))) {
		add_session(writer, text);
		return;
	}
	str_adds(writer->out, "<pre class=\"code\">");
	/* The parser of HTML drops a newline that comes first. */
	if (slice_starts(text, SLICE_LITERAL("\n")))
		str_addc(writer->out, '\n');
	if (is_python)
		html_source_piece(writer->out, text);
	else
		html_text(writer->out, text);
	str_adds(writer->out, "</pre>\n");
}

static void add_syntax(struct html_writer *writer, const struct text_node *node)
{
	static const char *const pythons[] = {"python", "python3", "py", "pycon", "source", NULL};
	autostr struct str text = STR_INIT;
	size_t i = 0;

	for (const struct text_node *line = node->first; line; line = line->next) {
		str_add_slice(&text, line->text);
		str_addc(&text, '\n');
	}
	while (pythons[i] && !slice_is(node->text, pythons[i]))
		i++;
	add_code(writer, str_slice(&text), pythons[i] != NULL);
}

/* Blocks */

static void add_blocks(struct html_writer *writer, const struct text_node *first,
    const struct text_node *end, const struct record_element *around, unsigned level);

static void add_paragraph(
    struct html_writer *writer, const struct text_node *node, const struct record_element *around)
{
	if (!node->first)
		return;
	str_adds(writer->out, "<p>");
	add_inlines(writer, node->first, around);
	str_adds(writer->out, "</p>\n");
}

/* The literal that an item begins with, or NULL. */
static const struct text_node *literal_of(const struct text_node *item)
{
	const struct text_node *node = item && item->first ? item->first->first : NULL;

	while (node && node->type == TEXT_STRING && !node->text.len)
		node = node->next;
	return node && node->type == TEXT_LITERAL && node->extra.data ? node : NULL;
}

/* Whether a node is the set that gives a type, and the type; empty if there is none. */
static bool type_set_of(const struct text_node *node, struct slice *ret)
{
	const struct text_node *mark = node && node->type == TEXT_SET ? literal_of(node->first)
								      : NULL;
	const struct text_node *type;

	if (!mark || !slice_is(mark->text, "property-set") || !slice_is(mark->extra, "control"))
		return false;
	*ret = (struct slice){NULL, 0};
	for (const struct text_node *item = node->first->next; item; item = item->next) {
		type = literal_of(item);
		if (type && slice_is(type->extra, "type/syntax"))
			*ret = type->text;
	}
	return true;
}

/* A type that documentation gives. */
static void add_type(
    struct html_writer *writer, struct slice type, const struct record_element *around)
{
	if (writer->page && around)
		html_expression(writer, type, around);
	else
		html_text(writer->out, type);
}

static void add_list(struct html_writer *writer, const struct text_node *node, const char *tag,
    const struct record_element *around, unsigned level)
{
	str_addf(writer->out, "<%s>\n", tag);
	for (const struct text_node *item = node->first; item; item = item->next) {
		const struct text_node *first = item->first;

		str_adds(writer->out, "<li>");
		/* A first paragraph needs no tags of its own. */
		if (first && first->type == TEXT_PARAGRAPH) {
			add_inlines(writer, first->first, around);
			first = first->next;
			str_adds(writer->out, first ? "\n" : "");
		}
		add_blocks(writer, first, NULL, around, level);
		str_adds(writer->out, "</li>\n");
	}
	str_addf(writer->out, "</%s>\n", tag);
}

static void add_set(struct html_writer *writer, const struct text_node *node,
    const struct record_element *around, unsigned level)
{
	struct slice type;

	if (!type_set_of(node, &type)) {
		add_list(writer, node, "ul", around, level);
	} else if (type.len) {
		str_adds(writer->out, "<p class=\"type\"><code>");
		add_type(writer, type, around);
		str_adds(writer->out, "</code></p>\n");
	}
}

void html_value_of(struct html_writer *writer, const struct text_node *value,
    const struct record_element *around, unsigned level)
{
	const struct text_node *first = value->first;
	struct slice type;

	if (type_set_of(first, &type)) {
		if (type.len) {
			str_adds(writer->out, ": <code>");
			add_type(writer, type, around);
			str_adds(writer->out, "</code>");
		}
		first = first->next;
	}
	str_adds(writer->out, "</dt>\n<dd>");
	add_blocks(writer, first, NULL, around, level);
	str_adds(writer->out, "</dd>\n");
}

void html_item(struct html_writer *writer, const struct text_node *item,
    const struct record_element *around, unsigned level)
{
	str_adds(writer->out, "<dt>");
	add_inlines(writer, item->first->first, around);
	html_value_of(writer, item->last, around, level);
}

static void add_directory(struct html_writer *writer, const struct text_node *node,
    const struct record_element *around, unsigned level)
{
	str_adds(writer->out, "<dl>\n");
	for (const struct text_node *item = node->first; item; item = item->next) {
		html_item(writer, item, around, level);
	}
	str_adds(writer->out, "</dl>\n");
}

/* What admonitions are called, those of Sphinx's directives too; and whether they warn. */
static const struct admonition_name {
	const char *type, *shown, *before; /* the title */
	bool warns;
} admonition_names[] = {
    {"NOTE", "Note", ": ", false},
    {"WARNING", "Warning", ": ", true},
    {"CAUTION", "Caution", ": ", true},
    {"DANGER", "Danger", ": ", true},
    {"ATTENTION", "Attention", ": ", true},
    {"DEPRECATED", "Deprecated", " since ", true},
    {"VERSIONADDED", "Added", " in ", false},
    {"VERSIONCHANGED", "Changed", " in ", false},
    {"VERSIONREMOVED", "Removed", " in ", true},
    {"ADMONITION", "", "", false},
};

/* NULL for any other type, which is shown as it is. */
static const struct admonition_name *admonition_name(struct slice type)
{
	for (size_t i = 0; i < sizeof(admonition_names) / sizeof(*admonition_names); i++) {
		if (slice_is(type, admonition_names[i].type))
			return &admonition_names[i];
	}
	return NULL;
}

static void add_admonition(struct html_writer *writer, const struct text_node *node,
    const struct record_element *around, unsigned level)
{
	const struct admonition_name *known = admonition_name(node->text);
	struct slice type = known ? slice_c(known->shown) : node->text;
	struct slice title = slice_trim(node->extra.data ? node->extra : (struct slice){"", 0});

	str_addf(writer->out, "<div class=\"note%s\" role=\"note\"><p class=\"label\">",
	    known && known->warns ? " warning" : "");
	html_text(writer->out, type);
	if (title.len)
		str_adds(writer->out, known ? known->before : ": ");
	html_text(writer->out, title);
	str_adds(writer->out, "</p>\n");
	add_blocks(writer, node->first, NULL, around, level);
	str_adds(writer->out, "</div>\n");
}

void html_section_heading(struct html_writer *writer, const struct text_node *section,
    const struct record_element *around, unsigned level)
{
	unsigned heading = level < HEADING_LIMIT ? level : HEADING_LIMIT;
	autostr struct str id = STR_INIT;
	void **known;

	html_section_id(around, section, &id);
	known = map_at(&writer->ids, arena_slice(&writer->arena, str_slice(&id)));
	str_addf(writer->out, "<h%u", heading);
	if (!*known)
		markup_attribute(writer->out, "id", str_slice(&id));
	*known = writer;
	str_addc(writer->out, '>');
	html_text(writer->out, section->text);
	str_addf(writer->out, "</h%u>\n", heading);
}

static void add_section(struct html_writer *writer, const struct text_node *node,
    const struct record_element *around, unsigned level)
{
	html_section_heading(writer, node, around, level);
	add_blocks(writer, node->first, NULL, around, level + 1);
}

static void add_block(struct html_writer *writer, const struct text_node *node,
    const struct record_element *around, unsigned level)
{
	switch (node->type) {
	case TEXT_SECTION:
		add_section(writer, node, around, level);
		break;
	case TEXT_PARAGRAPH:
		add_paragraph(writer, node, around);
		break;
	case TEXT_SET:
		add_set(writer, node, around, level);
		break;
	case TEXT_SEQUENCE:
		add_list(writer, node, "ol", around, level);
		break;
	case TEXT_DIRECTORY:
		add_directory(writer, node, around, level);
		break;
	case TEXT_SYNTAX:
		add_syntax(writer, node);
		break;
	case TEXT_ADMONITION:
		add_admonition(writer, node, around, level);
		break;
	case TEXT_EXCEPTION:
		str_adds(writer->out, "<p class=\"bad\">");
		html_text(writer->out, node->extra);
		str_adds(writer->out, "</p>\n");
		break;
	default:
		add_blocks(writer, node->first, NULL, around, level);
	}
}

static void add_blocks(struct html_writer *writer, const struct text_node *first,
    const struct text_node *end, const struct record_element *around, unsigned level)
{
	for (; first && first != end; first = first->next) {
		if (is_inline(first))
			add_inline(writer, first, around);
		else
			add_block(writer, first, around, level);
	}
}

void html_blocks_between(struct html_writer *writer, const struct text_node *first,
    const struct text_node *end, const struct record_element *around, unsigned level)
{
	add_blocks(writer, first, end, around, level);
}

void record_html_text(const struct site_index *index, struct slice place,
    const struct text_node *chapter, unsigned level, struct str *ret)
{
	autohtml struct html_writer writer = {.out = ret, .place = place, .index = index};

	add_blocks(&writer, chapter->first, NULL, NULL, level);
}
