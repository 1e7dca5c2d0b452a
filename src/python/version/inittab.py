"""Write the table of builtin modules that the program has: `inittab.py OUTPUT [static]`.

These are the builtin modules of the interpreter that runs this, which is the one that is embedded,
but for those that need other libraries, or in a static program make the C library load some. The
table takes the place of the one in CPython's static library (Modules/config.c), so that nothing of
the others is linked.
"""
import sys

# What needs zlib, expat, zstd, or archives of HACL that Debian does not ship.
OTHERS = {"_blake2", "_elementtree", "_hmac", "_md5", "_sha1", "_sha2", "_sha256", "_sha3",
          "_sha512", "_zstd", "binascii", "pyexpat", "zlib"}

# Users, groups and hosts, which the C library looks up with shared libraries.
LOADING = {"_socket", "grp", "pwd", "spwd"}

# Functions with other names; the interpreter initializes modules without one itself.
FUNCTIONS = {"_warnings": "_PyWarnings_Init", "builtins": None, "marshal": "PyMarshal_Init",
             "sys": None}


def main(output, static=False):
    declarations, entries = [], []
    without = OTHERS | LOADING if static else OTHERS
    for name in sorted(set(sys.builtin_module_names) - without):
        function = FUNCTIONS.get(name, f"PyInit_{name}")
        if function:
            declarations.append(f"extern PyObject *{function}(void);\n")
        entries.append(f'\t{{"{name}", {function or "NULL"}}},\n')
    with open(output, "w", encoding="ascii") as file:
        file.write("/* Made by inittab.py. */\n#include <Python.h>\n\n" + "".join(declarations))
        file.write("\nstruct _inittab _PyImport_Inittab[] = {\n" + "".join(entries))
        file.write("\t{NULL, NULL},\n};\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] == ["static"])
