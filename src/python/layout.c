#include "python/layout.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/array.h"
#include "python/tokens.h"

static void add_offset(struct layout *layout, enum layout_kind kind, size_t offset)
{
	struct layout_marks *marks = &layout->marks[kind];

	if (marks->count == marks->capacity) {
		/* Lines have 37 bytes on average. */
		size_t least = kind == LAYOUT_LINE ? layout->text.len / 32 + 16 : 16;

		marks->capacity = marks->capacity ? 2 * marks->capacity : least;
		marks->at = xreallocarray(marks->at, marks->capacity, sizeof(*marks->at));
	}
	marks->at[marks->count++] = (uint32_t)offset;
}

void layout_add(struct layout *layout, enum layout_kind kind, const char *at)
{
	if (kind == LAYOUT_LINE && !layout->marks[kind].count)
		add_offset(layout, kind, 0);
	add_offset(layout, kind, (size_t)(at - layout->text.data));
}

static int compare_offsets(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* Fields of strings are parsed later than the rest, and more than once where the parser goes back.
 */
static void settle(struct layout_marks *marks)
{
	size_t count = 0;

	array_sort(marks->at, marks->count, sizeof(*marks->at), compare_offsets);
	for (size_t i = 0; i < marks->count; i++) {
		if (!count || marks->at[count - 1] != marks->at[i])
			marks->at[count++] = marks->at[i];
	}
	marks->count = count;
}

void layout_finish(struct layout *layout)
{
	struct layout_marks *lines = &layout->marks[LAYOUT_LINE];

	if (!lines->count)
		add_offset(layout, LAYOUT_LINE, 0);
	/* Behind the last line's end is no line. */
	if (lines->count > 1 && lines->at[lines->count - 1] == layout->text.len)
		lines->count--;
	settle(&layout->marks[LAYOUT_YIELD]);
	layout->ascii = slice_is_ascii(layout->text);
}

static void add_token(struct layout *layout, const struct token *token)
{
	const char *at = layout->text.data + token->first;
	struct slice text = slice_of(at, token->end - token->first);

	if (token->kind == TOKEN_COMMENT && slice_starts(text, SLICE_LITERAL("#:")))
		layout_add(layout, LAYOUT_COMMENT, at);
	else if (token->kind == TOKEN_DECORATOR)
		layout_add(layout, LAYOUT_DECORATOR, at);
	else if (token->kind == TOKEN_KEYWORD && slice_is(text, "yield"))
		layout_add(layout, LAYOUT_YIELD, at);
}

void layout_find(struct layout *layout)
{
	const char *at = layout->text.data, *end = at + layout->text.len;
	autotokens struct tokens tokens = {.items = NULL};

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at))))
		layout_add(layout, LAYOUT_LINE, ++at);
	tokens_find(layout->text, &tokens);
	for (size_t i = 0; i < tokens.count; i++)
		add_token(layout, &tokens.items[i]);
	layout_finish(layout);
}

size_t layout_count(const struct layout *layout, enum layout_kind kind, size_t offset)
{
	const struct layout_marks *marks = &layout->marks[kind];
	size_t first = 0, count = marks->count;

	while (count) {
		size_t half = count / 2;

		if (marks->at[first + half] < offset) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first;
}

uint32_t layout_last(const struct layout *layout, enum layout_kind kind, size_t begin, size_t end)
{
	size_t count = layout_count(layout, kind, end);
	uint32_t last = count ? layout->marks[kind].at[count - 1] : LAYOUT_NOWHERE;

	return last != LAYOUT_NOWHERE && last >= begin ? last : LAYOUT_NOWHERE;
}

void layout_release(struct layout *layout)
{
	str_release(&layout->decoded);
	for (size_t i = 0; i < LAYOUT_KINDS; i++)
		free(layout->marks[i].at);
	*layout = (struct layout){.text = {NULL, 0}};
}
