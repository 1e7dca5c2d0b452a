"""`kiln image` lists, measures and compares images of any form, and survives hostile ones."""
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

FILES = {
    "pkg/__init__.py": "from . import a\n",
    "pkg/a.py": "A = 1\n",
    "pkg/data.txt": "data\n" * 1000,
    "pkg/ä ö.txt": "umlauts\n",
    "own.py": "import pkg\n",
    "press-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: press\nVersion: 1.0\n",
    "press-1.0.dist-info/RECORD":
        "pkg/__init__.py,,\npkg/a.py,,\npkg/data.txt,,\npress-1.0.dist-info/METADATA,,\n",
}


def tar_of(entries, mode="w"):
    """The bytes of a tar archive of (TarInfo, content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for info, content in entries:
            info.size = len(content or b"")
            archive.addfile(info, io.BytesIO(content or b""))
    return buffer.getvalue()


def zip_of(root, path):
    """Write a zip archive of a tree with links, behind what the file has already."""
    with zipfile.ZipFile(path, "a") as archive:
        for parent, directories, names in os.walk(root):
            for name in directories + names:
                full = os.path.join(parent, name)
                below = os.path.relpath(full, root)
                if os.path.islink(full):
                    info = zipfile.ZipInfo(below)
                    info.create_system, info.external_attr = 3, 0o120777 << 16
                    archive.writestr(info, os.readlink(full))
                elif below != ".kiln":
                    archive.write(full, below)


def named(name):
    """An entry of a name that a header of ustar does not have."""
    info = tarfile.TarInfo("short")
    info.pax_headers = {"path": name}
    return info, b""


def entry(name, content=b"", kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, content


class Images(tap.Case):
    def setUp(self):
        super().setUp()
        for path, text in FILES.items():
            self.write(os.path.join("in", path), text)
        os.chmod(self.path("in/pkg/data.txt"), 0o755)
        os.symlink("data.txt", self.path("in/pkg/link"))
        os.makedirs(self.path("in/pkg/empty"))

    def every_form(self):
        """The same image as a directory and as archives of kiln and other programs; their names."""
        self.kiln("build", "in", "-o", "image")
        for name in ("a.tar", "a.tar.gz", "a.tar.zst"):
            self.kiln("build", "in", "-o", name)
        for name in ("b.tar.xz", "b.tar.bz2", "b.tgz"):
            kind = {"tgz": "gz"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
            with tarfile.open(self.path(name), f"w:{kind}") as archive:
                archive.add(self.path("image"), ".",
                            filter=lambda info: None if info.name == "./.kiln" else info)
        zip_of(self.path("image"), self.path("c.zip"))
        self.write("d.pyz", "#!/usr/bin/env python3\n")
        zip_of(self.path("image"), self.path("d.pyz"))
        return ["image", "a.tar", "a.tar.gz", "a.tar.zst", "b.tar.xz", "b.tar.bz2", "b.tgz",
                "c.zip", "d.pyz"]

    def listed(self, name, status=0, **options):
        found = json.loads(self.kiln("image", "--list", "--json", name, status=status,
                                     **options).stdout)
        return {entry["path"]: entry for entry in found["entries"]}

    def test_a_list_says_of_every_form_what_is_in_it(self):
        expected = None
        for name in self.every_form():
            with self.subTest(name=name):
                found = self.listed(name)
                self.assertEqual(list(found), sorted(found, key=os.fsencode))
                expected = expected or found
                self.assertEqual(found, expected)
        made = program.tree(self.path("image"))
        self.assertEqual({*expected}, {*made} - {".", ".kiln"})
        for path, entry in expected.items():
            with self.subTest(path=path):
                if entry["kind"] == "file":
                    content = program.read(self.path("image", path))
                    self.assertEqual(entry["sha256"], hashlib.sha256(content).hexdigest())
                    self.assertEqual(entry["size"], len(content))
                    self.assertEqual(entry["mode"], f"{made[path][1]:04o}")
        self.assertEqual(expected["pkg/link"]["target"], "data.txt")
        self.assertEqual(expected["pkg/empty"]["kind"], "directory")

    def test_a_list_as_text_is_that_of_tar(self):
        self.kiln("build", "in", "-o", "a.tar")
        lines = self.kiln("image", "--list", "a.tar").stdout.splitlines()
        self.assertIn("drwxr-xr-x            0 pkg/", lines)
        self.assertIn("-rwxr-xr-x         5000 pkg/data.txt", lines)
        self.assertIn("lrwxrwxrwx            0 pkg/link -> data.txt", lines)
        theirs = subprocess.run(["tar", "--quoting-style=literal", "-tf", "a.tar"], check=True,
                                cwd=self.directory, capture_output=True, text=True).stdout
        self.assertEqual([line[24:].partition(" -> ")[0] for line in lines],
                         theirs.splitlines())

    def test_sizes_are_told_by_package_and_kind(self):
        self.kiln("build", "in", "-o", "a.tar.gz")
        found = json.loads(self.kiln("image", "--size", "--json", "a.tar.gz").stdout)
        packages = {package["package"]: package for package in found["packages"]}
        self.assertEqual(set(packages), {"press 1.0", "own.py", "pkg"})
        press = packages["press 1.0"]
        self.assertEqual(press["source"], len(FILES["pkg/__init__.py"] + FILES["pkg/a.py"]))
        self.assertEqual(press["data"], 5000)
        self.assertGreater(press["bytecode"], 100)
        entries = self.listed("a.tar.gz").values()
        self.assertEqual(found["total"], sum(entry.get("size", 0) for entry in entries))
        self.assertEqual(found["files"],
                         sum(entry["kind"] != "directory" for entry in entries))
        lines = self.kiln("image", "--size", "a.tar.gz").stdout.splitlines()
        self.assertEqual([line.split(None, 7)[-1] for line in lines],
                         ["package", "press 1.0", "own.py", "pkg", "total"])

    def test_a_package_of_the_system_is_one_distribution(self):
        """attrs has a RECORD, and its egg-info a top_level.txt."""
        info = next((entry.path for entry in os.scandir("/usr/lib/python3/dist-packages")
                     if entry.name.startswith("attrs-")), None)
        if not info or not os.path.exists(os.path.join(info, "RECORD")):
            self.skipTest("python3-attr is not installed, or has no RECORD")
        for name in ("attr", "attrs"):
            shutil.copytree(os.path.join("/usr/lib/python3/dist-packages", name),
                            self.path("site", name))
        shutil.copytree(info, self.path("site", os.path.basename(info)))
        self.kiln("build", "site", "-o", "image")
        found = json.loads(self.kiln("image", "--size", "--json", "image").stdout)["packages"]
        self.assertEqual([package["package"] for package in found],
                         ["attrs " + os.path.basename(info).split("-")[1].removesuffix(".dist")])

    def test_differences_are_told_by_package(self):
        self.kiln("build", "in", "-o", "before.tar.gz")
        self.assertEqual(self.kiln("image", "--diff", "before.tar.gz", "before.tar.gz").stdout,
                         "0 added, 0 removed, 0 changed\n")
        self.write("in/own.py", "import pkg.a\n")
        self.write("in/pkg/new.txt", "new")
        os.unlink(self.path("in/pkg/ä ö.txt"))
        os.chmod(self.path("in/pkg/data.txt"), 0o644)
        self.kiln("build", "in", "-o", "after")
        result = self.kiln("image", "--diff", "before.tar.gz", "after", status=1)
        self.assertEqual(result.stderr, "")
        cached = f"__pycache__/own.{tap.TAG}.pyc"
        self.assertRegex(result.stdout, "(?s)own.py\n.*pkg\n.*press 1.0\n.*")
        self.assertIn("  changed own.py (11 -> 13 bytes)\n", result.stdout)
        self.assertIn("  added   pkg/new.txt (3 bytes)\n", result.stdout)
        self.assertIn("  removed pkg/ä ö.txt (8 bytes)\n", result.stdout)
        self.assertIn("  changed pkg/data.txt (mode 0755 -> 0644)\n", result.stdout)
        self.assertTrue(result.stdout.endswith("1 added, 1 removed, 3 changed\n"), result.stdout)
        found = json.loads(self.kiln("image", "--diff", "--json", "before.tar.gz", "after",
                                     status=1).stdout)
        changes = {entry["path"]: entry["change"] for package in found["packages"]
                   for entry in package["entries"]}
        self.assertEqual(changes, {"own.py": "changed", cached: "changed",
                                   "pkg/new.txt": "added", "pkg/ä ö.txt": "removed",
                                   "pkg/data.txt": "changed"})
        modes = [[entry[side]["mode"] for side in ("before", "after")]
                 for package in found["packages"] for entry in package["entries"]
                 if entry["path"] == "pkg/data.txt"]
        self.assertEqual(modes, [["0755", "0644"]])

    def test_versions_of_a_distribution_are_compared_with_each_other(self):
        self.kiln("build", "in", "-o", "before.tar")
        for name in ("METADATA", "RECORD"):
            text = FILES[f"press-1.0.dist-info/{name}"].replace("1.0", "1.1")
            self.write(f"in/press-1.1.dist-info/{name}", text)
        shutil.rmtree(self.path("in/press-1.0.dist-info"))
        self.kiln("build", "in", "-o", "after.tar")
        result = self.kiln("image", "--diff", "before.tar", "after.tar", status=1)
        self.assertEqual(result.stdout.splitlines()[0], "press 1.0 -> press 1.1")

    def layout(self, layers, name="layout", diffs=None):
        """Write a layout of tar archives as layers, as other programs do."""
        def put(content):
            digest = hashlib.sha256(content).hexdigest()
            self.write(f"{name}/blobs/sha256/{digest}", content)
            return {"digest": "sha256:" + digest, "size": len(content)}
        described = [put(gzip.compress(layer, mtime=0)) for layer in layers]
        diffs = diffs or ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
        config = put(json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {
            "type": "layers", "diff_ids": diffs}}).encode())
        kind = "application/vnd.oci.image."
        manifest = put(json.dumps({
            "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
            "config": config | {"mediaType": kind + "config.v1+json"},
            "layers": [layer | {"mediaType": kind + "layer.v1.tar+gzip"}
                       for layer in described]}).encode())
        self.write(f"{name}/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
        self.write(f"{name}/index.json", json.dumps({"schemaVersion": 2, "manifests": [
            manifest | {"mediaType": kind + "manifest.v1+json"}]}))
        return described, config, manifest

    def test_a_squashfs_is_read(self):
        if not shutil.which("sqfstar") or not shutil.which("unsquashfs"):
            self.skipTest("squashfs-tools is not installed")
        for name in ("a b", "back\\slash", "quo\"te", "#hash", "bad\udcff"):
            self.write("in/pkg/" + name, name.encode("utf-8", "surrogateescape"))
        self.write("in/pkg/large", bytes(3_000_000))
        self.kiln("build", "in", "-o", "a.tar")
        self.kiln("build", "in", "-o", "a.squashfs", "--manifest", "m.json")
        self.assertEqual(self.listed("a.squashfs"), self.listed("a.tar"))
        self.assertIn(" 0 faults", self.kiln("image", "--verify", "--manifest", "m.json",
                                             "a.squashfs").stderr)
        whole = program.read(self.path("a.squashfs"))
        used = int.from_bytes(whole[40:48], "little")  # zeros follow
        for size in (100, used // 2, used - 20):
            self.write("cut.squashfs", whole[:size])
            self.assertIn("cut.squashfs", self.kiln("image", "--list", "cut.squashfs",
                                                    status=1).stderr)
        self.assertIn("raise --limit", self.kiln("image", "--list", "--limit", "1M",
                                                 "a.squashfs", status=1).stderr)
        self.write("in/line\nbreak", "")
        self.kiln("build", "in", "-o", "b.squashfs")
        self.assertIn("has a name with a newline",
                      self.kiln("image", "--list", "b.squashfs", status=1).stderr)
        result = self.kiln("image", "--list", "a.squashfs", status=3,
                           variables={"PATH": self.directory})
        self.assertIn("unsquashfs of squashfs-tools", result.stderr)

    def test_a_damaged_squashfs_removes_nothing_of_the_machine(self):
        if not shutil.which("sqfstar") or not shutil.which("unsquashfs"):
            self.skipTest("squashfs-tools is not installed")
        if subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "kiln-test", "/dev"],
                          check=False, capture_output=True).returncode:
            self.skipTest("/dev cannot be replaced here")
        self.kiln("build", "in", "-o", "a.squashfs")
        whole = program.read(self.path("a.squashfs"))
        used = int.from_bytes(whole[40:48], "little")
        places = [*range(96), *range(96, used, 23)]
        for place in places:
            damaged = bytearray(whole)
            damaged[place] ^= 0x10
            self.write(f"damaged/{place}.squashfs", bytes(damaged))
        # unsquashfs removes what it was to write when it fails: in a /dev that nobody needs.
        ended = subprocess.run(["unshare", "--mount", "sh", "-c", """
            mount -t tmpfs kiln-test /dev && mknod -m 666 /dev/null c 1 3 &&
                ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout || exit 99
            for image in damaged/*; do
                "$0" image --verify "$image" >>out 2>&1 || echo fails
                test -L /dev/stdout || exec echo "/dev/stdout is gone: $image"
            done
            ls /dev"""[1:], tap.KILN], cwd=self.directory, env=tap.environment(), check=False,
            capture_output=True, encoding="utf-8")
        lines = ended.stdout.split("\n")
        self.assertEqual(lines[-4:], ["fd", "null", "stdout", ""], ended.stderr)
        self.assertGreater(lines.count("fails"), len(places) // 4)

    def test_layers_are_applied_in_order_with_whiteouts(self):
        self.layout([
            tar_of([entry("kept", b"1"), entry("changed", b"1"), entry("removed", b"1"),
                    entry("tree/a", b"1"), entry("tree/b/c", b"1"), entry("emptied/x", b"1"),
                    entry("file", b"1"), entry("gone/deep/y", b"1")]),
            tar_of([entry("changed", b"22"), entry(".wh.removed"), entry("tree/.wh.b"),
                    entry("emptied/.wh..wh..opq"), entry("emptied/z", b"2"),
                    entry("file", kind=tarfile.DIRTYPE), entry("file/below", b"2"),
                    entry(".wh.gone")]),
            tar_of([entry("removed", b"333"), entry("tree", b"3")])])
        found = self.listed("oci:layout")
        self.assertEqual({path: item.get("size") for path, item in found.items()}, {
            "kept": 1, "changed": 2, "removed": 3, "tree": 1, "emptied": None, "emptied/z": 1,
            "file": None, "file/below": 1})
        subprocess.run(["tar", "-cf", "../x.oci.tar", "blobs", "index.json", "oci-layout"],
                       cwd=self.path("layout"), check=True)
        self.assertEqual(self.listed("x.oci.tar"), found)

    def test_an_archive_is_a_layout_by_its_entries(self):
        self.layout([tar_of([entry("a", b"1")])])
        found = self.listed("oci:layout")
        for names in (["."], ["./oci-layout", "./index.json", "./blobs"],
                      ["index.json", "blobs", "oci-layout"]):
            subprocess.run(["tar", "-cf", "../x.oci.tar", *names], cwd=self.path("layout"),
                           check=True)
            self.assertEqual(self.listed("x.oci.tar"), found)
        self.write("x.tar", tar_of([entry("blobs", kind=tarfile.DIRTYPE),
                                    entry("blobs/__init__.py", b""), entry("oci-layout", b"1"),
                                    entry("pkg/index.json", b"{}")]))
        self.assertEqual([*self.listed("x.tar")], [
            "blobs", "blobs/__init__.py", "oci-layout", "pkg", "pkg/index.json"])

    def test_the_platform_chooses_the_image(self):
        platforms = ("--platform", "linux/arm64", "--platform", "linux/s390x")
        for name in ("oci:layout", "x.oci.tar"):
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", name, *platforms)
                self.assertIn("give --platform", self.kiln(
                    "image", "--list", name, status=1).stderr)
                found = [self.kiln("image", "--list", name, "--platform", platform).stdout
                         for platform in ("linux/arm64", "linux/s390x")]
                self.assertIn("app/pkg/data.txt", found[0])
                self.assertEqual(*found)
                self.assertIn("none of them for linux/arm:", self.kiln(
                    "image", "--list", name, "--platform", "linux/arm", status=1).stderr)
                self.kiln("image", name, "--platform", "linux/s390x", "-o", "made.tar")
                self.assertIn("pkg/data.txt", self.listed("made.tar"))
        self.kiln("build", "in", "-o", "oci:one", "--platform", "linux/arm64")
        self.listed("oci:one")
        self.assertIn("has an image for linux/arm64", self.kiln(
            "image", "--list", "oci:one", "--platform", "linux/s390x", status=1).stderr)
        self.assertIn("give --platform once", self.kiln(
            "image", "--list", "oci:layout", *platforms, status=2).stderr)

    def test_damage_of_a_layout_is_a_fault(self):
        layer = tar_of([entry("a", b"1"), entry("b", b"2" * 5000)])
        layers, config, manifest = self.layout([layer])

        def blob(described):
            return "layout/blobs/sha256/" + described["digest"].partition(":")[2]
        for described in layers + [config, manifest]:
            whole = program.read(self.path(blob(described)))
            for content in (whole[:-1], whole + b" ", whole[:40] + b"~" + whole[41:], None):
                with self.subTest(blob=described, size=content and len(content)):
                    os.unlink(self.path(blob(described)))
                    if content is not None:
                        self.write(blob(described), content)
                    for image in ("oci:layout", "x.oci.tar"):
                        subprocess.run(["tar", "-cf", "../x.oci.tar", "blobs", "index.json",
                                        "oci-layout"], cwd=self.path("layout"), check=True)
                        result = self.kiln("image", "--verify", image, status=1)
                        self.assertIn("error: ", result.stderr)
                    self.write(blob(described), whole)
        self.assertIn(" 0 faults", self.kiln("image", "--verify", "oci:layout").stderr)
        self.layout([layer], "other", ["sha256:" + "0" * 64])
        self.assertIn("its diff_id differs",
                      self.kiln("image", "--verify", "oci:other", status=1).stderr)

    def test_the_bytes_to_upload_are_told(self):
        for name in ("v1", "v2"):
            self.write("in/own.py", f"VERSION = '{name}'\n")
            self.kiln("build", "in", "-o", f"oci:layout:{name}")
        result = self.kiln("image", "--diff", "oci:layout:v1", "oci:layout:v2", status=1)
        count, size = map(int, re.search(r"to upload: (\d+) blobs, (\d+) bytes\n$",
                                         result.stdout).groups())
        blobs = {}
        for name in ("v1", "v2"):
            index = json.loads(program.read(self.path("layout/index.json")))
            manifest = next(item for item in index["manifests"] if
                            item["annotations"]["org.opencontainers.image.ref.name"] == name)
            text = json.loads(program.read(self.path(
                "layout/blobs/sha256", manifest["digest"].partition(":")[2])))
            blobs[name] = {item["digest"]: item["size"]
                           for item in [manifest, text["config"], *text["layers"]]}
        new = {digest: blobs["v2"][digest] for digest in set(blobs["v2"]) - set(blobs["v1"])}
        self.assertEqual((count, size), (len(new), sum(new.values())))

    def test_entries_that_no_image_may_have_are_faults(self):
        for entries, expected in (
                ([entry("../out", b"x")], "'../out' would be outside of the image"),
                ([entry("/abs", b"x")], "'/abs' would be outside of the image"),
                ([entry("a/../../b", b"x")], "'a/../../b' would be outside of the image"),
                ([entry("a//b", b"x")], "'a//b' has two slashes in a row in its name"),
                ([entry("a/./b", b"x")], "'a/./b' has '.' as a part of its name"),
                ([entry("", b"x")], "an entry has no name"),
                ([named("a\0b")], r"'a\x00b' has a NUL byte in its name"),
                ([entry("d/" * 256 + "x", b"x")], "d/x' is in more directories than kiln reads"),
                ([entry("a", b"x"), entry("a", b"y")], "a: error: occurs more than once"),
                ([entry("a", b"x"), entry("a/b", b"y")],
                 "a/b: error: is below an entry that is not a directory"),
                ([entry("pipe", kind=tarfile.FIFOTYPE)],
                 "pipe: error: is neither a file nor a directory nor a link"),
                ([entry("disk", kind=tarfile.BLKTYPE)],
                 "disk: error: is neither a file nor a directory nor a link"),
                ([entry("hard", kind=tarfile.LNKTYPE, target="missing")],
                 "hard: error: is a hard link to 'missing', which is not in the image"),
                ([entry("x" * 5000, b"x")], "an entry's path has 5000 bytes")):
            with self.subTest(expected=expected):
                self.write("bad.tar", tar_of([entry("good", b"1")] + entries))
                result = self.kiln("image", "--list", "bad.tar", status=1)
                self.assertIn(expected, result.stderr)
                self.assertIn("1 good\n", result.stdout)
        self.assertEqual(os.listdir(os.path.dirname(self.directory)).count("out"), 0)

    def test_the_deepest_entry_is_read(self):
        name = "d/" * 255 + "x"
        self.write("deep.tar", tar_of([entry(name, b"x")]))
        self.assertIn(f" {name}\n", self.kiln("image", "--list", "deep.tar").stdout)

    def test_long_names_do_not_fill_the_memory(self):
        entries = [entry(f"{i:05}/" + ("d" * 12 + "/") * 250 + "x") for i in range(1400)]
        self.write("bomb.tar.gz", tar_of(entries, "w:gz"))
        self.assertIn("bomb.tar.gz: error: the names of its entries take more than 512 MiB",
                      self.kiln("image", "--list", "bomb.tar.gz", status=1).stderr)

    def write_links(self, path, links, before=b""):
        """A zip archive whose links, (name, target, compression), have sizes after their data too,
        as of a program that writes to a pipe."""
        class Pipe(io.BytesIO):
            def seekable(self):
                return False

            def tell(self):
                raise OSError

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w") as archive:
            archive.writestr("good", "1")
            for name, target, compression in links:
                info = zipfile.ZipInfo(name)
                info.create_system, info.external_attr = 3, 0o120777 << 16
                info.compress_type = compression
                archive.writestr(info, target)
            archive.comment = b"a comment"
        self.write(path, before + pipe.getvalue())

    def test_links_of_a_zip_are_whole(self):
        links = [(f"{target[:1]}{compression}", target, compression)
                 for target in ("x", "good", "dir/" * 50 + "good")
                 for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)]
        for before in (b"", b"#!/usr/bin/python3\n"):
            with self.subTest(before=before):
                self.write_links("links.zip", links, before)
                self.assertEqual(
                    [line.split(None, 2)[2] for line in
                     self.kiln("image", "--list", "links.zip").stdout.splitlines()],
                    sorted([f"{name} -> {target}" for name, target, _ in links] + ["good"]))

    def test_a_link_of_a_zip_with_a_nul_byte_is_a_fault(self):
        for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            for target in ("go\0od", "good\0", "\0good", ""):
                with self.subTest(compression=compression, target=target):
                    self.write_links("bad.zip", [("first", "good", compression),
                                                 ("bad", target, compression),
                                                 ("last", "good", compression)])
                    result = self.kiln("image", "--list", "bad.zip", status=1)
                    self.assertIn("bad.zip/bad: error: is a link without a target, or with a NUL "
                                  "byte in it", result.stderr)
                    self.assertEqual(result.stderr.count("error"), 1)
                    self.assertEqual(result.stdout.count("-> good\n"), 2)

    def test_an_empty_zip_is_an_image(self):
        os.mkdir(self.path("none"))
        self.kiln("build", "none", "-o", "none.zip")
        self.kiln("image", "--verify", "none.zip")
        self.assertEqual(self.kiln("image", "--list", "none.zip").stdout, "")
        self.write("cut.zip", program.read(self.path("none.zip"))[:-1])
        self.assertIn("is not a whole zip archive",
                      self.kiln("image", "--list", "cut.zip", status=1).stderr)

    def test_bytes_after_a_gzip_member(self):
        tar = tar_of([entry("a", b"x")])
        members = gzip.compress(tar[:700]) + gzip.compress(tar[700:])
        self.write("members.tar.gz", members)
        self.kiln("image", "--list", "members.tar.gz")
        for start in (members, gzip.compress(tar)):
            self.write("more.tar.gz", start + b"more")
            self.assertIn("error: has other bytes after the end of the gzip data",
                          self.kiln("image", "--list", "more.tar.gz", status=1).stderr)

    def test_a_name_twice_in_a_zip_is_a_fault(self):
        with zipfile.ZipFile(self.path("twice.zip"), "w") as archive:
            archive.writestr("m.py", "x = 1\n")
            with self.assertWarns(UserWarning):
                archive.writestr("m.py", "x = 2\n")
        self.assertIn("twice.zip/m.py: error: occurs more than once",
                      self.kiln("image", "--list", "twice.zip", status=1).stderr)

    def test_hard_links_are_the_files_they_link_to(self):
        self.write("hard.tar", tar_of([entry("a", b"one"),
                                       entry("b", kind=tarfile.LNKTYPE, target="a")]))
        found = self.listed("hard.tar")
        self.assertEqual(found["a"] | {"path": "b"}, found["b"])

    def test_names_are_shown_so_that_they_harm_nobody(self):
        name = b"bad\xff\n\x1b[2J"
        info = tarfile.TarInfo(name.decode("utf-8", "surrogateescape"))
        self.write("name.tar", tar_of([(info, b"")]))
        result = self.kiln("image", "--list", "name.tar")
        self.assertTrue(result.stdout.endswith(" bad\\xff\\n\\x1b[2J\n"), result.stdout)
        self.assertEqual(list(self.listed("name.tar")), [info.name])

    def test_names_keep_their_bytes(self):
        """Decomposed and composed letters are different names."""
        names = ["a\u0308", "\u00e4"]
        self.write("names.tar", tar_of([entry(name) for name in names]))
        self.assertEqual(list(self.listed("names.tar")), names)

    def test_what_unpacks_to_too_much_is_refused(self):
        with zipfile.ZipFile(self.path("bomb.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("zeros", bytes(50_000_000))
        self.assertEqual(self.listed("bomb.zip")["zeros"]["size"], 50_000_000)
        self.assertIn("raise --limit",
                      self.kiln("image", "--list", "--limit", "10M", "bomb.zip", status=1).stderr)
        self.write("bomb.tar.gz", tar_of([entry("zeros", bytes(50_000_000))], "w:gz"))
        self.assertIn("raise --limit", self.kiln("image", "--list", "--limit", "10M",
                                                 "bomb.tar.gz", status=1).stderr)
        self.write("size.tar", tar_of([entry("zeros", b"x")]).replace(
            b"00000000001\0", b"\x80\0\0\0\0\x7f\0\0\0\0\0\0", 1))
        self.assertNotEqual(self.kiln("image", "--list", "size.tar", status=None).returncode, 0)

    def test_what_is_no_image_is_refused(self):
        self.write("text", "no image at all\n" * 1000)
        self.write("empty", "")
        for name in ("text", "empty", "missing", "/dev/null"):
            with self.subTest(name=name):
                self.assertIn(f"{name}: error: ",
                              self.kiln("image", "--list", name, status=1).stderr)

    def test_wrong_command_lines_are_refused(self):
        for arguments, expected in (
                ([], "nothing to do: give --list"), (["--list"], "--list takes one IMAGE"),
                (["--diff", "a"], "--diff takes two images"),
                (["--list", "--size", "a"], "--list and --size exclude each other"),
                (["--list", "--limit", "x", "a"], "invalid value 'x' for --limit")):
            with self.subTest(arguments=arguments):
                self.assertIn(expected, self.kiln("image", *arguments, status=2).stderr)


if __name__ == "__main__":
    tap.main()
