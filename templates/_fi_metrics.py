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
import os
import sys
from _thread import RLock, _local
from operator import length_hint
from sys import _getframe
from time import monotonic_ns

__all__ = ["identity", "load", "save", "switch"]

# What functions here find from now on: a program may replace a builtin by a function that counts.
__builtins__ = dict(vars(builtins))

_COVERAGE, _PROFILE = 1, 2
_KINDS = {_COVERAGE: b"coverage", _PROFILE: b"profile"}
_MAXIMUM = sys.maxsize
# Counts and calls that are kept in memory until they are written.
_KEPT_LIMIT = 1 << 14
# Bytes that are themselves in words.
_PLAIN = bytes(byte for byte in range(33, 256) if byte not in b"/%\x7f")
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
    if data.translate(None, _PLAIN):
        data = b"".join(
            b"%c" % byte if byte in _PLAIN else b"%%%02X" % byte for byte in data
        )
    if is_name and data in (b".", b".."):
        data = b"%2E" + data[1:]
    if is_name and len(data) > _NAME_LIMIT:
        digits = _digest(data).hexdigest()[:_NAME_DIGITS]
        data = b"%s%%~%s" % (data[:_NAME_KEPT], digits.encode())
    return data


def _process():
    """The name that this process was given in paths, or None."""
    given = _environ.get(b"PROCESS_IDENTITY")
    return _word(given, True) if given else None


def _process_here():
    """A name that no other process has: it changes when the process forks."""
    return b"%s-%d-%s" % (_host, os.getpid(), os.urandom(8).hex().encode())


class _Module:
    """An instrumented module: its description, and what counts for it."""

    def __init__(self, description, base, is_capture, name):
        lines = iter(description.split(b"\n"))
        self.description = description
        self.base, self.is_capture, self.name, self.identity = base, is_capture, name, _identity
        self.counters, self.areas, self.elements, self.read = 0, [], [], None
        self.zeros = self.left = None  # for each counter, and how many were left at last
        self.is_told = False
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
        """The areas, and for each counter the numbers of those that it counts."""
        if self.read is None:
            areas_of = [[] for _ in range(self.counters)]
            words = [line.split(b" ") for line in self.areas]
            for area, line in enumerate(words):
                for counter in line[4:]:
                    areas_of[int(counter)].append(area)
            self.read = [b" ".join(line[:4]) for line in words], areas_of
        return self.read

    def element(self, index):
        """The name of an element in timings."""
        name = self.elements[index]
        return self.name + b"." + name if name else self.name


# Mapped counters


class _Mapped:
    """Counts in files by the extension module."""

    def __init__(self, counters):
        process = _process()
        counters.start(_host, *([process] if process else []))
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
        digest = _digest(module.description).digest()
        return self.counters.add(module.base, kind, _text(module), digest, count)

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


class _Region(_Constant, itertools.chain):
    """Counts how often a region began: `0 not in` it takes one of many zeros, without code of
    Python, and what is left of them tells how many were taken. The first time it takes what stands
    before them, which notes the place."""

    __slots__ = ("value",)


# A place of a region is a tuple, as all that there is of it takes time and memory for each region:
# the constants that have it, their items as numbers, the index there, what stood there, the module,
# and the number of the counter. The code that has the constants may be gone before the place is.


def _replace(constants, items, index, new):
    """Put an object into a tuple: the code that has it runs already."""
    old = constants[index]
    _take(new)  # the reference of the tuple
    items[index] = id(new)
    _drop(old)


def _note_next(places, note):
    """Put regions into places that call a function once, with the place. This runs for all that a
    test reached: it is _replace(), without calls."""
    take, drop, repeat = _take, _drop, itertools.repeat
    for place in places:
        constants, items, index, value, module, number = place
        new = _Region(filter(note, repeat(place, 1)), module.zeros[number])
        new.value = value
        old = constants[index]
        take(new)
        items[index] = id(new)
        drop(old)


class _Handler(_Constant):
    """Counts the exceptions that leave a function, by the instruction: `in` is asked while one is
    handled."""

    __slots__ = ("module", "handled", "value")

    def __init__(self, module, handled, value):
        self.module, self.handled, self.value = module, handled, value

    def __contains__(self, item):
        traceback = sys.exc_info()[2]
        if traceback is None or traceback.tb_frame is not _getframe(1):
            return True
        module = self.module
        for line in self.value[6:].splitlines():
            begin, end, *numbers = map(int, line.split())
            if begin <= traceback.tb_lasti < end:
                for number in numbers:
                    if number < module.counters:
                        next(module.zeros[number])
                        self.handled.add((module, number))
        return True


class _Element:
    """What is timed; with _Sum its calls since the identity changed, by caller."""

    __slots__ = ("module", "index", "sums")

    def __init__(self, module, index):
        self.module, self.index, self.sums = module, index, {}

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

    __slots__ = ("calls", "stack", "ended", "element", "value")

    def __init__(self, calls, element, value):
        self.calls, self.stack, self.ended = calls, calls.stack, calls.ended
        self.element, self.value = element, value


class _Enter(_Event):
    __slots__ = ()

    def __contains__(self, item):
        calls = self.stack.calls
        calls.append([self.element, calls[-1][0], 0, 0, False, monotonic_ns()])
        return True


class _Exit(_Event):
    """Keeps the call."""

    __slots__ = ()

    def __contains__(self, item):
        time = monotonic_ns()
        calls = self.stack.calls
        element = self.element
        if calls[-1][0] is not element and not self.calls.reach(element):
            self.calls.exit_suspended(element, _getframe(1))
            return True
        call = calls.pop()
        time -= call[5]
        call[2] += time
        calls[-1][3] += time
        ended = self.ended
        ended.append(call)
        if len(ended) > _KEPT_LIMIT:
            save()
        return True


class _Sum(_Event):
    """Adds the call to those of its caller: [count, elapsed, residency, least, most, element,
    caller]. What is in a journal may be read by another thread: no call of a function stands
    between what belongs together."""

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
        time += elapsed
        try:
            total = element.sums[caller]
        except KeyError:
            total = element.sums[caller] = [1, time, residency, time, time, element, caller]
            self.ended.append(total)
            return True
        total[0] += 1
        total[1] += time
        total[2] += residency
        if time < total[3]:
            total[3] = time
        elif time > total[4]:
            total[4] = time
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

    def __init__(self, is_summed):
        self.stack = _Stack()
        self.suspended = {}  # id of the frame: call
        self.elements = {}  # (module, index): _Element
        self.events = {**_EVENTS, b"x": _Sum} if is_summed else _EVENTS
        self.ended = []  # calls, or their sums

    def event(self, letter, module, index, value):
        element = self.elements.get((module, index))
        if element is None:
            element = self.elements[module, index] = _Element(module, index)
        return self.events[letter](self, element, value)

    def take_ended(self):
        """The calls or sums since, each once."""
        ended = _take_all(self.ended)
        if self.events is not _EVENTS:
            for *_, element, caller in ended:
                element.sums.pop(caller, None)
        return ended

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
        if self.events is _EVENTS:
            self.ended.append(call)
        elif not call[_IS_INHERITED]:
            _, caller, elapsed, residency, _, _ = call
            self.ended.append([1, elapsed, residency, elapsed, elapsed, element, caller])

    def fork(self):
        """In a forked process: what was begun or has ended is its parent's."""
        self.take_ended()
        for call in [*self.stack.calls, *self.suspended.values()]:
            call[_IS_INHERITED] = True


def _are_ranges(text):
    """Whether it is lines of BEGIN, END and counters."""
    return text[-1:] == b"\n" and all(
        len(words) > 2 and all(map(bytes.isdigit, words))
        for words in (line.split(b" ") for line in text[:-1].split(b"\n")))


def _take_all(items):
    """The items of a list, each once. Other threads may add some meanwhile."""
    taken = items[:]
    del items[:len(taken)]
    return taken


class _Counted:
    """Counts by objects of Python. When the identity changes, what was reached since is looked at,
    and nothing else. It is written later."""

    def __init__(self):
        _find_ctypes()
        # Below `kiln run` each test is an identity.
        is_log = "_fi_run" in sys.modules
        self.writer = (_Log if is_log else _Texts)()
        self.calls = _Calls(is_log)
        self.journal = []  # places: what was reached since it was emptied
        self.handled = set()  # {(_Module, number)}: what handlers counted since
        self.kept = []  # (identity, [(_Module, number, count)], what _Calls has), to be written
        self.size = 0  # of what is kept
        self.finalized = False
        self.has_handed_on = False
        atexit.register(save)
        self.watch()

    def load(self, key, code, module):
        if module.zeros is None:
            module.left = [_MAXIMUM] * module.counters
            module.zeros = [itertools.repeat(0, count) for count in module.left]
        self.watch()
        places = []
        self.replace(code, module, places)
        _note_next(places, self.journal.append)

    def replace(self, code, module, places):
        """Let events count, and add the places of regions."""
        constants, items = code.co_consts, None
        for index, constant in enumerate(constants):
            if type(constant) is type(code):
                self.replace(constant, module, places)
            elif type(constant) is bytes and constant.startswith(b"_fi_\0w"):
                if _are_ranges(constant[6:]):
                    items = items or _items_of(constants)
                    _replace(constants, items, index, _Handler(module, self.handled, constant))
            elif type(constant) is bytes and constant.startswith(b"_fi_\0") and \
                    constant[6:].isdigit():
                items = items or _items_of(constants)
                letter, number = constant[5:6], int(constant[6:])
                if letter == b"c" and number < module.counters:
                    places.append((constants, items, index, constant, module, number))
                elif letter in _EVENTS and number < len(module.elements):
                    event = self.calls.event(letter, module, number, constant)
                    _replace(constants, items, index, event)

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

    def take(self):
        """What was counted since: [(_Module, number, count)]."""
        places = _take_all(self.journal)
        _note_next(places, self.journal.append)  # before counting, which others may do meanwhile
        result = []
        counters = [place[4:] for place in places]
        while self.handled:
            counters.append(self.handled.pop())
        for module, number in counters:
            left, before = length_hint(module.zeros[number]), module.left[number]
            if left != before:
                module.left[number] = left
                result.append((module, number, before - left))
        return result

    def keep(self):
        """Remember for whom was what was counted since."""
        counts, ended = self.take(), self.calls.take_ended()
        if counts or ended:
            self.kept.append((_identity, counts, ended))
            self.size += len(counts) + len(ended)

    def switch(self, identity):
        self.keep()
        if self.size > _KEPT_LIMIT:
            self.write()

    def fork(self):
        """What was counted before is the parent's."""
        self.calls.fork()
        self.take()
        self.kept.clear()
        self.size = 0
        self.writer = type(self.writer)()

    def save(self):
        self.keep()
        self.write()

    def write(self):
        """Write what is kept. The first time all areas of a module are told."""
        kept, self.kept, self.size = self.kept, [], 0
        counts = {}  # (identity, module): {index: count}
        untold = {module for module in list(_modules.values()) if not module.is_told}
        for module in untold:
            module.is_told = True
            if module.counters:
                counts[module.identity, module] = {}
        for identity, counted, _ in kept:
            for module, number, count in counted:
                sums = counts.setdefault((identity, module), {})
                sums[number] = sums.get(number, 0) + count
        self.writer.write(counts, [(identity, ended) for identity, _, ended in kept], untold)


def _find_ctypes():
    """Find what writes to memory. The module ctypes may have counters itself; this is all that it
    would do."""
    global _Items, _take, _drop
    import _ctypes
    number = type("_Number", (_ctypes._SimpleCData,), {"_type_": "P"})
    # The length is only a limit of indexes.
    _Items = type("_Items", (_ctypes.Array,), {"_type_": number, "_length_": 1 << 28})
    _take, _drop = _ctypes.Py_INCREF, _ctypes.Py_DECREF


def _items_of(constants):
    """The items of a tuple as numbers. They stand behind its basic size."""
    items = _Items.from_address(id(constants) + tuple.__basicsize__)
    if items[0] != id(constants[0]) or items[len(constants) - 1] != id(constants[-1]):
        raise RuntimeError("tuples are not as expected")
    return items


# Files


class _Texts:
    """Writes texts, a directory for each module and identity."""

    def __init__(self):
        self.process = _process() or _process_here()

    def directory(self, module, kind, identity):
        parts = [module.base, _KINDS[kind], self.process]
        if module.is_capture:
            parts.append(_word(module.name, True))
        parts.append(_word(identity, True))
        return b"/".join(parts)

    def write(self, counts, calls, untold):
        regions, timings = {}, {}
        for (identity, module), sums in counts.items():
            self.collect(identity, module, sums, module in untold, regions)
            untold.discard(module)
        for identity, ended in calls:
            by_caller = {}
            for call in ended:
                if not call[_IS_INHERITED]:
                    by_caller.setdefault((call[_ELEMENT], call[_CALLER]), []).append(call)
            for (element, caller), found in by_caller.items():
                self.collect_calls(identity, element, caller, found, timings)
        for directory, (sources, areas, numbers, hashes) in regions.items():
            _append(directory + b"/.fault-syntax-counters", {
                b"areas": _lines(areas), b"counts": _lines(numbers), b"hashes": _lines(hashes),
                b"sources": _lines(sources)})
        for directory, (modules, lines) in timings.items():
            _append(directory + b"/.fault-timing-deltas", {
                b"modules": _lines(modules), b"timings": _lines(lines)})

    def collect(self, identity, module, sums, is_all, ret):
        areas, areas_of = module.read_areas()
        totals = dict.fromkeys(range(len(areas)), 0) if is_all else {}
        for index, count in sums.items():
            for area in areas_of[index]:
                totals[area] = totals.get(area, 0) + count
        lines = ret.setdefault(self.directory(module, _COVERAGE, identity), ([], [], [], []))
        lines[0].append(b"%s %d %s" % (_word(_isolation), len(totals), module.path))
        for area in sorted(totals):
            lines[1].append(areas[area])
            lines[2].append(b"%d" % totals[area])
        lines[3].append(module.hash)

    def collect_calls(self, identity, element, caller, ended, ret):
        module = element.module
        modules, lines = ret.setdefault(self.directory(module, _PROFILE, identity), ({}, []))
        modules[b"%s %s %s" % (_word(module.name), module.hash, module.path)] = None
        lines.append(b"%s: %s" % (element.name, caller.name if caller else b""))
        lines += [b"\t%d-%d" % (call[_ELAPSED], call[_RESIDENCY]) for call in ended]


class _Log:
    """Writes what changes of the identity leave behind mapped counters, beside maps that have no
    counters: two files for all modules and identities, and a line for all calls of a caller."""

    def __init__(self):
        self.name = _process_here()
        self.process = _process() or self.name
        self.numbers = {}  # (module, kind): number of the block
        self.files = {}  # (base, kind): ([block], [line])
        self.identities = {}  # (base, kind): that of the last line

    def write(self, counts, calls, untold):
        for (identity, module), sums in counts.items():
            number = self.number(module, _COVERAGE)
            if sums:
                pairs = " ".join(map(str, itertools.chain.from_iterable(sums.items())))
                self.add(module, _COVERAGE, identity, b"counts %d %s" % (number, pairs.encode()))
        for identity, ended in calls:
            for *numbers, element, caller in ended:
                self.add(element.module, _PROFILE, identity, b"calls %d %d %d %d %d %d %d %d %d" % (
                    self.number(element.module, _PROFILE), element.index,
                    self.number(caller.module, _PROFILE) if caller else 0,
                    caller.index if caller else 0, *numbers))
        files, self.files, self.identities = self.files, {}, {}
        for (base, kind), (blocks, lines) in files.items():
            _append(b"/".join([base, _KINDS[kind], self.process, b".kiln-counters"]), {
                self.name + b".0.map": b"".join(blocks),
                self.name + b".identities": b"".join(lines)})

    def number(self, module, kind):
        """The number of its block, which is made if there is none."""
        number = self.numbers.get((module, kind))
        if number is None:
            number = self.numbers[module, kind] = len(self.numbers) + 1
            blocks, _ = self.files.setdefault((module.base, kind), ([], []))
            blocks.append(_block(module, kind, number))
        return number

    def add(self, module, kind, identity, line):
        key = module.base, kind
        _, lines = self.files.setdefault(key, ([], []))
        if self.identities.get(key) != identity:
            self.identities[key] = identity
            lines.append(b"identity %s\n" % _word(identity))
        lines.append(line + b"\n")


def _lines(lines):
    return b"".join([line + b"\n" for line in lines])


def _text(module):
    """The text of a block of counters."""
    return b"kiln-counters 1\nmodule %s\nisolation %s\nidentity %s\n%s" % (
        _word(module.name), _word(_isolation), _word(module.identity), module.description)


def _block(module, kind, number):
    """A block of a map, without counters."""
    text = _text(module)
    size = 96 + len(text)
    size += -size % 8
    numbers = (1, 4), (kind, 4), *((number, 8) for number in (
        size, number, len(text), size, 0, 0))
    head = b"kilnmap\0" + b"".join([
        number.to_bytes(width, sys.byteorder) for number, width in numbers])
    return (head + _digest(module.description).digest() + text).ljust(size, b"\0")


def _append(directory, files):
    """Append bytes to files, to all or none."""
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
            for name, data in files.items():
                if data:
                    _append_to(directory + b"/" + name, data, written)
        except OSError as error:
            if error.filename is None:  # that of a file is not known to write()
                error.filename = directory
            for path, size in written:
                os.truncate(path, size)
            raise
    finally:
        os.close(lock)


def _append_to(path, data, written):
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags, 0o666)
    try:
        written.append((path, os.fstat(fd).st_size))
        data = memoryview(data)
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
        signal.signal(number, _handler(signal.getsignal(number)))
    except (AttributeError, OSError, ValueError) as error:
        _warn("METRICS_SIGNAL is '%s', which cannot be caught: %s" % (name, error))
    else:
        _keep_handlers(signal, number)


def _handler(program):
    """A handler that saves, and calls that of the program if there is one."""
    def arrived(number, frame):
        save()
        if callable(program):
            program(number, frame)

    arrived._fi_program = program
    return arrived


def _keep_handlers(signal, number):
    """Save also when the program has set a handler of its own. It sees only its own."""
    import functools
    set_any, get_any = signal.signal, signal.getsignal

    @functools.wraps(set_any)
    def set_handler(signalnum, handler):
        if signalnum == number and callable(handler):
            handler = _handler(handler)
        before = set_any(signalnum, handler)
        return getattr(before, "_fi_program", before)

    @functools.wraps(get_any)
    def get_handler(signalnum):
        handler = get_any(signalnum)
        return getattr(handler, "_fi_program", handler)

    signal.signal, signal.getsignal = set_handler, get_handler


_host = _word(os.fsencode(os.uname().nodename), True)[:64]
_runtime = None
