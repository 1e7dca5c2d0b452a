"""The constants that a build injects, and what must not change by that."""
import ast
import dis
import hashlib
import io
import marshal
import os
import sys
import tokenize
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import reference
import tap

CONSTANTS = {"__factor__", "__source_hash__"}

# Name: source. Everything is built as NAME.py.
SOURCES = {
    "empty": b"",
    "newline": b"\n",
    "docstring": b"'only a docstring'\n",
    "docstring_at_end": b"'only a docstring'",
    "long_docstring": b'"""\na\nb\n"""\n',
    "comments": b"# only\n# comments\n",
    "blank_first": b"\n\n\nx = 1\n",
    "late_first": b"# a\n\n\n'doc'\n\n\n# b\nx = 1\ndef f():\n    return x\n",
    "future": b"from __future__ import annotations\nx: undefined = 1\ndef f(a: undefined): pass\n",
    "future_after_docstring":
        b"'doc'\nfrom __future__ import annotations, generator_stop\nx: no = 1\n",
    "two_futures":
        b"'doc'\nfrom __future__ import annotations\nfrom __future__ import division\nx: no = 1\n",
    "future_on_one_line": b"'doc'; from __future__ import annotations; x: no = 1\n",
    "future_over_lines": b"from __future__ import (\n    annotations,\n)\nx: no = 1\n",
    "functions":
        b"'doc'\nimport os\ndef f(a):\n\n    return a\n"
        b"class C:\n    'c'\n    def m(self):\n        return [i\n for i in self]\n",
    "one_line": b"'doc'; x = 1; y = lambda: x",
    "annotated_first": b"x: int = 1\nclass C:\n    y: str = 'y'\n",
    "annotated_later": b"# comment\n\nx: int = 1\ny: str = ''\n",
    "bytes_first": b"b'no docstring'\nx = 1\n",
    "fstring_first": b"f'no docstring'\nx = 1\n",
    "two_strings": b"'doc'\n'other'\nx = 1\n",
    "joined_docstring": b"'a' 'b'\nx = 1\n",
    "crlf": b"'doc'\r\n\r\ndef f():\r\n    return 1\r\n",
    "cr": b"'doc'\rx = 1\rdef f():\r    return 1\r",
    "mixed_ends": b"'doc'\r\nx = '''\r\n\r'''\ny = 2\r\r\nz = 3",
    "no_end": b"x = 1",
    "bom": b"\xef\xbb\xbf'doc'\nx = '\xc3\xa4'\n",
    "bom_and_cookie": b"\xef\xbb\xbf# coding: utf-8\n'doc'\nx = '\xc3\xa4'\n",
    "latin_1": "# -*- coding: latin-1 -*-\n'd\u00f6c'\nx = '\u00e4'\n".encode("latin-1"),
    "cp1252": "# vim: set fileencoding=cp1252 :\nx = '\u20ac'\n".encode("cp1252"),
    "iso_8859_15":
        "#!/usr/bin/python3\n# coding=iso-8859-15\nx = '\u20ac'\r\n".encode("iso-8859-15"),
    "euc_jp": "# coding: euc-jp\nx = '\u65e5\u672c\u8a9e'\n".encode("euc-jp"),
    "shift_jis":
        "# coding: shift_jis\n'\u8868'\nx = '\u65e5\u672c\u8a9e\u8868'\n".encode("shift_jis"),
    "utf_8_upper": "# coding: UTF_8\nx = '\u00e4'\n".encode(),
    "utf_8_sig": b"# coding: utf-8-sig\nx = 1\n",
    "form_feed": b"\x0c'doc'\n\x0cx = 1\n",
}
if sys.version_info < (3, 14):  # which refuses such comments
    SOURCES["invalid_utf_8_in_comment"] = b"# coding: utf-8\nx = 1 # \xff\xfe\n"


def decoded(data):
    """The text of a source. importlib.util.decode_source() would lose a return at the end."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    # CPython accepts comments that are no UTF-8.
    errors = "replace" if encoding.startswith("utf-8") else "strict"
    return io.TextIOWrapper(io.BytesIO(data), encoding, errors).read()


def line_before(data):
    """The line where the docstring and the `__future__` imports end."""
    body, line = ast.parse(data).body, 1
    for index, node in enumerate(body):
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"
                or index == 0 and ast.get_docstring(ast.Module(body)) is not None):
            break
        line = node.end_lineno
    return line


def injected(code):
    """The constants that a module's code assigns, by running nothing but those assignments."""
    names = dict.fromkeys(CONSTANTS & set(code.co_names))
    instructions = list(dis.get_instructions(code))
    for load, store in zip(instructions, instructions[1:]):
        if store.opname == "STORE_NAME" and store.argval in names and load.opname == "LOAD_CONST":
            names[store.argval] = load.argval
    return names


def lines(code):
    """The lines of all instructions, function by function."""
    found = [(code.co_name, code.co_firstlineno, list(code.co_lines()))]
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            found += lines(constant)
    return found


class Constants(program.Case):
    def build(self, sources, *arguments):
        """Build sources, {path: bytes}; their code, {path: code}."""
        for path, data in sources.items():
            self.write(os.path.join("in", path), data)
        self.kiln("build", *arguments, "in", "-o", "out")
        return {path: marshal.loads(program.read(self.path("out", program.cached(path)))[16:])
                for path in sources}

    def build_table(self):
        return self.build({f"{name}.py": data for name, data in SOURCES.items()})

    def test_the_module_has_its_docstring_annotations_and_values(self):
        for path, code in self.build_table().items():
            with self.subTest(path=path):
                expected, made = {"__name__": "m"}, {"__name__": "m"}
                exec(compile(SOURCES[path[:-3]], path, "exec", dont_inherit=True), expected)
                exec(code, made)
                self.assertEqual(made.get("__doc__"), expected.get("__doc__"))
                self.assertEqual(made.get("__annotations__"), expected.get("__annotations__"))
                self.assertEqual(made.keys() - CONSTANTS, expected.keys())
                self.assertEqual({name: value for name, value in made.items()
                                  if isinstance(value, (int, str)) and name not in CONSTANTS},
                                 {name: value for name, value in expected.items()
                                  if isinstance(value, (int, str))})

    def test_the_hash_is_that_of_the_decoded_source(self):
        for path, code in self.build_table().items():
            data = SOURCES[path[:-3]]
            with self.subTest(path=path):
                self.assertEqual(injected(code)["__source_hash__"],
                                 hashlib.sha3_256(decoded(data).encode()).hexdigest())

    def test_functions_and_classes_are_the_same_code(self):
        for path, code in self.build_table().items():
            with self.subTest(path=path):
                expected = compile(SOURCES[path[:-3]], path, "exec", dont_inherit=True)
                theirs = [one for one in expected.co_consts if hasattr(one, "co_code")]
                ours = [one for one in code.co_consts if hasattr(one, "co_code")]
                self.assertEqual(len(ours), len(theirs))
                for left, right in zip(ours, theirs):
                    self.assertIsNone(reference.difference(left, right))

    def test_no_line_is_added_to_the_module(self):
        for path, code in self.build_table().items():
            with self.subTest(path=path):
                expected = compile(SOURCES[path[:-3]], path, "exec", dont_inherit=True)
                theirs = {line for _, _, line in expected.co_lines() if line}
                ours = {line for _, _, line in code.co_lines() if line}
                self.assertLessEqual(ours, theirs | {line_before(SOURCES[path[:-3]])})
                self.assertLessEqual(theirs, ours)
                self.assertEqual(lines(code)[1:], lines(expected)[1:])

    def test_a_traceback_names_the_lines_of_the_source(self):
        made = self.build(
            {"m.py": b"'doc'\nfrom __future__ import annotations\n\nx = 1\n\n1 / 0\n"})
        try:
            exec(made["m.py"], {})
        except ZeroDivisionError as error:
            entry = error.__traceback__.tb_next
            self.assertEqual((entry.tb_frame.f_code.co_filename, entry.tb_lineno), ("m.py", 6))

    def test_the_factor_is_the_path_in_the_image(self):
        paths = {"m.py": "m", "pkg/__init__.py": "pkg.__init__", "pkg/mod.py": "pkg.mod",
                 "pkg/sub/__main__.py": "pkg.sub.__main__", "_x1.py": "_x1",
                 "\u00e4/\u00f6.py": "\u00e4.\u00f6"}
        made = self.build(dict.fromkeys(paths, b"x = 1\n"))
        for path, factor in paths.items():
            with self.subTest(path=path):
                self.assertEqual(injected(made[path]).get("__factor__"), factor)

    def test_a_path_that_is_no_dotted_identifier_has_no_factor(self):
        paths = ("a-b.py", "1st.py", "a.b.py", "with space.py", "dir-x/m.py", "3/m.py",
                 ".hidden/m.py", "\u20ac.py", "m\n.py", "x/\u00b2.py", "a\u0300/\u0301.py")
        made = self.build(dict.fromkeys(paths, b"x = 1\n"))
        for path in paths:
            with self.subTest(path=path):
                self.assertEqual(set(injected(made[path])), {"__source_hash__"})

    def test_the_factor_is_that_of_the_place(self):
        self.write("in/m.py", "x = 1\n")
        self.kiln("build", "in=opt/app", "in/m.py=other.py", "-o", "out")
        for path, factor in (("opt/app/m.py", "opt.app.m"), ("other.py", "other")):
            with self.subTest(path=path):
                code = marshal.loads(program.read(self.path("out", program.cached(path)))[16:])
                self.assertEqual(injected(code)["__factor__"], factor)

    def test_no_constants_gives_what_compile_gives(self):
        sources = {f"{name}.py": data for name, data in SOURCES.items()}
        for path, code in self.build(sources, "--no-constants").items():
            with self.subTest(path=path):
                expected = compile(sources[path], path, "exec", dont_inherit=True)
                self.assertIsNone(reference.difference(code, expected))

    def test_global_statements_of_the_module_are_none_for_constants(self):
        texts = {
            "first": "global __factor__\n",
            "all": "'doc'\nglobal __factor__, __source_hash__, other\nother = 1\n",
            "inside": "if 1:\n    global __source_hash__\nelse:\n    for x in ():\n"
                      "        global __factor__\n",
            "tried": "try:\n    global __factor__\nexcept A:\n    global __source_hash__\n"
                     "finally:\n    global x\n",
            "matched": "match 1:\n    case 1:\n        global __factor__\n",
            "function": "def f():\n    global __factor__\n    return __factor__\n",
        }
        for name, text in texts.items():
            self.write(f"in/{name}.py", text)
        self.kiln("build", "in", "-o", "out")
        for name in texts:
            namespace = {}
            data = program.read(program.cached(self.path("out", f"{name}.py")))
            exec(marshal.loads(data[16:]), namespace)
            self.assertEqual(namespace["__factor__"], name)
            self.assertIn("__source_hash__", namespace)
            self.kiln("cc", "x.ast", f"in/{name}.py", "factor", "a.b")
            self.kiln("cc", "x.i", "x.ast", "format", "python.ast", "metrics-trap", "x")

    def test_a_global_statement_behind_a_use_is_refused_as_by_cpython(self):
        texts = {
            "used": "x = __factor__\nglobal __factor__\n",
            "assigned": "__factor__ = 1\nif x:\n    global y, __factor__\n",
            "imported": "import __factor__\nglobal __factor__\n",
            "annotated": "__source_hash__: int\nglobal __source_hash__\n",
            "loop": "for __source_hash__ in x:\n    global __source_hash__\n",
            "bad": "global __factor__\ndef f(a, a): pass\n",
            "columns": "'\u65e5\u672c'; __factor__; global __factor__\n",
            "twice": "global __factor__\nglobal __factor__\n__factor__ = 1\n",
            "inside": "x = __factor__\ndef f():\n    global __factor__\n",
            "other": "__factor__ = 1\nclass A:\n    global __factor__\n    __factor__ = 2\n",
        }
        for name, text in texts.items():
            self.write(f"in/{name}.py", text)
        told = program.errors(self.kiln("build", "in", "-o", "out", status=1))
        for name, text in texts.items():
            with self.subTest(name=name):
                path = f"in/{name}.py"
                refused = path in told
                self.kiln("cc", "x.i", path, "factor", f"a.{name}", status=1 if refused else 0)
                try:
                    compile(text, path, "exec", dont_inherit=True)
                except SyntaxError as error:
                    self.assertTrue(refused)
                    # CPython's compiler gives columns in bytes.
                    before = text.split("\n")[error.lineno - 1].encode()[:error.offset - 1].decode()
                    self.assertEqual((told[path].text, told[path].line, told[path].column),
                                     (error.msg, error.lineno, len(before) + 1))
                else:
                    self.assertFalse(refused)
        self.assertEqual(len(told), 6)  # not the import

    def test_they_are_there_at_every_level(self):
        self.write("in/m.py", SOURCES["late_first"])
        self.kiln("build", "--optimize=0", "--optimize=1", "--optimize=2", "in", "-o", "out")
        for level, doc in ((0, "doc"), (1, "doc"), (2, None)):
            with self.subTest(level=level):
                namespace = {}
                data = program.read(self.path("out", program.cached("m.py", level)))
                exec(marshal.loads(data[16:]), namespace)
                self.assertEqual(namespace["__factor__"], "m")
                self.assertEqual(namespace.get("__doc__"), doc)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    tap.main()
