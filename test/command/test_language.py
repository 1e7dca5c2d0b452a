"""What sources in the language of Python 3.12 and later define, in all forms of its description."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import judge
import language
import schema
import stubs
import tap
import test_elements

VERSION = "Python %d.%d" % sys.version_info[:2]


class Layout(test_elements.Case):
    def test_elements_do_not_depend_on_layout_and_encoding(self):
        paths = [self.write(f"{name}.py", text) for name, text in language.known().items()]
        if not paths:
            self.skipTest(f"{VERSION} has none of the syntax")
        for seed in range(1, 6):
            with self.subTest(seed=seed):
                self.assertEqual(self.check_rearranged(paths, seed), len(paths))


class Language(stubs.Case):
    def written(self, cases):
        """{name: path} of files with these sources."""
        return {name: self.write(f"{name}.py", text) for name, text in cases.items()}

    def known(self):
        """{name: path} of the cases of this version; the others are skipped."""
        for name in language.unknown():
            with self.subTest(name):
                self.skipTest(f"{VERSION} does not have this syntax")
        return self.written(language.known())

    def test_newer_syntax_is_an_error(self):
        for name, path in self.written(language.unknown()).items():
            with self.subTest(name):
                self.assertFalse(elements.compiles(elements.read(path), path))
                result = self.kiln("delineate", path, status=1)
                self.assertRegex(result.stderr, r"\.py:\d+:\d+: error: ")

    def test_elements_are_those_of_the_tree(self):
        paths = self.known()
        records = dict(elements.described(list(paths.values())))
        for name, path in paths.items():
            with self.subTest(name):
                data = elements.read(path)
                self.assertTrue(elements.compiles(data, path), "not a program")
                self.assertEqual(elements.compare(path, data, records[path]), [])
                self.assertEqual(judge.misplaced(data, records[path]), [])
                places = elements.Boundaries(judge.decode(data))
                self.assertEqual(
                    elements.check_areas(path, records[path]["elements"], places), [])

    @unittest.skipIf(sys.version_info < (3, 12), f"{VERSION} has no type statements")
    def test_a_type_alias_makes_no_generator(self):
        # CPython parses this, but compiles no `yield` in a scope of types.
        path = self.write("m.py", "def f():\n    type A = (yield)\ndef g(): yield\n")
        [(_, record)] = elements.described([path])
        self.assertEqual(["yields" in child[2] for child in record["elements"][1]], [False, True])

    def test_descriptions_are_valid(self):
        if not schema.jsonschema:
            self.skipTest("python3-jsonschema is not installed")
        validator = schema.validators()["description"]
        for path, record in elements.described(list(self.known().values())):
            with self.subTest(os.path.basename(path)):
                validator.validate(record)

    def test_stubs_have_the_same_elements(self):
        paths = list(self.known().values())
        self.assertEqual(self.check(paths, ("--docstrings",), docstrings=True), len(paths))

    def test_a_stub_of_a_stub_is_the_same(self):
        for name, path in self.known().items():
            with self.subTest(name):
                once = self.kiln("delineate", "--format", "stub", path).stdout
                again = self.write(f"again/{name}.pyi", once)
                self.assertEqual(self.kiln("delineate", "--format", "stub", again).stdout, once)


if __name__ == "__main__":
    tap.main()
