"""Builds under make and ninja: as many programs run at once as the whole build may have jobs."""
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import termios
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import scripts
import tap

SCRIPTS = 10


class Case(scripts.Case):
    def setUp(self):
        super().setUp()
        self.used = self.context()
        self.slow("product")
        self.together(1)

    def slow(self, product, wait="gather"):
        """A product of scripts that each note when they begin and end; none ends before `together`
        have begun."""
        text = f"mark +\n{wait}\nmark -\nsay done\n"
        self.scripts({f"s{number}.do": text for number in range(SCRIPTS)}, product=product)
        os.unlink(self.path(product, "acme/steps/module.py"))

    def build_command(self, product="product", *options):
        words = [tap.KILN, "build", "-X", self.used, "--no-cache", "-q", *options,
                 self.path(product)]
        return " ".join(words)

    def forget(self):
        """Let all scripts run again, and count anew."""
        for name in (".images", ".kiln-build"):
            shutil.rmtree(self.path("product", name), ignore_errors=True)
        self.write("marks")

    def together(self, count):
        """As many scripts are to run at once."""
        self.write("together", f"{count}\n")

    def marked(self):
        """A line of a makefile that is such a script, too."""
        marks = self.path("marks")
        return (f"\techo + >> {marks}; while [ $$(grep -c + {marks}) -lt $$(cat "
                f"{self.path('together')}) ]; "
                f"do sleep 0.01; done; sleep 0.05; echo - >> {marks}\n")

    def most(self):
        """The most scripts that ran at once, and how many ran."""
        marks = program.read(self.path("marks")).decode().split()
        running = list(itertools.accumulate(1 if mark == "+" else -1 for mark in marks))
        self.assertEqual(running[-1], 0)
        return max(running), len(marks) // 2

    def run_tool(self, *words, status=0, **changes):
        result = subprocess.run(
            words, cwd=self.directory, env=tap.environment(**self.variables(changes)), check=False,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertNotIn("INTERNAL", result.stderr)  # make missed tokens
        return result.stderr


@unittest.skipUnless(shutil.which("make"), "there is no make")
class Make(Case):
    def make(self, makefile, *options, **more):
        self.write("Makefile", makefile)
        return self.run_tool("make", *options, **more)

    def test_no_more_run_than_make_allows(self):
        for jobs in (3, 2):
            with self.subTest(jobs=jobs):
                self.forget()
                self.together(jobs)
                errors = self.make(f"all:\n\t+{self.build_command('product', '-j', '8')}\n",
                                   f"-j{jobs}")
                self.assertEqual(self.most(), (jobs, SCRIPTS))
                self.assertNotIn("warning", errors)

    def test_no_more_run_than_asked_for(self):
        self.together(2)
        self.make(f"all:\n\t+{self.build_command('product', '-j', '2')}\n", "-j6")
        self.assertEqual(self.most(), (2, SCRIPTS))

    def test_processors_and_make_decide_without_an_option(self):
        self.make(f"all:\n\t+{self.build_command()}\n", "-j3")
        most, count = self.most()
        self.assertLessEqual(most, min(3, len(os.sched_getaffinity(0))))
        self.assertEqual(count, SCRIPTS)

    def test_several_builds_share_the_jobs(self):
        self.slow("another")
        self.together(3)
        self.make("all: one two three\n"
                  f"one:\n\t+{self.build_command('product', '-j', '8')}\n"
                  f"two:\n\t+{self.build_command('another', '-j', '8')}\n"
                  f"three:\n{self.marked()}", "-j4")
        most, count = self.most()
        self.assertEqual(count, 2 * SCRIPTS + 1)
        self.assertLessEqual(most, 4)
        self.assertGreaterEqual(most, 3)

    def check_returned(self, prefix, *options, **more):
        """After a build all jobs are there again for others."""
        self.together(3)
        errors = self.make(
            f"all: a b c d\na b c d: first\n{self.marked()}.PHONY: a b c d first\n"
            f"first:\n\t{prefix}{self.build_command('product', '-j', '8')}; : > "
            f"{self.path('marks')}\n",
            "-j3", *options, **more)
        self.assertEqual(self.most(), (3, 4))
        return errors

    def test_jobs_are_returned(self):
        self.check_returned("+")

    def test_jobs_are_returned_after_failures(self):
        self.put("acme/steps/s1.do", "exit 1\n")
        self.check_returned("+")

    def test_jobs_are_returned_by_a_build_that_is_ended(self):
        self.check_returned("+timeout -s TERM 0.6 ")

    def test_a_jobserver_that_is_closed_is_told(self):
        errors = self.make(f"all:\n\t{self.build_command('product', '-j', '8')}\n", "-j3")
        self.assertEqual(self.most(), (1, SCRIPTS))
        self.assertRegex(errors, r"kiln: warning: .*jobserver")

    def test_nothing_is_made_where_make_only_shows(self):
        self.make(f"all:\n\t+{self.build_command()}\n", "-n")
        self.assertFalse(os.path.exists(self.path("product/.images")))


class Protocol(Case):
    """What make 4.4 and ninja 1.13 do, by hand."""

    def flags(self, address):
        return {"MAKEFLAGS": f" -j --jobserver-auth={address}"}

    def run_build(self, address, status=0, **options):
        return self.kiln("build", "-X", self.used, "--no-cache", "-j", "8", self.product,
                         status=status, variables=self.variables(self.flags(address)),
                         **options).stderr

    def fifo(self, tokens):
        """A FIFO with tokens; (its path, a descriptor)."""
        path = self.path("fifo")
        os.mkfifo(path)
        fd = os.open(path, os.O_RDWR)
        self.addCleanup(os.close, fd)
        os.write(fd, tokens)
        return path, fd

    def tokens(self, fd):
        """The tokens that are there now."""
        size = int.from_bytes(fcntl.ioctl(fd, termios.FIONREAD, bytes(4)), sys.byteorder)
        return bytes(sorted(os.read(fd, size))) if size else b""

    def test_a_fifo(self):
        self.together(3)
        path, fd = self.fifo(b"xy")
        self.assertNotIn("warning", self.run_build("fifo:" + path))
        self.assertEqual(self.most(), (3, SCRIPTS))
        self.assertEqual(self.tokens(fd), b"xy")

    def test_a_pipe(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        self.addCleanup(os.close, writing)
        os.write(writing, b"pqr")
        self.together(4)
        self.run_build(f"{reading},{writing}", pass_fds=(reading, writing))
        self.assertEqual(self.most(), (4, SCRIPTS))
        self.assertEqual(self.tokens(reading), b"pqr")
        self.assertTrue(os.get_blocking(reading))

    def test_tokens_come_back_from_failures(self):
        path, fd = self.fifo(b"xyz")
        for number in (2, 5, 7):
            self.put(f"acme/steps/s{number}.do", "mark +\nmark -\nexit 1\n")
        self.put("acme/steps/s3.do", "mark +\nmark -\nsignal KILL\n")
        self.run_build("fifo:" + path, status=1)
        self.assertEqual(self.tokens(fd), b"xyz")

    def test_tokens_come_back_from_interrupted_builds(self):
        for number, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            with self.subTest(status=status):
                self.slow("product", "sleep 600")
                path, fd = self.fifo(b"xyz")
                process = self.start(
                    "build", "-X", self.used, "--no-cache", "-j", "8", self.product,
                    env=tap.environment(**self.variables(self.flags("fifo:" + path))))

                def is_busy():
                    """Four scripts run."""
                    return os.path.exists(self.path("marks")) and \
                        program.read(self.path("marks")).count(b"+") == 4

                program.await_condition(is_busy, process)
                self.assertEqual(self.tokens(fd), b"")
                process.send_signal(number)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, status)
                self.assertEqual(self.tokens(fd), b"xyz")
                os.unlink(path)
                os.unlink(self.path("marks"))

    def test_tokens_come_back_from_workers_that_are_killed(self):
        self.slow("product", "sleep 600")
        path, fd = self.fifo(b"xyz")
        process = self.start(
            "build", "-X", self.used, "--no-cache", "-j", "4", "--fail-fast", self.product,
            env=tap.environment(**self.variables(self.flags("fifo:" + path))))

        def has_begun():
            """Four scripts run."""
            return os.path.exists(self.path("marks")) and \
                program.read(self.path("marks")).count(b"+") == 4

        program.await_condition(has_begun, process)
        workers = [pid for pid in program.descendants(process.pid) if program.runs_kiln(pid)]
        self.assertEqual(len(workers), 4)
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        # Others take their places; they are ended with the build.
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        self.assertEqual(self.tokens(fd), b"xyz")

    def test_what_cannot_be_used_is_told_and_there_is_one_job(self):
        self.write("file")
        for address in ("fifo:" + self.path("nowhere"), "fifo:" + self.path("file"), "77,78",
                        "-2,-2", "what"):
            with self.subTest(address=address):
                self.forget()
                self.assertRegex(self.run_build(address), "kiln: warning: .*jobserver")
                self.assertEqual(self.most(), (1, SCRIPTS))

    def test_no_token_is_needed_for_one_job(self):
        path, fd = self.fifo(b"")
        self.run_build("fifo:" + path)
        self.assertEqual(self.most(), (1, SCRIPTS))
        self.assertEqual(self.tokens(fd), b"")


@unittest.skipUnless(shutil.which("ninja") and shutil.which("make"), "there is no ninja or make")
class Ninja(Case):
    def test_a_build_below_ninja_keeps_to_what_make_allows(self):
        self.write("build.ninja",
                   f"rule kiln\n  command = {self.build_command('product', '-j', '8')}\n"
                                  "build made: kiln\n")
        self.write("Makefile", "all:\n\t+ninja\n")
        self.together(3)
        self.run_tool("make", "-j3")
        self.assertEqual(self.most(), (3, SCRIPTS))

    def test_a_build_below_ninja_alone(self):
        self.write("build.ninja",
                   f"rule kiln\n  command = {self.build_command('product', '-j', '2')}\n"
                                  "build made: kiln\n")
        self.together(2)
        self.run_tool("ninja")
        self.assertEqual(self.most(), (2, SCRIPTS))


if __name__ == "__main__":
    tap.main()
