'''doc'''
if __debug__:
    x = __debug__, not __debug__


def f():
    'doc'
    assert x
