/*
 * The parts of a context (for the files of src/context; others use context.h).
 */
#ifndef KILN_CONTEXT_PARTS_H
#define KILN_CONTEXT_PARTS_H

#include "base/arena.h"
#include "base/map.h"
#include "context/context.h"
#include "context/execution.h"
#include "context/vectors.h"

/* A section, and the semantics whose factors it processes. */
struct projection {
	struct slice section; /* "machines.python" */
	struct fields semantics;
};

/* What a mode uses instead: another section, or another form and mode of its variants. */
struct intercept {
	struct slice mode;
	struct fields fields; /* section, form, mode of the variants */
};

struct context {
	struct arena arena;
	char *path;
	struct hash digest;
	struct map projects; /* factor path -> something */
	struct map vectors;  /* factor path -> struct vectors */
	struct map plans;    /* factor path -> struct execution */
	struct projection *projections;
	size_t projection_count;
	struct intercept *intercepts;
	size_t intercept_count;
	struct notes notes; /* of what is passed over */

	/* What was computed so far; the arena holds the keys. */
	struct map merged;     /* factor paths, each with a NUL after -> struct vectors */
	struct map mechanisms; /* what a mechanism is for -> struct mechanism */
	struct map variants;   /* what they are for -> struct variants */
	struct str key;	       /* one that is being made */
	struct fields composed;
};

/* What a vector is composed with, apart from queries and the environment. Valid when all zero. */
#define SITUATION_CONSTANTS 13
struct situation {
	struct fields conclusions;
	struct fields constants;
	struct fields values[SITUATION_CONSTANTS];
};

void situation_release(struct situation *situation);
#define autosituation CLEANUP(situation_release)

/* Add what a request, its mode and a section imply. */
void situation_add_request(struct situation *situation, const struct context_request *request,
    struct slice mode, struct slice section);
void situation_add_variant(struct situation *situation, const struct variant *variant);
/* Add the type's constant, and with `conclude` its conclusion. */
void situation_add_type(
    struct situation *situation, const struct context_type *type, bool conclude);
/* Add those of a source, which may have no language or dialect. */
void situation_add_format(struct situation *situation, struct slice language, struct slice dialect);

/* Compose without queries and environment. */
int situation_compose(const struct situation *situation, const struct vectors *vectors,
    struct slice name, struct fields *ret, struct error **err);

/* A command for something, without what differs from source to source. */
struct mechanism {
	struct situation situation;
	bool present; /* there is a descriptor that is not empty; else nothing below is set */
	const struct execution *plan;
	const struct vectors *vectors; /* merged */
	struct slice adapter;
	struct fields environment; /* names of variables, sorted */
};

/* The mechanism of a phase; lives as long as the context. `language` and `dialect` are empty when
 * rendering. */
int mechanism_get(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_type *type,
    struct slice language, struct slice dialect, const struct mechanism **ret, struct error **err);

/* The parts of a type's IRI: what precedes its last identifier, and that. */
void type_split(struct slice iri, struct slice *ret_semantics, struct slice *ret_name);

/* Set the context's key from what distinguishes requests for a type. */
void key_begin(struct context *context, const struct context_request *request,
    const struct context_type *type);
void key_add(struct context *context, struct slice part);

#endif
