"""An image of any form has the same bytes, whatever surrounds the build; and the build can tell."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

FORMS = {
    "image": (), "a.tar": (), "a.tar.gz": (), "a.tar.xz": (), "a.tar.zst": (), "a.tar.bz2": (),
    "a.zip": (), "a.pyz": ("-m", "pkg.mod0:main"), "a.oci.tar": (), "a.squashfs": (),
    "pkg-1-py3-none-any.whl": ("--name", "pkg", "--version", "1"),
}
SQFSTAR = shutil.which("sqfstar", path="/usr/bin:/bin")


def forms():
    return {name: options for name, options in FORMS.items()
            if SQFSTAR or not name.endswith(".squashfs")}


class Reproducible(program.Case):
    def setUp(self):
        super().setUp()
        for number in range(40):
            self.write(f"one/in/pkg/mod{number}.py",
                       f"def main():\n    return {{'a', {number}, 'ä'}}\n" * (1 + number % 7 * 20))
        self.write("one/in/pkg/__init__.py", "")
        self.write("one/in/data/large", b"0123456789" * 400000)
        self.write("one/in/run", "#!/bin/sh\n")
        os.chmod(self.path("one/in/run"), 0o755)
        os.symlink("mod1.py", self.path("one/in/pkg/link.py"))
        os.mkdir(self.path("one/in/empty"))

    def made(self, name, directory, *options, **more):
        self.kiln("build", "in", *FORMS[name], *options, "--no-cache", "-o", name,
                  cwd=directory, **more)
        path = os.path.join(directory, name)
        return program.tree(path) if os.path.isdir(path) else program.read(path)

    def other(self):
        """The same sources elsewhere, made in another order, with other times and modes."""
        other = self.path("elsewhere", "deep", "two")
        os.makedirs(os.path.join(other, "in"))
        for parent, directories, names in os.walk(self.path("one/in")):
            directories.sort(reverse=True)
            target = os.path.join(other, "in", os.path.relpath(parent, self.path("one/in")))
            os.makedirs(target, exist_ok=True)
            for name in sorted(names + directories, reverse=True):
                source = os.path.join(parent, name)
                if os.path.islink(source):
                    os.symlink(os.readlink(source), os.path.join(target, name))
                elif os.path.isfile(source):
                    shutil.copyfile(source, os.path.join(target, name))
                    os.chmod(os.path.join(target, name), 0o700 if name == "run" else 0o600)
                    os.utime(os.path.join(target, name), (5, 5))
        return other

    def test_directory_times_order_umask_jobs_and_locale_do_not_matter(self):
        expected = {name: self.made(name, self.path("one"), "-j1") for name in forms()}
        other = self.other()
        for number, name in enumerate(forms()):
            with self.subTest(name=name):
                self.assertEqual(self.made(
                    name, other, f"-j{2 + number % 3}", umask=0o077 if number % 2 else 0,
                    variables={"LC_ALL": ("C", "C.UTF-8")[number % 2], "TZ": "XXX-5:30",
                               "HOME": "/nowhere", "USER": "somebody"}), expected[name])

    def test_hard_linked_sources_do_not_matter(self):
        expected = {name: self.made(name, self.path("one"), "-j2") for name in forms()}
        os.mkdir(self.path("linked"))
        subprocess.run(["/usr/bin/cp", "-al", self.path("one/in"), self.path("linked/in")],
                       check=True)
        os.link(self.path("linked/in/pkg/mod3.py"), self.path("again"))
        for name in forms():
            with self.subTest(name=name):
                self.assertEqual(self.made(name, self.path("linked")), expected[name])

    def test_another_user_does_not_matter(self):
        expected = {name: self.made(name, self.path("one"), "-j2") for name in forms()}
        other = self.other()
        options = self.unprivileged()
        for name in forms():
            with self.subTest(name=name):
                self.assertEqual(self.made(name, other, **options), expected[name])

    def test_a_check_finds_no_difference(self):
        for name, options in forms().items():
            with self.subTest(name=name):
                self.kiln("build", "in", *options, "--reproducible=check", "-o", name,
                          cwd=self.path("one"))
        self.kiln("build", "in", "--reproducible=check", "-o", "oci:layout:a",
                  cwd=self.path("one"))
        self.kiln("build", "in", "--exclude", "data", "--reproducible=check", "-o",
                  "oci:layout:b", cwd=self.path("one"))

    def test_a_check_finds_a_difference(self):
        """sqfstar is a program from outside: let another one write the time."""
        self.write("bin/sqfstar", '#!/bin/sh\nfor last; do :; done\n'
                                  '/usr/bin/cat >/dev/null\n/usr/bin/date +%N >"$last"\n')
        os.chmod(self.path("bin/sqfstar"), 0o755)
        result = self.kiln("build", "in", "--reproducible=check", "-o", "a.squashfs",
                           cwd=self.path("one"), status=1, variables={"PATH": self.path("bin")})
        self.assertIn("a.squashfs: error: not reproducible: the file differs in a second build",
                      result.stderr)
        self.assertTrue(os.path.exists(self.path("one/a.squashfs")))

    def test_nothing_is_left_of_the_other_build(self):
        os.mkdir(self.path("temporary"))
        self.kiln("build", "in", "--reproducible=check", "-o", "image", cwd=self.path("one"),
                  variables={"TMPDIR": self.path("temporary")})
        self.assert_only([], "temporary")
        self.assert_only(["image", "in"], "one")

    def test_a_signal_ends_both_builds(self):
        os.chmod(self.write("bin/sqfstar", "#!/bin/sh\necho > begun\nexec sleep 1000\n"), 0o755)
        process = self.start(
            "build", "in", "--reproducible=check", "-o", "a.squashfs", cwd=self.path("one"),
            env=tap.environment(PATH=self.path("bin") + ":/usr/bin:/bin"))

        def begun():
            """The second build waits for sqfstar."""
            return os.path.exists(self.path("one/begun"))
        program.await_condition(begun, process)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 128 + signal.SIGTERM)
        self.assert_only(["begun", "in"], "one")

    def test_an_error_of_the_build_is_told_once(self):
        self.write("one/in/broken.py", "x = = 1\n")
        result = self.kiln("build", "in", "--reproducible=check", "-o", "image", status=1,
                           cwd=self.path("one"))
        self.assertEqual(len(program.messages(result.stderr)), 1, result.stderr)


class Order(program.Case):
    def setUp(self):
        super().setUp()
        for name in ("a/one", "a/two", "b/three", "four"):
            self.write("in/" + name, name)

    def names(self, path):
        return subprocess.run(["/usr/bin/bsdtar", "-tf", path], cwd=self.directory, check=True,
                              text=True, stdout=subprocess.PIPE).stdout.split()

    def test_listed_entries_are_first(self):
        self.write("list", "# comment\nb/three\n\nnone\na/two\nb/three\n")
        for name in ("a.tar", "a.zip"):
            self.kiln("build", "in", "--first", "list", "-o", name)
            self.assertEqual(self.names(name),
                             ["b/", "b/three", "a/", "a/two", "a/one", "four"])

    def test_a_list_without_a_path_of_the_image_is_an_error(self):
        self.write("list", "none\n")
        result = self.kiln("build", "in", "--first", "list", "-o", "a.tar", status=2)
        self.assertIn("'list' lists no path that is in the image", result.stderr)
        self.kiln("build", "in", "--first", "nowhere", "-o", "a.tar", status=None)
        self.assert_only(["in", "list"])


class Names(program.Case):
    def test_names_that_differ_in_case_are_a_warning(self):
        for name in ("A/file", "a/other", "Ünï", "üNÏ", "plain"):
            self.write("in/" + name, name)
        result = self.kiln("build", "in", "-o", "a.tar")
        self.assertEqual(
            [(found.kind, found.path, found.text) for found in program.messages(result.stderr)],
            [("warning", "in/a", "differs from 'A' in case alone: some file systems have only "
              "one of them"),
             ("warning", "in/üNÏ", "differs from 'Ünï' in case alone: some file systems have only "
              "one of them")])


if __name__ == "__main__":
    tap.main()
