__all__: list
