#include "record/text.h"

#include "record/selector.h"

/* Paths with more titles are selected by the number of titles. */
#define PATH_LIMIT 100

struct renderer {
	struct str *out;
	struct str line;
	const struct text_node *selected; /* the chapter or section to select from */
};

static void add_tabs(struct renderer *renderer, size_t level)
{
	for (size_t i = 0; i < level; i++)
		str_addc(renderer->out, '\t');
}

/* Inline */

static void add_cast(struct str *out, struct slice cast)
{
	if (!cast.data)
		return;
	str_addc(out, '(');
	str_add_slice(out, cast);
	str_addc(out, ')');
}

static void add_asterisks(struct str *out, int count)
{
	for (int i = 0; i < count; i++)
		str_addc(out, '*');
}

static void add_inline(struct str *out, const struct text_node *node)
{
	if (node->type == TEXT_STRING) {
		str_add_slice(out, node->text);
	} else if (node->type == TEXT_LITERAL) {
		add_cast(out, node->extra);
		str_addc(out, '`');
		str_add_slice(out, node->text);
		if (!node->open)
			str_addc(out, '`');
	} else if (node->type == TEXT_EMPHASIS) {
		add_asterisks(out, node->number);
		str_add_slice(out, node->text);
		add_asterisks(out, node->number);
	} else if (node->type == TEXT_REFERENCE) {
		add_cast(out, node->reference->cast);
		str_adds(out, node->reference->include ? "&*" : "&");
		str_add_slice(out, node->text);
	}
}

/* Write the text in renderer->line; a leading space keeps it from being read as another block. */
static void end_line(struct renderer *renderer, bool marked)
{
	if (!marked && renderer->line.len && memchr("[!/-#", renderer->line.data[0], 5))
		str_addc(renderer->out, ' ');
	str_add_slice(renderer->out, str_slice(&renderer->line));
	str_addc(renderer->out, '\n');
	str_truncate(&renderer->line, 0);
}

/* The lines of a paragraph. The mark or indentation of the first line is written already. */
static void render_lines(
    struct renderer *renderer, const struct text_node *paragraph, size_t level, bool marked)
{
	for (const struct text_node *node = paragraph->first; node; node = node->next) {
		if (node->type == TEXT_BREAK) {
			end_line(renderer, marked);
			add_tabs(renderer, level);
			marked = false;
		} else {
			add_inline(&renderer->line, node);
		}
	}
	end_line(renderer, marked);
}

/* Sections */

static size_t titles_of(const struct text_node *node)
{
	return node->type == TEXT_SECTION ? node->section->titles : 0;
}

static void add_path(struct str *out, const struct slice *path, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		str_adds(out, i ? " >> " : "");
		str_add_slice(out, path[i]);
	}
}

/* Whether a path can be written as an absolute one: nothing before it would be read as marks. */
static bool is_plain_path(const struct text_node *const *path, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += path[i]->text.len;
	return len <= PATH_LIMIT && path[0]->text.len && path[0]->text.data[0] != '>';
}

/* Select a section, or the chapter, that contains the selected section. */
static void select_ancestor(struct renderer *renderer, const struct text_node *node)
{
	const struct text_node *path[TEXT_DEPTH_LIMIT];
	size_t count = titles_of(node);

	renderer->selected = node;
	if (!count) {
		str_adds(renderer->out, "[]\n\n");
		return;
	}
	for (size_t i = count; i--; node = node->parent)
		path[i] = node;
	if (!is_plain_path(path, count)) {
		str_addf(renderer->out, "[ >%zu ]\n\n", count);
		return;
	}
	str_adds(renderer->out, "[ ");
	for (size_t i = 0; i < count; i++) {
		str_adds(renderer->out, i ? " >> " : "");
		str_add_slice(renderer->out, path[i]->text);
	}
	str_adds(renderer->out, " ]\n\n");
}

/* A relative path must be written below the same titles as before: if the current titles differ,
 * they are selected first. */
static void render_title(struct renderer *renderer, const struct text_node *node)
{
	const struct text_section *section = node->section;
	size_t base = section->titles - section->count;
	size_t kept = titles_of(renderer->selected);
	const struct text_node *ancestor = node;

	for (size_t i = 0; i < section->count; i++)
		ancestor = ancestor->parent;
	if (selector_keeps(section, kept) != base)
		select_ancestor(renderer, ancestor);
	str_adds(renderer->out, "[ ");
	for (int i = 0; i < section->level; i++)
		str_addc(renderer->out, '>');
	if (section->level >= 0 && section->multiple >= 0)
		str_addf(renderer->out, "%ld", section->multiple);
	if (section->level >= 0)
		str_addc(renderer->out, ' ');
	add_path(renderer->out, section->path, section->count);
	str_adds(renderer->out, " ]\n\n");
	renderer->selected = node;
}

/* Blocks */

static void render_children(struct renderer *renderer, const struct text_node *first, size_t level);

static void render_syntax(struct renderer *renderer, const struct text_node *node, size_t level)
{
	str_adds(renderer->out, "#!");
	str_add_slice(renderer->out, node->text);
	if (node->extra.data) {
		str_addc(renderer->out, ' ');
		str_add_slice(renderer->out, node->extra);
	}
	str_addc(renderer->out, '\n');
	for (const struct text_node *line = node->first; line; line = line->next) {
		add_tabs(renderer, level + 1);
		str_add_slice(renderer->out, line->text);
		/* A carriage return directly before the newline would be dropped. */
		str_adds(
		    renderer->out, slice_ends(line->text, SLICE_LITERAL("\r")) ? "\r\n" : "\n");
	}
}

static void render_admonition(struct renderer *renderer, const struct text_node *node, size_t level)
{
	str_adds(renderer->out, "! ");
	str_add_slice(renderer->out, node->text);
	str_addc(renderer->out, ':');
	str_add_slice(renderer->out, node->extra);
	str_addc(renderer->out, '\n');
	render_children(renderer, node->first, level + 1);
}

static bool has_literal_mark(struct slice text)
{
	return text.len && memmem(text.data, text.len, "/#!", 3);
}

/* Whether a value is nothing but syntax that may begin behind the key: a key ends at the line's
 * last slash, or before its last "/#!", and neither may be in the syntax's head. */
static bool is_literal_value(const struct text_node *value)
{
	const struct text_node *syntax = value->first;
	struct slice type, words;

	if (!syntax || syntax->type != TEXT_SYNTAX || syntax->next)
		return false;
	type = syntax->text;
	words = text_strip(syntax->extra);
	return !slice_ends(words.len ? words : type, SLICE_LITERAL("/")) &&
	       !has_literal_mark(type) && !has_literal_mark(words);
}

static void render_directory(struct renderer *renderer, const struct text_node *node, size_t level)
{
	for (const struct text_node *item = node->first; item; item = item->next) {
		if (item != node->first)
			add_tabs(renderer, level);
		str_addc(&renderer->line, '/');
		for (const struct text_node *part = item->first->first; part; part = part->next)
			add_inline(&renderer->line, part);
		str_addc(&renderer->line, '/');
		if (is_literal_value(item->last)) {
			str_add_slice(renderer->out, str_slice(&renderer->line));
			str_truncate(&renderer->line, 0);
			render_syntax(renderer, item->last->first, level);
			continue;
		}
		end_line(renderer, true);
		render_children(renderer, item->last->first, level + 1);
	}
}

/* Whether the last line written of a node belongs to a syntax block: then a blank line after it
 * would belong to the block, too. */
static bool ends_in_syntax(const struct text_node *node)
{
	for (; node; node = node->last) {
		if (node->type == TEXT_SYNTAX)
			return true;
	}
	return false;
}

/* Whether a paragraph begins with an empty line. */
static bool begins_empty(const struct text_node *paragraph)
{
	const struct text_node *node = paragraph->first;

	return !node || (node->type == TEXT_STRING && !node->text.len &&
			    (!node->next || node->next->type == TEXT_BREAK));
}

static void render_item(
    struct renderer *renderer, const struct text_node *item, char mark, size_t level)
{
	const struct text_node *first = item->first, *rest = first;

	str_addc(&renderer->line, mark);
	if (first && first->type == TEXT_PARAGRAPH) {
		if (!begins_empty(first))
			str_addc(&renderer->line, ' ');
		render_lines(renderer, first, level + 1, true);
		rest = first->next;
	} else {
		end_line(renderer, true);
	}
	if (!rest)
		return;
	str_addc(renderer->out, '\n');
	render_children(renderer, rest, level + 1);
}

static void render_list(struct renderer *renderer, const struct text_node *node, size_t level)
{
	for (const struct text_node *item = node->first; item; item = item->next) {
		if (item != node->first)
			add_tabs(renderer, level);
		render_item(renderer, item, node->type == TEXT_SET ? '-' : '#', level);
	}
	if (ends_in_syntax(node))
		return;
	if (node->first)
		add_tabs(renderer, level);
	str_addc(renderer->out, '\n');
}

static void render_paragraph(struct renderer *renderer, const struct text_node *node, size_t level)
{
	render_lines(renderer, node, level, false);
	str_addc(renderer->out, '\n');
}

static bool has_several_lines(const struct text_node *item)
{
	if (!item || !item->first)
		return false;
	if (item->first->next || item->first->type != TEXT_PARAGRAPH)
		return true;
	for (const struct text_node *node = item->first->first; node; node = node->next) {
		if (node->type == TEXT_BREAK)
			return true;
	}
	return false;
}

/* Whether only a decoration separates a block from the one before. */
static bool needs_decoration(const struct text_node *before, const struct text_node *node)
{
	if (!before || before->type != node->type)
		return false;
	return node->type == TEXT_DIRECTORY ||
	       ((node->type == TEXT_SET || node->type == TEXT_SEQUENCE) &&
		   has_several_lines(before->last));
}

static void render_block(struct renderer *renderer, const struct text_node *node, size_t level)
{
	static void (*const renders[])(struct renderer *, const struct text_node *, size_t) = {
	    [TEXT_PARAGRAPH] = render_paragraph,
	    [TEXT_SET] = render_list,
	    [TEXT_SEQUENCE] = render_list,
	    [TEXT_DIRECTORY] = render_directory,
	    [TEXT_SYNTAX] = render_syntax,
	    [TEXT_ADMONITION] = render_admonition,
	    [TEXT_EXCEPTION] = NULL, /* the mark stands for no text */
	};

	if (node->type > TEXT_EXCEPTION || !renders[node->type])
		return;
	add_tabs(renderer, level);
	renders[node->type](renderer, node, level);
}

/* A directory directly after another one is written with deeper indentation, which makes it
 * another. */
static void render_children(struct renderer *renderer, const struct text_node *first, size_t level)
{
	const struct text_node *before = NULL;
	size_t deeper = 0;

	for (const struct text_node *node = first; node; before = node, node = node->next) {
		if (renderer->out->len > TEXT_OUTPUT_LIMIT)
			return; /* text_render() fails later */
		if (node->type == TEXT_SECTION) {
			render_title(renderer, node);
			render_children(renderer, node->first, 0);
			continue;
		}
		if (renderer->selected->type <= TEXT_SECTION &&
		    node->parent->type <= TEXT_SECTION && renderer->selected != node->parent)
			select_ancestor(renderer, node->parent);
		deeper = node->type == TEXT_DIRECTORY && before && before->type == TEXT_DIRECTORY
			     ? deeper + 1
			     : 0;
		if (needs_decoration(before, node)) {
			add_tabs(renderer, level);
			str_adds(renderer->out, "=====\n\n");
		}
		render_block(renderer, node, level + deeper);
	}
}

int text_render(const struct text_node *node, struct str *ret, struct error **err)
{
	autostr struct str out = STR_INIT;
	struct renderer renderer = {&out, STR_INIT, node};

	render_children(&renderer, node->first, 0);
	str_release(&renderer.line);
	if (out.len > TEXT_OUTPUT_LIMIT)
		return fail(
		    err, ERROR_INPUT, "text takes more than %zu MiB", TEXT_OUTPUT_LIMIT >> 20);
	/* Keep the first bytes from being read as a #! line or as a byte order mark. */
	if (slice_starts(str_slice(&out), SLICE_LITERAL("#!")))
		str_addc(ret, '\n');
	if (slice_starts(str_slice(&out), SLICE_LITERAL("\xef\xbb\xbf")))
		str_adds(ret, "\xef\xbb\xbf");
	str_add_slice(ret, str_slice(&out));
	return 0;
}
