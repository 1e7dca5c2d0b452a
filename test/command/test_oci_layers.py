"""Which layer of an OCI image has which file, and what has to be uploaded after a change."""
import os
import random
import re
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap
import wheels

LARGE = 4 << 20
PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "shop"
version = "1.0"
[project.scripts]
shop = "shop:main"
"""


def noise(size, seed):
    return random.Random(seed).randbytes(size)


class Layers(oci.Case):
    def setUp(self):
        super().setUp()
        self.put("big", "1.0", LARGE, 1)
        self.put("tiny", "1.0", 100, 2)
        self.write("src/own.py", "import big\n")

    def put(self, name, version, size, seed):
        for path, text in oci.wheel_record(name, version, {
                f"{name}/__init__.py": f"VERSION = {version!r}\n",
                f"{name}/data": noise(size, seed)}).items():
            self.write("src/" + path, text)

    def test_layers_follow_distributions(self):
        layers = self.image().layers()
        self.assertEqual(list(layers), ["big", "distributions", "application"])
        self.assertIn("app/big/data", layers["big"])
        self.assertIn(program.cached("app/big/__init__.py"), layers["big"])
        self.assertIn("app/big-1.0.dist-info/RECORD", layers["big"])
        self.assertIn("app/tiny/__init__.py", layers["distributions"])
        self.assertEqual(list(layers["application"]),
                         ["app", "app/__pycache__", program.cached("app/own.py"), "app/own.py"])

    def test_a_bytecode_tree_has_the_same_layers(self):
        layers = self.image("--layout", "bytecode").layers()
        self.assertIn("app/big/__init__.pyc", layers["big"])
        self.assertEqual(list(layers["application"]), ["app", "app/own.pyc"])

    def test_a_rule_comes_before_distributions(self):
        layers = self.image("--layer", "a=big/data", "--layer", "a=tiny", "--layer", "b=big"
                            ).layers()
        self.assertEqual(list(layers), ["a", "b", "distributions", "application"])
        self.assertIn("app/tiny/data", layers["a"])
        self.assertIn("app/big/data", layers["a"])
        self.assertIn("app/big/__init__.py", layers["b"])
        self.assertEqual([name for name in layers["distributions"] if "dist-info/R" in name],
                         ["app/big-1.0.dist-info/RECORD", "app/tiny-1.0.dist-info/RECORD"])

    def test_own_code_changes_its_layer_alone(self):
        before = self.image(tag="1").digests()
        self.write("src/own.py", "import big, tiny\n")
        after = self.image(tag="2").digests()
        self.assertEqual([name for name in after if after[name] != before[name]], ["application"])

    def test_an_updated_distribution_changes_its_layer_alone(self):
        before = self.image(tag="1").digests()
        shutil.rmtree(self.path("src/big-1.0.dist-info"))
        self.put("big", "1.1", LARGE, 3)
        after = self.image(tag="2").digests()
        self.assertEqual([name for name in after if after[name] != before[name]], ["big"])

    def test_a_hundred_layers_are_the_most(self):
        for name in range(110):
            self.put(f"d{name:03}", "1", LARGE + name, name)
        image = self.image("--layer-compression", "zstd")
        self.assertEqual(len(image.manifest["layers"]), 100)
        layers = image.layers()
        self.assertIn("d109", layers)
        self.assertIn("app/d000/data", layers["distributions"])
        self.assertIn("app/tiny/data", layers["distributions"])

    def test_what_no_record_reaches_is_own_code(self):
        self.write("src/big-1.0.dist-info/RECORD",
                   "../../../etc/passwd,,\n/etc/shadow,,\nbig/../own.py,,\nbig/data,,\n")
        layers = self.image().layers()
        self.assertIn("app/own.py", layers["big"])
        self.assertIn("app/big/__init__.py", layers["application"])
        self.write("src/big-1.0.dist-info/RECORD", '"unended')
        self.assertIn("app/big/data", self.image(status=1).layers()["application"])


class Own(oci.Case):
    """What is built from its source is the user's code; what is installed is not."""

    def setUp(self):
        super().setUp()
        dependency = wheels.wheel_files(
            "dep", "1.0", {"dep/__init__.py": b"", "dep/data": noise(1 << 20, 1)},
            scripts={"dep": "dep:main"})
        dependency["dep-1.0.dist-info/RECORD"] = wheels.record("dep", "1.0", dependency).encode()
        for path, data in dependency.items():
            self.write(f"site/{path}", data)
        self.write("shop/pyproject.toml", PROJECT)
        self.write("shop/src/shop/__init__.py", "def main():\n    pass\n")
        self.write("shop/src/shop.egg-info/top_level.txt", "shop\n")

    def built(self, tag, *sources):
        self.kiln("build", "-q", *sources, "-o", f"oci:image:{tag}")
        return oci.Layout(self.path("image")).image(tag)

    def names(self, image, layer):
        """The names of files in a layer, without bytecode."""
        return {name.removeprefix("app/") for name, info in image.layers()[layer].items()
                if not info.isdir() and not name.endswith(".pyc")}

    def assert_little_to_upload(self, *sources, changed="shop/src/shop/__init__.py"):
        """A change of own code does not upload the dependencies again."""
        image = self.built("1", *sources)
        self.write(changed, "def main():\n    print(1)\n")
        self.built("2", *sources)
        blobs, size = map(int, re.search(
            r"to upload: (\d+) blobs, (\d+) bytes\n$",
            self.kiln("image", "--diff", "oci:image:1", "oci:image:2", status=1).stdout).groups())
        self.assertEqual(blobs, 3)  # the layer, the config and the manifest
        self.assertLess(size, 8192)
        return image

    SHOP = {"shop/__init__.py", "bin/shop"} | {
        f"shop-1.0.dist-info/{name}"
        for name in ("METADATA", "INSTALLER", "RECORD", "entry_points.txt")}

    def test_a_project_beside_a_site_packages(self):
        image = self.assert_little_to_upload("shop", "site")
        self.assertEqual(self.names(image, "application"), self.SHOP)
        self.assertEqual(
            {name for name in self.names(image, "distributions") if ".dist-info/" not in name},
            {"dep/__init__.py", "dep/data", "bin/dep"})

    def test_a_large_project_has_no_layer_of_a_distribution(self):
        self.write("shop/src/shop/data", noise(LARGE, 2))
        image = self.built("1", "shop", "site")
        self.assertEqual(list(image.digests()), ["distributions", "application"])

    def test_an_editable_installation(self):
        info = wheels.wheel_files("shop", "1.0", {}, scripts={"shop": "shop:main"})
        info["shop.pth"] = self.path("shop/src").encode() + b"\n"
        info["shop-1.0.dist-info/direct_url.json"] = (
            b'{"url": "file:///x", "dir_info": {"editable": true}}')
        info["shop-1.0.dist-info/RECORD"] = wheels.record("shop", "1.0", info).encode()
        for path, data in info.items():
            self.write(f"site/{path}", data)
        image = self.assert_little_to_upload("site")
        self.assertLessEqual(
            {"shop/__init__.py", "bin/shop", "shop-1.0.dist-info/RECORD"},
            self.names(image, "application"))
        self.assertIn("dep/data", self.names(image, "distributions"))

    def test_what_older_installers_left_is_no_own_code(self):
        egg = {
            # As Debian has them: a directory with or without lists, and a file.
            "Eggs-1.0.egg-info/PKG-INFO": "Name: Eggs\n",
            "Eggs-1.0.egg-info/top_level.txt": "eggs\n_eggs\n",
            "Eggs-1.0.egg-info/entry_points.txt": "[console_scripts]\neggs = eggs.run:main\n",
            "eggs/run.py": "", "eggs/deep/x.bin": noise(1 << 20, 3), "_eggs.cpython-3.so": "",
            "lister-1.egg-info/installed-files.txt": "../listed/a.py\n../../../../etc/x\n/x\n",
            "lister-1.egg-info/top_level.txt": "shop\n",
            "listed/a.py": "", "listed/own.py": "",
            "Some.Thing-2.1-py3.11.egg-info": "Name: Some.Thing\n", "some_thing.py": "",
        }
        for path, content in egg.items():
            self.write(f"eggs/{path}", content)
        self.write("plain/own.py", "")
        self.write("plain/mine.egg-info/top_level.txt", "own\n")  # of what is being worked on
        image = self.assert_little_to_upload("shop", "plain", "eggs", changed="plain/own.py")
        self.assertEqual(
            self.names(image, "application"),
            self.SHOP | {"own.py", "mine.egg-info/top_level.txt", "listed/own.py"})
        self.assertEqual(self.names(image, "distributions"),
                         set(egg) - {"listed/own.py"} | {"bin/eggs"})


if __name__ == "__main__":
    tap.main()
