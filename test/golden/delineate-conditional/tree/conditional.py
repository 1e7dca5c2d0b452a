if x:
    import a
elif y:
    from . import a as b
else:
    def f(): "if"
try:
    class T: u = 1
except E as e:
    T = None
else:
    T = 2
finally:
    U = 3
try: v = 4
except* F: v = 5
with g as h, (i): j = k = 6
for l in m: n, o = p
else: q: int
while r:
    if s:
        @t
        def f(): ...
    else: raise E


class C:
    a = 1
    if a:
        "not of a"
        b = 2
        "of b"
        def m(self):
            self.c = 3
            if self.c: self.d = 4
            for self.e in f: pass
    else:
        b: str
    def n(self): self.f = 5
    def o(self): self.f = 6
