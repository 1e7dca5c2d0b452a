"""A site of Debian's Flask and gunicorn as an OCI image, unpacked and started: it answers."""
import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import sites
import tap

APPLICATION = """
import os, sys
import flask

app = flask.Flask(__name__)
compiled = []
sys.addaudithook(lambda event, values: event == 'compile' and isinstance(values[1], str)
                 and values[1].startswith('/app') and compiled.append(values[1]))


@app.route('/')
def home():
    return flask.jsonify(greeting=os.environ['GREETING'], file=__file__, cwd=os.getcwd(),
                         compiled=compiled, flask=flask.__file__)
"""


class Site(oci.Case, sites.Case):
    def setUp(self):
        super().setUp()
        oci.program("umoci")
        oci.program("unshare")
        oci.program("chroot")
        self.packages = sites.sources(*sites.FLASK, *sites.GUNICORN)
        if sysconfig.get_path("stdlib") != f"/usr/lib/python3.{sys.version_info[1]}":
            raise unittest.SkipTest("the interpreter is not Debian's")
        self.write("src/shop/__init__.py", "")
        self.write("src/shop/site.py", APPLICATION)

    def make_base(self):
        """An image with the interpreter, its library and what they load; its layer is a plain tar,
        which kiln does not read."""
        python = os.path.realpath(tap.PYTHON)
        library = sysconfig.get_path("stdlib")
        extensions = [os.path.join(library, "lib-dynload", name)
                      for name in sorted(os.listdir(os.path.join(library, "lib-dynload")))]
        shared = subprocess.run(["ldd", python, *extensions], capture_output=True, text=True,
                                check=False).stdout
        shared = set(re.findall(r"(/\S+\.so[.\d]*) \(0x", shared))
        path = self.path("base.tar")
        with tarfile.open(path, "w") as tar:
            for name in ("tmp", "dev"):
                entry = tarfile.TarInfo(name)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o777
                tar.addfile(entry)
            for name in sorted(shared):
                tar.add(os.path.realpath(name), name, recursive=False)
            tar.add(python, "/usr/bin/python3")
            tar.add(library, library, filter=lambda entry: (
                None if re.search(r"/(test|config-3.*|idlelib|pydoc_data)$", entry.name)
                else entry))
        data = program.read(path)
        layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": oci.digest(data),
                 "size": len(data)}
        os.makedirs(self.path("image/blobs/sha256"))
        os.rename(path, self.blob(layer))
        config = self.put({"architecture": "amd64", "os": "linux", "config": {"Env": ["LANG=C"]},
                           "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]}})
        manifest = self.put({
            "schemaVersion": 2, "mediaType": oci.MANIFEST,
            "config": config | {"mediaType": oci.CONFIG}, "layers": [layer]})
        self.write("image/oci-layout", '{"imageLayoutVersion": "1.0.0"}')
        self.write("image/index.json", json.dumps({"schemaVersion": 2, "manifests": [
            manifest | {"mediaType": oci.MANIFEST, "annotations": {oci.TAG: "python"}}]}))

    def blob(self, descriptor):
        return self.path("image/blobs/sha256", descriptor["digest"].removeprefix("sha256:"))

    def put(self, document):
        data = json.dumps(document).encode()
        descriptor = {"digest": oci.digest(data), "size": len(data)}
        with open(self.blob(descriptor), "wb") as file:
            file.write(data)
        return descriptor

    def test_the_site_answers(self):
        self.make_base()
        port = sites.free_port()
        self.kiln(
            "build", "src", *self.packages, "-o", "oci:image:site", "--base", "oci:image:python",
            "--exclude", "werkzeug/debug/shared",  # has a link to another package
            "--entrypoint", '["/usr/bin/python3", "-m", "gunicorn"]',
            "--cmd", json.dumps(["--bind", f"127.0.0.1:{port}", "--chdir", "/app",
                                 "--worker-tmp-dir", "/tmp", "shop.site:app"]),
            "--env", "GREETING=hello", "--env", "PYTHONDONTWRITEBYTECODE=1")
        layout = oci.Layout(self.path("image"))
        config = layout.document(layout.document(layout.entry("site"))["config"])
        self.call("umoci", "unpack", "--rootless", "--image", "image:site", "bundle")
        run = config["config"]
        enter = ["chroot", self.path("bundle/rootfs")]
        if os.geteuid():
            enter = ["unshare", "-r", *enter]
        answer = self.answer([*enter, *run["Entrypoint"], *run["Cmd"]], port,
                             dict(pair.split("=", 1) for pair in run["Env"]))
        self.assertEqual(json.loads(answer), {
            "greeting": "hello", "file": "/app/shop/site.py", "cwd": "/app", "compiled": [],
            "flask": "/app/flask/__init__.py"})


if __name__ == "__main__":
    tap.main()
