"""What of a source goes into no image: secrets, what .gitignore names, what options say."""
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap


class LeftOut(program.Case):
    def tree(self, *paths, root="in"):
        for path in paths:
            if path.endswith("/"):
                os.makedirs(self.path(f"{root}/{path}"), exist_ok=True)
            else:
                self.write(f"{root}/{path}", path)

    def image(self, *options, source="in", status=0):
        """The files and directories of the image of a tree."""
        shutil.rmtree(self.path("image"), ignore_errors=True)
        self.result = self.kiln("build", source, "-o", "image", *options, status=status)
        return sorted(set(program.tree(self.path("image"))) - {".", ".kiln"})

    def test_secrets_and_what_is_for_development_are_left_out(self):
        self.tree("a/.env", ".env.local", ".envrc", "a/server.key", ".netrc", ".dockerignore",
                  ".venv/lib/x", "a/.git/config", "a/__pycache__/x.pyc", "kept")
        self.tree("venv/pyvenv.cfg", "a/venv/kept")
        self.assertEqual(self.image(), ["a", "a/venv", "a/venv/kept", "kept"])
        self.assertIn(" 10 left out", self.result.stderr)

    def test_certificates_stay_and_private_keys_do_not(self):
        self.write("in/cacert.pem", "-----BEGIN CERTIFICATE-----\n")
        self.write("in/key.pem", "-----BEGIN RSA PRIVATE KEY-----\n")
        # The words across the borders of blocks.
        for at in range(16384 - 14, 16384 + 2):
            self.write(f"in/{at}.pem", b"x" * at + b"PRIVATE KEY" + b"x" * 16384)
        os.symlink("cacert.pem", self.path("in/link.pem"))
        self.assertEqual(self.image(), ["cacert.pem", "link.pem"])

    def test_an_option_keeps_what_is_left_out_by_default(self):
        self.tree("a/.env", "a/x.key", ".git/config", ".git/deep/er", ".venv/a", "b/y.key")
        self.assertEqual(self.image("--include", "*.key"), ["a", "a/x.key", "b", "b/y.key"])
        self.assertEqual(self.image("--include", "a/x.key", "--include", ".env"),
                         ["a", "a/.env", "a/x.key", "b"])
        self.assertEqual(self.image("--include", ".git/deep/er"),
                         [".git", ".git/deep", ".git/deep/er", "a", "b"])
        self.assertEqual(self.image("--include", ".git"),
                         [".git", ".git/config", ".git/deep", ".git/deep/er", "a", "b"])
        self.assertEqual(self.image("--include", ".git/**", "--exclude", "deep"),
                         [".git", ".git/config", "a", "b"])

    def test_what_is_left_out_is_named_with_v(self):
        self.tree(".env", "a.log", "b.txt", "c")
        self.write("in/.gitignore", "*.log\n")
        self.write("list", "*.txt\n")
        self.image("-v", "--exclude-from", "list")
        for line in ("in/.env: note: left out: settings, which may hold secrets",
                     "in/a.log: note: left out: .gitignore names it",
                     "in/b.txt: note: left out: excluded by 'list'"):
            self.assertIn(line, self.result.stderr)

    def test_the_error_of_a_link_has_the_pattern_that_leaves_it_out(self):
        self.tree("a/[x]?", "a/b/link", "link/kept")
        for path in ("a/[x]*", "a/link"):
            os.symlink("/etc/passwd", self.path("in", path))
        for options, expected in ({"source": "in"}, ["link", "link/kept"]), (
                {"source": "in=deep"}, ["deep/link", "deep/link/kept"]):
            self.image(**options, status=1)
            found = re.findall("leave it out by --exclude '(.*)'", self.result.stderr)
            self.assertEqual(len(found), 2, self.result.stderr)
            image = self.image(*(f"--exclude={pattern}" for pattern in found), **options)
            self.assertLessEqual(set(expected), set(image))
            self.assertEqual([path for path in image if path.endswith(("*", "a/link"))], [])
            self.assertTrue(any(path.endswith("a/b/link") for path in image))
            self.assertTrue(any(path.endswith("a/[x]?") for path in image))

    def test_a_list_of_an_option_is_of_paths_in_the_image(self):
        self.tree("a/x", "a/y", "b/x")
        self.write("list", "/lib/a/*\n!y\n# comment\n")
        self.assertEqual(self.image("--exclude-from", "list", source="in=lib"),
                         ["lib", "lib/a", "lib/a/y", "lib/b", "lib/b/x"])
        self.assertEqual(self.image("--exclude-from", "list", "--include", "x", source="in=lib"),
                         ["lib", "lib/a", "lib/a/x", "lib/a/y", "lib/b", "lib/b/x"])
        self.assertIn("missing", self.kiln("build", "in", "-o", "other", "--exclude-from",
                                           "missing", status=2).stderr)

    def test_lists_of_docker_are_of_paths_from_the_root(self):
        self.tree("a.md", "d/a.md", "temp/x", "d/temp/x", "docs/a", "docs/keep/b", "docs/c/keep",
                  "e/f/g.o", "e/h.o")
        self.write("in/.dockerignore", "# comment\n*.md\n./temp/\n/docs\n!docs/keep\n **/*.o \n"
                   "!e/h.o\n")
        self.assertEqual(self.image(), [
            "d", "d/a.md", "d/temp", "d/temp/x", "docs", "docs/keep", "docs/keep/b", "e", "e/f",
            "e/h.o"])

    def test_lists_of_git_are_as_git_has_them(self):
        """Each path is left out exactly if git says so."""
        if not shutil.which("git"):
            raise unittest.SkipTest("git is not installed")
        names = ("a", "b.o", "keep.o", "doc", "x y", "#h", "!n")
        for first in names:
            for second in ("a", "b.o", "doc/x", "doc/keep.o", "deep/er/a", "deep/er/b.o"):
                self.tree(f"{first}.d/{second}", f"dir/{first}/{second}", first)
        patterns = ("*.o", "!keep.o", "/a", "a/", "doc/", "dir/*/doc", "**/er", "dir/**",
                    "!dir/a", "dir/**/a", "\\#h", "\\!n", "x y  ", "#h", "a.d/deep/**", "/*.d",
                    "!/doc.d/", "[ab]*", "!b.o", "d?c", "*", "!*/", "!*.o", "/dir/a/")
        subprocess.run(["git", "init", "-q", self.path("in")], check=True,
                       env=tap.environment(HOME=self.directory))
        for count in range(60):
            chosen = [patterns[(count * 7 + step * (count % 5 + 1) * 3) % len(patterns)]
                      for step in range(count % 4 + 1)]
            self.write("in/.gitignore", "\n".join(chosen) + "\n")
            listed = subprocess.run(
                ["git", "-c", "core.quotePath=false", "ls-files", "-z", "--others",
                 "--exclude-per-directory=.gitignore"], check=True, capture_output=True,
                text=True, cwd=self.path("in"), env=tap.environment(HOME=self.directory))
            expected = set(filter(None, listed.stdout.split("\0")))
            image = self.image()
            with self.subTest(patterns=chosen):
                self.assertEqual({path for path in image
                                  if os.path.isfile(self.path(f"image/{path}"))}, expected)

    def test_an_image_inside_a_source_is_an_error(self):
        self.tree("a", "sub/b")
        os.symlink("in", self.path("link"))
        for output in ("in/image", "in/image.tar", "in/sub/image", "link/image"):
            with self.subTest(output=output):
                self.assertIn(f"'{output}' is inside the source 'in'",
                              self.kiln("build", "in", "-o", output, status=2).stderr)
        self.assertEqual(sorted(os.listdir(self.path("in"))), ["a", "sub"])

    def test_an_image_inside_what_a_project_is_found_in_is_an_error(self):
        self.write("in/pyproject.toml", '[project]\nname = "demo"\nversion = "1"\n')
        self.tree("src/demo/__init__.py", "src/demo/a")
        for output in ("in/src/image", "in/src/a.tar", "in/src/demo/image"):
            with self.subTest(output=output):
                self.assertIn(f"'{output}' is inside the source 'in/src",
                              self.kiln("build", "in", "-o", output, status=2).stderr)
        self.kiln("build", "in", "-o", "in/dist")
        self.assertEqual(sorted(os.listdir(self.path("in"))), ["dist", "pyproject.toml", "src"])

    def test_images_among_sources_are_none(self):
        self.tree("m.py", "sub/n.py")
        self.kiln("build", "in", "-o", "made")
        for place in "sub/image", "old":
            shutil.copytree(self.path("made"), self.path(f"in/{place}"))
        result = self.kiln("build", "in", "-o", "image", "-v")
        self.assertIn("in/old: note: left out: an image made by kiln\n", result.stderr)
        self.assertEqual(program.tree(self.path("image")), program.tree(self.path("made")))
        self.kiln("build", "in", "--include", "old", "-o", "image")
        self.assertIn("old/m.py", program.tree(self.path("image")))
        self.kiln("delineate", "in", "-o", "described")
        self.assertNotIn("old", os.listdir(self.path("described")))
        self.kiln("build", "in")
        self.assertFalse([path for path in program.tree(self.path("in"))
                          if ".images" in path and "old" in path])


if __name__ == "__main__":
    tap.main()
