"""A site of Debian's Flask and gunicorn as an OCI image, unpacked and started: it answers."""
import json
import os
import re
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap

PACKAGES = "/usr/lib/python3/dist-packages"
SITE = ["flask", "werkzeug", "jinja2", "markupsafe", "click", "itsdangerous", "gunicorn",
        "pkg_resources"]
# Required by later versions of these.
SITE += [name for name in ("blinker", "packaging") if os.path.isdir(os.path.join(PACKAGES, name))]

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


class Site(oci.Case):
    def setUp(self):
        super().setUp()
        oci.program("umoci")
        oci.program("unshare")
        oci.program("chroot")
        for name in SITE:
            if not os.path.exists(os.path.join(PACKAGES, name)):
                raise unittest.SkipTest(f"{name} of Debian is not installed")
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

    def start(self, run, port):
        """Start what the config says in the unpacked image."""
        command = run["Entrypoint"] + run["Cmd"]
        enter = ["chroot", self.path("bundle/rootfs")]
        if os.geteuid():
            enter = ["unshare", "-r", *enter]
        with open(self.path("log"), "wb") as log:
            process = subprocess.Popen(
                [*enter, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(pair.split("=", 1) for pair in run["Env"]), start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for _ in range(200):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                    return json.load(answer)
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    break
                time.sleep(0.1)
        self.fail(program.read(self.path("log")).decode(errors="replace"))

    def test_the_site_answers(self):
        self.make_base()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.kiln(
            "build", "src", *(os.path.join(PACKAGES, name) for name in SITE),
            "-o", "oci:image:site", "--base", "oci:image:python",
            "--exclude", "werkzeug/debug/shared",  # has a link to another package
            "--entrypoint", '["/usr/bin/python3", "-m", "gunicorn"]',
            "--cmd", json.dumps(["--bind", f"127.0.0.1:{port}", "--chdir", "/app",
                                 "--worker-tmp-dir", "/tmp", "shop.site:app"]),
            "--env", "GREETING=hello", "--env", "PYTHONDONTWRITEBYTECODE=1")
        layout = oci.Layout(self.path("image"))
        config = layout.document(layout.document(layout.entry("site"))["config"])
        self.call("umoci", "unpack", "--rootless", "--image", "image:site", "bundle")
        answer = self.start(config["config"], port)
        self.assertEqual(answer, {
            "greeting": "hello", "file": "/app/shop/site.py", "cwd": "/app", "compiled": [],
            "flask": "/app/flask/__init__.py"})


if __name__ == "__main__":
    tap.main()
