"""A sample of the system calls of all commands fails: what is said, what is left, what the next run
gives.

What a fault is, what must hold after it, and how one is run again: faults.py. A line `# N
injections` says how many calls failed; test/count.py shows it.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import fault_scenarios
import faults
import tap

# Of all scenarios together.
LEAST = 2000

# Not of system calls, and CPython's own start does not survive all of them; `faults.py --kind
# malloc` runs them.
LEFT_OUT = {"malloc"}
EACH = 48


class Faults(tap.Case):
    def test_injections(self):
        runner = faults.Runner(tap.KILN)
        if not os.path.exists(runner.library):
            self.fail(f"'{runner.library}' is not built")
        print(f"seed {faults.SEED}", file=sys.stderr)
        hits = 0
        for scenario in fault_scenarios.SCENARIOS:
            limit = max(1, int(EACH * scenario.weight))
            count, found = faults.run_all(runner, runner.choose(
                scenario, limit, wanted=lambda kind, _error: kind not in LEFT_OUT))
            hits += count
            for injection, outcome, wrong in found:
                with self.subTest(scenario=scenario.name, kind=injection.kind, nth=injection.nth,
                                  error=injection.error):
                    self.fail("\n" + faults.report(injection, outcome, wrong))
        print(f"# {hits} injections", file=sys.__stdout__, flush=True)
        self.assertGreaterEqual(hits, LEAST)

    def test_threads_that_do_not_start_are_done_without_or_named(self):
        runner = faults.Runner(tap.KILN)
        scenario, = (every for every in fault_scenarios.SCENARIOS
                     if every.name == "build-archive-zst")
        chosen = runner.choose(scenario, 100, wanted=lambda kind, _error: kind == "thread")
        count, found = faults.run_all(runner, chosen)
        self.assertEqual(["\n" + faults.report(*each) for each in found], [])
        self.assertGreaterEqual(count, 2)


if __name__ == "__main__":
    tap.main()
