__all__ = x = ["a"]
__all__.extend(())
