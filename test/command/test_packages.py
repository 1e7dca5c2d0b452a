"""The Debian packages: `dpkg-buildpackage` makes them, lintian has nothing to say, and what they
install works."""
import glob
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import copied
import instrumented
import program
import tap

TOOLS = ("dpkg-buildpackage", "dh", "lintian", "msgfmt")
DEFAULT = os.path.realpath("/usr/bin/python3")


def missing():
    """What keeps this from being tested, or None."""
    for tool in TOOLS:
        if not shutil.which(tool):
            return f"{tool} is not installed"
    if os.path.realpath(sys.executable) != DEFAULT:
        return "the packages have the default Python"
    result = subprocess.run(["dpkg-checkbuilddeps", f"{tap.ROOT}/debian/control"], check=False,
                            capture_output=True, text=True)
    return result.stderr.strip() or None


def others():
    """The versions of other CPythons whose libraries are installed."""
    found = glob.glob("/usr/lib/python3.*/config-3.*/libpython3.*.a")
    versions = {name.split("/")[3].removeprefix("python") for name in found}
    return sorted(version for version in versions if not DEFAULT.endswith(version))


@tap.unittest.skipIf(tap.SANITIZERS, "the packages have no sanitizers")
@tap.unittest.skipIf(missing(), missing())
class Packages(tap.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = copied.for_class(cls, "kiln-packages-")
        arguments = ["dpkg-buildpackage", "-us", "-uc", "-b"]
        if others():
            arguments.append("-P" + ",".join(f"pkg.kiln.cpython{name}" for name in others()))
        # The tests of the build are those that run anyway.
        copied.run_quietly(cls("test_lintian_has_nothing_to_say"), arguments, f"{cls.made}/kiln",
                           DEB_BUILD_OPTIONS="nocheck")
        cls.root = f"{cls.made}/root"
        for package in glob.glob(f"{cls.made}/*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, cls.root], check=True)

    def test_there_is_one_for_each_cpython(self):
        names = {os.path.basename(path).split("_")[0] for path in glob.glob(f"{self.made}/*.deb")}
        names = {name for name in names if not name.endswith("-dbgsym")}
        self.assertEqual(names, {"kiln", *(f"kiln-cpython{version}" for version in others())})

    def test_lintian_has_nothing_to_say(self):
        (changes,) = glob.glob(f"{self.made}/*.changes")
        result = subprocess.run(
            ["lintian", "--allow-root", "--fail-on", "error,warning", changes], check=False,
            capture_output=True, text=True)
        self.assertEqual((result.stdout, result.returncode), ("", 0), result.stderr)

    def test_the_version_is_that_of_kiln(self):
        version = subprocess.run(["dpkg-parsechangelog", "-S", "Version"], check=True, text=True,
                                 cwd=f"{self.made}/kiln", capture_output=True).stdout.strip()
        self.assertEqual(self.kiln("--version").stdout.splitlines()[0], f"kiln {version}")

    def test_what_is_installed_works(self):
        self.write("m.py", "x = 1\n")
        installed = f"{self.root}/usr/bin/kiln"
        output = subprocess.run([installed, "--version"], check=True, capture_output=True,
                                text=True).stdout
        for version in (DEFAULT.rpartition("python")[2], *others()):
            self.assertIn(f"CPython {version}.", output)
            subprocess.run([installed, "compileall", "-q", "--python", version, self.directory],
                           check=True, env=tap.environment())
            tag = "cpython-" + version.replace(".", "")
            self.assertTrue(program.read(self.path(f"__pycache__/m.{tag}.pyc")))
        for name in ("share/man/man1/kiln.1.gz", "share/man/man1/python-cc.1.gz",
                     "share/doc/kiln/copyright", "share/doc/kiln/notices/libssl-dev",
                     "share/bash-completion/completions/kiln"):
            self.assertTrue(os.path.exists(f"{self.root}/usr/{name}"), name)

    def test_programs_are_measured_with_the_extension_module_of_their_version(self):
        self.write("work.py", "for i in range(7):\n    x = i\n"
                              "print('_fi_counters' in open('/proc/self/maps').read())\n")
        for version in (DEFAULT.rpartition("python")[2], *others()):
            tag = "cpython-" + version.replace(".", "")
            found = glob.glob(f"{self.root}/usr/libexec/kiln/_fi_counters.{tag}-*")
            self.assertEqual(len(found), 1)
            if not os.path.exists(f"/usr/bin/python{version}"):
                continue
            result = subprocess.run(
                [f"{self.root}/usr/bin/kiln", "run", "--interpreter", f"/usr/bin/python{version}",
                 "work.py"], check=True, capture_output=True, cwd=self.directory,
                env=tap.environment())
            self.assertIn(b"True", result.stdout.split())
            self.assertTrue(glob.glob(self.path(".kiln-capture/**/*.map"), recursive=True,
                                      include_hidden=True))
            counts = instrumented.counts(self.path(".kiln-capture"))
            self.assertEqual(counts[".fault-python", self.path("work.py"), 2], 7)


if __name__ == "__main__":
    tap.main()
