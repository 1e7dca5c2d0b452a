#include "base/packing.h"
#include "record/site_index.h"
#include "record/site_parts.h"

/* The longest sentence of a summary, in bytes. */
#define SENTENCE_LIMIT 200

/* Where the sentence that a text begins with ends. */
static size_t sentence_end(struct slice text)
{
	size_t end;

	for (size_t i = 0; i + 1 < text.len && i < SENTENCE_LIMIT; i++) {
		if (text.data[i] == '.' && char_is_space(text.data[i + 1]))
			return i + 1;
	}
	if (text.len <= SENTENCE_LIMIT)
		return text.len;
	end = SENTENCE_LIMIT;
	while (end && ((unsigned char)text.data[end] & 0xc0) == 0x80)
		end--;
	return end;
}

/* Append the first sentence of an element's documentation, as plain text. */
static void add_sentence(const struct record_element *element, struct str *ret)
{
	const struct text_node *node = element->documentation;
	size_t start = ret->len;

	for (node = node ? node->first : NULL; node; node = node->next) {
		if (node->type != TEXT_PARAGRAPH)
			continue;
		text_add_shown(node, ret);
		str_truncate(
		    ret, start + sentence_end(slice_of(str_c(ret) + start, ret->len - start)));
		return;
	}
}

/* Append the module that is as many dots up from another. */
static void add_above(struct slice module, bool is_package, int dots, struct str *ret)
{
	for (int i = is_package; i < dots; i++) {
		while (module.len && module.data[module.len - 1] != '.')
			module.len--;
		module.len -= module.len > 0;
	}
	str_add_slice(ret, module);
}

/* Append the name of what an import binds. */
static void add_import(
    const struct record_element *element, struct slice module, bool is_package, struct str *ret)
{
	const struct text *text = element->import_path.first;
	size_t start = ret->len;

	/* `import a.b` binds `a`. */
	if (element->relative < 0 && text && slice_equal(text->slice, element->identifier)) {
		str_add_slice(ret, text->slice);
		return;
	}
	if (element->relative > 0)
		add_above(module, is_package, element->relative, ret);
	for (; text; text = text->next) {
		if (ret->len > start)
			str_addc(ret, '.');
		str_add_slice(ret, text->slice);
	}
}

/* The first component of a dotted name; *rest begins with the dot after it, if there is one. */
static struct slice first_of(struct slice name, struct slice *rest)
{
	const char *dot = memchr(name.data, '.', name.len);
	size_t len = dot ? (size_t)(dot - name.data) : name.len;

	*rest = slice_from(name, len);
	return slice_of(name.data, len);
}

/* The child of an element that binds a name; the last one, as after the whole body. */
static const struct record_element *bound(const struct record_element *around, struct slice name)
{
	const struct record_element *found = NULL;

	for (const struct record_element *child = around->first; child; child = child->next) {
		if (child->type != ELEMENT_FIELD && slice_equal(child->identifier, name))
			found = child;
	}
	return found;
}

struct slice site_absolute(struct factor_record *record, struct slice module, bool is_package,
    const struct record_element *around, struct slice name)
{
	autostr struct str absolute = STR_INIT;
	struct slice rest, first = first_of(name, &rest);
	const struct record_element *found = NULL;

	for (; around && !found; around = around->parent) {
		if (around->type == ELEMENT_CLASS || around->type == ELEMENT_MODULE)
			found = bound(around, first);
	}
	if (!found)
		return name;
	if (found->type == ELEMENT_IMPORT)
		add_import(found, module, is_package, &absolute);
	else
		str_addf(&absolute, "%.*s.%.*s", (int)module.len, module.data, (int)found->path.len,
		    found->path.data);
	str_add_slice(&absolute, rest);
	return arena_slice(&record->arena, str_slice(&absolute));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || (unsigned char)c >= 0x80;
}

/* Cut off the next word of a text; empty when there is none. */
static struct slice next_word(struct slice *rest)
{
	size_t first = 0, end;

	while (first < rest->len && !is_word(rest->data[first]))
		first++;
	for (end = first; end < rest->len && is_word(rest->data[end]);)
		end++;
	*rest = slice_from(*rest, first);
	return slice_of(rest->data, end - first);
}

/* Whether an import is written `NAME as NAME`, which exports it. */
static bool is_renamed_to_itself(
    const struct factor_record *record, const struct record_element *element)
{
	const struct text *last = element->import_path.last;

	if (element->relative < 0 || !last || !slice_equal(last->slice, element->identifier))
		return false;
	for (int line = element->area.first.line;
	     line <= element->area.last.line && (size_t)line <= record->line_count; line++) {
		struct slice rest = record->lines[line - 1], word;
		unsigned matched = 0;

		while ((word = next_word(&rest)).len) {
			rest = slice_of(word.data + word.len, rest.len - word.len);
			if (matched == 1 && slice_is(word, "as"))
				matched = 2;
			else if (slice_equal(word, element->identifier))
				matched = matched == 2 ? 3 : 1;
			else
				matched = 0;
			if (matched == 3)
				return true;
		}
	}
	return false;
}

static bool is_public(const struct factor_record *record, const struct record_element *element)
{
	if (element->is_public || element->type != ELEMENT_IMPORT)
		return element->is_public;
	return element->parent == record->module && is_renamed_to_itself(record, element);
}

struct summary {
	struct factor_record *record;
	struct slice name;
	bool is_package;
	struct str elements;
	size_t count;
};

static void add_bases(struct summary *summary, const struct record_element *element)
{
	size_t count = 0;

	for (const struct record_type *base = element->bases; base; base = base->next)
		count += base->reference.len > 0;
	pack_number(&summary->elements, count);
	for (const struct record_type *base = element->bases; base; base = base->next) {
		if (base->reference.len)
			pack_string(&summary->elements,
			    site_absolute(summary->record, summary->name, summary->is_package,
				element->parent, base->reference));
	}
}

static void add_element(
    struct summary *summary, const struct record_element *element, size_t parent)
{
	struct str *ret = &summary->elements;
	autostr struct str text = STR_INIT;
	size_t number = summary->count++;
	unsigned flags = (is_public(summary->record, element) ? SITE_PUBLIC : 0) |
			 (element->documented ? SITE_DOCUMENTED : 0) |
			 (element->deprecated.data ? SITE_DEPRECATED : 0);

	pack_number(ret, element->type);
	pack_number(ret, parent);
	pack_number(ret, flags);
	pack_string(ret, element->path);
	pack_string(ret, element->anchor);
	pack_string(ret, element->annotation ? element->annotation->syntax : slice_of("", 0));
	add_sentence(element, &text);
	pack_string(ret, str_slice(&text));
	pack_number(ret, (uint64_t)element->area.first.line);
	str_truncate(&text, 0);
	if (element->type == ELEMENT_IMPORT)
		add_import(element, summary->name, summary->is_package, &text);
	pack_string(ret, str_slice(&text));
	add_bases(summary, element);
	for (const struct record_element *child = element->first; child; child = child->next)
		add_element(summary, child, number);
}

void site_summarize(struct factor_record *record, struct slice name, bool is_package,
    struct slice source, struct str *ret)
{
	struct summary summary = {record, name, is_package, STR_INIT, 0};
	size_t count = 0;

	add_element(&summary, record->module, 0);
	for (const struct text *text = record->exported.first; text; text = text->next)
		count++;
	pack_string(ret, record->project);
	pack_string(ret, record->factor);
	pack_string(ret, name);
	pack_string(ret, source);
	pack_number(ret, is_package);
	pack_number(ret, record->has_exported);
	pack_number(ret, record->exported_open);
	pack_number(ret, count);
	for (const struct text *text = record->exported.first; text; text = text->next)
		pack_string(ret, text->slice);
	pack_number(ret, summary.count);
	str_add_slice(ret, str_slice(&summary.elements));
	str_release(&summary.elements);
}
