/*
 * Random programs from a grammar that is a bit wider than Python's, with odd blanks, comments, line
 * ends and indentation: what the parser accepts of them must be what CPython makes of them.
 *
 *	derive SEED COUNT
 */
#include <stdio.h>

#include "compare.h"

#define DEPTH_LIMIT 9
#define FAULTS_SHOWN 10
#define QUOTES 6

/*
 * Alternatives are separated by ` | `, and the first one ends soonest. <rule> is a rule; <rule?>
 * may be left out, <rule*> may be repeated, <rule,> is a list with commas, perhaps one in the end.
 * NL, IN and OUT are line ends and indentation, NAME and so on are random tokens.
 */
static const struct rule {
	const char *name, *alternatives;
} rules[] = {
    {"file", "<stmt> | <stmt> <stmt*> | <stmt> <stmt*> <stmt>"},
    {"stmt", "<simples> | <simples> | <compound>"},
    {"simples", "<simple> NL | <simple> ; NL | <simple> ; <simple> NL"},
    {"simple", "pass | <stars> | <target> = <assigned> | <target> = <target> = <assigned> | "
	       "<single> : <expr> | <single> : <expr> = <assigned> | <single> AUGMENT <assigned> | "
	       "return <stars?> | return | raise | raise <expr> | raise <expr> from <expr> | "
	       "del <deleted,> | assert <expr> | assert <expr> , <expr> | global <name,> | "
	       "nonlocal <name> | import <dotted,> | import <dotted> as NAME | from <module> "
	       "import <imported> "
	       "| lazy import <dotted,> | lazy from <module> import <imported> "
	       "| break | continue | <yield> | await <primary> | type NAME <params695?> = <expr>"},
    {"assigned", "NAME | <stars> | <yield>"},
    {"yield", "yield | yield <stars> | yield from <expr>"},
    {"name", "NAME"},
    {"dotted", "NAME | NAME . NAME | NAME . NAME . NAME"},
    {"module", "NAME | . | ... | <dotted> | . <dotted> | ... . <dotted> | . . NAME"},
    {"imported", "* | NAME | NAME as NAME | ( <alias,> ) | <alias> , <alias>"},
    {"alias", "NAME | NAME as NAME"},
    {"single", "NAME | <primary> . NAME | <primary> [ <slices> ] | ( <single> )"},
    {"target",
	"NAME | <single> | <star_target,> | ( <star_target,> ) | [ <star_target,> ] | [ ] | ( )"},
    {"star_target", "NAME | <target> | * <target> | * NAME"},
    {"deleted", "NAME | <single> | ( <deleted,> ) | [ <deleted,> ] | ( )"},
    {"compound",
	"if <named> : <block> | if <named> : <block> <elif*> <else?> | while <named> : <block> "
	"<else?> | "
	"<async?> for <target> in <stars> : <block> <else?> | <async?> with <items> : <block> | "
	"<async?> with ( <item,> ) : <block> | try : <block> <handler> <handler*> <else?> "
	"<finally?> | "
	"try : <block> <finally> | try : <block> <group> <group*> <else?> <finally?> | "
	"<decorator*> <async?> def NAME <params695?> ( <params> ) : <block> | "
	"<decorator*> def NAME ( <params> ) -> <expr> : <block> | "
	"<decorator*> class NAME : <block> | <decorator*> class NAME <params695?> ( <args> ) : "
	"<block> "
	"| match <subject> : NL IN <case> <case*> OUT"},
    {"block", "<simples> | NL IN <stmt> <stmt*> OUT"},
    {"elif", "elif <named> : <block>"},
    {"else", "else : <block>"},
    {"finally", "finally : <block>"},
    {"async", "async"},
    {"handler", "except : <block> | except <expr> : <block> | except <expr> as NAME : <block> | "
		"except <expr,> : <block>"},
    {"group", "except * <expr> : <block> | except * <expr> as NAME : <block>"},
    {"decorator", "@ <named> NL"},
    {"items", "<item> | <item> , <item>"},
    {"item", "<expr> | <expr> as <star_target> | <expr> as ( <target> )"},
    {"case", "case <patterns> : <block> | case <patterns> if <named> : <block>"},
    {"subject", "NAME | <named> | <star_named> , | <star_named> , <star_named,>"},
    {"patterns", "NAME | <pattern> | <maybe> , | <maybe> , <maybe,>"},
    {"maybe", "NAME | <pattern> | * NAME | * _"},
    {"pattern", "NAME | <closed> | <closed> as NAME | <closed> | <closed> '|' <closed> | "
		"<closed> '|' <closed> as NAME"},
    {"closed", "NAME | _ | <literal> | <dotted> | ( <pattern> ) | ( <maybe,> ) | [ <maybe,> ] | [ "
	       "] | ( ) | "
	       "{ <mapped,> } | { } | { ** NAME } | { <mapped> , ** NAME } | <dotted> ( ) | "
	       "<dotted> ( <pattern,> ) | <dotted> ( <keyword_pattern,> ) | "
	       "<dotted> ( <pattern> , <keyword_pattern,> )"},
    {"literal",
	"NUMBER | - NUMBER | NUMBER + NUMBER | - NUMBER - NUMBER | STRING | None | True | False"},
    {"mapped", "<literal> : <pattern> | <dotted> : <pattern>"},
    {"keyword_pattern", "NAME = <pattern> | _ = <pattern>"},
    {"params695", "[ NAME ] | [ <param695,> ]"},
    {"param695", "NAME | NAME : <expr> | * NAME | ** NAME | NAME = <expr> | * NAME = <star_expr> | "
		 "NAME : <expr> = <expr>"},
    {"params",
	" | <param,> | <param,> , / | <param> , / , <param,> | * , <param,> | * NAME | ** NAME | "
	"<param> , * NAME , <param> , ** <annotated> | * NAME : <star_expr> | "
	"<param> , / , <param> , * , <param> , ** NAME"},
    {"param", "NAME | <annotated> | <annotated> = <expr>"},
    {"annotated", "NAME | NAME : <expr>"},
    {"lambda_params",
	" | <lambda_param,> | <lambda_param,> , / | <lambda_param> , / , <lambda_param,> | "
	"* , <lambda_param,> | * NAME | ** NAME | <lambda_param> , * NAME , <lambda_param> , ** "
	"NAME"},
    {"lambda_param", "NAME | NAME = <expr>"},
    {"stars", "NAME | <expr> | <star_expr,> | * <bits> , <expr>"},
    {"star_expr", "NAME | <expr> | * <bits>"},
    {"star_named", "NAME | <named> | * <bits>"},
    {"named", "NAME | <expr> | NAME := <expr>"},
    {"expr", "NAME | <or> | <or> | <or> if <or> else <expr> | lambda <lambda_params> : <expr>"},
    {"or", "NAME | <not> | <not> or <or> | <not> and <not> | <not> and <not> or <not>"},
    {"not", "NAME | <comparison> | not <not>"},
    {"comparison", "NAME | <bits> | <bits> COMPARE <bits> | <bits> COMPARE <bits> COMPARE <bits>"},
    {"bits", "NAME | <primary> | <bits> OPERATOR <bits> | - <bits> | + <bits> | ~ <bits> | "
	     "<primary> ** <bits> | await <primary>"},
    {"primary", "NAME | <atom> | <atom> | <primary> . NAME | <primary> ( <args> ) | <primary> [ "
		"<slices> ] | "
		"<primary> ( <named> <loop> )"},
    {"args", " | <named,> | <arg,> | <arg> , <named> , <arg,>"},
    {"arg", "NAME | <named> | * <expr> | ** <expr> | NAME = <expr>"},
    {"slices", "NAME | <slice,> | <slice> , | * <expr> | <slice>"},
    {"slice",
	"NAME | <named> | : | <expr> : | : <expr> | <expr> : <expr> : <expr> | :: | * <expr>"},
    {"atom",
	"NAME | NUMBER | NUMBER | STRING | STRING STRING | FIELDS | STRING FIELDS | None | ... | "
	"True | "
	"( <yield> ) | ( <star_named> ) | ( <star_named> , ) | ( <star_named,> ) | ( ) | [ ] | "
	"[ <star_named,> ] | { <star_named,> } | { <pair,> } | { } | ( <named> <loop> ) | "
	"[ <named> <loop> ] | { <named> <loop> } | { <expr> : <expr> <loop> }"},
    {"pair", "<expr> : <expr> | ** <bits>"},
    {"loop", "<async?> for <target> in <or> | <async?> for <target> in <or> if <or> <condition*> | "
	     "for <target> in <or> <loop>"},
    {"condition", "if <or>"},
};

#define RANDOM_TOKENS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

RANDOM_TOKENS(names, "a", "b", "match", "case", "type", "_", "x1", "print", "lazy", "\xc3\xa4",
    "a\xcf\x80", "\xc2\xb5");
RANDOM_TOKENS(numbers, "0", "1", "1_0", "0x1F", "0b1_0", "0o17", "1.", ".5", "1e5", "1.5E-3", "2j",
    "1_0.0j", "00", "0_0", "09.5", "123456789012345678901234567890");
RANDOM_TOKENS(strings, "'a'", "\"b\"", "'''c\nd'''", "b'x'", "u'k'", "r'\\d'", "''",
    "'\\n\\x41\\u00e4'", "'\xc3\xa4'", "'\\t\xe2\x82\xac'", "\"\"\"e\\\nf\"\"\"", "Rb'\\'", "U'v'",
    "'a\\\nb'");
RANDOM_TOKENS(comparisons, "<", ">", "==", "!=", "<=", ">=", "in", "not in", "is", "is not");
RANDOM_TOKENS(operations, "+", "-", "*", "/", "//", "%", "@", "<<", ">>", "&", "|", "^", "**");
RANDOM_TOKENS(
    augmented, "+=", "-=", "*=", "/=", "//=", "%=", "@=", "<<=", ">>=", "&=", "|=", "^=", "**=");
RANDOM_TOKENS(prefixes, "f", "F", "rf", "fR");
RANDOM_TOKENS(quotes, "'", "\"", "'''", "\"\"\"");
RANDOM_TOKENS(texts, "a", " ", "{{", "}}", "\\n", "\n", "\xc3\xa4", "\\\n", "b c", "\\x41", "'");
RANDOM_TOKENS(conversions, "!r", "!s", "!a", " !r", "!x", "!r ");
RANDOM_TOKENS(
    formats, ":", ":x", ":>{a}", ":{a}.{b}", ":{a!r}", ": {a:b}", ":{{", ":=", ":\xc3\xa4");
RANDOM_TOKENS(blanks, " ", " ", " ", " ", "  ", "\t", " \\\n", "\\\n ", "\f");
RANDOM_TOKENS(breaks, " ", "\n", "\n\n  ", " # c\n", "\r");
RANDOM_TOKENS(ends, "\n", "\n", "\n", "\n", " \n", "# c\n", "  # \xc3\xa4\n", "\n\n", "\n  \n",
    "\n #c\n", "\n\f\n", "\r");
RANDOM_TOKENS(indents, " ", "  ", "    ", "\t", "  \t");

static uint64_t state;

/* https://prng.di.unimi.it/splitmix64.c */
static uint64_t next_random(void)
{
	uint64_t z = (state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t below(size_t count)
{
	return next_random() % count;
}

static const char *one_of(const char *const *words)
{
	size_t count = 0;

	while (words[count])
		count++;
	return words[below(count)];
}

struct program {
	struct str text;
	struct str indentation;
	size_t widths[DEPTH_LIMIT * 4]; /* of the indentation outside */
	size_t level;
	int brackets;
	bool is_plain; /* without line ends: in a field */
	bool begins_line;
};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

/* What separates the next token from the last one. */
static void add_blanks(struct program *program, const char *token)
{
	struct str *text = &program->text;

	if (program->begins_line) {
		str_add_slice(text, str_slice(&program->indentation));
		program->begins_line = false;
		return;
	}
	if (!text->len)
		return;
	if (below(3) == 0 && !(is_word(text->data[text->len - 1]) && is_word(*token)))
		return;
	if (program->is_plain)
		str_addc(text, ' ');
	else
		str_adds(text, below(8) ? " " : one_of(program->brackets ? breaks : blanks));
}

static void add_token(struct program *program, const char *token)
{
	add_blanks(program, token);
	str_adds(&program->text, token);
	program->brackets += *token && !token[1] && strchr("([{", *token);
	program->brackets -= *token && !token[1] && strchr(")]}", *token);
}

static void derive(struct program *program, struct slice name, int depth);

/* A string with fields. */
static void add_fields(struct program *program, int depth)
{
	const char *quote = one_of(quotes);
	bool was_plain = program->is_plain;

	add_token(program, one_of(prefixes));
	str_adds(&program->text, quote);
	program->is_plain |= !quote[1] || below(2);
	for (size_t i = below(4); i > 0; i--) {
		if (below(2)) {
			str_adds(&program->text, one_of(texts));
			continue;
		}
		str_addc(&program->text, '{');
		derive(program, slice_c(below(4) ? "expr" : "stars"), depth);
		if (below(4) == 0)
			str_adds(&program->text, below(2) ? "=" : " = ");
		if (below(4) == 0)
			str_adds(&program->text, one_of(conversions));
		if (below(4) == 0)
			str_adds(&program->text, one_of(formats));
		str_addc(&program->text, '}');
	}
	str_adds(&program->text, quote);
	program->is_plain = was_plain;
}

static void add_line_end(struct program *program)
{
	str_adds(&program->text, below(4) ? "\n" : one_of(ends));
	program->begins_line = true;
}

static void add_indent(struct program *program)
{
	program->widths[program->level++ % (DEPTH_LIMIT * 4)] = program->indentation.len;
	str_adds(&program->indentation, below(4) ? " " : one_of(indents));
}

/* A token that is no rule. */
static void add_symbol(struct program *program, struct slice symbol, int depth)
{
	static const struct {
		const char *name;
		const char *const *tokens;
	} random_tokens[] = {{"NAME", names}, {"NUMBER", numbers}, {"STRING", strings},
	    {"COMPARE", comparisons}, {"OPERATOR", operations}, {"AUGMENT", augmented}};
	char token[16];

	for (size_t i = 0; i < sizeof(random_tokens) / sizeof(*random_tokens); i++) {
		if (slice_is(symbol, random_tokens[i].name)) {
			add_token(program, one_of(random_tokens[i].tokens));
			return;
		}
	}
	if (slice_is(symbol, "FIELDS")) {
		add_fields(program, depth + 2);
	} else if (slice_is(symbol, "NL")) {
		add_line_end(program);
	} else if (slice_is(symbol, "IN")) {
		add_indent(program);
	} else if (slice_is(symbol, "OUT")) {
		str_truncate(
		    &program->indentation, program->widths[--program->level % (DEPTH_LIMIT * 4)]);
	} else {
		(void)snprintf(token, sizeof(token), "%.*s", (int)symbol.len, symbol.data);
		add_token(program, strcmp(token, "'|'") == 0 ? "|" : token);
	}
}

static void derive_symbol(struct program *program, struct slice symbol, int depth)
{
	size_t times = 1;
	char kind;

	if (*symbol.data != '<' || symbol.len < 3) {
		add_symbol(program, symbol, depth);
		return;
	}
	kind = symbol.data[symbol.len - 2];
	symbol = slice_of(symbol.data + 1, symbol.len - 2);
	if (strchr("?*,", kind))
		symbol.len--;
	if (kind == '?' || kind == '*')
		times = depth < DEPTH_LIMIT ? below(kind == '?' ? 2 : 3) : 0;
	if (kind == ',')
		times = 1 + below(3);
	for (size_t i = 0; i < times; i++) {
		derive(program, symbol, depth + 1);
		if (kind == ',' && (i + 1 < times || below(5) == 0))
			add_token(program, ",");
	}
}

static const char *alternatives_of(struct slice name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (slice_is(name, rules[i].name))
			return rules[i].alternatives;
	}
	(void)fprintf(stderr, "no rule %.*s\n", (int)name.len, name.data);
	exit(3);
}

/* An alternative, which ends at ` | ` or the end. */
static struct slice alternative(const char *alternatives, size_t number)
{
	const char *end;

	while ((end = strstr(alternatives, " | ")) && number--)
		alternatives = end + 3;
	return end ? slice_of(alternatives, (size_t)(end - alternatives)) : slice_c(alternatives);
}

static void derive(struct program *program, struct slice name, int depth)
{
	const char *alternatives = alternatives_of(name);
	size_t count = 1;
	struct slice rest, symbol;

	for (const char *at = alternatives; (at = strstr(at, " | ")); at += 3)
		count++;
	rest = alternative(alternatives, depth < DEPTH_LIMIT ? below(count) : 0);
	while (slice_next(&rest, ' ', &symbol)) {
		if (symbol.len)
			derive_symbol(program, symbol, depth);
	}
}

/* Each line end as another kind. */
static void change_line_ends(struct str *text, const char *end)
{
	autostr struct str changed = STR_INIT;

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == '\n')
			str_adds(&changed, end);
		else
			str_addc(&changed, text->data[i]);
	}
	str_truncate(text, 0);
	str_add_slice(text, str_slice(&changed));
}

static void make(struct program *program)
{
	derive(program, slice_c("file"), 0);
	if (below(8) == 0)
		change_line_ends(&program->text, below(2) ? "\r\n" : "\r");
	else if (below(8) == 0)
		str_truncate(&program->text, program->text.len - 1);
	str_reserve(&program->text, 1);
	(void)str_c(&program->text);
}

int main(int argc, char **argv)
{
	unsigned long count, accepted = 0, faults = 0;

	if (argc < 3 || !compare_start())
		return 3;
	state = strtoull(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	for (unsigned long i = 0; i < count; i++) {
		struct program program = {.text = STR_INIT, .indentation = STR_INIT};
		enum comparison comparison;
		const char *fault;

		make(&program);
		comparison = compare_parsers(slice_c(str_c(&program.text)));
		fault = comparison_fault(comparison);
		accepted += comparison != COMPARED_REFUSED;
		if (fault && faults++ < FAULTS_SHOWN)
			compare_print(str_slice(&program.text), fault);
		str_release(&program.text);
		str_release(&program.indentation);
	}
	printf("1..1\n%s 1 - %lu of %lu programs accepted\n", faults || !accepted ? "not ok" : "ok",
	    accepted, count);
	return faults || !accepted ? 1 : 0;
}
