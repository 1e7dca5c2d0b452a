from a \
    import b, \
           c as d
import \
e \
.f
x \
  = \
    1 + \
    2
"doc" \
    "umented"
y: \
int
@decorator \
  . \
  name
class \
C \
  (A, \
   B): \
  z = 1; \
  w = \
  2


def f(a \
      , b \
      : int \
      = 1) \
      -> \
      str: "text" \
"""and more"""
raise E
