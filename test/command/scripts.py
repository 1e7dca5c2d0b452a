"""Products of scripts: lists of what a shell is to do, for a construction context that knows them.

    class Some(scripts.Case):
        def test_something(self):
            self.scripts({"one.do": "say hello\n"})
            self.build("-X", self.context())
            self.assertEqual(self.output("one"), ["hello"])
"""
import os

import products
import program
import tap

VECTORS = "http://if.fault.io/factors/vector\n\tset.v 1 vectors\n\tplan.sys 1 plans\n"

# Sections as a context of fault.io has them: the programs are named by absolute paths. Python is
# processed by python-cc; scripts, a type of this context alone, are lists of what a shell is to do.
PYTHON_SECTION = {
    "variants.v": "[modes]:\n\t: executable delineation\n[systems]:\n\t: [host-system]\n"
                  "[*]:\n\t: [host-python]\n",
    "type.v": "-tool:\n\t: .ft-python-cc\nTranslate:\n\t: [-tool] -interpret-1 .cpython-1\n"
              "Render:\n\t: [-tool] -reduce-1 .cpython-1\n",
    "cpython-1.v": """\
[factor-type]:
	: http://if.fault.io/factors/python
[integration-type]:
	: module interface
[unit-suffix]:
	fv-form-delineated: ""
	!: .ast

-optimize:
	if-debug: 0
	if-optimal: 2
	!: 1

-interpret-1:
	: "interpret" - -
	: [unit File]
	: [source File]
	fv-form-delineated:
		: delineated json
	: factor [factor-path]
	: format [language].[dialect]
	: cpython-optimize [-optimize]
	if-metrics:
		: metrics-trap [telemetry-directory File]
		: instrumentation coverage

-reduce-1:
	: "reduce" - -
	: [factor-image File]
	:
		fv-form-delineated:
			: [unit-directory File]
			: delineated archive
		!: [unit File]
	: format python.ast
""",
}
SCRIPT_SECTION = {
    "variants.v": "[modes]:\n\t: executable survey\n[systems]:\n\t: plain\n[plain]:\n\t: text\n",
    "type.v": "Translate:\n\t: .shell -do .steps\nRender:\n\t: ..script.shell -collect .steps\n",
    "steps.v": """\
[factor-type]:
	: http://kiln.example/factors/script
[unit-prefix]:
	: done-
[environment]:
	: GREETING LC_MESSAGES

-do:
	: "do" - output
	if-read: "read"
	!: "write"
	: [source] [unit File] [log-directory] [null env.GREETING] "two words"
	: [http://kiln.example/factors/script.list#factor-image]

-collect:
	: "collect" - -
	: collect
	: [source-paths] [factor-image]
	: [units]
""",
    "reading.v": "Translate:\n\t: .shell -do .steps .input\n",
    "input.v": '-do:\n\t: "read" input output\n\t: write - - - - -\n',
}

# What the plan of the script section runs: the steps that the source of a factor names.
SCRIPT = r"""
action=$1; source=$2
case $action in
collect)
	image=$3; shift 3
	cat "$@" > "$image"
	exit ;;
esac
# Until a file is there beside this script, or half a minute has passed.
await() {
	tries=3000
	while [ ! -e "${0%/*}/$1" ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.01; done
}
# Until as many scripts have begun, and a moment longer, in which one too many would show.
gather() {
	tries=3000
	while [ "$(grep -c + "${0%/*}/marks")" -lt "$1" ] && [ $((tries -= 1)) -gt 0 ]; do
		sleep 0.01
	done
	sleep 0.05
}
[ "$source" = - ] || exec < "$source"
while read -r step value; do
	case $step in
	say) echo "$value" ;;
	environment) env | sort ;;
	arguments) for one; do echo "<$one>"; done ;;
	directory) pwd ;;
	descriptors) for fd in /proc/$$/fd/*; do readlink "$fd" || :; done ;;
	complain) echo "$value" >&2 ;;
	mark) echo "$value" >> "${0%/*}/marks" ;;
	exit) exit "$value" ;;
	signal) kill -"$value" $$ ;;
	sleep) sleep "$value" ;;
	await) await "$value" ;;
	gather) gather "$(cat "${0%/*}/together")" ;;
	remove) rm "$3" ;;
	esac
done
"""


class Case(products.Case):
    def setUp(self):
        super().setUp()
        self.link = self.path("bin", "python-cc")
        os.mkdir(self.path("bin"))
        os.symlink(tap.KILN, self.link)
        self.write("script.sh", SCRIPT)

    def context(self, name="context", tool=None, plan=""):
        """Write the context; its path. `tool` is the path of python-cc, `plan` more of its plan."""
        def identity(section):
            return {".project/f-identity": f"{section} http://kiln.example/machines.{section} "
                                           "factors/polynomial-1\n-\n",
                    ".project/polynomial-1": VECTORS}

        meta = identity("meta") | {
            "projections.v": "python:\n\t: http://if.fault.io/factors/python\n"
                             "script:\n\t: http://kiln.example/factors/script\n",
            "intercepts.v": "delineation:\n\t: . delineated .\nsurvey:\n\t: . surveyed "
                            "executable\n",
            "variants.v": "[modes]:\n[systems]:\n"}
        python = identity("python") | PYTHON_SECTION | {
            "ft-python-cc.sys": f"#!/usr/bin/env fault-execute\n{plan}{tool or self.link}\n\t-\n"}
        script = identity("script") | SCRIPT_SECTION | {
            "shell.sys": "FROM_PLAN=in the plan\nHOME\n/bin/sh\n\t|sh\n\t|" + self.path("script.sh")
            + "\n"}
        return self.sections(name, {"meta": meta, "python": python, "script": script})

    def scripts(self, files, **options):
        """Write a project of scripts, and one module of Python; its factor path is acme.steps."""
        self.project("acme.steps", {"module.py": "'A module.'\nassert x\n"} | files,
                     products.FORMATS +
                     "http://kiln.example/factors/script\n\ttext.do plain steps\n"
                     "\treading.rd plain steps\n",
                     **options)

    def script_image(self, name, form="images"):
        return self.path("product", "." + form, "plain-text/acme/steps", name + ".i")

    def output(self, name, form="images"):
        """What a script wrote to its image, as lines."""
        return program.read(self.script_image(name, form)).decode().splitlines()

    def log(self, factor, name, form="executable", system="plain-text"):
        """The log of a command."""
        return program.read(self.path("product/.kiln-build/work", form, "acme.steps", factor,
                                      system, "log", name + ".log")).decode()
