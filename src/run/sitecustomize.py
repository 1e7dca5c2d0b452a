"""The first thing that a Python below `kiln run` imports: starts _fi_run, and leaves no trace."""


def _start():
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    sys.path.insert(0, here)
    try:
        import _fi_run
    finally:
        sys.path.remove(here)
    _fi_run.start()
    # The sitecustomize that there would be without this one. The import system takes what is in
    # sys.modules in the end.
    this = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize
    except ModuleNotFoundError as error:
        if error.name != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = this


_start()
del _start
