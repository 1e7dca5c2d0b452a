/*
 * What decides how records are written: the options of `kiln record` for formats.
 */
#ifndef KILN_RECORD_SETTINGS_H
#define KILN_RECORD_SETTINGS_H

#include "base/fields.h"
#include "html/site.h"
#include "record/docstring_style.h"
#include "record/inventory.h"

struct record_settings {
	enum docstring_style style;
	struct fields inventory_files; /* as for inventories_add() */
	struct inventories inventories;
	const char *metrics; /* a directory that `kiln metrics --format image` made, or NULL */
	uint64_t most;	     /* of the format markdown: bytes of llms-full.txt; 0 for no limit */
	/* Of the format html. */
	struct html_site site;
	struct slice source_url; /* "https://.../{path}#L{line}"; or empty */
	const char *front;	 /* the path of the front page's text, or NULL */
	const char *logo;	 /* the path of an image, or NULL; site.logo is its place */
};

/* Read the inventories, and add the manual of Python to them. */
int record_settings_open(struct record_settings *settings, struct error **err);

void record_settings_release(struct record_settings *settings);

/* Append all of it, for the digest that tells whether a record is current. */
void record_settings_add(const struct record_settings *settings, struct str *ret);

#endif
