#include "record/check.h"

#include "base/file.h"
#include "base/packing.h"
#include "record/names.h"

static void render(const struct reporter *reporter, const char *path, const struct area *area,
    const struct str *message, struct str *ret)
{
	autoerror struct error *error = NULL;

	(void)fail_at(&error, path, area->first.line, area->first.column, NULL, "%s",
	    str_c(message)); /* always -1 */
	reporter_render(reporter, "error", error, ret);
}

/* References */

struct references {
	const char *path;
	const struct record_element *element;
	const struct reporter *reporter;
	struct str *ret;
	size_t count;
};

static void check_node(struct references *references, const struct text_node *node)
{
	const struct record_target *target = node->type == TEXT_REFERENCE ? node->reference->target
									  : NULL;
	autostr struct str message = STR_INIT;

	for (const struct text_node *child = node->first; child; child = child->next)
		check_node(references, child);
	if (!target || target->place != TARGET_INVALID || !target->link.len)
		return;
	str_adds(&message, "reference '&");
	/* Its link is `#NAME`. */
	str_add_printable(&message, slice_from(target->link, 1));
	str_adds(&message, "' means nothing");
	render(references->reporter, references->path, &references->element->area, &message,
	    references->ret);
	references->count++;
}

static void check_element(struct references *references, const struct record_element *element)
{
	const struct record_element *parameter = element->parameters;

	references->element = element;
	if (element->documentation)
		check_node(references, element->documentation);
	for (; parameter; parameter = parameter->next) {
		if (parameter->documentation)
			check_node(references, parameter->documentation);
	}
	for (const struct record_element *child = element->first; child; child = child->next)
		check_element(references, child);
}

/* Append messages about references that mean nothing. Returns how many. */
static size_t check_references(
    const struct record_page *page, const struct reporter *reporter, struct str *ret)
{
	struct references references = {
	    .path = page->source->origin, .reporter = reporter, .ret = ret};

	check_element(&references, page->record->module);
	return references.count;
}

/* Changes */

static void pack_change(void *context, const struct since_change *change)
{
	since_pack(change, context);
}

/* Append what changed, for since_list_take(). */
static int check_since(const struct since_tree *older, const struct record_page *page,
    struct str *ret, struct error **err)
{
	const struct since_module *module = since_tree_find(older, page->source, NULL);
	autosince_record struct since_record old = {.record = {.elements = 0}};

	if (module && since_record_read(module, &old, err) < 0)
		return -1;
	since_compare(module ? &old.record : NULL, page->record, pack_change, ret);
	return 0;
}

/* Append messages about the changes that break programs. Returns how many. */
static size_t check_changes(
    const struct since_list *list, const struct reporter *reporter, struct str *ret)
{
	static const struct area nowhere = {{0, 0}, {0, 0}};
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct since_item *item = &list->items[i];
		bool is_gone = item->change.kind == SINCE_REMOVED ||
			       item->change.kind == SINCE_MOVED;
		autostr struct str message = STR_INIT;

		if (item->change.kind == SINCE_ADDED)
			continue;
		since_describe(&item->change, item->name, &message);
		/* What is gone has no place any more. */
		render(
		    reporter, item->path, is_gone ? &nowhere : &item->change.area, &message, ret);
		count++;
	}
	return count;
}

/* Documentation */

struct documented {
	size_t public, documented;
};

static bool counts(const struct site_element *element)
{
	return element->public.len && element->type != ELEMENT_IMPORT && site_is_first(element);
}

static struct documented count(const struct site_index *index)
{
	struct documented result = {0, 0};

	for (size_t i = 0; i < index->count; i++) {
		const struct site_factor *factor = index->factors[i];

		for (size_t j = 0; j < factor->count; j++) {
			result.public += counts(&factor->elements[j]);
			result.documented += counts(&factor->elements[j]) &&
					     factor->elements[j].is_documented;
		}
	}
	return result;
}

/* Tenths of a percent, rounded down: 100 percent is all. */
static size_t tenths(const struct documented *documented)
{
	return documented->public ? documented->documented * 1000 / documented->public : 1000;
}

static void write_list(
    const struct site_index *index, const struct documented *documented, struct str *ret)
{
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	json_key(&json, "percent");
	json_number(&json, (double)tenths(documented) / 10);
	json_member_integer(&json, "public", (int64_t)documented->public);
	json_member_integer(&json, "documented", (int64_t)documented->documented);
	json_key(&json, "elements");
	json_array(&json);
	for (size_t i = 0; i < index->count; i++) {
		const struct site_factor *factor = index->factors[i];

		for (size_t j = 0; j < factor->count; j++) {
			const struct site_element *element = &factor->elements[j];

			if (!counts(element))
				continue;
			json_object(&json);
			json_member_slice(&json, "name", element->public);
			json_member_slice(&json, "source", factor->source);
			json_member_integer(&json, "line", element->line);
			json_key(&json, "documented");
			json_bool(&json, element->is_documented);
			json_object_end(&json);
		}
	}
	json_array_end(&json);
	json_object_end(&json);
	str_addc(ret, '\n');
}

/* Append a picture of 20 pixels height, with an estimate of the texts' widths. */
static void write_badge(const struct documented *documented, struct str *ret)
{
	size_t percent = tenths(documented) / 10;
	const char *colour = percent >= 90 ? "#2f7d46" : percent >= 60 ? "#8a6a00" : "#a33a2a";

	str_addf(ret,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"140\" height=\"20\" role=\"img\" "
	    "aria-label=\"documented: %zu%%\">\n"
	    "<title>documented: %zu%%</title>\n"
	    "<rect width=\"92\" height=\"20\" fill=\"#444\"/>\n"
	    "<rect x=\"92\" width=\"48\" height=\"20\" fill=\"%s\"/>\n"
	    "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\" "
	    "text-anchor=\"middle\">\n"
	    "<text x=\"46\" y=\"14\">documented</text>\n"
	    "<text x=\"116\" y=\"14\">%zu%%</text>\n"
	    "</g>\n</svg>\n",
	    percent, percent, colour, percent);
}

/* Append messages about what has no documentation. Returns how many. */
static size_t tell_missing(
    const struct record_site *site, const struct reporter *reporter, struct str *ret)
{
	size_t missing = 0;

	for (size_t i = 0; i < site->count; i++) {
		const struct site_factor *factor = site->factors[i];

		for (size_t j = 0; factor && j < factor->count; j++) {
			const struct site_element *element = &factor->elements[j];
			struct area area = {{element->line, 1}, {element->line, 1}};
			autostr struct str message = STR_INIT;

			if (!counts(element) || element->is_documented)
				continue;
			str_add_printable(&message, element->public);
			str_adds(&message, ": not documented");
			render(reporter, site->sources[i].origin, &area, &message, ret);
			missing++;
		}
	}
	return missing;
}

static void tell_percentage(
    const struct checking *checking, const struct documented *documented, struct str *ret)
{
	autoerror struct error *error = NULL;
	size_t percent = tenths(documented);

	(void)fail(&error, ERROR_INPUT,
	    "%zu.%zu%% of %zu public elements are documented, less than %u%%", percent / 10,
	    percent % 10, documented->public, checking->checks->documented); /* always -1 */
	reporter_render(checking->reporter, "error", error, ret);
}

static int check_documented(struct checking *checking, const struct record_site *site,
    struct record_output *output, struct str *messages, struct error **err)
{
	const struct record_checks *checks = checking->checks;
	struct documented documented = count(site->index);
	autostr struct str list = STR_INIT, badge = STR_INIT;

	write_list(site->index, &documented, &list);
	if (record_output_put(output, SLICE_LITERAL("documented.json"), str_slice(&list), err) < 0)
		return -1;
	write_badge(&documented, &badge);
	if (checks->badge && file_replace(place_at(checks->badge), str_slice(&badge),
				 file_default_mode(), 0, err) < 0)
		return -1;
	if (tenths(&documented) < (size_t)checks->documented * 10) {
		checking->found += tell_missing(site, checking->reporter, messages);
		tell_percentage(checking, &documented, messages);
	}
	return 0;
}

/* All of it */

/* Paths that have nothing in common would pass every check. */
static int fail_without_sources(const struct since_tree *older,
    const struct record_sources *sources, const char *since, struct error **err)
{
	for (size_t i = 0; i < sources->count; i++) {
		if (since_tree_find(older, &sources->items[i], NULL))
			return 0;
	}
	return fail(err, ERROR_USAGE,
	    "'%s' describes none of the sources: name the older version of the same directory",
	    since);
}

int checking_open(
    struct checking *checking, const struct record_sources *sources, struct error **err)
{
	const char *since = checking->checks->since;

	if (!since)
		return 0;
	if (since_tree_open(&checking->older, since, err) < 0)
		return -1;
	return sources->count ? fail_without_sources(&checking->older, sources, since, err) : 0;
}

int checking_page(const struct checking *checking, const struct record_page *page, struct str *ret,
    struct error **err)
{
	autostr struct str messages = STR_INIT, changes = STR_INIT;
	autoerror struct error *error = NULL;
	size_t found = 0;

	if (checking->checks->references)
		found = check_references(page, checking->reporter, &messages);
	if (checking->checks->since && check_since(&checking->older, page, &changes, &error) < 0) {
		if (error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		/* The page is right all the same. */
		reporter_render(checking->reporter, "error", error, &messages);
		found++;
	}
	pack_number(ret, found);
	pack_string(ret, str_slice(&messages));
	pack_string(ret, str_slice(&changes));
	return 0;
}

void checking_receive(struct checking *checking, const struct record_source *source,
    const struct site_factor *factor, struct slice packed, struct str *messages)
{
	struct unpacker unpacker = unpacker_of(packed);

	checking->found += unpack_number(&unpacker);
	str_add_slice(messages, unpack_string(&unpacker));
	since_list_take(&checking->changes, source, factor, unpack_string(&unpacker));
}

/* An older version that is malformed is a finding: the pages are right all the same. */
static int finish_changes(struct checking *checking, const struct record_sources *sources,
    struct str *messages, struct error **err)
{
	autoerror struct error *error = NULL;

	if (since_list_finish(&checking->changes, &checking->older, sources, &error) < 0) {
		if (error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		reporter_render(checking->reporter, "error", error, messages);
		checking->found++;
	}
	checking->found += check_changes(&checking->changes, checking->reporter, messages);
	return 0;
}

int checking_finish(struct checking *checking, const struct record_sources *sources,
    const struct record_site *site, struct record_output *output, struct str *messages,
    struct error **err)
{
	const struct record_checks *checks = checking->checks;

	if (checks->since && finish_changes(checking, sources, messages, err) < 0)
		return -1;
	if (!checks->documented && !checks->badge)
		return 0;
	return check_documented(checking, site, output, messages, err);
}

void checking_release(struct checking *checking)
{
	since_list_release(&checking->changes);
	since_tree_release(&checking->older);
}
