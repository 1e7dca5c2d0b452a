"""`kiln cc`: every key, every refusal, and what becomes of OUT."""
import hashlib
import importlib.util
import json
import marshal
import os
import shlex
import stat
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import reference
import tap

AST = ("format", "python.ast")
KEYS = ("format", "factor", "cpython-optimize", "instrumentation", "metrics-trap", "delineated",
        "encoding", "check", "origin", "context", "project")
SOURCE = """'doc'
from __future__ import annotations
assert __name__, 'message'
def f(x: no):
    'inner'
    return x
"""
SOURCE_HASH = hashlib.sha3_256(SOURCE.encode()).hexdigest()

# Keys, and what the message must have in it.
WRONG = (
    ("factor", "factor"),
    ("factor x check", "check"),
    ("nope x", "nope", *KEYS),
    ("'' ''", *KEYS),
    ("Format python.ast", "Format", *KEYS),
    ("format python.nope", "nope", "psf-v3", "ast"),
    ("format nope.x", "nope", "python", "directory"),
    ("format python", "python", "ast"),
    ("format ''", "python"),
    ("format python.psf.v3", "psf.v3", "psf-v3"),
    ("format directory.nope", "tree"),
    ("cpython-optimize 3", "3", "-1, 0, 1 or 2"),
    ("cpython-optimize ''", "-1, 0, 1 or 2"),
    ("cpython-optimize '1 '", "-1, 0, 1 or 2"),
    ("check sometimes", "sometimes", "never", "time", "hash", "unchecked-hash"),
    ("delineated xml", "xml", "json", "archive"),
    ("delineated ''", "json", "archive"),
    ("factor a..b", "a..b"),
    ("factor .a", ".a"),
    ("factor ''", "factor"),
    ("instrumentation coverage:nope", "coverage:nope", "coverage"),
    ("delineated json format python.ast", "delineated json", "psf-v3", "pyi"),
    ("format directory.tree delineated json", "delineated json", "psf-v3", "pyi"),
    ("format text.html", "text.html", "kleptic"),
    ("instrumentation nope", "nope"),
)


class Instructions(program.Case):
    def setUp(self):
        super().setUp()
        self.write("m.py", SOURCE)

    def cc(self, *arguments, status=0, **options):
        """Run an instruction; nothing may stand on standard output."""
        result = self.kiln("cc", *arguments, status=status, **options)
        self.assertEqual(result.stdout, "")
        return result

    def code(self, path, skip=0):
        return marshal.loads(program.read(self.path(path))[skip:])

    def run_code(self, path, **names):
        exec(self.code(path), names)
        return names

    def translate(self, *keys):
        """Translate and reduce m.py; what running the bytecode defines."""
        self.cc("m.ast", "m.py", *keys)
        self.cc("m.i", "m.ast", *AST)
        return self.run_code("m.i")

    def test_a_source_becomes_a_unit_and_that_bare_bytecode(self):
        names = self.translate()
        self.assertEqual((names["__doc__"], names["f"](3)), ("doc", 3))
        self.assertEqual(names["__source_hash__"], SOURCE_HASH)
        self.assertNotIn("__factor__", names)
        self.assertNotIn("__metrics__", names)
        self.assertEqual(program.read(self.path("m.ast"))[:6], b"\x89kunit")

    def test_format_says_what_the_source_is(self):
        self.translate("format", "python.psf-v3")
        self.cc("other.i", "m.ast", "format", "python.ast")
        self.assertEqual(program.read(self.path("other.i")), program.read(self.path("m.i")))

    def test_factor_is_defined_in_the_module(self):
        for path in ("fault.system.process", "single", "ä.ö"):
            self.assertEqual(self.translate("factor", path)["__factor__"], path)

    def test_optimization_is_one_unless_something_else_is_asked_for(self):
        cases = ((None, None, 1), ("0", None, 0), (None, "0", 0), ("2", None, 2), ("2", "0", 0),
                 ("-1", None, 0), (None, "-1", 0), ("0", "1", 1))
        for translating, reducing, level in cases:
            with self.subTest(translating=translating, reducing=reducing):
                keys = [["cpython-optimize", asked] if asked else []
                        for asked in (translating, reducing)]
                self.cc("m.ast", "m.py", "origin", "m.py", *keys[0])
                self.cc("m.i", "m.ast", *AST, *keys[1])
                made = self.code("m.i")
                expected = compile(SOURCE, "m.py", "exec", dont_inherit=True, optimize=level)
                self.assertEqual("message" in made.co_consts, level == 0)
                self.assertEqual("doc" in made.co_consts, level < 2)
                ours, theirs = (next(one for one in code.co_consts if hasattr(one, "co_code"))
                                for code in (made, expected))
                self.assertIsNone(reference.difference(ours, theirs))

    def test_metrics_trap_is_defined_in_the_module(self):
        self.assertNotIn("__metrics_trap__", self.translate())
        names = self.translate("metrics-trap", "/var/trap")
        self.assertEqual(names["__metrics_trap__"], "/var/trap")
        self.cc("m.i", "m.ast", *AST, "metrics-trap", "other/trap")
        self.assertEqual(self.run_code("m.i")["__metrics_trap__"], "other/trap")
        self.assertEqual(self.run_code("m.i")["__doc__"], "doc")

    def test_instrumentation_may_be_empty(self):
        self.translate("instrumentation", "")

    def test_encoding_overrides_the_cookie(self):
        text = "# coding: latin-1\nx = 'ä€'\n"
        self.write("m.py", text.encode("utf-8"))
        for encoding in ("utf-8", "UTF_8", "utf8"):
            with self.subTest(encoding=encoding):
                names = self.translate("encoding", encoding)
                self.assertEqual(names["x"], "ä€")
                self.assertEqual(names["__source_hash__"],
                                 hashlib.sha3_256(text.encode()).hexdigest())
        self.write("m.py", text.encode("utf-16"))
        self.assertEqual(self.translate("encoding", "utf-16")["x"], "ä€")
        self.write("m.py", b"x = '\xa4'\n")
        self.assertEqual(self.translate("encoding", "iso-8859-15")["x"], "€")

    def test_an_encoding_that_is_unknown_or_does_not_fit_is_an_error_of_the_source(self):
        self.write("m.py", b"x = '\xa4'\n")
        for encoding in ("nope", "ascii", "utf-8", "rot13", "hex", "os", "../evil", "idna"):
            with self.subTest(encoding=encoding):
                unit = f"{encoding.replace('/', '-')}.ast"
                result = self.cc(unit, "m.py", "encoding", encoding, status=1)
                self.assertTrue(result.stderr.startswith("m.py"), result.stderr)
                self.assertFalse(os.path.exists(self.path(unit)))

    def test_check_decides_the_header(self):
        data = SOURCE.encode()
        os.utime(self.path("m.py"), (1234567890.5, 1234567890.5))
        magic, siphash = importlib.util.MAGIC_NUMBER, importlib.util.source_hash(data)
        headers = {
            "never": b"",
            "hash": magic + struct.pack("<I", 3) + siphash,
            "unchecked-hash": magic + struct.pack("<I", 1) + siphash,
            "time": magic + struct.pack("<III", 0, 1234567890, len(data)),
        }
        self.cc("bare.ast", "m.py")
        self.cc("bare.i", "bare.ast", *AST)
        bare = program.read(self.path("bare.i"))
        for check, header in headers.items():
            with self.subTest(check=check):
                self.cc("m.ast", "m.py", "check", check)
                self.cc("kept.i", "m.ast", *AST)
                self.assertEqual(program.read(self.path("kept.i")), header + bare)
                self.cc("given.i", "m.ast", *AST, "check", check)
                self.assertEqual(program.read(self.path("given.i")), header + bare)
                if check != "time":
                    self.cc("late.i", "bare.ast", *AST, "check", check)
                    self.assertEqual(program.read(self.path("late.i")), header + bare)

    def test_bytecode_with_a_header_is_imported(self):
        for check in ("hash", "unchecked-hash", "time"):
            with self.subTest(check=check):
                self.cc("m.ast", "m.py", "check", check)
                self.cc(f"__pycache__/m.{tap.TAG}.pyc", "m.ast", *AST)
                result = subprocess.run(
                    [program.PYTHON, "-I", "-v", "-c",
                     "import sys; sys.path.insert(0, '.'); import m; print(m.__source_hash__)"],
                    cwd=self.directory, check=True, capture_output=True, text=True)
                self.assertEqual(result.stdout.strip(), SOURCE_HASH)
                self.assertIn("matches", result.stderr)

    def test_origin_is_the_path_that_is_recorded(self):
        for origin in ("/opt/app/m.py", "ä b\n.py", "m", "not-\udcff"):
            with self.subTest(origin=origin):
                self.cc("m.ast", "m.py", "origin", origin)
                self.cc("m.i", "m.ast", *AST)
                self.assertEqual(self.code("m.i").co_filename, origin)
        self.cc("m.ast", "./m.py")
        self.cc("m.i", "m.ast", *AST)
        self.assertEqual(self.code("m.i").co_filename, "./m.py")

    def test_context_and_project_change_nothing(self):
        self.cc("b.ast", "m.py", "context", "some.context", "project", "some.project",
                "factor", "x")
        self.cc("c.ast", "m.py", "factor", "x")
        self.assertEqual(program.read(self.path("b.ast")), program.read(self.path("c.ast")))

    def test_the_place_of_the_unit_and_the_directory_do_not_matter(self):
        self.cc("a/b/m.ast", "m.py", "origin", "m.py")
        os.mkdir(self.path("elsewhere"))
        self.cc("m.ast", "../m.py", "origin", "m.py", cwd=self.path("elsewhere"))
        self.assertEqual(program.read(self.path("a/b/m.ast")),
                         program.read(self.path("elsewhere/m.ast")))

    def test_started_as_python_cc_it_does_the_same(self):
        link = self.path("python-cc")
        os.symlink(tap.KILN, link)
        self.cc("other.ast", "m.py", "factor", "x")
        for name in ("python-cc", link):
            with self.subTest(name=name):
                subprocess.run([name, "m.ast", "m.py", "factor", "x"], executable=link, check=True,
                               cwd=self.directory, env=tap.environment())
                self.assertEqual(program.read(self.path("m.ast")),
                                 program.read(self.path("other.ast")))
        result = subprocess.run(
            [link, "m.ast"], cwd=self.directory, check=False, capture_output=True)
        self.assertEqual((result.returncode, result.stdout), (2, b""))

    def test_standard_input_is_not_read(self):
        reading, writing = os.pipe()
        self.cc("m.ast", "m.py", stdin=reading, timeout=60)
        os.close(reading)
        os.close(writing)


class Refusals(program.Case):
    def setUp(self):
        super().setUp()
        self.write("m.py", SOURCE)
        self.write("OUT", "earlier")

    def assert_untouched(self, *arguments, status, says=""):
        """The instruction fails with the status, says so, and leaves everything as it was."""
        before = program.tree(self.directory)
        result = self.kiln("cc", *arguments, status=status)
        self.assertEqual(result.stdout, "")
        self.assertIn(says, result.stderr)
        self.assertRegex(result.stderr, r"\A[^\n]+: error: [^\n]+\n")
        after = program.tree(self.directory)
        # A temporary file may have come and gone.
        self.assertEqual({path: facts for path, facts in after.items() if path != "."},
                         {path: facts for path, facts in before.items() if path != "."})
        return result

    def test_wrong_instructions_are_refused_and_told_what_is_possible(self):
        for keys, *says in WRONG:
            with self.subTest(keys=keys):
                result = self.assert_untouched("OUT", "m.py", *shlex.split(keys), status=2)
                for word in says:
                    self.assertIn(word, result.stderr)
        for arguments in ((), ("OUT",), ("--nonsense", "m.py")):
            with self.subTest(arguments=arguments):
                before = program.tree(self.directory)
                status = self.kiln("cc", *arguments, status=None).returncode
                if arguments[:1] != ("--nonsense",):
                    self.assertEqual(status, 2)
                    self.assertEqual(program.tree(self.directory), before)

    def test_what_cannot_be_processed_leaves_everything(self):
        self.write("bad.py", "x = = 1\n")
        self.write("nul.py", b"x\0")
        self.write("late.py", "return 1\n")
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("directory"))
        for source, says in (
                ("bad.py", "bad.py:1:5: error: invalid syntax"), ("nul.py", "null bytes"),
                ("missing.py", "No such file"), ("fifo", "fifo: error: "),
                ("directory", "directory: error: "), ("/dev/zero", "/dev/zero: error: "),
                ("OUT/x", "OUT/x: error: ")):
            with self.subTest(source=source):
                self.assert_untouched("OUT", source, status=1, says=says)
                self.assert_untouched("OUT", source, *AST, status=1)
        self.kiln("cc", "late.ast", "late.py")
        self.assert_untouched("OUT", "late.ast", *AST, status=1,
                              says="late.py:1:1: error: 'return' outside function")

    def test_a_unit_made_without_the_time_cannot_give_it(self):
        self.kiln("cc", "m.ast", "m.py")
        self.assert_untouched("OUT", "m.ast", *AST, "check", "time", status=1, says="check time")

    def test_an_output_that_cannot_be_written_is_a_failure(self):
        os.mkdir(self.path("directory"))
        self.write("file")
        for output in ("directory", "file/below/m.ast", "/proc/nowhere/m.ast", "/dev/null",
                       "x" * 300):
            with self.subTest(output=output[:30]):
                self.assert_untouched(output, "m.py", status=3)
        disk = self.small_disk("disk", "64k")
        self.write("large.py", "".join(f"x{i} = {i}\n" for i in range(20000)))
        result = self.kiln("cc", "disk/m.ast", "large.py", status=3)
        self.assertIn("No space left on device", result.stderr)
        self.assertEqual(os.listdir(disk), [])


class Outputs(program.Case):
    def test_an_output_is_replaced_atomically(self):
        self.write("a.py", "x = 1\n" * 2000)
        self.write("b.py", "y = 2\n")
        self.kiln("cc", "a.ast", "a.py")
        self.kiln("cc", "b.ast", "b.py")
        expected = {program.read(self.path(name)) for name in ("a.ast", "b.ast")}
        self.kiln("cc", "OUT", "a.py")
        seen, stop = set(), threading.Event()

        def watch():
            while not stop.is_set():
                seen.add(program.read(self.path("OUT")))

        thread = threading.Thread(target=watch)
        thread.start()
        for number in range(30):
            self.kiln("cc", "OUT", "ab"[number % 2] + ".py")
        stop.set()
        thread.join()
        self.assertLessEqual(seen, expected)
        self.assert_only(["OUT", "a.ast", "a.py", "b.ast", "b.py"])

    def test_an_output_that_is_a_link_is_replaced_itself(self):
        self.write("precious", "text")
        os.symlink("precious", self.path("OUT"))
        self.write("m.py", "x = 1\n")
        self.kiln("cc", "OUT", "m.py")
        self.assertFalse(os.path.islink(self.path("OUT")))
        self.assertEqual(program.read(self.path("precious")), b"text")

    def make_units(self):
        for path in ("a.ast", "sub/b.ast", "run", ".hidden", "__pycache__/c.pyc", "new\nline"):
            self.write(os.path.join("units", path), path)
        os.mkdir(self.path("units/empty"))
        os.chmod(self.path("units/run"), 0o700)
        os.chmod(self.path("units/a.ast"), 0o600)
        os.symlink("a.ast", self.path("units/link"))
        os.symlink("../empty", self.path("units/sub/up"))
        os.symlink("nowhere", self.path("units/dangling"))

    def contents(self, root):
        """What is in a tree: {path: (kind, content or target)}, without modes and times."""
        return {path: (facts[0], None if stat.S_ISDIR(facts[0]) else facts[-1])
                for path, facts in program.tree(self.path(root)).items()}

    def test_keys_of_a_worker_hold_for_its_requests(self):
        self.write("m.py", "x = 1\n")
        for arguments in (["out", "m.py"], ["copy", "out", "delineated", "archive"]):
            result = self.kiln("cc", "--worker", "delineated", "json", stdin=None,
                               input=json.dumps({"arguments": arguments}))
            self.assertEqual(json.loads(result.stdout).get("exitCode", 0), 0, result.stdout)
        self.assertTrue(os.path.exists(self.path("copy/elements.json")))

    def test_archive_copies_the_directory_of_units(self):
        self.make_units()
        for number, keys in enumerate((("delineated", "archive"), ("format", "directory.tree"),
                                       ("delineated", "archive", "format", "python.ast"))):
            with self.subTest(keys=keys):
                out = f"made/{number}/image"
                self.assertEqual(self.kiln("cc", out, "units", *keys).stdout, "")
                self.assertEqual(self.contents(out), self.contents("units"))
                for path, facts in program.tree(self.path(out)).items():
                    if stat.S_ISREG(facts[0]):
                        self.assertEqual(facts[1], 0o755 if path == "run" else 0o644, path)
        self.assertEqual(program.tree(self.path("made/0/image")),
                         program.tree(self.path("made/1/image")))

    def test_archive_replaces_what_was_there(self):
        self.make_units()
        self.write("image/old", "old")
        self.kiln("cc", "image", "units", "delineated", "archive")
        self.assertFalse(os.path.exists(self.path("image/old")))
        self.assert_only(["image", "units"])

    def test_archive_never_shows_a_mixture(self):
        for name in "ab":
            self.write(f"{name}/one", name)
            self.write(f"{name}/two", name)
        self.kiln("cc", "image", "a", "delineated", "archive")
        missing, stop = [], threading.Event()

        def watch():
            while not stop.is_set():
                for name in ("one", "two"):
                    if not os.path.exists(self.path("image", name)):
                        missing.append(name)

        thread = threading.Thread(target=watch)
        thread.start()
        for number in range(30):
            self.kiln("cc", "image", "ba"[number % 2], "delineated", "archive")
        stop.set()
        thread.join()
        self.assertEqual(missing, [])

    def test_archive_refuses_what_leads_out_and_leaves_the_output(self):
        self.write("image/old", "old")
        makers = {
            "link": lambda path: os.symlink("../../etc", path),
            "absolute": lambda path: os.symlink("/etc", path),
            "fifo": os.mkfifo,
        }
        for name, make in makers.items():
            with self.subTest(name=name):
                os.makedirs(self.path(name))
                make(self.path(name, "entry"))
                result = self.kiln("cc", "image", name, "delineated", "archive", status=1,
                                   timeout=60)
                self.assertTrue(result.stderr.startswith(f"{name}/entry: error: "), result.stderr)
                self.assert_only(["old"], "image")
        self.kiln("cc", "image", "missing", "delineated", "archive", status=1)
        self.assert_only(["old"], "image")


if __name__ == "__main__":
    tap.main()
