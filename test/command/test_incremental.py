"""Building again does what is needed and nothing more: commands are counted."""
import os
import shutil
import stat
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap


class Sources(products.Case):
    def setUp(self):
        super().setUp()
        self.project("acme.press", products.MODULES)

    def source(self, name):
        return self.path("product/acme/press", name)

    def test_nothing_changed(self):
        self.assert_made(self.build(), commands=8, processed=products.PRESS)
        self.assert_nothing(self.build())
        self.assert_nothing(self.build("-j1"))
        self.assert_nothing(self.build("-j4", variables={"XDG_CACHE_HOME": self.path("other")}))
        result = self.kiln("build", "--log", "json", cwd=self.path("product/acme"),
                           variables=self.variables())
        self.assert_nothing(products.Built(result))

    def test_nothing_changed_is_said(self):
        self.build()
        built = self.build()
        self.assertEqual(set(built.factors("current")), products.PRESS)
        self.assertEqual(built.summary["current"], 4)

    def test_nothing_changed_writes_nothing(self):
        self.build()
        time.sleep(0.1)
        self.build()  # sources that were new are settled now
        before = program.tree(self.product)
        self.assert_nothing(self.build())
        self.assertEqual(program.tree(self.product), before)

    def test_touched(self):
        self.build()
        images = program.tree(self.path("product/.images"))
        for times in (None, (0, 0), (2 ** 32, 2 ** 32), (time.time() + 86400,) * 2):
            for name in products.MODULES:
                os.utime(self.source(name), times)
            self.assert_nothing(self.build())
        self.assertEqual(program.tree(self.path("product/.images")), images)

    def test_replaced_by_the_same(self):
        self.build()
        for name, content in products.MODULES.items():
            os.unlink(self.source(name))
            self.put(f"acme/press/{name}", content)
        self.assert_nothing(self.build())

    def test_one_source_changed(self):
        self.build()
        self.put("acme/press/feed/tray.py", "capacity = 200\n")
        self.assert_made(self.build(), commands=2, processed={products.TRAY})
        self.assert_nothing(self.build())
        self.assert_as_clean()

    def test_changed_and_back(self):
        self.build()
        images = self.images()
        self.put("acme/press/feed/tray.py", "capacity = 200\n")
        self.build()
        self.put("acme/press/feed/tray.py", products.MODULES["feed/tray.py"])
        self.assert_made(self.build(), commands=0, cached={products.TRAY})
        self.assertEqual(self.images(), images)

    def test_changed_and_back_between_builds(self):
        self.build()
        self.put("acme/press/feed/tray.py", "capacity = 200\n")
        self.put("acme/press/feed/tray.py", products.MODULES["feed/tray.py"])
        self.assert_nothing(self.build())

    def test_comment_added(self):
        """Bytecode has the hash of its source: another image, though the same code."""
        self.build()
        self.put("acme/press/feed/tray.py", products.MODULES["feed/tray.py"] + "# comment\n")
        self.assert_made(self.build(), commands=2, processed={products.TRAY})

    def test_same_size_and_time(self):
        """A change is noticed at once, though neither size nor times tell, other than the inode's.
        """
        path = self.put("acme/press/feed/tray.py", "x = 1000\n")
        os.utime(path, (1700000000, 1700000000))
        self.build()
        for number in range(1001, 1021):
            products.rewrite(path, b"x = %d\n" % number, keep_times=True)
            self.assert_made(self.build(), commands=2, processed={products.TRAY})
        self.assert_as_clean()

    def test_clock_set_back(self):
        """What was made in the future is no reason to keep it."""
        path = self.source("feed/tray.py")
        self.build()
        future = time.time() + 1000000
        for parent, _, names in os.walk(self.product):
            for name in names:
                os.utime(os.path.join(parent, name), (future, future))
        self.assert_made(self.build(), commands=0, cached=products.PRESS)
        products.rewrite(path, b"capacity = 300\nassert capacity\n")
        os.utime(path, (future - 2000000, future - 2000000))
        self.assert_made(self.build(), commands=2, processed={products.TRAY})
        self.assert_as_clean()

    def test_backup_restored(self):
        """Old files with their old times, over new ones or in their place."""
        self.build()
        shutil.copytree(self.path("product/acme"), self.path("backup"))
        old = self.images()
        for restore in (shutil.copy2, shutil.move):
            self.put("acme/press/feed/tray.py", "capacity = 999\nassert capacity\n")
            self.assertTrue(self.build().commands in (0, 2))
            self.assertNotEqual(self.images(), old)
            restore(self.path("backup/press/feed/tray.py"), self.source("feed/tray.py"))
            self.assert_made(self.build(), commands=0, cached={products.TRAY})
            self.assertEqual(self.images(), old)

    def test_sources_exchanged(self):
        """Two sources of the same size and times change places."""
        for name in ("one", "two"):
            path = self.put(f"acme/press/{name}.py", f"x = '{name}'\n")
            os.utime(path, (1700000000, 1700000000))
        self.build()
        time.sleep(0.1)
        self.build()
        os.rename(self.source("one.py"), self.source("three"))
        os.rename(self.source("two.py"), self.source("one.py"))
        os.rename(self.source("three"), self.source("two.py"))
        self.assert_made(self.build(), commands=4, processed={"acme.press.one", "acme.press.two"})
        self.assert_as_clean()

    def test_source_failed(self):
        """Nothing is recorded of what failed, and the image that there was stays."""
        self.build()
        image = program.read(self.image(products.TRAY))
        self.put("acme/press/feed/tray.py", "capacity = (\n")
        for _ in range(2):
            built = self.build(status=1)
            self.assert_made(built, failed={products.TRAY})
            self.assertEqual(len(built.messages("error")), 1, built.stderr)
            self.assertEqual(built.summary["failed"], 1)
            self.assertEqual(program.read(self.image(products.TRAY)), image)
        self.put("acme/press/feed/tray.py", products.MODULES["feed/tray.py"])
        self.assert_made(self.build(), commands=0)
        self.put("acme/press/feed/tray.py", "capacity = ()\n")
        self.assert_made(self.build(), commands=2, processed={products.TRAY})

    def test_source_too_large(self):
        self.build()
        os.truncate(self.source("feed/tray.py"), (1 << 30) + 1)
        self.assert_made(self.build(status=1), failed={products.TRAY})

    def test_source_that_the_system_refuses_to_read(self):
        self.build()
        image = program.read(self.image(products.TRAY))
        os.unlink(self.source("feed/tray.py"))
        os.symlink("/proc/self/mem", self.source("feed/tray.py"))  # EIO
        built = self.build(status=3)
        self.assertIn("Input/output error", built.messages("error")[0])
        self.assertIn(self.source("feed/tray.py"), built.stderr)
        self.assertEqual(program.read(self.image(products.TRAY)), image)

    def test_source_added(self):
        self.build()
        self.put("acme/press/feed/belt.py", "x = 1\n")
        self.assert_made(self.build(), commands=2, processed={"acme.press.feed.belt"})

    def test_source_removed(self):
        self.build("--mode", "executable", "--mode", "delineation")
        shutil.rmtree(self.source("feed"))
        gone = products.PRESS - {"acme.press.__init__"}
        built = self.build("--mode", "executable", "--mode", "delineation")
        self.assert_made(built, commands=0, removed=gone)
        self.assertEqual(len(built.images("removed")), 6)
        self.assertEqual(built.summary["removed"], 6)
        left = [os.path.join(parent, name) for parent, directories, names in os.walk(self.product)
                for name in directories + names]
        self.assertEqual([path for path in left if "feed" in path], [])
        self.assert_as_clean("--mode", "executable", "--mode", "delineation")
        self.assert_nothing(self.build())

    def test_all_sources_removed(self):
        self.build()
        for name in products.MODULES:
            os.unlink(self.source(name))
        self.assert_made(self.build(), removed=products.PRESS)
        self.assertEqual(products.files(self.path("product/.kiln-build")),
                         {".gitignore", "lock", "state"})
        self.assertFalse(os.path.exists(self.path("product/.images")))

    def test_git_ignores_what_builds_keep(self):
        """Unless somebody wants it otherwise."""
        path = "product/.kiln-build/.gitignore"
        self.build()
        self.assertEqual(program.read(self.path(path)), b"*\n")
        self.write(path, "work\n")
        self.build("-r")
        self.assertEqual(program.read(self.path(path)), b"work\n")

    def test_removed_without_its_image(self):
        """The image may be gone, too, or be something else."""
        self.build()
        os.unlink(self.image(products.TRAY))
        roller = self.image("acme.press.feed.roller")
        os.unlink(roller)
        os.makedirs(os.path.join(roller, "below"))
        shutil.rmtree(self.source("feed"))
        self.assert_made(self.build(), removed=products.PRESS - {"acme.press.__init__"})
        self.assert_as_clean()

    def test_others_below_images_stay(self):
        self.build()
        kept = self.put(f".images/{tap.VARIANT}/acme/press/feed/own", "mine")
        shutil.rmtree(self.source("feed"))
        self.build()
        self.assertEqual(program.read(kept), b"mine")
        self.assertEqual(os.listdir(os.path.dirname(kept)), ["own"])

    def test_factor_renamed(self):
        self.build()
        os.rename(self.source("feed/tray.py"), self.source("feed/drawer.py"))
        self.assert_made(self.build(), commands=2, processed={"acme.press.feed.drawer"},
                         removed={products.TRAY})
        self.assert_as_clean()
        os.rename(self.source("feed/drawer.py"), self.source("feed/tray.py"))
        self.assert_made(self.build(), commands=0, cached={products.TRAY},
                         removed={"acme.press.feed.drawer"})

    def test_type_changed(self):
        """A module that becomes an interface is executed no more."""
        self.build()
        os.rename(self.source("feed/tray.py"), self.source("feed/tray.pyi"))
        self.assert_made(self.build(), removed={products.TRAY})
        self.assertFalse(os.path.exists(self.image(products.TRAY)))

    def test_project_removed(self):
        self.project("acme.ink", {"mixer.py": "x = 1\n"})
        self.build()
        shutil.rmtree(self.path("product/acme/ink"))
        self.assert_made(self.build(), commands=0, removed={"acme.ink.mixer"})
        self.assertFalse(os.path.exists(self.path(f"product/.images/{tap.VARIANT}/acme/ink")))
        self.assert_as_clean()

    def test_project_added(self):
        self.build()
        self.project("acme.ink", {"mixer.py": "x = 1\n"})
        self.assert_made(self.build(), commands=2, processed={"acme.ink.mixer"})
        self.assert_nothing(self.build())
        self.assert_as_clean()

    def test_part_of_a_product(self):
        """A build of one factor neither makes nor removes others."""
        self.build()
        os.unlink(self.source("feed/roller.py"))
        self.put("acme/press/feed/tray.py", "x = 1\n")
        self.put("acme/press/feed/__init__.py", "x = 1\n")
        built = products.Built(self.kiln("build", "--log", "json", self.source("feed/tray.py"),
                                         variables=self.variables()))
        self.assert_made(built, commands=2, processed={products.TRAY})
        self.assert_made(self.build(), commands=2, processed={"acme.press.feed.__init__"},
                         removed={"acme.press.feed.roller"})

    def test_image_deleted(self):
        self.build()
        images = self.images()
        os.unlink(self.image(products.TRAY))
        self.assert_made(self.build(), commands=0, cached={products.TRAY})
        self.assertEqual(self.images(), images)
        shutil.rmtree(self.path("product/.images"))
        self.assert_made(self.build(), commands=0, cached=products.PRESS)
        self.assertEqual(self.images(), images)

    def test_image_changed(self):
        self.build()
        images = self.images()

        def changed(path):
            products.rewrite(path, b"changed")

        def changed_unnoticed(path):
            data = program.read(path)
            products.rewrite(path, data[:-1] + bytes([data[-1] ^ 1]), keep_times=True)

        def directory(path):
            os.unlink(path)
            os.makedirs(os.path.join(path, "below"))

        def link(path):
            os.rename(path, path + "x")
            os.symlink(path + "x", path)

        def dangling(path):
            os.unlink(path)
            os.symlink("nowhere", path)

        for change in (changed, changed_unnoticed, directory, link, dangling):
            with self.subTest(change.__name__):
                change(self.image(products.TRAY))
                self.assert_made(self.build(), commands=0, cached={products.TRAY})
                program.describe(self.image(products.TRAY))
                if change is link:
                    os.unlink(self.image(products.TRAY) + "x")
                self.assertEqual(self.images(), images)
                self.assertTrue(stat.S_ISREG(os.lstat(self.image(products.TRAY)).st_mode))

    def test_images_without_a_cache(self):
        """A unit that is there is not made again, and one that is not, or is another, is."""
        self.build("--no-cache")
        images = self.images()
        unit = self.path("product/.kiln-build/work/executable/acme.press/feed.tray",
                         f"{tap.VARIANT}/units/tray.py.ast")
        os.unlink(self.image(products.TRAY))
        self.assert_made(self.build("--no-cache"), commands=1, processed={products.TRAY})
        os.unlink(unit)
        self.assert_nothing(self.build("--no-cache"))
        os.unlink(self.image(products.TRAY))
        self.assert_made(self.build("--no-cache"), commands=2, processed={products.TRAY})
        products.rewrite(unit, program.read(unit)[:-1] + b"x", keep_times=True)
        os.unlink(self.image(products.TRAY))
        self.assert_made(self.build("--no-cache"), commands=2, processed={products.TRAY})
        shutil.rmtree(self.path("product/.kiln-build/work"))
        self.assert_nothing(self.build("--no-cache"))
        self.assertEqual(self.images(), images)

    def test_forced(self):
        self.build()
        images = self.images()
        self.assert_made(self.build("-r"), commands=8, processed=products.PRESS)
        self.assert_made(self.build("-R"), commands=8, processed=products.PRESS)
        self.assertEqual(self.images(), images)
        self.assert_nothing(self.build())

    def test_planned(self):
        self.build()
        self.put("acme/press/feed/tray.py", "x = 1\n")
        os.unlink(self.source("feed/roller.py"))
        before = program.tree(self.product)
        built = self.build("-n")
        self.assertEqual(set(built.factors("planned")), {products.TRAY})
        self.assertEqual(set(built.factors("removed")), {"acme.press.feed.roller"})
        self.assertEqual(program.tree(self.product), before)

    def test_features(self):
        self.build()
        self.assert_made(self.build("-O"), commands=8, processed=products.PRESS)
        self.assert_nothing(self.build("-O"))
        self.assert_made(self.build(), commands=0, cached=products.PRESS)
        self.assert_made(self.build("--feature", "optimal"), commands=0, cached=products.PRESS)
        self.assert_made(self.build("-g"), commands=8, processed=products.PRESS)
        self.assert_made(self.build("-g", "--feature", "debug"), commands=0)

    def test_features_that_nothing_asks_for(self):
        self.build()
        self.assert_nothing(self.build("--feature", "blue"))
        self.assert_nothing(self.build())

    def test_features_of_metrics(self):
        self.build()
        self.assert_made(self.build("--feature", "coverage"), commands=8, processed=products.PRESS)
        self.assert_nothing(self.build("--coverage"))
        self.assert_made(self.build("--profile"), commands=8, processed=products.PRESS)
        self.assert_made(self.build("--feature", "metrics"), commands=8, processed=products.PRESS)
        self.assert_made(self.build("--coverage", "--profile"), commands=8,
                         processed=products.PRESS)
        self.assert_made(self.build(), commands=0, cached=products.PRESS)

    def test_modes(self):
        self.build()
        built = self.build("--mode", "delineation")
        self.assert_made(built, commands=10, processed=products.PRESS | {"acme.press.notes"})
        self.assert_nothing(self.build())
        self.assert_nothing(self.build("--mode", "delineation"))
        self.assert_nothing(self.build("--mode", "delineation", "--mode", "executable"))
        self.put("acme/press/feed/tray.py", "x = 1\n")
        self.assert_made(self.build("--mode", "delineation"), commands=2, processed={products.TRAY})
        self.assert_made(self.build(), commands=2, processed={products.TRAY})
        self.assert_as_clean("--mode", "delineation", "--mode", "executable")

    def test_delineated_images(self):
        """They are directories."""
        self.build("--mode", "delineation")
        images = self.images()
        image = self.image(products.TRAY, form="delineated")
        shutil.rmtree(image)
        self.assert_made(self.build("--mode", "delineation"), commands=0, cached={products.TRAY})
        shutil.rmtree(image)
        self.write(os.path.relpath(image, self.directory), "file")
        self.assert_made(self.build("--mode", "delineation"), commands=0, cached={products.TRAY})
        shutil.rmtree(os.path.join(image, "tray.py"))
        self.assert_made(self.build("--mode", "delineation"), commands=0, cached={products.TRAY})
        self.assertEqual(self.images(), images)

    def test_layouts(self):
        self.build()
        built = self.build("--image-layout", "fint")
        self.assert_made(built, processed=products.PRESS)
        self.assertTrue(os.path.isfile(
            self.path(f"product/acme/press/feed/__f-int__/{tap.VARIANT}/executable/tray.i")))
        self.assert_nothing(self.build("--image-layout", "fint"))
        self.assert_nothing(self.build())

    def test_another_system(self):
        self.build()
        built = self.build(variables={"FCI_SYSTEM": "elsewhere"})
        self.assert_made(built, processed=products.PRESS)
        self.assertTrue(os.path.isfile(self.image(products.TRAY, f"elsewhere-{tap.ARCHITECTURE}")))
        self.assertTrue(os.path.isfile(self.image(products.TRAY)))
        self.assert_nothing(self.build())
        self.assert_nothing(self.build(variables={"FCI_SYSTEM": "elsewhere"}))

    def test_another_interface(self):
        """What a module's interface says is described, not executed."""
        self.build("--mode", "executable", "--mode", "delineation")
        self.put("acme/press/feed/tray.pyi", "capacity: int\n")
        self.assert_nothing(self.build())
        self.assert_made(self.build("--mode", "delineation"), processed={products.TRAY})
        self.assert_as_clean("--mode", "executable", "--mode", "delineation")
        os.unlink(self.source("feed/tray.pyi"))
        self.assert_nothing(self.build())
        self.assert_made(self.build("--mode", "delineation"), cached={products.TRAY})
        self.assert_made(self.build("--mode", "delineation", "-r"),
                         processed=products.PRESS | {"acme.press.notes"})
        self.assert_as_clean("--mode", "executable", "--mode", "delineation")

    def test_interface_removed(self):
        """What described it is not part of what is described then."""
        self.put("acme/press/feed/tray.pyi", "capacity: int\n")
        self.build("--mode", "delineation", "--no-cache")
        os.unlink(self.source("feed/tray.pyi"))
        self.put("acme/press/feed/tray.py", "capacity = 1\n")
        self.assert_made(self.build("--mode", "delineation", "--no-cache"),
                         processed={products.TRAY})
        self.assertEqual(os.listdir(self.image(products.TRAY, form="delineated")), ["tray.py"])
        self.assert_as_clean("--mode", "delineation")


class Many(products.Case):
    """So many that images are looked at ahead, unless one worker is asked for."""

    COUNT = 200

    def setUp(self):
        super().setUp()
        self.project("acme.press", {f"p{number // 50}/m{number}.py": f"x = {number}\n"
                                    for number in range(self.COUNT)})

    def many(self, number):
        return f"acme.press.p{number // 50}.m{number}"

    def test_images_are_looked_at(self):
        self.build()
        self.assertGreater(os.path.getsize(self.path("product/.kiln-build/state")), 16384)
        for jobs in ("-j1", "-j2"):
            with self.subTest(jobs=jobs):
                self.assert_nothing(self.build(jobs))
                os.unlink(self.image(self.many(0)))
                shutil.rmtree(os.path.dirname(self.image(self.many(60))))
                products.rewrite(self.image(self.many(199)), b"other")
                wanted = {self.many(number) for number in (0, *range(50, 100), 199)}
                self.assert_made(self.build(jobs), commands=0, cached=wanted)
                self.assert_nothing(self.build(jobs))

    def test_after_a_kill_what_was_seen_ahead_does_not_count(self):
        """Whoever changes images leaves a note until the state tells of them."""
        self.build()
        self.put(".kiln-build/busy")
        self.assert_nothing(self.build("-j2"))
        os.unlink(self.image(self.many(7)))
        self.put(".kiln-build/busy")
        self.assert_made(self.build("-j2"), commands=0, cached={self.many(7)})

    def test_after_a_kill_what_is_left_goes_also_where_nothing_is_made(self):
        self.build()
        stages = [self.path("product", directory, ".tray.kiln-R6tYNa-XmjvIq")
                  for directory in (".kiln-build/work", ".images")]
        for stage in stages:
            os.makedirs(os.path.join(stage, "units"))
        self.put(".kiln-build/busy")
        self.assert_nothing(self.build())
        self.assertEqual([stage for stage in stages if os.path.exists(stage)], [])


class Plain(products.Case):
    """Plain directories, whose project is called as they are."""

    def setUp(self):
        super().setUp()
        for name, content in products.MODULES.items():
            self.put(name, content, product="press")

    def factors(self, directory="press"):
        return {f"{directory}.{factor.removeprefix('acme.press.')}" for factor in products.PRESS}

    def test_nothing_changed(self):
        self.assert_made(self.build(product="press"), commands=8, processed=self.factors())
        self.assert_nothing(self.build(product="press"))
        self.assert_nothing(self.build(product="press/feed/.."))

    def test_part(self):
        self.assert_made(self.build(product="press"), commands=8, processed=self.factors())
        self.put("feed/tray.py", "capacity = 200\n", product="press")
        self.assert_made(self.build(product="press/feed"), commands=2,
                         processed={"press.feed.tray"})
        self.assert_nothing(self.build(product="press"))

    def test_source_removed(self):
        self.build(product="press")
        os.unlink(self.path("press/feed/tray.py"))
        self.assert_made(self.build(product="press"), commands=0, removed={"press.feed.tray"})
        self.assertFalse(os.path.exists(self.image("press.feed.tray", product="press")))

    def test_renamed(self):
        """Its images follow: those of its old name go."""
        self.build(product="press")
        before = self.images("press")
        os.rename(self.path("press"), self.path("mill"))
        self.assert_made(self.build(product="mill"), processed=self.factors("mill"),
                         removed=self.factors())
        after = {path.replace("/press/", "/mill/") for path in before}
        self.assertEqual(self.images("mill").keys(), after)
        self.assert_nothing(self.build(product="mill"))

    def test_built_from_within(self):
        self.build(product="press")
        result = self.kiln("build", "--log", "json", cwd=self.path("press/feed"),
                           variables=self.variables())
        self.assertEqual(result.returncode, 0)
        self.assertFalse(os.path.exists(self.path("press/feed/.images")))
        self.assert_nothing(products.Built(result))


class Program(products.Case):
    """Another program, or another interpreter in it: simulated by a copy that says so."""

    def setUp(self):
        super().setUp()
        self.project("acme.press", products.MODULES)
        if shutil.which("cc"):
            # This has nothing to do with the interpreter.
            self.project("acme.core",
                         {"base/.factor": "http://if.fault.io/factors/system.library\n",
                          "base/base.c": "int base(void) { return 41; }\n"})

    def patched(self, old, new):
        data = program.read(tap.KILN)
        self.assertIn(old, data)
        path = self.write("bin/kiln", data.replace(old, new))
        os.chmod(path, 0o755)
        return path

    def rebuilt(self, old, new):
        self.build()
        result = program.subprocess.run(
            [self.patched(old, new), "build", "--log", "json", self.product], check=False,
            text=True, env=tap.environment(**self.variables()), capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_made(products.Built(result), commands=8, processed=products.PRESS)
        self.assert_made(self.build(), commands=0, cached=products.PRESS)

    def test_version(self):
        version = self.kiln("--version").stdout.split()[1].encode()
        self.rebuilt(version + b"\0", version[:-1] + b"9\0")

    def test_interpreter(self):
        version = self.kiln("--version").stdout.splitlines()[1].split()[1].rstrip(",").encode()
        self.rebuilt(version + b"\0", version[:-1] + b"9\0")

    def test_build(self):
        """Of the same version, but another build: the linker's note tells."""
        # a note of 20 bytes of the type NT_GNU_BUILD_ID
        mark = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"
        data = program.read(tap.KILN)
        self.assertEqual(data.count(mark), 1)
        at = data.index(mark) + len(mark)
        self.rebuilt(data[at:at + 20], bytes(byte ^ 1 for byte in data[at:at + 20]))

    def test_build_without_note(self):
        """Nothing can be said of what such a program makes."""
        mark = b"\x14\0\0\0\x03\0\0\0GNU\0"
        path = self.patched(mark, mark.replace(b"\x03", b"\x09"))
        result = program.subprocess.run(
            [path, "build", self.product], check=False, text=True,
            env=tap.environment(**self.variables()), capture_output=True)
        self.assertEqual(result.returncode, 3)
        self.assertIn("this program has no build id", result.stderr)

    def test_same_program_elsewhere(self):
        self.build()
        path = self.patched(b"", b"")
        result = program.subprocess.run(
            [path, "build", "--log", "json", self.product], check=True, text=True,
            env=tap.environment(**self.variables()), capture_output=True)
        self.assert_nothing(products.Built(result))


if __name__ == "__main__":
    tap.main()
