#include "record/site_index.h"

#include <stdlib.h>

#include "base/packing.h"
#include "record/site_parts.h"

/* The smallest element of a summary, in bytes. */
#define ELEMENT_SIZE 14

/* How many imports or bases a name may lead through, one after the other and in all: they may go
 * in circles. */
#define CHASE_DEPTH 32
#define CHASE_STEPS 1000

struct chase {
	unsigned depth, steps;
};

#define CHASE_START ((struct chase){CHASE_DEPTH, CHASE_STEPS})

static struct slice take_string(struct site_index *index, struct unpacker *unpacker)
{
	struct slice text = unpack_string(unpacker);

	return text.len ? arena_slice(&index->arena, text) : slice_of("", 0);
}

static struct slice *take_strings(
    struct site_index *index, struct unpacker *unpacker, size_t *ret_count)
{
	size_t count = unpack_count(unpacker, 2);
	struct slice *list = count ? arena_zalloc(&index->arena, count, sizeof(*list)) : NULL;

	for (size_t i = 0; i < count; i++)
		list[i] = take_string(index, unpacker);
	*ret_count = count;
	return list;
}

static void take_element(
    struct site_index *index, struct site_factor *factor, size_t number, struct unpacker *unpacker)
{
	struct site_element *element = &factor->elements[number];
	uint64_t parent, flags;

	element->factor = factor;
	element->type = (enum element_type)unpack_number(unpacker);
	parent = unpack_number(unpacker);
	flags = unpack_number(unpacker);
	if (element->type >= ELEMENT_TYPES || (number && parent >= number)) {
		unpacker->is_bad = true;
		return;
	}
	element->parent = number ? &factor->elements[parent] : NULL;
	element->is_public = flags & SITE_PUBLIC;
	element->is_documented = flags & SITE_DOCUMENTED;
	element->is_deprecated = flags & SITE_DEPRECATED;
	element->path = take_string(index, unpacker);
	element->anchor = take_string(index, unpacker);
	element->type_syntax = take_string(index, unpacker);
	element->sentence = take_string(index, unpacker);
	element->line = (int)unpack_number(unpacker);
	element->import = take_string(index, unpacker);
	element->bases = take_strings(index, unpacker, &element->base_count);
}

/* Chain the elements of one path, backwards, so that the first one is found at last. Of overloads
 * the implementation is documented. */
static void chain_namesakes(struct site_factor *factor)
{
	for (size_t i = factor->count; i--;) {
		struct site_element *element = &factor->elements[i];
		void **place = map_at(&factor->by_path, element->path);

		element->namesake = *place;
		*place = element;
		if (element->namesake && !element->sentence.len)
			element->sentence = element->namesake->sentence;
	}
}

static void set_places(struct site_index *index, struct site_factor *factor)
{
	autostr struct str place = STR_INIT;
	autofree char *path = xmemdup0(factor->path.data, factor->path.len);

	for (char *c = path; *c; c++)
		*c = *c == '.' ? '/' : *c;
	str_addf(&place, "%.*s/%s", (int)factor->project.len, factor->project.data, path);
	factor->place = slice_c(arena_printf(&index->arena, "%s.html", str_c(&place)));
	factor->source_place = slice_c(
	    arena_printf(&index->arena, "%s.source.html", str_c(&place)));
}

static bool is_public_name(struct slice name)
{
	struct slice part;

	while (slice_next(&name, '.', &part)) {
		if (record_is_private(part))
			return false;
	}
	return true;
}

static struct slice key_of(struct site_index *index, struct slice project, struct slice path)
{
	return slice_c(arena_printf(
	    &index->arena, "%.*s/%.*s", (int)project.len, project.data, (int)path.len, path.data));
}

static void add_factor(struct site_index *index, struct site_factor *factor)
{
	void **at;

	if (index->count == index->capacity) {
		index->capacity = 2 * index->capacity + 64;
		index->factors = xreallocarray(
		    index->factors, index->capacity, sizeof(*index->factors));
	}
	factor->number = index->count;
	index->factors[index->count++] = factor;
	at = map_at(&index->by_name, factor->name);
	if (!*at || (factor->is_package && !((const struct site_factor *)*at)->is_package))
		*at = factor;
	at = map_at(&index->by_path, key_of(index, factor->project, factor->path));
	if (!*at)
		*at = factor;
}

int site_index_add(struct site_index *index, struct slice summary, struct error **err)
{
	struct unpacker unpacker = unpacker_of(summary);
	struct site_factor *factor = arena_zalloc(&index->arena, 1, sizeof(*factor));

	factor->project = take_string(index, &unpacker);
	factor->path = take_string(index, &unpacker);
	factor->name = take_string(index, &unpacker);
	factor->source = take_string(index, &unpacker);
	factor->is_package = unpack_number(&unpacker);
	factor->has_exported = unpack_number(&unpacker);
	factor->exported_open = unpack_number(&unpacker);
	factor->exported = take_strings(index, &unpacker, &factor->exported_count);
	factor->is_public = is_public_name(factor->name);
	factor->count = unpack_count(&unpacker, ELEMENT_SIZE);
	factor->elements = arena_zalloc(&index->arena, factor->count, sizeof(*factor->elements));
	for (size_t i = 0; i < factor->count && !unpacker.is_bad; i++)
		take_element(index, factor, i, &unpacker);
	if (unpacker.is_bad || !factor->count)
		return fail(err, ERROR_INTERNAL, "a worker sent a wrong summary");
	chain_namesakes(factor);
	set_places(index, factor);
	add_factor(index, factor);
	return 0;
}

struct site_factor *site_factor_find(
    const struct site_index *index, struct slice project, struct slice path)
{
	autostr struct str key = STR_INIT;

	str_addf(&key, "%.*s/%.*s", (int)project.len, project.data, (int)path.len, path.data);
	return map_get(&index->by_path, str_slice(&key));
}

struct site_element *site_element_find(const struct site_factor *factor, struct slice path)
{
	return path.len ? map_get(&factor->by_path, path) : &factor->elements[0];
}

/* What a name of an import, of a base, or in a module with `from X import *` leads to. */
static struct site_element *lookup(
    const struct site_index *index, struct slice name, struct chase *chase);

/* Begin a step, which chase_leave() ends; false if there were too many. */
static bool chase_enter(struct chase *chase)
{
	if (!chase->depth || !chase->steps)
		return false;
	chase->depth--;
	chase->steps--;
	return true;
}

static struct site_element *member(
    const struct site_element *class, struct slice name, struct chase *chase)
{
	autostr struct str path = STR_INIT;
	struct site_element *found;

	str_addf(
	    &path, "%.*s.%.*s", (int)class->path.len, class->path.data, (int)name.len, name.data);
	found = map_get(&class->factor->by_path, str_slice(&path));
	if (found || !class->base_elements || !chase_enter(chase))
		return found;
	for (size_t i = 0; !found && i < class->base_count; i++) {
		if (class->base_elements[i])
			found = member(class->base_elements[i], name, chase);
	}
	chase->depth++;
	return found;
}

struct site_element *site_member(const struct site_element *class, struct slice name)
{
	struct chase chase = CHASE_START;

	return member(class, name, &chase);
}

static struct site_element *lookup_starred(const struct site_index *index,
    const struct site_factor *factor, struct slice name, struct chase *chase)
{
	struct site_element *found = NULL;

	for (size_t i = 0; !found && i < factor->count; i++) {
		struct slice import = factor->elements[i].import;
		autostr struct str absolute = STR_INIT;

		if (!slice_ends(import, SLICE_LITERAL(".*")))
			continue;
		str_addf(&absolute, "%.*s%.*s", (int)import.len - 1, import.data, (int)name.len,
		    name.data);
		found = lookup(index, str_slice(&absolute), chase);
	}
	return found;
}

static struct site_element *lookup_import(
    const struct site_index *index, struct slice import, struct slice rest, struct chase *chase)
{
	autostr struct str absolute = STR_INIT;

	str_add_slice(&absolute, import);
	if (rest.len)
		str_addf(&absolute, ".%.*s", (int)rest.len, rest.data);
	return lookup(index, str_slice(&absolute), chase);
}

/* What an element stands for, with `rest` behind it: of several imports of a path, and a definition
 * for when they fail, the first that leads to something of the site. NULL if an import leads
 * nowhere. */
static struct site_element *follow(const struct site_index *index, struct site_element *element,
    struct slice rest, struct chase *chase, bool *ret_is_import)
{
	struct site_element *found = NULL;

	for (; element && element->import.len && !found; element = element->namesake) {
		*ret_is_import = true;
		found = lookup_import(index, element->import, rest, chase);
	}
	if (!found && element)
		*ret_is_import = false;
	return found ? found : element;
}

/* What a name means in a module. */
static struct site_element *lookup_in(const struct site_index *index,
    const struct site_factor *factor, struct slice name, struct chase *chase)
{
	struct site_element *found = &factor->elements[0];
	struct slice part, rest = name;
	bool is_import = false;

	while (found && slice_next(&rest, '.', &part)) {
		if (found == &factor->elements[0]) {
			found = map_get(&factor->by_path, part);
			if (!found)
				return lookup_starred(index, factor, name, chase);
		} else {
			found = member(found, part, chase);
		}
		found = follow(index, found, rest, chase, &is_import);
		if (is_import)
			return found;
	}
	return found;
}

static struct site_element *lookup_module(
    const struct site_index *index, struct slice name, struct chase *chase)
{
	struct slice module = name;

	while (module.len) {
		const struct site_factor *factor = map_get(&index->by_name, module);

		if (factor && module.len == name.len)
			return &factor->elements[0];
		if (factor)
			return lookup_in(index, factor,
			    slice_of(name.data + module.len + 1, name.len - module.len - 1), chase);
		while (module.len && module.data[module.len - 1] != '.')
			module.len--;
		module.len -= module.len > 0;
	}
	return NULL;
}

static struct site_element *lookup(
    const struct site_index *index, struct slice name, struct chase *chase)
{
	struct site_element *found;

	if (!chase_enter(chase))
		return NULL;
	found = lookup_module(index, name, chase);
	chase->depth++;
	return found;
}

struct site_element *site_lookup(const struct site_index *index, struct slice name)
{
	struct chase chase = CHASE_START;

	return lookup(index, name, &chase);
}

struct site_element *site_lookup_in(
    const struct site_index *index, const struct site_factor *factor, struct slice name)
{
	struct chase chase = CHASE_START;

	return lookup_in(index, factor, name, &chase);
}

struct site_element *site_find_end(
    const struct site_index *index, struct slice project, struct slice name)
{
	autostr struct str key = STR_INIT;
	struct site_element *found;
	struct slice part;

	if (!slice_next(&name, '.', &part))
		return NULL;
	str_addf(&key, "%.*s/%.*s", (int)project.len, project.data, (int)part.len, part.data);
	found = map_get(&index->by_end, str_slice(&key));
	if ((const void *)found == index)
		return NULL;
	while (found && slice_next(&name, '.', &part))
		found = site_member(found, part);
	return found;
}

static void find_bases(struct site_index *index, struct site_element *element)
{
	if (element->type != ELEMENT_CLASS || !element->base_count)
		return;
	element->base_elements = arena_zalloc(
	    &index->arena, element->base_count, sizeof(*element->base_elements));
	for (size_t i = 0; i < element->base_count; i++) {
		struct site_element *base = site_lookup(index, element->bases[i]);

		if (base && base->type == ELEMENT_CLASS && base != element) {
			element->base_elements[i] = base;
			base->subclass_count++;
		}
	}
}

static void note_subclass(struct site_index *index, struct site_element *element)
{
	for (size_t i = 0; element->base_elements && i < element->base_count; i++) {
		struct site_element *base = element->base_elements[i];

		if (!base)
			continue;
		if (!base->subclasses) {
			base->subclasses = arena_zalloc(
			    &index->arena, base->subclass_count, sizeof(*base->subclasses));
			base->subclass_count = 0;
		}
		base->subclasses[base->subclass_count++] = element;
	}
}

static void for_each(
    struct site_index *index, void (*call)(struct site_index *index, struct site_element *element))
{
	for (size_t i = 0; i < index->count; i++) {
		for (size_t j = 0; j < index->factors[i]->count; j++)
			call(index, &index->factors[i]->elements[j]);
	}
}

/* The first number, from 2, with which no other factor has the name. */
static void find_unique_name(struct site_index *index, struct site_factor *factor)
{
	struct site_factor *meant = map_get(&index->by_name, factor->name);

	factor->unique_name = factor->name;
	while (meant != factor && map_get(&index->by_name, factor->unique_name))
		factor->unique_name = slice_c(arena_printf(&index->arena, "%.*s-%u",
		    (int)factor->name.len, factor->name.data, 2 + meant->twins++));
}

void site_index_finish(struct site_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		find_unique_name(index, index->factors[i]);
	for_each(index, find_bases);
	for_each(index, note_subclass);
}

void site_index_release(struct site_index *index)
{
	for (size_t i = 0; i < index->count; i++) {
		map_release(&index->factors[i]->by_path);
		free(index->factors[i]->guests);
	}
	free(index->factors);
	map_release(&index->by_name);
	map_release(&index->by_path);
	map_release(&index->by_end);
	arena_release(&index->arena);
	*index = (struct site_index){.count = 0};
}
