/*
 * What `kiln image` prints on standard output, as text or as JSON (for src/command/image*.c).
 */
#ifndef KILN_COMMAND_IMAGE_H
#define KILN_COMMAND_IMAGE_H

#include "base/json.h"
#include "command/common.h"
#include "inspect/difference.h"
#include "inspect/modules.h"

struct image_output {
	struct str text;
	bool is_json;
	bool is_verbose;
	struct json_writer json; /* to `text` */
};

/* A line for each entry; in JSON the image with its entries. */
void image_print_list(struct image_output *output, const struct inspection *inspection);

/* A line for each package, the largest first, and one for all. */
void image_print_sizes(struct image_output *output, const struct inspection *inspection,
    const struct packages *packages);

/* The differences by package, then their numbers. */
void image_print_differences(struct image_output *output, const struct inspection *before,
    const struct inspection *after, const struct differences *differences);

/* A line for each module that Python would compile at import, with -v for the others too. *ret is
 * the number of the former. */
void image_print_modules(
    struct image_output *output, const struct modules *modules, size_t *ret_compiled);

#endif
