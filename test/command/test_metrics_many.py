"""Instrumented modules count in 500 processes at once."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap
import test_metrics_runtime


class Many(test_metrics_runtime.Runtime):
    def test_processes_count(self):
        self.check_many(500)


if __name__ == "__main__":
    tap.main()
