"""Render a directory of text pages as a small web site with cross references.

A page is a text file: a title, headings, paragraphs, lists and listings (see `markup`), with
references to other pages (see `spans`). Listings are coloured by Pygments.
"""
