"""What a build makes of every Python source that Debian installs here is what compile() makes."""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import corpus
import program
import tap


class Corpus(program.Case):
    def assert_equal_to_compile(self, root):
        os.mkdir(self.path("empty"))
        image = self.path("image")
        result = self.kiln(
            "build", "--no-constants", "--optimize", "0", "--optimize", "1", "--optimize", "2",
            "--layout", "source", "--check", "unchecked-hash", "--allow-external-links", root, "-o",
            image, status=None)
        reported, warned = program.errors(result), {}
        for found in program.messages(result.stderr):
            # A path configuration file is no source: its warning is of what runs at Python's start.
            if found.kind == "warning" and not found.path.endswith(".pth"):
                warned.setdefault(found.path, set()).add((found.text, found.line))
        failed, count, saved = 0, 0, 0
        tasks = [(root, image, path) for path in corpus.sources(root)]
        for (_, _, path), (wrong, error, warnings, smaller) in corpus.each(
                corpus.check_built, tasks, self.path("empty")):
            count += 1
            failed += error is not None
            saved += smaller
            origin = os.path.join(root, path)
            with self.subTest(path=path):
                self.assertEqual(wrong, [])
                self.assert_reported(reported.pop(origin, None), error)
                expected = {(program.printable(text), line) for text, line in warnings}
                self.assertEqual(warned.pop(origin, set()), expected)
        self.assertEqual(reported, {}, "errors of what is no source")
        self.assertEqual(warned, {}, "warnings of what is no source")
        self.assertEqual(result.returncode, 1 if failed else 0, result.stderr[-2000:])
        self.assertGreater(count, 0)
        # Single files may be larger: what is in frozensets is written without references.
        self.assertGreaterEqual(saved, 0, "the files are larger than CPython's")

    def assert_reported(self, message, error):
        """The message tells what compile() said: the text, the line and the column."""
        if error is None or message is None:
            self.assertEqual(message, error)
            return
        text, line, columns = error
        self.assertEqual((message.text, message.line), (program.printable(text), line))
        self.assertIn(message.column, columns)

    def test_the_standard_library_is_compiled_as_compile_does(self):
        self.assert_equal_to_compile(tap.LIBRARY)

    @unittest.skipUnless(os.path.isdir("/usr/lib/python3/dist-packages"), "no packages installed")
    def test_installed_packages_are_compiled_as_compile_does(self):
        self.assert_equal_to_compile("/usr/lib/python3/dist-packages")

    @unittest.skipUnless(os.path.isdir("/usr/share/python3"), "no helpers are installed")
    def test_the_helpers_of_debian_are_compiled_as_compile_does(self):
        self.assert_equal_to_compile("/usr/share/python3")


if __name__ == "__main__":
    tap.main()
