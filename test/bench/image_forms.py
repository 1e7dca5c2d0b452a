"""Figures for docs/benchmarks.rst: the forms of images beside bsdtar and cp.

    image_forms.py KILN [--files N] [--rounds N] [--directory DIR]

A tree of N files, 50 in a directory, with the bytes of Debian's standard library, is made in memory
(/dev/shm) by default, and one of DEPTH levels. None of the files is a Python source, so that
nothing is compiled. In each round everything runs once, in turn; what is printed are medians of
whole processes, start-up included. bsdtar gets the same settings and a sorted list of the files.
"""
import argparse
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time

BSDTAR = "/usr/bin/bsdtar"
DEPTH = 1800


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--files", type=int, default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    return parser.parse_args()


def texts():
    """The standard library, file by file, without end."""
    paths = []
    for parent, directories, names in os.walk(sysconfig.get_path("stdlib")):
        directories[:] = sorted(set(directories) - {"__pycache__", "test"})
        paths += [os.path.join(parent, name) for name in sorted(names) if name.endswith(".py")]
    while True:
        for path in paths:
            with open(path, "rb") as file:
                yield file.read()


def make_tree(tree, count):
    """Make the files; their paths in the tree, sorted, directories before what they hold."""
    paths, content, size = [], texts(), 0
    for number in range(count):
        directory = f"part{number // 50:04}"
        if number % 50 == 0:
            os.makedirs(os.path.join(tree, directory))
            paths.append(directory)
        paths.append(f"{directory}/file{number % 50:02}.txt")
        # A part of a file, and the number, so that no two files are the same.
        data = next(content)[:8000] + b"\n%d\n" % number
        size += len(data)
        with open(os.path.join(tree, paths[-1]), "wb") as file:
            file.write(data)
    return sorted(paths), size


def make_deep_tree(tree):
    """Directories in each other, each with a file."""
    os.mkdir(tree)
    directory = os.open(tree, os.O_RDONLY)
    for _ in range(DEPTH):
        os.close(os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
        os.mkdir("d", dir_fd=directory)
        below = os.open("d", os.O_RDONLY, dir_fd=directory)
        os.close(directory)
        directory = below
    os.close(directory)


def commands(options, work):
    kiln = [options.kiln, "build", "-q", "tree", "-o"]
    packed = [BSDTAR, "-n", "--uid", "0", "--gid", "0", "--numeric-owner", "-C", "tree", "-T",
              os.path.join(work, "list")]
    zstd = ["--zstd", "--options", "zstd:compression-level=10"]
    return {
        "kiln .tar.zst, -j1": [*kiln, "OUT.tar.zst", "-j1"],
        "kiln .tar.zst, -j2": [*kiln, "OUT.tar.zst", "-j2"],
        "bsdtar --zstd": [*packed, *zstd, "-cf", "OUT.tar.zst"],
        "kiln .tar.gz": [*kiln, "OUT.tar.gz", "-j1"],
        "bsdtar --gzip": [*packed, "--gzip", "--options", "gzip:compression-level=6", "-cf",
                          "OUT.tar.gz"],
        "kiln .tar": [*kiln, "OUT.tar", "-j1"],
        "bsdtar": [*packed, "-cf", "OUT.tar"],
        "kiln .zip": [*kiln, "OUT.zip", "-j1"],
        "bsdtar --format zip": [*packed, "--format", "zip", "--options",
                                "zip:compression-level=6", "-cf", "OUT.zip"],
        "kiln directory, -j1": [*kiln, "OUT", "-j1"],
        "kiln directory, -j2": [*kiln, "OUT", "-j2"],
        "kiln cc (replicate)": [options.kiln, "cc", "OUT", "tree", "format", "directory.tree"],
        "cp -a": ["/usr/bin/cp", "-a", "tree", "OUT"],
        "kiln directory, deep": [options.kiln, "build", "-q", "deep", "-o", "OUT", "-j1"],
        "cp -a, deep": ["/usr/bin/cp", "-a", "deep", "OUT"],
    }


def remove(path):
    subprocess.run(["/usr/bin/rm", "-rf", path], check=True)  # shutil's removal is recursive


def main():
    options = arguments()
    work = tempfile.mkdtemp(prefix="kiln-bench-", dir=options.directory)
    try:
        paths, size = make_tree(os.path.join(work, "tree"), options.files)
        make_deep_tree(os.path.join(work, "deep"))
        with open(os.path.join(work, "list"), "w") as file:
            file.writelines(path + "\n" for path in paths)
        print(f"{options.files} files, {size / 1e6:.1f} MB, {options.rounds} rounds")
        figures = {}
        for number in range(options.rounds):
            for name, command in commands(options, work).items():
                output = f"out{number}"
                words = [word.replace("OUT", output, 1) if word.startswith("OUT") else word
                         for word in command]
                begun = time.perf_counter()
                subprocess.run(words, cwd=work, check=True, stdin=subprocess.DEVNULL)
                figures.setdefault(name, []).append(time.perf_counter() - begun)
                for made in os.listdir(work):
                    if made.startswith("out"):
                        remove(os.path.join(work, made))
        for name, times in figures.items():
            print(f"{name:24}{statistics.median(times):9.3f} s")
    finally:
        remove(work)


if __name__ == "__main__":
    main()
