#include "metrics/source.h"

#include <stdlib.h>

#include "base/file.h"
#include "python/interpreter.h"
#include "python/source.h"

/* An error of the source means that there is none. */
static int leave(struct error *error, struct error **err)
{
	if (!error_is_local(error))
		return fail_with(err, error);
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
		return fail_input(err, 0, path, "another source");
	return 0;
}

static int parse(const char *path, const struct str *bytes, struct source *ret, struct error **err)
{
	struct tree_source source = {.bytes = str_slice(bytes), .shown = path, .recorded = path};
	autonotes struct notes notes = {NULL, 0};
	autotree struct tree *tree = NULL;

	if (source_decode(str_slice(bytes), NULL, path, &ret->text, err) < 0 ||
	    tree_parse(&source, &notes, &tree, err) < 0)
		return -1;
	outline_tree(tree, str_slice(&ret->text), &ret->outline);
	return 0;
}

int source_read(
    struct slice path, struct slice hash, bool regions, struct source *ret, struct error **err)
{
	autofree char *name = xmemdup0(path.data, path.len);
	autostr struct str bytes = STR_INIT;
	struct error *error = NULL;

	(void)regions;
	if (interpreter_need(err) < 0)
		return -1;
	if (read_bytes(name, hash, &bytes, &error) < 0 || parse(name, &bytes, ret, &error) < 0)
		return leave(error, err);
	return 1;
}

void source_release(struct source *source)
{
	str_release(&source->text);
	outline_release(&source->outline);
	free(source->areas);
	free(source->types);
}
