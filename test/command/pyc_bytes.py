"""Comparing `kiln build --pyc-bytes cpython` with what CPython itself writes."""
import marshal
import os
import shutil
import subprocess

import corpus
import program
import reference

HEADER = reference.HEADER


def write_reference(directory, path, flags):
    """The bytecode, without its header, that a fresh process writes for a source, or None."""
    result = subprocess.run(
        [program.PYTHON, "-I", *flags, "-m", "py_compile", path], cwd=directory, check=False,
        env=os.environ | {"SOURCE_DATE_EPOCH": "0"}, stdin=subprocess.DEVNULL, capture_output=True)
    made = os.path.join(directory, program.cached(path, len("".join(flags).strip("-"))))
    return program.read(made)[HEADER:] if result.returncode == 0 else None


def check(directory, image, path, flags):
    """Compare the bytecode of a source in an image with CPython's: what is wrong."""
    level = len("".join(flags).strip("-"))
    made = os.path.join(image, program.cached(path, level))
    expected = write_reference(directory, path, flags)
    if expected is None or not os.path.exists(made):
        return None if expected is None and not os.path.exists(made) else "accepted by one only"
    ours = program.read(made)
    if ours[:HEADER] != reference.header(program.read(os.path.join(directory, path))):
        return "wrong header"
    if ours[HEADER:] == expected:
        return None
    if expected == write_reference(directory, path, flags):
        return "differs from what CPython writes each time"
    # The order in frozensets follows CPython's random hash seed: nothing else may differ.
    if len(ours) - HEADER != len(expected):
        return "differs in size"
    return reference.difference(marshal.loads(ours[HEADER:]), marshal.loads(expected))


class Case(program.Case):
    def assert_equal_to_cpython(self, count, levels):
        """Bytecode of that many installed sources is CPython's; `levels` are CPython's options."""
        os.mkdir(self.path("empty"))
        for number, root in enumerate(corpus.ROOTS):
            directory, image = self.path(f"sources-{number}"), self.path(f"image-{number}")
            paths = [path for found, path in corpus.sample(count) if found == root]
            for path in paths:
                os.makedirs(os.path.dirname(os.path.join(directory, path)), exist_ok=True)
                shutil.copy(os.path.join(root, path), os.path.join(directory, path))
            options = [word for level in range(len(levels)) for word in ("--optimize", str(level))]
            self.kiln("build", "--pyc-bytes", "cpython", *options, f"{directory}=.", "-o", image,
                      status=None)
            tasks = [(directory, image, path, flags) for path in paths for flags in levels]
            for (_, _, path, flags), wrong in corpus.each(check, tasks, self.path("empty")):
                with self.subTest(root=root, path=path, flags=flags):
                    self.assertIsNone(wrong)
