"""Write where the manual of Python documents the names of the standard library, as an inventory of
Sphinx in a table of bytes (python/manual.h).

    python3 -I -B manual.py OUTPUT

The modules are asked which names they have. A page of the manual is named for its module; PAGES has
those that are not. Of constants in capitals most have no place of their own in the manual, so they
are left out. What does not exist in this version or is not installed is left out, too.
"""
import importlib
import inspect
import re
import sys
import warnings
import zlib

# Modules below others that have pages. `a=b`: a is on the page of b.
SUBMODULES = """
collections.abc concurrent.futures curses.ascii curses.panel curses.textpad=curses
ctypes.util=ctypes ctypes.wintypes=ctypes
dbm.dumb=dbm dbm.gnu=dbm dbm.ndbm=dbm dbm.sqlite3=dbm
email.charset email.contentmanager email.encoders email.errors email.generator email.header
email.headerregistry email.iterators email.message email.mime.application=email.mime
email.mime.audio=email.mime email.mime.base=email.mime email.mime.image=email.mime
email.mime.message=email.mime email.mime.multipart=email.mime email.mime.nonmultipart=email.mime
email.mime.text=email.mime email.parser email.policy email.utils
encodings.idna=codecs encodings.utf_8_sig=codecs
html.entities html.parser http.client http.cookiejar http.cookies http.server
importlib.abc=importlib importlib.machinery=importlib importlib.metadata importlib.resources
importlib.resources.abc importlib.util=importlib
json.tool=json logging.config logging.handlers
multiprocessing.connection=multiprocessing multiprocessing.dummy=multiprocessing
multiprocessing.managers=multiprocessing multiprocessing.pool=multiprocessing
multiprocessing.shared_memory multiprocessing.sharedctypes=multiprocessing
os.path pathlib.types=pathlib string.templatelib sysconfig
tkinter.colorchooser tkinter.dnd tkinter.font tkinter.messagebox tkinter.scrolledtext tkinter.ttk
unittest.mock urllib.error urllib.parse urllib.request urllib.response=urllib.request
urllib.robotparser wsgiref.handlers=wsgiref wsgiref.headers=wsgiref wsgiref.simple_server=wsgiref
wsgiref.types=wsgiref wsgiref.util=wsgiref wsgiref.validate=wsgiref
xml.dom xml.dom.minidom xml.dom.pulldom xml.etree.ElementTree=xml.etree.elementtree
xml.parsers.expat=pyexpat xml.parsers.expat.errors=pyexpat xml.parsers.expat.model=pyexpat
xml.sax xml.sax.handler xml.sax.saxutils=xml.sax.utils xml.sax.xmlreader=xml.sax.reader
xmlrpc.client xmlrpc.server compression.bz2 compression.gzip compression.lzma compression.zlib
compression.zstd
"""

# Modules without a page, and those that do more than define names when they are imported.
WITHOUT = """
antigravity this idlelib nturl2path opcode pydoc_data sre_compile sre_constants sre_parse
genericpath ntpath posix posixpath pyexpat test lib2to3 turtledemo
""".split()

PAGES = {"builtins": "builtins", "cProfile": "profile", "pstats": "profile"}

# Names that are not on the page of their module.
ELSEWHERE = {
    "email.message.Message": "email.compat32-message",
    "logging.FileHandler": "logging.handlers",
    "logging.NullHandler": "logging.handlers",
    "logging.StreamHandler": "logging.handlers",
}

# asyncio has several pages: the first pattern that a name has decides.
ASYNCIO = [
    ("_(enter|leave|register|unregister)_task", "extending"),
    (".*Policy|.*ChildWatcher|[gs]et_(event_loop_policy|child_watcher)", "policy"),
    ("Runner|run", "runner"),
    ("Future|isfuture|ensure_future|wrap_future", "future"),
    ("Lock|Event|Condition|Semaphore|BoundedSemaphore|Barrier|BrokenBarrierError", "sync"),
    (".*Queue|Queue(Empty|Full|ShutDown)", "queue"),
    ("Stream(Reader|Writer)|open_(unix_)?connection|start_(unix_)?server", "stream"),
    ("create_subprocess_.*", "subprocess"),
    (".*Transport|.*Protocol", "protocol"),
    (".*Error|.*Exception", "exceptions"),
    (".*Loop|Handle|TimerHandle|Server|.*_event_loop|.*_running_loop", "eventloop"),
    ("(format|print)_call_graph|.*(CallGraph|FutureCall).*|FrameCallGraphEntry|capture_call_graph",
     "graph"),
    ("", "task"),
]

# Types of which the page of functions has the type, and that of types its members.
NUMBERS = {"int", "float", "complex", "bool"}
STDTYPES = {"list", "tuple", "range", "str", "bytes", "bytearray",
            "memoryview", "set", "frozenset", "dict"}
CONSTANTS = {"NotImplemented", "Ellipsis", "quit", "exit", "copyright", "credits", "license"}


def page_of_builtin(name, value):
    if name in CONSTANTS:
        return "constants"
    if inspect.isclass(value) and issubclass(value, BaseException):
        return "exceptions"
    return "stdtypes" if name in STDTYPES else "functions"


def page_of(module, name, value):
    if module == "builtins":
        return page_of_builtin(name, value)
    if module == "asyncio":
        return "asyncio-" + next(page for pattern, page in ASYNCIO
                                 if not pattern or re.fullmatch(pattern, name))
    if module == "email" and name.startswith("message_from_"):
        return "email.parser"
    return ELSEWHERE.get(f"{module}.{name}", PAGES[module])


def modules():
    """The names of all modules with pages, in order."""
    for words in SUBMODULES.split():
        module, _, page = words.partition("=")
        PAGES[module] = page or module
    for module in sys.stdlib_module_names:
        if not module.startswith("_") and module not in WITHOUT:
            PAGES.setdefault(module, module)
    return sorted(PAGES)


def public_names(module):
    """The names of a module that its manual may document; a list of the module, as that of os,
    need not have all of its classes."""
    listed = getattr(module, "__all__", None)
    names = [name for name, value in vars(module).items()
             if not name.startswith("_") and not inspect.ismodule(value)
             and (inspect.isclass(value) or listed is None)
             and getattr(value, "__module__", module.__name__) in (module.__name__, None)]
    return sorted({*names, *(listed or ())})


def role_of(value):
    if inspect.isclass(value):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function" if callable(value) else "data"


def members(value):
    """(name, role) of the members that a class defines, or has from bases that are not public."""
    found = {}
    for base in reversed(value.__mro__):
        if base is value or base.__name__.startswith("_"):
            found.update(vars(base))
    for name, member in sorted(found.items()):
        if name.startswith("_") or inspect.isclass(member):
            continue
        is_method = callable(member) or isinstance(member, (classmethod, staticmethod))
        if is_method or not name.isupper():
            yield name, "method" if is_method else "attribute"


def lines_of(name):
    """The lines of a module."""
    try:
        module = importlib.import_module(name)
    except ImportError:
        return
    if name not in ("builtins", "asyncio"):
        yield f"{name} py:module 0 library/{PAGES[name]}.html#module-$ -"
    for short in public_names(module):
        value = getattr(module, short, module)
        role = role_of(value)
        if inspect.ismodule(value) or (role == "data" and short.isupper()):
            continue
        full = short if name == "builtins" else f"{name}.{short}"
        page = page_of(name, short, value)
        yield f"{full} py:{role} 1 library/{page}.html#$ -"
        if role in ("class", "exception") and value.__name__ == short:
            page = "stdtypes" if name == "builtins" and short in NUMBERS else page
            for member, kind in members(value):
                yield f"{full}.{member} py:{kind} 1 library/{page}.html#$ -"


def main(output):
    warnings.simplefilter("ignore")
    version = "{}.{}".format(*sys.version_info)
    lines = [line for name in modules() for line in lines_of(name)]
    lines += [f"{name} py:data 1 library/constants.html#$ -" for name in ("False", "None", "True")]
    lines += ["asyncio py:module 0 library/asyncio.html#module-$ -",
              "builtins py:module 0 library/builtins.html#module-$ -"]
    head = (f"# Sphinx inventory version 2\n# Project: Python\n# Version: {version}\n"
            "# The remainder of this file is compressed using zlib.\n")
    text = "".join(line + "\n" for line in sorted(set(lines)))
    data = head.encode() + zlib.compress(text.encode(), 9)
    rows = [", ".join(map(str, data[at:at + 24])) for at in range(0, len(data), 24)]
    with open(output, "w", encoding="ascii") as file:
        file.write('/* Made by manual.py. */\n#include "python/manual.h"\n\n'
                   f'const char manual_url[] = "https://docs.python.org/{version}/";\n'
                   "const unsigned char manual_inventory[] = {\n\t" + ",\n\t".join(rows)
                   + f",\n}};\nconst size_t manual_inventory_size = {len(data)};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
