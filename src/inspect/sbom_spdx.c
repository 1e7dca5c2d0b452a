#include "inspect/sbom_parts.h"

/* Identifiers: SPDXRef-Image, SPDXRef-Package-N, SPDXRef-File-N, LicenseRef-Package-N, where N is
 * the index of the package or entry. */

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

static int compare_hashes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash));
}

/* The verification code of files that a package contains itself (SPDX 2.3, 7.9): the SHA-1 of their
 * digits of SHA-1, sorted. */
static int compute_code(struct sbom *sbom, size_t package, struct hash *ret, struct error **err)
{
	size_t begin = sbom->begins[package], count = sbom->begins[package + 1] - begin;
	autofree struct hash *hashes = xcalloc(count, sizeof(*hashes));
	autohasher struct hasher hasher = {0};
	char hex[2 * HASH_SHA1_SIZE + 1];

	for (size_t i = 0; i < count; i++)
		hashes[i] = sbom->inspection->contents.entries[sbom->files[begin + i]]->sha1;
	qsort(hashes, count, sizeof(*hashes), compare_hashes);
	if (hasher_begin(&hasher, HASH_SHA1, err) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		hash_hex_sha1(&hashes[i], hex);
		if (hasher_add(&hasher, slice_c(hex), err) < 0)
			return -1;
	}
	return hasher_end(&hasher, ret, err);
}

/* The files were analyzed, and what they are, if there are any. */
static int write_analysis(struct sbom *sbom, size_t package, struct error **err)
{
	bool has_files = sbom->begins[package] < sbom->begins[package + 1];
	struct json_writer *json = &sbom->json;
	char hex[2 * HASH_SHA1_SIZE + 1];
	struct hash code;

	json_key(json, "filesAnalyzed");
	json_bool(json, has_files);
	if (!has_files)
		return 0;
	if (compute_code(sbom, package, &code, err) < 0)
		return -1;
	hash_hex_sha1(&code, hex);
	json_key(json, "packageVerificationCode");
	json_object(json);
	json_member(json, "packageVerificationCodeValue", hex);
	json_object_end(json);
	return 0;
}

/* What every package has to say, also that it says nothing. */
static void write_package_end(struct json_writer *json, const char *license)
{
	json_member(json, "downloadLocation", "NOASSERTION");
	json_member(json, "licenseConcluded", "NOASSERTION");
	json_member(json, "licenseDeclared", license);
	json_member(json, "copyrightText", "NOASSERTION");
}

static struct sbom_license license_of(struct sbom *sbom, const struct package *package)
{
	struct sbom_license license = {slice_of("", 0), slice_of("", 0)};
	struct metadata metadata;

	if (package->is_distribution && sbom_read_metadata(sbom, package, &metadata))
		sbom_find_license(&metadata, &license);
	return license;
}

/* What a text of a licence is called. */
static struct slice license_id(struct sbom *sbom, size_t package)
{
	return slice_c(arena_printf(&sbom->arena, "LicenseRef-Package-%zu", package));
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

static int write_package(struct sbom *sbom, size_t index, struct error **err)
{
	const struct package *package = &sbom->packages->items[index];
	struct sbom_license license = license_of(sbom, package);
	struct json_writer *json = &sbom->json;
	const char *declared = "NOASSERTION";

	if (license.expression.len)
		declared = arena_copy(&sbom->arena, license.expression);
	else if (license.text.len)
		declared = license_id(sbom, index).data;
	json_object(json);
	json_member_slice(
	    json, "SPDXID", slice_c(arena_printf(&sbom->arena, "SPDXRef-Package-%zu", index)));
	json_member_slice(json, "name", package->name);
	json_member_slice(json, "versionInfo", package->version);
	if (write_analysis(sbom, index, err) < 0)
		return -1;
	write_package_end(json, declared);
	write_purl(sbom, package);
	json_object_end(json);
	return 0;
}

static int write_packages(struct sbom *sbom, struct error **err)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "packages");
	json_array(json);
	json_object(json);
	json_member(json, "SPDXID", "SPDXRef-Image");
	json_member_slice(json, "name", sbom->options->name);
	if (write_analysis(sbom, sbom->packages->count, err) < 0)
		return -1;
	write_package_end(json, "NOASSERTION");
	json_object_end(json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		if (sbom->packages->items[i].is_distribution && write_package(sbom, i, err) < 0)
			return -1;
	}
	json_array_end(json);
	return 0;
}

static void write_license_text(struct json_writer *json, struct slice id, struct slice text)
{
	json_object(json);
	json_member_slice(json, "licenseId", id);
	json_member_slice(json, "extractedText", text);
	json_member(json, "name", "NOASSERTION");
	json_object_end(json);
}

/* The licences that an expression has by names of its own: their texts are not known here. */
static void write_named_licenses(struct sbom *sbom, struct slice expression, struct map *written)
{
	struct slice rest = expression, prefix = SLICE_LITERAL("LicenseRef-");

	while (rest.len) {
		size_t len = 0;

		while (len < rest.len && !strchr(" ()", rest.data[len]))
			len++;
		if (len > prefix.len && slice_starts(rest, prefix)) {
			struct slice id = slice_of(rest.data, len);
			void **place = map_at(written, id);

			if (!*place)
				write_license_text(&sbom->json, id, SLICE_LITERAL("NOASSERTION"));
			*place = sbom;
		}
		len += len < rest.len;
		rest = slice_of(rest.data + len, rest.len - len);
	}
}

/* The texts of licences that are no SPDX expressions, and the names in expressions that SPDX does
 * not have. */
static void write_licenses(struct sbom *sbom)
{
	struct map written = {0};

	json_key(&sbom->json, "hasExtractedLicensingInfos");
	json_array(&sbom->json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		struct sbom_license license = license_of(sbom, &sbom->packages->items[i]);
		struct slice id = license_id(sbom, i);

		if (license.expression.len || !license.text.len)
			continue;
		write_license_text(&sbom->json, id, license.text);
		*map_at(&written, id) = sbom;
	}
	for (size_t i = 0; i < sbom->packages->count; i++)
		write_named_licenses(
		    sbom, license_of(sbom, &sbom->packages->items[i]).expression, &written);
	json_array_end(&sbom->json);
	map_release(&written);
}

static void write_checksum(struct json_writer *json, const char *algorithm, const char *value)
{
	json_object(json);
	json_member(json, "algorithm", algorithm);
	json_member(json, "checksumValue", value);
	json_object_end(json);
}

static void write_file(struct sbom *sbom, size_t index)
{
	const struct image_entry *entry = sbom->inspection->contents.entries[index];
	struct json_writer *json = &sbom->json;
	char sha1[2 * HASH_SHA1_SIZE + 1], sha256[2 * HASH_SIZE + 1];

	hash_hex_sha1(&entry->sha1, sha1);
	hash_hex(&entry->sha256, sha256);
	json_object(json);
	json_member_slice(
	    json, "SPDXID", slice_c(arena_printf(&sbom->arena, "SPDXRef-File-%zu", index)));
	json_member_slice(json, "fileName",
	    slice_c(arena_printf(&sbom->arena, "./%.*s", (int)entry->path.len, entry->path.data)));
	json_key(json, "checksums");
	json_array(json);
	write_checksum(json, "SHA1", sha1);
	write_checksum(json, "SHA256", sha256);
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

/* Who contains a file, and of which package a bill of materials in the image is. */
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
		write_relation(&sbom->json, file, "METAFILE_OF", container);
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

int sbom_write_spdx(struct sbom *sbom, struct error **err)
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
	if (write_packages(sbom, err) < 0)
		return -1;
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
	return 0;
}
