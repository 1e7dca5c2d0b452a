"""The commands that faults.py makes fail, each over a small tree."""
import json
import os
import shutil

import captures
import faults

MODULES = {
    "src/app/__init__.py": "'The application.'\n",
    "src/app/one.py": "import os\n\ndef one(x):\n    'One.'\n    assert x\n    return x + 1\n",
    "src/app/two.py": "class Two:\n    'Two.'\n    size = 2\n",
    "src/app/deep/three.py": "x: int = 3\n",
    "src/app/data.txt": "data\n" * 400,
}
CHANGED = {
    "src/app/one.py": "def one(x):\n    'One, again.'\n    return x + 2\n",
    "src/app/four.py": "four = 4\n",
    "src/app/data.txt": "other\n" * 300,
}
REMOVED = "src/app/two.py"

FORMATS = """\
http://if.fault.io/factors/python
\tmodule.py psf-v3
http://if.fault.io/factors/meta
\tchapter.txt kleptic text
http://if.fault.io/factors/system
\ttype.c 2011 c
\ttype.h header c
"""
PRODUCT = {
    "product/.product/PROJECTS": "",
    "product/acme/press/.project/f-identity": "press http://example.net/acme/press "
                                              "factors/polynomial-1\n",
    "product/acme/press/.project/polynomial-1": FORMATS,
    "product/acme/press/__init__.py": "'Press.'\n",
    "product/acme/press/tray.py": "capacity = 100\n",
    "product/acme/press/roller.py": "def turn(by):\n    'Turn.'\n    return by\n",
    "product/acme/press/guide.txt": "Text of a guide.\n\n- First\n- Second\n",
}
COMPILED = {
    "product/acme/press/shape/.factor": "http://if.fault.io/factors/system.archive\n",
    "product/acme/press/shape/shape.c": "int shape(void) { return 1; }\n",
    "product/acme/press/tool/.factor": "http://if.fault.io/factors/system.executable\n.shape\n",
    "product/acme/press/tool/one.h": "#define ONE 1\n",
    "product/acme/press/tool/main.c": '#include "one.h"\nint shape(void);\n'
                                      "int main(void) { return shape() + ONE; }\n",
}
BUILD = ("build", "-q")
MODES = ("--mode", "executable", "--mode", "delineation")


def write(*trees):
    """A preparation that writes files."""
    def prepare(box):
        for tree in trees:
            for name, content in tree.items():
                if content is None:
                    os.unlink(box.path(name))
                else:
                    box.write(name, content)
    return prepare


def run(*command, stdin=b""):
    """One that runs kiln."""
    def prepare(box):
        result = box.run(*command, stdin=stdin)
        if result.status:
            raise faults.Wrong(f"{command}: status {result.status}\n{result.stderr}")
    return prepare


def remove(*names):
    """One that removes files and directories."""
    def prepare(box):
        for name in names:
            path = box.path(name)
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    return prepare


def link(name, target):
    """One that makes a link."""
    def prepare(box):
        os.symlink(target, box.path(name))
    return prepare


def steps(*preparations):
    def prepare(box):
        for preparation in preparations:
            preparation(box)
    return prepare


def again(*command):
    """Sources that the command was run for, and that were changed then."""
    return steps(write(MODULES), run(*command), remove(REMOVED), write(CHANGED))


def product(*command):
    return steps(write(PRODUCT), run("query", "--update", "product"), run(*command),
                 remove("product/acme/press/tray.py"),
                 write({"product/acme/press/roller.py": "def turn(by):\n    return -by\n",
                        "product/acme/press/guide.txt": "Another text.\n",
                        "product/acme/press/lever.py": "lever = 1\n"}))


def request(*arguments):
    return json.dumps({"arguments": arguments, "inputs": [], "requestId": 0}).encode() + b"\n"


INSTRUCTIONS = write(MODULES, {"chapter.txt": PRODUCT["product/acme/press/guide.txt"]})
UNIT = steps(INSTRUCTIONS, run("cc", "unit/one.ast", "src/app/one.py", "factor", "app.one"))
TRIPLES = ("--src", "src/app/one.py", "--src_name", "one.py", "--pyc", "pyc/one.pyc",
           "--src", "src/app/two.py", "--src_name", "two.py", "--pyc", "pyc/two.pyc",
           "--invalidation_mode", "unchecked_hash")
SOURCES = ("src/app/one.py", "src/app/two.py")
IN_PLACE = (*BUILD, *MODES)


def build_scenarios():
    plain = write(MODULES)
    for jobs in ("-j1", "-j2"):
        tail = jobs[1:]
        yield faults.Scenario(f"build-first-{tail}", plain, *IN_PLACE, jobs, "src")
        command = (*IN_PLACE, jobs, "src")
        yield faults.Scenario(f"build-again-{tail}", again(*command), *command)
        command = (*BUILD, jobs, "src", "-o", "out")
        yield faults.Scenario(f"build-directory-{tail}", again(*command), *command, images=("out",))
        command = (*BUILD, jobs, "src", "-o", "out.tar")
        yield faults.Scenario(f"build-archive-{tail}", again(*command), *command)
        command = (*IN_PLACE, jobs, "product")
        yield faults.Scenario(f"build-product-{tail}", product(*command), *command)
    yield faults.Scenario("build-cached", steps(plain, run(*IN_PLACE, "-j1", "src"), remove(
        "src/.images", "src/.delineated", "src/.kiln-build")), *IN_PLACE, "-j1", "src")
    yield faults.Scenario("build-uncached", plain, *IN_PLACE, "--no-cache", "-j1", "src")
    yield faults.Scenario("build-pruned", again(*IN_PLACE, "-j1", "src"), *IN_PLACE, "-j1",
                          "--cache-limit", "1K", "src")
    yield faults.Scenario("build-current", steps(plain, run(*IN_PLACE, "-j1", "src")), *IN_PLACE,
                          "-j1", "src")
    yield faults.Scenario("build-rebuild", steps(plain, run(*IN_PLACE, "-j1", "src")), *IN_PLACE,
                          "-j1", "-r", "src")
    yield faults.Scenario("build-dry", again(*IN_PLACE, "-j1", "src"), *IN_PLACE, "-n", "-j1",
                          "src")
    yield faults.Scenario("build-stale", steps(
        write(PRODUCT), run("query", "--update", "product"), run(*IN_PLACE, "-j1", "product"),
        remove("product/acme/press/tray.py", "product/acme/press/guide.txt")),
        *IN_PLACE, "-j1", "product")
    command = (*BUILD, "-j1", "src", "-o", "out.tar.zst")
    yield faults.Scenario("build-archive-zst", again(*command), *command)
    command = (*BUILD, "-j1", "src", "-o", "oci:out:new")
    yield faults.Scenario("build-oci", again(*command), *command)
    command = (*BUILD, "-j1", "src", "-o", "out.oci.tar")
    yield faults.Scenario("build-oci-tar", again(*command), *command)
    command = (*BUILD, "-j1", "src", "-o", "oci:out", "--base", "oci:base")
    yield faults.Scenario("build-oci-base", steps(
        plain, run(*BUILD, "-j1", "src", "-o", "oci:base")), *command)
    command = (*BUILD, "-j1", "--optimize", "0", "--optimize", "2", "--delineate", "described",
               "src", "-o", "out")
    yield faults.Scenario("build-delineate", again(*command), *command, images=("out", "described"))
    command = (*BUILD, "-j1", "product", "-o", "out")
    yield faults.Scenario("build-product-directory", product(*command), *command, images=("out",))
    if shutil.which("cc") and shutil.which("ar"):
        compiled = steps(write(PRODUCT, COMPILED), run("query", "--update", "product"))
        command = (*BUILD, "-j2", "product")
        yield faults.Scenario("build-compiled", steps(compiled, run(*command), write(
            {"product/acme/press/tool/one.h": "#define ONE 2\n"})), *command, weight=0.5)


def image_scenarios():
    for name in ("out", "out.tar.gz", "out.zip", "out.oci.tar"):
        made = steps(write(MODULES), run(*BUILD, "-j1", "src", "-o", name))
        short = name.partition(".")[2] or "directory"
        yield faults.Scenario(f"image-verify-{short}", made, "image", "-q", "--verify", name)
    made = steps(write(MODULES), run(*BUILD, "-j1", "src", "-o", "out.tar.gz"))
    for name in ("new", "new.zip"):
        yield faults.Scenario(f"image-make-{name}", made, "image", "-q", "out.tar.gz", "-o", name,
                              images=() if "." in name else (name,))


def capture(box):
    """Captures of both kinds, and descriptions, of one source."""
    box.write("src/app/one.py", MODULES["src/app/one.py"])
    with open(box.path("src/app/one.py"), "rb") as file:
        digest = captures.source_hash(file.read())
    areas = {(1, 1, 1, 9): 1, (3, 1, 3, 7): 1, (5, 5, 5, 12): 0, (6, 5, 6, 16): 0}
    captures.write_text(box.path("capture"), [("src/app/one.py", digest, areas)])
    captures.write_map(box.path("capture"), "host-1-ab.0", captures.block(
        1, captures.description("src/app/one.py", digest, list(areas)), [1, 2, 3, 4]),
        identities="counts 1 0 1\nidentity test\n")
    captures.describe(box.path("described/app/one.py"), "src/app/one.py", digest,
                      [(area, "+") for area in areas])


def metrics_scenarios():
    command = ("metrics", "-q", "capture", "--image", "described")
    yield faults.Scenario("metrics-lcov", capture, *command, "--format", "lcov", "-o", "lcov.info")
    yield faults.Scenario("metrics-html", steps(capture, run(
        *command, "--format", "html", "-o", "html")), *command, "--format", "html", "-o", "html",
        images=("html",))


def other_scenarios():
    yield faults.Scenario("cc-ast", INSTRUCTIONS, "cc", "unit/one.ast", "src/app/one.py", "factor",
                          "app.one")
    yield faults.Scenario("cc-bytecode", UNIT, "cc", "one.i", "unit/one.ast", "format",
                          "python.ast")
    yield faults.Scenario("cc-json", INSTRUCTIONS, "cc", "described", "src/app/one.py",
                          "delineated", "json", images=("described",))
    yield faults.Scenario("cc-copy", INSTRUCTIONS, "cc", "copy", "src/app", "format",
                          "directory.tree", images=("copy",))
    yield faults.Scenario("cc-archive", steps(INSTRUCTIONS, run(
        "cc", "described", "src/app/one.py", "delineated", "json")), "cc", "copy", "described",
                          "delineated",
        "archive", images=("copy",))
    yield faults.Scenario("cc-chapter", INSTRUCTIONS, "cc", "chapter", "chapter.txt", "format",
                          "text.kleptic", images=("chapter",))
    yield faults.Scenario("cc-worker", INSTRUCTIONS, "cc", "--worker", answers=True,
                          stdin=request("unit/one.ast", "src/app/one.py", "factor", "app.one") +
                          request("unit/two.ast", "src/app/two.py", "factor", "app.two"))
    yield faults.Scenario("precompile", INSTRUCTIONS, "precompile", *TRIPLES)
    yield faults.Scenario("precompile-worker", INSTRUCTIONS, "precompile", "--persistent_worker",
                          answers=True, stdin=request(*TRIPLES))
    yield faults.Scenario("py-compile", INSTRUCTIONS, "py_compile", *SOURCES, compatible=True)
    for name, options in {"": (), "-jobs": ("-j2",),
                          "-strict": ("--strict", "-o", "0", "-o", "2")}.items():
        command = ("compileall", "-q", *options, "src")
        yield faults.Scenario("compileall" + name, again(*command), *command, compatible=True)
    yield faults.Scenario("compileall-links",
                          steps(INSTRUCTIONS, link("src/app/linked.py", "deep/three.py")),
                          "compileall", "-q", "-e", "src", "src", compatible=True, weight=0.5)
    yield faults.Scenario("delineate-json",
                          again("delineate", "-q", "-j1", "src", "-o", "described"),
                          "delineate", "-q", "-j1", "src", "-o", "described", images=("described",))
    yield faults.Scenario("delineate-lines", INSTRUCTIONS, "delineate", "-q", "-j2", "--format",
                          "jsonl", "src")
    yield faults.Scenario("delineate-tags",
                          again("delineate", "-q", "--format", "ctags", "src", "-o", "tags"),
                          "delineate", "-q", "-j1", "--format", "ctags", "src", "-o", "tags")
    yield faults.Scenario("delineate-stub", INSTRUCTIONS, "delineate", "-q", "-j1", "--format",
                          "stub", "src/app/one.py", "-o", "one.pyi")
    for form in ("text", "html", "markdown", "man", "docset"):
        command = ("record", "-q", "-j1", "--format", form, "src", "-o", "recorded")
        yield faults.Scenario(f"record-{form}", INSTRUCTIONS, *command)
        yield faults.Scenario(f"record-{form}-again", again(*command), *command)
    built = steps(write(PRODUCT), run("query", "--update", "product"), run(*BUILD, "product"))
    for subject in ("products", "projects", "factors", "sources", "requirements", "images",
                    "variants"):
        yield faults.Scenario(f"query-{subject}", built, "query", subject, "product", weight=0.5)
    yield faults.Scenario("query-images-json", built, "query", "images", "--format", "json",
                          "product", weight=0.5)
    for subject in ("command", "why"):
        yield faults.Scenario(f"query-{subject}", product(*BUILD, "product"), "query", subject,
                              "product/acme/press/roller.py", weight=0.5)
    yield faults.Scenario("query-compose",
                          write({"type.v": "Translate:\n\t: [factor-image File]\n\t: x\n"}),
                          "query", "compose", "type.v", "Translate", weight=0.5)
    yield faults.Scenario("query-update", write(PRODUCT), "query", "--update", "product")
    for name, options in {"": (), "-dry": ("-n",), "-force": ("--force",), "-cache": ("--cache",),
                          "-limit": ("--cache-limit", "1K")}.items():
        yield faults.Scenario("clean" + name, again(*IN_PLACE, "src"), "clean", "-q", *options,
                              "src")
    yield faults.Scenario("help", write({}), "help", "build", weight=0.2)
    yield faults.Scenario("version", write({}), "--version", weight=0.2)


SCENARIOS = [*build_scenarios(), *image_scenarios(), *metrics_scenarios(),
             *other_scenarios()]
