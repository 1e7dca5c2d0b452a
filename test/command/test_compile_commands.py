"""py_compile and compileall around the compiling: lists of names, output, signals.

Both implementations run in equal trees; what they print and leave is to be the same.
"""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

NAMES = ("a.py", "b.py", "c d.py", "é.py", "\u3000wide\u3000.py", "x\n.py", "-0")
# Compiling all of these takes some seconds.
MANY = 200
SLOW = "def f(a, b):\n" + "    a = [y + 1 for y in (a, b, 'c') if y]\n" * 1500


class Both(program.Case):
    def setUp(self):
        super().setUp()
        for name in NAMES:
            self.write(f"tree/{name}", "x = 1\n")
        self.write("tree/lib/m.py", "x = 1\n")
        self.write("tree/bad.py", "x = \n")

    def run_in_copy(self, command, data, variables):
        copy = self.path("copy")
        shutil.copytree(self.path("tree"), copy)
        try:
            result = subprocess.run(
                command, cwd=copy, check=False, input=data, capture_output=True,
                env=tap.environment(**{"LC_ALL": "C.UTF-8"} | variables))
            files = sorted(os.path.join(parent, name) for parent, _, names in os.walk(copy)
                           for name in names)
        finally:
            shutil.rmtree(copy)
        return result, files

    def both(self, module, *arguments, data=b"", **variables):
        """What kiln did, which CPython did, too; of a traceback only the last line counts."""
        expected, their_files = self.run_in_copy(
            [program.PYTHON, "-m", module, *arguments], data, variables)
        found, own_files = self.run_in_copy([tap.KILN, module, *arguments], data, variables)
        messages = expected.stderr
        if messages.startswith(b"Traceback "):
            messages = messages.splitlines(keepends=True)[-1]
        self.assertEqual(found.stdout, expected.stdout)
        self.assertEqual(found.stderr, messages)
        self.assertEqual(found.returncode, expected.returncode)
        self.assertEqual(own_files, their_files)
        return found


class Lists(Both):
    def lists(self):
        """Contents of a file of names."""
        yield "a.py\nb.py\n".encode()
        yield "a.py\r\nb.py\rc d.py\n\n  é.py \t\n".encode()
        yield "\u3000wide\u3000.py\n\x1ca.py\x1f\n\x85b.py\u2028\n".encode()
        yield b"a.py"
        yield b"\n"
        yield b"lib\nmissing\n"
        yield "\ufeffa.py\n".encode()

    def test_names_from_a_file(self):
        for content in self.lists():
            with self.subTest(content=content):
                self.write("tree/list", content)
                self.both("compileall", "-i", "list", "b.py")

    def test_names_from_standard_input(self):
        for content in self.lists():
            with self.subTest(content=content):
                self.both("compileall", "-i", "-", "b.py", data=content)

    def test_py_compile_reads_names_from_standard_input(self):
        for content in (b"a.py\nb.py\n", b"a.py\rb.py\r\nc d.py", b"a.py\n\nb.py\n", b" a.py\n",
                        b"bad.py\na.py\n", b""):
            with self.subTest(content=content):
                self.both("py_compile", "-", data=content)

    def test_lists_that_cannot_be_read(self):
        for options in ([], ["-q"], ["-qq"]):
            for name in ("missing", "lib", "a.py/x"):
                with self.subTest(options=options, name=name):
                    self.both("compileall", *options, "-i", name, "a.py")

    def test_an_empty_name_of_a_list_is_none(self):
        self.both("compileall", "-i", "", "a.py")

    def test_a_list_that_is_no_utf_8_compiles_nothing(self):
        self.write("tree/list", b"a.py\n\xff\n")
        result, files = self.run_in_copy(
            [tap.KILN, "compileall", "-i", "list", "b.py"], b"", {})
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (1, b"", b"UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in "
                                  b"position 5: invalid start byte\n"))
        self.assertFalse([name for name in files if name.endswith(".pyc")])

    def test_names_separated_by_nul_are_taken_as_they_are(self):
        names = [" a.py ", "x\n.py", "\r\n.py"]
        for name in names:
            self.write(f"tree/{name}", "x = 1\n")
        data = "\0".join(names).encode() + b"\0"
        for arguments in (["compileall", "-q", "-0", "-i", "-"], ["py_compile", "-0", "-"]):
            with self.subTest(arguments=arguments):
                result, files = self.run_in_copy([tap.KILN, *arguments], data, {})
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
                compiled = [name for name in files if name.endswith(".pyc")]
                # What does not end with .py is no source to compileall.
                self.assertEqual(len(compiled), 2 if arguments[0] == "compileall" else 3)

    def test_a_name_with_a_nul_is_refused(self):
        for arguments in (["compileall", "-i", "-"], ["py_compile", "-"]):
            with self.subTest(arguments=arguments):
                result, _ = self.run_in_copy([tap.KILN, *arguments], b"a\0b\n", {})
                self.assertEqual((result.returncode, result.stderr),
                                 (1, b"ValueError: embedded null byte\n"))


class Order(Both):
    def test_the_pattern_is_looked_at_first(self):
        for pattern in ("(", "*", "[", "(?P<1>)", "é(", "a**"):
            with self.subTest(pattern=pattern):
                self.both("compileall", "-x", pattern, "-d", "a", "-s", "b", "a.py")

    def test_an_empty_limit_is_none(self):
        self.both("compileall", "-e", "", "a.py")

    def test_levels_are_sorted(self):
        self.both("compileall", "-o", "2", "-o", "0", "-o", "2", "-o", "1", "a.py", "bad.py")

    def test_hardlinks_of_one_level_given_twice(self):
        self.both("compileall", "--hardlink-dupes", "-o", "1", "-o", "1", "a.py")

    def test_recursion_levels(self):
        for options in (["-l"], ["-r", "0"], ["-l", "-r", "1"], ["-r", "-1"], ["-r", "9" * 30]):
            with self.subTest(options=options):
                self.both("compileall", *options, ".")

    def test_negative_workers(self):
        for number in ("-1", "-" + "9" * 30):
            with self.subTest(number=number):
                self.both("compileall", f"-j{number}", "lib")


class Failures(Both):
    def test_py_compile_ends_with_the_first(self):
        for names in (["a.py", "bad.py", "b.py"], ["missing.py", "a.py"], ["lib"], [""]):
            with self.subTest(names=names):
                self.both("py_compile", *names)
                self.both("py_compile", "-q", *names)

    def test_py_compile_drops_newlines_at_the_end_of_names(self):
        self.both("py_compile", "a.py\n\n")

    def test_warnings(self):
        self.write("tree/warn.py", "x = 1 is 1\n")
        self.both("py_compile", "warn.py", "a.py")

    def test_levels_of_quiet(self):
        for options in ([], ["-q"], ["-qq"], ["-q", "-q", "-q"]):
            with self.subTest(options=options):
                self.both("compileall", *options, ".")


class Levels(Both):
    def test_optimize_is_that_of_the_interpreter(self):
        for module in ("py_compile", "compileall"):
            for option, tail in (("-O", ".opt-1"), ("-OO", ".opt-2"), ("-OOO", ".opt-2")):
                for level in (None, "0", "2"):
                    with self.subTest(module=module, option=option, level=level):
                        _, files = self.run_in_copy(
                            [tap.KILN, module, option, "a.py"], b"", {"PYTHONOPTIMIZE": level})
                        self.assertIn(f"a.{tap.TAG}{tail}.pyc", map(os.path.basename, files))

    def test_names_before_pep_488(self):
        for module in ("py_compile", "compileall"):
            for options, name in ((["--pyo"], f"a.{tap.TAG}.pyc"),
                                  (["--pyo", "-O"], f"a.{tap.TAG}.pyo")):
                with self.subTest(module=module, options=options):
                    _, files = self.run_in_copy([tap.KILN, module, *options, "a.py"], b"", {})
                    self.assertIn(name, map(os.path.basename, files))


class Digits(Both):
    def setUp(self):
        super().setUp()
        self.write("tree/long.py", "x = " + "1" * 5000 + "\n")

    def test_as_cpython_takes_the_variable(self):
        for value in ("", "0", "640", "639", "1", "-1", " 700", "+700", "700 ", "0x700", "7_00",
                      "x", "4999", "5000", "2147483647", "2147483648", "99999999999999999999"):
            for module in ("py_compile", "compileall"):
                with self.subTest(module=module, value=value):
                    self.both(module, "long.py", PYTHONINTMAXSTRDIGITS=value)


class Output(Both):
    def test_in_other_encodings(self):
        for encoding in ("ascii", "latin-1", "UTF-8", "u8", ":strict", "shift_jis:replace",
                         "utf-8-sig", "utf_8_sig", "utf-16", "utf-16-le", "utf-32"):
            with self.subTest(encoding=encoding):
                self.both("compileall", "a.py", "c d.py", "bad.py", PYTHONIOENCODING=encoding)
                self.both("compileall", "-zé", PYTHONIOENCODING=encoding)

    def test_characters_that_an_encoding_lacks_are_escaped(self):
        result, _ = self.run_in_copy(
            [tap.KILN, "compileall", "é.py"], b"", {"PYTHONIOENCODING": "ascii"})
        self.assertEqual(result.stdout, b"Compiling '\\xe9.py'...\n")

    def test_standard_output_that_fails(self):
        for arguments in (["compileall", "."], ["compileall", "--help"], ["help", "py_compile"]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                result = subprocess.run(
                    [tap.KILN, *arguments], cwd=self.path("tree"), env=tap.environment(),
                    check=False, stdout=full, stderr=subprocess.PIPE, encoding="utf-8")
                self.assertEqual(result.returncode, 3)
                self.assertIn("No space left on device", result.stderr)

    def test_standard_output_that_nobody_reads(self):
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as pipe:
            result = subprocess.run(
                [tap.KILN, "compileall", "a.py", "b.py"], cwd=self.path("tree"), check=False,
                env=tap.environment(), stdout=pipe, stderr=subprocess.PIPE, encoding="utf-8")
        self.assertEqual(result.returncode, 3)
        self.assertIn("Broken pipe", result.stderr)
        self.assertTrue(os.path.exists(program.cached(self.path("tree", "b.py"))))

    def test_without_a_standard_output(self):
        result = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", tap.KILN, "compileall", "-q", "a.py"],
            cwd=self.path("tree"), check=False, env=tap.environment(), capture_output=True)
        self.assertEqual((result.returncode, result.stderr), (0, b""))


class Signals(program.Case):
    def interrupt(self, number, *arguments):
        """Send a signal while sources are compiled; the status, and the last of what was said."""
        names = [os.path.relpath(self.write(f"tree/m{number}.py", SLOW), self.directory)
                 for number in range(MANY)]
        cache = self.path("tree", "__pycache__")
        process = self.start(*arguments, *names)

        def working():
            """some are compiled"""
            return os.path.isdir(cache) and len(os.listdir(cache)) > 3

        program.await_condition(working, process)
        process.send_signal(number)
        output, messages = process.communicate(timeout=60)
        compiled = os.listdir(cache)
        self.assertLess(len(compiled), MANY)
        self.assertEqual([name for name in compiled if not name.endswith(f".{tap.TAG}.pyc")], [])
        self.assertEqual(messages, "")
        shutil.rmtree(cache)
        return process.returncode, output.partition("\n\n")[2] or output

    def test_compileall_says_that_it_was_interrupted(self):
        self.assertEqual(self.interrupt(signal.SIGINT, "compileall"),
                         (1, "[interrupted]\n"))

    def test_compileall_is_silent_if_asked(self):
        self.assertEqual(self.interrupt(signal.SIGINT, "compileall", "-qq"), (1, ""))

    def test_compileall_terminated(self):
        self.assertEqual(self.interrupt(signal.SIGTERM, "compileall", "-q"), (143, ""))

    def test_py_compile(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                self.assertEqual(self.interrupt(number, "py_compile"), (128 + number, ""))

    def test_while_names_are_read(self):
        for arguments in (["compileall", "-i", "-"], ["py_compile", "-"]):
            with self.subTest(arguments=arguments):
                process = self.start(*arguments, stdin=subprocess.PIPE)
                process.stdin.write("a.py\n")
                process.stdin.flush()
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=60), -signal.SIGINT)


if __name__ == "__main__":
    tap.main()
