"""Counts of regions are exact: random programs count what an evaluator of their trees counts."""
import os
import re
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import evaluator
import program
import random_program
import regions
import tap

PROGRAMS = 80


def logged(run):
    """What a program logs, and the exception that ends it."""
    found = []

    def log(value):
        found.append(re.sub("0x[0-9a-f]+", "", repr(value)))
        return value
    names = {"log": log, "drive": random_program.drive, "__name__": "m", "__annotations__": {},
             "a": 1, "b": 0, "c": [2]}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run(names)
    except BaseException as error:
        found.append(type(error).__name__)
    return found


def programs():
    """Random programs that compile: := is not allowed everywhere."""
    for seed in range(PROGRAMS):
        source = random_program.program(seed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield seed, source, compile(source, "m.py", "exec", dont_inherit=True)
        except SyntaxError as error:
            assert "assignment expression" in str(error), error


class Counts(program.Case):
    def cc(self, *arguments):
        self.kiln("cc", *arguments, status=0)

    def test_random_programs_count_as_they_are_evaluated(self):
        reached = set()
        for seed, source, plain in programs():
            with self.subTest(seed=seed):
                self.write("m.py", source)
                module = regions.Instrumented(self.cc, self.path("m.py"), self.path("m"))
                oracle = {}

                def evaluate(names):
                    one = evaluator.Evaluator(source, names)
                    oracle["counts"] = one.counts
                    one.run()
                expected = logged(lambda names: exec(plain, names))
                self.assertEqual(logged(evaluate), expected)
                self.assertEqual(logged(module.run), expected)
                counts = module.counts()
                self.assertEqual({area: count for area, count in counts.items() if count},
                                 dict(oracle["counts"]))
                reached.update(self.kinds(counts))
                mapped = regions.Mapped(self.cc, self.path("m.py"), self.path(str(seed)))
                self.assertEqual(logged(mapped.run), expected)
                self.assertEqual(mapped.counts(), counts)
        self.assertEqual(reached, set("+/~"))

    def kinds(self, counts):
        """The types of the regions that were reached."""
        self.kiln("delineate", "m.py", "-o", "described", status=0)
        kinds = regions.types_of(self.path("described"))
        self.assertEqual(list(kinds), list(counts))
        return {kinds[area] for area, count in counts.items() if count}

    def test_timing_changes_nothing(self):
        for seed, source, plain in programs():
            with self.subTest(seed=seed):
                self.write("m.py", source)
                module = regions.Instrumented(
                    self.cc, self.path("m.py"), self.path("m"), "coverage:profile")
                self.assertEqual(logged(module.run), logged(lambda names: exec(plain, names)))


if __name__ == "__main__":
    tap.main()
