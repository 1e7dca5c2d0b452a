/*
 * `kiln cc` for other versions of CPython than the one that this program embeds. The architecture
 * of a variant, such as cpython313, says for which; the executable of that version does the work
 * (jobs/foreign_worker.h).
 */
#ifndef KILN_BUILD_FOREIGN_CC_H
#define KILN_BUILD_FOREIGN_CC_H

#include "base/packing.h"
#include "build/cc_run.h"
#include "jobs/foreign_worker.h"
#include "python/installed.h"

/* Another version, with the worker of this process. */
struct foreign_python {
	char *architecture; /* "cpython313" */
	struct foreign_worker worker;
	struct str identity; /* for keys: which kiln and CPython this is; empty until asked for */
};

struct foreign_pythons {
	const struct installed *installed; /* borrowed */
	struct foreign_python *list;
	size_t count;
};

/* Take the versions that are installed, which must outlive this. */
void foreign_pythons_init(struct foreign_pythons *pythons, const struct installed *installed);

void foreign_pythons_release(struct foreign_pythons *pythons);

/* End all workers of this process. */
void foreign_pythons_end(struct foreign_pythons *pythons);

/* The version of an architecture: *ret is NULL if it is this program's, or not one of CPython.
 * ERROR_INPUT if it is that of a version that is not installed. */
int foreign_pythons_find(struct foreign_pythons *pythons, struct slice architecture,
    struct foreign_python **ret, struct error **err);

/* Append what tells the executable of a version from any other one. ERROR_SYSTEM. */
int foreign_python_add_key(struct foreign_python *python, struct str *ret, struct error **err);

/* Let the executable of a version do cc_run(); place->root must not be NULL. */
int foreign_cc(struct foreign_python *python, const struct cc_place *place,
    const char *const *arguments, struct notes *notes, struct error **err);

/* In the other executable: answer such a request, from which the first number was taken. */
int foreign_cc_answer(
    struct unpacker *request, int directory, struct notes *notes, struct error **err);

#endif
