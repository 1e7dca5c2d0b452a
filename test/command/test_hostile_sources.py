"""Sources that are hard on whoever reads them become what compile() makes of them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile
import like_compile
import tap

class HostileSources(like_compile.Case):
    def test_odd_texts(self):
        self.assert_like_compile(hostile.TEXTS, 0, 1)

    def test_encodings_of_all_names(self):
        self.assert_like_compile(hostile.cookies(), 0)

    def test_no_name_in_a_source_makes_a_module_be_imported(self):
        evil = f"open({self.path('imported')!r}, 'w').close()\n"
        for path in ("evil.py", "encodings/evil.py", "encodings/__init__.py", "codecs.py"):
            self.write(os.path.join("modules", path), evil)
        for name, data in hostile.cookies().items():
            self.write(f"in/{name}.py", data)
        for place in ("modules", "in"):
            self.kiln("build", "../in", "-o", "../out", status=1, cwd=self.path(place), variables={
                "PYTHONPATH": self.path("modules"), "PYTHONHOME": self.path("modules")})
            self.assertFalse(os.path.exists(self.path("imported")))

    def test_deep_and_long_ones(self):
        self.assert_like_compile(hostile.nested(hostile.COUNTS), 0, 2)

    def test_deep_ones_are_failures_of_their_own_for_each_command(self):
        """Whatever CPython raises, at whatever levels: status 1 at most, never that something else
        is wrong."""
        for name, data in hostile.nested((2900,)).items():
            path = self.write(f"deep/{name}.py", data)
            commands = [
                ("compileall", "-q", "-f", path),
                ("compileall", "-q", "-f", "-o0", "-o1", "-o2", path),
                ("py_compile", path),
                ("precompile", "--src", path, "--src_name", "x", "--pyc", "x.pyc"),
                ("cc", "x.ast", path), ("delineate", "--format", "jsonl", path),
                ("build", "-q", "--optimize", "0", "--optimize", "1", path, "-o", "x.tar"),
            ]
            for command in commands:
                with self.subTest(command=command):
                    result = self.kiln(*command, status=None)
                    self.assertIn(result.returncode, (0, 1), result.stderr)
                    self.assertNotIn("SystemError", result.stdout + result.stderr)

    def test_deep_ones_do_not_end_the_work_on_others(self):
        deep = {"sum": b"x = y" + b"+y" * 5000 + b"\n",
                "tuple": b"x = " + b"(1," * 90 + b")" * 90 + b"\n",
                "minus": b"x = " + b"-" * 5000 + b"y\n",
                "attribute": b"x = y" + b".a" * 2900 + b"\n",
                "marshal": b"x = " + b"(1,(2,(" * 700 + b")" * 2100 + b"\n"}
        for name, data in deep.items():
            self.write(f"in/{name}.py", data)
        for number in range(60):
            self.write(f"in/m{number:02}.py", f"x = {number}\n" * 300)
        for workers in ("1", "4"):
            with self.subTest(workers=workers):
                result = self.kiln("compileall", "-f", "-j", workers, "-o0", "-o1", "in", status=1)
                self.assertEqual(result.stderr, "")
                self.assertEqual(result.stdout.count("Compiling "), 60 + len(deep))
                self.assertNotIn("SystemError", result.stdout)
                made = os.listdir(self.path("in", "__pycache__"))
                self.assertEqual([name for name in made if not name.endswith(".pyc")], [])
                for number in range(60):
                    self.assertIn(f"m{number:02}.{tap.TAG}.opt-1.pyc", made)

    def test_an_error_in_a_line_of_fifty_megabytes(self):
        line = b"x = '" + b"a" * (50 << 20) + b"'"
        result = self.assert_like_compile({"good": line, "bad": line + b" $\n"}, 0)
        self.assertLess(len(result.stderr), 10000)

    def test_sums_of_a_hundred_thousand_terms(self):
        self.assert_like_compile({
            "numbers": b"x = 1" + b"+1" * 99999, "names": b"x" + b"+x" * 99999,
            "strings": b"x = 'a'" + b"+'a'" * 99999}, 0)

    def test_messages_show_no_control_characters(self):
        self.assert_like_compile({name: hostile.TEXTS[name] for name in (
            "esc", "rlo", "ls", "nel", "ff", "random", "nul")}, 0)
        result = self.kiln("build", "in", "-o", "out", status=None)
        self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]")


if __name__ == "__main__":
    tap.main()
