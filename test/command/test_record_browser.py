"""Sites of `kiln record --format html` in Chromium, from a file system and from a server."""
import functools
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser
import tap

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
PACKAGES = ("json", "asyncio", "email")
NOTES = '''\
"""Notes of a shop."""
from __future__ import annotations
import warnings

class Note:
    """A note.

    Its text may be <script>alert(1)</script>, [a link](javascript:alert(1)) or `a
    <javascript:alert(1)>`_.
    """
    def find_line(self, text: str, *, first: int = 0, last: int = 1000000,
                  more_of_these: dict[str, Note] | None = None) -> Line | None:
        """Find a line."""
    def findall(self) -> list[Line]:
        """Find all lines."""

    title: str = ""
    @property
    def text(self) -> str:
        """All lines."""

class Line:
    """A line."""
    def line(self):
        """Itself."""

@warnings.deprecated("use find_line")
def find(text) -> Line:
    """Find a line at once."""

def finder():
    """What finds."""
'''

# What is typed, and the results that come first.
QUERIES = {
    "dumps": ["json.dumps"],
    "queue": ["asyncio.Queue"],
    "line": ["notes.Line"],
    "json.dumps": ["json.dumps"],
    "json": ["json"],
    "JSONEncoder": ["json.JSONEncoder"],
    "jsonencoder": ["json.JSONEncoder"],
    "encoder.JSONEncoder": ["json.JSONEncoder"],
    "Queue.get": ["asyncio.Queue.get", "asyncio.Queue.get_nowait"],
    "queue.get_no": ["asyncio.Queue.get_nowait"],
    "raw_dec": ["json.JSONDecoder.raw_decode"],
    "rawdecode": ["json.JSONDecoder.raw_decode"],
    "json raw": ["json.JSONDecoder.raw_decode"],
    "dmups": ["json.dumps"],
    "jsn.dumps": ["json.dumps"],
    "json.dumsp": ["json.dumps"],
    "kind:class queue": ["asyncio.Queue", "asyncio.QueueFull", "asyncio.QueueEmpty"],
    "kind:module json": ["json", "json.tool", "json.decoder"],
    "find": ["notes.finder", "notes.Note.findall", "notes.Note.find_line"],
    "text -> str": ["notes.Note.text"],
    "title -> str": [],
    "-> Line": ["notes.Note.findall", "notes.Note.find_line"],
    "find -> list[Line]": ["notes.Note.findall"],
    "no such name at all": [],
}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files under the policy, and says nothing."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_):
        pass


@unittest.skipUnless(browser.CHROMIUM, "chromium is not installed")
class Sites(tap.Case):

    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="kiln-test-")
        cls.addClassCleanup(shutil.rmtree, cls.place)
        cls.browser = browser.Browser(cls.place)
        cls.addClassCleanup(cls.browser.__exit__)
        sources = os.path.join(cls.place, "lib")
        for name in PACKAGES:
            shutil.copytree(os.path.join(tap.LIBRARY, name), os.path.join(sources, name),
                            ignore=shutil.ignore_patterns("__pycache__"))
        with open(os.path.join(sources, "notes.py"), "w", encoding="utf-8") as file:
            file.write(NOTES)
        cls.site = os.path.join(cls.place, "site")
        subprocess.run([tap.KILN, "record", sources, "--format", "html", "-o", cls.site],
                       check=True, env=tap.environment(), stderr=subprocess.DEVNULL)
        handler = functools.partial(Handler, directory=cls.site)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.roots = [f"file://{cls.site}/", f"http://127.0.0.1:{server.server_address[1]}/"]

    def page(self, width=1280, height=800):
        page = self.browser.page(width, height)
        self.addCleanup(page.close)
        return page

    def expect_quiet(self, page, root):
        """Nothing is reported, and nothing comes from elsewhere."""
        self.assertEqual(page.problems(), [])
        self.assertEqual([url for url in page.requests() if not url.startswith(root)], [])

    def search(self, page, query):
        """Type a query; the paths of the results."""
        if not page.evaluate("document.querySelector('dialog')?.open"):
            page.press("/")
            page.wait("document.activeElement.matches('dialog input')")
        page.evaluate("document.activeElement.select()")
        page.type(query)
        # It is empty until there is an index.
        page.wait("document.querySelector('[role=status]').textContent")
        return page.evaluate("[...document.querySelectorAll('[role=option] > code')]"
                             ".map(element => element.textContent)")

    def test_what_is_typed_is_found_and_opened(self):
        for root in self.roots:
            with self.subTest(root):
                page = self.page()
                page.open(root + "index.html")
                self.assertEqual(self.search(page, "json.dumps")[0], "json.dumps")
                self.expect_quiet(page, root)
                page.press("Enter")
                page.wait("location.hash === '#dumps' && document.readyState === 'complete'")
                self.assertTrue(page.evaluate("document.querySelector('h1').textContent"
                                              ".includes('json')"))
                self.expect_quiet(page, root)

    def test_results_have_an_order(self):
        page = self.page()
        page.open(self.roots[0] + "index.html")
        for query, expected in QUERIES.items():
            with self.subTest(query):
                found = self.search(page, query)
                self.assertEqual(found[:len(expected) or None], expected)

    def test_deprecated_elements_come_last(self):
        page = self.page()
        page.open(self.roots[0] + "index.html")
        self.assertEqual(self.search(page, "find")[-1], "notes.find")
        self.assertEqual(self.search(page, "notes.find")[-1], "notes.find")

    def test_arrows_choose_and_a_reader_is_told(self):
        page = self.page()
        page.open(self.roots[0] + "index.html")
        self.search(page, "json.dump")
        state = ("[document.querySelector('[role=combobox]').getAttribute('aria-activedescendant'),"
                 " [...document.querySelectorAll('[role=option]')].findIndex("
                 "option => option.ariaSelected === 'true'),"
                 " document.querySelector('[role=status]').textContent.includes('results')]")
        self.assertEqual(page.evaluate(state), ["-result-0", 0, True])
        page.press("ArrowDown")
        self.assertEqual(page.evaluate(state), ["-result-1", 1, True])
        page.press("ArrowUp")
        page.press("ArrowUp")
        last = page.evaluate("document.querySelectorAll('[role=option]').length - 1")
        self.assertEqual(page.evaluate(state), [f"-result-{last}", last, True])
        page.press("Escape")
        page.wait("!document.querySelector('dialog').open")
        self.expect_quiet(page, self.roots[0])

    def test_the_theme_is_kept(self):
        for root in self.roots:
            with self.subTest(root):
                page = self.page()
                page.open(root + "index.html")
                colour = "getComputedStyle(document.body).backgroundColor"
                light = page.evaluate(colour)
                page.evaluate("document.querySelector('.theme').click()")
                dark = page.evaluate(colour)
                self.assertNotEqual(dark, light)
                page.open(root + self.place_of("json/decoder.html"))
                self.assertEqual(page.evaluate(colour), dark)
                self.assertEqual(page.evaluate("document.querySelector('.theme').ariaPressed"),
                                 "true")
                page.prefer(prefers_color_scheme="dark")
                page.evaluate("document.querySelector('.theme').click()")
                self.assertEqual(page.evaluate(colour), light)
                self.expect_quiet(page, root)

    def place_of(self, end):
        """The place of a page that ends with a path."""
        found = [os.path.relpath(os.path.join(parent, name), self.site)
                 for parent, _, names in os.walk(self.site) for name in names]
        return next(place for place in found if place.endswith(end))

    def kinds(self):
        """A page of each kind."""
        return ["index.html", "lib.html", self.place_of("json/decoder.html"),
                self.place_of("json/decoder.source.html"), self.place_of("notes.html"),
                self.place_of("asyncio/base_events.html")]

    def test_a_link_to_an_element_scrolls_to_it(self):
        page = self.page()
        for place, anchor in (("asyncio/queues.html", "Queue.join"),
                              ("asyncio/queues.source.html", "L100"),
                              ("notes.html", "Note.find_line.Parameters.last")):
            with self.subTest(anchor):
                page.open(self.roots[0] + self.place_of(place) + "#" + anchor)
                top = page.evaluate(f"document.getElementById('{anchor}')"
                                    ".getBoundingClientRect().top")
                header = page.evaluate("document.querySelector('body > header')"
                                       ".getBoundingClientRect().bottom")
                self.assertGreaterEqual(top, header)
                self.assertLess(top, 800)
                self.expect_quiet(page, self.roots[0])

    def test_no_page_scrolls_sideways(self):
        for width in (320, 390, 800, 1400, 1900):
            page = self.page(width, 800)
            for place in self.kinds():
                with self.subTest(place, width=width):
                    page.open(self.roots[0] + place)
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"),
                                         width)
                    self.expect_quiet(page, self.roots[0])

    def test_pages_are_of_use_without_the_script(self):
        page = self.page()
        page.call("Emulation.setScriptExecutionDisabled", value=True)
        page.open(self.roots[0] + self.place_of("json/__init__.html"))
        self.assertEqual(page.evaluate("document.querySelectorAll('button, dialog').length"), 0)
        self.assertGreater(page.evaluate("document.querySelectorAll('nav.contents a').length"), 5)
        self.expect_quiet(page, self.roots[0])

    def test_a_docstring_does_nothing(self):
        page = self.page()
        page.open(self.roots[0] + self.place_of("notes.html"))
        text = page.evaluate("document.getElementById('Note').innerText")
        self.assertIn("<script>alert(1)</script>", text)
        self.assertIn("javascript:alert(1)", text)
        self.assertEqual(page.evaluate("document.querySelectorAll('main script, "
                                       "a[href^=javascript]').length"), 0)
        self.expect_quiet(page, self.roots[0])


@unittest.skipUnless(browser.CHROMIUM, "chromium is not installed")
class Parts(tap.Case):

    def test_versions_can_be_chosen_and_an_old_one_says_so(self):
        self.write("lib/notes.py", NOTES)
        for version in ("1.9", "1.10"):
            self.kiln("record", "lib", "--format", "html", "--version", version,
                      "-o", f"docs/{version}")
        with browser.Browser(self.directory) as chromium:
            page = chromium.page(1280, 800)
            page.open(f"file://{self.path('docs/1.10/lib/notes.html')}")
            page.wait("document.querySelector('select')")
            self.assertEqual(page.evaluate("[...document.querySelectorAll('option')]"
                                           ".map(option => option.text)"), ["1.10", "1.9"])
            self.assertFalse(page.evaluate("!!document.querySelector('.old')"))
            page.evaluate("document.querySelector('select').selectedIndex = 1;"
                          "document.querySelector('select').onchange()")
            page.wait("location.href.endsWith('docs/1.9/index.html')")
            page.wait("document.querySelector('.old a')?.href.endsWith('docs/1.10/index.html')")
            self.assertEqual(page.problems(), [])

    def test_of_a_large_index_what_is_needed_is_loaded(self):
        for number in range(10):
            self.write(f"many/part{number}.py", "".join(
                f'def {letter}_function{i}():\n    """What {letter} and {i} do, in words that '
                f'take some room in it."""\n' for i in range(40) for letter in
                "abcdefghijklmnopqrstuvwxyz"))
        self.kiln("record", "many", "--format", "html", "-o", "site")
        self.assertIn("search-f.js", os.listdir(self.path("site")))
        self.assertLess(os.path.getsize(self.path("site/search.js")), 10000)
        with browser.Browser(self.directory) as chromium:
            page = chromium.page(1280, 800)
            page.open(f"file://{self.path('site/index.html')}")
            page.press("/")
            page.wait("document.activeElement.matches('dialog input')")
            page.type("part7.f_function3")
            page.wait("document.querySelector('[role=option] code')?.textContent"
                      " === 'part7.f_function3'")
            parts = {os.path.basename(url) for url in page.requests() if "search-" in url}
            self.assertIn("search-f.js", parts)
            self.assertNotIn("search-z.js", parts)
            self.assertEqual(page.problems(), [])


if __name__ == "__main__":
    tap.main()
