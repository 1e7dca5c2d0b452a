"""Figures for docs/benchmarks.rst: `kiln build` of a product beside find and compileall.

    product.py KILN [--modules N] [--rounds N] [--memory N]... [--directory DIR] [--part PART]...

A project of N generated modules, 100 in a directory, is built in memory (/dev/shm) by default. In
each round everything of a part runs once, in turn; what is printed are medians of whole processes,
start-up included. `find` looks for what is newer than a file that was made last, a stat(2) for each
entry: of the sources and images, which a build looks at, too; of the whole product, with its units;
of the sources alone. Memory is the coordinating process's own peak (VmHWM), as seen last before it
ended.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PYTHON = sys.executable
PARTS = ("current", "delineated", "full", "memory")
DELINEATED = 600
FORMATS = "http://if.fault.io/factors/python\n\tmodule.py psf-v3\n"
MODULE = '''"""Module {number} of a product, as long as many are."""
import os
from collections import namedtuple

Entry = namedtuple("Entry", "name size owner")
LIMIT = {number}


class Table{number}:
    """Entries by name."""

    def __init__(self, root, *, limit=LIMIT):
        self.root, self.limit, self.entries = root, limit, {{}}

    def add(self, name, size=0, owner=None):
        """Add an entry; the entry."""
        if len(self.entries) >= self.limit:
            raise ValueError(f"more than {{self.limit}} entries")
        entry = self.entries[name] = Entry(name, size, owner or "nobody")
        return entry

    def total(self):
        return sum(entry.size for entry in self.entries.values())


def read(root):
    table = Table{number}(root, limit=LIMIT + 1000)
    for name in sorted(os.listdir(root)):
        path = os.path.join(root, name)
        table.add(name, os.path.getsize(path))
    return table
'''


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--modules", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--memory", type=int, action="append",
                        help="modules to show memory for; repeatable")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this; repeatable")
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        help="where to work (default: /dev/shm, else the temporary directory)")
    return parser.parse_args()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def make_product(root, count):
    """A product with a project of modules."""
    project = os.path.join(root, "bench")
    os.makedirs(os.path.join(root, ".product"))
    os.makedirs(os.path.join(project, ".project"))
    write(os.path.join(project, ".project", "f-identity"),
          "bench http://example.net/bench factors/polynomial-1\n")
    write(os.path.join(project, ".project", "polynomial-1"), FORMATS)
    for number in range(count):
        directory = os.path.join(project, f"p{number // 1000}", f"d{number // 100 % 10}")
        if number % 100 == 0:
            os.makedirs(directory)
        write(os.path.join(directory, f"module_{number}.py"), MODULE.format(number=number))


def own_peak(pid):
    """The peak memory of a process in bytes, None if it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


class Bench:
    def __init__(self, options, work, count):
        self.options, self.work, self.count = options, work, count
        self.product, self.cache = os.path.join(work, "product"), os.path.join(work, "cache")
        self.stamp = os.path.join(work, "stamp")
        make_product(self.product, count)

    def command(self, *more, product=None):
        return [self.options.kiln, "build", "-q", "--cache", self.cache, *more,
                product or self.product]

    @staticmethod
    def run(command):
        """Seconds."""
        begun = time.perf_counter()
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True,
                       env=os.environ | {"SYSTEMCONTEXT": ""})
        return time.perf_counter() - begun

    def rounds(self, steps, rounds=None):
        """Seconds of each step, a name, a command and what to do before: {name: median}."""
        figures = {name: [] for name, _, _ in steps}
        for _ in range(rounds or self.options.rounds):
            for name, command, prepare in steps:
                if prepare:
                    prepare()
                figures[name].append(self.run(command))
        return {name: statistics.median(times) for name, times in figures.items()}

    def print(self, title, figures, base=None):
        print(f"\n{title}")
        for name, seconds in figures.items():
            ratio = f"{seconds / figures[base]:9.2f}" if base else ""
            print(f"  {name:46}{1000 * seconds:10.1f} ms{ratio}")
        sys.stdout.flush()

    def settle(self, *more):
        """Build until nothing new is to be recorded."""
        for _ in range(2):
            self.run(self.command(*more))
            time.sleep(0.1)
        write(self.stamp, "")

    def finds(self, images):
        """Steps that look at a product built with images in this directory."""
        sources, images = os.path.join(self.product, "bench"), os.path.join(self.product, images)
        return [(f"find, {name}", ["find", *roots, "-newer", self.stamp], None)
                for name, roots in (("sources and images", (sources, images)),
                                    ("the whole product", (self.product,)),
                                    ("the sources", (sources,)))]

    def current(self):
        self.settle()
        figures = self.rounds([
            *self.finds(".images"), ("kiln build, nothing to do", self.command(), None),
            ("kiln build -j1, nothing to do", self.command("-j1"), None)])
        self.print(f"{self.count} modules, nothing to do", figures, "find, sources and images")
        self.settle("-O")
        figures = self.rounds([("kiln build -O, nothing to do", self.command("-O"), None)])
        figures |= self.rounds([
            ("kiln build after kiln build -O", self.command(), None),
            ("kiln build -O after kiln build", self.command("-O"), None)])
        self.print(f"{self.count} modules, all images in the cache", figures)

    def delineated(self):
        self.settle("--mode", "delineation")
        figures = self.rounds([
            *self.finds(".delineated"),
            ("kiln build --mode delineation, nothing to do", self.command("--mode", "delineation"),
             None)])
        self.print(f"{self.count} modules, delineated images", figures, "find, sources and images")

    @staticmethod
    def clear(*paths):
        for path in paths:
            shutil.rmtree(path, ignore_errors=True)

    def unbuild(self):
        """Only sources are left."""
        self.clear(os.path.join(self.product, ".images"), os.path.join(self.product, ".kiln-build"))

    def full(self):
        plain, copy = os.path.join(self.work, "plain"), os.path.join(self.work, "copy")
        shutil.copytree(os.path.join(self.product, "bench"), plain)

        def uncompiled():
            for parent, directories, _ in os.walk(plain):
                if "__pycache__" in directories:
                    shutil.rmtree(os.path.join(parent, "__pycache__"))

        def unbuilt(cache=()):
            self.unbuild()
            self.clear(*cache)

        def copied():
            self.clear(copy)
            shutil.copytree(self.product, copy,
                            ignore=shutil.ignore_patterns(".images", ".kiln-build"))

        steps = [
            ("compileall -j2", [PYTHON, "-I", "-m", "compileall", "-q", "-j2", plain], uncompiled),
            ("kiln build -j1 --no-cache", self.command("-j1", "--no-cache"), unbuilt),
            ("kiln build -j2 --no-cache", self.command("-j2", "--no-cache"), unbuilt),
            ("kiln build -j2, into an empty cache", self.command("-j2"),
             lambda: unbuilt((self.cache,))),
            ("kiln build -j1, clean copy, full cache", self.command("-j1", product=copy), copied),
            ("kiln build -j2, clean copy, full cache", self.command("-j2", product=copy), copied),
        ]
        figures = self.rounds(steps, min(self.options.rounds, 3))
        self.print(f"{self.count} modules, everything to do", figures, "compileall -j2")
        self.clear(plain, copy)

    def peak(self, *more):
        """Peak memory of the coordinating process."""
        process = subprocess.Popen(self.command(*more), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = own_peak(process.pid) or peak
            time.sleep(0.001)
        if process.returncode:
            sys.exit(f"kiln failed with {process.returncode}")
        return peak

    def memory(self):
        self.run(self.command())
        self.unbuild()
        first = self.peak()
        self.settle()
        nothing = self.peak()
        print(f"\n{self.count} modules, memory of the coordinating process\n"
              f"  first build, full cache {first / 1e6:9.1f} MB\n"
              f"  nothing to do {nothing / 1e6:19.1f} MB")
        sys.stdout.flush()


def main():
    options = arguments()
    for part in options.part or PARTS:
        counts = {"delineated": [DELINEATED], "memory": options.memory or [10_000, 100_000]}
        for count in counts.get(part, [options.modules]):
            with tempfile.TemporaryDirectory(prefix="kiln-bench-", dir=options.directory) as work:
                getattr(Bench(options, work, count), part)()


main()
