"""Tags are read by readtags, find their lines, and have what Universal Ctags has."""
import ast
import collections
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import program
import tap

LIBRARY = tap.LIBRARY
PACKAGES = ("json", "email", "asyncio", "http", "logging", "enum.py", "typing.py", "unittest")
READTAGS = "/usr/bin/readtags"
CTAGS = "/usr/bin/ctags"
LETTERS = {"class": "c", "function": "f", "data": "v", "field": "v"}

Tag = collections.namedtuple("Tag", "name path address kind fields")

SOURCE = """\
import os
LIMIT: int = 1
first, (second,
        *rest) = a = b = (1, (2, 3))
@decorate
@decorate(1,
          2)
def plain(a, /, b: int = 1 + \\
          2, *c, d="x\ty", **e) -> "a\tb": x = 1
@property

# between
class Shop(Base, other.Base[int],
           metaclass=Meta):
    count: "list[int]" = []
    _hidden = __secret = __special__ = 1
    @property
    async def size(self): return 1
    @size.setter
    def size(self, value): self.own, self.own = self.typed = 1, 2
    class Inner:
        class Innermost: deep = 1
        def method(self):
            self.field: int = 1
            class Local: ...
            def local(): ...
    @classmethod
    def make(cls, *, a=lambda x: x): ...
if LIMIT:
    async def plain(): ...
else:
    plain = None
größe = Shop.count = LIMIT[0] = 1
"""


LOCALS = """\
class A:
    def m(self):
        def f():
            if f:
                class B:
                    v = 1
                    def _q(self):
                        def g(): w = 1
                        self.w = 1
            x = 1
    @property
    def p(self):
        try:
            def h(): ...
        finally:
            def h(): import x
async def o(k=lambda: 1):
    y = lambda: 1
    with k:
        async def i(): ...
"""


def unescape(text):
    """A field as it was before it was escaped, as tags(5) says."""
    names = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(r"\\(x[0-9A-F]{2}|.)",
                  lambda found: names.get(found[1]) or chr(int(found[1][1:], 16)), text)


def parse(text):
    """The tags of a file, without those that describe it."""
    found = []
    for line in text.split("\n")[:-1]:
        if line.startswith("!_"):
            continue
        name, path, rest = line.split("\t", 2)
        # What is searched for may have anything in it, but for this.
        address, rest = rest.rsplit(';"\t', 1) if rest.count(';"\t') == 1 else re.fullmatch(
            r'(/(?:[^\\/]|\\.)*/|\d+);"\t(.*)', rest).groups()
        kind, *fields = rest.split("\t")
        found.append(Tag(name, unescape(path), address, kind.removeprefix("kind:"),
                         {key: unescape(value)
                          for key, value in (field.split(":", 1) for field in fields)}))
    return found


def search(address, lines):
    """The numbers of the lines that an address finds, as vi does without magic."""
    if address.isdigit():
        return [int(address)]
    text = address[2:-1]
    whole = re.fullmatch(r"(?:[^\\]|\\.)*\$", text)
    text = re.sub(r"\\(.)", r"\1", text[:-1] if whole else text)
    return [number for number, line in enumerate(lines, 1)
            if (line == text if whole else line.startswith(text))]


def heads(text):
    """Where names stand: {(name, last line of a definition or None): [line]}, in order."""
    found = collections.defaultdict(list)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name, node.end_lineno].append(node.lineno)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id, None].append(node.lineno)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found[node.attr, None].append(node.end_lineno)
    return found


def line_of(name, area, definition, lines):
    """The line of a name that an element with this area binds."""
    if definition:
        return lines[name, area[1][0]][0]
    return next(line for line in lines[name, None] if area[0][0] <= line <= area[1][0])


def expected_tags(element, lines, scope=()):
    """The tags of a description: (name, kind, line, scope)."""
    found = []
    for kind, children, attributes in element[1]:
        letter = LETTERS.get(kind) or ("m" if kind in elements.FUNCTIONS else None)
        if not letter:
            continue
        name = attributes["identifier"]
        line = line_of(name, attributes["area"], letter != "v", lines)
        found.append((name, letter, line, ".".join(scope)))
        if letter == "c":
            found += expected_tags([kind, children, attributes], lines, (*scope, name))
    return found


def scope_of(tag):
    """The kind and the name of what contains a tag, or None."""
    return next(((kind, tag.fields[kind]) for kind in ("class", "function", "member")
                 if kind in tag.fields), None)


def summary(tags):
    return sorted((tag.name, tag.kind, int(tag.fields["line"]), (scope_of(tag) or ("", ""))[1])
                  for tag in tags)


def summary_by_path(tags):
    return sorted((tag.path, *summary([tag])[0]) for tag in tags)


class Case(program.Case):
    def tags(self, *arguments, **options):
        return parse(self.kiln("delineate", "--format", "ctags", *arguments, **options).stdout)

    def readtags(self, *arguments, file="tags"):
        if not os.path.exists(READTAGS):
            self.skipTest("readtags is not installed")
        result = subprocess.run(
            [READTAGS, "-t", file, *arguments], cwd=self.directory, capture_output=True, text=True,
            env=tap.environment(), check=False, timeout=60, errors="surrogateescape")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def assert_found(self, tag, text):
        """The address of a tag finds its line."""
        self.assertIn(int(tag.fields["line"]), search(tag.address, text.split("\n")), tag)


class Tags(Case):
    """What is in a file of tags."""

    def setUp(self):
        super().setUp()
        self.write("shop.py", SOURCE)

    def test_are_those_of_the_elements(self):
        [(_, record)] = elements.described([self.path("shop.py")])
        expected = expected_tags(record["elements"], heads(SOURCE))
        self.assertEqual(summary(self.tags("shop.py")), sorted(expected))

    def test_stand_on_the_line_of_their_name(self):
        expected = [("Inner", 21), ("Innermost", 22), ("LIMIT", 2), ("Shop", 13), ("make", 28),
                    ("first", 3), ("second", 3), ("rest", 4), ("a", 4)]
        found = {(tag.name, int(tag.fields["line"])) for tag in self.tags("shop.py")}
        self.assertEqual([one for one in expected if one not in found], [])

    def test_are_sorted_by_their_bytes(self):
        self.write("names.py", "b = 1\na = 1\nB = ab = _ = a_b = aB = a1 = é = ab1 = 1\na = 2\n"
                               "class a: a = 1\n")
        self.kiln("delineate", "--format", "ctags", "shop.py", "names.py", "-o", "tags")
        lines = program.read(self.path("tags")).split(b"\n")
        self.assertEqual(lines.pop(), b"")
        self.assertEqual(lines, sorted(lines))
        names = [line.split(b"\t")[0] for line in lines]
        self.assertEqual(names, sorted(names))

    def test_a_class_tells_what_it_inherits(self):
        [tag] = [tag for tag in self.tags("shop.py") if tag.name == "Shop"]
        self.assertEqual(tag.fields["inherits"], "Base,other.Base[int]")

    def test_scopes_are_the_classes_around(self):
        found = {tag.name: tag.fields.get("class") for tag in self.tags("shop.py")}
        self.assertEqual((found["deep"], found["field"], found["own"], found["LIMIT"]),
                         ("Shop.Inner.Innermost", "Shop.Inner", "Shop", None))
        self.assertFalse({"Local", "local"} & set(found))

    def test_definitions_inside_functions_are_asked_for(self):
        self.write("local.py", LOCALS)
        found = [(tag.name, tag.kind, int(tag.fields["line"]), scope_of(tag),
                  "file" in tag.fields, tag.fields.get("access"))
                 for tag in self.tags("--locals", "local.py")]
        self.assertEqual(found, [
            ("A", "c", 1, None, False, None),
            ("B", "c", 5, ("function", "A.m.f"), True, "private"),
            ("_q", "m", 7, ("class", "A.m.f.B"), False, "protected"),
            ("f", "f", 3, ("member", "A.m"), True, "private"),
            ("g", "f", 8, ("member", "A.m.f.B._q"), True, "private"),
            ("h", "f", 14, ("member", "A.p"), True, "private"),
            ("h", "f", 16, ("member", "A.p"), True, "private"),
            ("i", "f", 20, ("function", "o"), True, "private"),
            ("m", "m", 2, ("class", "A"), False, "public"),
            ("o", "f", 17, None, False, None),
            ("p", "m", 12, ("class", "A"), False, "public"),
            ("v", "v", 6, ("class", "A.m.f.B"), False, "public"),
            ("w", "v", 9, ("class", "A.m.f.B"), False, "public")])
        without = self.tags("local.py")
        self.assertEqual([tag.name for tag in without], ["A", "m", "o", "p"])

    def test_options_of_another_format_are_refused(self):
        self.write("local.py", LOCALS)
        for option, form, forms in (("--locals", "ctags", ("json", "jsonl", "stub")),
                                    ("--docstrings", "stub", ("json", "jsonl", "ctags")),
                                    ("--no-defaults", "stub", ("json", "jsonl", "ctags"))):
            for other in forms:
                with self.subTest(option=option, form=other):
                    message = self.kiln("delineate", "--format", other, option, "local.py",
                                        status=2).stderr
                    self.assertIn(f"{option} is for ", message)
                    self.assertIn(f"add --format {form}", message)

    def test_lambdas_are_functions(self):
        self.write("m.py", "f = lambda x, y=1: x\nclass A: g, h = lambda *a: 1, 2\n"
                           "k: t = lambda: 1\n")
        self.assertEqual([(tag.name, tag.kind, tag.fields.get("signature"))
                          for tag in self.tags("m.py")],
                         [("A", "c", None), ("f", "f", "(x, y=1)"), ("g", "m", "(*a)"),
                          ("h", "v", None), ("k", "v", None)])

    def test_annotations_and_signatures_are_whole(self):
        found = {(tag.name, tag.kind): tag.fields for tag in self.tags("shop.py")}
        self.assertEqual(found["count", "v"]["typeref"], 'typename:"list[int]"')
        self.write("f.py", "def f(a, /, b: int = 1, *c, d='x\ty\\\\', **e) -> 'a\tb': ...\n")
        [tag] = self.tags("f.py")
        self.assertEqual(tag.fields["signature"], "(a, /, b: int = 1, *c, d='x\ty\\\\', **e)")
        self.assertEqual(tag.fields["typeref"], "typename:'a\tb'")

    def test_access_is_told_by_the_name(self):
        found = {tag.name: tag.fields.get("access") for tag in self.tags("shop.py")}
        self.assertEqual([found[name] for name in ("count", "_hidden", "__secret", "__special__")],
                         ["public", "protected", "private", "public"])

    def test_searches_find_their_lines(self):
        for tag in self.tags("shop.py"):
            with self.subTest(name=tag.name):
                self.assert_found(tag, SOURCE)

    def test_of_nothing_are_only_a_head(self):
        self.write("empty.py")
        found = self.kiln("delineate", "--format", "ctags", "empty.py").stdout
        self.assertTrue(all(line.startswith("!_TAG_") for line in found.splitlines()))
        self.assertIn("!_TAG_FILE_SORTED\t1\t", found)

    def test_a_file_has_what_standard_output_has(self):
        printed = self.kiln("delineate", "--format", "ctags", "shop.py").stdout
        self.kiln("delineate", "--format", "ctags", "shop.py", "-o", "tags")
        self.assertEqual(program.read(self.path("tags")).decode(), printed)
        self.write("tags", "something else\n")
        self.kiln("delineate", "--format", "ctags", "shop.py", "-o", "tags")
        self.assertEqual(program.read(self.path("tags")).decode(), printed)
        self.assert_only(["shop.py", "tags"])

    def test_a_file_cannot_be_a_directory(self):
        os.mkdir(self.path("tags"))
        self.kiln("delineate", "--format", "ctags", "shop.py", "-o", "tags", status=2)
        self.assert_only([], "tags")

    def test_sources_may_have_equal_names(self):
        self.write("a/__init__.py", "x = 1\n")
        self.write("b/__init__.py", "y = 1\n")
        found = self.tags("a/__init__.py", "b/__init__.py")
        self.assertEqual([(tag.name, tag.path) for tag in found],
                         [("x", "a/__init__.py"), ("y", "b/__init__.py")])

    def test_are_the_same_for_any_number_of_workers(self):
        for number in range(20):
            self.write(f"in/m{number}.py", f"def f{number}(): ...\nx = {number}\n")
        expected = self.kiln("delineate", "--format", "ctags", "-j1", "in", "shop.py").stdout
        for jobs in ("-j2", "-j4"):
            found = self.kiln("delineate", "--format", "ctags", jobs, "shop.py", "in").stdout
            self.assertEqual(found, expected)

    def test_sources_that_do_not_parse_are_reported_and_left_out(self):
        self.write("bad.py", "def bad(:\n")
        self.write("good.py", "def good(): ...\n")
        result = self.kiln("delineate", "--format", "ctags", "bad.py", "good.py", status=1)
        self.assertEqual([tag.name for tag in parse(result.stdout)], ["good"])
        self.assertEqual(list(program.errors(result)), ["bad.py"])


class Hostile(Case):
    """Sources and names that a line-based format could fail on."""

    LINES = (
        'a = "x\ty"', "b = '\\\\'", "c = '/'", "d = 1 #$", "e = 1 # $ ", "f = '//;\"\\t'",
        'g = 1 # ;"\tv\tline:7', "h = 1 # " + "long " * 30, "i = '" + "ä" * 60 + "'",
        "j = 1 # ^ . * [a] \\$ ~", "    ", "k = 1 # \\", "l = 1 # \\/", "m = '''\x0c'''",
        "n = '\x01\x7f'",
        "o = 1 # \U0001f600", "p = 1 # " + "x" * 88 + "$", "q = 1 # " + "x" * 87 + "$",
        "r = 1 # " + "x" * 89 + "\\", "s=1#$$", "t = 1 # \u2028 \x85",
    )

    def test_searches_find_lines_with_anything_in_them(self):
        text = "\n".join(self.LINES) + "\n"
        self.write("m.py", text)
        found = self.tags("m.py")
        self.assertEqual(sorted(tag.name for tag in found), sorted(set("abcdefghijklmnopqrst")))
        for tag in found:
            with self.subTest(name=tag.name):
                self.assert_found(tag, text)
                self.assertEqual(len(search(tag.address, text.split("\n"))), 1)

    def test_a_last_line_without_its_end_is_found(self):
        self.write("m.py", "x = 1\ny = 2 #$")
        for tag in self.tags("m.py"):
            self.assert_found(tag, "x = 1\ny = 2 #$")

    def test_where_bytes_are_not_the_text_addresses_are_numbers_or_find_the_bytes(self):
        sources = {
            "crlf": b"x = 1\r\ndef f(): ...\r\n",
            "cr": b"x = 1\rdef f(): ...\r",
            "bom": b"\xef\xbb\xbfx = 1\ndef f(): ...\n",
            "latin": b"# coding: latin-1\nx = 1 # \xf6\ndef f(\xe4='\xe4'): ...\n",
            "invalid": b"x = 1 # \xff\ndef f(): ... # \xfe\n",
            "formfeed": b"x = 1\n\x0cdef f(): ...\n",
        }
        if sys.version_info >= (3, 14):
            del sources["invalid"]  # CPython refuses it
        for name, data in sources.items():
            with self.subTest(name=name):
                self.write("m.py", data)
                data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
                lines = data.decode("latin-1").split("\n")
                output = self.kiln("delineate", "--format", "ctags", "m.py",
                                   encoding="latin-1").stdout
                found = parse(output)
                expected = [("f", 3), ("x", 2)] if name == "latin" else [("f", 2), ("x", 1)]
                self.assertEqual([(tag.name, int(tag.fields["line"])) for tag in found], expected)
                for tag in found:
                    self.assertIn(int(tag.fields["line"]), search(tag.address, lines))

    def test_names_of_files_are_escaped(self):
        for name in ("with space.py", "with\ttab.py", "with\nnewline.py", "back\\slash.py",
                     "back\\tslash.py", "dollar$.py", "ä.py", ";\".py", "'.py"):
            with self.subTest(name=name):
                self.write(name, "def f(): ...\n")
                self.kiln("delineate", "--format", "ctags", name, "-o", "tags")
                [tag] = parse(program.read(self.path("tags")).decode())
                self.assertEqual((tag.name, tag.path), ("f", name))
                self.assertTrue(self.readtags("-e", "f").startswith("f\t"))

    def test_readtags_reads_what_is_escaped(self):
        self.write("m.py", "def f(a='\t', b='\\\\', c='\\t') -> '\t': ...\n")
        self.kiln("delineate", "--format", "ctags", "m.py", "-o", "tags")
        found = self.readtags("-e", "f")
        self.assertIn("signature:(a='\t', b='\\\\', c='\\t')", found)
        self.assertIn("typeref:typename:'\t'", found)

    def test_several_lines_become_one(self):
        self.write("m.py", "def f(a=[1,\n  2], b='''x\ny''') -> (int |\n  str): ...\n"
                           "x: dict[int,\n str] = 1\nclass A(B[1,\n 2]): ...\n")
        found = {tag.name: tag.fields for tag in self.tags("m.py")}
        self.assertEqual(sorted(found), ["A", "f", "x"])
        self.assertEqual((found["f"]["signature"], found["f"]["typeref"]),
                         ("(a=[1, 2], b='''x\\ny''')", "typename:int | str"))
        self.assertEqual((found["A"]["inherits"], found["x"]["typeref"]),
                         ("B[1, 2]", "typename:dict[int, str]"))


@unittest.skipUnless(os.path.exists(READTAGS), "readtags is not installed")
class Readtags(Case):
    """The reader of Universal Ctags."""

    def test_finds_every_name(self):
        self.write("shop.py", SOURCE)
        self.write("other/Shop.py", "class Shop: ...\ndef größe(): ...\n")
        self.kiln("delineate", "--format", "ctags", ".", "-o", "tags")
        written = parse(program.read(self.path("tags")).decode())
        self.assertEqual(len({tag.path for tag in written}), 2)
        for name in sorted({tag.name for tag in written}):
            with self.subTest(name=name):
                found = parse(self.readtags("-E", "-e", "-n", "-", name))
                own = [tag for tag in written if tag.name == name]
                self.assertEqual(summary_by_path(found), summary_by_path(own))

    def test_finds_every_name_of_a_package(self):
        self.kiln("delineate", "--format", "ctags", os.path.join(LIBRARY, "json"), "-o", "tags")
        written = parse(program.read(self.path("tags")).decode())
        listed = self.readtags("-E", "-e", "-n", "-l")
        self.assertEqual(summary_by_path(parse(listed)), summary_by_path(written))
        for name in sorted({tag.name for tag in written}):
            found = self.readtags("-E", "-e", "-", name)
            self.assertEqual(len(found.splitlines()), sum(tag.name == name for tag in written),
                             name)

    def test_reads_the_head(self):
        self.write("m.py", "x = 1\n")
        self.kiln("delineate", "--format", "ctags", "m.py", "-o", "tags")
        found = self.readtags("-D")
        for line in ("!_TAG_FILE_ENCODING\tutf-8", "!_TAG_FILE_FORMAT\t2",
                     "!_TAG_FILE_SORTED\t1", "!_TAG_PROGRAM_NAME\tkiln"):
            self.assertIn(line, found)

    def test_finds_by_filters(self):
        self.write("shop.py", SOURCE)
        self.kiln("delineate", "--format", "ctags", "shop.py", "-o", "tags")
        for condition, name in (('(and (eq? ($ "class") "Shop.Inner") (eq? $kind "v"))', "field"),
                                ('(eq? ($ "inherits") "Base,other.Base[int]")', "Shop")):
            found = parse(self.readtags("-E", "-e", "-n", "-Q", condition, "-l"))
            self.assertEqual([tag.name for tag in found], [name])

    def test_finds_what_functions_contain(self):
        self.write("local.py", LOCALS)
        self.kiln("delineate", "--format", "ctags", "--locals", "local.py", "-o", "tags")
        for condition, names in (('(eq? ($ "function") "A.m.f")', ["B"]),
                                 ('(eq? ($ "member") "A.p")', ["h", "h"]),
                                 ('$file', ["B", "f", "g", "h", "h", "i"])):
            found = parse(self.readtags("-E", "-e", "-n", "-Q", condition, "-l"))
            self.assertEqual([tag.name for tag in found], names)


def inside_functions(path):
    """The lines in the bodies of functions."""
    found = set()
    for node in ast.walk(ast.parse(elements.read(path))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.update(range(node.lineno + 1, node.end_lineno + 1))
    return found


def is_lambda(tag):
    """Whether a function is a lambda."""
    return re.match(r"/\^\s*(async )?def\b", tag.address) is None


@unittest.skipUnless(os.path.exists(CTAGS), "ctags is not installed")
class Comparison(Case):
    """Universal Ctags' own parser of Python."""

    def ctags(self, *paths):
        """Its tags, without local variables, which lambdas are, too."""
        names = {"class": "c", "function": "f", "member": "m", "variable": "v"}
        result = subprocess.run(
            [CTAGS, "--options=NONE", "--languages=Python", "--fields=+nKSie",
             "--extras=-{anonymous}", "--kinds-Python=cfmv", "--sort=no", "-f", "-", *paths],
            capture_output=True, text=True, check=True, env=tap.environment())
        for tag in parse(result.stdout):
            scope = scope_of(tag)
            if not scope or scope[0] == "class" or tag.kind != "function" or not is_lambda(tag):
                yield tag._replace(kind=names[tag.kind])

    def test_everything_that_ctags_finds_is_found(self):
        roots = [os.path.join(LIBRARY, name) for name in PACKAGES]
        paths = elements.sources(*roots)
        own = {"": set(summary_by_path(self.tags(*roots))),
               "local": set(summary_by_path(self.tags("--locals", *roots)))}
        self.assertLess(own[""], own["local"])
        bodies = {path: inside_functions(path) for path in paths}
        missing, count = [], {"": 0, "local": 0}
        for tag in self.ctags(*paths):
            local = "local" if int(tag.fields["line"]) in bodies[tag.path] else ""
            count[local] += 1
            key = summary_by_path([tag])[0]
            if key not in own[local]:
                missing.append(key)
        self.assertGreater(count[""], 4000)
        self.assertGreater(count["local"], 50)
        self.assertEqual(missing[:elements.SHOWN], [], f"{len(missing)} of {count} are missing")

    def test_every_search_finds_its_line(self):
        roots = [os.path.join(LIBRARY, name) for name in PACKAGES]
        texts = {path: elements.read(path).decode("latin-1") for path in elements.sources(*roots)}
        output = self.kiln("delineate", "--format", "ctags", *roots, encoding="latin-1").stdout
        for tag in parse(output):
            self.assert_found(tag, texts[tag.path])


if __name__ == "__main__":
    tap.main()
