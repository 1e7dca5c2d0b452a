"""kiln metrics: what it reads, how it adds it up, and what it reports."""
import html
import html.parser
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import captures
import tap

TEA = """\
import os

def price(n):
    if n > 3:
        return 3 * n
    return n or 7

class Tea:
    cups = 1
"""
# The regions of TEA with their types, in order.
REGIONS = {(1, 1, 1, 9): "+", (3, 1, 3, 9): "+", (4, 5, 5, 20): "~", (4, 8, 4, 12): "/",
           (5, 9, 5, 20): "+", (6, 5, 6, 17): "+", (6, 12, 6, 12): "/", (6, 17, 6, 17): "/",
           (8, 1, 8, 9): "+", (9, 5, 9, 12): "+"}
AREAS = list(REGIONS)
HASH = captures.source_hash(TEA.encode())


def counts(*numbers):
    return dict(zip(AREAS, numbers))


# The second alternative of line 4 and the second operand of line 6 never ran.
RUN = counts(1, 1, 0, 2, 2, 0, 0, 0, 1, 1)


class Metrics(tap.Case):
    def setUp(self):
        super().setUp()
        self.tea = self.write("shop/tea.py", TEA)

    def describe(self, path="shop/tea.py", digest=HASH, regions=None, factor="shop/tea.py"):
        """Describe a source in the image `image`."""
        captures.describe(self.path("image", factor), path, digest,
                          list((REGIONS if regions is None else regions).items()))

    def report(self, *arguments, **options):
        """The report in JSON."""
        return json.loads(self.kiln("metrics", *arguments, "--format", "json", **options).stdout)

    def regions(self, *arguments, path="shop/tea.py", **options):
        """Of a source: the counts of its regions."""
        return {tuple(area): count for area, _, count, _ in
                self.report(*arguments, **options)["files"][path]["regions"]}


class Reading(Metrics):
    def test_texts_are_added(self):
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)] * 2)
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)], process="p2")
        captures.write_text(self.path("b"), [("shop/tea.py", HASH, RUN)], identity="test 1")
        self.assertEqual(self.regions("a", "b"), {area: 4 * n for area, n in RUN.items()})

    def test_captures_of_a_trap_have_one_directory_less(self):
        base = captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        os.makedirs(self.path("trap/coverage/p/id"))
        os.rename(base, self.path("trap/coverage/p/id", os.path.basename(base)))
        self.assertEqual(self.regions("trap"), RUN)

    def test_maps_of_either_byte_order_are_added_to_texts(self):
        described = captures.description(self.tea, HASH, AREAS)
        captures.write_text(self.path("a"), [(self.tea, HASH, RUN)])
        captures.write_map(self.path("a"), "host-1-ab.0",
                           captures.block(1, described, list(RUN.values())),
                           captures.block(2, described, list(RUN.values()), identity="t"))
        captures.write_map(self.path("a"), "host-2-cd.0",
                           captures.block(1, described, list(RUN.values()), order=">"))
        self.assertEqual(self.regions("a"), {area: 4 * n for area, n in RUN.items()})

    def test_what_identities_have_is_added_to_the_maps(self):
        described = captures.description(self.tea, HASH, AREAS)
        captures.write_map(
            self.path("a"), "h.1-ab.0", captures.block(7, described, list(RUN.values())),
            identities="counts 7 0 5 4 1\nidentity test%201\ncounts 7 5 3\ncounts 99 1 1\n"
                       "identity test2\n")
        expected = RUN | {AREAS[0]: 6, AREAS[4]: 3, AREAS[5]: 3}
        self.assertEqual(self.regions("a"), expected)
        self.assertEqual(self.kiln("metrics", "a", "--who", "shop/tea.py:6").stdout, "3 test 1\n")
        self.assertEqual(self.kiln("metrics", "a", "--who", "shop/tea.py:1").stdout,
                         "5 .fault-python\n1 test2\n")
        self.assertEqual(self.kiln("metrics", "a", "--who", f"{self.tea}:5:9-20").stdout,
                         "1 .fault-python\n2 test2\n")

    def test_identities_end_at_a_zero(self):
        described = captures.description(self.tea, HASH, AREAS)
        for end, warnings in (("\0" * 9, 0), ("\0ounts 7 1 1\n\0", 0), ("cou\0", 1)):
            with self.subTest(end=end):
                captures.write_map(
                    self.path("a"), "h.1-ab.0", captures.block(7, described, list(RUN.values())),
                    identities="identity test\ncounts 7 0 5\n" + end)
                result = self.kiln("metrics", "a", "--who", "shop/tea.py:1")
                self.assertEqual(result.stdout, "6 test\n")
                self.assertEqual(result.stderr.count("the file ends too early"), warnings)

    def test_what_is_no_capture_is_wrong(self):
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        self.write("file")
        os.mkdir(self.path("empty"))
        for name, message in (("missing", "cannot read directory 'missing': No such file"),
                              ("file", "cannot read directory 'file': Not a directory"),
                              ("empty", "empty: error: no capture")):
            with self.subTest(name=name):
                self.assertIn(message, self.kiln("metrics", "a", name, status=1).stderr)

    def test_who_reached_what_is_not_there_is_an_error(self):
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        for area, message in (("shop/tea.py:99", "shop/tea.py:99: error: no region begins here"),
                              ("shop/coffee.py:1", "shop/coffee.py: error: no capture has this")):
            result = self.kiln("metrics", "a", "--who", area, status=1)
            self.assertIn(message, result.stderr)
            self.assertEqual(result.stdout, "")
        self.assertEqual(self.kiln("metrics", "a", "--who", "shop/tea.py:6").stdout, "")

    def test_regions_have_the_sums_of_their_counters(self):
        shared = dict(zip(AREAS, ([0], [0], [1, 2], [], [1])))
        captures.write_map(
            self.path("a"), "h-1.0",
            captures.block(1, captures.description(self.tea, HASH, shared), [3, 5, 7]),
            identities="counts 1 1 10\n")
        self.assertEqual(list(self.regions("a").values()), [3, 3, 22, 0, 15])

    def test_the_order_of_captures_does_not_matter(self):
        chosen = random.Random(14)
        described = captures.description(self.tea, HASH, AREAS)
        for number in range(4):
            run = {area: chosen.randrange(9) for area in chosen.sample(AREAS, 6)}
            captures.write_text(self.path(f"c{number}"), [("shop/tea.py", HASH, run)])
            captures.write_map(self.path(f"c{number}"), "h-1.0", captures.block(
                1, described, [chosen.randrange(9) for _ in AREAS]))
        results = {self.kiln("metrics", *order, "--format", "json").stdout
                   for order in itertools.permutations(("c0", "c1", "c2", "c3"))}
        self.assertEqual(len(results), 1)

    def test_files_that_end_early_give_what_is_whole_and_a_warning(self):
        base = captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        for name, size in (("counts", 9), ("areas", 60)):
            os.truncate(os.path.join(base, name), size)
        path = captures.write_map(self.path("b"), "h-1.0", captures.block(
            1, captures.description(self.tea, HASH, AREAS), list(RUN.values())))
        os.truncate(path, 500)
        result = self.kiln("metrics", "a", "b", "--format", "json")
        self.assertEqual([count for *_, count, _ in json.loads(result.stdout)["files"][
            "shop/tea.py"]["regions"]], [1, 1, 0, 2, 0, 0])
        self.assertEqual(result.stderr.count("warning: the file ends too early"), 2)

    def test_what_is_no_capture_is_refused_and_the_rest_is_reported(self):
        base = captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)], process="p2")
        with open(os.path.join(base, "counts"), "w") as file:
            file.write("one\n")
        captures.write_map(self.path("a"), "h-1.0", b"kilnmap\0" + b"x" * 200)
        result = self.kiln("metrics", "a", status=1)
        self.assertIn(".fault-syntax-counters:1: error: wrong line in 'counts'", result.stderr)
        self.assertIn("h-1.0.map: error: not a map of counters", result.stderr)
        self.assertRegex(result.stdout, r"shop/tea.py +10 +4 ")
        self.assertIn("no capture", self.kiln("metrics", "shop", status=1).stderr)
        self.assertIn("cannot", self.kiln("metrics", "missing", status=1).stderr)
        self.assertIn("no CAPTURE", self.kiln("metrics", status=2).stderr)

    def test_damaged_maps_are_told(self):
        whole = captures.block(1, captures.description(self.tea, HASH, AREAS), list(RUN.values()))
        for rest, status in ((b"", 0), (bytes(100), 0), (bytes(3), 0), (b"not a map.", 1),
                             (b"x", 1), (bytes(4) + b"kiln", 1), (b"kilnmap\x01", 1)):
            with self.subTest(rest=rest):
                captures.write_map(self.path("a"), "h-1.0", whole, rest)
                self.assertEqual(self.regions("a", status=status), RUN)
                captures.write_map(self.path("b"), "h-1.0", rest)
                result = self.kiln("metrics", "b", status=1)
                self.assertIn("not a map" if status else "nothing to report", result.stderr)

    def test_a_damaged_description_is_told(self):
        whole = captures.block(1, captures.description(self.tea, HASH, AREAS), list(RUN.values()))
        captures.write_map(self.path("a"), "h-1.0", whole)
        captures.write_map(self.path("a"), "h-2.0", whole.replace(b"\n4 8 4 12 ", b"\n4 8 4 13 "))
        result = self.kiln("metrics", "a", status=1)
        self.assertIn("h-2.0.map: error: damaged", result.stderr)
        self.assertRegex(result.stdout, r"shop/tea.py +10 +4 ")

    def test_links_in_captures_are_not_followed(self):
        captures.write_text(self.path("real"), [("shop/tea.py", HASH, RUN)])
        os.makedirs(self.path("a"))
        os.symlink(self.path("real", "coverage"), self.path("a", "coverage"))
        self.assertIn("no capture", self.kiln("metrics", "a", status=1).stderr)

    def test_intersect_and_subtract(self):
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        captures.write_text(self.path("b"), [("shop/tea.py", HASH, counts(0, 1, 1, 1, 0))])
        self.assertEqual(list(self.regions("a", "--intersect", "b").values()),
                         [0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
        self.assertEqual(list(self.regions("a", "--subtract", "b").values()),
                         [1, 0, 0, 0, 2, 0, 0, 0, 1, 1])


class Joining(Metrics):
    def test_the_image_says_which_sources_and_regions_there_are(self):
        self.describe()
        self.describe("shop/never.py", "00", {(1, 1, 1, 4): "+", (2, 1, 2, 4): " "},
                      factor="shop/never.py")
        captures.write_text(self.path("a"), [
            (self.tea, HASH, counts(1, 1)), (self.path("other.py"), "11", {(1, 1, 1, 2): 1})])
        report = self.report("a", "--image", "image")
        self.assertEqual(list(report["files"]), ["shop/never.py", "shop/tea.py"])
        self.assertEqual(report["files"]["shop/never.py"]["regions"],
                         [[[1, 1, 1, 4], "+", 0, False], [[2, 1, 2, 4], " ", 0, False]])
        self.assertEqual([kind for _, kind, *_ in report["files"]["shop/tea.py"]["regions"]],
                         list(REGIONS.values()))
        totals = report["totals"]
        self.assertEqual((totals["regions"], totals["covered_regions"]), (11, 2))

    def test_an_image_of_other_paths_is_told(self):
        self.describe()
        captures.write_text(self.path("a"), [(self.tea, HASH, RUN)])
        arguments = ("metrics", "a", "--image", "image")
        self.assertEqual(self.kiln(*arguments).stderr, "")
        self.describe("store/tea.py")
        result = self.kiln(*arguments)
        self.assertIn(f"the image has no source of the captures: they have '{self.tea}', it has "
                      f"'{self.path('store/tea.py')}' (see --map)", result.stderr)
        result = self.kiln(*arguments, "--map", "store=shop")
        self.assertEqual(result.stderr, "")
        self.assertRegex(result.stdout, r"shop/tea.py +10 +4 ")

    def test_the_default_is_what_the_last_run_wrote(self):
        captures.write_text(self.path(".kiln-capture"), [("shop/tea.py", HASH, RUN)])
        self.assertEqual(self.kiln("metrics").stdout, self.kiln("metrics", ".kiln-capture").stdout)

    def test_an_operand_and_a_branch_that_never_ran_are_named(self):
        self.describe()
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, counts(
            1, 1, 0, 2, 2, 1, 1, 0, 1, 1))])
        result = self.kiln("metrics", "a", "--image", "image")
        self.assertEqual(result.stdout.splitlines()[1].split(None, 4),
                         ["shop/tea.py", "10", "2", "80.0%", "~4:5-5:20, 6:17-17"])

    def test_texts_with_different_hashes_are_side_by_side(self):
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN),
                                             ("shop/tea.py", "ab" * 32, counts(5, 5))])
        for image in ((), ("--image", "image")):
            if image:
                self.describe()
            result = self.kiln("metrics", "a", *image)
            self.assertIn("tea.py: warning: the captures have counts of", result.stderr)
            self.assertRegex(result.stdout, r"\nshop/tea.py +10 +4 ")
            self.assertRegex(result.stdout, r"\nshop/tea.py \(abababababab\) +2 +0 ")

    def test_paths_of_other_machines_are_mapped(self):
        self.describe()
        captures.write_text(self.path("a"), [("/build/7/shop/tea.py", HASH, RUN)])
        captures.write_text(self.path("a"), [("/venv/lib/shop/tea.py", HASH, RUN)])
        found = self.regions("a", "--image", "image", "--map", f"/build/7={self.directory}",
                             "--map", "/venv/*=.")
        self.assertEqual(found, {area: 2 * n for area, n in RUN.items()})
        self.assertEqual(sum(self.regions("a", "--image", "image").values()), 0)

    def test_paths_in_descriptions_are_below_their_project(self):
        self.describe()
        captures.write_text(self.path("a"), [(self.tea, HASH, RUN)])
        os.mkdir(self.path("other"))
        for image in ("../image", "../image/shop", self.path("image")):
            found = self.report("../a", "--image", image, cwd=self.path("other"))
            (found,) = found["files"].values()
            self.assertEqual(found["summary"]["covered_regions"], 6)
        # Away from the project they are below the current directory.
        os.rename(self.path("shop"), self.path("other/shop"))
        (found,) = self.report("../a", "--image", "../image", "--map", "../shop=shop",
                               cwd=self.path("other"))["files"].values()
        self.assertEqual(found["summary"]["covered_regions"], 6)

    def test_interfaces_are_not_reported(self):
        self.describe()
        self.describe("shop/tea.pyi", "00", {(1, 1, 1, 4): "+"}, factor="shop/tea.pyi")
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        self.assertEqual(list(self.report("a", "--image", "image")["files"]), ["shop/tea.py"])

    def test_a_wrong_description_is_told(self):
        self.describe()
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        self.write("image/shop/tea.py/types", "+/x")
        self.assertIn("image/shop/tea.py: error: wrong 'types'",
                      self.kiln("metrics", "a", "--image", "image", status=1).stderr)
        self.assertIn("no counted regions",
                      self.kiln("metrics", "a", "--image", "shop", status=1).stderr)


class Lines(Metrics):
    def setUp(self):
        super().setUp()
        self.describe()
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])

    def file(self, *arguments):
        return self.report("a", "--image", "image", *arguments)["files"]["shop/tea.py"]

    def test_lines_and_branches_follow_from_regions(self):
        found = self.file()
        self.assertEqual(found["executed_lines"], [1, 3, 4, 5, 8, 9])
        self.assertEqual(found["missing_lines"], [6])
        self.assertEqual(found["executed_branches"], [[4, 5]])
        self.assertEqual(found["missing_branches"], [[4, 0]])
        summary = found["summary"]
        self.assertEqual([summary[key] for key in ("num_branches", "num_partial_branches",
                                                   "covered_branches", "percent_covered_display")],
                         [2, 1, 1, "77.7"])

    def test_without_the_source_lines_are_where_regions_begin(self):
        os.rename(self.tea, self.tea + "x")
        found = self.file()
        self.assertIn("1 source is not at its path (see --map)",
                      self.kiln("metrics", "a").stderr)
        self.assertEqual(found["executed_lines"], [1, 3, 4, 5, 8, 9])
        self.assertEqual(found["missing_branches"], [])

    def test_a_source_that_changed_is_told(self):
        self.write("shop/tea.py", TEA + "x = 1\n")
        result = self.kiln("metrics", "a", "--image", "image")
        self.assertIn("shop/tea.py: warning: this is not the text that was measured",
                      result.stderr)
        self.assertRegex(result.stdout, r"shop/tea.py +10 +4 ")

    def test_a_source_that_cannot_be_read_is_an_error(self):
        os.rename(self.tea, self.tea + "x")
        os.symlink("tea.py", self.tea)
        result = self.kiln("metrics", "a", "--image", "image", status=1)
        self.assertRegex(result.stderr, "shop/tea.py: error: .*symbolic links")
        self.assertRegex(result.stdout, r"shop/tea.py +10 +4 ")

    def test_only_changed_lines_are_reported(self):
        diff = ("--- a/shop/tea.py\n+++ b/shop/tea.py\n@@ -4,3 +4,3 @@\n     if n > 3:\n"
                "-        return\n+        return 3 * n\n     return n or 7\n")
        self.write("changes.diff", diff)
        os.mkdir(self.path(".git"))
        for arguments in ({}, {"input": diff}):
            name = "-" if arguments else "changes.diff"
            options = {"stdin": None, **arguments} if arguments else {}
            result = self.kiln("metrics", "a", "--image", "image", "--diff", name, "--format",
                               "json", **options)
            found = json.loads(result.stdout)
            self.assertEqual(found["totals"]["regions"], 1)
            self.assertEqual(found["files"]["shop/tea.py"]["executed_lines"], [5])
        self.write("wrong.diff", "@@ x\n")
        self.assertIn("wrong.diff:1: error: no hunk", self.kiln(
            "metrics", "a", "--diff", "wrong.diff", status=1).stderr)

    def test_thresholds_are_exact(self):
        for arguments, status in ((("--fail-under", "60"), 0), (("--fail-under", "60.01"), 1),
                                  (("--fail-under-file", "60"), 0),
                                  (("--fail-under-file", "60.000000001"), 1)):
            result = self.kiln("metrics", "a", "--image", "image", *arguments, status=status)
            if status:
                self.assertIn(f"less than {arguments[0]}: 60.0% of 10 regions", result.stderr)
        self.assertIn("percentage such as", self.kiln(
            "metrics", "a", "--fail-under", "101", status=2).stderr)

    def test_a_threshold_of_nothing_is_missed(self):
        self.describe("shop/__init__.py", "00", {}, factor="shop/__init__.py")
        arguments = ("a", "--image", "image", "--include", "*/__init__.py")
        self.kiln("metrics", *arguments)
        for options in ((), ("--format", "json", "-o", "report.json")):
            result = self.kiln("metrics", *arguments, "--fail-under", "1", *options, status=1)
            self.assertIn("--fail-under: there are no regions", result.stderr)
        self.assertIn("nothing to report", self.kiln(
            "metrics", "a", "--include", "none", "--fail-under", "1", status=1).stderr)
        # A change without code is as good as any.
        self.write("empty.diff")
        self.kiln("metrics", "a", "--image", "image", "--diff", "empty.diff", "--fail-under", "1")

    def test_sources_are_selected(self):
        for arguments, selected in ((("--source", "shop"), True), (("--source", "image"), False),
                                    (("--include", "*/tea.*"), True),
                                    (("--include", "*/x.*"), False),
                                    (("--omit", "shop/*"), False), (("--omit", "tea.py"), True)):
            with self.subTest(arguments=arguments):
                result = self.kiln("metrics", "a", "--image", "image", *arguments,
                                   status=0 if selected else 1)
                self.assertEqual("shop/tea.py" in result.stdout, selected)
                self.assertEqual("nothing to report" in result.stderr, not selected)

    def test_summary_is_a_table_of_markdown(self):
        lines = self.kiln("metrics", "a", "--image", "image", "--format",
                          "summary").stdout.splitlines()
        self.assertEqual(lines[2], "| shop/tea.py | 60.0% (6/10) | 85.7% (6/7) | 50.0% (1/2) |")
        self.assertEqual(lines[3], "| **Total** | 60.0% (6/10) | 85.7% (6/7) | 50.0% (1/2) |")

    def test_names_in_markdown_are_only_names(self):
        self.describe("shop/__init__.py", "00", {}, factor="shop/__init__.py")
        self.describe("shop/a|b*.py", "00", {}, factor="shop/a|b*.py")
        lines = self.kiln("metrics", "a", "--image", "image", "--format",
                          "summary").stdout.splitlines()
        self.assertEqual([line.partition(".py")[0] for line in lines[2:4]],
                         [r"| shop/\_\_init\_\_", r"| shop/a\|b\*"])

    def test_a_report_is_written_to_a_file(self):
        result = self.kiln("metrics", "a", "-o", "report.txt")
        self.assertEqual(result.stdout, "")
        self.assertRegex(result.stderr, r"kiln: 1 source, 10 regions, 4 missed in .*: report.txt")
        with open(self.path("report.txt")) as file:
            self.assertEqual(file.read(), self.kiln("metrics", "a").stdout)


EXCLUDED = """\
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import os

def a():  # pragma: no cover
    return 1

@abstract
def b():
    ...

def c(x):
    if x:  # pragma: no branch
        return 1
    else:  # pragma: no cover
        return (2,
                3)
    raise NotImplementedError

while True:  # always
    break
"""


# The elements of coverage-04.dtd with what may be in them, and their attributes.
COBERTURA = {
    "coverage": ("sources?,packages", "line-rate branch-rate lines-covered lines-valid "
                 "branches-covered branches-valid complexity version timestamp"),
    "sources": ("source*", ""), "source": ("#PCDATA", ""), "packages": ("package*", ""),
    "package": ("classes", "name line-rate branch-rate complexity"),
    "classes": ("class*", ""),
    "class": ("methods,lines", "name filename line-rate branch-rate complexity"),
    "methods": ("method*", ""), "method": ("lines", "name signature line-rate branch-rate"),
    "lines": ("line*", ""), "line": ("conditions*", "number hits"),
    "conditions": ("condition*", ""), "condition": ("EMPTY", "number type coverage"),
}


def dtd():
    lines = []
    for name, (content, attributes) in COBERTURA.items():
        content = content if content == "EMPTY" else f"({content})"
        lines.append(f"<!ELEMENT {name} {content}>")
        lines += [f"<!ATTLIST {name} {attribute} CDATA #REQUIRED>"
                  for attribute in attributes.split()]
    lines.append('<!ATTLIST line branch CDATA "false" condition-coverage CDATA "100%">')
    return "\n".join(lines) + "\n"


class Programs(Metrics):
    """Reports that other programs read."""

    def setUp(self):
        super().setUp()
        self.describe()
        self.describe("shop/never.py", captures.source_hash(b"x = 1\n"), {(1, 1, 1, 5): "+"},
                      factor="shop/never.py")
        self.write("shop/never.py", "x = 1\n")
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, RUN)])
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, counts(0, 0, 1, 1))],
                            identity="tests%2Ftea.py::price")

    def run_program(self, name, *arguments):
        """Run a program; what it wrote."""
        if not shutil.which(name):
            self.skipTest(f"{name} is not installed")
        result = subprocess.run([name, *arguments], cwd=self.directory, capture_output=True,
                                text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_a_tracefile_has_a_section_for_each_identity(self):
        text = self.kiln("metrics", "a", "--image", "image", "--format", "lcov").stdout
        self.assertEqual(text, """\
TN:
SF:shop/never.py
FNF:0
FNH:0
BRF:0
BRH:0
DA:1,0
LF:1
LH:0
end_of_record
TN:
SF:shop/tea.py
FN:3,price
FNDA:2,price
FNF:1
FNH:1
BRDA:4,0,0,0
BRDA:4,0,1,2
BRF:2
BRH:1
DA:1,1
DA:3,1
DA:4,2
DA:5,2
DA:6,0
DA:8,1
DA:9,1
LF:7
LH:6
end_of_record
TN:tests_2Ftea_py__price
SF:shop/tea.py
FNF:0
FNH:0
BRDA:4,0,0,1
BRDA:4,0,1,0
BRF:2
BRH:1
DA:4,1
LF:1
LH:1
end_of_record
""")

    def test_branches_of_lines_that_never_ran_have_no_count(self):
        captures.write_text(self.path("b"), [("shop/tea.py", HASH, counts(1))])
        text = self.kiln("metrics", "b", "--image", "image", "--format", "lcov").stdout
        self.assertIn("BRDA:4,0,0,-\nBRDA:4,0,1,-\nBRF:2\nBRH:0\n", text)

    def test_a_condition_that_always_raises_is_left_by_an_exception(self):
        for identity, times in ((".fault-python", 0), ("one", 2), ("two", 0), ("three", 3)):
            captures.write_text(self.path("b"), [("shop/tea.py", HASH, counts(1, 1, 0, times))],
                                identity=identity)
        text = self.kiln("metrics", "b", "--image", "image", "--format", "lcov").stdout
        self.assertEqual(re.findall("^TN:.*|^BR.*", text.partition("tea.py\n")[2], re.M), [
            "BRDA:4,0,0,-", "BRDA:4,0,1,-", "BRDA:4,e0,2,-", "BRF:2", "BRH:0",
            "TN:one", "BRDA:4,0,0,0", "BRDA:4,0,1,0", "BRDA:4,e0,2,2", "BRF:2", "BRH:0",
            "TN:three", "BRDA:4,0,0,0", "BRDA:4,0,1,0", "BRDA:4,e0,2,3", "BRF:2", "BRH:0",
            "TN:two", "BRF:0", "BRH:0"])

    def test_functions_of_one_name_have_different_names(self):
        source = "class A:\n    def f(self): 1\n    def f(self): 2\n"
        self.write("f.py", source)
        captures.write_text(self.path("b"), [("f.py", captures.source_hash(source.encode()), {
            (1, 1, 1, 7): 1, (2, 5, 2, 9): 1, (2, 18, 2, 18): 0, (3, 5, 3, 9): 1,
            (3, 18, 3, 18): 4})])
        text = self.kiln("metrics", "b", "--format", "lcov").stdout
        self.assertIn("FN:2,A.f\nFN:3,A.f@3\nFNDA:0,A.f\nFNDA:4,A.f@3\n", text)

    def test_genhtml_reads_a_tracefile_without_warnings(self):
        self.kiln("metrics", "a", "--image", "image", "--format", "lcov", "-o", "lcov.info")
        result = self.run_program("genhtml", "--branch-coverage", "-o", "html", "lcov.info")
        self.assertEqual(result.stderr, "")
        self.assertNotIn("WARNING", result.stdout.upper().replace("WARNINGS: 0", ""))
        self.assertRegex(result.stdout, r"lines\.+: 75\.0% \(6 of 8 lines\)")
        self.assertRegex(result.stdout, r"branches\.+: 100\.0% \(2 of 2 branches\)")

    def test_cobertura_is_valid(self):
        self.write("shop/<&\".py", "y = 1\n")
        self.describe("shop/<&\".py", captures.source_hash(b"y = 1\n"), {(1, 1, 1, 5): "+"},
                      factor="shop/odd.py")
        self.describe("shop/empty.py", captures.source_hash(b""), {}, factor="shop/empty.py")
        self.write("shop/empty.py", "")
        self.kiln("metrics", "a", "--image", "image", "--format", "cobertura", "-o", "c.xml")
        self.write("coverage-04.dtd", dtd())
        for directory in filter(None, (self.directory, os.environ.get("KILN_SCHEMAS"))):
            self.run_program("xmllint", "--noout", "--nonet", "--dtdvalid",
                             os.path.join(directory, "coverage-04.dtd"), "c.xml")
        root = xml.etree.ElementTree.parse(self.path("c.xml")).getroot()
        self.assertEqual([root.get(key) for key in ("lines-covered", "lines-valid", "line-rate",
                                                    "branches-covered", "branches-valid")],
                         ["6", "9", "0.6666", "2", "2"])
        self.assertEqual([element.get("filename") for element in root.iter("class")],
                         ["shop/<&\".py", "shop/empty.py", "shop/never.py", "shop/tea.py"])
        line = root.find(".//class[@name='tea.py']/lines/line[@number='4']")
        self.assertEqual(dict(line.items()), {
            "number": "4", "hits": "3", "branch": "true", "condition-coverage": "100% (2/2)"})

    def test_diff_cover_has_the_same_total_for_both(self):
        for command in (("init", "-q", "-b", "main"), ("add", "README"), ("-c", "user.name=a", "-c",
                        "user.email=a@b", "commit", "-q", "-m", "begin", "--allow-empty")):
            self.write("README", "text")
            self.run_program("git", *command)
        self.run_program("git", "add", "shop")
        for form, name in (("cobertura", "c.xml"), ("lcov", "lcov.info")):
            self.kiln("metrics", "a", "--image", "image", "--format", form, "-o", name)
            found = self.run_program("diff-cover", name, "--compare-branch", "main").stdout
            self.assertRegex(found, r"shop/tea\.py \(8[0-9.]+%\): Missing lines 6")
            self.assertRegex(found, r"Total: +8 lines\nMissing: +2 lines")


class Directories(Metrics):
    """Reports that are directories."""

    def setUp(self):
        super().setUp()
        self.write("shop/<x>.py", "y = '&<b>'\n")
        self.describe()
        self.describe("shop/<x>.py", captures.source_hash(b"y = '&<b>'\n"), {(1, 1, 1, 11): "+"},
                      factor="shop/<x>.py")
        captures.write_text(self.path("a"), [("shop/tea.py", HASH, counts(
            1, 1, 0, 2, 2, 1, 1, 0, 1, 1))], identity="t%20est")

    def make(self, form, *arguments):
        """Make a report; {path: text} of its files."""
        self.kiln("metrics", "a", "--image", "image", "--format", form, "-o", "out", *arguments)
        found = {}
        for parent, _, names in os.walk(self.path("out")):
            for name in names:
                path = os.path.join(parent, name)
                with open(path, encoding="utf-8") as file:
                    found[os.path.relpath(path, self.path("out"))] = file.read()
        del found[".kiln"]
        return found

    def test_pages_have_all_sources_in_four_orders(self):
        found = self.make("html")
        self.assertEqual(sorted(found), ["index.html", "missed.html", "reached.html",
                                         "regions.html", "shop.<x>.py.html", "shop.tea.py.html"])
        for name, order in (("index", ["<x>.py", "tea.py"]), ("missed", ["tea.py", "<x>.py"]),
                            ("reached", ["<x>.py", "tea.py"]), ("regions", ["tea.py", "<x>.py"])):
            page = html.unescape(found[name + ".html"])
            names = re.findall(r'<tr><th scope="row"><a href="[^"]*">shop/([^"]*)</a>', page)
            self.assertEqual(names, order, name)
            self.assertEqual(re.findall(r'aria-sort="\w+"><a href="([^"]*)"', page),
                             [name + ".html"])
        self.assertIn("<p>2 sources: 72.7% of 11 regions, 87.5% of 8 lines, 50.0% of 2 branches",
                      found["index.html"])
        self.assertIn('<a href="shop.%3Cx%3E.py.html">shop/&lt;x&gt;.py</a>', found["index.html"])

    def test_pages_need_nothing_else_and_are_well_formed(self):
        for name, text in self.make("html").items():
            with self.subTest(name=name):
                self.assertNotRegex(text, r"<script|https?:|@import|url\(|<link")
                checker = Checker()
                checker.feed(text)
                checker.close()
                self.assertEqual(checker.open, [])
                self.assertEqual(checker.headings, ["h1"])
                self.assertEqual(len(set(checker.ids)), len(checker.ids))
                self.assertEqual(set(re.findall(r'href="#([^"]+)', text)) - set(checker.ids),
                                 set())
                for target in re.findall(r'href="([^"#]+)', text):
                    self.assertTrue(os.path.exists(self.path(
                        "out", urllib.parse.unquote(target))), target)

    def test_missed_regions_are_marked_within_lines(self):
        page = self.make("html")["shop.tea.py.html"]
        self.assertIn('<b>return</b> n <b>or</b> <mark title="never reached">'
                      '<span class=n>7</span></mark>\n', page)
        self.assertIn('<a id=L4 href=#L4 class="partial">4</a><small>2</small>    '
                      '<mark class="implicit" title="the way past this was never taken"><b>if</b>'
                      '</mark> n &gt; <span class=n>3</span>:\n', page)
        self.assertEqual(page.partition("<pre")[2].count("<mark"), 2)
        self.assertIn("<summary>2 areas were missed</summary>\n<ul>\n"
                      '<li><a href="#L4">~4:5-5:20</a></li>\n'
                      '<li><a href="#L6">6:17-17</a></li>\n</ul>', page)
        page = self.make("html")["shop.<x>.py.html"]
        self.assertIn('<mark class="line" title="never reached">y = '
                      '<span class=s>\'&amp;&lt;b&gt;\'</span></mark>', page)

    def test_lines_that_a_missed_statement_continues_on_are_missed(self):
        source = "x = (1,\n\n     2)  # two\ny = (\n    3)\n"
        self.write("shop/x.py", source)
        self.describe("shop/x.py", captures.source_hash(source.encode()),
                      {(1, 1, 3, 7): "+", (4, 1, 5, 6): "+"}, factor="shop/x.py")
        rows = re.findall(r'<a id=L\d href=#L\d(?: class="(\w+)")?>\d</a>'
                          r"<small>(\d?)</small>(.*)\n",
                          re.sub("</?span.*?>|</?i>", "", self.make("html")["shop.x.py.html"]))
        line = '<mark class="line" title="never reached">'
        self.assertEqual(rows, [
            ("missed", "0", f"{line}x = (1,</mark>"), ("", "", ""),
            ("", "", '     <mark title="never reached">2)</mark>  # two'),
            ("missed", "0", f"{line}y = (</mark>"), ("missed", "", f"    {line}3)</mark>")])

    def test_times_have_a_page_that_leads_to_elements(self):
        self.assertNotIn("profile.html", self.make("html")["index.html"])
        captures.write_timings(self.path("a"), "m.price: m\n\t30000-10000\nm: \n\t50-40\n"
                               "<x>: m\n\t0-0\n", f"m {HASH} shop/tea.py\n")
        found = self.make("html")
        self.assertIn('<nav><a href="profile.html">Profile</a></nav>', found["index.html"])
        self.assertEqual(re.findall(r'<tr><th scope="row">(.*)</th><td>(.*)</td></tr>',
                                    found["profile.html"]), [
            ('<a href="shop.tea.py.html#L3">m.price</a>',
             "</td><td>".join(("1", "0.030", "0.020", "0.030", "0.030", "0.030"))),
            ('<a href="shop.tea.py.html">m</a>', "</td><td>".join(("1", *["0.000"] * 5))),
            ("&lt;x&gt;", "</td><td>".join(("1", *["0.000"] * 5)))])

    def test_annotated_sources_have_counts_before_their_lines(self):
        found = self.make("annotate")
        self.assertEqual(sorted(found), ["shop/<x>.py,cover", "shop/tea.py,cover"])
        self.assertEqual(found["shop/tea.py,cover"].splitlines()[:5], [
            "        1  import os", "", "        1  def price(n):", "        2      if n > 3:",
            "        2          return 3 * n"])
        self.assertEqual(found["shop/<x>.py,cover"], "        !  y = '&<b>'\n")

    def test_without_its_text_a_source_has_no_annotation_and_a_page_that_says_so(self):
        self.write("shop/tea.py", TEA + "x = 1\n")
        self.assertEqual(list(self.make("annotate")), ["shop/<x>.py,cover"])
        page = self.make("html")["shop.tea.py.html"]
        self.assertIn("<li>6:17-17</li>", page)
        self.assertIn("The source is not at its path, or another one is.", page)

    def test_other_texts_have_pages_of_their_own(self):
        captures.write_text(self.path("a"), [("shop/tea.py", "ab" * 32, counts(5, 0))])
        found = self.make("html")
        self.assertIn('<a href="shop.tea.py%7E2.html">shop/tea.py (abababababab)</a>',
                      found["index.html"].replace("~", "%7E"))
        self.assertIn("<h1>shop/tea.py (abababababab)</h1>", found["shop.tea.py~2.html"])
        for form in ("lcov", "cobertura"):
            text = self.kiln("metrics", "a", "--image", "image", "--format", form).stdout
            self.assertEqual(len(re.findall("^SF:shop/tea|filename=.shop/tea", text, re.M)),
                             2 if form == "lcov" else 1)  # and the test's

    def test_the_image_has_the_metrics_of_each_source(self):
        captures.write_timings(self.path("a"), "m.price: m\n\t30-10\n\t10-0\nm: \n\t50-40\n",
                               f"m {HASH} shop/tea.py\n")
        found = self.make("image")
        self.assertEqual(found["shop/tea.py/area-types"], "".join(REGIONS.values()))
        self.assertEqual(found["shop/tea.py/coverage-areas"].splitlines()[2:4],
                         ["0 4 5 5 20", "2 4 8 4 12"])
        self.assertEqual(found["shop/tea.py/constituents"], "8 10 unspecified t%20est\n")
        self.assertEqual(json.loads(found["shop/tea.py/profile-timings"]), [
            {"element": "m.price", "calls": 2, "mean": 20, "residency": 25, "minimum": 10,
             "maximum": 30},
            {"element": "m", "calls": 1, "mean": 50, "residency": 80, "minimum": 50,
             "maximum": 50}])
        self.assertEqual(found["shop/<x>.py/coverage-areas"], "0 1 1 1 11\n")
        self.assertEqual(found["shop/<x>.py/profile-timings"], "[]\n")

    def test_a_directory_that_kiln_did_not_make_stays(self):
        self.write("out/mine.txt", "mine")
        for form in ("html", "annotate", "image"):
            result = self.kiln("metrics", "a", "--format", form, "-o", "out", status=2)
            self.assertIn("'out' exists and was not made by kiln", result.stderr)
        self.assertEqual(os.listdir(self.path("out")), ["mine.txt"])
        self.assertIn("--output says where",
                      self.kiln("metrics", "a", "--format", "html", status=2).stderr)

    def test_the_same_captures_give_the_same_bytes(self):
        first = self.make("html")
        self.assertEqual(self.make("html"), first)


class Checker(html.parser.HTMLParser):
    """Checks that elements are closed, and finds headings and ids."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.headings = []
        self.ids = []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (self.open, tag)
        self.open.pop()


ONE_SIDED = """\
def choose(a, b):
    x = 1 if a else 2
    if a or b:
        x += 1
    return x

choose(True, False)
choose(True, True)
"""


class Runs(tap.Case):
    """From a program to its report."""

    def test_what_never_ran_on_lines_that_did_is_named(self):
        self.write("main.py", ONE_SIDED)
        self.kiln("run", "--interpreter", tap.PYTHON, "main.py")
        line = self.kiln("metrics", ".kiln-capture").stdout.splitlines()[1].split(None, 4)
        self.assertEqual((line[0], line[2], line[4]),
                         ("main.py", "3", "2:21-21, ~3:5-4:14, 3:13-13"))
        self.assertLess(float(line[3].rstrip("%")), 100)
        found = json.loads(self.kiln("metrics", ".kiln-capture", "--format", "json").stdout)
        self.assertEqual(found["files"]["main.py"]["missing_lines"], [])
        self.assertEqual(found["files"]["main.py"]["missing_branches"], [[3, 0]])

    def test_descriptions_add_what_was_never_imported(self):
        self.write("src/main.py", ONE_SIDED)
        self.write("src/other.py", "def f():\n    pass\n")
        self.kiln("delineate", "src", "-o", "image")
        self.kiln("run", "--interpreter", tap.PYTHON, "src/main.py")
        lines = self.kiln("metrics", ".kiln-capture", "--image", "image").stdout.splitlines()
        self.assertEqual([line.split()[:3] for line in lines[1:]], [
            ["main.py", "13", "3"], ["other.py", "2", "2"], ["Total", "15", "5"]])

    def test_a_path_with_a_newline_is_not_counted(self):
        self.write("src/main.py", ONE_SIDED)
        self.write("src/new\nline.py", ONE_SIDED)
        self.kiln("delineate", "src", "-o", "image")
        self.assertNotIn("areas", os.listdir(self.path("image/new\nline.py")))
        self.kiln("run", "--interpreter", tap.PYTHON, "--source", "src", "src/main.py")
        self.assertRegex(self.kiln("metrics", "--image", "image").stdout,
                         r"\nmain.py +13 .*\nTotal +13 ")

    def test_a_program_and_its_description_have_the_same_regions(self):
        self.write("main.py", ONE_SIDED)
        self.kiln("delineate", "main.py", "-o", "image")
        self.kiln("run", "--interpreter", tap.PYTHON, "main.py")
        with_image, without = (self.kiln("metrics", ".kiln-capture", *image, "--format",
                                         "lcov").stdout for image in (("--image", "image"), ()))
        self.assertEqual(with_image, without)


class Profile(Metrics):
    def setUp(self):
        super().setUp()
        described = captures.description(self.tea, HASH, elements=["", "price", "Tea"])
        captures.write_map(
            self.path("a"), "h-1.0",
            captures.block(5, described, [2, 0, 0, 3, 9_000_000, 1_000_000, 2_000_000, 4_000_000,
                                          1, 0, 0, 1, 20_000_000, 8_000_000, 20_000_000,
                                          20_000_000, 0, 0, 0, 0, 0, 0, 0, 0], kind=2),
            kind="profile", identities="calls 5 1 5 0 1 1000000 0 1000000 1000000\n")

    def test_what_is_not_in_the_captures_is_told(self):
        captures.write_text(self.path("b"), [("shop/tea.py", HASH, RUN)])
        for capture, form, message in (
                ("a", "text", "nothing to report but times: see --format profile"),
                ("b", "profile", "no times: 'kiln run --profile' measures them"),
                ("b", "stacks", "no times: 'kiln run --profile' measures them")):
            self.assertIn(message, self.kiln("metrics", capture, "--format", form,
                                             status=1).stderr)

    def test_what_was_only_timed_has_an_image(self):
        self.kiln("metrics", "a", "--format", "image", "-o", "out")
        with open(self.path("out/shop/tea.py/profile-timings"), encoding="utf-8") as file:
            self.assertEqual([element["element"] for element in json.load(file)], ["m", "m.price"])

    def test_elements_are_sorted_by_their_own_time(self):
        lines = self.kiln("metrics", "a", "--format", "profile").stdout.splitlines()
        self.assertEqual([line.split() for line in lines[1:]], [
            ["1", "20.000", "12.000", "20.000", "20.000", "20.000", "m"],
            ["4", "10.000", "9.000", "2.500", "1.000", "4.000", "m.price"]])

    def test_the_first_elements_are_those_with_most_time(self):
        command = ("metrics", "a", "--format", "profile")
        lines = self.kiln(*command).stdout.splitlines()
        self.assertEqual(self.kiln(*command, "--top", "2").stdout.splitlines(), lines)
        self.assertEqual(self.kiln(*command, "--top", "1").stdout.splitlines(), [
            *lines[:2], "1 more: 'kiln metrics --format profile' shows all"])
        self.assertIn("--top", self.kiln(*command, "--top", "0", status=2).stderr)

    def test_stacks_are_callers_and_elements_with_their_own_time(self):
        self.assertEqual(self.kiln("metrics", "a", "--format", "stacks").stdout,
                         "m 12000000\nm.price 8000000\nm;m.price 1000000\n")

    def test_ticks_of_a_clock_become_nanoseconds(self):
        described = captures.description(self.tea, HASH, elements=["", "price"])
        ticks = [2, 0, 0, 3, 6000, 2000, 1000, 2**64 - 1]
        expected = ["3", "3.000", "2.000", "1.000", "0.500"]
        for rate, order, row in ((2_000_000, "<", expected), (2_000_000, ">", expected), (
                1000, "<", ["3", "6000.000", "4000.000", "2000.000", "1000.000"])):
            captures.write_map(self.path("b"), "h-2.0", captures.block(
                1, described, ticks, kind=2, order=order, rate=rate), kind="profile")
            found = self.kiln("metrics", "b", "--format", "profile").stdout.splitlines()[1].split()
            self.assertEqual(found, [*row, "18446744073709.551", "m.price"])

    def test_sources_are_selected(self):
        self.assertEqual(self.kiln("metrics", "a", "--format", "stacks", "--omit",
                                   "shop/*").stdout, "")


class Exclusions(Metrics):
    def setUp(self):
        super().setUp()
        self.write("shop/tea.py", EXCLUDED)
        digest = captures.source_hash(EXCLUDED.encode())
        regions = {(1, 1, 1, 32): "+", (2, 1, 3, 13): "~", (2, 4, 2, 16): "/", (3, 5, 3, 13): "+",
                   (5, 1, 5, 5): "+", (6, 5, 6, 12): "+", (8, 2, 8, 9): "/", (9, 1, 9, 5): "+",
                   (10, 5, 10, 7): "+", (12, 1, 12, 5): "+", (13, 8, 13, 8): "/",
                   (14, 9, 14, 16): "+", (16, 9, 17, 18): "+", (18, 5, 18, 29): "+",
                   (20, 1, 21, 9): "~", (20, 7, 20, 10): "/", (21, 5, 21, 9): "+"}
        self.describe(digest=digest, regions=regions)
        captures.write_text(self.path("a"), [("shop/tea.py", digest, dict.fromkeys(regions, 1))])

    def excluded(self, *arguments):
        """The beginnings of the regions that are excluded, and the excluded lines."""
        found = self.report("a", "--image", "image", *arguments)["files"]["shop/tea.py"]
        return ([tuple(area[:2]) for area, *_, excluded in found["regions"] if excluded],
                found["excluded_lines"])

    def test_pragmas_and_defaults(self):
        self.assertEqual(self.excluded(), (
            [(2, 1), (2, 4), (3, 5), (5, 1), (6, 5), (10, 5), (16, 9)], [2, 3, 5, 6, 10, 16]))

    def test_expressions_of_the_configuration(self):
        self.write(".coveragerc", "[report]\nexclude_also =\n  raise NotImpl\n  @abstract\n"
                                  "partial_also = # always\n")
        self.assertEqual(self.excluded()[0], [
            (2, 1), (2, 4), (3, 5), (5, 1), (6, 5), (8, 2), (9, 1), (10, 5), (16, 9), (18, 5),
            (20, 1)])
        self.write(".coveragerc", "[report]\nexclude_lines = nothing\n")
        self.assertEqual(self.excluded()[0], [(2, 1), (2, 4), (3, 5), (10, 5)])
        self.write(".coveragerc", "[report]\nexclude_also = (\n")
        self.assertIn(".coveragerc: exclude_also: regular expression '('",
                      self.kiln("metrics", "a", status=2).stderr)

    def test_pyproject_has_settings_too(self):
        self.write("pyproject.toml", "[tool.coverage.report]\nfail_under = 100\nprecision = 3\n"
                                     "exclude_also = ['x:']\n[tool.coverage.run]\n"
                                     "omit = ['*/none.py']\n")
        result = self.kiln("metrics", "a", "--image", "image")
        self.assertIn(" 100.000%", result.stdout)
        captures.write_text(self.path("b"), [("shop/tea.py", captures.source_hash(
            EXCLUDED.encode()), {(1, 1, 1, 32): 0})])
        self.kiln("metrics", "b", "--image", "image", status=1)
        self.kiln("metrics", "b", "--image", "image", "--fail-under", "0")


if __name__ == "__main__":
    tap.main()
