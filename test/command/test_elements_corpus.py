"""Elements of all sources that are installed are what CPython's ast, tokenize and compile() say."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import tap


class Corpus(elements.Case):
    def test_of_the_standard_library_and_its_tests(self):
        self.assertGreater(self.check(elements.sources("/usr/lib/python3.11")), 1000)

    def test_of_installed_packages(self):
        self.assertGreater(self.check(elements.sources("/usr/lib/python3/dist-packages")), 100)


if __name__ == "__main__":
    tap.main()
