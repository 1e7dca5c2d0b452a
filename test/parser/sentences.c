/*
 * All sentences of a few words from small alphabets, in the places that the grammar has for them:
 * what the parser accepts of them must be what CPython makes of them.
 *
 *	sentences LENGTH [ALPHABET...]
 *
 * Sentences have up to LENGTH words more or less, as the alphabet says. Reports in TAP: a test for
 * each alphabet.
 */
#include <stdio.h>

#include "compare.h"

#define WORDS 16
#define FAULTS_SHOWN 10

/* What stands before and behind a sentence. */
struct context {
	const char *before, *behind;
};

#define PLACE(name, ...) static const struct context name[] = {__VA_ARGS__, {NULL, NULL}}

PLACE(expressions, {"", "\n"}, {"x = ", "\n"}, {"f(", ")\n"}, {"x[", "]\n"}, {"(", ")\n"},
    {"[", "]\n"}, {"{", "}\n"}, {"return ", "\n"}, {"if ", ": pass\n"}, {"x: ", "\n"},
    {"for x in ", ": pass\n"}, {"[x for x in ", "]\n"}, {"f'{", "}'\n"}, {"f'''{", "!r:x}'''\n"},
    {"lambda: ", "\n"}, {"@", "\nclass A: pass\n"}, {"with ", ": pass\n"}, {"assert ", "\n"},
    {"raise ", "\n"}, {"def f(a=", "): pass\n"}, {"def f(*a: ", "): pass\n"},
    {"def f() -> ", ": pass\n"}, {"try: pass\nexcept ", ": pass\n"}, {"x += ", "\n"},
    {"match ", ":\n case _: pass\n"}, {"match x:\n case _ if ", ": pass\n"},
    {"class A(", "): pass\n"}, {"{**", "}\n"}, {"yield ", "\n"}, {"await ", "\n"});
PLACE(targets, {"", " = 1\n"}, {"", " += 1\n"}, {"", ": int\n"}, {"", ": int = 1\n"},
    {"del ", "\n"}, {"for ", " in y: pass\n"}, {"[x for ", " in y]\n"}, {"with x as ", ": pass\n"},
    {"with (x as ", "): pass\n"}, {"(", " := 1)\n"}, {"x = ", " = y\n"}, {"del (", ")\n"},
    {"(", ") = 1\n"}, {"try: pass\nexcept x as ", ": pass\n"});
PLACE(arguments, {"f(", ")\n"}, {"class A(", "): pass\n"}, {"x[", "]\n"},
    {"@f(", ")\ndef f(): pass\n"});
PLACE(statements, {"", "\n"}, {"if x:\n ", "\n"}, {"x; ", "\n"}, {"if x: ", "\n"}, {"", ""});
PLACE(withs, {"with ", ": pass\n"}, {"with (", "): pass\n"}, {"with (", ":\n pass\n"},
    {"async with (", ")\\\n: pass\n"}, {"with x, (", "): pass\n"});
PLACE(patterns, {"match x:\n case ", ": pass\n"}, {"match x:\n case C(", "): pass\n"},
    {"match x:\n case [", "]: pass\n"}, {"match x:\n case {1: ", "}: pass\n"},
    {"match x:\n case (", "): pass\n"}, {"match x:\n case a | ", " if b: pass\n"});
PLACE(mappings, {"match x:\n case {", "}: pass\n"}, {"match x:\n case C(x=", "): pass\n"},
    {"match x:\n case ", ": pass\n"});
PLACE(parameters, {"def f(", "): pass\n"}, {"lambda ", ": x\n"}, {"async def f(", "): pass\n"},
    {"f'{lambda ", "}'\n"}, {"f'{(lambda ", ": 1)}'\n"});
PLACE(imports, {"import ", "\n"}, {"from ", "\n"}, {"from x import ", "\n"}, {"", "\n"});
PLACE(type_parameters, {"def f[", "](): pass\n"}, {"class A[", "]: pass\n"}, {"type X[", "] = x\n"},
    {"type X", " = x\n"}, {"type X = ", "\n"}, {"def f", "(): pass\n"}, {"", " = x\n"});
PLACE(excepts, {"try: pass\nexcept ", ": pass\n"}, {"try: pass\nexcept* ", ": pass\n"},
    {"try: pass\nexcept x: pass\nexcept ", ": pass\n"}, {"try: pass\n", ": pass\n"});
PLACE(lines, {"", "\n"}, {"", ""}, {"if x:\n", "\n"}, {"if x:\n  a\n", "b\n"});
PLACE(tries, {"try: pass\n", "\n"}, {"try:\n pass\n", "\n"}, {"if x: pass\n", "\n"},
    {"for x in y: pass\n", "\n"}, {"while x: pass\n", "\n"}, {"if x:\n try: pass\n ", "\n"});
PLACE(decorated, {"@x\n", "\n"}, {"", "\n"}, {"async ", "\n"});
PLACE(fields, {"f'{", "}'\n"}, {"f'", "'\n"}, {"f'''{", "}'''\n"}, {"f'{x:", "}'\n"},
    {"x = 'a' f'{", "}' 'b'\n"}, {"(\n f'{x}'\n  rf'a{", "}')\n"},
    {"x = f'''a\n b{ \n ", "\n}'''\n"}, {"x = f'''a{\n", "}'''\n"});
PLACE(formats, {"f'{a", "}'\n"}, {"f'{a:", "}'\n"}, {"f'", "'\n"}, {"f'a{b!", "}'\n"},
    {"(\"\"\"\n\"\"\" f'''\n {a", "}''')\n"}, {"rf'{a:", "}'\n"});
PLACE(characters, {"", "\n"}, {"x = ", "\n"}, {"a", "\n"}, {"-", " if x else y\n"}, {"[", "]\n"},
    {"f'{", "}'\n"}, {"match x:\n case ", ": pass\n"});
PLACE(bodies, {"'", "'\n"}, {"\"\"\"", "\"\"\"\n"}, {"b'", "'\n"}, {"f'", "'\n"}, {"rb'", "'\n"},
    {"rf'''", "'''\n"}, {"u'", "' 'a'\n"}, {"f'{a:", "}'\n"}, {"f'{'", "'}'\n"});
PLACE(quoted, {"", "\n"}, {"x = ", "\n"}, {"(", ")\n"});

static const struct alphabet {
	const char *name;
	int more;	/* words than LENGTH */
	bool is_joined; /* without blanks between words */
	const struct context *contexts;
	const char *words[WORDS];
} alphabets[] = {
    {"operators", 0, false, expressions,
	{"a", "-", "*", "**", "not", "in", "is", "and", "or", "<"}},
    {"brackets", 0, false, expressions, {"a", "(", ")", "[", "]", ",", "*", ":", "=", ".", ":="}},
    {"choices", 0, false, expressions,
	{"a", "lambda", ":", "if", "else", ",", "*", "**", "=", "("}},
    {"loops", 0, false, expressions,
	{"a", "for", "in", "if", "async", ",", "*", "(", ")", "await"}},
    {"braces", 0, false, expressions, {"a", "{", "}", ":", ",", "*", "**", "for a in b", ":="}},
    {"yields", 0, false, expressions,
	{"a", "yield", "from", "=", ",", "(", ")", "*", "await", "+="}},
    {"strings", 0, false, expressions,
	{"a", "'s'", "f'{a}'", "b's'", "u'v'", "f''", "r'\\'", "(", ")", ",", "."}},
    {"atoms", 0, false, expressions,
	{"a", "1", "...", "None", "True", "__debug__", "(", ")", "-", "."}},
    {"targets", 0, false, targets, {"a", "(", ")", "[", "]", ",", "*", ".", ":", "="}},
    {"bad targets", 0, false, targets,
	{"a", "(", ")", "1", "await", "yield", "-", ".", ":=", "in", "lambda :", "'s'"}},
    {"arguments", 0, false, arguments, {"a", "=", "*", "**", ",", "(", ")", ":=", "for a in b"}},
    {"slices", 0, false, arguments, {"a", ":", ",", "*", ":=", "(", ")", "lambda", "if a else"}},
    {"statements", 0, false, statements,
	{"a", "return", "raise", "from", ",", "assert", "global", "del", "pass", ";", "nonlocal",
	    "yield"}},
    {"assignments", 0, false, statements,
	{"a", "=", "+=", ":", ",", "(", ")", ".", "yield", "*", ";", "type"}},
    {"soft keywords", 0, false, statements,
	{"match", "case", "type", "_", ":", "(", ")", "=", ",", "[", "]", "-"}},
    {"matches", 0, false, statements,
	{"match", "a", ":", "\n case _: pass", "\n  case", ",", "*", "pass", ".", "if"}},
    {"with items", 0, false, withs, {"a", "as", "(", ")", ",", ":", "*", ":=", ".", "yield"}},
    {"more with items", 0, false, withs,
	{"a", "as b", "(", ")", ",", "[", "]", "for a in b", "lambda x:", "if a else"}},
    {"patterns", 0, false, patterns,
	{"a", "_", ".", "|", "as", "(", ")", "[", "]", ",", "*", "if"}},
    {"classes", 0, false, patterns, {"a", "_", "C(", ")", "=", ",", ".", "*", "|", "as"}},
    {"mappings", 0, false, mappings, {"a", "_", ".", "{", "}", ":", "**", ",", "1", "'s'", "None"}},
    {"literals", 0, false, mappings,
	{"1", "1.", "2j", "-", "+", "'s'", "b's'", "f'{a}'", "None", "(", ")", ":"}},
    {"parameters", 1, false, parameters, {"a", "=", ",", "/", "*", "**", ":", "b"}},
    {"imports", 0, false, imports, {"a", ".", "...", ",", "as", "(", ")", "*", "import", "from"}},
    {"type parameters", 0, false, type_parameters,
	{"T", ":", "*", "**", "=", ",", "[", "]", "(", ")", "type"}},
    {"exceptions", 0, false, excepts, {"a", "*", ",", "as", "(", ")", ".", ":", "except", "yield"}},
    {"clauses", 0, true, tries,
	{"else: a\n", "finally: b\n", "except: c\n", "except x: d\n", "except* y: e\n",
	    "elif z: f\n", "else:\n g\n", " ", "h\n", "case _: i\n"}},
    {"definitions", 0, false, decorated,
	{"@", "a", "\n", "class", "def", "(", ")", ": pass", "async", "->", "with", "for b in"}},
    {"lines", 1, true, lines, {"a", " ", "\t", "\f", "\n", "\r", "#", "\\", "(", ")", ":", ";"}},
    {"blocks", 1, true, lines, {"if a:", "else:", " ", "\t", "\n", "b", "  ", "#c\n", "\\\n"}},
    {"numbers", 1, true, characters, {"0", "1", "_", ".", "e", "x", "j", "b", "7", "9", "-", "a"}},
    {"words", 0, true, characters,
	{"0x", "1", "f", "if", "or", " ", "in", "0o", "j", "is", "e", "_", "\xc3\xa4"}},
    {"escapes", 1, true, bodies,
	{"\\", "n", "x", "4", "u", "0", "N", "{", "}", "'", "\n", "\xc3\xa4", "\""}},
    {"prefixes", 0, true, quoted,
	{"r", "b", "f", "u", "'", "\"", "R", "F", "a", " ", "\\", "B", "t", "\n"}},
    {"fields", 0, true, fields, {"a", " ", "{", "}", "\"", "(", ")", ",", "*", ":", "=", "!", "r"}},
    {"field operators", 0, true, fields,
	{"a", "=", "!", "<", ">", ":", "lambda ", "{", "}", "\\", "\n", "#", "'"}},
    {"formats", 1, true, formats, {"{", "}", ":", "a", "!", "r", "=", " ", "\\", "\n", "\xc3\xa4"}},
};

struct counts {
	unsigned long sentences, accepted, faults;
};

static void check(struct slice text, struct counts *counts)
{
	enum comparison comparison = compare_parsers(text);
	const char *fault = comparison_fault(comparison);

	counts->sentences++;
	counts->accepted += comparison != COMPARED_REFUSED;
	if (fault && counts->faults++ < FAULTS_SHOWN)
		compare_print(text, fault);
}

/* Check all sentences that begin with `text` and have up to `length` more words. */
static void enumerate(const struct alphabet *alphabet, const struct context *context,
    struct str *text, int length, struct counts *counts)
{
	size_t len = text->len;

	str_adds(text, context->behind);
	check(str_slice(text), counts);
	str_truncate(text, len);
	for (size_t i = 0; length && i < WORDS && alphabet->words[i]; i++) {
		if (!alphabet->is_joined && len && text->data[len - 1] > ' ')
			str_addc(text, ' ');
		str_adds(text, alphabet->words[i]);
		enumerate(alphabet, context, text, length - 1, counts);
		str_truncate(text, len);
	}
}

static bool check_alphabet(const struct alphabet *alphabet, int length, int number)
{
	struct counts counts = {0, 0, 0};

	for (const struct context *context = alphabet->contexts; context->before; context++) {
		autostr struct str text = STR_INIT;

		str_adds(&text, context->before);
		enumerate(alphabet, context, &text, length + alphabet->more, &counts);
	}
	printf("%s %d - %s: %lu of %lu sentences accepted\n",
	    counts.faults || !counts.accepted ? "not ok" : "ok", number, alphabet->name,
	    counts.accepted, counts.sentences);
	if (counts.faults)
		printf("# %lu faults\n", counts.faults);
	(void)fflush(stdout);
	return !counts.faults && counts.accepted;
}

static bool is_chosen(const char *name, char **chosen)
{
	if (!*chosen)
		return true;
	for (; *chosen; chosen++) {
		if (strcmp(name, *chosen) == 0)
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const size_t count = sizeof(alphabets) / sizeof(*alphabets);
	bool passed = true;
	int number = 0;

	if (argc < 2 || !compare_start())
		return 3;
	for (size_t i = 0; i < count; i++) {
		if (is_chosen(alphabets[i].name, argv + 2))
			passed &= check_alphabet(&alphabets[i], atoi(argv[1]), ++number);
	}
	printf("1..%d\n", number);
	return passed ? 0 : 1;
}
