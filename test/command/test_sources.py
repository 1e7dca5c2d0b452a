"""The sources keep to the architecture (docs/architecture.rst) and the format."""
import collections
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

# What each folder of src may include beside its own headers, in the order in which they are built:
# no folder includes one that stands behind it, so there is no cycle.
LAYERS = {
    "base": set(),
    "distribution": {"base"},
    "python": {"base"},
    "factor": {"base"},
    "context": {"base"},
    "image": {"base", "distribution"},
    "delineation": {"base", "python", "image"},
    "jobs": {"base"},
    "cache": {"base", "jobs"},
    "html": {"base", "python"},
    "metrics": {"base", "python", "image", "html"},
    "record": {"base", "python", "factor", "image", "delineation", "jobs", "cache", "html",
               "metrics"},
    "build": {"base", "python", "factor", "context", "image", "delineation", "record", "jobs",
              "cache"},
    "inspect": {"base", "distribution", "python", "image"},
    "ship": {"base", "distribution", "python", "image", "delineation", "jobs", "cache", "inspect"},
    "run": {"base", "python", "image", "jobs", "cache"},
    "compileall": {"base", "python", "jobs", "cache"},
    "bazel": {"base", "jobs"},
    "command": {"base", "distribution", "python", "factor", "context", "image", "delineation",
                "jobs", "cache", "html", "metrics", "record", "build", "inspect", "ship", "run",
                "compileall", "bazel"},
}

# The one folder that may include a header of a library.
HEADERS = {"Python.h": "python", "marshal.h": "python",
           "archive.h": "image", "archive_entry.h": "image",
           "openssl/evp.h": "base"}

# The columns of a line, with a tab for eight; and the folders of data, with lines of any length.
COLUMNS = 100
DATA = {"conformance", "corpus", "golden", "__pycache__"}

PRINTING = re.compile(r"\bstdout\b|\b(?:v?printf|puts|putchar|perror)\s*\(")
EXITING = re.compile(r"(?<!\w)(?:_?exit|_Exit|quick_exit|abort)\s*\(")
# A file is opened again when a signal interrupts the call; what follows an open parenthesis may
# stand on the next line.
OPENING = re.compile(r"(?<!\w)(?<!TEMP_FAILURE_RETRY\()open(?:at)?\(")
# Arrays without items may be NULL, which these do not allow: base/array.h.
SORTING = re.compile(r"(?<!\w)(?:qsort|bsearch)\(")
# Where processes end all the same: out of memory; on the way to a program; those that were forked.
# Commands return.
ENDS = {"base/alloc.c": ["_exit(STATUS);"], "base/spawn.c": ["_exit(127);", "_exit(status);"],
        "python/runtime/map.c": ["abort();"], "python/parsers.c": ["abort();"]}


def c_files(*folders):
    """The paths of all C files below folders of the project."""
    for folder in folders:
        for parent, directories, names in os.walk(os.path.join(tap.ROOT, folder)):
            directories[:] = sorted(set(directories) - {"conformance"})  # data, not our code
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.join(parent, name)


def texts():
    """The paths of all that people wrote, in lines that can be wrapped."""
    for folder in ("src", "test", "docs"):
        for parent, directories, names in os.walk(os.path.join(tap.ROOT, folder)):
            directories[:] = sorted(set(directories) - DATA)
            for name in sorted(names):
                if not name.endswith(".json"):  # a string has no line break
                    yield os.path.join(parent, name)
    for name in ("README.rst", "CONTRIBUTING.rst", "meson.build", "bootstrap"):
        yield os.path.join(tap.ROOT, name)


def without_text(code):
    """C code without comments and the content of literals; lines keep their numbers."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda found: "\n" * found[0].count("\n"), code, flags=re.DOTALL)


def layer(path):
    """The folder of src that a file is in."""
    return os.path.relpath(path, os.path.join(tap.ROOT, "src")).split(os.sep)[0]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Sources(unittest.TestCase):
    maxDiff = None

    def assert_absent(self, pattern, paths):
        """No code in the files matches the pattern."""
        found = []
        for path in paths:
            for number, line in enumerate(without_text(read(path)).split("\n"), 1):
                if pattern.search(line):
                    found.append(f"{os.path.relpath(path, tap.ROOT)}:{number}: {line.strip()}")
        self.assertEqual(found, [])

    def test_each_folder_includes_only_what_stands_before_it(self):
        for path in c_files("src"):
            for header in re.findall(r'^#include "([^"]+)"', read(path), re.MULTILINE):
                folder, slash, _ = header.partition("/")
                with self.subTest(path=os.path.relpath(path, tap.ROOT), header=header):
                    self.assertTrue(not slash or folder in ("internal", layer(path))
                                    or folder in LAYERS[layer(path)])

    def test_no_folder_may_include_one_behind_it(self):
        before = set()
        for folder, others in LAYERS.items():
            self.assertLessEqual(others, before, folder)
            before.add(folder)
        self.assertEqual(sorted(before),
                         sorted(entry.name for entry in os.scandir(os.path.join(tap.ROOT, "src"))
                                if entry.is_dir()))

    def test_the_architecture_describes_each_folder_and_names_files_that_are_there(self):
        text = read(os.path.join(tap.ROOT, "docs", "architecture.rst"))
        self.assertEqual(re.findall(r"^``src/(\w+)/``$", text, re.MULTILINE), list(LAYERS))
        paths = set(re.findall(r"``((?:src|test|docs|factors)/[\w/.-]+)``", text))
        self.assertEqual([path for path in sorted(paths)
                          if not os.path.exists(os.path.join(tap.ROOT, path))], [])

    def test_each_library_is_included_in_one_folder(self):
        for path in c_files("src"):
            for header in re.findall(r'^#include [<"]([^>"]+)[>"]', read(path), re.MULTILINE):
                owner = "python" if header.startswith("internal/") else HEADERS.get(header)
                with self.subTest(path=os.path.relpath(path, tap.ROOT), header=header):
                    self.assertIn(owner, (None, layer(path)))

    def test_only_commands_print_to_standard_output(self):
        self.assert_absent(PRINTING, (path for path in c_files("src") if layer(path) != "command"))

    def test_processes_end_in_known_places_only(self):
        found = {}
        for path in c_files("src"):
            ends = [line.strip() for line in without_text(read(path)).split("\n")
                    if EXITING.search(line)]
            if ends:
                found[os.path.relpath(path, os.path.join(tap.ROOT, "src"))] = ends
        self.assertEqual(found, ENDS)

    def test_opening_goes_on_after_a_signal(self):
        found = [os.path.relpath(path, tap.ROOT) for path in c_files("src")
                 if OPENING.search(re.sub(r"\(\s+", "(", without_text(read(path))))]
        self.assertEqual(found, [])

    def test_arrays_may_be_empty(self):
        found = [os.path.relpath(path, tap.ROOT) for path in c_files("src")
                 if SORTING.search(without_text(read(path)))]
        self.assertEqual(found, ["src/base/array.h"])

    def test_ends_of_processes_are_seen(self):
        for call in ("exit(1)", "_exit (1)", "_Exit(1)", "quick_exit(1)", "abort()",
                     "x = y, abort()"):
            self.assertRegex(call, EXITING)
        for other in ("process_end(1)", "on_exit(f)", "an_abort(1)", "pthread_exit(0)",
                      "atexit(f)"):
            self.assertNotRegex(other, EXITING)

    def test_code_is_formatted(self):
        if not shutil.which("clang-format"):
            self.skipTest("clang-format is not installed")
        paths = list(c_files("src", "test"))
        result = subprocess.run(["clang-format", "--dry-run", "--Werror", *paths], cwd=tap.ROOT,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True)
        wrong = re.findall(r"^(.*?:\d+):\d+: error:", result.stderr, re.MULTILINE)
        self.assertEqual([os.path.relpath(place, tap.ROOT) for place in wrong], [])
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_lines_are_short(self):
        found = []
        for path in texts():
            for number, line in enumerate(read(path).split("\n"), 1):
                # A URL cannot be wrapped.
                if len(line.expandtabs(8)) > COLUMNS and not re.fullmatch(r"\W*https?:\S+", line):
                    found.append(f"{os.path.relpath(path, tap.ROOT)}:{number}")
        self.assertEqual(found, [])

    def test_files_are_short(self):
        lines = {path: read(path).count("\n") for path in c_files("src")}
        self.assertEqual({path: count for path, count in lines.items() if count > 600}, {})

    def test_functions_are_short(self):
        long = []
        for path in c_files("src"):
            start = None
            for number, line in enumerate(read(path).split("\n"), 1):
                if line == "{":
                    start = number
                elif line == "}" and start and number - start > 60:
                    long.append(f"{os.path.relpath(path, tap.ROOT)}:{start}")
        self.assertEqual(long, [])

    def test_no_folder_has_a_quarter_of_the_code(self):
        lines = collections.Counter()
        for path in c_files("src"):
            lines[layer(path)] += read(path).count("\n")
        self.assertLess(max(lines.values()), sum(lines.values()) / 4)


if __name__ == "__main__":
    tap.main()
