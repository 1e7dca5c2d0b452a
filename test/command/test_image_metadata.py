"""The dist-info of projects: what METADATA has, the files of the licence, and who accepts them."""
import email
import os
import shutil
import subprocess
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

BASIC = '[project]\nname = "demo"\nversion = "1.0"\n'
INFO = "demo-1.0.dist-info"
WHEEL = "demo-1.0-py3-none-any.whl"
FULL = BASIC + """description = "A demo"
readme = "README.md"
license = {file = "LICENSE"}
keywords = ["a", "b c"]
authors = [{name = "A"}, {name = "B", email = "b@x.org"}, {email = "c@x.org"}]
maintainers = [{name = "M, N", email = "m@x.org"}]
classifiers = ["Topic :: Software Development"]
requires-python = ">=3.8"
dependencies = ["click>=8", "six; python_version<'3'"]
[project.urls]
Home = "https://x.org/a"
[project.optional-dependencies]
fast = ["c", "d; os_name=='x' or python_version > '2'"]
[project.scripts]
demo = "demo:main"
[project.gui-scripts]
gdemo = "demo:main"
[project.entry-points."x.y"]
z = "demo:main"
"""
POETRY = """[tool.poetry]
name = "demo"
version = "1.0"
description = "A demo"
readme = ["README.md", "NEWS"]
license = "MIT"
keywords = ["a", "b c"]
authors = ["A B <a@x.org>", "C <c@x.org>"]
homepage = "https://x.org"
repository = "https://x.org/r"
documentation = "https://x.org/d"
classifiers = ["Topic :: Software Development"]
[tool.poetry.urls]
Home = "https://x.org/a"
"""


def backend(name):
    return f'[build-system]\nrequires = []\nbuild-backend = "{name}"\n'


class Metadata(wheels.Case):
    def project(self, text, **files):
        shutil.rmtree(self.path("in"), ignore_errors=True)
        self.write("in/pyproject.toml", text)
        self.write("in/demo/__init__.py", '"""A demo"""\n__version__ = "1.0"\ndef main(): ...\n')
        for name, content in {"README.md": "# Demo\n\nText\n", "NEWS": "News\n",
                              "LICENSE": "Licence\n\n line two\n", "AUTHORS": "A\n",
                              **files}.items():
            self.write(f"in/{name}", content)

    def read(self, path=WHEEL):
        """The METADATA of a wheel, and the names of its dist-info."""
        with zipfile.ZipFile(self.path(path)) as archive:
            names = {name.partition("/")[2] for name in archive.namelist()
                     if name.startswith(INFO)}
            return email.message_from_bytes(archive.read(f"{INFO}/METADATA")), names

    def build(self):
        self.result = self.kiln("build", "in", "-o", WHEEL)
        return self.read()

    def backend_read(self, module):
        """The same of the wheel that a backend makes."""
        copy, out = self.path("copy"), self.path("out")
        for path in (copy, out):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.path("in"), copy)
        os.mkdir(out)
        made = subprocess.run(
            [program.PYTHON, "-c", "import importlib, os, sys\n"
             f"module = importlib.import_module({module!r})\nos.chdir(sys.argv[1])\n"
             "module.build_wheel(sys.argv[2])", copy, out],
            check=False, capture_output=True, text=True, env=tap.environment())
        if "No module named" in made.stderr:
            raise unittest.SkipTest(f"{module} is not installed")
        self.assertEqual(made.returncode, 0, made.stderr)
        return self.read(os.path.join("out", os.listdir(out)[0]))

    def test_the_backends_say_the_same(self):
        """But what each writes in its own way: requirements, and the names of extras."""
        def said(message):
            headers = sorted(
                (name, " ".join(value.split())) for name, value in message.items()
                if name not in ("Requires-Dist", "Provides-Extra", "License-File"))
            return headers, message.get_payload().strip()

        own = {"WHEEL", "RECORD", "METADATA", "entry_points.txt", "top_level.txt"}
        for module, text in (
                ("setuptools.build_meta", FULL + '[tool.setuptools]\npackages = ["demo"]\n'),
                ("hatchling.build", FULL)):
            with self.subTest(module=module):
                self.project(backend(module) + text)
                mine, names = self.build()
                theirs, their_names = self.backend_read(module)
                self.assertEqual(said(mine), said(theirs))
                self.assertEqual(len(mine.get_all("Requires-Dist")),
                                 len(theirs.get_all("Requires-Dist")))
                self.assertEqual(names - own, their_names - own)

    def test_poetry_says_the_same(self):
        self.project(backend("poetry.core.masonry.api") + POETRY)
        mine, names = self.build()
        theirs, _ = self.backend_read("poetry.core.masonry.api")
        for name in ("Metadata-Version", "Summary", "Home-page", "License", "Keywords"):
            self.assertEqual(mine[name], theirs[name])
        self.assertEqual(sorted(mine.get_all("Project-URL")),
                         sorted(theirs.get_all("Project-URL")))
        self.assertEqual(mine["Author-email"], "A B <a@x.org>, C <c@x.org>")
        self.assertEqual(mine.get_payload().strip(), theirs.get_payload().strip())
        self.assertIn("LICENSE", names)

    def test_twine_accepts_every_shape(self):
        if not shutil.which("twine", path="/usr/bin:/bin"):
            self.skipTest("twine is not installed")
        for text in (BASIC, FULL, POETRY, BASIC + 'license = {text = "MIT\\n\\nmore"}\n',
                     BASIC + 'readme = {text = "x", content-type = "text/plain"}\n',
                     BASIC + 'readme = "NEWS"\n'):
            with self.subTest(text=text):
                self.project(text)
                self.build()
                checked = subprocess.run(
                    ["/usr/bin/twine", "--no-color", "check", self.path(WHEEL)], text=True,
                    check=False, capture_output=True, env=tap.environment())
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_the_version_is_the_lowest_that_says_all(self):
        for more, version, names in (
                ("", "2.1", {"LICENSE", "AUTHORS"}),
                ('license = "MIT"\n', "2.4", {"licenses/LICENSE", "licenses/AUTHORS"}),
                ('license-files = ["LICENSES/**", "NEWS"]\n', "2.4",
                 {"licenses/NEWS", "licenses/LICENSES/a/MIT.txt"}),
                ('license-files = []\n', "2.4", set()),
                ('[tool.setuptools]\nlicense-files = ["N*"]\n', "2.1", {"licenses/NEWS"})):
            with self.subTest(more=more):
                self.project(BASIC + more, **{"LICENSES/a/MIT.txt": "MIT\n", "demo/LICENSE": "x"})
                metadata, found = self.build()
                self.assertEqual(metadata["Metadata-Version"], version)
                self.assertEqual({name for name in found if name not in (
                    "METADATA", "RECORD", "WHEEL")}, names)
                self.assertEqual(
                    {"licenses/" + name for name in metadata.get_all("License-File", [])},
                    names if version == "2.4" else set())
                self.assertEqual(metadata["License-Expression"],
                                 "MIT" if "license = " in more else None)

    def test_the_readme_has_its_type(self):
        for readme, kind, body in (
                ('"README.md"', "text/markdown", "# Demo\n\nText\n"),
                ('"NEWS"', "text/plain", "News\n"), ('"a.rst"', "text/x-rst", "rst\n"),
                ('{file = "NEWS", content-type = "text/markdown"}', "text/markdown", "News\n"),
                ('{text = "T", content-type = "text/x-rst"}', "text/x-rst", "T\n")):
            with self.subTest(readme=readme):
                self.project(BASIC + f"readme = {readme}\n", **{"a.rst": "rst\n"})
                metadata, _ = self.build()
                self.assertEqual((metadata["Description-Content-Type"], metadata.get_payload()),
                                 (kind, body))

    def test_files_that_setuptools_reads_are_read(self):
        self.project(
            '[project]\nname = "demo"\nversion = "1.0"\ndynamic = ["dependencies", "readme", '
            '"optional-dependencies", "description", "classifiers"]\n'
            '[tool.setuptools.dynamic]\ndescription = {file = "NEWS"}\n'
            'dependencies = {file = ["r.txt"]}\nreadme = {file = ["README.md", "NEWS"]}\n'
            '[tool.setuptools.dynamic.optional-dependencies]\nfast = {file = "f.txt"}\n',
            **{"r.txt": "# c\nclick>=8  # why\n\nsix\n", "f.txt": "fast; os_name == 'x'\n"})
        metadata, _ = self.build()
        self.assertEqual(metadata["Summary"], "News")
        self.assertEqual(metadata.get_all("Requires-Dist"), [
            "click>=8", "six", "fast; (os_name == 'x') and extra == 'fast'"])
        self.assertEqual(metadata.get_payload(), "# Demo\n\nText\n\nNews\n")
        self.assertIn("in/pyproject.toml: warning: 'classifiers' is not in the dist-info: only "
                      "the build backend computes it", self.result.stderr)
        self.assertEqual(self.result.stderr.count("warning"), 1)

    def test_what_is_missing_is_named(self):
        self.project(BASIC + 'readme = "none.md"\nlicense = {file = "../secret"}\n')
        self.write("secret", "secret")
        os.remove(self.path("in/LICENSE"))
        os.symlink("../secret", self.path("in/LICENSE"))
        metadata, names = self.build()
        self.assertNotIn("secret", str(metadata))
        self.assertNotIn("LICENSE", names)
        for expected in ("'readme' is not in the dist-info: 'none.md' is not a file of",
                         "'license' is not in the dist-info: '../secret' is not a file of",
                         "'LICENSE' is not in the dist-info: a link"):
            self.assertIn(expected, self.result.stderr)

    def test_excludes_are_of_files_of_the_project(self):
        self.project(BASIC + '[project.scripts]\ndemo = "demo:main"\n', **{"demo/a.txt": ""})
        self.kiln("build", "in", "-o", "image", "--exclude", "*.txt")
        self.assertIn("bin/demo", self.assert_recorded("image", INFO))
        self.assertFalse(os.path.exists(self.path("image/demo/a.txt")))
        self.kiln("build", "in", "-o", "image", "--exclude", "*.dist-info")
        self.assertFalse(os.path.exists(self.path(f"image/{INFO}")))

    def test_a_text_is_utf_8(self):
        self.project(BASIC + 'readme = "README.md"\n')
        with open(self.path("in/README.md"), "wb") as file:
            file.write(b"\xff\xfe")
        self.assertIn("in/pyproject.toml: error: readme: 'README.md' is not UTF-8",
                      self.kiln("build", "in", "-o", WHEEL, status=1).stderr)

    def test_a_file_that_many_keys_name_is_not_taken_without_end(self):
        self.project(BASIC.replace('version = "1.0"', 'version = "1.0"\n'
                                   'dynamic = ["dependencies"]')
                     + "[tool.setuptools.dynamic]\ndependencies = {file = ["
                     + 1000 * '"many.txt", ' + "]}\n",
                     **{"many.txt": 1000 * "a-requirement-of-the-project\n"})
        self.assertIn("in/pyproject.toml: error: METADATA would have more than 16777216 bytes",
                      self.kiln("build", "in", "-o", WHEEL, status=1).stderr)


if __name__ == "__main__":
    tap.main()
