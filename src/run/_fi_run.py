"""Serves instrumented code below `kiln run`: modules keep their paths, and anything that is not in
the index is loaded as it would be. docs/formats.rst of kiln, "A run", has the files above this.
"""
import _imp
import marshal
import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SourceFileLoader

from _frozen_importlib_external import spec_from_file_location

_MODULES = os.path.dirname(os.path.abspath(__file__))
_HERE = os.path.dirname(_MODULES)
_SCRIPT = os.path.join(_MODULES, "run.pyc")
# Modules that only exist here.
_OWN = {"_fi_metrics", "_fi_pytest"}
_VARIABLE = "METRICS_IDENTITY"
_served = set()
_roots, _counters = (), None
_index = None  # {path: (number, size, time)}
_directories = {}  # {directory of a module: without links}


def _read_settings():
    """Where sources are, and the extension module for this interpreter."""
    global _roots, _counters
    with open(os.path.join(_HERE, "settings"), "rb") as file:
        counters, *roots = map(os.fsdecode, file.read().split(b"\0")[:-1])
    _roots = tuple(root.rstrip("/") + "/" for root in roots)
    if counters and counters.endswith(EXTENSION_SUFFIXES[0]):
        _counters = counters


def _entry(path):
    """The index's entry of a source and its path there, or two Nones."""
    global _index
    directory, name = os.path.split(os.path.abspath(path))
    if directory not in _directories:
        _directories[directory] = os.path.realpath(directory)
    path = os.path.join(_directories[directory], name)
    if not path.startswith(_roots):
        return None, None
    if _index is None:
        _index = _read_index()
    return _index.get(path), path


def _read_index():
    index = {}
    try:
        with open(os.path.join(_HERE, "index"), "rb") as file:
            for line in file.read().split(b"\n")[:-1]:
                number, size, time, source = line.split(b" ", 3)
                index[os.fsdecode(source)] = number.decode(), int(size), int(time)
    except FileNotFoundError:  # the run has ended, and its directory is gone
        pass
    return index


def code_for(path):
    """The instrumented code of a source, or None: it has none, or was changed since."""
    entry, source = _entry(path)
    if entry is None:
        return None
    number, size, time = entry
    try:
        stat = os.stat(path)
        with open(os.path.join(_HERE, "code", number), "rb") as file:
            code = marshal.loads(file.read())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    if (stat.st_size, stat.st_mtime_ns) != (size, time):
        return None
    _served.add(source)
    _imp._fix_co_filename(code, path)
    return code


class _Loader(SourceFileLoader):
    def get_code(self, fullname):
        code = code_for(self.path)
        return super().get_code(fullname) if code is None else code


class _HarnessLoader(SourceFileLoader):
    """Loads a module of a test harness, whose tests tell their names."""

    def exec_module(self, module):
        super().exec_module(module)
        _HARNESSES[self.name](module)


class _Finder:
    """Finds what those behind it find. First of all, so that it sees what editable installations
    find."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in _OWN:
            path = os.path.join(_MODULES, name + ".pyc")
            return spec_from_file_location(name, path) if os.path.exists(path) else None
        if name == "_fi_counters":
            return _counters and spec_from_file_location(name, _counters)
        spec = cls.find_behind(name, path, target)
        loader = getattr(spec, "loader", None)
        if type(loader) is not SourceFileLoader:
            return spec
        if name in _HARNESSES:
            spec.loader = _HarnessLoader(loader.name, loader.path)
        elif _entry(loader.path)[0] is not None:
            spec.loader = _Loader(loader.name, loader.path)
        return spec

    @classmethod
    def find_behind(cls, name, path, target):
        finders = list(sys.meta_path)
        for finder in finders[finders.index(cls) + 1 if cls in finders else 0:]:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                return spec

    @staticmethod
    def invalidate_caches():
        _directories.clear()


def _identity():
    """What counts for whom now, or will once something counts."""
    metrics = sys.modules.get("_fi_metrics")
    return metrics.identity() if metrics else os.environ.get(_VARIABLE) or ".fault-python"


class CountedFor:
    """Inside of it what runs counts for a test, also in Pythons that the test starts."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.variable = os.environ.get(_VARIABLE)
        metrics = sys.modules.get("_fi_metrics")
        if metrics:
            self.before = metrics.identity()
            metrics.switch(self.name)
        else:
            self.before = self.variable or ".fault-python"
        try:
            os.environ[_VARIABLE] = self.name
        except ValueError:  # not every name is a value of a variable
            pass

    def __exit__(self, *exception):
        metrics = sys.modules.get("_fi_metrics")
        if metrics:
            metrics.switch(self.before)
        if self.variable is None:
            os.environ.pop(_VARIABLE, None)
        else:
            os.environ[_VARIABLE] = self.variable


def _name_of(test, case):
    """The name of a test of unittest, without running code that counts."""
    if type(test).id is case.id:
        return test.id()
    code = getattr(type(test).id, "__code__", None)
    return case.id(test) if code and _entry(code.co_filename)[0] is not None else test.id()


def _name_tests(module):
    """Let tests of unittest count for their names, unless another harness says which test runs."""
    import functools
    case = module.TestCase
    run = case.run

    @functools.wraps(run)
    def run_named(self, *arguments, **options):
        if not _identity().startswith("."):
            return run(self, *arguments, **options)
        with CountedFor(_name_of(self, case)):
            return run(self, *arguments, **options)

    case.run = run_named


def _add_plugin(module):
    """Let pytest load _fi_pytest. A variable would reach Pythons that cannot import it."""
    if isinstance(getattr(module, "default_plugins", None), tuple) and os.path.exists(_HERE):
        module.default_plugins += ("_fi_pytest",)


_HARNESSES = {"unittest.case": _name_tests, "_pytest.config": _add_plugin}


def _serve_main_of_children():
    """multiprocessing's new processes run the main program's file again, by runpy."""
    import runpy
    get_code = runpy._get_code_from_file

    def get_instrumented(*arguments):
        code = code_for(os.fsdecode(arguments[-1]))
        result = get_code(*arguments)
        if code is None:
            return result
        return (code, *result[1:]) if isinstance(result, tuple) else code

    runpy._get_code_from_file = get_instrumented


def _script_place():
    """Where in sys.orig_argv the script is that this interpreter will run, or None."""
    arguments = sys.orig_argv
    place = 1
    while place < len(arguments):
        word = arguments[place]
        if not word.startswith("-") or word == "-":
            return place if word != "-" else None
        letters = word[1:]
        if word == "--check-hash-based-pycs":
            place += 1
        elif not word.startswith("--"):
            for at, letter in enumerate(letters):
                if letter in "cm":
                    return None
                if letter in "WX":
                    place += at == len(letters) - 1
                    break
        place += 1


def _start_script():
    """A script is compiled by the interpreter itself: run the program that runs it."""
    place = _script_place()
    if place is None or _entry(sys.orig_argv[place])[0] is None:
        return
    # Without a name in PATH an interpreter does not know where it is.
    os.execv(sys.executable or "/proc/self/exe", [
        *sys.orig_argv[:place], _SCRIPT, *sys.orig_argv[place:]])


def run_script():
    """Run the script sys.argv[1] as the interpreter does, in the module __main__."""
    import builtins
    del sys.argv[0]
    sys.orig_argv.remove(_SCRIPT)
    path = os.path.join(os.getcwd(), sys.argv[0])  # as the interpreter does
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    names = sys.modules["__main__"].__dict__
    # Names that not all versions give it.
    others = {"__annotations__": {}, "__cached__": None}
    others = {name: value for name, value in others.items() if name in names}
    names.clear()
    names.update(others, __name__="__main__", __doc__=None, __package__=None, __spec__=None,
                 __builtins__=builtins, __file__=path,
                 __loader__=SourceFileLoader("__main__", path))
    code = code_for(path)
    try:
        if code is None:
            with open(path, "rb") as file:
                code = compile(file.read(), path, "exec", dont_inherit=True)
        exec(code, names)
    except SystemExit:
        raise
    except BaseException as error:
        _print_from(error.__traceback__.tb_next)
        raise


def _print_from(traceback):
    """Let the interpreter print an exception as it does, without the frames before the program."""
    hook = getattr(sys, "excepthook", None)
    if hook is not None:
        sys.excepthook = lambda kind, error, _: hook(kind, error.with_traceback(traceback),
                                                     traceback)


def _list_others():
    """Note modules that something else compiled, such as pytest."""
    paths = {os.path.realpath(path) for module in list(sys.modules.values())
             if isinstance(path := getattr(module, "__file__", None), str)
             and path.endswith(".py") and _entry(path)[0] is not None}
    lines = b"".join(os.fsencode(path) + b"\n" for path in sorted(paths - _served))
    if lines:
        try:
            fd = os.open(os.path.join(_HERE, "others"),
                         os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError:  # the capture is incomplete as well, and says so
            return
        try:
            os.write(fd, lines)
        finally:
            os.close(fd)


def start():
    import atexit
    if sys.flags.optimize:
        sys.stderr.write("kiln: nothing is measured with -O: instrumented code has assertions\n")
        return
    try:
        _read_settings()
    except FileNotFoundError:  # the run has ended
        return
    _start_script()
    sys.meta_path.insert(0, _Finder)
    atexit.register(_list_others)
    if any("multiprocessing" in word for word in sys.orig_argv):
        _serve_main_of_children()
