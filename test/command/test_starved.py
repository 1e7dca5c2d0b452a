"""Where descriptors are few, a command does what it does with many, or ends with status 3 and
leaves what there was."""
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

LIMITS = (4, 5, 6, 7, 8, 9, 10, 12, 16, 20, 24, 32, 48, 64)


class Starved(tap.Case):
    def put_chain(self, root, depth):
        """Directories named "d", one in the other, each with a module and two files."""
        os.makedirs(self.path(root))
        above = os.open(self.path(root), os.O_RDONLY)
        for _ in range(depth):
            for name in ("m.py", "data", "other"):
                with open(os.open(name, os.O_CREAT | os.O_WRONLY, 0o644, dir_fd=above), "w",
                          encoding="ascii") as file:
                    file.write("x = 1\n")
            os.mkdir("d", dir_fd=above)
            below = os.open("d", os.O_RDONLY, dir_fd=above)
            os.close(above)
            above = below
        os.close(above)

    def put_wide(self, root):
        for i in range(60):
            self.write(f"{root}/p{i}/m{i}.py", f"x = {i}\n")

    def contents(self, name):
        """All below a path, with what files contain; of the state, which has times, only that it is
        there."""
        found = {}
        if os.path.isfile(self.path(name)):
            with open(self.path(name), "rb") as file:
                return file.read()
        for parent, directories, names in os.walk(self.path(name)):
            if ".kiln-build" in directories:
                directories.remove(".kiln-build")
            for entry in directories:
                found[os.path.relpath(os.path.join(parent, entry), self.path(name))] = None
            for entry in names:
                with open(os.path.join(parent, entry), "rb") as file:
                    found[os.path.relpath(os.path.join(parent, entry),
                                          self.path(name))] = file.read()
        return found

    def check(self, result, *arguments):
        """The first run makes `result`; each with few descriptors makes it again, or fails and
        leaves it."""
        variables = {"KILN_CACHE": "", "HOME": self.directory}
        self.kiln(*arguments, variables=variables)
        whole = self.contents(result)
        statuses = set()
        for limit in LIMITS:
            run = self.kiln(
                *arguments, status=None, variables=variables,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            statuses.add(run.returncode)
            self.assertIn(run.returncode, (0, 3), (limit, run.stderr))
            self.assertEqual(self.contents(result) == whole, True, (limit, run.stderr))
            if run.returncode:
                self.assertTrue(run.stderr.strip(), limit)
        self.assertIn(0, statuses)
        self.assertIn(3, statuses)

    def test_image_of_a_deep_tree(self):
        self.put_chain("deep", 40)
        self.check("img", "build", "deep", "-o", "img")

    def test_archive_of_a_deep_tree(self):
        self.put_chain("deep", 40)
        self.check("img.tar", "build", "deep", "-o", "img.tar")

    def test_image_of_a_wide_tree(self):
        self.put_wide("wide")
        self.check("img", "build", "wide", "-o", "img")

    def test_build_in_place(self):
        self.put_chain("deep", 20)
        self.check("deep", "build", "deep")

    def test_build_in_place_of_all(self):
        self.put_wide("wide")
        self.check("wide", "build", "-r", "wide")

    def test_descriptions(self):
        self.put_wide("wide")
        self.check("out", "delineate", "wide", "-o", "out")


class Deep(tap.Case):
    put_chain = Starved.put_chain

    def count(self, root, suffix):
        """os.walk() would be too deep."""
        found = subprocess.run(["find", self.path(root), "-name", "*" + suffix, "-printf", "x"],
                               capture_output=True, check=True)
        return len(found.stdout)

    def build(self, depth, status):
        self.put_chain("deep", depth)
        self.addCleanup(subprocess.run, ["rm", "-rf", self.path("deep"), self.path("img")],
                        check=True)
        return self.kiln("build", "deep", "-o", "img", status=status,
                         preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (256, 256)))

    def test_paths_within_the_limit_are_all_there(self):
        self.build(1900, 0)
        self.assertEqual(self.count("img", ".pyc"), 1900)

    def test_beyond_it_what_is_left_out_is_told(self):
        self.assertIn("File name too long", self.build(5000, 1).stderr)
        self.assertGreater(self.count("img", ".pyc"), 2000)


if __name__ == "__main__":
    tap.main()
