"""Elements of real sources are what CPython's ast, tokenize and compile() say."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import tap

LIBRARY = "/usr/lib/python3.11"
PACKAGES = ("json", "asyncio", "email", "http", "concurrent", "logging", "unittest", "typing.py", "dataclasses.py",
            "enum.py", "functools.py")
TESTS = ("test_grammar.py", "test_fstring.py", "test_patma.py", "test_coroutines.py", "test_typing.py",
         "test_unicode_identifiers.py", "test_generators.py", "test_dataclasses.py")


class Elements(elements.Case):
    def test_of_the_library(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        self.assertEqual(self.check(paths), len(paths))

    def test_of_tests_of_the_language(self):
        paths = [os.path.join(LIBRARY, "test", name) for name in TESTS]
        self.check([path for path in paths if os.path.exists(path)])

    def test_of_the_tests_here(self):
        paths = elements.sources(os.path.join(tap.ROOT, "test"), os.path.join(tap.ROOT, "factors"))
        self.check(paths)


if __name__ == "__main__":
    tap.main()
