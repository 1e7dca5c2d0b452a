"""What the tests of the whole program share: messages, trees, processes and privileges."""
import collections
import hashlib
import importlib.util
import os
import re
import stat
import subprocess
import time
import unittest

import tap

PYTHON = tap.PYTHON
NOBODY = 65534

Message = collections.namedtuple("Message", "path line column kind text below")
MESSAGE = re.compile(r"(?P<path>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?"
                     r": (?P<kind>error|warning): (?P<text>.*)")


def messages(text):
    """The messages in what kiln wrote; `below` are the lines that follow one up to the next."""
    found = []
    for line in text.split("\n"):
        match = MESSAGE.fullmatch(line)
        if match:
            number, column = (int(match[name] or 0) for name in ("line", "column"))
            found.append(Message(match["path"], number, column, match["kind"], match["text"], []))
        elif found and line and not line.startswith("kiln: "):
            found[-1].below.append(line)
    return found


def errors(result):
    """The errors that a run, or the text that it wrote, reports: {path: message}."""
    text = result if isinstance(result, str) else result.stderr
    return {found.path: found for found in messages(text) if found.kind == "error"}


def printable(text):
    """Text as messages show it: one line, without what would drive a terminal."""
    def escaped(character):
        names = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
        data = character.encode()
        return names.get(character) or "".join(f"\\x{byte:02x}" for byte in data)

    text = text.encode("utf-8", "replace").decode()
    return re.sub("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]",
                  lambda found: escaped(found[0]), text)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def cached(path, level=0):
    """The path of a source's bytecode in an image of the layout `source`."""
    return importlib.util.cache_from_source(path, optimization=level or "")


def describe(path):
    """What an entry of a tree is, with everything that an image decides about it."""
    found = os.lstat(path)
    kind, mode = stat.S_IFMT(found.st_mode), stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return kind, found.st_mtime_ns, os.readlink(path)
    if stat.S_ISREG(found.st_mode):
        return kind, mode, found.st_mtime_ns, hashlib.sha256(read(path)).hexdigest()
    return kind, mode, found.st_mtime_ns


def tree(root):
    """A whole tree: {path: describe(path)}; the root is "."."""
    found = {".": describe(root)}
    for parent, directories, names in os.walk(root):
        for name in directories + names:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, root)] = describe(path)
    return found


def bytecode(root):
    """The .pyc files below a directory: {path: content}."""
    found = {}
    for parent, _, names in os.walk(root):
        for name in names:
            if name.endswith(".pyc"):
                path = os.path.join(parent, name)
                found[os.path.relpath(path, root)] = read(path)
    return found


def running():
    """The processes that run: {pid: (parent, seconds of processor time)}."""
    found = {}
    tick = os.sysconf("SC_CLK_TCK")
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            fields = read(f"/proc/{name}/stat").decode(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] != "Z":
            found[int(name)] = int(fields[1]), (int(fields[11]) + int(fields[12])) / tick
    return found


def runs_kiln(pid):
    """Whether a process runs kiln; it may have ended."""
    try:
        return os.readlink(f"/proc/{pid}/exe") == os.path.realpath(tap.KILN)
    except FileNotFoundError:
        return False


def descendants(pid):
    """The processes below `pid` that run: {pid: seconds of processor time}."""
    processes, below, pending = running(), {}, [pid]
    while pending:
        above = pending.pop()
        for child, (parent, seconds) in processes.items():
            if parent == above:
                below[child] = seconds
                pending.append(child)
    return below


CLOCK_REALTIME_COARSE = 5  # clock_gettime(2); Python's `time` has no name for it


def await_tick():
    """Wait until the clock of file systems goes on: what was written has an earlier time then."""
    now = time.clock_gettime_ns(CLOCK_REALTIME_COARSE)
    while time.clock_gettime_ns(CLOCK_REALTIME_COARSE) == now:
        time.sleep(0.001)


def await_condition(condition, process=None, seconds=60):
    """What `condition` returns once that is true; fails when the process ended before."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        if process and process.poll() is not None:
            raise AssertionError(f"ended with {process.returncode} before: {condition.__doc__}")
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} s: {condition.__doc__}")


class Case(tap.Case):
    """A case with what most tests of the whole program need."""

    def start(self, *arguments, **options):
        """Start kiln in the background, its messages in a pipe; it does not outlive the test."""
        process = subprocess.Popen(
            [tap.KILN, *arguments], **{
                "cwd": self.directory, "env": tap.environment(), "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8",
                "errors": "surrogateescape"} | options)
        self.addCleanup(self.stop, process)
        return process

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def unprivileged(self):
        """Options for subprocess that make permissions count; the directory becomes that user's."""
        if os.getuid() != 0:
            return {}
        for parent, directories, names in os.walk(self.directory):
            for name in [".", *directories, *names]:
                os.chown(os.path.join(parent, name), NOBODY, NOBODY, follow_symlinks=False)
        options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        if subprocess.run(["/usr/bin/test", "-x", tap.KILN], check=False, **options).returncode:
            raise unittest.SkipTest(f"'{tap.KILN}' cannot be executed by another user")
        return options

    def small_disk(self, name, size):
        """Mount a file system of `size` in the directory; skips the test where that is refused."""
        path = self.path(name)
        os.mkdir(path)
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "kiln-test", path],
                              check=False, capture_output=True)
        if made.returncode:
            self.skipTest("file systems cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", path], check=True)
        return path

    def assert_only(self, names, directory="."):
        """A directory has exactly these entries."""
        self.assertEqual(sorted(os.listdir(self.path(directory))), sorted(names))
