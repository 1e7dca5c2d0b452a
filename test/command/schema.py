"""The schemas in docs/schema, and what they say of documents."""
import copy
import json
import os

import tap

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMAS = os.path.join(tap.ROOT, "docs", "schema")
# Qualifiers that are no names.
WORDS = ("type", "lazy")
PARTS = ("elements", "documented", "documentation", "data")


def load():
    """{name: schema}"""
    found = {}
    for name in sorted(os.listdir(SCHEMAS)):
        with open(os.path.join(SCHEMAS, name), encoding="utf-8") as file:
            found[name.removesuffix("-1.json")] = json.load(file)
    return found


def validators():
    """{name: validator} with each schema checked itself."""
    schemas = load()
    store = {schema["$id"]: schema for schema in schemas.values()}
    result = {}
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
        result[name] = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return result


def walk(element):
    """Each element of a tree."""
    yield element
    for child in element[1]:
        yield from walk(child)


def shapes(element, depth=0):
    """The tree without what schemas do not look into: of elements that are alike for them only the
    first stays.

    Names, texts and numbers are made alike, so that of a hundred plain methods one is left.
    """
    kind, children, attributes = element
    attributes = {name: alike(name, value) for name, value in attributes.items()}
    kept, seen = [], set()
    for child in children:
        child = shapes(child, depth + 1)
        key = json.dumps(child)
        if key not in seen:
            seen.add(key)
            kept.append(child)
    return [kind, kept, attributes]


def alike(name, value):
    if name in ("area", "documented"):
        return [[1 if number > 0 else number for number in place] for place in value]
    if (name == "raises" or isinstance(value, bool) or isinstance(value, int)
        or name in ("kind", "accessor")):
        return value
    if isinstance(value, str):
        return value and "x"
    if isinstance(value, list):
        return ["x" if isinstance(item, str) and item and item not in WORDS else item
                for item in value]
    return {"x" if key else key: text and "x" for key, text in value.items()}


def mutations(element):
    """Trees that differ from a valid one at one place, each in a way that no description has."""
    for at, found in enumerate(walk(element)):
        kind, children, attributes = found

        def changed(change, at=at):
            tree = copy.deepcopy(element)
            change(next(each for index, each in enumerate(walk(tree)) if index == at))
            return tree

        yield changed(lambda one: one[2].update(surprise=1))
        yield changed(lambda one: one.append(None))
        yield changed(lambda one: one.__setitem__(0, one[0] + "s"))
        yield changed(lambda one: one[1].append(["module", [], {}]))
        for name in attributes:
            yield changed(lambda one, name=name: one[2].__setitem__(name, None))
            if name in ("identifier", "area", "path", "kind", "method", "syntax", "type-parameters",
                        "source-encoding") and not (
                    name == "syntax" and kind == "parameter"):
                yield changed(lambda one, name=name: one[2].__delitem__(name))
        if kind == "class":
            yield changed(lambda one: one[1].pop(0))
