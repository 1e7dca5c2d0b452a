"""Images where they are used: on file systems that nothing can be written to, as sites that answer
requests, and unpacked by the programs that people unpack them with."""
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import sites
import tap

# Imports modules of the image argv[1] and prints which files Python compiled meanwhile.
IMPORTS = """
import importlib, sys
import encodings.ascii, zipimport
compiled = []
def hook(event, values):
    if event == "compile" and values[1] not in ("<string>", None):
        compiled.append(values[1])
sys.addaudithook(hook)
sys.path.insert(0, sys.argv[1])
names = sys.argv[2:]
found = [importlib.import_module(name).__name__ for name in names]
assert found == names, found
from importlib import resources
assert resources.files("app").joinpath("data.txt").read_text() == "data"
print(compiled)
"""

FLASK = """
import os
import flask

app = flask.Flask(__name__)


@app.route('/')
def home():
    return 'flask ' + flask.request.args.get('name', 'nobody')
"""

DJANGO = """
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="none", USE_I18N=False)
urlpatterns = [path("", lambda request: HttpResponse("django " + request.method))]
app = get_wsgi_application()
"""

# The server's program: what gunicorn's own script calls.
SERVE = """
import gunicorn.app.wsgiapp


def main():
    gunicorn.app.wsgiapp.run()
"""


class ReadOnly(program.Case):
    def test_nothing_needs_to_be_written(self):
        self.write("in/app/__init__.py", "from app import late\n")
        self.write("in/app/late.py", "VALUE = 1\n")
        self.write("in/app/data.txt", "data")
        self.write("in/__main__.py", "import app\nprint('main', app.late.VALUE)\n")
        disk = self.small_disk("disk", "4m")
        names = ("source", "bytecode", "source.zip", "bytecode.zip", "source.pyz", "bytecode.pyz")
        for name in names:
            self.kiln("build", "--layout", name.partition(".")[0], "in", "-o", f"disk/{name}")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        before = program.tree(disk)
        for name in names:
            with self.subTest(name=name):
                image = os.path.join(disk, name)
                result = subprocess.run(
                    [tap.PYTHON, "-I", "-S", "-c", IMPORTS, image, "app", "app.late"], text=True,
                    capture_output=True, env=tap.environment())
                self.assertEqual((result.stdout, result.stderr), ("[]\n", ""))
                result = subprocess.run([tap.PYTHON, "-I", image], capture_output=True, text=True,
                                        env=tap.environment())
                self.assertEqual((result.stdout, result.stderr), ("main 1\n", ""))
                checked = self.kiln("image", "--check-imports", image)
                self.assertIn("2 imported, 0 compiled", checked.stderr)
        self.assertEqual(program.tree(disk), before)

    def test_sources_are_not_opened_in_the_layout_bytecode(self):
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        self.write("in/app/__init__.py", "from app import late\n")
        self.write("in/app/late.py", "VALUE = 1\n")
        self.kiln("build", "--layout", "bytecode", "in", "-o", "image")
        subprocess.run(
            ["strace", "-f", "-e", "trace=file", "-o", self.path("calls"), tap.PYTHON, "-I", "-c",
             f"import sys; sys.path.insert(0, {self.path('image')!r}); import app"], check=True,
            env=tap.environment(ASAN_OPTIONS=None))
        calls = program.read(self.path("calls")).decode(errors="replace")
        opened = re.findall(rf'open(?:at)?\([^"]*"{re.escape(self.path("image"))}/([^"]*)".* = \d',
                            calls)
        modules = [path for path in opened if path.endswith((".py", ".pyc"))]
        self.assertEqual(modules, ["app/__init__.pyc", "app/late.pyc"])


class Sites(sites.Case):
    """A site with gunicorn, from a directory and from an application."""

    def assert_answers(self, text, packages, expected):
        self.write("site/shop.py", text)
        self.write("site/serve.py", SERVE)
        self.write("site/app/__init__.py")
        arguments = ["build", "site", *sites.sources(*packages, *sites.GUNICORN),
                     # They have links to other packages.
                     "--exclude", "werkzeug/debug/shared", "--exclude", "jquery*.js"]
        self.kiln(*arguments, "-o", "image")
        self.kiln(*arguments, "-m", "serve:main", "--extract-native", "-o", "image.pyz")
        os.mkdir(self.path("cache"), 0o700)
        environment = {"PATH": os.defpath, "XDG_CACHE_HOME": self.path("cache"), "LANG": "C.UTF-8",
                       "PYTHONDONTWRITEBYTECODE": "1"}
        runs = {
            "directory": (["-m", "gunicorn"], {"PYTHONPATH": self.path("image")}),
            "application": ([self.path("image.pyz")], {}),
        }
        for name, (program_arguments, more) in runs.items():
            with self.subTest(name=name):
                port = sites.free_port()
                found = self.answer(
                    [tap.PYTHON, "-S", *program_arguments, "--bind", f"127.0.0.1:{port}",
                     "shop:app"], port, environment | more)
                self.assertEqual(found, expected)

    def test_a_site_of_flask_answers(self):
        self.assert_answers(FLASK, sites.FLASK, "flask nobody")

    def test_a_site_of_django_answers(self):
        self.assert_answers(DJANGO, sites.DJANGO, "django GET")


class Extraction(program.Case):
    """Programs that unpack images with links out of them write nothing outside."""

    def setUp(self):
        super().setUp()
        self.write("outside/file", "before")
        self.write("in/x/file", "inner")
        os.symlink(self.path("outside"), self.path("in/absolute"))
        os.symlink("../outside", self.path("in/up"))
        os.symlink("../outside/file", self.path("in/direct"))
        self.outside = program.tree(self.path("outside"))

    def build(self, name, *sources, status=0):
        return self.kiln("build", "--allow-external-links", *sources, "-o", name, status=status)

    def assert_untouched(self):
        self.assertEqual(program.tree(self.path("outside")), self.outside)

    def test_nothing_stands_below_a_link(self):
        """Neither what another source has, nor what is placed there."""
        for name in ("up", "absolute", "direct"):
            self.write(f"other/{name}/file", "written")
        for form in ("image", "a.tar", "a.zip", "oci:layout:a"):
            for arguments in (["in", "other"], ["in", "other/up=up"], ["in", "other/up=absolute"],
                              ["other", "in"]):
                with self.subTest(form=form, arguments=arguments):
                    result = self.build(form, *arguments, status=1)
                    self.assertRegex(
                        result.stderr,
                        "'(up|absolute|direct)' in the image is already taken by '(in|other)/")
                    self.assert_untouched()

    def test_what_people_unpack_with_stays_inside(self):
        commands = {
            "a.tar": ["tar -xf a.tar -C to", "bsdtar -xf a.tar -C to"],
            "a.tar.zst": ["tar -xf a.tar.zst -C to"],
            "a.zip": ["unzip -q a.zip -d to", "bsdtar -xf a.zip -C to"],
            "a.squashfs": ["unsquashfs -n -f -d to a.squashfs"],
            "oci:layout:a": ["umoci unpack --rootless --image layout:a to"],
        }
        for name, ways in commands.items():
            tool = ways[0].split()[0]
            if not shutil.which(tool):
                self.skipTest(f"{tool} is not installed")
            self.build(name, "in")
            for way in ways:
                with self.subTest(way=way):
                    # Twice: the second time the links are there before.
                    os.mkdir(self.path("to"))
                    for _ in range(1 if "umoci" in way else 2):
                        subprocess.run(way.replace("unzip", "unzip -o"), shell=True, check=True,
                                       cwd=self.directory, capture_output=True)
                    root = "to/rootfs/app" if "umoci" in way else "to"
                    self.assertEqual(os.readlink(self.path(root, "up")), "../outside")
                    self.assertEqual(program.read(self.path(root, "x/file")), b"inner")
                    self.assert_untouched()
                    shutil.rmtree(self.path("to"))

    def test_archives_have_the_links_and_nothing_of_what_they_lead_to(self):
        self.build("a.tar", "in")
        self.build("a.zip", "in")
        with tarfile.open(self.path("a.tar")) as archive:
            links = {entry.name: entry.linkname for entry in archive if entry.issym()}
        with zipfile.ZipFile(self.path("a.zip")) as archive:
            zipped = {entry.filename: archive.read(entry).decode() for entry in archive.infolist()
                      if entry.external_attr >> 28 == 0o12}
        self.assertEqual(links, {"absolute": self.path("outside"), "up": "../outside",
                                 "direct": "../outside/file"})
        self.assertEqual(zipped, links)


if __name__ == "__main__":
    tap.main()
