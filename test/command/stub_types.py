"""What type checkers say of stubs (test_stub_types.py). By hand, of some modules or packages:

    /usr/bin/python3 -I -B test/command/stub_types.py build/kiln json requests

without names, of those that the test judges; or of the whole library and all packages of Debian,
which takes minutes:

    /usr/bin/python3 -I -B test/command/stub_types.py build/kiln --exhaustive

prints what is wrong with their stubs, one complaint a line, in two groups: what
stub_complaints.txt does not allow, and what it does. `--keep DIRECTORY` leaves the stubs there.
`--of stubgen` judges those of mypy's stubgen instead.
"""
import argparse
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import program
import tap

STUBGEN = "/usr/bin/stubgen"
LIBRARY = tap.LIBRARY
DEBIAN = "/usr/lib/python3/dist-packages"
ALLOWED = os.path.join(HERE, "stub_complaints.txt")

# Packages that the tests need, and what those need.
PACKAGES = (
    "_pytest", "alabaster", "attr", "attrs", "certifi", "chardet", "click", "cloudpickle", "idna",
    "imagesize", "iniconfig", "itsdangerous", "jinja2", "jsonschema", "markupsafe", "packaging",
    "pluggy", "pygments", "pytest", "requests", "roman", "urllib3", "wheel", "yaml")
# No part of the library for its users; and mypy's own copy of what it says of others.
LEFT_OUT = {"test", "tests", "idlelib", "idle_test", "testing", "typeshed", "dist-packages",
            "site-packages", "lib-dynload", "__pycache__"}
# mypy has its own idea of these.
KNOWN = {"typing_extensions", "mypy_extensions"}
# What these do when they are imported is not for a test; setuptools has another distutils, and mypy
# its own idea of typing.
NOT_IMPORTED = {"antigravity", "distutils", "this", "turtledemo", "typing"}


def names_at(root):
    """The modules and packages directly in a directory, by their names: {name: file name}."""
    found = {}
    for entry in sorted(os.listdir(root)):
        name = entry.removesuffix(".py")
        package = os.path.exists(os.path.join(root, entry, "__init__.py"))
        if name.isidentifier() and (package or name != entry) and name not in KNOWN | LEFT_OUT:
            found[name] = entry if package else found.get(name, entry)
    return found


def modules(root, ending):
    """The modules below a directory whose files have an ending: {name: path}."""
    found = {}
    for parent, directories, names in os.walk(root, followlinks=True):
        directories[:] = sorted(name for name in directories
                                if name.isidentifier() and name not in LEFT_OUT)
        above = os.path.relpath(parent, root).split(os.sep) if parent != root else []
        for name in sorted(names):
            stem = name.removesuffix(ending)
            is_package = os.path.exists(os.path.join(parent, stem, "__init__" + ending))
            if stem == name or not stem.isidentifier() or is_package:
                continue
            path = above + ([] if stem == "__init__" else [stem])
            if path:
                found[".".join(path)] = os.path.join(parent, name)
    return found


def link(root, names, place):
    """Make a directory of links to some modules and packages of a directory: {name: path}."""
    os.makedirs(place)
    for name in names:
        os.symlink(os.path.join(root, name), os.path.join(place, name))
    return modules(place, ".py")


def describe(sources, place):
    """Make kiln's stubs of a directory of sources: {name: path}."""
    excluded = [part for name in sorted(LEFT_OUT | {"*.pyi"}) for part in ("--exclude", name)]
    names = sorted(os.listdir(sources))
    result = subprocess.run(
        [tap.KILN, "delineate", "-q", "--format", "stub", *excluded, "-o", place,
         *(f"{os.path.realpath(os.path.join(sources, name))}={name}" for name in names)],
        env=tap.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        check=False, timeout=600)
    failed = program.errors(result)
    if result.returncode not in (0, 1) or result.returncode and not failed:
        raise RuntimeError(result.stderr)
    return modules(place, ".pyi")


def generate(sources, place):
    """Make stubgen's stubs of sources, {name: path}: {name: path}. It cannot analyse what mypy
    itself needs; of those it parses."""
    import stub_judge
    hidden = stub_judge.needed()
    for options, needed in (((), False), (("--parse-only",), True)):
        paths = [os.path.realpath(path) for name, path in sources.items()
                 if is_imported(name) and (name.partition(".")[0] in hidden) == needed]
        if paths:
            subprocess.run([STUBGEN, "-q", *options, "-o", place, *paths], env=tap.environment(),
                           check=True, cwd="/", stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=600)
    return {name: path for name, path in modules(place, ".pyi").items() if name in sources}


def is_imported(name):
    parts = name.split(".")
    return parts[0] not in NOT_IMPORTED and parts[-1] != "__main__"


def judge(roots, found, test=()):
    """The answer of stub_judge.py about modules below directories, {name: path}."""
    request = {"roots": roots, "modules": found, "test": list(test)}
    result = subprocess.run(
        [tap.PYTHON, "-I", "-B", os.path.join(HERE, "stub_judge.py")], input=json.dumps(request),
        env=tap.environment(), cwd="/", capture_output=True, text=True, check=False, timeout=1800)
    if result.returncode:
        raise RuntimeError(result.stderr)
    return json.loads(result.stdout)


def kinds(answer):
    """The kinds of errors of each module: {(module, kind)}."""
    return {(name, kind) for name, _, kind, _ in answer["errors"]}


def own_errors(stubs, sources):
    """What mypy says of stubs, but for kinds of errors that it has for their sources."""
    known = kinds(sources)
    return [f"{name}:{line}: {text} [{kind}]" for name, line, kind, text in stubs["errors"]
            if (name, kind) not in known]


def complaints(stubs):
    """What stubtest says of stubs."""
    return [f"{what} {text}" for found in stubs["complaints"].values() for what, text in found]


def allowed():
    """The patterns of complaints that are not the stubs' fault: {pattern: reason}."""
    with open(ALLOWED, encoding="utf-8") as file:
        lines = [line.rstrip("\n").partition("  # ") for line in file]
    return {pattern: reason for pattern, _, reason in lines}


def split(found):
    """Complaints that are not allowed, and those that are, with the patterns that allow them."""
    patterns = {text: re.compile(text) for text in allowed()}
    wrong, known = [], collections.Counter()
    for complaint in found:
        matching = [text for text, pattern in patterns.items() if pattern.match(complaint)]
        known.update(matching)
        if not matching:
            wrong.append(complaint)
    return wrong, known


def judge_all(root, names, scratch, of):
    """Make and judge the stubs of some modules and packages of a directory: their number, and what
    is wrong with them."""
    links, place = os.path.join(scratch, "sources"), os.path.join(scratch, "stubs")
    sources = link(root, names, links)
    stubs = describe(links, place) if of == "kiln" else generate(sources, place)
    answer = judge([place], stubs, filter(is_imported, stubs))
    return len(stubs), own_errors(answer, judge([links], sources)) + complaints(answer)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kiln")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--exhaustive", action="store_true")
    parser.add_argument("--keep")
    parser.add_argument("--of", choices=("kiln", "stubgen"), default="kiln")
    options = parser.parse_args()
    scratch = options.keep or tempfile.mkdtemp(prefix="kiln-stubs-")
    for root, tested in ((LIBRARY, names_at(LIBRARY)), (DEBIAN, PACKAGES)):
        wanted = options.names or tested
        names = [entry for name, entry in names_at(root).items()
                 if options.exhaustive or name in wanted]
        if not names:
            continue
        count, found = judge_all(root, names, os.path.join(scratch, os.path.basename(root)),
                                 options.of)
        wrong, _ = split(found)
        print(f"{root}: {count} stubs, {len(wrong)} complaints, {len(found) - len(wrong)} allowed")
        print("".join(f"    {line}\n" for line in wrong), end="")
        print("".join(f"    allowed: {line}\n" for line in found if line not in wrong), end="")
    if not options.keep:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
