#include "record/docstring_parts.h"

bool has_any(struct slice text, const char *bytes)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] && strchr(bytes, text.data[i]))
			return true;
	}
	return false;
}

bool has_letter(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (is_name_byte(text.data[i]))
			return true;
	}
	return false;
}

/* Whether a text begins with a scheme that links may have, and more. */
bool begins_link(struct slice text)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (slice_starts(text, slice_c(schemes[i])) && text.len > strlen(schemes[i]))
			return true;
	}
	return false;
}

bool is_link(struct slice url)
{
	return begins_link(url) && !has_any(url, "<>[]`\"\\^{|} \t\n\r\v\f");
}

/* The text before ` <`, and that in the angle brackets at the end. */
bool split_title(struct slice text, struct slice *ret_title, struct slice *ret_target)
{
	const char *angle;

	if (!slice_ends(text, SLICE_LITERAL(">")))
		return false;
	angle = memrchr(text.data, '<', text.len);
	if (!angle || (angle > text.data && !char_is_space(angle[-1])))
		return false;
	*ret_title = text_strip(slice_of(text.data, (size_t)(angle - text.data)));
	*ret_target = slice_of(angle + 1, text.len - (size_t)(angle + 1 - text.data) - 1);
	return true;
}

struct slice find_target(const struct docstring *doc, struct slice name)
{
	autostr struct str key = STR_INIT;
	const struct slice *url;

	for (size_t i = 0; i < name.len; i++)
		str_addc(&key,
		    (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] - 'A' + 'a'
								      : name.data[i]));
	url = map_get(&doc->targets, str_slice(&key));
	return url ? *url : slice_of(NULL, 0);
}

/* `.. _NAME: URL` */
void doc_find_targets(struct docstring *doc)
{
	for (size_t i = 0; i < doc->count; i++) {
		struct slice text = doc->lines[i].text, *url;
		const char *colon;
		char *name;
		size_t len;

		if (!slice_starts(text, SLICE_LITERAL(".. _")))
			continue;
		text = slice_from(text, 4);
		colon = memmem(text.data, text.len, ": ", 2);
		if (!colon)
			continue;
		len = (size_t)(colon - text.data);
		name = arena_copy(doc->arena, slice_of(text.data, len));
		for (size_t j = 0; j < len; j++)
			name[j] = (char)(name[j] >= 'A' && name[j] <= 'Z' ? name[j] - 'A' + 'a'
									  : name[j]);
		url = arena_alloc(doc->arena, sizeof(*url));
		*url = text_strip(slice_from(text, len + 2));
		if (len > 1 && name[0] == '`' && name[len - 1] == '`')
			*map_at(&doc->targets, slice_of(name + 1, len - 2)) = url;
		else
			*map_at(&doc->targets, slice_of(name, len)) = url;
	}
}
