#include "delineation/stub_scope.h"

/* Append an absolute dotted name for what `level` dots stand before, seen from a package. False if
 * there is no such package. */
static bool add_package(struct str *ret, struct slice package, int level)
{
	for (; level > 1; level--) {
		while (package.len && package.data[package.len - 1] != '.')
			package.len--;
		if (!package.len)
			return false;
		package.len--;
	}
	str_add_slice(ret, package);
	return package.len > 0;
}

static void add_part(struct str *ret, struct slice part)
{
	if (ret->len)
		str_addc(ret, '.');
	str_add_slice(ret, part);
}

/* Append the absolute name of the module that a dotted name of this source stands for. False if it
 * is outside of every package. */
static bool add_module(const struct stub_source *source, struct slice dotted, struct str *ret)
{
	const struct element *child = source->delineation->module.first;
	struct slice rest = dotted, first;

	(void)slice_next(&rest, '.', &first); /* it is not empty */
	while (child && (child->type != ELEMENT_IMPORT || !slice_equal(child->identifier, first)))
		child = child->next;
	if (child && !child->from && !child->renamed) {
		str_add_slice(ret, dotted);
		return true;
	}
	if (!child || child->relative) {
		if (!add_package(ret, source->package, child ? child->relative : 1))
			return false;
	}
	for (const struct text *part = child ? child->path.first : NULL; part; part = part->next)
		add_part(ret, part->slice);
	if (!child)
		add_part(ret, first);
	if (rest.len)
		add_part(ret, rest);
	return true;
}

bool stub_from_module(struct slice package, const struct element *import, struct str *ret)
{
	const struct text *part = import->path.first;

	if (import->relative && !add_package(ret, package, import->relative))
		return false;
	for (; part != import->path.last; part = part->next)
		add_part(ret, part->slice);
	return ret->len > 0;
}

bool stub_is_of_package(struct slice package, const struct element *import)
{
	struct slice rest = package, top;

	if (import->relative)
		return true;
	return slice_next(&rest, '.', &top) && top.len &&
	       slice_equal(top, import->path.first->slice);
}

static void add(
    struct exports *exports, struct arena *arena, enum export_kind kind, struct slice text)
{
	struct export *one = arena_alloc(arena, sizeof(*one));

	*one = (struct export){kind, text, NULL};
	if (exports->last)
		exports->last->next = one;
	else
		exports->first = one;
	exports->last = one;
}

/* The import of the __all__ of another module that binds a name, or NULL. */
static const struct element *import_of(const struct stub_source *source, struct slice name)
{
	const struct element *child = source->delineation->module.first;

	while (child && !(child->type == ELEMENT_IMPORT && child->from &&
			    slice_is(child->path.last->slice, "__all__") &&
			    slice_equal(child->identifier, name)))
		child = child->next;
	return child;
}

/* Append the name of the module whose __all__ a part is. False if there is none. */
static bool add_module_of(
    const struct stub_source *source, const struct export *part, struct str *ret)
{
	const struct element *import;

	if (part->kind == EXPORT_MODULE)
		return add_module(source, part->text, ret);
	import = import_of(source, part->text);
	return import && stub_from_module(source->package, import, ret);
}

static int add_resolved(const struct stub_source *source, struct arena *arena,
    const struct export *part, struct exports *ret, struct error **err)
{
	autostr struct str module = STR_INIT;
	struct stub_exports found = {.is_tuple = false};
	bool is_first = !ret->first;
	int known = 0;

	if (source->exported && add_module_of(source, part, &module))
		known = source->exported(source->context, str_slice(&module), arena, &found, err);
	if (known < 0)
		return -1;
	ret->tuple = ret->tuple || (ret->as_first && is_first && found.is_tuple);
	for (const struct text *name = found.names.first; name; name = name->next)
		add(ret, arena, EXPORT_NAME, name->slice);
	if (!known)
		add(ret, arena, EXPORT_UNKNOWN, part->text);
	return 0;
}

/* The same with the names of other modules in the place of these; *ret is all zero. */
static int resolve(const struct stub_source *source, struct arena *arena,
    const struct exports *exports, struct exports *ret, struct error **err)
{
	ret->change = exports->change;
	ret->tuple = exports->tuple;
	ret->as_first = exports->as_first;
	for (const struct export *part = exports->first; part; part = part->next) {
		if (part->kind == EXPORT_NAME)
			add(ret, arena, part->kind, part->text);
		else if (add_resolved(source, arena, part, ret, err) < 0)
			return -1;
	}
	return 0;
}

/* Remove the first of each of the names. */
static void remove_names(struct exports *from, const struct exports *names)
{
	for (const struct export *name = names->first; name; name = name->next) {
		struct export **place = &from->first;

		while (*place && !slice_equal((*place)->text, name->text))
			place = &(*place)->next;
		if (*place)
			*place = (*place)->next;
	}
	from->last = from->first;
	while (from->last && from->last->next)
		from->last = from->last->next;
}

static void append(struct exports *to, const struct exports *more)
{
	if (!more->first)
		return;
	if (to->last)
		to->last->next = more->first;
	else
		to->first = more->first;
	to->last = more->last;
}

/* Apply a change, which is used up, to a list. */
static void apply(struct exports *to, struct exports *change)
{
	if (change->change == EXPORT_LESS)
		remove_names(to, change);
	else
		append(to, change);
}

int stub_exported(const struct stub_source *source, struct arena *arena, struct stub_exports *ret,
    struct error **err)
{
	const struct element *child = source->delineation->module.first;
	struct exports all = {.change = EXPORT_ALL};
	bool known = false;

	for (; child; child = child->next) {
		struct exports more = {.first = NULL};

		if (!child->exports)
			continue;
		if (resolve(source, arena, child->exports, &more, err) < 0)
			return -1;
		if (more.change == EXPORT_ALL)
			all = more;
		else
			apply(&all, &more);
		known = known || more.change == EXPORT_ALL;
	}
	for (const struct export *one = all.first; one; one = one->next) {
		if (one->kind == EXPORT_NAME)
			texts_add(&ret->names, arena, one->text);
		else
			known = false;
	}
	ret->is_tuple = all.tuple;
	return known;
}

/* What is known of __all__ while its changes are read. */
struct reading {
	struct stub_declaration *all; /* the last one that is a list of its own */
	bool is_unknown;
};

static bool has(const struct exports *exports, enum export_kind kind)
{
	const struct export *one = exports->first;

	while (one && one->kind != kind)
		one = one->next;
	return one != NULL;
}

/* Changes in the same arm become one list. */
static void take_change(struct reading *reading, struct stub_declaration *declaration)
{
	struct exports *exports = declaration->exports;

	if (exports->change == EXPORT_ALL) {
		if (reading->all && reading->all->arm == declaration->arm)
			reading->all->is_chosen = false;
		exports->is_open = has(exports, EXPORT_UNKNOWN);
		reading->is_unknown = exports->is_open;
		reading->all = declaration;
		return;
	}
	declaration->is_chosen = false;
	if (!reading->all || reading->is_unknown)
		return;
	if (reading->all->arm == declaration->arm) {
		apply(reading->all->exports, exports);
		return;
	}
	declaration->is_chosen = has(exports, EXPORT_NAME);
	if (declaration->is_chosen && exports->change == EXPORT_MORE) {
		reading->all->exports->grows = true;
		exports->tuple = reading->all->exports->tuple;
	}
}

/* Whether a name can be written. */
static bool is_identifier(struct slice name)
{
	static const char *const keywords[] = {"False", "None", "True", "and", "as", "assert",
	    "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
	    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
	    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", NULL};

	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!is_letter && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return name.len && !stub_is_among(name, keywords);
}

static bool is_submodule(const struct stub *stub, struct slice name)
{
	const struct stub_source *source = stub->source;
	autostr struct str module = STR_INIT;

	if (!source->has_module || !source->package.len)
		return false;
	str_add_slice(&module, source->package);
	add_part(&module, name);
	return source->has_module(source->context, str_slice(&module));
}

/* Remember that a name is exported; declare it if nothing else does. */
static void take_export(struct stub *stub, struct slice text, struct map *known, bool is_always)
{
	struct stub_name *name = map_get(&stub->module->names, text);
	void **place;

	if (name)
		name->is_exported = true;
	if ((name && (name->last || name->gone)) || !is_always || stub->has_star ||
	    stub_is_implied(text) || slice_is(text, "__all__") || !is_identifier(text))
		return;
	place = map_at(known, text);
	if (*place)
		return;
	*place = stub;
	if (is_submodule(stub, text)) {
		texts_add(&stub->submodules, &stub->arena, text);
		return;
	}
	texts_add(&stub->missing, &stub->arena, text);
	stub->needs_unknown = true;
}

static void take_exports(struct stub *stub)
{
	struct stub_scope *module = stub->module;
	automap struct map known = {0};
	bool is_complete = !map_get(&module->names, SLICE_LITERAL("__getattr__"));

	for (size_t i = 0; i < module->count; i++) {
		const struct stub_declaration *declaration = &module->declarations[i];

		if (declaration->form != STUB_EXPORT || !declaration->is_chosen)
			continue;
		for (const struct export *one = declaration->exports->first; one; one = one->next) {
			if (one->kind == EXPORT_NAME && declaration->exports->change != EXPORT_LESS)
				take_export(
				    stub, one->text, &known, is_complete && !declaration->arm);
		}
	}
}

int stub_exports_decide(struct stub *stub, struct error **err)
{
	struct stub_scope *module = stub->module;
	struct reading reading = {.all = NULL};

	for (size_t i = 0; i < module->count; i++) {
		struct stub_declaration *declaration = &module->declarations[i];
		const struct exports *given = declaration->element->exports;

		if (declaration->form != STUB_EXPORT)
			continue;
		declaration->exports = arena_zalloc(&stub->arena, 1, sizeof(struct exports));
		if (resolve(stub->source, &stub->arena, given, declaration->exports, err) < 0)
			return -1;
		take_change(&reading, declaration);
	}
	stub->is_open = reading.is_unknown;
	take_exports(stub);
	return 0;
}
