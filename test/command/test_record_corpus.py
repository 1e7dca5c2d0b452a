"""Records of all sources that are installed are chapters, in which each element has its section."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

PACKAGES = "/usr/lib/python3/dist-packages"


def walk(node):
    """All elements of a tree of a chapter."""
    pending = [node]
    while pending:
        kind, content, attributes = pending.pop()
        yield kind, content, attributes
        pending += [item for item in content or () if isinstance(item, list)]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Corpus(program.Case):
    def check(self, tree, step=1):
        """Record a tree, and check one of `step` records; returns the number of all."""
        result = self.kiln("record", "-q", "--format", "json", tree, "-o", "out", status=None)
        self.assertIn(result.returncode, (0, 1), result.stderr)  # some tests do not parse
        self.assertNotIn("worker ended", result.stderr)
        found = 0
        for parent, _, names in os.walk(self.path("out")):
            if "chapter.json" not in names:
                continue
            found += 1
            if found % step:
                continue
            with self.subTest(record=os.path.relpath(parent, self.path("out"))):
                self.check_record(parent)
        return found

    def check_record(self, directory):
        tree = load(os.path.join(directory, "chapter.json"))
        sections, controls = set(), 0
        for kind, _, attributes in walk(tree):
            self.assertNotEqual(kind, "exception")
            if kind == "section":
                sections.add(".".join(attributes["absolute"]))
            elif kind == "admonition" and attributes["type"] == "CONTROL":
                controls += 1
        index = load(os.path.join(directory, "index.json"))
        self.assertEqual({entry["path"] for entry in index} - {""} - sections, set())
        self.assertGreaterEqual(controls, len(index))
        anchors = [entry["anchor"] for entry in index]
        self.assertEqual(len(anchors), len(set(anchors)))

    def test_the_standard_library(self):
        self.assertGreater(self.check(tap.LIBRARY), 600)

    def test_installed_packages(self):
        # To make them all is what may crash; to read them takes longest.
        self.assertGreater(self.check(PACKAGES, 5), 100)


if __name__ == "__main__":
    tap.main()
