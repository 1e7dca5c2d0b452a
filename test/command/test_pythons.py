"""Several CPythons: choosing one, executables beside kiln, and images for all of them."""
import array
import glob
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

# What kiln embeds itself, and the executables of other versions beside it.
OWN = re.search(r"^CPython (\d+\.\d+)", subprocess.run(
    [tap.KILN, "--version"], check=True, capture_output=True, text=True,
    env=tap.environment()).stdout, re.MULTILINE)[1]
OTHERS = sorted((path.rpartition("-")[2] for path in glob.glob(
    os.path.join(os.path.dirname(tap.KILN), "libexec", "kiln", "cpython-*"))),
    key=lambda version: [int(number) for number in version.split(".")])
COMPILE, HEAD = 0, struct.Struct("=QQq")


def tag(version):
    return "cpython-" + version.replace(".", "")


def files(directory):
    return {os.path.relpath(os.path.join(parent, name), directory):
            program.read(os.path.join(parent, name))
            for parent, _, names in os.walk(directory) for name in names}


# An executable of another version that writes the source as its bytecode; what a source says it
# does: die, fail or warn.
STAND_IN = """#!{python} -I
import os, socket, struct, sys
head = struct.Struct("=QQq")
channel = socket.socket(fileno=0)

def send(data):
    channel.sendall(head.pack(0, len(data), 0) + data)

def packed(kind, text):
    data = text.encode()
    return bytes([kind, 0, 3, 0, 0, 0, len(data)]) + data + b"\\0" + bytes([0, 0])

send(b"kiln {kiln}, CPython 3.99")
while True:
    data, rights, _, _ = socket.recv_fds(channel, 1 << 20, 1)
    if not data:
        sys.exit()
    while len(data) < head.size + head.unpack_from(data)[1]:
        data += channel.recv(1 << 20)
    if b"die" in data:
        sys.exit(9)
    if b"fail" in data:
        send(bytes([0, 1]) + packed(1, "no such syntax"))
    else:
        try:
            os.mkdir("__pycache__", dir_fd=rights[0])
        except FileExistsError:
            pass
        name = "__pycache__/warn.cpython-399.pyc" if b"warn" in data else \\
            "__pycache__/m.cpython-399.pyc"
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=rights[0]))
        send(bytes([1]) + packed(1, "be warned") + b"\\0" if b"warn" in data else bytes([0, 0]))
    os.close(rights[0])
"""


class Choice(tap.Case):
    """With a version that is not there, and executables that are not what they should be."""

    def setUp(self):
        super().setUp()
        self.addCleanup(os.umask, os.umask(0o022))

    def install(self, script=None, mode=0o755, owner=None):
        """A copy of kiln, and an executable for CPython 3.99 beside it; the path of the copy."""
        kiln = self.path("bin", "kiln")
        other = self.write("libexec/kiln/cpython-3.99", script or "")
        os.makedirs(os.path.dirname(kiln), exist_ok=True)
        shutil.copy(tap.KILN, kiln)
        if script is None:
            shutil.copy(tap.KILN, other)
        os.chmod(other, mode)
        if owner:
            os.chown(other, owner, owner)
        return kiln

    def run_copy(self, kiln, *arguments, status=0, **variables):
        result = subprocess.run([kiln, *arguments], cwd=self.directory, capture_output=True,
                                text=True, env=tap.environment(**variables), timeout=100,
                                stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status, result.stderr)
        return result

    def assert_missing(self, result, reason, version):
        self.assertRegex(result.stderr, f"^kiln: error: {reason}: CPython {re.escape(version)} is "
                                        f"not installed for kiln: there is .*{re.escape(OWN)}")

    def test_a_version_that_is_not_there_is_an_error_that_lists_those_that_are(self):
        self.write("s/m.py", "x = 1\n")
        for command in (["compileall", "s"], ["py_compile", "s/m.py"], ["delineate", "s"],
                        ["build", "s", "-o", "image"], ["build", "s"]):
            with self.subTest(command=command):
                self.assert_missing(self.kiln(*command, "--python", "3.2", status=2), "--python",
                                    "3.2")
                self.assert_missing(
                    self.kiln(*command, status=2, variables={"KILN_PYTHON": "3.2"}),
                    "KILN_PYTHON", "3.2")
        self.assertEqual(os.listdir(self.path("s")), ["m.py"])

    def test_what_is_no_version_is_refused(self):
        self.write("m.py")
        for value in ("3", "3.x", "python3.11", "3.11.2", ",", "3.11111"):
            with self.subTest(value=value):
                result = self.kiln("compileall", "--python", value, "m.py", status=2)
                self.assertIn(f"invalid value '{value}' for --python: expected versions such as "
                              "3.13", result.stderr)

    def test_the_own_version_may_be_named(self):
        self.write("s/m.py", "x = 1\n")
        self.kiln("build", "s", "--python", f"{OWN},{OWN}", "-o", "image")
        self.assertEqual(sorted(files(self.path("image"))),
                         [".kiln", f"__pycache__/m.{tag(OWN)}.pyc", "m.py"])

    def test_a_directory_says_which_version_it_is_for(self):
        self.write("venv/pyvenv.cfg", "home = /usr/bin\nversion_info = 3.2.1.final.0\n")
        self.write("library/lib/python3.2/m.py")
        for command, name, said in (("compileall", "venv", "venv/pyvenv.cfg"),
                                    ("compileall", "library", "library/lib/python3.2"),
                                    ("build", "library", "library/lib/python3.2")):
            with self.subTest(name=name):
                more = ["-o", "image"] if command == "build" else []
                result = self.kiln(command, name, *more, status=2)
                self.assert_missing(result, f"'{said}' is for CPython 3.2", "3.2")
                self.assertRegex(result.stderr, r", which --python 3\.\d+ chooses")
        self.assert_missing(self.kiln("compileall", "library/lib/python3.2", status=2),
                            f"'{self.path('library/lib/python3.2')}' is for CPython 3.2", "3.2")

    def test_modules_for_a_version_that_is_not_there_are_a_warning(self):
        name = "modules/pkg/a.cpython-32-x86_64-linux-gnu.so"
        self.write(name)
        self.write("modules/m.py")
        result = self.kiln("build", "modules", "-o", "image")
        self.assertIn(f"{name}: warning: an extension module for another Python or platform than "
                      f"Python {OWN}", result.stderr)
        self.assertTrue(os.path.exists(self.path(f"image/__pycache__/m.{tag(OWN)}.pyc")))
        self.kiln("delineate", "modules", "-o", "described")

    def test_directories_that_say_different_things_need_a_choice(self):
        self.write("one/pyvenv.cfg", "version = 3.2.1\n")
        self.write("two/pyvenv.cfg", "version = 3.3.1\n")
        self.write("mixed/a.cpython-32-x.so")
        self.write("mixed/b.cpython-33-x.so")
        self.assertIn("'one/pyvenv.cfg' is for CPython 3.2, but 'two/pyvenv.cfg' is for CPython "
                      "3.3: choose with --python",
                      self.kiln("compileall", "one", "two", status=2).stderr)
        self.assertIn("are for different versions of CPython: choose with --python",
                      self.kiln("build", "mixed", "-o", "image", status=2).stderr)
        self.kiln("build", "mixed", "-o", "image", "--python", OWN)

    def test_modules_for_several_versions_leave_the_choice_to_kiln(self):
        """As Debian's packages have them: for each version of the distribution."""
        self.write("mixed/a.cpython-32-x.so")
        self.write(f"mixed/a.{tap.TAG}-x.so")
        self.write("mixed/m.py")
        self.kiln("build", "mixed", "-o", "image")
        self.assertTrue(os.path.exists(self.path(f"image/__pycache__/m.{tap.TAG}.pyc")))

    def test_what_a_project_requires_is_checked_unless_a_version_is_given(self):
        self.write("app/pyproject.toml", "[project]\nrequires-python = '<3'\n")
        self.write("app/m.py")
        result = self.kiln("build", "app", "-o", "image", status=2)
        self.assertIn(f"'app/pyproject.toml' requires Python <3, not {OWN}: choose with --python",
                      result.stderr)
        self.kiln("build", "app", "-o", "image", "--python", OWN)

    def test_several_libraries_say_nothing(self):
        self.write("s/lib/python3.2/m.py")
        self.write("s/lib/python3.3/m.py")
        self.kiln("compileall", "-q", "s")
        self.assertTrue(os.path.exists(self.path(f"s/lib/python3.2/__pycache__/m.{tag(OWN)}.pyc")))

    def test_an_executable_of_another_version_than_its_name_is_refused(self):
        self.write("s/m.py")
        kiln = self.install()
        for command in (["compileall", "s"], ["build", "s", "-o", "image"]):
            with self.subTest(command=command):
                result = self.run_copy(kiln, *command, "--python", "3.99", status=3)
                self.assertIn(f"embeds CPython {OWN}, but its name says 3.99", result.stderr)
        result = self.run_copy(kiln, "build", "s", "-o", "image", "--python", f"{OWN},3.99",
                               status=3)
        self.assertIn(f"CPython {OWN}' instead of 'kiln", result.stderr)
        self.assertFalse(os.path.exists(self.path("image")))

    def test_an_executable_that_does_not_start_is_an_error_of_the_system(self):
        self.write("s/m.py")
        kiln = self.install("#!/bin/sh\nexit 7\n")
        result = self.run_copy(kiln, "build", "s", "-o", "image", "--python", f"{OWN},3.99",
                               status=3)
        self.assertIn("cpython-3.99' does not start: exit status 7", result.stderr)
        result = self.run_copy(kiln, "--version", status=3)
        self.assertIn("cpython-3.99' does not run, or is not kiln", result.stderr)
        self.assertIn(f"CPython {OWN}", result.stdout)

    def test_an_executable_that_others_may_have_written_is_never_run(self):
        self.write("m.py")
        script = f"#!/bin/sh\ntouch {self.path('ran')}\n"
        cases = [{"mode": 0o777}]
        if os.geteuid() == 0:
            cases.append({"owner": program.NOBODY})
        for case in cases:
            with self.subTest(**case):
                kiln = self.install(script, **case)
                result = self.run_copy(kiln, "compileall", "m.py", "--python", "3.99", status=2)
                self.assert_missing(result, "--python", "3.99")
                self.assertRegex(result.stderr, "; not used: '.*cpython-3.99' ")
                self.run_copy(kiln, "--version")
                self.assertFalse(os.path.exists(self.path("ran")))

    def test_another_executable_does_what_it_is_asked_for(self):
        version = re.search(r"kiln (\S+)", self.kiln("--version").stdout)[1]
        kiln = self.install(STAND_IN.format(python=sys.executable, kiln=version))
        for name, text in (("m", "x = 1\n"), ("warn", "warn = 1\n"), ("fail", "fail = 1\n"),
                           ("die", "die = 1\n")):
            self.write(f"{name}/{name}.py", text)
        options = ["--python", f"{OWN},3.99"]
        for workers in ("1", "3"):
            result = self.run_copy(kiln, "build", "m", "warn", "fail", "die", "-j", workers, "-o",
                                   f"image{workers}", *options, status=1)
            found = program.errors(result)
            self.assertEqual(found["fail/fail.py"].text, "CPython 3.99: no such syntax")
            self.assertEqual(found["die/die.py"].text,
                             "CPython 3.99: the worker for CPython 3.99 ended: exit status 9")
            self.assertIn("warning: be warned", result.stderr)
            self.assertEqual(
                sorted(name for name in files(self.path(f"image{workers}")) if "pyc" in name),
                sorted(f"__pycache__/{name}.{tag(version)}.pyc" for name in ("m", "warn")
                       for version in (OWN, "3.99")))

    def test_directories_that_another_user_can_replace_are_not_searched(self):
        self.write("m.py")
        script = f"#!/bin/sh\ntouch {self.path('ran')}\n"
        kiln = self.install(script)
        for change in (lambda: os.chmod(self.path("libexec"), 0o777),
                       lambda: os.rename(self.path("libexec"), self.path("real")) or
                       os.symlink("real", self.path("libexec"))):
            change()
            result = self.run_copy(kiln, "compileall", "m.py", "--python", "3.99", status=2)
            self.assert_missing(result, "--python", "3.99")
            self.run_copy(kiln, "--version")
        self.assertFalse(os.path.exists(self.path("ran")))

    def test_a_build_asks_the_current_directory_too(self):
        self.write("app/pyproject.toml", "[project]\nrequires-python = '<3'\n")
        self.write("app/m.py")
        for arguments in ([], ["."]):
            result = self.kiln("build", *arguments, cwd=self.path("app"), status=2)
            self.assertIn("requires Python <3", result.stderr)
        self.kiln("query", "factors", cwd=self.path("app"))

    def test_what_cannot_be_read_says_nothing(self):
        self.write("s/m.py", "x = 1\n")
        os.mkfifo(self.path("s", "pyvenv.cfg"))
        os.makedirs(self.path("s", "pyproject.toml"))
        os.symlink("lib", self.path("s", "lib"))
        os.symlink("m.py", self.path("s", "lib64"))
        self.kiln("build", "s/m.py", "-o", "image")
        self.kiln("compileall", "-q", "s/m.py")
        self.kiln("py_compile", "s/m.py")

    def test_standard_input_is_for_one_version(self):
        kiln = self.install()
        result = self.run_copy(kiln, "compileall", "-i", "-", "--python", f"{OWN},3.99", status=2)
        self.assertIn("standard input, so only one version", result.stderr)

    def test_bytecode_in_place_of_sources_is_for_one_version(self):
        self.write("s/m.py")
        kiln = self.install()
        result = self.run_copy(kiln, "build", "s", "-o", "image", "--layout", "bytecode",
                               "--python", f"{OWN},3.99", status=2)
        self.assertIn("give --python once", result.stderr)


class Serving(tap.Case):
    """The command that works for the executable of another version."""

    def setUp(self):
        super().setUp()
        own, other = socket.socketpair()
        self.socket = own
        self.addCleanup(own.close)
        self.worker = subprocess.Popen([tap.KILN, "foreign-worker"], stdin=other,
                                       cwd=self.directory, env=tap.environment(),
                                       stderr=subprocess.PIPE)
        other.close()
        self.addCleanup(self.worker.stderr.close)
        self.addCleanup(self.worker.wait)
        self.addCleanup(self.worker.kill)
        version = re.search(r"kiln (\S+)", self.kiln("--version").stdout)[1]
        self.assertEqual(self.receive(), f"kiln {version}, CPython {OWN}".encode())

    def receive_bytes(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                return data
            data += more
        return data

    def receive(self):
        head = self.receive_bytes(HEAD.size)
        return self.receive_bytes(HEAD.unpack(head)[1]) if head else None

    def ask(self, request):
        """Send a request with the private directory; the reply."""
        directory = os.open(self.directory, os.O_RDONLY)
        message = HEAD.pack(0, len(request), 0) + request
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [directory]))]
        self.socket.sendmsg([message], rights)
        os.close(directory)
        return self.receive()

    @staticmethod
    def number(value):
        data = bytearray()
        while value >= 0x80:
            data.append(value & 0x7f | 0x80)
            value >>= 7
        return bytes(data) + bytes([value])

    def string(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        return self.number(len(data)) + data + b"\0"

    def request(self, source, level=0):
        """A request to compile m.py."""
        levels = b"".join(self.number(level == given) for given in range(3))
        return (self.number(COMPILE) + self.string("m.py") + self.string("m.py")
                + self.string("m.py") + self.string(source) + self.number(0) + levels
                + self.number(3) + self.number(0) + self.number(0) + self.number(0)
                + self.string("") + self.number(0) + self.number(4300))

    def test_it_compiles_what_it_is_asked_for(self):
        self.write("s/m.py", "x = 1\n")
        self.kiln("build", "s", "--no-constants", "-o", "image", "--optimize", "0", "--optimize",
                  "2")
        for level in (0, 2):
            self.assertEqual(self.ask(self.request("x = 1\n", level)), b"\0\0")
        self.assertEqual(files(self.path("__pycache__")), files(self.path("image", "__pycache__")))

    def test_an_error_is_a_reply(self):
        reply = self.ask(self.request("def\n"))
        self.assertIn(b"invalid syntax", reply)
        self.assertIn(b"m.py\0", reply)
        self.assertEqual(self.ask(self.request("x = 1\n")), b"\0\0")

    def test_no_request_ends_it(self):
        whole = self.request("x = 1\n")
        damaged = [b"", b"\xff" * 40, self.number(77), whole + b"more",
                   whole.replace(b"m.py", b"m.\0y")]
        damaged += [whole[:at] for at in range(len(whole))]
        damaged += [whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1:]
                    for at in range(len(whole))]
        for request in damaged:
            with self.subTest(request=request):
                self.assertIsNotNone(self.ask(request))
        self.assertTrue(os.path.exists(self.path("__pycache__")))  # some damage does not matter
        shutil.rmtree(self.path("__pycache__"))
        self.assertEqual(self.ask(whole), b"\0\0")

    def test_it_ends_with_the_socket(self):
        self.socket.close()
        self.assertEqual(self.worker.wait(60), 0)

    def test_it_is_not_for_use_by_hand(self):
        self.assertIn("not for use by hand", self.kiln("foreign-worker", status=2).stderr)


@unittest.skipUnless(OTHERS, "kiln was built with one CPython")
class Several(tap.Case):
    """What one run makes for several versions is what each makes alone."""

    @classmethod
    def setUpClass(cls):
        cls.all = [OWN, *OTHERS]
        cls.library = os.path.join(os.path.dirname(json.__file__))

    def test_all_are_listed(self):
        listed = re.findall(r"^CPython (\d+\.\d+)\S*, bytecode magic (\d+)$",
                            self.kiln("--version").stdout, re.MULTILINE)
        self.assertEqual([version for version, _ in listed], self.all)
        self.assertEqual(len({magic for _, magic in listed}), len(self.all))

    def test_an_image_has_the_bytecode_of_each(self):
        options = ["--optimize", "0", "--optimize", "2", "--check", "hash"]
        versions = [word for version in self.all for word in ("--python", version)]
        self.kiln("build", self.library, "-o", "all", *options, *versions)
        expected = {}
        for version in self.all:
            self.kiln("build", self.library, "-o", version, *options, "--python", version)
            expected |= files(self.path(version))
        self.assertEqual(files(self.path("all")), expected)
        for jobs in ("1", "5"):
            self.kiln("build", self.library, "-o", "again", "-j", jobs, *options,
                      "--python", ",".join(reversed(self.all)))
            self.assertEqual(files(self.path("again")), expected)

    def test_an_error_names_the_version(self):
        self.write("s/m.py", "x = (\n")
        result = self.kiln("build", "s", "-o", "image", "--python", ",".join(self.all), status=1)
        found = program.errors(result)["s/m.py"]
        self.assertRegex(found.text, r"^CPython 3\.\d+: ")
        self.assertEqual(sorted(files(self.path("image"))), [".kiln", "m.py"])

    def test_warnings_are_told_once(self):
        self.write("s/m.py", "x = 1 is 1\n")
        result = self.kiln("build", "s", "-o", "image", "--python", ",".join(self.all))
        self.assertEqual(result.stderr.count('"is" with'), 1)

    def test_compileall_is_the_module_of_each(self):
        shutil.copytree(self.library, self.path("s"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.kiln("compileall", "-q", "s", "--python", ",".join(self.all))
        made = files(self.path("s"))
        for version in self.all:
            interpreter = f"/usr/bin/python{version}"
            with self.subTest(version=version):
                if not os.path.exists(interpreter):
                    self.skipTest(f"{interpreter} is not installed")
                code = ("import marshal, sys; source, pyc = sys.argv[1:]\n"
                        "data = open(pyc, 'rb').read()\n"
                        "import importlib.util; assert data[:4] == importlib.util.MAGIC_NUMBER\n"
                        "assert marshal.loads(data[16:]) == "
                        "compile(open(source, 'rb').read(), source, 'exec')\n")
                for name in made:
                    if name.endswith(".py"):
                        pyc = program.cached(os.path.join("s", name)).replace(
                            sys.implementation.cache_tag, tag(version))
                        subprocess.run([interpreter, "-I", "-c", code, f"s/{name}", pyc],
                                       cwd=self.directory, check=True)

    def test_a_virtual_environment_gets_its_own(self):
        version = OTHERS[0]
        self.write("venv/pyvenv.cfg", f"version = {version}.1\n")
        self.write(f"venv/lib/python{version}/site-packages/m.py", "x = 1\n")
        self.kiln("build", "venv", "-o", "image")
        self.assertEqual(
            [name for name in files(self.path("image")) if name.endswith(".pyc")],
            [f"__pycache__/m.{tag(version)}.pyc"])

    def test_a_product_has_variants_for_each(self):
        for name in ("m", "n"):
            self.write(f"app/{name}.py", f"{name} = 1\n")
        variants = [f"linux-{tag(version).replace('-', '')}" for version in self.all]
        options = ["--no-cache", "--python", ",".join(self.all)]
        self.assertIn(f"{2 * len(self.all)} processed", self.kiln("build", "app", *options).stderr)
        self.assertIn(f"0 processed, {2 * len(self.all)} current",
                      self.kiln("build", "app", *options).stderr)
        together = {name: data for name, data in files(self.path("app/.images")).items()
                    if name.endswith(".i")}
        self.assertEqual({name.split("/")[0] for name in together}, set(variants))
        for version in self.all:
            shutil.copytree(self.path("app"), self.path("alone", "app"),
                            ignore=shutil.ignore_patterns(".*"))
            os.rename(self.path("app"), self.path("kept"))
            os.rename(self.path("alone", "app"), self.path("app"))
            self.kiln("build", "app", "--no-cache", "--variant", tag(version).replace("-", ""))
            for name, data in files(self.path("app/.images")).items():
                if name.endswith(".i"):
                    self.assertEqual(data, together[name], name)
            shutil.rmtree(self.path("app"))
            os.rename(self.path("kept"), self.path("app"))

    def test_a_changed_source_is_made_for_each(self):
        self.write("app/m.py", "x = 1\n")
        options = ["--python", ",".join(self.all)]
        self.kiln("build", "app", *options)
        self.write("app/m.py", "x = 2 # changed\n")
        self.assertIn(f"{len(self.all)} processed", self.kiln("build", "app", *options).stderr)


if __name__ == "__main__":
    tap.main()
