"""--strip-tests, --keep and --no-docs: what is not needed where an application runs."""
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels


class Strip(wheels.Case):
    def tree(self, files, root="in"):
        shutil.rmtree(self.path(root), ignore_errors=True)
        for path, text in files.items():
            self.write(f"{root}/{path}", text)

    def kept(self, *options, source="in"):
        """The directories of tests that the image has."""
        shutil.rmtree(self.path("image"), ignore_errors=True)
        self.result = self.kiln("build", source, "-o", "image", "--strip-tests", *options)
        return sorted(path for path in program.tree(self.path("image"))
                      if os.path.basename(path) in ("test", "tests"))

    def test_tests_are_left_out_and_named(self):
        self.tree({"a/__init__.py": "", "a/tests/__init__.py": "", "a/tests/data/x": "",
                   "a/sub/test/t.py": "import a.tests\n", "tests/t.py": "", "data/tests/x": "",
                   "a/testing/__init__.py": "", "a/test.py": ""})
        self.assertEqual(self.kept("-v"), ["data/tests"])
        for path in ("in/a/tests", "in/a/sub/test", "in/tests"):
            self.assertIn(f"{path}: note: left out: tests, which no other module imports",
                          self.result.stderr)
        self.assertTrue(os.path.exists(self.path("image/a/testing/__init__.py")))
        self.assertTrue(os.path.exists(self.path("image/a/test.py")))
        self.assertIn(" 3 left out", self.result.stderr)

    def test_what_another_module_imports_stays(self):
        for text in ("import a.tests.helper\n", "from a.tests import x\n", "from a import tests\n",
                     "from . import x, tests\n", "from .tests import x\n",
                     "if 1:\n  from . import (\n    x,  # a comment)\n    tests)\n",
                     "x = 1; import a.tests as t\n",
                     "importlib.import_module('a.tests')\n", "from . tests import x\n",
                     "from .\\\n    tests import x\n",
                     "from a import (x, y,\n\ttests as t,\n)\n"):
            with self.subTest(text=text):
                self.tree({"a/__init__.py": "", "a/m.py": text, "a/tests/__init__.py": "",
                           "b/tests/t.py": ""})
                self.assertEqual(self.kept(), ["a/tests"])

    def test_other_words_keep_nothing(self):
        self.tree({"a/__init__.py": "# the tests\ntests = test = 1\n'import tests later'\n",
                   "a/m.py": "from .other import tests\nfrom b import test\nimport tests\n"
                             "import numpy\nnumpy.test()\n", "a/tests/t.py": "import a.tests\n",
                   "a/sub/__init__.py": "",
                   "a/sub/tests/t.py": ""})
        self.assertEqual(self.kept(), [])

    def test_what_kept_tests_import_stays(self):
        self.tree({"a.py": "import p.tests\n", "p/tests/__init__.py": "from q.tests import x\n",
                   "q/tests/__init__.py": "", "r/tests/__init__.py": ""})
        self.assertEqual(self.kept(), ["p/tests", "q/tests"])

    def test_entry_points_and_options_and_documented_names_keep(self):
        self.tree({"a/tests/t.py": "", "b/tests/t.py": "", "c/test/t.py": "", "d/test/t.py": "",
                   "django/test/__init__.py": "", "x/django/tests/__init__.py": "",
                   "a-1.dist-info/entry_points.txt": "[x]\ny = a.tests.t:f\n"})
        self.assertEqual(self.kept("--keep", "c/test", "--keep", "d/*"),
                         ["a/tests", "c/test", "d/test", "django/test"])

    def test_the_documented_names_are_those_of_the_manual(self):
        def between(path, before, after, name):
            with open(os.path.join(tap.ROOT, path), encoding="utf-8") as file:
                return set(re.findall(name, file.read().split(before)[1].split(after)[0]))

        listed = between("docs/formats.rst", "Always kept are", "which their packages",
                         r"``([^`]*)``")
        self.assertEqual(listed, between("src/ship/strip_tests.c", "documented[] = {", "}",
                                         r'"([^"]*)"'))
        self.tree({f"{name}/__init__.py": "" for name in listed} | {"x/tests/__init__.py": ""})
        self.assertEqual(self.kept(), sorted(listed))

    def test_names_are_absolute_at_the_directory_of_a_place(self):
        self.tree({"a/__init__.py": "", "a/tests/t.py": "", "m.py": "import a.tests.t\n",
                   "b/__init__.py": "", "b/a/tests/t.py": ""})
        self.assertEqual(self.kept(source="in=lib/app"), ["lib/app/a/tests"])

    def test_records_agree(self):
        self.wheel("demo", "1.0", wheels.DEMO | {"demo/tests/__init__.py": "", "demo/tests/x": ""})
        self.assertEqual(self.kept(source="demo-1.0-py3-none-any.whl"), [])
        self.assertNotIn("tests", "".join(self.assert_recorded("image", "demo-1.0.dist-info")))

    def test_what_only_looks_like_imports_takes_no_time(self):
        """Each line begins a statement that all the others would continue."""
        for line in ("from \\\n", "#;from a import (#\n", "import test;"):
            self.tree({"m.py": f"r\"\"\"\n{50000 * line}\"\"\"\nimport b.tests\n",
                       "a/tests/t.py": "", "b/__init__.py": "", "b/tests/t.py": ""})
            begin = time.monotonic()
            self.assertEqual(self.kept(), ["b/tests"])
            self.assertLess(time.monotonic() - begin, 20)

    def test_a_real_package_works_without_its_tests(self):
        source = "/usr/lib/python3/dist-packages/jsonschema"
        if not os.path.isdir(os.path.join(source, "tests")):
            self.skipTest("jsonschema with its tests is not installed")
        # Its benchmarks import its tests.
        self.assertEqual(self.kept(source=source), ["jsonschema/tests"])
        self.assertEqual(self.kept("--exclude", "benchmarks", source=source), [])
        self.assertEqual(self.run_python(
            "sys.path.append('/usr/lib/python3/dist-packages')\n"
            "import jsonschema as j; print(j.__file__.endswith('image/jsonschema/__init__.py'))",
            "image"), "True\n")

    def test_no_docs_leaves_out_docstrings(self):
        self.tree({"m.py": "'Doc.'\nassert False\n"})
        self.kiln("build", "in", "-o", "image", "--no-docs")
        self.assertEqual(sorted(os.listdir(self.path("image/__pycache__"))),
                         [os.path.basename(program.cached("m.py", 2))])
        self.assertEqual(self.run_python("import m; print(m.__doc__)", "image", "-OO"), "None\n")


if __name__ == "__main__":
    tap.main()
