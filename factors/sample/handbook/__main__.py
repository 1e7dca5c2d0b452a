"""The command line: python3 -m handbook OUTPUT [DIRECTORY]."""
import argparse
import pathlib
import sys

from handbook import pages, references, site


def arguments():
    parser = argparse.ArgumentParser(prog="handbook", description="Render pages as a web site.")
    parser.add_argument("output", type=pathlib.Path, help="directory for the site")
    parser.add_argument("directory", nargs="?", type=pathlib.Path,
                        help="where the pages are; the handbook's own by default")
    return parser.parse_args()


def main():
    given = arguments()
    book = pages.load(given.directory or pages.own())
    for name, target in references.broken(book):
        print(f"handbook: {name} refers to {target}, which does not exist", file=sys.stderr)
    listings = site.write(book, given.output)
    count = sum(len(page.references) for page in book.values())
    print(f"{len(book)} pages, {count} references, {listings} listings: {given.output}/index.html")
    return 1 if any(references.broken(book)) else 0


if __name__ == "__main__":
    sys.exit(main())
