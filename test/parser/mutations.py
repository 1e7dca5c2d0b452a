"""Whether the tests of the parser find faults: each of its ways to give up is taken out, one at a
time, and each count of levels.

    mutations.py BUILD [FILE...]

A file of src/python/parse with one fault is compiled and linked, in front of the library, with the
programs of test/parser in BUILD. Reports in TAP: a test for each fault, of which a program has to
find it; those that none can find are in EQUIVALENT, with the reason.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PARSE = os.path.join(ROOT, "src", "python", "parse")

# The programs, the fastest first. One that does not end has found something.
PROGRAMS = (("texts",), ("derive", "1", "20000"), ("edits", "1", "3000"), ("sentences", "3"),
            ("depths",))
TIMEOUT = 60

# What is replaced by what; the first is for a line behind an `if`.
GUARDED = re.compile(r"return (?:refuse|doubt)_tokens\(parser\);")
FAULTS = (
    (re.compile(r"\(void\)(?:refuse|doubt)_tokens\([^()]*(?:\([^()]*\))?[^()]*\);"), "(void)0;"),
    (re.compile(r"(?:refuse|doubt)_tokens\(parser\)"), "parser->nothing"),
    (re.compile(r"\brefuse\(fields\);"), "(void)0;"),
    (re.compile(r"scan_give_up\(&?scanner\);"), "(void)0;"),
)
# What counts levels, and what counts them back: both go.
LEVELS = tuple(re.compile(rf"^\t*{name}\(parser, \w+\);") for name in ("enter", "leave"))

# Faults that change nothing that can be seen: {(file, function): reason}.
EQUIVALENT = {
    ("compound.c", "parse_type"): "types without parentheses are of CPython 3.14 and later",
    ("expressions.c", "parse_deeper"): "CPython has levels for all brackets that are scanned",
    ("literals.c", "parse_number"): "the scanner takes only numbers that can be read",
    ("scan.c", "add_name"): "the result without memory is already set",
    ("scan_string.c", "scan_string"): "templates are of CPython 3.14 and later",
    ("scanner.c", "scan_close"): "the parser wants the closing bracket of the opening one",
    ("statements.c", "parse_block"): "CPython has levels for as many blocks as there may be",
    ("statements.c", "parse_import_from"): "lazy imports are of CPython 3.15 and later",
}


def faults(name):
    """The faults of a file: (function, number of the line, text of the file with the fault)."""
    with open(os.path.join(PARSE, name), encoding="utf-8") as file:
        lines = file.readlines()
    function = None
    for number, line in enumerate(lines):
        begun = re.match(r"\w[^;=]*?(\w+)\(", line)
        function = begun[1] if begun else function
        if begun:
            continue
        if LEVELS[0].match(line):
            back = next(i for i in range(number, len(lines)) if LEVELS[1].match(lines[i]))
            changed = [";\n" if i in (number, back) else text for i, text in enumerate(lines)]
            yield function, number + 1, "".join(changed)
            continue
        guarded = ((GUARDED, ";"),) if re.match(r"\s*if \(", lines[number - 1]) else ()
        for pattern, replacement in guarded + FAULTS:
            if pattern.search(line):
                changed = pattern.sub(replacement, line, count=1)
                yield function, number + 1, "".join(lines[:number] + [changed] + lines[number + 1:])
                break


class Faulty:
    """Compiles and links programs with a fault."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.links = {program: self.link_of(program) for program, *_ in PROGRAMS}
        # The library of another CPython is built from the same sources.
        linked = {word + ".p" for link in self.links.values() for word in link}
        with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
            self.commands = {os.path.normpath(os.path.join(entry["directory"], entry["file"])):
                             shlex.split(entry["command"]) for entry in json.load(file)
                             if os.path.dirname(entry["output"]) in linked}

    def link_of(self, program):
        commands = subprocess.run(["ninja", "-C", self.build, "-t", "commands",
                                   f"test/parser/{program}"], check=True, capture_output=True,
                                  text=True).stdout
        return shlex.split(commands.splitlines()[-1])

    def run(self, command):
        subprocess.run(command, cwd=self.build, check=True, capture_output=True)

    def find(self, name, text):
        """The program that finds a fault, or None."""
        with tempfile.TemporaryDirectory() as directory:
            source = os.path.join(directory, name)
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            command = list(self.commands[os.path.join(PARSE, name)])
            command[command.index("-o") + 1] = source + ".o"
            command[command.index("-c") + 1] = source
            del command[command.index("-MQ"):command.index("-MQ") + 2]
            command[command.index("-MF") + 1] = source + ".d"
            self.run([*command, "-w", "-Wno-error"])
            for program, *arguments in PROGRAMS:
                link, made = list(self.links[program]), os.path.join(directory, program)
                link[link.index("-o") + 1] = made
                link.insert(link.index("-o") + 2, source + ".o")
                self.run(link)
                try:
                    result = subprocess.run([made, *arguments], timeout=TIMEOUT,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                except subprocess.TimeoutExpired:
                    return program
                if result.returncode:
                    return program
        return None


def main():
    parser = argparse.ArgumentParser(description="Whether the tests of the parser find faults.")
    parser.add_argument("build", help="directory of a build with the tests")
    parser.add_argument("files", nargs="*", help="files of src/python/parse; by default all")
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.build, "build.ninja")):
        parser.error(f"no build: {options.build}")
    faulty = Faulty(options.build)
    names = options.files or sorted(name for name in os.listdir(PARSE)
                                   if os.path.join(PARSE, name) in faulty.commands)
    tried = [(name, *fault) for name in names for fault in faults(name)]
    passed = True
    print(f"1..{len(tried)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda fault: faulty.find(fault[0], fault[-1]), tried)
        for count, ((name, function, line, _), program) in enumerate(zip(tried, found), 1):
            reason = EQUIVALENT.get((name, function))
            good = bool(program) or bool(reason)
            passed &= good
            print(f"{'ok' if good else 'not ok'} {count} - {name}:{line} {function}: "
                  f"{program or reason or 'found by none'}", flush=True)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
