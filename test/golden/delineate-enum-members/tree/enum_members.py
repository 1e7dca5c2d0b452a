import enum


class Colour(enum.Enum):
    """Colours."""
    RED = 1
    """As blood."""
    GREEN = enum.auto()
    #: as the sea
    BLUE = BLAU = 3
    CYAN, PINK = 4, "5"
    _ignore_ = ["x"]
    for x in range(3): locals()[x] = x

    @enum.property
    def name(self): return "name"

    @enum.nonmember
    class Shade: DARK = True


class Flag(enum.IntFlag, boundary=enum.KEEP): A = 0x1; B = A << 1; C = -1; D = None; E: int = ~B
