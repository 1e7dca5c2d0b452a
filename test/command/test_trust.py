"""What another user may have written: it runs nothing, counts for nothing that it was not named
for, and blocks nobody."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import scripts
import tap

OTHER = 12345
USERS = {"root": {}, "user": {"user": program.NOBODY, "group": program.NOBODY, "extra_groups": []}}


def give(path, user):
    """Give a tree to a user."""
    for parent, directories, names in os.walk(path):
        for name in [".", *directories, *names]:
            os.chown(os.path.join(parent, name), user, user, follow_symlinks=False)


@unittest.skipUnless(os.getuid() == 0, "only root can be several users")
class Case(scripts.Case):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o755)

    def as_both(self):
        """For root and for a user whose the private directory is: options to run kiln as."""
        for name, options in USERS.items():
            with self.subTest(user=name):
                give(self.directory, options.get("user", 0))
                yield options

    def refused(self, expected, *arguments, **options):
        """A command fails, with exactly this message."""
        result = self.kiln(*arguments, status=2,
                           variables=self.variables(options.pop("variables", None)), **options)
        self.assertEqual(result.stderr, f"kiln: error: {expected}\n")

    def done(self, *arguments, **options):
        return self.kiln(*arguments, variables=self.variables(options.pop("variables", None)),
                         **options)


class Contexts(Case):
    def setUp(self):
        super().setUp()
        self.scripts({"one.do": "say hello\nmark ran\n"})
        self.system = self.context("product/.system")

    def refused_context(self, part, fault, **options):
        """The product's context is refused for a part of it; nothing ran, and -X uses it all the
        same."""
        self.refused(f"the construction context '{self.system}' is not trusted: '{part}' {fault}; "
                     f"give -X '{self.system}' to use it anyway", "build", self.product, **options)
        self.assertFalse(os.path.exists(self.path("marks")))
        shutil.rmtree(self.path("product/.images"), ignore_errors=True)
        self.done("build", "--no-cache", "-X", self.system, self.product, **options)
        self.assertEqual(self.output("one"), ["hello"])
        os.unlink(self.path("marks"))
        shutil.rmtree(self.path("product/.images"))
        shutil.rmtree(self.path("product/.kiln-build"))

    def test_ones_own_is_used(self):
        for options in self.as_both():
            self.done("build", "--no-cache", self.product, **options)
            self.assertEqual(self.output("one"), ["hello"])
            shutil.rmtree(self.path("product/.images"))
            shutil.rmtree(self.path("product/.kiln-build"))

    def test_that_of_root_is_used_by_others(self):
        give(self.directory, 0)
        asked = self.done("query", "command", "acme.steps.one", cwd=self.product, **USERS["user"])
        self.assertIn("script.sh", asked.stdout)

    def test_a_link_to_that_of_another_user_is_refused(self):
        for options in self.as_both():
            evil = self.path("evil")
            os.rename(self.system, evil)
            give(evil, OTHER)
            os.symlink(evil, self.system)
            self.refused_context(self.system, "is a link", **options)
            os.unlink(self.system)
            os.rename(evil, self.system)

    def test_a_link_to_ones_own_is_refused_too(self):
        for options in self.as_both():
            os.rename(self.system, self.path("elsewhere"))
            os.symlink(self.path("elsewhere"), self.system)
            self.refused_context(self.system, "is a link", **options)
            os.unlink(self.system)
            os.symlink("nowhere", self.system)
            self.refused(
                f"the construction context '{self.system}' is not trusted: '{self.system}' is a "
                f"link; "
                         f"give -X '{self.system}' to use it anyway", "build", self.product,
                **options)
            os.unlink(self.system)
            os.rename(self.path("elsewhere"), self.system)

    def parts(self):
        self.write("product/.system/bin/tool", "#!/bin/sh\n")
        self.write("product/.system/bin/.hidden/more", "")
        return [self.path("product/.system", name) for name in (
            "", "machines", "machines/script", "machines/script/shell.sys",
            "machines/script/.project",
            "machines/meta/projections.v", "bin", "bin/tool", "bin/.hidden/more")]

    def test_what_another_user_has_in_it_is_refused(self):
        parts = self.parts()
        for options in self.as_both():
            for part in parts:
                with self.subTest(part=part):
                    part = part.rstrip("/")
                    os.chown(part, OTHER, OTHER)
                    self.refused_context(part, "belongs to another user", **options)
                    os.chown(part, 0, 0)  # what root has is as good

    def test_what_others_may_write_to_is_refused(self):
        parts = self.parts()
        for options in self.as_both():
            for part in parts:
                for mode in (0o020, 0o002, 0o1002):
                    with self.subTest(part=part, mode=mode):
                        part = part.rstrip("/")
                        before = os.stat(part).st_mode & 0o7777
                        os.chmod(part, before | mode)
                        self.refused_context(part, "is writable by its group or others", **options)
                        os.chmod(part, before)

    def test_links_in_it_are_refused(self):
        os.symlink("shell.sys", self.path("product/.system/machines/script/other.sys"))
        for options in self.as_both():
            self.refused_context(self.path("product/.system/machines/script/other.sys"),
                                 "is a link", **options)

    def test_where_others_could_put_another_in_its_place_it_is_refused(self):
        for options in self.as_both():
            os.chmod(self.product, 0o1777)
            self.refused_context(self.product, "is writable by its group or others", **options)
            os.chmod(self.product, 0o755)
            os.chmod(self.directory, 0o777)
            self.refused_context(self.directory, "is writable by its group or others", **options)
            os.chmod(self.directory, 0o755)
            if not options:
                os.chown(self.product, OTHER, OTHER)
                self.refused_context(self.product, "belongs to another user")

    def test_root_builds_the_tree_of_a_user_without_its_context(self):
        give(self.product, OTHER)
        self.refused_context(self.product, "belongs to another user")
        shutil.rmtree(self.system)
        self.done("build", "--no-cache", self.product)
        self.assertTrue(os.path.exists(self.image("acme.steps.module")))

    def test_nor_has_the_caller_of_sudo_one_for_root(self):
        give(self.product, OTHER)
        self.refused_context(self.product, "belongs to another user",
                             variables={"SUDO_UID": str(OTHER)})

    def test_it_is_not_read_where_another_is_named(self):
        give(self.system, OTHER)
        self.done("build", "-X", self.context("context"), self.product)
        self.done("build", self.product, variables={"SYSTEMCONTEXT": self.path("context")})


class Above(Case):
    """In `all`, a directory like /tmp, another user has made a declaration; `all/mine/deep` is to
    be built."""

    def setUp(self):
        super().setUp()
        self.write("all/mine/deep/one.py", "x = 1\n")
        os.chmod(self.path("all"), 0o1777)
        self.mine = self.path("all/mine")

    def declare_product(self, directory):
        self.write(f"{directory}/.product/PROJECTS",
                   "http://example.net/mine mine factors/polynomial-1\n")

    def declare_project(self, directory):
        self.write(f"{directory}/.project/f-identity",
                   "mine http://example.net/mine factors/polynomial-1\n")
        self.write(f"{directory}/.project/polynomial-1", scripts.products.FORMATS)

    def plant(self, what, directory="all", user=OTHER):
        (self.declare_product if what == ".product" else self.declare_project)(directory)
        give(self.path(directory, what), user)

    def refused_above(self, directory, name, of, fault, *arguments, **options):
        self.refused(f"'{self.path(directory, name)}' is not trusted: '{of}' {fault}; "
                     f"give --trust '{self.path(directory)}' to use it anyway", *arguments,
                     **options)

    def commands(self):
        """Each command that looks above what it was given."""
        return [("build", self.mine), ("build", "-n", self.mine), ("query", "projects", self.mine),
                ("query", "images", self.mine), ("clean", self.mine),
                ("build", os.path.join(self.mine, "deep/one.py")),
                ("build", self.mine, "-o", self.path("image"))]

    def test_what_another_user_has_planted_above_does_not_count(self):
        for what in (".product", ".project"):
            self.plant(what)
            for name, options in USERS.items():
                give(self.mine, options.get("user", 0))
                for arguments in self.commands():
                    if arguments[-2] == "-o":
                        self.declare_project("all/mine")
                        if what == ".project":
                            continue
                    with self.subTest(what=what, user=name, arguments=arguments):
                        self.refused_above("all", what, self.path("all", what),
                                           "belongs to another user", *arguments, **options)
                        self.assertEqual(sorted(os.listdir(self.path("all"))), [what, "mine"])
                shutil.rmtree(self.path("all/mine/.project"), ignore_errors=True)
            shutil.rmtree(self.path("all", what))

    def test_trust_lets_it_count(self):
        self.plant(".project")
        os.chmod(self.path("all/.project"), 0o777)
        for arguments in self.commands()[:4]:
            with self.subTest(arguments=arguments):
                self.done(*arguments[:-1], "--trust", "/", "--trust", self.path("all"),
                          arguments[-1])
        self.done("clean", "--trust", "all/mine/..", self.mine)
        self.refused_above("all", ".project", self.path("all/.project"), "belongs to another user",
                           "build", "--trust", self.mine, "--trust", self.path("nowhere"),
                           self.mine)
        self.refused("invalid value '' for --trust: expected the path of a directory", "build",
                     "--trust", "", self.mine)

    def test_ones_own_counts(self):
        for name, options in USERS.items():
            user = options.get("user", 0)
            give(self.mine, user)
            for owner in {0, user}:
                with self.subTest(user=name, owner=owner):
                    self.plant(".project", user=owner)
                    found = self.done("query", "factors", self.mine, **options)
                    self.assertIn("mine.mine.deep.one", found.stdout)

    def test_the_directory_of_a_declaration_matters_too(self):
        give(self.mine, program.NOBODY)
        self.plant(".project", user=0)
        os.chown(self.path("all"), OTHER, OTHER)
        for options in USERS.values():
            self.refused_above("all", ".project", self.path("all"), "belongs to another user",
                               "query", "factors", self.mine, **options)
        os.chown(self.path("all"), 0, 0)
        os.chmod(self.path("all"), 0o777)
        for options in USERS.values():
            self.refused_above("all", ".project", self.path("all"),
                               "is writable by its group or others",
                               "query", "factors", self.mine, **options)

    def test_what_is_in_the_tree_that_was_named_is_an_input(self):
        self.declare_project("all/mine")
        self.declare_product("all/mine/deep")
        give(self.mine, OTHER)
        os.chmod(self.mine, 0o777)
        self.done("build", self.mine)
        self.done("build", cwd=self.mine)
        self.done("clean", self.mine)
        self.assertIn("mine.deep.one", self.done("query", "factors", self.mine).stdout)

    def test_the_working_directory_is_named_by_a_factor_path(self):
        self.declare_project("all/mine")
        give(self.mine, OTHER)
        self.done("build", "mine.deep.one", cwd=self.mine)
        self.refused_above("all/mine", ".project", self.mine, "belongs to another user",
                           "build", "mine.deep.one", cwd=self.path("all/mine/deep"))
        self.refused_above("all/mine", ".project", self.mine, "belongs to another user",
                           "build", cwd=self.path("all/mine/deep"))
        self.done("build", "--trust", "..", "mine.deep.one", cwd=self.path("all/mine/deep"))

    def test_links_in_the_path_that_was_named_lead_to_what_is_above_them(self):
        self.declare_project("all/mine")
        give(self.mine, OTHER)
        os.symlink(self.path("all/mine/deep"), self.path("link"))
        os.symlink(self.mine, self.path("way"))
        # What the text says is above `link` is nobody else's.
        self.done("query", "factors", self.path("link"))
        self.refused_above("way", ".project", self.path("way"), "belongs to another user",
                           "query", "factors", self.path("way/deep"))
        self.refused_above("all/mine", ".project", self.mine, "belongs to another user",
                           "query", "factors", self.path("link/../deep"))

    def test_under_sudo_what_its_caller_has_counts(self):
        self.declare_project("all/mine")
        give(self.mine, OTHER)
        arguments = "query", "factors", self.path("all/mine/deep")
        self.done(*arguments, variables={"SUDO_UID": str(OTHER)})
        self.refused_above("all/mine", ".project", self.mine, "belongs to another user", *arguments,
                           variables={"SUDO_UID": str(OTHER + 1)})
        self.refused_above("all/mine", ".project", self.mine, "belongs to another user", *arguments,
                           variables={"SUDO_UID": str(OTHER)}, **USERS["user"])

    def test_a_plain_directory_built_by_another_user_makes_no_part_of_it(self):
        os.mkdir(self.path("all/.kiln-build"))
        os.chown(self.path("all/.kiln-build"), OTHER, OTHER)
        give(self.mine, program.NOBODY)
        for options in USERS.values():
            self.assertIn("mine.deep.one",
                          self.done("query", "factors", self.mine, **options).stdout)
        os.chown(self.path("all/.kiln-build"), 0, 0)
        os.chown(self.path("all"), OTHER, OTHER)
        self.refused_above("all", ".kiln-build", self.path("all"), "belongs to another user",
                           "query", "factors", self.mine)


class Connections(Case):
    """`product` is connected to `library`, which has what it requires."""

    def setUp(self):
        super().setUp()
        self.project("acme.press", {"one.py": "x = 1\n"})
        self.project("acme.library", {"shelf.py": "x = 1\n"}, product="library")
        self.put(".product/CONNECTIONS", "library\n")

    def refused_connection(self, fault, of="product"):
        self.refused(
            f"'{self.path('product/.product')}' leads to '{self.path('library')}' and is not "
            f"trusted: '{self.path(of)}' "
                     f"{fault}; give --trust '{self.product}' to follow it anyway",
                     "query", "products", self.product)
        found = self.done("query", "products", "--trust", self.product, self.product)
        self.assertIn(self.path("library"), found.stdout)

    def test_of_ones_own_product_counts(self):
        for options in self.as_both():
            self.assertIn(self.path("library"),
                          self.done("query", "products", self.product, **options).stdout)

    def test_of_another_user_leads_to_no_tree_but_that_users(self):
        give(self.product, OTHER)
        self.refused_connection("belongs to another user")
        give(self.path("library"), OTHER)
        self.assertIn(self.path("library"), self.done("query", "products", self.product).stdout)
        os.chmod(self.path("product/.product"), 0o777)
        self.refused_connection("belongs to another user")

    def test_that_others_may_have_written_lead_nowhere(self):
        for part in ("product", "product/.product"):
            os.chmod(self.path(part), 0o775)
            self.refused_connection("is writable by its group or others", part)
            os.chmod(self.path(part), 0o755)

    def test_within_the_tree_count(self):
        os.rename(self.path("library"), self.path("product/library"))
        self.put(".product/CONNECTIONS", "product/library\n")
        give(self.product, OTHER)
        self.assertIn("product/library", self.done("query", "products", self.product).stdout)


class Locks(Case):
    """Who may only read what is built holds no lock that a build waits for."""

    def setUp(self):
        super().setUp()
        self.project("acme.press", {"one.py": "x = 1\n"})
        self.lock = self.path("product/.kiln-build/lock")

    def hold(self, *paths):
        """Let another user lock all that it can of these paths, until the test ends; those that it
        has."""
        script = ("import fcntl, os, sys, time\n"
                  "held = []\n"
                  "for path in sys.argv[1:]:\n"
                  "    try:\n"
                  "        held.append(os.open(path, os.O_RDONLY))\n"
                  "        fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
                  "        print(path, flush=True)\n"
                  "    except (PermissionError, BlockingIOError, FileNotFoundError):\n"
                  "        pass\n"
                  "print(flush=True)\n"
                  "time.sleep(600)\n")
        process = subprocess.Popen([program.PYTHON, "-I", "-c", script, *paths],
                                   stdout=subprocess.PIPE, encoding="utf-8", user=OTHER,
                                   group=OTHER, extra_groups=[])
        self.addCleanup(self.stop, process)
        return list(iter(lambda: process.stdout.readline().rstrip(), ""))

    def mode(self, path):
        return os.stat(path).st_mode & 0o7777

    def test_a_reader_cannot_block_a_build(self):
        for options in self.as_both():
            self.done("build", self.product, "-o", self.path("image"), **options)
            self.assertEqual(self.mode(self.lock), 0o600)
            everything = [os.path.join(parent, name)
                          for parent, directories, names in os.walk(self.directory)
                          for name in [".", *directories, *names]]
            held = self.hold(*everything)
            self.assertIn(self.path("image"), held)
            self.assertNotIn(self.lock, held)
            self.put("acme/press/one.py", f"x = {len(options)}\n")
            self.done("build", self.product, "-o", self.path("image"), timeout=60, **options)
            self.done("clean", "--cache-limit", "1", self.product, timeout=60, **options)
            self.assert_only(["bin", "cache", "image", "product", "script.sh"])
            shutil.rmtree(self.path("image"))

    def test_a_lock_that_another_version_has_left_is_made_private(self):
        for options in self.as_both():
            os.makedirs(os.path.dirname(self.lock), exist_ok=True)
            self.write("product/.kiln-build/lock")
            give(self.directory, options.get("user", 0))
            os.chmod(self.lock, 0o644)
            self.done("build", self.product, **options)
            self.assertEqual(self.mode(self.lock), 0o600)
            self.assertEqual(self.hold(self.lock), [])

    def test_what_root_has_locked_its_owner_can_lock_later(self):
        give(self.directory, program.NOBODY)
        self.done("build", self.product, **USERS["user"])
        os.unlink(self.lock)
        self.done("build", self.product)
        self.assertEqual(os.stat(self.lock).st_uid, program.NOBODY)
        self.put("acme/press/one.py", "x = 2\n")
        self.done("build", self.product, timeout=60, **USERS["user"])


if __name__ == "__main__":
    tap.main()
