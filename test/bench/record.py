"""Measure how long `kiln record --format html` takes, and Sphinx for the same packages.

    /usr/bin/python3 -B test/bench/record.py KILN [--runs N] [--sphinx] [--autoapi]

Packages of the standard library, and all of it but its tests, each from its sources to a new site
with a new cache, delineation included; then again when nothing, and when one source changed. The
figures are medians of seconds of the whole command, the processor time, the memory of the largest
process, and the sizes on disk. With --sphinx, Debian's Sphinx documents the same packages with
autodoc, which imports them; with --autoapi with Debian's python3-sphinx-autoapi, which parses them.
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
                             "json"], stderr=subprocess.PIPE, text=True, check=False,
                            env={"PATH": "/usr/bin:/bin", "KILN_CACHE": site + "-cache"})
    seconds = time.perf_counter() - begun
    return seconds, json.loads(result.stderr.splitlines()[-1])


def record_again(kiln, sources, site):
    """The seconds when nothing changed, and when the code of one source did."""
    again, found = record(kiln, sources, site)
    assert found["written"] == 0 and found["cached"] == found["recorded"], found
    with open(os.path.join(sources, "json", "decoder.py"), "a", encoding="utf-8") as file:
        file.write("# More.\n")
    changed, found = record(kiln, sources, site)
    # The page of the source, that of the module, and that of the package which exports it.
    assert found["written"] <= 3 and found["cached"] == found["recorded"] - 1, found
    return again, changed


def measure(kiln, kind, runs, scratch):
    sources, site = os.path.join(scratch, kind), os.path.join(scratch, kind + "-site")
    modules = copy(kind, sources)
    times, found = [], None
    for _ in range(runs):
        shutil.rmtree(site, ignore_errors=True)
        shutil.rmtree(site + "-cache", ignore_errors=True)
        seconds, found = record(kiln, sources, site)
        times.append(seconds)
    whole, index = size(site), size(site, "search")
    again, changed = record_again(kiln, sources, site)
    seconds = statistics.median(times)
    print(f"{kind}: {modules} modules in {seconds:.2f} s ({min(times):.2f} to {max(times):.2f}), "
          f"processor {found['processor']:.2f} s, memory {found['memory'] >> 20} MB, "
          f"site {whole / 1e6:.1f} MB, index {index / 1e3:.0f} kB; nothing changed: {again:.2f} s, "
          f"one source changed: {changed:.2f} s")
    limits = LIMITS[kind]
    kept = [limit is None or value <= limit
            for value, limit in zip((seconds, whole, index, found["memory"]), limits)]
    return seconds, all(kept)


def autodoc_pages(sources):
    """A page that has all modules of the packages."""
    lines = ["Library", "=======", ""]
    for parent, _, names in sorted(os.walk(sources)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(parent, name), sources)[:-len(".py")]
            module = path.replace("/", ".").removesuffix(".__init__")
            if name.endswith(".py") and not module.endswith("__main__"):
                lines += [f".. automodule:: {module}", "   :members:", "   :undoc-members:", ""]
    return "\n".join(lines)


# What is in conf.py, and the front page.
EXTENSIONS = {
    "autodoc": ("extensions = ['sphinx.ext.autodoc', 'sphinx.ext.viewcode']\n", autodoc_pages),
    "autoapi": ("extensions = ['autoapi.extension']\nautoapi_dirs = ['../packages']\n",
                lambda sources: "Library\n=======\n"),
}


def sphinx(scratch, extension):
    """The seconds that Sphinx takes for the packages."""
    docs, built = (os.path.join(scratch, extension + kind) for kind in ("", "-built"))
    os.makedirs(docs)
    config, front = EXTENSIONS[extension]
    for name, text in (("conf.py", config),
                       ("index.rst", front(os.path.join(scratch, "packages")))):
        with open(os.path.join(docs, name), "w", encoding="utf-8") as file:
            file.write(text)
    begun = time.perf_counter()
    subprocess.run(["/usr/bin/sphinx-build", "-q", "-j", "2", docs, built], check=True,
                   stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"Sphinx with {extension}: packages in {seconds:.2f} s, processor so far "
          f"{usage.ru_utime + usage.ru_stime:.0f} s, memory {usage.ru_maxrss >> 10} MB, "
          f"{size(built) / 1e6:.1f} MB")
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kiln")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sphinx", dest="others", action="append_const", const="autodoc",
                        default=[])
    parser.add_argument("--autoapi", dest="others", action="append_const", const="autoapi")
    arguments = parser.parse_args()
    kiln = os.path.abspath(arguments.kiln)
    with tempfile.TemporaryDirectory() as scratch:
        kept = True
        for kind in LIMITS:
            seconds, holds = measure(kiln, kind, arguments.runs, scratch)
            kept = kept and holds
            for other in arguments.others if kind == "packages" else ():
                print(f"That takes {sphinx(scratch, other) / seconds:.0f} times as long")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
