#include "image/oci_index.h"

#include "base/map.h"

/* How deep indexes may be nested. */
#define INDEX_DEPTH 4

/* The most images of a tag, with indexes and what is aside: as nested indexes may name the same
 * ones again and again. */
#define ENTRIES_LIMIT 1024

/* The most tags that a message lists. */
#define SHOWN_TAGS 16

static struct json *read_of_layout(
    void *context, const struct oci_descriptor *descriptor, struct error **err)
{
	return oci_layout_parse(context, descriptor, err);
}

struct oci_documents oci_documents_of(const struct oci_layout *layout)
{
	/* read_of_layout() changes nothing of it */
	return (struct oci_documents){layout->path, read_of_layout, (void *)(uintptr_t)layout};
}

/* Whether a descriptor is of what is about an image, not of an image: a referrer, or what builders
 * mark with a platform that nothing has. */
static bool is_aside(const struct json *descriptor)
{
	return json_get(descriptor, "artifactType") ||
	       strcmp(json_text(json_get(descriptor, "platform"), "os", ""), "unknown") == 0;
}

static bool is_candidate(const struct json *descriptor, const char *tag)
{
	const char *name = oci_annotation(descriptor, OCI_TAG);

	if (is_aside(descriptor))
		return false;
	return !tag || (name && strcmp(name, tag) == 0);
}

static int fail_tags(const char *path, const struct json *index, size_t count, struct error **err)
{
	autostr struct str tags = STR_INIT;
	size_t shown = 0;

	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		const char *tag = oci_annotation(item, OCI_TAG);

		if (!tag || is_aside(item))
			continue;
		if (++shown <= SHOWN_TAGS)
			str_addf(&tags, "%s'%s'", shown > 1 ? ", " : "", tag);
	}
	if (shown > SHOWN_TAGS)
		str_adds(&tags, ", ...");
	return fail_at(err, path, 0, 0, NULL,
	    "has %zu images, none of them called 'latest': name one with its tag, oci:DIR:TAG: %s",
	    count, str_c(&tags));
}

static bool is_same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Find out what is meant without a tag: "latest", or all if there is nothing to choose, as all are
 * of one tag, or of none, or the same image. *ret is the tag; NULL for all. */
static int find_tag(
    const char *path, const struct json *index, const char **ret, struct error **err)
{
	const char *tag = NULL, *digest = NULL;
	bool is_one_tag = true, is_one_image = true;
	size_t count = 0;

	*ret = NULL;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		const char *name = oci_annotation(item, OCI_TAG);
		const char *content = json_text(item, "digest", "");

		if (is_aside(item))
			continue;
		if (count++) {
			is_one_tag = is_one_tag && is_same(tag, name);
			is_one_image = is_one_image && is_same(digest, content);
		}
		tag = tag ? tag : name;
		digest = content;
		if (is_same(name, "latest")) {
			*ret = name;
			return 0;
		}
	}
	if (!is_one_tag && is_one_image)
		*ret = tag;
	return is_one_tag || is_one_image ? 0 : fail_tags(path, index, count, err);
}

/* Choose among the manifests of an index. NULL with *ret_count, the number of candidates. */
static const struct json *choose(const struct json *index, const char *tag,
    const struct oci_platform *platform, size_t *ret_count)
{
	const struct json *found = NULL, *suiting = NULL;

	*ret_count = 0;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		struct oci_platform there = oci_platform_of(json_get(item, "platform"));

		if (!is_candidate(item, tag))
			continue;
		found = item;
		++*ret_count;
		if (!suiting && oci_platform_suits(&there, platform))
			suiting = item;
	}
	return *ret_count == 1 ? found : suiting;
}

static int fail_none(const char *path, const char *tag, struct error **err)
{
	return fail_at(err, path, 0, 0, NULL, "has no image%s%s%s", tag ? " '" : "", tag ? tag : "",
	    tag ? "'" : "");
}

static int fail_choice(const char *name, const char *tag, const struct oci_platform *platform,
    size_t count, struct error **err)
{
	if (!count)
		return fail_none(name, tag, err);
	return fail_at(err, name, 0, 0, NULL,
	    "has %zu images%s%s%s, none of them for %s/%s%s%s: name one with its tag, or give "
	    "--platform",
	    count, tag ? " '" : "", tag ? tag : "", tag ? "'" : "", platform->os,
	    platform->architecture, *platform->variant ? "/" : "", platform->variant);
}

static int fail_depth(const struct oci_documents *documents, struct error **err)
{
	return fail_at(
	    err, documents->path, 0, 0, NULL, "has indexes nested more than %d deep", INDEX_DEPTH);
}

/* Read a descriptor, whose type is that of an index or becomes that of a manifest. */
static int read_descriptor(const struct oci_documents *documents, const struct json *json,
    struct oci_descriptor *ret, struct error **err)
{
	if (oci_descriptor_read(json, documents->path, ret, err) < 0)
		return -1;
	ret->media_type = strcmp(ret->media_type, OCI_INDEX) == 0 ? OCI_INDEX : OCI_MANIFEST;
	return 0;
}

/* Follow nested indexes from *found. */
static int descend(const struct oci_documents *documents, const struct oci_platform *platform,
    struct oci_descriptor *found, struct error **err)
{
	for (int depth = 0; strcmp(found->media_type, OCI_INDEX) == 0; depth++) {
		autojson struct json *index = NULL;
		const struct json *next;
		size_t count;

		if (depth == INDEX_DEPTH)
			return fail_depth(documents, err);
		index = documents->read(documents->context, found, err);
		if (!index)
			return -1;
		next = choose(index, NULL, platform, &count);
		if (!next)
			return fail_choice(documents->path, NULL, platform, count, err);
		if (read_descriptor(documents, next, found, err) < 0)
			return -1;
	}
	found->json = NULL;
	return 0;
}

static int find(const struct oci_documents *documents, const struct json *index, const char *tag,
    const struct oci_platform *platform, struct oci_descriptor *ret_named,
    struct oci_descriptor *ret, struct error **err)
{
	const struct json *found;
	size_t count;

	if (!tag && find_tag(documents->path, index, &tag, err) < 0)
		return -1;
	found = choose(index, tag, platform, &count);
	if (!found)
		return fail_choice(documents->path, tag, platform, count, err);
	if (read_descriptor(documents, found, ret, err) < 0)
		return -1;
	*ret_named = *ret;
	return descend(documents, platform, ret, err);
}

int oci_find(const struct oci_documents *documents, const struct json *index, const char *tag,
    const struct oci_platform *platform, struct oci_descriptor *ret_named,
    struct oci_descriptor *ret, struct error **err)
{
	struct arena arena = {0};
	struct oci_platform here;
	int result;

	oci_platform_here(&arena, &here);
	result = find(documents, index, tag, platform ? platform : &here, ret_named, ret, err);
	arena_release(&arena);
	return result;
}

struct each {
	const struct oci_documents *documents;
	int (*take)(void *context, const struct json *entry,
	    const struct oci_descriptor *descriptor, bool is_aside, struct error **err);
	void *context;
	size_t count; /* of entries */
};

static int each_entry(struct each *each, const struct json *entry, int depth, struct error **err)
{
	const struct oci_documents *documents = each->documents;
	autojson struct json *index = NULL;
	struct oci_descriptor descriptor;

	if (each->count++ == ENTRIES_LIMIT)
		return fail_at(err, documents->path, 0, 0, NULL,
		    "has an index of more than %d images", ENTRIES_LIMIT);
	if (read_descriptor(documents, entry, &descriptor, err) < 0)
		return -1;
	if (strcmp(descriptor.media_type, OCI_INDEX) != 0)
		return each->take(each->context, entry, &descriptor, is_aside(entry), err);
	if (depth == INDEX_DEPTH)
		return fail_depth(documents, err);
	index = documents->read(documents->context, &descriptor, err);
	if (!index)
		return -1;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next)
		if (each_entry(each, item, depth + 1, err) < 0)
			return -1;
	return 0;
}

int oci_each_image(const struct oci_documents *documents, const struct json *index, const char *tag,
    int (*take)(void *context, const struct json *entry, const struct oci_descriptor *descriptor,
	bool is_aside, struct error **err),
    void *context, struct error **err)
{
	struct each each = {documents, take, context, 0};
	size_t count = 0;

	if (!tag && find_tag(documents->path, index, &tag, err) < 0)
		return -1;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next)
		count += is_candidate(item, tag);
	if (!count)
		return fail_none(documents->path, tag, err);
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next)
		if (is_candidate(item, tag) && each_entry(&each, item, 0, err) < 0)
			return -1;
	return 0;
}

struct walk {
	const struct oci_documents *documents;
	const struct oci_visitor *visitor;
	struct map seen; /* digests */
	struct arena arena;
};

static bool is_document(const char *type)
{
	static const char *const types[] = {"", OCI_INDEX, OCI_MANIFEST,
	    "application/vnd.docker.distribution.manifest.v2+json",
	    "application/vnd.docker.distribution.manifest.list.v2+json"};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

/* Visit what a descriptor names. *ret is the document, or NULL if there is nothing below. */
static int visit(struct walk *walk, const struct oci_descriptor *descriptor, struct json **ret,
    struct error **err)
{
	const struct oci_documents *documents = walk->documents;
	struct slice digest = slice_c(descriptor->digest.text);

	if (map_get(&walk->seen, digest))
		return 0;
	*map_at(&walk->seen, arena_slice(&walk->arena, digest)) = walk;
	if (is_document(descriptor->media_type)) {
		*ret = documents->read(documents->context, descriptor, err);
		if (!*ret)
			return -1;
	}
	return walk->visitor->document(walk->visitor->context, descriptor, *ret, err);
}

static int take_problem(struct walk *walk, struct error *problem, struct error **err)
{
	if (problem->kind == ERROR_SYSTEM || !walk->visitor->problem)
		return fail_with(err, problem);
	return walk->visitor->problem(walk->visitor->context, problem, err);
}

static int walk_entries(struct walk *walk, const struct json *index, int depth, struct error **err);

static int walk_entry(
    struct walk *walk, const struct oci_descriptor *descriptor, int depth, struct error **err)
{
	autojson struct json *document = NULL;
	struct error *problem = NULL;
	int result = visit(walk, descriptor, &document, &problem);

	if (result == 0 && json_get(document, "manifests")) {
		if (depth < INDEX_DEPTH)
			return walk_entries(walk, document, depth + 1, err);
		result = fail_depth(walk->documents, &problem);
	}
	return result < 0 ? take_problem(walk, problem, err) : result;
}

static int walk_entries(struct walk *walk, const struct json *index, int depth, struct error **err)
{
	int result = 0;

	for (const struct json *item = json_first(json_get(index, "manifests")); item && !result;
	     item = item->next) {
		struct oci_descriptor descriptor;
		struct error *problem = NULL;

		if (oci_descriptor_read(item, walk->documents->path, &descriptor, &problem) < 0)
			result = take_problem(walk, problem, err);
		else
			result = walk_entry(walk, &descriptor, depth, err);
	}
	return result;
}

static void walk_release(struct walk *walk)
{
	map_release(&walk->seen);
	arena_release(&walk->arena);
}

int oci_walk(const struct oci_documents *documents, const struct oci_descriptor *descriptor,
    const struct oci_visitor *visitor, struct error **err)
{
	CLEANUP(walk_release) struct walk walk = {.documents = documents, .visitor = visitor};

	return walk_entry(&walk, descriptor, 0, err);
}

int oci_walk_index(const struct oci_documents *documents, const struct json *index,
    const struct oci_visitor *visitor, struct error **err)
{
	CLEANUP(walk_release) struct walk walk = {.documents = documents, .visitor = visitor};

	return walk_entries(&walk, index, 0, err);
}
