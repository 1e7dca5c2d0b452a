#include "record/factor_record.h"

const struct record_element *factor_record_find(
    const struct factor_record *record, struct slice path)
{
	return path.len ? map_get(&record->paths, path) : record->module;
}

/* Paths are looked up first, because there may be many parameters; several functions may have one
 * path. */
struct record_element *factor_record_parameter(
    const struct factor_record *record, const struct record_element *function, struct slice name)
{
	autostr struct str path = STR_INIT;
	struct record_element *found;

	if (!function->parameters)
		return NULL;
	str_add_slice(&path, function->path);
	str_adds(&path, path.len ? ".Parameters." : "Parameters.");
	str_add_slice(&path, name);
	found = map_get(&record->paths, str_slice(&path));
	if (!found || found->parent == function)
		return found;
	found = function->parameters;
	while (found && !slice_equal(found->identifier, name))
		found = found->next;
	return found;
}

const struct record_element *record_type_scope(
    const struct record_type *type, const struct record_element *around)
{
	const struct record_element *found;

	if (!type->interface)
		return around;
	found = around ? factor_record_find(type->interface, around->path) : NULL;
	return found ? found : type->interface->module;
}

void factor_record_split_lines(struct factor_record *record)
{
	struct slice source = record->source;
	struct slice *lines;
	size_t count = 1;

	for (size_t i = 0; i < source.len; i++)
		count += source.data[i] == '\n';
	lines = arena_zalloc(&record->arena, count, sizeof(*lines));
	for (size_t i = 0; i < count; i++) {
		if (!slice_next(&source, '\n', &lines[i]))
			lines[i] = slice_of("", 0);
	}
	record->lines = lines;
	record->line_count = count;
}

bool record_is_private(struct slice name)
{
	bool special = name.len > 4 && slice_starts(name, SLICE_LITERAL("__")) &&
		       slice_ends(name, SLICE_LITERAL("__"));

	return name.len && *name.data == '_' && !special;
}

bool record_is_data(const struct record_element *element)
{
	return element->type == ELEMENT_DATA || element->type == ELEMENT_FIELD;
}

bool record_is_callable(const struct record_element *element)
{
	switch (element->type) {
	case ELEMENT_FUNCTION:
	case ELEMENT_METHOD:
	case ELEMENT_CLASSMETHOD:
	case ELEMENT_STATICMETHOD:
	case ELEMENT_ABSTRACTMETHOD:
		return true;
	default:
		return false;
	}
}

void factor_record_release(struct factor_record *record)
{
	for (size_t i = 0; i < sizeof(record->json) / sizeof(*record->json); i++)
		json_free(record->json[i]);
	map_release(&record->paths);
	arena_release(&record->arena);
	*record = (struct factor_record){.elements = 0};
}
