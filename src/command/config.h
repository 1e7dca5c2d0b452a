/*
 * The configuration of images: kiln.toml, or [tool.kiln] in pyproject.toml, in the current
 * directory, or a file that --config names.
 *
 * A key is the name of an option of `kiln build` that decides what the image is, or `sources`. What
 * the file says is applied as if it stood on the command line before all that is there, but for
 * options that are there, too. So the command line counts, and each key has its option's checks.
 */
#ifndef KILN_COMMAND_CONFIG_H
#define KILN_COMMAND_CONFIG_H

#include "command/command.h"

/* The file's options and sources. Settings borrow its strings. Valid when all zero. */
struct config {
	const char *path;      /* of the file; NULL: there is none */
	struct str directory;  /* that relative paths are below, with a slash; empty: here */
	struct fields words;   /* options, as on a command line */
	struct fields given;   /* names of options on the command line */
	struct fields sources; /* SOURCE arguments */
	const char **arguments;
	const char **source_arguments; /* ended by NULL */
};

/*
 * Find the file for a command line, and apply its options to the settings. No file is read unless
 * the command line has --output or --config. A file in the current directory must be trusted
 * (trust_check_above()). ERROR_USAGE names the file and the key; where the command line cannot be
 * parsed, nothing is done: parsing it again reports that.
 */
int config_apply(struct config *config, const struct command *command, int argc,
    const char *const *argv, void *settings, struct error **err);

void config_release(struct config *config);

#endif
