#include "delineation/words.h"
#include "factor/names.h"
#include "html/search.h"
#include "record/site_pages.h"

struct filling {
	struct search_index search;
	struct arena arena;
};

/* What an element is in that is documented elsewhere, unless it has another name there. */
static struct slice origin_of(
    struct filling *filling, const struct site_element *element, struct slice name)
{
	struct slice module = element->factor->name, parent = element->parent->path;

	if (!site_is_elsewhere(element) || !slice_equal(factor_path_name(element->path), name))
		return slice_of("", 0);
	return slice_c(arena_printf(&filling->arena, "%.*s%s%.*s", (int)module.len, module.data,
	    parent.len ? "." : "", (int)parent.len, parent.data));
}

/* Pages are numbered in the order of the site. */
static void add_element(struct filling *filling, const struct site_element *element)
{
	struct slice own = element->home.factor->name, public = element->public;
	struct slice path = element->home.path, parent = factor_path_parent(path);
	struct slice name = factor_path_name(path);
	/* Whether the name of the page and the path are the public name. */
	bool same = public.len == own.len + 1 + path.len && slice_starts(public, own);

	search_add(&filling->search, &(struct search_entry){
					 .page = element->home.factor->number,
					 .kind = element_type_word(element->type),
					 .parent = parent,
					 .origin = origin_of(filling, element, name),
					 .name = name,
					 .text = element->sentence,
					 .type = element->type_syntax,
					 .public = same ? slice_of("", 0) : public,
					 .is_deprecated = element->is_deprecated,
					 .is_internal = !public.len,
				     });
}

static void add_factor(struct filling *filling, const struct site_factor *factor)
{
	for (size_t i = 1; i < factor->count; i++) {
		const struct site_element *element = &factor->elements[i];

		if (element->type != ELEMENT_IMPORT && site_is_first(element))
			add_element(filling, element);
	}
}

static void filling_release(struct filling *filling)
{
	search_release(&filling->search);
	arena_release(&filling->arena);
}

int site_write_search(
    const struct site_index *index, struct record_output *output, struct error **err)
{
	CLEANUP(filling_release) struct filling filling = {.arena = {NULL}};
	autofields struct fields files = FIELDS_INIT;

	for (size_t i = 0; i < index->count; i++) {
		const struct site_factor *factor = index->factors[i];

		(void)search_add_page(/* it is factor->number */
		    &filling.search, factor->place, factor->name, factor->elements[0].sentence);
	}
	for (size_t i = 0; i < index->count; i++)
		add_factor(&filling, index->factors[i]);
	search_finish(&filling.search, &files);
	for (size_t i = 0; i + 1 < files.count; i += 2) {
		if (record_output_put(output, fields_at(&files, i), fields_at(&files, i + 1), err) <
		    0)
			return -1;
	}
	return 0;
}
