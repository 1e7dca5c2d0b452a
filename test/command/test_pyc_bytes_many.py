"""`--pyc-bytes cpython` writes what a fresh py_compile process writes: many sources, all levels."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pyc_bytes
import tap


class PycBytesMany(pyc_bytes.Case):
    def test_bytecode_of_many_installed_sources_is_what_py_compile_writes(self):
        self.assert_equal_to_cpython(400, [[]])

    def test_it_is_at_every_level(self):
        self.assert_equal_to_cpython(60, [[], ["-O"], ["-OO"]])


if __name__ == "__main__":
    tap.main()
