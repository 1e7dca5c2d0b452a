"""Builds that are killed at any moment, or run at once: the next one makes what a clean one makes.
"""
import os
import random
import shutil
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

KILLS = 120
MODULES = 100
LISTS = 6
NAMES = (".product", ".project", ".factor", ".images", ".delineated", ".kiln-build", ".kiln",
         ".gitignore")
ALL = ("--mode", "executable", "--mode", "delineation")

# Compilers are fast: one that takes its time, so that kills hit what it has begun, too.
SLOW_COMPILER = """#!/bin/sh
sleep 0.0$(( $$ % 4 ))
exec {compiler} "$@"
"""


class Kills(products.Case):
    def setUp(self):
        super().setUp()
        self.random, self.leftovers = random.Random(7), []
        self.compared = 0
        self.compiler = shutil.which("cc")
        self.path_variable = os.environ["PATH"]
        if self.compiler:
            os.chmod(self.write("bin/cc", SLOW_COMPILER.format(compiler=self.compiler)), 0o755)
            self.path_variable = self.path("bin") + ":" + self.path_variable
        self.texts = {f"p{number % 5}/m{number}.py": self.text(number) for number in range(MODULES)}
        self.texts |= {"p1/m1.pyi": "x: int\n", "p1/index.txt": "Index.\n"}
        self.project("acme.press", self.texts)
        self.compiled = {}
        if self.compiler:
            self.project("acme.core", self.make_compiled())

    def text(self, number):
        return f"'Module {number}.'\n" + "".join(
            f"def f{line}(x):\n    return x + {self.random.randrange(10)}\n"
            for line in range(self.random.choice((1, 3, 40))))

    def make_compiled(self):
        """Factors that require each other, with a header each."""
        for number in range(LISTS):
            kind = "executable" if number == LISTS - 1 else ("library", "archive")[number % 2]
            above = f".c{number - 1}\n" if number else ""
            self.compiled |= {
                f"c{number}/.factor": f"http://if.fault.io/factors/system.{kind}\n{above}",
                f"c{number}/value.h": f"#define VALUE {number}\n",
                f"c{number}/main.c": '#include "value.h"\nint main(void) { return VALUE; }\n' if
                                     kind == "executable" else
                                     f'#include "value.h"\nint f{number}(void) '
                                     f'{{ return VALUE; }}\n',
                f"c{number}/more.c": f"int more{number}(void) {{ return {number}; }}\n",
            }
        return self.compiled

    def variables(self, changes=None):
        return super().variables({"PATH": self.path_variable} | (changes or {}))

    def change(self):
        """Change some sources, or bring them back, or take some away, or all times back."""
        for _ in range(self.random.choice((0, 1, 1, 3, 40))):
            name = self.random.choice(sorted(self.texts))
            kind = self.random.randrange(8)
            path = f"acme/press/{name}"
            if kind < 4 and name.endswith(".py"):
                self.put(path, self.text(self.random.randrange(1000)))
            elif kind < 6:
                self.put(path, self.texts[name])
            elif kind == 6 and name.endswith(".py"):
                if os.path.exists(self.path("product", path)):
                    os.unlink(self.path("product", path))
            elif os.path.exists(self.path("product", path)):
                os.utime(self.path("product", path), (1700000000, 1700000000))
        for _ in range(self.random.choice((0, 0, 1, 2)) if self.compiled else 0):
            number = self.random.randrange(LISTS)
            self.put(f"acme/core/c{number}/value.h", f"#define VALUE {self.random.randrange(5)}\n")
        if self.random.randrange(12) == 0:
            victim = self.random.choice((".images", ".delineated", ".kiln-build/state",
                                         ".kiln-build/work"))
            shutil.rmtree(self.path("product", victim), ignore_errors=True)
            if os.path.isfile(self.path("product", victim)):
                os.unlink(self.path("product", victim))

    def begin(self, *arguments):
        return self.start("build", "-q", *ALL, *arguments, "product", start_new_session=True,
                          env=tap.environment(**self.variables()))

    def options(self):
        return ["-j" + self.random.choice("124"), *self.random.choice(([], [], ["--no-cache"],
                                                                       ["--cache-limit", "200K"]))]

    def await_end(self, process):
        """Of all processes of its session, as their end may come after its own."""
        process.communicate(timeout=100)

        def gone():
            """no process of the session runs"""
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return True
            return False

        program.await_condition(gone)

    def left(self):
        """What is there that no complete build leaves: hidden names, but for those that a product
        has."""
        return [os.path.join(parent, name)
                for parent, directories, names in os.walk(self.product)
                for name in directories + names if name.startswith(".") and name not in NAMES]

    def expect_clean(self):
        """The next build makes what a clean one makes; what it left is kept in mind until the end.
        """
        built = self.build(*ALL, *self.options())
        self.assertEqual(built.messages("warning"), [], built.stderr)
        self.assertEqual(built.summary["failed"], 0)
        for path in filter(os.path.lexists, self.left()):
            self.leftovers.append(os.path.relpath(path, self.product))
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        # The compiler proper makes the same in less time, and so does a cache that only such builds
        # use; at times they make all of it.
        self.compared += 1
        cache = (("--no-cache",)
                 if self.compared % 25 == 1 else ("--cache", self.path("clean-cache")))
        self.assert_as_clean(*ALL, cache=cache, variables={"PATH": os.environ["PATH"]})

    def kill_once(self, longest):
        process = self.begin(*self.options(), *self.random.choice(([], ["-r"])))
        time.sleep(self.random.random() ** 2 * longest)
        number = self.random.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
        was_running = process.poll() is None
        # To all of them, as a terminal or a machine that goes down does; or to the first one alone.
        try:
            if number == signal.SIGKILL or self.random.randrange(2):
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        except ProcessLookupError:
            pass
        self.await_end(process)
        if number != signal.SIGKILL and process.returncode:
            self.assertIn(process.returncode, (128 + number, -number))
        return was_running and process.returncode != 0

    def test_killed_at_any_moment(self):
        begun = time.monotonic()
        self.build(*ALL)
        longest = time.monotonic() - begun
        hits = 0
        for number in range(KILLS):
            with self.subTest(kill=number):
                try:
                    self.change()
                    hits += self.kill_once(longest)
                    # Often a killed build follows another.
                    if not self.random.randrange(3):
                        self.change_or_not()
                        self.expect_clean()
                except AssertionError:
                    # What is wrong is told once.
                    for name in (".images", ".delineated", ".kiln-build"):
                        shutil.rmtree(self.path("product", name), ignore_errors=True)
                    raise
        self.expect_clean()
        self.assertEqual(self.leftovers, [])
        self.assertGreater(hits, KILLS // 10)

    def change_or_not(self):
        if self.random.randrange(2):
            self.change()

    def test_interrupted_leaves_nothing(self):
        """After SIGINT and SIGTERM no temporary file is there even before the next build."""
        for number in range(20):
            self.change()
            shutil.rmtree(self.path("product/.images"), ignore_errors=True)
            process = self.begin("--no-cache", "-j2")
            time.sleep(self.random.random() * 0.3)
            if process.poll() is None:
                process.send_signal((signal.SIGTERM, signal.SIGINT)[number % 2])
            self.await_end(process)
            self.assertEqual(self.left(), [])
        self.expect_clean()

    def test_builds_of_one_product_at_once(self):
        """One waits for the other; both end well."""
        for number in range(10):
            self.change()
            running = [self.begin("-j" + self.random.choice("12"),
                                  *(["-r"] if number % 3 == 0 else []))
                       for _ in range(4)]
            for process in running:
                _, text = process.communicate(timeout=100)
                self.assertEqual(process.returncode, 0, text)
            self.assert_nothing(self.build(*ALL))
            self.assertEqual(self.left(), [])
            self.assert_as_clean(*ALL)

    def test_killed_while_another_waits(self):
        for _ in range(10):
            self.change()
            first, second = self.begin("-r"), self.begin()
            time.sleep(self.random.random() * 0.2)
            try:
                os.killpg(first.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.await_end(first)
            _, text = second.communicate(timeout=100)
            self.assertEqual(second.returncode, 0, text)
            self.expect_clean()
        self.assertEqual(self.leftovers, [])


if __name__ == "__main__":
    tap.main()
