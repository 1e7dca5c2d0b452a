"""CPython's own tests (Debian: libpython3.N-testsuite) have the same results with an instrumented
standard library as with the same library without counters.
"""
import concurrent.futures
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cpython_results
import tap

NATIVE = os.path.join(os.path.dirname(tap.KILN or "."), "libexec", "kiln")

# Files of CPython's tests. Left out are those that take long, and those of modules in C.
FILES = """
    abc argparse ast asyncio.base_events asyncio.futures asyncio.locks asyncio.queues
    asyncio.streams asyncio.taskgroups asyncio.tasks asyncio.timeouts bdb bisect calendar cmd
    code codeop collections configparser contextlib contextlib_async copy copyreg csv
    dataclasses datetime decimal difflib dis doctest email enum fnmatch fractions functools
    genericpath getopt gettext glob graphlib gzip heapq hmac html htmlparser http_cookiejar
    http_cookies httplib httpservers inspect ipaddress json keyword linecache locale logging
    mimetypes netrc numeric_tower operator optparse ordered_dict pathlib pdb pkgutil plistlib
    posixpath pprint pstats quopri re reprlib runpy sched shlex shutil string stringprep struct
    symtable tempfile textwrap timeit tokenize traceback types typing unittest urlparse userdict
    userlist uuid warnings weakset xml_etree zipapp
""".split()
# Those that run without the extension module, too; not pdb, which then stops in the runtime.
FALLBACK = """
    abc asyncio.tasks collections contextlib contextlib_async copy dataclasses enum functools
    html json re runpy textwrap traceback typing
""".split()

# Not copied: tests, what leads elsewhere, and what is no Python.
EXCLUDED = ("test", "tests", "config-*", "lib-dynload", "sitecustomize.py", "site-packages",
            "dist-packages", "idlelib", "pydoc_data")

CONSTANTS = "compares the text of a list of constants, which has the counters"
EXCEPTIONS = {
    "test.test_dis.BytecodeTests.test_info": CONSTANTS,
    "test.test_dis.CodeInfoTests.test_code_info": CONSTANTS,
    "test.test_dis.CodeInfoTests.test_show_code": CONSTANTS,
}


@unittest.skipUnless(importlib.util.find_spec("test.test_json"), "CPython's tests are not there")
class Instrumented(tap.Case):
    """Libraries, one for each set of features, and what the tests say of them."""

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="kiln-test-")
        cls.addClassCleanup(shutil.rmtree, cls.place)
        cls.pool = concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        cls.addClassCleanup(cls.pool.shutdown, cancel_futures=True)
        cls.started = {}

    def setUp(self):
        super().setUp()
        self.plain = self.make_library()

    def make_library(self, *features):
        """The standard library, as CPython compiles it, and with features."""
        library = Library(os.path.join(self.place, "-".join(["library", *features])))
        if not os.path.exists(library.place):
            self.kiln("build", "-q", tap.LIBRARY, "-o", library.place,
                      *(f"--{feature}" for feature in features),
                      *(word for name in EXCLUDED for word in ("--exclude", name)),
                      cwd=self.place)
        return library

    def expect(self, name):
        """Start a file with the library of CPython, once."""
        if name not in self.started:
            self.started[name] = self.pool.submit(self.plain.results, name)
        return self.started[name]

    def check(self, library, files):
        started = {name: (self.expect(name), self.pool.submit(library.results, name))
                   for name in files}
        for name, (expected, results) in started.items():
            with self.subTest(name):
                differences = self.differences(expected.result(), results.result())
                if differences:
                    # Some tests have deadlines.
                    again = self.differences(self.plain.results(name), library.results(name))
                    differences = {test: again[test] for test in differences if test in again}
                self.assertEqual(differences, {})

    @staticmethod
    def differences(expected, found):
        """{id: the results that are not as expected}"""
        outcomes = lambda results: sorted(outcome for outcome, _ in results)
        return {test: found.get(test, "did not run") for test in expected.keys() | found.keys()
                if outcomes(expected.get(test, [])) != outcomes(found.get(test, []))
                and test not in EXCEPTIONS}

    def test_exceptions_differ(self):
        library = self.make_library("coverage")
        for test in EXCEPTIONS:
            with self.subTest(test):
                name = test.split(".")[1].removeprefix("test_")
                (expected,), (found,) = (results(name)[test] for results in (
                    self.plain.results, library.results))
                self.assertEqual((expected[0], found[0]), ("ok", "failure"))

    def test_with_coverage(self):
        self.check(self.make_library("coverage"), FILES)

    def test_with_profile(self):
        self.check(self.make_library("profile"), FILES)

    def test_with_both(self):
        library = self.make_library("coverage", "profile")
        self.check(library, FILES)
        library.is_native = False
        self.check(library, FALLBACK)

    def test_where_the_runtime_stands_on(self):
        """What the interpreter imports first cannot count, and runs."""
        library = self.make_library("coverage", "profile")
        for library.is_native in (False, True):
            result = library.run("-X", "frozen_modules=off", "-c", "import abc, os, typing\n"
                                 "print(abc.__file__, os.__file__)", capture_output=True)
            self.assertEqual(result.stdout.split(), [f"{library.place}/abc.py",
                                                     f"{library.place}/os.py"])
            self.assertEqual((result.returncode, result.stderr), (0, ""))


class Library:
    """A directory that stands before the standard library."""

    def __init__(self, place):
        self.place, self.is_native = place, True

    def run(self, *arguments, **options):
        """Run Python in a directory of its own, and see that what is to be counted was."""
        with tempfile.TemporaryDirectory(prefix="kiln-test-") as directory:
            path = [self.place, *[NATIVE] * self.is_native]
            capture = os.path.join(directory, "capture")
            os.mkdir(os.path.join(directory, "work"))
            result = subprocess.run(
                [tap.PYTHON, "-B", *arguments], check=False, text=True, stdin=subprocess.DEVNULL,
                cwd=os.path.join(directory, "work"), timeout=600, **options,
                env={"PYTHONPATH": os.pathsep.join(path), "METRICS_CAPTURE": capture,
                     "TMPDIR": directory, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                     "PYTHONHASHSEED": "0"})
            features = os.path.basename(self.place).split("-")[1:]
            counted = os.listdir(capture) if os.path.exists(capture) else []
            assert sorted(counted) == features, (counted, features)
            return result

    def results(self, name):
        """What a file of CPython's tests says: {id: [(outcome, details)]}."""
        result = self.run(cpython_results.__file__, "test.test_" + name.replace(".", ".test_"),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ret = {}
        for test, *outcome in map(json.loads, result.stdout.splitlines()):
            ret.setdefault(test, []).append(outcome)
        assert ret and not result.returncode, (name, result.returncode)
        return ret


if __name__ == "__main__":
    tap.main()
