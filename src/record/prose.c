#include "record/prose.h"

#include "record/html_writer.h"

/* The most bytes of a value or default that are shown. */
#define VALUE_LIMIT 200

static struct slice kept(struct prose *prose, const struct str *text)
{
	return arena_slice(prose->arena, str_slice(text));
}

/* Signatures */

static void add_type(const struct record_element *element, const char *before, struct str *ret)
{
	if (!element->annotation)
		return;
	str_adds(ret, before);
	str_add_slice(ret, element->annotation->syntax);
}

static void add_default(const struct record_element *parameter, struct str *ret)
{
	if (!parameter->default_syntax.data)
		return;
	str_adds(ret, parameter->annotation ? " = " : "=");
	if (parameter->default_syntax.len > VALUE_LIMIT)
		str_adds(ret, "...");
	else
		str_add_slice(ret, parameter->default_syntax);
}

static void add_parameter(const struct record_element *parameter, struct str *ret)
{
	str_adds(ret, parameter->kind == PARAMETER_VARARG  ? "*"
		      : parameter->kind == PARAMETER_KWARG ? "**"
							   : "");
	str_add_slice(ret, parameter->identifier);
	add_type(parameter, ": ", ret);
	add_default(parameter, ret);
}

/* Parameters, with the marks / and * where kinds need them. */
static void add_parameters(
    const struct record_element *element, const char *between, struct str *ret)
{
	bool star = false;

	for (const struct record_element *parameter = element->parameters; parameter;
	     parameter = parameter->next) {
		bool named = parameter->kind == PARAMETER_KEYWORD_ONLY;

		str_adds(ret, parameter != element->parameters ? between : "");
		if (named && !star)
			str_addf(ret, "*%s", between);
		star = star || named || parameter->kind == PARAMETER_VARARG;
		add_parameter(parameter, ret);
		if (parameter->kind == PARAMETER_POSITIONAL_ONLY &&
		    (!parameter->next || parameter->next->kind != PARAMETER_POSITIONAL_ONLY))
			str_addf(ret, "%s/", between);
	}
}

static void add_bases(const struct record_element *element, struct str *ret)
{
	const char *before = "(";

	for (const struct record_type *base = element->bases; base; base = base->next) {
		str_adds(ret, before);
		str_add_slice(ret, base->syntax);
		before = ", ";
	}
	for (const struct text *text = element->keywords.first; text && text->next;
	     text = text->next->next) {
		str_adds(ret, before);
		str_add_slice(ret, text->slice);
		str_adds(ret, text->slice.len ? "=" : "**");
		str_add_slice(ret, text->next->slice);
		before = ", ";
	}
	str_adds(ret, element->bases || element->keywords.first ? ")" : "");
}

static void add_type_parameters(const struct record_element *element, struct str *ret)
{
	for (const struct record_element *parameter = element->type_parameters; parameter;
	     parameter = parameter->next) {
		str_adds(ret, parameter == element->type_parameters ? "[" : ", ");
		str_add_slice(
		    ret, parameter->syntax.len ? parameter->syntax : parameter->identifier);
	}
	str_adds(ret, element->type_parameters ? "]" : "");
}

static void write_signature(const struct record_element *element, struct str *ret)
{
	bool callable = record_is_callable(element);

	str_adds(ret, element->async ? "async " : "");
	str_adds(ret, callable ? "def " : element->type == ELEMENT_CLASS ? "class " : "");
	str_add_slice(ret, html_name_of(element->known->home.path));
	add_type_parameters(element, ret);
	if (element->type == ELEMENT_CLASS)
		add_bases(element, ret);
	if (callable) {
		size_t begin = ret->len;

		str_addc(ret, '(');
		add_parameters(element, ", ", ret);
		if (ret->len - begin > 60) {
			str_truncate(ret, begin);
			str_adds(ret, "(\n    ");
			add_parameters(element, ",\n    ", ret);
			str_adds(ret, ",\n");
		}
		str_addc(ret, ')');
	}
	add_type(element, callable ? " -> " : ": ", ret);
}

/* References */

/* Data without documentation say little, and imports are elsewhere: they have no place in pages. */
static bool has_place(enum element_type type, bool is_public, bool is_documented)
{
	return is_public && type != ELEMENT_IMPORT &&
	       (is_documented || (type != ELEMENT_DATA && type != ELEMENT_FIELD));
}

static bool is_shown(const struct record_element *element)
{
	return has_place(element->type, element->known->is_public, element->documented);
}

static const struct prose_link no_link = {NULL, {"", 0}, {"", 0}};

static struct prose_link link_within(const struct record_element *element)
{
	struct prose_link link = no_link;

	if (element->type == ELEMENT_PARAMETER || element->type == ELEMENT_TYPE_PARAMETER)
		element = element->parent;
	if (!is_shown(element) || !element->path.len)
		return no_link;
	link.factor = element->known->home.factor;
	link.anchor = element->anchor;
	return link;
}

/* What has no place in the page itself leads nowhere, elsewhere to the page. */
static struct prose_link link_to(
    const struct prose *prose, const struct site_factor *factor, struct slice path)
{
	const struct site_element *element = factor
						 ? site_lookup_in(prose->page->index, factor, path)
						 : NULL;
	struct prose_link link = no_link;

	link.factor = factor;
	if (element && has_place(element->type, element->is_public, element->is_documented)) {
		link.factor = element->home.factor;
		link.anchor = element->home.anchor;
	}
	return link.factor == prose->whole->factor && !link.anchor.len ? no_link : link;
}

struct prose_link prose_link_of(const struct prose *prose, const struct text_node *reference)
{
	const struct record_target *target = reference->reference->target;
	struct prose_link link = no_link;

	if (target && target->place == TARGET_FACTOR_LOCAL && target->element)
		return link_within(target->element);
	if (target &&
	    (target->place == TARGET_PROJECT_LOCAL || target->place == TARGET_CONTEXT_LOCAL))
		return link_to(prose,
		    site_factor_find(prose->page->index, target->project, target->factor),
		    target->path);
	if (target && target->place != TARGET_REMOTE)
		return no_link;
	link.url = target ? target->link : reference->reference->url;
	if (!link.url.data || reference->reference->kind == REFERENCE_SECTION ||
	    !html_allows(link.url))
		return no_link;
	return link;
}

struct slice prose_title_of(const struct text_node *node)
{
	const struct text_reference *reference = node->reference;

	if (reference->target && reference->target->title.data)
		return reference->target->title;
	if (reference->title.data)
		return reference->title;
	return reference->url.data && !reference->target ? reference->url : node->text;
}

/* Blocks */

/* The literal of the type in a set that only tells one (record/docstring.h). */
static const struct text_node *type_of(const struct text_node *set)
{
	const struct text_node *item = set->type == TEXT_SET ? set->first : NULL;
	const struct text_node *found = NULL;

	for (; item; item = item->next) {
		const struct text_node *node = item->first ? item->first->first : NULL;

		while (node && node->type != TEXT_LITERAL)
			node = node->next;
		if (!node || !node->extra.data)
			return NULL;
		if (slice_is(node->extra, "type/syntax"))
			found = node;
		else if (!slice_is(node->text, "property-set"))
			return NULL;
	}
	return found;
}

static void write_type(struct prose *prose, const struct text_node *type)
{
	struct text_node *paragraph = text_new(prose->arena, TEXT_PARAGRAPH, SLICE_LITERAL(""));

	text_add(prose->arena, paragraph, TEXT_STRING, SLICE_LITERAL("Type: "));
	text_add(prose->arena, paragraph, TEXT_LITERAL, type->text);
	prose->form->paragraph(prose, paragraph);
}

static void write_blocks(struct prose *prose, const struct text_node *parent, unsigned level);

static void write_list(struct prose *prose, const struct text_node *list, unsigned level)
{
	unsigned number = 0;

	if (type_of(list)) {
		write_type(prose, type_of(list));
		return;
	}
	prose->form->list(prose);
	for (const struct text_node *item = list->first; item; item = item->next) {
		prose->form->item(prose, list->type == TEXT_SEQUENCE ? ++number : 0);
		write_blocks(prose, item, level);
		prose->form->item_end(prose);
	}
	prose->form->list_end(prose);
}

static void write_directory(struct prose *prose, const struct text_node *directory, unsigned level)
{
	prose->form->list(prose);
	for (const struct text_node *item = directory->first; item; item = item->next) {
		prose->form->entry(prose, item->first);
		write_blocks(prose, item->last, level);
		prose->form->entry_end(prose);
	}
	prose->form->list_end(prose);
}

static void write_syntax(struct prose *prose, const struct text_node *syntax)
{
	autostr struct str text = STR_INIT;

	for (const struct text_node *line = syntax->first; line; line = line->next) {
		if (line != syntax->first)
			str_addc(&text, '\n');
		str_add_slice(&text, line->text);
	}
	prose->form->code(prose, syntax->text, str_slice(&text));
}

static void write_block(struct prose *prose, const struct text_node *node, unsigned level)
{
	switch ((enum text_type)node->type) {
	case TEXT_PARAGRAPH:
		prose->form->paragraph(prose, node);
		break;
	case TEXT_SECTION:
		prose->form->heading(prose, level, node->text, SLICE_LITERAL(""));
		write_blocks(prose, node, level + 1);
		break;
	case TEXT_SET:
	case TEXT_SEQUENCE:
		write_list(prose, node, level);
		break;
	case TEXT_DIRECTORY:
		write_directory(prose, node, level);
		break;
	case TEXT_SYNTAX:
		write_syntax(prose, node);
		break;
	case TEXT_ADMONITION:
		prose->form->admonition(prose, node->text, node->extra);
		write_blocks(prose, node, level);
		prose->form->admonition_end(prose);
		break;
	default: /* exceptions stand for no text */
		break;
	}
}

static void write_blocks(struct prose *prose, const struct text_node *parent, unsigned level)
{
	for (const struct text_node *node = parent->first; node; node = node->next)
		write_block(prose, node, level);
}

/* Elements */

/* The parameters that have documentation or a type, in their order. */
static void write_parameters(
    struct prose *prose, const struct record_element *element, unsigned level)
{
	bool any = false;

	for (const struct record_element *parameter = element->parameters; parameter;
	     parameter = parameter->next) {
		struct text_node *key;
		autostr struct str text = STR_INIT;

		if (!parameter->documentation)
			continue;
		if (!any)
			prose->form->list(prose);
		any = true;
		add_parameter(parameter, &text);
		key = text_new(prose->arena, TEXT_KEY, SLICE_LITERAL(""));
		text_add(prose->arena, key, TEXT_LITERAL, kept(prose, &text));
		prose->form->entry(prose, key);
		write_blocks(prose, parameter->documentation, level);
		prose->form->entry_end(prose);
	}
	if (any)
		prose->form->list_end(prose);
}

/* A section Parameters has the parameters in place of its first directory. */
static void write_documentation(
    struct prose *prose, const struct record_element *element, unsigned level)
{
	const struct text_node *document = element->documentation;

	for (const struct text_node *node = document ? document->first : NULL; node;
	     node = node->next) {
		bool replaced = false;

		if (!element->parameters || node->type != TEXT_SECTION ||
		    !slice_is(node->text, "Parameters")) {
			write_block(prose, node, level);
			continue;
		}
		prose->form->heading(prose, level, node->text, SLICE_LITERAL(""));
		for (const struct text_node *child = node->first; child; child = child->next) {
			if (child->type == TEXT_DIRECTORY && !replaced)
				write_parameters(prose, element, level + 1);
			else
				write_block(prose, child, level + 1);
			replaced = replaced || child->type == TEXT_DIRECTORY;
		}
	}
}

static void write_element(struct prose *prose, const struct record_element *element, unsigned level)
{
	autostr struct str signature = STR_INIT;

	prose->form->heading(prose, level, element->known->home.path, element->anchor);
	write_signature(element, &signature);
	prose->form->code(prose, SLICE_LITERAL("python"), str_slice(&signature));
	write_documentation(prose, element, level + 1);
}

static void write_elements(struct prose *prose, const struct record_element *parent, unsigned level)
{
	for (const struct record_element *element = parent->first; element;
	     element = element->next) {
		if (!is_shown(element) || element->known->home.factor != prose->whole->factor)
			continue;
		write_element(prose, element, level);
		write_elements(prose, element, level + 1);
	}
}

/* A line for what other pages have: the name here, and a link to the one there. */
static void write_moved(struct prose *prose, const struct record_element *element)
{
	struct text_node *paragraph = text_new(prose->arena, TEXT_PARAGRAPH, SLICE_LITERAL(""));
	struct record_target *target = arena_zalloc(prose->arena, 1, sizeof(*target));
	struct text_node *reference;

	target->element = element;
	target->title = element->known->public;
	text_add(prose->arena, paragraph, TEXT_LITERAL, element->identifier);
	text_add(prose->arena, paragraph, TEXT_STRING, SLICE_LITERAL(" as "));
	reference = text_add(prose->arena, paragraph, TEXT_REFERENCE, SLICE_LITERAL(""));
	reference->reference = arena_zalloc(prose->arena, 1, sizeof(*reference->reference));
	reference->reference->kind = REFERENCE_HYPERLINK;
	reference->reference->target = target;
	prose->form->item(prose, 0);
	prose->form->paragraph(prose, paragraph);
	prose->form->item_end(prose);
}

static void write_elsewhere(struct prose *prose, const struct record_element *module)
{
	bool any = false;

	for (const struct record_element *element = module->first; element;
	     element = element->next) {
		if (!is_shown(element) || !site_is_elsewhere(element->known) ||
		    element->known->is_alternative)
			continue;
		if (!any) {
			prose->form->heading(
			    prose, 1, SLICE_LITERAL("Documented elsewhere"), SLICE_LITERAL(""));
			prose->form->list(prose);
		}
		any = true;
		write_moved(prose, element);
	}
	if (any)
		prose->form->list_end(prose);
}

void prose_write(struct prose *prose)
{
	const struct record_page *whole = prose->page;
	const struct record_element *module = whole->record->module;

	prose->whole = whole;
	write_documentation(prose, module, 1);
	write_elements(prose, module, 1);
	for (size_t i = 0; i < whole->guest_count; i++) {
		prose->page = &whole->guests[i];
		write_elements(prose, prose->page->record->module, 1);
	}
	prose->page = whole;
	write_elsewhere(prose, module);
}

void prose_release(struct prose *prose)
{
	str_release(&prose->prefix);
	str_release(&prose->widths);
}
