"""`kiln record --format markdown` and `--format man`: what pages have, that nothing of a source is
markup there, and what other programs say of them."""
import contextlib
import html.parser
import os
import plistlib
import re
import shutil
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

BASKET = '''"""Baskets: `things` that *hold* fruit.

See :class:`Basket` and :func:`scales.weigh`, or https://example.org/.
"""
from scales import weigh
__all__ = ["Basket", "LIMIT"]

LIMIT = 24
"""The most pieces."""

class Basket(list, metaclass=type):
    """A basket.

    .. note:: It is *small*.
    """

    def fill(self, fruit: "str", /, count: int = 1, *more, force=False, **rest) -> bool:
        """Fill it.

        Args:
            fruit: What.

                - ripe
                - not ripe::

                    code
            count: How many.

        Returns:
            bool: Whether it fits.

        Raises:
            ValueError: If not.
        """

def _hidden():
    """No."""
'''
# What would be markup of Markdown, HTML or roff.
HOSTILE = r'''r"""<script>alert(1)</script> [x](javascript:alert(2)) ![y](http://z/z.png) <b>
&lt; `<i>` ``</pre>``

.SH FORGED
'br
.so /etc/passwd
\fBbold\fR \*(xx \n[yy] \c

# heading
> quote
| a | b |
|---|---|
===
---
+ x

<div onclick="x()">

    .TH X

`text <javascript:alert(3)>`_ `a](b) <http://c/d)e>`_ :class:`<img src=x>` *<b>* ***

.. <script>::

   ```

.. note:: </div> .SH
   .SH

:param <x>: .SH
"""
def f(a="<script>", b='`](javascript:x)', c="\n.SH X"):
    r"""\" comment

    .de FOO
    ..
    """
'''


class Tags(html.parser.HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


class Formats(program.Case):
    def record(self, form, *arguments):
        self.kiln("record", "a", "--format", form, "-o", "out", *arguments, status=0)

    def read(self, *path):
        return program.read(self.path("out", *path)).decode()

    def sources(self):
        self.write("a/basket.py", BASKET)
        self.write("a/scales.py", '"""Scales."""\ndef weigh(thing):\n    """Weigh &it."""\n')

    def test_markdown_has_what_is_public(self):
        self.sources()
        self.record("markdown")
        text = self.read("a", "basket.md")
        for part in ("# `basket`\n\nBaskets: `things` that *hold* fruit.\n",
                     "See [`Basket`](#Basket) and [`scales.weigh`](../a/scales.md#weigh), or ",
                     '<a id="Basket.fill"></a>\n\n### `Basket.fill`\n',
                     "class Basket(list, metaclass=type)\n", "> **NOTE**\n>\n> It is *small*.\n",
                     'fruit: "str",\n    /,\n    count: int = 1,\n    *more,\n    force=False,\n',
                     '- `fruit: "str"`\n\n  What.\n\n  - ripe\n\n  - not ripe:\n\n    ```text\n'
                     "    code\n    ```\n", "#### Returns\n\nType: `bool`\n\nWhether it fits.\n",
                     "library/exceptions.html#ValueError)\n", "The most pieces.\n"):
            self.assertIn(part, text)
        self.assertNotIn("_hidden", text)
        self.assertNotIn("Weigh", text)

    def test_llms_txt_lists_the_pages_and_the_other_file_has_them(self):
        self.sources()
        self.write("a/_own.py", '"""Own."""\n')
        self.record("markdown", "--title", "Fruit [1]")
        self.assertEqual(self.read("llms.txt"), "# Fruit \\[1\\]\n\n## Modules\n\n"
                         "- [`basket`](a/basket.md): Baskets: things that hold fruit.\n"
                         "- [`scales`](a/scales.md): Scales.\n\n## Optional\n\n"
                         "- [`_own`](a/_own.md): Own.\n")
        pages = [self.read("a", name + ".md") for name in ("basket", "scales", "_own")]
        self.assertEqual(self.read("llms-full.txt"), "\n".join(pages))

    def test_the_size_of_llms_full_txt_is_limited(self):
        self.sources()
        self.record("markdown", "--most", "300")
        self.assertEqual(self.read("llms-full.txt"), self.read("a", "scales.md"))
        self.record("markdown", "--most", "1M")
        self.assertIn("Baskets", self.read("llms-full.txt"))
        for wrong in ("0", "x", "-1"):
            self.kiln("record", "a", "--format", "markdown", "-o", "out", "--most", wrong, status=2)

    def test_nothing_of_a_source_is_markup_of_markdown(self):
        if not shutil.which("cmark"):
            self.skipTest("cmark is not installed")
        self.write("a/m.py", HOSTILE)
        for style in ("auto", "fault", "google", "numpy", "sphinx", "plain"):
            self.record("markdown", "--docstring", style)
            page = subprocess.run(["cmark", "--unsafe", self.path("out", "a", "m.md")],
                                  capture_output=True, text=True, check=True).stdout
            tags = Tags(page).found
            self.assertLessEqual({tag for tag, _ in tags}, {
                "a", "h1", "h2", "h3", "h4", "p", "pre", "code", "em", "strong", "ul", "ol", "li",
                "blockquote"}, style)
            for tag, attributes in tags:
                self.assertLessEqual(set(attributes), {"id", "href", "class", "start"}, style)
                self.assertRegex(attributes.get("href", "#"), r"\A(#|https?:|\.\./)", style)
            self.assertIn("alert(1)", page)
            self.assertIn("alert(2)", page)

    def test_links_of_markdown_lead_to_anchors(self):
        self.kiln("record", os.path.join(tap.LIBRARY, "json"), os.path.join(tap.LIBRARY, "email"),
                  "--format", "markdown", "-o", "out", "--trust", "/usr", status=0)
        pages = {}
        for parent, _, names in os.walk(self.path("out")):
            pages.update((os.path.join(parent, name), None) for name in names
                         if name.endswith(".md"))
        pages = {place: program.read(place).decode() for place in pages}
        self.assertGreater(len(pages), 20)
        count = 0
        for place, text in pages.items():
            for target in re.findall(r"`\]\(([^)]*)\)", text):
                self.assertTrue(target, place)
                if target.startswith("http"):
                    continue
                path, _, anchor = target.partition("#")
                path = os.path.normpath(os.path.join(os.path.dirname(place), path)) if path \
                    else place
                self.assertIn(path, pages, place)
                if anchor:
                    self.assertIn(f'<a id="{anchor}"></a>', pages[path], place)
                count += 1
        self.assertGreater(count, 0)

    def test_man_pages_have_what_is_public(self):
        self.sources()
        self.record("man")
        text = self.read("basket.3")
        self.assertRegex(text, r'\A\.TH "basket" 3 "\d{4}-\d\d-\d\d" "" "Python modules"\n'
                         r"\.SH NAME\nbasket \\- Baskets: things that hold fruit\.\n"
                         r"\.SH SYNOPSIS\n\.B import basket\n\.SH DESCRIPTION\n")
        for part in ('.SS "Basket.fill"\n.EX\ndef fill(\n', "\\fBcount: int = 1\\fR\nHow many.\n",
                     "\\fBNOTE\\fR\n.RS 4\nIt is \\fIsmall\\fR.\n.RE\n", ".IP \\(bu 3\nripe\n"):
            self.assertIn(part, text)
        self.assertNotIn("_hidden", text)

    def test_a_package_and_a_module_of_one_name_have_two_man_pages(self):
        self.write("a/pk.py", "'''Module.'''\n")
        self.write("a/pk/__init__.py", "'''Package.'''\n")
        self.record("man")
        self.assertIn("Package.", self.read("pk.3"))
        self.assertIn("Module.", self.read("pk-2.3"))

    def test_the_day_of_a_man_page_is_that_of_the_source(self):
        self.sources()
        os.utime(self.path("a", "scales.py"), (86400, 86400))
        self.record("man")
        self.assertIn('"1970-01-02"', self.read("scales.3"))

    def lint(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        names = [name for name in os.listdir(self.path("out")) if name.endswith(".3")]
        found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *names], cwd=self.path("out"),
                               capture_output=True, text=True)
        self.assertEqual(found.stdout + found.stderr, "")
        return names

    def test_nothing_of_a_source_is_a_request_of_roff(self):
        self.write("a/m.py", HOSTILE)
        for style in ("auto", "fault", "google", "numpy", "sphinx", "plain"):
            self.record("man", "--docstring", style)
            text = self.read("m.3")
            requests = set(re.findall(r"^[.'](\S*)", text, re.M))
            self.assertLessEqual(requests, {"TH", "SH", "SS", "PP", "IP", "TP", "RS", "RE", "EX",
                                            "EE", "B"}, style)
            escapes = set(re.findall(r"\\(\([a-z][a-z]|f.|.)", text))
            self.assertLessEqual(escapes, {"fB", "fI", "fR", "e", "-", "&", "(bu", "(ga", "(aq",
                                           "(ha", "(ti", "(dq"}, style)
            self.assertNotIn('.SH "FORGED', text)
            self.lint()

    def test_mandoc_finds_no_fault(self):
        for name in ("json", "asyncio", "email"):
            self.kiln("record", os.path.join(tap.LIBRARY, name), "--format", "man", "-o", "out",
                      "--trust", "/usr", status=0)
            self.assertGreater(len(self.lint()), 4)

    def test_a_docset_has_a_site_and_its_index(self):
        self.sources()
        self.kiln("record", "a", "--format", "docset", "-o", "F.docset", "--title", "Fruit & <1>",
                  status=0)
        contents = self.path("F.docset", "Contents")
        with open(os.path.join(contents, "Info.plist"), "rb") as file:
            about = plistlib.load(file)
        self.assertEqual(about, {
            "CFBundleIdentifier": "fruit----1-", "DocSetPlatformFamily": "fruit----1-",
            "CFBundleName": "Fruit & <1>", "dashIndexFilePath": "index.html", "isDashDocset": True,
            "isJavaScriptEnabled": True})
        documents = os.path.join(contents, "Resources", "Documents")
        self.assertIn("index.html", os.listdir(documents))
        with contextlib.closing(sqlite3.connect(
                os.path.join(contents, "Resources", "docSet.dsidx"))) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual([row[1:3] for row in database.execute(
                "PRAGMA table_info(searchIndex)")], [("id", "INTEGER"), ("name", "TEXT"),
                                                     ("type", "TEXT"), ("path", "TEXT")])
            rows = database.execute("SELECT name, type, path FROM searchIndex").fetchall()
        self.assertEqual(rows, [
            ("basket", "Module", "a/basket.html"),
            ("basket.LIMIT", "Variable", "a/basket.html#LIMIT"),
            ("basket.Basket", "Class", "a/basket.html#Basket"),
            ("basket.Basket.fill", "Method", "a/basket.html#Basket.fill"),
            ("scales", "Module", "a/scales.html"),
            ("scales.weigh", "Function", "a/scales.html#weigh")])
        for _, _, path in rows:
            place, _, anchor = path.partition("#")
            page = program.read(os.path.join(documents, place)).decode()
            self.assertIn(f'id="{anchor}"' if anchor else "<html", page)

    def test_a_docset_is_always_the_same(self):
        self.sources()
        for name in ("one", "two"):
            self.kiln("record", "a", "--format", "docset", "-o", name, "--title", "T", status=0)
        place = os.path.join("Contents", "Resources", "docSet.dsidx")
        self.assertEqual(program.read(self.path("one", place)),
                         program.read(self.path("two", place)))


if __name__ == "__main__":
    tap.main()
