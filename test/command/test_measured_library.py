"""The standard library, instrumented: CPython makes code of exactly the regions that are not said
to be out of reach."""
import dis
import marshal
import os
import sys
import types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import regions
import tap

# Instructions that have the position of a statement which they are not made of.
PLACED = ("COPY", "NOP", "POP_EXCEPT", "RERAISE")


def numbers_of(constant):
    """The numbers of the counters that a constant stands for."""
    if isinstance(constant, bytes) and constant.startswith(regions.MARK):
        yield int(constant[len(regions.MARK):])
    if isinstance(constant, bytes) and constant.startswith(regions.HANDLER):
        for line in constant[len(regions.HANDLER):].splitlines():
            yield from map(int, line.split()[2:])


def reached(code):
    """The counters that the code has instructions for."""
    return {number for part in regions.codes(code) for one in dis.get_instructions(part)
            if "LOAD_CONST" in one.opname for number in numbers_of(one.argval)}


def is_inside(inner, outer):
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]


def positions(code):
    """The areas of the instructions of the module's code that do something. Other code objects may
    be constants of code that was dropped."""
    for instruction, (line, last, begin, end) in zip(
            dis.get_instructions(code, show_caches=True), code.co_positions()):
        if None not in (line, last, begin, end) and instruction.opname not in PLACED:
            yield line, begin + 1, last, end


class Measured(program.Case):
    def test_cpython_drops_the_regions_that_cannot_be_reached_and_no_others(self):
        root, count = tap.LIBRARY, 0
        self.kiln("build", root, "-o", self.path("image"), "--coverage", "--allow-external-links",
                  status=None)
        for path in corpus.sources(root):
            try:
                data = program.read(program.cached(self.path("image", path)))
            except FileNotFoundError:
                continue
            with self.subTest(path=path):
                code = marshal.loads(data[16:])
                description = regions.description_in(code)
                areas = regions.areas_of(description) if description else []
                self.assertEqual(reached(code), {one for _, numbers in areas for one in numbers})
                self.check_unreached(os.path.join(root, path), areas)
                count += len(areas)
        self.assertGreater(count, 100000)

    def check_unreached(self, path, areas):
        """CPython makes no code of regions without counters, but for those that have others in
        them."""
        counted = [area for area, numbers in areas if numbers]
        unreached = [area for area, numbers in areas if not numbers and not any(
            is_inside(one, area) for one in counted)]
        if not unreached:
            return
        source = program.read(path)
        if not source.isascii():
            return
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
        for part in reachable(code):
            for position in positions(part):
                self.assertFalse([area for area in unreached if is_inside(position, area)])


def reachable(code):
    """The code object, and those in it that instructions load."""
    yield code
    for one in dis.get_instructions(code):
        if isinstance(one.argval, types.CodeType):
            yield from reachable(one.argval)


if __name__ == "__main__":
    tap.main()
