"""Makes a system call of kiln fail, and judges what comes of it.

    /usr/bin/python3 -I -B test/command/faults.py build/kiln \\
        [OPTION]... [SCENARIO [KIND NTH ERROR]]

A scenario (fault_scenarios.py) is a command over a small tree. It is run once to count its system
calls by kind, and then over and over; each time the NTH call of one kind fails with ERROR, by a
library that is loaded before libc (test/faults/inject.c). SHORT cuts a size in half, KILL ends the
process that calls; with a "+" all calls from the NTH on fail. test_faults.py runs a sample of all
that is possible; this script runs what it is asked for:

    faults.py build/kiln                             how many calls of each kind the scenarios make
    faults.py build/kiln --all 'build-*'             everything that is possible
    faults.py build/kiln --sample 50 cc-ast          50 of it
    faults.py build/kiln build-archive write 3 EIO   one, and where in the program it was

What must hold is judge().
"""
import argparse
import bisect
import collections
import concurrent.futures
import errno
import fnmatch
import functools
import hashlib
import io
import json
import mmap
import os
import random
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time

SEED = 10
# A run takes a fraction of a second; what takes this long does not end.
HANG = 60

KINDS = 64
FRAMES = 32
HEAD = struct.Struct("<24sQQqQ256s")
KIND = struct.Struct("<24sQ")
SIZE = HEAD.size + 8 * FRAMES + KIND.size * KINDS
ACTIONS = {"SHORT": -1, "KILL": -2}

# What the calls of each kind may fail with. EINTR and SHORT must not be seen at all.
SYSTEM = ("EIO", "ENOMEM")
MADE = SYSTEM + ("ENOSPC", "EACCES")
ERRORS = {
    "open": SYSTEM
    + ("EMFILE", "ENFILE", "EACCES", "ENOSPC", "EINTR", "KILL", "EMFILE+", "ENOSPC+"),
    "openat2": SYSTEM + ("EMFILE", "ENFILE", "EACCES", "EINTR", "KILL", "EMFILE+"),
    "opendir": SYSTEM + ("EMFILE", "ENFILE", "EACCES"),
    "readdir": ("EIO", "EIO+"),
    "getdents": SYSTEM + ("EIO+",),
    "read": SYSTEM + ("EINTR", "SHORT", "KILL", "EIO+"),
    "pread": SYSTEM + ("EINTR", "SHORT"),
    "write": SYSTEM + ("ENOSPC", "EINTR", "SHORT", "KILL", "ENOSPC+"),
    "pwrite": SYSTEM + ("ENOSPC", "EINTR", "SHORT"),
    "writev": SYSTEM + ("ENOSPC", "EINTR", "SHORT", "KILL"),
    "close": ("EIO", "ENOSPC", "EINTR", "KILL"),
    "stat": SYSTEM + ("EACCES", "KILL"),
    "fstat": SYSTEM,
    "access": SYSTEM + ("EACCES",),
    "rename": MADE + ("KILL",),
    "link": MADE + ("KILL",),
    "symlink": MADE,
    "unlink": SYSTEM + ("EACCES", "KILL"),
    "rmdir": SYSTEM + ("EACCES",),
    "mkdir": MADE + ("KILL", "ENOSPC+"),
    "readlink": SYSTEM + ("EACCES",),
    "realpath": SYSTEM + ("EACCES",),
    "getcwd": ("ENOMEM", "EACCES"),
    "mmap": ("ENOMEM", "ENFILE"),
    "ftruncate": ("EIO", "ENOSPC", "EINTR"),
    "chmod": SYSTEM + ("EACCES",),
    "fchmod": SYSTEM + ("EACCES",),
    "utime": SYSTEM + ("EACCES",),
    "fsync": ("EIO", "ENOSPC", "EINTR"),
    "flock": ("EIO", "ENOMEM", "EINTR"),
    "fcntl": ("ENOMEM",),
    "lseek": ("EIO",),
    "dup": ("EMFILE", "EINTR"),
    "pipe": ("EMFILE", "ENFILE"),
    "socketpair": ("EMFILE", "ENFILE", "ENOMEM"),
    "fork": ("EAGAIN", "ENOMEM", "EAGAIN+"),
    "spawn": ("EAGAIN", "ENOMEM", "EMFILE", "EAGAIN+"),
    "waitpid": ("EINTR", "KILL"),
    "poll": ("EINTR", "ENOMEM", "KILL"),
    "getrandom": ("EINTR", "EIO"),
    "copy": SYSTEM + ("ENOSPC", "EINTR", "SHORT"),
    "memfd": ("EMFILE", "ENFILE", "ENOMEM"),
    "temporary": MADE + ("EMFILE",),
    "malloc": ("ENOMEM", "ENOMEM+"),
    "thread": ("EAGAIN", "EAGAIN+"),
    "fopen": SYSTEM + ("EMFILE", "EACCES"),
    "syscall": ("EMFILE", "ENOMEM", "ENOSYS"),
}
INVISIBLE = {"EINTR", "SHORT"}

Injection = collections.namedtuple("Injection", "scenario kind nth error")
Outcome = collections.namedtuple("Outcome",
                                 "status stdout stderr hung left hits where frames counts")


class Wrong(Exception):
    """What must hold does not."""


def number_of(error):
    """The action that the library knows, and how many calls it is for."""
    name = error.rstrip("+")
    return ACTIONS.get(name) or getattr(errno, name), 1 << 40 if error.endswith("+") else 1


class Control:
    """The file that tells the library what to do, and what it says."""

    def __init__(self, path, injection=None):
        self.path = path
        action, calls = number_of(injection.error) if injection else (0, 0)
        kind = injection.kind.encode() if injection else b""
        with open(path, "wb") as file:
            file.write(HEAD.pack(kind, injection.nth if injection else 0, calls, action, 0, b""))
            file.truncate(SIZE)

    def read(self):
        """hits, where, frames, counts."""
        with open(self.path, "rb") as file:
            data = file.read()
        _, _, _, _, hits, where = HEAD.unpack_from(data)
        frames = struct.unpack_from(f"<{FRAMES}Q", data, HEAD.size)
        counts = {}
        for index in range(KINDS):
            name, count = KIND.unpack_from(data, HEAD.size + 8 * FRAMES + index * KIND.size)
            if name.rstrip(b"\0"):
                counts[name.rstrip(b"\0").decode()] = count
        text = where.partition(b"\0")[0].decode(errors="replace")
        return hits, text, [frame for frame in frames if frame], counts


def describe(path):
    """What an entry is; times are not looked at."""
    found = os.lstat(path)
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        return "link", os.readlink(path)
    if stat.S_ISDIR(found.st_mode):
        return "directory", mode
    with open(path, "rb") as file:
        return "file", mode, file.read()


def snapshot(root):
    """{path: what it is} of all below a directory."""
    found = {}
    for parent, directories, names in os.walk(root):
        for name in directories + names:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, root)] = describe(path)
    return found


class Box:
    """A private directory: `work`, where kiln runs, and the user's cache beside it."""

    def __init__(self, kiln, library):
        self.kiln, self.library, self.time = kiln, library, 1700000000
        self.root = tempfile.mkdtemp(prefix="kiln-faults-")
        self.work = os.path.join(self.root, "work")
        os.mkdir(self.work)
        os.mkdir(os.path.join(self.root, "temporary"))

    def close(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.work, *names)

    def write(self, name, content=""):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        # Later than any before it in this box, and the same in every box.
        self.time += 10
        os.utime(path, (self.time, self.time))

    def environment(self):
        return {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": os.path.join(self.root, "cache"),
                "HOME": self.root, "TMPDIR": os.path.join(self.root, "temporary")}

    def run(self, *arguments, control=None, stdin=b""):
        """Run kiln; with a control file, under the library."""
        variables = self.environment()
        if control:
            variables |= {"LD_PRELOAD": self.library, "FAULTS_PROGRAM": self.kiln,
                          "FAULTS_CONTROL": control.path}
        hung = False
        # Files: a process that is left would keep a pipe open.
        with tempfile.TemporaryFile(dir=self.root) as out, tempfile.TemporaryFile(
            dir=self.root) as err, \
                tempfile.TemporaryFile(dir=self.root) as given:
            given.write(stdin)
            given.seek(0)
            process = subprocess.Popen([self.kiln, *arguments], cwd=self.work, env=variables,
                                       stdin=given, stdout=out, stderr=err, start_new_session=True)
            try:
                process.wait(HANG)
            except subprocess.TimeoutExpired:
                hung = True
            left = not hung and self.is_left(process)
            if hung or left:
                self.end(process)
            texts = [os.pread(file.fileno(), 1 << 24, 0).decode(errors="replace")
                     for file in (out, err)]
            texts = [text.replace(self.root, "ROOT") for text in texts]
        hits, where, frames, counts = control.read() if control else (0, "", [], {})
        return Outcome(process.returncode, *texts, hung, left, hits, where, frames, counts)

    @staticmethod
    def sessions(session):
        """The processes of a session that run."""
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[3]) == session:
                found.append(int(name))
        return found

    def is_left(self, process):
        """Whether a process of the run is there, some time after its end."""
        limit = time.monotonic() + 5
        while self.is_group(process.pid) or process.returncode and self.sessions(process.pid):
            if time.monotonic() > limit:
                return True
            time.sleep(0.002)
        return False

    @staticmethod
    def is_group(group):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self, process):
        for pid in self.sessions(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait()


class Scenario:
    """A command over a small tree.

    prepare(box)   makes the tree, and what earlier runs leave
    command        arguments of kiln
    stdin          what it reads
    images         directories that are one result each, by their paths
    answers        standard output is answers of a worker: they have the status and the messages
    compatible     a command that does as CPython's: messages may stand on standard output, every
                   error has status 1, and a directory that cannot be listed is told, with status 0
    """

    def __init__(self, name, prepare, *command, stdin=b"", images=(), answers=False,
                 compatible=False, weight=1):
        self.name, self.prepare, self.command, self.stdin = name, prepare, command, stdin
        self.images, self.answers = images, answers
        self.compatible, self.weight = compatible, weight

    def unit(self, path):
        """The result that a path is part of: what appears and goes as one."""
        for image in self.images:
            if path == image or path.startswith(image + "/"):
                return image
        parts = path.split("/")
        for index, part in enumerate(parts):
            if part.endswith(".i"):
                return "/".join(parts[:index + 1])
        return path

    def tree(self, box):
        """What there is that must be right: of what builds keep for later ones only what nobody
        would find again."""
        return {path: found for path, found in snapshot(box.work).items()
                if "/.kiln-build/" not in path or path.rpartition("/")[2].startswith(".")
                and not path.endswith("/.gitignore")}

    def verdict(self, outcome):
        """The status, and the text of messages."""
        if self.compatible:
            return outcome.status, outcome.stdout + outcome.stderr
        if not self.answers or outcome.status:
            return outcome.status, outcome.stderr
        status, messages = 0, outcome.stderr
        for line in outcome.stdout.splitlines():
            answer = json.loads(line)
            status = max(status, answer.get("exitCode", 0))
            messages += answer.get("output", "")
        return status, messages


class Runner:
    """Runs scenarios under one executable, and knows what they are to give."""

    def __init__(self, kiln, library=None):
        self.kiln = os.path.realpath(kiln)
        self.library = (library
                        or os.path.join(os.path.dirname(self.kiln), "test", "faults",
                                        "libinject.so"))
        self.lock = threading.Lock()
        self.known = {}
        listed = subprocess.run(["nm", self.kiln], check=True, capture_output=True,
                                text=True).stdout
        self.symbols = sorted((int(address, 16), name) for address, kind, name in
                              (line.split() for line in listed.splitlines() if line[:1] != " ")
                              if kind in "tT")

    def functions(self, outcome):
        """The functions of the program that the call was in, the innermost first."""
        places = (bisect.bisect(self.symbols, (frame, "")) for frame in outcome.frames
                  if frame < 1 << 40)
        return [self.symbols[place - 1][1] for place in places]

    def box(self, scenario):
        box = Box(self.kiln, self.library)
        try:
            scenario.prepare(box)
        except BaseException:
            box.close()
            raise
        return box

    def clean(self, scenario):
        """(tree before, tree after, outcome, cache after) of a run in which nothing fails."""
        with self.lock:
            if scenario.name in self.known:
                return self.known[scenario.name]
        box = self.box(scenario)
        try:
            before = scenario.tree(box)
            control = Control(os.path.join(box.root, "control"))
            outcome = box.run(*scenario.command, control=control, stdin=scenario.stdin)
            after = scenario.tree(box)
            if outcome.status or outcome.hung or outcome.left:
                raise Wrong(f"{scenario.name}: without any fault: status {outcome.status}\n"
                            f"{outcome.stderr}")
            second = box.run(*scenario.command, stdin=scenario.stdin)
            result = before, after, outcome, second, scenario.tree(box)
        finally:
            box.close()
        with self.lock:
            self.known[scenario.name] = result
        return result

    def possible(self, scenario):
        """All injections: {(kind, error): how many}."""
        counts = self.clean(scenario)[2].counts
        unknown = counts.keys() - ERRORS.keys()
        if unknown:
            raise Wrong(f"kinds without errors: {unknown}")
        return {(kind, error): count for kind, count in counts.items() if count
                for error in ERRORS[kind]}

    def choose(self, scenario, limit, seed=SEED, wanted=None):
        """At most so many injections, of all (wanted) kinds and errors alike."""
        cells = {cell: count for cell, count in self.possible(scenario).items() if not wanted
                 or wanted(*cell)}
        chosen = {}
        for (kind, error), count in cells.items():
            source = random.Random(f"{seed} {scenario.name} {kind} {error}")
            chosen[kind, error] = iter(source.sample(range(1, count + 1), min(count, limit)))
        order = sorted(chosen)
        random.Random(f"{seed} {scenario.name}").shuffle(order)
        found = []
        while order and len(found) < limit:
            for cell in list(order):
                nth = next(chosen[cell], None)
                if nth is None:
                    order.remove(cell)
                elif len(found) < limit:
                    found.append(Injection(scenario, cell[0], nth, cell[1]))
        return found

    def inject(self, injection):
        """Run one. Returns the outcome, and what is wrong with it, None if nothing is."""
        scenario = injection.scenario
        expected = self.clean(scenario)
        box = self.box(scenario)
        try:
            control = Control(os.path.join(box.root, "control"), injection)
            outcome = box.run(*scenario.command, control=control, stdin=scenario.stdin)
            try:
                judge(injection, box, outcome, expected, self.functions(outcome))
                judge_next(injection, box, expected, self.functions(outcome))
            except Wrong as wrong:
                return outcome, str(wrong)
            return outcome, None
        finally:
            box.close()


def differences(found, expected):
    """The paths in which two trees differ, with what is wrong with each."""
    texts = []
    for path in sorted(found.keys() | expected.keys()):
        if found.get(path) != expected.get(path):
            texts.append(f"{path}: " + ("missing" if path not in found else
                                        "unexpected" if path not in expected else "differs"))
    return ", ".join(texts[:8])


def by_unit(scenario, tree):
    units = collections.defaultdict(dict)
    for path, found in tree.items():
        units[scenario.unit(path)][path] = found
    return units


def is_part(found, whole):
    """Whether a result of a run that told of a source is the right one without it."""
    for path, content in found.items():
        if content == whole.get(path):
            continue
        if path not in whole or content[0] != "file":
            return False
        try:
            names = [{name for name in tarfile.open(fileobj=io.BytesIO(data[2])).getnames()
                      if not name.startswith("blobs/sha256/")}  # which are named by content
                     for data in (content, whole[path])]
        except tarfile.TarError:
            # one that is compressed by what this cannot read, or a document with less in it
            continue
        if not names[0] <= names[1]:
            return False
    return True


# What removes; where it cannot, something is left until the next run.
REMOVING = re.compile(r"(remove_|tree_remove|tree_stage_discard|file_writer_discard|.*leftover).*")
REMOVED_BY = {"unlink", "rmdir", "open", "openat2", "getdents", "stat", "fstat", "chmod", "close"}


def may_leave(injection, functions):
    """Whether something may be left that the next run removes."""
    if injection.error == "KILL" or injection.kind == "malloc" or injection.error[-1] == "+":
        return True
    return injection.kind in REMOVED_BY and any(map(REMOVING.fullmatch, functions)) or \
        injection.kind in ("unlink", "rmdir")


def without_leftovers(scenario, tree, before, after):
    """The tree without what only temporary names have."""
    return {path: found for path, found in tree.items()
            if path in before or path in after or not any(part.startswith(".") and (
                ".kiln-" in part or re.search(r"\.\w{6}$", part)) for part in path.split("/"))}


def are_blobs(tree):
    """Whether these are whole blobs of an OCI layout: their names are digests. A run that told of a
    source has others than a run without a fault."""
    return all(found[0] == "file" and path.endswith(
        "/blobs/sha256/" + hashlib.sha256(found[2]).hexdigest()) for path, found in tree.items())


def judge_tree(injection, tree, before, after, status):
    """Under each name there is the old result, or the new one."""
    scenario = injection.scenario
    olds, news, nows = (by_unit(scenario, each) for each in (before, after, tree))
    for unit in sorted(olds.keys() | news.keys() | nows.keys()):
        old, new, now = (each.get(unit, {}) for each in (olds, news, nows))
        if now in (old, new) or status == 1 and (is_part(now, new) or are_blobs(now)):
            continue
        # A directory that a result was to stand in.
        if not old and not new and all(found[0] == "directory" for found in now.values()):
            below = [path for path in after if path.startswith(unit + "/")]
            if below:
                continue
        if not old and not new:
            raise Wrong(f"left: {unit}")
        raise Wrong(f"{unit} is neither the old result nor the new one: now "
                    f"{differences(now, new)}; "
                    f"as to the old one {differences(now, old)}")


def judge_message(injection, outcome, messages):
    """A message that says what the system said."""
    error = injection.error.rstrip("+")
    if outcome.where == "write 2" or (injection.kind, injection.error[-1]) == ("write", "+"):
        return  # it cannot be written
    if not messages.strip():
        raise Wrong("no message")
    # CPython's words for a directory have no reason, nor has the end of a process that could not
    # answer.
    if (error in ACTIONS or "Can't list" in messages
        or "the worker of this request ended" in messages):
        return
    reason = os.strerror(getattr(errno, error))
    # CPython does not tell why it does not start.
    if reason not in messages and "cannot start CPython" not in messages and not (
            error == "ENOMEM" and ("memory" in messages or "MemoryError" in messages)):
        raise Wrong(f"no message has '{reason}'")


def judge(injection, box, outcome, expected, functions):
    """What must hold after a run with a fault."""
    scenario = injection.scenario
    before, after, clean = expected[:3]
    if outcome.hung:
        raise Wrong("it does not end")
    if outcome.left:
        raise Wrong("a process is left")
    tree = scenario.tree(box)
    if not outcome.hits:
        if outcome.status or tree != after:
            raise Wrong(f"nothing failed, and yet: {differences(tree, after)}")
        return
    if may_leave(injection, functions):
        tree = without_leftovers(scenario, tree, before, after)
    error = injection.error.rstrip("+")
    if error == "KILL" and outcome.status == -signal.SIGKILL:
        return
    try:
        status, messages = scenario.verdict(outcome)
    except ValueError:
        raise Wrong("an answer that is no JSON") from None
    # A configuration that may not be read is a wrong one.
    if status not in (0, 1, 3) and (status, error) != (2, "EACCES"):
        raise Wrong(f"status {status}")
    # As for CPython's, what may not be looked at is not there.
    if (scenario.compatible and injection.kind in ("stat", "access", "realpath")
        and error == "EACCES"):
        return
    if status == 0 and not (scenario.compatible and outcome.stdout != clean.stdout):
        if tree != after:
            raise Wrong(f"status 0, and yet: {differences(tree, after)}")
        if outcome.where != "write 1" and outcome.stdout != clean.stdout:
            raise Wrong("status 0, and another standard output")
        if error in INVISIBLE and outcome.stderr != clean.stderr:
            raise Wrong("seen")
        if "error:" in outcome.stderr:
            raise Wrong("an error is told with status 0")
        return
    if error in INVISIBLE:
        raise Wrong(f"status {status} for what is to be tried again")
    if status == 1 and error not in ("EACCES", "KILL") and not scenario.compatible:
        raise Wrong("the system's failure is told as one of the input, status 1")
    judge_message(injection, outcome, messages)
    judge_tree(injection, tree, before, after, status or scenario.compatible)
    temporary = os.listdir(os.path.join(box.root, "temporary"))
    if temporary and not may_leave(injection, functions):
        raise Wrong(f"left in TMPDIR: {temporary}")


def judge_next(injection, box, expected, functions):
    """What must hold after the same command without a fault."""
    scenario = injection.scenario
    before, after, clean, second, after_second = expected
    # What was done before may be all: then the second run's outcome counts.
    following = box.run(*scenario.command, stdin=scenario.stdin)
    tree = scenario.tree(box)
    tree = {path: found for path, found in tree.items()  # a layout keeps the blobs of before
            if path in after or not are_blobs({path: found})}
    if following.status or following.hung or following.left:
        raise Wrong(f"the next run: status {following.status}\n{following.stderr}")
    if tree not in (after, after_second):
        raise Wrong(f"after the next run: {differences(tree, after)}")
    if following.stdout not in (clean.stdout, second.stdout):
        raise Wrong(f"the next run prints something else: {following.stdout}")
    if ("error:" in following.stderr
        or "warning:" in following.stderr and "warning:" not in clean.stderr):
        raise Wrong(f"the next run tells: {following.stderr}")
    judge_cache(scenario, box, after)


def judge_cache(scenario, box, after):
    """What is in the cache is right: a build of the same sources that has nothing else gives the
    same."""
    if scenario.command[:1] != ("build",) or {"-o", "-n", "--no-cache"} & set(scenario.command):
        return
    for path in [path for path in after
                 if os.path.basename(path) in (".images", ".delineated", ".kiln-build")]:
        shutil.rmtree(box.path(path), ignore_errors=True)
    built = box.run(*scenario.command, stdin=scenario.stdin)
    tree = scenario.tree(box)
    if built.status or tree != after:
        raise Wrong(f"taken from the cache, status {built.status}: {differences(tree, after)}\n"
                    f"{built.stderr}")


def line_of(injection, kiln="build/kiln"):
    """What runs an injection again."""
    return (f"/usr/bin/python3 -I -B test/command/faults.py {kiln} {injection.scenario.name} "
            f"{injection.kind} "
            f"{injection.nth} {injection.error}")


def report(injection, outcome, wrong):
    """What is told of an injection that something was wrong after."""
    text = outcome.stderr + ("" if not injection.scenario.answers else outcome.stdout)
    return "\n".join([line_of(injection), f"    {outcome.where}: status {outcome.status}: {wrong}",
                      *("    > " + line for line in text.splitlines()[:6])])


def run_all(runner, injections, tell=None, jobs=None):
    """Run them side by side. Returns how many calls failed, and what was wrong: [(injection,
    outcome, wrong)]."""
    hits, found = 0, []
    with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        for injection, (outcome, wrong) in zip(injections, pool.map(runner.inject, injections)):
            hits += bool(outcome.hits)
            if wrong:
                found.append((injection, outcome, wrong))
                if tell:
                    tell(injection, outcome, wrong)
    return hits, found


def main():
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import fault_scenarios

    parser = argparse.ArgumentParser()
    parser.add_argument("kiln")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kind", default="*")
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--error", default="*")
    parser.add_argument("--jobs", type=int)
    parser.add_argument("scenario", nargs="?", default="*")
    parser.add_argument("injection", nargs="*")
    options = parser.parse_intermixed_args()
    runner = Runner(options.kiln)
    scenarios = [each for each in fault_scenarios.SCENARIOS
                 if fnmatch.fnmatch(each.name, options.scenario)]
    if options.injection:
        kind, nth, error = options.injection
        outcome, wrong = runner.inject(Injection(scenarios[0], kind, int(nth), error))
        print(report(Injection(scenarios[0], kind, int(nth), error), outcome, wrong or "right"))
        addresses = [hex(frame - 1) for frame in outcome.frames if frame < 1 << 40]
        subprocess.run(["addr2line", "-f", "-s", "-p", "-e", runner.kiln, *addresses], check=False)
        return

    def wanted(kind, error):
        return fnmatch.fnmatch(kind, options.kind) and kind not in options.without and \
            fnmatch.fnmatch(error, options.error)

    total = failed = 0
    for scenario in scenarios:
        injections = runner.choose(scenario, sys.maxsize if options.all else options.sample or 0,
                                   options.seed, wanted)
        if not options.all and not options.sample:
            print(scenario.name, *(f"{kind} {count}" for kind, count in
                                   runner.clean(scenario)[2].counts.items() if count))
            continue
        hits, found = run_all(runner, injections, lambda *what: print(report(*what), flush=True),
                              options.jobs)
        print(f"== {scenario.name}: {hits} injections, {len(found)} wrong", flush=True)
        total, failed = total + hits, failed + len(found)
    print(f"{total} injections, {failed} wrong")


if __name__ == "__main__":
    main()
