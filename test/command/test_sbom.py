"""Bills of materials: SPDX 2.3 and CycloneDX 1.5 of what is in an image.

The checks of structure are written from the specifications: SPDX 2.3, clauses 6 to 11, and the JSON
reference of CycloneDX 1.5. With the published JSON schemas in a directory that KILN_SCHEMAS names,
bills are checked against them, too: spdx-2.3.json, bom-1.5.schema.json, and what that refers to,
spdx.schema.json and jsf-0.82.schema.json.
"""
import hashlib
import json
import os
import re
import shutil
import sys
import tarfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import program
import tap

try:
    import jsonschema
except ImportError:
    jsonschema = None

UUID = r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: {}\n{}\n"
DISTRIBUTIONS = {
    ("Press.Core", "1.0+local"): "License-Expression: MIT OR Apache-2.0\n",
    ("feed", "2"): "Classifier: License :: OSI Approved :: MIT License\n",
    ("tray", "3"): "License: Do what you like,\n        with \"quotes\"\n",
    ("spool", "4"): "License: BSD-3-Clause\n",
    ("quiet", "5"): "",
    ("named", "6"): "License-Expression: LicenseRef-House AND (MIT OR LicenseRef-House)\n",
}


class Bills(tap.Case):
    def setUp(self):
        super().setUp()
        for (name, version), headers in DISTRIBUTIONS.items():
            package = name.lower().replace(".", "_")
            info = f"in/{package}-{version}.dist-info/"
            self.write(f"in/{package}/__init__.py", f"NAME = '{name}'\n")
            self.write(info + "METADATA", METADATA.format(name, version, headers))
            self.write(info + "RECORD", f"{package}/__init__.py,,\n")
        self.write("in/feed-2.dist-info/sboms/inner.cdx.json", "{}")
        self.write("in/own.py", "import feed\n")

    def bill(self, name, image="a.tar", **options):
        self.kiln("build", "in", "-o", image, "--sbom", name, **options)
        bill = json.loads(program.read(self.path(name)))
        self.check_schema(bill)
        return bill

    def digests(self, kind="sha256"):
        with tarfile.open(self.path("a.tar")) as archive:
            return {member.name: hashlib.new(kind, archive.extractfile(member).read()).hexdigest()
                    for member in archive if member.isfile()}

    def check_schema(self, bill):
        """Check with the published schema, if that is there."""
        directory = os.environ.get("KILN_SCHEMAS")
        if not directory or not jsonschema:
            return
        names = ["spdx-2.3.json"]
        if "bomFormat" in bill:
            names = ["bom-1.5.schema.json", "spdx.schema.json", "jsf-0.82.schema.json"]
        schemas = [json.loads(program.read(os.path.join(directory, name))) for name in names]
        store = {schema["$id"]: schema for schema in schemas}
        resolver = jsonschema.RefResolver(schemas[0]["$id"], schemas[0], store=store)
        jsonschema.Draft7Validator(schemas[0], resolver=resolver).validate(bill)

    def test_cyclonedx_lists_distributions_and_files(self):
        bill = self.bill("b.cdx.json")
        self.assertEqual((bill["bomFormat"], bill["specVersion"], bill["version"]),
                         ("CycloneDX", "1.5", 1))
        self.assertRegex(bill["serialNumber"], f"^{UUID}$")
        self.assertEqual(bill["metadata"]["timestamp"], "1980-01-01T00:00:00Z")
        libraries = {component["name"]: component for component in bill["components"]
                     if component["type"] == "library"}
        self.assertEqual({name: library["version"] for name, library in libraries.items()},
                         dict(DISTRIBUTIONS.keys()))
        self.assertEqual(libraries["Press.Core"]["purl"], "pkg:pypi/press-core@1.0%2Blocal")
        self.assertEqual({name: library.get("licenses") for name, library in libraries.items()}, {
            "Press.Core": [{"expression": "MIT OR Apache-2.0"}],
            "feed": [{"expression": "MIT"}],
            "tray": [{"license": {"name": libraries["tray"]["licenses"][0]["license"]["name"]}}],
            "spool": [{"expression": "BSD-3-Clause"}],
            "quiet": None,
            "named": [{"expression": "LicenseRef-House AND (MIT OR LicenseRef-House)"}]})
        self.assertIn('with "quotes"', libraries["tray"]["licenses"][0]["license"]["name"])
        reference = libraries["feed"]["externalReferences"]
        self.assertEqual([(item["type"], item["url"]) for item in reference],
                         [("bom", "feed-2.dist-info/sboms/inner.cdx.json")])
        self.assertEqual(reference[0]["hashes"][0]["content"], hashlib.sha256(b"{}").hexdigest())
        files = {file["name"]: file["hashes"][0]["content"] for component in bill["components"]
                 for file in component.get("components", [component])}
        self.assertEqual(files, self.digests())
        self.assertIn("feed/__init__.py",
                      [file["name"] for file in libraries["feed"]["components"]])
        references = [library["bom-ref"] for library in libraries.values()]
        self.assertEqual(len(set(references)), len(references))
        self.assertEqual(bill["dependencies"], [{"ref": "image", "dependsOn": [
            component["bom-ref"] for component in bill["components"]
            if component["type"] == "library"]}])

    def test_spdx_lists_distributions_and_files(self):
        bill = self.bill("b.spdx.json")
        self.assertEqual((bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]),
                         ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT"))
        self.assertRegex(bill["documentNamespace"], f"^{UUID}$")
        self.assertEqual(bill["creationInfo"]["created"], "1980-01-01T00:00:00Z")
        self.assertTrue(bill["creationInfo"]["creators"][0].startswith("Tool: kiln-"))
        image, *packages = bill["packages"]
        self.assertEqual({package["name"]: package["versionInfo"] for package in packages},
                         dict(DISTRIBUTIONS.keys()))
        by_name = {package["name"]: package for package in packages}
        self.assertEqual(by_name["Press.Core"]["externalRefs"][0]["referenceLocator"],
                         "pkg:pypi/press-core@1.0%2Blocal")
        declared = {name: package["licenseDeclared"] for name, package in by_name.items()}
        texts = {info["licenseId"]: info["extractedText"]
                 for info in bill["hasExtractedLicensingInfos"]}
        self.assertEqual(set(texts), {declared["tray"], "LicenseRef-House"})
        self.assertEqual(len(texts), len(bill["hasExtractedLicensingInfos"]))
        self.assertIn('with "quotes"', texts[declared["tray"]])
        self.assertRegex(declared.pop("tray"), r"^LicenseRef-[\w.-]+$")
        self.assertEqual(declared, {"Press.Core": "MIT OR Apache-2.0", "feed": "MIT",
                                    "spool": "BSD-3-Clause", "quiet": "NOASSERTION",
                                    "named": "LicenseRef-House AND (MIT OR LicenseRef-House)"})
        for kind in ("sha1", "sha256"):
            self.assertEqual({
                file["fileName"][2:]: {item["algorithm"]: item["checksumValue"]
                                       for item in file["checksums"]}[kind.upper()]
                for file in bill["files"]}, self.digests(kind))
        identifiers = [item["SPDXID"] for item in bill["packages"] + bill["files"]]
        self.assertEqual(len(set(identifiers)), len(identifiers))
        for identifier in identifiers:
            self.assertRegex(identifier, r"^SPDXRef-[A-Za-z0-9.-]+$")
        for item in bill["packages"]:
            self.assertLessEqual({"name", "downloadLocation", "SPDXID"}, set(item))
        relations = {(item["spdxElementId"], item["relationshipType"], item["relatedSpdxElement"])
                     for item in bill["relationships"]}
        self.assertIn(("SPDXRef-DOCUMENT", "DESCRIBES", image["SPDXID"]), relations)
        for source, _, target in relations:
            self.assertIn(target, identifiers)
            self.assertIn(source, identifiers + ["SPDXRef-DOCUMENT"])
        files = {file["fileName"]: file["SPDXID"] for file in bill["files"]}
        feed = by_name["feed"]["SPDXID"]
        self.assertIn((feed, "CONTAINS", files["./feed/__init__.py"]), relations)
        self.assertIn((image["SPDXID"], "CONTAINS", files["./own.py"]), relations)
        self.assertIn((files["./feed-2.dist-info/sboms/inner.cdx.json"], "METAFILE_OF", feed),
                      relations)
        self.assertEqual(len(relations), len(bill["relationships"]))

    def verification_code(self, bill, package):
        """By SPDX 2.3, 7.9, from the content of the image."""
        digests = self.digests("sha1")
        names = {file["SPDXID"]: file["fileName"][2:] for file in bill["files"]}
        contained = [digests[names[item["relatedSpdxElement"]]] for item in bill["relationships"]
                     if item["relationshipType"] == "CONTAINS" and
                     item["spdxElementId"] == package["SPDXID"] and
                     item["relatedSpdxElement"] in names]
        return hashlib.sha1("".join(sorted(contained)).encode()).hexdigest() if contained else None

    def check_analysis(self, bill):
        for package in bill["packages"]:
            code = self.verification_code(bill, package)
            self.assertEqual(package["filesAnalyzed"], code is not None)
            self.assertEqual(package.get("packageVerificationCode"),
                             {"packageVerificationCodeValue": code} if code else None)
        return [package["filesAnalyzed"] for package in bill["packages"]]

    def test_verification_codes_are_of_the_files_that_a_package_contains(self):
        self.assertEqual(set(self.check_analysis(self.bill("b.spdx.json"))), {True})
        os.unlink(self.path("in/own.py"))
        self.assertEqual(self.check_analysis(self.bill("b.spdx.json")),
                         [False] + len(DISTRIBUTIONS) * [True])
        self.write("in/feed/__init__.py", "NAME = 'other'\n")
        codes = {package["name"]: package.get("packageVerificationCode")
                 for package in self.bill("b.spdx.json", "b.tar")["packages"]}
        self.kiln("build", "in", "-o", "a.tar.gz", "--sbom", "c.spdx.json")
        again = json.loads(program.read(self.path("c.spdx.json")))
        self.assertEqual([package.get("packageVerificationCode")
                          for package in again["packages"][1:]], list(codes.values())[1:])

    def test_a_hard_link_has_the_digests_of_its_file(self):
        with tarfile.open(self.path("linked.tar"), "w") as archive:
            archive.add(self.path("in/own.py"), "own.py")
            link = tarfile.TarInfo("again.py")
            link.type, link.linkname = tarfile.LNKTYPE, "own.py"
            archive.addfile(link)
        self.kiln("image", "-o", "a.tar", "linked.tar", "--sbom", "b.spdx.json")
        files = json.loads(program.read(self.path("b.spdx.json")))["files"]
        self.assertEqual(files[0]["checksums"], files[1]["checksums"])
        self.check_analysis(json.loads(program.read(self.path("b.spdx.json"))))

    def test_the_same_image_gives_the_same_bill(self):
        shutil.copytree(self.path("in"), self.path("other/in"))
        for name in ("b.cdx.json", "b.spdx.json"):
            self.bill(name)
            first = program.read(self.path(name))
            self.kiln("build", self.path("other/in"), "-o", self.path("other/a.tar"), "--sbom",
                      self.path("other", name), "-j", "1", cwd="/")
            self.assertEqual(program.read(self.path("other", name)), first)
            self.write("in/own.py", "import tray\n")
            self.bill(name)
            second = json.loads(program.read(self.path(name)))
            key = "serialNumber" if name == "b.cdx.json" else "documentNamespace"
            self.assertNotEqual(second[key], json.loads(first)[key])
            self.write("in/own.py", "import feed\n")

    def test_the_time_is_that_of_the_entries(self):
        epoch = {"SOURCE_DATE_EPOCH": "1700000000"}
        self.assertEqual(self.bill("b.cdx.json", variables=epoch)["metadata"]["timestamp"],
                         "2023-11-14T22:13:20Z")

    def test_distributions_of_the_system_are_listed(self):
        site = "/usr/lib/python3/dist-packages"
        infos = [name for name in sorted(os.listdir(site))
                 if re.match(r"(attrs|Flask|flask|requests|PyYAML)-.*(dist|egg)-info$", name)]
        if not infos:
            self.skipTest("no distribution of Debian is installed")
        shutil.rmtree(self.path("in"))
        for name in infos:
            shutil.copytree(os.path.join(site, name), self.path("in", name))
        for name in ("b.cdx.json", "b.spdx.json"):
            bill = self.bill(name)
            components = bill.get("components") or bill["packages"][1:]
            self.assertEqual(
                sorted(item["name"].lower() for item in components),
                sorted(name.split("-")[0].lower() for name in infos))

    def test_other_names_are_refused(self):
        for name in ("bill.json", "bill.xml", "spdx.json"):
            with self.subTest(name=name):
                result = self.kiln("build", "in", "-o", "a.tar", "--sbom", name, status=2)
                self.assertIn("a name that ends in .spdx.json or .cdx.json", result.stderr)


if __name__ == "__main__":
    tap.main()
