/*
 * Construction contexts: which command processes a factor, with which arguments.
 *
 * A context is a product whose projects below `machines` are sections: vectors (`.v`) and execution
 * plans (`.sys`). See docs/formats.rst, "Construction contexts". One context is built into the
 * program, from the project's factors/.
 *
 * Loading a context parses all its files. Results for a mode, a variant and a type are kept in the
 * context, so that asking again parses nothing. A context is for one thread.
 */
#ifndef KILN_CONTEXT_CONTEXT_H
#define KILN_CONTEXT_CONTEXT_H

#include "base/fields.h"
#include "base/hash.h"

struct context;

/* Load the context of a product directory, or with NULL the built-in one. Its projects are those of
 * .product/PROJECTS or, without that file, those found below `machines`. Errors are ERROR_USAGE,
 * also for a missing directory or one without a context. */
int context_load(const char *directory, struct context **ret, struct error **err);

/* NULL is allowed. */
void context_free(struct context *context);
#define autocontext CLEANUP(cleanup_context)
static inline void cleanup_context(struct context **context)
{
	context_free(*context);
}

/* A digest of the paths in the product and the contents of all files that were read: equal for
 * equal contexts, wherever they are. */
const struct hash *context_digest(const struct context *context);

/* Notes about sections that are named but missing. */
const struct notes *context_notes(const struct context *context);

/* Its absolute path; "" for the one built in. */
const char *context_path(const struct context *context);

/* What a build asks of a context. Borrowed; the same for all calls of a build. */
struct context_request {
	const char *mode;			     /* "executable", "delineation", ... */
	const struct fields *features;		     /* in the order given; NULL: none */
	const char *host_system, *host_architecture; /* NULL: none */
	const char *host_python; /* one or several, with a space between; NULL: none */
	/* The value of an environment variable, NULL if it is not set. Asked only for variables
	 * that the section's [environment] names. NULL: an empty environment. */
	const char *(*environment)(void *context, const char *name);
	void *environment_context;
};

/* The type of a factor. */
struct context_type {
	struct slice iri;	/* http://if.fault.io/factors/python.module */
	struct slice isolation; /* of TYPE#ISOLATION, or empty */
};

/* A variant of a factor's built files. Slices live as long as the context, have a NUL after them,
 * and contain no slash. */
struct variant {
	struct slice section; /* "machines.python" */
	struct slice system, architecture, form;
	bool integrates;		       /* whether the section processes the type */
	struct slice unit_prefix, unit_suffix; /* of the names of units, if so */
};

struct variants {
	const struct variant *items;
	size_t count;
};

/* All variants of a type of factor, in the order of the sections, their systems and architectures,
 * including those that no section integrates. Of two with the same section, system, architecture
 * and form, the first is taken. *ret lives as long as the context. Errors are ERROR_USAGE. */
int context_variants(struct context *context, const struct context_request *request,
    const struct context_type *type, const struct variants **ret, struct error **err);

/* Whether any section has the request's mode. */
int context_has_mode(
    struct context *context, const struct context_request *request, bool *ret, struct error **err);

enum context_phase { PHASE_TRANSLATE, PHASE_RENDER };

/* What a command is about: a source (translate) or a built file (render). */
struct context_subject {
	struct context_type type;
	struct slice language, dialect; /* of the source, only when translating; empty: none */
	/* Append the answer of a query to `ret` and set *known; leave *known false if there is
	 * none. */
	int (*query)(
	    void *context, struct slice name, struct fields *ret, bool *known, struct error **err);
	void *query_context;
};

/* Valid when all zero. */
struct context_command {
	struct fields environment; /* of the plan, as in struct execution */
	struct str executable; /* a path, or a name without slash: of this program, or in PATH */
	struct fields plan_arguments; /* of the plan */
	struct str operation;	      /* what is done, for the log */
	bool input;		      /* standard input is the source; else nothing */
	bool output;		      /* standard output is the target; else nothing */
	struct fields arguments;      /* composed; the command is plan_arguments and these */
};

/* Compose a command. *ret_present is false if the descriptor is missing or empty: nothing is to be
 * done. *ret is all zero, or reused with its memory. Errors are ERROR_USAGE, or those of a query.
 * */
int context_command(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_subject *subject,
    struct context_command *ret, bool *ret_present, struct error **err);

void context_command_release(struct context_command *command);
#define autocommand CLEANUP(context_command_release)

/* Whether a phase has a command: a descriptor that is not empty. Errors are ERROR_USAGE. */
int context_has_command(struct context *context, const struct context_request *request,
    const struct variant *variant, enum context_phase phase, const struct context_subject *subject,
    bool *ret, struct error **err);

/* Append the names of the environment variables that the section's commands for a type may read,
 * which are inputs of the build: sorted, each once. */
int context_environment(struct context *context, const struct context_request *request,
    const struct variant *variant, const struct context_type *type, struct fields *ret,
    struct error **err);

#endif
