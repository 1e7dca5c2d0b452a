#include "record/site_versions.h"

#include "base/array.h"
#include "base/file.h"
#include "base/path.h"
#include "base/presence.h"
#include "base/tree.h"

#define LIST_LIMIT ((size_t)4 << 20)

struct version {
	struct slice name, place;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Cut off the number, or what is none, that a name begins with. */
static struct slice cut(struct slice *rest)
{
	size_t len = 1;

	if (!rest->len)
		return *rest;
	while (len < rest->len && is_digit(rest->data[len]) == is_digit(*rest->data))
		len++;
	*rest = slice_from(*rest, len);
	return slice_of(rest->data - len, len);
}

static struct slice without_zeros(struct slice number)
{
	while (number.len > 1 && *number.data == '0')
		number = slice_from(number, 1);
	return number;
}

/* The rank of what follows an equal beginning: letters that are not a revision are of something
 * before it, and a full stop is of something after it. */
static int rank_of(struct slice part)
{
	if (!part.len)
		return 1;
	return is_digit(*part.data) || *part.data == '.' ? 2 : 0;
}

int site_compare_versions(struct slice a, struct slice b)
{
	while (a.len || b.len) {
		struct slice first = cut(&a), second = cut(&b);
		int order = rank_of(first) - rank_of(second);

		if (order)
			return order;
		if (first.len && is_digit(*first.data)) {
			first = without_zeros(first);
			second = without_zeros(second);
			order = (first.len > second.len) - (first.len < second.len);
		}
		order = order ? order : slice_compare(first, second);
		if (order)
			return order;
	}
	return 0;
}

static int compare_newest(const void *a, const void *b)
{
	const struct version *first = a, *second = b;
	int order = site_compare_versions(second->name, first->name);

	return order ? order : slice_compare(first->place, second->place);
}

/* The list as it is; *ret is NULL if there is none. */
static int read_list(const char *path, struct json **ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	int there = presence_of_file(path, err);

	*ret = NULL;
	if (there <= 0)
		return there;
	if (file_read(path, LIST_LIMIT, &text, NULL, err) < 0)
		return -1;
	*ret = json_parse(str_slice(&text), path, LIST_LIMIT, err);
	return *ret ? 0 : -1;
}

static void write_list(const struct version *versions, size_t count, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_array(&json);
	for (size_t i = 0; i < count; i++) {
		json_object(&json);
		json_member_slice(&json, "name", versions[i].name);
		json_member_slice(&json, "place", versions[i].place);
		json_object_end(&json);
	}
	json_array_end(&json);
}

static int put(const char *path, struct slice text, struct error **err)
{
	return file_replace(place_at(path), text, file_default_mode(), 0, err);
}

/* Put together the list: those that were there, and the new one. */
static size_t join(const struct json *list, struct version new, struct version *ret)
{
	size_t count = 0;

	for (const struct json *item = json_first(list); item; item = item->next) {
		struct version old = {
		    slice_c(json_text(item, "name", "")), slice_c(json_text(item, "place", ""))};

		if (old.name.len && old.place.len && !slice_equal(old.name, new.name) &&
		    !slice_equal(old.place, new.place))
			ret[count++] = old;
	}
	ret[count++] = new;
	array_sort(ret, count, sizeof(*ret), compare_newest);
	return count;
}

int site_note_version(const char *directory, struct slice version, struct error **err)
{
	autostr struct str whole = STR_INIT, text = STR_INIT, script = STR_INIT;
	autojson struct json *list = NULL;
	autofree struct version *versions = NULL;
	autofree char *path = NULL, *script_path = NULL;
	struct slice above;
	size_t count;

	if (tree_resolve(directory, &whole, err) < 0)
		return -1;
	above = path_parent(str_slice(&whole));
	path = xasprintf("%.*s/versions.json", (int)above.len, above.data);
	script_path = xasprintf("%.*s/versions.js", (int)above.len, above.data);
	if (read_list(path, &list, err) < 0)
		return -1;
	versions = xcalloc(json_count(list) + 1, sizeof(*versions));
	count = join(list, (struct version){version, path_name(str_slice(&whole))}, versions);
	write_list(versions, count, &text);
	str_addf(&script, "kilnVersions(%s);\n", str_c(&text));
	str_addc(&text, '\n');
	if (put(path, str_slice(&text), err) < 0)
		return -1;
	return put(script_path, str_slice(&script), err);
}
