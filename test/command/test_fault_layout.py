"""A construction context and projects as fault.io's tools lay them out: sections that are named but
absent, chapters of language kleptic, plans for python-cc, types that are rendered without being
translated, requirements of the context's own product."""
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import products
import program
import tap

# As in fault.io's projects: dialect, then language.
FORMATS = """\
http://if.fault.io/factors/python
	module.py psf-v3
	interface.pyi psf-v3
http://if.fault.io/factors/meta
	chapter.txt fault-1 kleptic
	references.fr lines text
http://if.fault.io/factors/system
	type.c 2011 c
	type.h header c
	references.sr lines text
"""
VECTORS = """\
http://if.fault.io/factors/vector
	set.v  fault-vc
	plan.sys  fault-xp
"""
PYTHON_CC = "python-cc\n\t-\n"
CHAPTER = ("! CONTEXT:\n\t/protocol/\n\t\t&<http://if.fault.io/chapters/none>\n\n"
           "[ Section ]\nWords.\n")


def identity(section):
    return (f"{section} http://fault.io/system/machines.{section} factors/polynomial-1\n"
            "fault.io <critical@fault.io>\n")


def section(name, files):
    return {".project/f-identity": identity(name), ".project/polynomial-1": VECTORS} | files


# What is generated for a host: a section for text is named, but only made where its tools are.
CONTEXT = {
    "meta": section("meta", {
        "projections.v": """\
#!/usr/bin/env factor-type http://if.fault.io/factors/meta.vectors
python:
	: http://if.fault.io/factors/python

text:
	: http://if.fault.io/factors/meta

host:
	: http://if.fault.io/factors/system
""",
        "intercepts.v": "delineation:\n\t: . delineated .\n",
        "variants.v": "[modes]:\n[systems]:\n",
    }),
    "python": section("python", {
        "variants.v": "[modes]:\n\t: executable\n\t: delineation\n[systems]:\n\t: linux\n[linux]:\n"
                      f"\t: {tap.ARCHITECTURE}\n",
        "type.v": """\
Translate:
	: .ft-python-cc -pyc-parse-1 .pyc
Render:
	: .ft-python-cc -pyc-reduce-1 .pyc
""",
        "ft-python-cc.sys": PYTHON_CC,
        "pyc.v": """\
[factor-type]:
	: http://if.fault.io/factors/python
[integration-type]:
	: module
[unit-suffix]:
	cc-mode-delineation: ""
	!: .ast

-constants:
	: factor [factor-path]

-pyc-parse-1:
	: "parse" - -
	: [unit File] [source File]
	cc-mode-delineation: delineated json
	: format [language].[dialect]
	: [-constants]

-pyc-reduce-1:
	!cc-mode-delineation:
		: "reduce" - -
		: [factor-image File] [unit File]
		: format python.ast
	cc-mode-delineation:
		: "archive" - -
		: [factor-image File] [unit-directory File]
		: delineated archive
""",
    }),
}
# What makes chapters, where it is there.
TEXT = section("text", {
    "variants.v": "[modes]:\n\t: delineation\n[systems]:\n\t: void\n[void]:\n\t: json\n",
    "type.v": "Translate:\n\tlanguage-kleptic: .ft-python-cc -parse .steps\nRender:\n"
              "\t: .ft-python-cc -store .steps\n",
    "ft-python-cc.sys": PYTHON_CC,
    "steps.v": """\
[factor-type]:
	: http://if.fault.io/factors/meta
[integration-type]:
	: chapter
-parse:
	: "delineate" - -
	: [unit File] [source File]
	: format [language].[dialect]
-store:
	: "archive" - -
	: [factor-image File] [unit-directory File]
	: delineated archive
""",
})


class Case(products.Case):
    def setUp(self):
        super().setUp()
        self.project("fault.text", {"manual.txt": CHAPTER, "tools.py": "x = 1\n"}, FORMATS)

    def context(self, sections):
        """Write a context with an index; its path."""
        path = self.sections("context", sections)
        lines = sorted(
            f"http://fault.io/system/machines.{name} machines.{name} factors/polynomial-1\n"
                       for name in sections)
        self.write("context/.product/PROJECTS", "".join(lines))
        return path

    def chapter(self, system="void-json"):
        """The names of what the description of the chapter has."""
        return sorted(os.listdir(os.path.join(self.image("fault.text.manual", system, "delineated"),
                                              "manual.txt")))


class Sections(Case):
    def test_the_types_of_an_absent_section_are_not_processed(self):
        context = self.context(CONTEXT)
        for modes in ([], ["--mode", "delineation"]):
            with self.subTest(modes=modes):
                built = self.build("-X", context, *modes)
                self.assert_made(built, processed={"fault.text.tools"})
                self.assertEqual(built.messages("warning") + built.messages("note"), [])

    def test_that_is_told_on_demand(self):
        context = self.context(CONTEXT)
        built = self.build("-X", context, "-v")
        self.assertEqual(len(built.messages("note")), 2, built.stderr)  # text and host
        for name, message in zip(("text", "host"), built.messages("note")):
            self.assertIn(f"'machines.{name}'", message)
            self.assertIn("machines.meta.projections", message)
        result = self.kiln("build", "-v", "-n", "-X", context, "product",
                           variables=self.variables())
        self.assertIn(
            "kiln: note: machines.meta.projections: the context has no section 'machines.text'",
                      result.stderr)
        for command in (["query", "variants"], ["query", "images"]):
            self.assertIn("note: ", self.kiln(*command, "-v", "-X", context, "product").stderr)
            self.assertEqual(self.kiln(*command, "-X", context, "product").stderr, "")

    def test_a_section_that_is_made_later_processes_them(self):
        self.build("-X", self.context(CONTEXT), "--mode", "delineation")
        context = self.context(CONTEXT | {"text": TEXT})
        built = self.build("-X", context, "--mode", "delineation")
        self.assertIn("fault.text.manual", built.factors("processed"))
        self.assertEqual(self.chapter(), ["context.json", "elements.json"])


class Chapters(Case):
    def test_the_default_context_takes_both_declarations(self):
        self.project("words", {"manual.txt": CHAPTER}, products.FORMATS)
        built = self.build("--mode", "delineation")
        self.assertEqual(set(built.factors("processed")),
                         {"fault.text.manual", "fault.text.tools", "words.manual"})
        made = []
        for factor in ("fault.text.manual", "words.manual"):
            path = os.path.join(self.image(factor, "void-json", "delineated"), "manual.txt",
                                "elements.json")
            made.append(json.loads(program.read(path)))
        self.assertEqual(made[0], made[1])

    def test_another_dialect_is_refused_by_name(self):
        self.project("fault.text", {}, FORMATS.replace("fault-1 kleptic", "fault-2 kleptic"))
        built = self.build("--mode", "delineation", status=1)
        self.assertEqual(set(built.factors("failed")), {"fault.text.manual"})
        self.assertIn("kleptic.fault-2", "".join(built.messages("error")))
        self.assertIn("fault-1", "".join(built.messages("error")))


class Untranslated(Case):
    """Types that are rendered, but of which the context translates nothing."""

    def untranslating(self):
        text = TEXT | {"type.v": "Translate:\n" + TEXT["type.v"][TEXT["type.v"].index("Render"):]}
        return self.context(CONTEXT | {"text": text})

    def assert_told(self, built, count=1):
        """One warning names the source, and the format that is not translated."""
        found = [event for event in built.events if event["event"] == "warning"]
        self.assertEqual(len(found), count, built.stderr)
        for event in found:
            self.assertIn("no built file", event["message"])

    def test_nothing_is_rendered_and_that_is_told(self):
        context = self.untranslating()
        for _ in range(2):
            built = self.build("-X", context, "--mode", "delineation")
            self.assert_told(built)
            self.assertEqual(built.messages("error"), [])
            self.assertNotIn("fault.text.manual", built.factors("processed"))
            image = self.image("fault.text.manual", "void-json", "delineated")
            self.assertFalse(os.path.lexists(image))
        result = self.kiln("build", "-X", context, "--mode", "delineation", "product",
                           variables=self.variables())
        self.assertRegex(result.stderr,
                         rf"(?m)^{self.path('product/fault/text/manual.txt')}: warning: no built "
                         r"file: .* 'manual' in mode 'delineation'.* 'kleptic\.fault-1'$")
        self.assertEqual(self.kiln("query", "images", "-X", context, "--mode", "delineation",
                                   "product/fault/text/manual.txt").stdout, "")

    def test_an_image_of_before_is_removed(self):
        self.build("-X", self.context(CONTEXT | {"text": TEXT}), "--mode", "delineation")
        self.assertEqual(self.chapter(), ["context.json", "elements.json"])
        built = self.build("-X", self.untranslating(), "--mode", "delineation")
        self.assertEqual(set(built.factors("removed")), {"fault.text.manual"})
        image = self.image("fault.text.manual", "void-json", "delineated")
        self.assertFalse(os.path.lexists(image))

    def test_a_language_that_the_built_in_context_does_not_know_is_one(self):
        self.project("fault.text", {}, FORMATS.replace("fault-1 kleptic", "plain prose"))
        built = self.build("--mode", "delineation")
        self.assert_told(built)
        self.assertIn("prose.plain", built.messages("warning")[0])

    def test_each_factor_is_told_of_once_and_what_requires_it_is_made(self):
        self.put("fault/text/notes/.factor", "http://if.fault.io/factors/meta.chapter\n.manual\n")
        self.put("fault/text/notes/a.txt", CHAPTER)
        self.put("fault/text/notes/b.odd", CHAPTER)
        self.project("fault.text", {},
                     FORMATS.replace("fault-1 kleptic", "plain prose")
                     + "\tchapter.odd fault-1 kleptic\n")
        built = self.build("product/fault/text/manual.txt", "--mode", "delineation")
        self.assert_told(built)
        self.assertEqual(set(built.factors("processed")), {"fault.text.notes", "fault.text.tools"})


# As fault.io's extension modules are written: the name is the factor's, and what is told of it is
# read from outside.
EXTENSION = """\
#include <Python.h>
#include <unistd.h>
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define JOINED(x, y) x##y
#define INIT_OF(name) JOINED(PyInit_, name)
#ifndef IF_debug
#error "the feature is not told"
#endif
#ifdef linux
#undef linux
#endif
static const char context[] = CC_PATH;
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, TEXT(F_FACTOR_NAME), NULL, -1};

PyMODINIT_FUNC INIT_OF(F_FACTOR_NAME)(void)
{
	PyObject *made = PyModule_Create(&module);

	usleep(0); /* declared by _DEFAULT_SOURCE in ISO C */
	PyModule_AddStringConstant(made, "project", TEXT(F_PROJECT_PATH));
	PyModule_AddStringConstant(made, "context", TEXT(F_CONTEXT));
	PyModule_AddStringConstant(made, "variant",
		TEXT(FV_SYSTEM) " " TEXT(FV_ARCHITECTURE) " " TEXT(FV_FORM));
	PyModule_AddStringConstant(made, "construction", context);
	return made;
}
"""


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
@unittest.skipUnless(os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
                     "there are no headers of Python")
class Extensions(Case):
    def setUp(self):
        super().setUp()
        self.put("fault/text/extensions/kernel/.factor",
                 "http://if.fault.io/factors/system.extension\n")
        self.put("fault/text/extensions/kernel/kernel.c", EXTENSION)

    def load(self):
        """What the module says of itself, in an interpreter that imports it."""
        image = self.image("fault.text.extensions.kernel", f"linux-{platform.machine()}")
        code = ("import importlib.machinery as m, importlib.util as u, json, sys\n"
                "loader = m.ExtensionFileLoader('kernel', sys.argv[1])\n"
                "module = u.module_from_spec(u.spec_from_file_location('kernel', sys.argv[1], "
                "loader=loader))\n"
                "print(json.dumps([module.__name__, module.project, module.context, module.variant,"
                " module.construction]))\n")
        return json.loads(subprocess.run([program.PYTHON, "-I", "-B", "-c", code, image],
                                         check=True, capture_output=True, text=True,
                                         timeout=60).stdout)

    def test_a_module_that_is_named_by_its_factor_imports(self):
        built = self.build("-g")
        self.assertEqual(built.messages("warning"), [])
        self.assertEqual(self.load(),
                         ["kernel", "fault.text", "fault", f"linux {platform.machine()} executable",
                          ""])

    def with_machines(self):
        """A context whose section for Python is fault.io's project, with the headers that modules
        are bound by; its path."""
        context = self.default_context("other")
        self.write("other/machines/python/.project/f-identity", identity("python"))
        self.write("other/machines/python/interfaces/.factor",
                   "http://if.fault.io/factors/meta.sources\n")
        self.write("other/machines/python/interfaces/fault/bind.h", "#define BOUND 1\n")
        self.put("fault/text/bound.fr", "http://fault.io/system/machines.python/interfaces\n")
        self.put("fault/text/extensions/kernel/.factor",
                 "http://if.fault.io/factors/system.extension\n..bound\n")
        self.put("fault/text/extensions/kernel/kernel.c",
                 "#include <fault/bind.h>\n#if !BOUND\n#error not bound\n#endif\n" + EXTENSION)
        return context

    def test_the_product_of_the_context_fulfils_requirements(self):
        context = self.with_machines()
        before = program.tree(context)
        self.build("-g", "-X", context)
        self.assertEqual(self.load()[0], "kernel")
        self.assertEqual(program.tree(context), before)
        self.assertIn("interfaces",
                      self.kiln("query", "requirements", "-X", context, "product").stdout)
        self.write("other/machines/python/interfaces/fault/bind.h", "#define BOUND 0\n")
        self.assertEqual(set(self.build("-g", "-X", context, status=1).factors("failed")),
                         {"fault.text.extensions.kernel"})
        built = self.build("-g", status=1)  # the built-in context is no product
        self.assertIn("http://fault.io/system/machines.python", "".join(built.messages("error")))

    def test_connected_products_come_before_it(self):
        context = self.with_machines()
        self.put("machines/python/.project/f-identity", identity("python"), "connected")
        self.put("machines/python/interfaces/.factor", "http://if.fault.io/factors/meta.sources\n",
                 "connected")
        self.put("machines/python/interfaces/fault/bind.h", "#define BOUND 0\n", "connected")
        self.put(".product/CONNECTIONS", "connected\n")
        self.assertEqual(set(self.build("-g", "-X", context, status=1).factors("failed")),
                         {"fault.text.extensions.kernel"})

    def test_the_context_that_made_it_is_told(self):
        context = self.default_context("other")
        self.build("-g", "-X", context)
        self.assertEqual(self.load()[-1], context)


if __name__ == "__main__":
    tap.main()
