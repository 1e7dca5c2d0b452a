"""`kiln image --check-imports` sees what Python compiles of an image, and the order of imports."""
import ast
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

FILES = {
    "app/__init__.py": "from app import late\n",
    "app/early.py": "print('noise'); VALUE = 1\n",
    "app/late.py": "import app.early\n",
    "app/__main__.py": "raise SystemExit('must not run')\n",
    "app/broken.py": "import missing_module_of_nobody\n",
    "app/ends.py": "raise SystemExit(3)\n",
    "other.py": "import app\n",
    "bin/not-a-module.py": "raise SystemExit('must not run')\n",
}


class Imports(tap.Case):
    def setUp(self):
        super().setUp()
        for path, text in FILES.items():
            self.write(os.path.join("in", path), text)

    def check(self, image, *options, status=0):
        return self.kiln("image", "--check-imports", *options, image, status=status)

    def test_of_images_of_kiln_nothing_is_compiled(self):
        self.write("in/__main__.py", "import app\n")
        for name in ("image", "a.zip", "a.pyz"):
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", name)
                before = program.tree(self.path(name)) if name == "image" else None
                result = self.check(name, status=1)  # as some modules cannot be imported
                self.assertEqual(result.stdout, "")
                self.assertIn("kiln: 4 imported, 0 compiled, 2 failed", result.stderr)
                self.assertIn(f"{name}: warning: cannot import app.broken: "
                              "ModuleNotFoundError: No module named", result.stderr)
                self.assertIn("cannot import app.ends: SystemExit: 3", result.stderr)
                self.assertNotIn("must not run", result.stderr)
                if before:
                    self.assertEqual(program.tree(self.path(name)), before)

    def test_a_zip_that_cannot_be_imported_from_is_named(self):
        is_read = sys.version_info >= (3, 13)
        self.write("one/app.py", "VALUE = 1\n")
        self.kiln("build", "one", "-o", "large.zip")
        with zipfile.ZipFile(self.path("large.zip"), "a") as archive:
            for number in range(1 << 16):
                archive.writestr(f"{number}/", "")
            archive.comment = b"a comment"
        imported = subprocess.run(
            [sys.executable, "-I", "-c", "import sys; sys.path[:0] = ['large.zip']; import app"],
            check=False, capture_output=True, cwd=self.directory)
        self.assertEqual(imported.returncode == 0, is_read)
        verified = self.kiln("image", "--verify", "large.zip")
        self.assertEqual("app.py: is in a zip archive with zip64, from which Python imports since "
                         "3.13\n" in verified.stdout, not is_read)
        checked = self.check("large.zip", status=None)
        self.assertEqual("large.zip: warning: is a zip archive with zip64" in checked.stderr,
                         not is_read)

    def test_what_is_compiled_is_told(self):
        self.kiln("build", "in", "-o", "image")
        os.unlink(self.path("image", program.cached("app/early.py")))
        result = self.check("image", status=1)
        self.assertEqual(result.stdout, "app/early.py: is compiled at import\n")
        with zipfile.ZipFile(self.path("plain.zip"), "w") as archive:
            for path in ("app/__init__.py", "app/early.py", "app/late.py"):
                archive.writestr(path, FILES[path])
        result = self.check("plain.zip", "--json", status=1)
        found = json.loads(result.stdout)
        self.assertEqual(found["compiled"], ["app/__init__.py", "app/early.py", "app/late.py"])

    def test_the_order_of_imports_is_written(self):
        self.kiln("build", "in", "-o", "image")
        self.check("image", "--module", "other", "--order", "order.txt")
        self.assertEqual(program.read(self.path("order.txt")).decode().splitlines(), [
            program.cached(path) for path in
            ("other.py", "app/__init__.py", "app/late.py", "app/early.py")])
        self.kiln("build", "in", "-o", "a.zip")
        self.check("a.zip", "--module", "other", "--order", "order.txt")
        self.assertEqual(program.read(self.path("order.txt")).decode().splitlines(), [
            "other.pyc", "app/__init__.pyc", "app/late.pyc", "app/early.pyc"])

    def test_a_build_takes_the_order(self):
        self.kiln("build", "in", "-o", "a.zip")
        self.check("a.zip", "--module", "other", "--order", "order.txt")
        self.kiln("build", "in", "-o", "b.zip", "--first", "order.txt")
        order = program.read(self.path("order.txt")).decode().splitlines()
        with zipfile.ZipFile(self.path("b.zip")) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
        self.assertEqual(names[:len(order)], order)
        self.assertEqual(self.kiln("image", "--diff", "a.zip", "b.zip").stdout,
                         "0 added, 0 removed, 0 changed\n")

    def test_the_order_of_one_form_is_that_of_others(self):
        modules = ("other", "app/__init__", "app/late", "app/early")
        checked = {"source": ("image",), "zip": ("a.zip",),
                   "bytecode": ("legacy", "--layout", "bytecode")}
        for order, options in checked.items():
            self.kiln("build", "in", "-o", *options)
            self.check(options[0], "--module", "other", "--order", order)
        self.write("names", "".join(f"{module}.py\n" for module in modules))
        for order in (*checked, "names"):
            for image, name, options in (
                    ("b.zip", "{}.pyc", ()), ("b.tar", None, ()),
                    ("b.tar", "{}.pyc", ("--layout", "bytecode")),
                    ("x-1-py3-none-any.whl", "{}.py", ("--name", "x", "--version", "1"))):
                with self.subTest(order=order, image=image, options=options):
                    self.kiln("build", "in", "-o", image, "--first", order, *options)
                    if image == "b.tar":
                        with tarfile.open(self.path(image)) as archive:
                            names = [info.name for info in archive if info.isfile()]
                    else:
                        with zipfile.ZipFile(self.path(image)) as archive:
                            names = archive.namelist()
                    expected = [name.format(module) if name else program.cached(f"{module}.py")
                                for module in modules]
                    self.assertEqual([path for path in names if path in expected], expected)
                    self.assertLess(names.index(expected[-1]), 12)

    def test_the_level_is_that_of_the_image(self):
        self.kiln("build", "--optimize", "2", "in", "-o", "image")
        self.assertEqual(self.check("image", status=1).stdout, "")
        self.kiln("build", "--layout", "bytecode", "in", "-o", "image")
        self.assertIn("4 imported, 0 compiled", self.check("image", status=1).stderr)

    def test_a_read_only_image_is_enough(self):
        self.kiln("build", "in", "-o", "image")
        subprocess.run(["chmod", "-R", "a-w", self.path("image")], check=True)
        try:
            self.assertIn("0 compiled", self.check("image", status=1).stderr)
        finally:
            subprocess.run(["chmod", "-R", "u+w", self.path("image")], check=True)

    def test_no_source_is_opened_in_the_layout_bytecode(self):
        self.kiln("build", "--layout", "bytecode", "in", "-o", "image")
        program_text = (
            "import sys\nopened = []\n"
            "sys.addaudithook(lambda event, found: event == 'open' and opened.append(found[0]))\n"
            "sys.path.insert(0, sys.argv[1])\nimport app.early, other\n"
            "print([path for path in opened if str(path).startswith(sys.argv[1])])\n")
        result = subprocess.run(
            [tap.PYTHON, "-I", "-S", "-B", "-c", program_text, self.path("image")], check=True,
            capture_output=True, text=True, env=tap.environment())
        noise, opened = result.stdout.splitlines()
        self.assertEqual(noise, "noise")
        self.assertEqual([os.path.relpath(path, self.path("image"))
                          for path in ast.literal_eval(opened)],
                         ["app/__init__.pyc", "app/late.pyc", "app/early.pyc", "other.pyc"])

    def test_the_interpreter_can_be_named(self):
        self.kiln("build", "in", "-o", "image")
        self.check("image", "--interpreter", tap.PYTHON, status=1)
        result = self.check("image", "--interpreter", "/nowhere/python", status=3)
        self.assertIn("/nowhere/python", result.stderr)
        result = self.check("image", "--interpreter", "/bin/false", status=3)
        self.assertIn("'/bin/false' ended with exit status 1", result.stderr)
        result = self.check("image", "--interpreter", "/bin/true", status=3)
        self.assertIn("'/bin/true' ended without a result", result.stderr)

    def test_what_python_has_loaded_itself_is_not_of_the_image(self):
        self.write("own/json.py", "raise SystemExit('own json')\n")
        self.write("own/os.py", "")
        self.write("own/time.py", "")
        self.write("own/base64.py", "VALUE = '\\u20ac'\n")
        self.kiln("build", "own", "-o", "image")
        result = self.check("image", status=1)
        self.assertIn("kiln: 1 imported, 0 compiled, 3 failed", result.stderr)
        self.assertIn("cannot import json: SystemExit: own json", result.stderr)
        for name in ("os", "time"):
            self.assertIn(f"cannot import {name}: Python has loaded its own module of this name: ",
                          result.stderr)

    def test_the_order_is_not_written_into_the_image(self):
        self.kiln("build", "in", "-o", "image")
        before = program.tree(self.path("image"))
        result = self.check("image", "--order", "image/other.py", status=2)
        self.assertIn("'image/other.py' is inside the image 'image': name a file outside",
                      result.stderr)
        self.assertEqual(program.tree(self.path("image")), before)

    def test_a_module_that_ends_the_process_is_an_error(self):
        self.write("in/aaa.py", "import os; os._exit(0)\n")
        self.kiln("build", "in", "-o", "image")
        self.assertIn("ended without a result", self.check("image", status=3).stderr)

    def test_a_signal_ends_the_interpreter(self):
        self.write("in/slow.py", "import time\nopen('begun', 'w').close()\ntime.sleep(1000)\n")
        self.kiln("build", "in", "-o", "image")
        with subprocess.Popen([tap.KILN, "image", "--check-imports", "image"], text=True,
                              cwd=self.directory, env=tap.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:

            def begun():
                """The module is imported."""
                return os.path.exists(self.path("begun"))
            program.await_condition(begun, process)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.communicate(timeout=60), ("", ""))
            self.assertEqual(process.returncode, 128 + signal.SIGTERM)

    def test_other_forms_are_refused(self):
        self.kiln("build", "in", "-o", "a.tar")
        self.assertIn("give a directory, a .zip or a .pyz", self.check("a.tar", status=1).stderr)
        self.assertIn("are for --check-imports",
                      self.kiln("image", "--list", "--order", "x", "a.tar", status=2).stderr)


if __name__ == "__main__":
    tap.main()
