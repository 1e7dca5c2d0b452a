/*
 * Sources that are nested more and more: the parser must give up before CPython's does, which has
 * limits for levels of rules, brackets, blocks, and memory of its stack.
 *
 * Reports in TAP: a test for each shape of nesting.
 */
#include <stdio.h>

#include "compare.h"

#define LEVELS_MOST 7000

/* `open` and `close` are repeated; `#` in both stands for as many blanks as the level. */
static const struct shape {
	const char *name, *before, *open, *middle, *close, *behind;
} shapes[] = {
    {"not", "", "not ", "a", "", "\n"},
    {"negative", "", "-", "a", "", "\n"},
    {"inverted", "", "~", "1", "", "\n"},
    {"powers", "", "a**", "a", "", "\n"},
    {"negative powers", "", "a**-", "a", "", "\n"},
    {"awaited powers", "", "await a**", "a", "", "\n"},
    {"lambda", "", "lambda:", "a", "", "\n"},
    {"lambda with defaults", "", "lambda a=", "a", ":a", "\n"},
    {"choices", "", "a if b else ", "a", "", "\n"},
    {"sums", "", "a+", "a", "", "\n"},
    {"right sums", "", "a+(", "a", ")", "\n"},
    {"mixed operators", "", "a or b and not c<d|e^f&g<<h+i*-j**", "a", "", "\n"},
    {"or", "", "a or ", "a", "", "\n"},
    {"comparisons", "", "a<", "a", "", "\n"},
    {"attributes", "", "", "a", ".b", "\n"},
    {"calls", "", "", "a", "()", "\n"},
    {"subscripts", "", "", "a", "[0]", "\n"},
    {"calls of calls", "", "f(", "a", ")", "\n"},
    {"keywords", "", "f(a=", "a", ")", "\n"},
    {"unpacked", "", "f(*", "a", ")", "\n"},
    {"mappings in calls", "", "f(**", "a", ")", "\n"},
    {"subscripts of subscripts", "", "a[", "a", "]", "\n"},
    {"slices", "", "a[::", "a", "]", "\n"},
    {"groups", "", "(", "a", ")", "\n"},
    {"tuples", "", "(", "a", ",)", "\n"},
    {"lists", "", "[", "a", "]", "\n"},
    {"starred lists", "", "[*", "a", "]", "\n"},
    {"sets", "", "{", "a", "}", "\n"},
    {"dictionaries", "", "{a:", "a", "}", "\n"},
    {"unpacked dictionaries", "", "{**", "a", "}", "\n"},
    {"keys", "", "{", "a", ":a}", "\n"},
    {"assigned", "", "(a:=", "a", ")", "\n"},
    {"yields", "", "(yield ", "a", ")", "\n"},
    {"generators", "", "(a for a in ", "a", ")", "\n"},
    {"sole arguments", "", "f(a for a in ", "a", ")", "\n"},
    {"elements of generators", "", "(", "a", " for a in b)", "\n"},
    {"conditions", "", "[a for a in b if ", "a", "]", "\n"},
    {"targets of generators", "", "[a for a[", "a", "] in b]", "\n"},
    {"mixed", "", "(-a if not b else lambda:{f(c=[d[", "a", "]])})", "\n"},
    {"groups behind not", "", "not not not not (", "a", ")", "\n"},
    {"all brackets", "", "{a:f(*[b[c:", "a", "]])}", "\n"},
    {"groups in all operators", "", "a or b and not c<d|e^f&g<<h+i*-j**(", "a", ")", "\n"},
    {"awaited groups", "", "(await ", "a", ")", "\n"},
    {"targets", "", "[", "a", "]", "=b\n"},
    {"starred targets", "", "*(", "a", ",)", "=b\n"},
    {"targets of for", "for ", "(", "a", ",)", " in b: pass\n"},
    {"targets of with", "with a as ", "[", "a", "]", ": pass\n"},
    {"deleted", "del ", "(", "a", ")", "\n"},
    {"deleted tuples", "del ", "(", "a", ",)", "\n"},
    {"annotated", "", "(", "a", ")", ": int\n"},
    {"augmented", "", "(", "a", ")", "+= 1\n"},
    {"with groups", "with ", "(", "a", ")", ": pass\n"},
    {"with tuples", "with ", "(", "a", ",)", " as b: pass\n"},
    {"assignments", "", "a=", "a", "", "\n"},
    {"decorators", "", "@a\n", "class a: pass", "", "\n"},
    {"arguments", "f(", "a,", "a", "", ")\n"},
    {"conditions of a loop", "[a for a in b ", "if a ", "", "", "]\n"},
    {"loops of a comprehension", "[a ", "for a in b ", "", "", "]\n"},
    {"strings", "", "'a' ", "'b'", "", "\n"},
    {"strings with fields", "", "f'{a}' ", "'b'", "", "\n"},
    {"strings in fields", "", "f'{", "a", "}'", "\n"},
    {"fields", "f'", "{a:{", "a", "}b}", "'\n"},
    {"groups in a field", "f'{", "(", "a", ")", "}'\n"},
    {"not in a field", "f'{", "not ", "a", "", "}'\n"},
    {"group patterns", "match a:\n case ", "(", "a", ")", ": pass\n"},
    {"sequence patterns", "match a:\n case ", "[", "a", "]", ": pass\n"},
    {"tuple patterns", "match a:\n case ", "(", "a", ",)", ": pass\n"},
    {"mapping patterns", "match a:\n case ", "{1:", "a", "}", ": pass\n"},
    {"class patterns", "match a:\n case ", "a(", "a", ")", ": pass\n"},
    {"keyword patterns", "match a:\n case ", "a(b=", "a", ")", ": pass\n"},
    {"alternatives", "match a:\n case ", "1|", "a", "", ": pass\n"},
    {"alternatives in groups", "match a:\n case ", "1|(", "a", ")", ": pass\n"},
    {"names of patterns", "match a:\n case ", "(", "a", " as b)", ": pass\n"},
    {"values of patterns", "match a:\n case ", "", "a", ".b", ": pass\n"},
    {"cases", "match a:\n", " case b: pass\n", "", "", ""},
    {"elif", "if a: pass\n", "elif a: pass\n", "", "", ""},
    {"elif with blocks", "if a: pass\n", "elif a:\n if b: pass\n", "else: pass\n", "", ""},
    {"if", "", "#if a:\n", "#pass\n", "", ""},
    {"if in a lambda's shadow", "", "#if lambda:not a if b else -c:\n", "#pass\n", "", ""},
    {"while", "", "#while a:\n", "#pass\n", "", ""},
    {"for", "", "#for a in b:\n", "#pass\n", "", ""},
    {"with", "", "#with a:\n", "#pass\n", "", ""},
    {"with in groups", "", "#with (a as b):\n", "#pass\n", "", ""},
    {"try", "", "#try:\n", "#pass\n", "#finally: pass\n", ""},
    {"except", "", "#try: pass\n#except a:\n", "#pass\n", "", ""},
    {"def", "", "#def f():\n", "#pass\n", "", ""},
    {"async def", "", "#async def f():\n", "#pass\n", "", ""},
    {"class", "", "#class A:\n", "#pass\n", "", ""},
    {"decorated", "", "#@a\n#def f():\n", "#pass\n", "", ""},
    {"match", "", "#match a:\n# case b:\n", "##pass\n", "", ""},
    {"else", "", "#if a: pass\n#else:\n", "#pass\n", "", ""},
};

static void add(struct str *text, const char *part, int level)
{
	for (; *part; part++) {
		if (*part != '#')
			str_addc(text, *part);
		for (int i = 0; *part == '#' && i < level; i++)
			str_addc(text, ' ');
	}
}

/* Whether the parser accepts a level, and is right. */
static bool check(const struct shape *shape, int levels, unsigned *ret_faults)
{
	bool is_match = strchr(shape->open, '#') && strstr(shape->open, "# case");
	int width = is_match ? 2 : 1;
	autostr struct str text = STR_INIT;
	enum comparison comparison;
	const char *fault;

	str_adds(&text, shape->before);
	for (int i = 0; i < levels; i++)
		add(&text, shape->open, width * i);
	add(&text, shape->middle, levels);
	for (int i = levels; i-- > 0;)
		add(&text, shape->close, width * i);
	str_adds(&text, shape->behind);
	comparison = compare_parsers(str_slice(&text));
	fault = comparison_fault(comparison);
	if (fault) {
		printf("# %d levels: %s\n", levels, fault);
		++*ret_faults;
	}
	return comparison != COMPARED_REFUSED;
}

int main(void)
{
	const int count = (int)(sizeof(shapes) / sizeof(*shapes));
	bool passed = true;

	if (!compare_start())
		return 3;
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		unsigned faults = 0;
		int most = 0;

		for (int levels = 0; levels <= LEVELS_MOST; levels += 1 + levels / 20) {
			if (check(&shapes[i], levels, &faults))
				most = levels;
			else if (levels > 2 * most + 100)
				break;
		}
		passed &= !faults && most > 0;
		printf("%s %d - %s: up to %d levels\n", faults || !most ? "not ok" : "ok", i + 1,
		    shapes[i].name, most);
		(void)fflush(stdout);
	}
	return passed ? 0 : 1;
}
