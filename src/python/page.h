/*
 * Positions in the text of a source: converts CPython's lines, from 1, and columns, in bytes of
 * UTF-8 from 0, to areas and to text.
 */
#ifndef KILN_PYTHON_PAGE_H
#define KILN_PYTHON_PAGE_H

#include "python/element.h"
#include "python/layout.h"
#include "python/stretch.h"

struct page {
	const struct layout *layout;
	/* The last column that was asked for, since the next one is mostly not far after it. */
	int known_line;
	size_t known_byte; /* an offset in the text */
	int known_column;  /* from 0 */
};

/* Of a layout that is found, and must stay. */
static inline struct page page_of(const struct layout *layout)
{
	return (struct page){.layout = layout};
}

/* How many lines there are, at least 1. */
int page_lines(const struct page *page);

/* The offset of a position, always within the text. */
size_t page_offset(const struct page *page, int line, int column);

/* The line and column of an offset. */
void page_place(const struct page *page, size_t offset, int *ret_line, int *ret_column);

/* A line without its end. */
struct slice page_line(const struct page *page, int line);

struct slice page_text(const struct page *page, struct stretch stretch);
struct area page_area(struct page *page, struct stretch stretch);

#endif
