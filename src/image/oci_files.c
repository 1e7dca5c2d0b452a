#include "image/oci_files.h"

#include "base/array.h"
#include "base/path.h"
#include "image/reader.h"

static int hash_path(struct slice path, uint64_t *ret, struct error **err)
{
	struct hash hash;

	if (hash_compute(HASH_SHA256, path, &hash, err) < 0)
		return -1;
	*ret = 0;
	for (size_t i = 0; i < sizeof(*ret); i++)
		*ret = *ret << 8 | hash.bytes[i];
	return 0;
}

static void add(struct oci_files *files, uint64_t hash)
{
	if (files->count == files->capacity) {
		files->capacity = files->capacity ? 2 * files->capacity : 256;
		files->hashes = xreallocarray(
		    files->hashes, files->capacity, sizeof(*files->hashes));
	}
	files->hashes[files->count++] = hash;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

static void sort(struct oci_files *files)
{
	size_t kept = 0;

	array_sort(files->hashes, files->count, sizeof(*files->hashes), compare);
	for (size_t i = 0; i < files->count; i++)
		if (!kept || files->hashes[i] != files->hashes[kept - 1])
			files->hashes[kept++] = files->hashes[i];
	files->count = kept;
}

static bool have(const struct oci_files *files, uint64_t hash)
{
	return files->count &&
	       array_find(&hash, files->hashes, files->count, sizeof(hash), compare) != NULL;
}

static void warn_of_note(const struct oci_base *base, const struct plan_listener *listener)
{
	struct error *note = NULL;

	if (!listener->warning)
		return;
	(void)fail_at(&note, base->layout.path, 0, 0, NULL,
	    "the note of the base's files is missing or damaged, and its layers cannot be read: a "
	    "directory that takes the place of one of them gets no whiteout"); /* always -1 */
	listener->warning(listener->context, note);
}

static int read_note(struct oci_files *files, const struct oci_base *base,
    const struct oci_descriptor *blob, struct error **err)
{
	autostr struct str text = STR_INIT;

	if (oci_layout_read(&base->layout, blob, &text, err) < 0)
		return -1;
	for (size_t i = 0; i + sizeof(uint64_t) <= text.len; i += sizeof(uint64_t)) {
		uint64_t hash = 0;

		for (size_t k = 0; k < sizeof(hash); k++)
			hash = hash << 8 | (unsigned char)text.data[i + k];
		add(files, hash);
	}
	return 0;
}

static void drop_fault(void *context, struct error *fault)
{
	(void)context;
	error_free(fault);
}

/* Find the files in the layers themselves. */
static int read_layers(struct oci_files *files, const struct oci_base *base, const char *reference,
    bool (*interrupted)(void), struct error **err)
{
	const struct oci_platform *platform = &base->platform;
	autofree char *name = xasprintf("%s/%s%s%s", platform->os, platform->architecture,
	    *platform->variant ? "/" : "", platform->variant);
	const struct image_reading_options options = {
	    .platform = name, .takes_other = true, .interrupted = interrupted};
	const struct image_visitor visitor = {.fault = drop_fault};
	autocontents struct image_contents contents = {0};

	if (image_read(&contents, reference, &options, &visitor, err) < 0)
		return -1;
	if (contents.faults)
		return fail(err, ERROR_INPUT, "layers are damaged");
	for (size_t i = 0; i < contents.count; i++) {
		uint64_t hash;

		if (contents.entries[i]->kind == IMAGE_DIRECTORY)
			continue;
		if (hash_path(contents.entries[i]->path, &hash, err) < 0)
			return -1;
		add(files, hash);
	}
	return 0;
}

int oci_files_read(struct oci_files *files, const struct oci_base *base, const char *reference,
    const struct plan_listener *listener, bool (*interrupted)(void), struct error **err)
{
	struct oci_descriptor blob;
	struct error *error = NULL;

	if (!oci_files_blob(base->manifest, &blob))
		return 0;
	if (read_note(files, base, &blob, &error) < 0 && error->kind == ERROR_INPUT) {
		error_free(steal(&error));
		if (read_layers(files, base, reference, interrupted, &error) < 0 &&
		    error->kind == ERROR_INPUT) {
			error_free(steal(&error));
			warn_of_note(base, listener);
		}
	}
	if (error)
		return fail_with(err, error);
	sort(files);
	return 0;
}

static void add_whiteout(struct oci_layer *layer, struct slice path)
{
	autostr struct str name = STR_INIT, whiteout = STR_INIT;
	struct item *item;

	str_adds(&name, OCI_WHITEOUT);
	str_add_slice(&name, path_name(path));
	path_join(&whiteout, path_above(path), str_slice(&name));
	item = plan_add(&layer->plan, ITEM_FILE, str_slice(&whiteout));
	if (item)
		item->is_empty = true;
}

/* Look at an entry of a layer: a file is one of the image's, a directory may cover one of the
 * base's. `seen` has the directories of layers before. */
static int cover_item(const struct oci_files *base, struct oci_files *ret, struct oci_files *gone,
    struct map *seen, struct oci_layer *layer, const struct item *item, struct error **err)
{
	uint64_t hash;
	void **known;

	if (hash_path(item->path, &hash, err) < 0)
		return -1;
	if (item->kind != ITEM_DIRECTORY) {
		add(ret, hash);
		return 0;
	}
	known = map_at(seen, item->path);
	if (!*known && have(base, hash)) {
		add_whiteout(layer, item->path);
		add(gone, hash);
	}
	*known = layer;
	return 0;
}

/* Put the items from `count` on, whiteouts, before what covers them. */
static void put_whiteouts(struct plan *plan, size_t count)
{
	size_t added = plan->count - count;
	autofree struct item **whiteouts = xcalloc(added + 1, sizeof(*whiteouts));

	memcpy(whiteouts, plan->items + count, added * sizeof(*whiteouts));
	memmove(plan->items + added, plan->items, count * sizeof(*whiteouts));
	memcpy(plan->items, whiteouts, added * sizeof(*whiteouts));
}

static int cover_all(const struct oci_files *base, struct oci_files *ret, struct oci_files *gone,
    struct oci_layers *layers, struct error **err)
{
	automap struct map seen = {0};

	for (size_t i = 0; i < layers->count; i++) {
		struct oci_layer *layer = &layers->list[i];
		size_t count = layer->plan.count; /* what is added then is not looked at */

		for (size_t k = 0; k < count; k++)
			if (cover_item(base, ret, gone, &seen, layer, layer->plan.items[k], err) <
			    0)
				return -1;
		if (layer->plan.count > count && layers->is_ordered)
			put_whiteouts(&layer->plan, count);
		else if (layer->plan.count > count)
			plan_finish(&layer->plan);
	}
	return 0;
}

int oci_files_cover(struct oci_files *files, struct oci_layers *layers, struct error **err)
{
	CLEANUP(oci_files_release) struct oci_files all = {0}, gone = {0};

	if (cover_all(files, &all, &gone, layers, err) < 0)
		return -1;
	sort(&gone);
	for (size_t i = 0; i < files->count; i++)
		if (!have(&gone, files->hashes[i]))
			add(&all, files->hashes[i]);
	sort(&all);
	oci_files_release(files);
	*files = all;
	all = (struct oci_files){0};
	return 0;
}

int oci_files_write(
    const struct oci_files *files, struct oci_layout *layout, struct str *ret, struct error **err)
{
	struct oci_descriptor blob = {.media_type = ""};
	autostr struct str text = STR_INIT;

	for (size_t i = 0; i < files->count; i++)
		for (int shift = 56; shift >= 0; shift -= 8)
			str_addc(&text, (char)(files->hashes[i] >> shift & 0xff));
	if (oci_layout_put(layout, str_slice(&text), &blob, err) < 0)
		return -1;
	str_addf(ret, "%s %llu", blob.digest.text, (unsigned long long)blob.size);
	return 0;
}

void oci_files_release(struct oci_files *files)
{
	free(files->hashes);
	*files = (struct oci_files){0};
}
