__all__ = ("first", "removed")
__all__ = ["a", 'b' "c", ("d")]
__all__ += ("e",)
__all__ += ["f"]
__all__.extend(["g", "\u00e9"])
__all__.extend(("h", "\ud800"))
__all__.append("ignored")
__all__ += other.__all__
__all__.extend(other.__all__)
__all__.extend(["a sum"] + ["of lists"])
__all__ -= []
if x:
    __all__ += ["i"]
else:
    try: __all__.extend(["j"])
    finally: pass


def f():
    __all__ = ["not", "here"]


class C:
    __all__ = ["nor here"]
