#include <stdlib.h>

#include "record/inventory.h"
#include "record/site_pages.h"

/* The role of an element in Sphinx's domain of Python; NULL for one that has none. */
static const char *role_of(const struct site_element *element)
{
	bool is_member = element->parent && element->parent->parent;

	switch (element->type) {
	case ELEMENT_MODULE:
		return "module";
	case ELEMENT_CLASS:
		return "class";
	case ELEMENT_FUNCTION:
		return is_member ? "method" : "function";
	case ELEMENT_METHOD:
	case ELEMENT_ABSTRACTMETHOD:
		return "method";
	case ELEMENT_CLASSMETHOD:
		return "classmethod";
	case ELEMENT_STATICMETHOD:
		return "staticmethod";
	case ELEMENT_PROPERTY:
	case ELEMENT_ABSTRACTPROPERTY:
		return "property";
	case ELEMENT_DATA:
		return is_member ? "attribute" : "data";
	case ELEMENT_FIELD:
		return "attribute";
	default:
		return NULL;
	}
}

struct items {
	struct arena arena;
	struct inventory_item *list;
	size_t count, capacity;
};

static void add_item(struct items *items, const struct site_element *element, struct slice name)
{
	const char *role = role_of(element);
	autostr struct str uri = STR_INIT;

	if (!role || !name.len)
		return;
	if (items->count == items->capacity) {
		items->capacity = 2 * items->capacity + 256;
		items->list = xreallocarray(items->list, items->capacity, sizeof(*items->list));
	}
	html_site_url(
	    &uri, SLICE_LITERAL("index.html"), element->home.factor->place, element->home.anchor);
	items->list[items->count++] = (struct inventory_item){
	    name, role, arena_slice(&items->arena, str_slice(&uri))};
}

static struct slice join(struct items *items, struct slice module, struct slice path)
{
	return slice_c(arena_printf(
	    &items->arena, "%.*s.%.*s", (int)module.len, module.data, (int)path.len, path.data));
}

/* Add an element by its public name, the name where it is, and where else it is exported. */
static void add_element(struct items *items, const struct site_element *element)
{
	struct slice own = element->factor->name;

	if (!site_is_first(element))
		return;
	if (element->path.len)
		own = join(items, own, element->path);
	add_item(items, element, own);
	if (element->public.len && !slice_equal(element->public, own))
		add_item(items, element, element->public);
	for (const struct site_name *name = element->names; name; name = name->next) {
		struct slice other = join(items, name->factor->name, name->name);

		if (!slice_equal(other, element->public))
			add_item(items, element, other);
	}
}

int site_write_inventory(
    const struct record_site *site, struct record_output *output, struct error **err)
{
	const struct html_site *about = &site->settings->site;
	struct items items = {.count = 0};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < site->index->count; i++) {
		const struct site_factor *factor = site->index->factors[i];

		for (size_t j = 0; j < factor->count; j++)
			add_element(&items, &factor->elements[j]);
	}
	inventory_write(about->title, about->version, items.list, items.count, &text);
	free(items.list);
	arena_release(&items.arena);
	return record_output_put(output, SLICE_LITERAL("objects.inv"), str_slice(&text), err);
}
