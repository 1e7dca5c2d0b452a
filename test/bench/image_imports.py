"""Figures for docs/benchmarks.rst: how long a large package takes to be imported from an image.

    image_imports.py KILN [--package NAME] [--rounds N]

The package is one of Debian's. The environment that its image is compared with is a copy of its
sources with the bytecode that compileall writes, as pip leaves it; both are in the page cache. In
each round a new process imports the package from each, in turn; what is printed are medians of the
time of the import alone.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

PACKAGES = "/usr/lib/python3/dist-packages"
IMPORT = ("import sys, time\nsys.path.insert(0, sys.argv[1])\nbegin = time.perf_counter()\n"
          "__import__(sys.argv[2])\nprint(time.perf_counter() - begin)\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--package", default="pygments.lexers.python")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    top = options.package.partition(".")[0]
    work = tempfile.mkdtemp(prefix="kiln-bench-")
    try:
        source = os.path.join(PACKAGES, top)
        environment = os.path.join(work, "environment")
        shutil.copytree(source, os.path.join(environment, top),
                        ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run([sys.executable, "-m", "compileall", "-q", environment], check=True)
        places = {"environment": environment}
        for layout in ("source", "bytecode"):
            places["directory, " + layout] = os.path.join(work, layout)
            places["zip, " + layout] = os.path.join(work, layout + ".zip")
            for form in ("directory, ", "zip, "):
                subprocess.run([options.kiln, "build", "-q", "--layout", layout, source, "-o",
                                places[form + layout]], check=True)
        taken = {name: [] for name in places}
        for _ in range(options.rounds):
            for name, place in places.items():
                result = subprocess.run(
                    [sys.executable, "-I", "-S", "-B", "-c", IMPORT, place, options.package],
                    check=True, capture_output=True, text=True)
                taken[name].append(float(result.stdout))
        first = statistics.median(taken["environment"])
        for name, times in taken.items():
            median = statistics.median(times)
            print(f"{name:22} {1000 * median:8.2f} ms  {median / first:6.3f}")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
