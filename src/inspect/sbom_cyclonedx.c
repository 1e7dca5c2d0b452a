#include "inspect/sbom_parts.h"

static void write_hashes(struct json_writer *json, const struct image_entry *entry)
{
	char hex[2 * HASH_SIZE + 1];

	hash_hex(&entry->sha256, hex);
	json_key(json, "hashes");
	json_array(json);
	json_object(json);
	json_member(json, "alg", "SHA-256");
	json_member(json, "content", hex);
	json_object_end(json);
	json_array_end(json);
}

/* The files of a package, or of no distribution. */
static void write_files(struct sbom *sbom, size_t package)
{
	const struct image_contents *contents = &sbom->inspection->contents;
	struct json_writer *json = &sbom->json;

	for (size_t i = sbom->begins[package]; i < sbom->begins[package + 1]; i++) {
		const struct image_entry *entry = contents->entries[sbom->files[i]];

		json_object(json);
		json_member(json, "type", "file");
		json_member_slice(json, "name", entry->path);
		write_hashes(json, entry);
		json_object_end(json);
	}
}

static void write_license(struct json_writer *json, const struct license *license)
{
	if (!license->expression.len && !license->text.len)
		return;
	json_key(json, "licenses");
	json_array(json);
	json_object(json);
	if (license->expression.len) {
		json_member_slice(json, "expression", license->expression);
	} else {
		json_key(json, "license");
		json_object(json);
		json_member_slice(json, "name", license->text);
		json_object_end(json);
	}
	json_object_end(json);
	json_array_end(json);
}

/* The bills of materials that a distribution brings: each a reference by its path in the image. */
static void write_bills(struct sbom *sbom, size_t index)
{
	const struct image_contents *contents = &sbom->inspection->contents;
	struct json_writer *json = &sbom->json;
	bool has_bill = false;

	for (size_t i = sbom->begins[index]; i < sbom->begins[index + 1]; i++) {
		const struct image_entry *entry = contents->entries[sbom->files[i]];

		if (!bills_is_bill(&sbom->packages->items[index], entry->path))
			continue;
		if (!has_bill) {
			json_key(json, "externalReferences");
			json_array(json);
		}
		has_bill = true;
		json_object(json);
		json_member(json, "type", "bom");
		json_member_slice(json, "url", entry->path);
		write_hashes(json, entry);
		json_object_end(json);
	}
	if (has_bill)
		json_array_end(json);
}

/* The name of a node of struct bills. */
static void write_id(struct sbom *sbom, size_t node)
{
	autostr struct str id = STR_INIT;

	if (node < sbom->packages->count)
		bills_add_id(&id, &sbom->packages->items[node]);
	else
		str_add_slice(&id, sbom->options->bills->parts[node - sbom->packages->count].id);
	json_string(&sbom->json, str_slice(&id));
}

static void write_component(struct sbom *sbom, size_t index)
{
	const struct package *package = &sbom->packages->items[index];
	struct json_writer *json = &sbom->json;
	struct license license;
	struct metadata metadata;
	bool is_read = sbom_read_metadata(sbom, package, &metadata);

	json_object(json);
	json_member(json, "type", "library");
	json_key(json, "bom-ref");
	write_id(sbom, index);
	json_member_slice(json, "name", package->name);
	json_member_slice(json, "version", package->version);
	if (is_read && metadata.summary.len)
		json_member_slice(json, "description", metadata.summary);
	if (is_read) {
		license_find(&metadata, &license);
		write_license(json, &license);
	}
	json_member_slice(json, "purl", sbom_purl(sbom, package));
	write_bills(sbom, index);
	json_key(json, "components");
	json_array(json);
	write_files(sbom, index);
	json_array_end(json);
	json_object_end(json);
}

static void write_text(struct json_writer *json, const char *key, struct slice text)
{
	if (text.len)
		json_member_slice(json, key, text);
}

/* What a bill of materials in the image has. */
static void write_part(struct sbom *sbom, size_t index)
{
	const struct bill_part *part = sbom->options->bills->parts[index].part;
	struct json_writer *json = &sbom->json;

	json_object(json);
	json_member(json, "type", part->type->cyclonedx);
	json_key(json, "bom-ref");
	write_id(sbom, sbom->packages->count + index);
	write_text(json, "group", part->group);
	json_member(json, "name", part->name);
	write_text(json, "version", part->version);
	write_text(json, "description", part->description);
	if (part->digests) {
		json_key(json, "hashes");
		json_array(json);
		for (const struct bill_digest *digest = part->digests; digest;
		     digest = digest->next) {
			json_object(json);
			json_member(json, "alg", digest->kind->cyclonedx);
			json_member(json, "content", digest->digits);
			json_object_end(json);
		}
		json_array_end(json);
	}
	write_license(json, &part->license);
	write_text(json, "cpe", part->cpe);
	write_text(json, "purl", part->purl);
	json_object_end(json);
}

static void write_metadata(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "metadata");
	json_object(json);
	json_member(json, "timestamp", sbom->created);
	json_key(json, "tools");
	json_object(json);
	json_key(json, "components");
	json_array(json);
	json_object(json);
	json_member(json, "type", "application");
	json_member(json, "name", "kiln");
	json_member(json, "version", KILN_VERSION);
	json_object_end(json);
	json_array_end(json);
	json_object_end(json);
	json_key(json, "component");
	json_object(json);
	json_member(json, "type", "application");
	json_member(json, "bom-ref", "image");
	json_member_slice(json, "name", sbom->options->name);
	json_object_end(json);
	json_object_end(json);
}

/* What a distribution or part has or needs by the bills of materials in the image. */
static void write_links(struct sbom *sbom)
{
	const struct bills *bills = sbom->options->bills;
	struct json_writer *json = &sbom->json;

	for (size_t i = 0; i < bills->link_count;) {
		size_t from = bills->links[i].from;

		json_object(json);
		json_key(json, "ref");
		write_id(sbom, from);
		json_key(json, "dependsOn");
		json_array(json);
		for (; i < bills->link_count && bills->links[i].from == from; i++)
			write_id(sbom, bills->links[i].to);
		json_array_end(json);
		json_object_end(json);
	}
}

static void write_dependencies(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_key(json, "dependencies");
	json_array(json);
	json_object(json);
	json_member(json, "ref", "image");
	json_key(json, "dependsOn");
	json_array(json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		if (sbom->packages->items[i].is_distribution)
			write_id(sbom, i);
	}
	json_array_end(json);
	json_object_end(json);
	write_links(sbom);
	json_array_end(json);
}

void sbom_write_cyclonedx(struct sbom *sbom)
{
	struct json_writer *json = &sbom->json;

	json_object(json);
	json_member(json, "bomFormat", "CycloneDX");
	json_member(json, "specVersion", "1.5");
	if (*sbom->uuid)
		json_member_slice(json, "serialNumber",
		    slice_c(arena_printf(&sbom->arena, "urn:uuid:%s", sbom->uuid)));
	json_member_integer(json, "version", 1);
	write_metadata(sbom);
	json_key(json, "components");
	json_array(json);
	for (size_t i = 0; i < sbom->packages->count; i++) {
		if (sbom->packages->items[i].is_distribution)
			write_component(sbom, i);
	}
	for (size_t i = 0; i < sbom->options->bills->count; i++)
		write_part(sbom, i);
	write_files(sbom, sbom->packages->count);
	json_array_end(json);
	write_dependencies(sbom);
	json_object_end(json);
}
