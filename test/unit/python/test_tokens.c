#include "python/tokens.h"

#include "suite.h"

/* The tokens of a text as `K[token]`, with the first letter of the kind's name. */
static void check_tokens(const char *text, const char *expected)
{
	static const char letters[] = {'c', 's', 'n', 'o', 'k', 'd', 'a'};
	autotokens struct tokens tokens = {.items = NULL};
	autostr struct str found = STR_INIT;

	tokens_find(slice_c(text), &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		str_addf(&found, "%c[%.*s]", letters[token->kind], (int)(token->end - token->first),
		    text + token->first);
	}
	ck_assert_str_eq(str_c(&found), expected);
}

START_TEST(keywords_constants_numbers_and_comments_are_tokens)
{
	check_tokens(
	    "if None: x = 0x1F + 1_0.5e-3j # why\n", "k[if]o[None]n[0x1F]n[1_0.5e-3j]c[# why]");
	check_tokens("1if x else.5", "n[1]k[if]k[else]n[.5]");
	check_tokens("1..real; 0b1_0; 0o7; 1.e5; 1.__class__; 1else",
	    "n[1.]n[0b1_0]n[0o7]n[1.e5]n[1.]n[1]k[else]");
	check_tokens("iff = nonet = Truely = \xc3\xa9if = a1", "");
}
END_TEST

START_TEST(strings_end_where_their_quotes_do)
{
	check_tokens("'a\\'b' \"c\" rb'\\'' '''d\n'e''' Ur'no'",
	    "s['a\\'b']s[\"c\"]s[rb'\\'']s['''d\n'e''']s['no']");
	check_tokens("'open\nx = 1", "s['open]n[1]");
	check_tokens("'a\\\nb'", "s['a\\\nb']");
	check_tokens("\"\"\"open", "s[\"\"\"open]");
	check_tokens("'\\", "s['\\]");
	check_tokens("x = ''''''", "s['''''']");
}
END_TEST

START_TEST(replacement_fields_are_code)
{
	check_tokens("f'a{1 if x else 2}b'", "s[f'a]n[1]k[if]k[else]n[2]s[b']");
	check_tokens("f'{{x}} {y!r:>{3}}' 4", "s[f'{{x}} ]s[:>]n[3]s[']n[4]");
	check_tokens("f'{d['k']}' f\"{a:{'x'}}\"", "s[f']s['k']s[']s[f\"]s[:]s['x']s[\"]");
	check_tokens("rf'\\{1}' f'\\N{DASH}{2}'", "s[rf'\\]n[1]s[']s[f'\\N{DASH}]n[2]s[']");
	check_tokens("f'{x!=1}' f'{lambda' 2", "s[f']n[1]s[']s[f']k[lambda]s[' 2]");
	check_tokens("f'{x:\\\n#:}' 1", "s[f']s[:\\\n#:]s[']n[1]");
	check_tokens("f'{x:\\'}' 1", "s[f']s[:\\']s[']n[1]");
	check_tokens("f'''{\n1 # {\n}'''", "s[f''']n[1]c[# {]s[''']");
}
END_TEST

START_TEST(definitions_and_decorators_are_named)
{
	check_tokens("@a.b(1)\nasync def f(): pass\nclass C: d = e @ f",
	    "a[@a.b]n[1]k[async]k[def]d[f]k[pass]k[class]d[C]");
	check_tokens("(\n@ x)", "");
}
END_TEST

START_TEST(words_are_keywords_where_a_statement_begins_with_them)
{
	check_tokens("match x:\n case [1, *_] if y: z\n", "k[match]k[case]n[1]k[if]");
	check_tokens("match(x)\nmatch = 1\nmatch.case\nmatch - 1\nmatch in x\nmatch, type\n",
	    "n[1]n[1]k[in]");
	check_tokens("match -x:\n case (1, {2: 3}): 4\n case 'a': f'b'\n",
	    "k[match]k[case]n[1]n[2]n[3]n[4]k[case]s['a']s[f'b']");
	check_tokens("type X = int\ntype(x)\nx = type\nmatch not y:", "k[type]k[match]k[not]");
	check_tokens("match", "");
}
END_TEST

SUITE("python/tokens", keywords_constants_numbers_and_comments_are_tokens,
    strings_end_where_their_quotes_do, replacement_fields_are_code,
    definitions_and_decorators_are_named, words_are_keywords_where_a_statement_begins_with_them)
