"""Sources in the language of Python 3.12 and later, each with the first version that accepts it."""
import sys

CASES = {
    "aliases": ((3, 12), (
        "#: of A\ntype A = int\ntype B = 'A'\n'of B'\ntype C = None; type D = (1, [2])\n"
        "type E = (dict[\n  A, B])\nif A:\n    #: of F\n    type F = (A | B) # why\n    'of F'\n"
        "class G:\n    type H = G\n    def m(self):\n        type I = (lambda: (yield))\n"
        "        self.x: A = 1\ntype = 1\ntype: int = 2\ntype[0] = A\ntype (A)\n"
        "type \\\n  \ufb01 \\\n = \ufb01.x\ntry: type J = A\nexcept A: type J = B\n"
        "type K = x if y else lambda z=(1): z\ntype type = type\n")),
    "exported_by_alias": ((3, 12), "__all__ = ['a']\ntype __all__ = ['b']\n__all__ += ['c']\n"),
    "type_parameters": ((3, 12), (
        "type A[T] = list[T]\ntype B[T: int, *Ts, **P] = x\ntype C [ T:(int,\n str) , ] = T\n"
        "def f[T](x: T, *y: T) -> T: ...\nasync def g[T: (int), *Ts](x: tuple[*Ts]): yield x\n"
        "def h [ # why\n  T # T\n  : # is\n  int, # an int\n  ** P\n] (*args: P.args): ...\n"
        "class D[T]: ...\nclass E[T: 'D'](D[T], metaclass=M): x: T = 1\n"
        "class F[T]():\n    'of F'\n    y: int\n    def m[U](self, x: T) -> U: self.z: T = x\n"
        "    @property\n    def p[U](self) -> U: ...\n    @property\n    def q[U](self): ...\n"
        "    @classmethod\n    async def c[\n      \ufb01: \ufb01x, * \ufb02\n    ](cls): ...\n"
        "    class T[T]: type T[T] = T\n    T = 1\n"
        "@d\nclass G[T: lambda x: [x], U: f'{a:>{b}}']: type V = T\n"
        "def t[type](type: type): type\n")),
    "heads": ((3, 12), (
        "class A[T: '''\n#: no\n#: no''']:\n    x = 1\nclass B[\n    T,\n    #: no\n]:\n    x = 1\n"
        "class C:\n    def m[T: '''\n#: no'''](self):\n        self.x = 1\n"
        "        #: yes\n        self.y = 1\n"
        "    def n[T](self, a=f'''\n{\n#: no\n1}''') -> f'''\n#: no''':\n        self.z = 1\n"
        "try: pass\nexcept (f'''{\n#: no\n1}''', 2):\n    w = 1\n")),
    "hidden_names": ((3, 12), (
        "class A[list, int]:\n    x = []\n    y = 1\n    z = 'a'\n    class B[str]:\n"
        "        u = 'a'\n        v = []\n        w = 1.5\nx = []\nlist = None\n"
        "class C: str = 1\ntype bytes = str\ny = b'a'\n")),
    "generators": ((3, 12), (
        "def a():\n    def b[T](x=(yield)): ...\ndef c():\n    @(yield)\n    class D[T]: ...\n"
        "def e():\n    type F = lambda: (yield)\n    class G[T: (lambda: (yield))]: ...\n"
        "def h(): f'{(yield)}'\ndef i(): f'{1:{(yield)}}'\ndef j(): f'{\"yield\"}'\n"
        "async def k(): f'{await x}'; yield\n")),
    "f_strings": ((3, 12), (
        "a = f'{'a' + f\"{'b'}\"}', 1\nb = [f'{x!r:{w}.{'p'}}', f\"{\"#: no\"}\"]; c = 2 #: no\n"
        "d = f'''{\n#: no\ne # }'''\n}''', f'{\n  x\n}'\nf = (f'{{{g}}}' 'h' f\"{'é'}ü\", i)\n"
        "#: j\nj = f'{x:\\n{'é'}}', f'{'''\n#: no\n'''}', k\nl = f'{lambda_:=5}', f'{(m := 1)}'\n"
        "@f('{', f'''\n@{'@'}\n''')\n# @\n@(\nf'''{'''\n@ x\n'''}'''.f\n)\ndef n(\n"
        "  o=f'{'\"'}', *, p: f'{\"->\"}' = 1) -> f'{':'}': raise f'{'E'}'\n"
        "@deprecated(f'{'no'}')\ndef q(): f'{'no'}'\nclass R(f'{'('}', k=f'{')'}'): f'{'no'}'\n"
        "__all__ = ['s', f'{'t'}']\nf'''{'\\\n'}'''\nu = f'{'\\N{BULLET}'}\\N{BULLET}', v\n")),
    "defaults_of_type_parameters": ((3, 13), (
        "type A[T = int, *Ts = *tuple[int, ...], **P = [int, str]] = x\n"
        "type B[*Ts = (int), **P = ...] = x\n"
        "def f[T: int = (bool), U: (A, B) = A](x: T = 1) -> U: ...\n"
        "class C[T: A = B, U=T](D[T]):\n    def m[**P\n      = # why\n      [A, ]](self): ...\n"
        "class E[T = '''\n#: no''']:\n    x = 1\nclass F[T=lambda x=(1): x, **P = f(a)[b]]: ...\n"
        "def g():\n    class H[T = (lambda: (yield))]: ...\n")),
    "t_strings": ((3, 14), (
        "a = t'{'a'!r:>{w}}', 1\nb = [t'{x}' t\"{'y'}\", rt'{z}\\d', T'''\n{\n#: no\nx}'''], 2\n"
        "t'no'\nc = 3\nt'no'\ndef f(x=t'{'('}', *y: t'{1}') -> t'{x=}': t'no'\n"
        "def g(): t'{(yield)}'\ndef h(): t'{1:{(yield)}}'\n@t'{'@'}'\n@x(t'''\n@\n''')\n"
        "class C: t'no'\n__all__ = ['a', t'b']\nd = t'é{e}é', f\ntype G = t'{g!s}'\n")),
    "handlers": ((3, 14), (
        "try: pass\nexcept A, B: x = 1\nexcept A.B, '''\n#: no''':\n    y = 1\n"
        "except (C, D): z = 1\ntry: pass\nexcept* A, B:\n    #: yes\n    w = 1\n"
        "class E:\n    def m(self):\n        try: pass\n"
        "        except A, B: self.x = 1; raise F\n")),
    "lazy_imports": ((3, 15), (
        "lazy import a.b, c as d\nlazy from .e import f, g as h\nlazy = 1\nimport lazy\n"
        "from lazy import lazy\nif lazy:\n    lazy import i\n")),
    "unpacking_in_comprehensions": ((3, 15), (
        "a = {**b for b in c}\nd = [*e for e in f], {*g for g in h}\ni = (*j for j in k), 1\n"
        "def l(): return {**m for m in (yield)}\ndef n(): return (*o for o in p)\n")),
}


def known():
    """{name: source} of those that this version accepts."""
    return {name: text for name, (since, text) in CASES.items() if sys.version_info >= since}


def unknown():
    """{name: source} of those that it does not."""
    return {name: text for name, (_, text) in CASES.items() if name not in known()}
