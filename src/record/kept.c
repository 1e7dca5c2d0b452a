#include "record/kept.h"

#include <unistd.h>

#include "base/file.h"
#include "base/path.h"

#define KEPT_LIMIT ((size_t)256 << 20)

/* The version of the format. */
#define KEPT_FORMAT 1

static bool is_list_of_paths(const struct json *files)
{
	if (!json_is(files, JSON_ARRAY))
		return false;
	for (const struct json *file = files->first; file; file = file->next) {
		if (file->kind != JSON_STRING || !path_is_confined(slice_c(file->string)))
			return false;
	}
	return true;
}

/* Read the file as JSON; NULL if it is missing or malformed. */
static int read_json(int directory, const char *shown, struct json **ret, struct error **err)
{
	autofree char *path = xasprintf("%s/" KEPT_NAME, shown);
	autostr struct str text = STR_INIT;
	autoerror struct error *problem = NULL;

	*ret = NULL;
	if (file_read_place(
		place_below(directory, KEPT_NAME, path), KEPT_LIMIT, &text, NULL, &problem) == 0)
		*ret = json_parse(str_slice(&text), path, KEPT_LIMIT, NULL);
	else if (problem->number && !errno_is_absence(problem->number))
		return fail_with(err, steal(&problem));
	return 0;
}

int kept_read(int directory, const char *shown, struct kept *ret, struct error **err)
{
	const struct json *format;

	if (read_json(directory, shown, &ret->json, err) < 0)
		return -1;
	format = json_get(ret->json, "format");
	if (!json_is(format, JSON_NUMBER) || format->number != KEPT_FORMAT)
		return 0;
	for (const struct json *item = json_first(json_get(ret->json, "pages")); item;
	     item = item->next) {
		struct kept_page *page = arena_zalloc(&ret->arena, 1, sizeof(*page));

		page->source = json_text(item, "source", "");
		page->content = json_text(item, "content", "");
		page->files = json_get(item, "files");
		if (is_list_of_paths(page->files))
			*map_at(&ret->pages, slice_c(json_text(item, "directory", ""))) = page;
	}
	return 0;
}

const struct kept_page *kept_find(const struct kept *kept, struct slice directory)
{
	return map_get(&kept->pages, directory);
}

bool kept_is_whole(const struct kept_page *page, int directory)
{
	for (const struct json *file = page->files->first; file; file = file->next) {
		if (faccessat(directory, file->string, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return false;
	}
	return true;
}

void kept_begin(struct json_writer *json, struct str *out)
{
	json_begin(json, out);
	json_object(json);
	json_member_integer(json, "format", KEPT_FORMAT);
	json_key(json, "pages");
	json_array(json);
}

void kept_add(struct json_writer *json, struct slice directory, const char *source,
    const char *content, struct slice files)
{
	struct slice file;

	json_object(json);
	json_member_slice(json, "directory", directory);
	json_member(json, "source", source);
	json_member(json, "content", content);
	json_key(json, "files");
	json_array(json);
	while (files.len && slice_next(&files, '\0', &file)) {
		if (file.len)
			json_string(json, file);
	}
	json_array_end(json);
	json_object_end(json);
}

int kept_end(struct json_writer *json, int directory, const char *shown, struct error **err)
{
	autofree char *path = xasprintf("%s/" KEPT_NAME, shown);

	json_array_end(json);
	json_object_end(json);
	str_addc(json->out, '\n');
	return file_replace(
	    place_below(directory, KEPT_NAME, path), str_slice(json->out), 0644, FILE_OVER, err);
}

void kept_release(struct kept *kept)
{
	map_release(&kept->pages);
	arena_release(&kept->arena);
	json_free(kept->json);
}
