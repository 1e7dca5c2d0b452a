"""Figures for docs/benchmarks.rst: kiln's own parser beside CPython's.

    parser.py PARSE [FILE...]

PARSE is test/bench/parse.c, built. It parses the packages that delineate.py has, or the files, with
each parser below callgrind; what it takes without sources is subtracted. Then it parses the library
with CPython's tests, and tells processor time, memory, and what is left to CPython.
"""
import os
import re
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import delineate

PARSERS = {"CPython's": "cpython", "kiln's": ""}


def run(command, parser, paths):
    """What it prints, the processor time, and the peak memory."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          env=dict(os.environ, KILN_PARSER=parser)) as process:
        process.stdin.write("".join(path + "\n" for path in paths))
        process.stdin.close()
        printed = process.stdout.read()
        status, usage = os.wait4(process.pid, 0)[1:]
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(printed)
    return printed, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def instructions(parse, parser, paths):
    def collected(paths):
        printed = run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", parse],
                      parser, paths)[0]
        return int(re.search(r"Collected : (\d+)", printed)[1])
    return collected(paths) - collected([])


def main():
    parse, *files = sys.argv[1:]
    packages = files or delineate.sources(*delineate.SETS["packages"])
    size = delineate.count_lines(packages)[1]
    counts = {name: instructions(parse, parser, packages) for name, parser in PARSERS.items()}
    print(f"{len(packages)} sources, {size:,} bytes")
    for name, count in counts.items():
        print(f"{name:10} {count:,} instructions, {count / size:.1f} for each byte")
    print(f"ratio {counts[list(counts)[0]] / counts[list(counts)[1]]:.2f}")
    tests = delineate.sources(*delineate.SETS["tests"])
    for name, parser in PARSERS.items():
        _, seconds, memory = run([parse], parser, tests)
        print(f"{name:10} {seconds:.3f} s for {len(tests)} sources, {memory / 1e6:.1f} MB")
    print(run([parse, "left"], "", tests)[0].splitlines()[-1])
    print(f"this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
