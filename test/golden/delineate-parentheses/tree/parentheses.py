(
    "documentation"
)
(a) = ((1))
(b): (int) = ((2, (3,)))
((c), [d]) = (("x")), (("y"))
[e, (f, g)] = (h) = ([4, (5)])
(i.j), (k[0]) = 6, 7
l = (
    # comment
    m
)
("l is documented")


@((n))
@(o)("x")
class P((Q), (R).s, *(T), (U if V else W), metaclass=((X))):
    (y): ("str")
    """y""" """, too"""


def z(a: (int) = (1), *b: (int), c: ((d)) = ((), ((),)), e=(f)(g)) -> ((h)):
    ("documentation "
     "of z")
    raise (E)
    raise ((F)).G((1)) from (H)
