"""Write the runtime of instrumented modules, compiled, as a table of bytes (python/carried.h).

    python3 -I -B carried.py SOURCE OUTPUT

The interpreter that runs this is the one that is embedded, so that the modules' own can load it.
Format 2 of marshal depends on values alone: the bytes are always the same. It has no slices, which
are constants since 3.14; the references of format 5 are the same in each run of this script.
"""
import marshal
import sys


def main(source, output):
    with open(source, encoding="utf-8") as file:
        code = compile(file.read(), "<kiln>/_fi_metrics.py", "exec", dont_inherit=True, optimize=2)
    data = marshal.dumps(code, 2 if sys.version_info < (3, 14) else 5)
    lines = [", ".join(map(str, data[at:at + 24])) for at in range(0, len(data), 24)]
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by carried.py. */\n#include "python/carried.h"\n\n'
                   "const unsigned char carried_runtime[] = {\n\t" + ",\n\t".join(lines)
                   + f",\n}};\nconst size_t carried_runtime_size = {len(data)};\n")


main(*sys.argv[1:])
