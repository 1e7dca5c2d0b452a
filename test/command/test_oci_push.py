"""Images are pushed by skopeo: to a registry on this machine, which has nothing but memory."""
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import oci
import program
import tap


class Registry(http.server.BaseHTTPRequestHandler):
    """As much of the distribution specification as a push needs."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def do_GET(self):
        self.answer(200 if self.path == "/v2/" else 404)

    def do_HEAD(self):
        found = self.server.blobs.get(self.path.rsplit("/", 1)[1])
        if found is None:
            return self.answer(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(found)))
        self.end_headers()
        return None

    def do_POST(self):
        self.answer(202, Location=self.path.rstrip("/") + "/1")

    def do_PATCH(self):
        self.server.upload = self.body()
        self.answer(202, Location=self.path)

    def do_PUT(self):
        data = self.body()
        if match := re.fullmatch(r"/v2/(.*)/manifests/(.*)", self.path):
            self.server.manifests[match[1], match[2]] = data
            return self.answer(201, Docker_Content_Digest=oci.digest(data))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.server.blobs[query["digest"][0]] = self.server.upload + data
        return self.answer(201, Docker_Content_Digest=query["digest"][0])


class Push(oci.Case):
    @staticmethod
    def files():
        return {"app.py": "VALUE = 1\n"}

    def setUp(self):
        super().setUp()
        oci.program("skopeo")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
        self.server.blobs, self.server.manifests, self.server.upload = {}, {}, b""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.registry = "127.0.0.1:%d" % self.server.server_address[1]
        self.write(".config/containers/registries.conf",
                   f'[[registry]]\nlocation = "{self.registry}"\ninsecure = true\n')
        self.variables = {"HOME": self.directory}

    def test_an_image_is_pushed_with_its_digests(self):
        for image in ("oci:image:v1", "app.oci.tar"):
            with self.subTest(image=image):
                self.server.blobs.clear()
                self.server.manifests.clear()
                self.kiln("build", "src", "-o", image, "--push",
                          f"docker://{self.registry}/team/app:v1", variables=self.variables)
                manifest = self.server.manifests["team/app", "v1"]
                wanted = oci.Layout(self.path("image")).entry("v1")["digest"]
                self.assertEqual(oci.digest(manifest), wanted)
                for blob in [json.loads(manifest)["config"], *json.loads(manifest)["layers"]]:
                    self.assertEqual(oci.digest(self.server.blobs[blob["digest"]]), blob["digest"])

    def test_all_platforms_are_pushed(self):
        self.kiln("build", "src", "-o", "oci:image:v1", "--platform", "linux/amd64", "--platform",
                  "linux/arm64", "--push", f"docker://{self.registry}/app:v1",
                  variables=self.variables)
        index = json.loads(self.server.manifests["app", "v1"])
        for entry in index["manifests"]:
            self.assertIn(("app", entry["digest"]), self.server.manifests)

    def test_what_skopeo_says_is_passed_on(self):
        self.server.shutdown()
        self.server.server_close()
        result = self.kiln("build", "src", "-o", "oci:image:v1", "--push",
                           f"docker://{self.registry}/app:v1", variables=self.variables, status=3)
        self.assertIn("connection refused", result.stderr)
        self.assertIn(f'//{self.registry}/v2/"', result.stderr)
        self.assertNotIn("msg=", result.stderr)
        oci.Layout(self.path("image")).image("v1")

    def test_an_image_with_errors_is_not_pushed(self):
        self.write("src/wrong.py", "(")
        self.kiln("build", "src", "-o", "oci:image:v1", "--push",
                  f"docker://{self.registry}/app:v1", variables=self.variables, status=1)
        self.assertEqual(self.server.manifests, {})


class Refusals(oci.Case):
    @staticmethod
    def files():
        return {"app.py": ""}

    def test_without_skopeo(self):
        result = self.kiln("build", "src", "-o", "oci:image", "--push", "docker://h/n:t", status=3,
                           variables={"PATH": self.directory})
        self.assertIn("skopeo is not installed", result.stderr)
        self.assertEqual(program.read(self.path("image/oci-layout"))[:1], b"{")

    def test_a_signal_ends_skopeo(self):
        os.chmod(self.write("bin/skopeo", "#!/bin/sh\necho $$ > begun\nexec sleep 1000\n"), 0o755)
        variables = tap.environment(PATH=self.path("bin") + ":/usr/bin:/bin")
        with subprocess.Popen(
                [tap.KILN, "build", "-q", "src", "-o", "oci:image", "--push", "docker://h/n:t"],
                cwd=self.directory, env=variables) as process:

            def begun():
                """skopeo runs."""
                path = self.path("begun")
                return os.path.exists(path) and program.read(path)
            number = int(program.await_condition(begun, process))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 128 + signal.SIGTERM)
        self.assertFalse(os.path.exists(f"/proc/{number}"))
        oci.Layout(self.path("image")).image("latest")

    def test_other_destinations(self):
        for text in ("registry/name", "docker://", "docker:///x", "docker://name", "dir:x"):
            self.kiln("build", "src", "-o", "oci:image", "--push", text, status=2)
        self.assertEqual(os.listdir(self.directory), ["src"])


if __name__ == "__main__":
    tap.main()
