#include "ship/provenance.h"

#include "ship/manifest.h"

/* What a build of this kind is and does: docs/formats.rst, "OCI images". */
#define BUILD_TYPE "urn:kiln:image:1"
#define BUILDER "urn:kiln"

/* "sha256" and the digits of a digest. */
static void write_digest(struct json_writer *json, const char *digest)
{
	json_key(json, "digest");
	json_object(json);
	json_member(json, "sha256", strchr(digest, ':') + 1);
	json_object_end(json);
}

static void write_subject(
    struct json_writer *json, const struct oci_options *oci, const struct oci_descriptor *image)
{
	json_key(json, "subject");
	json_array(json);
	json_object(json);
	json_member(json, "name", oci->tag ? oci->tag : OCI_DEFAULT_TAG);
	write_digest(json, image->digest.text);
	json_object_end(json);
	json_array_end(json);
}

static void write_parameters(struct json_writer *json, const struct reports *reports)
{
	const struct oci_options *oci = reports->options->oci;

	json_key(json, "externalParameters");
	json_object(json);
	json_member(json, "prefix", oci->settings.prefix);
	json_member(json, "layer-compression", oci->zstd ? "zstd" : "gzip");
	json_key(json, "platforms");
	json_array(json);
	for (size_t i = 0; i < oci->platforms.count; i++)
		json_string(json, fields_at(&oci->platforms, i));
	json_array_end(json);
	manifest_write_options(json, reports);
	json_object_end(json);
}

/* The bases, then the distributions. */
static void write_dependencies(
    struct json_writer *json, const struct packages *packages, const struct fields *bases)
{
	json_key(json, "resolvedDependencies");
	json_array(json);
	for (size_t i = 0; i < bases->count; i++) {
		json_object(json);
		json_member(json, "name", "base");
		write_digest(json, fields_at(bases, i).data);
		json_object_end(json);
	}
	for (size_t i = 0; i < packages->count; i++) {
		const struct package *package = &packages->items[i];
		autostr struct str uri = STR_INIT;

		if (!package->is_distribution)
			continue;
		package_add_purl(&uri, package);
		json_object(json);
		json_member_slice(json, "uri", str_slice(&uri));
		json_object_end(json);
	}
	json_array_end(json);
}

static void write_builder(struct json_writer *json)
{
	json_key(json, "runDetails");
	json_object(json);
	json_key(json, "builder");
	json_object(json);
	json_member(json, "id", BUILDER);
	json_key(json, "version");
	manifest_write_makers(json);
	json_object_end(json);
	json_object_end(json);
}

void provenance_write(const struct reports *reports, const struct oci_descriptor *image,
    const struct packages *packages, const struct fields *bases, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member(&json, "_type", "https://in-toto.io/Statement/v1");
	write_subject(&json, reports->options->oci, image);
	json_member(&json, "predicateType", PROVENANCE_PREDICATE);
	json_key(&json, "predicate");
	json_object(&json);
	json_key(&json, "buildDefinition");
	json_object(&json);
	json_member(&json, "buildType", BUILD_TYPE);
	write_parameters(&json, reports);
	write_dependencies(&json, packages, bases);
	json_object_end(&json);
	write_builder(&json);
	json_object_end(&json);
	json_object_end(&json);
}
