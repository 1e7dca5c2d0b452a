#include "inspect/sbom_parts.h"

/* Identifiers: SPDXRef-Image, SPDXRef-Package-N, SPDXRef-File-N, LicenseRef-N, where N is the index
 * of the package or entry. */

static void write_creation(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "creationInfo");
	json_object(json);
	json_member(json, "created", sbom->created);
	json_key(json, "creators");
	json_array(json);
	json_string(json, SLICE_LITERAL("Tool: kiln-" KILN_VERSION));
	json_array_end(json);
	json_object_end(json);
}

/* What every package has to say, also that it says nothing. */
static void write_package_end(struct json_writer *json, const char *license)
{
	json_member(json, "downloadLocation", "NOASSERTION");
	json_key(json, "filesAnalyzed");
	json_bool(json, false);
	json_member(json, "licenseConcluded", "NOASSERTION");
	json_member(json, "licenseDeclared", license);
	json_member(json, "copyrightText", "NOASSERTION");
}

static struct sbom_license license_of(struct sbom *sbom, const struct package *package)
{
	struct sbom_license license = {slice_of("", 0), slice_of("", 0)};
	struct metadata metadata;

	if (sbom_read_metadata(sbom, package, &metadata))
		sbom_find_license(&metadata, &license);
	return license;
}

static void write_purl(struct sbom *sbom, const struct package *package)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "externalRefs");
	json_array(json);
	json_object(json);
	json_member(json, "referenceCategory", "PACKAGE-MANAGER");
	json_member(json, "referenceType", "purl");
	json_member_slice(json, "referenceLocator", sbom_purl(sbom, package));
	json_object_end(json);
	json_array_end(json);
}

static void write_package(struct sbom *sbom, size_t index)
{
	const struct package *package = &sbom->packages->items[index];
	struct sbom_license license = license_of(sbom, package);
	struct json_writer *json = &sbom->json;
	const char *declared = "NOASSERTION";

	if (license.expression.len)
		declared = arena_copy(&sbom->arena, license.expression);
	else if (license.text.len)
		declared = arena_printf(&sbom->arena, "LicenseRef-%zu", index);
	json_object(json);
	json_member_slice(
	    json, "SPDXID", slice_c(arena_printf(&sbom->arena, "SPDXRef-Package-%zu", index)));
	json_member_slice(json, "name", package->name);
	json_member_slice(json, "versionInfo", package->version);
	write_package_end(json, declared);
	write_purl(sbom, package);
	json_object_end(json);
}

static void write_packages(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "packages");
	json_array(json);
	json_object(json);
	json_member(json, "SPDXID", "SPDXRef-Image");
	json_member_slice(json, "name", sbom->options->name);
	write_package_end(json, "NOASSERTION");
	json_object_end(json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		if (sbom->packages->items[i].is_distribution)
			write_package(sbom, i);
	}
	json_array_end(json);
}

/* The texts of licences that are no SPDX expressions. */
static void write_licenses(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "hasExtractedLicensingInfos");
	json_array(json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		const struct package *package = &sbom->packages->items[i];
		struct sbom_license license;

		if (!package->is_distribution)
			continue;
		license = license_of(sbom, package);
		if (license.expression.len || !license.text.len)
			continue;
		json_object(json);
		json_member_slice(
		    json, "licenseId", slice_c(arena_printf(&sbom->arena, "LicenseRef-%zu", i)));
		json_member_slice(json, "extractedText", license.text);
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_file(struct sbom *sbom, size_t index)
{
	const struct image_entry *entry = sbom->inspection->contents.entries[index];
	struct json_writer *json = &sbom->json;
	char hex[2 * HASH_SIZE + 1];

	hash_hex(&entry->sha256, hex);
	json_object(json);
	json_member_slice(
	    json, "SPDXID", slice_c(arena_printf(&sbom->arena, "SPDXRef-File-%zu", index)));
	json_member_slice(json, "fileName",
	    slice_c(arena_printf(&sbom->arena, "./%.*s", (int)entry->path.len, entry->path.data)));
	json_key(json, "checksums");
	json_array(json);
	json_object(json);
	json_member(json, "algorithm", "SHA256");
	json_member(json, "checksumValue", hex);
	json_object_end(json);
	json_array_end(json);
	json_member(json, "licenseConcluded", "NOASSERTION");
	json_member(json, "copyrightText", "NOASSERTION");
	json_object_end(json);
}

static void write_relation(
    struct json_writer *json, const char *from, const char *type, const char *to)
{
	json_object(json);
	json_member(json, "spdxElementId", from);
	json_member(json, "relationshipType", type);
	json_member(json, "relatedSpdxElement", to);
	json_object_end(json);
}

/* Who contains a file, and which package a bill of materials in the image describes. */
static void write_file_relations(struct sbom *sbom, size_t index)
{
	const struct image_entry *entry = sbom->inspection->contents.entries[index];
	size_t owner = sbom->packages->owners[index];
	const struct package *package = &sbom->packages->items[owner];
	const char *file = arena_printf(&sbom->arena, "SPDXRef-File-%zu", index);
	const char *container = "SPDXRef-Image";

	if (package->is_distribution)
		container = arena_printf(&sbom->arena, "SPDXRef-Package-%zu", owner);
	write_relation(&sbom->json, container, "CONTAINS", file);
	if (package->is_distribution && sbom_is_bill(package, entry->path))
		write_relation(&sbom->json, file, "DESCRIBES", container);
}

static void write_relations(struct sbom *sbom)
{
	const struct image_contents *contents = &sbom->inspection->contents;
	struct json_writer *json = &sbom->json;

	json_key(json, "relationships");
	json_array(json);
	write_relation(json, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image");
	for (size_t i = 0; i < sbom->packages->count; i++) {
		if (sbom->packages->items[i].is_distribution)
			write_relation(json, "SPDXRef-Image", "CONTAINS",
			    arena_printf(&sbom->arena, "SPDXRef-Package-%zu", i));
	}
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->entries[i]->kind == IMAGE_FILE)
			write_file_relations(sbom, i);
	}
	json_array_end(json);
}

void sbom_write_spdx(struct sbom *sbom)
{
	const struct image_contents *contents = &sbom->inspection->contents;
	struct json_writer *json = &sbom->json;

	json_object(json);
	json_member(json, "spdxVersion", "SPDX-2.3");
	json_member(json, "dataLicense", "CC0-1.0");
	json_member(json, "SPDXID", "SPDXRef-DOCUMENT");
	json_member_slice(json, "name", sbom->options->name);
	if (*sbom->uuid)
		json_member_slice(json, "documentNamespace",
		    slice_c(arena_printf(&sbom->arena, "urn:uuid:%s", sbom->uuid)));
	write_creation(sbom);
	write_packages(sbom);
	write_licenses(sbom);
	json_key(json, "files");
	json_array(json);
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->entries[i]->kind == IMAGE_FILE)
			write_file(sbom, i);
	}
	json_array_end(json);
	write_relations(sbom);
	json_object_end(json);
}
