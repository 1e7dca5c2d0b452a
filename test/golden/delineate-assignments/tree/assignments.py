a = b = c = 1
d, e = 2, 3
f, (g, [h, i]) = 4, (5, [6, 7])
j, *k, l = 8, 9, 10
(m, n), o = p = (11, 12), 13
q, r = s
t, u = *v, 14
w.x = y[0] = z = [15, (16, None), {}, -1, 1e5, ...]
x, x = 17, None
A, B = "é", b"\x00\xe9'"
C = D, E = (F, G), H = "FG", "H"
I = 1; J = 2,; K = ()
I += 1
L, = [True]
[M, N], O = "MN", 18
P: None; Q: float = 1.
R = 1e999; S = 1j; T = 0x_ff; U = 10 ** 100; V = 123456789012345678901234567890
del W
(X, Y), Z = [[19, None], None]


class Place:
    x, y = origin = 0, 0
    x.z, w = 1, 2
    [a, b] = [c, *d] = 1, 2
