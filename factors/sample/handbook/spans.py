"""What is marked within running text: *emphasis*, `literals` and [[references]] to pages."""
import html
import re

SPAN = re.compile(r"\*(?P<emphasis>[^*]+)\*|`(?P<literal>[^`]+)`|\[\[(?P<reference>[\w-]+)\]\]")


def references(text):
    """Yield the names of the pages that `text` refers to."""
    for match in SPAN.finditer(text):
        if match["reference"]:
            yield match["reference"]


def render(text, titles):
    """`text` as HTML. `titles` has the title of each page; a reference to none is only marked."""
    parts = []
    position = 0
    for match in SPAN.finditer(text):
        parts.append(html.escape(text[position:match.start()]))
        parts.append(render_span(match.lastgroup, match[match.lastgroup], titles))
        position = match.end()
    parts.append(html.escape(text[position:]))
    return "".join(parts)


def render_span(kind, content, titles):
    """One span as HTML."""
    if kind == "emphasis":
        return f"<em>{html.escape(content)}</em>"
    if kind == "literal":
        return f"<code>{html.escape(content)}</code>"
    if content in titles:
        return f'<a href="{content}.html">{html.escape(titles[content])}</a>'
    return f'<span class="broken">{content}</span>'
