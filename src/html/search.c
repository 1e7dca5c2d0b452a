#include "html/search.h"

#include "base/json.h"

#include <stdlib.h>

/* How much of a text is kept, in bytes. */
#define TEXT_BYTES 80

/* A page, and what is between pages and lines of the index. */
struct search_page {
	struct slice place, title, text;
};

/* Kinds and the letters that stand for them. */
static const struct {
	const char *kind;
	char letter;
} kinds[] = {{"class", 'c'}, {"function", 'f'}, {"method", 'm'}, {"classmethod", 'k'},
    {"staticmethod", 's'}, {"abstractmethod", 'b'}, {"property", 'p'}, {"abstractproperty", 'q'},
    {"data", 'd'}, {"field", 'i'}, {NULL, 'o'}};

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity ? 2 * *capacity : 64;
	return xreallocarray(items, *capacity, size);
}

size_t search_add_page(
    struct search_index *index, struct slice place, struct slice title, struct slice text)
{
	index->pages = grown(
	    index->pages, index->page_count, &index->page_capacity, sizeof(*index->pages));
	index->pages[index->page_count] = (struct search_page){place, title, text};
	return index->page_count++;
}

void search_add(struct search_index *index, const struct search_entry *entry)
{
	index->entries = grown(
	    index->entries, index->count, &index->capacity, sizeof(*index->entries));
	index->entries[index->count++] = *entry;
}

/* Append a text without what separates texts here, and of a long one the beginning. */
static void add_text(struct str *ret, struct slice text, size_t limit)
{
	struct slice word, rest = slice_trim(text);
	size_t begin = ret->len;

	while (rest.len) {
		for (word = slice_of(rest.data, 0); word.len < rest.len; word.len++) {
			if (char_is_space(rest.data[word.len]))
				break;
		}
		if (ret->len > begin && ret->len - begin + word.len + 1 > limit) {
			str_adds(ret, "\xe2\x80\xa6");
			return;
		}
		str_adds(ret, ret->len > begin ? " " : "");
		str_add_slice(ret, word);
		rest = slice_trim(slice_from(rest, word.len));
	}
}

static char letter_of(const char *kind)
{
	size_t i = 0;

	while (kinds[i].kind && strcmp(kinds[i].kind, kind) != 0)
		i++;
	return kinds[i].letter;
}

/* The part that has a name: its first letter after underscores, in lower case, or 0. */
static char part_of(struct slice name)
{
	char c;

	while (name.len && *name.data == '_')
		name = slice_from(name, 1);
	c = name.len ? (char)(*name.data | 0x20) : '0';
	return c >= 'a' && c <= 'z' ? c : '0';
}

static void add_entry(struct str *ret, const struct search_entry *entry)
{
	const struct slice fields[] = {entry->text, entry->type, entry->public};
	size_t end;

	str_addc(ret, letter_of(entry->kind));
	str_adds(ret, entry->is_deprecated ? "!" : "");
	str_adds(ret, entry->is_internal ? "~" : "");
	str_add_slice(ret, entry->name);
	end = ret->len;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		str_addc(ret, '\t');
		add_text(ret, fields[i], i == 2 ? SIZE_MAX : TEXT_BYTES);
		if (fields[i].len)
			end = ret->len;
	}
	str_truncate(ret, end);
	str_addc(ret, '\n');
}

/* What entries up to the next mark have in common. */
static void add_mark(struct str *ret, const struct search_entry *entry)
{
	str_addf(ret, "@%zu", entry->page);
	str_adds(ret, entry->parent.len ? " " : "");
	str_add_slice(ret, entry->parent);
	str_adds(ret, entry->origin.len ? "\t" : "");
	str_add_slice(ret, entry->origin);
	str_addc(ret, '\n');
}

/* Append the entries of a part, or all of them if it is '\0'. */
static void add_entries(const struct search_index *index, char part, struct str *ret)
{
	const struct search_entry *last = NULL;

	for (size_t i = 0; i < index->count; i++) {
		const struct search_entry *entry = &index->entries[i];

		if (part && part_of(entry->name) != part)
			continue;
		if (!last || last->page != entry->page ||
		    !slice_equal(last->parent, entry->parent) ||
		    !slice_equal(last->origin, entry->origin))
			add_mark(ret, entry);
		add_entry(ret, entry);
		last = entry;
	}
}

static void add_pages(const struct search_index *index, struct str *ret)
{
	for (size_t i = 0; i < index->page_count; i++) {
		const struct search_page *page = &index->pages[i];

		add_text(ret, page->place, SIZE_MAX);
		str_addc(ret, '\t');
		add_text(ret, page->title, SIZE_MAX);
		str_addc(ret, '\t');
		add_text(ret, page->text, TEXT_BYTES);
		str_addc(ret, '\n');
	}
}

/* Append the call that gives the script an object. */
static void add_call(struct fields *ret, const char *name, const char *const keys[],
    const struct str *texts, size_t count)
{
	autostr struct str call = STR_INIT;
	struct json_writer json;

	str_adds(&call, "kilnIndex(");
	json_begin(&json, &call);
	json_object(&json);
	for (size_t i = 0; i < count; i++)
		json_member_slice(&json, keys[i], str_slice(&texts[i]));
	json_object_end(&json);
	str_adds(&call, ");\n");
	fields_adds(ret, name);
	fields_add(ret, str_slice(&call));
}

static void add_part(const struct search_index *index, char part, struct fields *ret)
{
	const char *const keys[] = {"part", "entries"};
	const char name[] = {'s', 'e', 'a', 'r', 'c', 'h', '-', part, '.', 'j', 's', '\0'};
	struct str texts[2] = {STR_INIT, STR_INIT};

	str_addc(&texts[0], part);
	add_entries(index, part, &texts[1]);
	add_call(ret, name, keys, texts, 2);
	str_release(&texts[0]);
	str_release(&texts[1]);
}

void search_finish(const struct search_index *index, struct fields *ret)
{
	const char *const keys[] = {"pages", "parts", "entries"};
	struct str texts[3] = {STR_INIT, STR_INIT, STR_INIT};

	add_pages(index, &texts[0]);
	add_entries(index, '\0', &texts[2]);
	if (texts[0].len + texts[2].len >= SEARCH_LIMIT) {
		bool has_part[128] = {false};

		str_release(&texts[2]);
		for (size_t i = 0; i < index->count; i++)
			has_part[(int)part_of(index->entries[i].name)] = true;
		for (int part = '0'; part <= 'z'; part++) {
			if (has_part[part])
				str_addc(&texts[1], (char)part);
		}
	}
	add_call(ret, "search.js", keys, texts, 3);
	for (size_t i = 0; i < texts[1].len; i++)
		add_part(index, texts[1].data[i], ret);
	for (size_t i = 0; i < 3; i++)
		str_release(&texts[i]);
}

void search_release(struct search_index *index)
{
	free(index->entries);
	free(index->pages);
	*index = (struct search_index){0};
}
