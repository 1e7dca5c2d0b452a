"""kiln precompile, and the persistent workers: files, messages and responses."""
import json
import marshal
import os
import py_compile
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

MODES = {"TIMESTAMP": 0, "checked_hash": 3, "UNCHECKED-HASH": 1}


class Case(program.Case):
    def triple(self, name, pyc=None):
        return ["--src", f"{name}.py", "--src_name", f"shown/{name}.py", "--pyc",
                pyc or f"{name}.pyc"]

    def assert_pyc(self, path, source, name, flags, level=0):
        """The file has these flags, and the code object that CPython compiles."""
        data = program.read(self.path(path))
        self.assertEqual(int.from_bytes(data[4:8], "little"), flags)
        self.assertEqual(marshal.loads(data[16:]), compile(
            program.read(self.path(source)), name, "exec", dont_inherit=True, optimize=level))


class Precompile(Case):
    def test_files_are_those_of_py_compile(self):
        self.write("tea.py", '"""Tea."""\nassert price\n\ndef price(): pass\n')
        for mode, flags in MODES.items():
            for level in (0, 1, 2):
                with self.subTest(mode=mode, level=level):
                    self.kiln("precompile", *self.triple("tea", "deep/er/tea.pyc"),
                              f"--invalidation_mode={mode}", "--optimize", str(level))
                    self.assert_pyc("deep/er/tea.pyc", "tea.py", "shown/tea.py", flags, level)
                    expected = py_compile.compile(
                        self.path("tea.py"), self.path("expected"), "shown/tea.py", True, level,
                        py_compile.PycInvalidationMode[mode.upper().replace("-", "_")])
                    self.assertEqual(program.read(self.path("deep/er/tea.pyc"))[:16],
                                     program.read(expected)[:16])

    def test_the_default_is_the_time(self):
        self.write("tea.py")
        self.kiln("precompile", *self.triple("tea"), variables={"SOURCE_DATE_EPOCH": "1"})
        self.assert_pyc("tea.pyc", "tea.py", "shown/tea.py", 0)

    def test_a_source_that_fails_does_not_keep_others_from_it(self):
        self.write("bad.py", "x = (\n")
        self.write("tea.py")
        result = self.kiln("precompile", *self.triple("bad"), *self.triple("none"),
                           *self.triple("tea"), status=1)
        self.assertEqual(result.stderr, (
            '  File "shown/bad.py", line 1\n    x = (\n        ^\n'
            "SyntaxError: '(' was never closed\n"
            "FileNotFoundError: [Errno 2] No such file or directory: 'none.py'\n"))
        self.assert_only(["bad.py", "tea.py", "tea.pyc"])

    def test_nothing_is_done_for_a_wrong_command_line(self):
        self.write("tea.py")
        version, later = (f"3.{sys.version_info[1] + more}" for more in (0, 1))
        for arguments, message in (
                (["--python_version", later], f"--python_version is '{later}', but"),
                (["--python_version", f"{version}.999"], f"embeds CPython {version}."),
                (["--python_version", "3.1"], "but kiln embeds"),
                (["--src", "tea.py"], "not 2, 1 and 1 times"),
                (["--optimize", "3"], "invalid value '3' for --optimize"),
                (["--invalidation_mode", "never"], "invalid value 'never' for --invalidation_mode"),
                (["--worker_impl", "x"], "invalid value 'x' for --worker_impl"),
                (["tea.py"], "unexpected argument 'tea.py'"),
                (["@none"], "none: error: cannot open"),
                (["--persistent_worker"], "takes sources from requests only")):
            with self.subTest(arguments=arguments):
                result = self.kiln("precompile", *self.triple("tea"), *arguments, status=2)
                self.assertIn(message, result.stderr)
        self.assert_only(["tea.py"])

    def test_the_version_is_the_embedded_one(self):
        self.write("tea.py")
        full = self.kiln("--version").stdout.split()[3].rstrip(",")
        for version in (full.rpartition(".")[0], full):
            self.kiln("precompile", *self.triple("tea"), "--python_version", version)

    def test_arguments_come_from_files(self):
        self.write("tea.py")
        self.write("more", "--src_name\nshown/tea.py\r\n")
        self.write("params", "--src\ntea.py\n@more\n--pyc=out put.pyc")
        self.kiln("precompile", "@params", "--log_level", "INFO")
        self.assert_pyc("out put.pyc", "tea.py", "shown/tea.py", 0)
        self.write("endless", "@endless\n")
        result = self.kiln("precompile", "@endless", status=2)
        self.assertIn("too deep", result.stderr)


class Worker(Case):
    def serve(self, requests, *arguments, separator="", status=0):
        """The responses to requests that are sent at once: {id: response}."""
        text = separator.join(
            request if isinstance(request, str) else json.dumps(request) for request in requests)
        result = self.kiln(*arguments, stdin=None, input=text, status=status)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(len({line["requestId"] for line in lines}), len(lines))
        return {line["requestId"]: line for line in lines}

    def precompile(self, requests, *arguments, **options):
        return self.serve(requests, "precompile", "--persistent_worker", *arguments, **options)

    def test_objects_need_no_lines(self):
        for number, separator in enumerate(("", "\n", " \r\n\t")):
            names = [f"m{number}{i}" for i in range(5)]
            for name in names:
                self.write(f"{name}.py", f"x = '{name}'\n")
            found = self.precompile(
                [{"arguments": self.triple(name), "requestId": i + 1}
                 for i, name in enumerate(names)], separator=separator)
            self.assertEqual(found, {i: {"exitCode": 0, "output": "", "requestId": i}
                                     for i in range(1, 6)})
            for name in names:
                self.assert_pyc(f"{name}.pyc", f"{name}.py", f"shown/{name}.py", 0)

    def test_arguments_extend_those_of_the_start(self):
        self.write("tea.py", "assert 1\n")
        self.precompile([{"arguments": self.triple("tea")}], "--invalidation_mode",
                        "UNCHECKED_HASH", "--optimize", "1")
        self.assert_pyc("tea.pyc", "tea.py", "shown/tea.py", 1, 1)

    def test_a_wrong_request_writes_nothing_and_the_next_is_done(self):
        self.write("tea.py")
        self.write("bad.py", "if 1:\nx\n")
        found = self.precompile([
            {"arguments": [*self.triple("tea", "wrong.pyc"), "--python_version", "3.10"],
             "requestId": 1},
            {"arguments": self.triple("bad"), "requestId": "2"},
            {"arguments": self.triple("tea"), "requestId": 3, "verbosity": 1}])
        self.assertEqual([found[i]["exitCode"] for i in (1, 2, 3)], [2, 1, 0])
        self.assertIn("--python_version is '3.10', but", found[1]["output"])
        self.assertTrue(found[2]["output"].startswith("Sorry: IndentationError: "))
        self.assertEqual(found[3]["output"], "compiled tea.py\n")
        self.assert_only(["bad.py", "tea.py", "tea.pyc"])

    def test_paths_are_below_the_sandbox_but_recorded_as_given(self):
        self.write("box/tea.py", "x = 1\n")
        self.write("box/params", "\n".join(self.triple("tea", "out/tea.pyc")))
        found = self.precompile([{"arguments": ["@params"], "sandboxDir": "box"}])
        self.assertEqual(found[0]["exitCode"], 0, found)
        self.assert_pyc("box/out/tea.pyc", "box/tea.py", "shown/tea.py", 0)
        found = self.serve([{"arguments": ["out/u", "tea.py"], "sandboxDir": "box"}],
                           "cc", "--worker")
        self.assertEqual(found[0]["exitCode"], 0, found)
        self.assertIn(b"tea.py", program.read(self.path("box/out/u")))
        self.assertNotIn(b"box", program.read(self.path("box/out/u")))

    def test_a_source_that_ends_its_process_is_one_response(self):
        self.write("tea.py")
        process = self.start("precompile", "--persistent_worker", stdin=subprocess.PIPE)
        self.ask(process, self.triple("tea"))
        for child in program.descendants(process.pid):
            os.kill(child, 9)
        answer = self.ask(process, self.triple("tea"))
        self.assertIn(answer["exitCode"], (0, 3))
        self.assertEqual(self.ask(process, self.triple("tea"))["exitCode"], 0)

    @staticmethod
    def ask(process, arguments):
        process.stdin.write(json.dumps({"arguments": arguments}))
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    @unittest.skipIf(tap.SANITIZERS, "sanitizers keep what was freed")
    def test_memory_does_not_grow(self):
        self.write("tea.py", "import os\n\n" + "def f(x):\n    return [x, 'a'] is os\n" * 200)
        process = self.start("cc", "--worker", stdin=subprocess.PIPE)
        sizes = []
        for _ in range(3):
            for _ in range(150):
                self.assertEqual(self.ask(process, ["u", "tea.py"])["exitCode"], 0)
            children = program.descendants(process.pid)
            self.assertEqual(len(children), 1)
            status = program.read(f"/proc/{[*children][0]}/status").decode()
            sizes.append(int(status.partition("VmRSS:")[2].split()[0]))
        self.assertLess(sizes[2], sizes[1] + 1024)

    def test_cc_answers_with_what_it_would_print(self):
        self.write("tea.py", "x is 1\n")
        self.write("bad.py", "x = (\n")
        found = self.serve([
            {"arguments": ["tea.ast", "tea.py"], "requestId": 1},
            {"arguments": ["bad.ast", "bad.py"], "requestId": 2},
            {"arguments": ["only"], "requestId": 3},
            {"arguments": ["a", "b", "nokey", "x"], "requestId": 4}], "cc", "--worker",
            "check", "hash", "--persistent_worker")
        self.assertEqual([found[i]["exitCode"] for i in (1, 2, 3, 4)], [0, 1, 2, 2])
        for number, arguments in ((2, ["bad.ast", "bad.py"]), (3, ["only"]),
                                  (4, ["a", "b", "nokey", "x"])):
            self.assertEqual(found[number]["output"],
                             self.kiln("cc", *arguments, status=None).stderr)
        found = self.serve([{"arguments": ["tea.i", "tea.ast", "format", "python.ast"]}],
                           "cc", "--persistent_worker")
        self.assertIn("tea.py:1: warning: ", found[0]["output"])
        self.assertEqual(program.read(self.path("tea.i"))[4], 3)

    def test_what_is_no_request_ends_it_after_the_others_were_answered(self):
        self.write("tea.py")
        found = self.precompile([{"arguments": self.triple("tea")}, "nonsense"], status=1)
        self.assertEqual(found[0]["exitCode"], 0)


if __name__ == "__main__":
    tap.main()
