class C:
    @property
    def p(self) -> int:
        """The value."""
        return self._p

    @p.setter
    def p(self, value: int = 0, /, *more) -> None:
        """Sets it."""
        self._p = value
        raise ValueError(value)

    @p.deleter
    def p(self): del self._p

    @p.getter
    def p(self): ...

    @override
    @Base.q.setter
    @final
    def q(self, q): ...

    @functools.cached_property
    def r(self): "Not a property by name."

    @cached_property
    def s(self, unused=1) -> "S": yield

    @abstractproperty
    def t(self) -> T: ...

    @abstractmethod
    @property
    def u(self): ...

    @property
    @abstractmethod
    def v(self): ...

    x = property(p)


@property
def f(): ...
@f.setter
def f(x): ...
