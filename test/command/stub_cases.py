"""Sources of which it is hard to write the interface down again."""

# Those that CPython refuses, from this version on.
REFUSED = {"surrogate_docstring": (3, 13), "walrus_annotations": (3, 14)}

CASES = {
    "empty": "",
    "only_a_comment": "# nothing\n",
    "walrus": (
        "def f(a=(n := 1), *, b=[m := 2], c: int = (k := 3)) -> int: ...\n@(d := f)\n"
        "class A((B := object), metaclass=(M := type)): x: int = (v := 1)\n"),
    "walrus_annotations": (
        "def f(c: (k := int) = 3) -> (r := int): ...\nclass A: x: (t := int) = (v := 1)\n"),
    "yield_and_await": (
        "def f(a=lambda: (yield), b=lambda: (yield from ()), c=lambda: [(yield)]): ...\n"
        "async def g(a=lambda x=1, *y, z, **k: (x, y, z, k)): return [i async for i in a]\n"
        "@(lambda: (yield))\ndef h(): yield\n"),
    "several_lines": (
        "def f(\n    a: (int |  # the one\n        str),\n    b=(1 +  # two\n        2),\n    c=[\n"
        "        1,  # )\n    ], *args: (\n        tuple  # all\n        [int]\n    ), k: \"\"\"a\n"
        "b\"\"\" = '''c\n  d''',\n) -> (  # gives\n    int |\n    None): ...\n@(  # why\n    f\n"
        "    (1,  # because\n     2))\n@f(\n# not indented\n3)\nclass A(  # bases\n"
        "    dict  # one\n"
        "    [str, int],\n    # more\n    metaclass=(type  # meta\n        if f else\n"
        "        type)): ...\n"
        "x: (int |\n    # comment\n    str) = 1\ny: dict[\nstr,\nint]\n"
        "z: (int) = (\n  1 +\n  2)\n"),
    "continuations": (
        "def f(a=1 + \\\n   2, *, b: int \\\n | str = 3) \\\n    -> int | \\\n  str: ...\n"
        "class A \\\n"
        " (dict  \\\n  [str, int], \\\n  metaclass=\\\n type): \\\n  x = 1\nx: int | \\\n  str = 1 "
        "+ \\\n"
        " 2\nimport a, \\\n   b as \\\n c\nfrom a \\\n import \\\n d\nT = list \\\n[int]\n@f \\\n "
        "(1)\n"
        "def g(): pass\n"),
    "surrogate_docstring": "def k(): u'unicode' '\\N{BULLET}\\ud800'\n",
    "docstrings": (
        "'one' \"two\" \\\n  'three'\ndef a(): ('in' 'parentheses')\ndef b():\n    r'''raw \\d\n"
        "      deeper\n    back'''\ndef c(): 'on the line'; return 1\ndef d():\n"
        "    ('several'  # comment\n"
        "     ' lines')\n    return 2\ndef e():\n    \"\"\"quotes ' \\\" \\\"\"\"\"\ndef f(): ''\n"
        "def g(): ''''a'''\ndef h(): '' ''\ndef i(): ''''''\ndef j():\n\t'''tabs\n\t\tmore\n"
        "\tless'''\n"
        "def k(): u'unicode' '\\N{BULLET}'\ndef l():\n    ('''a\nb''')\nclass A:\n"
        "    'class'\n"
        "    x = 1\n    'attribute'\n    #: comment\n    y: int = 2\n\n    @property\n"
        "    def p(self):\n"
        "        '''\n        property\n        '''\n    @p.setter\n"
        "    def p(self, value): 'setter'\n"
        "class B: 'only this'\nclass C: '''two\n  lines'''\nif x:\n    class D:\n        '''in\n"
        "        a block\n        '''\n        def f(): 'deep'\ntry:\n    def m():\n"
        "        '''less\n"
        "          deep'''\nfinally: pass\ndef n():\n    'continued \\\n   here'\ndef o():\n"
        "    b'bytes'\n"
        "def p():\n    f'string'\n"),
    "conditions": (
        "import sys\nif sys.platform == 'win32':\n    import a\n    def f(x): ...\n"
        "elif sys.platform == 'darwin':\n    import b\n    if sys.version_info >= (3, 12):\n"
        "        import c\n        if x: import c1\n        else: import c2\n    elif y: pass\n"
        "    else:\n"
        "        import d\n    import e\nelif z:\n    pass\nelse:\n    import g\n"
        "    def f(y): ...\nif x:\n"
        "    pass\nelse:\n    if y: import h\n    else: import i\nif x:\n    if y: import j\n"
        "else:\n"
        "    if y: import k\n    import l\nif x:\n    import m\nif x:\n    import n\nif (a and\n"
        "        # comment\n        b): import o\nif a or \\\n   b: import p\n"
        "if (q := a): import q1\n"
        "if [a\n]: import r\nclass C:\n    if x:\n        def m(self): ...\n    else:\n"
        "        def m(self, y): ...\n        z = 1\n    for i in (): \n        if i: w: int = 1\n"
        "    if x: pass\n    else: pass\nif x: print()\nelse: print()\n"),
    "assertions": (
        "import sys\nassert (sys.platform == 'a'), 'b'\nassert not (  # why\n"
        "  sys.version_info < (3, 8) and\n  sys.platform == 'c')\nassert True, x\nassert x\n"),
    "blocks": (
        "try:\n    import a\n    from b import c as d, e\nexcept ImportError:\n    a = None\n"
        "    from f import c as d\n    class A: ...\nelse:\n    def g(): ...\n    if x: import h\n"
        "finally:\n    import i\nwith x as y:\n    import j\nfor k in x:\n    def l(): ...\nelse:\n"
        "    import m\nwhile x:\n    import n\nmatch x:\n    case 1:\n        import o\n"
        "    case _:\n"
        "        if y: import p\ntry: import q\nexcept* ValueError: import r\n"),
    "enumerations": (
        "import enum\nclass A(enum.Enum):\n    B = 1\n    C, D = 2, 3\n    E = F = enum.auto()\n"
        "    G = -1\n    H = None\n    _ignore_ = ['x']\n    I: int\n    J = {'a': (1,\n      2)}\n"
        "    K = lambda self: 1\n    L = (M := 1)\n    N = 1 + \\\n  2\n"
        "    def f(self): self.x = 1\n"
        "class B(enum.IntFlag, boundary=enum.KEEP): X = 1 << 0\nC = enum.Enum('C', 'a b')\n"),
    "aliases": (
        "from typing import *\nfrom collections import namedtuple\nT = TypeVar('T', bound='A',\n"
        "  covariant=True)\nP = ParamSpec('P')\nN = NewType('N', int)\nA = namedtuple('A', 'x y')\n"
        "B = dict[str, int]\nC = A\nD = Optional[\n    int]\nE: TypeAlias = 'int | str'\n"
        "F = Callable[..., None]\nG = int | None\n"
        "class H(Generic[T], NamedTuple('H', [('x', int)])):\n"
        "    I = int\n    __slots__ = ('a', 'b')\n    __match_args__ = ('a',)\n"
        "    __hash__ = None\n"
        "    alias = __init__ = method\n    def method(self): self.a = 1\nJ = K = L = int\n"
        "M, O = int, str\n"),
    "overloads": (
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n@overload\n"
        "def f(a: str, /, b: bytes = b'') -> str: ...\ndef f(a, b=b''): return a\nclass A:\n"
        "    @property\n"
        "    def p(self) -> int: return 1\n    @p.setter\n"
        "    def p(self, value: int, other=1) -> None: self._p = value\n    @p.deleter\n"
        "    def p(self): del self._p\n    @functools.cached_property\n    def q(self): ...\n"
        "    @cached_property\n    def r(self): ...\n    @classmethod\n    @property\n"
        "    def s(cls): ...\n"
        "    @staticmethod\n    async def t(): ...\n    @abc.abstractmethod\n    def u(self): ...\n"
        "    @abstractmethod\n    async def v(self): ...\n    @property\n    @abstractmethod\n"
        "    def w(self): ...\n    @typing_extensions.deprecated('old')\n    def x(self): ...\n"
        "    def __class_getitem__(cls): ...\n    async def y(self): yield 1\n"),
    "parameters": (
        "def a(x, /): ...\ndef b(x, /, y): ...\ndef c(x, /, *, y): ...\ndef d(*, x): ...\n"
        "def e(*x, y): ...\ndef f(*, x=1, y): ...\ndef g(x=1, /, y=2, *z, a, b=3, **k): ...\n"
        "def h(**k): ...\ndef i(x, /, **k): ...\n"
        "def j(x: int = 1, /, *z: 'int', a: int, **k: str) -> None: ...\ndef k(*args: *Ts): ...\n"
        "def l(): ...\n"
        "def m(a=..., b=None, c=-1, d=1_000, e=0x1F, f=1e400, g=1j, h=(), i=(1,), j={}, k={**a}, "
        "l=[*b], "
        "m=not a): ...\n"
        "def n(a=lambda: 0, b=lambda x, /, *y, z=1, **k: (x, y), c=lambda *, d: d, e=x if y else "
        "z): ...\n"
        "def o(a=f'{b!r:>{c}}', d='\"' \"'\", e='\\\\', f=r'\\\\', g=b'\\x00', h=':=', i=(1, 2), "
        "j=(x for "
        "x in y)): ...\ndef p(a: lambda: 0 = 1, b: (int, str) = 2, c: [*d] = 3, e: (not f) = 4): "
        "...\n"),
    "classes": (
        "class A: ...\nclass B(): pass\n"
        "class C(A, B, *bases, metaclass=M, key=1 + 2, **kwargs): ...\n"
        "class D:\n    class E:\n        class F(A):\n"
        "            def f(self): self.x, (self.y, *self.z) = 1\n"
        "        def e(self): self.x: int = 1; self.x = 2\n    def d(self):\n        class G: ...\n"
        "        def h(): ...\n        with x as self.w, y: self.v = self.u = 1\n"
        "        for self.t in z: self.s: 'str'\nclass I:\n"
        "    def __init__(self): self.a = 1; self.b: int; self.c, self.d = 1, 2; self.__e = 3; "
        "self.f += "
        "1\nclass J(list[int], Generic[T], a.b.c, f(1,\n  2)[3]): __slots__ = ()\n"
        "@dataclasses.dataclass(frozen=True)\nclass K:\n    x: int\n    y: str = 'a'\n"
        "    z: list[int] = field(default_factory=list)\n    w: ClassVar = 1\n    (v): int = 1\n"
        "class L:\n"
        "    x = 1; y = 2; import z; from a import b\n    def x(self): ...\n    z = x\n"
        "class L(L): ...\n"),
    "names": (
        "größe: int = 1\ndef naïve(été='é', *, 名=1) -> Ünïcode: ...\nclass Ωmega(Änderung):\n"
        "    ß = 1\n"
        "    def é(self): self.ключ = 1\nimport módulo as módulo\nﬁ = 1\n"
        "class match: case = type = 1\n"
        "_ = 1\ndef print(): ...\n"),
    "imports": (
        "'doc'\nfrom __future__ import annotations, generators\n"
        "from __future__ import division as d\n"
        "import a\nimport a as a\nimport a.b, a.b.c as c, d as e\nfrom a import b\n"
        "from a import b as b, c as d\nfrom . import x\nfrom .. import (y, z as w)\n"
        "from ...a.b import c as c\nfrom .a import *\nfrom a.b import *\nfrom .... import q\n"
        "x = unknown()\n"),
    "exported": (
        "__all__ = ['a', \"b\"]\n__all__ += ('c',)\n"
        "__all__.extend(['\\'', '\"', '\\\\', 'ä', '\\U0001f600', '\\t'])\na = b = 1\n"),
    "exported_nothing": "__all__ = ()\n",
    "exported_twice": "if x: __all__ = ['a']\nelse: __all__ = ['b', 'c']\nb = 1\n",
    "exported_by_a_name": "__all__ = names()\n__all__ = [x for x in y]\n",
    "exported_unknown": (
        "import sys\n'''\n# __all__ is not constant.\n'''\n__all__ = ['a', f'{b}']\na = 1\n"
        "@d('''\n# __all__ is not constant.\n''')\ndef f(): ...\n"),
    "exported_unknown_last": "a = 1\n__all__ = f()\n",
    "exported_unknown_in_arms": (
        "import sys\nif sys.platform == 'a':\n    __all__ = f()\n    a = 1\n"
        "    if sys.version_info >= (4, 0): b = 1\n    __all__ = g()\n"
        "elif sys.platform == 'b':\n    __all__ = f()\nelse:\n    __all__ = h()\nc = 1\n"),
    "exported_partly_unknown": (
        "import sys\n__all__ = ['a']\n__all__ += f()\nif sys.platform == 'a':\n"
        "    __all__ += ['b', c]\na = b = c = 1\n"),
    "exported_with_a_type": "__all__: list[str] = ['a']\na = 1\n",
    "data": (
        "a = 1; b = 'x'; c = None; d = True; e = 1.5; f = (1, 2); g = [1]; h = b''; i = {}; j = "
        "f(); k = "
        "...; l = -1\nm: int\nm = 1\nn = 1\nn: int\no: int = 1\no: str = ''\n(p): int = 1\n"
        "q, (r, *s) = t = 1, (2, 3)\n[u, v] = w\nx = y = z = 1\nx[0] = 1\nx.y = 1\nx.y: int = 1\n"
        "A = B.C\n"
        "D = E[int]\nF = G()\nH = lambda: 0\nI = x if y else z\nJ: 'Final' = 1\n"
        "K: Final[int] = 1 + \\\n"
        " 2\nL: a[b, c] = (yes, no)\nM: tuple[*N] = 1,\nO: int = yes, no\n"),
    "annotations_of_fields": (
        "class A:\n    x = None\n    def f(self): self.x: int = 1\nclass B:\n    x: int\n"
        "    def f(self): self.x: int = 1\n"),
    "the_word_of_stubs": "from binascii import Incomplete\nx = Incomplete()\n",
}
