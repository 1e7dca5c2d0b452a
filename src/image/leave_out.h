/*
 * What of a SOURCE goes into no image.
 */
#ifndef KILN_IMAGE_LEAVE_OUT_H
#define KILN_IMAGE_LEAVE_OUT_H

#include "base/tree.h"
#include "image/glob.h"
#include "image/ignore.h"
#include "image/plan.h"

/* The rules for one SOURCE. Valid when all zero. */
struct leave_out {
	const struct plan_options *options;
	struct globs excludes, includes;
	struct ignore_list *lists; /* of a directory, and of options->exclude_files */
	size_t list_count;
	/* The files at the places of the image and of the other result; st_ino is 0 if there is no
	 * file. */
	struct stat bundle, beside[PLAN_BESIDE];
	/* A directory that is left out, but may have something that is included; and why. */
	struct str partial;
	const char *partial_reason;
};

/* Read the rules for a SOURCE, whose lists are in the directory `root`. Strings are in the arena.
 * The files with rules that the options name must be there: ERROR_USAGE. */
int leave_out_init(struct leave_out *leave_out, struct arena *arena,
    const struct plan_options *options, const char *root, bool is_directory, struct error **err);

/* An entry that may be left out. */
struct leave_out_entry {
	const struct walk_entry *entry; /* below the SOURCE */
	const char *origin;		/* where it is read */
	struct slice path;		/* in the image; NUL-terminated */
	struct slice below;		/* relative to the directory of lists; NUL-terminated */
};

/* Why an entry is left out; NULL if it is taken. *ret_descends says of a directory that is left out
 * whether something in it may be taken all the same. Entries come in the order of a walk. */
int leave_out_why(struct leave_out *leave_out, const struct leave_out_entry *entry,
    const char **ret, bool *ret_descends, struct error **err);

/* Whether what the SOURCE itself becomes is excluded. */
bool leave_out_source(const struct leave_out *leave_out, struct slice place);

void leave_out_release(struct leave_out *leave_out);

#endif
