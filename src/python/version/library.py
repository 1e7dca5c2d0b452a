"""Write how modules of the standard library behave, as a C source: `library.py OUTPUT`.

They are asked by using them, in the interpreter that is embedded: some behave differently from one
release of a version to the next. What the members mean is in python/library.h.
"""
import argparse
import compileall
import contextlib
import io
import os
import pathlib
import py_compile
import re
import sys
import tempfile
import textwrap
import traceback
from unittest import mock


def parser():
    made = argparse.ArgumentParser("program")
    for flag in ("-l", "-f"):
        made.add_argument(flag, action="store_true")
    made.add_argument("-j", "--workers")
    made.add_argument("--first", choices=["a", "b"])
    made.add_argument("--find")
    made.add_argument("names", nargs="*")
    return made


def parsed(*words):
    """What options of a command line are set to, and the rest; None if the line is refused."""
    with contextlib.redirect_stderr(io.StringIO()):
        try:
            return parser().parse_known_args(words)
        except SystemExit:
            return None


def output_of(function, *arguments, **settings):
    """What a function prints, to either stream."""
    text = io.StringIO()
    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):
        with contextlib.suppress(SystemExit):
            function(*arguments, **settings)
    return text.getvalue()


def program_of(module):
    """The name under which a module that runs as program speaks."""
    main = mock.Mock(__spec__=mock.Mock(origin=module.__file__, parent=""))
    main.__spec__.name = module.__name__
    with mock.patch.dict(sys.modules, __main__=main), \
            mock.patch.object(sys, "argv", [module.__file__]), \
            mock.patch.object(sys, "executable", os.path.realpath(sys.executable)):
        return argparse.ArgumentParser().prog


def output_of_main(module, *arguments):
    """What a module that runs as program prints."""
    with mock.patch.object(sys, "argv", [module.__file__, *arguments]):
        return output_of(module.main)


def lines_of_error(*place):
    """What traceback prints for a SyntaxError with this place, without the first line."""
    error = SyntaxError("message", ("file", *place))
    return "".join(traceback.format_exception_only(error)).splitlines()[1:]


def module_name():
    """The parts of a program's name around the module's."""
    before, after = re.fullmatch("(.*)compileall(.*)", program_of(compileall)).groups()
    return before, after


def parts_repeated():
    """Whether usage is wrapped between the two mentions of an argument that is required."""
    made = argparse.ArgumentParser("program", add_help=False)
    made.add_argument("names", nargs="+")
    with mock.patch.dict(os.environ, COLUMNS="30"):
        return "program names\n" in made.format_usage()


def fails_on_loops():
    with tempfile.TemporaryDirectory() as directory:
        loop = pathlib.Path(directory, "loop")
        loop.symlink_to(loop)
        try:
            loop.resolve()
        except RuntimeError:
            return True
    return False


FACTS = {
    "fails_on_loops": fails_on_loops,
    "value_once": lambda: "-j, --workers WORKERS" in parser().format_help(),
    "parts_repeated": parts_repeated,
    "keeps_space": lambda: textwrap.wrap("ab cdef", 3)[0] == "ab ",
    "late_ambiguity": lambda: "ambiguous" not in output_of(parser().parse_args, ["-h", "--fi"]),
    "strict_letters": lambda: parsed("-lj=3")[0].workers == "3",
    "dashes_are_value": lambda: parsed("-j=--")[0].workers == "--",
    "begins_as_number": lambda: parsed("-1x")[0].names == ["-1x"],
    "quotes_choices": lambda: "from 'a', 'b'" in output_of(parser().parse_args, ["--first=c"]),
    "strips_whole_prefix": lambda: "not a valid prefix" in output_of(
        compileall.compile_file, "/missing/name.py", stripdir="/other"),
    "strips_newlines": lambda: "'missing'" in output_of_main(py_compile, "missing\n"),
    "bounds_marks": lambda: lines_of_error(1, 1, "ab\n", 1, 9)[1] == "    ^^",
    "suggests_keywords": lambda: hasattr(traceback.TracebackException, "_find_keyword_typos"),
}


def main():
    before, after = module_name()
    members = [f'\t.program_before = "{before}",\n\t.program_after = "{after}",\n']
    members.append(f'\t.pattern_error = "{re.error.__name__}",\n')
    members += [f"\t.{name} = {str(bool(fact())).lower()},\n" for name, fact in FACTS.items()]
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write('/* Made by library.py. */\n#include "python/library.h"\n\n')
        file.write("const struct library library = {\n" + "".join(members) + "};\n")


main()
