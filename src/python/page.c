#include "python/page.h"

/* Whether all bytes are ASCII. Examines eight at a time. */
static bool is_ascii(struct slice text)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= text.len; i += sizeof(word)) {
		memcpy(&word, text.data + i, sizeof(word));
		all |= word;
	}
	for (; i < text.len; i++)
		all |= (uint64_t)(text.data[i] & 0x80);
	return !(all & 0x8080808080808080);
}

static size_t count_newlines(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	return count;
}

void page_init(struct page *page, struct slice text, struct arena *arena)
{
	bool open = text.len && text.data[text.len - 1] != '\n'; /* the last line may have no end */
	size_t count = count_newlines(text) + open;
	uint32_t *lines = arena_alloc(arena, (count + 2) * sizeof(*lines));
	const char *at = text.data, *end = text.data + text.len;

	*page = (struct page){.text = text, .lines = lines, .count = count ? (int)count : 1};
	page->ascii = is_ascii(text);
	for (size_t i = 0; i < count; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		lines[i] = (uint32_t)(at - text.data);
		at = newline ? newline + 1 : end;
	}
	if (!count)
		lines[0] = 0;
	lines[page->count] = (uint32_t)text.len;
}

static size_t line_begin(const struct page *page, int line)
{
	if (line < 1)
		return 0;
	return page->lines[line > page->count ? page->count : line - 1];
}

size_t page_offset(const struct page *page, int line, int column)
{
	size_t offset = line_begin(page, line) + (column > 0 ? (size_t)column : 0);

	return offset < page->text.len ? offset : page->text.len;
}

struct slice page_line(const struct page *page, int line)
{
	size_t begin = line_begin(page, line), end = line_begin(page, line + 1);

	if (end > begin && page->text.data[end - 1] == '\n')
		end--;
	return slice_of(page->text.data + begin, end - begin);
}

struct slice page_text(const struct page *page, struct stretch stretch)
{
	size_t begin = page_offset(page, stretch.line, stretch.column);
	size_t end = page_offset(page, stretch.end_line, stretch.end_column);

	return slice_of(page->text.data + begin, end > begin ? end - begin : 0);
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

	if (page->ascii)
		return column;
	if (page->known_line != line) {
		page->known_line = line;
		page->known_byte = line_begin(page, line);
		page->known_column = 0;
	}
	for (; page->known_byte < end; page->known_byte++)
		page->known_column += begins_character(page->text.data[page->known_byte]);
	for (; page->known_byte > end; page->known_byte--)
		page->known_column -= begins_character(page->text.data[page->known_byte - 1]);
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
