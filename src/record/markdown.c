#include "record/markdown.h"

#include "base/file.h"
#include "base/markup.h"
#include "base/path.h"
#include "record/prose.h"

#define HEADING_MOST 6

/* Escaping */

static bool is_word(const struct slice *text, size_t at)
{
	unsigned char c = at < text->len ? (unsigned char)text->data[at] : ' ';

	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c >= 0x80;
}

/* Text, in which nothing is markup. At the beginning of a line what could begin a block is escaped.
 */
static void add_text(struct str *out, struct slice text, bool at_start)
{
	size_t digits = 0;

	while (
	    at_start && digits < text.len && text.data[digits] >= '0' && text.data[digits] <= '9')
		digits++;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool inside = c == '_' && i && is_word(&text, i - 1) && is_word(&text, i + 1);
		bool first = at_start && ((!i && c && strchr("#-+=:", c)) ||
					     (i == digits && digits && (c == '.' || c == ')')));

		if (first || (c && strchr("\\`*_[]<>&~|$", c) && !inside))
			str_addc(out, '\\');
		str_addc(out, (unsigned char)c < ' ' && c != '\t' ? ' ' : c);
	}
}

/* A code span: its delimiters are longer than any run of backquotes in it. */
static void add_code(struct str *out, struct slice text)
{
	size_t run = 0, longest = 0;
	bool padded;

	for (size_t i = 0; i < text.len; i++) {
		run = text.data[i] == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	if (!text.len)
		return;
	padded = text.data[0] == '`' || text.data[text.len - 1] == '`' ||
		 (text.data[0] == ' ' && text.data[text.len - 1] == ' ');
	for (size_t i = 0; i <= longest; i++)
		str_addc(out, '`');
	str_adds(out, padded ? " " : "");
	for (size_t i = 0; i < text.len; i++)
		str_addc(out, (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
	str_adds(out, padded ? " " : "");
	for (size_t i = 0; i <= longest; i++)
		str_addc(out, '`');
}

/* The destination of a link: what could end it is encoded. */
static void add_destination(struct str *out, struct slice url)
{
	str_add_encoded(out, url, "()<>[]\\`\"");
}

/* Lines */

static void begin_line(struct prose *prose)
{
	if (prose->fresh)
		prose->fresh = false;
	else
		str_add_slice(prose->out, str_slice(&prose->prefix));
}

static void end_line(struct prose *prose)
{
	while (prose->out->len && prose->out->data[prose->out->len - 1] == ' ')
		str_truncate(prose->out, prose->out->len - 1);
	str_addc(prose->out, '\n');
}

/* A blank line before a block, but for the first one of an item. */
static void separate(struct prose *prose)
{
	if (prose->fresh || !prose->out->len)
		return;
	str_add_slice(prose->out, str_slice(&prose->prefix));
	end_line(prose);
}

/* Inline */

/* The path from one page to another. */
static void add_path(struct prose *prose, const struct site_factor *factor)
{
	const struct site_factor *own = prose->whole->factor;

	if (factor == own)
		return;
	for (size_t i = 0; i < own->project.len; i++)
		str_adds(prose->out, own->project.data[i] == '/' ? "../" : "");
	str_adds(prose->out, own->project.len ? "../" : "");
	add_destination(prose->out, factor->project);
	str_adds(prose->out, factor->project.len ? "/" : "");
	add_destination(prose->out, factor->path);
	str_adds(prose->out, ".md");
}

static void add_reference(struct prose *prose, const struct text_node *node)
{
	struct prose_link link = prose_link_of(prose, node);
	struct slice title = prose_title_of(node);
	bool linked = link.factor || link.url.len;

	str_adds(prose->out, linked ? "[" : "");
	if (node->reference->kind == REFERENCE_HYPERLINK && !node->reference->target)
		add_text(prose->out, title, false);
	else
		add_code(prose->out, title);
	if (!linked)
		return;
	str_adds(prose->out, "](");
	if (link.factor)
		add_path(prose, link.factor);
	if (link.factor && link.anchor.len)
		str_addc(prose->out, '#');
	add_destination(prose->out, link.factor ? link.anchor : link.url);
	str_addc(prose->out, ')');
}

static void add_emphasis(struct str *out, struct slice text, int weight)
{
	const char *mark = weight > 1 ? "**" : "*";
	struct slice inside = text_strip(text);

	if (!inside.len) {
		add_text(out, text, false);
		return;
	}
	str_adds(out, mark);
	add_text(out, inside, false);
	str_adds(out, mark);
}

static void add_inline(struct prose *prose, const struct text_node *parent)
{
	bool at_start = true;

	for (const struct text_node *node = parent->first; node; node = node->next) {
		if (node->type == TEXT_BREAK) {
			end_line(prose);
			begin_line(prose);
			at_start = true;
			continue;
		}
		if (node->type == TEXT_STRING)
			add_text(prose->out, node->text, at_start);
		else if (node->type == TEXT_LITERAL)
			add_code(prose->out, node->text);
		else if (node->type == TEXT_EMPHASIS)
			add_emphasis(prose->out, node->text, node->number);
		else
			add_reference(prose, node);
		at_start = at_start && !node->text.len;
	}
}

/* Blocks */

static void write_heading(
    struct prose *prose, unsigned level, struct slice text, struct slice anchor)
{
	separate(prose);
	if (anchor.len) {
		begin_line(prose);
		str_adds(prose->out, "<a id=\"");
		markup_add(prose->out, anchor, true);
		str_adds(prose->out, "\"></a>\n");
		separate(prose);
	}
	begin_line(prose);
	for (unsigned i = 0; i <= level && i < HEADING_MOST; i++)
		str_addc(prose->out, '#');
	str_addc(prose->out, ' ');
	if (anchor.len)
		add_code(prose->out, text);
	else
		add_text(prose->out, text, false);
	end_line(prose);
}

/* The longest run of backquotes that begins a line decides the fence. */
static void write_code(struct prose *prose, struct slice type, struct slice text)
{
	struct slice rest = text, line;
	size_t run = 0, fence = 3;

	for (size_t i = 0; i < text.len; i++) {
		run = text.data[i] == '`' ? run + 1 : 0;
		fence = run >= fence ? run + 1 : fence;
	}
	separate(prose);
	begin_line(prose);
	for (size_t i = 0; i < fence; i++)
		str_addc(prose->out, '`');
	for (size_t i = 0; i < type.len && is_word(&type, i); i++)
		str_addc(prose->out, type.data[i]);
	str_addc(prose->out, '\n');
	while (slice_next(&rest, '\n', &line)) {
		begin_line(prose);
		for (size_t i = 0; i < line.len; i++)
			str_addc(prose->out, line.data[i] == '\r' ? ' ' : line.data[i]);
		end_line(prose);
	}
	begin_line(prose);
	for (size_t i = 0; i < fence; i++)
		str_addc(prose->out, '`');
	str_addc(prose->out, '\n');
}

static void write_paragraph(struct prose *prose, const struct text_node *paragraph)
{
	separate(prose);
	begin_line(prose);
	add_inline(prose, paragraph);
	end_line(prose);
}

static void indent(struct prose *prose, const char *mark)
{
	separate(prose);
	begin_line(prose);
	str_adds(prose->out, mark);
	for (size_t i = 0; mark[i]; i++)
		str_addc(&prose->prefix, ' ');
	prose->fresh = true;
}

static void unindent(struct prose *prose, size_t len)
{
	if (prose->fresh)
		end_line(prose);
	prose->fresh = false;
	str_truncate(&prose->prefix, prose->prefix.len - len);
}

static void write_item(struct prose *prose, unsigned number)
{
	char mark[16] = "- ";

	if (number)
		(void)snprintf(mark, sizeof(mark), "%u. ", number);
	indent(prose, mark);
	str_addc(&prose->widths, (char)strlen(mark));
}

static void write_item_end(struct prose *prose)
{
	size_t last = prose->widths.len - 1;

	unindent(prose, (size_t)prose->widths.data[last]);
	str_truncate(&prose->widths, last);
}

static void write_entry(struct prose *prose, const struct text_node *key)
{
	indent(prose, "- ");
	prose->fresh = false;
	add_inline(prose, key);
	end_line(prose);
}

static void write_entry_end(struct prose *prose)
{
	unindent(prose, 2);
}

/* Where a list ends shows the indentation of what follows. */
static void write_list(struct prose *prose)
{
	(void)prose;
}

static void write_admonition(struct prose *prose, struct slice type, struct slice title)
{
	separate(prose);
	begin_line(prose);
	str_adds(prose->out, "> **");
	str_adds(&prose->prefix, "> ");
	add_text(prose->out, type, false);
	str_adds(prose->out, "**");
	if (title.data) {
		str_adds(prose->out, ": ");
		add_text(prose->out, title, false);
	}
	end_line(prose);
}

static void write_admonition_end(struct prose *prose)
{
	str_truncate(&prose->prefix, prose->prefix.len - 2);
}

static const struct prose_form markdown = {
    .heading = write_heading,
    .code = write_code,
    .paragraph = write_paragraph,
    .list = write_list,
    .item = write_item,
    .item_end = write_item_end,
    .entry = write_entry,
    .entry_end = write_entry_end,
    .list_end = write_list,
    .admonition = write_admonition,
    .admonition_end = write_admonition_end,
};

/* Files */

static void add_place(const struct site_factor *factor, struct str *ret)
{
	path_join(ret, factor->project, factor->path);
	str_adds(ret, ".md");
}

static int write_page(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	autoarena struct arena arena = {NULL};
	autostr struct str text = STR_INIT;
	autostr struct str place = STR_INIT;
	struct prose prose = {.form = &markdown, .page = page, .out = &text, .arena = &arena};

	str_adds(&text, "# ");
	add_code(&text, page->factor->name);
	str_addc(&text, '\n');
	prose_write(&prose);
	prose_release(&prose);
	add_place(page->factor, &place);
	return record_output_put(output, str_slice(&place), str_slice(&text), err);
}

/* The heading of llms.txt: the title of the record, or the first package or module. */
static struct slice title_of(const struct record_site *site)
{
	struct slice name = site->settings->site.title, first;

	for (size_t i = 0; i < site->count && !name.len; i++) {
		struct slice rest = site->factors[i] ? site->factors[i]->name : name;

		if (slice_next(&rest, '.', &first))
			name = first;
	}
	return name;
}

static void add_line(const struct site_factor *factor, struct str *ret)
{
	struct slice sentence = factor->count ? factor->elements[0].sentence : slice_of("", 0);

	str_adds(ret, "- [");
	add_code(ret, factor->name);
	str_adds(ret, "](");
	add_destination(ret, factor->project);
	str_adds(ret, factor->project.len ? "/" : "");
	add_destination(ret, factor->path);
	str_adds(ret, ".md)");
	if (sentence.len) {
		str_adds(ret, ": ");
		add_text(ret, sentence, false);
	}
	str_addc(ret, '\n');
}

static void add_pages(const struct record_site *site, bool is_public, struct str *ret)
{
	bool any = false;

	for (size_t i = 0; i < site->count; i++) {
		const struct site_factor *factor = site->factors[i];

		if (!factor || factor->is_public != is_public)
			continue;
		if (!any)
			str_adds(ret, is_public ? "\n## Modules\n\n" : "\n## Optional\n\n");
		any = true;
		add_line(factor, ret);
	}
}

/* Append the pages of public factors, or of the others, as long as they fit. */
static int add_contents(const struct record_site *site, const struct record_output *output,
    bool is_public, struct str *ret, struct error **err)
{
	size_t most = site->settings->most;

	for (size_t i = 0; i < site->count; i++) {
		const struct site_factor *factor = site->factors[i];
		autostr struct str page = STR_INIT;
		autostr struct str place = STR_INIT;

		if (!factor || factor->is_public != is_public)
			continue;
		add_place(factor, &place);
		if (file_read_place(place_below(output->root, str_c(&place), str_c(&place)),
			FILE_READ_LIMIT, &page, NULL, err) < 0)
			return -1;
		if (most && ret->len + page.len + 1 > most)
			continue;
		str_adds(ret, ret->len ? "\n" : "");
		str_add_slice(ret, str_slice(&page));
	}
	return 0;
}

static int write_site(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	autostr struct str list = STR_INIT;
	autostr struct str full = STR_INIT;

	str_adds(&list, "# ");
	add_text(&list, title_of(site), false);
	str_addc(&list, '\n');
	add_pages(site, true, &list);
	add_pages(site, false, &list);
	if (add_contents(site, output, true, &full, err) < 0 ||
	    add_contents(site, output, false, &full, err) < 0 ||
	    record_output_put(output, SLICE_LITERAL("llms.txt"), str_slice(&list), err) < 0)
		return -1;
	return record_output_put(output, SLICE_LITERAL("llms-full.txt"), str_slice(&full), err);
}

const struct record_writer record_writer_markdown = {
    .name = "markdown", .is_at_home = true, .page = write_page, .site = write_site};
