/*
 * The platforms that images are for.
 */
#ifndef KILN_IMAGE_OCI_PLATFORM_H
#define KILN_IMAGE_OCI_PLATFORM_H

#include "base/arena.h"
#include "base/json.h"

/* In Go's words: "linux", "arm64", "v8". */
struct oci_platform {
	const char *os;
	const char *architecture;
	const char *variant; /* "" for none */
};

/* Set the platform of this machine; the words are static or in the arena. */
void oci_platform_here(struct arena *arena, struct oci_platform *ret);

/* Read "OS/ARCH[/VARIANT]"; the words are in the arena. ERROR_USAGE if it is none. */
int oci_platform_read(
    const char *text, struct arena *arena, struct oci_platform *ret, struct error **err);

/* Write the members os, architecture, variant of an object that is begun. */
void oci_platform_write(struct json_writer *json, const struct oci_platform *platform);

/* The platform that an object says, a config or that of a descriptor, from which it borrows. What
 * is missing is "". */
struct oci_platform oci_platform_of(const struct json *object);

/* Whether an image that is for a platform suits another: a variant counts if it is wanted. */
bool oci_platform_suits(const struct oci_platform *there, const struct oci_platform *wanted);

/* Fail unless it does: ERROR_INPUT with the path of the image as its place. */
int oci_platform_check(const char *path, const struct oci_platform *there,
    const struct oci_platform *wanted, struct error **err);

#endif
