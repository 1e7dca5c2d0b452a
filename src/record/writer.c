#include "record/writer.h"

#include "record/write_chapter.h"

const struct record_writer *const record_writers[] = {&record_writer_text, &record_writer_json};
