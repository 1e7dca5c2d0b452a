/*
 * What the last `kiln record` wrote into a directory: the file `.kiln-record` there, as JSON
 * (docs/formats.rst, "Records"). It tells which records are current, and which files nobody needs
 * any more. It is no input that is trusted: paths that are not confined are ignored.
 */
#ifndef KILN_RECORD_KEPT_H
#define KILN_RECORD_KEPT_H

#include "base/arena.h"
#include "base/json.h"
#include "base/map.h"

#define KEPT_NAME ".kiln-record"

/* What was made of one source, or of all: then without a source. */
struct kept_page {
	const char *source;  /* the digest of what its description is made from; may be empty */
	const char *content; /* the digest of what its files are made from; may be empty */
	const struct json *files;
};

struct kept {
	struct json *json;
	struct map pages; /* directory -> struct kept_page; "" has the files of all */
	struct arena arena;
};

/* Read it from an open directory that is shown as `shown`. Nothing is found where it is missing or
 * malformed; then all is made again. Errors are those of file_read(): a file that cannot be read
 * may name what nobody needs any more. */
int kept_read(int directory, const char *shown, struct kept *ret, struct error **err);

/* NULL if nothing was made of it. */
const struct kept_page *kept_find(const struct kept *kept, struct slice directory);

/* Whether all files of a page are there. */
bool kept_is_whole(const struct kept_page *page, int directory);

/* Write it: begin, add each page, end. `files` are paths, each ended by a NUL. Errors are those of
 * place_fail(). */
void kept_begin(struct json_writer *json, struct str *out);
void kept_add(struct json_writer *json, struct slice directory, const char *source,
    const char *content, struct slice files);
int kept_end(struct json_writer *json, int directory, const char *shown, struct error **err);

void kept_release(struct kept *kept);
#define autokept CLEANUP(kept_release)

#endif
