"""kiln.toml and [tool.kiln]: the keys of `kiln build -o`, their values, and whose file counts."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

PAGE = os.path.join(tap.ROOT, "docs", "man", "kiln.toml.5")
GROUPS = ("Switches", "Values", "Lists", "Pairs")

KILN_TOML = """
sources = ["src", "src/app/data.txt=etc/data"]
layout = "bytecode"
exclude = ["left.txt"]
optimize = 2
"""


def documented():
    """The keys in the manual page: {group: names}."""
    text = program.read(PAGE).decode()
    found = {}
    for group in GROUPS:
        paragraph = re.search(rf"^{group}\n(.*?)^\.(?:TP|PP)$", text, re.DOTALL | re.MULTILINE)[1]
        found[group] = [name.replace("\\", "") for name in
                        re.findall(r"^\.BR? (\S+)", paragraph, re.MULTILINE)]
    return found


class Config(tap.Case):
    def setUp(self):
        super().setUp()
        self.write("src/app/__init__.py", "def main():\n    return 3\n")
        self.write("src/app/data.txt", "data\n")
        self.write("src/left.txt", "left\n")

    def config(self, text, name="kiln.toml"):
        return self.write(name, text)

    def build(self, *arguments, status=0, **options):
        return self.kiln("build", *arguments, status=status, **options)

    def files(self, output="out"):
        return sorted(os.path.relpath(os.path.join(parent, name), self.path(output))
                      for parent, _, names in os.walk(self.path(output)) for name in names)

    def refused(self, text, *messages, name="kiln.toml"):
        self.config(text, name)
        result = self.build("-o", "out", status=2)
        for message in messages:
            self.assertIn(message, result.stderr)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_nothing_else_is_needed(self):
        self.config(KILN_TOML)
        self.build("-o", "out")
        self.assertEqual(self.files(), [".kiln", "app/__init__.pyc", "app/data.txt", "etc/data"])
        self.build("src", "src/app/data.txt=etc/data", "--layout", "bytecode", "--exclude",
                   "left.txt", "--optimize", "2", "--config", "empty.toml", "-o", "same",
                   status=2)
        self.config("", "empty.toml")
        self.build("src", "src/app/data.txt=etc/data", "--layout", "bytecode", "--exclude",
                   "left.txt", "--optimize", "2", "--config", "empty.toml", "-o", "same")
        for name in self.files():
            self.assertEqual(program.read(self.path("same", name)),
                             program.read(self.path("out", name)), name)

    def test_a_project_has_it_too(self):
        head = "[project]\nname = 'x'\nwhen = 2024-02-29\n"
        for text in (head + KILN_TOML.replace("\nsources", "\n[tool.kiln]\nsources"),
                     head + "[tool]\nkiln.sources = ['src']\nkiln.layout = 'bytecode'\n"
                            "kiln.exclude = 'left.txt'\n"):
            self.config(text, "pyproject.toml")
            self.build("-o", "out")
            self.assertIn("app/__init__.pyc", self.files())
            self.assertNotIn("left.txt", self.files())
            self.build("-o", "named", "--config", "pyproject.toml")
            self.assertEqual(self.files("named"), self.files())

    def test_a_project_without_it_says_nothing(self):
        for text in ("[project]\nname = 'kiln'\n", "this is no TOML", "[tool.other]\nx = 1\n"):
            self.config(text, "pyproject.toml")
            self.build("src", "-o", "out")
            self.assertIn("left.txt", self.files())
        self.config("[project]\n", "pyproject.toml")
        self.assertIn("there is no table [tool.kiln]",
                      self.build("src", "-o", "o", "--config", "pyproject.toml", status=2).stderr)

    def test_sources_that_are_missing_are_told(self):
        self.refused("[project]\nname = 'kiln'\n", "see 'kiln help build'", name="pyproject.toml")
        self.refused("[tool.kiln]\n", "no SOURCE given", "the key 'sources' in pyproject.toml",
                     name="pyproject.toml")
        self.refused("layout = 'source'\n", "the key 'sources' in kiln.toml")

    def test_kiln_toml_counts_before_a_project(self):
        self.config("[tool.kiln]\nlayout = 'wrong'\n", "pyproject.toml")
        self.config(KILN_TOML)
        self.build("-o", "out")
        self.assertIn("app/__init__.pyc", self.files())

    def test_the_command_line_counts(self):
        self.config(KILN_TOML)
        self.build("-o", "out", "--layout=source", "--exclude", "data.txt", "--optimize", "0",
                   "src")
        self.assertEqual(self.files(), [".kiln", "app/__init__.py",
                                        f"app/__pycache__/__init__.{tap.TAG}.pyc", "left.txt"])
        # Also where the option would refuse the value of the file.
        self.config(KILN_TOML.replace('"bytecode"', '"flat"'))
        self.build("-o", "out", "--layout", "bytecode")

    def test_builds_in_place_do_not_read_it(self):
        self.config("this is no TOML\n")
        self.build("src", "--no-cache")
        self.build("--help")
        self.assertIn("not TOML", self.build("src", "-o", "out", status=2).stderr)

    def test_paths_are_relative_to_the_file(self):
        self.write("sub/own/m.py", "x = 1\n")
        self.config("sources = ['own', '../src/app=lib']\noutput = 'image'\n"
                    "manifest = 'manifest.json'\n[prefix-map]\n'own' = '/x'\n", "sub/kiln.toml")
        self.build("--config", "sub/kiln.toml")
        self.assertEqual(self.files("sub/image"), sorted(
            [".kiln", "lib/__init__.py", f"lib/__pycache__/__init__.{tap.TAG}.pyc", "lib/data.txt",
             "m.py", f"__pycache__/m.{tap.TAG}.pyc"]))
        self.assertTrue(json.loads(program.read(self.path("sub", "manifest.json"))))
        self.assertIn(b"/x/m.py", program.read(
            self.path("sub", "image", "__pycache__", f"m.{tap.TAG}.pyc")))
        self.build("--config", self.path("sub", "kiln.toml"), "-o", "here")
        self.assertEqual(self.files("here"), self.files("sub/image"))

    def test_one_file_serves_several_forms(self):
        self.config(KILN_TOML + "main = 'app:main'\nentrypoint = ['python3', '-m', 'app']\n"
                    "expose = [8000, '53/udp']\nname = 'app'\nversion = '1.0'\n"
                    "[env]\nA = 'b=c'\nN = 3\n")
        self.build("-o", "out")
        self.build("-o", "out.pyz")
        self.build("-o", "oci:layout:x", "--layout", "source")
        blobs = self.path("layout", "blobs", "sha256")
        config = next(found for name in os.listdir(blobs)
                      if (data := program.read(os.path.join(blobs, name))).startswith(b"{")
                      for found in [json.loads(data)] if "rootfs" in found)["config"]
        self.assertEqual(config["Entrypoint"], ["python3", "-m", "app"])
        self.assertEqual(sorted(config["ExposedPorts"]), ["53/udp", "8000/tcp"])
        self.assertLessEqual({"A=b=c", "N=3"}, set(config["Env"]))

    def test_unknown_keys_are_refused(self):
        keys = sorted(["sources", *sum(documented().values(), [])])
        for name in ("layuot", "jobs", "force", "push", "config", "help", "mode", "o", "a b"):
            self.refused(f"'{name}' = 1\n", f"kiln.toml: unknown key '{name}': known are "
                         + ", ".join(keys) + "\n")

    def test_types_are_checked(self):
        groups = documented()
        for name in groups["Switches"]:
            self.refused(f"{name} = 1\n", f"kiln.toml: key '{name}' must be true or false")
        numbers = {"cache-limit", "int-max-str-digits", "user", "expose", "optimize"}
        for name in groups["Values"]:
            kind = "a string or an integer\n" if name in numbers else "a string\n"
            for value in ["true", "['x']", "{a = 'x'}", "0.5"] + ["5"] * (name not in numbers):
                self.refused(f"{name} = {value}\n", f"kiln.toml: key '{name}' must be {kind}")
        for name in groups["Lists"]:
            kind = "a string, an integer or an array of these\n" if name in numbers else (
                "a string or an array of strings\n")
            for value in ["true", "{a = 'x'}", "1.5"] + ["5"] * (name not in numbers):
                self.refused(f"{name} = {value}\n", f"kiln.toml: key '{name}' must be {kind}")
        for name in groups["Lists"] + groups["Pairs"]:
            kind = "neither a string nor an integer\n" if name in numbers else "not a string\n"
            for value in ["[[1]]"] + ["[1]"] * (name not in numbers):
                self.refused(f"{name} = {value}\n",
                             f"kiln.toml: key '{name}' has a value that is {kind}")
        for name in groups["Pairs"]:
            self.refused(f"{name} = true\n", f"kiln.toml: key '{name}' must be a string, an array "
                                             "of strings or a table of strings")
            self.refused(f"[{name}]\nx = []\n", f"key '{name}' has a value that is neither")
        for value in ("1", "[1]", "['']", "{}"):
            self.refused(f"sources = {value}\n", "kiln.toml: key 'sources' must be")
        for line in ('sources = ["a\\u0000b"]', 'layout = "a\\u0000b"'):
            self.refused(line + "\n", "kiln.toml: error: not TOML: a string with a NUL, after 'a'")
        os.unlink(self.path("kiln.toml"))
        self.refused("[tool]\nkiln = 3\n", "pyproject.toml: tool.kiln must be a table",
                     name="pyproject.toml")

    def test_values_are_those_of_options(self):
        self.refused("layout = 'flat'\n", "kiln.toml: invalid value 'flat' for --layout")
        self.refused("optimize = [0, 3]\n", "kiln.toml: invalid value '3' for --optimize")
        self.refused("cache-limit = 'x'\n", "kiln.toml: invalid value 'x' for --cache-limit")

    def test_a_value_may_look_like_an_option(self):
        self.config("sources = 'src'\nexclude = ['--help', '-o', 'left.txt']\n")
        self.build("-o", "out")
        self.assertNotIn("left.txt", self.files())

    def test_errors_have_their_place(self):
        self.refused("a = 1\nb = = 2\n", "kiln.toml:2:5: error: not TOML: Invalid value")
        self.refused("a = 1\na = 2\n", "kiln.toml:2:6: error: not TOML")
        self.refused("'\udcff' = 1\n".encode(errors="surrogateescape"),
                     "kiln.toml:1:2: error: not TOML: a byte that is not UTF-8")
        self.refused("#" * (1 << 20) + "\n", "kiln.toml: ")
        self.refused("a = " + "[" * 100000, "kiln.toml:1:", "nested too deep")
        result = self.build("-o", "out", "--config", "missing.toml", status=2)
        self.assertIn("missing.toml: error: cannot open: No such file or directory", result.stderr)

    def test_a_file_of_others_does_not_count(self):
        self.config(KILN_TOML)
        os.chmod(self.path("kiln.toml"), 0o666)
        result = self.build("-o", "out", status=2)
        self.assertIn("'kiln.toml' is not used, because another user may have written it: give "
                      "--config kiln.toml", result.stderr)
        self.build("-o", "out", "--config", "kiln.toml")
        if os.getuid() == 0:
            os.chmod(self.path("kiln.toml"), 0o644)
            os.chown(self.path("kiln.toml"), 1, 1)
            self.assertIn("is not used", self.build("-o", "out2", status=2).stderr)
            os.chown(self.path("kiln.toml"), 0, 0)
        os.chmod(self.path("kiln.toml"), 0o644)
        os.chmod(self.directory, 0o777)
        self.assertIn("is not used", self.build("-o", "out2", status=2).stderr)
        os.chmod(self.directory, 0o700)
        self.build("-o", "out2")

    def test_a_project_of_others_counts_only_if_it_says_nothing(self):
        for text, status in (("[project]\nname = 'kiln'\n", 0), ("[tool.kiln]\n", 2)):
            os.chmod(self.config(text, "pyproject.toml"), 0o666)
            self.build("src", "-o", f"out{status}", status=status)

    def test_versions_are_chosen_by_it(self):
        self.config("sources = ['src']\npython = ['3.99']\n")
        self.assertIn("3.99", self.build("-o", "out", status=2).stderr)
        own = tap.TAG.replace("cpython-3", "3.")
        self.config(f"sources = ['src']\npython = '{own}'\n")
        self.build("-o", "out")


if __name__ == "__main__":
    tap.main()
