#include "ship/known.h"

#include "delineation/describe.h"

/* Modules whose __all__ is that of others, which is that of others, and so on. */
#define DEPTH 30

/* The source of a module, or NULL. */
static const struct item *item_of(const struct exports_reader *reader, struct slice module)
{
	static const char *const ends[] = {".py", "/__init__.py", ".pyi", "/__init__.pyi"};
	autostr struct str path = STR_INIT;
	size_t len;

	str_add_slice(&path, module);
	for (size_t i = 0; i < path.len; i++) {
		if (path.data[i] == '.')
			path.data[i] = '/';
	}
	len = path.len;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const struct item *item;

		str_truncate(&path, len);
		str_adds(&path, ends[i]);
		item = map_get(&reader->plan->by_path, str_slice(&path));
		if (item && (item->kind == ITEM_PYTHON || item->kind == ITEM_FILE))
			return item;
	}
	return NULL;
}

bool known_has_module(void *context, struct slice module)
{
	return item_of(context, module) != NULL;
}

/* Whether an import could name a directory. */
static bool is_name(struct slice part)
{
	for (size_t i = 0; i < part.len; i++) {
		char c = part.data[i];
		bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
				 (c & 0x80);

		if (!is_letter && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return part.len > 0;
}

struct slice known_package(struct arena *arena, struct slice path)
{
	char *name = arena_copy(arena, path);
	size_t len = path.len;
	struct slice rest, part;

	while (len && name[len - 1] != '/')
		len--;
	len -= len > 0;
	rest = slice_of(name, len);
	while (slice_next(&rest, '/', &part)) {
		if (!is_name(part))
			return SLICE_LITERAL("");
	}
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '/')
			name[i] = '.';
	}
	return slice_of(name, len);
}

static bool is_exported(const struct known *known, struct slice name)
{
	for (const struct text *one = known->exports.names.first; one; one = one->next) {
		if (slice_equal(one->slice, name))
			return true;
	}
	return false;
}

/* Keep where a name comes from: the name of a module, or a module. */
static void keep_origin(struct exports_reader *reader, const struct element *import,
    struct slice module, struct map *ret)
{
	struct stub_origin *origin;
	void **place = map_at(ret, arena_slice(&reader->arena, import->identifier));

	if (*place)
		return;
	*place = origin = arena_zalloc(&reader->arena, 1, sizeof(*origin));
	origin->module = arena_slice(&reader->arena, module);
	if (import->from)
		origin->name = arena_slice(&reader->arena, import->path.last->slice);
}

/* Whether only type checkers see an import. */
static bool is_for_checking(const struct element *import)
{
	return import->branch && slice_ends(import->branch->test, SLICE_LITERAL("TYPE_CHECKING"));
}

/* Keep where an import comes from: if interfaces of the module do not pass it on, and if it is of
 * its package. */
static void take_import(struct exports_reader *reader, struct slice package,
    const struct element *import, struct known *ret)
{
	autostr struct str module = STR_INIT;
	bool is_sibling = stub_is_of_package(package, import);

	if (import->from && !stub_from_module(package, import, &module))
		return;
	if (slice_is(import->identifier, "*")) {
		texts_add(
		    &ret->stars, &reader->arena, arena_slice(&reader->arena, str_slice(&module)));
		return;
	}
	if (!import->from && !import->renamed && import->path.first != import->path.last)
		return;
	if (!import->from)
		stub_join(&module, import->path.first, NULL);
	if (is_sibling)
		keep_origin(reader, import, str_slice(&module), &ret->siblings);
	if (!(ret->has_all ? is_exported(ret, import->identifier)
			   : import->from && is_sibling && !is_for_checking(import)))
		keep_origin(reader, import, str_slice(&module), &ret->imports);
}

static void take_class(
    struct exports_reader *reader, const struct element *class, struct known *ret)
{
	void **place = map_at(&ret->classes, arena_slice(&reader->arena, class->identifier));
	struct known_class *known = *place;

	if (!known) {
		*place = known = arena_zalloc(&reader->arena, 1, sizeof(*known));
		stub_class_take(class, &reader->arena, &known->stated);
	}
	known->is_plain = known->is_plain || (!class->definition->keywords.first &&
						 !class->definition->decorators.first);
}

static void take_imports(struct exports_reader *reader, struct slice package,
    const struct element *module, struct known *ret)
{
	for (const struct element *child = module->first; child; child = child->next) {
		if (child->type == ELEMENT_IMPORT && !child->gone)
			take_import(reader, package, child, ret);
		else if (child->type == ELEMENT_CLASS)
			take_class(reader, child, ret);
	}
}

/* Take what a source says; `known` is all zero. */
static int take_source(struct exports_reader *reader, const struct item *item,
    const struct delineation *delineation, struct known *ret, struct error **err)
{
	autoarena struct arena arena = {NULL};
	struct stub_exports exports = {.is_tuple = false};
	struct stub_source source = {
	    .delineation = delineation,
	    .package = known_package(&reader->arena, item->path),
	    .exported = known_exported,
	    .has_module = known_has_module,
	    .context = reader,
	};
	int all = stub_exported(&source, &arena, &exports, err);

	ret->exports.is_tuple = exports.is_tuple;
	for (const struct text *name = exports.names.first; name; name = name->next)
		texts_add(
		    &ret->exports.names, &reader->arena, arena_slice(&reader->arena, name->slice));
	ret->is_all = all > 0;
	ret->has_all = delineation->module.has_exported;
	take_imports(reader, source.package, &delineation->module, ret);
	return all < 0 ? -1 : 0;
}

static int read_source(
    struct exports_reader *reader, const struct item *item, struct known *ret, struct error **err)
{
	const struct delineate_options options = {.encoding = reader->encoding, .interface = true};
	autodescribed struct described described = {.tree = NULL};
	autonotes struct notes notes = {NULL, 0};

	if (described_read(item->origin, &options, &notes, &described, err) < 0)
		return -1;
	return take_source(reader, item, &described.delineation, ret, err);
}

/* Remember an item, of which nothing is known yet; NULL if it is remembered. */
static struct known *remember(struct exports_reader *reader, const struct item *item)
{
	void **place = map_at(&reader->known, item->path);
	struct known *known;

	if (*place)
		return NULL;
	*place = known = arena_zalloc(&reader->arena, 1, sizeof(*known));
	known->next = reader->all;
	reader->all = known;
	return known;
}

int exports_take(struct exports_reader *reader, const struct item *item,
    const struct delineation *delineation, struct error **err)
{
	struct known *known = remember(reader, item);

	return known ? take_source(reader, item, delineation, known, err) : 0;
}

/* What is known of an item. A source that does not parse is reported where it is described. */
static int known_of(struct exports_reader *reader, const struct item *item,
    const struct known **ret, struct error **err)
{
	autoerror struct error *error = NULL;
	struct known *known = remember(reader, item);

	if (known && reader->depth + 1 < DEPTH) {
		reader->depth++;
		if (read_source(reader, item, known, &error) < 0 && error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		reader->depth--;
	}
	*ret = map_get(&reader->known, item->path);
	return 0;
}

int known_by_name(struct exports_reader *reader, struct slice module, const struct known **ret,
    struct error **err)
{
	const struct item *item = item_of(reader, module);

	*ret = NULL;
	return item ? known_of(reader, item, ret, err) : 0;
}

int known_exported(void *context, struct slice module, struct arena *arena,
    struct stub_exports *ret, struct error **err)
{
	const struct known *known;

	if (known_by_name(context, module, &known, err) < 0)
		return -1;
	if (!known)
		return 0;
	ret->is_tuple = known->exports.is_tuple;
	for (const struct text *name = known->exports.names.first; name; name = name->next)
		texts_add(&ret->names, arena, name->slice);
	return known->is_all;
}
