"""Descriptions of all sources that are installed are valid against docs/schema."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import elements
import schema
import tap


@unittest.skipUnless(schema.jsonschema, "python3-jsonschema is not installed")
class Corpus(tap.Case):
    def test_descriptions_are_valid(self):
        validator = schema.validators()["description"]
        count = 0
        sources = elements.sources(tap.LIBRARY, "/usr/lib/python3/dist-packages")
        for path, record in elements.described(sources):
            record["elements"] = schema.shapes(record["elements"])
            problem = next(validator.iter_errors(record), None)
            self.assertIsNone(problem, f"{path}: {problem}")
            count += 1
        self.assertGreater(count, 1500)


if __name__ == "__main__":
    tap.main()
