"""Import the modules of an image, and tell what was compiled on the way.

    python3 -I -B imports.py IMAGE

Standard input has names of modules, each ended by NUL. Standard output gets one JSON object:
`compiled`, files of the image that were compiled; `loaded`, the files that modules were loaded
from, in the order of import; `failed`, names and reasons; `count`, how many modules were imported.
What the modules print goes to standard error. Few modules are imported here: one that is loaded
already hides the image's module of the same name, which is then among the failed.
"""
import os
import sys


def as_json(value):
    """JSON in ASCII. The module json may be one of the image."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_json(key)}: {as_json(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if not isinstance(value, str):
        return str(value)
    units = value.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[i] << 8 | units[i + 1]:04x}"
                         for i in range(0, len(units), 2)) + '"'


def below(image, path):
    """The path below the image; None if it is elsewhere."""
    return path[len(image) + 1:] if path and path.startswith(image + "/") else None


def elsewhere(image, name):
    """Where a module was loaded from; None if that is the image, or the module does not tell."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    origin = getattr(spec, "origin", None)
    return origin if isinstance(origin, str) and not below(image, origin) else None


def main():
    image = os.path.abspath(sys.argv[1])
    names = [name for name in os.fsdecode(sys.stdin.buffer.read()).split("\0") if name]
    result, compiled, failed, begun = os.dup(1), [], [], {}
    os.dup2(2, 1)
    sys.argv[:] = [""]
    sys.path.insert(0, image)

    def watch(event, values):
        if event == "compile":
            name = values[1]
            name = os.fsdecode(name) if isinstance(name, bytes) else name
            path = below(image, name) if isinstance(name, str) else None
            if path:
                compiled.append(path)
        elif event == "import" and isinstance(values[0], str):
            parts = values[0].split(".")
            for count in range(1, len(parts) + 1):
                begun.setdefault(".".join(parts[:count]))

    sys.addaudithook(watch)
    count = 0
    for name in names:
        try:
            __import__(name)
            origin = elsewhere(image, name)
            if origin:
                failed.append([name, f"Python has loaded its own module of this name: {origin}"])
            else:
                count += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            failed.append([name, f"{type(error).__name__}: {error}"])
    loaded = []
    for name in begun:
        spec = getattr(sys.modules.get(name), "__spec__", None)
        origin = below(image, getattr(spec, "origin", None) or "")
        cached = below(image, getattr(spec, "cached", None) or "")
        if cached and os.path.exists(os.path.join(image, cached)):
            origin = cached
        if origin:
            loaded.append(origin)
    with open(result, "w", encoding="ascii") as file:
        file.write(as_json({"compiled": sorted(set(compiled)), "loaded": loaded,
                            "failed": failed, "count": count}))
    # What modules left running, threads or hooks at exit, is none of the image's reader.
    sys.stderr.flush()
    os._exit(0)


main()
