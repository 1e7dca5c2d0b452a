"""`kiln image --verify` finds each kind of damage, and says which modules Python compiles."""
import base64
import gzip
import hashlib
import io
import json
import lzma
import os
import py_compile
import resource
import shutil
import subprocess
import sys
import tarfile
import unittest
import zipfile
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

FILES = {
    "pkg/__init__.py": b"from . import a\n",
    "pkg/a.py": b"A = 1\n" * 50,
    "pkg/b.py": b"import sys\n" * 20,
}
INFO = "press-1.0.dist-info/"


def row(path, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}\n"


class Verify(tap.Case):
    def setUp(self):
        super().setUp()
        for path, content in FILES.items():
            self.write("in/" + path, content)
        metadata = b"Metadata-Version: 2.1\nName: press\nVersion: 1.0\n"
        self.write("in/" + INFO + "METADATA", metadata)
        record = "".join(row(path, content) for path, content in FILES.items())
        self.write("in/" + INFO + "RECORD",
                   record + row(INFO + "METADATA", metadata) + INFO + "RECORD,,\n")

    def verify(self, name, status=0, *options):
        return self.kiln("image", "--verify", *options, name, status=status)

    def entries(self, name):
        return json.loads(self.kiln("image", "--list", "--json", name).stdout)["entries"]

    def modules(self, name, status=0):
        found = json.loads(self.verify(name, status, "--json").stdout)
        return {module["path"]: module for module in found["modules"]}

    def assert_fault(self, name, expected):
        result = self.verify(name, 1)
        self.assertRegex(result.stderr, expected)
        self.assertRegex(result.stderr, r"\n?kiln: .*[1-9]\d* faults? in ")

    def test_images_of_kiln_have_no_faults(self):
        for name in ("image", "a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst", "a.tar.bz2"):
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", name)
                result = self.verify(name)
                self.assertEqual(result.stdout, "")
                self.assertIn(" 3 modules, 0 faults in ", result.stderr)

    def test_every_byte_of_bytecode_and_record_counts(self):
        """One byte after the other is another one: there is a fault each time."""
        self.kiln("build", "in", "-o", "image")
        path = self.path("image", program.cached("pkg/b.py"))
        whole = program.read(path)
        missed = []
        for at in range(0, len(whole), 7):
            damaged = bytearray(whole)
            damaged[at] ^= 0xff
            self.write(path, damaged)
            if self.verify("image", None).returncode != 1:
                missed.append(at)
        # What is inside of a string or number is any bytes.
        self.assertFalse([at for at in missed if at < 16], missed)
        self.write(path, whole)
        for length in (0, 3, 15, 16, 17, len(whole) // 2, len(whole) - 1):
            with self.subTest(length=length):
                self.write(path, whole[:length])
                self.assert_fault("image", r"b\..*\.pyc: error: is (too short|not whole)")
        self.write(path, whole + b"N")
        self.assert_fault("image", r"b\..*\.pyc: error: is not whole")

    def test_a_wrong_magic_number_is_a_fault(self):
        self.kiln("build", "in", "-o", "image")
        path = self.path("image", program.cached("pkg/a.py"))
        whole = program.read(path)
        self.write(path, b"\x12\x34\r\n" + whole[4:])
        self.assert_fault("image", "a.*pyc: error: has the magic number of no known CPython")
        other = 3571 if tap.TAG != "cpython-313" else 3531
        self.write(path, other.to_bytes(2, "little") + whole[2:])
        self.assert_fault("image", f"is named for {tap.TAG}, but is bytecode of cpython-31")
        self.write(path, whole[:4] + b"\x08\0\0\0" + whole[8:])
        self.assert_fault("image", "has flags in its header that mean nothing")

    def test_bytecode_of_another_source_is_a_fault(self):
        self.kiln("build", "in", "-o", "image")
        self.write("image/pkg/a.py", b"A = 2\n" * 50)
        self.assert_fault(
            "image", r"a\..*pyc: error: is bytecode of another source than 'pkg/a.py'")

    def test_what_record_says_is_checked(self):
        self.kiln("build", "in", "-o", "image")
        path = "image/pkg/a.py"
        self.write(path, FILES["pkg/a.py"].replace(b"1", b"2", 1))
        self.assert_fault("image", "pkg/a.py: error: is not the file that .*RECORD' has the digest")
        self.write(path, FILES["pkg/a.py"] + b"#")
        self.assert_fault("image", "pkg/a.py: error: has 301 bytes, but 300 by ")
        os.unlink(self.path(path))
        self.assert_fault("image", "RECORD: error: names 'pkg/a.py', which is not in the image")
        self.write("image/" + INFO + "RECORD", "../../out,,\n")
        self.assert_fault("image", "RECORD: error: names '../../out', which is outside")
        self.write("image/" + INFO + "RECORD", '"pkg/a.py,,\n')
        self.assert_fault("image", "RECORD: error: ")

    def test_a_long_record_is_read(self):
        row_of = INFO + "METADATA,md5="
        self.kiln("build", "in", "-o", "image")
        record = "image/" + INFO + "RECORD"
        self.write(record, program.read(self.path(record)) +
                   (row_of + "A" * 1_000_000 + ",\n").encode() * 18)
        self.assertIn(" 0 faults", self.verify("image").stderr)

    def test_a_digest_in_record_may_be_hexadecimal(self):
        digest = hashlib.sha256(FILES["pkg/a.py"]).hexdigest()
        self.write("in/" + INFO + "RECORD", f"pkg/a.py,sha256={digest},300\n")
        self.kiln("build", "in", "-o", "image")
        self.assertIn("0 faults", self.verify("image").stderr)
        self.write("image/pkg/a.py", FILES["pkg/a.py"].replace(b"1", b"2", 1))
        self.assert_fault("image", "pkg/a.py: error: is not the file")

    def test_distributions_of_the_system_are_whole(self):
        site = "/usr/lib/python3/dist-packages"
        found = [entry for entry in ("blinker", "blinker-1.5.dist-info", "rich",
                                     "rich-13.3.1.dist-info")
                 if os.path.isdir(os.path.join(site, entry))]
        if not found:
            self.skipTest("no such distribution is installed")
        for name in found:
            shutil.copytree(os.path.join(site, name), self.path("site", name))
        for name in ("image", "a.tar.zst", "oci:layout:v1"):
            self.kiln("build", "site", "-o", name)
            self.assertIn(" 0 faults", self.verify(name).stderr)

    def test_links_that_lead_out_are_faults(self):
        self.kiln("build", "in", "-o", "image")
        for target in ("/etc/passwd", "../../secret"):
            os.symlink(target, self.path("image/pkg/link"))
            self.assert_fault("image", "pkg/link: error: leads out of the image")
            os.unlink(self.path("image/pkg/link"))

    def test_archives_that_are_cut_off_are_faults(self):
        self.write("in/pkg/data", os.urandom(30_000))
        for name in ("a.tar", "a.tar.gz", "a.tar.xz", "a.tar.zst", "a.tar.bz2"):
            self.kiln("build", "in", "-o", name)
            whole = program.read(self.path(name))
            for part in (0.1, 0.5, 0.9, 0.99) if name != "a.tar" else (0.1, 0.5):
                with self.subTest(name=name, part=part):
                    self.write("cut" + name[1:], whole[:int(len(whole) * part)])
                    self.verify("cut" + name[1:], 1)
            if name != "a.tar":  # nothing of the archive comes out of it
                self.write("cut" + name[1:], whole[:30])
                self.assert_fault("cut" + name[1:], f"^cut{name[1:]}: error: is damaged: ")
        self.kiln("build", "in", "-o", "a.tar")
        whole = program.read(self.path("a.tar"))
        for length in range(512, len(whole), 512):
            self.write("cut.tar", whole[:length])
            if self.verify("cut.tar", None).returncode == 0:  # only zeros are gone
                self.assertEqual(whole[length - 1024:].strip(b"\0"), b"")

    def test_a_byte_that_changed_in_a_compressed_archive_is_a_fault(self):
        """Of zstd only what is not content: what libarchive writes has no checksum there."""
        self.write("in/pkg/data", os.urandom(3_000))
        for name in ("a.tar.gz", "a.tar.xz", "a.tar.bz2"):
            self.kiln("build", "in", "-o", name)
            whole = program.read(self.path(name))
            missed = []
            for at in range(10, len(whole), max(len(whole) // 60, 1)):
                damaged = bytearray(whole)
                damaged[at] ^= 0x10
                self.write("bad" + name[1:], damaged)
                # Deflate has bits that mean nothing, before a block that is stored.
                if self.verify("bad" + name[1:], None).returncode == 0 and (
                        self.entries("bad" + name[1:]) != self.entries(name)):
                    missed.append(at)
            with self.subTest(name=name):
                self.assertEqual(missed, [])

    @unittest.skipIf(tap.SANITIZERS, "sanitizers need more memory for themselves")
    def test_what_needs_more_memory_than_there_is_is_no_damage(self):
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("x"))
        packed = bytearray(lzma.compress(whole.getvalue(), filters=[{"id": lzma.FILTER_LZMA2}]))
        end = 12 + packed[12] * 4  # of the header of the first block, before its CRC
        packed[packed.index(b"\x21\x01", 12) + 2] = 40  # the dictionary of LZMA2: 4 GiB
        packed[end:end + 4] = zlib.crc32(packed[12:end]).to_bytes(4, "little")
        self.write("a.tar.xz", bytes(packed))
        result = self.kiln("image", "--list", "a.tar.xz", status=3, preexec_fn=lambda:
                           resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)))
        self.assertIn("error: cannot decompress: Cannot allocate memory", result.stderr)
        self.assertNotIn("damaged", result.stderr)

    def test_a_byte_that_changed_in_a_zip_is_a_fault(self):
        with zipfile.ZipFile(self.path("a.zip"), "w", zipfile.ZIP_DEFLATED) as archive:
            for path, content in FILES.items():
                archive.writestr(path, content)
            archive.writestr("data", os.urandom(1000))
        whole = program.read(self.path("a.zip"))
        with zipfile.ZipFile(self.path("a.zip")) as archive:
            for info in archive.infolist():
                begin = info.header_offset + 30 + len(info.filename)
                for at in range(begin, begin + info.compress_size):
                    damaged = bytearray(whole)
                    damaged[at] ^= 0x55
                    if at % 5 == 0:
                        self.write("bad.zip", damaged)
                        with self.subTest(name=info.filename, at=at - begin):
                            self.assert_fault("bad.zip", f"bad.zip/{info.filename}: error: ")
        self.write("bad.zip", whole[:len(whole) // 2])
        self.verify("bad.zip", 1)

    def test_wheels_agree_with_their_record(self):
        def wheel(extra):
            shutil.rmtree(self.path("w"), ignore_errors=True)
            with zipfile.ZipFile(self.path("press-1.0-py3-none-any.whl"), "w") as archive:
                for parent, _, names in os.walk(self.path("in")):
                    for name in names:
                        path = os.path.join(parent, name)
                        archive.write(path, os.path.relpath(path, self.path("in")))
                for path in extra:
                    archive.writestr(path, "x")
        wheel([])
        self.assertIn("0 faults", self.verify("press-1.0-py3-none-any.whl").stderr)
        wheel([INFO + "RECORD.jws"])
        self.assertIn("0 faults", self.verify("press-1.0-py3-none-any.whl").stderr)
        wheel(["pkg/smuggled.py"])
        self.assert_fault("press-1.0-py3-none-any.whl",
                          "pkg/smuggled.py: error: is in the wheel, but not in its RECORD")

    def python_compiles(self, path, modules):
        """The modules that Python compiles when it imports them from here."""
        code = ("import importlib, sys; seen = []; sys.path.insert(0, sys.argv[1])\n"
                "sys.addaudithook(lambda event, values: event == 'compile' and"
                " isinstance(values[1], str) and seen.append(values[1]))\n"
                "for name in sys.argv[2:]: importlib.import_module(name)\n"
                "print([name[len(sys.argv[1]) + 1:] for name in seen])")
        return eval(subprocess.run(
            [tap.PYTHON, "-I", "-S", "-B", "-c", code, self.path(path), *modules], check=True,
            capture_output=True, text=True).stdout)

    def test_what_python_would_compile_is_what_it_compiles(self):
        tree = self.path("tree")
        shutil.copytree(self.path("in"), tree)
        for path, mode in (("pkg/__init__.py", py_compile.PycInvalidationMode.TIMESTAMP),
                           ("pkg/a.py", py_compile.PycInvalidationMode.CHECKED_HASH),
                           ("pkg/b.py", py_compile.PycInvalidationMode.UNCHECKED_HASH)):
            py_compile.compile(os.path.join(tree, path), invalidation_mode=mode, doraise=True)
        self.write("tree/late.py", "L = 1\n")
        py_compile.compile(self.path("tree/late.py"), doraise=True,
                           invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
        os.utime(self.path("tree/late.py"), (400_000_000, 400_000_000))
        self.write("tree/plain.py", "P = 1\n")
        self.write("tree/beside.py", "B = 1\n")
        py_compile.compile(self.path("tree/beside.py"), self.path("tree/beside.pyc"), doraise=True)
        self.write("tree/alone.py", "N = 1\n")
        py_compile.compile(self.path("tree/alone.py"), self.path("tree/alone.pyc"), doraise=True)
        os.unlink(self.path("tree/alone.py"))
        names = ["pkg", "pkg.a", "pkg.b", "late", "plain", "beside", "alone"]
        found = self.modules("tree")
        self.assertEqual({path for path, module in found.items() if "reason" in module},
                         set(self.python_compiles("tree", names)))
        self.assertEqual(set(found), {"pkg/__init__.py", "pkg/a.py", "pkg/b.py", "late.py",
                                      "plain.py", "beside.py", "alone.pyc"})
        self.assertEqual(found["pkg/a.py"]["loads"], [tap.TAG])
        lines = self.verify("tree", 0, "-v").stdout.splitlines()
        self.assertIn("late.py: has bytecode for another modification time", lines)
        self.assertIn(f"alone.pyc: loads {tap.TAG}", lines)
        # The same files in a zip archive: only what stands beside counts.
        shutil.make_archive(self.path("tree"), "zip", tree)
        found = self.modules("tree.zip")
        self.assertEqual({path for path, module in found.items() if "reason" in module},
                         set(self.python_compiles("tree.zip", names)))
        self.assertIn("not looked at in a zip", found["pkg/a.py"]["reason"])

    def test_all_that_an_oci_image_refers_to_is_checked(self):
        self.kiln("build", "in", "-o", "oci:layout:1", "--attach", "--platform", "linux/arm64",
                  "--platform", "linux/s390x")
        options = ("--platform", "linux/s390x")
        self.assertIn(" 0 faults", self.verify("oci:layout:1", 0, *options).stderr)
        for name in oci.Layout(self.path("layout")).blobs():
            path = self.path("layout/blobs/sha256", name)
            whole = program.read(path)
            with self.subTest(blob=name):
                for content in (bytes([whole[0] ^ 1]) + whole[1:], whole + b" "):
                    self.write(path, content)
                    for image in ("oci:layout:1", "x.oci.tar"):
                        subprocess.run(["tar", "-C", self.path("layout"), "-cf",
                                        self.path("x.oci.tar"), "."], check=True)
                        found = self.verify(image, 1, *options).stderr
                        self.assertIn(name, found)
                        self.assertNotIn(" 0 faults", found)
                self.write(path, whole)
        self.assertIn(" 0 faults", self.verify("oci:layout:1", 0, *options).stderr)

    def test_other_images_of_a_layout_are_not_checked(self):
        self.kiln("build", "in", "-o", "oci:layout:1", "--attach")
        before = set(oci.Layout(self.path("layout")).blobs())
        self.write("in/new.py", "N = 1\n")
        self.kiln("build", "in", "-o", "oci:layout:2", "--attach")
        for name in set(oci.Layout(self.path("layout")).blobs()) - before:
            self.write("layout/blobs/sha256/" + name, "other")
        self.assertIn(" 0 faults", self.verify("oci:layout:1").stderr)
        self.verify("oci:layout:2", 1)

    def test_modules_of_a_base_share_a_line(self):
        """A base that kiln did not make: its history says so."""
        self.write("rootfs/usr/lib/x.py", "X = 1\n")
        self.write("rootfs/usr/lib/y.py", "Y = 1\n")
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.add(self.path("rootfs"), arcname=".")

        def put(blob):
            name = oci.digest(blob).removeprefix("sha256:")
            self.write(f"base/blobs/sha256/{name}", blob)
            return {"digest": oci.digest(blob), "size": len(blob)}

        for history in ([{"created_by": "base"}, {"created_by": "x", "empty_layer": True}], []):
            config = put(json.dumps({
                "architecture": "amd64", "os": "linux", "history": history,
                "rootfs": {"type": "layers", "diff_ids": [oci.digest(data.getvalue())]},
            }).encode()) | {"mediaType": oci.CONFIG}
            layer = put(gzip.compress(data.getvalue())) | {"mediaType": oci.LAYER + "gzip"}
            manifest = put(json.dumps({
                "schemaVersion": 2, "mediaType": oci.MANIFEST, "config": config,
                "layers": [layer]}).encode()) | {"mediaType": oci.MANIFEST}
            self.write("base/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
            self.write("base/index.json",
                       json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
            names = ["usr/lib/x.py: has no bytecode", "usr/lib/y.py: has no bytecode"]
            with self.subTest(history=history):
                self.assertEqual(self.verify("oci:base").stdout.splitlines(), names)
                self.kiln("build", "in", "-o", "oci:top", "--base", "oci:base")
                result = self.verify("oci:top")
                self.assertEqual(result.stdout,
                                 "2 modules of the base would be compiled: -v lists them\n")
                self.assertIn(", 2 would be compiled", result.stderr)
                self.assertLessEqual(set(names),
                                     set(self.verify("oci:top", 0, "-v").stdout.splitlines()))
                self.assertIn("usr/lib/x.py", self.modules("oci:top"))

    def test_a_missing_attachment_is_a_fault(self):
        self.kiln("build", "in", "-o", "oci:layout", "--attach")
        layout = oci.Layout(self.path("layout"))
        manifest = layout.document(layout.index["manifests"][1])
        name = manifest["layers"][0]["digest"].removeprefix("sha256:")
        os.unlink(self.path("layout/blobs/sha256", name))
        self.assert_fault("oci:layout", name + ".* is missing")

    def test_levels_are_told(self):
        self.kiln("build", "--optimize", "0", "--optimize", "2", "in", "-o", "a.tar")
        self.assertEqual(sorted(self.modules("a.tar")["pkg/a.py"]["loads"]),
                         [tap.TAG, tap.TAG + ".opt-2"])


if __name__ == "__main__":
    tap.main()
