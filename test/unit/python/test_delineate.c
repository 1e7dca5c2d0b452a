#include "python/delineate.h"

#include "support.h"

/* A source on its way to its elements. */
struct source {
	struct tree *tree;
	struct delineation delineation;
};

static void source_release(struct source *source)
{
	delineation_release(&source->delineation);
	tree_free(source->tree);
}
#define autosource CLEANUP(source_release)

static void describe(struct source *ret, const char *text)
{
	static const struct delineate_options options = {.recorded = "shop/tea.py"};
	autoerror struct error *error = NULL;

	*ret = (struct source){.tree = parse(text)};
	ck_ok(delineate_tree(ret->tree, &options, &ret->delineation, &error), error);
}

/* The first child of that name; the test fails if there is none. */
static const struct element *child(const struct element *parent, const char *name)
{
	const struct element *element = parent->first;

	while (element && !slice_is(element->identifier, name))
		element = element->next;
	ck_assert_msg(element, "no element '%s'", name);
	return element;
}

/* The documentation of the first element, its lines with "|" between them. */
static void add_documentation(struct str *ret, const char *text, const char *name)
{
	autosource struct source source = {NULL};
	const struct element *element;

	describe(&source, text);
	element = name ? child(&source.delineation.module, name) : &source.delineation.module;
	if (!element->documentation.present)
		str_adds(ret, "(none)");
	for (const struct text *line = element->documentation.lines.first; line;
	     line = line->next) {
		if (line != element->documentation.lines.first)
			str_addc(ret, '|');
		str_add_slice(ret, line->slice);
	}
}

struct sample {
	const char *text;
	const char *expected;
};

static void check_documentation(const struct sample *cases, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		autostr struct str found = STR_INIT;

		add_documentation(&found, cases[i].text, name);
		ck_assert_str_eq(str_c(&found), cases[i].expected);
	}
}

START_TEST(docstrings_lose_their_indentation_as_pep_257_says)
{
	static const struct sample cases[] = {
	    {"'one'", "one"},
	    {"''", ""},
	    {"'   '", ""},
	    {"'''  one\n    two\n      three\n'''", "one|two|  three"},
	    {"'''one\n\n    two  \n\n\n'''", "one||two"},
	    {"'''\n    one\n  two\n'''", "  one|two"},
	    {"'''one\n  a\tb\n  c'''", "one|a     b|c"},
	    {"'''one\\r two\n  three'''", "one\r two|three"},
	    {"'one\\u3000\\n\\xa0 two\\n  three'", "one|two|three"},
	    {"'one' ' two'", "one two"},
	    {"f'one'", "(none)"},
	    {"b'one'", "(none)"},
	    {"x = 1\n'one'", "(none)"},
	};

	start_python();
	check_documentation(cases, sizeof(cases) / sizeof(*cases), NULL);
}
END_TEST

START_TEST(docstrings_in_the_notation_form_lose_tabs_and_marks)
{
	static const struct sample cases[] = {
	    {"'''\n\t# one\n\t# two\n\t'''", "one|two"},
	    {"'''\n# one\n\n\t# two\n'''", "one||\ttwo"},
	    {"'''\n\t# one\n\t\t# two\n\t\t\tthree\n'''", "one|\ttwo|\t\tthree"},
	    {"'# one'", "one"},
	    {"'''\n\tone\n  two\n'''", "one|  two"},
	    {"'''\n\t# one\n\t#two\n\t#\n'''", "one|#two|#"},
	    {"'''\n#one\n'''", "#one"},
	};

	start_python();
	check_documentation(cases, sizeof(cases) / sizeof(*cases), NULL);
}
END_TEST

START_TEST(assignments_are_documented_by_the_string_behind_or_comments_above)
{
	static const struct sample cases[] = {
	    {"x = 1\n'one'\n", "one"},
	    {"x: int\n'one'\n", "one"},
	    {"x = 1; 'one'\n", "one"},
	    {"#: one\nx = 1\n", "one"},
	    {"#: one\n#:two\n#:   three  \nx = 1\n", "one|two|  three"},
	    {"  #: one\n\t#: two\nx = 1\n", "one|two"},
	    {"#: one\nx = 1\n'two'\n", "two"},
	    {"#: one\n\nx = 1\n", "(none)"},
	    {"# one\nx = 1\n", "(none)"},
	    {"y = 1 #: one\nx = 1\n", "(none)"},
	    {"#: one\ny = 1; x = 1\n", "(none)"},
	    {"y = '''\n#: one'''\nx = 1\n", "(none)"},
	    {"y = '''\n#: zero'''\n#: one\nx = 1\n", "one"},
	    {"if '''\n#: one''':\n\tx = 1\n", "(none)"},
	    {"if y: #:zero\n\t#: one\n\tx = 1\n", "one"},
	    {"if y:\n\tz = '''\n#: one'''\nelse:\n\tx = 1\n", "(none)"},
	    {"with y('''\n#: one'''):\n\tx = 1\n", "(none)"},
	    {"for y in '''\n#: one''': x = 1\n", "(none)"},
	    {"while '''\n#: one''': x = 1\n", "(none)"},
	    {"try: pass\nexcept a('''\n#: one'''):\n\tx = 1\n", "(none)"},
	    {"match y:\n\tcase '''\n#: one''':\n\t\tx = 1\n", "(none)"},
	    {"#:\nx = 1\n", ""},
	};

	start_python();
	check_documentation(cases, sizeof(cases) / sizeof(*cases), "x");
}
END_TEST

START_TEST(heads_of_definitions_hold_no_comments)
{
	static const char *const texts[] = {
	    "class A('''\n#: one'''):\n\tx = 1\n",
	    "class A(b='''\n#: one'''):\n\tx = 1\n",
	    "class A:\n\tdef f(self, a='''\n#: one'''):\n\t\tself.x = 1\n",
	    "class A:\n\tdef f(self, *, a='''\n#: one'''):\n\t\tself.x = 1\n",
	    "class A:\n\tdef f(self) -> '''\n#: one''':\n\t\tself.x = 1\n",
	    "class A:\n\tdef f(self, *a: '''\n#: one'''):\n\t\tself.x = 1\n",
	};

	start_python();
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		autosource struct source source = {NULL};

		describe(&source, texts[i]);
		ck_assert(
		    !child(child(&source.delineation.module, "A"), "x")->documentation.present);
	}
}
END_TEST

static bool yields(const char *body)
{
	autosource struct source source = {NULL};
	autofree char *text = xasprintf("def f():\n%s", body);

	describe(&source, text);
	return child(&source.delineation.module, "f")->definition->yields;
}

START_TEST(a_generator_is_what_yields_in_its_own_scope)
{
	static const char *const generators[] = {
	    " yield",
	    " x = [(yield)]",
	    " return (yield from x)",
	    " if 0:\n  yield",
	    " def g(a=(yield)): pass",
	    " def g(a: (yield)): pass",
	    " def g() -> (yield): pass",
	    " @(yield)\n def g(): pass",
	    " class A((yield)): pass",
	    " class A(b=(yield)): pass",
	    " @(yield)\n class A: pass",
	    " lambda a=(yield): 0",
	    " [x for x in (yield)]",
	    " x: (yield) = 1",
	    " f'{(yield)}'",
	    " match (yield):\n  case 1: pass",
	    " match 1:\n  case 1 if (yield): pass",
	    " with (yield) as x: pass",
	    " try: pass\n except (yield): pass",
	};
	static const char *const others[] = {
	    " pass",
	    " 'yield'",
	    " def g(): yield",
	    " async def g(): yield",
	    " lambda: (yield)",
	    " class A:\n  def g(self): yield",
	    " x = 1 # yield",
	};

	start_python();
	for (size_t i = 0; i < sizeof(generators) / sizeof(*generators); i++)
		ck_assert_msg(yields(generators[i]), "%s", generators[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!yields(others[i]), "%s", others[i]);
}
END_TEST

/* What data.json would have for x. */
static void add_value(struct str *ret, const char *text)
{
	autosource struct source source = {NULL};

	describe(&source, text);
	str_add_slice(ret, child(&source.delineation.module, "x")->value.json);
}

START_TEST(values_are_json)
{
	static const struct sample cases[] = {
	    {"x = 1", "1"},
	    {"x = 0x_ff", "255"},
	    {"x = 9223372036854775808", "9223372036854775808"},
	    {"x = 1.0", "1.0"},
	    {"x = 1e22", "1e+22"},
	    {"x = .1", "0.1"},
	    {"x = 1e999", "{\"syntax\":\"1e999\",\"area\":[[1,5],[1,9]]}"},
	    {"x = 1j", "{\"syntax\":\"1j\",\"area\":[[1,5],[1,6]]}"},
	    {"x = ...", "{\"syntax\":\"...\",\"area\":[[1,5],[1,7]]}"},
	    {"x = -1", "{\"syntax\":\"-1\",\"area\":[[1,5],[1,6]]}"},
	    {"x = (a)", "{\"syntax\":\"a\",\"area\":[[1,6],[1,6]]}"},
	    {"x = True", "true"},
	    {"x = None", ""},
	    {"x: int", ""},
	    {"x: int = 2", "2"},
	    {"x = (None, [False, 'ä'])", "[null,[false,\"ä\"]]"},
	    {"x = '\\ud800\\x00'", "\"\\uD800\\u0000\""},
	    {"x = b'\\x00it'", "\"\\\\x00it\""},
	    {"x = b\"it's\"", "\"it's\""},
	    {"x, y = 1, 2", "1"},
	    {"y, (x, z) = 1, (2, 3)", "2"},
	    {"[y, x] = 1, 2", "2"},
	    {"y = x = 3", "3"},
	    {"x, y = 1, 2, 3", ""},
	    {"x, *y = 1, 2", ""},
	    {"x, y = *a, 2", ""},
	    {"*x, y = 1, 2", ""},
	    {"x, y = a", ""},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autostr struct str found = STR_INIT;

		add_value(&found, cases[i].text);
		ck_assert_str_eq(str_c(&found), cases[i].expected);
	}
}
END_TEST

/* `x = 0x` and so many digits f. */
static void add_hexadecimal(struct str *ret, int digits)
{
	str_adds(ret, "x = 0x");
	for (int i = 0; i < digits; i++)
		str_addc(ret, 'f');
}

START_TEST(large_integers_are_exact_and_take_no_time)
{
	autostr struct str text = STR_INIT;
	autostr struct str value = STR_INIT;

	start_python();
	add_hexadecimal(&text, 5000); /* more digits than str() gives */
	add_value(&value, str_c(&text));
	ck_assert_uint_eq(value.len, 6021);
	ck_assert_uint_eq(strspn(value.data, "0123456789"), value.len);
	str_truncate(&text, 0);
	str_truncate(&value, 0);
	add_hexadecimal(&text, 1000000);
	add_value(&value, str_c(&text));
	ck_assert(slice_starts(str_slice(&value), SLICE_LITERAL("{\"syntax\":\"0xff")));
}
END_TEST

START_TEST(exports_are_what_constant_statements_leave)
{
	static const struct sample cases[] = {
	    {"", "(none)"},
	    {"__all__ = []", ""},
	    {"__all__ = ['a', 'b']", "a,b,"},
	    {"__all__: list = ('a',)", "a,"},
	    {"__all__: list", "(none)"},
	    {"__all__ = ['a'] + ['b']", "a,b,"},
	    {"__all__ = ['a']\n__all__ += ['b']\n__all__.extend(('c',))", "a,b,c,"},
	    {"__all__ = []\n__all__ += ['b']\n__all__ += []", "b,"},
	    {"__all__ = ['a']\n__all__ += other\n__all__.append('c')\n__all__.remove('a')", "a,"},
	    {"__all__ = ['a']\n__all__ -= ['a']", "a,"},
	    {"__all__ = ['a']\n__all__ = other", "(none)"},
	    {"__all__ = other\n__all__ += ['a']", "(none)"},
	    {"__all__ = ['a', b]", "(none)"},
	    {"__all__ = ['a', *b]", "(none)"},
	    {"__all__ = x = ['a']", "a,"},
	    {"__all__, x = ['a'], 1", "a,"},
	    {"if x:\n\t__all__ = ['a']\nelse:\n\t__all__ += ['b']", "a,b,"},
	    {"def f():\n\t__all__ = ['a']", "(none)"},
	    {"class A:\n\t__all__ = ['a']", "(none)"},
	    {"__all__.extend(['a'])", "(none)"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autosource struct source source = {NULL};
		autostr struct str found = STR_INIT;
		const struct element *module = &source.delineation.module;

		describe(&source, cases[i].text);
		if (!module->has_exported)
			str_adds(&found, "(none)");
		for (const struct text *name = module->exported.first; name; name = name->next)
			str_addf(&found, "%.*s,", (int)name->slice.len, name->slice.data);
		ck_assert_str_eq(str_c(&found), cases[i].expected);
	}
}
END_TEST

START_TEST(a_decorated_definition_begins_at_its_sign)
{
	static const struct {
		const char *text;
		int line, column;
	} cases[] = {
	    {"@a\ndef x(): pass", 1, 1},
	    {"@ a\n\n# b\n@c\ndef x(): pass", 1, 1},
	    {"@(\n# @ no\n\n a)\ndef x(): pass", 1, 1},
	    {"y = '@'\n@(a\n@ b)\ndef x(): pass", 2, 1},
	    {"@\\\na\ndef x(): pass", 1, 1},
	    {"if a:\n\t @b('@')\n\t class x: pass", 2, 3},
	    {"\\\n@a\ndef x(): pass", 2, 1},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		autosource struct source source = {NULL};
		struct point first;

		describe(&source, cases[i].text);
		first = child(&source.delineation.module, "x")->area.first;
		ck_assert_int_eq(first.line, cases[i].line);
		ck_assert_int_eq(first.column, cases[i].column);
	}
}
END_TEST

START_TEST(the_module_is_named_by_its_factor_or_its_file)
{
	static const struct {
		const char *factor, *recorded, *expected;
	} cases[] = {
	    {NULL, "a/b.py", "b"},
	    {NULL, "a.b.pyi", "a.b"},
	    {NULL, ".hidden", ".hidden"},
	    {NULL, "a.d/script", "script"},
	    {"x.y", "a/b.py", "x.y"},
	};

	start_python();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct delineate_options options = {cases[i].factor, cases[i].recorded, NULL};
		autosource struct source source = {parse("x = 1"), {.text = {"", 0}}};
		autoerror struct error *error = NULL;

		ck_ok(delineate_tree(source.tree, &options, &source.delineation, &error), error);
		ck_assert(slice_is(source.delineation.module.identifier, cases[i].expected));
	}
}
END_TEST

START_TEST(what_repeats_without_bound_is_refused)
{
	static const struct delineate_options options = {.recorded = "x.py"};
	autostr struct str text = STR_INIT;
	autosource struct source source = {NULL};
	autoerror struct error *error = NULL;

	start_python();
	for (int i = 0; i < 2000; i++)
		str_addf(&text, "a%d=", i);
	str_adds(&text, "1\n'''");
	for (int i = 0; i < 20000; i++)
		str_adds(&text, "0123456789");
	str_adds(&text, "'''\n");
	source.tree = parse(str_c(&text));
	ck_fails(delineate_tree(source.tree, &options, &source.delineation, &error), error,
	    "larger than 256 MiB");
	ck_assert_int_eq(error->kind, ERROR_INPUT);
}
END_TEST

START_TEST(delineating_leaves_no_object)
{
	static const char text[] = "'''doc \\ud800'''\nx = 0x1" /* a large integer */
				   "00000000000000000000000000000000000000000000000000000000\n"
				   "y = b'bytes', 1.5, 'text', 1j\n"
				   "@a.b\nclass A(B, metaclass=C):\n\tdef f(self, x: int = 1):\n"
				   "\t\tself.z = yield x\n\t\traise E.x('ä')\n";
	size_t before = 0;

	start_python();
	for (int round = 0; round < 50; round++) {
		autosource struct source source = {NULL};

		if (round == 10)
			before = interpreter_blocks();
		describe(&source, text);
	}
	ck_assert_uint_le(interpreter_blocks(), before + 5);
}
END_TEST

SUITE("python/delineate", docstrings_lose_their_indentation_as_pep_257_says,
    docstrings_in_the_notation_form_lose_tabs_and_marks,
    assignments_are_documented_by_the_string_behind_or_comments_above,
    heads_of_definitions_hold_no_comments, a_generator_is_what_yields_in_its_own_scope,
    values_are_json, large_integers_are_exact_and_take_no_time,
    exports_are_what_constant_statements_leave, a_decorated_definition_begins_at_its_sign,
    the_module_is_named_by_its_factor_or_its_file, what_repeats_without_bound_is_refused,
    delineating_leaves_no_object)
