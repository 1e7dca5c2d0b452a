"""OCI images of several platforms joined to one, and images that are read out of archives."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")


class Join(oci.Case):
    @staticmethod
    def files():
        return {"own.py": "VALUE = 1\n"}

    def setUp(self):
        super().setUp()
        for number, platform in enumerate(PLATFORMS):
            self.write(f"tree{number}/own.py", f"VALUE = {number}\n")
            self.write(f"tree{number}/{platform.split('/')[1]}.txt", "x" * 5000)

    def one(self, number, output, *options):
        self.kiln("build", "-q", f"tree{number}", "-o", output, "--platform", PLATFORMS[number],
                  *options)

    def three(self):
        """Images of three platforms: a layout, another, an archive."""
        self.one(0, "oci:a:v1")
        self.one(1, "oci:b")
        self.one(2, "c.oci.tar")
        return "oci:a:v1", "oci:b", "c.oci.tar"

    def join(self, *arguments, status=0):
        return self.kiln("image", *arguments, status=status)

    def index(self, name="all", tag="latest"):
        layout = oci.Layout(self.path(name))
        return layout, layout.document(layout.entry(tag))

    def names(self, image, platform):
        """What kiln lists in the image of a platform."""
        found = json.loads(self.kiln("image", "--list", "--json", "--platform", platform,
                                     image).stdout)
        return [entry["path"] for entry in found["entries"]]

    def check(self, image):
        """Each platform of the image has its own tree, which is whole."""
        for platform in PLATFORMS:
            self.assertIn(f"app/{platform.split('/')[1]}.txt", self.names(image, platform))
            self.kiln("image", "-q", "--verify", "--platform", platform, image)


class Copies(Join):
    def test_a_copy_is_the_same_image(self):
        self.one(1, "oci:a:v1", "--entrypoint", "x", "--env", "A=1", "--attach")
        self.one(1, "c.oci.tar", "--entrypoint", "x", "--env", "A=1")
        digest = oci.Layout(self.path("a")).entry("v1")["digest"]
        for source, output in (("oci:a:v1", "oci:b:v2"), ("c.oci.tar", "oci:c:v2"),
                               ("oci:a:v1", "oci:a:v2")):
            self.join(source, "-o", output)
            layout = oci.Layout(self.path(output.split(":")[1]))
            self.assertEqual(layout.entry("v2")["digest"], digest)
            self.assertEqual(layout.entry("v2")["platform"]["architecture"], "arm64")
            self.kiln("image", "-q", "--verify", output)
        os.mkdir(self.path("new"))
        self.join("oci:a:v1", "-o", "new/c.oci.tar")
        self.assertTrue(program.read(self.path("new/c.oci.tar")) == program.read(
            self.path("c.oci.tar")))

    def test_options_add_to_what_is_copied(self):
        self.one(1, "oci:a", "--entrypoint", "x", "--cmd", "y", "--env", "A=1", "--user", "web",
                 "--label", "l=1", "--expose", "80", "--workdir", "/w")
        self.one(1, "oci:b", "--entrypoint", "z")
        for images in ("oci:a",), ("a",), ("oci:a", "oci:b"):
            self.kiln("image", *images, "-o", "oci:new", "--env", "B=2", "--label", "m=2")
            image = oci.Layout(self.path("new")).image("latest")
            self.assertEqual(image.config["architecture"], "arm64")
            run = image.run()
            self.assertEqual((run["Entrypoint"], run["Cmd"], run["User"], run["WorkingDir"]),
                             (["x"], ["y"], "web", "/w"))
            self.assertEqual(run["Labels"], {"l": "1", "m": "2"})
            self.assertEqual(list(run["ExposedPorts"]), ["80/tcp"])
            self.assertEqual(run["Env"][-3:], ["PYTHONPATH=/app", "A=1", "B=2"])
        self.kiln("image", "oci:a", "-o", "oci:new", "--entrypoint", "k", "--user", "root")
        run = oci.Layout(self.path("new")).image("latest").run()
        self.assertEqual((run["Entrypoint"], run.get("Cmd"), run["User"]), (["k"], None, "root"))


class Joins(Join):
    def test_layouts_and_archives(self):
        result = self.join(*self.three(), "-o", "oci:all", "--annotation", "b=2",
                           "--annotation", "a=1")
        self.assertIn("3 platforms", result.stderr)
        self.check("oci:all")
        index = self.index()[1]
        self.assertEqual([entry["platform"] for entry in index["manifests"]], [
            {"architecture": "amd64", "os": "linux"}, {"architecture": "arm64", "os": "linux"},
            {"architecture": "arm", "os": "linux", "variant": "v7"}])
        self.assertEqual(list(index["annotations"].items()), [("a", "1"), ("b", "2")])
        self.assertEqual(index["manifests"][0]["digest"],
                         oci.Layout(self.path("a")).entry("v1")["digest"])
        self.assertIn("to upload: 0 blobs", self.kiln(
            "image", "--diff", "--platform", "linux/amd64", "oci:a", "oci:all").stdout)

    def test_the_bytes_do_not_depend_on_where_the_images_are(self):
        images = self.three()
        self.join(*images, "-o", "oci:all")
        self.join(*images, "-o", "all.oci.tar")
        self.one(1, "b.oci.tar")
        os.mkdir(self.path("again"))
        self.join("oci:a", "b.oci.tar", "c.oci.tar", "-o", "again/all.oci.tar")
        self.assertEqual(program.read(self.path("all.oci.tar")),
                         program.read(self.path("again/all.oci.tar")))
        self.call("mkdir", "unpacked")
        self.call("tar", "-xf", "all.oci.tar", "-C", "unpacked")
        self.assertEqual(oci.Layout(self.path("unpacked")).entry()["digest"],
                         oci.Layout(self.path("all")).entry()["digest"])
        self.check("all.oci.tar")

    def test_blobs_that_are_there_are_not_written_again(self):
        images = self.three()
        self.join(*images, "-o", "oci:all")
        blobs = self.path("all/blobs/sha256")
        before = {name: os.stat(os.path.join(blobs, name)).st_ino for name in os.listdir(blobs)}
        self.assertIn("0 blobs copied", self.join(*images, "-o", "oci:all:again").stderr)
        self.assertEqual(before, {
            name: os.stat(os.path.join(blobs, name)).st_ino for name in os.listdir(blobs)})
        self.assertEqual(oci.Layout(self.path("all")).tags(), ["latest", "again"])
        self.one(1, "oci:a:v2")
        result = self.join("oci:a:v1", "oci:a:v2", "-o", "oci:a:both")
        self.assertIn("0 blobs copied", result.stderr)

    def test_an_index_brings_all_its_platforms(self):
        images = self.three()
        self.join(*images[:2], "-o", "oci:two")
        self.join("oci:two", images[2], "-o", "oci:all")
        self.check("oci:all")
        self.assertEqual(len(self.index()[1]["manifests"]), 3)
        self.assertNotIn("annotations", self.index()[1]["manifests"][0])

    def test_an_index_json_without_tags_is_an_index(self):
        self.three()
        shutil.copytree(self.path("b"), self.path("plain"))
        index = json.loads(program.read(self.path("plain/index.json")))
        other = json.loads(program.read(self.path("a/index.json")))["manifests"]
        for entry in index["manifests"] + other:
            del entry["annotations"]
        index["manifests"] += other
        self.write("plain/index.json", json.dumps(index))
        shutil.copytree(self.path("a/blobs"), self.path("plain/blobs"), dirs_exist_ok=True)
        self.join("oci:plain", "c.oci.tar", "-o", "oci:all")
        self.check("oci:all")

    def test_attachments_go_with_their_images(self):
        self.one(0, "oci:a", "--attach")
        self.one(1, "oci:b")
        for _ in range(2):
            self.join("oci:a", "oci:b", "-o", "oci:all")
        layout = self.index()[0]
        found = [entry["artifactType"] for entry in layout.index["manifests"]
                 if "artifactType" in entry]
        self.assertEqual(found, ["application/spdx+json", "application/vnd.in-toto+json"])
        image = oci.Layout(self.path("a")).entry()["digest"]
        for entry in layout.index["manifests"][1:]:
            self.assertEqual(layout.document(entry)["subject"]["digest"], image)
        self.one(2, "oci:all:other")  # they stay
        self.assertEqual(len(self.index()[0].index["manifests"]), 4)
        self.one(2, "oci:all")  # they go with the image
        self.assertEqual(self.index()[0].tags(), ["latest", "other"])
        self.join("oci:a", "oci:b", "-o", "all.oci.tar")
        self.call("skopeo", "inspect", "--override-arch", "arm64", "oci-archive:all.oci.tar")

    def test_other_programs_read_it(self):
        self.join(*self.three(), "-o", "oci:all")
        for platform, name in (("amd64", "amd64"), ("arm64", "arm64")):
            found = json.loads(self.call("skopeo", "inspect", "--override-arch", platform,
                                         "oci:all").stdout)
            self.assertEqual(found["Architecture"], platform)
            self.call("skopeo", "copy", "--override-arch", platform, "oci:all", f"oci:{name}:x")
            self.call("umoci", "unpack", "--rootless", "--image", f"{name}:x", f"{name}.bundle")
            self.assertTrue(os.path.exists(
                self.path(f"{name}.bundle/rootfs/app", f"{name}.txt")))
        self.call("skopeo", "copy", "--all", "oci:all", "oci:copy:x")
        self.check("oci:copy:x")

    def test_one_platform_is_one_tree(self):
        self.write("tree1/own.py", "VALUE = 0\n")
        self.one(0, "oci:a")
        self.kiln("build", "-q", "tree1", "-o", "oci:b", "--platform", PLATFORMS[0])
        self.join("oci:a", "oci:b", "-o", "oci:all")
        self.assertLessEqual({"app/amd64.txt", "app/arm64.txt"},
                             set(self.names("oci:all", PLATFORMS[0])))
        self.one(1, "oci:b")
        self.join("oci:a", "oci:b", "--platform", PLATFORMS[1], "-o", "oci:tree")
        self.assertLessEqual({"app/amd64.txt", "app/arm64.txt"},
                             set(self.names("oci:tree", PLATFORMS[1])))
        self.join("oci:a", "oci:b", "-o", "tree.tar")
        self.assertIn("amd64.txt", self.kiln("image", "--list", "tree.tar").stdout)


class Refuses(Join):
    def refuse(self, text, *arguments, status=1):
        before = sorted(os.listdir(self.directory))
        self.assertIn(text, self.join(*arguments, status=status).stderr)
        self.assertEqual(sorted(os.listdir(self.directory)), before)

    def test_two_images_of_one_platform(self):
        images = self.three()
        self.one(0, "oci:other")
        self.refuse("oci:other: error: has an image for linux/amd64, as 'oci:a:v1' has",
                    *images, "oci:other", "-o", "oci:all")

    def test_options_that_would_change_the_images(self):
        images = self.three()
        for option in (("--label", "a=b"), ("--attach",), ("--prefix", "/x"), ("--sbom",
                       "x.spdx.json"), ("--manifest", "x.json"), ("--base", "oci:a"),
                       ("--layer-compression", "zstd")):
            with self.subTest(option=option):
                self.refuse(f"{option[0]} is not for images of several platforms", *images, "-o",
                            "oci:all", *option, status=2)

    def test_layouts_with_several_images_and_no_tag(self):
        self.three()
        self.one(1, "oci:a:v2")
        self.refuse("name one with its tag, oci:DIR:TAG: 'v1', 'v2'", "oci:a", "oci:b", "-o",
                    "oci:all")
        self.refuse("has no image 'v3'", "oci:a:v3", "oci:b", "-o", "oci:all")

    def test_a_damaged_archive(self):
        images = self.three()
        path = self.path("c.oci.tar")
        data = program.read(path)
        manifest = json.loads(self.call("skopeo", "inspect", "--raw", "--override-arch", "arm",
                                        "oci-archive:c.oci.tar").stdout)
        layer = data.find(b"blobs/sha256/" + manifest["layers"][0]["digest"][7:].encode())
        for at, text in ((layer + 600, "has another content"),
                         (data.find(b'"layers"'), "has another content")):
            with self.subTest(at=at):
                changed = bytearray(data)
                changed[at] ^= 1
                self.write("c.oci.tar", bytes(changed))
                self.refuse(text, *images, "-o", "oci:all")
        self.write("c.oci.tar", data[:len(data) // 2])
        self.refuse("c.oci.tar: error: ", *images, "-o", "oci:all")
        self.write("c.oci.tar", b"no archive")
        self.refuse("is not a tar archive without compression", *images, "-o", "oci:all")

    def test_indexes_that_name_others_again_and_again(self):
        self.three()
        layout = oci.Layout(self.path("a"))
        inner = layout.entry("v1")
        del inner["annotations"]
        for _ in range(4):
            data = json.dumps({"schemaVersion": 2, "mediaType": oci.INDEX,
                               "manifests": [inner] * 100}).encode()
            self.write("a/blobs/sha256/" + oci.digest(data)[7:], data)
            inner = {"mediaType": oci.INDEX, "digest": oci.digest(data), "size": len(data)}
        self.write("a/index.json", json.dumps({"schemaVersion": 2, "manifests": [inner]}))
        self.refuse("an index of more than 1024 images", "oci:a", "oci:b", "-o", "oci:all")

    def test_outputs_inside_of_what_is_read(self):
        self.three()
        for output in ("oci:a/all", "a/all.oci.tar", "a/all.tar"):
            for images in (("oci:a", "oci:b"), ("oci:a",)):
                with self.subTest(output=output, images=images):
                    self.refuse("is inside the image layout 'a'", *images, "-o", output, status=2)
        self.refuse("is inside the image layout 'a'", "oci:a", "-o", "x.tar", "--manifest",
                    "a/m.json", status=2)
        self.refuse("is inside the image layout 'a'", "oci:a", "-o", "x.tar", "--sbom",
                    "a/m.spdx.json", status=2)
        self.refuse("name another output", "oci:b", "c.oci.tar", "-o", "c.oci.tar", status=2)
        self.write("d/e/f")
        shutil.move(self.path("b"), self.path("d/b"))
        self.refuse("or contains it", "oci:d/b", "-o", "d", "--force", status=2)
        self.assertIn("is inside the image layout 'a'", self.kiln(
            "build", "tree0", "-o", "a/x.tar", "--format", "oci.tar", "--base", "oci:a",
            status=2).stderr)


class Bases(Join):
    def test_an_archive_is_a_base(self):
        self.one(0, "base.oci.tar")
        self.one(0, "oci:base")
        for base, name in (("base.oci.tar", "one"), ("oci:base", "two")):
            self.kiln("build", "-q", "tree1", "-o", f"oci:{name}", "--base", base, "--prefix", "/b")
        self.assertEqual(oci.Layout(self.path("one")).entry()["digest"],
                         oci.Layout(self.path("two")).entry()["digest"])
        self.call("umoci", "unpack", "--rootless", "--image", "one:latest", "bundle")
        for name in ("app/amd64.txt", "b/arm64.txt"):
            self.assertTrue(os.path.exists(self.path("bundle/rootfs", name)))
        self.kiln("build", "-q", "tree1", "-o", "one.oci.tar", "--base", "base.oci.tar",
                  "--prefix", "/b")
        self.kiln("image", "-q", "--verify", "one.oci.tar")

    def test_an_archive_of_docker_is_refused(self):
        self.one(0, "oci:base")
        self.call("skopeo", "copy", "oci:base", "docker-archive:base.oci.tar")
        result = self.kiln("build", "tree1", "-o", "oci:x", "--base", "base.oci.tar", status=1)
        self.assertIn("'skopeo copy docker-archive:base.oci.tar oci:DIR'", result.stderr)
        self.assertIn("oci:DIR:TAG or a .oci.tar", self.kiln(
            "build", "tree1", "-o", "oci:x", "--base", "base.tar", status=2).stderr)


if __name__ == "__main__":
    tap.main()
