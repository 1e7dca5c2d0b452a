"""Sources that are hard on whoever reads them become what compile() makes of them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import hostile
import like_compile
import tap

class HostileSources(like_compile.Case):
    def test_odd_texts(self):
        self.assert_like_compile(hostile.TEXTS, 0, 1)

    def test_encodings_of_all_names(self):
        self.assert_like_compile(hostile.cookies(), 0)

    def test_no_name_in_a_source_makes_a_module_be_imported(self):
        evil = f"open({self.path('imported')!r}, 'w').close()\n"
        for path in ("evil.py", "encodings/evil.py", "encodings/__init__.py", "codecs.py"):
            self.write(os.path.join("modules", path), evil)
        for name, data in hostile.cookies().items():
            self.write(f"in/{name}.py", data)
        for place in ("modules", "in"):
            self.kiln("build", "../in", "-o", "../out", status=1, cwd=self.path(place), variables={
                "PYTHONPATH": self.path("modules"), "PYTHONHOME": self.path("modules")})
            self.assertFalse(os.path.exists(self.path("imported")))

    def test_deep_and_long_ones(self):
        self.assert_like_compile(hostile.nested(hostile.COUNTS), 0, 2)

    def test_an_error_in_a_line_of_fifty_megabytes(self):
        line = b"x = '" + b"a" * (50 << 20) + b"'"
        result = self.assert_like_compile({"good": line, "bad": line + b" $\n"}, 0)
        self.assertLess(len(result.stderr), 10000)

    def test_sums_of_a_hundred_thousand_terms(self):
        self.assert_like_compile({
            "numbers": b"x = 1" + b"+1" * 99999, "names": b"x" + b"+x" * 99999,
            "strings": b"x = 'a'" + b"+'a'" * 99999}, 0)

    def test_messages_show_no_control_characters(self):
        self.assert_like_compile({name: hostile.TEXTS[name] for name in (
            "esc", "rlo", "ls", "nel", "ff", "random", "nul")}, 0)
        result = self.kiln("build", "in", "-o", "out", status=None)
        self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]")


if __name__ == "__main__":
    tap.main()
