"""The manual pages and `--help` agree: the same options, keys and commands, described alike."""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

MANUAL = os.path.join(tap.ROOT, "docs", "man")
SECTIONS = {"kiln.1": "COMMANDS", "kiln-build.1": "OPTIONS", "kiln-cc.1": "KEYS",
            "kiln-clean.1": "OPTIONS",
            "kiln-delineate.1": "OPTIONS", "kiln-image.1": "OPTIONS",
            "kiln-metrics.1": "OPTIONS", "kiln-precompile.1": "OPTIONS",
            "kiln-py_compile.1": "OPTIONS",
            "kiln-query.1": "OPTIONS", "kiln-compileall.1": "OPTIONS", "kiln.toml.5": "KEYS",
            "kiln-py_compile.ja.1": "オプション", "kiln-compileall.ja.1": "オプション"}
ESCAPES = {r"\-": "-", r"\&": "", r"\e": "\\", r"\(aq": "'"}


def plain(text):
    """Roff text without fonts and escapes."""
    text = re.sub(r"\\f(?:[BIRP]|\[\w*\])", "", text)
    return re.sub(r"\\\(aq|\\.", lambda found: ESCAPES[found[0]], text)


def plain_line(line):
    """A line of roff; of a font macro, its arguments set as they would be."""
    macro = re.match(r"\.([BIR]{1,2}) (.*)", line)
    if not macro:
        return plain(line)
    arguments = re.findall(r'"([^"]*)"|(\S+)', macro[2])
    words = [plain(quoted or word) for quoted, word in arguments]
    return ("" if len(macro[1]) == 2 else " ").join(words)


def first_sentence(lines):
    """What lines of roff say up to a full stop at the end of one of them."""
    words = []
    for line in map(plain_line, lines):
        words.append(line)
        if line.endswith((".", "。")):
            break
    return " ".join(words)


def normal(text):
    """A description without what the two may differ in."""
    return " ".join(text.split()).removesuffix(".").removesuffix("。")


def read_manual(name):
    """What a manual page describes in its section: {tag: description}."""
    with open(os.path.join(MANUAL, name), encoding="utf-8") as file:
        page = file.read()
    found = {}
    for section in re.split(r"^\.SH ", page, flags=re.MULTILINE)[1:]:
        title, _, text = section.partition("\n")
        if title != SECTIONS[name]:
            continue
        for paragraph in re.split(r"^\.TP\n", text, flags=re.MULTILINE)[1:]:
            tag, *lines = paragraph.split("\n")
            found[plain_line(tag)] = normal(first_sentence(lines))
    return found


def read_help(text):
    """What a help text describes: {tag: description}.

    An entry is indented by two to six spaces, two or more precede its description, and this
    continues in the same column.
    """
    found = {}
    tag = column = None
    for line in text.split("\n"):
        entry = re.match(r" {2,6}(\S+(?: \S+)*)(?:( {2,})(\S.*))?$", line)
        if entry and (column is None or entry.start(1) < column):
            tag = entry[1]
            found[tag] = entry[3] or ""
            column = entry.start(3) if entry[3] else column
        elif tag and line.strip() and len(line) - len(line.lstrip()) == column:
            found[tag] += " " + line.strip()
        elif not line.strip():
            tag = None
    return {tag: normal(description) for tag, description in found.items()}


def once(tag):
    """The tag of a stand-in's option as argparse shows it since CPython 3.13: an argument once."""
    return re.sub(r"^(-\w) ([A-Z_]+), (--[\w-]+ \2)$", r"\1, \3", tag)


class Manual(tap.Case):
    def assert_agree(self, page, *arguments, variables=None):
        """The page and what kiln prints with these arguments describe the same things alike."""
        result = self.kiln(*arguments, variables=variables)
        self.assertEqual(result.stderr, "")
        manual, shown = read_manual(page), read_help(result.stdout)
        if sys.version_info >= (3, 13):
            manual = {once(tag): text for tag, text in manual.items()}
        self.assertTrue(shown, f"no entries in:\n{result.stdout}")
        self.assertEqual(sorted(shown), sorted(manual))
        for tag, description in shown.items():
            with self.subTest(tag=tag):
                self.assertEqual(description, manual[tag])

    def test_kiln_1_describes_the_commands(self):
        self.assert_agree("kiln.1", "help")

    def test_kiln_build_1_describes_the_options_of_build(self):
        self.assert_agree("kiln-build.1", "build", "--help")

    def test_kiln_cc_1_describes_the_keys_of_cc(self):
        self.assert_agree("kiln-cc.1", "cc", "--help")

    def test_kiln_delineate_1_describes_the_options_of_delineate(self):
        self.assert_agree("kiln-delineate.1", "delineate", "--help")

    def test_kiln_precompile_1_describes_the_options_of_precompile(self):
        self.assert_agree("kiln-precompile.1", "precompile", "--help")

    def test_pages_of_query_clean_and_image_describe_their_options(self):
        for command in ("query", "clean", "image", "metrics"):
            self.assert_agree(f"kiln-{command}.1", command, "--help")

    def test_pages_of_the_stand_ins_describe_their_options_in_both_languages(self):
        wide = {"COLUMNS": "1000", "LC_ALL": "C.UTF-8"}
        japanese = tap.japanese(self.directory) | {"COLUMNS": "1000"}
        for command in ("py_compile", "compileall"):
            self.assert_agree(f"kiln-{command}.1", command, "--help", variables=wide)
            self.assert_agree(f"kiln-{command}.ja.1", command, "--help",
                              variables=japanese)

    def test_every_page_has_examples_before_its_options(self):
        for name, options in SECTIONS.items():
            with open(os.path.join(MANUAL, name), encoding="utf-8") as file:
                titles = re.findall(r"^\.SH (.*)$", file.read(), re.MULTILINE)
            with self.subTest(page=name):
                examples = titles.index("例" if name.endswith(".ja.1") else "EXAMPLES")
                self.assertLess(examples, titles.index(options))

    def test_every_command_has_a_page(self):
        for command in read_manual("kiln.1"):
            if re.fullmatch(r"\w+", command) and command != "help":
                with self.subTest(command=command):
                    self.assertTrue(os.path.exists(os.path.join(MANUAL, f"kiln-{command}.1")))

    def test_help_of_a_command_is_its_help_option(self):
        for command in ("build", "cc", "clean", "compileall", "delineate", "image", "metrics",
                        "precompile", "py_compile", "query"):
            with self.subTest(command=command):
                self.assertEqual(self.kiln("help", command).stdout,
                                 self.kiln(command, "--help").stdout)

    def test_no_text_is_taken_for_a_macro(self):
        """troff drops a line that begins with a full stop and an unknown word."""
        for name in os.listdir(MANUAL):
            with open(os.path.join(MANUAL, name), encoding="utf-8") as file:
                wrong = [line for line in file if re.match(r"\.(?!(br|nf|fi)\n)[a-z]", line)]
            self.assertEqual(wrong, [], name)

    def test_pages_name_the_version(self):
        version = self.kiln("--version").stdout.splitlines()[0]
        for name in sorted(os.listdir(MANUAL)):
            path = os.path.join(MANUAL, name)
            with self.subTest(page=name), open(path, encoding="utf-8") as file:
                self.assertIn(f'"{version}"', file.readline())


if __name__ == "__main__":
    tap.main()
