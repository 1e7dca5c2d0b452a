/*
 * Making an image of images that are there: what `kiln image IMAGE... -o IMAGE` does.
 *
 * The files of the images are unpacked into a private directory, under numbers. Then a plan is made
 * of their entries, and the image is written as that of a build is. Bytecode stays as it is; where
 * Python looks for it differs between a zip archive and other forms, so it is put there.
 */
#ifndef KILN_SHIP_REPACK_H
#define KILN_SHIP_REPACK_H

#include "image/reader.h"
#include "ship/assemble.h"

struct repack_options {
	const char *const *images; /* at least one, ended by NULL */
	/* The image to make: the members output, form, workers, shebang, force, oci, manifest and
	 * bill; `sources` is an empty list. */
	struct assemble_options image;
	struct image_reading_options limits;
	const char *prefix; /* where the files of OCI images are that are read; NULL for /app */
};

struct repack_result {
	size_t copied;	 /* files and links */
	size_t left_out; /* entries that have no place in the image */
	size_t failed;	 /* problems that were reported */
	struct oci_result oci;
};

/* Fail with ERROR_USAGE if an output, or what is told of it, would replace an image that is read,
 * or be inside of it. An image layout may be read and extended. */
int repack_check_output(const struct repack_options *options, struct error **err);

/* Make the image. What is wrong with an image, and different entries of one path, are reported and
 * counted; then nothing is made. Of an OCI image only what is below the prefix is taken. Fails as
 * assemble() does. */
int repack(const struct repack_options *options, struct reporter *reporter,
    struct repack_result *ret, struct error **err);

#endif
