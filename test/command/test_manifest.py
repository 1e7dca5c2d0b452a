"""The manifest of an image says what is in it and where it is from, and is compared with it."""
import hashlib
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

FILES = {
    "app/__init__.py": "from . import a\n",
    "app/a.py": "A = 1\n",
    "app/data.txt": "data\n",
    "press-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: press\nVersion: 1.0\n",
    "press-1.0.dist-info/RECORD": "app/a.py,,\n",
    "press-1.0.dist-info/entry_points.txt": "[console_scripts]\npress = app.a:main\n",
}
FORMS = ("image", "a.tar", "a.tar.gz", "a.tar.zst", "a.zip", "oci:layout:v1", "a.oci.tar")


class Manifest(tap.Case):
    def setUp(self):
        super().setUp()
        self.make("in")

    def make(self, name):
        for path, text in FILES.items():
            self.write(os.path.join(name, path), text)
        os.symlink("data.txt", self.path(name, "app/link"))

    def build(self, name, *options, source="in"):
        self.kiln("build", source, "-o", name, "--manifest", "m.json", *options)
        return json.loads(program.read(self.path("m.json")))

    def verify(self, name, status=0):
        return self.kiln("image", "--verify", "--manifest", "m.json", name, status=status)

    def test_entries_are_those_of_the_image(self):
        made = self.build("image")
        tree = program.tree(self.path("image"))
        entries = {entry["path"]: entry for entry in made["entries"]}
        self.assertEqual(set(entries), set(tree) - {".", ".kiln"})
        for path, entry in entries.items():
            with self.subTest(path=path):
                if entry["kind"] == "file":
                    content = program.read(self.path("image", path))
                    self.assertEqual((entry["size"], entry["sha256"]),
                                     (len(content), hashlib.sha256(content).hexdigest()))
        cached = program.cached("app/a.py")
        self.assertEqual(entries["app/a.py"]["origin"], {"kind": "copied", "source": "app/a.py"})
        self.assertEqual(entries[cached]["origin"], {
            "kind": "compiled", "source": "app/a.py", "factor": "app.a", "parameters": {
                "python": tap.TAG, "optimize": 0, "check": "unchecked-hash", "constants": True,
                "pyc-bytes": "kiln"}})
        self.assertEqual(entries["bin/press"]["origin"], {"kind": "generated"})
        self.assertEqual(entries["press-1.0.dist-info/RECORD"]["origin"], {"kind": "generated"})
        self.assertEqual(entries["app/link"]["target"], "data.txt")

    def test_options_are_told(self):
        made = self.build("image", "--optimize", "1", "--optimize", "2", "--check", "hash",
                          "--prefix-map", "in=/opt/app")
        self.assertEqual(made["options"], {
            "layout": "source", "optimize": [1, 2], "check": "hash", "constants": True,
            "pyc-bytes": "kiln", "python": [tap.TAG], "time": 315532800})
        self.assertEqual(made["manifest"], 1)
        self.assertIn("libzstd", made["made-by"]["libraries"])
        origins = {entry["path"]: entry["origin"] for entry in made["entries"]}
        self.assertEqual(origins["app/a.py"]["source"], "/opt/app/app/a.py")
        parameters = [origin["parameters"] for origin in origins.values()
                      if origin["kind"] == "compiled"]
        self.assertEqual({found["optimize"] for found in parameters}, {1, 2})
        self.assertEqual({found["check"] for found in parameters}, {"hash"})

    def test_every_form_agrees_with_its_manifest(self):
        for name in FORMS:
            with self.subTest(name=name):
                self.build(name)
                self.assertIn("0 faults", self.verify(name).stderr)

    def test_what_does_not_agree_is_a_fault(self):
        self.build("image")
        changes = {
            "app/data.txt: error: is not as the manifest says: its sha256 is another":
                lambda: self.write("image/app/data.txt", "DATA\n"),
            "app/data.txt: error: is not as the manifest says: its size is another":
                lambda: self.write("image/app/data.txt", "data"),
            "app/data.txt: error: is not as the manifest says: its mode is another":
                lambda: os.chmod(self.path("image/app/data.txt"), 0o755),
            "app/link: error: is not as the manifest says: its target is another":
                lambda: (os.unlink(self.path("image/app/link")),
                         os.symlink("a.py", self.path("image/app/link"))),
            "app/link: error: is not as the manifest says: its kind is another":
                lambda: (os.unlink(self.path("image/app/link")),
                         self.write("image/app/link", "")),
            "app/more.txt: error: is not in the manifest":
                lambda: self.write("image/app/more.txt", ""),
            "app/data.txt: error: is in the manifest, but not in the image":
                lambda: os.unlink(self.path("image/app/data.txt")),
        }
        for expected, change in changes.items():
            with self.subTest(expected=expected):
                shutil.copytree(self.path("image"), self.path("kept"), symlinks=True)
                change()
                self.assertIn(expected, self.verify("image", 1).stderr)
                shutil.rmtree(self.path("image"))
                os.rename(self.path("kept"), self.path("image"))
        self.assertIn("0 faults", self.verify("image").stderr)

    def test_each_byte_of_a_tar_that_matters_is_seen(self):
        """With a manifest, also what no checksum of the archive covers."""
        self.build("a.tar.zst")
        whole = program.read(self.path("a.tar.zst"))
        for at in range(0, len(whole), max(len(whole) // 100, 1)):
            damaged = bytearray(whole)
            damaged[at] ^= 0x20
            self.write("bad.tar.zst", damaged)
            result = self.verify("bad.tar.zst", None)
            if result.returncode == 0:  # the same content, packed otherwise
                self.assertEqual(self.kiln("image", "--list", "--json", "bad.tar.zst").stdout
                                 .replace("bad.tar", "a.tar"),
                                 self.kiln("image", "--list", "--json", "a.tar.zst").stdout)

    def test_the_same_image_gives_the_same_manifest(self):
        self.make("elsewhere/deep/other")
        self.build("a.tar.gz")
        first = program.read(self.path("m.json"))
        self.kiln("build", self.path("elsewhere/deep/other"), "-o", self.path("b.tar.gz"), "-j",
                  "1", "--manifest", self.path("n.json"), cwd="/", variables={"LC_ALL": "C"})
        self.assertEqual(program.read(self.path("n.json")), first)

    def test_names_that_are_not_utf_8_are_escaped(self):
        name = b"bad\xff\xfename"
        self.write("in/app/" + os.fsdecode(name), "x")
        for form in ("image", "a.tar"):
            made = self.build(form)
            self.assertIn(r'"app/bad\uDCFF\uDCFEname"', program.read(self.path("m.json")).decode())
            self.assertIn("app/" + os.fsdecode(name), [entry["path"] for entry in made["entries"]])
            self.assertIn("0 faults", self.verify(form).stderr)

    def test_a_report_in_a_source_is_refused(self):
        before = program.tree(self.path("in"))
        for option, report in (("--manifest", "in/app/a.py"), ("--sbom", "in/b.cdx.json")):
            result = self.kiln("build", "in", "-o", "a.tar", option, report, status=2)
            self.assertIn(f"'{report}' is inside the source 'in': name a file outside",
                          result.stderr)
            self.assertFalse(os.path.exists(self.path("a.tar")))
        self.assertEqual(program.tree(self.path("in")), before)

    def test_a_manifest_in_the_place_of_the_image_or_a_source_is_refused(self):
        for manifest, image in (("image/m.json", "image"), ("a.tar", "a.tar"), ("in", "a.tar")):
            with self.subTest(manifest=manifest):
                result = self.kiln("build", "in", "-o", image, "--manifest", manifest, status=2)
                self.assertIn("name another", result.stderr)
                self.assertFalse(os.path.exists(self.path(image)))

    def test_a_report_that_cannot_be_written_leaves_the_old_image(self):
        self.build("a.tar")
        old = program.read(self.path("a.tar"))
        self.write("in/app/a.py", "A = 2\n")
        for option, report in (("--manifest", "none/m.json"), ("--sbom", "none/b.cdx.json")):
            for command in (("build", "in"), ("image", "b.tar")):
                with self.subTest(option=option, command=command):
                    self.kiln("build", "in", "-o", "b.tar")
                    result = self.kiln(*command, "-o", "a.tar", option, report, status=3)
                    self.assertIn(report, result.stderr)
                    self.assertEqual(program.read(self.path("a.tar")), old)

    def test_what_is_no_manifest_is_refused(self):
        self.build("image")
        for text in ("", "{}", "[]", '{"manifest": 2, "entries": []}',
                     '{"manifest": 1, "entries": [{}]}', '{"manifest": 1, "entries": ['):
            with self.subTest(text=text):
                self.write("m.json", text)
                self.assertIn("m.json", self.verify("image", 1).stderr)


if __name__ == "__main__":
    tap.main()
