#include "record/text.h"

#include "base/map.h"
#include "record/selector.h"
#include "record/space.h"

#define FULL_STOP "\xe2\x88\x99" /* U+2219 stands for a full stop in an identifier */

/* How many levels may follow a node that holds blocks: item, key, inline node. */
#define DEPTH_OF_CONTENT 4

enum frame_kind {
	FRAME_BLOCKS,  /* node: blocks are added to it */
	FRAME_LIST,    /* node: a set or sequence; blocks are added to its last item */
	FRAME_LITERAL, /* node: syntax; lines are added to it */
};

/* A node that is open. The first frame is the section; each later one lies in the one before. */
struct frame {
	enum frame_kind kind;
	bool ended; /* of a list: a blank line ended it, unless the next line is indented */
	int level;  /* the indentation of the content; for a list, that of its marks */
	int depth;  /* depth, in the tree, of the node that blocks are added to */
	struct text_node *node;
};

struct parser {
	struct arena *arena;
	struct text_node *chapter;
	struct map sections;			  /* sections by parent and title */
	struct text_node *path[TEXT_DEPTH_LIMIT]; /* selected: the section, after its ancestors */
	size_t titles;
	struct frame frames[TEXT_DEPTH_LIMIT];
	size_t count;
	const char *name;
	struct notes *notes;
	int number;		       /* indentation of the line */
	int indentation;	       /* indentation that is entered */
	bool broken;		       /* the next line begins a new paragraph */
	const struct text_node *fresh; /* the node that a blank line began a paragraph in */
};

/* A line without its end: its indentation, and its text. */
struct line {
	struct slice text;
	struct slice content;
	int indentation;
};

static int fail_depth(const struct parser *parser, struct error **err)
{
	return fail_at(err, parser->name, parser->number, 0, NULL, "nested too deeply");
}

static struct frame *top(struct parser *parser)
{
	return &parser->frames[parser->count - 1];
}

/* The node that the next block is added to. */
static struct text_node *holder(struct parser *parser)
{
	struct frame *frame = top(parser);

	return frame->kind == FRAME_LIST ? frame->node->last : frame->node;
}

static struct text_node *add_block(struct parser *parser, enum text_type type, struct slice text)
{
	return text_add(parser->arena, holder(parser), type, text);
}

/* Open a node whose content is `depth` levels below the node that holds it. */
static int open_frame(struct parser *parser, enum frame_kind kind, struct text_node *node,
    int level, int depth, struct error **err)
{
	depth += top(parser)->depth;
	if (depth + DEPTH_OF_CONTENT > TEXT_DEPTH_LIMIT)
		return fail_depth(parser, err);
	parser->frames[parser->count++] = (struct frame){kind, false, level, depth, node};
	if (kind != FRAME_LIST)
		parser->indentation = level;
	return 0;
}

static void close_deeper(struct parser *parser, int indentation)
{
	while (top(parser)->level > indentation)
		parser->count--;
	if (top(parser)->kind == FRAME_LIST && top(parser)->level < indentation)
		top(parser)->ended = false;
}

static bool is_at_list(struct parser *parser, int indentation)
{
	return top(parser)->kind == FRAME_LIST && top(parser)->level == indentation;
}

static void end_list(struct parser *parser, int indentation)
{
	if (is_at_list(parser, indentation))
		parser->count--;
}

/* Report `note` to the person. */
static void add_exception(
    struct parser *parser, const char *event, const char *message, int level, const char *note)
{
	struct text_node *node = add_block(parser, TEXT_EXCEPTION, slice_c(event));
	struct error *problem = NULL;

	node->extra = slice_c(message);
	node->number = parser->number;
	node->level = (unsigned short)(level < UINT16_MAX ? level : UINT16_MAX);
	if (!parser->notes || parser->notes->count >= TEXT_NOTE_LIMIT)
		return;
	(void)fail_at(&problem, parser->name, parser->number, 0, NULL, "%s", note); /* always -1 */
	notes_add(parser->notes, problem);
}

/* Sections */

static void **section_place(
    struct parser *parser, const struct text_node *parent, struct slice title)
{
	char *key = arena_alloc(parser->arena, sizeof(parent) + title.len);

	memcpy(key, &parent, sizeof(parent));
	(void)slice_copy(key + sizeof(parent), title);
	return map_at(&parser->sections, slice_of(key, sizeof(parent) + title.len));
}

/* Select the section with the last title of `selector` below the selected section; makes the
 * section if needed. */
static void select_title(struct parser *parser, const struct text_section *selector)
{
	struct text_node *parent = parser->titles ? parser->path[parser->titles - 1]
						  : parser->chapter;
	struct slice title = selector->path[selector->count - 1];
	void **place = section_place(parser, parent, title);

	if (!*place) {
		struct text_node *node = text_add(parser->arena, parent, TEXT_SECTION, title);

		node->section = arena_alloc(parser->arena, sizeof(*selector));
		*node->section = *selector;
		node->section->titles = parser->titles + 1;
		*place = node;
	}
	parser->path[parser->titles++] = *place;
}

/* Select a path below the first `base` titles of the current path. */
static int select_path(
    struct parser *parser, size_t base, struct text_section selector, struct error **err)
{
	size_t count = selector.count;

	if (base + count + DEPTH_OF_CONTENT > TEXT_DEPTH_LIMIT)
		return fail_depth(parser, err);
	parser->titles = base;
	for (selector.count = 1; selector.count <= count; selector.count++)
		select_title(parser, &selector);
	parser->frames[0] = (struct frame){
	    .kind = FRAME_BLOCKS,
	    .depth = (int)parser->titles,
	    .node = parser->titles ? parser->path[parser->titles - 1] : parser->chapter,
	};
	parser->count = 1;
	return 0;
}

static int take_selector(struct parser *parser, struct slice text, struct error **err)
{
	struct slice titles[TEXT_DEPTH_LIMIT], *path;
	struct text_section selector;

	if (!selector_read(text, titles, TEXT_DEPTH_LIMIT, &selector)) {
		add_exception(parser, "select-section", "malformed section selector", 0,
		    "malformed section selector: no section is selected");
		return 0;
	}
	if (selector.count > TEXT_DEPTH_LIMIT)
		return fail_depth(parser, err);
	path = arena_alloc(parser->arena, selector.count * sizeof(*path));
	memcpy(path, titles, selector.count * sizeof(*path));
	selector.path = path;
	return select_path(parser, selector_keeps(&selector, parser->titles), selector, err);
}

static int take_section(struct parser *parser, const struct line *line, struct error **err)
{
	struct slice text = text_strip(line->content);
	size_t opened = 0, closed = 0;

	end_list(parser, line->indentation);
	parser->broken = true;
	if (line->indentation) {
		add_exception(parser, "select-section", "section selected inside indentation",
		    line->indentation, "a section cannot be selected inside an indentation");
		return 0;
	}
	while (text.len && text.data[text.len - 1] == ']') {
		closed++;
		text.len--;
	}
	while (text.len && text.data[0] == '[') {
		opened++;
		text = slice_from(text, 1);
	}
	if (opened != closed)
		add_exception(parser, "warning", "unknown event type", 0,
		    "a section line should end in as many brackets as it begins with");
	return take_selector(parser, text_strip(text), err);
}

/* Blocks */

static int take_admonition(struct parser *parser, const struct line *line, struct error **err)
{
	struct slice title = text_strip(slice_from(line->content, 1));
	struct slice type = {title.data, 0};
	struct text_node *node;

	end_list(parser, line->indentation);
	if (title.len)
		(void)slice_next(&title, ':', &type); /* title is not empty */
	else
		title = slice_of(NULL, 0);
	node = add_block(parser, TEXT_ADMONITION, type);
	node->extra = title.len ? title : slice_of(NULL, 0);
	return open_frame(parser, FRAME_BLOCKS, node, line->indentation + 1, 1, err);
}

/* `text` follows the #!. */
static int open_syntax(struct parser *parser, struct slice text, int level, struct error **err)
{
	struct text_node *node;
	size_t len = 0;

	text = text_strip(text);
	while (len < text.len && !space_at(slice_from(text, len)))
		len++;
	node = add_block(parser, TEXT_SYNTAX, slice_of(text.data, len));
	if (len < text.len)
		node->extra = text_strip(slice_from(text, len));
	return open_frame(parser, FRAME_LITERAL, node, level, 1, err);
}

static int take_syntax(struct parser *parser, const struct line *line, struct error **err)
{
	end_list(parser, line->indentation);
	return open_syntax(parser, slice_from(line->content, 2), line->indentation + 1, err);
}

static int take_item(
    struct parser *parser, const struct line *line, enum text_type type, struct error **err)
{
	struct slice none = SLICE_LITERAL(""), text = line->content;
	struct text_node *item, *paragraph;

	if (is_at_list(parser, line->indentation) &&
	    (top(parser)->ended || top(parser)->node->type != type))
		parser->count--;
	if (!is_at_list(parser, line->indentation) &&
	    open_frame(
		parser, FRAME_LIST, add_block(parser, type, none), line->indentation, 2, err) < 0)
		return -1;
	item = text_add(parser->arena, top(parser)->node, TEXT_ITEM, none);
	paragraph = text_add(parser->arena, item, TEXT_PARAGRAPH, none);
	paragraph->number = -1;
	text_parse_inline(parser->arena, paragraph, text_strip(slice_from(text, 1)));
	parser->broken = false;
	return 0;
}

struct slice text_identifier(struct arena *arena, const struct text_node *key)
{
	autostr struct str plain = STR_INIT;
	autostr struct str identifier = STR_INIT;

	text_add_plain(key, &plain);
	for (size_t i = 0; i < plain.len; i++) {
		if (plain.data[i] == '.')
			str_adds(&identifier, FULL_STOP);
		else
			str_addc(&identifier, plain.data[i]);
	}
	return arena_slice(arena, str_slice(&identifier));
}

/* The directory that a key belongs to: the last node, unless the key is indented deeper than the
 * directory's keys. */
static struct text_node *directory_for(struct parser *parser, int indentation)
{
	struct text_node *directory = holder(parser)->last;

	if (!directory || directory->type != TEXT_DIRECTORY || directory->number < indentation)
		directory = add_block(parser, TEXT_DIRECTORY, SLICE_LITERAL(""));
	directory->number = indentation;
	return directory;
}

/* The last "/#!" of a text; NULL if there is none. */
static const char *find_literal(struct slice text)
{
	for (size_t at = text.len; at >= 3; at--) {
		if (memcmp(text.data + at - 3, "/#!", 3) == 0)
			return text.data + at - 3;
	}
	return NULL;
}

static int take_key(struct parser *parser, const struct line *line, struct error **err)
{
	struct slice text = slice_from(line->content, 1);
	struct slice none = SLICE_LITERAL("");
	const char *literal = NULL;
	struct text_node *item, *key, *value;

	text.len -= space_last(text);
	if (slice_ends(text, SLICE_LITERAL("/")))
		text.len--;
	else
		literal = find_literal(text);
	end_list(parser, line->indentation);
	item = text_add(parser->arena, directory_for(parser, line->indentation), TEXT_ITEM, none);
	key = text_add(parser->arena, item, TEXT_KEY, none);
	value = text_add(parser->arena, item, TEXT_VALUE, none);
	text_parse_inline(parser->arena, key,
	    text_strip(literal ? slice_of(text.data, (size_t)(literal - text.data)) : text));
	item->text = text_identifier(parser->arena, key);
	if (open_frame(parser, FRAME_BLOCKS, value, line->indentation + 1, 3, err) < 0)
		return -1;
	if (!literal)
		return 0;
	text = slice_of(literal + 3, text.len - (size_t)(literal + 3 - text.data));
	return open_syntax(parser, text, line->indentation + 1, err);
}

/* The paragraph that a line continues; NULL if the line begins one. */
static struct text_node *open_paragraph(struct parser *parser, int indentation)
{
	struct text_node *last = holder(parser)->last;

	if (!parser->broken && last && last->type == TEXT_PARAGRAPH)
		return last;
	if (!is_at_list(parser, indentation))
		return NULL;
	parser->count--;
	return NULL;
}

/* The indentation that a new paragraph records, for information only: that of its line. If a blank
 * line began the paragraph it is 0, unless the line entered an indentation deeper than the open
 * one, `before`. */
static int told_indentation(
    const struct parser *parser, const struct text_node *holder, int indentation, int before)
{
	if (parser->fresh != holder)
		return indentation;
	return indentation > before && holder->type != TEXT_ITEM ? before + 1 : -1;
}

static void take_text(struct parser *parser, const struct line *line, int before)
{
	struct text_node *paragraph = open_paragraph(parser, line->indentation);

	if (paragraph) {
		text_add(parser->arena, paragraph, TEXT_BREAK, SLICE_LITERAL(" "));
		if (paragraph->number < 0 && line->indentation > before &&
		    paragraph->parent->type != TEXT_ITEM)
			paragraph->number = before + 1;
	} else {
		paragraph = add_block(parser, TEXT_PARAGRAPH, SLICE_LITERAL(""));
		paragraph->number = told_indentation(
		    parser, paragraph->parent, line->indentation, before);
	}
	text_parse_inline(parser->arena, paragraph, text_strip(line->content));
	parser->broken = false;
}

/* Lines */

bool text_is_decoration(struct slice text)
{
	static const char allowed[] = "-=_^#><'+*";
	char different[3];
	size_t count = 0;

	if (text.len < 5)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (count && memchr(different, c, count))
			continue;
		if (count == sizeof(different) || !memchr(allowed, c, sizeof(allowed) - 1))
			return false;
		different[count++] = c;
	}
	return true;
}

static void add_literal_line(struct parser *parser, const struct line *line)
{
	struct frame *frame = top(parser);
	int tabs = line->indentation < frame->level ? line->indentation : frame->level;

	text_add(parser->arena, frame->node, TEXT_LINE,
	    slice_of(line->text.data + tabs, line->text.len - (size_t)tabs));
}

/* A blank line belongs to the open indentation; a line of tabs can enter a deeper one. */
static void take_blank(struct parser *parser, const struct line *line)
{
	const struct text_node *last = holder(parser)->last;

	if (top(parser)->kind == FRAME_LITERAL) {
		add_literal_line(parser, line);
		return;
	}
	if (line->indentation > parser->indentation)
		parser->indentation = line->indentation;
	parser->broken = true;
	parser->fresh = !last || last->type == TEXT_PARAGRAPH ? holder(parser) : NULL;
	if (is_at_list(parser, parser->indentation))
		top(parser)->ended = true;
}

static int take_block(
    struct parser *parser, const struct line *line, int before, struct error **err)
{
	if (text_is_decoration(text_strip(line->content))) {
		end_list(parser, line->indentation);
		parser->broken = true;
		return 0;
	}
	switch (line->content.data[0]) {
	case '[':
		return take_section(parser, line, err);
	case '!':
		return take_admonition(parser, line, err);
	case '/':
		return take_key(parser, line, err);
	case '-':
		return take_item(parser, line, TEXT_SET, err);
	case '#':
		if (line->content.len > 1 && line->content.data[1] == '!')
			return take_syntax(parser, line, err);
		return take_item(parser, line, TEXT_SEQUENCE, err);
	default:
		take_text(parser, line, before);
		return 0;
	}
}

static int take_line(struct parser *parser, struct slice text, struct error **err)
{
	struct line line = {.text = text};
	size_t tabs = 0;
	int before = parser->indentation, result;

	while (tabs < text.len && text.data[tabs] == '\t')
		tabs++;
	line.content = slice_from(text, tabs);
	line.indentation = (int)tabs;
	if (!text_strip(line.content).len) {
		take_blank(parser, &line);
		return 0;
	}
	close_deeper(parser, line.indentation);
	if (top(parser)->kind == FRAME_LITERAL) {
		add_literal_line(parser, &line);
		return 0;
	}
	parser->indentation = line.indentation;
	result = take_block(parser, &line, before, err);
	parser->fresh = NULL;
	return result;
}

/* Cut off a line without its end. A newline at the end of the text begins no further line. */
static bool next_line(struct slice *rest, struct slice *ret)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	*ret = slice_of(rest->data, end ? (size_t)(end - rest->data) : rest->len);
	*rest = slice_of(
	    rest->data + ret->len + (end != NULL), rest->len - ret->len - (end != NULL));
	if (end && slice_ends(*ret, SLICE_LITERAL("\r")))
		ret->len--;
	return true;
}

static int fail_encoding(const struct parser *parser, struct slice line, struct error **err)
{
	long column = 1;
	size_t len;

	while ((len = slice_character(line))) {
		line = slice_from(line, len);
		column++;
	}
	return fail_at(err, parser->name, parser->number, column, NULL, "invalid UTF-8");
}

static int parse_lines(
    struct parser *parser, struct slice rest, enum text_mode mode, struct error **err)
{
	struct slice line;

	if (mode == TEXT_FILE && slice_starts(rest, SLICE_LITERAL("\xef\xbb\xbf")))
		rest = slice_from(rest, 3);
	while (next_line(&rest, &line)) {
		parser->number++;
		if (mode == TEXT_FILE && !slice_is_utf8(line))
			return fail_encoding(parser, line, err);
		if (mode == TEXT_FILE && parser->number == 1 &&
		    slice_starts(line, SLICE_LITERAL("#!")))
			continue;
		if (take_line(parser, line, err) < 0)
			return -1;
	}
	return 0;
}

int text_parse(struct arena *arena, struct slice text, enum text_mode mode, const char *name,
    struct notes *notes, struct text_node **ret, struct error **err)
{
	struct parser parser = {.arena = arena, .name = name, .notes = notes, .broken = true};
	int result;

	if (text.len > TEXT_SIZE_LIMIT)
		return fail_at(err, name, 0, 0, NULL, "larger than %zu MiB", TEXT_SIZE_LIMIT >> 20);
	parser.chapter = text_new(arena, TEXT_CHAPTER, SLICE_LITERAL(""));
	parser.fresh = parser.chapter;
	parser.frames[0] = (struct frame){FRAME_BLOCKS, false, 0, 0, parser.chapter};
	parser.count = 1;
	result = parse_lines(&parser, text, mode, err);
	map_release(&parser.sections);
	if (result == 0)
		*ret = parser.chapter;
	return result;
}
