/*
 * Orphans: images whose sources are gone. A build removes them.
 */
#ifndef KILN_BUILD_ORPHANS_H
#define KILN_BUILD_ORPHANS_H

#include "build/build_session.h"

/* Whether the image of a record has no source any more: its factor is gone, or the factor has no
 * image of this form any more. False for what the targets of this build do not cover. */
bool record_is_orphan(const struct build_session *session, const struct workspace *workspace,
    const struct record *record);

/* Whether the paths of a record stay in the product and name an image, so that removing them is
 * safe: anybody may have written the state file. */
bool record_is_confined(const struct record *record);

/* Remove the image of a record, the factor's units and logs in its form, and directories that
 * become empty. ERROR_INPUT for a record that is not confined. */
int orphan_remove(
    const struct workspace *workspace, const struct record *record, struct error **err);

/* Look for orphans without a record, where workspace->was_killed says that there may be some:
 * append to ret[I] the images below the product of workspace I that belong to no factor, as paths
 * below the product. Looks only at products that were selected whole, in LAYOUT_PRODUCT, and at the
 * forms `executable`, `delineated` and those of this build. Directories that cannot be read are
 * passed over; ERROR_SYSTEM if the system fails. Call it before any image is made: then there are
 * few to look at. */
int orphans_find_killed(
    const struct build_session *session, struct fields *ret, struct error **err);

struct orphan_removal {
	struct build_session *session;
	const struct fields *found; /* of each workspace, by orphans_find_killed() */
	/* Called for each image that was removed. */
	void (*removed)(void *context, const struct record *record);
	void *context;
	bool is_changed; /* set if records were removed from a state */
};

/* Remove all orphans: those that the states know, and those that were found. What was removed until
 * a failure stays removed. */
int orphans_remove(struct orphan_removal *removal, struct error **err);

#endif
