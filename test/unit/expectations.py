"""Write a header of what the CPython that runs this, the embedded one, says and is called.

    python -I -B expectations.py HEADER
"""
import importlib.util
import json
import platform
import sys
import warnings

HASHED = "x = 1\n"


def warning_of(source):
    """The text of the one warning that compile() gives."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        compile(source, "m.py", "exec", dont_inherit=True)
    [warning] = seen
    return str(warning.message)


def literal(text):
    return json.dumps(text)


def definitions():
    warning = warning_of("x is 1\n")
    yield "PATH", literal(sys.executable)
    yield "VERSION", literal(platform.python_version())
    yield "TAG", literal(sys.implementation.cache_tag)
    yield "MAGIC", '"' + "".join(f"\\{byte:03o}" for byte in importlib.util.MAGIC_NUMBER) + '"'
    yield "HASHED", literal(HASHED)
    yield "SOURCE_HASH", "UINT64_C(%d)" % int.from_bytes(
        importlib.util.source_hash(HASHED.encode()), "little")
    yield "WARNING_OF_IS", literal(warning)
    yield "WARNING_OF_IS_AS_JSON", literal(literal(warning))


with open(sys.argv[1], "w", encoding="ascii") as file:
    file.write("#include <stdint.h>\n")
    for name, value in definitions():
        file.write(f"#define PYTHON_{name} {value}\n")
