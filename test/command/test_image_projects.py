"""Projects with a pyproject.toml as sources: what the build backend would install."""
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

SETUPTOOLS = '[build-system]\nrequires = ["setuptools"]\n'\
    'build-backend = "setuptools.build_meta"\n'
BASIC = '[project]\nname = "demo"\nversion = "1.0"\n'
INFO = "demo-1.0.dist-info"


class Projects(wheels.Case):
    def project(self, text, *paths, root="in"):
        self.write(f"{root}/pyproject.toml", text)
        for path in paths:
            self.write(f"{root}/{path}", "" if path.endswith(".py") else path)

    def files(self, *arguments, source="in", status=0):
        """The files of the image but bytecode and the dist-info."""
        shutil.rmtree(self.path("image"), ignore_errors=True)
        self.result = self.kiln("build", source, "-o", "image", *arguments, status=status)
        if status:
            return None
        return sorted(path for path in program.tree(self.path("image"))
                      if os.path.isfile(self.path(f"image/{path}"))
                      and not path.endswith(".pyc") and ".dist-info/" not in path
                      and path != ".kiln")

    def test_packages_are_found_by_layout(self):
        common = ("tests/test_x.py", "docs/conf.py", "setup.py", "README", ".git/config")
        for paths, expected in (
                (("src/demo/__init__.py", "src/demo/a/b.txt", "src/one.py", "top/__init__.py"),
                 ["demo/__init__.py", "demo/a/b.txt", "one.py"]),
                (("demo/__init__.py", "demo/sub/m.py", "other/m.py", "demo.egg-info/x"),
                 ["demo/__init__.py", "demo/sub/m.py"]),
                (("demo.py", "conftest.py", "noxfile.py"), ["demo.py"])):
            with self.subTest(paths=paths):
                shutil.rmtree(self.path("in"), ignore_errors=True)
                self.project(BASIC, *common, *paths)
                self.assertEqual(self.files(), expected)
                self.assertEqual(
                    {path for path in self.assert_recorded("image", INFO)
                     if not path.endswith(".pyc") and ".dist-info/" not in path}, set(expected))

    def test_packages_are_those_that_the_backend_names(self):
        paths = ("src/demo/__init__.py", "src/demo/sub/__init__.py", "lib/extra/__init__.py",
                 "lib/extra/tests/t.py", "lib/single.py", "lib/skipped/__init__.py")
        for table, expected in (
                ('[tool.setuptools]\npackages = ["demo", "extra"]\npy-modules = ["single"]\n'
                 '[tool.setuptools.package-dir]\n"" = "lib"\ndemo = "src/demo"\n',
                 ["demo/__init__.py", "extra/__init__.py", "single.py"]),
                ('[tool.setuptools.packages.find]\nwhere = ["lib"]\ninclude = ["ex*"]\n'
                 'exclude = ["extra.tests"]\n', ["extra/__init__.py"]),
                ('[tool.hatch.build.targets.wheel]\npackages = ["lib/extra", "src/demo"]\n',
                 ["demo/__init__.py", "demo/sub/__init__.py", "extra/__init__.py",
                  "extra/tests/t.py"]),
                ('[[tool.poetry.packages]]\ninclude = "extra"\nfrom = "lib"\nto = "ns/deep"\n'
                 'format = ["wheel"]\n',
                 ["ns/deep/extra/__init__.py", "ns/deep/extra/tests/t.py"]),
                ('[[tool.poetry.packages]]\ninclude = "extra"\nfrom = "lib"\n'
                 '[[tool.poetry.packages]]\ninclude = "src"\nformat = "sdist"\n',
                 ["extra/__init__.py", "extra/tests/t.py"])):
            with self.subTest(table=table):
                self.project(BASIC + table, *paths)
                self.assertEqual(self.files(), expected)

    def test_setuptools_installs_the_same(self):
        """The packages and entry points of the wheel that setuptools makes."""
        paths = ("src/demo/__init__.py", "src/demo/sub/m.py", "src/demo/sub/deep/__init__.py",
                 "src/space/inner/x.py", "tests/t.py", "flat/__init__.py")
        scripts = '[project.scripts]\ndemo = "demo:main"\n'
        code = ("import os, setuptools, wheel, sys\nfrom setuptools import build_meta\n"
                "os.chdir(sys.argv[1])\nbuild_meta.build_wheel(sys.argv[2])")
        for number, table in enumerate((
                "", '[tool.setuptools.packages.find]\nwhere = ["src"]\nexclude = ["space*"]\n',
                '[tool.setuptools]\npackages = ["flat"]\n')):
            with self.subTest(table=table):
                self.project(SETUPTOOLS + BASIC + scripts + table, *paths, root=f"p{number}")
                out = self.path(f"out{number}")
                shutil.copytree(self.path(f"p{number}"), self.path(f"c{number}"))
                made = subprocess.run(
                    [program.PYTHON, "-c", code, self.path(f"c{number}"), out], check=False,
                    capture_output=True, text=True, env=tap.environment())
                if "No module named" in made.stderr:
                    raise unittest.SkipTest("setuptools or wheel is not installed")
                self.assertEqual(made.returncode, 0, made.stderr)
                with zipfile.ZipFile(os.path.join(out, os.listdir(out)[0])) as archive:
                    theirs = sorted(name for name in archive.namelist()
                                    if ".dist-info/" not in name)
                    points = archive.read(f"{INFO}/entry_points.txt")
                self.assertEqual([path for path in self.files(source=f"p{number}")
                                  if path != "bin/demo"], theirs)
                self.assertEqual(program.read(self.path(f"image/{INFO}/entry_points.txt")), points)

    def test_what_the_project_says_is_in_its_dist_info(self):
        self.project(
            '[project]\nname = "My.Demo"\nversion = "1.0-rc1"\ndescription = "A\\ndemo"\n'
            'requires-python = ">=3.8"\nlicense = {text = "MIT"}\n'
            'authors = [{name = "A"}, {name = "B", email = "b@x"}, {email = "c@x"}]\n'
            'classifiers = ["X :: Y"]\ndependencies = ["click>=8", "six; python_version<\'3\'"]\n'
            '[project.urls]\nHome = "https://x"\n'
            '[project.optional-dependencies]\nfast = ["c", "d; os_name==\'x\' or a"]\n'
            '[project.scripts]\nrun = "demo:main"\n[project.entry-points.other]\np = "demo:p"\n',
            "demo/__init__.py")
        self.write("in/demo/__init__.py", "def main():\n    print('ran')\n")
        self.files()
        self.assertEqual(self.run_python(
            "import importlib.metadata as m\nfound = m.metadata('my-demo')\n"
            "print(sorted(found.items()))\n"
            "print(sorted((point.name, point.value, point.group) for point in\n"
            "             m.distribution('my-demo').entry_points))\n"
            "print(m.requires('my-demo'))\n"
            "print(all(file.locate().exists() for file in m.files('my-demo')))",
            "image"), str(sorted([
                ("Metadata-Version", "2.1"), ("Name", "My.Demo"), ("Version", "1.0-rc1"),
                ("Summary", "A demo"), ("Author", "A"), ("Author-email", "B <b@x>, c@x"),
                ("License", "MIT"), ("Classifier", "X :: Y"), ("Project-URL", "Home, https://x"),
                ("Description-Content-Type", "text/plain"),
                ("Requires-Python", ">=3.8"), ("Requires-Dist", "click>=8"),
                ("Requires-Dist", "six; python_version<'3'"), ("Provides-Extra", "fast"),
                ("Requires-Dist", "c; extra == 'fast'"),
                ("Requires-Dist", "d; (os_name=='x' or a) and extra == 'fast'")])) + "\n" +
            str([("p", "demo:p", "other"), ("run", "demo:main", "console_scripts")]) + "\n" +
            str(["click>=8", "six; python_version<'3'", "c; extra == 'fast'",
                 "d; (os_name=='x' or a) and extra == 'fast'"]) + "\nTrue\n")
        done = subprocess.run([self.path("image/bin/run")], check=True, capture_output=True,
                              text=True, cwd="/")
        self.assertEqual(done.stdout, "ran\n")
        self.assert_recorded("image", "my_demo-1.0_rc1.dist-info")

    def test_poetry_s_table_is_read(self):
        self.project('[tool.poetry]\nname = "demo"\nversion = "1.0"\ndescription = "d"\n'
                     '[tool.poetry.scripts]\ndemo = "demo:main"\n'
                     'ref = {reference = "demo:other", type = "console"}\n'
                     'tool = {reference = "tools/run.sh", type = "file"}\n',
                     "demo/__init__.py", "tools/run.sh")
        self.assertEqual(self.files(), ["bin/demo", "bin/ref", "bin/run.sh", "demo/__init__.py"])
        self.assert_recorded("image", INFO)

    def test_literal_versions_are_found_without_running_anything(self):
        head = '[project]\nname = "demo"\ndynamic = ["version"]\n'
        for table, path, text in (
                ('[tool.setuptools.dynamic]\nversion = {attr = "demo.VERSION"}\n',
                 "demo/__init__.py", "import missing\nVERSION: str = '1.0'  # c\n"),
                ('[tool.setuptools.dynamic]\nversion = {attr = "demo.about.v"}\n',
                 "demo/about.py", 'v = "1.0"\n'),
                ('[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n', "VERSION",
                 "1.0\n"),
                ('[tool.hatch.version]\npath = "demo/__init__.py"\n', "demo/__init__.py",
                 "__version__ = '1.0'\n")):
            with self.subTest(table=table):
                self.project(head + table, "demo/__init__.py")
                self.write(f"in/{path}", text)
                self.files()
                self.assertIn("demo/__init__.py", self.assert_recorded("image", INFO))
        os.remove(self.path("in/demo/about.py"))
        for table, text in (('[tool.setuptools.dynamic]\nversion = {attr = "demo.V"}\n',
                             "V = '1' + '2'\nV = f'{1}'\nVV = '1'\nV = call('1')\n"
                             "V = ''\nV = '\\x31'\n"),
                            ("[tool.setuptools_scm]\n", "")):
            with self.subTest(text=text):
                self.project(head + table, "demo/__init__.py")
                self.write("in/demo/__init__.py", text)
                self.assertEqual(self.files(), ["demo/__init__.py"])
                self.assertIn("in/pyproject.toml: warning: no dist-info is made",
                              self.result.stderr)

    def test_lists_of_the_project_are_followed(self):
        self.project(BASIC, "src/demo/__init__.py", "src/demo/a.log", "src/demo/b.log",
                     "src/demo/.env")
        self.write("in/.gitignore", "*.log\n!/src/demo/b.log\n")
        self.assertEqual(self.files(), ["demo/__init__.py", "demo/b.log"])
        self.assertEqual(self.files("--exclude", "b.log", "--include", "demo/a.log"),
                         ["demo/__init__.py", "demo/a.log"])

    def test_a_project_has_a_place_and_may_contain_the_image(self):
        self.project(BASIC + '[project.scripts]\ndemo = "demo:main"\n', "src/demo/__init__.py")
        self.kiln("build", "in=lib", "-o", "in/image")
        self.assertIn("bin/demo", self.assert_recorded("in/image", INFO, base="lib"))
        self.assertIn("is inside the source", self.kiln(
            "build", "in", "-o", "in/src/demo/image", status=2).stderr)

    def test_other_directories_with_a_pyproject_are_no_projects(self):
        for text, more in (("[tool.black]\n", ()), (BASIC, ("__init__.py",))):
            with self.subTest(text=text):
                self.project(text, "src/a.py", *more)
                self.assertIn("src/a.py", "\n".join(self.files()))

    def test_excludes_are_of_the_project_s_place(self):
        self.project(BASIC + '[tool.setuptools.packages.find]\nexclude = ["demo.no"]\n',
                     "demo/__init__.py", "demo/no/__init__.py")
        self.kiln("build", "in=[a]", "-o", "image")
        self.assertEqual(os.listdir(self.path("image/[a]/demo")), ["__init__.py", "__pycache__"])

    def test_a_project_of_setup_py_or_setup_cfg_is_a_warning(self):
        for name, text, told in (("setup.py", "", True), ("setup.cfg", "[metadata]\n", True),
                                 ("setup.cfg", "[flake8]\n", False)):
            with self.subTest(name=name, text=text):
                shutil.rmtree(self.path("in"), ignore_errors=True)
                self.write(f"in/{name}", text)
                self.write("in/demo/__init__.py")
                self.assertEqual(self.files(), sorted([name, "demo/__init__.py"]))
                self.assertEqual(
                    f"in/{name}: warning: does not decide what is taken" in self.result.stderr,
                    told)

    def test_links_of_a_project_lead_nowhere(self):
        self.write("secret/__init__.py")
        self.write("secret/version", "1.0")
        self.project(BASIC + '[tool.setuptools]\npackages = ["demo"]\n')
        os.symlink("../secret", self.path("in/demo"))
        self.files(status=1)
        self.assertIn("names 'demo', which is neither a directory nor a file", self.result.stderr)
        self.project(BASIC, "real/__init__.py")
        self.assertEqual(self.files(), ["real/__init__.py"])
        self.project('[project]\nname = "demo"\ndynamic = ["version"]\n'
                     '[tool.setuptools.dynamic]\nversion = {file = "demo/version"}\n')
        self.files()
        self.assertIn("no dist-info is made", self.result.stderr)

    def test_a_link_in_the_place_of_src_leads_nowhere(self):
        self.write("secret/key.py")
        self.project(BASIC, "real/src/demo/__init__.py")
        os.symlink("../secret", self.path("in/src"))
        self.files(status=1)
        self.assertIn("in/src: error: a link, which is not followed", self.result.stderr)
        os.symlink("../../secret", self.path("in/real/out"))
        for where in ("src", "real/out", "src/deep"):
            with self.subTest(where=where):
                self.project(BASIC + f'[tool.setuptools.packages.find]\nwhere = ["{where}"]\n')
                self.files(status=1)
                self.assertIn(f"in/pyproject.toml: error: 'where' names '{where}', which is not",
                              self.result.stderr)

    def test_what_is_no_package_is_not_found(self):
        table = '[tool.setuptools.packages.find]\nwhere = ["."]\n'
        self.project(BASIC + table, "demo/m.py", "build/lib/x.py", "dist/x.py", "a-b/x.py",
                     "__pycache__/x.py", "demo.egg-info/x.py", "ez_setup/__init__.py")
        self.assertEqual(self.files(), ["a-b/x.py", "demo/m.py"])
        self.project(BASIC + table + "namespaces = false\n", "build/__init__.py")
        self.assertEqual(self.files(), ["build/__init__.py"])

    def test_slashes_at_the_end_of_a_path_mean_nothing(self):
        for table in ('[tool.hatch.build.targets.wheel]\npackages = ["lib/demo/"]\n',
                      '[tool.setuptools.packages.find]\nwhere = ["lib/"]\n'):
            with self.subTest(table=table):
                self.project(BASIC + table, "lib/demo/__init__.py")
                self.assertEqual(self.files(), ["demo/__init__.py"])

    def test_names_of_what_is_excluded_are_no_globs(self):
        self.project(BASIC + '[tool.setuptools.packages.find]\nexclude = ["demo.a[*]"]\n',
                     "demo/__init__.py", "demo/a*/x.py", "demo/ab/x.py")
        self.assertEqual(self.files(), ["demo/__init__.py", "demo/ab/x.py"])

    def test_mistakes_are_named(self):
        for text, expected in (
                ("[project\n", "in/pyproject.toml:1"),
                (BASIC, "no packages found"),
                ('[project]\nname = "../x"\nversion = "1"\n[tool.setuptools]\n'
                 'packages = ["demo"]\n', "not a name of a distribution: '../x'"),
                ('[project]\nname = "x"\nversion = "1/2"\n[tool.setuptools]\n'
                 'packages = ["demo"]\n', "not a version: '1/2'"),
                (BASIC + '[tool.setuptools]\npackages = ["missing"]\n',
                 "names 'missing', which does not exist"),
                (BASIC + '[tool.setuptools]\npackages = ["..x...y"]\n',
                 "not a path inside the project"),
                (BASIC + '[tool.setuptools.packages.find]\nwhere = ["../other"]\n',
                 "not a path inside the project"),
                (BASIC + '[tool.hatch.build.targets.wheel]\npackages = ["/etc"]\n',
                 "'/etc' is not a path inside the project"),
                (BASIC + '[tool.hatch.build.targets.wheel.force-include]\na = "b"\n',
                 "in/pyproject.toml: error: names 'a', which does not exist"),
                (BASIC + '[tool.hatch.build.force-include]\n"../x" = "b"\n',
                 "'../x' is not a path inside the project"),
                (BASIC + '[tool.hatch.build.force-include]\n"docs" = "../b"\n',
                 "is not a path inside the image"),
                (BASIC + '[tool.setuptools.data-files]\n"../b" = ["docs/*"]\n',
                 "is not a path inside the image"),
                (BASIC + '[tool.flit.module]\nname = "nope"\n', "there is no module 'nope'"),
                (BASIC + '[tool.pdm.build]\nincludes = ["docs"]\n',
                 "'includes' of [tool.pdm.build] is not followed"),
                (BASIC + '[tool.setuptools.packages.find]\nwhere = ["nope"]\n',
                 "in/pyproject.toml: error: 'where' names 'nope', which is not a directory"),
                (BASIC + '[tool.setuptools.packages.find]\nwhere = ["pyproject.toml"]\n',
                 "in/pyproject.toml: error: 'where' names 'pyproject.toml', which is not"),
                (f'[project]\nname = "demo"\nversion = "{"1" * 300}"\n',
                 "in/pyproject.toml: error: name and version are too long"),
                (BASIC + '[[tool.poetry.packages]]\ninclude = "docs"\nto = "a/../b"\n',
                 "'a/../b' is not a path inside the image"),
                (BASIC + '[project.scripts]\n"g\\u0000h" = "os:x"\n', "a string with a NUL"),
                (BASIC + '[project.entry-points."x]\\n[console_scripts]\\nevil = os:system\\n[y"]\n'
                 'a = "b:c"\n', "not a name of a group of entry points: 'x]"),
                (BASIC + '[project.scripts]\n"[x]" = "a:b [y]"\n',
                 "not an entry point of the group 'console_scripts': '[x]' = 'a:b [y]'"),
                (BASIC + '[project.scripts]\nx = "a:b\\u2028[y]"\n', "not an entry point of"),
                (BASIC + '[[tool.poetry.packages]]\ninclude = "no/*"\n',
                 "names 'no/*', where no files are")):
            with self.subTest(text=text):
                self.project(text, "docs/a.txt")
                if "name = \"../x\"" in text or "1/2" in text:
                    self.write("in/demo/__init__.py")
                self.files(status=1)
                self.assertIn(expected, self.result.stderr)
                self.assertFalse(os.path.exists(self.path("image")))


if __name__ == "__main__":
    tap.main()
