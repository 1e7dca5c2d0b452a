__all__.extend(["a"])
