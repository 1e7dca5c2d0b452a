"""Units: what they reduce to, and that a damaged one is refused."""
import hashlib
import marshal
import os
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import reference
import tap

# docs/formats.rst: the magic, then the version; the checksum ends the unit.
VERSION_AT = 8
CHECKSUM = 16

SMALL = "import a\ndef f(x, *, y=2.5):\n    return f'{x!r}' or y\n"


def sealed(body):
    """A unit of a body without checksum."""
    return body + hashlib.blake2b(body).digest()[:CHECKSUM]


class Units(program.Case):
    def setUp(self):
        super().setUp()
        self.write("small.py", SMALL)
        self.kiln("cc", "small.ast", "small.py")
        self.unit = program.read(self.path("small.ast"))

    def reduce(self, data):
        """Reduce a unit of these bytes: (status, messages)."""
        self.write("changed.ast", data)
        status, text = corpus.run_cc(self.directory, "changed.i", "changed.ast",
                                     "format", "python.ast")
        self.assertNotIn("internal", text)
        return status, text

    def assert_refused(self, data):
        status, text = self.reduce(data)
        self.assertEqual(status, 1, text)
        self.assertTrue(text.startswith("changed.ast: error: "), text)
        self.assertFalse(os.path.exists(self.path("changed.i")))

    def test_units_of_installed_sources_reduce_to_what_a_build_makes(self):
        for number, root in enumerate(corpus.ROOTS):
            paths = [path for found, path in corpus.sample(150) if found == root]
            image, scratch = self.path(f"image-{number}"), self.path(f"scratch-{number}")
            os.mkdir(scratch)
            arguments = [f"{os.path.join(root, path)}={path}" for path in paths]
            self.kiln("build", "--optimize", "0", "--optimize", "1", "--optimize", "2", *arguments,
                      "-o", image, status=None)
            tasks = [(root, image, scratch, path, corpus.LEVELS[index % 3:index % 3 + 1])
                     for index, path in enumerate(paths)]
            for (_, _, _, path, _), wrong in corpus.each(corpus.check_unit, tasks, scratch):
                with self.subTest(root=root, path=path):
                    self.assertIsNone(wrong)

    def test_one_unit_reduces_to_every_level(self):
        self.write("levels.py", (
            "'doc'\nassert x, 'no'\ndef f():\n    'inner'\n    return __debug__\n"))
        self.kiln("cc", "levels.ast", "levels.py", "origin", "levels.py")
        for level, expected in ((-1, 0), (0, 0), (1, 1), (2, 2)):
            with self.subTest(level=level):
                self.kiln("cc", "levels.i", "levels.ast", "format", "python.ast",
                          "cpython-optimize", str(level))
                code = marshal.loads(program.read(self.path("levels.i")))
                namespace = {"x": True, "__debug__": expected == 0}
                exec(code, namespace)
                self.assertEqual(namespace.get("__doc__"), None if expected == 2 else "doc")
                self.assertEqual(namespace["f"].__doc__, None if expected == 2 else "inner")
                self.assertEqual(namespace["f"](), expected == 0)
                self.assertEqual("no" in code.co_consts, expected == 0)

    def test_translating_the_same_source_gives_the_same_unit(self):
        self.kiln("cc", "again.ast", "small.py", variables={"PYTHONHASHSEED": "7", "LC_ALL": "C"})
        self.assertEqual(program.read(self.path("again.ast")), self.unit)

    def test_a_unit_with_any_byte_changed_is_refused(self):
        change = random.Random(1)
        for at, byte in enumerate(self.unit):
            with self.subTest(at=at):
                other = byte ^ change.randrange(1, 256)
                self.assert_refused(self.unit[:at] + bytes([other]) + self.unit[at + 1:])

    def test_a_unit_that_is_cut_anywhere_is_refused(self):
        for size in range(len(self.unit)):
            with self.subTest(size=size):
                self.assert_refused(self.unit[:size])

    def test_a_unit_with_something_behind_it_is_refused(self):
        for more in (b"\0", b"\n", self.unit):
            with self.subTest(more=len(more)):
                self.assert_refused(self.unit + more)

    def test_a_unit_of_another_version_is_refused_for_that(self):
        version, = struct.unpack_from("<H", self.unit, VERSION_AT)
        body = bytearray(self.unit[:-CHECKSUM])
        struct.pack_into("<H", body, VERSION_AT, version + 1)
        status, text = self.reduce(sealed(bytes(body)))
        self.assertEqual(status, 1)
        self.assertRegex(text, "version")

    def test_what_is_no_unit_is_refused(self):
        code = marshal.dumps(compile("x = 1", "x", "exec"))
        for name, data in (("empty", b""), ("a source", SMALL.encode()), ("bytecode", code),
                           (".pyc", reference.header(b"") + code), ("zeros", bytes(4096))):
            with self.subTest(name):
                self.assert_refused(data)

    def test_a_unit_with_wrong_content_and_right_checksum_ends_no_process(self):
        change = random.Random(2)
        for number in range(150):
            body = bytearray(self.unit[:-CHECKSUM])
            for _ in range(change.randrange(1, 4)):
                body[change.randrange(len(body))] = change.randrange(256)
            with self.subTest(number=number):
                status, text = self.reduce(sealed(bytes(body)))
                self.assertIn(status, (0, 1), text)


if __name__ == "__main__":
    tap.main()
