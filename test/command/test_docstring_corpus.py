"""Docstrings of installed packages, of each style, give records that are texts, in which what is
documented of parameters stands at the parameters of the signature."""
import ast
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

PACKAGES = "/usr/lib/python3/dist-packages"
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def of_google(text):
    match = re.search(r"^Args:\n((?:    .*\n|\n)*)", text + "\n", re.M)
    return re.findall(r"^    \*{0,2}(\w+)(?: \([^\n]*?\))?: \S", match[1], re.M) if match else []


def of_numpy(text):
    match = re.search(r"^Parameters\n-+\n(.*?)(?=^\S[^\n]*\n---+$|\Z)", text, re.M | re.S)
    return re.findall(r"^(\w+) : .+\n    \S", match[1], re.M) if match else []


def of_sphinx(text):
    return re.findall(r"^:param (?:\w+ )?(\w+): \S", text, re.M)


def functions(body, path=()):
    """(path, function) of what is defined in a module or class."""
    for node in body:
        if isinstance(node, FUNCTIONS):
            yield (*path, node.name), node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node.body, (*path, node.name))


def parameters(function):
    given = function.args
    return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs,
                                  given.vararg, given.kwarg) if each}


def described(source, names_of):
    """{path: names} of the parameters that docstrings describe."""
    found, seen = {}, set()
    for path, node in functions(ast.parse(source).body):
        names = set(names_of(ast.get_docstring(node) or "")) & parameters(node)
        if path in seen:
            found.pop(path, None)
        elif names:
            found[path] = names
        seen.add(path)
    return found


def documented(chapter):
    """{path: {name: documented}} of the parameters of a chapter's elements."""
    found = {}
    for part in re.split(r"^\[ (?!>)", chapter, flags=re.M)[1:]:
        title, _, text = part.partition(" ]\n")
        names = re.findall(r"^/\(parameter\)`(\w+)`/\n((?:\t.*\n|\n)*)", text, re.M)
        path = tuple(title.split(" >> "))
        found.setdefault(path, {  # of overloads the first one has the documentation
            name: "(control/absent)`Undocumented`" not in value for name, value in names})
    return found


def has_interface(directory, parent):
    """Whether a record has the signatures of an interface, which may have other parameters."""
    path = json.loads(program.read(os.path.join(parent, "meta.json")))["path"]
    return os.path.exists(os.path.join(directory, path + "i"))


class Corpus(program.Case):
    def check(self, directory, names_of=None, least=0, status=0):
        """Record a package. Its chapters are texts without faults."""
        if not os.path.isdir(directory):
            self.skipTest(f"{directory} is not installed")
        self.kiln("record", directory, "-o", "out", "--trust", "/usr", status=status)
        chapters = joined = 0
        for parent, folders, files in os.walk(self.path("out")):
            folders.sort()
            if "chapter.txt" not in files:
                continue
            chapters += 1
            place = os.path.join(parent, "chapter.txt")
            result = self.kiln("cc", "tree", place, "format", "text.kleptic", status=0)
            self.assertEqual(result.stderr, "", place)
            if names_of:
                joined += self.compare(parent, place, names_of, has_interface(directory, parent))
        self.assertGreater(chapters, 10)
        self.assertGreaterEqual(joined, least)

    def compare(self, parent, place, names_of, some):
        source = program.read(os.path.join(parent, "source.txt")).decode()
        found = documented(program.read(place).decode())
        count = 0
        for path, names in described(source, names_of).items():
            if some:
                names &= found.get(path, {}).keys()
            missing = [name for name in names if not found.get(path, {}).get(name)]
            self.assertEqual(missing, [], f"{place}: {path}")
            count += len(names)
        return count

    def test_of_google(self):
        self.check(os.path.join(PACKAGES, "google/auth"), of_google, 100)

    def test_of_numpy(self):
        self.check(os.path.join(PACKAGES, "numpy"), of_numpy, 1000)

    def test_of_sphinx(self):
        self.check(os.path.join(PACKAGES, "requests"), of_sphinx, 100)

    def test_of_the_standard_library(self):
        self.check(tap.LIBRARY, status=1)  # some of its tests have wrong syntax


if __name__ == "__main__":
    tap.main()
