"""The standard library, instrumented: CPython's own tests pass as without (Debian:
libpython3.N-testsuite), and CPython makes code of exactly the regions that are not said to be out
of reach."""
import dis
import marshal
import os
import re
import shutil
import subprocess
import sys
import types
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import regions
import tap

# What is instrumented, as files and directories of the library.
MODULES = """
    _pydecimal abc argparse ast asyncio base64 bisect calendar collections concurrent configparser
    contextlib copy csv dataclasses datetime difflib dis email enum fnmatch fractions functools
    getopt glob graphlib gzip heapq hmac html http inspect io json keyword linecache locale logging
    numbers opcode operator optparse pathlib pickle pprint queue random re reprlib sched secrets
    shlex shutil stat statistics string struct tarfile tempfile textwrap threading token tokenize
    traceback types typing unittest uuid warnings weakref zipfile
""".split()

TESTS = """
    test_abc test_argparse test_asyncio test_bisect test_calendar test_collections
    test_configparser test_contextlib test_contextlib_async test_copy test_coroutines test_csv
    test_dataclasses test_decimal test_difflib test_dis test_email test_enum test_fractions
    test_functools test_generators test_gzip test_heapq test_html test_httplib test_inspect
    test_json test_logging test_pathlib test_pickle test_pprint test_queue test_re test_shlex
    test_shutil test_statistics test_string test_tarfile test_tempfile test_textwrap test_tokenize
    test_traceback test_types test_typing test_unittest test_weakref test_zipfile
""".split()

# Tests that need not pass, and why.
EXCEPTIONS = {"test_dis": "compares the constants of a function of the module with a list"}


# Instructions that have the position of a statement which they are not made of.
PLACED = ("COPY", "NOP", "POP_EXCEPT", "RERAISE")


def number_of(constant):
    """The number of the counter that a constant stands for, or None."""
    if isinstance(constant, bytes) and constant.startswith(regions.MARK):
        return int(constant[len(regions.MARK):])


def reached(code):
    """The counters that the code has instructions for."""
    return {number_of(one.argval) for part in regions.codes(code)
            for one in dis.get_instructions(part) if "LOAD_CONST" in one.opname} - {None}


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
    def image(self, name, *options):
        """An image of the MODULES."""
        source = self.path("source")
        if not os.path.isdir(source):
            os.mkdir(source)
            for module in MODULES:
                path = os.path.join(tap.LIBRARY, module)
                if os.path.isdir(path):
                    shutil.copytree(path, os.path.join(source, module),
                                    ignore=shutil.ignore_patterns("__pycache__"))
                elif os.path.exists(path + ".py"):
                    shutil.copy(path + ".py", source)
        self.kiln("build", source, "-o", self.path(name), "--no-constants", *options, status=0)
        return self.path(name)

    def failures(self, image):
        """The tests that fail with the modules of an image."""
        work = self.path("work")
        os.makedirs(work, exist_ok=True)
        result = subprocess.run(
            [tap.PYTHON, "-B", "-m", "test", "-j2", "--timeout", "600", *TESTS], cwd=work,
            env=tap.environment(PYTHONPATH=image, TMPDIR=work, LC_ALL="C.UTF-8"),
            capture_output=True, text=True)
        if "tests OK" not in result.stdout:
            self.fail(result.stdout[-2000:] + result.stderr[-2000:])
        found = re.search(r"^\d+ tests? failed:\n((?: +.*\n)+)", result.stdout, re.MULTILINE)
        return set(found[1].split()) if found else set()

    @unittest.skipUnless(os.path.exists(os.path.join(tap.LIBRARY, "test", "test_json")),
                         "CPython's tests are not installed")
    def test_tests_of_cpython_pass_as_without(self):
        expected = self.failures(self.image("plain")) | set(EXCEPTIONS)
        for options in (["--coverage"], ["--profile"], ["--coverage", "--profile"]):
            with self.subTest(options=options):
                self.assertLessEqual(self.failures(self.image("-".join(options), *options)),
                                     expected)

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
