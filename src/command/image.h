/*
 * The settings of `kiln image`, and what it prints on standard output, as text or as JSON (for
 * src/command/image*.c).
 */
#ifndef KILN_COMMAND_IMAGE_H
#define KILN_COMMAND_IMAGE_H

#include "base/json.h"
#include "command/common.h"
#include "command/oci_arguments.h"
#include "inspect/difference.h"
#include "inspect/modules.h"
#include "ship/repack.h"

struct image_settings {
	struct common common;
	bool lists, sizes, compares, verifies, imports;
	bool is_json;
	bool is_verbose;
	const char *manifest;
	const char *interpreter, *order; /* of --check-imports */
	struct fields modules;
	uint64_t limit;
	struct repack_options repack; /* of -o, as far as options say it */
	bool has_form;
	struct oci_arguments oci;
	struct oci_options oci_options;
};

struct image_output {
	struct str text;
	bool is_json;
	bool is_verbose;
	struct json_writer json; /* to `text` */
};

/* A run: what the actions need. */
struct image_run {
	struct image_settings *settings;
	const struct arguments *arguments;
	struct reporter *reporter;
	struct image_output output;
};

/* Make the image of -o from the arguments. Returns the exit status, or -1. */
int image_repack(struct image_run *run, struct error **err);

/* Join OCI images of several platforms to `made`, if that is what the arguments ask for.
 * *ret_status is the exit status; -1 if the images are to be made one tree. */
int image_join(struct image_run *run, const char *made, int *ret_status, struct error **err);

/* Refuse --order of a file in the image. */
int image_check_order(const struct image_run *run, struct error **err);

/* Import the modules of an image that was read, and tell which were compiled. Returns the exit
 * status, or -1. */
int image_check_imports(struct image_run *run, struct inspection *inspection, struct error **err);

/* Warn if Python must be told the optimization level to load bytecode. */
void image_warn_of_levels(
    struct image_run *run, const struct inspection *inspection, const struct modules *modules);

/* --format */
int image_take_format(void *context, const char *value, struct error **err);

/* A line for each entry; in JSON the image with its entries. */
void image_print_list(struct image_output *output, const struct inspection *inspection);

/* A line for each package, the largest first, and one for all. */
void image_print_sizes(struct image_output *output, const struct inspection *inspection,
    const struct packages *packages);

/* The differences by package, then their numbers. */
void image_print_differences(struct image_output *output, const struct inspection *before,
    const struct inspection *after, const struct differences *differences);

/* A line for each module that Python would compile at import, with -v for the others too. Without
 * -v one line has the number of those that are of the image's base. *ret_compiled is the number of
 * all that would be compiled. */
void image_print_modules(struct image_output *output, const struct image_contents *contents,
    const struct modules *modules, size_t *ret_compiled);

#endif
