"""`kiln image IMAGE... -o IMAGE` makes of images what a build makes of their sources."""
import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

METADATA = "Metadata-Version: 2.1\nName: press\nVersion: 1.0\n"
FILES = {
    "app/__init__.py": "from . import a\n",
    "app/a.py": "A = 1\n",
    "app/data.txt": "data\n" * 10_000,
    "main.py": "import app\nprint(app.a.A)\n",
    "press-1.0.dist-info/METADATA": METADATA,
    "press-1.0.dist-info/entry_points.txt": "[console_scripts]\npress = app.a:main\n",
}
FORMS = ("image", "x.tar", "x.tar.gz", "x.tar.zst", "x.zip", "oci:layout:v1", "x.oci.tar")


def row(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())
    return f"{path},sha256={digest.rstrip(b'=').decode()},{len(content)}\n"


class Repack(tap.Case):
    def setUp(self):
        super().setUp()
        for path, text in FILES.items():
            self.write(os.path.join("in", path), text)
        names = [name for name in FILES if name != "main.py"]
        self.write("in/press-1.0.dist-info/RECORD", "".join(
            row(name, FILES[name]) for name in names) + "press-1.0.dist-info/RECORD,,\n")
        os.chmod(self.path("in/app/data.txt"), 0o755)
        os.makedirs(self.path("in/app/empty"))

    def listed(self, name):
        return self.kiln("image", "--list", "--json", name).stdout.partition('"entries"')[2]

    def test_each_form_becomes_what_a_build_makes_of_each_other(self):
        for name in FORMS:
            self.kiln("build", "in", "-o", name)
        os.mkdir(self.path("out"))
        for target in FORMS:
            for source in FORMS:
                made = target.replace("oci:layout", "oci:out/layout") if ":" in target else (
                    "out/" + target)
                with self.subTest(source=source, target=target):
                    self.kiln("image", source, "-o", made)
                    self.assertEqual(self.listed(made), self.listed(target))
                    self.assertIn(" 0 faults", self.kiln("image", "--verify", made).stderr)
                    if target.startswith("x."):
                        self.assertEqual(program.read(self.path(made)),
                                         program.read(self.path(target)))
        self.assertEqual(sorted(os.listdir(self.path("out"))), sorted(
            ["image", "layout", "x.tar", "x.tar.gz", "x.tar.zst", "x.zip", "x.oci.tar"]))

    def test_a_zip_gets_bytecode_of_the_lowest_level(self):
        for levels in (["2"], ["1", "2"], ["0", "2"]):
            options = [option for level in levels for option in ("--optimize", level)]
            self.kiln("build", "in", "-o", "levels", *options)
            self.kiln("image", "levels", "-o", "made.zip")
            self.kiln("build", "in", "-o", "built.zip", "--optimize", levels[0])
            self.assertEqual(self.listed("made.zip"), self.listed("built.zip"))

    def test_an_image_that_was_made_runs_without_compiling(self):
        self.kiln("build", "in", "-o", "x.tar.gz")
        for target in ("image", "x.zip"):
            self.kiln("image", "x.tar.gz", "-o", target)
            result = subprocess.run(
                [tap.PYTHON, "-I", "-S", "-B", "-c",
                 "import sys; sys.path.insert(0, sys.argv[1])\n"
                 "sys.addaudithook(lambda event, values: event == 'compile' and "
                 "isinstance(values[1], str) and print(values[1]))\n"
                 "import main", self.path(target)],
                check=True, capture_output=True, text=True)
            self.assertEqual(result.stdout, "1\n")

    def test_images_become_one(self):
        self.write("more/extra.py", "E = 1\n")
        self.write("more/app/data.txt", FILES["app/data.txt"])  # equal, once it is executable
        os.chmod(self.path("more/app/data.txt"), 0o755)
        self.kiln("build", "in", "-o", "a.tar")
        self.kiln("build", "more", "-o", "b.zip")
        self.kiln("image", "a.tar", "b.zip", "-o", "both")
        self.kiln("build", "in", "more", "-o", "expected")
        self.assertEqual(self.listed("both"), self.listed("expected"))

    def test_different_entries_of_one_path_are_an_error(self):
        self.write("more/main.py", "other\n")
        self.kiln("build", "in", "-o", "a.tar")
        self.kiln("build", "more", "-o", "b.tar")
        result = self.kiln("image", "a.tar", "b.tar", "-o", "both.tar", status=1)
        self.assertIn("b.tar/main.py: error: is another file than the one in an earlier image",
                      result.stderr)
        self.assertFalse(os.path.exists(self.path("both.tar")))

    def test_nothing_is_made_of_an_image_with_faults(self):
        def tar(name, kind=tarfile.REGTYPE, target=""):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w") as archive:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, target
                archive.addfile(info)
            return buffer.getvalue()
        self.write("kept.tar", "kept")
        for content in (tar("../out"), tar("/etc/x"), tar("l", tarfile.SYMTYPE, "../../x"),
                        tar("l", tarfile.SYMTYPE, "/etc"), tar("p", tarfile.FIFOTYPE),
                        tar("m")[:700]):
            self.write("bad.tar", content)
            for target in ("kept.tar", "new"):
                result = self.kiln("image", "bad.tar", "-o", target, status=1)
                self.assertIn("bad.tar", result.stderr)
            self.assertEqual(program.read(self.path("kept.tar")), b"kept")
            self.assertEqual(sorted(os.listdir(self.directory)), ["bad.tar", "in", "kept.tar"])

    def test_an_image_may_replace_the_one_it_is_made_of(self):
        self.kiln("build", "in", "-o", "a.tar")
        before = self.listed("a.tar")
        self.kiln("image", "a.tar", "-o", "b.tar.gz")
        os.rename(self.path("b.tar.gz"), self.path("a.tar"))
        self.assertEqual(self.listed("a.tar"), before)
        self.kiln("build", "in", "-o", "image")
        self.assertIn("name another output",
                      self.kiln("image", "image", "-o", "image", status=2).stderr)

    def test_what_was_made_is_described(self):
        self.kiln("build", "in", "-o", "a.tar")
        self.kiln("image", "a.tar", "-o", "b.zip", "--manifest", "m.json", "--sbom",
                  "b.cdx.json")
        self.assertIn(" 0 faults", self.kiln("image", "--verify", "--manifest", "m.json",
                                             "b.zip").stderr)
        bill = program.read(self.path("b.cdx.json")).decode()
        self.assertIn('"purl":"pkg:pypi/press@1.0"', bill)

    def test_what_is_said_of_bytecode_is_what_its_names_tell(self):
        for source, options, expected in (
                ("a", ["--optimize", "2"], {"layout": "source", "optimize": [2]}),
                ("b.tar", ["--optimize", "1", "--optimize", "0"],
                 {"layout": "source", "optimize": [0, 1]}),
                ("c", ["--layout", "bytecode"], {"layout": "bytecode"}),
                ("d.zip", ["--optimize", "2"], {"layout": "source"})):
            with self.subTest(source=source):
                self.kiln("build", "in", "-o", source, *options)
                self.kiln("image", source, "-o", "oci:layout", "--manifest", "m.json")
                made = json.loads(program.read(self.path("m.json")))["options"]
                self.assertEqual({key: made[key] for key in made if key != "time"}, expected)
                config = oci.Layout(self.path("layout")).image("latest").config["config"]
                level = expected.get("optimize", [0])[0]
                self.assertEqual("PYTHONOPTIMIZE=2" in config.get("Env", []), level == 2)

    def test_a_directory_of_others_is_only_replaced_by_force(self):
        self.kiln("build", "in", "-o", "a.tar")
        self.write("mine/file", "")
        self.kiln("image", "a.tar", "-o", "mine", status=2)
        self.assertTrue(os.path.exists(self.path("mine/file")))
        self.kiln("image", "a.tar", "-o", "mine", "--force")
        self.assertFalse(os.path.exists(self.path("mine/file")))

    def test_nothing_is_written_into_an_image_that_is_read(self):
        self.kiln("build", "in", "-o", "image")
        for arguments in (["-o", "image/x.tar"], ["-o", "x.tar", "--manifest", "image/m.json"]):
            result = self.kiln("image", "image", *arguments, status=2)
            self.assertIn(f"'{arguments[-1]}' is inside the image 'image', which is read",
                          result.stderr)
            self.assertFalse(os.path.exists(self.path(arguments[-1])))

    def test_a_zip_application_needs_something_to_run(self):
        self.kiln("build", "in", "-o", "a.tar")
        self.assertIn("needs a __main__.py",
                      self.kiln("image", "a.tar", "-o", "a.pyz", status=2).stderr)
        self.write("in/__main__.py", "import main\n")
        self.kiln("build", "in", "-o", "b.tar")
        self.kiln("image", "b.tar", "-o", "b.pyz")
        result = subprocess.run([self.path("b.pyz")], check=True, capture_output=True, text=True)
        self.assertEqual(result.stdout, "1\n")

    def test_wrong_command_lines_are_refused(self):
        for arguments, expected in (
                (["-o", "x.tar"], "-o takes at least one IMAGE"),
                (["a", "-o", "x.tar", "--list"], "-o and --list exclude each other"),
                (["a", "-o", "x.tar", "--user", "me"], "options for OCI images are given"),
                (["a", "-o", "x.tar", "--json"], "--json is not for -o"),
                (["a", "--list", "--base", "oci:x"], "--base is for -o, not for --list"),
                (["a", "--size", "--push", "docker://h/n"], "--push is for -o, not for --size"),
                (["a", "--list", "--force"], "--force is for -o, not for --list"),
                (["a", "--verify", "--format", "tar"], "--format is for -o, not for --verify"),
                (["a", "--list", "--layer-compression", "gzip"],
                 "--layer-compression is for -o, not for --list"),
                (["a", "-o", "x", "--format", "rpm"], "invalid value 'rpm' for --format")):
            with self.subTest(arguments=arguments):
                self.assertIn(expected, self.kiln("image", *arguments, status=2).stderr)


if __name__ == "__main__":
    tap.main()
