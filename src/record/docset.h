/*
 * Records as docsets, for Dash and Zeal (https://kapeli.com/docsets): a site of HTML in
 * Contents/Resources/Documents, its index as a database of SQLite, and what it is in Info.plist.
 */
#ifndef KILN_RECORD_DOCSET_H
#define KILN_RECORD_DOCSET_H

#include "record/writer.h"

extern const struct record_writer record_writer_docset;

#endif
