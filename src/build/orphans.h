/*
 * Images whose sources are gone.
 */
#ifndef KILN_BUILD_ORPHANS_H
#define KILN_BUILD_ORPHANS_H

#include "build/build_session.h"

/* Whether what a record of a workspace's last build stands for is no longer made: its factor is
 * gone, or has no such image any more, as far as the targets of this build tell. */
bool record_is_orphan(const struct build_session *session, const struct workspace *workspace,
    const struct record *record);

/* Whether a record's paths are such that removing it leads nowhere else: the state is ours, but it
 * is a file that anybody may have written. */
bool record_is_confined(const struct record *record);

/* Remove the image, the factor's units and logs, and directories that are empty then. */
int orphan_remove(
    const struct workspace *workspace, const struct record *record, struct error **err);

/* The images below products that no factor of their projects has, whatever made them: of all
 * products of which a killed build has made images or the state was lost, ret[I] is of the
 * workspace I. Appended as paths below the product. Only of products that were wholly selected, in
 * the layout of the product, and in the forms of this build. What cannot be read has none; fails
 * only if the system refuses a look. To be called before any image is made, while there are few. */
int orphans_find_killed(
    const struct build_session *session, struct fields *ret, struct error **err);

/* Remove an image that orphans_find_killed() found. */
int orphan_remove_found(const struct workspace *workspace, struct slice image, struct error **err);

#endif
