"""Pages: finding and reading them."""
import dataclasses
import functools
import importlib.resources

from handbook import markup, spans


@dataclasses.dataclass(frozen=True)
class Page:
    """A page: its name, which is that of its file without `.txt`, and its text."""

    name: str
    text: str

    @functools.cached_property
    def blocks(self):
        return tuple(markup.parse(self.text))

    @property
    def title(self):
        """The first heading, or else the name."""
        headings = (block for block in self.blocks if isinstance(block, markup.Heading))
        return next((heading.text for heading in headings), self.name)

    @functools.cached_property
    def references(self):
        """The names of the pages it refers to, in order, each once."""
        found = {}
        for block in self.blocks:
            for text in markup.texts(block):
                found.update(dict.fromkeys(spans.references(text)))
        return tuple(found)


def own():
    """The directory of the pages that come with the package."""
    return importlib.resources.files("handbook") / "pages"


def load(directory):
    """The pages of `directory` by name, `index` first, then sorted."""
    found = [
        Page(entry.name.removesuffix(".txt"), entry.read_text("utf-8"))
        for entry in directory.iterdir()
        if entry.name.endswith(".txt")
    ]
    found.sort(key=lambda page: (page.name != "index", page.name))
    return {page.name: page for page in found}
