"""Figures for docs/benchmarks.rst: `kiln delineate` beside parsing alone and other extractors.

    delineate.py KILN PARSE [--runs N] [--set NAME]... [--directory DIR]

PARSE is test/bench/parse.c, built; CPython's parser is the limit. The sources, copied, are those of
some packages of Debian's standard library, of the whole library without its tests, and with them.
In each round everything runs once, in turn, in one process each, start-up included, into new files
in memory (/dev/shm) by default; what is printed are medians. Peak memory is what wait4() tells;
none is told less than the memory of this process, which is printed at the end. griffe runs twice:
its command, `griffe dump`, with all top-level modules and packages (it finds no sources outside of
packages); and as little of its API as makes a JSON of each source: its visitor, no loader, no
docstring parser, no indentation.
griffe and ctags are left out where they are not installed.
"""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

PYTHON = sys.executable
LIBRARY = sysconfig.get_path("stdlib")
PACKAGES = ("json", "asyncio", "email", "http", "concurrent", "logging", "unittest")
TESTS = {"test", "tests"}
LEFT_OUT = {"__pycache__", "dist-packages", "site-packages"}
SETS = {
    "packages": (PACKAGES, TESTS),
    "library": (("",), TESTS),
    "tests": (("",), set()),
}
TITLES = {
    "packages": "packages: " + ", ".join(PACKAGES),
    "library": "the standard library without its tests",
    "tests": "the standard library with its tests",
}
LIMIT, KILN, DIRECTORY, AST = "parse.c", "kiln, jsonl", "kiln, -o DIR", "ast.parse"
DUMP, VISITOR, CTAGS = "griffe dump", "griffe, visitor", "ctags"

# Both read a list of paths from standard input.
AST_SCRIPT = """
import ast, sys, warnings
warnings.simplefilter("ignore")
for path in sys.stdin.read().splitlines():
    with open(path, "rb") as file:
        source = file.read()
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        pass
"""
GRIFFE_SCRIPT = """
import sys, warnings
from pathlib import Path
from griffe.agents.visitor import patch_ast, visit
warnings.simplefilter("ignore")
patch_ast()
failed = count = 0
with open(sys.argv[1], "w") as output:
    for path in map(Path, sys.stdin.read().splitlines()):
        count += 1
        try:
            print(visit(path.stem, path, path.read_text(encoding="utf8")).as_json(), file=output)
        except Exception:
            failed += 1
if failed > 0.05 * count:
    sys.exit(f"griffe failed for {failed} of {count} sources")
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("parse", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--set", choices=list(SETS), action="append",
                        help="only these sources; repeatable")
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        help="where to work (default: /dev/shm, else the temporary directory)")
    return parser.parse_args()


def sources(roots, left_out):
    """The paths of the sources at or below the roots, which are paths in LIBRARY, sorted."""
    paths = []
    for root in roots:
        for parent, directories, names in os.walk(os.path.join(LIBRARY, root)):
            directories[:] = sorted(set(directories) - LEFT_OUT - left_out)
            paths += [os.path.join(parent, name) for name in names if name.endswith(".py")]
    return sorted(path for path in paths if not os.path.islink(path))


def copy_sources(roots, left_out, tree):
    """Copy sources; the paths of the copies, sorted."""
    copies = {os.path.join(tree, os.path.relpath(path, LIBRARY)): path
              for path in sources(roots, left_out)}
    for copy, path in copies.items():
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(path, copy)
    return sorted(copies)


def count_lines(paths):
    """Lines and bytes of files."""
    lines = size = 0
    for path in paths:
        with open(path, "rb") as file:
            for line in file:
                lines, size = lines + 1, size + len(line)
    return lines, size


def measured(command, list_path, log_path, accepted):
    """Run; (wall seconds, processor seconds, peak memory in bytes)."""
    with open(list_path) as list_file, open(log_path, "w+") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdin=list_file, stdout=subprocess.DEVNULL, stderr=log)
        status, usage = os.wait4(process.pid, 0)[1:]
        wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in accepted:
            log.seek(0)
            sys.exit(f"{command[0]} failed with status {process.returncode}:\n{log.read()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def has_griffe():
    """Whether the interpreter that runs it finds griffe."""
    return subprocess.run([PYTHON, "-I", "-c", "import griffe"], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0


class Bench:
    """One set of sources and what was measured with it."""

    def __init__(self, options, name, work):
        self.options, self.name, self.work, self.outputs = options, name, work, 0
        self.tree, self.list = os.path.join(work, "tree"), os.path.join(work, "list")
        self.paths = copy_sources(*SETS[name], self.tree)
        with open(self.list, "w") as file:
            file.writelines(path + "\n" for path in self.paths)
        self.griffe, self.ctags = has_griffe(), shutil.which("ctags")
        self.figures = {}

    def modules(self):
        """The names of the modules and packages at the top."""
        names = {os.path.relpath(path, self.tree) for path in self.paths}
        return sorted({name.split("/")[0].removesuffix(".py") for name in names
                       if "/" not in name or name.split("/")[0] + "/__init__.py" in names})

    def commands(self):
        """What runs in a round: {name: command}; each has an output of its own."""
        self.outputs += 1
        output = os.path.join(self.work, f"output-{self.outputs}")
        delineate = [self.options.kiln, "delineate", "-j1", "-q", self.tree]
        commands = {
            LIMIT: ["env", "KILN_PARSER=cpython", self.options.parse],
            KILN: [*delineate, "--format", "jsonl", "-o", output + ".jsonl"],
            DIRECTORY: [*delineate, "-o", output],
            AST: [PYTHON, "-I", "-S", "-B", "-c", AST_SCRIPT],
        }
        if self.griffe:
            commands[DUMP] = [PYTHON, "-I", "-B", "-m", "griffe", "dump", "-X", "-L", "CRITICAL",
                              "-s", self.tree, "-o", output + ".dump", *self.modules()]
            commands[VISITOR] = [PYTHON, "-I", "-B", "-c", GRIFFE_SCRIPT, output + ".griffe"]
        if self.ctags:
            commands[CTAGS] = [self.ctags, "--languages=Python", "-f", output + ".tags", "-L",
                               self.list]
        return commands

    def round(self):
        for name, command in self.commands().items():
            # Tests have sources that cannot be parsed, on purpose.
            accepted = (0, 1) if name in (KILN, DIRECTORY) else (0,)
            figures = measured(command, self.list, os.path.join(self.work, "log"), accepted)
            self.figures.setdefault(name, []).append(figures)

    def report(self):
        lines, size = count_lines(self.paths)
        medians = {name: [statistics.median(column) for column in zip(*rounds)]
                   for name, rounds in self.figures.items()}
        limit, kiln = medians[LIMIT], medians[KILN]
        print(f"\n{TITLES[self.name]}\n"
              f"{len(self.paths)} sources, {lines:,} lines, {size / 1e6:.1f} MB, "
              f"medians of {self.options.runs} rounds; seconds")
        print(f"{'':16}{'wall':>9}{'to limit':>10}{'to kiln':>9}{'processor':>11}{'to limit':>10}"
              f"{'to kiln':>9}{'memory':>11}")
        for name, (wall, cpu, memory) in medians.items():
            print(f"{name:16}{wall:9.3f}{wall / limit[0]:10.2f}{wall / kiln[0]:9.2f}"
                  f"{cpu:11.3f}{cpu / limit[1]:10.2f}{cpu / kiln[1]:9.2f}{memory / 1e6:8.1f} MB")


def main():
    options = arguments()
    for name in options.set or SETS:
        with tempfile.TemporaryDirectory(prefix="kiln-bench-", dir=options.directory) as work:
            bench = Bench(options, name, work)
            for _ in range(options.runs):
                bench.round()
            bench.report()
            sys.stdout.flush()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"\nmemory of what measures: {own / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
