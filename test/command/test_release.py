"""`./bootstrap release`: its executables are static, and work in a root with nothing else."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import copied
import instrumented
import program
import tap

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def missing():
    """What keeps this from being tested, or None."""
    if os.geteuid() != 0:
        return "only root may change the root"
    for library in ("libarchive.a", "libzstd.a", "libz.a", "libc.a"):
        found = subprocess.run(["/usr/bin/gcc", f"-print-file-name={library}"], check=False,
                               capture_output=True, text=True).stdout.strip()
        if not os.path.isabs(found):
            return f"{library} is not installed"
    return None


@tap.unittest.skipIf(tap.SANITIZERS, "the release has no sanitizers")
@tap.unittest.skipIf(missing(), missing())
class Release(tap.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = copied.for_class(cls, "kiln-release-")
        cls.release = [f"{cls.source}/kiln/bootstrap", "--python", VERSION, "release"]
        case = cls("test_is_reproducible")
        cls.archive = copied.run_quietly(case, cls.release, "/").splitlines()[-1]
        cls.archive = f"{cls.source}/kiln/{cls.archive}"

    def setUp(self):
        super().setUp()
        self.root = self.path("root")
        os.mkdir(self.root)
        subprocess.run(["tar", "-C", self.root, "--zstd", "-xf", self.archive], check=True)
        (name,) = os.listdir(self.root)
        os.mkdir(self.path("root/opt"))
        os.rename(self.path("root", name), self.path("root/opt/kiln"))

    def run_in_root(self, *arguments, status=0, variables=None):
        """Run a program in the root, where nothing else is."""
        result = subprocess.run(
            ["/usr/sbin/chroot", self.root, *arguments], check=False, capture_output=True,
            text=True, cwd=self.root, stdin=subprocess.DEVNULL,
            env=tap.environment(**(variables or {})), timeout=100)
        if status is not None:
            self.assertEqual(result.returncode, status,
                             f"{arguments}\n{result.stdout}{result.stderr}")
        return result

    def kiln_in_root(self, *arguments, **options):
        return self.run_in_root("/opt/kiln/bin/kiln", *arguments, **options)

    def run_outside(self, *arguments):
        """Run it where the system's interpreter is."""
        return subprocess.run([self.path("root/opt/kiln/bin/kiln"), *arguments], check=True,
                              capture_output=True, cwd=self.directory, env=tap.environment())

    def versions(self):
        return re.findall(r"CPython (3\.\d+)\.", self.kiln_in_root("--version").stdout)

    def test_executables_are_static(self):
        programs = [self.path("root/opt/kiln/bin/kiln"),
                    *glob.glob(self.path("root/opt/kiln/libexec/kiln/cpython-*"))]
        self.assertEqual(len(programs), len(self.versions()))
        for name in programs:
            headers = subprocess.run(["readelf", "-l", "-d", name], check=True, text=True,
                                     capture_output=True).stdout
            self.assertIn("LOAD", headers)
            self.assertNotIn("INTERP", headers)
            self.assertNotIn("NEEDED", headers)

    def test_notices_and_pages_are_there(self):
        share = self.path("root/opt/kiln/share")
        for name in ("man/man1/kiln.1", "man/ja/man1/kiln-compileall.1", "doc/kiln/LICENSE",
                     "bash-completion/completions/kiln", "doc/kiln/notices/libc6-dev",
                     f"doc/kiln/notices/libpython{VERSION}-dev", "doc/kiln/notices/libssl-dev",
                     "doc/kiln/notices/libarchive-dev"):
            self.assertTrue(os.path.getsize(f"{share}/{name}"), name)

    def test_images_are_those_of_the_dynamic_executable(self):
        for parent in (self.directory, self.root):
            os.makedirs(f"{parent}/in/p")
            for name, content in (("p/__init__.py", b""), ("p/\xe9.txt", b"text"),
                                  ("euro.py", b"# coding: cp1252\nsign = '\x80'\n"),
                                  ("m.py", b"def f(x):\n    '''One.'''\n    return x in {1, 2}\n")):
                with open(f"{parent}/in/{name}", "wb") as file:
                    file.write(content)
            os.symlink("\xe9.txt", f"{parent}/in/p/link\u3042")
        for name, options in (("a.tar.zst", ["-j2"]), ("a.tar.gz", ["--layout", "bytecode"]),
                              ("a.tar", ["--exclude", "*.txt"])):
            self.kiln("build", *options, "in", "-o", name)
            self.kiln_in_root("build", *options, "in", "-o", name)
            self.assertEqual(program.read(self.path("root", name)), program.read(self.path(name)))
        self.kiln("delineate", "in", "-o", "described")
        self.kiln_in_root("delineate", "in", "-o", "described")
        self.assertEqual(program.tree(self.path("root/described")).keys(),
                         program.tree(self.path("described")).keys())
        self.assertEqual(program.read(self.path("root/described/m.py/elements.json")),
                         program.read(self.path("described/m.py/elements.json")))

    def test_builds_in_place(self):
        self.write("root/in/m.py", "x = 1\n")
        self.kiln_in_root("build", "in")
        self.assertIn("0 processed, 1 current", self.kiln_in_root("build", "in").stderr)
        self.assertIn("in.m", self.kiln_in_root("query", "factors", "in").stdout)
        self.kiln_in_root("clean", "in")
        self.assertFalse(glob.glob(self.path("root/in/.images/*/in/*")))

    def test_each_version_compiles_without_a_library(self):
        self.write("root/in/m.py", "x = '\\d'\n")
        self.write("root/in/left_out.py", "x = 1\n")
        self.write("root/in/euro.py", b"# coding: cp1252\nx = '\x80'\n")
        for version in self.versions():
            tag = "cpython-" + version.replace(".", "")
            found = self.kiln_in_root("compileall", "-x", "left.out", "--python", version, "in")
            self.assertIn("in/m.py", found.stdout)
            self.assertEqual(sorted(os.listdir(self.path("root/in/__pycache__"))),
                             [f"euro.{tag}.pyc", f"m.{tag}.pyc"])
            found = self.kiln_in_root(
                "py_compile", "in/m.py", status=1,
                variables={"PYTHONWARNINGS": "error", "KILN_PYTHON": version})
            self.assertIn("invalid escape sequence", found.stderr)
            shutil.rmtree(self.path("root/in/__pycache__"))

    def test_one_image_for_all_versions(self):
        self.write("root/in/m.py", "x = 1\n")
        versions = self.versions()
        self.kiln_in_root("build", *(f"--python={version}" for version in versions), "in", "-o",
                          "image")
        self.assertEqual({name.split(".")[1] for name in
                          os.listdir(self.path("root/image/__pycache__"))},
                         {"cpython-" + version.replace(".", "") for version in versions})

    def test_what_needs_an_installed_python_says_so(self):
        self.write("root/in/m.py", "x = 1\n")
        for arguments, expected in (
                (["compileall"], "sys.path of the installed CPython"),
                (["build", "--pyc-bytes", "cpython", "in", "-o", "out"],
                 "CPython's own bytes need its standard library")):
            found = self.kiln_in_root(*arguments, status=None)
            self.assertNotEqual(found.returncode, 0)
            self.assertIn(expected, found.stderr)
        self.write("root/in/japanese.py", "# coding: euc_jp\nx = 1\n")
        found = self.kiln_in_root("py_compile", "in/japanese.py", status=1)
        self.assertIn("the encoding needs CPython's shared module '_codecs_jp'", found.stderr)

    def test_programs_are_measured_with_the_extension_module(self):
        """Also without it, more slowly: where it cannot be loaded, for one."""
        self.write("work.py", "for i in range(7):\n    x = i\n"
                              "print('_fi_counters' in open('/proc/self/maps').read())\n")
        for loaded in ("True", "False"):
            found = self.run_outside("run", "--interpreter", tap.PYTHON, "work.py")
            self.assertIn(loaded, found.stdout.decode().split())
            counts = instrumented.counts(self.path(".kiln-capture"))
            self.assertEqual(counts[".fault-python", self.path("work.py"), 2], 7)
            for name in glob.glob(self.path("root/opt/kiln/libexec/kiln/_fi_counters.*")):
                os.remove(name)

    def test_commands_of_containers_rst(self):
        """Each RUN of docs/containers.rst, for the version that is here."""
        text = program.read(f"{tap.ROOT}/docs/containers.rst").decode().replace("\\\n", "")
        runs = [json.loads(found) for found in re.findall(r'(\["/opt/kiln/[^\]]*\])', text)]
        self.assertEqual([run[1] for run in runs], ["compileall", "build", "compileall"])
        self.write("root/usr/lib/python3.13/library.py", "x = 1\n")
        for directory in ("srv", "src"):
            self.write(f"root/{directory}/app/__init__.py", "")
            self.write(f"root/{directory}/app/__main__.py", "print('it runs')\n")
        for run in runs:
            if run[1] == "build":
                shutil.rmtree(self.path("root/srv"))
            self.run_in_root(*(VERSION if word == "3.13" else word for word in run))
            if run[-1].startswith("/srv"):
                found = subprocess.run(
                    [sys.executable, "-B", "-m", "app"], check=True, capture_output=True, text=True,
                    env=tap.environment(PYTHONPATH=self.path("root/srv")))
                self.assertEqual(found.stdout, "it runs\n")
        self.assertEqual(sorted(os.listdir(self.path("root/srv/app"))),
                         ["__init__.pyc", "__main__.pyc"])
        self.assertTrue(os.listdir(self.path("root/usr/lib/python3.13/__pycache__")))

    def test_is_reproducible(self):
        before = program.read(self.archive)
        copied.run_quietly(self, self.release, "/")
        self.assertEqual(program.read(self.archive), before)


if __name__ == "__main__":
    tap.main()
