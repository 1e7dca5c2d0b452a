"""`kiln cc OUT SRC format text.kleptic`: chapters, warnings, refusals, and what becomes of OUT."""
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

CHAPTERS = os.path.join(tap.ROOT, "test", "conformance", "chapters")
TEXT = ("format", "text.kleptic")
CHAPTER = "! CONTEXT:\n\t/title/\n\t\tA chapter\n\nText.\n"
ELEMENTS = ["factor", [["chapter", [["paragraph", ["Text."], {"indentation": None}]], {}]], {}]


def load(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return json.load(file)


class Chapters(program.Case):
    def cc(self, *arguments, status=0, **options):
        """Run an instruction; nothing may stand on standard output."""
        result = self.kiln("cc", *arguments, status=status, **options)
        self.assertEqual(result.stdout, "")
        return result

    def contents(self, directory):
        """{name: content} of the files of a directory."""
        return {name: program.read(self.path(directory, name))
                for name in os.listdir(self.path(directory))}

    def test_a_chapter_becomes_a_directory_of_its_elements(self):
        for name in sorted(os.listdir(CHAPTERS)):
            directory = os.path.join(CHAPTERS, name)
            with self.subTest(chapter=name):
                self.cc("deep/er/out", os.path.join(directory, "source.txt"), *TEXT)
                made = sorted(os.listdir(self.path("deep/er/out")))
                self.assertEqual(made, sorted(set(os.listdir(directory)) - {"source.txt"}))
                for file in made:
                    self.assertEqual(load(self.path("deep/er/out"), file), load(directory, file))

    def test_the_keys_that_say_where_it_stands_change_nothing(self):
        self.write("a.txt", CHAPTER)
        self.cc("out", "a.txt", *TEXT)
        expected = self.contents("out")
        for keys in (("format", "text.fault"), ("format", "kleptic.fault-1"),
                     ("format", "kleptic.fault-1", "delineated", "json"),
                     (*TEXT, "delineated", "json"),
                     (*TEXT, "factor", "a.b", "context", "a", "project", "a.b"),
                     (*TEXT, "cpython-optimize", "2", "origin", "/elsewhere/a.txt")):
            with self.subTest(keys=keys):
                self.cc("other", "a.txt", *keys)
                self.assertEqual(self.contents("other"), expected)

    def test_what_is_malformed_is_warned_of(self):
        self.write("a.txt", "Text.\n\n[ A\n\n\t[ B ]\n[ >x C ]\n")
        result = self.cc("out", "a.txt", *TEXT)
        self.assertEqual([line.split(" ")[:2] for line in result.stderr.splitlines()],
                         [["a.txt:3:", "warning:"], ["a.txt:5:", "warning:"],
                          ["a.txt:6:", "warning:"]])
        self.assertIn('"exception"', program.read(self.path("out/elements.json")).decode())

    def test_any_bytes_of_utf_8_are_text(self):
        self.write("a.txt", "a\0b\x1b\u2028c\U0001f34e\r\n")
        self.cc("out", "a.txt", *TEXT)
        self.assertEqual(load(self.path("out/elements.json"))[1][0][1][0][1],
                         ["a\0b\x1b\u2028c\U0001f34e"])

    def test_a_source_that_cannot_be_read_leaves_the_output(self):
        self.write("a.txt", CHAPTER)
        self.cc("out", "a.txt", *TEXT)
        before = program.tree(self.path("out"))
        self.write("bytes.txt", b"a\n\xc3\xa4\xff\n")
        self.write("deep.txt", "".join("\t" * depth + "- a\n" for depth in range(500)))
        self.write("large.txt", "a" * (8 << 20) + "b")
        os.mkfifo(self.path("fifo"))
        for source, says in (("bytes.txt", "bytes.txt:2:2: error: "), ("fifo", "fifo: error: "),
                             ("deep.txt", "error: nested too deeply"), (".", ".: error: "),
                             ("large.txt", "large.txt: error: "), ("none", "none: error: ")):
            with self.subTest(source=source):
                result = self.cc("out", source, *TEXT, status=1)
                self.assertIn(says, result.stderr)
                self.assertEqual(program.tree(self.path("out")), before)
        self.assert_only(["a.txt", "bytes.txt", "deep.txt", "fifo", "large.txt", "out"])

    def test_another_dialect_is_refused(self):
        self.write("a.txt", CHAPTER)
        for keys in (("format", "text.rst"), ("format", "text"), ("format", "text.")):
            with self.subTest(keys=keys):
                self.assertIn("kleptic", self.cc("out", "a.txt", *keys, status=2).stderr)
                self.assert_only(["a.txt"])

    def test_what_was_there_is_replaced_whole(self):
        self.write("a.txt", CHAPTER)
        self.write("b.txt", "Text.\n")
        self.write("out/old", "old")
        self.cc("out", "a.txt", *TEXT)
        self.assert_only(["context.json", "elements.json"], "out")
        self.cc("out", "b.txt", *TEXT)
        self.assert_only(["elements.json"], "out")
        self.assertEqual(load(self.path("out/elements.json")), ELEMENTS)
        self.assert_only(["a.txt", "b.txt", "out"])

    def test_a_reader_sees_the_old_or_the_new_directory(self):
        self.write("a.txt", CHAPTER)
        self.write("b.txt", CHAPTER.replace("Text", "Other") * 1000)
        self.cc("out", "a.txt", *TEXT)
        missing, stop = [], threading.Event()

        def watch():
            while not stop.is_set():
                for name in ("context.json", "elements.json"):
                    if not os.path.exists(self.path("out", name)):
                        missing.append(name)

        thread = threading.Thread(target=watch)
        thread.start()
        for number in range(30):
            self.cc("out", "ba"[number % 2] + ".txt", *TEXT)
        stop.set()
        thread.join()
        self.assertEqual(missing, [])

    def test_a_worker_does_the_same(self):
        self.write("a.txt", CHAPTER)
        self.write("b.txt", "[ A\n")
        self.write("c.txt", b"\xff")
        requests = [{"requestId": number, "arguments": [f"out/{name}", f"{name}.txt", *TEXT]}
                    for number, name in enumerate("abc", 1)]
        result = subprocess.run(
            [tap.KILN, "cc", "--worker"], input="".join(map(json.dumps, requests)),
            cwd=self.directory, env=tap.environment(), capture_output=True, text=True, check=True)
        responses = {response["requestId"]: response
                     for response in map(json.loads, result.stdout.splitlines())}
        self.assertEqual([responses[number].get("exitCode", 0) for number in (1, 2, 3)], [0, 0, 1])
        self.assertIn("b.txt:1: warning: ", responses[2]["output"])
        self.assertIn("c.txt:1:1: error: ", responses[3]["output"])
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["a", "b"])
        self.cc("alone", "a.txt", *TEXT)
        self.assertEqual(self.contents("out/a"), self.contents("alone"))


if __name__ == "__main__":
    tap.main()
