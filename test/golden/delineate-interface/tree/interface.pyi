"""An interface."""
from typing import *
from . import other as other
import sys
x: int
y: Final = 1
if sys.version_info >= (3, 11):
    def f(a: int, /, b: str = ..., *, c: bytes = b"") -> None: ...
else:
    def f(a: int) -> None: ...
T = TypeVar("T", bound="C")
class C(Protocol[T]):
    """A protocol."""
    z: ClassVar[str]
    @overload
    def m(self) -> T: ...
    @overload
    def m(self, a: T, *args: Any, **kwargs: Any) -> T: ...
    @property
    def p(self) -> int: ...
    @p.setter
    def p(self, value: int) -> None: ...
    @staticmethod
    def s() -> NoReturn: ...
    async def n(self) -> AsyncIterator[int]: ...
    def __init__(self) -> None: self.q: int
__all__ = ["C", "f"]
