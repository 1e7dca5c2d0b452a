__all__ = names()
__all__ = ["a"]
