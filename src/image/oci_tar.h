/*
 * Image layouts as one file, ".oci.tar". It has a manifest.json too, with what `docker load` needs
 * of the first platform (https://github.com/moby/docker-image-spec).
 */
#ifndef KILN_IMAGE_OCI_TAR_H
#define KILN_IMAGE_OCI_TAR_H

#include "image/oci_layout.h"
#include "image/plan.h"

struct oci_tar {
	const char *path;			/* of the archive */
	const struct oci_layout *layout;	/* a directory, which is private */
	const struct oci_descriptor *manifests; /* of the platforms */
	size_t count;
	int64_t time;
	const struct plan_listener *listener;
	bool (*interrupted)(void); /* or NULL */
};

/* Write the archive, atomically. */
int oci_tar_write(const struct oci_tar *tar, struct error **err);

#endif
