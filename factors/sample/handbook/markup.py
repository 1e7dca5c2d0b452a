"""The blocks of a page, which blank lines separate.

A line between `=` signs is a heading, as many signs as its level; lines that begin with `- ` are a
list; indented lines below a line `:LANGUAGE` are a listing; everything else is a paragraph.
"""
import dataclasses
import itertools
import re
import textwrap


@dataclasses.dataclass(frozen=True)
class Heading:
    level: int
    text: str


@dataclasses.dataclass(frozen=True)
class Paragraph:
    text: str


@dataclasses.dataclass(frozen=True)
class Items:
    items: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Listing:
    language: str
    code: str


def parse(text):
    """Yield the blocks of `text`."""
    for full, lines in itertools.groupby(text.splitlines(), key=lambda line: bool(line.strip())):
        if full:
            yield parse_block(list(lines))


def parse_block(lines):
    """The block that consecutive lines are."""
    if heading := re.fullmatch(r"(=+) (.+) \1", lines[0]):
        return Heading(len(heading[1]), heading[2])
    if language := re.fullmatch(r":(\w+)", lines[0]):
        return Listing(language[1], textwrap.dedent("\n".join(lines[1:])))
    joined = " ".join(line.strip() for line in lines)
    if joined.startswith("- "):
        return Items(tuple(re.split(r"(?:^| )- ", joined)[1:]))
    return Paragraph(joined)


def texts(block):
    """The running text in a block, where spans are marked."""
    match block:
        case Heading(text=text) | Paragraph(text=text):
            return (text,)
        case Items(items=items):
            return items
        case _:
            return ()
