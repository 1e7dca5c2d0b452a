"""What it costs to build for several CPythons at once.

    pythons.py KILN [--runs N] [--jobs N]

KILN must have others beside it (-Dothers=). Prints medians of RUNS runs, one after the other:

- an image of the older version's standard library for each version alone, and for both: seconds and
  processor seconds, and the ratio of both to the sum;
- one small file for each version alone, and for both with one worker: what starting the other
  executable costs, once, in milliseconds.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

LIBRARIES = os.path.dirname(os.path.dirname(os.__file__))
DIRECTORY = "/dev/shm" if os.path.isdir("/dev/shm") else None


def run(command):
    """Seconds and processor seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    seconds = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(commands, runs):
    """Of each command, which run in turn: the medians of both."""
    taken = [[run(command) for command in commands] for _ in range(runs)]
    return [[statistics.median(row[at][which] for row in taken) for which in range(2)]
            for at in range(len(commands))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--jobs", default="2")
    options = parser.parse_args()
    text = subprocess.run([options.kiln, "--version"], check=True, capture_output=True, text=True)
    versions = re.findall(r"^CPython (\d+\.\d+)", text.stdout, re.MULTILINE)[:2]
    if len(versions) < 2:
        sys.exit("this kiln has one CPython: build it with -Dothers=")
    # Newer versions accept the library of the older one.
    library = os.path.join(LIBRARIES, "python" + min(versions, key=lambda text: int(text[2:])))
    with tempfile.TemporaryDirectory(dir=DIRECTORY) as work:
        small = os.path.join(work, "small.py")
        with open(small, "w", encoding="utf-8") as file:
            file.write("x = 1\n")

        def commands(source, jobs):
            start = [options.kiln, "build", source, "--no-cache", "-j", jobs, "--exclude", "test",
                     "--allow-external-links", "-o", os.path.join(work, "image")]
            return [start + ["--python", wanted] for wanted in [*versions, ",".join(versions)]]

        for name, which in (("seconds", 0), ("processor", 1)):
            one, other, both = (found[which] for found in
                                medians(commands(library, options.jobs), options.runs))
            print(f"library, {name:9}: {versions[0]} {one:.3f} s, {versions[1]} {other:.3f} s, "
                  f"both {both:.3f} s: {both / (one + other):.3f} of the sum")
        one, other, both = (1000 * found[0] for found in
                            medians(commands(small, "1"), 5 * options.runs))
        print(f"one small file: {versions[0]} {one:.1f} ms, {versions[1]} {other:.1f} ms, both "
              f"{both:.1f} ms: the other costs {both - one:.1f} ms")


main()
