"""Figures for docs/benchmarks.rst: kiln beside `python3 -m compileall` and `-m py_compile`.

    compat.py KILN [--runs N] [--files N] [--directory DIR] [SOURCE...]

In each round everything runs once, in turn, in memory (/dev/shm) by default; what is printed are
medians. SOURCEs are the trees that are compiled (by default Debian's standard library), copied.
Nothing is removed before the end: a round needs eight times the size of the sources.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

PYTHON = sys.executable
SOURCES = [sysconfig.get_path("stdlib")]
SMALL = '"""One small file."""\nimport os\n\n\ndef name(path):\n    return os.path.basename(path)\n'
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("sources", nargs="*", default=SOURCES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=10000,
                        help="how many current files are looked at")
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        help="where to work (default: /dev/shm, else the temporary directory)")
    return parser.parse_intermixed_args()


def timed(command, environment):
    """Run; wall seconds. Sources that cannot be compiled are part of a tree."""
    begun = time.perf_counter()
    result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False,
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wall = time.perf_counter() - begun
    if result.returncode not in (0, 1):
        sys.exit(f"{command[0]} failed with status {result.returncode}:\n{result.stderr.decode()}")
    return wall


class Bench:
    def __init__(self, options, work):
        self.options, self.work, self.outputs = options, work, 0
        self.programs = {"kiln": [options.kiln], "python3 -m": [PYTHON, "-m"]}
        self.figures = {}

    def path(self, name):
        return os.path.join(self.work, name)

    def make_current(self):
        """A tree of many small files with their bytecode, by CPython."""
        for number in range(self.options.files):
            directory = self.path(f"current/{number // 100}")
            os.makedirs(directory, exist_ok=True)
            with open(f"{directory}/m{number}.py", "w") as file:
                file.write(f"x = {number}\n")
        timed([PYTHON, "-m", "compileall", "-q", self.path("current")], ENVIRONMENT)

    def make_tree(self):
        for number, source in enumerate(self.options.sources):
            shutil.copytree(source, self.path(f"tree/{number}"), ignore=lambda parent, names: [
                name for name in names if name == "__pycache__"
                or os.path.islink(f"{parent}/{name}") or
                not (name.endswith(".py") or os.path.isdir(f"{parent}/{name}"))])

    def run(self, what, *command):
        """Both programs, each into bytecode directories of its own where it writes any."""
        for name, words in self.programs.items():
            environment = dict(ENVIRONMENT)
            if "-f" in command:
                self.outputs += 1
                environment |= {"PYTHONPYCACHEPREFIX": self.path(f"output-{self.outputs}"),
                                "PYTHONDONTWRITEBYTECODE": "1"}
            times = self.figures.setdefault(what, {}).setdefault(name, [])
            times.append(timed([*words, *command], environment))

    def round(self):
        self.run(f"looking at {self.options.files} current files", "compileall", "-q",
                 self.path("current"))
        self.run("compiling a tree, without -j", "compileall", "-q", "-f", self.path("tree"))
        for workers in ("-j1", "-j2"):
            self.run(f"compiling a tree, {workers}", "compileall", "-q", "-f", workers,
                     self.path("tree"))
        self.run("compiling at three levels, -j1", "compileall", "-q", "-f", "-j1", "-o0", "-o1",
                 "-o2", self.path("tree"))

    def small(self):
        path = self.path("small.py")
        with open(path, "w") as file:
            file.write(SMALL)
        for _ in range(40):
            self.run("py_compile of one small file", "py_compile", path)

    def report(self):
        names = list(self.programs)
        print(f"medians of {self.options.runs} rounds; seconds")
        print(f"{'':36}" + "".join(f"{name:>15}" for name in names) + f"{'ratio':>9}")
        for what, figures in self.figures.items():
            ours, theirs = (statistics.median(figures[name]) for name in names)
            print(f"{what:36}{ours:15.4f}{theirs:15.4f}{theirs / ours:9.2f}")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="kiln-bench-", dir=options.directory) as work:
        bench = Bench(options, work)
        bench.make_current()
        bench.make_tree()
        for _ in range(options.runs):
            bench.round()
        bench.small()
        bench.report()


main()
