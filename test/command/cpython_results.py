"""Run one file of CPython's own tests and print each result.

    /usr/bin/python3 -B cpython_results.py NAME

NAME is a name for unittest, such as test.test_json. Each test's result is a line of JSON: its id,
its outcome, and the text of what failed. What the tests print goes to standard error.
"""
import json
import os
import re
import sys
import unittest

# Objects in the ids of subtests.
ADDRESS = re.compile("0x[0-9a-f]+")


class Result(unittest.TestResult):
    def __init__(self, output):
        super().__init__()
        self.output = output

    def line(self, test, outcome, details=""):
        self.output.write(json.dumps([ADDRESS.sub("0x", test.id()), outcome, details]) + "\n")
        self.output.flush()

    def addSuccess(self, test):
        self.line(test, "ok")

    def addError(self, test, err):
        self.line(test, "error", self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self.line(test, "failure", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.line(subtest, "failure", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        self.line(test, "skip", reason)

    def addExpectedFailure(self, test, err):
        self.line(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.line(test, "unexpected success")


def main():
    del sys.path[0]
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    from test import support
    support.use_resources = []  # no network, no terabytes
    name = sys.argv.pop()
    unittest.TestLoader().loadTestsFromName(name).run(Result(output))


if __name__ == "__main__":
    main()
