"""Module."""
"not of the module"
a = 1
"""Of a."""
b, c = d = 2, 3
r"""Of b, c\
and d."""
e: int
"""
	Tabs
		that stay.
"""
#: before
#:
#:   more  
f = 4
#: not of g

g = 5
h = 6
# comment
"Of h."
i = 7; "Of i."; "not of i"
j = 8; k = 9  #: of k, not of j
#: not, l has a docstring
l = 10
""
m = 11
b"not of m"
n = 12
"of" " n"
class C:
      #: at another
    #:indentation
  o = 13
  def m(self):
    #: of p
    self.p, self.q = 14, 15
    self.r = 16
    """# Of r.
# \tNotation.
    # """
    if self: self.s = 17
    "not of s"
  "not of m"
s = 18  #:   of s  
#: not of t
t = (19,  #: nor this
  20) ;#:of t
#: not of u
u = 21  #: nor this
"of u"
#: of v
v = 22  # : not of v
w = 23; "of w"  #: not of w
x = \
  24  #: of x
y = "#: not of y"  #
z = 25  #:
if z: z = 26  #: of z
