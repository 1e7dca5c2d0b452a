"""Compare the interfaces (.pyi) that kiln makes of sources with the sources' own elements.

What is compared is what kiln says of the source and of its stub, and what CPython's ast says of
both: that each name is bound once, and each name that is mentioned is bound.
"""
import ast
import collections
import json
import os
import re
import subprocess
import warnings

import elements
import judge
import tap

FUNCTIONS = elements.FUNCTIONS
NAMES = ("data", "field")
# What a body tells, or where something stands: an interface has other ones.
OWN = ("area", "conditional", "documented", "raises", "yields", "exported", "exported-open",
       "source-encoding", "factor")


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


def annotation(element):
    return element[1][0][2]["syntax"] if element[1] and element[1][0][0] == "type" else None


def is_overload(element):
    return any(name.rpartition(".")[2] == "overload"
               for name in element[2].get("decorators", ()))


# What a stub calls a named tuple that only a class's bases name.
TUPLE = re.compile(r"""((?:namedtuple|NamedTuple)\(\s*["'])_*""")


def facts(element, defaults, text=""):
    """What a definition, or a part of one, says that its stub must say as well."""
    kind, children, attributes = element
    result = {name: value for name, value in attributes.items() if name not in OWN}
    if attributes.get("yields"):
        result["qualifiers"] = [name for name in result.get("qualifiers", ()) if name != "async"]
    result["qualifiers"] = result.get("qualifiers") or []
    if "syntax" in result:
        result["syntax"] = TUPLE.sub(r"\1", result["syntax"])
    result["decorators"] = [name for name in result.get("decorators", ())
                            if "_simple_enum(" not in name]
    for name in {"syntax", "default"} & set(result):  # of several lines, one may be made
        if "# type: ignore" in text:
            result[name] = re.sub(r"#.*|\s", "", result[name])
    if not defaults and "default" in result:
        result["default"] = "..."
    parts = [facts(child, defaults, text) for child in children
             if child[0] in ("type", "parameter", "type-parameter", "inheritance")]
    if attributes.get("decorators", result["decorators"]) != result["decorators"]:
        parts[0][1] = [["type", [], {"decorators": [], "qualifiers": [], "reference": base,
                                     "syntax": base}]
                       for name in attributes["decorators"] if "_simple_enum(" in name
                       for base in re.findall(r"_simple_enum\(([\w.]+)", name)]
    return [kind, parts, dict(sorted(result.items()))]


def as_inherited(made, candidates):
    """A class of a stub without the metaclass that it says, if its source inherits that."""
    keywords = dict(made[2].get("keywords", ()))
    if (keywords.get("metaclass") not in ("ABCMeta", "_ABCMeta")
            or any("metaclass" in child[2].get("keywords", ()) for child in candidates)):
        return made
    del keywords["metaclass"]
    others = {name: value for name, value in made[2].items() if name != "keywords"}
    return [*made[:2], others | ({"keywords": keywords} if keywords else {})]


COMPARISONS = ("__lt__", "__le__", "__gt__", "__ge__")


def comparisons(container, identifier):
    """A comparison that functools.total_ordering() adds to a class, as it may be made."""
    if (identifier not in COMPARISONS
            or not any("total_ordering" in name for name in container[2].get("decorators", ()))):
        return []
    return [["method", child[1], child[2] | {"identifier": identifier, "decorators": []}]
            for child in container[1] if child[2].get("identifier") in COMPARISONS]


def names_bound(container, *kinds):
    return {child[2]["identifier"] for child in container[1] if child[0] in kinds}


class Comparison:
    """Collects what a stub says that its source does not, and what it leaves out."""

    def __init__(self, source, stub, docstrings=False, defaults=True):
        self.source, self.stub = source, stub
        self.docstrings, self.defaults = docstrings, defaults
        self.lines = {id(record): documentation(record) for record in (source, stub)}
        data = elements.read(source["path"])
        self.text, self.gone = data.decode("latin-1"), gone(judge.parse(data))
        self.problems = []

    def say(self, place, text):
        self.problems.append(f"{'.'.join(place) or 'module'}: {text}")

    def compare(self):
        module, other = self.source["elements"], self.stub["elements"]
        if not module[2].get("exported-open"):
            expected, found = (sorted(one[2].get("exported", ())) for one in (module, other))
            if found != expected:
                self.say((), f"exported {found}, expected {expected}")
        self.compare_documentation(module, other, ())
        self.compare_body(module, other, ())
        return self.problems

    def compare_documentation(self, element, other, place):
        expected = self.lines[id(self.source)].get(id(element)) if self.docstrings else None
        found = self.lines[id(self.stub)].get(id(other))
        if found != expected:
            self.say(place, f"documentation {found}, expected {expected}")

    def compare_body(self, container, other, place):
        known = collections.defaultdict(list)
        for child in container[1]:
            known[child[2].get("identifier")].append(child)
        for made in other[1]:
            if made[0] in (*FUNCTIONS, "class"):
                name = made[2]["identifier"]
                self.compare_definition(
                    known[name] or comparisons(container, name), made, place)
        self.compare_names(container, other, place)

    def compare_definition(self, candidates, made, place):
        """A definition in a stub is one that the source has."""
        here = (*place, made[2]["identifier"])
        if any(child[0] in NAMES for child in candidates):
            return  # a property, or a function that was decorated later
        found = facts(as_inherited(made, candidates), self.defaults, self.text)
        expected = [child for child in candidates
                    if elements.same(facts(child, self.defaults, self.text), found)]
        if not expected:
            self.say(here, f"{found} is not in the source")
            return
        if len(expected) == 1:
            self.compare_documentation(expected[0], made, here)
            if made[0] == "class":
                self.compare_body(expected[0], made, here)

    def compare_names(self, container, other, place):
        """What the source binds for good is bound, but for what is imported."""
        expected = names_bound(container, *FUNCTIONS, "class", "data")
        inherits = any(child[0] == "inheritance" and child[1] for child in container[1])
        if not inherits:
            expected |= names_bound(container, "field")
        found = names_bound(other, *FUNCTIONS, *NAMES, "class", "import")
        expected -= self.gone | names_bound(container, "import")
        for name in sorted(expected - found):
            self.say(place, f"{name} is not bound")
        self.compare_values(container, other, place)

    def compare_values(self, container, other, place):
        """Data with an annotation in the stub alone are not data with another one in the source."""
        annotated = collections.defaultdict(set)
        for child in container[1]:
            if child[0] in NAMES:
                annotated[child[2]["identifier"]].add(annotation(child))
        for child in other[1]:
            name = child[2].get("identifier")
            if child[0] not in NAMES or None in annotated[name] or not annotated[name]:
                continue
            if annotation(child) not in annotated[name] | {"Incomplete", "_Incomplete"}:
                self.say(place, f"{name} is annotated {annotation(child)!r}")


IMPLIED = {"__doc__", "__file__", "__name__", "__package__", "__path__", "__spec__", "__all__"}


def is_main(statement):
    return (isinstance(statement, ast.If) and isinstance(statement.test, ast.Compare)
            and ast.unparse(statement.test) == "__name__ == '__main__'")


def stored(node):
    return {name.id for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def gone(tree):
    """Names of a source that need not be there when it has run: interfaces may lack them."""
    found = set(IMPLIED)
    for node in ast.walk(tree):
        if isinstance(node, ast.Delete):
            found |= {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
        elif is_main(node):
            found |= {getattr(part, "name", None) for one in node.body for part in ast.walk(one)}
            found |= set().union(*map(stored, node.body))
        elif isinstance(node, ast.Try):
            found |= {one.value.id for one in node.body
                      if isinstance(one, ast.Expr) and isinstance(one.value, ast.Name)}
    return found


def is_decided(test):
    """Whether type checkers decide a condition."""
    if isinstance(test, ast.BoolOp):
        return all(map(is_decided, test.values))
    if isinstance(test, ast.UnaryOp):
        return isinstance(test.op, ast.Not) and is_decided(test.operand)
    text = ast.unparse(test)
    if isinstance(test, ast.Compare):
        return len(test.ops) == 1 and re.match(r"sys\.(version_info\b|platform\s*\W=)", text)
    return text in ("True", "False") or re.fullmatch(
        r"([\w.]+\.)?TYPE_CHECKING|sys\.platform\.startswith\(.*\)", text, re.DOTALL)


class Scope:
    """A body of a stub: what it binds, and what it mentions."""

    def __init__(self, body, outer=None):
        self.outer, self.bound, self.problems = outer, {}, []
        self.mentioned, self.stars, self.classes, self.roots = [], False, [], set()
        self.visit(body, ())

    def visit(self, body, arms):
        for statement in body:
            if isinstance(statement, ast.If):
                if not is_decided(statement.test):
                    self.problems.append(f"{ast.unparse(statement.test)} is not decided")
                self.mention(statement.test)
                place = f"{statement.lineno}:{statement.col_offset}"
                self.visit(statement.body, (*arms, (place, True)))
                self.visit(statement.orelse, (*arms, (place, False)))
            else:
                self.take(statement, arms)

    def take(self, statement, arms):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for name in statement.names:
                self.stars = self.stars or name.name == "*"
                bound = (name.asname or name.name).partition(".")[0]
                self.bind(bound, arms, name.name == "*" or bound in self.roots)
                if isinstance(statement, ast.Import) and not name.asname:
                    self.roots.add(bound)  # a further import is of the same module
        elif isinstance(statement, ast.ClassDef):
            self.bind(statement.name, arms, False)
            self.mention(*statement.bases, *statement.keywords, *statement.decorator_list)
            self.classes.append((statement, Scope(statement.body, self)))
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = [ast.unparse(one).rpartition(".")[2] for one in statement.decorator_list]
            self.bind(statement.name, arms,
                      not {"overload", "setter", "deleter"}.isdisjoint(decorators))
            self.mention(statement.args, *statement.decorator_list, statement.returns)
        elif isinstance(statement, ast.Assign):
            for name in sorted(stored(statement)):
                self.bind(name, arms, False)
            self.mention(statement.value)
        elif isinstance(statement, ast.AnnAssign):
            for name in stored(statement.target):
                self.bind(name, arms, False)
            self.mention(statement.annotation, statement.value)
        elif isinstance(statement, ast.Assert):
            if not is_decided(statement.test):
                self.problems.append(f"{ast.unparse(statement)} is not decided")
            self.mention(statement.test)

    def bind(self, name, arms, more):
        """Bind a name, or say more of one."""
        for other in self.bound.setdefault(name, []):
            differ = next((pair for pair in zip(arms, other) if pair[0] != pair[1]), None)
            if not more and not (differ and differ[0][0] == differ[1][0]):
                self.problems.append(f"{name} is bound twice")
        if not more or not self.bound[name]:
            self.bound[name].append(arms)

    def mention(self, *nodes):
        for node in filter(None, nodes):
            own = stored(node) | {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
            self.mentioned += [name.id for name in ast.walk(node)
                               if isinstance(name, ast.Name) and name.id not in own]

    def is_bound(self, name):
        return name in self.bound or self.stars or bool(self.outer and self.outer.is_bound(name))

    def check(self, everything, parameters=frozenset()):
        """What is wrong: names that the source binds somewhere, and the stub does not, too."""
        found = list(self.problems)
        found += [f"{name} is mentioned and not bound" for name in self.mentioned
                  if name in everything - parameters and not self.is_bound(name)]
        for statement, scope in self.classes:
            own = {one.name for one in getattr(statement, "type_params", ())}
            found += scope.check(everything, parameters | own)
        return found


def compare_bindings(source, stub):
    """What a stub binds twice, or mentions and does not bind although its source does."""
    module = Scope([])
    for statement in judge.parse(source).body:
        module.take(statement, ())
    return Scope(judge.parse(stub).body).check(set(module.bound) - IMPLIED - stored_by_type(source))


def stored_by_type(source):
    """The names of type parameters, which are bound where they are mentioned."""
    return {one.name for node in ast.walk(judge.parse(source))
            for one in getattr(node, "type_params", ())}


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
