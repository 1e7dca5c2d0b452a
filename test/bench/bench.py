"""Figures for docs/benchmarks.rst: kiln beside what it is measured against, in one run.

    bench.py KILN LIMIT UNITS [--runs N] [--directory DIR] [--jobs N] [SOURCE...]

The tree is made of the Python sources below each SOURCE (by default Debian's standard library and
its packages), copied. In each round everything runs once, in turn, into a new directory, in memory
(/dev/shm) by default: ext4 takes longer to create files for minutes after many were deleted.
Nothing is removed before the end; a round needs eight times the size of the sources.
"""
import argparse
import json
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
SOURCES = [sysconfig.get_path("stdlib"), "/usr/lib/python3/dist-packages"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("limit", type=os.path.abspath)
    parser.add_argument("units", type=os.path.abspath)
    parser.add_argument("sources", nargs="*", default=SOURCES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        help="where to work (default: /dev/shm, else the temporary directory)")
    return parser.parse_intermixed_args()


def copy_sources(sources, tree):
    """Copy the *.py files; their paths in the tree, sorted."""
    paths = []
    for number, source in enumerate(sources):
        for parent, directories, names in os.walk(source):
            directories[:] = sorted(set(directories) - {"__pycache__"})
            for name in names:
                path = os.path.join(parent, name)
                if not name.endswith(".py") or os.path.islink(path):
                    continue
                place = os.path.join(str(number), os.path.relpath(path, source))
                os.makedirs(os.path.dirname(os.path.join(tree, place)), exist_ok=True)
                shutil.copyfile(path, os.path.join(tree, place))
                paths.append(place)
    return sorted(paths)


def timed(command, **options):
    """Run; (wall seconds, processor seconds, standard error)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    result = subprocess.run(command, stdin=options.pop("stdin", subprocess.DEVNULL),
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode not in (0, 1):
        sys.exit(f"{command[0]} failed with status {result.returncode}:\n{result.stderr.decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, result.stderr


class Bench:
    def __init__(self, options, work):
        self.options, self.work = options, work
        self.tree = os.path.join(work, "tree")
        self.paths = copy_sources(options.sources, self.tree)
        self.list = os.path.join(work, "list")
        with open(self.list, "w") as file:
            file.writelines(path + "\n" for path in self.paths)
        self.figures, self.memory, self.outputs = {}, 0, 0

    def output(self):
        self.outputs += 1
        return os.path.join(self.work, f"output-{self.outputs}")

    def note(self, name, wall, cpu):
        self.figures.setdefault(name, []).append((wall, cpu))

    def limit(self):
        output = self.output()
        with open(self.list) as list_file:
            self.note("limit", *timed(
                [self.options.limit, self.tree, output, str(self.options.jobs)],
                stdin=list_file)[:2])

    def compileall(self):
        environment = dict(os.environ, PYTHONPYCACHEPREFIX=self.output())
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.note("compileall", *timed(
            [PYTHON, "-m", "compileall", "-q", f"-j{self.options.jobs}", self.tree],
            env=environment)[:2])

    def kiln(self, name, *more):
        wall, cpu, log = timed([self.options.kiln, "build", f"-j{self.options.jobs}", "--log",
                                "json", *more, self.tree, "-o", self.output()])
        self.note(name, wall, cpu)
        summary = json.loads(log.splitlines()[-1])
        self.memory = max(self.memory, summary["memory"])

    def round(self):
        self.limit()
        cache = self.output()
        self.kiln("kiln build, layout bytecode", "--no-cache", "--layout", "bytecode")
        self.kiln("kiln build, layout source", "--no-cache")
        self.kiln("kiln build, into an empty cache", "--cache", cache)
        self.kiln("kiln build, all in the cache", "--cache", cache)
        self.compileall()

    def small(self):
        """Both steps of kiln cc for one small file, beside python3 -m py_compile."""
        source, unit, image = (os.path.join(self.work, name) for name in ("s.py", "s.ast", "s.i"))
        with open(source, "w") as file:
            file.write('"""One small file."""\nimport os\n\n\ndef name(path):\n'
                       '    return os.path.basename(path)\n')
        for _ in range(20):
            first = timed([self.options.kiln, "cc", unit, source])
            second = timed([self.options.kiln, "cc", image, unit, "format", "python.ast"])
            self.note("kiln cc, both steps for a small file", first[0] + second[0],
                      first[1] + second[1])
            self.note("py_compile of it", *timed([PYTHON, "-m", "py_compile", source])[:2])

    def report(self):
        size = sum(os.path.getsize(os.path.join(self.tree, path)) for path in self.paths)
        print(f"{len(self.paths)} sources, {size / 1e6:.1f} MB, {self.options.jobs} workers, "
              f"medians of {self.options.runs} rounds; seconds")
        print(f"{'':40}{'wall':>9}{'to limit':>10}{'processor':>11}{'to limit':>10}")
        base = [statistics.median(column) for column in zip(*self.figures["limit"])]
        for name, pairs in self.figures.items():
            wall, cpu = (statistics.median(column) for column in zip(*pairs))
            if name in ("kiln cc, both steps for a small file", "py_compile of it"):
                print(f"{name:40}{wall:9.4f}{'':10}{cpu:11.4f}")
            else:
                print(f"{name:40}{wall:9.3f}{wall / base[0]:10.3f}{cpu:11.3f}{cpu / base[1]:10.3f}")
        print(f"largest memory of a worker: {self.memory / 1e6:.1f} MB")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="kiln-bench-", dir=options.directory) as work:
        bench = Bench(options, work)
        for _ in range(options.runs):
            bench.round()
        bench.small()
        bench.report()
        print("\nunits, one process, five rounds:", flush=True)
        with open(bench.list) as list_file:
            subprocess.run([options.units, bench.tree], stdin=list_file, check=True)


main()
