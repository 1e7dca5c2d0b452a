"""`kiln run`: programs behave as without it, and what they execute is counted."""
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import instrumented
import tap

WORK = """def work(times):
    total = 0
    for i in range(times):
        total += i
    return total
"""
# The line of WORK that runs `times` times, and has one region.
LINE = 4
SHOW = """import sys
import pkg.work
print(sys.argv, sys.path, sys.flags, __name__, __file__, __spec__ and __spec__.name, __package__,
      sorted(globals()), pkg.work.__file__, pkg.work.__loader__.get_filename("pkg.work"),
      pkg.work.__spec__.origin, pkg.work.__cached__, sys.orig_argv)
print(sys.stdin.read(), pkg.work.work(5))
"""


class Case(tap.Case):
    def setUp(self):
        super().setUp()
        self.write("pkg/__init__.py")
        self.write("pkg/work.py", WORK)
        self.python = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": None}

    def run_kiln(self, *arguments, status=0, variables=None, **options):
        return self.kiln("run", "--interpreter", tap.PYTHON, *arguments, status=status,
                         variables={**self.python, **(variables or {})}, **options)

    def run_alone(self, *arguments):
        """Without the extension module."""
        alone = self.path("alone", "kiln")
        os.makedirs(self.path("alone"), exist_ok=True)
        shutil.copy(tap.KILN, alone)
        return subprocess.run([alone, "run", "--interpreter", tap.PYTHON, *arguments], check=True,
                              capture_output=True, text=True, cwd=self.directory,
                              env=tap.environment(**self.python))

    def run_python(self, *arguments, variables=None, **options):
        return subprocess.run([tap.PYTHON, *arguments], cwd=self.directory, capture_output=True,
                              text=True, check=False, **options,
                              env=tap.environment(**{**self.python, **(variables or {})}))

    def counted(self, identity=".fault-python", path="pkg/work.py", line=LINE,
                capture=".kiln-capture"):
        return instrumented.counts(self.path(capture)).get((identity, self.path(path), line))


class Behaviour(Case):
    def assert_same(self, *arguments, **options):
        with open(self.write("input", "text"), "rb") as file:
            plain = self.run_python(*arguments, stdin=file, **options)
            file.seek(0)
            measured = self.run_kiln("-q", *arguments, status=plain.returncode, stdin=file,
                                     **options)
        self.assertEqual(measured.stdout, plain.stdout)
        self.assertEqual(measured.stderr, plain.stderr)

    def test_of_scripts_and_modules_is_that_of_python(self):
        self.write("tool.py", SHOW)
        self.write("pkg/__main__.py", SHOW)
        for arguments in (("tool.py", "-o", "--help", "x"), ("./tool.py",),
                          (self.path("tool.py"),), ("-m", "pkg", "-m", "x"), ("-m", "tool")):
            with self.subTest(arguments=arguments):
                self.assert_same(*arguments)
                self.assertEqual(self.counted(), 5)

    def test_of_exceptions_is_that_of_python(self):
        for text in ("import sys\nsys.exit(3)\n", "raise SystemExit('message')\n",
                     "from pkg.work import work\nwork(5)\nwork('x')\n", "def f(:\n",
                     "import sys\nsys.excepthook = lambda *a: print('hook')\n1 / 0\n",
                     "raise GeneratorExit\n",
                     "import atexit, sys\natexit.register(lambda: print(sys.last_value))\n1 / 0\n",
                     "import missing_module_of_nobody\n"):
            self.write("tool.py", text)
            for arguments in (("tool.py",), ("-m", "tool")):
                with self.subTest(text=text, arguments=arguments):
                    self.assert_same(*arguments)

    def test_of_an_interrupted_program_is_that_of_python(self):
        self.write("tool.py", "from pkg.work import work\nwork(5)\nraise KeyboardInterrupt\n")
        for arguments in (("tool.py",), ("-m", "tool")):
            result = self.run_kiln("-q", *arguments, status=128 + signal.SIGINT)
            self.assertEqual(result.stderr, self.run_python(*arguments).stderr)
            self.assertEqual(self.counted(), 5)

    def test_of_signals_is_that_of_a_shell(self):
        self.write("tool.py", "import os, sys\nfrom pkg.work import work\nwork(5)\n"
                              "os.kill(os.getpid(), int(sys.argv[1]))\n")
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1):
            self.run_kiln("tool.py", str(int(number)), status=128 + number)
            self.assertEqual(self.counted(), 5)

    def test_a_signal_is_sent_on(self):
        self.write("tool.py", "import signal, sys, time\nfrom pkg.work import work\n"
                              "def end(number, frame):\n    work(5)\n    sys.exit(9)\n"
                              "signal.signal(signal.SIGTERM, end)\nopen('ready', 'w').close()\n"
                              "time.sleep(100)\n")
        self.write(".coveragerc", "[report]\nprecision = x\n")
        process = subprocess.Popen(
            [tap.KILN, "run", "--interpreter", tap.PYTHON, "tool.py"], cwd=self.directory,
            env=tap.environment(**self.python), stderr=subprocess.PIPE, text=True)
        while not os.path.exists(self.path("ready")):
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.terminate()
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 9)
        self.assertEqual(self.counted(), 5)
        # The signal is not the report's.
        self.assertIn(".coveragerc: invalid value 'x' for precision", errors)

    def test_descriptors_stay_open(self):
        self.write("tool.py", "import os, sys\nos.write(int(sys.argv[1]), b'text')\n")
        read, write = os.pipe()
        self.run_kiln("tool.py", str(write), pass_fds=[write])
        os.close(write)
        self.assertEqual(os.read(read, 100), b"text")
        os.close(read)

    def test_a_directory_and_an_archive_are_run(self):
        self.write("app/__main__.py", "from pkg.work import work\nwork(5)\n")
        shutil.make_archive(self.path("app"), "zip", self.path("app"))
        for name in ("app", "app.zip"):
            self.run_kiln(name, variables={"PYTHONPATH": self.directory})
            self.assertEqual(self.counted(), 5)

    def test_another_sitecustomize_is_imported(self):
        self.write("site/sitecustomize.py", "import builtins\nbuiltins.SEEN = 7\n")
        self.write("tool.py", "import sys\nprint(SEEN, sys.modules['sitecustomize'].__file__, "
                              "[p for p in sys.path if 'kiln' in p.rpartition('/')[2]])\n")
        self.assert_same("tool.py", variables={"PYTHONPATH": self.path("site")})
        self.write("site/sitecustomize.py", "import missing_module_of_nobody\n")
        self.write("tool.py", "")
        self.assert_same("tool.py", variables={"PYTHONPATH": self.path("site")})

    def test_a_source_that_changes_is_loaded_as_it_is(self):
        self.write("tool.py", "text = open('pkg/work.py').read()\n"
                              "open('pkg/work.py', 'w').write(text + '\\nVALUE = 3\\n')\n"
                              "import pkg.work\nprint(pkg.work.VALUE)\n")
        result = self.run_kiln("tool.py")
        self.assertEqual(result.stdout, "3\n")
        self.assertIn("pkg/work.py: not measured", result.stderr)

    def test_with_optimization_nothing_is_measured(self):
        self.write("tool.py", "assert False\n")
        result = self.run_kiln("tool.py", variables={"PYTHONOPTIMIZE": "1"})
        self.assertIn("kiln: nothing is measured with -O", result.stderr)
        self.assertIn("kiln: nothing was measured", result.stderr)


class Children(Case):
    def test_of_all_kinds_count(self):
        self.write("child.py", "from pkg.work import work\nwork(10)\n")
        self.write("tool.py", """
import multiprocessing, os, subprocess, sys
from pkg.work import work
if __name__ == "__main__":
    subprocess.run([sys.executable, "child.py"], check=True)
    subprocess.run([sys.executable, "-W", "ignore", "-Xutf8", "child.py"], check=True)
    subprocess.run([sys.executable, "-c", "import child"], check=True)
    subprocess.run([sys.executable, "-m", "child"], check=True)
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    for method in ("fork", "spawn", "forkserver"):
        process = multiprocessing.get_context(method).Process(target=work, args=(100,))
        process.start()
        process.join()
    if not os.fork():
        work(1000)
        os.execv(sys.executable, ["python", "child.py"])
    os.wait()
    work(1)
""")
        self.run_kiln("tool.py")
        self.assertEqual(self.counted(), 1351)
        # The main program is run again by two of the ways to start processes.
        self.assertEqual(self.counted(path="tool.py", line=3), 3)

    def test_that_outlive_the_run_are_silent(self):
        self.write("child.py", """
import json, os, shutil, sys
shutil.rmtree(os.environ["PYTHONPATH"].split(":")[0])
from pkg.work import work
import unittest.case
print(work(3))
""")
        for options in ((), ("-c", "import child"), ("-m", "child")):
            self.write("tool.py", f"""
import subprocess, sys
subprocess.run([sys.executable, *{options}, *{() if options else ("child.py",)}], check=True)
""")
            with self.subTest(options=options):
                result = self.run_kiln("-q", "tool.py")
                self.assertEqual((result.stdout, result.stderr), ("3\n", ""))

    def test_of_other_versions_and_settings_are_let_alone(self):
        self.write("tool.py", """
import os, shutil, subprocess, sys
path = os.environ["PYTHONPATH"]
tag = os.path.join(path, sys.implementation.cache_tag)
os.rename(tag, tag + "-other")
for options in ([], ["-I"], ["-O"], ["-S"]):
    subprocess.run([sys.executable, *options, "-c", "import sys, pkg.work; pkg.work.work(5);"
                    "print(pkg.__file__, [p for p in sys.path if 'kiln-run' in p])"],
                   env={**os.environ, "PYTHONPATH": path + ":" + os.getcwd()})
""")
        result = self.run_kiln("tool.py")
        self.assertIsNone(self.counted())
        # -I and -S do not import sitecustomize; -I does not even look here.
        self.assertEqual(result.stdout.count("/pkg/__init__.py []"), 2)
        self.assertEqual(result.stderr.count("ModuleNotFoundError"), 1)


class Tests(Case):
    """Tests have names."""

    def setUp(self):
        super().setUp()
        self.write("test_work.py", "import unittest\nfrom pkg.work import work\n"
                                   "class T(unittest.TestCase):\n"
                                   "    def test_two(self):\n        assert work(2) == 1\n"
                                   "    def test_three(self):\n        assert work(3) == 3\n")

    def test_of_unittest(self):
        self.run_kiln("-m", "unittest", "-q")
        self.assertEqual(self.counted("test_work.T.test_two"), 2)
        self.assertEqual(self.counted("test_work.T.test_three"), 3)

    def test_have_names_that_no_measured_code_makes(self):
        self.write("test_work.py", "import unittest\nfrom pkg.work import work\n"
                                   "class T(unittest.TestCase):\n"
                                   "    def id(self):\n        return str(work(9))\n"
                                   "    def test_two(self):\n        assert work(2) == 1\n")
        self.run_kiln("-m", "unittest", "-q")
        self.assertEqual(self.counted("test_work.T.test_two"), 2)
        self.assertEqual(self.counted() or 0, 0)

    def test_have_what_runs_in_their_children(self):
        self.write("child.py", "from pkg.work import work\nwork(5)\n")
        self.write("test_work.py", "import atexit, subprocess, sys, unittest\n"
                                   "class T(unittest.TestCase):\n"
                                   "    def test_child(self):\n"
                                   "        subprocess.run([sys.executable, 'child.py'])\n"
                                   "    def test_within(self):\n"
                                   "        from pkg.work import work\n        work(4)\n"
                                   "end = [sys.executable, 'child.py']\n"
                                   "atexit.register(subprocess.run, end)\n")
        names = {"unittest": "test_work.T.test_"}
        if importlib.util.find_spec("pytest"):
            names["pytest"] = "test_work.py::T::test_"
        for module, name in names.items():
            with self.subTest(module=module):
                self.run_kiln("-m", module, "-q")
                self.assertEqual([self.counted(name + "child"), self.counted(name + "within"),
                                  self.counted()], [5, 4, 5])

    def test_that_are_many_take_little_room(self):
        count = 2000
        self.write("test_work.py", "import unittest\nfrom pkg.work import work\n"
                                   "class T(unittest.TestCase):\n" + "".join(
                                       f"    def test_{number}(self):\n        work({number % 9})\n"
                                       for number in range(count)))
        for run in (self.run_kiln, self.run_alone):
            run("--source", "pkg", "-m", "unittest", "-q")
            counts = instrumented.counts(self.path(".kiln-capture"))
            path = self.path("pkg/work.py")
            self.assertEqual([counts.get((f"test_work.T.test_{number}", path, LINE), 0)
                              for number in range(count)], [number % 9 for number in range(count)])
            found = [os.path.join(place, name) for place, _, names in
                     os.walk(self.path(".kiln-capture")) for name in names]
            self.assertLess(len(found), 20)
            self.assertLess(sum(map(os.path.getsize, found)), 200 * count)

    def test_of_pytest_in_several_processes(self):
        if not importlib.util.find_spec("xdist"):
            self.skipTest("pytest-xdist is not installed")
        self.run_kiln("-m", "pytest", "-q", "-n", "2")
        self.assertEqual([self.counted(f"test_work.py::T::test_{name}")
                          for name in ("two", "three")], [2, 3])

    def test_of_pytest(self):
        if not importlib.util.find_spec("pytest"):
            self.skipTest("pytest is not installed")
        self.write("conftest.py", "import pytest\n@pytest.fixture\ndef data(request):\n"
                                  "    return (request.path.parent / 'data.txt').read_text()\n")
        self.write("data.txt", "text")
        self.write("test_more.py", "from pkg.work import work\n"
                                   "def test_a(data):\n    assert (work(4), data) == (6, 'text')\n"
                                   "def test_b():\n    assert work(2) == 2, 'reason'\n")
        options = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
        plain = self.run_python(*options)
        result = self.run_kiln(*options, status=1)
        cut = lambda text: text.rpartition(" in ")[0]
        self.assertEqual(cut(result.stdout), cut(plain.stdout))
        self.assertIn("assert 1 == 2", result.stdout)
        self.assertEqual(self.counted("test_work.py::T::test_two"), 2)
        self.assertEqual(self.counted("test_more.py::test_a"), 4)
        self.assertIn("test_more.py: not measured, because something else compiled it",
                      result.stderr)
        self.assertNotIn("pkg/work.py: not measured", result.stderr)


class Sources(Case):
    def setUp(self):
        super().setUp()
        self.write("tool.py", "import sys\nfrom pkg.work import work\nimport other.work\nwork(2)\n"
                              "other.work.work(3)\n")
        for name in ("elsewhere/other", "env/lib/site/other"):
            self.write(name + "/__init__.py")
            self.write(name + "/work.py", WORK)
        self.write("env/pyvenv.cfg", "home = /usr/bin\n")

    def test_are_those_of_this_directory(self):
        for place, count in (("elsewhere", 3), ("env/lib/site", None)):
            self.run_kiln("tool.py", variables={"PYTHONPATH": self.path(place)})
            self.assertEqual(self.counted(), 2)
            self.assertEqual(self.counted(path=f"{place}/other/work.py"), count)

    def test_are_those_that_are_named(self):
        variables = {"PYTHONPATH": self.path("env/lib/site")}
        self.run_kiln("--source", "env/lib/site", "tool.py", variables=variables)
        self.assertEqual((self.counted(), self.counted(path="env/lib/site/other/work.py")),
                         (None, 3))
        self.run_kiln("--source", "env/lib/site", "--source", "pkg", "--source=.", "tool.py",
                      variables=variables)
        self.assertEqual((self.counted(), self.counted(path="env/lib/site/other/work.py")), (2, 3))

    def test_reached_by_links_and_finders_count(self):
        os.rename(self.path("elsewhere"), self.path("real"))
        os.symlink("real", self.path("elsewhere"))
        self.run_kiln("tool.py", variables={"PYTHONPATH": self.path("elsewhere")})
        self.assertEqual(self.counted(path="real/other/work.py"), 3)
        self.write("site/sitecustomize.py", """
import importlib.util, sys
class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "other":
            return importlib.util.spec_from_file_location(
                name, %r, submodule_search_locations=[%r])
sys.meta_path.append(Finder)
""" % (self.path("real/other/__init__.py"), self.path("real/other")))
        self.run_kiln("tool.py", variables={"PYTHONPATH": self.path("site")})
        self.assertEqual(self.counted(path="real/other/work.py"), 3)

    def test_that_are_installed_are_not_measured(self):
        self.write("tool.py", "import json.decoder\njson.loads('[1]')\n")
        self.run_kiln("--source", ".", "--source", "/usr/lib/python3", "tool.py")
        paths = {path for _, path, _ in instrumented.counts(self.path(".kiln-capture"))}
        self.assertEqual(paths, {self.path("tool.py")})
        self.run_kiln("--source", os.path.dirname(os.__file__) + "/json", "tool.py")
        self.assertTrue(any(path.endswith("/json/decoder.py") for _, path, _ in
                            instrumented.counts(self.path(".kiln-capture"))))

    def test_of_any_size_are_measured(self):
        sources = {"statements.py": "x = 1\n" * 70000,
                   "line.py": "; ".join(["x = 1"] * 30000) + "\n",
                   "operands.py": "x = [" + "0 or 1, " * 20000 + "]\n",
                   "text.py": "x = '" + "\u00e9" * 2000000 + "' or 3; y = 5\n"}
        for name, text in sources.items():
            self.write(name, text)
        self.write("tool.py", "".join(f"import {name[:-3]}\n" for name in sources))
        self.run_kiln("-q", "tool.py")
        result = self.kiln("metrics", "--format", "json", "--precision", "0")
        found = {name: source["summary"] for name, source in
                 json.loads(result.stdout)["files"].items()}
        self.assertEqual({name: (found[name]["regions"], found[name]["covered_regions"])
                          for name in sources},
                         {"statements.py": (70000, 70000), "line.py": (30000, 30000),
                          "operands.py": (40001, 40001), "text.py": (3, 3)})

    def test_that_cannot_be_compiled_are_no_trouble(self):
        self.write("broken.py", "def f(:\n")
        self.write("latin.py", b"x = '\xe9'\n")
        self.write("new\nline.py", "x = 1\n")
        result = self.run_kiln("-q", "tool.py",
                               variables={"PYTHONPATH": self.path("elsewhere")})
        self.assertEqual(result.stderr, "")
        self.assertEqual(self.counted(), 2)


class Captures(Case):
    def setUp(self):
        super().setUp()
        self.write("tool.py", "from pkg.work import work\nwork(2)\n")

    def test_replace_those_of_the_run_before(self):
        for _ in range(2):
            result = self.run_kiln("tool.py")
            self.assertTrue(result.stderr.endswith(
                f"\nkiln: captures are in '{self.path('.kiln-capture')}'\n"))
            self.assertEqual(self.counted(), 2)
        os.unlink(self.path(".kiln-capture", ".kiln"))
        result = self.run_kiln("tool.py", status=2)
        self.assertIn("'.kiln-capture' is not of kiln run", result.stderr)
        self.assertEqual(self.counted(), 2)

    def test_stay_until_something_is_measured(self):
        self.run_kiln("tool.py")
        result = self.run_kiln("nothere.py", status=2)
        self.assertIn("there is no file 'nothere.py'", result.stderr)
        self.assertEqual(self.counted(), 2)
        result = self.run_kiln("-m", "nothere", status=1)
        self.assertIn("has the captures of the run before", result.stderr)
        self.assertEqual(self.counted(), 2)
        self.assertEqual(sorted(os.listdir(self.path(".kiln-capture"))), [".kiln", "coverage"])
        # While a program runs they are not in reports.
        self.write("tool.py", f"import os, subprocess\nfrom pkg.work import work\n"
                              f"subprocess.run([{tap.KILN!r}, 'metrics', '.kiln-capture'])\n"
                              f"work(3)\nos.kill(os.getppid(), 9)\n")
        result = self.run_kiln("tool.py", status=-9)
        self.assertRegex(result.stdout, r"pkg/work.py +6 +5 ")
        self.write("tool.py", "from pkg.work import work\nwork(4)\n")
        self.run_kiln("tool.py")
        self.assertEqual(self.counted(), 4)
        self.assertEqual(sorted(os.listdir(self.path(".kiln-capture"))), [".kiln", "coverage"])

    def test_are_not_written_among_other_files(self):
        result = self.run_kiln("-o", "pkg", "tool.py", status=2)
        self.assertIn("'pkg' has files but no captures", result.stderr)
        self.write("captures/.gitignore", "*\n")
        self.run_kiln("-o", "captures", "tool.py")

    def test_are_added_in_a_directory_that_is_named(self):
        for _ in range(2):
            self.run_kiln("-o", "deep/captures", "tool.py")
        self.assertEqual(self.counted(capture="deep/captures"), 4)
        self.assertEqual(os.listdir(self.path("deep/captures")), ["coverage"])

    def test_are_whole_without_the_extension_module(self):
        self.write("never.py", "def f():\n    return 3\n")
        self.write("tool.py", "import os, never\nfrom pkg.work import work\n"
                              "from _fi_metrics import switch\nwork(2)\nswitch('one')\nwork(3)\n"
                              "switch('two %')\nif not os.fork():\n    work(4)\n"
                              "    raise SystemExit\nos.wait()\nswitch('one')\nwork(5)\n")
        self.run_alone("--coverage", "--profile", "tool.py")
        self.assertEqual([self.counted(name) for name in (".fault-python", "one", "two%20%25")],
                         [2, 8, 4])
        self.assertEqual(self.counted(path="never.py", line=2), 0)
        names = {name.rpartition(".")[2] for _, _, names in os.walk(self.path(".kiln-capture"))
                 for name in names if name != ".kiln"}
        self.assertEqual(names, {"map", "identities"})
        table = self.kiln("metrics", "--format", "profile").stdout
        calls = {line.split()[-1]: int(line.split()[0]) for line in table.splitlines()[1:]}
        self.assertEqual(calls, {"__main__": 1, "never": 1, "pkg.work": 1, "pkg.work.work": 4})
        self.assertEqual(self.kiln("metrics", "--who", "pkg/work.py:4").stdout,
                         "2 .fault-python\n8 one\n4 two %\n")

    def test_are_left_out_of_images(self):
        self.run_kiln("-q", "tool.py")
        os.rename(self.path(".kiln-capture"), self.path("pkg", ".kiln-capture"))
        self.kiln("build", "pkg", "-o", "image")
        self.assertEqual(sorted(os.listdir(self.path("image", "pkg"))),
                         ["__init__.py", "__pycache__", "work.py"])

    def test_code_comes_from_the_cache(self):
        cache = {"KILN_CACHE": self.path("cache")}
        self.run_kiln("tool.py", variables=cache)
        before = {name for _, _, names in os.walk(self.path("cache")) for name in names}
        self.run_kiln("tool.py", variables=cache)
        self.assertEqual(self.counted(), 2)
        after = {name for _, _, names in os.walk(self.path("cache")) for name in names}
        self.assertEqual(before, after)


class Report(Case):
    def setUp(self):
        super().setUp()
        self.write("tool.py", "import sys\nfrom pkg.work import work\nwork(2) or work(3)\n"
                              "if len(sys.argv) > 1:\n    sys.exit(int(sys.argv[1]))\n")

    def test_is_printed_to_standard_error(self):
        result = self.run_kiln("tool.py")
        self.assertEqual(result.stdout, "")
        lines = [line.split() for line in result.stderr.splitlines()]
        self.assertIn(["pkg/work.py", "6", "0", "100.0%"], lines)
        self.assertIn("tool.py", [line[0] for line in lines])
        self.assertEqual(self.run_kiln("-q", "tool.py").stderr, "")

    def test_has_named_sources_that_were_never_loaded(self):
        self.write("lib/never.py", "x = 2\n\ndef f():\n    return 3\n")
        self.write("lib/broken.py", "def f(:\n")
        for _ in range(2):  # the second time from the cache
            result = self.run_kiln("--source", "pkg", "--source", "lib", "tool.py",
                                   variables={"KILN_CACHE": self.path("cache")})
            lines = [line.split() for line in result.stderr.splitlines()]
            self.assertIn(["pkg/work.py", "6", "0", "100.0%"], lines)
            found = [line for line in lines if line[0] == "lib/never.py"]
            self.assertEqual([line[1:4] for line in found], [["3", "3", "0.0%"]])
            self.assertNotIn("tool.py", [line[0] for line in lines])
        os.unlink(self.path("lib/never.py"))
        self.assertIn("nothing was measured",
                      self.run_kiln("--source", "lib", "tool.py").stderr)
        self.assertNotIn("lib/never.py", self.run_kiln("tool.py").stderr)

    def sources(self, *arguments):
        """Of each source in a report: its regions, and how many were missed."""
        lines = self.kiln("metrics", *arguments).stdout.splitlines()
        return {name: (regions, missed)
                for name, regions, missed, *_ in map(str.split, lines[1:-1])}

    def test_other_reports_have_named_sources_that_were_never_loaded(self):
        self.write("lib/never.py", "x = 2\n")
        self.write("other/never.py", "x = 2\ny = 3\n")
        for directory in ("lib", "other", "lib"):
            self.run_kiln("-q", "--source", "pkg", "--source", directory, "-o", "c", "tool.py")
        self.assertEqual(len(os.listdir(self.path("c/.kiln-described"))), 2)
        expected = {"lib/never.py": ("1", "1"), "other/never.py": ("2", "2"),
                    "pkg/__init__.py": ("0", "0"), "pkg/work.py": ("6", "0")}
        self.assertEqual(self.sources("c"), expected)
        self.run_kiln("-q", "-o", "d", "tool.py")
        self.assertEqual(self.sources("c", "d"), expected | {"tool.py": ("8", "2")})
        self.assertEqual(self.sources("c", "--source", "lib"), {"lib/never.py": ("1", "1")})
        self.assertEqual(set(self.sources("d", "--subtract", "c")), {"pkg/work.py", "tool.py"})

    def test_a_named_source_that_changed_is_reported_side_by_side(self):
        self.run_kiln("-q", "--source", "pkg", "-o", "c", "tool.py")
        self.write("pkg/work.py", WORK + "x = 2\n")
        self.run_kiln("-q", "--source", "pkg", "-o", "c", "tool.py")
        result = self.kiln("metrics", "c")
        self.assertIn("pkg/work.py: warning: the captures have counts of different texts",
                      result.stderr)
        self.assertRegex(result.stdout, r"\npkg/work.py \([0-9a-f]{12}\) +6 +0 ")
        self.assertRegex(result.stdout, r"\npkg/work.py +7 +0 ")

    def test_a_damaged_list_of_named_sources_is_told(self):
        self.run_kiln("-q", "--source", "pkg", "-o", "c", "tool.py")
        directory, = os.listdir(self.path("c/.kiln-described"))
        self.write(f"c/.kiln-described/{directory}/types", "?")
        result = self.kiln("metrics", "c", status=1)
        self.assertIn(f"{directory}: error: wrong 'types' of counted regions", result.stderr)
        self.assertRegex(result.stdout, r"\npkg/work.py +6 +0 ")

    def test_has_times_of_calls(self):
        self.write("tool.py", "import asyncio\nfrom pkg.work import work\ndef each():\n"
                              "    yield work(1)\n    yield work(2)\nasync def main():\n"
                              "    await asyncio.sleep(0)\n    return list(each())\n"
                              "asyncio.run(main())\n")
        expected = {("__main__", ""): 1, ("pkg.work", "__main__"): 1,
                    ("__main__.main", "__main__"): 1, ("__main__.each", "__main__.main"): 1,
                    ("pkg.work.work", "__main__.each"): 2}
        for run in (self.run_kiln, self.run_alone):
            result = run("--profile", "tool.py")
            found = {key: sum(count for count, _, _ in value) for key, value in
                     instrumented.calls(self.path(".kiln-capture")).items()}
            self.assertEqual({key: found.get(key) for key in expected}, expected)
            self.assertIn("__main__.each", result.stderr)
        self.assertEqual(instrumented.counts(self.path(".kiln-capture")), {})
        self.run_kiln("--profile", "--coverage", "tool.py")
        self.assertEqual(self.counted(), 3)
        self.assertTrue(instrumented.calls(self.path(".kiln-capture")))

    def test_has_the_elements_with_most_time(self):
        functions = "".join(f"def f{n}():\n    pass\nf{n}()\n" for n in range(30))
        self.write("tool.py", functions)
        result = self.run_kiln("--profile", "tool.py")
        elements = [line for line in result.stderr.splitlines() if "__main__" in line]
        self.assertEqual(len(elements), 20)
        self.assertIn("\n11 more: 'kiln metrics --format profile' shows all\n", result.stderr)
        self.assertEqual(self.kiln("metrics", "--format", "profile").stdout.count("__main__"), 31)

    def test_that_misses_a_threshold_is_status_1(self):
        self.write(".coveragerc", "[report]\nfail_under = 99\n")
        self.run_kiln("tool.py", status=1)
        self.run_kiln("tool.py", "7", status=7)
        self.write(".coveragerc", "[report]\nfail_under = 10\n")
        self.run_kiln("tool.py")


class Wrong(Case):
    def test_command_lines(self):
        self.write("file")
        self.write("x.py")
        for arguments, status, message in (
                ((), 2, "no program given"), (("--source", "missing", "x.py"), 2, "missing"),
                (("--source", "file", "x.py"), 2, "'file' is not a directory"),
                (("-m",), 2, "needs a value MODULE"), (("--nope", "x.py"), 2, "--nope"),
                (("-o", "file", "x.py"), 3, "file")):
            with self.subTest(arguments=arguments):
                result = self.run_kiln(*arguments, status=status)
                self.assertIn(message, result.stderr)
        self.assertFalse(os.path.exists(self.path(".kiln-capture", "coverage")))

    def test_interpreters(self):
        self.write("tool.py")
        self.write("old", "#!/bin/sh\nprintf '2.7\\0.so\\0/usr/lib\\0'\n")
        self.write("no", "#!/bin/sh\necho not here >&2\nexit 1\n")
        self.write("empty", "#!/bin/sh\n")
        for name, status, message in (
                ("./old", 2, "CPython 2.7 is not installed for kiln"),
                ("./no", 2, "'./no' cannot be used: not here"),
                ("./empty", 2, "'./empty' says nothing of itself"),
                ("./missing", 3, "cannot run './missing'")):
            if os.path.exists(self.path(name)):
                os.chmod(self.path(name), 0o755)
            with self.subTest(name=name):
                result = self.kiln("run", "--interpreter", name, "tool.py", status=status)
                self.assertIn(message, result.stderr)
        os.mkdir(self.path("bin"))
        result = self.kiln("run", "tool.py", status=2, variables={"PATH": self.path("bin")})
        self.assertIn("there is no python3 in PATH", result.stderr)


if __name__ == "__main__":
    tap.main()
