"""kiln delineate: what it writes where, what it leaves alone, and what it says."""
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

FILES = ["areas", "data.json", "documentation.json", "documented.json", "elements.json", "hashes",
         "sources", "system-path", "types"]
PARTS = ("elements", "documented", "documentation", "data")
ORDINARY = (stat.S_IFREG, 0o644)
DIRECTORY = (stat.S_IFDIR, 0o755)

SHOP = """\
\"\"\"A shop.\"\"\"
__all__ = ["Tea"]
PRICE: int = 3
#: How many.
COUNT = 1

class Tea(object):
    'Tea.'
    def __init__(self, cups=1): self.cups = cups
"""

TREE = {
    "shop/__init__.py": SHOP,
    "shop/tea.py": "def price(n: int) -> int:\n    'Of tea.'\n    return 3 * n\n",
    "shop/stock/count.py": "x = 'ä'\n",
    "shop/stock/__init__.py": "",
    "shop/tea.pyi": "def price(n: int) -> int: ...\n",
    "helper.py": "from shop import *\n",
    "only.pyi": "x: int\n",
}
# What is no source, wherever it stands.
REST = {
    "shop/prices.txt": "tea 3\n", "README": "text\n", "shop/run": "#!/usr/bin/python3\nx = 1\n",
    f"shop/__pycache__/tea.{tap.TAG}.pyc": "stale", ".git/hook.py": "x = 1\n",
    "shop/.pyi": "x = 1\n", "empty/nothing.txt": "",
}

# Describing this takes some seconds.
# Long lines: with the string checks of sanitizers CPython's tokenizer takes the square of the
# number of lines.
SLOW = "class A:\n" + (" x: int = " + ", ".join(["[y for y in a]"] * 50) + "\n") * 8000


def description(directory):
    """The files of a description: {name: content}."""
    return {name: program.read(os.path.join(directory, name))
            for name in sorted(os.listdir(directory))}


def descriptions(root):
    """All descriptions below a directory: {path: its files}."""
    return {os.path.relpath(parent, root): description(parent)
            for parent, _, names in os.walk(root) if "elements.json" in names}


def without_path(described):
    """Descriptions without what tells them from each other when they were reached in other ways."""
    return {path: {name: data for name, data in files.items()
                   if name not in ("system-path", "sources")}
            for path, files in described.items()}


def modes(root):
    """Kinds and modes of everything below a directory: {path: (kind, mode)}."""
    found = {}
    for parent, directories, names in os.walk(root):
        for name in directories + names:
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            found[os.path.relpath(path, root)] = stat.S_IFMT(mode), stat.S_IMODE(mode)
    return found


class Case(program.Case):
    def write_tree(self, root="in", files=None):
        for path, text in (files or TREE | REST).items():
            self.write(os.path.join(root, path), text)

    def delineate(self, *arguments, **options):
        return self.kiln("delineate", *arguments, **options)

    def described(self, root):
        return descriptions(self.path(root))


class Single(Case):
    """One source, described in the directory that is named."""

    def setUp(self):
        super().setUp()
        self.write("shop.py", SHOP)

    def test_gets_exactly_these_files(self):
        self.delineate("shop.py", "-o", "out")
        self.assertEqual(modes(self.path("out")), {name: ORDINARY for name in FILES})
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out")).st_mode), 0o755)
        self.assert_only(["out", "shop.py"])

    def test_says_what_the_source_says(self):
        self.delineate("shop.py", "-o", "out")
        found = description(self.path("out"))
        module = json.loads(found["elements.json"])
        self.assertEqual((module[0], module[2]["identifier"], module[2]["exported"]),
                         ("module", "shop", ["Tea"]))
        self.assertEqual([child[2]["identifier"] for child in module[1]],
                         ["__all__", "PRICE", "COUNT", "Tea"])
        self.assertEqual(json.loads(found["documented.json"]), [[], ["COUNT"], ["Tea"]])
        self.assertEqual(json.loads(found["documentation.json"]),
                         [["A shop."], ["How many."], ["Tea."]])
        self.assertEqual(json.loads(found["data.json"]),
                         [[["__all__"], ["PRICE"], ["COUNT"]], [["Tea"], 3, 1]])

    def test_records_its_path_as_it_was_given(self):
        for path in ("shop.py", "./shop.py", self.path("shop.py")):
            self.delineate(path, "-o", "out")
            self.assertEqual(description(self.path("out"))["system-path"].decode(), path)

    def test_is_what_a_construction_context_makes(self):
        self.delineate("shop.py", "-o", "out")
        self.kiln("cc", "unit", "shop.py", "delineated", "json")
        self.assertEqual(without_path(self.described("unit")), without_path(self.described("out")))
        self.delineate("--factor", "fault.shop", "shop.py", "-o", "named")
        self.kiln("cc", "named-unit", "shop.py", "delineated", "json", "factor", "fault.shop")
        self.assertEqual(without_path(self.described("named-unit")),
                         without_path(self.described("named")))
        module = json.loads(description(self.path("named"))["elements.json"])
        self.assertEqual(module[2]["identifier"], "fault.shop")

    def test_is_described_whatever_its_name(self):
        for name, identifier in (("script", "script"), ("a.b.py", "a.b"), ("x.pyi", "x"),
                                 ("y.txt", "y"), ("ä b.py", "ä b")):
            with self.subTest(name=name):
                self.write(name, SHOP)
                self.delineate(name, "-o", "out")
                module = json.loads(description(self.path("out"))["elements.json"])
                self.assertEqual(module[2]["identifier"], identifier)

    def test_may_be_empty(self):
        self.write("empty.py")
        self.delineate("empty.py", "-o", "out")
        found = description(self.path("out"))
        self.assertEqual(found["elements.json"].decode(), '["module",[],{"identifier":"empty",'
                         '"area":[[1,1],[1,0]],"source-encoding":"utf-8"}]\n')
        self.assertEqual([json.loads(found[name + ".json"])
                          for name in ("data", "documentation", "documented")],
                         [[[], []], [], []])
        self.assertEqual([found[name] for name in ("areas", "types", "sources")],
                         [b"", b"", b"0 empty.py\n"])

    def test_an_interface_is_a_source(self):
        self.write("shop.pyi", "def f(a: int = ...) -> str: ...\n")
        self.delineate("shop.pyi", "-o", "out")
        [function] = json.loads(description(self.path("out"))["elements.json"])[1]
        self.assertEqual((function[0], function[2]["identifier"]), ("function", "f"))

    def test_takes_an_encoding(self):
        self.write("shop.py", "x = 'ä'\n".encode("latin-1"))
        self.delineate("shop.py", "-o", "out", status=1)
        self.delineate("--encoding", "latin-1", "shop.py", "-o", "out")
        self.assertEqual(json.loads(description(self.path("out"))["data.json"]), [[["x"]], ["ä"]])
        self.write("shop.py", "# coding: utf-8\nx = 'ä'\n".encode("latin-1"))
        self.delineate("--encoding", "iso-8859-1", "shop.py", "-o", "out")
        self.assertEqual(json.loads(description(self.path("out"))["data.json"]), [[["x"]], ["ä"]])

    def test_a_link_is_followed(self):
        os.symlink("shop.py", self.path("link.py"))
        self.delineate("link.py", "-o", "out")
        found = description(self.path("out"))
        self.assertEqual(json.loads(found["elements.json"])[2]["identifier"], "link")
        self.assertEqual(found["system-path"], b"link.py")

    def test_is_replaced_by_a_later_one(self):
        self.delineate("shop.py", "-o", "out")
        self.write("shop.py", "y = 2\n")
        self.delineate("shop.py", "-o", "out")
        self.assertEqual(json.loads(description(self.path("out"))["data.json"]), [[["y"]], [2]])
        self.assertEqual(sorted(os.listdir(self.path("out"))), FILES)

    def test_regions_that_were_counted_are_no_reason_to_refuse(self):
        self.delineate("shop.py", "-o", "out")
        for name in ("sources", "areas", "types"):
            self.write(f"out/{name}")
        self.delineate("shop.py", "-o", "out")
        self.assertEqual(sorted(os.listdir(self.path("out"))), FILES)

    def test_takes_an_empty_directory_and_no_other_that_is_not_its_own(self):
        os.mkdir(self.path("empty"))
        self.delineate("shop.py", "-o", "empty")
        for name in ("precious", "elements.json/x", "data.json"):
            with self.subTest(name=name):
                shutil.rmtree(self.path("other"), ignore_errors=True)
                self.write(f"other/{name}", "text")
                before = program.tree(self.path("other"))
                result = self.delineate("shop.py", "-o", "other", status=2)
                self.assertIn("--force", result.stderr)
                self.assertEqual(program.tree(self.path("other")), before)
        self.delineate("--force", "shop.py", "-o", "other")
        os.remove(self.path("other", "types"))
        self.write("other/types/precious", "text")
        self.delineate("shop.py", "-o", "other", status=2)
        self.assert_only(["precious"], "other/types")
        self.delineate("--force", "shop.py", "-o", "other")
        self.assertEqual(sorted(os.listdir(self.path("other"))), FILES)

    def test_a_description_with_something_else_in_it_is_refused(self):
        self.delineate("shop.py", "-o", "out")
        self.write("out/notes", "text")
        self.delineate("shop.py", "-o", "out", status=2)
        self.assertEqual(program.read(self.path("out/notes")), b"text")

    def test_a_file_in_the_place_of_the_directory_is_refused(self):
        self.write("out", "text")
        self.delineate("shop.py", "-o", "out", status=2)
        self.assertEqual(program.read(self.path("out")), b"text")

    def test_that_does_not_parse_makes_no_directory(self):
        self.write("bad.py", "x = 1\ndef f(:\n")
        result = self.delineate("bad.py", "-o", "out", status=1)
        self.assertEqual(result.stdout, "")
        found = program.errors(result)["bad.py"]
        self.assertEqual((found.line, found.column, found.text), (2, 7, "invalid syntax"))
        self.assertEqual(found.below, ["  def f(:", "        ^"])
        self.assert_only(["bad.py", "shop.py"])

    def test_that_does_not_parse_leaves_the_old_description(self):
        self.delineate("shop.py", "-o", "out")
        before = description(self.path("out"))
        self.write("shop.py", "x = = 1\n")
        self.delineate("shop.py", "-o", "out", status=1)
        self.assertEqual(description(self.path("out")), before)

    def test_the_module_is_not_imported(self):
        self.write("shop.py", "open('imported', 'w')\nimport sibling\nx = open('executed', 'w')\n"
                              "def f(a=open('default', 'w')): ...\n"
                              "@open('decorator', 'w')\nclass A(open('base', 'w')): ...\n")
        self.write("sibling.py", "open('sibling', 'w')\n")
        self.write("sitecustomize.py", "open('site', 'w')\n")
        self.write("encodings/__init__.py", "open('encodings', 'w')\n")
        for form in ("json", "jsonl", "ctags", "stub"):
            self.delineate("--format", form, "shop.py", variables={"PYTHONPATH": self.directory})
        self.assert_only(["encodings", "shop.py", "sibling.py", "sitecustomize.py"])
        self.assert_only(["__init__.py"], "encodings")


class Tree(Case):
    """Directories and several sources, described in a tree that mirrors them."""

    def setUp(self):
        super().setUp()
        self.write_tree()

    def test_mirrors_the_sources(self):
        self.delineate("in", "-o", "out")
        expected = {".kiln": ORDINARY}
        for path in TREE:
            expected |= {os.path.join(path, name): ORDINARY for name in FILES} | {path: DIRECTORY}
            parent = os.path.dirname(path)
            while parent:
                expected[parent] = DIRECTORY
                parent = os.path.dirname(parent)
        self.assertEqual(modes(self.path("out")), expected)

    def test_has_of_each_source_what_it_has_alone(self):
        self.delineate("in", "-o", "out")
        for path in TREE:
            with self.subTest(path=path):
                self.delineate(os.path.join("in", path), "-o", "single")
                self.assertEqual(self.described("out")[path], description(self.path("single")))

    def test_stands_where_it_should(self):
        self.delineate("in/shop", "in/helper.py", "in/only.pyi=lib/types.pyi", "in=opt/app", "-o",
                       "out")
        expected = {os.path.join("opt/app", path) for path in TREE} | set(TREE) | {"lib/types.pyi"}
        self.assertEqual(set(self.described("out")), expected - {"only.pyi"})

    def test_is_the_same_for_any_way_to_reach_the_sources(self):
        self.delineate("in", "-o", "out")
        expected = self.described("out")
        everything = [f"in/{path}={path}" for path in TREE]
        for number, arguments in enumerate((
                everything, everything[::-1], ["in/shop", "in/helper.py", "in/only.pyi"],
                ["in/only.pyi", "in"])):
            with self.subTest(arguments=arguments):
                self.delineate(*arguments, "-o", f"other-{number}")
                self.assertEqual(self.described(f"other-{number}"), expected)

    def test_is_what_a_build_describes(self):
        self.delineate("in", "-o", "out")
        expected = without_path(self.described("out"))
        for image in ("image", "image.tar", "image.tar.gz", "image.tar.zst"):
            for options in ((), ("--layout", "bytecode", "--optimize=2")):
                with self.subTest(image=image, options=options):
                    self.kiln("build", *options, "in", "-o", image, "--delineate", "built")
                    self.assertEqual(without_path(self.described("built")), expected)
                    self.assertEqual(modes(self.path("built")), modes(self.path("out")))
                    self.kiln("build", *options, "in", "-o", "plain-" + image)
                    content = program.tree if image == "image" else program.read
                    self.assertEqual(content(self.path(image)),
                                     content(self.path("plain-" + image)))
                    shutil.rmtree(self.path("built"))
                    subprocess.run(["/bin/rm", "-rf", self.path(image),
                                    self.path("plain-" + image)],
                                   check=True)

    def test_a_build_describes_interfaces_that_it_puts_into_archives(self):
        self.kiln("build", "in", "-o", "image.tar", "--delineate", "built")
        with tarfile.open(self.path("image.tar")) as archive:
            self.assertIn("only.pyi", archive.getnames())
        self.assertIn("only.pyi", self.described("built"))

    def test_does_not_depend_on_workers_or_the_order_of_directories(self):
        for number in range(30):
            self.write(f"in/many/m{number}.py", f"x{number} = {number}\n")
        self.delineate("-j1", "in", "-o", "out")
        expected = program.tree(self.path("out"))
        lines = self.delineate("-j1", "--format", "jsonl", "in").stdout
        for jobs in ("-j2", "-j3", "-j4"):
            self.delineate(jobs, "in", "-o", "other" + jobs)
            self.assertEqual(program.tree(self.path("other" + jobs)), expected)
            self.assertEqual(self.delineate(jobs, "--format", "jsonl", "in").stdout, lines)
        files = TREE | {f"many/m{number}.py": f"x{number} = {number}\n" for number in range(30)}
        self.write_tree("copy/in", dict(sorted(files.items(), key=lambda item: item[0][::-1])))
        self.delineate("in", "-o", "out", cwd=self.path("copy"))
        self.assertEqual(program.tree(self.path("copy/out")), expected)

    def test_does_not_depend_on_the_umask_or_the_environment(self):
        self.delineate("in", "-o", "out")
        expected = program.tree(self.path("out"))
        for number, options in enumerate((
                {"umask": 0o077}, {"umask": 0},
                {"variables": {"LC_ALL": "C", "PYTHONHASHSEED": "1"}},
                {"variables": {"LC_ALL": None, "LANG": None, "HOME": None, "PATH": "/nowhere"}})):
            with self.subTest(options=options):
                self.delineate("in", "-o", f"other-{number}", **options)
                self.assertEqual(program.tree(self.path(f"other-{number}")), expected)

    def test_is_replaced_whole(self):
        self.delineate("in", "-o", "out")
        os.unlink(self.path("in/helper.py"))
        self.delineate("in", "-o", "out")
        self.delineate("in", "-o", "fresh")
        self.assertEqual(program.tree(self.path("out")), program.tree(self.path("fresh")))
        self.assertNotIn("helper.py", self.described("out"))

    def test_what_kiln_did_not_make_is_replaced_only_by_force(self):
        self.write("out/precious", "text")
        result = self.delineate("in", "-o", "out", status=2)
        self.assertIn("--force", result.stderr)
        self.assert_only(["precious"], "out")
        self.delineate("--force", "in", "-o", "out")
        self.assertNotIn("precious", os.listdir(self.path("out")))

    def test_a_single_description_and_a_tree_take_each_others_place(self):
        self.delineate("in", "-o", "out")
        self.delineate("in/helper.py", "-o", "out")
        self.assert_only(FILES, "out")
        self.delineate("in", "-o", "out")
        self.assertEqual(set(self.described("out")), set(TREE))

    def test_does_not_include_itself(self):
        self.delineate("in", "-o", "in/out")
        first = program.tree(self.path("in/out"))
        self.delineate("in", "-o", "in/out")
        self.assertEqual(program.tree(self.path("in/out")), first)
        self.assertEqual(set(self.described("in/out")), set(TREE))

    def test_a_source_is_not_replaced_by_its_description(self):
        for output in ("in", "in/shop"):
            self.delineate("in", "-o", output, status=2)
        self.assertEqual(program.read(self.path("in/shop/__init__.py")).decode(), SHOP)

    def test_a_source_is_not_replaced_by_what_is_made_of_it(self):
        for form in ("json", "jsonl", "ctags", "stub"):
            with self.subTest(form=form):
                self.delineate("--format", form, "in/helper.py", "-o", "in/helper.py", status=2)
                self.assertEqual(program.read(self.path("in/helper.py")).decode(),
                                 TREE["helper.py"])

    def test_excluded_sources_are_left_out(self):
        self.delineate("--exclude", "stock", "--exclude", "*.pyi", "--exclude", "/helper.py", "in",
                       "-o", "out")
        self.assertEqual(set(self.described("out")), {"shop/__init__.py", "shop/tea.py"})
        self.assertNotIn("shop/stock", modes(self.path("out")))

    def test_of_nothing_is_empty(self):
        os.mkdir(self.path("void"))
        self.delineate("void", "-o", "out")
        self.assert_only([".kiln"], "out")

    def test_links_within_are_sources_and_links_that_lead_out_are_not(self):
        self.write("outside.py", "x = 1\n")
        os.symlink("helper.py", self.path("in/assistant.py"))
        os.symlink("../outside.py", self.path("in/out.py"))
        os.symlink(self.directory, self.path("in/all"))
        os.symlink("in", self.path("in/cycle"))
        os.symlink("nowhere.py", self.path("in/dangling.py"))
        os.symlink("shop", self.path("in/store"))
        self.delineate("in", "-o", "out")
        self.assertEqual(set(self.described("out")), set(TREE) | {"assistant.py"})
        self.assertEqual(without_path(self.described("out"))["assistant.py"]["data.json"],
                         b"[[],[]]\n")

    def test_bad_sources_are_reported_and_the_others_described(self):
        self.write("in/bad.py", "x = = 1\n")
        self.write("in/nul.py", "x = 1\0\n")
        self.write("in/latin.py", b"x = '\xe4'\n")
        self.write("in/cookie.py", "# coding: nonsense\n")
        self.write("in/bad/__init__.py", "(")
        for jobs in ("-j1", "-j2"):
            result = self.delineate(jobs, "in", "-o", "out", status=1)
            self.assertEqual(set(program.errors(result)),
                             {"in/bad.py", "in/nul.py", "in/latin.py", "in/cookie.py",
                              "in/bad/__init__.py"})
            found = program.errors(result)["in/bad.py"]
            self.assertEqual((found.line, found.column), (1, 5))
            self.assertEqual(set(self.described("out")), set(TREE))
            for name in ("bad.py", "nul.py", "latin.py", "cookie.py"):
                self.assertNotIn(name, os.listdir(self.path("out")))

    def test_of_a_build_has_bad_sources_neither(self):
        self.write("in/bad.py", "x = = 1\n")
        self.kiln("build", "in", "-o", "image", "--delineate", "out", status=1)
        self.assertEqual(set(self.described("out")), set(TREE))
        self.assertNotIn("bad.py", os.listdir(self.path("out")))

    def test_sources_that_cannot_be_read_are_reported(self):
        options = self.unprivileged()
        os.chmod(self.path("in/helper.py"), 0)
        os.chmod(self.path("in/shop/stock"), 0)
        self.addCleanup(os.chmod, self.path("in/shop/stock"), 0o755)
        result = self.delineate("in", "-o", "out", status=1, **options)
        self.assertEqual(set(program.errors(result)), {"in/helper.py", "in/shop/stock"})
        self.assertIn("Permission denied", program.errors(result)["in/helper.py"].text)
        self.assertEqual(set(self.described("out")),
                         {path for path in TREE if "stock" not in path and path != "helper.py"})
        self.delineate("in/helper.py", "-o", "single", status=1, **options)
        self.assertNotIn("single", os.listdir(self.directory))

    def test_of_a_build_may_not_be_in_the_image_nor_around_it(self):
        for image, output in (("image", "image/out"), ("image", "image"), ("out/image", "out"),
                              ("out/i.tar", "out"), ("./image/", "image"),
                              ("image", "in/../image/out")):
            with self.subTest(image=image, output=output):
                self.kiln("build", "in", "-o", image, "--delineate", output, status=2)
                self.assert_only(["in"])

    def test_of_a_build_replaces_nothing_else(self):
        self.write("out/precious", "text")
        self.kiln("build", "in", "-o", "image", "--delineate", "out", status=2)
        self.assert_only(["in", "out"])
        self.assert_only(["precious"], "out")
        self.kiln("build", "--force", "in", "-o", "image", "--delineate", "out")
        self.assertEqual(set(self.described("out")), set(TREE))
        self.kiln("build", "in", "-o", "image", "--delineate", "out")
        self.assertEqual(set(self.described("out")), set(TREE))

    def test_of_a_build_within_the_source_is_no_part_of_the_image(self):
        for _ in range(2):
            self.kiln("build", "in", "-o", "image", "--delineate", "in/out")
            self.assertNotIn("out", os.listdir(self.path("image")))
            self.assertEqual(set(self.described("in/out")), set(TREE))


class Printed(Case):
    """What goes to standard output or to one file."""

    def setUp(self):
        super().setUp()
        self.write_tree()

    def assert_documents(self, documents, paths):
        """Documents of these sources in this order, with what their descriptions have."""
        self.assertEqual([document["path"] for document in documents], paths)
        for document in documents:
            self.assertEqual(list(document), ["format", "path", *PARTS])
            self.assertEqual(document["format"], 1)
            self.delineate(document["path"], "-o", "single")
            files = description(self.path("single"))
            for part in PARTS:
                self.assertEqual(document[part], json.loads(files[part + ".json"]))

    def test_of_one_source_is_one_document(self):
        found = self.delineate("in/helper.py").stdout
        self.assertTrue(found.endswith("}\n"))
        self.assert_documents([json.loads(found)], ["in/helper.py"])
        self.assertEqual(self.delineate("--format", "json", "in/helper.py").stdout, found)
        self.assertEqual(self.delineate("--format", "jsonl", "in/helper.py").stdout, found)

    def test_of_several_sources_is_one_document(self):
        paths = sorted(os.path.join("in", path) for path in TREE)
        self.assert_documents(json.loads(self.delineate("in").stdout), paths)
        os.mkdir(self.path("void"))
        self.assertEqual(json.loads(self.delineate("void").stdout), [])
        self.write("one/m.py", "x = 1\n")
        self.assert_documents(json.loads(self.delineate("one").stdout), ["one/m.py"])

    def test_has_a_line_for_each_source(self):
        paths = sorted(os.path.join("in", path) for path in TREE)
        lines = self.delineate("--format", "jsonl", "in").stdout.splitlines()
        self.assert_documents(list(map(json.loads, lines)), paths)

    def test_of_sources_with_equal_names_has_each(self):
        self.write("a/m.py", "x = 1\n")
        self.write("b/m.py", "y = 1\n")
        self.write("c/m.py", "x = 1\n")
        for form in ("json", "jsonl"):
            with self.subTest(form=form):
                found = self.delineate("--format", form, "a/m.py", "b/m.py", "c/m.py").stdout
                documents = (json.loads(found)
                             if form == "json" else list(map(json.loads, found.splitlines())))
                self.assertEqual([document["path"] for document in documents],
                                 ["a/m.py", "b/m.py", "c/m.py"])

    def test_a_file_has_the_same_lines(self):
        expected = self.delineate("--format", "jsonl", "in").stdout
        self.write("out", "something else\n")
        self.delineate("--format", "jsonl", "in", "-o", "out")
        self.assertEqual(program.read(self.path("out")).decode(), expected)
        self.assert_only(["in", "out"])

    def test_with_bad_sources_is_still_valid(self):
        self.write("in/a.py", "x = = 1\n")
        self.write("in/zz.py", "x = = 1\n")
        result = self.delineate("in", status=1)
        self.assertEqual(len(json.loads(result.stdout)), len(TREE))
        self.assertEqual(len(program.errors(result)), 2)
        self.write("bad/m.py", "(")
        self.assertEqual(json.loads(self.delineate("bad", status=1).stdout), [])
        self.assertEqual(self.delineate("bad/m.py", status=1).stdout, "")
        self.assertEqual(self.delineate("--format", "jsonl", "bad", status=1).stdout, "")

    def test_with_a_full_standard_output_fails(self):
        for form in ("json", "jsonl", "ctags", "stub"):
            for source in ("in/helper.py", "in"):
                if (form, source) == ("stub", "in"):
                    continue
                with self.subTest(form=form, source=source), open("/dev/full", "wb") as full:
                    result = self.delineate("--format", form, source, status=3,
                                            capture_output=False, stdout=full,
                                            stderr=subprocess.PIPE)
                    self.assertIn("No space left on device", result.stderr)

    def test_with_a_closed_standard_output_fails(self):
        result = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", tap.KILN, "delineate", "in/helper.py"],
            cwd=self.directory, check=False, env=tap.environment(), capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 3)
        self.assertTrue(result.stderr)

    def test_a_log_has_an_object_for_each_event(self):
        self.write("in/bad.py", "x = = 1\n")
        self.write("in/warned.py", "x = '\\d'\n")
        for arguments in (("-o", "out"), ("--format", "jsonl"),
                          ("--format", "ctags", "-o", "tags")):
            with self.subTest(arguments=arguments):
                events = [json.loads(line) for line in
                          self.delineate("--log", "json", *arguments, "in",
                                         status=1).stderr.splitlines()]
                found = {event["event"]: event for event in events}
                self.assertEqual([found["error"][name] for name in ("path", "line", "column")],
                                 ["in/bad.py", 1, 5])
                self.assertEqual(events[-1]["event"], "summary")
                self.assertEqual((events[-1]["described"], events[-1]["failed"]),
                                 (len(TREE) + 1, 1))
                self.assertEqual(sum(event["event"] == "error" for event in events), 1)

    def test_a_summary_is_only_of_what_is_not_printed(self):
        self.assertEqual(self.delineate("in").stderr, "")
        self.assertEqual(self.delineate("-q", "in", "-o", "out").stderr, "")
        result = self.delineate("in", "-o", "out")
        self.assertEqual(result.stdout, "")
        self.assertIn(f"{len(TREE)} described", result.stderr)


class Wrong(Case):
    """Command lines that are wrong, and systems that fail."""

    def setUp(self):
        super().setUp()
        self.write("in/m.py", "x = 1\n")

    def test_command_lines_that_are_wrong_do_nothing(self):
        for arguments in ((), ("-o", "out"), ("missing.py", "-o", "out"),
                          ("in", "missing.py", "-o", "out"),
                          ("--unknown", "in", "-o", "out"), ("--format", "xml", "in"),
                          ("-j0", "in", "-o", "out"), ("in", "-o", ""), ("in", "-o"),
                          ("--factor", "a.b", "in", "-o", "out"), ("--factor", "a..b", "in/m.py"),
                          ("--factor", "", "in/m.py"), ("--encoding", "", "in"),
                          ("--format", "stub", "in"),
                          ("--format", "jsonl", "in", "-o", "in"), ("in/m.py/x", "-o", "out")):
            with self.subTest(arguments=arguments):
                result = self.delineate(*arguments, status=2)
                self.assertEqual(result.stdout, "")
                self.assertIn("error: ", result.stderr)
                self.assert_only(["in"])
                self.assert_only(["m.py"], "in")

    def test_what_is_no_file_is_refused(self):
        os.mkfifo(self.path("pipe.py"))
        self.delineate("pipe.py", "-o", "out", status=2)
        self.delineate("/dev/null", "-o", "out", status=2)
        os.symlink("loop.py", self.path("loop.py"))
        self.assertIn(self.delineate("loop.py", "-o", "out", status=None).returncode, (2, 3))
        self.assert_only(["in", "loop.py", "pipe.py"])

    def test_a_pipe_in_a_directory_is_not_waited_for(self):
        os.mkfifo(self.path("in/pipe.py"))
        result = self.delineate("in", "-o", "out", status=1, timeout=60)
        self.assertEqual(list(program.errors(result)), ["in/pipe.py"])
        self.assertEqual(set(self.described("out")), {"m.py"})

    def test_a_full_disk_leaves_nothing(self):
        for number in range(30):
            self.write(f"large/m{number}.py", "x = 'some text'\n" * 300)
        disk = self.small_disk("disk", "200k")
        for arguments in (("large", "-o", "disk/out"),
                          ("--format", "jsonl", "large", "-o", "disk/out"),
                          ("--format", "ctags", "large", "-o", "disk/out")):
            with self.subTest(arguments=arguments):
                result = self.delineate(*arguments, status=3)
                self.assertRegex(result.stderr, "'disk/out'.*: No space left on device")
                self.assertEqual(os.listdir(disk), [])
        result = self.kiln("build", "large", "-o", "image", "--delineate", "disk/out", status=3)
        self.assertIn("No space left on device", result.stderr)
        self.assertEqual(os.listdir(disk), [])
        self.assert_only(["disk", "in", "large"])

    def test_a_full_disk_keeps_the_earlier_description(self):
        for number in range(30):
            self.write(f"large/m{number}.py", "x = 'some text'\n" * 300)
        self.small_disk("disk", "200k")
        self.delineate("in", "-o", "disk/out")
        self.delineate("--format", "ctags", "in", "-o", "disk/tags")
        before, tags = self.described("disk/out"), program.read(self.path("disk/tags"))
        self.delineate("large", "-o", "disk/out", status=3)
        self.delineate("--format", "ctags", "large", "-o", "disk/tags", status=3)
        self.assertEqual(self.described("disk/out"), before)
        self.assertEqual(program.read(self.path("disk/tags")), tags)
        self.assert_only(["out", "tags"], "disk")

    def test_a_directory_that_may_not_be_written_is_a_failure(self):
        os.mkdir(self.path("closed"))
        options = self.unprivileged()
        os.chmod(self.path("closed"), 0o500)
        for arguments in (("in", "-o", "closed/out"), ("in/m.py", "-o", "closed/out"),
                          ("--format", "ctags", "in", "-o", "closed/out")):
            result = self.delineate(*arguments, status=3, **options)
            self.assertIn("Permission denied", result.stderr)
        self.assert_only([], "closed")

    def test_missing_parents_are_made(self):
        self.delineate("in", "-o", "new/a/out")
        self.delineate("in/m.py", "-o", "new/b/out")
        self.assertEqual(set(self.described("new/a/out")), {"m.py"})
        self.assert_only(FILES, "new/b/out")

    def test_deep_sources_are_reported_or_described(self):
        self.write("deep/m.py", "x = " + "(" * 5000 + ")" * 5000 + "\n")
        self.write("deep/n.py", "x = " + "-" * 50000 + "1\n")
        self.write("deep/o.py", "y = 1\n")
        result = self.delineate("deep", "-o", "out", status=1)
        self.assertLessEqual({"o.py"}, set(self.described("out")))
        self.assertEqual(set(program.errors(result)), {"deep/m.py", "deep/n.py"})

    def test_an_interrupted_run_leaves_what_was_there(self):
        self.write("slow/s.py", SLOW)
        self.write("slow/t.py", "x = 1\n")
        self.delineate("in", "-o", "out")
        before = program.tree(self.path("out"))
        for number, source, output in (
                (signal.SIGINT, "slow", "out"), (signal.SIGTERM, "slow", "new"),
                (signal.SIGINT, "slow/s.py", "new"), (signal.SIGTERM, "slow/s.py", "out")):
            with self.subTest(signal=number, source=source, output=output):
                process = self.start("delineate", "-j2", source, "-o", output)

                def busy():
                    """it is at work"""
                    return [seconds for pid, (_, seconds) in program.running().items()
                            if seconds > 0.1
                            and pid in {process.pid, *program.descendants(process.pid)}]
                program.await_condition(busy, process)
                os.kill(process.pid, number)
                _, text = process.communicate(timeout=30)
                self.assertEqual(process.returncode, 128 + number, text)
                self.assertEqual(program.tree(self.path("out")), before)
                self.assert_only(["in", "out", "slow"])


if __name__ == "__main__":
    tap.main()
