"""Regions of sources, and their counts when the instrumented sources run.

The runtime is not needed: the constants of the code are replaced before it runs, as
docs/formats.rst says of counters.
"""
import hashlib
import importlib.machinery
import importlib.util
import marshal
import os
import re
import struct
import sys
import types

import tap

AST = ("format", "python.ast")
MARK = b"_fi_\0c"
HANDLER = b"_fi_\0w"
EVENTS = re.compile(rb"_fi_\0([exsr])(\d+)")


class Counter:
    """Counts how often it is asked for a member."""

    def __init__(self):
        self.count = 0

    def __contains__(self, item):
        self.count += 1
        return True


class Handler:
    """Counts for the instruction that an exception leaves from, when it is asked for a member."""

    def __init__(self, counters, constant):
        self.counters = counters
        self.ranges = [tuple(map(int, line.split()))
                       for line in constant[len(HANDLER):].splitlines()]

    def __contains__(self, item):
        left = sys.exc_info()[1].__traceback__
        if left.tb_frame is sys._getframe(1):
            for begin, end, *numbers in self.ranges:
                if begin <= left.tb_lasti < end:
                    for number in numbers:
                        self.counters.setdefault(number, Counter()).count += 1
        return True


class Event:
    """Notes when it is asked for a member."""

    def __init__(self, events, letter, number):
        self.events, self.letter, self.number = events, letter, number

    def __contains__(self, item):
        self.events.append((self.letter, self.number))
        return True


def codes(code):
    """A code object and all in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def with_counters(code, counters, events):
    """The code with counters instead of their placeholders: `counters` maps numbers to them,
    `events` is a list of the others' letters and numbers."""
    def replaced(constant):
        if isinstance(constant, types.CodeType):
            return with_counters(constant, counters, events)
        found = EVENTS.fullmatch(constant) if isinstance(constant, bytes) else None
        if found:
            return Event(events, found[1].decode(), int(found[2]))
        if isinstance(constant, bytes) and constant.startswith(MARK):
            return counters.setdefault(int(constant[len(MARK):]), Counter())
        if isinstance(constant, bytes) and constant.startswith(HANDLER):
            return Handler(counters, constant)
        return constant
    return code.replace(co_consts=tuple(map(replaced, code.co_consts)))


def areas_of(description):
    """The areas in the description of an instrumented module: [(area, numbers of counters)]."""
    lines = description.decode("utf-8", "surrogateescape").split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("areas "))
    count = int(lines[start].split()[1])
    rows = [tuple(map(int, line.split())) for line in lines[start + 1:start + 1 + count]]
    return [(row[:4], row[4:]) for row in rows]


def names_of(description):
    """The names of the elements."""
    lines = description.decode("utf-8", "surrogateescape").split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("elements "))
    return lines[start + 1:-1]


def description_in(code):
    """The description that the code of an instrumented module has; None if there is nothing to
    count."""
    found = [constant for constant in code.co_consts
             if isinstance(constant, bytes) and constant.startswith(b"kiln-regions 1\n")]
    return found[0] if found else None


class Instrumented:
    """A source that was compiled with counters, by `cc`, a function that runs `kiln cc`."""

    def __init__(self, cc, source, place, features="coverage"):
        cc(place + ".unit", source, "instrumentation", features)
        cc(place + ".code", place + ".unit", *AST)
        with open(place + ".code", "rb") as file:
            code = marshal.load(file)
        self.events = []
        self.description = description_in(code)
        self.areas = areas_of(self.description) if self.description else []
        self.names = names_of(self.description) if self.description else []
        self.code = self.counted(code, place)

    def counted(self, code, place):
        """The code whose counters count."""
        self.counters = {}
        return with_counters(code, self.counters, self.events)

    def number(self, counter):
        """What a counter has counted."""
        return self.counters[counter].count if counter in self.counters else 0

    def run(self, names=None):
        """Run the module. Returns its globals."""
        names = {"__name__": "instrumented"} if names is None else names
        runtime = types.ModuleType("_fi_metrics")
        runtime.load = lambda code, description, names: None
        before = sys.modules.get("_fi_metrics")
        sys.modules["_fi_metrics"] = runtime
        try:
            exec(self.code, names)
        finally:
            del sys.modules["_fi_metrics"]
            if before:
                sys.modules["_fi_metrics"] = before
        return names

    def counts(self):
        """{area: count}"""
        return {area: sum(map(self.number, numbers)) for area, numbers in self.areas}


class Mapped(Instrumented):
    """The same with the extension module of the runtime, which counts in a mapped file."""

    def counted(self, code, place):
        counters, base = extension(), os.fsencode(place + ".capture")
        counters.start(b"host")
        description = self.description or b""
        blocks = [counters.add(base, kind, description, hashlib.sha256(description).digest(),
                               count) if count else 0
                  for kind, count in ((1, self.count_of(b"counters")), (2, len(self.names)))]
        counters.replace(code, *blocks)
        self.base = base
        return code

    def count_of(self, word):
        found = re.search(rb"^%s (\d+)$" % word, self.description or b"", re.MULTILINE)
        return int(found[1]) if found else 0

    def number(self, counter):
        directory, = (parent for parent, _, names in os.walk(os.path.join(self.base, b"coverage"))
                      if names)
        name, = os.listdir(directory)
        with open(os.path.join(directory, name), "rb") as file:
            data = file.read()
        at, count = struct.unpack_from("=QQ", data, 40)
        assert counter < count
        return struct.unpack_from("=Q", data, at + counter * 8)[0]


def extension():
    """The extension module of the runtime."""
    if "_fi_counters" not in sys.modules:
        directory = os.path.join(os.path.dirname(tap.KILN), "libexec", "kiln")
        finder = importlib.machinery.FileFinder(
            directory, (importlib.machinery.ExtensionFileLoader,
                        importlib.machinery.EXTENSION_SUFFIXES))
        spec = finder.find_spec("_fi_counters")
        sys.modules["_fi_counters"] = importlib.util.module_from_spec(spec)
    return sys.modules["_fi_counters"]


def types_of(directory):
    """The regions that a description has: {area: type}."""
    with open(os.path.join(directory, "areas"), encoding="ascii") as file:
        areas = [tuple(map(int, line.split())) for line in file]
    with open(os.path.join(directory, "types"), encoding="ascii") as file:
        kinds = file.read()
    assert len(areas) == len(kinds) and areas == sorted(set(areas))
    return dict(zip(areas, kinds))


def text_of(lines, area):
    """The first line of an area's text."""
    first, begin, last, end = area
    line = lines[first - 1]
    return line[begin - 1:end] if first == last else line[begin - 1:]
