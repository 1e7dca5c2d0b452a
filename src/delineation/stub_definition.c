#include "delineation/stub_scope.h"

#include "delineation/signature.h"

void stub_origin_write(const struct stub_origin *origin, struct str *ret)
{
	if (origin->name.len) {
		str_adds(ret, "from ");
		str_add_slice(ret, origin->module);
		str_addc(ret, ' ');
	}
	str_adds(ret, "import ");
	str_add_slice(ret, origin->name.len ? origin->name : origin->module);
}

/* Append what is imported, as `from` or not. */
static void add_imported(struct stub *stub, const struct element *import, bool from)
{
	const struct text *last = import->path.last;

	stub_begin_line(stub);
	if (!from) {
		str_adds(&stub->out, "import ");
		stub_join(&stub->out, import->path.first, NULL);
		return;
	}
	str_adds(&stub->out, "from ");
	for (int i = 0; i < import->relative; i++)
		str_addc(&stub->out, '.');
	stub_join(&stub->out, import->path.first, last);
	str_adds(&stub->out, " import ");
	str_add_slice(&stub->out, last->slice);
}

/* A public name that is not the one where it comes from: for type checkers only `import a as a`
 * makes a name public, so that it is imported under a private name and bound. Where it is used as a
 * type, it must stay an import. */
static void add_renamed(struct stub *stub, const struct element *import)
{
	struct str *out = &stub->out;

	str_adds(out, "_");
	str_add_slice(out, import->identifier);
	stub_ignores(stub, import);
	str_addc(out, '\n');
	stub_begin_line(stub);
	str_add_slice(out, import->identifier);
	str_adds(out, " = _");
	str_add_slice(out, import->identifier);
	str_addc(out, '\n');
}

static bool is_known(const struct stub *stub, const char *before, struct slice identifier)
{
	autostr struct str name = STR_INIT;

	str_adds(&name, before);
	str_add_slice(&name, identifier);
	return map_get(&stub->module->names, str_slice(&name)) != NULL;
}

void stub_import_in_class(struct stub *stub, const struct element *import)
{
	stub_begin_line(stub);
	str_add_slice(&stub->out, import->identifier);
	str_addf(&stub->out, ": %s\n", stub->unknown);
	stub->needs_unknown = true;
}

void stub_import(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *import = declaration->element;
	bool same = slice_equal(import->identifier, import->path.last->slice);
	bool renamed = import->renamed, is_dotted = import->path.first != import->path.last;
	/* `import a.b` binds a, as it stands. */
	bool public = declaration->is_public && (import->from || renamed || !is_dotted);
	bool is_free = !declaration->name->is_mentioned && !is_known(stub, "_", import->identifier);
	bool from = import->from || (public && is_dotted && (same || !is_free));

	if (declaration->origin.module.len) {
		stub_begin_line(stub);
		stub_origin_write(&declaration->origin, &stub->out);
		from = declaration->origin.name.len > 0;
		renamed = true;
		same = slice_equal(import->identifier,
		    from ? declaration->origin.name : declaration->origin.module);
	} else {
		add_imported(stub, import, from);
	}
	if (renamed || (public && from))
		str_adds(&stub->out, " as ");
	if (public && !same && is_free) {
		add_renamed(stub, import);
		return;
	}
	if (renamed || (public && from))
		str_add_slice(&stub->out, import->identifier);
	stub_ignores(stub, import);
	str_addc(&stub->out, '\n');
	if (import->from && !import->relative && slice_is(import->path.first->slice, "__future__"))
		stub->futures = stub->out.len;
}

static void add_decorators(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *element = declaration->element;
	const struct text *text = element->definition->decorators.first;
	int number;

	if (declaration->name->wrapper && stub_is_function(element)) {
		stub_begin_line(stub);
		str_addf(&stub->out, "@%s\n", declaration->name->wrapper);
	}
	for (; text; text = text->next) {
		if (!stub_is_function(element) && stub_class_enumeration(text->slice).len)
			continue;
		stub_begin_line(stub);
		str_addc(&stub->out, '@');
		stub_expression(stub, element, text->slice, false);
		number = stub_line_at(stub, text->slice.data + text->slice.len);
		stub_ignores_of(stub, number, number);
		str_addc(&stub->out, '\n');
	}
}

/* A named tuple that has no name but as a base does not get the name of the class. */
static void add_base(struct stub *stub, const struct element *class, struct slice syntax)
{
	struct slice call = stub_last_part(stub_decorator_name(syntax));
	struct slice rest = stub_arguments(syntax), keyword, first;

	if ((!slice_is(call, "namedtuple") && !slice_is(call, "NamedTuple")) ||
	    !stub_next_argument(&rest, &keyword, &first) || keyword.len || first.len < 3 ||
	    !slice_equal(slice_of(first.data + 1, first.len - 2), class->identifier)) {
		stub_expression(stub, class, syntax, true);
		return;
	}
	str_add(&stub->out, syntax.data, (size_t)(first.data + 1 - syntax.data));
	str_addc(&stub->out, '_');
	str_add(&stub->out, first.data + 1, (size_t)(syntax.data + syntax.len - first.data - 1));
}

static void add_bases(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *class = declaration->element;
	struct str *out = &stub->out;
	const char *between = "(";

	for (const struct element *base = class->first->first; base; base = base->next) {
		str_adds(out, between);
		add_base(stub, class, base->syntax);
		between = ", ";
	}
	for (const struct text *text = class->definition->decorators.first; text;
	     text = text->next) {
		struct slice rest = stub_class_enumeration(text->slice), keyword, base;

		if (!stub_next_argument(&rest, &keyword, &base))
			continue;
		str_adds(out, between);
		str_add_slice(out, base);
		between = ", ";
	}
	for (const struct text *name = class->definition->keywords.first; name;
	     name = name->next->next) {
		str_adds(out, between);
		str_add_slice(out, name->slice);
		str_addc(out, '=');
		stub_expression(stub, class, name->next->slice, true);
		between = ", ";
	}
	if (declaration->inner->is_abstract)
		str_addf(out, "%smetaclass=%s", between, stub->abstract);
	if (between[0] == ',')
		str_addc(out, ')');
}

void stub_class_head(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *class = declaration->element;

	add_decorators(stub, declaration);
	stub_begin_line(stub);
	str_adds(&stub->out, "class ");
	str_add_slice(&stub->out, class->identifier);
	type_parameters_add(&stub->out, class);
	add_bases(stub, declaration);
	str_addc(&stub->out, ':');
}

void stub_empty_body(struct stub *stub, const struct element *element)
{
	bool documented = stub_has_docstring(stub, element);

	str_adds(&stub->out, documented ? "" : " ...");
	stub_ignores(stub, element);
	str_addc(&stub->out, '\n');
	if (!documented)
		return;
	stub->depth++;
	stub_docstring(stub, element);
	stub_line(stub, "...");
	stub->depth--;
}

/* Make one line of the head that begins at `from` if it gets a comment for type checkers, which is
 * for the first line. */
static void make_one_line(struct stub *stub, const struct element *function, size_t from)
{
	autostr struct str text = STR_INIT;
	struct str *out = &stub->out;
	size_t len = out->len;

	if (!memchr(out->data + from, '\n', out->len - from))
		return;
	stub_ignores(stub, function);
	if (out->len == len)
		return;
	str_truncate(out, len);
	str_add(&text, out->data + from, out->len - from);
	str_truncate(out, from);
	line_add(out, str_slice(&text));
}

void stub_function(struct stub *stub, const struct stub_declaration *declaration)
{
	const struct element *function = declaration->element;
	const struct element *returns = element_annotation(function);
	const struct definition *definition = function->definition;
	struct str *out = &stub->out;
	size_t head;

	add_decorators(stub, declaration);
	stub_begin_line(stub);
	head = out->len;
	/* A generator is an iterator for who calls it, which `async` would make an awaitable of. */
	str_adds(out, definition->async && !definition->yields ? "async def " : "def ");
	str_add_slice(out, function->identifier);
	type_parameters_add(out, function);
	str_addc(out, '(');
	signature_add(out, function, stub->options->defaults);
	str_addc(out, ')');
	if (returns) {
		str_adds(out, " -> ");
		stub_expression(stub, function, returns->syntax, false);
	}
	str_addc(out, ':');
	make_one_line(stub, function, head);
	stub_empty_body(stub, function);
}
