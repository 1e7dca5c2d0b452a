"""Modules with counters, made by hand: `0 not in COUNTER` before each statement and around the
bodies of functions, with the header that docs/formats.rst describes; and what captures say."""
import ast
import glob
import hashlib
import importlib.util
import marshal
import os
import struct

HEADER = """import sys, _fi_metrics
_fi_metrics.load(sys._getframe().f_code, {description!r}, globals())
del sys, _fi_metrics
"""


def _counter(letter, index):
    return ast.Expr(ast.Compare(ast.Constant(0), [ast.NotIn()],
                                [ast.Constant(b"_fi_\0%s%d" % (letter, index))]))


class _Counters(ast.NodeTransformer):
    """Adds counters to the bodies of a tree."""

    def __init__(self, features):
        self.features, self.areas, self.elements, self.names = features, [], [b""], []

    def body(self, statements):
        result = []
        for statement in statements:
            if "coverage" in self.features:
                result.append(_counter(b"c", len(self.areas)))
                self.areas.append(b"%d %d %d %d" % (
                    statement.lineno, statement.col_offset + 1,
                    statement.end_lineno, statement.end_col_offset))
            result.append(self.visit(statement))
        return result

    def generic_visit(self, node):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, name, None), list):
                setattr(node, name, self.body(getattr(node, name)))
        for handler in getattr(node, "handlers", ()):
            handler.body = self.body(handler.body)
        return node

    def visit_FunctionDef(self, node):
        self.names.append(node.name)
        index = len(self.elements)
        self.elements.append(".".join(self.names).encode())
        self.generic_visit(node)
        if "profile" in self.features:
            body = [_Suspended(index).visit(statement) for statement in node.body]
            node.body = [_counter(b"e", index), ast.Try(body, [], [], [_counter(b"x", index)])]
        self.names.pop()
        return node


class _Suspended(ast.NodeTransformer):
    """`yield` as a statement: suspended before it, resumed behind it."""

    def __init__(self, index):
        self.index = index

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Yield):
            return node
        return ast.If(ast.Constant(1), [_counter(b"s", self.index), node,
                                        _counter(b"r", self.index)], [])


def compiled(source, path, features=("coverage",), trap=None):
    """A code object with counters."""
    tree = ast.parse(source)
    counters = _Counters(features)
    tree.body = counters.body(tree.body)
    elements = counters.elements if "profile" in features else []
    description = b"".join(line + b"\n" for line in [
        b"kiln-regions 1", b"hash " + hashlib.sha256(source.encode()).hexdigest().encode(),
        b"path " + os.fsencode(path), b"features " + " ".join(features).encode(),
        b"counters %d" % len(counters.areas), b"areas %d" % len(counters.areas),
        *(b"%s %d" % (area, index) for index, area in enumerate(counters.areas)),
        b"elements %d" % len(elements), *elements])
    header = HEADER.format(description=description)
    if trap:
        header = f"__metrics_trap__ = {trap!r}\n" + header
    tree.body[0:0] = ast.parse(header).body
    return compile(ast.fix_missing_locations(tree), path, "exec")


def write(target, source, features=("coverage",), trap=None):
    """Write a module as bytecode alone; its path is that of a source beside it."""
    code = compiled(source, target[:-1], features, trap)
    with open(target, "wb") as file:
        file.write(importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code))
    return target


def _lines(path):
    with open(path, "rb") as file:
        return file.read().decode().splitlines()


def _read_texts(directory, ret):
    for place in glob.glob(f"{directory}/**/.fault-syntax-counters", recursive=True,
                           include_hidden=True):
        if not os.path.exists(os.path.join(place, "sources")):
            continue
        files = {name: _lines(os.path.join(place, name))
                 for name in ("sources", "areas", "counts", "hashes")}
        pairs = iter(zip(files["areas"], files["counts"], strict=True))
        for source, _ in zip(files["sources"], files["hashes"], strict=True):
            _, count, path = source.split(" ", 2)
            for _, (area, times) in zip(range(int(count)), pairs):
                key = os.path.basename(os.path.dirname(place)), path, int(area.split()[0])
                ret[key] = ret.get(key, 0) + int(times)
        assert next(pairs, None) is None


def _blocks(path):
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data) and data[at:at + 8] == b"kilnmap\0":
        version, kind, size, number, length, numbers, count, rate = struct.unpack_from(
            "@IIQQQQQQ", data, at + 8)
        assert (version, numbers % 8) == (1, 0) and (kind == 2 or not rate)
        text = data[at + 96:at + 96 + length]
        body = text.split(b"\n", 4)[4]
        assert data[at + 64:at + 96] == hashlib.sha256(body).digest()
        unit = 8 if kind == 2 else 1
        values = list(struct.unpack_from(f"@{count * unit}Q", data, at + numbers))
        for place, value in enumerate(values) if rate else ():
            if place % unit >= 4:  # ticks of a clock
                values[place] = value * 10**9 // rate
        yield kind, number, text.decode(), values
        at += size


def _words(text):
    """The identity, path, areas and elements of a block."""
    lines = text.split("\n")
    path = next(line[5:] for line in lines if line.startswith("path "))
    at = next(i for i, line in enumerate(lines) if line.startswith("areas "))
    count = int(lines[at].split()[1])
    return lines[3].split(" ")[1], path, lines[at + 1:at + 1 + count], lines[at + count + 2:-1]


def _identities(path):
    """The lines of a file that zeros may follow."""
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        return file.read().partition(b"\0")[0].decode().splitlines()


def _add(ret, identity, source, areas, values):
    for area in areas:
        line, _, _, _, *numbers = map(int, area.split())
        count = sum(values.get(number, 0) for number in numbers)
        ret[identity, source, line] = ret.get((identity, source, line), 0) + count


def _read_maps(directory, ret):
    for path in glob.glob(f"{directory}/**/*.map", recursive=True, include_hidden=True):
        prefix = path.rsplit(".", 2)[0]
        switched = _identities(prefix + ".identities")
        for kind, number, text, values in _blocks(path):
            if kind != 1:
                continue
            identity, source, areas, _ = _words(text)
            for line in switched:
                word, *rest = line.split(" ")
                if word == "identity":
                    identity = rest[0]
                elif word == "counts" and int(rest[0]) == number:
                    written = dict(zip(map(int, rest[1::2]), map(int, rest[2::2])))
                    _add(ret, identity, source, areas, written)
            _add(ret, identity, source, areas, dict(enumerate(values)))


def counts(directory):
    """{(identity, path, line): count} of all captures below a directory."""
    result = {}
    _read_texts(directory, result)
    _read_maps(directory, result)
    return result


def calls(directory):
    """{(element, caller): [(calls, elapsed, residency)]} of all captures below a directory."""
    result = {}
    for path in glob.glob(f"{directory}/**/timings", recursive=True, include_hidden=True):
        for line in _lines(path):
            if line.startswith("\t"):
                elapsed, residency = line[1:].split("-")
                result.setdefault(key, []).append((1, int(elapsed), int(residency)))
            else:
                key = tuple(line.split(": "))
    for path in glob.glob(f"{directory}/**/*.map", recursive=True, include_hidden=True):
        blocks = {number: (text.split("\n")[1].split(" ")[1], _words(text)[3], values)
                  for kind, number, text, values in _blocks(path) if kind == 2}
        name = lambda number, index: ".".join(filter(None, (
            blocks[number][0], blocks[number][1][index]))) if number else ""
        for number, (_, _, values) in blocks.items():
            for at in range(0, len(values), 8):
                element, block, caller, count, elapsed, residency, _, _ = values[at:at + 8]
                if element:
                    key = name(number, element - 1), name(block, caller)
                    result.setdefault(key, []).append((count, elapsed, residency))
        if not path.endswith(".0.map"):
            continue
        for line in _identities(path[:-len(".0.map")] + ".identities"):
            word, *numbers = line.split(" ")
            if word == "calls":
                number, element, block, caller, *times = map(int, numbers)
                key = name(number, element), name(block, caller)
                result.setdefault(key, []).append(tuple(times[:3]))
    return result
