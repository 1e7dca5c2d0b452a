/*
 * Processing instructions: what `kiln cc OUT SRC [KEY VALUE]...` does, and what a build does itself
 * where a construction context names this program.
 */
#ifndef KILN_BUILD_CC_INSTRUCTION_H
#define KILN_BUILD_CC_INSTRUCTION_H

#include "python/make.h"

enum cc_instruction_kind {
	INSTRUCTION_TRANSLATE, /* a source into a unit */
	INSTRUCTION_REDUCE,    /* a unit into bytecode */
	INSTRUCTION_ARCHIVE,   /* a directory into a copy of it */
	INSTRUCTION_DELINEATE, /* a source into a directory that describes it */
	INSTRUCTION_CHAPTER,   /* a text into a directory of its elements */
};

/* Valid as INSTRUCTION_INIT: that of no keys. */
struct cc_instruction {
	enum cc_instruction_kind kind;	     /* by the format */
	enum cc_instruction_kind delineated; /* by that key; INSTRUCTION_TRANSLATE without it */
	struct make_options make;
	bool has_digits;
	int digits; /* that decimal numbers may have; otherwise as many as before */
};

#define INSTRUCTION_INIT ((struct cc_instruction){.make.optimize = MAKE_OPTIMIZE_NONE})

/* Take a value of --int-max-str-digits, which is called `name`. ERROR_USAGE. */
int digits_parse(const char *name, const char *value, int *ret, struct error **err);

/* Take KEY VALUE pairs, which end with NULL and are borrowed; of several values for a key the last
 * one counts. Errors are ERROR_USAGE. */
int cc_instruction_parse(struct cc_instruction *instruction, char **pairs, struct error **err);

/* Do it: `target` is replaced atomically, its parents are created. The interpreter is started if
 * that is needed. A source is read by its path, what was made of one by its place. Bad sources are
 * ERROR_INPUT; then the target is untouched. */
int cc_instruction_run(struct place target, struct place source,
    const struct cc_instruction *instruction, struct notes *notes, struct error **err);

#endif
