"""What delineation writes is valid against docs/schema, and what it never writes is not."""
import glob
import json
import os
import shlex
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import schema
import tap
import test_golden

LIBRARY = tap.LIBRARY
PACKAGES = ("json", "email", "unittest", "asyncio", "typing.py", "enum.py", "dataclasses.py")

# A source of which the description has every type of element and every attribute.
EVERYTHING = '''"""Module."""
import a.b
from ..c import d as e, f
from g import *
__all__ = ["x"]
__all__.append("y")
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

# What only descriptions of newer Python have.
NEWER = {"type-parameter", "type-parameters"} if sys.version_info < (3, 12) else set()
if not NEWER:
    EVERYTHING += """
type A[T: int, *U, **V] = 1
def f[T](): ...
class C[T]:
    type B = 1
    def m[T](self) -> T: ...
    @property
    def p[T](self) -> T: ...
"""

PLACE = [[1, 1], [1, 2]]
INHERITANCE = ["inheritance", [], {}]
LAZY = {"identifier": "a", "area": PLACE, "qualifiers": ["lazy"], "path": ["a"], "factor": True}
ALIAS = {"identifier": "a", "area": PLACE, "qualifiers": ["type"]}
TYPE = ["type", [], {"area": PLACE, "syntax": "t"}]
VALID = {
    "import": {"identifier": "a", "area": PLACE, "path": ["a"], "factor": True},
    "data": {"identifier": "a", "area": PLACE},
    "class": {"identifier": "a", "area": PLACE},
    "function": {"identifier": "a", "area": PLACE},
    "method": {"identifier": "a", "area": PLACE, "accessor": "x.setter"},
    "parameter": {"identifier": "a", "area": PLACE, "kind": "positional"},
    "type-parameter": {"identifier": "T", "area": PLACE, "kind": "type-var", "syntax": "T"},
}

# What no element has: changes to the attributes of one in VALID.
WRONG = {
    "import": [{"path": []}, {"path": ["a", ""]}, {"path": "a"}, {"path": ["a.b"]},
               {"path": ["a", "*"]}, {"identifier": "*", "path": ["a", "*"]}, {"relative": 0},
               {"relative": -1}, {"identifier": "*", "path": ["a", "b"], "relative": 0},
               {"relative": "1"}, {"factor": False}, {"documented": PLACE},
               {"qualifiers": ["type"]}, {"qualifiers": []}],
    "data": [{"area": [[1, 0], [1, 1]]}, {"area": [[1, 1], [2, 0]]}, {"area": [[0, 1], [1, 1]]},
             {"area": [1, 1]}, {"area": [[1, 1]]}, {"area": [[1, 1], [1, 1], [1, 1]]},
             {"area": [[1, 1.5], [1, 2]]}, {"identifier": ""}, {"conditional": False},
             {"conditional": 1}, {"qualifiers": ["x"]}, {"exported": []}, {"kind": "positional"},
             {"qualifiers": ["type", "type"]}, {"type-parameters": ["T"]}],
    "class": [{"qualifiers": []}, {"decorators": [""]}, {"keywords": {}},
              {"keywords": {"metaclass": 1}},
              {"keywords": {"": "x"}}, {"raises": ["E"]}, {"yields": True}, {"deprecated": "x"},
              {"accessor": "x.setter"}],
    "function": [{"raises": ["E", "E"]}, {"raises": ["E f"]}, {"raises": []}, {"yields": False},
                 {"deprecated": ["x"]}, {"accessor": "x.setter"}, {"keywords": {"a": "b"}},
                 {"method": "m"}],
    "method": [{"accessor": "x.getter"}, {"accessor": ".setter"}, {"accessor": True}],
    "parameter": [{"kind": "star"}, {"default": "1"}, {"optional": True},
                  {"default": 1, "optional": True},
                  {"syntax": "*a"}, {"kind": "vararg"}, {"documented": PLACE},
                  {"kind": "kwarg", "syntax": "**a", "default": "1", "optional": True},
                  {"kind": "type-var"}],
    "type-parameter": [{"kind": "positional"}, {"syntax": ""}, {"default": "int"},
                       {"optional": True}, {"documented": PLACE}, {"reference": "T"}],
}


def module(*children):
    attributes = {"identifier": "m", "area": [[1, 1], [1, 0]], "source-encoding": "utf-8"}
    return ["module", list(children), attributes]


def within(kind, attributes, children=()):
    """A module that has nothing but one such element, in a function or class if only these have it.
    """
    children = [INHERITANCE, *children] if kind == "class" else list(children)
    found = [kind, children, attributes]
    if kind == "parameter":
        found = ["function", [found], VALID["function"]]
    if kind == "type-parameter":
        found = ["function", [found], VALID["function"] | {"type-parameters": ["T"]}]
    if kind == "method":
        found = ["class", [INHERITANCE, found], VALID["class"]]
    return module(found)


def parameter(name, kind, **more):
    return ["parameter", [], VALID["parameter"] | {"identifier": name, "kind": kind} | more]


@unittest.skipUnless(schema.jsonschema, "python3-jsonschema is not installed")
class Schemas(tap.Case):
    @classmethod
    def setUpClass(cls):
        cls.validators = schema.validators()

    def describe(self, text):
        return json.loads(self.kiln("delineate", self.write("source.py", text)).stdout)

    def golden(self):
        """Each description that a golden case prints."""
        cases = sorted(glob.glob(os.path.join(tap.ROOT, "test", "golden", "delineate-*")))
        self.assertGreater(len(cases), 20)
        for case in cases:
            work = self.path(os.path.basename(case))
            tap.copy_tree(os.path.join(case, "tree"), work)
            if test_golden.since(case) > sys.version_info:
                continue
            with open(os.path.join(case, "command"), encoding="utf-8") as file:
                commands = [shlex.split(line)[1:] for line in file]
            for arguments in commands:
                if "jsonl" in arguments:
                    lines = self.kiln(*arguments, status=None, cwd=work).stdout.splitlines()
                    yield from map(json.loads, lines)

    def kinds(self):
        """{type of element: its attributes} as the schema has them."""
        definitions = self.validators["elements"].schema["$defs"]
        return {name: set(part["prefixItems"][2].get("properties", ()))
                for name, part in definitions.items() if len(part.get("prefixItems", ())) == 3}

    def assert_used(self, trees):
        """All types of elements and their attributes occur in these trees."""
        used = {}
        for tree in trees:
            for kind, _, attributes in schema.walk(tree):
                used.setdefault(kind, set()).update(attributes)
        known = self.kinds()
        self.assertEqual(set(used), set(known) - NEWER)
        self.assertEqual(set().union(*used.values()), set().union(*known.values()) - NEWER)

    def test_descriptions_of_the_library_are_valid(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        described = dict(elements.described(paths))
        self.assertEqual(sorted(described), paths)
        for path, record in described.items():
            record["elements"] = schema.shapes(record["elements"])
            problem = next(self.validators["description"].iter_errors(record), None)
            self.assertIsNone(problem, f"{path}: {problem}")

    def test_descriptions_of_golden_cases_are_valid_and_have_everything(self):
        trees = []
        for record in self.golden():
            problem = next(self.validators["description"].iter_errors(record), None)
            self.assertIsNone(problem, f"{record['path']}: {problem}")
            trees.append(record["elements"])
        self.assert_used(trees)

    def test_files_are_valid_and_the_parts_of_a_description(self):
        record = self.describe(EVERYTHING)
        self.kiln("delineate", "source.py", "-o", "out", "-q")
        for part in schema.PARTS:
            with open(self.path("out", part + ".json"), encoding="utf-8") as file:
                found = json.load(file)
            self.validators[part].validate(found)
            self.assertEqual(found, record[part])

    def test_every_attribute_has_a_title_and_a_description(self):
        definitions = self.validators["elements"].schema["$defs"]
        attributes = set().union(*self.kinds().values())
        self.assertGreater(len(attributes), 20)
        for name in attributes:
            self.assertGreater(len(definitions["attribute-" + name]["title"]), 2, name)
            self.assertGreater(len(definitions["attribute-" + name]["description"]), 10, name)

    def test_mutations_of_everything_are_not_valid(self):
        validator = self.validators["elements"]
        tree = self.describe(EVERYTHING)["elements"]
        validator.validate(tree)
        self.assert_used([tree])
        count = 0
        for mutation in schema.mutations(schema.shapes(tree)):
            count += 1
            self.assertFalse(validator.is_valid(mutation), json.dumps(mutation))
        self.assertGreater(count, 200)

    def test_attributes_with_other_values_are_not_valid(self):
        validator = self.validators["elements"]
        for kind, attributes in VALID.items():
            validator.validate(within(kind, attributes))
        for kind, changes in WRONG.items():
            for change in changes:
                self.assertFalse(validator.is_valid(within(kind, VALID[kind] | change)),
                                 (kind, change))

    def test_other_children_are_not_valid(self):
        validator = self.validators["elements"]
        star, stars = parameter("a", "vararg", syntax="*a"), parameter("k", "kwarg", syntax="**k")
        plain = parameter("p", "positional")
        validator.validate(within("function", VALID["function"], [TYPE, plain, star, stars]))
        data, function = ["data", [], VALID["data"]], ["function", [], VALID["function"]]
        one = ["type-parameter", [TYPE], VALID["type-parameter"]]
        generic = VALID["function"] | {"type-parameters": ["T", "P"]}
        pack = ["type-parameter", [], VALID["type-parameter"] | {"kind": "param-spec"}]
        for kind, attributes, children in (
                ("import", LAZY, []), ("data", ALIAS, []),
                ("function", generic, [TYPE, one, pack, plain]), ("class", generic, [one, pack]),
                ("data", ALIAS | {"type-parameters": ["T"]}, [one])):
            validator.validate(within(kind, attributes, children))
            if not children or kind == "function":
                continue
            for other in ([], [plain], [one, TYPE], [["type-parameter", [TYPE], pack[2]]],
                          [["type-parameter", [TYPE, TYPE], one[2]]]):
                self.assertFalse(validator.is_valid(within(kind, attributes, other)),
                                 (kind, other))
        wrong = {"function": [[plain, TYPE], [TYPE, TYPE], [star, star], [stars, stars],
                              [INHERITANCE], [data], [one]],
                 "class": [[INHERITANCE], [TYPE], [function], [["module", [], {}]]],
                 "data": [[TYPE, TYPE], [plain], [one]], "import": [[TYPE]],
                 "parameter": [[TYPE, TYPE], [plain]]}
        for kind, children in ((kind, children) for kind, lists in wrong.items()
                               for children in lists):
            self.assertFalse(validator.is_valid(within(kind, VALID[kind], children)),
                             (kind, children))
        others = [["method", [], VALID["method"]], plain, TYPE, INHERITANCE,
                  ["field", [], VALID["data"] | {"method": "m"}]]
        for other in others:
            self.assertFalse(validator.is_valid(module(other)), other)

    def test_areas_of_other_modules_are_not_valid(self):
        validator = self.validators["elements"]
        for area in ([[1, 1], [1, 1]], [[1, 1], [0, 0]], [[2, 1], [2, 0]], [[1, 1]], None):
            other = module()
            other[2]["area"] = area
            self.assertFalse(validator.is_valid(other), area)
            del other[2]["area"]
            self.assertFalse(validator.is_valid(other))

    def test_other_documents_are_not_valid(self):
        empty = self.describe("")
        expression = {"syntax": "a", "area": PLACE}
        values = [1, 1.5, "", True, [None, [expression]], expression, 10 ** 30]
        self.validators["data"].validate([[["x"]] * len(values), values])
        wrong = {"documented": [{}, [1], [[""]], [[1]], "x", [["a.b"]]],
                 "documentation": [[1], [[1]], [["two\nlines"]], [["end\n"]], ["x"]],
                 "data": [[], [[]], [[], [], []], [[["x"]], [{"syntax": "a"}]], [[["x"]], [None]],
                          [[[]], [1]], [[["x"]], [{}]], [[["x"]], [[expression | {"more": 1}]]],
                          [[["x"]], [{"syntax": "a", "area": [[1, 1]]}]]],
                 "description": [{}, empty | {"format": 2}, empty | {"more": 1},
                                 empty | {"elements": []}, empty | {"data": [1, 2]},
                                 empty | {"documented": None},
                                 {name: value for name, value in empty.items() if name != "data"}]}
        for name, documents in wrong.items():
            for document in documents:
                self.assertFalse(self.validators[name].is_valid(document), (name, document))


if __name__ == "__main__":
    tap.main()
