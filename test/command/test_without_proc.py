"""Commands do their work where /proc is not mounted, as in some containers and early in a system's
start."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

# Hides /proc below an empty file system, in a mount namespace of its own.
HIDDEN = ["unshare", "-m", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh"]


def can_hide():
    return shutil.which("unshare") is not None and subprocess.run(
        [*HIDDEN, "test", "!", "-e", "/proc/self"], check=False,
        capture_output=True).returncode == 0


@tap.unittest.skipIf(tap.SANITIZERS, "sanitizers need /proc")
@tap.unittest.skipUnless(can_hide(), "no mount namespace can be made")
class WithoutProc(products.Case):
    def hidden(self, *arguments, status=0, **options):
        result = subprocess.run(
            [*HIDDEN, tap.KILN, *arguments], check=False, cwd=self.directory, capture_output=True,
            text=True, env=tap.environment(**self.variables()), stdin=subprocess.DEVNULL,
            timeout=100, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def setUp(self):
        super().setUp()
        self.write("in/m.py", "x = 1\n")
        self.write("in/p/__init__.py", "\n")

    def test_images_are_the_same(self):
        for options in ([], ["--pyc-bytes", "cpython"], ["--layout", "bytecode", "-j2"]):
            with self.subTest(options=options):
                self.kiln("build", *options, "in", "-o", "expected")
                # New, in place of one, and as an archive.
                for _ in range(2):
                    self.hidden("build", *options, "in", "-o", "found")
                    self.assertEqual(program.tree(self.path("found")),
                                     program.tree(self.path("expected")))
                self.kiln("build", *options, "in", "-o", "expected.tar")
                self.hidden("build", *options, "in", "-o", "found.tar")
                self.assertEqual(program.read(self.path("found.tar")),
                                 program.read(self.path("expected.tar")))
                shutil.rmtree(self.path("found"))

    def test_products_are_built_and_cleaned(self):
        self.project("acme.press", products.MODULES)
        self.hidden("build", "--mode", "executable", "--mode", "delineation", "--no-cache",
                    "product")
        self.assert_as_clean("--mode", "executable", "--mode", "delineation")
        self.hidden("query", "images", "product")
        self.hidden("clean", "product")
        self.assertEqual(self.images(), {})

    def test_other_commands(self):
        self.hidden("compileall", "-q", "-j2", "in")
        self.hidden("py_compile", "in/m.py")
        self.assertTrue(os.path.exists(self.path(f"in/__pycache__/m.{tap.TAG}.pyc")))
        self.hidden("delineate", "in", "-o", "described")
        self.hidden("delineate", "--format", "ctags", "in", "-o", "tags")
        self.hidden("delineate", "--format", "stub", "in/m.py", "-o", "m.pyi")
        self.hidden("cc", "unit", "in/m.py", "delineated", "json")
        for name in ("described/m.py", "tags", "m.pyi", "unit"):
            self.assertTrue(os.path.exists(self.path(name)), name)

    def test_make_gives_one_job_where_its_pipe_cannot_be_opened_anew(self):
        self.project("acme.press", products.MODULES)
        self.write("Makefile", f"all:\n\t+@{tap.KILN} build product\n")
        result = subprocess.run(
            [*HIDDEN, "make", "-j2"], check=False, cwd=self.directory, capture_output=True,
            text=True, env=tap.environment(**self.variables()), stdin=subprocess.DEVNULL,
            timeout=100)
        self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    tap.main()
