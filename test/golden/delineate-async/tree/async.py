import asyncio


async def coroutine(x, *, y=1) -> int:
    """A coroutine."""
    async with x as self.y, y:
        raise E
    async for i in x:
        raise errors.F()
    return await x
async  def  generator():
    yield 1
@decorator
async \
  def decorated(): await x; lambda: (yield)


class C:
    async def m(self):
        async with self.lock:
            self.a = await x
        async for self.b in y:
            self.c: int = 1
            "documented"
        else:
            self.d = [z async for z in y]

    @staticmethod
    async def s(): ...

    @property
    async def p(self) -> int: ...

    @abstractmethod
    @contextlib.asynccontextmanager
    @final
    async def n(self): yield
