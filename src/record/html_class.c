#include "record/html_writer.h"

/* At most this many classes above one are looked at: bases may lead in a circle. */
#define BASE_LIMIT 200u

/* The most names that are listed of a base: a page must not grow with the square of its source. */
#define NAME_LIMIT 200u

/* The last component of a path. */
struct slice html_name_of(struct slice path)
{
	size_t at = path.len;

	while (at && path.data[at - 1] != '.')
		at--;
	return slice_from(path, at);
}

void html_full_name(const struct site_element *element, struct str *ret)
{
	if (element->public.len) {
		str_add_slice(ret, element->public);
		return;
	}
	str_add_slice(ret, element->factor->name);
	str_addc(ret, '.');
	str_add_slice(ret, element->path);
}

static void add_class_link(struct html_writer *writer, const struct site_element *class)
{
	autostr struct str name = STR_INIT;

	html_full_name(class, &name);
	html_open_element(writer, class);
	html_text(writer->out, str_slice(&name));
	str_adds(writer->out, "</a>");
}

/* The element right below a class that comes after another one (NULL: the first); NULL after the
 * last. */
static const struct site_element *member_after(
    const struct site_element *class, const struct site_element *member)
{
	const struct site_element *end = class->factor->elements + class->factor->count;

	for (member = member ? member + 1 : class + 1; member < end; member++) {
		const struct site_element *above = member->parent;

		if (above == class)
			return member;
		/* Elements stand after their parents, those below a class next to it. */
		while (above && above != class)
			above = above->parent;
		if (!above)
			return NULL;
	}
	return NULL;
}

/* A public class has the members of a base that is not public. */
static bool is_shown(const struct site_element *member)
{
	return !record_is_private(html_name_of(member->path)) && member->type != ELEMENT_IMPORT;
}

/* Add what a class inherits from one base and its bases, without the names that are there. `left`
 * is how many classes may still be looked at. */
static void add_inherited(
    struct html_writer *writer, const struct site_element *base, struct map *names, unsigned *left)
{
	const struct site_element *member = NULL;
	unsigned count = 0;

	while ((member = member_after(base, member)) != NULL) {
		struct slice name = html_name_of(member->path);
		void **known;

		if (!is_shown(member) || slice_is(name, "__init__"))
			continue;
		known = map_at(names, name);
		if (*known)
			continue;
		*known = names;
		if (count > NAME_LIMIT)
			continue;
		if (count++ == NAME_LIMIT) {
			str_adds(writer->out, ", \xe2\x80\xa6");
			continue;
		}
		if (count == 1) {
			str_adds(writer->out, "<dt>Inherited from ");
			add_class_link(writer, base);
			str_adds(writer->out, "</dt>\n<dd>");
		}
		str_adds(writer->out, count > 1 ? ", " : "");
		html_open_element(writer, member);
		html_text(writer->out, name);
		str_adds(writer->out, "</a>");
	}
	str_adds(writer->out, count ? "</dd>\n" : "");
	for (size_t i = 0; i < base->base_count && *left; i++) {
		--*left;
		if (base->base_elements[i])
			add_inherited(writer, base->base_elements[i], names, left);
	}
}

static void add_subclasses(struct html_writer *writer, const struct site_element *class)
{
	if (!class->subclass_count)
		return;
	str_adds(writer->out, "<dt>Subclasses</dt>\n<dd>");
	for (size_t i = 0; i < class->subclass_count; i++) {
		str_adds(writer->out, i ? ", " : "");
		add_class_link(writer, class->subclasses[i]);
	}
	str_adds(writer->out, "</dd>\n");
}

void html_relatives(struct html_writer *writer, const struct site_element *class)
{
	const struct site_element *member = NULL;
	automap struct map names = {.count = 0};
	size_t begin = writer->out->len, empty;
	unsigned left = BASE_LIMIT;

	str_adds(writer->out, "<dl class=\"relatives\">\n");
	empty = writer->out->len;
	add_subclasses(writer, class);
	while ((member = member_after(class, member)) != NULL)
		*map_at(&names, html_name_of(member->path)) = &names;
	for (size_t i = 0; i < class->base_count; i++) {
		if (class->base_elements[i])
			add_inherited(writer, class->base_elements[i], &names, &left);
	}
	if (writer->out->len == empty)
		str_truncate(writer->out, begin);
	else
		str_adds(writer->out, "</dl>\n");
}

/* Of the elements of one path, as overloads are, the one with documentation; else NULL. */
static const struct site_element *documented(const struct site_element *element)
{
	const struct site_element *other = element;

	while (other && !(other->is_documented && slice_equal(other->path, element->path)))
		other = member_after(element->parent, other);
	return other;
}

static const struct site_element *inherited_from(
    const struct site_element *class, struct slice name, unsigned *left)
{
	for (size_t i = 0; i < class->base_count && *left; i++) {
		const struct site_element *base = class->base_elements[i], *found = NULL;

		--*left;
		if (base)
			found = site_member(base, name);
		found = found ? documented(found) : NULL;
		if (found)
			return found;
		/* The member that overrides it may have no documentation, either. */
		found = base ? inherited_from(base, name, left) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

const struct site_element *html_inherited(const struct site_element *member)
{
	unsigned left = BASE_LIMIT;

	if (!member->parent || member->parent->type != ELEMENT_CLASS)
		return NULL;
	return inherited_from(member->parent, html_name_of(member->path), &left);
}
