#include "record/inventory.h"

#include <zlib.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/file.h"
#include "python/manual.h"

#define HEAD "# Sphinx inventory version 2\n"
#define LAST_OF_HEAD "compressed using zlib.\n"

/* How much is unpacked at a time. */
#define STEP ((size_t)256 << 10)

struct inventory_name {
	struct slice role;
	struct slice uri; /* may end in $ */
	struct slice base;
	struct slice url, kind; /* made when it is first looked up */
};

/* Reading */

static int fail_inventory(const char *name, const char *problem, struct error **err)
{
	return fail_at(err, name, 0, 0, NULL, "%s", problem);
}

/* Cut off the four lines of text. */
static int take_head(struct slice *content, const char *name, struct error **err)
{
	struct slice line = *content;

	if (!slice_starts(*content, SLICE_LITERAL("# Sphinx inventory version ")))
		return fail_inventory(name, "no inventory of Sphinx", err);
	if (!slice_starts(*content, SLICE_LITERAL(HEAD)))
		return fail_inventory(name, "an inventory of another version than 2", err);
	for (int i = 0; i < 4; i++) {
		const char *end = memchr(content->data, '\n', content->len);

		if (!end)
			return fail_inventory(name, "the head of the inventory is cut off", err);
		line = slice_of(content->data, (size_t)(end + 1 - content->data));
		*content = slice_of(end + 1, content->len - line.len);
	}
	if (!slice_ends(line, SLICE_LITERAL(LAST_OF_HEAD)))
		return fail_inventory(name, "an inventory that is not compressed by zlib", err);
	return 0;
}

static int unpack_all(z_stream *stream, const char *name, struct str *ret, struct error **err)
{
	int result = Z_OK;

	while (result == Z_OK && ret->len <= INVENTORY_SIZE_LIMIT) {
		str_reserve(ret, STEP);
		stream->next_out = (unsigned char *)ret->data + ret->len;
		stream->avail_out = (unsigned)STEP;
		result = inflate(stream, Z_NO_FLUSH);
		ret->len += STEP - stream->avail_out;
	}
	if (ret->len > INVENTORY_SIZE_LIMIT)
		return fail_at(err, name, 0, 0, NULL, "unpacked, larger than %zu MiB",
		    INVENTORY_SIZE_LIMIT >> 20);
	if (result == Z_MEM_ERROR)
		return fail(err, ERROR_SYSTEM, "not enough memory to unpack '%s'", name);
	if (result != Z_STREAM_END)
		return fail_inventory(name, "the inventory is damaged or cut off", err);
	return 0;
}

static int unpack(struct slice content, const char *name, struct str *ret, struct error **err)
{
	z_stream stream = {
	    .next_in = (unsigned char *)content.data, .avail_in = (unsigned)content.len};
	int result;

	if (inflateInit(&stream) != Z_OK)
		return fail(err, ERROR_SYSTEM, "not enough memory to unpack '%s'", name);
	result = unpack_all(&stream, name, ret, err);
	(void)inflateEnd(&stream); /* of a stream that was initialized it cannot fail */
	return result;
}

static bool is_integer(struct slice text)
{
	uint64_t number;

	if (slice_starts(text, SLICE_LITERAL("-")))
		text = slice_from(text, 1);
	return slice_number(text, &number);
}

/* A line `NAME py:ROLE PRIORITY URI TITLE`. Names of Python have no white space. */
static bool parse_line(struct slice line, struct slice *ret_name, struct inventory_name *ret)
{
	struct slice role, priority;

	if (!slice_is_utf8(line) || !slice_next(&line, ' ', ret_name) || !ret_name->len ||
	    !slice_next(&line, ' ', &role) || !slice_starts(role, SLICE_LITERAL("py:")) ||
	    !slice_next(&line, ' ', &priority) || !is_integer(priority) ||
	    !slice_next(&line, ' ', &ret->uri) || !ret->uri.len)
		return false;
	ret->role = slice_from(role, 3);
	return ret->role.len > 0;
}

static int add_name(struct inventories *inventories, struct slice name,
    const struct inventory_name *found, const char *shown, struct error **err)
{
	void **place = map_at(&inventories->names, name);
	struct inventory_name *known;

	if (*place)
		return 0;
	if (inventories->count++ == INVENTORY_NAME_LIMIT)
		return fail_at(err, shown, 0, 0, NULL, "more than %zu names in the inventories",
		    INVENTORY_NAME_LIMIT);
	known = arena_alloc(&inventories->arena, sizeof(*known));
	*known = *found;
	*place = known;
	return 0;
}

int inventories_read(struct inventories *inventories, struct slice content, struct slice base,
    const char *name, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct slice rest, line, key;

	if (content.len > INVENTORY_FILE_LIMIT)
		return fail_at(
		    err, name, 0, 0, NULL, "larger than %zu MiB", INVENTORY_FILE_LIMIT >> 20);
	if (take_head(&content, name, err) < 0 || unpack(content, name, &text, err) < 0)
		return -1;
	rest = arena_slice(&inventories->arena, str_slice(&text));
	base = arena_slice(&inventories->arena, base);
	while (slice_next(&rest, '\n', &line)) {
		struct inventory_name found = {.base = base};

		if (slice_ends(line, SLICE_LITERAL("\r")))
			line.len--;
		if (parse_line(line, &key, &found) &&
		    add_name(inventories, key, &found, name, err) < 0)
			return -1;
	}
	return 0;
}

int inventories_add(struct inventories *inventories, const char *argument, struct error **err)
{
	autostr struct str content = STR_INIT;
	autostr struct str base = STR_INIT;
	const char *equal = strrchr(argument, '='), *path = argument;

	if (equal && strstr(argument, "://") && strstr(argument, "://") < equal) {
		str_add(&base, argument, (size_t)(equal - argument));
		if (!slice_ends(str_slice(&base), SLICE_LITERAL("/")))
			str_addc(&base, '/');
		path = equal + 1;
	}
	if (file_read(path, INVENTORY_FILE_LIMIT, &content, NULL, err) < 0)
		return -1;
	return inventories_read(inventories, str_slice(&content), str_slice(&base), path, err);
}

int inventories_add_manual(struct inventories *inventories, struct error **err)
{
	return inventories_read(inventories,
	    slice_of((const char *)manual_inventory, manual_inventory_size), slice_c(manual_url),
	    "names of the standard library", err);
}

bool inventories_lookup(void *context, struct slice name, struct record_outside *ret)
{
	struct inventories *inventories = context;
	const struct map_entry *entry = map_find(&inventories->names, name);
	struct inventory_name *found = entry ? entry->value : NULL;
	bool ends_in_name;

	if (!found)
		return false;
	ends_in_name = slice_ends(found->uri, SLICE_LITERAL("$"));
	if (!found->url.data) {
		found->kind = slice_c(arena_printf(
		    &inventories->arena, "python-%.*s", (int)found->role.len, found->role.data));
		found->url = slice_c(arena_printf(&inventories->arena, "%.*s%.*s%.*s",
		    (int)found->base.len, found->base.data, (int)(found->uri.len - ends_in_name),
		    found->uri.data, ends_in_name ? (int)name.len : 0, name.data));
	}
	*ret = (struct record_outside){found->kind, found->url};
	return true;
}

void inventories_add_names(const struct inventories *inventories, struct str *ret)
{
	for (size_t i = 0; i < inventories->names.count; i++) {
		const struct map_entry *entry = &inventories->names.entries[i];
		const struct inventory_name *name = entry->value;

		str_add_part(ret, entry->key);
		str_add_part(ret, name->role);
		str_add_part(ret, name->base);
		str_add_part(ret, name->uri);
	}
}

void inventories_release(struct inventories *inventories)
{
	map_release(&inventories->names);
	arena_release(&inventories->arena);
}

/* Writing */

static int compare_items(const void *a, const void *b)
{
	const struct inventory_item *left = a, *right = b;
	int order = slice_compare(left->name, right->name);

	if (!order)
		order = strcmp(left->role, right->role);
	return order ? order : slice_compare(left->uri, right->uri);
}

static bool is_word(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] <= ' ')
			return false;
	}
	return text.len > 0;
}

/* A line without its control characters. */
static void add_line(struct str *ret, const char *key, struct slice value)
{
	str_addf(ret, "# %s: ", key);
	for (size_t i = 0; i < value.len; i++) {
		if ((unsigned char)value.data[i] >= ' ')
			str_addc(ret, value.data[i]);
	}
	str_addc(ret, '\n');
}

static void add_item(struct str *ret, const struct inventory_item *item)
{
	struct slice uri = item->uri;
	bool ends_in_name = slice_ends(uri, item->name);

	if (ends_in_name)
		uri.len -= item->name.len;
	str_add_slice(ret, item->name);
	str_addf(ret, " py:%s %d ", item->role, strcmp(item->role, "module") == 0 ? 0 : 1);
	str_add_slice(ret, uri);
	str_adds(ret, ends_in_name ? "$ -\n" : " -\n");
}

static void pack(struct slice text, struct str *ret)
{
	uLongf size = compressBound(text.len);

	str_reserve(ret, size);
	/* The space is enough, so that only memory can be missing. The best compression takes four
	 * times as long, for a hundredth of the size. */
	if (compress2((unsigned char *)ret->data + ret->len, &size,
		(const unsigned char *)text.data, text.len, Z_DEFAULT_COMPRESSION) != Z_OK)
		out_of_memory();
	ret->len += size;
}

void inventory_write(struct slice project, struct slice version, struct inventory_item *items,
    size_t count, struct str *ret)
{
	autostr struct str text = STR_INIT;

	array_sort(items, count, sizeof(*items), compare_items);
	for (size_t i = 0; i < count; i++) {
		if (is_word(items[i].name) && is_word(items[i].uri))
			add_item(&text, &items[i]);
	}
	str_adds(ret, HEAD);
	add_line(ret, "Project", project);
	add_line(ret, "Version", version);
	str_adds(ret, "# The remainder of this file is compressed using zlib.\n");
	pack(str_slice(&text), ret);
}
