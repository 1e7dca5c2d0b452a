"""What a build says: events, the status line, logs, plans, and how it ends."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import stat
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import scripts
import tap

KEY = re.compile("[0-9a-f]{64}")


class Case(scripts.Case):
    def setUp(self):
        super().setUp()
        self.used = self.context()

    def run_text(self, *arguments, status=0, **options):
        """Build with messages as text: what was written to standard output and to standard error.
        """
        result = self.kiln("build", "-X", self.used, *arguments, self.product, status=status,
                           variables=self.variables(), **options)
        return result.stdout, result.stderr

    def require(self, first, second):
        """Scripts of which the second requires the first."""
        self.scripts({"first/.factor": "http://kiln.example/factors/script.list\n",
                      "first/a.do": first,
                      "second/.factor": "http://kiln.example/factors/script.text\n.first\n",
                      "second/b.do": second})

    def started(self):
        """The processes of scripts that sleep for this long."""
        return [pid for pid in program.running() if b"\x00222.5\x00" in self.command_line(pid)]

    @staticmethod
    def command_line(pid):
        try:
            return program.read(f"/proc/{pid}/cmdline")
        except (FileNotFoundError, ProcessLookupError):
            return b""


class Events(Case):
    def test_there_is_one_for_each_factor(self):
        self.scripts({"one.do": "say one\n", "two.do": "complain of this\n"})
        built = self.build("-X", self.used)
        for event in built.events:
            if event["event"] != "processed":
                continue
            self.assertEqual(
                set(event), {"event", "factor", "image", "duration", "memory", "commands", "key"})
            self.assertTrue(os.path.exists(os.path.join(self.product, event["image"])))
            self.assertGreater(event["duration"], 0)
            self.assertLess(event["duration"], 60)
            self.assertGreater(event["memory"], 100_000)
            self.assertEqual(event["commands"], 2)
            self.assertRegex(event["key"], KEY)
        self.assertEqual(set(built.factors("processed")),
                         {"acme.steps.one", "acme.steps.two", "acme.steps.module"})

    def test_every_line_is_an_object(self):
        self.scripts({"one.do": "complain warning: {of this\nexit 1\n",
                      "two.do": "complain \"odd\\\n", "bad.py": "x = (\n"})
        built = self.build("-X", self.used, status=1)
        self.assertEqual({event["event"] for event in built.events},
                         {"output", "error", "failed", "processed", "summary"})
        outputs = {os.path.basename(event["path"]): event for event in built.events
                   if event["event"] == "output"}
        self.assertEqual(outputs["one.do"]["text"], "warning: {of this\n")
        self.assertEqual(outputs["one.do"]["operation"], "do")
        error = next(event for event in built.events if event["event"] == "error"
                     and event["path"].endswith("bad.py"))
        self.assertEqual((error["line"], error["column"]), (1, 5))

    def test_sources_are_shown_where_they_are(self):
        """Also what only compiling finds, which knows them by the path that is recorded."""
        self.write("plain/late.py", "def f():\n    return\nreturn 1\n")
        self.write("plain/odd.py", "x = 1 is 1\n")
        result = self.kiln("build", "--log", "json", "plain", status=1, variables=self.variables())
        events = [json.loads(line) for line in result.stderr.splitlines()]
        self.assertEqual({(event["event"], event["path"], event["line"]) for event in events
                          if "path" in event},
                         {("error", self.path("plain/late.py"), 3),
                          ("warning", self.path("plain/odd.py"), 1)})

    def keys(self, built, event):
        return {found["factor"]: found["key"] for found in built.events if found["event"] == event}

    def test_keys_tell_what_images_are_made_of(self):
        self.scripts({"one.do": "say one\n"})
        first = self.keys(self.build("-X", self.used), "processed")
        self.assertEqual(self.keys(self.build("-X", self.used), "current"), first)
        self.scripts({"one.do": "say another\n"})
        second = self.keys(self.build("-X", self.used), "processed")
        self.assertEqual(set(second), {"acme.steps.one"})
        self.assertNotEqual(second["acme.steps.one"], first["acme.steps.one"])
        self.scripts({"one.do": "say one\n"})
        self.assertEqual(self.keys(self.build("-X", self.used), "cached"),
                         {"acme.steps.one": first["acme.steps.one"]})

    def test_failures_and_what_they_keep_from_being_made_have_no_key(self):
        self.require("exit 1\n", "say x\n")
        built = self.build("-X", self.used, status=1)
        found = {event["event"]: event for event in built.events
                 if event["event"] in ("failed", "skipped")}
        self.assertEqual(found["failed"]["factor"], "acme.steps.first")
        self.assertEqual(found["skipped"]["factor"], "acme.steps.second")
        self.assertGreater(found["failed"]["duration"], 0)
        self.assertEqual(found["skipped"]["commands"], 0)
        for event in found.values():
            self.assertNotIn("key", event)

    def test_images_that_are_removed_are_told(self):
        self.scripts({"one.do": "say one\n"})
        self.build("-X", self.used)
        os.unlink(self.path("product/acme/steps/one.do"))
        built = self.build("-X", self.used)
        removed = [event for event in built.events if event["event"] == "removed"]
        self.assertEqual(removed, [{"event": "removed", "factor": "acme.steps.one",
                                    "image": ".images/plain-text/acme/steps/one.i"}])

    def test_the_summary_counts_them(self):
        self.require("exit 1\n", "say x\n")
        self.scripts({"one.do": "say one\n"})
        self.build("-X", self.used, status=1)
        os.unlink(self.path("product/acme/steps/module.py"))
        self.scripts({"one.do": "say two\n"})
        os.unlink(self.path("product/acme/steps/module.py"))
        built = self.build("-X", self.used, status=1)
        for name in products.EVENTS:
            self.assertEqual(built.summary[name], len(built.images(name)), name)
        self.assertEqual([built.summary[name] for name in products.EVENTS], [1, 0, 0, 1, 1, 1])
        self.assertGreater(built.summary["duration"], 0)
        self.assertGreaterEqual(built.summary["workers"], 1)

    def test_quiet_leaves_the_summary_away(self):
        self.scripts({"one.do": "say one\n"})
        built = self.build("-X", self.used, "--quiet")
        self.assertIsNone(built.summary)
        self.assertEqual(len(built.events), 2)
        self.assertEqual(self.run_text("-q", "-R"), ("", ""))

    def test_text_is_a_summary(self):
        self.scripts({"one.do": "say one\n"})
        self.assertRegex(self.run_text()[1], r"\Akiln: 2 processed in [0-9.]+ s\n\Z")
        self.assertRegex(self.run_text()[1], r"\Akiln: 0 processed, 2 current in [0-9.]+ s\n\Z")
        os.unlink(self.path("product/acme/steps/one.do"))
        self.assertRegex(self.run_text()[1],
                         r"\Akiln: 0 processed, 1 current, 1 removed in [0-9.]+ s\n\Z")
        self.require("exit 1\n", "say x\n")
        self.assertRegex(self.run_text(status=1)[1],
                         r"\nkiln: 0 processed, 1 current, 1 failed, 1 skipped in [0-9.]+ s\n\Z")


class Plans(Case):
    IMAGE = ".images/plain-text/acme/steps/"

    def plan(self, *arguments, **options):
        """What a dry run prints: {image: why}. It must not change anything."""
        before = program.tree(self.product)
        text = self.run_text("-n", *arguments, **options)[0]
        self.assertEqual(program.tree(self.product), before)
        return dict(line.split(": ", 1) for line in text.splitlines())

    def test_all_is_planned_the_first_time(self):
        self.scripts({"one.do": "say one\n"})
        found = self.plan()
        self.assertEqual(set(found),
                         {self.IMAGE + "one.i", f".images/{tap.VARIANT}/acme/steps/module.i"})
        self.assertEqual(set(found.values()), {"not built yet"})
        self.assertEqual(sorted(os.listdir(self.product)), [".product", "acme"])
        self.assertEqual(os.listdir(self.path("product/.product")), [])
        self.assertFalse(os.path.exists(self.path("cache")))

    def test_nothing_is_planned_when_all_is_current(self):
        self.scripts({"one.do": "say one\n"})
        self.run_text()
        self.assertEqual(self.plan(), {})

    def test_reasons_are_given(self):
        self.require("say one\n", "arguments\n")
        self.run_text()
        first, second = self.IMAGE + "first.i", self.IMAGE + "second.i"
        module = f".images/{tap.VARIANT}/acme/steps/module.i"
        self.put("acme/steps/first/a.do", "say another\n")
        found = self.plan()
        self.assertRegex(found[first], r"source changed: .*acme/steps/first/a\.do")
        self.assertRegex(found[second], r"requirement changed: acme\.steps\.first")
        self.run_text()
        os.unlink(os.path.join(self.product, second))
        found = self.plan()
        self.assertEqual(set(found), {second})
        self.assertIn("missing", found[second])
        self.run_text()
        self.write("product/" + second, "other\n")
        self.assertIn("built file was changed", self.plan()[second])
        self.run_text()
        self.assertEqual(set(self.plan("-O")), {module})
        self.assertIn("command", self.plan("-O")[module])
        self.put("acme/steps/first/more.do", "say more\n")
        self.assertIn("sources", self.plan()[first])

    def test_images_that_are_to_be_removed_are_planned(self):
        self.scripts({"one.do": "say one\n"})
        self.run_text()
        os.unlink(self.path("product/acme/steps/one.do"))
        found = self.plan()
        self.assertEqual(set(found), {self.IMAGE + "one.i"})
        self.assertIn("removed", found[self.IMAGE + "one.i"])

    def test_what_is_forced_is_planned(self):
        self.require("say one\n", "say two\n")
        self.run_text()
        self.assertEqual(len(self.plan("-r")), 3)
        self.assertEqual(set(self.plan_of("-r")), {"second.i"})
        self.assertEqual(set(self.plan_of("-R")), {"first.i", "second.i"})

    def plan_of(self, option):
        """The images planned for one factor."""
        text = self.kiln("build", "-n", "-X", self.used, option, "acme.steps.second",
                         cwd=self.product, variables=self.variables()).stdout
        return [os.path.basename(line.split(": ")[0]) for line in text.splitlines()]

    def test_a_plan_is_events_too(self):
        self.scripts({"one.do": "say one\n"})
        built = self.build("-n", "-X", self.used)
        planned = [event for event in built.events if event["event"] == "planned"]
        self.assertEqual({event["factor"] for event in planned},
                         {"acme.steps.one", "acme.steps.module"})
        self.assertEqual({event["reason"] for event in planned}, {"not built yet"})
        self.assertFalse(os.path.exists(self.path("product/.kiln-build")))

    def test_problems_are_told(self):
        self.scripts({"one/.factor": "http://kiln.example/factors/script.text\n.nothing\n",
                      "one/a.do": ""})
        text = self.run_text("-n", status=1)[1]
        self.assertIn("one/.factor: error: ", text)
        self.assertIn("1 to be processed", text)


class Choices(Case):
    def test_what_is_named_is_made_anew(self):
        self.require("say one\n", "say two\n")
        self.build("-X", self.used)
        for option, expected in (("-r", {"acme.steps.second"}),
                                 ("-R", {"acme.steps.first", "acme.steps.second"})):
            with self.subTest(option=option):
                result = self.kiln("build", "-X", self.used, "--log", "json", option,
                                   "acme.steps.second", cwd=self.product,
                                   variables=self.variables())
                self.assert_made(products.Built(result), processed=expected)

    def test_what_is_made_anew_is_not_taken_from_the_cache(self):
        self.scripts({"one.do": "say one\n"})
        self.build("-X", self.used)
        self.assert_made(self.build("-X", self.used, "-r"), commands=4,
                         processed={"acme.steps.one", "acme.steps.module"})

    def failing(self, *options):
        self.scripts({f"s{number:02}.do": "exit 1\n" for number in range(12)})
        os.unlink(self.path("product/acme/steps/module.py"))
        built = self.build("-X", self.used, "-j", "1", *options, status=1)
        return built.summary["failed"], built.summary["skipped"]

    def test_a_build_goes_on_after_a_failure(self):
        self.assertEqual(self.failing(), (12, 0))

    def test_a_build_ends_at_a_failure_if_asked(self):
        self.assertEqual(self.failing("--fail-fast"), (1, 11))

    def test_the_last_of_both_counts(self):
        self.assertEqual(self.failing("--fail-fast", "-k"), (12, 0))
        self.assertEqual(self.failing("-k", "--fail-fast"), (1, 11))

    def test_what_runs_at_a_failure_is_finished(self):
        self.scripts({"a.do": "await marks\nexit 1\n", "b.do": "mark b\nawait go\nsay b\n"} |
                     {f"c{number}.do": "say c\n" for number in range(30)})
        os.unlink(self.path("product/acme/steps/module.py"))
        process = self.start("build", "-X", self.used, "-j", "2", "--fail-fast", "--log", "json",
                             self.product, env=tap.environment(**self.variables()))
        told = [process.stderr.readline()]
        while json.loads(told[-1])["event"] != "failed":
            told.append(process.stderr.readline())
        self.write("go")
        told += process.communicate(timeout=60)[1].splitlines()
        events = [json.loads(line) for line in told]
        self.assertEqual(process.returncode, 1)
        self.assertEqual(events[-1]["failed"], 1)
        self.assertGreater(events[-1]["skipped"], 10)
        self.assertIn("acme.steps.b",
                      [event["factor"] for event in events if event["event"] == "processed"])


class Ends(Case):
    def test_wrong_options_are_told(self):
        self.scripts({})
        for arguments in (["--timeout", "0"], ["--timeout", "x"], ["--mode", ""], ["--mode", "a b"],
                          ["--feature", "a|b"], ["--image-layout", "x"], ["--update-index", "x"],
                          ["--cache-limit", "0"], ["--cache-limit", "5X"], ["--cache", ""],
                          ["-X", ""], ["-j", "0"], ["--log", "x"], ["--nonsense"]):
            with self.subTest(arguments=arguments):
                text = self.run_text(*arguments, status=2)[1]
                self.assertIn("kiln: error: ", text)
        self.assertFalse(os.path.exists(self.path("product/.kiln-build")))

    def test_a_product_that_cannot_be_written_is_the_systems_failure(self):
        self.scripts({"one.do": "say one\n"})
        options = self.unprivileged()
        os.chmod(self.product, 0o555)
        self.addCleanup(os.chmod, self.product, 0o755)
        text = self.run_text(status=3, **options)[1]
        self.assertIn("product", text)
        self.assertRegex(text, "Permission denied|[Rr]ead-only")

    def left(self):
        """What still sleeps after a while, which is ended then."""
        limit = time.monotonic() + 10
        while self.started() and time.monotonic() < limit:
            time.sleep(0.01)
        left = self.started()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        return left

    def interrupt(self, number, status):
        self.scripts({"one.do": "say before\n", "two.do": "say two\n"})
        self.build("-X", self.used)
        self.scripts({"one.do": "say part\nsleep 222.5\n", "two.do": "say more\n"})
        process = self.start("build", "-X", self.used, "-j", "2", self.product,
                             env=tap.environment(**self.variables()))

        def has_begun():
            """One script sleeps, the other one is done."""
            return self.started() and self.output("two") == ["more"]

        program.await_condition(has_begun, process)
        process.send_signal(number)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, status)
        self.assertEqual(self.output("one"), ["before"])
        self.assertEqual(self.left(), [], "what was started goes on")
        self.scripts({"one.do": "say after\n"})
        # Of the other one perhaps nothing was heard any more.
        made = set(self.build("-X", self.used).factors("processed"))
        self.assertEqual(made - {"acme.steps.two"}, {"acme.steps.one"})
        self.assertEqual(self.output("one"), ["after"])
        self.assertEqual([path for path in program.tree(self.product)
                          if re.match(r"\.(done-)?(one|two)", os.path.basename(path))], [])

    def test_an_interrupt(self):
        self.interrupt(signal.SIGINT, 130)

    def test_a_termination(self):
        self.interrupt(signal.SIGTERM, 143)

    def test_a_limit_of_time_is_that_of_each_program(self):
        """Together they take longer than the limit, each a twentieth of it."""
        self.scripts({f"s{number}.do": "sleep 0.1\nsay done\n" for number in range(22)})
        built = self.build("-X", self.used, "-j", "1", "--timeout", "2")
        self.assertEqual(len(built.factors("processed")), 23)
        self.assertGreater(built.summary["duration"], 2)


class Logs(Case):
    def test_failed_sources_have_a_log(self):
        self.scripts({"bad.py": "x = (\n", "one.do": "complain of this\nexit 1\n"})
        self.build("-X", self.used, status=1)
        work = "product/.kiln-build/work/executable/acme.steps"
        text = program.read(self.path(work, f"bad/{tap.VARIANT}/log/bad.py.ast.log")).decode()
        self.assertIn("bad.py:1:5: '(' was never closed", text)
        self.assertRegex(text, r"command: \S+ \S+ \S+/bad\.py factor acme\.steps\.bad")
        self.assertIn("of this",
                      program.read(self.path(work, "one/plain-text/log/done-one.do.log")).decode())

    def test_a_log_is_that_of_the_last_command(self):
        self.scripts({"bad.py": "x = (\n", "one.do": "complain of this\nexit 1\n"})
        self.build("-X", self.used, status=1)
        self.scripts({"bad.py": "x = 1\n", "one.do": "say x\n"})
        self.build("-X", self.used)
        work = "product/.kiln-build/work/executable/acme.steps"
        self.assertNotIn(b"of this",
                         program.read(self.path(work, "one/plain-text/log/done-one.do.log")))
        self.assertFalse(os.path.exists(self.path(work, f"bad/{tap.VARIANT}/log/bad.py.ast.log")))


class Progress(Case):
    def terminal(self, *arguments, columns=80, **variables):
        """Build on a terminal; (exit status, what was written to it)."""
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen(
            [tap.KILN, "build", "-X", self.used, *arguments, self.product],
            stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, cwd=self.directory,
            env=tap.environment(**self.variables({"TERM": "xterm", "NO_COLOR": None} | variables)))
        self.addCleanup(self.stop, process)
        os.close(terminal)
        text, limit = b"", time.monotonic() + 60
        while time.monotonic() < limit:
            if not select.select([controller], [], [], 1)[0]:
                continue
            try:
                text += os.read(controller, 65536)
            except OSError:  # the other side was closed
                break
        return process.wait(60), text.decode().replace("\r\n", "\n")

    def slow(self):
        self.scripts({f"s{number}.do": "sleep 0.4\nsay x\n" for number in range(4)} |
                     {"bad.do": "complain of this\nexit 1\n"})

    def test_a_terminal_has_a_status_line(self):
        self.slow()
        status, text = self.terminal("-j", "1")
        self.assertEqual(status, 1)
        self.assertRegex(text, r"kiln: [1-9]/6, ")
        self.assertRegex(text, r"/s, 1 failed")
        self.assertRegex(text, r", [0-9]+ s left")
        last = re.split("\r|\x1b\\[K", text)[-1]
        self.assertRegex(last, r"\Akiln: 5 processed, 1 failed in [0-9.]+ s\n\Z")
        self.assertIn("of this\n", re.sub("\x1b\\[[0-9;]*[mK]", "", text))

    def test_a_status_line_is_no_wider_than_the_terminal(self):
        self.slow()
        text = self.terminal("-j", "1", columns=12)[1]
        shown = [line for line in re.split("\r|\x1b\\[K|\n", text)
                 if re.match(r"kiln: [0-9]+/", line)]
        self.assertTrue(shown)
        self.assertLess(max(map(len, shown)), 12)

    def test_no_status_line_is_shown_elsewhere(self):
        self.scripts({"one.do": "complain of this\nexit 1\n"})
        self.assertNotRegex(self.run_text(status=1)[1], "\x1b|\r")

    def test_a_status_line_is_shown_or_not_as_asked(self):
        self.scripts({"one.do": "sleep 0.5\n"})
        self.assertRegex(self.run_text("--progress", "always")[1], "kiln: [01]/2")
        text = self.terminal("--progress", "never", "-R")[1]
        self.assertRegex(text, r"\Akiln: 2 processed in [0-9.]+ s\n\Z")

    def test_colour_is_for_terminals(self):
        self.scripts({"one.do": "exit 1\n"})
        self.assertIn("\x1b[", self.terminal("--progress", "never")[1])
        self.assertNotIn("\x1b[", self.terminal("--progress", "never", NO_COLOR="1")[1])
        self.assertNotIn("\x1b[", self.terminal("--progress", "never", "--color", "never")[1])

    def test_events_are_not_mixed_with_a_status_line(self):
        self.scripts({"one.do": "sleep 0.5\n"})
        for line in self.terminal("--log", "json")[1].splitlines():
            json.loads(line)


if __name__ == "__main__":
    tap.main()
