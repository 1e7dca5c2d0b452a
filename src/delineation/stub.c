#include "delineation/stub_scope.h"

#include "delineation/signature.h"

/* The declarations of a body that are written, in order. */
struct body {
	const struct stub_declaration **items;
	size_t count;
};

/* CPython's tokenizer has this limit of indentation (MAXINDENT in Parser/tokenizer.c). */
#define INDENTATION 99

static void write_body(struct stub *stub, const struct stub_scope *scope);

static struct body body_of(struct stub *stub, const struct stub_scope *scope)
{
	struct body body = {NULL, 0};

	body.items = arena_alloc(
	    &stub->arena, scope->count * sizeof(const struct stub_declaration *));
	for (size_t i = 0; i < scope->count; i++) {
		if (scope->declarations[i].is_needed)
			body.items[body.count++] = &scope->declarations[i];
	}
	return body;
}

static void write_class(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct stub_scope *scope = declaration->inner;
	bool is_empty = true;

	for (size_t i = 0; i < scope->count; i++)
		is_empty = is_empty && !scope->declarations[i].is_needed;
	stub_class_head(stub, declaration);
	if (is_empty) {
		stub_empty_body(stub, declaration->element);
		return;
	}
	stub_ignores(stub, declaration->element);
	str_addc(&stub->out, '\n');
	stub->depth++;
	stub->depth_of_classes++;
	stub_docstring(stub, declaration->element);
	write_body(stub, scope);
	stub->depth_of_classes--;
	stub->depth--;
}

static void write_declaration(struct stub *stub, const struct stub_declaration *declaration)
{
	if (stub->depth > INDENTATION && !stub->refused)
		stub->refused = declaration->element;
	if (stub->refused)
		return;
	if (declaration->inner)
		write_class(stub, declaration);
	else
		stub_declaration_write(stub, declaration);
}

/* The arm of a declaration at a depth; NULL if fewer arms contain it. */
static const struct branch *arm_at(const struct body *body, size_t item, size_t depth)
{
	const struct stub_arm *arm = body->items[item]->arm;

	return arm && depth < arm->depth ? arm->path[depth]->branch : NULL;
}

/* The end of the declarations that stand in an arm of this statement at this depth: of the same arm
 * only, unless `any`. */
static size_t end_of_run(const struct body *body, size_t first, size_t end, size_t depth,
    const struct branch *of, bool any)
{
	while (first < end) {
		const struct branch *branch = arm_at(body, first, depth);

		if (!branch || branch->statement != of->statement ||
		    (!any && branch->otherwise != of->otherwise))
			break;
		first++;
	}
	return first;
}

static void write_run(
    struct stub *stub, const struct body *body, size_t first, size_t end, size_t depth);

/* Whether declarations of an arm are comments, which are no body for it. */
static bool are_comments(const struct body *body, size_t first, size_t end, size_t depth)
{
	while (first < end && !arm_at(body, first, depth) && stub_is_comment(body->items[first]))
		first++;
	return first == end;
}

static void write_arm(
    struct stub *stub, const struct body *body, size_t first, size_t end, size_t depth)
{
	stub->depth++;
	write_run(stub, body, first, end, depth);
	if (are_comments(body, first, end, depth))
		stub_line(stub, "pass");
	stub->depth--;
}

/* An `if` with its content. An `else` that contains a single `if` becomes `elif`. */
static void write_if(
    struct stub *stub, const struct body *body, size_t first, size_t end, size_t depth)
{
	const char *word = "if ";

	for (;;) {
		const struct branch *branch = arm_at(body, first, depth), *inner;
		size_t other = first;

		if (!branch->otherwise)
			other = end_of_run(body, first, end, depth, branch, false);
		stub_begin_line(stub);
		str_adds(&stub->out, word);
		stub_expression(stub, body->items[first]->element, branch->test, false);
		str_adds(&stub->out, ":\n");
		write_arm(stub, body, first, other, depth + 1);
		if (other == end)
			return;
		inner = arm_at(body, other, ++depth);
		first = other;
		if (!inner || end_of_run(body, first, end, depth, inner, true) != end)
			break;
		word = "elif ";
	}
	stub_line(stub, "else:");
	write_arm(stub, body, first, end, depth);
}

static void write_run(
    struct stub *stub, const struct body *body, size_t first, size_t end, size_t depth)
{
	while (first != end && !stub->refused) {
		const struct branch *branch = arm_at(body, first, depth);

		if (branch) {
			size_t next = end_of_run(body, first, end, depth, branch, true);

			write_if(stub, body, first, next, depth);
			first = next;
		} else {
			write_declaration(stub, body->items[first++]);
		}
	}
}

static void write_body(struct stub *stub, const struct stub_scope *scope)
{
	struct body body = body_of(stub, scope);

	write_run(stub, &body, 0, body.count, 0);
}

static bool imports(const struct stub *stub, const char *identifier, const char *module)
{
	const struct stub_name *name = map_get(&stub->module->names, slice_c(identifier));
	const struct stub_declaration *one = name ? stub_name_chosen(name) : NULL;

	return one && one->element->type == ELEMENT_IMPORT && one->element->from && !one->arm &&
	       !one->element->relative && !one->element->renamed &&
	       slice_is(one->element->path.first->slice, module) &&
	       one->element->path.first->next == one->element->path.last;
}

/* The name for something of another module: its own, unless the source binds that to something
 * else. */
static const char *free_name(
    const struct stub *stub, const char *identifier, const char *other, const char *module)
{
	return map_get(&stub->module->names, slice_c(identifier)) &&
		       !imports(stub, identifier, module)
		   ? other
		   : identifier;
}

static void write_import(const struct stub *stub, const char *module, const char *identifier,
    const char *as, struct str *ret)
{
	if (imports(stub, as, module))
		return;
	str_addf(ret, "from %s import %s", module, identifier);
	if (strcmp(identifier, as) != 0)
		str_addf(ret, " as %s", as);
	str_addc(ret, '\n');
}

/* What the interface needs and the source does not have. */
static void write_own(const struct stub *stub, struct str *ret)
{
	if (stub->needs_unknown)
		write_import(stub, "_typeshed", "Incomplete", stub->unknown, ret);
	if (stub->needs_abstract)
		write_import(stub, "abc", "ABCMeta", stub->abstract, ret);
	if (stub->needs_shared)
		write_import(stub, "typing", "ClassVar", stub->shared, ret);
}

/* What star imports bind and do not pass on. */
static void write_found(const struct stub *stub, struct str *ret)
{
	for (size_t i = 0; i < stub->found.count; i++) {
		const struct map_entry *entry = &stub->found.entries[i];
		const struct stub_origin *origin = entry->value;

		if (!origin->module.len)
			continue;
		stub_origin_write(origin, ret);
		str_adds(ret, " as ");
		str_add_slice(ret, entry->key);
		str_addc(ret, '\n');
	}
}

static void write_module(struct stub *stub, struct str *ret)
{
	autostr struct str own = STR_INIT;

	stub_lines(stub);
	stub_docstring(stub, stub->module->container);
	stub->futures = stub->out.len;
	write_body(stub, stub->module);
	for (const struct text *name = stub->submodules.first; name; name = name->next)
		str_addf(&stub->out, "from . import %.*s as %.*s\n", (int)name->slice.len,
		    name->slice.data, (int)name->slice.len, name->slice.data);
	for (const struct text *name = stub->missing.first; name; name = name->next)
		str_addf(&stub->out, "%.*s: %s\n", (int)name->slice.len, name->slice.data,
		    stub->unknown);
	write_own(stub, &own);
	write_found(stub, &own);
	str_add(ret, str_c(&stub->out), stub->futures);
	str_add_slice(ret, str_slice(&own));
	str_add(ret, str_c(&stub->out) + stub->futures, stub->out.len - stub->futures);
}

static int decide(struct stub *stub, struct error **err)
{
	stub->module = stub_scope_new(stub, NULL, &stub->source->delineation->module);
	stub->unknown = free_name(stub, "Incomplete", "_Incomplete", "_typeshed");
	stub->shared = free_name(stub, "ClassVar", "_ClassVar", "typing");
	stub->abstract = free_name(stub, "ABCMeta", "_ABCMeta", "abc");
	stub_scopes_decide(stub, 0);
	if (stub_exports_decide(stub, err) < 0)
		return -1;
	stub_used_decide(stub);
	return stub->error ? fail_with(err, steal(&stub->error)) : 0;
}

static void release(struct stub *stub)
{
	struct stub_scope *scope;

	for (size_t at = 0; at < stub->scopes.len; at += sizeof(struct stub_scope *)) {
		memcpy(&scope, stub->scopes.data + at, sizeof(struct stub_scope *));
		map_release(&scope->names);
	}
	str_release(&stub->scopes);
	str_release(&stub->pending);
	str_release(&stub->out);
	error_free(stub->error);
	map_release(&stub->found);
	map_release(&stub->arms);
	arena_release(&stub->arena);
}

int stub_add(const struct stub_source *source, const struct stub_options *options, struct str *ret,
    struct error **err)
{
	CLEANUP(release) struct stub stub = {.options = options, .source = source};

	if (decide(&stub, err) < 0)
		return -1;
	write_module(&stub, ret);
	if (stub.refused)
		return fail_at(err, source->shown, stub.refused->line, 0, NULL,
		    "'%.*s' is nested too deeply for an interface, which CPython could not read",
		    (int)stub.refused->identifier.len, stub.refused->identifier.data);
	return 0;
}
