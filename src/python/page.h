/*
 * Positions in the text of a source: converts CPython's lines, from 1, and columns, in bytes of
 * UTF-8 from 0, to areas and to text.
 */
#ifndef KILN_PYTHON_PAGE_H
#define KILN_PYTHON_PAGE_H

#include "python/element.h"
#include "python/stretch.h"

struct page {
	struct slice text;
	const uint32_t *lines; /* the offset of each line; one more for the end */
	int count;	       /* of lines, at least 1 */
	bool ascii;
	/* The last column that was asked for, since the next one is mostly not far after it. */
	int known_line;
	size_t known_byte; /* an offset in the text */
	int known_column;  /* from 0 */
};

/* `text` must stay; the index of the lines is the arena's. */
void page_init(struct page *page, struct slice text, struct arena *arena);

/* The offset of a position, always within the text. */
size_t page_offset(const struct page *page, int line, int column);

/* A line without its end. */
struct slice page_line(const struct page *page, int line);

struct slice page_text(const struct page *page, struct stretch stretch);
struct area page_area(struct page *page, struct stretch stretch);

#endif
