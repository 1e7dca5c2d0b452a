/*
 * What a vectors file is parsed into (for vectors.c, expression.c and compose.c; others use
 * vectors.h).
 *
 * Everything is in the arena of its set and does not change after parsing.
 */
#ifndef KILN_CONTEXT_FORMULATION_H
#define KILN_CONTEXT_FORMULATION_H

#include "base/arena.h"
#include "base/map.h"
#include "context/vectors.h"

enum operation_kind {
	OPERATION_ENV,
	OPERATION_QUOTED,
	OPERATION_BRACKETED,
	OPERATION_RESUFFIX,
	OPERATION_SUFFIX,
	OPERATION_PREFIX,
};

struct operation {
	enum operation_kind kind;
	struct slice argument; /* NUL-terminated; empty for those that take none */
};

/* A list whose elements fill in an instruction's expression. */
struct substitution {
	struct slice name; /* without the asterisk */
	bool cyclic;
};

/* A piece of a field: text, or an element of a list. */
struct part {
	struct slice text;
	bool is_list;
	size_t list_index; /* in the instruction's substitutions */
	const struct operation *operations;
	size_t operation_count;
	bool last; /* the field ends here */
};

enum condition_kind {
	CONDITION_ALWAYS, /* empty */
	CONDITION_TRAP,
	CONDITION_SET,
};

struct word {
	struct slice text;
	bool negated;
};

struct instruction {
	size_t level;
	long line;
	enum condition_kind condition;
	bool holds;   /* a set that has a "!" of its own */
	bool repeats; /* a set with "." */
	const struct word *words;
	size_t word_count;
	const struct substitution *substitutions;
	size_t substitution_count;
	const struct part *parts;
	size_t part_count;
};

struct vector {
	struct slice name;
	const char *file;
	const struct instruction *instructions;
	size_t count;
};

struct vectors {
	struct arena arena;
	struct map by_name; /* of struct vector */
};

/* The state of a parser. The buffers hold arrays of the types above. */
struct parser {
	struct arena *arena;
	const char *file;
	long line;
	struct slice text;				    /* of the line */
	struct str vectors;				    /* pointers */
	struct str instructions;			    /* of the current vector */
	struct str words, substitutions, parts, operations; /* of the current instruction */
};

/* White space in this language: space, tab, CR, VT, FF. */
static inline bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* Without white space at both ends. */
struct slice trim(struct slice slice);

/* Copy the content of a buffer into the arena, and empty the buffer. */
void *parser_keep(struct parser *parser, struct str *buffer);

/* Fail with ERROR_USAGE at a position in the current line. */
int parser_fail(struct parser *parser, const char *at, struct error **err, const char *format, ...)
    error_format(4, 5);

/* Parse both sides of an instruction's colon. */
int parse_instruction(struct parser *parser, struct slice condition, struct slice expression,
    struct instruction *ret, struct error **err);

#endif
