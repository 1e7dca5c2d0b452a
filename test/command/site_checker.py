"""Checks the pages of a site: links, identifiers, what they load, and their syntax."""
import collections
import html.parser
import os
import urllib.parse

# Elements without an end tag.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}

# Elements whose end tag may be left out.
OPEN_ENDED = {"li", "dt", "dd", "tr", "td", "th"}

# Attributes that load something.
LOADING = {("script", "src"), ("link", "href"), ("img", "src")}

# Relations of <link> that load nothing.
NOT_LOADED = {"canonical"}


class Page(html.parser.HTMLParser):
    """What a page has: the identifiers, the links, and its faults."""

    def __init__(self, text):
        super().__init__()
        self.ids = collections.Counter()
        self.links = []
        self.faults = []
        self.open = []
        self.headings = []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if len(attributes) != len(attrs):
            self.faults.append(f"an attribute twice: {attrs}")
        if "id" in attributes:
            self.ids[attributes["id"]] += 1
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        self.check_loads(tag, attributes)
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def check_loads(self, tag, attributes):
        for name, value in attributes.items():
            if name == "style" or name.startswith("on"):
                self.faults.append(f"<{tag} {name}>")
            if (tag, name) in LOADING and attributes.get("rel") not in NOT_LOADED:
                if urllib.parse.urlsplit(value).scheme or value.startswith("/"):
                    self.faults.append(f"loads {value}")
                self.links.append(value)
        if tag == "style" or tag == "script" and "src" not in attributes:
            self.faults.append(f"<{tag}> in the page")

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in OPEN_ENDED:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")

    def outline_faults(self):
        """Headings that skip a level, or a page that does not begin with its only <h1>."""
        if self.headings[:1] != [1] or self.headings.count(1) != 1:
            yield f"headings {self.headings[:5]}"
        for before, after in zip(self.headings, self.headings[1:]):
            if after > before + 1:
                yield f"<h{after}> after <h{before}>"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pages(directory):
    """The pages of a site: path -> Page."""
    found = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            if name.endswith(".html"):
                path = os.path.join(parent, name)
                found[os.path.relpath(path, directory)] = Page(read(path))
    return found


def target_of(path, link):
    """The path in the site and the fragment that a link leads to; None if it leads out of it."""
    parts = urllib.parse.urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    place = path
    if parts.path:
        place = os.path.normpath(os.path.join(
            os.path.dirname(path), urllib.parse.unquote(parts.path)))
    return place, urllib.parse.unquote(parts.fragment)


def link_faults(directory, found, path):
    for link in found[path].links:
        target = target_of(path, link)
        if target is None:
            if urllib.parse.urlsplit(link).scheme not in ("http", "https", "mailto"):
                yield f"{path}: a link to {link}"
            continue
        place, fragment = target
        if place in found:
            if fragment and fragment not in found[place].ids:
                yield f"{path}: no {fragment} in {place}"
        elif not os.path.isfile(os.path.join(directory, place)):
            yield f"{path}: no {place}"


def faults(directory):
    """The faults of a site, as texts."""
    found = pages(directory)
    for path, page in sorted(found.items()):
        yield from (f"{path}: {fault}" for fault in page.faults)
        yield from (f"{path}: {fault}" for fault in page.outline_faults())
        yield from (f"{path}: {count} of id {name}"
                    for name, count in page.ids.items() if count > 1 or not name)
        yield from link_faults(directory, found, path)
