"""Reports about values."""
from glyph.raster import palette

from ..value import Value
from .columns import align

LINES = [(100, "celsius", "fahrenheit"), (12, "inch", "centimetre"), (20, "decibel", "times")]


def rows(lines=LINES):
    """What a report has, as rows of text."""
    for number, unit, other in lines:
        value = Value(number, unit)
        yield str(value), str(value.to(other)), palette.mark(value.to(other).number)


def render(lines=LINES):
    """A report as text."""
    return "\n".join(align(list(rows(lines))))
