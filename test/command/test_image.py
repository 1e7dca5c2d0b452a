"""What a build makes is run by the stock interpreter, which compiles nothing of it."""
import marshal
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

# Runs a module of the image that is named first; prints how many files of it were compiled.
RUN = """
import runpy, sys
image, module, *sys.argv[1:] = sys.argv[1:]
seen = []
sys.path.insert(0, image)
sys.addaudithook(lambda event, values: event == 'compile' and isinstance(values[1], str)
                 and values[1].startswith(image) and seen.append(values[1]))
runpy.run_module(module, run_name='__main__', alter_sys=True)
print('compiled:', seen)
"""

FILES = {
    "shop/__init__.py": "'A shop.'\nfrom . import tea\n__all__ = ['tea']\n",
    "shop/__main__.py": (
        "import importlib.resources, sys\nimport helper\n"
        "from shop import tea\nfrom shop.stock import count\n"
        "print(importlib.resources.files('shop').joinpath('prices.txt').read_text().strip())\n"
        "print(tea.price(2), count.COUNT, helper.VALUE, __debug__, sys.argv[1:])\n"
        "print(tea.__factor__, count.__factor__, tea.__doc__, tea.__source_hash__[:4])\n"
        "try:\n    tea.spill()\nexcept ValueError as error:\n"
        "    frame = error.__traceback__.tb_next\n"
        "    print(frame.tb_lineno, frame.tb_frame.f_code.co_qualname)\n"),
    "shop/tea.py": (
        "'Tea.'\nfrom __future__ import annotations\n\n"
        "def price(n: int) -> int:\n    'p'\n    return 3 * n\n\n\n"
        "def spill():\n    raise ValueError('tea')\n"),
    "shop/stock/__init__.py": "",
    "shop/stock/count.py": "assert True\nCOUNT = len({'a', 'b', 'c'})\n",
    "shop/prices.txt": "tea 3\n",
    "shop/stock/run": "#!/bin/sh\n",
    "helper.py": "VALUE = 'ä'\n",
}


class Image(program.Case):
    def setUp(self):
        super().setUp()
        for path, text in FILES.items():
            self.write(os.path.join("in", path), text)
        os.chmod(self.path("in/shop/stock/run"), 0o744)
        os.symlink("prices.txt", self.path("in/shop/list.txt"))
        os.symlink("helper.py", self.path("in/assistant.py"))
        os.makedirs(self.path("in/shop/empty"))
        self.write(f"in/shop/__pycache__/tea.{tap.TAG}.pyc", "stale")
        self.write("in/.git/config", "stale")

    def run_image(self, image="image", options=(), module="shop"):
        """Run the module out of an image; its output. The image must stay as it is."""
        before = program.tree(self.path(image))
        result = subprocess.run(
            [program.PYTHON, "-I", "-S", *options, "-c", RUN, self.path(image), module, "x"],
            cwd="/", check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(program.tree(self.path(image)), before)
        return result.stdout.splitlines()

    def assert_runs(self, lines, debug="True", doc="Tea."):
        self.assertEqual(lines[0], "tea 3")
        self.assertEqual(lines[1], f"6 3 ä {debug} ['x']")
        self.assertRegex(lines[2], rf"^shop\.tea shop\.stock\.count {doc} [0-9a-f]{{4}}$")
        self.assertEqual(lines[3:], ["10 spill", "compiled: []"])

    def test_an_image_never_takes_the_place_of_a_source(self):
        """Nor of what contains one, not even by force; descriptions likewise."""
        self.write("tree/sub/m.py", "x = 1\n")
        os.symlink("tree", self.path("link"))
        before = program.tree(self.path("tree"))
        for source, output in (("tree", "tree"), ("tree/sub", "tree"), ("tree/sub/m.py", "tree"),
                               ("tree", "."), ("link", "tree"), ("tree", "tree/sub/.."),
                               ("tree=place", "tree")):
            for command in (("build", source, "-o", output), ("delineate", source, "-o", output),
                            ("build", source, "-o", "image", "--delineate", output)):
                if command[0] == "delineate" and "=" in source:
                    continue
                with self.subTest(command=command):
                    errors = self.kiln(*command, "--force", status=2).stderr
                    self.assertIn("or contains it: name another output", errors)
                    self.assertEqual(program.tree(self.path("tree")), before)

    def test_an_image_of_sources_runs_without_compiling(self):
        self.kiln("build", "in", "-o", "image")
        self.assert_runs(self.run_image())

    def test_an_image_of_bytecode_runs_without_sources(self):
        for level, options, debug, doc in (
                ("0", [], "True", "Tea."), ("2", ["-OO"], "False", "None")):
            with self.subTest(level=level):
                self.kiln("build", "--layout", "bytecode", "--optimize", level, "in", "-o", "image")
                self.assertFalse([path for path in program.tree(self.path("image"))
                                  if path.endswith(".py")])
                self.assertEqual(sorted(os.listdir(self.path("image"))),
                                 [".kiln", "assistant.pyc", "helper.pyc", "shop"])
                self.assert_runs(self.run_image(options=options), debug, doc)

    def test_every_level_is_used_by_its_option(self):
        self.kiln("build", "--optimize=0", "--optimize=1", "--optimize=2", "in", "-o", "image")
        for options, debug, doc in (
                ([], "True", "Tea."), (["-O"], "False", "Tea."), (["-OO"], "False", "None")):
            with self.subTest(options=options):
                self.assert_runs(self.run_image(options=options), debug, doc)

    def test_every_check_is_accepted(self):
        for check in ("unchecked-hash", "hash", "time"):
            with self.subTest(check=check):
                self.kiln("build", "--check", check, "in", "-o", "image")
                self.assert_runs(self.run_image())

    def test_times_of_an_unchecked_image_do_not_matter(self):
        self.kiln("build", "in", "-o", "image")
        for path in program.tree(self.path("image")):
            os.utime(self.path("image", path), (5, 5), follow_symlinks=False)
        self.assert_runs(self.run_image())

    def test_an_extracted_archive_runs(self):
        for name in ("image.tar", "image.tar.gz", "image.tgz", "image.tar.zst"):
            with self.subTest(name=name):
                self.kiln("build", "in", "-o", name)
                shutil.rmtree(self.path("image"), ignore_errors=True)
                os.mkdir(self.path("image"))
                subprocess.run(["/usr/bin/tar", "-xf", name, "-C", "image"], check=True,
                               cwd=self.directory)
                self.assert_runs(self.run_image())

    def test_data_links_modes_and_empty_directories_are_kept(self):
        self.kiln("build", "in", "-o", "image")
        made = program.tree(self.path("image"))
        self.assertEqual(made["shop/stock/run"][1], 0o755)
        self.assertEqual(made["shop/prices.txt"][1], 0o644)
        self.assertEqual(made["shop/list.txt"][2], "prices.txt")
        self.assertEqual(made["assistant.py"][2], "helper.py")
        self.assertIn(f"__pycache__/assistant.{tap.TAG}.pyc", made)
        self.assertIn("shop/empty", made)
        self.assertNotIn(".git", made)
        self.assertNotEqual(program.read(self.path("image", program.cached("shop/tea.py"))),
                            b"stale")
        self.assertEqual({facts[1] for facts in made.values() if facts[0] == 0o40000}, {0o755})

    def test_sources_stand_where_they_should(self):
        self.write("single.py", "x = 1\n")
        self.kiln("build", "in/shop", "single.py", "in/helper.py=lib/help.py", "in=opt/app",
                  "-o", "image")
        made = program.tree(self.path("image"))
        self.assertLessEqual(
            {"shop/tea.py", "single.py", "lib/help.py", f"lib/__pycache__/help.{tap.TAG}.pyc",
             "opt/app/helper.py", "opt/app/shop/tea.py"}, set(made))
        self.assertEqual({path.split("/")[0] for path in made},
                         {".", ".kiln", "shop", "single.py", "lib", "opt", "__pycache__"})

    def test_excluded_names_are_left_out(self):
        self.kiln("build", "--exclude", "stock", "--exclude", "*.txt", "--exclude", "/shop/empty",
                  "in", "-o", "image")
        made = set(program.tree(self.path("image")))
        self.assertFalse({path for path in made if re.search(r"stock|empty|\.txt$", path)})
        self.assertIn("shop/tea.py", made)

    def test_recorded_paths_are_mapped(self):
        for maps, expected in (
                ([], "shop/tea.py"), (["=/opt"], "/opt/shop/tea.py"),
                (["in=/src"], "/src/shop/tea.py"), (["in/shop=S"], "S/tea.py"),
                (["in=/src", "=/opt"], "/opt/shop/tea.py"),
                (["=/opt", "in=/src"], "/src/shop/tea.py"), (["i=/wrong"], "shop/tea.py"),
                (["in/shop="], "tea.py"), (["in/shop/tea.py=T"], "T")):
            with self.subTest(maps=maps):
                options = [word for one in maps for word in ("--prefix-map", one)]
                self.kiln("build", *options, "in", "-o", "image")
                data = program.read(self.path("image", program.cached("shop/tea.py")))
                self.assertEqual(marshal.loads(data[16:]).co_filename, expected)


if __name__ == "__main__":
    tap.main()
