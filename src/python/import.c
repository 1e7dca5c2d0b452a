#include "python/delineator.h"

/* Append the parts of a dotted name. */
static void add_path(struct delineator *delineator, struct element *element, struct slice name)
{
	struct slice part;

	while (slice_next(&name, '.', &part))
		texts_add(&element->path, delineator->arena, part);
}

static void add_import(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_alias_seq *names = statement->v.Import.names;
	struct stretch stretch = STRETCH(statement);

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		alias_ty alias = asdl_seq_GET(names, i);
		struct slice name = delineator_text(delineator, alias->name), rest = name, first;
		struct element *element;

		(void)slice_next(&rest, '.', &first); /* a name has at least one part */
		if (alias->asname)
			first = delineator_text(delineator, alias->asname);
		element = scope_add(delineator, scope, ELEMENT_IMPORT, first, &stretch);
		element->renamed = alias->asname != NULL;
		element->lazy = version_is_lazy(statement);
		add_path(delineator, element, name);
	}
}

static void add_import_from(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_alias_seq *names = statement->v.ImportFrom.names;
	struct stretch stretch = STRETCH(statement);

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		alias_ty alias = asdl_seq_GET(names, i);
		struct slice name = delineator_text(delineator, alias->name);
		struct slice as = alias->asname ? delineator_text(delineator, alias->asname) : name;
		struct element *element = scope_add(
		    delineator, scope, ELEMENT_IMPORT, as, &stretch);

		if (statement->v.ImportFrom.module)
			add_path(delineator, element,
			    delineator_text(delineator, statement->v.ImportFrom.module));
		texts_add(&element->path, delineator->arena, name);
		element->renamed = alias->asname != NULL;
		element->from = true;
		element->relative = statement->v.ImportFrom.level;
		element->lazy = version_is_lazy(statement);
	}
}

void import_add(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	if (statement->kind == Import_kind)
		add_import(delineator, scope, statement);
	else
		add_import_from(delineator, scope, statement);
}

void import_add_local(struct delineator *delineator, stmt_ty statement)
{
	const struct scope scope = {.container = delineator->module};
	struct element *last = delineator->module->last;

	import_add(delineator, &scope, statement);
	for (last = last ? last->next : delineator->module->first; last; last = last->next)
		last->gone = true;
}
