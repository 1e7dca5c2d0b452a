"""`kiln record --format html`: sites, and the checks for continuous integration."""
import contextlib
import json
import os
import re
import shutil
import sqlite3
import sys
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import site_checker
import tap

PACKAGE = os.path.join(tap.LIBRARY, "json")

OLD = {
    "pk/__init__.py": '"""Pack."""\nfrom .core import f\n__all__ = ["f"]\n',
    "pk/core.py": "def f(a, b=1): 'F.'\ndef g(): ...\nclass C(Exception): ...\nx = 1\n",
    "pk/gone.py": "y = 1\n",
}
NEW = {
    "pk/__init__.py": '"""Pack. See &nothing and &f."""\nfrom .core import f\n__all__ = ["f"]\n',
    "pk/core.py": "def f(a, b): 'F.'\nclass C: ...\nx = 2\n",
    "pk/other.py": "def g(): ...\n",
}


class Site(program.Case):
    def put_all(self, directory, files):
        for name, text in files.items():
            self.write(os.path.join(directory, name), text)

    def site(self, source, *arguments, output="out", status=0):
        return self.kiln("record", source, "--format", "html", "-o", output, *arguments,
                         status=status)

    def text(self, *path):
        return program.read(self.path(*path)).decode()

    def contents(self, directory):
        return {name: program.read(self.path(directory, name)) for name in self.times(directory)}

    def times(self, directory):
        found = {}
        for parent, _, names in os.walk(self.path(directory)):
            for name in names:
                path = os.path.join(parent, name)
                found[os.path.relpath(path, self.path(directory))] = os.stat(path).st_mtime_ns
        return found


class Pages(Site):
    def test_a_package_is_a_site_without_faults(self):
        shutil.copytree(PACKAGE, self.path("src", "json"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.site("src", "--title", "A & B")
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])
        self.assertIn("<title>A &amp; B</title>", self.text("out", "index.html"))
        page = self.text("out", "src", "json", "decoder.html")
        self.assertIn('id="JSONDecoder.decode"', page)
        self.assertIn("decoder.source.html#L", page)
        self.assertIn("json.JSONDecoder", self.text("out", "search.js") + page)

    def test_pages_are_html5(self):
        try:
            sys.path.append("/usr/lib/python3/dist-packages")
            import html5lib
        except ImportError:
            self.skipTest("html5lib is not installed")
        self.put_all("src", NEW)
        self.write("src/hostile.py", '"""<script>&amp;</p> `a` *b* <!-- ]]>"""\nx = "</pre>&lt;"\n')
        self.site("src", "--front", self.write("README.md", "# <b>\n\n<script>x</script>\n"))
        for path in site_checker.pages(self.path("out")):
            parser = html5lib.HTMLParser(strict=True)
            with self.subTest(path=path):
                parser.parse(self.text("out", path))

    def test_names_in_sources_lead_to_documentation_and_back(self):
        self.write("src/a.py", "@d(1)\nclass C:\n\tdef f(self): self.g = 1\n\nx = y = 2\n")
        self.site("src")
        source = self.text("out", "src", "a.source.html")
        for path, name in (("C", "C"), ("C.f", "f"), ("C.g", "g"), ("x", "x")):
            self.assertIn(f'<a href="a.html#{path}">{name}</a>', source)
        self.assertIn('a.source.html#L5', self.text("out", "src", "a.html"))

    def test_annotations_lead_to_where_they_are_defined(self):
        self.write("src/pk/__init__.py", "from .core import C as C\n")
        self.write("src/pk/core.py", "class C: ...\n")
        self.write("src/use.py", "from typing import TYPE_CHECKING\nimport pk.core\n"
                   "if TYPE_CHECKING:\n\tfrom pk import C as K\n"
                   "def f(a: pk.core.C, b: 'list[K]') -> pk.C: ...\n")
        self.site("src")
        page = self.text("out", "src", "use.html")
        for name in ("pk.core.C", "K", "pk.C"):
            self.assertIn(f'<a href="pk/__init__.html#C">{name}</a>', page)

    def test_what_a_package_exports_is_found_by_its_name(self):
        self.write("src/pk/__init__.py", "from .core import C as C\n")
        self.write("src/pk/core.py", "class B:\n\tdef g(self): ...\n"
                   "class C(B):\n\tdef f(self): ...\n")
        self.write("src/use.py", "'''See &pk.C.f, &pk.C.g, &pk.C.h.'''\n")
        self.site("src", "--docstring", "fault")
        page = self.text("out", "src", "use.html")
        for path, name in (("__init__.html#C.f", "f"), ("core.html#B.g", "g"),
                           ("__init__.html", "h")):
            self.assertIn(f'<a href="pk/{path}"><code>pk.C.{name}</code></a>', page)
        self.kiln("record", "src", "-o", "md", "--format", "markdown", "--docstring", "fault",
                  status=0)
        page = self.text("md", "src", "use.md")
        for path, name in (("__init__.md#C.f", "f"), ("core.md#B.g", "g")):
            self.assertIn(f"[`pk.C.{name}`](../src/pk.{path})", page)

    HOMES = {
        "pk/__init__.py": "from .core import C as C\nfrom ._f import *\n__all__ = ['f', 'C', 'g']\n"
                          "def g(): 'Here.'\n",
        "pk/core.py": "class B: ...\nclass C(B):\n\t'See &m, &B and &C.m.x.'\n"
                      "\tdef m(self, x): 'Do.'\n\tm = 2\n\tclass D: y = 1\n",
        "pk/_f.py": "from typing import overload\n@overload\ndef f(a: int): ...\n@overload\n"
                    "def f(a: str): ...\ndef f(a): 'Find.'\ndef g(): 'There.'\n",
    }

    def test_what_a_package_exports_is_documented_on_its_page(self):
        self.put_all("src", self.HOMES)
        self.site("src", "--docstring", "fault")
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])
        found = site_checker.pages(self.path("out"))
        package, core = found["src/pk/__init__.html"], found["src/pk/core.html"]
        for anchor in ("C", "C.m", "C.m-2", "C.D.y", "C.m.Parameters.x", "f", "f-2", "f-3", "g"):
            self.assertEqual(package.ids[anchor], 1, anchor)
        for link in ("core.html", "core.source.html#L2", "#C.m", "#C.m.Parameters.x",
                     "core.html#B"):
            self.assertIn(link, package.links)
        # What led there before still does.
        self.assertTrue(core.ids["C"] and core.ids["C.m"] and core.ids["C.D.y"])
        self.assertIn("__init__.html#C", core.links)
        self.assertIn("__init__.html#C.m", found["src/pk/core.source.html"].links)
        # No page has two elements of one name.
        self.assertIn("Here.", self.text("out", "src", "pk", "__init__.html"))
        self.assertIn("There.", self.text("out", "src", "pk", "_f.html"))

    def test_packages_are_named_as_imports_name_them(self):
        self.put_all("one", {"__init__.py": '""":mod:`one` has :mod:`one.sub`. And more."""\n',
                             "sub/__init__.py": ""})
        self.put_all("two", {"__init__.py": '"""The other."""\n'})
        self.site("one", "two", output="both")
        page = self.text("both", "one", "__init__.html")
        self.assertRegex(page, r"<code>one</code>(</a>)? has ")
        self.assertIn("<code>one.sub</code></a>", page)
        front = self.text("both", "index.html")
        self.assertIn("<title>Documentation</title>", front)
        self.assertIn("<code>two</code></a> <span>The other.</span>", front)
        self.site("two")
        self.assertIn("<title>two</title>", self.text("out", "index.html"))

    def test_a_role_may_have_the_end_of_a_name(self):
        self.put_all("src", self.HOMES)
        self.write("src/pk/other.py", "def twice(): ...\n")
        self.write("src/pk/more.py", "def twice(): ...\n")
        self.write("src/use.py", "':meth:`C.m`, :class:`C`, :func:`twice` and :class:`K`'\n")
        result = self.site("src", "--check-references", status=1)
        self.assertEqual(re.findall("reference '&(.*?)'", result.stderr), ["twice", "K"])
        page = self.text("out", "src", "use.html")
        for link in ("#C.m", "#C"):
            self.assertIn(f'<a href="pk/__init__.html{link}">', page)

    def test_other_formats_have_the_same_homes(self):
        self.put_all("src", self.HOMES)
        for form in ("markdown", "man", "json", "docset"):
            self.kiln("record", "src", "--format", form, "-o", form, status=0)
        page = self.text("markdown", "src", "pk.__init__.md")
        for part in ('<a id="C.m"></a>', "## `f`", "class C(B)"):
            self.assertIn(part, page)
        page = self.text("markdown", "src", "pk.core.md")
        self.assertIn("- `C` as [`pk.C`](../src/pk.__init__.md#C)", page)
        self.assertNotIn("class C", page)
        self.assertIn('.SS "C.m"', self.text("man", "pk.3"))
        self.assertNotIn('.SS "C.m"', self.text("man", "pk.core.3"))
        index = json.loads(self.text("json", "src", "pk.core", "index.json"))
        self.assertEqual([(item["path"], item["home"]["factor"], item["home"]["anchor"])
                          for item in index if "home" in item][:2],
                         [("C", "pk.__init__", "C"), ("C.m", "pk.__init__", "C.m")])
        with contextlib.closing(sqlite3.connect(
                self.path("docset/Contents/Resources/docSet.dsidx"))) as database:
            rows = dict(database.execute("SELECT name, path FROM searchIndex"))
        self.assertEqual(rows["pk.C.m"], "src/pk/__init__.html#C.m")

    def test_a_page_is_written_when_what_it_exports_changes(self):
        self.put_all("src", self.HOMES)
        self.site("src")
        before = self.times("out")
        self.write("src/pk/core.py", self.HOMES["pk/core.py"].replace("'Do.'", "'Do.'; x()"))
        self.site("src")
        after = self.times("out")
        changed = {name for name in after if before.get(name) != after[name]}
        self.assertEqual(changed - {".kiln", ".kiln-record"},
                         {"src/pk/__init__.html", "src/pk/core.source.html"})

    def test_chapters_are_no_code(self):
        product = os.path.join(tap.ROOT, "test", "conformance", "records", "product")
        shutil.copytree(product, self.path("product"))
        self.site("product")
        page = self.text("out", "orchard.tools", "guide.source.html")
        self.assertNotIn("<b>", page[page.index("<pre"):])
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])

    def test_sources_have_the_counts_of_metrics(self):
        self.write("src/a.py", "x = 1\nif x:\n\ty = 2\n")
        self.write("metrics/a.py/coverage-areas", "1 1 1 1 5\n3 2 1 3 6\n0 3 2 3 6\n")
        self.write("metrics/a.py/area-types", "+++")
        self.site("src", "--metrics", "metrics")
        page = self.text("out", "src", "a.source.html")
        counts = re.findall(r"<a id=L(\d)[^>]*?(?: class=\"(\w+)\")?>\d</a><small>(\d*)<",
                            page)
        self.assertEqual(counts, [("1", "", "1"), ("2", "", "3"), ("3", "missed", "0")])

    def test_only_the_pages_of_what_changed_are_written(self):
        self.put_all("src", NEW)
        self.site("src")
        before = self.times("out")
        self.write("src/pk/other.py", "def g():\n\treturn 1\n")
        self.site("src")
        after = self.times("out")
        changed = {name for name in after if before.get(name) != after[name]}
        self.assertEqual(changed - {".kiln", ".kiln-record"},
                         {"src/pk/other.html", "src/pk/other.source.html"})
        os.remove(self.path("src/pk/other.py"))
        self.site("src")
        self.assertNotIn("src/pk/other.html", self.times("out"))
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])

    def cached(self, *arguments, form="html", output="out"):
        """How many sources were described before, and the messages."""
        result = self.kiln("record", "src", "--format", form, "-o", output, "--log", "json",
                           *arguments, variables={"KILN_CACHE": self.path("cache")})
        events = [json.loads(line) for line in result.stderr.splitlines()]
        return events[-1]["cached"], [event["message"] for event in events[:-1]]

    def test_a_source_is_described_once_for_all_formats_and_outputs(self):
        self.put_all("src", self.HOMES)
        self.write("src/pk/note.py", "def f(a):\n\t'''F.\n\n\tArgs:\n\t\tb: B.'''\n")
        self.write("src/pk/note.pyi", "def f(a: int) -> int: ...\n")
        count, messages = self.cached()
        self.assertEqual((count, len(messages)), (0, 1))
        for form, output in (("html", "out"), ("html", "other"), ("text", "text"), ("man", "man")):
            self.assertEqual(self.cached(form=form, output=output), (4, messages))
        self.assertEqual(self.contents("other"), self.contents("out"))
        self.assertEqual(self.cached("--no-cache"), (0, messages))
        self.write("src/pk/core.py", "'''Core.'''\n" + self.HOMES["pk/core.py"])
        self.assertEqual(self.cached()[0], 3)
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])

    def test_sites_are_the_same_with_any_number_of_workers(self):
        self.put_all("src", OLD)
        for workers in "124":
            self.site("src", "-j", workers, output=workers)
            self.assertEqual(self.contents("1"), self.contents(workers))

    def test_versions_stand_beside_each_other(self):
        self.put_all("src", OLD)
        for version in ("1.9", "1.10"):
            self.site("src", "--version", version, "--base-url", "https://x.example/docs/",
                      output=f"docs/{version}")
        expected = [{"name": "1.10", "place": "1.10"}, {"name": "1.9", "place": "1.9"}]
        self.assertEqual(json.loads(self.text("docs", "versions.json")), expected)
        self.assertEqual(json.loads(self.text("docs", "versions.js")[len("kilnVersions("):-3]),
                         expected)
        self.assertIn('<link rel="canonical" href="https://x.example/docs/src/pk/core.html">',
                      self.text("docs", "1.9", "src", "pk", "core.html"))

    def test_sources_outside_a_logo_and_a_front_page(self):
        self.put_all("src", OLD)
        self.write("logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
        front = self.write("README.rst", "Title\n=====\n\nSee `x <https://y.example>`_.\n")
        self.site("src", "--source-url", "https://x.example/{path}#n{line}", "--logo", "logo.svg",
                  "--front", front)
        self.assertIn('href="https://x.example/pk/core.py#n1"',
                      self.text("out", "src", "pk", "core.html"))
        front = self.text("out", "index.html")
        self.assertIn('<a href="https://y.example">x</a>', front)
        self.assertIn('src="logo.svg"', front)
        self.assertEqual(front.count("<h1"), 1)
        self.assertIn("not a picture", self.site("src", "--logo", "README.rst", status=2).stderr)

    def test_a_directory_with_other_files_is_refused(self):
        self.put_all("src", OLD)
        self.write("out/index.html", "mine")
        self.site("src", status=2)
        self.assertEqual(self.text("out", "index.html"), "mine")

    def test_a_source_with_an_error_is_reported_and_the_rest_is_made(self):
        self.put_all("src", OLD)
        self.write("src/bad.py", "def\n")
        self.assertIn("bad.py:1:", self.site("src", status=1).stderr)
        self.assertIn("src/pk/core.html", self.times("out"))
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])


class Checks(Site):
    def messages(self, *arguments, status=1):
        result = self.kiln("record", "new", "-o", "out", "-q", *arguments, status=status)
        return [line.replace(os.path.realpath(self.path("new")) + "/", "")
                for line in result.stderr.splitlines()]

    def setUp(self):
        super().setUp()
        self.put_all("old", OLD)
        self.put_all("new", NEW)

    def test_references_that_mean_nothing_are_errors(self):
        found = self.messages("--check-references", "--docstring", "fault")
        self.assertEqual(found, ["pk/__init__.py:1:1: error: reference '&nothing' means nothing"])
        # Also of pages that are current.
        self.assertEqual(self.messages("--check-references", "--docstring", "fault"), found)
        self.write("new/pk/__init__.py", "")
        self.assertEqual(self.messages("--check-references", status=0), [])

    def test_findings_are_events(self):
        found = self.messages("--check-references", "--docstring", "fault", "--log", "json")
        event = json.loads(found[0])
        self.assertEqual((event["event"], event["line"]), ("error", 1))
        self.assertIn("&nothing", event["message"])

    def test_less_documentation_than_asked_for_is_an_error(self):
        # pk and f of: pk, pk.core, f, C, x, pk.other, g
        found = self.messages("--check-documented", "29", "--badge", "badge.svg")
        self.assertIn("pk/core.py:2:1: error: pk.core.C: not documented", found)
        self.assertEqual(len(found), 6)
        self.assertIn("28.5% of 7 public elements are documented, less than 29%", found[-1])
        self.assertEqual(self.messages("--check-documented", "28", status=0), [])
        listed = json.loads(self.text("out", "documented.json"))
        self.assertEqual((listed["percent"], listed["public"], listed["documented"]), (28.5, 7, 2))
        self.assertIn({"name": "pk.f", "source": "pk/core.py", "line": 1, "documented": True},
                      listed["elements"])
        badge = xml.etree.ElementTree.fromstring(self.text("badge.svg"))
        self.assertIn("28%", "".join(badge.itertext()))

    CHANGES = [
        "pk/core.py:1:1: error: pk.core.f(b): the parameter is required now",
        "pk/core.py: error: pk.core.g: was moved to pk.other.g",
        "pk/core.py:2:1: error: pk.core.C: a base was removed: Exception",
        "pk/core.py:3:1: error: pk.core.x: the value is another one: 1 -> 2",
    ]

    def test_changes_since_descriptions_are_errors(self):
        self.kiln("delineate", "old", "-o", "delineated", status=0)
        found = self.messages("--since", "delineated")
        self.assertEqual(found[:-1], self.CHANGES)
        self.assertEqual(found[-1], "delineated/pk/gone.py: error: pk.gone: was removed")
        self.assertEqual(self.messages("--since", "out", status=0), [])

    def test_changes_since_records_are_on_a_page(self):
        self.kiln("record", "old", "-o", "recorded", status=0)
        found = self.messages("--since", "recorded", "--format", "html")
        self.assertEqual(found[:-1], self.CHANGES)
        self.assertEqual(found[-1],
                         "recorded/old/pk.gone/delineated: error: pk.gone: was removed")
        page = self.text("out", "what-is-new.html")
        self.assertIn('<a href="new/pk/__init__.html#f"><code>pk.core.f</code></a>', page)
        self.assertIn("was moved to pk.other.g", page)
        self.assertEqual(list(site_checker.faults(self.path("out"))), [])

    def test_an_older_version_that_is_none_is_refused(self):
        self.assertIn("does not exist", self.messages("--since", "gone", status=2)[0])
        self.assertIn("no descriptions", self.messages("--since", "old", status=2)[0])
        self.write("else/leaf.py", "")
        self.kiln("delineate", "else", "-o", "other", status=0)
        self.assertIn("none of the sources", self.messages("--since", "other", status=2)[0])

    def test_an_older_version_that_is_malformed_is_a_finding(self):
        for module in ("core", "gone"):
            for name in ("elements", "documented", "documentation", "data"):
                self.write(f"broken/pk/{module}.py/{name}.json", "[")
        found = self.messages("--since", "broken")
        self.assertEqual([line.split(":")[0] for line in found],
                         ["broken/pk/core.py", "broken/pk/gone.py"])
        self.assertIn("new/pk.core/chapter.txt", self.times("out"))


if __name__ == "__main__":
    tap.main()
