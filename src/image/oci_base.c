#include "image/oci_base.h"

#include <sys/utsname.h>

#include "base/path.h"

/* How deep indexes may be nested. */
#define INDEX_DEPTH 4

/* uname(2)'s machines in the words of Go (https://go.dev/src/internal/syslist). */
static const struct {
	const char *machine, *architecture, *variant;
} machines[] = {
    {"x86_64", "amd64", ""},
    {"aarch64", "arm64", ""},
    {"armv7l", "arm", "v7"},
    {"armv6l", "arm", "v6"},
    {"i386", "386", ""},
    {"i486", "386", ""},
    {"i586", "386", ""},
    {"i686", "386", ""},
    {"ppc64", "ppc64", ""},
    {"ppc64le", "ppc64le", ""},
    {"s390x", "s390x", ""},
    {"riscv64", "riscv64", ""},
    {"loongarch64", "loong64", ""},
    {"mips64", "mips64", ""},
};

void oci_platform_here(struct oci_platform *ret)
{
	static struct utsname name; /* the words borrow it */

	*ret = (struct oci_platform){"linux", "", ""};
	if (uname(&name) < 0)
		return;
	ret->architecture = name.machine;
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++) {
		if (strcmp(machines[i].machine, name.machine) != 0)
			continue;
		ret->architecture = machines[i].architecture;
		ret->variant = machines[i].variant;
	}
}

static bool is_word(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
			c == '-'))
			return false;
	}
	return word.len > 0;
}

int oci_platform_read(
    const char *text, struct arena *arena, struct oci_platform *ret, struct error **err)
{
	struct slice rest = slice_c(text), os = {"", 0}, architecture = {"", 0}, variant = {"", 0};
	bool has_variant;

	(void)slice_next(&rest, '/', &os); /* what is missing is no word */
	(void)slice_next(&rest, '/', &architecture);
	has_variant = slice_next(&rest, '/', &variant);
	if (!is_word(os) || !is_word(architecture) || (has_variant && !is_word(variant)) ||
	    rest.data)
		return fail_bad_value(
		    "--platform", text, "OS/ARCH or OS/ARCH/VARIANT, such as linux/arm64", err);
	ret->os = arena_copy(arena, os);
	ret->architecture = arena_copy(arena, architecture);
	ret->variant = arena_copy(arena, variant);
	return 0;
}

void oci_platform_write(struct json_writer *json, const struct oci_platform *platform)
{
	json_member(json, "architecture", platform->architecture);
	json_member(json, "os", platform->os);
	if (*platform->variant)
		json_member(json, "variant", platform->variant);
}

bool oci_is_reference(const char *text)
{
	return slice_starts(slice_c(text), SLICE_LITERAL("oci:"));
}

/* The syntax of a tag: that of a component of image names (distribution-spec). */
static bool is_tag(const char *tag)
{
	size_t len = strspn(
	    tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return len > 0 && len <= 128 && !tag[len] && *tag != '.' && *tag != '-';
}

int oci_reference_read(const char *text, struct oci_reference *ret, struct error **err)
{
	const char *path = text + strlen("oci:"), *slash = strrchr(path, '/');
	char *colon;

	ret->directory = xstrdup(path);
	colon = strrchr(ret->directory + (slash ? slash - path : 0), ':');
	ret->tag = colon ? colon + 1 : NULL;
	if (colon)
		*colon = '\0';
	if (*ret->directory && (!ret->tag || is_tag(ret->tag)))
		return 0;
	free(steal(&ret->directory));
	return fail_bad_value("an OCI image", text,
	    "oci:DIR or oci:DIR:TAG, the tag of letters, digits and '_.-'", err);
}

static const char *word_of(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	return json_is(value, JSON_STRING) ? value->string : "";
}

static struct oci_platform platform_of(const struct json *object)
{
	return (struct oci_platform){
	    word_of(object, "os"), word_of(object, "architecture"), word_of(object, "variant")};
}

/* The only variant of arm64 may be left out. */
static const char *plain_variant(const struct oci_platform *platform)
{
	bool is_default = strcmp(platform->architecture, "arm64") == 0 &&
			  strcmp(platform->variant, "v8") == 0;

	return is_default ? "" : platform->variant;
}

static bool platform_suits(const struct oci_platform *there, const struct oci_platform *wanted)
{
	const char *variant = plain_variant(wanted);

	return strcmp(there->os, wanted->os) == 0 &&
	       strcmp(there->architecture, wanted->architecture) == 0 &&
	       (!*variant || strcmp(plain_variant(there), variant) == 0);
}

/* Whether a descriptor is of what is about an image, not of an image: a referrer, or what builders
 * mark with a platform that nothing has. */
static bool is_aside(const struct json *descriptor)
{
	return json_get(descriptor, "artifactType") ||
	       strcmp(word_of(json_get(descriptor, "platform"), "os"), "unknown") == 0;
}

static bool is_candidate(const struct json *descriptor, const char *tag)
{
	const char *name = oci_annotation(descriptor, OCI_TAG);

	if (is_aside(descriptor))
		return false;
	return !tag || (name && strcmp(name, tag) == 0);
}

/* Choose among the manifests of an index. NULL with *ret_count, the number of candidates. */
static const struct json *choose(const struct json *index, const char *tag,
    const struct oci_platform *platform, size_t *ret_count)
{
	const struct json *found = NULL, *suiting = NULL;

	*ret_count = 0;
	for (const struct json *item = json_first(json_get(index, "manifests")); item;
	     item = item->next) {
		struct oci_platform there = platform_of(json_get(item, "platform"));

		if (!is_candidate(item, tag))
			continue;
		found = item;
		++*ret_count;
		if (!suiting && platform_suits(&there, platform))
			suiting = item;
	}
	return *ret_count == 1 ? found : suiting;
}

static int fail_choice(const char *name, const char *tag, const struct oci_platform *platform,
    size_t count, struct error **err)
{
	if (!count)
		return fail_at(err, name, 0, 0, NULL, "has no image%s%s%s", tag ? " '" : "",
		    tag ? tag : "", tag ? "'" : "");
	return fail_at(err, name, 0, 0, NULL,
	    "has %zu images%s%s%s, none of them for %s/%s%s%s: name one with its tag, or give "
	    "--platform",
	    count, tag ? " '" : "", tag ? tag : "", tag ? "'" : "", platform->os,
	    platform->architecture, *platform->variant ? "/" : "", platform->variant);
}

/* Follow nested indexes from *found. */
static int descend(const struct oci_layout *layout, const struct oci_platform *platform,
    struct oci_descriptor *found, struct error **err)
{
	for (int depth = 0; strcmp(found->media_type, OCI_INDEX) == 0; depth++) {
		autojson struct json *index = NULL;
		const struct json *next;
		size_t count;

		if (depth == INDEX_DEPTH)
			return fail_at(err, layout->path, 0, 0, NULL,
			    "has indexes nested more than %d deep", INDEX_DEPTH);
		index = oci_layout_parse(layout, found, err);
		if (!index)
			return -1;
		next = choose(index, NULL, platform, &count);
		if (!next)
			return fail_choice(layout->path, NULL, platform, count, err);
		if (oci_descriptor_read(next, layout->path, found, err) < 0)
			return -1;
		found->media_type = strcmp(found->media_type, OCI_INDEX) == 0 ? OCI_INDEX
									      : OCI_MANIFEST;
	}
	found->json = NULL;
	return 0;
}

static int find_image(const struct oci_layout *layout, const char *tag,
    const struct oci_platform *platform, struct oci_descriptor *ret, struct error **err)
{
	struct oci_platform here;
	const struct json *found;
	size_t count;

	oci_platform_here(&here);
	found = choose(layout->index, tag, platform ? platform : &here, &count);
	if (!tag && count > 1) {
		size_t latest_count;
		const struct json *latest = choose(
		    layout->index, "latest", platform ? platform : &here, &latest_count);

		found = latest ? latest : found;
	}
	if (!found)
		return fail_choice(layout->path, tag, platform ? platform : &here, count, err);
	if (oci_descriptor_read(found, layout->path, ret, err) < 0)
		return -1;
	ret->media_type = strcmp(ret->media_type, OCI_INDEX) == 0 ? OCI_INDEX : OCI_MANIFEST;
	return descend(layout, platform ? platform : &here, ret, err);
}

/* Check the layers of a base: each has a descriptor, a diff_id, and a blob of the right size. */
static int check_layers(struct oci_base *base, struct error **err)
{
	const char *path = base->layout.path;
	const struct json *layers = json_get(base->manifest, "layers");
	const struct json *ids = json_get(json_get(base->config, "rootfs"), "diff_ids");
	const struct json *id = json_first(ids);

	if (!json_is(layers, JSON_ARRAY) || !json_is(ids, JSON_ARRAY) ||
	    json_count(layers) != json_count(ids))
		return fail_at(err, path, 0, 0, NULL,
		    "has an image whose manifest and config have different numbers of layers");
	for (const struct json *layer = layers->first; layer; layer = layer->next, id = id->next) {
		struct oci_descriptor blob;
		struct oci_digest digest;
		bool there;

		if (oci_descriptor_read(layer, path, &blob, err) < 0)
			return -1;
		if (!json_is(id, JSON_STRING) || !oci_digest_read(id->string, &digest))
			return fail_at(err, path, 0, 0, NULL,
			    "has an image with a diff_id that is not a SHA-256 digest");
		if (oci_layout_has(&base->layout, &blob, &there, err) < 0)
			return -1;
		if (!there)
			return fail_at(err, path, 0, 0, NULL,
			    "has no layer '%s' of %llu bytes, which its image needs",
			    blob.digest.text, (unsigned long long)blob.size);
		base->layer_count++;
	}
	return 0;
}

static int read_documents(struct oci_base *base, struct error **err)
{
	const char *path = base->layout.path;
	struct oci_descriptor config;

	base->manifest = oci_layout_parse(&base->layout, &base->descriptor, err);
	if (!base->manifest)
		return -1;
	if (json_get(base->manifest, "mediaType") &&
	    strcmp(word_of(base->manifest, "mediaType"), OCI_MANIFEST) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a manifest of the type '%s', which kiln does not append to: copy the "
		    "image with 'skopeo copy --format oci'",
		    word_of(base->manifest, "mediaType"));
	if (oci_descriptor_read(json_get(base->manifest, "config"), path, &config, err) < 0)
		return -1;
	if (strcmp(config.media_type, OCI_CONFIG) != 0)
		return fail_at(err, path, 0, 0, NULL,
		    "has a config of the type '%s': it is not an image", config.media_type);
	base->config = oci_layout_parse(&base->layout, &config, err);
	if (!base->config)
		return -1;
	base->platform = platform_of(base->config);
	return check_layers(base, err);
}

static int open_base(struct oci_base *base, const struct oci_reference *reference,
    const struct oci_platform *platform, struct error **err)
{
	if (oci_layout_open(&base->layout, reference->directory, err) < 0 ||
	    find_image(&base->layout, reference->tag, platform, &base->descriptor, err) < 0 ||
	    read_documents(base, err) < 0)
		return -1;
	if (platform && !platform_suits(&base->platform, platform))
		return fail_at(err, base->layout.path, 0, 0, NULL,
		    "has an image for %s/%s, not for %s/%s", base->platform.os,
		    base->platform.architecture, platform->os, platform->architecture);
	return 0;
}

int oci_image_open(struct oci_base *base, const char *reference,
    const struct oci_platform *platform, struct error **err)
{
	struct oci_reference read = {NULL, NULL};
	int result;

	*base = OCI_BASE_INIT;
	if (oci_reference_read(reference, &read, err) < 0)
		return -1;
	result = open_base(base, &read, platform, err);
	free(read.directory);
	return result;
}

int oci_base_open(struct oci_base *base, const char *reference, const struct oci_platform *platform,
    struct error **err)
{
	*base = OCI_BASE_INIT;
	if (!oci_is_reference(reference))
		return fail_bad_value("--base", reference, "oci:DIR or oci:DIR:TAG", err);
	if (oci_image_open(base, reference, platform, err) < 0)
		return fail_prefix(err, "base");
	return 0;
}

int oci_base_copy(const struct oci_base *base, struct oci_layout *layout, bool (*interrupted)(void),
    struct error **err)
{
	for (const struct json *layer = json_first(json_get(base->manifest, "layers")); layer;
	     layer = layer->next) {
		struct oci_descriptor blob;

		if (oci_descriptor_read(layer, base->layout.path, &blob, err) < 0 ||
		    oci_layout_copy(layout, &base->layout, &blob, interrupted, err) < 0)
			return -1;
	}
	return 0;
}

void oci_base_release(struct oci_base *base)
{
	oci_layout_release(&base->layout);
	json_free(base->manifest);
	json_free(base->config);
	*base = OCI_BASE_INIT;
}
