#include "record/man.h"

#include "base/iso_time.h"
#include "image/directory.h"
#include "record/prose.h"
#include "record/space.h"

/* The last second that has a date of four digits of the year. */
#define YEAR_9999 253402300799

/* Escaping */

/* One character; `at_start` is whether a line begins with it, where a dot would be a request. */
static void add_character(struct str *out, char c, bool at_start, bool is_code)
{
	if (at_start && (c == '.' || c == '\''))
		str_adds(out, "\\&");
	if (c == '\\')
		str_adds(out, "\\e");
	else if (c == '-' && is_code)
		str_adds(out, "\\-");
	else if (c == '`')
		str_adds(out, "\\(ga");
	else if (c == '\'' && is_code)
		str_adds(out, "\\(aq");
	else if (c == '^')
		str_adds(out, "\\(ha");
	else if (c == '~')
		str_adds(out, "\\(ti");
	else
		str_addc(out, (unsigned char)c < ' ' || c == 0x7f ? ' ' : c);
}

/* The end of the last character that is a whole one of UTF-8 without C1 controls. */
static void add_text(struct prose *prose, struct slice text, bool is_code)
{
	while (text.len) {
		size_t len = slice_character(text);
		bool at_start = !prose->out->len || prose->out->data[prose->out->len - 1] == '\n';

		if (len == 1)
			add_character(prose->out, text.data[0], at_start, is_code);
		else if (len && !(text.data[0] == '\xc2' && (unsigned char)text.data[1] < 0xa0))
			str_add(prose->out, text.data, len);
		else
			str_adds(prose->out, "\xef\xbf\xbd");
		text = slice_from(text, len ? len : 1);
	}
}

/* In an argument of a macro, between quotes. */
static void add_argument(struct prose *prose, struct slice text)
{
	str_addc(prose->out, '"');
	for (size_t i = 0; i < text.len; i++) {
		size_t len = slice_character(slice_from(text, i));

		if (text.data[i] == '"')
			str_adds(prose->out, "\\(dq");
		else
			add_text(prose, slice_of(text.data + i, len ? len : 1), false);
		i += len ? len - 1 : 0;
	}
	str_addc(prose->out, '"');
}

/* White space at the end of a line, and lines without text, are faults. */
static void end_line(struct prose *prose)
{
	struct str *out = prose->out;

	while (out->len && out->data[out->len - 1] == ' ')
		str_truncate(out, out->len - 1);
	if (out->len && out->data[out->len - 1] != '\n')
		str_addc(out, '\n');
}

/* Inline */

static void add_font(struct prose *prose, const char *font, struct slice text, bool is_code)
{
	str_adds(prose->out, font);
	add_text(prose, text, is_code);
	str_adds(prose->out, "\\fR");
}

static void add_reference(struct prose *prose, const struct text_node *node)
{
	struct prose_link link = prose_link_of(prose, node);
	struct slice title = prose_title_of(node);

	add_font(prose, "\\fI", title, true);
	if (!node->reference->target && link.url.len && !slice_equal(link.url, title)) {
		str_adds(prose->out, " (");
		add_text(prose, link.url, true);
		str_addc(prose->out, ')');
	}
}

static void add_inline(struct prose *prose, const struct text_node *parent)
{
	for (const struct text_node *node = parent->first; node; node = node->next) {
		if (node->type == TEXT_BREAK)
			end_line(prose);
		else if (node->type == TEXT_STRING)
			add_text(prose, node->text, false);
		else if (node->type == TEXT_LITERAL)
			add_font(prose, "\\fB", node->text, true);
		else if (node->type == TEXT_EMPHASIS)
			add_font(prose, node->number > 1 ? "\\fB" : "\\fI", node->text, false);
		else
			add_reference(prose, node);
	}
	end_line(prose);
}

static bool is_empty(const struct text_node *parent)
{
	for (const struct text_node *node = parent->first; node; node = node->next) {
		if (text_strip(node->text).len)
			return false;
	}
	return true;
}

/* Blocks */

/* prose->widths has the indentation of the open items; of lists and admonitions whether they are
 * indented as a whole. */
enum { WHOLE = 0, FLAT = 1, WIDTHS };

/* 0: paragraphs are not those of an item. */
static int width_of(const struct prose *prose)
{
	int last = prose->widths.len ? prose->widths.data[prose->widths.len - 1] : FLAT;

	return last < WIDTHS ? 0 : last;
}

static void close_width(struct prose *prose)
{
	str_truncate(&prose->widths, prose->widths.len - 1);
}

/* The first block of an item follows its mark; others are paragraphs of their own. */
static void begin_paragraph(struct prose *prose)
{
	if (!prose->fresh && width_of(prose))
		str_adds(prose->out, ".IP\n");
	else if (!prose->fresh)
		str_adds(prose->out, ".PP\n");
	prose->fresh = false;
}

static void write_heading(
    struct prose *prose, unsigned level, struct slice text, struct slice anchor)
{
	(void)anchor;
	str_adds(prose->out, level > 1 || anchor.len ? ".SS " : ".SH ");
	add_argument(prose, text);
	str_addc(prose->out, '\n');
	prose->fresh = true;
}

static void write_code(struct prose *prose, struct slice type, struct slice text)
{
	struct slice line;

	(void)type;
	begin_paragraph(prose);
	str_adds(prose->out, ".EX\n");
	while (slice_next(&text, '\n', &line)) {
		line.len -= space_last(line);
		add_text(prose, line, true);
		if (!line.len)
			str_adds(prose->out, "\\&");
		str_addc(prose->out, '\n');
	}
	str_adds(prose->out, ".EE\n");
}

static void write_paragraph(struct prose *prose, const struct text_node *paragraph)
{
	if (is_empty(paragraph))
		return;
	begin_paragraph(prose);
	add_inline(prose, paragraph);
}

/* A list in an item is indented as a whole. */
static void write_list(struct prose *prose)
{
	int width = width_of(prose);

	str_addc(&prose->widths, width ? WHOLE : FLAT);
	if (!width)
		return;
	if (prose->fresh)
		str_adds(prose->out, "\\&\n");
	str_addf(prose->out, ".RS %d\n", width);
}

static void write_list_end(struct prose *prose)
{
	if (prose->widths.data[prose->widths.len - 1] == WHOLE)
		str_adds(prose->out, ".RE\n");
	close_width(prose);
	prose->fresh = false;
}

static void write_item(struct prose *prose, unsigned number)
{
	if (number)
		str_addf(prose->out, ".IP %u. 4\n", number);
	else
		str_adds(prose->out, ".IP \\(bu 3\n");
	str_addc(&prose->widths, number ? 4 : 3);
	prose->fresh = true;
}

static void write_item_end(struct prose *prose)
{
	if (prose->fresh)
		str_adds(prose->out, "\\&\n");
	prose->fresh = false;
	close_width(prose);
}

static void write_entry(struct prose *prose, const struct text_node *key)
{
	str_adds(prose->out, ".TP 4\n");
	if (is_empty(key))
		str_adds(prose->out, "\\&\n");
	else
		add_inline(prose, key);
	str_addc(&prose->widths, 4);
	prose->fresh = true;
}

static void write_admonition(struct prose *prose, struct slice type, struct slice title)
{
	begin_paragraph(prose);
	str_adds(prose->out, "\\fB");
	add_text(prose, type, false);
	str_adds(prose->out, "\\fR");
	if (title.data) {
		str_adds(prose->out, ": ");
		add_text(prose, title, false);
	}
	end_line(prose);
	str_adds(prose->out, ".RS 4\n");
	str_addc(&prose->widths, WHOLE);
	prose->fresh = true;
}

static void write_admonition_end(struct prose *prose)
{
	static const char begin[] = ".RS 4\n";

	if (prose->fresh)
		str_truncate(prose->out, prose->out->len - strlen(begin));
	else
		str_adds(prose->out, ".RE\n");
	prose->fresh = false;
	close_width(prose);
}

static const struct prose_form man = {
    .heading = write_heading,
    .code = write_code,
    .paragraph = write_paragraph,
    .list = write_list,
    .item = write_item,
    .item_end = write_item_end,
    .entry = write_entry,
    .entry_end = write_item_end,
    .list_end = write_list_end,
    .admonition = write_admonition,
    .admonition_end = write_admonition_end,
};

/* Files */

/* The day of a page is that of its source, or SOURCE_DATE_EPOCH: so it is always the same. */
static int find_day(const struct record_page *page, char ret[ISO_TIME_SIZE], struct error **err)
{
	struct stat stat;
	int64_t time;

	if (bundle_time(&time, err) < 0)
		return -1;
	if (time == BUNDLE_EPOCH && place_look(place_at(page->source->origin), &stat) == 0)
		time = stat.st_mtime;
	if (time < 0 || time > YEAR_9999)
		time = BUNDLE_EPOCH;
	iso_time(time, ret);
	*strchr(ret, 'T') = '\0';
	return 0;
}

static void begin_page(struct prose *prose, const char *day, struct slice sentence)
{
	struct slice name = prose->page->factor->name;

	str_adds(prose->out, ".TH ");
	add_argument(prose, name);
	str_addf(prose->out, " 3 \"%s\" \"\" \"Python modules\"\n.SH NAME\n", day);
	add_text(prose, name, true);
	str_adds(prose->out, " \\- ");
	add_text(prose, sentence.len ? sentence : SLICE_LITERAL("a module of Python"), false);
	end_line(prose);
	str_adds(prose->out, ".SH SYNOPSIS\n.B import ");
	add_text(prose, name, true);
	str_adds(prose->out, "\n.SH DESCRIPTION\n");
	prose->fresh = true;
}

static int write_page(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	const struct site_factor *factor = page->factor;
	autoarena struct arena arena = {NULL};
	autostr struct str text = STR_INIT;
	autostr struct str place = STR_INIT;
	struct prose prose = {.form = &man, .page = page, .out = &text, .arena = &arena};
	char day[ISO_TIME_SIZE];

	if (find_day(page, day, err) < 0)
		return -1;
	begin_page(&prose, day, factor->count ? factor->elements[0].sentence : slice_of("", 0));
	prose_write(&prose);
	prose_release(&prose);
	str_add_slice(&place, factor->unique_name);
	str_adds(&place, ".3");
	return record_output_put(output, str_slice(&place), str_slice(&text), err);
}

const struct record_writer record_writer_man = {
    .name = "man", .is_at_home = true, .page = write_page};
