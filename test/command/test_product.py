"""The product in test/product: what is made of it runs, and is the same wherever it is made."""
import importlib.machinery
import importlib.util
import json
import marshal
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import factor_loader
import products
import program
import tap

HOST = f"linux-{platform.machine()}"
PYTHON = tap.VARIANT
LOADER = os.path.join(tap.ROOT, "test", "command", "factor_loader.py")
LIBRARY, ARCHIVE = "gauge.core.units", "gauge.core.text"
EXECUTABLE, EXTENSION = "gauge.tools.convert", "gauge.py.native"
LINES = "glyph.raster.lines"  # of the other product
MODULES = ["gauge.py.__init__", "gauge.py.__main__", "gauge.py.value", "gauge.py.report.__init__",
           "gauge.py.report.columns"]
NATIVE = [ARCHIVE, LIBRARY, EXTENSION, EXECUTABLE, LINES]
CHAPTERS = ["gauge.core.guide", "gauge.py.manual"]
REPORT = """\
100 celsius 212 fahrenheit   *
12 inch     30.48 centimetre -
20 decibel  10 times         -
"""


def product_of(factor):
    """The product that has a factor."""
    return "connected" if factor.startswith("glyph.") else "product"


@unittest.skipUnless(shutil.which("cc") and shutil.which("ar"), "there is no C compiler")
class Product(products.Case):
    @classmethod
    def setUpClass(cls):
        cls.common = tempfile.mkdtemp(prefix="kiln-test-")
        cls.addClassCleanup(shutil.rmtree, cls.common)

    def setUp(self):
        super().setUp()
        os.rmdir(self.path("product", ".product"))
        self.copy(self.directory)

    def copy(self, place):
        """Copy both products into a directory."""
        for name in ("product", "connected"):
            tap.copy_tree(os.path.join(tap.ROOT, "test", name), os.path.join(place, name),
                            dirs_exist_ok=True)

    def image_of(self, factor, place="", **options):
        """The path of a factor's executable image, in whichever product it is."""
        system = HOST if factor in NATIVE else PYTHON
        return self.image(factor, system, product=os.path.join(place, product_of(factor)),
                          **options)

    def run_program(self, path, *arguments, status=0):
        result = subprocess.run(
            [path, *arguments], check=False, cwd="/", stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout

    def run_module(self, *arguments, place="", options=()):
        """Run a module out of the products' images."""
        roots = ":".join(self.path(place, name) for name in ("product", "connected"))
        return self.run_program(program.PYTHON, "-I", "-S", "-B", *options, LOADER, roots,
                                *arguments)

    def run_code(self, code, place=""):
        """Run Python code that can import the products' images; the JSON that it prints."""
        start = (f"import json, sys; sys.path.insert(0, {os.path.dirname(LOADER)!r})\n"
                 "import factor_loader\n"
                 f"factor_loader.install([{self.path(place, 'product')!r},"
                 f" {self.path(place, 'connected')!r}])\n")
        return json.loads(self.run_program(program.PYTHON, "-I", "-S", "-B", "-c", start + code))

    def make(self, *arguments, **options):
        """Build, taking what another test made: for tests of what comes out, not of what is done.
        """
        return self.build(*arguments, variables={"XDG_CACHE_HOME": self.common}, **options)

    def build_both(self, *arguments, **options):
        """Build both products; the connected one is otherwise built as far as it is required."""
        return self.make(*arguments, self.path("connected"), **options)

    def code(self, factor, place=""):
        return marshal.loads(program.read(self.image_of(factor, place)))

    def declare(self, factor, *requirements):
        """Add requirements to an explicitly typed factor."""
        with open(self.path("product", *factor.split("."), ".factor"), "a",
                  encoding="utf-8") as file:
            file.writelines(line + "\n" for line in requirements)


class Images(Product):
    def test_images_are_made_of_all_factors_and_those_that_they_require(self):
        built = self.build()
        self.assert_made(built, processed=set(MODULES + NATIVE))
        for factor in MODULES + NATIVE:
            self.assertTrue(os.path.isfile(self.image_of(factor)), factor)
        self.assertFalse(os.path.exists(self.image("glyph.raster.palette", product="connected")))
        self.assert_nothing(self.build())

    def test_nothing_is_written_among_the_sources(self):
        before = {name: products.snapshot(self.path("product", name)) for name in ("gauge",)}
        self.make("--mode", "executable", "--mode", "delineation")
        after = {name: products.snapshot(self.path("product", name)) for name in ("gauge",)}
        self.assertEqual(before, after)
        self.assertEqual(sorted(os.listdir(self.product)),
                         [".delineated", ".images", ".kiln-build", ".product", "gauge"])

    def test_the_index_is_written(self):
        self.make()
        self.assertEqual(program.read(self.path("product/.product/PROJECTS")).decode(),
                         "http://kiln.example/gauge/core gauge.core factors/polynomial-1\n"
                         "http://kiln.example/gauge/py gauge.py factors/polynomial-1\n"
                         "http://kiln.example/gauge/tools gauge.tools factors/polynomial-1\n")

    def test_an_executable_runs_with_what_it_requires(self):
        self.make()
        convert = self.image_of(EXECUTABLE)
        self.assertEqual(self.run_program(convert, "12", "inch", "centimetre", "20"),
                         "12 inch = 30.48 centimetre\n######..............\n")
        self.assertEqual(self.run_program(convert, "-40", "celsius", "fahrenheit"),
                         "-40 celsius = -40 fahrenheit\n")
        self.run_program(convert, "1", "inch", "kelvin", status=1)
        self.run_program(convert, status=2)

    def test_an_executable_runs_where_the_products_were_moved(self):
        self.make()
        os.mkdir(self.path("elsewhere"))
        for name in ("product", "connected"):
            os.rename(self.path(name), self.path("elsewhere", name))
        self.assertEqual(self.run_program(self.image_of(EXECUTABLE, "elsewhere"), "1", "metre",
                                          "metre"),
                         "1 metre = 1 metre\n")

    def test_an_extension_module_is_imported(self):
        self.make("product/gauge/py/native", product=".")
        path = self.image_of(EXTENSION)
        found = json.loads(self.run_program(program.PYTHON, "-I", "-S", "-B", "-c", f"""if True:
            import importlib.machinery, importlib.util, json
            name = "gauge.py.native"
            loader = importlib.machinery.ExtensionFileLoader(name, {path!r})
            spec = importlib.util.spec_from_file_location(name, {path!r}, loader=loader)
            native = importlib.util.module_from_spec(spec)
            loader.exec_module(native)
            print(json.dumps([native.convert(12, "inch", "centimetre"), native.write(0.1),
                              native.units()]))
            """))
        self.assertAlmostEqual(found[0], 30.48)
        self.assertEqual(found[1], "0.1")
        self.assertIn("fahrenheit", found[2])

    def test_modules_are_imported_from_images(self):
        self.build_both()
        self.assertEqual(self.run_module("gauge.py"), REPORT)
        found = self.run_code("""if True:
            import gauge.py.report, glyph.raster.palette
            print(json.dumps({name: [module.__spec__.origin, getattr(module, "__factor__", None)]
                              for name, module in sys.modules.items()
                              if name.split(".")[0] in ("gauge", "glyph")}))
            """)
        self.assertEqual(set(found), {
            "gauge", "gauge.py", "gauge.py.value", "gauge.py.native", "gauge.py.report",
            "gauge.py.report.columns", "glyph", "glyph.raster", "glyph.raster.palette"})
        self.assertEqual({name: value[1] for name, value in found.items() if value[1]}, {
            "gauge.py": "gauge.py.__init__", "gauge.py.value": "gauge.py.value",
            "gauge.py.report": "gauge.py.report.__init__",
            "gauge.py.report.columns": "gauge.py.report.columns",
            "glyph.raster.palette": "glyph.raster.palette"})
        self.assertEqual(found["gauge.py.native"][0], self.image_of(EXTENSION))

    def test_images_of_modules_do_what_their_sources_do(self):
        self.build_both()
        found = self.run_code(f"""if True:
            import importlib.util
            from gauge.py.report import columns, LINES
            spec = importlib.util.spec_from_file_location(
                "source", {self.path("product/gauge/py/report/columns.py")!r})
            source = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(source)
            rows = [["a", "bb"], ["ccc", "d"]]
            print(json.dumps([columns.align(rows), source.align(rows), columns.__doc__,
                              source.__doc__]))
            """)
        self.assertEqual(found[0], found[1])
        self.assertEqual(found[2], found[3])

    def test_an_image_of_a_module_is_a_bare_code_object(self):
        self.make()
        for factor in MODULES:
            with open(self.image_of(factor), "rb") as file:
                code = marshal.load(file)
                self.assertEqual(file.read(), b"", factor)
            self.assertFalse(os.path.isabs(code.co_filename), factor)
            self.assertIn(factor, code.co_consts)

    def test_features_choose_the_level(self):
        for options, asserts, documented in (([], False, True), (["-O"], False, False),
                                             (["-g"], True, True)):
            with self.subTest(options=options):
                self.make(*options)
                align = next(found for found in self.code("gauge.py.report.columns").co_consts
                             if getattr(found, "co_name", None) == "align")
                self.assertEqual("rows of different lengths" in align.co_consts, asserts)
                self.assertEqual(
                    "Columns of text." in self.code("gauge.py.report.columns").co_consts,
                                 documented)
                self.assertEqual(b".debug_info" in program.read(self.image_of(EXECUTABLE)), asserts)
                self.assertEqual(self.run_program(self.image_of(EXECUTABLE), "1", "foot", "inch"),
                                 "1 foot = 12 inch\n")

    def test_an_image_to_be_shipped_is_made_too(self):
        self.make("-o", self.path("shipped"))
        self.assertTrue(os.path.isfile(self.image_of(EXECUTABLE)))
        shipped = products.snapshot(self.path("shipped"))
        self.assertIn("gauge/py/value.py", shipped)
        # What a person wrote is there.
        self.assertEqual([path for path in shipped
                          if path.startswith((".images", ".kiln-build", ".product"))],
                         [".product/CONNECTIONS"])


class Delineation(Product):
    def described(self, *parts):
        return json.loads(program.read(self.path("product", ".delineated", *parts,
                                                 "elements.json")))

    def test_modules_interfaces_and_chapters_are_described(self):
        built = self.build("--mode", "delineation")
        self.assert_made(built, processed=set(MODULES + CHAPTERS))
        self.assertEqual(
            os.listdir(self.path(f"product/.delineated/{tap.VARIANT}/gauge/py/report")
                       + "/columns.i"), ["columns.py"])
        self.described(PYTHON, "gauge/py/report/columns.i/columns.py")
        for chapter in ("gauge/core/guide", "gauge/py/manual"):
            self.described("void-json", chapter + ".i", os.path.basename(chapter) + ".txt")
        self.assertFalse(os.path.exists(self.path("product/.images")))
        self.assert_nothing(self.build("--mode", "delineation"))

    def test_a_module_and_its_interface_are_described_in_one_image(self):
        self.make("--mode", "delineation")
        image = self.path(f"product/.delineated/{tap.VARIANT}/gauge/py/value.i")
        self.assertEqual(sorted(os.listdir(image)), ["value.py", "value.pyi"])
        for source in ("value.py", "value.pyi"):
            self.assertIn("Value", json.dumps(self.described(PYTHON, "gauge/py/value.i", source)))

    def test_descriptions_are_those_of_the_tool(self):
        self.make("--mode", "delineation")
        for source in ("gauge/py/value.py", "gauge/py/report/columns.py"):
            self.kiln("cc", self.path("single"), source, "factor", source[:-3].replace("/", "."),
                      "delineated", "json", cwd=self.product)
            self.assertEqual(
                products.snapshot(self.path("single")),
                products.snapshot(self.path(f"product/.delineated/{tap.VARIANT}",
                                            source[:-3] + ".i", os.path.basename(source))))

    def test_several_modes_are_built_at_once(self):
        built = self.build("--mode", "executable", "--mode", "delineation")
        self.assertEqual(len(built.images("processed")),
                         len(MODULES + NATIVE) + len(MODULES + CHAPTERS))
        self.assert_nothing(self.build("--mode", "delineation"))
        self.assert_nothing(self.build())


class Layout(Product):
    def test_images_stand_beside_their_sources(self):
        self.make()
        self.make("--image-layout", "fint", "--mode", "executable", "--mode", "delineation")
        for factor in MODULES + NATIVE:
            *index, name = factor.split(".")
            path = self.path(product_of(factor), *index, "__f-int__",
                             HOST if factor in NATIVE else PYTHON, "executable", name + ".i")
            self.assertTrue(os.path.isfile(path), path)
            if factor in MODULES + [ARCHIVE, LINES]:
                self.assertEqual(program.read(path), program.read(self.image_of(factor)), factor)
        self.assertTrue(os.path.isfile(self.path(
            f"product/gauge/py/__f-int__/{tap.VARIANT}/delineated/value.i/value.pyi",
            "elements.json")))
        convert = self.path("product/gauge/tools/__f-int__", HOST, "executable/convert.i")
        shutil.rmtree(self.path("product/.images"))
        self.assertEqual(self.run_program(convert, "1", "foot", "inch"), "1 foot = 12 inch\n")

    def test_images_beside_their_sources_are_current_the_next_time(self):
        self.build("--image-layout", "fint")
        self.assert_nothing(self.build("--image-layout", "fint"))


class Selection(Product):
    def factors(self, *targets, cwd="product"):
        """What a build of some targets makes, in order."""
        result = self.kiln("build", "--log", "json", *targets, cwd=self.path(cwd),
                           variables=self.variables())
        return [event["factor"] for event in products.Built(result).events
                if event["event"] == "processed"]

    def test_a_project_is_built_with_what_it_requires(self):
        made = self.factors("gauge/tools")
        self.assertEqual(sorted(made), sorted([ARCHIVE, LIBRARY, LINES, EXECUTABLE]))
        self.assertEqual(made[-1], EXECUTABLE)

    def test_a_factor_is_built_by_its_path_with_what_it_requires(self):
        made = self.factors("gauge/py/native")
        self.assertEqual(sorted(made), sorted([ARCHIVE, LIBRARY, EXTENSION]))
        self.assertEqual(made[-1], EXTENSION)

    def test_a_factor_is_built_by_its_factor_path(self):
        self.assertEqual(self.factors("gauge.core.text"), [ARCHIVE])
        self.assertEqual(self.factors("gauge.py.value"), ["gauge.py.value"])

    def test_a_source_file_is_built(self):
        self.assertEqual(self.factors("gauge/py/value.py"), ["gauge.py.value"])

    def test_a_directory_of_a_project_is_built(self):
        self.assertEqual(sorted(self.factors("gauge/py/report")),
                         ["gauge.py.report.__init__", "gauge.py.report.columns"])
        self.assertEqual(sorted(self.factors(".", cwd="product/gauge/core")),
                         sorted([ARCHIVE, LIBRARY]))

    def test_several_targets_are_built_once(self):
        self.assertEqual(sorted(self.factors("gauge.core.text", "gauge/core", "gauge.core.units")),
                         sorted([ARCHIVE, LIBRARY]))

    def test_what_does_not_exist_is_no_target(self):
        for target in ("gauge/none", "gauge.py.none", "none.at.all", "gauge/core/none.c"):
            with self.subTest(target=target):
                result = self.kiln("build", target, cwd=self.product, status=2,
                                   variables=self.variables())
                self.assertIn(target.rpartition(".")[2] if "/" not in target else target,
                              result.stderr)
                self.assertFalse(os.path.exists(self.path("product/.images")))


class Requirements(Product):
    def test_requirements_are_made_before_what_requires_them(self):
        for workers in ("1", "4"):
            shutil.rmtree(self.path("product/.images"), ignore_errors=True)
            events = self.build("-j", workers, "-R", "--no-cache").events
            order = [event["factor"] for event in events if event["event"] == "processed"]
            for required in (ARCHIVE, LIBRARY):
                for dependent in (EXECUTABLE, EXTENSION):
                    self.assertLess(order.index(required), order.index(dependent))
            self.assertLess(order.index(LINES), order.index(EXECUTABLE))

    def test_a_cycle_is_printed_and_the_rest_built(self):
        self.declare(LIBRARY, "..tools.convert")
        built = self.build(status=1)
        message = " ".join(built.messages("error"))
        first, second = LIBRARY, EXECUTABLE
        if f"{first} requires {second} requires {first}" not in message:
            self.assertIn(f"{second} requires {first} requires {second}", message)
        self.assertEqual(len(built.messages("error")), 1)
        self.assertEqual(set(built.factors("processed")), set(MODULES + [ARCHIVE, LINES]))
        self.assertFalse(os.path.exists(self.image_of(EXECUTABLE)))

    def test_a_factor_that_requires_itself_is_a_cycle(self):
        self.declare(ARCHIVE, ".text")
        built = self.build(status=1)
        self.assertIn(f"{ARCHIVE} requires {ARCHIVE}", " ".join(built.messages("error")))

    def test_references_that_lead_to_themselves_are_an_error(self):
        with open(self.path("product/gauge/core/needs.fr"), "a", encoding="utf-8") as file:
            file.write("http://kiln.example/gauge/tools/needs\n")
        built = self.build(status=1)
        self.assertRegex(" ".join(built.messages("error")), r"needs -> .*needs -> .*needs")
        self.assertEqual(set(built.factors("processed")), set(MODULES + [ARCHIVE, LIBRARY]))

    def check_missing(self, text, path):
        """One error, about this path, and everything else is built."""
        built = self.build(status=1)
        errors = [event for event in built.events if event["event"] == "error"]
        self.assertEqual([event.get("path", "").rpartition("product/")[2] for event in errors],
                         [path], built.stderr)
        self.assertIn(text, errors[0]["message"])
        self.assertEqual(set(built.factors("processed")),
                         set(MODULES + [ARCHIVE, LIBRARY, EXTENSION]))
        self.assertEqual(set(built.factors("failed")) | set(built.factors("skipped")), {EXECUTABLE})

    def test_a_requirement_that_is_no_factor_is_an_error(self):
        self.declare(EXECUTABLE, "..core.nothing")
        self.check_missing("..core.nothing", "gauge/tools/convert/.factor")

    def test_a_requirement_beyond_the_product_is_an_error(self):
        self.declare(EXECUTABLE, ".....core.units")
        self.check_missing(".....core.units", "gauge/tools/convert/.factor")

    def test_a_reference_to_no_project_is_an_error(self):
        with open(self.path("product/gauge/tools/needs.fr"), "a", encoding="utf-8") as file:
            file.write("http://kiln.example/gauge/nowhere/x\n")
        self.check_missing("http://kiln.example/gauge/nowhere", "gauge/tools/needs.fr")

    def test_a_reference_to_a_product_that_is_not_there_is_an_error(self):
        shutil.rmtree(self.path("connected"))
        self.check_missing("http://kiln.example/glyph/raster", "gauge/tools/needs.fr")

    def test_what_requires_a_failure_is_skipped(self):
        self.put("gauge/core/units/table.c", "int broken(void) { return }\n")
        built = self.build(status=1)
        self.assertEqual(set(built.factors("failed")), {LIBRARY})
        self.assertEqual(set(built.factors("skipped")), {EXTENSION, EXECUTABLE})
        self.assertEqual(set(built.factors("processed")), set(MODULES + [ARCHIVE, LINES]))
        self.assertFalse(os.path.exists(self.image_of(EXECUTABLE)))
        shutil.copy(os.path.join(tap.ROOT, "test/product/gauge/core/units/table.c"),
                    self.path("product/gauge/core/units/table.c"))
        self.assert_made(self.build(), processed={LIBRARY, EXTENSION, EXECUTABLE})

    def test_a_change_in_the_connected_product_is_noticed(self):
        self.build()
        self.put("glyph/raster/lines/bar.c", program.read(
            self.path("connected/glyph/raster/lines/bar.c")).replace(b"'#'", b"'='"), "connected")
        self.assert_made(self.build(), processed={LINES, EXECUTABLE})
        self.assertIn("==",
                      self.run_program(self.image_of(EXECUTABLE), "12", "inch", "centimetre", "20"))

    def test_two_factors_of_one_path_are_an_error_that_names_both(self):
        self.put("gauge/core/text.py", "")
        self.put("gauge/py/report/columns/.factor", "http://if.fault.io/factors/python.module\n")
        self.put("gauge/py/report/columns/more.py", "")
        built = self.build(status=1)
        self.assertEqual(len(built.messages("error")), 1, built.stderr)
        error = next(event for event in built.events if event["event"] == "error")
        for source in ("report/columns.py", "report/columns/more.py"):
            self.assertIn(source, error["path"] + error["message"])
        self.assertNotIn("gauge.py.report.columns", built.factors("processed"))
        self.assertIn("gauge.core.text", built.factors("processed"))


class Sameness(Product):
    MODES = ("--no-cache", "--mode", "executable", "--mode", "delineation")

    def contents(self, place=""):
        """All images of both products, but those that tell where they are."""
        return {(name, path): content for name in ("product", "connected")
                for path, content in self.images(os.path.join(place, name)).items()}

    def units(self, place=""):
        work = products.snapshot(self.path(place, "product/.kiln-build/work"))
        return {path: content for path, content in work.items() if path.endswith(".o")}

    def test_images_are_the_same_whatever_the_number_of_workers(self):
        self.build_both(*self.MODES, "-j", "1")
        first = self.contents()
        for workers in ("2", "4"):
            for name in ("product", "connected"):
                for form in (".images", ".delineated", ".kiln-build"):
                    shutil.rmtree(self.path(name, form))
            self.build_both(*self.MODES, "-j", workers)
            self.assertEqual(self.contents(), first)

    def check_moved(self, *options):
        place = os.path.join("some", "deeper place", "with-a-longer-name")
        self.copy(self.path(place))
        self.build_both(*self.MODES, *options)
        self.build(*self.MODES, *options, self.path(place, "connected"),
                   product=os.path.join(place, "product"))
        units = self.units()
        self.assertGreaterEqual(len(units), 7)
        self.assertEqual(sorted(path for path, content in self.units(place).items()
                                if units[path] != content), [])
        images = self.contents()
        self.assertEqual(sorted(path for path, content in self.contents(place).items()
                                if images[path] != content), [])

    def test_images_are_the_same_in_another_place(self):
        self.check_moved()

    def test_images_for_debugging_are_the_same_in_another_place(self):
        self.check_moved("-g")

    def test_a_product_that_was_moved_is_taken_from_the_cache(self):
        self.build(self.path("connected"))
        self.copy(self.path("copy"))
        built = self.build(self.path("copy/connected"), product="copy/product")
        self.assertEqual(built.commands, 0, built.stderr)
        self.assertEqual(self.contents("copy"), self.contents())


class Loader(unittest.TestCase):
    def test_what_has_no_image_is_not_found(self):
        finder = factor_loader.ImageFinder([tap.ROOT])
        self.assertIsNone(finder.find_spec("gauge"))


if __name__ == "__main__":
    tap.main()
