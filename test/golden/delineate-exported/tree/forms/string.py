__all__ = "ab"
