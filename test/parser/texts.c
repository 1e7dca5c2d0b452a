/*
 * Sources by hand: each that the parser must accept, and one for each reason to give up. Neither
 * leaves an object behind, nor when memory is short.
 */
#include <stdio.h>

#include "compare.h"
#include "python/internal.h"
#include "python/interpreter.h"
#include "python/parse/parse.h"

/* Planes 0 and 1. */
#define CHARACTERS 0x20000
/* The parser's limit is 255, CPython's for decimal integers 4300. */
#define DIGITS_MOST 20000

enum expectation {
	ACCEPTED,
	LEFT, /* to CPython */
	ANY,  /* as the version has it */
};

static const struct text {
	enum expectation expectation;
	const char *text;
} texts[] = {
    {ACCEPTED, ""},
    {ACCEPTED, "\n"},
    {ACCEPTED, "# a"},
    {ACCEPTED, "  # a\n\n \t\n"},
    {ACCEPTED, "a"},
    {ACCEPTED, "if a:\n  b"},
    {ACCEPTED, "if a:\n  b\n # c\n  d\n#e\n"},
    {ACCEPTED, "a;b;\n"},
    {ACCEPTED, "a \\\n + \\\n b\n"},
    {ACCEPTED, "a\r\nb\rc"},
    {ACCEPTED, "'''\r\n'''"},
    {ACCEPTED, "if a:\n\tb\n\tc\n"},
    {ACCEPTED, "if a:\n        b\n        if c:\n\t        d\n"},
    {ACCEPTED, "\fa\n\f\nif b:\n  \f c\n"},
    {ACCEPTED, "(a\n #b\n\f,)\n"},

    /* Targets. */
    {ACCEPTED, "a = b = c\n"},
    {ACCEPTED, "(a) = [b, *c] = (d.e, f[0]) = () = [] = g\n"},
    {ACCEPTED, "*a, = *(b, c), = d\n"},
    {ACCEPTED, "for (a), *b.c in d, *e: pass\n"},
    {ACCEPTED, "for a, in b: pass\n"},
    {ACCEPTED, "(a): b\n((a)): b = c\na.b: c\n(a[0]): b\na: b = yield\n"},
    {ACCEPTED, "a: b = *c, d\n"},
    {ACCEPTED, "(a) += 1\na.b -= yield\na[0] @= *b, c\n"},
    {ACCEPTED, "del a, (b), [c, (d,)], (), e.f, g[0],\n"},
    {ACCEPTED, "(a := 1, b := 2)[c := 0]\n"},
    {LEFT, "(a).b: c\n"},
    {LEFT, "(a)[0]: c\n"},
    {LEFT, "(a).b += 1\n"},
    {LEFT, "(a, b): c\n"},
    {LEFT, "a, b += 1\n"},
    {LEFT, "a() = 1\n"},
    {LEFT, "a + b = 1\n"},
    {LEFT, "(await a) = 1\n"},
    {LEFT, "(a := b) = 1\n"},
    {LEFT, "a if b else c = 1\n"},
    {LEFT, "None = 1\n"},
    {LEFT, "yield = 1\n"},
    {LEFT, "(*a) = 1\n"},
    {LEFT, "**a = 1\n"},
    {LEFT, "for (a in b) in c: pass\n"},
    {LEFT, "for -a in b: pass\n"},
    {LEFT, "for **a in b: pass\n"},
    {LEFT, "del *a\n"},
    {LEFT, "del a + b\n"},
    {LEFT, "del a()\n"},
    {LEFT, "del (a, *b)\n"},
    {LEFT, "a.b := 1\n"},
    {LEFT, "a := 1\n"},
    {LEFT, "a = b := 1\n"},
    {LEFT, "(a := b := 1)\n"},
    {LEFT, "a[b:=c:d]\n"},
    {LEFT, "[*a for a in b]\n"},
    {LEFT, "{*a for a in b}\n"},
    {LEFT, "(*a for a in b)\n"},
    {LEFT, "(*a)\n"},
    {LEFT, "{a: *b}\n"},
    {LEFT, "{**a for a in b}\n"},

    /* Operators. */
    {ACCEPTED, "not a in b is not c not in d\n"},
    {ACCEPTED, "-a ** -b ** +~c\n"},
    {ACCEPTED, "await a ** await b\n"},
    {ACCEPTED, "a or b and not c or d\n"},
    {ACCEPTED, "a < b == c >= d != e\n"},
    {ACCEPTED, "a if b else lambda: c if d else e\n"},
    {ACCEPTED, "[a for b in c if d if e for f in g]\n"},
    {ACCEPTED, "{*a, b} | {**a, b: c,} | {a: b for c in d}\n"},
    {ACCEPTED, "(a for b in c), [*d], (*e,)\n"},
    {ACCEPTED, "a[b:c:d, ::, :e, *f], a[*b], a[b,], a[b, c]\n"},
    {LEFT, "a < not b\n"},
    {LEFT, "- not a\n"},
    {LEFT, "a ** not b\n"},
    {LEFT, "- not in a\n"},
    {LEFT, "a + not in b\n"},
    {LEFT, "a < not in b\n"},
    {LEFT, "await await a\n"},
    {LEFT, "await -a\n"},
    {LEFT, "a if lambda: b else c\n"},
    {LEFT, "a if b\n"},
    {LEFT, "a not b\n"},
    {LEFT, "a <> b\n"},
    {LEFT, "a ! b\n"},
    {LEFT, "a $ b\n"},
    {LEFT, "a ? b\n"},
    {LEFT, "a\x01 b\n"},
    {LEFT, "a b\n"},
    {LEFT, "a = \n"},
    {LEFT, "(a\n"},
    {LEFT, "(a]\n"},
    {LEFT, "a)\n"},
    {LEFT, "a \\ \nb\n"},
    {LEFT, "a \\"},
    {LEFT, "\\\na\n"},
    {LEFT, "  a\n"},
    {LEFT, "if a:\n b\n  c\n"},
    {LEFT, "if a:\n  b\n c\n"},
    {LEFT, "if a:\nb\n"},
    {LEFT, "if a:\n        b\n\tc\n"},
    {LEFT, "if a:\n\tb\n        c\n"},
    {LEFT, "if a:\n if b:\n\tc\n"},

    /* Calls. */
    {ACCEPTED, "f(a, *b, c=1, *d, **e, g=2)\n"},
    {ACCEPTED, "f(a for b in c)(d for e in f)\n"},
    {ACCEPTED, "f(a := 1, *b or c)\n"},
    {ACCEPTED, "class A: pass\nclass B(): pass\nclass C(a, *b, c=d, **e): pass\n"},
    {LEFT, "f(a=1, b)\n"},
    {LEFT, "f(**a, *b)\n"},
    {LEFT, "f(**a, b)\n"},
    {LEFT, "f(a for b in c, d)\n"},
    {LEFT, "f(a, b for c in d)\n"},
    {LEFT, "f(a for b in c,)\n"},
    {LEFT, "f(*a for b in c)\n"},
    {LEFT, "f(,)\n"},
    {LEFT, "f(a.b=1)\n"},
    {LEFT, "f(a=b := 1)\n"},
    {LEFT, "class A(a for b in c): pass\n"},
    {LEFT, "class A.b: pass\n"},

    /* Definitions. */
    {ACCEPTED, "def f(a, b=1, /, c=2, *d, e, f=3, **g): pass\n"},
    {ACCEPTED, "def f(a: b, /, *c: *d, **e: f) -> g: pass\n"},
    {ACCEPTED, "lambda a, /, b=1, *, c, **d: e\n"},
    {ACCEPTED, "lambda *a, b=1: c\n"},
    {ACCEPTED, "@a := b\n@c.d(e)\n@f\nasync def g(): pass\n"},
    {ACCEPTED, "@a\nclass b: pass\n"},
    {LEFT, "def f(a=1, b): pass\n"},
    {LEFT, "def f(a=1, /, b): pass\n"},
    {LEFT, "def f(/): pass\n"},
    {LEFT, "def f(a, /, b, /): pass\n"},
    {LEFT, "def f(*): pass\n"},
    {LEFT, "def f(*,): pass\n"},
    {LEFT, "def f(*, **a): pass\n"},
    {LEFT, "def f(*a, *b): pass\n"},
    {LEFT, "def f(*a, /): pass\n"},
    {LEFT, "def f(**a, b): pass\n"},
    {LEFT, "def f(**a=b): pass\n"},
    {LEFT, "def f(*a=b): pass\n"},
    {LEFT, "def f(a: *b): pass\n"},
    {LEFT, "def f(**a: *b): pass\n"},
    {LEFT, "def f(*a: ): pass\n"},
    {LEFT, "def f((a)): pass\n"},
    {LEFT, "lambda a: int: b\n"},
    {LEFT, "lambda (a): b\n"},
    {LEFT, "lambda *: a\n"},
    {LEFT, "async class A: pass\n"},
    {LEFT, "@a\nb\n"},
    {LEFT, "@a class b: pass\n"},
    {LEFT, "async a\n"},
    {LEFT, "async while a: pass\n"},

    /* Statements. */
    {ACCEPTED,
	"import a, b.c as d\nfrom . import a\nfrom ...b.c import (d as e, f,)\nfrom a import *\n"},
    {ACCEPTED, "from .... import a\nfrom. .a import b\n"},
    {ACCEPTED, "try: a\nexcept b as c: d\nexcept: e\nelse: f\nfinally: g\n"},
    {ACCEPTED, "try: a\nexcept* b: c\nexcept *d as e: f\n"},
    {ACCEPTED, "try: a\nfinally: b\n"},
    {ACCEPTED, "if a: b\nelif c: d\nelif e: f\nelse: g\n"},
    {ACCEPTED, "while a := b: c\nelse: d\n"},
    {ACCEPTED, "return\nreturn a, *b\nraise\nraise a\nraise b from c\nassert a, b\n"},
    {ACCEPTED, "global a, b\nnonlocal c\nbreak\ncontinue\npass\n"},
    {LEFT, "import a,\n"},
    {LEFT, "import (a)\n"},
    {LEFT, "from a import b,\n"},
    {LEFT, "from a import ()\n"},
    {LEFT, "from a import (*)\n"},
    {LEFT, "from a import b.c\n"},
    {LEFT, "from import a\n"},
    {LEFT, "try: a\n"},
    {LEFT, "try: a\nelse: b\n"},
    {LEFT, "try: a\nexcept b: c\nexcept* d: e\n"},
    {LEFT, "try: a\nexcept* b: c\nexcept d: e\n"},
    {LEFT, "try: a\nexcept*: b\n"},
    {LEFT, "try: a\nexcept* b: c\nexcept d e: f\n"},
    {LEFT, "try: a\nexcept b as c.d: e\n"},
    {LEFT, "try: a\nexcept b, c as d: e\n"},
    {ANY, "try: a\nexcept b, c: e\n"},
    {ANY, "try: a\nexcept b,: e\n"},
    {LEFT, "if a: if b: c\n"},
    {LEFT, "if a: b\nelse c\n"},
    {LEFT, "else: a\n"},
    {LEFT, "a; if b: c\n"},
    {LEFT, ";\n"},
    {LEFT, "raise from a\n"},
    {LEFT, "global a,\n"},
    {LEFT, "global\n"},
    {LEFT, "return yield\n"},
    {LEFT, "assert a, b, c\n"},
    {LEFT, "print a\n"},
    {LEFT, "pass a\n"},

    /* What `with` has in parentheses. */
    {ACCEPTED, "with (a, b): pass\nwith (a): pass\nwith (a,): pass\nwith (a as b, c): pass\n"},
    {ACCEPTED, "with (a, *b): pass\nwith (a, b := c): pass\nwith (yield): pass\nwith (): pass\n"},
    {ACCEPTED, "with (a for b in c): pass\nwith (a, lambda b, *c: 1): pass\n"},
    {ACCEPTED, "with (a, b) as c: pass\nwith (a), (b): pass\nwith (a).b as (c, *d): pass\n"},
    {LEFT, "with (a as b), c: pass\n"},
    {LEFT, "with a as b.c(): pass\n"},
    {LEFT, "with a as b + c: pass\n"},
    {LEFT, "with a,: pass\n"},
    {LEFT, "with (a as b for c in d): pass\n"},

    /* Patterns. */
    {ACCEPTED, "match a:\n case b: pass\n"},
    {ACCEPTED, "match a, *b:\n case c, *_ if d: pass\n case [e, (f), (g,)]: pass\n"},
    {ACCEPTED, "match a:\n case _ | b.c | 1 | -1.5 | 1 + 2j | 'd' 'e' | None as f: pass\n"},
    {ACCEPTED,
	"match a:\n case {1: b, 'c': d, e.f: _, -1: g, None: h, **i}: pass\n case {}: pass\n"},
    {ACCEPTED, "match a:\n case C() | d.C(e, f=g) | C(_=h) | C(i,): pass\n"},
    {ACCEPTED, "match (a):\n case b: pass\nmatch(a)\nmatch[a] = b\nmatch.c\nmatch * a\nmatch\n"},
    {ACCEPTED, "match: int\nmatch = case = type = _\nmatch in a\nprint(match, *case)\n"},
    {ACCEPTED, "match -a:\n case b: pass\nmatch -a\nmatch [a][b]:\n case c: pass\n"},
    {LEFT, "match a:\n case _.a: pass\n"},
    {LEFT, "match a:\n case _(b): pass\n"},
    {LEFT, "match a:\n case C(a, _=b): pass\n"},
    {LEFT, "match a:\n case C(a=b, c): pass\n"},
    {LEFT, "match a:\n case C(a.b=c): pass\n"},
    {LEFT, "match a:\n case a as _: pass\n"},
    {LEFT, "match a:\n case a as b.c: pass\n"},
    {LEFT, "match a:\n case a as b as c: pass\n"},
    {LEFT, "match a:\n case *a: pass\n"},
    {LEFT, "match a:\n case (*a): pass\n"},
    {LEFT, "match a:\n case *a.b,: pass\n"},
    {LEFT, "match a:\n case a | *b: pass\n"},
    {LEFT, "match a:\n case {a: b}: pass\n"},
    {LEFT, "match a:\n case {**a, 1: b}: pass\n"},
    {LEFT, "match a:\n case {**_}: pass\n"},
    {LEFT, "match a:\n case {**a.b}: pass\n"},
    {LEFT, "match a:\n case 1j + 1: pass\n"},
    {LEFT, "match a:\n case 1j + 1j: pass\n"},
    {LEFT, "match a:\n case 1 + 1: pass\n"},
    {LEFT, "match a:\n case +1: pass\n"},
    {LEFT, "match a:\n case --1: pass\n"},
    {LEFT, "match a:\n case a.b = c: pass\n"},
    {LEFT, "match a:\n case a(): b\n b\n"},
    {LEFT, "match a:\n case a + b: pass\n"},
    {LEFT, "match a:\n b\n"},
    {LEFT, "match a:\n b c: pass\n"},
    {LEFT, "match a:\n case b: pass\n if c: pass\n"},
    {LEFT, "match *a:\n case b: pass\n"},
    {LEFT, "match:\n case b: pass\n"},
    {LEFT, "match a:\ncase b: pass\n"},
    {LEFT, "match a: case b: pass\n"},

    /* Numbers. */
    {ACCEPTED, "0, 1_000, 0x_fF, 0O17, 0b1_0, 1., .5, 1e5, 1.5E-3_0, 1e+0j, 1_0.0_1J, 5j\n"},
    {ACCEPTED, "1 if 1 else 1\n"},
    {ACCEPTED, "123456789012345678, 1234567890123456789, 99999999999999999999999999\n"},
    {ACCEPTED, "1e999, 1..real, 1.e5, 1.0.imag\n"},
    {ACCEPTED, "00, 0_0, 000_0.1, 07.5, 0_7.5e1, 00e1, 09j, 0_0J, 0000000000000000000000\n"},
    {LEFT, "07\n"},
    {LEFT, "00_7\n"},
    {LEFT, "0__0\n"},
    {LEFT, "0_\n"},
    {LEFT, "00_\n"},
    {LEFT, "0_.5\n"},
    {LEFT, "07_.5\n"},
    {LEFT, "0e\n"},
    {LEFT, "0_7\n"},
    {LEFT, "1__0\n"},
    {LEFT, "1_\n"},
    {LEFT, "1_j\n"},
    {LEFT, "1._5\n"},
    {LEFT, "1e\n"},
    {LEFT, "1e_5\n"},
    {LEFT, "0x\n"},
    {LEFT, "0x_\n"},
    {LEFT, "0xg\n"},
    {LEFT, "0b2\n"},
    {LEFT, "0o8\n"},
    {LEFT, "0x1_\n"},
    {LEFT, "1if a else b\n"},
    {LEFT, "1or a\n"},
    {LEFT, "0xfor a in b\n"},
    {LEFT, "1a\n"},

    /* Strings. */
    {ACCEPTED, "'a' \"b\" '''c''' \"\"\"d\n\"\"\" r'\\e' R'f' u'g' U'h' ''\n"},
    {ACCEPTED, "u'a' 'b', 'a' u'b', U'a', b'a' B'b' bR'c' Rb'\\d' rB''\n"},
    {ACCEPTED,
	"'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\\n\\0\\12\\377\\x41\\u00e4\\U0001f600\\ud800'\n"},
    {ACCEPTED, "'\xc3\xa4', '\xc3\xa4\\n\xf0\x9f\x98\x80'\n"},
    {ACCEPTED, "if'a'in'b':pass\n"},
    {LEFT, "'\\d'\n"},
    {LEFT, "'\\400'\n"},
    {LEFT, "b'\\u1234' b'\\d'\n"},
    {LEFT, "'\\x4'\n"},
    {LEFT, "'\\u123'\n"},
    {LEFT, "'\\U00110000'\n"},
    {LEFT, "'\\N{no such character}'\n"},
    {LEFT, "'\\N'\n"},
    {LEFT, "'\\\xc3\xa4'\n"},
    {LEFT, "b'\xc3\xa4'\n"},
    {LEFT, "b'a' 'b'\n"},
    {LEFT, "'a' b'b'\n"},
    {LEFT, "b'a' f'b'\n"},
    {LEFT, "f'b' b'a'\n"},
    {LEFT, "'a\n'\n"},
    {LEFT, "'a\n"},
    {LEFT, "'''a''\n"},
    {LEFT, "'a\\"},
    {LEFT, "ur'a'\n"},
    {LEFT, "bu'a'\n"},
    {LEFT, "fb'a'\n"},

    /* Names: identifiers in NFKC. */
    {ACCEPTED, "\xc3\xa4 = a\xc3\xa4.\xe4\xb8\xad(\xcf\x80\x31)\n"},
    {ACCEPTED, "import \xc3\xa4.b, c.\xc3\xa4\n"},
    {LEFT, "a\xcc\x88 = 1\n"}, /* a and a combining diaeresis */
    {LEFT, "\xc2\xb5 = 1\n"},  /* a micro sign, which is a mu */
    {LEFT, "\xef\xac\x81 = 1\n"},
    {LEFT, "\xe2\x82\xac = 1\n"},
    {LEFT, "a\xe2\x82\xac = 1\n"},
    {LEFT, "\xc2\xa0 a\n"},
    {LEFT, "\xef\xbb\xbf"
	   "a\n"},
    {LEFT, "1\xc3\xa4\n"},
    {LEFT, "\xc3\xa4'a'\n"},
    {LEFT, "r\xc3\xa4'a'\n"},

    /* Fields. */
    {ACCEPTED, "f'', f'a', f'{{}}', F'{a}', rf'\\d{a}', f'a{{{b}}}c' f'' 'd' f'{e}'\n"},
    {ACCEPTED, "f'{a!r}{a!s:>5}{a=}{a = }{a=!s}{a=:x}{a:{b}.{c!r}d}'\n"},
    {ANY, "f'{a:{b}}{a:x{b}}'\n"},
    {ACCEPTED, "f'{a,}{*a, b}{a if b else c}{a!=b}{a==b}{a<=b}{(lambda: a)}{(yield)}{a or b}'\n"},
    {ACCEPTED, "f'''\n{a\n}b{ c }\n''' f'\\\n{d}\\n\xc3\xa4{e}'\n"},
    {ACCEPTED, "x = f'''{\na,}{ \t\n b, c}\n d{\n\n*e, f}{ \n yield x, y}'''\n"},
    {ACCEPTED, "f'{a[\"b\"]}' f\"{'c' 'd'}\" f'{ {1: 2}[1] }' f'{(a:=1)}' f'{a:=1}'\n"},
    {ACCEPTED, "u'a' f'{b}' 'c'\n"},
    {ACCEPTED, "f'{f\"{a}\"}'\n"},
    {LEFT, "f'{}'\n"},
    {LEFT, "f'{ }'\n"},
    {LEFT, "f'{'\n"},
    {LEFT, "f'}'\n"},
    {LEFT, "f'{a'\n"},
    {LEFT, "f'{a}}'\n"},
    {LEFT, "f'''a\n"},
    {LEFT, "f'''{a}''\n"},
    {LEFT, "f'''{a"},
    {LEFT, "f'{a}"},
    {LEFT, "f'{a!}'\n"},
    {LEFT, "f'{a!x}'\n"},
    {LEFT, "f'{a!rr}'\n"},
    {LEFT, "f'{a! r}'\n"},
    {LEFT, "f'{!r}'\n"},
    {LEFT, "f'{:x}'\n"},
    {LEFT, "f'{=}'\n"},
    {LEFT, "f'{a b}'\n"},
    {LEFT, "f'{a=b}'\n"},
    {LEFT, "f'{lambda: a}'\n"},
    {LEFT, "f'{lambda:{}}'\n"},
    {LEFT, "f'{lambda a:{1}}'\n"},
    {LEFT, "f'{(a}'\n"},
    {LEFT, "f'{a)}'\n"},
    {LEFT, "f'{a:{b:{c:{d}}}}'\n"},
    {LEFT, "f'\\N{DASH}'\n"},
    {LEFT, "f'\\d'\n"},
    {LEFT, "f'\\{a}'\n"},
    {LEFT, "f'\\}}'\n"},
    {ANY, "rf'\\{a}\\N{b}\\}}'\n"},
    {LEFT, "f'{a#b}'\n"},
    {LEFT, "f'{a;b}'\n"},
    {LEFT, "f'{a $ b}'\n"},
    {ACCEPTED, "f'{\xc3\xa4}'\n"},
    {ANY, "f'{'a'}'\n"},
    {ANY, "f'{'#'=}'\n"},
    {ANY, "f'{a!=b=:}'\n"},
    {ANY, "f'{a!=b=}'\n"},
    {ANY, "f'{{\\\n'\n"},
    {ANY, "f'{a!r }{b !r}'\n"},
    {ANY, "f'{a\\\n}'\n"},
    {ANY, "f'{a:\\\n#:}'\n"},
    {ANY, "f'''{\"\"\"b\nc\"\"\"}'''\n"},
    {ANY, "f'''a\n b{c + \"\"\"d\n\"\"\"} {f\"\"\"e\n{g}\"\"\" \"h\"}'''\n"},
    {ANY, "f'{a}' f'{b' f'}'\n"},
    {ANY, "t'{a}'\n"},
    {ANY, "t'a' 'b'\n"},

    /* What came after 3.11. */
    {ANY, "type A = b\ntype B[C] = d\n"},
    {ANY, "def f[A](): pass\nclass B[*C, **D, E: f = g]: pass\n"},
    {ANY, "def f[](): pass\n"},
    {ANY, "type A.b = c\n"},
    {LEFT, "from __future__ import barry_as_FLUFL\na != b\n"},
    {LEFT, "from __future__ import barry_as_FLUFL as c, annotations\na != b\n"},
    {ANY, "def f():\n  try: a\n  finally: return\n"},
    {ANY, "lazy import a\nlazy import b.c as d, e\nlazy from f import g, h as i\n"},
    {ANY, "lazy from . import a\nlazy from .b import (c,)\nlazy = lazy\n"},
    {LEFT, "lazy from a import *\n"},
    {LEFT, "lazy from __future__ import annotations\n"},
    {LEFT, "lazy a\n"},
    {LEFT, "from . lazy import a\n"},
    {LEFT, "from .\\\nlazy import a\n"},
    {ACCEPTED, "from .lazy import a\nfrom lazy import b\n"},
};

static const size_t text_count = sizeof(texts) / sizeof(*texts);

static bool check(const struct text *text)
{
	struct slice source = slice_c(text->text);
	enum comparison comparison = compare_parsers(source);
	const char *fault = comparison_fault(comparison);

	if (!fault && comparison == COMPARED_REFUSED && text->expectation == ACCEPTED)
		fault = "the parser gives up";
	if (!fault && comparison != COMPARED_REFUSED && text->expectation == LEFT)
		fault = "the parser accepts it";
	if (fault)
		compare_print(source, fault);
	return !fault;
}

static bool check_all(void)
{
	bool passed = true;

	for (size_t i = 0; i < text_count; i++)
		passed &= check(&texts[i]);
	return passed;
}

/* Whether the parser is right about each character in a name, at its begin and elsewhere. */
static bool check_characters(void)
{
	bool passed = true;

	for (uint32_t point = 0x80; point < CHARACTERS; point++) {
		py_owned PyObject *name = PyUnicode_FromFormat(
		    "%c = a%c\n", (int)point, (int)point);
		const char *source = name && !Py_UNICODE_IS_SURROGATE(point)
					 ? PyUnicode_AsUTF8(name)
					 : "";

		passed &= check(&(struct text){ANY, source});
	}
	return passed;
}

/* Whether the parser is right about numbers, however many digits they have. */
static bool check_numbers(void)
{
	static const char *const ends[] = {"\n", "j\n", ".0\n", "e1\n", "e\n", "_\n", "a\n"};
	bool passed = true;

	for (size_t end = 0; end < sizeof(ends) / sizeof(*ends); end++) {
		for (int digits = 1; digits <= DIGITS_MOST; digits += 1 + digits / 20) {
			autostr struct str text = STR_INIT;

			str_adds(&text, digits % 2 ? "0x" : "");
			for (int i = 0; i < digits; i++)
				str_addc(&text, '1');
			str_adds(&text, ends[end]);
			passed &= check(&(struct text){ANY, str_c(&text)});
		}
	}
	return passed;
}

/* Parse, and forget the tree. False without memory. */
static bool parse(const char *text)
{
	PyArena *arena = _PyArena_New();
	mod_ty module = arena ? parse_module(slice_c(text), arena, NULL) : NULL;
	bool parsed = !PyErr_Occurred();

	if (arena)
		_PyArena_Free(arena);
	if (!parsed && (module || !PyErr_ExceptionMatches(PyExc_MemoryError))) {
		compare_print(slice_c(text), "an exception");
		PyErr_Print();
		abort();
	}
	PyErr_Clear();
	return parsed;
}

/* What is lost is lost each time; what CPython's caches keep is not. */
#define ROUNDS 8

static void parse_each(void)
{
	for (size_t i = 0; i < text_count; i++)
		(void)parse(texts[i].text);
}

/* Whether no object is left in the end, once caches are full. */
static bool is_balanced(void (*parse_all)(void))
{
	for (int round = 0; round < ROUNDS; round++) {
		size_t before = interpreter_blocks();

		parse_all();
		if (interpreter_blocks() == before)
			return true;
	}
	return false;
}

/* Allocators that fail once a number of allocations is used up. */
static PyMemAllocatorEx allocators[2];
static long allocations_left = -1;

static bool may_allocate(void)
{
	return allocations_left < 0 || allocations_left-- > 0;
}

static void *fail_malloc(void *context, size_t size)
{
	PyMemAllocatorEx *allocator = context;

	return may_allocate() ? allocator->malloc(allocator->ctx, size) : NULL;
}

static void *fail_calloc(void *context, size_t count, size_t size)
{
	PyMemAllocatorEx *allocator = context;

	return may_allocate() ? allocator->calloc(allocator->ctx, count, size) : NULL;
}

static void *fail_realloc(void *context, void *memory, size_t size)
{
	PyMemAllocatorEx *allocator = context;

	return may_allocate() ? allocator->realloc(allocator->ctx, memory, size) : NULL;
}

static void pass_free(void *context, void *memory)
{
	PyMemAllocatorEx *allocator = context;

	allocator->free(allocator->ctx, memory);
}

static void install_failures(void)
{
	const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};

	for (size_t i = 0; i < 2; i++) {
		PyMemAllocatorEx failing = {
		    &allocators[i], fail_malloc, fail_calloc, fail_realloc, pass_free};

		PyMem_GetAllocator(domains[i], &allocators[i]);
		PyMem_SetAllocator(domains[i], &failing);
	}
}

/* Let each allocation of each text fail, and all behind it; names are new each time. */
static void parse_without_memory(void)
{
	for (size_t i = 0; i < text_count; i++) {
		bool parsed = false;

		for (long most = 0; !parsed; most++) {
			allocations_left = most;
			parsed = parse(texts[i].text);
			allocations_left = -1;
			parse_forget();
		}
	}
}

static bool check_without_memory(void)
{
	install_failures();
	return is_balanced(parse_without_memory);
}

static bool report(int number, const char *name, bool passed)
{
	printf("%s %d - %s\n", passed ? "ok" : "not ok", number, name);
	return passed;
}

int main(void)
{
	bool passed;

	if (!compare_start())
		return 3;
	printf("1..5\n");
	passed = report(1, "accepted and given up", check_all());
	passed &= report(2, "characters of names", check_characters());
	passed &= report(3, "numbers of any length", check_numbers());
	passed &= report(4, "no object is left", is_balanced(parse_each));
	passed &= report(5, "without memory", check_without_memory());
	return passed ? 0 : 1;
}
