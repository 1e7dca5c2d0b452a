"""Completions for shells: what src/command/completions.py makes of the help of each command."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

WRITER = os.path.join(tap.ROOT, "src", "command", "completions.py")


class Completions(tap.Case):
    def setUp(self):
        super().setUp()
        self.files = [self.path(name) for name in ("kiln", "_kiln", "kiln.fish")]
        subprocess.run([sys.executable, "-I", "-B", WRITER, tap.KILN, *self.files], check=True,
                       timeout=60)
        self.bash, self.zsh, self.fish = self.files

    def complete(self, *words):
        """What bash completes the last word to."""
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kiln; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        result = subprocess.run(["bash", "-c", script, "-", self.bash, "kiln", *words], check=True,
                                capture_output=True, text=True, timeout=60)
        return result.stdout.split()

    def commands(self):
        return re.findall(r"^  (\w+) ", self.kiln("help").stdout, re.MULTILINE)

    def test_every_command_is_completed(self):
        self.assertEqual(self.complete("")[:-2], self.commands())
        self.assertEqual(self.complete("help", ""), self.commands())
        self.assertEqual(self.complete("py"), ["py_compile"])

    def test_every_long_option_of_the_help_is_in_all_three(self):
        zsh, fish = (open(path, encoding="utf-8").read() for path in (self.zsh, self.fish))
        for command in self.commands():
            text = self.kiln("help", command).stdout
            wanted = set(re.findall(r"^ {2,6}(?:-\w(?: [A-Z]+)?, )?(--[\w-]+)", text, re.MULTILINE))
            if command == "cc":
                wanted -= {"--worker"}  # not an option beside others: it takes the place of OUT SRC
            with self.subTest(command=command):
                self.assertEqual({word for word in self.complete(command, "--")}, wanted)
                part = re.search(rf"^\t{command}\)\n(.*?);;", zsh, re.MULTILINE | re.DOTALL)[1]
                self.assertLessEqual(wanted, set(re.findall(r"--[\w-]+", part)))
                lines = [line for line in fish.splitlines()
                         if f"seen_subcommand_from {command}'" in line]
                self.assertEqual({"--" + name for line in lines
                                  for name in re.findall(r" -l ([\w-]+)", line)}, wanted)

    def test_options_of_one_command_are_not_offered_for_another(self):
        self.assertEqual(self.complete("build", "--optim"), ["--optimize", "--optimal"])
        self.assertEqual(self.complete("clean", "--optim"), [])

    def test_each_shell_reads_its_file(self):
        for shell, path in zip(("bash", "zsh", "fish"), self.files):
            if shell != "bash" and not shutil.which(shell):
                continue  # the file is compared with the help above, whatever is installed
            with self.subTest(shell=shell):
                subprocess.run([shell, "-n", path], check=True, timeout=60)


if __name__ == "__main__":
    tap.main()
