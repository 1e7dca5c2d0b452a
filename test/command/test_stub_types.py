"""What mypy and its stubtest say of stubs, of the standard library and of packages, and of programs
that use them; beside the stubs of mypy's stubgen.

stub_types.py asks them by hand. The table in docs/comparison.rst is what is found here;
KILN_GOLDEN=update writes it anew.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import stub_programs
import stub_types
import tables
import tap

TITLE = "of the stubs"
PREFIX = "program_of_"


def mypy_version():
    """The version of mypy that the interpreter has, or None."""
    result = subprocess.run([tap.PYTHON, "-I", "-m", "mypy", "--version"], capture_output=True,
                            check=False, text=True)
    found = re.match(r"mypy (\S+)", result.stdout)
    return found and found[1]


VERSION = mypy_version()


class Group:
    """Sources, the stubs that kiln and stubgen make of them, and what is said of all."""

    def __init__(self, root, names, scratch, programs):
        known = stub_types.names_at(root)
        self.absent = [name for name in names or known if name not in known]
        self.programs = programs
        self.links = os.path.join(scratch, "sources")
        self.sources = stub_types.link(
            root, [entry for name, entry in known.items() if name in (names or known)], self.links)
        self.places = {"kiln": os.path.join(scratch, "kiln"),
                       "stubgen": os.path.join(scratch, "stubgen")}
        self.stubs = {"kiln": stub_types.describe(self.links, self.places["kiln"])}

    def judge(self, what):
        """The answer about the sources or one's stubs, and about programs that use them."""
        if what == "stubgen":
            self.stubs[what] = stub_types.generate(self.sources, self.places[what])
        root = self.places.get(what, self.links)
        found = self.stubs.get(what, self.sources)
        test = filter(stub_types.is_imported, found) if what != "sources" else ()
        return stub_types.judge([root, *map(os.path.dirname, self.programs.values())],
                                found | self.programs, test)

    def take(self, answers):
        """Keep the answers of judge(): {what: answer}."""
        self.answers = answers
        sources = self.lines("sources")
        self.own = {what: [line for line in stub_types.own_errors(answers[what], answers["sources"])
                           if not line.startswith(PREFIX)] for what in self.stubs}
        self.complaints = {what: stub_types.complaints(answers[what]) for what in self.stubs}
        self.wrong = {what: stub_types.split(self.complaints[what])[0] for what in self.stubs}
        self.errors = {what: stub_types.split(self.own[what])[0] for what in self.stubs}
        self.other_lines = {what: sorted(self.lines(what) ^ sources) for what in self.stubs}

    def lines(self, what):
        """The lines of programs that mypy finds wrong."""
        return {(name, line) for name, line, _, _ in self.answers[what]["errors"]
                if name in self.programs}

    def clean(self, what):
        """The modules of whose stubs stubtest and mypy say nothing."""
        wrong = {line.split(":")[0] for line in self.own[what]}
        return {name for name, found in self.answers[what]["complaints"].items()
                if not found} - wrong


@unittest.skipUnless(VERSION == "1.0.1", "mypy 1.0.1 is not installed")
class Types(tap.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scratch = tempfile.TemporaryDirectory(prefix="kiln-stubs-")
        cls.addClassCleanup(cls.scratch.cleanup)
        at = os.path.join(cls.scratch.name, "programs")
        os.mkdir(at)
        programs = {}
        for name, text in stub_programs.PROGRAMS.items():
            programs[PREFIX + name] = path = os.path.join(at, f"{PREFIX}{name}.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        cls.groups = {
            "library": Group(stub_types.LIBRARY, None, os.path.join(cls.scratch.name, "library"),
                             {}),
            "packages": Group(stub_types.DEBIAN, stub_types.PACKAGES,
                              os.path.join(cls.scratch.name, "packages"), programs)}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asked = {(name, what): pool.submit(group.judge, what)
                     for what in ("sources", "kiln", "stubgen")
                     for name, group in reversed(cls.groups.items())}
            for name, group in cls.groups.items():
                group.take({what: asked[name, what].result()
                            for what in ("sources", "kiln", "stubgen")})

    def test_complaints_are_those_allowed(self):
        found = [line for group in self.groups.values()
                 for line in group.own["kiln"] + group.complaints["kiln"]]
        wrong, used = stub_types.split(found)
        self.assertEqual("\n".join(wrong), "")
        allowed = stub_types.allowed()
        self.assertEqual([text for text in allowed if not used[text]], [])
        self.assertEqual([text for text, reason in allowed.items() if not reason], [])
        self.assertLessEqual(len(allowed), 60)

    def test_programs_are_judged_as_by_the_sources(self):
        group = self.groups["packages"]
        self.assertEqual(group.other_lines["kiln"], [])
        self.assertGreater(len(group.lines("sources")), 50)

    def test_enough_is_judged(self):
        library, packages = (set(group.answers["kiln"]["complaints"])
                             for group in self.groups.values())
        self.assertGreater(len(library), 500)
        self.assertGreater(len([name for name in library if "." not in name]), 150)
        self.assertGreater(len([name for name in packages if "." not in name]), 20)
        self.assertGreater(len(packages), 500)

    def rows(self):
        """(what, for stubgen, for kiln, whether less is better)."""
        for name, group in self.groups.items():
            tested = len(group.answers["kiln"]["complaints"])
            yield (f"of {tested} modules of the {name}, those without a complaint",
                   *(len(group.clean(what)) for what in ("stubgen", "kiln")), False)
            yield (f"complaints of stubtest about the {name} that are not explained",
                   *(len(group.wrong[what]) for what in ("stubgen", "kiln")), True)
            yield (f"names of the {name} at run time that are missing",
                   *(group.answers[what]["missing"] for what in ("stubgen", "kiln")), True)
            yield (f"errors of mypy in the {name} that their sources lack, not explained",
                   *(len(group.errors[what]) for what in ("stubgen", "kiln")), True)
        group = self.groups["packages"]
        yield ("lines of programs that are not judged as by the sources",
               *(len(group.other_lines[what]) for what in ("stubgen", "kiln")), True)

    def test_table_is_that_of_the_page(self):
        rows = list(self.rows())
        cells = [(what, str(stubgen), str(kiln)) for what, stubgen, kiln, _ in rows]
        made = tables.text((TITLE, f"stubgen {VERSION}", "kiln"), cells)
        current = tables.Table("comparison.rst", TITLE)
        if tables.UPDATE:
            current.replace(made)
            return
        for what, stubgen, kiln, less in rows:
            with self.subTest(what=what):
                (self.assertLess if less else self.assertGreater)(kiln, stubgen)
                self.assertIn(what, current.text)
        self.assertEqual(current.text, made)


if __name__ == "__main__":
    tap.main()
