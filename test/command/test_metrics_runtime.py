"""What instrumented modules count, natively and without an extension module, and that it is there
however processes end."""
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import instrumented
import tap

BUILD = os.path.dirname(tap.KILN or ".")
# In a build with sanitizers by gcc the extension module is there with them, too.
SANITIZED = os.path.join(BUILD, "test", "command")
IS_SANITIZED = os.path.exists(os.path.join(SANITIZED, "_fi_counters.so"))
NATIVE = SANITIZED if IS_SANITIZED else os.path.join(BUILD, "libexec", "kiln")
RUNTIMES = {"native": [os.path.join(tap.ROOT, "templates"), NATIVE],
            "fallback": [os.path.join(tap.ROOT, "templates")]}
WORK = """def work(times):
    total = 0
    for i in range(times):
        total += i
    return total
"""
# The line of WORK that runs `times` times, and the function's counters.
LINE = 4
CONSTANTS = [b"_fi_\0" + end for end in (b"c1", b"c2", b"c3", b"c4", b"e1", b"x1")]


def sanitizers():
    """What a program needs that loads the extension module with sanitizers. Memory that is freed
    is not kept, and signals end programs as ever. What CPython never frees are no leaks."""
    if not IS_SANITIZED:
        return {}
    needed = subprocess.run(["ldd", os.path.join(SANITIZED, "_fi_counters.so")], check=True,
                            capture_output=True, text=True).stdout
    libraries = re.findall(r"=> (/\S*/lib[a-z]+san\.so\S*)", needed)
    return {"LD_PRELOAD": " ".join(libraries), "PYTHONMALLOC": "malloc",
            "ASAN_OPTIONS": "detect_leaks=0:quarantine_size_mb=1:handle_segv=0",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1"}


VARIABLES = {"native": sanitizers(), "fallback": {}}


# What a command needs before it that has mounts and process ids of its own.
UNSHARED = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
CAN_UNSHARE = shutil.which("unshare") is not None and subprocess.run(
    [*UNSHARED, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


class Runtime(tap.Case):
    """Runs instrumented programs; `main` runs as __main__, and has WORK as module `work`."""

    def setUp(self):
        super().setUp()
        self.both = ("coverage", "profile")
        instrumented.write(self.path("work.pyc"), WORK, self.both)

    def start(self, runtime, program, variables=None, before=(), **options):
        variables = {"METRICS_CAPTURE": "capture", **VARIABLES[runtime], **(variables or {})}
        path = os.pathsep.join([*RUNTIMES[runtime], self.directory])
        return subprocess.Popen(
            [*before, tap.PYTHON, "-B", self.write("main.py", "from work import work\n" + program)],
            cwd=self.directory, env=tap.environment(PYTHONPATH=path, **variables), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run_main(self, runtime, program, status=0, variables=None, **options):
        process = self.start(runtime, program, variables, **options)
        output, errors = process.communicate(timeout=300)
        self.assertEqual(process.returncode, status, errors)
        return output, errors

    def counted(self, directory="capture", identity=".fault-python", line=LINE):
        counts = instrumented.counts(self.path(directory))
        return counts.get((identity, self.path("work.py"), line))

    def each(self, *names):
        """For each runtime, in a directory of its own."""
        for runtime in names or RUNTIMES:
            for name in ("capture", "trap"):
                shutil.rmtree(self.path(name), ignore_errors=True)
            yield runtime

    def assert_survives(self, program, count, status=0, runtimes=(), errors=""):
        for runtime in self.each(*runtimes):
            _, printed = self.run_main(runtime, program, status)
            self.assertIn(errors, printed)
            self.assertEqual(self.counted(), count)


    def check_many(self, count):
        """As many processes at once, forked from one."""
        program = ("import os, sys\npids = []\nread, write = os.pipe()\n"
                   f"for i in range({count}):\n    pid = os.fork()\n    if not pid:\n"
                   "        os.close(write)\n        os.read(read, 1)\n        work(7)\n"
                   "        sys.exit()\n    pids.append(pid)\nos.close(write)\n"
                   "print(sum(os.waitpid(pid, 0)[1] for pid in pids))\n")
        for variables in ({}, {"PROCESS_IDENTITY": "one"}):
            for runtime in self.each():
                output, errors = self.run_main(runtime, program, variables=variables)
                self.assertEqual((output, errors), ("0\n", ""))
                self.assertEqual(self.counted(), 7 * count)


class Counts(Runtime):
    def test_of_regions_are_exact(self):
        source = ("def f(n):\n    if n > 1:\n        return f(n - 1) + 1\n    try:\n"
                  "        raise ValueError\n    except ValueError:\n        n += 1\n"
                  "    else:\n        n += 2\n    return n\nf(3)\nf(1)\n")
        instrumented.write(self.path("other.pyc"), source)
        for runtime in self.each():
            self.run_main(runtime, "import other\n")
            counts = instrumented.counts(self.path("capture"))
            found = {line: count for (_, path, line), count in counts.items()
                     if path == self.path("other.py")}
            self.assertEqual(found, {1: 1, 2: 4, 3: 2, 4: 2, 5: 2, 7: 2, 9: 0, 10: 2, 11: 1, 12: 1})

    def test_of_calls_have_callers_and_times(self):
        source = ("import time\ndef inner():\n    time.sleep(0.01)\ndef outer():\n    inner()\n"
                  "    inner()\ndef each():\n    inner()\n    yield 1\n    yield 2\n"
                  "outer()\nfor _ in each():\n    time.sleep(0.03)\n")
        instrumented.write(self.path("other.pyc"), source, ("profile",))
        for runtime in self.each():
            self.run_main(runtime, "import other\n")
            calls = instrumented.calls(self.path("capture"))
            self.assertEqual({key: sum(count for count, _, _ in value)
                              for key, value in calls.items()},
                             {("other.inner", "other.outer"): 2, ("other.outer", ""): 1,
                              ("other.inner", "other.each"): 1, ("other.each", ""): 1})
            for element, elapsed_of in (("other.outer", 20), ("other.each", 10)):
                (_, elapsed, residency), = calls[element, ""]
                # What is between is measured by a busy machine: only what cannot be is a fault.
                self.assertGreaterEqual(residency, elapsed_of * 1000000)
                self.assertGreaterEqual(elapsed, residency)
            within = sum(elapsed for _, elapsed, _ in calls["other.inner", "other.outer"])
            self.assertEqual(calls["other.outer", ""][0][2], within)

    def test_elapsed_times_are_those_of_the_system(self):
        source = ("from time import monotonic_ns\ndef f(until):\n    began = monotonic_ns()\n"
                  "    while monotonic_ns() < began + until: pass\n"
                  "    return monotonic_ns() - began\n")
        instrumented.write(self.path("other.pyc"), source, ("profile",))
        program = ("import os, time, other\nbegan = time.monotonic_ns()\n"
                   "inner = sum(other.f(until) for until in {})\n"
                   "print(inner, time.monotonic_ns() - began)\n{}\n")
        for runtime in self.each():
            output, _ = self.run_main(runtime, program.format([40_000_000] * 5, ""))
            self.assert_elapsed(5, output, 0.001)
        for runtime in self.each("native"):  # the rate of the clock was last measured long ago
            for variables in ({}, {"PROCESS_IDENTITY": "p"}):
                output, _ = self.run_main(
                    runtime, program.format("(5_000_000, 200_000_000)",
                                            "import sys; sys.stdout.flush(); os._exit(0)"),
                    variables=variables)
                self.assert_elapsed(2, output, 0.01)
                shutil.rmtree(self.path("capture"))

    def assert_elapsed(self, count, output, error):
        """The time of other.f is between what it measured itself and what its caller did."""
        inner, outer = map(int, output.split())
        found = instrumented.calls(self.path("capture"))["other.f", ""]
        self.assertEqual(sum(calls for calls, _, _ in found), count)
        elapsed = sum(elapsed for _, elapsed, _ in found)
        self.assertGreater(elapsed, inner * (1 - error))
        self.assertLess(elapsed, outer * (1 + error))

    def test_callers_are_told_apart_when_the_identity_changes(self):
        source = ("def f(): pass\ndef g(): f()\ndef h(): f()\n")
        instrumented.write(self.path("other.pyc"), source, ("profile",))
        program = ("import _fi_metrics, other, os\nother.g(); other.g(); other.h()\n"
                   "_fi_metrics.switch('one')\nother.h(); other.g()\n"
                   "if not os.fork():\n    other.g()\n    raise SystemExit\nos.wait()\n"
                   "other.h()\n")
        for runtime in self.each():
            self.run_main(runtime, program)
            self.kiln("metrics", "capture", "--format", "profile", "-o", "table")
            with open(self.path("table"), encoding="utf-8") as file:
                calls = {line.split()[-1]: int(line.split()[0]) for line in file.readlines()[1:]}
            self.assertEqual(calls, {"other.f": 7, "other.g": 4, "other.h": 3})

    def test_a_module_that_is_loaded_again_counts_on(self):
        self.assert_survives("import importlib, work as module\nwork(2)\n"
                             "importlib.reload(module).work(3)\nwork(4)\n", 9)

    def test_of_modules_in_different_directories_are_together(self):
        instrumented.write(self.path("later.pyc"), WORK)
        program = "import os\nwork(1)\nos.chdir('/')\nimport later\nlater.work(3)\n"
        for runtime in self.each():
            self.run_main(runtime, program)
            counts = instrumented.counts(self.path("capture"))
            self.assertEqual(counts[".fault-python", self.path("later.py"), LINE], 3)

    def test_without_a_directory_nothing_is_replaced(self):
        for runtime in self.each():
            output, _ = self.run_main(
                runtime, "work(3)\nprint([c for c in work.__code__.co_consts if type(c) is bytes])",
                variables={"METRICS_CAPTURE": ""})
            self.assertIn("_fi_\\x00c1", output)
            self.assertFalse(os.path.exists(self.path("capture")))

    def test_a_trap_is_used_without_a_variable(self):
        instrumented.write(self.path("other.pyc"), WORK, self.both, trap=self.path("trap"))
        for runtime in self.each():
            self.run_main(runtime, "import other\nother.work(3)\n",
                          variables={"METRICS_CAPTURE": "", "PROCESS_IDENTITY": "p/1",
                                     "METRICS_IDENTITY": "a test"})
            self.assertEqual(sorted(os.listdir(self.path("trap", "coverage"))), ["p%2F1"])
            counts = instrumented.counts(self.path("trap"))
            self.assertEqual(counts[("a%20test", self.path("other.py"), LINE)], 3)

    def test_another_identity_gets_what_follows(self):
        program = ("import _fi_metrics\nwork(2)\n_fi_metrics.switch('one')\nwork(3)\n"
                   "_fi_metrics.switch('t/x.py::two[a b]')\nwork(4)\nimport os\n"
                   "if not os.fork():\n    work(5)\n    raise SystemExit\nos.wait()\n"
                   "_fi_metrics.switch('one')\nwork(6)\n")
        for runtime in self.each():
            self.run_main(runtime, program)
            self.assertEqual(
                [self.counted(identity=name)
                 for name in (".fault-python", "one", "t%2Fx.py::two[a%20b]")], [2, 9, 9])

    def test_another_identity_costs_what_was_reached(self):
        """Without the extension module no other counters are looked at."""
        instrumented.write(self.path("other.pyc"), "x = 1\n" * 5000)
        program = ("import _fi_metrics, other\nhint, looked = _fi_metrics.length_hint, []\n"
                   "_fi_metrics.switch('none')\n"
                   "_fi_metrics.length_hint = lambda zeros: looked.append(1) or hint(zeros)\n"
                   "for name in 'abcd':\n    _fi_metrics.switch(name)\n    work(2)\n    work(3)\n"
                   "_fi_metrics.switch('none')\nprint(len(looked))\n")
        for runtime in self.each("fallback"):
            output, errors = self.run_main(runtime, program)
            self.assertEqual((output, errors), ("16\n", ""))
            self.assertEqual([self.counted(identity=name) for name in "abcd"], [5] * 4)

    def test_another_isolation_is_told(self):
        for runtime in self.each():
            self.run_main(runtime, "work(3)\n")
            self.run_main(runtime, "work(4)\n", variables={"METRICS_ISOLATION": "ci 7"})
            self.kiln("metrics", "capture", "--format", "image", "-o", "image", "-q")
            with open(self.path("image/work.py/constituents"), encoding="utf-8") as file:
                self.assertEqual([line.split()[2:] for line in file], [
                    ["ci%207", ".fault-python"], ["unspecified", ".fault-python"]])

    def test_names_of_any_length_are_names_of_files(self):
        for runtime in self.each():
            self.run_main(runtime, "import _fi_metrics\n_fi_metrics.switch('x' * 5000)\nwork(2)\n")
            total = sum(count for (_, _, line), count in
                        instrumented.counts(self.path("capture")).items() if line == LINE)
            self.assertEqual(total, 2)

    def test_with_other_builtins(self):
        self.assert_survives("import builtins\nreal = len\ndef length(x):\n    work(1)\n"
                             "    return real(x)\nbuiltins.len = length\nlen('')\n", 1)

    def test_of_threads_are_all_there(self):
        program = ("import threading\nfor _ in range(8):\n"
                   "    threading.Thread(target=work, args=(1000,)).start()\n")
        self.assert_survives(program, 8000)

    def test_memory_is_bounded(self):
        program = ("import resource\nwork(1)\n"
                   "def peak():\n    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
                   "for _ in range(100000):\n    work(0)\nbefore = peak()\n"
                   "for _ in range(200000):\n    work(0)\nprint(peak() - before)\n")
        for runtime in self.each():
            output, _ = self.run_main(runtime, program)
            self.assertLess(int(output), 4096)
            self.assertEqual(sum(count for count, _, _ in instrumented.calls(
                self.path("capture"))["work.work", ""]), 300001)


    def test_of_threads_that_never_end_are_there(self):
        program = ("import threading\nready, never = threading.Event(), threading.Event()\n"
                   "def run():\n    work(5)\n    ready.set()\n    never.wait()\n"
                   "threading.Thread(target=run, daemon=True).start()\nready.wait()\n")
        self.assert_survives(program, 5)

    def test_of_modules_with_more_regions_than_numbers_of_two_bytes(self):
        count = 70000
        instrumented.write(self.path("other.pyc"), "x = 1\n" * count)
        for runtime in self.each():
            self.run_main(runtime, "import other\n")
            counts = instrumented.counts(self.path("capture"))
            found = [count for (_, path, _), count in counts.items()
                     if path == self.path("other.py")]
            self.assertEqual((len(found), sum(found)), (count, count))


class Constants(Runtime):
    """The objects that count are, for who handles code, the constants that they replace."""

    def test_are_equal_and_copied_as_bytes(self):
        instrumented.write(self.path("work.pyc"), WORK, self.both)
        for runtime in self.each():
            output, _ = self.run_main(runtime, """
import copy, json, pickle
for letter in (b"c1", b"e1", b"x1"):
    value = b"_fi_\\0" + letter
    constant, = [c for c in work.__code__.co_consts if c == value]
    print(json.dumps([type(constant) is bytes, constant == value, value == constant,
        constant != value, hash(constant) == hash(value), {value: 1}.get(constant),
        type(pickle.loads(pickle.dumps(constant))) is bytes, copy.deepcopy(constant) == value,
        constant == b"_fi_\\0c2", constant == 5]))
code = work.__code__
print(hash(code) is not None, code.co_code == code.replace().co_code,
      copy.copy(code) is code)
""")
            *lines, last = output.splitlines()
            for line in lines:
                self.assertEqual(json.loads(line), [False, True, True, False, True, 1, True, True,
                                                    False, False])
            self.assertEqual(last, "True True True")

    def test_are_marshalled_as_bytes(self):
        """Without an extension module since CPython 3.12."""
        for runtime in self.each(*RUNTIMES if sys.version_info >= (3, 12) else ["native"]):
            output, _ = self.run_main(runtime, """
import marshal
code = marshal.loads(marshal.dumps(work.__code__))
print(sorted(c for c in code.co_consts if type(c) is bytes))
work.__code__ = code
print(work(4))
""")
            self.assertEqual(output, f"{CONSTANTS}\n6\n")
            # Code that was written and read counts no more, and does no harm.
            self.assertEqual(self.counted(), 0)

    def test_functions_are_pickled_for_other_processes(self):
        if not importlib.util.find_spec("cloudpickle"):
            self.skipTest("cloudpickle is not installed")
        reader = self.write("reader.py", "import pickle, sys\n"
                                         "print(pickle.load(sys.stdin.buffer)(4))\n")
        for runtime in self.each():
            # What is in __main__ or local is pickled with its code.
            output, _ = self.run_main(runtime, f"""
import cloudpickle, subprocess, sys
work.__module__ = "__main__"
print(cloudpickle.loads(cloudpickle.dumps(work))(3), work(2))
sys.stdout.flush()
subprocess.run([sys.executable, "-I", {reader!r}], input=cloudpickle.dumps(work), check=True)
""")
            self.assertEqual(output, "3 1\n6\n")
            self.assertEqual(self.counted(), 2)

    def test_copies_of_code_need_no_runtime(self):
        self.run_main("native", """
import marshal
with open("code", "wb") as file:
    marshal.dump(work.__code__, file)
""")
        result = subprocess.run(
            [tap.PYTHON, "-I", "-c", "import marshal, types\nwith open('code', 'rb') as file:\n"
             "    print(types.FunctionType(marshal.load(file), {'range': range})(4))"],
            cwd=self.directory, capture_output=True, text=True)
        self.assertEqual((result.stdout, result.stderr), ("6\n", ""))

    def test_code_is_taken_apart_as_it_was_compiled(self):
        instrumented.write(self.path("other.pyc"), WORK)
        output, _ = self.run_main("native", """
import dis, marshal, other
with open(other.__file__, "rb") as file:
    file.seek(16)
    module = marshal.load(file)
plain, = [c for c in module.co_consts if getattr(c, "co_name", None) == "work"]
code = other.work.__code__
print(code.co_code == plain.co_code,
      [str(i) for i in dis.Bytecode(code)] == [str(i) for i in dis.Bytecode(plain)])
other.work.__code__ = code.replace(co_consts=plain.co_consts)
print(other.work(4))
""")
        self.assertEqual(output, "True True\n6\n")

    def test_bytes_that_only_look_like_counters_stay(self):
        values = [b"_fi_\0", b"_fi_\0c", b"_fi_\0c-1", b"_fi_\0c1x", b"_fi_\0z1", b"_fi_c1",
                  b"_fi_\0c" + b"9" * 40, b"_fi_\0c999", b"_fi_\0e999", b"_fi_\0c\xb2", b"_fi_\0w",
                  b"_fi_\0w0 9", b"_fi_\0w0 9 1", b"_fi_\0w0 9\n", b"_fi_\0w0 9 x\n",
                  b"_fi_\0w0  1\n", b"_fi_\0w0 9 1 \n", b"_fi_\0w0 9 1\n\n"]
        source = "VALUES = []\n" + "".join(f"VALUES.append({value!r})\n" for value in values)
        instrumented.write(self.path("other.pyc"), source, self.both)
        for runtime in self.each():
            output, errors = self.run_main(runtime, "import other\nprint(other.VALUES)\n")
            self.assertEqual((output, errors), (f"{values!r}\n", ""))


class Ends(Runtime):
    """Counts are there however the process ends."""

    def test_by_an_exception(self):
        self.assert_survives("work(5)\nraise KeyError\n", 5, 1, errors="KeyError")

    def test_by_exit_in_a_thread(self):
        program = ("import sys, threading\ndef run():\n    work(5)\n    sys.exit(3)\n"
                   "thread = threading.Thread(target=run)\nthread.start()\nthread.join()\n"
                   "sys.exit(4)\n")
        self.assert_survives(program, 5, 4)

    def test_after_other_exit_functions(self):
        self.assert_survives("import atexit\natexit.register(work, 5)\n", 5)

    def test_when_modules_are_torn_down(self):
        program = ("class Late:\n    def __del__(self, work=work):\n        work(5)\n"
                   "late = Late()\n")
        self.assert_survives(program, 5, runtimes=["native"])

    def test_by_signals(self):
        for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV):
            self.assert_survives(f"import os\nwork(5)\nos.kill(os.getpid(), {int(number)})\n", 5,
                                 -number, ["native"])

    def test_without_the_interpreter(self):
        self.assert_survives("import os\nwork(5)\nos._exit(7)\n", 5, 7, ["native"])

    def test_by_another_program(self):
        self.assert_survives("import os\nwork(5)\nos.execv('/bin/true', ['true'])\n", 5, 0,
                             ["native"])

    def test_and_are_saved_when_asked(self):
        program = ("import os, _fi_metrics\nwork(5)\n_fi_metrics.save()\nwork(2)\n"
                   "_fi_metrics.save()\nos._exit(0)\n")
        self.assert_survives(program, 7)

    def test_and_are_saved_at_a_signal(self):
        program = ("import os, signal\nwork(5)\nos.kill(os.getpid(), signal.SIGUSR1)\n"
                   "os._exit(0)\n")
        for name in ("SIGUSR1", "USR1", str(int(signal.SIGUSR1))):
            for runtime in self.each():
                self.run_main(runtime, program, variables={"METRICS_SIGNAL": name})
                self.assertEqual(self.counted(), 5)
        _, errors = self.run_main("native", "work(1)\n", variables={"METRICS_SIGNAL": "KILL"})
        self.assertIn("kiln: METRICS_SIGNAL is 'KILL', which cannot be caught", errors)


    def test_and_are_saved_at_a_signal_that_the_program_handles(self):
        program = ("import os, signal\ndef own(number, frame):\n    print('own')\nwork(5)\n"
                   "number = signal.SIGUSR1\n"
                   "print(signal.getsignal(number) is signal.SIG_DFL)\n"
                   "print(signal.signal(number, own) is signal.SIG_DFL)\n"
                   "print(signal.getsignal(number) is own)\nsignal.raise_signal(number)\n"
                   "work(2)\nprint(signal.signal(number, signal.getsignal(number)) is own)\n"
                   "signal.raise_signal(number)\nwork(1)\n"
                   "print(signal.signal(number, signal.SIG_IGN) is own)\n"
                   "signal.raise_signal(number)\n"
                   "print(signal.getsignal(number) is signal.SIG_IGN)\n"
                   "import sys\nsys.stdout.flush()\n"
                   "signal.signal(number, signal.SIG_DFL)\nsignal.raise_signal(number)\n")
        for runtime, count in (("native", 8), ("fallback", 7)):
            for _ in self.each(runtime):
                output, errors = self.run_main(runtime, program, -signal.SIGUSR1,
                                               variables={"METRICS_SIGNAL": "USR1"})
                self.assertEqual((output.split(), errors), (
                    ["True", "True", "True", "own", "True", "own", "True", "True"], ""))
                self.assertEqual(self.counted(), count)


class Children(Runtime):
    def test_that_are_forked_count_on_their_own(self):
        program = ("import os, sys\nwork(5)\nfor i in range(3):\n    if not os.fork():\n"
                   "        work(10)\n        if not os.fork():\n            work(100)\n"
                   "            sys.exit()\n        os.wait()\n        sys.exit()\n"
                   "for i in range(3):\n    os.wait()\nwork(1000)\n")
        self.assert_survives(program, 1335)

    def test_that_are_forked_count_calls_once(self):
        source = ("import os\ndef f():\n    pid = os.fork()\n    g()\n    if not pid:\n"
                  "        raise SystemExit\n    os.wait()\ndef g():\n    pass\nf()\n")
        instrumented.write(self.path("other.pyc"), source, ("profile",))
        for runtime in self.each():
            self.run_main(runtime, "import other\n")
            calls = instrumented.calls(self.path("capture"))
            self.assertEqual({key: sum(count for count, _, _ in value)
                              for key, value in calls.items()},
                             {("other.f", ""): 1, ("other.g", "other.f"): 2})

    def test_of_multiprocessing_count(self):
        program = ("import multiprocessing, sys\nif __name__ == '__main__':\n"
                   "    context = multiprocessing.get_context('%s')\n"
                   "    all = [context.Process(target=work, args=(5,)) for _ in range(3)]\n"
                   "    [each.start() for each in all]\n    [each.join() for each in all]\n"
                   "    with context.Pool(2) as pool:\n        pool.map(work, [1, 2, 3])\n"
                   "        pool.close()\n        pool.join()\n")
        for method in ("fork", "spawn", "forkserver"):
            with self.subTest(method=method):
                self.assert_survives(program % method, 21)

    def test_of_multiprocessing_that_are_terminated_count(self):
        program = ("import multiprocessing, time\ndef run(ready):\n    work(5)\n    ready.set()\n"
                   "    time.sleep(100)\nif __name__ == '__main__':\n"
                   "    ready = multiprocessing.Event()\n"
                   "    process = multiprocessing.Process(target=run, args=(ready,))\n"
                   "    process.start()\n    ready.wait()\n    process.terminate()\n"
                   "    process.join()\n    with multiprocessing.Pool(2) as pool:\n"
                   "        pool.map(work, [1, 2, 3])\n")
        self.assert_survives(program, 11, runtimes=["native"])

    def test_of_subprocess_count(self):
        program = ("import subprocess, sys, os\nwork(1)\nfor i in range(3):\n"
                   "    subprocess.run([sys.executable, '-c', 'import work; work.work(5)'])\n"
                   "subprocess.run([sys.executable, '-c', 'import work; work.work(5)'],\n"
                   "    preexec_fn=lambda: work(100))\n")
        self.assert_survives(program, 121, runtimes=["native"])
        self.assert_survives(program, 21, runtimes=["fallback"])

    def test_that_are_many_at_once_count(self):
        self.check_many(100)

    def test_of_equal_process_ids_have_other_names(self):
        """A container's processes have the ids of another's: here the id is the same."""
        hidden = ("import os\nos.getpid = lambda: 1\n")
        for runtime in self.each("fallback"):
            for _ in range(3):
                self.run_main(runtime, hidden + "work(2)\n")
            self.assertEqual(self.counted(), 6)
            self.assertEqual(len(os.listdir(self.path("capture", "coverage"))), 3)


    @tap.unittest.skipUnless(CAN_UNSHARE, "there are no namespaces")
    def test_of_equal_process_ids_on_other_machines_have_other_names(self):
        for runtime in self.each():
            for _ in range(3):
                output, _ = self.run_main(runtime, "import os\nwork(2)\nprint(os.getpid())\n",
                                          before=UNSHARED)
                self.assertEqual(output, "1\n")
            self.assertEqual(self.counted(), 6)
            self.assertEqual(len(os.listdir(self.path("capture", "coverage"))), 3)


class Trouble(Runtime):
    """What cannot be written is one warning, and the program's own status stays."""

    def check(self, program="work(5)\nraise SystemExit(6)\n", **options):
        for runtime in self.each():
            _, errors = self.run_main(runtime, program, 6, **options)
            self.assertEqual(errors.count("kiln:"), 1, errors)
            self.assertEqual(len(errors.splitlines()), 1, errors)
            yield errors

    def test_a_directory_that_cannot_be_made(self):
        self.write("file")
        for errors in self.check(variables={"METRICS_CAPTURE": "file/below"}):
            self.assertIn("Not a directory", errors)

    def test_a_full_disk(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))
        for errors in self.check(preexec_fn=limit):
            self.assertIn("File too large", errors)
            self.assertFalse(any(instrumented.counts(self.path("capture")).values()))

    @tap.unittest.skipUnless(CAN_UNSHARE, "there are no namespaces")
    def test_file_systems_that_are_full_or_read_only(self):
        for options, message in (("size=4k", "No space left on device"),
                                 ("ro", "Read-only file system")):
            os.makedirs(self.path("mounted"), exist_ok=True)
            mount = f"mount -t tmpfs -o {options} none mounted && exec \"$@\""
            for errors in self.check(before=[*UNSHARED, "sh", "-c", mount, "sh"],
                                     variables={"METRICS_CAPTURE": "mounted"}):
                self.assertIn(f"{message}: '{self.path('mounted')}", errors)

    def test_a_full_disk_in_a_forked_process(self):
        program = ("import os, resource, sys\nwork(5)\nif not os.fork():\n    work(7)\n"
                   "    sys.exit()\nos.wait()\n"
                   "resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))\n"
                   "if not os.fork():\n    work(9)\n    os._exit(0)\nos.wait()\nos._exit(6)\n")
        for runtime in self.each("native"):
            _, errors = self.run_main(runtime, program, 6)
            self.assertIn("kiln: a forked process cannot write", errors)
            self.assertEqual(self.counted(), 12)

    def test_a_description_of_another_version(self):
        for runtime in self.each():
            _, errors = self.run_main(
                runtime, "import _fi_metrics\n_fi_metrics.load((lambda: 0).__code__, b'x\\n', "
                "globals())\nwork(5)\n")
            self.assertIn("kiln: '__main__' is not measured", errors)
            self.assertEqual(self.counted(), 5)

    def test_without_ctypes_nothing_is_counted(self):
        program = "import sys\nassert work(5) == 10\n"
        self.write("_ctypes.py", "raise ImportError('not here')\n")
        for runtime in self.each("fallback"):
            _, errors = self.run_main(runtime, program)
            self.assertEqual(errors, "kiln: 'work' is not measured: not here\n")


if __name__ == "__main__":
    tap.main()
