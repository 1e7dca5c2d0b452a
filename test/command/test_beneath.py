"""What a build writes stays below the directory that it opened, and names of any length have a
place there."""
import ctypes
import errno
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

SYSTEM = "http://if.fault.io/factors/system"
# 437 everywhere.
OPENAT2 = 437
ROUNDS = 12


def refuse_openat2():
    """Let openat2(2) be a call that the kernel does not have."""
    def statement(code, value, true=0, false=0):
        return struct.pack("HBBI", code, true, false, value)

    program_ = b"".join((
        statement(0x20, 0),  # the number of the call
        statement(0x15, OPENAT2, 0, 1),
        statement(0x06, 0x00050000 | errno.ENOSYS),
        statement(0x06, 0x7FFF0000)))
    buffer = ctypes.create_string_buffer(program_)
    filter_ = struct.pack("HxxxxxxQ", len(program_) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.create_string_buffer(filter_)):
        raise OSError(ctypes.get_errno(), "prctl")


def tree(root):
    """All that can be seen of a tree without being changed by it."""
    found = {}
    for parent, directories, names in os.walk(root):
        for name in [".", *directories, *names]:
            path = os.path.join(parent, name)
            state = os.lstat(path)
            content = program.read(path) if stat.S_ISREG(state.st_mode) else None
            found[os.path.relpath(path, root)] = (state.st_mode, state.st_ino, state.st_mtime_ns,
                                                  content)
    return found


class Links(products.Case):
    """Directories that are replaced by links while a build goes on."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(7)
        self.project("acme.press", products.MODULES | {
            "tool/.factor": f"{SYSTEM}.executable\n",
            "tool/main.c": "int other(void);\nint main(void) { return other(); }\n",
            "tool/other.c": "int other(void) { return 0; }\n",
            **{f"many/m{number}.py": f"x = {number}\n" * 50 for number in range(12)}})
        self.build("--no-cache")
        shutil.copytree(self.product, self.path("template"), symlinks=True)
        # Looks like the product, so that what is written through a link finds its way.
        shutil.copytree(self.product, self.path("victim"), symlinks=True)
        self.before = tree(self.path("victim"))

    def start(self, refuses):
        command = [tap.KILN, "build", "-R", "--no-cache", "-q", self.product]
        return subprocess.Popen(command, env=tap.environment(**self.variables()),
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                preexec_fn=refuse_openat2 if refuses else None)

    def wait(self, process):
        """Until it is at work: the product is open then."""
        busy = os.path.join(self.product, ".kiln-build", "busy")
        while process.poll() is None and not os.path.exists(busy):
            time.sleep(0.0005)

    def replace(self, name):
        path = os.path.normpath(os.path.join(self.product, name))
        victim = os.path.normpath(os.path.join(self.path("victim"), name))
        try:
            os.rename(path, self.path("aside"))
        except FileNotFoundError:
            return
        try:
            os.symlink(victim, path)
        except FileExistsError:
            pass  # the build was sooner to make it again

    def check(self, name, refuses):
        for _ in range(ROUNDS):
            for path in (self.product, self.path("aside")):
                if os.path.islink(path):
                    os.unlink(path)
                shutil.rmtree(path, ignore_errors=True)
            shutil.copytree(self.path("template"), self.product, symlinks=True)
            process = self.start(refuses)
            self.wait(process)
            time.sleep(self.random.random() * 0.1)
            self.replace(name)
            process.wait(60)
            self.assertIn(process.returncode, (0, 1, 3))
            self.assertEqual(tree(self.path("victim")), self.before)

    def test_the_product(self):
        self.check(".", False)

    def test_the_product_where_the_kernel_has_no_openat2(self):
        self.check(".", True)

    def test_what_is_in_it(self):
        for name in (".kiln-build", ".images", f".images/{tap.VARIANT}", ".kiln-build/work",
                     ".kiln-build/work/executable/acme.press"):
            with self.subTest(name):
                self.check(name, False)

    def test_what_is_in_it_where_the_kernel_has_no_openat2(self):
        self.check(".images", True)
        self.check(".kiln-build/work", True)

    def test_a_build_goes_on_in_what_was_opened(self):
        """What its name leads to meanwhile is neither written nor taken for a result."""
        process = self.start(False)
        self.wait(process)
        self.replace(".")
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(tree(self.path("victim")), self.before)
        for image in ("acme.press.feed.tray", "acme.press.many.m11"):
            path = os.path.relpath(self.image(image), self.product)
            self.assertEqual(program.read(self.path("aside", path)),
                             program.read(self.path("victim", path)))

    def test_where_others_may_write_programs_have_no_path_to_be_replaced(self):
        os.chmod(self.path("product/.kiln-build"), 0o777)
        os.chmod(self.product, 0o777)
        self.build("-R", "--no-cache")
        self.assertEqual(subprocess.run([self.image("acme.press.tool", "linux-x86_64")]).returncode,
                         0)


class Names(products.Case):
    """Files and factors whose names have as many bytes as a name can, and paths that have more."""

    def test_files(self):
        files = {"fine.py": "x = 1\n"}
        for length in range(240, 256):
            files["m" * (length - 3) + ".py"] = f"x = {length}\n"
            files["t" * (length - 4) + ".txt"] = f"Text {length}.\n"
        self.project("acme.press", files)
        made = self.build()
        self.assertEqual(made.summary["failed"], 0, made.stderr)
        self.assertEqual(made.summary["processed"], 17, made.stderr)
        self.assert_nothing(self.build())
        self.put("acme/press/" + "m" * 252 + ".py", "x = 'changed'\n")
        self.assertEqual(self.build().summary["processed"], 1)
        self.assert_as_clean()
        os.unlink(self.path("product/acme/press", "m" * 252 + ".py"))
        self.assertEqual(self.build().summary["removed"], 1)

    def test_units(self):
        """Of several sources, whose units and logs have longer names than they have."""
        files = {"tool/.factor": f"{SYSTEM}.executable\n",
                 "tool/main.c": "int main(void) { return 0; }\n"}
        for length in range(240, 256):
            files["tool/" + "c" * (length - 2) + ".c"] = f"int c{length};\n"
        self.project("acme.press", files)
        made = self.build()
        self.assertEqual((made.summary["processed"], made.summary["failed"]), (1, 0), made.stderr)
        self.assert_nothing(self.build())
        self.put("acme/press/tool/" + "c" * 253 + ".c", "this is wrong\n")
        failed = self.build(status=1)
        self.assertEqual(failed.summary["failed"], 1)

    def test_factor_paths(self):
        """Directories in directories, and a project of that kind."""
        parts = [letter * 200 for letter in "abc"]
        deep = {"/".join(parts[:count]) + "/" + name: content for count in (1, 2, 3)
                for name, content in (("__init__.py", ""), ("deep.py", "y = 2\n"))}
        self.project("acme.press", {"fine.py": "x = 1\n"} | deep)
        self.project(".".join(parts), {"other.py": "z = 3\n"})
        self.assertEqual(self.build().summary["failed"], 0)
        self.assert_nothing(self.build())
        shutil.rmtree(self.path("product/acme/press", parts[0]))
        self.assertEqual(self.build().summary["removed"], 6)
        work = self.path("product/.kiln-build/work/executable/acme.press")
        self.assertEqual(os.listdir(work), ["fine"])
        self.kiln("clean", self.product)
        self.assertEqual(sorted(os.listdir(self.product)),
                         [".product", *sorted(["acme", parts[0]])])

    def test_an_image_that_has_no_name_fails_alone(self):
        """What a factor is called must be part of its image's name: there it cannot be shortened.
        """
        files = {"fine.py": "x = 1\n"}
        for length in (253, 254, 255):
            name = "e" * length
            files[f"{name}/.factor"] = f"{SYSTEM}.executable\n"
            files[f"{name}/main.c"] = "int main(void) { return 0; }\n"
        self.project("acme.press", files)
        for _ in range(2):
            made = self.build(status=1)
            self.assertEqual(made.summary["failed"], 2, made.stderr)
            self.assertEqual(made.summary["processed"] + made.summary["current"], 2, made.stderr)
            self.assertIn("File name too long", str(made.messages("error")))


if __name__ == "__main__":
    tap.main()
