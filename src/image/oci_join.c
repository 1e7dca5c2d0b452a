#include "image/oci_join.h"

#include "image/oci.h"
#include "image/oci_attach.h"
#include "image/oci_tag.h"
#include "image/oci_tar.h"

/* A manifest that becomes part of the joined image. */
struct oci_joined {
	size_t input; /* index of its layout */
	struct oci_descriptor descriptor;
	struct oci_platform platform; /* of an image; its words are the arena's */
	enum { IMAGE, ASIDE, REFERRER } kind;
	struct slice
	    entry; /* of the index that is written, JSON, in the arena; not of a referrer */
};

void oci_join_release(struct oci_join *join)
{
	for (size_t i = 0; i < join->count; i++)
		oci_layout_release(&join->layouts[i]);
	free(join->layouts);
	free(join->list);
	arena_release(&join->arena);
	*join = (struct oci_join){0};
}

/* Write the annotations of an entry, but for those of the layout that it was in. */
static void write_annotations(
    struct json_writer *json, const struct json *annotations, const char *subject)
{
	size_t count = 0;

	for (const struct json *member = json_first(annotations); member; member = member->next)
		count += strcmp(member->key, OCI_TAG) != 0 && strcmp(member->key, OCI_SUBJECT) != 0;
	if (!count && !subject)
		return;
	json_key(json, "annotations");
	json_object(json);
	for (const struct json *member = json_first(annotations); member; member = member->next) {
		if (strcmp(member->key, OCI_TAG) == 0 || strcmp(member->key, OCI_SUBJECT) == 0)
			continue;
		json_key(json, member->key);
		json_tree(json, member);
	}
	if (subject)
		json_member(json, OCI_SUBJECT, subject);
	json_object_end(json);
}

/* Write the entry of an index for another one. An image without a platform gets it. `subject` is
 * the digest of what a referrer goes with, or NULL. */
static void write_entry(
    const struct json *entry, const struct oci_joined *joined, const char *subject, struct str *ret)
{
	static const char *const own[] = {"mediaType", "digest", "size", "annotations"};
	struct json_writer json;

	json_begin(&json, ret);
	json_object(&json);
	oci_descriptor_write(&json, &joined->descriptor);
	for (const struct json *member = json_first(entry); member; member = member->next) {
		size_t i = 0;

		while (i < sizeof(own) / sizeof(*own) && strcmp(member->key, own[i]) != 0)
			i++;
		if (i < sizeof(own) / sizeof(*own))
			continue;
		json_key(&json, member->key);
		json_tree(&json, member);
	}
	if (joined->kind == IMAGE && !json_get(entry, "platform")) {
		json_key(&json, "platform");
		json_object(&json);
		oci_platform_write(&json, &joined->platform);
		json_object_end(&json);
	}
	write_annotations(&json, json_get(entry, "annotations"), subject);
	json_object_end(&json);
}

static struct oci_joined *add(struct oci_join *join, size_t input)
{
	if (join->joined == join->capacity) {
		join->capacity = join->capacity ? 2 * join->capacity : 16;
		join->list = xreallocarray(join->list, join->capacity, sizeof(*join->list));
	}
	join->list[join->joined] = (struct oci_joined){.input = input};
	return &join->list[join->joined++];
}

static const struct oci_joined *find(const struct oci_join *join, const char *digest, size_t input)
{
	for (size_t i = 0; i < join->joined; i++)
		if (join->list[i].input == input &&
		    strcmp(join->list[i].descriptor.digest.text, digest) == 0)
			return &join->list[i];
	return NULL;
}

static void set_platform(struct arena *arena, const struct json *config, struct oci_platform *ret)
{
	const struct oci_platform there = oci_platform_of(config);

	*ret = (struct oci_platform){arena_strdup(arena, there.os),
	    arena_strdup(arena, there.architecture), arena_strdup(arena, there.variant)};
}

/* Take what an index names: an image, or what is aside of images. */
static int take(void *context, const struct json *entry, const struct oci_descriptor *descriptor,
    bool is_aside, struct error **err)
{
	struct oci_join *join = context;
	size_t input = join->count - 1;
	autojson struct json *manifest = NULL, *config = NULL;
	autostr struct str text = STR_INIT;
	struct oci_joined *joined;

	if (!is_aside &&
	    oci_read_image(&join->layouts[input], descriptor, &manifest, &config, err) < 0)
		return -1;
	joined = add(join, input);
	joined->descriptor = *descriptor;
	joined->descriptor.media_type = OCI_MANIFEST;
	joined->descriptor.json = NULL;
	joined->kind = is_aside ? ASIDE : IMAGE;
	set_platform(&join->arena, config, &joined->platform);
	write_entry(entry, joined, NULL, &text);
	joined->entry = arena_slice(&join->arena, str_slice(&text));
	return 0;
}

/* Whether an entry of index.json is about one of the images of its layout, by its document. */
static int is_about(struct oci_join *join, size_t input, const struct json *entry,
    struct oci_descriptor *ret, bool *ret_is, struct error **err)
{
	autojson struct json *document = NULL;
	const struct oci_layout *layout = &join->layouts[input];
	const char *subject;

	*ret_is = false;
	if (!json_get(entry, "artifactType") || oci_annotation(entry, OCI_TAG))
		return 0;
	if (oci_descriptor_read(entry, layout->path, ret, err) < 0)
		return -1;
	document = oci_layout_parse(layout, ret, err);
	if (!document)
		return -1;
	subject = json_text(json_get(document, "subject"), "digest", "");
	*ret_is = find(join, subject, input) && !find(join, ret->digest.text, input);
	return 0;
}

static int take_referrers(struct oci_join *join, size_t input, struct error **err)
{
	const struct json *index = join->layouts[input].index;

	for (const struct json *entry = json_first(json_get(index, "manifests")); entry;
	     entry = entry->next) {
		struct oci_descriptor descriptor;
		struct oci_joined *joined;
		bool is;

		if (is_about(join, input, entry, &descriptor, &is, err) < 0)
			return -1;
		if (!is)
			continue;
		joined = add(join, input);
		joined->descriptor = descriptor;
		joined->descriptor.media_type = OCI_MANIFEST;
		joined->kind = REFERRER;
	}
	return 0;
}

int oci_join_open(struct oci_join *join, const char *const *names, struct error **err)
{
	size_t count = 0;

	*join = (struct oci_join){.names = names};
	while (names[count])
		count++;
	join->layouts = xcalloc(count + 1, sizeof(*join->layouts));
	for (size_t i = 0; i < count; i++) {
		CLEANUP(oci_reference_release) struct oci_reference reference = {NULL, NULL};
		struct oci_layout *layout = &join->layouts[i];
		struct oci_documents documents;

		*layout = OCI_LAYOUT_INIT;
		join->count = i + 1;
		if (oci_layout_open_named(layout, names[i], &reference, err) < 0)
			return -1;
		documents = oci_documents_of(layout);
		if (oci_each_image(&documents, layout->index, reference.tag, take, join, err) < 0 ||
		    take_referrers(join, i, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_same(const struct oci_joined *a, const struct oci_joined *b)
{
	return a->kind == IMAGE && b->kind == IMAGE &&
	       oci_platform_suits(&a->platform, &b->platform) &&
	       oci_platform_suits(&b->platform, &a->platform);
}

bool oci_join_has_platforms(const struct oci_join *join)
{
	for (size_t i = 1; i < join->joined; i++)
		if (join->list[i].kind == IMAGE && !is_same(&join->list[0], &join->list[i]))
			return true;
	return false;
}

static int check_platforms(const struct oci_join *join, struct error **err)
{
	for (size_t i = 0; i < join->joined; i++) {
		for (size_t k = 0; k < i; k++) {
			const struct oci_joined *a = &join->list[k], *b = &join->list[i];

			if (is_same(a, b))
				return fail_at(err, join->names[b->input], 0, 0, NULL,
				    "has an image for %s/%s%s%s, as '%s' has: an index has one for "
				    "each platform",
				    b->platform.os, b->platform.architecture,
				    *b->platform.variant ? "/" : "", b->platform.variant,
				    join->names[a->input]);
		}
	}
	return 0;
}

struct joiner {
	const struct oci_join *join;
	const struct oci_join_options *options;
	struct oci_join_result *result;
	struct oci_layout layout;
	struct map seen; /* digests of blobs that were counted, in the arena */
	struct arena arena;
	struct oci_descriptor image;
	struct oci_descriptor *manifests;
	struct error *problem; /* of the archive */
};

static void joiner_release(struct joiner *joiner)
{
	oci_layout_release(&joiner->layout);
	map_release(&joiner->seen);
	arena_release(&joiner->arena);
	free(joiner->manifests);
	error_free(joiner->problem);
}

static int copy_blob(struct joiner *joiner, const struct oci_layout *from,
    const struct oci_descriptor *blob, struct error **err)
{
	void **seen = map_at(
	    &joiner->seen, slice_c(arena_strdup(&joiner->arena, blob->digest.text)));
	bool there;

	if (*seen)
		return 0;
	*seen = joiner;
	if (oci_layout_has(&joiner->layout, blob, &there, err) < 0)
		return -1;
	joiner->result->reused += there;
	joiner->result->copied += !there;
	return there ? 0
		     : oci_layout_copy(
			   &joiner->layout, from, blob, joiner->options->interrupted, err);
}

/* Copy what a manifest names: its layers and config, the note of its files if there is one. Then
 * the manifest. */
static int copy_manifest(struct joiner *joiner, const struct oci_joined *joined, struct error **err)
{
	const struct oci_layout *from = &joiner->join->layouts[joined->input];
	autojson struct json *manifest = oci_layout_parse(from, &joined->descriptor, err);
	const struct json *config = json_get(manifest, "config");
	struct oci_descriptor blob;
	bool there = false;

	if (!manifest)
		return -1;
	for (const struct json *layer = json_first(json_get(manifest, "layers")); layer;
	     layer = layer->next)
		if (oci_descriptor_read(layer, from->path, &blob, err) < 0 ||
		    copy_blob(joiner, from, &blob, err) < 0)
			return -1;
	if (config && (oci_descriptor_read(config, from->path, &blob, err) < 0 ||
			  copy_blob(joiner, from, &blob, err) < 0))
		return -1;
	if (oci_files_blob(manifest, &blob)) {
		if (oci_layout_has(from, &blob, &there, err) < 0 ||
		    (there && copy_blob(joiner, from, &blob, err) < 0))
			return -1;
	}
	return copy_blob(joiner, from, &joined->descriptor, err);
}

/* The only image, with nothing aside of it; NULL if an index has to name several. */
static const struct oci_joined *find_only(const struct oci_join *join)
{
	const struct oci_joined *only = NULL;

	for (size_t i = 0; i < join->joined; i++) {
		if (join->list[i].kind == REFERRER)
			continue;
		if (only || join->list[i].kind == ASIDE)
			return NULL;
		only = &join->list[i];
	}
	return only;
}

static int write_index(struct joiner *joiner, struct error **err)
{
	const struct oci_join *join = joiner->join;
	const struct fields *annotations = joiner->options->annotations;
	autostr struct str text = STR_INIT;
	const struct oci_joined *only = find_only(join);
	struct json_writer json;

	if (only) {
		joiner->image = only->descriptor;
		return 0;
	}
	oci_index_begin(&json, &text);
	for (size_t i = 0; i < join->joined; i++)
		if (join->list[i].kind != REFERRER)
			json_raw(&json, join->list[i].entry);
	json_array_end(&json);
	oci_annotations_write(&json, annotations);
	json_object_end(&json);
	joiner->image.media_type = OCI_INDEX;
	return oci_layout_put(&joiner->layout, str_slice(&text), &joiner->image, err);
}

/* Write index.json. The referrers' annotation names the joined image, with which they go. */
static int commit(struct joiner *joiner, struct error **err)
{
	const struct oci_join *join = joiner->join;
	const char *tag = joiner->options->tag ? joiner->options->tag : OCI_DEFAULT_TAG;
	const struct oci_joined *only = find_only(join);
	autofields struct fields referrers = FIELDS_INIT;

	for (size_t i = 0; i < join->joined; i++) {
		const struct oci_joined *joined = &join->list[i];
		autostr struct str text = STR_INIT;

		if (joined->kind != REFERRER || joiner->options->is_archive)
			continue;
		write_entry(joined->descriptor.json, joined, joiner->image.digest.text, &text);
		fields_add(&referrers, str_slice(&text));
	}
	return oci_tag_commit(
	    &joiner->layout, tag, &joiner->image, only ? &only->platform : NULL, &referrers, err);
}

static int write_layout(struct joiner *joiner, const char *directory, struct error **err)
{
	const struct oci_join *join = joiner->join;

	if (oci_layout_begin(&joiner->layout, directory, joiner->options->interrupted, err) < 0)
		return -1;
	for (size_t i = 0; i < join->joined; i++) {
		if (joiner->options->is_archive && join->list[i].kind == REFERRER)
			continue; /* programs want one entry in the index of an archive */
		if (copy_manifest(joiner, &join->list[i], err) < 0)
			return -1;
		if (join->list[i].kind == IMAGE)
			joiner->manifests[joiner->result->platforms++] = join->list[i].descriptor;
	}
	if (joiner->options->interrupted && joiner->options->interrupted())
		return fail(err, ERROR_SYSTEM, "interrupted");
	return write_index(joiner, err) < 0 ? -1 : commit(joiner, err);
}

static void take_problem(void *context, struct error *problem)
{
	struct joiner *joiner = context;

	error_free(joiner->problem);
	joiner->problem = problem;
}

static int write_archive(struct joiner *joiner, struct error **err)
{
	const struct oci_join_options *options = joiner->options;
	const struct plan_listener listener = {.problem = take_problem, .context = joiner};
	autostage struct tree_stage stage = TREE_STAGE_INIT;
	struct oci_tar tar = {.path = options->output,
	    .layout = &joiner->layout,
	    .manifests = joiner->manifests,
	    .time = options->time,
	    .listener = &listener,
	    .interrupted = options->interrupted};

	if (tree_stage_open(&stage, place_at(options->output), err) < 0 ||
	    write_layout(joiner, stage.path, err) < 0)
		return -1;
	tar.count = joiner->result->platforms;
	if (oci_tar_write(&tar, err) < 0)
		return -1;
	return joiner->problem ? fail_with(err, steal(&joiner->problem)) : 0;
}

int oci_join_write(const struct oci_join *join, const struct oci_join_options *options,
    struct oci_join_result *ret, struct error **err)
{
	CLEANUP(joiner_release)
	struct joiner joiner = {
	    .join = join, .options = options, .result = ret, .layout = OCI_LAYOUT_INIT};

	*ret = (struct oci_join_result){0};
	joiner.manifests = xcalloc(join->joined + 1, sizeof(*joiner.manifests));
	if (check_platforms(join, err) < 0)
		return -1;
	return options->is_archive ? write_archive(&joiner, err)
				   : write_layout(&joiner, options->output, err);
}
