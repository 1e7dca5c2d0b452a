#include "record/writer.h"

#include "record/docset.h"
#include "record/man.h"
#include "record/markdown.h"
#include "record/write_chapter.h"
#include "record/write_html.h"

const struct record_writer *const record_writers[] = {&record_writer_text, &record_writer_json,
    &record_writer_html, &record_writer_markdown, &record_writer_man, &record_writer_docset};
