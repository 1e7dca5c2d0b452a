"""Projects as sources, compared with the wheels that the real build backends make."""
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

    def test_flit_installs_the_same(self):
        self.compare("flit", FLIT, BASIC + 'description = "d"\n')


if __name__ == "__main__":
    tap.main()
