"""The RECORD of what an image has, and the scripts in bin/: pip and importlib.metadata accept them.
"""
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap
import wheels


class Records(wheels.Case):
    def installed(self, name="demo", version="1.0", files=wheels.DEMO, *, directory="in", **more):
        """Put what a wheel holds into a directory, as if it was installed."""
        content = wheels.wheel_files(name, version, files, **more)
        content[f"{name}-{version}.dist-info/RECORD"] = wheels.record(
            name, version, content).encode()
        for path, data in content.items():
            self.write(os.path.join(directory, path), data)

    def test_bytecode_and_scripts_are_recorded(self):
        self.installed(scripts={"demo": "demo:main"})
        self.kiln("build", "in", "-o", "image")
        self.assertEqual(self.assert_recorded("image", "demo-1.0.dist-info"), {
            "bin/demo", "demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/RECORD",
            "demo-1.0.dist-info/WHEEL", "demo-1.0.dist-info/entry_points.txt",
            "demo/__init__.py", program.cached("demo/__init__.py"), "demo/data.txt"})

    def test_sources_that_are_replaced_by_bytecode_are_not_recorded(self):
        self.installed(scripts={"demo": "demo:main"})
        self.kiln("build", "in", "-o", "image", "--layout", "bytecode")
        found = self.assert_recorded("image", "demo-1.0.dist-info")
        self.assertIn("demo/__init__.pyc", found)
        self.assertNotIn("demo/__init__.py", found)

    def test_what_was_left_out_is_not_recorded(self):
        self.installed()
        self.kiln("build", "in", "-o", "image", "--exclude", "data.txt")
        self.assertNotIn("demo/data.txt", self.assert_recorded("image", "demo-1.0.dist-info"))

    def test_a_link_that_has_no_place_in_the_form_is_left_out(self):
        self.installed()
        links = {"file.txt": "data.txt", "module.py": "__init__.py", "nowhere": "none",
                 "lost.py": "hidden.py", "directory": "../demo", "external": "/etc/hostname"}
        self.write("in/demo/hidden.py", "")
        for name, target in links.items():
            os.symlink(target, self.path(f"in/demo/{name}"))
        with open(self.path("in/demo-1.0.dist-info/RECORD"), "a", encoding="utf-8") as file:
            file.writelines(f"demo/{name},,\n" for name in ("hidden.py", *links))
        options = ("--allow-external-links", "--exclude", "hidden.py")
        lost = ["nowhere", "directory", "external", "lost.py"]
        for image, more in (("a.pyz", ("-m", "demo:main")),
                            ("demo-1.0-py3-none-any.whl", ()),
                            (f"demo-1.0-{tap.TAG.replace('cpython-', 'cp')}-none-any.whl",
                             ("--layout", "bytecode"))):
            with self.subTest(image=image):
                result = self.kiln("build", "in", "-o", image, *options, *more, status=1)
                with zipfile.ZipFile(self.path(image)) as archive:
                    names = set(archive.namelist())
                    record = set(archive.read("demo-1.0.dist-info/RECORD").decode().split("\n"))
                    self.assertEqual({stat.S_ISLNK(info.external_attr >> 16)
                                      for info in archive.infolist()}, {False})
                    self.assertEqual(archive.read("demo/file.txt"), b"data\n")
                recorded = {row.split(",")[0] for row in record} - {""}
                self.assertEqual(recorded, {name for name in names if not name.endswith("/")
                                            and name.startswith("demo")})
                # Bytecode in the place of its source was made of what the link leads to.
                for name in lost[:-1] if more[:1] == ("--layout",) else lost:
                    self.assertIn(f"in/demo/{name}: error: a link to '{links[name]}', which is "
                                  "not a file in the image", result.stderr)
                    self.assertFalse({f"demo/{name}", f"demo/{name}c"} & names)
                self.assertIn(" 0 faults", self.kiln("image", "--verify", image).stderr)
        for image in ("oci:layout:a", "image", "a.tar"):
            self.kiln("build", "in", "-o", image, *options)
            listed = self.kiln("image", "--list", image).stdout
            for name in links:
                self.assertIn(f"demo/{name} -> {links[name]}\n", listed)

    def direct(self, url, directory="in"):
        self.installed(directory=directory, files=wheels.DEMO | {
            "demo-1.0.dist-info/direct_url.json": json.dumps({"url": url, "dir_info": {}})})

    def test_where_it_was_installed_from_on_the_machine_is_left_out(self):
        made = set()
        path = "demo-1.0.dist-info/direct_url.json"
        for directory in ("one/in", "two/in"):
            self.direct(f"file://{self.path(directory)}", directory)
            result = self.kiln("build", "in", "-v", "-o", "a.tar",
                               cwd=self.path(os.path.dirname(directory)))
            self.assertIn(f"in/{path}: note: left out: names a file of the machine",
                          result.stderr)
            self.assertIn(", 1 left out", result.stderr)
            made.add(program.read(self.path(os.path.dirname(directory), "a.tar")))
        self.assertEqual(len(made), 1)
        self.kiln("build", "one/in", "-o", "image")
        self.assertNotIn(path, self.assert_recorded("image", "demo-1.0.dist-info"))
        self.kiln("build", "one/in", "-o", "image", "--include", "direct_url.json")
        self.assertIn(path, self.assert_recorded("image", "demo-1.0.dist-info"))
        for text in ("https://example.org/demo.whl", ""):
            with self.subTest(text=text):
                self.direct(text)
                self.kiln("build", "in", "-o", "image")
                self.assertIn(path, self.assert_recorded("image", "demo-1.0.dist-info"))

    def test_levels_are_recorded(self):
        self.installed()
        self.kiln("build", "in", "-o", "image", "--optimize=0", "--optimize=2")
        found = self.assert_recorded("image", "demo-1.0.dist-info")
        self.assertIn(program.cached("demo/__init__.py"), found)
        self.assertIn(program.cached("demo/__init__.py", 2), found)

    def test_a_record_of_a_distribution_that_does_not_change_stays_as_it_is(self):
        self.installed(files={"words.txt": "a\n"})
        path = "in/demo-1.0.dist-info/RECORD"
        text = program.read(self.path(path)).replace(b"\n", b"\r\n")
        self.write(path, text)
        self.kiln("build", "in", "-o", "image")
        self.assertEqual(program.read(self.path("image/demo-1.0.dist-info/RECORD")), text)

    def test_a_place_has_its_own_scripts(self):
        self.installed(scripts={"demo": "demo:main"})
        self.kiln("build", "in=lib/app", "-o", "image")
        self.assertIn("bin/demo", self.assert_recorded(
            "image", "demo-1.0.dist-info", base="lib/app"))
        self.assertEqual(self.run_script("image/lib/app/bin/demo"), "demo ['a']\n")

    def test_rows_outside_of_the_image_are_removed(self):
        self.installed()
        with open(self.path("in/demo-1.0.dist-info/RECORD"), "a", encoding="utf-8") as file:
            file.write("../../../bin/demo,,\n/etc/passwd,,\n\"a,b\",,\n../in/demo/data.txt,,\n")
        self.kiln("build", "in", "-o", "image")
        self.assertEqual(len(self.assert_recorded("image", "demo-1.0.dist-info")), 6)

    def test_false_rows_become_true(self):
        """Also where nothing else changes; distributors strip and replace files."""
        for files in ({"x/__init__.py": "", "x/data.txt": "data"}, {"x/data.txt": "data"}):
            for row in ("sha256=BBBB,77", "sha256=BBBB,", "sha512=BBBB,4", ",5"):
                with self.subTest(files=files, row=row):
                    for directory in ("in", "image"):
                        shutil.rmtree(self.path(directory), ignore_errors=True)
                    self.installed(files=files)
                    self.write("in/demo-1.0.dist-info/RECORD", "".join(
                        f"{path},{row if ',' in row else ''}\n" for path in files) +
                        "demo-1.0.dist-info/RECORD,,\nx,,\n")
                    self.kiln("build", "in", "-o", "image")
                    record = program.read(self.path("image/demo-1.0.dist-info/RECORD"))
                    self.assertIn(b"x/data.txt,sha256=Om6weQ85rIfJT"
                                  b"zhWst0sXREOaBFgImGpqSPTuyOtyLc,4\n", record)
                    self.assertNotIn(b"x,,", record.splitlines())
                    self.kiln("image", "--verify", "image")

    def test_the_image_of_the_system_s_distributions_verifies(self):
        names = ("yaml", "_yaml", "PyYAML", "cryptography", "markupsafe", "MarkupSafe")
        site = "/usr/lib/python3/dist-packages"
        found = [name for name in os.listdir(site) if name.startswith(names)] \
            if os.path.isdir(site) else []
        if not any(name.endswith(".dist-info") for name in found):
            self.skipTest("no distribution of Debian is installed")
        os.mkdir(self.path("in"))
        for name in found:
            if os.path.isdir(os.path.join(site, name)):
                shutil.copytree(os.path.join(site, name), self.path(f"in/{name}"))
        self.kiln("build", "in", "-o", "image")
        self.kiln("image", "--verify", "image")

    def test_a_broken_record_is_named(self):
        self.installed()
        self.write("in/demo-1.0.dist-info/RECORD", "demo/data.txt,,x\n")
        result = self.kiln("build", "in", "-o", "image", status=1)
        self.assertEqual(program.errors(result)["in/demo-1.0.dist-info/RECORD"].text,
                         "the size is not a number")

    def test_an_archive_has_the_same_record(self):
        self.installed(scripts={"demo": "demo:main"})
        self.kiln("build", "in", "-o", "image")
        self.kiln("build", "in", "-o", "image.tar", "-j", "1")
        os.mkdir(self.path("out"))
        subprocess.run(["tar", "xf", self.path("image.tar"), "-C", self.path("out")], check=True)
        shutil.rmtree(self.path("in"))
        self.assertEqual(self.assert_recorded("out", "demo-1.0.dist-info"),
                         self.assert_recorded("image", "demo-1.0.dist-info"))

    def run_script(self, path, *options):
        done = subprocess.run([self.path(path), "a", *options], check=False, capture_output=True,
                              text=True, cwd="/", timeout=60,
                              env=tap.environment(PATH=os.path.dirname(program.PYTHON) +
                                                  ":/usr/bin:/bin"))
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_scripts_run_wherever_the_image_is(self):
        self.installed(scripts={"demo": "demo:main", "deep": "demo:sys.stdout.flush"})
        self.kiln("build", "in", "-o", "image")
        os.makedirs(self.path("else where"))
        os.rename(self.path("image"), self.path("else where/image"))
        os.symlink("else where/image/bin/demo", self.path("link"))
        for path in ("else where/image/bin/demo", "link"):
            self.assertEqual(self.run_script(path), "demo ['a']\n")
        self.assertEqual(self.run_script("else where/image/bin/deep"), "")
        self.assertEqual(os.stat(self.path("else where/image/bin/demo")).st_mode & 0o777, 0o755)

    def test_a_first_line_can_be_given(self):
        self.installed(scripts={"demo": "demo:main"})
        self.write("in/tool", "#!/old/bin/python3.9 -s\nprint(1)\n")
        self.write("in/shell", "#!/bin/sh\n")
        for name in ("tool", "shell"):
            os.chmod(self.path(f"in/{name}"), 0o755)
        self.write("in/text", "#!/old/bin/python3\n")
        self.kiln("build", "in", "-o", "image", "--shebang", "#!/opt/python -I")
        for name, expected in (("bin/demo", "#!/opt/python -I"), ("tool", "#!/opt/python -I"),
                               ("shell", "#!/bin/sh"), ("text", "#!/old/bin/python3")):
            with open(self.path(f"image/{name}"), encoding="utf-8") as file:
                self.assertEqual(file.readline(), expected + "\n")
        self.assertEqual(program.read(self.path("image/tool")), b"#!/opt/python -I\nprint(1)\n")
        for line in ("python", "#!python", "#!/a\nimport os", "#!/a\rb", "#!/" + 126 * "x"):
            self.assertIn("invalid value", self.kiln(
                "build", "in", "-o", "image", "--shebang", line, status=2).stderr)

    def test_scripts_and_a_warning_tell_the_level(self):
        self.installed(scripts={"demo": "demo:main"})
        for name, line in (("env", "#!/usr/bin/env python3"), ("old", "#!/old/bin/python3"),
                           ("other", "#!/usr/bin/env perl")):
            os.chmod(self.write(f"in/{name}", line + "\n"), 0o755)
        for options, level, flag in ((("--no-docs",), "2", "-OO"),
                                     (("--optimize", "1"), "1", "-O")):
            found = self.kiln("build", "in", *options, "-o", "image")
            self.assertIn(f"PYTHONOPTIMIZE={level} or {flag},", found.stderr)
            line = f"#!/usr/bin/env -S python3 {flag}\n"
            for name, expected in (("bin/demo", line), ("env", line), ("old", line),
                                   ("other", "#!/usr/bin/env perl\n")):
                with open(self.path(f"image/{name}"), encoding="utf-8") as file:
                    self.assertEqual(file.readline(), expected, name)
            for action in "--verify", "--check-imports":
                found = self.kiln("image", action, "image")
                self.assertIn(f"PYTHONOPTIMIZE={level} or {flag}\n", found.stderr)
        for options in ("--no-docs", "--optimize", "0"), ("--no-docs", "--layout", "bytecode"):
            self.assertNotIn("PYTHONOPTIMIZE", self.kiln(
                "build", "in", *options, "-o", "image").stderr)
            self.assertNotIn("PYTHONOPTIMIZE", self.kiln("image", "--verify", "image").stderr)

    def test_only_the_first_line_of_a_large_script_changes(self):
        rest = os.urandom(1 << 16) * 300
        for name, text in (("large", b"#!/old/bin/python3 -s\n" + rest),
                           ("long", b"#!/old/python" + 5000 * b"x" + b"\n" + rest),
                           ("endless", b"#!/old/python")):
            os.chmod(self.write(f"in/{name}", text), 0o755)
        self.kiln("build", "in", "-o", "image", "--shebang", "#!/opt/python")
        self.kiln("build", "in", "-o", "a.tar", "--shebang", "#!/opt/python")
        with tarfile.open(self.path("a.tar")) as archive:
            for name, expected in (("large", b"#!/opt/python\n" + rest),
                                   ("long", b"#!/opt/python\n" + rest),
                                   ("endless", b"#!/opt/python")):
                self.assertTrue(program.read(self.path(f"image/{name}")) == expected, name)
                self.assertTrue(archive.extractfile(name).read() == expected, name)
                self.assertEqual(os.stat(self.path(f"image/{name}")).st_mode & 0o777, 0o755)

    def test_an_entry_that_no_source_can_import_has_no_script(self):
        wheel = self.wheel("odd", "1", {"odd.py": ""}, scripts={
            "one": "odd.class:main", "two": "odd:None.x", "three": "a\u20acb:main",
            "four": "\u00e4:\u00f6", "five": "odd:class_"})
        result = self.kiln("build", wheel, "-o", "image2")
        self.assertEqual(sorted(os.listdir(self.path("image2/bin"))), ["five", "four"])
        for name in ("one", "two", "three"):
            self.assertIn("odd-1.dist-info/entry_points.txt: warning: no script "
                          f"'{name}' is made", result.stderr)

    def test_what_makes_no_script_or_may_not_run_is_named(self):
        wheel = self.wheel("odd", "1", {"odd.py": "", "pkg/native.abi3.so": "", "spam/x": ""},
                           scripts={"nl": "a:os.system('x')", "two": "f; import os",
                                    "module": "odd", "gone": "odd.gone:main", "good": "odd:main",
                                    "native": "pkg.native:main", "space": "spam:main"})
        result = self.kiln("build", wheel, "-o", "image2")
        self.assertEqual(sorted(os.listdir(self.path("image2/bin"))),
                         ["gone", "good", "native", "space"])
        place = "odd-1-py3-none-any.whl: odd-1.dist-info/entry_points.txt"
        for expected in (f"{place}:2: warning: not an entry point, and no script is made of it: "
                         "'nl = a:os.system('x')'", f"{place}:3: warning: not an entry point",
                         f"{place}: warning: no script 'module' is made: 'odd' names no function",
                         f"{place}: warning: the module 'odd.gone' is not in the image"):
            self.assertIn(expected, result.stderr)
        self.assertEqual(result.stderr.count("warning"), 4)

    def test_a_main_module_that_is_not_there_is_named(self):
        self.installed(scripts={"demo": "gone:main"})
        for arguments in (("-o", "a.pyz", "-m", "nope.x:y"), ("-o", "b.pyz", "--entry", "demo")):
            with self.subTest(arguments=arguments):
                result = self.kiln("build", "in", *arguments)
                self.assertIn("is not in the image: Python has to find it elsewhere",
                              result.stderr)
        self.write("own/x.py", "")
        result = self.kiln("build", "own", "--name", "own", "--version", "1", "--entry-point",
                           "x=notthere:main", "-o", "own-1-py3-none-any.whl")
        self.assertIn("--entry-point: warning: the module 'notthere' is not in the image",
                      result.stderr)

    def test_two_scripts_of_one_name_are_an_error_that_names_both(self):
        self.installed(scripts={"demo": "demo:main"})
        self.installed("other", "2", {}, scripts={"demo": "other:main"})
        self.installed("third", "3", {}, scripts={"demo": "demo:main"})
        errors = program.errors(self.kiln("build", "in", "-o", "image", status=1))
        self.assertEqual({path: error.text for path, error in errors.items()}, {
            "in/other-2.dist-info/entry_points.txt":
                "the script 'bin/demo' is also one of 'demo-1.0.dist-info', which is different"})

    def test_hostile_names_of_scripts_are_refused(self):
        self.installed(scripts={"../evil": "demo:main", "a/b": "demo:main", "..": "demo:main",
                                "n" * 256: "demo:main"})
        result = self.kiln("build", "in", "-o", "image", status=1)
        self.assertEqual(result.stderr.count("has a name that no file may have"), 4)
        self.assertFalse(os.path.exists(self.path("image/bin")))

    def test_a_script_of_the_sources_stays(self):
        self.installed(scripts={"demo": "demo:main"})
        self.write("in/bin/demo", "mine\n")
        self.kiln("build", "in", "-o", "image")
        self.assertEqual(program.read(self.path("image/bin/demo")), b"mine\n")
        self.assertIn("bin/demo", self.assert_recorded("image", "demo-1.0.dist-info"))


class Consumers(wheels.Case):
    def test_pip_lists_checks_and_removes_what_an_image_has(self):
        site = self.venv()
        for more in ({"name": "demo", "files": wheels.DEMO, "scripts": {"demo": "demo:main"},
                      "requires": ("other",)},
                     {"name": "other", "files": {"other/__init__.py": "", "other/a/b.py": ""}}):
            self.pip("install", "--no-deps", self.wheel(version="1.0", **more))
        names = [name for name in os.listdir(site) if name.startswith(("demo", "other"))]
        for name in names:
            shutil.move(os.path.join(site, name), self.path(f"in/{name}"))
        before = sorted(program.tree(site))
        for layout in ("source", "bytecode"):
            with self.subTest(layout=layout):
                self.kiln("build", "in", "-o", "image", "--layout", layout)
                shutil.copytree(self.path("image"), site, dirs_exist_ok=True)
                os.remove(os.path.join(site, ".kiln"))
                listed = self.pip("list", "--format", "freeze")
                self.assertIn("demo==1.0\nother==1.0\n", listed)
                self.assertIn("No broken requirements", self.pip("check"))
                self.pip("uninstall", "-y", "demo", "other")
                self.assertEqual(sorted(program.tree(site)), before)

    def test_pip_removes_all_that_it_has_put_into_a_target(self):
        """Its scripts are in bin/ there, but its RECORD names them outside."""
        site = self.venv()
        before = sorted(program.tree(site))
        for options in ((), ("--layout", "bytecode")):
            with self.subTest(options=options):
                self.pip("install", "--no-deps", "--target", self.path("in"), "--upgrade",
                         self.wheel("demo", "1.0", wheels.DEMO | {
                             "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
                             "demo-1.0.data/scripts/shell": "#!/bin/sh\n"},
                             scripts={"demo": "demo:main"}))
                self.assertIn("../../bin/tool", wheels.rows(
                    self.path("in/demo-1.0.dist-info/RECORD")))
                self.write("in/bin/own", "#!/bin/sh\n")
                self.kiln("build", "in", "-o", "image", *options)
                self.assertEqual({path for path in self.assert_recorded(
                    "image", "demo-1.0.dist-info") if path.startswith("bin/")},
                    {"bin/demo", "bin/shell", "bin/tool"})
                shutil.copytree(self.path("image"), site, dirs_exist_ok=True)
                for name in (".kiln", "bin/own"):
                    os.remove(os.path.join(site, name))
                self.pip("uninstall", "-y", "demo")
                self.assertEqual(sorted(program.tree(site)), before)

    def test_a_script_of_another_is_not_claimed(self):
        """What has the name of a script outside, but not its digest."""
        site = self.venv()
        self.pip("install", "--no-deps", self.wheel("demo", "1.0", wheels.DEMO | {
            "demo-1.0.data/scripts/tool": "#!/bin/sh\n"}))
        self.write("own/bin/tool", "#!/bin/sh\necho own\n")
        self.kiln("build", site, "own", "-o", "image")
        self.assertNotIn("bin/tool", self.assert_recorded("image", "demo-1.0.dist-info"))

    def test_environments_in_different_directories_give_the_same_image(self):
        made = set()
        for name in ("one", "elsewhere/two"):
            # pip notes the path of the wheel, and hashes scripts that name the environment.
            wheel = self.wheel("demo", "1.0", wheels.DEMO, scripts={"demo": "demo:main"},
                               directory=name)
            self.venv(f"{name}/venv")
            self.pip("install", wheel, venv=f"{name}/venv")
            self.kiln("build", self.path(name, "venv"), "-o", "a.tar")
            made.add(program.read(self.path("a.tar")))
        self.assertEqual(len(made), 1)

    def test_importlib_finds_files_resources_and_entry_points(self):
        self.wheel("demo", "1.0", wheels.DEMO, scripts={"demo": "demo:main"})
        site = self.venv()
        self.pip("install", self.path("demo-1.0-py3-none-any.whl"))
        self.kiln("build", site, "-o", "image")
        # pip wrote from which file it installed, which is left out.
        self.assertTrue(os.path.exists(os.path.join(site, "demo-1.0.dist-info/direct_url.json")))
        self.assertEqual(self.run_python(
            "import importlib.metadata as m, importlib.resources as r\n"
            "files = m.files('demo')\n"
            "print(all(file.locate().exists() for file in files), len(files))\n"
            "print(all(file.hash and file.size == file.locate().stat().st_size\n"
            "          for file in files if file.name != 'RECORD'))\n"
            "print(r.files('demo').joinpath('data.txt').read_text().strip())\n"
            "[point] = m.entry_points(group='console_scripts', name='demo')\n"
            "point.load()()\n", "image"), "True 10\nTrue\ndata\ndemo []\n")


if __name__ == "__main__":
    tap.main()
