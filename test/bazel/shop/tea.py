"""What is sold by weight."""


def price(grams, per_kilogram):
    """The price of some grams."""
    assert grams >= 0
    return grams * per_kilogram / 1000
