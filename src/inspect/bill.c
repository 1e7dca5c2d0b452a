#include "inspect/bill.h"

#include "base/json.h"
#include "base/map.h"

static const struct bill_digest_kind digest_kinds[] = {
    {"MD5", "MD5", 32},
    {"SHA-1", "SHA1", 40},
    {"SHA-256", "SHA256", 64},
    {"SHA-384", "SHA384", 96},
    {"SHA-512", "SHA512", 128},
    {"SHA3-256", "SHA3-256", 64},
    {"SHA3-384", "SHA3-384", 96},
    {"SHA3-512", "SHA3-512", 128},
    {"BLAKE2b-256", "BLAKE2b-256", 64},
    {"BLAKE2b-384", "BLAKE2b-384", 96},
    {"BLAKE2b-512", "BLAKE2b-512", 128},
    {"BLAKE3", "BLAKE3", 64},
};

/* The first one is that of a part whose type is another or not told. Of several with one name the
 * first one is meant. */
static const struct bill_type types[] = {
    {"library", "LIBRARY"},
    {"application", "APPLICATION"},
    {"framework", "FRAMEWORK"},
    {"container", "CONTAINER"},
    {"operating-system", "OPERATING_SYSTEM"},
    {"operating-system", "OPERATING-SYSTEM"},
    {"device", "DEVICE"},
    {"firmware", "FIRMWARE"},
    {"file", "FILE"},
    {"data", "OTHER"},
    {"platform", "OTHER"},
    {"device-driver", "OTHER"},
    {"machine-learning-model", "OTHER"},
};

#define COUNT(table) (sizeof(table) / sizeof(*(table)))

/* A bill that is being read. */
struct reading {
	struct bill *bill;
	const char *origin;
	struct map parts; /* reference -> index + 1 */
};

static struct slice copied(struct reading *reading, const char *text)
{
	return slice_c(arena_strdup(&reading->bill->arena, text));
}

static struct slice text_of(struct reading *reading, const struct json *object, const char *key)
{
	return copied(reading, json_text(object, key, ""));
}

/* Add a part, which is called `reference`. NULL if it has no name. */
static struct bill_part *add_part(
    struct reading *reading, const struct json *json, const char *reference, struct error **err)
{
	struct bill *bill = reading->bill;
	const char *name = json_text(json, "name", "");
	struct slice nothing = slice_of("", 0);
	struct bill_part *part;

	if (!*name)
		return fail_null(fail_at(err, reading->origin, 0, 0, NULL, "a part has no name"));
	if (bill->count == bill->capacity) {
		bill->capacity = bill->capacity ? 2 * bill->capacity : 32;
		bill->parts = xreallocarray(bill->parts, bill->capacity, sizeof(*bill->parts));
	}
	part = &bill->parts[bill->count++];
	*part = (struct bill_part){.name = copied(reading, name).data,
	    .type = &types[0],
	    .group = nothing,
	    .version = nothing,
	    .description = nothing,
	    .cpe = nothing,
	    .purl = nothing,
	    .license = {nothing, nothing}};
	part->reference = text_of(reading, json, reference);
	if (part->reference.len)
		*map_at(&reading->parts, part->reference) = (void *)(uintptr_t)bill->count;
	return part;
}

/* Note that one part has or needs another, if both are known. */
static void add_link(struct reading *reading, const char *from, const char *to)
{
	struct bill *bill = reading->bill;
	size_t first = (uintptr_t)map_get(&reading->parts, slice_c(from));
	size_t second = (uintptr_t)map_get(&reading->parts, slice_c(to));

	if (!first || !second)
		return;
	if (bill->link_count == bill->link_capacity) {
		bill->link_capacity = bill->link_capacity ? 2 * bill->link_capacity : 32;
		bill->links = xreallocarray(bill->links, bill->link_capacity, sizeof(*bill->links));
	}
	bill->links[bill->link_count++] = (struct bill_link){first - 1, second - 1};
}

static bool is_purl(const char *text)
{
	if (strncmp(text, "pkg:", 4) != 0 || strlen(text) > PURL_LIMIT)
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ')
			return false;
	return true;
}

static void take_purl(struct reading *reading, struct bill_part *part, const char *text)
{
	if (is_purl(text))
		part->purl = copied(reading, text);
}

/* Take an expression. One that names licences of its own document is only a text here. */
static void take_expression(struct reading *reading, struct bill_part *part, const char *text)
{
	struct slice copy = copied(reading, text);

	if (license_is_expression(copy) && !strstr(text, "LicenseRef-"))
		part->license.expression = copy;
	else
		part->license.text = copy;
}

/* Take a digest, if its kind is known and it is one. `is_cyclonedx` decides the kinds' names. */
static void take_digest(struct reading *reading, struct bill_part *part, bool is_cyclonedx,
    const char *kind, const char *digits)
{
	size_t len = strlen(digits);

	for (size_t i = 0; i < COUNT(digest_kinds); i++) {
		const struct bill_digest_kind *known = &digest_kinds[i];
		struct bill_digest **end = &part->digests;
		char *copy;

		if (strcmp(kind, is_cyclonedx ? known->cyclonedx : known->spdx) != 0)
			continue;
		while (*end && (*end)->kind != known)
			end = &(*end)->next;
		if (*end || len != known->digits || strspn(digits, "0123456789abcdefABCDEF") != len)
			return;
		copy = arena_strdup(&reading->bill->arena, digits);
		for (size_t k = 0; k < len; k++)
			copy[k] = (char)(copy[k] >= 'A' && copy[k] <= 'F' ? copy[k] + 32 : copy[k]);
		*end = arena_alloc(&reading->bill->arena, sizeof(**end));
		**end = (struct bill_digest){known, copy, NULL};
	}
}

static void take_type(struct bill_part *part, bool is_cyclonedx, const char *name)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (strcmp(name, is_cyclonedx ? types[i].cyclonedx : types[i].spdx) == 0) {
			part->type = &types[i];
			return;
		}
	}
}

/* Licences of CycloneDX: one expression, or objects with an SPDX identifier or a name, all of which
 * hold. */
static void take_cyclonedx_licenses(
    struct reading *reading, struct bill_part *part, const struct json *licenses)
{
	autostr struct str joined = STR_INIT;
	bool is_expression = true;

	for (const struct json *item = json_first(licenses); item; item = item->next) {
		const struct json *license = json_get(item, "license");
		const char *id = json_text(license, "id", json_text(item, "expression", ""));
		const char *text = *id ? id : json_text(license, "name", "");
		bool is_alone = !item->next && !joined.len;

		if (!*text)
			continue;
		is_expression = is_expression && *id;
		str_adds(&joined, joined.len ? " AND " : "");
		if (!is_alone && strchr(text, ' '))
			str_addf(&joined, "(%s)", text);
		else
			str_adds(&joined, text);
	}
	if (is_expression)
		take_expression(reading, part, str_c(&joined));
	else
		part->license.text = copied(reading, str_c(&joined));
}

/* Add a component, and those that are below it: it has them. Depth is bounded by the JSON. */
static int add_component(struct reading *reading, const struct json *json, struct error **err)
{
	struct bill_part *part = add_part(reading, json, "bom-ref", err);
	const char *reference = json_text(json, "bom-ref", "");

	if (!part)
		return -1;
	take_type(part, true, json_text(json, "type", ""));
	part->group = text_of(reading, json, "group");
	part->version = text_of(reading, json, "version");
	part->description = text_of(reading, json, "description");
	part->cpe = text_of(reading, json, "cpe");
	take_purl(reading, part, json_text(json, "purl", ""));
	take_cyclonedx_licenses(reading, part, json_get(json, "licenses"));
	for (const struct json *item = json_first(json_get(json, "hashes")); item;
	     item = item->next)
		take_digest(reading, part, true, json_text(item, "alg", ""),
		    json_text(item, "content", ""));
	for (const struct json *item = json_first(json_get(json, "components")); item;
	     item = item->next) {
		if (add_component(reading, item, err) < 0)
			return -1;
		add_link(reading, reference, json_text(item, "bom-ref", ""));
	}
	return 0;
}

static int read_cyclonedx(struct reading *reading, const struct json *root, struct error **err)
{
	const struct json *own = json_get(json_get(root, "metadata"), "component");

	if (own && add_component(reading, own, err) < 0)
		return -1;
	for (const struct json *item = json_first(json_get(root, "components")); item;
	     item = item->next)
		if (add_component(reading, item, err) < 0)
			return -1;
	for (const struct json *item = json_first(json_get(root, "dependencies")); item;
	     item = item->next) {
		const struct json *to = json_first(json_get(item, "dependsOn"));

		for (; to; to = to->next)
			if (json_is(to, JSON_STRING))
				add_link(reading, json_text(item, "ref", ""), to->string);
	}
	return 0;
}

/* Whether SPDX has a value, not only says that it has none. */
static bool is_said(const char *text)
{
	return *text && strcmp(text, "NOASSERTION") != 0 && strcmp(text, "NONE") != 0;
}

static void take_references(
    struct reading *reading, struct bill_part *part, const struct json *references)
{
	for (const struct json *item = json_first(references); item; item = item->next) {
		const char *type = json_text(item, "referenceType", "");
		const char *locator = json_text(item, "referenceLocator", "");

		if (strcmp(type, "purl") == 0)
			take_purl(reading, part, locator);
		else if (strcmp(type, "cpe23Type") == 0 || strcmp(type, "cpe22Type") == 0)
			part->cpe = copied(reading, locator);
	}
}

static int add_spdx_package(struct reading *reading, const struct json *json, struct error **err)
{
	struct bill_part *part = add_part(reading, json, "SPDXID", err);
	const char *license = json_text(json, "licenseConcluded", "");

	if (!part)
		return -1;
	take_type(part, false, json_text(json, "primaryPackagePurpose", ""));
	if (is_said(json_text(json, "versionInfo", "")))
		part->version = text_of(reading, json, "versionInfo");
	part->description = text_of(
	    reading, json, json_get(json, "summary") ? "summary" : "description");
	if (!is_said(license))
		license = json_text(json, "licenseDeclared", "");
	if (is_said(license))
		take_expression(reading, part, license);
	take_references(reading, part, json_get(json, "externalRefs"));
	for (const struct json *item = json_first(json_get(json, "checksums")); item;
	     item = item->next)
		take_digest(reading, part, false, json_text(item, "algorithm", ""),
		    json_text(item, "checksumValue", ""));
	return 0;
}

static void take_relationship(struct reading *reading, const struct json *json)
{
	static const char *const forward[] = {
	    "DEPENDS_ON", "CONTAINS", "DYNAMIC_LINK", "STATIC_LINK"};
	static const char *const backward[] = {"DEPENDENCY_OF", "CONTAINED_BY"};
	const char *from = json_text(json, "spdxElementId", "");
	const char *type = json_text(json, "relationshipType", "");
	const char *to = json_text(json, "relatedSpdxElement", "");

	for (size_t i = 0; i < COUNT(forward); i++)
		if (strcmp(type, forward[i]) == 0)
			add_link(reading, from, to);
	for (size_t i = 0; i < COUNT(backward); i++)
		if (strcmp(type, backward[i]) == 0)
			add_link(reading, to, from);
}

static int read_spdx(struct reading *reading, const struct json *root, struct error **err)
{
	for (const struct json *item = json_first(json_get(root, "packages")); item;
	     item = item->next)
		if (add_spdx_package(reading, item, err) < 0)
			return -1;
	for (const struct json *item = json_first(json_get(root, "relationships")); item;
	     item = item->next)
		take_relationship(reading, item);
	return 0;
}

int bill_parse(struct slice text, const char *origin, struct bill *ret, struct error **err)
{
	autojson struct json *root = json_parse(text, origin, BILL_LIMIT, err);
	struct reading reading = {.bill = ret, .origin = origin};
	int result;

	if (!root)
		return -1;
	if (strcmp(json_text(root, "bomFormat", ""), "CycloneDX") == 0)
		result = read_cyclonedx(&reading, root, err);
	else if (strncmp(json_text(root, "spdxVersion", ""), "SPDX-2.", 7) == 0)
		result = read_spdx(&reading, root, err);
	else
		result = fail_at(err, origin, 0, 0, NULL, "neither CycloneDX nor SPDX 2 as JSON");
	map_release(&reading.parts);
	return result;
}

void bill_release(struct bill *bill)
{
	arena_release(&bill->arena);
	free(bill->parts);
	free(bill->links);
	*bill = (struct bill){0};
}
