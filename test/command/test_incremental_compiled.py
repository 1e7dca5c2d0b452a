"""What a compiler makes is made anew when it is needed, and only then."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

COMPILED = {
    "base/.factor": "http://if.fault.io/factors/system.library\n",
    "base/base.c": "int base(void) { return 41; }\n",
    "shape/.factor": "http://if.fault.io/factors/system.archive\n",
    "shape/shape.c": "int shape(void) { return 1; }\n",
    "shape/more.c": "int more(void) { return 2; }\n",
    "tool/.factor": "http://if.fault.io/factors/system.executable\n.base\n.shape\n",
    "tool/one.h": "#define ONE 1\n",
    "tool/main.c": '#include "one.h"\nint base(void), shape(void);\n'
                   'int main(void) { return base() + shape() + ONE; }\n',
    "tool/other.c": "int other(void) { return 2; }\n",
    "table.py": "x = 1\n",
}
BASE, SHAPE, TOOL, TABLE = "acme.core.base", "acme.core.shape", "acme.core.tool", "acme.core.table"


class Compiled(products.Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("cc") or not shutil.which("ar"):
            self.skipTest("there is no compiler")
        self.project("acme.core", COMPILED)
        self.machine = "linux-" + os.uname().machine

    def run_tool(self):
        return program.subprocess.run([self.image(TOOL, self.machine)], check=False).returncode

    def test_sources(self):
        self.assert_made(self.build(), commands=10, processed={BASE, SHAPE, TOOL, TABLE})
        self.assertEqual(self.run_tool(), 43)
        self.assert_nothing(self.build())
        os.utime(self.path("product/acme/core/tool/one.h"))
        self.assert_nothing(self.build())
        self.put("acme/core/tool/other.c", "int other(void) { return 3; }\n")
        self.assert_made(self.build(), commands=2, processed={TOOL})
        self.put("acme/core/tool/other.c", COMPILED["tool/other.c"])
        self.assert_made(self.build(), commands=0, cached={TOOL})
        self.assert_as_clean()

    def test_headers(self):
        self.build()
        self.put("acme/core/tool/one.h", "#define ONE 2\n")
        self.assert_made(self.build(), commands=2, processed={TOOL})
        self.assertEqual(self.run_tool(), 44)
        self.put("acme/core/tool/one.h", COMPILED["tool/one.h"])
        self.assert_made(self.build(), commands=0, cached={TOOL})
        self.put("acme/core/tool/two.h", "#define TWO 2\n")
        self.assert_made(self.build(), commands=3, processed={TOOL})

    def test_shared_headers(self):
        """A header of a factor of sources is seen by what requires it."""
        self.put("acme/core/include/.factor", "http://if.fault.io/factors/meta.sources\n")
        self.put("acme/core/include/base.h", "#define BASE 1\n")
        self.put("acme/core/base/.factor", COMPILED["base/.factor"] + ".include\n")
        self.put("acme/core/base/base.c", "#include <base.h>\nint base(void) { return BASE; }\n")
        self.build()
        self.assert_nothing(self.build())
        self.put("acme/core/include/base.h", "#define BASE 4\n")
        self.assert_made(self.build(), commands=3, processed={BASE, TOOL})
        self.assertEqual(self.run_tool(), 6)
        self.put("acme/core/include/base.h", "#define BASE 4 // still\n")
        self.assert_made(self.build(), commands=2, processed={BASE})

    def test_requirements(self):
        self.build()
        self.put("acme/core/base/base.c", "int base(void) { return 51; }\n")
        self.assert_made(self.build(), commands=3, processed={BASE, TOOL})
        self.assertEqual(self.run_tool(), 53)
        self.put("acme/core/base/base.c", "/* the same */ int base(void) { return 51; }\n")
        self.assert_made(self.build(), commands=2, processed={BASE})
        self.assert_nothing(self.build())
        self.put("acme/core/tool/.factor", COMPILED["tool/.factor"] + ".table\n")
        self.assertEqual(set(self.build().factors("processed")) - {TOOL}, set())
        self.assert_as_clean()

    def test_requirement_deleted(self):
        """Its image is made again, and what requires it is not."""
        self.build()
        os.unlink(self.image(BASE, self.machine))
        self.assert_made(self.build(), commands=0, cached={BASE})
        os.unlink(self.image(BASE, self.machine))
        self.assert_made(self.build("--no-cache"), commands=1, processed={BASE})

    def test_requirement_failed(self):
        self.build()
        self.put("acme/core/base/base.c", "int base(void) { return }\n")
        built = self.build(status=1)
        self.assert_made(built, commands=1, failed={BASE}, skipped={TOOL})
        self.assertEqual(built.others, [])
        self.assert_made(self.build("-k", status=1), commands=1, failed={BASE}, skipped={TOOL})
        self.put("acme/core/base/base.c", COMPILED["base/base.c"])
        self.assert_made(self.build(), commands=0)
        self.assertEqual(self.run_tool(), 43)

    def test_source_of_several_removed(self):
        self.build()
        os.unlink(self.path("product/acme/core/tool/other.c"))
        self.assert_made(self.build(), commands=1, processed={TOOL})
        units = self.path(
            f"product/.kiln-build/work/executable/acme.core/tool/{self.machine}/units")
        self.assertEqual(os.listdir(units), ["main.c.o"])
        self.assert_as_clean()

    def test_features(self):
        self.build()
        self.assert_made(self.build("-O"), commands=10, processed={BASE, SHAPE, TOOL, TABLE})
        self.assert_made(self.build(), commands=0, cached={BASE, SHAPE, TOOL, TABLE})
        # Sources of C are told of every feature, others are not.
        self.assert_made(self.build("--feature", "blue"), commands=8, processed={BASE, SHAPE, TOOL})

    def test_environment(self):
        self.build()
        self.assert_nothing(self.build(variables={"UNRELATED": "1", "TMPDIR": self.directory}))
        self.assert_nothing(self.build(variables={"PATH": os.environ["PATH"] + ":/nonexistent"}))

    def test_date(self):
        """Compilers take dates from the environment."""
        self.put("acme/core/base/base.c", "const char *base(void) { return __DATE__; }\n")
        self.build(variables={"SOURCE_DATE_EPOCH": "0"})
        image = program.read(self.image(BASE, self.machine))
        built = self.build(variables={"SOURCE_DATE_EPOCH": "86400000"})
        self.assertIn(BASE, built.factors("processed"))
        self.assertNotEqual(program.read(self.image(BASE, self.machine)), image)

    def test_compiler(self):
        """Another compiler in the place of the one that there was."""
        wrapper = self.write("bin/cc", f"#!/bin/sh\nexec {shutil.which('cc')} \"$@\"\n")
        os.chmod(wrapper, 0o755)
        path = {"PATH": self.path("bin") + ":" + os.environ["PATH"]}
        self.build(variables=path)
        self.assert_nothing(self.build(variables=path))
        products.rewrite(wrapper,
                         b"#!/bin/sh\n# newer\n" + program.read(wrapper).partition(b"\n")[2])
        built = self.build(variables=path)
        self.assert_made(built, commands=8, processed={BASE, TOOL, SHAPE})
        self.assertIn(BASE, self.build().factors("processed"))

    def test_another_machine(self):
        """What is not for the machine is not concerned."""
        self.build()
        built = self.build(variables={"FCI_ARCHITECTURE": "other"})
        self.assertEqual(set(built.factors("processed")) | set(built.factors("cached")),
                         {BASE, SHAPE, TOOL})
        self.assertEqual(built.factors("removed"), {})
        self.assert_nothing(self.build())

    def test_contexts(self):
        """A context is what its commands are; what its texts say beyond is nothing. Sources of C
        are told where it is."""
        self.build()
        context = self.default_context("context")
        self.assert_made(self.build("-X", context), commands=8, processed={BASE, SHAPE, TOOL})
        self.assert_nothing(self.build(variables={"SYSTEMCONTEXT": context}))
        path = self.path("context/machines/host/gnu.v")
        text = program.read(path)
        products.rewrite(path, b"# A comment.\n" + text)
        self.assert_nothing(self.build("-X", context))
        products.rewrite(path, text.replace(b"-O2", b"-O1"))
        self.assert_made(self.build("-X", context), commands=8, processed={BASE, SHAPE, TOOL})
        products.rewrite(path, text)
        self.assert_made(self.build("-X", context), commands=0, cached={BASE, SHAPE, TOOL})
        products.rewrite(path, text.replace(b"rcsD", b"rcDs"))
        self.assert_made(self.build("-X", context), commands=1, processed={SHAPE})
        products.rewrite(path, text)
        self.assert_made(self.build("-X", context), commands=0, cached={SHAPE})
        steps = self.path("context/machines/python/steps.v")
        products.rewrite(steps, program.read(steps).replace(b"!: 1", b"!: 2"))
        self.assert_made(self.build("-X", context), commands=2, processed={TABLE})
        shutil.move(context, self.path("product/.system"))
        self.assert_made(self.build(), commands=8, processed={BASE, SHAPE, TOOL})


if __name__ == "__main__":
    tap.main()
