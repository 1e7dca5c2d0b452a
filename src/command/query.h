/*
 * What the subjects of `kiln query` share: settings and what is printed (for src/command/query*.c).
 */
#ifndef KILN_COMMAND_QUERY_H
#define KILN_COMMAND_QUERY_H

#include "base/json.h"
#include "build/query.h"
#include "command/product_options.h"

/* Names with a list of values each. */
struct query_lists {
	struct fields names;
	struct fields *values; /* by the same index */
};

struct query_settings {
	struct product_settings product;
	bool is_json;
	bool is_nul;	    /* lines end with NUL */
	const char *update; /* the product whose index is to be made */
	struct fields conclusions;
	struct query_lists constants;
	struct query_lists answers;
};

/* What is printed at the end: lines of fields with tabs between them, or one JSON value. */
struct query_output {
	const struct query_settings *settings;
	struct str text;
	struct json_writer json;
	bool has_field; /* the current line */
};

/* Add a field to the line; text for a person unless lines end with NUL. An empty one is "-". */
void query_field(struct query_output *output, struct slice field);

/* The same, but an empty one is empty. */
void query_value(struct query_output *output, struct slice field);

void query_line_end(struct query_output *output);

/* Members of the current JSON object: null for an empty slice; a list of strings. */
void query_member(struct query_output *output, const char *key, struct slice value);
void query_member_bool(struct query_output *output, const char *key, bool value);
void query_member_fields(struct query_output *output, const char *key, const struct fields *value);

/* "acme.press.feed.tray". */
void query_factor_name(const struct factor *factor, struct str *ret);

/* Add items of what the session has found, in JSON each an object of an array that is begun. */
int query_print_products(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_projects(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_factors(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_sources(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_requirements(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_variants(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_images(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_commands(
    struct query_output *output, struct build_session *session, struct error **err);
int query_print_reasons(
    struct query_output *output, struct build_session *session, struct error **err);

/* Compose a vector: the arguments are files, then the vector's name. */
int query_compose(
    struct query_output *output, const struct arguments *arguments, struct error **err);

/* Take a plan apart: the argument is its file. */
int query_plan(struct query_output *output, const struct arguments *arguments, struct error **err);

#endif
