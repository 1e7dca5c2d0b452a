"""`kiln record --inventory`: where names of other sites lead, and what the built-in names are."""
import os
import re
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

MANUAL = f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/html/objects.inv"


def inventory(*lines):
    return (b"# Sphinx inventory version 2\n# Project: Other\n# Version: 1\n"
            b"# The remainder of this file is compressed using zlib.\n"
            + zlib.compress("".join(line + "\n" for line in lines).encode()))


def documented(path):
    """{name: URI} of the names of Python in an inventory."""
    with open(path, "rb") as file:
        text = zlib.decompress(file.read().split(b"\n", 4)[4]).decode()
    names = {}
    for line in text.splitlines():
        match = re.fullmatch(r"(\S+) py:\S+ -?\d+ (\S+) .*", line)
        if match:
            names.setdefault(match[1], match[2].replace("$", match[1]))
    return names


class Inventories(program.Case):
    def links(self, *names, arguments=()):
        """{name: link} in the chapter of a source that mentions names."""
        lines = "\n".join(f"&{name} ." for name in names)
        self.write("a/m.py", f'"""\n{lines}\n"""\n')
        self.kiln("record", "a", "-o", "out", "--docstring", "fault", *arguments, status=0)
        for parent, _, files in os.walk(self.path("out")):
            if "chapter.txt" in files:
                text = program.read(os.path.join(parent, "chapter.txt")).decode()
        return {match[3]: (match[1], match[2]) for match in
                re.finditer(r"\((\S+?)\)&<(\S+?)\[(\S+?)\]>", text)}

    def test_names_of_the_library_lead_to_its_manual(self):
        base = "https://docs.python.org/{}.{}/library/".format(*sys.version_info)
        found = self.links("str", "collections.abc.Mapping", "json.dumps", "ValueError", "os.path")
        self.assertEqual(found, {
            "str": ("remote/python-class", base + "stdtypes.html#str"),
            "collections.abc.Mapping": ("remote/python-class",
                                        base + "collections.abc.html#collections.abc.Mapping"),
            "json.dumps": ("remote/python-function", base + "json.html#json.dumps"),
            "ValueError": ("remote/python-exception", base + "exceptions.html#ValueError"),
            "os.path": ("remote/python-module", base + "os.path.html#module-os.path")})

    def test_named_inventories_come_first_and_a_changed_one_counts(self):
        self.write("x.inv", inventory("str py:class 1 s.html#$ -", "x.f py:function 1 x.html#f -"))
        option = ("--inventory", "https://x.org/d=" + self.path("x.inv"))
        found = self.links("str", "x.f", arguments=option)
        self.assertEqual(found, {
            "str": ("remote/python-class", "https://x.org/d/s.html#str"),
            "x.f": ("remote/python-function", "https://x.org/d/x.html#f")})
        self.write("x.inv", inventory("x.f py:function 1 y.html#f -"))
        self.assertEqual(self.links("x.f", arguments=option)["x.f"][1], "https://x.org/d/y.html#f")

    def test_without_a_url_links_are_relative(self):
        self.write("x.inv", inventory("x.f py:function 1 x.html#f -"))
        found = self.links("x.f", arguments=("--inventory", "x.inv"))
        self.assertEqual(found["x.f"][1], "x.html#f")

    def test_bad_inventories_are_refused(self):
        self.write("a/m.py", "")
        for name, content in (("text", b"hello\n"), ("cut", inventory("a py:class 1 b -")[:-4]),
                              ("one", b"# Sphinx inventory version 1\n")):
            self.write(name, content)
            result = self.kiln("record", "a", "-o", "out", "--inventory", name, status=1)
            self.assertIn(name, result.stderr)
            self.assertFalse(os.path.exists(self.path("out")))
        self.kiln("record", "a", "-o", "out", "--inventory", "absent", status=1)

    def test_the_built_in_names_lead_where_the_manual_has_them(self):
        if not os.path.exists(MANUAL):
            self.skipTest("python3-doc is not installed")
        real = {name: uri for name, uri in documented(MANUAL).items() if uri.startswith("library/")}
        names = [name for name in real if re.fullmatch(r"[A-Za-z][\w.]*", name)]
        found = self.links(*names)
        base = "https://docs.python.org/{}.{}/".format(*sys.version_info)
        links = {name: link for name, (kind, link) in found.items()
                 if kind.startswith("remote/")}
        wrong = [name for name, link in links.items() if link != base + real[name]]
        self.assertGreater(len(links), 5000)
        self.assertLess(len(wrong), len(links) / 200, wrong)


if __name__ == "__main__":
    tap.main()
