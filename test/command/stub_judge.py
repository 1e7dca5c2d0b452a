"""Ask mypy and its stubtest about modules, in one process: a JSON object from standard input,
another one to standard output.

    /usr/bin/python3 -I -B stub_judge.py <request >answer

A program of its own, for the interpreter that Debian's mypy is for: stubtest imports what it tests.

The request has

    roots    directories of modules and packages
    modules  {name: path}: what mypy reads of those, sources or stubs
    test     the names of those that stubtest compares with what is imported

and the answer

    errors      [[name, line, kind, text]]: what mypy says of the modules
    complaints  {name: [[what, text]]}: what stubtest says of those that could be imported
    missing     the number of names that those have and mypy did not find

Modules that mypy itself needs, such as `io`, are read under other names, as `io_`.
"""
import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
import warnings

import mypy.build
import mypy.errors
import mypy.modulefinder
import mypy.options
from mypy import stubtest

MESSAGE = re.compile(r"(.*?):(\d+): error: (.*?)(?:  \[([a-z-]+)\])?")
# A plugin of mypy knows what is in this one.
KNOWN = {"functools"}


def build(modules, root):
    """mypy's errors of modules below a directory, {name: path}, as lines; and the modules that it
    read, {name: tree}, or None."""
    options = mypy.options.Options()
    options.incremental = False
    options.python_executable = None
    options.mypy_path = [root]
    options.ignore_missing_imports = True
    options.follow_imports = "silent"
    sources = [mypy.modulefinder.BuildSource(path, name) for name, path in modules.items()]
    try:
        result = mypy.build.build(sources, options)
    except mypy.errors.CompileError as error:
        return error.messages, None
    return result.errors, result.files


def build_all(modules, root):
    """The same, but for modules that mypy cannot read at all: those have an error."""
    modules, lost = dict(modules), []
    while True:
        lines, files = build(modules, root)
        if files is not None:
            return lost + lines, files
        found = {os.path.abspath(line.split(":")[0]) for line in lines}
        broken = [name for name, path in modules.items() if path in found]
        if not broken:
            raise RuntimeError("\n".join(lines))
        for name in broken:
            os.unlink(modules.pop(name))
        lost += [f"{line}  [syntax]" for line in lines]


def needed():
    """The names of the modules and packages at the top that mypy needs."""
    _, files = build({"nothing": os.devnull}, "/")
    return {name.partition(".")[0] for name in files} | KNOWN


def copy(roots, modules, hidden, place):
    """Copy modules under the names that mypy is to know them by: {that name: (its path, name)}."""
    found = {}
    for name, path in modules.items():
        root = next(root for root in roots if path.startswith(root + os.sep))
        top, *rest = os.path.relpath(path, root).split(os.sep)
        stem, ending = os.path.splitext(top)
        copied = os.path.join(place, stem + "_" * (stem in hidden) + ending, *rest)
        os.makedirs(os.path.dirname(copied), exist_ok=True)
        shutil.copyfile(path, copied)
        stem, dot, inner = name.partition(".")
        found[stem + "_" * (stem in hidden) + dot + inner] = copied, name
    return found


def is_importable(name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stubtest.silent_import_module(name)
    except BaseException:  # programs exit
        return False
    return True


def owner(thing, files):
    """The module that defines a thing of a stub, or None."""
    name = getattr(thing, "fullname", None)
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None


def compare(names, files):
    """What stubtest says of modules, {name: the one that mypy knows it by}, as in the answer: of
    what they define themselves. It ends at what it does not understand."""
    complaints, missing = {}, 0
    for name in filter(is_importable, names):
        found = complaints[name] = []
        try:
            for error in stubtest.test_module(name):
                if error.is_missing_stub():
                    missing += 1
                elif owner(error.stub_object, files) in (names[name], None):
                    found.append([error.object_desc, error.message])
        except Exception as error:
            found.append([name, f"{type(error).__name__}: {error}"])
    return {"complaints": complaints, "missing": missing}


def judge(roots, modules, test, place):
    copied = copy(roots, modules, needed(), place)
    names = {path: name for path, name in copied.values()}
    lines, files = build_all({name: path for name, (path, _) in copied.items()}, place)
    matches = [match for match in map(MESSAGE.fullmatch, lines) if match]
    errors = [[names.get(os.path.abspath(match[1]), match[1]), int(match[2]), match[4] or "",
               match[3]] for match in matches]
    known = {old: name for name, (_, old) in copied.items() if name in files}
    stubtest._all_stubs = files | {old: files[name] for old, name in known.items()}
    return {"errors": errors, **compare({name: known[name] for name in test if name in known},
                                        files)}


def main():
    request = json.load(sys.stdin)
    with (tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()),
          contextlib.redirect_stderr(io.StringIO())):
        answer = judge(**request, place=os.path.realpath(place))
    json.dump(answer, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # threads of what was imported may run on


if __name__ == "__main__":
    main()
