class C(B):
    z = 0

    def __init__(self, x):
        """self.no = 0"""
        super().__init__()
        self.a: int = x
        self.b, (self.c, *self.d) = self.e = x
        self.a = self.f.g = self[0] = 1
        for i in x:
            with i as self.no:
                self.h = i
        self.i += 1
        self.j: "C"; (self.k): int = 2
        def nested(self): self.no = 3
        class Nested:
            def m(self): self.own = 4
        lambda: (self.no, 5)
    @classmethod
    def m(cls, self): self.l = 6; cls.no = 7
    @staticmethod
    def n(): self.m = 8
    @property
    def p(self): self.n = 9
    @p.setter
    def p(self, value): self._p = value
    async def q(me): me.no = 10; self.o = 11
    del z

    class D:
        def m(self): self.a = 12
    def __init__(self): self.p2 = self.a = 13


def f(self): self.no = 14
