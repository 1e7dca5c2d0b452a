__all__ = ["a", name]
