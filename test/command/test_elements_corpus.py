"""Elements of all sources that are installed are what CPython's ast, tokenize and compile() say."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import tap
import test_elements

LIBRARY = tap.LIBRARY
PACKAGES = "/usr/lib/python3/dist-packages"


class Corpus(test_elements.Case):
    def test_of_the_standard_library_and_its_tests(self):
        self.assertGreater(self.check(elements.sources(LIBRARY)), 1000)

    def test_of_installed_packages(self):
        self.assertGreater(self.check(elements.sources(PACKAGES)), 100)

    def test_that_areas_are_whole_statements(self):
        self.check_places(elements.sources(LIBRARY, PACKAGES))

    def test_of_rearranged_sources(self):
        self.assertGreater(self.check_rearranged(elements.sources(LIBRARY)[::4], 2), 100)


if __name__ == "__main__":
    tap.main()
