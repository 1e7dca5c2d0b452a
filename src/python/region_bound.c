#include "python/region_walk.h"

static bool is_of_name(char byte)
{
	return (byte & 0x80) || byte == '_' || (byte >= '0' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

/* Between the words there are only spaces and joined lines. */
struct stretch definition_stretch(const struct page *page, stmt_ty statement)
{
	struct stretch stretch = STRETCH(statement);
	size_t at = page_offset(page, stretch.line, stretch.column), begin = at;
	int words = statement->kind == AsyncFunctionDef_kind ? 3 : 2, line = stretch.line;

	for (; words && at < page->layout->text.len; words--) {
		for (; at < page->layout->text.len && !is_of_name(page->layout->text.data[at]);
		     at++) {
			if (page->layout->text.data[at] != '\n')
				continue;
			line++;
			begin = at + 1;
		}
		while (at < page->layout->text.len && is_of_name(page->layout->text.data[at]))
			at++;
	}
	stretch.end_line = line;
	stretch.end_column = (int)(at - begin) + (line == stretch.line ? stretch.column : 0);
	return stretch;
}

/* Whether a text has a word. */
static bool has_word(struct slice text, struct slice word)
{
	const char *end = text.data + text.len, *at = text.data;

	while ((at = memmem(at, (size_t)(end - at), word.data, word.len))) {
		const char *behind = at + word.len;

		if ((at == text.data || !is_of_name(at[-1])) &&
		    (behind == end || !is_of_name(*behind)))
			return true;
		at = behind;
	}
	return false;
}

static void add_name(struct bound *bound, arg_ty parameter)
{
	if (!parameter || bound->count == BOUND_LIMIT)
		return;
	/* In a class another name is meant. */
	if (PyUnicode_GET_LENGTH(parameter->arg) > 1 &&
	    PyUnicode_READ_CHAR(parameter->arg, 0) == '_' &&
	    PyUnicode_READ_CHAR(parameter->arg, 1) == '_')
		return;
	bound->names[bound->count++] = parameter->arg;
}

static void add_names(struct bound *bound, const asdl_arg_seq *parameters)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(parameters); i++)
		add_name(bound, asdl_seq_GET(parameters, i));
}

void bound_find(
    struct bound *ret, const struct page *page, stmt_ty function, arguments_ty arguments)
{
	struct slice text = page_text(page, STRETCH(function));

	ret->count = 0;
	/* Only these statements unbind a name. */
	if (has_word(text, SLICE_LITERAL("del")) || has_word(text, SLICE_LITERAL("except")))
		return;
	add_names(ret, arguments->posonlyargs);
	add_names(ret, arguments->args);
	add_names(ret, arguments->kwonlyargs);
	add_name(ret, arguments->vararg);
	add_name(ret, arguments->kwarg);
}

static bool are_annotated(const asdl_arg_seq *list)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(list); i++) {
		if (asdl_seq_GET(list, i)->annotation)
			return true;
	}
	return false;
}

bool bound_is_annotated(arguments_ty arguments)
{
	return are_annotated(arguments->posonlyargs) || are_annotated(arguments->args) ||
	       are_annotated(arguments->kwonlyargs) ||
	       (arguments->vararg && arguments->vararg->annotation) ||
	       (arguments->kwarg && arguments->kwarg->annotation);
}

bool bound_is_safe(const struct bound *bound, expr_ty expression)
{
	if (expression->kind == Constant_kind)
		return true;
	if (expression->kind != Name_kind || expression->v.Name.ctx != Load || !bound)
		return false;
	for (int i = 0; i < bound->count; i++) {
		if (bound->names[i] == expression->v.Name.id) /* they are interned */
			return true;
	}
	return false;
}

bool bound_is_quiet(const struct bound *bound, expr_ty condition)
{
	const asdl_int_seq *operators;

	while (condition->kind == UnaryOp_kind && condition->v.UnaryOp.op == Not)
		condition = condition->v.UnaryOp.operand;
	if (condition->kind != Compare_kind)
		return false;
	operators = condition->v.Compare.ops;
	return asdl_seq_LEN(operators) == 1 &&
	       (asdl_seq_GET(operators, 0) == Is || asdl_seq_GET(operators, 0) == IsNot) &&
	       bound_is_safe(bound, condition->v.Compare.left) &&
	       bound_is_safe(bound, asdl_seq_GET(condition->v.Compare.comparators, 0));
}
