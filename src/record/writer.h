/*
 * The formats that `kiln record` writes, as a table.
 */
#ifndef KILN_RECORD_WRITER_H
#define KILN_RECORD_WRITER_H

#include "record/names.h"
#include "record/output.h"
#include "record/settings.h"
#include "record/site_index.h"
#include "record/sources.h"

struct since_list;

/* One source that is written. */
struct record_page {
	const struct record_settings *settings;
	const struct record_source *source;
	struct factor_record *record; /* references resolved */
	const struct record_names *names;
	const struct site_index *index;
	const struct site_factor *factor; /* the source's in the index */
	/* The sources of factor->guests, if the format documents elements at home. */
	const struct record_page *guests;
	size_t guest_count;
};

/* All of it. Sources that could not be read have a NULL factor. */
struct record_site {
	const struct record_settings *settings;
	const struct record_source *sources;
	struct site_factor *const *factors; /* parallel */
	size_t count;
	const struct site_index *index;
	const struct since_list *changes; /* since an older version; or NULL */
};

struct record_writer {
	const char *name;	 /* of --format */
	bool keeps_descriptions; /* as files beside what it writes */
	bool is_at_home;	 /* it documents elements at home (record/site_index.h) */
	/* In a worker: write what there is of one source. A problem of the source is ERROR_INPUT.
	 */
	int (*page)(
	    const struct record_page *page, struct record_output *output, struct error **err);
	/* After all pages: write what there is of all. Or NULL. */
	int (*site)(
	    const struct record_site *site, struct record_output *output, struct error **err);
};

/* The writers, in the order of the words of --format. */
extern const struct record_writer *const record_writers[];
#define RECORD_FORMATS "text, json, html, markdown, man, docset"

#endif
