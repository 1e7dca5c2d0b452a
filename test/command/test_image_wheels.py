"""Wheels and virtual environments as sources of images."""
import os
import shutil
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels

INFO = "demo-1.0.dist-info"
VERSION = "{}.{}".format(*sys.version_info)


class Wheels(wheels.Case):
    def test_a_wheel_contributes_what_installing_it_would(self):
        self.wheel("demo", "1.0", wheels.DEMO | {
            "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
            "demo-1.0.data/scripts/shell": "#!/bin/sh\n",
            "demo-1.0.data/data/share/words": "w\n",
            "demo-1.0.data/headers/demo.h": "/* h */\n",
            "demo-1.0.data/purelib/pure.py": "",
            "demo-1.0.data/platlib/plat.py": "",
            f"{INFO}/RECORD.jws": "signature", f"{INFO}/INSTALLER": "other"},
            scripts={"demo": "demo:main"})
        self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image")
        found = self.assert_recorded("image", INFO)
        self.assertEqual({path for path in found if not path.endswith(".pyc")}, {
            "bin/demo", "bin/shell", "bin/tool", "demo/__init__.py", "demo/data.txt",
            "include/demo/demo.h", "plat.py", "pure.py", "share/words",
            *(f"{INFO}/{name}" for name in
              ("INSTALLER", "METADATA", "RECORD", "WHEEL", "entry_points.txt"))})
        self.assertEqual(sum(path.endswith(".pyc") for path in found), 3)
        self.assertEqual(program.read(self.path(f"image/{INFO}/INSTALLER")), b"kiln\n")
        self.assertEqual(program.read(self.path("image/bin/tool")),
                         b"#!/usr/bin/env python3\nprint('tool')\n")
        for name in ("demo", "shell", "tool"):
            self.assertTrue(os.access(self.path(f"image/bin/{name}"), os.X_OK), name)
        self.assertFalse(os.access(self.path("image/pure.py"), os.X_OK))

    def test_pip_installs_the_same(self):
        path = self.wheel("demo", "1.0", wheels.DEMO, scripts={"demo": "demo:main"})
        site = self.venv()
        self.pip("install", path)
        self.kiln("build", path, "-o", "image")
        ours = self.assert_recorded("image", INFO)
        theirs = set(wheels.rows(os.path.join(site, INFO, "RECORD")))
        self.assertEqual({"bin/demo" if name.endswith("bin/demo") else name
                          for name in theirs} - {f"{INFO}/REQUESTED", f"{INFO}/direct_url.json"},
                         ours)

    def test_a_wheel_of_a_wheel_is_the_same_installation(self):
        path = self.wheel("demo", "1.0", wheels.DEMO | {
            "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
            "demo-1.0.data/scripts/shell": "#!/bin/sh\n",
            "demo-1.0.data/headers/sub/demo.h": "/* h */\n"}, scripts={"demo": "demo:main"})
        self.venv()
        self.pip("install", "--no-deps", "--target", self.path("target"), path)
        self.write("target/bin/own", "#!/bin/sh\n")
        for number, source in enumerate((path, "target")):
            with self.subTest(source=source):
                out = f"{number}/{os.path.basename(path)}"
                os.mkdir(self.path(str(number)))
                result = self.kiln("build", source, "-o", out, "-v")
                with zipfile.ZipFile(self.path(out)) as archive:
                    names = set(archive.namelist())
                    tool = archive.read("demo-1.0.data/scripts/tool")
                # With --target pip puts headers into include/site/pythonX.Y.
                self.assertEqual({name for name in names
                                  if not name.startswith((INFO, "include/site/"))},
                                 {"demo/__init__.py", "demo/data.txt",
                                  "demo-1.0.data/scripts/tool", "demo-1.0.data/scripts/shell"} |
                                 ({"bin/own"} if number else
                                  {"demo-1.0.data/headers/sub/demo.h"}))
                self.assertEqual(tool, b"#!python\nprint('tool')\n")
                self.assertEqual("bin/demo: note: left out: installers make" in result.stderr,
                                 source == "target")
                self.pip("install", "--no-deps", "--force-reinstall", self.path(out))
                for name, said in (("tool", "tool\n"), ("demo", "demo []\n"), ("shell", "")):
                    done = subprocess.run([self.path(f"venv/bin/{name}")], check=True, text=True,
                                          capture_output=True)
                    self.assertEqual(done.stdout, said)
                self.pip("uninstall", "-y", "demo")
                self.assertFalse(os.path.exists(self.path("venv/bin/tool")))

    def test_a_package_named_bin_stays(self):
        path = self.wheel("demo", "1.0", {"bin/__init__.py": "", "bin/tool.py": ""})
        os.mkdir(self.path("out"))
        self.kiln("build", path, "-o", "out/" + os.path.basename(path))
        with zipfile.ZipFile(self.path("out/" + os.path.basename(path))) as archive:
            self.assertIn("bin/tool.py", archive.namelist())

    def test_a_wheel_has_a_place(self):
        self.wheel("demo", "1.0", wheels.DEMO, scripts={"demo": "demo:main"})
        self.kiln("build", "demo-1.0-py3-none-any.whl=lib", "-o", "image")
        self.assertIn("bin/demo", self.assert_recorded("image", INFO, base="lib"))

    def test_images_of_a_wheel_do_not_depend_on_the_wheel_s_form(self):
        first = self.wheel("demo", "1.0", wheels.DEMO, directory="a")
        second = self.path(f"b/{os.path.basename(first)}")
        os.makedirs(os.path.dirname(second))
        with zipfile.ZipFile(first) as old, zipfile.ZipFile(second, "w") as new:
            for name in reversed(old.namelist()):
                new.writestr(name, old.read(name))
        for name, path in (("a.tar", first), ("b.tar", second)):
            self.kiln("build", path, "-o", name, umask=0o077 if name == "b.tar" else -1)
        self.assertEqual(program.read(self.path("a.tar")), program.read(self.path("b.tar")))

    def test_errors_in_a_wheel_name_the_member(self):
        self.wheel("demo", "1.0", {"demo/bad.py": "x = (\n", "demo/odd.py": "x = 1 is 1\n"})
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image", status=1)
        found = {message.path: message.kind for message in program.messages(result.stderr)}
        self.assertEqual(found, {"demo-1.0-py3-none-any.whl: demo/bad.py": "error",
                                 "demo-1.0-py3-none-any.whl: demo/odd.py": "warning"})
        self.wheel("other", "2", {"demo/bad.py": "y = 1\n"})
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "other-2-py3-none-any.whl",
                           "-o", "image", status=1)
        self.assertIn("other-2-py3-none-any.whl: demo/bad.py: error: 'demo/bad.py' in the image is "
                      "already taken by 'demo-1.0-py3-none-any.whl: demo/bad.py'", result.stderr)
        self.assertNotIn("/tmp", result.stderr)

    def test_nothing_is_left_behind(self):
        path = self.wheel("demo", "1.0", wheels.DEMO)
        os.mkdir(self.path("tmp"))
        self.kiln("build", path, "-o", "image", variables={"TMPDIR": self.path("tmp")})
        self.write("broken-1-py3-none-any.whl", "x")
        self.kiln("build", path, "broken-1-py3-none-any.whl", "-o", "other", status=1,
                  variables={"TMPDIR": self.path("tmp")})
        self.assertEqual(os.listdir(self.path("tmp")), [])
        self.assertFalse(os.path.exists(self.path("other")))

    def test_a_wheel_for_another_python_or_platform_is_a_warning(self):
        for tag, warns in (("cp27-cp27mu-linux_x86_64", True), ("py3-none-win_amd64", True),
                           ("py2-none-any", True), ("py2.py3-none-any", False)):
            path = self.wheel("demo", "1.0", wheels.DEMO, tag=tag)
            with self.subTest(tag=tag):
                result = self.kiln("build", path, "-o", "image")
                self.assertEqual("a wheel for another Python or platform" in result.stderr, warns)
                self.assertEqual(f"'{tag}'" in result.stderr, warns)

    def test_foreign_extension_modules_are_warnings(self):
        self.wheel("demo", "1.0", wheels.DEMO | {
            "demo/a.cpython-27-x86_64-linux-gnu.so": "", "demo/b.abi3.so": "", "demo/c.pyd": ""})
        result = self.kiln("build", "demo-1.0-py3-none-any.whl", "-o", "image")
        self.assertEqual([os.path.basename(message.path)
                          for message in program.messages(result.stderr)],
                         ["a.cpython-27-x86_64-linux-gnu.so", "c.pyd"])


class Hostile(wheels.Case):
    """Wheels made to do harm are refused, with the reason, and nothing is written."""

    NAME = "evil-1-py3-none-any.whl"

    def refused(self, expected, files=None, *, edit=None, record=None):
        content = wheels.wheel_files("evil", "1", files or {})
        if record is None:
            record = wheels.record("evil", "1", content)
        with zipfile.ZipFile(self.path(self.NAME), "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in content.items():
                archive.writestr(name, data)
            archive.writestr("evil-1.dist-info/RECORD", record)
            if edit:
                edit(archive)
        with self.subTest(expected=expected):
            before = sorted(os.listdir(self.directory))
            result = self.kiln("build", self.NAME, "-o", "image", status=1)
            self.assertIn(expected, result.stderr)
            self.assertIn(f"{self.NAME}", result.stderr)
            self.assertEqual(sorted(os.listdir(self.directory)), before)

    def test_names_that_lead_out_are_refused(self):
        for name in ("../evil.py", "/evil.py", "a/../../evil.py", "a/./b.py", "a//b.py",
                     "evil-1.data/purelib/../../../evil.py"):
            self.refused("the name leads out of the wheel, or is not a plain path", {name: ""})
        self.refused("in more than 255 directories", {"d/" * 256 + "x.py": ""})
        self.refused("is not a part of an installation", {"evil-1.data/other/x": ""})
        self.refused("a file of this name", {"evil-1.data/purelib": ""})

    def test_links_are_refused(self):
        def add(archive):
            info = zipfile.ZipInfo("link")
            info.create_system = 3
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
        self.refused("link: error: neither a file nor a directory", edit=add)

    def test_two_entries_for_a_file_are_refused(self):
        self.refused("an entry for the same file as 'a.py'",
                     {"a.py": "", "evil-1.data/purelib/a.py": ""})

    def test_a_file_that_is_a_directory_elsewhere_is_refused(self):
        self.refused("a/b: error: cannot create 'a", {"a": "", "a/b": ""})

    def test_a_zip_bomb_is_refused(self):
        self.refused("the wheel unpacks to more than", {"zeros": bytes(1200 << 20)})

    def test_files_that_record_does_not_have_are_refused(self):
        self.refused("RECORD has no digest of the file", {"a.py": ""}, record="a.py,,\n")
        self.refused("RECORD has no digest of the file",
                     edit=lambda archive: archive.writestr("more.py", ""))
        content = wheels.wheel_files("evil", "1", {"a.py": "x"})
        record = wheels.record("evil", "1", content)
        self.refused("a.py: error: the file differs from its digest or size in RECORD",
                     {"a.py": "y"}, record=record)
        self.refused("only sha256 is accepted", {"a.py": "y"},
                     record=record.replace("a.py,sha256", "a.py,md5"))

    def test_other_files_are_no_wheels(self):
        for name, text in ((self.NAME, ""), (self.NAME, "PK\3\4 and more"),
                           ("evil.whl", "x")):
            self.write(name, text)
            result = self.kiln("build", name, "-o", "image", status=1)
            self.assertIn(name + ": error: ", result.stderr)
        with zipfile.ZipFile(self.path(self.NAME), "w") as archive:
            archive.writestr("a.py", "")
        self.assertIn("not a wheel: no NAME.dist-info/RECORD",
                      self.kiln("build", self.NAME, "-o", "image", status=1).stderr)

    def test_a_wheel_of_another_name_is_refused(self):
        path = self.wheel("demo", "1.0", wheels.DEMO)
        os.rename(path, self.path(self.NAME))
        self.assertIn("of another distribution than the file's name, 'evil'",
                      self.kiln("build", self.NAME, "-o", "image", status=1).stderr)

    def test_damage_is_found(self):
        path = self.wheel("demo", "1.0", {"demo.bin": os.urandom(4096)})
        data = bytearray(program.read(path))
        for at in range(60, len(data), 97):
            changed = bytearray(data)
            changed[at] ^= 0x41
            self.write("demo-1.0-py3-none-any.whl", bytes(changed))
            result = self.kiln("build", path, "-o", "image", status=None)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            if result.returncode == 0:  # what no reader looks at, such as a time
                self.assert_recorded("image", INFO)


class Environments(wheels.Case):
    def site(self, version=VERSION, environment="venv"):
        self.write(f"{environment}/pyvenv.cfg", f"version = {version}\n")
        self.write(f"{environment}/bin/activate", "")
        return f"{environment}/lib/python{version}/site-packages"

    def test_an_environment_contributes_its_site_packages(self):
        site = self.venv()
        self.pip("install", self.wheel("demo", "1.0", wheels.DEMO, scripts={"demo": "demo:main"}))
        self.kiln("build", "venv", "-o", "image", "--exclude", "pip", "--exclude", "setuptools")
        self.assert_recorded("image", INFO)
        self.assertEqual(
            {name for name in os.listdir(site) if name.startswith(("demo", "pip-"))},
            {name for name in os.listdir(self.path("image")) if name.startswith(("demo", "pip-"))})
        self.assertFalse(os.path.exists(self.path("image/pyvenv.cfg")))
        shutil.rmtree(self.path("venv"))
        done = subprocess.run([self.path("image/bin/demo"), "x"], check=True, capture_output=True,
                              text=True, cwd="/")
        self.assertEqual(done.stdout, "demo ['x']\n")

    def test_one_of_several_versions_has_to_be_chosen(self):
        self.write(f"{self.site('3.9')}/old.py")
        self.write(f"{self.site()}/new.py")
        result = self.kiln("build", "venv", "-o", "image", status=2)
        self.assertIn("choose a version with --python", result.stderr)
        self.kiln("build", "venv", "-o", "image", "--python", VERSION)
        self.assertTrue(os.path.exists(self.path("image/new.py")))

    def test_an_environment_of_another_version_is_a_warning(self):
        self.write(f"{self.site('3.9')}/old.py")
        result = self.kiln("build", "venv", "-o", "image", "--python", VERSION)
        self.assertIn("venv: warning: a virtual environment of 'python3.9', but the image is for",
                      result.stderr)

    def test_links_of_an_environment_do_not_lead_out_of_it(self):
        self.write("out/secret.py")
        self.write("libraries/python" + VERSION + "/site-packages/secret.py")
        for link, target in ((self.site(), self.path("out")),
                             ("venv/lib", "../libraries")):
            with self.subTest(link=link):
                shutil.rmtree(self.path("venv/lib"), ignore_errors=True)
                os.makedirs(os.path.dirname(self.path(link)), exist_ok=True)
                os.symlink(target, self.path(link))
                result = self.kiln("build", "venv", "-o", "image", status=1)
                self.assertIn(f"{self.site()}: error: leads out of the virtual environment",
                              result.stderr)
                self.assertFalse(os.path.exists(self.path("image")))
        os.remove(self.path("venv/lib"))
        os.symlink("lib64", self.path("venv/lib"))
        self.write(f"venv/lib64/python{VERSION}/site-packages/own.py")
        self.kiln("build", "venv", "-o", "image")
        self.assertTrue(os.path.exists(self.path("image/own.py")))

    def test_an_environment_without_site_packages_is_an_error(self):
        self.site()
        os.makedirs(self.path("venv/lib/other"))
        self.assertIn("has no site-packages",
                      self.kiln("build", "venv", "-o", "image", status=2).stderr)


if __name__ == "__main__":
    tap.main()
