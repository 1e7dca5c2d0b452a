"""The words of messages; the catalogues: complete, of the sources as they are, and used."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

PO = os.path.join(tap.ROOT, "src", "command", "po")


def tool(*command):
    return subprocess.run(command, cwd=tap.ROOT, check=False, capture_output=True,
                          encoding="utf-8", env=tap.environment(LC_ALL="C.UTF-8", LANGUAGE=None))


def entries(text):
    """The entries of a catalogue: {msgid: (flags, msgstr)}, strings as they are written."""
    found = {}
    for entry in text.split("\n\n"):
        strings = {name: "".join(re.findall(r'"(.*)"', lines)) for name, lines in
                   re.findall(r'^(msgid|msgstr) ((?:".*"\n?)+)', entry, flags=re.MULTILINE)}
        flags = [flag for line in re.findall(r"^#, (.*)", entry, flags=re.MULTILINE)
                 for flag in line.split(", ")]
        if strings.get("msgid"):
            found[strings["msgid"]] = flags, strings["msgstr"]
    return found


class Catalogues(tap.Case):
    def read(self, name):
        found = entries(program.read(os.path.join(PO, name)).decode())
        self.assertTrue(found)
        return found

    def test_template_has_the_messages_of_the_sources(self):
        extracted = tool("xgettext", "--files-from", os.path.join(PO, "POTFILES"),
                         "--from-code=UTF-8", "--keyword=_", "--keyword=N_", "--output=-")
        self.assertEqual(extracted.stderr, "")
        self.assertEqual(entries(extracted.stdout), self.read("kiln.pot"))

    def test_every_source_with_messages_is_looked_at(self):
        found = tool("grep", "-rlE", r'\<N?_\("', "--include=*.c", "src")
        named = program.read(os.path.join(PO, "POTFILES")).decode().split()
        self.assertEqual(sorted(found.stdout.split()), sorted(named))

    def test_every_message_is_translated(self):
        translated = self.read("ja.po")
        self.assertEqual(sorted(translated), sorted(self.read("kiln.pot")))
        for message, (flags, translation) in translated.items():
            with self.subTest(message=message):
                self.assertTrue(translation)
                self.assertNotIn("fuzzy", flags)

    def test_formats_agree(self):
        checked = tool("msgfmt", "--check", "--output-file=/dev/null", os.path.join(PO, "ja.po"))
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))


class Wording(tap.Case):
    """Messages say what is wrong, with what, and what to do, in the forms that the others have."""
    # What was said before: "is no file", "made anew", "cannot look at it", "--jobs cannot be '0'".
    FORMER = re.compile(r"\b((?<!there )is no|has none|that is none|anew|all the same|as good as)\b"
                        r"|\b(look at it|are others|is known of|is not known)\b"
                        r"|\bcannot (make|tell|learn|hear)\b|^%s cannot be")

    def literals(self):
        """The string literals of the sources, with those that continue each other joined."""
        for path in tool("find", "src", "-name", "*.[ch]").stdout.split():
            text = program.read(os.path.join(tap.ROOT, path)).decode()
            text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
            for literal in re.findall(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*', text):
                yield path, re.sub(r'"\s*"', "", literal)[1:-1]

    def test_former_words_are_gone(self):
        found = [(path, text) for path, text in self.literals() if self.FORMER.search(text)]
        self.assertEqual(found, [])


class Translated(tap.Case):
    @classmethod
    def setUpClass(cls):
        cls.locales = tempfile.mkdtemp(prefix="kiln-test-")
        cls.addClassCleanup(shutil.rmtree, cls.locales)
        cls.japanese = tap.japanese(cls.locales)

    def test_help(self):
        text = self.kiln("compileall", "--help", variables=self.japanese).stdout
        self.assertIn("\nオプション:\n", text)
        self.assertEqual(text, self.kiln("help", "compileall", variables=self.japanese).stdout)

    def test_wide_characters_count_as_two_columns(self):
        text = self.kiln("py_compile", "--help", variables=self.japanese | {"COLUMNS": "42"}).stdout
        _, described = text.split("\n\n", 1)  # usage, which some versions do not wrap
        widths = [len(line) + sum(character > "\u2fff" for character in line)
                  for line in described.splitlines()]
        self.assertLessEqual(max(widths), 40)
        self.assertGreater(max(widths), 36)

    def test_errors(self):
        result = self.kiln("compileall", "-r", "x", status=2, variables=self.japanese)
        program_name, error = result.stderr.splitlines()[-1].split(": ", 1)
        self.assertIn("compileall", program_name)
        self.assertEqual(error, "エラー: 引数 -r: 無効な整数値です: 'x'")

    def test_what_is_done(self):
        self.write("tea.py", "brew = ")
        result = self.kiln("compileall", "-q", ".", status=1, variables=self.japanese)
        self.assertIn("'./tea.py' のコンパイル中にエラーが発生しました", result.stdout)

    def test_not_in_the_c_locale(self):
        for locale in ("C", "POSIX"):
            with self.subTest(locale=locale):
                variables = self.japanese | {"LC_ALL": locale}
                self.assertIn("\noptions:\n",
                              self.kiln("compileall", "--help", variables=variables).stdout)

    def test_not_without_a_catalogue(self):
        variables = self.japanese | {"TEXTDOMAINDIR": self.directory}
        self.assertIn("\noptions:\n",
                      self.kiln("compileall", "--help", variables=variables).stdout)


if __name__ == "__main__":
    tap.main()
