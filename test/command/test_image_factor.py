"""Images of products for loaders of factors: `kiln build PRODUCT... -o IMAGE --layout factor`."""
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

HOST = f"linux-{platform.machine()}"
LOADER = os.path.join(tap.ROOT, "test", "command", "factor_loader.py")
FORMS = ("image", "image.tar", "image.tar.gz", "image.zip", "image.oci.tar", "oci:layout:one")
DECLARED = {".product/PROJECTS", "acme/press/.project/f-identity",
            "acme/press/.project/polynomial-1"}
REPORT = """\
100 celsius 212 fahrenheit   *
12 inch     30.48 centimetre -
20 decibel  10 times         -
"""


def built(variant, *paths):
    """The paths of built files of the project acme.press."""
    return {f".images/{variant}/acme/press/{path}.i" for path in paths}


MODULES = built(tap.VARIANT, "__init__", "feed/__init__", "feed/tray", "feed/roller")


class Factor(products.Case):
    def ship(self, *arguments, status=0, variables=None, **options):
        """Make an image with this layout."""
        return self.kiln("build", *arguments, "--layout", "factor", status=status,
                         variables=self.variables(variables), **options)

    def unpack(self, name):
        """Make a directory of an image; its path."""
        path = self.path("unpacked", name.replace(":", "-").replace(".", "-"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if name == "image":
            shutil.copytree(self.path(name), path, symlinks=True)
        elif ".tar" in name and ".oci" not in name:
            with tarfile.open(self.path(name)) as archive:
                archive.extractall(path)
        else:
            self.kiln("image", name, "-o", path)
        return path

    def content(self, path):
        """The files of an image that is a directory, but its marker."""
        return products.files(path) - {".kiln"}


class Content(Factor):
    def setUp(self):
        super().setUp()
        self.project("acme.press", products.MODULES)

    def test_an_image_has_the_index_declarations_and_built_files(self):
        self.ship("product", "-o", "image")
        self.assertEqual(self.content(self.path("image")), DECLARED | MODULES)
        for path in DECLARED | MODULES:
            self.assertEqual(program.read(self.path("image", path)),
                             program.read(self.path("product", path)), path)
        self.assertEqual(program.read(self.path("image/.product/PROJECTS")),
                         b"http://example.net/acme/press acme.press factors/polynomial-1\n")

    def test_there_are_no_directories_without_files(self):
        self.put("acme/press/empty/__init__/data.csv", "1\n")
        self.ship("product", "-o", "image")
        for parent, directories, names in os.walk(self.path("image")):
            self.assertTrue(directories or names, parent)

    def test_a_product_stands_at_its_place(self):
        self.ship("product=opt/press", "-o", "image")
        self.assertEqual(self.content(self.path("image")),
                         {"opt/press/" + path for path in DECLARED | MODULES})

    def test_a_product_is_named_in_any_way(self):
        expected = DECLARED | MODULES
        os.symlink("product", self.path("link"))
        for source, cwd in (("product/", ""), ("./product", ""), (".", "product"),
                            (self.path("product"), ""), ("../product", "product"), ("link", "")):
            with self.subTest(source):
                self.ship(source, "-o", self.path("image"), cwd=self.path(cwd))
                self.assertEqual(self.content(self.path("image")), expected)

    def test_what_was_built_for_something_else_is_left_out(self):
        self.build("--mode", "delineation")
        self.put(f".images/{tap.VARIANT}/acme/press/other.i", "not of a factor")
        self.put(".images/linux-cpython200/acme/press/feed/tray.i", "of an earlier build")
        self.put(".product/CONNECTIONS", "elsewhere/product\n")
        result = self.ship("product", "-o", "image", "-v")
        self.assertEqual(self.content(self.path("image")), DECLARED | MODULES)
        for path in (".kiln-build", ".delineated", ".images/linux-cpython200",
                     ".product/CONNECTIONS", f".images/{tap.VARIANT}/acme/press/other.i",
                     "acme/press/feed", "acme/press/notes.txt"):
            self.assertIn(f"product/{path}: note: left out: no loader of factors needs it\n",
                          result.stderr)

    def test_the_mode_decides_which_built_files_there_are(self):
        self.ship("product", "-o", "image", "--mode", "delineation")
        found = self.content(self.path("image"))
        self.assertIn(f".delineated/{tap.VARIANT}/acme/press/feed/tray.i/tray.py/elements.json",
                      found)
        self.assertFalse(found & MODULES)
        self.assertEqual({path: program.read(self.path("image", path)) for path in found},
                         {path: program.read(self.path("product", path)) for path in found})

    def test_features_decide_what_is_built(self):
        made = {}
        for feature in ("optimal", "debug"):
            self.ship("product", "-o", "image", "--feature", feature)
            made[feature] = products.snapshot(self.path("image/.images"))
            self.assertEqual(made[feature], {
                path: content for path, content in
                products.snapshot(self.path("product/.images")).items() if path != ".kiln"})
        self.assertNotEqual(made["optimal"], made["debug"])

    def test_lists_of_the_product_leave_nothing_out_but_options_do(self):
        self.put(".gitignore", ".images\n.product\n")
        self.ship("product", "-o", "image")
        self.assertEqual(self.content(self.path("image")), DECLARED | MODULES)
        self.ship("product", "-o", "image", "--exclude", "roller.i")
        self.assertEqual(self.content(self.path("image")),
                         DECLARED | MODULES - built(tap.VARIANT, "feed/roller"))

    def test_what_is_not_built_is_not_in_the_image(self):
        self.build()
        self.put("acme/press/feed/tray.py", "def (\n")
        result = self.ship("product", "-o", "image", status=1)
        self.assertIn("invalid syntax", result.stderr)
        self.assertEqual(self.content(self.path("image")),
                         DECLARED | MODULES - built(tap.VARIANT, "feed/tray"))

    def test_a_source_that_disappeared_has_no_built_file(self):
        self.ship("product", "-o", "image")
        os.unlink(self.path("product/acme/press/feed/roller.py"))
        self.ship("product", "-o", "image")
        self.assertEqual(self.content(self.path("image")),
                         DECLARED | MODULES - built(tap.VARIANT, "feed/roller"))

    def test_a_project_alone_and_a_directory_without_an_index_are_products(self):
        os.rmdir(self.path("product/.product"))
        shutil.copytree(self.path("product/acme/press"), self.path("press"))
        self.ship("product", "-o", "image")
        self.assertEqual(self.content(self.path("image")), DECLARED | MODULES)
        self.ship("press", "-o", "image")
        self.assertEqual(self.content(self.path("image")), {
            ".project/f-identity", ".project/polynomial-1"} | {
            path.replace("/acme/press/", "/press/") for path in MODULES})

    def test_the_manifest_names_the_layout_and_origins(self):
        self.ship("product", "-o", "image.tar", "--manifest", "image.json")
        manifest = json.loads(program.read(self.path("image.json")))
        self.assertEqual(manifest["options"]["layout"], "factor")
        self.assertNotIn("optimize", manifest["options"])
        origins = {entry["path"]: entry["origin"]
                   for entry in manifest["entries"] if entry["kind"] == "file"}
        self.assertEqual({path: origin["kind"] for path, origin in origins.items()},
                         dict.fromkeys(DECLARED, "copied") | dict.fromkeys(MODULES, "built"))
        [tray] = built(tap.VARIANT, "feed/tray")
        system, _, architecture = tap.VARIANT.partition("-")
        self.assertEqual(origins[tray], {
            "kind": "built", "sources": ["acme/press/feed/tray.py"],
            "factor": "acme.press.feed.tray", "units": origins[tray]["units"],
            "parameters": {"system": system, "architecture": architecture,
                           "mode": "executable", "features": []}})
        [unit] = origins[tray]["units"]
        self.assertTrue(os.path.isfile(self.path("product", unit)), unit)
        self.kiln("image", "--verify", "image.tar", "--manifest", "image.json")

    def test_the_manifest_does_not_depend_on_what_was_built_before(self):
        self.ship("product", "-o", "image.tar", "--manifest", "image.json", "--feature", "debug")
        first = program.read(self.path("image.json"))
        self.assertEqual(
            {tuple(entry["origin"]["parameters"]["features"])
             for entry in json.loads(first)["entries"] if entry["origin"]["kind"] == "built"},
            {("debug",)})
        for change in (None, ".kiln-build", ".images"):  # current, or from the cache
            if change:
                shutil.rmtree(self.path("product", change))
            self.ship("product", "-o", "image.tar", "--manifest", "image.json", "--feature",
                      "debug")
            self.assertEqual(program.read(self.path("image.json")), first)
        os.rename(self.path("product"), self.path("moved"))
        self.ship("moved", "-o", "image.tar", "--manifest", "image.json", "--feature", "debug")
        self.assertEqual(program.read(self.path("image.json")), first)

    def test_what_is_in_a_built_directory_was_built(self):
        self.ship("product", "-o", "image", "--mode", "delineation", "--manifest", "image.json")
        entries = json.loads(program.read(self.path("image.json")))["entries"]
        [found] = [entry["origin"] for entry in entries
                   if entry["path"].endswith("feed/tray.i/tray.py/elements.json")]
        self.assertEqual((found["factor"], found["parameters"]["mode"]),
                         ("acme.press.feed.tray", "delineation"))


class Errors(Factor):
    def refused(self, *arguments, message, status=2):
        result = self.ship(*arguments, status=status)
        self.assertIn(message, result.stderr)
        self.assertFalse(os.path.exists(self.path("product/.kiln-build")))

    def test_only_products_can_have_this_layout(self):
        self.project("acme.press", products.MODULES)
        self.write("plain/module.py", "x = 1\n")
        os.mkdir(self.path("empty"))
        for source in ("plain", "empty", "plain/module.py", "product/acme", "product/acme/press"):
            self.refused("product", source, "-o", "image", message=(
                f"'{source}' is not a product: --layout factor is for products with projects\n"))

    def test_options_that_mean_nothing_are_refused(self):
        self.project("acme.press", products.MODULES)
        for name in ("image.pyz", "image.whl"):
            self.refused("product", "-o", name, message=f"name another output than '{name}'")
        self.refused("product", "-o", "image", "--image-layout", "fint",
                     message="leave out --image-layout fint")
        for options in (("--optimize", "1"), ("--check", "hash"), ("--no-constants",),
                        ("--pyc-bytes", "cpython"), ("--prefix-map", "a=b"),
                        ("--delineate", "described"), ("--strip-tests",)):
            self.refused("product", "-o", "image", *options, message=(
                "--layout factor compiles nothing into the image: "))

    def test_two_products_need_places(self):
        self.project("acme.press", products.MODULES)
        self.project("acme.ink", {"well.py": "x = 1\n"}, product="other")
        result = self.ship("product", "other", "-o", "image", status=1)
        self.assertIn("other/.product/PROJECTS: error: '.product/PROJECTS' in the image is already "
                      "taken by 'product/.product/PROJECTS', which is different\n", result.stderr)
        self.ship("product=a", "other=b", "-o", "image")
        self.assertIn(f"b/.images/{tap.VARIANT}/acme/ink/well.i", self.content(self.path("image")))


@unittest.skipUnless(shutil.which("cc") and shutil.which("ar"), "there is no C compiler")
class Running(Factor):
    """The products in test/product and test/connected, which have libraries and programs, too."""

    sources = ("product=lib/product", "connected=lib/connected")

    def setUp(self):
        super().setUp()
        os.rmdir(self.path("product/.product"))
        self.copy(self.directory)

    def copy(self, place):
        for name in ("product", "connected"):
            tap.copy_tree(os.path.join(tap.ROOT, "test", name), os.path.join(place, name),
                          dirs_exist_ok=True)

    def run_program(self, *arguments, **options):
        result = subprocess.run(arguments, check=False, cwd="/", stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=60, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def run_image(self, image, **options):
        """Run the modules, the extension module and the executable of an image."""
        roots = ":".join(os.path.join(image, name) for name in ("product", "connected"))
        self.assertEqual(self.run_program(program.PYTHON, "-I", "-S", "-B", LOADER, roots,
                                          "gauge.py", **options), REPORT)
        self.assertEqual(self.run_program(
            os.path.join(image, "product", ".images", HOST, "gauge/tools/convert.i"),
            "12", "inch", "centimetre", "20", **options),
            "12 inch = 30.48 centimetre\n######..............\n")

    def test_factors_are_loaded_from_an_image_that_cannot_be_written(self):
        for form in FORMS:
            self.ship(*self.sources, "-o", form)
        os.rename(self.path("product"), self.path("gone"))
        shutil.rmtree(self.path("connected"))
        for form in FORMS:
            with self.subTest(form):
                moved = self.path("moved-" + form.replace(":", "-"))
                os.rename(self.unpack(form), moved)
                before = products.snapshot(moved)
                for parent, _, _ in os.walk(moved):
                    os.chmod(parent, 0o555)
                self.run_image(os.path.join(moved, "lib"), **self.unprivileged())
                self.assertEqual(products.snapshot(moved), before)
                for path, (_, content) in before.items():
                    self.assertNotIn(self.directory.encode(), content, path)
                for parent, _, _ in os.walk(moved):
                    os.chmod(parent, 0o755)

    def test_a_variant_is_selected(self):
        self.ship("product", "-o", "image", "--variant", platform.machine())
        self.assertEqual(os.listdir(self.path("image/.images")), [HOST])
        self.assertEqual({path for path in self.content(self.path("image"))
                          if path.startswith(".images/")}, {
            f".images/{HOST}/gauge/{path}.i"
            for path in ("core/text", "core/units", "py/native", "tools/convert")})

    def test_explicitly_typed_factors_are_declared(self):
        self.ship("product", "-o", "image")
        self.assertEqual({path for path in self.content(self.path("image"))
                          if path.endswith("/.factor")}, {
            f"gauge/{path}/.factor"
            for path in ("core/text", "core/units", "py/native", "tools/convert")})

    def test_an_image_has_the_same_bytes_wherever_and_whenever_it_is_made(self):
        elsewhere = self.path("elsewhere", "deep")
        os.makedirs(elsewhere)
        self.copy(elsewhere)
        self.write("elsewhere/deep/product/gauge/more/.project/f-identity",
                   "more http://kiln.example/gauge/more factors/polynomial-1\n")
        self.ship(*self.sources, "-o", "early.tar", "--mode", "delineation", cwd=elsewhere)
        shutil.rmtree(os.path.join(elsewhere, "product/gauge/more"))
        for form in FORMS[1:5]:
            self.ship(*self.sources, "-o", form)
            self.ship(*self.sources, "-o", form, "-j", "1", "--no-cache", cwd=elsewhere)
            self.assertEqual(program.read(self.path(form)),
                             program.read(os.path.join(elsewhere, form)), form)
        for form in FORMS:
            self.ship(*self.sources, "-o", form, "--reproducible=check")


if __name__ == "__main__":
    tap.main()
