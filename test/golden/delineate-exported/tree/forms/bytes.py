__all__ = [b"a"]
