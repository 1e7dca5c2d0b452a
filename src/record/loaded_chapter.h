/*
 * Sources that are chapters (record/chapter.h), as records: a module without elements, whose
 * documentation is the text (for loaded.c).
 */
#ifndef KILN_RECORD_LOADED_CHAPTER_H
#define KILN_RECORD_LOADED_CHAPTER_H

#include "record/loaded.h"

/* As loaded_describe(), loaded_put(), loaded_restore() and loaded_join(). */
int loaded_check_chapter(const struct record_source *source, const struct loaded *loaded,
    struct notes *notes, struct error **err);
int loaded_put_chapter(const struct record_source *source, const struct loaded *loaded,
    struct record_output *output, struct error **err);
void loaded_restore_chapter(const struct record_source *source, struct record_output *output);
int loaded_join_chapter(
    const struct record_source *source, struct loaded *loaded, struct error **err);

#endif
