"""Measure how long `kiln record --format html` takes, and Sphinx for the same packages.

    /usr/bin/python3 -I -B test/bench/record.py KILN [--runs N] [--sphinx]

Packages of the standard library, and all of it but its tests, each from its sources to a new site,
delineation included. The figures are medians of seconds of the whole command, the processor time,
the memory of the largest process, and the sizes on disk. With --sphinx, Debian's Sphinx documents
the same packages with autodoc, which imports them.
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

PACKAGES = ("json", "asyncio", "email", "http", "concurrent", "logging", "unittest")
LIBRARY = sysconfig.get_path("stdlib")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "test", "tests", "idlelib", "config-*", "lib2to3",
                                  "site-packages", "dist-packages", "turtledemo", "ensurepip")

# Seconds, bytes of the site, bytes of the search index, bytes of memory.
LIMITS = {"packages": (0.5, 8 << 20, 400_000, 100 << 20), "library": (2.0, None, None, 100 << 20)}


def copy(kind, directory):
    """The sources to document; returns how many modules they are."""
    if kind == "library":
        shutil.copytree(LIBRARY, directory, ignore=LEFT_OUT)
    else:
        for package in PACKAGES:
            shutil.copytree(os.path.join(LIBRARY, package), os.path.join(directory, package),
                            ignore=LEFT_OUT)
    return sum(name.endswith(".py") for _, _, names in os.walk(directory) for name in names)


def size(directory, prefix=""):
    return sum(os.path.getsize(os.path.join(parent, name))
               for parent, _, names in os.walk(directory) for name in names
               if name.startswith(prefix))


def record(kiln, sources, site):
    """The seconds of a run, and what it says of itself."""
    begun = time.perf_counter()
    result = subprocess.run([kiln, "record", sources, "--format", "html", "-o", site, "--log",
                             "json"], stderr=subprocess.PIPE, text=True, check=False)
    seconds = time.perf_counter() - begun
    return seconds, json.loads(result.stderr.splitlines()[-1])


def measure(kiln, kind, runs, scratch):
    sources, site = os.path.join(scratch, kind), os.path.join(scratch, kind + "-site")
    modules = copy(kind, sources)
    times, found = [], None
    for _ in range(runs):
        shutil.rmtree(site, ignore_errors=True)
        seconds, found = record(kiln, sources, site)
        times.append(seconds)
    again, unchanged = record(kiln, sources, site)
    assert unchanged["written"] == 0, unchanged
    whole, index = size(site), size(site, "search")
    seconds = statistics.median(times)
    print(f"{kind}: {modules} modules in {seconds:.2f} s ({min(times):.2f} to {max(times):.2f}), "
          f"processor {found['processor']:.2f} s, memory {found['memory'] >> 20} MB, "
          f"site {whole / 1e6:.1f} MB, index {index / 1e3:.0f} kB; nothing changed: {again:.2f} s")
    limits = LIMITS[kind]
    kept = [limit is None or value <= limit
            for value, limit in zip((seconds, whole, index, found["memory"]), limits)]
    return seconds, all(kept)


def sphinx(scratch):
    """The seconds that Sphinx takes for the packages, with autodoc."""
    sources, docs = os.path.join(scratch, "packages"), os.path.join(scratch, "docs")
    os.makedirs(docs)
    with open(os.path.join(docs, "conf.py"), "w", encoding="utf-8") as file:
        file.write("extensions = ['sphinx.ext.autodoc', 'sphinx.ext.viewcode']\n")
    lines = ["Library", "=======", ""]
    for parent, _, names in sorted(os.walk(sources)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(parent, name), sources)[:-len(".py")]
            module = path.replace("/", ".").removesuffix(".__init__")
            if name.endswith(".py") and not module.endswith("__main__"):
                lines += [f".. automodule:: {module}", "   :members:", "   :undoc-members:", ""]
    with open(os.path.join(docs, "index.rst"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    begun = time.perf_counter()
    subprocess.run(["/usr/bin/sphinx-build", "-q", "-j", "2", docs, os.path.join(scratch, "built")],
                   check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"Sphinx: packages in {seconds:.2f} s, memory {memory >> 10} MB, "
          f"{size(os.path.join(scratch, 'built')) / 1e6:.1f} MB")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kiln")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sphinx", action="store_true")
    arguments = parser.parse_args()
    kiln = os.path.abspath(arguments.kiln)
    with tempfile.TemporaryDirectory() as scratch:
        kept = True
        for kind in LIMITS:
            seconds, holds = measure(kiln, kind, arguments.runs, scratch)
            kept = kept and holds
            if kind == "packages" and arguments.sphinx:
                print(f"Sphinx takes {sphinx(scratch) / seconds:.0f} times as long")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
