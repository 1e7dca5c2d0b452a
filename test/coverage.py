"""Print how many lines of src the tests of a coverage build reached; files below 80 % by name.

    meson setup build-coverage -Db_coverage=true
    meson test -C build-coverage
    /usr/bin/python3 -I -B test/coverage.py build-coverage

Workers and other forked processes count: each adds to the same counters when it ends.
"""
import collections
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def notes(build):
    """The files that tell of the code of src, one for each object."""
    for parent, directories, names in os.walk(build):
        directories[:] = sorted(set(directories) - {"test", "docs"})
        for name in sorted(names):
            if name.endswith(".gcno"):
                yield os.path.abspath(os.path.join(parent, name))


def lines_of(path, build):
    """For each source that an object was made of: {path: {line: whether it was reached}}."""
    counters = path.removesuffix(".gcno") + ".gcda"
    if os.path.exists(counters) and not os.path.getsize(counters):
        os.unlink(counters)  # made for programs that run as other users; none ran
    told = subprocess.run(["gcov", "--stdout", "--json-format", path], cwd=build, check=False,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if told.returncode and b"no functions found" not in told.stderr:
        sys.exit(f"coverage.py: gcov {path}: {told.stderr.decode(errors='replace')}")
    for document in filter(None, told.stdout.splitlines()):
        for file in json.loads(document)["files"]:
            source = os.path.normpath(os.path.join(build, file["file"]))
            lines = collections.defaultdict(bool)
            for line in file["lines"]:
                lines[line["line_number"]] |= line["count"] > 0
            yield source, lines


def main():
    build = os.path.abspath(sys.argv[1])
    found = collections.defaultdict(lambda: collections.defaultdict(bool))
    for path in notes(build):
        for source, lines in lines_of(path, build):
            if source.startswith(os.path.join(ROOT, "src", "")):
                for line, is_reached in lines.items():
                    found[source][line] |= is_reached
    if not found:
        sys.exit(f"coverage.py: {build} was not built for it: "
                 "configure it with -Db_coverage=true, and run its tests")
    shares = {os.path.relpath(source, ROOT): (sum(lines.values()), len(lines))
              for source, lines in found.items()}
    for source, (reached, count) in sorted(shares.items()):
        if reached < 0.8 * count:
            print(f"{100 * reached / count:5.1f} % of {count:4} lines: {source}")
    reached, count = (sum(pair) for pair in zip(*shares.values()))
    print(f"coverage: {100 * reached / count:.1f} % of {count} lines in {len(shares)} files")


if __name__ == "__main__":
    main()
