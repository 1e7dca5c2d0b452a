#include "metrics/source.h"

#include <stdlib.h>

#include "base/file.h"
#include "python/delineate.h"
#include "python/interpreter.h"
#include "python/source.h"

/* An error of the source means that there is none. */
static int leave(struct error *error, struct error **ret_problem, struct error **err)
{
	if (!error_is_local(error))
		return fail_with(err, error);
	if (!errno_is_absence(error->number))
		*ret_problem = error;
	else
		error_free(error);
	return 0;
}

static int read_bytes(const char *path, struct slice hash, struct str *bytes, struct error **err)
{
	char hex[2 * HASH_SIZE + 1];
	struct hash own;

	if (file_read(path, FILE_READ_LIMIT, bytes, NULL, err) < 0 ||
	    source_hash(str_slice(bytes), NULL, path, &own, err) < 0)
		return -1;
	hash_hex(&own, hex);
	if (hash.len && !slice_is(hash, hex))
		return fail_input(err, 0, path,
		    "this is not the text that was measured: only its regions are reported");
	return 0;
}

/* Take over the areas and types of the regions. */
static void take_regions(const struct regions *regions, struct source *ret)
{
	const struct region *region;
	size_t at = 0;
	char type;

	ret->areas = xmalloc(regions->count * sizeof(*ret->areas) + 1);
	ret->types = xmalloc(regions->count + 1);
	while ((region = regions_next(regions, &at, &type))) {
		ret->areas[ret->count] = region->area;
		ret->types[ret->count++] = type;
	}
}

static int find_regions(struct tree *tree, const char *path, struct source *ret, struct error **err)
{
	struct delineate_options options = {.recorded = path, .regions = true};
	autodelineation struct delineation delineation = {.arena = {NULL}};

	if (delineate_tree(tree, &options, &delineation, err) < 0)
		return -1;
	take_regions(&delineation.regions, ret);
	return 0;
}

static int parse(
    const char *path, const struct str *bytes, bool regions, struct source *ret, struct error **err)
{
	struct tree_source source = {
	    .bytes = str_slice(bytes), .shown = path, .recorded = path, .is_laid_out = true};
	autonotes struct notes notes = {NULL, 0};
	autotree struct tree *tree = NULL;

	if (source_decode(source.bytes, NULL, path, &ret->text, err) < 0 ||
	    tree_parse(&source, &notes, &tree, err) < 0)
		return -1;
	if (outline_tree(tree, NULL, &ret->outline, err) < 0)
		return -1;
	return regions ? find_regions(tree, path, ret, err) : 0;
}

int source_read(struct slice path, struct slice hash, bool regions, struct source *ret,
    struct error **ret_problem, struct error **err)
{
	autofree char *name = xmemdup0(path.data, path.len);
	autostr struct str bytes = STR_INIT;
	struct error *error = NULL;

	*ret_problem = NULL;
	if (interpreter_need(err) < 0)
		return -1;
	if (read_bytes(name, hash, &bytes, &error) < 0 ||
	    parse(name, &bytes, regions, ret, &error) < 0)
		return leave(error, ret_problem, err);
	return 1;
}

void source_release(struct source *source)
{
	str_release(&source->text);
	outline_release(&source->outline);
	free(source->areas);
	free(source->types);
}
