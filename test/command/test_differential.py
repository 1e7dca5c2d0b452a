"""kiln and CPython's own modules do the same with random trees and random command lines.

KILN_SEED (default 1) is what the cases are made from, KILN_CASES (default 400) how many, or which:
"37-37".
"""
import difflib
import functools
import importlib.util
import marshal
import os
import random
import re
import stat
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import random_command
import random_tree
import reference
import tap

SEED = os.environ.get("KILN_SEED", "1")
CASES = os.environ.get("KILN_CASES", "400")


def numbers():
    first, separator, last = CASES.partition("-")
    return range(int(first), int(last) + 1) if separator else range(int(first))


def without_traceback(text):
    """Of a traceback only what it ends with counts."""
    before, found, traceback = text.partition("Traceback (most recent call last):\n")
    if not found:
        return text
    return before.removesuffix("concurrent.futures.process._RemoteTraceback: \n\"\"\"\n") + \
        traceback.rstrip("\n").rpartition("\n")[2] + "\n"


def normal(text):
    """Output without what is not to be equal: tracebacks, the numbers of temporary files, and the
    help of kiln's own options."""
    text = text.decode("utf-8", "surrogateescape").partition("\nadditional options:\n")[0]
    return re.sub(r"(\.py[co])\.\d+(['\"])", r"\1\2", without_traceback(text))


def once(text):
    """Warnings without those that have the text and line of an earlier one, which CPython 3.13.5
    and later omit, even if it was about another file."""
    seen = set()

    def first(found):
        known = found[1] in seen
        seen.add(found[1])
        return "" if known else found[0]
    return re.sub(r"^.*?(:\d+: \w*Warning: .*\n(?:  .*\n)?)", first, text, flags=re.MULTILINE)


class Snapshot:
    """All that is below a directory: what each name is, and the code objects of bytecode files."""

    def __init__(self, directory):
        self.entries, self.codes = {}, {}
        first = {}
        for parent, directories, names in os.walk(os.fsencode(directory)):
            directories.sort()
            for name in sorted(directories + names):
                path = os.path.join(parent, name)
                shown = os.path.relpath(path, os.fsencode(directory))
                found = os.lstat(path)
                twin = (first.setdefault(found.st_ino, shown)
                        if stat.S_ISREG(found.st_mode) else None)
                self.entries[shown] = (stat.filemode(found.st_mode), found.st_nlink if twin else 0,
                                       twin, *self.content(path, shown, found))

    def content(self, path, shown, found):
        if stat.S_ISLNK(found.st_mode):
            return (os.readlink(path),)
        if not stat.S_ISREG(found.st_mode):
            return ()
        data = program.read(path)
        if b".pyc" not in path and b".opt-" not in path:
            return data, found.st_mtime_ns
        # When bytecode was made differs; whether it was made does not.
        age = "kept" if found.st_mtime_ns == random_tree.BEFORE else "made"
        if not data.startswith(importlib.util.MAGIC_NUMBER):
            return age, data
        try:
            self.codes[shown] = marshal.loads(data[reference.HEADER:])
        except (EOFError, ValueError, TypeError):
            return age, data
        return age, data[:reference.HEADER].hex()

    def differences(self, theirs):
        """Lines that say how this differs from what CPython left."""
        for path in sorted({*self.entries, *theirs.entries}):
            ours, other = self.entries.get(path), theirs.entries.get(path)
            if ours != other:
                yield f"{path!r}: {ours!r:.600} instead of {other!r:.600}"
            elif path in self.codes:
                found = code_difference(self.codes[path], theirs.codes[path])
                if found:
                    yield f"{path!r}: {found}"


def code_difference(ours, theirs):
    if type(ours) is not reference.CODE or type(theirs) is not reference.CODE:
        return None if ours == theirs else "no code"
    return reference.difference(ours, theirs)


def is_listing_of(line, name):
    """Whether a line of output says that a directory of that name, or below it, is listed."""
    return re.match(r"Listing '(.*/)?" + re.escape(name) + "(/.*)?'", line) is not None


class Outcome:
    """What a program did: status, output, and the tree that it left."""

    def __init__(self, result, directory):
        self.status = result.returncode
        self.texts = {"standard output": normal(result.stdout),
                      "standard error": normal(result.stderr)}
        if sys.version_info >= (3, 13):
            self.texts["standard error"] = once(self.texts["standard error"])
        self.uncaught = b"Traceback (most recent call last)" in result.stderr
        self.snapshot = Snapshot(directory)

    def differences(self, theirs, parallel, cache):
        """Lines that say how this differs from what CPython did; `cache` is the prefix for
        bytecode, if it is relative."""
        if self.status != theirs.status:
            yield f"status {self.status} instead of {theirs.status}"
        for name, text in self.texts.items():
            ours, other = text.splitlines(), theirs.texts[name].splitlines()
            if cache:
                # CPython also lists what it has just made.
                ours, other = ([line for line in lines if not is_listing_of(line, cache)]
                               for lines in (ours, other))
            if parallel:
                ours, other = sorted(ours), sorted(other)
                if theirs.uncaught:
                    # What else was done by then depends on who was faster.
                    ours, other = self.texts[name].splitlines()[-1:], theirs.texts[name].splitlines(
                        )[-1:]
            if ours != other:
                yield name
                yield from difflib.unified_diff(other, ours, "CPython", "kiln", lineterm="")
        if not (parallel and theirs.uncaught):
            yield from self.snapshot.differences(theirs.snapshot)


class Differential(program.Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(random_tree.remove, self.directory)
        self.addCleanup(os.chdir, os.getcwd())

    def outcome(self, number, program_words):
        """Make the tree and run a program in it, never with privileges."""
        chance = random.Random(f"{SEED} {number}")
        os.chdir("/")
        random_tree.remove(self.directory)
        tree = random_tree.Tree(chance)
        random_tree.build(tree, self.path("tree"))
        command = random_command.Command(chance, tree, self.path("tree"))
        command.write_list()
        self.assertEqual(command.leaving(self.directory), [], "this would reach other files")
        variables = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "COLUMNS": "80",
                     "HOME": self.directory, **tap.SANITIZERS, **command.environment}
        options = self.unprivileged()
        try:
            result = subprocess.run(
                [os.fsencode(word) for word in [*program_words, *command.arguments]],
                cwd=command.directory, env=variables, input=command.input, capture_output=True,
                umask=command.umask, timeout=100, check=False, **options)
        except PermissionError:
            self.skipTest("the directory may not be entered")
        os.chdir("/")
        return command, Outcome(result, self.directory)

    def compare(self, number):
        command, theirs = self.outcome(number, [program.PYTHON, "-m"])
        _, ours = self.outcome(number, [tap.KILN])
        if "/pymp-" in theirs.texts["standard error"]:
            self.skipTest("the umask forbids CPython's own temporary directory")
        cache = command.environment.get("PYTHONPYCACHEPREFIX", "/")
        found = list(ours.differences(theirs, command.parallel,
                                      None if os.path.isabs(cache) else cache))
        if found:
            text = "\n".join(line if line.isprintable() else repr(line) for line in found)
            self.fail(f"KILN_SEED={SEED} KILN_CASES={number}-{number}\n{command}\n{text}")


def add_cases():
    for number in numbers():
        method = functools.partialmethod(Differential.compare, number)
        setattr(Differential, f"test_case_{SEED}_{number:04}", method)


add_cases()

if __name__ == "__main__":
    tap.main()
