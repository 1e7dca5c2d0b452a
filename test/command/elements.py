"""Compare what kiln says of sources with what the judge says (judge.py), and with the sources
themselves."""
import ast
import io
import json
import os
import subprocess
import tokenize
import warnings

import judge
import tap

SHOWN = 20


def sources(*roots):
    """The paths of all Python sources at or below the roots, sorted."""
    found = []
    for root in roots:
        if os.path.isfile(root):
            found.append(root)
        for parent, directories, names in os.walk(root):
            found += [os.path.join(parent, name) for name in names
                      if name.endswith((".py", ".pyi"))]
    return sorted(path for path in found if not os.path.islink(path))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def compiles(data, path):
    """Whether CPython itself compiles a source."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def described(paths):
    """Yield (path, description) for each of the paths that kiln describes."""
    command = [tap.KILN, "delineate", "--format", "jsonl"]
    for begin in range(0, len(paths), 200):
        places = [f"{path}={begin + index}/{os.path.basename(path)}"
                  for index, path in enumerate(paths[begin:begin + 200])]
        result = subprocess.run([*command, *places], env=tap.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=False)
        for line in result.stdout.splitlines():
            record = json.loads(line)
            yield record["path"], record


def name_of(path):
    return os.path.basename(path).rpartition(".")[0]


def same(a, b):
    """Equal, with equal types (1 is neither true nor 1.0) and, in objects, equal orders of keys."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def differences(found, expected, path=()):
    """Lines that say where two elements differ."""
    here = ".".join(path) or "module"
    if found[0] != expected[0]:
        return [f"{here}: {found[0]}, expected {expected[0]}"]
    if not same(found[2], expected[2]):
        keys = sorted({key for key in found[2] | expected[2]
                       if not same(found[2].get(key), expected[2].get(key))})
        return [f"{here}: {key}: {found[2].get(key)!r}, expected {expected[2].get(key)!r}"
                for key in keys] or [
            f"{here}: order {list(found[2])}, expected {list(expected[2])}"]
    if len(found[1]) != len(expected[1]):
        return [f"{here}: {len(found[1])} children, expected {len(expected[1])}"]
    return [line for ours, other in zip(found[1], expected[1])
            for line in differences(ours, other, path + (other[2].get("identifier", other[0]),))]


def compare(path, data, record):
    """Where a description differs from the judge's."""
    expected = judge.describe(data, name_of(path))
    result = differences(record["elements"], expected["elements"])
    for part in ("documented", "documentation", "data"):
        if not same(record[part], expected[part]):
            pairs = zip(record[part], expected[part])
            first = next(((ours, other) for ours, other in pairs if not same(ours, other)),
                         "lengths")
            result.append(f"{part}: {str(first)[:400]}")
    return [f"{path}: {line}" for line in result]


class Boundaries:
    """The places where tokens of a text begin and end, and what stands between two places."""

    def __init__(self, text):
        self.lines = text.split("\n")
        self.begins, self.ends = {}, {}
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.string.strip() or token.type == tokenize.STRING:
                self.begins[token.start] = token.string
                self.ends[token.end] = token.string

    def select(self, area):
        return judge.select(self.lines, area)

    def first(self, area):
        """The token that an area begins with, None if it begins within one."""
        return self.begins.get((area[0][0], area[0][1] - 1))

    def last(self, area):
        return self.ends.get(tuple(area[1]))


# The words that elements begin with; of others their name.
WORDS = {"import": ("import", "from", "lazy"), "class": ("class", "@")}
FUNCTIONS = ("function", "method", "classmethod", "staticmethod", "abstractmethod", "property",
             "abstractproperty")


def begins_rightly(kind, attributes, token, text):
    if kind in FUNCTIONS:
        return token in ("def", "async", "@")
    if kind in WORDS:
        return token in WORDS[kind]
    if kind == "parameter":
        return ast.parse(token).body[0].value.id == attributes["identifier"]
    if kind in ("type", "type-parameter"):
        return text == attributes["syntax"]
    return True


def check_areas(path, element, places, around=None):
    """Where the area of an element, or of one below it, does not select what it should."""
    kind, children, attributes = element
    area = attributes.get("area", around)
    result = []
    if kind not in ("module", "inheritance"):
        first, last, text = places.first(area), places.last(area), places.select(area)
        if first is None or last is None or not text.startswith(first) or not text.endswith(last):
            result.append(
                f"{path}: {kind} {attributes.get('identifier')} {area} cuts a token: {text[:60]!r}")
        elif not begins_rightly(kind, attributes, first, text):
            result.append(
                f"{path}: {kind} {attributes.get('identifier')} {area} begins with {first!r}")
        if around and not (around[0] <= area[0] and area[1] <= around[1]):
            result.append(
                f"{path}: {kind} {attributes.get('identifier')} {area} is not in {around}")
    if "documented" in attributes:
        text = places.select(attributes["documented"]).lstrip()
        string = None if text.startswith("#:") else judge.parse(f"({text}\n)", "eval").body
        if string and not (isinstance(string, ast.Constant) and isinstance(string.value, str)):
            result.append(f"{path}: documented {attributes['documented']} selects {text[:60]!r}")
    if kind == "module":
        area = [[1, 1], [area[1][0] + 1, 0]]
    return result + [line for child in children for line in check_areas(path, child, places, area)]


class Case(tap.Case):
    """Sources on which kiln, the judge and the sources themselves must agree."""

    def check(self, paths, judged=True):
        """Compare all of them; the number of those that were described."""
        left, problems = set(paths), []
        count = 0
        for path, record in described(paths):
            data = read(path)
            left.discard(path)
            count += 1
            if not compiles(data, path):
                continue
            problems += compare(path, data, record)
            problems += check_areas(path, record["elements"], Boundaries(judge.decode(data)))
        problems += [f"{path}: not described" for path in sorted(left)
                     if compiles(read(path), path)]
        self.assertEqual(problems[:SHOWN], [], f"{len(problems)} differences")
        return count
