/*
 * Records in Markdown (CommonMark, with fenced code): PROJECT/FACTOR.md for each source, llms.txt
 * with a line for each (https://llmstxt.org), and llms-full.txt with their contents.
 *
 * Texts of sources are escaped: nothing in them becomes a mark of Markdown or HTML. Elements have
 * anchors, <a id="PATH">.
 */
#ifndef KILN_RECORD_MARKDOWN_H
#define KILN_RECORD_MARKDOWN_H

#include "record/writer.h"

extern const struct record_writer record_writer_markdown;

#endif
