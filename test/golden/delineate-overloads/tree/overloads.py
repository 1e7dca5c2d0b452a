from typing import overload
import typing


@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str:
    """Of a string."""
@typing.overload
def f(x: bytes) -> bytes: ...
def f(x):
    """Whatever it is."""
    return x


class C:
    @overload
    def m(self, x: int) -> int: ...
    @classmethod
    @overload
    def m(cls) -> None: ...
    @overload
    async def m(self, *, x: None = None) -> C: ...
    def m(self, x=None):
        self.x = x

    @overload
    @staticmethod
    def s() -> int: ...
    @staticmethod
    def s(*x): ...


f = f
