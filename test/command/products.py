"""Small products, and what `kiln build` says of making their images.

    class Some(products.Case):
        def test_something(self):
            self.project("acme.press", {"feed/tray.py": "x = 1\n"})
            self.assert_made(self.build(), processed={"acme.press.feed.tray"})
            self.assert_nothing(self.build())

The product is `product` in the private directory; the user's cache is `cache/kiln` there.
"""
import collections
import json
import os
import shutil

import program
import tap

# For factors whose type is given by the extension, and the languages of all.
FORMATS = """\
http://if.fault.io/factors/python
\tmodule.py psf-v3
\tinterface.pyi psf-v3
http://if.fault.io/factors/meta
\tchapter.txt kleptic text
http://if.fault.io/factors/system
\ttype.c 2011 c
\ttype.h header c
"""
MACHINES = os.path.join(tap.ROOT, "factors", "machines")
# A project of modules, the factors of which are made, and one of them.
MODULES = {
    "__init__.py": "'Press.'\n",
    "feed/__init__.py": "",
    "feed/tray.py": "capacity = 100\nassert capacity\n",
    "feed/roller.py": "def turn(by):\n    'Turn.'\n    return by\n",
    "notes.txt": "Notes on feeding.\n",
}
PRESS = {"acme.press.__init__", "acme.press.feed.__init__", "acme.press.feed.roller",
         "acme.press.feed.tray"}
TRAY = "acme.press.feed.tray"
EVENTS = ("processed", "cached", "current", "failed", "skipped", "removed")

# Sections of a context for factors that are lists of words: units are made of sources, and images
# of units, by a shell. What it runs is added to a journal, a line for each command.
WORDS = "http://example.net/factors/words"
WORDS_FORMATS = f"{WORDS}\n\tset.w plain words\n\tset.h header words\n"
WORDS_SECTION = {
    ".project/f-identity": "words http://example.net/machines.words factors/polynomial-1\n",
    ".project/polynomial-1": "http://if.fault.io/factors/vector\n\tset.v 1 vectors\n"
                             "\tplan.sys 1 plans\n",
    "variants.v": "[modes]:\n\t: executable other\n[systems]:\n\t: void\n[void]:\n\t: text\n",
    "type.v": "Translate:\n\t!dialect-header: .shell -translate .steps\nRender:\n"
              "\t: .shell -render .steps\n",
    "steps.v": """\
[factor-type]:
	: http://example.net/factors/words
[unit-suffix]:
	: .u
[environment]:
	: WORDS
-translate:
	: "translate" - -
	: [unit File] [source File]
	if-loud: loud
	if-derived: [http://example.net/factors/words.list#factor-image]
-render:
	: "render" - -
	: [factor-image File]
	: [units File]
	: [http://example.net/factors/words.list#factor-image]
""",
}
META_SECTION = {
    ".project/f-identity": "meta http://example.net/machines.meta factors/polynomial-1\n",
    ".project/polynomial-1": WORDS_SECTION[".project/polynomial-1"],
    "variants.v": "[modes]:\n[systems]:\n",
    "projections.v": f"words:\n\t: {WORDS}\n",
    "intercepts.v": "",
}


class Built:
    """What a run said: its events, and lines that are none."""

    def __init__(self, result):
        self.status, self.stderr = result.returncode, result.stderr
        self.events, self.others = [], []
        for line in result.stderr.splitlines():
            try:
                self.events.append(json.loads(line))
            except ValueError:
                self.others.append(line)
        summaries = [event for event in self.events if event["event"] == "summary"]
        self.summary = summaries[0] if len(summaries) == 1 else None
        self.commands = self.summary["commands"] if self.summary else None

    def images(self, event):
        """The images that an event is about."""
        return [found["image"] for found in self.events if found["event"] == event]

    def factors(self, event):
        """The factors that an event is about, and the commands run for each."""
        found = collections.Counter()
        for each in self.events:
            if each["event"] == event:
                found[each["factor"]] += each.get("commands", 0)
        return dict(found)

    def messages(self, event):
        """The texts of errors or warnings."""
        return [found["message"] for found in self.events if found["event"] == event]


def rewrite(path, content, keep_times=False):
    """Write a file in place; its times may be kept."""
    before = os.stat(path)
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()
    if keep_times:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def files(root):
    """The paths of all files below a directory."""
    return {os.path.relpath(os.path.join(parent, name), root)
            for parent, _, names in os.walk(root) for name in names}


def snapshot(root):
    """All files below a directory: {path: (whether it may be executed, content)}."""
    found = {}
    for parent, _, names in os.walk(root):
        for name in names:
            path = os.path.join(parent, name)
            found[os.path.relpath(path, root)] = os.access(path, os.X_OK), program.read(path)
    return found


class Case(program.Case):
    """A case with a product to build."""

    def setUp(self):
        super().setUp()
        self.product = self.path("product")
        self.cache = self.path("cache", "kiln")
        os.makedirs(os.path.join(self.product, ".product"))

    def put(self, name, content="", product="product"):
        """Write a file of the product; its path."""
        return self.write(f"{product}/{name}", content)

    def project(self, path, files, formats=FORMATS, product="product"):
        """Write a project's declaration and files."""
        directory = path.replace(".", "/")
        name = path.rpartition(".")[2]
        identity = f"{name} http://example.net/{directory} factors/polynomial-1\n"
        self.put(f"{directory}/.project/f-identity", identity, product)
        self.put(f"{directory}/.project/polynomial-1", formats, product)
        for name, content in files.items():
            self.put(f"{directory}/{name}", content, product)

    def sections(self, name, sections):
        """Write a construction context of these sections; its path."""
        for section, files in sections.items():
            for file, content in files.items():
                self.write(f"{name}/machines/{section}/{file}", content)
        return self.path(name)

    def default_context(self, name):
        """A copy of the built-in context, to be changed; its path."""
        tap.copy_tree(MACHINES, self.path(name, "machines"))
        return self.path(name)

    def words_context(self, script="cat", name="words"):
        """A context for lists of words, whose units and images `script` makes; its path.

        The script is one line for sh; $out is the file that is made, and its input is the
        concatenation of the source, or the units, and of the images that are required.
        """
        plan = "\n".join([
            "LC_ALL=C", "/bin/sh", "\t-", "\t|-c",
            f"\t|out=$1; shift; echo $out >> {self.path('journal')};"
            f" for f; do test ! -f $f || cat $f; done | {{ {script}; }} > $out", "\t-"])
        sections = {"meta": META_SECTION, "words": WORDS_SECTION | {"shell.sys": plan + "\n"}}
        return self.sections(name, sections)

    def journal(self):
        """How many commands the context of words ran since it was asked last."""
        try:
            count = program.read(self.path("journal")).count(b"\n")
            os.unlink(self.path("journal"))
        except FileNotFoundError:
            return 0
        return count

    def variables(self, changes=None):
        """Changes to the environment of every build: none of the user's cache or context is used.
        """
        return {"XDG_CACHE_HOME": self.path("cache"), "KILN_CACHE": None, "SYSTEMCONTEXT": None,
                "FCI_SYSTEM": None, "FCI_ARCHITECTURE": None} | (changes or {})

    def build(self, *arguments, status=0, product="product", variables=None, **options):
        """Build the product; what was said."""
        return Built(self.kiln("build", *arguments, "--log", "json", self.path(product),
                               status=status, variables=self.variables(variables), **options))

    def image(self, factor, system=tap.VARIANT, form="images", product="product"):
        """The path of a factor's image."""
        return self.path(product, f".{form}", system, *factor.split(".")) + ".i"

    def images(self, product="product"):
        """All images of the product, of every form."""
        return {path: content for path, content in snapshot(self.path(product)).items()
                if path.startswith(".")
                and not path.startswith((".product/", ".kiln-build/", ".system/"))
                and not path.endswith("/.kiln")}

    def assert_made(self, built, commands=None, **expected):
        """A build said exactly this: factors for each event, none for those that are not named.

        Which factors are current is told only if that is asked for.
        """
        found = {event: set(built.factors(event)) for event in EVENTS
                 if event != "current" or event in expected}
        wanted = {event: set(expected.get(event, ())) for event in found}
        self.assertEqual(found, wanted, built.stderr)
        if commands is not None:
            self.assertEqual(built.commands, commands, built.stderr)
        self.assertEqual(built.commands, sum(event.get("commands", 0) for event in built.events
                                             if event["event"] != "summary"))

    def assert_nothing(self, built):
        """A build found everything current, and had nothing to say."""
        self.assert_made(built, commands=0)
        self.assertEqual({event["event"] for event in built.events} - {"summary"}, {"current"},
                         built.stderr)

    def assert_as_clean(self, *arguments, product="product", cache=("--no-cache",), **options):
        """The images are those that a build of a fresh copy makes, without a cache or with one of
        its own."""
        shutil.rmtree(self.path("fresh"), ignore_errors=True)
        shutil.copytree(self.path(product), self.path("fresh"), symlinks=True,
                        ignore=lambda parent, names: [
                            name for name in names if parent == self.path(product) and
                            name.startswith(".") and name not in (".product", ".system")])
        self.build(*arguments, *cache, product="fresh", **options)
        found, expected = self.images(product), self.images("fresh")
        self.assertEqual(sorted(found), sorted(expected))
        self.assertEqual([path for path in found if found[path] != expected[path]], [])
