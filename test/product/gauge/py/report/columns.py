"""Columns of text."""


def align(rows):
    """The rows as lines; every column is as wide as its widest text."""
    assert len({len(row) for row in rows}) <= 1, "rows of different lengths"
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [" ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
            for row in rows]
