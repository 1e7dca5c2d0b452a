"""OCI images on top of others: what is inherited, what is shared, and what is refused."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

EMPTY_TAR = bytes(10240)
ID = oci.digest(EMPTY_TAR)


class Base(oci.Case):
    @staticmethod
    def files():
        return {"own.py": "VALUE = 1\n"}

    def put(self, data, name="base"):
        """Put a blob into a layout; its digest and size."""
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        self.write(f"{name}/blobs/sha256/{oci.digest(data).removeprefix('sha256:')}", data)
        return {"digest": oci.digest(data), "size": len(data)}

    def base_image(self, architecture="amd64", layer=None, **config):
        """Put an image into the layout; its descriptor."""
        layer = layer or self.put(b"not read") | {"mediaType": oci.LAYER + "gzip"}
        config = {
            "created": "2001-01-01T00:00:00Z", "architecture": architecture, "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [ID]},
            "history": [{"created_by": "base", "comment": architecture}]} | config
        return self.put({
            "schemaVersion": 2, "mediaType": oci.MANIFEST,
            "config": self.put(config) | {"mediaType": oci.CONFIG}, "layers": [layer],
        }) | {"mediaType": oci.MANIFEST}

    def layout(self, *entries):
        self.write("base/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
        self.write("base/index.json", json.dumps({"schemaVersion": 2, "manifests": entries}))

    def build(self, *options, base="oci:base", status=0, name="image"):
        return self.kiln("build", "-q", "src", "-o", f"oci:{name}", "--base", base, *options,
                         status=status)

    def read(self, name="image"):
        """The image, whose base has a layer that is none."""
        layout = oci.Layout(self.path(name))
        manifest = layout.document(layout.entry())
        return manifest, layout.document(manifest["config"])


def tagged(descriptor, tag, **others):
    return descriptor | {"annotations": {oci.TAG: tag}} | others


class Inherits(Base):
    def test_config_history_and_layers(self):
        self.layout(tagged(self.base_image(
            author="Ann", config={
                "User": "web", "Env": ["PATH=/bin", "A=1", "PYTHONPATH=/lib"], "Cmd": ["sh"],
                "Entrypoint": ["init"], "WorkingDir": "/srv", "Labels": {"a": "1", "b": "1"},
                "ExposedPorts": {"80/tcp": {}}, "StopSignal": "SIGINT", "Volumes": {"/v": {}}}),
            "v1"))
        self.build("--env", "A=2", "--label", "b=2", "--expose", "443", "--optimize", "1")
        manifest, config = self.read()
        self.assertEqual(config["config"], {
            "User": "web", "ExposedPorts": {"443/tcp": {}, "80/tcp": {}},
            "Env": ["PATH=/bin", "A=2", "PYTHONPATH=/app:/lib", "PYTHONOPTIMIZE=1"],
            "Entrypoint": ["init"], "Cmd": ["sh"], "WorkingDir": "/srv",
            "Labels": {"a": "1", "b": "2"}, "StopSignal": "SIGINT", "Volumes": {"/v": {}}})
        self.assertEqual([step["comment"] for step in config["history"]],
                         ["amd64", "application"])
        self.assertEqual(config["author"], "Ann")
        self.assertEqual(config["rootfs"]["diff_ids"][0], ID)
        self.assertEqual(len(manifest["layers"]), 2)
        self.assertTrue(os.path.exists(self.path(
            "image/blobs/sha256", manifest["layers"][0]["digest"].removeprefix("sha256:"))))

    def test_an_entrypoint_drops_the_bases_command(self):
        self.layout(self.base_image(config={"Cmd": ["sh"], "Entrypoint": ["init"]}))
        self.build("--entrypoint", "python3")
        run = self.read()[1]["config"]
        self.assertEqual((run["Entrypoint"], run.get("Cmd")), (["python3"], None))
        self.build("--cmd", "x")
        run = self.read()[1]["config"]
        self.assertEqual((run["Entrypoint"], run["Cmd"]), (["init"], ["x"]))

    def test_directories_above_the_prefix_are_the_bases(self):
        self.layout(self.base_image())
        self.build("--prefix", "/lib/python3/site")
        layout = oci.Layout(self.path("image"))
        layer = layout.document(layout.entry())["layers"][-1]
        names = oci.entries(oci.uncompressed(layer["mediaType"], layout.blob(layer)))
        self.assertEqual(list(names)[0], "lib/python3/site")

    def test_the_platform_chooses_in_indexes(self):
        index = self.put({"schemaVersion": 2, "mediaType": oci.INDEX, "manifests": [
            self.base_image("amd64") | {"platform": {"os": "linux", "architecture": "amd64"}},
            self.base_image("arm64") | {
                "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            self.base_image("arm64") | {"platform": {"os": "unknown", "architecture": "unknown"}},
        ]}) | {"mediaType": oci.INDEX}
        self.layout(tagged(index, "many"), tagged(self.base_image("s390x"), "other"))
        for platform in ("linux/arm64", "linux/arm64/v8", "linux/amd64"):
            self.build("--platform", platform, base="oci:base:many")
            self.assertEqual(self.read()[1]["history"][0]["comment"], platform.split("/")[1])
        self.assertIn("none of them for linux/mips64", self.build(
            "--platform", "linux/mips64", base="oci:base:many", status=1).stderr)
        self.assertIn("not for linux/amd64", self.build(
            "--platform", "linux/amd64", base="oci:base:other", status=1).stderr)
        self.build("--platform", "linux/amd64", "--platform", "linux/arm64", base="oci:base:many",
                   name="both")
        layout = oci.Layout(self.path("both"))
        found = [layout.document(layout.document(entry)["config"])["history"][0]["comment"]
                 for entry in layout.document(layout.entry())["manifests"]]
        self.assertEqual(found, ["amd64", "arm64"])

    def test_the_tag_chooses(self):
        self.layout(tagged(self.base_image("arm"), "a"), tagged(self.base_image("s390x"), "latest"))
        self.build()
        self.assertEqual(self.read()[1]["architecture"], "s390x")
        self.build(base="oci:base:a")
        self.assertEqual(self.read()[1]["architecture"], "arm")
        self.assertIn("has no image 'b'", self.build(base="oci:base:b", status=1).stderr)

    def test_several_images_need_a_tag(self):
        arm, s390x = self.base_image("arm"), self.base_image("s390x")
        expected = ("has 2 images, none of them called 'latest': name one with its tag, "
                    "oci:DIR:TAG: 'a'")
        machine = {"platform": {"os": "linux", "architecture": "arm"}}
        for entries in ([tagged(arm, "a", **machine), tagged(s390x, "b")],
                        [tagged(arm, "a"), s390x], [s390x, tagged(arm, "a")]):
            self.layout(*entries)
            for command in (("build", "src", "-o", "oci:image", "--base", "oci:base"),
                            ("build", "src", "-o", "oci:image", "--base", "oci:base",
                             "--platform", "linux/arm"),
                            ("image", "--list", "oci:base"), ("image", "--verify", "oci:base"),
                            ("image", "oci:base", "-o", "x.tar"),
                            ("image", "oci:base", "oci:base:a", "-o", "oci:image")):
                self.assertIn(expected, self.kiln(*command, status=1).stderr)
        self.assertEqual(sorted(os.listdir(self.directory)), ["base", "src"])
        # Nothing to choose: names of one image, or its platforms.
        for entries in ([tagged(arm, "a"), tagged(arm, "b")], [arm | machine, s390x],
                        [tagged(arm, "a", **machine), tagged(s390x, "a")],
                        [tagged(s390x, "a"), tagged(arm, "latest")]):
            self.layout(*entries)
            self.build("--platform", "linux/arm")
            self.assertEqual(self.read()[1]["architecture"], "arm")

    def test_the_same_layout_shares_the_bases_layers(self):
        layer = self.path("base/blobs/sha256/" + "0" * 64)
        os.makedirs(os.path.dirname(layer))
        with open(layer, "wb") as file:
            file.truncate(1 << 30)
        self.layout(tagged(self.base_image(layer={
            "digest": "sha256:" + "0" * 64, "size": 1 << 30, "mediaType": oci.LAYER + "gzip"}),
            "v1"))
        before = os.stat(layer)
        self.build(base="oci:base:v1", name="base:v2")
        after = os.stat(layer)
        self.assertEqual((before.st_ino, before.st_mtime_ns, before.st_atime_ns),
                         (after.st_ino, after.st_mtime_ns, after.st_atime_ns))
        self.assertEqual(oci.Layout(self.path("base")).tags(), ["v1", "v2"])

    def test_a_file_that_becomes_a_directory_gets_a_whiteout(self):
        for path, names in (("a", ("data", "dir/inner", "pkg")), ("b", ("data/x", "other")),
                            ("c", ("data/y", "dir/inner/z", "other/w"))):
            for name in names:
                self.write(f"{path}/{name}", path)
        self.kiln("build", "a", "-o", "oci:image:a")
        self.kiln("build", "b", "-o", "oci:image:b", "--base", "oci:image:a")
        self.kiln("build", "c", "-o", "oci:image:c", "--base", "oci:image:b",
                  "--layer", "first=other")
        layout = oci.Layout(self.path("image"))
        found = [[sorted(name for name in oci.entries(data) if ".wh." in name)
                  for data in layout.image(tag).tars] for tag in "abc"]
        self.assertEqual(found, [
            [[]], [[], ["app/.wh.data"]],
            [[], ["app/.wh.data"], ["app/.wh.other"], ["app/dir/.wh.inner"]]])
        self.call("umoci", "unpack", "--rootless", "--image", "image:c", "bundle")
        tree = []
        for directory, _, names in os.walk(self.path("bundle/rootfs")):
            tree += [os.path.relpath(os.path.join(directory, name), self.path("bundle/rootfs"))
                     for name in names]
        self.assertEqual(sorted(tree), ["app/data/x", "app/data/y", "app/dir/inner/z",
                                        "app/other/w", "app/pkg"])

    def file_and_directory(self):
        """An image with a file, and a source with a directory of its name; the path of the note."""
        self.write("a/data", "a")
        self.write("a/dir/inner", "a")
        self.write("c/data/y", "c")
        self.write("c/dir/x", "c")
        self.kiln("build", "a", "-o", "oci:image:a")
        return oci.Layout(self.path("image")).image("a").manifest["annotations"][
            "io.fault.kiln.files"].split()[0].removeprefix("sha256:")

    def whiteouts(self, name, tag="latest"):
        return [path for path in oci.Layout(self.path(name)).image(tag).files() if ".wh." in path]

    def test_layers_are_read_for_a_note_that_is_missing_or_wrong(self):
        note = self.file_and_directory()
        command = ("build", "c", "-o", "oci:image:c", "--base", "oci:image:a")
        for text in (None, "wrong"):
            with self.subTest(text=text):
                if text:
                    self.write("image/blobs/sha256/" + note, text)
                else:
                    os.remove(self.path("image/blobs/sha256", note))
                self.assertNotIn("warning", self.kiln(*command).stderr)
                self.assertEqual(self.whiteouts("image", "c"), ["app/.wh.data"])
        manifest = oci.Layout(self.path("image")).image("a").manifest
        layer = self.path("image/blobs/sha256", manifest["layers"][0]["digest"][7:])
        with open(layer, "r+b") as file:
            file.write(b"x")
        self.assertIn("image: warning: the note of the base's files is missing",
                      self.kiln(*command).stderr)

    def test_a_whiteout_survives_copies_of_the_base_and_of_the_image(self):
        self.file_and_directory()
        self.call("skopeo", "copy", "oci:image:a", "oci:copy:a")
        self.assertNotIn("warning", self.kiln(
            "build", "c", "-o", "oci:copy:c", "--base", "oci:copy:a").stderr)
        self.call("skopeo", "copy", "oci:image:a", "oci-archive:copy.oci.tar")
        self.kiln("build", "c", "-o", "oci:other:c", "--base", "copy.oci.tar")
        self.assertEqual(self.whiteouts("other", "c"), ["app/.wh.data"])
        self.call("skopeo", "copy", "oci:copy:c", "docker-archive:c.tar")
        self.call("skopeo", "copy", "docker-archive:c.tar", "oci:back:c")
        self.assertEqual(self.whiteouts("back", "c"), ["app/.wh.data"])
        self.call("umoci", "unpack", "--rootless", "--image", "back:c", "bundle")
        self.assertEqual(sorted(os.listdir(self.path("bundle/rootfs/app"))), ["data", "dir"])
        self.assertEqual(sorted(os.listdir(self.path("bundle/rootfs/app/dir"))), ["inner", "x"])

    def test_a_base_without_a_note_needs_no_whiteout(self):
        self.file_and_directory()
        self.call("skopeo", "copy", "oci:image:a", "docker-archive:a.tar")
        self.call("skopeo", "copy", "docker-archive:a.tar", "oci:plain:a")
        self.kiln("build", "c", "-o", "oci:plain:c", "--base", "oci:plain:a")
        self.assertEqual(self.whiteouts("plain", "c"), [])
        self.call("umoci", "unpack", "--rootless", "--image", "plain:c", "bundle")
        self.assertEqual(os.listdir(self.path("bundle/rootfs/app/data")), ["y"])

    def test_kiln_appends_to_its_own_images_for_umoci(self):
        oci.program("umoci")
        self.write("lib/helper.py", "VALUE = 2\n")
        self.kiln("build", "lib", "-o", "oci:image:base", "--prefix", "/lib", "--user", "5")
        self.kiln("build", "src", "-o", "oci:image:top", "--base", "oci:image:base")
        image = oci.Layout(self.path("image")).image("top")
        self.assertEqual(image.run()["User"], "5")
        self.call("umoci", "unpack", "--rootless", "--image", "image:top", "bundle")
        for path, text in (("lib/helper.py", b"VALUE = 2\n"), ("app/own.py", b"VALUE = 1\n")):
            self.assertEqual(program.read(self.path("bundle/rootfs", path)), text)


class Refuses(Base):
    def refuse(self, text, status=1):
        result = self.build(status=status)
        self.assertIn(text, result.stderr)
        self.assertNotIn("image", os.listdir(self.directory))

    def test_what_is_no_layout(self):
        self.refuse("No such file")
        self.write("base/blobs")
        self.refuse("no OCI image layout")
        self.write("base/oci-layout", '{"imageLayoutVersion": "9"}')
        self.refuse("another version")
        self.write("base/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
        self.refuse("index.json")
        self.write("base/index.json", "{}")
        self.refuse("no list of manifests")
        self.write("base/index.json", '{"manifests": []}')
        self.refuse("has no image")
        self.write("base/index.json", "[" * 1000)
        self.refuse("index.json")
        self.write("base/index.json", b" " * (9 << 20))
        self.refuse("larger than")

    def test_hostile_descriptors(self):
        image = self.base_image()
        for digest in ("sha256:../../../../etc/passwd", "sha256:" + "A" * 64, "sha256:" + "0" * 63,
                       "sha512:" + "0" * 128, "", 5, None, "sha256:" + "0" * 64 + "/x"):
            with self.subTest(digest=digest):
                self.layout(image | {"digest": digest})
                self.refuse("without a digest")
        for size in (-1, 0.5, 1e300, "5", None):
            with self.subTest(size=size):
                self.layout(image | {"size": size})
                self.refuse("no valid size")
        self.layout(image | {"size": image["size"] + 1})
        self.refuse("instead of")
        self.layout(image | {"size": 1 << 40})
        self.refuse("too large")

    def test_documents_of_another_content(self):
        for kind in ("manifest", "config"):
            with self.subTest(kind=kind):
                image = self.base_image()
                manifest = json.loads(program.read(
                    self.path("base/blobs/sha256", image["digest"].removeprefix("sha256:"))))
                changed = image if kind == "manifest" else manifest["config"]
                path = self.path("base/blobs/sha256", changed["digest"].removeprefix("sha256:"))
                data = bytearray(program.read(path))
                data[-1] = ord(" ")
                with open(path, "wb") as file:
                    file.write(data)
                self.layout(image)
                self.refuse("another content")
                shutil.rmtree(self.path("base"))

    def test_layers_that_are_missing_or_too_many(self):
        self.layout(self.base_image(layer={"digest": ID, "size": 5, "mediaType": "x"}))
        self.refuse("has no layer")
        self.layout(self.base_image(rootfs={"type": "layers", "diff_ids": []}))
        self.refuse("different numbers of layers")
        self.layout(self.base_image(rootfs={"type": "layers", "diff_ids": ["sha256:1"]}))
        self.refuse("diff_id")
        layer = self.put(b"x") | {"mediaType": oci.LAYER + "gzip"}
        config = self.put({"os": "linux", "architecture": "arm",
                           "rootfs": {"type": "layers", "diff_ids": [ID] * 99}})
        self.layout(self.put({"schemaVersion": 2, "layers": [layer] * 99,
                              "config": config | {"mediaType": oci.CONFIG}}) |
                    {"mediaType": oci.MANIFEST})
        self.refuse("may have 100 layers", status=2)

    def test_nested_indexes_without_end(self):
        inner = self.base_image()
        for _ in range(6):
            inner = self.put({"schemaVersion": 2, "manifests": [inner]}) | {"mediaType": oci.INDEX}
        self.layout(inner)
        self.refuse("nested more than")

    def test_what_is_no_image(self):
        other = self.put({"schemaVersion": 2, "config": self.put({}) | {"mediaType": "x/y"},
                          "layers": []}) | {"mediaType": oci.MANIFEST}
        self.layout(other)
        self.refuse("it is not an image")
        docker = self.put({"schemaVersion": 2, "mediaType": "application/vnd.docker.x"}) | {
            "mediaType": "application/vnd.docker.x"}
        self.layout(docker)
        self.refuse("skopeo copy")

    def test_links_are_not_followed(self):
        self.write("secret", "x" * 5)
        os.makedirs(self.path("base/blobs/sha256"))
        os.symlink(self.path("secret"), self.path("base/blobs/sha256", ID.removeprefix("sha256:")))
        self.layout(self.base_image(layer={"digest": ID, "size": 5, "mediaType": "x"}))
        self.refuse("has no layer")


if __name__ == "__main__":
    tap.main()
