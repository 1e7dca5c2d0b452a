"""Wheels and virtual environments for tests of images, made without a network.

    self.wheel("demo", "1.0", {"demo/__init__.py": "def main(): ...\\n"},
               scripts={"demo": "demo:main"})
"""
import base64
import csv
import hashlib
import io
import os
import subprocess
import sys
import unittest
import zipfile

import program
import tap

# A program that says where it runs.
DEMO = {"demo/__init__.py": "import sys\n\n\ndef main():\n    print('demo', sys.argv[1:])\n",
        "demo/data.txt": "data\n"}


def digest(data):
    """As a RECORD has it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def metadata(name, version, *lines):
    return "\n".join([f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *lines, ""])


def wheel_files(name, version, files, *, scripts=None, tag="py3-none-any", requires=()):
    """The content of a wheel without its RECORD: {path: bytes}."""
    info = f"{name}-{version}.dist-info"
    found = dict(files)
    found[f"{info}/METADATA"] = metadata(
        name, version, *(f"Requires-Dist: {other}" for other in requires))
    found[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
    if scripts:
        found[f"{info}/entry_points.txt"] = "[console_scripts]\n" + "".join(
            f"{script} = {value}\n" for script, value in scripts.items())
    return {path: data.encode() if isinstance(data, str) else data
            for path, data in found.items()}


def record(name, version, files):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((path, digest(data), len(data)) for path, data in files.items())
    writer.writerow((f"{name}-{version}.dist-info/RECORD", "", ""))
    return text.getvalue()


def rows(path):
    """The rows of a RECORD: {path: (digest, size)}."""
    with open(path, newline="", encoding="utf-8") as file:
        return {row[0]: tuple(row[1:]) for row in csv.reader(file)}


class Case(program.Case):
    def wheel(self, name, version, files, *, executable=(), directory=".", **more):
        """Write a wheel; its path."""
        content = wheel_files(name, version, files, **more)
        content[f"{name}-{version}.dist-info/RECORD"] = record(name, version, content).encode()
        tag = more.get("tag", "py3-none-any")
        os.makedirs(self.path(directory), exist_ok=True)
        path = self.path(os.path.join(directory, f"{name}-{version}-{tag}.whl"))
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in content.items():
                info = zipfile.ZipInfo(member)
                info.external_attr = (0o100755 if member in executable else 0o100644) << 16
                archive.writestr(info, data, zipfile.ZIP_DEFLATED)
        return path

    def venv(self, path="venv", *options):
        """Make a virtual environment with pip; its site-packages."""
        made = subprocess.run([program.PYTHON, "-m", "venv", *options, self.path(path)],
                              check=False, capture_output=True, text=True, env=tap.environment())
        if made.returncode:
            raise unittest.SkipTest(f"no virtual environments: {made.stdout}{made.stderr}")
        version = "python{}.{}".format(*sys.version_info)
        return self.path(f"{path}/lib/{version}/site-packages")

    def pip(self, *arguments, venv="venv", status=0):
        """Run the environment's pip, without a network; what it says."""
        done = subprocess.run(
            [self.path(f"{venv}/bin/python"), "-m", "pip", "--isolated",
             "--disable-pip-version-check", *arguments],
            check=False, capture_output=True, text=True, env=tap.environment(PIP_NO_INDEX="1"),
            timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def run_python(self, code, image, *options):
        """What a stock interpreter prints that imports from an image."""
        done = subprocess.run(
            [program.PYTHON, "-I", "-S", *options, "-c",
             f"import sys; sys.path.insert(0, {self.path(image)!r})\n{code}"],
            check=False, capture_output=True, text=True, env=tap.environment(), timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def assert_recorded(self, image, info, *, base=""):
        """The RECORD names files that are there, with their digests, and its own path."""
        found = rows(self.path(os.path.join(image, base, info, "RECORD")))
        self.assertEqual(list(found), sorted(found, key=os.fsencode))
        for path, (digested, size) in found.items():
            with self.subTest(path=path):
                if path == f"{info}/RECORD":
                    self.assertEqual((digested, size), ("", ""))
                    continue
                data = program.read(self.path(os.path.join(image, base, path)))
                self.assertEqual((digested, size), (digest(data), str(len(data))))
        return set(found)
