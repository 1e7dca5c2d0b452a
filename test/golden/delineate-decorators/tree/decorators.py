@first

# why

@ second.third  # after

@ \
fourth

@fifth(
    # within
    "x",

)  # end
def f():
    pass


@(yield_)
@property
# comment
class C:

    @x[0] @ y

    # comment @not
    @lambda f: f

    @classmethod

    @staticmethod
    async def g(cls): ...

    @functools.cache
    @cached_property
    @abstractmethod
    def h(self) -> int: ...

    @deprecated("use \\ h", category=None)
    @a.b.deprecated(message)
    @abstractmethod
    def i(self): ...

    @warnings.deprecated("never" "!")
    def j(self): ...
