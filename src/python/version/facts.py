"""Print what the build needs to know of the CPython that runs this, one fact a line."""
import importlib.util
import os
import platform
import sys
import sysconfig

value = sysconfig.get_config_var
print(platform.python_version())
print(sysconfig.get_path("include"))
print(f"{value('LIBPL')}/{value('LIBRARY')}")
print(value("LIBS"), value("SYSLIBS"))
print(value("LINKFORSHARED"))
print(value("prefix"))
print(sysconfig.get_path("stdlib"))
print(value("DESTSHARED"))
print(int.from_bytes(importlib.util.MAGIC_NUMBER, "little"))
print(os.path.realpath(sys.executable))
print(value("EXT_SUFFIX"))
