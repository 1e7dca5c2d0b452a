"""Stubs compile and have the elements of their sources."""
import os
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

    def test_arms_stay_where_they_are(self):
        self.assertEqual(
            self.stub("if a:\n    def f(): pass\nelif b: pass\nelse:\n    if c: import d\n"
                      "    import e\n"),
            "if a:\n    def f(): ...\nelif b:\n    pass\nelse:\n    if c:\n        import d\n"
            "    import e\n")

    def test_an_interface_is_its_own_stub(self):
        text = "import a as a\ndef f(x: int = ...) -> None: ...\nclass A:\n    x: int\n"
        self.write("m.pyi", text)
        self.assertEqual(self.kiln("delineate", "--format", "stub", "m.pyi").stdout, text)

    def test_a_stub_of_a_stub_is_the_same(self):
        for name, text in stub_cases.CASES.items():
            with self.subTest(name=name):
                once = self.stub(text, "--docstrings")
                self.assertEqual(self.stub(once, "--docstrings"), once)

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
