#include "context/parts.h"

#include "base/tree.h"
#include "context/files.h"

static int wrong(struct error **err)
{
	return fail_as(err, ERROR_USAGE);
}

static int add_vectors(struct context *context, const struct context_file *file,
    struct slice factor, struct error **err)
{
	struct vectors *vectors;

	if (map_get(&context->vectors, factor))
		return 0; /* one file may stand below two projects */
	vectors = vectors_new();
	*map_at(&context->vectors, factor) = vectors;
	return vectors_add(vectors, file->text, file->shown, err);
}

static int add_plan(struct context *context, const struct context_file *file, struct slice factor,
    struct error **err)
{
	struct execution *plan;

	if (map_get(&context->plans, factor))
		return 0; /* one file may stand below two projects */
	plan = xcalloc(1, sizeof(*plan));
	*map_at(&context->plans, factor) = plan;
	return execution_parse(file->text, file->shown, plan, err);
}

/* The factor path of a file or of a project's directory. */
static struct slice factor_path(struct context *context, struct slice path)
{
	char *factor = arena_copy(&context->arena, path);
	size_t len = 0;

	while (len < path.len && factor[len] != '.') {
		if (factor[len] == '/')
			factor[len] = '.';
		len++;
	}
	if (path.data[path.len - 1] == '/')
		len--;
	return slice_of(factor, len);
}

static int add_file(struct context *context, const struct context_file *file, struct error **err)
{
	struct slice factor = factor_path(context, file->path);

	if (file->path.data[file->path.len - 1] == '/') {
		*map_at(&context->projects, factor) = context;
		return 0;
	}
	if (slice_ends(file->path, SLICE_LITERAL(".v")))
		return add_vectors(context, file, factor, err);
	return add_plan(context, file, factor, err);
}

static int add_files(
    struct context *context, const struct context_file *files, size_t count, struct error **err)
{
	autostr struct str all = STR_INIT;

	for (size_t i = 0; i < count; i++) {
		const struct context_file *file = &files[i];

		str_addf(&all, "%zu %zu ", file->path.len, file->text.len);
		str_add_slice(&all, file->path);
		str_add_slice(&all, file->text);
		if (add_file(context, file, err) < 0)
			return -1;
	}
	return hash_compute(HASH_SHA256, str_slice(&all), &context->digest, err);
}

/* A vectors file of the section `meta`; NULL if the file is missing. */
static const struct vectors *meta(const struct context *context, const char *name)
{
	autofree char *factor = xasprintf(MACHINES ".meta.%s", name);

	return map_get(&context->vectors, slice_c(factor));
}

static struct slice section_path(struct context *context, struct slice name)
{
	char *path = arena_printf(&context->arena, MACHINES ".%.*s", (int)name.len, name.data);

	return slice_c(path);
}

/* Whether a section exists. Generated contexts name sections that do not; their factors are not
 * processed. */
static bool has_section(struct context *context, struct slice section, const char *from)
{
	struct error *note = NULL;

	if (map_get(&context->projects, section))
		return true;
	(void)fail(&note, ERROR_USAGE,
	    MACHINES
	    ".meta.%s: the context has no section '%.*s': factors of its types are not built",
	    from, (int)section.len, section.data); /* always -1 */
	notes_add(&context->notes, note);
	return false;
}

static int add_projections(struct context *context, struct error **err)
{
	const struct vectors *vectors = meta(context, "projections");
	const struct composition empty = {0};
	autofields struct fields sections = FIELDS_INIT;

	if (!vectors)
		return fail(err, ERROR_USAGE, "the context has no " MACHINES ".meta.projections");
	vectors_names(vectors, &sections);
	context->projections = arena_zalloc(
	    &context->arena, sections.count, sizeof(*context->projections));
	for (size_t i = 0; i < sections.count; i++) {
		struct projection *projection = &context->projections[context->projection_count];
		struct slice name = fields_at(&sections, i);

		projection->section = section_path(context, name);
		if (!has_section(context, projection->section, "projections"))
			continue;
		context->projection_count++;
		if (vectors_compose(vectors, name, &empty, &projection->semantics, err) < 0)
			return -1;
	}
	return 0;
}

static int check_intercept(
    struct context *context, const struct intercept *intercept, struct error **err)
{
	struct slice name;

	if (intercept->fields.count != 3)
		return fail(err, ERROR_USAGE,
		    MACHINES ".meta.intercepts: the mode '%.*s' has %zu fields: expected a "
			     "section, a form and a mode",
		    (int)intercept->mode.len, intercept->mode.data, intercept->fields.count);
	name = fields_at(&intercept->fields, 0);
	if (!slice_is(name, "."))
		/* A missing section is reported there. */
		(void)has_section(context, section_path(context, name), "intercepts");
	return 0;
}

static int add_intercepts(struct context *context, struct error **err)
{
	const struct vectors *vectors = meta(context, "intercepts");
	const struct composition empty = {0};
	autofields struct fields modes = FIELDS_INIT;

	if (!vectors)
		return 0;
	vectors_names(vectors, &modes);
	context->intercepts = arena_zalloc(
	    &context->arena, modes.count, sizeof(*context->intercepts));
	for (size_t i = 0; i < modes.count; i++) {
		struct intercept *intercept = &context->intercepts[i];
		struct slice mode = fields_at(&modes, i);

		context->intercept_count++;
		intercept->mode = arena_slice(&context->arena, mode);
		if (vectors_compose(vectors, mode, &empty, &intercept->fields, err) < 0 ||
		    check_intercept(context, intercept, err) < 0)
			return -1;
	}
	return 0;
}

static int load_builtin(struct context *context, struct error **err)
{
	size_t count = 0;

	while (builtin_files[count].path.data)
		count++;
	context->path = xstrdup("");
	return add_files(context, builtin_files, count, err);
}

static int load_directory(struct context *context, const char *directory, struct error **err)
{
	autostr struct str path = STR_INIT, files = STR_INIT;

	if (tree_resolve(directory, &path, err) < 0)
		return -1;
	context->path = str_take(&path);
	if (files_collect(directory, &context->arena, &files, err) < 0)
		return -1;
	return add_files(
	    context, (const void *)files.data, files.len / sizeof(struct context_file), err);
}

int context_load(const char *directory, struct context **ret, struct error **err)
{
	autocontext struct context *context = xcalloc(1, sizeof(*context));
	int failed = directory ? load_directory(context, directory, err)
			       : load_builtin(context, err);

	if (failed < 0)
		return -1;
	if (add_projections(context, err) < 0 || add_intercepts(context, err) < 0) {
		if (directory)
			fail_prefix(err, "context '%s'", directory);
		return wrong(err);
	}
	*ret = steal(&context);
	return 0;
}

static void free_vectors(struct map *map)
{
	for (size_t i = 0; i < map->count; i++)
		vectors_free(map->entries[i].value);
	map_release(map);
}

static void free_plans(struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		execution_release(map->entries[i].value);
		free(map->entries[i].value);
	}
	map_release(map);
}

static void free_mechanisms(struct map *map)
{
	for (size_t i = 0; i < map->count; i++) {
		struct mechanism *mechanism = map->entries[i].value;

		situation_release(&mechanism->situation);
		fields_release(&mechanism->environment);
	}
	map_release(map);
}

void context_free(struct context *context)
{
	if (!context)
		return;
	for (size_t i = 0; i < context->projection_count; i++)
		fields_release(&context->projections[i].semantics);
	for (size_t i = 0; i < context->intercept_count; i++)
		fields_release(&context->intercepts[i].fields);
	notes_release(&context->notes);
	map_release(&context->projects);
	map_release(&context->variants);
	free_mechanisms(&context->mechanisms);
	free_vectors(&context->merged);
	free_vectors(&context->vectors);
	free_plans(&context->plans);
	str_release(&context->key);
	fields_release(&context->composed);
	arena_release(&context->arena);
	free(context->path);
	free(context);
}

const struct hash *context_digest(const struct context *context)
{
	return &context->digest;
}

const struct notes *context_notes(const struct context *context)
{
	return &context->notes;
}

const char *context_path(const struct context *context)
{
	return context->path;
}
