"""Compare the interfaces (.pyi) that kiln makes of sources with the sources' own elements.

What is compared is what kiln says of the source and of its stub, and, for what elements do not tell
(the conditions around a definition, `import a as a`), what CPython's ast says of both.
"""
import ast
import collections
import itertools
import json
import os
import subprocess
import warnings

import elements
import judge
import tap

FUNCTIONS = elements.FUNCTIONS
NAMES = ("data", "field")
INCOMPLETE = "from _typeshed import Incomplete as "
# What a body tells, or where something stands: an interface has other ones.
OWN = ("area", "conditional", "documented", "raises", "yields", "exported", "source-encoding",
       "factor")


def run(*arguments):
    """Run kiln on sources of which some may be wrong; its standard output."""
    return subprocess.run(
        [tap.KILN, *arguments], env=tap.environment(), stdin=subprocess.DEVNULL, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=600).stdout


def make(paths, output, options=()):
    """Make stubs of sources below a directory that does not exist yet: {path of a source: its
    stub's}."""
    places = [f"{path}={index}/{os.path.basename(path)}" for index, path in enumerate(paths)]
    for begin in range(0, len(paths), 500):
        run("delineate", "--format", "stub", *options, "-o", os.path.join(output, str(begin)),
            *places[begin:begin + 500])
    found = {}
    for index, path in enumerate(paths):
        name = os.path.basename(path)
        stub = os.path.join(output, str(index // 500 * 500), str(index),
                            name if name.endswith(".pyi") else
                            name + ("i" if name.endswith(".py") else ".pyi"))
        if os.path.exists(stub):
            found[path] = stub
    return found


def documentation(record):
    """The documentation of each documented element: {id: lines}."""
    result, lines = {}, iter(record["documentation"])

    def visit(element):
        if "documented" in element[2]:
            result[id(element)] = next(lines)
        for child in element[1]:
            visit(child)
    visit(record["elements"])
    return result


def values(record):
    """The values of data by the names around them and their own: {path: [value]}."""
    result = collections.defaultdict(list)
    for path, value in zip(*record["data"]):
        result[json.dumps(path)].append(value)
    return result


def facts(element, defaults):
    """What a definition, or a part of one, says that its stub must say as well."""
    kind, children, attributes = element
    result = {name: value for name, value in attributes.items() if name not in OWN}
    if kind == "import":
        result.pop("qualifiers", None)  # an interface imports nothing lazily
    if not defaults and "default" in result:
        result["default"] = "..."
    parts = [facts(child, defaults) for child in children
             if child[0] in ("type", "parameter", "type-parameter", "inheritance")]
    return [kind, parts, result]


def annotation(element):
    return element[1][0][2]["syntax"] if element[1] and element[1][0][0] == "type" else None


def is_overload(decorator):
    return decorator.rpartition(".")[2] == "overload"


def without_implementations(definitions):
    """Definitions but those that overloads of their name stand before: interfaces need not have
    them.

    They come as (name and where it is bound, decorators, definition).
    """
    overloaded, result = set(), []
    for name, decorators, definition in definitions:
        if any(map(is_overload, decorators)):
            overloaded.add(name)
        elif name in overloaded:
            overloaded.discard(name)
            continue
        result.append(definition)
    return result


def is_incomplete(element):
    return element[0] == "import" and element[2]["path"] == ["_typeshed", "Incomplete"]


def definitions(container):
    """The elements of a body but data and fields."""
    return [child for child in container[1] if child[0] in (*FUNCTIONS, "class", "import")]


class Comparison:
    """Collects what a stub and its source do not have in common."""

    def __init__(self, source, stub, docstrings=False, defaults=True):
        self.source, self.stub = source, stub
        self.docstrings, self.defaults = docstrings, defaults
        self.lines = {id(record): documentation(record) for record in (source, stub)}
        self.problems = []

    def say(self, place, text):
        self.problems.append(f"{'.'.join(place) or 'module'}: {text}")

    def compare(self):
        module, other = self.source["elements"], self.stub["elements"]
        if module[2].get("exported") != other[2].get("exported"):
            self.say((),
                     f"exported {other[2].get('exported')}, expected {module[2].get('exported')}")
        self.compare_documentation(module, other, ())
        self.compare_body(module, other, ())
        self.compare_values()
        return self.problems

    def compare_documentation(self, element, other, place):
        expected = self.lines[id(self.source)].get(id(element)) if self.docstrings else None
        found = self.lines[id(self.stub)].get(id(other))
        if found != expected:
            self.say(place, f"documentation {found}, expected {expected}")

    def compare_body(self, container, other, place):
        expected, found = definitions(container), definitions(other)
        if sum(map(is_incomplete, found)) > sum(map(is_incomplete, expected)):
            found.remove(next(filter(is_incomplete, found)))
        if len(found) < len(expected):
            expected = without_implementations(
                (child[2]["identifier"], child[2].get("decorators", ()), child)
                for child in expected)
        for element, made in itertools.zip_longest(expected, found):
            if element is None or made is None:
                name = (made or element)[2]["identifier"]
                self.say(place, f"{name} is {'missing' if made is None else 'added'}")
                return
            if not self.compare_definition(element, made, place):
                return
        self.compare_names(container, other, place)

    def compare_definition(self, element, made, place):
        here = (*place, element[2]["identifier"])
        expected, found = facts(element, self.defaults), facts(made, self.defaults)
        if not elements.same(found, expected):
            self.say(here, f"{found}, expected {expected}")
            return False
        if element[0] != "import":
            self.compare_documentation(element, made, here)
        if element[0] == "class":
            self.compare_body(element, made, here)
        return True

    def compare_names(self, container, other, place):
        """Every name is bound, with all its annotations, in the order of first occurrences."""
        bound = {child[2]["identifier"] for child in other[1] if "identifier" in child[2]}
        expected = [child for child in container[1] if child[0] in NAMES]
        found = [child for child in other[1] if child[0] in NAMES]
        annotated = {(child[2]["identifier"], annotation(child)) for child in found}
        for child in expected:
            name, text = child[2]["identifier"], annotation(child)
            if name not in bound:
                self.say(place, f"{name} is not bound")
            elif text is not None and (name, text) not in annotated:
                self.say(place, f"{name} is not annotated {text!r}")
        names = {child[2]["identifier"] for child in expected}
        order = [child[2]["identifier"] for child in expected]
        last = -1
        for name in dict.fromkeys(child[2]["identifier"] for child in found):
            if name not in names:
                self.say(place, f"{name} is added")
            elif order.index(name) < last:
                self.say(place, f"{name} is out of order")
            else:
                last = order.index(name)

    def compare_values(self):
        """A value in a stub is one that the source has; `__all__` says what is exported."""
        expected = values(self.source)
        for path, found in values(self.stub).items():
            if path == '["__all__"]':
                continue
            for value in found:
                text = plain(value)
                if text != "..." and text not in map(plain, expected[path]):
                    self.say((), f"{path} has the value {text!r}")


def plain(value):
    """A value of data.json, without places."""
    if isinstance(value, dict):
        return value["syntax"]
    return list(map(plain, value)) if isinstance(value, list) else value


def bindings(tree):
    """Definitions and imported names in order, each as its name with the body of the module or
    class that binds it, its decorators, and the name with the conditions (tests, and arms) around
    it."""
    found = []

    def add(scope, around, *names, decorators=()):
        found.extend(((scope, name), decorators, (name, around)) for name in names)

    def bind(statement, *place):
        if isinstance(statement, ast.Import):
            add(*place, *(f"import {name.name} as {name.asname}" for name in statement.names))
        elif isinstance(statement, ast.ImportFrom):
            begin = f"from {'.' * statement.level}{statement.module or ''} import"
            add(*place, *(f"{begin} {name.name} as {name.asname}" for name in statement.names))
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            add(*place, statement.name,
                decorators=[ast.unparse(one) for one in statement.decorator_list])

    def visit(body, scope, around):
        for statement in body:
            bind(statement, scope, around)
            if isinstance(statement, ast.If):
                test = ast.unparse(statement.test)
                visit(statement.body, scope, (*around, (test, True)))
                visit(statement.orelse, scope, (*around, (test, False)))
            elif isinstance(statement, ast.ClassDef):
                visit(statement.body, statement, around)
            elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                visit_blocks(statement, scope, around)

    def visit_blocks(statement, *place):
        for name in ("body", "cases", "handlers", "orelse", "finalbody"):
            for part in getattr(statement, name, ()):
                if isinstance(part, ast.stmt):
                    visit([part], *place)
                else:
                    visit(part.body, *place)

    visit(tree.body, tree, ())
    return found


def compare_bindings(source, stub):
    """Where the definitions and imports of a stub are others, or under other conditions."""
    expected = bindings(judge.parse(source))
    found = [definition for _, _, definition in bindings(judge.parse(stub))]
    added = [definition for definition in found if definition[0].startswith(INCOMPLETE)]
    if len(added) > sum(name.startswith(INCOMPLETE) for (_, name), _, _ in expected):
        found.remove(added[0])
    if len(found) < len(expected):
        expected = without_implementations(expected)
    else:
        expected = [definition for _, _, definition in expected]
    for pair in itertools.zip_longest(found, expected):
        if pair[0] != pair[1]:
            return [f"{pair[0]}, expected {pair[1]}"]
    return []


class Case(tap.Case):
    """Sources of which stubs are made."""

    def compile(self, path, stub):
        """What is wrong with a stub as Python."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                compile(elements.read(stub), stub, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                return [f"{path}: the stub does not compile: {error}"]
        return []

    def check(self, paths, options=(), **comparison):
        """Make stubs of all sources and compare those that CPython compiles; their number."""
        made = make(paths, self.path("stubs"), options)
        sources = dict(elements.described(paths))
        stubs = dict(elements.described(sorted(made.values())))
        problems, count = [], 0
        for path, source in sources.items():
            if not elements.compiles(elements.read(path), path):
                continue
            count += 1
            if path not in made:
                problems.append(f"{path}: no stub")
                continue
            wrong = self.compile(path, made[path])
            if not wrong:
                found = Comparison(source, stubs[made[path]], **comparison).compare()
                found += compare_bindings(elements.read(path), elements.read(made[path]))
                wrong = [f"{path}: {line}" for line in found]
            problems += wrong
        self.assertEqual(problems[:elements.SHOWN], [], f"{len(problems)} differences")
        return count
