#include "delineation/words.h"
#include "html/search.h"
#include "record/site_pages.h"

static struct slice name_of(const struct site_element *element)
{
	size_t skip = element->parent->path.len ? element->parent->path.len + 1 : 0;

	return slice_of(element->path.data + skip, element->path.len - skip);
}

static void add_element(
    struct search_index *search, const struct site_element *element, size_t page)
{
	const struct site_factor *factor = element->factor;
	struct slice own = factor->name, public = element->public;
	/* Whether the name of the page and the path are the public name. */
	bool same = public.len == own.len + 1 + element->path.len && slice_starts(public, own);

	search_add(search, &(struct search_entry){
			       .page = page,
			       .kind = element_type_word(element->type),
			       .parent = element->parent->path,
			       .name = name_of(element),
			       .text = element->sentence,
			       .type = element->type_syntax,
			       .public = same ? slice_of("", 0) : public,
			       .is_deprecated = element->is_deprecated,
			       .is_internal = !public.len,
			   });
}

static void add_factor(struct search_index *search, const struct site_factor *factor)
{
	size_t page = search_add_page(
	    search, factor->place, factor->name, factor->elements[0].sentence);

	for (size_t i = 1; i < factor->count; i++) {
		const struct site_element *element = &factor->elements[i];

		/* Of equal paths the first. */
		if (element->type != ELEMENT_IMPORT && slice_equal(element->path, element->anchor))
			add_element(search, element, page);
	}
}

int site_write_search(
    const struct site_index *index, struct record_output *output, struct error **err)
{
	autosearch struct search_index search = {.count = 0};
	autofields struct fields files = FIELDS_INIT;

	for (size_t i = 0; i < index->count; i++)
		add_factor(&search, index->factors[i]);
	search_finish(&search, &files);
	for (size_t i = 0; i + 1 < files.count; i += 2) {
		if (record_output_put(output, fields_at(&files, i), fields_at(&files, i + 1), err) <
		    0)
			return -1;
	}
	return 0;
}
