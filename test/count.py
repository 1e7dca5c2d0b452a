"""Count the tests in logs and print `N passed, N failed[, N skipped]`, after how many faults were
injected.

Fails if one failed or none passed; what failed comes before the counts.

    /usr/bin/python3 -I -B test/count.py LOG...

A LOG is meson's testlog*.json, in which each line of TAP counts, or a file of TAP (`*.tap`). A test
program that fails without a failed line, by a crash or a timeout, counts as one more failure, and
so does a log that is missing. Under CI=true a test that is skipped for a reason that is not in
ALLOWED counts as failed: there everything that tests need is installed.
"""
import collections
import json
import os
import re
import sys

LINE = re.compile(r"(ok|not ok)\b[^#]*(?:#\s*((?i:SKIP|TODO))\b\s*(.*))?")
# What a program tells of itself besides its results.
REMARK = re.compile(r"# \d+ injections")
FINE = {"OK", "SKIP", "EXPECTEDFAIL"}

# Reasons for which a test may be skipped in CI, and why that loses nothing.
ALLOWED = {
    "SOURCE_DATE_EPOCH is set": "CPython has each of these tests twice, with and without it",
    "incompatible with CAP_DAC_OVERRIDE": "CPython's tests of permissions run as a plain user as "
                                          "well",
    "replaces concurrent.futures.ProcessPoolExecutor within this process":
        "CPython's test looks into the module that kiln takes the place of",
    "replaces compileall.compile_dir within this process; test_workers has -j 0": "likewise",
    "Python N does not have this syntax": "the case is for later versions",
    "Python N has none of the syntax": "likewise",
    "Python N has no type statements": "likewise",
    "type parameters are of Python N": "likewise",
    "kiln was built with one CPython": "a build of Debian testing has two",
    "roots of Debian cannot be made here": "other systems than this one are tested where they can",
    "the directory may not be entered": "a random tree; most can be entered",
    "sanitizers keep what was freed": "a test of memory, which runs in the build without them",
    "sanitizers need more memory for themselves": "likewise",
    "sanitizers need /proc": "likewise",
    "sanitizers add symbols of their own": "likewise",
    "the packages have no sanitizers": "likewise",
    "the release has no sanitizers": "likewise",
}
IS_CI = os.environ.get("CI") == "true"


def is_allowed(reason):
    """Whether ALLOWED has a reason, with N for a version."""
    return re.sub(r"\b\d+(\.\d+)+", "N", reason.strip()) in ALLOWED


def verdict(line):
    """What a line of TAP says: passed, failed, skipped, or None if it is no result."""
    match = LINE.match(line)
    if not match:
        return None
    directive = (match[2] or "").upper()
    if directive == "SKIP":
        return "failed" if IS_CI and not is_allowed(match[3]) else "skipped"
    return "passed" if match[1] == "ok" or directive == "TODO" else "failed"


def count_tap(text):
    """The results in TAP: a Counter of passed, failed, skipped."""
    return collections.Counter(filter(None, map(verdict, text.splitlines())))


def count_program(log, line):
    """The results of one test program, a line of meson's log."""
    entry = json.loads(line)
    found = count_tap(entry["stdout"] or "")
    fine = entry["result"] in FINE
    if not found:
        skipped = entry["result"] == "SKIP"
        found["passed" if not skipped else "failed" if IS_CI else "skipped"] += fine
    if not fine and not found["failed"]:
        found["failed"] += 1
    for text in filter(REMARK.fullmatch, (entry["stdout"] or "").splitlines()):
        print(f"{entry['name']}: {text[2:]}")
    if found["failed"]:
        print(f"failed: {log}: {entry['name']}: {entry['result']}")
        for text in (entry["stdout"] or "").splitlines():
            if verdict(text) == "failed":
                print(f"    {text}")
    return found


def count_log(path):
    """The results in one log."""
    try:
        with open(path, encoding="utf-8") as file:
            if path.endswith(".tap"):
                return count_tap(file.read())
            return sum((count_program(path, line) for line in file), collections.Counter())
    except OSError as error:
        print(f"failed: {error}")
        return collections.Counter(failed=1)


def main():
    total = sum(map(count_log, sys.argv[1:]), collections.Counter())
    skipped = f", {total['skipped']} skipped" if total["skipped"] else ""
    print(f"{total['passed']} passed, {total['failed']} failed{skipped}")
    sys.exit(1 if total["failed"] or not total["passed"] else 0)


if __name__ == "__main__":
    main()
