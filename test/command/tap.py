"""Run unittest cases against the executable and print the results as TAP.

    /usr/bin/python3.N -I -B test/command/test_x.py KILN [PATTERN]...

The interpreter is of the version that KILN embeds, and compared with.

A test file begins with

    import os, sys
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import tap

has its cases in classes derived from tap.Case and ends with

    if __name__ == "__main__":
        tap.main()

PATTERNs select tests as unittest's -k does. What tests print goes to standard error. A failed
subtest is a line of its own; a test that has none of these failing is one line.
"""
import atexit
import os
import platform
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KILN = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None
# The catalogues of messages, as they are built.
CATALOGUES = os.path.join(os.path.dirname(KILN or "."), "src", "command", "po")

# The CPython that kiln embeds: its interpreter and library, its name in bytecode files, and the
# architecture and variant of what is built for it.
PYTHON = sys.executable
LIBRARY = sysconfig.get_path("stdlib")
TAG = sys.implementation.cache_tag
ARCHITECTURE = TAG.replace("-", "")
VARIANT = f"linux-{ARCHITECTURE}"

# What would change the program's behaviour or output in ways a test does not ask for.
SETTINGS = ("NO_COLOR", "CLICOLOR", "SOURCE_DATE_EPOCH", "MAKEFLAGS", "TMPDIR")

# The user's cache is not used: each run of kiln() has a new one in this directory, others share
# one.
CACHES = tempfile.mkdtemp(prefix="kiln-test-caches-")
atexit.register(shutil.rmtree, CACHES, ignore_errors=True)
os.environ["KILN_CACHE"] = os.path.join(CACHES, "shared")

# What a build with sanitizers needs to know in every environment.
SANITIZERS = {name: os.environ[name] for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS")
              if name in os.environ}


def environment(**changes):
    """The environment without SETTINGS, with `changes`; None removes a variable."""
    result = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def copy_tree(tree, place, **options):
    """Copy a directory of this source with shutil.copytree(). Who unpacked the source may have let
    his group write to it; such a copy would not be trusted."""
    shutil.copytree(tree, place, **options)
    for parent, directories, names in os.walk(place):
        for name in (".", *directories, *names):
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                os.chmod(path, os.stat(path).st_mode & ~0o022)


def japanese(directory):
    """Variables for texts in Japanese; the locale is made in the directory. Not every C library
    translates in C.UTF-8."""
    path = os.path.join(directory, "ja_JP.UTF-8")
    if not os.path.exists("/usr/share/i18n/locales/ja_JP"):
        raise unittest.SkipTest("the sources of locales are not installed")
    made = subprocess.run(["localedef", "--no-archive", "-i", "ja_JP", "-f", "UTF-8", path],
                          check=False, capture_output=True, text=True)
    if not os.path.exists(os.path.join(path, "LC_MESSAGES", "SYS_LC_MESSAGES")):
        raise AssertionError(f"localedef makes no locale: {made.stderr}")
    return {"LC_ALL": "ja_JP.UTF-8", "LANGUAGE": "ja", "LOCPATH": directory,
            "TEXTDOMAINDIR": CATALOGUES}


class Case(unittest.TestCase):
    """A case with a private, empty directory, `self.directory`, that kiln runs in."""

    maxDiff = None

    def setUp(self):
        # Letters that other programs take in a name: containers' tools refuse "_" at its end.
        self.directory = os.path.join(tempfile.gettempdir(), "kiln-test-" + secrets.token_hex(6))
        os.mkdir(self.directory, 0o700)
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, *parts):
        """A path in the private directory."""
        return os.path.join(self.directory, *parts)

    def write(self, name, content=""):
        """Write a file of str or bytes below the private directory, with its parents; its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return path

    def kiln(self, *arguments, status=0, variables=None, **options):
        """Run kiln; fail unless it exits with `status` (None: any). Its output is text.

        `variables` are changes to the environment, `options` go to subprocess.run().
        """
        cache = tempfile.mkdtemp(dir=CACHES)
        options = {
            "cwd": self.directory, "env": environment(**{"KILN_CACHE": cache} | (variables or {})),
            "stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 600,
            "encoding": "utf-8", "errors": "surrogateescape",
        } | options
        result = subprocess.run([KILN, *arguments], **options)
        shutil.rmtree(cache, ignore_errors=True)
        if status is not None:
            self.assertEqual(result.returncode, status, f"kiln {arguments}\n{result.stderr}")
        return result


class Result(unittest.TestResult):
    """Prints a line of TAP for each result, with the reason of a failure as comments below."""

    def __init__(self, stream):
        super().__init__()
        self.stream = stream
        self.count = 0

    def line(self, ok, test, directive="", details=""):
        self.count += 1
        name = test.id().removeprefix("__main__.").replace("#", "")
        name = " ".join(name.split())
        print("ok" if ok else "not ok", self.count, "-", name + directive, file=self.stream)
        for text in details.splitlines():
            print("#", text, file=self.stream)
        self.stream.flush()

    def addSuccess(self, test):
        self.line(True, test)

    def addError(self, test, err):
        super().addError(test, err)
        self.line(False, test, details=self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line(False, test, details=self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line(False, subtest, details=self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(True, test, " # SKIP " + " ".join(reason.split()))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.line(False, test, " # TODO expected failure")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.line(False, test, details="succeeded, but is marked as failing")


def main():
    """Run the cases of the script that calls this."""
    if KILN is None:
        sys.exit(f"usage: {sys.argv[0]} KILN [PATTERN]...")
    version = subprocess.run([KILN, "--version"], capture_output=True, text=True, check=True).stdout
    if f"CPython {platform.python_version()}," not in version:
        sys.exit(f"{PYTHON} is of another version than '{KILN}':\n{version}")
    stream, sys.stdout = sys.stdout, sys.stderr
    loader = unittest.TestLoader()
    if sys.argv[2:]:
        loader.testNamePatterns = [
            name if "*" in name else f"*{name}*" for name in sys.argv[2:]]
    result = Result(stream)
    loader.loadTestsFromModule(sys.modules["__main__"]).run(result)
    print(f"1..{result.count}", file=stream)
    stream.flush()
    sys.exit(0 if result.wasSuccessful() else 1)
