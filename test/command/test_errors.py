"""How errors are reported, what is done in spite of them, how wrong command lines are refused."""
import importlib.util
import json
import os
import pty
import re
import shlex
import subprocess
import sys
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

# Every line is wrong at its "$".
DOLLARS = (
    "x = 'e' $",
    "if x:\tx = 1 $",
    "if x:\t\ty = 'a'\t$",
    "x = 'äöü' $",
    "x = '日本語' $",
    "x = 'e\u0301' $",
    "x = '\U0001f600' $",
    "x = '\u200b' $",
    "x = 'ｆｕｌｌ' + 'half' $",
    "日本 = 1 $",
    "$",
    "x = '\x01\x7f' $",
    "x = '\x0c' $",
    "x = '\u202e' $",
    "x = '\u0085' $",
    "x = '\t日\t' $",
    "x" + " " * 3000 + "$",
    "x = '" + "日" * 1500 + "' $",
    "x = '" + "\x01" * 1500 + "' $",
)

# Command lines, and what the message must have in it.
WRONG = (
    ("", ""),
    ("nonsense", "nonsense"),
    ("nonsense", "build"),
    ("nonsense", "cc"),
    ("--nonsense", ""),
    ("help nonsense", "nonsense"),
    ("--parser nonsense build in -o out", "nonsense"),
    ("--parser both", "no command"),
    ("build in --layout bytecode", "-o"),
    ("build nothing.of.that", "nothing.of.that"),
    ("build in --mode 'a b'", "a b"),
    ("build in --image-layout flat", "flat"),
    ("build in --timeout 0", "0"),
    ("build in --cache-limit 5X", "5X"),
    ("build in --update-index often", "often"),
    ("build -g in -o out", "product"),
    ("build -n in -o out", "product"),
    ("build -o out", "SOURCE"),
    ("build --nonsense in -o out", "--nonsense"),
    ("build -x in -o out", "-x"),
    ("build --optimize 3 in -o out", "3"),
    ("build -O-1 in -o out", "-1"),
    ("build --optimize '' in -o out", ""),
    ("build --optimize=01 in -o out", "01"),
    ("build --optimize 0 --optimize 2 --layout bytecode in -o out", "bytecode"),
    ("build --layout factor in -o out", "factor"),
    ("build --format rpm in -o out", "rpm"),
    ("build -j0 in -o out", "0"),
    ("build -jx in -o out", "x"),
    ("build -j 99999999999999999999 in -o out", "99999999999999999999"),
    ("build --check sometimes in -o out", "sometimes"),
    ("build --check never in -o out", "never"),
    ("build --pyc-bytes pypy in -o out", "pypy"),
    ("build --prefix-map x in -o out", "x"),
    ("build --color maybe in -o out", "maybe"),
    ("build --progress=maybe in -o out", "maybe"),
    ("build --log xml in -o out", "xml"),
    ("build --quiet=yes in -o out", "--quiet"),
    ("build in -o", "-o"),
    ("build in --output", "--output"),
    ("build in -o ''", ""),
    ("build nothing -o out", "nothing"),
    ("build in nothing/below -o out", "nothing"),
    ("build '' -o out", ""),
    ("build in=../up -o out", "../up"),
    ("build in=/abs -o out", "/abs"),
    ("build in=a/../b -o out", "a/../b"),
    ("build in= -o out", ""),
    ("build in/m.py=. -o out", "at the root of the image"),
    ("build in -o out --nonsense", "--nonsense"),
    ("build -o out -- -x", "-x"),
)


def width(text):
    """The columns that text takes on a terminal."""
    column = 0
    for character in text:
        if character == "\t":
            column += 8 - column % 8
        elif unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            column += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return column


class Messages(program.Case):
    def test_one_bad_source_among_many_is_reported_and_the_rest_is_built(self):
        for number in range(40):
            self.write(f"in/m{number}.py", "x = 1\n")
        self.write("in/bad.py", "x = 1\ny = (1 +\n")
        self.write("in/data.txt", "data")
        result = self.kiln("build", "in", "-o", "out", status=1)
        self.assertRegex(result.stderr, (
            r"\Ain/bad\.py:2:5: error: '\(' was never closed\n  y = \(1 \+\n      \^\n"
            r"kiln: 40 compiled, 1 failed, 1 copied in [0-9]+\.[0-9]{2} s: out\n\Z"))
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(program.bytecode(self.path("out"))), 40)
        self.assertEqual(program.read(self.path("out/bad.py")), b"x = 1\ny = (1 +\n")
        self.assertEqual(program.read(self.path("out/data.txt")), b"data")

    def test_a_bad_source_is_not_in_an_image_of_bytecode(self):
        self.write("in/bad.py", "x = = 1\n")
        self.write("in/good.py", "x = 1\n")
        self.kiln("build", "--layout", "bytecode", "in", "-o", "out", status=1)
        self.assert_only([".kiln", "good.pyc"], "out")

    def test_paths_in_messages_are_the_given_ones(self):
        self.write("in/sub/bad.py", "x = = 1\n")
        for given in ("in", "./in", self.path("in"), "in/sub/../sub", "in/sub/bad.py"):
            with self.subTest(given=given):
                result = self.kiln("build", given, "-o", "out", status=1)
                path = "/".join([given, *{"in/sub/bad.py": [], "in/sub/../sub": ["bad.py"]}.get(
                    given, ["sub/bad.py"])])
                self.assertEqual(list(program.errors(result)), [path])

    def test_messages_of_one_source_stand_together(self):
        for number in range(200):
            self.write(f"in/m{number:03}.py", f"x is {number}\ny = '{number}' $\n")
        result = self.kiln("build", "-j8", "in", "-o", "out", status=1)
        lines = result.stderr.splitlines()
        for at, line in enumerate(lines):
            found = re.fullmatch(r"in/m(\d+)\.py:2:\d+: error: invalid syntax", line)
            if found:
                self.assertEqual(lines[at + 1], f"  y = '{int(found[1])}' $")
                self.assertEqual(lines[at + 2].strip(), "^")
        self.assertEqual(len([line for line in lines if ": error: " in line]), 200)

    def test_the_caret_stands_below_the_place(self):
        for first, locale in (("x = 0", "C"), ("x = 0", "C.UTF-8"), ("# coding: utf-8", "C")):
            for number, line in enumerate(DOLLARS):
                self.write(f"in/m{number}.py", f"{first}\n{line}\n")
            result = self.kiln("build", "in", "-o", "out", status=1, variables={"LC_ALL": locale})
            found = program.errors(result)
            for number, line in enumerate(DOLLARS):
                with self.subTest(first=first, line=ascii(line[:40]), locale=locale):
                    self.assert_marked(found[f"in/m{number}.py"])

    def test_columns_count_characters_whoever_found_the_error(self):
        # CPython counts bytes of UTF-8 in all but the second.
        cases = {"'äö' $": 6, "# coding: utf-8\n'äö' $": 6, "'äö'; return 1": 7,
                 "# coding: utf-8\n'äö'; return 1": 7, "'äö'; x = 1; nonlocal x": 14}
        for number, text in enumerate(cases):
            self.write(f"in/m{number}.py", text + "\n")
        found = program.errors(self.kiln("build", "in", "-o", "out", status=1))
        for number, (text, column) in enumerate(cases.items()):
            with self.subTest(text=text):
                self.assertEqual(found[f"in/m{number}.py"].column, column)

    def assert_marked(self, message):
        """The caret is in the column of the line's "$"."""
        text, caret = message.below
        self.assertEqual(caret.strip(), "^")
        self.assertEqual(width(caret[:caret.index("^")]), width(text[:text.index("$")]))
        self.assertLess(len(text), 4096)

    def test_a_source_is_not_to_blame_for_what_stops_cpython_from_starting(self):
        self.write("in/plain.py", "x = 1\n")
        self.write("in/encoded.py", "# coding: cp1252\nx = 1\n")
        directory = os.open(self.directory, os.O_RDONLY)
        self.addCleanup(os.close, directory)
        self.kiln("cc", "plain.ast", "in/plain.py", stdin=directory)
        for command in (("cc", "encoded.ast", "in/encoded.py"), ("build", "in", "-o", "out"),
                        ("py_compile", "in/encoded.py"), ("compileall", "-q", "in")):
            with self.subTest(command=command[0]):
                result = self.kiln(*command, status=1 if command[0] == "py_compile" else 3,
                                   stdin=directory)
                self.assertIn("cannot start CPython", result.stderr)
                self.assertNotIn("encoded.py", result.stderr)

    def test_warnings_are_reported_once_and_change_nothing(self):
        self.write("in/m.py", "x is 1\n\ndef f():\n    return 'a' is x\n")
        result = self.kiln("build", "--optimize=0", "--optimize=1", "--optimize=2", "in", "-o",
                           "out")
        found = program.messages(result.stderr)
        self.assertEqual([(one.path, one.line, one.kind) for one in found],
                         [("in/m.py", 1, "warning"), ("in/m.py", 4, "warning")])
        self.assertRegex(found[0].text, r"""^"is" with .* literal\. Did you mean "=="\?$""")
        self.assertEqual(len(program.bytecode(self.path("out"))), 3)

    def test_quiet_leaves_out_the_summary_only(self):
        self.write("in/bad.py", "x = = 1\n")
        result = self.kiln("build", "-q", "in", "-o", "out", status=1)
        self.assertNotIn("kiln:", result.stderr)
        self.assertIn("in/bad.py:1:5: error: invalid syntax", result.stderr)

    def test_json_is_an_object_for_each_event(self):
        self.write("in/bad.py", "x = 'ä\udc00' $\n".encode("utf-8", "surrogatepass"))
        self.write("in/worse.py", "x = = 'ä'\n")
        with open(os.path.join(os.fsencode(self.path("in")), b"n\xff\n.py"), "wb") as file:
            file.write(b"x is 1\n")
        os.mkfifo(self.path("in/fifo"))
        result = self.kiln("build", "--log", "json", "--progress", "always", "--color", "always",
                           "in", "-o", "out", status=1)
        events = [json.loads(line) for line in result.stderr.splitlines()]
        self.assertTrue(all(isinstance(event, dict) for event in events))
        self.assertEqual({event.get("path") for event in events},
                         {"in/bad.py", "in/worse.py", "in/n\udcff\n.py", "in/fifo", None})
        worse, = (event for event in events if event.get("path") == "in/worse.py")
        self.assertEqual((worse["event"], worse["line"], worse["column"], worse["message"]),
                         ("error", 1, 5, "invalid syntax"))
        for arguments in (("nothing",), ("in", "--layout", "bytecode"),
                          ("in", "-o", "out", "--optimize", "7"), ("nothing", "-o", "out")):
            with self.subTest(arguments=arguments):
                result = self.kiln("build", "--log", "json", *arguments, status=2)
                for line in result.stderr.splitlines():
                    self.assertEqual(json.loads(line)["event"], "error")

    def test_colour_and_progress_are_for_terminals(self):
        self.write("in/bad.py", "x = = 1\n")
        plain = self.kiln("build", "in", "-o", "out", status=1)
        self.assertNotIn("\x1b", plain.stderr)
        always = self.kiln("build", "--color", "always", "in", "-o", "out", status=1)
        self.assertIn("\x1b[", always.stderr)
        self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", always.stderr).splitlines()[:3],
                         plain.stderr.splitlines()[:3])
        for variables, arguments, coloured in (
                ({}, [], True), ({"NO_COLOR": "1"}, [], False), ({"NO_COLOR": ""}, [], True),
                ({"TERM": "dumb"}, [], False), ({}, ["--color", "never"], False),
                ({"NO_COLOR": "1"}, ["--color", "always"], True)):
            with self.subTest(variables=variables, arguments=arguments):
                text = self.on_terminal(
                    {"TERM": "xterm"} | variables, "--progress", "never", *arguments)
                self.assertEqual("\x1b" in text, coloured)
        text = self.on_terminal({"TERM": "xterm"}, "--color", "never")
        self.assertIn("\r", text.replace("\r\n", ""))

    def on_terminal(self, variables, *arguments):
        """What a build writes to a terminal."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [tap.KILN, "build", *arguments, "in", "-o", "out"], cwd=self.directory, stderr=theirs,
            env=tap.environment(NO_COLOR=None) | variables, stdin=subprocess.DEVNULL)
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 4096):
                text += chunk
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        self.assertEqual(process.wait(60), 1)
        return text.decode()


class Usage(program.Case):
    def assert_refused(self, *arguments, says="", **options):
        """Status 2, a message, and nothing done."""
        before = program.tree(self.directory)
        result = self.kiln(*arguments, status=2, **options)
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"\A(kiln|.+): error: .+\n\Z")
        self.assertIn(says, result.stderr)
        self.assertEqual(program.tree(self.directory), before)

    def test_wrong_command_lines_are_refused(self):
        self.write("in/m.py", "x = 1\n")
        self.write("other/m.py", "x = 2\n")
        for line, says in WRONG:
            with self.subTest(line=line):
                self.assert_refused(*shlex.split(line), says=says)

    def test_numbers_are_decimal_digits_between_two_bounds(self):
        self.write("in/m.py", "x = 1\n")
        for option, most in (("--jobs", 1024), ("--timeout", 1000000)):
            for value in ("", " ", " 5", "5 ", "\t5", "5\n", "+5", "-5", "-0", "0x5", "0b1", "5.0",
                          "5.", "1e2", "1_0", "5K", "5,",
                          "five", "\u0665", "\uff15", "0", "000", str(most + 1), "2147483648",
                          "4294967296", "4294967297",
                          "18446744073709551616", "18446744073709551617", "9" * 30):
                with self.subTest(option=option, value=value):
                    says = (f"invalid value '{program.printable(value)}' for {option}: "
                            f"expected 1 to {most}\n")
                    self.assert_refused("build", f"{option}={value}", "in", "-o", "out", says=says)
            for value in ("1", "5", "005", str(most), "0" * 30 + "5"):
                with self.subTest(option=option, value=value):
                    self.kiln("build", "-n", f"{option}={value}", "in")

    def test_sizes_are_numbers_with_a_unit(self):
        for value in ("", "K", " 5", "5 ", "5 K", "+5", "-5", "-5K", "0x5", "5.5G", "5KK", "5k",
                      "5B", "K5", "0", "0K", "18446744073709551616", "18014398509481984K",
                      "16777216T", "99999999999999999999G"):
            with self.subTest(value=value):
                self.assert_refused("build", "-n", f"--cache-limit={value}", "in",
                                    says=f"'{value}'")

    def test_a_wrong_source_date_epoch_is_refused(self):
        self.write("in/m.py", "x = 1\n")
        for value in ("x", "-1", "1.5", " 1", "99999999999999999999", "1x"):
            with self.subTest(value=value):
                self.assert_refused("build", "in", "-o", "out", says="SOURCE_DATE_EPOCH",
                                    variables={"SOURCE_DATE_EPOCH": value})

    def test_two_dashes_end_the_options(self):
        self.write("-in/m.py", "x = 1\n")
        self.kiln("build", "-o", "out", "--", "-in")
        self.assertIn(program.cached("m.py"), program.bytecode(self.path("out")))

    def test_two_different_sources_for_one_name_are_an_error_that_names_both(self):
        self.write("a/m.py", "x = 1\n")
        self.write("b/m.py", "x = 2\n")
        self.write("c/m.py", "x = 1\n")
        result = self.kiln("build", "a", "b", "-o", "out", status=1)
        self.assertIn("a/m.py", result.stderr)
        self.assertIn("b/m.py", result.stderr)
        self.assertEqual(program.read(self.path("out/m.py")), b"x = 1\n")
        self.kiln("build", "a", "c", "-o", "out")

    def test_standard_output_has_only_what_was_asked_for(self):
        self.write("in/m.py", "x = 1\n")
        self.assertEqual(self.kiln("build", "in", "-o", "out").stdout, "")
        for line in ("--version", "--help", "help", "help build", "build --help", "cc --help"):
            with self.subTest(line=line):
                result = self.kiln(*line.split())
                self.assertEqual(result.stderr, "")
                self.assertNotEqual(result.stdout, "")

    def test_a_full_standard_output_is_one_error(self):
        self.write("in/m.py", "x = 1\n")
        message = "cannot write 'standard output': No space left on device"
        for line in ("--version", "help", "query sources in", "build -n in", "build in",
                     "clean -n in"):
            with self.subTest(line=line), open("/dev/full", "w", encoding="utf-8") as full:
                result = self.kiln(*line.split(), status=0 if line == "build in" else 3,
                                   capture_output=False, stdout=full, stderr=subprocess.PIPE)
                if result.returncode:
                    self.assertEqual(result.stderr, f"kiln: error: {message}\n")

    def test_the_version_names_what_is_embedded(self):
        version = subprocess.run(
            [program.PYTHON, "-V"], check=True, capture_output=True, text=True).stdout
        magic = int.from_bytes(importlib.util.MAGIC_NUMBER[:2], "little")
        self.assertRegex(self.kiln("--version").stdout, (
            r"\Akiln \d+\.\d+\.\d+\nC" + re.escape(version.strip())
            + f", bytecode magic {magic}" + r"\nlibarchive \d+\.\d+\.\d+\n\Z"))


if __name__ == "__main__":
    tap.main()
