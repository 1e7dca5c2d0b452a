"""Print what `kiln run` needs to know of the interpreter that runs this, each ended by a NUL: its
version, the suffix of its extension modules, and the directories of modules that are not the
user's."""
import os
import site
import sys
import sysconfig

if sys.implementation.name != "cpython":
    sys.exit("it is not CPython")
directories = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
directories.update(site.getsitepackages())
directories.add(site.getusersitepackages())
facts = ["%d.%d" % sys.version_info[:2], sysconfig.get_config_var("EXT_SUFFIX") or "",
         *sorted({os.path.realpath(path) for path in directories if path})]
sys.stdout.buffer.write(b"".join(os.fsencode(fact) + b"\0" for fact in facts))
