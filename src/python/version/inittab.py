"""Write the table of builtin modules that the program has: `inittab.py OUTPUT`.

These are the builtin modules of the interpreter that runs this, which is the one that is embedded,
but for those that need other libraries. The table takes the place of the one in the static library
(Modules/config.c), so that nothing of the others is linked.
"""
import sys

# What needs zlib, expat, zstd, or archives of HACL that Debian does not ship.
OTHERS = {"_blake2", "_elementtree", "_hmac", "_md5", "_sha1", "_sha2", "_sha256", "_sha3",
          "_sha512", "_zstd", "binascii", "pyexpat", "zlib"}

# Functions with other names; the interpreter initializes modules without one itself.
FUNCTIONS = {"_warnings": "_PyWarnings_Init", "builtins": None, "marshal": "PyMarshal_Init",
             "sys": None}


def main():
    declarations, entries = [], []
    for name in sorted(set(sys.builtin_module_names) - OTHERS):
        function = FUNCTIONS.get(name, f"PyInit_{name}")
        if function:
            declarations.append(f"extern PyObject *{function}(void);\n")
        entries.append(f'\t{{"{name}", {function or "NULL"}}},\n')
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write("/* Made by inittab.py. */\n#include <Python.h>\n\n" + "".join(declarations))
        file.write("\nstruct _inittab _PyImport_Inittab[] = {\n" + "".join(entries))
        file.write("\t{NULL, NULL},\n};\n")


if __name__ == "__main__":
    main()
