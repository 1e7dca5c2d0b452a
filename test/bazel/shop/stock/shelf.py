class Shelf:
    """Where it lies."""

    def __init__(self, *items):
        self.items = frozenset(items)
