"""Editable installations in sources of images: resolved, or named with what to do."""
import json
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

INFO = "demo-1.0.dist-info"
PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "demo"
version = "1.0"
[project.scripts]
demo = "demo:main"
"""


class Editable(wheels.Case):
    def site(self, pth, *, name="__editable__.demo-1.0.pth", editable=True):
        """A site-packages with an editable installation, as installers write it."""
        info = wheels.wheel_files("demo", "1.0", {}, scripts={"demo": "demo:main"})
        info[name] = pth.encode()
        info[f"{INFO}/direct_url.json"] = json.dumps(
            {"url": "file:///x", "dir_info": {"editable": editable}}).encode()
        info[f"{INFO}/RECORD"] = wheels.record("demo", "1.0", info).encode()
        for path, data in info.items():
            self.write(f"site/{path}", data)

    def files(self):
        return self.assert_recorded("image", INFO)

    def test_pip_s_editable_installations(self):
        self.venv("venv", "--system-site-packages")
        for layout, path in (("src", "src/demo/__init__.py"), ("flat", "demo/__init__.py")):
            with self.subTest(layout=layout):
                self.write(f"{layout}/pyproject.toml", PROJECT)
                self.write(f"{layout}/{path}", wheels.DEMO["demo/__init__.py"])
                self.write(f"{layout}/tests/test_x.py")
                try:
                    self.pip("install", "--no-build-isolation", "--no-deps", "-e",
                             self.path(layout))
                except AssertionError as error:
                    if "bdist_wheel" in str(error) or "setuptools" in str(error):
                        raise unittest.SkipTest("setuptools or wheel is not installed") from None
                    raise
                if layout == "flat":
                    result = self.kiln("build", "venv", "-o", "image", status=1)
                    self.assertIn("an editable installation whose packages only its code finds",
                                  result.stderr)
                    continue
                self.kiln("build", "venv", "-o", "image")
                self.assertEqual(
                    {name for name in self.files() if ".dist-info/" not in name},
                    {"bin/demo", "demo/__init__.py", program.cached("demo/__init__.py")})
                self.assertNotIn(f"{INFO}/direct_url.json", self.files())
                self.assertEqual(os.listdir(self.path("image")).count("demo.egg-info"), 0)

    def test_a_path_leads_to_the_packages_of_a_project(self):
        for paths, pth, expected in (
                (("p/setup.py", "p/src/demo/__init__.py", "p/src/demo.egg-info/PKG-INFO"),
                 "p/src", {"demo/__init__.py"}),
                (("p/pyproject.toml", "p/demo/__init__.py", "p/tests/t.py"), "p",
                 {"demo/__init__.py"}),
                (("q/demo/__init__.py", "q/more.txt"), "q", {"demo/__init__.py", "more.txt"})):
            with self.subTest(pth=pth):
                for path in paths:
                    self.write(path, "")
                self.site(f"# comment\n\n{self.path(pth)}\n")
                self.kiln("build", "site", "-o", "image", "--exclude", "*.pyc")
                self.assertEqual({name for name in self.files() if ".dist-info/" not in name
                                  and not name.endswith(".pyc")} - {"bin/demo"}, expected)

    def test_the_image_runs_without_the_project(self):
        self.write("p/src/demo/__init__.py", wheels.DEMO["demo/__init__.py"])
        self.write("p/pyproject.toml", PROJECT)
        self.site(self.path("p/src") + "\n")
        self.kiln("build", "site=lib", "-o", "image", "--layout", "bytecode")
        self.assertEqual(self.assert_recorded("image", INFO, base="lib") & {
            "demo/__init__.pyc", "bin/demo"}, {"demo/__init__.pyc", "bin/demo"})
        os.rename(self.path("p"), self.path("gone"))
        self.assertEqual(self.run_python("import demo; demo.main()", "image/lib"), "demo []\n")

    def test_other_backends_editable_installations(self):
        self.venv("venv", "--system-site-packages")
        for backend, head in (
                ("poetry.core.masonry.api", '[tool.poetry]\ndescription = "d"\nauthors = []\n'),
                ("flit_core.buildapi", '[project]\ndescription = "d"\n')):
            with self.subTest(backend=backend):
                shutil.rmtree(self.path("p"), ignore_errors=True)
                self.write("p/pyproject.toml", '[build-system]\nrequires = []\nbuild-backend = '
                           f'"{backend}"\n{head}name = "demo"\nversion = "1.0"\n')
                self.write("p/src/demo/__init__.py", '"""Doc."""\n')
                try:
                    self.pip("install", "--no-build-isolation", "--no-deps", "-e", self.path("p"))
                except AssertionError as error:
                    if "No module named" in str(error) or "Cannot import" in str(error):
                        raise unittest.SkipTest(f"{backend} is not installed") from None
                    raise
                self.kiln("build", "venv", "-o", "image")
                self.assertIn("demo/__init__.py", self.files())

    def test_links_of_setup_py_develop(self):
        self.write("p/setup.py", "")
        self.write("p/demo/__init__.py", "")
        self.write("venv/pyvenv.cfg", "")
        site = "venv/lib/python%d.%d/site-packages" % sys.version_info[:2]
        self.write(f"{site}/demo.egg-link", self.path("p") + "\n.")
        result = self.kiln("build", "venv", "-o", "image", status=1)
        self.assertIn(f"demo.egg-link: error: an editable installation of '{self.path('p')}', to "
                      "which no .pth leads", result.stderr)
        self.kiln("build", "venv", "-o", "image", "--exclude", "*.egg-link")
        self.write(f"{site}/easy-install.pth", self.path("p") + "\n")
        self.kiln("build", "venv", "-o", "image", "--force")
        self.assertEqual([path for path in ("demo.egg-link", "easy-install.pth", "demo")
                          if os.path.exists(self.path(f"image/{path}"))], ["demo"])

    def test_code_of_an_editable_installation_needs_no_name(self):
        self.site("import _demo\n", name="_demo.pth")
        result = self.kiln("build", "site", "-o", "image", status=1)
        self.assertIn("site/_demo.pth: error: an editable installation whose packages only its "
                      "code finds", result.stderr)

    def test_what_cannot_be_resolved_is_an_error_that_says_what_to_do(self):
        for pth, expected in (
                ("import __editable___demo_1_0_finder; __editable___demo_1_0_finder.install()\n",
                 "or exclude this file and its dist-info, and name the project as SOURCE"),
                ("import x\n/tmp\n", "install it without -e"),
                ("/missing/directory\n", "names '/missing/directory', which is not a directory")):
            with self.subTest(pth=pth):
                self.site(pth)
                result = self.kiln("build", "site", "-o", "image", status=1)
                self.assertIn("site/__editable__.demo-1.0.pth: error: ", result.stderr)
                self.assertIn(expected, result.stderr)
        os.remove(self.path("site/__editable__.demo-1.0.pth"))
        result = self.kiln("build", "site", "-o", "image", status=1)
        self.assertIn(f"site/{INFO}: error: an editable installation of 'file:///x' without a .pth",
                      result.stderr)

    def test_an_excluded_pth_is_not_looked_at(self):
        self.site("import editable_finder\n")
        self.kiln("build", "site", "-o", "image", "--exclude", "__editable__*")
        self.write("p/pyproject.toml", PROJECT)
        self.write("p/demo/__init__.py", "")
        self.kiln("build", "site", "p", "-o", "image", "--exclude", "__editable__*", "--exclude",
                  f"/site/{INFO}", status=1)  # the project's own is another one
        self.kiln("build", "site=lib", "p", "-o", "image", "--exclude", "__editable__*",
                  "--exclude", f"/lib/{INFO}")
        self.assertIn("demo/__init__.py", self.files())

    def test_a_pth_in_a_plain_directory_leads_nowhere(self):
        self.write("secret/key.txt", "s")
        self.site("import editable\n", editable=False)
        self.write("site/demo/__init__.py", "")
        for text in (self.path("secret") + "\n", "/missing\n", "#" * (1 << 20) + "\n\n"):
            with self.subTest(text=text[:20]):
                self.write("site/x.pth", text)
                self.write("site/sub/y.pth", text)
                result = self.kiln("build", "site", "-o", "image")
                self.assertEqual(os.path.exists(self.path("image/key.txt")), False)
                self.assertEqual(program.read(self.path("image/x.pth")), text.encode())
                self.assertEqual([message.path for message in program.messages(result.stderr)],
                                 ["site/__editable__.demo-1.0.pth"])
        self.wheel("demo", "1.0", {"x.pth": self.path("secret") + "\n", f"{INFO}/direct_url.json":
                   '{"url": "file:///x", "dir_info": {"editable": true}}'})
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image")
        self.assertEqual(program.messages(result.stderr), [])
        self.assertEqual(os.path.exists(self.path("image/key.txt")), False)

    def test_what_is_read_outside_of_the_source_is_told(self):
        self.write("p/demo/__init__.py", "")
        self.write("site/sub/more.py", "")
        self.site(f"{self.path('p')}\n{self.path('site/sub')}\n")
        result = self.kiln("build", "site", "-o", "image")
        self.assertEqual([(message.path, message.kind, message.text)
                          for message in program.messages(result.stderr)],
                         [("site/__editable__.demo-1.0.pth", "warning", "the image gets what is "
                           f"in '{self.path('p')}', outside of 'site'")])
        self.write("venv/pyvenv.cfg", "")
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        site = f"venv/lib/python{version}/site-packages"
        self.write(f"{site}/easy-install.pth", self.path("p") + "\n")
        self.write("venv/more/more.py", "")
        self.write(f"{site}/more.pth", self.path("venv/more") + "\n")
        result = self.kiln("build", "venv", "-o", "image", "--python", version)
        self.assertEqual([message.text for message in program.messages(result.stderr)],
                         [f"the image gets what is in '{self.path('p')}', outside of 'venv'"])
        self.assertTrue({"demo/__init__.py", "more.py"} <= set(program.tree(self.path("image"))))

    def test_code_in_the_pth_of_a_wheel_is_a_warning(self):
        self.wheel("demo", "1.0", {"hook.pth": "import sys; sys.x = 1\n", "sub/other.pth":
                                   "import sys\n", "plain.pth": "sub\n"})
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image")
        self.assertEqual([(message.path, message.kind)
                          for message in program.messages(result.stderr)],
                         [("demo-1.0-py3-none-any.whl: hook.pth", "warning"),
                          ("demo-1.0-py3-none-any.whl: plain.pth", "warning")])
        self.assertTrue(os.path.exists(self.path("image/hook.pth")))
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image", "--exclude",
                           "hook.pth", "--exclude", "plain.pth")
        self.assertEqual(program.messages(result.stderr), [])

    def test_other_code_is_a_warning_and_stays(self):
        self.site("import sys; sys.x = 1\n", name="hook.pth", editable=False)
        self.write("site/demo/__init__.py", "")
        self.write("site/relative.pth", "sub\n")
        result = self.kiln("build", "site", "-o", "image")
        self.assertEqual([(message.path, message.kind)
                          for message in program.messages(result.stderr)],
                         [("site/hook.pth", "warning")])
        self.assertIn("hook.pth", self.files())
        self.assertTrue(os.path.exists(self.path("image/relative.pth")))

    def test_relative_paths_are_those_of_the_site_directory(self):
        self.write("p/demo/__init__.py", wheels.DEMO["demo/__init__.py"])
        self.write("other/more.py", "")
        self.write("venv/pyvenv.cfg", "")
        site = f"venv/lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        self.write(f"{site}/sub/inner.py", "")
        self.write(f"{site}/mixed.pth", f"{self.path('other')}\n../../../../p\n./sub/\n")
        result = self.kiln("build", "venv", "-o", "image")
        self.assertEqual({path for path in program.tree(self.path("image"))
                          if path.endswith(".py")},
                         {"demo/__init__.py", "inner.py", "more.py", "sub/inner.py"})
        self.assertEqual(sorted(message.text.partition("image gets ")[2]
                                for message in program.messages(result.stderr)),
                         [f"what is in '{self.path('other')}', outside of 'venv'",
                          "what is in 'p', outside of 'venv'"])
        self.assertEqual(self.run_python("import demo, inner; demo.main()", "image"), "demo []\n")
        self.write(f"{site}/mixed.pth", "gone\n")
        result = self.kiln("build", "venv", "-o", "image", status=1)
        self.assertIn(f"{site}/mixed.pth: error: names '{site}/gone', which is not a directory",
                      result.stderr)

    def test_relative_paths_of_an_editable_installation(self):
        self.write("p/demo/__init__.py", "")
        self.site("../p\n")
        self.kiln("build", "site", "-o", "image")
        self.assertIn("demo/__init__.py", self.files())

    def test_a_relative_path_that_is_not_resolved_is_named(self):
        self.write("site/sub/inner.py", "")
        self.write("site/x.pth", "sub\nmissing\n/tmp\n")
        result = self.kiln("build", "site", "-o", "image")
        self.assertEqual([(message.path, message.kind)
                          for message in program.messages(result.stderr)],
                         [("site/x.pth", "warning")])
        self.assertIn("names 'sub', which Python adds to its path", result.stderr)
        self.assertTrue(os.path.exists(self.path("image/x.pth")))


if __name__ == "__main__":
    tap.main()
