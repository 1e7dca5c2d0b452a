"""Figures for docs/benchmarks.rst: instructions, which other work on the machine does not change.

    instructions.py KILN [PACKAGE...]

valgrind counts those of `kiln py_compile` and `kiln cc` for one small file, and of `kiln
compileall` for packages of the standard library at one level and at three, with both parsers. The
commands run in one process.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile

PACKAGES = ("asyncio", "email", "json")
SMALL = '"""One small file."""\nimport os\n\n\ndef name(path):\n    return os.path.basename(path)\n'
LEVELS = ("-o0", "-o1", "-o2")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    return parser.parse_args()


def count(command, work, **variables):
    """The instructions of a command that succeeds."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | variables
    result = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null",
         *command], env=environment, cwd=work, check=False, capture_output=True, text=True)
    found = re.search(r"I +refs: +([0-9,]+)", result.stderr)
    if result.returncode or not found:
        sys.exit(f"{command} failed with status {result.returncode}:\n{result.stderr}")
    return int(found[1].replace(",", ""))


def main():
    options = arguments()
    if not shutil.which("valgrind"):
        sys.exit("instructions.py needs valgrind")
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as work:
        with open(f"{work}/small.py", "w") as file:
            file.write(SMALL)
        for package in options.packages:
            shutil.copytree(os.path.join(sysconfig.get_path("stdlib"), package),
                            f"{work}/tree/{package}",
                            ignore=shutil.ignore_patterns("__pycache__"))
        tree = [options.kiln, "compileall", "-q", "-f", "-j1"]
        for what, command in {
                "py_compile of a small file": [options.kiln, "py_compile", "small.py"],
                "cc of it": [options.kiln, "cc", "small.ast", "small.py"],
                "packages": [*tree, "tree"],
                "packages at three levels": [*tree, *LEVELS, "tree"]}.items():
            for parser in ("kiln", "cpython"):
                instructions = count(command, work, KILN_PARSER=parser)
                print(f"{what + ', parser of ' + parser:50}{instructions / 1e6:10.2f} M",
                      flush=True)


main()
