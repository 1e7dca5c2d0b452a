"""Linesof all
three kinds.
"""import a
x = 1
#: of y
y = """12
3"""@d
def f(a,      b=(1,
         2)):
    """Doc.    More.
    """
z = 3