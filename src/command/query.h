/*
 * Settings and output of `kiln query`, shared by its subjects (for src/command/query*.c).
 */
#ifndef KILN_COMMAND_QUERY_H
#define KILN_COMMAND_QUERY_H

#include "base/json.h"
#include "build/query.h"
#include "command/product_options.h"

/* Names, each with a list of values. */
struct query_lists {
	struct fields names;
	struct fields *values; /* of each name, by its index */
};

struct query_settings {
	struct product_settings product;
	bool is_json;
	bool is_nul;	    /* lines end with NUL */
	const char *update; /* the product whose index to write; or NULL */
	struct fields conclusions;
	struct query_lists constants;
	struct query_lists answers;
};

/* The output, printed at the end: lines of fields with tabs between them, or one JSON value. */
struct query_output {
	const struct query_settings *settings;
	struct str text;
	struct json_writer json;
	bool has_field; /* the current line has one */
};

/* Add a field to the line; an empty one becomes "-". Unprintable bytes are escaped unless lines end
 * with NUL. */
void query_field(struct query_output *output, struct slice field);

/* The same, but an empty field stays empty. */
void query_value(struct query_output *output, struct slice field);

void query_line_end(struct query_output *output);

/* Add a member to the current JSON object. An empty slice becomes null, fields a list of strings.
 */
void query_member(struct query_output *output, const char *key, struct slice value);
void query_member_bool(struct query_output *output, const char *key, bool value);
void query_member_fields(struct query_output *output, const char *key, const struct fields *value);

/* Append the full factor path, such as "acme.press.feed.tray". */
void query_factor_name(const struct factor *factor, struct str *ret);

/* Add the items of a subject to the output: in JSON as objects of the current array. */
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

/* Compose a vector. The arguments are files, then the name of the vector. */
int query_compose(
    struct query_output *output, const struct arguments *arguments, struct error **err);

/* Print the parts of an execution plan. The argument is the plan's file. */
int query_plan(struct query_output *output, const struct arguments *arguments, struct error **err);

#endif
