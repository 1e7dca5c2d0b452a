"""Run a module of an image as `python3 -m` does, and tell what was compiled while importing.

    /usr/bin/python3 -I -S -B test/run_image.py IMAGE MODULE [ARGUMENT]...

Modules come from IMAGE, a directory, and the standard library. The last line printed is
`compiled at import: N of M modules`, for the modules of the image. Fails if N is not 0.
"""
import os
import runpy
import sys


def run(module, arguments):
    """Run `module` as the main module; its exit status."""
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


def main():
    image, module, *arguments = sys.argv[1:]
    image = os.path.join(os.path.abspath(image), "")
    compiled = set()

    def watch(event, values):
        # compile() by the import system names the source's path; code made at run time has none.
        if event == "compile" and str(values[1]).startswith(image):
            compiled.add(values[1])

    sys.path.insert(0, image)
    sys.addaudithook(watch)
    status = run(module, arguments)
    origins = [getattr(found.__spec__, "origin", None) for found in sys.modules.values()
               if hasattr(found, "__spec__")]
    # The main module is not in sys.modules any more.
    count = 1 + sum((origin or "").startswith(image) for origin in origins)
    print(f"compiled at import: {len(compiled)} of {count} modules", flush=True)
    sys.exit(status or bool(compiled))


if __name__ == "__main__":
    main()
