#include "record/single.h"

#include "base/file.h"
#include "python/interpreter.h"
#include "python/source.h"
#include "record/description_files.h"
#include "record/join.h"

struct single {
	struct description_files files;
	struct str bytes, source;
	struct products products;
	struct record_names names;
	struct factor_record record;
};

static void single_release(struct single *single)
{
	factor_record_release(&single->record);
	products_release(&single->products);
	description_files_release(&single->files);
	str_release(&single->bytes);
	str_release(&single->source);
}

static int read_source(const char *path, struct single *single, struct error **err)
{
	if (file_read(path, FILE_READ_LIMIT, &single->bytes, NULL, err) < 0)
		return -1;
	if (!source_is_text(str_slice(&single->bytes)) && interpreter_need(err) < 0)
		return -1;
	return source_decode(str_slice(&single->bytes), NULL, path, &single->source, err);
}

static int find_project(
    const struct single_options *options, struct single *single, struct error **err)
{
	struct product *product = single->names.product;
	struct slice wanted = slice_c(options->project);

	single->names.project = map_get(&product->by_path, wanted);
	if (!single->names.project)
		return fail(err, ERROR_USAGE, "the product '%s' has no project '%s'",
		    options->product, options->project);
	return 0;
}

static int open_names(
    const struct single_options *options, struct single *single, struct error **err)
{
	struct factor_record *record = &single->record;
	struct slice rest;

	if (!options->product)
		return 0;
	single->names.product = product_open(&single->products, options->product, false, err);
	if (!single->names.product)
		return -1;
	if (options->project) {
		if (find_project(options, single, err) < 0)
			return -1;
	} else {
		single->names.project = product_split(single->names.product, record->name, &rest);
		record->factor = rest;
	}
	if (!single->names.project)
		return 0;
	record->project = single->names.project->path;
	return project_walk(single->names.project, err);
}

int single_chapter(
    const struct single_options *options, struct notes *notes, struct str *ret, struct error **err)
{
	CLEANUP(single_release) struct single single = {.record.elements = 0};
	struct record_parts parts = {.name = options->delineated};

	products_init(&single.products, options->listener);
	single.names.lookup = inventories_lookup;
	single.names.context = &options->settings->inventories;
	if (read_source(options->source, &single, err) < 0 ||
	    description_files_read(place_at(options->delineated), &single.files, err) < 0)
		return -1;
	description_files_parts(&single.files, &parts);
	parts.source = str_slice(&single.source);
	if (factor_record_read(&parts, options->settings->style, notes, &single.record, err) < 0 ||
	    open_names(options, &single, err) < 0)
		return -1;
	if (options->factor)
		single.record.factor = slice_c(options->factor);
	if (resolve_all(&single.record, &single.names, err) < 0)
		return -1;
	return join_chapter(&single.record, options->source, ret, err);
}
