"""mypy reads stubs, and checks by them what uses their sources."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import language
import program
import stub_cases
import tap

LIBRARY = tap.LIBRARY
MYPY = "/usr/bin/mypy"

PROGRAM = """\
import sys
from typing import overload
__all__ = ["add", "Shop", "NAME", "first", "late"]
NAME: str = "tea"
try:
    from json import dumps as dump
except ImportError:
    dump = None

def add(a: int, b: int = 1 + \\
        2, *, c: "str | None" = None) -> int:
    return a + b

@overload
def first(a: int) -> int: ...
@overload
def first(a: str) -> str: ...
def first(a): return a

if sys.platform == "win32":
    def late() -> str: return ""
else:
    def late() -> int: return 1

class Shop:
    count = 1
    def __init__(self, name: str) -> None:
        self.name: str = name
        self.open = True

    @property
    def size(self) -> int: return 1

    @size.setter
    def size(self, value: int) -> None: pass

    @staticmethod
    def make(x: int) -> "Shop": return Shop(str(x))
"""

CLIENT = """\
import shop
x: int = shop.add(1, c="a")
y: str = shop.first("a")
z: int = shop.late()
s = shop.Shop.make(1)
s.size = s.count + shop.Shop("a").size
n: str = s.name + shop.NAME
b: bool = s.open
"""

WRONG = {
    "shop.add(1, 2, 3)": "Too many positional arguments",
    "shop.add()": "Too few arguments|Missing positional argument",
    "shop.add('a')": "Argument 1 .* has incompatible type",
    "shop.add(1, d=1)": "Unexpected keyword argument",
    "shop.first(1.5)": "No overload variant",
    "shop.late() + 'a'": "Unsupported operand",
    "shop.Shop()": "Missing positional argument|Too few arguments",
    "shop.Shop('a').missing": "has no attribute",
    "shop.Shop('a').name + 1": "Unsupported operand",
    "shop.Shop('a').size()": "not callable",
    "shop.missing": "has no attribute",
}


GENERIC = """\
from collections.abc import Callable
type Pair[T] = tuple[T, T]
type Make[**P, T: int] = Callable[P, T]

def twice[T](x: T) -> Pair[T]: return x, x
def apply[**P, T](f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return f(*args, **kwargs)

class Box[T: (int, str), *Rest]:
    type Key = int | str
    count = 0
    def __init__(self, thing: T, *rest: *Rest) -> None:
        self.thing = self.other = thing
        self.rest: tuple[*Rest] = rest
    @property
    def first(self) -> T: return self.thing
    def swap[U](self, other: U) -> tuple[U, T]: return other, self.thing
"""

GENERIC_CLIENT = """\
import generic
x: generic.Pair[int] = generic.twice(1)
y: str = generic.apply(str, 1)
box = generic.Box("a", 1, 2.5)
z: str = box.first
r: tuple[int, float] = box.rest
s: tuple[bytes, str] = box.swap(b"")
make: generic.Make[[str], bool] = str.isdigit
n: int = box.count
"""

GENERIC_WRONG = {
    "a: generic.Pair[str] = generic.twice(1)": "[Aa]rgument 1|Incompatible types",
    "generic.apply(len, 1)": "incompatible type",
    "generic.Box(1.5)": "type variable",
    "b: int = generic.Box('a').first": "Incompatible types",
    "generic.Box(1).swap(b'')[0] + 1": "Unsupported operand",
    "c: generic.Make[[int], str]": "bound|subtype",
}


class TypeChecker(program.Case):
    """mypy reads stubs."""

    def setUp(self):
        super().setUp()
        if not os.path.exists(MYPY):
            self.skipTest("mypy is not installed")

    def mypy(self, *arguments):
        """Its messages about errors, which notes are not."""
        result = subprocess.run(
            [MYPY, "--no-site-packages", "--cache-dir", "/dev/null", "--no-error-summary",
             *arguments],
            cwd=self.directory, env=tap.environment(), capture_output=True, text=True, check=False,
            timeout=300)
        self.assertIn(result.returncode, (0, 1, 2), result.stderr)
        self.assertEqual(result.stderr, "")
        return [line for line in result.stdout.splitlines() if ": error: " in line]

    def test_a_client_is_checked_by_the_stub(self):
        self.write("source/shop.py", PROGRAM)
        for options in ((), ("--docstrings",), ("--no-defaults",)):
            with self.subTest(options=options):
                self.kiln("delineate", "--format", "stub", *options, "source/shop.py", "-o",
                          "shop.pyi")
                self.write("client.py", CLIENT)
                self.assertEqual(self.mypy("--platform", "linux", "client.py"), [])
        self.assert_errors("import shop\n", WRONG)

    def assert_errors(self, client, wrong):
        """mypy finds these errors in lines that follow a client's."""
        self.write("client.py", client + "".join(line + "\n" for line in wrong))
        found = self.mypy("--platform", "linux", "client.py")
        for number, (line, text) in enumerate(wrong.items(), client.count("\n") + 1):
            with self.subTest(line=line):
                self.assertTrue([message for message in found
                                 if message.startswith(f"client.py:{number}:")
                                 and re.search(text, message)], found)

    @unittest.skipIf(sys.version_info < (3, 12), "type parameters are of Python 3.12")
    def test_type_parameters_are_checked_by_the_stub(self):
        self.write("source/generic.py", GENERIC)
        for options in ((), ("--no-defaults",)):
            with self.subTest(options=options):
                self.kiln("delineate", "--format", "stub", *options, "source/generic.py", "-o",
                          "generic.pyi")
                self.write("client.py", GENERIC_CLIENT)
                self.assertEqual(self.mypy("--platform", "linux", "client.py"), [])
        self.assert_errors("import generic\n", GENERIC_WRONG)

    def test_names_of_every_platform_are_bound(self):
        self.write("source/part.py",
                   "import sys\nif sys.platform == 'win32':\n    a = 1\n    def f(): ...\n"
                                     "else:\n    a = 2\n    f = None\n")
        self.kiln("delineate", "--format", "stub", "source/part.py", "-o", "part.pyi")
        self.write("client.py", "import part\nprint(part.a, part.f)\n")
        for platform in ("linux", "win32"):
            with self.subTest(platform=platform):
                self.assertEqual(self.mypy("--platform", platform, "client.py"), [])

    def check_client(self, source, client, *options):
        """The errors that mypy finds in the stub of a source and in its client."""
        self.write("source/m.py", source)
        self.kiln("delineate", "--format", "stub", "source/m.py", "-o", "m.pyi")
        self.write("client.py", "import m\n" + client)
        return self.mypy(*options, "client.py", "m.pyi")

    def test_names_of_the_source_do_not_hide_types(self):
        self.assertEqual(self.check_client(
            "class A:\n    def list(self): ...\n    x = []\n    int = 3\n    y = 4\n"
            "    def f(self): self.str = 1; self.z = 'a'\n"
            "def str(): ...\nw = 'a'\nclass Incomplete: ...\nv = unknown()\n",
            "m.A.x.append(m.A.y + m.A.int)\nm.A().z.upper()\nm.w.upper()\nm.v.anything\n"), [])

    def test_names_that_begin_as_none_may_be_more(self):
        self.assertEqual(self.check_client(
            "x = None\nclass A:\n    y = None\n    def f(self): self.z = None\nclass B(A): y = 1\n",
            "a = m.A()\nif m.x is not None: m.x.anything\nif a.y is not None: a.y.anything\n"
            "if a.z is not None: a.z.anything\n", "--warn-unreachable"), [])

    def test_names_with_several_values_may_be_any_of_them(self):
        self.assertEqual(self.check_client(
            "x = 1\nx = 'a'\nclass A:\n    def f(self): self.y = 1\n    def g(self): self.y = "
            "'a'\n",
            "m.x.upper()\n"), [])

    def test_definitions_win_over_values_of_their_name(self):
        self.assertEqual(self.check_client(
            "A = None\nf = None\nclass A: ...\ndef f(a: int) -> int: return a\n",
            "class B(m.A): ...\nx: int = m.f(1)\n"), [])

    def test_stubs_have_no_syntax_error(self):
        names = ("json", "email", "dataclasses.py", "argparse.py", "typing.py", "enum.py")
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in names))
        places = [f"{path}=stub{number}.py" for number, path in enumerate(paths)]
        cases = [self.write(f"cases/case_{name}.py", text)
                 for name, text in stub_cases.CASES.items()
                 if "\\ud8" not in text]
        places += [f"{path}={os.path.basename(path)}" for path in cases]
        places += [self.write(f"cases/{name}.py", text) + f"=language_{name}.py"
                   for name, text in language.known().items()]
        self.kiln("delineate", "--format", "stub", *places, "-o", "out")
        made = sorted(os.listdir(self.path("out")))
        found = self.mypy("--follow-imports", "skip", *(os.path.join("out", name) for name in made
                                                        if name.endswith(".pyi")))
        self.assertGreater(len(made), len(paths))
        self.assertEqual([line for line in found if "syntax" in line.lower()], [])


if __name__ == "__main__":
    tap.main()
