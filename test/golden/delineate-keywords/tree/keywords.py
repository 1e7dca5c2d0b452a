class A(metaclass=M): ...
class B(X, Y.z, metaclass = abc . ABCMeta): ...
class C(a=1, b=(2), c="é"  "x", d={"k": [3]}, e=lambda: 0, f=not 4): ...
class D(*x, y, **z, w=5, **{"v": 6}): ...
class E(): ...
class F(
    G,  # comment
    metaclass=
    H(
        "text"
    ),  # comment
): "Documentation."
class I(J[K], L(M), N.o if P else Q, metaclass=R):
    class S(T, k=None):
        def m(self): self.x = 7
class U((V), W,): pass


@total_ordering
@u.v
class X: pass
