"""Elements of real, rearranged and unusual sources are what CPython's ast, tokenize and compile()
say."""
import io
import json
import keyword
import os
import random
import sys
import tokenize

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import judge
import tap

LIBRARY = tap.LIBRARY
PACKAGES = ("json", "asyncio", "email", "http", "concurrent", "logging", "unittest", "typing.py",
            "dataclasses.py", "enum.py", "functools.py")
TESTS = ("test_grammar.py", "test_fstring.py", "test_patma.py", "test_coroutines.py",
         "test_typing.py", "test_unicode_identifiers.py", "test_generators.py",
         "test_dataclasses.py")
REARRANGED = ("enum.py", "asyncio/events.py", "http/cookies.py", "email/header.py",
              "logging/config.py")
FILES = ("documentation.json", "documented.json", "data.json", "elements.json")

UNUSUAL = {
    "accessors of methods only":
    "class A:\n @x.setter\n class B: pass\n @x.setter\n def f(self): pass\n@x.setter\n"
    "def g(): pass\n"
    "@x.setter\nclass C: pass\n",
    "deprecated":
    "@deprecated('a')\nclass A:\n @w.deprecated('b', category=None)\n def f(self): pass\n"
    " @w.deprecated(1)\n @notdeprecated('x')\n def g(self): pass\n @undeprecated('q')\n"
    " @a.deprecated('z')\n def h(self): pass\n @deprecated(f'x')\n def i(self):pass\n"
    " @deprecated('a' 'b')\n async def j(self):pass\n @deprecated(*'a')\n def k():pass\n"
    " @deprecated('1')\n"
    " @deprecated('2')\n @deprecated\n def l():pass\n",
    "generators in dead code":
    "if 0:\n def f(): yield\nwhile 0:\n def g(): yield\nif __debug__:\n def h(): yield\nelse:\n"
    " async def i(): yield\ndef j():\n if 0: yield\ndef k():\n (lambda: (yield))\n"
    "def l(x=(lambda: (yield))): pass\ndef m() -> (lambda: (yield)): await_ = 1\nasync def n():\n"
    " await x\n"
    "def o():\n class A:\n  def p(self): yield\n",
    "notation blank": "\"\"\"a\n\tb\n\t\t\n\t \n\t# \n\t#\n\t\t# q\n   \n\tc  \"\"\"\n",
    "notation hash": "\"\"\"# a\n# b\n#c\n \t# d\n\t# e\n\"\"\"\n",
    "notation first":
    "\"\"\"\tq\n\"\"\"\ndef f():\n \"# a\"\ndef g():\n \"\\t\\ta\\n\"\ndef h():\n"
    " \"a\\n \\n\\t# b\\n\\t\\t# # c\\n\"\n",
    "PEP 257 unicode": "\"\"\"\xa0a\xa0\n\xa0 b\n\u2003 c\x0b\n\x1c\n   d\n\u2028\n\"\"\"\n",
    "PEP 257 tab": "\"\"\"a\n  \tb\n\tc\\n \\x0c\n        d\\r  e\n\"\"\"\n",
    "PEP 257 and CR": "def f():\n  \"a\\r\\n   b\\r\\n   c\"\ndef g():\n  \"a\\n \\r\\tb\\n   "
                      "c\"\n",
    "empty doc": "\"\"\nx = 1\n\"\"\nclass A:\n \"  \"\n x = 1\n #:\n y = 2\n",
    "comments":
    "#: a\n  #: b\n#: c  \nx = 1\n#: d\n\ny = 1\n#: e\n# f\nz = 1\n#: g\na = 1; b = 2\n\"doc\"\n"
    "c = 1 #: no\nd = 1\n#:   i\n#:  j\n#:\ne, f = g = 1, 2\n#:\tt\nh: int\nif 1:\n    #: q\n"
    "  i = 1\n"
    "  #: r\nj = 2\n",
    "comment in string":
    "x = \"\"\"\n#: a\n\"\"\"\ny = \"\"\"\n#: a\"\"\"; z = 1\nw = \"\"\"\n#: no\n\"\"\"\nv = 1\n",
    "comment after bracket": "x = (\n#: a\n1)\ny = [1,\n#: b\n]\nz = 2\n#: k\n(a) = 1\n#: l\n"
                             "(b).c = d = 1\n",
    "comment backslash": "x = 1 \\\n#: foo\ny = 2\n",
    "comment backslash2": "#: foo\n\\\ny = 2\n#: bar\n \\\n\n",
    "comment formfeed": "#: a\n\x0cx = 1\nclass A:\n #: b\n y = 1\n",
    "comments and form feeds": "\x0c#: a\nx = 1\n\x0c\n#: b\n\x0c\ny = 1\n",
    "comment crlf": "#: a  \r\nx = 1\r\n#: b\ry = 2\r\"d\"\rz = '''\r\n'''\r\nw = [f('''a\r\n"
                    "b\rc''')]\r\n",
    "comment trail unicode": "#: a\xa0\nx = 1\n#:\xa0b\ny=1\n",
    "first stmt after def colon":
    "class A: x = 1; 'doc'\nclass B: 'doc'; y = 1\nclass C:\n #: c\n x = 1; y = 2\nif 1: x = 1\n"
    "#: p\n"
    "else: y = 1\n",
    "comments decorated":
    "#: no\nimport x\n#: no\ndef f(): pass\n#: no\nclass A:\n #: field\n def f(self):\n  #: yes\n"
    "  self.x, self.y = 1, 2\n  self.z = 3\n  'zdoc'\n  self.x = 4\n  'late'\n",
    "self fields":
    "class A:\n @staticmethod\n def a(self):\n  (self.a, [self.b, *self.c]), x = 1\n  self.d: int\n"
    "  self.e: int = 1\n  (self.f) = 1\n  self.g.h = 1\n  self[0] = 1\n"
    "  for self.i in x: self.j = 1\n"
    "  with x as self.k: pass\n  self.l += 1\n  def n():\n   self.m = 1\n  class B:\n"
    "   def q(self): self.r = 1\n  lambda: (self := 1)\n  match x:\n   case 1: self.s = 1\n"
    "  try: self.t = 1\n  except* E: self.u = 1\n  else: self.v = 1\n  finally: self.w = 1\n"
    "  self.d = 'second'\n  while 1: self.x = self.y = 2\n  else: self.z = 1\n @property\n"
    " def p(self): self.pp = 1\n if 1:\n  def c(self): self.cc = 1\n class D:\n"
    "  def e(self): self.ee = 1\n"
    " async def f(self):\n  async with x: self.ff = 1\n  async for x in y: pass\n"
    "  else: self.gg = 1\n",
    "self not name":
    "class A:\n def f(this): this.x = 1\n def g(cls): self.y = 1\n self.z = 1\n"
    "def f(self): self.w = 1\n",
    "repeated fields":
    "class A:\n x: int\n def f(self): self.x = 1\n def f(self): self.y = self.y = 1\n",
    "normalized names":
    "\ufb01x = 1\ndef \ufb01(\ufb02: \ufb01x, *\ufb01a, **\ufb03): raise \ufb01.\ufb01\n"
    "import \ufb01 as \ufb02, \ufb01.b\nclass \ufb01(\ufb02.c, \ufb01=1):\n"
    " def m(self): self.\ufb01 = 1\n"
    "@\ufb01.setter\n@\ufb01\nclass x:pass\n",
    "normalized special names":
    "class A:\n def f(s): \U0001d530elf.x = 1\n @\U0001d4c5roperty\n def p(self): pass\n"
    "__\U0001d4f0ll__ = []\n__\U0001d4b6ll__ = ['a']\n",
    "params":
    "def f(a, /, b: int=1, * , c: 'x'=2, ** kw: (d)): pass\ndef g(* args: *Ts, k): pass\ndef h(*\n"
    "args, x = (1), y=(2,), z=(yield_), w=lambda a, /, *b: (c)): pass\n"
    "def i(a:int=1,/,b=2,*,c,d=3)->(int): pass\n",
    "types":
    "def f(x: ((a . b)), y: a[b], z: 'q', w: None, v: (a\n. b), u: (yield_) = 1) -> ( x\n"
    " .y ): pass\n"
    "class A(*b, (c), d[e], f(g), (h.i), metaclass=(M), **kw, k = 1, l=lambda: 0): pass\n"
    "class B(): pass\n"
    "class C(metaclass=x): pass\nclass D((x for x in y)): pass\n",
    "walrus base": "class E(x := y, (z := w)): pass\ndef f(a=(b := 1)): pass\n",
    "walrus annotation": "def f(a: (b := 1)) -> (c := 2): pass\nx: (y := 3)\n",
    "annotations that are not evaluated":
    "x: undefined.name = 1\ny: f()[g] = 2 if x else 3\nclass A:\n b: A\n if b: c: C\n"
    " def m(self, x: later) -> Later: self.d: E\n",
    "imports":
    "import a.b.c, d as e, f.g as h; from . import x\nfrom .. import (y,\n z as w,)\n"
    "from ... import *\n"
    "from .a.b import c as d\nfrom a.b import *\nfrom .... a import b\nif 1: import q\nfrom . \\\n"
    " x import y\n",
    "exported":
    "__all__ = ['a']\n__all__ += ('b',)\n__all__.extend(['c'])\n__all__.extend(('d',), )\n"
    "__all__.append('e')\n__all__ += x\n__all__ -= ['a']\nif 1:\n __all__ += ['f']\n for x in y:\n"
    "  __all__.extend(['g'])\nclass A:\n __all__ = 1\n __all__ += ['no']\ndef f():\n"
    " __all__ += ['no']\n"
    "with x: __all__ += ['h'] + ['i']\n",
    "exported removed": "__all__ = ['a']\n__all__ = x\n__all__ += ['b']\n",
    "exported none": "__all__ += ['b']\n",
    "exported extend none": "__all__.extend(['b'])\n",
    "exported tuple": "__all__, x = ['a'], 1\n",
    "exported tuple2": "__all__ = ['b']\n__all__, x = y\n",
    "exported ann": "__all__: list[str] = ['a']\n__all__: list\n",
    "exported sum": "__all__ = ['a'] + ('b',) + ['c']\n",
    "exported sum2": "__all__ = ['a'] + x.__all__\n",
    "exported mixed": "__all__ = ['a', 1]\n",
    "exported star": "__all__ = ['a', *b]\n__all__ += ['c']\n",
    "exported empty": "__all__ = ()\n",
    "exported set": "__all__ = {'a'}\n",
    "exported fstr": "__all__ = [f'a']\n",
    "exported bytes": "__all__ = ['a']\n__all__ = [b'a']\n",
    "exported str": "__all__ = 'ab'\n",
    "exported iaddself": "__all__ = ['a']\n__all__ = __all__ + ['b']\n",
    "exported extend kw":
    "__all__ = ['a']\n__all__.extend(x=['b'])\n__all__.extend(['b'], ['c'])\n"
    "__all__.extend(*['b'])\n"
    "x.__all__.extend(['z'])\n"
    "__all__.extend(['ok']); __all__.extend(['o1', *x]); __all__ += [1]; (__all__) += ['p']\n"
    "y = __all__.extend(['n'])\n",
    "exported ann star": "__all__ = ['a']\nx = __all__ = ['b']\n*__all__, z = ['c'], 2\n",
    "exported none2": "__all__ = ['a']\n__all__ = None\n",
    "exported for": "__all__ = ['a']\nfor __all__ in x: pass\n(__all__ := ['b'])\ndel __all__\n",
    "data":
    "a = 1\nb = -1\nc = 1.0\nd = 1e100\ne = 1e400\nf = 1j\ng = ...\nh = None\n"
    "i = (None, [True, 'x', b'\\x00\\'\"', b\"'\", {}, {1}, -1, (), [...]])\nj = 'a' 'b'\n"
    "k = f'{a}'\n"
    "l = (1)\nm = ((1),)\nn = 1,\no = [(-1), (x), *y]\np: int = 3\nq: int\nr = 0.1\ns = 1_000\n"
    "t = 0o17\n"
    "u = 1e22\nv = 1e16\nw = 1e-7\nx = 123456789012345678901234567890\ny = 5e-324\n"
    "z = 1.7976931348623157e308\naa = not True\nab = (yield_)\nac = 'a'.b\n"
    "ad = 100000000000000000.0\n"
    "ae=0.0\naf = 1e15\nag=b'\\\\\\n\\t\\xff'\nah=1.0e-4\nai=0.00001\n",
    "surrogates":
    "a = '\\ud800'\nb = '\\udc80x\\ud83d\\ude00'\n'\\ud800 doc'\n"
    "c = '\\x00\\x1f\\x7f\\u2028/\"\\\\\\b'\n"
    "d = '\U0001f600'\n__all__ = ['\\udcff']\n@deprecated('\\ud800')\ndef f(): x\n",
    "surrogate docstring": "def f(): '\\udfff'\n",
    "targets":
    "a, b = 1, 2\na, b = [1, 2]\n[a, b] = (1, 2)\na, *b = 1, 2\na, b = 1, *c\n"
    "a, (b, c) = 1, (2, 3)\n"
    "a, (b, *c) = 1, (2, 3)\na, (b, c) = 1, x\na, b = 1, 2, 3\n(a), b = None, 1\na = b, c = 1, 2\n"
    "a.b, c[0], d = 1, 2, 3\na, b = {1, 2}\na, b = 'xy'\n() = ()\n[] = x\n*a, = 1,\n"
    "(a, b), c = (1, *x), 2\na, b = (1, 2)\na, (b, c) = *x, 1\n(a.b), (c) = 1, 2\na, a = 1, 2\n",
    "targets2": "a, b = (x := (1, 2))\na, b = ((1, 2))\na,b = {1:2, 3:4}\na, b = (i for i in c)\n",
    "annotated targets":
    "(a): int = 1\na.b: int = 2\nc[0]: int\n(d): int\ne: (x, y) = 1, 2\nf: int = yield_\n",
    "conditional":
    "if 1:\n a = 1\n class B:\n  c = 1\n  if 1: d = 1\n def f(): pass\nelif 2: e = 1\nelse: g = 1\n"
    "try: h = 1\nexcept A: i = 1\nexcept B: import j\nelse: k = 1\nfinally: l = 1\nwith x: m = 1\n"
    "match x:\n case 1: n = 1\n case _:\n  def o(): pass\nfor p in q: r = 1\nelse: s = 1\n"
    "while 1: t = 1\n"
    "else: u = 1\nasync def v():\n async with x: pass\ntry: pass\nexcept* A: w = 1\n",
    "decorators":
    "class A:\n @property\n @abstractmethod\n @x.y\n @z()\n async def a(self, b) -> int: yield\n"
    " @abstractmethod\n @property\n def c(self, d): pass\n @staticmethod\n @staticmethod\n"
    " def e(): pass\n"
    " @(staticmethod)\n def f(a): pass\n @cached_property\n def g(self, x): pass\n"
    " @functools.cached_property\n def h(self): pass\n @abstractproperty\n"
    " def i(self, z) -> 'x': pass\n"
    " @a\n @classmethod\n @b\n @property\n def j(cls): pass\n @x.setter\n @y.deleter\n"
    " def k(self, v): pass\n @setter\n def l(self): pass\n @x.y.setter\n def m(self): pass\n"
    " @x().setter\n"
    " def n(self): pass\n @ \\\n x\n # c\n\n @y\n def o(self): pass\n @a@b\n @(lambda x: x)\n"
    " def p(self): pass\n@staticmethod\n@property\ndef q(a): pass\n@property\n@x.y\nclass R: pass\n"
    "@(\n x\n"
    ")\ndef s(): pass\n@(a @ b)\ndef t(): pass\n",
    "raises":
    "def f():\n raise\n raise A\n raise A()\n raise a.b.c(1) from D\n raise e()()\n raise (F)\n"
    " raise (G())\n raise x[0]\n raise x().y\n if 1: raise H\n elif 2: raise I\n try: raise J\n"
    " except K: raise L\n else: raise M\n finally: raise N\n with x: raise O\n match x:\n"
    "  case 1: raise P\n for x in y: raise Q\n else: raise R\n while 1: raise S\n else: raise T\n"
    " def g(): raise U\n class V: raise W\n lambda: 1\n raise f'x'\n raise A if 1 else B\n",
    "async":
    "async def f():\n yield 1\nasync def g(): return [x async for x in y]\nasync def h(): await x\n"
    "def i(): yield from x\ndef j(): return (x for x in y)\n"
    "async def k(): return (await x for x in y)\n",
    "bom": b"\xef\xbb\xbf\xc3\xa9 = 1\n",
    "bom-cookie": b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
    "bom only": b"\xef\xbb\xbf",
    "empty": b"",
    "only LF": b"\n",
    "only CR": b"\r",
    "mixed line ends": b"\r\r\n\n",
    "only spaces": b"  ",
    "unterminated line": b"x = 1",
    "comment only": b"# x",
    "comment nl": b"#: x\n\n",
    "form feed": b"\x0c",
    "form feed first": b"\x0cx = 1\n",
    "continuation at the end": b"x = 1 \\\n\n",
    "continuation at the beginning": b"\\\nx = 1\n",
    "spaces at the end": b"x = 1\n   ",
    "CR at the end": b"x = 1\r",
    "latin-1 cookie": b"# -*- coding: latin-1 -*-\n\xe9 = '\xe8'; x = 1\n",
    "Latin_1-unix cookie": b"# coding: Latin_1-unix\n\xe9 = 1\n",
    "iso-8859-15 cookie": b"#coding=iso-8859-15\nx = '\xa4'; y = 1\n",
    "cp1252 cookie": b"\n# vim: set fileencoding=CP1252 :\nx = '\x80'\n",
    "utf-8-sig cookie": b"# coding: utf-8-sig\nx=1\n",
    "UTF_8 cookie": b"# coding: UTF_8\nx=1\n",
    "utf8 cookie": b"# coding: utf8\nx='\xc3\xa9'; y = 1\n",
    "U8 cookie": b"# coding: U8\nx='\xc3\xa9'; y = 1\n",
    "ascii cookie": b"# coding: ascii\nx=1\n",
    "US-ASCII cookie": b"# coding: US-ASCII\nx=1\n",
    "euc-jp cookie": b"# coding: euc-jp\nx='\xa4\xa2'; y = 1\n",
    "shift_jis cookie": b"# coding: shift_jis\nx='\x83\\'; y = 1\n",
    "cookie in line 3": b"\n\n# coding: latin-1\nx = 1\n",
    "cookie-after": b"x = 1\n# coding: latin-1\ny = '\xc3\xa9'\n",
    "cookie between CRs": b"#!x\r# coding: latin-1\r\xe9 = 1\r",
    "invalid UTF-8 with a cookie": b"# coding: utf-8\n# \xff\nx = 1\n",
    "invalid UTF-8": b"#: \xff\xfe\xe2\x82 \xf0\x9f\x98 a\nx = 1 # \xff\ny = 2\n",
    "invalid UTF-8 surrogates": b"#: \xed\xa0\x80\xc0\x80\xf8\x88\nx = 1\n",
    "truncated UTF-8": b"#: \xe2\x82\xac \xe2\x82\nx = 1\n",
    "utf-7 cookie": b"# coding: utf-7\nx = '+AOk-'\n",
    "koi8-r cookie": b"# coding: koi8-r\n\xc1 = 1; b = 2\n",
    "unicode escape cookie": b"# coding: unicode_escape\nx = '\\\\u00e9'\n",
    "raw unicode escape cookie": b"# coding: raw_unicode_escape\nx = '\\u00e9'; y = 1\n",
    "mac-roman cookie": b"# coding: mac-roman\nx='\x8e'; y = 2\n",
    "characters beyond the BMP":
    "\U0001d4b6 = '\U0001f600'; b = 1\nclass A: 'e\u0301'; x\u0301 = 1; y: '\U0001f600' = 2\n",
    "tabs": "if 1:\n\tx = 1;\ty = 2\n",
    "nested f-strings": "x = f'{a!r:>{w}} {\"b\"}' ; y = 1\nz = f'''\n{a}\n''' f'x'\n'''d'''\n",
    "paren string": "x = 1\n(('doc'\n 'more'))\ndef f():\n  ('doc')\nclass A:\n (\n"
                    " 'doc' ) ; x = 1\n",
    "u string": "u'doc'\nx = 1\nb'no'\ny = 1\nf'no'\nz = 1\nr'\\x yes'\n",
    "semicolons": "def f(): pass;\nclass A: x = 1;\nx = 1 ;\nimport a;\n",
    "continued definitions":
    "def f \\\n (a, \\\n b): \\\n pass\nclass \\\nA \\\n: pass\n@ x\ndef \\\n g(): pass\nasync \\\n"
    "def h(): pass\n",
    "doc at def level": "def f(): 'doc'\nclass B: 'doc'\n",
    "overloads":
    "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
    "def f(a): return a\n",
    "repeated names documented": "def f():\n 'a'\ndef f():\n 'b'\nx = 1\n'c'\nx = 2\n'd'\n",
    "str value then doc": "'mod'\n'not'\nx = 'a'\n'b'\n'c'\n",
    "lone doc after if": "x = 1\nif 1:\n 'no'\nif 1:\n y = 1\n'no'\n",
    "type comments": "x = [] # type: list\ndef f(a): # type: (int)->int\n pass\n",
    "lambda default": "def f(a=lambda x=(1): (x), *, b={**c}, d=[*e], g=(h), i=(j,), k=not l, m=\n"
                      "1): pass\n",
    "strings multiline syntax": "def f(a='''x\ny''', b=(1 +\n 2)) -> '''q\n''': pass\n",
}
# Numbers of more than 100000 digits are given as text; these are clearly shorter and clearly
# longer.
UNUSUAL["long numbers"] = (f"a = 0x{'f' * 3000}\nb = 0x{'f' * 83000}\nc = 0x{'f' * 84000}\n"
                           f"d = -0x{'f' * 10}, [0x{'f' * 84000}]\n")

# Those that CPython refuses, from this version on.
REFUSED = {"surrogate docstring": (3, 13), "walrus annotation": (3, 14),
           "invalid UTF-8": (3, 14), "invalid UTF-8 with a cookie": (3, 14),
           "invalid UTF-8 surrogates": (3, 14), "truncated UTF-8": (3, 14)}

KEPT = ("self", "__all__", "setter", "deleter", "deprecated", "property", "staticmethod",
        "abstractmethod")
GAPS = ("", "", "", " ", "\t", "\x0c", " \\\n", "\\\n   ")
INVISIBLE = (tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.NL, tokenize.COMMENT,
             tokenize.ENDMARKER)


def accented(token):
    """A token with an accent on each e, if it is a name."""
    name = token.string
    if token.type != tokenize.NAME or name in KEPT or name in keyword.kwlist + keyword.softkwlist:
        return name
    return name.replace("e", "\xe9")


def tokens(text):
    """The tokens of a text; a string with fields, which newer tokenizers divide, is one."""
    begin = depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind in ("FSTRING_START", "TSTRING_START"):
            begin = begin if depth else token.start
            depth += 1
        elif kind in ("FSTRING_END", "TSTRING_END"):
            depth -= 1
            if not depth:
                area = [[begin[0], begin[1] + 1], token.end]
                yield token._replace(string=judge.select(text.split("\n"), area), start=begin)
        elif not depth:
            yield token


def rearranged(text, chance):
    """The same program with other names, gaps and continued lines, in another encoding, as bytes.
    """
    lines = text.split("\n")
    edits = []
    previous = None
    for token in tokens(text):
        if token.type in INVISIBLE:
            previous = None
            continue
        if previous and previous.end[0] == token.start[0]:
            edits.append((previous.end, token.start, chance.choice(GAPS)))
        edits.append((token.start, token.end, accented(token)))
        previous = token
    for (first, begin), (last, end), new in reversed(edits):
        if first == last:
            line = lines[first - 1]
            old = line[begin:end]
            lines[first - 1] = line[:begin] + (new if old.strip() else old + new) + line[end:]
    newline = chance.choice(("\n", "\r\n", "\r"))
    text = "\n".join(lines).replace("\n", newline)
    kinds = [("# coding: latin-1" + newline, "latin-1"), ("\ufeff", "utf-8")]
    for prefix, encoding in chance.sample(kinds, 2):
        try:
            return (prefix + text).encode(encoding)
        except UnicodeEncodeError:
            pass
    raise AssertionError("UTF-8 has every character")


class Case(elements.Case):
    def check_places(self, paths):
        """Each area is a whole statement, parameter or expression: what tokens say of it."""
        problems = [f"{path}: {line}" for path, record in elements.described(paths)
                    for line in judge.misplaced(elements.read(path), record)]
        self.assertEqual(problems[:elements.SHOWN], [], f"{len(problems)} misplaced")

    def check_rearranged(self, paths, seed):
        """Sources in other layouts and encodings; the number of those that still are programs."""
        chance = random.Random(seed)
        written = []
        for path in paths:
            data = elements.read(path)
            if not elements.compiles(data, path) or judge.cookie(data):
                continue
            data = rearranged(judge.decode(data), chance)
            if elements.compiles(data, path):
                written.append(self.write(f"{len(written)}/{os.path.basename(path)}", data))
        self.check(written)
        self.check_places(written)
        return len(written)


class Elements(Case):
    def test_of_the_library(self):
        paths = elements.sources(*(os.path.join(LIBRARY, name) for name in PACKAGES))
        self.assertEqual(self.check(paths), len(paths))
        self.check_places(paths)

    def test_of_tests_of_the_language(self):
        paths = [os.path.join(LIBRARY, "test", name) for name in TESTS]
        paths = [path for path in paths if os.path.exists(path)]
        self.check(paths)
        self.check_places(paths)

    def test_of_the_tests_here(self):
        self.check(elements.sources(os.path.join(tap.ROOT, "test"),
                                    os.path.join(tap.ROOT, "factors")))

    def test_of_rearranged_sources(self):
        paths = [os.path.join(LIBRARY, name) for name in REARRANGED]
        self.assertEqual(self.check_rearranged(paths, 1), len(paths))

    def test_of_unusual_sources(self):
        limit = sys.get_int_max_str_digits()
        self.addCleanup(sys.set_int_max_str_digits, limit)
        sys.set_int_max_str_digits(0)
        paths = {}
        for number, (name, source) in enumerate(UNUSUAL.items()):
            if isinstance(source, str):
                source = source.encode("utf-8", "surrogatepass")
            paths[self.write(f"{number}.py", source)] = name
        records = dict(elements.described(list(paths)))
        for path, name in paths.items():
            with self.subTest(name):
                data = elements.read(path)
                refused = name in REFUSED and sys.version_info >= REFUSED[name]
                self.assertEqual(elements.compiles(data, path), not refused)
                if refused:
                    continue
                self.assertIn(path, records, "not described")
                self.assertEqual(elements.compare(path, data, records[path]), [])
                self.assertEqual(judge.misplaced(data, records[path]), [])


class Files(Case):
    def test_have_what_is_printed_and_end_with_one_newline(self):
        path = self.write("two.dots.py", UNUSUAL["decorators"] + UNUSUAL["data"])
        [(_, record)] = elements.described([path])
        self.assertEqual(record["elements"][2]["identifier"], "two.dots")
        self.kiln("delineate", path, "-o", "out")
        for name in FILES:
            with self.subTest(name):
                with open(self.path("out", name), encoding="utf-8") as file:
                    text = file.read()
                self.assertEqual(text[-1:], "\n")
                self.assertEqual(text.count("\n"), 1)
                self.assertTrue(elements.same(json.loads(text), record[name.removesuffix(".json")]))
        with open(self.path("out", "system-path"), encoding="utf-8") as file:
            self.assertFalse(file.read().endswith("\n"))

    def test_name_the_module_by_the_factor_path(self):
        path = self.write("m.py", "x = 1\n")
        self.kiln("delineate", path, "-o", "out", "--factor", "a.b.m")
        with open(self.path("out", "elements.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)[2]["identifier"], "a.b.m")


if __name__ == "__main__":
    tap.main()
