"""The index of a product: one that kiln generated follows what is there, a person's is kept; a
command that fails writes nothing."""
import hashlib
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

PRESS_LINE = "http://example.net/acme/press acme.press factors/polynomial-1\n"
INK_LINE = "http://example.net/acme/ink acme.ink factors/polynomial-1\n"


class Case(products.Case):
    def setUp(self):
        super().setUp()
        self.index = self.path("product/.product/PROJECTS")
        self.mark = self.index + ".generated"
        self.project("acme.press", {"tray.py": "x = 1\n"})

    def add_ink(self):
        self.project("acme.ink", {"mixer.py": "x = 1\n"})

    def assert_index(self, text):
        self.assertEqual(program.read(self.index).decode(), text)

    def assert_generated(self, text):
        """The index has this text, and the mark says that it was generated."""
        self.assert_index(text)
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.assertIn(f"{digest}  PROJECTS\n",
                      program.read(self.mark).decode().splitlines(keepends=True))


class Generated(Case):
    def test_a_project_that_is_added_is_built_and_listed(self):
        self.build()
        self.assert_generated(PRESS_LINE)
        self.add_ink()
        self.assert_made(self.build(), processed={"acme.ink.mixer"})
        self.assert_generated(INK_LINE + PRESS_LINE)
        self.assert_nothing(self.build())

    def test_a_project_that_is_added_is_found_by_its_path(self):
        self.build()
        self.add_ink()
        self.kiln("build", "--log", "json", "product/acme/ink/mixer.py", variables=self.variables())
        self.assertTrue(os.path.exists(self.image("acme.ink.mixer")))
        self.assert_generated(INK_LINE + PRESS_LINE)

    def test_what_is_in_none_of_the_projects_is_told(self):
        self.build()
        self.put("plain/m.py", "x = 1\n")
        for options in ((), ("-n",)):
            with self.subTest(options=options):
                result = self.kiln("build", *options, "product/plain", variables=self.variables())
                self.assertIn(f"kiln: warning: nothing to build: '{self.product}/plain' is in the "
                              f"product '{self.product}', but not in one of its projects\n",
                              result.stderr)

    def test_directories_above_projects_may_be_new_or_moved(self):
        self.build()
        self.project("paper.deep.fold", {"crease.py": "x = 1\n"})
        self.assert_made(self.build(), processed={"paper.deep.fold.crease"})
        os.rename(self.path("product/paper/deep"), self.path("product/paper/flat"))
        self.assert_made(self.build(), processed={"paper.flat.fold.crease"},
                         removed={"paper.deep.fold.crease"})
        os.rename(self.path("product/paper"), self.path("product/paper.old"))
        self.assert_made(self.build(), removed={"paper.flat.fold.crease"})
        self.assert_generated(PRESS_LINE)

    def test_a_directory_becomes_a_project_by_one_file(self):
        os.makedirs(self.path("product/acme/ink/.project"))
        self.put("acme/ink/mixer.py", "x = 1\n")
        self.build()
        self.add_ink()
        self.assert_made(self.build(), processed={"acme.ink.mixer"})

    def test_an_identifier_that_changes_is_renewed(self):
        self.build()
        self.put("acme/press/.project/f-identity",
                 "press http://example.net/other factors/polynomial-1\n")
        self.build()
        self.assert_generated("http://example.net/other acme.press factors/polynomial-1\n")

    def test_what_only_reads_sees_it_and_writes_nothing(self):
        self.build()
        self.add_ink()
        before = program.tree(self.product)
        self.assertIn("acme.ink", self.kiln("query", "projects", "product").stdout)
        self.assertIn("ink/mixer.i",
                      self.kiln("build", "-n", "product", variables=self.variables()).stdout)
        self.assertEqual(program.tree(self.product), before)

    def test_a_connected_product_has_what_was_added_to_it(self):
        self.project("glyph.lines", {"one.py": "x = 1\n"}, product="other")
        os.makedirs(self.path("other/.product"))
        self.build(product="other")
        self.put(".product/CONNECTIONS", "other\n")
        self.project("glyph.paths", {"two.py": "x = 1\n"}, product="other")
        self.put("acme/press/needs.fr", "http://example.net/glyph/paths/two\n")
        self.project("acme.press", {},
                     products.FORMATS + "http://if.fault.io/factors/meta\n\treferences.fr plain\n")
        self.put("acme/press/whole/.factor", "http://if.fault.io/factors/python.module\n.needs\n")
        self.put("acme/press/whole/main.py", "x = 1\n")
        self.build()
        self.assertTrue(os.path.exists(self.image("glyph.paths.two", product="other")))

    def test_never_takes_it_as_it_is(self):
        self.build()
        self.add_ink()
        self.assert_nothing(self.build("--update-index", "never"))
        self.assert_generated(PRESS_LINE)

    def test_images_of_what_was_added_are_cleaned(self):
        self.build()
        self.add_ink()
        self.build()
        self.kiln("clean", "product/acme/ink", variables=self.variables())
        self.assertFalse(os.path.exists(self.image("acme.ink.mixer")))
        self.assertTrue(os.path.exists(self.image("acme.press.tray")))

    def test_it_is_not_renewed_without_a_project_that_cannot_be_read(self):
        self.add_ink()
        self.build()
        self.put("acme/ink/.project/f-identity", "wrong\n")
        built = self.build(status=1)
        self.assertEqual(built.factors("removed"), {})
        self.assert_generated(INK_LINE + PRESS_LINE)
        self.kiln("query", "--update", "product", status=1)
        self.assert_generated(INK_LINE + PRESS_LINE)


class Written(Case):
    """By a person."""

    def setUp(self):
        super().setUp()
        self.add_ink()
        self.write("product/.product/PROJECTS", PRESS_LINE)

    def test_it_is_kept_with_a_warning(self):
        for _ in range(2):
            built = self.build()
            self.assertEqual([message for message in built.messages("warning")
                              if "acme/ink" in message],
                             built.messages("warning"))
            self.assertEqual(len(built.messages("warning")), 1, built.stderr)
            self.assert_index(PRESS_LINE)
        self.assertFalse(os.path.exists(self.image("acme.ink.mixer")))
        self.assertFalse(os.path.exists(self.mark))

    def test_the_warning_names_the_index_and_what_to_do(self):
        for name in ("a", "b", "c", "d", "e"):
            self.project(name, {})
        result = self.kiln("build", "product", variables=self.variables())
        self.assertRegex(result.stderr,
                         rf"(?m)^{self.index}: warning: index does not list 'a', 'b', 'c', 'd', "
                         rf"'e' and 1 more: ")
        self.assertIn("kiln query --update", result.stderr)

    def test_there_is_no_warning_where_none_is_wanted_or_all_are_listed(self):
        self.assertEqual(self.build("--update-index", "never").messages("warning"), [])
        self.write("product/.product/PROJECTS", INK_LINE + PRESS_LINE)
        self.assertEqual(self.build().messages("warning"), [])
        self.assertFalse(os.path.exists(self.mark))

    def test_an_edited_index_is_a_persons(self):
        os.unlink(self.index)
        self.build()
        self.assert_generated(INK_LINE + PRESS_LINE)
        self.write("product/.product/PROJECTS", PRESS_LINE)
        self.assertEqual(len(self.build().messages("warning")), 1)
        self.assert_index(PRESS_LINE)

    def test_what_asks_for_a_new_one_makes_it_generated(self):
        for command in (["build", "--update-index", "always", "product"],
                        ["query", "--update", "product"]):
            with self.subTest(command=command):
                self.write("product/.product/PROJECTS", PRESS_LINE)
                if os.path.exists(self.mark):
                    os.unlink(self.mark)
                self.kiln(*command, variables=self.variables())
                self.assert_generated(INK_LINE + PRESS_LINE)

    def test_an_index_that_is_right_already_is_adopted_on_demand(self):
        self.write("product/.product/PROJECTS", INK_LINE + PRESS_LINE)
        self.assertIn("current", self.kiln("query", "--update", "product").stdout)
        self.assert_generated(INK_LINE + PRESS_LINE)


class Failing(Case):
    """A command that fails because of its arguments leaves everything as it was."""

    def setUp(self):
        super().setUp()
        os.rmdir(self.path("product/.product"))
        self.write("context/machines/meta/projections.v", "nothing")

    def assert_nothing_written(self, *arguments, status=2):
        """In a fresh copy of all."""
        place = tempfile.mkdtemp(prefix="kiln-test-")
        self.addCleanup(shutil.rmtree, place)
        shutil.copytree(self.directory, place, dirs_exist_ok=True)
        before = program.tree(place)
        result = self.kiln(*arguments, status=status, cwd=os.path.join(place, "product"),
                           variables=self.variables({"XDG_CACHE_HOME": place + "/cache"}))
        self.assertEqual(program.tree(place), before, f"{arguments}\n{result.stderr}")

    def test_nothing_is_written(self):
        commands = [
            "build nosuch", "build no/such.py", "build acme.press/tray", "build acme.press.nosuch",
            "build . nosuch", "build . ''", "build -X nosuch .", "build -X ../context .",
            "build --mode nosuch .", "build -j none .",
            "build acme.press.tray acme.press.nosuch", "build --update-index always nosuch",
            "build . nosuch -o ../image", "build . acme/press/nosuch.py -o ../image",
            "build . --format docx -o ../image",
            "build . -o ../image --layout bytecode --optimize 1 --optimize 2",
            "build . -o ../image --mode nosuch", "build . -o ../image -X nosuch",
            "build acme/press nosuch -o ../image", "build acme/press -o ../image --mode nosuch",
            "build acme/press -o ../image -X nosuch", "build acme/press acme=../up -o ../image",
            "build acme/press -o ../context", "build acme/press -o ../image --delineate ../image",
            "build acme/press -o ../image --delineate ../context",
            "clean nosuch", "clean . nosuch", "clean --force acme/press/tray.py", "clean -X x .",
            "query factors nosuch", "query factors acme.nosuch", "query nosuch .",
            "query --update nosuch", "query --update acme/press", "query why acme.press.nosuch",
            "delineate nosuch -o ../described", "delineate acme nosuch -o ../described",
            "cc ../out/made nosuch", "cc ../out/made acme/press/tray.py factor a/b",
            "cc ../out/made acme/press/tray.py cpython-optimize 7",
            "cc ../out/made acme/press/tray.py nosuch x",
        ]
        for command in commands:
            with self.subTest(command=command):
                status = 1 if command == "cc ../out/made nosuch" else 2
                words = ["" if word == "''" else word for word in command.split()]
                self.assert_nothing_written(*words, status=status)

    def test_a_mistyped_path_is_named_and_no_factor_is_spoken_of(self):
        result = self.kiln("build", "acme/pres", status=2, cwd=self.product,
                           variables=self.variables())
        self.assertIn("'acme/pres' does not exist\n", result.stderr.replace(self.product + "/", ""))
        self.assertNotIn("factor", result.stderr)

    def test_a_product_that_is_built_gets_its_index(self):
        shutil.rmtree(self.path("context"))
        self.kiln("build", cwd=self.product, variables=self.variables())
        self.assert_generated(PRESS_LINE)


if __name__ == "__main__":
    tap.main()
