a = t"{"a"!r:>{w}}", 1
b = [t"{x}" t'{'y'}', rt"{z}\d"]
t"no documentation of b"
c: t"no type" = t"{c=}"


def f(x=t"{"("}", *y: t'{1}') -> t"{x}":
    t"no docstring"
    return x


def g():
    t"{1:{(yield)}}"


try:
    d = 1
except A, t"{'''
#: not above e'''}":
    e = 2
