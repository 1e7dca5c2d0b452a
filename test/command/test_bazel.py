"""Bazel builds the workspace test/bazel with the rules of factors/bazel."""
import json
import marshal
import os
import re
import shutil
import subprocess
import sys
import types
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

BAZEL = "/usr/bin/bazel"
SOURCES = ("shop/__init__", "shop/stock/__init__", "shop/stock/shelf", "shop/tea")


def files_of(code):
    """The file names that a code object and those in it record."""
    found = {code.co_filename}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= files_of(constant)
    return found


@unittest.skipUnless(os.access(BAZEL, os.X_OK), "bazel-bootstrap is not installed")
class Bazel(tap.Case):
    def setUp(self):
        super().setUp()
        tap.copy_tree(os.path.join(tap.ROOT, "test", "bazel"), self.path("workspace"))
        tap.copy_tree(os.path.join(tap.ROOT, "factors", "bazel"),
                        self.path("workspace", "kiln_rules"))
        os.makedirs(self.path("workspace", "tool"))
        shutil.copy(tap.KILN, self.path("workspace", "tool", "kiln"))
        self.addCleanup(self.end)

    def command(self, *arguments):
        return [BAZEL, f"--output_user_root={self.path('root')}", *arguments]

    def end(self):
        """End the server, and let what it made be removed."""
        subprocess.run(self.command("shutdown"), cwd=self.path("workspace"), check=True,
                       env=self.variables(), stdin=subprocess.DEVNULL, capture_output=True)
        for parent, directories, _ in os.walk(self.path("root")):
            for name in directories:
                if not os.path.islink(os.path.join(parent, name)):
                    os.chmod(os.path.join(parent, name), 0o700)

    def variables(self):
        return {"PATH": "/usr/bin:/bin", "HOME": self.directory, "LC_ALL": "C.UTF-8"}

    def bazel(self, *arguments, status=0):
        """Build; what bazel says."""
        result = subprocess.run(
            self.command("build", "--color=no", "--curses=no", *arguments, "//:all"),
            cwd=self.path("workspace"), env=self.variables(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=600,
            check=False)
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout

    def processes(self, output):
        """How many actions were done in which way: {"worker": 12, ...}."""
        summary = re.search(r"^INFO: \d+ process(?:es)?: (.*)\.$", output, re.MULTILINE)
        self.assertTrue(summary, output)
        return {kind: int(count) for count, kind in re.findall(r"(\d+) ([^,]+)", summary[1])}

    def outputs(self):
        """What was made: {path: content}."""
        return program.bytecode(self.path("workspace", "bazel-bin", ""))

    def expected(self):
        """The paths that are to be made: {path: (source, recorded path, level, flags)}."""
        found = {}
        for source in SOURCES:
            directory, name = os.path.split(source)
            for level, suffix in enumerate(("", ".opt-1", ".opt-2")):
                path = f"{directory}/__pycache__/{name}.{tap.TAG}{suffix}.pyc"
                recorded = f"{source}.py" if not level else f"{source}.py".removeprefix("shop/")
                found[path] = f"{source}.py", recorded, level, 3 if level else 1
        return found

    def test_the_bytecode_is_that_of_compile(self):
        self.bazel()
        made, expected = self.outputs(), self.expected()
        self.assertEqual(sorted(made), sorted(expected))
        for path, (source, recorded, level, flags) in expected.items():
            with self.subTest(path=path):
                code = marshal.loads(made[path][16:])
                text = program.read(self.path("workspace", source))
                self.assertEqual(code, compile(text, recorded, "exec", dont_inherit=True,
                                               optimize=level))
                self.assertEqual(files_of(code), {recorded})
                self.assertEqual(int.from_bytes(made[path][4:8], "little"), flags)

    def test_workers_serve_the_actions_and_make_what_processes_make(self):
        count = len(self.expected())
        self.assertEqual(self.processes(self.bazel())["worker"], count)
        by_worker = self.outputs()
        shutil.rmtree(self.path("root", "cache"), ignore_errors=True)
        subprocess.run(self.command("clean"), cwd=self.path("workspace"), env=self.variables(),
                       check=True, capture_output=True)
        done = self.processes(self.bazel("--strategy=KilnPrecompile=local"))
        self.assertEqual(done.get("local"), count, done)
        self.assertEqual(self.outputs(), by_worker)

    def test_only_what_changed_is_compiled(self):
        self.bazel()
        self.assertNotIn("worker", self.processes(self.bazel()))
        with open(self.path("workspace", "shop", "tea.py"), "a", encoding="utf-8") as file:
            file.write("\n\nCURRENCY = 'EUR'\n")
        self.assertEqual(self.processes(self.bazel())["worker"], 3)
        self.assertIn(b"CURRENCY", self.outputs()[f"shop/__pycache__/tea.{tap.TAG}.pyc"])

    def test_a_cache_has_what_another_clean_build_needs(self):
        cache = f"--disk_cache={self.path('disk')}"
        self.bazel(cache)
        made = self.outputs()
        subprocess.run(self.command("clean"), cwd=self.path("workspace"), env=self.variables(),
                       check=True, capture_output=True)
        for source in SOURCES:
            os.utime(self.path("workspace", f"{source}.py"), (1, 1))
        done = self.processes(self.bazel(cache))
        hits = done.get("disk cache hit") or done.get("remote cache hit")
        self.assertEqual(hits, len(made), done)
        self.assertEqual(self.outputs(), made)

    def test_an_error_names_the_source_and_the_next_build_goes_on(self):
        path = self.path("workspace", "shop", "tea.py")
        good = program.read(path)
        with open(path, "ab") as file:
            file.write(b"x = (\n")
        output = self.bazel(status=1)
        self.assertRegex(output, r'File "(shop/)?tea\.py", line 8')  # of either target
        self.assertIn("SyntaxError: '(' was never closed", output)
        with open(path, "wb") as file:
            file.write(good)
        self.bazel()

    def test_another_version_is_an_error(self):
        with open(self.path("workspace", "BUILD.bazel"), "a", encoding="utf-8") as file:
            file.write('kiln_bytecode(name = "wrong", srcs = ["shop/tea.py"], levels = [1],'
                       ' layout = "legacy", python_version = "3.12")\n')
        output = self.bazel(status=1)
        self.assertIn("--python_version is '3.12', but kiln embeds CPython ", output)
        self.assertNotIn("shop/tea.pyc", self.outputs())

    def test_the_log_of_an_execution_has_an_action_for_each_file(self):
        self.bazel("--execution_log_json_file=" + self.path("log"))
        decoder, text, actions = json.JSONDecoder(), program.read(self.path("log")).decode(), []
        while text.strip():
            action, end = decoder.raw_decode(text.lstrip())
            actions.append(action)
            text = text.lstrip()[end:]
        outputs = [path.partition("/bin/")[2] for action in actions
                   for path in action["listedOutputs"]]
        self.assertEqual(sorted(outputs), sorted(self.expected()))
        for action in actions:
            self.assertEqual(action["mnemonic"], "KilnPrecompile")
            self.assertTrue(action["remotable"] and action["cacheable"])


if __name__ == "__main__":
    tap.main()
