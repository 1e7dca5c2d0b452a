"""Pages."""

import os

def first(a, b=1):
    """A page."""
    return a

class Page:
    "Secondpage."
    size=2
    
    x = 1

 @final
def last(): ""
