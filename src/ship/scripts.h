/*
 * Scripts of a bundle: bin/NAME for the entry points of its distributions, and the first lines of
 * scripts that name a Python.
 *
 * A script of an entry point imports from the directory above its own, so that it works wherever
 * the bundle is unpacked. Format of both: the specifications of entry points and of binary
 * distributions, https://packaging.python.org/en/latest/specifications/.
 */
#ifndef KILN_SHIP_SCRIPTS_H
#define KILN_SHIP_SCRIPTS_H

#include "image/plan.h"

/* The first line of scripts, unless the user gives one: a Python that loads bytecode of an
 * optimization level. Without -O it would compile all that it imports. */
const char *scripts_shebang(int level);

/* A file that the program writes itself: its item has no origin. */
struct script {
	struct item *item;
	struct slice content; /* the plan's */
	/* After it comes what a file of the sources, which has this state, has from that byte on;
	 * NULL if nothing does. The path is the plan's. */
	const char *rest;
	uint64_t start;
	struct stat stat;
	/* The dist-info directory whose entry point it is; empty if a file of the sources was
	 * changed. */
	struct slice owner;
};

struct scripts {
	struct script *list;
	size_t count;
	size_t capacity;
};

/* Fail with ERROR_USAGE unless the text is a line that a system takes for an interpreter: "#!" and
 * a path, at most 127 bytes. */
int scripts_check_shebang(const char *shebang, struct error **err);

/*
 * Add the scripts to a plan that has all sources and is not finished. For each console_scripts and
 * gui_scripts entry of NAME.dist-info or NAME.egg-info there is bin/NAME, in a bin/ beside it,
 * unless a source has that path: that file then belongs to the distribution. An entry that Python
 * cannot import (entries_check()) is a warning instead. An executable file that is no *.py and
 * begins with "#!" and a Python by its absolute path, or with "#!python" (as wheels have it), gets
 * `shebang` as its first line; if that is scripts_shebang() of a level, one with "/usr/bin/env" and
 * a Python, too.
 *
 * Problems, for the listener: an entry_points.txt or script that cannot be read; two distributions
 * with different scripts of one name; a name that is no file's name.
 */
int scripts_add(struct plan *plan, const char *shebang, const struct plan_listener *listener,
    struct scripts *ret, struct error **err);

/* Do that with the first lines alone, of the files that are directly in a directory; NULL: of all.
 */
int scripts_replace_lines(struct plan *plan, const char *directory, const char *shebang,
    const struct plan_listener *listener, struct scripts *ret, struct error **err);

/* Add another file that the program writes, with its content, which is the plan's. */
void scripts_add_file(
    struct scripts *scripts, struct item *item, struct slice content, struct slice owner);

/* Write the files into the stage, whose directories are there. ERROR_INPUT if a source has changed
 * since scripts_add(). */
int scripts_put(const struct scripts *scripts, int stage, int64_t time, struct error **err);

void scripts_release(struct scripts *scripts);

#endif
