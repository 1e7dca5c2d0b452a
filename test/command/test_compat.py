"""py_compile and compileall, case by case: what their manual pages and modules say, and kiln's own
options."""
import functools
import importlib.util
import marshal
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import reference
import tap

TIMESTAMP, UNCHECKED, CHECKED = 0, 1, 3
# Compiling this takes half a second.
SLOW = "x = [\n" + " [y + 1 for y in (a, b, c) if y],\n" * 6000 + "]\n"
TAG = tap.TAG
CACHED = f"a/b/__pycache__/c.{TAG}.pyc"


class Case(program.Case):
    def setUp(self):
        super().setUp()
        # Not what the tests themselves run with.
        self.variables = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": self.directory,
                          **tap.SANITIZERS}

    def run_kiln(self, *arguments, status=0, output=None, error="", **options):
        """Run; all three results are as given (None: any)."""
        variables = self.variables | options.pop("variables", {})
        result = self.kiln(*arguments, status=None, env=variables, **options)
        if error is not None:
            self.assertEqual(result.stderr, error)
        self.assertEqual(result.returncode, status, result.stdout)
        if output is not None:
            self.assertEqual(result.stdout, output)
        return result

    def flags(self, path):
        return struct.unpack_from("<I", program.read(self.path(path)), 4)[0]

    def code(self, path):
        return marshal.loads(program.read(self.path(path))[reference.HEADER:])

    def mode(self, path):
        return os.stat(self.path(path)).st_mode & 0o7777

    def assert_made(self, *paths):
        """These bytecode files are there, and no others."""
        self.assertEqual(sorted(program.bytecode(self.directory)), sorted(paths))

    def remade(self, path, *arguments, **options):
        """Whether a run replaces a file."""
        before = os.stat(self.path(path))
        with open(self.path(path), "rb"):  # so that its number is not given to another
            self.run_kiln(*arguments, **options)
            return os.stat(self.path(path)).st_ino != before.st_ino


class Printed(Case):
    def setUp(self):
        super().setUp()
        self.write("in/b.py", "x = = 1\n")
        self.write("in/a.py", "x = 1\n")
        self.write("in/c/d.py")

    ERROR = '  File "in/b.py", line 1\n    x = = 1\n        ^\nSyntaxError: invalid syntax\n\n'

    def test_all(self):
        self.run_kiln("compileall", "in", status=1, output=(
            "Listing 'in'...\nCompiling 'in/a.py'...\nCompiling 'in/b.py'...\n*** " + self.ERROR +
            "Listing 'in/c'...\nCompiling 'in/c/d.py'...\n"))

    def test_errors_only(self):
        self.run_kiln("compileall", "-q", "in", status=1,
                      output="*** Error compiling 'in/b.py'...\n" + self.ERROR)

    def test_nothing(self):
        self.run_kiln("compileall", "-qq", "in", "missing", status=1, output="")

    def test_what_cannot_be_listed_is_no_failure(self):
        self.run_kiln("compileall", "missing",
                      output="Listing 'missing'...\nCan't list 'missing'\n")
        self.run_kiln("compileall", "-q", "missing", output="Can't list 'missing'\n")

    def test_current_files_are_not_mentioned(self):
        os.unlink(self.path("in/b.py"))
        self.run_kiln("compileall", "-q", "in")
        self.run_kiln("compileall", "in", output="Listing 'in'...\nListing 'in/c'...\n")

    def test_py_compile_writes_its_error_to_standard_error(self):
        self.run_kiln("py_compile", "in/b.py", "in/a.py", status=1, output="",
                      error=self.ERROR.removesuffix("\n"))
        self.run_kiln("py_compile", "-q", "in/b.py", status=1, output="")
        self.assert_made()

    def test_other_errors_of_a_source_are_one_line(self):
        self.write("in/b.py", "if x:\n    y\n  z\n")
        text = ("Sorry: IndentationError: unindent does not match any outer indentation level "
                "(b.py, line 3)")
        self.run_kiln("py_compile", "in/b.py", status=1, output="", error=text)
        self.run_kiln("compileall", "in/b.py", status=1,
                      output=f"Compiling 'in/b.py'...\n*** {text}\n")

    def test_a_source_that_is_missing(self):
        self.run_kiln("py_compile", "no.py", status=1, output="",
                      error="[Errno 2] No such file or directory: 'no.py'")

    def test_names_as_python_shows_them(self):
        for name, shown in (("it's.py", '"it\'s.py"'), ("a\tb.py", r"'a\tb.py'"),
                            ("日.py", "'日.py'"), ("\u202e.py", r"'\u202e.py'"),
                            ("\udcff.py", r"'\udcff.py'")):
            self.write(f"names/{name}")
            self.run_kiln("compileall", name, cwd=self.path("names"),
                          output=f"Compiling {shown}...\n")


class Walk(Case):
    def test_names_are_sorted_and_directories_among_them(self):
        for name in ("b.py", "a/z.py", "a.py", "B.py", ".h.py", "b/a.py", "é.py", "\U00010000.py",
                     "\uffee.py", "n.txt"):
            self.write(f"in/{name}")
        self.run_kiln("compileall", "in", output="".join(line + "\n" for line in (
            "Listing 'in'...", "Compiling 'in/.h.py'...", "Compiling 'in/B.py'...",
            "Listing 'in/a'...", "Compiling 'in/a/z.py'...", "Compiling 'in/a.py'...",
            "Listing 'in/b'...", "Compiling 'in/b/a.py'...", "Compiling 'in/b.py'...",
            "Compiling 'in/é.py'...", "Compiling 'in/\uffee.py'...",
            "Compiling 'in/\U00010000.py'...")))

    def test_levels_of_recursion(self):
        self.write("0.py")
        self.write("a/1.py")
        self.write("a/b/2.py")
        for options, found in ((["-l"], "0"), (["-r", "0"], "0"), (["-r1"], "01"),
                               (["-l", "-r", "1"], "01"),
                               (["-r", "2", "-l"], "012"), (["-r", "-1"], "0"), ([], "012")):
            result = self.run_kiln("compileall", "-f", *options, ".")
            self.assertEqual([line.strip("'.")[-4] for line in result.stdout.splitlines()
                              if line.startswith("Compiling")], list(found), options)

    def test_cache_directories_and_links_to_directories_are_not_entered(self):
        self.write("in/__pycache__/a.py")
        self.write("in/real/b.py")
        os.symlink("real", self.path("in/link"))
        os.symlink(".", self.path("in/real/loop"))
        self.run_kiln("compileall", "-q", "in")
        self.assert_made(f"in/real/__pycache__/b.{TAG}.pyc")

    def test_a_link_to_a_directory_that_is_given_is_entered(self):
        self.write("in/real/b.py")
        os.symlink("real", self.path("in/link"))
        self.run_kiln("compileall", "-q", "in/link")
        self.assert_made(f"in/real/__pycache__/b.{TAG}.pyc")
        self.assertEqual(self.code(f"in/real/__pycache__/b.{TAG}.pyc").co_filename, "in/link/b.py")

    def test_a_link_to_a_source_is_compiled_beside_the_link(self):
        self.write("out/a.py")
        os.mkdir(self.path("in"))
        os.symlink("../out/a.py", self.path("in/l.py"))
        os.symlink("nowhere.py", self.path("in/dangling.py"))
        self.run_kiln("compileall", "-q", "in")
        self.assert_made(f"in/__pycache__/l.{TAG}.pyc")

    def test_links_that_lead_outside_are_left_out(self):
        self.write("out/a.py")
        self.write("in/ok/b.py")
        os.symlink("../out/a.py", self.path("in/a.py"))
        os.symlink("ok/b.py", self.path("in/l.py"))
        self.run_kiln("compileall", "-q", "-e", "in", "in")
        self.assert_made(f"in/ok/__pycache__/b.{TAG}.pyc", f"in/__pycache__/l.{TAG}.pyc")

    def test_the_pattern_is_searched_for_in_the_whole_path(self):
        self.write("in/tests/a.py")
        self.write("in/b.py")
        self.run_kiln("compileall", "-q", "-x", "in/te", "in")
        self.assert_made(f"in/__pycache__/b.{TAG}.pyc")

    def test_only_the_suffix_py_counts(self):
        for name in ("a.pyw", "b.PY", "c", "d.pyi", "e.py3"):
            self.write(f"in/{name}")
        self.run_kiln("compileall", "-q", "in", "in/a.pyw")
        self.assert_made()
        self.run_kiln("py_compile", "in/a.pyw")
        self.assert_made(f"in/__pycache__/a.{TAG}.pyc")


class Recorded(Case):
    """The name in the code object."""

    def recorded(self, *options, path="a/b/c.py"):
        self.write("a/b/c.py")
        self.run_kiln("compileall", "-q", "-f", *options, path)
        return self.code(CACHED).co_filename

    def test_by_default_the_path_as_given(self):
        self.assertEqual(self.recorded(), "a/b/c.py")
        self.assertEqual(self.recorded(path="./a//b/"), "./a//b/c.py")
        self.assertEqual(self.recorded(path=self.path("a")), self.path("a/b/c.py"))

    def test_a_destination_replaces_what_was_given(self):
        self.assertEqual(self.recorded("-d", "/usr"), "/usr/c.py")
        self.assertEqual(self.recorded("-d", "/usr", path="a"), "/usr/b/c.py")
        self.assertEqual(self.recorded("-d", "", path="a"), "b/c.py")

    def test_parts_are_stripped_component_by_component(self):
        self.assertEqual(self.recorded("-s", "a"), "b/c.py")
        self.assertEqual(self.recorded("-s", "a/b"), "c.py")
        self.assertEqual(self.recorded("-s", self.path("a"), path=self.path("a")), "b/c.py")

    def test_what_is_no_prefix_is_stripped_as_the_version_does(self):
        """Up to CPython 3.12 components are removed where they agree; later nothing is, and the
        output says so."""
        for prefix in ("a/", "a/bb", "aa/b", "/a"):
            with self.subTest(prefix=prefix):
                recorded = self.recorded("-s", prefix)
                ours = self.run_kiln("compileall", "-f", "-q", "-s", prefix, "a/b/c.py")
                theirs = subprocess.run(
                    [tap.PYTHON, "-I", "-m", "compileall", "-f", "-q", "-s", prefix, "a/b/c.py"],
                    cwd=self.directory, env=self.variables, check=True, capture_output=True,
                    text=True)
                self.assertEqual(recorded, self.code(CACHED).co_filename)
                self.assertEqual(ours.stdout, theirs.stdout)

    def test_a_prefix_is_put_before_what_is_left(self):
        self.assertEqual(self.recorded("-p", "/usr"), "/usr/a/b/c.py")
        self.assertEqual(self.recorded("-p", "/"), "/a/b/c.py")
        self.assertEqual(self.recorded("-s", "a", "-p", "/usr/"), "/usr/b/c.py")
        self.assertEqual(self.recorded("-p", "usr", path=self.path("a")), self.path("a/b/c.py"))

    def test_a_destination_excludes_the_others(self):
        for option in ("-s", "-p"):
            result = self.run_kiln("compileall", "-d", "x", option, "y", status=2, output="",
                                   error=None)
            self.assertIn("error: -d cannot be used in combination with -s or -p\n", result.stderr)


class Files(Case):
    """The bytecode files themselves."""

    def test_modes_are_those_of_the_source_under_the_umask(self):
        self.write("m.py")
        for source, umask, mode in ((0o644, 0o022, 0o644), (0o755, 0o022, 0o644),
                                    (0o400, 0o022, 0o600), (0o666, 0o022, 0o644),
                                    (0o666, 0o000, 0o666), (0o640, 0o027, 0o640),
                                    (0o4777, 0o077, 0o600), (0o444, 0o000, 0o644)):
            os.chmod(self.path("m.py"), source)
            for command in (["py_compile"], ["compileall", "-q", "-f"]):
                with self.subTest(source=oct(source), umask=oct(umask), command=command[0]):
                    self.run_kiln(*command, "m.py", umask=umask)
                    self.assertEqual(self.mode(f"__pycache__/m.{TAG}.pyc"), mode)

    def test_directories_are_made_under_the_umask(self):
        self.write("m.py")
        self.run_kiln("py_compile", "m.py", umask=0o027)
        self.assertEqual(self.mode("__pycache__"), 0o750)

    def test_files_are_replaced_not_written_into(self):
        self.write("m.py", "x = 1\n")
        self.run_kiln("py_compile", "m.py")
        os.link(self.path(f"__pycache__/m.{TAG}.pyc"), self.path("twin"))
        before = program.read(self.path("twin"))
        self.write("m.py", "x = 2\n")
        self.assertTrue(self.remade(f"__pycache__/m.{TAG}.pyc", "py_compile", "m.py"))
        self.assertEqual(program.read(self.path("twin")), before)
        self.assert_only([f"m.{TAG}.pyc"], "__pycache__")

    def test_links_and_what_is_no_regular_file_are_not_replaced(self):
        self.write("m.py")
        os.mkdir(self.path("__pycache__"))
        target = f"__pycache__/m.{TAG}.pyc"
        special = "non-regular file and will be changed into a regular one"
        for make, what in (
                (functools.partial(os.symlink, "elsewhere"),
                 "symlink and will be changed into a regular file"),
                (os.mkdir, special), (os.mkfifo, special)):
            make(self.path(target))
            text = f"{target} is a {what} if import writes a byte-compiled file to it"
            self.run_kiln("py_compile", "m.py", status=1, output="", error=text)
            self.run_kiln("compileall", "-f", "m.py", status=1,
                          output=f"Compiling 'm.py'...\n*** FileExistsError: {text}\n")
            self.assert_only([f"m.{TAG}.pyc"], "__pycache__")
            (os.rmdir if os.path.isdir(self.path(target)) else os.unlink)(self.path(target))

    def test_a_directory_that_may_not_be_written(self):
        self.write("m.py")
        os.mkdir(self.path("__pycache__"))
        options = self.unprivileged()
        os.chmod(self.path("__pycache__"), 0o500)
        result = self.run_kiln("py_compile", "m.py", status=1, output="", error=None, **options)
        self.assertRegex(result.stderr,
                         r"\A\[Errno 13\] Permission denied: '__pycache__/m\." + TAG +
                         r"\.pyc(\.\d+)?'\Z")
        result = self.run_kiln("compileall", "-q", "m.py", status=1, **options)
        self.assertIn(
            "*** Error compiling 'm.py'...\nPermissionError: [Errno 13] Permission denied: ",
            result.stdout)

    def test_modes_of_invalidation(self):
        self.write("m.py", "x = 1\n")
        target = f"__pycache__/m.{TAG}.pyc"
        for epoch, default in ((None, TIMESTAMP), ("", TIMESTAMP), ("0", CHECKED),
                               ("1700000000", CHECKED)):
            variables = {} if epoch is None else {"SOURCE_DATE_EPOCH": epoch}
            self.run_kiln("py_compile", "m.py", variables=variables)
            self.assertEqual(self.flags(target), default, epoch)
            for name, flags in (("timestamp", TIMESTAMP), ("checked-hash", CHECKED),
                                ("unchecked-hash", UNCHECKED)):
                self.run_kiln("compileall", "-q", "-f", "--invalidation-mode", name, "m.py",
                              variables=variables)
                self.assertEqual(self.flags(target), flags, (epoch, name))

    def test_headers_have_the_time_and_size_of_the_source(self):
        self.write("m.py", "x = 1\n")
        for seconds in (0, 1, 1700000000, 2**31, 2**32 - 1, 2**32 + 7, -1):
            os.utime(self.path("m.py"), (seconds, seconds))
            self.run_kiln("compileall", "-q", "m.py")
            header = program.read(self.path(f"__pycache__/m.{TAG}.pyc"))[:16]
            self.assertEqual(struct.unpack("<4xIII", header), (0, seconds & 0xffffffff, 6), seconds)

    def test_names_of_levels(self):
        self.write("m.py", "'doc'\nassert x\n")
        self.run_kiln("compileall", "-q", "-o", "2", "-o", "0", "-o", "1", "-o", "2", "m.py")
        names = [f"__pycache__/m.{TAG}{suffix}.pyc" for suffix in ("", ".opt-1", ".opt-2")]
        self.assert_made(*names)
        for name, documentation, asserts in zip(names, ("doc", "doc", None), (True, False, False)):
            code = self.code(name)
            self.assertEqual(code.co_consts[0], documentation)
            self.assertEqual("x" in code.co_names, asserts)

    def test_the_level_of_the_interpreter(self):
        self.write("m.py")
        for value, suffix in (("1", ".opt-1"), ("2", ".opt-2"), ("", ""), ("0", ""),
                              ("yes", ".opt-1")):
            self.run_kiln("py_compile", "m.py", variables={"PYTHONOPTIMIZE": value})
            self.assert_made(f"__pycache__/m.{TAG}{suffix}.pyc")
            os.unlink(self.path(f"__pycache__/m.{TAG}{suffix}.pyc"))

    def test_legacy_names(self):
        self.write("m.py")
        self.run_kiln("compileall", "-q", "-b", "m.py")
        self.assert_made("m.pyc")

    def test_equal_levels_are_one_file(self):
        self.write("same.py", "x = 1\n")
        self.write("other.py", "assert x\n")
        self.run_kiln("compileall", "-q", "--hardlink-dupes", "-o", "0", "-o", "1", ".")

        def inodes(name):
            return len({os.stat(self.path("__pycache__", f"{name}.{TAG}{suffix}.pyc")).st_ino
                        for suffix in ("", ".opt-1")})
        self.assertEqual((inodes("same"), inodes("other")), (1, 2))

    def test_linking_that_is_not_permitted_is_a_failure_of_that_source(self):
        self.write("a.py")
        self.write("b.py")
        options = self.unprivileged()
        os.mkdir(self.path("__pycache__"))
        os.chmod(self.path("__pycache__"), 0o777)
        # Nobody can read what is made.
        text = "".join(
            f"*** Error compiling './{name}.py'...\nPermissionError: [Errno 13] Permission denied: "
                       f"'./__pycache__/{name}.{TAG}.opt-1.pyc'\n" for name in "ab")
        self.run_kiln("compileall", "-q", "--hardlink-dupes", "-o0", "-o1", ".", status=1,
                      umask=0o777, output=text, **options)

    def test_a_directory_for_all_bytecode(self):
        self.write("in/m.py")
        self.run_kiln("py_compile", "in/m.py", variables={
            "PYTHONPYCACHEPREFIX": self.path("cache"), "PYTHONDONTWRITEBYTECODE": "1"})
        self.assert_made(os.path.join("cache", self.path(f"in/m.{TAG}.pyc").lstrip("/")))


class SearchPath(Case):
    """No arguments: the directories of sys.path, not those below them."""

    def setUp(self):
        super().setUp()
        self.write("here/h.py")
        self.write("one/a.py", "x = 1\n")
        self.write("one/below/b.py")
        library = f".local/lib/{os.path.basename(tap.LIBRARY)}"
        site = f"{library}/site-packages"
        self.write(f"{site}/u.py")
        self.write(f"{site}/more.pth", "../extra\n")
        self.write(f"{library}/extra/e.py")
        self.variables |= {"PYTHONPYCACHEPREFIX": self.path("cache"),
                           "PYTHONDONTWRITEBYTECODE": "1"}

    def listed(self, *command, **variables):
        result = subprocess.run(command, cwd=self.path("here"), env=self.variables | variables,
                                check=False, capture_output=True, text=True)
        self.assertEqual(result.stderr, "")
        return result.returncode, [line for line in result.stdout.splitlines()
                                   if not line.startswith("Compiling")]

    def test_directories_are_those_of_the_interpreter(self):
        for variables in ({}, {"PYTHONPATH": f"{self.path('one')}:.::nowhere"},
                          {"PYTHONSAFEPATH": "1"}, {"PYTHONSAFEPATH": "1", "PYTHONPATH": "../one"},
                          {"PYTHONNOUSERSITE": "1"}):
            with self.subTest(variables=variables):
                ours = self.listed(tap.KILN, "compileall", **variables)
                self.assertEqual(ours, self.listed(program.PYTHON, "-m", "compileall", **variables))
                self.assertGreater(len(ours[1]), 3)

    def test_directories_below_are_left_alone(self):
        self.listed(tap.KILN, "compileall", PYTHONPATH=self.path("one"))
        cache = self.path("cache", self.path("one").lstrip("/"))
        self.assertEqual(os.listdir(cache), [f"a.{TAG}.pyc"])

    def test_the_first_directory_with_a_failure_is_the_last(self):
        self.write("one/bad.py", "x = = 1\n")
        status, lines = self.listed(tap.KILN, "compileall", "-q", PYTHONPATH=self.path("one"))
        self.assertEqual(status, 1)
        self.assertEqual(lines[0], f"*** Error compiling '{self.path('one/bad.py')}'...")


class Strict(Case):
    """Right where compileall is known to be wrong."""

    TARGET = f"__pycache__/m.{TAG}.pyc"

    def setUp(self):
        super().setUp()
        self.change("x = 1\n")

    def change(self, text):
        """Another source with the time of the one before."""
        self.write("m.py", text)
        os.utime(self.path("m.py"), (1700000000, 1700000000))

    def assert_remade(self, by_default, strictly, *options):
        self.assertEqual(self.remade(self.TARGET, "compileall", "-q", *options, "m.py"), by_default)
        if not by_default:
            self.assertEqual(self.remade(self.TARGET, "compileall", "-q", "--strict", *options,
                                         "m.py"), strictly)

    def test_a_current_file_is_current(self):
        self.run_kiln("py_compile", "m.py")
        self.assert_remade(False, False)

    def test_the_size_is_compared(self):
        self.run_kiln("py_compile", "m.py")
        self.change("x = 100\n")
        self.assert_remade(False, True)
        self.assertIn(100, self.code(self.TARGET).co_consts)

    def test_another_mode_of_invalidation_is_a_reason(self):
        self.run_kiln("py_compile", "m.py")
        self.assert_remade(False, True, "--invalidation-mode", "checked-hash")
        self.assertEqual(self.flags(self.TARGET), CHECKED)
        run = ("compileall", "-q", "--strict", "m.py")
        self.assertTrue(self.remade(self.TARGET, *run, "--invalidation-mode", "unchecked-hash"))
        self.assertFalse(self.remade(self.TARGET, *run, "--invalidation-mode", "unchecked-hash"))
        self.assertTrue(self.remade(self.TARGET, *run))
        self.assertEqual(self.flags(self.TARGET), TIMESTAMP)

    def test_a_hash_that_is_right_makes_a_file_current(self):
        for mode in ("checked-hash", "unchecked-hash"):
            options = ("compileall", "-q", "--invalidation-mode", mode, "m.py")
            self.run_kiln(*options)
            self.assertTrue(self.remade(self.TARGET, *options))
            os.utime(self.path("m.py"))
            self.assertFalse(self.remade(self.TARGET, *options, "--strict"))
            self.change(f"x = '{mode}'\n")
            self.assertTrue(self.remade(self.TARGET, *options, "--strict"))

    def test_a_file_that_is_incomplete_is_made_again(self):
        self.change("def f(a, *b):\n    return [a, 'text', 1 << 40, b'bytes'] if a in {1, 2.5} "
                    "else (None, ...)\n")
        for mode in ("timestamp", "checked-hash", "unchecked-hash"):
            options = ("compileall", "-q", "--invalidation-mode", mode, "m.py")
            for compiler in (tap.KILN,), (program.PYTHON, "-m"):
                subprocess.run([*compiler, *options[:2], "-f", *options[2:]], cwd=self.directory,
                               check=True)
                whole = program.read(self.path(self.TARGET))
                self.assertFalse(self.remade(self.TARGET, *options, "--strict"))
                lengths = {0, 15, 16, 17, 20, len(whole) // 2, len(whole) - 4, len(whole) - 1}
                contents = [whole[:length] for length in sorted(lengths)]
                contents += [whole + b"N", whole + whole, whole[:16] + bytes(len(whole) - 16),
                             whole[:16] + b"N"]
                for content in contents:
                    with self.subTest(mode=mode, compiler=compiler, length=len(content),
                                      end=content[-1:]):
                        self.write(self.TARGET, content)
                        if mode == "timestamp" and len(content) >= 16:
                            self.assertFalse(self.remade(self.TARGET, *options))
                        self.assertTrue(self.remade(self.TARGET, *options, "--strict"))
                        self.assertEqual(self.code(self.TARGET), marshal.loads(whole[16:]))
                        self.assertFalse(self.remade(self.TARGET, *options, "--strict"))

    def test_an_incomplete_file_of_one_level_is_a_reason(self):
        options = ("compileall", "-q", "--strict", "-o0", "-o1", "-o2", "m.py")
        self.run_kiln(*options)
        for path in program.bytecode(self.directory):
            whole = program.read(self.path(path))
            self.write(path, whole[:-1])
            self.assertTrue(self.remade(path, *options))
            self.assertEqual(program.read(self.path(path)), whole)

    def test_what_cpython_wrote_is_complete(self):
        for name in ("ast", "datetime", "enum", "opcode", "textwrap", "typing"):
            self.write(f"lib/{name}.py", program.read(importlib.util.find_spec(name).origin))
        command = [program.PYTHON, "-m", "compileall", "-q", "-o0", "-o1", "-o2", "lib"]
        subprocess.run(command, cwd=self.directory, check=True)
        self.run_kiln("compileall", "--strict", "-o0", "-o1", "-o2", "lib",
                      output="Listing 'lib'...\n")

    def test_a_directory_that_cannot_be_listed_is_a_failure(self):
        self.write("lib/closed/a.py")
        os.chmod(self.path("lib/closed"), 0o311)
        unprivileged = self.unprivileged()
        text = "Listing 'lib'...\nListing 'lib/closed'...\nCan't list 'lib/closed'\n"
        self.run_kiln("compileall", "lib", output=text, **unprivileged)
        self.run_kiln("compileall", "--strict", "lib", status=1, output=text, **unprivileged)
        self.run_kiln("compileall", "--strict", "-qq", "lib", status=1, output="", **unprivileged)
        self.run_kiln("compileall", "--strict", "lib/closed", status=1,
                      output="\n".join(text.split("\n")[1:]), **unprivileged)

    def test_a_path_that_is_missing_is_a_failure(self):
        text = "Listing 'missing'...\nCan't list 'missing'\n"
        self.run_kiln("compileall", "missing", output=text)
        self.run_kiln("compileall", "--strict", "missing", status=1, output=text)
        self.run_kiln("compileall", "--strict", "-qq", "missing", "m.py", status=1, output="")
        self.assert_made(self.TARGET)

    def test_files_are_compiled_at_once(self):
        for name in "abc":
            self.write(f"{name}.py", SLOW)
        process = self.start("compileall", "--strict", "-q", "-j2", "a.py", "b.py", "c.py")

        def two_work():
            """two processes work"""
            return sum(seconds > 0.1 for seconds in program.descendants(process.pid).values()) == 2
        program.await_condition(two_work, process)

    def test_files_are_reported_in_order(self):
        self.write("a.py", SLOW)
        self.write("b.py", "x = = 1\n")
        result = self.run_kiln("compileall", "--strict", "-j2", "b.py", "a.py", "m.py", status=1)
        self.assertEqual([line for line in result.stdout.splitlines()
                          if line.startswith("Compiling")],
                         [f"Compiling '{name}.py'..." for name in "bam"])

    def test_legacy_files_of_several_levels_stay(self):
        options = ("compileall", "-q", "-f", "-b", "--hardlink-dupes", "-o0", "-o1", "m.py")
        self.run_kiln(*options, "--strict")
        self.assert_made("m.pyc")
        result = self.run_kiln(*options, status=1)
        self.assertIn("FileNotFoundError", result.stdout)


class Own(Case):
    """Options that CPython does not have."""

    def test_names_before_pep_488(self):
        self.write("m.py", "assert x\n")
        for options, variables in ((["-O"], {}), ([], {"PYTHONOPTIMIZE": "1"})):
            for command in ("py_compile", "compileall"):
                self.run_kiln(command, "-q", "--pyo", *options, "m.py", variables=variables)
                self.assert_only([f"m.{TAG}.pyo"], "__pycache__")
                self.assertNotIn("x", self.code(f"__pycache__/m.{TAG}.pyo").co_names)
                os.unlink(self.path(f"__pycache__/m.{TAG}.pyo"))
        self.run_kiln("compileall", "-q", "--pyo", "-o", "1", "m.py")
        self.assert_only([f"m.{TAG}.pyo"], "__pycache__")
        self.run_kiln("py_compile", "--pyo", "m.py")
        self.assert_only([f"m.{TAG}.pyo", f"m.{TAG}.pyc"], "__pycache__")

    def test_levels_like_the_option_of_the_interpreter(self):
        self.write("m.py")
        for option, suffix in (("-O", ".opt-1"), ("-OO", ".opt-2"), ("-OOO", ".opt-2")):
            for command in ("py_compile", "compileall"):
                self.run_kiln(command, "-q", option, "m.py")
                self.assert_made(f"__pycache__/m.{TAG}{suffix}.pyc")
                os.unlink(self.path(f"__pycache__/m.{TAG}{suffix}.pyc"))

    def test_a_level_of_compileall_counts_more_than_that_of_the_interpreter(self):
        self.write("m.py")
        self.run_kiln("compileall", "-q", "-OO", "-o", "1", "-o", "-1", "m.py")
        self.assert_made(f"__pycache__/m.{TAG}.opt-1.pyc", f"__pycache__/m.{TAG}.opt-2.pyc")

    def test_names_separated_by_nul(self):
        self.write("a\nb .py")
        self.write(" c.py")
        self.run_kiln("compileall", "-q", "-0", "-i", "-", stdin=None, input="a\nb .py\0 c.py\0")
        made = (f"__pycache__/a\nb .{TAG}.pyc", f"__pycache__/ c.{TAG}.pyc")
        self.assert_made(*made)
        for name in made:
            os.unlink(self.path(name))
        self.run_kiln("py_compile", "-0", "-", stdin=None, input="a\nb .py\0 c.py")
        self.assert_made(*made)


if __name__ == "__main__":
    tap.main()
