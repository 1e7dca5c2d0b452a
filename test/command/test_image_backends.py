"""Projects as sources, compared with the wheels that the real build backends make."""
import email
import os
import re
import shutil
import subprocess
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

INFO = "demo-1.0.dist-info"
BASIC = '[project]\nname = "demo"\nversion = "1.0"\n'
POETRY = '[tool.poetry]\nname = "demo"\nversion = "1.0"\ndescription = ""\nauthors = []\n'
BACKENDS = {
    "setuptools": ('[build-system]\nrequires = ["setuptools"]\n'
                   'build-backend = "setuptools.build_meta"\n',
                   "import setuptools, wheel; from setuptools import build_meta as b"),
    "hatchling": ('[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
                  "import hatchling.build as b"),
    "poetry": ('[build-system]\nrequires = ["poetry-core"]\n'
               'build-backend = "poetry.core.masonry.api"\n',
               "import poetry.core.masonry.api as b"),
    "flit": ('[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n',
             "import flit_core.buildapi as b"),
}

TREE = ("src/demo/__init__.py", "src/demo/sub/__init__.py", "src/demo/sub/m.py",
        "src/demo/data/a.json", "src/demo/data/deep/b.txt", "src/demo/notes.txt",
        "src/space/inner/x.py", "src/one.py", "lib/extra/__init__.py", "lib/extra/t/c.json",
        "lib/extra/tests/t.py", "flat/__init__.py", "flat/f.txt", "tests/t.py", "docs/conf.py",
        "assets/logo.svg", "assets/css/site.css", "tools/run.sh=#!/bin/sh\n", "README.md")
FLAT = ("demo/__init__.py", "demo/sub/m.py", "demo/sub/deep/__init__.py", "demo/d.txt",
        "demo/sub/e.txt", "tests/t.py", "docs/conf.py", "README.md", "extra.json")

SETUPTOOLS = (
    # Data files are taken where no rule is given: no case has any there.
    (("src/demo/__init__.py", "src/demo/sub/m.py", "src/space/inner/x.py", "src/one.py",
      "tests/t.py"), ""),
    (("demo/__init__.py", "demo/sub/m.py", "demo/sub/deep/__init__.py", "tests/t.py"), ""),
    (("demo.py", "conftest.py", "noxfile.py"), ""),
    (TREE, '[tool.setuptools]\npackages = ["flat"]\npy-modules = []\n'
           '[tool.setuptools.package-data]\nflat = ["f.*"]\n'),
    (TREE, '[tool.setuptools]\npackages = ["demo", "extra", "demo.sub"]\npy-modules = ["one"]\n'
           'include-package-data = false\n'
           '[tool.setuptools.package-dir]\n"" = "src"\nextra = "lib/extra"\n'
           '[tool.setuptools.package-data]\n"*" = ["*.json"]\ndemo = ["data/**/*.txt"]\n'),
    (TREE, '[tool.setuptools.package-dir]\n"" = "src"\n[tool.setuptools.packages.find]\n'
           'where = ["src"]\nexclude = ["space*"]\n'
           '[tool.setuptools.package-data]\n"*" = ["*.json", "*.txt"]\n'
           '[tool.setuptools.exclude-package-data]\n"*" = ["notes*"]\n'),
    (TREE, '[tool.setuptools.package-dir]\n"" = "src"\n[tool.setuptools.packages.find]\n'
           'where = ["src"]\ninclude = ["demo*"]\nnamespaces = false\n'
           '[tool.setuptools.package-data]\ndemo = ["data/*", "data/deep/*"]\n'),
    (TREE, '[tool.setuptools.package-dir]\n"" = "lib"\n[tool.setuptools.packages.find]\n'
           'where = ["lib"]\ninclude = ["ex*"]\nexclude = ["extra.tests"]\n'
           '[tool.setuptools.package-data]\nextra = ["t/*.json"]\n'
           '[tool.setuptools.data-files]\n"share/demo" = ["assets/*.svg", "assets/css/*"]\n'),
    (("demo/m.py", "a-b/x.py", "c/build/x.py", "x.y/z.py"),
     "[tool.setuptools.packages.find]\n"),
    (TREE + ("MANIFEST.in=include src/demo/notes.txt\n# no\nrecursive-include src/demo *.json "
             "*.txt\nexclude src/demo/notes.txt\n",), ""),
    (TREE + ("MANIFEST.in=graft src/demo\nprune src/demo/data/deep\nglobal-exclude *.json\n"
             "recursive-include lib/extra *.json\n",),
     '[tool.setuptools.package-dir]\n"" = "src"\n[tool.setuptools.packages.find]\n'
     'where = ["src"]\n'),
    (TREE + ("MANIFEST.in=recursive-include src *.txt # not *.json\n# a line \\\n"
             "recursive-exclude src/demo/data \\\n  # none\n  *.txt\n",), ""),
    (TREE + ("MANIFEST.in=graft src\n",),
     '[tool.setuptools]\ninclude-package-data = false\n'),
    (TREE + ("MANIFEST.in=global-include *.txt\n",),
     '[tool.setuptools]\npackages = ["flat"]\nscript-files = ["tools/run.sh"]\n'),
)

WHEEL = "[tool.hatch.build.targets.wheel]\n"
HATCH = (
    (TREE, ""), (FLAT, ""), (("demo.py", "x.py"), ""),
    (("ns/demo/__init__.py", "ns/demo/a.txt", "tests/t.py"), ""),
    (TREE, WHEEL + 'packages = ["lib/extra", "src/demo"]\n'),
    (TREE, WHEEL + 'packages = ["lib/extra"]\nexclude = ["tests", "*.json"]\n'),
    (TREE, WHEEL + 'packages = ["src/demo"]\nexclude = ["/src/demo/data/*", '
                   '"!/src/demo/data/a.json"]\n'),
    (TREE, WHEEL + 'include = ["src/demo/**/*.py", "assets/"]\n'),
    (TREE, WHEEL + 'include = ["*.json"]\nsources = ["src", "lib"]\n'),
    (TREE, WHEEL + 'only-include = ["src/demo", "README.md"]\nsources = ["src"]\n'),
    (TREE, WHEEL + 'only-include = ["src", "flat"]\n[tool.hatch.build.targets.wheel.sources]\n'
                   '"src/demo" = "pkg/demo"\n"src" = "."\n'),
    (TREE, WHEEL + 'packages = ["src/demo"]\n[tool.hatch.build.targets.wheel.force-include]\n'
                   '"assets" = "demo/static"\n"README.md" = "demo/README.md"\n'),
    (TREE, '[tool.hatch.build]\nexclude = ["*.txt"]\npackages = ["src/demo", "flat"]\n'),
    (TREE, WHEEL + 'packages = ["src/demo"]\nonly-packages = true\nartifacts = ["notes.txt"]\n'),
    (TREE, WHEEL + 'packages = ["src/demo"]\n[tool.hatch.build.targets.wheel.shared-data]\n'
                   '"assets" = "share/demo"\n'),
)

POETRY_CASES = (
    (("src/demo/__init__.py", "src/demo/a/b.txt", "tests/t.py"), ""), (FLAT, ""),
    (("demo.py", "x.py"), ""),
    (TREE, 'packages = [{include = "extra", from = "lib"}, {include = "flat"}]\n'),
    (TREE, 'packages = [{include = "demo/**/*.py", from = "src"},\n'
           '            {include = "tests", format = "sdist"}]\n'),
    (TREE, 'packages = [{include = "demo", from = "src"}]\nexclude = ["src/demo/data", '
           '"**/notes.*"]\n'),
    (TREE, 'packages = [{include = "demo", from = "src"}]\nexclude = ["src/demo/data/**/*"]\n'
           'include = [{path = "assets/**/*", format = ["sdist", "wheel"]},\n'
           '           {path = "README.md", format = "sdist"}]\n'),
)

FLIT = (
    (FLAT, ""), (("src/demo/__init__.py", "src/demo/a/b.txt", "t.py"), ""),
    (("demo.py", "x.py"), ""),
    (TREE, '[tool.flit.module]\nname = "flat"\n'),
    (("ns/deep/__init__.py", "ns/other.py"), '[tool.flit.module]\nname = "ns.deep"\n'),
)


DEPENDENCIES = (
    '[tool.poetry.dependencies]\npython = "^3.8"\na = "^1.2.3"\nb = "^0.2.3"\nc = "^0.0.3"\n'
    'd = "^0.0"\ne = "^0"\nf = "~1.2.3"\ng = "~1.2"\nh = "~1"\ni = "*"\nj = "1.5"\n'
    'k = ">=1.0,<2.0,!=1.5"\nl = ">= 1.0"\nm = ">=1.0 <3"\nn = "==1.2.3"\no = "^1.2"\n'
    'p = "^1"\nq = "<2"\n',
    '[tool.poetry.dependencies]\npython = ">=3.9,<3.13"\n'
    'a = {version = "^1.0", extras = ["x", "y"]}\nb = {version = "^2.1", optional = true}\n'
    'c = {version = "*", optional = true}\n'
    '[tool.poetry.extras]\nfast = ["b"]\nall = ["b", "c"]\n',
    '[tool.poetry.dependencies]\npython = "*"\na = {version = "^1.0", python = "^3.9"}\n'
    'b = {version = "*", markers = "sys_platform == \'linux\'"}\n'
    'c = {git = "https://example.org/c.git", tag = "v1"}\n'
    'd = {url = "https://example.org/d-1-py3-none-any.whl"}\n'
    'e = {version = "*", platform = "linux"}\n'
    'f = [{version = "1.0", python = "<3.10"}, {version = "2.0", python = ">=3.10"}]\n',
)


def requirements(metadata):
    """The requirements in a METADATA, with what does not matter in one form."""
    message = email.message_from_bytes(metadata)
    found = []
    for line in message.get_all("Requires-Dist", []):
        name, _, marker = re.sub(r"[ ()]", "", line).replace("'", '"').partition(";")
        head = re.match(r"[a-z]+(\[.*\])?", name)[0]
        alternatives = set(marker.replace("or", "and").split("and"))
        found.append((head, name[len(head):] if "@" in name else
                      sorted(name[len(head):].split(",")), sorted(alternatives)))
    return (sorted(found, key=str), sorted((message["Requires-Python"] or "").split(",")),
            sorted(message.get_all("Provides-Extra", [])))


class Backends(wheels.Case):
    def project(self, name, head, paths, table):
        """Write the project; its directory."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        self.write(f"{name}/pyproject.toml", head + table)
        for path in paths:
            path, _, text = path.partition("=")
            if path.endswith(("__init__.py", "demo.py")) and not text:
                text = '"""A module."""\n__version__ = "1.0"\n'
            self.write(f"{name}/{path}", text or "")
        return self.path(name)

    def theirs(self, backend, project):
        """The content of the backend's wheel: {path: bytes}."""
        code = BACKENDS[backend][1]
        out = self.path("out")
        shutil.rmtree(out, ignore_errors=True)
        os.mkdir(out)
        shutil.rmtree(self.path("copy"), ignore_errors=True)
        shutil.copytree(project, self.path("copy"))
        made = subprocess.run(
            [program.PYTHON, "-c", "import os, sys\n" + code + "\nos.chdir(sys.argv[1])\n"
             "print('built', b.build_wheel(sys.argv[2]))", self.path("copy"), out],
            check=False, capture_output=True, text=True, env=tap.environment())
        if "No module named" in made.stderr:
            raise unittest.SkipTest(f"{backend} or a module of it is not installed")
        self.assertEqual(made.returncode, 0, made.stderr)
        with zipfile.ZipFile(os.path.join(out, os.listdir(out)[0])) as archive:
            return {name: archive.read(name) for name in archive.namelist()
                    if not name.endswith("/")}

    def ours(self, project):
        shutil.rmtree(self.path("image"), ignore_errors=True)
        self.kiln("build", project, "-o", "image")
        return {path: program.read(self.path(f"image/{path}"))
                for path in program.tree(self.path("image"))
                if os.path.isfile(self.path(f"image/{path}"))
                and not path.endswith(".pyc") and path != ".kiln"}

    def installed(self, files):
        """What installing a wheel's files gives, without dist-info."""
        found = set()
        for path in files:
            first, _, rest = path.partition("/")
            if first.endswith(".data"):
                scheme, _, rest = rest.partition("/")
                path = ("bin/" if scheme == "scripts" else "") + rest
            if not first.endswith(".dist-info"):
                found.add(path)
        return sorted(found)

    def compare(self, backend, cases, project=BASIC):
        for paths, table in cases:
            with self.subTest(table=table, paths=paths[:3]):
                head = BACKENDS[backend][0] + project
                place = self.project("in", head, paths, table)
                theirs = self.theirs(backend, place)
                self.assertEqual(
                    sorted(path for path in self.ours(place) if ".dist-info/" not in path),
                    self.installed(theirs))

    def test_setuptools_installs_the_same(self):
        self.compare("setuptools", SETUPTOOLS)

    def test_hatch_installs_the_same(self):
        self.compare("hatchling", HATCH)

    def test_poetry_installs_the_same(self):
        self.compare("poetry", POETRY_CASES, POETRY)

    def test_poetry_requires_the_same(self):
        """Headers of METADATA, but for the forms of specifiers."""
        for table in DEPENDENCIES:
            with self.subTest(table=table):
                place = self.project("in", BACKENDS["poetry"][0] + POETRY, ("demo.py",), table)
                self.assertEqual(requirements(self.ours(place)[f"{INFO}/METADATA"]),
                                 requirements(self.theirs("poetry", place)[f"{INFO}/METADATA"]))

    def test_an_optional_dependency_without_an_extra_is_not_required(self):
        self.project("in", POETRY, ("demo.py",), '[tool.poetry.dependencies]\n'
                     'a = {version = "1", optional = true}\nb = "^1.0"\n')
        self.assertEqual(email.message_from_bytes(self.ours("in")[f"{INFO}/METADATA"]).get_all(
            "Requires-Dist"), ["b (>=1.0,<2.0)"])

    def test_dependencies_without_a_form_are_named(self):
        for value, expected in (
                ('"^1 || ^2"', "'^1 || ^2' is not a list of comparisons"),
                ('{path = "../x"}', "'path' has no form"), ('"1.*.2"', "not a list of"),
                ('">=1.*"', "not a list of"), ('"^"', "not a list of"), ("1", "neither a version"),
                ('{git = "x"}', "'x' is not a URL"), ('{version = "1", zap = 2}', "'zap' has no"),
                ('{version = "1\\n2"}', "'version' has characters"),
                ('{version = "*", python = "3.*"}', "not a list of versions of Python"),
                ('{version = "*", platform = "a || b"}', "is not one platform")):
            with self.subTest(value=value):
                self.project("in", POETRY, ("demo.py",),
                             f"[tool.poetry.dependencies]\nother = {value}\n")
                result = self.kiln("build", "in", "-o", "none", status=1)
                self.assertIn("the dependency 'other' of [tool.poetry] cannot be translated",
                              result.stderr)
                self.assertIn(expected, result.stderr)

    def test_flit_installs_the_same(self):
        self.compare("flit", FLIT, BASIC + 'description = "d"\n')


if __name__ == "__main__":
    tap.main()
