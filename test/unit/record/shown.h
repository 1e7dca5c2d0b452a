/*
 * What a text shows: a form in which two trees are the same if readers see the same, whether its
 * strings are divided or not.
 */
#ifndef KILN_TEST_SHOWN_H
#define KILN_TEST_SHOWN_H

#include "record/text.h"

/* Write references as resolving does, so that they end where they end. */
static inline void end_references(struct arena *arena, struct text_node *node)
{
	if (node->type == TEXT_REFERENCE && node->reference->kind == REFERENCE_NORMAL) {
		struct slice name = node->text;
		const char *url = arena_printf(arena, "#%.*s", (int)name.len, name.data);

		node->reference->kind = REFERENCE_HYPERLINK;
		node->reference->url = slice_c(url);
		node->reference->title = slice_of(NULL, 0);
		node->text = slice_c(arena_printf(arena, "<%s>", url));
	}
	for (struct text_node *child = node->first; child; child = child->next)
		end_references(arena, child);
}

static inline void add_shown(const struct text_node *node, struct str *ret)
{
	if (node->type == TEXT_STRING) {
		str_add_slice(ret, node->text);
		return;
	}
	if (node->type == TEXT_BREAK) {
		str_addc(ret, '\n');
		return;
	}
	str_addf(ret, "\n{%d ", node->type);
	if (node->type == TEXT_EMPHASIS)
		str_addf(ret, "%d ", node->number);
	if (node->type != TEXT_PARAGRAPH && node->type != TEXT_ITEM)
		str_add_slice(ret, node->text);
	if (node->type == TEXT_SYNTAX || node->type == TEXT_ADMONITION ||
	    node->type == TEXT_LITERAL) {
		str_addc(ret, '|');
		str_add_slice(ret, node->extra.data ? node->extra : SLICE_LITERAL("none"));
	}
	for (const struct text_node *child = node->first; child; child = child->next)
		add_shown(child, ret);
	str_adds(ret, "}");
}

/* Whether a tree that is rendered and parsed again shows the same. References change. */
static inline bool is_shown_again(
    struct arena *arena, struct text_node *tree, struct str *ret_wanted, struct str *ret_found)
{
	autostr struct str rendered = STR_INIT;
	struct text_node *again;

	end_references(arena, tree);
	if (text_render(tree, &rendered, NULL) < 0)
		return false;
	add_shown(tree, ret_wanted);
	if (text_parse(arena, slice_of(arena_copy(arena, str_slice(&rendered)), rendered.len),
		TEXT_FILE, "rendered", NULL, &again, NULL) < 0)
		return false;
	add_shown(again, ret_found);
	return slice_equal(str_slice(ret_wanted), str_slice(ret_found));
}

#endif
