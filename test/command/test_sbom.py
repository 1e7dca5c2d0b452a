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
EMPTY = '{"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1}'
PRESS = "pkg:generic/libpress@1.2?arch=x"
SHA = hashlib.sha256(b"").hexdigest()
# As auditwheel and others write them into wheels.
CYCLONEDX = {
    "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
    "metadata": {"component": {
        "type": "library", "bom-ref": "self", "name": "Feed", "version": "2",
        "purl": "pkg:pypi/Feed@2?file_name=feed-2-py3-none-any.whl"}},
    "components": [
        {"type": "library", "bom-ref": "p", "name": "libpress", "version": "1.2", "purl": PRESS,
         "licenses": [{"license": {"id": "MIT"}}, {"expression": "ISC OR Zlib"}],
         "hashes": [{"alg": "SHA-256", "content": SHA.upper()}, {"alg": "SHA-1", "content": "?"},
                    {"alg": "Streebog-256", "content": SHA}],
         "cpe": "cpe:2.3:a:press:libpress:1.2:*:*:*:*:*:*:*", "evidence": {},
         "omniborId": ["of version 1.6"],
         "components": [{"type": "cryptographic-asset", "bom-ref": "s", "name": "seal",
                         "group": "org", "licenses": [{"license": {"name": "House rules"}}]}]},
        {"type": "file", "name": "roller.so"}],
    "dependencies": [{"ref": "self", "dependsOn": ["p"]}, {"ref": "s", "dependsOn": ["p", "?"]}]}
SPDX = {
    "spdxVersion": "SPDX-2.2", "SPDXID": "SPDXRef-DOCUMENT", "name": "tray",
    "packages": [
        {"SPDXID": "SPDXRef-1", "name": "Tray", "versionInfo": "3"},
        {"SPDXID": "SPDXRef-2", "name": "libpress", "licenseConcluded": "NOASSERTION",
         "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                           "referenceLocator": PRESS}]},
        {"SPDXID": "SPDXRef-3", "name": "ink", "versionInfo": "7",
         "licenseDeclared": "LicenseRef-Ink", "primaryPackagePurpose": "FRAMEWORK",
         "checksums": [{"algorithm": "SHA256", "checksumValue": SHA}]}],
    "relationships": [
        {"spdxElementId": "SPDXRef-1", "relationshipType": "CONTAINS",
         "relatedSpdxElement": "SPDXRef-2"},
        {"spdxElementId": "SPDXRef-2", "relationshipType": "DEPENDENCY_OF",
         "relatedSpdxElement": "SPDXRef-3"}]}


class Bills(tap.Case):
    def setUp(self):
        super().setUp()
        for (name, version), headers in DISTRIBUTIONS.items():
            package = name.lower().replace(".", "_")
            info = f"in/{package}-{version}.dist-info/"
            self.write(f"in/{package}/__init__.py", f"NAME = '{name}'\n")
            self.write(info + "METADATA", METADATA.format(name, version, headers))
            self.write(info + "RECORD", f"{package}/__init__.py,,\n")
        self.write("in/feed-2.dist-info/sboms/inner.cdx.json", EMPTY)
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
        self.assertEqual(reference[0]["hashes"][0]["content"],
                         hashlib.sha256(EMPTY.encode()).hexdigest())
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

    def merged(self, name):
        self.write("in/feed-2.dist-info/sboms/inner.cdx.json", json.dumps(CYCLONEDX))
        self.write("in/tray-3.dist-info/sboms/of/tray.spdx.json", json.dumps(SPDX))
        bill = self.bill(name)
        self.assertEqual(self.kiln("image", "--verify", "a.tar").returncode, 0)
        return bill

    def test_cyclonedx_has_what_bills_in_the_image_have(self):
        bill = self.merged("b.cdx.json")
        inner = "feed-2.dist-info/sboms/inner.cdx.json"
        seal, ink = f"{inner}#s", "tray-3.dist-info/sboms/of/tray.spdx.json#SPDXRef-3"
        roller = f"{inner}#3"
        feed, tray = "pkg:pypi/feed@2#feed-2.dist-info", "pkg:pypi/tray@3#tray-3.dist-info"
        parts = {item["bom-ref"]: item for item in bill["components"]
                 if item["type"] != "file" or "bom-ref" in item}
        added = {PRESS, seal, ink, roller}
        self.assertEqual(len(parts), len(DISTRIBUTIONS) + len(added))
        self.assertLessEqual(added | {feed, tray}, set(parts))
        self.assertEqual(parts[PRESS], {
            "type": "library", "bom-ref": PRESS, "name": "libpress", "version": "1.2",
            "hashes": [{"alg": "SHA-256", "content": SHA}],
            "licenses": [{"expression": "MIT AND (ISC OR Zlib)"}],
            "cpe": CYCLONEDX["components"][0]["cpe"], "purl": PRESS})
        self.assertEqual(parts[seal], {
            "type": "library", "bom-ref": seal, "group": "org", "name": "seal",
            "licenses": [{"license": {"name": "House rules"}}]})
        self.assertEqual(parts[ink], {
            "type": "framework", "bom-ref": ink, "name": "ink", "version": "7",
            "hashes": [{"alg": "SHA-256", "content": SHA}],
            "licenses": [{"license": {"name": "LicenseRef-Ink"}}]})
        self.assertEqual(parts[roller], {"type": "file", "bom-ref": roller, "name": "roller.so"})
        links = {item["ref"]: item["dependsOn"] for item in bill["dependencies"]}
        self.assertEqual(len(links), len(bill["dependencies"]))
        self.assertEqual(links.pop("image"), [
            item["bom-ref"] for item in bill["components"] if "#" in item.get("bom-ref", "")
            and item["bom-ref"].startswith("pkg:pypi/")])
        self.assertEqual({ref: set(refs) for ref, refs in links.items()}, {
            feed: {PRESS, seal, roller}, tray: {PRESS, ink}, PRESS: {seal}, seal: {PRESS},
            ink: {PRESS}})

    def test_spdx_has_what_bills_in_the_image_have(self):
        bill = self.merged("b.spdx.json")
        packages = {item["name"]: item for item in bill["packages"]}
        self.assertEqual(len(packages), len(bill["packages"]))
        self.assertLessEqual({"libpress", "org/seal", "ink", "roller.so"}, set(packages))
        press = packages["libpress"]
        self.assertEqual((press["versionInfo"], press["licenseDeclared"], press["filesAnalyzed"]),
                         ("1.2", "MIT AND (ISC OR Zlib)", False))
        self.assertEqual(press["checksums"], [{"algorithm": "SHA256", "checksumValue": SHA}])
        self.assertEqual([item["referenceLocator"] for item in press["externalRefs"]],
                         [PRESS, CYCLONEDX["components"][0]["cpe"]])
        self.assertEqual(packages["ink"]["primaryPackagePurpose"], "FRAMEWORK")
        texts = {info["licenseId"]: info["extractedText"]
                 for info in bill["hasExtractedLicensingInfos"]}
        self.assertEqual([texts[packages[name]["licenseDeclared"]]
                          for name in ("org/seal", "ink")], ["House rules", "LicenseRef-Ink"])
        names = {item["SPDXID"]: item["name"] for item in bill["packages"]}
        links = {(names[item["spdxElementId"]], item["relationshipType"],
                  names[item["relatedSpdxElement"]]) for item in bill["relationships"]
                 if item["spdxElementId"] in names and item["relatedSpdxElement"] in names}
        self.assertEqual({link for link in links if link[0] != "a.tar"}, {
            ("feed", "CONTAINS", "libpress"), ("feed", "CONTAINS", "org/seal"),
            ("feed", "CONTAINS", "roller.so"), ("libpress", "DEPENDS_ON", "org/seal"),
            ("org/seal", "DEPENDS_ON", "libpress"), ("tray", "CONTAINS", "libpress"),
            ("tray", "CONTAINS", "ink"), ("ink", "DEPENDS_ON", "libpress")})
        self.check_analysis(bill)

    def test_what_cannot_be_read_of_bills_is_named_and_stays_a_reference(self):
        directory = "feed-2.dist-info/sboms"
        component = {"type": "library", "name": "x", "components": [{"type": "library"}]}
        bills = {
            "broken.json": ("{", "not JSON"),
            "bill.xml": ("<bom/>", "not JSON"),
            "none.json": ("[]", "neither CycloneDX nor SPDX 2 as JSON"),
            "three.json": ('{"spdxVersion": "SPDX-3.0"}', "neither CycloneDX nor SPDX 2 as JSON"),
            "name.json": (json.dumps({"bomFormat": "CycloneDX", "components": [component]}),
                          "a part has no name"),
            "large.json": ("[" + " " * (8 << 20) + "]", "more than 8388608 bytes"),
        }
        for name, (text, _) in bills.items():
            self.write(f"in/{directory}/{name}", text)
        for bill in ("b.cdx.json", "b.spdx.json"):
            result = self.kiln("build", "in", "-o", "a.tar", "--sbom", bill)
            found = {message.path: message for message in program.messages(result.stderr)}
            for name, (_, reason) in bills.items():
                with self.subTest(bill=bill, name=name):
                    message = found.pop(f"a.tar/{directory}/{name}")
                    self.assertEqual(message.kind, "warning")
                    self.assertIn("its parts are not in the bill of materials", message.text)
                    self.assertIn(reason, message.text)
            self.assertEqual(found, {})
        made = json.loads(program.read(self.path("b.cdx.json")))
        [feed] = [item for item in made["components"] if item["name"] == "feed"]
        self.assertEqual([item["url"] for item in feed["externalReferences"]],
                         sorted(f"{directory}/{name}" for name in [*bills, "inner.cdx.json"]))
        self.assertEqual({item["name"] for item in made["components"] if item["type"] != "file"},
                         {name for name, _ in DISTRIBUTIONS})
        self.check_schema(made)

    def test_nothing_that_a_bill_says_makes_a_wrong_one(self):
        """Names that others have, wrong kinds of values, loops."""
        hostile = [
            {"name": "image", "bom-ref": "image", "purl": "pkg:pypi/feed@2#feed-2.dist-info"},
            {"name": "tray", "purl": "pkg:pypi/tray@3", "bom-ref": "x"},
            {"name": "x", "purl": "pkg:generic/a b", "bom-ref": "x", "type": 1, "version": []},
            {"name": "x", "purl": {}, "bom-ref": "", "hashes": {"alg": "MD5"}, "licenses": 1},
            {"name": "x\0\ud800", "purl": "pkg:generic/x", "bom-ref": "3", "group": "\n"},
            {"name": "x", "purl": "pkg:generic/x", "licenses": [{"expression": "a\0b"}, {}]},
            {"name": "y", "purl": "http://x", "licenses": [{"license": {"id": "no such"}}]},
            {"name": "z", "purl": "pkg:generic/" + 2037 * "z"},
        ]
        self.write("in/feed-2.dist-info/sboms/inner.cdx.json", json.dumps({
            "bomFormat": "CycloneDX", "components": hostile,
            "dependencies": [{"ref": "x", "dependsOn": ["x", "3", 1, {}]}, 7, {"ref": []},
                             {"ref": "3", "dependsOn": ["x", "x", "image"]}]}))
        made = self.bill("b.cdx.json")
        references = [item["bom-ref"] for item in made["components"] if "bom-ref" in item]
        self.assertEqual(len(references), len(set(references)))
        self.assertLess(max(map(len, references)), 100)
        for link in made["dependencies"]:
            self.assertLessEqual(set(link["dependsOn"]) | {link["ref"]}, {"image", *references})
            self.assertEqual(len(link["dependsOn"]), len(set(link["dependsOn"])))
        spdx = self.bill("b.spdx.json")
        identifiers = {item["SPDXID"] for item in spdx["packages"] + spdx["files"]}
        for link in spdx["relationships"]:
            self.assertIn(link["relatedSpdxElement"], identifiers)
            self.assertIn(link["spdxElementId"], identifiers | {"SPDXRef-DOCUMENT"})

    def test_other_names_are_refused(self):
        for name in ("bill.json", "bill.xml", "spdx.json"):
            with self.subTest(name=name):
                result = self.kiln("build", "in", "-o", "a.tar", "--sbom", name, status=2)
                self.assertIn("a name that ends in .spdx.json or .cdx.json", result.stderr)


if __name__ == "__main__":
    tap.main()
