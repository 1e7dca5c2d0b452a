"""Files larger than old headers can say: 8 GiB in a tar, 4 GiB in a zip."""
import os
import resource
import shutil
import subprocess
import sys
import unittest
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

GIB = 1 << 30
MEMORY = 400 << 20


class Huge(program.Case):
    def sparse(self, size):
        """A file of zeros that takes no room, with an end that is not zero."""
        if shutil.disk_usage(self.directory).free < 3 * size:
            self.skipTest("the disk is too small")
        with open(self.write("in/huge"), "r+b") as file:
            file.truncate(size)
            file.seek(size - 3)
            file.write(b"end")

    def assert_whole(self, name, size):
        """What bsdtar takes out of it has the size and the end."""
        reader = subprocess.Popen(["/usr/bin/bsdtar", "-xOf", name, "huge"], cwd=self.directory,
                                  stdout=subprocess.PIPE)
        count, end = 0, b""
        while data := reader.stdout.read(1 << 20):
            count, end = count + len(data), (end + data)[-3:]
        self.assertEqual((reader.wait(), count, end), (0, size, b"end"))

    def build(self, name):
        """Build; no process of it takes much memory."""
        self.kiln("build", "-j1", "in", "-o", name)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, MEMORY)

    def test_a_tar_has_files_of_more_than_8_gib(self):
        self.sparse(8 * GIB + 5)
        self.build("a.tar.zst")
        self.assert_whole("a.tar.zst", 8 * GIB + 5)

    def test_other_forms_take_no_more_memory(self):
        self.sparse(GIB + 5)
        names = ["image", "oci:layout:a", "a.oci.tar"]
        if shutil.which("sqfstar"):
            names.append("a.squashfs")
        for name in names:
            with self.subTest(name=name):
                self.build(name)
                self.kiln("image", "--verify", name)
                self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
                                MEMORY)
        with open(self.path("image/huge"), "rb") as file:
            file.seek(GIB + 2)
            self.assertEqual(file.read(), b"end")

    def test_a_zip_has_files_of_more_than_4_gib(self):
        self.sparse(4 * GIB + 5)
        self.build("a.zip")
        self.assert_whole("a.zip", 4 * GIB + 5)
        listing = subprocess.run(["/usr/bin/zipinfo", "-l", "a.zip", "huge"], text=True,
                                 cwd=self.directory, check=True, stdout=subprocess.PIPE).stdout
        self.assertIn(f" {4 * GIB + 5} ", listing)

    def test_an_application_has_shared_objects_of_more_than_1_gib(self):
        self.sparse(GIB + 5)
        os.rename(self.path("in/huge"), self.path("in/huge.so"))
        self.write("in/app.py", "def main():\n    pass\n")
        self.kiln("build", "-j1", "in", "-m", "app:main", "--extract-native", "-o", "a.pyz")
        main = subprocess.run(["/usr/bin/unzip", "-p", "a.pyz", "__main__.py"], text=True,
                              cwd=self.directory, check=True, stdout=subprocess.PIPE).stdout
        self.assertIn(f'"huge.so": {GIB + 5},', main)

    def test_a_zip_from_which_nothing_can_be_imported_is_warned_of(self):
        with zipfile.ZipFile(self.path("given.zip"), "w") as archive:
            archive.writestr("app.py", "VALUE = 1\n")
            for number in range(1 << 16):
                archive.writestr(f"{number}/", "")
        made = self.kiln("image", "given.zip", "-o", "a.zip")
        self.assertEqual("a.zip: warning: has 65537 entries and " in made.stderr,
                         sys.version_info < (3, 13))

    @unittest.skipIf(sys.version_info >= (3, 13), "zipimport reads zip64")
    def test_an_application_whose_python_reads_no_zip64_is_refused(self):
        self.sparse(4 * GIB - 1)
        self.write("in/__main__.py", "")
        result = self.kiln("build", "-j1", "in", "-o", "a.pyz", status=2)
        self.assertIn(f"'huge' in 'a.pyz' would have {4 * GIB - 1} bytes: zipimport", result.stderr)
        self.assertFalse(os.path.exists(self.path("a.pyz")))


if __name__ == "__main__":
    tap.main()
