"""`kiln record`: chapters of sources, and what names in them refer to."""
import json
import os
import shutil
import signal
import sys
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import site_checker
import tap

RECORDS = os.path.join(tap.ROOT, "test", "conformance", "records")
FILES = ("elements.json", "documented.json", "documentation.json", "data.json")
CASES = sorted(name for name in os.listdir(RECORDS)
               if os.path.exists(os.path.join(RECORDS, name, "case.json")))


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


class Chapters(program.Case):
    def record(self, name, *arguments, delineated=None, **options):
        """The chapter of a case of the conformance data."""
        directory = os.path.join(RECORDS, name)
        case = load(directory, "case.json")
        return self.kiln("record", "--delineated", delineated or directory, "--source",
                         os.path.join(directory, "source.py"), "--product",
                         os.path.join(RECORDS, "product"), "--project", case["project"],
                         "--factor", case["factor"], "--docstring", case["docstring"],
                         *arguments, **options)

    def expected(self, name):
        return program.read(os.path.join(RECORDS, name, "chapter.txt")).decode()

    def test_the_conformance_data_give_their_chapters(self):
        self.assertGreaterEqual(len(CASES), 12)
        for name in CASES:
            with self.subTest(case=name):
                self.assertEqual(self.record(name, status=0).stdout, self.expected(name))

    def test_our_own_descriptions_give_the_same_chapters(self):
        for name in sorted(set(CASES) - {"ledger"}):  # a field in `if`, now conditional
            with self.subTest(case=name):
                case = load(RECORDS, name, "case.json")
                self.kiln("delineate", "--factor", f"{case['project']}.{case['factor']}",
                          os.path.join(RECORDS, name, "source.py"), "-o", name, status=0)
                result = self.record(name, delineated=name, status=0)
                self.assertEqual(result.stdout, self.expected(name))

    def test_a_chapter_goes_to_a_file(self):
        result = self.record("seed", "-o", "seed.txt", status=0)
        self.assertEqual(result.stdout, "")
        self.assertEqual(program.read(self.path("seed.txt")).decode(), self.expected("seed"))

    def test_documented_parameters_that_do_not_exist_are_warned_of(self):
        found = program.messages(self.record("scales", status=0).stderr)
        self.assertEqual([(each.kind, each.line) for each in found], [("warning", 50)])
        self.assertIn("'calibrate' has no parameter 'screw'", found[0].text)

    def test_bad_descriptions_leave_the_file(self):
        for name in FILES:
            self.write(f"bad/{name}", "[]")
        self.write("old.txt", "old")
        self.record("seed", "-o", "old.txt", delineated="bad", status=1)
        self.record("seed", "-o", "old.txt", delineated="absent", status=1)
        self.assertEqual(program.read(self.path("old.txt")), b"old")

    def test_what_does_not_exist_is_a_usage_error(self):
        directory = os.path.join(RECORDS, "seed")
        one = ("record", "--delineated", directory, "--source",
               os.path.join(directory, "source.py"))
        self.kiln(*one, "--product", "absent", status=2)
        self.kiln(*one, "--product", os.path.join(RECORDS, "product"), "--project", "no.such",
                  status=2)
        self.kiln(*one[:3], status=2)
        self.kiln("record", status=2)
        self.kiln(*one, "directory", status=2)


class Names(program.Case):
    """What references mean, in a product that is connected to another."""

    def project(self, product, path, iri, files):
        source = os.path.join(RECORDS, "product", "orchard", "core", ".project")
        for name in os.listdir(source):
            text = program.read(os.path.join(source, name)).decode()
            self.write(f"{product}/{path}/.project/{name}",
                       text.replace("http://orchard.example/core", iri))
        for name, content in files.items():
            self.write(f"{product}/{path}/{name}", content)

    def setUp(self):
        super().setUp()
        self.project("one", "acme/tools", "http://acme.example/tools", {
            "pack/__init__.py": "def open(): ...\n",
            "pack/box.py": "class Box: ...\n",
            "user.py": "from acme.tools import pack\nimport acme.other.far as away\n"})
        self.project("two", "acme/other", "http://acme.example/other", {
            "far.py": "class Far: ...\n"})
        self.write("one/.product/PROJECTS",
                   "http://acme.example/tools acme.tools factors/polynomial-1\n")
        self.write("two/.product/PROJECTS",
                   "http://acme.example/other acme.other factors/polynomial-1\n")
        self.write("one/.product/CONNECTIONS", self.path("two") + "\n")

    def references(self, *references):
        """What the references become in the documentation of a function."""
        lines = "".join(f"\t# - &{reference}\n" for reference in references)
        with open(self.path("one/acme/tools/user.py"), "a", encoding="utf-8") as file:
            file.write(f'def f(a):\n\t"""\n{lines}\t"""\n')
        self.kiln("record", "one", "-o", "out", status=0)
        chapter = program.read(self.path("out/acme.tools/user/chapter.txt")).decode()
        return [line[2:] for line in chapter.rpartition("(signature)")[2].split("\n")
                if line.startswith("- ")]

    def test_references_lead_to_projects_of_connected_products(self):
        self.assertEqual(self.references("away", "away.Far", "@acme.other.far.Far.fly"), [
            "(remote/project-factor)&<http://acme.example/other/far[acme.other.far]>",
            "(remote/factor-element)&<http://acme.example/other/far#Far[acme.other.far.Far]>",
            "(remote/factor-element)&<http://acme.example/other/far#Far.fly"
            "[acme.other.far.Far.fly]>"])

    def test_a_package_has_what_is_known_of_it_or_imported(self):
        self.assertEqual(self.references("pack", "pack.open", ".pack.open", ".pack.close",
                                         ".pack"), [
            "(project-local/project-factor)&<pack.__init__[acme.tools.pack]>",
            "(project-local/factor-element)&<pack.__init__#open[acme.tools.pack.open]>",
            "(project-local/factor-element)&<pack.__init__#open[pack.open]>",
            "(invalid/unknown)&<#pack.close>",
            "(project-local/project-factor)&<pack.__init__>"])

    def test_chapters_of_a_project_are_recorded(self):
        self.write("one/acme/tools/guide.txt", "! CONTEXT:\n\t/title/\n\t\tGuide\n\n"
                   "See &.pack.box.Box.\n")
        self.write("one/acme/tools/plain.txt", "Text.\n")
        self.write("plain/note.txt", "[ \n")
        for _ in range(2):
            self.kiln("record", "one", "-o", "out", status=0)
            chapter = program.read(self.path("out/acme.tools/guide/chapter.txt")).decode()
            self.assertEqual(chapter, "! CONTEXT:\n\t/title/\n\t\tGuide\n\nSee (project-local/"
                             "factor-element)&<pack.box#Box[pack.box.Box]>.\n\n")
            self.assert_only(["elements.json", "context.json"], "out/acme.tools/guide/delineated")
            self.assert_only(["elements.json"], "out/acme.tools/plain/delineated")
            os.utime(self.path("one/acme/tools/guide.txt"))
            self.write("one/acme/tools/user.py", "# changed\n")
        self.kiln("record", "plain", "-o", "other", status=0)
        self.assert_only([".kiln", ".kiln-record"], "other")

    def test_a_name_that_nothing_near_has_is_absolute(self):
        self.assertEqual(self.references("acme.tools.pack.box.Box", "acme.tools", "f.a.b"), [
            "(project-local/factor-element)&<pack.box#Box[acme.tools.pack.box.Box]>",
            "(project-local/project-name)&<acme.tools>",
            "(factor-local/parameter)&<#f.Parameters.a[f.a.b]>"])


class Trees(program.Case):
    """`kiln record DIR -o OUT`."""

    def setUp(self):
        super().setUp()
        self.write("tree/shop/__init__.py", "from .tea import Tea\n")
        self.write("tree/shop/tea.py", 'class Tea:\n\t"""\n\t# See &pour.\n\t"""\n\n'
                   "def pour(tea: Tea) -> Tea: ...\n")
        self.write("tree/shop/till.py", "import json\nfrom . import Tea\nfrom shop import tea\n"
                   "class A(Tea): ...\nclass B(tea.Tea): ...\nclass C(json.JSONEncoder): ...\n")

    def record(self, *arguments, status=0):
        result = self.kiln("record", "--log", "json", "tree", "-o", "out", *arguments,
                           status=status)
        return json.loads(result.stderr.splitlines()[-1])

    def read(self, *path):
        return program.read(self.path("out", "tree", *path)).decode()

    def files(self):
        return {path: entry for path, entry in program.tree(self.path("out")).items()
                if os.path.isfile(self.path("out", path))}

    def test_each_source_has_a_directory(self):
        self.record()
        self.assert_only([".kiln", ".kiln-record", "tree"], "out")
        self.assert_only(["shop.__init__", "shop.tea", "shop.till"], "out/tree")
        self.assert_only(["chapter.txt", "delineated", "index.json", "meta.json", "source.txt"],
                         "out/tree/shop.tea")
        self.assert_only(FILES, "out/tree/shop.tea/delineated")
        self.assertEqual(self.read("shop.tea", "source.txt"),
                         program.read(self.path("tree/shop/tea.py")).decode())
        self.assertEqual(load(self.path("out/tree/shop.__init__/meta.json"))["name"], "shop")
        self.assertEqual([entry["anchor"] for entry in load(self.path(
            "out/tree/shop.tea/index.json"))], ["", "Tea", "pour"])

    def test_names_of_a_plain_directory_are_those_of_its_packages(self):
        self.record()
        self.assertIn("(factor-local/function)&<#pour[pour]>", self.read("shop.tea", "chapter.txt"))
        till = self.read("shop.till", "chapter.txt")
        self.assertIn("&<shop.__init__#Tea[shop.Tea]>", till)
        self.assertIn("&<shop.tea#Tea[shop.tea.Tea]>", till)
        self.kiln("record", "tree/shop", "-o", "package", status=0)
        path = self.path("package/shop/till/chapter.txt")
        self.assertIn("&<tea#Tea[shop.tea.Tea]>", program.read(path).decode())

    def test_trees_of_chapters_are_written_as_json(self):
        self.record("--format", "json")
        tree = load(self.path("out/tree/shop.tea/chapter.json"))
        self.assertEqual(tree[1][0][1][0][2]["type"], "CONTROL")

    def test_only_what_changed_is_written(self):
        self.record()
        before = self.files()
        again = self.record()
        self.assertEqual((again["recorded"], again["current"], again["written"]), (3, 3, 0))
        self.write("tree/shop/tea.py", "class Tea: ...\n")
        self.record()
        changed = {path for path, entry in self.files().items() if before[path] != entry}
        self.assertEqual({os.path.dirname(path).removesuffix("/delineated") for path in changed},
                         {"", "tree/shop.tea"})

    def test_workers_do_not_change_the_files(self):
        self.record("-j1")
        before = {path: program.read(self.path("out", path)) for path in self.files()}
        os.rename(self.path("out"), self.path("old"))
        self.record("-j3")
        self.assertEqual({path: program.read(self.path("out", path)) for path in self.files()},
                         before)

    def test_a_file_that_was_changed_or_removed_is_written_again(self):
        self.record()
        os.remove(self.path("out/tree/shop.tea/chapter.txt"))
        self.assertEqual(self.record()["written"], 1)

    def test_what_is_gone_is_removed_and_what_is_of_others_stays(self):
        self.record()
        self.write("out/tree/CNAME", "x")
        os.remove(self.path("tree/shop/tea.py"))
        self.record()
        self.assert_only(["shop.__init__", "shop.till", "CNAME"], "out/tree")

    def test_a_source_that_does_not_parse_keeps_its_record(self):
        self.record()
        chapter = self.read("shop.tea", "chapter.txt")
        self.write("tree/shop/tea.py", "def (")
        self.assertEqual(self.record(status=1)["failed"], 1)
        self.assertEqual(self.read("shop.tea", "chapter.txt"), chapter)
        self.write("tree/shop/tea.py", "x = 1")
        self.record()
        self.assertIn("[ x ]", self.read("shop.tea", "chapter.txt"))

    def test_a_directory_of_others_is_not_written_to(self):
        self.write("out/mine", "")
        self.kiln("record", "tree", "-o", "out", status=2)
        self.assert_only(["mine"], "out")
        self.record("--force")
        self.assert_only([".kiln", ".kiln-record", "mine", "tree"], "out")

    def test_a_wrong_note_of_the_last_run_makes_all_again(self):
        self.record()
        for text in ("", "[]", '{"format":1,"pages":[{"directory":"a","files":["../../tree"]}]}'):
            self.write("out/.kiln-record", text)
            self.assertEqual(self.record()["current"], 0)
        self.assertTrue(os.path.exists(self.path("tree/shop/tea.py")))

    def test_a_module_has_the_signatures_of_its_interface(self):
        self.write("tree/shop/tea.py", "def pour(*args):\n"
                   "    \"\"\"Pour.\n\n    Args:\n        tea: What.\n    \"\"\"\n"
                   "class Tea:\n    def cup(self, size):\n        'A cup.'\n")
        self.write("tree/shop/tea.pyi", "from typing import overload\nimport shop.till\n"
                   "@overload\ndef pour(tea: int) -> shop.till.B: ...\n"
                   "@overload\ndef pour(tea: str, more: str) -> Tea: ...\n"
                   "class Tea:\n    def cup(self, size: float, /) -> Tea: ...\n")
        self.record()
        chapter = self.read("shop.tea", "chapter.txt")
        for text in ("(signature)`pour(tea)`\n\nPour.", "(signature)`pour(tea, more)`",
                     "(signature)`cup(self, size, /)`\n\nA cup.", "- (source/area)`1 1 6 7`",
                     "&<shop.till#B[shop.till.B]>", "(type/factor-local/class)&<#Tea[Tea]>",
                     "- (type/syntax)`int`\n", "What."):
            self.assertIn(text, chapter)
        self.assertEqual([entry["anchor"] for entry in load(self.path(
            "out/tree/shop.tea/index.json"))], ["", "pour", "pour-2", "Tea", "Tea.cup"])
        before = self.record()
        self.assertEqual(before["written"], 0)
        self.write("tree/shop/tea.pyi", "def pour(water): ...\n")
        self.record()
        self.assertIn("(signature)`pour(water)`", self.read("shop.tea", "chapter.txt"))
        os.remove(self.path("tree/shop/tea.pyi"))
        self.record()
        self.assertIn("(signature)`pour(*args)`", self.read("shop.tea", "chapter.txt"))
        self.assertFalse(os.path.exists(self.path("out/tree/shop.tea/delineated-interface")))

    def test_names_of_pythons_library_and_of_inventories_are_linked(self):
        self.write("tree/shop/tea.py", "import json, herbs\nclass A(OSError): ...\n"
                   "class B(json.JSONEncoder): ...\nclass C(herbs.Mint): ...\n")
        self.record()
        chapter = self.read("shop.tea", "chapter.txt")
        self.assertRegex(chapter, r"\(type/remote/python-exception\)&<https://docs\.python\.org/3"
                                  r"[^>]*#OSError\[OSError\]>")
        self.assertRegex(chapter, r"&<https:[^>]*/json\.html#json\.JSONEncoder\[json\.JSON")
        self.assertIn("(type/factor-local/import)&<#herbs[herbs.Mint]>", chapter)
        head = b"# Sphinx inventory version 2\n# Project: herbs\n# Version: 1\n" \
            b"# The remainder of this file is compressed using zlib.\n"
        with open(self.path("herbs.inv"), "wb") as file:
            file.write(head + zlib.compress(b"herbs.Mint py:class 1 api.html#$ -\n"))
        self.record("--inventory", "https://herbs.example/=herbs.inv")
        self.assertIn("&<https://herbs.example/api.html#herbs.Mint[herbs.Mint]>",
                      self.read("shop.tea", "chapter.txt"))

    def test_what_was_measured_is_joined(self):
        self.write("tree/shop/tea.py", "def pour():\n    return 1\nx = 2\n")
        self.write("metrics/shop/tea.py/coverage-areas",
                   "1 1 1 1 8\n0 2 5 2 12\n0 2 12 2 12\n1 3 1 3 5\n")
        self.write("metrics/shop/tea.py/area-types", "++ +")
        self.write("metrics/shop/tea.py/profile-timings", json.dumps(
            [{"element": "shop.tea.pour", "calls": 3, "mean": 20, "residency": 0.5,
              "minimum": 10, "maximum": 40}, {"element": "shop.other", "calls": 1}]))
        self.record("--metrics", "metrics")
        chapter = self.read("shop.tea", "chapter.txt")
        self.assertIn("`1 1 3 0`\n\t\t- (coverage-zeros)`1`\n\t\t- (coverage-counters)`3`\n\n",
                      chapter)
        self.assertIn("`1 1 2 12`\n" + "".join(f"\t\t- ({name})`{value}`\n" for name, value in (
            ("coverage-zeros", 1), ("coverage-counters", 2), ("metrics/profile-duration", 20),
            ("metrics/profile-count", 3), ("metrics/profile-residency", 0.5),
            ("metrics/profile-minimum", 10), ("metrics/profile-maximum", 40))), chapter)
        self.assertEqual(self.record("--metrics", "metrics")["current"], 3)
        self.write("metrics/shop/tea.py/coverage-areas", "1 1 1 1 8\n" * 4)
        self.record("--metrics", "metrics")
        self.assertIn("(coverage-counters)`3`", self.read("shop.tea", "chapter.txt"))
        for text in ("1 1 1 1 8\n", "1 2 1 2 8\n" + "1 1 1 1 8\n" * 3, "1 1 1 1\n" * 4):
            self.write("metrics/shop/tea.py/coverage-areas", text)
            self.assertEqual(self.record("--metrics", "metrics", status=1)["failed"], 1)

    def test_metrics_of_the_product_are_joined_without_being_named(self):
        self.write("tree/shop/tea.py", "x = 1\n")
        self.write("tree/.metrics/shop/tea.py/coverage-areas", "1 1 1 1 5\n")
        self.write("tree/.metrics/shop/tea.py/area-types", "+")
        self.record()
        self.assertIn("(coverage-counters)`1`", self.read("shop.tea", "chapter.txt"))
        os.rename(self.path("tree/.metrics"), self.path("tree/metrics"))
        self.record()
        self.assertNotIn("coverage", self.read("shop.tea", "chapter.txt"))
        product = os.path.join(tap.ROOT, "test", "conformance", "records", "product")
        shutil.copytree(product, self.path("product"))
        image = f"product/.metrics/linux-{tap.ARCHITECTURE}/orchard/core/tree.i/tree.py/"
        self.write(image + "coverage-areas", "0 1 1 1 5\n")
        self.write(image + "area-types", "+")
        self.kiln("record", "product", "-o", "recorded")
        chapter = program.read(self.path("recorded/orchard.core/tree/chapter.txt")).decode()
        self.assertIn("(coverage-zeros)`1`", chapter)

    def test_of_a_pyproject_what_it_installs_is_recorded(self):
        self.write("tea/pyproject.toml", "[project]\nname = 'tea'\nversion = '1'\n")
        self.write("tea/src/tea/__init__.py", "from .pot import Pot\n")
        self.write("tea/src/tea/pot.py", '"""&tea.Pot.fill, &tea.cup"""\nclass Pot: ...\n')
        self.write("tea/tests/test_tea.py", "")
        self.kiln("record", "tea", "-o", "out", status=0)
        self.assert_only([".kiln", ".kiln-record", "tea"], "out")
        self.assert_only(["__init__", "pot"], "out/tea")
        self.assertEqual(load(self.path("out/tea/pot/meta.json"))["name"], "tea.pot")
        with open(self.path("out/tea/pot/chapter.txt")) as file:
            chapter = file.read()
        self.assertIn("(project-local/factor-element)&<__init__#Pot.fill[tea.Pot.fill]>", chapter)
        self.assertIn("(invalid/unknown)&<#tea.cup>", chapter)

    def test_sources_of_one_place_are_refused(self):
        self.write("a/src/m.py", "")
        self.write("b/src/m.py", "")
        result = self.kiln("record", "a/src", "b/src", "-o", "out", status=2)
        self.assertIn("have the same place in the output", result.stderr)

    def test_sources_are_not_written_to(self):
        for output in ("tree", "tree/shop", "."):
            result = self.kiln("record", "tree", "-o", output, "--force", status=2)
            self.assertIn("has the source", result.stderr)
        self.assert_only(["__init__.py", "tea.py", "till.py"], "tree/shop")

    def test_classes_may_be_nested_as_deep_as_cpython_allows(self):
        self.write("tree/shop/tea.py", "".join(" " * i + "class A:\n" for i in range(99)) +
                   " " * 99 + "x = 1\n")
        self.record()
        self.assertIn(f"\n[ {'A >> ' * 99}x ]\n", self.read("shop.tea", "chapter.txt"))
        self.kiln("record", "tree", "--format", "html", "-o", "site", status=0)

    def test_one_source_is_recorded(self):
        self.kiln("record", "tree/shop/tea.py", "-o", "out", status=0)
        self.assert_only(["tea"], "out/shop")

    def test_documentation_may_begin_with_syntax(self):
        self.write("tree/shop/tea.py", 'def f():\n\t"""\n\t# #!text\n\t\t# x\n\t"""\n')
        self.record("--docstring", "fault")
        self.assertIn("(signature)`f()`\n\n#!text\n", self.read("shop.tea", "chapter.txt"))

    def test_an_output_in_what_is_recorded_is_refused(self):
        for output in ("tree/doc", "tree/shop/doc"):
            result = self.kiln("record", "tree", "-o", output, status=2)
            self.assertIn("is inside", result.stderr)
        self.kiln("record", "tree/shop", "-o", "tree/doc", status=0)

    def test_packages_without_init_have_the_names_that_a_pyproject_gives(self):
        self.write("tea/pyproject.toml", "[build-system]\nrequires = ['setuptools']\n"
                   "build-backend = 'setuptools.build_meta'\n[project]\nname = 'tea'\n"
                   "version = '1'\n[tool.setuptools.packages.find]\nwhere = ['src']\n")
        self.write("tea/src/tea/green/__init__.py", "")
        self.write("tea/src/tea/green/pot.py", "'&tea.green'\n")
        self.kiln("record", "tea", "-o", "out", "--check-references", status=0)
        meta = load(self.path("out/tea/green.pot/meta.json"))
        self.assertEqual(meta["name"], "tea.green.pot")

    def test_runs_that_are_killed_leave_whole_files(self):
        for number in range(40):
            self.write(f"tree/shop/m{number}.py", f"def f{number}(): ...\n" * 50)
        self.record()
        expected = {path: program.read(self.path("out", path)) for path in self.files()}
        shutil.rmtree(self.path("out"))
        for number in range(6):
            process = self.start("record", "-q", "tree", "-o", "out")
            time.sleep(0.02 * number)
            process.send_signal(signal.SIGKILL if number % 2 else signal.SIGTERM)
            process.communicate()
            for path in self.files() if os.path.exists(self.path("out")) else ():
                if path in expected and path != ".kiln-record":
                    self.assertEqual(program.read(self.path("out", path)), expected[path])
        self.record()
        self.assertEqual({path: program.read(self.path("out", path)) for path in self.files()},
                         expected)

    def test_what_only_the_interface_has_is_there_too(self):
        self.write("tree/shop/tea.py", "from _tea import brew\nclass Tea:\n    a = 1\n")
        self.write("tree/shop/tea.pyi", "def brew(tea: Tea, /) -> Tea: 'Brew.'\nclass Tea:\n"
                   "    b: Leaf\n    a: int\nclass Leaf:\n    'A &Tea.'\n"
                   "    def dry(self) -> Leaf: ...\n    def dry(self, how: int): ...\n")
        self.record("--docstring", "fault")
        chapter = self.read("shop.tea", "chapter.txt")
        for text in ("[ Tea >> b ]\n", "#!source\n\tb: Leaf\n", "(signature)`dry(self, how)`",
                     "(signature)`brew(tea, /)`\n\nBrew.", "&<#Leaf[Leaf]>",
                     "A (factor-local/class)&<#Tea[Tea]>."):
            self.assertIn(text, chapter)
        self.assertEqual(
            [entry["anchor"] for entry in load(self.path("out/tree/shop.tea/index.json"))],
            ["", "brew", "Tea", "Tea.a", "Tea.b", "brew-2", "Leaf", "Leaf.dry", "Leaf.dry-2"])
        self.kiln("record", "tree", "-o", "site", "--format", "html", status=0)
        page = program.read(self.path("site/tree/shop/tea.html")).decode()
        self.assertIn('b: <a href="#Leaf">Leaf</a>', page)
        self.assertIn("declared in the interface", page)
        self.assertEqual(list(site_checker.faults(self.path("site"))), [])

    def test_data_have_the_types_of_the_interface_in_html(self):
        self.write("tree/shop/tea.py", "cups = 2\nclass Tea: ...\n")
        self.write("tree/shop/tea.pyi", "class Tea: ...\ncups: Tea\n")
        self.record("--format", "html")
        page = program.read(self.path("out/tree/shop/tea.html")).decode()
        self.assertIn('cups: <a href="#Tea">Tea</a> = ', page)

    def test_projects_of_a_product_refer_to_each_other(self):
        self.kiln("record", os.path.join(RECORDS, "product"), "-o", "out", status=0)
        self.assert_only([".kiln", ".kiln-record", "fault.system", "harbor.net", "orchard.core",
                          "orchard.tools", "system.python"], "out")


if __name__ == "__main__":
    tap.main()
