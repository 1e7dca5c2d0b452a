#include "python/parse/scanner.h"

/* CPython allows 3 levels of fields in formats of fields. */
#define FORMAT_LIMIT 2

/* A string with fields, as tokens (PEP 701). */
struct fields {
	char quote;
	int quotes; /* 1 or 3 */
	int level;  /* of formats */
};

static void scan_field(struct scanner *scanner, struct fields *fields);

/* A text that begins here, and may go on over lines. */
struct text {
	const char *begin;
	int line, column;
	bool has_backslash, has_others;
};

static struct text begin_text(const struct scanner *scanner)
{
	return (struct text){
	    scanner->at, scanner->line, scan_column(scanner, scanner->at), false, false};
}

/* Add the text up to here, unless it is empty. */
static void end_text(struct scanner *scanner, const struct text *text)
{
	struct token *token;

	if (scanner->at == text->begin)
		return;
	token = scan_add(scanner, TOKEN_FIELDS_TEXT, text->begin);
	token->line = text->line;
	token->column = text->column;
	token->has_backslash = text->has_backslash;
	token->has_others = text->has_others;
}

/* Text in a format, and fields, up to the brace that ends the field. What is rare is left to
 * CPython: lines, escapes and quotes. */
static void scan_format(struct scanner *scanner, struct fields *fields)
{
	struct text text = begin_text(scanner);

	while (scanner->at < scanner->end && *scanner->at != '}') {
		char c = *scanner->at;

		if (c == '\n' || c == '\\' || c == fields->quote) {
			scan_give_up(scanner);
			return;
		}
		if (c == '{') {
			end_text(scanner, &text);
			if (++fields->level > FORMAT_LIMIT)
				scan_give_up(scanner);
			else
				scan_field(scanner, fields);
			fields->level--;
			text = begin_text(scanner);
			continue;
		}
		text.has_others |= (unsigned char)c >= 0x80;
		scanner->at++;
	}
	end_text(scanner, &text);
}

/* What ends an expression, or stands behind one. */
static bool scan_behind_expression(struct scanner *scanner, struct fields *fields)
{
	char c = *scanner->at;

	if (c != ':' && (c != '!' || scanner->at[1] == '='))
		return false;
	scanner->at++;
	scan_add(scanner, c == ':' ? TOKEN_FORMAT : TOKEN_EXCLAMATION, scanner->at - 1);
	if (c == ':')
		scan_format(scanner, fields);
	return true;
}

static void scan_field(struct scanner *scanner, struct fields *fields)
{
	size_t outside = scanner->open_least, level;

	scan_open(scanner, TOKEN_LEFT_BRACE);
	level = scanner->open_count;
	scanner->open_least = level;
	while (scanner->at < scanner->end) {
		if (scanner->open_count == level) {
			if (*scanner->at == '}')
				break;
			if (scan_behind_expression(scanner, fields))
				continue;
		}
		if (*scanner->at == '#' || *scanner->at == '\\')
			scan_give_up(scanner);
		else
			scanner->scan_token(scanner);
	}
	scanner->open_least = outside;
	if (scanner->at < scanner->end)
		scan_close(scanner, TOKEN_RIGHT_BRACE);
}

/* A backslash in text: what it escapes is skipped, but no brace. string_decode() gives up on
 * escaped braces, and on names, which have braces. */
static void skip_escape(struct scanner *scanner)
{
	char c = *++scanner->at;

	if (c == '{' || c == '}')
		return;
	if (scanner->at < scanner->end)
		scanner->at++;
	if (c == '\n')
		scan_next_line(scanner);
}

/* A brace in text: doubled, it is a part of the text. */
static void scan_brace(struct scanner *scanner, struct fields *fields, struct text *text)
{
	if (scanner->at[1] == *scanner->at) {
		/* The place of the text is through the second one. */
		scanner->at++;
		end_text(scanner, text);
		scanner->ret->at[scanner->ret->count - 1].end_column++;
		scanner->at++;
	} else if (*scanner->at == '{') {
		end_text(scanner, text);
		scan_field(scanner, fields);
	} else {
		scan_give_up(scanner);
	}
	*text = begin_text(scanner);
}

/* Whether the closing quotes are here. */
static bool at_end(const struct scanner *scanner, const struct fields *fields)
{
	return *scanner->at == fields->quote &&
	       (fields->quotes == 1 ||
		   (scanner->at[1] == fields->quote && scanner->at[2] == fields->quote));
}

static void scan_content(struct scanner *scanner, struct fields *fields)
{
	struct text text = begin_text(scanner);

	while (scanner->at < scanner->end && !at_end(scanner, fields)) {
		switch (*scanner->at) {
		case '\\':
			text.has_backslash = true;
			skip_escape(scanner);
			break;
		case '{':
		case '}':
			scan_brace(scanner, fields, &text);
			break;
		case '\n':
			scanner->at++;
			if (fields->quotes == 1)
				scan_give_up(scanner);
			else
				scan_next_line(scanner);
			break;
		default:
			text.has_others |= (unsigned char)*scanner->at >= 0x80;
			scanner->at++;
			break;
		}
	}
	if (scanner->at < scanner->end)
		end_text(scanner, &text);
}

void scan_with_fields(struct scanner *scanner, size_t prefix)
{
	const char *begin = scanner->at, *at = begin + prefix;
	struct fields fields = {.quote = *at};
	struct token *token;

	fields.quotes = at[1] == fields.quote && at[2] == fields.quote ? 3 : 1;
	scanner->at = at + fields.quotes;
	token = scan_add(scanner, TOKEN_FIELDS_BEGIN, begin);
	token->prefix = (unsigned char)(prefix + (size_t)fields.quotes);
	scan_content(scanner, &fields);
	if (scanner->at == scanner->end)
		return; /* without its last token */
	scanner->at += fields.quotes;
	scan_add(scanner, TOKEN_FIELDS_END, scanner->at - fields.quotes);
}
