#include "python/page.h"

int page_lines(const struct page *page)
{
	return (int)page->layout->marks[LAYOUT_LINE].count;
}

static size_t line_begin(const struct page *page, int line)
{
	const struct layout_marks *lines = &page->layout->marks[LAYOUT_LINE];

	if (line < 1)
		return 0;
	return (size_t)line > lines->count ? page->layout->text.len : lines->at[line - 1];
}

size_t page_offset(const struct page *page, int line, int column)
{
	size_t offset = line_begin(page, line) + (column > 0 ? (size_t)column : 0);

	return offset < page->layout->text.len ? offset : page->layout->text.len;
}

void page_place(const struct page *page, size_t offset, int *ret_line, int *ret_column)
{
	*ret_line = (int)layout_count(page->layout, LAYOUT_LINE, offset + 1);
	*ret_column = (int)(offset - line_begin(page, *ret_line));
}

struct slice page_line(const struct page *page, int line)
{
	size_t begin = line_begin(page, line), end = line_begin(page, line + 1);

	if (end > begin && page->layout->text.data[end - 1] == '\n')
		end--;
	return slice_of(slice_from(page->layout->text, begin).data, end - begin);
}

struct slice page_text(const struct page *page, struct stretch stretch)
{
	size_t begin = page_offset(page, stretch.line, stretch.column);
	size_t end = page_offset(page, stretch.end_line, stretch.end_column);

	return slice_of(slice_from(page->layout->text, begin).data, end > begin ? end - begin : 0);
}

static bool begins_character(char byte)
{
	return (byte & 0xc0) != 0x80;
}

/* How many characters precede a position in its line. Counts from the position asked for last, in
 * either direction, so that positions in a long line do not each cost the line's length. */
static int characters(struct page *page, int line, int column)
{
	size_t end = page_offset(page, line, column);

	if (page->layout->ascii)
		return column;
	if (page->known_line != line) {
		page->known_line = line;
		page->known_byte = line_begin(page, line);
		page->known_column = 0;
	}
	for (; page->known_byte < end; page->known_byte++)
		page->known_column += begins_character(page->layout->text.data[page->known_byte]);
	for (; page->known_byte > end; page->known_byte--)
		page->known_column -= begins_character(
		    page->layout->text.data[page->known_byte - 1]);
	return page->known_column;
}

struct area page_area(struct page *page, struct stretch stretch)
{
	struct area area = {
	    {stretch.line, characters(page, stretch.line, stretch.column) + 1},
	    {stretch.end_line, 0},
	};

	area.last.column = characters(page, stretch.end_line, stretch.end_column);
	return area;
}
