#include "base/array.h"
#include "inspect/sbom_parts.h"

/* Identifiers: SPDXRef-Image, SPDXRef-Package-N, SPDXRef-Part-N, SPDXRef-File-N, where N is the
 * index of the package, part of struct bills, or entry; LicenseRef-Package-N, LicenseRef-Part-N. */

static size_t node_count(const struct sbom *sbom)
{
	return sbom->packages->count + sbom->options->bills->count;
}

/* The part that a node of struct bills is; NULL if it is a package. */
static const struct bill_part *part_of(const struct sbom *sbom, size_t node)
{
	size_t packages = sbom->packages->count;

	return node < packages ? NULL : sbom->options->bills->parts[node - packages].part;
}

/* The identifier of a node, or of the text of its licence. */
static const char *node_id(struct sbom *sbom, const char *prefix, size_t node)
{
	size_t packages = sbom->packages->count;

	if (node < packages)
		return arena_printf(&sbom->arena, "%s-Package-%zu", prefix, node);
	return arena_printf(&sbom->arena, "%s-Part-%zu", prefix, node - packages);
}

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
	array_sort(hashes, count, sizeof(*hashes), compare_hashes);
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

static struct license license_of(struct sbom *sbom, size_t node)
{
	const struct bill_part *part = part_of(sbom, node);
	const struct package *package = &sbom->packages->items[node];
	struct license license = {slice_of("", 0), slice_of("", 0)};
	struct metadata metadata;

	if (part)
		return part->license;
	if (package->is_distribution && sbom_read_metadata(sbom, package, &metadata))
		license_find(&metadata, &license);
	return license;
}

/* What a package declares: an expression, the name of a text, or nothing. */
static const char *declared_license(struct sbom *sbom, size_t node)
{
	struct license license = license_of(sbom, node);

	if (license.expression.len)
		return arena_copy(&sbom->arena, license.expression);
	return license.text.len ? node_id(sbom, "LicenseRef", node) : "NOASSERTION";
}

static void write_checksum(struct json_writer *json, const char *algorithm, const char *value)
{
	json_object(json);
	json_member(json, "algorithm", algorithm);
	json_member(json, "checksumValue", value);
	json_object_end(json);
}

static void write_reference(
    struct json_writer *json, const char *category, const char *type, struct slice locator)
{
	json_object(json);
	json_member(json, "referenceCategory", category);
	json_member(json, "referenceType", type);
	json_member_slice(json, "referenceLocator", locator);
	json_object_end(json);
}

static int write_package(struct sbom *sbom, size_t index, struct error **err)
{
	const struct package *package = &sbom->packages->items[index];
	struct json_writer *json = &sbom->json;

	json_object(json);
	json_member(json, "SPDXID", node_id(sbom, "SPDXRef", index));
	json_member_slice(json, "name", package->name);
	json_member_slice(json, "versionInfo", package->version);
	if (write_analysis(sbom, index, err) < 0)
		return -1;
	write_package_end(json, declared_license(sbom, index));
	json_key(json, "externalRefs");
	json_array(json);
	write_reference(json, "PACKAGE-MANAGER", "purl", sbom_purl(sbom, package));
	json_array_end(json);
	json_object_end(json);
	return 0;
}

static void write_part_references(struct json_writer *json, const struct bill_part *part)
{
	json_key(json, "externalRefs");
	json_array(json);
	if (part->purl.len)
		write_reference(json, "PACKAGE-MANAGER", "purl", part->purl);
	if (part->cpe.len)
		write_reference(json, "SECURITY",
		    slice_starts(part->cpe, SLICE_LITERAL("cpe:2.3:")) ? "cpe23Type" : "cpe22Type",
		    part->cpe);
	json_array_end(json);
}

/* What a bill of materials in the image has. Its files are not known. */
static void write_part(struct sbom *sbom, size_t node)
{
	const struct bill_part *part = part_of(sbom, node);
	struct json_writer *json = &sbom->json;

	json_object(json);
	json_member(json, "SPDXID", node_id(sbom, "SPDXRef", node));
	json_member(json, "name",
	    arena_printf(
		&sbom->arena, "%s%s%s", part->group.data, part->group.len ? "/" : "", part->name));
	if (part->version.len)
		json_member_slice(json, "versionInfo", part->version);
	if (part->description.len)
		json_member_slice(json, "description", part->description);
	json_member(json, "primaryPackagePurpose", part->type->spdx);
	json_key(json, "filesAnalyzed");
	json_bool(json, false);
	if (part->digests) {
		json_key(json, "checksums");
		json_array(json);
		for (const struct bill_digest *digest = part->digests; digest;
		     digest = digest->next)
			write_checksum(json, digest->kind->spdx, digest->digits);
		json_array_end(json);
	}
	write_package_end(json, declared_license(sbom, node));
	write_part_references(json, part);
	json_object_end(json);
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
	for (size_t i = sbom->packages->count; i < node_count(sbom); i++)
		write_part(sbom, i);
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
		rest = slice_from(rest, len);
	}
}

/* The texts of licences that are no SPDX expressions, and the names in expressions that SPDX does
 * not have. */
static void write_licenses(struct sbom *sbom)
{
	struct map written = {0};

	json_key(&sbom->json, "hasExtractedLicensingInfos");
	json_array(&sbom->json);
	for (size_t i = 0; i < node_count(sbom); i++) {
		struct license license = license_of(sbom, i);
		struct slice id = slice_c(node_id(sbom, "LicenseRef", i));

		if (license.expression.len || !license.text.len)
			continue;
		write_license_text(&sbom->json, id, license.text);
		*map_at(&written, id) = sbom;
	}
	for (size_t i = 0; i < sbom->packages->count; i++)
		write_named_licenses(sbom, license_of(sbom, i).expression, &written);
	json_array_end(&sbom->json);
	map_release(&written);
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
		container = node_id(sbom, "SPDXRef", owner);
	write_relation(&sbom->json, container, "CONTAINS", file);
	if (bills_is_bill(package, entry->path))
		write_relation(&sbom->json, file, "METAFILE_OF", container);
}

/* What a distribution contains by its bills of materials, and what needs what. */
static void write_links(struct sbom *sbom)
{
	const struct bills *bills = sbom->options->bills;
	size_t packages = sbom->packages->count;

	for (size_t i = 0; i < bills->link_count; i++) {
		const struct bill_link *link = &bills->links[i];
		bool is_content = link->from < packages && link->to >= packages;

		write_relation(&sbom->json, node_id(sbom, "SPDXRef", link->from),
		    is_content ? "CONTAINS" : "DEPENDS_ON", node_id(sbom, "SPDXRef", link->to));
	}
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
			write_relation(
			    json, "SPDXRef-Image", "CONTAINS", node_id(sbom, "SPDXRef", i));
	}
	write_links(sbom);
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
