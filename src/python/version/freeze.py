"""Write the modules that CPython imports when it starts as a C source: `freeze.py OUTPUT`.

They are compiled from the standard library of the interpreter that runs this, which is the one that
is embedded, so that starting it reads no file.
"""
import importlib.util
import marshal
import sys

# Those of a start without `site`. What else of `encodings` is needed is still read from its
# directory.
MODULES = ("encodings", "encodings.aliases", "encodings.utf_8")


def code_of(name):
    """The marshalled code of a module, and whether it is a package."""
    spec = importlib.util.find_spec(name)
    with open(spec.origin, "rb") as file:
        source = file.read()
    code = compile(source, f"<frozen {name}>", "exec", dont_inherit=True, optimize=0)
    return marshal.dumps(code), spec.submodule_search_locations is not None


def array(name, data):
    lines = [", ".join(map(str, data[at:at + 24])) for at in range(0, len(data), 24)]
    return f"static const unsigned char {name}[] = {{\n\t" + ",\n\t".join(lines) + ",\n};\n"


def main():
    arrays, entries = [], []
    for number, name in enumerate(MODULES):
        data, package = code_of(name)
        arrays.append(array(f"code_{number}", data))
        entries.append(f'\t{{.name = "{name}", .code = code_{number}, .size = {len(data)}, '
                       f'.is_package = {int(package)}}},\n')
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write('/* Made by freeze.py. */\n#include "python/version/frozen.h"\n\n')
        file.write("\n".join(arrays))
        file.write("\nconst struct _frozen frozen_modules[] = {\n" + "".join(entries))
        file.write("\t{.name = NULL},\n};\n")


main()
