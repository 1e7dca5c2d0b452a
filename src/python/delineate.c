#include "python/delineator.h"

#include "base/path.h"
#include "python/source.h"

struct slice delineator_text(struct delineator *delineator, PyObject *string)
{
	Py_ssize_t len;
	const char *data = PyUnicode_AsUTF8AndSize(string, &len);
	PyObject *bytes;

	if (data)
		return slice_of(data, (size_t)len);
	if (delineator->failed)
		return SLICE_LITERAL("");
	PyErr_Clear(); /* lone surrogates */
	bytes = PyUnicode_AsEncodedString(string, "utf-8", "surrogatepass");
	if (bytes) {
		len = PyBytes_GET_SIZE(bytes);
		data = arena_copy(
		    delineator->arena, slice_of(PyBytes_AS_STRING(bytes), (size_t)len));
		Py_DECREF(bytes);
		return slice_of(data, (size_t)len);
	}
	delineator->failed = true;
	return SLICE_LITERAL("");
}

struct slice delineator_dotted(struct delineator *delineator, expr_ty expression)
{
	size_t len = 0;
	expr_ty at = expression;
	char *name, *end;

	for (; at->kind == Attribute_kind; at = at->v.Attribute.value)
		len += delineator_text(delineator, at->v.Attribute.attr).len + 1;
	if (at->kind != Name_kind)
		return SLICE_LITERAL("");
	if (at == expression)
		return delineator_text(delineator, at->v.Name.id);
	len += delineator_text(delineator, at->v.Name.id).len;
	name = arena_alloc(delineator->arena, len);
	end = name + len;
	for (at = expression;; at = at->v.Attribute.value) {
		bool last = at->kind == Name_kind;
		struct slice part = delineator_text(
		    delineator, last ? at->v.Name.id : at->v.Attribute.attr);

		end -= part.len;
		memcpy(end, part.data, part.len);
		if (last)
			return slice_of(name, len);
		*--end = '.';
	}
}

struct element *delineator_add(struct delineator *delineator, struct element *parent,
    enum element_type type, struct slice identifier, const struct stretch *stretch)
{
	struct element *element = arena_zalloc(delineator->arena, 1, sizeof(*element));

	element->type = type;
	element->identifier = identifier;
	if (stretch)
		element->area = page_area(&delineator->page, *stretch);
	element->line = element->area.first.line;
	if (parent->last)
		parent->last->next = element;
	else
		parent->first = element;
	parent->last = element;
	return element;
}

void delineator_add_type(struct delineator *delineator, struct element *parent, expr_ty expression)
{
	struct stretch stretch = STRETCH(expression);
	struct element *type = delineator_add(
	    delineator, parent, ELEMENT_TYPE, SLICE_LITERAL(""), &stretch);

	type->syntax = page_text(&delineator->page, stretch);
	type->reference = delineator_dotted(delineator, expression);
}

struct element *scope_add(struct delineator *delineator, const struct scope *scope,
    enum element_type type, struct slice identifier, const struct stretch *stretch)
{
	struct element *element = delineator_add(
	    delineator, scope->container, type, identifier, stretch);

	element->conditional = scope->conditional;
	element->branch = scope->branch;
	return element;
}

/* The last line of a body, which the parser never leaves empty. */
static int end_of(const asdl_stmt_seq *body, int otherwise)
{
	Py_ssize_t count = asdl_seq_LEN(body);

	return count ? asdl_seq_GET(body, count - 1)->end_lineno : otherwise;
}

static int end_of_items(const asdl_withitem_seq *items, int line)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(items); i++) {
		withitem_ty item = asdl_seq_GET(items, i);

		line = later(line, item->context_expr->end_lineno);
		if (item->optional_vars)
			line = later(line, item->optional_vars->end_lineno);
	}
	return line;
}

/* The last line that the parts before a statement's first block reach to. */
static int end_of_head(stmt_ty statement)
{
	switch (statement->kind) {
	case If_kind:
		return statement->v.If.test->end_lineno;
	case While_kind:
		return statement->v.While.test->end_lineno;
	case For_kind: /* an async one has the same layout */
		return statement->v.For.iter->end_lineno;
	case AsyncFor_kind:
		return statement->v.AsyncFor.iter->end_lineno;
	case With_kind:
		return end_of_items(statement->v.With.items, statement->lineno);
	case AsyncWith_kind:
		return end_of_items(statement->v.AsyncWith.items, statement->lineno);
	default:
		return statement->lineno;
	}
}

/* A walk over the blocks of one statement. */
struct blocks {
	void (*visit)(void *context, const struct block *block);
	void *context;
	int above;
};

static void visit_block(
    struct blocks *blocks, const asdl_stmt_seq *body, stmt_ty test, bool otherwise)
{
	struct block block = {body, blocks->above, test, otherwise};

	if (!asdl_seq_LEN(body))
		return;
	blocks->visit(blocks->context, &block);
	blocks->above = end_of(body, blocks->above);
}

static void visit_try(struct blocks *blocks, const asdl_stmt_seq *body,
    const asdl_excepthandler_seq *handlers, const asdl_stmt_seq *otherwise,
    const asdl_stmt_seq *finally)
{
	visit_block(blocks, body, NULL, false);
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(handlers); i++) {
		excepthandler_ty handler = asdl_seq_GET(handlers, i);
		expr_ty type = handler->v.ExceptHandler.type;

		blocks->above = type ? type->end_lineno : handler->lineno;
		visit_block(blocks, handler->v.ExceptHandler.body, NULL, false);
	}
	visit_block(blocks, otherwise, NULL, false);
	visit_block(blocks, finally, NULL, false);
}

static void visit_cases(struct blocks *blocks, const asdl_match_case_seq *cases)
{
	for (Py_ssize_t i = 0; i < asdl_seq_LEN(cases); i++) {
		match_case_ty one = asdl_seq_GET(cases, i);

		blocks->above = one->guard ? one->guard->end_lineno : one->pattern->end_lineno;
		visit_block(blocks, one->body, NULL, false);
	}
}

void each_block(
    stmt_ty statement, void (*visit)(void *context, const struct block *block), void *context)
{
	struct blocks blocks = {visit, context, end_of_head(statement)};

	switch (statement->kind) {
	case If_kind:
		visit_block(&blocks, statement->v.If.body, statement, false);
		visit_block(&blocks, statement->v.If.orelse, statement, true);
		break;
	case While_kind:
		visit_block(&blocks, statement->v.While.body, NULL, false);
		visit_block(&blocks, statement->v.While.orelse, NULL, false);
		break;
	case For_kind:
		visit_block(&blocks, statement->v.For.body, NULL, false);
		visit_block(&blocks, statement->v.For.orelse, NULL, false);
		break;
	case AsyncFor_kind:
		visit_block(&blocks, statement->v.AsyncFor.body, NULL, false);
		visit_block(&blocks, statement->v.AsyncFor.orelse, NULL, false);
		break;
	case With_kind:
		visit_block(&blocks, statement->v.With.body, NULL, false);
		break;
	case AsyncWith_kind:
		visit_block(&blocks, statement->v.AsyncWith.body, NULL, false);
		break;
	case Try_kind:
		visit_try(&blocks, statement->v.Try.body, statement->v.Try.handlers,
		    statement->v.Try.orelse, statement->v.Try.finalbody);
		break;
	case TryStar_kind:
		visit_try(&blocks, statement->v.TryStar.body, statement->v.TryStar.handlers,
		    statement->v.TryStar.orelse, statement->v.TryStar.finalbody);
		break;
	case Match_kind:
		visit_cases(&blocks, statement->v.Match.cases);
		break;
	default:
		break;
	}
}

/* Append the parts of a dotted name. */
static void add_path(struct delineator *delineator, struct element *element, struct slice name)
{
	struct slice part;

	while (slice_next(&name, '.', &part))
		texts_add(&element->path, delineator->arena, part);
}

static void add_import(struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_alias_seq *names = statement->v.Import.names;
	struct stretch stretch = STRETCH(statement);

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		alias_ty alias = asdl_seq_GET(names, i);
		struct slice name = delineator_text(delineator, alias->name), rest = name, first;
		struct element *element;

		(void)slice_next(&rest, '.', &first); /* a name has a part */
		if (alias->asname)
			first = delineator_text(delineator, alias->asname);
		element = scope_add(delineator, scope, ELEMENT_IMPORT, first, &stretch);
		element->renamed = alias->asname != NULL;
		add_path(delineator, element, name);
	}
}

static void add_import_from(
    struct delineator *delineator, const struct scope *scope, stmt_ty statement)
{
	const asdl_alias_seq *names = statement->v.ImportFrom.names;
	struct stretch stretch = STRETCH(statement);

	for (Py_ssize_t i = 0; i < asdl_seq_LEN(names); i++) {
		alias_ty alias = asdl_seq_GET(names, i);
		struct slice name = delineator_text(delineator, alias->name);
		struct slice as = alias->asname ? delineator_text(delineator, alias->asname) : name;
		struct element *element = scope_add(
		    delineator, scope, ELEMENT_IMPORT, as, &stretch);

		if (statement->v.ImportFrom.module)
			add_path(delineator, element,
			    delineator_text(delineator, statement->v.ImportFrom.module));
		texts_add(&element->path, delineator->arena, name);
		element->renamed = alias->asname != NULL;
		element->from = true;
		element->relative = statement->v.ImportFrom.level;
	}
}

static void visit_statement(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding);

void delineator_body(struct delineator *delineator, const struct scope *scope,
    const asdl_stmt_seq *body, Py_ssize_t begin, int above)
{
	Py_ssize_t count = asdl_seq_LEN(body);

	for (Py_ssize_t i = begin; i < count; i++) {
		stmt_ty statement = asdl_seq_GET(body, i);
		struct binding binding = {
		    .statement = statement,
		    .stretch = STRETCH(statement),
		    .next = i + 1 < count ? asdl_seq_GET(body, i + 1) : NULL,
		    .above = above,
		};

		visit_statement(delineator, scope, &binding);
		above = statement->end_lineno;
	}
}

struct visit {
	struct delineator *delineator;
	const struct scope *scope;
};

static void visit_arm(void *context, const struct block *block)
{
	const struct visit *visit = context;
	struct scope scope = *visit->scope;
	struct branch *branch;

	scope.conditional = true;
	if (block->test) {
		branch = arena_alloc(visit->delineator->arena, sizeof(*branch));
		*branch = (struct branch){
		    .outer = scope.branch,
		    .statement = block->test,
		    .test = page_text(&visit->delineator->page, STRETCH(block->test->v.If.test)),
		    .otherwise = block->otherwise,
		};
		scope.branch = branch;
	}
	delineator_body(visit->delineator, &scope, block->body, 0, block->above);
}

static void visit_statement(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding)
{
	struct visit visit = {delineator, scope};
	stmt_ty statement = binding->statement;

	switch (statement->kind) {
	case Import_kind:
		add_import(delineator, scope, statement);
		break;
	case ImportFrom_kind:
		add_import_from(delineator, scope, statement);
		break;
	case FunctionDef_kind:
	case AsyncFunctionDef_kind:
		define_function(delineator, scope, statement);
		break;
	case ClassDef_kind:
		define_class(delineator, scope, statement);
		break;
	case Assign_kind:
	case AnnAssign_kind:
		bind_data(delineator, scope, binding);
		break;
	case AugAssign_kind:
	case Expr_kind:
		if (scope->container == delineator->module)
			bind_export(delineator, statement);
		break;
	default:
		each_block(statement, visit_arm, &visit);
		break;
	}
}

/* The file's name up to its last dot, unless that is the first of its characters. */
static struct slice name_of(const char *recorded)
{
	struct slice name = path_name(slice_c(recorded));

	for (size_t i = name.len; i > 1; i--) {
		if (name.data[i - 1] == '.')
			return slice_of(name.data, i - 1);
	}
	return name;
}

static struct slice copied(struct arena *arena, struct slice slice)
{
	return slice_of(arena_copy(arena, slice), slice.len);
}

/* The text of a source: its own bytes where they are that. */
static int take_text(const struct tree *tree, const struct delineate_options *options,
    struct delineation *ret, struct error **err)
{
	bool decoded = options->encoding != NULL; /* by tree_parse() */

	ret->text = tree->bytes;
	ret->plain = !decoded && source_is_text(tree->bytes);
	if (ret->plain || decoded)
		return 0;
	if (source_decode(tree->bytes, NULL, tree->shown, &ret->decoded, err) < 0)
		return -1;
	ret->text = str_slice(&ret->decoded);
	return 0;
}

static void describe_module(
    struct delineator *delineator, const struct tree *tree, const struct delineate_options *options)
{
	struct element *module = delineator->module;
	const struct page *page = &delineator->page;
	struct slice name = options->factor ? slice_c(options->factor) : name_of(options->recorded);
	struct scope scope = {.container = module};
	const asdl_stmt_seq *body = tree->module->v.Module.body;

	module->type = ELEMENT_MODULE;
	module->identifier = copied(delineator->arena, name);
	module->area = (struct area){{1, 1}, {page->count, 0}};
	module->encoding = copied(
	    delineator->arena, source_encoding(tree->bytes, options->encoding));
	document_body(delineator, module, body);
	delineator_body(delineator, &scope, body, module->documentation.present, 0);
}

int delineate_tree(const struct tree *tree, const struct delineate_options *options,
    struct delineation *ret, struct error **err)
{
	struct delineator delineator = {.arena = &ret->arena, .module = &ret->module};

	if (take_text(tree, options, ret, err) < 0)
		return -1;
	page_init(&delineator.page, ret->text, &ret->arena);
	describe_module(&delineator, tree, options);
	if (delineator.failed)
		return python_fail(err, tree->shown, SLICE_LITERAL(""));
	if (delineator.written > DELINEATION_LIMIT)
		return delineation_too_large(tree->shown, err);
	return 0;
}

int delineation_too_large(const char *shown, struct error **err)
{
	return fail_at(err, shown, 0, 0, NULL,
	    "its description would be larger than %d MiB: it repeats what is large",
	    DELINEATION_LIMIT >> 20);
}

void delineation_release(struct delineation *delineation)
{
	arena_release(&delineation->arena);
	str_release(&delineation->decoded);
}
