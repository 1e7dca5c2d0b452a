#include "base/eight.h"
#include "python/parse/scanner.h"

bool scan_prefix_is_valid(const char *begin, const char *end)
{
	char first, second;

	if (end - begin > 2)
		return false;
	first = (char)(*begin | 0x20);
	if (end - begin == 1)
		return first == 'r' || first == 'b' || first == 'f' || first == 'u' ||
		       (VERSION_TEMPLATES && first == 't');
	second = (char)(begin[1] | 0x20);
	if (first == 'r')
		first = second, second = 'r';
	return second == 'r' &&
	       (first == 'b' || first == 'f' || (VERSION_TEMPLATES && first == 't'));
}

/* Whether none of 8 bytes is the quote, a backslash, a line end, or outside ASCII. */
static bool are_plain(const char *at, char quote)
{
	uint64_t word = eight_at(at);

	return !((word & EIGHT(0x80)) | eight_equal(word, quote) | eight_equal(word, '\\') |
		 eight_equal(word, '\n'));
}

/* What is found in a string's body. */
struct body {
	bool has_backslash, has_others;
};

/* Go to the closing quotes, and give up if there are none. */
static void find_end(struct scanner *scanner, char quote, int quotes, struct body *ret)
{
	const char *end = scanner->end;

	for (;;) {
		const char *at = scanner->at;

		while (end - at >= 8 && are_plain(at, quote))
			at += 8;
		while (at < end && *at != quote && *at != '\\' && *at != '\n') {
			ret->has_others |= (unsigned char)*at >= 0x80;
			at++;
			if (end - at >= 8 && are_plain(at, quote))
				break;
		}
		scanner->at = at;
		if (at == end) {
			scan_give_up(scanner);
			return;
		}
		if (*at == quote && (quotes == 1 || (at[1] == quote && at[2] == quote)))
			return;
		if (*at == '\\') {
			ret->has_backslash = true;
			scanner->at++;
			if (scanner->at == end)
				continue;
			ret->has_others |= (unsigned char)*scanner->at >= 0x80;
		} else if (*at == '\n' && quotes == 1) {
			scan_give_up(scanner);
			return;
		}
		if (*scanner->at++ == '\n')
			scan_next_line(scanner);
	}
}

/* A prefix has letters once, in any order. */
static bool has_letter(const char *prefix, size_t len, char letter)
{
	return (len > 0 && (prefix[0] | 0x20) == letter) ||
	       (len > 1 && (prefix[1] | 0x20) == letter);
}

static void scan_plain_string(struct scanner *scanner, size_t prefix)
{
	const char *begin = scanner->at, *at = begin + prefix;
	char quote = *at;
	int quotes = at[1] == quote && at[2] == quote ? 3 : 1;
	int line = scanner->line, column = scan_column(scanner, begin);
	bool is_first_line = scanner->line_offset < 0;
	struct body body = {0};
	struct token *token;

	scanner->at = at + quotes;
	find_end(scanner, quote, quotes, &body);
	if (scanner->result != SCAN_DONE)
		return;
	scanner->at += quotes;
	token = scan_add(scanner, TOKEN_STRING, begin);
	/* CPython 3.11 does not add where the field is to a token that ends on another line. */
	if (is_first_line && scanner->line != line)
		column = (int)(begin - scanner->base) + 1;
	token->line = line;
	token->column = column;
	token->prefix = (unsigned char)(prefix + (size_t)quotes);
	token->quotes = (unsigned char)quotes;
	token->has_backslash = body.has_backslash;
	token->has_others = body.has_others;
}

void scan_string(struct scanner *scanner, size_t prefix)
{
	const char *at = scanner->at;

	if (has_letter(at, prefix, 't'))
		scan_give_up(scanner); /* templates are left to CPython */
	else if (VERSION_FIELDS_ARE_TOKENS && has_letter(at, prefix, 'f'))
		scan_with_fields(scanner, prefix);
	else
		scan_plain_string(scanner, prefix);
}
