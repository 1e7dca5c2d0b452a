"""Products are built from the cache where it has what is needed, and right where it has something
else."""
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

ALL = ("--mode", "executable", "--mode", "delineation")
COUNT = 24


def modules(count=COUNT):
    return {f"p{number % 4}/m{number}.py": f"'Module {number}.'\ndef f(x):\n"
                                           f"    return x + {number}\n"
            for number in range(count)}


COMPILED = {
    "shape/.factor": "http://if.fault.io/factors/system.library\n",
    "shape/shape.c": 'const char *shape(void) { return __FILE__; }\n',
    "shape/more.c": "int more(void) { return 2; }\n",
    "tool/.factor": "http://if.fault.io/factors/system.executable\n.shape\n",
    "tool/main.c": "int more(void);\nint main(void) { return more(); }\n",
}


class Cache(products.Case):
    def setUp(self):
        super().setUp()
        self.sources = modules()
        self.project("acme.press", self.sources)

    def clean_copy(self, name="copy"):
        """A copy of the sources; its name."""
        shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.product, self.path(name), symlinks=True,
                        ignore=shutil.ignore_patterns(".images", ".delineated", ".kiln-build"))
        return name

    def entries(self, cache=None):
        """The paths of the entries, sorted."""
        return sorted(os.path.join(parent, name)
                      for parent, _, names in os.walk(cache or self.cache)
                      for name in names if len(name) == 64)

    def size(self):
        """What the entries count for."""
        return sum((os.path.getsize(path) + 4095) // 4096 * 4096 for path in self.entries())

    def test_clean_copy(self):
        if shutil.which("cc"):
            self.project("acme.core", COMPILED)
        self.put("acme/press/notes.txt", "Notes.\n")
        self.put("acme/press/p0/m0.pyi", "def f(x: int) -> int: ...\n")
        made = self.build(*ALL)
        self.assertGreater(made.commands, 2 * COUNT)
        for name in ("copy", "deeper/down/copy"):
            built = self.build(*ALL, product=self.clean_copy(name))
            self.assert_made(built, commands=0, cached=made.factors("processed"))
            self.assertEqual(self.images(name), self.images())
            self.assert_nothing(self.build(*ALL, product=name))
        self.assert_as_clean(*ALL)

    def test_products_share(self):
        """Another product, with other projects, that has one with the same sources."""
        self.build()
        self.project("acme.ink", {"mixer.py": "x = 1\n"}, product="other")
        self.project("acme.press", self.sources | {"p0/m0.py": "changed = 1\n"}, product="other")
        os.mkdir(self.path("other/.product"))
        built = self.build(product="other")
        self.assert_made(built, commands=4, processed={"acme.ink.mixer", "acme.press.p0.m0"},
                         cached={f"acme.press.p{number % 4}.m{number}"
                                 for number in range(1, COUNT)})
        self.assert_as_clean(product="other")

    def test_branches(self):
        """There and back again: nothing is compiled twice."""
        self.build()
        branch = {name: text + "more = 1\n" for name, text in self.sources.items()}
        self.project("acme.press", branch)
        self.assertEqual(self.build().commands, 2 * COUNT)
        for sources in (self.sources, branch, self.sources):
            self.project("acme.press", sources)
            self.assertEqual(self.build().commands, 0)
        self.assert_as_clean()

    def test_permissions(self):
        """What is made of the cache has the permissions of what is made anew."""
        if not shutil.which("cc"):
            self.skipTest("there is no compiler")
        self.project("acme.core", COMPILED)
        self.build(*ALL)
        made = {path: os.lstat(self.path("product", path)).st_mode for path in self.images()}
        self.build(*ALL, product=self.clean_copy())
        taken = {path: os.lstat(self.path("copy", path)).st_mode for path in self.images("copy")}
        self.assertEqual(made, taken)

    def damaged(self, damage, warnings=1):
        """Of an entry that is damaged nothing is used, and it is a good one after that."""
        path = self.path(self.entries()[COUNT // 2])
        good = program.read(path)
        damage(path)
        built = self.build(product=self.clean_copy())
        self.assertEqual(len(built.messages("warning")), warnings, built.stderr)
        self.assertTrue(all("damaged" in text for text in built.messages("warning")))
        self.assertEqual(built.commands, 2)
        self.assertEqual(self.images("copy"), self.expected)
        self.assertEqual(program.read(path), good)

    def test_damaged_entries(self):
        self.build()
        self.expected = self.images()

        def flip(place):
            def damage(path):
                data = bytearray(program.read(path))
                data[place] ^= 4
                os.chmod(path, 0o600)
                with open(path, "wb") as file:
                    file.write(data)
            return damage

        def cut(length):
            return lambda path: os.truncate(path, length)

        def longer(path):
            with open(path, "ab") as file:
                file.write(b"\0")

        def other(path):
            shutil.copyfile(self.entries()[0], path)

        def link(path):
            os.rename(path, self.path("moved"))
            os.symlink(self.path("moved"), path)

        def directory(path):
            os.unlink(path)
            os.mkdir(path)

        size = os.path.getsize(self.entries()[COUNT // 2])
        for place in (0, 7, 8, 39, 40, 71, 72, size // 2, size - 1):
            with self.subTest(f"byte {place}"):
                self.damaged(flip(place))
        for length in (0, 8, 71, 72, size - 1):
            with self.subTest(f"cut to {length}"):
                self.damaged(cut(length))
        for damage in (longer, other, link):
            with self.subTest(damage.__name__):
                self.damaged(damage)
        self.damaged(os.unlink, warnings=0)

    def test_directory_for_an_entry(self):
        self.build()
        path = self.entries()[0]
        os.unlink(path)
        os.mkdir(path)
        built = self.build(product=self.clean_copy())
        self.assertTrue(built.messages("warning"))
        self.assertEqual(built.commands, 2)
        self.assertEqual(self.images("copy"), self.images())

    def test_damaged_images_of_directories(self):
        """All of a directory is made anew, nothing of the damaged one is in it."""
        self.build("--mode", "delineation")
        expected = self.images()
        for path in self.entries():
            data = bytearray(program.read(path))
            data[-1] ^= 1
            with open(path, "wb") as file:
                file.write(data)
        built = self.build("--mode", "delineation", product=self.clean_copy())
        self.assertEqual((len(built.messages("warning")), built.commands), (COUNT, 2 * COUNT))
        self.assertEqual(self.images("copy"), expected)

    def test_damaged_size(self):
        """How much there is, is counted anew."""
        self.build()
        for text in (b"", b"x" * 41, b"9" * 20 + b" " + b"9" * 20 + b"\n"):
            self.write("cache/kiln/v1/size", text)
            self.put("acme/press/new.py", f"x = {len(text)}\n")
            self.assert_made(self.build(), commands=2, processed={"acme.press.new"})
        self.assertGreaterEqual(len(self.entries()), COUNT + 1)

    def test_limit(self):
        """The cache is no larger than its limit when a build ends; images are there all the same.
        """
        for number in range(4):
            more = f"n = {number}\n"
            self.project("acme.press", {name: text + more for name, text in self.sources.items()})
            built = self.build("--cache-limit", "64K")
            self.assertEqual(len(built.factors("processed")), COUNT)
            self.assertLessEqual(self.size(), 64 << 10)
            self.assertGreater(len(self.entries()), 8)
        self.assert_nothing(self.build())
        self.assert_as_clean()

    def test_least_recently_used(self):
        """What was used long ago goes first."""
        self.build()
        old = set(self.entries()[:COUNT // 2])
        for path in self.entries():
            then = time.time() - (90000 if path in old else 10000)
            os.utime(path, (then, then))
        self.put("acme/press/new.py", "x = 1\n")
        self.build("--cache-limit", f"{COUNT * 4}K")
        left = set(self.entries())
        self.assertLess(len(left & old), len(old))
        self.assertEqual(len(left - old), COUNT - len(old) + 1)

    def test_left_by_killed_builds(self):
        self.build()
        directory = os.path.dirname(self.entries()[0])
        old, new = os.path.join(directory, ".old"), os.path.join(directory, ".new")
        for path in (old, new):
            self.write(path, "x")
        os.utime(old, (1, 1))
        self.put("acme/press/new.py", "x = 1\n")
        self.build("--cache-limit", "40K")
        self.assertFalse(os.path.exists(old))
        self.assertTrue(os.path.exists(new))

    def test_concurrent_builders(self):
        """Many builders of copies, that prune all the time: nothing is lost, and all is right."""
        self.put("acme/press/damaged.py", "x = (\n")
        self.build("--no-cache", *ALL, status=1)
        images = self.images()
        copies = [self.clean_copy(f"copy{number}") for number in range(4)]
        for wave in range(4):
            running = []
            for number, copy in enumerate(copies):
                if (number + wave) % 2:
                    self.clean_copy(copy)
                limit = ("4K", "40K", "100K", "5G")[(number + wave) % 4]
                running.append(self.start("build", "--log", "json", *ALL, "--cache-limit", limit,
                                          copy, env=tap.environment(**self.variables())))
            for process, copy in zip(running, copies):
                _, text = process.communicate(timeout=100)
                result = program.subprocess.CompletedProcess([], process.returncode, "", text)
                built = products.Built(result)
                self.assertEqual(process.returncode, 1, text)
                self.assertEqual(set(built.factors("failed")), {"acme.press.damaged"})
                self.assertEqual(built.messages("warning"), [])
                self.assertEqual(self.images(copy), images)


if __name__ == "__main__":
    tap.main()
