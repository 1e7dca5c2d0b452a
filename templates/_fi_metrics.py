"""What instrumented modules call: counts what runs, and writes captures.

docs/formats.rst of kiln has what is read and written here, under "Instrumented modules" and
"Captures". With the extension module _fi_counters counts are in mapped files at once. Without it
objects of Python count, and texts are written when the process ends, when save() is called or
METRICS_SIGNAL arrives.

Each instrumented module carries this one, so it imports little, and anything else when needed.
Nothing here raises: what goes wrong is one warning, and the program runs on.
"""
import atexit
import builtins
import itertools
import operator
import os
import sys
from _thread import RLock, _local
from sys import _getframe
from time import monotonic_ns

__all__ = ["identity", "load", "save", "switch"]

# What functions here find from now on: a program may replace a builtin by a function that counts.
__builtins__ = dict(vars(builtins))

_COVERAGE, _PROFILE = 1, 2
_KINDS = {_COVERAGE: b"coverage", _PROFILE: b"profile"}
_MAXIMUM = sys.maxsize
# Calls that are kept in memory until they are written.
_CALLS_LIMIT = 1 << 16
# The longest name in a path, and what is left of a longer one.
_NAME_LIMIT, _NAME_KEPT, _NAME_DIGITS = 200, 183, 15

_environ = os.environb
_lock = RLock()
_is_warned = False
_is_lost = False  # captures cannot be written
_is_saving = False
_identity = _environ.get(b"METRICS_IDENTITY") or b".fault-python"
# The working directory may change.
_capture = os.path.abspath(_environ[b"METRICS_CAPTURE"]) if _environ.get(
    b"METRICS_CAPTURE") else None
_isolation = _environ.get(b"METRICS_ISOLATION") or b"unspecified"
_modules = {}  # (base, module, path, hash): _Module


def _warn(message):
    global _is_warned
    if not _is_warned:
        _is_warned = True
        try:
            sys.stderr.write("kiln: %s\n" % message)
        except Exception:  # there is no standard error
            pass


def _digest(data):
    """SHA-256, from a module that is small, if there is one."""
    for name in ("_sha2", "_sha256", "hashlib"):
        try:
            return __import__(name).sha256(data)
        except (ImportError, AttributeError):
            pass


def _word(data, is_name=False):
    """Bytes as they stand in lines, or as the name of a directory."""
    if not data.isalnum():
        data = b"".join(
            b"%%%02X" % byte if byte <= 32 or byte in b"/%\x7f" else b"%c" % byte
            for byte in data
        )
    if is_name and data in (b".", b".."):
        data = b"%2E" + data[1:]
    if is_name and len(data) > _NAME_LIMIT:
        digits = _digest(data).hexdigest()[:_NAME_DIGITS]
        data = b"%s%%~%s" % (data[:_NAME_KEPT], digits.encode())
    return data


def _process():
    """The name of this process in paths: it changes when the process forks."""
    given = _environ.get(b"PROCESS_IDENTITY")
    if given:
        return _word(given, True)
    return b"%s-%d-%s" % (_host, os.getpid(), os.urandom(8).hex().encode())


class _Module:
    """An instrumented module: its description, and what counts for it."""

    def __init__(self, description, base, is_capture, name):
        lines = iter(description.split(b"\n"))
        self.description = description
        self.base, self.is_capture, self.name = base, is_capture, name
        self.counters, self.areas, self.elements, self.read = 0, [], [], None
        if next(lines) != b"kiln-regions 1":
            raise ValueError("it was compiled by another version of kiln")
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word == b"hash":
                self.hash = rest
            elif word == b"path":
                self.path = rest
            elif word == b"counters":
                self.counters = int(rest)
            elif word == b"areas":
                self.areas = list(itertools.islice(lines, int(rest)))
            elif word == b"elements":
                self.elements = list(itertools.islice(lines, int(rest)))

    def read_areas(self):
        """The areas, and the numbers of the counters of each."""
        if self.read is None:
            words = [line.split(b" ") for line in self.areas]
            self.read = [(b" ".join(line[:4]), tuple(map(int, line[4:]))) for line in words]
        return self.read

    def element(self, index):
        """The name of an element in timings."""
        name = self.elements[index]
        return self.name + b"." + name if name else self.name


# Mapped counters


class _Mapped:
    """Counts in files by the extension module."""

    def __init__(self, counters):
        process = _environ.get(b"PROCESS_IDENTITY")
        counters.start(_host, *([_word(process, True)] if process else []))
        self.counters = counters
        self.blocks = {}

    def load(self, key, code, module):
        blocks = self.blocks.get(key)
        if blocks is None:
            blocks = self.blocks[key] = [
                self.add(module, kind, count) if count else 0
                for kind, count in ((_COVERAGE, module.counters), (_PROFILE, len(module.elements)))
            ]
        self.counters.replace(code, *blocks)

    def add(self, module, kind, count):
        text = b"kiln-counters 1\nmodule %s\nisolation %s\nidentity %s\n%s" % (
            _word(module.name), _word(_isolation), _word(_identity), module.description)
        digest = _digest(module.description).digest()
        return self.counters.add(module.base, kind, text, digest, count)

    def switch(self, identity):
        self.counters.switch(_word(identity))

    def save(self):
        """What is counted is in the files."""

    def fork(self):
        """The extension module knows when a process forks."""


# Counters of Python


class _Constant:
    """Stands in for a constant, and is for others the bytes that it replaces: it is equal to them,
    and they are pickled; since CPython 3.12 marshal writes them, too."""

    __slots__ = ()

    def __eq__(self, other):
        return self.value == (other.value if isinstance(other, _Constant) else other)

    def __hash__(self):
        return hash(self.value)

    def __reduce__(self):
        return bytes, (self.value,)

    def __buffer__(self, flags):
        return memoryview(self.value)


class _Region(_Constant, itertools.repeat):
    """Counts how often a region began: `0 not in` it takes one of its many zeros, without code of
    Python, and what is left of them tells how many were taken."""

    __slots__ = ("value",)

    def __new__(cls, value):
        self = itertools.repeat.__new__(cls, 0, _MAXIMUM)
        self.value = value
        return self


class _Element:
    """What is timed: the times of its calls by caller, each elapsed and residency."""

    __slots__ = ("module", "index", "times")

    def __init__(self, module, index):
        self.module, self.index, self.times = module, index, {}

    @property
    def name(self):
        return self.module.element(self.index)


# A call is a list, which takes less time to make and to change than any other object.
_ELEMENT, _CALLER, _ELAPSED, _RESIDENCY, _IS_INHERITED, _BEGAN = range(6)


class _Stack(_local):
    """The calls that run in a thread; below them is that of nobody."""

    def __init__(self):
        self.calls = [[None, None, 0, 0, True, 0]]


class _Event(_Constant):
    """Counts calls: `in` is the event. These functions call no other of Python if they need not, as
    they run for each call; their numbers are those of _ELEMENT and so on."""

    __slots__ = ("calls", "stack", "element", "value")

    def __init__(self, calls, element, value):
        self.calls, self.stack, self.element, self.value = calls, calls.stack, element, value


class _Enter(_Event):
    __slots__ = ()

    def __contains__(self, item):
        calls = self.stack.calls
        calls.append([self.element, calls[-1][0], 0, 0, False, monotonic_ns()])
        return True


class _Exit(_Event):
    __slots__ = ()

    def __contains__(self, item):
        time = monotonic_ns()
        calls = self.stack.calls
        element = self.element
        if calls[-1][0] is not element and not self.calls.reach(element):
            self.calls.exit_suspended(element, _getframe(1))
            return True
        _, caller, elapsed, residency, is_inherited, began = calls.pop()
        time -= began
        calls[-1][3] += time
        if is_inherited:
            return True
        try:
            times = element.times[caller]
        except KeyError:
            times = element.times.setdefault(caller, [])
        times.append((elapsed + time, residency))
        if not next(self.calls.ticks) % _CALLS_LIMIT:
            save()
        return True


class _Suspend(_Event):
    __slots__ = ()

    def __contains__(self, item):
        time = monotonic_ns()
        calls = self.stack.calls
        if calls[-1][0] is not self.element and not self.calls.reach(self.element):
            return True
        call = calls.pop()
        time -= call[5]
        call[2] += time
        calls[-1][3] += time
        self.calls.suspended[id(_getframe(1))] = call
        return True


class _Resume(_Event):
    __slots__ = ()

    def __contains__(self, item):
        call = self.calls.suspended.pop(id(_getframe(1)), None)
        if call is not None and call[0] is self.element:
            self.stack.calls.append(call)
            call[5] = monotonic_ns()
        return True


_EVENTS = {b"e": _Enter, b"x": _Exit, b"s": _Suspend, b"r": _Resume}


class _Calls:
    """Times calls: how long they ran, and how much of it in others. As timers.c of kiln."""

    def __init__(self):
        self.stack = _Stack()
        self.suspended = {}  # id of the frame: call
        self.elements = {}  # (module, index): _Element
        self.ticks = itertools.count(1)  # calls that have ended

    def event(self, letter, module, index, value):
        element = self.elements.get((module, index))
        if element is None:
            element = self.elements[module, index] = _Element(module, index)
        return _EVENTS[letter](self, element, value)

    def reach(self, element):
        """Make its last call the last one: those above it have not ended as they should."""
        calls = self.stack.calls
        for place in range(len(calls) - 1, 0, -1):
            if calls[place][_ELEMENT] is element:
                del calls[place + 1:]
                return True
        return False

    def exit_suspended(self, element, frame):
        call = self.suspended.get(id(frame))
        if call is None or call[_ELEMENT] is not element:
            return
        del self.suspended[id(frame)]
        if not call[_IS_INHERITED]:
            times = element.times.setdefault(call[_CALLER], [])
            times.append((call[_ELAPSED], call[_RESIDENCY]))

    def take_ended(self):
        """[(element, caller, times)], each once. Other threads may add times meanwhile."""
        result = []
        for element in list(self.elements.values()):
            for caller, times in list(element.times.items()):
                ended = times[:]
                del times[:len(ended)]
                if ended:
                    result.append((element, caller, ended))
        return result

    def fork(self):
        """In a forked process: what was begun or has ended is its parent's."""
        self.take_ended()
        for call in [*self.stack.calls, *self.suspended.values()]:
            call[_IS_INHERITED] = True


class _Counted:
    """Counts by objects of Python, and writes texts."""

    def __init__(self):
        self.replacer = _Replacer()
        self.calls = _Calls()
        self.counters = {}  # key: [_Region]
        self.saved = {}  # key: [what was left of each counter], when it was saved last
        self.process = _process()
        self.finalized = False
        self.has_handed_on = False
        atexit.register(save)
        self.watch()

    def load(self, key, code, module):
        counters = self.counters.get(key)
        if counters is None:
            counters = self.counters[key] = [
                _Region(b"_fi_\0c%d" % index) for index in range(module.counters)]
        self.watch()

        def replacement(letter, index, value):
            if letter == b"c":
                return counters[index] if index < len(counters) else None
            if letter in _EVENTS and index < len(module.elements):
                return self.calls.event(letter, module, index, value)

        self.replacer.replace(code, replacement)

    def watch(self):
        """Write when a process of multiprocessing ends, which calls os._exit()."""
        util = sys.modules.get("multiprocessing.util")
        if util is None or not hasattr(util, "register_after_fork"):
            return
        if not self.has_handed_on:
            self.has_handed_on = True
            util.register_after_fork(self, _Counted.finalize)
        if not self.finalized:
            self.finalize()

    def finalize(self):
        self.finalized = True
        sys.modules["multiprocessing.util"].Finalize(None, save, exitpriority=-(1 << 30))

    def switch(self, identity):
        _save()

    def fork(self):
        self.calls.fork()
        self.process = _process()
        for key, counters in self.counters.items():
            self.saved[key] = _left(counters)

    def save(self):
        """Write what was counted since it was written last."""
        regions, timings = {}, {}
        for key, counters in list(self.counters.items()):
            self.collect(key, _modules[key], counters, regions)
        for element, caller, times in self.calls.take_ended():
            self.collect_calls(element, caller, times, timings)
        for directory, (sources, areas, counts, hashes) in regions.items():
            _append(directory + b"/.fault-syntax-counters", {
                b"areas": areas, b"counts": counts, b"hashes": hashes, b"sources": sources})
        for directory, (modules, lines) in timings.items():
            _append(directory + b"/.fault-timing-deltas", {
                b"modules": list(modules), b"timings": lines})

    def directory(self, module, kind):
        parts = [module.base, _KINDS[kind], self.process]
        if module.is_capture:
            parts.append(_word(module.name, True))
        parts.append(_word(_identity, True))
        return b"/".join(parts)

    def collect(self, key, module, counters, ret):
        """Add what a module counted. The first time all its areas are named."""
        old, new = self.saved.get(key), _left(counters)
        if new == old:
            return
        self.saved[key] = new
        deltas = list(map(operator.sub, old or [_MAXIMUM] * len(new), new))
        found, sums = [], []
        for area, numbers in module.read_areas():
            total = sum([deltas[number] for number in numbers])
            if total or old is None:
                found.append(area)
                sums.append(b"%d" % total)
        sources, areas, counts, hashes = ret.setdefault(
            self.directory(module, _COVERAGE), ([], [], [], []))
        sources.append(b"%s %d %s" % (_word(_isolation), len(found), module.path))
        areas += found
        counts += sums
        hashes.append(module.hash)

    def collect_calls(self, element, caller, times, ret):
        module = element.module
        modules, lines = ret.setdefault(self.directory(module, _PROFILE), ({}, []))
        modules[b"%s %s %s" % (_word(module.name), module.hash, module.path)] = None
        lines.append(b"%s: %s" % (element.name, caller.name if caller else b""))
        lines += [b"\t%d-%d" % pair for pair in times]


def _left(counters):
    """What is left of each; all are looked at whenever the test changes."""
    return list(map(operator.length_hint, counters))


class _Replacer:
    """Writes to tuples of constants: the code that has them runs already."""

    def __init__(self):
        # The module ctypes may have counters itself; this is all that it would do.
        import _ctypes
        self.item = type("_Item", (_ctypes._SimpleCData,), {"_type_": "O"}).from_address
        self.take, self.drop = _ctypes.Py_INCREF, _ctypes.Py_DECREF

    def replace(self, code, replacement):
        constants = code.co_consts
        for place, constant in enumerate(constants):
            if type(constant) is type(code):
                self.replace(constant, replacement)
            elif type(constant) is bytes and constant.startswith(b"_fi_\0") and \
                    constant[6:].isdigit():
                new = replacement(constant[5:6], int(constant[6:]), constant)
                if new is not None:
                    self.put(constants, place, new)

    def put(self, constants, place, new):
        # The items of a tuple stand behind its basic size.
        item = self.item(id(constants) + tuple.__basicsize__ + place * tuple.__itemsize__)
        old = constants[place]
        if item.value is not old:
            raise RuntimeError("tuples are not as expected")
        self.take(new)  # the reference of the tuple
        item.value = new
        self.drop(old)


# Files


def _append(directory, files):
    """Append lines to files, to all or none."""
    import fcntl
    os.makedirs(directory, exist_ok=True)
    lock = os.open(directory, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    written = []
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError:  # the file system has no locks
            pass
        try:
            for name, lines in files.items():
                _append_lines(directory + b"/" + name, lines, written)
        except OSError as error:
            if error.filename is None:  # that of a file is not known to write()
                error.filename = directory
            for path, size in written:
                os.truncate(path, size)
            raise
    finally:
        os.close(lock)


def _append_lines(path, lines, written):
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o666)
    try:
        written.append((path, os.fstat(fd).st_size))
        data = memoryview(b"".join([line + b"\n" for line in lines]))
        while data:
            data = data[os.write(fd, data):]
    finally:
        os.close(fd)


# What others call


def _find_base(names):
    """Where captures of a module go: the directory, and whether METRICS_CAPTURE named it."""
    if _capture:
        return _capture, True
    trap = names.get("__metrics_trap__")
    return (os.path.abspath(os.fsencode(trap)), False) if trap else (None, False)


def _load(code, description, names):
    global _runtime
    base, is_capture = _find_base(names)
    if base is None:
        return
    name = names.get("__factor__") or names.get("__name__") or "__main__"
    module = _Module(description, base, is_capture, os.fsencode(name))
    key = base, module.name, module.path, module.hash
    module = _modules.setdefault(key, module)
    if _runtime is None:
        _runtime = _start()
    _runtime.load(key, code, module)


def _start():
    try:
        import _fi_counters
    except ImportError:
        runtime = _Counted()
    else:
        runtime = _Mapped(_fi_counters)
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork)
    _watch_signal()
    return runtime


def load(code, description, names):
    """Let the code of a module count. For instrumented modules, before anything else."""
    global _is_lost
    if _is_lost:
        return
    try:
        with _lock:
            _load(code, description, names)
    except Exception as error:
        _is_lost = isinstance(error, (OSError, ImportError))
        _warn("'%s' is not measured: %s" % (names.get("__name__"), _describe(error)))


def _describe(error):
    if isinstance(error, OSError) and error.filename is not None:
        return "%s: '%s'" % (error.strerror, os.fsdecode(error.filename))
    return getattr(error, "strerror", None) or error


def _save():
    """Save, unless a signal handler or finalizer asks for it while that is done."""
    global _is_saving
    if _is_saving:
        return
    _is_saving = True
    try:
        _runtime.save()
    finally:
        _is_saving = False


def save():
    """Write what was counted until now."""
    global _is_lost
    if _runtime is None or _is_lost:
        return
    try:
        with _lock:
            _save()
    except Exception as error:
        _is_lost = True
        _warn("captures cannot be written: %s" % _describe(error))


def switch(name):
    """Count for another identity from now, such as the test that runs."""
    global _identity, _is_lost
    identity = os.fsencode(name) or b".fault-python"
    try:
        with _lock:
            if _runtime is not None and not _is_lost and identity != _identity:
                _runtime.switch(identity)
            _identity = identity
    except Exception as error:
        _is_lost = True
        _warn("captures cannot be written: %s" % _describe(error))


def identity():
    """What counts for whom now."""
    return os.fsdecode(_identity)


def _before_fork():
    if isinstance(_runtime, _Counted):
        _runtime.watch()


def _after_fork():
    global _lock
    _lock = RLock()  # a thread that is not in this process may have had it
    if _runtime is not None:
        _runtime.fork()


def _watch_signal():
    """Save when the signal arrives that METRICS_SIGNAL names."""
    name = os.environ.get("METRICS_SIGNAL")
    if not name:
        return
    import signal
    try:
        number = int(name) if name.isdigit() else getattr(
            signal, name if name.startswith("SIG") else "SIG" + name)
        previous = signal.getsignal(number)

        def arrived(number, frame):
            save()
            if callable(previous):
                previous(number, frame)

        signal.signal(number, arrived)
    except (AttributeError, OSError, ValueError) as error:
        _warn("METRICS_SIGNAL is '%s', which cannot be caught: %s" % (name, error))


_host = _word(os.fsencode(os.uname().nodename), True)[:64]
_runtime = None
