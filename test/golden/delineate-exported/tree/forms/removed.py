__all__ = ["a"]
__all__ = sorted(__all__)
__all__ += ["b"]
