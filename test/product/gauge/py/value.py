"""Values in units."""
from . import native


class Value:
    """A number with its unit."""

    def __init__(self, number: float, unit: str):
        if unit not in native.units():
            raise LookupError(unit)
        self.number = number
        self.unit = unit

    def to(self, unit):
        """The same value in another unit."""
        return type(self)(native.convert(self.number, self.unit, unit), unit)

    def __str__(self):
        return f"{native.write(self.number)} {self.unit}"
