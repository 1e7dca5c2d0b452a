#include "record/since.h"

#include <stdio.h>

#include "delineation/words.h"

struct comparison {
	struct map before, after; /* path -> the last element of it */
	void (*found)(void *context, const struct since_change *change);
	void *context;
};

static void fill(struct map *map, const struct record_element *element)
{
	for (const struct record_element *child = element->first; child; child = child->next) {
		*map_at(map, child->path) = (void *)child;
		fill(map, child);
	}
}

static void tell(const struct comparison *comparison, enum since_kind kind,
    const struct record_element *element, struct slice before, struct slice after)
{
	const struct since_change change = {.kind = kind,
	    .type = element->type,
	    .path = element->path,
	    .before = before,
	    .after = after,
	    .area = element->area};

	comparison->found(comparison->context, &change);
}

static void tell_parameter(const struct comparison *comparison, enum since_kind kind,
    const struct record_element *element, const struct record_element *parameter,
    struct slice before, struct slice after)
{
	const struct since_change change = {.kind = kind,
	    .type = element->type,
	    .path = element->path,
	    .parameter = parameter->identifier,
	    .before = before,
	    .after = after,
	    .area = element->area};

	comparison->found(comparison->context, &change);
}

/* The parameters of a callable, by name. */
struct signature {
	const struct record_element *callable;
	bool takes_more, takes_names; /* *args, **kwargs */
};

static struct signature signature_of(const struct record_element *callable)
{
	struct signature result = {.callable = callable};

	for (const struct record_element *at = callable->parameters; at; at = at->next) {
		result.takes_more = result.takes_more || at->kind == PARAMETER_VARARG;
		result.takes_names = result.takes_names || at->kind == PARAMETER_KWARG;
	}
	return result;
}

static const struct record_element *parameter_of(
    const struct signature *signature, struct slice name, int *ret_position)
{
	const struct record_element *at = signature->callable->parameters;

	for (*ret_position = 0; at; at = at->next, ++*ret_position) {
		if (slice_equal(at->identifier, name))
			return at;
	}
	return NULL;
}

static bool is_variadic(enum parameter_kind kind)
{
	return kind == PARAMETER_VARARG || kind == PARAMETER_KWARG;
}

static bool is_positional(enum parameter_kind kind)
{
	return kind == PARAMETER_POSITIONAL || kind == PARAMETER_POSITIONAL_ONLY;
}

static bool is_required(const struct record_element *parameter)
{
	return !parameter->default_syntax.data && !is_variadic(parameter->kind);
}

/* Whether what was given for a parameter that is gone is still taken. */
static bool is_swallowed(enum parameter_kind kind, const struct signature *after)
{
	switch (kind) {
	case PARAMETER_KEYWORD_ONLY:
		return after->takes_names;
	case PARAMETER_POSITIONAL_ONLY:
		return after->takes_more;
	case PARAMETER_POSITIONAL:
		return after->takes_more && after->takes_names;
	default:
		return false;
	}
}

/* Whether a parameter may be given in fewer ways than before. */
static bool is_narrower(
    enum parameter_kind before, enum parameter_kind after, const struct signature *signature)
{
	if (before == after)
		return false;
	if (after == PARAMETER_KWARG)
		return before != PARAMETER_KEYWORD_ONLY && !signature->takes_more;
	if (after == PARAMETER_VARARG)
		return before != PARAMETER_POSITIONAL_ONLY && !signature->takes_names;
	if (before == PARAMETER_POSITIONAL_ONLY)
		return after == PARAMETER_KEYWORD_ONLY;
	if (before == PARAMETER_KEYWORD_ONLY)
		return after == PARAMETER_POSITIONAL_ONLY;
	return before == PARAMETER_POSITIONAL;
}

/* Whether a default is known: interfaces write `...` for any. */
static bool tells_default(const struct record_element *parameter)
{
	return parameter->default_syntax.data && !slice_is(parameter->default_syntax, "...");
}

static void compare_parameter(const struct comparison *comparison, const struct signature *after,
    const struct record_element *old, int old_position)
{
	int position;
	const struct record_element *new = parameter_of(after, old->identifier, &position);
	const struct record_element *callable = after->callable;
	struct slice none = {NULL, 0};

	if (!new) {
		if (!is_swallowed(old->kind, after))
			tell_parameter(
			    comparison, SINCE_PARAMETER_REMOVED, callable, old, none, none);
		return;
	}
	if (is_required(new) && !is_required(old))
		tell_parameter(comparison, SINCE_PARAMETER_REQUIRED, callable, old, none, none);
	if (is_positional(old->kind) && is_positional(new->kind) && position != old_position) {
		char before[16], now[16];

		(void)snprintf(before, sizeof(before), "%d", old_position + 1); /* it fits */
		(void)snprintf(now, sizeof(now), "%d", position + 1);
		tell_parameter(comparison, SINCE_PARAMETER_MOVED, callable, old, slice_c(before),
		    slice_c(now));
	}
	if (is_narrower(old->kind, new->kind, after))
		tell_parameter(comparison, SINCE_PARAMETER_KIND, callable, old,
		    slice_c(parameter_kind_word(old->kind)),
		    slice_c(parameter_kind_word(new->kind)));
	if (tells_default(old) && tells_default(new) &&
	    !slice_equal(old->default_syntax, new->default_syntax))
		tell_parameter(comparison, SINCE_DEFAULT, callable, old, old->default_syntax,
		    new->default_syntax);
}

static struct slice annotation_of(const struct record_element *element)
{
	return element->annotation ? element->annotation->syntax : slice_of(NULL, 0);
}

static void compare_callables(const struct comparison *comparison,
    const struct record_element *before, const struct record_element *after)
{
	struct signature old = signature_of(before), new = signature_of(after);
	struct slice none = {NULL, 0};
	int position = 0, other;

	for (const struct record_element *at = before->parameters; at; at = at->next)
		compare_parameter(comparison, &new, at, position++);
	for (const struct record_element *at = after->parameters; at; at = at->next) {
		if (is_required(at) && !parameter_of(&old, at->identifier, &other))
			tell_parameter(comparison, SINCE_PARAMETER_ADDED, after, at, none, none);
	}
}

static void compare_types(const struct comparison *comparison, const struct record_element *before,
    const struct record_element *after)
{
	struct slice old = annotation_of(before), new = annotation_of(after);

	if (old.data && !slice_equal(old, new))
		tell(comparison, SINCE_RETURNS, after, old, new);
}

static void compare_bases(const struct comparison *comparison, const struct record_element *before,
    const struct record_element *after)
{
	for (const struct record_type *old = before->bases; old; old = old->next) {
		const struct record_type *new = after->bases;

		while (new && !slice_equal(new->syntax, old->syntax))
			new = new->next;
		if (!new)
			tell(comparison, SINCE_BASES, after, old->syntax, slice_of(NULL, 0));
	}
}

/* Append the text of a value: the places of expressions in it do not matter. The depth is bounded
 * by that of JSON. */
static void add_value(const struct json *value, struct str *ret)
{
	const char *syntax = json_text(value, "syntax", NULL);
	struct json_writer json;

	if (syntax) {
		str_adds(ret, syntax);
	} else if (json_is(value, JSON_ARRAY)) {
		str_addc(ret, '[');
		for (const struct json *item = json_first(value); item; item = item->next) {
			add_value(item, ret);
			str_adds(ret, item->next ? ", " : "");
		}
		str_addc(ret, ']');
	} else if (value) {
		json_begin(&json, ret);
		json_tree(&json, value);
	} else {
		str_adds(ret, "None");
	}
}

static void compare_values(const struct comparison *comparison, const struct record_element *before,
    const struct record_element *after)
{
	autostr struct str old = STR_INIT, new = STR_INIT;

	add_value(before->value, &old);
	add_value(after->value, &new);
	if (!slice_equal(str_slice(&old), str_slice(&new)))
		tell(comparison, SINCE_VALUE, after, str_slice(&old), str_slice(&new));
}

/* Whether an element is one of the ways to call a function, of which no single one tells all. The
 * last element of a path is one where an interface has the signatures. */
static bool is_overload(const struct record_element *element)
{
	for (const struct text *text = element->decorators.first; text; text = text->next) {
		if (slice_is(text->slice, "overload") ||
		    slice_ends(text->slice, SLICE_LITERAL(".overload")))
			return true;
	}
	return false;
}

/* Types that programs use alike are the same thing. */
static const char *thing_of(const struct record_element *element)
{
	if (record_is_callable(element))
		return "function";
	switch (element->type) {
	case ELEMENT_CLASS:
		return "class";
	case ELEMENT_IMPORT:
		return "import";
	default:
		return "attribute";
	}
}

static void compare_elements(const struct comparison *comparison,
    const struct record_element *before, const struct record_element *after)
{
	const char *thing = thing_of(after);

	/* What an import brings is compared where it is defined. */
	if (after->type == ELEMENT_IMPORT)
		return;
	if (strcmp(thing, thing_of(before)) != 0) {
		tell(comparison, SINCE_TYPE, after, slice_c(element_type_word(before->type)),
		    slice_c(element_type_word(after->type)));
		return;
	}
	if (is_overload(before) || is_overload(after))
		return;
	if (record_is_callable(after)) {
		compare_callables(comparison, before, after);
		compare_types(comparison, before, after);
	} else if (after->type == ELEMENT_CLASS) {
		compare_bases(comparison, before, after);
	} else if (after->type == ELEMENT_DATA) {
		compare_values(comparison, before, after);
	}
}

/* Look for the public elements of the older version, but not below what is gone. */
static void compare_children(
    const struct comparison *comparison, const struct record_element *parent)
{
	for (const struct record_element *child = parent->first; child; child = child->next) {
		const struct record_element *after = map_get(&comparison->after, child->path);

		if (!child->is_public || child->type == ELEMENT_IMPORT ||
		    map_get(&comparison->before, child->path) != child)
			continue;
		if (!after) {
			tell(
			    comparison, SINCE_REMOVED, child, slice_of(NULL, 0), slice_of(NULL, 0));
			continue;
		}
		compare_elements(comparison, child, after);
		if (after->type == ELEMENT_CLASS)
			compare_children(comparison, child);
	}
}

static void find_added(const struct comparison *comparison, const struct record_element *parent)
{
	for (const struct record_element *child = parent->first; child; child = child->next) {
		if (!child->is_public || child->type == ELEMENT_IMPORT ||
		    map_get(&comparison->after, child->path) != child)
			continue;
		if (!map_get(&comparison->before, child->path))
			tell(comparison, SINCE_ADDED, child, slice_of(NULL, 0), slice_of(NULL, 0));
		else
			find_added(comparison, child);
	}
}

void since_compare(const struct factor_record *before, const struct factor_record *after,
    void (*found)(void *context, const struct since_change *change), void *context)
{
	struct comparison comparison = {.found = found, .context = context};

	if (before)
		fill(&comparison.before, before->module);
	if (after)
		fill(&comparison.after, after->module);
	if (!after)
		tell(&comparison, SINCE_REMOVED, before->module, slice_of(NULL, 0),
		    slice_of(NULL, 0));
	else if (!before)
		tell(&comparison, SINCE_ADDED, after->module, slice_of(NULL, 0), slice_of(NULL, 0));
	if (before && after)
		compare_children(&comparison, before->module);
	if (after)
		find_added(&comparison, after->module);
	map_release(&comparison.before);
	map_release(&comparison.after);
}

/* What is said of a kind. */
static const char *const texts[] = {
    [SINCE_ADDED] = "is new",
    [SINCE_REMOVED] = "was removed",
    [SINCE_MOVED] = "was moved to",
    [SINCE_TYPE] = "is of another type",
    [SINCE_PARAMETER_REMOVED] = "the parameter was removed",
    [SINCE_PARAMETER_MOVED] = "the parameter has another position",
    [SINCE_PARAMETER_REQUIRED] = "the parameter is required now",
    [SINCE_PARAMETER_ADDED] = "a required parameter was added",
    [SINCE_PARAMETER_KIND] = "the parameter is of another kind",
    [SINCE_DEFAULT] = "the default is another one",
    [SINCE_RETURNS] = "what it returns is of another type",
    [SINCE_BASES] = "a base was removed",
    [SINCE_VALUE] = "the value is another one",
};

void since_describe(const struct since_change *change, struct slice name, struct str *ret)
{
	str_add_printable(ret, name);
	if (change->parameter.len) {
		str_addc(ret, '(');
		str_add_printable(ret, change->parameter);
		str_addc(ret, ')');
	}
	str_addf(ret, ": %s", texts[change->kind]);
	if (change->kind == SINCE_MOVED) {
		str_addc(ret, ' ');
		str_add_printable(ret, change->after);
	}
	if (!change->before.data)
		return;
	str_adds(ret, ": ");
	str_add_printable(ret, change->before);
	if (change->kind == SINCE_BASES)
		return;
	str_adds(ret, " -> ");
	if (change->after.data)
		str_add_printable(ret, change->after);
	else
		str_adds(ret, "none");
}
