/*
 * Texts for the front page of a site: a chapter, or a README in reStructuredText or Markdown, of
 * which what READMEs have is understood and the rest stays visible as text.
 */
#ifndef KILN_RECORD_FRONT_H
#define KILN_RECORD_FRONT_H

#include "record/text.h"

/* The largest text that is read. */
#define FRONT_LIMIT ((size_t)4 << 20)

/* Read a text as a TEXT_CHAPTER: by its extension .rst, .md or .markdown, else as a chapter. All is
 * in the arena. ERROR_USAGE if it cannot be read. */
int front_read(
    struct arena *arena, const char *path, const struct text_node **ret, struct error **err);

/* Append Markdown as reStructuredText. */
void front_convert(struct slice markdown, struct str *ret);

#endif
