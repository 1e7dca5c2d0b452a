"""Values in units."""

class Value:
    """A number with its unit."""

    number: float
    unit: str
    def __init__(self, number: float, unit: str) -> None: ...
    def to(self, unit: str) -> Value: ...
