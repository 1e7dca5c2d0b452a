"""What cannot be listed or looked at is not gone: its images stay, and the build says what it could
not see.

As a plain user, since root may read everything.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

USER = 65534

FORMATS = """\
http://if.fault.io/factors/python
\tmodule.py psf-v3
http://if.fault.io/factors/system
\ttype.c 2011 c
"""
EXTENSION = "p/.images/linux-x86_64/acme/one/ext.i"


class Unseen(tap.Case):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.unlock)
        self.locked = []

    def unlock(self):
        for path in self.locked:
            os.chmod(path, 0o755)

    def lock(self, name):
        self.locked.append(self.path(name))
        os.chmod(self.path(name), 0)

    def own(self):
        """Give all to the plain user."""
        if os.geteuid():
            return
        os.chown(self.directory, USER, USER)
        for directory, names, files in os.walk(self.directory):
            for name in names + files:
                os.chown(os.path.join(directory, name), USER, USER, follow_symlinks=False)

    def run_kiln(self, *arguments, status=0):
        options = {} if os.geteuid() else {"user": USER, "group": USER, "extra_groups": []}
        return self.kiln(*arguments, status=status, **options,
                         variables={"KILN_CACHE": "", "HOME": self.directory})

    def files(self, *parts):
        """All files below a directory with their inodes: what was not touched is the same."""
        return {os.path.relpath(os.path.join(directory, name), self.directory):
                os.stat(os.path.join(directory, name)).st_ino
                for directory, _, names in os.walk(self.path(*parts)) for name in names}

    def images(self, root):
        return self.files(root, ".images") | self.files(root, ".delineated")

    def put_plain(self):
        for name in ("top.py", "a/one.py", "a/b/two.py", "c/three.py"):
            self.write("plain/" + name, f"x = {name!r}\n")
        self.own()

    def check_kept(self, root, message, arguments=()):
        """What was built is there still, after a dry and a true run that fail for their input."""
        before = self.images(root)
        for options in (["-n"], [], ["-r"]):
            result = self.run_kiln("build", *options, *arguments, root, status=1)
            self.assertIn(message, result.stderr)
            self.assertNotIn("is gone", result.stdout + result.stderr)
            self.assertEqual(set(self.images(root)), set(before), options)
        return before

    def check_back(self, root, before):
        """Where all can be seen again, nothing is to be done."""
        self.unlock()
        self.assertIn(" current", self.run_kiln("build", root).stderr)
        self.assertEqual(set(self.images(root)), set(before))

    def test_directory_of_a_plain_directory(self):
        self.put_plain()
        self.run_kiln("build", "plain")
        self.lock("plain/a")
        before = self.check_kept("plain",
                                 "plain/a: error: cannot read the directory: Permission denied")
        self.check_back("plain", before)

    def test_what_is_gone_beside_it_is_removed(self):
        self.put_plain()
        self.run_kiln("build", "plain")
        before = self.images("plain")
        os.unlink(self.path("plain/c/three.py"))
        self.lock("plain/a/b")
        self.run_kiln("build", "plain", status=1)
        after = self.images("plain")
        self.assertEqual({name for name in before if "three" in name}, set(before) - set(after))
        self.assertTrue(any("three" in name for name in before))

    def test_without_a_state(self):
        self.put_plain()
        self.run_kiln("build", "plain")
        before = self.images("plain")
        os.unlink(self.path("plain/.kiln-build/state"))
        self.lock("plain/a")
        self.run_kiln("build", "plain", status=1)
        self.assertEqual(set(self.images("plain")), set(before))

    def test_a_source_of_an_image(self):
        self.put_plain()
        self.lock("plain")
        result = self.run_kiln("build", "plain", "-o", "image", status=1)
        self.assertIn("plain: error: cannot examine: Permission denied", result.stderr)

    def test_target_of_a_link(self):
        self.put_plain()
        self.write("elsewhere/file.py", "y = 1\n")
        self.write("elsewhere/dir/deep.py", "y = 2\n")
        os.symlink("../elsewhere/file.py", self.path("plain/link.py"))
        os.symlink("../elsewhere/dir", self.path("plain/linked"))
        self.own()
        self.run_kiln("build", "plain")
        self.assertTrue(any("deep.i" in name for name in self.images("plain")))
        self.lock("elsewhere")
        before = self.check_kept("plain", "plain/link.py: error: cannot examine: Permission denied")
        self.check_back("plain", before)

    def put_product(self):
        for name in ("one", "two"):
            directory = f"p/acme/{name}"
            self.write(f"{directory}/.project/f-identity",
                       f"{name} http://x.net/{name} factors/polynomial-1\n")
            self.write(f"{directory}/.project/polynomial-1", FORMATS)
            self.write(f"{directory}/m.py", "x = 1\n")
            self.write(f"{directory}/deep/n.py", "x = 1\n")
        self.own()

    def test_directory_of_a_project(self):
        self.put_product()
        self.run_kiln("build", "p")
        self.lock("p/acme/one/deep")
        self.check_back("p",
                        self.check_kept("p", "p/acme/one/deep: error: cannot read the directory"))

    def test_project(self):
        self.put_product()
        self.run_kiln("build", "p")
        index = self.files("p", ".product")
        self.lock("p/acme/one")
        before = self.check_kept("p", "p/acme/one: error: ")
        self.assertEqual(self.files("p", ".product"), index)
        self.check_back("p", before)

    def test_directory_above_projects(self):
        self.put_product()
        self.run_kiln("build", "p")
        self.lock("p/acme")
        kept = self.check_kept("p", "p/acme: error: cannot determine whether this is a project")
        self.check_back("p", kept)

    def test_declaration_of_a_project(self):
        self.put_product()
        self.run_kiln("build", "p")
        self.lock("p/acme/one/.project")
        self.check_back("p", self.check_kept("p", "p/acme/one"))

    def test_directory_of_a_factor_with_several_sources(self):
        self.put_product()
        self.write("p/acme/one/ext/.factor", "http://if.fault.io/factors/system.library\n")
        self.write("p/acme/one/ext/src/a.c", "int a;\n")
        self.write("p/acme/one/ext/more/b.c", "int b;\n")
        self.own()
        self.run_kiln("build", "p", status=None)
        self.lock("p/acme/one/ext/more")
        before = self.images("p")
        for options in ([], ["-r"]):
            self.assertIn("p/acme/one/ext/more: error: cannot read the directory",
                          self.run_kiln("build", *options, "p", status=1).stderr)
            self.assertEqual(self.images("p")[EXTENSION], before[EXTENSION], options)

    def test_query(self):
        self.put_plain()
        self.lock("plain/a")
        result = self.run_kiln("query", "factors", "plain", status=1)
        self.assertIn("plain/a: error: cannot read the directory", result.stderr)
        self.assertIn("top", result.stdout)

    def test_update_of_an_index(self):
        self.put_product()
        self.run_kiln("query", "--update", "p")
        index = self.files("p", ".product")
        self.lock("p/acme/one")
        self.run_kiln("query", "--update", "p", status=1)
        self.assertEqual(self.files("p", ".product"), index)


if __name__ == "__main__":
    tap.main()
