"""`kiln record`: chapters of sources, and what names in them refer to."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

RECORDS = os.path.join(tap.ROOT, "test", "conformance", "records")
FILES = ("elements.json", "documented.json", "documentation.json", "data.json")
CASES = sorted(name for name in os.listdir(RECORDS)
               if os.path.exists(os.path.join(RECORDS, name, "case.json")))


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


class Chapters(program.Case):
    def record(self, name, *arguments, delineated=None, **options):
        """The chapter of a case of the conformance data."""
        directory = os.path.join(RECORDS, name)
        case = load(directory, "case.json")
        return self.kiln("record", "--delineated", delineated or directory, "--source",
                         os.path.join(directory, "source.py"), "--product",
                         os.path.join(RECORDS, "product"), "--project", case["project"],
                         "--factor", case["factor"], "--docstring", case["docstring"],
                         *arguments, **options)

    def expected(self, name):
        return program.read(os.path.join(RECORDS, name, "chapter.txt")).decode()

    def test_the_conformance_data_give_their_chapters(self):
        self.assertGreaterEqual(len(CASES), 12)
        for name in CASES:
            with self.subTest(case=name):
                self.assertEqual(self.record(name, status=0).stdout, self.expected(name))

    def test_our_own_descriptions_give_the_same_chapters(self):
        for name in sorted(set(CASES) - {"ledger"}):  # a field in `if`, now conditional
            with self.subTest(case=name):
                case = load(RECORDS, name, "case.json")
                self.kiln("delineate", "--factor", f"{case['project']}.{case['factor']}",
                          os.path.join(RECORDS, name, "source.py"), "-o", name, status=0)
                result = self.record(name, delineated=name, status=0)
                self.assertEqual(result.stdout, self.expected(name))

    def test_a_chapter_goes_to_a_file(self):
        result = self.record("seed", "-o", "seed.txt", status=0)
        self.assertEqual(result.stdout, "")
        self.assertEqual(program.read(self.path("seed.txt")).decode(), self.expected("seed"))

    def test_documented_parameters_that_do_not_exist_are_warned_of(self):
        found = program.messages(self.record("scales", status=0).stderr)
        self.assertEqual([(each.kind, each.line) for each in found], [("warning", 50)])
        self.assertIn("'calibrate' has no parameter 'screw'", found[0].text)

    def test_bad_descriptions_leave_the_file(self):
        for name in FILES:
            self.write(f"bad/{name}", "[]")
        self.write("old.txt", "old")
        self.record("seed", "-o", "old.txt", delineated="bad", status=1)
        self.record("seed", "-o", "old.txt", delineated="absent", status=1)
        self.assertEqual(program.read(self.path("old.txt")), b"old")

    def test_what_does_not_exist_is_a_usage_error(self):
        directory = os.path.join(RECORDS, "seed")
        one = ("record", "--delineated", directory, "--source",
               os.path.join(directory, "source.py"))
        self.kiln(*one, "--product", "absent", status=2)
        self.kiln(*one, "--product", os.path.join(RECORDS, "product"), "--project", "no.such",
                  status=2)
        self.kiln(*one[:3], status=2)
        self.kiln("record", status=2)


if __name__ == "__main__":
    tap.main()
