"""kiln clean: what was built goes, and nothing else does."""
import json
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

IMAGES = f".images/{tap.VARIANT}/acme"


class Clean(program.Case):
    def setUp(self):
        super().setUp()
        self.cache = self.path("cache")
        for project in ("shop", "tools"):
            self.write(f"p/acme/{project}/.project/f-identity",
                       f"{project} http://example.net/{project} factors/polynomial-1\n")
            self.write(f"p/acme/{project}/.project/polynomial-1",
                       "http://if.fault.io/factors/python\n\tmodule.py psf-v3\n")
            self.write(f"p/acme/{project}/a.py", f"x = '{project}'\n")
            self.write(f"p/acme/{project}/sub/b.py", f"y = '{project}'\n")
        os.mkdir(self.path("p/.product"))

    def kiln(self, *arguments, variables=None, **options):
        variables = {"XDG_CACHE_HOME": self.cache, "KILN_CACHE": None,
                     "SYSTEMCONTEXT": None} | (variables or {})
        return super().kiln(*arguments, variables=variables, **options)

    def images(self, form=".images"):
        """The paths of all files below the directory of a form, but for marks."""
        found = []
        for parent, _, names in os.walk(self.path("p", form)):
            found += [os.path.relpath(os.path.join(parent, name), self.path("p")) for name in names
                      if name != ".kiln"]
        return sorted(found)

    def cached(self):
        return sum(len(names) for _, _, names in os.walk(self.cache))

    def test_a_product_is_as_before_its_first_build(self):
        self.kiln("query", "--update", "p")
        before = program.tree(self.path("p"))
        self.kiln("build", "p", "--mode", "executable", "--mode", "delineation")
        self.kiln("build", "p", "--image-layout", "fint")
        self.assertTrue(self.images(".delineated"))
        result = self.kiln("clean", "p")
        self.assertRegex(result.stderr, r"\Akiln: 12 removed in [0-9.]+ s\n\Z")
        self.assertEqual(result.stdout, "")
        after = program.tree(self.path("p"))
        self.assertEqual({path: facts[0] for path, facts in after.items()},
                         {path: facts[0] for path, facts in before.items()})
        self.assertRegex(self.kiln("clean", "p").stderr, r"\Akiln: 0 removed")
        self.assertNotIn(".kiln-build", os.listdir(self.path("p")))

    def test_a_plain_directory_is_as_before_its_first_build(self):
        for declared in (False, True):
            with self.subTest(declared=declared):
                if declared:
                    self.write("plain/.project/f-identity",
                               "plain http://example.net/plain factors/polynomial-1\n")
                    self.write("plain/.project/polynomial-1",
                               "http://if.fault.io/factors/python\n\tmodule.py psf-v3\n")
                self.write("plain/a.py", "x = 1\n")
                self.write("plain/sub/b.py", "y = 1\n")
                before = program.tree(self.path("plain"))
                for options in ((), ("--force",)):
                    self.kiln("build", "plain")
                    self.assertRegex(self.kiln("clean", "plain", *options).stderr,
                                     r"\Akiln: 2 removed")
                    self.assertEqual(program.tree(self.path("plain")).keys(), before.keys())
                # A part of it is still a part.
                self.kiln("build", "plain")
                self.assertIn("part", self.kiln("clean", "--force", "plain/sub", status=2).stderr)
                self.assertRegex(self.kiln("clean", "plain/sub").stderr, r"\Akiln: 1 removed")
                self.assertIn(".kiln-build", os.listdir(self.path("plain")))
                self.kiln("clean", "plain")

    def test_what_others_put_beside_images_stays(self):
        self.kiln("build", "p")
        kept = self.write(f"p/{IMAGES}/shop/notes.txt", "mine")
        other = self.write("p/.images/darwin-arm64/acme/shop/a.i", "of another tool")
        self.kiln("clean", "p")
        self.assertEqual(self.images(),
                         sorted(os.path.relpath(path, self.path("p")) for path in (kept, other)))
        self.assertEqual(os.listdir(self.path("p", IMAGES)), ["shop"])

    def test_a_part_of_a_product_is_cleaned_alone(self):
        for target, left in (("p/acme/shop", ["tools/a.i", "tools/sub/b.i"]),
                             ("p/acme/shop/sub", ["shop/a.i", "tools/a.i", "tools/sub/b.i"]),
                             ("p/acme/tools/a.py", ["shop/a.i", "shop/sub/b.i", "tools/sub/b.i"]),
                             ("p/acme", [])):
            with self.subTest(target=target):
                self.kiln("build", "p")
                self.kiln("clean", target)
                self.assertEqual(self.images(), [f"{IMAGES}/{path}" for path in left])
        self.kiln("build", "p")
        self.kiln("clean", "acme.shop", "acme.tools.sub", cwd=self.path("p"))
        self.assertEqual(self.images(), [f"{IMAGES}/tools/a.i"])
        result = self.kiln("build", "p", "--log", "json", "--no-cache")
        summary = json.loads(result.stderr.splitlines()[-1])
        self.assertEqual((summary["processed"], summary["current"]), (3, 1))

    def test_images_of_sources_that_are_gone_go(self):
        self.kiln("build", "p")
        shutil.rmtree(self.path("p/acme/shop"))
        os.unlink(self.path("p/acme/tools/a.py"))
        self.kiln("clean", "acme.tools.a", cwd=self.path("p"))
        self.assertNotIn(f"{IMAGES}/tools/a.i", self.images())
        self.kiln("query", "--update", "p")
        self.kiln("clean", "p")
        self.assertEqual(self.images(), [])

    def test_a_dry_run_prints_what_would_be_removed_and_removes_nothing(self):
        self.kiln("build", "p")
        before = program.tree(self.directory)
        result = self.kiln("clean", "-n", "p", "--cache")
        self.assertEqual(result.stdout.splitlines(), [
            *(self.path("p", IMAGES, name)
              for name in ("shop/a.i", "shop/sub/b.i", "tools/a.i", "tools/sub/b.i")),
            self.path("p/.kiln-build"), os.path.join(self.cache, "kiln")])
        self.assertRegex(result.stderr, r"\Akiln: 4 to be removed in")
        self.kiln("clean", "-n", "--log", "json", "p/acme/shop")
        self.assertEqual(program.tree(self.directory), before)

    def test_events_name_the_images(self):
        self.kiln("build", "p")
        result = self.kiln("clean", "--log", "json", "p")
        *events, summary = map(json.loads, result.stderr.splitlines())
        self.assertEqual(events[0],
                         {"event": "removed", "factor": "acme.shop.a",
                          "image": f"{IMAGES}/shop/a.i"})
        self.assertEqual(len(events), 4)
        self.assertEqual((summary["event"], summary["removed"]), ("summary", 4))
        self.assertEqual(self.kiln("clean", "-q", "p").stderr, "")

    def test_the_cache_is_emptied_or_pruned_only_when_asked(self):
        for number in range(20):
            self.write(f"p/acme/shop/m{number}.py", f"x = {number}\n" + "y = 'text'\n" * 500)
        self.kiln("build", "p")
        entries = self.cached()
        self.kiln("clean", "p")
        self.assertEqual(self.cached(), entries)
        result = self.kiln("clean", "p", "--cache-limit", "40K")
        self.assertRegex(result.stderr, r"removed, [0-9]+ of the cache \([0-9.]+ MB\) in")
        self.assertTrue(0 < self.cached() < entries, self.cached())
        self.kiln("build", "p")
        self.kiln("clean", "p", "--cache")
        self.assertRegex(self.kiln("build", "p").stderr, r"\Akiln: 24 processed in")
        self.kiln("clean", "p", "--cache-directory", self.path("none"))
        self.assertRegex(self.kiln("build", "p").stderr, r"\Akiln: 0 processed, 24 cached in")
        self.assertFalse(os.path.exists(self.path("none")))

    def test_a_damaged_state_leaves_images_unless_forced(self):
        for force in (False, True):
            with self.subTest(force=force):
                self.kiln("build", "p", "--mode", "executable", "--mode", "delineation")
                self.write("p/.kiln-build/state", "kiln state 0\nnonsense")
                os.mkdir(self.path("p/.git"))
                self.write("p/.git/config", "")
                os.makedirs(self.path("p/.kiln-build/work/git"))
                result = self.kiln("clean", "p", *["--force"][:force])
                self.assertRegex(result.stderr, r"\A\S*/p/\.kiln-build/state: warning: .*damaged")
                self.assertEqual(bool(self.images()), not force)
                self.assertEqual(bool(self.images(".delineated")), not force)
                self.assertEqual(sorted(set(os.listdir(self.path("p")))
                                        & {".kiln-build", ".images", ".git"}),
                                 [".git"] if force else [".git", ".images"])
                shutil.rmtree(self.path("p/.git"))

    def test_force_needs_a_whole_product_that_was_built(self):
        self.write("p/.images/photo", "mine")
        self.kiln("clean", "--force", "p")
        self.assertEqual(self.images(), [".images/photo"])
        self.assertIn("part", self.kiln("clean", "--force", "p/acme/shop", status=2).stderr)

    def test_no_link_is_followed(self):
        self.kiln("build", "p")
        os.rename(self.path("p/.images"), self.path("elsewhere"))
        os.symlink(self.path("elsewhere"), self.path("p/.images"))
        before = program.tree(self.path("elsewhere"))
        self.assertRegex(self.kiln("clean", "p").stderr, r"\Akiln: 0 removed")
        self.assertEqual(program.tree(self.path("elsewhere")), before)
        os.unlink(self.path("p/.images"))
        self.kiln("build", "p")
        os.rename(self.path("p/.kiln-build"), self.path("built"))
        os.symlink(self.path("built"), self.path("p/.kiln-build"))
        before = program.tree(self.path("built"))
        self.assertIn("its path leads through a symbolic link",
                      self.kiln("clean", "p", status=3).stderr)
        self.assertEqual(program.tree(self.path("built")), before)

    def test_unknown_targets_and_options_are_refused(self):
        self.assertIn("''", self.kiln("clean", "", status=2).stderr)
        for line in ("nope", "./nope", "--cache-limit x p", "--cache-limit 5X p", "--nonsense",
                     "-x", "--log xml p"):
            with self.subTest(line=line):
                self.assertIn("error: ", self.kiln("clean", *line.split(), status=2).stderr)

    def test_it_waits_for_a_build_and_a_build_for_it(self):
        self.kiln("build", "p")
        lock = os.open(self.path("p/.kiln-build/lock"), os.O_RDWR)
        subprocess.run(["flock", "-n", str(lock)], pass_fds=[lock], check=True)
        environment = tap.environment(XDG_CACHE_HOME=self.cache)
        clean = self.start("clean", "p", env=environment)
        self.assertIn("waiting", clean.stderr.readline())
        build = self.start("build", "p", env=environment)
        self.assertIn("waiting", build.stderr.readline())
        self.assertEqual(len(self.images()), 4)
        # Whichever of the two comes first, the other finds what it left.
        os.close(lock)
        self.assertEqual(clean.wait(60), 0)
        self.assertEqual(build.wait(60), 0)
        self.assertEqual(len(self.images()) in (0, 4), True)
        self.assertEqual(bool(self.images()), os.path.exists(self.path("p/.kiln-build")))

    def test_builds_and_cleans_at_once_end_in_one_of_the_two(self):
        environment = tap.environment(XDG_CACHE_HOME=self.cache)
        limit = time.monotonic() + 3
        while time.monotonic() < limit:
            running = [self.start(*line.split(), env=environment)
                       for line in ("build p -j1", "clean p", "build p -j1", "clean p")]
            for process in running:
                self.assertEqual(process.wait(60), 0, process.stderr.read())
            self.assertEqual(len(self.images()),
                             4 if os.path.exists(self.path("p/.kiln-build/state")) else 0)

    def test_what_an_interrupted_run_left_is_made_by_the_next_build(self):
        self.kiln("build", "p")
        os.unlink(self.path("p", IMAGES, "shop/a.i"))
        self.assertRegex(self.kiln("build", "p").stderr,
                         r"\Akiln: 0 processed, 1 cached, 3 current in")


if __name__ == "__main__":
    tap.main()
