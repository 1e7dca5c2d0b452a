"""Listings, coloured by Pygments."""
import functools

import pygments
import pygments.formatters
import pygments.lexers
import pygments.util


@functools.cache
def formatter():
    return pygments.formatters.HtmlFormatter(style="friendly", cssclass="listing")


def render(language, code):
    """A listing as HTML; plain text if the language is not known."""
    try:
        lexer = pygments.lexers.get_lexer_by_name(language)
    except pygments.util.ClassNotFound:
        lexer = pygments.lexers.get_lexer_by_name("text")
    return pygments.highlight(code, lexer, formatter())


def style():
    """The style sheet that the colours need."""
    return formatter().get_style_defs(".listing")
