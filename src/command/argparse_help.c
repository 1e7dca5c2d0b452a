#include "command/argparse.h"

#include <sys/ioctl.h>
#include <wchar.h>

#include "base/message.h"
#include "python/character.h"
#include "python/library.h"

/* As in argparse.HelpFormatter: the indentation of entries, the largest column at which their texts
 * begin, and the least width of texts. */
#define ENTRY_INDENT 2
#define HELP_COLUMN_LIMIT 24
#define HELP_COLUMN_LEAST (2 * ENTRY_INDENT)
#define TEXT_WIDTH_LEAST 11

/* The largest width. */
#define WIDTH_LIMIT 1000000

/* A positive number from the environment, else 0. */
static long size_variable(const char *name)
{
	const char *text = getenv(name);
	long number;

	if (!text || !python_int(slice_c(text), &number) || number <= 0)
		return 0;
	return number < WIDTH_LIMIT ? number : WIDTH_LIMIT;
}

/* The columns of a line, as argparse computes them: shutil.get_terminal_size() less two. */
static long help_width(void)
{
	struct winsize size = {0};
	long columns = size_variable("COLUMNS");

	if (!columns && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	return (columns ? columns : 80) - 2;
}

/* The columns of the character at a place in UTF-8 text. */
static int character_columns(struct slice text, size_t at)
{
	struct slice rest = slice_from(text, at);
	int columns = wcwidth((wchar_t)python_take_character(&rest));

	return columns < 0 ? 1 : columns;
}

static size_t character_bytes(struct slice text, size_t at)
{
	size_t len = slice_character(slice_from(text, at));

	return len ? len : 1;
}

static long text_columns(struct slice text)
{
	long columns = 0;

	for (size_t at = 0; at < text.len; at += character_bytes(text, at))
		columns += character_columns(text, at);
	return columns;
}

static void add_spaces(struct str *ret, long count)
{
	str_addf(ret, "%*s", count > 0 ? (int)count : 0, "");
}

/*
 * Texts are wrapped as Python's textwrap does it: at spaces, and behind hyphens between letters.
 * Wide characters, for which it has no rules, may be parted anywhere but where a line would begin
 * with a closing mark or end with an opening one.
 */
static bool is_letter(struct slice text, size_t at)
{
	char c = at < text.len ? text.data[at] : ' ';

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_char(struct slice text, size_t at, char c)
{
	return at < text.len && text.data[at] == c;
}

/* Whether a line may be broken after a hyphen: it has two letters on each side, and there may be
 * another hyphen between the two. */
static bool is_breaking_hyphen(struct slice text, size_t at)
{
	if (!is_char(text, at, '-') || at < 2 || !is_letter(text, at - 1) ||
	    !is_letter(text, at + 1))
		return false;
	if (!is_letter(text, at - 2) &&
	    (at < 3 || text.data[at - 2] != '-' || !is_letter(text, at - 3)))
		return false;
	return is_letter(text, at + 2) || (is_char(text, at + 2, '-') && is_letter(text, at + 3));
}

static bool is_one_of(struct slice text, size_t at, struct slice characters)
{
	if (at >= text.len)
		return false;
	return memmem(characters.data, characters.len, text.data + at, character_bytes(text, at));
}

static bool is_opening(struct slice text, size_t at)
{
	return is_one_of(text, at, SLICE_LITERAL("(「『（"));
}

static bool is_closing(struct slice text, size_t at)
{
	return is_one_of(text, at, SLICE_LITERAL(")、。，．・ー」』）っゃゅょッャュョァィゥェォ"));
}

/* The end of the piece that begins at `at`. A piece is not broken if a line has room for it. */
static size_t piece_end(struct slice text, size_t at)
{
	size_t end = at + character_bytes(text, at);

	if (text.data[at] == ' ')
		return end;
	if (is_opening(text, at) && end < text.len && text.data[end] != ' ')
		return piece_end(text, end);
	if (character_columns(text, at) < 2) {
		while (
		    end < text.len && text.data[end] != ' ' && character_columns(text, end) < 2) {
			if (is_breaking_hyphen(text, end++))
				break;
		}
	}
	while (is_closing(text, end))
		end += character_bytes(text, end);
	return end;
}

/* How many bytes of a piece longer than a line fit into `room` columns. It is cut after its last
 * hyphen, if something else precedes that. */
static size_t cut_piece(struct slice piece, long room)
{
	size_t at = 0, hyphen = 0;
	bool plain = false; /* something other than hyphens precedes */

	while (at < piece.len && room >= character_columns(piece, at)) {
		room -= character_columns(piece, at);
		if (piece.data[at] != '-')
			plain = true;
		else if (plain)
			hyphen = at + 1;
		at += character_bytes(piece, at);
	}
	return hyphen ? hyphen : at;
}

/* Text to wrap, and the next piece of it. */
struct pieces {
	struct slice text;
	size_t at, end;
};

static void pieces_advance(struct pieces *pieces)
{
	pieces->at = pieces->end;
	if (pieces->at < pieces->text.len)
		pieces->end = piece_end(pieces->text, pieces->at);
}

static struct slice pieces_next(const struct pieces *pieces)
{
	return slice_of(pieces->text.data + pieces->at, pieces->end - pieces->at);
}

/* Add as many pieces as fit into a line. */
static void add_line(struct str *ret, struct pieces *pieces, long width)
{
	size_t begin = ret->len, cut;
	long columns = 0, more = 0;

	for (; pieces->at < pieces->text.len; pieces_advance(pieces)) {
		more = text_columns(pieces_next(pieces));
		if (columns + more > width)
			break;
		str_add_slice(ret, pieces_next(pieces));
		columns += more;
	}
	if (pieces->at < pieces->text.len && more > width &&
	    (columns < width || library.keeps_space)) {
		cut = cut_piece(pieces_next(pieces), width - columns);
		str_add(ret, pieces_next(pieces).data, cut);
		pieces->at += cut;
		return; /* textwrap keeps a space at the end here */
	}
	if (ret->len > begin && ret->data[ret->len - 1] == ' ')
		str_truncate(ret, ret->len - 1);
}

/* Add words in lines of `width` columns, indented from the second line on. */
static void add_wrapped(struct str *ret, const char *words, long width, long indent)
{
	struct pieces pieces = {slice_c(words), 0, 0};

	if (width < TEXT_WIDTH_LEAST)
		width = TEXT_WIDTH_LEAST;
	pieces_advance(&pieces);
	while (pieces.at < pieces.text.len) {
		add_line(ret, &pieces, width);
		str_addc(ret, '\n');
		if (pieces.at < pieces.text.len && pieces.text.data[pieces.at] == ' ')
			pieces_advance(&pieces);
		if (pieces.at < pieces.text.len)
			add_spaces(ret, indent);
	}
}

/* Append a space and the name of the option's value, if it has one. */
static void add_value_name(struct str *ret, const struct argparse_option *option)
{
	if (option->metavar) {
		str_addf(ret, " %s", option->metavar);
	} else if (option->kind == ARGPARSE_CHOICE) {
		str_adds(ret, " {");
		for (const char *const *choice = option->choices; *choice; choice++)
			str_addf(ret, "%s%s", choice == option->choices ? "" : ",", *choice);
		str_addc(ret, '}');
	}
}

/* Append the parts between which a usage may be broken, each ended by NUL. */
static void add_option_parts(struct str *ret, const struct argparse *parser)
{
	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		if (option->own)
			continue;
		str_addf(ret, "[%s", option->letter ? option->letter : option->name);
		add_value_name(ret, option);
		str_add(ret, "]", sizeof("]"));
	}
}

static void add_positional_parts(struct str *ret, const struct argparse *parser)
{
	if (parser->required) {
		str_adds(ret, parser->positional);
		str_addc(ret, library.parts_repeated ? '\0' : ' ');
	}
	str_addf(ret, "[%s ...]", parser->positional);
	str_addc(ret, '\0');
}

/* Lines of parts, as HelpFormatter._format_usage() makes them. */
struct usage {
	struct str *ret;
	long width;
	long indent;
	long columns; /* of the current line */
	bool empty;   /* the line has only its indentation */
};

static void begin_line(struct usage *usage)
{
	str_addc(usage->ret, '\n');
	add_spaces(usage->ret, usage->indent);
	usage->columns = usage->indent - 1;
	usage->empty = true;
}

static void add_parts(struct usage *usage, const struct str *parts)
{
	for (size_t at = 0; at < parts->len;) {
		const char *part = parts->data + at;
		long len = (long)strlen(part);

		if (usage->columns + 1 + len > usage->width && !usage->empty)
			begin_line(usage);
		str_addf(usage->ret, "%s%s", usage->empty ? "" : " ", part);
		usage->empty = false;
		usage->columns += len + 1;
		at += (size_t)len + 1;
	}
}

/* Add a usage that does not fit into a line. `before` is the width of its prefix. */
static void add_broken_usage(struct str *ret, const char *program, long before, long width,
    const struct str *options, const struct str *positionals)
{
	struct usage usage = {.ret = ret, .width = width};
	long len = (long)strlen(program);
	bool beside = 4 * (before + len) <= 3 * width;

	str_adds(ret, program);
	usage.indent = before + (beside ? len + 1 : 0);
	usage.columns = before + len;
	if (!beside)
		begin_line(&usage);
	add_parts(&usage, options);
	if (beside || usage.indent + (long)(options->len + positionals->len) - 1 > width)
		begin_line(&usage);
	add_parts(&usage, positionals);
}

char *argparse_program(const struct argparse *parser)
{
	return xasprintf("%s%s%s", library.program_before, parser->module, library.program_after);
}

void argparse_usage(const struct argparse *parser, struct str *ret)
{
	autofree char *program = argparse_program(parser);
	const char *prefix = _("usage: ");
	long before = text_columns(slice_c(prefix)), width = help_width();
	autostr struct str options = STR_INIT;
	autostr struct str positionals = STR_INIT;
	struct usage line = {.ret = ret, .width = WIDTH_LIMIT};

	add_option_parts(&options, parser);
	add_positional_parts(&positionals, parser);
	str_adds(ret, prefix);
	/* The NUL of each part stands for the space before it. */
	if (before + (long)(strlen(program) + options.len + positionals.len) > width) {
		add_broken_usage(ret, program, before, width, &options, &positionals);
	} else {
		str_adds(ret, program);
		add_parts(&line, &options);
		add_parts(&line, &positionals);
	}
	str_addc(ret, '\n');
}

/* Append the forms of an option: "-j WORKERS, --workers WORKERS" or "-j, --workers WORKERS". */
static void add_invocation(struct str *ret, const struct argparse_option *option)
{
	if (option->letter) {
		str_adds(ret, option->letter);
		if (!option->name || !library.value_once)
			add_value_name(ret, option);
	}
	if (option->name) {
		str_addf(ret, "%s%s", option->letter ? ", " : "", option->name);
		add_value_name(ret, option);
	}
}

/* The column at which texts begin: after the longest entry of CPython's options, within limits. */
static long help_column(const struct argparse *parser, long width)
{
	long longest = (long)strlen(parser->positional);
	long limit = width - 20;

	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		autostr struct str invocation = STR_INIT;

		if (option->own)
			continue;
		add_invocation(&invocation, option);
		if ((long)invocation.len > longest)
			longest = (long)invocation.len;
	}
	if (limit < HELP_COLUMN_LEAST)
		limit = HELP_COLUMN_LEAST;
	if (limit > HELP_COLUMN_LIMIT)
		limit = HELP_COLUMN_LIMIT;
	return longest + 2 * ENTRY_INDENT < limit ? longest + 2 * ENTRY_INDENT : limit;
}

static void add_entry(
    struct str *ret, struct slice invocation, const char *help, long column, long width)
{
	long room = column - 2 * ENTRY_INDENT - (long)invocation.len;

	add_spaces(ret, ENTRY_INDENT);
	str_add_slice(ret, invocation);
	if (room < 0)
		str_addc(ret, '\n');
	add_spaces(ret, room < 0 ? column : room + ENTRY_INDENT);
	add_wrapped(ret, _(help), width - column, column);
}

static void add_group(struct str *ret, const struct argparse *parser, bool own, const char *title,
    long column, long width)
{
	bool titled = false;

	for (const struct argparse_option *option = parser->options; !argparse_is_end(option);
	     option++) {
		autostr struct str invocation = STR_INIT;

		if (option->own != own)
			continue;
		if (!titled)
			str_addf(ret, "\n%s:\n", title);
		titled = true;
		add_invocation(&invocation, option);
		add_entry(ret, str_slice(&invocation), option->help, column, width);
	}
}

void argparse_help(const struct argparse *parser, struct str *ret)
{
	long width = help_width();
	long column = help_column(parser, width);

	argparse_usage(parser, ret);
	str_addc(ret, '\n');
	add_wrapped(ret, _(parser->description), width, 0);
	str_addf(ret, "\n%s:\n", _("positional arguments"));
	add_entry(ret, slice_c(parser->positional), parser->positional_help, column, width);
	add_group(ret, parser, false, _("options"), column, width);
	add_group(ret, parser, true, _("additional options"), column, width);
}
