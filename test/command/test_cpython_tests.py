"""CPython's own tests of py_compile and compileall (Debian: libpython3.N-testsuite) pass with kiln.

Each is a line here, for the user who runs this and, if that is root, for an unprivileged one, too.
"""
import functools
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cpython_adapter
import program
import tap

ADAPTER = cpython_adapter.__file__

# What is not asked of kiln: these replace functions inside the modules and see whether they are
# called.
POOL = "replaces concurrent.futures.ProcessPoolExecutor within this process"
EXCLUDED = {
    "CompileallTestsBase.test_compile_pool_called": POOL,
    "CompileallTestsBase.test_compile_workers_cpu_count": POOL,
    "CompileallTestsBase.test_compile_one_worker": POOL,
    "CompileallTestsBase.test_compile_missing_multiprocessing": POOL,
    "CommandLineTestsBase.test_workers_available_cores":
        "replaces compileall.compile_dir within this process; test_workers has -j 0",
}

# A variable such as SOURCE_DATE_EPOCH is for the tests to set.
VARIABLES = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", **tap.SANITIZERS}


def tests(suite):
    for one in suite:
        if isinstance(one, unittest.TestSuite):
            yield from tests(one)
        else:
            yield one


def reason_excluded(test):
    """Why a test of CPython is not asked of kiln, or None."""
    method = test.id().rpartition(".")[2]
    names = (f"{owner.__name__}.{method}" for owner in type(test).__mro__)
    return next((EXCLUDED[name] for name in names if name in EXCLUDED), None)


class Runs(program.Case):
    """Both files of tests, with kiln and with CPython, by one user: {id: result} of each."""

    def runTest(self):
        """Only the directory and the privileges of a case are wanted."""

    def start_adapter(self, kiln, name, options):
        return subprocess.Popen(
            [program.PYTHON, "-I", "-B", ADAPTER, kiln], cwd=self.path(name),
            stdin=subprocess.DEVNULL, env=VARIABLES | {"TMPDIR": self.path(name)},
            stdout=subprocess.PIPE, encoding="utf-8", **options)

    def results(self, unprivileged):
        for name in ("kiln", "cpython"):
            os.mkdir(self.path(name))
        options = self.unprivileged() if unprivileged else {}
        started = [self.start_adapter(tap.KILN, "kiln", options),
                   self.start_adapter("", "cpython", options)]
        for process in started:
            self.addCleanup(self.stop, process)
        return [{line["id"]: line
                 for line in map(json.loads, process.communicate()[0].splitlines())}
                for process in started]


@functools.cache
def results(unprivileged):
    runs = Runs()
    runs.setUp()
    try:
        return runs.results(unprivileged)
    finally:
        runs.doCleanups()


class CPythonTest(unittest.TestCase):
    """One test of CPython's, done by one user."""

    def __init__(self, name, user, excluded):
        super().__init__("compare")
        self.name, self.user, self.excluded = name, user, excluded

    def id(self):
        return f"{self.name} ({self.user})"

    def compare(self):
        if self.excluded:
            self.skipTest(self.excluded)
        with_kiln, with_cpython = results(self.user == "unprivileged")
        self.assertIn(self.name, with_kiln, "did not run")
        result = with_kiln[self.name]
        if result["outcome"] == "skip":
            self.assertEqual(with_cpython[self.name]["outcome"], "skip", result["reason"])
            self.skipTest(result["reason"])
        self.assertEqual(result["outcome"], "ok", result["reason"])
        self.assertGreater(result["runs"], 0, "kiln was not run")


class Exclusions(unittest.TestCase):
    def test_what_is_excluded_exists(self):
        import test.test_compileall
        for name in EXCLUDED:
            owner, method = name.split(".")
            self.assertTrue(hasattr(getattr(test.test_compileall, owner), method), name)


def load_tests(loader, found, _pattern):
    """The tests of this file, then those of CPython that the patterns select."""
    try:
        theirs = unittest.TestLoader().loadTestsFromNames(cpython_adapter.FILES)
    except ImportError:
        theirs = []
    users = ["unprivileged", "root"] if os.getuid() == 0 else ["user"]
    patterns = [pattern.strip("*") for pattern in loader.testNamePatterns or [""]]
    for user in users:
        for test in tests(theirs):
            one = CPythonTest(test.id(), user, reason_excluded(test))
            if any(pattern in one.id() for pattern in patterns):
                found.addTest(one)
    return found


if __name__ == "__main__":
    tap.main()
