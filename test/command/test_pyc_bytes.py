"""`--pyc-bytes cpython` writes what a fresh py_compile process writes."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import pyc_bytes
import reference
import tap


class PycBytes(pyc_bytes.Case):
    def test_bytecode_of_installed_sources_is_what_py_compile_writes(self):
        self.assert_equal_to_cpython(40, [[]])

    def test_nothing_is_injected(self):
        self.write("in/m.py", "'doc'\n")
        self.kiln("build", "--pyc-bytes", "cpython", "in", "-o", "out")
        made = program.read(self.path("out", program.cached("m.py")))
        self.assertNotIn(b"__source_hash__", made)

    def test_the_recorded_path_may_be_mapped(self):
        self.write("in/m.py", "x = 1\n")
        self.write("elsewhere/m.py", "x = 1\n")
        self.kiln("build", "--pyc-bytes", "cpython", "--prefix-map", "=elsewhere",
                  "in", "-o", "out")
        made = program.read(self.path("out", program.cached("m.py")))
        self.assertEqual(made[pyc_bytes.HEADER:],
                         pyc_bytes.write_reference(self.directory, "elsewhere/m.py", []))

    def test_odd_names_of_sources_are_recorded_as_py_compile_does(self):
        for name in ("-m.py", "-c.py", "--.py", "a b.py", "ä.py", "m\n.py"):
            with self.subTest(name=name):
                self.write(f"in/{name}", "x = 1\n")
                self.kiln("build", "--pyc-bytes", "cpython", "--force", "in", "-o", "out")
                # As an argument a name with "-" needs "./", which would be recorded.
                code = compile("x = 1\n", name, "exec")
                made = program.read(self.path("out", program.cached(name)))
                self.assertIsNone(reference.file_difference(made, b"x = 1\n", code))
                os.unlink(self.path("in", name))

    def test_a_source_that_does_not_compile_is_reported_as_always(self):
        self.write("in/bad.py", "x = = 1\n")
        self.write("in/good.py", "x = 1\n")
        result = self.kiln("build", "--pyc-bytes", "cpython", "in", "-o", "out", status=1)
        self.assertEqual(list(program.errors(result)), ["in/bad.py"])
        self.assertEqual(list(program.bytecode(self.path("out"))), [program.cached("good.py")])


if __name__ == "__main__":
    tap.main()
