"""Reports of kiln and of coverage.py agree on lines and branches, for modules of the standard
library and their tests.

What is known to differ, of coverage.py 6.5: it follows jumps of the bytecode, so that a branch has
more exits where CPython doubled a jump or an expression has several lines; comprehensions, lambdas
and `with` are branches; a docstring behind comments is a statement. It cannot see branches within a
line."""
import ast
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

# Modules that coverage.py does not import itself before it measures.
MODULES = ["bisect", "calendar", "colorsys", "csv", "fractions", "getopt", "heapq", "sched",
           "graphlib", "cmd", "chunk", "nturl2path", "sndhdr"]
TESTS = ["test_bisect", "test_calendar", "test_colorsys", "test_csv", "test_fractions",
         "test_getopt", "test_heapq", "test_sched", "test_graphlib", "test_cmd", "test_sndhdr"]

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
OTHER_BRANCHES = COMPREHENSIONS + (ast.With, ast.AsyncWith, ast.FunctionDef)


def lines_of(tree, kinds):
    """The lines of nodes, and those on which the statements begin that have them."""
    found = set()
    for statement in ast.walk(tree):
        if not isinstance(statement, ast.stmt):
            continue
        for node in ast.walk(statement):
            if isinstance(node, kinds):
                found.add(node.lineno)
                if not hasattr(statement, "body"):
                    found.update((statement.lineno, node.end_lineno))
    return found


def one_liners(tree):
    """The lines of compound statements whose bodies stand behind their heads."""
    return {node.lineno for node in ast.walk(tree)
            if isinstance(getattr(node, "body", None), list) and node.body
            and isinstance(node, ast.stmt) and node.body[0].lineno == node.lineno}


def docstrings(tree):
    """The first lines of docstrings."""
    return {node.body[0].lineno for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and node.body
            and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)}


def branches(found):
    """Of each line with branches: whether its exits were taken, sorted."""
    result = {}
    for key, taken in (("executed_branches", True), ("missing_branches", False)):
        for line, _ in found[key]:
            result.setdefault(line, []).append(taken)
    return {line: sorted(taken) for line, taken in result.items()}


class Agreement(tap.Case):
    def setUp(self):
        super().setUp()
        if subprocess.run([tap.PYTHON, "-c", "import coverage, test"],
                          capture_output=True).returncode:
            self.skipTest("coverage or CPython's tests are not installed")
        for module in MODULES:
            path = os.path.join(tap.LIBRARY, module + ".py")
            if os.path.exists(path):
                shutil.copy(path, self.directory)
        self.tests = [f"test.{name}" for name in TESTS
                      if os.path.exists(os.path.join(tap.LIBRARY, "test", name + ".py"))]

    def run_python(self, *arguments):
        result = subprocess.run([tap.PYTHON, "-B", *arguments], cwd=self.directory,
                                capture_output=True, text=True, timeout=600)
        self.assertEqual(result.returncode, 0, result.stderr)

    def reports(self):
        self.run_python("-m", "coverage", "run", "--branch", "--source", ".", "-m", "unittest",
                        *self.tests)
        self.run_python("-m", "coverage", "json", "-o", "theirs.json")
        self.kiln("run", "--interpreter", tap.PYTHON, "-m", "unittest", *self.tests)
        self.kiln("metrics", ".kiln-capture", "--format", "json", "-o", "ours.json")
        for name in ("theirs.json", "ours.json"):
            with open(self.path(name), encoding="utf-8") as file:
                yield json.load(file)["files"]

    def compare(self, name, theirs, ours):
        with open(self.path(name), encoding="utf-8") as file:
            tree = ast.parse(file.read())
        self.assertEqual(ours["missing_lines"], theirs["missing_lines"])
        executed = set(theirs["executed_lines"])
        self.assertEqual(set(ours["executed_lines"]) - executed, set())
        self.assertLessEqual(executed - set(ours["executed_lines"]), docstrings(tree))
        theirs, ours = branches(theirs), branches(ours)
        self.assertLessEqual(set(theirs) - set(ours), lines_of(tree, OTHER_BRANCHES))
        self.assertLessEqual(set(ours) - set(theirs), one_liners(tree))
        inner = lines_of(tree, COMPREHENSIONS) | one_liners(tree)
        for line in sorted(set(ours) - inner):
            with self.subTest(line=line):
                self.assertGreaterEqual(len(theirs[line]), len(ours[line]))
                self.assertEqual(all(ours[line]), all(theirs[line]))
                self.assertEqual(any(ours[line]), any(theirs[line]))

    def test_lines_and_branches_are_those_of_coverage_py(self):
        theirs, ours = self.reports()
        for name in sorted(ours):
            with self.subTest(name=name):
                self.compare(name, theirs[name], ours[name])
        self.assertGreater(len(ours), 8)


if __name__ == "__main__":
    tap.main()
