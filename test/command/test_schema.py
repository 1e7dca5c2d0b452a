"""What delineation writes is valid against docs/schema, and what it never writes is not."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import schema
import tap

LIBRARY = "/usr/lib/python3.11"
PACKAGES = ("json", "logging", "asyncio", "enum.py", "functools.py", "ast.py")

EVERYTHING = '''"""Module."""
import a.b
from ..c import d as e, f
from g import *
__all__ = ["x"]
#: data
x: int = 1
y, z = None, [1, 2.5, "t", b"u", (None, True), -1, {}]
if x:
    @overload
    def h(i, /, j: int = 1, *k, l, **m) -> n:
        """h"""
        yield
        raise O.p("q")

@final
@r("s")
class T(U, V.w, metaclass=M):
    """T"""
    A = 1
    "A"
    @property
    def b(self) -> int: "b"
    @b.setter
    def b(self, value):
        #: c
        self.c: str = value
        if value:
            self.d = 2
    @classmethod
    def e(cls): pass
    @staticmethod
    def f(): pass
    @abstractmethod
    async def g(self): pass
    @abstractproperty
    def h(self): pass
    @deprecated("no")
    def i(self): pass
'''


@unittest.skipUnless(schema.jsonschema, "python3-jsonschema is not installed")
class Schemas(tap.Case):
    @classmethod
    def setUpClass(cls):
        cls.validators = schema.validators()

    def describe(self, text):
        return json.loads(self.kiln("delineate", self.write("source.py", text)).stdout)

    def test_descriptions_of_the_library_are_valid(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        for path, record in elements.described(paths):
            record["elements"] = schema.shapes(record["elements"])
            self.validators["description"].validate(record)

    def test_files_are_valid(self):
        self.kiln("delineate", self.write("source.py", EVERYTHING), "-o", "out", "-q")
        for part in schema.PARTS:
            with open(self.path("out", part + ".json"), encoding="utf-8") as file:
                self.validators[part].validate(json.load(file))

    def test_everything_that_is_described_occurs(self):
        defined = self.validators["elements"].schema["$defs"]
        used = {}
        for kind, _, attributes in schema.walk(self.describe(EVERYTHING)["elements"]):
            used.setdefault(kind, set()).update(attributes)
        kinds = {name for name, part in defined.items() if "prefixItems" in part and "const" in part["prefixItems"][0]}
        self.assertEqual(set(used), kinds)
        known = {name for kind in kinds for name in defined[kind]["prefixItems"][2].get("properties", ())}
        self.assertEqual(set().union(*used.values()), known)

    def test_other_elements_are_not_valid(self):
        validator = self.validators["elements"]
        tree = self.describe(EVERYTHING)["elements"]
        validator.validate(tree)
        count = 0
        for mutation in schema.mutations(schema.shapes(tree)):
            count += 1
            self.assertFalse(validator.is_valid(mutation), json.dumps(mutation))
        self.assertGreater(count, 200)

    def test_other_documents_are_not_valid(self):
        wrong = {"documented": [{}, [1], [[""]], [[1]], "x"],
                 "documentation": [[1], [[1]], [["two\nlines"]], ["x"]],
                 "data": [[], [[]], [[], [], []], [[["x"]], [{"syntax": "a"}]], [[["x"]], [None]],
                          [[["x"]], [{"syntax": "a", "area": [[1, 1]]}]]],
                 "description": [{}, self.describe("") | {"format": 2}, self.describe("") | {"more": 1}]}
        for name, documents in wrong.items():
            for document in documents:
                self.assertFalse(self.validators[name].is_valid(document), (name, document))


if __name__ == "__main__":
    tap.main()
