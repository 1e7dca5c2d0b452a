"""`--int-max-str-digits`: a source is refused, or made, as CPython with -X int_max_str_digits does.
"""
import json
import marshal
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

LIMITS = (None, "0", "640", "0700", "4300", "4999", "5000", "2147483647")
WRONG = ("", " ", "x", "1", "639", "-1", "+700", " 700", "700 ", "7_00", "0x700", "700.0",
         "2147483648", "18446744073709551616", "99999999999999999999999")
# How many digits the sources have; one is a number in a function, behind a sign, with underscores.
DIGITS = {"short": 600, "middle": 1000, "default": 4300, "long": 5000}


def text(count):
    return f"x = 1\n\ndef f(y):\n    return y - -{'_'.join(['1' * 10] * (count // 10))}\n"


def cpython(path, limit):
    """The message of CPython's error; empty if it compiles the source."""
    code = ("import sys\ntry:\n    compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')\n"
            "except SyntaxError as error:\n    print(error.msg)")
    options = [] if limit is None else ["-X", f"int_max_str_digits={limit}"]
    return subprocess.run([program.PYTHON, "-I", *options, "-c", code, path], check=True,
                          capture_output=True, text=True).stdout.strip()


def option(limit):
    return [] if limit is None else ["--int-max-str-digits", limit]


class Digits(program.Case):
    def setUp(self):
        super().setUp()
        for name, count in DIGITS.items():
            self.write(f"in/{name}.py", text(count))
        self.expected = {limit: {name: cpython(self.path(f"in/{name}.py"), limit)
                                 for name in DIGITS} for limit in LIMITS}
        self.assertIn("Exceeds the limit (640 digits)", self.expected["640"]["middle"])
        self.assertEqual(self.expected["5000"]["long"], "")

    def test_images(self):
        for limit in LIMITS:
            for options in ([], ["--pyc-bytes", "cpython"], ["-j1", "--layout", "bytecode"],
                            ["--optimize=0", "--optimize=2"]):
                with self.subTest(limit=limit, options=options):
                    # Into the image that was made with another limit.
                    result = self.kiln("build", *options, *option(limit), "in", "-o",
                                       "out" + "".join(options), status=None)
                    told = {path[3:-3]: error.text
                            for path, error in program.errors(result).items()}
                    self.assertEqual(told,
                                     {name: text for name, text in self.expected[limit].items()
                                      if text})
                    self.assertEqual(result.returncode, 1 if told else 0)
                    made = [name for name in DIGITS
                            if any(os.path.basename(path).split(".")[0] == name for path in
                                   program.bytecode(self.path("out" + "".join(options))))]
                    self.assertEqual(made, [name for name in DIGITS if name not in told])

    def test_single_files(self):
        for limit in LIMITS:
            for name in DIGITS:
                with self.subTest(limit=limit, name=name):
                    expected = self.expected[limit][name]
                    result = self.kiln("precompile", "--src", f"in/{name}.py", "--src_name", "x.py",
                                       "--pyc", "x.pyc", *option(limit),
                                       status=1 if expected else 0)
                    self.assertIn(expected, result.stderr)
                    key = [] if limit is None else ["int-max-str-digits", limit]
                    for out, *kind in (["unit"], ["factor", "factor", "a.b"],
                                       ["described", "delineated", "json"]):
                        result = self.kiln("cc", out, f"in/{name}.py", *kind, *key,
                                           status=1 if expected else 0)
                        self.assertIn(expected, result.stderr)

    def test_each_request_has_its_own(self):
        def answers(command, requests):
            result = self.kiln(*command, stdin=None,
                               input="".join(json.dumps({"arguments": request})
                                             for request in requests))
            return [json.loads(line)["exitCode"] for line in result.stdout.splitlines()]
        limits = (None, "0", "640", None, "5000", "639", "0")
        expected = [1, 0, 1, 1, 0, 2, 0]
        self.assertEqual(answers(["cc", "--worker"], [
            ["x.i", "in/long.py", *(["int-max-str-digits", limit] if limit else [])]
            for limit in limits]), expected)
        triple = ["--src", "in/long.py", "--src_name", "x.py", "--pyc", "x.pyc"]
        self.assertEqual(answers(["precompile", "--persistent_worker"],
                                 [triple + option(limit) for limit in limits]), expected)
        # What was said at the start holds for all that say nothing.
        self.assertEqual(answers(["precompile", "--persistent_worker", *option("0")],
                                 [triple, triple + option("640"), triple]),
                         [0, 1, 0])

    def test_wrong_values_are_refused(self):
        for value in WRONG:
            with self.subTest(value=value):
                for command in (["build", "--int-max-str-digits", value, "in", "-o", "wrong"],
                                ["build", "--int-max-str-digits", value, "in"],
                                ["precompile", "--int-max-str-digits", value],
                                ["cc", "wrong", "in/short.py", "int-max-str-digits", value]):
                    result = self.kiln(*command, status=2)
                    self.assertIn(f"invalid value '{value}' for ", result.stderr)
                    self.assertIn("int-max-str-digits: expected 0 (no limit), or 640 to 2147483647",
                                  result.stderr)
        self.assert_only(["in"])


class InPlace(products.Case):
    def setUp(self):
        super().setUp()
        self.project("acme.press", {f"{name}.py": text(count) for name, count in DIGITS.items()})

    def refused(self, built):
        return {factor.rpartition(".")[2] for factor in built.factors("failed")}

    def test_factors_are_made_again_for_another_number(self):
        for limit in ("0", "640", "5000", None, "4999", "640", "0"):
            with self.subTest(limit=limit):
                expected = {name for name in DIGITS
                            if cpython(self.path("product/acme/press", name + ".py"), limit)}
                built = self.build("--mode", "executable", *option(limit),
                                   status=1 if expected else 0)
                self.assertEqual(self.refused(built), expected)
        self.assert_nothing(self.build("--mode", "executable", *option("0")))
        made = self.images()
        marshal.loads(program.read(self.image("acme.press.long")))
        self.build("--mode", "executable", "-R", "--no-cache", *option("0"))
        self.assertEqual(self.images(), made)

    def test_a_result_in_the_cache_is_for_one_number(self):
        self.build("--mode", "executable", *option("0"))
        for limit, status, refused, commands in (("640", 1, {"middle", "default", "long"}, None),
                                                 ("0", 0, set(), 0), (None, 1, {"long"}, None),
                                                 ("5000", 0, set(), None), ("5000", 0, set(), 0)):
            with self.subTest(limit=limit):
                subprocess.run(["rm", "-rf", self.path("product/.kiln-build"),
                                self.path("product/.images")], check=True)
                built = self.build("--mode", "executable", *option(limit), status=status)
                self.assertEqual(self.refused(built), refused)
                if commands is not None:
                    self.assertEqual(built.commands, commands)


if __name__ == "__main__":
    tap.main()
