__all__: list[str] = ["a"]
