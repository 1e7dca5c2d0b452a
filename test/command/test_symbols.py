"""What the objects of the program define and use (nm(1)): no function is unused, no files use each
other in a circle."""
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

# What only tests call from outside of its file: parts that are tested and fuzzed by themselves.
FOR_TESTS = """
build_state_parse dependency_compare manifest_parse formats_parse
identity_parse declaration_check product_index product_project factor_reference interpreter_blocks
source_cookie docstring_style_of inventories_read front_convert site_compare_versions
compile_add_factor requires_parse coverage_config_parse coverage_config_parse_project
description_parse changes_parse python_same_trees
""".split()

# What the C library and the interpreter call.
ENTRIES = {"main", "PyInit__fi_counters"}

# What a grammar's rules call again: the functions of this header are called from anywhere.
RECURSION = os.path.join(tap.ROOT, "src/python/parse/recursion.h")

BUILD = os.path.dirname(os.path.abspath(tap.KILN))


def objects():
    """The object files of src: {path of the source: object file}."""
    found = {}
    for parent, directories, names in os.walk(BUILD):
        directories[:] = [name for name in directories if name not in ("test", "docs", "release")]
        for name in names:
            if name.endswith(".c.o"):
                folder = os.path.basename(parent).removesuffix(".a.p").removesuffix(".p")
                folder = folder.removeprefix("lib")
                if folder.startswith("cpython-"):
                    continue
                # Of the versions of CPython any will do.
                folder = "command" if folder == "kiln" else re.sub(r"^python-.*", "python", folder)
                source = name.removesuffix(".o").removeprefix("src_command_")
                found[folder, source] = os.path.join(parent, name)
    return {f"{folder}/{name}": path for (folder, name), path in found.items()}


def symbols(path):
    """The global symbols that an object file defines, and those that it uses of others."""
    listed = subprocess.run(["nm", "--extern-only", "--format=posix", path], check=True,
                            capture_output=True, text=True)
    defined, used = set(), set()
    for line in listed.stdout.splitlines():
        name, kind = line.split()[:2]
        (used if kind in "Uwv" else defined).add(name)
    return defined, used


def recursion():
    """The functions of the recursion."""
    with open(RECURSION, encoding="utf-8") as file:
        return set(re.findall(r"^\w.*?(\w+)\(", file.read(), re.MULTILINE))


def circles(edges):
    """The strongly connected components of more than one node of a graph {node: nodes} (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(edges):
        if node not in order:
            visit(node)
    return found


@unittest.skipIf(tap.SANITIZERS, "sanitizers add symbols of their own")
class Symbols(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.found = {name: symbols(path) for name, path in objects().items()}
        cls.owner = {symbol: name for name, (defined, _) in cls.found.items() for symbol in defined}

    def test_all_objects_are_looked_at(self):
        self.assertGreater(len(self.found), 150)
        for name in ("base/str.c", "python/marshal.c", "command/main.c"):
            self.assertIn(name, self.found)

    def test_what_no_other_file_uses_is_no_global_symbol(self):
        used = set().union(*(uses for _, uses in self.found.values()))
        self.assertEqual(sorted(set(self.owner) - used - ENTRIES), sorted(FOR_TESTS))

    def test_what_is_global_for_tests_is_used_by_one(self):
        words = set()
        for folder in ("unit", "parser", "fuzz"):
            for parent, _, names in os.walk(os.path.join(tap.ROOT, "test", folder)):
                for name in names:
                    if name.endswith(".c"):
                        with open(os.path.join(parent, name), encoding="utf-8") as file:
                            words.update(re.findall(r"\w+", file.read()))
        self.assertEqual(sorted(set(FOR_TESTS) - words), [])

    def circles_without(self, symbols):
        return circles({name: {self.owner[symbol] for symbol in used - symbols
                               if symbol in self.owner} - {name}
                        for name, (_, used) in self.found.items()})

    def test_no_files_use_each_other_in_a_circle(self):
        self.assertEqual(self.circles_without(recursion()), [])

    def test_each_function_of_the_recursion_closes_a_circle(self):
        functions = recursion()
        self.assertGreater(len(functions), 5)
        for function in sorted(functions):
            with self.subTest(function):
                self.assertNotEqual(self.circles_without(functions - {function}), [])

    def test_circles_are_found(self):
        self.assertEqual(circles({"a": "b", "b": "c", "c": "bd", "d": "", "e": "a"}), [["b", "c"]])


if __name__ == "__main__":
    tap.main()
