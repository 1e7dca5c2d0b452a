/*
 * Reports that are a directory of files: it appears complete or not at all, and replaces an old
 * one.
 */
#ifndef KILN_METRICS_FILES_H
#define KILN_METRICS_FILES_H

#include "image/plan.h"

struct report_file {
	struct slice path; /* confined; of the plan's directories, or the arena's */
	char *text;	   /* owned */
	size_t len;
};

/* Valid when all zero. */
struct report_files {
	struct arena arena;
	struct report_file *items;
	size_t count;
	size_t capacity;
	struct map taken; /* names that were given */
};

/* A path for a source, as its name but confined, that no other was given: `name` and `tail`. If
 * `flat`, a single name. It lives as long as the files. */
struct slice report_files_name(
    struct report_files *files, struct slice name, const char *tail, bool flat);

/* Add a file; its text is taken over. */
void report_files_add(struct report_files *files, struct slice path, struct str *text);

/* Write all files into a directory that takes the place of `output`. ERROR_USAGE if something is
 * there that kiln did not make. */
int report_files_write(const struct report_files *files, const char *output, struct error **err);

void report_files_release(struct report_files *files);
#define autoreport_files CLEANUP(report_files_release)

#endif
