"""Two thousand runs over the same directory leave complete, right files, and show no others
meanwhile."""
import marshal
import os
import random
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import reference
import tap

WAVES, PROCESSES = 40, 50
SOURCES = {
    "empty.py": "",
    "small.py": "'doc'\nx = 1\nassert x\n",
    "function.py": "def f(a, *, b=(1, 2)):\n    return [a for a in b]\n",
    "large.py": "".join(f"def f{number}(x):\n    return 'text {number}', x\n"
                        for number in range(500)),
    "sub/more.py": "".join(f"x{number} = {number}.5\n" for number in range(2000)),
}
LEVELS = (0, 1)


class Reader(threading.Thread):
    """Loads all files again and again; `wrong` is what was not as it should be."""

    def __init__(self, files):
        super().__init__()
        self.files, self.wrong, self.rounds, self.done = files, [], 0, threading.Event()

    def run(self):
        while not self.done.is_set():
            self.wrong += filter(None, (self.check(*file) for file in self.files))
            self.rounds += 1

    @staticmethod
    def check(path, header, code):
        try:
            data = program.read(path)
            if data[:reference.HEADER] != header:
                return f"{path}: header {data[:reference.HEADER].hex()}"
            found = reference.difference(marshal.loads(data[reference.HEADER:]), code)
            return found and f"{path}: {found}"
        except (OSError, EOFError, ValueError, TypeError) as error:
            return f"{path}: {error!r}"


class Concurrent(program.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(1)
        self.files = []
        for name, text in SOURCES.items():
            path = self.write(f"in/{name}", text)
            os.utime(path, (1700000000, 1700000000))
            header = reference.header(b"")[:4] + struct.pack("<III", 0, 1700000000, len(text))
            for level in LEVELS:
                self.files.append((program.cached(path, level), header, compile(
                    text, f"in/{name}", "exec", dont_inherit=True, optimize=level)))

    def random_command(self):
        """The arguments of a run that makes some of the files, and its environment."""
        kind = self.random.randrange(4)
        if kind == 0:
            names = self.random.sample(sorted(SOURCES), 3)
            return ["py_compile",
                    *(f"in/{name}" for name in names)], str(self.random.choice(LEVELS))
        if kind == 1:
            return ["compileall", "-q", "-f", f"in/{self.random.choice(sorted(SOURCES))}"], "0"
        more = [[], ["-j2"], ["-o0", "-o1"], ["--strict"], ["-o0", "-o1", "--hardlink-dupes"]]
        return ["compileall", "-q", "-f", *self.random.choice(more),
                "in"], str(self.random.choice(LEVELS))

    def wave(self):
        processes = []
        for _ in range(PROCESSES):
            arguments, level = self.random_command()
            processes.append((arguments, self.start(
                *arguments, env=tap.environment(PYTHONOPTIMIZE=level), stdout=subprocess.DEVNULL)))
        for arguments, process in processes:
            _, text = process.communicate(timeout=100)
            self.assertEqual((process.returncode, text), (0, ""), arguments)

    def test_runs_at_once(self):
        self.kiln("compileall", "-q", "-o0", "-o1", "in")
        reader = Reader(self.files)
        reader.start()
        try:
            for _ in range(WAVES):
                self.wave()
        finally:
            reader.done.set()
            reader.join()
        self.assertEqual(reader.wrong[:5], [])
        self.assertGreater(reader.rounds, WAVES)
        self.assertEqual([found for found in (reader.check(*file) for file in self.files) if found],
                         [])
        left = {os.path.join(parent, name) for parent, _, names in os.walk(self.path("in"))
                for name in names}
        self.assertEqual(left,
                         {self.path("in", name) for name in SOURCES}
                         | {file[0] for file in self.files})


if __name__ == "__main__":
    tap.main()
