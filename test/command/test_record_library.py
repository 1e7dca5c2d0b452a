"""The site of the whole library, Sphinx that links into it, and changes as griffe sees them."""
import html
import html.parser
import io
import keyword
import os
import re
import shutil
import subprocess
import sys
import tokenize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import site_checker
import tap

LEFT_OUT = shutil.ignore_patterns("__pycache__", "test", "tests", "idlelib", "config-*",
                                  "site-packages", "dist-packages", "lib2to3", "bad_coding*")
PACKAGES = "/usr/lib/python3/dist-packages"
KINDS = {"i": "comment", "b": "keyword", "span.s": "string", "span.n": "number"}


class Source(html.parser.HTMLParser):
    """The tokens of a page of a source: {kind: texts in order}; a string of lines is one text."""

    def __init__(self, text):
        super().__init__()
        self.found = {}
        self.kind = None
        self.lines = []
        self.inside = False
        self.skip = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "pre" and attributes.get("class") == "source":
            self.inside = True
        self.skip = tag == "a" and "id" in attributes
        self.kind = KINDS.get(".".join(filter(None, (tag, attributes.get("class")))))
        if self.inside and self.kind:
            self.found.setdefault(self.kind, []).append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "pre"
        self.kind, self.skip = None, False

    def handle_data(self, data):
        if self.inside and not self.skip:
            self.lines.append(data)
            if self.kind:
                self.found[self.kind][-1] += data


def tokens(text):
    """The same from CPython's tokenizer, with strings in lines."""
    found = {"comment": [], "keyword": [], "string": [], "number": []}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            found["comment"].append(token.string)
        elif token.type == tokenize.NUMBER or token.string in ("None", "True", "False"):
            found["number"].append(token.string)
        elif token.type == tokenize.STRING:
            found["string"] += [line for line in token.string.split("\n") if line]
        elif token.type == tokenize.NAME and keyword.iskeyword(token.string):
            found["keyword"].append(token.string)
    return found


class Library(program.Case):
    def test_the_library_is_a_site_without_faults_and_with_cpythons_tokens(self):
        source = self.path("library")
        shutil.copytree(tap.LIBRARY, source, ignore=LEFT_OUT)
        self.kiln("record", source, "--format", "html", "-o", "out", status=None)
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])
        self.check_syntax()
        compared = 0
        for parent, _, names in os.walk(source):
            for name in names:
                if name.endswith(".py"):
                    compared += self.compare_tokens(source, os.path.join(parent, name))
        self.assertGreater(compared, 300)

    def check_syntax(self):
        """Pages are HTML5 for tidy, and each tenth one for html5lib, which takes longer."""
        pages = sorted(os.path.join(parent, name) for parent, _, names in os.walk(self.path("out"))
                       for name in names if name.endswith(".html"))
        if os.path.exists("/usr/bin/tidy"):
            result = subprocess.run(
                ["/usr/bin/tidy", "-e", "-q", "--drop-empty-elements", "no", *pages],
                capture_output=True, text=True, check=False)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
        sys.path.append(PACKAGES)
        try:
            import html5lib
        except ImportError:
            return
        for page in pages[::10]:
            with self.subTest(page=page):
                html5lib.HTMLParser(strict=True).parse(site_checker.read(page))

    def compare_tokens(self, source, path):
        """Compare the tokens of a source without f-strings, which differ between versions."""
        place = os.path.relpath(path, source)[:-len(".py")] + ".source.html"
        page = self.path("out", "library", place)
        try:
            with tokenize.open(path) as file:
                text = file.read()
            expected = tokens(text)
        except (SyntaxError, tokenize.TokenError, UnicodeDecodeError):
            return False
        if not os.path.exists(page) or re.search(r"""\b(?:[fF][rR]?|[rR][fF])["']""", text):
            return False
        found = Source(site_checker.read(page))
        with self.subTest(path=path):
            soft = [word for word in found.found.get("keyword", [])
                    if word not in ("match", "case", "type")]
            self.assertEqual(soft, expected["keyword"])
            for kind in ("comment", "string", "number"):
                self.assertEqual(found.found.get(kind, []), expected[kind])
        return True


class Sphinx(program.Case):
    def test_sphinx_links_into_our_inventory(self):
        if not shutil.which("sphinx-build", path="/usr/bin"):
            self.skipTest("python3-sphinx is not installed")
        self.write("src/pk/__init__.py", "from .core import f as f\n")
        self.write("src/pk/core.py", "def f(): ...\nclass C:\n\tdef g(self): ...\n")
        self.kiln("record", "src", "--format", "html", "-o", "out", "--title", "Pack",
                  "--version", "1", status=0)
        self.write("docs/conf.py", "extensions = ['sphinx.ext.intersphinx']\n"
                   "nitpicky = True\n"
                   "intersphinx_mapping = {'p': ('https://x.example/', '../out/objects.inv')}\n")
        self.write("docs/index.rst", "Title\n=====\n\n:py:func:`pk.f` :py:func:`pk.core.f` "
                   ":py:meth:`pk.core.C.g` :py:mod:`pk.core` :py:class:`pk.core.C`\n")
        result = subprocess.run(
            ["/usr/bin/sphinx-build", "-W", "-q", "-b", "html", "docs", "built"],
            cwd=self.path(), capture_output=True, text=True, check=False,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        page = html.unescape(program.read(self.path("built/index.html")).decode())
        for target in ("__init__.html#f", "core.html#C.g", "core.html#C", "core.html"):
            self.assertIn(f'href="https://x.example/src/pk/{target}"', page)
        self.assertIn("(in Pack v1)", page)


# Packages that Debian has in two versions.
PAIRS = [("pip/_vendor", name) for name in ("packaging", "idna", "certifi", "chardet", "rich",
                                            "urllib3", "requests")]
PAIRS += [("setuptools/_vendor", name) for name in ("more_itertools", "importlib_metadata")]

# Prints the changes that griffe finds: the path, the parameter, the class of the change.
GRIFFE = """
import logging, sys
sys.path.append(sys.argv[1])
from griffe.loader import GriffeLoader
from griffe.diff import find_breaking_changes
logging.disable(logging.CRITICAL)
old, new = (GriffeLoader(search_paths=[path], allow_inspection=False).load_module(sys.argv[4])
            for path in sys.argv[2:4])
for change in find_breaking_changes(old, new):
    kind = type(change).__name__.removesuffix("Breakage")
    value = change.new_value if change.old_value is None else change.old_value
    print(change.obj.path, value.name if "Parameter" in kind else "-", kind)
"""

# The beginnings of our texts, and griffe's classes.
WORDS = {
    "was removed": "ObjectRemoved", "was moved to": "ObjectRemoved",
    "is of another type": "ObjectChangedKind", "the parameter was removed": "ParameterRemoved",
    "the parameter has another position": "ParameterMoved",
    "the parameter is required now": "ParameterChangedRequired",
    "a required parameter was added": "ParameterAddedRequired",
    "the parameter is of another kind": "ParameterChangedKind",
    "the default is another one": "ParameterChangedDefault",
    "what it returns is of another type": "ReturnChangedType",
    "a base was removed": "ClassRemovedBase", "the value is another one": "AttributeChangedValue",
}


class Changes(program.Case):
    """docs/comparison.rst lists what only one of the two finds."""
    def find(self, name):
        """What we find: {(path, parameter or "-", class)}."""
        self.kiln("delineate", "old", "-o", "delineated", status=0)
        result = self.kiln("record", "new", "-o", "out", "-q", "--since", "delineated",
                           status=None)
        found = set()
        for line in result.stderr.splitlines():
            match = re.search(r" error: ([\w.]+)(?:\((\w+)\))?: (.*)", line)
            if match:
                kind = next(WORDS[words] for words in WORDS if match[3].startswith(words))
                found.add((match[1], match[2] or "-", kind))
        self.assertTrue(all(path.split(".")[0] == name for path, *_ in found))
        return found

    def is_only_ours(self, change):
        path, _, kind = change
        return (re.search(r"\.__\w+__(\.|$)", path) or kind in ("ReturnChangedType",
                                                                "ClassRemovedBase")
                or kind == "ObjectRemoved" and os.path.exists(
                    self.path("old", path.replace(".", "/") + ".py")))

    def is_only_griffes(self, change):
        """Fields have no values in descriptions; what was imported is compared where it is from; a
        module's list says what is public."""
        path, _, kind = change
        if kind == "ObjectChangedKind":
            return True
        words = path.split(".")
        if kind != "AttributeChangedValue":
            return False
        return words[-2][:1].isupper() or self.is_not_exported(words)

    def is_not_exported(self, words):
        module = self.path("new", *words[:-1]) + ".py"
        return os.path.exists(module) and "__all__" in program.read(module).decode() and \
            f'"{words[-1]}"' not in program.read(module).decode()

    def test_changes_are_those_of_griffe(self):
        compared = 0
        for vendor, name in PAIRS:
            older, newer = (os.path.join(PACKAGES, *parts, name) for parts in ((vendor,), ()))
            if not os.path.isdir(older) or not os.path.isdir(newer):
                continue
            for directory, source in (("old", older), ("new", newer)):
                shutil.rmtree(self.path(directory), ignore_errors=True)
                shutil.copytree(source, self.path(directory, name),
                                ignore=shutil.ignore_patterns("__pycache__"))
            result = subprocess.run(
                [tap.PYTHON, "-I", "-c", GRIFFE, PACKAGES, self.path("old"), self.path("new"),
                 name], capture_output=True, text=True, check=False)
            if result.returncode:
                self.skipTest("griffe 0 of Debian is not installed")
            theirs = {tuple(line.split()) for line in result.stdout.splitlines()}
            ours = self.find(name)
            with self.subTest(package=name):
                self.assertEqual([one for one in ours - theirs if not self.is_only_ours(one)], [])
                self.assertEqual(
                    [one for one in theirs - ours if not self.is_only_griffes(one)], [])
            compared += len(ours & theirs)
        self.assertGreater(compared, 50)


if __name__ == "__main__":
    tap.main()
