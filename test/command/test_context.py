"""Construction contexts of others: how they are chosen, and what the programs that they name see.
"""
import glob
import marshal
import os
import shlex
import shutil
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import scripts
import tap


class Choice(scripts.Case):
    def setUp(self):
        super().setUp()
        self.scripts({"one.do": "say hello\n"})

    def made(self, *arguments, **options):
        self.build(*arguments, **options)
        return os.path.exists(self.script_image("one"))

    def test_the_option_chooses(self):
        self.assertTrue(self.made("-X", self.context()))
        self.assertEqual(self.output("one"), ["hello"])

    def test_the_variable_chooses(self):
        self.assertTrue(self.made(variables={"SYSTEMCONTEXT": self.context()}))

    def test_the_products_own_context_is_used(self):
        self.assertFalse(self.made())
        self.context("product/.system")
        self.assertTrue(self.made())

    def test_the_built_in_context_knows_nothing_of_scripts(self):
        self.assertFalse(self.made())

    def test_the_option_comes_before_the_variable_before_the_product(self):
        broken, good = self.path("broken"), self.context("good")
        os.mkdir(broken)
        self.assertTrue(self.made("-X", good, variables={"SYSTEMCONTEXT": broken}))
        os.symlink(broken, self.path("product/.system"))
        self.assertTrue(self.made(variables={"SYSTEMCONTEXT": good}))
        self.build(status=2)

    def test_a_relative_path_is_that_of_the_working_directory(self):
        self.context()
        self.assertTrue(self.made("-X", "context"))

    def test_what_is_no_context_is_an_error(self):
        os.mkdir(self.path("empty"))
        for name in ("empty", "nothing", "script.sh"):
            with self.subTest(name=name):
                built = self.build("-X", self.path(name), status=2)
                self.assertIn(name, built.stderr)
                self.assertFalse(os.path.exists(self.path("product/.images")))

    def test_mistakes_in_a_context_name_file_and_line(self):
        for name, text, expected, *status in (
                ("machines/script/steps.v", "-do:\n\t: [x\n", "steps.v:2"),
                ("machines/script/type.v", "Render:\n\t: .nothing -collect .steps\n", "nothing"),
                ("machines/script/type.v", "Render:\n\t: .shell -nothing .steps\n", "-nothing"),
                ("machines/script/type.v", "Render:\n\t: .shell -collect .nothing\n", "nothing"),
                ("machines/script/steps.v", "-do:\n\t: x - -\n-collect:\n\t: [-collect]\n",
                 "steps.v:4", 1),
                ("machines/script/shell.sys", "#!/bin/sh\n", "shell.sys")):
            with self.subTest(name=name, text=text):
                shutil.rmtree(self.path("context"), ignore_errors=True)
                context = self.context()
                self.write("context/" + name, text)
                result = self.kiln("build", "-X", context, self.product, status=(status or [2])[0],
                                   variables=self.variables())
                self.assertIn(expected, result.stderr)
                self.assertFalse(os.path.exists(self.script_image("one")))

    def test_a_change_of_the_context_makes_what_it_influences_anew(self):
        context = self.context()
        self.build("-X", context)
        self.assert_nothing(self.build("-X", context))
        path = self.path("context/machines/script/steps.v")
        text = program.read(path).replace(b'"two words"', b'"three more words"')
        self.write(path, text)
        self.assert_made(self.build("-X", context), processed={"acme.steps.one"})
        self.assert_nothing(self.build("-X", context))

    def test_a_context_elsewhere_with_the_same_content_makes_the_same(self):
        self.build("-X", self.context())
        first = self.images()
        shutil.rmtree(self.path("product/.images"))
        self.build("-X", self.context("another"), "--no-cache")
        self.assertEqual(self.images(), first)

    def test_a_mode_of_the_context_has_its_own_images(self):
        context = self.context()
        built = self.build("-X", context, "--mode", "survey")
        self.assert_made(built, processed={"acme.steps.one", "acme.steps.module"})
        self.assertEqual(self.output("one", "surveyed"), ["hello"])
        self.assertFalse(os.path.exists(self.path("product/.images")))


class Programs(scripts.Case):
    def setUp(self):
        super().setUp()
        self.used = self.context()

    def run_script(self, text, *options, status=0, name="one.do", **more):
        """Build with one script; what was said."""
        self.scripts({name: text})
        return self.build("-X", self.used, *options, status=status, **more)

    def test_arguments_are_what_was_composed(self):
        self.run_script("arguments\n")
        work = self.path("product/.kiln-build/work/executable/acme.steps/one/plain-text")
        found = self.output("one")
        self.assertEqual(found[:2], ["<write>", f"<{self.path('product/acme/steps/one.do')}>"])
        # What the build makes for itself is named from the directory that the program runs in.
        log = "./" + os.path.relpath(work, self.path("product")) + "/log"
        self.assertEqual(found[3:], [f"<{log}>", "</dev/null>", "<two words>"])
        # The program writes elsewhere; what it wrote takes the unit's place.
        self.assertEqual(os.path.basename(found[2]), "done-one.do>")
        self.assertTrue(os.path.isfile(work + "/units/done-one.do"))

    def test_features_are_conclusions(self):
        self.run_script("arguments\n", "--feature", "read")
        self.assertEqual(self.output("one")[0], "<read>")

    def test_the_environment_is_small_and_known(self):
        self.run_script("environment\n", variables={
            "GREETING": "good morning", "SECRET": "x", "SOURCE_DATE_EPOCH": "77",
            "LC_ALL": "de_DE.UTF-8", "TMPDIR": self.directory, "PYTHONPATH": "/nowhere",
            "LC_MESSAGES": None})
        found = dict(line.split("=", 1) for line in self.output("one"))
        for name in ("PWD", "OLDPWD", "SHLVL", "_"):  # of the shell
            found.pop(name, None)
        self.assertEqual(found.pop("LC_ALL", "C"), "C")
        self.assertEqual(found, {
            "PATH": os.environ["PATH"], "TMPDIR": self.directory, "SOURCE_DATE_EPOCH": "77",
            "GREETING": "good morning", "FROM_PLAN": "in the plan"})

    def test_variables_of_the_context_are_seen_by_vectors(self):
        self.run_script("arguments\n", variables={"GREETING": "hello world", "SECRET": "x"})
        self.assertIn("<hello world>", self.output("one"))
        self.assert_nothing(self.build("-X", self.used, variables={"GREETING": "hello world"}))
        self.assert_made(self.build("-X", self.used, variables={"GREETING": "good bye"}),
                         processed={"acme.steps.one"})
        self.assertIn("<good bye>", self.output("one"))

    def test_programs_run_in_the_directory_of_the_product(self):
        self.run_script("directory\n", cwd="/")
        self.assertEqual(self.output("one"), [os.path.realpath(self.product)])

    def test_programs_inherit_nothing_but_three_descriptors(self):
        self.run_script("descriptors\n")
        names = sorted(os.path.basename(path) for path in self.output("one"))
        self.assertEqual(names[1:], ["done-one.do", "one.do", "script.sh"])
        self.assertRegex(names[0], "log")

    def test_standard_input_is_the_source_or_nothing(self):
        self.scripts({"one.rd": "say from standard input\n"})
        self.build("-X", self.used)
        self.assertEqual(self.output("one"), ["from standard input"])

    def test_standard_error_goes_to_the_log(self):
        self.run_script("complain of this\nsay that\n")
        log = self.log("one", "done-one.do")
        self.assertIn("operation: do\n", log)
        self.assertIn(f"directory: {self.product}\n", log)
        self.assertIn("program: /bin/sh\n", log)
        self.assertIn("environment: FROM_PLAN=in the plan\n", log)
        self.assertRegex(log, r"command: sh \S+/script\.sh write \S+/one\.do .*'two words'\n")
        self.assertIn("\nof this\n", log)
        self.assertRegex(log,
                         r"\nexit status 0; [0-9.]+ s, [0-9.]+ s of the processor, [0-9.]+ MB\n")
        self.assertIn("operation: collect\n", self.log("one", "one.i"))
        self.assertEqual(self.output("one"), ["that"])

    def check_failure(self, text, expected, *options):
        """A script fails; the others are made, its log tells why, and no part of a target is left.
        """
        self.scripts({"one.do": "say before\n"})
        self.build("-X", self.used)
        self.scripts({"one.do": "complain of something\nsay part\n" + text, "two.do": "say two\n"})
        built = self.build("-X", self.used, *options, status=1)
        self.assertEqual(set(built.factors("failed")), {"acme.steps.one"})
        self.assertEqual(set(built.factors("processed")), {"acme.steps.two"})
        error = next(event for event in built.events if event["event"] == "error")
        self.assertEqual(error["path"], self.path("product/acme/steps/one.do"))
        self.assertIn(expected, error["message"])
        log = error["message"].rpartition("the log is '")[2].rstrip("'")
        self.assertIn("\nof something\n", program.read(log).decode())
        self.assertIn(expected, program.read(log).decode())
        self.assertEqual(self.output("one"), ["before"])
        self.assertEqual(self.output("two"), ["two"])
        self.assertEqual(glob.glob(self.path("product/**/.*done-one*"), recursive=True), [])

    def test_a_program_that_fails(self):
        self.check_failure("exit 3\n", "exit status 3")

    def test_a_program_that_is_ended_by_a_signal(self):
        self.check_failure("signal KILL\n", "signal 9")

    def test_a_program_that_takes_too_long(self):
        begun = time.monotonic()
        self.check_failure("sleep 333.25\n", "ended after the time limit of 1 s", "--timeout", "1")
        self.assertLess(time.monotonic() - begun, 60)
        found = [pid for pid in program.running()
                 if b"333.25" in self.command_line(pid)]
        for pid in found:
            os.kill(pid, 9)
        self.assertEqual(found, [], "what the program had started goes on")

    @staticmethod
    def command_line(pid):
        try:
            return program.read(f"/proc/{pid}/cmdline")
        except (FileNotFoundError, ProcessLookupError):
            return b""

    def test_a_program_that_makes_nothing(self):
        self.scripts({"one.do": "say x\n"})
        self.write("script.sh", "exit 0\n")
        built = self.build("-X", self.used, status=1)
        self.assertRegex(built.messages("error")[0], "did not create")
        self.assertFalse(os.path.exists(self.script_image("one")))

    def test_a_program_that_is_not_there(self):
        self.scripts({"one.do": "say x\n"})
        self.write("context/machines/script/shell.sys", "/nowhere/at/all\n\t-\n")
        built = self.build("-X", self.used, status=1)
        self.assertIn("/nowhere/at/all", built.messages("error")[0])
        self.assertEqual(set(built.factors("failed")), {"acme.steps.one"})
        self.assertEqual(set(built.factors("processed")), {"acme.steps.module"})

    def test_a_failure_is_tried_again(self):
        self.run_script("exit 1\n", status=1)
        self.assert_made(self.build("-X", self.used, status=1), failed={"acme.steps.one"},
                         commands=1)
        self.scripts({"one.do": "say done\n"})
        self.assert_made(self.build("-X", self.used), processed={"acme.steps.one"})

    def test_noise_of_a_program_that_succeeds_is_shown(self):
        self.scripts({"one.do": "complain warning: odd\n"})
        result = self.kiln("build", "-X", self.used, self.product, variables=self.variables())
        self.assertIn("warning: odd\n", result.stderr)

    def test_factors_of_several_sources_have_a_unit_for_each(self):
        self.scripts({"list/.factor": "http://kiln.example/factors/script.list\n",
                      "list/a.do": "say a\n", "list/below/a.do": "say below\n"})
        built = self.build("-X", self.used)
        self.assertEqual(built.factors("processed")["acme.steps.list"], 3)
        self.assertEqual(self.output("list"), ["a", "below"])

    def test_images_of_requirements_are_answers(self):
        self.scripts({"list/.factor": "http://kiln.example/factors/script.list\n",
                      "list/a.do": "say a\n",
                      "user/.factor": "http://kiln.example/factors/script.text\n.list\n",
                      "user/b.do": "arguments\n"})
        self.build("-X", self.used)
        self.assertEqual(self.output("user")[-1], f"<{self.script_image('list')}>")


class Python(scripts.Case):
    """python-cc, being this program, at an absolute path, as a context of fault.io names it."""

    MODULES = {"module.py": "'A module.'\nassert True\nfrom . import other\n",
               "other.py": "VALUE = 1\n", "other.pyi": "VALUE: int\n"}
    # Each process that is started with these leaves a file.
    TRACE = "LD_DEBUG=files\nLD_DEBUG_OUTPUT={}\n"

    def setUp(self):
        super().setUp()
        self.project("acme.steps", self.MODULES)

    def wrapper(self):
        """A program named python-cc that is another file than this program; it notes each call."""
        settings = "".join(f"export {name}={shlex.quote(value)}\n"
                           for name, value in tap.SANITIZERS.items())
        path = self.write("wrapper/python-cc", f"#!/bin/sh\necho \"$@\" >> {self.path('calls')}\n"
                                               f"{settings}exec {self.link} \"$@\"\n")
        os.chmod(path, 0o755)
        return path

    def started(self):
        return len(glob.glob(self.path("trace.*")))

    def test_it_is_performed_in_process(self):
        context = self.context(plan=self.TRACE.format(self.path("trace")))
        built = self.build("-X", context, "-j", "1")
        self.assert_made(built, commands=4, processed={"acme.steps.module", "acme.steps.other"})
        self.assertEqual(self.started(), 0)
        self.assertEqual(glob.glob(self.path("product/.kiln-build/work/**/log"), recursive=True),
                         [])

    def test_another_program_of_its_name_is_started(self):
        context = self.context(tool=self.wrapper(), plan=self.TRACE.format(self.path("trace")))
        built = self.build("-X", context)
        self.assert_made(built, commands=4, processed={"acme.steps.module", "acme.steps.other"})
        self.assertEqual(program.read(self.path("calls")).count(b"\n"), 4)
        self.assertGreaterEqual(self.started(), 4)

    def test_both_make_the_same(self):
        for options in ([], ["-O"], ["-g"], ["--mode", "delineation"]):
            with self.subTest(options=options):
                self.build("-X", self.context(), "--no-cache", "-R", *options)
                first = self.images()
                self.build("-X", self.context("started", tool=self.wrapper()), "--no-cache", "-R",
                           *options)
                self.assertEqual(self.images(), first)
                self.assertGreaterEqual(len(first), 2)

    def test_it_makes_what_the_tool_makes(self):
        self.build("-X", self.context(), "-O")
        source = self.path("product/acme/steps/module.py")
        for out, origin, *more in (
                ("unit", source, "factor", "acme.steps.module", "format", "python.psf-v3",
                 "cpython-optimize", "2"),
                ("image", self.path("unit"), "format", "python.ast")):
            self.kiln("cc", self.path(out), origin, *more)
        self.assertEqual(program.read(self.image("acme.steps.module")),
                         program.read(self.path("image")))
        code = marshal.loads(program.read(self.path("image")))
        self.assertIn("acme.steps.module", code.co_consts)

    def test_modes_of_the_context(self):
        self.build("-X", self.context(), "--mode", "delineation")
        image = self.image("acme.steps.other", form="delineated")
        self.assertEqual(sorted(os.listdir(image)), ["other.py", "other.pyi"])
        self.assertIn("elements.json", os.listdir(os.path.join(image, "other.py")))

    def test_a_source_with_an_error_is_told_as_always(self):
        self.put("acme/steps/other.py", "x = (\n")
        for tool in (self.link, self.wrapper()):
            with self.subTest(tool=tool):
                shutil.rmtree(self.path("context"), ignore_errors=True)
                result = self.kiln("build", "-X", self.context(tool=tool), self.product, status=1,
                                   variables=self.variables())
                self.assertIn("acme/steps/other.py:1:5: error: '(' was never closed", result.stderr)

    def test_metrics_are_asked_for(self):
        self.build("-X", self.context(tool=self.wrapper()), "--feature", "metrics", status=None)
        self.assertRegex(program.read(self.path("calls")).decode(),
                         r"module\.py factor acme\.steps\.module format python\.psf-v3 "
                         r"cpython-optimize 1 "
                         r"metrics-trap \S*acme/steps/module\S* instrumentation coverage\n")

    def test_wrong_parameters_of_the_context_are_an_error(self):
        context = self.context()
        path = self.path("context/machines/python/cpython-1.v")
        self.write(path,
                   program.read(path).replace(b": factor [factor-path]", b": intention optimal"))
        built = self.build("-X", context, status=1)
        self.assertIn("intention", " ".join(built.messages("error")))
        self.assertEqual(self.images(), {})


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
class Host(scripts.Case):
    """The built-in context, as a directory."""

    def test_the_built_in_context_is_that_of_the_sources(self):
        self.project("acme.native", {
            "tool/.factor": "http://if.fault.io/factors/system.executable\n.part\n",
            "tool/main.c": "int part(void);\nint main(void)\n{\n\treturn part();\n}\n",
            "part/.factor": "http://if.fault.io/factors/system.library\n",
            "part/part.c": "int part(void)\n{\n\treturn 42;\n}\n",
            "module.py": "x = 1\n", "chapter.txt": "[ A ]\n"})
        modes = ("--no-cache", "--mode", "executable", "--mode", "delineation")
        self.build(*modes)
        first = self.images()
        self.assertGreaterEqual(len(first), 5)
        built = self.build(*modes, "-R", "-X", self.default_context("default"))
        self.assertEqual(self.images(), first)
        self.assertEqual(len(built.images("processed")), 5)


if __name__ == "__main__":
    tap.main()
