/*
 * Whether two texts are the same, but for the indentation of paragraphs; whether two documents of
 * JSON are, but for the order of members.
 */
#ifndef KILN_TEST_SAME_H
#define KILN_TEST_SAME_H

#include "base/json.h"
#include "record/text.h"

static inline bool same_slice(struct slice a, struct slice b)
{
	return !a.data == !b.data && slice_equal(a, b);
}

static inline bool same_section(const struct text_section *a, const struct text_section *b)
{
	if (a->count != b->count || a->titles != b->titles || a->level != b->level ||
	    a->multiple != b->multiple)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!slice_equal(a->path[i], b->path[i]))
			return false;
	}
	return true;
}

static inline bool same_reference(const struct text_reference *a, const struct text_reference *b)
{
	return a->kind == b->kind && a->include == b->include && same_slice(a->title, b->title) &&
	       same_slice(a->cast, b->cast) && same_slice(a->url, b->url);
}

static inline bool same_node(const struct text_node *a, const struct text_node *b)
{
	if (a->type != b->type || a->open != b->open || !slice_equal(a->text, b->text))
		return false;
	if (a->type == TEXT_SECTION)
		return same_section(a->section, b->section);
	if (a->type == TEXT_REFERENCE)
		return same_reference(a->reference, b->reference);
	return same_slice(a->extra, b->extra) &&
	       (a->type != TEXT_EMPHASIS || a->number == b->number);
}

static inline bool same_text(const struct text_node *a, const struct text_node *b)
{
	const struct text_node *left = a->first, *right = b->first;

	if (!same_node(a, b))
		return false;
	for (; left && right; left = left->next, right = right->next) {
		if (!same_text(left, right))
			return false;
	}
	return left == right;
}

static inline bool same_json(const struct json *a, const struct json *b)
{
	const struct json *other = json_first(b);

	if (a->kind != b->kind || a->number != b->number || json_count(a) != json_count(b) ||
	    (a->kind == JSON_STRING && strcmp(a->string, b->string) != 0))
		return false;
	for (const struct json *item = json_first(a); item; item = item->next) {
		const struct json *match = item->key ? json_get(b, item->key) : other;

		if (!match || !same_json(item, match))
			return false;
		other = other->next;
	}
	return true;
}

#endif
