#include "ship/exports.h"

#include "delineation/describe.h"

/* Modules whose __all__ is that of others, which is that of others, and so on. */
#define DEPTH 30

/* What is known of a module. */
struct known {
	struct stub_exports exports;
	bool is_all;	    /* nothing else is in its __all__ */
	bool has_all;	    /* it has one */
	struct map imports; /* struct stub_origin of names that are not passed on; names alone */
	struct texts stars; /* the modules of its star imports */
	struct map classes; /* of those that are called to make objects; names alone */
	struct known *next; /* of the reader */
};

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

static bool has_module(void *context, struct slice module)
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

/* The dotted name of the package that the module at a path is in; empty if no import can name it.
 */
static struct slice package_of(struct arena *arena, struct slice path)
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

/* Keep where an import comes from, if interfaces of the module do not pass it on. */
static void take_import(struct exports_reader *reader, struct slice package,
    const struct element *import, struct known *ret)
{
	autostr struct str module = STR_INIT;
	struct stub_origin *origin;
	void **place;

	if (import->from && !stub_from_module(package, import, &module))
		return;
	if (slice_is(import->identifier, "*")) {
		texts_add(
		    &ret->stars, &reader->arena, arena_slice(&reader->arena, str_slice(&module)));
		return;
	}
	if (ret->has_all ? is_exported(ret, import->identifier)
			 : import->from && stub_is_of_package(package, import))
		return;
	if (!import->from && !import->renamed && import->path.first != import->path.last)
		return;
	for (const struct text *part = import->path.first; !import->from && part;
	     part = part->next) {
		str_adds(&module, module.len ? "." : "");
		str_add_slice(&module, part->slice);
	}
	place = map_at(&ret->imports, arena_slice(&reader->arena, import->identifier));
	if (*place)
		return;
	*place = origin = arena_zalloc(&reader->arena, 1, sizeof(*origin));
	origin->module = arena_slice(&reader->arena, str_slice(&module));
	if (import->from)
		origin->name = arena_slice(&reader->arena, import->path.last->slice);
}

static void take_imports(struct exports_reader *reader, struct slice package,
    const struct element *module, struct known *ret)
{
	for (const struct element *child = module->first; child; child = child->next) {
		if (child->type == ELEMENT_IMPORT && !child->gone)
			take_import(reader, package, child, ret);
		else if (child->type == ELEMENT_CLASS && !child->definition->keywords.first &&
			 !child->definition->decorators.first)
			*map_at(
			    &ret->classes, arena_slice(&reader->arena, child->identifier)) = ret;
	}
}

static int exported_by(void *context, struct slice module, struct arena *arena,
    struct stub_exports *ret, struct error **err);

static int read_exports(
    struct exports_reader *reader, const struct item *item, struct known *ret, struct error **err)
{
	const struct delineate_options options = {.encoding = reader->encoding, .interface = true};
	autodescribed struct described described = {.tree = NULL};
	autoarena struct arena arena = {NULL};
	autonotes struct notes notes = {NULL, 0};
	struct stub_exports exports = {.is_tuple = false};
	struct stub_source source = {
	    .delineation = &described.delineation,
	    .package = package_of(&reader->arena, item->path),
	    .exported = exported_by,
	    .has_module = has_module,
	    .context = reader,
	};
	int all;

	if (described_read(item->origin, &options, &notes, &described, err) < 0)
		return -1;
	all = stub_exported(&source, &arena, &exports, err);
	ret->exports.is_tuple = exports.is_tuple;
	for (const struct text *name = exports.names.first; name; name = name->next)
		texts_add(
		    &ret->exports.names, &reader->arena, arena_slice(&reader->arena, name->slice));
	ret->is_all = all > 0;
	ret->has_all = described.delineation.module.has_exported;
	take_imports(reader, source.package, &described.delineation.module, ret);
	return all < 0 ? -1 : 0;
}

/* What an item exports. A source that does not parse is reported where it is described. */
static int known_of(struct exports_reader *reader, const struct item *item,
    const struct known **ret, struct error **err)
{
	void **place = map_at(&reader->known, item->path);
	autoerror struct error *error = NULL;
	struct known *known = *place;

	if (!known) {
		*place = known = arena_zalloc(&reader->arena, 1, sizeof(*known));
		known->next = reader->all;
		reader->all = known;
		reader->depth++;
		if (reader->depth < DEPTH && read_exports(reader, item, known, &error) < 0 &&
		    error->kind != ERROR_INPUT)
			return fail_with(err, steal(&error));
		reader->depth--;
	}
	*ret = known;
	return 0;
}

/* What a module exports; NULL if the tree does not have it. */
static int known_by_name(struct exports_reader *reader, struct slice module,
    const struct known **ret, struct error **err)
{
	const struct item *item = item_of(reader, module);

	*ret = NULL;
	return item ? known_of(reader, item, ret, err) : 0;
}

static int exported_by(void *context, struct slice module, struct arena *arena,
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

static int find_import(struct exports_reader *reader, struct slice module, struct slice name,
    int depth, struct stub_origin *ret, struct error **err)
{
	const struct known *known = NULL;
	const struct stub_origin *origin;
	int found = 0;

	if (depth > 0 && known_by_name(reader, module, &known, err) < 0)
		return -1;
	if (!known)
		return 0;
	origin = map_get(&known->imports, name);
	if (origin) {
		*ret = *origin;
		return 1;
	}
	for (const struct text *star = known->stars.first; star && !found; star = star->next)
		found = find_import(reader, star->slice, name, depth - 1, ret, err);
	return found;
}

/* Star imports of star imports. */
#define STARS 3

static int imported_by(void *context, struct slice module, struct slice name,
    struct stub_origin *ret, struct error **err)
{
	return find_import(context, module, name, STARS, ret, err);
}

static int has_class(void *context, struct slice module, struct slice name, struct error **err)
{
	const struct known *known;

	if (known_by_name(context, module, &known, err) < 0)
		return -1;
	return known && map_get(&known->classes, name);
}

struct stub_source exports_source(
    struct exports_reader *reader, const struct item *item, const struct delineation *delineation)
{
	return (struct stub_source){
	    .delineation = delineation,
	    .shown = item->origin,
	    .package = package_of(&reader->arena, item->path),
	    .exported = exported_by,
	    .imported = imported_by,
	    .has_class = has_class,
	    .has_module = has_module,
	    .context = reader,
	};
}

void exports_reader_release(struct exports_reader *reader)
{
	for (struct known *known = reader->all; known; known = known->next) {
		map_release(&known->imports);
		map_release(&known->classes);
	}
	map_release(&reader->known);
	arena_release(&reader->arena);
}
