/*
 * Which layer of an OCI image has which file.
 *
 * What changes together stands together, so that a new version of the image shares most layers with
 * the old one. In this order: the layers of the caller's rules; a layer for each distribution
 * (oci_owners.h) of at least OCI_LARGE bytes; one for the other distributions; one for what is
 * left, the application's own code, with the dist-info and the scripts of the project that it comes
 * from. Layers without files are left out.
 */
#ifndef KILN_IMAGE_OCI_LAYERS_H
#define KILN_IMAGE_OCI_LAYERS_H

#include "image/oci_layout.h"
#include "image/plan.h"

#define OCI_LARGE ((uint64_t)4 << 20)

/* The most layers of an image, those of its base included. */
#define OCI_LAYERS_LIMIT 100

struct oci_layer {
	const char *name;
	struct plan plan; /* its entries, by their paths in the image's file system */
	uint64_t size;	  /* of its files, bytes */
	/* Set when the layer is written: */
	struct oci_digest diff_id;
	struct oci_descriptor blob;
};

struct oci_layers {
	struct oci_layer *list;
	size_t count;
	bool is_ordered;    /* the caller's order is not that of paths (--first), and is kept */
	struct arena arena; /* names */
};

struct oci_split {
	struct slice prefix; /* where in the image the plan's root stands: confined, or empty */
	const char *const *rules; /* NAME=GLOB (base of glob.h), ended by NULL; NULL for none */
	size_t limit;		  /* the most layers */
	bool has_base;		  /* directories above the prefix are the base's */
};

/* "NAME=GLOB": ERROR_USAGE if it is not. */
int oci_rule_check(const char *rule, struct error **err);

/* Divide a finished plan, in its order, whose content is read as archives read it: from the
 * directory `stage`, or from origins. There is at least one layer. */
int oci_layers_split(struct oci_layers *layers, const struct plan *plan, int stage,
    const struct oci_split *split, struct error **err);

void oci_layers_release(struct oci_layers *layers);

#endif
