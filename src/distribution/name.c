#include "distribution/name.h"

#include "base/path.h"

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_separator(char c)
{
	return c == '-' || c == '_' || c == '.';
}

bool distribution_is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!is_alphanumeric(name.data[i]) && !is_separator(name.data[i]))
			return false;
	return name.len > 0 && is_alphanumeric(name.data[0]) &&
	       is_alphanumeric(name.data[name.len - 1]);
}

static void add_normalized(struct str *ret, struct slice name, char separator)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!is_separator(c))
			str_addc(ret, (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
		else if (i == 0 || !is_separator(name.data[i - 1]))
			str_addc(ret, separator);
	}
}

void distribution_add_normalized(struct str *ret, struct slice name)
{
	add_normalized(ret, name, '-');
}

void distribution_add_stem(struct str *ret, struct slice name, struct slice version)
{
	add_normalized(ret, name, '_');
	str_addc(ret, '-');
	for (size_t i = 0; i < version.len; i++)
		str_addc(ret, version.data[i] == '-' ? '_' : version.data[i]);
}

/* Take NAME-VERSION apart that stands before the suffix. */
static bool take_apart(
    struct slice text, struct slice suffix, struct slice *ret_name, struct slice *ret_version)
{
	const char *dash;

	if (!slice_ends(text, suffix))
		return false;
	text.len -= suffix.len;
	dash = memchr(text.data, '-', text.len);
	if (!dash || dash == text.data || dash + 1 == text.data + text.len)
		return false;
	if (ret_name)
		*ret_name = slice_of(text.data, (size_t)(dash - text.data));
	if (ret_version)
		*ret_version = slice_of(dash + 1, (size_t)(text.data + text.len - dash - 1));
	return true;
}

bool distribution_is_dist_info(
    struct slice directory, struct slice *ret_name, struct slice *ret_version)
{
	return take_apart(directory, SLICE_LITERAL(".dist-info"), ret_name, ret_version);
}

bool distribution_is_egg_info(struct slice name, struct slice *ret_name)
{
	return take_apart(name, SLICE_LITERAL(".egg-info"), ret_name, NULL);
}

bool distribution_is_file(struct slice path, const char *name)
{
	return slice_is(path_name(path), name) &&
	       distribution_is_dist_info(path_name(path_parent(path)), NULL, NULL);
}

bool distribution_is_described_by(struct slice path)
{
	return slice_ends(path, SLICE_LITERAL(".dist-info")) ||
	       slice_ends(path, SLICE_LITERAL(".egg-info"));
}

struct slice distribution_directory(struct slice path)
{
	for (size_t len = 1; len <= path.len; len++) {
		struct slice part = slice_of(path.data, len);

		if ((len == path.len || path.data[len] == '/') &&
		    distribution_is_described_by(part))
			return part;
	}
	return slice_of("", 0);
}
