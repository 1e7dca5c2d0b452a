"""Building sources and comparing what is reported and made with what compile() says of them."""
import os
import re
import shutil

import program
import reference

TIMEOUT = 100


def without_size(text):
    """A message without the size of the stack when it ended, which no two programs share; of a tree
    that is too deep to be copied, too, kiln gives the message of versions without it."""
    return re.sub(r"Stack overflow \(used \d+ kB\)", "maximum recursion depth exceeded", text)


class Case(program.Case):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("in"))
        os.mkdir(self.path("empty"))
        # The name that is recorded is looked up by CPython where it runs.
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.path("empty"))

    def assert_like_compile(self, sources, *levels):
        """A build of sources, {name: bytes}, accepts and reports what compile() does."""
        shutil.rmtree(self.path("in"))
        for name, data in sources.items():
            self.write(f"in/{name}.py", data)
        options = [word for level in levels for word in ("--optimize", str(level))]
        result = self.kiln("build", "--no-constants", *options, "in", "-o", "out", status=None,
                           timeout=TIMEOUT)
        reported = program.errors(result)
        failed = False
        for name in sources:
            with self.subTest(name=name):
                outcomes = [self.outcome(name, sources[name], level) for level in levels]
                message = reported.pop(f"in/{name}.py", None)
                self.assert_agree(message, outcomes)
                failed |= message is not None
                self.assertEqual(program.read(self.path("out", name + ".py")), sources[name])
        self.assertEqual(reported, {})
        self.assertEqual(result.returncode, 1 if failed else 0, result.stderr[-2000:])
        self.assert_only(["in", "out", "empty"])
        return result

    def outcome(self, name, source, level):
        made = self.path("out", program.cached(name + ".py", level))
        return reference.guarded_outcome(
            source, name + ".py", level, program.read(made) if os.path.exists(made) else None)

    def assert_agree(self, message, outcomes):
        """What was reported of a source is the first thing that is wrong with it."""
        told = message and (without_size(message.text), message.line)
        for outcome in outcomes:
            if "signal" in outcome:
                # CPython dies of it: that is an error, whatever the text.
                self.assertIsNotNone(told)
                return
            if not outcome["storable"]:
                self.assertIsNotNone(told, "CPython cannot store it")
                return
            if outcome["error"]:
                text, line, columns = outcome["error"]
                self.assertEqual(told, (without_size(program.printable(text)), line))
                self.assertIn(message.column, columns)
                return
            self.assertIsNone(outcome["difference"])
        self.assertIsNone(told)
