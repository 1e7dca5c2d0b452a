"""Run CPython's own tests of py_compile and compileall with kiln in the place of these modules.

    /usr/bin/python3 -I -B cpython_adapter.py KILN [TEST]...

Without a name in KILN (an empty argument) the modules themselves are tested. TESTs are names for
unittest; all of both files when there is none. Each test's result is a line of JSON: its id, an
outcome (ok, skip, failed), a reason and how many times kiln was run for it.

Commands that would run `python -m py_compile` or `-m compileall` run kiln; the functions of the
modules are replaced by ones that run kiln with the equal options.
"""
import importlib.util
import json
import os
import re
import subprocess
import sys
import types
import unittest

COMMANDS = ("py_compile", "compileall", "precompile")
FILES = ("test.test_py_compile", "test.test_compileall")


class Interpreter:
    """A command line of the interpreter that runs a module."""

    def __init__(self, command):
        self.optimize, self.ignores_environment, self.module, self.arguments = 0, False, None, []
        words = iter(command[1:])
        for word in words:
            if word == "-m":
                self.module, self.arguments = next(words), list(words)
            elif word == "-X":
                next(words)
            elif word in ("-O", "-OO"):
                self.optimize += len(word) - 1
            elif word in ("-I", "-E"):
                self.ignores_environment = True
            elif word != "-S":
                return

    def environment(self, environment):
        """What kiln sees: without what -I and -E hide from the interpreter."""
        if not self.ignores_environment:
            return environment
        source = os.environ if environment is None else environment
        return {name: value for name, value in source.items() if not name.startswith("PYTHON")}


def routed(kiln, count):
    """A subprocess.Popen that runs kiln where a module of COMMANDS would be run."""
    class Popen(subprocess.Popen):
        def __init__(self, command, *arguments, env=None, **options):
            if command[0] == sys.executable:
                line = Interpreter(command)
                if line.module in COMMANDS:
                    count()
                    command = [kiln, line.module, *["-O"] * line.optimize, *line.arguments]
                    env = line.environment(env)
            super().__init__(command, *arguments, env=env, **options)
    return Popen


class PyCompileError(Exception):
    """What py_compile raises; only the text comes back from a command."""

    def __init__(self, text):
        super().__init__(text)
        self.msg = text


class Functions:
    """The functions of both modules over kiln's commands."""

    def run(self, *arguments, encoding="utf-8"):
        variables = {"PYTHONIOENCODING": encoding}
        if sys.pycache_prefix:
            variables["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
        command = [sys.executable, "-m", *arguments]
        result = subprocess.run(command, env=os.environ | variables, capture_output=True,
                                check=False, encoding=encoding, errors="surrogateescape")
        return result.returncode, result.stdout, result.stderr

    def mode_options(self, name, mode, separator):
        return [] if mode is None else [name, mode.name.lower().replace("_", separator)]

    def compile(self, file, cfile=None, dfile=None, doraise=False, optimize=-1,
                invalidation_mode=None, quiet=0):
        """py_compile.compile(), by whichever command can do what is asked"""
        plain = dfile is None and optimize == -1 and invalidation_mode is None
        default = importlib.util.cache_from_source(
            file, optimization=None if optimize < 0 else optimize or "")
        if plain and cfile is None:
            command = ["py_compile", file]
        elif plain and cfile == file + "c" and os.path.isfile(file):
            command = ["compileall", "-q", "-f", "-b", file]
        else:
            command = ["precompile", "--src", file, "--src_name", dfile or file, "--pyc",
                       cfile or default, "--optimize", str(optimize),
                       *self.mode_options("--invalidation_mode", invalidation_mode, "_")]
        status, text, message = self.run(*command)
        if not status:
            return cfile or default
        self.fail(text + message, doraise, quiet)
        return None

    @staticmethod
    def fail(text, doraise, quiet):
        raise_os_error(text)
        if quiet < 2 and doraise:
            raise PyCompileError(text)
        if quiet < 2:
            sys.stderr.write(text)

    def compile_dir(self, dir, maxlevels=None, *arguments, workers=1, **options):
        """compileall.compile_dir()"""
        depth = [] if maxlevels is None else ["-r", str(maxlevels)]
        return self.compileall(dir, depth + ["-j", str(workers)], *arguments, **options)

    def compile_file(self, fullname, *arguments, **options):
        """compileall.compile_file()"""
        return self.compileall(fullname, [], *arguments, **options)

    def compileall(self, path, more, ddir=None, force=False, rx=None, quiet=0, legacy=False,
                   optimize=-1, invalidation_mode=None, *, stripdir=None, prependdir=None,
                   limit_sl_dest=None, hardlink_dupes=False):
        command = ["compileall", *more, *["-f"] * bool(force), *["-q"] * int(quiet),
                   *["-b"] * bool(legacy), *["--hardlink-dupes"] * bool(hardlink_dupes),
                   *self.mode_options("--invalidation-mode", invalidation_mode, "-")]
        for option, value in (("-d", ddir), ("-s", stripdir), ("-p", prependdir),
                              ("-e", limit_sl_dest), ("-x", rx and rx.pattern)):
            command += [] if value is None else [option, os.fspath(value)]
        if optimize != -1:
            for level in [optimize] if isinstance(optimize, int) else optimize:
                command += ["-o", str(level)]
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        status, text, message = self.run(*command, "--", os.fspath(path), encoding=encoding)
        sys.stdout.write(text)
        raise_value_error(status, message)
        return status == 0

    def compile_path(self, skip_curdir=1, maxlevels=0, **options):
        """compileall.compile_path(), of the sys.path of this process"""
        success = True
        for directory in sys.path:
            if directory in ("", os.curdir) and skip_curdir:
                continue
            success = success and self.compile_dir(directory, maxlevels, **options)
        return success


def raise_os_error(text):
    """Raise what a message tells of an OSError, if it does."""
    if "will be changed into a regular" in text:
        raise FileExistsError(text)
    number = re.search(r"\[Errno (\d+)\] ", text)
    if number:
        raise OSError(int(number[1]), text)


def raise_value_error(status, message):
    """Raise what compileall does for arguments that contradict each other."""
    wrong = re.search(r"^(?:ValueError|.*\bcompileall(?:\.py)?: error): (.*)", message,
                      re.MULTILINE)
    if wrong:
        raise ValueError(wrong[1])
    if status not in (0, 1) or message:
        raise AssertionError(f"status {status}: {message}")


def replace_modules(kiln, count):
    """Put kiln in the place of both modules, for whoever imports them from now on."""
    from py_compile import PycInvalidationMode
    subprocess.Popen = routed(kiln, count)
    functions = Functions()
    for name, members in (
            ("py_compile", {"compile": functions.compile, "PyCompileError": PyCompileError,
                            "PycInvalidationMode": PycInvalidationMode}),
            ("compileall",
             {"compile_dir": functions.compile_dir, "compile_file": functions.compile_file,
              "compile_path": functions.compile_path})):
        module = types.ModuleType(name)
        vars(module).update(members)
        sys.modules[name] = module


class Result(unittest.TestResult):
    """Prints a line for each test; a failed subtest fails its test."""

    def __init__(self, stream):
        super().__init__()
        self.stream, self.runs = stream, 0

    def count(self):
        self.runs += 1

    def startTest(self, test):
        super().startTest(test)
        self.runs, self.outcome, self.reasons = 0, "ok", []

    def stopTest(self, test):
        super().stopTest(test)
        line = {"id": test.id(), "outcome": self.outcome, "reason": "\n".join(self.reasons),
                "runs": self.runs}
        print(json.dumps(line), file=self.stream, flush=True)

    def note(self, outcome, reason):
        self.outcome = outcome
        self.reasons.append(reason)

    def addError(self, test, err):
        super().addError(test, err)
        self.note("failed", self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note("failed", self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note("failed", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note("skip", reason)


def main():
    stream, sys.stdout = sys.stdout, sys.stderr
    result = Result(stream)
    if sys.argv[1]:
        replace_modules(sys.argv[1], result.count)
    unittest.TestLoader().loadTestsFromNames(sys.argv[2:] or FILES).run(result)


if __name__ == "__main__":
    main()
