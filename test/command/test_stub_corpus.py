"""Stubs of all sources that are installed compile, and have the elements of their sources."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import stubs
import tap


class Corpus(stubs.Case):
    def test_of_the_standard_library_and_its_tests(self):
        paths = elements.sources(tap.LIBRARY)
        self.assertGreater(self.check(paths, ("--docstrings",), docstrings=True), 1000)

    def test_of_installed_packages(self):
        self.assertGreater(self.check(elements.sources("/usr/lib/python3/dist-packages")), 100)


if __name__ == "__main__":
    tap.main()
