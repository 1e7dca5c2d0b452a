"""Sources that are near a limit or far beyond it become what compile() makes of them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile
import like_compile
import tap


class HostileDeep(like_compile.Case):
    def test_deep_and_long_ones_at_one_level(self):
        for count in hostile.COUNTS + hostile.MORE_COUNTS[::2]:
            self.assert_like_compile(hostile.nested((count,)), 0)

    def test_deep_and_long_ones_at_all_levels(self):
        for count in hostile.MORE_COUNTS[1::2]:
            self.assert_like_compile(hostile.nested((count,)), 0, 1, 2)

    def test_odd_texts_at_all_levels(self):
        for levels in ((1,), (2,), (0, 1, 2)):
            self.assert_like_compile(hostile.TEXTS, *levels)

    def test_statements_and_names_without_end(self):
        self.assert_like_compile({
            "statements": b"x = 1\n" * 1000000,
            "statements_in_a_line": b"x = 1;" * 300000,
            "names": b"".join(b"x%d = y%d\n" % (i, i) for i in range(300000)),
            "functions": b"".join(b"def f%d(a, b=%d): return a\n" % (i, i) for i in range(60000)),
            "elements": b"x = [" + b"1, " * 2000000 + b"]\n",
        }, 0)


if __name__ == "__main__":
    tap.main()
