#include "run/described.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "python/delineate.h"

/* Where descriptions are in a capture: src/metrics looks there. */
#define DESCRIBED ".kiln-described"

int described_add(struct tree *tree, const char *path, const struct hash *hash, struct str *ret,
    struct error **err)
{
	const struct delineate_options options = {.recorded = path, .regions = true};
	autodelineation struct delineation delineation = {.text = {"", 0}};
	autostr struct str areas = STR_INIT;
	char hex[2 * HASH_SIZE + 1];
	const struct region *region;
	size_t at = 0;
	char type;

	if (delineate_tree(tree, &options, &delineation, err) < 0)
		return -1;
	hash_hex(hash, hex);
	str_addf(ret, "%s\n", hex);
	while ((region = regions_next(&delineation.regions, &at, &type))) {
		str_addc(ret, type);
		region_add_area(&region->area, &areas);
		str_addc(&areas, '\n');
	}
	str_addc(ret, '\n');
	str_add_slice(ret, str_slice(&areas));
	return 0;
}

/* The files of a description. */
struct description {
	struct str sources, areas, types, hashes;
};

static void description_release(struct description *description)
{
	str_release(&description->sources);
	str_release(&description->areas);
	str_release(&description->types);
	str_release(&description->hashes);
}

static void add_text(struct description *description, struct slice path, struct slice text)
{
	struct slice hash, types;

	if (!slice_next(&text, '\n', &hash) || !slice_next(&text, '\n', &types))
		return;
	str_addf(&description->sources, "%zu %.*s\n", types.len, (int)path.len, path.data);
	str_add_slice(&description->areas, text);
	str_add_slice(&description->types, types);
	str_addf(&description->hashes, "%.*s\n", (int)hash.len, hash.data);
}

/* Write a file of the description, whose directory's name is below `capture`. */
static int put(int capture, const char *directory, const char *name, const struct str *text,
    struct error **err)
{
	autofree char *path = xasprintf("%s/%s", directory, name);

	return file_replace(
	    place_below(capture, path, path), str_slice(text), file_default_mode(), FILE_OVER, err);
}

/* The name of the directory: a digest of the description, as runs may describe other sources. */
static int name_directory(const struct description *description, char **ret, struct error **err)
{
	autostr struct str text = STR_INIT;
	struct hash hash;
	char hex[2 * HASH_SIZE + 1];

	str_add_part(&text, str_slice(&description->sources));
	str_add_part(&text, str_slice(&description->areas));
	str_add_part(&text, str_slice(&description->types));
	str_add_part(&text, str_slice(&description->hashes));
	if (hash_compute(HASH_SHA256, str_slice(&text), &hash, err) < 0)
		return -1;
	hash_hex(&hash, hex);
	*ret = xasprintf(DESCRIBED "/%s", hex);
	return 0;
}

static int make_directory(int capture, const char *name, struct error **err)
{
	if (mkdirat(capture, name, 0777) < 0 && errno != EEXIST)
		return fail_errno(err, errno, "cannot create '%s' in the capture directory", name);
	return 0;
}

static int write_description(int capture, const struct description *description, struct error **err)
{
	autofree char *directory = NULL;

	if (name_directory(description, &directory, err) < 0 ||
	    make_directory(capture, DESCRIBED, err) < 0 ||
	    make_directory(capture, directory, err) < 0 ||
	    put(capture, directory, "sources", &description->sources, err) < 0 ||
	    put(capture, directory, "types", &description->types, err) < 0 ||
	    put(capture, directory, "hashes", &description->hashes, err) < 0)
		return -1;
	/* This is what readers look for. */
	return put(capture, directory, "areas", &description->areas, err);
}

int described_write(int session, int capture, const struct fields *paths,
    const struct fields *others, struct error **err)
{
	CLEANUP(description_release) struct description description = {0};
	autostr struct str text = STR_INIT;
	automap struct map left_out = {0};

	for (size_t i = 0; i < others->count; i++)
		*map_at(&left_out, fields_at(others, i)) = &left_out;
	for (size_t i = 0; i < paths->count; i++) {
		autofree char *name = xasprintf("regions/%zu", i);

		str_truncate(&text, 0);
		/* What cannot be read was not compiled either. */
		if (!map_get(&left_out, fields_at(paths, i)) &&
		    file_read_place(
			place_below(session, name, name), FILE_READ_LIMIT, &text, NULL, NULL) == 0)
			add_text(&description, fields_at(paths, i), str_slice(&text));
	}
	return write_description(capture, &description, err);
}
