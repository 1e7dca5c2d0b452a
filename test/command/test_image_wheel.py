"""Wheels: their names, tags and RECORD, and the installers that take them."""
import csv
import glob
import io
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

PYTHON_TAG = "cp{}{}".format(*sys.version_info)
PLATFORM = f"linux_{platform.machine()}"
SHARED = glob.glob(os.path.join(sysconfig.get_path("stdlib"), "lib-dynload", "_json.*.so"))


class Wheels(wheels.Case):
    NAME = "my_app-1.5-py3-none-any.whl"
    OPTIONS = ("--name", "My.App", "--version", "1.5")

    def setUp(self):
        super().setUp()
        self.write("in/app/__init__.py", "def main():\n    print('it runs')\n")
        self.write("in/app/Ünï, data.txt", "data\n")
        os.symlink("Ünï, data.txt", self.path("in/app/link.txt"))
        os.mkdir(self.path("in/app/empty"))

    def read(self, name):
        """The content of a wheel: {path: bytes}, in its order."""
        with zipfile.ZipFile(self.path(name)) as archive:
            return {path: archive.read(path) for path in archive.namelist()}

    def assert_whole(self, name, info):
        """The RECORD, last of all, has every file; what it has of the content is right."""
        content = self.read(name)
        self.assertEqual(list(content)[-1], f"{info}/RECORD")
        text = content.pop(f"{info}/RECORD").decode()
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(text))}
        self.assertEqual(rows.pop(f"{info}/RECORD"), ["", ""])
        self.assertEqual(rows, {path: [wheels.digest(data), str(len(data))]
                                for path, data in content.items()})
        return content

    def test_options_say_what_it_is(self):
        self.kiln("build", "in", *self.OPTIONS, "--requires", "attrs >= 20",
                  "--requires", "six; python_version < '3'", "--entry-point", "run=app:main",
                  "-o", self.NAME)
        content = self.assert_whole(self.NAME, "my_app-1.5.dist-info")
        self.assertEqual(list(content), [
            "app/__init__.py", "app/link.txt", "app/Ünï, data.txt",
            "my_app-1.5.dist-info/METADATA", "my_app-1.5.dist-info/WHEEL",
            "my_app-1.5.dist-info/entry_points.txt"])
        self.assertEqual(content["app/link.txt"], b"data\n")
        self.assertEqual(content["my_app-1.5.dist-info/METADATA"].decode(),
                         "Metadata-Version: 2.1\nName: My.App\nVersion: 1.5\n"
                         "Description-Content-Type: text/plain\n"
                         "Requires-Dist: attrs >= 20\n"
                         "Requires-Dist: six; python_version < '3'\n")
        self.assertIn(b"Root-Is-Purelib: true\nTag: py3-none-any\n",
                      content["my_app-1.5.dist-info/WHEEL"])
        self.assertEqual(content["my_app-1.5.dist-info/entry_points.txt"],
                         b"[console_scripts]\nrun = app:main\n")

    def test_pip_installs_runs_and_uninstalls_it(self):
        packages = self.venv()
        before = set(program.tree(packages))
        for options, name in (((), self.NAME), (
                ("--layout", "bytecode"), f"my_app-1.5-{PYTHON_TAG}-none-any.whl")):
            with self.subTest(name=name):
                self.kiln("build", "in", *self.OPTIONS, "--entry-point", "run=app:main", *options,
                          "-o", name)
                self.pip("install", self.path(name))
                run = subprocess.run([self.path("venv/bin/run")], check=True, text=True,
                                     stdout=subprocess.PIPE)
                self.assertEqual(run.stdout, "it runs\n")
                self.assertIn("My.App", self.pip("list"))
                self.pip("check")
                self.pip("uninstall", "-y", "my-app")
                self.assertEqual({path for path in program.tree(packages)
                                  if "__pycache__" not in path} - before, set())

    def test_the_content_of_a_dist_info_is_kept(self):
        self.write("in/Other_Name-2.dist-info/METADATA",
                   wheels.metadata("Other-Name", "2", "Summary: What it is"))
        for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "WHEEL"):
            self.write(f"in/Other_Name-2.dist-info/{name}",
                       '{"url": "https://example.com/a.whl", "archive_info": {}}'
                       if name == "direct_url.json" else "")
        self.write("in/Other_Name-2.dist-info/licenses/LICENSE", "text\n")
        name = "other_name-2-py3-none-any.whl"
        self.kiln("build", "in", "-o", name)
        content = self.assert_whole(name, "Other_Name-2.dist-info")
        self.assertEqual([path for path in content if "dist-info" in path], [
            "Other_Name-2.dist-info/METADATA", "Other_Name-2.dist-info/WHEEL",
            "Other_Name-2.dist-info/licenses/LICENSE"])
        self.venv()
        self.pip("install", self.path(name))

    def test_the_name_of_a_dist_info_is_that_of_its_metadata(self):
        for info in ("other-2", "p-2", "other-1.0_1", "p-1.0_1"):
            with self.subTest(info=info):
                self.write(f"{info}/{info}.dist-info/METADATA", wheels.metadata("P", "1.0-1"))
                name = "p-1.0_1-py3-none-any.whl"
                status = 0 if info == "p-1.0_1" else 2
                result = self.kiln("build", info, "-o", name, status=status)
                if status:
                    self.assertIn(f"the METADATA of '{info}.dist-info' is of another name or "
                                  "version: name the directory 'p-1.0_1.dist-info'", result.stderr)

    def test_a_version_with_a_dash_is_the_same_in_both_names(self):
        name = "my_app-1.0_1-py3-none-any.whl"
        self.kiln("build", "in", "--name", "My.App", "--version", "1.0-1", "-o", name)
        content = self.assert_whole(name, "my_app-1.0_1.dist-info")
        self.assertIn(b"Version: 1.0-1\n", content["my_app-1.0_1.dist-info/METADATA"])

    def test_twine_accepts_it(self):
        if not shutil.which("twine", path="/usr/bin:/bin"):
            self.skipTest("twine is not installed")
        self.kiln("build", "in", *self.OPTIONS, "-o", self.NAME)
        found = subprocess.run(["/usr/bin/twine", "--no-color", "check", self.NAME], text=True,
                               cwd=self.directory, capture_output=True)
        self.assertEqual(found.returncode, 0, found.stdout)

    def test_the_name_must_be_the_right_one(self):
        for name in ("app.whl", "My.App-1.5-py3-none-any.whl",
                     f"my_app-1.5-{PYTHON_TAG}-none-any.whl"):
            with self.subTest(name=name):
                result = self.kiln("build", "in", *self.OPTIONS, "-o", name, status=2)
                self.assertIn(f"'{name}' is not the name of this wheel: name it '{self.NAME}'",
                              result.stderr)
        self.assert_only(["in"])

    def test_what_a_wheel_needs_is_asked_for(self):
        result = self.kiln("build", "in", "-o", self.NAME, status=2)
        self.assertIn("give --name and --version", result.stderr)
        self.write("in/a-1.dist-info/METADATA", wheels.metadata("a", "1"))
        result = self.kiln("build", "in", *self.OPTIONS, "-o", self.NAME, status=2)
        self.assertIn("'a-1.dist-info' says what the wheel is", result.stderr)
        self.write("in/b-1.dist-info/METADATA", wheels.metadata("b", "1"))
        result = self.kiln("build", "in", "-o", self.NAME, status=2)
        self.assertIn("'a-1.dist-info' and 'b-1.dist-info'", result.stderr)
        result = self.kiln("build", "in", *self.OPTIONS, "-o", "a.zip", status=2)
        self.assertIn("are for wheels", result.stderr)

    def test_values_that_would_be_other_lines_are_refused(self):
        for option, value in (("--name", "a\nb"), ("--name", "-a"), ("--version", "1\n2"),
                              ("--version", "1/2"), ("--requires", "a\nName: b"),
                              ("--entry-point", "a=b"), ("--entry-point", "a\n[b]=c:d"),
                              ("--entry-point", "a/b=c:d"), ("--entry-point", "=c:d"),
                              ("--entry-point", "a=c.if:d"), ("--entry-point", "a=c:d.None"),
                              ("--entry-point", "a=c:\u20ac")):
            with self.subTest(option=option, value=value):
                self.kiln("build", "in", *self.OPTIONS, option, value, "-o", self.NAME, status=2)

    def test_versions_are_those_of_installers(self):
        for version in ("banana", "1.", "1..0", "1.0-beta-x", "1.0+", "1.0 ", "1.0!1", "1\u0661"):
            with self.subTest(version=version):
                result = self.kiln("build", "in", *self.OPTIONS, "--version", version,
                                   "-o", "w", "--format", "whl", status=2)
                self.assertIn("as Python's installers take it", result.stderr)
        for version in ("0", "1!2.0", "v1.0", "1.0RC1", "1.0.post2.dev3", "1.0-1", "1.0.alpha-2",
                        "1.0+ubuntu.1", "2024.1.dev"):
            with self.subTest(version=version):
                name = f"my_app-{version.replace('-', '_')}-py3-none-any.whl"
                result = self.kiln("build", "in", *self.OPTIONS, "--version", version,
                                   "-o", name, status=None)
                self.assertNotIn("as Python's installers take it", result.stderr)

    def test_a_wheel_is_a_source_again(self):
        self.kiln("build", "in", *self.OPTIONS, "-o", self.NAME)
        with zipfile.ZipFile(self.path(self.NAME)) as archive:
            archive.extractall(self.path("again"))
        os.mkdir(self.path("out"))
        self.kiln("build", "again", "-o", "out/" + self.NAME)
        self.assertEqual(self.read("out/" + self.NAME), self.read(self.NAME))

    @unittest.skipUnless(SHARED, "CPython here has no modules that are shared objects")
    def test_extension_modules_give_the_tag(self):
        for file, tag in ((f"app/_m.cpython-{PYTHON_TAG[2:]}-x.so", f"{PYTHON_TAG}-{PYTHON_TAG}"),
                          ("app/_m.abi3.so", f"{PYTHON_TAG}-abi3"), ("app/lib.so.1", "py3-none")):
            with self.subTest(file=file):
                shutil.copy(SHARED[0], self.path("in", file))
                name = f"my_app-1.5-{tag}-{PLATFORM}.whl"
                self.kiln("build", "in", *self.OPTIONS, "-o", name)
                content = self.assert_whole(name, "my_app-1.5.dist-info")
                self.assertIn(f"Root-Is-Purelib: false\nTag: {tag}-{PLATFORM}\n".encode(),
                              content["my_app-1.5.dist-info/WHEEL"])
                os.unlink(self.path("in", file))

    def test_pip_takes_a_wheel_with_an_extension_module(self):
        if not SHARED:
            self.skipTest("CPython here has no modules that are shared objects")
        shutil.copy(SHARED[0], self.path("in/app"))
        name = f"my_app-1.5-{PYTHON_TAG}-{PYTHON_TAG}-{PLATFORM}.whl"
        self.kiln("build", "in", *self.OPTIONS, "-o", name)
        self.venv()
        self.pip("install", self.path(name))
        subprocess.run([self.path("venv/bin/python"), "-c", "import app._json"], check=True)


if __name__ == "__main__":
    tap.main()
