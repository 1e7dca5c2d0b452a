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
j = 8; k = 9  #: not of k
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
