"""The site: a file per page, and a style sheet."""
import html
import importlib.resources
import string

from handbook import listings, markup, references, spans

THEME = importlib.resources.files("handbook") / "theme"


def render_block(block, titles):
    """A block as HTML."""
    match block:
        case markup.Heading(level, text):
            return f"<h{level}>{spans.render(text, titles)}</h{level}>"
        case markup.Paragraph(text):
            return f"<p>{spans.render(text, titles)}</p>"
        case markup.Items(items):
            inner = "".join(f"<li>{spans.render(item, titles)}</li>" for item in items)
            return f"<ul>{inner}</ul>"
        case markup.Listing(language, code):
            return listings.render(language, code)


def render_page(page, titles, referring):
    """A page as a HTML document, with the pages that refer to it below."""
    template = string.Template(THEME.joinpath("page.html").read_text("utf-8"))
    links = ", ".join(spans.render_span("reference", name, titles) for name in referring)
    return template.substitute(
        title=html.escape(page.title),
        body="\n".join(render_block(block, titles) for block in page.blocks),
        referring=f"<p>Referred to by {links}.</p>" if links else "",
    )


def write(book, directory):
    """Write the site of all pages to `directory`; the number of listings in it."""
    directory.mkdir(parents=True, exist_ok=True)
    titles = {name: page.title for name, page in book.items()}
    backward = references.backward(book)
    for name, page in book.items():
        text = render_page(page, titles, backward[name])
        directory.joinpath(f"{name}.html").write_text(text, "utf-8")
    style = THEME.joinpath("style.css").read_text("utf-8") + listings.style() + "\n"
    directory.joinpath("style.css").write_text(style, "utf-8")
    return sum(isinstance(block, markup.Listing) for page in book.values() for block in page.blocks)
