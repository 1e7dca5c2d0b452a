"""Figures for docs/benchmarks.rst: what it costs to measure what programs execute.

    measured.py KILN [--runs N] [PROGRAM...]

The programs are those of test/bench/measured. In each round every program runs once in every way,
in turn: with python alone, below `kiln run` with and without its extension module, below cProfile
and below coverage.py, whose ways are left out if it is not installed. A program measures the
processor time of its own work, so starting it does not count.
"""
import argparse
import importlib.util
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measured")
# How often programs repeat their work, so that each takes about as long.
ROUNDS = {"bodies": 3000, "calls": 8000, "encoder": 500, "parser": 900, "scheduler": 450}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("programs", nargs="*", default=sorted(ROUNDS))
    parser.add_argument("--runs", type=int, default=7)
    return parser.parse_intermixed_args()


def ways(kiln, directory):
    """The command lines before a program, by the name of the way."""
    alone = os.path.join(directory, "kiln")
    shutil.copy(kiln, alone)  # there is no extension module beside it
    run = ["run", "-q", "--interpreter", sys.executable, "-o"]
    result = {
        "python": [sys.executable],
        "kiln run": [kiln, *run, os.path.join(directory, "native")],
        "--profile": [kiln, *run, os.path.join(directory, "times"), "--profile"],
        "both": [kiln, *run, os.path.join(directory, "both"), "--profile", "--coverage"],
        "without module": [alone, *run, os.path.join(directory, "fallback")],
        "so, --profile": [alone, *run, os.path.join(directory, "slow"), "--profile"],
        "cProfile": [sys.executable, "-m", "cProfile"],
    }
    if importlib.util.find_spec("coverage"):
        coverage = [sys.executable, "-m", "coverage", "run",
                    "--data-file", os.path.join(directory, "data")]
        result["coverage run"] = coverage
        result["with --branch"] = [*coverage, "--branch"]
    return result


def seconds(command, path, rounds):
    result = subprocess.run([*command, path, str(rounds)], check=True, capture_output=True,
                            text=True, cwd=os.path.dirname(path))
    return float(result.stdout.split()[0])  # cProfile prints more


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as directory:
        tree = os.path.join(directory, "programs")
        shutil.copytree(PROGRAMS, tree, ignore=shutil.ignore_patterns("__pycache__"))
        commands = ways(options.kiln, directory)
        figures = {(program, way): [] for program in options.programs for way in commands}
        for _ in range(options.runs):
            for program in options.programs:
                for way, command in commands.items():
                    path = os.path.join(tree, program + ".py")
                    figures[program, way].append(seconds(command, path, ROUNDS[program]))
    print(f"{'':16}" + "".join(f"{program:>12}" for program in options.programs) + "        mean")
    for way in commands:
        ratios = [statistics.median(figures[program, way]) /
                  statistics.median(figures[program, "python"]) for program in options.programs]
        mean = math.exp(statistics.mean(map(math.log, ratios)))
        print(f"{way:16}" + "".join(f"{ratio:12.3f}" for ratio in [*ratios, mean]))


if __name__ == "__main__":
    main()
