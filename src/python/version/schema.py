"""Write the tables of schema.h from what the `ast` module says of its nodes.

    python3 -I -B schema.py TYPES_H SCHEMA_C

The interpreter that runs this is the one that is embedded. The documentation of each class of `ast`
is its production in CPython's Parser/Python.asdl, such as

    stmt = FunctionDef(identifier name, arguments args, ...) | ...
    arguments(arg* posonlyargs, arg* args, arg? vararg, ...)

so the tables are those of that version. What the tables cannot express ends the build with a
message.
"""
import ast
import re
import sys

# Types of nodes, and what schema.h calls them. Those of another version get their own names.
NAMES = {
    "mod": "MODULE", "stmt": "STATEMENT", "expr": "EXPRESSION", "comprehension": "COMPREHENSION",
    "excepthandler": "HANDLER", "arguments": "ARGUMENTS", "arg": "ARGUMENT", "keyword": "KEYWORD",
    "alias": "ALIAS", "withitem": "WITH_ITEM", "match_case": "CASE", "pattern": "PATTERN",
    "type_ignore": "TYPE_IGNORE",
}

# Nodes of these types nest without bound, so they count for the depth.
RECURSIVE = {"stmt", "expr", "pattern"}

# Builtin types of ASDL, with "?" behind those that may be absent.
CODES = {
    "identifier": "FIELD_NAME", "identifier?": "FIELD_NAME_OPTIONAL", "identifier*": "FIELD_NAMES",
    "constant": "FIELD_CONSTANT", "string": "FIELD_STRING_OPTIONAL",
    "string?": "FIELD_STRING_OPTIONAL", "int": "FIELD_INT", "int?": "FIELD_INT",
}

# Sequences with elements that may be absent, of which Python.asdl does not say so before CPython
# 3.13.
SPARSE = {("Dict", "keys"), ("arguments", "kw_defaults")}


def productions():
    """Of each type: its constructors, as pairs of name and fields; a field is a pair of type and
    name."""
    found = {}
    for name, kind in vars(ast).items():
        if not isinstance(kind, type) or not issubclass(kind, ast.AST) or not kind.__doc__:
            continue
        left, equals, right = kind.__doc__.partition(" = ")
        if equals and left == name:
            found[name] = [constructor(part) for part in right.split("|")]
        elif kind.__base__ is ast.AST and kind.__doc__.startswith(name + "("):
            found[name] = [constructor(kind.__doc__)]
    return found


def constructor(text):
    match = re.fullmatch(r"(\w+)(?:\((.*)\))?", text.strip(), re.DOTALL)
    fields = [tuple(field.split()) for field in match[2].split(",")] if match[2] else []
    return match[1], fields


def is_enumeration(constructors):
    return not any(fields for _, fields in constructors)


def type_name(name):
    return "NODE_" + NAMES.get(name, name.upper())


def field_row(types, struct, owner, field_type, name, member):
    """A row of a table: how the field is coded, its argument, its offset."""
    base = field_type.rstrip("?*")
    suffix = field_type[len(base):]
    if (owner, name) in SPARSE and suffix == "*":
        suffix = "?*"
    if field_type in CODES:
        code, argument = CODES[field_type], "0"
    elif base not in types:
        sys.exit(f"schema.py: {owner}.{name}: no table can hold '{field_type}'")
    elif is_enumeration(types[base]):
        if suffix not in ("", "*"):
            sys.exit(f"schema.py: {owner}.{name}: no table can hold '{field_type}'")
        code, argument = ("FIELD_OPERATORS" if suffix else "FIELD_ENUM"), types[base][-1][0]
    else:
        code = {"": "FIELD_NODE", "?": "FIELD_NODE_OPTIONAL", "*": "FIELD_NODES",
                "?*": "FIELD_NODES_OPTIONAL"}[suffix]
        argument = type_name(base)
    return f"\t    {{{code}, {argument}, offsetof(struct {struct}, {member})}},"


def is_sum(name):
    """Whether nodes of a type begin with their kind: a production `type = A | B`."""
    return " = " in getattr(ast, name).__doc__


def shapes(types, name):
    """The table of a type's kinds, and what is asserted of their numbers."""
    lines = [f"static const struct node_shape {name}_shapes[] = {{"]
    checks = []
    for number, (kind, fields) in enumerate(types[name], 1):
        lines.append(f"\t/* {kind} */ {{{len(fields)}, {{")
        for field_type, field in fields:
            member = f"v.{kind}.{field}" if is_sum(name) else field
            lines.append(field_row(types, "_" + name, kind, field_type, field, member))
        lines[-1] += "}}," if fields else "{0, 0, 0}}},"
        if is_sum(name):
            checks.append(f'_Static_assert({kind}_kind == {number}, "kinds of {name}");')
    return lines + ["};"] + checks + [""]


def type_row(types, name):
    kind = getattr(ast, name)
    position = f"offsetof(struct _{name}, lineno)" if "lineno" in kind._attributes else "0"
    flags = [str(flag).lower() for flag in (is_sum(name), name in RECURSIVE)]
    return (f"\t[{type_name(name)}] = {{{name}_shapes, sizeof(struct _{name}), {position}, "
            f"{len(types[name])}, {', '.join(flags)}}},")


def enumeration_checks(types):
    """That an enumeration's values count from 1, which FIELD_ENUM relies on."""
    return [f'_Static_assert({kind} == {number}, "values of {name}");'
            for name, constructors in types.items() if is_enumeration(constructors)
            for number, (kind, _) in enumerate(constructors, 1)]


def main():
    types = productions()
    # the first one; a source is no other
    types["mod"] = [kind for kind in types["mod"] if kind[0] == "Module"]
    nodes = [name for name in [*NAMES, *sorted(set(types) - set(NAMES))]
             if name in types and not is_enumeration(types[name])]
    widest = max(len(fields) for name in nodes for _, fields in types[name])
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("enum node_type_name {\n" + "".join(f"\t{type_name(name)},\n" for name in nodes)
                   + f"\tNODE_TYPES,\n}};\n\n#define NODE_FIELDS {widest}\n")
    lines = ['#include "python/schema.h"', "", "#include <stddef.h>", "",
             *enumeration_checks(types), ""]
    for name in nodes:
        lines += shapes(types, name)
    lines += ["const struct node_type node_types[NODE_TYPES] = {",
              *(type_row(types, name) for name in nodes), "};"]
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
