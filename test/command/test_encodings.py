"""Sources in each encoding that CPython's library has: as CPython compiles or refuses them."""
import encodings
import encodings.aliases
import importlib.util
import marshal
import os
import py_compile
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

NAMES = sorted(
    {os.path.splitext(name)[0] for name in os.listdir(encodings.__path__[0])
     if name.endswith(".py") and name not in ("__init__.py", "aliases.py")}
    | set(encodings.aliases.aliases))


def content(name):
    """A source with the encoding's name, and with a letter of its own if it has one."""
    text = f"# coding: {name}\nletter = '\xe9\u0434\u3042'\n"
    try:
        return text.encode(name, "ignore")
    except (LookupError, UnicodeError):
        return text.encode("ascii", "ignore")


def of_cpython(path):
    """What py_compile says of a source, and the bytecode that it writes."""
    try:
        return "", program.read(py_compile.compile(path, doraise=True, cfile=path + "c"))
    except py_compile.PyCompileError as error:
        return error.msg.strip(), None


class Encodings(tap.Case):
    def test_all(self):
        self.assertGreater(len(NAMES), 300)
        compiled = 0
        for name in NAMES:
            with self.subTest(name=name):
                path = self.write(f"{name}.py", content(name))
                os.utime(path, (0, 0))
                message, expected = of_cpython(path)
                result = self.kiln("py_compile", path, status=1 if message else 0)
                self.assertEqual(result.stderr.strip(), message)
                if not message:
                    compiled += 1
                    found = program.read(importlib.util.cache_from_source(path))
                    self.assertEqual(self.letter(found), self.letter(expected))
        self.assertGreater(compiled, 250)

    @staticmethod
    def letter(bytecode):
        """What a source's module has as `letter`."""
        scope = {}
        exec(marshal.loads(bytecode[16:]), scope)
        return scope["letter"]


if __name__ == "__main__":
    tap.main()
