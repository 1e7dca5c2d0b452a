"""Stubs compile and have the elements of their sources."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import program
import stub_cases
import stubs
import tap

LIBRARY = tap.LIBRARY
PACKAGES = ("json", "asyncio", "email", "unittest", "typing.py", "dataclasses.py", "enum.py",
            "functools.py")

class Stubs(stubs.Case):
    def test_of_the_library_have_the_same_elements(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        self.assertEqual(self.check(paths), len(paths))

    def test_of_the_library_have_the_same_docstrings(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        self.assertEqual(self.check(paths, ("--docstrings",), docstrings=True), len(paths))

    def test_of_difficult_sources_have_the_same_elements(self):
        for name, text in stub_cases.CASES.items():
            path = self.write(f"cases/{name}.py", text)
            refused = name in stub_cases.REFUSED and sys.version_info >= stub_cases.REFUSED[name]
            self.assertEqual(elements.compiles(elements.read(path), path), not refused, name)
            if refused:
                continue
            for number, options in enumerate(((), ("--docstrings",), ("--no-defaults",),
                                              ("--docstrings", "--no-defaults"))):
                with self.subTest(name=name, options=options):
                    self.assertEqual(self.check_into(f"{name}-{number}", path, options), [])

    def check_into(self, name, path, options):
        """What is wrong with the stub of one source."""
        made = self.path(name + ".pyi")
        self.kiln("delineate", "--format", "stub", *options, path, "-o", made)
        wrong = self.compile(path, made)
        if wrong:
            return wrong + elements.read(made).decode().splitlines()
        records = dict(elements.described([path, made]))
        comparison = stubs.Comparison(records[path], records[made], "--docstrings" in options,
                                      "--no-defaults" not in options)
        bindings = stubs.compare_bindings(elements.read(path), elements.read(made))
        return comparison.compare() + bindings


class Text(program.Case):
    """What a stub is, to the letter."""

    def stub(self, text, *options):
        path = self.write("m.py", text)
        return self.kiln("delineate", "--format", "stub", *options, path).stdout

    def test_values_make_types(self):
        self.assertEqual(self.stub("a = 1\nb = 'x'\nc = None\nd = f()\n"),
                         "from _typeshed import Incomplete\na: int\nb: str\nc: Incomplete | None\n"
                         "d: Incomplete\n")

    def test_nothing_gives_nothing(self):
        for text in ("", "# comment\n", "print()\n", "'docstring'\n"):
            self.assertEqual(self.stub(text), "")

    def test_docstrings_and_defaults_are_options(self):
        text = "def f(a, b=1, *, c: int = 2):\n    'does'\nx: int = 3\n"
        self.assertEqual(self.stub(text), "def f(a, b=1, *, c: int = 2): ...\nx: int = 3\n")
        self.assertEqual(self.stub(text, "--no-defaults"),
                         "def f(a, b=..., *, c: int = ...): ...\nx: int = ...\n")
        self.assertEqual(self.stub(text, "--docstrings"),
                         "def f(a, b=1, *, c: int = 2):\n    'does'\n    ...\nx: int = 3\n")

    def test_strings_that_name_attributes_are_no_types(self):
        text = ("import collections\nP = collections.namedtuple('P', ['first', 'last'])\n"
                "if __name__ == '__main__':\n    first, last = input(), 1\n"
                "class A:\n    __slots__ = ('first', 'last')\n")
        self.assertEqual(self.stub(text), "from _typeshed import Incomplete\nimport collections\n"
                         "P = collections.namedtuple('P', ['first', 'last'])\n"
                         "class A:\n    __slots__ = ('first', 'last')\n"
                         "    first: Incomplete\n    last: Incomplete\n")

    def test_names_in_slots_are_attributes(self):
        text = ("class A:\n    __slots__ = ('a', 'b', '__dict__', 'a')\n"
                "    def __init__(self) -> None: self.b = 1\n")
        self.assertEqual(self.stub(text), "from _typeshed import Incomplete\n"
                         + text.replace("self.b = 1", "...") + "    b: int\n    a: Incomplete\n")
        for slots in ("'a'", "['a']", "{'a': 'what, it is'}", "(\n  # of\n  'a',  # it\n)",
                      "'a', f()"):
            with self.subTest(slots=slots):
                self.assertIn("    a: Incomplete\n", self.stub(f"class A: __slots__ = {slots}\n"))
        for slots in ("f('a')", "'a b'", "('a',) + b", "('a' 'b',)", "''", "()", "(f'a',)"):
            with self.subTest(slots=slots):
                self.assertNotIn("Incomplete", self.stub(f"class A: __slots__ = {slots}\n"))
        self.assertNotIn("Incomplete", self.stub(
            "class A: a: int\nclass B(A): __slots__ = 'a'\n"))
        self.assertEqual(self.stub("__slots__ = 'a'\n"), "__slots__ = 'a'\n")

    def test_total_ordering_adds_comparisons(self):
        methods = ("class A:\n    def __gt__(self, other: 'A') -> bool: ...\n"
                   "    @abstractmethod\n    def __le__(self, other: int) -> str: ...\n")
        for head in ("import functools as f\n@f.total_ordering\n",
                     "from functools import total_ordering as f\n@f\n"):
            with self.subTest(head=head):
                self.assertEqual(
                    self.stub(head + methods),
                    head + methods + "    def __lt__(self, other: int) -> str: ...\n"
                    "    def __ge__(self, other: int) -> str: ...\n")
                self.assertNotIn("def", self.stub(head + "class A: __lt__ = f\n"))
                self.assertNotIn("def", self.stub(head + "class A: ...\n"))
                self.assertNotIn("__ge__", self.stub(
                    "class B:\n    def __ge__(self, x): ...\n" + head
                    + methods.replace("A:", "A(B):")).partition("class A")[2])
        for head in ("from x import total_ordering\n@total_ordering\n", "",
                     "from .functools import total_ordering\n@total_ordering\n",
                     "import functools.total_ordering\n@functools.total_ordering\n"):
            with self.subTest(head=head):
                self.assertNotIn("__lt__", self.stub(head + methods))

    def test_what_a_class_bound_before_is_not_of_the_module(self):
        text = ("class A:\n    @property\n    def name(self): ...\n    @name.setter\n"
                "    def name(self, value): ...\n")
        self.assertEqual(self.stub(text + "for name in input(): pass\ndel name\n"), text)
        self.assertEqual(self.stub("class A:\n    x: name\n    name: int\n"
                                   "for name in input(): pass\ndel name\n"),
                         "from _typeshed import Incomplete\nclass A:\n    x: name\n"
                         "    name: int\nname: Incomplete\n")

    def test_all_of_other_modules_is_a_tuple_as_there(self):
        found = self.tree({
            "p/__init__.py": "from . import a, b\n__all__ = b.__all__ + a.__all__\n",
            "p/a.py": "__all__ = ['x']\nx = 1\n",
            "p/b.py": "from . import c\n__all__ = c.__all__ + ('y',)\ny = 1\n",
            "p/c.py": "__all__ = ('z',)\nz = 1\n"})
        self.assertIn('__all__ = ("z", "y", "x")\n', found["p/__init__.py"])
        self.assertIn('__all__ = ("z", "y")\n', found["p/b.py"])
        self.assertIn('__all__ = ["x"]\n', found["p/a.py"])

    def test_classes_that_stay_abstract_say_so(self):
        base = ("class A(ABC):\n    @abstractmethod\n    def f(self): ...\n"
                "    @property\n    @abstractmethod\n    def g(self): ...\n")
        head = "from abc import ABC, abstractmethod\n"
        written = "from abc import ABCMeta\nfrom abc import ABC\nfrom abc import abstractmethod\n"
        for source, stub in (
                ("class B(A): ...\n", "class B(A, metaclass=ABCMeta): ...\n"),
                ("class B(A[int]): ...\n", "class B(A[int], metaclass=ABCMeta): ...\n"),
                ("class B(A):\n    g: int\n", "class B(A, metaclass=ABCMeta):\n    g: int\n"),
                ("class B(A):\n    f: int\nclass C(A):\n    g: int\nclass D(B, C): ...\n",
                 "class B(A, metaclass=ABCMeta):\n    f: int\n"
                 "class C(A, metaclass=ABCMeta):\n    g: int\nclass D(B, C): ...\n")):
            self.assertEqual(self.stub(head + base + source), written + base + stub)
        for source in ("class B(A):\n    f: int\n    g: int\n",
                       "class B(A):\n    @abstractmethod\n    def h(self): ...\n"):
            self.assertNotIn("ABCMeta", self.stub(head + base + source))
        for source in ("class B(A, metaclass=M): ...\n", "class B(B): ...\n"):
            self.assertNotIn("ABCMeta", self.stub(head + base + source))
        self.assertNotIn("ABCMeta", self.stub(
            head + base.replace("(ABC)", "(X)") + "class B(A): ...\n"))

    def test_fields_are_not_bound_before_methods(self):
        text = ("import socket\nclass A:\n    def f(self, family=socket.AF_INET): ...\n"
                "    socket: int\n")
        source = text.replace("...", "self.socket: int = 1").replace("    socket: int\n", "")
        self.assertEqual(self.stub(source), text)

    def test_properties_by_calls_may_have_accessors(self):
        self.assertEqual(self.stub("class A:\n    x = property(lambda self: 1)\n"
                                   "    @x.setter\n    def x(self, value): self.y = value\n"),
                         "from _typeshed import Incomplete\n"
                         "class A:\n    @property\n    def x(self): ...\n    @x.setter\n"
                         "    def x(self, value): ...\n    y: Incomplete\n")

    def test_aliases_keep_their_values_by_any_name_of_their_type(self):
        text = ("from typing_extensions import TypeAlias as _TypeAlias\n"
                "A: _TypeAlias = dict[str, 'A']\n")
        self.assertEqual(self.stub(text), text)
        self.assertEqual(self.stub(text, "--no-defaults"), text)

    def test_arms_stay_where_they_are(self):
        self.assertEqual(
            self.stub("import sys\nif sys.platform == 'a':\n    def f(): pass\nelif True: pass\n"
                      "else:\n    if c: d = 1\n    e = 1\nif c: d = ''\n"),
            "from _typeshed import Incomplete\nimport sys\nif sys.platform == 'a':\n"
            "    def f(): ...\nelif True:\n    pass\nelse:\n"
            "    e: int\nd: Incomplete\n")

    def test_imports_of_the_package_are_public(self):
        self.assertEqual(
            self.stub("import os, sys\nimport re\nfrom enum import Enum\nfrom typing import Any\n"
                      "from .core import main, old as new\nfrom . import sub\n"
                      "def f(a: 're.Pattern', b=os.sep): ...\n__all__ = ['Any']\n"),
            "import os\nimport re\nfrom typing import Any\nfrom .core import main as main\n"
            "from .core import old as _new\nnew = _new\nfrom . import sub as sub\n"
            "def f(a: 're.Pattern', b=os.sep): ...\n__all__ = [\"Any\"]\n")

    def test_a_name_is_declared_once(self):
        self.assertEqual(
            self.stub("try: complex\nexcept NameError: complex = float\n"
                      "from .a import _\ndef _(s): ...\n"
                      "try:\n    def f(x): ...\nexcept E:\n    def f(y: int): ...\n"
                      "if c: x = 1\nelse: x: str = ''\n"
                      "class A: ...\nA = None\n"),
            "from .a import _ as _\ndef f(y: int): ...\nx: str = ''\nclass A: ...\n")

    def test_annotations_of_fields_stay_apart(self):
        self.assertEqual(
            self.stub("from dataclasses import dataclass, field\nimport attr\n"
                      "from typing import NamedTuple\n@dataclass\nclass A:\n    x: int\n"
                      "    y: list = field(default_factory=list)\n    z = 3\n"
                      "    def f(self) -> None: self.w = 1\n"
                      "@attr.s\nclass B:\n    x = attr.ib(default=1)\n    y = 2\n"
                      "class C(NamedTuple):\n    x: int = 1\n", "--no-defaults"),
            "from typing import ClassVar\nfrom dataclasses import dataclass\n"
            "from dataclasses import field\nimport attr\nfrom typing import NamedTuple\n"
            "@dataclass\nclass A:\n    x: int\n    y: list = field(default_factory=list)\n"
            "    z: ClassVar[int]\n    def f(self) -> None: ...\n    @property\n"
            "    def w(self) -> int: ...\n    @w.setter\n    def w(self, value: int) -> None: ...\n"
            "@attr.s\nclass B:\n    x = attr.ib(default=1)\n    y: int\n"
            "class C(NamedTuple):\n    x: int = ...\n")

    def test_what_makes_fields_is_found_in_the_source(self):
        for head in ("from typing import dataclass_transform\n@dataclass_transform()\n"
                     "def make(c): return c\n@make\nclass A:\n",
                     "import typing as t\n@t.dataclass_transform()\nclass Base: ...\n"
                     "class A(Base):\n",
                     "import typing as t\n@t.dataclass_transform()\nclass Meta(type): ...\n"
                     "class A(metaclass=Meta):\n",
                     "import attr\n@attr.s(auto_attribs=True)\nclass A:\n",
                     "from attrs import define as d\n@d\nclass A:\n"):
            with self.subTest(head=head):
                self.assertIn("    x: ClassVar[int]\n", self.stub(head + "    x = 1\n"))

    def test_enumerations_are_found_by_what_they_derive_from(self):
        for base in ("enum.Enum", "E", "Own", "Other", "metaclass=Meta"):
            with self.subTest(base=base):
                found = self.stub("import enum\nfrom enum import Enum as E, EnumMeta as Meta\n"
                                  "class Own(E): ...\nOther = Own\n"
                                  f"class A({base}):\n    RED = 1\n    A = B = C | RED\n",
                                  "--no-defaults")
                self.assertIn("    RED = 1\n    A = ...\n    B = ...\n", found)
        self.assertIn("    RED: int\n", self.stub("class Enum: ...\nclass A(Enum): RED = 1\n"))
        self.assertIn("class A(IntEnum):\n    X = 1\n", self.stub(
            "from enum import IntEnum, _simple_enum\n@_simple_enum(IntEnum)\nclass A: X = 1\n"))

    def test_generators_and_overloads(self):
        self.assertEqual(self.stub("async def f() -> X:\n    yield 1\nasync def g(): ...\n"),
                         "def f() -> X: ...\nasync def g(): ...\n")
        overloads = ("if TYPE_CHECKING:\n    @overload\n    def f(a: int): ...\n"
                     "    @overload\n    def f(a: str): ...\n")
        self.assertEqual(self.stub(overloads + "def f(a): return a\n"), overloads)

    def test_properties(self):
        self.assertEqual(
            self.stub("class A:\n    @property\n    def p(self: 'A') -> int: ...\n"
                      "    def get(self: 'A') -> int: ...\n    def set(self, v: str): ...\n"
                      "    x = property(get, fset=set)\n    y = property(lambda s: 1, None, get)\n"
                      "    z = p\n    def m(a): ...\n    m = staticmethod(m)\n"),
            "class A:\n    @property\n    def p(self: 'A') -> int: ...\n"
            "    def get(self: 'A') -> int: ...\n    def set(self, v: str): ...\n"
            "    @property\n    def x(self: 'A') -> int: ...\n    @x.setter\n"
            "    def x(self, value: str): ...\n    @property\n    def y(self): ...\n"
            "    @y.deleter\n    def y(self): ...\n    @property\n"
            "    def z(self: 'A') -> int: ...\n    @staticmethod\n    def m(a): ...\n")

    def test_aliases_keep_their_values(self):
        text = ("N = int | float\nY = N\nX = list[int]\nA: TypeAlias = 'N'\nT = NewType('T', int)\n"
                "V = TypeVar('V')\nF: Final = 3\nE = Enum('E', 'a b')\nC: 'Final' = 'x'\n")
        self.assertEqual(self.stub(text, "--no-defaults"), text)
        self.assertEqual(self.stub("import re\nF = re.A | re.B\nP = namedtuple('Q', 'a')\n"),
                         "from _typeshed import Incomplete\nF: Incomplete\n"
                         "P = namedtuple('P', 'a')\n")

    def test_exports_are_those_of_the_run(self):
        for text, expected in {
                "__all__ = ()\n": "__all__: tuple[str, ...] = ()\n",
                "__all__ = ['a'] * 0\n": "# __all__ is not constant.\n",
                "__all__ = []\n": "__all__: list[str] = []\n",
                "__all__ = ('a',)\na = 1\n": "__all__ = (\"a\",)\na: int\n",
                "__all__ = ['a', 'b']\n__all__.append('c')\n__all__.remove('b')\n":
                "__all__ = [\"a\", \"c\"]\na: Incomplete\nc: Incomplete\n",
                "__all__ = ['a']\n__all__.append('__all__')\na = 1\n":
                "__all__ = [\"a\", \"__all__\"]\na: int\n",
                "__all__ = ['a']\n__all__ += x()\na = 1\n":
                "__all__ = [\"a\"]  # and what is not constant\na: int\n",
                "__all__ = tuple(['a']) + ('b',)\na = b = 1\n":
                "__all__ = (\"a\", \"b\")\na: int\nb: int\n",
                "import sys\n__all__ = ('a',)\nif sys.platform == 'b': __all__ += ('b',)\n"
                "a = b = 1\n":
                "import sys\n__all__: tuple[str, ...] = (\"a\",)\nif sys.platform == 'b':\n"
                "    __all__ += (\"b\",)\na: int\nb: int\n",
                "import sys\n__all__ = ['a']\nif sys.platform == 'b': __all__ += ['b']\n"
                "else: __all__.remove('a')\na = b = 1\n":
                "import sys\n__all__ = [\"a\"]\nif sys.platform == 'b':\n    __all__ += [\"b\"]\n"
                "else:\n    __all__.remove(\"a\")\na: int\nb: int\n"}.items():
            with self.subTest(text=text):
                self.assertEqual(
                    self.stub(text).removeprefix("from _typeshed import Incomplete\n"), expected)

    def tree(self, files):
        for path, text in files.items():
            self.write("in/" + path, text)
        self.kiln("delineate", "--format", "stub", "in", "-o", "out")
        return {path: program.read(self.path("out", path + "i")).decode() for path in files}

    def test_exports_of_other_modules_of_the_tree_are_known(self):
        found = self.tree({
            "p/__init__.py": "from . import a\nfrom .b import *\n"
                             "__all__ = a.__all__ + b.__all__ + ['sub', 'own']\n",
            "p/a.py": "from p import b as c\n__all__ = ['x', *c.__all__]\nx = 1\n",
            "p/b.py": "__all__ = ['y']\ny = 1\n",
            "p/sub.py": "from . import loop\n__all__ = loop.__all__\n",
            "p/loop.py": "from . import sub\n__all__ = ['z'] + sub.__all__\n"})
        self.assertIn('__all__ = ["x", "y", "y", "sub", "own"]\n', found["p/__init__.py"])
        self.assertIn('__all__ = ["x", "y"]\n', found["p/a.py"])
        self.assertIn("# __all__ is not constant.\n", found["p/loop.py"])

    def test_exports_are_imported_under_other_names(self):
        found = self.tree({
            "p/__init__.py": "from .a import __all__ as a_all\nfrom p.b import __all__\n"
                             "__all__ = a_all + __all__ + ('y',)\ny = 1\n",
            "p/a.py": "__all__ = ('x',)\nx = 1\n", "p/b.py": "__all__ = ['z']\nz = 1\n"})
        self.assertIn('__all__ = ("x", "z", "y")\n', found["p/__init__.py"])
        self.assertNotIn("import __all__", found["p/__init__.py"])

    def test_submodules_that_are_exported_are_imported(self):
        found = self.tree({"p/__init__.py": "__all__ = ['sub', 'other']\n", "p/sub.py": ""})
        self.assertEqual(found["p/__init__.py"],
                         "from _typeshed import Incomplete\n__all__ = [\"sub\", \"other\"]\n"
                         "from . import sub as sub\nother: Incomplete\n")

    def test_a_package_imports_what_the_tree_lacks(self):
        files = {"p/__init__.py": "from . import native\n__all__ = [\"native\"]\n"}
        files["0/__init__.py"] = files["p/__init__.py"]
        self.assertEqual(self.tree(files), files)

    def test_objects_of_classes_have_their_type(self):
        found = self.tree({"p/__init__.py": "", "p/a.py": "class A(dict): ...\ndef f(): ...\n",
                           "p/b.py": "from .a import A, f\nclass B: ...\na = A()\nb = B()\n"
                                     "c = f()\nd = dict()\n"})
        self.assertIn("a: A\nb: B\nc: Incomplete\nd: dict\n", found["p/b.py"])

    def test_classes_of_other_modules_are_abstract(self):
        found = self.tree({
            "p/__init__.py": "",
            "p/a.py": "import abc\nclass A(metaclass=abc.ABCMeta):\n    @abc.abstractmethod\n"
                      "    def f(self): ...\n    def g(self): ...\nclass M: f = 1\n"
                      "class P(Protocol):\n    @abc.abstractmethod\n    def f(self): ...\n",
            "p/b.py": "from .a import A as B, M, P\nclass C(B): ...\nclass N(M, B): ...\n"
                      "class Q(P): ...\nclass R(P, Protocol): ...\n",
            "p/c.py": "from . import b\nimport p.b\nimport p.b as x\nfrom .b import *\n"
                      "class D(b.C): ...\nclass E(p.b.C): ...\nclass F(x.C[int]): ...\n"
                      "class G(C): ...\nclass H(b.C):\n    f = 1\nclass I(H): ...\n"
                      "class J(D): ...\nclass K(M, D): ...\nclass L(b.N): ...\n",
            "p/d.py": "from .e import E\nclass D(E): ...\n",
            "p/e.py": "from .d import D\nclass E(D): ...\nclass F(b.C): ...\n"})
        names = [re.search(r"class (\w+)", line)[1] for text in found.values()
                 for line in text.splitlines() if "metaclass=ABCMeta" in line]
        self.assertEqual(names, ["C", "Q", "D", "E", "F", "G", "J"])
        self.assertIn("class F(x.C[int], metaclass=ABCMeta): ...\n", found["p/c.py"])

    def test_names_are_imported_from_where_others_of_the_package_get_them(self):
        found = self.tree({
            "p/__init__.py": "",
            "p/a.py": "from os import sep\nimport json as j\nfrom typing import *\n"
                      "from enum import Enum\nclass C: ...\n",
            "p/b.py": "from .a import sep, j\ndef f(a=sep): ...\n",
            "p/c.py": "from .a import *\nclass C(Enum): ...\n",
            "p/d.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING: from .a import C as k\n"
                      "import q.r as s, p.n as o\n",
            "p/e.py": "from .d import k\ndef f(a: k): ...\n",
            "p/f.py": "if TYPE_CHECKING: from .a import sep\n",
            "p/g.py": "from .f import sep\ndef f(a: sep): ...\n"})
        self.assertEqual(found["p/g.py"], "from os import sep as sep\ndef f(a: sep): ...\n")
        self.assertIn("import p.n as _o\no = _o\n", found["p/d.py"])
        self.assertEqual(found["p/e.py"], "from p.a import C as k\ndef f(a: k): ...\n")
        self.assertEqual(found["p/b.py"], "from os import sep as sep\nimport json as _j\n"
                                          "j = _j\ndef f(a=sep): ...\n")
        self.assertEqual(found["p/c.py"],
                         "from enum import Enum as Enum\nfrom .a import *\nclass C(Enum): ...\n")

    def test_names_that_are_gone_are_not_written(self):
        self.assertEqual(
            self.stub("a = b = c = 1\ndel a, c\nc = ''\ntry: pass\nexcept E as e: pass\n"
                      "if __name__ == '__main__':\n    import os\n    d = 1\nelse: f = 1\n"),
            "b: int\nc: str\nf: int\n")

    def test_names_that_are_mentioned_are_bound(self):
        self.assertEqual(
            self.stub("for i in x:\n    def f(a=i): ...\ntry: pass\nexcept E as e:\n"
                      "    def g(a=e): ...\ndef h(): ...\n@h\ndef k(): ...\ndel h, f\n"
                      "with x as (y, [*z]): pass\nwhile w := x(): pass\nclass A:\n"
                      "    def f(self) -> None:\n        from re import Match\n"
                      "        self.m: Match = x\n"),
            "from _typeshed import Incomplete\ni: Incomplete\ne: Incomplete\n"
            "def g(a=e): ...\ndef h(): ...\n@h\ndef k(): ...\ny: Incomplete\nz: Incomplete\n"
            "w: Incomplete\nclass A:\n    def f(self) -> None: ...\n    m: Match\n"
            "from re import Match\n")
        self.assertEqual(
            self.stub("import os, re, abc\ndef f(a=f'{os.sep:#x}' F'{re!r}', b='abc',"
                      " *, c=rf''): ...\n"),
            "import os\nimport re\n"
            + "def f(a=f'{os.sep:#x}' F'{re!r}', b='abc', *, c=rf''): ...\n")

        text = "from a import b, c\nd: \"dict['b', '''list[\\\"c\\\"]''']\"\n"
        self.assertEqual(self.stub(text), text.replace("b, c", "b\nfrom a import c"))

    def test_types_in_comments_count(self):
        found = self.stub(
            "import t\nfrom t import L, M, N\na = ()  # type: L[str, ...]\nb = None  # type: M\n"
            "c = (1)  #type: t.D['N', t.C[[], x | y]]  # z\nd = [\n]  # type: list[int]\n"
            "class A:\n    def f(self):\n        self.x = None  # type: L\n"
            "class B(NamedTuple):\n    y = 1  # type: L\n")
        self.assertEqual(
            found, "import t\nfrom t import L\nfrom t import M\nfrom t import N\n"
            "a: L[str, ...]\nb: M\nc: t.D['N', t.C[[], x | y]]\nd: list[int]\nclass A:\n"
            "    def f(self): ...\n    x: L\nclass B(NamedTuple):\n    y = 1\n")
        found = self.stub("from t import TypeVar\nT = TypeVar('T')\nclass A:\n"
                          "    def f(self, a: T): self.x = 1  # type: T\nclass B(G[T]):\n"
                          "    def f(self): self.y = 1  # type: T\n")
        self.assertIn("    y: T\n", found)
        self.assertNotIn("    x: T\n", found)
        for comment in ("ignore", "int, str", "a list", "int]", "[int", "", "1 2", "f(x)", "'a",
                        "a.", "|", "int |"):
            with self.subTest(comment=comment):
                self.assertIn("a: int", self.stub(f"a = 1  # type: {comment}\n"))

    def test_abstract_members_are_those_of_protocols_and_of_the_library(self):
        for text in ("from t import Protocol\nclass P(Protocol):\n    x: int\nclass {}(P{}): ...\n",
                     "from typing import Mapping\nclass {}(Mapping[str, int]{}): ...\n",
                     "import collections.abc\nclass {}(collections.abc.Sized{}): ...\n",
                     "from collections import abc as c\nclass {}(c.Iterable{}): ...\n"):
            with self.subTest(text=text):
                found = self.stub(text.format("A", ""))
                self.assertIn(text.format("A", ", metaclass=ABCMeta").splitlines()[-1], found)
        for text in ("class P(Protocol):\n    x: int = 1\nclass A(P): ...\n",
                     "from x import Mapping\nclass A(Mapping): ...\n",
                     "from typing import Sized, Hashable\nclass A(Sized):\n"
                     "    def __len__(self): ...\n",
                     "from typing import List\nclass A(List): ...\n"):
            with self.subTest(text=text):
                self.assertNotIn("ABCMeta", self.stub(text))

    def test_fields_implement_protocols(self):
        text = "class P(Protocol):\n    x: int\n    def f(self) -> None: ...\n"
        self.assertEqual(
            self.stub("from t import Protocol\n" + text
                      + "class A(P):\n    def __init__(self, x: int): self.x = x\n"),
            "from t import Protocol\n" + text
            + "class A(P):\n    def __init__(self, x: int): ...\n    x: int\n")

    def test_bases_are_what_type_checkers_see(self):
        found = self.stub(
            "from abc import ABC, abstractmethod\nfrom typing import TYPE_CHECKING\n"
            "class A(ABC):\n    @abstractmethod\n    def f(self): ...\n"
            "if TYPE_CHECKING:\n    B = A\nelse:\n    B = object\nclass C(B): ...\n")
        self.assertIn("class C(B, metaclass=ABCMeta): ...\n", found)
        found = self.tree({"p/a.py": "class A(ABC):\n    @abstractmethod\n    def f(self): ...\n",
                           "p/b.py": "from .a import A\nif TYPE_CHECKING:\n    B = A\nelse:\n"
                                     "    B = object\nclass C(B): ...\n"})
        self.assertIn("class C(B, metaclass=ABCMeta): ...\n", found["p/b.py"])

    def test_assertions_about_the_platform_stay(self):
        text = ("import sys\nassert sys.platform == 'win32'\nfrom ctypes import windll as windll\n"
                "assert not sys.version_info < (3, 8)\ndef f(): ...\n")
        self.assertEqual(self.stub(text), text)
        self.assertEqual(
            self.stub("import sys\nassert sys.maxsize > 1 and f()\nif f():\n"
                      "    assert sys.platform == 'a'\nclass A:\n    assert sys.platform == 'a'\n"
                      "def f(): assert True\n"),
            "class A: ...\ndef f(): ...\n")

    def test_an_arm_is_not_empty(self):
        self.assertEqual(
            self.stub("import sys\nif sys.platform == 'a': __all__ = f()\nelse: __all__ = g()\n"
                      "x = 1\n"),
            "import sys\nif sys.platform == 'a':\n    # __all__ is not constant.\n    pass\n"
            "else:\n    # __all__ is not constant.\n    pass\nx: int\n")

    def test_a_module_whose_name_has_another_value_is_imported_as_it_stands(self):
        self.assertEqual(self.stub("import os\nimport os.path\nos = f(os)\n"),
                         "import os\nimport os.path\n")

    def test_comments_that_silence_type_checkers_stay(self):
        self.assertEqual(
            self.stub("from a import b  # type: ignore\nx: b = 1  # noqa # type:ignore[misc] # x\n"
                      "@b  # type: ignore[a]\ndef f(  # type: ignore[override]\n"
                      "    a: B[\n  C,  # D\n ]=1): ...\n"
                      "class A(b):  # type: ignore\n    y: int = '# type: ignored'\n"),
            "from a import b  # type: ignore\nx: b = 1  # type:ignore[misc]\n"
            "@b  # type: ignore[a]\ndef f(a: B[C,] = 1): ...  # type: ignore[override]\n"
            "class A(b):  # type: ignore\n    y: int = '# type: ignored'\n")

    def test_what_cpython_could_not_read_is_refused(self):
        deep = "".join(" " * depth + f"class A{depth}:\n" for depth in range(99))
        self.stub(deep + " " * 99 + "x = 1\n")
        self.write("m.py", deep + " " * 99 + "class B: x = 1\n")
        result = self.kiln("delineate", "--format", "stub", "m.py", status=1)
        self.assertIn("m.py:100: error: 'x' is nested too deeply for an interface", result.stderr)
        brackets = "[" * 199 + "\n" + "]" * 199
        self.write("m.py", f"x: {brackets}\n")
        result = self.kiln("delineate", "--format", "stub", "m.py", status=1)
        self.assertIn("m.py:1: error: 'x' is nested too deeply for an interface", result.stderr)

    def test_an_interface_is_its_own_stub(self):
        text = "import a as a\ndef f(x: int = ...) -> None: ...\nclass A:\n    x: int\n"
        self.write("m.pyi", text)
        self.assertEqual(self.kiln("delineate", "--format", "stub", "m.pyi").stdout, text)

    def test_a_stub_of_a_stub_is_the_same(self):
        for name, text in stub_cases.CASES.items():
            with self.subTest(name=name):
                once = self.stub(text, "--docstrings")
                self.write("again.pyi", once)
                twice = self.kiln(
                    "delineate", "--format", "stub", "--docstrings", "again.pyi").stdout
                self.assertEqual(twice, once)

    def test_an_interface_stands_for_its_source(self):
        self.write("in/m.py", "def f(a): ...\n")
        self.write("in/m.pyi", "def f(a: int): ...\n")
        self.write("in/sub/n.py", "x = 1\n")
        self.kiln("delineate", "--format", "stub", "in", "-o", "out")
        self.assertEqual(program.read(self.path("out/m.pyi")), b"def f(a: int): ...\n")
        self.assertEqual(program.read(self.path("out/sub/n.pyi")), b"x: int\n")

    def test_other_encodings_become_utf_8(self):
        self.write("m.py", "# coding: latin-1\ndef f(a='ä'): 'ö'\n".encode("latin-1"))
        found = self.kiln("delineate", "--format", "stub", "--docstrings", "m.py").stdout
        self.assertEqual(found, "def f(a='ä'):\n    'ö'\n    ...\n")

    def test_several_sources_need_a_directory(self):
        self.write("a.py")
        self.write("b.py")
        self.kiln("delineate", "--format", "stub", "a.py", "b.py", status=2)


if __name__ == "__main__":
    tap.main()
