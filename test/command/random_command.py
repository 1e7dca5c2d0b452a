"""Random command lines of py_compile and compileall for a random tree that was built.

Nothing outside the directory that the tree is in may be reached: values that are paths elsewhere,
such as "/", are joined to their options, so that they are not taken for paths even behind "--"; no
command line is without a path, which would mean sys.path. leaving() tells if one is wrong all the
same.
"""
import os

import random_tree

# Variables and how often they are set.
ENVIRONMENTS = [
    ({}, 10), ({"SOURCE_DATE_EPOCH": "123"}, 2), ({"SOURCE_DATE_EPOCH": ""}, 1),
    ({"PYTHONOPTIMIZE": "1"}, 1), ({"PYTHONOPTIMIZE": "2"}, 1), ({"PYTHONOPTIMIZE": "7"}, 1),
    ({"PYTHONOPTIMIZE": ""}, 1), ({"PYTHONOPTIMIZE": "x"}, 1),
    ({"PYTHONPYCACHEPREFIX": "cache"}, 1), ({"PYTHONPYCACHEPREFIX": "ROOT/p f"}, 1),
    ({"PYTHONPYCACHEPREFIX": ""}, 1),
    ({"PYTHONWARNINGS": "error"}, 1), ({"PYTHONWARNINGS": "ignore"}, 1),
    ({"PYTHONWARNINGS": "always"}, 1), ({"PYTHONWARNINGS": "error::SyntaxWarning"}, 1),
    ({"PYTHONWARNINGS": "default,error:invalid:DeprecationWarning"}, 1),
    ({"PYTHONWARNINGS": "once::DeprecationWarning"}, 1),
    ({"PYTHONWARNINGS": "ignore,default::SyntaxWarning:m"}, 1),
    ({"PYTHONIOENCODING": "utf-8:surrogateescape"}, 1),
    ({"LC_ALL": "C"}, 1), ({"TZ": "Asia/Tokyo"}, 1), ({"PYTHONUNBUFFERED": "1"}, 1),
    ({"PYTHONHASHSEED": "0"}, 1)]

PATTERNS = ["m", r"/\.", "test", "[", "", "^/", r"\.py$", "(?i)U", "^[^/]*$", "日", "a b|q",
            r"(?<!n)\.py", r"\w{3,}"]
# Wrong options, and right ones in unusual forms.
STRANGE = [["--nonsense"], ["-z"], ["-r"], ["-r", "x"], ["-o", "x"], ["-j", "1.5"],
           ["--invalidation-mode", "none"], ["--invalidation-mode"], ["--hard"],
           ["--inv", "timestamp"], ["--work=1"], ["--workers=-3"], ["-h"], ["-qh"], ["--help"],
           ["-o1o2"], ["-lfq"], ["-r1"], ["-r=1"], ["-r", " 2 "], ["-r", "1_0"], ["-o", "-1"],
           ["-fx", "m"], ["--", "-q"], ["-j", "-99999999999999999999"], ["-r", "٣"],
           ["--hardlink-dupes=1"], ["-lq=1"], ["--hel"]]


class Command:
    """A command line, with all that the run of it depends on."""

    def __init__(self, random, tree, root):
        self.random, self.tree, self.root = random, tree, root
        self.environment, self.input, self.list = {}, b"", None
        self.umask = random.choice([0o022, 0o022, 0o022, 0o077, 0o000, 0o027, 0o777, 0o277])
        self.parallel = False
        self.directory = self.choose_directory()
        self.choose_environment()
        if random.random() < 0.25:
            self.arguments = ["py_compile", *self.py_compile()]
        else:
            self.arguments = ["compileall", *self.compileall()]

    def choose_directory(self):
        path = os.path.join(self.root, os.fsdecode(
            self.random.choice([b"..", *self.tree.directories])))
        return path if self.random.random() < 0.5 and os.path.isdir(path) else self.root

    def choose_environment(self):
        values, weights = zip(*ENVIRONMENTS)
        for chosen in self.random.choices(values, weights, k=2):
            for name, value in chosen.items():
                self.environment[name] = value.replace("ROOT", self.root)
        # Not for what is compiled, but for the modules that CPython itself imports.
        self.environment["PYTHONDONTWRITEBYTECODE"] = "1"

    def spell(self, path):
        """A path of the tree as it may stand in a command line."""
        path = os.path.join(self.root, os.fsdecode(path))
        form = self.random.randrange(8)
        if form == 0:
            return path
        path = os.path.relpath(path, self.directory)
        parent, name = os.path.split(path)
        return {1: "./" + path, 2: path + "/", 3: os.path.join(parent, ".", name),
                4: os.path.join(parent, "..", os.path.basename(os.path.abspath(
                    os.path.join(self.directory, parent))), name),
                5: path.replace("/", "//")}.get(form, path)

    def some_paths(self, choices, counts):
        paths = [self.spell(self.random.choice(choices)) for _ in range(self.random.choice(counts))]
        if paths and self.random.random() < 0.1:
            paths.append(self.random.choice(paths))
        if self.random.random() < 0.06:
            paths.insert(self.random.randrange(len(paths) + 1),
                         self.random.choice(["missing", "missing.py", "", "a/b/c.py", "\udcff.py"]))
        return paths

    def list_of(self, paths):
        """Names of files as they are listed, one on a line."""
        end = self.random.choice(["\n", "\n", "\n", "\r\n", "\n\n"])
        return "".join(path + end for path in paths)

    def py_compile(self):
        files = [path for path in self.tree.files if path.endswith((b".py", b".pyw"))]
        paths = self.some_paths(files or self.tree.directories, [1, 1, 1, 2, 4])
        if self.random.random() < 0.1:
            paths.append(self.spell(self.random.choice(self.tree.directories)))
        options = [["-q"], ["--quiet"], ["-qq"], ["--qui"], ["-h"], ["-x"]][
            self.random.choice([0, 0, 0, 1, 2, 3, 4, 5])] if self.random.random() < 0.3 else []
        if self.random.random() < 0.2:
            self.input = os.fsencode(self.list_of(paths))
            paths = ["-"] if self.random.random() < 0.9 else ["-", *paths]
        return self.mixed([options], paths)

    def mixed(self, options, paths):
        """Options and paths, in some order; "--" where a path would be taken for an option."""
        self.random.shuffle(options)
        options = [word for words in options for word in words]
        if any(path.startswith("-") and path != "-" for path in paths):
            return [*options, "--", *paths]
        return [*options, *paths] if self.random.random() < 0.7 else [*paths, *options]

    def compileall(self):
        paths = self.some_paths(
            self.tree.directories * 2 + self.tree.files, [1, 1, 1, 1, 2, 3]) or [self.root]
        choices = (
            (.1, lambda: ["-l"]), (.15, lambda: ["-r", str(self.random.randrange(-1, 4))]),
            (.35, lambda: ["-f"]), (.25, lambda: ["-q"]), (.12, lambda: ["-qq"]),
            (.12, lambda: ["-b"]), (.12, lambda: self.joined("-d")),
            (.2, lambda: self.joined("-s")), (.2, lambda: self.joined("-p")),
            (.1, lambda: self.joined("-e")), (.15, lambda: ["-x", self.random.choice(PATTERNS)]),
            (.2, self.levels), (.1, lambda: ["--hardlink-dupes", "-o0", "-o", "1"]),
            (.12, self.workers), (.2, self.mode), (.04, lambda: self.random.choice(STRANGE)))
        options = [make() for chance, make in choices if self.random.random() < chance]
        if self.random.random() < 0.1:
            options.append(["-i", "-"])
            self.input = os.fsencode(self.list_of(paths))
            paths = paths[:self.random.choice([0, 1])]
        elif self.random.random() < 0.1:
            options.append(self.list_file())
        return self.mixed(options, paths)

    def list_file(self):
        if self.random.random() < 0.3:
            return ["-i", "missing"]
        paths = [" " * self.random.randrange(2) + path
                 for path in self.some_paths(self.tree.files or [b"."], [1, 2])]
        self.list = self.list_of(paths)
        return ["-i", os.path.join(self.root, "list of files")]

    def prefix(self):
        """A directory, or something like the beginning of one."""
        path = self.spell(self.random.choice(self.tree.directories))
        return self.random.choice([
            path, os.path.dirname(path), path[:-1], os.path.dirname(self.root), self.root, "/", "",
            ".", "/tmp", "pkg", "prefix", "/usr/lib", "a/b/", "ünï"])

    def joined(self, option):
        """An option and its value in one word; two if the value is empty, or the next were taken
        for it."""
        value = self.prefix()
        return [option + value] if value else [option, value]

    def levels(self):
        levels = self.random.choices([0, 1, 2, -1, 3, -2], [5, 5, 5, 2, 1, 1],
                                     k=self.random.choice([1, 2, 3]))
        return [word for level in levels for word in ("-o", str(level))]

    def workers(self):
        count = self.random.choice([1, 2, 2, 0, 3, -1])
        self.parallel = count != 1
        # Without a buffer lines of several processes get mixed up.
        self.environment.pop("PYTHONUNBUFFERED", None)
        return self.random.choice([["-j", str(count)], [f"-j{count}"], [f"--workers={count}"]])

    def mode(self):
        return ["--invalidation-mode",
                self.random.choice(["timestamp", "checked-hash", "unchecked-hash"])]

    def leaving(self, confines):
        """The words, of the command line and of lists, that are something outside of a directory.
        """
        lines = os.fsdecode(self.input).splitlines() + (self.list or "").splitlines()
        words = [*self.arguments, *lines, *(line.strip() for line in lines)]
        real = ((word, os.path.realpath(os.path.join(self.directory, word))) for word in words)
        confines = os.path.realpath(confines)
        return [word for word, path in real
                if os.path.commonpath([path, confines]) != confines and os.path.lexists(path)]

    def write_list(self):
        """Write what -i names into the tree."""
        if self.list is not None:
            path = os.path.join(self.root, "list of files")
            random_tree.write(path, os.fsencode(self.list))
            random_tree.set_time(path, random_tree.BEFORE)

    def __str__(self):
        return (f"{self.arguments!r}\n{self.environment} umask {self.umask:o} in {self.directory!r}"
                f" input {self.input!r}")
