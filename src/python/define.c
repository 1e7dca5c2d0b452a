#include "python/delineator.h"

/* The parts that functions and async functions share. */
struct function {
	PyObject *name;
	const asdl_expr_seq *decorators;
	arguments_ty arguments;
	expr_ty returns;
	const asdl_stmt_seq *body;
	bool async;
};

static struct function function_of(stmt_ty statement)
{
	if (statement->kind == FunctionDef_kind)
		return (struct function){
		    statement->v.FunctionDef.name,
		    statement->v.FunctionDef.decorator_list,
		    statement->v.FunctionDef.args,
		    statement->v.FunctionDef.returns,
		    statement->v.FunctionDef.body,
		    false,
		};
	return (struct function){
	    statement->v.AsyncFunctionDef.name,
	    statement->v.AsyncFunctionDef.decorator_list,
	    statement->v.AsyncFunctionDef.args,
	    statement->v.AsyncFunctionDef.returns,
	    statement->v.AsyncFunctionDef.body,
	    true,
	};
}

/* A decorated definition begins at the `@` of its first decorator, for which the tree has no node:
 * the last one before the decorator's expression. */
static struct stretch from_decorator(
    const struct page *page, const asdl_expr_seq *decorators, stmt_ty statement)
{
	struct stretch stretch = STRETCH(statement);
	expr_ty first;
	uint32_t at;

	if (!asdl_seq_LEN(decorators))
		return stretch;
	first = asdl_seq_GET(decorators, 0);
	at = layout_last(
	    page->layout, LAYOUT_DECORATOR, 0, page_offset(page, first->lineno, first->col_offset));
	if (at != LAYOUT_NOWHERE)
		page_place(page, at, &stretch.line, &stretch.column);
	return stretch;
}

static bool is_accessor(struct slice name)
{
	return slice_ends(name, SLICE_LITERAL(".setter")) ||
	       slice_ends(name, SLICE_LITERAL(".deleter"));
}

/* The text of a call's first argument if the argument is a string. */
static struct slice first_string(struct delineator *delineator, expr_ty call)
{
	expr_ty first;

	if (!asdl_seq_LEN(call->v.Call.args))
		return (struct slice){NULL, 0};
	first = asdl_seq_GET(call->v.Call.args, 0);
	if (first->kind != Constant_kind || !PyUnicode_Check(first->v.Constant.value))
		return (struct slice){NULL, 0};
	return delineator_text(delineator, first->v.Constant.value);
}

static void take_deprecation(
    struct delineator *delineator, struct definition *definition, expr_ty decorator)
{
	struct slice name;

	if (definition->deprecated.data || decorator->kind != Call_kind)
		return;
	name = delineator_dotted(delineator, decorator->v.Call.func);
	if (slice_ends(name, SLICE_LITERAL("deprecated")))
		definition->deprecated = first_string(delineator, decorator);
}

/* Decorators that tell what a function in a class is. */
static const struct {
	const char *name;
	enum element_type type;
} deciding[] = {
    {"classmethod", ELEMENT_CLASSMETHOD},
    {"staticmethod", ELEMENT_STATICMETHOD},
    {"abstractmethod", ELEMENT_ABSTRACTMETHOD},
    {"property", ELEMENT_PROPERTY},
    {"abstractproperty", ELEMENT_ABSTRACTPROPERTY},
    {"cached_property", ELEMENT_PROPERTY},
};

/* Set what the decorator makes of a method. Returns whether the decorator tells anything. */
static bool decide(struct element *element, struct slice name)
{
	if (element->type != ELEMENT_METHOD)
		return false;
	for (size_t i = 0; i < sizeof(deciding) / sizeof(*deciding); i++) {
		if (slice_is(name, deciding[i].name)) {
			element->type = deciding[i].type;
			return true;
		}
	}
	return false;
}

static void take_decorators(
    struct delineator *delineator, struct element *element, const asdl_expr_seq *decorators)
{
	struct definition *definition = element->definition;
	bool method = element->type == ELEMENT_METHOD;

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(decorators); i++) {
		expr_ty decorator = asdl_seq_GET(decorators, i);
		struct slice name = delineator_dotted(delineator, decorator);

		texts_add(&definition->decorators, delineator->arena,
		    page_text(&delineator->page, STRETCH(decorator)));
		if (element->type != ELEMENT_CLASS)
			take_deprecation(delineator, definition, decorator);
		if (method && is_accessor(name) && !definition->accessor.len)
			definition->accessor = name;
		if (decorator->kind == Name_kind && !decide(element, name))
			texts_add(&definition->qualifiers, delineator->arena, name);
	}
}

/* Apply the decorators to an element, and document it by its body. */
static struct element *define(struct delineator *delineator, const struct scope *scope,
    enum element_type type, PyObject *name, const asdl_expr_seq *decorators, stmt_ty statement)
{
	struct stretch stretch = from_decorator(&delineator->page, decorators, statement);
	struct element *element = scope_add(
	    delineator, scope, type, delineator_text(delineator, name), &stretch);

	element->line = statement->lineno;
	element->definition = arena_zalloc(delineator->arena, 1, sizeof(*element->definition));
	take_decorators(delineator, element, decorators);
	return element;
}

static bool has_parameters(const struct delineator *delineator, enum element_type type)
{
	return delineator->interface ||
	       (type != ELEMENT_PROPERTY && type != ELEMENT_ABSTRACTPROPERTY);
}

/* Raise `line` to the last line of a definition's type parameters. */
static int end_of_type_parameters(stmt_ty statement, int line)
{
	struct version_type_parameter one;

	for (Py_ssize_t i = 0; version_type_parameter(statement, i, &one); i++)
		line = later(line, one.end_lineno);
	return line;
}

/* The last line of what precedes a function's body, but for its type parameters. */
static int end_of_function_head(const struct function *function, int line)
{
	const struct _arguments *arguments = function->arguments;

	REACH(line, arguments->posonlyargs);
	REACH(line, arguments->args);
	REACH(line, arguments->defaults);
	REACH(line, arguments->kwonlyargs);
	REACH(line, arguments->kw_defaults);
	if (arguments->vararg)
		line = later(line, arguments->vararg->end_lineno);
	if (arguments->kwarg)
		line = later(line, arguments->kwarg->end_lineno);
	return function->returns ? later(line, function->returns->end_lineno) : line;
}

void define_function(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	struct function function = function_of(statement);
	bool method = scope->container->type == ELEMENT_CLASS;
	struct element *element = define(delineator, scope,
	    method ? ELEMENT_METHOD : ELEMENT_FUNCTION, function.name, function.decorators,
	    statement);
	struct scope inside = {.container = element};

	element->definition->async = function.async;
	if (function.async)
		texts_add(
		    &element->definition->qualifiers, delineator->arena, SLICE_LITERAL("async"));
	document_body(delineator, element, function.body);
	if (function.returns)
		delineator_add_type(delineator, element, function.returns);
	delineator_add_type_parameters(delineator, element, statement);
	if (has_parameters(delineator, element->type))
		parameters_add(delineator, element, function.arguments);
	scan_function(delineator, scope, element, function.body,
	    page_text(&delineator->page, STRETCH(statement)),
	    end_of_function_head(&function, end_of_type_parameters(statement, statement->lineno)));
	if (delineator->locals)
		delineator->visit_body(delineator, &inside, function.body, 0, 0);
}

/* A keyword given twice does not compile; the first one is taken. */
static void take_keywords(
    struct delineator *delineator, struct element *element, const asdl_keyword_seq *keywords)
{
	struct texts *texts = &element->definition->keywords;
	automap struct map known = {0};

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(keywords); i++) {
		keyword_ty keyword = asdl_seq_GET(keywords, i);
		struct slice name;
		void **place;

		if (!keyword->arg)
			continue;
		name = delineator_text(delineator, keyword->arg);
		place = map_at(&known, name);
		if (*place)
			continue;
		*place = keyword;
		texts_add(texts, delineator->arena, name);
		texts_add(texts, delineator->arena,
		    page_text(&delineator->page, STRETCH(keyword->value)));
	}
}

/* The last line of what precedes a class's body. */
static int end_of_class_head(stmt_ty statement)
{
	const asdl_expr_seq *bases = statement->v.ClassDef.bases;
	const asdl_keyword_seq *keywords = statement->v.ClassDef.keywords;
	int line = end_of_type_parameters(statement, statement->lineno);

	REACH(line, bases);
	REACH(line, keywords);
	return line;
}

/* A class's fields come last, whichever method they were found in. */
static void append_fields(struct element *class, const struct map *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		struct element *field = fields->entries[i].value;

		class->last->next = field;
		class->last = field;
	}
}

void define_class(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_expr_seq *bases = statement->v.ClassDef.bases;
	const asdl_stmt_seq *body = statement->v.ClassDef.body;
	struct element *class = define(delineator, scope, ELEMENT_CLASS, statement->v.ClassDef.name,
	    statement->v.ClassDef.decorator_list, statement);
	struct element *inheritance = delineator_add(
	    delineator, class, ELEMENT_INHERITANCE, SLICE_LITERAL(""), NULL);
	automap struct map fields = {0};
	struct scope inside = {.container = class, .fields = &fields};

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(bases); i++)
		delineator_add_type(delineator, inheritance, asdl_seq_GET(bases, i));
	delineator_add_type_parameters(delineator, class, statement);
	take_keywords(delineator, class, statement->v.ClassDef.keywords);
	document_body(delineator, class, body);
	delineator->visit_body(
	    delineator, &inside, body, class->documentation.present, end_of_class_head(statement));
	append_fields(class, &fields);
}
