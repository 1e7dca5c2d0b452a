"""Declarations and construction contexts with any content: an error, or a build, and nothing
outside."""
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

ROUNDS = 120
# Not the connections: whatever directory they name is searched for projects.
DECLARATIONS = (".factor", "f-identity", "polynomial-1", "PROJECTS")
PIECES = [b".", b"..", b"#", b"\n", b"\t", b" ", b"/", b"\0", b"\xff", b"http://", b"[", b"]", b'"',
          b"!", b":", b"&", b"|", b"-", b"x" * 300, b"../../..", b"." * 15, b"%s", b"\r\n",
          b"[-compile]", b"[units]", b"[*units]", b"/dev/zero", b"\n/bin/true\n", b"*", b"://"]
INDEX = "".join(f"http://kiln.example/gauge/{name} gauge.{name} factors/polynomial-1\n"
                for name in ("core", "py", "tools"))


def spoil(generator, text):
    """A text with some of it removed, or something else put in."""
    for _ in range(generator.choice((1, 1, 2, 5))):
        begin = generator.randrange(len(text) + 1)
        end = min(len(text), begin + generator.choice((0, 0, 1, 1, 3, 20)))
        again = generator.randrange(len(text) + 1)
        piece = generator.choice(PIECES) if generator.random() < 0.7 else \
            text[again:again + generator.randrange(30)]
        text = text[:begin] + piece + text[end:]
    return text


class Hostile(products.Case):
    def setUp(self):
        super().setUp()
        shutil.rmtree(self.product)

    def copy(self):
        """Everything anew, in a directory of its own."""
        shutil.rmtree(self.path("all"), ignore_errors=True)
        for name in ("product", "connected"):
            tap.copy_tree(os.path.join(tap.ROOT, "test", name), self.path("all", name))
        tap.copy_tree(products.MACHINES, self.path("all/context/machines"))
        self.write("all/product/.product/PROJECTS", INDEX)

    def files(self, is_wanted):
        """The paths of files below everything, in order."""
        return sorted(path for path in products.snapshot(self.path("all")) if is_wanted(path))

    def written(self):
        """What there is that no build may have written: it may below .images, .FORM and such of a
        product."""
        return {path: content for path, content in products.snapshot(self.directory).items()
                if not path.startswith("cache/") and not path.split("/")[2][:1] == "."}

    def check(self, is_wanted, seed, share):
        """Spoil files; a share of the builds is performed, the others are planned."""
        for number in range(ROUNDS):
            generator = random.Random(seed + number)
            self.copy()
            files = self.files(is_wanted)
            for path in generator.sample(files, generator.choice((1, 1, 2, 4))):
                self.write("all/" + path, spoil(generator, program.read(self.path("all", path))))
            before = self.written()
            dry = ["--no-cache", "--timeout", "30"] if generator.random() < share else ["-n"]
            with self.subTest(seed=seed + number):
                result = self.kiln("build", "-X", self.path("all/context"), "--mode", "executable",
                                   "--mode", "delineation", *dry, cwd=self.path("all/product"),
                                   status=None, variables=self.variables(), timeout=120)
                self.assertIn(result.returncode, (0, 1, 2), result.stderr)
                self.assertNotRegex(result.stderr, "Sanitizer|runtime error")
                if result.returncode:
                    self.assertIn("error: ", result.stderr)
                after = self.written()
                self.assertEqual(sorted(after), sorted(before))
                self.assertEqual([path for path in after if after[path] != before[path]], [])

    def test_declarations(self):
        self.check(lambda path: not path.startswith("context/") and
                   (os.path.basename(path) in DECLARATIONS
                    or path.endswith((".fr", ".sr"))), 1000, 0.2)

    def test_contexts(self):
        # What a context says is done, whatever it is: it is not for a test to do that.
        self.check(lambda path: path.startswith("context/"), 5000, 0)


if __name__ == "__main__":
    tap.main()
