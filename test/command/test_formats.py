"""Units are what docs/formats.rst says: a reader written from it, and from CPython's own
description of the syntax tree, reads every node, value and position back as `ast` has them."""
import ast
import hashlib
import importlib.util
import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import tap

POSITIONED = {"stmt", "expr", "excepthandler", "arg", "keyword", "alias", "pattern"}
HEADER = struct.Struct("<8sHbB9IQqQ32s")


def forms(name):
    """The forms of a type of Python.asdl, in order: [(class, [(field type, "", "?" or "*",
    field)])]."""
    described = getattr(ast, name).__doc__
    described = described.split(" = ")[1] if " = " in described else described
    found = []
    for form in re.split(r"\s+\| ", described.strip()):
        head, _, fields = form.partition("(")
        fields = re.findall(r"(\w+)([?*]*) (\w+)", fields)
        found.append((getattr(ast, head.strip()), fields))
    return found


class Unit:
    """One unit, taken apart."""

    def __init__(self, data):
        self.types = {}
        (magic, version, self.optimize, self.check, self.magic, self.python, origin, factor, trap,
         count, values, nodes, features, self.size, self.mtime, self.siphash,
         self.digest) = HEADER.unpack_from(data)
        assert (magic, version, features) == (b"\x89kunit\r\n", 1, 0)
        assert hashlib.blake2b(data[:-16]).digest()[:16] == data[-16:]
        self.data, self.at = data, HEADER.size
        self.origin, self.factor, self.trap = (self.take(length)
                                               for length in (origin, factor, trap))
        end = self.at + values
        self.values = [self.value() for _ in range(count)]
        assert self.at == end
        self.line, self.column = 1, 0
        self.module = self.node("mod", False)
        assert self.at == end + nodes == len(data) - 16

    def take(self, length):
        self.at += length
        return self.data[self.at - length:self.at]

    def number(self):
        result = shift = 0
        while True:
            byte = self.take(1)[0]
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result

    def signed(self):
        number = self.number()
        return -(number + 1) // 2 if number % 2 else number // 2

    def value(self):
        tag = self.take(1)[0]
        readers = {
            1: lambda: None, 2: lambda: True, 3: lambda: False, 4: lambda: ...,
            5: lambda: int.from_bytes(self.take(self.number()), "little", signed=True),
            6: lambda: struct.unpack("<d", self.take(8))[0],
            7: lambda: complex(*struct.unpack("<2d", self.take(16))),
            8: lambda: self.take(self.number()).decode("utf-8", "surrogatepass"),
            9: lambda: self.take(self.number()),
        }
        return readers[tag & 127]()

    def position(self, head):
        same_line, same_column, one_line = head & 32, head & 64, head & 128
        line = self.line if same_line else self.line + self.signed()
        column = self.column
        if not same_column:
            column = (self.column if same_line else 0) + self.signed()
        end_line = line if one_line else line + self.signed()
        end_column = self.signed() + (column if one_line else 0)
        self.line, self.column = line, column
        return {"lineno": line, "col_offset": column, "end_lineno": end_line,
                "end_col_offset": end_column}

    def node(self, name, optional):
        head = self.take(1)[0]
        if not head:
            assert optional
            return None
        positioned = name in POSITIONED
        if name not in self.types:
            self.types[name] = forms(name)
        form, fields = self.types[name][(head & 31 if positioned else head) - 1]
        attributes = self.position(head) if positioned else {}
        return form(**{field: self.field(*described, field) for *described, field in fields},
                    **attributes)

    def field(self, name, mark, field):
        if mark.endswith("*"):
            # None is allowed in these two; Python.asdl says so since CPython 3.14.
            optional = field in ("keys", "kw_defaults")
            count = self.number()
            return [self.item(name, optional) for _ in range(max(count - 1, 0))]
        return self.item(name, mark == "?")

    def item(self, name, optional):
        if name == "int":
            return self.signed()
        if name in ("expr_context", "boolop", "operator", "unaryop", "cmpop"):
            return forms(name)[self.number() - 1][0]()
        if name in ("identifier", "string", "constant"):
            index = self.number()
            assert index or optional
            return self.values[index - 1] if index else None
        return self.node(name, optional)


def injected(statement):
    return (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name) and
            statement.targets[0].id in ("__factor__", "__source_hash__"))


class Formats(tap.Case):
    def unit(self, path, *keys):
        self.kiln("cc", "unit", path, *keys, status=None)
        if not os.path.exists(self.path("unit")):
            return None
        unit = Unit(program.read(self.path("unit")))
        os.unlink(self.path("unit"))
        return unit

    def test_the_tree_is_that_of_the_source(self):
        compared = 0
        for root, name in corpus.sample(120):
            path = os.path.join(root, name)
            unit = self.unit(path)
            if not unit:
                continue
            with self.subTest(path=path):
                expected = ast.parse(program.read(path))
                body = unit.module.body
                self.assertEqual(sum(map(injected, body)), 1)
                unit.module.body = [statement for statement in body if not injected(statement)]
                self.assertEqual(ast.dump(unit.module, include_attributes=True),
                                 ast.dump(expected, include_attributes=True))
                compared += 1
        self.assertGreater(compared, 100)

    def test_the_header_tells_of_the_source(self):
        content = b"x = 1\r\ny = -1.5, 10**30, 2j, b'a', 'b', ..., None, True\r\n"
        path = self.write("m.py", content)
        os.utime(path, (5, 5))
        unit = self.unit("m.py", "factor", "a.m", "origin", "there/m.py", "cpython-optimize", "2",
                         "check", "time", "metrics-trap", "/trap")
        self.assertEqual((unit.origin, unit.factor, unit.trap), (b"there/m.py", b"a.m", b"/trap"))
        self.assertEqual((unit.optimize, unit.check, unit.size, unit.mtime),
                         (2, 1, len(content), 5))
        self.assertEqual(unit.magic, int.from_bytes(importlib.util.MAGIC_NUMBER, "little"))
        self.assertEqual(unit.python, sys.hexversion)
        self.assertEqual(unit.siphash.to_bytes(8, "little"), importlib.util.source_hash(content))
        self.assertEqual(unit.digest, hashlib.sha3_256(content.replace(b"\r\n", b"\n")).digest())
        self.assertEqual(self.unit("m.py").mtime, 0)


if __name__ == "__main__":
    tap.main()
