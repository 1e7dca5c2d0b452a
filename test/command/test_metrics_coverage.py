"""Reports of kiln and of coverage.py agree on lines and branches, for modules of the standard
library and their tests. `agreement.py` has what is known to differ."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import agreement
import tap

# Modules that coverage.py does not import itself before it measures.
MODULES = ["bisect", "calendar", "colorsys", "csv", "fractions", "getopt", "heapq", "sched",
           "graphlib", "cmd", "chunk", "nturl2path", "sndhdr"]
TESTS = ["test_bisect", "test_calendar", "test_colorsys", "test_csv", "test_fractions",
         "test_getopt", "test_heapq", "test_sched", "test_graphlib", "test_cmd", "test_sndhdr"]


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

    def test_lines_and_branches_are_those_of_coverage_py(self):
        theirs, ours = self.reports()
        for name in sorted(ours):
            with self.subTest(name=name), open(self.path(name), "rb") as file:
                self.assertEqual(
                    agreement.differences(file.read(), theirs[name], ours[name]), [])
        self.assertGreater(len(ours), 8)


if __name__ == "__main__":
    tap.main()
