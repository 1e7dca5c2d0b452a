"""What the tests of OCI images share: layouts read and verified without kiln."""
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import unittest

import tap

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+"
TAG = "org.opencontainers.image.ref.name"
NAME = "io.fault.kiln.layer"


def program(name):
    """Skip the test if a program is not installed."""
    if not shutil.which(name, path=os.defpath + ":/usr/sbin:/sbin"):
        raise unittest.SkipTest(f"{name} is not installed")
    return name


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layout:
    """An image layout; every blob that is read is verified."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(path, "oci-layout"), encoding="utf-8") as file:
            assert json.load(file) == {"imageLayoutVersion": "1.0.0"}
        with open(os.path.join(path, "index.json"), encoding="utf-8") as file:
            self.index = json.load(file)
        assert self.index["schemaVersion"] == 2
        assert self.index.get("mediaType", INDEX) == INDEX

    def blob(self, descriptor):
        name = descriptor["digest"].removeprefix("sha256:")
        with open(os.path.join(self.path, "blobs", "sha256", name), "rb") as file:
            data = file.read()
        assert digest(data) == descriptor["digest"] and len(data) == descriptor["size"]
        return data

    def document(self, descriptor):
        found = json.loads(self.blob(descriptor))
        assert found.get("mediaType", descriptor["mediaType"]) == descriptor["mediaType"]
        return found

    def entry(self, tag="latest"):
        found = [entry for entry in self.index["manifests"]
                 if entry.get("annotations", {}).get(TAG) == tag]
        assert len(found) == 1, self.index
        return found[0]

    def image(self, tag="latest"):
        return Image(self, self.entry(tag))

    def tags(self):
        return [entry.get("annotations", {}).get(TAG) for entry in self.index["manifests"]]

    def blobs(self):
        return sorted(os.listdir(os.path.join(self.path, "blobs", "sha256")))


class Image:
    """An image of one platform: its documents, and its layers as open tars by their names."""

    def __init__(self, layout, descriptor):
        self.descriptor = descriptor
        self.manifest = layout.document(descriptor)
        assert self.manifest["mediaType"] == MANIFEST
        self.config = layout.document(self.manifest["config"])
        ids = self.config["rootfs"]["diff_ids"]
        assert len(ids) == len(self.manifest["layers"])
        assert len([step for step in self.config["history"]
                    if not step.get("empty_layer")]) == len(ids)
        self.tars = []
        for layer, diff_id in zip(self.manifest["layers"], ids):
            data = uncompressed(layer["mediaType"], layout.blob(layer))
            assert digest(data) == diff_id, layer
            self.tars.append(data)

    def run(self):
        return self.config["config"]

    def layers(self):
        """{name of a layer: {path: entry of its tar}}, in order."""
        return {layer.get("annotations", {}).get(NAME, index): entries(data)
                for index, (layer, data) in enumerate(zip(self.manifest["layers"], self.tars))}

    def digests(self):
        return {layer.get("annotations", {}).get(NAME, index): layer["digest"]
                for index, layer in enumerate(self.manifest["layers"])}

    def files(self):
        """{path: bytes of a file, text of a link, None for a directory}, all layers applied."""
        found = {}
        for data in self.tars:
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for entry in tar:
                    found[entry.name] = (
                        None if entry.isdir() else entry.linkname if entry.issym()
                        else tar.extractfile(entry).read())
        return found


def uncompressed(media_type, data):
    if media_type == LAYER + "gzip":
        return gzip.decompress(data)
    assert media_type == LAYER + "zstd"
    return subprocess.run([program("zstd"), "-dc"], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def entries(data):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {entry.name: entry for entry in tar}


class Case(tap.Case):
    def setUp(self):
        super().setUp()
        for name, text in self.files().items():
            self.write("src/" + name, text)

    @staticmethod
    def files():
        return {}

    def image(self, *options, name="image", tag="latest", source="src", status=0, variables=None):
        """Build an OCI image of the source, and read it."""
        self.kiln("build", "-q", source, "-o", f"oci:{name}:{tag}", *options, status=status,
                  variables=variables)
        return Layout(self.path(name)).image(tag)

    def call(self, *command, status=0, **options):
        """Run another program."""
        program(command[0])
        result = subprocess.run(command, cwd=self.directory, capture_output=True, text=True,
                                check=False, timeout=300, **options)
        if status is not None:
            self.assertEqual(result.returncode, status, f"{command}\n{result.stderr}")
        return result


def wheel_record(name, version, files):
    """The files of an installed distribution: those given, and a dist-info with a RECORD."""
    info = f"{name}-{version}.dist-info"
    files = dict(files) | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
    rows = "".join(f"{path},,\n" for path in sorted(files)) + f"{info}/RECORD,,\n"
    return files | {f"{info}/RECORD": rows}
