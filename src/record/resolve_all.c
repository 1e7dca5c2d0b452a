/* Resolves the references of a whole record. */
#include "record/names.h"

struct resolving {
	struct factor_record *record;
	const struct record_names *names;
	const struct record_element *around;
	struct error **err;
};

static const char *const places[] = {
    [TARGET_FACTOR_LOCAL] = "factor-local/",
    [TARGET_PROJECT_LOCAL] = "project-local/",
    [TARGET_CONTEXT_LOCAL] = "context-local/",
    [TARGET_REMOTE] = "remote/",
    [TARGET_INVALID] = "invalid/",
};

/* Append a part of a hyperlink without what would end it. */
static void add_escaped(struct str *ret, struct slice text)
{
	str_add_encoded(ret, text, "<>[]`");
}

/* Of a cast only the first segment counts where nothing was found. */
static struct slice first_segment(struct slice cast)
{
	struct slice ret;

	return slice_next(&cast, '/', &ret) ? ret : cast;
}

void target_reference(struct arena *arena, const struct record_target *target, const char *before,
    struct text_reference *ret, struct slice *ret_source)
{
	autostr struct str text = STR_INIT;
	bool is_cast = target->place == TARGET_INVALID && ret->cast.len;

	str_adds(&text, before);
	str_adds(&text, places[target->place]);
	str_add_slice(&text, is_cast ? first_segment(ret->cast) : target->kind);
	ret->cast = arena_slice(arena, str_slice(&text));
	str_truncate(&text, 0);
	str_addc(&text, '<');
	add_escaped(&text, target->link);
	if (target->title.data) {
		str_addc(&text, '[');
		add_escaped(&text, target->title);
		str_addc(&text, ']');
	}
	str_addc(&text, '>');
	*ret_source = arena_slice(arena, str_slice(&text));
	ret->kind = REFERENCE_HYPERLINK;
	ret->title = target->title;
	ret->url = target->link;
	ret->target = target;
}

static int resolve_reference(const struct resolving *resolving, struct text_node *node)
{
	const struct record_target *target;
	int result;

	if (node->reference->kind != REFERENCE_NORMAL)
		return 0;
	result = (node->reference->is_end ? resolve_end_name : resolve_name)(resolving->record,
	    resolving->names, resolving->around, node->text, &target, resolving->err);
	if (result < 0)
		return -1;
	if (target)
		target_reference(
		    &resolving->record->arena, target, "", node->reference, &node->text);
	return 0;
}

/* Trees of texts are at most TEXT_DEPTH_LIMIT deep. */
static int resolve_text(const struct resolving *resolving, struct text_node *node)
{
	if (node->type == TEXT_REFERENCE)
		return resolve_reference(resolving, node);
	for (struct text_node *child = node->first; child; child = child->next) {
		if (resolve_text(resolving, child) < 0)
			return -1;
	}
	return 0;
}

/* What an interface means by a name: an element that the module has, too, or another factor. */
static int resolve_interface(const struct resolving *resolving, const struct record_element *around,
    struct record_type *type)
{
	const struct record_target *target;
	struct record_target *own;

	if (resolve_type_name(type->interface, resolving->names, record_type_scope(type, around),
		type->reference, &target, resolving->err) < 0)
		return -1;
	if (target->place != TARGET_FACTOR_LOCAL) {
		type->target = target;
		return 0;
	}
	own = arena_alloc(&resolving->record->arena, sizeof(*own));
	*own = *target;
	own->element = factor_record_find(resolving->record, target->path);
	type->target = own->element ? own : NULL;
	return 0;
}

static int resolve_type(const struct resolving *resolving, const struct record_element *around,
    struct record_type *type)
{
	if (!type->reference.len)
		return 0;
	if (type->interface)
		return resolve_interface(resolving, around, type);
	return resolve_type_name(resolving->record, resolving->names, around, type->reference,
	    &type->target, resolving->err);
}

static int resolve_types(const struct resolving *resolving, const struct record_element *around,
    struct record_type *type)
{
	for (; type; type = type->next) {
		if (resolve_type(resolving, around, type) < 0)
			return -1;
	}
	return 0;
}

/* Annotations and bases are evaluated in what contains the element, where no parameter is seen. */
static int resolve_element(struct resolving *resolving, struct record_element *element)
{
	const struct record_element *outer = element->parent ? element->parent : element;

	resolving->around = element;
	if (element->documentation && element->type != ELEMENT_PARAMETER &&
	    resolve_text(resolving, element->documentation) < 0)
		return -1;
	if (element->type == ELEMENT_PARAMETER)
		outer = element->parent->parent;
	if (resolve_types(resolving, outer, element->annotation) < 0 ||
	    resolve_types(resolving, outer, element->bases) < 0)
		return -1;
	for (struct record_element *parameter = element->parameters; parameter;
	     parameter = parameter->next) {
		if (resolve_element(resolving, parameter) < 0)
			return -1;
	}
	for (struct record_element *child = element->first; child; child = child->next) {
		if (resolve_element(resolving, child) < 0)
			return -1;
	}
	return 0;
}

int resolve_all(struct factor_record *record, const struct record_names *names, struct error **err)
{
	struct resolving resolving = {record, names, NULL, err};

	return resolve_element(&resolving, record->module);
}
