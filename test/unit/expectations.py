"""Write a header of what the CPython that runs this, the embedded one, says and is called.

    python -I -B expectations.py HEADER
"""
import argparse
import compileall
import contextlib
import importlib.util
import io
import json
import marshal
import os
import platform
import py_compile
import sys
import tempfile
import warnings

HASHED = "x = 1\n"

# Sources that py_compile refuses; the last ones are misspelt keywords.
WRONG = ["a\tb\n", "if 1:\n  \f é é\n", "return\n", "# coding: nothing\n", '"""a\nb',
         "f(\n  a b\n)\n", "x = (1,\n", "x = 'abc\n", "f'{a b}'\n", "f(**x, *y)\n", "x = 1 +\n",
         " x = 1\n", "x\0y\n", "fro x in y: pass\n", "impotr os\n", "x = [a b]\n",
         "def f():\n    retrun 1\n"]

# What -d, -s and -p are, for the file a/b/c.py.
PLACES = [(None, None, None), (None, "a", None), (None, "a/b", None), (None, "x/b", None),
          (None, "x", None), (None, None, "/new"), (None, "a", "/new/"), (None, "a", ""),
          (None, "b", "/new"), (None, "a/", None), ("/dest", None, None), ("", None, None)]

# What argparse may take for negative numbers.
NUMBERS = ["-1", "-0", "-007", "-1.5", "-.5", "-5\n", "-.5\n", "-\u0663", "-\u0663.\uff11", "", "-",
           "1", "--1", "-1.", "-.", "-1e3", "-1_0", "- 1", "-1 ", "-1\n\n", "-1x", "-.1x", "-.x1",
           "-1.5.5", "-\u00b2", "\u22121", "x-1"]

WARNED = "x = 1\nif 1:\n\tx is 1 # é\n'\\d'\n"


def warning_of(source):
    """The text of the one warning that compile() gives."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        compile(source, "m.py", "exec", dont_inherit=True)
    [warning] = seen
    return str(warning.message)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def message_of(source):
    """What py_compile says about a wrong source, the file a.py."""
    write("a.py", source)
    try:
        py_compile.compile("a.py", cfile="a.pyc", doraise=True)
    except py_compile.PyCompileError as error:
        return error.msg
    raise ValueError(f"{source!r} is not wrong")


def printed_of(function, *arguments, **options):
    """What a function prints, to either stream."""
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(text):
        function(*arguments, **options)
    return text.getvalue()


def recorded_of(ddir, stripdir, prependdir):
    """The path that the code of a/b/c.py has."""
    os.makedirs("a/b", exist_ok=True)
    write("a/b/c.py", "x = 1\n")
    compileall.compile_dir("a", ddir=ddir, stripdir=stripdir, prependdir=prependdir, quiet=2,
                           force=True)
    with open(importlib.util.cache_from_source("a/b/c.py"), "rb") as file:
        return marshal.loads(file.read()[16:]).co_filename


def literal(text):
    if text is None:
        return "NULL"
    return json.dumps(text).replace("\\u0000", "\\000")


def initializers(rows):
    return ", ".join("{" + ", ".join(row) + "}" for row in rows)


def of_texts(rows):
    return initializers(map(literal, row) for row in rows)


def definitions():
    warning = warning_of("x is 1\n")
    yield "PATH", literal(sys.executable)
    yield "VERSION", literal(platform.python_version())
    yield "TAG", literal(sys.implementation.cache_tag)
    yield "ARCHITECTURE", literal(sys.implementation.cache_tag.replace("-", ""))
    yield "MAGIC", '"' + "".join(f"\\{byte:03o}" for byte in importlib.util.MAGIC_NUMBER) + '"'
    yield "HASHED", literal(HASHED)
    yield "SOURCE_HASH", "UINT64_C(%d)" % int.from_bytes(
        importlib.util.source_hash(HASHED.encode()), "little")
    yield "WARNING_OF_IS", literal(warning)
    yield "WARNING_OF_IS_AS_JSON", literal(literal(warning))
    yield "WRONG", initializers((literal(source), str(len(source.encode())),
                                 literal(message_of(source))) for source in WRONG)
    yield "WARNED", literal(WARNED)
    write("a.py", WARNED)
    yield "WARNINGS", literal(printed_of(py_compile.compile, "a.py", cfile="a.pyc"))
    yield "PLACES", of_texts((*place, recorded_of(*place)) for place in PLACES)
    write("a.py", HASHED)
    yield "NO_PREFIX", literal(printed_of(
        compileall.compile_file, "t/a.py", stripdir="t/z.py", quiet=1))
    is_negative = argparse.ArgumentParser()._negative_number_matcher.match
    yield "NUMBERS", initializers((literal(word), str(bool(is_negative(word))).lower())
                                  for word in NUMBERS)


output = os.path.abspath(sys.argv[1])
with tempfile.TemporaryDirectory() as scratch, open(output, "w", encoding="ascii") as file:
    os.chdir(scratch)
    file.write("#include <stdint.h>\n")
    for name, value in definitions():
        file.write(f"#define PYTHON_{name} {value}\n")
