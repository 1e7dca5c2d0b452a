"""A context of the test's own, whose commands are counted twice: by it and by kiln."""
import os
import shutil
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

# Lists of words: `last` requires `first`.
LISTS = {
    "first/.factor": products.WORDS + ".list\n",
    "first/a.w": "anvil\n",
    "first/b.w": "bolt\n",
    "first/common.h": "clamp\n",
    "last/.factor": products.WORDS + ".list\n.first\n",
    "last/z.w": "zinc\n",
    "alone/.factor": products.WORDS + ".list\n",
    "alone/x.w": "xylem\n",
}
FIRST, LAST, ALONE = "acme.lists.first", "acme.lists.last", "acme.lists.alone"


class Lists(products.Case):
    """A context of the test's own, which counts its commands itself."""

    def setUp(self):
        super().setUp()
        self.project("acme.lists", LISTS, products.WORDS_FORMATS)
        self.context = self.words_context()

    def counted(self, commands, *arguments, variables=None, **expected):
        built = self.build("-X", self.context, *arguments, variables=variables)
        self.assert_made(built, commands=commands, **expected)
        self.assertEqual(self.journal(), commands)
        return built

    def content(self, factor):
        return program.read(self.image(factor, "void-text")).decode()

    def test_commands(self):
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.assertEqual(self.content(FIRST), "anvil\nbolt\n")
        self.assertEqual(self.content(LAST), "zinc\nanvil\nbolt\n")
        self.counted(0)
        # A program that does not tell what it reads may read all sources, and all that is required.
        self.put("acme/lists/first/a.w", "axle\n")
        self.counted(5, processed={FIRST, LAST})
        self.assertEqual(self.content(LAST), "zinc\naxle\nbolt\n")
        self.put("acme/lists/first/a.w", LISTS["first/a.w"])
        self.counted(0, cached={FIRST, LAST})
        self.put("acme/lists/first/common.h", "clip\n")
        self.counted(3, processed={FIRST})
        self.put("acme/lists/alone/x.w", "xenon\n")
        self.counted(2, processed={ALONE})

    def test_units_of_requirements(self):
        """A translating command may read what the factor requires."""
        self.counted(7, "--feature", "derived", processed={FIRST, LAST, ALONE})
        self.put("acme/lists/first/a.w", "axle\n")
        self.counted(5, "--feature", "derived", processed={FIRST, LAST})
        self.assertEqual(self.content(LAST), "zinc\naxle\nbolt\naxle\nbolt\n")
        self.put("acme/lists/first/a.w", LISTS["first/a.w"])
        self.counted(0, "--feature", "derived", cached={FIRST, LAST})

    def test_variables(self):
        """A variable that the context names is an input, whatever is made of it."""
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.counted(7, variables={"WORDS": "1"}, processed={FIRST, ALONE, LAST})
        self.counted(0, variables={"WORDS": "1", "OTHER": "1"})
        self.counted(0, cached={FIRST, ALONE, LAST})

    def test_features(self):
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.counted(0, "--feature", "silent")
        built = self.build("-X", self.context, "--feature", "loud")
        self.assertEqual(set(built.factors("processed")) & {FIRST, ALONE}, {FIRST, ALONE})
        self.assertEqual(built.commands, self.journal())

    def test_modes(self):
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.build("-X", self.context, "--mode", "other")
        self.journal()
        self.counted(0)

    def test_plans(self):
        """A command's words are inputs, whether or not they make a difference."""
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.context = self.words_context("cat -")
        self.counted(7, processed={FIRST, ALONE, LAST})

    def test_requirements_of_others(self):
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.put("acme/lists/alone/.factor", LISTS["last/.factor"])
        self.counted(2, processed={ALONE})
        self.put("acme/lists/alone/.factor", LISTS["alone/.factor"])
        self.counted(0, cached={ALONE})

    def changed_while_built(self, name, command, script, units=2):
        """A command of the list `first`, the one that makes what is called `command`, changes a
        source, once.

        The script has `change` for doing that.
        """
        path, change = self.path("product/acme/lists/first", name), self.path("change")
        before = program.read(path)
        script = script.replace("change",
                                f"mv {change} {change}d 2> /dev/null && cp {change}d {path}")
        self.context = self.words_context(f"case $out in */{command}) {script};; *) cat;; esac")
        self.write("change", "other\n")
        first = self.build("-X", self.context, "-j1")
        self.assertFalse(os.path.exists(change))
        self.assertIn(FIRST, first.factors("processed"))
        self.assertEqual(self.content(FIRST).count("\n"), units, self.content(FIRST))
        self.build("-X", self.context)
        self.assertIn("other\n" if name.endswith(".w") else "", self.content(FIRST))
        self.assert_as_clean("-X", self.context)
        products.rewrite(path, before)
        self.build("-X", self.context)
        self.assert_as_clean("-X", self.context)
        self.assert_nothing(self.build("-X", self.context))

    def fresh(self):
        """Only the list `first`, and nothing that was made."""
        for left in ("product", "cache"):
            shutil.rmtree(self.path(left), ignore_errors=True)
        self.project("acme.lists",
                     {name: text for name, text in LISTS.items() if name.startswith("first")},
                     products.WORDS_FORMATS)
        os.mkdir(self.path("product/.product"))

    def test_source_changed_meanwhile(self):
        """By each of the commands, before it reads or after that."""
        before, after = "change; cat", "cat; change; true"
        for name, command, script in (
                ("a.w", "a.w.u", before), ("a.w", "a.w.u", after), ("a.w", "b.w.u", after),
                ("a.w", "first.i", before),
                ("b.w", "a.w.u", after), ("b.w", "b.w.u", before), ("b.w", "first.i", after),
                ("common.h", "a.w.u", before), ("common.h", "b.w.u", after),
                ("common.h", "first.i", after)):
            with self.subTest(f"{name} by {command}: {script}"):
                self.fresh()
                self.changed_while_built(name, command, script)

    def test_read_header_changed_meanwhile(self):
        """A header that each unit is made of, too, changes before or while the first one reads it.
        """
        header = self.path("product/acme/lists/first/common.h")
        for script in ("change; cat; cat header", "cat; change; cat header",
                       "cat; cat header; change; true"):
            with self.subTest(script):
                self.fresh()
                change = f"mv {self.path('change')} {self.path('changed')} 2> /dev/null && " \
                         f"cp {self.path('changed')} {header}"
                script = script.replace("change", change).replace("header", header)
                context = self.words_context(f"case $out in *.u) {script};; *) cat;; esac")
                self.write("change", "other\n")
                self.build("-X", context, "-j1")
                products.rewrite(header, LISTS["first/common.h"].encode())
                self.build("-X", context)
                self.assertEqual(self.content(FIRST), "anvil\nclamp\nbolt\nclamp\n")

    def test_only_source_changed_meanwhile(self):
        for script in ("change; cat", "cat; change; true"):
            with self.subTest(script):
                self.fresh()
                os.unlink(self.path("product/acme/lists/first/b.w"))
                self.changed_while_built("a.w", "a.w.u", script, units=1)

    def test_source_gone_after_a_kill(self):
        """What a killed build made is known to the next one, though its source is gone meanwhile.
        """
        reached = self.path("reached")
        self.context = self.words_context(
            f"case $out in */last.i) touch {reached}; sleep 1000;; *) cat;; esac")
        process = self.start("build", "-q", "-j1", "-X", self.context, "product",
                             start_new_session=True, env=tap.environment(**self.variables()))
        program.await_condition(lambda: os.path.exists(reached), process)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertTrue(os.path.exists(self.image(FIRST, "void-text")))
        for name in ("first", "last"):
            shutil.rmtree(self.path("product/acme/lists", name))
        self.build("-X", self.context)
        self.assert_as_clean("-X", self.context)

    def test_command_failed(self):
        """Units that were made are there for the next build."""
        self.context = self.words_context(
            f"cat; case $out in */a.w.u) test ! -e {self.path('fail')};; esac")
        self.counted(7, processed={FIRST, LAST, ALONE})
        self.put("acme/lists/first/a.w", "axle\n")
        self.write("fail")
        built = self.build("-X", self.context, status=1)
        self.assert_made(built, commands=2, failed={FIRST}, skipped={LAST})
        self.assertEqual(self.content(FIRST), "anvil\nbolt\n")
        os.unlink(self.path("fail"))
        self.journal()
        self.counted(4, processed={FIRST, LAST})


if __name__ == "__main__":
    tap.main()
