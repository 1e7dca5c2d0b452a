#include "delineation/stub.h"

#include "support.h"

static const struct stub_options usual = {.defaults = true};

static void check(const char *text, const struct stub_options *options, const char *expected)
{
	autostr struct str stub = STR_INIT;
	autodescribed struct described described = {.tree = NULL};
	struct stub_source source = {.delineation = &described.delineation, .shown = "source.py"};

	describe_interface(&described, "source.py", text);
	ck_assert_int_eq(stub_add(&source, options, &stub, NULL), 0);
	ck_assert_str_eq(str_c(&stub), expected);
}

START_TEST(signatures_are_those_of_the_source)
{
	check("def f(a, /, b: int, c=(x := 1), *d, e: str = (yield), **g) -> (\n h): pass\n",
	    &usual,
	    "from _typeshed import Incomplete\nx: Incomplete\n"
	    "def f(a, /, b: int, c=(x := 1), *d, e: str = (yield), **g) -> h: ...\n");
	check("def f(a, /, *, b): pass\ndef g(a, /): pass\nasync def h(*, a): pass\n", &usual,
	    "def f(a, /, *, b): ...\ndef g(a, /): ...\nasync def h(*, a): ...\n");
	check("def f() -> [\n a, # b\n]: pass\n", &usual, "def f() -> ([\n a, # b\n]): ...\n");
}
END_TEST

START_TEST(defaults_and_docstrings_are_optional)
{
	static const char text[] = "'''About.'''\nx: int = 1\nclass A:\n\t'a' 'b'\n"
				   "\tdef f(self, b=2):\n\t\t('c'\n'd')\n";
	static const struct stub_options without = {.defaults = false};
	static const struct stub_options with = {.defaults = true, .docstrings = true};

	check(text, &without, "x: int = ...\nclass A:\n    def f(self, b=...): ...\n");
	check(text, &with,
	    "'''About.'''\nx: int = 1\nclass A:\n    ('a' 'b')\n    def f(self, b=2):\n"
	    "        ('c'\n'd')\n        ...\n");
}
END_TEST

START_TEST(conditions_that_type_checkers_decide_stay)
{
	check("import sys\nif sys.platform == 'a':\n\tx: int\n\tif b:\n\t\ty: int\n"
	      "elif not TYPE_CHECKING:\n\tz: int\nelse:\n\tdef f(): pass\n"
	      "if sys.version_info[:2] < (3, 9) or True: pass\nelse: u: int\ntry:\n\tv: int\n"
	      "finally:\n\tpass\n",
	    &usual,
	    "import sys\nif sys.platform == 'a':\n    x: int\n    y: int\nelif not TYPE_CHECKING:\n"
	    "    z: int\nelse:\n    def f(): ...\nif sys.version_info[:2] < (3, 9) or True:\n"
	    "    pass\nelse:\n    u: int\nv: int\n");
	check("if sys.platform[:3] == 'win': a: int\nelif x < sys.version_info: b: int\n"
	      "elif 1 < sys.version_info < 2: c: int\nelif True and d: d: int\n",
	    &usual, "a: int\nb: int\nc: int\nd: int\n");
}
END_TEST

START_TEST(data_have_the_types_that_values_tell)
{
	check("from __future__ import annotations\na = 1\nb = 'x'\nc = f()\nd = None\n"
	      "T = TypeVar('T')\nU = t.Optional[int]\nV = os.environ\nW = os.environ['x']\n"
	      "class E(enum.Enum):\n\tone = 1\n\tdef f(self):\n\t\tself.g = 1.5\n",
	    &usual,
	    "from __future__ import annotations\nfrom _typeshed import Incomplete\na: int\nb: str\n"
	    "c: Incomplete\nd: Incomplete | None\nT = TypeVar('T')\nU = t.Optional[int]\nV = "
	    "os.environ\n"
	    "W: Incomplete\nclass E(enum.Enum):\n    one = 1\n    def f(self): ...\n"
	    "    g: Incomplete\n");
}
END_TEST

SUITE("delineation/stub", signatures_are_those_of_the_source, defaults_and_docstrings_are_optional,
    conditions_that_type_checkers_decide_stay, data_have_the_types_that_values_tell)
