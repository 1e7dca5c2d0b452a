"""All Python sources that Debian installed here, and what is checked of each."""
import concurrent.futures
import os
import random
import subprocess

import program
import reference
import tap

ROOTS = [path for path in (
    tap.LIBRARY, "/usr/lib/python3/dist-packages", "/usr/share/python3")
    if os.path.isdir(path)]
IGNORED = {"__pycache__", ".git", ".svn", ".hg"}
LEVELS = (0, 1, 2)


def sources(root):
    """The paths of the sources below a root that a build compiles, relative to it, sorted."""
    found = []
    for parent, directories, names in os.walk(root):
        directories[:] = [name for name in directories if name not in IGNORED]
        for name in names:
            path = os.path.join(parent, name)
            inside = os.path.realpath(path).startswith(root + os.sep)
            if name.endswith(".py") and inside and os.path.isfile(path):
                found.append(os.path.relpath(path, root))
    return sorted(found)


def sample(count, limit=60000):
    """Some sources of all roots, always the same ones for the same files: [(root, path)]."""
    everything = [(root, path) for root in ROOTS for path in sources(root)
                  if os.path.getsize(os.path.join(root, path)) <= limit]
    return sorted(random.Random(count).sample(everything, min(count, len(everything))))


def factor(path):
    """The factor path that a build gives to a source at a path of the image, or None."""
    parts = path.removesuffix(".py").split(os.sep)
    return ".".join(parts) if all(map(str.isidentifier, parts)) else None


def each(function, arguments, directory):
    """Call with each tuple of arguments, on all processors and in an empty directory: pairs of the
    tuple and the result, in order."""
    workers = len(os.sched_getaffinity(0))
    with concurrent.futures.ProcessPoolExecutor(
            workers, initializer=os.chdir, initargs=(directory,)) as pool:
        yield from zip(arguments, pool.map(function, *zip(*arguments), chunksize=8))


def check_built(root, image, path):
    """Compare what a build with --no-constants made of a source with compile(): what is wrong, the
    error that must be reported, the warnings, by how many bytes CPython's own files are larger."""
    source = program.read(os.path.join(root, path))
    wrong, error, warned, saved = [], None, set(), 0
    for level in LEVELS:
        made = os.path.join(image, program.cached(path, level))
        content = program.read(made) if os.path.exists(made) else None
        expected = reference.outcome(source, path, level, content)
        warned.update(map(tuple, expected["warnings"]))
        error = error or expected["error"]
        if (content is None) != (expected["error"] is not None):
            verb = "rejected" if content is None else "accepted"
            wrong.append(f"level {level}: {verb}, compile(): {expected['error']}")
        if expected["difference"]:
            wrong.append(f"level {level}: {expected['difference']}")
        if content is not None:
            saved += expected["size"] - len(content)
    return wrong, error, warned, saved


def run_cc(directory, *arguments):
    """Run `kiln cc`: its status and messages."""
    result = subprocess.run(
        [tap.KILN, "cc", *arguments], cwd=directory, env=tap.environment(), timeout=300,
        check=False, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
        errors="surrogateescape")
    return result.returncode, result.stderr


def check_unit(root, image, scratch, path, levels):
    """Compare what `kiln cc` makes of a source by way of a unit with what a build made: what is
    wrong."""
    unit = os.path.join(scratch, path.replace(os.sep, ":") + ".ast")
    keys = ["origin", path]
    if factor(path):
        keys += ["factor", factor(path)]
    status, text = run_cc(scratch, unit, os.path.join(root, path), *keys)
    built = [os.path.join(image, program.cached(path, level)) for level in levels]
    if status:
        # An error that compiling finds, rather than parsing, is met when the unit is reduced.
        return f"not translated: {text}" if os.path.exists(built[0]) else None
    for level, name in zip(levels, built):
        output = f"{unit}.{level}"
        status, text = run_cc(scratch, output, unit, "format", "python.ast",
                              "cpython-optimize", str(level))
        if status or not os.path.exists(name):
            if (status == 0) == os.path.exists(name):
                continue
            return f"level {level}: status {status}, built: {os.path.exists(name)}: {text}"
        if program.read(output) != program.read(name)[16:]:
            return f"level {level}: differs from what was built"
        os.unlink(output)
    os.unlink(unit)
    return None

