"""The first thing that a Python below `kiln run` imports: starts _fi_run, and leaves no trace. In a
Python of another version it does nothing else."""


def _start():
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    tag = getattr(getattr(sys, "implementation", None), "cache_tag", None)
    modules = os.path.join(here, tag or "none")
    if os.path.isdir(modules):
        sys.path.insert(0, modules)
        try:
            import _fi_run
            _fi_run.start()
        except ImportError:
            if os.path.isdir(modules):  # else the run has ended, and removed it
                raise
        finally:
            sys.path.remove(modules)
    # The sitecustomize that there would be without this one. The import system takes what is in
    # sys.modules in the end.
    this = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
        sys.modules["sitecustomize"] = this


_start()
del _start
