"""Command lines of py_compile and compileall: refused, and explained, as CPython does it."""
import os
import random
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

SEED = 3
RANDOM_LINES = 300

# Command lines that are refused, or ask for help, before a file is looked at.
COMPILEALL = r"""
-h
--help
--he
--h
--h=1
--hardlink
--hardlink=
--hardlink-dupes
--hardlink-dupes -o 1
--hardlink-dupes=1
--hardlink-dupes -d a -s b
-d a -s b
-d a -p b
-d '' -p ''
-d a -s ''
-da -sb -o1 -o2 --hardlink
--w
--w x
--work=x
--workers
--workers=
-j
-j x
-jx
-j=x
-j=
-j ''
-j ' '
-j 1_
-j _1
-j 1__0
-j '- 1'
-j 0x10
-j 1.5
-j -1.5
-j -.5
-j --1
-j -x
-j ²
-j ½
-j '"'
-j "'"
-j "\"'"
-j 'a\b'
-j é
-j $'\u200b'
-j $'a\tb\n'
-j $'\xff'
-j $'\x1c5'
-j --
-r
-r -- 1
-r x -h
-h -r x
-hr
-hrx
-hr x
-rh
-lr
-lrx
-lh
-lhz
-lfqz
-lfq=
-lfq=1
-l=
-l=x
-lfj=x
-lé
-l-f
-l--
-q- 1
-o
-o x
-o -x
-o -0 -z
-o -1 -z
-z
-zz
-z -h
-h -z
-h --h
--h -h
--
-- -z --zz
--=x
--=
--i
--i x
--inv=x
--invalidation-mode
--invalidation-mode x
--invalidation-mode ''
--invalidation-mode=TIMESTAMP
--invalidation-mode "it's"
--invalidation-mode $'\xe3\x81'
---
----
--- -h
a -q b
a -q b -q c
-q a -q b
-q a -l b -- c
a -- b -q -z
a -q -- b
a -q --
-q -- a -- b
-- -q -h
-z a
-z a -q b
-z 'a b'
'-z b' -z
'--z b' -z
'--work b' -z
'-j b'
-5 -z
-5 -q -6
-5.5 -z
-.5 -z
-5. a
-5x a
-1e3 a
-٣ -z
-٣x a
$'-5\n' -z
'' -z
- -z
- -q -
-z $'\xff' é $'\n'
--é
--é=$'\xff'
-é
-x
-x -z
-x ( -x=-- -z
-d
-s
-p
-e
-i
-i -q
a -i
--zz=1 -zz=1 a
-b -f -l -q -qq -qqq -r 1 -j 1 -o 1 -o 2 -zz
""".replace(" ( ", " '(' ").splitlines()[1:]

PY_COMPILE = r"""
-h
--help
--hel
--q
--q=1
--quiet=
-q
-qq
-qh
-hq
-qz
-q=
-q=1
--
-q --
-- --
-z
-z a
a -z
a -q b
-q a -q b c
a -- b -q
a -q -- b
-5 -q -6
-é
--x
''  -q ''
-q '' -q ''
""".splitlines()[1:]

WORDS = {
    "compileall": ["-h", "--help", "-l", "-r", "-f", "-q", "-b", "-d", "-s", "-p", "-x", "-i", "-j",
                   "--workers", "--invalidation-mode", "-o", "-e", "--hardlink-dupes", "--", "a",
                   "b c", "", "-", "-1", "-.5", "x=y", "timestamp", "'", "é", "\udcff", "--=",
                   "1_0"],
    "py_compile": ["-h", "--help", "-q", "--quiet", "--", "a", "b c", "", "-", "-1", "-.5", "é",
                   "\udcff", "--=", "x=y"],
}


def random_word(module, generator):
    """A word of the module's, or one that is cut, joined with another or misspelt."""
    word = generator.choice(WORDS[module])
    kind = generator.randrange(8)
    if kind == 0:
        return word[:generator.randrange(len(word) + 1)]
    if kind == 1:
        return word + "=" + generator.choice(WORDS[module])
    if kind == 2:
        return word + generator.choice(WORDS[module]).lstrip("-")
    if kind == 3:
        return word + generator.choice("zhq5é ")
    return word


def ends_early(words):
    """Without this at its end a random command line might be right, and compile something."""
    return [*words, "--help"]


class Arguments(program.Case):
    def compare(self, module, words, **variables):
        """Both do the same with a command line that neither takes."""
        arguments = [os.fsencode(word) for word in words]
        variables = {"COLUMNS": "80", "LC_ALL": "C.UTF-8"} | variables
        expected = subprocess.run(
            [program.PYTHON, "-m", module, *arguments], cwd=self.directory, check=False,
            env=tap.environment(**variables), stdin=subprocess.DEVNULL, capture_output=True)
        found = self.kiln(module, *arguments, status=None, variables=variables, encoding=None,
                          errors=None)
        output = found.stdout.partition(b"\nadditional options:\n")[0]
        for name, is_own, is_theirs in (
                ("status", found.returncode, expected.returncode),
                ("standard output", output.decode(), expected.stdout.decode()),
                ("standard error", found.stderr.decode(), expected.stderr.decode())):
            self.assertEqual(is_own, is_theirs, f"{name} of {shlex.join(words)}")

    def compare_lines(self, module, lines):
        for line in lines:
            with self.subTest(line=line):
                script = f"printf '%s\\0' {line}"
                words = subprocess.run(["/bin/bash", "-c", script], check=True,
                                       env={"LC_ALL": "C.UTF-8"}, capture_output=True).stdout
                self.compare(module, os.fsdecode(words).split("\0")[:-1])

    def test_compileall_refuses_as_cpython_does(self):
        self.compare_lines("compileall", COMPILEALL)

    def test_py_compile_refuses_as_cpython_does(self):
        self.compare_lines("py_compile", PY_COMPILE)

    def test_random_command_lines(self):
        generator = random.Random(SEED)
        for number in range(RANDOM_LINES):
            module = "compileall" if number % 4 else "py_compile"
            words = [random_word(module, generator) for _ in range(generator.randrange(1, 6))]
            with self.subTest(module=module, words=words):
                self.compare(module, ends_early(words))

    def test_help_and_usage_are_wrapped_as_cpython_does(self):
        for module in WORDS:
            for columns in ["", "0", "-5", "1", "5", "13", "22", "31", "34", "35", "40", "44", "45",
                            "46", "58", "59", "63", "70", "79", "81", "100", "119", "132", "250",
                            " 6_0 ", "٦٠", "x", "9" * 30, "9" * 5000]:
                with self.subTest(module=module, columns=columns[:40]):
                    self.compare(module, ["--help"], COLUMNS=columns)
                    self.compare(module, ["--unknown"], COLUMNS=columns)


class OwnOptions(tap.Case):
    def assert_refused(self, message, module, *arguments):
        """The last line of what kiln says is the module's message."""
        theirs = subprocess.run([program.PYTHON, "-m", module, "--unknown", "a"], check=False,
                                env=tap.environment(LC_ALL="C"), capture_output=True,
                                encoding="utf-8").stderr.splitlines()[-1]
        self.assertEqual(self.kiln(module, *arguments, status=2).stderr.splitlines()[-1],
                         theirs.replace("unrecognized arguments: --unknown", message))

    def test_help_command_prints_the_help_option(self):
        for module in WORDS:
            with self.subTest(module=module):
                self.assertEqual(self.kiln("help", module).stdout,
                                 self.kiln(module, "--help").stdout)

    def test_own_options_are_a_last_group_and_not_in_the_usage(self):
        text = self.kiln("compileall", "--help").stdout
        usage, _, rest = text.partition("\n\n")
        self.assertNotIn("--strict", usage)
        own = rest.partition("\nadditional options:\n")[2]
        for option in ("-0", "-O", "--pyo", "--strict"):
            self.assertIn(f"\n  {option} ", "\n" + own)

    def test_own_options_are_abbreviated(self):
        self.assert_refused("argument --strict: ignored explicit argument '1'",
                            "compileall", "--str=1")

    def test_own_options_are_joined(self):
        self.assert_refused("argument -O: ignored explicit argument '-z'", "compileall", "-l0O-z")

    def test_zero_is_a_value_where_an_option_wants_one(self):
        for words in (["-o", "-0", "-r", "-0", "-z"], ["-lo", "-0", "-z"]):
            self.assert_refused("unrecognized arguments: -z", "compileall", *words)

    def test_zero_is_the_flag_elsewhere(self):
        self.assert_refused("argument -r: expected one argument", "compileall", "-o1", "-0", "-r")
        self.assert_refused("the following arguments are required: filenames", "py_compile", "-0")

    def test_other_numbers_stay_arguments(self):
        self.assert_refused("unrecognized arguments: -00", "py_compile", "-05", "-q", "-00")


if __name__ == "__main__":
    tap.main()
