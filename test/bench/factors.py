"""What listing the factors of a project costs beside `find TREE -newer FILE`: a call for each file.

    factors.py FACTORS [--runs N] [--count N]

FACTORS is test/bench/factors.c, built. Both walk a tree of empty sources, 100 in a directory, in
turn; what is printed are medians of whole processes.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time


def make(root, count):
    for index in range(count):
        directory = os.path.join(root, "tree", f"p{index // 5000}", f"d{index // 100}")
        if index % 100 == 0:
            os.makedirs(directory)
        with open(os.path.join(directory, f"module_{index}.py"), "w", encoding="utf-8"):
            pass
    with open(os.path.join(root, "stamp"), "w", encoding="utf-8"):
        pass


def measure(command):
    """Seconds, and what it printed."""
    begin = time.perf_counter()
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True,
                            text=True)
    return time.perf_counter() - begin, result.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("factors")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--count", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        make(root, options.count)
        tree = os.path.join(root, "tree")
        commands = {"factors": [options.factors, tree],
                    "find": ["find", tree, "-newer", f"{root}/stamp"]}
        times = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                seconds, printed = measure(command)
                times[name].append(seconds)
                if name == "factors":
                    count, memory = map(int, printed.split())
    if count != options.count:
        sys.exit(f"{count} factors, not {options.count}")
    print(f"{count} factors, {memory} bytes each")
    for name, seconds in times.items():
        print(f"{name:8} {1000 * statistics.median(seconds):8.1f} ms")


if __name__ == "__main__":
    main()
