"""What the last build knew is damaged, disks are full, places cannot be written to."""
import fcntl
import hashlib
import os
import shutil
import stat
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap


class State(products.Case):
    """What the last build knew may be lost, but never believed wrongly."""

    def setUp(self):
        super().setUp()
        self.project("acme.press", products.MODULES)
        self.build()
        self.state = self.path("product/.kiln-build/state")
        self.good = program.read(self.state)
        self.expected = self.images()

    def damaged(self, data):
        os.unlink(self.state)
        self.write("product/.kiln-build/state", data)
        built = self.build()
        self.assertEqual(len(built.messages("warning")), 1, built.stderr)
        self.assert_made(built, commands=0, cached=products.PRESS)
        self.assertEqual(self.images(), self.expected)
        self.assert_nothing(self.build())

    def test_flipped(self):
        length = len(self.good)
        for place in [*range(16), *range(16, length, length // 24), *range(length - 8, length)]:
            data = bytearray(self.good)
            data[place] ^= 1 << place % 8
            self.damaged(data)

    def test_cut_or_longer(self):
        for length in (0, 1, 8, 16, len(self.good) // 2, len(self.good) - 1):
            self.damaged(self.good[:length])
        self.damaged(self.good + b"\0")
        self.damaged(self.good + self.good)
        self.damaged(bytes(len(self.good)))

    def test_deleted(self):
        os.unlink(self.state)
        built = self.build()
        self.assertEqual(built.messages("warning"), [])
        self.assert_made(built, commands=0, cached=products.PRESS)
        shutil.rmtree(self.path("product/.kiln-build"))
        self.assert_made(self.build("--no-cache"), commands=8, processed=products.PRESS)
        self.assertEqual(self.images(), self.expected)

    def test_no_file(self):
        """What is no file, or too large for a state, is a damaged one, and made anew."""
        outside = self.write("outside", self.good)

        def large(path):
            with open(path, "wb") as file:
                file.truncate((1 << 30) + 1)

        kinds = {
            "directory": lambda path: os.makedirs(path + "/with/this"),
            "fifo": os.mkfifo,
            "link": lambda path: os.symlink(outside, path),
            "large": large,
        }
        for kind, make in kinds.items():
            with self.subTest(kind):
                os.unlink(self.state)
                make(self.state)
                built = self.build()
                self.assertIn("damaged", str(built.messages("warning")))
                self.assert_made(built, commands=0, cached=products.PRESS)
                self.assert_made(self.build(), commands=0)
                self.assertEqual(program.read(outside), self.good)
                self.assertTrue(stat.S_ISREG(os.lstat(self.state).st_mode))

    def test_one_that_may_not_be_read(self):
        user = self.unprivileged()
        os.chmod(self.state, 0)
        self.build("-n", status=3, **user)
        built = self.build(**user)
        self.assertIn("damaged", str(built.messages("warning")))
        self.assert_made(built, commands=0, cached=products.PRESS)
        self.assert_made(self.build(**user), commands=0)

    def test_names_that_lead_outside(self):
        """What is right but for a name was written by somebody: nothing there is touched, nothing
        fails."""
        name = f".images/{tap.VARIANT}/acme/press/feed/tray.i".encode()
        for start in (b"../", b"/", b".images/../../"):
            with self.subTest(start):
                outside = start + b"o" * (len(name) - len(start) - 2) + b".i"
                path = os.path.normpath(os.path.join(self.product.encode(), outside))
                if not outside.startswith(b"/"):
                    self.write(os.path.relpath(path, self.directory.encode()).decode(),
                               b"as it was")
                data = self.good.replace(name, outside)
                start_of_records = len(b"kiln state 2\n") + 32
                digest = hashlib.blake2b(data[start_of_records:]).digest()[:32]
                products.rewrite(self.state,
                                 data[:start_of_records - 32] + digest + data[start_of_records:])
                self.assert_made(self.build(), cached={products.TRAY})
                self.assert_made(self.build(), commands=0)
                if not outside.startswith(b"/"):
                    self.assertEqual(program.read(path), b"as it was")

    def test_nothing_is_in_the_way_of_its_files(self):
        """The lock, and the note of a build at work, are ours whatever is there."""
        outside = self.write("outside", b"as it was")
        for name in ("lock", "busy"):
            for kind in ("directory", "link", "fifo"):
                with self.subTest(name=name, kind=kind):
                    path = self.path(f"product/.kiln-build/{name}")
                    if os.path.lexists(path):
                        os.unlink(path)
                    if kind == "directory":
                        os.makedirs(path + "/with/this")
                    elif kind == "link":
                        os.symlink(outside, path)
                    else:
                        os.mkfifo(path)
                    self.put("acme/press/feed/tray.py", f"capacity = '{name} {kind}'\n")
                    self.build()
                    self.assertEqual(program.read(outside), b"as it was")

    def test_older(self):
        """A backup of the state that was restored knows of other sources."""
        self.put("acme/press/feed/tray.py", "capacity = 200\nassert capacity\n")
        self.build()
        products.rewrite(self.state, self.good)
        self.assert_made(self.build(), commands=0, cached={products.TRAY})
        self.assert_as_clean()
        self.assert_nothing(self.build())

    def test_source_gone_with_the_state(self):
        """No image stays whose source is gone while nothing is known of it."""
        for data in (None, self.good[:-1]):
            with self.subTest(data=data and len(data)):
                self.put("acme/press/gone.py", "x = 1\n")
                self.build()
                os.unlink(self.path("product/acme/press/gone.py"))
                os.unlink(self.state)
                if data:
                    self.write("product/.kiln-build/state", data)
                self.build()
                self.assertEqual(self.images(), self.expected)

    def test_of_another_product(self):
        """A copy of everything, in another place, with times kept or not."""
        for copy in (shutil.copy2, shutil.copy):
            shutil.rmtree(self.path("copy"), ignore_errors=True)
            shutil.copytree(self.product, self.path("copy"), copy_function=copy)
            self.assert_made(self.build(product="copy"), commands=0, cached=products.PRESS)
            self.assertEqual(self.images("copy"), self.expected)


class Trouble(products.Case):
    """Disks that are full, and what may not be written to."""

    def setUp(self):
        super().setUp()
        self.project("acme.press", products.MODULES)

    def test_no_cache(self):
        self.assert_made(self.build("--no-cache"), commands=8, processed=products.PRESS)
        self.assertFalse(os.path.exists(self.path("cache")))
        self.assert_nothing(self.build())
        shutil.rmtree(self.path("product/.images"))
        self.assert_made(self.build("--no-cache"), commands=4, processed=products.PRESS)

    def test_another_cache(self):
        self.build("--cache", self.path("mine"))
        self.assertFalse(os.path.exists(self.path("cache")))
        shutil.rmtree(self.path("product/.images"))
        self.assert_made(self.build("--cache", self.path("mine")), commands=0,
                         cached=products.PRESS)
        shutil.rmtree(self.path("product/.images"))
        self.assert_made(self.build(), commands=4, processed=products.PRESS)

    def test_no_home(self):
        built = self.build(variables={"XDG_CACHE_HOME": None, "HOME": None})
        self.assert_made(built, commands=8, processed=products.PRESS)
        self.assertEqual(built.messages("warning"), [])
        self.assert_nothing(self.build())

    def test_home(self):
        home = self.path("home")
        self.build(variables={"XDG_CACHE_HOME": None, "HOME": home})
        self.assertTrue(os.path.isdir(os.path.join(home, ".cache/kiln")))

    def test_cache_that_is_none(self):
        """A file, or what others may write to: the build goes on without."""
        self.write("cache/kiln", "file")
        built = self.build()
        self.assertEqual(len(built.messages("warning")), 1, built.stderr)
        self.assert_made(built, commands=8, processed=products.PRESS)
        os.unlink(self.path("cache/kiln"))
        os.mkdir(self.path("cache/kiln"))
        os.chmod(self.path("cache/kiln"), 0o777)
        built = self.build("-r")
        self.assertEqual(len(built.messages("warning")), 1, built.stderr)
        self.assert_made(built, commands=8, processed=products.PRESS)

    def test_cache_on_a_full_disk(self):
        disk = self.small_disk("disk", "32k")
        self.write("disk/filler", bytes(24 << 10))
        built = self.build("--cache", os.path.join(disk, "cache"))
        self.assertTrue(built.messages("warning"))
        self.assert_made(built, commands=8, processed=products.PRESS)
        self.assert_as_clean()

    def test_unwritable_cache(self):
        self.build()
        shutil.rmtree(self.path("product/.images"))
        self.put("acme/press/feed/tray.py", "x = 1\n")
        options = self.unprivileged()
        for parent, directories, names in os.walk(self.path("cache")):
            os.chmod(parent, 0o500)
            for name in names:
                os.chmod(os.path.join(parent, name), 0o400)
        try:
            built = self.build("-j1", **options)
            self.assert_made(built, commands=2, processed={products.TRAY},
                             cached=products.PRESS - {products.TRAY})
            self.assertEqual(len(built.messages("warning")), 1, built.stderr)
        finally:
            for parent, _, _ in os.walk(self.path("cache")):
                os.chmod(parent, 0o700)

    def test_product_on_a_full_disk(self):
        """The build fails, and says why; what there was is there, and the next one goes on."""
        disk = self.small_disk("product-disk", "1m")
        shutil.copytree(self.product, os.path.join(disk, "product"))
        self.build(product="product-disk/product")
        images = self.images("product-disk/product")
        filler = self.write("product-disk/filler", b"")
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                pass
        for name in ("tray", "roller"):
            path = self.path("product-disk/product/acme/press/feed", name + ".py")
            text = program.read(path).replace(b"capacity", b"capacitx").replace(b"Turn", b"Tern")
            products.rewrite(path, text)
        built = self.build(product="product-disk/product", status=3)
        self.assertTrue(any("No space left" in text for text in built.messages("error")),
                        built.stderr)
        self.assertEqual(self.images("product-disk/product").keys(), images.keys())
        os.unlink(filler)
        self.build(product="product-disk/product")
        self.assert_as_clean(product="product-disk/product")
        left = {os.path.basename(name) for name in products.files(disk)
                if "/.kiln-build/" not in name}
        self.assertLessEqual({name for name in left if name.startswith(".")}, {".kiln"})

    def test_another_build_does_not_end(self):
        """A build that waits for another one can be ended, and says what it waits for."""
        self.build()
        self.put("acme/press/feed/tray.py", "x = 1\n")
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with open(self.path("product/.kiln-build/lock"), "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                before = self.images()
                process = self.start("build", "product", env=tap.environment(**self.variables()))
                said = process.stderr.readline()
                self.assertIn("another build", said)
                process.send_signal(number)
                process.communicate(timeout=60)
                self.assertEqual(process.returncode, status)
                self.assertEqual(self.images(), before)
        self.assert_made(self.build(), commands=2, processed={products.TRAY})

    def test_product_read_only(self):
        self.build()
        options = self.unprivileged()
        for parent, _, names in os.walk(self.product):
            os.chmod(parent, 0o555)
            for name in names:
                os.chmod(os.path.join(parent, name), 0o444)
        try:
            self.build("-n", **options)
            os.chmod(self.path("product/acme/press/feed/tray.py"), 0o644)
            self.put("acme/press/feed/tray.py", "x = 1\n")
            built = self.build(status=3, **options)
            self.assertTrue(any("product/.kiln-build" in text for text in built.messages("error")),
                            built.stderr)
        finally:
            for parent, _, _ in os.walk(self.product):
                os.chmod(parent, 0o755)


if __name__ == "__main__":
    tap.main()
