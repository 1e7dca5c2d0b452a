"""Golden cases: test/golden/CASE is a directory with

    command    the command lines, one on each line, as a shell would take them apart
    tree/      what is in the directory that they run in, at first
    expected   for each line its status and what it wrote; then each file that is there afterwards,
               with mode and SHA-256, or the text of a link
    python     if the case needs one: the first version whose language it is in, such as 3.12

Adding a case needs no code: make command and tree/, then run with KILN_GOLDEN=update, which writes
`expected`.
"""
import hashlib
import os
import re
import shlex
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

GOLDEN = os.path.join(tap.ROOT, "test", "golden")


def since(case):
    """The first version of Python that a case is for."""
    path = os.path.join(GOLDEN, case, "python")
    if not os.path.exists(path):
        return (3, 11)
    with open(path, encoding="utf-8") as file:
        return tuple(map(int, file.read().split(".")))


def describe(directory):
    """A line for each entry below a directory but those of `tree`, sorted."""
    lines = []
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names
                           + [name for name in directories
                              if os.path.islink(os.path.join(parent, name))]):
            path = os.path.join(parent, name)
            shown = os.path.relpath(path, directory)
            if os.path.islink(path):
                lines.append(f"link {shown} -> {os.readlink(path)}")
                continue
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{os.stat(path).st_mode & 0o777:04o} {digest} {shown}")
    return sorted(lines, key=lambda line: line.split(maxsplit=2)[-1])


class Golden(tap.Case):
    def run_case(self, name):
        work = self.path(name)
        if os.path.isdir(os.path.join(GOLDEN, name, "tree")):
            shutil.copytree(os.path.join(GOLDEN, name, "tree"), work, symlinks=True)
        else:
            os.mkdir(work)
        before = set(describe(work))
        lines = []
        with open(os.path.join(GOLDEN, name, "command"), encoding="utf-8") as file:
            for command in file.read().splitlines():
                program, *arguments = shlex.split(command)
                self.assertEqual(program, "kiln")
                result = self.kiln(*arguments, status=None, cwd=work)
                lines.append(f"$ {command}: {result.returncode}")
                text = re.sub(r" in \d+\.\d\d s: ", " in T s: ", result.stdout + result.stderr)
                text = re.sub(r'"(memory|processor|duration)":[0-9.e-]+', r'"\1":N', text)
                lines.extend("  " + line for line in text.splitlines())
        lines.extend(line for line in describe(work) if line not in before)
        return "".join(line + "\n" for line in lines)

    def test_cases(self):
        names = sorted(os.listdir(GOLDEN))
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name=name):
                if since(name) > sys.version_info:
                    self.skipTest("Python %d.%d does not have this syntax" % sys.version_info[:2])
                found = self.run_case(name)
                path = os.path.join(GOLDEN, name, "expected")
                if os.environ.get("KILN_GOLDEN") == "update":
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(found)
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(found, file.read())


if __name__ == "__main__":
    tap.main()
