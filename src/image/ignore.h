/*
 * Lists of patterns as .gitignore and .dockerignore have them.
 *
 * Format: gitignore(5), and https://docs.docker.com/build/concepts/context/#dockerignore-files. A
 * line is a pattern; empty lines and comments ("#") mean nothing; "!" negates; the last pattern
 * that matches counts. In the syntax of git, a pattern without a slash, but at its end, matches
 * names at every depth, and one that ends with a slash matches directories only; nothing is kept
 * below a directory that is left out. In the syntax of Docker every pattern is of a path, and
 * matches all below it; a later negation keeps files in it.
 */
#ifndef KILN_IMAGE_IGNORE_H
#define KILN_IMAGE_IGNORE_H

#include "image/glob.h"

#define IGNORE_LIMIT ((size_t)1 << 20)

enum ignore_syntax { IGNORE_GIT, IGNORE_DOCKER };

struct ignore_rule {
	struct glob glob;
	bool is_negated;
	bool is_of_directories;
};

struct ignore_list {
	enum ignore_syntax syntax;
	const char *reason; /* for what it leaves out; borrowed */
	bool is_of_image;   /* its paths are those in the image, not those below the SOURCE */
	struct ignore_rule *rules;
	size_t count;
	bool has_negation;
};

/* Parse the text; what is kept is in the arena. Lines with a NUL are ignored. */
void ignore_parse(struct ignore_list *list, struct arena *arena, struct slice text,
    enum ignore_syntax syntax, const char *reason);

/* Whether the list leaves out `path`, which is confined and NUL-terminated. *ret_descends (set if
 * so) says of a directory whether something below it may be kept. */
bool ignore_matches(
    const struct ignore_list *list, struct slice path, bool is_directory, bool *ret_descends);

/* Whether the last rule that matches a file, or a directory above it, names it. `path` is as above.
 * Rules of git thus also keep what is below a directory that an earlier one names. */
bool ignore_names_file(const struct ignore_list *list, struct slice path);

#endif
