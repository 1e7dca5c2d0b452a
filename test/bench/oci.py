"""Figures for docs/benchmarks.rst: OCI images of a tree of 10,000 files.

    oci.py KILN [--runs N] [--directory DIR] [--files N]

The tree has files without Python, so that only the image is measured. "bsdtar" and "sha256sum" are
what any program must do at least: compress the same files, or read and digest them.
"""
import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kiln", type=os.path.abspath)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--directory", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                        help="where to work (default: /dev/shm, else the temporary directory)")
    return parser.parse_args()


def make_tree(tree, count):
    chance = random.Random(1)
    for number in range(count):
        path = os.path.join(tree, f"d{number // 100:04}", f"f{number:05}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(bytes(chance.choices(b"abcdefgh \n", k=chance.randint(500, 8000))))


def make_base(layout, size, architecture="amd64"):
    """A layout with an image whose only layer is a file of `size` bytes without blocks."""
    blobs = os.path.join(layout, "blobs", "sha256")
    os.makedirs(blobs)

    def put(value):
        data = json.dumps(value).encode()
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(blobs, name), "wb") as file:
            file.write(data)
        return {"digest": "sha256:" + name, "size": len(data)}

    with open(os.path.join(blobs, "0" * 64), "wb") as file:
        file.truncate(size)
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": size,
             "digest": "sha256:" + "0" * 64}
    config = put({"os": "linux", "architecture": architecture,
                  "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}})
    manifest = put({"schemaVersion": 2, "layers": [layer], "config": config | {
        "mediaType": "application/vnd.oci.image.config.v1+json"}})
    with open(os.path.join(layout, "oci-layout"), "w", encoding="utf-8") as file:
        json.dump({"imageLayoutVersion": "1.0.0"}, file)
    with open(os.path.join(layout, "index.json"), "w", encoding="utf-8") as file:
        json.dump({"schemaVersion": 2, "manifests": [manifest | {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": {"org.opencontainers.image.ref.name": "base"}}]}, file)


def timed(command, directory):
    """Wall and processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    subprocess.run(command, cwd=directory, check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main():
    options = arguments()
    directory = tempfile.mkdtemp(prefix="kiln-bench-", dir=options.directory)
    figures = {}
    try:
        make_tree(os.path.join(directory, "tree"), options.files)
        os.mkdir(os.path.join(directory, "small"))
        with open(os.path.join(directory, "small", "own.txt"), "w", encoding="utf-8") as file:
            file.write("own")
        build = [options.kiln, "build", "-q"]
        subprocess.run([*build, "tree", "-o", "oci:there"], cwd=directory, check=True)
        for base, size in (("base1", 1 << 20), ("base1000", 1 << 30)):
            make_base(os.path.join(directory, base), size)
        make_base(os.path.join(directory, "other"), 1 << 20, "arm64")
        for run in range(options.runs):
            digest = "find tree -type f -print0 | xargs -0 cat | sha256sum"
            for name, command in (
                    ("a new layout", [*build, "tree", "-o", f"oci:new{run}"]),
                    ("the same, zstd", [*build, "tree", "-o", f"oci:zstd{run}",
                                        "--layer-compression", "zstd"]),
                    ("bsdtar --gzip", ["bsdtar", "-czf", f"tar{run}", "tree"]),
                    ("an unchanged tree", [*build, "tree", "-o", f"oci:there:t{run}"]),
                    ("cat, sha256sum", ["sh", "-c", digest]),
                    ("one file on a base of 1 MB", [
                        *build, "small", "-o", f"oci:base1:t{run}", "--base", "oci:base1:base"]),
                    ("one file on a base of 1 GB", [
                        *build, "small", "-o", f"oci:base1000:t{run}",
                        "--base", "oci:base1000:base"]),
                    ("two platforms, 1 GB there", [
                        options.kiln, "image", "-q", "oci:base1000:base", "oci:other", "-o",
                        f"oci:base1000:both{run}"])):
                figures.setdefault(name, []).append(timed(command, directory))
            for name in (f"new{run}", f"zstd{run}"):
                shutil.rmtree(os.path.join(directory, name))
    finally:
        shutil.rmtree(directory)
    for name, found in figures.items():
        wall, processor = (statistics.median(values) for values in zip(*found))
        print(f"{name:30} {wall:7.3f} s {processor:7.3f} s")


if __name__ == "__main__":
    main()
