"""Golden cases: test/golden/CASE is a directory with

    command    the command lines, one on each line, as a shell would take them apart
    tree/      what is in the directory that they run in, at first
    python     if the case needs one: the first version whose language it is in, such as 3.12
    expected   for each line its status and what it wrote; then each file that is there afterwards,
               with mode and SHA-256 (of a compressed archive's content), or the text of a link

Adding a case needs no code: make command and tree/, then run with KILN_GOLDEN=update, which writes
`expected`.

`expected` begins with the versions of CPython that it is for, and has {TAG} for the name that the
embedded one gives to bytecode, such as cpython-311. A line of one version only begins with that:
`3.11| 0644 ...`. KILN_GOLDEN=update renews what is expected of the version that it runs with, and
keeps the rest: run it with one version after the other.
"""
import difflib
import functools
import gzip
import hashlib
import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

GOLDEN = os.path.join(tap.ROOT, "test", "golden")
CASES = sorted(os.listdir(GOLDEN))
VERSION = "{}.{}".format(*sys.version_info)
VERSIONED = re.compile(r"(3\.\d+)\| (.*)")


def since(case):
    """The first version of Python that a case is for."""
    path = os.path.join(GOLDEN, case, "python")
    if not os.path.exists(path):
        return (3,)
    with open(path, encoding="utf-8") as file:
        return tuple(map(int, file.read().split(".")))


def content(path):
    """What a file has; a compressed one, uncompressed: how well depends on the libraries here."""
    if path.endswith(".zst"):
        return subprocess.run(["/usr/bin/zstd", "-qdc", path], check=True,
                              capture_output=True).stdout
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        return file.read()


def describe(directory):
    """A line for each entry below a directory but those of `tree`, sorted."""
    lines = []
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names
                           + [name for name in directories
                              if os.path.islink(os.path.join(parent, name))]):
            path = os.path.join(parent, name)
            shown = os.path.relpath(path, directory)
            if os.path.islink(path):
                lines.append(f"link {shown} -> {os.readlink(path)}")
                continue
            digest = hashlib.sha256(content(path)).hexdigest()
            lines.append(f"{os.stat(path).st_mode & 0o777:04o} {digest} {shown}")
    return sorted(lines, key=lambda line: line.split(maxsplit=2)[-1])


def read(path):
    """What is expected of each version: {version: lines}."""
    with open(path, encoding="utf-8") as file:
        first, *lines = file.read().splitlines()
    expected = {version: [] for version in first.removeprefix("for ").split()}
    for line in lines:
        found = VERSIONED.fullmatch(line)
        for version in [found[1]] if found else expected:
            expected[version].append(found[2] if found else line)
    return expected


def common(lines, other):
    """The places in `lines` of what `other` has, too, in the same order."""
    matcher = difflib.SequenceMatcher(None, lines, other, autojunk=False)
    return {start + index for start, _, size in matcher.get_matching_blocks()
            for index in range(size)}


def write(path, expected):
    """Write what read() reads."""
    versions = sorted(expected, key=lambda version: int(version.split(".")[1]))
    first = expected[versions[0]]
    shared = [first[place] for place in sorted(set.intersection(
        set(range(len(first))), *(common(first, expected[other]) for other in versions[1:])))]
    lines, rest = ["for " + " ".join(versions)], {name: iter(expected[name]) for name in versions}
    for line in [*shared, None]:
        for version in versions:
            lines += [f"{version}| {own}" for own in iter(lambda: next(rest[version], None), line)]
        lines += [line] if line is not None else []
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)


class Golden(tap.Case):
    def run_case(self, name):
        work = self.path(name)
        if os.path.isdir(os.path.join(GOLDEN, name, "tree")):
            tap.copy_tree(os.path.join(GOLDEN, name, "tree"), work, symlinks=True)
        else:
            os.mkdir(work)
        before = set(describe(work))
        lines = []
        with open(os.path.join(GOLDEN, name, "command"), encoding="utf-8") as file:
            for command in file.read().splitlines():
                program, *arguments = shlex.split(command)
                self.assertEqual(program, "kiln")
                result = self.kiln(*arguments, status=None, cwd=work)
                lines.append(f"$ {command}: {result.returncode}")
                text = re.sub(r" in \d+\.\d\d s: ", " in T s: ", result.stdout + result.stderr)
                text = re.sub(r'"(memory|processor|duration)":[0-9.e-]+', r'"\1":N', text)
                lines.extend("  " + line for line in text.splitlines())
        lines.extend(line for line in describe(work) if line not in before)
        return [line.replace(tap.TAG, "{TAG}") for line in lines]

    def check_case(self, name):
        if since(name) > sys.version_info:
            self.skipTest(f"Python {VERSION} does not have this syntax")
        found = self.run_case(name)
        path = os.path.join(GOLDEN, name, "expected")
        if os.environ.get("KILN_GOLDEN") == "update":
            write(path, (read(path) if os.path.exists(path) else {}) | {VERSION: found})
        expected = read(path)
        if VERSION not in expected:
            self.skipTest(f"nothing is recorded of CPython {VERSION}")
        self.assertEqual(found, expected[VERSION])

    def test_there_are_cases(self):
        self.assertGreater(len(CASES), 5)


for case in CASES:
    setattr(Golden, f"test_{case}", functools.partialmethod(Golden.check_case, case))


if __name__ == "__main__":
    tap.main()
