/*
 * Records as a site of HTML.
 */
#ifndef KILN_RECORD_WRITE_HTML_H
#define KILN_RECORD_WRITE_HTML_H

#include "record/writer.h"

extern const struct record_writer record_writer_html;

#endif
