/*
 * What is reported: for each source its regions with their counts, and what follows from them:
 * lines, branches, functions, totals.
 *
 * The image says which sources and regions there are: what was never imported is there with counts
 * of 0. Without an image the captures say it: what kiln run was asked to measure is described in
 * them, and there is what they counted. Where the source itself is at its path, with the text
 * that was measured, it says what excluded regions, lines, branches and functions are; otherwise
 * nothing is excluded, a line is where a region begins, and there are no functions and branches.
 */
#ifndef KILN_METRICS_REPORT_H
#define KILN_METRICS_REPORT_H

#include "metrics/changes.h"
#include "metrics/description.h"
#include "metrics/measures.h"
#include "metrics/rules.h"

struct counted {
	struct area area;
	char type;	  /* as in descriptions */
	bool is_excluded; /* by a rule, or since its lines did not change: it is in no total */
	uint64_t count;
};

struct line_count {
	int line;
	bool is_excluded;
	uint64_t count;	   /* of the statements that begin on it, the largest */
	size_t first, end; /* these statements, in `statements` */
};

/* A statement, decorator or clause that counts for its line. */
struct statement {
	int line;
	size_t region; /* its index */
};

/* An alternative of a branch. */
struct branch_count {
	int line;     /* of the branch */
	size_t group; /* which branch of the source */
	int to;	      /* the line that the alternative begins on; 0: behind the statement */
	uint64_t count;
	size_t region;	 /* that has this count */
	bool is_reached; /* the branch's line ran */
};

struct function_count {
	const char *name; /* qualified; of the source's outline */
	int line;
	uint64_t count; /* of calls */
	size_t region;	/* that has this count */
};

struct totals {
	uint64_t regions, covered;
	uint64_t lines, covered_lines;
	uint64_t branches, covered_branches;
	uint64_t partial; /* branches that ran, but not in all ways: lines that have one */
	uint64_t excluded_lines;
};

struct reported {
	const char *name;  /* the factor, or the path as it is shown */
	struct slice path; /* absolute */
	struct slice shown;
	struct slice hash;
	bool is_other;	 /* another text of the same path is the one to show */
	struct str text; /* of the source; if `has_text` */
	bool has_text;
	const struct measured *measured; /* NULL: never imported */
	struct counted *regions;	 /* sorted by area */
	size_t count;
	struct statement *statements; /* sorted by line; none that is excluded */
	size_t statement_count;
	struct line_count *lines; /* sorted */
	size_t line_count;
	struct branch_count *branches; /* sorted by line */
	size_t branch_count;
	struct function_count *functions; /* sorted by line */
	size_t function_count;
	struct totals totals;
};

struct report {
	struct arena arena;
	struct reported **sources; /* sorted by name, path and hash */
	size_t count;
	struct totals totals;
	struct notes warnings;
	struct notes errors;  /* sources that cannot be read */
	size_t missing_count; /* of sources that are not at their paths */
};

struct report_options {
	const struct paths *paths;
	const struct description_tree *image;	  /* NULL: the captures say what there is */
	const struct description_tree *described; /* in captures; for reports without an image */
	bool has_timed;		       /* sources that were only timed are reported, too */
	const struct changes *changes; /* NULL: all lines count */
	const struct rules *excluding;
	const struct rules *partial;
};

/* Make a report, which borrows the measures. *ret is all zero before. Fails only where the system
 * refuses something. */
int report_make(const struct measures *measures, const struct report_options *options,
    struct report *ret, struct error **err);

/* Whether a region counts in totals, and whether it does and never began. */
static inline bool counted_is_total(const struct counted *region)
{
	return region->type != ' ' && !region->is_excluded;
}

static inline bool counted_is_missed(const struct counted *region)
{
	return counted_is_total(region) && !region->count;
}

/* Append the name of a source, with its hash if another text of it is reported, too. */
void reported_add_name(const struct reported *source, struct str *ret);

/* The line of a function, by its name with the module; 0 if it is not known. */
int reported_line_of(const struct reported *source, struct slice element);

void report_release(struct report *report);
#define autoreport CLEANUP(report_release)

#endif
