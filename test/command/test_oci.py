"""OCI images: what layouts and archives of them hold, recomputed and read by other programs."""
import json
import os
import platform
import random
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

LARGE = 4 << 20


def noise(size, seed):
    return random.Random(seed).randbytes(size)


class Content(oci.Case):
    @staticmethod
    def files():
        return {"shop/__init__.py": "VALUE = 1\n", "shop/data": "data", "main.py": "import shop\n"}

    def test_a_layout_has_the_tree_below_the_prefix(self):
        os.mkdir(self.path("src/empty"))
        os.symlink("main.py", self.path("src/link.py"))
        os.chmod(self.path("src/shop/data"), 0o755)
        image = self.image()
        found = image.files()
        self.assertEqual(found["app/shop/data"], b"data")
        self.assertEqual(found["app/main.py"], b"import shop\n")
        self.assertEqual(found["app/link.py"], "main.py")
        self.assertIsNone(found["app/empty"])
        self.assertIn(program.cached("app/shop/__init__.py"), found)
        tar = image.layers()["application"]
        self.assertEqual({(entry.uid, entry.gid, entry.uname, entry.mtime)
                          for entry in tar.values()}, {(0, 0, "", 315532800)})
        self.assertEqual(
            [f"{tar[name].mode:o}" for name in ("app", "app/main.py", "app/shop/data")],
            ["755", "644", "755"])
        self.assertEqual(list(tar), sorted(tar))

    def test_the_config_says_what_kiln_knows(self):
        image = self.image(variables={"SOURCE_DATE_EPOCH": "1600000000"})
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
        self.assertEqual(image.config["created"], "2020-09-13T12:26:40Z")
        self.assertEqual(image.config["os"], "linux")
        if machine:
            self.assertEqual(image.config["architecture"], machine)
        self.assertEqual(image.run()["WorkingDir"], "/app")
        self.assertIn("PYTHONPATH=/app", image.run()["Env"])
        self.assertNotIn("Entrypoint", image.run())
        self.assertEqual([step["comment"] for step in image.config["history"]], ["application"])
        self.assertEqual(image.descriptor["platform"]["os"], "linux")

    def test_options_set_the_config(self):
        image = self.image(
            "--entrypoint", '["python3", "-m"]', "--entrypoint", "shop", "--cmd", "serve",
            "--env", "A=1", "--env", "PYTHONPATH=/x", "--env", "A=2=3", "--user", "1000:1000",
            "--workdir", "/srv", "--label", "b=2", "--label", "a=1", "--expose", "8000",
            "--expose", "53/udp", "--annotation", "org.example.note=yes", "--platform",
            "linux/arm64/v8", "--prefix", "/srv/www", "--optimize", "2")
        run = image.run()
        self.assertEqual(run["Entrypoint"], ["python3", "-m", "shop"])
        self.assertEqual(run["Cmd"], ["serve"])
        self.assertEqual(run["Env"][1:], ["PYTHONPATH=/x", "PYTHONOPTIMIZE=2", "A=2=3"])
        self.assertEqual((run["User"], run["WorkingDir"]), ("1000:1000", "/srv"))
        self.assertEqual(list(run["Labels"].items()), [("a", "1"), ("b", "2")])
        self.assertEqual(run["ExposedPorts"], {"53/udp": {}, "8000/tcp": {}})
        self.assertEqual(image.manifest["annotations"]["org.example.note"], "yes")
        self.assertEqual([image.config[name] for name in ("os", "architecture", "variant")],
                         ["linux", "arm64", "v8"])
        self.assertIn("srv/www/main.py", image.files())
        self.assertIsNone(image.files()["srv"])

    def test_the_root_can_be_the_prefix(self):
        image = self.image("--prefix", "/")
        self.assertEqual(image.files()["main.py"], b"import shop\n")
        self.assertIn("PYTHONPATH=/", image.run()["Env"])

    def test_the_only_console_script_is_the_entrypoint(self):
        files = oci.wheel_record("shop", "1.0", {
            "bin/shop": "#!/usr/bin/env python3\nimport shop\n",
            "shop-1.0.dist-info/entry_points.txt": "[console_scripts]\nshop = shop:run\n"})
        for name, text in files.items():
            os.chmod(self.write("src/" + name, text), 0o755)
        self.assertEqual(self.image().run()["Entrypoint"], ["/app/bin/shop"])
        self.assertEqual(self.image("--entrypoint", "sh").run()["Entrypoint"], ["sh"])
        self.write("src/bin/other", "#!/usr/bin/env python3\n")
        self.write("src/shop-1.0.dist-info/entry_points.txt",
                   "[console_scripts]\nshop = shop:run\nother = shop:run\n")
        result = self.kiln("build", "src", "-o", "oci:image")
        self.assertIn("has several scripts: give --entrypoint with one of shop, other\n",
                      result.stderr)
        run = oci.Layout(self.path("image")).image().run()
        self.assertNotIn("Entrypoint", run)
        self.assertTrue(run["Env"][0].startswith("PATH=/app/bin:/usr/local/sbin:"))
        self.assertNotIn("several", self.kiln(
            "build", "src", "-o", "oci:image", "--entrypoint", "shop").stderr)

    def test_a_layout_is_recognized_by_its_files(self):
        self.image()
        for option in "--list", "--verify", "--size":
            found = [json.loads(self.kiln("image", option, "--json", name).stdout)
                     for name in ("image", "oci:image")]
            self.assertEqual([one.pop("image") for one in found], ["image", "oci:image"])
            self.assertEqual(found[0], found[1], option)

    def test_a_tag_that_is_none_makes_nothing(self):
        for name in "oci:x:bad/tag", "oci:x:a:b", "oci:x:", "oci:x:-", "oci::a":
            self.assertIn("no ':' in DIR", self.kiln(
                "build", "src", "-o", name, status=2).stderr)
        self.assertEqual(os.listdir(self.directory), ["src"])

    def test_a_place_is_where_the_script_and_modules_are(self):
        self.write("project/pyproject.toml",
                   '[build-system]\nrequires = []\nbuild-backend = "setuptools.build_meta"\n'
                   '[project]\nname = "shop"\nversion = "1"\n[project.scripts]\n'
                   'run = "shop:main"\n')
        self.write("project/shop/__init__.py", "def main():\n    pass\n")
        for path, text in oci.wheel_record("vendored", "1", {}).items():
            self.write("project/shop/vendor/" + path, text)
        for path, text in oci.wheel_record("other", "1", {"other.py": ""}).items():
            self.write("site/" + path, text)
        self.write("egg/Egg-1.egg-info/PKG-INFO", "")
        for sources, options, script, places in (
                (("project=opt/x",), (), "/app/opt/x/bin/run", "/app:/app/opt/x"),
                (("project=opt/x", "site=opt/b", "egg=opt/a", "src"), ("--prefix", "/srv"),
                 "/srv/opt/x/bin/run", "/srv:/srv/opt/a:/srv/opt/b:/srv/opt/x"),
                (("project", "site=a:b"), (), "/app/bin/run", "/app")):
            with self.subTest(sources=sources):
                self.kiln("build", "-q", *sources, "-o", "oci:image", *options)
                image = oci.Layout(self.path("image")).image()
                self.assertEqual(image.run()["Entrypoint"], [script])
                self.assertIn(script[1:], image.files())
                self.assertIn("PYTHONPATH=" + places, image.run()["Env"])
        self.kiln("build", "-q", "site=more", "-o", "oci:image:2", "--base", "oci:image")
        self.assertIn("PYTHONPATH=/app:/app/more",
                      oci.Layout(self.path("image")).image("2").run()["Env"])

    def test_the_compressor_is_named_alone(self):
        for options, expected in ((), r".*, zlib/[^ ]+"), (
                ("--layer-compression", "zstd"), r".*, libzstd/[^ ]+"):
            for layer in self.image(*options).manifest["layers"]:
                self.assertRegex(
                    layer["annotations"]["io.fault.kiln.compressor"], f"^{expected}$")

    def test_zstd_layers_have_the_same_diff_ids(self):
        oci.program("zstd")
        plain = self.image(tag="gzip")
        packed = self.image("--layer-compression", "zstd", tag="zstd")
        self.assertEqual(packed.manifest["layers"][0]["mediaType"], oci.LAYER + "zstd")
        self.assertEqual(plain.config["rootfs"], packed.config["rootfs"])
        name = plain.manifest["layers"][0]["digest"].removeprefix("sha256:")
        self.assertEqual(program.read(self.path("image/blobs/sha256", name))[3:8], bytes(5),
                         "gzip has a name or a time")

    def test_an_archive_is_a_layout_and_a_docker_archive(self):
        self.kiln("build", "src", "-o", "Shop-1.oci.tar", "--user", "9")
        with tarfile.open(self.path("Shop-1.oci.tar")) as tar:
            self.assertEqual(tar.getnames(), sorted(tar.getnames()))
            tar.extractall(self.path("out"))
        image = oci.Layout(self.path("out")).image()
        docker, = json.loads(program.read(self.path("out/manifest.json")))
        self.assertEqual(docker["RepoTags"], ["shop-1:latest"])
        blobs = [docker["Config"], *docker["Layers"]]
        self.assertEqual([os.path.basename(path) for path in blobs],
                         [blob["digest"].removeprefix("sha256:") for blob in
                          (image.manifest["config"], *image.manifest["layers"])])
        self.assertEqual(sorted(os.listdir(self.path("out"))),
                         ["blobs", "index.json", "manifest.json", "oci-layout"])
        self.assertEqual(os.listdir(self.directory).count("Shop-1.oci.tar"), 1)
        self.assertEqual(len(os.listdir(self.directory)), 3)

    def test_a_docker_archive_has_one_image_with_a_valid_name(self):
        for name, expected in (
                ("My App!", "my-app"), ("a__b-_c___d--e", "a__b-c-d--e"), ("_x_", "x"),
                ("日本", "image"), ("shop.v2", "shop"), ("Ünï.x", "n"), ("a" * 200, "a" * 128)):
            with self.subTest(name=name):
                path = f"made/{name}.oci.tar"
                os.makedirs(self.path("made"), exist_ok=True)
                self.kiln("build", "src", "-o", path, "--platform", "linux/s390x",
                          "--platform", "linux/amd64")
                with tarfile.open(self.path(path)) as tar:
                    docker, = json.load(tar.extractfile("manifest.json"))
                    config = json.load(tar.extractfile(docker["Config"]))
                self.assertEqual(docker["RepoTags"], [f"{expected}:latest"])
                self.assertEqual(config["architecture"], "s390x")
        if shutil.which("skopeo"):
            self.call("skopeo", "copy", "docker-archive:made/My App!.oci.tar", "oci:copy:x")
            self.assertEqual(oci.Layout(self.path("copy")).image("x").config["architecture"],
                             "s390x")

    def test_platforms_share_layers_in_an_index(self):
        self.kiln("build", "src", "-o", "oci:image:two", "--platform", "linux/amd64",
                  "--platform", "linux/arm64")
        layout = oci.Layout(self.path("image"))
        index = layout.document(layout.entry("two"))
        self.assertEqual(index["mediaType"], oci.INDEX)
        images = [oci.Image(layout, entry) for entry in index["manifests"]]
        self.assertEqual([entry["platform"]["architecture"] for entry in index["manifests"]],
                         ["amd64", "arm64"])
        self.assertEqual([image.config["architecture"] for image in images], ["amd64", "arm64"])
        self.assertEqual(images[0].digests(), images[1].digests())

    def test_the_bytes_depend_on_nothing_else(self):
        shutil.copytree(self.path("src"), self.path("elsewhere/src"))
        os.mkdir(self.path("elsewhere/empty"))
        for options, variables, cwd, mask in (
                (("-j1",), {"LC_ALL": "C"}, self.directory, 0o022),
                (("-j4",), {"LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"}, self.path("elsewhere"),
                 0o077)):
            for name in ("oci:image:x", "image.oci.tar"):
                self.kiln("build", "src", "-o", name, *options, cwd=cwd, variables=variables,
                          umask=mask)
        self.assertEqual(program.read(self.path("image.oci.tar")),
                         program.read(self.path("elsewhere/image.oci.tar")))
        first, second = (oci.Layout(self.path(name)) for name in ("image", "elsewhere/image"))
        self.assertEqual(first.index, second.index)
        self.assertEqual(first.blobs(), second.blobs())

    def test_what_is_first_is_first_in_its_layer(self):
        self.write("list", "shop/data\nmain.py\n")
        first = self.image("--first", "list", tag="first")
        self.assertEqual(list(first.layers()["application"])[:4],
                         ["app", "app/shop", "app/shop/data", "app/main.py"])
        self.assertEqual(first.files(), self.image(tag="plain").files())

    def test_names_of_whiteouts_are_refused(self):
        path = self.write("src/.wh.data")
        result = self.kiln("build", "src", "-o", "oci:image", status=1)
        self.assertIn("src/.wh.data: error: its name would remove", result.stderr)
        self.assertEqual(os.listdir(self.directory), ["src"])
        os.remove(path)

    def test_wrong_options_are_refused(self):
        for option, value in (
                ("--prefix", "app"), ("--prefix", "/app/"), ("--prefix", "/a/../b"),
                ("--platform", "linux"), ("--platform", "linux/AMD64"), ("--platform", "a/b/c/d"),
                ("--platform", "linux/../x"), ("--user", "a:b:c"), ("--user", ":g"),
                ("--user", "a:"), ("--user", "a b"), ("--user", "../x"),
                ("--layer", "x"), ("--layer", "=y"), ("--env", "X"), ("--label", "=1"),
                ("--expose", "0"), ("--expose", "70000"), ("--expose", "80/http"),
                ("--workdir", "srv"), ("--entrypoint", "[1]"), ("--entrypoint", "[\"a\""),
                ("--base", "other"), ("--base", "oci:"), ("--layer-compression", "xz")):
            with self.subTest(option=option, value=value):
                result = self.kiln("build", "src", "-o", "oci:image", option, value, status=2)
                self.assertIn(value, result.stderr)
        self.assertIn("is none", self.kiln(
            "build", "src", "-o", "x.tar", "--user", "1", status=2).stderr)
        for name in ("oci:", "oci:image:", "oci:image:a b", "oci::x"):
            self.kiln("build", "src", "-o", name, status=2)
        self.assertEqual(os.listdir(self.directory), ["src"])


class Update(oci.Case):
    @staticmethod
    def files():
        return {f"data/{number}": noise(1000, number) for number in range(20)}

    def state(self):
        """What would tell that a file was written again."""
        found = {}
        for directory, _, names in os.walk(self.path("image/blobs")):
            for name in names:
                status = os.stat(os.path.join(directory, name))
                found[name] = (status.st_ino, status.st_mtime_ns)
        return found

    def test_an_unchanged_tree_writes_no_blob(self):
        first = self.image(tag="1")
        before = self.state()
        result = self.kiln("build", "src", "-o", "oci:image:2", "--log", "json")
        event = json.loads(result.stderr.splitlines()[-1])
        self.assertEqual((event["layers"], event["reused"]), (1, 1))
        self.assertEqual(self.state(), before)
        layout = oci.Layout(self.path("image"))
        self.assertEqual(layout.image("2").manifest, first.manifest)
        self.assertEqual(layout.tags(), ["1", "2"])

    def test_a_tag_is_moved_and_others_stay(self):
        self.image(tag="1")
        other = self.image(tag="2").descriptor
        self.write("src/new", "new")
        self.image(tag="1")
        layout = oci.Layout(self.path("image"))
        self.assertEqual(layout.tags(), ["1", "2"])
        self.assertEqual(layout.entry("2"), other)
        self.assertIn("app/new", layout.image("1").files())

    def test_a_reused_layer_equals_one_that_is_written(self):
        self.image(tag="1")
        self.image(tag="2")
        fresh = self.image(name="fresh", tag="2")
        self.assertEqual(oci.Layout(self.path("image")).image("2").manifest, fresh.manifest)

    def test_a_damaged_blob_is_written_again(self):
        layer = self.image(tag="1").manifest["layers"][0]
        path = self.path("image/blobs/sha256", layer["digest"].removeprefix("sha256:"))
        os.truncate(path, 10)
        self.image(tag="2")

    def test_a_directory_that_is_no_layout_is_refused(self):
        self.write("image/mine", "mine")
        for force in ((), ("--force",)):
            result = self.kiln("build", "src", "-o", "oci:image", *force, status=2)
            self.assertIn("is not an image layout", result.stderr)
        self.assertEqual(os.listdir(self.path("image")), ["mine"])
        self.kiln("build", "src", "-o", "oci:src/data/1", status=2)

    def test_a_layout_of_another_version_is_refused(self):
        self.image()
        self.write("image/oci-layout", '{"imageLayoutVersion": "2.0.0"}')
        self.assertIn("another version", self.kiln(
            "build", "src", "-o", "oci:image", status=None).stderr)

    def test_modes_do_not_depend_on_the_umask(self):
        before = os.umask(0o077)
        try:
            self.image(name="new/image")
        finally:
            os.umask(before)
        self.assertEqual([stat.S_IMODE(os.stat(self.path("new/image", name)).st_mode)
                          for name in ("", "blobs", "blobs/sha256", "index.json", "oci-layout")],
                         [0o755, 0o755, 0o755, 0o644, 0o644])

    def test_an_empty_directory_becomes_a_layout(self):
        os.mkdir(self.path("image"))
        self.image()

    def test_writers_wait_for_each_other(self):
        running = [subprocess.Popen([tap.KILN, "build", "-q", "src", "-o", f"oci:image:t{number}"],
                                    cwd=self.directory, env=tap.environment())
                   for number in range(6)]
        self.assertEqual([process.wait() for process in running], [0] * 6)
        layout = oci.Layout(self.path("image"))
        self.assertEqual(sorted(layout.tags()), [f"t{number}" for number in range(6)])
        self.assertFalse([name for name in layout.blobs() if name.startswith(".")])

    def test_a_killed_run_loses_nothing(self):
        self.image(tag="1")
        before = program.read(self.path("image/index.json"))
        for number in range(40):
            self.write(f"src/more/{number}", noise(200_000, number))
        for delay in (0.03, 0.06, 0.1, 0.2, 0.3):
            process = subprocess.Popen([tap.KILN, "build", "-q", "src", "-o", "oci:image:2"],
                                       cwd=self.directory, env=tap.environment())
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            layout = oci.Layout(self.path("image"))
            layout.image("1")
            for name in layout.blobs():
                if not name.startswith("."):
                    data = program.read(self.path("image/blobs/sha256", name))
                    self.assertEqual(oci.digest(data), "sha256:" + name)
        self.assertEqual(json.loads(before)["manifests"][0], layout.index["manifests"][0])
        self.image(tag="2")
        self.assertFalse([name for name in os.listdir(self.path("image/blobs/sha256"))
                          if name.startswith(".")])

    def test_an_interrupted_run_leaves_no_new_layout(self):
        for number in range(60):
            self.write(f"src/more/{number}", noise(500_000, number))
        process = subprocess.Popen([tap.KILN, "build", "-q", "src", "-o", "oci:image"],
                                   cwd=self.directory, env=tap.environment(),
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None and not os.path.exists(self.path("image/oci-layout")):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(), 130)
        self.assertEqual(os.listdir(self.directory), ["src"])

    def full_disk(self):
        """Build where no file can have more than 1 MiB."""
        code = ("import resource, signal, subprocess, sys; "
                "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
                "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); "
                "sys.exit(subprocess.run(sys.argv[1:], restore_signals=False).returncode)")
        result = subprocess.run(
            [tap.PYTHON, "-c", code, tap.KILN, "build", "src", "-o", "oci:image"],
            cwd=self.directory, env=tap.environment(), capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("File too large", result.stderr)

    def test_a_full_disk_leaves_no_new_layout(self):
        self.write("src/large", noise(3 << 20, 1))
        self.full_disk()
        self.assertEqual(os.listdir(self.directory), ["src"])

    def test_a_full_disk_loses_nothing_of_a_layout(self):
        self.image(tag="1")
        before = self.state(), program.read(self.path("image/index.json"))
        self.write("src/large", noise(3 << 20, 1))
        self.full_disk()
        self.assertEqual((self.state(), program.read(self.path("image/index.json"))), before)


class Attach(oci.Case):
    @staticmethod
    def files():
        return oci.wheel_record("tea", "1.0+local", {"tea.py": "VALUE = 1\n"})

    def referrers(self, tag):
        """{artifactType: (manifest, content)} of what is about an image."""
        layout = oci.Layout(self.path("image"))
        subject = layout.entry(tag)["digest"]
        found = {}
        for entry in layout.index["manifests"]:
            manifest = layout.document(entry)
            if manifest.get("subject", {}).get("digest") == subject:
                layer, = manifest["layers"]
                self.assertEqual(manifest["artifactType"], entry["artifactType"])
                self.assertEqual(layer["mediaType"], manifest["artifactType"])
                self.assertEqual(layout.blob(manifest["config"]), b"{}")
                self.assertNotIn(entry["artifactType"], found)
                found[entry["artifactType"]] = layout.document(layer)
        return found

    def test_a_bill_and_the_provenance_refer_to_the_image(self):
        image = self.image("--attach", "--prefix", "/srv")
        found = self.referrers("latest")
        self.assertEqual(sorted(found), ["application/spdx+json", "application/vnd.in-toto+json"])
        names = [package["name"] for package in found["application/spdx+json"]["packages"]]
        self.assertIn("tea", names)
        statement = found["application/vnd.in-toto+json"]
        self.assertEqual(statement["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual(statement["subject"], [{"name": "latest", "digest": {
            "sha256": image.descriptor["digest"].removeprefix("sha256:")}}])
        self.assertEqual(statement["predicateType"], "https://slsa.dev/provenance/v1")
        build = statement["predicate"]["buildDefinition"]
        self.assertEqual(build["externalParameters"]["prefix"], "/srv")
        self.assertEqual(build["resolvedDependencies"], [{"uri": "pkg:pypi/tea@1.0%2Blocal"}])
        self.assertIn("kiln", statement["predicate"]["runDetails"]["builder"]["version"])

    def test_the_base_is_a_dependency(self):
        base = self.image(tag="base")
        self.image("--attach", "--base", "oci:image:base", "--prefix", "/top", tag="top")
        statement = self.referrers("top")["application/vnd.in-toto+json"]
        self.assertEqual(
            statement["predicate"]["buildDefinition"]["resolvedDependencies"][0],
            {"name": "base", "digest": {
                "sha256": base.descriptor["digest"].removeprefix("sha256:")}})

    def test_an_image_for_other_platforms_has_reports(self):
        self.kiln("build", "src", "-o", "oci:image", "--attach", "--manifest", "m.json", "--sbom",
                  "b.spdx.json", "--platform", "linux/arm64", "--platform", "linux/s390x")
        self.assertEqual(len(self.referrers("latest")), 2)
        self.kiln("build", "src", "-o", "x.oci.tar", "--manifest", "n.json", "--platform",
                  "linux/arm64", "--platform", "linux/s390x")
        found = [json.loads(program.read(self.path(name)))["entries"]
                 for name in ("m.json", "n.json")]
        self.assertEqual(*found)

    def test_they_go_with_their_image(self):
        self.image("--attach", tag="1")
        self.image("--attach", tag="1")
        self.assertEqual(len(oci.Layout(self.path("image")).index["manifests"]), 3)
        self.image(tag="2")
        self.assertEqual(len(self.referrers("2")), 2)
        self.write("src/new.py", "")
        self.image(tag="1")
        self.assertEqual(len(self.referrers("2")), 2)
        self.assertEqual(self.referrers("1"), {})
        self.image(tag="2")
        self.assertEqual(oci.Layout(self.path("image")).tags(), ["1", "2"])

    def test_they_are_reproducible(self):
        self.image("--attach", name="image")
        self.image("--attach", name="other")
        self.assertEqual(*(oci.Layout(self.path(name)).index for name in ("image", "other")))

    def test_an_archive_has_no_place_for_them(self):
        self.assertIn("--attach needs an image layout", self.kiln(
            "build", "src", "-o", "x.oci.tar", "--attach", status=2).stderr)

    def test_other_programs_find_the_image_by_its_tag(self):
        self.image("--attach", tag="v1")
        self.call("skopeo", "inspect", "oci:image:v1")
        self.call("umoci", "unpack", "--rootless", "--image", "image:v1", "bundle")


class Readers(oci.Case):
    @staticmethod
    def files():
        return {"shop/__init__.py": "VALUE = 1\n", "shop/data": noise(100_000, 1),
                "n\u00e4me/" + "long" * 60 + "/" + "path" * 50: "x"}

    def setUp(self):
        super().setUp()
        os.symlink("shop/data", self.path("src/link"))
        os.mkdir(self.path("src/empty"))

    def tree(self, root):
        """{path: content, link or None} of a directory."""
        found = {}
        for directory, directories, names in os.walk(root):
            for name in directories + names:
                path = os.path.join(directory, name)
                found[os.path.relpath(path, root)] = (
                    os.readlink(path) if os.path.islink(path) else
                    None if os.path.isdir(path) else program.read(path))
        return found

    def test_skopeo_inspects_and_copies(self):
        for program_options in ((), ("--layer-compression", "zstd")):
            self.image(*program_options, tag="v1")
            found = json.loads(self.call("skopeo", "inspect", "oci:image:v1").stdout)
            entry = oci.Layout(self.path("image")).entry("v1")
            self.assertEqual(found["Digest"], entry["digest"])
        self.image(tag="v1")
        self.call("skopeo", "copy", "oci:image:v1", "docker-archive:docker.tar:shop:v1")
        self.call("skopeo", "copy", "docker-archive:docker.tar", "oci:back:v1")
        there, back = (oci.Layout(self.path(name)).image("v1") for name in ("image", "back"))
        self.assertEqual(there.config["rootfs"], back.config["rootfs"])
        self.assertEqual(there.files(), back.files())

    def test_skopeo_reads_the_archive_both_ways(self):
        self.kiln("build", "src", "-o", "shop.oci.tar")
        for transport in ("oci-archive", "docker-archive"):
            self.call("skopeo", "inspect", f"{transport}:shop.oci.tar")
            self.call("skopeo", "copy", f"{transport}:shop.oci.tar", f"oci:{transport}:v1")
            image = oci.Layout(self.path(transport)).image("v1")
            self.assertEqual(image.files()["app/shop/__init__.py"], b"VALUE = 1\n")

    def test_umoci_unpacks_the_tree(self):
        self.image(tag="v1")
        self.kiln("build", "src", "-o", "tree")
        os.remove(self.path("tree/.kiln"))
        self.call("umoci", "unpack", "--rootless", "--image", "image:v1", "bundle")
        self.assertEqual(self.tree(self.path("bundle/rootfs/app")), self.tree(self.path("tree")))

    def test_buildah_takes_it_as_a_base(self):
        self.image(tag="v1")
        options = ("--root", self.path("store"), "--runroot", self.path("run"),
                   "--storage-driver", "vfs")
        result = self.call("buildah", *options, "from", "--isolation", "chroot",
                           f"oci:{self.path('image')}:v1", status=None)
        if result.returncode:
            self.skipTest("buildah cannot work here: " + result.stderr.strip()[-200:])
        name = result.stdout.strip()
        found = json.loads(self.call("buildah", *options, "inspect", name).stdout)
        self.assertEqual(found["OCIv1"]["config"]["WorkingDir"], "/app")
        self.call("buildah", *options, "rm", name)


if __name__ == "__main__":
    tap.main()
