/*
 * Factors whose sources are chapters (record/text.h).
 */
#ifndef KILN_RECORD_CHAPTER_H
#define KILN_RECORD_CHAPTER_H

#include "base/place.h"
#include "record/text.h"

/*
 * chapter(output, origin): parse the source `origin` into the directory `output`, which is
 * replaced whole and atomically. Its parents are created. It gets elements.json, and context.json
 * if the chapter has an admonition CONTEXT with a directory. What is malformed is noted; `notes`
 * may be NULL. Bad sources are ERROR_INPUT; then the output is untouched.
 */
int chapter(struct place output, const char *origin, struct notes *notes, struct error **err);

/* Append elements.json of a chapter: the root, a factor, and in it the chapter. Fails as
 * text_write() does. */
int chapter_write_elements(const struct text_node *chapter, struct str *ret, struct error **err);

/* Append context.json of a chapter: icon, protocol and title from the first directory in its
 * admonition CONTEXT, each if its value is one string or inline element. False, with nothing
 * appended, if there is none. */
bool chapter_write_context(const struct text_node *chapter, struct str *ret);

#endif
