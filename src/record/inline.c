#include "record/text.h"

#include <limits.h>

#include "record/space.h"

#define PUNCTUATION ",.;:-+!?()[]{}"
#define BRACKETS "()[]{}"

/* The node that a line's inline nodes are added to. */
struct inliner {
	struct arena *arena;
	struct text_node *parent;
};

static struct text_node *add(struct inliner *inliner, enum text_type type, struct slice text)
{
	return text_add(inliner->arena, inliner->parent, type, text);
}

/* The bytes between two pointers; neither is NULL, so that strings are never NULL. */
static struct slice piece(const char *from, const char *to)
{
	return slice_of(from, (size_t)(to - from));
}

static const char *end_of(struct slice text)
{
	return text.data + text.len;
}

/* The next run of asterisks; empty if there is none. */
static struct slice next_run(struct slice text)
{
	const char *end = end_of(text), *from, *to;

	from = text.len ? memchr(text.data, '*', text.len) : NULL;
	if (!from)
		return slice_of(end, 0);
	for (to = from; to < end && *to == '*';)
		to++;
	return piece(from, to);
}

static bool has_two_asterisks(struct slice text)
{
	struct slice run = next_run(text);

	return run.len > 1 || (run.len && next_run(piece(end_of(run), end_of(text))).len);
}

/* Add a text, split at its runs of asterisks. Two runs of one length emphasize the text between
 * them. Other runs are strings, and so is empty text beside a run. */
static void add_text(struct inliner *inliner, struct slice text)
{
	struct slice first, second, between;

	if (!has_two_asterisks(text)) {
		add(inliner, TEXT_STRING, text);
		return;
	}
	do {
		first = next_run(text);
		add(inliner, TEXT_STRING, piece(text.data, first.data));
		if (!first.len)
			return;
		text = piece(end_of(first), end_of(text));
		second = next_run(text);
		between = piece(text.data, second.data);
		if (first.len == second.len && first.len <= INT_MAX) {
			add(inliner, TEXT_EMPHASIS, between)->number = (int)first.len;
		} else {
			add(inliner, TEXT_STRING, first);
			add(inliner, TEXT_STRING, between);
			add(inliner, TEXT_STRING, second);
		}
		text = piece(end_of(second), end_of(text));
	} while (text.len);
}

/* Cut a parenthesis off the end of a text. False if the text does not end in one. */
static bool take_cast(struct slice *text, struct slice *ret)
{
	const char *from = NULL, *end = end_of(*text);

	if (slice_ends(*text, SLICE_LITERAL(")")))
		from = memrchr(text->data, '(', text->len);
	if (!from)
		return false;
	*ret = piece(from + 1, end - 1);
	*text = piece(text->data, from);
	return true;
}

/* The name at the start of a text; empty if there is none. */
static struct slice name_of(struct slice text)
{
	size_t len = 0;

	while (len < text.len) {
		struct slice rest = slice_from(text, len);

		if (rest.data[0] == '&' || (rest.data[0] && strchr(BRACKETS, rest.data[0])) ||
		    space_at(rest))
			break;
		len++;
	}
	while (len && text.data[len - 1] && strchr(PUNCTUATION, text.data[len - 1]))
		len--;
	return slice_of(text.data, len);
}

/* The text in the brackets that a text begins with. `last` is the place of the last closing bracket
 * in the whole text, so that a search that cannot succeed ends at once. */
static bool take_brackets(struct slice text, char close, const char *last, struct slice *ret)
{
	if (!last || last < text.data)
		return false;
	*ret = piece(text.data + 1, memchr(text.data, close, text.len));
	return true;
}

/* A segment of a line (a part without literals) while it is read. */
struct segment {
	struct slice rest;
	const char *last_angle; /* the segment's last > and ]; NULL if there is none */
	const char *last_square;
};

static void set_hyperlink(struct text_reference *reference, struct slice inside)
{
	const char *close = NULL;

	reference->kind = REFERENCE_HYPERLINK;
	reference->url = inside;
	if (inside.len && inside.data[0] == '[')
		close = memchr(inside.data, ']', inside.len);
	if (!close)
		return;
	reference->title = piece(inside.data + 1, close);
	reference->url = piece(close + 1, end_of(inside));
}

/* Read the reference at the ampersand that segment->rest begins with: its source and its parts.
 * False if this is no reference. */
static bool read_reference(
    const struct segment *segment, struct slice *ret_source, struct text_reference *ret)
{
	struct slice text = slice_from(segment->rest, 1), inside;

	*ret = (struct text_reference){.include = slice_starts(text, SLICE_LITERAL("*"))};
	text = slice_from(text, ret->include);
	if (slice_starts(text, SLICE_LITERAL("<"))) {
		if (!take_brackets(text, '>', segment->last_angle, &inside))
			return false;
		set_hyperlink(ret, inside);
	} else if (slice_starts(text, SLICE_LITERAL("["))) {
		if (!take_brackets(text, ']', segment->last_square, &inside))
			return false;
		ret->kind = REFERENCE_SECTION;
		ret->title = inside;
	} else {
		*ret_source = name_of(text);
		ret->title = *ret_source;
		return ret_source->len > 0;
	}
	*ret_source = slice_of(text.data, inside.len + 2);
	return true;
}

static void add_reference(
    struct inliner *inliner, struct slice source, const struct text_reference *reference)
{
	struct text_node *node = add(inliner, TEXT_REFERENCE, source);

	node->reference = arena_alloc(inliner->arena, sizeof(*reference));
	*node->reference = *reference;
}

/* Add the strings, emphasis and references of a segment, which ends in a string. */
static void add_segment(struct inliner *inliner, struct slice text)
{
	struct segment segment = {
	    text, memrchr(text.data, '>', text.len), memrchr(text.data, ']', text.len)};
	const char *begin = text.data, *ampersand; /* begin: of the text to add */
	struct text_reference reference;
	struct slice source, before;

	while ((ampersand = memchr(segment.rest.data, '&', segment.rest.len))) {
		segment.rest = piece(ampersand, end_of(text));
		if (!read_reference(&segment, &source, &reference)) {
			segment.rest = piece(ampersand + 1, end_of(text));
			continue;
		}
		before = piece(begin, ampersand);
		(void)take_cast(&before, &reference.cast); /* if there is one */
		add_text(inliner, before);
		add_reference(inliner, source, &reference);
		begin = end_of(source);
		segment.rest = piece(begin, end_of(text));
	}
	add_text(inliner, piece(begin, end_of(text)));
}

/* Add a literal and the segment before it. Returns the text after the literal; a literal without
 * end leaves none. */
static void add_literal(
    struct inliner *inliner, struct slice before, struct slice rest, struct slice *ret)
{
	const char *end = rest.len ? memchr(rest.data, '`', rest.len) : NULL;
	struct slice cast = {NULL, 0};
	struct text_node *literal;
	bool has_cast = take_cast(&before, &cast);

	add_segment(inliner, before);
	if (has_cast)
		add(inliner, TEXT_STRING, SLICE_LITERAL(""));
	literal = add(inliner, TEXT_LITERAL, end ? piece(rest.data, end) : rest);
	literal->extra = cast;
	literal->open = !end;
	*ret = end ? piece(end + 1, end_of(rest)) : slice_of(NULL, 0);
}

void text_parse_inline(struct arena *arena, struct text_node *parent, struct slice line)
{
	struct inliner inliner = {arena, parent};
	struct slice rest = line.len ? line : SLICE_LITERAL("");
	const char *mark;

	while (rest.data && (mark = memchr(rest.data, '`', rest.len)))
		add_literal(&inliner, piece(rest.data, mark), piece(mark + 1, end_of(rest)), &rest);
	if (rest.data)
		add_segment(&inliner, rest);
}
