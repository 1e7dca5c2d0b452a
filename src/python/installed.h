/*
 * The versions of CPython that this installation of kiln has.
 *
 * Each executable embeds one. Beside `bin/kiln`, others are installed as
 * `libexec/kiln/cpython-VERSION`, such as `cpython-3.13`. They are looked for from the directory of
 * the executable that runs: `../libexec/kiln` if that is in `bin`, that directory itself if the
 * executable is one of them, else `libexec/kiln` beside it. Nothing else is ever run, and nothing
 * that another user may have put there (trust_open_programs()).
 */
#ifndef KILN_PYTHON_INSTALLED_H
#define KILN_PYTHON_INSTALLED_H

#include "base/fields.h"
#include "base/error.h"

struct installed {
	struct fields versions; /* "3.11", in the order of their numbers */
	struct fields programs; /* the executable of each; empty for this one */
	struct str refused;	/* why the first one that is not trusted is left out; or empty */
};

#define INSTALLED_INIT ((struct installed){FIELDS_INIT, FIELDS_INIT, STR_INIT})

/* Find out what is there. ERROR_SYSTEM. */
int installed_read(struct installed *ret, struct error **err);

void installed_release(struct installed *installed);
#define autoinstalled CLEANUP(installed_release)

/* The executable of a version: empty for this one, NULL if the version is not there. */
const char *installed_program(const struct installed *installed, struct slice version);

/* Fail because a version is not there: ERROR_USAGE with a list of those that are. `reason` says who
 * asks for it; if that was not the user (`is_told`), that --python chooses another one. */
int installed_fail(const struct installed *installed, struct slice version, const char *reason,
    bool is_told, struct error **err);

/* The extension module that measured programs count with (src/python/runtime), for an interpreter
 * whose extension modules end in `suffix`; NULL if there is none that is trusted. For free(). */
char *installed_extension(const char *suffix);

/* The tag of a version in names of bytecode files, "cpython-313" of "3.13": for free(). */
char *installed_cache_tag(struct slice version);

/* The name of a version in variants, "cpython313" of "3.13": for free(). */
char *installed_variant(struct slice version);

/* The reverse: append the version of an architecture; false if it is not one of CPython. */
bool installed_version_of(struct slice architecture, struct str *ret);

/* Whether a word is a version as above: two numbers with a dot between. */
bool installed_is_version(struct slice word);

#endif
