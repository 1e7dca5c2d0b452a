#include "record/write_chapter.h"

#include "delineation/words.h"
#include "record/chapter.h"
#include "record/join.h"

/* What and where the source is. */
static void add_meta(const struct record_page *page, struct str *ret)
{
	const struct record_source *source = page->source;
	const struct record_element *module = page->record->module;
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_member_slice(&json, "name", source->name);
	json_member_slice(&json, "project", source->project->path);
	json_member_slice(&json, "identifier", source->project->identifier);
	json_member_slice(&json, "factor", source->factor);
	json_member_slice(&json, "path", source->shown);
	json_member(&json, "type", page->record->is_chapter ? "meta.chapter" : "python.module");
	json_key(&json, "package");
	json_bool(&json, source->is_package);
	json_key(&json, "documented");
	json_bool(&json, module->documented);
	json_object_end(&json);
	str_addc(ret, '\n');
}

static void add_flag(struct json_writer *json, const char *name, bool value)
{
	if (!value)
		return;
	json_key(json, name);
	json_bool(json, true);
}

static void add_entry(struct json_writer *json, const struct record_element *element)
{
	json_object(json);
	json_member_slice(json, "path", element->path);
	json_member_slice(json, "anchor", element->anchor);
	json_member(json, "type", element_type_word(element->type));
	json_member_integer(json, "line", element->area.first.line);
	if (site_is_elsewhere(element->known)) {
		json_key(json, "home");
		json_object(json);
		json_member_slice(json, "project", element->known->home.factor->project);
		json_member_slice(json, "factor", element->known->home.factor->path);
		json_member_slice(json, "anchor", element->known->home.anchor);
		json_object_end(json);
	}
	add_flag(json, "public", element->known->is_public);
	add_flag(json, "documented", element->documented);
	add_flag(json, "deprecated", element->deprecated.data != NULL);
	json_object_end(json);
	for (const struct record_element *child = element->first; child; child = child->next)
		add_entry(json, child);
}

/* The elements, each before those in it. */
static void add_index(const struct record_page *page, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_array(&json);
	add_entry(&json, page->record->module);
	json_array_end(&json);
	str_addc(ret, '\n');
}

static int put_common(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	struct slice directory = page->source->directory;
	autostr struct str meta = STR_INIT;
	autostr struct str index = STR_INIT;

	add_meta(page, &meta);
	add_index(page, &index);
	if (record_output_put_in(output, directory, "meta.json", str_slice(&meta), err) < 0 ||
	    record_output_put_in(output, directory, "index.json", str_slice(&index), err) < 0)
		return -1;
	return record_output_put_in(output, directory, "source.txt", page->record->source, err);
}

static int write_text(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (join_chapter(page->record, page->source->origin, &text, err) < 0 ||
	    put_common(page, output, err) < 0)
		return -1;
	return record_output_put_in(
	    output, page->source->directory, "chapter.txt", str_slice(&text), err);
}

static int write_json(
    const struct record_page *page, struct record_output *output, struct error **err)
{
	const char *origin = page->source->origin;
	autostr struct str text = STR_INIT;
	autostr struct str json = STR_INIT;
	struct text_node *chapter;

	if (join_chapter(page->record, origin, &text, err) < 0 ||
	    text_parse(&page->record->arena, str_slice(&text), TEXT_FILE, origin, NULL, &chapter,
		err) < 0 ||
	    chapter_write_elements(chapter, &json, err) < 0 || put_common(page, output, err) < 0)
		return -1;
	return record_output_put_in(
	    output, page->source->directory, "chapter.json", str_slice(&json), err);
}

const struct record_writer record_writer_text = {
    .name = "text", .keeps_descriptions = true, .page = write_text};
const struct record_writer record_writer_json = {
    .name = "json", .keeps_descriptions = true, .page = write_json};
