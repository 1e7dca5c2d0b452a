"""Zip applications: what they run, with which line, and with shared objects in them."""
import glob
import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

MAIN = """import sys


def main():
    print('app', sys.argv[1:], sys.flags.optimize)
    return 7
"""

# A module of CPython's own that is a shared object, to put into packages.
SHARED = glob.glob(os.path.join(sysconfig.get_path("stdlib"), "lib-dynload", "_json.*.so"))

# Runs the application argv[1] with a hook that counts what is compiled.
COUNTED = """
import runpy, sys
compiled = []
def hook(event, arguments):
    if event == "compile" and arguments[1] not in ("<string>", None):
        compiled.append(arguments[1])
import zipimport, encodings.ascii
sys.argv = sys.argv[1:]
sys.addaudithook(hook)
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as error:
    print(error.code, compiled)
"""


class Applications(program.Case):
    def setUp(self):
        super().setUp()
        self.write("in/app/__init__.py", MAIN)
        self.write("in/app/__main__.py", "import app\nprint('module')\napp.main()\n")
        self.write("in/app/data.txt", "data\n")

    def run_image(self, name="a.pyz", *arguments, status=0, environment=None, options=()):
        found = subprocess.run([tap.PYTHON, "-I", *options, self.path(name), *arguments],
                               text=True, capture_output=True, cwd="/", env=environment)
        self.assertEqual(found.returncode, status, found.stderr)
        return found.stdout

    def test_a_function_is_run(self):
        self.kiln("build", "in", "-m", "app:main", "-o", "a.pyz")
        self.assertEqual(self.run_image("a.pyz", "x", status=7), "app ['x'] 0\n")

    def test_a_package_is_run(self):
        self.kiln("build", "in", "-m", "app", "-o", "a.pyz")
        self.assertEqual(self.run_image(), "module\napp [] 0\n")

    def test_it_runs_by_its_name(self):
        self.kiln("build", "in", "-m", "app:main", "-o", "a.pyz")
        self.assertEqual(os.stat(self.path("a.pyz")).st_mode, stat.S_IFREG | 0o755)
        found = subprocess.run([self.path("a.pyz")], text=True, stdout=subprocess.PIPE,
                               env={"PATH": os.path.dirname(tap.PYTHON) + ":/usr/bin:/bin"})
        self.assertEqual((found.returncode, found.stdout), (7, "app [] 0\n"))

    def test_the_line_is_chosen_and_has_the_level(self):
        for options, line in ((), b"#!/usr/bin/env python3"), (
                ("--optimize", "1"), b"#!/usr/bin/env -S python3 -O"), (
                ("--optimize", "2"), b"#!/usr/bin/env -S python3 -OO"), (
                ("--optimize", "2", "--shebang", "#!/opt/python"), b"#!/opt/python"):
            with self.subTest(options=options):
                self.kiln("build", "in", *options, "-m", "app:main", "-o", "a.pyz")
                self.assertEqual(program.read(self.path("a.pyz")).split(b"\n")[0], line)
                self.run_image(status=7)

    def test_nothing_is_compiled_at_a_start(self):
        for options in ((), ("--layout", "bytecode")):
            self.kiln("build", "in", "-m", "app:main", *options, "-o", "a.pyz")
            found = subprocess.run([tap.PYTHON, "-I", "-B", "-c", COUNTED, self.path("a.pyz")],
                                   text=True, stdout=subprocess.PIPE, check=True)
            self.assertEqual(found.stdout, "app [] 0\n7 []\n")

    def test_the_only_console_script_is_run(self):
        self.write("in/app-1.dist-info/METADATA", wheels.metadata("app", "1"))
        self.write("in/app-1.dist-info/entry_points.txt", "[console_scripts]\nrun = app:main\n")
        self.kiln("build", "in", "-o", "a.pyz")
        self.assertEqual(self.run_image(status=7), "app [] 0\n")
        self.assertNotIn("bin/run", subprocess.run(
            ["/usr/bin/zipinfo", "-1", self.path("a.pyz")], text=True, check=True,
            stdout=subprocess.PIPE).stdout)

    def test_a_script_is_chosen_by_its_name(self):
        self.write("in/app-1.dist-info/METADATA", wheels.metadata("app", "1"))
        self.write("in/app-1.dist-info/entry_points.txt",
                   "[console_scripts]\nrun = app:main\nother = app.other:f\n")
        result = self.kiln("build", "in", "-o", "a.pyz", status=2)
        self.assertIn("--entry with one of run, other", result.stderr)
        result = self.kiln("build", "in", "--entry", "none", "-o", "a.pyz", status=2)
        self.assertIn("no distribution in the image has a script 'none'", result.stderr)
        self.kiln("build", "in", "--entry", "run", "-o", "a.pyz")
        self.assertEqual(self.run_image(status=7), "app [] 0\n")
        self.write("in/app-1.dist-info/entry_points.txt", "[console_scripts]\nrun = app:None.x\n")
        for options in ((), ("--entry", "run")):
            result = self.kiln("build", "in", *options, "-o", "a.pyz", status=2)
            self.assertIn("the script 'run' is of 'app:None.x', which no source can import",
                          result.stderr)

    def test_the_sources_main_program_is_run(self):
        self.write("in/__main__.py", "print('own')\n")
        self.kiln("build", "in", "-o", "a.pyz")
        self.assertEqual(self.run_image(), "own\n")
        result = self.kiln("build", "in", "-m", "app:main", "-o", "a.pyz", status=2)
        self.assertIn("'in/__main__.py' is the main program already", result.stderr)

    def test_without_anything_to_run_nothing_is_made(self):
        result = self.kiln("build", "in", "-o", "a.pyz", status=2)
        self.assertIn("give -m PACKAGE:FUNCTION", result.stderr)
        self.assert_only(["in"])

    def test_what_to_run_must_be_a_function_of_a_module(self):
        for word in ("", ":main", "app:", "app main", "app:main [x]", "1app", "app;x", "app:class",
                     "in.app:main", "app:\u20ac"):
            with self.subTest(word=word):
                self.kiln("build", "in", "-m", word, "-o", "a.pyz", status=2)

    def test_metadata_and_data_are_found(self):
        self.write("in/app-1.dist-info/METADATA", wheels.metadata("app", "1"))
        self.write("in/find.py", "import importlib.metadata, importlib.resources\n\n\n"
                                 "def main():\n"
                                 "    print(importlib.metadata.version('app'))\n"
                                 "    print(importlib.resources.read_text('app', 'data.txt'))\n")
        self.kiln("build", "in", "-m", "find:main", "-o", "a.pyz")
        self.assertEqual(self.run_image(options=("-Wignore",)), "1\ndata\n\n")

    def test_links_are_copies(self):
        os.symlink("data.txt", self.path("in/app/link.txt"))
        os.symlink("__init__.py", self.path("in/app/linked.py"))
        self.write("in/read.py", "import pkgutil\nimport app.linked\n\n\ndef main():\n"
                                 "    print(pkgutil.get_data('app', 'link.txt'))\n")
        self.kiln("build", "in", "-m", "read:main", "-o", "a.pyz")
        self.assertEqual(self.run_image(), "b'data\\n'\n")

    def test_a_link_to_a_directory_is_an_error(self):
        os.symlink("app", self.path("in/linked"))
        result = self.kiln("build", "in", "-m", "app:main", "-o", "a.pyz", status=1)
        self.assertIn("a link to 'app', which is not a file in the image", result.stderr)
        with zipfile.ZipFile(self.path("a.pyz")) as archive:
            self.assertNotIn("linked", archive.namelist())

    def test_the_options_are_for_applications(self):
        result = self.kiln("build", "in", "-m", "app:main", "-o", "a.tar", status=2)
        self.assertIn("for applications", result.stderr)


@unittest.skipUnless(SHARED, "CPython here has no modules that are shared objects")
class Native(program.Case):
    MAIN = ("import os\nimport sys\nfrom app import _json\n\n\ndef main():\n"
            "    print(_json.__file__)\n    print(_json.encode_basestring('x'))\n")

    def setUp(self):
        super().setUp()
        self.write("in/app/__init__.py", "")
        self.write("in/app/run.py", self.MAIN)
        self.name = os.path.basename(SHARED[0])
        shutil.copy(SHARED[0], self.path("in/app", self.name))
        self.cache = self.path("cache")
        os.mkdir(self.cache, 0o700)

    def build(self):
        self.kiln("build", "in", "-m", "app.run:main", "--extract-native", "-o", "a.pyz")

    def start(self, cache=None, **variables):
        environment = {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": cache or self.cache,
                       "TMPDIR": self.directory, **variables}
        found = subprocess.run([tap.PYTHON, self.path("a.pyz")], text=True, capture_output=True,
                               env=environment)
        self.assertEqual(found.returncode, 0, found.stderr)
        path, answer = found.stdout.splitlines()
        self.assertEqual(answer, '"x"')
        return path

    def test_without_the_option_the_object_is_named(self):
        result = self.kiln("build", "in", "-m", "app.run:main", "-o", "a.pyz", status=2)
        self.assertIn(f"'in/app/{self.name}' is a shared object", result.stderr)

    def test_it_is_unpacked_once(self):
        self.build()
        path = self.start()
        self.assertTrue(path.startswith(os.path.join(self.cache, "kiln-native") + "/"))
        self.assertTrue(path.endswith("/app/" + self.name))
        before = os.stat(path)
        self.assertEqual(self.start(), path)
        self.assertEqual(os.stat(path), before)
        self.assertEqual(len(os.listdir(os.path.join(self.cache, "kiln-native"))), 1)
        self.assertEqual(os.stat(os.path.join(self.cache, "kiln-native")).st_mode & 0o777, 0o700)

    def test_other_content_is_unpacked_beside(self):
        self.build()
        path = self.start()
        with open(self.path("in/app", self.name), "ab") as file:
            file.write(b"\0")
        self.build()
        self.assertNotEqual(self.start(), path)
        self.assertEqual(len(os.listdir(os.path.join(self.cache, "kiln-native"))), 2)

    def test_what_is_broken_is_replaced(self):
        self.build()
        path = self.start()
        os.truncate(path, 10)
        self.assertEqual(self.start(), path)
        self.assertEqual(os.listdir(os.path.join(self.cache, "kiln-native")),
                         [os.path.basename(os.path.dirname(os.path.dirname(path)))])

    def test_a_cache_that_others_may_write_is_not_used(self):
        self.build()
        os.mkdir(os.path.join(self.cache, "kiln-native"))
        for path in (self.cache, os.path.join(self.cache, "kiln-native")):
            os.chmod(path, 0o777)
            found = self.start()
            self.assertTrue(found.startswith(self.path("kiln-native-")), found)
            os.chmod(path, 0o700)
        os.chmod(self.cache, 0o700)
        self.assertTrue(self.start().startswith(self.cache))

    def test_the_cache_may_be_a_link(self):
        self.build()
        os.symlink(self.cache, self.path("link"))
        path = self.start(self.path("link"))
        self.assertTrue(path.startswith(os.path.join(self.cache, "kiln-native") + "/"), path)
        self.assertEqual(self.start(self.path("link")), path)

    def test_a_link_in_the_cache_is_not_followed(self):
        self.build()
        os.mkdir(self.path("elsewhere"), 0o700)
        os.symlink(self.path("elsewhere"), os.path.join(self.cache, "kiln-native"))
        self.assertTrue(self.start().startswith(self.path("kiln-native-")))
        self.assertEqual(os.listdir(self.path("elsewhere")), [])

    def test_without_a_cache_it_is_unpacked_for_one_run(self):
        self.build()
        for cache in ("/proc/none", "relative"):
            path = self.start(cache)
            self.assertTrue(path.startswith(self.path("kiln-native-")))
            self.assertFalse(os.path.exists(path))
        self.assertFalse(glob.glob(self.path("kiln-native-*")))

    def test_many_starts_at_once_agree(self):
        self.build()
        environment = {"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": self.cache}
        runs = [subprocess.Popen([tap.PYTHON, self.path("a.pyz")], stdout=subprocess.PIPE,
                                 text=True, env=environment) for _ in range(6)]
        paths = {run.communicate()[0].splitlines()[0] for run in runs}
        self.assertEqual((len(paths), {run.returncode for run in runs}), (1, {0}))
        self.assertEqual(len(os.listdir(os.path.join(self.cache, "kiln-native"))), 1)


if __name__ == "__main__":
    tap.main()
