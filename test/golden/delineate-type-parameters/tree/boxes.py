"""Boxes of things."""
from collections.abc import Callable, Sequence

#: What makes a thing of another one.
type Make[T, **P] = Callable[P, T]
type Names = "list[str]"
"""Names, in order."""


class Box[T: (bytes, str), *Rest](Sequence[T]):
    """A box of things."""

    type Pair[U] = tuple[T, U]
    none = None

    def __init__(self, *things: T) -> None:
        self.things: tuple[T, ...] = things

    @property
    def first(self) -> T:
        return self.things[0]

    async def pack[K: str](
            self, make: Make[T, [K]], key: K, /, *rest: *Rest) -> "Box[K, *Rest]":
        yield Box(make(key))
        type Local = int


@overload
def unpack[T: Box](box: T) -> list[T]: ...
def unpack(box): return list(box)
