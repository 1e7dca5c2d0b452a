"""Trees that are hard on whoever walks them: links, pipes, names, changing and unreadable files."""
import marshal
import os
import socket
import subprocess
import sys
import tarfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

TIMEOUT = 60


class HostileFiles(program.Case):
    def build(self, *arguments, status=1, output="out", **options):
        return self.kiln("build", *arguments, "in", "-o", output, status=status, timeout=TIMEOUT,
                         **options)

    def assert_rest_is_built(self, root="out"):
        """The source good.py is in the image, with bytecode."""
        self.assertIn(program.cached("good.py"), program.bytecode(self.path(root)))
        self.assertEqual(program.read(self.path(root, "good.py")), b"x = 1\n")

    def setUp(self):
        super().setUp()
        self.write("in/good.py", "x = 1\n")

    def test_a_source_that_cannot_be_read_is_reported(self):
        self.write("in/closed.py", "x = 1\n")
        self.write("in/closed.txt", "text")
        self.write("in/closed/inner.py", "x = 1\n")
        for name in ("closed.py", "closed.txt", "closed"):
            os.chmod(self.path("in", name), 0)
        self.addCleanup(os.chmod, self.path("in/closed"), 0o700)
        options = self.unprivileged()
        result = self.build(**options)
        self.assertEqual(sorted(program.errors(result)),
                         ["in/closed", "in/closed.py", "in/closed.txt"])
        self.assertIn("Permission denied", result.stderr)
        self.assert_rest_is_built()
        for name in ("closed.py", "closed.txt"):
            self.assertFalse(os.path.exists(self.path("out", name)))
        self.build("--format=tar", output="out.tar", **options)
        with tarfile.open(self.path("out.tar")) as archive:
            self.assertFalse({"closed.py", "closed.txt"} & set(archive.getnames()))

    def test_links_that_lead_nowhere_stay_links(self):
        links = {"dangling.py": "nothing.py", "dangling": "nothing", "self": "self",
                 "a": "b", "b": "a", "deep/up": "..", "deep/self": ".", "deep/there": "../deep"}
        os.mkdir(self.path("in/deep"))
        for name, target in links.items():
            os.symlink(target, self.path("in", name))
        self.build(status=0)
        for name, target in links.items():
            with self.subTest(name=name):
                self.assertEqual(os.readlink(self.path("out", name)), target)
        self.assertEqual(len(program.tree(self.path("out"))), len(links) + 6)
        self.assert_rest_is_built()

    def test_a_cycle_of_links_that_should_be_sources_is_reported(self):
        os.symlink("b.py", self.path("in/a.py"))
        os.symlink("a.py", self.path("in/b.py"))
        os.symlink("c.py", self.path("in/c.py"))
        result = self.build()
        self.assertEqual(sorted(program.errors(result)), ["in/a.py", "in/b.py", "in/c.py"])
        self.assert_rest_is_built()

    def test_links_out_of_the_tree_are_refused_or_kept_but_never_followed(self):
        self.write("outside/secret.py", "secret = 1\n")
        links = {"up.py": "../outside/secret.py", "absolute.py": self.path("outside/secret.py"),
                 "directory": "../outside", "through": "directory/secret.py",
                 "passwd": "/etc/passwd", "tricky.py": "./x/../../outside/secret.py"}
        for name, target in links.items():
            os.symlink(target, self.path("in", name))
        result = self.build()
        self.assertEqual(sorted(program.errors(result)), sorted(f"in/{name}" for name in links))
        self.assertEqual(len(program.bytecode(self.path("out"))), 1)
        self.assertFalse(set(links) & set(os.listdir(self.path("out"))))
        self.build("--allow-external-links", status=0)
        self.assertEqual(len(program.bytecode(self.path("out"))), 1)
        for name, target in links.items():
            self.assertEqual(os.readlink(self.path("out", name)), target)

    def test_pipes_sockets_and_devices_are_refused_without_waiting(self):
        os.mkfifo(self.path("in/fifo.py"))
        os.mkfifo(self.path("in/fifo"))
        with socket.socket(socket.AF_UNIX) as bound:
            os.chdir(self.path("in"))
            bound.bind("socket.py")
            os.chdir("/")
            names = {"fifo.py", "fifo", "socket.py"}
            if os.getuid() == 0:
                os.mknod(self.path("in/device.py"), 0o20666, os.makedev(1, 5))
                names.add("device.py")
            result = self.build()
        self.assertEqual(set(program.errors(result)), {f"in/{name}" for name in names})
        self.assert_rest_is_built()
        self.kiln("build", "in/fifo.py", "-o", "other", status=2, timeout=TIMEOUT)

    def test_directories_named_like_sources_are_directories(self):
        self.write("in/dir.py/inner.py", "x = 1\n")
        self.build(status=0)
        self.assertIn("dir.py/" + program.cached("inner.py"), program.bytecode(self.path("out")))

    def test_names_of_any_bytes_are_kept_and_shown_safely(self):
        names = [
            b"new\nline", b"quote'\"", b"back\\slash", b"not-utf8-\xff\xfe", b"tab\t", b" space ",
            b"-dash", b"=equals", b"colon: error: x", b"*glob?[a]", b"esc\x1b[31m", b"x" * 200,
            b"$(id)", b"%s%n", b"CON", b".hidden", b"\x01", "ä日本".encode(), "\u202egnp".encode()]
        root = os.fsencode(self.path("in"))
        for name in names:
            for suffix, data in ((b".py", b"x = 1\n"), (b"!.py", b"x = = 1\n"), (b".txt", b"data")):
                with open(os.path.join(root, name + suffix), "wb") as file:
                    file.write(data)
        result = self.build()
        self.assertEqual(result.stderr.count(": error: invalid syntax\n"), len(names))
        self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f\u202e\udc80-\udcff]")
        self.assertEqual(len(result.stderr.splitlines()), 3 * len(names) + 1)
        out = os.fsencode(self.path("out"))
        for name in names:
            with self.subTest(name=name):
                path = os.path.join(out, os.fsencode(program.cached(os.fsdecode(name + b".py"))))
                code = marshal.loads(program.read(path)[16:])
                self.assertEqual(code.co_filename, os.fsdecode(name + b".py"))
                self.assertEqual(program.read(os.path.join(out, name + b".txt")), b"data")
                self.assertEqual(program.read(os.path.join(out, name + b"!.py")), b"x = = 1\n")

    def test_names_of_any_bytes_are_in_archives_or_reported(self):
        name = b"not-utf8-\xff.py"
        with open(os.path.join(os.fsencode(self.path("in")), name), "wb") as file:
            file.write(b"x = 1\n")
        self.write("in/new\nline.txt", "data")
        result = self.build("--format", "tar", status=None, output="out.tar")
        os.mkdir(self.path("extracted"))
        subprocess.run(["/usr/bin/tar", "-xf", "out.tar", "-C", "extracted"], cwd=self.directory,
                       check=True, capture_output=True)
        self.assertIn("new\nline.txt", os.listdir(self.path("extracted")))
        kept = name in os.listdir(os.fsencode(self.path("extracted")))
        self.assertEqual(result.returncode, 0 if kept else 1, result.stderr)
        self.assert_rest_is_built("extracted")

    def test_long_paths_are_handled(self):
        deep = self.path("in")
        os.chdir(deep)
        for _ in range(30):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
        with open("deep.py", "w", encoding="utf-8") as file:
            file.write("x = 1\n")
        for _ in range(30):
            os.mkdir("d" * 100)
            os.chdir("d" * 100)
        with open("deeper.py", "w", encoding="utf-8") as file:
            file.write("x = 1\n")
        os.chdir("/")
        result = self.build()
        self.assert_rest_is_built()
        self.assertIn(("d" * 100 + "/") * 30 + program.cached("deep.py"),
                      program.bytecode(self.path("out")))
        for message in program.errors(result).values():
            self.assertRegex(message.text, "(?i)too long")
        subprocess.run(["/bin/rm", "-rf", self.path("in"), self.path("out")], check=True)
        os.mkdir(self.path("in"))

    def test_files_that_vanish_or_change_during_the_run_harm_nothing_else(self):
        for number in range(1500):
            self.write(f"in/d{number % 30:02}/m{number}.py", f"x = {number}\n" * 20)
        expected = {f"d{number % 30:02}/m{number}.py" for number in range(0, 1500, 2)}
        process = self.start("build", "in", "-o", "out")

        def disturb():
            for number in range(1, 1500, 2):
                path = self.path(f"in/d{number % 30:02}/m{number}.py")
                if number % 3 == 0:
                    os.unlink(path)
                elif number % 3 == 1:
                    with open(path, "w", encoding="utf-8") as file:
                        file.write("y = 2\n" * 10)
                else:
                    os.unlink(path)
                    os.mkdir(path)

        thread = threading.Thread(target=disturb)
        thread.start()
        _, text = process.communicate(timeout=TIMEOUT)
        thread.join()
        self.assertIn(process.returncode, (0, 1), text)
        found = program.errors(text)
        self.assertEqual(process.returncode == 1, bool(found), text)
        self.assertFalse({path for path in found if path.removeprefix("in/") in expected})
        made = program.bytecode(self.path("out"))
        self.assertFalse({path for path in expected if program.cached(path) not in made})
        for path, data in made.items():
            names = set(marshal.loads(data[16:]).co_names) - {"__factor__", "__source_hash__"}
            self.assertIn(names, ({"x"}, {"y"}, set()), path)
        self.assert_rest_is_built()

    def test_directories_that_vanish_during_the_run_harm_nothing_else(self):
        for number in range(1000):
            self.write(f"in/d{number:04}/m.py", "x = 1\n")
        process = self.start("build", "in", "-o", "out")
        for number in range(999, 0, -2):
            os.rename(self.path(f"in/d{number:04}"), self.path(f"gone{number}"))
        _, text = process.communicate(timeout=TIMEOUT)
        self.assertIn(process.returncode, (0, 1), text)
        made = program.bytecode(self.path("out"))
        self.assertFalse([number for number in range(0, 1000, 2)
                          if f"d{number:04}/" + program.cached("m.py") not in made])

    def test_a_source_that_is_huge_and_empty_inside_is_refused(self):
        with open(self.write("in/huge.py"), "r+b") as file:
            file.truncate(5 << 30)
        result = self.build()
        self.assertEqual(list(program.errors(result)), ["in/huge.py"])
        self.assert_rest_is_built()


if __name__ == "__main__":
    tap.main()
