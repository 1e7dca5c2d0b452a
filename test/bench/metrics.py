"""Measure how long `kiln metrics` takes to add up many captures.

    /usr/bin/python3 -I -B test/bench/metrics.py KILN [--captures N] [--regions N] [--runs N]

Captures of both kinds, texts and maps, of several sources, each read from the page cache, and given
in another order at each run: the reports must be the same bytes. The figures are medians of seconds
of the whole command. The limit is 1 s for 1,000 captures of 13,000 regions.
"""
import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "command"))
import captures

SOURCES = 50
LIMIT = 1.0


def make(directory, kind, count, regions):
    """Make captures of processes that ran about half of the regions. Returns their paths."""
    chosen = random.Random(1)
    made = [os.path.join(directory, kind, str(process)) for process in range(count)]
    share = regions // SOURCES
    sources = []
    for number in range(SOURCES):
        path, digest = f"/src/package/module_{number}.py", f"{number:064x}"
        areas = [(line, 5, line, 40) for line in range(1, share + 1)]
        sources.append((path, digest, areas, captures.description(path, digest, areas)))
    for process, path in enumerate(made):
        run = [[chosen.choice((0, 0, 1, 2, 17, 4321)) for _ in areas] for *_, areas, _ in sources]
        if kind == "texts":
            captures.write_text(path, [
                (source, digest, dict(zip(areas, counts)))
                for (source, digest, areas, _), counts in zip(sources, run)],
                process=f"host-{process}-ab")
        else:
            captures.write_map(path, f"host-{process}-ab.0", *(
                captures.block(number + 1, described, counts)
                for number, ((*_, described), counts) in enumerate(zip(sources, run))),
                process=f"host-{process}-ab")
    return made


def measure(kiln, made, directory):
    """The seconds that a report takes, and the report."""
    output = os.path.join(directory, "report.json")
    begun = time.perf_counter()
    # It warns that the sources are not there.
    subprocess.run([kiln, "metrics", *made, "--format", "json", "-o", output, "-q"],
                   check=True, cwd=directory, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - begun
    with open(output, "rb") as file:
        return seconds, file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kiln")
    parser.add_argument("--captures", type=int, default=1000)
    parser.add_argument("--regions", type=int, default=13000)
    parser.add_argument("--runs", type=int, default=3)
    chosen = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="kiln-bench-")
    kiln = os.path.abspath(chosen.kiln)
    slow = False
    try:
        for kind in ("texts", "maps"):
            made = make(directory, kind, chosen.captures, chosen.regions)
            orders = [random.Random(run).sample(made, len(made)) for run in range(chosen.runs)]
            runs = [measure(kiln, order, directory) for order in orders]
            seconds = statistics.median(seconds for seconds, _ in runs)
            if len({report for _, report in runs}) != 1:
                sys.exit("another order of captures gives another report")
            print(f"{chosen.captures} captures of {chosen.regions} regions, {kind}: "
                  f"{seconds:.2f} s")
            slow = slow or seconds > LIMIT
    finally:
        shutil.rmtree(directory)
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
