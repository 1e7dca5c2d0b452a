from dataclasses import dataclass, field, KW_ONLY


@dataclass(frozen=True, order=True)
class Point:
    """A point."""
    x: int
    y: int = 0
    #: what it is called
    name: str | None = None
    _: KW_ONLY
    tags: list[str] = field(default_factory=list, repr=False)
    """Its tags."""
    scale: ClassVar[float] = 1.5
    unit = "m"

    def __post_init__(self, /):
        object.__setattr__(self, "z", 0)
        self.length: float = (self.x ** 2 + self.y ** 2) ** .5


@dataclass
class Empty(Point, slots=True): ...


@dataclass
class Generic(Empty, Protocol[T]): value: "T" = field()
