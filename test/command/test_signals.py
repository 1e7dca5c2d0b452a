"""What ends a run from outside: signals, a terminal, the end of a session. Nothing is left behind.
"""
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# A factor whose program starts another one, and says so, before both wait.
SLOW = "sleep 1000 & echo begun > {begun}; wait"


def processes(word):
    """The processes whose environment or arguments have a word."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                text = file.read()
            with open(f"/proc/{name}/stat", "rb") as file:
                state = file.read().rpartition(b") ")[2][:1]
        except OSError:
            continue
        if word.encode() in text and state not in b"ZX":
            found.append(int(name))
    return found


class Case(products.Case):
    def setUp(self):
        super().setUp()
        self.begun = self.path("begun")

    def start(self, *arguments, **options):
        """Start kiln; its processes, and what they start, have the private directory in their
        environment."""
        variables = self.variables({"HOME": self.directory})
        options = {"cwd": self.directory, "env": tap.environment(**variables),
                   "stdin": subprocess.DEVNULL,
                   "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE} | options
        process = subprocess.Popen([tap.KILN, *arguments], **options)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def await_file(self, path, process):
        deadline = time.monotonic() + 20
        while not os.path.exists(path):
            self.assertIsNone(process.poll())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def assert_gone(self):
        """No process is left, within a moment."""
        deadline = time.monotonic() + 10
        while processes(self.directory):
            self.assertLess(time.monotonic(), deadline, processes(self.directory))
            time.sleep(0.02)

    def leftovers(self):
        """Files and directories that were begun below the private directory."""
        return [os.path.join(parent, name) for parent, directories, names in os.walk(self.directory)
                for name in directories + names if re.fullmatch(r"\..+\.[A-Za-z0-9]{6}", name)]


class Programs(Case):
    """A build whose programs wait for each other for ever."""

    def setUp(self):
        super().setUp()
        self.context = self.words_context(script=SLOW.format(begun=self.begun))
        self.project("acme.words", {"list/.factor": f"{products.WORDS}.list\n", "list/a.w": "a\n"},
                     products.WORDS_FORMATS)

    def begin(self, **options):
        process = self.start("build", "-j2", "-X", self.context, "product", **options)
        self.await_file(self.begun, process)
        return process

    def test_each_signal_ends_the_build_and_its_programs(self):
        for number in ENDING:
            with self.subTest(signal=number.name):
                process = self.begin()
                os.unlink(self.begun)
                process.send_signal(number)
                self.assertEqual(process.wait(60), 128 + number)
                self.assert_gone()
                self.assertEqual(self.leftovers(), [])

    def test_killed(self):
        process = self.begin()
        process.kill()
        process.wait()
        self.assert_gone()

    def test_worker_killed(self):
        process = self.begin()
        workers = [pid for pid in processes(self.directory)
                   if pid != process.pid and program.runs_kiln(pid)]
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        self.assertEqual(process.wait(60), 1)
        self.assertIn(b"worker ended early: killed by signal 9", process.stderr.read())
        self.assert_gone()

    def test_keys_of_a_terminal(self):
        for key, number in ((b"\x03", signal.SIGINT), (b"\x1c", signal.SIGQUIT)):
            with self.subTest(signal=number.name):
                pid, terminal = pty.fork()
                if pid == 0:
                    os.chdir(self.directory)
                    os.execve(tap.KILN, ["kiln", "build", "-j2", "-X", self.context, "product"],
                              tap.environment(**self.variables({"HOME": self.directory})))
                deadline = time.monotonic() + 20
                while not os.path.exists(self.begun):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.005)
                os.unlink(self.begun)
                os.write(terminal, key)
                _, status = os.waitpid(pid, 0)
                os.close(terminal)
                self.assertEqual(os.waitstatus_to_exitcode(status), 128 + number)
                self.assert_gone()
                self.assertEqual(self.leftovers(), [])

    def test_terminal_that_is_closed(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execve(tap.KILN, ["kiln", "build", "-j2", "-X", self.context, "product"],
                      tap.environment(**self.variables({"HOME": self.directory})))
        deadline = time.monotonic() + 20
        while not os.path.exists(self.begun):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 128 + signal.SIGHUP)
        self.assert_gone()


class Ignored(Case):
    """What was ignored at the start stays ignored: nohup."""

    def setUp(self):
        super().setUp()
        script = (f"echo begun > {self.begun}; "
                  f"while test ! -e {self.path('go')}; do sleep 0.01; done; cat")
        self.context = self.words_context(script=script)
        self.project("acme.words", {"list/.factor": f"{products.WORDS}.list\n", "list/a.w": "a\n"},
                     products.WORDS_FORMATS)

    def test_ignored(self):
        for number in ENDING:
            with self.subTest(signal=number.name):
                process = self.start("build", "-r", "--no-cache", "-j2", "-X", self.context,
                                     "product",
                                     preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
                self.await_file(self.begun, process)
                for pid in processes(self.directory):  # programs, too
                    with contextlib.suppress(ProcessLookupError):  # a sleep that has ended
                        os.kill(pid, number)
                time.sleep(0.05)
                self.write("go")
                self.assertEqual(process.wait(60), 0, process.stderr.read())
                os.unlink(self.begun)
                os.unlink(self.path("go"))

    def test_nohup(self):
        self.write("in/a.py", "x = 1\n")
        process = subprocess.Popen(["nohup", tap.KILN, "build", "-X", self.context, "product"],
                                   cwd=self.directory, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=tap.environment(
                                       **self.variables({"HOME": self.directory})))
        self.await_file(self.begun, process)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
        self.write("go")
        self.assertEqual(process.wait(60), 0)


class Commands(Case):
    """Commands that work for a while, and their workers."""

    def setUp(self):
        super().setUp()
        for number in range(500):
            self.write(f"in/m{number}.py",
                       f"x{number} = [\n" + " [y for y in (a, b, c) if y],\n" * 2000 + "]\n")

    def check(self, *arguments, expected=None):
        for number in ENDING:
            with self.subTest(arguments=arguments, signal=number.name):
                process = self.start(*arguments)
                time.sleep(0.3)
                self.assertIsNone(process.poll())
                process.send_signal(number)
                self.assertEqual(process.wait(60), (expected or {}).get(number, 128 + number))
                self.assert_gone()
                self.assertEqual(self.leftovers(), [])

    def test_build(self):
        self.check("build", "-j3", "in", "-o", "out")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_delineate(self):
        self.check("delineate", "-j3", "in", "-o", "out")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_compileall(self):
        # As CPython's module says it.
        self.check("compileall", "-q", "-f", "-j3", "in", expected={signal.SIGINT: 1})

    def test_py_compile(self):
        self.check("py_compile", *(f"in/m{number}.py" for number in range(40)))

    def test_worker(self):
        for number in ENDING:
            process = self.start("cc", "--worker", stdin=subprocess.PIPE)
            process.stdin.write(b'{"arguments": ["out.ast", "in/m1.py"], "requestId": 1}\n')
            process.stdin.flush()
            time.sleep(0.2)
            process.send_signal(number)
            self.assertEqual(process.wait(60), 128 + number)
            self.assert_gone()
            self.assertEqual(self.leftovers(), [])


if __name__ == "__main__":
    tap.main()
