"""Print what `kiln run` needs to know of the interpreter that runs this, each ended by a NUL: its
version, the suffix of its extension modules, and the directories of modules that are not the
user's. It runs with -S, as what is installed may take long to start."""
import _imp
import os
import site
import sys

if sys.implementation.name != "cpython":
    sys.exit("it is not CPython")
# Only site knows of virtual environments. Their directories are not searched for what runs at the
# start.
site.addsitepackages = lambda known, prefixes=None: known
site.venv(set())
version = "%d.%d" % sys.version_info[:2]
directories = {os.path.dirname(os.__file__), site.getusersitepackages(), *site.getsitepackages()}
for prefix in {sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix}:
    for library in ("lib", getattr(sys, "platlibdir", "lib")):
        directories.add(os.path.join(prefix, library, "python" + version))
facts = [version, (_imp.extension_suffixes() or [""])[0],
         *sorted({os.path.realpath(path) for path in directories if path})]
sys.stdout.buffer.write(b"".join(os.fsencode(fact) + b"\0" for fact in facts))
