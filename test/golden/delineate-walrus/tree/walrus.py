(a := 1)
b = (c := 2)
d: int = (e := 3)
if (f := 4) and [g := h for h in (1, 2)]:
    i = j = (k := 5)
x[(l := 6)] = (m := 7, 8)
n, o = (p := 9), 10


class C(q := D, metaclass=(r := E)):
    s = (t := 11)

    def m(self, u=(v := 12), *, w: (x := int) = 13) -> (y := 14):
        if (self.a) if (z := self) else 0:
            self.b = (self_c := 15)


@(d := e)
@d(f := 16)
def f(): (yield (g := 17))
