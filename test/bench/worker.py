"""What a request to `kiln precompile --persistent_worker` costs beside compiling in the same
process.

    worker.py KILN [--runs N]

For each source: the time from a request to its response, and the time that the same program takes
for one more source on its command line; medians in milliseconds, and their difference. For
comparison the time of CPython's py_compile.compile() in this process.
"""
import argparse
import json
import os
import py_compile
import statistics
import subprocess
import sys
import tempfile
import time

STDLIB = os.path.dirname(os.__file__)
SMALL = '"""One small file."""\nimport os\n\n\ndef name(path):\n    return os.path.basename(path)\n'
MORE = 100
DIRECTORY = "/dev/shm" if os.path.isdir("/dev/shm") else None


def timed(function, *arguments):
    begun = time.perf_counter()
    function(*arguments)
    return (time.perf_counter() - begun) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=DIRECTORY) as work:
        small, output = os.path.join(work, "small.py"), os.path.join(work, "output.pyc")
        with open(small, "w") as file:
            file.write(SMALL)
        worker = subprocess.Popen([options.kiln, "precompile", "--persistent_worker"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        answers = os.fdopen(os.dup(worker.stdout.fileno()), "rb")

        def ask(source):
            request = {"arguments": ["--src", source, "--src_name", source, "--pyc", output]}
            worker.stdin.write(json.dumps(request).encode())
            answer = json.loads(answers.readline())
            if answer["exitCode"]:
                sys.exit(answer["output"])

        def compile_here(source):
            py_compile.compile(source, output, doraise=True)

        def compile_more(source, count):
            triple = ["--src", source, "--src_name", source, "--pyc", output]
            subprocess.run([options.kiln, "precompile", *triple * count], check=True)

        print(f"{'source':16} {'bytes':>7} {'request':>8} {'compile':>8} {'difference':>10} "
              f"{'CPython':>8}")
        for source in (small,
                       *(os.path.join(STDLIB, name) for name in ("heapq.py", "argparse.py"))):
            requests, compiled, python = [], [], []
            for _ in range(5):
                requests += [timed(ask, source) for _ in range(options.runs // 5)]
                python += [timed(compile_here, source) for _ in range(options.runs // 5)]
                compiled.append((timed(compile_more, source, MORE + 1)
                                 - timed(compile_more, source, 1)) / MORE)
            request, here = statistics.median(requests), statistics.median(compiled)
            print(f"{os.path.basename(source):16} {os.path.getsize(source):7} {request:8.3f} "
                  f"{here:8.3f} "
                  f"{request - here:10.3f} {statistics.median(python):8.3f}")
        worker.stdin.close()
        worker.wait()


main()
