#include "delineation/stub_scope.h"

#include "delineation/signature.h"

void stub_begin_line(struct stub *stub)
{
	str_addf(&stub->out, "%*s", 4 * stub->depth, "");
}

void stub_line(struct stub *stub, const char *text)
{
	stub_begin_line(stub);
	str_adds(&stub->out, text);
	str_addc(&stub->out, '\n');
}

/* CPython's tokenizer has this limit of nested brackets (MAXLEVEL in Parser/tokenizer.c). */
#define BRACKETS 199

/* The brackets that are opened in an expression, at least as many as are nested. */
static size_t count_brackets(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '(' || text.data[i] == '[' || text.data[i] == '{';
	return count;
}

void stub_expression(
    struct stub *stub, const struct element *element, struct slice syntax, bool inside)
{
	size_t len = stub->out.len;

	expression_add(&stub->out, syntax, inside);
	if (stub->out.len > len + syntax.len && count_brackets(syntax) >= BRACKETS &&
	    !stub->refused)
		stub->refused = element;
}

/* Whether a docstring's text is one literal, so that line breaks need no parentheses. */
static bool is_one_literal(struct slice text)
{
	size_t at = 0, quote = 1;

	while (at < text.len && text.data[at] != '"' && text.data[at] != '\'')
		at++;
	if (text.len - at >= 6 && text.data[at + 1] == text.data[at] &&
	    text.data[at + 2] == text.data[at])
		quote = 3;
	for (size_t i = at + quote; i + quote <= text.len; i++) {
		if (text.data[i] == '\\')
			i++;
		else if (memcmp(text.data + i, text.data + at, quote) == 0)
			return i + quote == text.len;
	}
	return false;
}

bool stub_has_docstring(const struct stub *stub, const struct element *element)
{
	return stub->options->docstrings && element->documentation.docstring.len;
}

void stub_docstring(struct stub *stub, const struct element *element)
{
	struct slice text = element->documentation.docstring;
	bool bare = is_one_literal(text);

	if (!stub_has_docstring(stub, element))
		return;
	stub_begin_line(stub);
	str_adds(&stub->out, bare ? "" : "(");
	str_add_slice(&stub->out, text);
	str_adds(&stub->out, bare ? "\n" : ")\n");
}

/*
 * Comments that tell type checkers to be quiet.
 */

void stub_lines(struct stub *stub)
{
	struct slice text = stub->source->delineation->text;
	uint32_t *lines;
	size_t count = 1;

	if (!memmem(text.data, text.len, "ignore", strlen("ignore")))
		return;
	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	lines = arena_alloc(&stub->arena, (count + 1) * sizeof(*lines));
	lines[0] = 0;
	count = 1;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\n')
			lines[count++] = (uint32_t)i + 1;
	}
	lines[count] = (uint32_t)text.len + 1;
	stub->lines = lines;
	stub->line_count = count;
}

/* The comment `# type: ignore` in a line, with its codes; empty if there is none. */
static struct slice ignore_in(struct slice line)
{
	const char *at = line.data, *end = line.data + line.len;

	while ((at = memchr(at, '#', (size_t)(end - at)))) {
		struct slice rest = slice_of(at, (size_t)(end - at));
		size_t len = 1;

		while (len < rest.len && rest.data[len] == ' ')
			len++;
		at++;
		if (rest.len < len + 5 || memcmp(rest.data + len, "type:", 5) != 0)
			continue;
		for (len += 5; len < rest.len && rest.data[len] == ' ';)
			len++;
		if (rest.len < len + 6 || memcmp(rest.data + len, "ignore", 6) != 0)
			continue;
		len += 6;
		if (len < rest.len && rest.data[len] == '[') {
			while (len < rest.len && rest.data[len - 1] != ']')
				len++;
		} else if (len < rest.len && rest.data[len] != ' ' && rest.data[len] != '#') {
			continue;
		}
		return slice_of(rest.data, len);
	}
	return slice_of(line.data, 0);
}

static struct slice line_of(const struct stub *stub, int number)
{
	size_t begin = stub->lines[number - 1], end = stub->lines[number] - 1;

	return slice_of(stub->source->delineation->text.data + begin, end - begin);
}

int stub_line_at(const struct stub *stub, const char *place)
{
	size_t at = (size_t)(place - stub->source->delineation->text.data);
	size_t low = 0, high = stub->line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (stub->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return (int)low + 1;
}

/* The last line of an element's head: that of its parameters, types and bases. */
static int end_of_head(const struct element *element)
{
	int line = element->line;

	if (!element->definition)
		return element->area.last.line;
	for (const struct element *child = element->first; child; child = child->next) {
		int last = child->area.last.line;

		if (child->type == ELEMENT_INHERITANCE)
			last = child->last ? child->last->area.last.line : 0;
		else if (child->type == ELEMENT_PARAMETER && child->last)
			last = child->last->area.last.line;
		else if (child->type != ELEMENT_TYPE && child->type != ELEMENT_PARAMETER &&
			 child->type != ELEMENT_TYPE_PARAMETER)
			continue;
		line = last > line ? last : line;
	}
	return line;
}

/* Several comments with different codes become one without codes. */
void stub_ignores_of(struct stub *stub, int first, int last)
{
	struct slice found = {NULL, 0};

	for (int line = first; stub->lines && line <= last && line <= (int)stub->line_count;
	     line++) {
		struct slice one = ignore_in(line_of(stub, line));

		if (!one.len)
			continue;
		if (found.len && !slice_equal(one, found))
			one = SLICE_LITERAL("# type: ignore");
		found = one;
	}
	if (!found.len)
		return;
	str_adds(&stub->out, "  ");
	str_add_slice(&stub->out, found);
}

void stub_ignores(struct stub *stub, const struct element *element)
{
	int first = element->definition ? element->line : element->area.first.line;

	stub_ignores_of(stub, first, end_of_head(element));
}
