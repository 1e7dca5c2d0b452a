"""`kiln compileall --cache` writes and prints what it does without, but compiles only once."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

SOURCES = {"a.py": "'A.'\ndef f():\n    'f'\n    assert f\n", "p/__init__.py": "",
           "p/warn.py": "x = 1 is 1\n", "p/wrong.py": "x = (\n"}
# What can be stored.
COUNT = 2


class Cache(tap.Case):
    def setUp(self):
        super().setUp()
        self.cache = self.path("cache")
        for name, text in SOURCES.items():
            path = self.write(f"src/{name}", text)
            os.utime(path, (1000, 1000))

    def compile(self, *options, status=1, **variables):
        """Compile anew: the files that were made, and the output."""
        for parent, directories, names in os.walk(self.path("src")):
            if "__pycache__" in directories:
                shutil.rmtree(os.path.join(parent, "__pycache__"))
            for name in names:
                if name.endswith(".pyc"):
                    os.unlink(os.path.join(parent, name))
        result = self.kiln("compileall", *options, "src", status=status,
                           variables={"KILN_CACHE": self.cache} | variables)
        files = {os.path.relpath(os.path.join(parent, name), self.directory):
                 program.read(os.path.join(parent, name))
                 for parent, _, names in os.walk(self.path("src")) for name in names
                 if name.endswith(".pyc")}
        return files, result.stdout, result.stderr

    def entries(self):
        return sorted(os.path.join(parent, name) for parent, _, names in os.walk(self.cache)
                      for name in names if len(name) == 64)

    def test_it_is_off_by_default(self):
        self.compile()
        self.assertFalse(os.path.exists(self.cache))

    def test_it_changes_neither_files_nor_output(self):
        for options in ((), ("-j2",), ("-o", "0", "-o", "2"), ("-d", "/usr/lib/x"), ("-q",),
                        ("--invalidation-mode", "checked-hash"), ("--strict",), ("-j1", "-b")):
            with self.subTest(options=options):
                expected = self.compile(*options)
                self.assertEqual(self.compile("--cache", *options), expected)
                count = len(self.entries())
                self.assertGreaterEqual(count, COUNT)
                self.assertEqual(self.compile("--cache", *options), expected)
                self.assertEqual(len(self.entries()), count)

    def test_code_is_taken_from_it(self):
        """What was used has a new time."""
        self.compile("--cache")
        self.assertEqual(len(self.entries()), COUNT)
        for path in self.entries():
            os.utime(path, (1000, 1000))
        self.compile("--cache")
        for path in self.entries():
            self.assertGreater(os.stat(path).st_mtime, 2000)

    def test_time_and_mode_of_the_check_do_not_matter(self):
        self.compile("--cache")
        for path in ("src/a.py", "src/p/__init__.py"):
            os.utime(self.path(path), (5, 5))
        for mode in ("timestamp", "checked-hash", "unchecked-hash"):
            expected = self.compile("--invalidation-mode", mode)
            self.assertEqual(self.compile("--cache", "--invalidation-mode", mode), expected)
        self.assertEqual(len(self.entries()), COUNT)

    def test_what_decides_is_in_the_key(self):
        expected = COUNT
        self.compile("--cache")
        for options, variables in ((("-o", "1"), {}), (("-d", "other"), {}),
                                   ((), {"PYTHONINTMAXSTRDIGITS": "1000"}),
                                   ((), {"PYTHONWARNINGS": "default::SyntaxWarning"})):
            self.compile("--cache", *options, **variables)
            expected += COUNT
            self.assertEqual(len(self.entries()), expected)

    def test_warnings_stay_errors_or_silent(self):
        silent = self.compile("--cache", PYTHONWARNINGS="ignore")
        self.assertEqual(silent[2], "")
        self.assertEqual(len(self.entries()), COUNT + 1)
        self.assertIn("SyntaxWarning", self.compile("--cache")[2])
        strict = self.compile("--cache", PYTHONWARNINGS="error")
        self.assertEqual(strict, self.compile(PYTHONWARNINGS="error"))
        self.assertEqual(len(strict[0]), COUNT)

    def test_a_changed_source_is_compiled(self):
        self.compile("--cache")
        self.write("src/a.py", "x = 2\n")
        self.assertEqual(self.compile("--cache"), self.compile())
        self.assertEqual(len(self.entries()), COUNT + 1)

    def test_damaged_entries_are_compiled_anew(self):
        expected = self.compile("--cache")
        path = self.entries()[0]
        data = bytearray(program.read(path))
        data[-1] ^= 1
        with open(path, "wb") as file:
            file.write(data)
        files, out, error = self.compile("--cache", "-j1")
        self.assertEqual((files, out), expected[:2])
        self.assertIn("is damaged and was removed", error)
        self.assertEqual(self.compile("--cache"), expected)

    def test_a_cache_that_cannot_be_used_is_a_warning(self):
        expected = self.compile()
        self.write("cache", "a file")
        files, out, error = self.compile("--cache")
        self.assertEqual((files, out), expected[:2])
        self.assertIn("kiln: warning: no cache is used (KILN_CACHE names another): cannot ", error)

    def test_the_files_load(self):
        self.compile("--cache")
        self.compile("--cache")
        made = subprocess.run([tap.PYTHON, "-I", "-c", "import sys; sys.path[:0] = ['src']; "
                               "import a, p; print(a.__doc__, a.__cached__)"], check=True,
                              cwd=self.directory, capture_output=True, text=True)
        self.assertIn(os.path.join("src", "__pycache__", f"a.{tap.TAG}.pyc"), made.stdout)


if __name__ == "__main__":
    tap.main()
