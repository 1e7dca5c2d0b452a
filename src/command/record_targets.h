/*
 * What `kiln record` is told to record: products, projects, directories.
 */
#ifndef KILN_COMMAND_RECORD_TARGETS_H
#define KILN_COMMAND_RECORD_TARGETS_H

#include "build/target.h"
#include "record/sources.h"

struct record_targets {
	struct products products;
	struct fields names, prefixes; /* parallel */
	struct target *targets;
	size_t target_count;
	struct record_selection *selections;
	size_t count;
};

/* Find what the names, ended by NULL, stand for. Of a directory with the pyproject.toml of a
 * project these are the packages and modules that it installs, unless it is a project of kiln. The
 * listener is copied; `trusted` is as in struct products. Fails as target_find() does. */
int record_targets_find(struct record_targets *targets, const char *const *names,
    const struct factor_listener *listener, const struct fields *trusted, struct error **err);

void record_targets_release(struct record_targets *targets);

#endif
