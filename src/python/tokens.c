#include "python/tokens.h"

#include <stdlib.h>

/* Fields of f-strings within fields: CPython 3.12 and later allow 150 f-strings. */
#define DEPTH_LIMIT 150

/* How far it is known that the first word of a line, such as `match`, is a keyword. */
enum soft { SOFT_NO, SOFT_NEXT, SOFT_COLON };

/* What is known of a logical line, or of a replacement field. */
struct line {
	bool begun;   /* a token stands before the position */
	bool defines; /* the last token is `def` or `class` */
	size_t depth; /* of brackets */
	enum soft soft;
	size_t word;   /* the first word's token, unless SOFT_NO */
	bool is_alias; /* the word is `type` */
};

struct scanner {
	struct slice text;
	size_t at;
	unsigned depth; /* of replacement fields */
	struct tokens *ret;
};

/* The quotes of a string that the position is in. */
struct quotes {
	char quote;
	bool triple, raw, format;
};

static void scan_code(struct scanner *scanner, bool field);

static char peek(const struct scanner *scanner, size_t ahead)
{
	size_t at = scanner->at + ahead;

	return at < scanner->text.len ? scanner->text.data[at] : '\0';
}

static bool has_more(const struct scanner *scanner)
{
	return scanner->at < scanner->text.len;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hexadecimal(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

static void add_token(struct scanner *scanner, enum token_kind kind, size_t first)
{
	struct tokens *tokens = scanner->ret;

	if (first >= scanner->at)
		return;
	if (tokens->count == tokens->capacity) {
		tokens->capacity = tokens->capacity ? 2 * tokens->capacity : 256;
		tokens->items = xreallocarray(
		    tokens->items, tokens->capacity, sizeof(*tokens->items));
	}
	tokens->items[tokens->count++] = (struct token){first, scanner->at, kind};
}

static void scan_comment(struct scanner *scanner)
{
	size_t first = scanner->at;

	while (has_more(scanner) && peek(scanner, 0) != '\n')
		scanner->at++;
	add_token(scanner, TOKEN_COMMENT, first);
}

static void skip_digits(struct scanner *scanner, bool (*is_one)(char c))
{
	while (is_one(peek(scanner, 0)) || (peek(scanner, 0) == '_' && is_one(peek(scanner, 1))))
		scanner->at++;
}

static void scan_number(struct scanner *scanner)
{
	size_t first = scanner->at;
	char base = (char)(peek(scanner, 1) | 0x20);
	char sign;

	if (peek(scanner, 0) == '0' && (base == 'x' || base == 'b' || base == 'o')) {
		scanner->at += 2;
		skip_digits(scanner, base == 'x' ? is_hexadecimal : is_digit);
		add_token(scanner, TOKEN_NUMBER, first);
		return;
	}
	skip_digits(scanner, is_digit);
	if (peek(scanner, 0) == '.') {
		scanner->at++;
		if (is_digit(peek(scanner, 0)))
			skip_digits(scanner, is_digit);
	}
	sign = peek(scanner, 1);
	if ((peek(scanner, 0) | 0x20) == 'e' &&
	    (is_digit(sign) || ((sign == '+' || sign == '-') && is_digit(peek(scanner, 2))))) {
		scanner->at += 2;
		skip_digits(scanner, is_digit);
	}
	if ((peek(scanner, 0) | 0x20) == 'j')
		scanner->at++;
	add_token(scanner, TOKEN_NUMBER, first);
}

/* Whether the position is at the end of a string, in which case it moves behind its quotes. */
static bool ends_string(struct scanner *scanner, const struct quotes *quotes)
{
	char c = peek(scanner, 0);

	if (!has_more(scanner) || (c == '\n' && !quotes->triple))
		return true;
	if (c != quotes->quote)
		return false;
	if (!quotes->triple) {
		scanner->at++;
		return true;
	}
	if (peek(scanner, 1) != c || peek(scanner, 2) != c)
		return false;
	scanner->at += 3;
	return true;
}

static void skip_escape(struct scanner *scanner, const struct quotes *quotes)
{
	char next = peek(scanner, 1);

	/* A backslash does not hide a brace. */
	if (quotes->format && (next == '{' || next == '}')) {
		scanner->at++;
		return;
	}
	scanner->at += scanner->at + 1 < scanner->text.len ? 2 : 1;
	if (!quotes->format || quotes->raw || next != 'N' || peek(scanner, 0) != '{')
		return;
	while (has_more(scanner) && !strchr("}\n'\"", peek(scanner, 0)))
		scanner->at++;
}

static void scan_field(struct scanner *scanner, const struct quotes *quotes);

/* Scan the format of a replacement field, from its colon to before its closing brace. */
static void scan_format(struct scanner *scanner, const struct quotes *quotes)
{
	size_t first = scanner->at++;

	while (has_more(scanner) && peek(scanner, 0) != '}') {
		struct scanner ahead = *scanner;

		if (ends_string(&ahead, quotes))
			break;
		if (peek(scanner, 0) == '\\') {
			skip_escape(scanner, quotes);
		} else if (peek(scanner, 0) == '{') {
			add_token(scanner, TOKEN_STRING, first);
			scan_field(scanner, quotes);
			first = scanner->at;
		} else {
			scanner->at++;
		}
	}
	add_token(scanner, TOKEN_STRING, first);
}

/* Scan a replacement field, with its braces. */
static void scan_field(struct scanner *scanner, const struct quotes *quotes)
{
	scanner->at++;
	if (scanner->depth >= DEPTH_LIMIT)
		return;
	scanner->depth++;
	scan_code(scanner, true);
	if (peek(scanner, 0) == ':')
		scan_format(scanner, quotes);
	if (peek(scanner, 0) == '}')
		scanner->at++;
	scanner->depth--;
}

/* Scan a string whose prefix began at `first`, from its first quote on. */
static void scan_string(struct scanner *scanner, struct quotes quotes, size_t first)
{
	quotes.quote = peek(scanner, 0);
	quotes.triple = peek(scanner, 1) == quotes.quote && peek(scanner, 2) == quotes.quote;
	scanner->at += quotes.triple ? 3 : 1;
	while (!ends_string(scanner, &quotes)) {
		char c = peek(scanner, 0);

		if (c == '\\') {
			skip_escape(scanner, &quotes);
		} else if (!quotes.format || c != '{') {
			scanner->at++;
		} else if (peek(scanner, 1) == '{') {
			scanner->at += 2;
		} else {
			add_token(scanner, TOKEN_STRING, first);
			scan_field(scanner, &quotes);
			first = scanner->at;
		}
	}
	add_token(scanner, TOKEN_STRING, first);
}

/* Whether a word before a quote is the prefix of a string. */
static bool is_prefix(struct slice word, struct quotes *ret)
{
	unsigned raw = 0, kinds = 0, formats = 0;

	for (size_t i = 0; i < word.len; i++) {
		char c = (char)(word.data[i] | 0x20);

		raw += c == 'r';
		formats += c == 'f' || c == 't';
		kinds += c == 'f' || c == 't' || c == 'b' || (c == 'u' && word.len == 1);
	}
	*ret = (struct quotes){.raw = raw, .format = formats};
	return word.len <= 2 && raw <= 1 && kinds <= 1 && raw + kinds == word.len;
}

static bool is_in(struct slice word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* Most words differ in their first letter. */
		if (*words[i] == *word.data && slice_is(word, words[i]))
			return true;
	}
	return false;
}

#define IS_IN(word, words) is_in(word, words, sizeof(words) / sizeof(*(words)))

/* Those of all versions from 3.7 on. */
static const char *const keywords[] = {"and", "as", "assert", "async", "await", "break", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try",
    "while", "with", "yield"};
static const char *const constants[] = {"False", "None", "True"};
static const char *const soft_keywords[] = {"case", "match", "type"};

/* Keywords that cannot begin an expression: before one of them, a word is a name. */
static const char *const infixes[] = {
    "and", "as", "else", "for", "from", "if", "import", "in", "is", "or"};

/* A token that is none after all: it is dropped in the end. */
#define TOKEN_NONE TOKEN_KINDS

static void refute(struct scanner *scanner, struct line *line)
{
	if (line->soft != SOFT_NO)
		scanner->ret->items[line->word].kind = TOKEN_NONE;
	line->soft = SOFT_NO;
}

/* See the token behind the first word of a line; `word` is empty if it is none. Two operands in a
 * row make the first a keyword. An operator may belong to an operand, as in `match -x:`; then a
 * colon outside of brackets tells. */
static void judge(struct scanner *scanner, struct line *line, struct slice word)
{
	char c = peek(scanner, 0);

	if (line->soft != SOFT_NEXT)
		return;
	if (word.len ? !IS_IN(word, infixes) : c == '"' || c == '\'' || is_digit(c))
		line->soft = SOFT_NO;
	else if (!word.len && strchr("([{-*~+", c) && !line->is_alias)
		line->soft = SOFT_COLON;
	else
		refute(scanner, line);
}

/* The end of a logical line or a replacement field. */
static void end_line(struct scanner *scanner, struct line *line)
{
	refute(scanner, line);
	*line = (struct line){.begun = false};
}

static void scan_decorator(struct scanner *scanner)
{
	size_t first = scanner->at++;

	while (is_name_start(peek(scanner, 0)) || is_digit(peek(scanner, 0)) ||
	       peek(scanner, 0) == '.')
		scanner->at++;
	add_token(scanner, TOKEN_DECORATOR, first);
}

static void scan_word(struct scanner *scanner, struct line *line)
{
	size_t first = scanner->at;
	struct quotes quotes;
	struct slice word;
	char next;

	while (is_name_start(peek(scanner, 0)) || is_digit(peek(scanner, 0)))
		scanner->at++;
	word = slice_of(scanner->text.data + first, scanner->at - first);
	judge(scanner, line, word);
	next = peek(scanner, 0);
	if ((next == '"' || next == '\'') && is_prefix(word, &quotes)) {
		scan_string(scanner, quotes, first);
	} else if (line->defines) {
		add_token(scanner, TOKEN_DEFINITION, first);
	} else if (IS_IN(word, constants)) {
		add_token(scanner, TOKEN_CONSTANT, first);
	} else if (IS_IN(word, keywords)) {
		add_token(scanner, TOKEN_KEYWORD, first);
	} else if (!line->begun && IS_IN(word, soft_keywords)) {
		line->soft = SOFT_NEXT;
		line->word = scanner->ret->count;
		line->is_alias = slice_is(word, "type");
		add_token(scanner, TOKEN_KEYWORD, first);
	}
	line->defines = slice_is(word, "def") || slice_is(word, "class");
}

static void scan_operator(struct scanner *scanner, struct line *line)
{
	char c = peek(scanner, 0);

	judge(scanner, line, slice_of("", 0));
	if (c == '@' && !line->begun) {
		scan_decorator(scanner);
		return;
	}
	if (strchr("([{", c))
		line->depth++;
	else if (strchr(")]}", c) && line->depth)
		line->depth--;
	else if (c == ':' && !line->depth && line->soft == SOFT_COLON)
		line->soft = SOFT_NO;
	scanner->at++;
}

/* Whether the expression of a replacement field ends at the position. */
static bool ends_field(const struct scanner *scanner, const struct line *line)
{
	char c = peek(scanner, 0);

	return !line->depth && (c == '}' || c == ':');
}

/* Scan code to the end of the text or, of a replacement field, to before its format or brace. */
static void scan_code(struct scanner *scanner, bool field)
{
	struct line line = {.begun = field};

	while (has_more(scanner) && !(field && ends_field(scanner, &line))) {
		char c = peek(scanner, 0);

		if (c == ' ' || c == '\t' || c == '\f') {
			scanner->at++;
			continue;
		}
		if (c == '\n' || c == '\\') {
			scanner->at++;
			if (c == '\n' && !line.depth && !field)
				end_line(scanner, &line);
			else if (c == '\\' && peek(scanner, 0) == '\n')
				scanner->at++;
			continue;
		}
		if (c == '#') {
			scan_comment(scanner);
			continue;
		}
		if (is_name_start(c)) {
			scan_word(scanner, &line);
		} else if (is_digit(c) || (c == '.' && is_digit(peek(scanner, 1)))) {
			judge(scanner, &line, slice_of("", 0));
			scan_number(scanner);
		} else if (c == '"' || c == '\'') {
			judge(scanner, &line, slice_of("", 0));
			scan_string(scanner, (struct quotes){.raw = false}, scanner->at);
		} else {
			scan_operator(scanner, &line);
		}
		line.begun = true;
	}
	end_line(scanner, &line);
}

void tokens_find(struct slice text, struct tokens *ret)
{
	struct scanner scanner = {.text = text, .ret = ret};
	size_t kept = 0;

	scan_code(&scanner, false);
	for (size_t i = 0; i < ret->count; i++) {
		if (ret->items[i].kind != TOKEN_NONE)
			ret->items[kept++] = ret->items[i];
	}
	ret->count = kept;
}

void tokens_release(struct tokens *tokens)
{
	free(tokens->items);
	*tokens = (struct tokens){.items = NULL};
}
