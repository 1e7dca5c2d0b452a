"""Random trees of sources and of what may lie beside them, for comparing two programs.

A tree is made as a list of steps; build() carries them out, as often as wanted, with the same
result down to modes and times.
"""
import os
import py_compile
import shutil
import sys
import warnings

# Times of sources in nanoseconds.
TIMES = [0, 1, 999_999_999, 1_000_000_000, 1_700_000_000_000_000_000, 1_700_000_000_999_999_999,
         1_699_999_999_999_999_900, -1, -1_500_000_000, -1_000_000_000_000_000_000,
         (2**31 - 1) * 10**9, 2**31 * 10**9, (2**32 - 1) * 10**9, 2**32 * 10**9,
         2**32 * 10**9 + 999_999_999, (2**33 + 5) * 10**9 + 500_000_000]
# What bytecode files that were there before have, and none made later.
BEFORE = 1_000_000_000_000_000_000
MODES = [0o644, 0o644, 0o644, 0o600, 0o755, 0o444, 0o400, 0o664, 0o666, 0o777, 0o4755, 0o200, 0o000]
DIRECTORY_MODES = [0o755] * 9 + [0o700, 0o555, 0o500, 0o311, 0o000, 0o2775]

TAG = f".{sys.implementation.cache_tag}".encode()

DIRECTORIES = ["pkg", "sub", "a b", "d'q", 'd"q', "ünï", "日本", b"bad\xff", ".hidden", "d.py", "-d",
               "tests", "__pycache__", "new\nline", "x" * 60, "\u202e", "back\\slash"]
NAMES = ["m.py", "n.py", "__init__.py", "__main__.py", "a b.py", "q'.py", 'dq".py', "both'\".py",
         "é.py", "日本.py", "\U0001f600.py", b"bad\xff\xfe.py", "w.pyw", "i.pyi", "U.PY", "noext",
         ".py", ".hidden.py", "two.dots.py", b"x" + TAG + b".py", "m.pyc", "test_m.py", "-o.py",
         "tab\t.py", "nl\n.py", "\x1b[1m.py", "_.py", "m.txt", "y" * 200 + ".py", "z" * 252 + ".py",
         "\xa0.py", "\u2028.py", "e\u0301.py", "m .py", " m.py", "m.py~", "a%s.py", "{0}.py"]

GOOD = [
    b"", b"\n", b"x = 1\n", b"x = 1", b"'doc'\nx = 1\n", b"assert x\n",
    b"'doc'\nassert x, 'text'\n",
    b"def f(a, *b, c=1, **d):\n    'doc'\n    return lambda: (a, b, c, d)\n",
    b"\xef\xbb\xbfx = 1\n",
    b"class C:\n    'doc'\n    x: int = 1\n    def m(self):\n        assert self\n"
    b"        return __class__\n",
    "ä = 'ö'\n\n\ndef ü(ß='日本'):\n    return f'{ß!r:>{len(ä)}}'\n".encode(),
    "# -*- coding: latin-1 -*-\nx = 'äöü'\n".encode("latin-1"),
    "# coding: euc-jp\nx = '日本'\n".encode("euc-jp"),
    "# vim: set fileencoding=cp1252 :\nx='€'\n".encode("cp1252"),
    "#!/usr/bin/python\n# coding=shift_jis\nx = 'カ'\n".encode("shift_jis"), b"x = 1\r\ny = 2\r\n",
    b"x = 1\ry = 2\r", b"if x:\n\ty = 1\n\tz = 2\n", b"\x0cx = 1\n\x0c\ny = 2\n",
    b"x = 1 # \xe4\n# coding: utf-8 is not here\n",
    b"async def f():\n    async with a as b, c: yield [x async for x in y]\n",
    b"try:\n    pass\nexcept* E as e:\n    raise\n",
    b"match x:\n    case {'a': [1, *_], **r}: pass\n    case C(y=2): pass\n",
    b"x = {1, 2, 3, 'a', b'b', 1.5, 2j, ..., None, True}\ny = x in {1, 2, 'c'}\n"
    b"z = -0.0, 0.0, 10**40\n",
    b"from __future__ import annotations\nx: y.z = 3\n",
    b"if __debug__:\n    x = 1\nelse:\n    x = 2\n", b"x = '\\ud800'\ny = '\\N{BULLET}'\n",
    b"def f():\n    x = 1\n    def g():\n        nonlocal x\n        x += 1\n    return g\n",
    b"x = [\n" + b"    (1, 2, 'three'),\n" * 300 + b"]\n",
]
WARNS = [
    b"x is 1\n", b"'a' is not b\n", b"assert (x, 'text')\n", b"x = '\\d'\n",
    b"x = b'\\q'\nx is ()\n", b"1()\n", b"[1][1, 2]\n", b"'a'[1.5]\n",
    b"def f():\n    return 0x1for x in y\n", b"x = 1if 1else 2\n",
    "ä = 1; 'ö' is ä\n".encode(), b"x = '''\n\\d\n'''\n", b"x is 1\nx is 2\nx is 1\n",
    b"x is 1\ny = = 2\n",
    b"\tx = '\\d'\n", b"    \nx = (\n'a'\n  is b)\n",
    "# coding: latin-1\nä is 1\n".encode("latin-1"),
    b"x = f'\\d{y}'\n", b"\x0c  \nx is 1\n", b"x is 1", b"'\\777'\n",
    b"def f():\n  x is 1;  '\\w'\nclass C:\n  'a' 'b' is 1\n", b"(1, 2) (3)\n", b"'' 'a'()\n",
]
BAD = [
    b"x = = 1\n", b"x = (\n", b"x = ]\n", b"x = (]\n", b"def f(:\n    pass\n", b"if x:\npass\n",
    b"if x:\n    y\n  z\n", b"  x = 1\n", b"if x:\n\ty\n        z\n", b"if x:\n        y\n\tz\n",
    b"if 1:\n  if 2:\n    a\n\tb\n", b"x = 'abc\n", b"x = '''abc\n", b'x = """\n\n\nabc',
    b"x = 1 +\n",
    b"x = 1 \\\n", b"x = 1 \\ \n", b"x = \xff\n", b"x = '\xe4'\n", b"# coding: nonsense\nx = 1\n",
    b"# coding: utf-16\nx\n", b"# coding: ascii\nx = '\xe4'\n",
    b"\xef\xbb\xbf# coding: latin-1\nx\n",
    b"x = 1\0\n", b"\0", b"# \0\nx\n", b"x = '\\N{NO SUCH NAME}'\n", b"x = '\\x1'\n",
    b"x = b'\\x1'\n", b"x = '\\u12'\n", b"f'{'\n", b"f'{x!z}'\n", b"f'{a b}'\n",
    b"x = f'''\n{\na b}'''\n", b"f'}'\n",
    b"f'{}'\n", b"f'{x:{y:{z}}}'\n", b"f'{\\n}'\n", b"f'{#}'\n", "f'{ä b}'\n".encode(),
    b"return 1\n", b"break\n", b"def f():\n    continue\n", b"yield\n", b"await x\n",
    b"def f(a, a): pass\n", b"def f():\n    x = 1\n    global x\n", b"nonlocal x\n",
    b"class C:\n    nonlocal y\n",
    b"from __future__ import nonsense\n", b"x = 1\nfrom __future__ import annotations\n",
    b"from x import *, y\n", b"def f():\n    from x import *\n", b"None = 1\n", b"f() = 1\n",
    b"del f()\n", b"x + 1 = 2\n", b"(a, b) += 1\n", b"f(x=1, x=2)\n", b"f(**x, *y)\n",
    b"f(a=1, b)\n", b"f(x for x in y, 1)\n", b"print 'a'\n", b"exec 'a'\n", b"if x = 1: pass\n",
    b"x = 1 2\n", "ä = 'ö' ü\n".encode(), "x = '日本' = 3 +\n".encode(),
    "\tä = (1,\n\t  2 3)\n".encode(),
    "日本語 = = 1\n".encode(), "x = “a”\n".encode(), "x = 1 ÷ 2\n".encode(), "x = €\n".encode(),
    "# coding: latin-1\nä = = 1\n".encode("latin-1"),
    "# coding: euc-jp\n日本 = = 1\n".encode("euc-jp"),
    b"\x0c\tx = = 1\n", b"\x0cif x:\n\x0c\ty = = 1\n", b"x =\t= 1\n", b"\t\tx = 1\n", b"0x\n",
    b"0b2\n", b"0o8\n", b"012\n", b"1__0\n", b"1e\n", b"1.e_\n", b"9" * 5000 + b"\n", b"x = 1abc\n",
    b"$\n", b"?\n", b"!\n", b"a!b\n", b"x = @\n", b"!x = 1\n", b"x ? y : z\n", b"a <> b\n",
    b"a++\n", b"a--\n=\n", b"try:\n    pass\n",
    b"try:\n    pass\nexcept:\n    pass\nexcept E:\n    pass\n",
    b"try:\n  pass\nexcept A, B:\n  pass\n",
    b"try:\n  pass\nexcept A:\n  pass\nexcept* B:\n  pass\n",
    b"match x:\n    case a: pass\n    case b: pass\n", b"match x:\n    case [a, a]: pass\n",
    b"match x:\n    case {**r, 'a': 1}: pass\n", b"class C\n    pass\n", b"class C:\n",
    b"def f():\n", b"def f():\n'doc'\n", b"for x in y\n    z\n", b"while x:\n", b"else:\n    x\n",
    b"elif x:\n    y\n", b"with x as 1:\n    y\n", b"lambda: (yield) = 1\n", b"[x for x in]\n",
    b"{1: 2, 3}\n", b"{**x for x in y}\n", b"*a\n", b"*a = 1\n", b"a, *b, *c = d\n",
    b"(x := 1) = 2\n", b"x := 1\n",
    b"[y := 1 for y in z]\n", b"async x\n", b"async def f():\n    def g():\n        await x\n",
    b"def f():\n    async for x in y: pass\n", b"import a.b as c.d\n", b"from . import\n",
    b"from a import (b, c\n", b"import\n", b"assert\n", b"raise x from\n", b"global x, \n",
    b"x = (1,\n     2\ny = 3\n", b"x = [\n1,\n2\n}\n", b"def f(\n    a,\n    b=\n):\n    pass\n",
    b"f(a\n  b\n  c)\n", b"x = {\n'a': 1\n'b': 2}\n", b"x = '''\nabc\n''' 1 2\n", b"(a b\nc)\n",
    b"a = 3 4 if\n", b"x = 1;; y\n", b"if True:\n    x = (\n", b"  '''doc\n  '''\nx\n",
    b"(" * 210 + b")" * 210 + b"\n", b"x = " + b"-" * 120 + b"= 1\n",
    b"x = 1 " + b"a" * 300 + b" = = 2\n",
    b"\n" * 50 + b"x = = 1", b"x\n\n\n\n  y\n", b"x = 1\n\ty = 2\n", b"#\n#\n  # c\n x\n",
    b"\\\n\\\nx = = 1\n", b"x = 'a' \\\n  'b' c\n", b"def f(**a, b): pass\n", b"def f(*): pass\n",
    b"def f(a=1, b): pass\n", b"def f(a, /, /): pass\n", b"def f(*, **k): pass\n",
    b"def f(None): pass\n", b"__debug__ = 1\n", b"def f(__debug__): pass\n", b"x.__debug__ = 1\n",
    b"import __debug__\n", b"\xef\xbb\xbfx = = 1\n", b"\xef\xbb\xbf\xe4\n", b"x = 1\r\ny = = 2\r\n",
    b"x = 1\ry = = 2\r", b"def f(x):\r\n\ty\r\n  z\r\n", "if ä:\n    ö\n  ü\n".encode(),
    "def f():\n  '日本'; \x01\n".encode(),
    b"\x1a\n", b"x = \x7f\n", "x = \u2028 1\n".encode(), "x\u00a0= 1\n".encode(),
    "x = '\u202e' 1\n".encode(),
]


def shaky(random, source):
    """A source with something cut, doubled or changed."""
    data = bytearray(source)
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(data) + 1)
        data[at:at + random.randrange(3)] = random.choice(
            [b"", b" ", b"(", b")", b"'", b"\n", b"\t", b":", b"=", b"\\", "ä".encode(), b"\xff",
             b"if ", b"x"])
    return bytes(data)


def random_source(random):
    kind = random.random()
    if kind < 0.45:
        return random.choice(GOOD)
    if kind < 0.60:
        return random.choice(WARNS)
    if kind < 0.90:
        return random.choice(BAD)
    return shaky(random, random.choice(GOOD + WARNS + BAD))


class Tree:
    """The steps that make a tree; paths are bytes, relative to its root."""

    def __init__(self, random):
        self.random = random
        self.steps = []
        self.directories, self.files = [b"."], []
        # Times and modes come last: making something changes the one and needs the other.
        self.last = []
        self.taken = set()
        self.grow(b".", 0)
        for _ in range(random.randrange(5)):
            self.add_link()
        for path in [path for path in self.files if path.endswith(b".py")]:
            if random.random() < 0.3:
                self.add_bytecode(path)

    def place(self, parent, name):
        """A path that nothing has yet, or None."""
        path = os.path.normpath(os.path.join(parent, os.fsencode(name)))
        if path in self.taken:
            return None
        self.taken.add(path)
        return path

    def grow(self, parent, depth):
        for _ in range(self.random.choice([0, 1, 2, 3, 5] if depth else [2, 3, 5])):
            path = self.place(parent, self.random.choice(NAMES))
            if path:
                self.add_file(path)
        for _ in range(self.random.choice([0, 0, 1, 1, 2]) if depth < 4 else 0):
            path = self.place(parent, self.random.choice(DIRECTORIES + NAMES[:6]))
            if path:
                self.steps.append((os.mkdir, path))
                self.directories.append(path)
                mode = self.random.choice(DIRECTORY_MODES)
                if mode != 0o755:
                    self.last.append((os.chmod, path, mode))
                self.grow(path, depth + 1)

    def add_file(self, path):
        self.files.append(path)
        self.steps.append((write, path, random_source(self.random)))
        self.last.append((os.chmod, path, self.random.choice(MODES)))
        time = self.random.choice(TIMES)
        self.steps.append((set_time, path, time))

    def add_link(self):
        """A link, in the tree, to something in it, outside or nowhere."""
        parent = self.random.choice(self.directories)
        path = self.place(parent,
                          self.random.choice(NAMES[:9] + DIRECTORIES[:6] + ["l.py", "link"]))
        if not path:
            return
        target = self.random.choice(self.files + self.directories + [
            b"nowhere", path, b"../outside/o.py", b"../outside", b"../outside/gone.py"])
        self.steps.append((link, path, target, self.random.random() < 0.2))
        if path.endswith(b".py"):
            self.files.append(path)

    def add_bytecode(self, source):
        """Something where the bytecode of a source goes."""
        parent, name = os.path.split(source)
        suffix = self.random.choice([b"", b"", b"", b".opt-1", b".opt-2"])
        path = os.path.join(parent, b"__pycache__", name[:-3] + TAG + suffix + b".pyc")
        if self.random.random() < 0.2:
            path = source + b"c"
        path = os.path.normpath(path)
        if path not in self.taken and len(os.path.basename(path)) < 240:
            self.taken.add(path)
            self.steps.append((self.random.choice(BYTECODE), path, source))


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def set_time(path, time):
    try:
        os.utime(path, ns=(time, time))
    except OverflowError:
        pass


def link(path, target, absolute):
    if absolute:
        target = os.path.abspath(target)
    else:
        target = os.path.relpath(target, os.path.dirname(path) or b".")
    os.symlink(target, path)


def compiled(path, source, mode):
    """Bytecode of the source, by CPython; garbage where that refuses."""
    os.makedirs(os.path.dirname(path) or b".", exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if py_compile.compile(os.fsdecode(source), os.fsdecode(path), quiet=2,
                                  invalidation_mode=mode):
                return
        except OSError:
            pass
    write(path, b"nothing")


def current(path, source):
    compiled(path, source, py_compile.PycInvalidationMode.TIMESTAMP)
    set_time(path, BEFORE)


def hashed(path, source):
    compiled(path, source, py_compile.PycInvalidationMode.CHECKED_HASH)
    set_time(path, BEFORE)


def truncated(path, source):
    current(path, source)
    os.truncate(path, min(os.path.getsize(path), 14))
    set_time(path, BEFORE)


def cut_header(path, source):
    current(path, source)
    os.truncate(path, 7)
    set_time(path, BEFORE)


def other_magic(path, source):
    current(path, source)
    with open(path, "r+b") as file:
        file.write(b"\x55\x0d")
    set_time(path, BEFORE)


def other_time(path, source):
    current(path, source)
    with open(path, "r+b") as file:
        file.seek(8)
        file.write(b"\1\2\3\4")
    set_time(path, BEFORE)


def other_size(path, source):
    current(path, source)
    with open(path, "r+b") as file:
        file.seek(12)
        file.write(b"\1\2\3\4")
    set_time(path, BEFORE)


def executable(path, source):
    other_time(path, source)
    os.chmod(path, 0o777)


def unreadable(path, source):
    current(path, source)
    os.chmod(path, 0)


def linked(path, source):
    os.makedirs(os.path.dirname(path) or b".", exist_ok=True)
    os.symlink(b"elsewhere.pyc", path)


def linked_current(path, source):
    current(path + b".real", source)
    os.symlink(os.path.basename(path) + b".real", path)


def directory(path, source):
    os.makedirs(path)


def hard(path, source):
    other_time(path, source)
    os.link(path, path + b".twin")


def closed_cache(path, source):
    """A directory that nothing can be added to, but for root."""
    current(path, source)
    if os.path.basename(os.path.dirname(path)) == b"__pycache__":
        os.chmod(os.path.dirname(path), 0o555)


def cache_is_a_file(path, source):
    parent = os.path.dirname(path)
    if os.path.basename(parent) == b"__pycache__" and not os.path.lexists(parent):
        write(parent, b"")
        set_time(parent, BEFORE)


BYTECODE = [current, current, current, hashed, truncated, cut_header, other_magic, other_time,
            other_size, executable, unreadable, linked, linked_current, directory, hard,
            closed_cache, cache_is_a_file]


def build(tree, root):
    """Make the tree in a new directory `root`, which becomes the current one."""
    os.mkdir(root)
    outside = os.path.join(os.path.dirname(root), "outside")
    os.mkdir(outside)
    write(os.path.join(outside, "o.py"), b"x = 'outside'\n")
    set_time(os.path.join(outside, "o.py"), BEFORE)
    os.chdir(root)
    for function, *arguments in tree.steps:
        try:
            function(*arguments)
        except (FileExistsError, NotADirectoryError, FileNotFoundError, PermissionError,
                IsADirectoryError):
            pass  # what was made before is in the way, in each build alike
    for function, *arguments in reversed(tree.last):
        function(*arguments)


def remove(directory):
    """Remove everything in a directory, whatever its modes."""
    for parent, directories, _ in os.walk(directory):
        for name in directories:
            path = os.path.join(parent, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    for name in os.listdir(directory):
        shutil.rmtree(os.path.join(directory, name))
