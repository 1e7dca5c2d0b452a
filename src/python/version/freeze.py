"""Write modules of the standard library as a C source: `freeze.py OUTPUT [static]`.

These are what CPython imports when it starts, all codecs, `re`, `warnings`, `tomllib`, what
suggests keywords for a SyntaxError, and what they import, so that a start reads no file, and
neither a source in another encoding nor a message nor a configuration file needs the standard
library. They are compiled from the library of the
interpreter that runs this, which is the one that is embedded. What CPython itself has frozen is
left out.

This imports nothing that it does not write: sys.modules tells what is needed.
"""
import marshal
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import inittab

# Codecs that make bytes of bytes import these, and never get to call them: sources are text.
EMPTY = ("base64", "binascii", "bz2", "zlib")

# With these traceback suggests keywords, and imports some of them only then.
SUGGESTING = ("traceback", "codeop", "difflib") if sys.version_info >= (3, 14) else ()

# The codecs of East Asia are shared modules, which a static program cannot load.
SHARED = ("_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw",
          "_multibytecodec")
SHARED_SOURCE = b"""raise LookupError("the encoding needs CPython's shared module '" + __name__ +
    "', which a static executable cannot load")
"""


def is_written(module):
    """Whether a module is a source file, and not frozen or built in."""
    spec = getattr(module, "__spec__", None)
    return spec is not None and spec.has_location and spec.origin.endswith(".py")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def sources():
    """All modules by name: the source and whether it is a package."""
    directory = sys.modules["encodings"].__path__[0]
    found = {}
    for name in EMPTY:
        sys.modules[name] = type(sys)(name)
        found[name] = b"", False
    # What is in shared modules is not part of the program. Codecs do without them; tomllib needs
    # those that are builtin only in Debian's CPython.
    whole = list(sys.path)
    sys.path[:] = [path for path in sys.path if not path.endswith("lib-dynload")]
    for name in inittab.OTHERS - set(EMPTY):
        sys.modules[name] = None
    for name in sorted(os.listdir(directory)):
        module, suffix = os.path.splitext(name)
        if suffix != ".py" or module == "__init__":
            continue
        found[f"encodings.{module}"] = read(f"{directory}/{name}"), False
        try:
            __import__(f"encodings.{module}")
        except ImportError:
            pass  # a codec of another system, or with a shared module
    sys.path[:] = whole
    for name in ("re", "warnings", "tomllib", *SUGGESTING):
        __import__(name)
    for name, module in sys.modules.items():
        if is_written(module) and name not in ("__main__", "inittab"):
            spec = module.__spec__
            found[name] = read(spec.origin), spec.submodule_search_locations is not None
    return found


def array(name, data):
    lines = [", ".join(map(str, data[at:at + 24])) for at in range(0, len(data), 24)]
    return f"static const unsigned char {name}[] = {{\n\t" + ",\n\t".join(lines) + ",\n};\n"


def main(output, static=False):
    arrays, entries = [], []
    modules = sources()
    if static:
        modules.update((name, (SHARED_SOURCE, False)) for name in SHARED)
    # Those of the start come first: CPython searches the table from its beginning.
    for number, name in enumerate(sorted(modules, key=lambda name: (name not in START, name))):
        source, package = modules[name]
        code = compile(source, f"<frozen {name}>", "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
        arrays.append(array(f"code_{number}", data))
        entries.append(f'\t{{.name = "{name}", .code = code_{number}, .size = {len(data)}, '
                       f'.is_package = {int(package)}}},\n')
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by freeze.py. */\n#include "python/version/frozen.h"\n\n')
        file.write("\n".join(arrays))
        file.write("\nconst struct _frozen frozen_modules[] = {\n" + "".join(entries))
        file.write("\t{.name = NULL},\n};\n")


START = [name for name, module in sys.modules.items() if is_written(module)]
main(sys.argv[1], sys.argv[2:] == ["static"])
