"""What kiln says of sources that griffe does not, and that it misses nothing of what griffe finds.

The JSON of griffe 1 differs from that of griffe 0, which is read here.

The table in docs/comparison.rst is what the rows below give; KILN_GOLDEN=update writes it anew.
"""
import collections
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tables
import tap

PYTHON = tap.PYTHON
LIBRARY = tap.LIBRARY
PACKAGES = ("json", "asyncio", "email", "http", "concurrent", "logging", "unittest")
WHAT = "what the description has"

PROPERTY = "class C:\n  @property\n  @d(1)\n  def p(self): ...\n"
SETTER = PROPERTY + "  @p.setter\n  def p(self, v: t = d): 'a'\n"
INIT = "class C:\n  def __init__(self):\n    "
OVERLOADS = """\
from typing import overload
@overload
def f(x: int): ...
@overload
def f(x: str): ...
def f(x): ...
"""
ARMS = "if x:\n  def f(a): ...\n  i = 1\nelse:\n  def f(b): ...\n  i = 2\n"

# (what, (source, a part of it, another part of the same length)...): a description has what the row
# names if it tells the source from that with the other part, for all of them; some of them: partly.
PAIRS = [
    ("bases, annotations, defaults, last lines",
     ("class C(A): ...\n", "A", "B"), ("x: int\n", "int", "str"),
     ("def f(a: int) -> str: ...\n", "int", "str"), ("def f() -> str: ...\n", "str", "int"),
     ("def f(a=b()): ...\n", "b", "c"),
     ("def f():\n  a\n\n  b\n\n", "a\n\n  b\n\n", "a\n\n\n\n  b")),
    ("kinds of parameters, asynchronous functions",
     ("def f(a, /, b): ...\n", "/, b", "b, /"), ("def f(a, *, b): ...\n", "*, b", "/, b"),
     ("async def f(): ...\n", "async def f(): ", "def f():       ")),
    ("imports, with whole paths and stars",
     ("import a.b\n", ".b", ".c"), ("from a import *\n", "a i", "b i"),
     ("from .a import b as c\n", ".a", ".d"), ("from .a import b as c\n", " c", " d")),
    ("docstrings, also of data",
     ("'a'\n", "a", "b"), ("def f(): 'a'\n", "'a'", "'b'"), ("class C: 'a'\n", "a'", "b'"),
     ("x = 1\n'a'\n", "'a'", "'b'")),
    ("decorators of functions and classes",
     ("@d(1)\ndef f(): ...\n", "1", "2"), ("@d(1)\nclass C: ...\n", "1", "2")),
    ("chained targets, data without value", ("a = b = c\n", "b", "d"), ("x: int\n", "x", "y")),
    ("instance attributes assigned in ``__init__``",
     (INIT + "self.a = 1\n", ".a", ".b"), (INIT + "self.a: int\n", "int", "str")),
    ("the same in other methods", (INIT.replace("__init__", "m") + "self.a = 1\n", ".a", ".b")),
    ("``self.a, self.b = ...``", (INIT + "self.a, self.b = c\n", ".a", ".d"),
     (INIT + "self.a, self.b = c\n", ".b", ".d")),
    ("tuple targets", ("a, b = c\n", "b", "d"), ("class C:\n  [a, *b] = c\n", "a,", "d,")),
    ("nested targets", ("a = (b, [d, e]) = c\n", "d", "f"), ("a, (b, d) = c\n", "b", "e")),
    ("overloads", (OVERLOADS, "int", "any"), (OVERLOADS, "str", "any")),
    ("every definition of a name",
     ("def f(a): ...\ndef f(b): ...\n", "a", "c"), ("x = 1\nx = 2\n", "1", "3")),
    ("both arms of conditional definitions",
     (ARMS, "(a", "(c"), (ARMS, "(b", "(c"), (ARMS, "1", "3"), (ARMS, "2", "3")),
    ("that a definition is conditional", ("if x: a = 1\n", "if x: ", "x + 1;")),
    ("class keywords", ("class C(metaclass=M): ...\n", "=M", "=N"),
     ("class C(A, k=1): ...\n", "k", "l")),
    ("decorators of properties", (PROPERTY, "1", "2")),
    ("parameters and documentation of setters",
     (SETTER, "v:", "w:"), (SETTER, "t =", "s ="), (SETTER, "= d", "= e"), (SETTER, "'a'", "'b'")),
    ("exceptions that are raised", ("def f():\n  raise KeyError\n", "KeyError", "EOFError")),
    ("that a function is a generator", ("def f():\n  yield (1)\n", "yield", "print")),
    ("annotations as they are written", ("x: 'int'\n", "'int'", '"int"')),
    ("``:=`` and conversions of f-strings in values",
     ("x = (a := 1)\n", "a :", "b :"), ("x = f'{a!r}'\n", "!r", "!s")),
    ("``__all__ = ...``", ("__all__ = ['a']\n", "'a'", "'b'")),
    ("``__all__ += ...``", ("__all__ = []\n__all__ += ['a']\n", "'a'", "'b'")),
    ("``__all__.extend(...)``", ("__all__ = []\n__all__.extend(['a'])\n", "'a'", "'b'")),
    ("``from . import a``", ("from . import a\n", "t a", "t b")),
    ("docstrings after tuple targets", ("x, y = 1, 2\n'a'\n", "'a'", "'b'")),
    ("``#:`` comments", ("#: a\nx = 1\n", " a", " b")),
    ("columns where elements begin and end",
     ("if x: a = 1\n", " a = 1", "a  = 1"), ("a = 1   \n", " = 1   ", "   = 1 ")),
    ("where parameters, bases, annotations are",
     ("def f(\n  a): ...\n", "\n  a", "a\n  "), ("class C( A): ...\n", " A", "A "),
     ("x: int \n", " int ", "  int")),
    ("lines of each decorator", ("@a\n@b\n\ndef f(): ...\n", "@b\n\n", "\n@b\n")),
    ("sources with a coding cookie or byte order mark",
     (b"# coding: latin-1\nx = '\xe9'\n", b"\xe9", b"\xe8"), (b"\xef\xbb\xbfx = 1\n", b"x", b"y")),
    ("functions and classes inside functions",
     ("def f():\n  def g(): ...\n", "g", "h"), ("def f():\n  class C: ...\n", "C", "D")),
    ("names bound by ``for``, ``with``, ``:=``",
     ("for a in b: ...\n", "a", "c"), ("with b as a: ...\n", "a:", "c:"), ("(a := 1)\n", "a", "b")),
]

# (what, source, a part of the JSON of griffe that has it, one of kiln's)
PARTS = [
    ("strings, numbers and lists as JSON", "x = ['a', 1, [0.5, None, True]]\n",
     {"value": ["a", 1, [0.5, None, True]]}, ["a", 1, [0.5, None, True]]),
    ("the names in ``__all__`` as a list", "__all__ = ['a'] + ['b']\n__all__ = ['c', 'd']\n",
     ["c", "d"], ["c", "d"]),
    ("paths of names in annotations, by imports", "from a.b import C\nx: C\n",
     {"source": "C", "full": "a.b.C"}, {"syntax": "C", "reference": "a.b.C"}),
    ("docstrings parsed by style", '"""A.\n\nParameters:\n    a: B.\n"""\n',
     {"kind": "parameters"}, {"kind": "parameters"}),
]

BROKEN = "x = 1\ndef f(:\n"

# Elements of kiln that may be what griffe calls so.
FUNCTIONS = {"function", "method", "classmethod", "staticmethod", "abstractmethod"}
KINDS = {
    "class": {"class"},
    "function": FUNCTIONS,
    "attribute": {"data", "field", "property", "abstractproperty"},
    "alias": {"import"},
}
# Fewer than there are in the packages.
LEAST = {"module": 90, "class": 300, "function": 2000, "parameter": 4000, "attribute": 1000,
         "alias": 400, "docstring": 900}

PARAMETER_KINDS = {
    "positional-only": "positional-only",
    "positional or keyword": "positional",
    "variadic positional": "vararg",
    "keyword-only": "keyword-only",
    "variadic keyword": "kwarg",
}


def run_griffe(directory, *arguments):
    """Run griffe's command; its result, of texts."""
    return subprocess.run([PYTHON, "-I", "-B", "-m", "griffe", "dump", *arguments], cwd=directory,
                          env=tap.environment(), stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, encoding="utf-8", timeout=600)


def griffe_version():
    """The version of griffe, or None."""
    command = "from importlib.metadata import version; print(version('griffe'))"
    result = subprocess.run([PYTHON, "-I", "-c", command], capture_output=True, check=False,
                            encoding="utf-8")
    return result.stdout.strip() or None


def part_of(part, whole):
    """Whether a JSON value is, or is anywhere within, another; objects may have more keys, 1 is not
    true."""
    if isinstance(part, dict) and isinstance(whole, dict):
        if all(key in whole and same(part[key], whole[key]) for key in part):
            return True
    elif same(part, whole):
        return True
    inner = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()
    return any(part_of(part, one) for one in inner)


def same(a, b):
    """Equal, with equal types."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def row(number, index):
    """The name of the module that has an example of a row."""
    return f"row{number}_{index}"


def word(results):
    """A row's cell: of its examples all, some or none were told apart or found."""
    return "yes" if all(results) else "partly" if any(results) else "no"


VERSION = griffe_version()


@unittest.skipUnless(re.match(r"0\.", VERSION or ""), "griffe 0 is not installed")
class Table(tap.Case):
    """What each has, by rows."""

    def write_pairs(self):
        """Packages `first` and `second`, with a module for each row."""
        for place in ("first", "second"):
            self.write(f"{place}/pack/__init__.py")
        for number, (what, *pairs) in enumerate(PAIRS):
            for index, (source, part, other) in enumerate(pairs):
                self.assertEqual((source.count(part), len(part)), (1, len(other)), (what, source))
                self.write(f"first/pack/{row(number, index)}.py", source)
                self.write(f"second/pack/{row(number, index)}.py", source.replace(part, other))

    def griffe(self, place):
        """griffe's description of a package, full, by the names of modules."""
        result = run_griffe(self.path(place), "-f", "-d", "google", "-s", ".", "pack", "-L",
                            "CRITICAL")
        self.assertEqual(result.returncode, 0, result.stderr)
        members = json.loads(result.stdout)["pack"]["members"]
        return {member["name"]: member for member in members}

    def described(self, place):
        """kiln's descriptions of the modules of a package, by their names."""
        result = self.kiln("delineate", "-q", "--format", "jsonl", "pack", cwd=self.path(place))
        records = map(json.loads, result.stdout.splitlines())
        return {os.path.basename(record["path"]).removesuffix(".py"): record for record in records}

    def rows_of_pairs(self):
        self.write_pairs()
        results = [[read("first"), read("second")] for read in (self.griffe, self.described)]
        for number, (what, *pairs) in enumerate(PAIRS):
            names = [row(number, index) for index in range(len(pairs))]
            yield what, *([first.get(name) != second.get(name) for name in names]
                          for first, second in results)

    def rows_of_parts(self):
        self.write("parts/pack/__init__.py")
        for number, (_, source, *_) in enumerate(PARTS):
            self.write(f"parts/pack/{row(number, 0)}.py", source)
        griffe, kiln = self.griffe("parts"), self.described("parts")
        for number, (what, _, of_griffe, of_kiln) in enumerate(PARTS):
            name = row(number, 0)
            yield what, [part_of(of_griffe, griffe[name])], [part_of(of_kiln, kiln[name])]

    def rows_of_failures(self):
        """What each does with a source that cannot be parsed beside one that can."""
        self.write("broken/pack/__init__.py", "good = 1\n")
        self.write("broken/pack/broken.py", BROKEN)
        griffe = run_griffe(self.path("broken"), "-s", ".", "pack")
        kiln = self.kiln("delineate", "--format", "jsonl", "pack", cwd=self.path("broken"),
                         status=None)
        yield ("where one source cannot be parsed, the others",
               *(['"good"' in run.stdout] for run in (griffe, kiln)))
        yield ("an exit status and a message with its line",
               *([run.returncode != 0, "broken.py:2" in run.stderr] for run in (griffe, kiln)))

    def test_is_that_of_the_page(self):
        rows = [*self.rows_of_pairs(), *self.rows_of_parts(), *self.rows_of_failures()]
        cells = [(what, word(griffe), word(kiln)) for what, griffe, kiln in rows]
        made = tables.text((WHAT, f"griffe {VERSION}", "kiln"), cells)
        current = tables.Table("comparison.rst", WHAT)
        if tables.UPDATE:
            current.replace(made)
            return
        if f"griffe {VERSION} " not in current.text:
            self.skipTest(f"the page is of another version than {VERSION}")
        self.assertEqual(current.text, made)


class Source:
    """A source and kiln's elements of it, by path."""

    def __init__(self, path, record):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.path = path
        self.elements = collections.defaultdict(list)
        self.documented = set()
        self.add(record["elements"], ())

    def add(self, element, path):
        for child in element[1]:
            if child[0] in ("type", "inheritance", "parameter"):
                continue
            inner = (*path, child[2]["identifier"])
            self.elements[inner].append(child)
            self.add(child, inner)
        self.root = element


def lines_of(element):
    """The first and the last line of an element."""
    (first, _), (last, _) = element[2]["area"]
    return first, last


@unittest.skipUnless(re.match(r"0\.", VERSION or ""), "griffe 0 is not installed")
class Completeness(tap.Case):
    """Whatever griffe finds in real sources is among kiln's elements, on the same lines.

    Two exceptions: the lines that griffe gives a property begin with its `def`, not with its
    decorators; those of an instance attribute are of its last assignment in `__init__`, kiln's of
    the first in any method.
    """

    def setUp(self):
        super().setUp()
        self.found = collections.Counter()
        self.exceptions = collections.Counter()
        self.missing = []

    def described(self):
        """kiln's elements of the packages, by the paths of the sources."""
        places = [os.path.join(LIBRARY, package) + "=" + package for package in PACKAGES]
        result = self.kiln("delineate", "-q", "--format", "jsonl", *places)
        records = map(json.loads, result.stdout.splitlines())
        return {os.path.join(LIBRARY, record["path"]): record for record in records}

    def griffe(self):
        """griffe's modules of the packages."""
        result = run_griffe("/", "-s", LIBRARY, "-L", "CRITICAL", *PACKAGES)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout).values()

    def miss(self, source, path, what):
        self.missing.append(f"{source.path}: {'.'.join(path)}: {what}")

    def compare_members(self, member, path, source):
        for child in member["members"]:
            if child["kind"] != "module":
                self.compare(child, (*path, child["name"]), source)

    def matching(self, child, path, source):
        """Elements of kiln of the same name and kind."""
        name = "*" if path[-1].endswith("/*") else path[-1]
        return [element for element in source.elements[(*path[:-1], name)]
                if element[0] in KINDS[child["kind"]]]

    def same_lines(self, child, element, source):
        """Whether an element has griffe's lines, or is an exception; those are counted."""
        wanted = child["lineno"], child["endlineno"]
        first, last = lines_of(element)
        if (first, last) == wanted:
            return True
        if element[0] == "property" and first < wanted[0] and last == wanted[1]:
            self.exceptions["property"] += 1
            return re.match(r"\s*(async )?def ", source.lines[wanted[0] - 1]) is not None
        if element[0] == "field" and first < wanted[0]:
            self.exceptions["field"] += 1
            return f"self.{child['name']}" in "\n".join(source.lines[wanted[0] - 1:wanted[1]])
        return False

    def compare(self, child, path, source):
        self.found[child["kind"]] += 1
        found = self.matching(child, path, source)
        if not found:
            self.miss(source, path, f"no {child['kind']}")
            return
        exact = [element for element in found if self.same_lines(child, element, source)]
        if not exact:
            self.miss(source, path, f"lines {child['lineno']} to {child['endlineno']}")
            return
        if child["kind"] == "function":
            self.compare_function(child, path, source, exact[0])
        if child["kind"] == "class":
            self.compare_class(child, path, source, exact[0])
            self.compare_members(child, path, source)
        self.compare_documentation(child, path, source, exact[0])

    def compare_function(self, child, path, source, element):
        wanted = [(parameter["name"], PARAMETER_KINDS[parameter["kind"]],
                   parameter["annotation"] is not None)
                  for parameter in child["parameters"]]
        found = [(inner[2]["identifier"], inner[2]["kind"], bool(inner[1]))
                 for inner in element[1] if inner[0] == "parameter"]
        self.found["parameter"] += len(wanted)
        if wanted != found:
            self.miss(source, path, f"parameters {wanted}, found {found}")
        self.compare_decorators(child, path, source, element)

    def compare_class(self, child, path, source, element):
        if len(child["bases"]) != len(element[1][0][1]):
            self.miss(source, path, f"bases {child['bases']}")
        self.compare_decorators(child, path, source, element)

    def compare_decorators(self, child, path, source, element):
        if len(child["decorators"]) != len(element[2].get("decorators", ())):
            self.miss(source, path, f"decorators {child['decorators']}")

    def compare_documentation(self, child, path, source, element):
        """A docstring's lines; griffe has those of what kiln says is documented."""
        text = child.get("docstring")
        area = element[2].get("documented")
        if text is None:
            return
        self.found["docstring"] += 1
        if not area or [area[0][0], area[1][0]] != [text["lineno"], text["endlineno"]]:
            self.miss(source, path, f"docstring {text}, found {area}")

    def compare_module(self, module, records):
        path = module["filepath"]
        self.found["module"] += 1
        if path not in records:
            self.missing.append(f"{path}: no description")
            return
        source = Source(path, records[path])
        self.compare_documentation(module, (), source, source.root)
        self.compare_members(module, (), source)
        for child in module["members"]:
            if child["kind"] == "module":
                self.compare_module(child, records)

    def test_of_the_library(self):
        records = self.described()
        for module in self.griffe():
            self.compare_module(module, records)
        self.assertEqual(self.missing, [])
        for kind, least in LEAST.items():
            self.assertGreater(self.found[kind], least, kind)
        self.assertLess(self.exceptions["field"], 50)


if __name__ == "__main__":
    tap.main()
