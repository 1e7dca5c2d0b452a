"""Write the default construction context as a C source: `builtin.py FACTORS OUTPUT DEPFILE`.

FACTORS is a context product; what is taken of it is what src/context/files.c reads of a directory.
"""
import os
import sys

EXTENSIONS = ("v", "sys")


def projects(product):
    """The directories of the index's projects."""
    with open(os.path.join(product, ".product", "PROJECTS"), encoding="utf-8") as file:
        return [line.split(" ")[1].replace(".", "/") for line in file]


def collect(product):
    """The paths of the projects, with a slash behind, and of their vectors and plans; what they
    depend on."""
    paths, watched = [], [os.path.join(product, ".product", "PROJECTS")]
    for project in projects(product):
        paths.append(project + "/")
        for parent, directories, names in os.walk(os.path.join(product, project)):
            directories[:] = sorted(name for name in directories if "." not in name)
            watched.append(parent)
            for name in names:
                if name.partition(".")[2] in EXTENSIONS:
                    watched.append(os.path.join(parent, name))
                    paths.append(os.path.relpath(os.path.join(parent, name), product))
    return sorted(paths, key=os.fsencode), watched


def read(path):
    if os.path.isdir(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def literal(data):
    """A C string for bytes, a line of it for each of theirs."""
    lines = data.splitlines(keepends=True) or [b""]
    escaped = ("".join(chr(c) if 32 <= c < 127 and chr(c) not in '"\\?' else f"\\{c:03o}"
                       for c in line)
               for line in lines)
    return "\n\t    ".join(f'"{line}"' for line in escaped)


def main():
    product, output, depfile = sys.argv[1:]
    paths, watched = collect(product)
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by builtin.py. */\n#include "context/files.h"\n\n')
        file.write("const struct context_file builtin_files[] = {\n")
        for path in paths:
            data = read(os.path.join(product, path))
            file.write(f'\t{{{{"{path}", {len(os.fsencode(path))}}},\n'
                       f"\t    {{{literal(data)},\n\t    {len(data)}}}, \"{path}\"}},\n")
        file.write("\t{{NULL, 0}, {NULL, 0}, NULL},\n};\n")
    with open(depfile, "w", encoding="utf-8") as file:
        file.write(f"{output}: {' '.join(path.replace(' ', chr(92) + ' ') for path in watched)}\n")


main()
