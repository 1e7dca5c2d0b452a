#include "record/loaded_chapter.h"

#include "record/chapter.h"

static const char elements_name[] = "delineated/elements.json";
static const char context_name[] = "delineated/context.json";

int loaded_check_chapter(const struct record_source *source, const struct loaded *loaded,
    struct notes *notes, struct error **err)
{
	autoarena struct arena arena = {NULL};
	struct text_node *chapter;

	return text_parse(
	    &arena, str_slice(&loaded->bytes), TEXT_FILE, source->origin, notes, &chapter, err);
}

int loaded_put_chapter(const struct record_source *source, const struct loaded *loaded,
    struct record_output *output, struct error **err)
{
	autoarena struct arena arena = {NULL};
	autostr struct str elements = STR_INIT;
	autostr struct str context = STR_INIT;
	struct text_node *chapter;

	if (text_parse(&arena, str_slice(&loaded->bytes), TEXT_FILE, source->origin, NULL, &chapter,
		err) < 0 ||
	    chapter_write_elements(chapter, &elements, err) < 0 ||
	    record_output_put_in(
		output, source->directory, elements_name, str_slice(&elements), err) < 0)
		return -1;
	if (!chapter_write_context(chapter, &context))
		return 0;
	return record_output_put_in(
	    output, source->directory, context_name, str_slice(&context), err);
}

void loaded_restore_chapter(const struct record_source *source, struct record_output *output)
{
	const char *const names[] = {elements_name, context_name};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		autofree char *path = xasprintf(
		    "%.*s/%s", (int)source->directory.len, source->directory.data, names[i]);
		struct stat stat;

		if (place_stat(place_below(output->root, path, path), &stat) == 0)
			record_output_keep(output, slice_c(path));
	}
}

int loaded_join_chapter(
    const struct record_source *source, struct loaded *loaded, struct error **err)
{
	struct factor_record *record = &loaded->record;
	struct record_element *module = arena_zalloc(&record->arena, 1, sizeof(*module));
	struct slice text = str_slice(&loaded->bytes);

	record->project = source->project->path;
	record->factor = source->factor;
	record->name = source->name;
	record->source = text;
	record->module = module;
	record->is_chapter = true;
	factor_record_split_lines(record);
	module->type = ELEMENT_MODULE;
	module->identifier = source->name;
	module->path = module->anchor = slice_of("", 0);
	module->area = (struct area){{1, 1}, {(int)record->line_count, 0}};
	module->relative = -1;
	module->documented = module->is_public = true;
	module->text = text;
	return text_parse(
	    &record->arena, text, TEXT_FILE, source->origin, NULL, &module->documentation, err);
}
