"""Figures for docs/benchmarks.rst: what it costs to tell many short tests apart.

    tests.py KILN [--runs N] [--harness MODULE] [--tests N] [--modules N] [--functions N]
        [--reach N]

A made-up project: modules of functions with ten regions each, and tests of which each calls REACH
functions of different modules and does nothing else. In each round the suite runs once with python
alone, below `kiln run` with and without the extension module, below `coverage run --branch`, and
with its contexts, which tell tests apart as `kiln run` does, in turn, after one round that fills
the caches. For each way a line has the median of the processor time of the whole command (that of
`kiln run` with its report), the ratio to python alone, and the bytes of the capture.
"""
import argparse
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

FUNCTION = """def function_{number}(value):
    result = value
    if value > 1:
        result += 1
    for each in (1, 2):
        result += each
    result += 1 if value else 2
    return result


"""


def write(directory, options):
    """Make the project; returns the arguments of python that run its tests."""
    package = os.path.join(directory, "package")
    os.mkdir(package)
    with open(os.path.join(package, "__init__.py"), "wb"):
        pass
    for module in range(options.modules):
        with open(os.path.join(package, f"module_{module}.py"), "w", encoding="utf-8") as file:
            file.write("".join(FUNCTION.format(number=n) for n in range(options.functions)))
    imports = "".join(f"import package.module_{n} as module_{n}\n" for n in range(options.modules))
    calls = (["module_{}.function_{}(2)".format((test + step) % options.modules,
                                               (test * 7 + step) % options.functions)
              for step in range(options.reach)] for test in range(options.tests))
    with open(os.path.join(directory, "test_all.py"), "w", encoding="utf-8") as file:
        file.write("import unittest\n" + imports + "class Tests(unittest.TestCase):\n")
        for number, lines in enumerate(calls):
            file.write(f"    def test_{number}(self):\n        {'; '.join(lines)}\n")
    if options.harness == "unittest":
        return ["-m", "unittest", "test_all"]
    return ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_all.py"]


def ways(kiln, directory):
    """The command lines before a program, by the name of the way."""
    alone = os.path.join(directory, "kiln")
    shutil.copy(kiln, alone)  # there is no extension module beside it
    run = ["run", "--interpreter", sys.executable, "--source", "package", "-o",
           os.path.join(directory, "capture")]
    result = {"python": [sys.executable], "kiln run": [kiln, *run], "without module": [alone, *run]}
    if importlib.util.find_spec("coverage"):
        coverage = [sys.executable, "-m", "coverage", "run", "--branch", "--source", "package",
                    "--data-file", os.path.join(directory, "data")]
        contexts = os.path.join(directory, "contexts")
        with open(contexts, "w", encoding="utf-8") as file:
            file.write("[run]\ndynamic_context = test_function\n")
        result["coverage run"] = coverage
        result["with contexts"] = [*coverage, "--rcfile", contexts]
    return result


def seconds(command, directory):
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


def size(directory):
    return sum(os.lstat(os.path.join(place, name)).st_size
               for place, _, names in os.walk(directory) for name in names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--harness", choices=("pytest", "unittest"), default="pytest")
    parser.add_argument("--tests", type=int, default=5000)
    parser.add_argument("--modules", type=int, default=20)
    parser.add_argument("--functions", type=int, default=50)
    parser.add_argument("--reach", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as directory:
        arguments = write(directory, options)
        commands = ways(options.kiln, directory)
        times = {way: [] for way in commands}
        sizes = dict.fromkeys(commands, 0)
        for number in range(options.runs + 1):
            for way, command in commands.items():
                taken = seconds([*command, *arguments], directory)
                capture = os.path.join(directory, "capture")
                if number:
                    times[way].append(taken)
                if os.path.exists(capture):
                    sizes[way] = size(capture)
                    shutil.rmtree(capture)
    alone = statistics.median(times["python"])
    for way, found in times.items():
        taken = statistics.median(found)
        print(f"{way:16}{taken:7.2f} s{taken / alone:7.2f}{sizes[way]:12,}")


if __name__ == "__main__":
    main()
