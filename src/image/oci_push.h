/*
 * Pushing OCI images to a registry, by skopeo: credentials, certificates and mirrors are those that
 * skopeo is configured with.
 */
#ifndef KILN_IMAGE_OCI_PUSH_H
#define KILN_IMAGE_OCI_PUSH_H

#include "base/error.h"

/* "docker://REGISTRY/NAME[:TAG]": ERROR_USAGE if it is not. */
int oci_push_check(const char *destination, struct error **err);

/* Push the image in skopeo's words ("oci:DIR:TAG", "oci-archive:PATH"), for all platforms, and with
 * the digests that it has. ERROR_SYSTEM with what skopeo says, that it is not installed, or that
 * `interrupted` is true, which ends skopeo. */
int oci_push(
    const char *image, const char *destination, bool (*interrupted)(void), struct error **err);

#endif
