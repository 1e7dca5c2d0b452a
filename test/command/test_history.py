"""An image to ship depends on its sources alone: not on what was built in place before, however
that ended."""
import os
import random
import shutil
import sys
import tarfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

SHAPES = {
    "directory": ["plain"],
    "package": ["plain/package"],
    "file": ["plain/one.py"],
    "place": ["plain=opt/app", "plain/package=opt/other", "plain/one.py=opt/one.py"],
    "product": ["product"],
    "product at a place": ["product=opt/product"],
    "project": ["product/acme/press"],
    "part of a project": ["product/acme/press/feed"],
    "several": ["product", "plain", "plain/package=again", "single=single"],
    "nested": ["outer"],
    "nested deep": ["outer/a", "outer/a/b=inner"],
    "single project": ["single"],
}
# Every directory that a build in place is asked for, and how.
BUILT = ["plain", "plain/package", "product", "product/acme/press", "outer", "outer/a/b/product",
         "single"]
WAYS = {
    "default": [[]],
    "modes": [["--mode", "executable", "--mode", "delineation"]],
    "optimal": [["-O"], ["-O", "--mode", "delineation"]],
    "beside the sources": [["--image-layout", "fint"],
                           ["--image-layout", "fint", "--mode", "executable", "--mode",
                            "delineation"]],
    "both layouts": [["--image-layout", "fint"], ["--mode", "delineation"], []],
}


class History(products.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(5)
        os.rmdir(os.path.join(self.product, ".product"))
        os.mkdir(self.path("trees"))
        os.rmdir(self.product)
        self.product = self.path("trees/product")
        for root in ("plain", "plain/package", "plain/deep/er"):
            self.write(f"trees/{root}/one.py", f"root = {root!r}\n")
            self.write(f"trees/{root}/data.txt", "data\n")
            self.write(f"trees/{root}/broken.py", "(\n")
        self.write("trees/plain/package/__init__.py")
        self.project("acme.press", products.MODULES | {"broken.py": "(\n"}, product="trees/product")
        self.project("acme.ink", {"m.py": "x = 1\n"}, product="trees/product")
        self.project("acme", {"n.py": "x = 1\n"}, product="trees/outer/a/b/product")
        self.project("trees.single", products.MODULES, product=".")
        # What looks alike, and was there before.
        self.write("trees/outer/.images/logo.png", "logo")
        self.write("trees/outer/.metrics/x", "x")
        self.write("trees/product/.delineated/notes/x.i", "mine")
        self.write("trees/outer/.product/CONNECTIONS", "elsewhere\n")
        os.mkdir(self.path("trees/outer/a/b/product/.product"))
        os.rename(self.path("trees"), self.path("kept"))
        self.expected = {}
        for shape in SHAPES:
            self.refresh()
            self.expected[shape] = self.archive(SHAPES[shape])

    def refresh(self):
        shutil.rmtree(self.path("trees"), ignore_errors=True)
        shutil.copytree(self.path("kept"), self.path("trees"), symlinks=True)

    def archive(self, sources):
        """What an archive of sources has; some do not compile."""
        result = self.kiln("build", *sources, "-o", "../image.tar", status=None,
                           cwd=self.path("trees"), variables=self.variables())
        self.assertLessEqual(result.returncode, 1, result.stderr)
        with tarfile.open(self.path("image.tar")) as archive:
            return {entry.name: (entry.type, entry.mode,
                                 archive.extractfile(entry).read() if entry.isfile() else None)
                    for entry in archive}

    def build_all(self, ways):
        for name in BUILT:
            for options in ways:
                self.kiln("build", *options, name, status=None, cwd=self.path("trees"),
                          variables=self.variables())

    def assert_same(self):
        """In an order of their own, as each builds what it names, too."""
        for shape in self.random.sample(sorted(SHAPES), len(SHAPES)):
            with self.subTest(shape=shape):
                found, expected = self.archive(SHAPES[shape]), self.expected[shape]
                self.assertEqual(list(found), list(expected))
                self.assertEqual([name for name in found if found[name] != expected[name]], [])

    def test_what_is_expected_has_the_sources_and_nothing_else(self):
        names = {shape: {name.rstrip("/") for name in entries}
                 for shape, entries in self.expected.items()}
        self.assertLessEqual({"one.py", "package/one.py", "deep/er/data.txt"}, names["directory"])
        self.assertLessEqual({"opt/product/acme/press/feed/tray.py",
                              "opt/product/.delineated/notes/x.i"},
                             names["product at a place"])
        self.assertLessEqual({".images/logo.png", ".metrics/x", ".product/CONNECTIONS"},
                             names["nested"])
        made = {name for found in names.values() for name in found
                if ".kiln" in name or "PROJECTS" in name or "__f-int__" in name
                or tap.ARCHITECTURE in name}
        self.assertEqual(made, set())

    def test_every_way_to_build_leaves_nothing_in_it(self):
        for name, ways in WAYS.items():
            with self.subTest(way=name):
                self.refresh()
                self.build_all(ways)
                self.assert_same()

    def test_what_is_cleaned_in_between_leaves_nothing_in_it(self):
        names = ("single", "plain", "product", "outer")
        # --force takes away what others put there, too.
        for options, cleaned in (([], names), (["--force"], names[:2])):
            self.refresh()
            self.build_all(WAYS["modes"])
            for name in cleaned:
                self.kiln("clean", *options, name, status=None, cwd=self.path("trees"),
                          variables=self.variables())
            self.assert_same()
            self.build_all(WAYS["both layouts"])
            self.assert_same()

    def test_killed_builds_leave_nothing_in_it(self):
        for _ in range(12):
            self.refresh()
            name = self.random.choice(BUILT)
            options = self.random.choice([[], ["--no-cache"], ["--mode", "delineation"],
                                          ["-O", "--no-cache"]])
            process = self.start("build", *options, name, cwd=self.path("trees"),
                                 env=tap.environment(**self.variables()))
            time.sleep(self.random.random() ** 2 * 0.15)
            process.kill()
            process.communicate()
            time.sleep(0.1)
            self.assert_same()

    def test_without_what_the_last_build_knew(self):
        self.refresh()
        self.build_all(WAYS["modes"])
        for parent, directories, _ in os.walk(self.path("trees")):
            if ".kiln-build" in directories:
                shutil.rmtree(os.path.join(parent, ".kiln-build"))
        self.assert_same()

    def test_without_marks_the_state_tells(self):
        """An earlier version made no marks."""
        self.refresh()
        self.build_all(WAYS["modes"])
        for parent, _, names in os.walk(self.path("trees")):
            if ".kiln" in names:
                os.unlink(os.path.join(parent, ".kiln"))
        self.assert_same()

    def test_a_mark_goes_with_the_last_image(self):
        self.refresh()
        self.build_all([[]])
        self.assertTrue(os.path.exists(self.path("trees/product/.images/.kiln")))
        self.assertTrue(os.path.exists(self.path("trees/outer/a/b/product/.images/.kiln")))
        self.assertFalse(os.path.exists(self.path("trees/outer/.images/.kiln")))
        for name in ("product", "outer/a/b/product", "outer"):
            self.kiln("clean", name, cwd=self.path("trees"), variables=self.variables())
        self.assertFalse(os.path.exists(self.path("trees/product/.images")))
        self.assertFalse(os.path.exists(self.path("trees/outer/a/b/product/.images")))
        self.assertEqual(os.listdir(self.path("trees/outer/.images")), ["logo.png"])

    def test_one_mark_is_enough(self):
        """Of directories that are made later, in one that has a mark."""
        self.refresh()
        self.build_all([[]])
        self.write("trees/product/acme/press/later/deep/er.py", "x = 1\n")
        self.build_all([[]])
        self.assertEqual([parent for parent, _, names in os.walk(self.path("trees/product/.images"))
                          if ".kiln" in names], [self.path("trees/product/.images")])

    def test_what_is_left_out_is_told(self):
        self.refresh()
        self.build_all([[]])
        result = self.kiln("build", "-v", "product", "-o", "../image", status=1,
                           cwd=self.path("trees"), variables=self.variables())
        for name in (".images", ".kiln-build", ".product"):
            self.assertIn(f"product/{name}: note: left out: made by kiln\n", result.stderr)
        self.assertRegex(result.stderr, r" copied, 3 left out in ")


class Leftovers(program.Case):
    def test_what_only_looks_like_results_is_shipped(self):
        for name in (".images/a", ".delineated/b.i", ".kiln-build/notes", ".product/PROJECTS",
                     ".product/README", f"x/.images/{tap.VARIANT}/c/d.i", ".images/.kiln",
                     "x/.kiln-build/state"):
            self.write(f"in/{name}", "mine\n")
        self.kiln("build", "in=at", "-o", "image")
        self.assertLessEqual({"at/.images/a", "at/.delineated/b.i", "at/.kiln-build/notes",
                              "at/.product/PROJECTS", "at/.product/README",
                              f"at/x/.images/{tap.VARIANT}/c/d.i", "at/.images/.kiln",
                              "at/x/.kiln-build/state"}, set(program.tree(self.path("image"))))


if __name__ == "__main__":
    tap.main()
