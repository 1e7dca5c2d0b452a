"""Archives of every form hold what the directory holds, and their readers agree."""
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

TARS = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".tar.bz2")

# Imports the modules of standard input from argv[1]; prints what was compiled meanwhile.
IMPORT = """
import sys, importlib
compiled = []
def hook(event, arguments):
    if event == "compile" and arguments[1] not in ("<string>", None):
        compiled.append(arguments[1])
sys.path.insert(0, sys.argv[1])
names = sys.stdin.read().split()
sys.addaudithook(hook)
for name in names:
    module = importlib.import_module(name)
    assert module.__spec__.origin.startswith(sys.argv[1]), module.__spec__.origin
print(compiled)
"""


class Forms(program.Case):
    def setUp(self):
        super().setUp()
        self.write("in/pkg/__init__.py", "from . import part\n")
        self.write("in/pkg/part.py", "assert True\nx = 'Ünï'\n")
        self.write("in/single.py", "import pkg\n")
        self.write("in/pkg/data/Ünï.bin", bytes(range(256)) * 100)
        self.write("in/run", "#!/bin/sh\necho runs\n")
        os.chmod(self.path("in/run"), 0o755)
        os.mkdir(self.path("in/empty"))
        os.symlink("part.py", self.path("in/pkg/link.py"))
        os.symlink("pkg/data", self.path("in/data"))
        # A path of more than 255 bytes, which a ustar header cannot hold.
        self.write("in/" + "/".join(["directory" * 6] * 6) + "/file", "deep\n")

    def extracted(self, *command):
        """What a program makes of an archive, without times of directories and links."""
        shutil.rmtree(self.path("to"), ignore_errors=True)
        os.mkdir(self.path("to"))
        subprocess.run(command, cwd=self.path("to"), check=True, stdout=subprocess.DEVNULL)
        return self.content("to")

    def content(self, name):
        """Kinds, modes and contents of a tree."""
        return {path: (facts[0], facts[-1]) if facts[0] == 0o120000 else
                (facts[0], facts[1], facts[-1] if facts[0] == 0o100000 else None)
                for path, facts in program.tree(self.path(name)).items()
                if path not in (".", ".kiln")}

    def test_readers_of_tar_make_the_directory(self):
        self.kiln("build", "in", "-o", "image")
        expected = self.content("image")
        for suffix in TARS:
            self.kiln("build", "in", "-o", "a" + suffix)
            for reader in ("tar", "bsdtar"):
                with self.subTest(suffix=suffix, reader=reader):
                    self.assertEqual(
                        self.extracted(f"/usr/bin/{reader}", "-xf", f"../a{suffix}"), expected)

    def test_compressed_tars_have_the_same_content(self):
        made = set()
        for suffix in TARS[1:]:
            self.kiln("build", "in", "-o", "a" + suffix)
            made.add(subprocess.run(["/usr/bin/bsdcat", "a" + suffix], cwd=self.directory,
                                    check=True, stdout=subprocess.PIPE).stdout)
        self.assertEqual(len(made), 1)
        self.kiln("build", "in", "-o", "a.tar")
        self.assertEqual(program.read(self.path("a.tar")).rstrip(b"\0"), made.pop().rstrip(b"\0"))

    def test_readers_of_zip_make_the_directory(self):
        self.kiln("build", "--layout", "bytecode", "in", "-o", "image")
        expected = self.content("image")
        self.kiln("build", "--layout", "bytecode", "in", "-o", "a.zip")
        self.assertEqual(self.extracted("/usr/bin/unzip", "-q", "../a.zip"), expected)
        self.assertEqual(self.extracted("/usr/bin/bsdtar", "-xf", "../a.zip"), expected)

    def test_bytecode_in_a_zip_is_beside_the_source(self):
        self.kiln("build", "in", "-o", "a.zip")
        names = set(self.extracted("/usr/bin/unzip", "-q", "../a.zip"))
        self.assertLessEqual({"single.py", "single.pyc", "pkg/__init__.py", "pkg/__init__.pyc",
                              "pkg/link.py", "pkg/link.pyc"}, names)
        self.assertFalse([name for name in names if "__pycache__" in name])

    def test_nothing_in_a_zip_is_compiled_at_import(self):
        for options in ((), ("--layout", "bytecode"), ("--optimize", "2")):
            with self.subTest(options=options):
                self.kiln("build", *options, "in", "-o", "a.zip")
                run = subprocess.run(
                    [tap.PYTHON, "-I", "-B", "-c", IMPORT, self.path("a.zip")], check=True,
                    input="single pkg pkg.part pkg.link\n", text=True, stdout=subprocess.PIPE)
                self.assertEqual(run.stdout, "[]\n")

    def test_a_source_that_is_not_compiled_would_be_noticed(self):
        subprocess.run(["/usr/bin/bsdtar", "-acf", "../a.zip", "single.py", "pkg"],
                       cwd=self.path("in"), check=True)
        run = subprocess.run([tap.PYTHON, "-I", "-B", "-c", IMPORT, self.path("a.zip")],
                             check=True, input="single\n", text=True, stdout=subprocess.PIPE)
        self.assertIn("single.py", run.stdout)

    def test_a_zip_has_one_file_of_bytecode(self):
        result = self.kiln("build", "--optimize", "0", "--optimize", "1", "in", "-o", "a.zip",
                           status=2)
        self.assertIn("a zip has one file of bytecode for each source: give one level, "
                      "by --optimize or --no-docs",
                      result.stderr)

    def test_the_format_is_that_of_the_word(self):
        for word, magic in (("tar.xz", b"\xfd7zXZ"), ("tar.bz2", b"BZh"), ("zip", b"PK\3\4")):
            with self.subTest(word=word):
                self.kiln("build", "--format", word, "in", "-o", "a.image")
                self.assertTrue(program.read(self.path("a.image")).startswith(magic))

    def needs_squashfs(self):
        if not shutil.which("sqfstar", path="/usr/bin:/bin"):
            self.skipTest("squashfs-tools is not installed")

    def test_a_squashfs_is_the_directory(self):
        self.needs_squashfs()
        self.write("in/na\udcffme", "x\n")
        self.kiln("build", "in", "-o", "image")
        self.kiln("build", "in", "-o", "a.squashfs")
        self.assertEqual(os.stat(self.path("a.squashfs")).st_mode & 0o777, 0o644)
        self.assertEqual(self.extracted("/usr/bin/unsquashfs", "-q", "-n", "-f", "-d", ".",
                                        "../a.squashfs"), self.content("image"))

    def test_times_and_processors_do_not_change_a_squashfs(self):
        self.needs_squashfs()
        made = set()
        for jobs, epoch in (("1", ""), ("2", ""), ("4", "315532800")):
            self.kiln("build", "-j", jobs, "in", "-o", "a.squashfs",
                      variables={"SOURCE_DATE_EPOCH": epoch})
            made.add(program.read(self.path("a.squashfs")))
            time.sleep(1)
        self.assertEqual(len(made), 1)
        listing = subprocess.run(["/usr/bin/unsquashfs", "-lls", "-UTC", self.path("a.squashfs")],
                                 text=True, stdout=subprocess.PIPE, check=True).stdout
        for line in listing.splitlines():
            self.assertIn(" 1980-01-01 00:00 ", line)

    def test_without_sqfstar_a_squashfs_is_an_error(self):
        self.write("a.squashfs", "old")
        result = self.kiln("build", "in", "-o", "a.squashfs", status=3,
                           variables={"PATH": "/nowhere"})
        self.assertIn("install squashfs-tools 4.5 or later", result.stderr)
        self.assertEqual(program.read(self.path("a.squashfs")), b"old")
        self.assert_only(["a.squashfs", "in"])

    def test_what_sqfstar_says_is_told(self):
        self.write("bin/sqfstar", "#!/bin/sh\necho no such luck >&2\nexit 5\n")
        os.chmod(self.path("bin/sqfstar"), 0o755)
        self.write("in/large", os.urandom(1000000))
        result = self.kiln("build", "in", "-o", "a.squashfs", status=3,
                           variables={"PATH": self.path("bin")})
        self.assertIn("cannot write 'a.squashfs': sqfstar: exit status 5: no such luck",
                      result.stderr)
        self.assert_only(["bin", "in"])

    def test_a_full_disk_leaves_no_squashfs(self):
        self.needs_squashfs()
        self.write("in/large", os.urandom(1000000))
        disk = self.small_disk("disk", "500k")
        result = self.kiln("build", "in", "-o", "disk/a.squashfs", status=3)
        self.assertIn("cannot write 'disk/a.squashfs'", result.stderr)
        self.assertEqual(os.listdir(disk), [])

    def test_an_interrupted_run_ends_sqfstar_and_leaves_nothing(self):
        self.write("bin/sqfstar", "#!/bin/sh\necho $$ >pid\nexec /usr/bin/sleep 1000\n")
        os.chmod(self.path("bin/sqfstar"), 0o755)
        self.write("in/large", os.urandom(1000000))
        process = self.start("build", "in", "-o", "a.squashfs",
                             env=tap.environment(PATH=self.path("bin")))
        program.await_condition(lambda: os.path.exists(self.path("pid")) and
                                program.read(self.path("pid")), process)
        sqfstar = int(program.read(self.path("pid")))
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143)
        self.assertFalse(os.path.exists(f"/proc/{sqfstar}"))
        self.assert_only(["bin", "in", "pid"])

    def test_a_name_that_is_not_utf8_is_kept_where_it_can_be(self):
        self.write("in/na\udcffme", "x\n")
        for suffix in TARS[:2]:
            self.kiln("build", "in", "-o", "a" + suffix)
            self.assertIn("na\udcffme", self.extracted("/usr/bin/tar", "-xf", f"../a{suffix}"))
        result = self.kiln("build", "in", "-o", "a.zip", status=1)
        self.assertIn("its name is not UTF-8", result.stderr)


if __name__ == "__main__":
    tap.main()
