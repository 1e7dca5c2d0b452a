/*
 * Records as files for other programs: chapters, as text or as JSON.
 */
#ifndef KILN_RECORD_WRITE_CHAPTER_H
#define KILN_RECORD_WRITE_CHAPTER_H

#include "record/writer.h"

/* chapter.txt, source.txt, meta.json and index.json of each source; with json chapter.json, the
 * tree of the chapter. */
extern const struct record_writer record_writer_text;
extern const struct record_writer record_writer_json;

#endif
