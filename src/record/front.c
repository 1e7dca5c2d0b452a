#include "record/front.h"

#include "base/file.h"
#include "record/docstring.h"

/* The longest code or link in a line: others are text. So the time is that of the text. */
#define SPAN_LIMIT 2000

/* The most columns of an underline. */
#define UNDERLINE_LIMIT 120

struct converter {
	struct str *ret;
	char fence; /* of the code block that the line is in; 0 outside */
	size_t fence_len;
	bool is_blank;	  /* the line before */
	bool in_indented; /* code, without a fence */
	bool in_list;
};

static size_t run_of(struct slice text, char c)
{
	size_t len = 0;

	while (len < text.len && text.data[len] == c)
		len++;
	return len;
}

/* The number of bytes from here to before `close`; the text's length + 1 if there is none. */
static size_t until(struct slice text, char close)
{
	const char *found = memchr(text.data, close, text.len);

	return found ? (size_t)(found - text.data) : text.len + 1;
}

/* The number of bytes to before the bracket that closes the one that the text begins with; the
 * text's length if there is none. */
static size_t until_closed(struct slice text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.len && i < SPAN_LIMIT; i++) {
		depth += text.data[i] == '[';
		if (text.data[i] == ']' && --depth == 0)
			return i;
	}
	return text.len;
}

/* Append code between backquotes. Returns how much of the text it was; 0 if it is none. */
static size_t add_code(struct slice text, struct str *ret)
{
	size_t ticks = run_of(text, '`');

	for (size_t at = ticks; at < text.len && at < SPAN_LIMIT;) {
		size_t run = run_of(slice_from(text, at), '`');
		struct slice code = slice_trim(slice_of(text.data + ticks, at - ticks));

		if (run == ticks && code.len) {
			str_addf(ret, "``%.*s``", (int)code.len, code.data);
			return at + ticks;
		}
		at += run ? run : 1;
	}
	return 0;
}

/* Append a link `[text](url)`, or the text of an image. Returns how much of the text it was; 0 if
 * it is none. */
static size_t add_link(struct slice text, bool is_image, struct str *ret)
{
	struct slice title, target;
	size_t end = until_closed(text);

	if (end + 1 >= text.len || text.data[end + 1] != '(')
		return 0;
	title = slice_of(text.data + 1, end - 1);
	target = slice_from(text, end + 2);
	target.len = until(
	    slice_of(target.data, target.len < SPAN_LIMIT ? target.len : SPAN_LIMIT), ')');
	if (end + 2 + target.len >= text.len)
		return 0;
	end += 2 + target.len + 1;
	target.len = until(target, ' ') < target.len ? until(target, ' ') : target.len;
	/* A badge that is a link is its image's text. */
	if (is_image || slice_starts(title, SLICE_LITERAL("!")))
		str_add_slice(ret, is_image ? title : slice_of("", 0));
	else if (title.len && target.len && !memchr(title.data, '`', title.len))
		str_addf(ret, "`%.*s <%.*s>`_", (int)title.len, title.data, (int)target.len,
		    target.data);
	else
		str_add_slice(ret, title);
	return end;
}

static void add_inline(struct slice text, struct str *ret)
{
	while (text.len) {
		size_t len = 0;

		if (*text.data == '`')
			len = add_code(text, ret);
		else if (*text.data == '[')
			len = add_link(text, false, ret);
		else if (*text.data == '!' && text.len > 1 && text.data[1] == '[')
			len = add_link(slice_from(text, 1), true, ret);
		if (len && *text.data == '!')
			len++;
		if (!len) {
			str_addc(ret, *text.data);
			len = 1;
		}
		text = slice_from(text, len);
	}
}

/* End a block with a blank line, unless there is one. */
static void end_block(struct converter *converter)
{
	if (!converter->is_blank)
		str_addc(converter->ret, '\n');
	converter->is_blank = true;
}

/* Append a heading of a level, from 1. */
static void add_heading(struct converter *converter, struct slice title, size_t level)
{
	static const char marks[] = "=-~^\"'";
	autostr struct str text = STR_INIT;
	size_t len;

	while (title.len && title.data[title.len - 1] == '#')
		title.len--;
	title = slice_trim(title);
	if (!title.len)
		return;
	add_inline(title, &text);
	end_block(converter);
	str_add_slice(converter->ret, str_slice(&text));
	str_addc(converter->ret, '\n');
	len = text.len < UNDERLINE_LIMIT ? text.len : UNDERLINE_LIMIT;
	for (size_t i = 0; i < len || i < 4; i++)
		str_addc(converter->ret, marks[level - 1]);
	str_adds(converter->ret, "\n\n");
	converter->is_blank = true;
	converter->in_list = false;
}

/* Begin or end a block of code with a fence; false if the line is no fence. */
static bool take_fence(struct converter *converter, struct slice line)
{
	char c = line.len ? *line.data : '\0';
	size_t len = run_of(line, c);

	if ((c != '`' && c != '~') || len < 3)
		return false;
	if (converter->fence) {
		if (c != converter->fence || len < converter->fence_len)
			return false;
		converter->fence = '\0';
		str_addc(converter->ret, '\n');
		converter->is_blank = true;
		return true;
	}
	converter->fence = c;
	converter->fence_len = len;
	end_block(converter);
	str_adds(converter->ret, "::\n\n");
	return true;
}

static void add_code_line(struct converter *converter, struct slice line)
{
	str_addf(converter->ret, line.len ? "    %.*s\n" : "\n", (int)line.len, line.data);
	converter->is_blank = false;
}

static bool is_item(struct slice line)
{
	size_t digits = 0;

	while (digits < line.len && line.data[digits] >= '0' && line.data[digits] <= '9')
		digits++;
	if (digits && digits + 1 < line.len)
		return line.data[digits] == '.' && line.data[digits + 1] == ' ';
	return line.len > 1 && strchr("-*+", *line.data) && line.data[1] == ' ';
}

/* A line outside of code, without its indentation. */
static void add_text(struct converter *converter, struct slice line, size_t indent)
{
	bool item = is_item(line);

	if (*line.data == '>')
		line = slice_trim(slice_from(line, 1));
	/* A list begins a block, which reStructuredText wants a blank line before. */
	if (item && !converter->in_list)
		end_block(converter);
	converter->in_list = item || (converter->in_list && (indent || !converter->is_blank));
	for (size_t i = 0; i < indent && converter->in_list; i++)
		str_addc(converter->ret, ' ');
	add_inline(line, converter->ret);
	str_addc(converter->ret, '\n');
	converter->is_blank = false;
}

static void add_line(struct converter *converter, struct slice whole, struct slice next)
{
	struct slice line = slice_trim(whole);
	size_t indent = line.len ? (size_t)(line.data - whole.data) : 0;
	size_t level = run_of(line, '#');

	if (take_fence(converter, line))
		return;
	if (converter->fence) {
		add_code_line(converter, whole);
		return;
	}
	if (!line.len) {
		end_block(converter);
		return;
	}
	if (indent >= 4 && !converter->in_list && (converter->is_blank || converter->in_indented)) {
		if (!converter->in_indented)
			str_adds(converter->ret, "::\n\n");
		converter->in_indented = true;
		add_code_line(converter, slice_from(whole, 4));
		return;
	}
	converter->in_indented = false;
	next = slice_trim(next);
	if (level && level <= 6 && level < line.len && line.data[level] == ' ')
		add_heading(converter, slice_from(line, level), level);
	else if (next.len && (run_of(next, '=') == next.len || run_of(next, '-') == next.len))
		add_heading(converter, line, *next.data == '=' ? 1 : 2);
	else if (run_of(line, '=') < line.len && run_of(line, '-') < line.len)
		add_text(converter, line, indent);
}

void front_convert(struct slice markdown, struct str *ret)
{
	struct converter converter = {.ret = ret, .is_blank = true};
	struct slice line, next;
	bool more = slice_next(&markdown, '\n', &line);

	while (more) {
		more = slice_next(&markdown, '\n', &next);
		add_line(&converter, line, more ? next : slice_of("", 0));
		line = next;
	}
	end_block(&converter);
}

static bool has_extension(const char *path, const char *extension)
{
	return slice_ends(slice_c(path), slice_c(extension));
}

int front_read(
    struct arena *arena, const char *path, const struct text_node **ret, struct error **err)
{
	autostr struct str bytes = STR_INIT, converted = STR_INIT;
	struct text_node *chapter;
	struct slice text;

	if (file_read(path, FRONT_LIMIT, &bytes, NULL, err) < 0)
		return -1;
	text = str_slice(&bytes);
	if (!slice_is_utf8(text))
		return fail_at(err, path, 0, 0, NULL, "it is not UTF-8");
	if (has_extension(path, ".md") || has_extension(path, ".markdown")) {
		front_convert(text, &converted);
		text = str_slice(&converted);
	}
	text = arena_slice(arena, text);
	if (converted.len || has_extension(path, ".rst"))
		chapter = docstring_parse(arena, text, DOCSTRING_SPHINX);
	else if (text_parse(arena, text, TEXT_FILE, path, NULL, &chapter, err) < 0)
		return -1;
	*ret = chapter;
	return 0;
}
