"""Images are compiled from the cache where it has what is needed: the same bytes and messages."""
import hashlib
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

SOURCES = {
    "app/__init__.py": "'An application.'\n",
    "app/main.py": "def main():\n    'Do it.'\n    assert main\n    return 1\n",
    "app/warn.py": "assert (1, 'always true')\nx = 1 is 1\n",
    "app/data.txt": "data\n",
}
COUNT = 3


class Cache(program.Case):
    def setUp(self):
        super().setUp()
        self.cache = self.path("cache")
        for name, text in SOURCES.items():
            self.write(f"src/{name}", text)

    def build(self, *options, source="src", output="out", status=0, **others):
        """Build an image; the counts of its summary, and the messages."""
        others.setdefault("variables", {"KILN_CACHE": self.cache})
        result = self.kiln("build", source, "-o", output, "--log", "json", *options, status=status,
                           **others)
        events = [json.loads(line) for line in result.stderr.splitlines()]
        return ({key: events[-1].get(key) for key in ("compiled", "cached", "failed")},
                [event["message"] for event in events[:-1] if event["event"] != "note"])

    def assert_made(self, built, compiled, cached, failed=0):
        self.assertEqual(built[0], {"compiled": compiled, "cached": cached, "failed": failed})

    def tree(self, output="out"):
        return {os.path.relpath(os.path.join(parent, name), self.path(output)):
                program.read(os.path.join(parent, name))
                for parent, _, names in os.walk(self.path(output)) for name in names}

    def entries(self):
        return sorted(os.path.join(parent, name) for parent, _, names in os.walk(self.cache)
                      for name in names if len(name) == 64)

    def test_the_second_run_compiles_nothing(self):
        first = self.build("--no-cache", output="plain")
        self.assert_made(first, COUNT, 0)
        self.assertEqual(self.entries(), [])
        self.assertEqual(len(first[1]), 2)
        second = self.build()
        self.assert_made(second, COUNT, 0)
        self.assertEqual(len(self.entries()), COUNT)
        third = self.build(output="again")
        self.assert_made(third, 0, COUNT)
        self.assertEqual([first[1], second[1]], [third[1]] * 2)
        self.assertEqual(self.tree(), self.tree("plain"))
        self.assertEqual(self.tree("again"), self.tree("plain"))

    def test_a_changed_file_is_compiled(self):
        self.build()
        self.write("src/app/main.py", "def main():\n    return 2\n")
        self.assert_made(self.build(), 1, COUNT - 1)
        self.build("--no-cache", output="plain")
        self.assertEqual(self.tree(), self.tree("plain"))

    def test_where_sources_and_image_are_does_not_matter(self):
        self.build()
        shutil.copytree(self.path("src"), self.path("elsewhere", "copy"))
        built = self.build("-j1", source="elsewhere/copy", output="image.tar")
        self.assert_made(built, 0, COUNT)
        built = self.kiln("build", "elsewhere/copy", "-o", "other",
                          variables={"KILN_CACHE": self.cache})
        self.assertIn("elsewhere/copy/app/warn.py:1: warning: ", built.stderr)
        self.assertNotIn("src/app", built.stderr.replace("elsewhere", ""))

    def test_what_decides_the_bytes_is_in_the_key(self):
        """Each of these has entries of its own, and the bytes that it has without the cache."""
        variants = [(), ("--no-constants",), ("--optimize", "1"), ("--optimize", "2"),
                    ("--optimize", "0", "--optimize", "2"), ("--check", "hash"),
                    ("--check", "time"), ("--prefix-map", "=/app"),
                    ("--int-max-str-digits", "1000"), ("--pyc-bytes", "cpython")]
        for number, options in enumerate(variants, 1):
            with self.subTest(options=options):
                self.assert_made(self.build(*options), COUNT, 0)
                self.assertEqual(len(self.entries()), number * COUNT)
                self.assert_made(self.build(*options, output="again"), 0, COUNT)
                self.assertEqual(self.tree("again"), self.tree())
                if "cpython" not in options:
                    self.build(*options, "--no-cache", output="plain")
                    self.assertEqual(self.tree(), self.tree("plain"))

    def test_layouts_and_forms_share_entries(self):
        self.build()
        for options in (("--layout", "bytecode"), ("--format", "tar.gz"), ("--format", "zip")):
            self.assert_made(self.build(*options, output=f"out{options[-1]}"), 0, COUNT)
            self.build(*options, "--no-cache", output="plain")
            self.assertEqual(
                self.tree("outbytecode") if "bytecode" in options
                else program.read(self.path(f"out{options[-1]}")),
                self.tree("plain") if "bytecode" in options else program.read(self.path("plain")))
            remove(self.path("plain"))

    def test_a_place_decides_when_it_is_recorded(self):
        self.build()
        self.assert_made(self.build(source="src/app=lib/app"), COUNT, 0)
        self.build("--no-cache", source="src/app=lib/app", output="plain")
        self.assertEqual(self.tree(), self.tree("plain"))
        # The recorded path is the same, the factor is not.
        self.assert_made(self.build("--prefix-map", "src/app=app", source="src/app=lib/app"),
                         COUNT, 0)
        self.assert_made(self.build("--prefix-map", "src/app=app", "--no-constants",
                                    source="src/app=lib/app"), COUNT, 0)
        self.assert_made(self.build("--no-constants"), 0, COUNT)

    def test_times_of_sources_do_not_matter(self):
        for options, cached in ((("--check", "time"), 0), ((), COUNT)):
            self.build(*options, variables={"KILN_CACHE": self.cache, "SOURCE_DATE_EPOCH": "1"})
            os.utime(self.path("src", "app", "main.py"), (5, 5))
            self.assert_made(
                self.build(*options, variables={"KILN_CACHE": self.cache,
                                                "SOURCE_DATE_EPOCH": "2000000000"}),
                COUNT - cached, cached)

    def test_errors_are_reported_each_time(self):
        self.write("src/app/wrong.py", "x = (\n")
        for built in (self.build(status=1), self.build(status=1)):
            self.assertEqual(built[0]["failed"], 1)
            self.assertIn("'(' was never closed", built[1][-1] + built[1][0] + built[1][1])
        self.assertEqual(len(self.entries()), COUNT)

    def test_descriptions_are_made_all_the_same(self):
        first = self.build("--delineate", "described")
        self.assertEqual(len(first[1]), 2)
        expected = self.tree("described")
        again = self.build("--delineate", "described2")
        self.assert_made(again, 0, COUNT)
        self.assertEqual(again[1], first[1])
        self.assertEqual(self.tree("described2"), expected)

    def test_damaged_entries_are_made_anew(self):
        self.build()
        expected = self.tree()

        def flip(place):
            def damage(path):
                data = bytearray(program.read(path))
                data[place] ^= 4
                return data
            return damage

        damages = [flip(place) for place in (0, 8, 40, 72, -1)]
        damages += [lambda path, size=size: program.read(path)[:size] for size in (0, 71, 72, -1)]
        damages.append(lambda path: program.read(path) + b"\0")
        for damage in damages:
            path = self.entries()[0]
            data = damage(path)
            with open(path, "wb") as file:
                file.write(data)
            built = self.build()
            self.assert_made(built, 1, COUNT - 1)
            self.assertTrue(any("is damaged and was removed" in text for text in built[1]))
            self.assertEqual(self.tree(), expected)
            self.assert_made(self.build(), 0, COUNT)

    def test_an_entry_of_another_kind_is_made_anew(self):
        """Content with a right digest that kiln did not write."""
        self.build()
        for content in (b"", b"\0", b"\xff" * 20, b"\0\1x\0more", b"\x05" + b"\1" * 40):
            path = self.entries()[-1]
            header = program.read(path)[:40]
            with open(path, "wb") as file:
                file.write(header + digest(content) + content)
            self.assert_made(self.build(), 1, COUNT - 1)
            self.assert_made(self.build(), 0, COUNT)
        self.build("--no-cache", output="plain")
        self.assertEqual(self.tree(), self.tree("plain"))

    def test_a_cache_that_cannot_be_used_fails_no_build(self):
        self.write("file")
        for directory in ("/proc/kiln", self.path("file"), self.path("open")):
            os.makedirs(self.path("open"), exist_ok=True)
            os.chmod(self.path("open"), 0o777)
            with self.subTest(directory=directory):
                built = self.build("--cache", directory)
                self.assert_made(built, COUNT, 0)
                self.assertIn("cache", " ".join(built[1]) + directory)
                self.assertEqual(len(built[1]), 3)

    def test_a_full_cache_fails_no_build(self):
        cache = self.small_disk("full", "16k")
        self.kiln("build", "src", "-o", "out", "--cache", cache)
        self.build("--no-cache", output="plain")
        self.assertEqual(self.tree(), self.tree("plain"))

    def test_the_limit_prunes(self):
        for number in range(40):
            self.write(f"src/more/m{number}.py", f"x = {number}\n")
        self.build("--cache-limit", "64K")
        self.assertLessEqual(len(self.entries()), 16)
        self.build("--no-cache", output="plain")
        self.assertEqual(self.tree(), self.tree("plain"))

    def test_the_option_needs_no_product(self):
        other = self.path("other")
        self.assert_made(self.build("--cache", other), COUNT, 0)
        self.assert_made(self.build("--cache", other), 0, COUNT)
        self.assertEqual(self.entries(), [])

    def test_the_summary_says_it(self):
        variables = {"KILN_CACHE": self.cache}
        first = self.kiln("build", "src", "-o", "out", variables=variables).stderr
        self.assertIn("kiln: 3 compiled, 1 copied in ", first)
        second = self.kiln("build", "src", "-o", "out", variables=variables).stderr
        self.assertIn("kiln: 0 compiled, 3 cached, 1 copied in ", second)

    def test_products_and_images_share_a_directory(self):
        self.kiln("build", "src", "--cache", self.cache)
        before = len(self.entries())
        self.assertGreater(before, 0)
        self.assert_made(self.build(), COUNT, 0)
        self.assertEqual(len(self.entries()), before + COUNT)


def digest(content):
    """As the header of an entry has it."""
    return hashlib.blake2b(content).digest()[:32]


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)


if __name__ == "__main__":
    tap.main()
