"""Measure the test suites of projects, and compare the reports with those of coverage.py.

    suites.py KILN [--runs N] [--harness MODULE] DIRECTORY[:SOURCE[:ARGUMENT...]]...

DIRECTORY is a project whose suite `python3 -m MODULE ARGUMENT...` runs; MODULE is pytest (the
default) or unittest. SOURCE, below it, is what is measured; by default `src`, or else `.`. The
project is copied first. In each round the suite runs once with python alone, below `kiln run` and
below `coverage run --branch`, in turn, after one round that fills the caches. A line of output for
each project:

    NAME  TESTS  SOURCES LINES BRANCHES  KILN COVERAGE

has the number of tests, what was compared, and the medians of processor time, as the ratios to that
of python alone. The time of `kiln run` is that with its report. Lines behind it say what differs: a
test with another outcome, a source that only one of the two has, lines and branches.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "command"))
import agreement

# Neither has what the project says about coverage, and coverage.py excludes what kiln does.
SETTINGS = r"""[run]
data_file = {directory}/data
[report]
exclude_lines =
    # *pragma: *no *cover
    if (\w+\.)?TYPE_CHECKING:
    ^\s*\.\.\.\s*$
"""
UNITTEST_OUTCOME = re.compile(r"^(.*\)).* \.\.\. (ok|FAIL|ERROR|skipped .*|expected failure)$")
NOT_MEASURED = re.compile(r"^(.*): not measured, ", re.MULTILINE)


class Suite:
    """A copy of a project."""

    def __init__(self, kiln, harness, project, directory):
        name, _, rest = project.partition(":")
        source, *arguments = rest.split(":") if rest else [""]
        self.kiln, self.harness, self.directory = kiln, harness, directory
        self.name = os.path.basename(os.path.abspath(name))
        self.tree = os.path.join(directory, "tree")
        shutil.copytree(name, self.tree, symlinks=True)
        self.source = source or ("src" if os.path.isdir(os.path.join(self.tree, "src")) else ".")
        with open(os.path.join(self.tree, ".coveragerc"), "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(directory=directory))
        self.outcomes = os.path.join(directory, "outcomes.xml")
        self.arguments = ["-m", harness, *arguments, *(
            ["-p", "no:cacheprovider", f"--junitxml={self.outcomes}"] if harness == "pytest"
            else ["-v"])]
        self.ways = {
            "python": [sys.executable],
            "kiln": [kiln, "run", "--interpreter", sys.executable, "--source", self.source,
                     "-o", os.path.join(directory, "capture")],
            "coverage": [sys.executable, "-m", "coverage", "run", "--branch", "--source",
                         self.source]}

    def run(self, way):
        """Run the suite: the processor time, the outcome of each test, and standard error."""
        shutil.rmtree(os.path.join(self.directory, "capture"), ignore_errors=True)
        environment = dict(os.environ, PYTHONPATH=os.path.join(self.tree, self.source))
        with tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([*self.ways[way], *self.arguments], cwd=self.tree,
                                       env=environment, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            errors.seek(0)
            printed = errors.read()
        return (usage.ru_utime + usage.ru_stime,
                {**self.read_outcomes(printed), "exit status": process.returncode}, printed)

    def read_outcomes(self, printed):
        if self.harness == "unittest":
            found = map(UNITTEST_OUTCOME.match, printed.splitlines())
            return {match[1]: match[2] for match in found if match}
        cases = tree.parse(self.outcomes).iter("testcase")
        return {f"{case.get('classname')}::{case.get('name')}":
                ", ".join(each.tag for each in case) or "passed" for case in cases}

    def report(self, command):
        output = os.path.join(self.directory, "report.json")
        result = subprocess.run([*command, "-o", output], cwd=self.tree, capture_output=True,
                                text=True)
        if result.returncode:
            sys.exit(f"{self.name}: {' '.join(command)} failed:\n{result.stdout}{result.stderr}")
        with open(output, encoding="utf-8") as file:
            return json.load(file)["files"]

    def read(self, name):
        with open(os.path.join(self.tree, name), "rb") as file:
            return file.read()


def measure(suite, runs):
    """The times and outcomes of each way, and what `kiln run` printed."""
    times = {way: [] for way in suite.ways}
    outcomes, printed = {}, ""
    for number in range(runs + 1):
        for way in suite.ways:
            seconds, outcomes[way], errors = suite.run(way)
            if number:
                times[way].append(seconds)
            if way == "kiln":
                printed = errors
                shutil.rmtree(os.path.join(suite.directory, "kept"), ignore_errors=True)
                shutil.copytree(os.path.join(suite.directory, "capture"),
                                os.path.join(suite.directory, "kept"), dirs_exist_ok=True)
    return times, outcomes, printed


def compare(suite, printed):
    """What was compared, and what differs."""
    ours = suite.report([suite.kiln, "metrics", os.path.join(suite.directory, "kept"), "-q",
                         "--format", "json"])
    theirs = suite.report([sys.executable, "-m", "coverage", "json", "-i"])
    left_out = {os.path.relpath(path, suite.tree) if os.path.isabs(path) else path
                for path in NOT_MEASURED.findall(printed)}
    ran = {name for name, found in theirs.items() if found["executed_lines"]} - left_out
    found = [f"{name}: only in theirs" for name in sorted(ran - set(ours))
             if suite.read(name).strip()]
    # Of sources that nothing loaded coverage.py reports those that are in packages.
    found += [f"{name}: only in ours" for name in sorted(set(ours) - set(theirs))
              if ours[name]["executed_lines"]]
    common = sorted(set(ours) & set(theirs))
    for name in common:
        found += [f"{name}: {difference}" for difference in
                  agreement.differences(suite.read(name), theirs[name], ours[name])]
    summaries = [ours[name]["summary"] for name in common]
    return [len(common), sum(each["num_statements"] for each in summaries),
            sum(each["num_branches"] for each in summaries)], found


def run_project(options, project):
    with tempfile.TemporaryDirectory(prefix="kiln-bench-") as directory:
        suite = Suite(options.kiln, options.harness, project, directory)
        times, outcomes, printed = measure(suite, options.runs)
        compared, found = compare(suite, printed)
    alone = statistics.median(times["python"])
    ratios = [statistics.median(times[way]) / alone for way in ("kiln", "coverage")]
    print(f"{suite.name:16}{len(outcomes['python']) - 1:6}   {compared[0]:4}{compared[1]:7}"
          f"{compared[2]:7}   {alone:7.2f} s{ratios[0]:7.2f}{ratios[1]:7.2f}")
    tests = sorted(set(outcomes["python"]) | set(outcomes["kiln"]))
    for test in tests:
        pair = outcomes["python"].get(test), outcomes["kiln"].get(test)
        if pair[0] != pair[1]:
            found.append(f"{test}: {pair[0]} with python, {pair[1]} with kiln")
    for line in found:
        print("   ", line)
    sys.stdout.flush()
    return not found


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("projects", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--harness", choices=("pytest", "unittest"), default="pytest")
    options = parser.parse_args()
    results = [run_project(options, project) for project in options.projects]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
