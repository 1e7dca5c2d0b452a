"""The system fails, somebody interrupts, a worker dies: what is left, and what is said."""
import os
import signal
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

# Compiling this takes some seconds, so that a run is in the midst of it when it is looked at.
SLOW = "x = [\n" + " [y + 1 for y in (a, b, c) if y],\n" * 60000 + "]\n"
FORMS = ("out", "out.tar", "out.tar.gz", "out.tar.xz", "out.tar.zst", "out.tar.bz2", "out.zip")


class Output(program.Case):
    """Where the image cannot be put."""

    def setUp(self):
        super().setUp()
        for number in range(20):
            self.write(f"in/m{number}.py", f"x = '{number}'\n" * 500)
        self.write("in/data", os.urandom(300000))

    def test_a_full_disk_leaves_nothing(self):
        disk = self.small_disk("disk", "200k")
        for name in FORMS:
            with self.subTest(name=name):
                result = self.kiln("build", "in", "-o", f"disk/{name}", status=3)
                self.assertRegex(result.stderr, f"'disk/{name}'.*: No space left on device")
                self.assertEqual(os.listdir(disk), [])
        self.kiln("build", "in", "-o", "whole.tar")
        result = self.kiln("image", "whole.tar", "-o", "disk/image", status=3)
        self.assertRegex(result.stderr, "'disk/image': .*: No space left on device")
        self.assertEqual(os.listdir(disk), [])
        with zipfile.ZipFile(self.path("m-1-py3-none-any.whl"), "w") as archive:
            for name in ("data", "m-1.dist-info/METADATA", "m-1.dist-info/RECORD"):
                archive.writestr(name, os.urandom(300_000))
        result = self.kiln("build", "m-1-py3-none-any.whl", "-o", "image", status=3,
                           variables={"TMPDIR": disk})
        self.assertRegex(result.stderr, "'.*/disk/.kiln.*': .*: No space left on device")
        self.assertEqual(os.listdir(disk), [])

    def test_a_full_disk_keeps_the_earlier_image(self):
        self.write("little/m.py", "x = 1\n")
        self.small_disk("disk", "200k")
        for name in FORMS:
            with self.subTest(name=name):
                self.kiln("build", "little", "-o", f"disk/{name}")
                before = program.tree(self.path("disk"))
                self.kiln("build", "in", "-o", f"disk/{name}", status=3)
                after = program.tree(self.path("disk"))
                # The times of the directory that had the stage in it are its own.
                self.assertEqual({path: facts for path, facts in after.items() if path != "."},
                                 {path: facts for path, facts in before.items() if path != "."})
                subprocess.run(["/bin/rm", "-rf", self.path("disk", name)], check=True)

    def test_a_disk_without_room_for_another_name_leaves_nothing(self):
        disk = self.path("disk")
        os.mkdir(disk)
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "nr_inodes=12", "kiln-test", disk],
                              check=False, capture_output=True)
        if made.returncode:
            self.skipTest("file systems cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        for name in FORMS[:2]:
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", f"disk/{name}", status=3)
                self.assertEqual(os.listdir(disk), [])

    def test_a_file_size_limit_is_a_failure_like_a_full_disk(self):
        for name in FORMS:
            with self.subTest(name=name):
                result = subprocess.run(
                    ["/bin/sh", "-c", 'ulimit -f 100; exec "$@"', "sh", tap.KILN, "build", "in",
                     "-o", name], cwd=self.directory, env=tap.environment(), check=False,
                    capture_output=True, timeout=60)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assert_only(["in"])

    def test_a_directory_that_may_not_be_written_is_a_failure(self):
        os.mkdir(self.path("closed"))
        options = self.unprivileged()
        os.chmod(self.path("closed"), 0o500)
        for name in FORMS:
            with self.subTest(name=name):
                result = self.kiln("build", "in", "-o", f"closed/{name}", status=3, **options)
                self.assertIn("Permission denied", result.stderr)
        self.assert_only([], "closed")

    def test_a_parent_that_is_a_file_is_a_failure(self):
        self.write("file", "text")
        for name in FORMS:
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", f"file/{name}", status=3)
        self.assertEqual(program.read(self.path("file")), b"text")

    def test_closed_standard_streams_change_nothing(self):
        self.write("in/bad.py", "x = = 1\n")
        for name in FORMS:
            self.kiln("build", "in", "-o", name, status=1)
        self.kiln("cc", "unit", "in/m1.py")
        commands = {name: ["build", "in", "-o", "other-" + name] for name in FORMS}
        commands["unit"] = ["cc", "other-unit", "in/m1.py"]
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            for name, arguments in commands.items():
                with self.subTest(closed=closed, name=name):
                    result = subprocess.run(
                        ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", tap.KILN, *arguments],
                        cwd=self.directory, check=False, env=tap.environment(), timeout=60)
                    self.assertEqual(result.returncode, 0 if name == "unit" else 1)
                    content = program.tree if name == "out" else program.read
                    self.assertEqual(content(self.path("other-" + name)), content(self.path(name)))

    def test_missing_parents_of_the_image_are_made(self):
        for name in FORMS:
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", f"new-{name}/a/b/{name}")
                self.assert_only([name], f"new-{name}/a/b")

    def test_what_kiln_did_not_make_is_replaced_only_by_force(self):
        self.write("out/precious", "text")
        for arguments in (("build", "in", "-o", "out"), ("build", "in", "-o", "out/")):
            result = self.kiln(*arguments, status=2)
            self.assertIn("--force", result.stderr)
            self.assert_only(["precious"], "out")
        self.kiln("build", "--force", "in", "-o", "out")
        self.assertNotIn("precious", os.listdir(self.path("out")))
        self.assertIn("m1.py", os.listdir(self.path("out")))
        self.assert_only(["in", "out"])

    def test_a_file_is_no_directory_to_be_replaced(self):
        self.write("out", "text")
        self.kiln("build", "in", "-o", "out", status=2)
        self.assertEqual(program.read(self.path("out")), b"text")
        self.assert_only(["in", "out"])

    def test_an_archive_does_not_replace_a_directory(self):
        self.write("out.tar/precious", "text")
        for force in ([], ["--force"]):
            self.kiln("build", *force, "in", "-o", "out.tar", status=2)
            self.assert_only(["precious"], "out.tar")

    def test_an_image_is_replaced_whole(self):
        self.write("other/n.py", "x = 1\n")
        for name in FORMS:
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", name)
                self.kiln("build", "other", "-o", name)
                self.kiln("build", "other", "-o", "fresh" + name)
                content = program.tree if name == "out" else program.read
                self.assertEqual(content(self.path(name)), content(self.path("fresh" + name)))
        self.assertFalse([name for name in os.listdir(self.directory) if name.startswith(".")])

    def test_an_empty_directory_is_used(self):
        os.mkdir(self.path("out"))
        self.kiln("build", "in", "-o", "out")
        self.assertIn("m1.py", os.listdir(self.path("out")))

    def test_an_image_within_its_source_is_refused(self):
        result = self.kiln("build", "in", "-o", "in/out", status=2)
        self.assertIn("is inside the source 'in'", result.stderr)
        self.assertFalse(os.path.exists(self.path("in/out")))
        self.kiln("build", "in", "-o", "in", status=2)
        self.assertIn("m1.py", os.listdir(self.path("in")))


class Death(program.Case):
    """Processes that end before their time."""

    def setUp(self):
        super().setUp()
        self.write("in/slow.py", SLOW)
        for number in range(30):
            self.write(f"in/m{number:02}.py", "x = 1\n")

    def busy(self, process, enough=0.3):
        """The worker that has been at work for `enough` seconds; nothing else takes that long."""
        def find():
            """a worker is busy"""
            return [pid for pid, seconds in program.descendants(process.pid).items()
                    if seconds > enough]
        return program.await_condition(find, process)[0]

    def await_end(self, processes):
        """Wait until none of the processes runs any more."""
        def ended():
            """they ended"""
            return not processes.keys() & set(program.running())
        program.await_condition(ended)

    def test_a_worker_that_is_killed_loses_its_source_only(self):
        for number, form in (("1", "out"), ("2", "out.tar")):
            with self.subTest(jobs=number, form=form):
                process = self.start("build", "-j", number, "in", "-o", form)
                os.kill(self.busy(process), signal.SIGKILL)
                _, text = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 1, text)
                self.assertEqual([(one.path, one.text) for one in program.messages(text)], [
                    ("in/slow.py", "worker ended while compiling: killed by signal 9 (Killed)")])
                if form == "out":
                    self.assertEqual(len(program.bytecode(self.path(form))), 30)
        self.assert_only(["in", "out", "out.tar"])

    def test_a_killed_worker_leaves_no_part_of_a_file_in_the_image(self):
        os.unlink(self.path("in/slow.py"))
        with open(self.write("in/large.bin"), "r+b") as file:
            file.truncate(1 << 30)
        process = self.start("build", "-j2", "in", "-o", "out")
        try:
            os.kill(self.busy(process, 0.1), signal.SIGKILL)
        except AssertionError:
            self.skipTest("copying takes no time here")
        _, text = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, text)
        self.assertEqual(list(program.errors(text)), ["in/large.bin"])
        self.assertNotIn("large.bin", os.listdir(self.path("out")))

    def test_an_archive_that_is_interrupted_while_it_is_written_is_not_left(self):
        os.unlink(self.path("in/slow.py"))
        with open(self.write("in/large.bin"), "r+b") as file:
            file.truncate(1 << 28)
        process = self.start("build", "in", "-o", "out.tar.gz")

        def writing():
            """the archive is being written"""
            return [name for name in os.listdir(self.directory) if name.startswith(".out.tar.gz.")
                    and os.path.isfile(self.path(name)) and os.path.getsize(self.path(name))]
        program.await_condition(writing, process)
        os.kill(process.pid, signal.SIGTERM)
        _, text = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 143, text)
        self.assert_only(["in"])

    def test_an_interrupted_run_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for form in ("out", "out.tar.gz"):
                with self.subTest(signal=number, form=form):
                    process = self.start("build", "-j2", "in", "-o", form)
                    worker = self.busy(process)
                    started = time.monotonic()
                    os.kill(process.pid, number)
                    _, text = process.communicate(timeout=30)
                    self.assertEqual(process.returncode, 128 + number, text)
                    self.assertLess(time.monotonic() - started, 20)
                    self.assertFalse(os.path.exists(f"/proc/{worker}"))
                    self.assert_only(["in"])

    def test_an_interrupt_from_the_terminal_reaches_all_and_leaves_nothing(self):
        process = self.start("build", "-j2", "in", "-o", "out", start_new_session=True)
        self.busy(process)
        os.killpg(process.pid, signal.SIGINT)
        _, text = process.communicate(timeout=30)
        self.assertEqual((process.returncode, text), (130, ""))
        self.assert_only(["in"])

    def test_an_interrupted_comparison_with_cpython_leaves_no_temporary_files(self):
        for number in range(300):
            self.write(f"in/p{number}.py", "x = 1\n")
        os.unlink(self.path("in/slow.py"))
        os.mkdir(self.path("temporary"))
        for number, send in ((signal.SIGINT, os.killpg), (signal.SIGTERM, os.kill)) * 2:
            with self.subTest(signal=number, send=send.__name__):
                process = self.start(
                    "build", "-j2", "--pyc-bytes", "cpython", "in", "-o", "out",
                    start_new_session=True, env=tap.environment(TMPDIR=self.path("temporary")))

                def helped():
                    """the workers have processes of their own"""
                    return len(program.descendants(process.pid)) > 2
                program.await_condition(helped, process)
                time.sleep(0.2)
                left = program.descendants(process.pid)
                send(process.pid, number)
                process.communicate(timeout=30)
                self.assertEqual(process.returncode, 128 + number)
                self.await_end(left)
                self.assert_only(["in", "temporary"])
                self.assert_only([], "temporary")

    def test_what_a_killed_comparison_with_cpython_left_goes_with_the_next_one(self):
        for number in range(100):
            self.write(f"in/p{number}.py", "x = 1\n")
        os.unlink(self.path("in/slow.py"))
        os.mkdir(self.path("temporary"))
        environment = {"TMPDIR": self.path("temporary")}
        command = ("build", "-j2", "--pyc-bytes", "cpython", "in", "-o", "out")
        process = self.start(*command, env=tap.environment(**environment))
        program.await_condition(lambda: len(os.listdir(self.path("temporary"))), process)
        left = program.descendants(process.pid)
        process.kill()
        process.communicate(timeout=30)
        self.await_end(left)
        self.assertEqual(len(os.listdir(self.path("temporary"))), 1)
        self.kiln(*command, variables=environment)
        self.assert_only([], "temporary")
        self.kiln(*command, status=3, variables={"TMPDIR": self.path("nowhere")})
        self.assert_only(["in", "out", "temporary"])

    def test_an_interrupted_run_keeps_the_earlier_image(self):
        self.write("little/m.py", "x = 1\n")
        self.kiln("build", "little", "-o", "out")
        before = program.tree(self.path("out"))
        process = self.start("build", "in", "-o", "out")
        self.busy(process)
        os.kill(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)
        self.assertEqual(program.tree(self.path("out")), before)
        self.assert_only(["in", "little", "out"])

    def test_a_killed_run_takes_its_workers_along_and_the_next_one_cleans_up(self):
        process = self.start("build", "-j2", "in", "-o", "out")
        self.busy(process)
        workers = program.descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        self.await_end(workers)
        self.assertFalse(os.path.exists(self.path("out")))
        os.unlink(self.path("in/slow.py"))
        self.kiln("build", "in", "-o", "out")
        self.assert_only(["in", "out"])

    def test_two_runs_for_one_image_do_not_harm_each_other(self):
        os.unlink(self.path("in/slow.py"))
        for number in range(300):
            self.write(f"in/p{number}.py", "x = 1\n" * 100)
        runs = [self.start("build", "-j1", "in", "-o", "out") for _ in range(4)]
        for process in runs:
            _, text = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, text)
        self.kiln("build", "in", "-o", "again")
        self.assertEqual(program.tree(self.path("out")), program.tree(self.path("again")))
        self.assert_only(["again", "in", "out"])

    def test_memory_that_is_limited_fails_a_source_or_the_run_but_not_silently(self):
        def run(*arguments):
            return subprocess.run(
                ["/bin/sh", "-c", 'ulimit -v 300000; exec "$@"', "sh", tap.KILN, *arguments],
                check=False, cwd=self.directory, env=tap.environment(), capture_output=True,
                timeout=100, text=True)

        if run("--version").returncode:
            self.skipTest("sanitizers need more memory for themselves")
        os.unlink(self.path("in/slow.py"))
        # Its tree alone needs more.
        self.write("in/large.py", "x = [\n" + " [y, z],\n" * 1000000 + "]\n")
        for arguments in (("build", "in", "-o", "out"), ("cc", "large.ast", "in/large.py")):
            with self.subTest(arguments=arguments):
                result = run(*arguments)
                self.assertIn(result.returncode, (1, 3), result.stderr)
                self.assertRegex(result.stderr, "error: |^kiln: out of memory$")


if __name__ == "__main__":
    tap.main()
