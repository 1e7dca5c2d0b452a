def a(f=lambda: 0): ...
def b(f=lambda x, y=1, /, *a, z=lambda: {1: 2}, **k: (x, y), g=2): ...
def c(f: "Callable" = lambda s: s[1:2], *, key=lambda: (yield)): ...
def d(f=(lambda x: x), g=(lambda: lambda: 3)()): ...
def e(
    f=lambda
        x  # comment
        =1
        : [
            x
        ],
    **k
): ...


f = lambda self, x=1: self
g, h = lambda: 1, lambda: (2, 3)


class C(key=lambda: C):
    m = lambda self: self.x
    def n(self, g=lambda self: (self.y,)):
        self.f = lambda: (yield)
        return [lambda: (yield) for _ in g]
