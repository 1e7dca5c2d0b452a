"""Tables of pages in docs that tests make: simple ones of reStructuredText."""
import os
import re

import tap

UPDATE = os.environ.get("KILN_GOLDEN") == "update"


def text(titles, rows):
    """A table of texts."""
    widths = [max(len(row[column]) for row in [titles, *rows]) for column in range(len(titles))]
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip()
             for row in [titles, *rows]]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule]) + "\n"


class Table:
    """The table of a page whose first column has a title."""

    def __init__(self, page, title):
        self.path = os.path.join(tap.ROOT, "docs", page)
        with open(self.path, encoding="utf-8") as file:
            self.page = file.read()
        pattern = rf"^(=+(?:  =+)+\n){re.escape(title)}  .*\n\1(?:.+\n)*?\1"
        self.found = re.search(pattern, self.page, re.MULTILINE)
        self.text = self.found[0]

    def replace(self, other):
        """Write the page with another table in place of this one."""
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.page[:self.found.start()] + other + self.page[self.found.end():])
