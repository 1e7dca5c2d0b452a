"""kiln query: what is known of products, what a context says, and that asking changes nothing."""
import json
import os
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

DATA = os.path.join(tap.ROOT, "test", "conformance")
TYPES = "http://if.fault.io/factors/"

# A context whose programs are never run.
CONTEXT = {
    "machines/meta/.project/f-identity": "meta http://example.net/meta factors/polynomial-1\n",
    "machines/meta/projections.v": f"stone:\n\t: {TYPES}stone\n",
    "machines/stone/.project/f-identity": "stone http://example.net/stone factors/polynomial-1\n",
    "machines/stone/variants.v": "[modes]:\n\t: executable\n[systems]:\n\t: [host-system]\n[*]:\n"
                                 "\t: granite\n",
    "machines/stone/type.v": "Translate:\n\t: .cut -cut .steps\nRender:\n\t: .cut -join .steps\n",
    "machines/stone/cut.sys": "HARD=very\nSOFT\n/opt/stone/cut\n\t|cut\n\t|two words\n",
    "machines/stone/steps.v": (
        "[environment]:\n\t: QUARRY\n"
        "-cut:\n\t: \"cut\" input output\n\t: [unit File] [source File]\n\t: \"it's\"\n"
        "-join:\n\t: \"join\" - -\n\t: [factor-image File] [units File]\n"),
}


def load(name):
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return json.load(file)


class Case(program.Case):
    def setUp(self):
        super().setUp()
        self.cache = {"XDG_CACHE_HOME": self.path("cache"), "KILN_CACHE": None,
                      "SYSTEMCONTEXT": None}

    def kiln(self, *arguments, variables=None, **options):
        return super().kiln(*arguments, variables=self.cache | (variables or {}), **options)

    def lines(self, *arguments, **options):
        """The lines that a query prints, each as a list of fields."""
        return [line.split("\t")
                for line in self.kiln("query", *arguments, **options).stdout.splitlines()]

    def items(self, *arguments, **options):
        return json.loads(self.kiln("query", *arguments, "--format", "json", **options).stdout)

    def product(self):
        """A small product of two projects, in a directory of its own, which is its root."""
        for project in ("shop", "tools"):
            self.write(f"p/acme/{project}/.project/f-identity",
                       f"{project} http://example.net/{project} factors/polynomial-1\n"
                       "Acme <acme@example.net>\n")
            self.write(f"p/acme/{project}/.project/polynomial-1",
                       f"{TYPES}python\n\tmodule.py psf-v3\n\tinterface.pyi psf-v3\n"
                       f"{TYPES}stone\n\tslab.stone rough\n")
        self.write("p/acme/shop/till.py", "import os\n")
        self.write("p/acme/shop/back/store.py", "x = 1\n")
        self.write("p/acme/shop/readme.md", "text\n")
        self.write("p/acme/tools/saw/.factor", f"{TYPES}stone.slab\n..shop.wall\n")
        self.write("p/acme/tools/saw/a.stone", "a")
        self.write("p/acme/tools/saw/note", "b")
        self.write("p/acme/shop/wall.stone", "c")
        os.mkdir(self.path("p/.product"))
        for name, text in CONTEXT.items():
            self.write(f"context/{name}", text)
        return self.path("p")


class Items(Case):
    def test_each_subject_prints_a_line_for_each_item(self):
        at = self.product()
        module, slab = f"{TYPES}python.module", f"{TYPES}stone.slab"
        self.assertEqual(self.lines("products", "p"), [[at, "product"]])
        self.assertEqual(self.lines("projects", "p"), [
            ["acme.shop", f"{at}/acme/shop", "http://example.net/shop", "factors/polynomial-1"],
            ["acme.tools", f"{at}/acme/tools", "http://example.net/tools", "factors/polynomial-1"]])
        self.assertEqual(self.lines("factors", "p"), [
            ["acme.shop.readme", f"{TYPES}meta.unknown"], ["acme.shop.till", module],
            ["acme.shop.wall", slab], ["acme.shop.back.store", module], ["acme.tools.saw", slab]])
        self.assertEqual(self.lines("sources", "p"), [
            [f"{at}/acme/shop/readme.md", "acme.shop.readme", f"{TYPES}meta.unknown", "-"],
            [f"{at}/acme/shop/till.py", "acme.shop.till", module, "python.psf-v3"],
            [f"{at}/acme/shop/wall.stone", "acme.shop.wall", slab, "stone.rough"],
            [f"{at}/acme/shop/back/store.py", "acme.shop.back.store", module, "python.psf-v3"],
            [f"{at}/acme/tools/saw/a.stone", "acme.tools.saw", slab, "stone.rough"],
            [f"{at}/acme/tools/saw/note", "acme.tools.saw", f"{TYPES}meta.unknown", "-"]])
        self.assertEqual(self.lines("requirements", "p"),
                         [["acme.tools.saw", "acme.shop.wall", slab]])
        self.assertEqual(self.lines("images", "p"), [
            [f"{at}/.images/{tap.VARIANT}/acme/shop/till.i", "acme.shop.till", "linux",
             tap.ARCHITECTURE, "executable"],
            [f"{at}/.images/{tap.VARIANT}/acme/shop/back/store.i", "acme.shop.back.store",
             "linux", tap.ARCHITECTURE, "executable"]])
        self.assertEqual(self.lines("variants", "p/acme/shop/till.py", "--mode", "delineation"), [
            [module, "delineation", "machines.python", "linux", tap.ARCHITECTURE, "delineated",
             "integrated"]])

    def test_what_is_asked_for_decides_which_images_there_are(self):
        at = self.product()
        image = f"{at}/acme/shop/__f-int__/{tap.VARIANT}/executable/till.i"
        self.assertEqual(self.lines("images", "p/acme/shop/till.py", "--image-layout",
                                    "fint")[0][0], image)
        self.assertEqual([line[0] for line in self.lines("images", "p", "-X", "context")], [
            f"{at}/.images/linux-granite/acme/shop/wall.i",
            f"{at}/.images/linux-granite/acme/tools/saw.i"])

    def test_targets_are_products_projects_directories_above_them_parts_and_factor_paths(self):
        at = self.product()
        self.write("p/more/lone/.project/f-identity",
                   "lone http://example.net/lone factors/polynomial-1\n")
        self.write("p/more/lone/x.py", "")

        def names(*targets, cwd=at):
            return [line[0] for line in self.lines("factors", *targets, cwd=cwd)]

        tools, store = ["acme.tools.saw"], ["acme.shop.back.store"]
        self.assertEqual(len(names()), 6)
        self.assertEqual(names("acme/tools"), tools)
        self.assertEqual(names("acme.tools"), tools)
        self.assertEqual(names("acme.tools.saw"), tools)
        self.assertEqual(names("acme/shop/back"), store)
        self.assertEqual(names("acme.shop.back"), store)
        self.assertEqual(names(cwd=f"{at}/acme/shop/back"), store)
        self.assertEqual(len(names("acme")), 5)
        self.assertEqual(names("more"), ["more.lone.x"])
        self.assertEqual(names("acme.tools", "acme/shop/back", "acme.tools.saw"), tools + store)

    def test_a_connected_product_is_listed_with_the_one_that_names_it(self):
        at = self.product()
        self.write("p/.product/CONNECTIONS", "other\nmissing\n")
        self.write("other/.product/PROJECTS", "")
        self.assertEqual(self.lines("products", "p"),
                         [[at, "product"], [self.path("other"), "connection"]])
        self.assertEqual(self.items("products", "p")[0]["connections"],
                         [self.path("other"), self.path("missing")])

    def test_a_plain_directory_is_a_project_and_a_product(self):
        self.write("plain/a.py", "")
        self.assertEqual(self.lines("products", "plain"), [[self.path("plain"), "implicit"]])
        self.assertEqual(self.lines("factors", "plain"), [["plain.a", f"{TYPES}python.module"]])

    def test_json_is_an_array_of_objects_with_all_that_is_known(self):
        at = self.product()
        product, = self.items("products", "p")
        self.assertEqual(product, {"path": at, "implicit": False, "indexed": False,
                                   "projects": ["acme.shop", "acme.tools"], "connections": []})
        project = self.items("projects", "p")[1]
        self.assertEqual(project["factor"], "acme.tools")
        self.assertEqual(project["directory"], "acme/tools")
        self.assertEqual(project["contact"], "acme@example.net")
        self.assertIsNone(project["icon"])
        self.assertIn({"extension": "stone", "type": f"{TYPES}stone.slab", "language": "stone",
                       "dialect": "rough"}, project["formats"])
        saw = self.items("factors", "p")[-1]
        self.assertEqual(saw, {
            "product": at, "project": "acme.tools", "factor": "acme.tools.saw", "path": "saw",
            "type": f"{TYPES}stone.slab", "isolation": None, "explicit": True,
            "requirements": ["..shop.wall"],
            "sources": [{"path": "acme/tools/saw/a.stone", "type": f"{TYPES}stone.slab",
                         "language": "stone", "dialect": "rough", "size": 1},
                        {"path": "acme/tools/saw/note", "type": f"{TYPES}meta.unknown",
                         "language": None, "dialect": None, "size": 1}]})
        self.assertEqual(self.items("sources", "p")[0]["factor"], "acme.shop.readme")
        self.assertEqual(self.items("requirements", "p"), [{
            "product": at, "factor": "acme.tools.saw", "requirement": "acme.shop.wall",
            "required-product": at, "required-project": "http://example.net/shop",
            "type": f"{TYPES}stone.slab", "isolation": None}])
        image = self.items("images", "p", "-X", "context")[1]
        self.assertEqual(image["image"], ".images/linux-granite/acme/tools/saw.i")
        self.assertEqual(image["requirements"], [f"{at}/.images/linux-granite/acme/shop/wall.i"])
        self.assertEqual(image["sources"], ["acme/tools/saw/a.stone", "acme/tools/saw/note"])
        self.assertFalse(image["exists"])
        self.assertEqual(self.items("variants", "p/acme/shop/till.py"), [{
            "type": f"{TYPES}python.module", "isolation": None, "mode": "executable",
            "section": "machines.python", "system": "linux", "architecture": tap.ARCHITECTURE,
            "form": "executable", "integrates": True}])
        self.assertEqual(self.items("factors", "p/acme/shop/readme.md", "-X",
                                    "context")[0]["sources"][0]["path"],
                         "acme/shop/readme.md")

    def test_the_conformance_product_is_as_the_data_says(self):
        tap.copy_tree(os.path.join(DATA, "projects"), self.path("p"), symlinks=True)
        data = load("projects.json")
        factors = {}
        for item in self.items("factors", "p"):
            factors.setdefault(item["project"], []).append(item)
        for project in data["projects"]:
            with self.subTest(project=project["factor"]):
                found = factors[project["factor"]]
                self.assertEqual([(item["path"], item["type"]) for item in found],
                                 [(factor["path"], factor["type"])
                                  for factor in project["factors"]])
                self.assertEqual(
                    [[(source["path"], source["language"], source["dialect"])
                      for source in item["sources"]]
                     for item in found],
                    [[(f"{project['directory']}/{source['path']}", source["language"],
                       source["dialect"])
                      for source in factor["sources"]] for factor in project["factors"]])

    def test_lines_ended_by_nul_have_paths_as_they_are(self):
        self.write("a\nb/x.py", "")
        at = self.path("a\nb")
        self.assertEqual(self.kiln("query", "products", at, "-0").stdout, f"{at}\timplicit\0")
        self.assertEqual(self.kiln("query", "products", at).stdout,
                         f"{self.path('a')}\\nb\timplicit\n")

    def test_a_wrong_factor_is_reported_and_the_others_are_listed(self):
        self.product()
        self.write("p/acme/tools/empty/.factor", "")
        result = self.kiln("query", "factors", "p", status=1)
        self.assertIn("acme/tools/empty/.factor", result.stderr)
        self.assertIn("acme.tools.saw\t", result.stdout)
        self.write("p/acme/tools/empty/.factor", f"{TYPES}stone.slab\n.nothing\n")
        result = self.kiln("query", "requirements", "p", status=1)
        self.assertIn("nothing", result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 1)

    def test_unknown_targets_are_refused_by_name(self):
        self.product()
        for subject in ("products", "projects", "factors", "sources", "requirements", "images",
                        "variants", "command", "why"):
            with self.subTest(subject=subject):
                result = self.kiln("query", subject, "./nope", status=2, cwd=self.path("p"))
                self.assertIn("nope", result.stderr)
                self.assertEqual(result.stdout, "")
                result = self.kiln("query", subject, "zinc.nope", status=2, cwd=self.path("p"))
                self.assertIn("zinc.nope", result.stderr)
        for subject in ("factors", "images", "command", "why", "variants"):
            result = self.kiln("query", subject, "acme.shop.nope", status=2, cwd=self.path("p"))
            self.assertIn("'nope'", result.stderr)

    def test_wrong_command_lines_are_refused(self):
        self.product()
        for line in ("", "nonsense", "factors p --format xml", "why", "command", "compose",
                     "compose f.v", "plan", "plan a b", "factors --conclusion x",
                     "factors --answer a=b", "plan f.sys -O",
                     "compose f.v v --mode executable", "--update p factors",
                     "factors -0 --format json",
                     "compose f.v v --constant =x", "compose nothing.v v", "plan nothing.sys"):
            with self.subTest(line=line):
                result = self.kiln("query", *line.split(), status=2)
                self.assertRegex(result.stderr, r": error: |\Akiln: error: ")
                self.assertEqual(result.stdout, "")

    def test_nothing_is_written_or_locked(self):
        self.product()
        self.kiln("build", "p", status=0)
        os.unlink(self.path("p/.product/PROJECTS"))
        lock = os.open(self.path("p/.kiln-build/lock"), os.O_RDWR)
        self.addCleanup(os.close, lock)
        subprocess.run(["flock", "-n", str(lock)], pass_fds=[lock], check=True)
        before = program.tree(self.directory)
        for subject in ("products", "projects", "factors", "sources", "requirements", "images",
                        "variants", "command", "why"):
            self.kiln("query", subject, "p", timeout=60)
        self.assertEqual(program.tree(self.directory), before)


class Update(Case):
    def test_the_index_is_written_and_left_when_it_is_the_same(self):
        at = self.product()
        index = f"{at}/.product/PROJECTS"
        self.assertEqual(self.lines("--update", "p"), [[index, "written"]])
        self.assertEqual(program.read(index),
                         b"http://example.net/shop acme.shop factors/polynomial-1\n"
                                              b"http://example.net/tools acme.tools "
                                              b"factors/polynomial-1\n")
        self.assertEqual(self.lines("--update", "p"), [[index, "current"]])
        shutil.rmtree(f"{at}/acme/shop")
        self.assertEqual(self.items("--update", "p"),
                         {"index": index, "written": True, "projects": 1})
        self.assertEqual(self.lines("products", "p"), [[at, "product"]])

    def test_what_is_no_product_gets_no_index(self):
        self.write("plain/x.py", "")
        self.product()
        for name in ("plain", "p/acme/shop", "nothing"):
            self.assertIn(name, self.kiln("query", "--update", name, status=2).stderr)
        self.assert_only(["x.py"], "plain")


class Vectors(Case):
    def test_the_conformance_vectors_compose(self):
        for case in load("formulation/vectors.json"):
            with self.subTest(case=case["name"]):
                file = self.write("f.v", case["text"])
                options = [f"--conclusion={word}" for word in case["conclusions"]]
                for option, lists in (("constant", case["constants"]), ("answer", case["query"])):
                    for name, values in lists.items():
                        values = [values] if isinstance(values, str) else values
                        options += ([f"--{option}={name}={value}" for value in values]
                                    or [f"--{option}={name}"])
                result = self.kiln("query", "compose", file, "-0", *options, "--", case["compose"],
                                   env=tap.SANITIZERS | case["environ"])
                self.assertEqual(result.stdout.split("\0")[:-1], case["expected"])
                result = self.kiln("query", "compose", file, "--format=json", *options, "--",
                                   case["compose"], env=tap.SANITIZERS | case["environ"])
                self.assertEqual(json.loads(result.stdout), case["expected"])

    def test_a_field_is_a_line(self):
        self.write("a.v", "V:\n\t: x \"y z\"\n\t: [-own]\n-own:\n\t: first\n")
        self.write("b.v", "-own:\n\t: second\n\t: [names]\n")
        self.assertEqual(self.kiln("query", "compose", "a.v", "V").stdout, "x\ny z\nfirst\n")
        self.assertEqual(self.kiln("query", "compose", "a.v", "b.v", "V", "--answer", "names=1",
                                   "--answer", "names=a=b").stdout, "x\ny z\nsecond\n1\na=b\n")

    def test_errors_name_the_file_and_the_line(self):
        self.write("wrong.v", "V:\n\t: x\n\tno colon\n")
        self.assertRegex(self.kiln("query", "compose", "wrong.v", "V", status=2).stderr,
                         r"\Awrong\.v:3")
        self.write("loop.v", "-v:\n\t: [-w]\n-w:\n\t: [-v]\n")
        self.assertIn("-w", self.kiln("query", "compose", "loop.v", "--", "-v", status=2).stderr)
        self.assertIn("'none'", self.kiln("query", "compose", "loop.v", "none", status=2).stderr)

    def test_the_conformance_plans_are_taken_apart(self):
        for case in load("formulation/plans.json"):
            with self.subTest(case=case["name"]):
                file = self.write("f.sys", case["text"])
                self.assertEqual(self.items("plan", file), {
                    "environment": case["environment"], "executable": case["executable"],
                    "arguments": case["arguments"]})
                expected = [f"unset\t{name}" if value is None else f"environment\t{name}={value}"
                            for name, value in case["environment"]]
                expected.append("executable\t" + case["executable"])
                expected += ["argument\t" + argument for argument in case["arguments"]]
                found = self.kiln("query", "plan", file, "-0").stdout
                self.assertEqual(found.split("\0")[:-1], expected)

    def test_a_wrong_plan_is_refused(self):
        self.write("wrong.sys", "/bin/true\n\t?x\n")
        self.assertRegex(self.kiln("query", "plan", "wrong.sys", status=2).stderr,
                         r"\Awrong\.sys:2")


class Commands(Case):
    def test_all_commands_of_a_factor_are_printed_for_a_shell(self):
        at = self.product()
        work = f"{at}/.kiln-build/work/executable/acme.tools/saw/linux-granite/units"
        variables = {"QUARRY": "north", "HOME": "/h", "PATH": "/p", "TMPDIR": None}
        lines = self.lines("command", "acme.tools.saw", "-X", "../context", cwd=at,
                           variables=variables)
        environment = "HOME=/h PATH=/p LC_ALL=C QUARRY=north HARD=very"
        self.assertEqual([line[:2] for line in lines], [
            [f"{work}/a.stone", "cut"], [f"{at}/.images/linux-granite/acme/tools/saw.i", "join"]])
        self.assertEqual(shlex.split(lines[0][2]), ["cut", "two words", f"{work}/a.stone",
                                                    f"{at}/acme/tools/saw/a.stone", "it's"])
        self.assertEqual(shlex.split(lines[1][2]),
                         ["cut", "two words", lines[1][0], f"{work}/a.stone"])
        for line in lines:
            self.assertEqual(sorted(shlex.split(line[3])), sorted(environment.split()))

    def test_json_has_lists(self):
        at = self.product()
        unit, image = self.items("command", "acme.tools.saw", "-X", "../context", cwd=at,
                                 variables={"QUARRY": None, "HOME": "/h", "PATH": "/p",
                                            "TMPDIR": None})
        self.assertEqual(unit["source"], "acme/tools/saw/a.stone")
        self.assertEqual((unit["operation"], unit["executable"], unit["internal"]),
                         ("cut", "/opt/stone/cut", False))
        self.assertEqual((unit["input"], unit["output"]), (True, True))
        self.assertEqual(unit["command"][:2], ["cut", "two words"])
        self.assertEqual(sorted(unit["environment"]),
                         sorted(["HOME=/h", "PATH=/p", "LC_ALL=C", "HARD=very"]))
        self.assertIsNone(image["source"])
        self.assertEqual((image["input"], image["output"]), (False, False))
        self.assertEqual(image["target"], f"{at}/{image['image']}")

    def test_commands_of_this_program_start_nothing(self):
        self.product()
        unit, image = self.items("command", "p/acme/shop/till.py", "-O")
        self.assertTrue(unit["internal"] and image["internal"])
        self.assertEqual(unit["environment"], [])
        index = unit["command"].index("cpython-optimize")
        self.assertEqual(unit["command"][index + 1], "2")
        image, = self.items("command", "p/acme/shop/till.py", "--mode", "delineation")[1:]
        self.assertEqual(image["form"], "delineated")


class Why(Case):
    def why(self, *arguments, **options):
        at = self.path(f"p/.images/{tap.VARIANT}/acme/shop")
        return {os.path.relpath(line[0], at): line[1:]
                for line in self.lines("why", *arguments, **options)}

    def test_it_says_whether_an_image_is_current_or_what_changed(self):
        self.product()
        self.assertEqual(self.why("p/acme/shop/till.py"), {"till.i": ["outdated", "not built yet"]})
        self.kiln("build", "p")
        self.assertEqual(self.why("p/acme/shop/till.py"),
                         {"till.i": ["current", "nothing changed"]})
        os.utime(self.path("p/acme/shop/till.py"))
        self.assertEqual(self.why("p/acme/shop/till.py")["till.i"][0], "current")
        self.write("p/acme/shop/till.py", "import sys\n")
        self.assertEqual(self.why("p/acme/shop"), {
            "till.i": ["outdated", "source changed: acme/shop/till.py"],
            "back/store.i": ["current", "nothing changed"]})
        self.assertEqual(self.why("p/acme/shop/back", "-O")["back/store.i"],
                         ["outdated", "command changed"])
        os.unlink(self.path(f"p/.images/{tap.VARIANT}/acme/shop/back/store.i"))
        self.assertRegex(self.why("p/acme/shop/back")["back/store.i"][1], "built file is missing")

    def test_json_has_the_reason_and_what_the_image_is(self):
        self.product()
        item, = self.items("why", "p/acme/shop/till.py")
        self.assertEqual(item, {
            "product": self.path("p"), "factor": "acme.shop.till",
            "image": f".images/{tap.VARIANT}/acme/shop/till.i", "mode": "executable",
            "section": "machines.python", "system": "linux", "architecture": tap.ARCHITECTURE,
            "form": "executable", "status": "outdated", "reason": "not built yet"})

    def test_what_a_program_that_is_missing_makes_is_broken(self):
        self.product()
        result = self.kiln("query", "why", "p/acme/tools", "-X", "context", status=1)
        self.assertIn("/opt/stone/cut", result.stderr)
        self.assertRegex(result.stdout, r"\A\S+saw\.i\tbroken\t.*\n\Z")


if __name__ == "__main__":
    tap.main()
