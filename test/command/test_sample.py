"""The sample application and Pygments as an image, which the stock interpreter runs; the README."""
import os
import re
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

SAMPLE = os.path.join(tap.ROOT, "factors", "sample")
PYGMENTS = "/usr/lib/python3/dist-packages/pygments"
RUN = [tap.PYTHON, "-I", "-S", "-B", os.path.join(tap.ROOT, "test", "run_image.py")]


BROKEN = "# Prices.\ndef total(prices):\n    return sum(prices\n"
TEA = """KINDS = {
    "green": 2,
    "black": 3,
}


def price(kind, cups):
    \"\"\"What so many cups cost.\"\"\"
    total = 0
    for _ in range(cups):
        if kind in KINDS:
            total += KINDS[kind]
    return total
"""
TEST_TEA = """from shop.tea import price


def test_price():
    assert price("green", 3) == 6
"""


def sessions(path):
    """The commands that a page shows, with the lines below them: [(command, [line])]."""
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip() for line in file]
    found, is_session = [], False
    for line in lines:
        if line.startswith("    $ "):
            found.append((line[6:], []))
            is_session = True
        elif line.startswith("    "):
            if is_session:
                found[-1][1].append(line[4:])
        elif line:
            is_session = False
    return found


def unnumbered(lines):
    """Lines without the numbers in them, in one order: two streams are read."""
    return sorted(re.sub(r"\d+(\.\d+)?", "N", line) for line in lines)


def contents(directory):
    """The files of a directory, with what is in them."""
    found = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, directory)] = file.read()
    return found


@unittest.skipUnless(os.path.isdir(PYGMENTS), "python3-pygments is not installed")
class Sample(tap.Case):
    def run_image(self, image, site):
        """Run the application of an image: (status, the last line of its output)."""
        result = subprocess.run([*RUN, image, "handbook", site], cwd=self.directory, text=True,
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        lines = result.stdout.splitlines()
        return result.returncode, lines[-1] if lines else result.stderr

    def test_it_runs_from_an_image_without_compiling(self):
        for layout in ("source", "bytecode"):
            with self.subTest(layout=layout):
                self.kiln("build", "--layout", layout, SAMPLE, PYGMENTS, "-o", layout)
                status, last = self.run_image(layout, "site-" + layout)
                self.assertRegex(last, r"^compiled at import: 0 of [1-9][0-9]+ modules$")
                self.assertEqual(status, 0)
        self.assertEqual(contents(self.path("site-source")), contents(self.path("site-bytecode")))

    def test_it_makes_the_site_that_its_sources_make(self):
        self.kiln("build", SAMPLE, PYGMENTS, "-o", "image")
        self.run_image("image", "site")
        program = ("import runpy, sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3];"
                   "runpy.run_module('handbook', run_name='__main__', alter_sys=True)")
        subprocess.run(
            [tap.PYTHON, "-I", "-S", "-B", "-c", program, SAMPLE,
             os.path.dirname(PYGMENTS), "expected"],
            cwd=self.directory, check=True, capture_output=True, timeout=120)
        self.assertIn("index.html", contents(self.path("site")))
        self.assertEqual(contents(self.path("site")), contents(self.path("expected")))

    def test_the_readme_shows_what_its_commands_print(self):
        self.write("src/prices.py", BROKEN)
        self.write("src/other.py", "x = 1\n")
        self.write("src/shop/__init__.py")
        self.write("src/shop/tea.py", TEA)
        self.write("tests/test_tea.py", TEST_TEA)
        os.symlink(os.path.dirname(tap.KILN), self.path("build"))
        os.symlink(os.path.join(tap.ROOT, "factors"), self.path("factors"))
        shown = sessions(os.path.join(tap.ROOT, "README.rst"))
        self.assertGreater(len(shown), 10)
        for command, lines in shown:
            with self.subTest(command=command):
                result = subprocess.run(
                    ["bash", "-c", command], cwd=self.directory, stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                    env=tap.environment(KILN_CACHE=self.path("cache")))
                if lines:
                    self.assertEqual(unnumbered(result.stdout.splitlines()), unnumbered(lines))
                else:
                    self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_module_without_bytecode_would_be_noticed(self):
        self.kiln("build", SAMPLE, PYGMENTS, "-o", "image")
        os.unlink(self.path("image", "handbook", "__pycache__", f"spans.{tap.TAG}.pyc"))
        status, last = self.run_image("image", "site")
        self.assertRegex(last, r"^compiled at import: 1 of [1-9][0-9]+ modules$")
        self.assertEqual(status, 1)

    def test_its_archive_does_not_depend_on_workers_or_place(self):
        os.mkdir(self.path("elsewhere"))
        self.kiln("build", "-j", "1", SAMPLE, PYGMENTS, "-o", "one.tar.zst")
        self.kiln("build", "-j", "4", os.path.relpath(SAMPLE, self.path("elsewhere")), PYGMENTS,
                  "-o", "four.tar.zst", cwd=self.path("elsewhere"))
        made = contents(self.directory)
        self.assertEqual(made["one.tar.zst"], made["elsewhere/four.tar.zst"])

    def test_its_archive_holds_what_the_directory_holds(self):
        self.kiln("build", SAMPLE, PYGMENTS, "-o", "image")
        self.kiln("build", SAMPLE, PYGMENTS, "-o", "image.tar.gz")
        with tarfile.open(self.path("image.tar.gz")) as archive:
            archive.extractall(self.path("extracted"))
        directory = contents(self.path("image"))
        del directory[".kiln"]
        self.assertEqual(contents(self.path("extracted")), directory)


if __name__ == "__main__":
    tap.main()
