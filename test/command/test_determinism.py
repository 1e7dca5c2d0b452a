"""The same sources give the same image, whatever surrounds the run."""
import os
import shutil
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import tap

LIBRARY = tap.LIBRARY
PACKAGES = ("json", "wsgiref", "sqlite3", "concurrent", "zoneinfo")
FORMS = ("directory", ".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2")

# What CPython's own files depend on: which strings, names and constants others had before.
COMPANY = {
    "constant": "x = 'ä'\ny = ['é', 'a', '', 'foo', 'ein langer Text mit ä']\n",
    "identifier": "ä = é = foo = 1\ndef f(ä, foo): return ä.foo\n",
    "set":
        "def f(x): return x in {'foo', 2, 3}\ndef g(x): return x in {'ä', b'foo', 'bar', None}\n",
    "names": "foo = bar = baz = 2\nimport foo.bar\nfrom baz import foo as ä\nf(foo=1, ä=2)\n",
    "numbers": "x = (1.5, -0.0, 0.0, 10**30, 1j, -1, 257, 1000000)\ny = (0.0, -0.0, 1, True)\n",
    "tuples":
        "x = ('foo', 'bar'); y = ('foo', 'bar')\n"
        "def f(a=('foo', 'bar')): return ('foo', (2, 'bar'))\n",
    "text": "'foo'\nx = 'hello world'; y = 'hello_world'; z = b'a'; w = b''; v = 'a'\n",
    "classes":
        "class foo:\n    'foo'\n    ä = 'ä'\n    def bar(self): return super().bar(), self.foo\n",
    "empty": "",
    "wide": "x = ['\\ud800', '\\U0001f600', '\\x00', '\\xff', 'ä' * 3]\n",
}


class Determinism(program.Case):
    def setUp(self):
        super().setUp()
        for name in PACKAGES:
            shutil.copytree(os.path.join(LIBRARY, name), self.path("library", name),
                            ignore=shutil.ignore_patterns("__pycache__"))
        os.mkdir(self.path("library", "void"))
        self.write("application/main.py", "import json\nprint(json.dumps({'ä', 'foo', 2}))\n")
        self.write("application/run.sh", "#!/bin/sh\n")
        os.chmod(self.path("application/run.sh"), 0o700)
        self.write("application/data/Ünï.bin", bytes(range(256)))
        os.symlink("main.py", self.path("application/link.py"))
        os.symlink("data/Ünï.bin", self.path("application/link"))
        self.write("application/broken.py", "x = = 1\n")

    def build(self, name, *arguments, directory=None, **options):
        """Build both trees, or what the arguments say; what was made, in a form that compares."""
        sources = [word for word in arguments if not word.startswith("-")]
        words = [word for word in arguments if word.startswith("-")]
        self.kiln("build", "--optimize", "0", "--optimize", "2", *words,
                  *(sources or ["library", "application"]),
                  "-o", name, status=1, cwd=directory or self.directory, **options)
        path = os.path.join(directory or self.directory, name)
        return program.tree(path) if os.path.isdir(path) else program.read(path)

    def assert_independent(self, variants, forms=("directory", ".tar.zst")):
        """Every variant of a build gives what the plain one gives."""
        for form in forms:
            ending = "" if form == "directory" else form
            expected = self.build("plain" + ending)
            for number, (arguments, options) in enumerate(variants):
                with self.subTest(form=form, arguments=arguments, options=options):
                    made = self.build(f"other-{number}{ending}", *arguments, **options)
                    self.assertTrue(made == expected, "the image differs")

    def test_the_image_does_not_depend_on_the_number_of_workers(self):
        self.assert_independent([((f"-j{count}",), {}) for count in (1, 2, 7)], FORMS)

    def test_the_image_does_not_depend_on_the_order_of_the_sources(self):
        self.assert_independent([(("application", "library"), {})])

    def test_the_image_does_not_depend_on_the_environment(self):
        self.assert_independent([((), {"variables": changes}) for changes in (
            {"PYTHONHASHSEED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONOPTIMIZE": "2"},
            {"LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
            {"LC_ALL": None, "LANG": None, "HOME": None, "PATH": "/nowhere", "TMPDIR": "/nowhere"},
            {"PYTHONPATH": self.path("application"), "PYTHONHOME": "/nowhere"})])

    def test_the_image_does_not_depend_on_the_umask(self):
        self.assert_independent([((), {"umask": mask}) for mask in (0, 0o077, 0o777)])

    def test_the_image_does_not_depend_on_the_place_and_times_of_the_sources(self):
        variants = []
        for place in ("here", "some/other place"):
            os.makedirs(self.path(place))
            for name in ("library", "application"):
                shutil.copytree(self.path(name), self.path(place, name), symlinks=True)
                for parent, directories, names in os.walk(self.path(place, name)):
                    for entry in directories + names:
                        os.utime(os.path.join(parent, entry), (1, len(variants)),
                                 follow_symlinks=False)
            variants.append(((), {"directory": self.path(place)}))
        self.assert_independent(variants)

    def test_the_image_does_not_depend_on_how_the_sources_are_given(self):
        self.assert_independent([
            ((self.path("library"), "application/"), {}),
            (("./library/.", "library/../application"), {})])

    def test_the_image_does_not_depend_on_the_user(self):
        if os.getuid() != 0:
            self.skipTest("needs another user")
        shutil.copytree(self.path(), self.path("copy"), symlinks=True,
                        ignore=lambda *_: ["copy", "broken.py"])
        os.unlink(self.path("application/broken.py"))
        images = []
        for form in FORMS:
            ending = "" if form == "directory" else form
            self.kiln("build", "library", "application", "-o", "own" + ending)
            images.append((self.path("own" + ending), self.path("copy/their" + ending)))
        user = self.unprivileged()
        for own, their in images:
            with self.subTest(image=their):
                self.kiln("build", "library", "application", "-o", their, cwd=self.path("copy"),
                          **user)
                same = (program.tree(own) == program.tree(their) if os.path.isdir(own)
                        else program.read(own) == program.read(their))
                self.assertTrue(same, "the image differs")

    def test_a_second_build_over_the_first_gives_the_same(self):
        first = self.build("image")
        self.assertEqual(self.build("image"), first)

    def test_what_is_said_does_not_depend_on_the_seed_of_a_process(self):
        # Each process has its own: it decides about places in hash maps, and about nothing else.
        tap.copy_tree(os.path.join(tap.ROOT, "factors"), self.path("product"))
        variables = {"KILN_CACHE": self.path("cache"), "SYSTEMCONTEXT": None}
        for arguments in [*(("query", subject, "product", "--format", "json", "--mode",
                             "delineation", "--mode", "executable")
                            for subject in ("products", "projects", "factors", "sources",
                                            "requirements", "images", "variants")),
                          ("build", "-n", "product/sample", "--mode", "delineation"),
                          ("delineate", "--format", "ctags", "library/json", "product/sample"),
                          ("delineate", "--format", "stub", "library/json/decoder.py")]:
            with self.subTest(arguments=arguments):
                said = {self.kiln(*arguments, status=None, variables=variables).stdout
                        for _ in range(4)}
                self.assertEqual(len(said), 1)
                self.assertNotEqual(said, {""})

    def test_times_are_those_of_source_date_epoch(self):
        for value, seconds in (
                (None, 315532800), ("", 315532800), ("0", 0), ("1700000000", 1700000000)):
            with self.subTest(value=value):
                made = self.build("image", variables={"SOURCE_DATE_EPOCH": value})
                self.assertEqual({os.lstat(self.path("image", path)).st_mtime for path in made},
                                 {seconds})
                self.build("image.tar", variables={"SOURCE_DATE_EPOCH": value})
                with tarfile.open(self.path("image.tar")) as archive:
                    self.assertEqual({entry.mtime for entry in archive}, {seconds})

    def test_archives_have_sorted_entries_without_owners(self):
        for ending in FORMS[1:3]:
            self.build("image" + ending)
            with self.subTest(ending=ending), tarfile.open(self.path("image" + ending)) as archive:
                entries = archive.getmembers()
            names = [entry.name for entry in entries]
            self.assertEqual(names, sorted(names, key=os.fsencode))
            owners = {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries}
            self.assertEqual(owners, {(0, 0, "", "")})
            self.assertEqual({entry.mode for entry in entries if entry.isfile()}, {0o644, 0o755})
            self.assertEqual({entry.mode for entry in entries if entry.isdir()}, {0o755})

    def test_archives_hold_what_the_directory_holds(self):
        directory = self.build("image")
        del directory[".kiln"], directory["."]
        for ending in FORMS[1:]:
            with self.subTest(ending=ending):
                self.build("image" + ending)
                os.mkdir(self.path("extracted" + ending))
                subprocess.run(
                    ["/usr/bin/tar", "-xpf", "image" + ending, "-C", "extracted" + ending],
                    cwd=self.directory, check=True)
                extracted = program.tree(self.path("extracted" + ending))
                del extracted["."]
                self.assertEqual(extracted, directory)


class Company(program.Case):
    """Bytecode does not depend on what the process compiled before."""

    def built(self, *names):
        """The bytecode of sources that one worker compiles in this order."""
        place = f"in-{len(os.listdir(self.directory))}"
        for number, name in enumerate(names):
            self.write(f"{place}/{number:02}/{name}.py", COMPANY[name])
        arguments = []
        for number, name in enumerate(names):
            arguments += [f"{place}/{number:02}/{name}.py={number:02}/{name}.py"]
            arguments += ["--prefix-map", f"{place}/{number:02}="]
        self.kiln("build", "-j1", "--no-constants", *arguments, "-o", place + "-image")
        made = program.bytecode(self.path(place + "-image"))
        self.assertEqual(len(made), len(names))
        return {path.split("/")[-1].split(".")[0]: content for path, content in made.items()}

    def test_a_file_has_the_same_bytecode_alone_and_after_any_other(self):
        alone = {name: self.built(name)[name] for name in COMPANY}
        for first in COMPANY:
            for second in COMPANY:
                if first != second:
                    with self.subTest(first=first, second=second):
                        made = self.built(first, second)
                        self.assertEqual(made[second], alone[second])
                        self.assertEqual(made[first], alone[first])
        for order in (sorted(COMPANY), sorted(COMPANY, reverse=True)):
            with self.subTest(order=order):
                self.assertEqual(self.built(*order), alone)

    def test_the_tool_for_one_file_gives_the_same_bytecode(self):
        for name, text in COMPANY.items():
            self.write(f"{name}.py", text)
        self.kiln("build", "-j1", *(f"{name}.py" for name in COMPANY), "-o", "image")
        for name in COMPANY:
            with self.subTest(name=name):
                wrong = corpus.check_unit(
                    self.directory, self.path("image"), self.directory, f"{name}.py", (0,))
                self.assertIsNone(wrong)


if __name__ == "__main__":
    tap.main()
