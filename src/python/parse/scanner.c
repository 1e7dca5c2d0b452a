#include "python/parse/scanner.h"

#include "base/alloc.h"

/* The least and the most room for tokens before there are any. */
#define FIRST_ROOM 16
#define ROOM_LIMIT 1000000

const unsigned char scan_characters[256] = {
    [' '] = SCAN_SPACE,
    ['\t'] = SCAN_SPACE,
    ['\f'] = SCAN_SPACE,
    ['\n'] = SCAN_LINE_END,
    ['"'] = SCAN_QUOTE,
    ['\''] = SCAN_QUOTE,
    ['0'] = SCAN_DIGIT,
    ['1'] = SCAN_DIGIT,
    ['2'] = SCAN_DIGIT,
    ['3'] = SCAN_DIGIT,
    ['4'] = SCAN_DIGIT,
    ['5'] = SCAN_DIGIT,
    ['6'] = SCAN_DIGIT,
    ['7'] = SCAN_DIGIT,
    ['8'] = SCAN_DIGIT,
    ['9'] = SCAN_DIGIT,
    ['A'] = SCAN_LETTER,
    ['B'] = SCAN_LETTER,
    ['C'] = SCAN_LETTER,
    ['D'] = SCAN_LETTER,
    ['E'] = SCAN_LETTER,
    ['F'] = SCAN_LETTER,
    ['G'] = SCAN_LETTER,
    ['H'] = SCAN_LETTER,
    ['I'] = SCAN_LETTER,
    ['J'] = SCAN_LETTER,
    ['K'] = SCAN_LETTER,
    ['L'] = SCAN_LETTER,
    ['M'] = SCAN_LETTER,
    ['N'] = SCAN_LETTER,
    ['O'] = SCAN_LETTER,
    ['P'] = SCAN_LETTER,
    ['Q'] = SCAN_LETTER,
    ['R'] = SCAN_LETTER,
    ['S'] = SCAN_LETTER,
    ['T'] = SCAN_LETTER,
    ['U'] = SCAN_LETTER,
    ['V'] = SCAN_LETTER,
    ['W'] = SCAN_LETTER,
    ['X'] = SCAN_LETTER,
    ['Y'] = SCAN_LETTER,
    ['Z'] = SCAN_LETTER,
    ['_'] = SCAN_LETTER,
    ['a'] = SCAN_LETTER,
    ['b'] = SCAN_LETTER,
    ['c'] = SCAN_LETTER,
    ['d'] = SCAN_LETTER,
    ['e'] = SCAN_LETTER,
    ['f'] = SCAN_LETTER,
    ['g'] = SCAN_LETTER,
    ['h'] = SCAN_LETTER,
    ['i'] = SCAN_LETTER,
    ['j'] = SCAN_LETTER,
    ['k'] = SCAN_LETTER,
    ['l'] = SCAN_LETTER,
    ['m'] = SCAN_LETTER,
    ['n'] = SCAN_LETTER,
    ['o'] = SCAN_LETTER,
    ['p'] = SCAN_LETTER,
    ['q'] = SCAN_LETTER,
    ['r'] = SCAN_LETTER,
    ['s'] = SCAN_LETTER,
    ['t'] = SCAN_LETTER,
    ['u'] = SCAN_LETTER,
    ['v'] = SCAN_LETTER,
    ['w'] = SCAN_LETTER,
    ['x'] = SCAN_LETTER,
    ['y'] = SCAN_LETTER,
    ['z'] = SCAN_LETTER,
};

void scan_expect(struct tokens *tokens, size_t count)
{
	tokens->room = count < FIRST_ROOM ? FIRST_ROOM : count < ROOM_LIMIT ? count : ROOM_LIMIT;
	tokens->at = xmalloc(tokens->room * sizeof(*tokens->at));
}

struct token *scan_add(struct scanner *scanner, enum token_type type, const char *begin)
{
	struct tokens *tokens = scanner->ret;
	struct token *token;

	if (tokens->count == tokens->room) {
		tokens->room *= 2;
		tokens->at = xreallocarray(tokens->at, tokens->room, sizeof(*tokens->at));
	}
	token = &tokens->at[tokens->count++];
	*token = (struct token){
	    .type = (unsigned char)type,
	    .begin = (uint32_t)(begin - scanner->base),
	    .len = (uint32_t)(scanner->at - begin),
	    .line = scanner->line,
	    .column = scan_column(scanner, begin),
	    .end_line = scanner->line,
	    .end_column = scan_column(scanner, scanner->at),
	};
	return token;
}

void scan_give_up(struct scanner *scanner)
{
	if (scanner->result == SCAN_DONE)
		scanner->result = SCAN_GIVES_UP;
	scanner->at = scanner->end;
}

void scan_next_line(struct scanner *scanner)
{
	scanner->line++;
	scanner->line_offset = scanner->at - scanner->base;
	if (scanner->layout && !scanner->is_bracketed)
		layout_add(scanner->layout, LAYOUT_LINE, scanner->at);
}

void scan_open(struct scanner *scanner, enum token_type type)
{
	if (scanner->open_count == BRACKET_LIMIT) {
		scan_give_up(scanner);
		return;
	}
	scanner->at++;
	scanner->open[scanner->open_count++] = scanner->ret->count;
	scan_add(scanner, type, scanner->at - 1);
}

void scan_close(struct scanner *scanner, enum token_type type)
{
	const unsigned difference = TOKEN_RIGHT_PARENTHESIS - TOKEN_LEFT_PARENTHESIS;
	struct token *begin;
	size_t at;

	if (scanner->open_count == scanner->open_least) {
		scan_give_up(scanner);
		return;
	}
	at = scanner->open[--scanner->open_count];
	begin = &scanner->ret->at[at];
	if (begin->type + difference != type) {
		scan_give_up(scanner);
		return;
	}
	begin->matching = (uint32_t)(scanner->ret->count - at);
	scanner->at++;
	scan_add(scanner, type, scanner->at - 1);
}

void scan_release(struct tokens *tokens)
{
	free(tokens->at);
	*tokens = (struct tokens){0};
}
