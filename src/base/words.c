#include "base/words.h"

static void quote(struct slice word, struct str *ret)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789@%+=:,./_-";
	size_t i = 0;

	while (i < word.len && word.data[i] && strchr(plain, word.data[i]))
		i++;
	if (i == word.len && word.len) {
		str_add_slice(ret, word);
		return;
	}
	str_addc(ret, '\'');
	for (i = 0; i < word.len; i++) {
		if (word.data[i] == '\'')
			str_adds(ret, "'\\''");
		else
			str_addc(ret, word.data[i]);
	}
	str_addc(ret, '\'');
}

void words_quote(const struct fields *words, struct str *ret)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i)
			str_addc(ret, ' ');
		quote(fields_at(words, i), ret);
	}
}

/* Whether a path may begin after `before`: not if `before` ends with a part of a longer path. */
static bool begins_path(struct slice before)
{
	while (before.len && !strchr(",:;=\"' ", before.data[before.len - 1])) {
		if (before.data[--before.len] == '/')
			return false;
	}
	return true;
}

void words_replace(const struct fields *words, struct slice from, struct slice to, const char *ends,
    struct fields *ret)
{
	autostr struct str word = STR_INIT;

	for (size_t i = 0; i < words->count; i++) {
		struct slice rest = fields_at(words, i);
		const char *found;

		str_truncate(&word, 0);
		while ((found = memmem(rest.data, rest.len, from.data, from.len))) {
			size_t before = (size_t)(found - rest.data);
			const char *after = found + from.len;
			const char *begin = fields_at(words, i).data;
			bool is_whole = (after == rest.data + rest.len || strchr(ends, *after)) &&
					begins_path(slice_of(begin, (size_t)(found - begin)));

			str_add(&word, rest.data, before);
			str_add_slice(&word, is_whole ? to : from);
			rest = slice_of(after, rest.len - before - from.len);
		}
		str_add_slice(&word, rest);
		fields_add(ret, str_slice(&word));
	}
}
