"""What a compiler reads is what it says: whatever that is, wherever it is."""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

EXECUTABLE = "http://if.fault.io/factors/system.executable\n"
TOOL = "acme.core.tool"
# `main` returns what its headers say.
SOURCES = {
    "tool/.factor": EXECUTABLE,
    "tool/main.c": '#include "value.h"\nint main(void) { return VALUE; }\n',
    "tool/other.c": "int other(void) { return 2; }\n",
    "tool/value.h": "#define VALUE 1\n",
}
FORMATS = products.FORMATS + "\ttype.S gnu asm\n"


class Case(products.Case):
    compiler = "cc"

    def setUp(self):
        super().setUp()
        if not shutil.which(self.compiler):
            self.skipTest("there is no compiler")
        self.machine = "linux-" + os.uname().machine
        self.project("acme.core", SOURCES, FORMATS)

    def source(self, name, content, product="product"):
        return self.put(f"acme/core/tool/{name}", content, product)

    def build(self, *arguments, **options):
        """The next build does not rely on what was read in the tick in which it was written."""
        program.await_tick()
        return super().build(*arguments, **options)

    def value(self, product="product"):
        """What the executable returns."""
        path = self.image(TOOL, self.machine, product=product)
        return program.subprocess.run([path], check=False).returncode

    def assert_value(self, value, commands, *arguments, cached=False, product="product", **options):
        """A build makes the executable, by so many commands, which then returns this."""
        built = self.build(*arguments, product=product, **options)
        self.assert_made(built, commands=commands, **{"cached" if cached else "processed": {TOOL}})
        self.assertEqual(self.value(product), value)
        self.assert_nothing(self.build(product=product, **options))


class Told:
    """What every compiler tells."""

    def test_elsewhere(self):
        """Neither the factor nor the system has it."""
        header = self.write("usr/local/include/far.h", "#define VALUE 6\n")
        self.source("value.h", f'#include "{header}"\n')
        self.assert_value(6, 3)
        products.rewrite(header, b"#define VALUE 7\n")
        self.assert_value(7, 2)
        products.rewrite(header, b"#define VALUE 6\n")
        self.assert_value(6, 0, cached=True)
        os.utime(header)
        self.assert_nothing(self.build())

    def test_names_of_any_kind(self):
        names = ["two words.h", "a#b.h", "a$b.h", "a$$b.h", "x:y.h", "schön.h", "'q'.h"]
        if self.compiler != "clang":  # which takes a backslash for a slash
            names += ["a\\b.h", "a\\ b.h"]
        for name in names:
            with self.subTest(name):
                self.source(name, "#define VALUE 1\n")
                self.source("value.h", f'#include "{name}"\n')
                self.build()
                self.assertEqual(self.value(), 1)
                self.source(name, "#define VALUE 2\n")
                self.assert_value(2, 2)
                os.unlink(self.path("product/acme/core/tool", name))


class Reads(Told, Case):
    def test_a_source_behind_a_comment(self):
        self.source("t.c", "static int t(void) { return 3; }\n")
        self.source("main.c", '/* t */ #include "t.c"\nint main(void) { return t(); }\n')
        self.assert_value(3, 4)
        self.source("t.c", "static int t(void) { return 4; }\n")
        self.assert_value(4, 3)  # it is a unit, too

    def test_a_macro(self):
        self.source("main.c",
                    '#define NAME "value.h"\n#include NAME\nint main(void) { return VALUE; }\n')
        self.assert_value(1, 3)
        self.source("value.h", "#define VALUE 5\n")
        self.assert_value(5, 2)

    def test_same_size_and_time(self):
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        os.utime(header, (1700000000, 1700000000))
        self.assert_value(1, 3)
        for number in (2, 3, 4):
            products.rewrite(header, b"#define VALUE %d\n" % number, keep_times=True)
            self.assert_value(number, 2)

    def test_only_what_read_it(self):
        """Of many units those are made that read what changed."""
        for number in range(6):
            self.source(f"u{number}.c",
                        f'#include "{"odd" if number % 2 else "even"}.h"\nint u{number} = N;\n')
        self.source("odd.h", "enum { N = 1 };\n")
        self.source("even.h", "enum { N = 2 };\n")
        self.build()
        self.source("odd.h", "enum { N = 3 };\n")
        self.assert_value(1, 4)
        self.source("unread.h", "")
        self.assert_value(1, 9)  # it may take the place of another header
        self.source("unread.h", "#define UNREAD\n")
        self.assert_value(1, 1)

    def test_through_a_link(self):
        self.write("one.h", "#define VALUE 1\n")
        self.write("two.h", "#define VALUE 2\n")
        link = self.path("link.h")
        os.symlink("one.h", link)
        self.source("value.h", f'#include "{link}"\n')
        self.assert_value(1, 3)
        os.unlink(link)
        os.symlink("two.h", link)
        self.assert_value(2, 2)

    def test_removed(self):
        """What was read and is gone is a reason to compile; what fails is compiled each time."""
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        self.build()
        os.unlink(header)
        for _ in range(2):
            built = self.build("-j1", "--fail-fast", status=1)
            self.assertEqual(built.factors("failed"), {TOOL: 1})
        self.write("far.h", "#define VALUE 1\n")
        self.assert_nothing(self.build())
        self.source("value.h", "#define VALUE 3\n")
        os.unlink(header)
        self.assert_value(3, 2)

    def test_reasons(self):
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        self.build()
        products.rewrite(header, b"#define VALUE 2\n")
        result = self.kiln("build", "-n", self.product, variables=self.variables())
        self.assertIn(f"input changed: {header}\n", result.stdout)
        result = self.kiln("query", "why", TOOL, cwd=self.product, variables=self.variables())
        self.assertIn(header, result.stdout)

    def test_made_by_another_factor(self):
        """A header that is an image, made before what includes it."""
        self.project("generated", {"header/.factor": products.WORDS + ".list\n",
                                   "header/value.w": "#define VALUE 1\n"}, products.WORDS_FORMATS)
        context = self.default_context("both")
        self.assertEqual(self.words_context(name="both"), context)
        meta = program.read(os.path.join(products.MACHINES, "meta/projections.v")).decode()
        self.write("both/machines/meta/projections.v", f"{meta}words:\n\t: {products.WORDS}\n")
        self.write("both/machines/words/variants.v",  # as that of the executable
                   f"[modes]:\n\t: executable\n[systems]:\n\t: linux\n[linux]:\n"
                   f"\t: {os.uname().machine}\n")
        self.source(".factor", EXECUTABLE + "...generated.header\n")
        self.source("value.h", f'#include "{self.image("generated.header", self.machine)}"\n')
        header, options = "generated.header", {"variables": {"SYSTEMCONTEXT": context}}
        self.assert_made(self.build(**options), commands=5, processed={TOOL, header})
        self.assert_nothing(self.build(**options))
        self.assertEqual(self.value(), 1)
        for number in (2, 3):
            self.put("generated/header/value.w", f"#define VALUE {number}\n")
            self.assert_made(self.build(**options), commands=4, processed={TOOL, header})
            self.assert_nothing(self.build(**options))
            self.assertEqual(self.value(), number)
        self.put("generated/header/value.w", "#define VALUE 1\n")
        self.assert_made(self.build(**options), commands=0, cached={TOOL, header})

    def test_assembler(self):
        """Its own directives are in no dependency file: all sources of the factor count."""
        if os.uname().machine != "x86_64":
            self.skipTest("the source is for another machine")
        header = self.write("far.h", "#define FAR 0\n")
        self.source("code.S",
                    f'#include "{header}"\n.globl code\ncode: .include "acme/core/tool/number.S"\n'
                    f' ret\n')
        self.source("number.S", " mov $3, %eax\n")
        self.source("main.c", "int code(void);\nint main(void) { return code(); }\n")
        self.assert_value(3, 5)
        self.source("number.S", " mov $4, %eax\n")
        self.assert_value(4, 3)
        products.rewrite(header, b"#define FAR 1\n")
        self.assert_made(self.build(), commands=2, processed={TOOL})

    def test_data(self):
        """Included by an assembler within C."""
        if os.uname().machine != "x86_64":
            self.skipTest("the source is for another machine")
        self.source("main.c", '__asm__(".globl data\\ndata: .incbin \\"acme/core/tool/data\\"");\n'
                              "extern const char data[];\nint main(void) { return data[0]; }\n")
        self.source("data", "\5")
        self.assert_value(5, 3)
        self.source("data", "\6")
        self.assertGreater(self.build().commands, 1)
        self.assertEqual(self.value(), 6)

    def test_part_of_a_product(self):
        """What another part's build knew is kept."""
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        self.put("acme/core/second/.factor", EXECUTABLE)
        self.put("acme/core/second/main.c",
                 f'#include "{header}"\nint main(void) {{ return VALUE + 1; }}\n')
        self.build()
        products.rewrite(header, b"#define VALUE 5\n")
        part = os.path.join(self.product, "acme/core/second")
        built = products.Built(self.kiln("build", "--log", "json", part,
                                         variables=self.variables()))
        self.assert_made(built, commands=2, processed={"acme.core.second"})
        self.assert_value(5, 2)
        self.assert_as_clean()


class Clang(Told, Case):
    """Another compiler that writes such files."""

    compiler = "clang"

    def variables(self, changes=None):
        os.makedirs(self.path("clang"), exist_ok=True)
        if not os.path.lexists(self.path("clang/cc")):
            os.symlink(shutil.which("clang"), self.path("clang/cc"))
        return super().variables({"PATH": self.path("clang") + ":" + os.environ["PATH"]}
                                 | (changes or {}))


class Sharing(Case):
    """The cache knows what was read."""

    def checkout(self, name):
        shutil.copytree(self.path("product"), self.path(name),
                        ignore=lambda _, names: {".kiln-build", ".images"} & set(names))

    def test_another_checkout(self):
        self.assert_value(1, 3)
        self.checkout("other")
        self.assert_value(1, 0, product="other", cached=True)

    def test_another_checkout_with_another_header(self):
        self.assert_value(1, 3)
        self.checkout("other")
        self.source("value.h", "#define VALUE 9\n", "other")
        self.assert_value(9, 2, product="other")
        self.checkout("third")
        self.assert_value(1, 0, product="third", cached=True)

    def test_branches(self):
        """All are remembered."""
        for number in range(1, 8):
            self.source("value.h", f"#define VALUE {number}\n")
            self.assert_value(number, 3 if number == 1 else 2)
        for number in range(1, 8):
            self.source("value.h", f"#define VALUE {number}\n")
            self.assert_value(number, 0, cached=True)

    def test_state_removed(self):
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        self.assert_value(1, 3)
        shutil.rmtree(self.path("product/.kiln-build"))
        products.rewrite(header, b"#define VALUE 2\n")
        self.assert_value(2, 2)
        shutil.rmtree(self.path("product/.kiln-build"))
        self.assert_value(2, 0, cached=True)

    def entries(self):
        root = self.path("cache/kiln/v1")
        return [os.path.join(parent, name) for parent, _, names in os.walk(root) for name in names
                if name != "size"]

    def test_damaged(self):
        """Whatever is wrong with what the cache has, it is made again."""
        self.assert_value(1, 3)
        for path in self.entries():
            data = program.read(path)
            if b"kiln manifest" in data:
                products.rewrite(path, data[:-1])
        shutil.rmtree(self.path("product/.kiln-build"))
        built = self.build()
        self.assertEqual(built.factors("processed"), {TOOL: 3})
        self.assertEqual(len(built.messages("warning")), 2, built.stderr)

    def test_forced(self):
        """A wrong result in the cache, as if another compiler had been there, is replaced."""
        self.source("value.h", "#ifndef VALUE\n#define VALUE 1\n#endif\n")
        # What no key has.
        compiler = self.write("wrong/cc",
                              f"#!/bin/sh\ntest -e {self.path('poison')} && set -- -DVALUE=7 "
                              f"\"$@\"\n"
                                          f"exec {shutil.which('cc')} \"$@\"\n")
        os.chmod(compiler, 0o755)
        path = self.path("wrong") + ":" + os.environ["PATH"]
        self.write("poison")
        self.assert_value(7, 3, variables={"PATH": path})
        os.unlink(self.path("poison"))
        shutil.rmtree(self.path("product/.kiln-build"))
        self.assert_value(7, 0, variables={"PATH": path}, cached=True)
        for option in ("-r", "-R"):
            self.assert_value(1, 3, option, variables={"PATH": path})
            shutil.rmtree(self.path("product/.kiln-build"))
            shutil.rmtree(self.path("product/.images"))
            self.assert_value(1, 0, variables={"PATH": path}, cached=True)


class Untold(Case):
    """Compilers that write no dependency file: all sources of the factor count."""

    def wrapper(self, script):
        path = self.write("wrapper/cc", f"#!/bin/bash\n{script}\n")
        os.chmod(path, 0o755)
        return {"PATH": self.path("wrapper") + ":" + os.environ["PATH"]}

    def test_dropped(self):
        variables = self.wrapper(
            "for each; do shift; case $each in -MD) ;; -MF) skip=1;; *) "
            "test $skip && skip= || set -- \"$@\" \"$each\";; esac; done\n"
            f"exec {shutil.which('cc')} \"$@\"")
        self.assert_value(1, 3, variables=variables)
        self.source("value.h", "#define VALUE 2\n")
        self.assert_value(2, 3, variables=variables)
        self.source("other.c", "int other(void) { return 3; }\n")
        self.assert_value(2, 3, variables=variables)
        self.source("value.h", SOURCES["tool/value.h"])
        self.source("other.c", SOURCES["tool/other.c"])
        self.assert_value(1, 0, cached=True, variables=variables)

    def test_not_asked_for(self):
        context = self.default_context("context")
        path = self.path("context/machines/host/gnu.v")
        products.rewrite(path, program.read(path).replace(b"\t: [-reads]\n", b""))
        variables = {"SYSTEMCONTEXT": context}
        self.assert_value(1, 3, variables=variables)
        self.source("value.h", "#define VALUE 2\n")
        self.assert_value(2, 3, variables=variables)
        self.source("other.c", "int other(void) { return 3; }\n")
        self.assert_value(2, 3, variables=variables)

    def test_nonsense(self):
        """What is no dependency file is an error of the factor that names the source."""
        variables = self.wrapper(
            f"{shutil.which('cc')} \"$@\" || exit\n"
            "for each; do test $next && echo nonsense > $each; next=; test $each = -MF && next=1; "
            "done; exit 0")
        built = self.build("-j1", status=1, variables=variables)
        self.assertEqual(list(built.factors("failed")), [TOOL])
        self.assertIn("dependency file", built.messages("error")[0])
        self.assertTrue(built.events[0].get("path", "").endswith(".c"), built.stderr)
        self.assertEqual(self.build("-j1", status=1, variables=variables).factors("failed").keys(),
                         {TOOL})

    def test_changed_while_compiled(self):
        """A header that changes after the compiler read it is read again by the next build."""
        header = self.write("far.h", "#define VALUE 1\n")
        self.source("value.h", f'#include "{header}"\n')
        self.write("change", "#define VALUE 2\n")
        variables = self.wrapper(
            f"{shutil.which('cc')} \"$@\" || exit\n"
            f"case \"$*\" in *tool/main.c*) test -e {self.path('change')} && sleep 0.05 && "
            f"cat {self.path('change')} > {header} && rm {self.path('change')};; esac; exit 0")
        self.build(variables=variables)
        self.assertEqual(self.value(), 1)
        self.build(variables=variables)
        self.assertEqual(self.value(), 2)
        shutil.rmtree(self.path("product/.kiln-build"))
        products.rewrite(header, b"#define VALUE 1\n")
        self.build(variables=variables)
        self.assertEqual(self.value(), 1)


if __name__ == "__main__":
    tap.main()
