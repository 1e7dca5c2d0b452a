/*
 * Choosing among the versions of CPython that kiln has: --python, $KILN_PYTHON, what the sources
 * say, else the version of this executable.
 */
#ifndef KILN_COMMAND_PYTHONS_H
#define KILN_COMMAND_PYTHONS_H

#include "base/fields.h"
#include "python/installed.h"

/* The end of an option's help. */
#define PYTHONS_DEFAULT                                                 \
	"(default: $KILN_PYTHON, what the sources say, else the first " \
	"that 'kiln --version' lists)"

/* Keep the command line, for pythons_become(). For main(), once. */
void pythons_init(char **argv);

/* Append the lines with which the other executables say in --version what they embed. Fails with
 * the first of those that do not say it; the others are there all the same. */
int pythons_add_others(struct str *ret, struct error **err);

/* Find the versions to use: `given` by --python; else by the environment; else by what the
 * `sources` say (ended by NULL; `is_deep` as for environment_of()). *ret gets them in order, each
 * once, at least one, all of them installed. ERROR_USAGE. */
int pythons_choose(const struct fields *given, const char *const *sources, bool is_deep,
    const struct installed *installed, struct fields *ret, struct error **err);

/* Check what the sources require (python/requires.h) of versions that --python did not give.
 * ERROR_USAGE. */
int pythons_check(const struct fields *given, const char *const *sources,
    const struct fields *versions, struct error **err);

/* If this executable has none of the versions, become the one that has the first: does not return
 * then, unless that fails. */
int pythons_become(
    const struct installed *installed, const struct fields *versions, struct error **err);

/* Become the executable of the only version that is chosen. ERROR_USAGE if there are several. */
int pythons_become_one(
    const struct fields *given, const char *const *sources, bool is_deep, struct error **err);

/* For a command that does its work once for each version: run this command line by the executables
 * of the other versions, one after the other. *ret_own tells whether this one is to work, too. *ret
 * is the highest exit status of the others. A command that reads (`reads`) names from standard
 * input can only work for one. */
int pythons_run_others(const struct fields *given, const char *const *sources, bool reads,
    bool *ret_own, int *ret, struct error **err);

#endif
