"""test/count.py, which judges what CI prints."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

COUNT = os.path.join(tap.ROOT, "test", "count.py")


class Count(tap.Case):
    def count(self, *lines, status=0, ci=False, **entry):
        """The last line that is printed for a program with these lines of TAP."""
        log = self.write("log.json", json.dumps(
            {"name": "command / x", "result": "OK", "stdout": "\n".join(lines)} | entry) + "\n")
        result = subprocess.run([sys.executable, "-I", "-B", COUNT, log], capture_output=True,
                                text=True, env=tap.environment(CI="true" if ci else None),
                                timeout=60)
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout.splitlines()[-1]

    def test_each_line_counts(self):
        self.assertEqual(self.count("ok 1 - a", "not ok 2 - b", "ok 3 - c", status=1),
                         "2 passed, 1 failed")

    def test_a_program_that_fails_without_a_line_counts(self):
        self.assertEqual(self.count("ok 1 - a", result="TIMEOUT", status=1), "1 passed, 1 failed")

    def test_nothing_at_all_is_a_failure(self):
        self.assertEqual(self.count(result="SKIP", status=1), "0 passed, 0 failed, 1 skipped")

    def test_a_skip_needs_a_listed_reason_in_ci(self):
        lines = "ok 1 - a", "ok 2 - b # SKIP mypy is not installed"
        self.assertEqual(self.count(*lines), "1 passed, 0 failed, 1 skipped")
        self.assertEqual(self.count(*lines, ci=True, status=1), "1 passed, 1 failed")

    def test_listed_reasons_are_fine_in_ci(self):
        self.assertEqual(self.count("ok 1 - a", "ok 2 - b # SKIP SOURCE_DATE_EPOCH is set",
                                    ci=True),
                         "1 passed, 0 failed, 1 skipped")

    def test_reasons_of_builds_with_sanitizers_are_listed(self):
        reasons = set()
        for path in glob.glob(os.path.join(tap.ROOT, "test", "command", "*.py")):
            with open(path, encoding="utf-8") as file:
                reasons.update(re.findall(r'skipIf\(tap\.SANITIZERS, "([^"]+)"\)', file.read()))
        self.assertGreater(len(reasons), 4)
        for reason in reasons:
            with self.subTest(reason=reason):
                self.assertEqual(self.count("ok 1 - a", "ok 2 - b # SKIP " + reason, ci=True),
                                 "1 passed, 0 failed, 1 skipped")

    def test_a_program_that_skips_itself_fails_in_ci(self):
        self.assertEqual(self.count(result="SKIP", ci=True, status=1), "0 passed, 1 failed")


if __name__ == "__main__":
    tap.main()
