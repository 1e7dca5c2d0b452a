#include "record/join.h"

#include "delineation/words.h"
#include "record/join_text.h"
#include "record/space.h"

struct joiner {
	struct factor_record *record;
	struct str *out;
	struct error **err;
};

/* Control */

static void add_flags(struct str *out, const struct record_element *element)
{
	const struct {
		bool is_set;
		const char *name;
	} flags[] = {
	    {!element->documented && element->parent, "undocumented"},
	    {element->conditional, "conditional"},
	    {element->async, "async"},
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (!flags[i].is_set)
			continue;
		str_addf(out, "%s\t\t- `%s`\n", any ? "" : "\t/flags/\n", flags[i].name);
		any = true;
	}
}

static void add_area(struct str *out, const struct area *area, const char *indentation)
{
	str_addf(out, "%s- (control)`property-set`\n%s- (source/area)`%d %d %d %d`\n", indentation,
	    indentation, area->first.line, area->first.column, area->last.line, area->last.column);
}

/* The lines of a type, and a last one without text. */
static int add_type(
    const struct joiner *joiner, const struct record_type *type, const char *indentation)
{
	struct arena *arena = &joiner->record->arena;
	struct text_node *chapter = text_new(arena, TEXT_CHAPTER, SLICE_LITERAL(""));
	struct text_node *set = text_add(arena, chapter, TEXT_SET, SLICE_LITERAL(""));
	autostr struct str text = STR_INIT;
	struct slice rest, line;

	if (!type)
		return 0;
	join_type(arena, set, type);
	if (text_render(chapter, &text, joiner->err) < 0)
		return -1;
	rest = slice_of(str_c(&text), text.len - 1);
	while (slice_next(&rest, '\n', &line)) {
		str_adds(joiner->out, indentation);
		str_add_slice(joiner->out, line);
		str_addc(joiner->out, '\n');
	}
	return 0;
}

/* A number with no more digits than it needs. */
static void add_measure(struct str *out, const char *indentation, const char *name, double value)
{
	autostr struct str number = STR_INIT;
	struct json_writer json;

	json_begin(&json, &number);
	json_number(&json, value);
	str_addf(out, "%s- (%s)`%s`\n", indentation, name, str_c(&number));
}

static void add_measures(
    struct str *out, const struct record_measures *measures, const char *indentation)
{
	if (!measures)
		return;
	if (measures->counters) {
		str_addf(out, "%s- (coverage-zeros)`%zu`\n%s- (coverage-counters)`%zu`\n",
		    indentation, measures->zeros, indentation, measures->counters);
	}
	if (!(measures->calls > 0))
		return;
	add_measure(out, indentation, "metrics/profile-duration", measures->duration);
	add_measure(out, indentation, "metrics/profile-count", measures->calls);
	add_measure(out, indentation, "metrics/profile-residency", measures->residency);
	add_measure(out, indentation, "metrics/profile-minimum", measures->minimum);
	add_measure(out, indentation, "metrics/profile-maximum", measures->maximum);
}

static int add_control(const struct joiner *joiner, const struct record_element *element)
{
	struct str *out = joiner->out;

	str_addf(out, "! CONTROL:\n\t/type/\n\t\t%s\n", element_type_word(element->type));
	add_flags(out, element);
	str_adds(out, "\t/element/\n");
	add_area(out, &element->area, "\t\t");
	add_measures(out, element->measures, "\t\t");
	if (add_type(joiner, element->annotation, "\t\t") < 0)
		return -1;
	for (const struct record_type *base = element->bases; base; base = base->next) {
		str_adds(out, "! INHERIT:\n");
		add_area(out, &base->area, "\t");
		if (add_type(joiner, base, "\t") < 0)
			return -1;
	}
	return 0;
}

/* Signatures */

static bool is_shown(const struct record_element *parameter)
{
	return parameter->documented || !parameter->default_syntax.data;
}

struct signature {
	struct str *out;
	bool begun;
	bool positional; /* the last one was positional-only */
	bool keywords;	 /* what follows is keyword-only already */
};

static void add_part(struct signature *signature, struct slice text)
{
	str_adds(signature->out, signature->begun ? ", " : "");
	str_add_slice(signature->out, text);
	signature->begun = true;
}

static void add_parameter(struct signature *signature, const struct record_element *parameter)
{
	bool variable = parameter->kind == PARAMETER_VARARG;

	if (signature->positional && parameter->kind != PARAMETER_POSITIONAL_ONLY) {
		add_part(signature, SLICE_LITERAL("/"));
		signature->positional = false;
	}
	if (parameter->kind == PARAMETER_KEYWORD_ONLY && !signature->keywords)
		add_part(signature, SLICE_LITERAL("*"));
	signature->keywords = signature->keywords || variable ||
			      parameter->kind == PARAMETER_KEYWORD_ONLY;
	signature->positional = parameter->kind == PARAMETER_POSITIONAL_ONLY;
	add_part(signature, parameter->syntax.len ? parameter->syntax : parameter->identifier);
}

static void add_signature(struct str *out, const struct record_element *element)
{
	struct signature signature = {.out = out};

	if (!record_is_callable(element))
		return;
	str_adds(out, "(signature)`");
	str_add_slice(out, element->identifier);
	str_addc(out, '(');
	for (const struct record_element *parameter = element->parameters; parameter;
	     parameter = parameter->next) {
		if (is_shown(parameter))
			add_parameter(&signature, parameter);
	}
	if (signature.positional)
		add_part(&signature, SLICE_LITERAL("/"));
	str_adds(out, ")`\n\n");
}

/* Excerpts */

static bool is_blank(struct slice line)
{
	return slice_trim(line).len == 0;
}

/* The whole lines of an element. */
static struct slice lines_of(
    const struct factor_record *record, const struct record_element *element)
{
	size_t first = (size_t)element->area.first.line - 1, end = (size_t)element->area.last.line;
	const struct slice *lines = record->lines;

	if (element->is_declared)
		return element->declared;
	if (end > record->line_count)
		end = record->line_count;
	if (first >= end)
		return slice_of("", 0);
	return slice_of(lines[first].data,
	    (size_t)(lines[end - 1].data - lines[first].data) + lines[end - 1].len);
}

static void add_excerpt(const struct joiner *joiner, const struct record_element *element)
{
	struct slice all, rest, line;
	size_t common = SIZE_MAX;

	if (!record_is_data(element))
		return;
	rest = all = lines_of(joiner->record, element);
	while (slice_next(&rest, '\n', &line)) {
		if (!is_blank(line) && space_indentation(line) < common)
			common = space_indentation(line);
	}
	str_adds(joiner->out, "#!source\n");
	for (rest = all; slice_next(&rest, '\n', &line);) {
		str_addc(joiner->out, '\t');
		if (!is_blank(line))
			str_add_slice(joiner->out, slice_from(line, common));
		str_addc(joiner->out, '\n');
	}
}

/* Elements */

static void add_title(struct str *out, const struct record_element *element)
{
	if (element->parent->parent) {
		add_title(out, element->parent);
		str_adds(out, " >> ");
	}
	str_add_slice(out, element->identifier);
}

/* What is rendered begins no file here, so that its first line needs none before it. */
static int add_text(const struct joiner *joiner, const struct record_element *element)
{
	const struct text_node *section = join_text(joiner->record, element);
	autostr struct str text = STR_INIT;
	size_t extra = section->first && section->first->type == TEXT_SYNTAX;

	if (text_render(section, &text, joiner->err) < 0)
		return -1;
	str_add(joiner->out, str_c(&text) + extra, text.len - extra);
	return 0;
}

static int add_element(const struct joiner *joiner, const struct record_element *element)
{
	struct str *out = joiner->out;

	if (element->parent) {
		str_adds(out, "\n[ ");
		add_title(out, element);
		str_adds(out, " ]\n");
	}
	if (add_control(joiner, element) < 0)
		return -1;
	add_signature(out, element);
	if (element->documentation && add_text(joiner, element) < 0)
		return -1;
	add_excerpt(joiner, element);
	for (const struct record_element *child = element->first; child; child = child->next) {
		if (out->len > TEXT_OUTPUT_LIMIT || add_element(joiner, child) < 0)
			return -1;
	}
	return 0;
}

int join_chapter(
    struct factor_record *record, const char *name, struct str *ret, struct error **err)
{
	const struct joiner joiner = {record, ret, err};

	if (record->is_chapter)
		return text_render(record->module->documentation, ret, err);
	if (add_element(&joiner, record->module) == 0)
		return 0;
	return fail_at(
	    err, name, 0, 0, NULL, "the record takes more than %zu MiB", TEXT_OUTPUT_LIMIT >> 20);
}
