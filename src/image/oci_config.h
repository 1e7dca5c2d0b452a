/*
 * The documents of an OCI image (image-spec 1.1, config.md and manifest.md).
 *
 * Members stand in a fixed order, so that equal images have equal documents. Of a base the config
 * is merged: lists and words of the caller replace those of the base, environment, labels and ports
 * are added to them, whatever else it has stays.
 */
#ifndef KILN_IMAGE_OCI_CONFIG_H
#define KILN_IMAGE_OCI_CONFIG_H

#include "base/fields.h"
#include "image/oci_base.h"
#include "image/oci_layers.h"
#include "image/oci_start.h"

/* Annotations of layers: what compressed it, and its name. */
#define OCI_COMPRESSOR "io.fault.kiln.compressor"
#define OCI_LAYER_NAME "io.fault.kiln.layer"

/* The annotation of a manifest that has the digest of the base (image-spec 1.1, annotations.md). */
#define OCI_BASE_DIGEST "org.opencontainers.image.base.digest"

/* What runs in the image, and where. */
struct oci_settings {
	struct fields entrypoint; /* none: that of the start, else what the base has */
	struct fields command;
	struct fields environment;     /* NAME=VALUE */
	struct fields labels;	       /* NAME=VALUE */
	struct fields ports;	       /* PORT or PORT/PROTOCOL */
	struct fields annotations;     /* NAME=VALUE, of the manifest */
	const char *user;	       /* NULL: as the base */
	const char *directory;	       /* absolute; NULL: as the base, else the prefix */
	const char *prefix;	       /* absolute, normalized: where the image's tree stands */
	const struct oci_start *start; /* below the prefix; oci_write() finds it */
	int optimize;		       /* PYTHONOPTIMIZE; 0 for none */
	const struct json *like;       /* the config of an image without a base, to which this
					* all adds; or NULL */
};

/* Check what users write: ERROR_USAGE. `option` is its name. */
int oci_check_pair(const char *option, const char *value, struct error **err);
int oci_check_port(const char *value, struct error **err);

/* Take an option's value: a JSON array of strings, or one word. `fields` gets its words.
 * ERROR_USAGE if it begins as an array and is none. */
int oci_take_words(
    const char *option, const char *value, struct fields *fields, struct error **err);

/* Append the config of an image: `base` (may be NULL) and then the layers. */
void oci_config_write(const struct oci_settings *settings, const struct oci_platform *platform,
    const struct oci_base *base, const struct oci_layers *layers, int64_t time, struct str *ret);

/* Append its manifest. `tool` is the compressor, for the annotations of layers; `files` the
 * annotation OCI_FILES. */
void oci_manifest_write(const struct oci_settings *settings, const struct oci_base *base,
    const struct oci_layers *layers, const struct oci_descriptor *config, const char *tool,
    const char *files, struct str *ret);

/* Write the member "annotations" of an object that is begun, if there are any: NAME=VALUE, of equal
 * names the last. */
void oci_annotations_write(struct json_writer *json, const struct fields *pairs);

#endif
