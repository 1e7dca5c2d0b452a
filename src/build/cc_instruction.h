/*
 * Processing instructions: what the KEY VALUE pairs of `kiln cc OUT SRC [KEY VALUE]...` say. A
 * build runs an instruction itself, without a process, where the construction context names this
 * program.
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

/* INSTRUCTION_INIT is the instruction without keys. */
struct cc_instruction {
	enum cc_instruction_kind kind; /* by the key `format` */
	enum cc_instruction_kind
	    delineated; /* by the key `delineated`; INSTRUCTION_TRANSLATE: no such key */
	struct make_options make;
	bool has_digits;
	int digits; /* the most that decimal numbers may have; 0 for no limit */
};

#define INSTRUCTION_INIT ((struct cc_instruction){.make.optimize = MAKE_OPTIMIZE_NONE})

/* Parse a value of --int-max-str-digits. `name` is the option's name for errors (ERROR_USAGE). */
int digits_parse(const char *name, const char *value, int *ret, struct error **err);

/* Parse KEY VALUE pairs. The list ends with NULL; the instruction borrows the values. If a key is
 * repeated, its last value counts. Errors are ERROR_USAGE. */
int cc_instruction_parse(struct cc_instruction *instruction, char **pairs, struct error **err);

/* Run the instruction: replace `target` atomically, and create its parents. Starts the interpreter
 * if need be. A source is opened by its path (source.shown) and may be a link; a unit or a
 * directory of units is opened as a place, through no link. A bad source is ERROR_INPUT, and leaves
 * the target as it was. */
int cc_instruction_run(struct place target, struct place source,
    const struct cc_instruction *instruction, struct notes *notes, struct error **err);

#endif
