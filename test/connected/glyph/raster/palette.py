"""What values look like."""

MARKS = ((0, "-"), (50, "+"), (100, "*"))


def mark(value):
    """The mark of the highest threshold that `value` reaches."""
    return next((sign for least, sign in reversed(MARKS) if value >= least), "")
