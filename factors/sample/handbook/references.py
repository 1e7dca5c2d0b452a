"""Which page refers to which."""


def broken(book):
    """Yield (page, name) for each reference to a page that does not exist."""
    for page in book.values():
        for name in page.references:
            if name not in book:
                yield page.name, name


def backward(book):
    """For each page the names of those that refer to it, in the book's order."""
    found = {name: [] for name in book}
    for page in book.values():
        for name in page.references:
            if name in found:
                found[name].append(page.name)
    return found
