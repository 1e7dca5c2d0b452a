#include "python/delineator.h"

#include "base/path.h"
#include "python/region_walk.h"
#include "python/source.h"

static void visit_statement(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding);

static void visit_body(struct delineator *delineator, const struct scope *scope,
    const asdl_stmt_seq *body, Py_ssize_t begin, int above)
{
	Py_ssize_t count = asdl_seq_LEN(body);
	bool remarks = delineator->remarks && scope->container == delineator->module;

	for (Py_ssize_t i = begin; i < count; i++) {
		struct binding binding = binding_at(body, i, above);

		if (remarks)
			export_remarks(delineator, scope, body, i, above);
		visit_statement(delineator, scope, &binding);
		above = binding.statement->end_lineno;
	}
	if (remarks)
		export_remarks(delineator, scope, body, count, above);
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
		if (visit->delineator->interface)
			interface_judge(block->test->v.If.test, branch);
		scope.branch = branch;
	}
	visit_body(visit->delineator, &scope, block->body, 0, block->above);
}

/* In functions only definitions are elements. */
static bool is_left_out(const struct scope *scope, stmt_ty statement)
{
	const struct element *container = scope->container;

	return container->definition && container->type != ELEMENT_CLASS &&
	       statement->kind != FunctionDef_kind && statement->kind != AsyncFunctionDef_kind &&
	       statement->kind != ClassDef_kind;
}

static void visit_statement(
    struct delineator *delineator, const struct scope *scope, const struct binding *binding)
{
	struct visit visit = {delineator, scope};
	stmt_ty statement = binding->statement;

	if (is_left_out(scope, statement)) {
		each_block(statement, visit_arm, &visit);
		return;
	}

	if (delineator->interface)
		interface_add(delineator, scope, statement);
	switch (statement->kind) {
	case Import_kind:
	case ImportFrom_kind:
		import_add(delineator, scope, statement);
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
			export_change(delineator, scope, statement);
		break;
	default:
		if (!bind_alias(delineator, scope, binding))
			each_block(statement, visit_arm, &visit);
		break;
	}
	if (delineator->interface && statement->kind == Try_kind)
		interface_take_back(delineator, scope, statement);
}

/* The file's name up to its last dot; a leading dot belongs to the name. */
static struct slice name_of(const char *recorded)
{
	struct slice name = path_name(slice_c(recorded));

	for (size_t i = name.len; i > 1; i--) {
		if (name.data[i - 1] == '.')
			return slice_of(name.data, i - 1);
	}
	return name;
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
	module->identifier = arena_slice(delineator->arena, name);
	module->area = (struct area){{1, 1}, {page_lines(page), 0}};
	module->encoding = arena_slice(
	    delineator->arena, source_encoding(tree->bytes, options->encoding));
	document_body(delineator, module, body);
	visit_body(delineator, &scope, body, module->documentation.present, 0);
}

static void find_regions(
    struct delineator *delineator, const struct tree *tree, struct regions *ret)
{
	struct region_walk walk = {.ret = ret, .page = &delineator->page};

	walk_module(&walk, tree->module);
}

int delineate_tree(struct tree *tree, const struct delineate_options *options,
    struct delineation *ret, struct error **err)
{
	struct delineator delineator = {
	    .arena = &ret->arena,
	    .module = &ret->module,
	    .visit_body = visit_body,
	    .locals = options->locals,
	    .interface = options->interface,
	};

	if (python_lay_out(tree, options->encoding, err) < 0)
		return -1;
	ret->text = tree->layout.text;
	ret->plain = tree->layout.plain;
	delineator.page = page_of(&tree->layout);
	delineator.remarks = options->interface &&
			     slice_ends(slice_c(tree->shown), SLICE_LITERAL(".pyi"));
	describe_module(&delineator, tree, options);
	if (options->regions)
		find_regions(&delineator, tree, &ret->regions);
	ret->has_regions = options->regions;
	if (delineator.failed)
		return python_fail(err, tree->shown, SLICE_LITERAL(""));
	if (delineator.written > DELINEATION_LIMIT)
		return delineation_too_large(tree->shown, err);
	return 0;
}

int delineation_too_large(const char *shown, struct error **err)
{
	return fail_at(err, shown, 0, 0, NULL,
	    "description is larger than %d MiB: large values are repeated in it",
	    DELINEATION_LIMIT >> 20);
}

void delineation_release(struct delineation *delineation)
{
	arena_release(&delineation->arena);
	regions_release(&delineation->regions);
}
