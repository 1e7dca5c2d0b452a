/*
 * The files of a site: written only where they differ from what is there, each atomically, and
 * removed when a later site does not have them any more.
 *
 * The list of files is kept beside them, in `.kiln-site`, a path on a line. Nothing but what it
 * lists is ever removed or replaced.
 */
#ifndef KILN_RECORD_SITE_FILES_H
#define KILN_RECORD_SITE_FILES_H

#include "base/map.h"
#include "base/place.h"

struct site_files {
	int root; /* the site's directory */
	const char *shown;
	struct str list;  /* the text of the list as it was */
	struct map known; /* the paths in it */
};

#define SITE_FILES_INIT ((struct site_files){.root = -1})

/* Open the directory of a site, which is made if it is missing. ERROR_USAGE if it has files but no
 * list of them. */
int site_files_open(struct site_files *files, const char *path, struct error **err);

/* Say which files the site will have, the keys of a map, before any is written: so those of a run
 * that is killed are known to the next one. */
int site_files_begin(const struct site_files *files, const struct map *paths, struct error **err);

/* Write a file unless it is there with this content; its directories are made. *ret_written (may be
 * NULL) says whether it was written. Several workers may write different files at a time. */
int site_files_put(const struct site_files *files, struct slice path, struct slice content,
    bool *ret_written, struct error **err);

/* Remove the files that only the old list has, and write the new one. */
int site_files_finish(const struct site_files *files, const struct map *paths, size_t *ret_removed,
    struct error **err);

void site_files_release(struct site_files *files);
#define autosite_files CLEANUP(site_files_release)

#endif
